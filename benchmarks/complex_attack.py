"""Random derivatives by complex variables, judged by differences in the real and imaginary parts that share nothing with the engine.

usage: python benchmarks/complex_attack.py [--requests N] [--first K] [--seed S] [--jobs J]

Of every answer the printed text, read by another reader, and the generated NumPy must have the numbers of the differences. Request k of
seed S is always the same.
"""

from __future__ import annotations

import argparse
import collections
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from inspect import signature
from types import FrameType
from typing import Any, Final

import numpy as np
from apart import layouts
from apart.complexly import Evaluator, Valueless, wirtinger
from apart.reader import Unreadable, read
from apart.trees import Node

from matcalc import Derivative, derive
from matcalc.errors import MatcalcError

Array = Any
SECONDS: Final = 30
SIZES: Final = {"m": 2, "n": 3, "p": 4}
TOLERANCE: Final = 1e-5
LARGEST: Final = 1e4
WAYS: Final = {"": "d {f} / d{x}", "conjugate": "d {f} / dconj({x})", "real": "d {f} / d real({x})", "imaginary": "d {f} / d imag({x})"}
STARRED: Final = "d {f} / d{x}^*"


@dataclass
class Variable:
    """A variable with its declaration and a value."""

    name: str
    rows: str
    cols: str
    words: str
    value: Array

    @property
    def declared(self) -> str:
        """As a declaration says it."""
        shape = "scalar" if self.rows == self.cols == "1" else self.rows if self.cols == "1" else f"{self.rows} x {self.cols}"
        return f"{shape} {self.words}".strip()


