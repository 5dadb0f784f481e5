"""The specification of a sheet: a TOML document with sections of entries, each a request.

What is wrong with a specification is collected, each with its line, and never stops the reading: a bad entry is kept
with its problem, so that the sheet can show where it would stand.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from matcalc.batch.keys import KEYS as BATCH_KEYS
from matcalc.book.choices import DETAILS, LAYOUTS, STYLES
from matcalc.book.toml_lines import Path, located
from matcalc.errors import LimitError, ParseError

TABLES: Final = ("layouts",)
MAX_BYTES: Final = 1_000_000
MAX_ENTRIES: Final = 5_000
MAX_SHOWN: Final = 60

Table = dict[str, Any]


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong, on which line of the specification."""

    line: int
    message: str


@dataclass(frozen=True)
class Entry:
    """One request with what is said about it; `problem` is set where there is nothing to derive.

    `erratum` says what the source prints in place of the formula; `layout` is empty where the sheet decides. With `chain`
    the request is a chain of definitions, of which every gradient is shown, and `wrt` the variables that it is wanted by. With `solve`
    it is a problem, argmin_w F s.t. A*w = b, whose solution is shown.
    """

    line: int
    request: str = ""
    wrt: str | None = None
    order: int = 1
    wrt2: str | None = None
    vars: Mapping[str, str] = field(default_factory=dict)
    attrs: Mapping[str, list[str]] = field(default_factory=dict)
    form: str = "auto"
    structured: bool = False
    reading: str | None = None
    manifold: str | None = None
    layout: str = ""
    caption: str = ""
    source: str = ""
    note: str = ""
    erratum: str = ""
    derivation: bool = False
    detail: str = "normal"
    style: str = "trace"
    chain: bool = False
    solve: bool = False
    problem: str = ""

    @property
    def question(self) -> Table:
        """What is asked, apart from the layout: equal questions have equal answers."""
        asked = {"request": " ".join(self.request.split()), "wrt": self.wrt, "order": self.order, "wrt2": self.wrt2}
        given = {"vars": dict(self.vars), "attrs": {k: sorted(v) for k, v in self.attrs.items()}, "form": self.form}
        given |= {"structured": self.structured, "reading": self.reading, "manifold": self.manifold}
        telling = (("detail", self.detail, DETAILS), ("style", self.style, STYLES))
        given |= {key: value for key, value, known in telling if self.derivation and value != known.default}
        if self.chain:
            asked, given = {"request": asked["request"], "wrt": self.wrt}, {"vars": self._declared(), "chain": True}
        if self.solve:
            given = {"vars": dict(self.vars), "attrs": {k: sorted(v) for k, v in self.attrs.items()}, "solve": True}
            asked = {"request": asked["request"]}
        return {key: value for key, value in {**asked, **given}.items() if value}


    def _declared(self) -> dict[str, str]:
        """Shapes and properties together, as a chain takes them."""
        shapes = {name: shape.strip() or "scalar" for name, shape in self.vars.items()}
        return {name: " ".join([shapes.get(name, ""), *self.attrs.get(name, [])]).strip() for name in {**shapes, **self.attrs}}


@dataclass(frozen=True)
class Section:
    """Entries under a heading; `table` names a table that is worked out rather than a list of requests."""

    title: str
    note: str
    table: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Sheet:
    """A specification that was read. With `columns`, every entry is shown in each of these layouts, side by side."""

    file: str
    title: str
    intro: str
    layout: str
    columns: tuple[str, ...]
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...]

    @property
    def entries(self) -> Iterator[Entry]:
        for section in self.sections:
            yield from section.entries


