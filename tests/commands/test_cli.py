"""The commands: what they print where, and their exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner, Result
from places import ROOT

import matcalc
from matcalc import cli
from matcalc.answers.display.report import described
from matcalc.book.choices import LAYOUTS
from matcalc.commands.derive import derive_command

MAIN_JOB = "d tr(W x) / dW"


def derive(*arguments: str) -> Result:
    return CliRunner().invoke(derive_command, arguments)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli.group, arguments)


def shell(*arguments: str, stdout: int | IO[str] = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "matcalc", *arguments]
    return subprocess.run(run, stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)


# ------------------------------------------------------------------------------------------------------ derive


def test_the_main_job() -> None:
    result = derive(MAIN_JOB)
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert result.stderr == ""
    assert lines[:4] == ["x^T", "", "  W is 1 x n, x has n entries", "  denominator layout: 1 x n"]
    assert lines[4] == "  W is read as a row, though it is a capital"
    assert lines[5].startswith("  checked: ")
    assert len(lines) == 6


def test_numerator_layout() -> None:
    assert derive(MAIN_JOB, "--layout", "numerator").stdout.splitlines()[0] == "x"


def test_derive_is_short_for_matcalc_derive() -> None:
    assert command("derive", MAIN_JOB).stdout == derive(MAIN_JOB).stdout


@pytest.mark.parametrize(("request_", "status"), [(MAIN_JOB, 0), ("d tr(W x / dW", 1), ("d foo(x)/dx where f: n", 1), ("--nothing", 2)])
def test_the_program_ends_with_all_that_the_command_prints(request_: str, status: int) -> None:
    program = [sys.executable, "-c", "from matcalc.cli import derive_main; derive_main()", request_]
    ran = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, check=False)
    asked = derive(request_)
    assert (ran.returncode, ran.stdout, ran.stderr) == (status, asked.stdout, asked.stderr)


def test_without_a_check_the_answer_says_so() -> None:
    assert derive(MAIN_JOB, "--no-check").stdout.splitlines()[-1] == "  not checked"


def test_bare_expression_with_declarations() -> None:
    lines = derive("x^T A x", "--wrt", "x", "--var", "A: k x k symmetric").stdout.splitlines()
    assert lines[0] == "2*A*x"
    assert "A is k x k" in lines[2]


def test_expression_that_begins_with_a_minus() -> None:
    assert derive("-x^T x", "--wrt", "x").stdout.splitlines()[0] == "-2*x"


def test_definitions() -> None:
    result = derive("d (y^T y)/dx", "--let", "y = A*x")
    assert result.stdout.splitlines()[0] == "2*A^T*A*x"


def test_second_derivatives() -> None:
    assert derive("logsumexp(x)", "--wrt", "x", "--order", "2").stdout.startswith("diag(softmax(x)) - softmax(x)*softmax(x)^T\n")
    assert derive("x^T A y", "--wrt", "x", "--wrt2", "y", "--order", "2", "--layout", "mixed").stdout.splitlines()[0] == "A"


def test_several_variables_are_told_apart() -> None:
    lines = derive("d ||W*x + b||^2 / d(W, b)").stdout.splitlines()
    assert lines[0].startswith("d/dW: ")
    assert lines[1].startswith("d/db: ")
    assert any(line.startswith("  d/dW: denominator layout: ") for line in lines)


def test_formats() -> None:
    assert derive(MAIN_JOB, "--to", "latex").stdout == "x^\\top\n"
    assert derive(MAIN_JOB, "--to", "unicode").stdout.splitlines()[0] == "xᵀ"
    told = json.loads(derive(MAIN_JOB, "--to", "json").stdout)
    assert (told["text"], told["shape"], told["layout"]) == ("x^T", ["1", "n"], "denominator")
    assert len(json.loads(derive("d (a^T X b) / d(a, b)", "--to", "json").stdout)) == 2


def test_numpy_source_runs_as_printed() -> None:
    import numpy as np

    space: dict[str, object] = {}
    exec(derive("d (x^T A x) / dx", "--to", "numpy").stdout, space)
    a, x = np.arange(9.0).reshape(3, 3), np.array([1.0, -2.0, 3.0])
    assert np.allclose(space["derivative"](A=a, x=x), (a + a.T) @ x)  # type: ignore[operator]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", ["vec", "index"])
def test_forms(layout: str, form: str) -> None:
    result = derive("d (A X B) / dX", "--form", form, "--layout", layout)
    assert result.exit_code == 0
    assert f"{layout} layout, {form} form: " in result.stdout


def test_a_differential_has_no_layout() -> None:
    results = {derive("d X^-1 / dX", "--form", "differential", "--layout", layout).stdout for layout in LAYOUTS}
    assert len(results) == 1
    assert results.pop().startswith("-X^-1*dX*X^-1\n\n  X is n x n\n  differential form: n x n\n")


# ------------------------------------------------------------------------------------------------------ errors


def test_errors_point_into_the_request() -> None:
    result = derive("d tr(W x / dW")
    assert result.exit_code == 1
    assert result.stdout == ""
    message, source, caret = result.stderr.splitlines()[:3]
    assert message.startswith("Error: ")
    assert source == "  d tr(W x / dW"
    assert set(caret) == {" ", "^"}


@pytest.mark.parametrize(
    "arguments",
    [(), ("a", "b"), *(("tr(X)", *wrong.split()) for wrong in ("--layout diagonal", "--order 3", "--layuot mixed", "--to pdf"))],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    result = derive(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr


@pytest.mark.parametrize(
    ("raised", "status", "message"),
    [
        (ZeroDivisionError("oh"), 1, "Error: internal error: ZeroDivisionError: oh\nhint: please report this, with the request\n"),
        (RecursionError(), 1, "Error: the request is too large: it is nested too deeply or needs too much memory\n"),
        (MemoryError(), 1, "Error: the request is too large: it is nested too deeply or needs too much memory\n"),
        (matcalc.ShapeError("no fit", (2, 4), "d tr(X)/dX", "try"), 1, "Error: no fit\n  d tr(X)/dX\n    ^^\nhint: try\n"),
        (OSError(28, "No space left on device"), 1, "Error: No space left on device\n"),
    ],
)
def test_whatever_goes_wrong_is_one_message(monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, message: str) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise raised

    monkeypatch.setattr(matcalc, "derive", fail)
    result = derive("d tr(X)/dX")
    assert (result.exit_code, result.stderr, result.stdout) == (status, message, "")


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(matcalc, "derive", interrupt)
    assert derive("d tr(X)/dX").exit_code == 130


INTERRUPTED_IN_TEXT = """
import click
from matcalc.commands.guard import Guarded

