"""The marks of a tool in a line of text decide how all of it is read: what * is, whose functions the names are.

The tokens come back with a function of another tool as its name after that of the tool, `numpy.dot`, with Mathematica's brackets as
parentheses and its dots as products, and with every power that acts entry by entry as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final

from matcalc.errors import ParseError
from matcalc.reading.dialects.tools import BRACKETS, COMMON, KEYWORDS, MODULES, TOOLS, WORDS, holder, table
from matcalc.reading.grammar.tokens import EULER, Known, Token, check_count
from matcalc.reading.notes import SPELLING, Note
from matcalc.records import dataclass

SHOWN: Final = 40
_OPENERS: Final = {"(": ")", "[": "]", "{": "}"}
_CONSTANTS: Final = frozenset({"None", "True", "False", "null", "NULL", "TRUE", "FALSE"})
_NUMBERS: Final = {"E": EULER, "Pi": "pi"}
# A line of these is from a tool for tensors, whose methods act entry by entry; those of SymPy, which it shares with them, tell nothing.
_SHARED: Final = "sympy"


@dataclass
class Marked:
    """The tokens of a line, whether its * acts entry by entry, and the tool whose marks it has, empty without any."""

    tokens: list[Token]
    entrywise: bool
    tool: str
    notes: tuple[Note, ...] = ()


@dataclass
class _Line:
    source: str
    known: Known
    tokens: list[Token]
    modules: Mapping[int, str]
    found: dict[str, Token] = field(default_factory=dict)


def marked(source: str, tokens: Sequence[Token], modules: Mapping[int, str], known: Known) -> Marked:
    """The tokens after the tool that the line is from; `modules` has the module in front of a name, by the place of the name.

    Raises ParseError where marks of two tools disagree on what * is.
    """
    line = _Line(source, known, list(tokens), modules)
    if "[" in source and any(holder(name, "mathematica") == "mathematica" for name in BRACKETS().findall(source)):
        line.tokens = _parenthesised(line.tokens)
        line.found["mathematica"] = line.tokens[0]
    if "(:)" in source:
        line.tokens = _stacked(line.tokens)
    _find(line)
    tool = _decided(line)
    entrywise = TOOLS[tool].entrywise if tool else False
    line.tokens = _split(line.tokens, tool)
    check_count(line.tokens, source)
    named = [_named(line, k, tool) for k in range(len(line.tokens))]
    return Marked(_with_powers(named, source, tool) if entrywise else named, entrywise, tool, tuple(_products_by_dot(line, named)))


def _products_by_dot(line: _Line, named: Sequence[Token]) -> Iterator[Note]:
    """What is said where dot(A, B) without np. is taken for NumPy's matrix product, since @ stands beside it."""
    opened: list[Token | None] = []
    for before, t in zip([None, *named], named, strict=False):
        if t.text == "(":
            is_dot = before is not None and before.text == "numpy.dot" and before.kind == "name" and before.start not in line.modules
            opened.append(before if is_dot else None)
        elif t.text == ")" and opened and (called := opened.pop()) is not None:
            written = line.source[called.start : min(t.end, called.start + SHOWN)]
            yield Note(f"{written}{'...' * (t.end > called.start + SHOWN)} is NumPy's matrix product, as @ is", SPELLING)


def _find(line: _Line) -> None:
    """Note the first mark of each tool."""
    methods = []
    for k, t in enumerate(line.tokens):
        following = line.tokens[k + 1].text if k + 1 < len(line.tokens) else ""
        if t.kind == "method":
            methods.append((t, following == "("))
        elif t.start in line.modules:
            line.found.setdefault(MODULES.get(line.modules[t.start], "torch"), t)
        elif t.kind == "name" and t.text not in line.known.kinds and "mathematica" not in line.found:
            tool = WORDS.get(t.text) if following == "(" else KEYWORDS.get(t.text) if following == "=" else None
            if tool is not None:
                line.found.setdefault(tool, t)
        elif t.kind == "op":
            _find_sign(line, t, k)
    if methods and not line.found:
        _find_methods(line, methods)


def _find_sign(line: _Line, t: Token, k: int) -> None:
    written = line.source[t.start : t.end]
    if written in ("%*%", "%x%"):
        line.found.setdefault("r", t)
    elif written == "@":
        line.found.setdefault("numpy", t)
    elif written in (".+", ".-") or t.text == "(" and line.source[t.start - 1 : t.start] == ".":
        line.found.setdefault("julia", t)


def _find_methods(line: _Line, methods: Sequence[tuple[Token, bool]]) -> None:
    """Methods tell a tool for tensors where SymPy has not all of them."""
    names = [t for t, is_called in methods if not _is_dotted_variable(t, is_called)]
    if not names:
        line.found["mathematica"] = methods[0][0]
    elif any(t.text not in table(_SHARED) for t in names):
        line.found["torch"] = names[0]
    else:
        line.found[_SHARED] = names[0]


