"""Text into tokens: the plain notation, MATLAB's, NumPy's and Unicode's spellings come out alike.

LaTeX, which is told by its commands and braces, has a reader of its own in `latex`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from matcalc.errors import LimitError, ParseError
from matcalc.patterns import late
from matcalc.reading.dialects.tools import BRACKETS, KEYWORDS, MODULES, WORDS
from matcalc.reading.grammar.tokens import (
    BOLD_ONE,
    LETTERS,
    LOWERED,
    MAX_TOKENS,
    NOTHING,
    OPERATOR_SPELLINGS,
    RAISED,
    SIGNS_OF_LATEX,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    Known,
    Lexed,
    Token,
    check_length,
    check_number,
)

# F is a matrix elsewhere; before one of these it is torch.nn.functional.
_FUNCTIONAL: Final = (
    "relu|gelu|silu|elu|selu|mish|sigmoid|tanh|softplus|leaky_relu|logsigmoid|softmax|log_softmax|mse_loss|l1_loss|linear|normalize"
    "|cross_entropy|nll_loss|layer_norm|kl_div|huber_loss|smooth_l1_loss|binary_cross_entropy|cosine_similarity"
)
_SIGNS: Final = "".join(k for k in OPERATOR_SPELLINGS if len(k) == 1)
# What no text in ASCII holds: a root, a fraction in one sign, what is raised.
_BEYOND_ASCII: Final = rf"""
  | (?P<root>√(?:(?P<radicand>[{LETTERS}][{LETTERS}0-9_₀-₉]*|[0-9]+)(?=[\s)\]+*/,;⊙⊘⊗−-]|$))?)
  | (?P<vulgar>[½⅓⅔¼¾⅕⅙⅛])
  | (?P<sup>[{RAISED}]+)
