"""Numbers over labels, as index notation has them: products that are summed as late as may be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

import numpy as np

from matcalc.errors import LimitError
from matcalc.records import dataclass

Array = Any
MAX_CELLS: Final = 3_000_000


@dataclass
class Labelled:
    """Numbers over labels, and how often each label that is no axis and not summed by name stands in them.

    They are a product of `factors`, which is to be summed over `pending` labels of these sizes: as late as may be, and those
    first whose factors have the fewest labels.
    """

    factors: tuple[tuple[tuple[str, ...], Array], ...]
    loose: dict[str, int] = field(default_factory=dict)
    pending: dict[str, int] = field(default_factory=dict)

    def product(self) -> tuple[tuple[str, ...], Array]:
        """The numbers over their labels."""
        return multiplied(self.settled().factors)

    def settled(self) -> Labelled:
        """Summed over all that is pending."""
        v, pending = Labelled(self.factors, self.loose), dict(self.pending)
        while pending:
            label = min(pending, key=v.cost)
            v = v.summed(label, pending.pop(label))
        return v

    def cost(self, label: str) -> int:
        """How many cells the product of the factors with a label has."""
        those = [f for f in self.factors if label in f[0]]
        return math.prod({name: n for at, array in those for name, n in zip(at, array.shape, strict=True)}.values())

    def summed(self, label: str, size: int) -> Labelled:
        """The sum over a label, nothing else being pending."""
        those = [f for f in self.factors if label in f[0]]
        rest = tuple(f for f in self.factors if label not in f[0])
        loose = {name: count for name, count in self.loose.items() if name != label}
        if not those:
            return Labelled((*rest, ((), np.asarray(float(size)))), loose)
        labels, array = multiplied(those)
        at = labels.index(label)
        return Labelled((*rest, (labels[:at] + labels[at + 1 :], array.sum(axis=at))), loose)


def plain(labels: tuple[str, ...], array: Array, loose: dict[str, int] | None = None) -> Labelled:
    """Numbers over labels."""
    return Labelled(((labels, array),), loose or {})


def multiplied(factors: Sequence[tuple[tuple[str, ...], Array]], combine: Any = np.multiply) -> tuple[tuple[str, ...], Array]:
    """The product, or another combination, of arrays entry by entry over the labels of all.

    Raises LimitError where these are too many.
    """
    labels = tuple(dict.fromkeys(label for at, _ in factors for label in at))
    sizes = {label: n for at, array in factors for label, n in zip(at, np.shape(array), strict=True)}
    if math.prod(sizes.values()) > MAX_CELLS:
        raise LimitError("the claim has too many labels to compare numbers", hint="sum over fewer of them at once")
    array = aligned(*factors[0], labels, sizes)
    for factor in factors[1:]:
        array = combine(array, aligned(*factor, labels, sizes))
    return labels, np.broadcast_to(array, [sizes[label] for label in labels])


def aligned(own: Sequence[str], array: Array, labels: Sequence[str], sizes: Mapping[str, int]) -> Array:
    """The array with an axis for each of the labels, of length 1 for those that it does not have."""
    order = [own.index(label) for label in labels if label in own]
    return np.transpose(array, order).reshape([sizes[label] if label in own else 1 for label in labels])
