"""Unicode and colour on a terminal that shows them, plain text everywhere else."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Final

import pytest
from click.testing import CliRunner
from places import ROOT
from terminals import bare, environment, on_terminal

from matcalc import cli
from matcalc.commands import terminal

GRADIENT: Final = ("derive", "grad_x ||A x - b||^2")
WRONG: Final = ("derive", "d tr(X / dX")
COMMANDS: Final = {
    "derive": (GRADIENT, "2*A^T*(A*x - b)", "2 Aᵀ (A x − b)"),
    "several": (("derive", "d (a^T*X*b)/d(a, b)"), "d/da: X*b", "∂/∂a: X b"),
    "a value": (("derive", "x^T*x", "--wrt", "x", "--at", "x = [1; 2]"), "  the value of 2*x", "  the value of 2 x"),
    "a display": (("derive", "d A*x/dA", "--cases"), "  A is m x n", "  A is m × n"),
    "verify": (("verify", "d (x^T A x)/dx = x"), "wrong: the derivative is (A + A^T)*x", "wrong: the derivative is (A + Aᵀ) x"),
    "taylor": (("taylor", "1 - x + x^2", "--wrt", "x", "--about", "c"), "(1 - c^2) + (2*c - 1)*x", "(1 − c²) + (2 c − 1) x"),
    "increment": (("increment", "x^T*x", "--wrt", "x"), "first-order part: 2*dx^T*x", "first-order part: 2 dxᵀ x"),
    "backprop": (("backprop", "L where y = W*x; L = loss(y); dL/dy = g"), "dL/dW = g*x^T   m x n", "∂L/∂W = g xᵀ   m × n"),
}


@pytest.mark.parametrize(("arguments", "plain", "signs"), COMMANDS.values(), ids=COMMANDS)
def test_every_command_has_both_notations(arguments: tuple[str, ...], plain: str, signs: str) -> None:
    def printed(*to: str) -> str:
        return CliRunner().invoke(cli.group, [*arguments, *to]).stdout

    assert plain in printed()
    assert printed() == printed("--to", "text")
    assert signs in printed("--to", "unicode")


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, encoding: str, answer: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding)
        self.answer = answer

    def isatty(self) -> bool:
        return self.answer


@pytest.mark.parametrize(
    ("changed", "stream", "notation"),
    [
        ({}, Terminal("utf-8"), "unicode"),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": "en_GB.utf8"}, Terminal("utf-8"), "unicode"),
        ({}, Terminal("utf-8", answer=False), "text"),
        ({}, None, "text"),
        ({"TERM": "dumb"}, Terminal("utf-8"), "text"),
        ({"LC_ALL": "C"}, Terminal("utf-8"), "text"),
        ({"LC_ALL": "de_DE.ISO-8859-1"}, Terminal("utf-8"), "text"),
        ({}, Terminal("latin-1"), "text"),
    ],
)
def test_the_notation_is_what_the_terminal_shows(
    changed: dict[str, str], stream: Terminal | None, notation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(**changed).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", stream)
    assert terminal.notation() == notation


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"TERM": "dumb"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, None),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_whether_to_colour(changed: dict[str, str], wanted: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TERM": "xterm", **changed}.items():
        monkeypatch.setenv(name, value)
    assert terminal.colours() is wanted
    coloured = ["\x1b" in text for a in (GRADIENT, WRONG) for text in [CliRunner().invoke(cli.group, a).output]]
    assert coloured == [wanted is True] * 2


# ------------------------------------------------------------------------------------------ on a real terminal


def piped(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "matcalc", *arguments]
    return subprocess.run(run, capture_output=True, text=True, cwd=ROOT, env=environment(**changed), check=False)


def test_the_formula_stands_out_and_the_notes_stand_back() -> None:
    status, shown, _ = on_terminal(*GRADIENT)
    assert status == 0
    assert shown.startswith("\x1b[1m2 Aᵀ (A x − b)\x1b[0m\n\n\x1b[2m  A is m × n")


def test_an_error_points_in_red() -> None:
    status, shown, _ = on_terminal(*WRONG)
    assert status == 1
    assert shown.startswith("\x1b[31m\x1b[1mError:\x1b[0m this '(' is never closed\n")
    assert "\n      \x1b[31m\x1b[1m^\x1b[0m\n\x1b[36mhint:\x1b[0m add ')'\n" in shown


def test_without_colour() -> None:
    assert "\x1b" not in on_terminal(*GRADIENT, NO_COLOR="1")[1]
    assert "\x1b" not in on_terminal(*WRONG, TERM="dumb")[1]


def test_without_the_signs() -> None:
    shown = bare(on_terminal(*GRADIENT, LC_ALL="C")[1])
    assert shown.startswith("2*A^T*(A*x - b)\n\n  A is m x n")
    assert shown.isascii()


def test_each_stream_is_coloured_on_its_own() -> None:
    _, shown, elsewhere = on_terminal(*GRADIENT, streams="stdin stderr")
    assert shown == ""
    assert elsewhere.startswith("2*A^T*(A*x - b)\n\n  A is m x n")


def test_what_goes_into_other_programs_is_never_coloured() -> None:
    assert on_terminal(*GRADIENT, "--to", "latex")[1] == "2 A^\\top (A x - b)\n"


def test_a_pipe_is_coloured_if_one_insists() -> None:
    assert piped(*GRADIENT, FORCE_COLOR="1").stdout.startswith("\x1b[1m2*A^T*(A*x - b)")
