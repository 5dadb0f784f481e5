"""Formula sheets: specifications and what is wrong with them, the cache, processes, every format, the built-in sheets."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from matcalc import cli
from matcalc.book.files import rule_files
from matcalc.book.toml_lines import located
from matcalc.errors import LimitError, ParseError, UsageError
from matcalc.printing import widths
from matcalc.sheet import breaking, cache, formula, html, latex, library, markdown, spec
from matcalc.sheet.build import _in_processes, answered, build, wanted
from matcalc.sheet.words import foot, paragraphs

FORMATS = ("md", "tex", "html", "typ", "pdf")
needs_typst = pytest.mark.skipif(importlib.util.find_spec("typst") is None, reason="needs the extra `sheets`")
EVERY_FORMAT = [pytest.param(f, marks=needs_typst) if f == "pdf" else f for f in FORMATS]

SMALL = """
title = "Two formulas"

[[section]]
title = "Traces"

[[section.entry]]
request = "d tr(A X)/dX"
caption = "linear"
source = "eq. 1"

[[section.entry]]
request = "d tr(X^T X)/dX"
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    """The cache of these tests, which see the answers of each other."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))


def sheet(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.group, ["sheet", *map(str, arguments)])


def written(tmp_path: Path, text: str, name: str = "spec.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def made(tmp_path: Path, text: str, ending: str = "md", *options: str) -> tuple[Result, bytes]:
    out = tmp_path / f"out.{ending}"
    result = sheet(written(tmp_path, text), "-o", out, *options)
    return result, out.read_bytes()


def entry(**keys: Any) -> str:
    """A sheet of one entry."""
    return "[[section]]\n[[section.entry]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())


# ------------------------------------------------------------------------------------------------- lines of TOML


def paths(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*above, key)
        yield from paths(inner, (*above, key))


NASTY = '''# [not.a.table]
a.b."c d" = 1 # x = [
"q\\u0041" = [ [1, 2], # ]
  {x.y = "}", z = []}, """
