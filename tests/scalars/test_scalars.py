"""Monomials compute as SymPy does, and what is none is SymPy's: the same value, facts, spelling and parts."""

from __future__ import annotations

import math
import operator
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from matcalc.scalars import (
    Monomial,
    S,
    Scalar,
    as_scalar,
    expand,
    factored,
    floor,
    integer,
    is_at_most,
    is_less,
    product,
    rational,
    size_name,
    tidy,
    total,
)
from matcalc.scalars.beyond import _of_expression
from matcalc.scalars.monomial import KEPT

NAMES: Final = ("m", "n", "n_1", "p")
FACTS: Final = (
    "is_Integer is_Rational is_Number is_Symbol is_Atom is_Add is_Mul is_Pow is_Float is_number is_positive is_negative is_nonnegative"
    " is_nonpositive is_zero is_nonzero"
).split()
OPERATIONS: Final = (operator.add, operator.sub, operator.mul, operator.truediv)


@st.composite
def monomials(draw: st.DrawFn) -> Scalar:
    made: Scalar = rational(draw(st.integers(-12, 12)), draw(st.integers(1, 9)))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True)):
        made = made * size_name(name) ** rational(draw(st.integers(-4, 4)), draw(st.integers(1, 3)))
    return made


@st.composite
def scalars(draw: st.DrawFn) -> Scalar:
    first = draw(monomials())
    if draw(st.booleans()):
        return first
    made: Scalar = draw(st.sampled_from(OPERATIONS[:3]))(first, draw(monomials()))
    return made


def agrees(ours: Scalar, theirs: Any) -> bool:
    there_and_back = as_scalar(theirs)
    return bool(ours.as_sympy() == theirs) and str(ours) == str(theirs) and there_and_back == ours and hash(there_and_back) == hash(ours)


@settings(max_examples=150, deadline=None)
@given(scalars(), scalars(), st.sampled_from(OPERATIONS))
def test_operations_are_those_of_sympy(a: Scalar, b: Scalar, operation: Callable[[Any, Any], Any]) -> None:
    if operation is operator.truediv and not b:
        return
    assert agrees(operation(a, b), operation(a.as_sympy(), b.as_sympy()))


@settings(max_examples=150, deadline=None)
@given(scalars(), st.integers(-4, 4), st.integers(1, 3))
def test_powers_are_those_of_sympy(a: Scalar, above: int, below: int) -> None:
    if not a and above < 0:
        return
    assert agrees(a ** rational(above, below), a.as_sympy() ** sympy.Rational(above, below))


@settings(max_examples=150, deadline=None)
@given(scalars())
def test_facts_spelling_and_parts_are_those_of_sympy(a: Scalar) -> None:
    e = a.as_sympy()
    assert agrees(a, e)
    assert {fact: getattr(a, fact) for fact in FACTS} == {fact: getattr(e, fact) for fact in FACTS}
    assert [f.as_sympy() for f in a.factors()] == list(sympy.Mul.make_args(e))
    if not a.is_Rational or a.is_Integer:
        assert [part.as_sympy() for part in a.args] == list(e.args)
    assert tuple(part.as_sympy() for part in a.as_numer_denom()) == e.as_numer_denom()
    assert tuple(part.as_sympy() for part in a.as_coeff_Mul()) == e.as_coeff_Mul()
    assert {s.as_sympy() for s in a.free_symbols} == e.free_symbols
    assert a.could_extract_minus_sign() == e.could_extract_minus_sign()
    assert [t.as_sympy() for t in a.as_ordered_terms()] == e.as_ordered_terms()
    assert (-a).as_sympy() == -e
    assert abs(a).as_sympy() == abs(e)
    assert bool(a) == (e != 0)


@settings(max_examples=100, deadline=None)
@given(monomials())
def test_what_is_said_of_whole_numbers_holds_in_sympy(a: Scalar) -> None:
    e = a.as_sympy()
    for fact in ("is_integer", "is_even", "is_odd"):
        known = getattr(a, fact)
        assert known is None or getattr(e, fact) in (known, None)
        assert known is not None or getattr(e, fact) is not True


@settings(max_examples=100, deadline=None)
@given(scalars(), monomials(), st.sampled_from(NAMES))
def test_replacement_is_that_of_sympy(a: Scalar, b: Scalar, name: str) -> None:
    symbol = size_name(name)
    if b.is_positive:
        assert as_scalar(a.as_sympy().xreplace({symbol.as_sympy(): b.as_sympy()})) == a.xreplace({symbol: b})
    assert as_scalar(a.as_sympy().subs({symbol.as_sympy(): 4})) == a.subs({symbol: 4})


