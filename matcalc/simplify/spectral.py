"""Functions of the eigenvalues or singular values of a matrix, as functions of the matrix.

    sum(f(eigvals(A))) = tr(f(A))                     V f(eigvals(A)) V^-1 = f(A)
    U diag(s .* h(s.^2)) V^T = X h(X^T X)             U V^T = polar(X)              U diag(1./s) V^T = pinv(X)^T

f is an elementwise expression of which the book knows every part as a function of a matrix; no eigenvalue needs to be simple then. What
stands for the values, the frames V, V^-1 and U, V^T, and what a frame makes of the values 1, s, s^2 and 1/s is the `spectrum` of the
function that gives the values (Higham, Functions of Matrices (2008) section 1.2; Hawkins and Ben-Israel, Linear and Multilinear
Algebra 1 (1973)).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from matcalc.algebra import add, fun, had, mul, power, scale, transpose
from matcalc.algebra.node import Expr, const, eye, ones, split_product
from matcalc.algebra.walk import substitute
from matcalc.book import rules as rulebook
from matcalc.book.rules import CALL, per_book
from matcalc.reading.templates import instance, part_of
from matcalc.records import dataclass
from matcalc.scalars import S

POWER: Final = "power"
ROOT: Final = const(S.Half)
MAX_DEPTH: Final = 12
Build = Callable[[Expr, Expr], "Expr | None"]
# What a sum over all entries is of.
SUMMED: Final = frozenset({"sum", "inner"})


def holds_spectrum(e: Expr) -> bool:
    """Whether an expression holds eigenvalues or singular values, all of them, or a frame of theirs."""
    named = _named()
    met = e.operations
    return not named.isdisjoint(met) and not met.isdisjoint(_heads() | set(_spectra()))


def spectral(e: Expr) -> Expr | None:
    """The node as a function of a matrix; None where it is none of its eigenvalues or singular values."""
    # What is known of frames is known of real ones.
    if e.has_complex:
        return None
    if e.operations.isdisjoint(_named()):
        return None
    if e.op == "mul" or e.op == "inner" and len(e.args) > 2:
        return _framed(e)
    if e.op in SUMMED:
        return _summed(e)
    rule = rulebook.find(e.op)
    if rule is None or not e.is_scalar or rule.kind != "explicit" or not rule.means or len(e.args) != 1:
        return None
    return None if _values_in(e.args[0]) is None else _of_meaning(e, rule)


def _of_meaning(e: Expr, rule: rulebook.Rule) -> Expr | None:
    """A function of the values by what it means, logsumexp(s) = log(sum(exp(s))), where that is one of the matrix."""
    meant = instance(rule, "means", e.args)
    inside = meant
    while not (inside.op in SUMMED and (made := _summed(inside)) is not None):
        if len(inside.args) != 1:
            return None
        (inside,) = inside.args
    outside = meant
    names = []
    while outside is not inside:
        names.append(outside.op)
        (outside,) = outside.args
    for name in reversed(names):
        made = fun(name, made)
    return made


@per_book
def _spectra() -> dict[str, rulebook.Rule]:
    """The functions that give values of a matrix, by name."""
    return {name: rule for name, rule in rulebook.in_use().functions.items() if rule.spectrum}


@per_book
def _named() -> frozenset[str]:
    """The functions that give values of a matrix, and those that are named where a frame is told."""
    told = {name for rule in _spectra().values() for side in ("left", "right") for name in CALL.findall(rule.spectrum[side])}
    rules = [rulebook.find(name) for name in told]
    return frozenset({*_spectra(), *(rule.name for rule in rules if rule is not None)})


@per_book
def _heads() -> frozenset[str]:
    """What the factors of a frame begin with."""
    found = (part_of(rule, rule.spectrum[side]) for rule in _spectra().values() for side in ("left", "right"))
    return frozenset(_head(e) for e in found)


def _head(e: Expr) -> str:
    while e.op in ("T", "pow"):
        e = e.args[0]
    return e.op


def _values_in(e: Expr) -> Expr | None:
    """The values of a matrix that an elementwise expression holds first."""
    spectra = _spectra()
    deepest: dict[Expr, int] = {}
    pending = [(e, MAX_DEPTH)]
    while pending:
        n, depth = pending.pop()
        if n.op in spectra:
            return n
        # What many parts share is looked into once, or again from nearer.
        if depth and not n.is_scalar and deepest.get(n, 0) < depth:
            deepest[n] = depth
            pending += [(a, depth - 1) for a in reversed(n.args)]
    return None


def _part(values: Expr, key: str) -> Expr:
    rule = _spectra()[values.op]
    return part_of(rule, rule.spectrum[key], values.args)


# ------------------------------------------------------------------------------------------------ sums


def _summed(e: Expr) -> Expr | None:
    """The sum of a function of eigenvalues is the trace of that of the matrix; of singular values, where only their squares occur."""
    inside = e.args[0] if e.op == "sum" else _paired(e)
    values = None if inside is None else _values_in(inside)
    if inside is None or values is None:
        return None
    if "square" in _spectra()[values.op].spectrum:
        made = _extended(inside, _of_squares(values))
    else:
        made = _extended(inside, _Base(values, _part(values, "itself")))
    return None if made is None else fun("tr", made)


def _paired(e: Expr) -> Expr | None:
    """u.*v of an inner product u^T*v."""
    if len(e.args) != 2 or e.args[1].shape[1] is not S.One:
        return None
    return had(transpose(e.args[0]), e.args[1])


# ---------------------------------------------------------------------------------------------- frames


def without_frames(e: Expr, transform: Callable[[Expr, Callable[[Expr], Expr]], Expr]) -> Expr:
    """The matrix in the place of each function of it in a frame: what such a function takes for granted of the frame, it does not need."""
    def step(n: Expr) -> Expr:
        made = _framed(n, _matrix_itself)
        return n if made is None else made

    return transform(e, step) if holds_spectrum(e) else e


def _matrix_itself(values: Expr, w: Expr) -> Expr | None:
    return _part(values, "itself") if _is_elementwise(w, values) else None


def _framed(e: Expr, build: Build | None = None) -> Expr | None:
    """The first stretch of a product that is a function of a matrix in a frame, or one transposed, as that function."""
    if e.op not in ("mul", "inner"):
        return None
    c, scalars, mats = (S.One, (), e.args) if e.op == "inner" else split_product(e)
    heads = _heads()
    for k, f in enumerate(mats[:-1]):
        if _head(f) not in heads:
            continue
        for n in (3, 2):
            made = _stretch(mats[k : k + n], build or _of_values) if k + n <= len(mats) else None
            if made is not None:
                return mul(const(c), *scalars, *mats[:k], made, *mats[k + n :])
    return None


def _of_values(values: Expr, w: Expr) -> Expr | None:
    """What the frame of these values makes of w."""
    if w.op == "ones":
        return _part(values, "one")
    if "square" in _spectra()[values.op].spectrum:
        return _of_singular(values, w)
    return _extended(w, _Base(values, _part(values, "itself")))


def _stretch(mats: Sequence[Expr], build: Build) -> Expr | None:
    """L*diag(w)*R or L*R of a frame as a function of the matrix; the same turned."""
    if len(mats) == 3 and mats[1].op != "diag":
        return None
    for turned in (False, True):
        left, *middle, right = [transpose(f) for f in reversed(mats)] if turned else mats
        for name, rule in _spectra().items():
            made = _of_frame(name, rule, (left, *middle, right), build)
            if made is not None:
                return transpose(made) if turned else made
    return None


def _of_frame(name: str, rule: rulebook.Rule, stretch: Sequence[Expr], build: Build) -> Expr | None:
    left, *middle, right = stretch
    if left.op != part_of(rule, rule.spectrum["left"]).op:
        return None
    values = fun(name, *left.args)
    if values.op != name or _part(values, "left") is not left or _part(values, "right") is not right:
        return None
    w = middle[0].args[0] if middle else ones(values.shape[0])
    return build(values, w) if w.op == "ones" or _values_in(w) is values else None


# ------------------------------------------------------------------------------------------- extensions


@dataclass(frozen=True)
class _Base:
    """What stands for the values: a matrix for s, or one for s^2."""

    values: Expr
    matrix: Expr
    squared: bool = False

    def of(self, k: Expr) -> Expr | None:
        """What s.^k becomes."""
        if not self.squared:
            return matrix_power(self.matrix, k)
        if k.op == "const" and k.data.is_Integer and k.data % 2 == 0:
            return matrix_power(self.matrix, const(k.data / 2))
        return None


def _of_squares(values: Expr) -> _Base:
    return _Base(values, _part(values, "square"), True)


@per_book
def _extensions() -> dict[str, str]:
    """The matrix functions by the elementwise functions that they extend."""
    return {rule.extends: name for name, rule in rulebook.in_use().functions.items() if rule.extends}


def matrix_power(a: Expr, k: Expr) -> Expr | None:
    """A^k for an integer or a function of the book; None where it has none."""
    if k.op == "const" and k.data.is_Integer:
        return power(a, k)
    name = _extensions().get(POWER)
    return None if name is None else fun(name, a, k)


def _extended(w: Expr, base: _Base, depth: int = MAX_DEPTH) -> Expr | None:
    """An elementwise expression of the values as a function of the matrix; None where a part of it has no such function."""
    if w is base.values:
        return base.of(const(1))
    if w.op == "ones":
        return eye(base.matrix.shape[0])
    if depth == 0:
        return None
    match w.op:
        case "add":
            return _all(add, w.args, base, depth)
        case "had":
            return _all(mul, w.args, base, depth)
        case "mul":
            c, scalars, mats = split_product(w)
            made = _extended(mats[0], base, depth - 1) if len(mats) == 1 else None
            return None if made is None else mul(const(c), *scalars, made)
        case "epow":
            return _power(w, base, depth)
    return _function(w, base, depth)


def _all(build: Callable[..., Expr], parts: Sequence[Expr], base: _Base, depth: int) -> Expr | None:
    made = [_extended(p, base, depth - 1) for p in parts]
    known = [m for m in made if m is not None]
    return build(*known) if len(known) == len(made) else None


def _power(w: Expr, base: _Base, depth: int) -> Expr | None:
    inside, k = w.args
    if inside is base.values:
        return base.of(k)
    made = _extended(inside, base, depth - 1)
    return None if made is None else matrix_power(made, k)


def _function(w: Expr, base: _Base, depth: int) -> Expr | None:
    """f(u), entry by entry, by the matrix function that extends f, or by what a function of a column means."""
    rule = rulebook.find(w.op)
    if rule is None or len(w.args) != 1 or w.args[0].shape != w.shape:
        return None
    name = _extensions().get(w.op)
    if name is not None:
        made = _extended(w.args[0], base, depth - 1)
        return None if made is None else fun(name, made)
    return _extended(instance(rule, "means", w.args), base, depth - 1) if rule.means else None


# ------------------------------------------------------------------------------------- singular values


def _of_singular(values: Expr, w: Expr) -> Expr | None:
    """U diag(w) V^T, term by term of w."""
    made = [_term(values, t) for t in (w.args if w.op == "add" else (w,))]
    known = [m for m in made if m is not None]
    return add(*known) if len(known) == len(made) else _by_eigenvalues(values, w)


def _by_eigenvalues(values: Expr, w: Expr) -> Expr | None:
    """U diag(w(s)) V^T = polar(X) w(H), H the root of X^T X, whose eigenvalues are the singular values, in another order."""
    root = matrix_power(_part(values, "square"), ROOT)
    name = next((n for n, rule in _spectra().items() if "square" not in rule.spectrum), None)
    if root is None or name is None or not _is_elementwise(w, values):
        return None
    eigenvalues = fun(name, root)
    made = substitute(w, {}, {values.shape[0]: root.shape[0]}, {values: eigenvalues})
    return mul(_part(values, "one"), _part(eigenvalues, "left"), fun("diag", made), _part(eigenvalues, "right"))


def _is_elementwise(w: Expr, values: Expr, depth: int = MAX_DEPTH) -> bool:
    """Whether every entry of w is one function of that of the values."""
    if w is values or w.is_scalar or w.op == "ones":
        return True
    rule = rulebook.find(w.op)
    by_entry = w.op in ("add", "mul", "had", "epow") or rule is not None and rule.kind == "elementwise"
    return by_entry and depth > 0 and all(_is_elementwise(a, values, depth - 1) for a in w.args)


def _term(values: Expr, w: Expr) -> Expr | None:
    """c s^k r(s): X (X^T X)^((k-1)/2) r, r a function of X^T X where it holds squares only, and of its root elsewhere."""
    c, scalars, mats = split_product(w)
    if len(mats) != 1:
        return None
    factors = mats[0].args if mats[0].op == "had" else mats
    exponents = [(f.args[1] if f.op == "epow" else const(1)) for f in factors if _is_power(f, values)]
    rest = [f for f in factors if not _is_power(f, values)]
    k = add(*exponents) if exponents else const(0)
    squares = _extended(had(*rest), _of_squares(values)) if rest else None
    if rest and squares is None:
        root = matrix_power(_part(values, "square"), ROOT)
        squares = None if root is None else _extended(had(*rest), _Base(values, root))
        if squares is None:
            return None
    leading = _leading(values, k, squares is None)
    return None if leading is None else mul(const(c), *scalars, leading, *([squares] if squares is not None else []))


def _is_power(f: Expr, values: Expr) -> bool:
    return f is values or f.op == "epow" and f.args[0] is values


def _leading(values: Expr, k: Expr, alone: bool) -> Expr | None:
    """U diag(s^k) V^T."""
    if k.op == "const" and (k.data == 0 or k.data == -1 and alone):
        return _part(values, "one" if k.data == 0 else "inverse")
    made = matrix_power(_part(values, "square"), add(scale(S.Half, k), const(-S.Half)))
    return None if made is None else mul(_part(values, "itself"), made)


