r"""What the names under sums are: best-first search for the kinds at which everything has a rank and the fewest habits are broken.

\sum_i (y_i - w^\top x_i)^2: were x_i a number, w would be one too, though it is transposed; so x_i is a column and w another, and y_i,
which is added to a number, is one. A name with one label is then an entry of a vector or a row of a matrix, the family of its samples.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from matcalc.errors import ParseError
from matcalc.reading.grammar.syntax import Index, Name, Parsed
from matcalc.reading.grammar.tokens import BOLD_ONE, Look
from matcalc.reading.inference.scope import Function, is_greek
from matcalc.reading.inference.steps import Step, lay_out
from matcalc.reading.sums.ranks import MATRICES, MATRIX, SCALAR, VECTOR, Contradiction, Names, Ranked, ranked

MAX_TRIES: Final = 400
CEILING: Final = 14.0
FAMILY: Final = 0.5
# What tells the kind of x_i from that of x.
LABEL: Final = "[]"
_COUNTS: Final = frozenset("cijklmnpqrst")
_SIZES: Final = frozenset("NMTDKJLV")
_CONSTANTS: Final[Mapping[str, str]] = {"I": MATRIX, BOLD_ONE: VECTOR}
Options = tuple[tuple[float, str], ...]


@dataclass(slots=True)
class Use:
    """Where a name stands: with one label, with two, without any."""

    one: bool = False
    two: bool = False
    bare: bool = False

    @property
    def labelled(self) -> bool:
        return self.one or self.two


@dataclass(slots=True)
class Request:
    """The trees of a request in the order of their needs, the function last, and what is known of their names.

    `kinds` are those of the declared names; `told` are matrices that are named though they may stand nowhere, such as the variable that
    is differentiated by; `is_scalar` tells that the function is said to be a number, `is_complex` that names may be complex.
    """

    trees: Sequence[tuple[str, Parsed]]
    kinds: Mapping[str, str]
    functions: Mapping[str, Function] = field(default_factory=dict)
    sizes: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    looks: Mapping[str, Look] = field(default_factory=dict)
    is_scalar: bool = False
    is_complex: bool = False


def labels_of(trees: Iterable[Parsed]) -> frozenset[str]:
    """The labels that the sums of these trees go over."""
    return frozenset(label for tree in trees for sum_ in tree.sums for label, _ in sum_.labels)


def limits_of(trees: Iterable[Parsed]) -> frozenset[str]:
    """The names that say how far sums go."""
    limits = (size for tree in trees for sum_ in tree.sums for _, size in sum_.labels)
    return frozenset(size.name for size in limits if isinstance(size, Name))


def uses(trees: Iterable[Parsed], labels: frozenset[str]) -> dict[str, Use]:
    """Where every name of the trees stands; labels in an index are no names."""
    found: dict[str, Use] = {}
    for tree in trees:
        steps = lay_out(tree)
        bases = {step.operands[0]: step.node for step in steps if isinstance(step.node, Index)}
        for k, step in enumerate(steps):
            if isinstance(step.node, Name):
                use = found.setdefault(step.node.name, Use())
                index = bases.get(k)
                marks = sum(isinstance(i, Name) and i.name in labels for i in index.indices) if index is not None else 0
                use.one |= marks == 1 and index is not None and len(index.indices) == 1
                use.two |= marks > 0 and index is not None and len(index.indices) == 2
                use.bare |= not marks
    return found


def kinds_of(request: Request) -> Names:
    """The kinds of all names, the definitions among them, and of those that have labels.

    Raises ParseError where no assignment of kinds makes sense; it says what is wrong with the one that the habits suggest.
    """
    return _Search(request).run()


class _Search:
    def __init__(self, request: Request) -> None:
        self.request = request
        parsed = [tree for _, tree in request.trees]
        self.labels = labels_of(parsed)
        self.sizes = request.sizes | limits_of(parsed)
        self.steps = [lay_out(tree) for tree in parsed]
        defined = {name for name, _ in request.trees}
        self.uses = uses(parsed, self.labels)
        self.options = {name: self._options(name, use) for name, use in self.uses.items() if name not in defined and use.bare}
        labelled = {name: use for name, use in self.uses.items() if use.labelled and name not in defined}
        self.options |= {name + LABEL: self._labelled_options(name, use) for name, use in labelled.items()}
        self.open = [name for name, options in self.options.items() if len(options) > 1]

    def run(self) -> Names:
        """The cheapest assignment; every contradiction leads to those that change one of the names in it."""
        order = count()
        start = (0,) * len(self.open)
        queue: list[tuple[float, int, tuple[int, ...], Names | None]] = [(0.0, next(order), start, None)]
        seen = {start}
        first: ParseError | None = None
        for _ in range(MAX_TRIES):
            if not queue or queue[0][0] > CEILING:
                break
            cost, _, chosen, solved = heapq.heappop(queue)
            if solved is not None:
                self._refuse_matrices(solved)
                return solved
            extra, found, involved, error = self._tried(chosen)
            first = first or error
            if error is None:
                heapq.heappush(queue, (cost + extra, next(order), chosen, found))
            for name in involved:
                following = self._following(chosen, name)
                if following is not None and following not in seen:
                    seen.add(following)
                    heapq.heappush(queue, (self._cost(following), next(order), following, None))
        raise first or ParseError("what the names in this sum are cannot be told", (0, 1), self.request.trees[-1][1].source)

    def _refuse_matrices(self, names: Names) -> None:
        """A matrix for every index would be an array with three axes."""
        for _, tree in self.request.trees:
            for name in tree.names:
                if names.labelled.get(name.name) == MATRICES:
                    told = f"{name.name}_i would be a matrix for every i, and a family of matrices has three axes"
                    raise ParseError(told, name.span, tree.source, "write the sum out, or a block matrix for the family")

    def _options(self, name: str, use: Use) -> Options:
        """The kinds that a name may have, the usual one first, each with its cost."""
        fixed = self.request.kinds.get(name) or _CONSTANTS.get(name) or (SCALAR if name in self.sizes or name == "pi" else "")
        if fixed:
            return ((0.0, fixed),)
        look = self.request.looks.get(name)
        costs = _bare(name)
        if look is not None:
            costs = {kind: cost + look.cost * (kind != look.kind) for kind, cost in ({look.kind: 0.0} | costs).items()}
        return tuple(sorted((cost, kind) for kind, cost in costs.items()))

    def _labelled_options(self, name: str, use: Use) -> Options:
        """The kinds of what a name with labels is an entry or a row of."""
        fixed = self.request.kinds.get(name)
        if fixed:
            return ((0.0, fixed),)
        look = self.request.looks.get(name)
        costs = _labelled(name, use, self.request.told)
        if look is not None and look.kind == VECTOR and VECTOR in costs:
            costs = {MATRIX: 0.0, VECTOR: costs[VECTOR] + look.cost}
        return tuple(sorted((cost, kind) for kind, cost in costs.items()))

    def _cost(self, chosen: Sequence[int]) -> float:
        return sum(self.options[name][k][0] for name, k in zip(self.open, chosen, strict=True))

    def _following(self, chosen: tuple[int, ...], name: str) -> tuple[int, ...] | None:
        """The assignment with the next kind of one name."""
        k = self.open.index(name)
        if chosen[k] + 1 >= len(self.options[name]):
            return None
        return (*chosen[:k], chosen[k] + 1, *chosen[k + 1 :])

    def _tried(self, chosen: Sequence[int]) -> tuple[float, Names, list[str], ParseError | None]:
        """What an assignment costs beyond its habits, its kinds, and the names that would have to change."""
        picked = {name: options[0][1] for name, options in self.options.items()}
        picked |= {name: self.options[name][k][1] for name, k in zip(self.open, chosen, strict=True)}
        labelled = {name.removesuffix(LABEL): kind for name, kind in picked.items() if name.endswith(LABEL)}
        kinds = {name: kind for name, kind in picked.items() if not name.endswith(LABEL)}
        names = Names(kinds, self.request.functions, self.labels, labelled)
        torn = next((n for n, kind in labelled.items() if kinds.get(n, kind) != kind and (kind == VECTOR or n[0].isupper())), None)
        if torn is not None:
            told = f"{torn} cannot be a {kinds[torn]} where it stands alone and a {labelled[torn]} where it has an index"
            error = ParseError(told, (0, 1), self.request.trees[-1][1].source)
            return 0.0, names, [n for n in self.open if n in (torn, torn + LABEL)], error
        extra, charged = 0.0, set[str]()
        for (name, tree), steps in zip(self.request.trees, self.steps, strict=True):
            try:
                found = ranked(steps, names)
            except Contradiction as wrong:
                return 0.0, names, self._below(steps, wrong.step), ParseError(wrong.told, steps[wrong.step].node.span, tree.source)
            kinds[name] = labelled[name] = found.ranks[-1]
            extra += self._charged(steps, found, charged, is_function=not name)
        return extra, names, [n for n in self.open if n in charged], None

    def _charged(self, steps: Sequence[Step], found: Ranked, names: set[str], is_function: bool) -> float:
        """What a tree costs; the names that it may be due to are added."""
        costs = dict(found.costs)
        if is_function and found.ranks[-1] != SCALAR:
            costs[len(steps) - 1] = costs.get(len(steps) - 1, 0.0) + (4.0 if self.request.is_scalar else 2.0)
        for step in costs:
            names.update(self._below(steps, step))
        return sum(costs.values())

    def _below(self, steps: Sequence[Step], root: int) -> list[str]:
        """The open names in a step, those in the definitions that it uses included."""
        found: set[str] = set()
        trees = {name: tree for (name, _), tree in zip(self.request.trees, self.steps, strict=True)}
        pending: list[tuple[Sequence[Step], int]] = [(steps, root)]
        entered: set[str] = set()
        while pending:
            inside, k = pending.pop()
            node = inside[k].node
            if isinstance(node, Name) and node.name in trees and node.name not in entered:
                entered.add(node.name)
                pending.append((trees[node.name], len(trees[node.name]) - 1))
            elif isinstance(node, Name):
                found |= {node.name, node.name + LABEL}
            pending += [(inside, i) for i in inside[k].operands]
        return [name for name in self.open if name in found]


def _labelled(name: str, use: Use, told: frozenset[str]) -> dict[str, float]:
    """The kinds of a name that has a label somewhere."""
    if use.two:
        return {MATRIX: 0.0}
    if name[0].isupper():
        matrices = {} if use.bare or name in told else {MATRICES: 0.8}
        return {MATRIX: FAMILY if matrices else 0.0, VECTOR: 2.0} | matrices
    return {VECTOR: 0.0, MATRIX: 0.0 if capital(name) in told else FAMILY}


def _bare(name: str) -> dict[str, float]:
    """The kinds of a name without labels: what its look says, and the others."""
    if name[0].isupper():
        return {MATRIX: 0.0, VECTOR: 3.0, SCALAR: 2.0 if name in _SIZES else 9.0}
    if is_greek(name):
        return {SCALAR: 0.0, VECTOR: 0.5, MATRIX: 8.0}
    return {VECTOR: 0.0, SCALAR: 1.0 if name in _COUNTS else 3.0, MATRIX: 8.0}


_LIKE_LATIN: Final[Mapping[str, str]] = {
    "alpha": "A", "beta": "B", "epsilon": "E", "zeta": "Z", "eta": "H", "iota": "J", "kappa": "K", "mu": "M", "nu": "N", "rho": "P",
    "tau": "T", "chi": "C", "α": "A", "β": "B", "ε": "E", "ζ": "Z", "η": "H", "κ": "K", "μ": "M", "ν": "N", "ρ": "P", "τ": "T", "χ": "C",
}  # fmt: skip


def capital(name: str) -> str:
    """The capital of a name, its subscripts kept: X of x, Theta of theta, M of mu."""
    stem, bar, rest = name.partition("_")
    return (_LIKE_LATIN.get(stem) or stem[:1].upper() + stem[1:]) + bar + rest