@click.command(cls=Guarded)
def run():
    exec("raise KeyboardInterrupt")

run.main([])
"""


def test_interrupt_while_text_is_executed(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED_IN_TEXT)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    run = subprocess.run([sys.executable, "-m", "interrupted"], env={**os.environ, "PYTHONPATH": path}, check=False)
    assert run.returncode == 130


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        run = shell("rules", stdout=full)
    assert run.returncode == 1
    assert run.stderr == "Error: No space left on device\n"


@pytest.mark.skipif(os.name != "posix", reason="pipes of a POSIX shell")
def test_closed_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    run = shell("rules", stdout=writer)
    os.close(writer)
    assert (run.returncode, run.stderr) == (1, "")


# ------------------------------------------------------------------------------------------------- other commands


def test_help_and_version_import_nothing_heavy() -> None:
    code = """
import sys, matcalc.cli
try:
    matcalc.cli.main()
finally:
    assert not {"sympy", "numpy"} & set(sys.modules)
"""
    for option in ("--help", "--version"):
        subprocess.run([sys.executable, "-c", code, option], capture_output=True, cwd=ROOT, check=True)
    assert shell("--version").stdout == f"matcalc {matcalc.__version__}\n"


@pytest.mark.parametrize("arguments", [("derive", MAIN_JOB, "--no-check"), ("read", MAIN_JOB), ("shape", "dY/dX")])
def test_what_checks_nothing_imports_no_numpy(arguments: tuple[str, ...]) -> None:
    code = """
import sys, matcalc.cli
try:
    matcalc.cli.main()
finally:
    assert not {"sympy", "numpy", "_hashlib"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, cwd=ROOT, check=True)


