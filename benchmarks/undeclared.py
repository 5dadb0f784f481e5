"""Declared requests with their declarations removed: is each read as it was declared, refused, or read as another question?

usage: python benchmarks/undeclared.py [CASES.jsonl ...] [--requests N] [--seed S] [--all] [--show]

Without files, random requests. A declaration goes where the text has evidence for it: where the look of the name says the same kind, a
capital a matrix and so on, and no use speaks against it, such as the transpose of a number or a number that is added to an array. With
--all every declaration goes, and some texts are left of which nobody could tell the kinds. Another question has a variable of another kind
and another answer.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from apart.trees import Node, walk
from attack import request_of

from matcalc import Ambiguous, Derivative, MatcalcError, derive
from matcalc.reading.inference.scope import Scope

Case = tuple[str, str, dict[str, str], dict[str, Any]]


def from_files(files: list[Path]) -> Iterator[Case]:
    """The declared cases of a corpus."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if "expr" in case:
                options = {key: case[key] for key in ("order", "wrt2") if case.get(key)}
                yield case["expr"], case["wrt"], dict(case.get("vars", {})), options


def drawn(count: int, seed: int) -> Iterator[Case]:
    """Random requests."""
    k = found = 0
    while found < count:
        request, text = request_of(seed, k)
        k += 1
        if request is not None:
            found += 1
            shapes = {"scalar": "", "vector": "{0.rows}"}
            variables = {v.name: shapes.get(v.kind, "{0.rows} {0.cols}").format(v) for v in request.variables}
            odd = used_as_array(request.tree)
            hard = {v.name for v in request.variables if v.kind == "scalar" and v.name in odd}
            options = {"order": request.order, "form": request.form, **({"wrt2": request.wrt2} if request.wrt2 else {})}
            yield text, request.wrt, variables, {**options, "hard": hard}


def used_as_array(tree: Node) -> set[str]:
    """The names in numbers that are transposed, added to an array, or given to a function of arrays."""
    found: set[str] = set()
    for node in walk(tree):
        takes_arrays = node.op == "T" or node.op == "call" or node.op in ("add", "sub") and node.shape != ("1", "1")
        for part in node.args if takes_arrays else ():
            if part.shape == ("1", "1"):
                found |= {n.data for n in walk(part) if n.op == "name"}
    return found


def kind(shape: str) -> str:
    """The kind of a declared or a told shape."""
    words = [w for w in shape.split() if w != "x"]
    sizes = words[:2] if " x " in shape or len(words) == 2 and "scalar" not in words else words[:1]
    if not sizes or sizes[0] == "scalar" or sizes == ["1", "1"]:
        return "scalar"
    return "vector" if len(sizes) == 1 or sizes[1] == "1" else "row" if sizes[0] == "1" else "matrix"


def kept(variables: Mapping[str, str], everything: bool, hard: Collection[str] = ()) -> dict[str, str]:
    """The declarations that stay: of functions, of names that do not look like what they are, and of those that are `hard` to tell."""
    look = Scope().kind_by_look
    told = {n for n, s in variables.items() if look(n) == kind(s) and n not in hard}
    return {n: s for n, s in variables.items() if "->" in s or s == "elementwise" or not everything and n not in told}


def verdict(case: Case, everything: bool) -> tuple[str, str]:
    """What became of a case, and what differs."""
    text, wrt, variables, options = case
    hard = options.pop("hard", set())
    try:
        declared = derive(text, wrt=wrt, variables=variables, check=False, **options)
    except MatcalcError:
        return "refused when declared", ""
    try:
        read = derive(text, wrt=wrt, variables=kept(variables, everything, hard), check=False, **options)
    except Ambiguous:
        return "both readings shown", ""
    except MatcalcError as error:
        return "refused", error.message
    if not isinstance(declared, Derivative) or not isinstance(read, Derivative):
        return "same", ""
    meant, found = ({n: kind(s) for n, s in d.variables.items()} for d in (declared, read))
    differ = {n: f"{meant[n]} read as {found[n]}" for n in meant.keys() & found.keys() if meant[n] != found[n]}
    return ("another question", str(differ)) if differ and declared.text != read.text else ("same", "")


def main() -> int:
    """Prints the counts; 1 where a request was read as another question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--requests", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--all", action="store_true", help="remove every declaration")
    parser.add_argument("--show", action="store_true", help="show what is refused too")
    asked = parser.parse_args()
    counts = collections.Counter[str]()
    for case in from_files(asked.files) if asked.files else drawn(asked.requests, asked.seed):
        found, told = verdict(case, asked.all)
        counts[found] += 1
        if found == "another question" or asked.show and found in ("refused", "both readings shown"):
            print(f"{found}: {case[0]}  by {case[1]}, {case[2]}: {told}")
    print(", ".join(f"{n} {what}" for what, n in counts.most_common()))
    return int(counts["another question"] > 0)


if __name__ == "__main__":
    sys.exit(main())
