"""Complex variables: Z and conj(Z) as two variables of one differential, df = tr(A^T dZ) + tr(B^T dconj(Z)).

A function is written with a name of its own for conj(Z), and what is no holomorphic function in terms of both, as the rule book says:
|z| = (z conj(z))^(1/2). Then everything is holomorphic in the two, every rule stands as it is, and the name is replaced again.
Source: Brandwood, IEE Proc. F 130 (1983); Hjørungnes, Complex-Valued Matrix Derivatives (2011), chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from matcalc.algebra import add, conjugate, is_real, mul, rebuild
from matcalc.algebra.node import COMPLEX, Expr, const, sym
from matcalc.algebra.operations import OPERATIONS
from matcalc.algebra.walk import depends, in_order, substitute
from matcalc.book.rules import HOLOMORPHIC, find, in_complex
from matcalc.book.sizes import SCALAR, show
from matcalc.calculus.adjoint import Jacobian
from matcalc.errors import NotDifferentiable, UsageError
from matcalc.index.lower import Term
from matcalc.reading.request import Request
from matcalc.reading.templates import complex_instance
from matcalc.scalars import S, Scalar, imaginary_part, imaginary_unit, integer

CONJUGATE: Final = "conjugate"
GRADIENT: Final = "gradient"
# (of d/dZ, of d/dconj(Z)) in what a derivative is: d/d real(Z) is the sum of the two, d/d imag(Z) is 1j times their difference.
PARTS: Final[Mapping[str, Callable[[], tuple[Scalar, Scalar]]]] = {
    "": lambda: (S.One, S.Zero),
    CONJUGATE: lambda: (S.Zero, S.One),
    "real": lambda: (S.One, S.One),
    "imaginary": lambda: (imaginary_unit(), -imaginary_unit()),
    GRADIENT: lambda: (S.Zero, integer(2)),
}
DIFFERENTIAL: Final = "the differential form shows the derivative by dZ and conj(dZ): --form differential"
MARK: Final = "\u203e"
UNIT: Final = "1j" + MARK


def components_of(read: Request, x: Expr) -> tuple[str, ...]:
    """What of x, and of the second variable, a request differentiates by."""
    if not read.components:
        return ()
    second = read.components[len(read.wrt)] if read.wrt2 is not None else ""
    return read.components[read.wrt.index(x)], second


def is_complex(x: Expr) -> bool:
    """Whether a variable is complex."""
    return x.op == "sym" and x.has_complex


def is_holomorphic(e: Expr, x: Expr) -> bool:
    """Whether no conjugate, and no function that needs one, stands between x and a function: then every rule of real numbers holds."""
    moving = [n for n in depends(e, x) if n.has_complex]
    rules = [find(n.op) for n in moving]
    return all(n.op != "conj" and (r is None or in_complex(r) in HOLOMORPHIC) for n, r in zip(moving, rules, strict=True))


def refuse_conjugates(told: str, exprs: Sequence[Expr], by: Sequence[Expr]) -> None:
    """Refuse what would take an increment for its own conjugate.

    Raises UsageError.
    """
    if any(e.has_complex and not is_holomorphic(e, x) for e in exprs for x in by):
        raise UsageError(f"{told} in which conjugates vary cannot be told yet", hint=DIFFERENTIAL)


def conjugate_name(x: Expr) -> Expr:
    """The variable that stands for the conjugate of x."""
    return sym(x.data.name + MARK, x.shape, x.data.ndim, (COMPLEX,))


class ConjugateNames:
    """Names for the conjugates of variables, put in and taken out.

    Where a real variable varies, the conjugates of all others have names, and so has 1j: (u conj(u))^(1/2) must not be read as |u| at once.
    """

    def __init__(self, *variables: Expr) -> None:
        self.variables = tuple(dict.fromkeys(variables))
        self.names = {x: conjugate_name(x) for x in self.variables if is_complex(x)}
        self.names_all = len(self.names) < len(self.variables)
        self._moving: dict[Expr, bool] = dict.fromkeys(self.variables, True)
        self._done: dict[tuple[Expr, bool], Expr] = {}

    def put_in(self, e: Expr) -> Expr:
        """The expression in terms of the variables and the names for their conjugates.

        Raises NotDifferentiable for a function of real numbers whose argument is complex.
        """
        if self.names_all:
            self.names |= {n: conjugate_name(n) for n in in_order([e]) if is_complex(n) and n not in self.names}
        return self._visit(e, turned=False)

    def _moves(self, n: Expr) -> bool:
        if n not in self._moving:
            self._moving[n] = any(map(self._moves, n.args))
        return self._moving[n]

    def _visit(self, n: Expr, turned: bool) -> Expr:
        """The expression, or its conjugate where `turned`, in terms of the names."""
        if not n.has_complex:
            return n
        if (n, turned) not in self._done:
            self._done[n, turned] = self._written(n, turned)
        return self._done[n, turned]

    def _written(self, n: Expr, turned: bool) -> Expr:
        if n.op == "sym":
            return n if not turned else self.names.get(n, conjugate(n))
        if n.op == "conj" and n.args[0].op == "sym":
            return self._visit(n.args[0], not turned)
        if n.op == "const":
            return self._number(n, turned)
        rule = find(n.op)
        if rule is None and n.op in OPERATIONS and n.op != "call" or rule is not None and in_complex(rule) in HOLOMORPHIC:
            return rebuild(n, tuple([self._visit(a, turned) for a in n.args]))
        if not self._moves(n):
            return conjugate(n) if turned else n
        args = tuple([self._visit(a, False) for a in n.args])
        if rule is not None and rule.complex:
            return complex_instance(rule, args, [self._visit(a, True) for a in n.args])
        if all(map(is_real, n.args)) and n.op != "call":
            return rebuild(n, args)
        raise NotDifferentiable(
            f"{n.data.name if n.op == 'call' else n.op} is known of real numbers only, and its argument is complex",
            hint="it can be taken of abs(z), real(z) or imag(z)",
        )

    def _number(self, n: Expr, turned: bool) -> Expr:
        if not self.names_all:
            return conjugate(n) if turned else n
        part = const(imaginary_part(n.data))
        rest = add(n, mul(const(-1), part, const(imaginary_unit())))
        return add(rest, mul(const(-1 if turned else 1), part, sym(UNIT, SCALAR, 0, (COMPLEX,))))

    def taken_out(self, e: Expr) -> Expr:
        """The expression with the conjugates in the place of their names."""
        if not e.has_complex:
            return e
        values = {w.data.name: conjugate(x) for x, w in self.names.items()}
        return substitute(e, values | {UNIT: const(imaginary_unit())}, {})


def combined(parts: list[tuple[Scalar, Jacobian]]) -> Jacobian:
    """The sum of multiples of derivatives of one function by variables of one shape."""
    first = parts[0][1]
    terms = [_placed(t, found, first, c) for c, found in parts for t in found.terms]
    return Jacobian(tuple(terms), first.y, first.x)


def _placed(t: Term, found: Jacobian, at: Jacobian, c: Scalar) -> Term:
    """A multiple of a term whose axes are those of another derivative."""
    pairs = zip((*found.y, *found.x), (*at.y, *at.x), strict=True)
    same = () if found is at else tuple((i, j) for i, j in pairs if i is not None and j is not None)
    scalars = t.scalars if c is S.One else (const(c), *t.scalars)
    return Term(scalars, t.factors, t.deltas + same, t.splits)


def refuse_gradient(e: Expr, recognised: Expr, x: Expr) -> None:
    """Refuse the gradient of a function that is not known to be real, neither as it was asked for nor with shorter names in it.

    Raises UsageError.
    """
    if not is_real(e) and not is_real(recognised):
        square = [n for n in in_order([e]) if is_complex(n) and n is not x and n.shape[0] == n.shape[1] and not n.is_scalar]
        told = f", declare '{square[0].data.name}: {show(square[0].shape)} hermitian' if it is" if square else ""
        raise UsageError(
            f"grad_{x.data.name} is of a function that is real, and this one is not known to be",
            hint=f"take real(...) of it{told}, or ask for d f/dconj({x.data.name})",
        )
