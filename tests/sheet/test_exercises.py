"""A sheet as exercises: questions that tell no answer, then the solutions under the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from matcalc import cli
from matcalc.sheet.build import Built, build, wanted
from matcalc.sheet.exercises import exercises
from matcalc.sheet.formula import answer
from matcalc.sheet.pages import page
from matcalc.sheet.spec import read_sheet

SPEC = """
title = "Gradients"

[[section]]
title = "Traces"
note = "By hand."

[[section.entry]]
request = "d tr(A X B)/dX"
derivation = true
caption = "Linear."
note = "The cyclic property does it."

[[section.entry]]
request = "d tr(X"

[[section.entry]]
request = "d softmax(x)/dx"

[[section.entry]]
request = "L where z = W*x + b; L = loss(z); dL/dz = g"
chain = true
"""


def sheet(every_layout: bool) -> Built:
    read = read_sheet(SPEC.encode(), "spec.toml")
    return build(read, {job: answer(job) for job in wanted(read, every_layout)}, every_layout)


@pytest.fixture(scope="module")
def built() -> Built:
    return sheet(every_layout=False)


def test_the_questions_come_before_the_solutions_under_the_same_numbers(built: Built) -> None:
    parts = exercises(built).parts
    assert [p.section.title for p in parts] == ["Exercises", "Traces", "Solutions", "Traces"]
    captions = [[i.entry.caption for i in p.items] for p in parts]
    assert captions[1] == ["Exercise 1. Linear.", "Exercise 2.", "Exercise 3."]
    assert captions[3] == ["Solution 1. Linear.", "", "Solution 2.", "Solution 3."]
    assert [i.problem != "" for i in parts[3].items] == [False, True, False, False]


@pytest.mark.parametrize("target", ["md", "tex", "html"])
def test_a_question_tells_nothing_of_its_answer(target: str) -> None:
    built = sheet(every_layout=target == "html")
    told = page(exercises(built), target).decode()
    questions, _, solutions = told[told.index("Exercise 1.") :].partition("Solution 1.")
    (formula,) = next(iter(built.parts[0].items[0].answers.values()))
    answers = [formula.latex.right, *(line.partition("   ")[2].strip() for line in formula.steps), "The cyclic property does it."]
    assert r"\operatorname{tr}(A X B)" in questions
    assert [a for a in answers if a and a in questions] == []
    assert formula.latex.right in solutions
    assert "def derivative" not in questions


def test_only_the_solutions_are_counted(built: Built) -> None:
    assert len(list(exercises(built).formulas)) == len(list(built.formulas))


def test_the_command_writes_exercises(tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(SPEC.replace('[[section.entry]]\nrequest = "d tr(X"\n', ""), encoding="utf-8")
    run = CliRunner().invoke(cli.group, ["sheet", str(spec), "--exercises", "--cache", str(tmp_path / "kept")])
    assert run.exit_code == 0
    lines = run.stdout.splitlines()
    assert r"\frac{\partial}{\partial X} \operatorname{tr}(A X B) = ?" in lines
    order = [lines.index(line) for line in ("## Exercises", "Exercise 1. Linear.", "## Solutions", "Solution 1. Linear.")]
    assert order == sorted(order)
