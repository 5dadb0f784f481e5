"""The page for those who come from another tool shows the tables, line by line; run as a program, this writes its tables anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from places import ROOT

from matcalc.reading.dialects.tools import COMMON, TOOLS, lines_of

PAGE = ROOT / "docs" / "coming-from.md"
TITLES = {tool: t.title for tool, t in TOOLS.items() if tool != COMMON} | {COMMON: "In every text", "latex": "LaTeX"}


def code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def told(refused: str) -> str:
    reason, _, hint = refused.partition("; ")
    return f"refused: {reason}" + (f"; {hint}" if hint else "")


def rows(tool: str) -> Iterator[str]:
    """The table of a tool in Markdown."""
    yield "| theirs | here |"
    yield "| --- | --- |"
    for line in lines_of(tool):
        ours = told(line.refused).replace("|", "\\|") if line.refused else code(line.ours)
        yield f"| {code(line.theirs)} | {ours} |"


def with_tables(page: str) -> str:
    """A page with the table of each tool below its title."""
    for tool, title in TITLES.items():
        begun = re.search(rf"(?m)^## {re.escape(title)}\n\n(?:[^|#\n].*\n)*\n?", page)
        assert begun is not None
        after = re.compile(r"(?:\|.*\n)*").match(page, begun.end())
        assert after is not None
        page = page[: begun.end()] + "\n".join(rows(tool)) + "\n" + page[after.end() :]
    return page


@pytest.mark.parametrize("tool", TITLES)
def test_the_page_shows_every_line_of_a_table(tool: str) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {TITLES[tool]}\n")[1].split("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("|")] == list(rows(tool))


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
