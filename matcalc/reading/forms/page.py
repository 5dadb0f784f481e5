"""A text on which what was understood is blanked, and the statements that it is made of."""

from __future__ import annotations

import re
from dataclasses import field
from functools import cached_property
from typing import Final

from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.complex_marks import speaks_of_complex_numbers
from matcalc.records import dataclass

# A name as plain text and LaTeX write it, with its font, accent and subscript.
_LETTER: Final = r"(?:\\[A-Za-z]{1,40}(?![A-Za-z])|[A-Za-zΑ-ΡΣ-Ωα-ωϑϕϖϱϵℓ][A-Za-z0-9Α-ΡΣ-Ωα-ω]{0,40})"
_MARK: Final = r"\\(?:mathbf|boldsymbol|bm|mathcal|mathrm|mathsf|mathit|hat|widehat|bar|tilde|widetilde|dot|ddot|vec|bf)(?![A-Za-z])"
NAME: Final = (
    rf"(?!\\(?:frac|partial|nabla|left|in|text|sum|quad)\b)(?:{_MARK}\s{{0,9}}){{0,4}}"
    rf"(?:{_LETTER}|\{{\s{{0,9}}(?:{_MARK}\s{{0,9}}){{0,4}}\{{?\s*{_LETTER}\s*\}}?\s*\}})"
    r"(?:_(?:\{[A-Za-z0-9, ]{1,40}\}|\\?[A-Za-z0-9]{1,40})){0,4}[₀-₉]{0,9}"
)  # fmt: skip
LEADS: Final = r"(?:please|let(?:\s+us)?|suppose(?:\s+that)?|consider|given|define|find|compute|calculate|evaluate|determine|derive|take|show(?:\s+me)?|give(?:\s+me)?|what\s+is|what's|then|also|here|we\s+have|i\s+(?:want|need)|obtain)"  # noqa: E501
_BEGINS: Final = re.compile(
    rf"[\s&]*(?:{NAME}\s*(?:\([^()=]{{0,80}}\))?\s*&?\s*(?::=|=(?!=)|:|\\in\b|∈|is\s|are\s|\\coloneqq|\\triangleq)"
    r"|d\s*\^?\d?\s*[\w(/].{0,200}/\s*\(?d|[∂∇]|\\nabla|\\frac\s*\{\s*(?:\\partial|\\mathrm\s*\{?\s*d|d\b)|grad_|hess_"
    rf"|{LEADS}\s|(?:the\s+)?(?:gradient|derivative|hessian|jacobian)\s|(?:where|with|and|for)\s)",
    re.IGNORECASE,
)
_ARRAYS: Final = r"(?:[bpvBV]|small)?matrix|array|cases"
_SIGN: Final = re.compile(
    rf"(?P<begin>\\begin\s*\{{(?:{_ARRAYS})\*?\}})|(?P<end>\\end\s*\{{(?:{_ARRAYS})\*?\}})|(?P<env>\\(?:begin|end)\s*\{{\w+\*?\}})"
    r"|(?P<line>(?:\\\\(?:\[[^\]\n]{0,20}\])?|\n)\s*)|(?P<open>\\?[({\[])|(?P<close>\\?[)}\]])|(?P<comma>[,;])"
    r"|(?P<word>(?<![\w\\])(?:where|with(?!\s+(?:respect|regard))|and|for|given|if|when|assuming|assume|such\s+that|subject\s+to|s\.\s?t\.|provided(?:\s+that)?|let)(?![\w(]))"
    r"|(?P<stop>(?<![0-9])\.\s+(?=\S))|(?P<other>\\[^A-Za-z\s]|\\[A-Za-z]+)",
)


_PARAMETERS: Final = re.compile(r"\s*lambda\s[^:]*")


@dataclass
class Piece:
    """A stretch between separators; `before` is the separator in front of it, empty at the beginning of the text."""

    start: int
    end: int
    before: Span
    word: str = ""