def test_a_plain_request_imports_only_what_it_needs() -> None:
    code = """
import sys, matcalc.cli
try:
    matcalc.cli.main()
finally:
    unasked = "reading.latex. derivation. answers.display.index_forms answers.expansions codegen. objects. commands.interactive."
    unasked += " commands.sheet numbers.stand_ins numbers.certifying.links simplify.parts book.spaces"
    loaded = [m for m in sys.modules if m.startswith(tuple(f"matcalc.{u}" for u in unasked.split()))]
    assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", code, "derive", "d tr(W x) / dW"], capture_output=True, cwd=ROOT, check=True)


@pytest.mark.parametrize("request_", ["d lambda_max(S)/dS where S: n x n", "d tr((A + X^T*C*X)^-1*(X^T*B*X))/dX where X: n x p"])
def test_sizes_are_compared_without_sympy(request_: str) -> None:
    code = "import sys; from matcalc import derive; derive(sys.argv[1]); print('sympy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code, request_], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout == "False\n"


def test_a_command_is_found_by_its_name() -> None:
    assert {name: made.name for name, made in cli.COMMANDS.items()} == {name: name for name in cli.COMMANDS}


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    assert f"  {name} " in command("--help").stdout
    assert command(name, "--help").stdout.startswith(f"Usage: matcalc {name} ")


def test_rules() -> None:
    listed = command("rules").stdout.splitlines()
    assert listed[0].split() == ["function", "kind", "derivative,", "differential", "or", "meaning"]
    assert any(line.startswith("  logdet(A) ") for line in listed)
    assert "Norms, as numbers" in listed
    assert max(map(len, listed)) <= 80
    told = command("rules", "logdet").stdout
    assert told.startswith("logdet(A)\n")
    assert "tr(A^-1*dA)" in told
    assert "source:" in told


def test_an_unknown_rule_is_suggested() -> None:
    result = command("rules", "logdett")
    assert result.exit_code == 1
    assert result.stderr == "Error: the rule book has no function 'logdett'\nhint: did you mean 'logdet'?\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("K", "K(m,n)\n  the commutation matrix: K(m,n)*vec(A) = vec(A^T)"),
        ("K(m,n)", "K(m,n)\n"),
        ("||x||", "norm2(x)\n"),
        ("||A x||_1", "norm1(A)\n"),
        ("||X||_F", "normF(A)\n"),
        ("|X|", "det(A)\n"),
        ("logdet(A)", "logdet(A)\n"),
        ("trace", "tr(A)\n"),
        ("norm2", "||x||"),
    ],
)
def test_rules_knows_what_the_notation_has(name: str, expected: str) -> None:
    assert expected in command("rules", name).stdout


def test_rules_as_json() -> None:
    everything = json.loads(command("rules", "--to", "json").stdout)
    assert {r["name"] for r in everything} >= {"logdet", "exp", "norm2"}
    told = json.loads(command("rules", "logdet", "--to", "json").stdout)
    assert told["differential"] == "tr(A^-1*dA)"
    assert told["signature"] == "logdet(A)"
    assert json.loads(command("rules", "K", "--to", "json").stdout)["kind"] == "constant"


def test_checkout_script() -> None:
    def script(*arguments: str) -> str:
        return subprocess.run([sys.executable, "cli.py", *arguments], capture_output=True, text=True, cwd=ROOT, check=True).stdout

    assert script(MAIN_JOB).startswith("x^T\n")
    assert script("derive", MAIN_JOB).startswith("x^T\n")
    assert "  abs(x) " in script("rules")
    assert "Commands:" in script("--help")


# ------------------------------------------------------------------------------------------------------- package


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, matcalc; assert not {'sympy', 'numpy', 'click'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_only_a_check_imports_numpy() -> None:
    code = """
import sys
from matcalc import derive, read
assert derive("d log(det(X'*A*X))/dX", check=False).text and read("d tr(W x)/dW").text
assert not {"sympy", "numpy", "click"} & set(sys.modules)
derive("d tr(W x)/dW")
assert "numpy" in sys.modules and "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("first", ["import matcalc.answers.derive", "from matcalc.answers.derivative import Derivative", "import matcalc"])
def test_derive_is_the_function_whatever_was_imported_first(first: str) -> None:
    code = f"{first}\nimport matcalc\nfrom matcalc import derive\nassert callable(derive) and matcalc.derive is derive"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_public_names() -> None:
    public = [getattr(matcalc, name) for name in matcalc.__all__]
    errors = [o for o in public if isinstance(o, type) and issubclass(o, Exception)]
    assert len(public) - len(errors) <= 16
    assert all(hasattr(matcalc, name) for name in matcalc.__all__)
    assert set(dir(matcalc)) == {*matcalc.__all__, "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'derivee'"):
        matcalc.derivee  # noqa: B018


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("m x n", "X is m x n"),
        ("n", "X has n entries"),
        ("n x 1", "X has n entries"),
        ("1 x n", "X is 1 x n"),
        ("", "X is a scalar"),
        ("scalar", "X is a scalar"),
        ("n x n symmetric", "X is n x n symmetric"),
        ("vector -> scalar", "X: vector -> scalar"),
    ],
)
def test_shapes_in_words(shape: str, told: str) -> None:
    assert described("X", shape) == told


