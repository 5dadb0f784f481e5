r"""Sums over an index in LaTeX: \sum_{i,j}, \sum_{i=1}^{n}; the body is the product that follows."""

from __future__ import annotations

from matcalc.errors import LimitError
from matcalc.reading.grammar.contraction import Kinds, contract
from matcalc.reading.grammar.syntax import Name, Number, Syntax
from matcalc.reading.latex.scan import Piece
from matcalc.reading.latex.state import BodyKinds, Frame
from matcalc.reading.latex.subscripts import Subscripts


class Sums(Subscripts):
    """Opens a sum at its sign and ends it with its body."""

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
        self.names.indices |= set(sizes)
        self.frames.append(Frame("sum", "", len(self.out), (piece.start, piece.end), sizes=sizes))

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
            self.names.indices -= set(frame.sizes)
            body = self.out[frame.at :]
            if not body:
                raise self.fail("this sum is empty", frame.span)
            del self.out[frame.at :]
            end = body[-1].end
            self._times(frame.span[0])
            self.atom = len(self.out)
            if frame.colon:
                raise self.fail("A : B under a sum is not read", frame.span)
            self.out += contract(body, frame.sizes, Kinds(BodyKinds(self.known, self.defined)), (frame.span[0], end), self.source)
