"""Random claims about derivatives, true and false ones, put to `verify`.

usage: python benchmarks/claims.py [--claims N] [--first K] [--seed S]     N true claims and N false ones

A claim is made of a random function and of the derivative that the engine prints for it, but whether that is true is told by
numbers that share nothing with the engine (`apart`). False claims are such that are perturbed, transposed, of another layout, wrong
only beyond a kink far from the origin, wrong only for one determinant of an orthogonal matrix, or wrong for one sign of a number.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import random
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from apart.judging import Reading, Truth, difference, prepared
from apart.making import Request, draw
from apart.spelling import Speller
from attack import TooSlow, _ring

from matcalc import MatcalcError, derive
from matcalc.answers.claims.verification import verify

CONFIRMED = 4
SECONDS = 60
DECLARED_UNDECIDED = 0.01


@dataclass
class Claim:
    """A claim, its variables and layout, and whether it is true."""

    kind: str
    text: str
    variables: dict[str, str]
    layout: str
    true: bool


@dataclass
class Source:
    """A random function with the value of its derivative, which numbers have confirmed."""

    request: Request
    function: str
    value: str
    truths: list[Truth]

    def claim(self, kind: str, true: bool, value: str, function: str = "", **more: str) -> Claim:
        """A claim that the derivative of the function, or of one made of it, is a value."""
        declared = {v.name: v.declared() for v in self.request.variables}
        made = function.format(f=self.function) if function else self.function
        return Claim(kind, f"d ({made})/d{self.request.wrt} = {value.format(v=self.value)}", declared | more, self.request.layout, true)

    def agrees(self, value: str, form: str = "matrix") -> bool:
        """Whether numbers confirm a value of the derivative at every point."""
        reading = Reading(self.request, form)
        return all(difference("formula", partial(reading.formula, value, t), t) is None for t in self.truths)


def source(rng: random.Random, seed: int) -> Source | None:
    """A function whose derivative is a matrix that the engine prints and numbers confirm, and that is not zero."""
    request = draw(rng)
    if request is None:
        return None
    request = replace(request, order=1, form="auto", vec_order="column", wrt2=None)
    truths = list(itertools.chain.from_iterable(prepared(request, seed + 31 * k) for k in range(CONFIRMED)))
    if not truths or not any(np.max(np.abs(t.slope), initial=0.0) > 1e-3 for t in truths):
        return None
    function = Speller(rng).text(request.tree)
    declared = {v.name: v.declared() for v in request.variables}
    try:
        found = derive(function, wrt=request.wrt, variables=declared, layout=request.layout, check=False)
    except MatcalcError:
        return None
    if isinstance(found, tuple) or found.form != "matrix":
        return None
    made = Source(request, function, found.text, truths)
    return made if made.agrees(found.text) else None


def claims_of(s: Source, rng: random.Random) -> Iterator[Claim]:
    """True and false claims about one function, as many of each."""
    far, other = rng.choice((2, 5, 17, 60, 100)), rng.choice([n for n in ("numerator", "denominator", "mixed") if n != s.request.layout])
    size = rng.choice((2, 3))
    name, turned = _free(s, "kappa"), _free(s, "Q0")
    number, orthogonal = {name: "scalar"}, {turned: f"{size} x {size} orthogonal"}
    kinds: list[tuple[str, str, str, dict[str, str], str]] = [
        ("as printed", "({v})", "", {}, rng.choice(("1.001*({v})", "-({v})", "2*({v})"))),
        ("beyond a kink", f"({{v}})*relu({name} + {far})", f"({{f}})*relu({name} + {far})", number, f"({{v}})*({name} + {far})"),
        ("of one sign", f"({{v}})*abs({name} - {far})", f"({{f}})*abs({name} - {far})", number, f"({{v}})*({far} - {name})"),
        ("of one determinant", f"({{v}})*det({turned})", f"({{f}})*det({turned})", orthogonal, rng.choice(("({v})", "-({v})"))),
        ("nearly", f"({{v}})*(cosh({name}/50) + sinh({name}/50))", f"({{f}})*exp({name}/50)", number, f"({{v}})*(1 + {name}/50)"),
    ]
    for kind, right, function, more, wrong in kinds:
        yield s.claim(kind, True, right, function, **more)
        yield s.claim(kind, False, wrong, function, **more)
    yield from _turned(s, other)


def _turned(s: Source, other: str) -> Iterator[Claim]:
    """The transpose and the value of another layout, where numbers say that they are false."""
    declared = {v.name: v.declared() for v in s.request.variables}
    for kind, value in (("transposed", f"({s.value})^T"), ("of another layout", None)):
        if value is None:
            found = derive(s.function, wrt=s.request.wrt, variables=declared, layout=other, check=False)
            value = found.text if not isinstance(found, tuple) and found.form == "matrix" else None
        if value is not None:
            yield s.claim(kind, s.agrees(value), value.replace("{", "{{").replace("}", "}}"))


def _free(s: Source, name: str) -> str:
    """A name that no variable has."""
    taken = {v.name for v in s.request.variables}
    return next(n for n in (name, f"{name}1", f"{name}2") if n not in taken)


def tried(claim: Claim) -> str:
    """What verify says; the kind of an error where it says nothing."""
    signal.signal(signal.SIGALRM, _ring)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return verify(claim.text, variables=claim.variables, layout=claim.layout).verdict
    except MatcalcError as error:
        return f"refused: {error.kind}"
    except TooSlow:
        return "too slow"
    finally:
        signal.alarm(0)


def drawn(seed: int, first: int) -> Iterator[tuple[int, Claim]]:
    """Claims without end, each with the number of the function that it is about."""
    for k in itertools.count(first):
        rng = random.Random(f"{seed}/{k}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = source(rng, k)
        if made is not None:
            yield from ((k, claim) for claim in claims_of(made, rng))


def main() -> int:
    """Puts the claims to verify and prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=200, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="K")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    asked = parser.parse_args()
    counts: collections.Counter[tuple[bool, str]] = collections.Counter()
    kinds: collections.Counter[str] = collections.Counter()
    began = time.monotonic()
    for k, claim in drawn(asked.seed, asked.first):
        if min(_tried(counts, True), _tried(counts, False)) >= asked.claims:
            break
        if _tried(counts, claim.true) >= asked.claims:
            continue
        verdict = tried(claim)
        counts[claim.true, verdict] += 1
        if verdict != ("right" if claim.true else "wrong"):
            told = f"{'true' if claim.true else 'false'}, {claim.kind}: {verdict}"
            kinds[told] += 1
            print(f"[{k}] {told}\n    {claim.text}  {claim.variables}  {claim.layout}", flush=True)
    return summary(counts, kinds, time.monotonic() - began)


def _tried(counts: collections.Counter[tuple[bool, str]], true: bool) -> int:
    return sum(n for (t, _), n in counts.items() if t is true)


def summary(counts: collections.Counter[tuple[bool, str]], kinds: collections.Counter[str], seconds: float) -> int:
    """The line of figures; 1 where a verdict is wrong or too many are undecided."""
    for kind, times in kinds.most_common():
        print(f"{times:7d}  {kind}")
    total = sum(counts.values())
    wrong = counts[True, "wrong"] + counts[False, "right"]
    told = counts[True, "right"] + counts[False, "wrong"]
    rate = (total - told - wrong) / max(total, 1)
    print(
        f"{_tried(counts, True)} true and {_tried(counts, False)} false claims: {wrong} wrong verdicts, "
        f"{total - told - wrong} undecided or refused ({100 * rate:.2f} %); {seconds:.0f} s"
    )
    return int(wrong > 0 or rate > DECLARED_UNDECIDED)


if __name__ == "__main__":
    sys.exit(main())
