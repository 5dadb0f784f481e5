"""Derivations over a corpus: whether every line is numerically what it says, and how long they are.

usage: python benchmarks/derivations.py CORPUS.jsonl... [--layout numerator] [--random N]

Every derivative of the corpus that has an answer is derived with its steps; each line is read back from its text and compared with
differences of the function (tests/lines.py). With --random, N random expressions are taken instead. Exit status 1 where a line
disagrees, or a derivation cannot be had.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from matcalc import Derivative, MatcalcError, derive

ROOT: Final = Path(__file__).resolve().parent.parent
TEXTBOOK: Final = 10


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


def of_corpus(files: list[Path], layout: str) -> Iterator[tuple[str, Derivative]]:
    """The answers to the cases of a corpus, by their names."""
    for file in files:
        for case in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            options = {key: case[key] for key in ("order", "wrt2", "attrs") if key in case}
            try:
                found = derive(asked(case), wrt=case["wrt"], variables=case["vars"], layout=layout, **options)
            except (MatcalcError, KeyError):
                continue
            yield from ((case["id"], d) for d in (found if isinstance(found, tuple) else (found,)))


def at_random(count: int, layout: str) -> Iterator[tuple[str, Derivative]]:
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
        yield f"{expr} by {wrt}", found


def main() -> int:
    """Derives, measures, and says what was found."""
    parser = argparse.ArgumentParser(description="Are the lines of derivations true?")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--layout", default="denominator")
    parser.add_argument("--random", type=int, default=0, metavar="N")
    chosen = parser.parse_args()
    lines = loaded(ROOT / "tests" / "lines.py")
    cases = at_random(chosen.random, chosen.layout) if chosen.random else of_corpus(chosen.files, chosen.layout)
    lengths: Counter[int] = Counter()
    wrong = 0
    for name, found in cases:
        try:
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
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
