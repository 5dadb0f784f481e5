"""Hostile input: mutated requests and random text must end in an answer or a documented error, at once.

usage: python benchmarks/tough.py [--strings N] [--seed S]         mutated or random strings (5000)

Exit status 1 where an exception is not a documented one, an error about the text has no caret,
a string takes longer than 2 s or the whole more than 500 MB.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from matcalc import derive
from matcalc.errors import CertificateError, MatcalcError

ROOT: Final = Path(__file__).resolve().parent.parent
SAMPLE: Final = ROOT / "tests" / "corpus" / "sample.jsonl"
MAX_SECONDS: Final = 2.0
MAX_MEGABYTES: Final = 500
PATIENCE: Final = 20.0

REQUESTS: Final = (
    "d tr(W x) / dW", "d(x^T A x)/dx", "∂ log det(X) / ∂X", "d/dX tr(A X B)", "grad_x ||A x - b||^2", "d^2 (x' A x) / dx^2",
    "d sigma(W x + b) / d(W, b) where sigma: elementwise", "dL/dW where y = W x + b; L = loss(y); dL/dy = g",
    "d^2 (x^T A y) / dx dy^T", r"\frac{\partial}{\partial X} \operatorname{tr}(A X^\top)", "d np.trace(A @ X.T) / dX",
    "d np.sum(np.linalg.inv(X) * B)/dX", "hess_x logsumexp(x)", "d kron(A, X)/dX", "d vec(A X B)/dvec(X)", "d diag(x) A diag(x)/dx",
    "d (X ⊗ A)/dX where X: m x n; A: 2 x 3", "d ||X||_F^2/dX", "d |X|/dX", "d X^k/dX", "d tr(X^3)/dX", "d A^-T X^{-1}/dX",
    "d softmax(x)/dx", "d x ./ (1 + x.^2)/dx", "d tr(expm(X))/dX", "d (c*x + ones(n)*c)/dc where c: scalar; x: n",
    "d x[1]*X[1,2]/dX", "d [a, b; a*b, 2]/da where a: scalar; b: scalar", "d K(m,n)*vec(X)/dX where X: m x n", "∇_x f(x) where f(x) = x",
    "d 1.5e3*x^T x/dx", "d (x ⊙ y)/dx", "d exp(-x^T S x/2)/dx where S: n x n spd", "d sum(relu(W_2*relu(W_1*x)))/dW_1",
    "d norm1(x) + norm2(x) + normF(X)/dX", "d I + A/dA", "d(x/||x||)/dx", "d log(1^T exp(x))/dx", "d (A \\ b)/dA", "d pi*eye(3)*x/dx",
)  # fmt: skip
PIECES: Final = (
    "A", "X", "x", "b", "c", "k", "n", "alpha", "Σ", "d", "dX", "dx", "I", "K", "T", "f", "1", "2", "0", "0.5", "1e9", "99999999999", "(",
    ")",
    "[", "]", "{", "}", "|", "||", ",", ";", ":", "=", " ", "+", "-", "*", "/", "@", "\\", "^", ".^", ".*", "./", "'", ".T", "^T", "^-1",
    "^-T", "**",
    "⊗", "⊙", "∂", "∇", "_", "_F", "⁻¹", "ᵀ", "₁", "tr(", "det(", "inv(", "exp(", "vec(", "kron(", "diag(", "sum(", "logdet(", "softmax(",
    "pinv(",
    "adj(", "expm(", "sqrtm(", "logm(", "sym(", "norm2(", "dot(", "gelu(", "abs(", "ones(n)", "eye(2)", "zeros(n,m)", "K(m,n)", "where",
    "lambda",
    "None", "np.", r"\frac{", r"\partial", r"\top", "spd", "symmetric", "scalar", "->", "\t", "\n", "\0", "\u202e", "\ud800", "é",
    "e\u0301", "中", "𝟏",
    "x: n", "X: m x n", "; y = A x", "/dX", "/dx",
)  # fmt: skip


class Asked(NamedTuple):
    """One string to derive: a request, or an expression and its variable, and perhaps a declaration."""

    text: str
    wrt: str | None
    declaration: str


class TimeUpError(BaseException):
    """A case took longer than anybody waits; no Exception, so that nothing takes it for a failed attempt."""


@dataclass
class Report:
    """What came of the cases: how often each outcome, the slowest, and what must not be."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def run(self, told: str, work: Callable[[], object], judge: Callable[[MatcalcError], str | None]) -> None:
        """Runs one case; `judge` says what is wrong with a documented error, if anything."""
        start = time.perf_counter()
        try:
            with alarm(PATIENCE):
                work()
            outcome, wrong = "answer", None
        except MatcalcError as error:
            outcome, wrong = error.kind, judge(error)
        except TimeUpError:
            outcome, wrong = "too slow", f"no end within {PATIENCE:g} s"
        except Exception as error:  # noqa: BLE001 - what this looks for
            outcome, wrong = "undocumented", f"{type(error).__name__}: {error} at {_place(error)}"
        took = time.perf_counter() - start
        self.outcomes[outcome] += 1
        self.slowest = sorted([*self.slowest, (took, told)], reverse=True)[:5]
        if wrong:
            self.failures.append(f"{wrong}\n    {told}")

    def show(self) -> None:
        """Prints what was found."""
        for outcome, count in self.outcomes.most_common():
            print(f"{count:>7}  {outcome}")
        for took, told in self.slowest:
            print(f"slow   {took:6.2f} s   {told[:2000]}")
        print(f"peak memory {peak():.0f} MB")
        for failure in self.failures:
            print(f"FAILED {failure[:3000]}")


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))


