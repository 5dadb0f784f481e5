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

from collections.abc import Callable, Iterator
from typing import Final

from matcalc.algebra.expr import PREFIXES
from matcalc.book import rules as rulebook
from matcalc.errors import Span
from matcalc.reading.alike import alike
from matcalc.reading.grammar.tokens import NOTHING, Known, Lexed, Token, check_count
from matcalc.reading.latex.clauses import Clauses
from matcalc.reading.latex.looks import is_marked, looks
from matcalc.reading.latex.names import Named
from matcalc.reading.latex.scan import (
    ACCENTS,
    ARROWS,
    BARS,
    COMMANDS,
    CONJUGATING,
    DELIMITERS,
    ELSEWHERE,
    FONTS,
    LINES,
    OPERATORS,
    SIZES,
    Piece,
)
from matcalc.reading.latex.state import CLOSING, Frame, is_function
from matcalc.reading.notes import ASSUMED, SPELLING, Note

_ARRAYS: Final = {"matrix", "bmatrix", "pmatrix", "smallmatrix", "vmatrix", "array"}
_DISPLAYS: Final = {f"{name}{star}" for name in ("equation", "align", "gather", "multline", "displaymath", "math", "aligned", "split")
                    for star in ("", "*")}  # fmt: skip
_ENDS_TERM: Final = frozenset({"+", "-", ",", ";", "=", ":"})
_UNREAD: Final = {
    "prod": "products over an index are not read", "int": "integrals are not read",
    "max": "what the largest or smallest is taken of stands in parentheses",
    "dots": "what the dots stand for cannot be told",
    "pm": "which of the two signs is meant cannot be told",
}  # fmt: skip
_FUNCTIONS: Final = {"ln": "log", "Re": "real", "Im": "imag", "angle": "arg"}
_SAME_AS: Final = {"min": "max", "ldots": "dots", "cdots": "dots", "mp": "pm"}


def read_latex(source: str, known: Known = NOTHING) -> Lexed:
    """The tokens of a text in LaTeX; see the module.

    Raises ParseError, pointing into the text, for what is not read.
    """
    return _Translation(source, known).run()


# What closes a bar that is written as a command.
PARTNERS: Final = {r"\lVert": r"\rVert", r"\lvert": r"\rvert", r"\|": r"\|", r"\Vert": r"\Vert", r"\vert": r"\vert"}


