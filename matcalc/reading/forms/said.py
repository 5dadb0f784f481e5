r"""What a text says of its names in words and signs: A is symmetric, x > 0, A \succ 0, X \in \mathbb{R}^{m \times n}, A = A^T."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from matcalc.book.sizes import Dim, dim
from matcalc.errors import Span, UsageError
from matcalc.reading.declarations import Declaration, Declared, consistent
from matcalc.reading.forms.page import LEADS, NAME, Page

# What people say, and the properties or the kind that it is; the longest phrases first.
PHRASES: Final[Mapping[str, str]] = {
    "hermitian positive definite": "hermitian invertible", "hermitian and positive definite": "hermitian invertible",
    "positive definite hermitian": "hermitian invertible", "hermitian positive-definite": "hermitian invertible",
    "hermitian positive semidefinite": "hermitian", "hermitian positive semi-definite": "hermitian",
    "hermitian positive-semidefinite": "hermitian", "hermitian": "hermitian", "unitary": "unitary", "complex-valued": "complex",
    "complex scalars": "complex scalar", "complex scalar": "complex scalar", "complex numbers": "complex scalar",
    "complex number": "complex scalar", "complex": "complex",
    "symmetric and positive definite": "spd", "symmetric positive definite": "spd", "symmetric positive-definite": "spd",
    "positive definite symmetric": "spd", "positive definite": "spd", "positive-definite": "spd", "posdef": "spd", "spd": "spd",
    "pd": "spd", "symmetric positive semidefinite": "psd", "symmetric positive semi-definite": "psd", "positive semidefinite": "psd",
    "positive semi-definite": "psd", "positive-semidefinite": "psd", "psd": "psd", "skew-symmetric": "skew", "skew symmetric": "skew",
    "antisymmetric": "skew", "anti-symmetric": "skew", "skew": "skew", "symmetric": "symmetric", "non-singular": "invertible",
    "nonsingular": "invertible", "invertible": "invertible", "orthogonal": "orthogonal", "diagonal": "diagonal",
    "lower triangular": "lower", "lower-triangular": "lower", "upper triangular": "upper", "upper-triangular": "upper",
    "entrywise positive": "positive", "elementwise positive": "positive", "strictly positive": "positive", "nonnegative": "positive",
    "non-negative": "positive", "positive": "positive", "constants": "constant", "constant": "constant", "fixed": "constant",
    "integer": "integer", "toeplitz": "toeplitz", "normalised": "normalised", "normalized": "normalised", "unit": "unit",
    "probability": "simplex", "on the simplex": "simplex", "in the simplex": "simplex", "on the unit simplex": "simplex",
    "in the unit simplex": "simplex", "on the probability simplex": "simplex", "in the probability simplex": "simplex",
    "simplex": "simplex", "column vectors": "vector", "column vector": "vector", "row vectors": "row",
    "row vector": "row", "vectors": "vector", "vector": "vector", "real scalars": "scalar", "real scalar": "scalar",
    "scalars": "scalar", "scalar": "scalar", "real numbers": "scalar", "real number": "scalar", "numbers": "scalar",
    "number": "scalar", "matrices": "matrix", "matrix": "matrix", "real": "", "known": "", "given": "", "a": "", "an": "", "the": "",
    "and": "", "all": "", "both": "", "covariance": "",
}  # fmt: skip
MAX_STATEMENT: Final = 300
KINDS: Final = frozenset({"scalar", "vector", "row", "matrix"})
_SIZE: Final = r"(?:[0-9]{1,9}|[A-Za-z][A-Za-z0-9_]*)"
_TIMES: Final = r"\s*(?:\\times(?![A-Za-z])|×|\bx\b|\bby\b|\*)\s*"
_OF_SIZE: Final = re.compile(rf"(?:of\s+(?:size|shape|dimensions?)\s+)?\(?({_SIZE}){_TIMES}({_SIZE})\)?(?![\w^(])")
_OF_LENGTH: Final = re.compile(rf"(?:of\s+(?:size|length|dimension)\s+({_SIZE})\b|({_SIZE})-(?:dimensional\b|(?=vectors?\b)))")
_PHRASE: Final = re.compile(rf"({'|'.join(map(re.escape, PHRASES))})(?![\w-])", re.IGNORECASE)
_LIST: Final = rf"{NAME}(?:\s*(?:,|,?\s+and\s)\s*{NAME})*"
_IS: Final = re.compile(rf"(?P<names>{_LIST})\s*(?:\b(?:is|are|be|being|denotes?)\b)?\s*(?P<rest>[\w(].*)", re.DOTALL)
_TRANSPOSE: Final = r"\s*(?:\^\s*(?:\{\s*)?(?:T|\\top|\\intercal|\\mathsf\s*\{?T\}?|⊤|')(?:\s*\})?|'|ᵀ|\.T)"
_ADJOINT: Final = r"\s*(?:\^\s*(?:\{\s*)?(?:H|\\(?:mathsf|mathrm|text)\s*\{?H\}?|\\dagger|†)(?:\s*\})?|ᴴ|\.H)"
_INVERSE: Final = r"\s*(?:\^\s*\{?\s*-1\s*\}?|⁻¹)"
_IDENTITY: Final = r"\s*(?:\\mathbf\s*\{?I\}?|I)(?:_\{?\w+\}?)?"
_EQUAL: Final[Sequence[tuple[re.Pattern[str], str]]] = (
    (re.compile(rf"(?P<names>{NAME})\s*=\s*(?P<again>{NAME}){_TRANSPOSE}"), "symmetric"),
    (re.compile(rf"(?P<names>{NAME}){_TRANSPOSE}\s*=\s*(?P<again>{NAME})"), "symmetric"),
    (re.compile(rf"(?P<names>{NAME}){_TRANSPOSE}\s*=\s*-\s*(?P<again>{NAME})"), "skew"),
    (re.compile(rf"(?P<names>{NAME})\s*=\s*-\s*(?P<again>{NAME}){_TRANSPOSE}"), "skew"),
    (re.compile(rf"(?P<names>{NAME}){_TRANSPOSE}\s*\*?\s*(?P<again>{NAME})\s*={_IDENTITY}"), "orthogonal"),
    (re.compile(rf"(?P<names>{NAME}){_TRANSPOSE}\s*=\s*(?P<again>{NAME}){_INVERSE}"), "orthogonal"),
    (re.compile(rf"(?P<names>{NAME}){_INVERSE}\s*=\s*(?P<again>{NAME}){_TRANSPOSE}"), "orthogonal"),
    (re.compile(rf"(?P<names>{NAME})\s*=\s*(?P<again>{NAME}){_ADJOINT}"), "hermitian"),
    (re.compile(rf"(?P<names>{NAME}){_ADJOINT}\s*=\s*(?P<again>{NAME})"), "hermitian"),
    (re.compile(rf"(?P<names>{NAME}){_ADJOINT}\s*\*?\s*(?P<again>{NAME})\s*={_IDENTITY}"), "unitary"),
    (re.compile(rf"(?P<names>{NAME}){_ADJOINT}\s*=\s*(?P<again>{NAME}){_INVERSE}"), "unitary"),
    (re.compile(rf"(?P<names>{NAME}){_INVERSE}\s*=\s*(?P<again>{NAME}){_ADJOINT}"), "unitary"),
)  # fmt: skip
_ZERO: Final = r"(?:\\mathbf\s*\{?0\}?|0)"
_ORDER: Final[Mapping[str, str]] = {
    r"\succ": "spd", "≻": "spd", r"\succeq": "psd", r"\succcurlyeq": "psd", "⪰": "psd", "≽": "psd", ">": "positive", "≥": "positive",
    r"\geq": "positive", r"\ge": "positive", r"\geqslant": "positive", ">=": "positive", r"\gt": "positive",
}  # fmt: skip
_ABOVE_ZERO: Final = re.compile(
    rf"(?P<names>{_LIST})\s*(?P<sign>{'|'.join(sorted(map(re.escape, _ORDER), key=len, reverse=True))})(?![A-Za-z])\s*{_ZERO}"
)
_NOT_ZERO: Final = re.compile(rf"(?P<names>{_LIST})\s*(?:\\neq?(?![A-Za-z])|≠|!=)\s*{_ZERO}")
_IN: Final = re.compile(rf"(?P<names>{_LIST})\s*(?:\\in(?![A-Za-z])|∈|\bin\b|\bis\s+in\b)\s*(?P<space>.+)", re.DOTALL)
_BLACKBOARD: Final = (
    r"(?:\\(?:mathbb|mathbf|mathcal|mathrm|bm)\s*\{?\s*([A-Z]+)\s*\}?|\\([RCSNZ])(?![A-Za-z])|([ℝℂ𝕊ℕℤ])|(SPD|Sym|GL|SO|[RCSNZOU]))"
)
_SPACE: Final = re.compile(
    rf"{_BLACKBOARD}\s*(?P<marks>(?:\s*[\^_]\s*(?:\{{[^{{}}]*\}}|\([^()]*\)|\\[A-Za-z]+|[A-Za-z0-9]+|[+]{{1,2}})|\([^()]*\)|[ᵐⁿᵏᵖˣ⁺₊]+)*)\s*"
)
_MARKS: Final = re.compile(
    r"[\^_]?\s*(?:\{(?P<braced>[^{}]*)\}|\((?P<round>[^()]*)\)|(?P<plain>[A-Za-z0-9]+|[+]{1,2})|(?P<raised>[ᵐⁿᵏᵖˣ⁺₊]+))"
)
_RAISED: Final = str.maketrans("ᵐⁿᵏᵖ⁺₊", "mnkp++")
_SPACES: Final[Mapping[str, tuple[str, ...]]] = {
    "R": (), "ℝ": (), "S": ("symmetric",), "𝕊": ("symmetric",), "Sym": ("symmetric",), "SPD": ("spd",), "GL": ("invertible",),
    "O": ("orthogonal",), "SO": ("orthogonal",), "N": ("integer", "positive"), "ℕ": ("integer", "positive"), "Z": ("integer",),
    "ℤ": ("integer",), "C": ("complex",), "ℂ": ("complex",), "U": ("unitary",), "H": ("hermitian",),
}  # fmt: skip
# Among complex numbers, what is positive definite is Hermitian.
_OF_COMPLEX: Final = {"spd": frozenset({"hermitian", "invertible"}), "psd": frozenset({"hermitian"})}
_DEFINITE: Final = re.compile(r"(?<!symmetric )(?<!hermitian )(?<!and )positive[- ](?:semi-?)?definite", re.IGNORECASE)
_AND: Final = re.compile(r"\s+and\s+")
_ALSO: Final = re.compile(rf"(?P<equality>.+?)\s*(?P<sign>\\succ|\\succeq|≻|⪰|>|\\geq?)(?![A-Za-z])\s*{_ZERO}")
_LEADS: Final = re.compile(rf"\s*(?:{LEADS}\s+)+", re.IGNORECASE)

Names = Callable[[str], list[str] | None]


def take(page: Page, names: Names) -> dict[str, Declared]:
    """What the pieces of a text say of names; those pieces are blanked, with a separator that then separates nothing."""
    said: dict[str, Declared] = {}
    taken: list[bool] = []
    pieces = page.pieces
    pending: list[int] = []
    for k, piece in enumerate(pieces):
        start, end = page.strip(piece)
        text = page.text[start:end]
        found = _said(page, text, (start, end), names) if len(pieces) > 1 and len(text) <= MAX_STATEMENT else None
        taken.append(found is not None)
        if found is None:
            pending = [*pending[-9:], k] if k and len(text) <= MAX_STATEMENT and re.fullmatch(NAME, text) else []
            continue
        alone = [n for p in pending for n in names(page.text[slice(*page.strip(pieces[p]))]) or ()]
        model = next(reversed(found.values()), None)
        if model is not None and not piece.word:
            for p in pending:
                taken[p] = True
            found = {**found, **{n: replace(model, name=n) for n in alone}}
        pending = []
        for name, d in found.items():
            said[name] = merged(said.get(name), d, page, (start, end))
    _blank(page, taken)
    return said


def _blank(page: Page, taken: Sequence[bool]) -> None:
    """Blank the pieces that were understood; the separators before the ones that stay are kept, and 'where' moves on to them."""
    word: Span | None = None
    for piece, is_taken in zip(page.pieces, taken, strict=True):
        if piece.word == "where" and is_taken and word is None:
            word = piece.before
        if is_taken:
            page.blank(piece.start, piece.end)
            page.blank(*piece.before)
        elif word is not None:
            if "=" in page.written(piece.start, piece.end):
                page.put(word[0], word[1], "where")
                page.blank(*piece.before)
            word = None
    page.pieces = [p for p, is_taken in zip(page.pieces, taken, strict=True) if not is_taken]


def merged(before: Declared | None, d: Declared, page: Page, span: Span) -> Declared:
    """What is known of a name, with what is said now."""
    if not isinstance(before, Declaration) or not isinstance(d, Declaration):
        return d
    if before.dimensions and d.dimensions and before.dimensions != d.dimensions:
        shown = " x ".join(map(str, before.dimensions))
        raise page.fail(f"{d.name} is said to be of two sizes, {shown} and {' x '.join(map(str, d.dimensions))}", span)
    kind = "" if before.dimensions or d.dimensions else d.kind or before.kind
    whole = Declaration(d.name, kind, before.dimensions or d.dimensions, before.properties | d.properties)
    return consistent(whole, span, page.original)


def _said(page: Page, text: str, span: Span, names: Names) -> dict[str, Declaration] | None:
    """What one statement says, None where it is another kind of statement."""
    lead = _LEADS.match(text)
    text = text[lead.end() :] if lead is not None else text
    text = _DEFINITE.sub(r"hermitian \g<0>", text) if page.is_complex else text
    for reader in (_by_sign, _by_equality, _by_space, _by_words):
        found = reader(page, text, span, names)
        if found is not None:
            return {name: consistent(d, span, page.original) for name, d in found.items()}
    for found_and in islice(_AND.finditer(text), 4):
        sides = [_said(page, side, span, names) for side in (text[: found_and.start()], text[found_and.end() :])]
        if sides[0] is not None and sides[1] is not None:
            return {**sides[0], **sides[1]}
    return None


def _by_sign(page: Page, text: str, span: Span, names: Names) -> dict[str, Declaration] | None:
    r"""A \succ 0, x > 0; x \neq 0 says where a formula holds, and nothing of x that it needs."""
    if (found := _NOT_ZERO.fullmatch(text)) is not None:
        return {} if names(found["names"]) else None
    if (found := _ABOVE_ZERO.fullmatch(text)) is None or (listed := names(found["names"])) is None:
        return None
    known = _ORDER[found["sign"]]
    for name in listed:
        if known == "positive" and name[0].isupper():
            hint = rf"write {name} \succ 0 for a positive definite {name}, or '{name} is entrywise positive'"
            raise page.fail(f"{name} > 0 could say that {name} is positive definite or that its entries are positive", span, hint)
    properties = _OF_COMPLEX.get(known, frozenset({known})) if page.is_complex else frozenset({known})
    return {name: Declaration(name, "", (), properties) for name in listed}


def _by_equality(page: Page, text: str, span: Span, names: Names) -> dict[str, Declaration] | None:
    """A = A^T, A^T = -A, Q^T Q = I, P = P^T > 0."""
    also = _ALSO.fullmatch(text) if "=" in text else None
    if also is not None:
        inner = _by_equality(page, also["equality"], span, names)
        meant = "spd" if also["sign"] in ("\\succ", "≻", ">") else "psd"
        return None if inner is None else {n: replace(d, properties=frozenset({meant})) for n, d in inner.items()}
    for pattern, known in _EQUAL:
        found = pattern.fullmatch(text)
        if found is not None and (first := names(found["names"])) and first == names(found["again"]):
            return {first[0]: Declaration(first[0], "", (), frozenset({known}))}
    return None


def _by_space(page: Page, text: str, span: Span, names: Names) -> dict[str, Declaration] | None:
    r"""X \in \mathbb{R}^{n \times p}, P \in \mathbb{S}^n_{++}, x in R^n."""
    if (found := _IN.fullmatch(text)) is None or (listed := names(found["names"])) is None:
        return None
    space = _SPACE.match(found["space"])
    if space is None:
        return None
    letter = next(g for g in space.groups()[:4] if g)
    if letter not in _SPACES:
        raise page.fail(f"the space {space[0].strip()} is not read", span, r"write \mathbb{R}^{m \times n}, or declare the name")
    sizes, known = _marks(space["marks"])
    rest = found["space"][space.end() :].strip()
    kind, properties = "", {*_SPACES[letter], *known}
    if rest:
        words = _words(rest)
        if words is None:
            return None
        properties |= words[1]
    if letter not in ("R", "ℝ", "C", "ℂ", "N", "ℕ", "Z", "ℤ"):
        properties = {"spd": {"spd"}, "psd": {"psd"}}.get("spd" if "++" in known else "psd" if "+" in known else "", properties)
        sizes = sizes * 2 if len(sizes) == 1 else sizes
    elif not sizes:
        kind = "scalar"
    properties = {"positive" if p in ("+", "++") else p for p in properties}
    if any(re.fullmatch(_SIZE, s) is None for s in sizes) or len(sizes) > 2:
        raise page.fail(f"the sizes of {space[0].strip()} are not read", span, r"write \mathbb{R}^{m \times n} with names or numbers")
    return {n: Declaration(n, kind, tuple(dim(int(s) if s.isdigit() else s) for s in sizes), frozenset(properties)) for n in listed}


def _marks(text: str) -> tuple[list[str], set[str]]:
    """The sizes and the plus signs around the letter of a space."""
    sizes: list[str] = []
    known: set[str] = set()
    for found in _MARKS.finditer(text):
        inside = (found["braced"] or found["round"] or found["plain"] or (found["raised"] or "").translate(_RAISED)).strip()
        if inside in ("+", "++"):
            known.add(inside)
        elif inside:
            sizes += re.split(rf"{_TIMES}|ˣ", inside) if not re.fullmatch(_SIZE, inside) else [inside]
    return [s.strip() for s in sizes], known


def _by_words(page: Page, text: str, span: Span, names: Names) -> dict[str, Declaration] | None:
    """A is symmetric; A, B symmetric; a symmetric matrix A; x is a vector of length n."""
    words = _words(text, part=True)
    if words is not None and words[3]:
        listed = names(text[-len(words[3]) :]) if re.fullmatch(_LIST, words[3]) else None
        if listed is not None and (words[0] or words[1] or words[2]):
            return {n: Declaration(n, words[0] if not words[2] else "", words[2], frozenset(words[1])) for n in listed}
    for end in [m.end() for m in islice(re.finditer(NAME, text), 6)]:
        listed = names(text[:end]) if re.fullmatch(_LIST, text[:end]) else None
        rest = re.sub(r"^\s*(?:,\s*)?(?:\b(?:is|are|be|denotes?)\b)?\s*(?:\b(?:an?|the|also|assumed(?:\s+to\s+be)?)\b)?\s*", "", text[end:])
        told = _words(rest) if listed is not None and rest and text[end : end + 1].isspace() else None
        if listed is not None and told is not None and (told[0] or told[1] or told[2]):
            return {n: Declaration(n, told[0] if not told[2] else "", told[2], frozenset(told[1])) for n in listed}
    return None


def _words(text: str, part: bool = False) -> tuple[str, set[str], tuple[Dim, ...], str] | None:
    """The kind, the properties and the sizes in a stretch of words; with `part`, and what follows them."""
    kind, known, sizes, i = "", set[str](), tuple[Dim, ...](), 0
    while i < len(text):
        if text[i].isspace() or text[i] == "," and not part:
            i += 1
        elif (size := _OF_SIZE.match(text, i)) is not None or (size := _OF_LENGTH.match(text, i)) is not None:
            sizes = tuple(dim(int(s) if s.isdigit() else s) for s in size.groups() if s)
            i = size.end()
        elif (phrase := _PHRASE.match(text, i)) is not None and (PHRASES[phrase[1].lower()] or phrase[1].islower()):
            for meant in PHRASES[phrase[1].lower()].split():
                kind, known = (meant, known) if meant in KINDS else (kind, known | {meant})
            i = phrase.end()
        elif part and i:
            return kind, known, sizes, text[i:]
        else:
            return None
    return kind, known, sizes, ""


def declared_after(declared: Mapping[str, Declared], said: Mapping[str, Declared], page: Page) -> dict[str, Declared]:
    """The declarations that came with a text, with what the text says itself."""
    whole = dict(declared)
    for name, d in said.items():
        before = whole.get(name)
        if before is not None and not isinstance(before, Declaration):
            raise UsageError(f"{name} is declared as a function", None, page.original)
        whole[name] = merged(before, d, page, (0, len(page.original)))
    return whole

