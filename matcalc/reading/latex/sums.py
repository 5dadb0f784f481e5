r"""Sums over an index in LaTeX: \sum_{i,j}, \sum_{i=1}^{n}; the body is the product that follows."""

from __future__ import annotations

from matcalc.errors import LimitError
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.latex.products import with_products
from matcalc.reading.latex.scan import Piece
from matcalc.reading.latex.state import Frame
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
        items = [f"{label}={size}" if size else label for label, size in sizes.items()]
        self.frames.append(Frame("sum", ",".join(items), len(self.out), (piece.start, piece.end), sizes=sizes))

    def _ranges(self, piece: Piece) -> dict[str, str]:
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
        size = self._upper_limit() if self.pieces[self.i].text == "^" else ""
        if (size == "") != (start == len(texts)):
            raise self.fail("a sum from 1 says how far it goes", subscript.span, hint)
        return {label.text: size for label in labels}

    def _upper_limit(self) -> str:
        low, high, after = self.names.argument(self.i + 1)
        piece = self.pieces[low]
        span = (piece.start, piece.end)
        if high != low + 1 or piece.kind not in ("letter", "word", "number") or piece.kind == "number" and not piece.text.isdigit():
            raise self.fail("the end of a sum is a dimension", (span[0], self.pieces[after - 1].end), r"write \sum_{i=1}^{n}")
        self.i = self.skipped.pop(after, after)
        return piece.text

    def _bar(self, sign: str) -> None:
        r"""Note a bar without \left and \right, and end the sums that stand inside the bars which it closes."""
        if not self._wants_operand():
            while self.frames[-1].kind == "sum" and not self.frames[-1].bars and self._is_in_bars(sign):
                self._end_sum()
            if self.frames[-1].bars[-1:] == [sign]:
                self.frames[-1].bars.pop()
                return
        self.frames[-1].bars.append(sign)

    def _is_in_bars(self, sign: str) -> bool:
        """Whether bars are open around the innermost sum, with nothing but sums between."""
        k = len(self.frames) - 1
        while self.frames[k].kind == "sum" and not self.frames[k].bars:
            k -= 1
        return self.frames[k].bars[-1:] == [sign]

    def _end_sums(self, within_bars: bool = True) -> None:
        """End the sums whose body ends here; a sign inside bars of their own does not end them."""
        while self.frames[-1].kind == "sum" and (within_bars or not self.frames[-1].bars):
            self._end_sum()

    def _end_sum(self) -> None:
        frame = self.frames.pop()
        self.names.indices -= set(frame.sizes)
        if len(self.out) == frame.at:
            raise self.fail("this sum is empty", frame.span)
        if frame.colon:
            self.out[frame.at :] = with_products(self.out[frame.at :], self.source)
        start, end = frame.span[0], self.out[-1].end
        body = self.out[frame.at :]
        del self.out[frame.at :]
        self._times(start)
        self.atom = len(self.out)
        self.out += [Token("op", "(", start, start), Token("sum", frame.closer, *frame.span), *body, Token("op", ")", end, end)]
