"""A user's own functions: of every kind, over the built-in book, two books in one process, and everywhere a request is read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from places import ROOT

from matcalc import Derivative, UsageError, backprop, cli, derive, increment, read, taylor, verify
from matcalc.book.rules import Book, find, in_use, use
from matcalc.calculus.loading import load

OWN = Path(__file__).parent / "own.toml"
SECOND = Path(__file__).parent / "second.toml"
PYTHON = "from matcalc import derive; print(derive('d level(x)/dx').text)"


def text(request: str, **options: object) -> str:
    found = derive(request, rules=OWN, **options)  # type: ignore[arg-type]
    assert isinstance(found, Derivative)
    assert found.certificate is not None
    return found.text


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("d level(x)/dx", "ones(n)/n"),
        ("d level(X)/dX", "ones(m,n)/(m*n)"),
        ("d^2 level(exp(A*x))/dx^2", "A^T*diag(exp(A*x))*A/m"),
        ("d level(s)/ds where s: 1 x n", "ones(n)^T/n"),
        ("d plateau(X)/dX", "ones(m,n)/(m*n)"),
        ("d frob(A,X)/dX", "A"),
        ("d frob(X,X)/dX", "2*X"),
        ("d quad(x,A)/dx", "(A^T + A)*x"),
        ("d quad(x,A)/dA", "x*x^T"),
        ("d a^T*squares(x)/dx", "2*(a.*x)"),
        ("d squares(A*x)/dx", "2*A^T*diag(A*x)"),
        ("d tr(mcos(X))/dX", "-msin(X)^T"),
        ("d tr(msin(2*X))/dX", "2*mcos(2*X)^T"),
        ("d leaky(t)/dt where t: scalar", "heaviside(t) + heaviside(-t)/10"),
        ("d sum(gap(x + 3))/dx", "2*(x + ones(n)).^-1"),
        ("d (leaky(x) - leaky(-x))/dx", "11*I/10"),
    ],
)
def test_a_function_of_every_kind(request_text: str, expected: str) -> None:
    head, _, declared = request_text.partition(" where ")
    found = text(head, variables=[declared] if declared else None)
    assert found in (expected, *ALSO.get(expected, ()))


def test_every_question_takes_rules_and_leaves_them() -> None:
    assert verify("d level(x)/dx = ones(n)/n", rules=OWN)
    assert not verify("d level(x)/dx = ones(n)", rules=OWN)
    assert str(taylor("quad(x,A)", "x", "c", rules=OWN)).startswith("quad(c,A)")
    assert increment("frob(A,X)", "X", rules=OWN).printed("text").endswith("frob(A,dX)")
    assert str(backprop("L = level(A*x)", rules=OWN)).endswith("dL/dx = A^T*ones(m)/m   n x 1")
    assert read("d level(A)/dA", rules=OWN).printed("text") == "d/dA level(A)"
    assert find("level") is None


ALSO = {
    "(A^T + A)*x": ("(A + A^T)*x",),
    "2*(x + ones(n)).^-1": ("2*(ones(n) + x).^-1", "2*ones(n)./(x + ones(n))", "2*ones(n)./(ones(n) + x)"),
    "11*I/10": ("11*eye(n)/10",),
}


@pytest.mark.parametrize("target", ["unicode", "latex"])
def test_a_function_is_printed_after_the_book_is_left(target: str) -> None:
    found = derive("d tr(mcos(X))/dX", rules=OWN)
    assert isinstance(found, Derivative)
    assert find("mcos") is None
    assert "msin" in getattr(found, target)
    assert "msin" in str(found.steps)
    assert "_of_eigenvalues" in found.numpy
    x = np.random.default_rng(0).standard_normal((3, 3))
    assert found.function()(x).shape == (3, 3)


# ------------------------------------------------------------------------------------------- what is refused


def changed(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """A copy of the rules with one change, and the line of the table that it is in."""
    whole = OWN.read_text(encoding="utf-8")
    assert whole.count(old) == 1, old
    file = tmp_path / "changed.toml"
    file.write_text(whole.replace(old, new), encoding="utf-8")
    before = whole[: whole.index(old) + len(old)].splitlines()
    return file, max(k for k, line in enumerate(before, 1) if re.match(r"\[[a-z\[]", line))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "linear"\nvalue = "scalar"', 'kind = "linear"\nvalue = "n+1"', "level has the size 'n+1'"),
        ('kind = "linear"\nvalue = "scalar"', 'kind = "linear"\nargs = ["A: m by n"]\nvalue = "scalar"', "level has the size 'm by n'"),
        ('parity = "odd"', 'args = ["x: n"]\nvalue = "n"', "clipped is elementwise, so its argument has any shape"),
        ('kind = "bilinear"', 'kind = "bilinaer"', "frob has kind 'bilinaer'"),
        ("heaviside(-x)/10", "heaviside(-x)/5", "leaky has a wrong derivative: at x = -0.0"),
        ('"heaviside(x) + ', '"2*heaviside(x) + ', "leaky has a wrong derivative: at x = 0.0"),
        ("heaviside(x + 1) - heaviside(x - 1)", "heaviside(x + 1)", "clipped has a wrong derivative: at x = 1.01"),
        ('parity = "odd"', 'parity = "even"', "clipped is not even"),
        ('parity = "odd"', 'at_zero = "1"', "clipped has another value than at_zero says: 0 and 1"),
        ('parity = "odd"', 'at_one = "0"', "clipped has another value than at_one says"),
        ('parity = "odd"', 'degree = "1"', "clipped is not of the degree 1"),
        ('parity = "odd"', 'of_sum = "product"', "clipped makes no product of a sum"),
        ('parity = "odd"', 'gives = ["positive"]', "clipped gives a value that is not positive"),
        ('domain = "x > 2"', 'domain = "x > 2, x < 1"', "gap has a domain in which no number is found"),
        ('domain = "x > 2"', 'domain = "large"', "'large' is no domain"),
        ("2*(x - 2).^-1", "(x - 2).^-1", "gap has a wrong derivative: at x = "),
        ("sum(A)/(m*n)", "sum(A)/m", "level is not what it means"),
        ('means = "sum(A)/(m*n)"\n', "", "level lacks 'means', or 'd'"),
        ("tr(A^T*B)", "2*tr(A^T*B)", "frob is not what it means"),
        ("sum(dA)/(m*n)", "sum(dA)/n", "d of plateau is wrong: in A it differs by"),
        ("sum(dA)/(m*n)", "sum(dA.*dA)/n", "d of plateau is not linear in dA: a term holds 2 increments"),
        ("sum(dA)/(m*n)", "sum(exp(dA))/n", "d of plateau is not linear in dA: a term holds an increment inside exp"),
        ("sum(dA)/(m*n)", "dA/n", "d of plateau has shape m x n, it must have scalar"),
        ("sum(dA)/(m*n)", "sum(dA)/k", "d of plateau: "),
        (" + x^T*dA*x", "", "d of quad is wrong: in A it differs by"),
        ("x^T*dA*x", "2*x^T*dA*x", "d of quad is wrong: in A it differs by"),
        ("2*diag(x)", "diag(x)", "jacobian of squares is wrong"),
        ('"-msin(A)"', '"msin(A)"', "function of mcos is wrong"),
        ('"-msin(A)"', '"-msin(A)"\nextends = "sin"', "mcos is not sin of the entries of a diagonal matrix"),
        ('"-msin(A)"', '"-msin(A)"\nextends = "softmax"', "mcos extends softmax, which is the name of no elementwise function"),
        ('"-msin(A)"', '"-msin(A)"\nextends = "cosine"', "mcos extends cosine, which is the name of no elementwise function"),
        ('"-msin(A)"', '"-msin(A)"\nextends = "power"', "mcos extends power, but is no matrix function with 2 parameters"),
        ('jacobian = "2*diag(x)"', 'jacobian = "2*diag(x)"\nextends = "exp"', "squares extends exp, but is no matrix function with 1"),
        ('kind = "linear"\nvalue = "scalar"', 'kind = "linear"\nvalue = "k"', "level has a value with the size k, which no param"),
        ("{x} @ {A} @ {x}", "np.qaud({x}, {A})", "quad has numpy code that fails: AttributeError"),
        ("np.clip({x}, -1, 1)", "np.clip(x, -1, 1)", "clipped does not mention {x} in numpy"),
        ("np.clip({x}, -1, 1)", "max(min({x}, 1), -1)", "clipped has numpy code that gives no number with a slope"),
        ("np.clip({x}, -1, 1)", "np.clip({x}, -1, 1", "clipped has numpy that is no Python"),
        ("[clipped]", "[relu]", "the function relu is in elementwise.toml, line "),
        ("[clipped]", "[leaky2]\nderivatve = \"x\"", "leaky2 has an unknown key 'derivatve'"),
        ("[clipped]", "[norm]", "norm cannot be called norm, which means something in the notation already"),
        ("[clipped]", "[inner]", "inner cannot be called inner"),
        ('kinks = "x = -1, x = 1"', "kinks = 3", "clipped: kinks is 3, it must be a text"),
        ("11*x/10", "12*x/10", "sum of entries and their opposites: the two sides differ"),
        ("11*x/10", "11*x*k/10", "sum of entries and their opposites: "),
        ("11*x/10", "sum(x)", "sum of entries and their opposites: the left side is m x n, the right side scalar"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_file_and_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    file, line = changed(tmp_path, old, new)
    with pytest.raises(UsageError) as caught:
        load(file)
    assert caught.value.message.startswith(f"{file}, line {line}: "), caught.value.message
    assert message in caught.value.message


def test_a_right_side_with_a_size_that_the_left_does_not_tell_is_refused(tmp_path: Path) -> None:
    file, line = changed(tmp_path, 'args = ["x: m x n"]\nleft = "leaky(x) - leaky(-x)"\nright = "11*x/10"',
                         'args = ["x: m x n"]\nleft = "sum(leaky(x))"\nright = "sum(ones(k))"')  # fmt: skip
    with pytest.raises(UsageError, match=rf"line {line}: sum of entries and their opposites: "):
        load(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[f", "my.toml: "),
        ("f = 3", "my.toml, line 1: f stands outside of a table"),
        ("identity = 3", "my.toml, line 1: an identity is a table of [[identity]]"),
        ("# nothing\n\n[f]\nkind = 'odd'", "my.toml, line 3: f has kind 'odd'"),
    ],
)
def test_a_file_that_holds_no_rules(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "my.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(message)):
        load(file)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(UsageError, match=r"the rules nowhere\.toml cannot be read: no such file"):
        load("nowhere.toml")


def test_the_same_name_in_two_files_is_refused_with_both_places(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("\n[level]" + OWN.read_text(encoding="utf-8").split("[level]")[1].split("[frob]")[0], encoding="utf-8")
    with pytest.raises(UsageError, match=r"other.toml, line 2: the function level is in .*own.toml, line 3 already"):
        load([OWN, other])


# -------------------------------------------------------------------------------------- two books at a time


def book_with(tmp_path: Path, name: str, derivative: str, numpy: str) -> Book:
    file = tmp_path / f"{name}.toml"
    file.write_text(
        f"[f]\nkind = 'elementwise'\nderivative = '{derivative}'\nlatex = 'f({{x}})'\nnumpy = '{numpy}'\nsource = 'by definition'\n",
        encoding="utf-8",
    )
    return load(file)


def test_two_books_that_disagree_live_in_one_process(tmp_path: Path) -> None:
    squares, cubes = book_with(tmp_path, "a", "2*x", "{x}**2"), book_with(tmp_path, "b", "3*x.^2", "{x}**3")

    def of(book: Book) -> str:
        found = derive("sum(f(x)) + x^T*x", wrt="x", rules=book)
        assert isinstance(found, Derivative)
        return found.text

    for _ in range(2):
        assert of(squares) == "4*x"
        assert of(cubes) in ("2*x + 3*x.^2", "3*x.^2 + 2*x")
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(of, [squares, cubes] * 8))
    assert set(found[::2]) == {"4*x"}
    assert len(set(found[1::2])) == 1
    assert find("f") is None


def test_a_file_that_is_named_twice_is_read_once() -> None:
    assert load([OWN, OWN]) is load(OWN)


def test_latex_of_a_function_of_ones_own_is_read() -> None:
    found = derive(r"\frac{\partial}{\partial x} \operatorname{level}\left(A x\right)^2", rules=OWN)
    assert isinstance(found, Derivative)
    again = derive("level(A*x)^2", wrt="x", rules=OWN)
    assert isinstance(again, Derivative) and again.text == found.text


def test_a_file_that_was_changed_is_read_again(tmp_path: Path) -> None:
    first = book_with(tmp_path, "a", "2*x", "{x}**2")
    assert load(tmp_path / "a.toml") is first
    assert book_with(tmp_path, "a", "3*x.^2", "{x}**3  ") is not first


def test_use_ends_with_an_error() -> None:
    before = in_use()
    with pytest.raises(ZeroDivisionError), use(Book([])):
        raise ZeroDivisionError
    assert in_use() is before


# --------------------------------------------------------------------------------------- where it is in force


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["derive", "d level(x)/dx", "--to", "text"], "ones(n)/n"),
        (["verify", "d level(x)/dx = ones(n)/n"], "right"),
        (["taylor", "level(exp(x))", "--wrt", "x", "--about", "0"], "sum(x)/n"),
        (["increment", "level(x.^2)", "--wrt", "x"], "dx"),
        (["backprop", "L where y = W*x; L = level(y)", "--to", "text"], "dL/dW"),
        (["rules", "level"], "sum(A)/(m*n)"),
        (["rules"], "level(A)"),
    ],
)
def test_every_command_takes_rules(arguments: list[str], expected: str) -> None:
    ran = CliRunner().invoke(cli.group, [*arguments, "--rules", str(OWN)])
    assert expected in ran.output, ran.output
    assert find("level") is None


@pytest.mark.parametrize("jobs", [1, 2])
def test_batches_take_rules(jobs: int) -> None:
    line = {"expr": "level(x)", "wrt": "x", "vars": {"x": "n"}}
    asked = "".join(json.dumps({**line, "id": k}) + "\n" for k in range(4))
    ran = CliRunner().invoke(cli.group, ["batch", "-", "--rules", str(OWN), "--jobs", str(jobs)], input=asked)
    answers = [json.loads(a) for a in ran.stdout.splitlines()]
    assert [a.get("text") for a in answers] == ["ones(n)/n"] * 4


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_sheets_take_rules(tmp_path: Path, jobs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    entries = "".join(f'[[section.entry]]\nrequest = "{r}"\n' for r in ("d level(X)/dX", "d tr(mcos(X))/dX"))
    (tmp_path / "sheet.toml").write_text(f'title = "own"\n[[section]]\ntitle = "own"\n{entries}', encoding="utf-8")
    words = ["sheet", str(tmp_path / "sheet.toml"), "-o", str(tmp_path / "sheet.md"), "--jobs", jobs]
    assert CliRunner().invoke(cli.group, [*words, "--rules", str(OWN)]).exit_code == 0
    assert r"-\operatorname{msin}(X)^\top" in (tmp_path / "sheet.md").read_text(encoding="utf-8")
    assert "level is not a known function" in CliRunner().invoke(cli.group, words).output


@pytest.mark.parametrize("arguments", [["-m", "matcalc", "derive", "d level(x)/dx"], ["-c", PYTHON]])
def test_the_environment_names_rules(arguments: list[str]) -> None:
    environment = {**os.environ, "MATCALC_RULES": os.pathsep.join([str(OWN), str(SECOND)])}
    ran = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert ran.stdout.startswith("ones(n)/n\n"), ran.stderr


def test_rules_of_the_environment_are_checked(tmp_path: Path) -> None:
    file, line = changed(tmp_path, "heaviside(-x)/10", "heaviside(-x)/5")
    environment = {**os.environ, "MATCALC_RULES": str(file)}
    ran = subprocess.run([sys.executable, "-c", PYTHON], capture_output=True, text=True, env=environment, cwd=ROOT, check=False)
    assert f"{file}, line {line}: leaky has a wrong derivative" in ran.stderr


def test_a_batch_line_cannot_name_a_rule_file() -> None:
    ran = CliRunner().invoke(cli.group, ["batch", "-"], input=json.dumps({"expr": "x", "wrt": "x", "rules": str(OWN)}) + "\n")
    assert json.loads(ran.stdout)["error"]["message"].startswith("unknown key 'rules'")


def test_answers_by_several_variables_are_printed_after_the_book_is_left() -> None:
    several = derive("d (tr(mcos(X)) + tr(mcos(Y)))/d(X, Y)", rules=OWN)
    assert isinstance(several, tuple)
    assert "_of_eigenvalues" in several.code("numpy")
    assert "msin" in several[1].unicode
    assert r"\operatorname{msin}" in several.latex
    assert "msin" in several.told("unicode")