class Maker:
    """Draws expressions as texts of the plain notation."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.numbers = np.random.default_rng(rng.randrange(2**32))
        self.variables: list[Variable] = []

    def coin(self, chance: float) -> bool:
        return self.rng.random() < chance

    def size(self) -> str:
        return self.rng.choice("mnp")

    def variable(self, r: str, c: str) -> str:
        """A variable of this shape, an old one or a new one."""
        old = [v for v in self.variables if (v.rows, v.cols) == (r, c)]
        if old and self.coin(0.6):
            return self.rng.choice(old).name
        words = self.rng.choices(["complex", "", "hermitian", "unitary"], [6, 3, 2, 1] if r == c != "1" else [6, 3, 0, 0])[0]
        letters = "ABCDFGMPQRSUVWXYZ" if "1" not in (r, c) else "abcfghqrsuvwxyz"
        name = next(n for n in self.rng.sample(letters, len(letters)) if all(n.lower() != v.name.lower() for v in self.variables))
        self.variables.append(Variable(name, r, c, words, self._drawn(r, c, words)))
        return name

    def _drawn(self, r: str, c: str, words: str) -> Array:
        shape = (SIZES.get(r, 1), SIZES.get(c, 1))
        a = self.numbers.standard_normal(shape)
        if words:
            a = a + 1j * self.numbers.standard_normal(shape)
        if words == "hermitian":
            return (a + a.conj().T) / 2
        return np.linalg.qr(a)[0] if words == "unitary" else a

    def make(self, r: str, c: str, depth: int) -> str:
        """An expression of this shape."""
        if depth <= 0:
            return self.variable(r, c)
        if r == c == "1":
            return self.number(depth)
        return self.array(r, c, depth)

    def number(self, depth: int) -> str:
        """A scalar that may be complex."""
        d, n = depth - 1, self.size()
        k = self.size()
        makers: list[Callable[[], str]] = [
            lambda: f"tr({self.make(n, n, d)})",
            lambda: f"tr(({self.make(n, k, d)})*({self.make(n, k, d)})^H)",
            lambda: f"({self.make(n, '1', d)})^H*({self.make(n, '1', d)})",
            lambda: f"({self.make(n, '1', d)})^T*({self.make(n, '1', d)})",
            lambda: f"({self.variable(n, '1')})^H*({self.make(n, n, d)})*({self.variable(n, '1')})",
            lambda: f"sum({self.make(n, k, d)})",
            lambda: f"det({self.make(n, n, d - 1)})",
            lambda: f"log(det(I + {self.gram(n, d)}))",
            lambda: f"({self.make('1', '1', d)})*({self.make('1', '1', d)})",
            lambda: f"({self.make('1', '1', d)} - {self.make('1', '1', d)})",
            lambda: f"({self.make('1', '1', d)})/(1 + ({self.real(d)})^2)",
            lambda: f"{self.rng.choice(['exp', 'sin', 'cos', 'tanh', 'sinh'])}({self.make('1', '1', d - 1)})",
            lambda: f"conj({self.make('1', '1', d)})",
            lambda: f"{self.rng.choice(['1j', '(2 - 1j)', '0.5', '3'])}*({self.make('1', '1', d)})",
            lambda: self.real(depth),
            lambda: self.real(depth),
            lambda: self.real(depth),
        ]
        return self.rng.choice(makers)()

    def real(self, depth: int) -> str:
        """A scalar that is real."""
        d, n = depth - 1, self.size()
        makers: list[Callable[[], str]] = [
            lambda: f"abs({self.make('1', '1', d)})",
            lambda: f"abs({self.make('1', '1', d)})^2",
            lambda: f"real({self.make('1', '1', d)})",
            lambda: f"imag({self.make('1', '1', d)})",
            lambda: f"norm2({self.make(n, '1', d)})^{self.rng.choice('24')}",
            lambda: f"norm2({self.make(n, '1', d)})",
            lambda: f"normF({self.make(n, self.size(), d)})^2",
            lambda: f"sum(abs({self.make(n, '1', d)}).^{self.rng.choice('23')})",
            lambda: f"log(1 + ({self.real(d) if d > 0 else '1'})^2)",
            lambda: f"arg({self.make('1', '1', d)})",
            lambda: f"exp(-abs({self.make('1', '1', d - 1)}))",
        ]
        return self.rng.choice(makers)()

    def gram(self, n: str, depth: int) -> str:
        a = self.make(n, self.size(), depth - 1)
        return f"({a})*({a})^H"

    def array(self, r: str, c: str, depth: int) -> str:
        """A vector or a matrix."""
        d, k = depth - 1, self.size()
        makers: list[Callable[[], str]] = [
            lambda: f"{self.factor(r, k, d)}*{self.factor(k, c, d)}",
            lambda: f"{self.factor(r, k, d)}*{self.factor(k, c, d)}",
            lambda: f"({self.make(r, c, d)} + {self.make(r, c, d)})",
            lambda: f"({self.make(r, c, d)} - {self.make(r, c, d)})",
            lambda: f"conj({self.make(r, c, d)})",
            lambda: f"({self.make(r, c, d)}).*({self.make(r, c, d)})",
            lambda: f"({self.make('1', '1', d)})*({self.make(r, c, d)})",
            lambda: f"{self.rng.choice(['exp', 'sin', 'real', 'imag', 'abs', 'tanh'])}({self.make(r, c, d - 1)})",
            lambda: f"{self.rng.choice(['1j', '2'])}*({self.make(r, c, d)})",
        ]
        if "1" not in (r, c):
            makers += [lambda: f"({self.make(c, r, d)})^H", lambda: f"({self.make(c, r, d)})^T"] * 2
            makers.append(lambda: f"({self.make(r, '1', d)})*({self.make(c, '1', d)})^H")
        if r == c:
            makers += [lambda: f"(3*I + {self.gram(r, d)})^-1", lambda: f"({self.make(r, r, d)} + 4*I)^-1"]
            makers.append(lambda: f"({self.make(r, r, d)})^2")
            makers.append(lambda: f"diag({self.make(r, '1', d)})")
            makers.append(lambda: f"expm(0.3*({self.make(r, r, d - 1)}))")
        return self.rng.choice(makers)()

    def factor(self, r: str, c: str, depth: int) -> str:
        return f"({self.make(r, c, depth)})"


@dataclass
class Request:
    """A request with what is needed to judge it."""

    text: str
    variables: list[Variable]
    x: Variable
    how: str
    layout: str
    function: Node


def request_of(seed: int, k: int) -> Request | None:
    """Request k of a seed; None where nothing varies or the function has no finite value."""
    rng = random.Random(f"complex {seed}/{k}")
    maker = Maker(rng)
    kind = rng.random()
    is_real = kind < 0.35
    depth = rng.choice([1, 2, 2, 3, 3])
    if is_real:
        f = maker.real(depth)
    elif kind < 0.7:
        f = maker.make("1", "1", depth)
    else:
        f = maker.make(maker.size(), rng.choice(["1", "1", maker.size()]), min(depth, 2))
    if not maker.variables:
        return None
    x = rng.choice(maker.variables)
    how = rng.choice(["", "conjugate", "gradient" if is_real else "", "conjugate", "real", "imaginary"]) if x.words else ""
    way = STARRED if how == "conjugate" and maker.coin(0.3) else WAYS.get(how, "grad_{x} {f}")
    form = way.format(f=f"({f})", x=x.name)
    layout = rng.choice(["numerator", "denominator", "mixed"])
    names = frozenset({v.name for v in maker.variables} | set(SIZES))
    return Request(form, maker.variables, x, how, layout, read(f, names))


def truth(r: Request) -> tuple[Array, tuple[int, ...], float]:
    """The derivative with the axes of Y before those of X, the shape of Y, and how far it is known."""
    values = {v.name: v.value for v in r.variables}

    def f(a: Array) -> Array:
        return np.asarray(Evaluator({**values, r.x.name: a}, SIZES).value(r.function))

    y = f(r.x.value)
    found, doubt = wirtinger(f, r.x.value, r.how)
    return found, y.shape, doubt


def laid_out(r: Request, found: Array, y: tuple[int, ...], form: str) -> Array:
    """The derivative in the layout and form of the answer."""
    here = {("y", 0): y[0], ("y", 1): y[1], ("x", 0): r.x.value.shape[0], ("x", 1): r.x.value.shape[1]}
    ys = layouts.shape_of("y", *("1" if s == 1 else "k" for s in y))
    xs = layouts.shape_of("x", r.x.rows, r.x.cols)
    every = [("y", 0), ("y", 1), ("x", 0), ("x", 1)]

    def ordered(order: list[tuple[str, int]], shape: tuple[int, ...]) -> Array:
        rest = [a for a in every if a not in order]
        return np.transpose(found, [every.index(a) for a in [*order, *rest]]).reshape(shape)

    if form == "vec":
        rows, cols = layouts.vec(r.layout, ys, xs)
        count = [int(np.prod([here[a] for a in side])) for side in (rows, cols)]
        return ordered([*rows, *cols], (count[0], count[1]))
    flat = layouts.matrix(r.layout, ys, xs)
    if flat is not None:
        order = [a for a in (flat.rows, flat.cols) if a is not None]
        return ordered(order, (here[flat.rows] if flat.rows else 1, here[flat.cols] if flat.cols else 1))
    order = layouts.axes(r.layout, ys.axes, xs.axes)
    return ordered(order, tuple(here[a] for a in order))


def differs(a: Array, b: Array) -> str:
    """How an array differs from the truth; empty where it does not."""
    a = np.asarray(a)
    if a.size != b.size:
        return f"{a.shape} for {b.shape}"
    if a.shape != b.shape and np.squeeze(a).shape != np.squeeze(b).shape:
        return f"{a.shape} for {b.shape}"
    error = float(np.max(np.abs(a.reshape(b.shape) - b), initial=0.0) / (1 + np.max(np.abs(b), initial=0.0)))
    return "" if error < TOLERANCE else f"off by {error:.2g}"


def judged(r: Request, codes: bool = True) -> tuple[str, str]:
    """The verdict and what there is to say."""
    try:
        with np.errstate(all="ignore"):
            found, y, doubt = truth(r)
    except (np.linalg.LinAlgError, ZeroDivisionError, OverflowError):
        return "unfit", ""
    scale = 1 + float(np.max(np.abs(found), initial=0.0))
    if not np.all(np.isfinite(found)) or scale > LARGEST or doubt > 1e-7 * scale:
        return "unfit", ""
    try:
        answer = derive(r.text, variables={v.name: v.declared for v in r.variables}, layout=r.layout)
    except MatcalcError as error:
        return "refused", f"{type(error).__name__}: {error.message}"
    assert not isinstance(answer, tuple)
    form = answer.form
    wanted = laid_out(r, found, y, form)
    if codes and (told := _by_code(r, answer, wanted)):
        return "wrong", told
    if form == "index":
        return "right", ""
    try:
        names = frozenset({v.name for v in r.variables} | set(SIZES))
        text = Evaluator({v.name: v.value for v in r.variables}, SIZES).value(read(answer.text, names))
    except (Unreadable, Valueless) as error:
        return "unread", f"{type(error).__name__}: {error} in {answer.text}"
    if text.shape != wanted.shape and text.shape[0] == text.shape[1] == 1:
        text = text[0, 0] * np.eye(wanted.shape[0])
    told = differs(text, wanted)
    return ("wrong", f"text {told}: {answer.text}") if told else ("right", "")


def _by_code(r: Request, answer: Derivative, wanted: Array) -> str:
    """What is wrong with the generated function; empty where nothing is."""
    arguments = {v.name: v.value[0, 0] if v.value.size == 1 else v.value.reshape(-1) if v.cols == "1" else v.value for v in r.variables}
    needed = answer.function("numpy")
    try:
        taken = signature(needed).parameters
        value = needed(**{name: a for name, a in arguments.items() if name in taken})
    except np.linalg.LinAlgError:
        raise
    except (MatcalcError, ValueError, TypeError) as error:
        return f"the code refuses: {error}"
    told = differs(value, wanted)
    return f"code {told}: {answer.text}" if told else ""


class TooSlow(BaseException):
    """A request that took too long."""


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def attempt(seed: int, codes: bool, k: int) -> tuple[int, str, str, str]:
    """One request: its number, verdict, what there is to say, and the request."""
    r = request_of(seed, k)
    if r is None:
        return k, "unfit", "", ""
    signal.signal(signal.SIGALRM, _ring)
    # Again and again, since what is raised while an object is forgotten is lost.
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)
    try:
        verdict, told = judged(r, codes)
    except np.linalg.LinAlgError as error:
        verdict, told = "valueless", str(error)
    except TooSlow:
        verdict, told = "crash", f"more than {SECONDS} s"
    except Exception as error:  # noqa: BLE001 - whatever leaves the engine is a crash
        verdict, told = "crash", f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    declared = "; ".join(f"{v.name}: {v.declared}" for v in r.variables)
    return k, verdict, told, f"{r.text}   [{declared}] {r.layout}"


def results(asked: argparse.Namespace) -> Iterator[tuple[int, str, str, str]]:
    """The findings, in order."""
    one = partial(attempt, asked.seed, not asked.texts)
    numbers = range(asked.first, asked.first + asked.requests)
    if asked.jobs == 1:
        yield from map(one, numbers)
        return
    with ProcessPoolExecutor(asked.jobs) as pool:
        yield from pool.map(one, numbers, chunksize=20)


def main() -> int:
    """Runs the requests; 1 where an answer was wrong, could not be read or crashed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--texts", action="store_true", help="judge the texts alone, not the generated code")
    asked = parser.parse_args()
    began = time.monotonic()
    counts: collections.Counter[str] = collections.Counter()
    for k, verdict, told, text in results(asked):
        counts[verdict] += 1
        if verdict not in ("right", "unfit"):
            print(f"[{k}] {verdict}: {told}\n    {text}", flush=True)
    fit = sum(counts.values()) - counts["unfit"]
    each = ", ".join(f"{counts[v]} {v}" for v in ("right", "wrong", "crash", "unread", "valueless", "refused"))
    print(f"{fit} requests: {each}; {counts['unfit']} drawn in vain; {time.monotonic() - began:.0f} s")
    return int(counts["wrong"] + counts["crash"] + counts["unread"] > 0 or counts["refused"] + counts["valueless"] > 0.02 * fit)


if __name__ == "__main__":
    sys.exit(main())
