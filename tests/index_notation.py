"""The index notation, evaluated: `A[i,r]*sum_s(B[r,s]*delta[s,j])` as an array over the labels of its axes.

A small evaluator of its own, so that what the engine prints is compared with what it computes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matcalc import MatcalcError
from matcalc.algebra.node import Expr, Unknown
from matcalc.numbers.evaluate import as_matrix, evaluate
from matcalc.reading.alone import read_expression

LABELS = re.compile(r"\[([a-z]\d*(?:,[a-z]\d*)*)\]")


PLACE = re.compile(r"\[(?::,([a-z]\d*)|([a-z]\d*),:)\]")
ENTRY = re.compile(r"\b(a\d+_)\[([a-z0-9,]+)\]")
SCALAR = re.compile(r"(?<![\w\]])(?:[A-Za-z_]\w*)?\(|(?<![\w\]])[A-Za-z_]\w*\^T(?:\*[A-Za-z_]\w*(?:\^T)?)+(?![\w\[(])")


def closing(text: str, start: int) -> int:
    """Where the parenthesis that opens at a place closes."""
    depth = 0
    for k in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[k], 0)
        if not depth:
            return k
    raise ValueError(text)


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


class Placed:
    """An array in which labels are places of rows and columns: another one for each of their values."""

    def __init__(self, formula: Formula, base: str) -> None:
        self.formula, self.base = formula, base
        self.made: dict[tuple[int, ...], Entries] = {}

    def __call__(self, **at: int) -> Entries:
        key = tuple(at.values())
        if key not in self.made:
            text = PLACE.sub(lambda m: f"[:,{at[m[1]]}]" if m[1] else f"[{at[m[2]]},:]", self.base)
            self.made[key] = Entries(self.formula.value(text))
        return self.made[key]


class Formula:
    """A formula in index notation, with the arrays that its entries are of."""

    def __init__(
        self, text: str, arrays: Mapping[str, Any], variables: Mapping[str, Expr], sizes: Mapping[str, int],
        functions: Mapping[str, Unknown] | None = None, unknowns: Any = None,
    ) -> None:  # fmt: skip
        self.sizes, self.functions, self.unknowns = dict(sizes), functions, unknowns
        self.scope: dict[str, Any] = {"delta": Delta(), **sizes}
        self.scope |= {name: float(np.squeeze(a)) for name, a in arrays.items() if np.size(a) == 1}
        self.arrays, self.variables = dict(arrays), dict(variables)
        self.largest = max([1, *sizes.values(), *(n for a in arrays.values() for n in np.shape(a))])
        self.code = self.translated(text)

    def translated(self, text: str) -> str:
        """Python code: every base with labels behind it is a name, a sum is a call."""
        if not LABELS.search(text) and "sum_" not in text:
            self.scope["whole_"] = float(np.squeeze(self.value(text)))
            return "whole_"
        at = 0
        while found := LABELS.search(text, at):
            start = base_start(text, found.start())
            base = text[start : found.start()]
            if base == "delta":
                at = found.end()
                continue
            name = f"a{len(self.scope)}_"
            inside = sorted({m[1] or m[2] for m in PLACE.finditer(base)})
            self.scope[name] = Placed(self, base) if inside else Entries(self.value(base))
            told = f"{name}({', '.join(f'{label}={label}' for label in inside)})" if inside else name
            text = f"{text[:start]}{told}{text[found.start():]}"
            at = start + len(told) + len(found[0])
        return self.summed(self.scalars_folded(text)).replace("^", "**")

    def scalars_folded(self, text: str) -> str:
        """The text with names for the numbers in it that have no entries: det(X), (a^T*x), x^T*A*x."""
        at = 0
        while found := SCALAR.search(text, at):
            end = closing(text, found.end() - 1) + 1 if found[0].endswith("(") else found.end()
            part = text[found.start() : end]
            at = found.end()
            if found[0].startswith("sum_") or ENTRY.search(part) or not re.search("[A-Za-z]", part):
                continue
            name = f"a{len(self.scope)}_"
            try:
                value = np.squeeze(self.value(part))
            except MatcalcError:  # (l - 1), of a label
                continue
            if value.shape:
                continue
            self.scope[name] = float(value)
            text = f"{text[: found.start()]}{name}{text[end:]}"
            at = found.start() + len(name)
        return text

    def summed(self, text: str) -> str:
        """The text with each sum as a call with the size that its label has in it."""
        while found := re.search(r"\bsum_([a-z]\d*)\(", text):
            body = text[found.end() : closing(text, found.end() - 1)]
            entries = [(self.scope[m[1]].array.shape, m[2].split(",")) for m in ENTRY.finditer(body)]
            # A label that stands in deltas alone may run further than what they compare it with.
            sizes = [*(shape[at.index(found[1])] for shape, at in entries if found[1] in at), self.largest]
            text = f"{text[: found.start()]}each({sizes[0]}, lambda {found[1]}: {text[found.end() :]}"
        return text

    def value(self, base: str) -> Any:
        if base in self.arrays:
            return self.arrays[base]
        e = read_expression(base, self.variables, self.functions, dimensions=self.sizes)
        full = as_matrix(e, evaluate([e], self.arrays, self.sizes, self.unknowns)[0])
        return full.reshape([n for n, d in zip(full.shape, e.shape, strict=True) if d != 1])

    def at(self, **labels: int) -> float:
        """The value at an entry."""
        made = {**self.scope, **labels, "each": lambda n, f: sum(f(k) for k in range(1, n + 1))}
        exec(f"found = {self.code}", made)
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
