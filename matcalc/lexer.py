"""Text into tokens: the plain notation, MATLAB's, NumPy's, Unicode's and LaTeX's spellings come out alike."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from matcalc.errors import LimitError, ParseError, Span

MAX_LENGTH: Final = 200_000
MAX_TOKENS: Final = 30_000
MAX_DIGITS: Final = 60
MAX_EXPONENT: Final = 300

GREEK_NAMES: Final = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon phi chi psi"
    " omega".split()
)
BOLD_ONE: Final = "𝟏"


class Token(NamedTuple):
    """`kind` is number, name, op, sup (a superscript), sub (a subscript) or end; `text` is the canonical spelling."""

    kind: str
    text: str
    start: int
    end: int


class Lexed(NamedTuple):
    """The tokens, the last of kind `end`; `numpy` tells that the text uses NumPy's operators."""

    tokens: list[Token]
    numpy: bool


_LETTER: Final = "A-Za-zΑ-ΡΣ-Ωα-ωϑϕϖϱϵℓ"
_OPERATOR_SPELLINGS: Final = {
    "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "∘": ".*", "⊙": ".*", "⊘": "./", "÷": "/", "‖": "||", "∥": "||",
    "∣": "|", "′": "'", "’": "'", ".'": "'", "**": "^",
}  # fmt: skip
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ⊤ᵏⁿᵐ", "0123456789+-TTknm")
_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

_LATEX_OPERATORS: Final = {
    "cdot": "*", "times": "*", "ast": "*", "odot": ".*", "circ": ".*", "oslash": "./", "otimes": "⊗", "partial": "∂", "nabla": "∇",
    "frac": "frac", "dfrac": "frac", "tfrac": "frac", "lVert": "||", "rVert": "||", "Vert": "||", "lvert": "|", "rvert": "|",
    "vert": "|", "mid": "|", "prime": "'", "lbrack": "[", "rbrack": "]", "div": "/",
}  # fmt: skip
_LATEX_NAMES: Final = {
    name: name
    for name in (
        *GREEK_NAMES, *(name.capitalize() for name in GREEK_NAMES), "pi", "log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh",
        "tanh", "arcsin", "arccos", "arctan", "det", "sqrt", "tr", "Tr", "trace", "diag", "vec", "rank", "ell",
    )
} | {"vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma", "varpi": "pi", "Tr": "tr", "ell": "ℓ"}  # fmt: skip
_LATEX_TOPS: Final = ("top", "intercal", "mathsf{T}", "mathrm{T}", "mathsf T")
_LATEX_SPACE: Final = (
    "left. right. left right bigl bigr Bigl Bigr biggl biggr big Big bigg Bigg quad qquad displaystyle textstyle limits nolimits".split()
)

BARS: Final = frozenset({"bar", "overline", "underline"})
ACCENTS: Final = tuple(f"\\{mark}" for mark in sorted(BARS))
_SIGNS: Final = "".join(k for k in _OPERATOR_SPELLINGS if len(k) == 1)


def _alternatives(words: object) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


_TOKEN: Final = re.compile(
    rf"""
    (?P<space>\s+|\\[,;:!]|~|&|\\(?:{_alternatives(_LATEX_SPACE)})(?![A-Za-z]))
  | (?P<module>(?:jax\.numpy|numpy|np|jnp|scipy|sp)\.(?:linalg\.|special\.)?(?P<member>[A-Za-z_][A-Za-z0-9_]*))
  | (?P<root>√(?:(?P<radicand>[{_LETTER}][{_LETTER}0-9_₀-₉]*|[0-9]+)(?=[\s)\]+*/,;⊙⊘⊗−-]|$))?)
  | (?P<number>(?:[0-9]+\.[0-9]+|[0-9]+\.(?![*/^'A-Za-z0-9_])|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[{_LETTER}][{_LETTER}0-9_₀-₉]*(?:(?<=_)\{{[A-Za-z0-9]+\}})?|𝟏|𝟙)
  | (?P<sup>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ⊤ᵏⁿᵐ]+|\\(?:{_alternatives(_LATEX_TOPS)})(?![A-Za-z]))
  | (?P<sub>_\s*(?:\{{[^{{}}]*\}}|[{_LETTER}][{_LETTER}0-9]*|[0-9]+|\*)|[₀-₉]+)
  | (?P<font>\\(?:operatorname\*?|mathrm|mathbf|mathsf|mathit|mathcal|mathbb|text|boldsymbol|bm)\s*\{{\s*\\?(?P<inside>[A-Za-z0-9]+)\s*\}})
  | (?P<accent>\\(?P<mark>bar|overline|underline|(?:wide)?(?:hat|tilde))(?![A-Za-z])\s*
        (?:\{{\s*\\?(?P<braced>[A-Za-z][A-Za-z0-9_]*)\s*\}}|\\?(?P<bare>[A-Za-z]+)))
  | (?P<latex>\\(?:{_alternatives([*_LATEX_OPERATORS, *_LATEX_NAMES])})(?![A-Za-z])|\\\|)
  | (?P<op>\.T(?![A-Za-z0-9_])|\.\*|\./|\.\^|\.'|\*\*|\|\||[-+*/^@\\'(){{}}\[\],;=:|>∂∇⊗]|[{_SIGNS}])
    """,
    re.VERBOSE,
)


