"""What answers show of themselves in a notebook, and the magics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import matcalc
from matcalc import derive
from matcalc.answers.derivative import Derivative
from matcalc.answers.display.notebook import Answers, Explanation, folded
from matcalc.answers.display.shown import escaped
from matcalc.answers.expansions.taylor import taylor

BAD = "d tr(X / dX"


def bundle(shown: Any) -> dict[str, str]:
    found: dict[str, str] = shown._repr_mimebundle_(include=None, exclude=None)
    assert set(found) == {"text/plain", "text/latex", "text/markdown"}
    assert found["text/latex"].startswith("$\\displaystyle ") and found["text/latex"].endswith("$")
    assert found["text/markdown"].count("$$") % 2 == 0
    return found


def test_a_derivative_shows_its_formula_and_its_notes() -> None:
    found = bundle(derive("grad_x ||A x - b||^2"))
    assert found["text/plain"].startswith("2 Aᵀ (A x − b)\n\n  A is m × n, x has n entries")
    assert found["text/latex"] == r"$\displaystyle 2 A^\top (A x - b)$"
    assert found["text/markdown"].startswith("$$\n2 A^\\top (A x - b)\n$$\n\nA is m × n, x has n entries, b has m entries  \n")
    assert "checked: " in found["text/markdown"]


def test_several_variables_show_themselves_together() -> None:
    answers = derive("d (a^T*X*b)/d(a, b)")
    assert isinstance(answers, tuple)
    found = bundle(answers)
    assert found["text/plain"].startswith("∂/∂a: X b\n∂/∂b: Xᵀ a\n")
    assert r"\frac{\partial}{\partial a} \colon\quad & X b \\" in found["text/latex"]


def test_a_chain_and_an_expansion_show_themselves() -> None:
    chain = bundle(matcalc.backprop("L where y = W*x; L = loss(y); dL/dy = g"))
    assert "∂L/∂W = g xᵀ" in chain["text/plain"]
    assert r"\frac{\partial L}{\partial W} &= g x^\top" in chain["text/markdown"]
    expansion = bundle(taylor("1 - x + x^2", "x", "c"))
    assert expansion["text/plain"].splitlines()[1] == "(1 − c²) + (2 c − 1) x"
    assert "an approximation, checked: halving the step" in expansion["text/markdown"]


def test_the_plain_console_shows_the_formula() -> None:
    assert repr(derive("d tr(A X)/dX")) == "<Derivative A^T>"


def test_text_cannot_be_taken_for_markup() -> None:
    assert escaped("W_1 * <b> [x](y) `z` $1$") == r"W\_1 \* \<b\> \[x\]\(y\) \`z\` \$1\$"


def test_a_derivation_is_folded() -> None:
    found = folded("derivation by X", "\\begin{align*}\ndf &= A\n\\end{align*}")
    title = "<details><summary>derivation by X</summary>"
    assert found == f"\n\n{title}\n\n$$\n\\begin{{aligned}}\ndf &= A\n\\end{{aligned}}\n$$\n\n</details>"


def test_an_explanation_has_the_derivation_of_every_answer() -> None:
    answers = derive("d (a^T*X*b)/d(a, b)")
    assert isinstance(answers, tuple)
    found = bundle(Explanation(answers))
    assert found["text/plain"].endswith("first identification theorem")
    assert found["text/markdown"].count("<details>") == found["text/markdown"].count("\\begin{aligned}") - 1 == 2
    assert answers[1].derivation("latex").splitlines()[1] in found["text/markdown"]
    assert bundle(Explanation(answers[:1]))["text/latex"] == r"$\displaystyle X b$"


# ------------------------------------------------------------------------------------------------------ magics


class Published:
    """An interactive session and what its cells publish."""

    def __init__(self, shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.shell, self.capsys = shell, capsys
        self.bundles: list[dict[str, str]] = []
        self.shell.display_pub.publish = lambda data, *_about, **_more: self.bundles.append(data)

    def run(self, cell: str) -> Any:
        self.bundles.clear()
        self.capsys.readouterr()
        done = self.shell.run_cell(cell)
        done.raise_error()
        return done.result

    def told(self) -> tuple[str, str]:
        shown = self.capsys.readouterr()
        return shown.out, shown.err


@pytest.fixture
def session(capsys: pytest.CaptureFixture[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    interactive = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell
    interactive.clear_instance()
    shell = interactive.instance()
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "matcalc")
    yield Published(shell, capsys)
    interactive.clear_instance()


@pytest.mark.parametrize(
    "line",
    [
        "%derive d tr(A X)/dX --layout numerator",
        '%derive "d tr(A X)/dX" --layout=numerator',
        "%derive tr(A X) --wrt X --layout numerator",
        "%derive --layout numerator -- d tr(A X)/dX",
    ],
)
def test_a_line(session: Published, line: str) -> None:
    found = session.run(line)
    assert isinstance(found, Derivative)
    assert (found.text, found.layout) == ("A", "numerator")
    session.run(f"D = {line}")
    assert session.run("D.text") == "A"


def test_a_line_with_quotes_in_it(session: Published) -> None:
    assert session.run('%derive d (x\' A x)/dx --var "A: n x n symmetric"').text == "2*A*x"


def test_several_variables_come_as_a_tuple(session: Published) -> None:
    found = session.run("%derive d (a^T*X*b)/d(a, b)")
    assert isinstance(found, Answers)
    assert [d.text for d in found] == ["X*b", "X^T*a"]


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ("--to latex", "2 x\n"),
        ("--to text", "2*x\n\n  x has n entries\n"),
        ('--at "x = [1; 2]"', "[2; 4]\n"),
        ("--form index --display cases", "2*x[i]\n"),
        ("--help", "Usage: derive "),
    ],
)
def test_text_is_printed(session: Published, options: str, start: str) -> None:
    assert session.run(f"%derive d (x^T x)/dx {options}") is None
    out, err = session.told()
    assert out.startswith(start)
    assert err == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"%derive {BAD}", "Error: this '(' is never closed\n  d tr(X / dX\n      ^\nhint: add ')'\n"),
        ("%derive", "Error: there is nothing to derive\nhint: %derive d tr(A X) / dX\n"),
        ("%derive d tr(X)/dX --layout diagonal", "'diagonal' is not one of"),
        ('%derive d tr(X)/dX --var "X: n', "cannot be read: no closing quotation"),
    ],
)
def test_an_error_is_a_message(session: Published, line: str, message: str) -> None:
    assert session.run(line) is None
    out, err = session.told()
    assert message in err
    assert "Traceback" not in out + err


def test_a_cell(session: Published) -> None:
    lines = ["# a comment", "A: n x n symmetric", "y = A*x", "", "d (y^T y)/dx", "d tr(A X)/dX", "S, T: k x k"]
    session.run("\n".join(["%%derive --layout numerator --no-check", *lines]))
    assert [b["text/latex"] for b in session.bundles] == [r"$\displaystyle 2 x^\top A^{2}$", r"$\displaystyle A$"]
    assert all("not checked" in b["text/markdown"] for b in session.bundles)


def test_a_cell_declares_for_all_its_requests(session: Published) -> None:
    session.run("%%derive d (x^T*A*x)/dx\nA: n x n symmetric")
    assert [b["text/plain"].splitlines()[0] for b in session.bundles] == ["2 A x"]


def test_a_cell_goes_on_after_an_error(session: Published) -> None:
    session.run(f"%%derive\n{BAD}\nA: n x n symetric\nd tr(X)/dX")
    assert len(session.bundles) == 1
    assert session.told()[1].count("Error: ") == 2


def test_a_cell_verifies_claims(session: Published) -> None:
    """Each verdict is an object, without colours."""
    session.run("%%derive --layout numerator\nd tr(A X)/dX = A\nd tr(A X)/dX = A^T")
    right, wrong = (b["text/plain"] for b in session.bundles)
    assert right.startswith("right\n") and wrong.startswith("wrong: the derivative is A\n")
    assert "\x1b" not in right + wrong and " × " in right


def test_a_derivation_shows_itself_as_lines() -> None:
    d = derive("d tr(A X)/dX")
    assert isinstance(d, Derivative)
    told, shown = d.derivation(), d.derivation("latex")
    assert told._repr_mimebundle_() == {"text/plain": told}
    bundle = shown._repr_mimebundle_()
    assert bundle["text/latex"].startswith(r"\begin{align*}") and r"\begin{aligned}" in bundle["text/markdown"]


def test_several_answers_in_a_console() -> None:
    assert repr(derive("d (a^T*X*b)/d(a, b)")) == "d/da: X*b\nd/db: X^T*a"


def test_a_derivation_in_a_cell_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    from matcalc.commands.interactive.notebook import _Magics

    magics = _Magics(None)
    assert magics.check("", "f = tr(A*X)\ndf = tr(A*dX)\ndf/dX = A^T")
    assert magics.check("--layout numerator", "f = tr(A*X)\ndf/dX = A")
    wrong = magics.check("", "f = tr(A*X)\ndf/dX = A")
    assert bundle_of_text(wrong).startswith("line 2 is wrong")
    assert magics.check("", "A: n x n") is None
    assert "nothing is derived" in capsys.readouterr().err


def bundle_of_text(shown: Any) -> str:
    found: dict[str, str] = shown._repr_mimebundle_()
    return found["text/plain"]