def _is_dotted_variable(t: Token, is_called: bool) -> bool:
    """Whether what stands behind a dot is the next factor, as in x.A.x."""
    return not is_called and len(t.text) == 1 and t.text not in ("T", "I", "H")


def _decided(line: _Line) -> str:
    """The tool of the line; SymPy has @ too, and tools that agree on * may stand side by side."""
    found = dict(line.found)
    if "sympy" in found and "numpy" in found and line.source[slice(*_span(found["numpy"]))] == "@":
        del found["numpy"]
    kinds = {TOOLS[tool].entrywise for tool in found}
    if len(kinds) == 2 and any(t.text == "*" for t in line.tokens):
        a = next(tool for tool in found if TOOLS[tool].entrywise)
        b = next(tool for tool in found if not TOOLS[tool].entrywise)
        told = f"* acts entry by entry in {TOOLS[a].title}, and is the product of matrices in {TOOLS[b].title}"
        raise ParseError(told, _span(found[b]), line.source, "write .* for the one, @ for the other")
    return next((tool for tool in found if tool not in ("numpy", COMMON)), next(iter(found), ""))


def _span(t: Token) -> tuple[int, int]:
    return t.start, t.end


def _stacked(tokens: Sequence[Token]) -> list[Token]:
    """MATLAB's A(:) as vec(A)."""
    made: list[Token] = []
    skip = 0
    for k, t in enumerate(tokens):
        if k < skip:
            continue
        following = tokens[k + 1 : k + 4]
        if t.kind == "name" and [f.text for f in following] == ["(", ":", ")"] and following[0].start == t.end:
            made += [Token("name", "vec", t.start, t.start), Token("op", "(", t.start, t.start), t, following[2]]
            skip = k + 4
        else:
            made.append(t)
    return made


def _parenthesised(tokens: Sequence[Token]) -> list[Token]:
    """Mathematica's f[x] with parentheses; x[[1]] is the entry."""
    made: list[Token] = []
    opened: list[str] = []
    for k, t in enumerate(tokens):
        before = tokens[k - 1] if k else None
        if t.text in _OPENERS:
            applied = t.text == "[" and before is not None and before.kind in ("name", "method") and before.end == t.start
            doubled = t.text == "[" and k + 1 < len(tokens) and tokens[k + 1].text == "[" and tokens[k + 1].start == t.end
            opened.append("" if doubled and applied else ")" if applied else _OPENERS[t.text])
            made.append(t._replace(text="" if doubled and applied else "(" if applied else t.text))
        elif t.text in _OPENERS.values() and opened:
            made.append(t._replace(text=opened.pop()))
        else:
            made.append(t)
    return [t for t in made if t.text or t.kind == "end"]


def _named(line: _Line, k: int, tool: str) -> Token:
    """A token with the name of its tool before its own where a table has it."""
    t = line.tokens[k]
    if t.kind == "method":
        owner = next((o for o in (tool, "numpy", "torch", _SHARED) if o and holder(t.text, o) not in ("", COMMON)), "")
        return t._replace(text=f"{holder(t.text, owner) if owner else COMMON}.{t.text}")
    if t.kind != "name":
        return t
    if t.text in _CONSTANTS:
        return t._replace(kind="string")
    if tool == "mathematica" and t.text in _NUMBERS and t.text not in line.known.kinds:
        return t._replace(text=_NUMBERS[t.text])
    module = line.modules.get(t.start)
    owner = MODULES.get(module, "torch") if module is not None else tool if t.text not in line.known.kinds else ""
    if not owner or not _is_called(line.tokens, k):
        return t
    if module == "sp" and holder(t.text, "sympy") == "sympy" and t.text[0].isupper():
        owner = "sympy"
    found = holder(t.text, owner)
    return t if found in ("", COMMON) else t._replace(text=f"{found}.{t.text}")


def _is_called(tokens: Sequence[Token], k: int) -> bool:
    return k + 1 < len(tokens) and tokens[k + 1].text == "("


def _split(tokens: Sequence[Token], tool: str) -> list[Token]:
    """What stands behind a dot as a factor of its own, as in x.A.x."""
    made: list[Token] = []
    for k, t in enumerate(tokens):
        if t.kind == "method" and (tool == "mathematica" or _is_dotted_variable(t, _is_called(tokens, k))):
            made += [Token("op", "@", t.start, t.start + 1), Token("name", t.text, t.start + 1, t.end)]
        else:
            made.append(t._replace(text="@") if t.text == "." and tool == "mathematica" else t)
    return made


def _with_powers(tokens: Sequence[Token], source: str, tool: str) -> list[Token]:
    """Powers that act entry by entry as .^ in place of ^."""
    signs = ("**", "^") if TOOLS[tool].caret else ("**",)
    before = ["", *(t.text for t in tokens)]
    entrywise = [t.text == "^" and source[t.start : t.end] in signs and of != EULER for t, of in zip(tokens, before, strict=False)]
    return [t._replace(text=".^") if is_power else t for t, is_power in zip(tokens, entrywise, strict=True)]
