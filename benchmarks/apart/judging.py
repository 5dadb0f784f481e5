"""One request put to the engine, and everything that it answers compared with numbers."""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from apart import labels as index
from apart.layouts import Axis, Shape, axes, contracted, matrix, shape_of, vec
from apart.making import MATRIX_FUNCTIONS, Request
from apart.meanings import Array, Context
from apart.points import MIN_MARGIN, Point, Variable, directional, find, length, second
from apart.reader import ENTRIES, read
from apart.spelling import Speller
from apart.structures import FREE as INDEPENDENT
from apart.structures import PROJECTED, TANGENT
from apart.trees import Node, value, walk
from matcalc import MatcalcError, derive

TOLERANCE: Final = 1e-6
# The inverse of a matrix of this condition has no digit that is right.
SINGULAR: Final = 1e12
# A value is as uncertain as the largest one on the way is by rounding: this times 1e-10 of it.
ROUNDING: Final = 1e-3
AT_LEAST: Final = re.compile(r"(\w+) is at least (\d+)")
NO_POINT: Final = "no point of the sizes that the answer assumes"
# With an inverse of a worse condition, a value of which rounding may leave so little says nothing.
TAME: Final = 1e6
BLURRED: Final = 1e-3
FREE: Final = "ijklmnpq"
POINTS: Final = 2
DIRECTIONS: Final = 2
# What a second derivative is the derivative of: the gradient, in the shape of the variable.
GRADIENT: Final = "mixed"


@dataclass
class Finding:
    """What became of a request: right, refused, unfit, without a value at every point tried, or a fault, with the reason."""

    verdict: str
    reason: str = ""
    detail: str = ""
    text: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass
class Truth:
    """A point, a direction for each variable, and the derivative there."""

    point: Point
    directions: dict[str, Array]
    slope: Array
    noise: float


def prepared(request: Request, seed: int) -> list[Truth]:
    """Points at which the function is smooth, with the derivative in random directions; none where none was found."""
    rng = np.random.default_rng(seed)
    truths: list[Truth] = []
    for k in range(POINTS):
        margin = MIN_MARGIN if request.order == 1 else 0.05
        point = find(request.tree, list(request.variables), request.names, seed + 7919 * k, margin, k > 0, (request.wrt, request.manifold))
        if point is None:
            break
        truths += [truth(request, point, rng) for _ in range(DIRECTIONS if k == 0 else 1)]
    return [t for t in truths if np.all(np.isfinite(t.slope))]


def truth(request: Request, point: Point, rng: np.random.Generator) -> Truth:
    """The derivative at a point in random directions."""
    first = rng.standard_normal(point.values[request.wrt].shape)
    directions = {"x": first}
    if request.order == 1:
        slope, noise = directional(request.tree, point, {request.wrt: moved(request, point, first)})
        if request.structured or request.manifold:
            # What the constraint takes away of the free derivative may be all of it.
            noise += float(np.max(np.abs(directional(request.tree, point, {request.wrt: first})[0]), initial=0.0)) / 10
        return Truth(point, directions, slope, noise)
    other = request.wrt2 or request.wrt
    directions["x2"] = rng.standard_normal(point.values[other].shape)
    slope, noise = second(request.tree, point, {request.wrt: first}, {other: directions["x2"]})
    return Truth(point, directions, slope, noise)


def moved(request: Request, point: Point, direction: Array) -> Array:
    """How the variable moves where the derivative is asked in a direction of all its entries."""
    if request.manifold:
        return TANGENT[request.manifold](point.values[request.wrt], direction)
    if request.structured:
        return (PROJECTED if request.reading == "projected" else INDEPENDENT)[request.structured](direction)
    return direction


def asked(request: Request, text: str, check: bool) -> Any:
    """The engine's answer."""
    declared = {v.name: v.declared() for v in request.variables}
    return derive(
        text, wrt=request.wrt, variables=declared, order=request.order, wrt2=request.wrt2, layout=request.layout, form=request.form,
        vec_order=request.vec_order, check=check, structured=bool(request.structured),
        reading=request.reading if request.structured else None, manifold=request.manifold or None,
    )  # fmt: skip