def read_sheet(data: bytes, file: str) -> Sheet:
    """The sheet that a document specifies, with all problems that could be told without deriving anything.

    Raises ParseError, with the line, for what is no TOML; LimitError for what is too large.
    """
    if len(data) > MAX_BYTES:
        raise LimitError(f"{file}: a specification is at most {MAX_BYTES} bytes long")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ParseError(f"{file}:{line}: this is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ParseError(_placed(file, str(error))) from None
    except RecursionError:
        raise LimitError(f"{file}: the document is nested too deeply") from None
    return _Specification(file, located(text)).sheet(document)


def _placed(file: str, message: str) -> str:
    """The message of tomllib with its place in front: file:3:7."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if found is None:
        return f"{file}: {message}"
    place = f":{found[1]}:{found[2]}" if found[1] else ""
    return f"{file}{place}: {message[: found.start()]}{'' if place else ' at the end of the document'}"


# ------------------------------------------------------------------------------------------------------- keys


@dataclass(frozen=True)
class Key:
    """What a value of a key must be, in code and in words, and what stands where it is left out."""

    holds: Callable[[object], bool]
    told: str
    default: Any


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _layouts(value: object) -> bool:
    return isinstance(value, list) and value != [] and len(set(map(str, value))) == len(value) and all(v in LAYOUTS for v in value)


def _tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, dict) for v in value)


def _from_batch(name: str, default: Any) -> Key:
    return Key(BATCH_KEYS[name].holds, BATCH_KEYS[name].told, default)


def _one_of(*choices: str) -> Key:
    return Key(lambda value: value in choices, "one of " + ", ".join(f'"{c}"' for c in choices), "")


FLAG: Final = Key(lambda value: isinstance(value, bool), "true or false", False)
TEXT: Final = Key(_is_text, "a string", "")
VARS: Final = Key(BATCH_KEYS["vars"].holds, 'a table of shapes, such as { W = "m n", c = "" }', {})
ATTRS: Final = Key(BATCH_KEYS["attrs"].holds, 'a table of properties, such as { S = ["symmetric"] }', {})
ENTRIES: Final = Key(_tables, "tables: [[section.entry]]", [])

SHEET_KEYS: Final[Mapping[str, Key]] = {
    "title": TEXT,
    "intro": TEXT,
    "layout": _one_of(*LAYOUTS),
    "columns": Key(_layouts, 'a list of different layouts, such as ["numerator", "denominator"]', []),
    "vars": VARS,
    "attrs": ATTRS,
    "entry": Key(_tables, "tables: [[entry]]", []),
    "section": Key(_tables, "tables: [[section]]", []),
}
SECTION_KEYS: Final[Mapping[str, Key]] = {
    "title": TEXT,
    "note": TEXT,
    "table": _one_of(*TABLES),
    "vars": VARS,
    "attrs": ATTRS,
    "entry": ENTRIES,
}
ENTRY_KEYS: Final[Mapping[str, Key]] = {
    "request": TEXT,
    "wrt": _from_batch("wrt", None),
    "order": _from_batch("order", 1),
    "wrt2": _from_batch("wrt2", None),
    "vars": VARS,
    "attrs": ATTRS,
    "form": _from_batch("form", "auto"),
    "structured": FLAG,
    "reading": _from_batch("reading", None),
    "manifold": _from_batch("manifold", None),
    "layout": _one_of(*LAYOUTS),
    "caption": TEXT,
    "source": TEXT,
    "note": TEXT,
    "erratum": TEXT,
    "derivation": FLAG,
    "detail": _from_batch("detail", "normal"),
    "style": _from_batch("style", "trace"),
    "chain": FLAG,
    "solve": FLAG,
}


class _Specification:
    """Turns tables into a sheet and keeps what is wrong on the way."""

    def __init__(self, file: str, lines: Mapping[Path, int]) -> None:
        self.file, self.lines = file, lines
        self.problems: list[Problem] = []
        self.asked: dict[str, int] = {}
        self.count = 0

    def sheet(self, document: Table) -> Sheet:
        found, _ = self.checked(document, (), SHEET_KEYS, "the sheet")
        common = found["vars"], found["attrs"]
        sections = [Section("", "", "", self.entries(found["entry"], ("entry",), *common))] if found["entry"] else []
        sections += [self.section(table, ("section", k), *common) for k, table in enumerate(found["section"])]
        if not self.count and not any(s.table for s in sections):
            self.problems.append(Problem(1, "the sheet has no entries; write [[section]], then [[section.entry]] with a request"))
        title, intro, layout, columns = (found[key] for key in ("title", "intro", "layout", "columns"))
        problems = tuple(sorted(self.problems))
        return Sheet(self.file, title, intro, layout or "denominator", tuple(columns), tuple(sections), problems)

    def section(self, table: Table, path: Path, variables: Table, attrs: Table) -> Section:
        found, _ = self.checked(table, path, SECTION_KEYS, "a section")
        entries = self.entries(found["entry"], (*path, "entry"), {**variables, **found["vars"]}, {**attrs, **found["attrs"]})
        return Section(found["title"], found["note"], found["table"], entries)

    def entries(self, tables: list[Table], path: Path, variables: Table, attrs: Table) -> tuple[Entry, ...]:
        self.count += len(tables)
        if self.count > MAX_ENTRIES:
            raise LimitError(f"{self.file}: a sheet has at most {MAX_ENTRIES} entries")
        return tuple(self.entry(table, (*path, k), variables, attrs) for k, table in enumerate(tables))

    def entry(self, table: Table, path: Path, variables: Table, attrs: Table) -> Entry:
        """The entry; with a problem of its own it is kept, and not derived."""
        found, wrong = self.checked(table, path, ENTRY_KEYS, "an entry")
        own = {**found, "vars": {**variables, **found["vars"]}, "attrs": {**attrs, **found["attrs"]}}
        entry = Entry(line=self.line(path), **own)
        found_out = [Problem(entry.line, message) for message in _objections(entry, table)] if not wrong else []
        self.problems += found_out
        wrong += found_out
        return self.once(entry) if not wrong else replace(entry, problem="; ".join(p.message for p in wrong))

    def once(self, entry: Entry) -> Entry:
        """The entry, unless an earlier one asks the same."""
        asked = repr(sorted({**entry.question, "layout": entry.layout}.items(), key=lambda item: item[0]))
        if asked not in self.asked:
            self.asked[asked] = entry.line
            return entry
        message = f"the same request as on line {self.asked[asked]}"
        self.problems.append(Problem(entry.line, message))
        return replace(entry, problem=message)

    def checked(self, table: Table, path: Path, keys: Mapping[str, Key], owner: str) -> tuple[Table, list[Problem]]:
        """The values of a table, the default in place of each that is wrong, and what was wrong."""
        wrong: list[Problem] = []
        for name, value in table.items():
            at = self.line((*path, name))
            if name not in keys:
                near = difflib.get_close_matches(name, keys, 1)
                hint = f"did you mean {near[0]}?" if near else f"the keys of {owner} are {', '.join(keys)}"
                wrong.append(Problem(at, f"unknown key {shortened(name)}; {hint}"))
            elif not keys[name].holds(value):
                wrong.append(Problem(at, f"{name} must be {keys[name].told}, not {shortened(repr(value))}"))
        self.problems += wrong
        bad = {name for name, value in table.items() if name not in keys or not keys[name].holds(value)}
        return {name: table[name] if name in table and name not in bad else key.default for name, key in keys.items()}, wrong

    def line(self, path: Path) -> int:
        return self.lines.get(path) or (self.line(path[:-1]) if path else 1)


def _objections(entry: Entry, table: Table) -> list[str]:
    """What the keys of an entry, each right by itself, lack together."""
    if not entry.request.strip():
        return ["the entry has no request"]
    of_derivatives = ("wrt", "order", "wrt2", "form", "structured", "reading", "manifold", "chain")
    foreign = [key for key in of_derivatives if key in table]
    if entry.solve and foreign:
        return [f"a problem is solved with request, vars and attrs, not with {', '.join(foreign)}"]
    plain = ("order", "wrt2", "attrs", "form", "structured", "reading", "manifold", "derivation", "detail", "style")
    strangers = [key for key in plain if key in table]
    if entry.chain and strangers:
        return [f"a chain is asked for with request, wrt, vars and layout, not with {', '.join(strangers)}"]
    return []


def shortened(text: str) -> str:
    """A text as part of a message."""
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
