"""The strings of the rule book as expressions: a differential, a derivative, a meaning, each read once for a book.

They are expressions in the parameters of the rule, whose dimension names are sizes, and in their increments dA, dx, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcalc.algebra.node import Expr, const, sym, zeros
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.algebra.walk import substitute
from matcalc.book import rules as rulebook
from matcalc.book.rules import Rule, per_book
from matcalc.book.sizes import ONE, Dim, Shape, dim, show, size_from, times
from matcalc.errors import MatcalcError, UsageError
from matcalc.scalars import imaginary_unit


@per_book
def template(name: str, field: str) -> Expr:
    """A rule's string as an expression in its parameters and their increments: that of `derivative`, `d`, `means`, ...

    Raises UsageError, with the place of the rule, for one that cannot be read or has not the shape of the value.
    """
    rule = rulebook.find(name)
    assert rule is not None
    form = expression(rule, field, getattr(rule, field))
    wanted = shape_of_value(rule)
    if field == "jacobian":
        wanted = (times(*wanted), times(*map(dim, rule.params[-1 if rule.adjoint else 0].shape)))
    if form.shape != wanted:
        raise UsageError(f"{rule.place}: {field} of {rule.name} has shape {show(form.shape)}, it must have {show(wanted)}")
    return form


def expression(rule: Rule, field: str, text: str) -> Expr:
    """A text over the parameters of a rule and their increments.

    Raises UsageError where it cannot be read; it names the place of the rule and the field that the text is from.
    """
    return _read(rule, field, text, parameters(rule) | increments(rule))


def _read(rule: Rule, field: str, text: str, names: Mapping[str, Expr]) -> Expr:
    from matcalc.reading.alone import read_expression  # products, inverses and traces need no text of the book

    try:
        return read_expression(text, names)
    except MatcalcError as error:
        raise UsageError(f"{rule.place}: {field} of {rule.name}: {error.message}", error.span, error.source, error.hint) from None


def parameters(rule: Rule) -> dict[str, Expr]:
    """The parameters of a rule by name, as variables."""
    return {p.name: sym(p.name, (dim(p.shape[0]), dim(p.shape[1]))) for p in rule.params}


def increments(rule: Rule) -> dict[str, Expr]:
    """The increments of the parameters by name, such as dA, as variables."""
    return {f"d{name}": sym(f"d{name}", v.shape) for name, v in parameters(rule).items()}


def shape_of_value(rule: Rule) -> Shape:
    """The shape of a rule's value, in the dimension names of its parameters."""
    rows, columns = (size_from(size, {}) for size in rule.value)
    return rows, columns



def instance(rule: Rule, field: str, args: Sequence[Expr], moved: Mapping[int, Expr] | None = None) -> Expr:
    """A rule's string for these operands, and for these increments of them by position; the other increments are zero.

    A rule for columns serves rows as well, turned.
    """
    form = template(rule.name, field)
    made, is_turned = _filled(rule, form, args, moved or {})
    return transpose(made) if is_turned and not made.is_scalar and field != "jacobian" else made


@per_book
def _complex_form(name: str) -> Expr:
    rule = rulebook.find(name)
    assert rule is not None
    conjugates = {f"c{p}": sym(f"c{p}", v.shape) for p, v in parameters(rule).items()}
    return _read(rule, "complex", rule.complex, parameters(rule) | conjugates | {"j": const(imaginary_unit())})


def complex_instance(rule: Rule, args: Sequence[Expr], conjugates: Sequence[Expr]) -> Expr:
    """What a function of complex operands is in terms of them and of their conjugates."""
    made, is_turned = _filled(rule, _complex_form(rule.name), args, {}, dict(enumerate(conjugates)))
    return transpose(made) if is_turned and not made.is_scalar else made


@per_book
def _told(name: str, text: str) -> Expr:
    rule = rulebook.find(name)
    assert rule is not None
    return expression(rule, "assumes", text)


def part_of(rule: Rule, text: str, args: Sequence[Expr] | None = None) -> Expr:
    """An expression of a rule in its parameters, or for these operands."""
    form = _told(rule.name, text)
    return form if args is None else _filled(rule, form, args, {})[0]


def instance_of(rule: Rule, text: str, args: Sequence[Expr]) -> Expr:
    """An expression in the parameters of a rule for these operands."""
    return _filled(rule, _told(rule.name, text), args, {})[0]


def _filled(
    rule: Rule, form: Expr, args: Sequence[Expr], given: Mapping[int, Expr], conjugates: Mapping[int, Expr] | None = None
) -> tuple[Expr, bool]:
    """A form over the parameters of a rule with operands and increments put in, and whether a row stood for a column."""
    turned = [p.shape[1] == "1" and a.shape[0] is ONE and not a.is_scalar for p, a in zip(rule.params, args, strict=True)]
    values: dict[str, Expr] = {}
    sizes: dict[Dim, Dim] = {}
    for k, (p, a) in enumerate(zip(rule.params, args, strict=True)):
        change = given.get(k, zeros(*a.shape))
        values[p.name], values[f"d{p.name}"] = (transpose(a), transpose(change)) if turned[k] else (a, change)
        if conjugates is not None:
            values[f"c{p.name}"] = transpose(conjugates[k]) if turned[k] else conjugates[k]
        sizes |= dict(zip(map(dim, p.shape), values[p.name].shape, strict=True))
    return substitute(form, values, sizes), any(turned)


def opened(e: Expr) -> Expr | None:
    """A linear or bilinear function of the rule book in simpler terms: what it means, or its differential at itself.

    None for what is no such function.
    """
    rule = rulebook.find(e.op) if e.args else None
    if rule is None or rule.kind not in ("linear", "bilinear") or e.has_complex and rule.complex:
        return None
    if rule.means:
        return instance(rule, "means", e.args)
    return instance(rule, "d", e.args, {0: e.args[0]}) if rule.d else None
