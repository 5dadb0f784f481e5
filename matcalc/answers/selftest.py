"""A module of derivatives that checks itself: each against finite differences of the function, at a random point.

Where the derivative is dY/dX, its contraction with a random direction V is the slope of t -> Y(X + t V) at zero; a second
derivative, contracted with U and V, is the mixed difference of four values. The layout says which axes V meets. The point is
drawn in the plainest manner in which the module passes its own test when it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, product
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.answers.certified import WAYS
from matcalc.answers.result import Result
from matcalc.book.properties import drawings, square_ones
from matcalc.book.sizes import axes
from matcalc.calculus.wirtinger import components_of
from matcalc.codegen.code import tupled
from matcalc.codegen.dialects import DIALECTS, NUMPY, Dialect
from matcalc.codegen.emitting import parameter
from matcalc.codegen.languages.language import Function
from matcalc.codegen.modules import matrix_function, module, run
from matcalc.errors import UsageError
from matcalc.numbers.certifying.slope import PLAIN

SIZES: Final = ((3, 4, 2, 5, 6, 7), (7, 6, 5, 4, 3, 2), (4, 2, 3, 5, 6, 7))
COMPARED: Final = '''
def _compare(name, change, slope, tolerance):
    """Raises AssertionError where a derivative along a direction is not the slope."""
    change, slope = np.asarray(change), np.asarray(slope)
    error = np.max(np.abs(change - slope))/max(np.max(np.abs(slope)), np.max(np.abs(change)), 1e-8)
    assert error < tolerance, f"{name} differs from finite differences: relative difference {error:.0e}"
    print(f"{name} agrees with finite differences: relative difference {error:.0e}")
'''
MANNERS: Final = {
    "normal": "rng.standard_normal({0})",
    "positive": "rng.uniform(0.5, 1.5, {0})",
    "unit": "rng.uniform(-0.6, 0.6, {0})",
    "near the identity": "np.eye({1}) + 0.2*rng.uniform(-1, 1, {0})",
}


def names_of(results: Sequence[Result]) -> list[str]:
    """A name for the function of each answer: `derivative`, or with the variable where there are several."""
    if len(results) == 1:
        return ["derivative"]
    names: list[str] = []
    for r in results:
        name = f"derivative_{r.wrt}"
        names.append(name if name not in names else f"{name}_{len(names) + 1}")
    return names


def code_of(results: Sequence[Result], target: str, tested: bool = False) -> str:
    """One module with a documented function for each answer, and with its own test where it is asked for.

    Raises UsageError where there can be no test.
    """
    functions = [r.code_of(target, name, True) for r, name in zip(results, names_of(results), strict=True)]
    return _tested(results, functions, DIALECTS[target]) if tested else module(functions)


def _tested(results: Sequence[Result], functions: Sequence[Function], dialect: Dialect) -> str:
    for r, f in zip(results, functions, strict=True):
        _refuse(r, f)
    mirror = [r.code_of("numpy", f.name, False) for r, f in zip(results, functions, strict=True)]
    for drawing in (_Drawing(results[0], sizes, manner) for sizes in SIZES for manner in MANNERS):
        attempt = module([_original(results[0], NUMPY), *mirror, _comparison(NUMPY)], _program(results, mirror, drawing))
        if run(attempt):
            return module([_original(results[0], dialect), *functions, _comparison(dialect)], _program(results, functions, drawing))
    raise UsageError("no point was found at which the code could be tested", hint="leave out the test")


class _Drawing:
    """How variables are drawn: a size for every name, all different as far as they go, and a manner."""

    def __init__(self, r: Result, sizes: Sequence[int], manner: str) -> None:
        names = sorted({s.name for v in r.parameters for d in v.shape for s in d.free_symbols})
        self.sizes = dict(zip(names, cycle(sizes), strict=False))
        self.manner = manner

    def of(self, v: Expr, manner: str = "") -> str:
        """Source of a random value for a variable."""
        lengths = [int(d.subs({s: self.sizes[s.name] for s in d.free_symbols})) for d in axes(v.shape)]
        square = len(lengths) == 2 and lengths[0] == lengths[1]
        manner = manner or (self.manner if square or self.manner != "near the identity" else "positive")
        shape = tupled([str(n) for n in lengths]) if len(lengths) > 1 else "".join(str(n) for n in lengths)
        return MANNERS[manner].format(shape, *lengths[:1]).replace(", )", ")")


def _refuse(r: Result, f: Function) -> None:
    """Refuses a test of what is no derivative by a whole variable, or of which not all is known."""
    why = ""
    if r.form in ("differential", "directional"):
        why = f"a {r.form} form"
    elif any(r.request.parts):
        why = "a derivative by an entry or slice"
    elif r.constraint:
        why = "a derivative by a structured variable or on a manifold"
    elif f.unknowns:
        why = "code that calls an unknown function"
    elif r.request.order == 2 and axes(r.request.expr.shape) and axes(r.request.wrt[0].shape):
        why = "the second derivative of an array by an array"
    if why:
        raise UsageError(f"there is no self-test for {why}", hint="leave out the test")


def _original(r: Result, dialect: Dialect) -> Function:
    """The function that is differentiated."""
    name = "function"
    while any(parameter(v.data.name, dialect) == name for v in r.parameters):
        name += "_"
    made = matrix_function(r.request.expr, r.parameters, dialect, name=name, docstring="The function that is differentiated.")
    if made.unknowns:
        raise UsageError("there is no self-test for code that calls an unknown function", hint="leave out the test")
    return made


def _comparison(dialect: Dialect) -> Function:
    return Function("_compare", COMPARED, (), dialect, (), (), () if dialect is NUMPY else ("import numpy as np",))


def _program(results: Sequence[Result], functions: Sequence[Function], drawing: _Drawing) -> str:
    """The statements that are run when the module is."""
    dialect = functions[0].dialect
    original = _original(results[0], dialect)
    checks = [line for r, f in zip(results, functions, strict=True) for line in _check(r, f, original, drawing)]
    return "\n".join([*dialect.wide, "rng = np.random.default_rng(0)", *_point(results[0], functions, original, drawing), *checks])


def _point(r: Result, functions: Sequence[Function], original: Function, drawing: _Drawing) -> Iterator[str]:
    """Statements that draw a point."""
    needed = {p for f in (*functions, original) for p in f.parameters}
    yield "point = {}"
    for v in r.parameters:
        name = parameter(v.data.name, original.dialect)
        if name in needed:
            entry = f'point["{name}"]'
            yield f"{entry} = {drawing.of(v)}"
            known = r.request.properties.get(v.data.name, frozenset()) | v.data.properties
            known -= frozenset() if len(axes(v.shape)) == 2 else square_ones(known)
            yield from (f"{entry} = {how.replace('{A}', entry)}" for how in drawings(known))
            needed.discard(name)
    yield from (f'point["{name}"] = {drawing.sizes.get(name.rstrip("_"), SIZES[0][0])}' for name in sorted(needed))


# ------------------------------------------------------------------------------------------------ comparisons


def _check(r: Result, f: Function, original: Function, drawing: _Drawing) -> Iterator[str]:
    """Statements that compare one derivative with differences."""
    moved = _variable(r)
    label = parameter(moved.data.name, f.dialect)
    yield f"value = np.asarray({f.name}({_arguments(f)}))"
    yield f"way = {drawing.of(moved, 'normal')}"
    yield f"change = {_contracted(r, len(axes(moved.shape)))}"
    if r.request.order == 1:
        yield f"at = lambda t: np.asarray({original.name}({_arguments(original, {label: 't*way'})}))"
        yield "h = 1e-5"
        yield f"slope = {_slope(r)}"
        yield f'_compare("{f.name}", change, {_stacked(r, "slope")}, 1e-6)'
        return
    first = r.request.wrt[0]
    other = parameter(first.data.name, f.dialect)
    moves = {label: "s*other + t*way"} if other == label else {other: "s*other", label: "t*way"}
    yield f"other = {drawing.of(first, 'normal')}"
    yield f"at = lambda s, t: np.asarray({original.name}({_arguments(original, moves)}))"
    yield "h = 1e-3"
    yield f"slope = {_mixed_slope(r)}"
    along = _stacked(r, "other") if axes(first.shape) else "other"
    yield f'_compare("{f.name}", np.sum(change*{along}), slope, 1e-4)'


def _slope(r: Result) -> str:
    """The difference quotient; by a complex variable those along its real and its imaginary part."""
    terms = [f"{_weight(c)}(at({u}h) - at(-{u}h))/(2*h)" for c, u in _ways(r)[0]]
    return " + ".join(terms)


def _mixed_slope(r: Result) -> str:
    """The mixed difference quotient, over the real and imaginary parts of both variables where these are complex."""
    terms = []
    for (c, s), (d, t) in product(*_ways(r)):
        four = f"at({s}h, {t}h) - at({s}h, -{t}h) - at(-{s}h, {t}h) + at(-{s}h, -{t}h)"
        terms.append(f"{_weight(c * d)}({four})/(4*h**2)")
    return " + ".join(terms)


def _ways(r: Result) -> list[list[tuple[complex, str]]]:
    """For each of the variables, the weights of the slopes and by what a step is multiplied."""
    first = next(v for v in r.request.wrt if v.data.name == r.wrt or r.request.order == 2)
    both = (first,) if r.request.order == 1 else (first, _variable(r))
    components = components_of(r.request, first) or ("", "")
    return [
        [(c, "" if u == 1 else "1j*") for c, u in (WAYS[component] if x.has_complex else PLAIN)]
        for x, component in zip(both, components, strict=False)
    ]


def _weight(c: complex) -> str:
    """A factor before a slope."""
    return "" if c == 1 else f"{complex(c).imag:g}j*" if complex(c).imag else f"{complex(c).real:g}*"


def _stacked(r: Result, name: str) -> str:
    """An array in the axes of the derivative along a direction."""
    return f'np.ravel({name}, order="{_order(r)}")' if r.form == "vec" else name


def _variable(r: Result) -> Expr:
    return next(v for v in r.request.variables.values() if v.data.name == r.wrt)


def _arguments(f: Function, moves: dict[str, str] | None = None) -> str:
    given = moves or {}
    named = {name: f"{name}=" if name in f.sizes else "" for name in f.parameters}
    return ", ".join(f'{by}point["{name}"] + {given[name]}' if name in given else f'{by}point["{name}"]' for name, by in named.items())


def _order(r: Result) -> str:
    return "F" if r.vec_order == "column" else "C"


def _contracted(r: Result, count: int) -> str:
    """The derivative along `way`, in the axes of what is differentiated."""
    if r.form == "vec":
        return f'{"value.T" if r.layout == "denominator" else "value"} @ np.ravel(way, order="{_order(r)}")'
    turned = "way.T" if count > 1 else "way"
    return {
        "numerator": f"np.tensordot(value, {turned}, axes={count})",
        "denominator": f"np.tensordot(way, value, axes={count}).T",
        "mixed": f"np.tensordot(value, way, axes={count})",
    }[r.layout]
