r"""Brackets in LaTeX: parentheses, arrays and positions, bars, angles, and the groups in braces that commands apply to."""

from __future__ import annotations

from matcalc.errors import LimitError, Span
from matcalc.reading.grammar.products import with_products
from matcalc.reading.grammar.syntax import IS_WEIGHT
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.latex.scan import Piece
from matcalc.reading.latex.state import CLOSING, Frame, is_function
from matcalc.reading.latex.sums import Sums


class Brackets(Sums):
    """Opens and closes; what closes turns into tokens as its kind demands."""

    def open(self, sign: str, span: Span, after: int) -> None:
        """Open a parenthesis, bracket, brace, bars or angle."""
        if len(self.frames) > 200:
            raise LimitError("brackets nest more than 200 deep", span, self.source)
        start = span[0]
        if sign in ("|", "||"):
            is_bare = self.frames[-1].has_bars
            if is_bare:
                self._times(start)
            self._atom()
            then = [Token("op", ")", start, start)] if is_bare else []
            self.frames.append(Frame("bars", sign, len(self.out), span, then, start=self.atom))
            self.out += [Token("op", text, start, span[1]) for text in ("(", sign, "(")[not is_bare :]]
        elif sign == "<":
            self._atom()
            self.frames.append(Frame("angle", ">", len(self.out), span))
            self.out += [Token("name", "dot", *span), Token("op", "(", *span)]
        elif sign == "[" and self._is_array(after - 1):
            is_index = self._is_index(after - 1)
            if not is_index:
                self._atom()
            self.frames.append(Frame("array", "]", len(self.out), span))
            self.emit("op", "[", span)
        else:
            self._open_parenthesis(sign, span)
        self.frames[-1].at = len(self.out)
        self.i = after

    def _open_parenthesis(self, sign: str, span: Span) -> None:
        """A parenthesis; it touches a function's name before it, since space in LaTeX says nothing."""
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        self._refuse_function_with_index(span)
        named = last is not None and (last.kind == "name" or last.text == "'")
        if last is not None and last.kind == "name" and self.known.closed and not self._is_a_function(last.text):
            self.out.append(Token("op", "*", span[0], span[0]))
            last, named = None, False
        begin = len(self.out) - (last is not None and last.kind == "name" and self._is_a_function(last.text))
        kind = {"[": "bracket", "{": "paren"}.get(sign, "paren")
        self.frames.append(Frame(kind, CLOSING[sign], len(self.out), span))
        self.out.append(Token("op", "(", last.end if named and last is not None else span[0], span[1]))
        self.frames[-1].start = begin

    def _refuse_function_with_index(self, span: Span) -> None:
        r"""\lambda_i(A) and f_i(x) are functions, one for each i, and no products."""
        if not self.names.indices or self.entry_ends != len(self.out) or self.pieces[self.i].text != "(":
            return
        named = self.names.name_at(self.i + 1)
        if named is not None and self.pieces[named.after].text == ")":
            told = "this could be a function for each index or a product"
            inside = self.source[self.pieces[self.i + 1].start : self.pieces[named.after].start]
            raise self.fail(told, (span[0], self.pieces[named.after].end), f"write {inside} without parentheses for a product")

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
        self._end_sums()
        frame = self.frames[-1]
        if frame.closer != sign or frame.kind == "root":
            written = self.source[piece.start : self.pieces[max(after - 1, 0)].end]
            if frame.kind == "root" or not frame.closer:
                raise self.fail(f"{written!r} closes nothing", (piece.start, piece.end))
            opened = self.source[frame.span[0] : frame.span[1]]
            raise self.fail(f"expected {frame.closer!r} for the {opened!r} before {written!r}", (piece.start, piece.end))
        self.frames.pop()
        if frame.colon:
            self.out[frame.at :] = with_products(self.out[frame.at :], self.source)
        self.i = after
        getattr(self, "_close_" + frame.kind)(frame, (piece.start, self.pieces[after - 1].end))

    def _close_paren(self, frame: Frame, span: Span) -> None:
        self.emit("op", ")", span)
        self.atom = frame.start
        self.out += frame.then
        self._entry_after_group()

    def _close_bracket(self, frame: Frame, span: Span) -> None:
        self._close_paren(frame, span)

    def _close_array(self, frame: Frame, span: Span) -> None:
        self.emit("op", "]", span)

    def _close_bars(self, frame: Frame, span: Span) -> None:
        self.emit("op", ")", span)
        self.emit("op", frame.closer, span)
        subscript = self._subscript_here()
        if subscript is not None:
            self.emit("sub", self._norm_name(subscript), subscript.span)
        self.out += [Token(t.kind, t.text, span[1], span[1]) for t in frame.then]
        self.atom = frame.start

    def _close_angle(self, frame: Frame, span: Span) -> None:
        if frame.commas != 1:
            raise self.fail("an inner product in angles has two factors, with a comma between", (frame.span[0], span[1]))
        self.emit("op", ")", span)
        self.atom = frame.at - 2
        subscript = self._subscript_here()
        if subscript is not None:
            self._weigh(frame, self._norm_name(subscript), subscript.span)

    def _weigh(self, frame: Frame, name: str, span: Span) -> None:
        r"""\langle x, y \rangle_W is x^T*W*y; _F says what it is in any case."""
        if name in ("F", "2"):
            return
        if not IS_WEIGHT().fullmatch(name):
            raise self.fail("this subscript of an inner product is not read", span, r"write \langle A, B \rangle_F or x^\top W y")
        depth, comma = 0, len(self.out)
        for k in range(frame.at, len(self.out)):
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(self.out[k].text, 0)
            if self.out[k].text == "," and not depth:
                comma = k
        stem, power, _ = name.partition("^")
        weight = [Token("name", stem, *span), *([Token("sup", "-1", *span)] if power else []), Token("op", "*", *span)]
        second = self.out[comma + 1 : -1]
        at = second[0].start
        opening, closing = Token("op", "(", at, at), Token("op", ")", span[0], span[0])
        self.out[comma + 1 : -1] = [*weight, opening, *second, closing]

    def _close_parts(self, frame: Frame, span: Span) -> None:
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
        self._end_sums()
        self.close("}", piece, self.i + 1)

    def _group(self, i: int, before: list[str], after: list[Token], kind: str = "parts") -> None:
        """Read the argument at piece i between tokens: a group in braces, or one letter, digit or command."""
        piece = self.pieces[i]
        if piece.kind == "end" or piece.text in ("}", ")", "]", "&"):
            raise self.fail("an argument is expected here", (piece.start, piece.end))
        self.out += [Token("name" if text.isalpha() else "op", text, piece.start, piece.start) for text in before]
        frame = Frame(kind, "}", len(self.out), (piece.start, piece.end), after, start=self.atom)
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
            if named is None or piece.kind == "word" and is_function(piece.text):
                raise self.fail("where this argument ends is not clear", (piece.start, piece.end), "write it in braces")
            self._emit_name(named.text, (named.start, self.pieces[named.after - 1].end), named)
            self.i = named.after
