"""Where the keys and elements of a TOML document stand: a path to each, and the line that it begins on.

`tomllib` says what a document means and not where. This is a second, smaller reading of a document that `tomllib` has
accepted: it tells strings, comments, brackets and names apart, and keeps count of lines, which is enough to follow
tables, arrays of tables, dotted names and nested values. Paths are those of the value that `tomllib` makes:
("section", 1, "entry", 0, "request").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

Path = tuple[str | int, ...]

_TOKEN: Final = re.compile(
    r'(?P<string>"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
    r"|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<sign>[\[\]{},=.])|(?P<bare>[^\s\[\]{},=.\#\"']+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


@dataclass(slots=True)
class _Open:
    """A bracket of a value that is not closed yet: an array with its next index, or an inline table."""

    path: Path
    is_array: bool
    index: int = 0
    fresh: bool = True


@dataclass(slots=True)
class _Reader:
    lines: dict[Path, int] = field(default_factory=dict)
    counts: dict[Path, int] = field(default_factory=dict)
    table: Path = ()

    def note(self, path: Path, line: int) -> None:
        """A path and those above it begin on a line unless they began before."""
        for k in range(1, len(path) + 1):
            self.lines.setdefault(path[:k], line)

    def real(self, base: Path, names: tuple[str, ...]) -> Path:
        """The path of names below a table; an array of tables on the way means its last element."""
        path = base
        for name in names:
            path = (*path, name)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path


def located(text: str) -> dict[Path, int]:
    """The line, counted from 1, of every key and array element of a valid document."""
    text = text.replace("\r\n", "\n")
    reader = _Reader()
    starts = [m.end() for m in re.finditer("\n", text)]
    tokens = [t for t in _tokens(text) if t.kind != "comment"]
    lines = _line_numbers(tokens, starts)
    i = 0
    while i < len(tokens):
        if tokens[i].kind == "newline":
            i += 1
        elif tokens[i].text == "[" and tokens[i].kind == "sign":
            i = _header(reader, tokens, lines, i)
        else:
            i = _statement(reader, tokens, lines, i)
    return reader.lines


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        assert found.lastgroup is not None
        yield _Token(found.lastgroup, found[0], found.start())


def _line_numbers(tokens: list[_Token], starts: list[int]) -> list[int]:
    numbers, line = [], 0
    for token in tokens:
        while line < len(starts) and starts[line] <= token.start:
            line += 1
        numbers.append(line + 1)
    return numbers


def _names(tokens: list[_Token], i: int) -> tuple[tuple[str, ...], int]:
    """A dotted key, and what follows it."""
    names: list[str] = []
    while True:
        names.append(_spelled(tokens[i]))
        if tokens[i + 1].text != "." or tokens[i + 1].kind != "sign":
            return tuple(names), i + 1
        i += 2


def _spelled(token: _Token) -> str:
    """The name that a key is; a quoted one may hold escapes."""
    if token.kind != "string":
        return token.text
    value: str = tomllib.loads(f"k = {token.text}")["k"]
    return value


def _header(reader: _Reader, tokens: list[_Token], lines: list[int], i: int) -> int:
    """[table] or [[array of tables]]."""
    line, doubled = lines[i], tokens[i + 1].text == "[" and tokens[i + 1].kind == "sign"
    names, i = _names(tokens, i + 1 + doubled)
    path = reader.real((), names[:-1]) + names[-1:] if doubled else reader.real((), names)
    if doubled:
        reader.counts[path] = reader.counts.get(path, 0) + 1
        path = (*path, reader.counts[path] - 1)
    reader.table = path
    reader.note(path, line)
    return i + 1 + doubled


def _statement(reader: _Reader, tokens: list[_Token], lines: list[int], i: int) -> int:
    """key = value, to the end of the value; nested arrays and inline tables are followed with a stack."""
    names, i = _names(tokens, i)
    path = reader.real(reader.table, names)
    reader.note(path, lines[i - 1])
    i += 1
    stack: list[_Open] = []
    while i < len(tokens) and (stack or tokens[i].kind != "newline"):
        token = tokens[i]
        inside = stack[-1] if stack else None
        if token.kind == "newline":
            i += 1
        elif token.kind == "sign" and token.text in "]}":
            stack.pop()
            i += 1
        elif token.kind == "sign" and token.text == ",":
            assert inside is not None
            inside.index, inside.fresh = inside.index + 1, True
            i += 1
        elif inside is not None and inside.fresh:
            inside.fresh = False
            if inside.is_array:
                path = (*inside.path, inside.index)
                reader.note(path, lines[i])
            else:
                names, after = _names(tokens, i)
                path = (*inside.path, *names)
                reader.note(path, lines[i])
                i = after + 1
        else:
            if token.kind == "sign" and token.text in "[{":
                stack.append(_Open(path, token.text == "["))
            i += 1
    return i
