"""What a user of the library sees: the public names, and `derive` with the same arguments for texts and for objects."""

from __future__ import annotations

import inspect

import matcalc
from matcalc import api
from matcalc.answers import derive as texts

# The files of rules, and how steps and parts are told, which `told_so` takes.
ASIDE = ("rules", "detail", "style", "named")


def test_the_public_function_has_the_arguments_of_the_one_for_texts() -> None:
    public, inner = (inspect.signature(f).parameters for f in (api.derive, texts.derive))
    defaults = [{name: p.default for name, p in parameters.items() if name not in ASIDE} for parameters in (public, inner)]
    constraint = defaults[1].pop("constraint")
    assert defaults[0] == {**defaults[1], **vars(constraint)}


def test_every_documented_question_can_be_asked_from_the_package() -> None:
    assert matcalc.taylor("x^T*x", "x", "c").text == "c^T*c + 2*c^T*(x - c)"
    assert matcalc.verify("d tr(A X)/dX = A^T")
    assert matcalc.increment("W*x", "x").text == "W*dx"
    assert matcalc.backprop("L where z = W*x; L = loss(z); dL/dz = g")["W"].text == "dL/dW = g*x^T"
    assert matcalc.shape_of_derivative("dY/dX", variables={"Y": "m n", "X": "p q"}).numerator == ("m", "n", "q", "p")
