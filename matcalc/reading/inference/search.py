"""The kinds of undeclared names: readings are tried best first, and the one that breaks the fewest habits is taken.

What the habits say is tried first. Where its shapes do not fit, or where it does what hardly anyone means, other kinds are tried in
the order of what they cost. A failure is about the names that were met until then, so only these are read otherwise. Two readings
that cost the same, neither that of the habits, are both shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from heapq import heappop, heappush
from itertools import count
from typing import Final, Generic, TypeVar

from matcalc.errors import Ambiguous, MatcalcError, Misplaced, OneReading
from matcalc.reading.inference.breaches import NO_NUMBER, Breach, breaches
from matcalc.reading.inference.habits import family, others
from matcalc.reading.inference.scope import Overruled, Scope
from matcalc.reading.inference.steps import Typed
from matcalc.records import dataclass

CEILING: Final = 7.9
MAX_TRIES: Final = 60
MAX_STEPS: Final = 20_000

Kinds = Mapping[str, str]
T = TypeVar("T")


@dataclass
class _Tried(Generic[T]):
    """A reading that was tried: what it overrules, what came of it, and which names can be blamed."""

    kinds: Kinds
    cost: float
    value: T | None
    error: MatcalcError | None
    breaches: Sequence[Breach]
    met: frozenset[str]

    @property
    def total(self) -> float:
        """What it costs in all."""
        return self.cost + sum(b.cost for b in self.breaches)


@dataclass
class Search(Generic[T]):
    """The search for one request: `attempt` infers every shape from the scope, `trees` are those that it gives, the function last.

    `total` is what the reading that was found costs.
    """

    scope: Scope
    attempt: Callable[[], T]
    trees: Callable[[T], Sequence[Typed]]
    wants_scalar: bool = False
    _spent: int = 0
    _tries: int = 0
    _number: count[int] = field(default_factory=count)
    total: float = 0.0

    def best(self) -> T:
        """What the best reading gives; `scope.overruled` then tells the habits that it overrules.

        Raises the error of the habits' own reading where no reading is good enough, Ambiguous where two are equally good.
        """
        self.scope.mark()
        first = self._try({}, 0.0)
        if isinstance(first.error, Misplaced):
            raise first.error
        if first.error is None and not first.breaches:
            assert first.value is not None
            return first.value
        found = self._searched(first)
        if not found:
            assert first.error is not None
            if self._tries > 1:
                self._try({}, 0.0)
            raise first.error
        if len(found) > 1:
            raise self._ambiguous(found)
        if found[0].total > CEILING and any(b.line_of for b in found[0].breaches):
            self._refuse_lines()
        self.total = found[0].total
        return self._settled(found[0])

    def _refuse_lines(self) -> None:
        """The error of the habits' own reading, in which a capital is neither a row nor a column."""
        self.scope.strict = True
        error = self._try({}, 0.0).error
        self.scope.strict = False
        if error is not None:
            raise error

    def _searched(self, first: _Tried[T]) -> list[_Tried[T]]:
        """The cheapest readings; that of the habits is preferred to others of its cost."""
        best = [first] if first.error is None else []
        limit = min(first.total, CEILING) if best else CEILING
        heap: list[tuple[float, int, dict[str, str]]] = []
        seen: set[frozenset[tuple[str, str]]] = {frozenset()}
        self._extend(heap, seen, first)
        while heap and self._tries < MAX_TRIES and self._spent < MAX_STEPS:
            cost, _, kinds = heappop(heap)
            if cost > limit or cost == limit and best and not best[0].kinds:
                break
            tried = self._try(kinds, cost)
            if tried.error is None and tried.total <= limit:
                if tried.total < limit or not best:
                    best = [tried]
                elif best[0].kinds:
                    best.append(tried)
                limit = tried.total
            if tried.error is not None or tried.breaches:
                self._extend(heap, seen, tried)
        return best

    def _extend(self, heap: list[tuple[float, int, dict[str, str]]], seen: set[frozenset[tuple[str, str]]], tried: _Tried[T]) -> None:
        """Readings that differ from one that was tried in one more name, or in the names that are decided together."""
        groups: dict[str, list[str]] = {}
        for name in sorted(tried.met):
            if name not in tried.kinds:
                groups.setdefault(family(name), []).append(name)
        for names in groups.values():
            for kind, cost in others(names[0], self.scope, tried.kinds).items():
                kinds = {**tried.kinds, **dict.fromkeys(names, kind)}
                key = frozenset(kinds.items())
                if key not in seen and tried.cost + cost <= CEILING:
                    seen.add(key)
                    heappush(heap, (tried.cost + cost, next(self._number), kinds))

    def _try(self, kinds: Kinds, cost: float) -> _Tried[T]:
        """Infer the shapes with these kinds in place of the habits.

        A gradient is that of a number: rather is a capital with open sizes a column, as T in eta^T*T, than the function no number.
        """
        tried = self._attempted(kinds, cost, False)
        if not (self.wants_scalar and tried.error is None and any(b.told == NO_NUMBER for b in tried.breaches)):
            return tried
        narrowed = self._attempted(kinds, cost, True)
        is_better = narrowed.error is None and narrowed.total < tried.total
        fits = is_better and not any(b.told == NO_NUMBER or b.line == "row" for b in narrowed.breaches)
        return narrowed if fits else self._attempted(kinds, cost, False)

    def _attempted(self, kinds: Kinds, cost: float, narrows: bool) -> _Tried[T]:
        scope = self.scope
        scope.restart(kinds, narrows)
        self._tries += 1
        try:
            value = self.attempt()
        except MatcalcError as error:
            self._spent += scope.steps
            return _Tried(kinds, cost, None, error, (), self._open(scope.variables))
        self._spent += scope.steps
        met = self._open(scope.variables)
        found = breaches(self.trees(value), scope, self.wants_scalar) if met else ()
        return _Tried(kinds, cost, value, None, found, met)

    def _open(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(n for n in names if self.scope.is_open(n))

    def _settled(self, chosen: _Tried[T]) -> T:
        """The reading that was chosen, and what it overrules with the reasons."""
        told = []
        for name, kind in chosen.kinds.items():
            rest = {n: k for n, k in chosen.kinds.items() if n != name}
            told.append(Overruled(name, self._told(name, kind, self._try(rest, 0.0), chosen)))
        again = self._try(chosen.kinds, chosen.cost)
        capitals = [b for b in chosen.breaches if b.line_of]
        lines = [Overruled(b.line_of, f"{b.line_of} is read as a {b.line}, though it is a capital") for b in capitals]
        self.scope.overruled = [*told, *lines]
        assert again.value is not None
        return again.value

    def _told(self, name: str, kind: str, otherwise: _Tried[T], chosen: _Tried[T]) -> str:
        usual = self.scope.kind_by_look(name)
        new = [b for b in otherwise.breaches if b not in chosen.breaches]
        reason = otherwise.error.message if otherwise.error is not None else max(new, key=lambda b: b.cost).told if new else ""
        because = f": as a {usual}, {reason}" if reason else ""
        return f"{name} is read as a {kind}{because} (declare '{name}: {usual}' if it is one)"

    def _ambiguous(self, found: Sequence[_Tried[T]]) -> Ambiguous:
        names = list(dict.fromkeys(n for tried in found for n in tried.kinds))
        readings = [OneReading({n: tried.kinds.get(n, self.scope.kind_by_look(n)) for n in names}) for tried in found]
        told = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        decisive = dict.fromkeys(f"'{n}: {kind}'" for tried in found for n, kind in tried.kinds.items())
        self._try(found[0].kinds, 0.0)
        first = self.scope.variables[names[0]]
        hint = f"declare which is meant: {' or '.join(decisive)}"
        return Ambiguous(f"{told} can be read in {len(found)} ways", first.span, first.source, hint, readings)