def peak() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Ends the body with TimeUpError after that many seconds."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ---------------------------------------------------------------------------------------------------- strings


def strings(count: int, rng: random.Random) -> Iterator[Asked]:
    """Random requests; every second one is a bare expression, and every second one has a declaration that may be as broken."""
    requests, expressions = list(REQUESTS), sample()
    for _ in range(count):
        kind = rng.random()
        declaration = rng.choice(["", "", "", "X: m x n", "S: n x n spd", mutated("X: m x n symmetric", rng), mutated("x: 3", rng)])
        if kind < 0.1:
            yield Asked(soup(rng), rng.choice([None, "X", "x"]), declaration)
        elif kind < 0.15:
            yield Asked(noise(rng), rng.choice([None, "X", "x"]), declaration)
        elif kind < 0.5:
            yield Asked(mutated(rng.choice(requests), rng), None, declaration)
        else:
            expr, wrt = rng.choice(expressions)
            yield Asked(mutated(expr, rng), wrt, declaration)


def sample() -> list[tuple[str, str]]:
    """The expressions of the corpus with their variables."""
    cases = map(json.loads, SAMPLE.read_text(encoding="utf-8").splitlines())
    return [(case["expr"], case["wrt"]) for case in cases]


def mutated(text: str, rng: random.Random) -> str:
    """A text after one to four edits: of names, operators and functions, most of which can be read, or of anything."""
    edits = GENTLE if rng.random() < 0.6 else ROUGH
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4])):
        text = rng.choice(edits)(text, rng)
    return text


def soup(rng: random.Random) -> str:
    """Pieces of the notation in no order."""
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 30)))


def noise(rng: random.Random) -> str:
    """Random characters of any script, and none."""
    return "".join(chr(rng.choice([rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x110000)])) for _ in range(rng.randint(1, 40)))


def _span(text: str, rng: random.Random) -> tuple[int, int]:
    start = rng.randint(0, len(text))
    return start, min(len(text), start + rng.choice([1, 1, 1, 2, 3, 8]))


def _delete(text: str, rng: random.Random) -> str:
    start, end = _span(text, rng)
    return text[:start] + text[end:]


