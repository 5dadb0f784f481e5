"""Every example in the documents runs: shell sessions are compared, Python sessions follow doctest, tables of the rule book load.

A `console` fence holds commands (`$ derive ...`, or `$ echo '...' | matcalc batch`) and what they print; a `python`
fence is a doctest, or a program where it has no prompts; a `toml` fence holds entries of the rule book, or the
specification of a sheet. The size of a
numerical error is no part of the comparison. After a change of the output, `python tests/whole/test_docs.py` writes what the
commands print now into the shell sessions; read the difference before you keep it.
"""

from __future__ import annotations

import contextlib
import doctest
import re
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from places import ROOT

from matcalc import cli
from matcalc.book import rules as rulebook
from matcalc.commands.derive import derive_command
from matcalc.sheet.build import build, wanted
from matcalc.sheet.formula import answer
from matcalc.sheet.spec import read_sheet

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "rules").glob("*.md"))]
PROGRAMS = {"derive": derive_command, "matcalc": cli.group}
NUMBER = re.compile(r"\b\d+(\.\d+)?e[-+]\d+\b")


@dataclass(frozen=True)
class Fence:
    """A fenced block of a document: its language, its text, where it begins."""

    language: str
    text: str
    place: str


def fences() -> list[Fence]:
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Fence(match[1], match[2], f"{document.relative_to(ROOT)}:{line}"))
    return found


def refreshed(text: str) -> str:
    """A document with what its commands print now."""

    def session(match: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (.*)$", match[1], re.MULTILINE)
        return "```console\n" + "\n".join(f"$ {c}\n{run(c).rstrip()}\n" for c in commands) + "```"

    return re.sub(r"^```console\n(.*?)^```$", session, text, flags=re.MULTILINE | re.DOTALL)


def of(*languages: str) -> list[object]:
    return [pytest.param(f, id=f.place) for f in fences() if f.language in languages]


def run(command: str) -> str:
    words = shlex.split(command)
    given = ""
    if "|" in words:
        cut = words.index("|")
        assert words[0] == "echo"
        given, words = "\n".join(words[1:cut]) + "\n", words[cut + 1 :]
    with contextlib.chdir(ROOT):
        return CliRunner().invoke(PROGRAMS[words[0]], words[1:], input=given, prog_name=words[0]).output


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("fence", of("console"))
def test_shell_session(fence: Fence) -> None:
    for session in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
        command, _, expected = session.partition("\n")
        assert NUMBER.sub("#", run(command)).rstrip() == NUMBER.sub("#", expected).rstrip()


@pytest.mark.parametrize("fence", of("python"))
def test_python(fence: Fence) -> None:
    if ">>>" not in fence.text:
        exec(compile(fence.text, fence.place, "exec"), {})
        return
    examples = doctest.DocTestParser().get_doctest(fence.text, {}, fence.place, fence.place, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    told: list[str] = []
    runner.run(examples, out=told.append)
    assert not runner.failures, "".join(told)


@pytest.mark.parametrize("fence", of("toml"))
def test_rule_or_sheet(fence: Fence) -> None:
    if fence.place.startswith("docs/sheets.md"):
        read = read_sheet(fence.text.encode(), fence.place)
        jobs = wanted(read, every_layout=False)
        assert build(read, {job: answer(job) for job in jobs}, every_layout=False).problems == ()
        return
    for name, table in tomllib.loads(fence.text).items():
        assert rulebook.read_rule(name, table, fence.place).name == name


def test_the_first_screen_is_a_command_and_its_output() -> None:
    first = next(f for f in fences() if f.place.startswith("README.md"))
    assert first.text.startswith('$ derive "d tr(W x) / dW"\nx^T\n')
    assert int(first.place.partition(":")[2]) < 12


def test_two_commands_set_up_everything() -> None:
    (commands,) = [f.text for f in fences() if f.place.startswith("README.md") and f.language == "sh"]
    run_main_job, run_tests = commands.splitlines()
    assert "pip install" in run_main_job
    assert 'derive "d tr(W x) / dW"' in run_main_job
    assert "pytest" in run_tests


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


if __name__ == "__main__":
    for changed in DOCUMENTS:
        changed.write_text(refreshed(changed.read_text(encoding="utf-8")), encoding="utf-8")
