r"""What follows `where` in LaTeX: definitions, and declarations such as W: m \times n and x \in \mathbb{R}^{n}."""

from __future__ import annotations

import re
from typing import Final

from matcalc.reading.grammar.products import with_products
from matcalc.reading.grammar.tokens import FOR_EACH
from matcalc.reading.latex.scan import Piece
from matcalc.reading.latex.state import Frame
from matcalc.reading.latex.words import Words

_SIGNS: Final = re.compile(r"\\text\s*\{.*|\\times|\\mathbb\s*\{?[RC]\}?|[{}^$]")


def _kind_declared(written: str) -> str:
    """What a declaration makes of a name, where that can be told at a glance: scalar, vector or matrix."""
    words = _SIGNS.sub(lambda found: " x " if "times" in found[0] else " ", written).split()
    if not words or words[0] in ("scalar", "vector", "matrix"):
        return words[0] if words else "scalar"
    if len(words) > 2 and words[1] == "x":
        return "vector" if words[2] == "1" else "row" if words[0] == "1" else "matrix"
    return "vector" if len(words) == 1 else ""


class Clauses(Words):
    """Reads the clauses of a request."""

    def _next_clause(self, piece: Piece) -> None:
        """What follows a semicolon, or a comma between definitions: a definition, or else a declaration."""
        self._end_clause()
        if self.out and self.out[-1].text != ";":
            self.emit("op", ";", piece)
        self.i += 1
        self._begin_clause()

    def _where(self, piece: Piece) -> None:
        self._end_sums()
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
        else:
            self._family()

    def _family(self) -> None:
        r"""z_i = W x_i + b, where the request sums over i: z is the matrix, or the column, that all z_i make."""
        named = self.names.name_at(self.i)
        subscript = self.names.subscript_at(named.after) if named is not None else None
        if named is None or subscript is None or self.pieces[subscript.after].text != "=":
            return
        letters = "".join(p.text for p in self.pieces[subscript.low : subscript.high])
        if len(letters) != 1 or letters not in self.labels:
            return
        equals = self.pieces[subscript.after]
        self.emit("name", self.names.resolve(named.text, (named.start, equals.start)), (named.start, equals.start))
        self.emit("op", "=", equals)
        self.i = subscript.after + 1
        self.names.indices.add(letters)
        span = (equals.end, equals.end)
        self.frames.append(Frame("sum", FOR_EACH + letters, len(self.out), span, bars=[FOR_EACH], sizes={letters: ""}))

    def _end_clause(self) -> None:
        """Rewrite the products A : B of the clause that ends here."""
        frame = self.frames[0]
        if frame.colon:
            self.out[frame.at :] = with_products(self.out[frame.at :], self.source)
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
                start = self.pieces[self.i].start
                text, self.i = self._whole_name(self.i)
                self.emit("name", text, (start, self.pieces[self.i - 1].end))
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
        if opening.text not in ("mathbb", "mathbf", "bm") or [p.text for p in self.pieces[low:high]] not in (["R"], ["C"]):
            told = "a declaration names a space of real or complex numbers"
            raise self.fail(told, (opening.start, opening.end), r"write x \in \mathbb{R}^{n}")
        self.i = after
        if self.pieces[after].text != "^":
            self.emit("name", "scalar", opening)
            self._of_complex_numbers(low, opening)
            return
        field = low
        low, high, after = self.names.argument(after + 1)
        self.i = low
        while self.i < high:
            self._dimension_word()
        self.i = after
        self._of_complex_numbers(field, opening)

    def _of_complex_numbers(self, i: int, opening: Piece) -> None:
        if self.pieces[i].text == "C":
            self.emit("name", "complex", opening)

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
