r"""LaTeX as papers write it, into the tokens of the plain notation.

    \frac{\partial}{\partial X} \operatorname{tr}(A X^\top)    ->    frac { ∂ } { ∂ X } tr ( A X T )

The translation is one pass over the pieces of `latex_scan` with a stack of what is open; every token knows the range of
LaTeX it stands for, so that errors point there. What LaTeX leaves to the reader is decided as follows.

- Letters side by side are factors; words are functions, Greek letters, and names that are declared or defined.
- A subscript belongs to a name, unless its name is declared as an array and the subscript is a position in it.
- Under a sum, a subscript with the sum's index is an entry; `index_sums` makes matrix expressions of such sums.
- e with an exponent is the exponential (of a matrix: the matrix exponential), unless e is a name.
- \sigma with an argument is the sigmoid, unless sigma is a name or the request has definitions.

What could be read in two ways is refused.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from matcalc import rulebook
from matcalc.errors import LimitError, ParseError, Span
from matcalc.index_sums import Kinds, contract
from matcalc.latex_names import Named, Names, Subscript
from matcalc.latex_scan import (
    ACCENTS,
    BARS,
    COMMANDS,
    DELIMITERS,
    ELSEWHERE,
    FONTS,
    OPERATORS,
    SIZES,
    Piece,
    is_latex,
    partners,
    scan,
)
from matcalc.notation import GRADIENTS
from matcalc.spellings import DESUGARED
from matcalc.syntax import Name, Number, Syntax
from matcalc.tokens import BOLD_ONE, GREEK_NAMES, NOTHING, Known, Lexed, Token, check_count

__all__ = ["is_latex", "read_latex"]

BOLD_ZERO: Final = "𝟎"
SIGMOID: Final = "sigma"
_WORDS: Final = frozenset({"ones", "zeros", "eye", "identity", "where", "pi", *GRADIENTS})
_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<": ">", "|": "|", "||": "||"}
_TRANSPOSES: Final = frozenset({"T", "top", "intercal", "mathsf T"})
_CONJUGATES: Final = frozenset({"*", "H", "ast", "star", "dagger", "mathsf H"})
_ARRAYS: Final = {"matrix", "bmatrix", "pmatrix", "smallmatrix", "vmatrix", "array"}
_DISPLAYS: Final = {f"{name}{star}" for name in ("equation", "align", "gather", "multline", "displaymath", "math", "aligned", "split")
                    for star in ("", "*")}  # fmt: skip
_ENDS_TERM: Final = frozenset({"+", "-", ",", ";", "=", ":"})
_INDEX_LETTERS: Final = frozenset("ijkl")
_ALSO: Final = {"Tr": "tr"}
_UNREAD: Final = {
    "prod": "products over an index are not read",
    "int": "integrals are not read",
    "max": r"a maximum is not read; relu(x) is \max(x, 0)",
    "min": "a minimum is not read",
    "dots": "what the dots stand for cannot be told",
    "pm": "which of the two signs is meant cannot be told",
}
_SAME_AS: Final = {"ldots": "dots", "cdots": "dots", "mp": "pm"}


@dataclass(slots=True)
class _Frame:
    """What is open: its kind, the sign that ends it, the token where its content begins, what follows its
    end, and the token where the operand begins that it makes."""

    kind: str
    closer: str
    at: int
    span: Span
    then: list[Token] = field(default_factory=list)
    colon: bool = False
    commas: int = 0
    start: int = 0
    sizes: dict[str, Syntax | None] = field(default_factory=dict)


def read_latex(source: str, known: Known = NOTHING) -> Lexed:
    """The tokens of a text in LaTeX; see the module.

    Raises ParseError, pointing into the text, for what is not read.
    """
    return _Translation(source, known).run()


def _is_function(name: str) -> bool:
    return rulebook.find(name) is not None or name in DESUGARED or name in _ALSO


def _function_name(name: str) -> str:
    return _ALSO.get(name, name)


@cache
def _heads() -> dict[str, str]:
    r"""The functions whose head in LaTeX is not their name: \sigma is sigmoid, \operatorname{H} heaviside."""
    found = {}
    for name in rulebook.names():
        rule = rulebook.find(name)
        head = re.fullmatch(r"\\(?:operatorname\{)?([A-Za-z]+)\}?\\left\(\{\w+\}\\right\)", rule.latex if rule is not None else "")
        if head is not None and rulebook.find(head[1]) is None:
            found[head[1]] = name
    return found


class _Translation:
    def __init__(self, source: str, known: Known) -> None:
        self.source = source
        self.known = known
        self.defined = set(re.findall(r"(?:\bwhere\b|\}|[;,]|^)\s*([A-Za-z][A-Za-z0-9_]*)\s*=", source))
        self.pieces = scan(source, self._is_word)
        self.partners = partners(self.pieces, source)
        self.names = Names(self.pieces, self.partners, source, known)
        self.i = 0
        declared = self._declared_after_where()
        if declared:
            self.known = known = Known({**known.kinds, **declared}, known.closed)
            self.names.known = known
        self.kinds = Kinds(_BodyKinds(known, self.defined))
        self.out: list[Token] = []
        self.frames = [_Frame("root", "", 0, (0, 0))]
        self.atom = 0
        self.i = 0
        self.skipped: dict[int, int] = {}
        self.in_clauses = False
        self.bare: dict[str, Span] = {}
        self.lowered: list[tuple[str, str, Span]] = []
        self.fonts: dict[str, tuple[str, Span]] = {}
        self.exponentials: list[Span] = []
        self.sigmoids: list[Span] = []

    def _is_word(self, text: str) -> bool:
        return text in self.known.kinds or text in self.defined or text in _WORDS or text in GREEK_NAMES or text.lower() in GREEK_NAMES or (
            _is_function(text)
        )

    # -------------------------------------------------------------------------------------------- the pass

    def run(self) -> Lexed:
        while self.pieces[self.i].kind != "end":
            if self.i in self.skipped:
                self.i = self.skipped[self.i]
            else:
                self._step(self.pieces[self.i])
        end = len(self.source)
        self._end_sums(self.i)
        if len(self.frames) > 1:
            opened = self.frames[-1]
            written = self.source[opened.span[0] : opened.span[1]]
            raise self.fail(f"this {written!r} is never closed", opened.span, f"add {opened.closer!r}" if opened.closer else None)
        self._end_clause()
        self._check_names()
        check_count(self.out, self.source)
        notes = ("sigma is the logistic sigmoid",) if self.sigmoids and not self.known.closed else ()
        return Lexed([*self.out, Token("end", "", end, end)], False, notes)

    def fail(self, message: str, span: Span, hint: str | None = None) -> ParseError:
        return ParseError(message, (span[0], max(span[1], span[0] + 1)), self.source, hint)

    def _step(self, piece: Piece) -> None:
        match piece.kind:
            case "number":
                self._number(piece)
            case "sup":
                self.emit("sup", piece.text, piece)
                self.i += 1
            case "command":
                self._command(piece)
            case "op":
                self._sign(piece)
            case "sub":
                raise self.fail("a subscript belongs to a name or to a norm", (piece.start, piece.end))
            case _:
                self._name()

    def emit(self, kind: str, text: str, piece: Piece | Span) -> None:
        """Add a token that stands for a piece or a range of the text."""
        start, end = (piece.start, piece.end) if isinstance(piece, Piece) else piece
        self.out.append(Token(kind, text, start, end))

    def _number(self, piece: Piece) -> None:
        before = self.pieces[self.i - 1] if self.i else None
        if before is not None and before.kind == "letter" and before.end == piece.start:
            written = before.text + piece.text
            hint = f"write {before.text}_{{{piece.text}}} for a name, {before.text}^{{{piece.text}}} for a power, or declare {written}"
            raise self.fail(f"{written} is no name in LaTeX", (before.start, piece.end), hint)
        self._atom()
        self.emit("number", piece.text, piece)
        self.i += 1

    def _atom(self) -> None:
        """Note that an operand begins here."""
        self.atom = len(self.out)

    def _times(self, at: int) -> None:
        """A sign of multiplication between a name and a parenthesis of the translation's own making, which is no call."""
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        below_bar = len(self.out) > 1 and self.out[-2].text in ("d", "∂")
        if last is not None and last.kind == "name" and not below_bar and not self._is_a_function(last.text):
            self.out.append(Token("op", "*", at, at))

    def _is_applied(self, token: Token) -> bool:
        """Whether what follows a token is its operand rather than the next factor."""
        if token.kind == "name":
            return self._is_a_function(token.text)
        if token.kind == "op":
            return token.text not in (")", "]", "}", "'", ".T", "||", "|")
        return False

    def _is_a_function(self, name: str) -> bool:
        kind = self.known.kinds.get(name)
        return kind == "function" or kind is None and name not in self.defined and _is_function(name)

    # ---------------------------------------------------------------------------------------------- signs

    def _sign(self, piece: Piece) -> None:
        text = piece.text
        if text == "&" and not self._in_matrix():
            self.i += 1
            return
        if text in _ENDS_TERM and not (text in ("+", "-") and self._wants_operand()):
            self._end_sums(self.i)
        match text:
            case "∂" | "∇":
                self._derivative_sign(piece)
            case "^":
                self._superscript(piece)
            case "_":
                self._lone_subscript(piece)
            case "(" | "[":
                self.open(text, (piece.start, piece.end), self.i + 1)
            case ")" | "]":
                self.close(text, piece, self.i + 1)
            case "{":
                self._brace(piece)
            case "}":
                self._close_brace(piece)
            case "&":
                self._separate(",", piece)
            case "," | ";":
                self._comma(piece)
            case ":":
                self._colon(piece)
            case ".":
                if not self._ends_display():
                    raise self.fail("'.' has no meaning here", (piece.start, piece.end))
                self.i += 1
            case "=":
                self._end_clause()
                self._plain_sign("=", piece)
            case _:
                self._plain_sign(text, piece)

    def _plain_sign(self, text: str, piece: Piece) -> None:
        self.emit("op", text, piece)
        self.i += 1
        if text == "=":
            self.frames[-1].at = len(self.out) if len(self.frames) == 1 else self.frames[-1].at

    def _wants_operand(self) -> bool:
        """Whether a sign here would be one in front of an operand."""
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        return last is None or last.kind == "op" and last.text in ("+", "-", "*", "/", ".*", "./", "⊗", "=", ",", ";", "^", ".^")

    def _ends_display(self) -> bool:
        """Whether the piece here is the last one of a displayed formula."""
        following = self.pieces[self.i + 1]
        return len(self.frames) == 1 and (following.kind == "end" or following.kind == "command" and following.text == "end")

    def _comma(self, piece: Piece) -> None:
        frame = self.frames[-1]
        if self._ends_display():
            self.i += 1
            return
        if len(self.frames) == 1 and (piece.text == ";" or self.in_clauses):
            self._next_clause(piece)
            return
        frame.commas += piece.text == ","
        if frame.kind == "bracket":
            raise self.fail("these brackets hold several expressions", frame.span)
        self.emit("op", piece.text, piece)
        self.i += 1

    def _colon(self, piece: Piece) -> None:
        """The product A : B, but for the colon of X[:,1]."""
        if self.frames[-1].kind != "array":
            self.frames[-1].colon = True
        self.emit("op", ":", piece)
        self.i += 1

    def _in_matrix(self) -> bool:
        self._end_sums(self.i)
        return self.frames[-1].kind == "environment"

    def _separate(self, sign: str, piece: Piece) -> None:
        self.emit("op", sign, piece)
        self.i += 1

    # -------------------------------------------------------------------------------------------- clauses

    def _next_clause(self, piece: Piece) -> None:
        """What follows a semicolon, or a comma between definitions: a definition, or else a declaration."""
        self._end_clause()
        if self.out and self.out[-1].text != ";":
            self.emit("op", ";", piece)
        self.i += 1
        self._begin_clause()

    def _where(self, piece: Piece) -> None:
        self._end_sums(self.i)
        self._end_clause()
        self.emit("name", "where", piece)
        self.in_clauses = True
        self.i += 1
        self._begin_clause()

    def _begin_clause(self) -> None:
        self.frames[-1].at = len(self.out)
        colon = self._declares()
        if colon:
            self._declaration()
            self.frames[-1].at = len(self.out)

    def _end_clause(self) -> None:
        """Rewrite the products A : B of the clause that ends here."""
        frame = self.frames[0]
        if frame.colon:
            self.out[frame.at :] = self._with_products(self.out[frame.at :])
            frame.colon = False
        frame.at = len(self.out)

    def _declares(self) -> bool:
        """Whether names and a colon or an element sign begin here."""
        i = self.i
        while (named := self.names.name_at(i)) is not None:
            subscript = self.names.subscript_at(named.after)
            i = subscript.after if subscript is not None else named.after
            if self.pieces[i].text == ",":
                i += 1
            else:
                return self.pieces[i].text in (":", "in", "colon")
        return False

    def _declared_after_where(self) -> dict[str, str]:
        """What the declarations after `where` say of their names: they hold for what stands before, too."""
        found: dict[str, str] = {}
        inside = False
        for i, piece in enumerate(self.pieces):
            inside = inside or piece.text == "where"
            if inside and piece.text in ("where", ";", ",", "and", "}"):
                self.i = i + 1
                found |= self._declared_here()
        self.i = 0
        return found

    def _declared_here(self) -> dict[str, str]:
        if not self._declares():
            return {}
        names: list[str] = []
        while self.pieces[self.i].text not in (":", "in", "colon"):
            if self.pieces[self.i].text == ",":
                self.i += 1
            else:
                text, self.i = self._whole_name(self.i)
                names.append(text)
        end = self.i + 1
        while not self._ends_clause(end):
            end += 1
        written = self.source[self.pieces[self.i].end : self.pieces[end - 1].end]
        return dict.fromkeys(names, _kind_declared(written))

    def _declaration(self) -> None:
        r"""W: m x n and W \in \mathbb{R}^{m \times n}, in the words that `declarations` reads."""
        while self.pieces[self.i].text not in (":", "in", "colon"):
            if self.pieces[self.i].text == ",":
                self.emit("op", ",", self.pieces[self.i])
                self.i += 1
            else:
                text, self.i = self._whole_name(self.i)
                self.emit("name", text, (self.out[-1].end, self.out[-1].end))
        self.emit("op", ":", self.pieces[self.i])
        is_element = self.pieces[self.i].text == "in"
        self.i += 1
        if is_element:
            self._space()
        while not self._ends_clause(self.i):
            self._dimension_word()

    def _ends_clause(self, i: int) -> bool:
        piece = self.pieces[i]
        return piece.kind == "end" or piece.text in (";", ",") or piece.kind == "command" and piece.text in ("text", "textrm", "mbox")

    def _whole_name(self, i: int) -> tuple[str, int]:
        """A name with its subscript, as text."""
        named = self.names.name_at(i)
        assert named is not None
        subscript = self.names.subscript_at(named.after)
        text = self._name_with(named, subscript) if subscript is not None else named.text
        return text, subscript.after if subscript is not None else named.after

    def _space(self) -> None:
        r"""\mathbb{R}^{m \times n}: the sizes are what stands in the exponent."""
        low, high, after = self.names.argument(self.i + 1)
        opening = self.pieces[self.i]
        if opening.text not in ("mathbb", "mathbf", "bm") or [p.text for p in self.pieces[low:high]] != ["R"]:
            raise self.fail("a declaration names a space of real numbers", (opening.start, opening.end), r"write x \in \mathbb{R}^{n}")
        self.i = after
        if self.pieces[after].text != "^":
            self.emit("name", "scalar", opening)
            return
        low, high, after = self.names.argument(after + 1)
        self.i = low
        while self.i < high:
            self._dimension_word()
        self.i = after

    def _dimension_word(self) -> None:
        piece = self.pieces[self.i]
        if piece.kind == "command" and piece.text in ("times", "to"):
            kind, text = ("name", "x") if piece.text == "times" else ("op", "->")
            self.emit(kind, text, piece)
            self.i += 1
            return
        if piece.kind == "letter":
            end = self.i + 1
            while self.pieces[end].glued:
                end += 1
            self.emit("name", self.source[piece.start : self.pieces[end - 1].end], (piece.start, self.pieces[end - 1].end))
            self.i = end
            return
        if piece.kind not in ("word", "number", "op") or piece.text in ("{", "}", "^"):
            raise self.fail("this is not read in a declaration", (piece.start, piece.end), r"write W: m \times n or x \in \mathbb{R}^{n}")
        self.emit("name" if piece.kind == "word" else piece.kind, piece.text, piece)
        self.i += 1

    # -------------------------------------------------------------------------------------- opening, closing

    def open(self, sign: str, span: Span, after: int) -> None:
        """Open a parenthesis, bracket, brace, bars or angle."""
        if len(self.frames) > 200:
            raise LimitError("brackets nest more than 200 deep", span, self.source)
        start = span[0]
        if sign in ("|", "||"):
            is_bare = any(t.text in ("|", "||") for t in self.out[self.frames[-1].at :])
            if is_bare:
                self._times(start)
            self._atom()
            then = [Token("op", ")", start, start)] if is_bare else []
            self.frames.append(_Frame("bars", sign, len(self.out), span, then, start=self.atom))
            self.out += [Token("op", text, start, span[1]) for text in ("(", sign, "(")[not is_bare :]]
        elif sign == "<":
            self._atom()
            self.frames.append(_Frame("angle", ">", len(self.out), span))
            self.out += [Token("name", "dot", *span), Token("op", "(", *span)]
        elif sign == "[" and self._is_array(after - 1):
            is_index = self._is_index(after - 1)
            if not is_index:
                self._atom()
            self.frames.append(_Frame("array", "]", len(self.out), span))
            self.emit("op", "[", span)
        else:
            self._open_parenthesis(sign, span)
        self.frames[-1].at = len(self.out)
        self.i = after

    def _open_parenthesis(self, sign: str, span: Span) -> None:
        """A parenthesis; it touches a function's name before it, since space in LaTeX says nothing."""
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        named = last is not None and (last.kind == "name" or last.text == "'")
        if last is not None and last.kind == "name" and self.known.closed and not self._is_a_function(last.text):
            self.out.append(Token("op", "*", span[0], span[0]))
            last, named = None, False
        begin = len(self.out) - (last is not None and last.kind == "name" and self._is_a_function(last.text))
        kind = {"[": "bracket", "{": "paren"}.get(sign, "paren")
        self.frames.append(_Frame(kind, _CLOSING[sign], len(self.out), span))
        self.out.append(Token("op", "(", last.end if named and last is not None else span[0], span[1]))
        self.frames[-1].start = begin

    def _is_index(self, i: int) -> bool:
        """Whether the bracket at piece i holds a position and touches what is before: X[1,2], X[:,1]."""
        inside = self.pieces[i + 1 : self.partners.get(i, i)]
        plain = inside and all(p.text in (":", ",") or p.kind == "number" and p.text.isdigit() for p in inside)
        return bool(plain and self.out and self.out[-1].end == self.pieces[i].start and not self._is_applied(self.out[-1]))

    def _is_array(self, i: int) -> bool:
        """Whether the bracket at piece i is an array or an index; otherwise it groups, as a parenthesis does."""
        if self._is_index(i):
            return True
        k = i + 1
        while k < self.partners.get(i, i):
            if self.pieces[k].text in (",", ";"):
                return True
            k = self.partners.get(k, k) + 1
        return False

    def close(self, sign: str, piece: Piece, after: int) -> None:
        """Close what is open."""
        self._end_sums(self.i)
        frame = self.frames[-1]
        if frame.closer != sign or frame.kind == "root":
            written = self.source[piece.start : self.pieces[max(after - 1, 0)].end]
            if frame.kind == "root" or not frame.closer:
                raise self.fail(f"{written!r} closes nothing", (piece.start, piece.end))
            opened = self.source[frame.span[0] : frame.span[1]]
            raise self.fail(f"expected {frame.closer!r} for the {opened!r} before {written!r}", (piece.start, piece.end))
        self.frames.pop()
        if frame.colon:
            self.out[frame.at :] = self._with_products(self.out[frame.at :])
        self.i = after
        getattr(self, "_close_" + frame.kind)(frame, (piece.start, self.pieces[after - 1].end))

    def _close_paren(self, frame: _Frame, span: Span) -> None:
        self.emit("op", ")", span)
        self.atom = frame.start
        self.out += frame.then
        self._entry_after_group()

    def _close_bracket(self, frame: _Frame, span: Span) -> None:
        self._close_paren(frame, span)

    def _close_array(self, frame: _Frame, span: Span) -> None:
        self.emit("op", "]", span)

    def _close_bars(self, frame: _Frame, span: Span) -> None:
        self.emit("op", ")", span)
        self.emit("op", frame.closer, span)
        subscript = self._subscript_here()
        if subscript is not None:
            self.emit("sub", self._norm_name(subscript), subscript.span)
        self.out += [Token(t.kind, t.text, span[1], span[1]) for t in frame.then]
        self.atom = frame.start

    def _close_angle(self, frame: _Frame, span: Span) -> None:
        if frame.commas != 1:
            raise self.fail("an inner product in angles has two factors, with a comma between", (frame.span[0], span[1]))
        self.emit("op", ")", span)
        self.atom = frame.at - 2

    def _close_parts(self, frame: _Frame, span: Span) -> None:
        """The end of a group that was opened with tokens of its own."""
        self.out += [Token(t.kind, t.text, *span) for t in frame.then]
        self.atom = frame.start

    def _brace(self, piece: Piece) -> None:
        """A group in braces that belongs to no command; empty ones are nothing."""
        if self.pieces[self.i + 1].text == "}":
            self.i += 2
            return
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        if last is not None and last.kind == "name" and not self._is_a_function(last.text):
            self._times(piece.start)
        self.open("{", (piece.start, piece.end), self.i + 1)

    def _close_brace(self, piece: Piece) -> None:
        self._end_sums(self.i)
        self.close("}", piece, self.i + 1)

    def _group(self, i: int, before: list[str], after: list[Token], kind: str = "parts") -> None:
        """Read the argument at piece i between tokens: a group in braces, or one letter, digit or command."""
        piece = self.pieces[i]
        if piece.kind == "end" or piece.text in ("}", ")", "]", "&"):
            raise self.fail("an argument is expected here", (piece.start, piece.end))
        self.out += [Token("name" if text.isalpha() else "op", text, piece.start, piece.start) for text in before]
        frame = _Frame(kind, "}", len(self.out), (piece.start, piece.end), after, start=self.atom)
        if piece.text == "{":
            if len(self.frames) > 200:
                raise LimitError("brackets nest more than 200 deep", (piece.start, piece.end), self.source)
            self.frames.append(frame)
            self.i = i + 1
            return
        self._single(piece, i)
        getattr(self, "_close_" + kind)(frame, (piece.end, piece.end))

    def _single(self, piece: Piece, i: int) -> None:
        """An argument without braces."""
        if piece.kind == "number":
            if len(piece.text) > 1:
                raise self.fail("where this argument ends is not clear", (piece.start, piece.end), "write it in braces")
            self.emit("number", piece.text, piece)
            self.i = i + 1
        elif piece.text == "partial" and piece.kind == "command":
            self.emit("op", "∂", piece)
            self.i = i + 1
        else:
            named = self.names.name_at(i)
            if named is None or piece.kind == "word" and _is_function(piece.text):
                raise self.fail("where this argument ends is not clear", (piece.start, piece.end), "write it in braces")
            self._emit_name(named.text, (named.start, self.pieces[named.after - 1].end), named)
            self.i = named.after

    # ------------------------------------------------------------------------------------------- fractions

    def _fraction(self, piece: Piece) -> None:
        r"""\frac{a}{b} and \frac12."""
        self._atom()
        self.emit("op", "frac", piece)
        first = self.pieces[self.i + 1]
        if first.kind == "number" and len(first.text) > 1:
            self._digits(first)
            return
        close = [Token("op", "}", piece.end, piece.end)]
        self._group(self.i + 1, ["{"], close, "numerator")

    def _digits(self, piece: Piece) -> None:
        r"""\frac12: the two digits are its arguments."""
        if len(piece.text) != 2 or not piece.text.isdigit():
            raise self.fail(r"where the arguments of \frac end is not clear", (piece.start, piece.end), r"write \frac{1}{2}")
        for k, digit in enumerate(piece.text):
            at = (piece.start + k, piece.start + k + 1)
            self.out += [Token("op", "{", *at), Token("number", digit, *at), Token("op", "}", *at)]
        self.i += 2

    def _close_numerator(self, frame: _Frame, span: Span) -> None:
        self._close_parts(frame, span)
        piece = self.pieces[self.i]
        self._group(self.i, ["{"], [Token("op", "}", piece.start, piece.end)], "parts")

    def _root(self, piece: Piece) -> None:
        r"""\sqrt{a}, which is taken of every entry, and \sqrt[3]{a}."""
        self._atom()
        begin, i = self.atom, self.i + 1
        degree: list[Token] = []
        if self.pieces[i].text == "[":
            inside = self.pieces[i + 1 : self.partners.get(i, i)]
            if len(inside) != 1 or inside[0].kind != "number" or not inside[0].text.isdigit():
                raise self.fail("the degree of a root is a number", (self.pieces[i].start, self.pieces[i].end))
            texts = (("op", ")"), ("op", ".^"), ("op", "("), ("number", "1"), ("op", "/"), ("number", inside[0].text), ("op", ")"))
            degree = [Token(kind, text, inside[0].start, inside[0].end) for kind, text in texts]
            self._times(piece.start)
            i = self.partners[i] + 1
        self._group(i, ["("] if degree else ["sqrt", "("], degree or [Token("op", ")", piece.start, piece.end)])
        if self.frames[-1].kind == "parts":
            self.frames[-1].start = begin

    # ------------------------------------------------------------------------------------------ superscripts

    def _superscript(self, piece: Piece) -> None:
        low, high, after = self.names.argument(self.i + 1)
        if self._lowers(after) and self.out and self.out[-1].text in ("|", "||"):
            self._norm_subscript(after)
        span = (piece.start, self.pieces[max(after - 1, self.i)].end)
        if self._no_operand():
            raise self.fail("this exponent belongs to nothing", span)
        if self._belongs_to_function() and not re.fullmatch(r"'+|\([0-9]\)", self._exponent_text(low, high)):
            raise self.fail("this exponent of a function is not clear", span, "write the exponent after the argument")
        if self._simple_exponent(low, high, after, span):
            return
        if self.pieces[self.i + 1].text == "{":
            self._braced_exponent(piece, low, high)
        else:
            self._short_exponent(piece, span)

    def _no_operand(self) -> bool:
        if len(self.out) <= self.frames[-1].at:
            return True
        return self.out[-1].kind == "op" and self._is_applied(self.out[-1]) and self.out[-1].text not in ("∇", "∂")

    def _belongs_to_function(self) -> bool:
        return self.out[-1].kind == "name" and self._is_a_function(self.out[-1].text)

    def _lowers(self, i: int) -> bool:
        return i not in self.skipped and self.pieces[i].text == "_" and self.pieces[i].kind == "op"

    def _simple_exponent(self, low: int, high: int, after: int, span: Span) -> bool:
        """A transpose, prime, inverse, half or other exponent that is read as a whole."""
        first = self.pieces[low]
        if first.kind in ("letter", "command") and not self.pieces[low].glued and self.pieces[self.i + 1].text != "{":
            named = self.names.name_at(low) if first.kind == "command" and first.text in FONTS else None
            high = after = named.after if named is not None else high
        text = self._exponent_text(low, high)
        if text == "-" and self.pieces[self.i + 1].text != "{":
            named = self.names.name_at(low + 1)
            after = named.after if named is not None else low + 2
            text = "-" + self._exponent_text(low + 1, after)
            if text not in ("-1", "-T", "-top", "-mathsf T"):
                return False
        if text in _TRANSPOSES or text[:1] == "-" and text[1:] in _TRANSPOSES:
            self.emit("sup", "-T" if text[0] == "-" else "T", (span[0], self.pieces[after - 1].end))
        elif text.strip("'") == "" and text:
            at = (span[0], self.pieces[after - 1].end)
            self.out += [Token("op", "'", *at)] + [Token("op", "'", at[1], at[1])] * (len(text) - 1)
        elif text in _CONJUGATES:
            hint = r"write ^\top for the transpose, ^{+} for the pseudo-inverse; matrices are real"
            raise self.fail("this exponent could be a conjugate transpose, a pseudo-inverse or a mark", span, hint)
        elif text == "+":
            self._wrap("pinv", span)
        elif text in ("1/2", "-1/2"):
            self._wrap("sqrtm", span)
            if text[0] == "-":
                self.emit("sup", "-1", span)
        elif text.isdigit() or text == "-1":
            if len(text) > 1 and text.isdigit() and self.pieces[self.i + 1].text != "{":
                raise self.fail(f"where the exponent {text} ends is not clear", span, f"write ^{{{text}}}")
            self.emit("sup", text, (span[0], self.pieces[after - 1].end))
        elif re.fullmatch(r"\([0-9A-Za-z]\)|\[[0-9A-Za-z]\]", text):
            self._numbered(text, span)
        else:
            return False
        self.i = after
        return True

    def _numbered(self, text: str, span: Span) -> None:
        """f^{(4)}(x) is a derivative of an unknown function; W^{(1)} could be anything."""
        name = self.out[-1]
        if not text[1].isdigit() or name.kind != "name" or self.known.kinds.get(name.text) != "function":
            told = f"{self.source[name.start : span[1]]} could be a power or a name of its own"
            raise self.fail(told, span, f"write the number below, {self.source[name.start : name.end]}_{{{text[1]}}}")
        self.out += [Token("op", "'", name.end, span[1])] + [Token("op", "'", span[1], span[1])] * (int(text[1]) - 1)

    def _exponent_text(self, low: int, high: int) -> str:
        r"""The pieces of an exponent as a short text: T, -top, 1/2 (of \frac12 too), (4)."""
        pieces = self.pieces[low:high]
        texts = [p.text for p in pieces if p.text not in ("{", "}")]
        sign = "-" if texts[:1] == ["-"] else ""
        texts = texts[1:] if sign else texts
        if texts[:1] and texts[0] in ("frac", "tfrac", "dfrac") and "".join(texts[1:]) == "12":
            return sign + "1/2"
        if texts in (["text", "T"], ["mathrm", "T"], ["mathsf", "T"], ["rm", "T"], ["mathbf", "T"], ["textrm", "T"]):
            return sign + "T"
        if len(texts) == 2 and texts[0] in ("mathsf", "mathrm", "text"):
            return sign + " ".join(("mathsf", texts[1]))
        if texts and all(text in ("prime", "'") for text in texts):
            return sign + "'" * len(texts)
        return sign + "".join(texts) if len(texts) <= 3 else ""

    def _wrap(self, function: str, span: Span) -> None:
        """Apply a function to the operand that the exponent belongs to."""
        operand = self.out[self.atom :]
        at = operand[0].start
        name, opening, closing = Token("name", function, at, at), Token("op", "(", at, at), Token("op", ")", span[1], span[1])
        self.out[self.atom :] = [name, opening, *operand, closing]

    def _braced_exponent(self, piece: Piece, low: int, high: int) -> None:
        sign, i = "^", self.i + 1
        if self.pieces[low].text in ("circ", "odot") and low + 1 < high:
            sign = ".^"
            self.pieces[low] = Piece("op", "+", self.pieces[low].start, self.pieces[low].end)
        if high - low == 1 and sign == "^" and self.names.name_at(low) is not None:
            self.emit("op", "^", piece)
            self.i = low
            self._single(self.pieces[low], low)
            self.i = high + 1
            return
        self.emit("op", sign, piece)
        self._group(i, ["("], [Token("op", ")", piece.start, piece.end)])

    def _short_exponent(self, piece: Piece, span: Span) -> None:
        """An exponent of one letter, or in parentheses."""
        following = self.pieces[self.i + 1]
        self.emit("op", "^", piece)
        self.i += 1
        if following.text == "(":
            return
        if following.kind not in ("letter", "command", "word") or self.names.name_at(self.i) is None or _is_function(following.text):
            raise self.fail("this exponent is not read", span, "write it in braces")
        self._single(following, self.i)

    # ---------------------------------------------------------------------------------------------- subscripts

    def _subscript_here(self) -> Subscript | None:
        """The subscript of what ends at this piece, before or behind an exponent."""
        found = self.names.subscript_at(self.i)
        if found is not None and self.i not in self.skipped:
            self.i = found.after
            return found
        if self.pieces[self.i].text == "^":
            _, _, after = self.names.argument(self.i + 1)
            if self.pieces[self.i + 1].text == "-" and after == self.i + 2:
                return None
            if self._lowers(after):
                found = self.names.subscript_at(after)
                assert found is not None
                self.skipped[after] = found.after
                return found
        return None

    def _lone_subscript(self, piece: Piece) -> None:
        """A subscript that no name took: that of bars without left and right."""
        if self.out and self.out[-1].text in ("|", "||"):
            self._norm_subscript(self.i)
            self.i = self.skipped.pop(self.i)
            return
        raise self.fail("a subscript belongs to a name or to a norm", (piece.start, piece.end))

    def _norm_subscript(self, i: int) -> None:
        found = self.names.subscript_at(i)
        assert found is not None
        self.emit("sub", self._norm_name(found), found.span)
        self.skipped[i] = found.after

    def _norm_name(self, subscript: Subscript) -> str:
        r"""F, 1, 2: what says which norm it is; \ell_1 is 1."""
        words = self.names.words(subscript)
        if words is None:
            return self.source[slice(*subscript.span)].strip("_{} ")
        return "".join(words[1:] if words[0] == "ℓ" and len(words) > 1 else words)

    def _entry_after_group(self) -> None:
        """(A x)_{2} and, under a sum, (A x)_i."""
        subscript = self._subscript_here()
        if subscript is None:
            return
        labels = self._labels(subscript)
        if labels:
            self._emit_index("name", labels, subscript.span)
            return
        positions = self._positions(subscript)
        if positions is None:
            told = "this subscript is no position, and no index of a sum around it"
            raise self.fail(told, subscript.span, "an entry is (A*x)_{2} or (A*X)_{1,2}; other results with an index have --form index")
        self._emit_index("number", positions, subscript.span)

    def _emit_index(self, kind: str, texts: list[str], span: Span) -> None:
        self.emit("op", "[", span)
        for k, text in enumerate(texts):
            if k:
                self.emit("op", ",", span)
            self.emit("op" if text == ":" else kind, text, span)
        self.emit("op", "]", span)

    def _positions(self, subscript: Subscript) -> list[str] | None:
        """The numbers and colons of a position: 2, or 1,2, or :,1."""
        items = self.names.items(subscript)
        texts = [item[0].text if len(item) == 1 else "" for item in items]
        fits = all(text == ":" or text.isdigit() and int(text) > 0 for text in texts) and len(texts) <= 2
        return texts if fits and (":" not in texts or len(texts) == 2) else None

    def _labels(self, subscript: Subscript) -> list[str]:
        """The indices of sums in a subscript: i,j or ij; empty where it has none."""
        bound = {label for frame in self.frames for label in frame.sizes}
        pieces = [p for p in self.pieces[subscript.low : subscript.high] if p.text != ","]
        found = [p.text in bound for p in pieces]
        if not any(found):
            return []
        if not all(found) or any(p.kind != "letter" for p in pieces):
            told = f"of this subscript only {', '.join(sorted({p.text for p, f in zip(pieces, found, strict=True) if f}))} is summed over"
            raise self.fail(told, subscript.span, r"sum over every index, as in \sum_{i,j}; shifted indices are not read")
        return [p.text for p in pieces]

    # --------------------------------------------------------------------------------------------------- names

    def _name(self) -> None:
        """A letter or word, with its subscript; before it, what its letter alone may mean."""
        piece = self.pieces[self.i]
        if piece.kind == "word" and piece.text == "where":
            self._where(piece)
            return
        run = self._checked_run()
        if run is not None:
            self._function_or_name(run)
            return
        named = self.names.name_at(self.i)
        assert named is not None
        self._take(named)

    def _take(self, named: Named) -> None:
        if named.text == "e" and named.font in ("",) and self._is_exponential(named):
            self._exponential(named)
        elif named.text in ("d", "D") and self._joined(named, "d" if named.text == "d" else "D_"):
            return
        else:
            self._function_or_name(named)

    def _joined(self, named: Named, prefix: str) -> bool:
        r"""\mathrm{d}X is the name dX where that is one, \mathrm{D}h the Jacobian D_h."""
        following = self.names.name_at(named.after) if self.pieces[named.after].kind != "end" else None
        if following is None or not self.known.kinds:
            return False
        subscript = self.names.subscript_at(following.after)
        text = self._name_with(following, subscript) if subscript is not None else following.text
        spellings = self.known.spellings(prefix + text)
        if len(spellings) != 1:
            return False
        after = subscript.after if subscript is not None else following.after
        self._atom()
        self.emit("name", spellings[0], (named.start, self.pieces[after - 1].end))
        self.i = after
        return True

    def _checked_run(self) -> Named | None:
        """Letters run together are factors; what looks like a word is refused, or is an unknown function before a parenthesis."""
        i = self.i
        if self.pieces[i].glued or not self.pieces[i + 1].glued:
            return None
        end = i + 1
        while self.pieces[end].glued:
            end += 1
        text, span = self.source[self.pieces[i].start : self.pieces[end - 1].end], (self.pieces[i].start, self.pieces[end - 1].end)
        if all(letter in self.known.kinds for letter in text):
            return None
        applied = self._opens(end)
        hint = rf"write \operatorname{{...}}, a space between factors, or \mathrm{{{text}}} for one name"
        for size in range(len(text) - 1, 1, -1):
            if _is_function(text[:size]) or applied and _is_function(text[-size:]):
                name = text[:size] if _is_function(text[:size]) else text[-size:]
                raise self.fail(f"{text} could be the function {name} and a factor, or a product of letters", span, hint)
        if re.search("[a-z]{3}", text):
            if applied:
                return Named(text, "", span[0], end)
            raise self.fail(f"{text} could be one name or the product {'*'.join(text)}", span, hint)
        return None

    def _opens(self, i: int) -> bool:
        """Whether a parenthesis opens at piece i."""
        piece = self.pieces[i]
        if piece.kind == "command" and piece.text in SIZES:
            piece = self.pieces[i + 1]
        return piece.text == "(" or piece.kind == "command" and piece.text == "{"

    def _function_or_name(self, named: Named) -> None:
        self.i = named.after
        span = (named.start, self.pieces[named.after - 1].end)
        if named.text == BOLD_ZERO or named.text == BOLD_ONE:
            self._constant(named, span)
            return
        head = self._head(named)
        if head is not None:
            self._function(head, span)
            return
        if named.upright and named.text not in self.known.kinds and named.text[0].isupper() and len(named.text) == 1 and self._opens(self.i):
            raise self.fail(f"{named.text} is not a known function", span, f"write {named.text} without \\operatorname for a matrix")
        if named.font == "blackboard":
            raise self.fail("a blackboard letter is no variable", span, r"\mathbb{1} is the vector of ones")
        self._with_subscript(named, span)

    def _head(self, named: Named) -> str | None:
        """The function that a name stands for before its argument, if it does."""
        text = named.text
        if text in self.known.kinds or text in self.defined:
            return None
        words = f"{text}_rows" if self.pieces[self.i].text == "_" else ""
        if words and _is_function(words):
            subscript = self.names.subscript_at(self.i)
            if subscript is not None and self.names.words(subscript) == ["rows"]:
                self.i = subscript.after
                return words
        if len(text) > 1 and _is_function(text):
            return _function_name(text)
        name = _heads().get(text)
        if name is None or not self._opens(self.i) or text not in GREEK_NAMES and not (named.upright or self.known.closed):
            return None
        if self.known.closed or text != SIGMOID:
            return name
        if self.in_clauses or any(p.kind == "word" and p.text == "where" for p in self.pieces) or "where" in self.source:
            return None
        self.sigmoids.append((named.start, self.pieces[self.i].end))
        return name

    def _function(self, name: str, span: Span) -> None:
        r"""A function; \sin^2(x) is the square of its value."""
        piece = self.pieces[self.i]
        if piece.text == "_" and piece.kind == "op":
            raise self.fail(f"{name} has no subscript here", (piece.start, self.pieces[self.i + 1].end), "logarithms are natural")
        if piece.text != "^":
            self._atom()
            self.emit("name", name, span)
            return
        low, high, after = self.names.argument(self.i + 1)
        power = self.pieces[low].text
        if high != low + 1 or not power.isdigit():
            hint = f"write the exponent after the argument, {name}(x)^{{...}}"
            raise self.fail(f"this exponent of {name} is not clear", (piece.start, self.pieces[after - 1].end), hint)
        self._power_of_value(name, power, after, span)

    def _power_of_value(self, name: str, power: str, after: int, span: Span) -> None:
        at = (self.pieces[after - 1].start, self.pieces[after - 1].end)
        then = [Token("op", ")", *at), Token("op", ".^", *at), Token("number", power, *at)]
        self._times(span[0])
        begin = len(self.out)
        self.out += [Token("op", "(", span[0], span[0]), Token("name", name, *span)]
        self.i = after
        if self._opens(after):
            self._step(self.pieces[after])
            self.frames[-1].then, self.frames[-1].start = then, begin
            return
        named = self.names.name_at(after)
        if named is None or self._is_a_function(named.text):
            raise self.fail(f"where the argument of {name} ends is not clear", span, f"write ({name}(...))^{{{power}}}")
        self.emit("op", "(", (span[1], span[1]))
        self.i = named.after
        self._with_subscript(named, (named.start, self.pieces[named.after - 1].end))
        self.emit("op", ")", at)
        self.out += then
        self.atom = begin

    def _with_subscript(self, named: Named, span: Span) -> None:
        subscript = self._subscript_here()
        if subscript is None:
            self._emit_name(named.text, span, named)
            return
        whole = (span[0], max(span[1], subscript.span[1])) if subscript.after == self.i else span
        text = named.text
        labels = self._labels(subscript)
        if labels and text not in GRADIENTS:
            self._labelled(text, labels, named, whole)
        elif text in ("I", "K") and self._sized(text, subscript, whole) or text == "e" and named.font == "bold" and self._unit(subscript, whole):
            return
        else:
            self._lowered_name(named, subscript, whole)

    def _labelled(self, text: str, labels: list[str], named: Named, span: Span) -> None:
        """An entry under a sum; delta with two indices is the identity's."""
        base = self.names.resolve(text, span)
        if base == "delta" and base not in self.known.kinds and len(labels) == 2:
            base = "I"
        self._emit_name(base, span, named)
        self._emit_index("name", labels, span)

    def _lowered_name(self, named: Named, subscript: Subscript, span: Span) -> None:
        """A name with a subscript, or the entry of an array that is declared."""
        text = named.text
        positions = self._positions(subscript)
        base = self.names.resolve(text, span)
        kind = self.known.kinds.get(base)
        words = self.names.words(subscript)
        if text == "delta" and words is not None and "".join(words).strip("ijkl") == "" and len("".join(words)) == 2 and not kind:
            raise self.fail("delta with two indices that are not summed over has no meaning here", span)
        if positions is not None and not self._is_spelt(text, words):
            fits = len(positions) in {"vector": (1, 2), "row": (1, 2), "matrix": (2,)}.get(kind or "", ())
            if fits or ":" in positions or kind == "" and self.known.closed:
                self._emit_name(base, span, named)
                self._emit_index("number", positions, span)
                return
        if words is None:
            hint = "a name's subscript holds letters and digits; choose another name, or declare one"
            raise self.fail("this subscript can be part of no name", subscript.span, hint)
        name = self._name_with(named, subscript)
        if name not in self.known.kinds and text not in GRADIENTS:
            self.lowered.append((base, self._place(subscript, positions), span))
        self._emit_name(name, span, named)

    def _is_spelt(self, text: str, words: list[str] | None) -> bool:
        return words is not None and bool(self.known.spellings("_".join([text, *words])))

    def _place(self, subscript: Subscript, positions: list[str] | None) -> str:
        """What a subscript may be the place of: an entry of a vector or of a matrix."""
        letters = [p.text for p in self.pieces[subscript.low : subscript.high] if p.text != ","]
        if all(letter in _INDEX_LETTERS for letter in letters):
            return {1: "vector", 2: "matrix"}.get(len(letters), "")
        if positions is None:
            return ""
        is_pair = len(positions) == 2 or len(positions[0]) == 2 and "0" not in positions[0]
        return "any" if is_pair and len(positions) == 1 else "matrix" if is_pair else "vector"

    def _name_with(self, named: Named, subscript: Subscript) -> str:
        words = self.names.words(subscript)
        if words is None:
            raise self.fail("this subscript can be part of no name", subscript.span)
        return self.names.resolve("_".join([named.text, *words]), (named.start, subscript.span[1]))

    def _emit_name(self, text: str, span: Span, named: Named) -> None:
        """A name that is no function, remembered with its font and whether a subscript was left out."""
        resolved = self.names.resolve(text, span)
        seen = self.fonts.setdefault(resolved, (named.font, span))
        if seen[0] != named.font and not (self.frames and any(f.sizes for f in self.frames)) and "arrow" not in (seen[0], named.font):
            first = self.source[seen[1][0] : seen[1][1]]
            told = f"{self.source[span[0] : span[1]]} and {first} would be one name, {resolved}"
            raise self.fail(told, span, "fonts do not tell names apart; use another letter or a subscript")
        self.bare.setdefault(resolved, span)
        self._atom()
        self.emit("name", resolved, span)

    def _check_names(self) -> None:
        """Refuse x_1 beside x, sigma(x) beside sigma, and e^x beside e: each could be two things."""
        for base, place, span in self.lowered:
            if place and base in self.bare and (place in ("any", _usual_kind(base, self.known.kinds.get(base, "")))):
                written = self.source[span[0] : span[1]]
                told = f"{written} could be an entry of {base} or a name of its own"
                raise self.fail(told, span, f"declare {base} and write {base}[...] for an entry, or declare the name")
        for spans, name, what in ((self.exponentials, "e", "the exponential"), (self.sigmoids, SIGMOID, "the sigmoid")):
            if spans and name in self.bare:
                told = f"{name} is a name elsewhere, so it is not clear that this is {what}"
                raise self.fail(told, spans[0], f"declare {name}, or write the function out")

    # -------------------------------------------------------------------------------------------- constants

    def _is_exponential(self, named: Named) -> bool:
        if "e" in self.known.kinds or "e" in self.defined or self.pieces[named.after].text != "^":
            return False
        low, high, _ = self.names.argument(named.after + 1)
        return self._exponent_text(low, high) not in {*_TRANSPOSES, *_CONJUGATES, "'", "''"}

    def _exponential(self, named: Named) -> None:
        span = (named.start, self.pieces[named.after - 1].end)
        self.exponentials.append(span)
        self._atom()
        self.emit("name", "expm", span)
        begin = self.atom
        self._group(named.after + 1, ["("], [Token("op", ")", *span)])
        if self.frames[-1].kind == "parts" and self.frames[-1].span[0] >= span[1]:
            self.frames[-1].start = begin

    def _constant(self, named: Named, span: Span) -> None:
        r"""\mathbf{1}, \mathbf{1}_{n}, \mathbf{0}_{m \times n}."""
        self._atom()
        subscript = self._subscript_here()
        if subscript is None:
            if named.text == BOLD_ZERO:
                raise self.fail("the size of this zero cannot be told", span, r"write \mathbf{0}_{n}")
            self.emit("name", BOLD_ONE, span)
            return
        self._emit_sized("ones" if named.text == BOLD_ONE else "zeros", subscript, span)

    def _sized(self, text: str, subscript: Subscript, span: Span) -> bool:
        """I_n and K_{m,n}, unless they are names of the request."""
        words = self.names.words(subscript)
        if text in self.known.kinds or self._is_spelt(text, words):
            return False
        items = self.names.items(subscript)
        if text == "K" and len(items) != 2 or text == "I" and len(items) != 1:
            return False
        self._atom()
        self._emit_sized({"I": "eye", "K": "K"}[text], subscript, span)
        return True

    def _unit(self, subscript: Subscript, span: Span) -> bool:
        """A unit vector is a column of the identity."""
        positions = self._positions(subscript)
        if positions is None or len(positions) != 1 or "e" in self.known.kinds or self._is_spelt("e", positions):
            return False
        if "I" in self.known.kinds:
            raise self.fail("the unit vector is a column of I, which is a variable here", span)
        self._atom()
        self.emit("name", "I", span)
        self._emit_index("number", [":", positions[0]], span)
        return True

    def _emit_sized(self, function: str, subscript: Subscript, span: Span) -> None:
        """A constant with its sizes, which are sums and products of dimensions."""
        self.emit("name", function, span)
        self.emit("op", "(", (span[1], span[1]))
        factor = False
        for piece in self.pieces[subscript.low : subscript.high]:
            is_operand = piece.kind in ("letter", "word", "number", "sub")
            if is_operand and factor:
                self.emit("op", "*", (piece.start, piece.start))
            if is_operand:
                self.emit("number" if piece.text.isdigit() else "name", piece.text, piece)
            elif piece.text in (",", "times"):
                self.emit("op", ",", piece)
            elif piece.text in ("+", "(", ")", "{", "}", "_"):
                self._dimension_sign(piece, subscript)
            else:
                raise self.fail("a size is a sum or product of names and numbers", subscript.span)
            factor = is_operand or piece.text == ")"
        self.emit("op", ")", (subscript.span[1], subscript.span[1]))

    def _dimension_sign(self, piece: Piece, subscript: Subscript) -> None:
        if piece.text in ("{", "}", "_"):
            raise self.fail("a dimension with a subscript is not read here", subscript.span)
        self.emit("op", piece.text, piece)

    # ----------------------------------------------------------------------------------------------- commands

    def _command(self, piece: Piece) -> None:
        text = piece.text
        if text in SIZES:
            self._fence(SIZES[text], piece)
        elif text in DELIMITERS:
            self._delimiter(*DELIMITERS[text], piece, self.i + 1)
        elif text in BARS:
            self.emit("op", BARS[text], piece)
            self.i += 1
        elif text in OPERATORS:
            self._sign(Piece("op", OPERATORS[text], piece.start, piece.end))
        elif text in ("frac", "dfrac", "tfrac", "cfrac"):
            self._fraction(piece)
        elif text == "sqrt":
            self._root(piece)
        elif text == "sum":
            self._open_sum(piece)
        elif text in ("partial", "nabla"):
            self._derivative_sign(piece)
        elif text in ("begin", "end"):
            self._environment(piece)
        elif text == "\\":
            self._line_break(piece)
        elif text in ("text", "textrm", "mbox") and self._joining_word(piece):
            return
        else:
            self._named_command(piece)

    def _named_command(self, piece: Piece) -> None:
        """A font or accent on a name, or a function."""
        text = piece.text
        named = self.names.name_at(self.i)
        if named is not None:
            self._take(named)
        elif text in FONTS:
            self._font_group(piece)
        elif text == "vec" and self._opens(self.i + 1):
            self._take(Named("vec", "", piece.start, self.i + 1))
        elif text in ACCENTS or text in ("vec", "overrightarrow", "underline"):
            told = r"\vec here could be an arrow or the operator" if text == "vec" else f"this \\{text} is not on a single name"
            raise self.fail(told, (piece.start, piece.end), r"write \operatorname{vec}(X), or leave the mark out")
        elif text == "ln":
            self._take(Named("log", "", piece.start, self.i + 1))
        elif text in ("top", "intercal", "prime"):
            self.emit("sup", "T", piece)
            self.i += 1
        elif _is_function(text) and text not in ELSEWHERE:
            self._take(Named(text, "", piece.start, self.i + 1))
        else:
            self._refuse(piece)

    def _refuse(self, piece: Piece) -> None:
        known = _UNREAD.get(_SAME_AS.get(piece.text, piece.text))
        if known is not None:
            raise self.fail(known, (piece.start, piece.end))
        near = difflib.get_close_matches(piece.text, [*COMMANDS - ELSEWHERE, *rulebook.names()], 1, 0.6)
        hint = f"did you mean \\{near[0]}?" if near else rf"a function is written \operatorname{{{piece.text}}}(x)"
        raise self.fail(f"\\{piece.text} is not read here", (piece.start, piece.end), hint if piece.text not in ELSEWHERE else None)

    def _font_group(self, piece: Piece) -> None:
        r"""\mathbf{A x}: a font around a product is left out."""
        low, high, after = self.names.argument(self.i + 1)
        if self.pieces[self.i + 1].text != "{" or low == high:
            raise self.fail(f"\\{piece.text} needs a name in braces", (piece.start, piece.end))
        if self.pieces[after].text in ("^", "_"):
            told = f"whether this belongs to all of \\{piece.text}{{...}} is not clear"
            raise self.fail(told, (self.pieces[after].start, self.pieces[after].end), "write parentheses, or a group for each name")
        self.frames.append(_Frame("parts", "}", len(self.out), (piece.start, piece.end), start=len(self.out)))
        self.frames[-1].at = self.frames[-2].at if len(self.frames) > 1 else 0
        self.i = low

    def _joining_word(self, piece: Piece) -> bool:
        r"""\text{where} and \text{and} between definitions."""
        low, high, after = self.names.argument(self.i + 1)
        words = self.source[self.pieces[low].start : self.pieces[high - 1].end].strip() if low < high else ""
        if words not in ("where", "with", "and"):
            return False
        self.i = after - 1
        if words == "and":
            self._end_sums(self.i)
            self._next_clause(piece)
        else:
            self._where(piece)
        return True

    def _line_break(self, piece: Piece) -> None:
        self._end_sums(self.i)
        if self.frames[-1].kind != "environment":
            raise self.fail("a line break has no meaning here", (piece.start, piece.end))
        closing = self.pieces[self.i + 1]
        self.i += 1
        if not (closing.kind == "command" and closing.text == "end"):
            self.emit("op", ";", piece)

    def _fence(self, side: str, piece: Piece) -> None:
        r"""\left( and \right), \bigl[ and \bigr]."""
        sign = self.pieces[self.i + 1]
        text = sign.text
        if sign.kind == "command" and (text in DELIMITERS or text in BARS):
            text = BARS[text] if text in BARS else DELIMITERS[text][1]
        elif text == ".":
            raise self.fail("a bar that evaluates is not read", (piece.start, sign.end), "the value at a point is asked for with --at")
        elif sign.kind != "op" or text not in ("(", ")", "[", "]", "|", "||"):
            raise self.fail(f"this is no delimiter for \\{piece.text}", (sign.start, sign.end))
        self._delimiter(side, text, Piece("op", text, piece.start, sign.end), self.i + 2)

    def _delimiter(self, side: str, sign: str, piece: Piece, after: int) -> None:
        if side == "left":
            if sign not in _CLOSING:
                raise self.fail(f"{sign!r} opens nothing", (piece.start, piece.end))
            self.open(sign, (piece.start, piece.end), after)
        else:
            self.close(sign, piece, after)

    def _derivative_sign(self, piece: Piece) -> None:
        r"""\partial, \nabla, \partial_x and \nabla_x; \nabla f is the gradient of an unknown function."""
        named = self.names.name_at(self.i + 1) if piece.text in ("nabla", "∇") else None
        spelt = self.known.spellings("grad_" + named.text) if named is not None and len(named.text) else []
        if named is not None and len(spelt) == 1:
            self._atom()
            self.emit("name", spelt[0], (piece.start, self.pieces[named.after - 1].end))
            self.i = named.after
            return
        self.i += 1
        subscript = self._subscript_here()
        self.emit("op", "∇" if piece.text in ("nabla", "∇") or subscript is not None else "∂", piece)
        if subscript is not None:
            if self.pieces[self.i].text == "^" or subscript.after != self.i:
                self._order_of(piece)
            self.emit("sub", self._variable_in(subscript), subscript.span)
        self.frames[-1].at = len(self.out) if self.frames[-1].kind == "root" and subscript is not None else self.frames[-1].at

    def _order_of(self, piece: Piece) -> None:
        """The order of a derivative that stands above the variable."""
        low, high, after = self.names.argument(self.i + 1)
        digits = self._exponent_text(low, high)
        if not digits.isdigit():
            raise self.fail("the order of a derivative is a number", (self.pieces[self.i].start, self.pieces[after - 1].end))
        self.emit("sup", digits, (self.pieces[self.i].start, self.pieces[after - 1].end))
        self.i = self.skipped.pop(after, after)

    def _variable_in(self, subscript: Subscript) -> str:
        """The variable that stands below a nabla."""
        named = self.names.name_at(subscript.low)
        if named is not None:
            inner = self.names.subscript_at(named.after) if named.after < subscript.high else None
            text = self._name_with(named, inner) if inner is not None else self.names.resolve(named.text, subscript.span)
            if (inner.after if inner is not None else named.after) == subscript.high:
                return text
        raise self.fail("below this stands one variable", subscript.span, r"\nabla_{x} f")

    # -------------------------------------------------------------------------------------------- environments

    def _environment(self, piece: Piece) -> None:
        low, high, after = self.names.argument(self.i + 1)
        name = self.source[self.pieces[low].start : self.pieces[high - 1].end] if low < high else ""
        span = (piece.start, self.pieces[after - 1].end)
        if name in _DISPLAYS:
            self.i = after
        elif name not in _ARRAYS:
            raise self.fail(f"the environment {name} is not read", span, "an array is written in bmatrix")
        elif piece.text == "begin":
            self._begin_array(name, span, after)
        else:
            self._end_array(name, span, after)

    def _begin_array(self, name: str, span: Span, after: int) -> None:
        if name == "array" and self.pieces[after].text == "{":
            after = self.partners[after] + 1
        self._atom()
        begin = self.atom
        if name == "vmatrix":
            self.out += [Token("name", "det", *span), Token("op", "(", *span)]
        self.frames.append(_Frame("environment", name, len(self.out), span, start=begin))
        self.emit("op", "[", span)
        self.frames[-1].at = len(self.out)
        self.i = after

    def _end_array(self, name: str, span: Span, after: int) -> None:
        self._end_sums(self.i)
        frame = self.frames[-1]
        if frame.kind != "environment" or frame.closer != name:
            raise self.fail(f"no {name} is open here", span)
        self.frames.pop()
        self.emit("op", "]", span)
        if name == "vmatrix":
            self.emit("op", ")", span)
        self.atom = frame.start
        self.i = after

    # --------------------------------------------------------------------------------------------------- sums

    def _open_sum(self, piece: Piece) -> None:
        r"""\sum_{i,j}, \sum_{i=1}^{n}: the body is the product that follows."""
        self.i += 1
        sizes = self._ranges(piece)
        bound = {label for frame in self.frames for label in frame.sizes}
        for label in sizes:
            if label in bound or self.known.kinds.get(label, "") in ("vector", "matrix", "row", "function"):
                raise self.fail(f"the index {label} of this sum is something else already", (piece.start, piece.end))
        if len(self.frames) > 200:
            raise LimitError("sums and brackets nest more than 200 deep", (piece.start, piece.end), self.source)
        self.frames.append(_Frame("sum", "", len(self.out), (piece.start, piece.end), sizes=sizes))

    def _ranges(self, piece: Piece) -> dict[str, Syntax | None]:
        subscript = self._subscript_here()
        hint = r"write \sum_{i,j} or \sum_{i=1}^{n}"
        if subscript is None:
            raise self.fail("this sum does not say over which index it goes", (piece.start, piece.end), hint)
        inside = self.pieces[subscript.low : subscript.high]
        texts = [p.text for p in inside]
        start = texts.index("=") if "=" in texts else len(texts)
        labels = [p for p in inside[:start] if p.text != ","]
        plain = labels and all(p.kind == "letter" and p.text.isascii() for p in labels) and texts[start:] in ([], ["=", "1"])
        if not plain:
            raise self.fail("this range of a sum is not read", subscript.span, hint)
        if any(label.text == "e" or label.text == "d" for label in labels):
            raise self.fail("this letter cannot be the index of a sum", subscript.span, hint)
        size = self._upper_limit() if self.pieces[self.i].text == "^" else None
        if (size is None) != (start == len(texts)):
            raise self.fail("a sum from 1 says how far it goes", subscript.span, hint)
        return {label.text: size for label in labels}

    def _upper_limit(self) -> Syntax:
        low, high, after = self.names.argument(self.i + 1)
        piece = self.pieces[low]
        span = (piece.start, piece.end)
        if high != low + 1 or piece.kind not in ("letter", "word", "number") or piece.kind == "number" and not piece.text.isdigit():
            raise self.fail("the end of a sum is a dimension", (span[0], self.pieces[after - 1].end), r"write \sum_{i=1}^{n}")
        self.i = self.skipped.pop(after, after)
        return Number(piece.text, span) if piece.kind == "number" else Name(piece.text, span)

    def _end_sums(self, i: int) -> None:
        """End the sums whose body ends before piece i."""
        while self.frames[-1].kind == "sum":
            frame = self.frames.pop()
            body = self.out[frame.at :]
            if not body:
                raise self.fail("this sum is empty", frame.span)
            del self.out[frame.at :]
            end = body[-1].end
            self._times(frame.span[0])
            self.atom = len(self.out)
            if frame.colon:
                raise self.fail("A : B under a sum is not read", frame.span)
            self.out += contract(body, frame.sizes, self.kinds, (frame.span[0], end), self.source)

    # -------------------------------------------------------------------------------------- the product A : B

    def _with_products(self, tokens: list[Token]) -> list[Token]:
        """A : B is the sum of products of entries; it binds tighter than a sum and looser than a product."""
        depths, depth = [], 0
        for t in tokens:
            depth -= t.kind == "op" and t.text in (")", "]", "}")
            depths.append(depth)
            depth += t.kind == "op" and t.text in ("(", "[", "{")
        ends = [k for k, t in enumerate(tokens) if not depths[k] and t.kind == "op" and t.text in ("+", "-", ",", ";", "=") and not (
            t.text == "-" and k and tokens[k - 1].text == ":")]  # fmt: skip
        out: list[Token] = []
        begin = _after_operator(tokens)
        out += tokens[:begin]
        for end in [*(k for k in ends if k >= begin), len(tokens)]:
            out += self._product_of(tokens[begin:end], depths[begin:end])
            out += tokens[end : end + 1]
            begin = end + 1
        return out

    def _product_of(self, tokens: list[Token], depths: list[int]) -> list[Token]:
        colons = [k for k, t in enumerate(tokens) if not depths[k] and t.text == ":" and t.kind == "op"]
        if not colons:
            return tokens
        at = tokens[colons[0]]
        left, right = tokens[: colons[0]], tokens[colons[0] + 1 :]
        if len(colons) > 1 or not left or not right:
            raise self.fail("A : B has one factor on either side", (at.start, at.end))
        start, end = left[0].start, right[-1].end
        opening = [Token("name", "dot", start, start), Token("op", "(", start, start)]
        return [*opening, *left, Token("op", ",", at.start, at.end), *right, Token("op", ")", end, end)]


