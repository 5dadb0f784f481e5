"""Random requests over every function, property, size, layout, form and code, judged by numbers that share nothing with the engine.

usage: python benchmarks/attack.py [--requests N] [--seed S] [--jobs J] [--code jax,torch]

Request k of seed S is always the same, so that a run can go on where another ended: --first K begins with request K.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import random
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from types import FrameType

from apart.judging import Finding, command, judge
from apart.making import Request, draw
from apart.meanings import KINKED, SMOOTH, WHOLE
from apart.shrinking import shrunk
from apart.spectra import EVERYDAY, SPECTRAL
from apart.spelling import Speller

from matcalc.book.rules import names

# Index forms of matrix functions of matrices of four blocks take the evaluator a minute.
SECONDS = 150


class TooSlow(BaseException):
    """A request that took too long."""


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def request_of(seed: int, k: int, more: int = 0) -> tuple[Request | None, str]:
    """Request k of a seed, with its text; so many in a hundred are over matrix functions, spectra and the like too."""
    rng = random.Random(f"{seed}/{k}")
    request = draw(rng, rng.random() * 100 < more)
    return request, "" if request is None else Speller(rng).text(request.tree)


def timed(request: Request, text: str, seed: int, codes: tuple[str, ...]) -> Finding:
    """The verdict, or a fault where it took too long."""
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return judge(request, text, seed, codes)
    except TooSlow:
        return Finding("fault", "too slow", f"more than {SECONDS} s of CPU time")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def attempt(seed: int, k: int, codes: tuple[str, ...], smaller: bool, more: int) -> tuple[int, Finding, str]:
    """One request: its verdict and, where it is no right answer, the command."""
    request, text = request_of(seed, k, more)
    if request is None:
        return k, Finding("unfit", "nothing varies"), ""
    every = codes if k % 20 == 0 else ()
    finding = timed(request, text, k, ("numpy", *every))
    if finding.verdict in ("right", "unfit", "documented"):
        return k, finding, ""
    told = command(request, check=finding.reason.startswith("certificate"))
    if smaller:
        signature = (finding.verdict, finding.reason)

        def same(r: Request) -> bool:
            try:
                found = timed(r, Speller().text(r.tree), k, ("numpy", *every))
            except ValueError:
                # The variable is gone that told a size which is named elsewhere.
                return False
            return (found.verdict, found.reason) == signature

        if same(request):
            least = shrunk(request, same)
            told = command(least, check=finding.reason.startswith("certificate"))
            again = timed(least, Speller().text(least.tree), k, ("numpy", *every))
            finding = replace(again, notes=[f"seed {seed} request {k}"])
        else:
            finding.notes.append(f"only as spelled: {text}")
    return k, finding, told


def main() -> int:
    """Runs the requests and prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="K")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--jobs", type=int, default=1, metavar="J")
    parser.add_argument("--code", default="", help="more languages of generated code to run, jax or torch, in every twentieth request")
    parser.add_argument("--more", type=int, default=50, metavar="P", help="so many in a hundred over matrix functions and spectra too")
    parser.add_argument("--no-shrink", action="store_true", help="print faults as they were met")
    asked = parser.parse_args()
    codes = tuple(c for c in asked.code.split(",") if c)
    for language in codes:
        importlib.import_module(language)
    known = {*KINKED, *SMOOTH, *WHOLE, *EVERYDAY, *SPECTRAL}
    print("of the rule book not asked for:", ", ".join(sorted(set(names()) - known)) or "nothing")
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    began = time.monotonic()
    numbers = range(asked.first, asked.first + asked.requests)
    for k, finding, told in results(asked, numbers, codes):
        counts[finding.verdict] += 1
        if finding.verdict != "right":
            reasons[f"{finding.verdict}: {finding.reason}"] += 1
        if told:
            lines = (f"[{k}] {finding.verdict}: {finding.reason}", told, finding.text, finding.detail[:400], *finding.notes)
            print("\n    ".join(line for line in lines if line), flush=True)
    return summary(counts, reasons, time.monotonic() - began)


def results(asked: argparse.Namespace, numbers: range, codes: tuple[str, ...]) -> Iterator[tuple[int, Finding, str]]:
    """The findings, in order."""
    smaller = not asked.no_shrink
    if asked.jobs == 1:
        yield from (attempt(asked.seed, k, codes, smaller, asked.more) for k in numbers)
        return
    with ProcessPoolExecutor(asked.jobs) as pool:
        n = len(numbers)
        yield from pool.map(attempt, [asked.seed] * n, numbers, [codes] * n, [smaller] * n, [asked.more] * n, chunksize=20)


def summary(counts: collections.Counter[str], reasons: collections.Counter[str], seconds: float) -> int:
    """The line of figures; 1 where something was wrong."""
    for reason, times in reasons.most_common():
        print(f"{times:7d}  {reason}")
    fit = sum(counts.values()) - counts["unfit"]
    rate = counts["refused"] / max(fit, 1)
    print(
        f"{fit} requests: {counts['right']} right, {counts['fault']} faults, {counts['refused']} refused ({100 * rate:.2f} %), "
        f"{counts['documented']} refused as documented, {counts['valueless']} without a value at the points tried; "
        f"{counts['unfit']} drawn in vain; {seconds:.0f} s"
    )
    return int(counts["fault"] > 0 or rate > 0.005 or counts["valueless"] > 0.002 * fit)


if __name__ == "__main__":
    sys.exit(main())
