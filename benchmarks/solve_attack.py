"""Random problems, each as a text and as NumPy: `matcalc solve` answers the text, the NumPy function judges the answer.

    python benchmarks/solve_attack.py [--count 200] [--seed 0]

A minimum is wrong if the gradient along the constraints is not zero there, if a feasible step near it is better, or, without
constraints, a point far away. Only values of the functions below are used, by code that shares nothing with the engine. Exit status 1
if any answer is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from matcalc import MatcalcError, solve

Names = dict[str, Any]
Evaluated = Callable[[Names], Any]
SIZES = {"m": 5, "n": 3, "k": 2}
STEP = 1e-5
NAMES = {
    "x": "n", "v": "n", "a": "n", "A": "m x n", "b": "m", "S": "n x n spd", "P": "m x m spd", "G": "k x n", "h": "k",
    "mu": "scalar positive", "r": "scalar", "w": "n positive",
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A text, and its value."""

    text: str
    value: Evaluated


TERMS = [
    Piece("||A*x - b||^2", lambda v: np.sum((v["A"] @ v["x"] - v["b"]) ** 2)),
    Piece("mu*||x||^2", lambda v: v["mu"] * v["x"] @ v["x"]),
    Piece("(x - v)^T*S*(x - v)", lambda v: (v["x"] - v["v"]) @ v["S"] @ (v["x"] - v["v"])),
    Piece("(A*x - b)^T*P^-1*(A*x - b)", lambda v: (v["A"] @ v["x"] - v["b"]) @ np.linalg.solve(v["P"], v["A"] @ v["x"] - v["b"])),
    Piece("0.5*x'*S*x", lambda v: 0.5 * v["x"] @ v["S"] @ v["x"]),
    Piece("sum(w.*(x - v).^2)", lambda v: np.sum(v["w"] * (v["x"] - v["v"]) ** 2)),
    Piece("a^T*x", lambda v: v["a"] @ v["x"]),
    Piece("(a^T*x - r)^2", lambda v: (v["a"] @ v["x"] - v["r"]) ** 2),
    Piece("mu*sum(x)", lambda v: v["mu"] * np.sum(v["x"])),
    Piece("mu*(x - a)'*(x - v)", lambda v: v["mu"] * (v["x"] - v["a"]) @ (v["x"] - v["v"])),
    Piece("sum((x - v).^2 ./ w)", lambda v: np.sum((v["x"] - v["v"]) ** 2 / v["w"])),
    Piece("||S*x - a||_2^2/mu", lambda v: np.sum((v["S"] @ v["x"] - v["a"]) ** 2) / v["mu"]),
    Piece("-mu*x'*S*x", lambda v: -v["mu"] * v["x"] @ v["S"] @ v["x"]),
    Piece("sum(exp(x))", lambda v: np.sum(np.exp(v["x"]))),
]
CONSTRAINTS = [
    Piece("sum(x) = 1", lambda v: np.sum(v["x"]) - 1),
    Piece("a'x = r", lambda v: v["a"] @ v["x"] - v["r"]),
    Piece("G x = h", lambda v: v["G"] @ v["x"] - v["h"]),
    Piece("x^T*x = 1", lambda v: v["x"] @ v["x"] - 1),
    Piece("||x|| = mu", lambda v: np.linalg.norm(v["x"]) - v["mu"]),
    Piece("x'*S*x = 1", lambda v: v["x"] @ v["S"] @ v["x"] - 1),
]


@dataclass(frozen=True)
class Problem:
    """A sum of terms and up to two constraints, with the sign that makes the best value the least."""

    text: str
    terms: tuple[Piece, ...]
    constraints: tuple[Piece, ...]
    sign: int

    def at(self, names: Names, x: Any) -> float:
        """What is least at a solution."""
        return self.sign * float(sum(t.value({**names, "x": x}) for t in self.terms))

    def breach(self, names: Names, x: Any) -> Any:
        """What is zero where the constraints hold."""
        return np.concatenate([np.zeros(0), *(np.ravel(c.value({**names, "x": x})) for c in self.constraints)])


