"""The gradient of a network of L layers with respect to its first weights: the time must grow like L.

usage: python benchmarks/bench_depth.py [L ...]
"""

from __future__ import annotations

import math
import sys
import time

from matcalc import Derivative, derive

DEPTHS = (50, 200, 1000)
TARGET = 1.2


def main() -> None:
    """Times each depth, then fits the slope in log-log scale."""
    depths = [int(n) for n in sys.argv[1:]] or list(DEPTHS)
    gradient(5)
    times = []
    print(f"{'layers':>7} {'time':>10} {'per layer':>11} {'characters':>11}")
    for depth in depths:
        start = time.perf_counter()
        text = gradient(depth).text
        times.append(time.perf_counter() - start)
        print(f"{depth:>7} {times[-1]:8.2f} s {times[-1] / depth * 1e3:8.2f} ms {len(text):>11}")
    if len(depths) > 1:
        print(f"log-log slope {slope(depths, times):.2f}; target: at most {TARGET}")


def gradient(depth: int) -> Derivative:
    """The gradient of ||h_L - y||^2 with h_l = tanh(W_l*h_(l-1)) and h_0 = x."""
    layers = [f"h_{k} = tanh(W_{k}*{f'h_{k - 1}' if k > 1 else 'x'})" for k in range(1, depth + 1)]
    shapes = {f"W_{k}": "n n" for k in range(1, depth + 1)}
    derived = derive(f"||h_{depth} - y||^2", wrt="W_1", variables={**shapes, "x": "n", "y": "n"}, lets=layers)
    assert isinstance(derived, Derivative)
    return derived


def slope(depths: list[int], times: list[float]) -> float:
    """The least-squares slope of log time over log depth."""
    xs, ys = [math.log(d) for d in depths], [math.log(t) for t in times]
    x0, y0 = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - x0) * (y - y0) for x, y in zip(xs, ys, strict=True)) / sum((x - x0) ** 2 for x in xs)


if __name__ == "__main__":
    main()
