"""Derivations over a corpus: whether every line is numerically what it says, and how long they are.

usage: python benchmarks/derivations.py CORPUS.jsonl... [--layout numerator] [--detail full] [--style index] [--random N]

Every derivative of the corpus that has an answer is derived with its steps; each line is read back from its text and compared with
differences of the function (tests/lines.py). With --random, N random expressions are taken instead. What a reader sees is counted:
first lines that are not the request sign for sign, but for spaces and parentheses that change nothing; names of rules that say
another thing than their line does; lines with two rules; the lengths of first and second derivatives. Exit status 1 where a line
disagrees, or a derivation cannot be had.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from matcalc import Derivative, MatcalcError, derive
from matcalc.algebra.node import Expr

ROOT: Final = Path(__file__).resolve().parent.parent
TEXTBOOK: Final = 10
COUNTED: Final = (
    "first lines that are not the request", "known function without a new one", "named parts written out that do more",
    "lines with two rules", "lines",
)  # fmt: skip


def loaded(path: Path) -> ModuleType:
    """A module of the tests or benchmarks, by its place."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def asked(case: dict[str, Any]) -> str:
    """The function of a case; one that is given by its entries is an array of them."""
    if "expr" in case:
        return str(case["expr"])
    entries = case["components"]
    return entries if isinstance(entries, str) else "[" + "; ".join(", ".join(row) for row in entries) + "]"


def of_corpus(files: list[Path], layout: str, telling: dict[str, Any]) -> Iterator[tuple[str, str, Derivative]]:
    """The answers to the cases of a corpus, with their names and functions."""
    for file in files:
        for case in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            options = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
            try:
                found = derive(asked(case), wrt=case["wrt"], variables=case["vars"], layout=layout, **options, **telling)
            except (MatcalcError, KeyError):
                continue
            results = found if isinstance(found, tuple) else (found,)
            # Frobenius products are of numbers alone.
            yield from ((case["id"], asked(case), d) for d in results if d.style != "frobenius" or d.request.expr.is_scalar)


def at_random(count: int, layout: str) -> Iterator[tuple[str, str, Derivative]]:
    """Answers to random well-typed expressions, every seventh a second derivative."""
    tough = loaded(ROOT / "benchmarks" / "tough.py")
    made, rng = tough.plain_strategies(), random.Random(1)
    draw = tough.Draw(rng)
    for k in range(count):
        expr, wrt = draw(made.cases(2 + k % 2))
        try:
            found = derive(expr, wrt=wrt, variables=made.VARIABLES, order=2 if k % 7 == 0 else 1, layout=layout)
        except MatcalcError:
            continue
        assert isinstance(found, Derivative)
        yield f"{expr} by {wrt}", expr, found


class Labels:
    """What is counted of first lines and of the names of rules."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lengths: dict[int, list[int]] = {1: [], 2: []}

    def take(self, asked_for: str, found: Derivative) -> None:
        """Counts one derivation."""
        steps, (q, lines) = found.steps, found._told
        self.lengths[found.request.order].append(len(steps))
        first = steps[0].after.partition(" = ")[2]
        self.counts["first lines that are not the request"] += not q.read.definitions and signs(first) != signs(asked_for)
        for k, step in enumerate(steps):
            before, after = (s.after.partition(" = ")[2] for s in (steps[k - 1], step))
            self.counts["lines"] += 1
            self.counts["lines with two rules"] += len(set(lines[k].moves)) > 1 and ", " in step.rule.replace(", entry by entry", "")
            self.counts["known function without a new one"] += step.rule == "known function" and not called(after) - called(before)
            before_line = lines[k - 1].right
            if step.rule == "the named parts written out" and isinstance(before_line, Expr):
                self.counts["named parts written out that do more"] += after != q.plain(before_line)

    def told(self) -> str:
        """The figures."""
        counted = [f"{self.counts[what]} {what}" for what in COUNTED]
        lengths = [f"order {k}: {statistics.median(n):g} lines (median)" for k, n in self.lengths.items() if n]
        return "; ".join([*counted, *lengths])


def signs(formula: str) -> str:
    """A formula without spaces and parentheses."""
    return re.sub(r"[\s()]", "", formula)


def called(formula: str) -> set[str]:
    """The functions that a formula calls."""
    return set(re.findall(r"(\w+)\(", formula))


def main() -> int:
    """Derives, measures, and says what was found."""
    parser = argparse.ArgumentParser(description="Are the lines of derivations true?")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--layout", default="denominator")
    parser.add_argument("--detail", default="normal")
    parser.add_argument("--style", default="trace")
    parser.add_argument("--random", type=int, default=0, metavar="N")
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    lines = loaded(ROOT / "tests" / "lines.py")
    telling: dict[str, Any] = {"detail": chosen.detail, "style": chosen.style}
    cases = at_random(chosen.random, chosen.layout) if chosen.random else of_corpus(chosen.files, chosen.layout, telling)
    lengths: Counter[int] = Counter()
    wrong, labels = 0, Labels()
    for name, function, found in cases:
        try:
            labels.take(function, found)
            told = lines.disagreements(found)
        except Exception as error:  # noqa: BLE001 - one derivation that fails must not hide the others
            told = [f"{type(error).__name__}: {error}"]
        lengths[len(found.steps)] += 1
        wrong += bool(told)
        for line in told:
            print(f"{name}: {line}")
    total, long = sum(lengths.values()), sum(n for k, n in lengths.items() if k > TEXTBOOK)
    middle = statistics.median(lengths.elements())
    print(f"{total} derivations, {wrong} with a line that is not true; {middle:g} lines (median), {long} of more than {TEXTBOOK}")
    print(labels.told())
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
