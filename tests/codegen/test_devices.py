"""PyTorch code works on the device where its arguments are: what it makes anew does not lie where PyTorch puts new tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import codegen, derive
from matcalc.answers.derivative import Derivative
from matcalc.book import rules as rulebook

REQUESTS = [
    "d X/dX", "d^2 x^T*x/dx^2", "d (x^T*x + c)*x/dx where c: scalar", "d vec(X)/dX", "d sum(X)/dX",
    "d (c*[a; b])/dc where a: scalar; b: scalar; c: scalar",
    "d logdet(A + c*I)/dc where A: n x n; c: scalar", "d tr(X)/dX", "d vech(X*B*X)/dX", "d ||x||_1/dx", "d (x*x^T)/dx",
    "d expm(X)/dX", "d (X*A*X)/dX", "d tr(logm(S))/dS where S: n x n spd", "d [X, A; B, C]/dX",
]  # fmt: skip
SIZES = {"m": 5, "n": 4, "p": 3, "q": 3, "r": 2, "k": 2, "3": 3}
RNG = np.random.default_rng(3)


def elsewhere(torch: Any, function: Any, given: dict[str, Any]) -> Any:
    """The value where new tensors go to another device, on which there are no numbers, unless they are told where."""
    with torch.device("meta"):
        return function(**given)


def argument(shape: tuple[str, ...]) -> Any:
    """An array of a shape, a square one definite."""
    a = RNG.uniform(0.1, 0.9, [SIZES.get(d, 4) for d in shape if d != "1"])
    return a @ a.T + 0.1 * np.diag(np.arange(1.0, len(a) + 1)) if a.ndim == 2 and a.shape[0] == a.shape[1] else a


@pytest.mark.parametrize("request_text", REQUESTS)
def test_new_tensors_are_where_the_arguments_are(request_text: str) -> None:
    torch = pytest.importorskip("torch")
    found = derive(request_text, check=False)
    assert isinstance(found, Derivative)
    function = codegen.compile_function(found.code("torch"))
    shapes = {v.data.name: v.data.ndim for v in found.request.variables.values()}
    names = codegen.parameters_of(function)
    given = {name: torch.as_tensor(argument(("n",) * shapes[name])) if name in shapes else 4 for name in names}
    wanted = function(**given)
    made = elsewhere(torch, function, given)
    assert made.device.type == "cpu"
    torch.testing.assert_close(made, wanted)


# vec is an operation of the program, and spelt by the dialect.
@pytest.mark.parametrize("name", [name for name in rulebook.names() if name != "vec"])
def test_functions_of_the_rule_book_stay_on_their_device(name: str) -> None:
    torch = pytest.importorskip("torch")
    rule = rulebook.find(name)
    assert rule is not None
    template, helper = codegen.DIALECTS["torch"].rule(rule)
    names = [p.name for p in rule.params]
    for p in names:
        template = template.replace("{" + p + "}", p)
    function = codegen.compile_function(f"import torch\n{helper}\ndef derivative({', '.join(names)}):\n    return {template}\n")
    given = {p.name: 2 if p.counts else torch.as_tensor(argument(p.shape)) for p in rule.params}
    wanted = function(**given)
    made = elsewhere(torch, function, given)
    assert made.device.type == "cpu"
    torch.testing.assert_close(made, wanted, equal_nan=True)