@dataclass
class Page:
    """A text whose parts are blanked as they are understood."""

    original: str
    pieces: list[Piece] = field(default_factory=list)
    _text: str | None = None

    def __post_init__(self) -> None:
        self._characters = list(self.original)

    @cached_property
    def is_complex(self) -> bool:
        """Whether the text speaks of complex numbers."""
        return speaks_of_complex_numbers(self.original)

    @property
    def text(self) -> str:
        """The text with its blanks."""
        if self._text is None:
            self._text = "".join(self._characters)
        return self._text

    def blank(self, start: int, end: int) -> None:
        """Put spaces in place of a range."""
        self.put(start, end, "")

    def put(self, start: int, end: int, text: str) -> None:
        """Write a text over a range that is as long or longer."""
        assert len(text) <= end - start
        self._characters[start:end] = [*text, *" " * (end - start - len(text))]
        self._text = None

    def written(self, start: int, end: int) -> str:
        """What stands in a range now."""
        return "".join(self._characters[start:end])

    def replace(self, pattern: re.Pattern[str], by: str = "") -> None:
        """Write a text over every match of a pattern; a group `kept` of the pattern stays where it stands."""
        for found in pattern.finditer(self.text):
            kept = found.span("kept") if "kept" in pattern.groupindex and found["kept"] is not None else (found.end(), found.end())
            self.put(found.start(), kept[0], by)
            self.blank(kept[1], found.end())

    def fail(self, message: str, span: Span, hint: str | None = None) -> ParseError:
        return ParseError(message, span, self.original, hint)

    def split(self) -> None:
        """Find the statements; line breaks that separate none are blanked."""
        breaks: list[tuple[int, int, str]] = []
        depth = arrays = 0
        text = self.text
        for found in _SIGN.finditer(text):
            kind, start, end = found.lastgroup, found.start(), found.end()
            if kind in ("begin", "end"):
                arrays += 1 if kind == "begin" else -1
            elif kind in ("open", "close"):
                depth = max(0, depth + (1 if kind == "open" else -1))
            elif kind == "line" and arrays <= 0:
                if not depth and _BEGINS.match(text, end):
                    breaks.append((start, end, ""))
                elif found[0][0] != "\n":
                    self.blank(start, end)
            elif not depth and arrays <= 0 and self._separates(kind or "", found[0], end):
                breaks.append((start, end, found[0] if kind == "word" else ""))
        self._cut(breaks)

    def _separates(self, kind: str, text: str, end: int) -> bool:
        if kind == "word":
            return text != "and" or _BEGINS.match(self.text, end) is not None
        return kind == "comma" or kind == "stop" and _BEGINS.match(self.text, end) is not None

    def _cut(self, breaks: list[tuple[int, int, str]]) -> None:
        at, before, word = 0, (0, 0), ""
        self.pieces = []
        for start, end, text in [*breaks, (len(self.text), len(self.text), "")]:
            if self.text[at:start].strip() or not self.pieces:
                self.pieces.append(Piece(at, start, before, word))
                before, word = (start, end), text
            else:
                before, word = (before[0], end), text or word
            at = end

    def strip(self, piece: Piece) -> tuple[int, int]:
        """Where the text of a piece begins and ends without the space around it."""
        text = self.text[piece.start : piece.end]
        start = piece.start + len(text) - len(text.lstrip())
        return start, max(start, piece.start + len(text.rstrip()))


def closing(text: str, i: int) -> int:
    """Where the bracket that opens at i is closed; -1 where it is not."""
    depth = 0
    for k in range(i, len(text)):
        if text[k] in "([{":
            depth += 1
        elif text[k] in ")]}":
            depth -= 1
            if not depth:
                return k
    return -1


def arguments(text: str, start: int, end: int) -> list[Span]:
    """The ranges between the commas outside brackets and outside the parameters of a lambda."""
    found, depth, at = [], 0, start
    for k in range(start, end):
        depth += (text[k] in "([{") - (text[k] in ")]}")
        if text[k] == "," and not depth and not _PARAMETERS.fullmatch(text, at, k):
            found.append((at, k))
            at = k + 1
    return [*found, (at, end)]


def trimmed(text: str, span: Span) -> Span:
    """A range without the space around it."""
    inside = text[slice(*span)]
    start = span[0] + len(inside) - len(inside.lstrip())
    return start, max(start, span[0] + len(inside.rstrip()))
