r"""LaTeX into pieces: commands, letters, words that are known, numbers and signs, with the braces that belong together.

A text is LaTeX when it holds a pair of `$`, `^{` or `_{`, a backslash before a sign that LaTeX has a use for (`\,` `\|` `\{`
`\\`), or a backslash before letters that are a command, or where no left division A\b can stand; exponents such as ^{\top} beside
signs of the plain notation do not make it LaTeX. Letters that are run together are
letters of their own, but for the words that are known: functions, Greek letters written out, declared names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from matcalc.errors import LimitError, ParseError
from matcalc.reading.grammar.tokens import (
    LETTERS,
    LOWERED,
    OPERATOR_SPELLINGS,
    RAISED,
    SIGNS_OF_LATEX,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    check_number,
)

MAX_DEPTH: Final = 200
MAX_PIECES: Final = 60_000

FONTS: Final = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "pmb": "bold", "mathcal": "calligraphic", "mathscr": "calligraphic",
    "mathfrak": "fraktur", "mathbb": "blackboard", "mathrm": "", "mathsf": "", "mathit": "", "mathop": "", "operatorname": "",
    "operatorname*": "", "text": "", "textrm": "", "textbf": "bold", "textit": "", "mbox": "",
}  # fmt: skip
UPRIGHT: Final = frozenset("mathrm mathsf operatorname operatorname* text textrm mbox mathop".split())
ACCENTS: Final = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "dot": "dot",
    "ddot": "ddot", "check": "check", "breve": "breve", "bar": "bar", "overline": "bar",
}  # fmt: skip
# The accents that are the conjugate, where the text speaks of complex numbers.
CONJUGATING: Final = frozenset({"bar", "overline"})
ARROWS: Final = frozenset({"vec", "overrightarrow"})
LINE: Final = "line"
LINES: Final = frozenset({"underline"})
# {\\bf w}: what follows in the group is set in a font.
SWITCHES: Final = {
    "bf": "mathbf", "rm": "mathrm", "it": "mathit", "cal": "mathcal", "bfseries": "mathbf", "boldmath": "mathbf", "sf": "mathsf",
}  # fmt: skip
OPERATORS: Final = {
    "cdot": "·", "times": "*", "ast": "*", "odot": ".*", "circ": ".*", "oslash": "./", "otimes": "⊗", "div": "/", "colon": ":",
    "backslash": "\\",
}  # fmt: skip
GREEK: Final = {
    name: name
    for lower in (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega"
    ).split()
    for name in (lower, lower.capitalize())
} | {"varepsilon": "varepsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma", "varpi": "pi", "ell": "ell"}
DELIMITERS: Final = {
    "lVert": ("left", "||"), "rVert": ("right", "||"), "lvert": ("left", "|"), "rvert": ("right", "|"), "langle": ("left", "<"),
    "rangle": ("right", ">"), "{": ("left", "{"), "}": ("right", "}"), "lbrace": ("left", "{"), "rbrace": ("right", "}"),
    "lbrack": ("left", "["), "rbrack": ("right", "]"), "lparen": ("left", "("), "rparen": ("right", ")"),
}  # fmt: skip
BARS: Final = {"|": "||", "Vert": "||", "vert": "|", "mid": "|", "lVert": "||", "rVert": "||", "lvert": "|", "rvert": "|"}
SIZES: Final = {
    "left": "left", "right": "right", **{f"{size}{side}": {"l": "left", "r": "right"}[side] for size in ("big", "Big", "bigg", "Bigg")
                                         for side in "lr"}
}  # fmt: skip
STRUCTURE: Final = frozenset(
    "frac dfrac tfrac cfrac over sqrt sum begin end partial nabla prime top intercal in mathsf to log ln exp det in dagger".split()
)
IGNORED: Final = frozenset(
    "quad qquad displaystyle textstyle scriptstyle limits nolimits big Big bigg Bigg thinspace medspace thickspace enspace nonumber hline"
    " notag middle".split()
)
ELSEWHERE: Final = frozenset("prod int max min arg infty leq geq le ge neq ne pm mp oplus star dots ldots cdots mathbb Re Im angle".split())
COMMANDS: Final = frozenset(
    {*FONTS, *SWITCHES, *ACCENTS, *ARROWS, *LINES, *OPERATORS, *GREEK, *DELIMITERS, *BARS, *SIZES, *STRUCTURE, *IGNORED, *ELSEWHERE}
    | set("sin cos tan sinh cosh tanh arcsin arccos arctan tr Tr trace diag rank softmax".split())
)

_COMMAND: Final = re.compile(r"\\([A-Za-z]+)")
_SURE: Final = re.compile(r"\$[^$]*\$|[\^_]\{|\\[,;:!|{}\\]|(?:^|[({\[,=+*/^_-])\s*\\[A-Za-z(\[]")
# X^{\\top}*X is the plain notation, in which exponents may be written like this; LaTeX has no star, no ^-2 and no eye(n).
_PLAIN_EXPONENT: Final = re.compile(r"\^\s*(?:\{\s*-?\s*(?:\\(?:top|intercal)|[A-Za-z0-9]+)\s*\}|\\(?:top|intercal)(?![A-Za-z]))")
_PLAIN_SIGN: Final = re.compile(r"\*(?!\})|@|\.[/^]|\^-|\^[0-9]*\.[0-9]|\b(?:eye|ones|zeros)\(")
# sum_i x_i is a sum as in LaTeX; sum_i(A[i,j]*B[j,k]) has positions in brackets.
_SUM: Final = re.compile(r"\bsum_(?:\{|[a-z](?![A-Za-z0-9_]))")
_PIECE: Final = re.compile(
    rf"""
    (?P<space>\s+|\\[,;:!\ \n]|~|\$|\\[\[\]()])
  | \\(?P<command>[A-Za-z]+\*?|[|{{}}\\])
  | (?P<number>(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<word>[{LETTERS}][{LETTERS}0-9]*(?:_[{LETTERS}0-9]+)*)
  | (?P<one>[𝟏𝟙])
  | (?P<sup>[{RAISED}]+)
  | (?P<sub>[{LOWERED}]+)
  | (?P<op>->|\.\*|\./|\.\^|\.'|\*\*|\|\||[-+*/^_@'(){{}}\[\],;=:|.&<>≠∑∂∇⊗{"".join(k for k in OPERATOR_SPELLINGS if len(k) == 1)}])
    """,
    re.VERBOSE,
)
_STEM: Final = re.compile(rf"[{LETTERS}]+")


class Piece(NamedTuple):
    """`kind` is command, letter (`glued` to the letter before in a run such as AXB), word, one, number, sup, sub, op or end."""

    kind: str
    text: str
    start: int
    end: int
    glued: bool = False


def is_latex(source: str) -> bool:
    """Whether a text is LaTeX; see the rule at the top."""
    if not any(sign in source for sign in SIGNS_OF_LATEX):
        return False
    if "∑" in source or _SUM.search(source) is not None and "[" not in source:
        return True
    if _PLAIN_SIGN.search(source):
        source = _PLAIN_EXPONENT.sub("^T", source)
    return _SURE.search(source) is not None or any(found[1] in COMMANDS for found in _COMMAND.finditer(source))


def scan(source: str, is_word: Callable[[str], bool]) -> list[Piece]:
    """The pieces of a text, the last of kind `end`, without the full stop or comma that ends a displayed formula."""
    if source.count("$$") * 2 != source.count("$") and source.count("$") % 2:
        at = source.rindex("$")
        raise ParseError("this '$' has no partner", (at, at + 1), source)
    pieces: list[Piece] = []
    at = 0
    while at < len(source):
        found = _PIECE.match(source, at)
        if found is None:
            raise ParseError(f"the character {source[at]!r} has no meaning here", (at, at + 1), source)
        kind, text, at = found.lastgroup or "", found[found.lastgroup or 0], found.end()
        if kind == "word":
            at = _words(text, found.start(), pieces, is_word)
        elif kind != "space" and not (kind == "command" and text in IGNORED):
            if kind == "number":
                check_number(text, found.start(), at, source)
            _append(pieces, Piece(kind, _canonical(kind, text), found.start(), at))
        if len(pieces) > MAX_PIECES:
            raise LimitError(f"the input has more than {MAX_PIECES} pieces", (found.start(), at), source)
    while pieces and pieces[-1].text in (".", ","):
        pieces.pop()
    return [*pieces, Piece("end", "", len(source), len(source))]


def _append(pieces: list[Piece], piece: Piece) -> None:
    r"""Add a piece; {\bf w} becomes \mathbf{w}, and a switch that opens no group is left out."""
    if piece.kind != "command" or piece.text not in SWITCHES:
        pieces.append(piece)
    elif pieces and pieces[-1].text == "{":
        pieces[-1:] = [piece._replace(text=SWITCHES[piece.text], start=pieces[-1].start), pieces[-1]]


def _canonical(kind: str, text: str) -> str:
    match kind:
        case "sup":
            return text.translate(SUPERSCRIPTS)
        case "sub":
            return text.translate(SUBSCRIPTS).replace("_", "")
        case "op":
            return OPERATOR_SPELLINGS.get(text, text)
    return text


def _words(text: str, start: int, pieces: list[Piece], is_word: Callable[[str], bool]) -> int:
    """Add a word that is known, or else its letters one by one; returns where what was not taken begins."""
    stem = _STEM.match(text)
    assert stem is not None
    for whole in dict.fromkeys((text, text.partition("_")[0], stem[0])):
        if len(whole) > 1 and is_word(whole):
            pieces.append(Piece("word", whole, start, start + len(whole)))
            return start + len(whole)
        if len(whole) > 2 and whole[0] == "d" and is_word(whole[1:]):
            pieces.append(Piece("letter", "d", start, start + 1))
            pieces.append(Piece("word", whole[1:], start + 1, start + len(whole)))
            return start + len(whole)
    for k, letter in enumerate(stem[0]):
        pieces.append(Piece("letter", letter, start + k, start + k + 1, glued=k > 0))
    return start + len(stem[0])


def partners(pieces: list[Piece], source: str) -> dict[int, int]:
    """Where every brace, bracket and parenthesis that is closed ends.

    Raises LimitError for nests that are too deep, ParseError for a brace that is never closed.
    """
    found: dict[int, int] = {}
    opened: list[int] = []
    for i, piece in enumerate(pieces):
        if piece.kind != "op":
            continue
        if piece.text in ("(", "[", "{"):
            opened.append(i)
            if len(opened) > MAX_DEPTH:
                raise LimitError(f"brackets nest more than {MAX_DEPTH} deep", (piece.start, piece.end), source)
        elif piece.text in (")", "]", "}"):
            while piece.text == "}" and opened and pieces[opened[-1]].text != "{":
                opened.pop()
            if opened and pieces[opened[-1]].text + piece.text in ("()", "[]", "{}"):
                found[opened.pop()] = i
    for i in opened:
        if pieces[i].text == "{":
            raise ParseError("this '{' is never closed", (pieces[i].start, pieces[i].end), source, "add '}'")
    return found
