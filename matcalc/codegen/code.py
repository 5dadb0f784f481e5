"""Pieces of Python source that know how tightly they bind, and constants written with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from matcalc.scalars import S, Scalar

# `@` and `*` bind alike in Python; they have two levels here so that (A @ x)*y has its parentheses for the reader.
SUM: Final = 1
MATMUL: Final = 2
PRODUCT: Final = 3
SIGN: Final = 4
POWER: Final = 5
ATOM: Final = 6


class Code(NamedTuple):
    """Source of a value, and how tightly its outermost operator binds."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """The source where at least `level` is needed."""
        return self.text if self.level >= level else f"({self.text})"


def added(terms: Sequence[Code], signs: Sequence[bool]) -> Code:
    """The sum of terms, those with a sign subtracted."""
    if len(terms) == 1 and not signs[0]:
        return terms[0]
    first = f"-{terms[0].at(PRODUCT)}" if signs[0] else terms[0].at(SUM)
    rest = [f"{'-' if negative else '+'} {t.at(MATMUL)}" for t, negative in zip(terms[1:], signs[1:], strict=True)]
    return Code(" ".join([first, *rest]), SUM)


def scaled(minus: bool, above: Sequence[Code], below: Sequence[Code]) -> Code:
    """-above/below, each a product; the sign binds no tighter than a product, since sums pull it out."""
    code = multiplied(above) if above else Code("1")
    if below:
        code = Code(f"{code.at(PRODUCT)}/{multiplied(below).at(SIGN)}", PRODUCT)
    # -(A @ b): -A @ b would negate all of A.
    return Code("-" + code.at(PRODUCT), min(code.level, PRODUCT)) if minus else code


def multiplied(factors: Sequence[Code]) -> Code:
    """A product."""
    if len(factors) == 1:
        return factors[0]
    return Code("*".join([factors[0].at(PRODUCT), *(f.at(SIGN) for f in factors[1:])]), PRODUCT)


def tupled(items: Sequence[str]) -> str:
    """A tuple."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


class Signs(NamedTuple):
    """How a language writes numbers: powers, whole quotients, pi, square roots, the least of some, the exponent of a decimal, sqrt(-1)."""

    power: str = "**"
    quotient: str = "//"
    pi: str = "math.pi"
    root: str = "math.sqrt({0})"
    least: str = "min({0})"
    exponent: str = "e"
    imaginary: str = "1j"


SIGNS: Final = Signs()


class Constants:
    """Writes constants: numbers, pi, roots, and expressions of sizes, whose names `name` tells."""

    def __init__(self, name: Callable[[Scalar], str], signs: Signs) -> None:
        self.name, self.signs = name, signs

    def code(self, value: Scalar) -> Code:
        """Source of a constant."""
        if value.is_Symbol:
            return Code(self.name(value))
        if value.is_Integer:
            return Code(str(value), ATOM if value >= 0 else SIGN)
        if value.head == "Pi":
            return Code(self.signs.pi)
        if value.is_Add:
            terms = value.as_ordered_terms()
            signs = [bool(t.could_extract_minus_sign()) for t in terms]
            return added([self.code(-t if negative else t) for t, negative in zip(terms, signs, strict=True)], signs)
        if value.head == "Min":
            return Code(self.signs.least.format(", ".join(self.code(a).text for a in sorted(value.args, key=str))))
        if value.head == "ImaginaryUnit":
            return Code(self.signs.imaginary)
        if value.is_Mul or value.is_Pow or value.is_Rational:
            return scaled(*self.fraction(value))
        return Code(repr(float(value)).replace("e", self.signs.exponent), SIGN)

    def size(self, d: Scalar) -> Code:
        """Source of a size, which is an integer: n*(n + 1)//2."""
        whole, part = d.as_numer_denom()
        return self.code(d) if part is S.One else Code(f"{self.code(whole).at(PRODUCT)}{self.signs.quotient}{part}", PRODUCT)

    def fraction(self, value: Scalar) -> tuple[bool, list[Code], list[Code]]:
        """(negative, numerators, denominators) of a constant, without the factor 1."""
        minus, above, below = False, list[Code](), list[Code]()
        for factor in value.factors():
            if factor.is_Rational:
                minus = minus is not bool(factor < 0)
                above += [Code(str(abs(factor.p)))] if abs(factor.p) != 1 else []
                below += [Code(str(factor.q))] if factor.q != 1 else []
            elif factor.is_Pow:
                down = bool(factor.exp.could_extract_minus_sign())
                (below if down else above).append(self._power(factor.base, -factor.exp if down else factor.exp))
            else:
                above.append(self.code(factor))
        return minus, above, below

    def _power(self, base: Scalar, exponent: Scalar) -> Code:
        if exponent is S.One:
            return self.code(base)
        if exponent == S.Half:
            return Code(self.signs.root.format(self.code(base).text))
        return Code(f"{self.code(base).at(ATOM)}{self.signs.power}{self.code(exponent).at(ATOM)}", POWER)
