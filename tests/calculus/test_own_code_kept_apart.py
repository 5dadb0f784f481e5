"""The code of a user's rule neither ends the program nor writes between the answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from places import ROOT

from matcalc import cli

RULE = '''
[mine]
kind = "elementwise"
source = "a test"
derivative = "2*x"
numpy = "mine_({x})"
numpy_helper = """
import sys
def mine_(x):
    %s
    return x*x
"""
'''
LINE = json.dumps({"request": "d sum(mine(x))/dx"}) + "\n"


@pytest.fixture
def rules(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(RULE % request.param, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("rules", ["sys.exit(0)", "sys.exit('over')", "raise SystemExit"], indirect=True)
def test_code_that_ends_the_program_is_an_error(rules: str) -> None:
    for arguments in (["derive", "d sum(mine(x))/dx", "--rules", rules], ["batch", "-", "--rules", rules]):
        found = CliRunner().invoke(cli.group, arguments, input=LINE)
        assert found.exit_code == 1
        assert "mine.toml, line 2: the code of mine ends the program" in found.output


@pytest.mark.parametrize("rules", ["print('noise')"], indirect=True)
def test_what_code_prints_is_no_part_of_the_answers(rules: str) -> None:
    command = [sys.executable, "-m", "matcalc", "batch", "-", "--rules", rules]
    found = subprocess.run(command, input=LINE, capture_output=True, text=True, cwd=ROOT, check=True)
    assert [json.loads(line)["text"] for line in found.stdout.splitlines()] == ["2*x"]
    assert "noise" in found.stderr


def test_a_batch_does_not_start_without_its_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from matcalc.book import rules as rulebook

    monkeypatch.setenv(rulebook.VARIABLE, str(tmp_path / "nowhere.toml"))
    with rulebook.use(rulebook.Book()):
        found = CliRunner().invoke(cli.group, ["batch", "-"], input=LINE)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert "nowhere.toml cannot be read" in found.stderr
