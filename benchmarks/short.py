"""Are answers as short as those in books? Functions of books, each with the derivative that the book has.

usage: python benchmarks/short.py [CASES.jsonl ...] [--show N] [--need FRACTION]     (without a file: short.jsonl beside this script)

A case has `expr`, `wrt`, `variables` as declarations say them, `order` 2 for a Hessian, the `layout` and the `form` of the book's
`answer` (denominator and matrix where not said) and its `source`. Each answer, the book's and the engine's, is compared with slopes of
the function by an evaluator that shares nothing with the engine (`apart`). Lengths are counted in tokens. Exit status 1 where an answer
of a book is not right, one of the engine is wrong, or fewer than --need of the engine's answers are as short.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from apart.judging import Finding, Reading, Truth, asked, difference, prepared
from apart.making import Request
from apart.meanings import Context
from apart.points import Variable, length, sample
from apart.reader import TOKEN, read
from apart.trees import value

from matcalc import MatcalcError
from matcalc.book.properties import is_property

CASES: Final = Path(__file__).with_name("short.jsonl")
SEED: Final = 5
# Every size and every product of two sizes is another number.
SIZES: Final = (2, 3, 5, 7, 11)
INVERSE: Final = re.compile(r"\binv\(\s*(\w+)\s*\)")
Case = dict[str, Any]


def main() -> int:
    """Judges every case and prints the shares, then what is longer than in the book."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--show", type=int, default=20, help="how many longer answers are shown")
    parser.add_argument("--need", type=float, default=0.0, help="the share of answers that must be as short as the book's")
    given = parser.parse_args()
    lines = [line for file in given.cases or [CASES] for line in file.read_text(encoding="utf-8").splitlines()]
    cases = [json.loads(line) for line in lines if line.strip()]
    verdicts: Counter[str] = Counter()
    longer = []
    for case in cases:
        verdict, text = judged(case)
        verdicts[verdict] += 1
        if verdict != "right":
            print(f"{verdict}: {case['expr']} by {case['wrt']}: {text}   (book: {case['answer']})")
        elif tokens(text) > tokens(case["answer"]):
            longer.append((tokens(text) - tokens(case["answer"]), case, text))
    for excess, case, text in sorted(longer, key=lambda found: -found[0])[: given.show]:
        print(f"longer by {excess}: {case['expr']} by {case['wrt']}: {text}   (book: {case['answer']}, {case['source']})")
    right = verdicts["right"]
    share = (right - len(longer)) / max(right, 1)
    print(f"{right}/{len(cases)} right, {verdicts['wrong']} wrong, {verdicts['refused']} refused; as short as the book {share:.1%}")
    if verdicts["book wrong"]:
        print(f"{verdicts['book wrong']} answers of books are not right")
    return 1 if verdicts["wrong"] or verdicts["book wrong"] or share < given.need else 0


def tokens(text: str) -> int:
    """How long a formula is: its tokens; inv(A) is as long as A^-1, and inv(A*B) as (A*B)^-1."""
    return sum(3 if m.group(0).strip() == "inv" else 1 for m in TOKEN.finditer(INVERSE.sub(r"\1^-1", text)))


def judged(case: Case) -> tuple[str, str]:
    """Right, wrong, refused, or `book wrong`, and the answer, the message or what differs."""
    request = request_of(case)
    truths = prepared(request, SEED)
    if not truths:
        return "book wrong", "no point at which the function is smooth"
    fault = unlike(request, case.get("form", "matrix"), case["answer"], truths)
    if fault is not None:
        return "book wrong", fault.detail
    try:
        answer = asked(request, case["expr"], check=True)
    except MatcalcError as error:
        return "refused", str(error.message).splitlines()[0]
    fault = unlike(request, answer.form, answer.text, truths)
    return ("right", answer.text) if fault is None else ("wrong", f"{answer.text}: {fault.detail}")


def unlike(request: Request, form: str, text: str, truths: list[Truth]) -> Finding | None:
    """Where a formula is not the derivative; None where it is."""
    reading = Reading(request, form)
    faults = (difference("formula", partial(reading.formula, text, t), t) for t in truths)
    return next((fault for fault in faults if fault is not None), None)


def request_of(case: Case) -> Request:
    """A case as a request."""
    variables = tuple(variable(name, words) for name, words in case["variables"].items())
    sized = {part for v in variables for d in (v.rows, v.cols) for part in d.split("*") if not part.isdigit()}
    tree = read(case["expr"], frozenset(case["variables"]) | sized)
    request = Request(tree, variables, case["wrt"], order=case.get("order", 1), layout=case.get("layout", "denominator"))
    rows, cols = shape(request)
    return replace(request, tree=replace(tree, rows=rows, cols=cols))


def variable(name: str, words: str) -> Variable:
    """A variable as a declaration says it: "m x n symmetric", "n positive", "scalar"."""
    known = tuple(w for w in words.split() if is_property(w))
    sizes = [w for w in words.split() if w not in ("x", "scalar") and not is_property(w)]
    kind = ("scalar", "vector", "matrix")[len(sizes)]
    rows, cols = [*sizes, "1", "1"][:2]
    return Variable(name, kind, rows, cols, known)


def shape(request: Request) -> tuple[str, str]:
    """The sizes of the function, as names: at a point where all sizes are different."""
    sizes = dict(zip(request.names, SIZES, strict=False))
    rng = np.random.default_rng(SEED)
    values = {v.name: sample(v, sizes, rng, 1.0) for v in request.variables}
    with np.errstate(all="ignore"):
        found = value(request.tree, Context(values, sizes)).shape
    names = {length(d, sizes): d for v in request.variables for d in (v.rows, v.cols, "1")}
    return names[found[0]], names[found[1]]


if __name__ == "__main__":
    sys.exit(main())