def lex(source: str) -> Lexed:
    """The tokens of a text; the first character that starts none is an error."""
    if len(source) > MAX_LENGTH:
        raise LimitError(f"the input has {len(source)} characters; at most {MAX_LENGTH} are read", (MAX_LENGTH, MAX_LENGTH + 1), source)
    tokens: list[Token] = []
    numpy = False
    barred: dict[str, Span] = {}
    at, length, match = 0, len(source), _TOKEN.match
    while at < length:
        found = match(source, at)
        if found is None:
            raise ParseError(f"the character {source[at]!r} has no meaning here", (at, at + 1), source)
        kind, end = found.lastgroup or "", found.end()
        if found.start("member") >= 0:
            kind, text, numpy = "name", found["member"], True
        elif found.start("inside") >= 0:
            kind, text = _font(found["inside"])
        elif kind == "accent":
            kind, text = "name", _accented(found["mark"], found["braced"] or found["bare"])
            barred |= {text: (at, end)} if found["mark"] in BARS else {}
        else:
            text = found.group()
        if kind == "root":
            tokens += _root(found["radicand"], at, end)
        elif kind != "space":
            plain = kind == "name" and text.isascii() and text[-1] != "}"
            token = Token(kind, text, at, end) if plain else _canonical(kind, text, at, end, source)
            numpy = numpy or token.text == "@"
            tokens.append(token)
            if len(tokens) > MAX_TOKENS:
                raise LimitError(f"the input has more than {MAX_TOKENS} tokens", (at, end), source)
        at = end
    _check_bars(tokens, barred, source)
    tokens.append(Token("end", "", length, length))
    return Lexed(tokens, numpy)


def _accented(mark: str, name: str) -> str:
    """A bar or a line under a name only says that it is a vector; a hat or a tilde makes another name."""
    return name if mark in BARS else f"{name}_{mark.removeprefix('wide')}"


def _check_bars(tokens: list[Token], barred: dict[str, Span], source: str) -> None:
    """Refuse a name that stands both with a bar and without."""
    for t in tokens if barred else ():
        name = next((n for n in (t.text, t.text.removeprefix("d")) if n in barred), None)
        if name is not None and not source.startswith(ACCENTS, t.start):
            told = f"{name} stands here with a bar and without, and a bar is not part of a name"
            raise ParseError(told, barred[name], source, "give the two different names")


def _root(radicand: str | None, start: int, end: int) -> list[Token]:
    """√x y is sqrt(x)*y; before anything but a lone name or number, √ is the name of the function."""
    root = Token("name", "sqrt", start, start + 1)
    if radicand is None:
        return [root]
    kind = "number" if radicand.isdigit() else "name"
    inside = _canonical(kind, radicand, start + 1, end, radicand)
    return [root, Token("op", "(", start, start + 1), inside, Token("op", ")", end, end)]


def _font(inside: str) -> tuple[str, str]:
    """What a name in a font command of LaTeX stands for."""
    if inside == "1":
        return "name", BOLD_ONE
    return ("sup", "T") if inside in ("T", "top") else ("name", inside)


def _canonical(kind: str, text: str, start: int, end: int, source: str) -> Token:
    """A token in its canonical spelling."""
    match kind:
        case "number":
            _check_number(text, start, end, source)
        case "name":
            text = BOLD_ONE if text == "𝟙" else text.translate(_SUBSCRIPTS).replace("{", "").replace("}", "")
        case "sup":
            text = "T" if text.startswith("\\") else text.translate(_SUPERSCRIPTS)
        case "sub":
            text = text.translate(_SUBSCRIPTS).strip("_{} \t").removeprefix("\\")
        case "latex":
            bare = text[1:]
            kind = "name" if bare in _LATEX_NAMES else "op"
            text = "||" if bare == "|" else _LATEX_NAMES.get(bare) or _LATEX_OPERATORS[bare]
        case "op":
            text = _OPERATOR_SPELLINGS.get(text, text)
    return Token(kind, text, start, end)


def _check_number(text: str, start: int, end: int, source: str) -> None:
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT):
        raise LimitError(f"a number has at most {MAX_DIGITS} digits and an exponent of at most {MAX_EXPONENT}", (start, end), source)
