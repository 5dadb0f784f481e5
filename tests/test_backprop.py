"""Backpropagation: the gradients of a chain in reverse order, in terms of each other (C36 to C51, C58, C59, C67)."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from test_lecture_notes import SIZES, symbols, values_of

from matcalc import MatcalcError, backprop, derive
from matcalc.algebra import transpose
from matcalc.backprop import Backpropagation
from matcalc.cli import group
from matcalc.derive import Derivative
from matcalc.differential import substitute
from matcalc.evaluate import evaluate
from matcalc.expr import Expr, sym
from matcalc.request import read_expression

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
    assert r"\frac{\partial L}{\partial W_{2}} & = \delta_{z_{2}} a_{1}^\top \\" in found.latex
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
    assert lines[6].startswith("  each checked at a random point with ")


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
