"""The adjoint and the tangent sweep of every operation against finite differences, and a checker of every step between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from contraction import SIZES, VARIABLES, contract, entries, sampled, symbols, variable

from matcalc import Derivative, derive
from matcalc.algebra import add, fun, mul
from matcalc.algebra.commuting import is_matrix_function
from matcalc.algebra.node import Expr, Unknown, const, increment, node, sym
from matcalc.algebra.walk import depends
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, dim
from matcalc.calculus import adjoint
from matcalc.calculus.adjoint import Axes, Jacobian, jacobian, tangent
from matcalc.errors import NotDifferentiable
from matcalc.index.lower import LOWERED, Label, Term
from matcalc.memory import forget
from matcalc.numbers.evaluate import evaluate
from matcalc.numbers.sampling.sizes import size_of
from matcalc.numbers.stand_ins import stand_ins
from matcalc.reading.alone import read_expression

m, n = dim("m"), dim("n")
x, Y, t = VARIABLES["x"], VARIABLES["Y"], VARIABLES["t"]

# expression, variable, and how to sample where a function needs it
CASES = [
    ("A + X", "X"), ("2*X - A", "X"), ("c*X", "c"), ("c*X", "X"), ("A*Y*B", "Y"), ("A^T*X", "X"), ("X*Y*X^T", "X"), ("X^T", "X"),
    ("Y^2", "Y"), ("Y^3", "Y"), ("Y^-1", "Y"), ("Y^-2", "Y"), ("x^T*Y*x", "x"), ("x^T*Y*x", "Y"), ("u*x^T*Y", "x"), ("r*Y", "r"),
    ("r*Y", "Y"), ("A.*X", "X"), ("X.*(A*Y)", "Y"), ("x.*(Y*x)", "x"), ("X.^3", "X"), ("exp(X).^c", "c"), ("exp(X).^c", "X"),
    ("X./exp(A)", "X"), ("A./exp(X)", "X"), ("c^3", "c"), ("exp(c)^t", "t"), ("exp(c)^t", "c"), ("1/(1 + tr(Y^T*Y))", "Y"),
    ("x/norm2(x)", "x"), ("tr(Y)", "Y"), ("tr(A*Y*X^T)", "Y"), ("sum(X)", "X"), ("sum(exp(A*Y))", "Y"), ("dot(A, X)", "X"),
    ("det(Y)", "Y"), ("logdet(Y)", "Y"), ("det(A*X^T)", "X"), ("adj(Y)", "Y"), ("pinv(A)", "A"), ("pinv(A*Y)", "Y"), ("inv(Y)*x", "Y"),
    ("norm1(X)", "X"), ("norm2(x)", "x"), ("norm2(Y*x)", "Y"), ("normF(X)", "X"), ("normF(A*Y)^3", "Y"), ("logsumexp(x)", "x"),
    ("logsumexp(A*x)", "A"), ("softmax(x)", "x"), ("softmax(Y*x)", "Y"), ("softmax_rows(X)", "X"), ("softmax(r)", "r"), ("sym(Y)", "Y"),
    ("diag(x)", "x"), ("diag(Y*x)", "Y"), ("diag(x)*Y", "x"), ("diagv(Y)", "Y"), ("diagv(Y*Z*Y)", "Y"), ("diag(r)", "r"),
    ("tril(Y)*x", "Y"), ("vech(Y*Y)", "Y"), ("halftriu(Y*Y)", "Y"), ("triu(Y).*halftril(Y^T)", "Y"),
    ("vec(X)", "X"), ("vec(A*Y)", "Y"), ("kron(X, W)", "X"), ("kron(W, X)", "X"), ("kron(x, A)", "x"), ("kron(A, r)", "r"),
    ("kron(X, X)", "X"), ("kron(kron(W, X), v)", "X"), ("vec(kron(A, W*w))", "W"), ("K(m,n)*vec(X)", "X"), ("K(m,n)*kron(Y, M)", "M"),
    ("x[2]", "x"), ("X[2,1]", "X"), ("(A*Y)[1,3]*Y", "Y"), ("r[1]*r", "r"), ("[c, c^2; t, 1]", "c"), ("[tr(Y), 1; x[1], 2]", "Y"),
    ("[x[1], 1; x[2]^2, t]", "x"), ("ones(m)*x^T", "x"), ("eye(n)*c", "c"), ("sum(kron(ones(p), x))*A", "x"), ("tr(Y^k)", "Y"),
    ("colmeans(A*Y)", "Y"), ("colsums(X.^2)", "X"), ("cumsum(Y*x)", "Y"), ("x*tr(X^T*indmax(X))", "X"), ("indmin(A).*X", "X"),
    ("layernorm(Y*x)", "x"), ("logsoftmax(Y*x)", "Y"), ("mean(X.^2)*A", "X"), ("min(Y*x)", "Y"), ("max(A*Y)^2", "Y"), ("prod(exp(x))", "x"),
    ("rmsnorm(Y*x)", "x"), ("rowmeans(A*Y)", "Y"), ("rowsums(X.*A)", "X"), ("std(A*Y)", "Y"), ("var(Y*x)*x", "x"),
    ("tr(expm(Y))", "Y"), ("tr(expm(c*Y))", "c"), ("tr(Y*expm(Y))", "Y"), ("expm(c*Y)", "c"), ("expm(Y)", "Y"), ("expm(Y*Z)*x", "Y"),
    ("x^T*expm(Y)*expm(Y)*y", "Y"), ("tr(M*expm(A*X^T))", "X"), ("expm(Y + c*Z)", "c"), ("cosm(Y)*x", "Y"), ("sinm(Y)^T*Y", "Y"),
    ("[Y*Y, x; x^T, c]", "Y"), ("[Y, x; x^T, c]^-1", "x"), ("logdet([Y, x; x^T, c])", "Y"), ("exp([Y*x; x; c])", "x"),
    ("expm_frechet(Y, Z)", "Z"), ("expm_frechet(Y, Z)", "Y"), ("x^T*cosm_frechet(Y, Y)*y", "Y"), ("sinm_frechet(Y*Z, Y)*x", "Y"),
]  # fmt: skip
ON_SPD = [
    ("tr(logm(S))", "S"), ("tr(sqrtm(S))", "S"), ("sqrtm(S)", "S"), ("sqrtm(S)*Y", "S"), ("tr(Y*sqrtm(S))", "S"),
    ("x^T*sqrtm(S)*y", "S"), ("logm(S)*x", "S"), ("x^T*logm(S^2)*y", "S"),
    ("powm(S, c)", "c"), ("powm(S, t)*x", "S"), ("tr(powm(S, c))", "S"),
    ("sqrtm_frechet(S, Y)", "Y"), ("logm_frechet(S, Y)*x", "S"), ("powm_frechet(S, t, Y)", "t"), ("powm_frechet(S, t, Y)*x", "S"),
    ("sylvester(S, S, Y)", "S"), ("sylvester(S, eye(n), Y)*x", "Y"),
    ("lyap(S, Y)", "S"), ("x^T*lyap(S, Y*Y^T)*y", "Y"), ("lyap(S, x*x^T)", "x"),
    ("logdet(S)", "S"), ("tr(logm(c*S))", "c"), ("log(x^T*S*x)", "x"), ("sqrt(x^T*S*x)", "S"),
    ("chol(S)", "S"), ("x^T*chol(S)*y", "S"), ("tr(Y*chol(S*S))", "S"), ("norm2(chol(S)^-1*x)", "S"),
    ("x^T*toeplitz(x)*x", "x"), ("toeplitz(Y*x)*x", "Y"), ("lagsums(Y*Y)", "Y"), ("toeplitz(lagsums(Y))*x", "x"),
    ("diagsums(Y)*x", "Y"), ("diagmeans(Y*Y)", "Y"),
]  # fmt: skip
SEVERAL_PATHS = [
    ("x^T*x", "x"), ("x*x^T", "x"), ("X*X^T*X", "X"), ("Y*Z*Y + Y^2 + Y^T", "Y"), ("tanh(Y*tanh(Y*tanh(Y*x)))", "Y"),
    ("(Y*x).*(Y*x)", "Y"), ("kron(Y, Y)*vec(Y)", "Y"), ("norm2(x)*x/(1 + x^T*x)", "x"), ("softmax(Y*x)^T*Y*softmax(Y*x)", "Y"),
    ("exp(tr(Y))*Y*exp(tr(Y))", "Y"), ("(x^T*Y*x)^2/(x^T*x)", "x"), ("diag(x)*Y*diag(x)", "x"), ("c*X + c^2*A", "c"),
    ("t^c + c^t", "t"), ("tr(Y)*tr(Y*Y)*det(Y)", "Y"), ("X.*X.*(X*X^T*X)", "X"),
]  # fmt: skip
VARIABLES_HERE = VARIABLES | {"S": variable("S", "n n"), "k": variable("k", "", ["integer"])}
EVERY = [*CASES, *ON_SPD, *SEVERAL_PATHS]
TENSORS = [(y, v) for y, v in EVERY if VARIABLES_HERE[v].shape != (ONE, ONE)]


def read(text: str) -> Expr:
    return read_expression(text, VARIABLES_HERE)


def values_of(y: Expr, variable: Expr) -> dict[str, Any]:
    """Random values, small enough that no quotient is far from its slope; S is positive definite, c and t positive."""
    declared = {"S": ["spd"], "c": ["positive"], "t": ["positive"], "k": ["integer"]}
    used = list(dict.fromkeys([*symbols(y), variable]))
    return sampled([sym(v.data.name, v.shape, v.data.ndim, declared.get(v.data.name, [])) for v in used])


def slope(y: Expr, variable: Expr, values: dict[str, Any], direction: Any) -> Any:
    """The directional difference quotient, extrapolated to step zero."""
    name = variable.data.name

    def quotient(h: float) -> Any:
        above, below = (entries(y, {**values, name: values[name] + s * h * direction}) for s in (1, -1))
        return (above - below) / (2 * h)

    return (4 * quotient(1e-4) - quotient(2e-4)) / 3


def direction_for(value: Any, seed: int = 5) -> Any:
    return np.random.default_rng(seed).standard_normal(np.shape(value))


def close(claimed: Any, measured: Any) -> None:
    scale = 1 + float(np.max(np.abs(measured), initial=0.0))
    np.testing.assert_allclose(np.asarray(claimed) / scale, np.asarray(measured) / scale, rtol=0, atol=2e-7)


def present(axes: Axes) -> list[Label]:
    return [lab for lab in axes if lab is not None]


def tensor(j: Jacobian, values: dict[str, Any]) -> Any:
    """The derivative as an array with the axes of y, then those of x."""
    return contract(j.terms, [*present(j.y), *present(j.x)], values)


@pytest.mark.parametrize(("text", "by"), TENSORS)
def test_jacobian_is_the_slope(text: str, by: str) -> None:
    y, v = read(text), VARIABLES_HERE[by]
    values = values_of(y, v)
    direction = direction_for(values[by])
    found = tensor(jacobian(y, v), values)
    close(np.tensordot(found, direction, axes=np.ndim(direction)), slope(y, v, values, direction))


KNOWN_BACKWARDS_ONLY = ("sqrtm(S)", "logm(S)", "expm(Y)", "Y^k")


@pytest.mark.parametrize(("text", "by"), [case for case in EVERY if not any(part in case[0] for part in KNOWN_BACKWARDS_ONLY)])
def test_tangent_is_the_slope(text: str, by: str) -> None:
    y, v = read(text), VARIABLES_HERE[by]
    values = values_of(y, v)
    direction = direction_for(values[by])
    d = sym("V", v.shape)
    found = tangent(y, v, d)
    assert found.shape == y.shape
    close(entries(found, {**values, "V": direction}), slope(y, v, values, direction))


RULES = [rule for name in rulebook.names() if (rule := rulebook.find(name)) is not None]


@pytest.mark.parametrize("rule", [r for r in RULES if r.kind == "elementwise"], ids=lambda r: r.name)
def test_elementwise_functions_in_both_directions(rule: rulebook.Rule) -> None:
    y, v = fun(rule.name, VARIABLES["X"]), VARIABLES["X"]
    manner = {"positive": "positive", "unit": "unit"}.get(rule.domain, "normal")
    values = sampled([v], manner)
    direction = direction_for(values["X"])
    expected = slope(y, v, values, direction)
    close(np.tensordot(tensor(jacobian(y, v), values), direction, axes=2), expected)
    close(entries(tangent(y, v, sym("V", v.shape)), {**values, "V": direction}), expected)


def every_op(e: Expr) -> set[str]:
    return {e.op}.union(*(every_op(a) for a in e.args))


def test_every_operation_is_exercised() -> None:
    held = set().union(*(every_op(read(text)) for text, _ in EVERY))
    functions = {r.name for r in RULES if r.kind != "elementwise"}
    # Those of spectra are exercised in tests/whole/test_spectra.py, at points where the spectrum is real.
    spectral = {r.name for r in RULES if r.file in ("spectra.toml", "singular.toml")}
    spelt_otherwise = spectral | {"inv", "dot", "norm1", "sym", "tril", "triu", "halftril", "halftriu"} | {r.name for r in RULES if r.means}
    assert (set(LOWERED) | functions | {"pow", "epow"}) - held - spelt_otherwise - {"zeros"} == set()


# ------------------------------------------------------------------------------------------ what is absent


@pytest.mark.parametrize(("text", "by"), [("A*Y", "x"), ("x^T*x", "Y"), ("exp(c)", "X"), ("ones(m)", "x"), ("3", "X"), ("kron(A, B)", "r")])
def test_a_variable_that_does_not_occur_gives_zero(text: str, by: str) -> None:
    y, v = read(text), VARIABLES_HERE[by]
    found = jacobian(y, v)
    assert found.terms == ()
    assert [lab.size for lab in present(found.y)] == [d for d in y.shape if d is not ONE]
    assert [lab.size for lab in present(found.x)] == [d for d in v.shape if d is not ONE]
    assert tangent(y, v, v) is read_expression("0", {}) if y.is_scalar else tangent(y, v, v).op == "zeros"
    assert tangent(y, v, v).shape == y.shape


@pytest.mark.parametrize("text", ["Y - Y + A^T*A", "0*Y", "sign(Y)", "heaviside(Y*Z)", "tr(Y)*0", "sum(sign(Y))"])
def test_a_derivative_that_vanishes_has_no_value(text: str) -> None:
    y = read(text)
    found = jacobian(y, Y)
    values = values_of(y, Y)
    assert np.all(tensor(found, values) == 0)
    assert np.all(entries(tangent(y, Y, sym("V", Y.shape)), {**values, "V": values["Y"]}) == 0)


def test_depends_lists_operands_before_operations_and_nothing_else() -> None:
    y = read("tr(A^T*A*Y) + c*sum(exp(Y*x))")
    order = depends(y, Y)
    assert order[0] is Y
    assert order[-1] is y
    for k, e in enumerate(order):
        assert "Y" in {s.data.name for s in symbols(e)}
        assert all(a in order[:k] for a in e.args if any(s is Y for s in symbols(a)))
    assert len(set(order)) == len(order)


def test_the_tangent_of_a_scalar_variable_has_the_shape_of_the_value() -> None:
    found = tangent(read("A*expm(t*Y)*B"), t, const(1))
    assert found.shape == (m, dim("p"))


LAYERS = "; ".join(f"h{k} = tanh(W{k}*{f'h{k - 1}' if k > 1 else 'x'})" for k in range(1, 7))
RESIDUAL = "; ".join(f"h{k} = {f'h{k - 1} + ' if k > 1 else 'x + '}tanh(W{k}*{f'h{k - 1}' if k > 1 else 'x'})" for k in range(1, 5))
LONG_CHAINS = [
    "d tr(A*B*C*X*E*F)/dX", f"d^2 sum(h6)/dx^2 where {LAYERS}", f"d sum(h6)/dW1 where {LAYERS}", f"d h6/dx where {LAYERS}",
    f"d sum(h4)/dW1 where {RESIDUAL}", "d tr(inv(A + inv(B + inv(C + inv(X)))))/dX", "d a^T*(A*(b.*(B*(c.*(C*x)))))/dx where b: n; c: n",
    "d tr((A*X*B*X^T)^3)/dX", "d A*B*X*C*X*E/dX",
]  # fmt: skip


@pytest.mark.parametrize("request_", LONG_CHAINS)
def test_a_cotangent_that_is_passed_on_as_one_factor_gives_the_same(request_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = derive(request_)
    forget()
    monkeypatch.setattr(adjoint, "LONGEST", 1)
    shortened = derive(request_)
    assert isinstance(whole, Derivative)
    assert isinstance(shortened, Derivative)
    assert shortened.text == whole.text


def test_a_shared_part_is_passed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """2^40 paths lead through forty doublings; each node hands on its cotangent once."""
    y = x
    for _ in range(40):
        y = fun("tanh", add(y, mul(Y, y)))
    handed: list[Expr] = []

    class Counted(adjoint._Sweep):
        def contributions(self, n: Expr, k: int, a: Expr, at: Axes, terms: Sequence[Term]) -> tuple[Axes, list[Term]]:
            handed.append(n)
            return super().contributions(n, k, a, at, terms)

    monkeypatch.setattr(adjoint, "_Sweep", Counted)
    found = jacobian(fun("sum", y), x)
    assert len(handed) < 40 * 6
    assert np.all(np.isfinite(tensor(found, sampled([x, Y]))))


# ----------------------------------------------------------------------------------------- what is refused

REFUSED = [("Y^k*x", "Y", "symbolic exponent"), ("Y^k", "Y", "symbolic exponent")]


@pytest.mark.parametrize(("text", "by", "message"), REFUSED)
def test_what_has_no_closed_form_is_refused(text: str, by: str, message: str) -> None:
    with pytest.raises(NotDifferentiable, match=message) as caught:
        jacobian(read(text), VARIABLES_HERE[by])
    assert caught.value.hint is not None


# ------------------------------------------------------------------------------------ functions by name only

UNKNOWNS = {
    "elementwise": lambda arg: node("call", (arg,), Unknown("s", "elementwise"), arg.shape),
    "scalar": lambda arg: node("call", (arg,), Unknown("f", "scalar"), (ONE, ONE)),
    "vector": lambda arg: node("call", (arg,), Unknown("h", "vector", 0, m), (m, ONE)),
}


@pytest.mark.parametrize("kind", UNKNOWNS)
def test_unknown_functions_have_named_derivatives(kind: str) -> None:
    y = UNKNOWNS[kind](mul(Y, x))
    j = jacobian(y, x)
    values = sampled([x, Y])
    direction = direction_for(values["x"])
    unknowns = stand_ins([y, *(e for term in j.terms for e in (*term.scalars, *(f[0] for f in term.factors)))], SIZES)
    unknowns |= stand_ins([tangent(y, x, x)], SIZES)
    found = evaluate([tangent(y, x, sym("V", x.shape))], {**values, "V": direction}, SIZES, unknowns)[0]
    h = 1e-5
    above, below = (evaluate([y], {**values, "x": values["x"] + s * h * direction}, SIZES, unknowns)[0] for s in (1, -1))
    close(found, (above - below) / (2 * h))


# ------------------------------------------------------------------------------- a checker of every step


def term_labels(t: Term) -> Iterator[Label]:
    yield from (lab for f in t.factors for lab in f[1:] if lab is not None)
    yield from (lab for pair in t.deltas for lab in pair)
    yield from (lab for split in t.splits for lab in split)


def check_terms(terms: Sequence[Term], free: Sequence[Label], around: Sequence[Label]) -> None:
    """Every label has the size of the axis that it is on, no increment is left, and no label of another node is in a term."""
    assert len(set(free)) == len(free), "one label for two axes"
    for t in terms:
        for e, i, j in t.factors:
            assert (ONE if i is None else i.size, ONE if j is None else j.size) == e.shape, "a label of the wrong size"
            assert not e.is_scalar, "a scalar among the factors"
        assert all(a.size == b.size for a, b in t.deltas), "a delta of two sizes"
        assert all(whole.size == outer.size * inner.size for whole, outer, inner in t.splits), "parts that do not make the whole"
        assert all(s.is_scalar for s in t.scalars), "a matrix among the scalars"
        assert not any(e.has_increment for e in (*t.scalars, *(f[0] for f in t.factors))), "an increment is left"
        assert not {lab for lab in around if lab not in free} & set(term_labels(t)), "a label of another node"


class Checked(adjoint._Sweep):
    """The sweep with its terms checked, and their value compared, after every step."""

    values: dict[str, Any]

    def check(self, terms: Sequence[Term], at: Axes) -> Any:
        free = [*self.free, *present(at)]
        check_terms(terms, free, [lab for c in self.cotangents.values() if c.at is not at for lab in present(c.at)])
        array = contract(terms, free, self.values)
        assert array.shape == tuple(size_of(lab.size, SIZES) for lab in free)
        return array

    def settled(self, cotangent: Any, of: Expr) -> list[Term]:
        before = self.check(cotangent.terms, cotangent.at)
        terms = super().settled(cotangent, of)
        close(self.check(terms, cotangent.at), before)
        return terms

    def contributions(self, of: Expr, k: int, a: Expr, at: Axes, terms: Sequence[Term]) -> tuple[Axes, list[Term]]:
        to, out = super().contributions(of, k, a, at, terms)
        assert tuple(ONE if lab is None else lab.size for lab in to) == a.shape
        assert not {*present(to)} & {*present(at), *self.free}
        free = [*self.free, *present(to)]
        for t in out:
            assert is_matrix_function(of) or {*present(at)} <= set(term_labels(t)), "labels that are summed over are named"
        check_terms(out, free, [])
        return to, out

    def pass_to(self, a: Expr, contribution: tuple[Axes, list[Term]]) -> None:
        super().pass_to(a, contribution)
        known = self.cotangents[a]
        self.check(known.terms, known.at)


@pytest.mark.parametrize(("text", "by"), TENSORS)
def test_every_step_keeps_its_labels_and_its_value(text: str, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    y, v = read(text), VARIABLES_HERE[by]
    Checked.values = values_of(y, v)
    monkeypatch.setattr(adjoint, "_Sweep", Checked)
    found = jacobian(y, v)
    assert [lab.size for lab in present(found.y)] == [d for d in y.shape if d is not ONE]
    assert [lab.size for lab in present(found.x)] == [d for d in v.shape if d is not ONE]


ELSEWHERE = Label(n)
LEAKS = {
    "a label of the wrong size": Term((), ((Y, Label(n), Label(m)),)),
    "a scalar among the factors": Term((), ((t, None, None),)),
    "a delta of two sizes": Term((), (), ((Label(n), Label(m)),)),
    "parts that do not make the whole": Term((), (), (), ((Label(m), Label(n), Label(n)),)),
    "a matrix among the scalars": Term((Y,)),
    "an increment is left": Term((increment((ONE, ONE)),)),
    "a label of another node": Term((), ((x, ELSEWHERE, None),)),
}


@pytest.mark.parametrize("what", LEAKS)
def test_the_checker_notices(what: str) -> None:
    with pytest.raises(AssertionError, match=what):
        check_terms([LEAKS[what]], [Label(n)], [ELSEWHERE])
