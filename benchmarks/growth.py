"""How the time of a derivation grows with the size of the request: families of requests, with the slope over their last three sizes.

A time is told as a multiple of that of one small request in the same run; the certificate is included. Each is CPU time, the least of
several, each in a child of its own of one warm process: nothing is remembered from another size.

usage: python benchmarks/growth.py [--repeats 3] [NAME ...]        only the families in whose names one of these words stands
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import time
from collections.abc import Callable
from typing import Any

from matcalc import MatcalcError, derive

SIZES = (8, 16, 32, 64, 128)
FIRST = 4
TARGET = 1.25
SMALL = "d tr(W x) / dW"
Asked = dict[str, Any]


def joined(n: int, part: str, sign: str = "*") -> str:
    """The parts 1 to n, `@` their number."""
    return sign.join(part.replace("@", str(k)) for k in range(1, n + 1))


def shaped(n: int, names: str = "A", shape: str = "k k", **more: str) -> dict[str, str]:
    """Shapes of numbered variables, and of some others."""
    return {f"{name}{k}": shape for name in names.split() for k in range(1, n + 1)} | more


def chained(n: int, first: str, name: str, step: str) -> list[str]:
    """Definitions, each from the one before: `@` is the number, `<` what stands before."""
    return [f"{name}_{k} = {step.replace('@', str(k)).replace('<', first if k == 1 else f'{name}_{k - 1}')}" for k in range(1, n + 1)]


def one_of_many(n: int) -> str:
    return f"A{(n + 1) // 2}"


def kronecker(n: int, around: str, shape: str) -> Asked:
    names = [f"A{k}" if k != (n + 1) // 2 else "X" for k in range(1, n + 1)]
    return {"expr": around.format(" ⊗ ".join(names)), "wrt": "X", "variables": dict.fromkeys(names, shape)}


def network(n: int, step: str, expr: str, wrt: str, order: int = 1) -> Asked:
    variables = {f"W_{k}": "k k" for k in range(1, n + 1)} | {"x": "k", "y": "k"}
    return {"expr": expr, "wrt": wrt, "order": order, "variables": variables, "lets": chained(n, "x", "h", step)}


def nested(n: int, step: str, inside: str) -> str:
    """The step around itself n times: `<` is what stands inside."""
    before, after = step.split("<")
    return before * n + inside + after * n


def balanced(first: int, last: int) -> str:
    """A tree with as many leaves, and a sum and a product at each fork."""
    if first == last:
        return f"A{first}"
    middle = (first + last) // 2
    return f"({balanced(first, middle)} + tanh({balanced(middle + 1, last)}*X))"


def neighbours(n: int, sign: str) -> str:
    """Each entry of x squared, times the next one."""
    return sign.join(f"x[{k}]^2*x[{k % n + 1}]" for k in range(1, n + 1))


def scalar_chain(n: int) -> Asked:
    return {"expr": f"t_{n}", "wrt": "s", "variables": {"s": ""}, "lets": chained(n, "s", "t", "<^2 + s")}


def inverses(n: int) -> Asked:
    nest = "".join(f"inv(A{k} + " for k in range(1, n + 1)) + "X" + ")" * n
    return {"expr": f"tr({nest})", "wrt": "X", "variables": shaped(n, X="k k")}


FAMILIES: dict[str, Callable[[int], Asked]] = {
    "trace of a product": lambda n: {"expr": f"tr({joined(n, 'A@')})", "wrt": one_of_many(n), "variables": shaped(n)},
    "product, vec form": lambda n: {"expr": joined(n, "A@"), "wrt": one_of_many(n), "variables": shaped(n)},
    "sum of traces": lambda n: {"expr": joined(n, "tr(A@*X)", " + "), "wrt": "X", "variables": shaped(n, X="k k")},
    "sum of quadratic traces": lambda n: {"expr": joined(n, "tr(A@*X*A@^T*X)", " + "), "wrt": "X", "variables": shaped(n, X="k k")},
    "tr((X*A)...)": lambda n: {"expr": f"tr({joined(n, 'X*A')})", "wrt": "X", "variables": {"X": "k k", "A": "k k"}},
    "tr(X*X*...)": lambda n: {"expr": f"tr({joined(n, 'X')})", "wrt": "X", "variables": {"X": "k k"}},
    "X*X*..., vec form": lambda n: {"expr": joined(n, "X"), "wrt": "X", "variables": {"X": "k k"}},
    "tr(X^n)": lambda n: {"expr": f"tr(X^{n})", "wrt": "X", "variables": {"X": "k k"}},
    "X^n, vec form": lambda n: {"expr": f"X^{n}", "wrt": "X", "variables": {"X": "k k"}},
    "product of traces": lambda n: {"expr": joined(n, "tr(A@*X)"), "wrt": "X", "variables": shaped(n, X="k k")},
    "sum of norms": lambda n: {
        "expr": joined(n, "||A@*x - b@||^2", " + "), "wrt": "x", "variables": shaped(n, x="k") | shaped(n, "b", "k"),
    },
    "sum of norms, Hessian": lambda n: {
        "expr": joined(n, "||A@*x - b@||^2", " + "), "wrt": "x", "order": 2, "variables": shaped(n, x="k") | shaped(n, "b", "k"),
    },
    "sum of logdets": lambda n: {"expr": joined(n, "logdet(A@ + X)", " + "), "wrt": "X", "variables": shaped(n, X="k k")},
    "nested sine": lambda n: {"expr": "sin(" * n + "t" + ")" * n, "wrt": "t", "variables": {"t": ""}},
    "nested sine of a vector": lambda n: {"expr": f"sum({nested(n, 'sin(<)', 'x')})", "wrt": "x", "variables": {"x": "k"}},
    "one layer nested": lambda n: {"expr": f"sum({nested(n, 'tanh(W*<)', 'x')})", "wrt": "W", "variables": {"W": "k k", "x": "k"}},
    "by n variables": lambda n: {
        "expr": f"||{joined(n, 'X@*a', ' + ')} - y||^2", "wrt": [f"X{k}" for k in range(1, n + 1)],
        "variables": shaped(n, "X", a="k", y="k"),
    },
    "nested inverses": inverses,
    "trace of a Kronecker chain": lambda n: kronecker(n, "tr({})", "k k"),
    "trace of a Kronecker chain, 2 x 2": lambda n: kronecker(n, "tr({})", "2 2"),
    "Kronecker chain, vec form": lambda n: kronecker(n, "{}", "2 2"),
    "chain of definitions": lambda n: {
        "expr": f"y_{n}", "wrt": "x", "variables": shaped(n, x="k"), "lets": chained(n, "x", "y", "A@*<"),
    },
    "chain of squares": scalar_chain,
    "chain of doublings": lambda n: {"expr": f"tr(Y_{n})", "wrt": "X", "variables": {"X": "k k"}, "lets": chained(n, "X", "Y", "<*<")},
    "network by its first weights": lambda n: network(n, "tanh(W_@*<)", f"||h_{n} - y||^2", "W_1"),
    "network by its input, Hessian": lambda n: network(n, "tanh(W_@*<)", f"||h_{n} - y||^2", "x", 2),
    "sum of a network by its input, Hessian": lambda n: network(n, "tanh(W_@*<)", f"sum(h_{n})", "x", 2),
    "residual network": lambda n: network(n, "< + tanh(W_@*<)", f"sum(h_{n})", "W_1"),
    "Hadamard chain": lambda n: {"expr": f"sum({joined(n, 'A@', ' .* ')} .* X)", "wrt": "X", "variables": shaped(n, X="k k")},
    "vector of entries": lambda n: {"expr": f"[{neighbours(n, '; ')}]", "wrt": "x", "variables": {"x": str(n)}},
    "sum of entries, Hessian": lambda n: {"expr": neighbours(n, " + "), "wrt": "x", "order": 2, "variables": {"x": str(n)}},
    "balanced tree": lambda n: {"expr": f"sum({balanced(1, n)})", "wrt": "X", "variables": shaped(n, X="k k")},
    "sum of Gaussians": lambda n: {
        "expr": joined(n, "exp(-||x - c@||^2)", " + "), "wrt": "x", "variables": shaped(n, "c", "k", x="k"),
    },
    "sum of Gaussians, Hessian": lambda n: {
        "expr": joined(n, "exp(-||x - c@||^2)", " + "), "wrt": "x", "order": 2, "variables": shaped(n, "c", "k", x="k"),
    },
}  # fmt: skip


def seconds(asked: Asked) -> float:
    """The CPU time of a derivation."""
    start = time.process_time()
    derive(asked.pop("expr"), **asked)
    return time.process_time() - start


def measured(asked: Asked) -> tuple[float, str]:
    """The CPU time of a derivation in a child of this process, and why it was refused, if it was."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        told = ""
        start = time.process_time()
        try:
            derive(asked.pop("expr"), **asked)
        except MatcalcError as error:
            told = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        os.write(writing, f"{time.process_time() - start}\n{told}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        found = pipe.read()
    os.waitpid(child, 0)
    spent, _, refusal = found.partition("\n")
    return float(spent), refusal


def least(make: Callable[[int], Asked], n: int, repeats: int) -> tuple[float, str]:
    """The least time of several, and why it was refused, if it was."""
    found = [measured(make(n)) for _ in range(repeats)]
    return min(spent for spent, _ in found), found[0][1]


def slope(sizes: list[int], times: list[float]) -> float:
    """The slope of the logarithms over the last three sizes."""
    x, y = ([math.log(v) for v in values[-3:]] for values in (sizes, times))
    middle, level = sum(x) / len(x), sum(y) / len(y)
    return sum((p - middle) * (q - level) for p, q in zip(x, y, strict=True)) / sum((p - middle) ** 2 for p in x)


def told(name: str, make: Callable[[int], Asked], repeats: int, small: float) -> None:
    """One line of the table; the first size that is refused ends it."""
    seconds(make(FIRST))
    # A collection in the child would copy every page of what is warm here.
    gc.collect()
    gc.freeze()
    times: list[float] = []
    refusal = ""
    for n in SIZES:
        spent, refusal = least(make, n, repeats)
        if refusal:
            refusal = f"{n}: {refusal}"
            break
        times.append(spent)
    grown = f"{slope(list(SIZES[: len(times)]), times):.2f}" if len(times) > 1 else "-"
    print(f"{name:<40} {' '.join(f'{t / small:6.1f}' for t in times)}   {grown}  {refusal}", flush=True)


def main() -> None:
    """Goes through the families."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    for _ in range(3):
        seconds({"expr": SMALL})
    small = min(seconds({"expr": SMALL}) for _ in range(9))
    print(f"{'family':<40} times that of {SMALL!r} at {SIZES}, slope; target: at most {TARGET}")
    for name, make in FAMILIES.items():
        if not asked.names or any(word in name for word in asked.names):
            told(name, make, asked.repeats, small)


if __name__ == "__main__":
    main()