def _insert(text: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(PIECES) + text[at:]


def _repeat(text: str, rng: random.Random) -> str:
    start, end = _span(text, rng)
    return text[:end] + text[start:end] * rng.choice([1, 1, 2, 5]) + text[end:]


def _swap(text: str, rng: random.Random) -> str:
    (a, b), (c, e) = sorted([_span(text, rng), _span(text, rng)])
    return text if b > c else text[:a] + text[c:e] + text[b:c] + text[a:b] + text[e:]


def _replace(text: str, rng: random.Random) -> str:
    start, end = _span(text, rng)
    return text[:start] + rng.choice(PIECES) + text[end:]


def _unicode(text: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + chr(rng.choice([rng.randrange(0x250), rng.randrange(0x2000, 0x2B00), rng.randrange(0x110000)])) + text[at:]


def _splice(text: str, rng: random.Random) -> str:
    other = rng.choice(REQUESTS)
    return text[: rng.randint(0, len(text))] + other[rng.randint(0, len(other)) :]


def _substitute(text: str, rng: random.Random) -> str:
    """Another name, number or operator in the place of one."""
    found = list(TOKEN.finditer(text))
    if not found:
        return text
    m = rng.choice(found)
    instead = NAMES if m.group()[0].isalnum() or m.group()[0] == "_" else OPERATORS
    return text[: m.start()] + rng.choice(instead) + text[m.end() :]


def _wrap(text: str, rng: random.Random) -> str:
    """A function around a name or a part in parentheses."""
    found = list(PART.finditer(text))
    if not found:
        return text
    m = rng.choice(found)
    before, after = rng.choice(WRAPPERS)
    return text[: m.start()] + before + m.group() + after + text[m.end() :]


TOKEN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|[-+*/^'.]+")
PART: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|\([^()]*\)")
NAMES: Final = (
    "A X S x y b c k n alpha I 1 2 3 0 0.5 -1 T tr det inv exp log sum diag vec softmax logdet normF norm2 abs pinv adj sym expm"
).split()
OPERATORS: Final = ("*", "+", "-", "/", ".*", "./", "^", ".^", " ", "⊗", "@", "^T*", "'*", "\\", "^-1*", "^2 + ")
FUNCTIONS: Final = "tr det inv exp log sqrt sum diag diagv vec softmax logsumexp logdet normF norm1 norm2 abs relu pinv adj".split()
WRAPPERS: Final = (
    *((f"{name}(", ")") for name in FUNCTIONS),
    *(("(", after) for after in (")^T", ")^-1", ")^k", ")^0", ")^-3", ").^k", ").^0.5", ").^-2", " - I)", " + 1)", ")[1]", ")[1,2]")),
    ("kron(A, ", ")"), ("kron(", ", x)"), ("||", "||"), ("|", "|"), ("(0*", ")"), ("(1/", ")"), ("[", ", 1]"), ("-", ""),
)  # fmt: skip
GENTLE: Final = (_substitute, _wrap)
ROUGH: Final = (_substitute, _wrap, _delete, _delete, _insert, _insert, _repeat, _swap, _replace, _unicode, _splice)


def judge_string(error: MatcalcError) -> str | None:
    """An error that a text causes points into it."""
    if isinstance(error, CertificateError):
        return f"certificate: {error}"
    if error.kind in ("parse", "shape", "unknown-function") and (error.span is None or error.source is None):
        return f"no caret: {error.kind}: {error.message}"
    str(error)
    return None


def attempt(asked: Asked) -> None:
    """Derives a string and prints what was found in every notation."""
    found = derive(asked.text, wrt=asked.wrt, variables=[asked.declaration] if asked.declaration else None)
    for d in found if isinstance(found, tuple) else (found,):
        if not (d.text and d.latex and d.numpy):
            raise AssertionError("an answer without its text")


def run_strings(count: int, seed: int) -> int:
    """Derives mutated and random strings; 1 where a promise is broken."""
    report = Report()
    for asked in strings(count, random.Random(seed)):
        report.run(repr(tuple(asked)), lambda a=asked: attempt(a), judge_string)  # type: ignore[misc]
    report.show()
    slow = report.slowest[0][0] > MAX_SECONDS
    return int(bool(report.failures) or slow or peak() > MAX_MEGABYTES)


# ------------------------------------------------------------------------------------------------- expressions


def plain_strategies() -> ModuleType:
    """The test suite's makers of expressions, drawing from `random` in place of hypothesis, which shrinks but is slow."""
    plain = SimpleNamespace(
        composite=lambda make: lambda *args, **extra: lambda draw: make(draw, *args, **extra),
        sampled_from=lambda options: lambda draw: draw.choice(options),
    )
    spec = importlib.util.spec_from_file_location("plain_strategies", ROOT / "tests" / "strategies.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with patch.dict(sys.modules, {"hypothesis": SimpleNamespace(strategies=plain)}):
        spec.loader.exec_module(module)
    return module


class Draw:
    """Stands in for the `draw` function of hypothesis."""

    def __init__(self, rng: random.Random) -> None:
        self.choice: Callable[[Sequence[Any]], Any] = rng.choice

    def __call__(self, strategy: Callable[[Draw], Any]) -> Any:
        return strategy(self)


def main() -> int:
    """Runs the strings."""
    parser = argparse.ArgumentParser(description="Hostile input: mutated requests and random text.")
    parser.add_argument("--strings", type=int, default=5000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    return run_strings(asked.strings, asked.seed)


if __name__ == "__main__":
    sys.exit(main())
