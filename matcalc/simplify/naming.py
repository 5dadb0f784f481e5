"""Functions by their names again, where a request speaks of them: mean(x) for sum(x)/n, where that is shorter.

The normal form has what a law makes of such a function, so that equal expressions meet; the answer to a request that says mean
says mean as well. What comes out is for the eye and for code: rebuilding it gives the normal form again.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.algebra import fun, rebuild, transpose
from matcalc.algebra.node import Expr, node, sym
from matcalc.algebra.normal_form.functions import value_shape
from matcalc.algebra.normal_form.laws import rewritten
from matcalc.algebra.operations import OPERATIONS
from matcalc.algebra.walk import in_order
from matcalc.book.rules import Rule, find, per_book
from matcalc.book.sizes import dim
from matcalc.simplify.identities import HEADS, Bindings, Identity, apply


class Naming(Identity):
    """What a law makes of a function of any arguments => the function, as a node that no law has seen."""

    def made(self, b: Bindings) -> Expr:
        """The function of what its parameters stand for."""
        rule = find(self.name.removesuffix("^T"))
        assert rule is not None
        args = tuple(b.values[p.name] for p in rule.params)
        named = node(rule.name, args, None, value_shape(rule, args))
        return transpose(named) if self.name.endswith("^T") else named


@per_book
def _namings(names: frozenset[str]) -> tuple[Naming, ...]:
    """How functions are recognised that a law takes apart whatever their arguments are."""
    rules = [rule for name in sorted(names - set(OPERATIONS)) if (rule := find(name)) is not None]
    return tuple(naming for rule in rules for naming in _namings_of(rule))


def _namings_of(rule: Rule) -> Sequence[Naming]:
    params = tuple(sym(p.name, (dim(p.shape[0]), dim(p.shape[1]))) for p in rule.params)
    if rewritten(rule.name, params) is None:
        return ()
    left, letters = fun(rule.name, *params), frozenset(p.name for p in rule.params)
    held = {n for n in in_order([left]) if n.op == "sym"}
    if not held.issuperset(params):
        return ()
    found = [Naming(rule.name, left, left, rule.source, letters)]
    if left.op == "mul" and not left.is_scalar and transpose(left) is not left:
        found.append(Naming(f"{rule.name}^T", transpose(left), transpose(left), rule.source, letters))
    return found


def named(e: Expr, names: frozenset[str]) -> Expr:
    """The expression with functions of these names wherever one is shorter than what it stands for."""
    namings = _namings(names)
    if not namings:
        return e
    done: dict[Expr, Expr] = {}
    for n in in_order([e]):
        args = tuple(done[a] for a in n.args)
        done[n] = _shortest(n if args == n.args else rebuild(n, args), namings)
    return done[e]


def _shortest(e: Expr, namings: Sequence[Naming]) -> Expr:
    """An expression with the names that shorten it, one after the other."""
    while True:
        fitting = [naming for naming in namings if e.op in HEADS.get(naming.left.op, (naming.left.op,))]
        options = [made for naming in fitting if (made := apply(naming, e)) is not None and made.weight < e.weight]
        if not options:
            return e
        e = min(options, key=lambda made: made.weight)
