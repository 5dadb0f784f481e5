"""Functions by their names again, where a request speaks of them: mean(x) for sum(x)/n, where that is shorter.

The normal form has what a law makes of such a function, so that equal expressions meet; the answer to a request that says mean
says mean as well. What comes out is for the eye and for code: rebuilding it gives the normal form again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from matcalc.algebra import add, fun, had, mul, rebuild, scale, transpose
from matcalc.algebra.node import Expr, node, split_coefficient, split_product, sym
from matcalc.algebra.normal_form.functions import value_shape
from matcalc.algebra.normal_form.laws import rewritten
from matcalc.algebra.operations import OPERATIONS
from matcalc.algebra.walk import in_order
from matcalc.book.rules import Rule, find, per_book
from matcalc.book.sizes import ONE, dim
from matcalc.simplify.identities import HEADS, Bindings, Identity, apply
from matcalc.simplify.simplify import collect

MAX_TERMS: Final = 8


class Naming(Identity):
    """What a law makes of a function of any arguments => the function, as a node that no law has seen."""

    def made(self, b: Bindings) -> Expr:
        """The function of what its parameters stand for."""
        rule = find(self.name.removesuffix("^T"))
        assert rule is not None
        args = tuple(had(*(b.values[name] for name in names_of(p.name) if name in b.values)) for p in rule.params)
        named = node(rule.name, args, None, value_shape(rule, args))
        return transpose(named) if self.name.endswith("^T") else named


@per_book
def _namings(names: frozenset[str]) -> tuple[Naming, ...]:
    """How functions are recognised that a law takes apart whatever their arguments are."""
    rules = [rule for name in sorted(names - set(OPERATIONS)) if (rule := find(name)) is not None]
    return tuple(naming for rule in rules for naming in _namings_of(rule))


def names_of(parameter: str) -> Sequence[str]:
    """The letters that stand for an argument, and for the two factors of one."""
    return parameter, f"{parameter}1", f"{parameter}2"


def _namings_of(rule: Rule) -> Iterator[Naming]:
    """The pattern of a function, of its transpose, of elementwise products, and, of one whose value is a number, of columns."""
    shapes = [(dim(p.shape[0]), dim(p.shape[1])) for p in rule.params]
    params = [sym(p.name, shape) for p, shape in zip(rule.params, shapes, strict=True)]
    if rewritten(rule.name, params) is None:
        return
    left = fun(rule.name, *params)
    yield from _naming(rule.name, left, rule)
    if left.op == "mul" and not left.is_scalar and transpose(left) is not left:
        yield from _naming(f"{rule.name}^T", transpose(left), rule)
    if len(params) == 1:
        others = {(shapes[0][0], ONE)} if left.is_scalar else set()
        for shape in {shapes[0], *others}:
            factors = [sym(name, shape) for name in names_of(rule.params[0].name)[1:]]
            of_product = fun(rule.name, had(*factors))
            yield from _naming(rule.name, of_product, rule)
            yield from (naming for other in _by_diagonal(of_product) for naming in _naming(rule.name, other, rule))


def _by_diagonal(e: Expr) -> Iterator[Expr]:
    """c*(A.*B)*1 as c*diagv(A*B^T)."""
    c, scalars, mats = split_product(e)
    if not scalars and [f.op for f in mats] == ["had", "ones"] and len(mats[0].args) == 2:
        a, b = mats[0].args
        yield scale(c, fun("diagv", mul(a, transpose(b))))


def _naming(name: str, left: Expr, rule: Rule) -> Iterator[Naming]:
    """A left side that tells every letter, where a law has made something else of the function."""
    letters = frozenset(n.data.name for n in in_order([left]) if n.op == "sym")
    if left.op != rule.name and all(letters & set(names_of(p.name)) for p in rule.params):
        yield Naming(name, left, left, rule.source, letters)


def named(e: Expr, names: frozenset[str]) -> Expr:
    """The expression with functions of these names wherever one is shorter than what it stands for."""
    namings = _namings(names)
    if not namings:
        return e
    done: dict[Expr, Expr] = {}
    for n in in_order([e]):
        args = tuple(done[a] for a in n.args)
        made = _shortest(n if args == n.args else rebuild(n, args), namings)
        done[n] = made if made is n or made.op != "add" else min(made, collect(made), key=lambda e: e.weight)
    return done[e]


def _shortest(e: Expr, namings: Sequence[Naming]) -> Expr:
    """An expression with the names that shorten it, one after the other."""
    while True:
        fitting = [naming for naming in namings if e.op in HEADS.get(naming.left.op, (naming.left.op,))]
        options = [made for naming in fitting if (made := apply(naming, e)) is not None]
        options = [made for made in (*options, *_multiplied_in(e, namings)) if made.weight < e.weight]
        if not options:
            return e
        e = min(options, key=lambda made: made.weight)


def _multiplied_in(e: Expr, namings: Sequence[Naming]) -> Sequence[Expr]:
    """A constant times a sum as a sum, (u + sum(a)*v)/n as u/n + mean(a)*v."""
    c, rest = split_coefficient(e)
    if e.op != "mul" or rest.op != "add" or len(rest.args) > MAX_TERMS:
        return ()
    return (add(*(_shortest(scale(c, t), namings) for t in rest.args)),)