@pytest.mark.parametrize("words", [["-h"], ["help"], ["derive", "-h"], ["sheet", "-h"], ["taylor", "-h"], ["help", "verify"]])
def test_help_is_where_people_look_for_it(words: list[str]) -> None:
    run = CliRunner().invoke(cli.group, words)
    assert run.exit_code == 0 and run.stdout.startswith("Usage: ")


def test_help_of_no_command_suggests_the_nearest() -> None:
    run = CliRunner().invoke(cli.group, ["help", "verfy"])
    assert run.exit_code == 2 and "there is no command 'verfy'; did you mean verify?" in run.stderr


def test_a_negative_request_is_no_option() -> None:
    """-h is help where nothing else is said, and minus h beside --wrt."""
    run = CliRunner().invoke(derive_command, ["-h", "--wrt", "h"])
    assert run.stdout.startswith("-eye(n)\n")


def test_both_programs_have_a_version() -> None:
    for command, words in ((derive_command, ["--version"]), (cli.group, ["--version"])):
        assert CliRunner().invoke(command, words).stdout == f"matcalc {matcalc.__version__}\n"


def test_the_sheets_as_json() -> None:
    told = json.loads(CliRunner().invoke(cli.group, ["sheet", "--list", "--to", "json"]).stdout)
    assert {"name": "layouts", "title": "Layouts"} in told


@pytest.mark.parametrize("request_text", ["d x[1]/dx", "d A*x/dA"])
def test_one_entry_is_one_entry(request_text: str) -> None:
    run = CliRunner().invoke(derive_command, [request_text, "--var", "x: 1", "--form", "vec"])
    assert "1 entries" not in run.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["d tr(A X B)/dX", "--steps", "--to", "numpy"], "a derivation is printed as text, unicode, latex, typst or json, not as numpy"),
        (["d (A*x)/dA", "--cases", "--to", "json"], "a display is printed as text, unicode, latex or typst, not as json"),
    ],
)
def test_what_is_not_printed_so_is_wrong_usage(words: list[str], told: str) -> None:
    run = CliRunner().invoke(derive_command, words)
    assert run.exit_code == 2 and told in " ".join(run.stderr.split())


@pytest.mark.parametrize(
    "words",
    [
        ["derive", "d f/d(W1, b1, W2, b2) where f = ||W2*tanh(W1*x + b1) + b2 - y||^2", "--check"],
        ["backprop", "L where z1 = W1*x + b1; a1 = tanh(z1); z2 = W2*a1 + b2; a2 = tanh(z2); L = loss(a2)"],
        ["taylor", "a^T*X*b + c^T*X*d1 + e1^T*X*f1 + g1^T*X*h1", "--wrt", "X", "--about", "C"],
        ["verify", "d (a^T*X*b + c^T*X*d1 + e1^T*X*f1 + g1^T*X*h1)/dX = a*b^T"],
    ],
)
def test_the_notes_fit_80_columns(words: list[str]) -> None:
    notes = CliRunner().invoke(cli.group, words).stdout.partition("\n\n")[2].splitlines()
    assert notes and max(map(len, notes)) <= 80


def test_the_rules_as_json() -> None:
    told = json.loads(CliRunner().invoke(cli.group, ["rules", "--to", "json"]).stdout)
    assert {"tr", "softmax", "relu"} <= {rule["name"] for rule in told}
    one = json.loads(CliRunner().invoke(cli.group, ["rules", "relu", "--to", "json"]).stdout)
    assert (one["signature"], one["kind"], one["kinks"]) == ("relu(x)", "elementwise", "x = 0")
