r"""Sums over an index in LaTeX: \sum_{i,j}, \sum_{i=1}^{n}; the body is the product that follows."""

from __future__ import annotations

import re
from typing import Final

from matcalc.errors import LimitError
from matcalc.reading.grammar.products import with_products
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.latex.scan import SIZES, Piece
from matcalc.reading.latex.state import Frame
from matcalc.reading.latex.subscripts import Subscripts

_SIGNS: Final = {"lt": "<", "gt": ">", "le": "≤", "leq": "≤", "leqslant": "≤", "ne": "≠", "neq": "≠"}
_BETWEEN: Final = frozenset("+-,;=")
_RANGE: Final = re.compile(
    r"(?P<one>[A-Za-z])=(?:(?P<start>[01])|(?P<after>[A-Za-z])\+1)"
    r"|(?P<list>[A-Za-z](?:,?[A-Za-z])*)"
    r"|(?:1≤)?(?P<first>[A-Za-z])(?P<sign>[<>≠])(?P<second>[A-Za-z])(?:≤(?P<limit>[A-Za-z]))?"
)


class Sums(Subscripts):
    """Opens a sum at its sign and ends it with its body."""

    def _open_sum(self, piece: Piece) -> None:
        r"""\sum_{i,j}, \sum_{i=1}^{n}, \sum_{i<j}: the body is the product that follows."""
        self.i += 1
        sizes, apart = self._ranges(piece)
        bound = {label for frame in self.frames for label in frame.sizes}
        for label in sizes:
            if label in bound or self.known.kinds.get(label, "") in ("vector", "matrix", "row", "function"):
                raise self.fail(f"the index {label} of this sum is something else already", (piece.start, piece.end))
        if len(self.frames) > 200:
            raise LimitError("sums and brackets nest more than 200 deep", (piece.start, piece.end), self.source)
        self.names.indices |= set(sizes)
        self.labels |= set(sizes)
        items = [f"{label}={size}" if size else label for label, size in sizes.items()]
        self.frames.append(Frame("sum", ",".join(items + apart), len(self.out), (piece.start, piece.end), sizes=sizes))

    def _ranges(self, piece: Piece) -> tuple[dict[str, str], list[str]]:
        """The labels that a sum goes over with their limits, and the pairs of them that differ."""
        subscript = self._subscript_here()
        hint = r"write \sum_{i,j} or \sum_{i=1}^{n}"
        if subscript is None:
            raise self.fail("this sum does not say over which index it goes", (piece.start, piece.end), hint)
        inside = self.pieces[subscript.low : subscript.high]
        written = "".join(_SIGNS.get(p.text, "\\") if p.kind == "command" else p.text for p in inside)
        found = _RANGE.fullmatch(written)
        limit = self._upper_limit(from_zero=written.endswith("=0")) if self.pieces[self.i].text == "^" else ""
        if found is None:
            raise self.fail("this range of a sum is not read", subscript.span, hint)
        labels = (found["list"] or found["one"] or "").replace(",", "") or [found["first"], found["second"]]
        if any(label in ("e", "d") for label in labels):
            raise self.fail("this letter cannot be the index of a sum", subscript.span, hint)
        is_open = (limit == "") != (found["one"] is None) and not (limit and found["sign"])
        if is_open or found["after"] and not self._is_bound(found["after"]):
            raise self.fail("a sum from 1 says how far it goes", subscript.span, hint)
        return self._labelled_ranges(found, list(labels), found["limit"] or limit)

    def _labelled_ranges(self, found: re.Match[str], labels: list[str], limit: str) -> tuple[dict[str, str], list[str]]:
        """The new labels; of a pair i<j, one may be that of a sum around this one."""
        first, sign, second = found["first"], found["sign"], found["second"]
        if found["after"]:
            return {found["one"]: limit}, [f"{found['after']}<{found['one']}"]
        if not sign:
            return dict.fromkeys(labels, limit), []
        pair = f"{second}<{first}" if sign == ">" else f"{first}{sign}{second}"
        new = [label for label in labels if not self._is_bound(label)]
        return dict.fromkeys(new or labels, limit), [pair]

    def _is_bound(self, label: str) -> bool:
        return any(label in frame.sizes for frame in self.frames)

    def _upper_limit(self, from_zero: bool) -> str:
        """The number of terms, which is the limit of a sum from 1; a sum from 0 ends at one less."""
        low, high, after = self.names.argument(self.i + 1)
        piece = self.pieces[low]
        span = (piece.start, self.pieces[after - 1].end)
        less = [p.text for p in self.pieces[low + 1 : high]] if from_zero else []
        is_size = piece.kind in ("letter", "word") or piece.kind == "number" and piece.text.isdigit() and piece.text != "0"
        if not is_size or low + 1 + len(less) != high or less != (["-", "1"] if from_zero else []):
            hint = r"write \sum_{i=1}^{n} or \sum_{i=0}^{n-1}"
            raise self.fail("the end of a sum is a dimension" if not from_zero else "a sum from 0 ends at n-1", span, hint)
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

    def _end_sums(self) -> None:
        """End the sums whose body ends here."""
        while self.frames[-1].kind == "sum":
            self._end_sum()

    def _end_sums_at_sign(self) -> None:
        """End the sums before a + or -, but for those inside whose bars it stands and those whose index the next term has too."""
        if self.frames[-1].kind != "sum":
            return
        used = self._indices_of_term(self.i + 1)
        while self.frames[-1].kind == "sum" and not self.frames[-1].bars:
            if used & self.frames[-1].sizes.keys():
                self.continued.add(", ".join(self.frames[-1].sizes))
                return
            self._end_sum()

    def _indices_of_term(self, i: int) -> set[str]:
        """The letters below the names of the term that begins at piece i, without those that a sum in it goes over."""
        found: set[str] = set()
        bound: set[str] = set()
        depth = 0
        while self.pieces[i].kind != "end" and depth >= 0:
            piece = self.pieces[i]
            depth += self._depth_of(i)
            if not depth and piece.kind == "op" and piece.text in _BETWEEN and self.pieces[i - 1].text not in ("^", "_", "{"):
                break
            subscript = self.names.subscript_at(i) if piece.kind in ("op", "sub") else None
            if subscript is not None:
                inside = self.pieces[subscript.low : subscript.high]
                letters = {letter for p in inside for letter in (p.text if p.kind in ("sub", "word") else [p.text])}
                (bound if self.pieces[i - 1].text in ("sum", "∑") else found).update(letters)
            i += 1
        return found - bound

    def _depth_of(self, i: int) -> int:
        r"""How a piece changes the depth of brackets; \left\| and \right\| count as brackets do."""
        piece = self.pieces[i]
        if piece.kind == "op":
            return {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(piece.text, 0)
        if piece.kind == "command" and piece.text in SIZES and self.pieces[i + 1].text not in ("(", "[", ")", "]"):
            return 1 if SIZES[piece.text] == "left" else -1
        return 0

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
