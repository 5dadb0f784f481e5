"""The equations of rules/stationary.toml as expressions, for operands that are put in."""

from __future__ import annotations

from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import substitute
from matcalc.book.properties import is_property
from matcalc.book.rules import Rule, find, per_book, read_param
from matcalc.book.sizes import SCALAR, Dim, dim
from matcalc.reading.alone import read_expression
from matcalc.reading.templates import parameters
from matcalc.stationary.solvable import Solvable, solvable


def letters(form: Solvable) -> dict[str, Expr]:
    """The letters of a form and its unknown as variables with what is declared of them."""
    found = {}
    for text in (*form.args, form.unknown):
        name, _, body = (part.strip() for part in text.partition(":"))
        words = body.split()
        shape = read_param(f"{name}: {' '.join(w for w in words if not is_property(w))}").shape
        found[name] = sym(name, (dim(shape[0]), dim(shape[1])), properties=frozenset(w for w in words if is_property(w)))
    return found


@per_book
def side(name: str, part: str) -> Expr:
    """The equation or the solution of a form, in its letters."""
    form = solvable()[name]
    names = letters(form)
    sizes = {str(d) for v in names.values() for d in v.shape if d.is_Symbol}
    return read_expression(getattr(form, part), names, dimensions=sizes, like=names[form.unknown.partition(":")[0].strip()].shape)


def solved(name: str, **operands: Expr) -> Expr:
    """The solution of a form for these operands."""
    names = letters(solvable()[name])
    sizes: dict[Dim, Dim] = {}
    for letter, value in operands.items():
        sizes |= {d: s for d, s in zip(names[letter].shape, value.shape, strict=True) if d.is_Symbol}
    return substitute(side(name, "solution"), dict(operands), sizes)


def needs(name: str) -> str:
    """What a form takes for granted beyond the properties of its letters, in words."""
    return solvable()[name].needs


def undone(rule: Rule, text: str, x: Expr, m: Expr | None = None) -> Expr:
    """A text of a rule in its first parameter, and in the number m, for an expression."""
    form = _text_of(rule.name, text)
    p = rule.params[0]
    sizes = {dim(d): s for d, s in zip(p.shape, x.shape, strict=True) if d != "1"}
    return substitute(form, {p.name: x, **({"m": m} if m is not None else {})}, sizes)


@per_book
def _text_of(name: str, text: str) -> Expr:
    rule = find(name)
    assert rule is not None
    return read_expression(text, {**parameters(rule), "m": sym("m", SCALAR)})
