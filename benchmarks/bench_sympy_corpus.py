"""`derive()`, certificate included, against SymPy's matrix derivative on every case of a corpus that SymPy gets right too.

Both start from nothing and end with a printed answer: ours reads the text, derives, certifies and prints; SymPy builds its
expression (with an empty cache), takes `diff` and prints. SymPy's answer counts as right if it has the value of ours, in
numerator or denominator layout, at a random point.
usage: python benchmarks/bench_sympy_corpus.py [CASES.jsonl ...]   (default: the textbook sample of the tests)
"""

from __future__ import annotations

import json
import signal
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import numpy as np
import sympy
from sympy.core.cache import clear_cache
from sympy.matrices import expressions as sm

from matcalc import derive
from matcalc.algebra.node import Expr
from matcalc.errors import MatcalcError
from matcalc.memory import forget
from matcalc.numbers.evaluate import evaluate
from matcalc.numbers.sampling.domain import points
from matcalc.numbers.sampling.sizes import size_of
from matcalc.reading.request import read_request

SAMPLE = Path(__file__).resolve().parent.parent / "tests" / "corpus" / "sample.jsonl"
LIMIT_S = 20
ENTRYWISE = {name: getattr(sympy, name) for name in "exp log sin cos tan tanh sinh cosh".split()}


class Untranslatable(Exception):
    """SymPy has no matrix expression for it."""


def _product(args: list[Any]) -> Any:
    made = args[0]
    for a in args[1:]:
        made = made * a
    return made


def _variable(e: Expr) -> Any:
    return sympy.Symbol(e.data.name) if e.is_scalar else sympy.MatrixSymbol(e.data.name, *e.shape)


LEAVES: dict[str, Callable[[Expr], Any]] = {
    "sym": _variable,
    "const": lambda e: e.data,
    "eye": lambda e: sympy.Identity(e.shape[0]),
    "ones": lambda e: sm.special.OneMatrix(*e.shape),
    "zeros": lambda e: sympy.ZeroMatrix(*e.shape),
}
OPERATIONS: dict[str, Callable[[list[Any]], Any]] = {
    "add": lambda args: sum(args[1:], args[0]),
    "mul": _product,
    "inner": _product,
    "pow": lambda args: args[0] ** args[1],
    "T": lambda args: args[0].T,
    "had": lambda args: sm.HadamardProduct(*args),
    "tr": lambda args: sympy.Trace(args[0]),
    "det": lambda args: sympy.Determinant(args[0]),
    "logdet": lambda args: sympy.log(sympy.Determinant(args[0])),
    "kron": lambda args: sympy.KroneckerProduct(*args),
    "diag": lambda args: sm.DiagMatrix(args[0]),
}


def translated(e: Expr) -> Any:
    """The expression in SymPy."""
    if e.op in LEAVES:
        return LEAVES[e.op](e)
    args = [translated(a) for a in e.args]
    if e.op in OPERATIONS:
        return OPERATIONS[e.op](args)
    if e.op in ENTRYWISE:
        return ENTRYWISE[e.op](args[0]) if e.is_scalar else args[0].applyfunc(ENTRYWISE[e.op])
    raise Untranslatable(e.op)


def printed(answer: Any) -> tuple[Any, str]:
    """SymPy's answer and its text."""
    return answer, str(answer)


class _TimeUp(BaseException):
    """SymPy took longer than anyone waits."""


