"""The shell: what it keeps, what it answers, and how it ends; in one process, through pipes and on a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from places import ROOT
from terminals import bare, environment

import matcalc
from matcalc.commands.interactive.session import Session
from matcalc.commands.interactive.shell import RUN, Shell, commands, history_file, settable


class Talk:
    """A shell and what it prints."""

    def __init__(self, capsys: pytest.CaptureFixture[str], talks: bool = False) -> None:
        self.shell, self.capsys = Shell(Session(), talks), capsys

    def say(self, *lines: str) -> str:
        """What the last line prints on standard output; none may fail."""
        for line in lines:
            self.capsys.readouterr()
            assert self.shell.obey(line) == 0, self.capsys.readouterr().err
        return self.capsys.readouterr().out

    def error(self, line: str) -> str:
        self.capsys.readouterr()
        assert self.shell.obey(line) == 1
        return self.capsys.readouterr().err


@pytest.fixture
def talk(capsys: pytest.CaptureFixture[str]) -> Talk:
    return Talk(capsys)


def first(told: str) -> str:
    return told.partition("\n")[0]


# --------------------------------------------------------------------------------------------------- what is kept


def test_declarations_last(talk: Talk) -> None:
    talk.say("S: n x n symmetric")
    assert first(talk.say("d x^T S x/dx")) == "2*S*x"
    assert first(talk.say("S: n x n", "d x^T S x/dx")) == "(S + S^T)*x"


def test_several_names_are_declared_at_once(talk: Talk) -> None:
    assert talk.say("A, B: n x n symmetric", ":vars") == "A: n x n symmetric\nB: n x n symmetric\n"


def test_definitions_last(talk: Talk) -> None:
    assert first(talk.say("y = A*x", "d (y^T y)/dx")) == "2*A^T*A*x"
    assert first(talk.say("y = B*x", "d (y^T y)/dx")) == "2*B^T*B*x"


def test_a_chain_over_several_lines(talk: Talk) -> None:
    assert first(talk.say("z = W*x + b; a = tanh(z)", "L = loss(a); dL/da = g", "dL/db")) == "(ones(m) - tanh(W*x + b).^2).*g"
    assert first(talk.say(":backprop L --wrt b")).startswith("dL/da = g")


def test_the_name_of_a_gradient_may_come_later(talk: Talk) -> None:
    assert first(talk.say("y = W*x", "L = loss(y)", "dL/dW")) == "grad_loss(W*x)*x^T"
    assert first(talk.say("dL/dy = g", "dL/dW")) == "g*x^T"


def test_a_definition_takes_the_place_of_a_declaration(talk: Talk) -> None:
    assert talk.say("y: n", "y = A*x", ":vars") == "y = A*x\n"
    assert talk.say("y: n", ":vars") == "y: n\n"


def test_what_makes_no_sense_is_not_kept(talk: Talk) -> None:
    talk.say("A: m x n", "x: n", "y = A*x")
    assert "cannot multiply" in talk.error("z = A*y")
    assert "never closed" in talk.error("y = (A*x")
    assert "expected a definition" in talk.error("y =")
    talk.error("y = y + x")
    assert "is not a property" in talk.error("A: n x n symetric")
    assert talk.say(":vars") == "A: m x n\nx: n\ny = A*x\n"


def test_definitions_that_a_request_does_not_reach_cannot_spoil_it(talk: Talk) -> None:
    talk.say("A: m x n", "x: n", "y = A*x", "x: k")
    assert first(talk.say("d tr(B X)/dX")) == "B^T"
    assert "cannot multiply" in talk.error("d (y^T y)/dx")


def test_clear(talk: Talk) -> None:
    talk.say("A: m x n", "y = A*x", ":wrt x", ":clear A")
    assert talk.say(":vars") == "y = A*x\n"
    assert "Q is neither declared nor defined" in talk.error(":clear Q")
    assert talk.say(":clear", ":vars") == "nothing is declared or defined\n"
    assert talk.say(":wrt") == "not set\n"


def test_a_name_tells_what_it_is(talk: Talk) -> None:
    assert talk.say("A: m x n", "y = A*x", "A") == "A: m x n\n"
    assert talk.say("y") == "y = A*x\n"


def test_a_shell_that_talks_confirms(capsys: pytest.CaptureFixture[str]) -> None:
    assert bare(Talk(capsys, talks=True).say("W: m x n", "y = W*x")) == "  y: m\n"


# ------------------------------------------------------------------------------------------------- what is answered


def test_a_bare_expression_needs_a_variable(talk: Talk) -> None:
    told = talk.error("x' A x")
    assert "the variable to differentiate by is missing\n  x' A x\n  ^^^^^^\nhint: write d f / dX, or :wrt X once" in told
    assert first(talk.say(":wrt x", "x' A x")) == "(A + A^T)*x"
    assert first(talk.say("y = A*x", "y")) == "A^T"
    assert first(talk.say("-x^T x")) == "-2*x"


def test_settings_stay(talk: Talk) -> None:
    assert "numerator layout: 1 x n" in talk.say(":layout numerator", ":check off", "d x^T x/dx")
    assert talk.say(":layout") == "numerator\n"
    assert "not checked" in talk.say("d x^T x/dx")
    assert talk.say(":to latex", "d x^T x/dx") == "2 x^\\top\n"
    assert "denominator layout" in talk.say(":layout default", ":to default", "d x^T x/dx")
    assert "check        off" in talk.say(":settings").splitlines()


def test_the_order_and_the_variable_are_for_bare_expressions(talk: Talk) -> None:
    talk.say(":wrt x", ":order 2")
    assert first(talk.say("x^T A x")) == "A + A^T"
    assert first(talk.say("d y^T y/dy")) == "2*y"


def test_claims(talk: Talk) -> None:
    assert first(talk.say("d x^T x/dx = 2*x")) == "right"
    assert talk.shell.obey("d x^T x/dx = x") == 1
    assert first(talk.say(":layout numerator", "d x^T x/dx = 2*x^T")) == "right"


def test_what_was_understood(talk: Talk) -> None:
    told = talk.say("S: n x n symmetric", ":read d x^T*S*x/dx")
    assert "d/dx x^T*S*x" in told
    assert "S is n x n symmetric (declared)" in told


def test_other_commands(talk: Talk) -> None:
    talk.say("A: n x n symmetric", "y = A*x")
    assert first(talk.say(":taylor x^T A x --wrt x --about c")).startswith("c^T*A*c + ")
    assert first(talk.say(':verify "d (y^T*x)/dx = 2*A*x"')) == "right"
    assert talk.say(":shape dA/dx").startswith("numerator ")
    assert first(talk.say(":rules det")) == "det(A)"
    assert first(talk.say(":derive x' A x --wrt x --to unicode")) == "2 A x"
    assert talk.say(":verify --help").startswith("Usage: verify")
    assert "Usage: " in talk.say(":taylor --help")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":frobnicate", "there is no command :frobnicate"),
        (":lyout mixed", "did you mean 'layout'?"),
        (":layout diagonal", "'diagonal' is not one of 'numerator', 'denominator', 'mixed'"),
        (":check maybe", "check is on or off, not maybe"),
        (":order 3", "3 is not in the range 1<=x<=2"),
        (':taylor x --about "c', "cannot be read"),
        ("d tr(X/dX", "never closed"),
        ("\x00", "has no meaning here"),
        ("x" * 300_000, "at most 200000 are read"),
    ],
)
def test_errors(talk: Talk, line: str, message: str) -> None:
    told = " ".join(talk.error(line).split())
    assert message in told
    assert "Traceback" not in told
    assert first(talk.say("d tr(X)/dX")) == "eye(n)"


def test_an_interrupt_ends_the_work_on_a_line_alone(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as changed:
        changed.setattr(matcalc, "derive", interrupted)
        changed.setattr("builtins.input", lambda _prompt: "d tr(X)/dX")
        talk.shell.obey_one()
    assert talk.capsys.readouterr().err == "interrupted\n"
    assert first(talk.say("d tr(X)/dX")) == "eye(n)"


def test_the_help_names_every_command(talk: Talk) -> None:
    told = talk.say(":help")
    assert all(name in told for name in RUN)


@pytest.mark.parametrize("line", ["help", "?"])
def test_help_needs_no_colon(talk: Talk, line: str) -> None:
    assert talk.say(line) == talk.say(":help")


@pytest.mark.parametrize("line", ["quit", "exit"])
def test_quitting_needs_no_colon(talk: Talk, line: str) -> None:
    talk.say(line)
    assert talk.shell.ended


def test_a_name_of_the_session_comes_first(talk: Talk) -> None:
    assert talk.say("help: n x n", "help").strip() == "help: n x n"


def test_comments_and_empty_lines_mean_nothing(talk: Talk) -> None:
    assert talk.say("# a comment", "", "   ") == ""


# ---------------------------------------------------------------------------------------------------- completion


def test_completion(talk: Talk) -> None:
    talk.say("Weight: m x n", "wide = Weight*x")
    complete = talk.shell.completions
    assert complete(":lay", ":lay") == [":layout "]
    assert complete(":layout n", "n") == ["numerator"]
    assert complete(":check ", "") == ["on", "off"]
    assert complete("d logd", "logd") == ["logdet("]
    assert complete("d sum(W", "W") == ["Weight"]
    assert complete("w", "w") == ["wide"]
    assert "--about" in complete(":taylor f --a", "--a")
    assert [f":{c} " for c in commands()] == complete(":", ":")


def test_every_option_of_derive_that_may_stay_can_be_set(talk: Talk) -> None:
    assert {"wrt", "layout", "form", "to", "check"} <= set(settable())
    assert "var" not in settable()


# ---------------------------------------------------------------------------------------------------------- pipes


def piped(script: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "matcalc", "shell"], input=script, capture_output=True, cwd=ROOT, check=False)


def test_a_script_of_lines() -> None:
    found = piped(b"y = A*x\nd (y^T y)/dx\n:quit\nd tr(\n")
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout.startswith(b"2*A^T*A*x\n\n  A is m x n")
    assert b"matcalc>" not in found.stdout


def test_a_script_goes_on_after_an_error() -> None:
    found = piped(b"d tr(\n\xff\xfe\nd tr(X)/dX")
    assert found.returncode == 1
    assert found.stderr.count(b"Error: ") == 2
    assert found.stdout.startswith(b"eye(n)\n")


# ------------------------------------------------------------------------------------------------------- terminal


def controlled() -> None:
    """Makes the terminal the one whose Ctrl-C this process gets."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Prompt:
    """A shell on a terminal."""

    def __init__(self, home: Path, **changed: str) -> None:
        self.ours, theirs = pty.openpty()
        env = environment(NO_COLOR="1", XDG_STATE_HOME=str(home), INPUTRC="/dev/null", **changed)
        run = [sys.executable, "-m", "matcalc", "shell"]
        self.process = subprocess.Popen(
            run, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=env, start_new_session=True, preexec_fn=controlled
        )
        os.close(theirs)
        self.shown = ""

    def until(self, wanted: str, seconds: float = 60) -> str:
        """What is shown up to some text."""
        end = time.monotonic() + seconds
        while wanted not in self.shown:
            ready, _, _ = select.select([self.ours], [], [], max(0, end - time.monotonic()))
            assert ready, f"{wanted!r} is not in {self.shown!r}"
            try:
                data = os.read(self.ours, 4096)
            except OSError:
                data = b""
            assert data, f"{wanted!r} is not in {self.shown!r}"
            self.shown += bare(data.decode()).replace("\r", "")
        told, _, self.shown = self.shown.partition(wanted)
        return told + wanted

    def type(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def interrupt(self) -> None:
        """Ctrl-C until there is a prompt: one that comes just as the prompt is shown is not seen before the next key."""
        for _ in range(20):
            self.type("\x03")
            with contextlib.suppress(AssertionError):
                self.until("matcalc> ", 3)
                return
        self.until("matcalc> ")

    def end(self) -> int:
        self.type("\x04")
        status = self.process.wait(60)
        os.close(self.ours)
        return status


def test_a_terminal_prompts_completes_and_remembers(tmp_path: Path) -> None:
    prompt = Prompt(tmp_path)
    prompt.until("matcalc> ")
    prompt.type("W: m x n\n")
    prompt.until("  W: m x n\nmatcalc> ")
    prompt.type(":lay\tnum\t\n")
    prompt.until("matcalc> ")
    prompt.type("d logd\tX^T*X)/dX\n")
    assert "2 (Xᵀ X)⁻¹ Xᵀ\n" in prompt.until("numerator layout")
    prompt.until("matcalc> ")
    prompt.type("d tr(X/dX\n")
    prompt.until("is never closed")
    prompt.until("matcalc> ")
    assert prompt.end() == 0
    kept = (tmp_path / "matcalc" / "history").read_text()
    assert "d logdet(X^T*X)/dX\n" in kept
    again = Prompt(tmp_path)
    again.until("matcalc> ")
    again.type("\x1b[A\x1b[A\n")
    again.until("logdet(X^T*X)/dX")
    assert "2 X (Xᵀ X)⁻¹" in again.until("matcalc> ")
    assert again.end() == 0


def test_an_interrupt_drops_the_line_or_the_work(tmp_path: Path) -> None:
    prompt = Prompt(tmp_path)
    prompt.until("matcalc> ")
    prompt.type("d tr(")
    prompt.until("d tr(")
    prompt.interrupt()
    prompt.type("d^2 (" + "*".join(f"(x^T*A{i}*x)" for i in range(12)) + ")/dx^2\n")
    prompt.until("dx^2\n")
    prompt.interrupt()
    prompt.type("d tr(X)/dX\n")
    prompt.until("eye(n)")
    prompt.until("matcalc> ")
    prompt.type(":quit\n")
    assert prompt.process.wait(60) == 0


def test_without_a_place_for_its_history_it_works_too(tmp_path: Path) -> None:
    (tmp_path / "matcalc").write_text("a file where the folder would be")
    prompt = Prompt(tmp_path)
    prompt.until("matcalc> ")
    assert prompt.end() == 0


@pytest.mark.parametrize(("state", "expected"), [("/var/tmp/s", "/var/tmp/s/matcalc/history"), ("relative", None), ("", None)])
def test_where_the_history_is(state: str, expected: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    assert history_file() == (Path(expected) if expected else Path.home() / ".local/state/matcalc/history")


def test_a_definition_is_differentiated_once_the_variable_is_set(talk: Talk) -> None:
    """As :help says: the same, after :wrt x."""
    assert talk.say("y = W*x", "y").splitlines()[-1] == "y = W*x"
    assert talk.say(":wrt x", "y").startswith("W^T")


def test_the_help_fits_a_terminal(talk: Talk) -> None:
    assert max(map(len, talk.say(":help").splitlines())) <= 80