line ] "quoted""""]
[[s]]
t = \'\'\'
[[s]]
\'\'\'
[[s.e]]
r = 1979-05-27 07:32:00.5
f = 1.5
[s.v]
A = "m n"
[[s]]
[[s.e]]
r = "\\""
[[s.e]]
r = '#' # c
k = {a = {b = {c = [{d = 1}]}}}
[ t . "u.v" ]
w = -1_000
'''


@pytest.mark.parametrize(
    "text",
    [pytest.param(f.read_text(encoding="utf-8"), id=f.name) for f in [*rule_files(), *library.built_in().values()]]
    + [pytest.param(NASTY, id="nasty"), pytest.param(SMALL, id="small"), pytest.param("", id="empty")],
)
def test_every_key_has_a_line(text: str) -> None:
    assert set(located(text)) == set(paths(tomllib.loads(text)))


def test_lines_are_those_on_which_keys_begin() -> None:
    lines = located(NASTY)
    for path, line in [(("a", "b"), 2), (("qA", 1, "z"), 4), (("qA", 2), 4), (("s", 0, "t"), 7), (("s", 0, "v", "A"), 14)]:
        assert lines[path] == line
    assert (lines["s", 1], lines["s", 1, "e", 1], lines["s", 1, "e", 1, "k", "a", "b", "c", 0, "d"]) == (15, 18, 20)
    assert lines["t", "u.v", "w"] == 22


def test_line_ends_of_windows() -> None:
    assert located("a = 1\r\nb = '''\r\n'''\r\nc = 2\r\n")["c",] == 4


# ----------------------------------------------------------------------------------------------- specifications


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('titel = "x"\n' + SMALL, "1: unknown key titel; did you mean title?"),
        ("title = 3\n[[entry]]\nrequest = 'd x/dx'", "1: title must be a string, not 3"),
        ('layout = "den"\n' + SMALL, '1: layout must be one of "numerator", "denominator", "mixed", not \'den\''),
        ("columns = []\n" + SMALL, '1: columns must be a list of different layouts, such as ["numerator", "denominator"], not []'),
        ('columns = ["mixed", "mixed"]\n' + SMALL, "1: columns must be a list of different layouts"),
        ("[[section]]\n[[section.entry]]\nrequest = 'd x/dx'\n\ncapton = 'x'", "5: unknown key capton; did you mean caption?"),
        ("[[section]]\n[[section.entry]]\ncaption = 'x'", "2: the entry has no request"),
        ("[[section]]\n[[section.entry]]\nrequest = 7", "3: request must be a string, not 7"),
        ("[[section]]\n[[section.entry]]\nrequest = 'd x/dx'\nform = 'Matrix'", '4: form must be one of "auto"'),
        ("[[section]]\n[[section.entry]]\nrequest = 'd x/dx'\nderivation = 1", "4: derivation must be true or false, not 1"),
        ("[[section]]\n[[section.entry]]\nrequest = 'd x/dx'\nvars = { x = 1 }", "4: vars must be a table of shapes"),
        ("[[section]]\n[[section.entry]]\nrequest = 'd x/dx'\nattrs = { x = 'spd' }", "4: attrs must be a table of properties"),
        ("[[section]]\n[[section.entry]]\nrequest = 'd x/dx'\norder = 3", "4: order must be one of 1, 2, not 3"),
        ("[[section]]\nentry = [\n { request = 'd x/dx' },\n { request = 'd  x/dx' },\n]", "4: the same request as on line 3"),
        ("[[section]]\ntable = 'shapes'", '2: table must be one of "layouts", not \'shapes\''),
        ("[[section]]\n[[section.entry]]\nrequest = 'L where L = f(x)'\nchain = true\norder = 2", "2: a chain is asked for with"),
        ("title = 'x'", "1: the sheet has no entries"),
        ("section = 1", "1: section must be tables: [[section]], not 1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, expected: str) -> None:
    problems = [f"{p.line}: {p.message}" for p in spec.read_sheet(text.encode(), "spec.toml").problems]
    assert any(p.startswith(expected) for p in problems), problems


def test_everything_is_told_at_once(tmp_path: Path) -> None:
    text = SMALL + '\n[[section.entry]]\nrequest = "d tr(A X/dX"\n\n[[section.entry]]\nrequest = "d tr(A X)/dX"\nsorce = "x"\n'
    result, page = made(tmp_path, text)
    told = [line for line in result.stderr.splitlines() if "spec.toml:" in line]
    assert result.exit_code == 1
    assert [line.partition("spec.toml:")[2].partition(":")[0] for line in told] == ["15", "20"]
    assert "hint: add ')'" in result.stderr
    assert b"A^\\top" in page
    assert page.count(b"**Not derived:**") == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a = [1,\n", "spec.toml: "),
        (b"a = 1\nb = = 2\n", "spec.toml:2:5: Invalid value"),
        (b"a = '\xff'\n", "spec.toml:1: this is not UTF-8"),
    ],
)
def test_what_is_no_toml(data: bytes, message: str) -> None:
    with pytest.raises(ParseError) as error:
        spec.read_sheet(data, "spec.toml")
    assert str(error.value).startswith(message)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "MAX_ENTRIES", 1)
    with pytest.raises(LimitError, match="at most 1 entries"):
        spec.read_sheet(SMALL.encode(), "spec.toml")
    monkeypatch.setattr(spec, "MAX_BYTES", 10)
    with pytest.raises(LimitError, match="at most 10 bytes"):
        spec.read_sheet(SMALL.encode(), "spec.toml")
    with pytest.raises(LimitError):
        monkeypatch.undo()
        spec.read_sheet(b"a = " + b"[" * 100_000 + b"]" * 100_000, "spec.toml")


def test_declarations_reach_the_entries_below_them(tmp_path: Path) -> None:
    text = 'vars = { c = "" }\n[[section]]\nvars = { W = "m n" }\n[[section.entry]]\nrequest = "d (c*W*x)/dx"\nlayout = "numerator"'
    _, page = made(tmp_path, text)
    assert b"c is a scalar, W is m x n, x has n entries; numerator layout: m x n" in page


# --------------------------------------------------------------------------------------------------- the command


def test_markdown_is_printed_where_no_output_is_named(tmp_path: Path) -> None:
    result = sheet(written(tmp_path, SMALL))
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith("# Two formulas\n\n## Traces\n\n**eq. 1** linear\n\n```math\n")
    assert r"\frac{\partial}{\partial X} \operatorname{tr}(A X) = A^\top" in result.stdout
    assert "2 formulas, derived by matcalc" in result.stdout
    assert sheet(tmp_path / "spec.toml", "-o", "-").stdout == result.stdout


def test_wrong_usage(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    nowhere = sheet(path, "-o", tmp_path / "none" / "out.md")
    assert (nowhere.exit_code, nowhere.stderr) == (1, f"Error: there is no folder {tmp_path / 'none'} for out.md\n")
    assert sheet().exit_code == 2
    result = sheet(path, "-o", tmp_path / "out.docx")
    assert result.exit_code == 2
    assert "a sheet is written as .md, .tex, .html, .typ or .pdf" in result.stderr
    with pytest.raises(UsageError, match="no built-in sheet"):
        library.load("nonsense")
    with pytest.raises(UsageError) as error:
        library.load("cookbok")
    assert error.value.hint == "did you mean 'cookbook'?"


def test_a_sheet_never_replaces_its_specification(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL, "spec.md")
    result = sheet(path, "-o", path)
    assert result.exit_code == 1
    assert "would replace it" in result.stderr
    assert path.read_text(encoding="utf-8") == SMALL


def test_an_output_is_replaced_by_a_complete_one_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = written(tmp_path, "old", "out.md")

    def fails(built: object) -> str:
        raise OSError("the disk is full")

    monkeypatch.setattr(markdown, "render", fails)
    failed = sheet(written(tmp_path, SMALL), "-o", out)
    assert (failed.exit_code, failed.stderr) == (1, "Error: the disk is full\n")
    assert out.read_text(encoding="utf-8") == "old"
    monkeypatch.undo()
    assert sheet(written(tmp_path, "a = ["), "-o", out).exit_code == 1
    assert out.read_text(encoding="utf-8") == "old"
    assert sheet(written(tmp_path, SMALL), "-o", out).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("# Two formulas")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.md", "spec.toml"]


def test_a_pdf_needs_typst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    result = sheet(written(tmp_path, SMALL), "-o", tmp_path / "out.pdf")
    assert result.exit_code == 1
    assert "pip install typst" in result.stderr
    assert not (tmp_path / "out.pdf").exists()


def test_processes_give_the_same_sheet(tmp_path: Path) -> None:
    one, first = made(tmp_path, SMALL, "html", "--no-cache")
    two, second = made(tmp_path, SMALL, "html", "--no-cache", "--jobs", "2")
    assert one.exit_code == two.exit_code == 0
    assert first == second


class Dying(formula.Work):
    """Works on all jobs but one, which kills its process."""

    def done(self, job: formula.Job) -> formula.Answer:
        if job.layout == "mixed":
            os._exit(1)
        return formula.Answer(error=job.layout)


def test_a_process_that_dies_takes_one_entry_with_it() -> None:
    jobs = [formula.Job("", layout, False) for layout in ("numerator", "mixed", "denominator")]
    answers = {job.layout: made.error for job, made in _in_processes(jobs, 2, Dying())}
    told = "the process that derived this ended before it was done"
    assert answers == {"numerator": "numerator", "denominator": "denominator", "mixed": told}


def test_the_progress_bar_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sheet("layouts").stderr == ""
    monkeypatch.setattr("matcalc.commands.sheet.is_watched", lambda: True)
    assert "deriving" in sheet("layouts").stderr


# ----------------------------------------------------------------------------------------------------- the cache


def counted(monkeypatch: pytest.MonkeyPatch) -> list[formula.Job]:
    """The jobs that are derived from now on."""
    done: list[formula.Job] = []

    def derive(job: formula.Job) -> formula.Answer:
        done.append(job)
        return formula.answer(job)

    monkeypatch.setattr("matcalc.sheet.build.answer", derive)
    return done


def test_unchanged_entries_are_not_derived_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = counted(monkeypatch)
    folder = tmp_path / "kept"
    _, first = made(tmp_path, SMALL, "md", "--cache", str(folder))
    assert len(done) == 2
    _, second = made(tmp_path, SMALL, "md", "--cache", str(folder))
    assert len(done) == 2
    assert first == second
    made(tmp_path, SMALL.replace("tr(X^T X)", "tr(X^T B X)").replace("linear", "another caption"), "md", "--cache", str(folder))
    assert len(done) == 3
    made(tmp_path, SMALL, "md", "--no-cache")
    assert len(done) == 5
    shutil.rmtree(folder)
    made(tmp_path, SMALL, "md", "--cache", str(folder))
    assert len(done) == 7


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\xff\xfe", b"0" * 64 + b"\n{}"])
def test_damaged_files_are_ignored_and_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes) -> None:
    folder = tmp_path / "kept"
    _, first = made(tmp_path, SMALL, "md", "--cache", str(folder))
    files = sorted(folder.rglob("*.json"))
    whole = [f.read_bytes() for f in files]
    for file in files:
        file.write_bytes(damage)
    done = counted(monkeypatch)
    _, second = made(tmp_path, SMALL, "md", "--cache", str(folder))
    assert (len(done), second) == (2, first)
    assert [f.read_bytes() for f in files] == whole


def test_a_file_with_another_answer_inside_is_damaged(tmp_path: Path) -> None:
    kept = cache.Cache(tmp_path)
    job = formula.Job('{"request": "d x/dx"}', "numerator", False)
    kept.put(job, formula.answer(job))
    path = kept.path(job)
    assert path is not None
    assert kept.get(job) == formula.answer(job)
    path.write_text(path.read_text(encoding="utf-8").replace("I_", "J_"), encoding="utf-8")
    assert kept.get(job) is None


def test_answers_depend_on_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = cache.Cache(tmp_path)
    job = formula.Job('{"request": "d x/dx"}', "numerator", False)
    kept.put(job, formula.answer(job))
    monkeypatch.setattr(cache, "fingerprint", lambda: "another version")
    assert kept.get(job) is None


def test_errors_are_not_kept(tmp_path: Path) -> None:
    kept = cache.Cache(tmp_path)
    job = formula.Job('{"request": "d gamma(x)/dx"}', "numerator", False)
    assert formula.answer(job).error
    kept.put(job, formula.answer(job))
    assert kept.get(job) is None


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, "", "file")
    result, page = made(tmp_path, SMALL, "md", "--cache", str(file / "below"))
    assert result.exit_code == 0
    assert b"A^\\top" in page


# ------------------------------------------------------------------------------------------------------- formats

TEXTS = "a <b>bold</b> & \"q\" `code | x` *s* _u_ [l](http://x) $x$ # 100% {y} ~ ^ \\input{/etc/passwd} #read(\"x\") é Łódź λ ∂ 中 'z' |"


@pytest.mark.parametrize("ending", EVERY_FORMAT)
def test_texts_mean_themselves(tmp_path: Path, ending: str) -> None:
    text = f"title = {json.dumps(TEXTS)}\nintro = {json.dumps(TEXTS)}\n" + entry(
        request="d tr(A X)/dX", caption=TEXTS, note=TEXTS, source=TEXTS, erratum=TEXTS
    )
    result, page = made(tmp_path, text, ending)
    assert result.exit_code == 0
    if ending == "html":
        shown = shown_text(page.decode())
        assert (shown.count(TEXTS), shown.count(TEXTS.replace("`", ""))) == (2, 4)
        assert b"<b>" not in page
    if ending == "tex":
        assert b"\\input" not in page
        assert page.isascii()
    if ending == "md":
        assert b"\n# a \\<b\\>bold\\</b\\> &amp;" in b"\n" + page
        assert b"\\$x\\$" in page
    if ending == "pdf":
        assert page.startswith(b"%PDF")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def shown_text(page: str) -> str:
    reader = _Text()
    reader.feed(page[page.index("<body") :])
    return "".join(reader.parts)


@needs_typst
def test_the_typst_document_is_what_the_pdf_is_made_of(tmp_path: Path) -> None:
    typst = importlib.import_module("typst")
    _, document = made(tmp_path, SMALL, "typ")
    _, page = made(tmp_path, SMALL, "pdf")
    assert typst.compile(document, format="pdf") == page


@needs_typst
def test_the_pdf_has_the_texts_and_is_reproducible(tmp_path: Path) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    text = SMALL.replace("linear", TEXTS.replace("`", "").replace("\\", "\\\\").replace('"', '\\"'))
    _, first = made(tmp_path, text, "pdf")
    _, second = made(tmp_path, text, "pdf", "--no-cache")
    assert first == second
    document = pdfium.PdfDocument(first)
    shown = document[0].get_textpage().get_text_range()
    for part in ("Two formulas", "<b>bold</b> &", "$x$ # 100% {y}", '#read("x")', "\\input{/etc/passwd}", "2 formulas, derived by"):
        assert part in shown
    document.close()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("name", ["texts", *library.built_in()])
def test_latex_compiles_and_nothing_sticks_out(tmp_path: Path, name: str) -> None:
    if name == "texts":
        text = f"title = {json.dumps(TEXTS)}\n" + entry(request="d tr(A X)/dX", caption=TEXTS, note=TEXTS)
        made(tmp_path, text, "tex")
    else:
        assert sheet(name, "-o", tmp_path / "out.tex").exit_code == 0
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "out.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="latin-1", check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    packages = re.findall(r"\\usepackage(?:\[.*\])?\{(.*)\}", (tmp_path / "out.tex").read_text(encoding="utf-8"))
    assert packages == ["amsmath,amssymb"]
    if name != "texts":
        assert "Overfull" not in run.stdout


def test_the_html_page_loads_nothing(tmp_path: Path) -> None:
    _, page = made(tmp_path, SMALL, "html")
    text = page.decode()
    head = text[: text.index("<script>")]
    assert re.findall(r"(?:src|href)\s*=\s*\"(?!#|data:)([^\"]*)", head) == []
    assert re.findall(r"url\((?!data:)", head) == []
    assert "default-src 'none'" in head
    assert "Khan Academy" in head
    assert len(page) < 700_000


def test_every_layout_is_on_the_html_page(tmp_path: Path) -> None:
    _, page = made(tmp_path, SMALL, "html")
    text = page.decode()
    for layout in ("numerator", "denominator", "mixed"):
        assert text.count(f'class="in in-{layout}"') == 2
    assert text.count('data-name="NumPy"') == 6
    assert 'data-layout="denominator"' in text


@pytest.mark.parametrize("ending", EVERY_FORMAT)
def test_columns_chains_tables_and_bad_entries(tmp_path: Path, ending: str) -> None:
    text = """