def ring(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _TimeUp


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """The wall time of one call, and its value."""
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def number_of(answer: Any, values: dict[str, Any], sizes: dict[str, int], shapes: dict[str, tuple[int, int]]) -> Any:
    """SymPy's answer as an array of floats."""
    fixed = answer.subs({s: sizes[s.name] for s in answer.free_symbols if getattr(s, "name", None) in sizes and s.name not in values})
    given = {}
    for s in fixed.atoms(sympy.MatrixSymbol):
        given[s] = sympy.ImmutableMatrix(np.reshape(values[s.name], shapes[s.name]))
    numbers = {sympy.Symbol(k): v for k, v in values.items() if np.ndim(v) == 0}
    made = fixed.subs(numbers).subs(given).doit()
    made = made.as_explicit() if hasattr(made, "as_explicit") else made
    return np.array(sympy.Matrix(made).evalf() if hasattr(made, "shape") else [[float(made)]], dtype=float)


def right(answer: Any, case: dict[str, Any]) -> bool:
    """Whether SymPy's answer has the value of ours."""
    found = derive(case["expr"], wrt=case["wrt"], variables=case["vars"], attrs=case.get("attrs"))
    assert not isinstance(found, tuple)
    if found.expr is None or found.form != "matrix":
        return False
    read = found.request
    for point in points(list(read.variables.values()), (read.expr, found.expr)):
        mine = np.atleast_1d(evaluate([found.expr], point.values, point.sizes)[0])
        if np.all(np.isfinite(mine)):
            shapes = {k: (size_of(v.shape[0], point.sizes), size_of(v.shape[1], point.sizes)) for k, v in read.variables.items()}
            theirs = number_of(answer, point.values, point.sizes, shapes)
            flat = [np.ravel(mine), np.ravel(mine.T)]
            return any(f.size == theirs.size and np.allclose(f, np.ravel(theirs), rtol=1e-6, atol=1e-9) for f in flat)
    return False


def main() -> None:
    """Prints the cases where SymPy is right too, and the ratios of the times."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, ring)
    files = [Path(a) for a in sys.argv[1:]] or [SAMPLE]
    cases = [json.loads(line) for f in files for line in f.read_text(encoding="utf-8").splitlines() if line.strip()]
    left_out = {"complex", "outside-grammar"}
    cases = [c for c in cases if c.get("expr") and c.get("order", 1) == 1 and not left_out & set(c.get("tags", []))]
    ratios: list[tuple[float, float, str]] = []
    wrong = 0
    for case in cases:
        pair = compared(case)
        if pair is None:
            wrong += 1
        else:
            ratios.append((pair[0] / pair[1], pair[0] * 1e3, f"{case['id']}: d {case['expr']} / d{case['wrt']}"))
    ratios.sort(reverse=True)
    slower = [r for r in ratios if r[0] > 1]
    others = f"{wrong} are wrong, raise, take over {LIMIT_S} s or cannot be stated"
    print(f"{len(ratios)} of {len(cases)} cases are right in SymPy too ({others})")
    print(f"median ratio {statistics.median(r[0] for r in ratios):.3f}; {len(slower)} slower than SymPy")
    for ratio, took, name in ratios[: max(8, len(slower))]:
        print(f"{ratio:8.2f}  {took:7.2f} ms  {name[:100]}")


def compared(case: dict[str, Any]) -> tuple[float, float] | None:
    """Our seconds and SymPy's; None where SymPy does not get it right."""
    signal.alarm(LIMIT_S)
    try:
        read = read_request(case["expr"], wrt=case["wrt"], variables=case["vars"], attrs=case.get("attrs"))
        clear_cache()
        theirs, (answer, _) = seconds(lambda: printed(translated(read.literal).diff(translated(read.wrt[0]))))
        if not right(answer, case):
            return None
        return statistics.median(ours(case) for _ in range(3)), theirs
    except (MatcalcError, Untranslatable, _TimeUp):
        return None
    except Exception:  # noqa: BLE001 - whatever SymPy raises, it is no right answer
        return None
    finally:
        signal.alarm(0)


def ours(case: dict[str, Any]) -> float:
    """The seconds that we take, with nothing remembered of the case."""
    forget()
    return seconds(lambda: str(derive(case["expr"], wrt=case["wrt"], variables=case["vars"], attrs=case.get("attrs"))))[0]


if __name__ == "__main__":
    main()