"""


_DOTS_AND_QUOTES: Final = frozenset(".'\"")
# What no text holds that has neither a dot nor a quote: members of modules, strings, methods, numbers with a point.
_DOTTED: Final = """
  | (?P<module>(?<![\\w.)\\]'])(?:(?P<head>{modules})\\.|F\\.(?=(?:{functional})\\b))
      (?:[a-z_]\\w*\\.(?=[A-Za-z_]))*(?P<member>(?!T\\b)[A-Za-z_]\\w*))
  | (?P<string>(?:(?<=[(,=])|(?<=[(,=]\\s))(?:'[^'"\\n]*'|"[^'"\\n]*"))
  | (?<=[\\w)\\]'])\\.(?P<method>(?!m?[TH](?![A-Za-z0-9_]))[{letters}_][{letters}0-9_]*)
"""
_DOTTED_NUMBER: Final = r"[0-9]+\.[0-9]+|[0-9]+\.(?![*/^'A-Za-z0-9_])|\.[0-9]+|"
_DOTTED_SIGN: Final = r"\.m?[TH](?![A-Za-z0-9_])|(?<=\w)\.\(|\.[+-]|\.(?=\s)|(?<=\s)\.(?=[A-Za-z])|\.\*|\./|\.\^|\.'|"


@cache
def _tokens(is_ascii: bool, is_dotted: bool) -> re.Pattern[str]:
    """The pattern of a token; that of a text in ASCII is compiled in half of the time, without dots and quotes in a quarter."""
    letters, lowered, beyond = ("A-Za-z", "", "") if is_ascii else (LETTERS, LOWERED, _BEYOND_ASCII)
    below = "" if is_ascii else f"|[{LOWERED}]+"
    dotted = _DOTTED.format(modules="|".join(MODULES), functional=_FUNCTIONAL, letters=letters) if is_dotted else ""
    return re.compile(
        rf"""
    (?P<space>\s+)
  {dotted}
  | (?P<number>(?:{_DOTTED_NUMBER if is_dotted else ""}[0-9]+)(?:[eE][+-]?[0-9]+)?(?:j(?![A-Za-z0-9_]))?)
  | (?P<name>[{letters}][{letters}0-9_{lowered}]*|𝟏|𝟙|ℯ)
  | (?P<sub>_\s*(?:[{letters}][{letters}0-9{lowered}]*|[0-9]+|\*){below})
  | (?P<top>\\(?:top|intercal)(?![A-Za-z0-9_]))
  | (?P<op>{_DOTTED_SIGN if is_dotted else ""}%[*x]%|\*\*|\|\||[-+*/^@\\'(){{}}\[\],;=:|>∂∇⊗]|[{_SIGNS}])
  {beyond}
    """,
        re.VERBOSE,
    )


_MARKS: Final = frozenset({"@", "%*%", "%x%", ".(", ".+", ".-", ".", *WORDS, *KEYWORDS})
_BELOW: Final = {str(spelt).strip("_"): chr(sign) for sign, spelt in SUBSCRIPTS.items()}
_SIGMA: Final = late(
    rf"(?P<first>^\s*|[=(\[+−,;-]\s{{0,9}}|(?:∇|/\s?d|/\s?∂|\bgrad_)\S{{0,30}}\s{{1,9}})?(?P<sign>Σ)"
    rf"(?:_\{{?\s?(?P<label>[a-z])|(?P<lowered>[{LOWERED}]))(?P<range>\s?=\s?[01])?(?![A-Za-z0-9^⁻ᵀ])"
)
_OTHER_NAMES: Final = {"𝟙": BOLD_ONE, "π": "pi"}

# A 1 that is transposed, and is no index, exponent or end of a number.
_ONE_TURNED: Final = late(r"(?<![\w.,^'])(?<!\^-)(?<!\^\(-)1(?=\s?\^\s?(?:T|⊤|')(?!\w)|'(?!')|ᵀ)")


def lex(source: str, known: Known = NOTHING, latex: bool = False) -> Lexed:
    """The tokens of a text, which is LaTeX where it looks like it or is told to be; `known` are names that may be in it.

    Raises ParseError at the first character that starts no token.
    """
    check_length(source)
    source = _with_sums(source) if "Σ" in source else source
    if latex or True in [sign in source for sign in SIGNS_OF_LATEX]:
        lexed = _lex_latex(source, known, latex)
        if lexed is not None:
            return lexed
    tokens: list[Token] = []
    modules: dict[int, str] = {}
    is_marked = "(:)" in source or "[" in source and BRACKETS().search(source) is not None
    is_dotted = not _DOTS_AND_QUOTES.isdisjoint(source)
    at, length, match = 0, len(source), _tokens(source.isascii(), is_dotted).match
    while at < length:
        found = match(source, at)
        if found is None:
            raise ParseError(f"the character {source[at]!r} has no meaning here", (at, at + 1), source)
        kind, text, end = found.lastgroup or "", found.group(), found.end()
        if kind == "module":
            modules[at] = found["head"] or "F"
            kind, text, is_marked = "name", found["member"], True
        if kind == "root":
            tokens += _root(found["radicand"], at, end, known)
        elif kind in ("top", "vulgar"):
            tokens += _top(tokens, text, at, end) if kind == "top" else _vulgar(text, at, end)
        elif kind != "space":
            is_marked = is_marked or text in _MARKS or kind in ("string", "method")
            plain = kind == "name" and text.isascii()
            tokens.append(Token(kind, text, at, end) if plain else _canonical(kind, text, at, end, source, known))
            if len(tokens) > MAX_TOKENS:
                raise LimitError(f"the input has more than {MAX_TOKENS} tokens", (at, end), source)
        at = end
    tokens.append(Token("end", "", length, length))
    _lower_norms(tokens, source)
    _turn_ones(tokens, source)
    return _marked(source, tokens, modules, known) if is_marked else Lexed(tokens, False)


def _marked(source: str, tokens: list[Token], modules: dict[int, str], known: Known) -> Lexed:
    """The tokens of a text that may be from another tool, after its spellings."""
    from matcalc.reading.dialects.marks import marked  # few texts are

    made = marked(source, tokens, modules, known)
    dot = next((t for t in made.tokens if t.text == "."), None)
    if dot is not None:
        raise ParseError("the character '.' has no meaning here", (dot.start, dot.end), source)
    return Lexed(made.tokens, made.entrywise, made.notes)


def _with_sums(source: str) -> str:
    """The text with ∑ in place of a capital Sigma that sums: Σ_{i=1}, or Σ_i where a term begins and another name has the index."""
    found = list(source)
    shared: dict[str, bool] = {}
    for sigma in _SIGMA().finditer(source):
        label = (sigma["label"] or sigma["lowered"]).translate(SUBSCRIPTS).strip("_")
        if label not in shared:
            shared[label] = re.search(rf"[a-zα-ω](?:_\{{?{label}(?![A-Za-z0-9])|{_BELOW.get(label, '_')})", source) is not None
        if sigma["range"] or sigma["first"] is not None and shared[label]:
            found[sigma.start("sign")] = "∑"
    return "".join(found)


def _lex_latex(source: str, known: Known, sure: bool) -> Lexed | None:
    """The tokens of a text with a sign that LaTeX has, or None where that is no LaTeX."""
    from matcalc.reading.latex.scan import is_latex  # a text without such a sign needs no reader of LaTeX
    from matcalc.reading.latex.translate import read_latex

    return read_latex(source, known) if sure or is_latex(source) else None


def _root(radicand: str | None, start: int, end: int, known: Known) -> list[Token]:
    """√x y is sqrt(x)*y; before anything but a lone name or number, √ is the name of the function."""
    root = Token("name", "sqrt", start, start + 1)
    if radicand is None:
        return [root]
    kind = "number" if radicand.isdigit() else "name"
    inside = _canonical(kind, radicand, start + 1, end, radicand, known)
    return [root, Token("op", "(", start, start + 1), inside, Token("op", ")", end, end)]


def _top(before: list[Token], text: str, start: int, end: int) -> list[Token]:
    r"""^\top and ^{-\top} are transposes; anywhere else it is a left division by a variable top."""
    if before and before[-1].text in ("^", "{", "-"):
        return [Token("name", "T", start, end)]
    return [Token("op", "\\", start, start + 1), Token("name", text[1:], start + 1, end)]


def _lower_norms(tokens: list[Token], source: str) -> None:
    """Put the subscript of a norm before its exponent: ||X||²_F is ||X||_F²."""
    if source.isascii():
        return
    for k in range(len(tokens) - 2):
        if tokens[k].text == "||" and tokens[k + 1].kind == "sup" and tokens[k + 2].kind == "sub":
            tokens[k + 1 : k + 3] = tokens[k + 2], tokens[k + 1]


def _turn_ones(tokens: list[Token], source: str) -> None:
    """The column of ones in place of the 1 of 1^T: a number has no transpose."""
    if "1" in source and _ONE_TURNED().search(source) is not None:
        places = {found.start() for found in _ONE_TURNED().finditer(source)}
        tokens[:] = [Token("name", BOLD_ONE, t.start, t.end) if t.start in places and t.kind == "number" else t for t in tokens]


def _vulgar(sign: str, start: int, end: int) -> list[Token]:
    """½ as (1/2)."""
    from fractions import Fraction  # few texts hold such a sign

    above, below = Fraction(unicodedata.numeric(sign)).limit_denominator(8).as_integer_ratio()
    return [Token("number" if t.isdigit() else "op", t, start, end) for t in ("(", str(above), "/", str(below), ")")]


def _canonical(kind: str, text: str, start: int, end: int, source: str, known: Known) -> Token:
    """A token in its canonical spelling."""
    match kind:
        case "op":
            text = OPERATOR_SPELLINGS.get(text, text)
        case "number":
            check_number(text, start, end, source)
        case "name":
            text = _OTHER_NAMES.get(text) or _known_spelling(text.translate(SUBSCRIPTS), known)
        case "sup":
            text = text.translate(SUPERSCRIPTS)
        case "sub":
            text = text.translate(SUBSCRIPTS).strip("_ \t")
        case "method":
            text = text[1:]
    return Token(kind, text, start, end)


def _known_spelling(name: str, known: Known) -> str:
    """The known name that is shown like this one: alpha is shown as α, W_1 as W₁."""
    spellings = known.spellings(name)
    return spellings[0] if len(spellings) == 1 else name