def judge(request: Request, text: str, seed: int, codes: tuple[str, ...] = ("numpy",)) -> Finding:
    """What the engine makes of a request, without its certificate and with it."""
    truths = prepared(request, seed)
    if not truths:
        return Finding("unfit", "no point at which the function is smooth")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = asked(request, text, check=False)
            finding = compared(request, answer, admitted(answer, truths), codes)
            if finding.reason == NO_POINT or finding.verdict == "fault" and singular(finding):
                finding = elsewhere(request, answer, seed, codes, finding)
            return finding if finding.verdict == "fault" else certified(request, text, finding)
    except MatcalcError as error:
        return refusal(request, error, certificate=False)
    except Exception as error:  # noqa: BLE001 - what this looks for
        return Finding("fault", "internal error", f"{type(error).__name__}: {error} [{where(error)}]")


def admitted(answer: Any, truths: list[Truth]) -> list[Truth]:
    """The truths at sizes for which the answer is given: it may assume that a name is at least so much."""
    least = [match.groups() for told in answer.assumptions if (match := AT_LEAST.fullmatch(told))]
    return [t for t in truths if all(t.point.sizes.get(name, int(k)) >= int(k) for name, k in least)]


def singular(finding: Finding) -> bool:
    """Whether the answer only has no value at the point."""
    return finding.reason.startswith("no value") or "LinAlgError: Singular" in finding.detail


def elsewhere(request: Request, answer: Any, seed: int, codes: tuple[str, ...], finding: Finding) -> Finding:
    """The verdict at other sizes, where there are any: an answer may want a matrix of full rank that a name's size allows."""
    for k in range(1, 6 if request.names else 1):
        truths = admitted(answer, prepared(request, seed + 1000003 * k))
        again = compared(request, answer, truths, codes) if truths else finding
        if again.verdict == "right":
            again.notes.append("only at some sizes")
        if not (again.reason == NO_POINT or again.verdict == "fault" and singular(again)):
            return again
    return replace(finding, verdict="valueless")