@settings(max_examples=100, deadline=None)
@given(st.lists(scalars(), min_size=1, max_size=4))
def test_several_at_once(parts: list[Scalar]) -> None:
    theirs = [p.as_sympy() for p in parts]
    assert agrees(product(*parts), sympy.Mul(*theirs))
    assert agrees(total(*parts), sympy.Add(*theirs))
    assert agrees(factored(total(*parts)), sympy.factor_terms(sympy.Add(*theirs)))
    assert agrees(expand(product(*parts)), sympy.expand(sympy.Mul(*theirs)))


@settings(max_examples=150, deadline=None)
@given(scalars(), scalars())
def test_what_is_known_to_be_less_is_less_wherever_names_are_positive(a: Scalar, b: Scalar) -> None:
    difference = b.as_sympy() - a.as_sympy()
    if is_less(a, b):
        assert all(difference.subs(dict.fromkeys(difference.free_symbols, k)) > 0 for k in (1, 2, 7))
    if is_at_most(a, b):
        assert all(difference.subs(dict.fromkeys(difference.free_symbols, k)) >= 0 for k in (1, 2, 7))
    assert is_less(a, b) or not difference.is_Rational or not difference > 0


@given(st.fractions(max_denominator=50), st.fractions(max_denominator=50))
def test_numbers_are_compared_and_rounded_as_numbers(a: Any, b: Any) -> None:
    ours = [rational(c.numerator, c.denominator) for c in (a, b)]
    assert (ours[0] < ours[1], ours[0] <= ours[1], ours[0] > ours[1], ours[0] >= ours[1]) == (a < b, a <= b, a > b, a >= b)
    assert (int(ours[0]), float(ours[0]), int(floor(ours[0]))) == (int(a), float(a), a.__floor__())
    assert (ours[0] == ours[1]) == (a == b)


def test_what_is_too_large_for_a_float_is_infinite() -> None:
    assert float(integer(10) ** 400) == math.inf == -float(-(integer(10) ** 400))
    assert float(integer(10) ** -400) == 0


def test_equal_scalars_are_one() -> None:
    n = size_name("n")
    assert (n + 1) - 1 == n
    assert isinstance((n + 1) - n, Monomial)
    assert (n + 1) - n is S.One
    assert integer(3) in {3}
    assert 3 in {integer(3): ""}
    assert 2**S.Half * 2**S.Half == 2
    assert n**S.Half * n**S.Half is n
    assert rational(1, 2) is S.Half


def test_equal_scalars_are_one_however_many_others_came_between() -> None:
    size, half, more = size_name("size"), size_name("size") / 7, size_name("size") + 1
    others = [integer(k) / 101 for k in range(KEPT + 300)]
    assert size_name("size") is size
    assert size_name("size") / 7 is half
    assert half not in others
    _of_expression.cache_clear()
    assert size_name("size") + 1 is more


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", "12"), ("2/6", "1/3"), ("0.25", "1/4"), ("1.5e-3", "3/2000"), ("2e3", "2000"), ("-.5", "-1/2")],
)
def test_numbers_as_they_are_written(text: str, value: str) -> None:
    assert str(rational(text)) == value


@pytest.mark.parametrize("text", ["x", "", "1/x", "nan", "1e", "1.2.3"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        rational(text)


def test_sums_that_differ_in_sign_are_one() -> None:
    n = size_name("n")
    assert tidy((1 - n) / (n - 1)) == -1
    assert tidy(n + 1) == n + 1


def test_pickled() -> None:
    for value in (size_name("n") / 2, size_name("n") + 1):
        assert pickle.loads(pickle.dumps(value)) == value


def test_only_what_deals_with_sympy_imports_it() -> None:
    """The engine computes with scalars; SymPy's own expressions are read in objects and written in printing, and bounded in convexity."""
    allowed = {
        "scalars/beyond.py", "objects/from_sympy.py", "objects/sympy_sums.py", "printing/sympy_source/nodes.py",
        "printing/sympy_source/source.py", "convexity/growth.py", "convexity/scalars.py", "convexity/signs.py",
    }  # fmt: skip
    package = ROOT / "matcalc"
    found = {str(f.relative_to(package)) for f in package.rglob("*.py") if re.search(r"^ *(from|import) sympy\b", f.read_text(), re.M)}
    assert found <= allowed


def test_monomials_do_without_sympy() -> None:
    program = "import sys; from matcalc.scalars import size_name as s; print(3*s('m')**2/s('n') - s('m')**2/s('n'), 'sympy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert told == "2*m**2/n False\n"