columns = ["numerator", "denominator"]
[[section]]
table = "layouts"
entry = [
  { request = "d tr(A X)/dX", derivation = true },
  { request = "d (x^T x)/dx", form = "differential" },
  { request = "d (A*x)/dx", layout = "mixed", derivation = true },
  { request = "d X/dX", form = "index" },
  { request = "d tr((X^T*C*X)^-1*(X^T*B*X))/dX" },
  { request = "d L/d(W, b) where z = W*x + b; L = loss(z); dL/dz = g" },
  { request = "L where z = W*x + b; a = tanh(z); L = loss(a); dL/da = g", wrt = "W, b", chain = true },
  { request = "d tr(X/dX" },
  { request = "d x/dy", vars = { x = "n", y = "m" }, caption = "zero" },
]
"""
    result, page = made(tmp_path, text, ending)
    assert result.exit_code == 1
    assert "spec.toml:13: this '(' is never closed" in result.stderr
    assert len(result.stderr.splitlines()) == 4
    if ending != "pdf":
        assert b"Not derived" in page
        assert b"m x q x p" in page
        assert ("δ_(z)".encode() if ending == "typ" else b"\\delta_{z}") in page
        assert b"zero: the variable does not occur" in page
        assert (b"frac(" if ending == "typ" else b"\\mathrm{d}") in page


def test_a_chain_shows_every_gradient_that_leads_to_what_is_asked(tmp_path: Path) -> None:
    text = entry(request="L where z = W*x + b; a = tanh(z); L = loss(a); dL/da = g", wrt="W", chain=True)
    _, page = made(tmp_path, text)
    equations = re.findall(r"```math\n(.*)\n```", page.decode())
    assert [e.partition(" = ")[0] for e in equations] == [r"\frac{\partial L}{\partial z}", r"\frac{\partial L}{\partial W}"]
    assert equations[1].endswith(r"\delta_{z} x^\top")
    assert r"$`z = W x + b`$" in page.decode()


def test_a_chain_has_the_properties_of_its_section() -> None:
    known = 'attrs = { c = ["positive"], S = ["symmetric"] }\nvars = { c = "", x = "n" }'
    text = known + '\n[[entry]]\nrequest = "L where L = c*x"\nchain = true'
    (found,) = spec.read_sheet(text.encode(), "spec.toml").entries
    assert found.question["vars"] == {"c": "scalar positive", "x": "n", "S": "symmetric"}


def test_a_bar_ends_no_cell(tmp_path: Path) -> None:
    text = 'columns = ["numerator", "denominator"]\n' + entry(request="d sum(abs(x))/dx", caption="a | b `c | d`")
    _, page = made(tmp_path, text)
    (row,) = [line for line in page.decode().splitlines() if "sum" in line]
    assert row.count("|") == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n\n c ", [[(False, "a b")], [(False, "c")]]),
        ("x `y` z", [[(False, "x "), (True, "y"), (False, " z")]]),
        ("one ` alone", [[(False, "one ` alone")]]),
        ("", []),
    ],
)
def test_paragraphs(text: str, expected: list[list[tuple[bool, str]]]) -> None:
    assert paragraphs(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("1. x", "1\\. x"), ("- x", "\\- x"), ("a_b*c", "a\\_b\\*c"), ("R&D", "R&amp;D")])
def test_markdown_escapes(text: str, expected: str) -> None:
    assert markdown.escaped(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("é", r"\'{e}"), ("λ", r"$\lambda$"), ("Α", "A"), ("中", "[U+4E2D]"), ("5 %", r"5 \%"), ("\\", r"\textbackslash{}")],
)
def test_latex_escapes(text: str, expected: str) -> None:
    assert latex.escaped(text) == expected


def test_long_sums_are_broken_before_a_sign() -> None:
    terms = ("a" * 30, "+ " + "b" * 30, "- " + "c" * 30)
    spelled = formula.Spelled("y", terms)
    assert breaking.broken(spelled, 100) == f"y = {' '.join(terms)}"
    lines = breaking.broken(spelled, 50).splitlines()
    assert lines == ["\\begin{aligned}", f"y &= {terms[0]} \\\\", f"&\\quad {terms[1]} \\\\", f"&\\quad {terms[2]}", "\\end{aligned}"]
    assert "&= aaa" in breaking.broken(formula.Spelled("y" * 40, terms), 50)


@pytest.mark.parametrize(
    ("latex_", "width"), [(r"\frac{a}{b}", 2), (r"A^\top B", 3), (r"\operatorname{tr}(X)", 5), (r"\left(a\right)", 3), (r"\det A", 2)]
)
def test_width(latex_: str, width: int) -> None:
    assert widths.width(latex_) == width


# ------------------------------------------------------------------------------------------------ built-in sheets


def test_the_built_in_sheets_are_listed() -> None:
    names = [line.split()[0] for line in sheet("--list").stdout.splitlines()]
    expected = "backprop complex cookbook estimators layouts least-squares likelihoods magnus-neudecker spectral structured wikipedia"
    assert names == expected.split()


@pytest.mark.parametrize("name", library.built_in())
def test_every_formula_of_a_built_in_sheet_is_derived_and_checked(name: str) -> None:
    read = spec.read_sheet(*library.load(name))
    assert read.problems == ()
    answers = dict(answered(wanted(read, every_layout=False), cache.Cache(cache.default_folder()), 1))
    built = build(read, answers, every_layout=False)
    assert [(p.line, p.message) for p in built.problems] == []
    found = list(built.formulas)
    assert found
    assert all(f.checked.error < 1e-5 for f in found)
    assert sum(f.checked.status == "checked" for f in found) >= 0.95 * len(found)
    assert foot(built)[0].startswith(f"{len(found)} formulas")


def test_the_cookbook_has_the_equations_of_its_chapter() -> None:
    read = spec.read_sheet(*library.load("cookbook"))
    named = {int(n) for e in read.entries for n in re.findall(r"\d+", e.source)}
    assert set(range(33, 145)) - named == {45, 50, 133, 134, 135, 136}
    assert {e.source for e in read.entries if e.erratum} == {"eq. 92", "eqs. 94, 95", "eq. 127"}


def test_the_complex_sheet_has_the_equations_of_the_cookbook_and_both_derivatives() -> None:
    read = spec.read_sheet(*library.load("complex"))
    named = {int(n) for e in read.entries if e.source.startswith("Matrix Cookbook") for n in re.findall(r"\d+", e.source)}
    assert {45, 89, *range(232, 238), *range(239, 253)} <= named
    asked = [e.request for e in read.entries]
    assert sum("/ dconj(" in r for r in asked) >= 20
    assert sum(r.startswith("grad_") for r in asked) >= 12
    assert {e.source for e in read.entries if e.erratum} == {"Matrix Cookbook eq. 89", "Matrix Cookbook eqs. 251, 252"}


def test_katex_has_the_fonts_that_formulas_use() -> None:
    style = html.katex_style()
    assert style.count("@font-face") == 10
    assert "KaTeX_Math" in style
    assert "KaTeX_SansSerif" in style  # the H of a conjugate transpose
    assert "url(fonts/" not in style
