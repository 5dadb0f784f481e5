"""What to do next in a derivation: the rule, then what the line looks like, then the line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.commands.hint import hint_command
from matcalc.errors import UsageError


def one(request: str) -> Derivative:
    found = derive(request, check=False)
    assert isinstance(found, Derivative)
    return found


REQUESTS = [
    "d tr(A X B)/dX",
    "d x^T A x/dx",
    "d x.*(A*x)/dx",
    "d A*X*B/dX",
    "d softmax(x)/dx",
    "d^2 (x^T A x)/dx^2",
    "d logdet(A X B + C)/dX",
    "d log(sum(exp(x)))/dx",
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_hints_lead_through_the_derivation(request_: str) -> None:
    found = one(request_)
    for k, (step, following) in enumerate(zip(found.steps, found.steps[1:], strict=False), 1):
        told = found.hint(str(k))
        assert (told.before, told.rule, told.line) == (step.after, following.rule, following.after)
        assert told.says
        assert told.shape.partition(" = ")[0] == told.line.partition(" = ")[0]
        assert not told.is_last
    assert found.hint(str(len(found.steps))).is_last


@pytest.mark.parametrize(
    ("request_", "after", "shape"),
    [
        ("d tr(A X B)/dX", "1", "df = tr(_*dX*_)"),
        ("d tr(A X B)/dX", "2", "df = tr(_*dX)"),
        ("d tr(A X B)/dX", "3", "df/dX = _, n x p"),
        ("d x^T A x/dx", "1", "df = dx^T*_ + _*dx"),
        ("d x.*(A*x)/dx", "1", "dy = _.*(_*dx) + _.*dx"),
        ("d A*X*B/dX", "2", "d vec(Y) = _*d vec(X)"),
    ],
)
def test_a_shape_has_blanks_for_what_is_to_be_found(request_: str, after: str, shape: str) -> None:
    assert one(request_).hint(after).shape == shape


def test_the_line_that_one_has_may_be_written() -> None:
    found = one("d tr(A X B)/dX")
    assert found.hint("df = tr(A * dX * B)") == found.hint("= tr(A*dX*B)") == found.hint("2")
    with pytest.raises(UsageError, match="the derivation has no line 'df = 2'"):
        found.hint("df = 2")
    with pytest.raises(UsageError, match="the derivation has the lines 1 to 4, and no line 9"):
        found.hint("9")


def test_of_rules_with_one_name_the_one_that_is_meant_is_told() -> None:
    assert one("d tr(A X B)/dX").hint("3").says.startswith("df = tr(G^T*dX)")
    assert one("d A*X*B/dX").hint("3").says.startswith("dy = J*dx")


@pytest.mark.parametrize(("level", "lines"), [("1", 3), ("2", 4), ("3", 5)])
def test_the_command_tells_as_much_as_is_asked_for(level: str, lines: int) -> None:
    run = CliRunner().invoke(hint_command, ["d tr(A X B)/dX", "--after", "2", "--level", level])
    told = run.stdout.splitlines()
    assert told[:2] == ["line 2 of 4: df = tr(A*dX*B)", "rule:  cyclic property of the trace"]
    assert len(told) == lines
    assert ("line:  df = tr(B*A*dX)" in told) == (level == "3")


def test_the_end_is_said() -> None:
    run = CliRunner().invoke(hint_command, ["d tr(A X B)/dX", "--after", "4"])
    assert run.stdout == "line 4 of 4: df/dX = A^T*B^T\nnothing is left to do: this is the answer\n"


def test_a_hint_as_json() -> None:
    told = json.loads(CliRunner().invoke(hint_command, ["d tr(A X B)/dX", "--to", "json"]).stdout)
    assert (told["rule"], told["shape"], told["line"], told["done"]) == ("linearity", "df = tr(_*dX*_)", "df = tr(A*dX*B)", False)
