"""The notations: a new one is a printer and one entry, which every reader of the table then offers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Final

import pytest
from places import ROOT

from matcalc import Derivative, UsageError, derive
from matcalc.answers.display.shown import fitted
from matcalc.printing.notations.table import NOTATIONS, printer

PROGRAM: Final = '''
from matcalc.printing.notations.table import NOTATIONS, Notation
from matcalc.printing.notations.text import TextPrinter

class Dots(TextPrinter):
    times = " . "
    partial = "D"
    by = " by "

DOTS = Dots()
NOTATIONS["dots"] = Notation("__main__:DOTS", prose=True)

import json
from click.testing import CliRunner
from matcalc import backprop, derive, increment, taylor, verify
from matcalc.cli import group

def ran(*words):
    made = CliRunner().invoke(group, [*words, "--to", "dots"])
    assert made.exit_code in (0, 1), made.output
    return made.stdout

index = derive("d (A*x)/dA", form="index")
print(json.dumps({
    "derive": ran("derive", "d tr(A X B)/dX"),
    "steps": ran("derive", "d tr(A X B)/dX", "--steps"),
    "cases": ran("derive", "d (A*x)/dA", "--cases"),
    "value": ran("derive", "d (x^T x)/dx", "--at", "x=[1;2]"),
    "verify": ran("verify", "d tr(A X)/dX = A"),
    "taylor": ran("taylor", "x^T*A*x", "--wrt", "x", "--about", "c"),
    "increment": ran("increment", "W*x", "--wrt", "(x, W)"),
    "backprop": ran("backprop", "L where z = W*x; L = loss(z); dL/dz = g"),
    "python": derive("d tr(A X B)/dX").printed("dots"),
    "several": derive("d (a^T*X*b)/d(a, b)").printed("dots"),
    "derivation": derive("d tr(A X)/dX").derivation("dots"),
    "display": index.display("blocks", "dots"),
}))
'''


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=ROOT, check=True)
    told: dict[str, str] = json.loads(ran.stdout)
    return told


@pytest.mark.parametrize(
    ("where", "part"),
    [
        ("derive", "A^T . B^T\n\n  A is m by n"), ("steps", "f     = tr(A . X . B)"), ("steps", "Df/DX = A^T . B^T"),
        ("cases", "if i = k, else 0"), ("value", "the value of 2 . x"), ("verify", "wrong: the derivative is A^T"),
        ("taylor", "c^T . A . c + c^T . (A + A^T) . (x - c)"), ("increment", "first-order part: W . dx + dW . x"),
        ("backprop", "DL/DW = g . x^T   m by n"), ("python", "A^T . B^T"), ("several", "D/Da: X . b\nD/Db: X^T . a"),
        ("derivation", "Df/DX = A^T"), ("display", "] = "),
    ],
)  # fmt: skip
def test_a_new_notation_is_offered_everywhere(shown: dict[str, str], where: str, part: str) -> None:
    assert part in shown[where], shown[where]


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("request_text", ["d tr(A X B)/dX", "d (a^T*X*b)/d(a, b)", "d (A X)/dX"])
def test_every_notation_shows_answers_and_derivations(notation: str, request_text: str) -> None:
    found = derive(request_text)
    assert found.printed(notation)
    assert found.told(notation).startswith(found.printed(notation))
    assert (found.told(notation) != found.printed(notation)) is NOTATIONS[notation].prose
    for d in found if isinstance(found, tuple) else (found,):
        assert d.derivation(notation)


def test_an_unknown_notation_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown notation 'late'; it is one of text, unicode, latex, typst") as failed:
        printer("late")
    assert failed.value.hint == "did you mean latex?"


@pytest.mark.parametrize("note", ["short", ", ".join(f"W{i} is m{i} x n{i}" for i in range(30)), "word " * 40 + "end"])
def test_notes_fit_a_terminal(note: str) -> None:
    lines = fitted(note)
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines) == note
    assert all("m3 x\n" not in line for line in lines)


@pytest.mark.parametrize(("layers", "form"), [(5, "matrix"), (3, "index")])
def test_what_names_stand_for_is_told_before_they_are_used(layers: int, form: str) -> None:
    nested = "softmax(" * layers + "u.^2" + ")" * layers
    found = derive(f"d^2 norm2({nested})/du^2", form=form, check=False)
    assert isinstance(found, Derivative)
    main, _, told = found.text.partition(" where ")
    parts = [part.split(" = ", 1) for part in told.split("; ")]
    assert len(parts) > 3
    known: set[str] = set()
    for label, value in parts:
        assert set(re.findall(r"\bt\d+\b", value)) <= known
        known.add(label)
    assert set(re.findall(r"\bt\d+\b", main)) <= known


def test_no_label_is_a_variable_of_the_request() -> None:
    found = derive("norm2(X*y) + k", wrt="X", variables={"X": "p p", "y": "p", "k": "scalar"}, order=2, form="index")
    assert isinstance(found, Derivative)
    assert not set(re.findall(r"\bk\b", found.text))
