"""The index notation, evaluated: `A[i,r]*sum_s(B[r,s]*delta[s,j])` as an array over the labels of its axes.

A small evaluator of its own, so that what the engine prints is compared with what it computes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matcalc.algebra.node import Expr
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.reading.alone import read_expression

LABELS = re.compile(r"\[([a-z]\d*(?:,[a-z]\d*)*)\]")


class Delta:
    """delta[i,j]: whether two labels agree."""

    def __getitem__(self, pair: tuple[int, int]) -> float:
        return float(pair[0] == pair[1])


class Entries:
    """An array whose entries count from 1."""

    def __init__(self, array: Any) -> None:
        self.array = np.asarray(array)

    def __getitem__(self, at: Any) -> float:
        place = at if isinstance(at, tuple) else (at,)
        return float(self.array[tuple(k - 1 for k in place)])


class Formula:
    """A formula in index notation, with the arrays that its entries are of."""

    def __init__(self, text: str, arrays: Mapping[str, Any], variables: Mapping[str, Expr], sizes: Mapping[str, int]) -> None:
        self.sizes = dict(sizes)
        self.scope: dict[str, Any] = {"delta": Delta(), **sizes}
        self.label_sizes: dict[str, int] = {}
        self.arrays, self.variables = dict(arrays), dict(variables)
        self.code = self.translated(text)

    def translated(self, text: str) -> str:
        """Python code: every base with labels behind it is a name, a sum is a call."""
        at = 0
        while found := LABELS.search(text, at):
            start = base_start(text, found.start())
            base, labels = text[start : found.start()], found[1].split(",")
            if base == "delta":
                at = found.end()
                continue
            name = f"a{len(self.scope)}_"
            self.scope[name] = Entries(self.value(base))
            for label, size in zip(labels, self.scope[name].array.shape, strict=True):
                self.label_sizes[label] = size
            text = f"{text[:start]}{name}{text[found.start():]}"
            at = start + len(name) + len(found[0])
        text = text.replace("^", "**")
        return re.sub(r"\bsum_([a-z]\d*)\(", r"sum_over_\1(", text)

    def value(self, base: str) -> Any:
        if base in self.arrays:
            return self.arrays[base]
        e = read_expression(base, self.variables, dimensions=self.sizes)
        full = as_matrix(e, evaluate([e], self.arrays, self.sizes)[0])
        return full.reshape([n for n, d in zip(full.shape, e.shape, strict=True) if d != 1])

    def at(self, **labels: int) -> float:
        """The value at an entry."""
        return self.sums(self.code, {**self.scope, **labels})

    def sums(self, code: str, scope: dict[str, Any]) -> float:
        """Evaluate the innermost sums first: a sum's label runs over the size of the axes that it stands on."""
        for label in set(re.findall(r"sum_over_(\w+)\(", code)):
            code = re.sub(rf"sum_over_{label}\(", f"each(lambda {label}: ", code)
            code = code.replace(f"each(lambda {label}: ", f"each({self.label_sizes[label]}, lambda {label}: ")
        made = {**scope, "each": lambda n, f: sum(f(k) for k in range(1, n + 1))}
        exec(f"found = {code}", made)
        return float(made["found"])

    def array(self, labels: Sequence[str], sizes: Sequence[int]) -> Any:
        """The values at all entries."""
        out = np.zeros(sizes)
        for place in itertools.product(*(range(n) for n in sizes)):
            out[place] = self.at(**{label: k + 1 for label, k in zip(labels, place, strict=True)})
        return out


def base_start(text: str, end: int) -> int:
    """Where the operand that ends here begins: a name, a call, what stands in parentheses."""
    start = end
    if text[end - 1] == ")":
        depth = 0
        for start in range(end - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(text[start], 0)
            if not depth:
                break
    while start and (text[start - 1].isalnum() or text[start - 1] in "_'"):
        start -= 1
    return start
