"""Backpropagation: the gradients of a chain in reverse order, in terms of each other (C36 to C51, C58, C59, C67)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from named_arrays import SIZES, symbols, values_of

from matcalc import MatcalcError, backprop, derive
from matcalc.algebra import transpose
from matcalc.algebra.node import Expr, sym
from matcalc.algebra.walk import substitute
from matcalc.answers.backprop import Backpropagation
from matcalc.answers.derivative import Derivative
from matcalc.cli import group
from matcalc.codegen import NUMPY, parameter, parameters_of
from matcalc.numbers.evaluate import evaluate
from matcalc.reading.alone import read_expression

TWO_LAYERS = "L where z1 = W1*x + b1; a1 = sigma(z1); z2 = W2*a1 + b2; a2 = sigma(z2); L = loss(a2); dL/da2 = g"


def texts(found: Backpropagation) -> list[str]:
    return [g.text for g in found]


def test_two_layers() -> None:
    """C40, C42, C48, C51: every gradient once, last to first, activations as they are named."""
    assert texts(backprop(TWO_LAYERS)) == [
        "dL/da2 = g",
        "dL/dz2 = delta_z2 = g.*sigma'(z2)",
        "dL/dW2 = delta_z2*a1^T",
        "dL/db2 = delta_z2",
        "dL/da1 = delta_a1 = W2^T*delta_z2",
        "dL/dz1 = delta_z1 = delta_a1.*sigma'(z1)",
        "dL/dW1 = delta_z1*x^T",
        "dL/dx = W1^T*delta_z1",
        "dL/db1 = delta_z1",
    ]


def test_numerator_layout_turns_every_gradient() -> None:
    """C37, C40: the product in the other order, with rows for the gradients upstream."""
    found = backprop(TWO_LAYERS, layout="numerator")
    assert found["W2"].text == "dL/dW2 = a1*delta_z2"
    assert found["a1"].text == "dL/da1 = delta_a1 = delta_z2*W2"
    assert found["W1"].shape == ("n", "m")


@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
@pytest.mark.parametrize(
    ("chain", "shapes", "expected"),
    [
        pytest.param("y = W*x + b", {}, {"W": "delta_y*x^T", "x": "W^T*delta_y", "b": "delta_y"}, id="C40-affine"),
        pytest.param("y = x*W", {"x": "1 n", "W": "n m"}, {"W": "x^T*delta_y", "x": "delta_y*W^T"}, id="C57-rows"),
        pytest.param(
            "Y = X*W^T + ones(q)*b^T", {"X": "q n", "W": "m n", "b": "m"},
            {"W": "delta_Y^T*X", "X": "delta_Y*W", "b": "delta_Y^T*ones(q)"}, id="C59-minibatch",
        ),
        pytest.param("y = softmax(s)", {}, {"s": "delta_y.*y - (delta_y^T*y)*y"}, id="C67-softmax"),
    ],
)  # fmt: skip
def test_a_chain_without_a_loss(chain: str, shapes: dict[str, str], expected: dict[str, str], layout: str) -> None:
    """C40, C41, C50: the loss is unknown, and the gradient by the last definition has a name."""
    found = backprop(chain, variables=shapes or None, layout=layout)
    for name, text in expected.items():
        got = found[name]
        variables = symbols({n: s.replace(" x ", " ") for n, s in found.variables.items()})
        last = next(iter(found)).wrt
        variables[f"delta_{last}"] = sym(f"delta_{last}", variables[last].shape)
        want = read_expression(text, variables, dimensions=SIZES)
        value = got.value
        if layout == "numerator":
            turned = sym(f"delta_{last}", variables[last].shape[::-1])
            want = substitute(want, {f"delta_{last}": transpose(turned)}, {})
            variables[f"delta_{last}"] = turned
            want = transpose(want)
        values = values_of(variables)
        mine, theirs = evaluate([value, want], values, SIZES)
        assert mine == pytest.approx(theirs)


def test_a_variable_of_two_layers_gets_the_sum() -> None:
    """C34, C38, C43: a skip connection and a shared weight."""
    found = backprop("h = tanh(W*x); r = x + V*h; L = loss(r); dL/dr = g")
    assert found["x"].text == "dL/dx = W^T*((ones(m) - h.^2).*delta_h) + g"
    shared = backprop("h = S*x; y = S*h; L = loss(y); dL/dy = g")
    assert shared["S"].text == "dL/dS = delta_h*x^T + g*h^T"


def test_what_is_asked_for_and_what_it_needs() -> None:
    """C51: only the gradients on the way."""
    found = backprop(TWO_LAYERS, ["W2"])
    assert [g.wrt for g in found] == ["a2", "z2", "W2"]


def test_the_gradients_are_those_of_derive() -> None:
    """C36, C48: filled in, the gradient by the first weight is the derivative of the whole."""
    chain = "z = W*x; a = tanh(z); L = ||V*a - y||^2"
    found = backprop(chain)
    whole = derive(f"dL/dW where {chain}")
    assert isinstance(whole, Derivative)
    assert whole.expr is not None
    at = whole.request.variables
    full: dict[str, Expr] = {}
    for name, text in (("z", "W*x"), ("a", "tanh(W*x)")):
        full[name] = read_expression(text, at)
    for name in ("a", "z"):
        full[f"delta_{name}"] = substitute(found[name].value, full, {})
    values = values_of(at)
    mine, theirs = evaluate([substitute(found["W"].value, full, {}), whole.expr], values, SIZES)
    assert mine == pytest.approx(theirs)


def test_an_unknown_vector_function_has_a_jacobian() -> None:
    """C41: D_h, transposed in denominator layout."""
    found = backprop("z = W*x; u = h(z); L = f(u)", variables=["h: vector -> vector"])
    assert found["u"].text == "dL/du = delta_u = grad_f(u)"
    assert found["z"].text == "dL/dz = delta_z = D_h(z)^T*delta_u"


def test_every_gradient_is_certified() -> None:
    """C20: against finite differences of the whole, from that definition on."""
    assert all(g.certificate is not None and g.certificate.error < 1e-6 for g in backprop(TWO_LAYERS))
    assert all(g.certificate is None for g in backprop(TWO_LAYERS, check=False))


def test_latex_and_json() -> None:
    """C49, C88: layers are subscripts; the JSON has a field for each thing told."""
    found = backprop(TWO_LAYERS)
    assert r"\frac{\partial L}{\partial W_{2}} &= \delta_{z_{2}} a_{1}^\top \\" in found.latex
    result = CliRunner().invoke(group, ["backprop", TWO_LAYERS, "--to", "json", "--wrt", "W2"])
    told = json.loads(result.output)
    assert [g["wrt"] for g in told["gradients"]] == ["a2", "z2", "W2"]
    assert told["gradients"][1]["text"] == "g.*sigma'(z2)"
    assert told["gradients"][2]["shape"] == ["p", "m"]
    assert told["variables"]["a1"] == "m"


def test_the_command_tells_shapes_and_the_check() -> None:
    """C49, C85: the shape of every gradient stands behind it."""
    lines = CliRunner().invoke(group, ["backprop", "L where y = W*x; L = loss(y); dL/dy = g"]).output.splitlines()
    assert lines[:3] == ["dL/dy = g       m x 1", "dL/dW = g*x^T   m x n", "dL/dx = W^T*g   n x 1"]
    assert lines[4] == "  W is m x n, x has n entries, y has m entries"
    assert lines[6].startswith("  each checked: ")


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        ("W*x", "the chain begins with the name of its function"),
        ("L where y = W*x", "L is not defined"),
        ("y = W*x; L = sum(y); dL/dy = g", "L is not an unknown function of y"),
        ("", "a chain needs definitions"),
        ("y = y + 1", "y is defined by itself"),
    ],
)
def test_errors(request_text: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=message):
        backprop(request_text)


PROGRAMS = [
    ("L where z1 = W1*x + b1; a1 = sigmoid(z1); z2 = W2*a1 + b2; L = ||z2 - y||^2", []),
    ("L where z1 = W1^T*x; a1 = s(z1); z2 = W2^T*a1; a2 = s(z2); L = sum(a2.^2)", ["s: elementwise"]),
    ("L where Y = X*W + ones(q)*b^T; L = sum(softplus(Y))/q", ["X: q x n", "W: n x p"]),
    ("L where y = x*W; z = tanh(y); L = z*c^T", ["x: 1 x n", "W: n x p", "c: 1 x p"]),
    ("L where h = relu(A*x); k = h.*v; L = logsumexp(k) + lambda*x^T*x", ["A: m x n"]),
    ("L where u = A*x; w = A*u; L = u^T*w", ["A: n x n"]),
    ("L where Y = X^-1*A; L = logdet(Y^T*Y)", ["X: n x n", "A: n x n"]),
    ("L where q = W*x; s = softmax(q); L = -t^T*log(s)", ["W: m x n"]),
    ("L where Q = X*A; K = X*B; P = softmax_rows(Q*K^T); O = P*X; L = ||O||_F^2", ["X: q x n", "A: n x p", "B: n x p"]),
    ("L where r = A*x - b; a = r[1]; c = r[2:3]; L = a^2 + sum(exp(c)) + r[1:2]^T*r[2:3]", ["A: 4 x n"]),
    ("L where a = alpha*beta; c = sin(a); L = a*c + alpha^2", []),
    ("L where e = f(W*x); L = e^2", ["f: vector -> scalar", "W: m x n"]),
    ("L where e = h(W*x); L = e^T*e", ["h: vector -> vector", "W: m x n"]),
    ("L where d = x; e = d; L = d^T*e", []),
    ("L where class = W*x; L = class^T*class", ["W: m x n"]),
]  # fmt: skip
SIZE_OF = {"n": 4, "m": 3, "p": 2, "q": 5, "k": 6, "r": 7}


def given_to(program: Any, found: Backpropagation) -> dict[str, Any]:
    """Random arrays in the shapes that were inferred, and smooth functions for the unknown ones."""
    rng = np.random.default_rng(3)
    given: dict[str, Any] = dict(SIZE_OF)
    for name, e in found.chain.variables.items():
        sizes = [int(d.subs({s: SIZE_OF[s.name] for s in d.free_symbols})) for d in e.shape[: e.data.ndim]]
        given[parameter(name, NUMPY)] = rng.uniform(0.2, 1.2, sizes) if sizes else float(rng.uniform(0.2, 1.2))
    weights = rng.standard_normal((2, SIZE_OF["m"]))
    given |= {"s": np.sin, "s_prime": np.cos, "f": lambda y: np.sum(np.sin(y)), "grad_f": np.cos}
    given |= {"h": lambda y: weights @ np.sin(y), "D_h": lambda y: weights * np.cos(y)}
    return {name: given[name] for name in parameters_of(program)}


@pytest.mark.parametrize("layout", ["denominator", "numerator", "mixed"])
@pytest.mark.parametrize(("chain", "declared"), PROGRAMS)
def test_the_program_runs(chain: str, declared: list[str], layout: str) -> None:
    """C51: one function with the values and all gradients, which are those of finite differences of its own values."""
    found = backprop(chain, variables=declared, layout=layout)
    program = found.program()
    given = given_to(program, found)
    values, gradients = program(**given)
    assert set(found.chain.variables) <= set(gradients)
    for name in found.chain.variables:
        at = parameter(name, NUMPY)
        slopes = np.zeros(np.shape(given[at]))
        for place in np.ndindex(slopes.shape):
            step = np.zeros(slopes.shape)
            step[place] = 1e-5
            above, below = (program(**{**given, at: given[at] + h})[0][found.function] for h in (step, -step))
            slopes[place] = (above - below) / 2e-5
        wanted = slopes.T if layout == "numerator" else slopes
        np.testing.assert_allclose(np.squeeze(gradients[name]), np.squeeze(wanted), rtol=1e-5, atol=1e-7)
    assert np.ndim(values[found.function]) == 0


def test_a_gradient_that_is_a_variable_is_held_constant() -> None:
    """C51: dL/dw = u, where w depends on u: u varies in w, not in its gradient; and it is not turned in numerator layout."""
    found = backprop("L where u = A*x; w = A*u; L = u^T*w", variables=["A: n x n"])
    assert found["u"].text == "dL/du = delta_u = A^T*u + w"
    turned = backprop("L where y = x*W; z = tanh(y); L = z*c^T", variables=["x: 1 x n", "W: n x p", "c: 1 x p"], layout="numerator")
    assert turned["z"].text == "dL/dz = c^T"


def test_the_program_of_a_named_gradient() -> None:
    """C40: with the gradient given, neither the loss nor its value is needed."""
    found = backprop("L where y = W*x + b; a = sigma(y); L = loss(a); dL/da = g")
    assert parameters_of(found.program()) == ("W", "x", "b", "g", "sigma", "sigma_prime")
    W, x, b, g = np.ones((2, 3)), np.arange(3.0), np.ones(2), np.array([1.0, 2.0])
    values, gradients = found.program()(W=W, x=x, b=b, g=g, sigma=np.tanh, sigma_prime=lambda z: 1 - np.tanh(z) ** 2)
    assert sorted(values) == ["a", "y"]
    delta = g * (1 - values["a"] ** 2)
    np.testing.assert_allclose(gradients["W"], np.outer(delta, x))
    np.testing.assert_allclose(gradients["b"], delta)
    np.testing.assert_array_equal(gradients["a"], g)


def test_the_program_on_the_command_line() -> None:
    result = CliRunner().invoke(group, ["backprop", "L where y = A*x; L = y^T*y", "--to", "numpy"])
    assert result.exit_code == 0
    assert "def backprop(A, x):" in result.output
