r"""The words of a problem: `argmin_w F s.t. A*w = b`, `\min_{x} F`, `minimise F over w subject to ...`.

A problem is cut into pieces of its text: what is sought, the unknowns, the function, the constraints, and what is said of the names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from typing import Final

from matcalc.errors import ParseError, Span, UsageError
from matcalc.records import dataclass

NAME: Final = r"(?:\\?[A-Za-zΑ-ωϑϕϵ](?:[A-Za-z0-9]|_\{?[A-Za-z0-9]+\}?)*|\\(?:mathbf|boldsymbol|bm|hat|vec)\s*\{[^{}]+\})"
SPACE: Final = r"(?:\s|~|\\[,;:! ]|\\q?quad(?![A-Za-z])|&)*"
_WORD: Final = rf"(?:arg{SPACE})?(?:min(?:imi[sz]e|imum)?|max(?:imi[sz]e|imum)?)|stationary(?:\s+points?)?|extremi[sz]e"
_GOAL: Final = (
    rf"(?:\\arg{SPACE})?(?:\\(?P<command>arg(?:min|max)|min|max)(?![A-Za-z])"
    rf"|\\(?:operatorname|mathop|mathrm|text|textrm|mbox)\*?{SPACE}\{{{SPACE}(?:\\rm{SPACE})?(?:\\?arg{SPACE})?\\?"
    rf"(?P<wrapped>{_WORD}){SPACE}\}}"
    rf"|(?P<word>{_WORD})(?![A-Za-z]))(?:\\limits)?"
)
_LEAD: Final = rf"(?:(?:find|solve|compute)\s+)?(?:the\s+)?(?:[^=()]{{1,40}}?(?::=|=|\\in(?![A-Za-z])){SPACE})?"
_FRONT: Final = re.compile(rf"{SPACE}{_LEAD}{_GOAL}", re.IGNORECASE)
_BRACED: Final = r"[^{}]*(?:\{[^{}]*\}[^{}]*)*"
_UNDER: Final = re.compile(rf"{SPACE}{_LEAD}\\underset{SPACE}\{{(?P<names>{_BRACED})\}}{SPACE}\{{{SPACE}{_GOAL}{SPACE}\}}", re.IGNORECASE)
_BELOW: Final = re.compile(rf"{SPACE}_{SPACE}(?:\{{(?P<braced>[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}|(?P<bare>{NAME}))")
_OVER_FRONT: Final = re.compile(rf"\s+(?:over|in)\s+(?P<names>{NAME}(?:\s*,\s*{NAME})*)\s*(?::|\bof\b|\bthe\b)", re.IGNORECASE)
_OVER: Final = re.compile(
    r"\s(?:over(?:\s+all)?|with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|\\text\s*\{\s*over\s*\})\s*(?P<names>[^;]*?)\s*$", re.IGNORECASE
)
_SUBJECT: Final = re.compile(
    rf"[,;]?{SPACE}(?:\\\\)?{SPACE}(?:\\(?:text|mathrm|textrm|mbox|operatorname|rm)\*?\s*\{{\s*)?(?<![A-Za-z])(?:s\.\s?t\.|subject\s+to|such\s+that"
    rf"|under(?:\s+the)?\s+constraints?)(?:\s*\}})?:?{SPACE}",
    re.IGNORECASE,
)
_WHERE: Final = re.compile(r"(?<![\w\\])where(?!\w)|\\text\s*\{\s*where\s*\}|;|\n")
_EXPONENT: Final = re.compile(r"\^\s*(?:\{[^{}]*\}|\\?\w+)|'")
_MARKS: Final = re.compile(r"\$+|\\[\[\]]|\\(?:begin|end)\s*\{[a-z]*\*?\}")
_RELATION: Final = re.compile(r"\\in(?![a-z])|[∈≻⪰≽<>≥≤≠]|\\(?:succ|prec|g[et]|le|ne)")
_INEQUALITY: Final = re.compile(r"[<≤≥]|>=|\\(?:leq?|geq?|lt|preceq?|succeq)(?![A-Za-z])")
_TRANSPOSE: Final = r"(?:'|\^\{?\s*(?:T|\\top|\\intercal)\s*\}?|ᵀ|⊤|\.T)"
_OWN_TRANSPOSE: Final = re.compile(rf"{SPACE}(?P<name>{NAME}){SPACE}={SPACE}(?P=name){SPACE}{_TRANSPOSE}{SPACE}$")
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
VERBS: Final = {"min": "minimise", "max": "maximise", "stationary": "solve"}
HINT: Final = "write argmin_w F s.t. A*w = b, or minimise F over w"


@dataclass(frozen=True)
class Piece:
    """A part of the text, which begins there."""

    text: str
    start: int

    @property
    def span(self) -> Span:
        return self.start, self.start + max(1, len(self.text))


@dataclass(frozen=True)
class Phrase:
    """A problem cut into pieces; `said` is what is told of the names, in words or relations."""

    goal: str
    names: tuple[str, ...]
    function: Piece
    constraints: tuple[tuple[Piece, Piece], ...] = ()
    said: tuple[Piece, ...] = field(default=())


def cut(text: str, over: str | None = None) -> Phrase:
    """The pieces of a problem; `over` names the unknowns where the text does not.

    Raises ParseError, pointing into the text.
    """
    plain = _MARKS.sub(lambda m: " " * len(m[0]), text)
    goal, named, start = _front(plain, text)
    where = _WHERE.search(plain, start)
    end = where.start() if where else len(plain)
    said = [_trimmed(plain, where.end(), len(plain))] if where else []
    subject = _SUBJECT.search(plain, start, end)
    function_end = subject.start() if subject else end
    function_end, named = (function_end, named) if named else _over(plain, start, function_end)
    pieces = _separated(plain, subject.end(), end) if subject else []
    if subject and not pieces:
        raise ParseError("no constraint follows", subject.span(), text, "write s.t. A*w = b, or leave it out")
    if not named and pieces:
        last, names = _over(plain, pieces[-1].start, pieces[-1].start + len(pieces[-1].text))
        named, pieces[-1] = (names, _trimmed(plain, pieces[-1].start, last)) if names else (named, pieces[-1])
    head, *others = _separated(plain, start, function_end) or [Piece("", start)]
    unknowns, more, equations = _names(named, over, text)
    constraints, relations = _constraints([*pieces, *equations], text)
    if not head.text:
        raise ParseError(f"there is nothing to {VERBS[goal]}", (0, len(text)), text, HINT)
    for piece in (head, *(side for equation in constraints for side in equation)):
        _check_brackets(piece, text)
    return Phrase(goal, unknowns, head, constraints, (*others, *more, *relations, *said))


def _check_brackets(piece: Piece, text: str) -> None:
    """Refuse a bracket without its other half: in the whole, another one would be blamed."""
    opened: list[int] = []
    for k, c in enumerate(piece.text):
        if piece.text[k - 1 : k] == "\\":
            continue
        if c in _OPENING:
            opened.append(k)
        elif c in _OPENING.values() and (not opened or _OPENING[piece.text[opened.pop()]] != c):
            at = piece.start + k
            raise ParseError(f"this {c!r} closes nothing", (at, at + 1), text, f"leave out {c!r}")
    if opened:
        at = piece.start + opened[-1]
        raise ParseError(f"this {text[at]!r} is never closed", (at, at + 1), text, f"add {_OPENING[text[at]]!r}")


def _front(plain: str, text: str) -> tuple[str, list[Piece], int]:
    """The goal, the unknowns that stand below it, and where the function begins."""
    under = _UNDER.match(plain)
    found = under or _FRONT.match(plain)
    if found is None:
        raise ParseError("this says neither what to minimise nor what to maximise", (0, max(1, len(text))), text, HINT)
    word = (found["command"] or found["wrapped"] or found["word"]).lower()
    goal = "max" if "max" in word else "min" if "min" in word else "stationary"
    if under:
        return goal, [_trimmed(plain, *under.span("names"))], under.end()
    below = _BELOW.match(plain, found.end())
    if below is None:
        below = _OVER_FRONT.match(plain, found.end())
        return (goal, [_trimmed(plain, *below.span("names"))], below.end()) if below else (goal, [], _of(plain, found.end()))
    return goal, [_trimmed(plain, *below.span("braced" if below["braced"] is not None else "bare"))], _of(plain, below.end())


def _of(plain: str, start: int) -> int:
    of = re.compile(rf"{SPACE}(?::|of\b)?{SPACE}").match(plain, start)
    return of.end() if of else start


def _over(plain: str, start: int, end: int) -> tuple[int, list[Piece]]:
    """Where the function ends, and the unknowns that are named behind it."""
    found = _OVER.search(plain[:end], start)
    return (found.start(), [_trimmed(plain, *found.span("names"))]) if found else (end, [])


def _trimmed(plain: str, start: int, end: int) -> Piece:
    part = plain[start:end]
    begins = re.compile(rf"{SPACE}").match(part)
    lead = begins.end() if begins else 0
    kept = re.sub(rf"(?:{SPACE}(?:\\\\)?[.,]?{SPACE})$", "", part[lead:]).rstrip()
    return Piece(kept, start + lead)


def _separated(plain: str, start: int, end: int) -> list[Piece]:
    """The pieces between commas, line breaks and `and`, outside of brackets."""
    pieces, depth, begin, k = [], 0, start, start
    while k < end:
        c = plain[k]
        depth += (c in _OPENING) - (c in _OPENING.values())
        width = 0
        if depth <= 0 and plain[k : k + 2] == "\\\\":
            width = 2
        elif depth <= 0 and c == "," and plain[k - 1 : k] != "\\":
            width = 1
        elif depth <= 0 and (word := re.compile(r"\s(?:and|\\text\s*\{\s*and\s*\})\s").match(plain, k, end)):
            width = len(word[0])
        if width:
            pieces.append(_trimmed(plain, begin, k))
            begin = k + width
        k += max(1, width)
    pieces.append(_trimmed(plain, begin, end))
    return [p for p in pieces if p.text]


def _names(named: Sequence[Piece], over: str | None, text: str) -> tuple[tuple[str, ...], list[Piece], list[Piece]]:
    """The unknowns, and what is said of them where they are named: `X \\succ 0`, and equations: `||u|| = 1`."""
    if not named:
        if over is None:
            raise UsageError("the unknown is missing", (0, max(1, len(text))), text, HINT)
        return tuple(part.strip() for part in over.split(",")), [], []
    names: list[str] = []
    relations: list[Piece] = []
    equations: list[Piece] = []
    for part in _separated(named[0].text, 0, len(named[0].text)):
        if "=" in part.text and not _RELATION.search(part.text):
            equations.append(Piece(part.text, named[0].start + part.start))
            names += _named(part.text)
            continue
        relation = _RELATION.search(part.text)
        names.append((part.text[: relation.start()] if relation else part.text).strip())
        relations += [Piece(part.text, named[0].start + part.start)] if relation else []
    if not names or not all(re.fullmatch(NAME, n) for n in names):
        raise ParseError(f"{named[0].text!r} is no list of unknowns", named[0].span, text, HINT)
    return tuple(names), relations, equations


def _named(equation: str) -> list[str]:
    """The one name in an equation below the goal, as of \\max_{||u|| = 1}; none where there are several."""
    found = list(dict.fromkeys(n for n in re.findall(NAME, _EXPONENT.sub(" ", equation)) if not n.startswith("\\")))
    return found if len(found) == 1 else []


def _constraints(pieces: Sequence[Piece], text: str) -> tuple[tuple[tuple[Piece, Piece], ...], list[Piece]]:
    """The equations among the pieces as their two sides, and what is said of names."""
    equations, said = [], []
    for piece in pieces:
        if _INEQUALITY.search(piece.text):
            hint = "declare a name positive or spd where that is meant; a bound that may be reached is not offered"
            raise UsageError("a constraint is an equation here", piece.span, text, hint)
        at = [k for k in range(len(piece.text)) if piece.text[k] == "="]
        if len(at) != 1 or _RELATION.search(piece.text) or _OWN_TRANSPOSE.match(piece.text):
            said.append(piece)
            continue
        left = Piece(piece.text[: at[0]].rstrip(), piece.start)
        right = _trimmed(piece.text, at[0] + 1, len(piece.text))
        if not left.text or not right.text:
            raise ParseError("an equation has two sides", piece.span, text, HINT)
        equations.append((left, Piece(right.text, piece.start + right.start)))
    return tuple(equations), said
