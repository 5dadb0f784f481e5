"""Names as mathematics shows them: Greek letters, subscripts."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from matcalc.patterns import late

LETTERS: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega".split()
)
LATEX_CAPITALS: Final = frozenset("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split())
VARIANTS: Final = frozenset("varepsilon vartheta varphi varrho varsigma varkappa".split())


def _character(letter: str) -> str:
    case = "CAPITAL" if letter[0].isupper() else "SMALL"
    spelled = {"lambda": "LAMDA"}.get(letter.lower(), letter.upper())
    return unicodedata.lookup(f"GREEK {case} LETTER {spelled}")


GREEK: Final = {name: _character(name) for lower in LETTERS for name in (lower, lower.capitalize())}
GREEK_NAMES: Final = {character: name for name, character in GREEK.items()}
# What a letter is set with, by the ending that its name has for it: \hat{x} is x_hat, \mathcal{L} L_cal.
ACCENTS: Final = {
    "hat": "hat", "tilde": "tilde", "bar": "bar", "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve", "cal": "mathcal",
    "frak": "mathfrak",
}  # fmt: skip
SQUARE: Final = "sq"
SHIFTED: Final = late(r"([a-z])([pm])([0-9]+)")
SUBSCRIPTS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def spelled_out(name: str) -> str:
    """A name that begins with a Greek letter, with its name in place of the letter: beta_1 for β_1; others as they are."""
    if name.isascii():
        return name
    letter, rest = name[0], name[1:]
    return GREEK_NAMES[letter] + rest if letter in GREEK_NAMES and not rest[:1].isalpha() else name


def parts_of_name(name: str) -> list[str]:
    """The name and its subscripts: W1 is W with 1, x_max is x with max."""
    parts = [p for p in name.split("_") if p] or [name]
    found = re.fullmatch(r"(\D+)(\d+)", parts[0])
    return [found[1], found[2], *parts[1:]] if found else parts


def latex_name(name: str) -> str:
    r"""W1 as W_{1}, delta_z1 as \delta_{z_{1}}, alpha as \alpha, loss as \mathrm{loss}, the increment dW as \mathrm{d}W.

    What LaTeX makes of names is undone: y_hat is \hat{y}, x_kp1 is x_{k+1}, P_k_km1 is P_{k|k-1}; sigma_sq is the square \sigma^{2}.
    """
    first, *subscripts = parts_of_name(name)
    out = _latex_word(first)
    while subscripts and subscripts[0] in ACCENTS:
        out = rf"\{ACCENTS[subscripts.pop(0)]}{{{out}}}"
    if subscripts == [SQUARE]:
        return f"{{{out}^{{2}}}}"
    if not subscripts:
        return out
    is_given = len(subscripts) == 2 and SHIFTED().fullmatch(subscripts[1]) and subscripts[1][0] == subscripts[0]
    return out + "_{" + ("|" if is_given else ",").join(map(_latex_subscript, subscripts)) + "}"


def _latex_subscript(subscript: str) -> str:
    """A subscript, the k + 1 of x_kp1 as one."""
    found = SHIFTED().fullmatch(subscript)
    return f"{found[1]}{'+' if found[2] == 'p' else '-'}{found[3]}" if found else latex_name(subscript)


def _latex_word(word: str) -> str:
    word = "".join(GREEK_NAMES.get(c, c) for c in word) if len(word) == 1 else word
    if len(word) == 1 or word.isdigit():
        return word
    if word in LETTERS and word != "omicron" or word in LATEX_CAPITALS or word in VARIANTS:
        return "\\" + word
    if word[0] == "d" and (len(word) == 2 or word[1:] in LETTERS or word[1:] in LATEX_CAPITALS):
        return rf"\mathrm{{d}}{_latex_word(word[1:])}"
    return rf"\mathrm{{{word}}}"


def unicode_name(name: str) -> str:
    """Alpha as α, W1 as W₁."""
    first, *subscripts = parts_of_name(name)
    rest = "".join(s.translate(SUBSCRIPTS) if s.isdigit() else f"_{s}" for s in subscripts)
    return GREEK.get(first, first) + rest


def quoted(text: str) -> str:
    """A string as Typst writes it, which means nothing but itself."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
