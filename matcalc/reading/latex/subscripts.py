r"""Subscripts in LaTeX: positions, the indices of sums, and which norm is meant."""

from __future__ import annotations

from typing import Final

from matcalc.errors import Span
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.latex.names import Subscript
from matcalc.reading.latex.scan import Piece
from matcalc.reading.latex.state import State

# The Schatten norms that have signs of their own: the nuclear, the Frobenius and the spectral norm.
SCHATTEN: Final = {"S_1": "*", "S_2": "F", "S_infty": "2", "S_∞": "2"}


class Subscripts(State):
    """Reads what stands below a name, a group or a norm."""

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

    def _lowers(self, i: int) -> bool:
        return i not in self.skipped and self.pieces[i].text == "_" and self.pieces[i].kind == "op"

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
        r"""F, 1, 2: what says which norm it is; \ell_1 is 1; W and \Sigma^{-1} are weights."""
        schatten = SCHATTEN.get("".join(p.text for p in self.pieces[subscript.low : subscript.high] if p.text not in ("{", "}")))
        words = self.names.words(subscript)
        if schatten is not None:
            return schatten
        if words is None:
            return self._weight(subscript) or self.source[slice(*subscript.span)].strip("_{} ")
        if words[0] == "ell" and len(words) > 1:
            return "".join(words[1:])
        return ("_" if words[0][0].isupper() else "").join(words)

    def _weight(self, subscript: Subscript) -> str:
        r"""\Sigma^{-1} and W_k^{-1} as Sigma^-1 and W_k^-1; empty where it is neither."""
        named = self.names.name_at(subscript.low)
        if named is None:
            return ""
        inner = self.names.subscript_at(named.after) if named.after < subscript.high else None
        words = self.names.words(inner) if inner is not None else []
        rest = self.pieces[inner.after if inner is not None else named.after : subscript.high]
        is_inverse = "".join(p.text for p in rest) in ("^{-1}", "^-1")
        return "_".join([named.text, *words]) + "^-1" if words is not None and is_inverse else ""

    def _entry_after_group(self) -> None:
        """(A x)_{2} and, under a sum, (A x)_i."""
        subscript = self._subscript_here()
        if subscript is None:
            return
        labels = self._labels(subscript)
        if labels:
            self._emit_index("name", labels, subscript.span)
            return
        if [p.text for p in self.pieces[subscript.low : subscript.high]] == ["+"]:
            self._wrap("relu", subscript.span)
            return
        positions = self._positions(subscript)
        if positions is None:
            told = "this subscript is no position, and no index of a sum around it"
            raise self.fail(told, subscript.span, "an entry is (A*x)_{2} or (A*X)_{1,2}; other results with an index have --form index")
        self._emit_index("number", positions, subscript.span)

    def _wrap(self, function: str, span: Span) -> None:
        """Apply a function to the operand that ends here."""
        operand = self.out[self.atom :]
        at = operand[0].start
        name, opening, closing = Token("name", function, at, at), Token("op", "(", at, at), Token("op", ")", span[1], span[1])
        self.out[self.atom :] = [name, opening, *operand, closing]

    def _emit_index(self, kind: str, texts: list[str], span: Span) -> None:
        self.emit("op", "[", span)
        for k, text in enumerate(texts):
            if k:
                self.emit("op", ",", span)
            self.emit("op" if text == ":" else kind, text, span)
        self.emit("op", "]", span)
        self.entry_ends = len(self.out) if ":" not in texts else 0
        self.entry_axes = len(texts)

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
        is_run = {p: p.kind == "sub" or p.kind == "word" and bound.issuperset(p.text) for p in pieces}
        texts = [text for p in pieces for text in (p.text if is_run[p] else [p.text])]
        found = [text in bound for text in texts]
        if not any(found):
            return []
        if not all(found) or any(p.kind not in ("letter", "sub", "word") for p in pieces):
            told = f"of this subscript only {', '.join(sorted({t for t, f in zip(texts, found, strict=True) if f}))} is summed over"
            raise self.fail(told, subscript.span, r"sum over every index, as in \sum_{i,j}; shifted indices are not read")
        return texts