def problem(rng: np.random.Generator) -> Problem:
    """A random problem."""
    terms = tuple(TERMS[k] for k in rng.choice(len(TERMS), int(rng.integers(1, 4)), replace=False))
    constraints = tuple(CONSTRAINTS[k] for k in rng.choice(len(CONSTRAINTS), int(rng.choice([0, 0, 1, 1, 2])), replace=False))
    sign = 1 if rng.random() < 0.8 else -1
    goal = str(rng.choice([r"\arg\min_x ", "min_x ", "argmin_{x} "]) if sign > 0 else rng.choice(["argmax_x ", r"\max_{x} "]))
    under = str(rng.choice([" s.t. ", " subject to "])) + ", ".join(c.text for c in constraints) if constraints else ""
    return Problem(goal + " + ".join(t.text for t in terms) + under, terms, constraints, sign)


def drawn(rng: np.random.Generator) -> Names:
    """Values of the names."""
    found: Names = {}
    for name, kind in NAMES.items():
        sizes = [SIZES[d] for d in kind.replace(" x ", " ").split() if d in SIZES]
        value = rng.standard_normal(sizes)
        if "spd" in kind:
            value = value @ value.T + np.eye(sizes[0])
        found[name] = np.abs(value) + 0.2 if "positive" in kind else value
    return {n: float(v) if v.ndim == 0 else v for n, v in found.items()}


def slopes(f: Callable[[Any], Any], x: Any) -> Any:
    """Difference quotients, a column an entry."""
    return np.array([(np.asarray(f(x + STEP * e)) - f(x - STEP * e)) / (2 * STEP) for e in np.eye(len(x))]).T


def fault(p: Problem, names: Names, x: Any, rng: np.random.Generator) -> str:
    """Why a point is no solution; empty where nothing speaks against it."""
    if p.constraints and np.max(np.abs(p.breach(names, x))) > 1e-6:
        return "not feasible"
    j = slopes(lambda y: p.breach(names, y), x) if p.constraints else np.zeros((0, len(x)))
    j = np.atleast_2d(j)
    free = np.linalg.svd(j)[2][np.linalg.matrix_rank(j) :].T if p.constraints else np.eye(len(x))
    g = slopes(lambda y: p.at(names, y), x)
    if free.size and np.max(np.abs(free.T @ g)) > 1e-3 * (1 + np.max(np.abs(g))):
        return "the gradient is not zero"
    here = p.at(names, x)
    for k in range(60):
        y = x + (free @ rng.standard_normal(free.shape[1]) if free.size else 0) * (0.01, 0.1, 3.0)[k % 3]
        for _ in range(30 if p.constraints else 0):
            rows = np.atleast_2d(slopes(lambda z: p.breach(names, z), y))
            y = y - np.linalg.pinv(rows) @ p.breach(names, y)
        feasible = not p.constraints or np.max(np.abs(p.breach(names, y))) < 1e-9
        if feasible and p.at(names, y) < here - 1e-7 * (1 + abs(here)):
            return "another point is better"
    return ""


def verdict(p: Problem, rng: np.random.Generator) -> str:
    """right, refused, conditional where a draw fulfils no condition, without a value where none is feasible, or what is wrong."""
    try:
        found = solve(p.text, variables=[f"{n}: {k}" for n, k in NAMES.items() if n in p.text])
    except MatcalcError as error:
        return f"refused: {error.kind}"
    space: Names = {}
    exec(found.code("numpy"), space)
    needed = [c for c in found.conditions if c.kind == "spd" or c.kind == "> 0"]
    for _ in range(3):
        names = drawn(rng)
        given = {n: v for n, v in (names | SIZES).items() if n in signature(space["solution"]).parameters}
        x = np.ravel(space["solution"](**given))
        if not np.all(np.isfinite(x)):
            return "without a value at a draw"
        told = fault(p, names, x, rng)
        if told and needed:
            return "conditional"
        if told:
            return f"WRONG: {told}"
    return "right"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    rng = np.random.default_rng(asked.seed)
    tally: Counter[str] = Counter()
    for _ in range(asked.count):
        p = problem(rng)
        told = verdict(p, rng)
        tally[told.partition(":")[0] if "WRONG" in told else told] += 1
        if told.startswith("WRONG"):
            print(p.text, "|", told)
    print(dict(tally))
    return int(tally["WRONG"] > 0)


if __name__ == "__main__":
    sys.exit(main())
