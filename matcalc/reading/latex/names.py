r"""Names in LaTeX: a letter, a word set upright or a Greek command, with fonts, accents and subscripts around it.

A font is not part of a name, an accent is: \mathbf{x} is x, \hat{y} is y_hat, but a calligraphic letter is told apart from a plain one
of the same text: L_cal. Subscripts follow an underscore: W_{hh} is W_hh, x_{k+1} x_kp1, P_{k|k-1} P_k_km1.
Of the names that are known, W1 and W_1 look alike; the one that is known is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from matcalc.errors import ParseError, Span
from matcalc.reading.grammar.tokens import BOLD_ONE, Known
from matcalc.reading.latex.scan import ACCENTS, ARROWS, CONJUGATING, FONTS, GREEK, LINE, LINES, UPRIGHT, Piece

MAX_NESTING: Final = 8
# The fonts that make another letter where the plain one stands too, and what its name ends with.
_SCRIPTS: Final = {"calligraphic": "cal", "fraktur": "frak"}
# What a sign in a subscript is in a name: x_{k+1} is x_kp1.
_SHIFTS: Final = {"+": "p", "-": "m"}
# The words of a subscript that have a command, as in \lambda_{\max}.
_EXTREMES: Final = frozenset({"max", "min"})
_BETWEEN: Final = (",", "_", "{", "}", "|", "mid", "vert")
_UNICODE_BOLD: Final = {"𝟏": BOLD_ONE, "𝟙": BOLD_ONE}


@dataclass(frozen=True, slots=True)
class Named:
    """A name without its subscripts; `after` is the piece that follows, `upright` tells that it is set as a word."""

    text: str
    font: str
    start: int
    after: int
    upright: bool = False


@dataclass(frozen=True, slots=True)
class Subscript:
    """The pieces of a subscript and of the commas in it; `after` is the piece that follows."""

    low: int
    high: int
    after: int
    span: Span


class Names:
    """Reads names and subscripts from pieces."""

    def __init__(self, pieces: list[Piece], partners: dict[int, int], source: str, known: Known, is_complex: bool = False) -> None:
        self.is_complex = is_complex
        self.pieces = pieces
        self.partners = partners
        self.source = source
        self.known = known
        self.indices: set[str] = set()

    @cached_property
    def has_arrows(self) -> bool:
        r"""Whether \vec is an arrow here, as it is on a letter in lower case; before others it could be the operator."""
        vectors = [i for i, p in enumerate(self.pieces) if p.kind == "command" and p.text in ARROWS]
        named = [self.name_at(self.argument(i + 1)[0]) for i in vectors]
        return any(n is not None and n.text[0].islower() for n in named)

    @cached_property
    def plain(self) -> set[str]:
        """The letters that are set in no calligraphic font."""
        found, inside = set(), -1
        for i, piece in enumerate(self.pieces):
            if piece.kind == "command" and FONTS.get(piece.text) in _SCRIPTS:
                inside = self.argument(i + 1)[1] - 1
            elif piece.kind == "letter" and i > inside:
                found.add(piece.text)
        return found

    @cached_property
    def factors(self) -> set[str]:
        """The letters that stand somewhere by themselves, outside of subscripts."""
        pieces, found = self.pieces, set()
        for before, piece, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
            if piece.kind == "letter" and not piece.glued and not after.glued and before.text not in ("_", "{"):
                found.add(piece.text)
        return found

    def fail(self, message: str, span: Span, hint: str | None = None) -> ParseError:
        return ParseError(message, (span[0], max(span[1], span[0] + 1)), self.source, hint)

    # ---------------------------------------------------------------------------------------------- names

    def name_at(self, i: int, depth: int = 0) -> Named | None:
        """The name that begins at piece i, if one does."""
        piece = self.pieces[i]
        if piece.kind in ("letter", "word") and piece.text != "where":
            return Named(piece.text, "", piece.start, i + 1)
        if piece.kind == "one":
            return Named(_UNICODE_BOLD[piece.text], "", piece.start, i + 1)
        if piece.kind != "command" or depth > MAX_NESTING:
            return None
        if piece.text in GREEK:
            return Named(GREEK[piece.text], "", piece.start, i + 1)
        if piece.text in FONTS:
            return self._in_font(i, depth)
        return self._accented(i, depth) if piece.text in ACCENTS or piece.text in ARROWS | LINES else None

    def argument(self, i: int) -> tuple[int, int, int]:
        """What a command at i - 1 applies to: the pieces from .. to .., and the piece that follows."""
        i = min(i, len(self.pieces) - 1)
        if self.pieces[i].text == "{" and i in self.partners:
            return i + 1, self.partners[i], self.partners[i] + 1
        after = i + (self.pieces[i].kind != "end")
        return i, after, after

    def _in_font(self, i: int, depth: int) -> Named | None:
        command = self.pieces[i].text
        low, high, after = self.argument(i + 1)
        if low >= high or self.pieces[low].kind == "end":
            return None
        start, inside = self.pieces[i].start, self.pieces[low:high]
        if len(inside) == 1 and inside[0].text in ("1", "0") and FONTS[command] in ("bold", "blackboard"):
            return Named(BOLD_ONE if inside[0].text == "1" else "𝟎", "bold", start, after)
        if command in UPRIGHT and all(p.kind in ("letter", "word", "number") for p in inside):
            return Named(self.source[inside[0].start : inside[-1].end].strip(), "", start, after, True)
        found = self.name_at(low, depth + 1)
        if found is None or found.after != high:
            return None
        script = f"{found.text}_{_SCRIPTS[FONTS[command]]}" if FONTS[command] in _SCRIPTS else ""
        if script and (found.text in self.plain or script in self.known.kinds):
            return Named(script, "", start, after)
        return Named(found.text, found.font if found.font == LINE else FONTS[command] or found.font, start, after, found.upright)

    def _accented(self, i: int, depth: int) -> Named | None:
        command = self.pieces[i].text
        low, high, after = self.argument(i + 1)
        if command in ARROWS and high == low + 1 and self.pieces[low].text in ("1", "0"):
            return Named(BOLD_ONE if self.pieces[low].text == "1" else "𝟎", "bold", self.pieces[i].start, after)
        found = self.name_at(low, depth + 1) if low < high else None
        if found is None or found.after != high:
            return None
        if command in CONJUGATING and self.is_complex and not self.known.spellings(f"{found.text}_bar"):
            return None
        if command in LINES:
            return Named(found.text, LINE, self.pieces[i].start, after)
        if command in ARROWS:
            if command == "vec" and not found.text[0].islower() and not self.has_arrows:
                return None
            return Named(found.text, "arrow", self.pieces[i].start, after)
        return Named(f"{found.text}_{ACCENTS[command]}", found.font, self.pieces[i].start, after)

    # ----------------------------------------------------------------------------------------- subscripts

    def subscript_at(self, i: int) -> Subscript | None:
        """The subscript whose underscore is at piece i, if one is; digits lowered by their own signs count too."""
        piece = self.pieces[i]
        if piece.kind == "sub":
            return Subscript(i, i + 1, i + 1, (piece.start, piece.end))
        if piece.text != "_" or piece.kind != "op":
            return None
        low, high, after = self.argument(i + 1)
        first = self.pieces[low]
        span = (piece.start, self.pieces[after - 1].end)
        if self.pieces[i + 1].text != "{":
            if first.kind == "command" and first.text in FONTS:
                found = self.name_at(low)
                high = after = found.after if found is not None else high
            elif first.kind == "number" and len(first.text) > 1 or first.kind == "letter" and self._runs_on(low):
                run = self._run(low)
                hint = f"write _{{{run}}} for a subscript, or a space where it ends"
                raise self.fail(f"where the subscript {run} ends is not clear", (piece.start, first.end), hint)
            elif first.text in self.indices and self.pieces[high].glued and self.pieces[high].text in self.indices:
                high = after = high + 1
        return Subscript(low, high, after, span)

    def _runs_on(self, i: int) -> bool:
        """Whether the letter at piece i is followed by another at once, and is no index of a sum; S_Bw ends at B where w is a factor."""
        ends = self.pieces[i + 1].text in self.factors and not self.pieces[min(i + 2, len(self.pieces) - 1)].glued
        return self.pieces[i + 1].glued and self.pieces[i].text not in self.indices and not ends

    def _run(self, i: int) -> str:
        end = i + 1
        while self.pieces[end].glued:
            end += 1
        return self.source[self.pieces[i].start : self.pieces[end - 1].end]

    def items(self, subscript: Subscript) -> list[list[Piece]]:
        """The pieces between the commas of a subscript."""
        items: list[list[Piece]] = [[]]
        for piece in self.pieces[subscript.low : subscript.high]:
            if piece.text == ",":
                items.append([])
            else:
                items[-1].append(piece)
        return items

    def words(self, subscript: Subscript) -> list[str] | None:
        """The words of a subscript that is part of a name: hh, 1, z and 1 of z_{1}, kp1 of k+1; None where it is none."""
        words: list[str] = []
        i, joined, shifted = subscript.low, False, False
        while i < subscript.high:
            piece = self.pieces[i]
            found = None if piece.kind in ("number", "sub") else self.name_at(i)
            if piece.kind in ("number", "sub"):
                text, after = piece.text, i + 1
            elif found is not None:
                text, after = found.text, found.after
            elif piece.kind == "command" and piece.text in _EXTREMES:
                text, after = piece.text, i + 1
            elif piece.text in _BETWEEN:
                i, joined = i + 1, False
                continue
            elif piece.text in _SHIFTS and words and i + 1 < subscript.high:
                words[-1] += _SHIFTS[piece.text]
                i, joined, shifted = i + 1, True, True
                continue
            else:
                return None
            touching = joined and (shifted or piece.start == self.pieces[i - 1].end)
            if joined and not touching or not text.replace("_", "").isalnum():
                return None
            words[len(words) - 1 :] = [words[-1] + text] if touching else [*words[-1:], text]
            i, joined, shifted = after, True, False
        return words or None

    def resolve(self, text: str, span: Span) -> str:
        """The name that is known where one looks like this."""
        spellings = self.known.spellings(text)
        if text in spellings and len(spellings) == 1 or not spellings:
            return text
        if len(spellings) > 1:
            listed = " and ".join(sorted(spellings))
            raise self.fail(f"{listed} look alike in LaTeX", span, "write the request in the plain notation, or rename one")
        return spellings[0]
