"""What the rule book says of curvature, against chords and ordered arguments; and what is refused of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcalc.book.rules import Rule, find, in_use, use
from matcalc.calculus.rule_curvature import check_curvature
from matcalc.errors import UsageError

TOLD = [r for r in in_use().functions.values() if r.curvature or r.monotone or r.range or r.keeps_entries or r.in_exponentials]


@pytest.mark.parametrize("rule", TOLD, ids=lambda r: r.name)
def test_what_the_book_says_of_curvature(rule: Rule) -> None:
    check_curvature(rule)


WRONG = [
    ("abs", {"curvature": (("", "concave"),)}, "not concave"),
    ("logdet", {"curvature": (("spd", "convex"),)}, "not convex"),
    ("sqrtm", {"curvature": (("spd", "matrix convex"),)}, "not matrix convex"),
    ("relu", {"range": "[1, inf)"}, "outside of its range"),
    ("tanh", {"monotone": "decreasing"}, "not decreasing"),
    ("var", {"keeps_entries": True}, "outside of the entries"),
    ("cosh", {"in_exponentials": "exp(x)"}, "in exponentials"),
    ("abs", {"curvature": (("", "bent"),)}, "the curvature 'bent'"),
    ("abs", {"range": "positive"}, "no interval"),
    ("abs", {"monotone": "up"}, "monotone = 'up'"),
    ("normp", {"curvature": (("q >= 1", "convex"),)}, "neither a property nor a relation"),
]


@pytest.mark.parametrize(("name", "changed", "why"), WRONG, ids=lambda v: v if isinstance(v, str) else "")
def test_what_numbers_refute_is_refused(name: str, changed: dict[str, object], why: str) -> None:
    rule = find(name)
    assert rule is not None
    wrong = replace(rule, **changed)  # type: ignore[arg-type]
    with use(in_use().with_rules(wrong)), pytest.raises(UsageError, match=why):
        check_curvature(wrong)