class _Translation(Clauses):
    """The pass over the pieces."""

    def run(self) -> Lexed:
        self._learn(self._declared_after_where())
        while self.pieces[self.i].kind != "end":
            if self.i in self.skipped:
                self.i = self.skipped[self.i]
            else:
                self.step(self.pieces[self.i])
        end = len(self.source)
        self._end_sums()
        if len(self.frames) > 1:
            opened = self.frames[-1]
            written = self.source[opened.span[0] : opened.span[1]]
            closer = PARTNERS.get(written) or (rf"\right{opened.closer}" if written.startswith("\\left") else opened.closer)
            raise self.fail(f"this '{written}' is never closed", opened.span, f"add '{closer}'" if closer else None)
        self._end_clause()
        self._check_names()
        check_count(self.out, self.source)
        said = looks(self.fonts, self.font_below, self.labelled)
        return Lexed([*self.out, Token("end", "", end, end)], False, tuple(self._notes()), said)

    def _notes(self) -> Iterator[Note]:
        """What was assumed in reading."""
        if self.sigmoids and not self.known.closed:
            yield Note("sigma is the logistic sigmoid", SPELLING, ("sigma",))
        for labels in sorted(self.continued):
            yield Note(f"the sum over {labels} goes on as long as its terms have the index", ASSUMED)
        if self.conjugated:
            listed = ", ".join(self.conjugated)
            yield Note(f"{listed} {'is' if len(self.conjugated) == 1 else 'are'} read as a conjugate", SPELLING)
        if self.expectations:
            yield Note(r"nothing in the expectation \mathbb{E} is random", ASSUMED)

    def step(self, piece: Piece) -> None:
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

    def _number(self, piece: Piece) -> None:
        before = self.pieces[self.i - 1] if self.i else None
        if before is not None and before.kind == "letter" and before.end == piece.start:
            written = before.text + piece.text
            hint = f"write {before.text}_{{{piece.text}}} for a name, {before.text}^{{{piece.text}}} for a power, or declare {written}"
            raise self.fail(f"{written} is no name in LaTeX", (before.start, piece.end), hint)
        self._atom()
        self.emit("number", piece.text, piece)
        self.i += 1

    def _sign(self, piece: Piece) -> None:
        text = piece.text
        if text == "&" and not self._in_matrix():
            self.i += 1
            return
        if text in _ENDS_TERM and not (text in ("+", "-") and self._wants_operand()):
            (self._end_sums_at_sign if text in ("+", "-") else self._end_sums)()
        if text in ("(", "["):
            self.open(text, (piece.start, piece.end), self.i + 1)
        elif text in (")", "]"):
            self.close(text, piece, self.i + 1)
        else:
            self._sign_of_its_own(text)(piece)

    def _sign_of_its_own(self, text: str) -> Callable[[Piece], None]:
        """What reads a sign."""
        match text:
            case "∂" | "∇":
                return self._derivative_sign
            case "∑":
                return self._open_sum
            case "^":
                return self._superscript
            case "_":
                return self._lone_subscript
            case "{":
                return self._brace
            case "}":
                return self._close_brace
            case "," | ";":
                return self._comma
        return {"&": self._separate, ":": self._colon, ".": self._full_stop, "=": self._equals}.get(text, self._plain_sign)

    def _full_stop(self, piece: Piece) -> None:
        if not self._ends_display():
            raise self.fail("'.' has no meaning here", (piece.start, piece.end))
        self.i += 1

    def _equals(self, piece: Piece) -> None:
        self._end_clause()
        self._plain_sign(piece)
        self.frames[-1].at = len(self.out) if len(self.frames) == 1 else self.frames[-1].at

    def _plain_sign(self, piece: Piece) -> None:
        if piece.text in ("|", "||"):
            self._bar(piece.text)
            self.frames[-1].has_bars = True
        self.emit("op", piece.text, piece)
        self.i += 1

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
        self._end_sums()
        return self.frames[-1].kind == "environment"

    def _separate(self, piece: Piece) -> None:
        self.emit("op", ",", piece)
        self.i += 1

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

    def _close_numerator(self, frame: Frame, span: Span) -> None:
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
            degree += self._sheltered(piece.start)
            i = self.partners[i] + 1
        self._group(i, ["("] if degree else ["sqrt", "("], degree or [Token("op", ")", piece.start, piece.end)])
        if self.frames[-1].kind == "parts":
            self.frames[-1].start = begin

    def _name(self) -> None:
        """A letter or word, with its subscript; before it, what its letter alone may mean."""
        piece = self.pieces[self.i]
        if piece.kind == "word" and piece.text == "where":
            self._where(piece)
            return
        if piece.text == "sum" and (self.pieces[self.i + 1].text == "_" or self.pieces[self.i + 1].kind == "sub"):
            self._open_sum(piece)
            return
        run = self._checked_run()
        if run is not None:
            self._function_or_name(run)
            return
        named = self.names.name_at(self.i)
        assert named is not None
        self._take(named)

    def _command(self, piece: Piece) -> None:
        text = piece.text
        if text in SIZES or text in DELIMITERS or text in BARS or text in OPERATORS:
            self._symbol(piece)
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

    def _symbol(self, piece: Piece) -> None:
        """A command that stands for a sign of the plain notation."""
        text = piece.text
        if text == "cdot":
            self._turn_vector(piece)
        if text in SIZES:
            self._fence(SIZES[text], piece)
        elif text in DELIMITERS:
            self._delimiter(*DELIMITERS[text], piece, self.i + 1)
        elif text in BARS:
            self._plain_sign(Piece("op", BARS[text], piece.start, piece.end))
        else:
            self._sign(Piece("op", OPERATORS[text], piece.start, piece.end))

    def _turn_vector(self, piece: Piece) -> None:
        r"""\vec{a} \cdot \vec{b} and \mathbf{a} \cdot \mathbf{b} are the inner product."""
        following = self.names.name_at(self.i + 1)
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        if following is None or last is None or last.kind != "name":
            return
        font = self.fonts.get(last.text, ("", (0, 0)))[0]
        if is_marked(last.text, font) and is_marked(following.text, following.font):
            self.emit("sup", "T", (piece.start, piece.start))

    def _named_command(self, piece: Piece) -> None:
        """A font or accent on a name, or a function."""
        text = piece.text
        named = self.names.name_at(self.i)
        if named is not None:
            self._take(named)
        elif text in CONJUGATING and self.is_complex:
            self._conjugate(piece)
        elif text in FONTS:
            self._font_group(piece)
        elif text == "vec" and self._opens(self.i + 1):
            self._take(Named("vec", "", piece.start, self.i + 1))
        elif text in ACCENTS or text in ARROWS | LINES:
            told = r"\vec here could be an arrow or the operator" if text == "vec" else f"this \\{text} is not on a single name"
            raise self.fail(told, (piece.start, piece.end), r"write \operatorname{vec}(X), or leave the mark out")
        elif text in _FUNCTIONS:
            self._take(Named(_FUNCTIONS[text], "", piece.start, self.i + 1))
        elif text in ("top", "intercal", "prime"):
            self.emit("sup", "T", piece)
            self.i += 1
        elif is_function(text) and (text not in ELSEWHERE or self._opens(self.i + 1)):
            self._take(Named(text, "", piece.start, self.i + 1))
        else:
            self._refuse(piece)

    def _refuse(self, piece: Piece) -> None:
        known = _UNREAD.get(_SAME_AS.get(piece.text, piece.text))
        if known is not None:
            raise self.fail(known, (piece.start, piece.end))
        near = alike(piece.text, [*sorted(COMMANDS - ELSEWHERE), *rulebook.spellings()])
        hint = f"did you mean \\{near}?" if near else rf"a function is written \operatorname{{{piece.text}}}(x)"
        raise self.fail(f"\\{piece.text} is not read here", (piece.start, piece.end), hint if piece.text not in ELSEWHERE else None)

    def _font_group(self, piece: Piece) -> None:
        r"""\mathbf{A x}: a font around a product is left out."""
        low, high, after = self.names.argument(self.i + 1)
        if self.pieces[self.i + 1].text != "{" or low == high:
            raise self.fail(f"\\{piece.text} needs a name in braces", (piece.start, piece.end))
        if self.pieces[after].text in ("^", "_"):
            told = f"whether this belongs to all of \\{piece.text}{{...}} is not clear"
            raise self.fail(told, (self.pieces[after].start, self.pieces[after].end), "write parentheses, or a group for each name")
        font = FONTS[piece.text]
        self.frames.append(Frame("parts", "}", len(self.out), (piece.start, piece.end), start=len(self.out), font=font))
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
            self._end_sums()
            self._next_clause(piece)
        else:
            self._where(piece)
        return True

    def _line_break(self, piece: Piece) -> None:
        self._end_sums()
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
            if sign not in CLOSING:
                raise self.fail(f"{sign!r} opens nothing", (piece.start, piece.end))
            self.open(sign, (piece.start, piece.end), after)
        else:
            self.close(sign, piece, after)

    def _derivative_sign(self, piece: Piece) -> None:
        r"""\partial, \nabla, \partial_x and \nabla_x; \nabla f is the gradient of an unknown function."""
        order, at = self._order_before_name(self.i + 1)
        named = self.names.name_at(at) if piece.text in ("nabla", "∇") else None
        prefix = PREFIXES["scalar"][order]
        spelt = self.known.spellings(prefix + named.text) if named is not None and len(named.text) else []
        if named is not None and len(spelt) == 1:
            self._atom()
            self.emit("name", spelt[0], (piece.start, self.pieces[named.after - 1].end))
            self.i = named.after
            return
        self.i += 1
        subscript = self._subscript_here()
        self.emit("op", "∇" if piece.text in ("nabla", "∇") else "∂", piece)
        if subscript is not None:
            if self.pieces[self.i].text == "^" or subscript.after != self.i:
                self._order_of(piece)
            self.emit("sub", self._variable_in(subscript), subscript.span)
        self.frames[-1].at = len(self.out) if self.frames[-1].kind == "root" and subscript is not None else self.frames[-1].at

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
        if self._follows_factor():
            self.emit("op", "*", (span[0], span[0]))
        self._atom()
        begin = self.atom
        if name == "vmatrix":
            self.out += [Token("name", "det", *span)]
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        is_argument = last is not None and last.kind == "name" and self._is_a_function(last.text)
        self.out += [Token("op", "(", *span)] * is_argument
        then = [Token("op", ")", *span)] * is_argument
        self.frames.append(Frame("environment", name, len(self.out), span, then, start=begin))
        self.emit("op", "[", span)
        self.frames[-1].at = len(self.out)
        self.i = after

    def _follows_factor(self) -> bool:
        """Whether an array here is multiplied by what stands before it, which an operator of derivatives is not."""
        if len(self.out) <= self.frames[-1].at:
            return False
        last = self.out[-1]
        if last.kind == "op" and last.text == "}":
            depth, k = 0, len(self.out)
            while k and (depth or k == len(self.out)):
                k -= 1
                depth += (self.out[k].text == "}") - (self.out[k].text == "{")
            return self.out[k + 1].text not in ("∂", "d")
        is_name = last.kind == "name" and last.text != "d" and not self._is_a_function(last.text)
        return is_name or last.kind in ("number", "sup") or last.text in (")", "]", "'", ".T")

    def _end_array(self, name: str, span: Span, after: int) -> None:
        self._end_sums()
        frame = self.frames[-1]
        if frame.kind != "environment" or frame.closer != name:
            raise self.fail(f"no {name} is open here", span)
        self.frames.pop()
        self.emit("op", "]", span)
        self.i = after
        if frame.then and name != "vmatrix" and self.pieces[after].text == "^":
            self._exponent_of_argument(frame.start)
        self.out += [Token(t.kind, t.text, *span) for t in frame.then]
        self.atom = frame.start

    def _exponent_of_argument(self, start: int) -> None:
        r"""The exponent of an array that is the argument of a function: \operatorname{tr} M^{-1} is the trace of the inverse."""
        piece, depth = self.pieces[self.i], len(self.frames)
        self.atom = start
        self._superscript(piece)
        if len(self.frames) > depth:
            hint = r"write \operatorname{tr}\left(M^{k+1}\right) or \left(\operatorname{tr} M\right)^{k+1}"
            raise self.fail("what this exponent belongs to is not clear", (piece.start, piece.end), hint)
