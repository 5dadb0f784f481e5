"""Unknown functions that are called without a declaration, K(theta) and f(x): what kind their value is, by its look and its use.

A capital gives a matrix, another letter a number or else a column, and phi may act on every entry. The kinds are tried;
the one whose best reading breaks the fewest habits is taken where no other comes near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Final, NoReturn, TypeVar

from matcalc.book.sizes import ONE
from matcalc.errors import MatcalcError, UnknownFunction
from matcalc.reading.grammar.syntax import Call, Name
from matcalc.reading.grammar.tokens import ACTIVATIONS, Look
from matcalc.reading.inference.scope import Function, Scope, function_of, is_greek, shape_of
from matcalc.reading.inference.steps import Typed
from matcalc.reading.inference.unify import is_scalar

NEAR: Final = 1.4
MAX_FUNCTIONS: Final = 3
MAX_READINGS: Final = 12
# What it costs to read the time as an array, and as a number what a gradient is taken by.
TIME: Final = 3.0
GRADIENT: Final = 0.5
_OF_CAPITALS: Final = {"matrix": 0.0, "scalar": 2.0}
_OF_OBJECTIVES: Final = {"scalar": 0.0, "matrix": 1.5}
_OBJECTIVES: Final = frozenset("JLUV")
_OF_LETTERS: Final = {"scalar": 0.0, "vector": 0.5}
_OF_ACTIVATIONS: Final = {"elementwise": 0.0, "vector": 0.5, "scalar": 1.0}

# Of functions of a number: one of every entry is one that gives a number, and what holds of matrices holds of numbers.
_ALIKE: Final = frozenset({("elementwise", "scalar"), ("scalar", "elementwise"), ("matrix", "scalar")})

T = TypeVar("T")


def costs(name: str) -> Mapping[str, float]:
    """What the value of an unknown function of this name may be, and what that costs."""
    if name[0] in _OBJECTIVES:
        return _OF_OBJECTIVES
    return _OF_CAPITALS if name[0].isupper() else _OF_ACTIVATIONS if name.partition("_")[0] in ACTIVATIONS else _OF_LETTERS


def _costs_of(call: Call, scope: Scope) -> Mapping[str, float]:
    """The same for a call; what is constant may as well be a vector of its own length as of that of its argument."""
    varies = any(isinstance(a, Name) and a.name in scope.varying for a in call.args)
    return {kind: cost for kind, cost in costs(call.name).items() if varies or kind != "elementwise"}


def looks(calls: Iterable[Call], asked: Iterable[str]) -> dict[str, Look]:
    """What the arguments of unknown functions are: t is the time, and a gradient, `asked` for, is by an array."""
    arguments = {a.name for call in calls for a in call.args if isinstance(a, Name)}
    by_gradient = {n: Look("vector", "the gradient by it is asked for", GRADIENT) for n in asked if n in arguments and is_greek(n)}
    return by_gradient | ({"t": Look("scalar", "functions of t are functions of the time", TIME)} if "t" in arguments else {})


def decided(calls: Sequence[tuple[Call, str]], scope: Scope, read: Callable[[], tuple[T, float]]) -> T:
    """The reading with the kinds of the unknown functions that are called; `read` gives one for the functions in scope, and its cost.

    Raises UnknownFunction where two kinds are about as good, and the error of the first reading where none fits.
    """
    first = {call.name: (call, source) for call, source in reversed(calls)}
    names = sorted(first)[:MAX_FUNCTIONS]
    tried: list[tuple[float, tuple[str, ...]]] = []
    errors: list[MatcalcError] = []
    of = {name: _costs_of(call, scope) for name, (call, _) in first.items()}

    def habit(kinds: Iterable[str]) -> float:
        return sum(of[n][k] for n, k in zip(names, kinds, strict=True))

    for kinds in sorted(product(*(of[name] for name in names)), key=habit)[:MAX_READINGS]:
        _enter(scope, names, kinds)
        try:
            _, cost = read()
        except MatcalcError as error:
            errors.append(error)
        else:
            tried.append((cost + habit(kinds), kinds))
    if not tried:
        raise errors[0]
    (best, chosen), *others = sorted(tried)
    for cost, kinds in others:
        if cost - best < NEAR:
            name, kind, other = next(t for t in zip(names, chosen, kinds, strict=True) if t[1] != t[2])
            call, source = first[name]
            if not (_is_of_a_number(call, scope) and (kind, other) in _ALIKE):
                _refuse(call, scope, source)
    _enter(scope, names, chosen)
    return read()[0]


def _enter(scope: Scope, names: Iterable[str], kinds: Iterable[str]) -> None:
    for name, kind in zip(names, kinds, strict=True):
        scope.functions[name] = function_of(name, kind)


def with_primes(trees: Iterable[Typed], names: Iterable[str], scope: Scope) -> None:
    """Let a function that gives a number of a number be one whose derivative is written f'(t)."""
    for tree in trees:
        for step in tree.steps:
            if isinstance(step.node, Call) and step.node.name in names and is_scalar(tree.steps[step.operands[0]].shape):
                function = scope.functions[step.node.name]
                function.kind = "elementwise" if function.kind == "scalar" else function.kind


def told(f: Function) -> str:
    """What is said of a function whose kind was told by its look and use."""
    if f.kind == "elementwise":
        return f"{f.name} is an unknown function that acts on every entry"
    if f.kind == "scalar":
        return f"{f.name} is an unknown scalar-valued function"
    rows, columns = shape_of((f.rows, f.columns))
    return f"{f.name} is an unknown function whose value {f'has {rows} entries' if columns is ONE else f'is {rows} x {columns}'}"


def _is_of_a_number(call: Call, scope: Scope) -> bool:
    argument = call.args[0]
    v = scope.variables.get(argument.name) if isinstance(argument, Name) else None
    return v is not None and is_scalar(v.shape)


def _refuse(call: Call, scope: Scope, source: str) -> NoReturn:
    argument = call.args[0]
    assert isinstance(argument, Name)
    v = scope.variables.get(argument.name)
    of = v.kind if v is not None and v.kind in ("scalar", "matrix") else "vector"
    kinds = [k if k == "elementwise" else f"{of} -> {k}" for k in costs(call.name)]
    listed = " or ".join(f"'{call.name}: {k}'" for k in kinds)
    hint = f"declare it, {listed}; for a product write {call.name}*({argument.name})"
    raise UnknownFunction(f"what kind of function {call.name} is cannot be told", call.at, source, hint)
