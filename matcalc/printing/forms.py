"""Forms: what a reader sees of a formula, before a notation gives it characters, and how they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from matcalc.book.operators import ATOM, BY_NAME
from matcalc.records import dataclass

SUM: Final = BY_NAME["add"].precedence
PRODUCT: Final = BY_NAME["multiply"].precedence
NUMERATOR: Final = PRODUCT + 1
FACTOR: Final = BY_NAME["negate"].precedence
POSTFIX: Final = BY_NAME["power"].precedence

LEVELS: Final[dict[str, int]] = {
    "sum": SUM,
    "negative": SUM,
    "had": PRODUCT,
    "quotient": PRODUCT,
    "frobenius": PRODUCT,
    "product": NUMERATOR,
    "power": POSTFIX,
    "epower": POSTFIX,
    "transpose": POSTFIX,
    "inverse_transpose": POSTFIX,
    "adjoint": POSTFIX,
    "inverse_adjoint": POSTFIX,
}


@dataclass(frozen=True, eq=False)
class Form:
    """A part of a formula as it is shown.

    `kind` is one of sum (data: which terms are subtracted), negative, product, quotient, had (data: how many factors
    are multiplied; the rest divide), frobenius (A : B), power, epower, sqrt (data: whether elementwise), transpose, inverse_transpose,
    adjoint (the conjugate transpose), inverse_adjoint,
    name, increment (of what its part is), number, half (an exponent; data: numerator and denominator), identity, constant
    (eye, ones, zeros, comm of given sizes), unit, unit_row, slice (data: for rows and columns the ends of a range or None),
    apply (data: function), call, entry, array, block_diagonal, and in index form indexed (data: labels), delta, fused_delta (a label and
    what its parts make), summation (data: label).
    `cost` is the number of tokens that it takes in the plain text; an elementwise product `of_columns` is diag(u)*v too.
    """

    kind: str
    parts: tuple[Form, ...] = ()
    data: Any = None
    cost: int = 1
    of_columns: bool = False

    @property
    def level(self) -> int:
        """How tightly the plain notation binds it."""
        return LEVELS.get(self.kind, ATOM)

    def cost_in(self, level: int) -> int:
        """The tokens where at least `level` is needed, parentheses included."""
        return self.cost + (2 if self.level < level else 0)


Signed = tuple[bool, Form]


def name(text: str) -> Form:
    return Form("name", (), text)


def increment(form: Form) -> Form:
    """dx, d(A*x - b)."""
    return Form("increment", (form,), None, 1 if form.kind == "name" else form.cost + 3)


def joined(kind: str, parts: Sequence[Form], data: Any = None) -> Form:
    """A product or elementwise product of at least one part."""
    if len(parts) == 1 and data in (None, 1):
        return parts[0]
    return Form(kind, tuple(parts), data, sum(p.cost_in(FACTOR) for p in parts) + len(parts) - 1)


def paired(left: Form, right: Form) -> Form:
    """left : right, the Frobenius product."""
    return Form("frobenius", (left, right), None, left.cost_in(PRODUCT) + 1 + right.cost_in(PRODUCT))


def quotient(numerators: Sequence[Form], denominators: Sequence[Form]) -> Form:
    """numerators / denominators, each a product."""
    top = joined("product", numerators) if numerators else number(1)
    if not denominators:
        return top
    bottom = joined("product", denominators)
    return Form("quotient", (top, bottom), None, top.cost_in(numerator_level(top)) + 1 + bottom.cost_in(FACTOR))


def numerator_level(top: Form) -> int:
    """What a numerator needs: x.*y/2 reads the same both ways, x./y/2 does not."""
    return PRODUCT if top.kind == "had" and top.data == len(top.parts) else NUMERATOR


def number(value: int | str) -> Form:
    return Form("number", (), str(value))


def signed_sum(terms: Sequence[Signed]) -> Signed:
    """The sum with its positive terms first, x before its increment dx; the sign of the whole is never pulled out."""
    if len(terms) == 1:
        return terms[0]
    moving = {f"d{form.data}" for _, form in terms if form.kind == "name"}
    ordered = sorted(terms, key=lambda t: (t[0], t[1].kind == "name" and t[1].data in moving))
    cost = sum(form.cost_in(PRODUCT) for _, form in ordered) + len(ordered) - 1 + ordered[0][0]
    return False, Form("sum", tuple(form for _, form in ordered), tuple(minus for minus, _ in ordered), cost)


def unsigned(signed: Signed) -> Form:
    minus, form = signed
    return Form("negative", (form,), None, form.cost_in(PRODUCT) + 1) if minus else form


def raised(kind: str, base: Form, exponent: Form) -> Form:
    return Form(kind, (base, exponent), None, base.cost_in(ATOM) + 1 + exponent.cost + (0 if is_plain_exponent(exponent) else 2))


def is_plain_exponent(form: Form) -> bool:
    """An exponent that is written without parentheses: 2, k, -1, but not T, the transpose, nor x[1], of which only x could be it."""
    inner = form.parts[0] if form.kind == "negative" else form
    return inner.level == ATOM and inner.kind not in ("slice", "entry") and not (inner.kind == "name" and inner.data == "T")


def turned(form: Form) -> Form:
    """The transpose; that of a conjugate is A^H, that of A^H the conjugate."""
    if is_conjugate(form):
        return adjoint(form.parts[0])
    if form.kind == "adjoint":
        return conjugated(form.parts[0])
    return Form("transpose", (form,), None, form.cost_in(ATOM) + 2)


def adjoint(form: Form) -> Form:
    """A^H; that of a conjugate is the transpose."""
    if is_conjugate(form):
        return turned(form.parts[0])
    return Form("adjoint", (form,), None, form.cost_in(ATOM) + 2)


def conjugated(form: Form) -> Form:
    """conj(A); that of A^T is A^H, that of A^H is A^T."""
    if form.kind in ("transpose", "adjoint"):
        return (adjoint if form.kind == "transpose" else turned)(form.parts[0])
    return form.parts[0] if is_conjugate(form) else applied(CONJUGATE, [form])


def is_conjugate(form: Form) -> bool:
    return form.kind == "apply" and form.data == CONJUGATE


CONJUGATE: Final = "conj"
# The function that keeps the entries of a triangle, by its side and whether its diagonal is halved.
TRIANGLES: Final = {("lower", False): "tril", ("upper", False): "triu", ("lower", True): "halftril", ("upper", True): "halftriu"}
# halftriu(A) is written halftril(A^T)^T, by the function of the literature (Murray 2016).
TURNED: Final = {("upper", True): "halftril"}


def applied(function: str, parts: Sequence[Form]) -> Form:
    return Form("apply", tuple(parts), function, sum(p.cost for p in parts) + len(parts) + 2)


def block_diagonal(parts: Sequence[Form]) -> Form:
    """The matrix with these blocks on its diagonal."""
    return Form("block_diagonal", tuple(parts), None, sum(p.cost for p in parts) + len(parts) + 2)


def square_root(form: Form, elementwise: bool = False) -> Form:
    return Form("sqrt", (form,), elementwise, form.cost + 3)


def is_half(form: Form) -> bool:
    return form.kind == "half" and form.data == (1, 2)


def inverted(form: Form) -> Form:
    """form^-1, or form^-T of a transpose, form^-H of a conjugate transpose."""
    if form.kind in ("transpose", "adjoint"):
        inner = form.parts[0]
        return Form(f"inverse_{form.kind}", (inner,), None, inner.cost_in(ATOM) + 3)
    return raised("power", form, unsigned((True, number(1))))


def with_diagonals(root: Form) -> Form:
    """The formula with diag(u)*v for every elementwise product u.*v of columns."""
    done: dict[int, Form] = {}
    pending: list[tuple[Form, bool]] = [(root, False)]
    while pending:
        form, ready = pending.pop()
        if not ready:
            pending.append((form, True))
            pending += [(p, False) for p in form.parts if id(p) not in done]
            continue
        parts = tuple(done[id(p)] for p in form.parts)
        if form.kind == "had" and form.of_columns:
            done[id(form)] = _as_diagonal(form, parts)
        elif form.kind == "product":
            opened = [new.parts if old.kind == "had" != new.kind else (new,) for old, new in zip(form.parts, parts, strict=True)]
            done[id(form)] = joined("product", [p for parts in opened for p in parts])
        else:
            done[id(form)] = replace(form, parts=parts)
    return done[id(root)]


def _as_diagonal(form: Form, parts: tuple[Form, ...]) -> Form:
    """The factor that is a name or a product is the vector, the others stand on the diagonal."""
    times, over = list(parts[: form.data]), list(parts[form.data :])
    if len(times) < 2:
        return replace(form, parts=parts)
    at = next((k for k, f in enumerate(times) if f.kind in ("name", "product", "transpose")), len(times) - 1)
    vector = times.pop(at)
    diagonal = applied("diag", [joined("had", [*times, *over], len(times))])
    return joined("product", [diagonal, *(vector.parts if vector.kind == "product" else [vector])])
