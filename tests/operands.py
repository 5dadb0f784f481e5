"""Operands of the functions of the rule book, with values in their domains."""

from __future__ import annotations

from typing import Any

import numpy as np

from matcalc.algebra.node import Expr, sym
from matcalc.book import rules as rulebook
from matcalc.book.sizes import dim
from matcalc.numbers.sampling.random_points import sample

SIZES = {"m": 3, "n": 4, "p": 2, "q": 5}

PROPERTY = {"positive": "positive", "invertible": "invertible", "spd": "spd"}



def operands(rule: rulebook.Rule) -> list[Expr]:
    known = [PROPERTY[rule.domain]] if rule.domain in PROPERTY else []
    return [sym(p.name, (dim(p.shape[0]), dim(p.shape[1])), properties=known) for p in rule.params]



def values_of(variables: list[Expr], manner: str, seed: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {v.data.name: sample(v, SIZES, manner, rng) for v in variables}



def free(rule: rulebook.Rule) -> list[Expr]:
    return [sym(p.name, (dim(p.shape[0]), dim(p.shape[1]))) for p in rule.params]