def _after_operator(tokens: list[Token]) -> int:
    r"""Where the function begins after a leading \frac{\partial}{\partial X}."""
    if not tokens or tokens[0].text != "frac" or len(tokens) < 3 or tokens[2].text not in ("∂", "d"):
        return 0
    depth = groups = 0
    for k, t in enumerate(tokens):
        depth += (t.text == "{") - (t.text == "}")
        groups += t.text == "}" and not depth
        if groups == 2:
            return k + 1 if k + 1 < len(tokens) else 0
    return 0


def _kind_declared(written: str) -> str:
    """What a declaration makes of a name, where that can be told at a glance: scalar, vector or matrix."""
    words = re.sub(r"\\text\s*\{.*|\\times|\\mathbb\s*\{?R\}?|[{}^$]", lambda found: " x " if "times" in found[0] else " ", written).split()
    if not words or words[0] in ("scalar", "vector", "matrix"):
        return words[0] if words else "scalar"
    if len(words) > 2 and words[1] == "x":
        return "vector" if words[2] == "1" else "row" if words[0] == "1" else "matrix"
    return "vector" if len(words) == 1 else ""


def _usual_kind(name: str, kind: str) -> str:
    """What a name is by the convention for its initial, unless it is known."""
    if kind:
        return kind
    if name.partition("_")[0] in GREEK_NAMES:
        return "scalar"
    return "matrix" if name[0].isupper() else "vector"


class _BodyKinds(dict[str, str]):
    """The kinds of names under a sum: what is known, functions, and the convention for the rest."""

    def __init__(self, known: Known, defined: set[str]) -> None:
        super().__init__(known.kinds)
        self.defined = defined

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        """The kind of a name."""
        if name in self:
            return self[name]
        if name in self.defined:
            return default
        if _is_function(name) and len(name) > 1:
            return ""
        return _usual_kind(name, "")
