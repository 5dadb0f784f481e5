"""Letters side by side: x'Ax is x'*A*x where A and x are names of the request, and x^Ty is x^T*y.

A name stays whole where it is declared, defined, differentiated by or known as a function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import field, replace
from typing import Final

from matcalc.errors import ParseError
from matcalc.reading.grammar.tokens import ACTIVATIONS, EULER, FUNCTIONS, GREEK_NAMES, Token
from matcalc.reading.notes import SPELLING, Note
from matcalc.records import dataclass

_WORD: Final = re.compile("[a-z]{3}")
MAX_LETTERS: Final = 16
SIGMOID: Final = "sigmoid"
_SIGMA: Final = frozenset({"sigma", "σ"})
_LETTER: Final = re.compile(r"[^\W\d_](?:_?[0-9]+)?")
_LETTERS: Final = re.compile(rf"(?:{_LETTER.pattern})+")
# Letters of coefficients, which may stand before a matrix; another one there is a column without its transpose.
_COEFFICIENTS: Final = frozenset("cijklmnpqrst")
# Exponents with which a name may be run together.
_TURNING: Final = ("T", "H")
_BARS_BELOW: Final = frozenset({"/", "./"})


@dataclass(frozen=True)
class Letters:
    """What the names of a request are: those that stay whole, the functions, and those that may be factors.

    `varying` are the variables of differentiation; in a text of code, where names are long, they alone split no name.
    """

    whole: Collection[str]
    is_function: Callable[[str], bool]
    varying: Collection[str] = ()
    is_code: bool = False
    factors: frozenset[str] = field(default=frozenset())

    def with_factors(self, tokens: Iterable[Token]) -> Letters:
        """The same with the letters that stand somewhere by themselves as factors."""
        seen = {t.text for t in tokens if t.kind == "name" and (_LETTER.fullmatch(t.text) or t.text in GREEK_NAMES)}
        factors = frozenset(n for n in {*self.whole, *self.varying, *seen} if n.isalpha() or _LETTER.fullmatch(n))
        return replace(self, factors=factors)

    def parts(self, name: str) -> list[str]:
        """The factors that a name holds, or itself where it is one."""
        if not self._may_split(name):
            return [name]
        found = self._segments(name, alone=False)
        if found or self.is_code:
            return found or [name]
        loose = self._segments(name, alone=True)
        holds_variable = any(part in self.varying for part in loose)
        return loose if holds_variable and not self._is_word(loose) else [name]

    def _is_word(self, parts: Sequence[str]) -> bool:
        """Whether letters that are nowhere else make a word, as in tax, or an ending of a name that is spelt out, as in betas."""
        if any(len(part) > 1 for part in parts):
            return any(part not in self.factors and part.islower() for part in parts)
        return _WORD.search("".join(parts)) is not None

    def _may_split(self, name: str) -> bool:
        if not 2 <= len(name) <= MAX_LETTERS or not _LETTERS.fullmatch(name):
            return False
        if name in self.whole or name in self.varying or self.is_function(name):
            return False
        if name in GREEK_NAMES or name.lower() in GREEK_NAMES or name[0] == "d" and name[1:] in self.varying:
            return False
        ends = [name[:k] for k in range(2, len(name))] + [name[k:] for k in range(1, len(name) - 1)]
        return not any(map(self.is_function, ends))

    def _segments(self, name: str, alone: bool) -> list[str]:
        """A name as factors, the longest first; `alone` lets a letter that is nowhere else be one. None of what is no product."""
        parts: list[str] = []
        at = 0
        while at < len(name):
            letter = _LETTER.match(name, at)
            if letter is None:
                return []
            end = next((e for e in range(len(name), at, -1) if name[at:e] in self.factors), letter.end())
            if name[at:end] not in self.factors and not alone:
                return []
            parts.append(name[at:end])
            at = end
        return parts


def separated(tokens: Sequence[Token], letters: Letters, source: str) -> tuple[list[Token], list[Note]]:
    """The tokens with the names split that hold several, and what was read so.

    Raises ParseError where such a name stands below a bar, which may belong to its first letter alone.
    """
    made: list[Token] = []
    told: list[Note] = []
    for t in tokens:
        if t.kind != "name" or len(t.text) < 2 or len(t.text) != t.end - t.start:
            made.append(t)
            continue
        parts = _read_as(t, made, letters)
        if len(parts) == 1:
            made.append(t)
            continue
        if made and made[-1].text in _BARS_BELOW:
            _refuse_below_bar(t, parts, source)
        if parts[0] not in _TURNING and _is_exponent(made):
            _refuse_exponent(t.start, t, "*".join(parts), source)
        _refuse_transposes(t, parts, letters, source, is_raised=bool(made) and made[-1].text == "^")
        at = t.start
        for part in parts:
            made.append(Token("name", part, at, at + len(part)))
            at += len(part)
        told.append(_note(t, parts, made[-len(parts) - 1] if len(made) > len(parts) else None))
    return made, list(dict.fromkeys(told))


def _read_as(t: Token, before: Sequence[Token], letters: Letters) -> list[str]:
    """The factors of a name; behind ^, a T in front is the transpose, and an H the conjugate transpose, also where it is a name."""
    raised = bool(before) and before[-1].text == "^" and before[-1].end == t.start
    is_sign = t.text[0] == "H" or t.text[0] == "T" and "T" not in letters.factors
    if raised and is_sign and t.text not in letters.whole:
        return [t.text[0], *letters.parts(t.text[1:])]
    return letters.parts(t.text)


def _note(t: Token, parts: Sequence[str], before: Token | None) -> Note:
    if before is not None and before.text == "^" and parts[0] in _TURNING:
        return Note(f"^{t.text} is read as ^{parts[0]}*{'*'.join(parts[1:])}", SPELLING, tuple(parts[1:]))
    return Note(f"{t.text} is read as {'*'.join(parts)}", SPELLING, tuple(parts))


def _refuse_below_bar(t: Token, parts: Sequence[str], source: str) -> None:
    product = "*".join(parts)
    both = [f"{source[: t.start]}{text}{source[t.end :]}" for text in (f"({product})", product)]
    told = f"whether {t.text} is below the bar as a whole is not clear"
    raise ParseError(told, (t.start, t.end), source, f"write {both[0]} or {both[1]}")


def _is_exponent(before: Sequence[Token]) -> bool:
    """Whether what follows these tokens is an exponent, perhaps with a sign."""
    last = [t.text for t in before[-2:]]
    return last[-1:] in (["^"], [".^"]) or last in (["^", "-"], [".^", "-"])


def _refuse_exponent(start: int, last: Token, product: str, source: str) -> None:
    """e^2x and e^xy could have all of it for their exponent, or its first factor."""
    both = [f"{source[:start]}{text}{source[last.end :]}" for text in (f"({product})", product)]
    told = f"where the exponent {source[start : last.end]} ends is not clear"
    raise ParseError(told, (start, last.end), source, f"write {both[0]} or {both[1]}")


def _refuse_transposes(t: Token, parts: Sequence[str], letters: Letters, source: str, is_raised: bool) -> None:
    """XTX and XtX are hardly products with a T, nor xAx one of a column and a matrix: a transpose is missing."""
    parts = parts[1:] if is_raised and parts[0] in _TURNING else parts
    turned = next((k for k, part in enumerate(parts) if k and part in ("T", "t") and part not in letters.factors), None)
    if turned is not None:
        meant = "*".join([*parts[: turned - 1], f"{parts[turned - 1]}^T", *parts[turned + 1 :]])
    else:
        bare = next((k for k, part in enumerate(parts[:-1]) if _is_column(part, letters) and parts[k + 1][0].isupper()), None)
        if bare is None:
            return
        meant = "*".join([*parts[:bare], f"{parts[bare]}^T", *parts[bare + 1 :]])
    fitting = (meant, "*".join(parts)) if turned is not None else (meant,)
    told = f"{t.text} could be {meant} or {'*'.join(parts)}"
    hint = " or ".join(f"{source[: t.start]}{text}{source[t.end :]}" for text in fitting)
    raise ParseError(told, (t.start, t.end), source, f"write {hint}")


def _is_column(name: str, letters: Letters) -> bool:
    """Whether a letter of which nothing is declared is one of columns."""
    return name.isascii() and name[0].islower() and name[0] not in _COEFFICIENTS and name not in letters.whole and name not in GREEK_NAMES


def with_constants(
    tokens: Sequence[Token], is_taken: Callable[[str], bool], alone: Collection[str], source: str, is_chain: bool = False
) -> tuple[list[Token], list[Note]]:
    """The tokens with Euler's number for the e of e^x and the logistic function for the sigma of sigma(z), and what was read so.

    A name that `is_taken` is what it was said to be; in a chain of definitions sigma is any function. `alone` are the names
    of the request that stand without an exponent or argument; ParseError is raised for e or sigma among them.
    """
    made, told = list(tokens), dict[Note, None]()
    for k, t in enumerate(tokens):
        if t.text == "e" and _is_base(tokens, k) and not is_taken("e"):
            name, meant = EULER, "the exponential"
        elif t.text in _SIGMA and _is_applied(tokens, k) and not (is_chain or is_taken(t.text)):
            name, meant = SIGMOID, "the logistic function"
            told[Note(f"{t.text} is the logistic sigmoid", SPELLING, (t.text,))] = None
        else:
            continue
        if t.text in alone:
            hint = f"declare {t.text}, or write {'exp' if name == EULER else name}(...)"
            raise ParseError(f"{t.text} is a name elsewhere, so it is not clear that this is {meant}", (t.start, t.end), source, hint)
        if name == EULER:
            _check_exponent(tokens, k, source)
        made[k] = t._replace(text=name)
    return made, list(told)


def _check_exponent(tokens: Sequence[Token], k: int, source: str) -> None:
    """Refuse e^2x, in which e is at k."""
    at = next((i for i in range(k + 1, min(k + 4, len(tokens))) if tokens[i].kind == "number"), len(tokens))
    signs = [t.text for t in tokens[k + 1 : at]]
    if signs in (["^"], ["^", "-"]) and at + 1 < len(tokens):
        number, following = tokens[at : at + 2]
        if following.kind == "name" and following.start == number.end:
            _refuse_exponent(number.start, following, f"{number.text}*{following.text}", source)


def refuse_primes(tokens: Sequence[Token], is_taken: Callable[[str], bool], source: str) -> None:
    """f'(x) of an f that is not declared could be a derivative or a product with a transpose: neither is guessed."""
    for k, t in enumerate(tokens):
        if t.text not in FUNCTIONS or is_taken(t.text):
            continue
        end = k + 1
        while end < len(tokens) and tokens[end].text == "'":
            end += 1
        inside = [u.text for u in tokens[end : end + 3]]
        is_call = inside[:1] == ["("] and (inside[2:] == [")"] or t.text in ACTIVATIONS)
        if end > k + 1 and is_call and tokens[end].start == tokens[end - 1].end:
            told = f"{source[t.start : tokens[end].end]}...) could be a derivative of {t.text} or a product with its transpose"
            hint = f"declare it, '{t.text}: elementwise' or '{t.text}: n'; for a product write {t.text}'*(...)"
            raise ParseError(told, (t.start, tokens[end].end), source, hint)


def alone(tokens: Sequence[Token]) -> set[str]:
    """Which of e and sigma stand somewhere without an exponent or an argument."""
    at_e = {t.text for k, t in enumerate(tokens) if t.text == "e" and t.kind == "name" and not _is_base(tokens, k)}
    return at_e | {t.text for k, t in enumerate(tokens) if t.text in _SIGMA and not _is_applied(tokens, k)}


def _is_base(tokens: Sequence[Token], k: int) -> bool:
    """Whether the name at k stands below an exponent written ^ or raised, which is no transpose."""
    after = tokens[k + 1 : k + 4]
    if not after or after[0].kind == "sup":
        return bool(after) and "T" not in after[0].text
    exponent = [t.text for t in after[1:] if t.text not in ("{", "-")]
    return after[0].text == "^" and after[0].end - after[0].start == 1 and exponent[:1] != ["T"]


def _is_applied(tokens: Sequence[Token], k: int) -> bool:
    """Whether a parenthesis opens directly behind the name at k."""
    return k + 1 < len(tokens) and tokens[k + 1].text == "(" and tokens[k + 1].start == tokens[k].end
