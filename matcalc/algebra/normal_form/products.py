"""Products of matrices and scalars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matcalc.algebra.node import Expr, const, eye, node, ones, split_product, zeros
from matcalc.algebra.normal_form.blocks.inverses import of_inverse
from matcalc.algebra.normal_form.blocks.triangles import of_function
from matcalc.algebra.normal_form.hadamard import had
from matcalc.algebra.normal_form.inner_products import scalar_stretches
from matcalc.algebra.normal_form.neighbours import cancel_inverse_after, cancel_inverse_before, merge
from matcalc.algebra.normal_form.powers import collect_scalars
from matcalc.algebra.normal_form.sums import scale, unsigned
from matcalc.algebra.normal_form.transposes import transpose
from matcalc.algebra.steps import spend
from matcalc.book.sizes import ONE, SCALAR, Dim, show
from matcalc.memory import remembered
from matcalc.scalars import S, Scalar, tidy


def mul(*factors: Expr) -> Expr:
    """The product; scalars commute, adjacent powers of one base merge, an inverse cancels what it inverts,
    and every stretch of the chain that is 1 x 1 becomes a scalar factor.

    Raises ValueError if neighbours do not conform.
    """
    if len(factors) == 1:
        return factors[0]
    return _multiplied(factors) if factors else const(1)


@remembered(8192)
def _multiplied(factors: tuple[Expr, ...]) -> Expr:
    made = _Product(True in [f.has_blocks or "pow" in f.operations for f in factors])
    made.take(factors)
    return made.finish()


# A sum may have another sign than when it met its neighbours, and ones are taken apart.
UNMET: Final = frozenset({"add", "ones", "eye"})


class _Product:
    """A product under construction: a coefficient, scalar factors, and a chain of matrices that conform.

    Only where it `inverts` can a power or a block matrix be among the factors.
    """

    def __init__(self, inverts: bool) -> None:
        self.inverts = inverts
        self.coefficient: Scalar = S.One
        self.scalars: list[Expr] = []
        self.chain: list[Expr] = []
        self.left: Dim | None = None
        self.right: Dim = ONE

    def take(self, factors: Sequence[Expr]) -> None:
        """Multiply from the right, products taken apart."""
        pending = list(reversed(factors))
        while pending:
            f = pending.pop()
            if f.op == "const":
                self.coefficient = f.data if self.coefficient is S.One else self.coefficient * f.data
            elif f.op == "mul" and not self.inverts and not f.is_scalar:
                self._take_chain(f)
            elif f.op == "mul":
                pending.extend(reversed(f.args))
            elif f.is_scalar:
                self.scalars.append(f)
            else:
                self._conform(f)
                _push(self.chain, f, self.inverts)

    def _take_chain(self, f: Expr) -> None:
        """Multiply with a product: its matrices have met each other, so that one that stays as it is ends what may merge."""
        mats = self._scaled_by(f)
        self._conform(f)
        met = False
        for m in mats:
            if met and m.op not in UNMET:
                self.chain.append(m)
                continue
            length = len(self.chain)
            _push(self.chain, m, self.inverts)
            met = m.op not in UNMET and len(self.chain) == length + 1 and self.chain[-1] is m

    def _conform(self, f: Expr) -> None:
        if self.left is None:
            self.left = f.shape[0]
        elif self.right != f.shape[0]:
            raise ValueError(f"cannot multiply a product with {self.right} columns and {show(f.shape)}")
        self.right = f.shape[1]

    def finish(self) -> Expr:
        """The product as one node."""
        shape = SCALAR if self.left is None else (self.left, self.right)
        spend(len(self.chain) + len(self.scalars))
        kinds = {f.op for f in self.chain}
        if self.coefficient is S.Zero or "zeros" in kinds:
            return zeros(*shape)
        extracted = False
        while self.chain and self._extract():
            extracted = True
        if extracted:
            kinds = {f.op for f in self.chain}
        # Rows that meet columns of the identity may make zeros only now.
        if "zeros" in kinds:
            return zeros(*shape)
        if "diag" in kinds and len(self.chain) > 2:
            self._scale_rows()
        if self.scalars:
            self.coefficient, self.scalars = collect_scalars(self.coefficient, self.scalars)
        self.coefficient = tidy(self.coefficient)
        if self.coefficient is S.Zero:
            return zeros(*shape)
        self._take_signs()
        matrices = _joined_ones(self.chain) if self.chain or shape == SCALAR else [eye(shape[0])]
        body = (*self.scalars, *matrices)
        if len(body) < 2:
            return scale(self.coefficient, body[0] if body else const(1))
        outside = () if self.coefficient is S.One else (const(self.coefficient),)
        return node("mul", (*outside, *body), None, shape)

    def _take_signs(self) -> None:
        """A sum has the sign that it is kept with; the product has the others."""
        for k, f in enumerate(self.chain):
            if f.op == "add":
                sign, self.chain[k] = unsigned(f)
                self.coefficient = self.coefficient if sign is S.One else self.coefficient * sign

    def _scale_rows(self) -> None:
        """diag(u) M v = u .* (M v) in a column, the same transposed in a row."""
        if self.chain[-1].shape[1] is ONE:
            self.chain = self._rows_scaled(self.chain)
        elif self.chain[0].shape[0] is ONE:
            turned = self._rows_scaled([transpose(f) for f in reversed(self.chain)])
            self.chain = [transpose(f) for f in reversed(turned)]

    def _rows_scaled(self, chain: list[Expr]) -> list[Expr]:
        done: list[Expr] = []
        for f in reversed(chain):
            if f.op == "diag" and done:
                done = list(self._scaled_by(had(f.args[0], mul(*done))))
            else:
                done.insert(0, f)
        return done

    def _extract(self) -> bool:
        """Move 1 x 1 stretches of the chain and what is scaled inside it out; whether there was anything to move."""
        rest, found = scalar_stretches(self.chain)
        nested = "mul" in [f.op for f in rest]
        if not found and not nested:
            return False
        self.chain = []
        for f in rest:
            mats: Sequence[Expr] = (f,)
            if f.op == "mul":
                mats = self._scaled_by(f)
            for m in mats:
                _push(self.chain, m, self.inverts)
        for f in found:
            self._scaled_by(f)
        return True

    def _scaled_by(self, f: Expr) -> tuple[Expr, ...]:
        c, scalars, mats = split_product(f)
        self.coefficient = self.coefficient if c is S.One else self.coefficient * c
        self.scalars.extend(scalars)
        return mats


def _push(chain: list[Expr], f: Expr, inverts: bool) -> None:
    """Append a matrix to a chain, merging it with the end of the chain; where the product `inverts`, with more of it."""
    if f.op == "eye":
        return
    if f.op == "ones" and f.shape[0] is not ONE and f.shape[1] is not ONE:
        _push(chain, ones(f.shape[0]), inverts)
        _push(chain, ones(ONE, f.shape[1]), inverts)
        return
    while chain:
        merged = merge(chain[-1], f)
        if merged is None:
            break
        chain.pop()
        if merged.op == "eye":
            return
        if merged.op == "mul":
            chain.append(merged)
            return
        f = merged
    if f.has_blocks and len(chain) > 1 and not (chain[-2].shape[0] is f.shape[1] is ONE):
        part = of_inverse(chain[-2], chain[-1], f) if chain[-1].op == "pow" else of_function(chain[-2], chain[-1], f)
        if part is not None:
            del chain[-2:]
            chain.append(part)
            return
    chain.append(f)
    if inverts:
        cancel_inverse_before(chain)
        cancel_inverse_after(chain)


def _joined_ones(chain: list[Expr]) -> list[Expr]:
    if len(chain) < 2:
        return chain
    out: list[Expr] = []
    for f in chain:
        if out and out[-1].op == "ones" and f.op == "ones" and out[-1].shape[1] is ONE and f.shape[0] is ONE:
            out[-1] = ones(out[-1].shape[0], f.shape[1])
        else:
            out.append(f)
    return out
