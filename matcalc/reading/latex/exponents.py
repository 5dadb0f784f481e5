r"""Exponents in LaTeX: transposes, inverses, roots, primes, powers and powers of entries."""

from __future__ import annotations

import re
from typing import Final

from matcalc.errors import Span
from matcalc.reading.grammar.tokens import Token
from matcalc.reading.latex.brackets import Brackets
from matcalc.reading.latex.names import Subscript
from matcalc.reading.latex.scan import FONTS, Piece
from matcalc.reading.latex.state import is_function

TRANSPOSES: Final = frozenset({"T", "top", "intercal", "mathsf T"})
ADJOINTS: Final = frozenset({"H", "mathsf H"})
STARS: Final = frozenset({"*", "ast", "star"})
CONJUGATES: Final = frozenset({*STARS, *ADJOINTS, "dagger"})
# What else the signs are, and how to tell.
_DAGGER: Final = (" or the pseudo-inverse", "write ^{H} for the conjugate transpose, ^{+} for the pseudo-inverse")
_STAR: Final = (
    ", a conjugate or a mark",
    r"write ^{H} for the conjugate transpose, \overline{...} beside z \in \mathbb{C} for the conjugate, _{\star} for a mark",
)


class Exponents(Brackets):
    """Reads what stands above an operand."""

    def _superscript(self, piece: Piece) -> None:
        low, high, after = self.names.argument(self.i + 1)
        if self._lowers(after) and self.out and self.out[-1].text in ("|", "||"):
            self._norm_subscript(after)
        span = (piece.start, self.pieces[max(after - 1, self.i)].end)
        if self._no_operand():
            raise self.fail("this exponent belongs to nothing", span)
        if self._belongs_to_function() and not re.fullmatch(r"'+|\([0-9]\)", self._exponent_text(low, high)):
            raise self.fail("this exponent of a function is not clear", span, "write the exponent after the argument")
        if self._label_above(low, high, after, span):
            return
        if self.entry_ends == len(self.out):
            self._check_exponent_of_entry(low, high, after, span)
        if self._mark_above(low, high, after, span) or self._simple_exponent(low, high, after, span):
            return
        if self.pieces[self.i + 1].text == "{":
            self._braced_exponent(piece, low, high)
        else:
            self._short_exponent(piece, span)

    def _label_above(self, low: int, high: int, after: int, span: Span) -> bool:
        r"""x^{(i)} and x^{(i)}_j under a sum over i are x_i and x_{ij}; x^{(i)\top} is the transpose of the first."""
        texts = [p.text for p in self.pieces[low:high]]
        bound = {label for frame in self.frames for label in frame.sizes}
        if texts[:1] + texts[2:3] not in (["(", ")"], ["[", "]"]) or texts[1] not in bound or texts[3:] not in ([], ["T"], ["top"]):
            return False
        if self.entry_ends == len(self.out) and self.out[-1].text == "]":
            opening = max(k for k, t in enumerate(self.out[-4:], len(self.out) - len(self.out[-4:])) if t.text == "[")
            self.out[opening + 1 : opening + 1] = [Token("name", texts[1], *span), Token("op", ",", *span)]
            self.entry_ends, self.entry_axes = len(self.out), self.entry_axes + 1
        else:
            self._emit_index("name", [texts[1]], span)
        if texts[3:]:
            self.emit("sup", "T", span)
        self.i = after
        return True

    def _check_exponent_of_entry(self, low: int, high: int, after: int, span: Span) -> None:
        """A_{1,2}^{-1} could be a power of the entry or an entry of the inverse; a square of an entry is one."""
        is_behind = after in self.skipped
        is_square = self._exponent_text(low, high).isdigit()
        if is_behind and (self.entry_axes > 1 or not is_square) or self.entry_axes > 1 and not is_square:
            told = "this exponent could be of the entry or of the whole array"
            raise self.fail(told, span, "write parentheses: (A^{-1})_{1,2} or (A_{1,2})^{-1}")

    def _no_operand(self) -> bool:
        if len(self.out) <= self.frames[-1].at:
            return True
        return self.out[-1].kind == "op" and self._is_applied(self.out[-1]) and self.out[-1].text not in ("∇", "∂")

    def _belongs_to_function(self) -> bool:
        return self.out[-1].kind == "name" and self._is_a_function(self.out[-1].text)

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
            if text not in ("-1", "-T", "-top", "-mathsf T", "-H", "-mathsf H"):
                return False
        if not self._emit_exponent(text, (span[0], self.pieces[after - 1].end)):
            return False
        self.i = after
        return True

    def _mark_above(self, low: int, high: int, after: int, span: Span) -> bool:
        r"""W^{(2)} and W^{[2]} are the name W_2, and W^{(2)\top} its transpose; f^{(4)}(x) is a derivative of a function."""
        name, found = self.out[-1], self._words_in(low, high, span)
        if found is None or name.kind != "name" or self.atom != len(self.out) - 1 or self.known.kinds.get(name.text) == "function":
            return False
        words, closing = found
        turned = self._exponent_text(closing + 1, high)
        if turned not in ("", *TRANSPOSES):
            return False
        marked = self.names.resolve("_".join([name.text, *words]), span)
        if self.bare.get(name.text) == (name.start, name.end):
            del self.bare[name.text]
        self.marked.setdefault(marked, (name.start, span[1]))
        self.out[-1] = name._replace(text=marked, end=span[1])
        if turned:
            self.emit("sup", "T", span)
        self.i = after
        return True

    def _words_in(self, low: int, high: int, span: Span) -> tuple[list[str], int] | None:
        """What a number or letters in brackets above a name add to it, and the piece that closes the brackets."""
        closing = self.partners.get(low, high) if self.pieces[low].text in ("(", "[") else high
        words = self.names.words(Subscript(low + 1, closing, closing, span)) if closing < high else None
        return (words, closing) if words is not None and words != ["T"] else None

    def _words_above(self, i: int) -> tuple[list[str], int] | None:
        """The same of an exponent whose sign is at piece i, and the piece that follows it."""
        if self.pieces[i].text != "^":
            return None
        low, high, after = self.names.argument(i + 1)
        found = self._words_in(low, high, (self.pieces[i].start, self.pieces[after - 1].end))
        return (found[0], after) if found is not None and found[1] + 1 == high else None

    def _numbered(self, text: str, span: Span) -> None:
        """f^{(4)}(x) is a derivative of an unknown function; (A*B)^{(1)} could be anything."""
        name = self.out[-1]
        if not text[1].isdigit() or name.kind != "name" or self.known.kinds.get(name.text) != "function":
            told = f"{self.source[name.start : span[1]]} could be a power or a name of its own"
            raise self.fail(told, span, f"write the number below, {self.source[name.start : name.end]}_{{{text[1]}}}")
        self.out += [Token("op", "'", name.end, span[1])] + [Token("op", "'", span[1], span[1])] * (int(text[1]) - 1)

    def _refuse_ambiguous(self, text: str, span: Span) -> None:
        if text in STARS | {"dagger"} and not self.is_complex:
            what, hint = _DAGGER if text == "dagger" else _STAR
            raise self.fail(f"this exponent could be a conjugate transpose{what}", span, hint)
        if re.fullmatch("-?[0-9]+T", text) and "T" not in self.known.kinds:
            raise self.fail("this exponent could be transposed or a product with T", span, r"write (A^{k})^\top, or declare T")

    def _is_number(self) -> bool:
        """Whether a norm or a determinant ends here, whose root is that of a number."""
        return self.out[-1].text in ("|", "||") or self.out[-1].kind == "sub"

    def _emit_exponent(self, text: str, span: Span) -> bool:
        self._refuse_ambiguous(text, span)
        if (turned := _turned(text)) is not None:
            self.emit("sup", turned, span)
        elif text.strip("'") == "" and text:
            self.out += [Token("op", "'", *span)] + [Token("op", "'", span[1], span[1])] * (len(text) - 1)
        elif text == "+":
            self._wrap("pinv", span)
        elif text in ("1/2", "-1/2") and not self._is_number():
            self._wrap("sqrtm", span)
            if text[0] == "-":
                self.emit("sup", "-1", span)
        elif text.isdigit() or text == "-1":
            if len(text) > 1 and text.isdigit() and self.pieces[self.i + 1].text != "{":
                raise self.fail(f"where the exponent {text} ends is not clear", span, f"write ^{{{text}}}")
            self.emit("sup", text, span)
        elif re.fullmatch(r"\([0-9A-Za-z]\)|\[[0-9A-Za-z]\]", text) and not (text == "(T)" and "T" in self.known.kinds):
            self._numbered(text, span)
        else:
            return False
        return True

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

    def _order_before_name(self, i: int) -> tuple[int, int]:
        r"""The order 2 of \nabla^{2} f and \mathrm{D}^{2}h, whose exponent is at piece i, or 1, and where what follows begins."""
        low, high, after = self.names.argument(i + 1) if self.pieces[i].text == "^" else (0, 0, i)
        return (2, after) if self._exponent_text(low, high) == "2" else (1, i)

    def _order_of(self, piece: Piece) -> None:
        """The order of a derivative that stands above the variable."""
        low, high, after = self.names.argument(self.i + 1)
        digits = self._exponent_text(low, high)
        if not digits.isdigit():
            raise self.fail("the order of a derivative is a number", (self.pieces[self.i].start, self.pieces[after - 1].end))
        self.emit("sup", digits, (self.pieces[self.i].start, self.pieces[after - 1].end))
        self.i = self.skipped.pop(after, after)

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
        if following.kind not in ("letter", "command", "word") or self.names.name_at(self.i) is None or is_function(following.text):
            raise self.fail("this exponent is not read", span, "write it in braces")
        self._single(following, self.i)


def _turned(text: str) -> str | None:
    """The exponents T, -T, H, -H and * in the spelling of the plain notation; None of any other."""
    above = text.removeprefix("-")
    sign = text[: len(text) - len(above)]
    if above in TRANSPOSES:
        return f"{sign}T"
    if above in ADJOINTS or above == "dagger":
        return f"{sign}H"
    return "*" if text in STARS else None
