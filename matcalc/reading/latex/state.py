r"""What a translation from LaTeX has read: the base of its layers.

    Subscripts -> Sums -> Brackets -> Exponents -> Words -> Clauses -> the translation itself

Every layer adds the constructs that it is named after and uses those below it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.errors import ParseError, Span
from matcalc.reading.dialects.tools import plain
from matcalc.reading.grammar.complex_marks import speaks_of_complex_numbers
from matcalc.reading.grammar.derivative import GRADIENTS
from matcalc.reading.grammar.tokens import GREEK_NAMES, Known, Token
from matcalc.reading.latex.fractions import with_fractions
from matcalc.reading.latex.names import Named, Names
from matcalc.reading.latex.scan import SIZES, Piece, partners, scan

SHORT: Final = 3
BOLD_ZERO: Final = "𝟎"
_ALSO: Final = {"Tr": "tr", "Re": "real", "Im": "imag"}
_WORDS: Final = frozenset({"ones", "zeros", "eye", "identity", "where", "pi", *GRADIENTS})
_FIRST_LABEL: Final = re.compile(r"(?:\\sum|∑|sum)(?:\\limits)?\s?_\s?\{?\s?([A-Za-z])")
CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<": ">", "|": "|", "||": "||"}


@dataclass(slots=True)
class Frame:
    """What is open: its kind, the sign that ends it, the token where its content begins, what follows its
    end, and the token where the operand begins that it makes."""

    kind: str
    closer: str
    at: int
    span: Span
    then: list[Token] = field(default_factory=list)
    colon: bool = False
    has_bars: bool = False
    bars: list[str] = field(default_factory=list)
    commas: int = 0
    start: int = 0
    sizes: dict[str, str] = field(default_factory=dict)
    font: str = ""


def is_function(name: str) -> bool:
    return rulebook.find(name) is not None or name in plain() or name in _ALSO


def function_name(name: str) -> str:
    return _ALSO.get(name, name)


def usual_kind(name: str, kind: str) -> str:
    """What a name is by the convention for its initial, unless it is known."""
    if kind:
        return kind
    if name.partition("_")[0] in GREEK_NAMES:
        return "scalar"
    return "matrix" if name[0].isupper() else "vector"


class State:
    """The pieces, the tokens so far and what is open; the layers above read one kind of construct each."""

    def __init__(self, source: str, known: Known) -> None:
        self.source = source
        self.known = known
        self.defined = set(re.findall(r"(?:\bwhere\b|\}|[;,]|^)\s*([A-Za-z][A-Za-z0-9_]*)\s*=", source))
        labels = set(_FIRST_LABEL.findall(source)) if "sum" in source or "∑" in source else set()
        self.defined = {name for name in self.defined if name.rpartition("_")[2] not in labels or "_" not in name}
        self.pieces = with_fractions(scan(source, self._is_word), source)
        self.partners = partners(self.pieces, source)
        self.is_complex = known.is_complex or speaks_of_complex_numbers(source)
        self.names = Names(self.pieces, self.partners, source, known, self.is_complex)
        self.conjugated: dict[str, None] = {}
        self.out: list[Token] = []
        self.frames = [Frame("root", "", 0, (0, 0))]
        self.atom = 0
        self.entry_ends = 0
        self.entry_axes = 0
        self.i = 0
        self.skipped: dict[int, int] = {}
        self.in_clauses = False
        self.has_clauses = re.search(r"\bwhere\b", source) is not None
        self.bare: dict[str, Span] = {}
        self.lowered: list[tuple[str, str, Span]] = []
        self.below: set[str] = set()
        self.marked: dict[str, Span] = {}
        self.fonts: dict[str, tuple[str, Span]] = {}
        self.font_below: dict[str, str] = {}
        self.labelled: set[str] = set()
        self.exponentials: list[Span] = []
        self.expectations: list[Span] = []
        self.labels: set[str] = set()
        self.continued: set[str] = set()
        self.sigmoids: list[Span] = []

    def _is_word(self, text: str) -> bool:
        if text in self.known.kinds or text in self.defined or text in _WORDS or text in GREEK_NAMES or text.lower() in GREEK_NAMES:
            return True
        # The short names of other tools are letters side by side here, unless a backslash makes them words.
        return is_function(text) and (len(text) > SHORT or rulebook.find(text) is not None or text in _ALSO)

    def step(self, piece: Piece) -> None:
        """Read the piece here and what belongs to it."""
        raise NotImplementedError

    def _learn(self, declared: dict[str, str]) -> None:
        """Take up what the text itself declares."""
        if declared:
            self.known = self.names.known = Known({**self.known.kinds, **declared}, self.known.closed, self.known.is_complex)

    def fail(self, message: str, span: Span, hint: str | None = None) -> ParseError:
        return ParseError(message, (span[0], max(span[1], span[0] + 1)), self.source, hint)

    def emit(self, kind: str, text: str, piece: Piece | Span) -> None:
        """Add a token that stands for a piece or a range of the text."""
        start, end = (piece.start, piece.end) if isinstance(piece, Piece) else piece
        self.out.append(Token(kind, text, start, end))

    def _atom(self) -> None:
        """Note that an operand begins here."""
        self.atom = len(self.out)

    def _times(self, at: int) -> None:
        """A sign of multiplication between a name and a parenthesis of the translation's own making, which is no call."""
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        below_bar = len(self.out) > 1 and self.out[-2].text in ("d", "∂")
        is_operator = last is not None and len(self.out) == 1 and last.text.partition("_")[0] in GRADIENTS
        if last is not None and last.kind == "name" and not (below_bar or is_operator) and not self._is_a_function(last.text):
            self.out.append(Token("op", "*", at, at))

    def _sheltered(self, at: int) -> list[Token]:
        """A parenthesis after a function's name, which would take a group alone for its argument; returns what closes it."""
        self._times(at)
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        if last is None or last.kind != "name" or not self._is_a_function(last.text):
            return []
        self.out.append(Token("op", "(", at, at))
        return [Token("op", ")", at, at)]

    def _is_applied(self, token: Token) -> bool:
        """Whether what follows a token is its operand rather than the next factor."""
        if token.kind == "name":
            return self._is_a_function(token.text)
        if token.kind == "op":
            return token.text not in (")", "]", "}", "'", ".T", "||", "|")
        return False

    def _is_a_function(self, name: str) -> bool:
        kind = self.known.kinds.get(name)
        return kind == "function" or kind is None and name not in self.defined and is_function(name)

    def _wants_operand(self) -> bool:
        """Whether a sign here would be one in front of an operand."""
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        return last is None or last.kind == "op" and last.text in ("+", "-", "*", "·", "/", ".*", "./", "⊗", "=", ",", ";", "^", ".^")

    def _opens(self, i: int) -> bool:
        """Whether a parenthesis opens at piece i."""
        piece = self.pieces[i]
        if piece.kind == "command" and piece.text in SIZES:
            piece = self.pieces[i + 1]
        return piece.text == "(" or piece.kind == "command" and piece.text == "{"

    def _emit_name(self, text: str, span: Span, named: Named) -> None:
        """A name that is no function, remembered with its font and whether a subscript was left out."""
        resolved = self.names.resolve(text, span)
        font = named.font or next((f.font for f in reversed(self.frames) if f.font), "")
        if self.out and self.out[-1].text in ("∂", "d"):
            self.font_below.setdefault(resolved, font)
        else:
            self._note_font(resolved, font, span)
        self.bare.setdefault(resolved, span)
        self._atom()
        self.emit("name", resolved, span)

    def _note_font(self, name: str, font: str, span: Span) -> None:
        """Remember how a name is set; one that is set in two ways where it is used could be two names."""
        seen = self.fonts.setdefault(name, (font, span))
        if seen[0] != font and not any(f.sizes for f in self.frames) and "arrow" not in (seen[0], font):
            first = self.source[seen[1][0] : seen[1][1]]
            told = f"{self.source[span[0] : span[1]]} and {first} would be one name, {name}"
            raise self.fail(told, span, "fonts and bars do not tell names apart; use another letter or a subscript")

    def _is_spelt(self, text: str, words: list[str] | None) -> bool:
        return words is not None and bool(self.known.spellings("_".join([text, *words])))
