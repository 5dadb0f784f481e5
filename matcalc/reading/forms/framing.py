"""The words around the formulas of a text are read and blanked; see `framed`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from matcalc.book.sizes import ONE, dim
from matcalc.errors import MatcalcError
from matcalc.reading.declarations import Declaration, Declared, kinds_declared
from matcalc.reading.forms.framed import Framed
from matcalc.reading.forms.page import NAME, Page
from matcalc.reading.grammar.tokens import SIGNS_OF_LATEX, Known
from matcalc.reading.lexer import lex

_ENGLISH: Final = (
    r"where|with|and|for|if|when|is|are|be|given|of|let|find|compute|symmetric|positive|definite|semidefinite|invertible|orthogonal"
    r"|diagonal|constant|a|an|the|matrix|vector|scalar|respect|to|by|in|wrt|w\.r\.t\.|gradient|derivative|hessian|jacobian|real|all"
    r"|matrices|vectors|scalars|nonsingular|skew|lower|upper|triangular|then|such|that|assuming|size|length|x|differentiate"
)
_TEXT: Final = re.compile(rf"\\(?:text|textrm|mbox|mathrm|rm)\s*\{{(?P<kept>\s*(?:(?:{_ENGLISH})[\s,]*)+)\}}", re.IGNORECASE)
_DOLLARS: Final = re.compile(r"\$+|(?<!\\)\\[\[\]()]")
_WIDE: Final = re.compile(r"\\q?quad(?![A-Za-z])")
_SPACES: Final = re.compile(r"(?<!\\)\\(?:[,;:!]|(?=\s)\s)|~")
_DISPLAY: Final = re.compile(r"\\(?:begin|end)\s*\{(?:equation|align|gather|multline|displaymath|math|aligned|split|eqnarray)\*?\}|\\(?:label|tag)\s*\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")  # noqa: E501
_ARROW: Final = re.compile(
    rf"(?<![\w\\])(?P<name>{NAME})\s*(?P<colon>:|\\colon(?![A-Za-z]))\s*(?P<x>{NAME})\s*(?P<to>\\mapsto(?![A-Za-z])|\|->|↦)\s"
)
_DEFINED: Final = re.compile(r":=|≔|\\coloneqq(?![A-Za-z])|\\triangleq(?![A-Za-z])|\\doteq(?![A-Za-z])|\\equiv(?![A-Za-z])|:=")
# X_{n \times p} is X of that size; I_{n \times n}, 0 and 1 with their sizes are constants.
_SIZED: Final = re.compile(
    rf"(?<![\w\\])(?P<name>{NAME})(?P<size>_\{{\s*\(?\s*(?P<rows>\w{{1,40}})\s*(?:\\times(?![A-Za-z])|×)\s*(?P<columns>\w{{1,40}})\s*\)?\s*\}})"
)
_SIZED_BELOW: Final = re.compile(
    rf"(?P<front>\\underset\s*\{{\s*\(?\s*(?P<rows>\w{{1,40}})\s*\\times\s*(?P<columns>\w{{1,40}})\s*\)?\s*\}})\s*(?P<name>\{{\s*{NAME}\s*\}})"
)
_SAYS: Final = re.compile(
    r"\\in(?![a-z])|[∈≻⪰≽<>≥≠=]|\\(?:succ|g[et]|ne|times|underset)"
    r"|(?<![\w\\])(?:is|are|in|symmetric|skew|anti|positive|non|posdef|psd|spd|pd|invertible|orthogonal|diagonal|lower|upper|constants?|fixed"
    r"|integer|toeplitz|normali[sz]ed|unit|probability|simplex|complex|hermitian|vectors?|scalars?|matri|numbers?|real)",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(
    r"(?:min|max)(?:imi[sz]e)?(?:\\limits)?\}?\s?_|(?<![A-Za-z\\])(?:D\s?\[|D\s?\(|wrt|w\.|with|respect|regard|differentiate|let|find|compute"
    r"|calculate|evaluate|determine|what|given|please|suppose|consider|define|derive|take|show|give|then|also|here|we|i|obtain|of"
    r"|diff|grad|gradient|derivative|jac|hess)",
    re.IGNORECASE,
)
_CONSTANTS: Final = frozenset({"I", "K", "1", "0", "𝟏"})
_PUNCTUATION: Final = " \t\r\n.,;:?!"


class Framing:
    """Reads the words around the formulas of one text."""

    def __init__(self, text: str, declared: Mapping[str, Declared]) -> None:
        self.page = Page(text)
        self.declared = declared
        self.latex = _is_latex(text)

    def read(self) -> Framed:
        """Blank what is understood."""
        page = self.page
        if self.latex:
            page.replace(_WIDE, "\n")
            for pattern in (_DISPLAY, _DOLLARS, _SPACES, _TEXT):
                page.replace(pattern)
        self._definition_signs()
        self._trailing()
        page.split()
        declared = self._declared()
        operator = None
        if _ASKS.search(page.text):
            from matcalc.reading.forms import operators  # few texts have one in words

            operator = operators.take(page, self._names)
        self._separate()
        notes = (operator.note,) if operator is not None and operator.note is not None else ()
        return Framed(page.text, self.latex, operator, declared, notes)

    def _declared(self) -> Mapping[str, Declared]:
        """The declarations that came with the text, with what it says itself of its names."""
        if not _SAYS.search(self.page.text):
            return self.declared
        from matcalc.reading.forms import said  # few texts say something of their names

        found = {**said.take(self.page, self._names), **(self._sized() if self.latex else {})}
        return said.declared_after(self.declared, found, self.page) if found else self.declared

    def _trailing(self) -> None:
        """Blank the punctuation at the end, an equals sign with nothing behind it, and a last line break."""
        kept = self.page.text.rstrip(_PUNCTUATION)
        kept = kept.removesuffix("=").removesuffix("\\\\").rstrip(_PUNCTUATION)
        if not kept.endswith("\\"):
            self.page.blank(len(kept), len(self.page.text))

    def _definition_signs(self) -> None:
        """f : x ↦ ... is f(x) = ..., as := is =."""
        page = self.page
        for found in _ARROW.finditer(page.text):
            page.put(*found.span("colon"), "(")
            page.put(found.start("to"), found.end(), ")=")
        for found in _DEFINED.finditer(page.text):
            page.put(found.start(), found.end(), "=")

    def _sized(self) -> dict[str, Declared]:
        r"""X_{n \times p} and \underset{n \times p}{X} declare X."""
        from matcalc.reading.forms.said import merged

        found: dict[str, Declared] = {}
        for pattern, blanked in ((_SIZED, "size"), (_SIZED_BELOW, "front")):
            for match in pattern.finditer(self.page.text):
                names = self._names(match["name"].strip("{} "))
                if names is not None and names[0] == "I" and match["rows"] == match["columns"]:
                    self.page.blank(match.end("rows"), match.end("columns"))
                if names is None or names[0] in _CONSTANTS:
                    continue
                rows, columns = (dim(int(s) if s.isdigit() else s) for s in (match["rows"], match["columns"]))
                sizes = (rows,) if columns is ONE else (rows, columns)
                found[names[0]] = merged(found.get(names[0]), Declaration(names[0], "", sizes), self.page, match.span())
                self.page.blank(*match.span(blanked))
        return found

    def _separate(self) -> None:
        """A semicolon in place of the words and line breaks between statements, but for 'where'."""
        for piece in self.page.pieces[:1]:
            if piece.word != "where":
                self.page.blank(*piece.before)
        for piece in self.page.pieces[1:]:
            written = self.page.written(*piece.before)
            if "where" not in written and (written.strip(",; ") or not written.strip()):
                self.page.put(*piece.before, ";")

    def _names(self, text: str) -> list[str] | None:
        """The names in a list of names; None where it is no such list."""
        found: list[str] = []
        for part in re.split(r",(?![^{]*\})|(?<![\w\\])and(?!\w)", text):
            if not part.strip():
                continue
            try:
                tokens = lex(part.strip(), Known(kinds_declared(self.declared)), self.latex).tokens[:-1]
            except MatcalcError:
                return None
            if len(tokens) != 1 or tokens[0].kind != "name":
                return None
            found.append(tokens[0].text)
        return found or None


def _is_latex(text: str) -> bool:
    """Whether a text is read as LaTeX, also after its signs of LaTeX were blanked."""
    if not any(sign in text for sign in SIGNS_OF_LATEX):
        return False
    from matcalc.reading.latex.scan import is_latex  # a text without such a sign needs no reader of LaTeX

    return is_latex(text)
