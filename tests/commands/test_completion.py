"""Completion in the shells that are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcalc import cli
from matcalc.commands.completion import SHELLS

CHECKS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


def script(shell: str) -> str:
    found = CliRunner().invoke(cli.group, ["completion", shell])
    assert found.exit_code == 0
    return found.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_for_both_programs_and_can_be_read(shell: str, tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_text(script(shell))
    assert "_MATCALC_COMPLETE" in file.read_text()
    assert "_DERIVE_COMPLETE" in file.read_text()
    if shutil.which(shell):
        subprocess.run([*CHECKS[shell], str(file)], check=True)


def test_another_shell_is_wrong_usage() -> None:
    assert CliRunner().invoke(cli.group, ["completion", "cmd"]).exit_code == 2


@pytest.mark.parametrize(
    ("program", "typed", "expected"),
    [
        ("main", "matcalc ba", ["batch", "backprop"]),
        ("main", "matcalc derive x --lay", ["--layout"]),
        ("derive_main", "derive x --layout nu", ["numerator"]),
    ],
)
def test_words_are_completed(program: str, typed: str, expected: list[str]) -> None:
    words = typed.split()
    asked = {f"_{words[0].upper()}_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    run = [sys.executable, "-c", f"from matcalc.cli import {program}; {program}()"]
    found = subprocess.run(run, env={**os.environ, **asked}, capture_output=True, text=True, check=False)
    assert sorted(line.partition(",")[2] for line in found.stdout.splitlines()) == sorted(expected)