def where(error: BaseException) -> str:
    """The innermost line of the engine in a traceback."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "matcalc/" in f.filename]
    return f"{frames[-1].filename.split('matcalc/')[-1]}:{frames[-1].lineno}" if frames else "outside"


def certified(request: Request, text: str, finding: Finding) -> Finding:
    """The same request with the certificate: the same answer, or a refusal of a right formula."""
    try:
        answer = asked(request, text, check=True)
    except MatcalcError as error:
        return refusal(request, error, certificate=True)
    if answer.text != finding.text:
        return Finding("fault", "another answer with the certificate", f"{answer.text} instead of {finding.text}")
    return finding


def refusal(request: Request, error: MatcalcError, certificate: bool) -> Finding:
    """A documented refusal, one that is not, or an internal error in disguise."""
    message = str(error.message)
    reason = f"{error.kind}: {message.splitlines()[0][:100]}"
    if "internal error" in message or "please report" in message and not certificate:
        return Finding("fault", "internal error", message)
    if certificate:
        return Finding("refused", f"certificate: {reason}")
    if error.kind == "not-differentiable" and outside_traces(request):
        return Finding("documented", reason)
    if request.form in ("vec", "matrix") and ("form" in message or "is no matrix" in message):
        return Finding("documented", f"{request.form} form: {reason}")
    return Finding("refused", reason)


def outside_traces(request: Request) -> bool:
    """Whether a matrix function or a matrix to a symbolic power stands somewhere."""
    return any(
        n.op == "call" and n.data in MATRIX_FUNCTIONS or n.op == "pow" and n.args[0].shape != ("1", "1") and n.args[1].op == "name"
        for n in walk(request.tree)
    )


# ----------------------------------------------------------------------------------------------------- comparing


def compared(request: Request, answer: Any, truths: list[Truth], codes: tuple[str, ...]) -> Finding:
    """The printed formula, the shape and the generated code against the truths."""
    text = answer.text
    if not truths:
        return Finding("valueless", NO_POINT, text=text)
    if request.form not in ("auto", answer.form):
        return Finding("fault", "another form", f"{answer.form} instead of {request.form}", text)
    if request.structured and answer.form == "vec":
        return Finding("unfit", "free entries have no axes here", text=text)
    reading = Reading(request, answer.form)
    functions = {"numpy": loaded(answer.numpy)} | {c: answer.function(c) for c in codes if c != "numpy"}
    if "jax" in functions:
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    for t in truths:
        for name, evaluate in (
            ("formula", lambda t=t: reading.formula(text, t)),
            *((c, lambda t=t, f=f: reading.code(f, t)) for c, f in functions.items()),
        ):
            fault = difference(name, evaluate, t)
            if fault is not None:
                fault.text = text
                return fault
        told = tuple(shape_length(s, t.point.sizes) for s in answer.shape)
        if told != reading.told(t):
            return Finding("fault", "shape", f"told {answer.shape}, at {t.point.sizes}: {told}, wanted {reading.told(t)}", text)
    return Finding("right", text=text)


def shape_length(text: str, sizes: dict[str, int]) -> int:
    """The value of a dimension as answers print it."""
    return int(value(read(text, frozenset(sizes)), Context({}, sizes)).item())


def difference(name: str, evaluate: Callable[[], Array], t: Truth) -> Finding | None:
    """A fault where what was evaluated differs from the truth."""
    try:
        with np.errstate(all="ignore"):
            found = evaluate()
    except Exception as error:  # noqa: BLE001 - what this looks for
        kind = "unreadable or ill-typed formula" if name == "formula" else f"{name} code crashes"
        return Finding("fault", kind, f"{type(error).__name__}: {error} at {t.point.sizes}")
    if found.shape != t.slope.shape:
        return Finding("fault", f"shape of {name}", f"{found.shape} instead of {t.slope.shape}")
    gap = float(np.max(np.abs(found - t.slope), initial=0.0))
    scale = float(max(np.max(np.abs(found), initial=0.0), np.max(np.abs(t.slope), initial=0.0)))
    if np.isfinite(gap) and gap <= TOLERANCE * scale + 1e-10 * (t.noise + 1e-6):
        return None
    what = "wrong formula" if name == "formula" else f"wrong {name} code"
    if not np.all(np.isfinite(found)):
        what = f"no value of {name}"
    at = ", ".join(f"{k}={np.round(v, 3).tolist()}" for k, v in t.point.values.items())
    return Finding(
        "fault",
        what,
        f"{np.round(found, 6).tolist()} instead of {np.round(t.slope, 6).tolist()} at {at}, relative {gap / (scale or 1):.1e}",
    )


def loaded(source: str) -> Callable[..., Any]:
    """The function that generated NumPy code defines."""
    space: dict[str, Any] = {}
    exec(compile(source, "<generated>", "exec"), space)
    function: Callable[..., Any] = space["derivative"]
    return function


class Reading:
    """How the answer to a request is to be read: which axes it has, in which order."""

    def __init__(self, request: Request, form: str) -> None:
        self.request = request
        self.form = form
        self.y = shape_of("y", *request.tree.shape)
        v = request.variable(request.wrt)
        self.x = shape_of("x", v.rows, v.cols)
        self.x2 = self.x
        if request.order == 2:
            w = request.variable(request.wrt2 or request.wrt)
            self.x2 = shape_of("x2", w.rows, w.cols)
        self.order = self._order()

    def _order(self) -> list[Axis]:
        if self.request.order == 1:
            return axes(self.request.layout, self.y.axes, self.x.axes)
        return axes(self.request.layout, axes(GRADIENT, self.y.axes, self.x.axes), self.x2.axes)

    def lengths(self, t: Truth) -> dict[Axis, int]:
        """The length of every axis at a point."""
        r = self.request
        arrays: list[tuple[str, Any]] = [("y", r.tree), ("x", r.variable(r.wrt)), ("x2", r.variable(r.wrt2 or r.wrt))]
        return {(name, k): length(d, t.point.sizes) for name, a in arrays for k, d in enumerate((a.rows, a.cols))}

    def matrix(self) -> Shape | None:
        """The answer as a matrix."""
        if self.request.order == 1:
            return matrix(self.request.layout, self.y, self.x)
        gradient = matrix(GRADIENT, self.y, self.x)
        return None if gradient is None else matrix(self.request.layout, gradient, self.x2)

    def vec(self) -> tuple[list[Axis], list[Axis]]:
        """The axes that the vec form fuses."""
        r = self.request
        if r.order == 1:
            return vec(r.layout, self.y, self.x, r.vec_order)
        gradient = matrix(GRADIENT, self.y, self.x)
        if gradient is None:
            raise ValueError("the gradient has more than two axes")
        return vec(r.layout, gradient, self.x2, r.vec_order)

    def told(self, t: Truth) -> tuple[int, ...]:
        """The shape that the answer should state, at the sizes of a point."""
        n = self.lengths(t)
        if self.form == "differential":
            return (n["y", 0], n["y", 1])
        if self.form == "vec":
            return tuple(int(np.prod([n[a] for a in fused])) for fused in self.vec())
        m = self.matrix()
        if m is not None:
            return tuple(1 if a is None else n[a] for a in (m.rows, m.cols))
        return tuple(n[a] for a in self.order)

    def formula(self, text: str, t: Truth) -> Array:
        """The printed formula, contracted with the directions of a truth."""
        c = t.point.context()
        array = self.contracted(text, t, c)
        if np.isfinite(c.largest):
            t.noise = max(t.noise, ROUNDING * c.largest)
        blurred = np.finfo(float).eps * c.condition * c.largest > BLURRED * np.max(np.abs(array), initial=0.0)
        return np.full(array.shape, np.nan) if c.condition >= SINGULAR or c.condition > TAME and blurred else array

    def contracted(self, text: str, t: Truth, c: Context) -> Array:
        """The printed formula in a context, contracted with the directions of a truth."""
        names = frozenset({*c.values, *c.sizes})
        n = self.lengths(t)
        if self.form == "differential":
            c.values[f"d{self.request.wrt}"] = t.directions["x"]
            return full(value(read(text, names | {f"d{self.request.wrt}"}), c), self.told(t))
        if self.form == "index":
            letters = [k for k in FREE if k not in names][: len(self.order)]
            array = index.value(read(text, names), letters, [n[a] for a in self.order], c)
            return contracted(array, self.order, n, t.directions, self.y)
        array = full(value(read(text, names), c), self.told(t))
        return contracted(array, self.fused(), n, t.directions, self.y)

    def fused(self) -> list[Axis]:
        """The axes of an array in the order in which its entries are stored."""
        if self.form == "vec":
            rows, columns = self.vec()
            return [*rows, *columns]
        return self.order

    def code(self, function: Callable[..., Any], t: Truth) -> Array:
        """The value of generated code, contracted with the directions of a truth."""
        given = {v.name: argument(v, t.point) for v in self.request.variables} | {k: float(v) for k, v in t.point.sizes.items()}
        x = self.request.variable(self.request.wrt)
        given[f"d{x.name}"] = as_given(x, t.directions["x"])
        given |= {k: int(v) for k, v in t.point.sizes.items() if k not in {u.name for u in self.request.variables}}
        wanted = inspect.signature(function).parameters
        array = np.asarray(function(**{k: v for k, v in given.items() if k in wanted}), dtype=float)
        n = self.lengths(t)
        if self.form == "differential":
            expected = tuple(n[a] for a in self.y.axes)
        elif self.form == "vec":
            expected = self.told(t)
        else:
            expected = tuple(n[a] for a in self.order)
        if tuple(k for k in array.shape if k != 1) != tuple(k for k in expected if k != 1):
            raise ValueError(f"the code returns {array.shape} instead of {expected}")
        if self.form == "differential":
            return array.reshape(self.told(t))
        return contracted(array, self.fused(), n, t.directions, self.y)


def full(found: Array, shape: tuple[int, ...]) -> Array:
    """What was evaluated, which must have the shape that is wanted."""
    if found.shape != shape:
        raise ValueError(f"the formula has the shape {found.shape} instead of {shape}")
    return found


def argument(v: Variable, point: Point) -> Any:
    """A variable as an argument of generated code."""
    return as_given(v, point.values[v.name])


def as_given(v: Variable, array: Array) -> Any:
    """Scalars as numbers, vectors with one axis."""
    if v.kind == "scalar":
        return float(array.item())
    return array.reshape(-1) if v.kind == "vector" else array


def command(request: Request, check: bool = True) -> str:
    """The request as a command to paste."""
    words = ["derive", quoted(Speller().text(request.tree)), "--wrt", request.wrt]
    for v in request.variables:
        words += ["--var", quoted(f"{v.name}: {v.declared()}")]
    if request.order == 2:
        words += ["--order", "2"]
    if request.wrt2:
        words += ["--wrt2", request.wrt2]
    if request.layout != "denominator":
        words += ["--layout", request.layout]
    if request.form != "auto":
        words += ["--form", request.form]
    if request.structured:
        words += ["--structured", "--reading", request.reading]
    if request.manifold:
        words += ["--manifold", request.manifold]
    if request.vec_order != "column":
        words += ["--vec-order", request.vec_order]
    return " ".join(words if check else [*words, "--no-check"])


def quoted(text: str) -> str:
    """A word for the shell."""
    return '"' + text + '"'


__all__ = ["ENTRIES", "Finding", "Node", "command", "judge"]
