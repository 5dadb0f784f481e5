"""Variables of given shapes, with values at which every dimension name has a size of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcalc.algebra.node import Expr, sym
from matcalc.book.sizes import ONE, dim
from matcalc.numbers.sampling.random_points import sample

SIZES = {"m": 3, "n": 4, "p": 2, "q": 5}



def symbols(shapes: Mapping[str, str]) -> dict[str, Expr]:
    made = {}
    for name, shape in shapes.items():
        rows, columns = ([dim(d) for d in shape.split()] + [ONE, ONE])[:2]
        made[name] = sym(name, (rows, columns), len(shape.split()))
    return made



def values_of(variables: Mapping[str, Expr], manner: str = "positive") -> dict[str, Any]:
    rng = np.random.default_rng(5)
    return {name: sample(v, SIZES, manner, rng) for name, v in variables.items()}
