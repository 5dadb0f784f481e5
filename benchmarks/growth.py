"""How the time of a derivation grows with the size of the request: families of requests, with the slope over their last three sizes.

A time is told as a multiple of that of one small request in the same run; the certificate is included.

usage: python benchmarks/growth.py [NAME ...]        only the families in whose names one of these words stands
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any

from matcalc import MatcalcError, derive

SIZES = (8, 16, 32, 64, 128)
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


def kronecker(n: int) -> Asked:
    names = [f"A{k}" if k != (n + 1) // 2 else "X" for k in range(1, n + 1)]
    return {"expr": f"tr({' ⊗ '.join(names)})", "wrt": "X", "variables": dict.fromkeys(names, "2 2")}


def network(n: int, step: str, expr: str, wrt: str, order: int = 1) -> Asked:
    variables = {f"W_{k}": "k k" for k in range(1, n + 1)} | {"x": "k", "y": "k"}
    return {"expr": expr, "wrt": wrt, "order": order, "variables": variables, "lets": chained(n, "x", "h", step)}


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
    "product of traces": lambda n: {"expr": joined(n, "tr(A@*X)"), "wrt": "X", "variables": shaped(n, X="k k")},
    "sum of norms, Hessian": lambda n: {
        "expr": joined(n, "||A@*x - b@||^2", " + "), "wrt": "x", "order": 2, "variables": shaped(n, x="k") | shaped(n, "b", "k"),
    },
    "sum of logdets": lambda n: {"expr": joined(n, "logdet(A@ + X)", " + "), "wrt": "X", "variables": shaped(n, X="k k")},
    "nested sine": lambda n: {"expr": "sin(" * n + "t" + ")" * n, "wrt": "t", "variables": {"t": ""}},
    "nested inverses": inverses,
    "trace of a Kronecker chain": kronecker,
    "chain of definitions": lambda n: {
        "expr": f"y_{n}", "wrt": "x", "variables": shaped(n, x="k"), "lets": chained(n, "x", "y", "A@*<"),
    },
    "chain of squares": scalar_chain,
    "network by its first weights": lambda n: network(n, "tanh(W_@*<)", f"||h_{n} - y||^2", "W_1"),
    "network by its input, Hessian": lambda n: network(n, "tanh(W_@*<)", f"||h_{n} - y||^2", "x", 2),
    "residual network": lambda n: network(n, "< + tanh(W_@*<)", f"sum(h_{n})", "W_1"),
    "sum of Gaussians, Hessian": lambda n: {
        "expr": joined(n, "exp(-||x - c@||^2)", " + "), "wrt": "x", "order": 2, "variables": shaped(n, "c", "k", x="k"),
    },
}  # fmt: skip


def seconds(asked: Asked) -> float:
    """The CPU time of a derivation."""
    start = time.process_time()
    derive(asked.pop("expr"), **asked)
    return time.process_time() - start


def slope(sizes: list[int], times: list[float]) -> float:
    """The slope of the logarithms over the last three sizes."""
    x, y = ([math.log(v) for v in values[-3:]] for values in (sizes, times))
    middle, level = sum(x) / len(x), sum(y) / len(y)
    return sum((p - middle) * (q - level) for p, q in zip(x, y, strict=True)) / sum((p - middle) ** 2 for p in x)


def main() -> None:
    """Goes through the families; the first size that is refused ends one."""
    words = sys.argv[1:]
    for _ in range(3):
        seconds({"expr": SMALL})
    small = min(seconds({"expr": SMALL}) for _ in range(9))
    print(f"{'family':<32} times that of {SMALL!r} at {SIZES}, slope; target: at most {TARGET}")
    for name, make in FAMILIES.items():
        if words and not any(word in name for word in words):
            continue
        times, refused = [], ""
        for n in SIZES:
            try:
                times.append(seconds(make(n)))
            except MatcalcError as error:
                refused = f"{n}: {type(error).__name__}: {str(error).splitlines()[0]}"
                break
        told = f"{slope(list(SIZES[: len(times)]), times):.2f}" if len(times) > 1 else "-"
        print(f"{name:<32} {' '.join(f'{t / small:.0f}' for t in times)}   {told}  {refused}", flush=True)


if __name__ == "__main__":
    main()
