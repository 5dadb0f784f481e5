"""Operands of the functions of the rule book, with values in their domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcalc.algebra.node import Expr, const, sym
from matcalc.book import rules as rulebook
from matcalc.book.sizes import dim
from matcalc.numbers.sampling.random_points import sample

SIZES = {"m": 3, "n": 4, "p": 2, "q": 5}

PROPERTY = {"positive": "positive", "invertible": "invertible", "spd": "spd"}



def operands(rule: rulebook.Rule) -> list[Expr]:
    known = [PROPERTY[rule.domain]] if rule.domain in PROPERTY else []
    return [operand(p, known) for p in rule.params]



def operand(p: rulebook.Param, known: list[str]) -> Expr:
    """A variable; of what counts, an index."""
    return const(2) if p.counts else sym(p.name, (dim(p.shape[0]), dim(p.shape[1])), properties=known)



def values_of(variables: list[Expr], manner: str, seed: int = 1, sizes: Mapping[str, int] = SIZES) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    # The letter that counts in identities.
    return {v.data.name: 2 if v.data.name == "k" else sample(v, sizes, manner, rng) for v in variables if v.op == "sym"}



def free(rule: rulebook.Rule) -> list[Expr]:
    return [operand(p, []) for p in rule.params]
