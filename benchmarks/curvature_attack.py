"""Random functions, each as a text and as NumPy: `matcalc curvature` judges the text, chords of the NumPy function judge the verdict.

    python benchmarks/curvature_attack.py [--count 300] [--seed 0]

A verdict of convex, concave or affine is wrong if one chord bends the other way, at any draw of the parameters that its condition
allows; neither is wrong if its witness does not bend both ways. The evaluation shares nothing with the engine. Exit status 1 if any
verdict is wrong.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcalc import MatcalcError, curvature

Names = dict[str, Any]
Evaluated = Callable[[Names], Any]
SIZE = 3
VARIABLES = {"x": "n", "y": "n positive", "t": "scalar positive", "X": "n x n spd", "Y": "n x n symmetric"}
PARAMETERS = {"a": "n", "w": "n positive", "b": "n", "c": "scalar", "s": "scalar positive", "A": "n x n", "S": "n x n spd"}


def largest(eigenvalues: Any) -> float:
    """The largest eigenvalue where all are real; nan else."""
    return float(eigenvalues.real.max()) if np.all(np.abs(eigenvalues.imag) < 1e-9) else float("nan")


@dataclass(frozen=True)
class Term:
    """A function as a text and as NumPy; `kind` is number, vector or matrix."""

    text: str
    value: Evaluated
    kind: str

    def at(self, names: Names) -> float:
        """The value at a point; nan where there is none."""
        try:
            return float(self.value(names))
        except np.linalg.LinAlgError:
            return float("nan")


def leaf(rng: np.random.Generator, kind: str, wrt: list[str]) -> Term:
    pools = {"number": ["t", "c", "s"], "vector": ["x", "y", "a", "b", "w"], "matrix": ["X", "Y", "S", "A"]}
    pool = [n for n in pools[kind] if n in PARAMETERS or n in wrt]
    moving = [n for n in pool if n in wrt]
    name = str(rng.choice(moving if moving and rng.random() < 0.7 else pool))
    return Term(name, lambda v: v[name], kind)


ENTRYWISE: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "log": np.log, "abs": np.abs, "relu": lambda u: np.maximum(u, 0), "softplus": lambda u: np.logaddexp(0, u),
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)), "tanh": np.tanh, "sqrt": np.sqrt, "cosh": np.cosh, "sin": np.sin, "sinh": np.sinh,
    "arctan": np.arctan, "log1p": np.log1p,
}  # fmt: skip
OF_VECTORS: dict[str, Callable[[Any], Any]] = {
    "sum({})": np.sum, "max({})": np.max, "min({})": np.min, "norm2({})": np.linalg.norm, "norm1({})": lambda u: np.abs(u).sum(),
    "logsumexp({})": lambda u: np.log(np.exp(u - u.max()).sum()) + u.max(), "||{}||^2": lambda u: u @ u, "var({})": np.var,
    "std({})": np.std, "mean({})": np.mean, "norminf({})": lambda u: np.abs(u).max(), "prod({})": np.prod,
}  # fmt: skip
OF_MATRICES: dict[str, Callable[[Any], Any]] = {
    "tr({})": np.trace, "normF({})": np.linalg.norm, "||{}||_F^2": lambda m: (m * m).sum(),
    "sigma_max({})": lambda m: np.linalg.norm(m, 2),
    "normN({})": lambda m: np.linalg.norm(m, "nuc"), "tr(({})^2)": lambda m: np.trace(m @ m),
    "logdet({})": lambda m: np.linalg.slogdet(m)[1], "tr(({})^-1)": lambda m: np.trace(np.linalg.inv(m)), "sum({})": np.sum,
    "lambda_max({})": lambda m: largest(np.linalg.eigvals(m)),
    "det({})": np.linalg.det, "tr(({})^3)": lambda m: np.trace(m @ m @ m),
}  # fmt: skip


def number(rng: np.random.Generator, depth: int, wrt: list[str]) -> Term:
    """A random function whose value is a number."""
    k = rng.integers(8)
    if depth <= 0 or k == 0:
        return leaf(rng, "number", wrt)
    if k == 1:
        return combined(rng, number(rng, depth - 1, wrt), number(rng, depth - 1, wrt))
    if k == 2:
        return powered(rng, number(rng, depth - 1, wrt))
    if k == 3:
        return entrywise(rng, number(rng, depth - 1, wrt))
    if k == 4:
        u, m, v = vector(rng, depth - 2, wrt), matrix(rng, depth - 2, wrt), vector(rng, depth - 2, wrt)
        v = u if rng.random() < 0.6 else v
        return Term(f"({u.text})^T*({m.text})*({v.text})", lambda n: u.value(n) @ m.value(n) @ v.value(n), "number")
    if k == 5 and {"X", "Y"} & set(wrt):
        m = matrix(rng, depth - 1, wrt)
        form = str(rng.choice(list(OF_MATRICES)))
        return Term(form.format(m.text), lambda n: OF_MATRICES[form](m.value(n)), "number")
    v = vector(rng, depth - 1, wrt)
    form = str(rng.choice(list(OF_VECTORS)))
    return Term(form.format(v.text), lambda n: OF_VECTORS[form](v.value(n)), "number")


def vector(rng: np.random.Generator, depth: int, wrt: list[str]) -> Term:
    """A random function whose value is a column."""
    k = rng.integers(6)
    if depth <= 0 or k == 0:
        return leaf(rng, "vector", wrt)
    if k == 1:
        return combined(rng, vector(rng, depth - 1, wrt), vector(rng, depth - 1, wrt))
    if k == 2:
        return powered(rng, vector(rng, depth - 1, wrt))
    if k == 3:
        u, v = vector(rng, depth - 1, wrt), vector(rng, depth - 1, wrt)
        return Term(f"({u.text}).*({v.text})", lambda n: u.value(n) * v.value(n), "vector")
    if k == 4:
        m, v = leaf(rng, "matrix", []), vector(rng, depth - 1, wrt)
        return Term(f"({m.text})*({v.text})", lambda n: m.value(n) @ v.value(n), "vector")
    return entrywise(rng, vector(rng, depth - 1, wrt))


def matrix(rng: np.random.Generator, depth: int, wrt: list[str]) -> Term:
    """A random function whose value is a square matrix."""
    k = rng.integers(5)
    if depth <= 0 or k == 0:
        return leaf(rng, "matrix", wrt)
    if k == 1:
        return combined(rng, matrix(rng, depth - 1, wrt), matrix(rng, depth - 1, wrt))
    a, b = matrix(rng, depth - 1, wrt), leaf(rng, "matrix", wrt)
    if k == 2:
        return Term(f"({b.text})^T*({a.text})*({b.text})", lambda n: b.value(n).T @ a.value(n) @ b.value(n), "matrix")
    if k == 3:
        return Term(f"({a.text})^-1", lambda n: np.linalg.inv(a.value(n)), "matrix")
    return Term(f"({a.text})*({b.text})", lambda n: a.value(n) @ b.value(n), "matrix")


def combined(rng: np.random.Generator, u: Term, v: Term) -> Term:
    k = str(rng.choice(["+", "-", "c*", "s*"] if u.kind != "number" else ["+", "-", "*", "/", "c*", "s*"]))
    if k in ("c*", "s*"):
        name = k[0]
        return Term(f"({u.text}) + {name}*({v.text})", lambda n: u.value(n) + n[name] * v.value(n), u.kind)
    operations: dict[str, Evaluated] = {
        "+": lambda n: u.value(n) + v.value(n), "-": lambda n: u.value(n) - v.value(n), "*": lambda n: u.value(n) * v.value(n),
        "/": lambda n: u.value(n) / v.value(n),
    }  # fmt: skip
    return Term(f"({u.text}) {k} ({v.text})", operations[k], u.kind)


def powered(rng: np.random.Generator, u: Term) -> Term:
    k = str(rng.choice(["2", "3", "4", "-1", "-2", "(1/2)", "(3/2)", "(-1/2)"]))
    exponent = float(eval(k))  # noqa: S307 - one of the texts above
    return Term(f"({u.text}){'^' if u.kind == 'number' else '.^'}{k}", lambda n: np.power(u.value(n), exponent), u.kind)


def entrywise(rng: np.random.Generator, u: Term) -> Term:
    name = str(rng.choice(list(ENTRYWISE)))
    return Term(f"{name}({u.text})", lambda n: ENTRYWISE[name](u.value(n)), u.kind)


# ---------------------------------------------------------------------------------------------------- chords


def drawn(rng: np.random.Generator, declared: str, size: int) -> Any:
    scale = np.exp(rng.uniform(-2.5, 2.5))
    if declared.startswith("scalar"):
        v = scale * rng.standard_normal()
        return abs(v) + 1e-3 if "positive" in declared else v
    if declared.startswith("n x n"):
        m = scale * rng.standard_normal((size, size))
        return m @ m.T + 0.02 * np.eye(size) if "spd" in declared else (m + m.T) / 2 if "symmetric" in declared else m
    v = scale * rng.standard_normal(size) * np.exp(rng.uniform(-1, 1, size))
    return np.abs(v) + 1e-3 if "positive" in declared else v


def chords(f: Term, wrt: list[str], holds: Callable[[Names], bool], seed: int) -> tuple[int, int]:
    """How many chords bend up and down by more than rounding, at several draws of the parameters."""
    rng, up, down = np.random.default_rng(seed), 0, 0
    for _ in range(40):
        size = int(rng.integers(2, SIZE + 2))
        fixed = {name: drawn(rng, told, size) for name, told in PARAMETERS.items()} | {"n": size}
        if not holds(fixed):
            continue
        for k in range(24):
            a, b = ({name: drawn(rng, VARIABLES[name], size) for name in wrt} for _ in range(2))
            b = {name: a[name] + (1.0, 0.3, 0.03)[k % 3] * (b[name] - a[name]) for name in wrt}
            points = [fixed | a, fixed | b, fixed | {name: (a[name] + b[name]) / 2 for name in wrt}]
            fa, fb, fm = (f.at(p) for p in points)
            gap, tolerance = (fa + fb) / 2 - fm, 1e-7 * (abs(fa) + abs(fb) + abs(fm)) + 1e-10
            up, down = up + int(gap > tolerance), down + int(gap < -tolerance)
    return up, down


def condition(text: str) -> Callable[[Names], bool]:
    """The condition of a verdict as a function of the parameters; those that are not simple are not met by any."""
    tests: list[Callable[[Names], bool]] = []
    for part in text.split(" and ") if text else []:
        found = re.fullmatch(r"(\w+) (>=|<=) (-?[\d.]+)", part)
        definite = re.fullmatch(r"(\w+)(?: \+ \1\^T)? (psd|nsd)", part)
        if found is not None and found[1] in PARAMETERS:
            tests.append(lambda n, m=found: bool(np.all((n[m[1]] - float(m[3])) * (1 if m[2] == ">=" else -1) >= 0)))  # type: ignore[misc]
        elif definite is not None:
            tests.append(lambda n, m=definite: bool(np.all(np.linalg.eigvalsh(n[m[1]] + n[m[1]].T) * (1 if m[2] == "psd" else -1) >= 0)))  # type: ignore[misc]
        else:
            tests.append(lambda n: False)
    return lambda n: all(test(n) for test in tests)


def witnessed(f: Term, witness: dict[str, Any]) -> bool:
    """Whether the second differences of a witness have both signs."""
    found = []
    fixed = {name: np.asarray(v, dtype=float) for name, v in witness["values"].items()}
    for side in ("convex", "concave"):
        point, along = (({name: np.asarray(v, dtype=float) for name, v in witness[side][key].items()}) for key in ("point", "direction"))
        values = [f.at(fixed | {name: point[name] + h * along[name] for name in point}) for h in (-1e-3, 0.0, 1e-3)]
        found.append(values[0] + values[2] - 2 * values[1])
    return found[0] > 0 > found[1]


def main() -> int:
    ask = argparse.ArgumentParser()
    ask.add_argument("--count", type=int, default=300)
    ask.add_argument("--seed", type=int, default=0)
    asked = ask.parse_args()
    tally: Counter[str] = Counter()
    for k in range(asked.count):
        rng = np.random.default_rng([asked.seed, k])
        wrt = [str(n) for n in rng.permutation(list(VARIABLES))[: int(rng.integers(1, 3))]]
        f = number(rng, int(rng.integers(2, 5)), wrt)
        names = set(re.findall(r"\b[A-Za-z]\b", f.text))
        wrt = [n for n in wrt if n in names]
        if wrt and not (names - set(wrt) - set(PARAMETERS) - {"T"}):
            tally[judged(f, wrt, names, k)] += 1
    print(dict(tally))
    return int(tally["WRONG"] > 0)


def judged(f: Term, wrt: list[str], names: set[str], seed: int) -> str:
    declared = {n: told for n, told in (VARIABLES | PARAMETERS).items() if n in names}
    try:
        found = curvature(f.text, wrt, variables=declared)
    except MatcalcError as error:
        return f"refused: {error.kind}"
    except Exception as error:  # noqa: BLE001 - told, and the next one is asked
        print(f"WRONG: {f.text} by {wrt}: {type(error).__name__}: {error}")
        return "WRONG"
    told = found.to_dict()
    with np.errstate(all="ignore"):
        if found.verdict == "neither":
            wrong = not witnessed(f, told["witness"])
            up = down = 0
        else:
            up, down = chords(f, wrt, condition(found.condition), seed)
            wrong = found.verdict in ("convex", "affine") and down > 0 or found.verdict in ("concave", "affine") and up > 0
    if wrong:
        print(f"WRONG: {f.text} by {wrt}: {found.verdict} {found.condition}; {up} chords up, {down} down; {found.reason}")
        return "WRONG"
    if found.refuted:
        print(f"refuted: {f.text} by {wrt}: {found.reason}")
    if found.verdict == "unknown" and not (up and down) and (up or down):
        return f"unknown, looks {'convex' if up else 'concave'}"
    return found.verdict


if __name__ == "__main__":
    sys.exit(main())
