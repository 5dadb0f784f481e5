"""Declarations: `W: m x n`, `S: n x n symmetric`, `c: scalar`, `f: vector -> scalar`, and the JSON style `{"W": "m n"}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from matcalc.book.properties import contradiction, is_property, nearest, property_names, square_ones
from matcalc.book.sizes import ONE, Dim, dim, halved, plus, times
from matcalc.errors import LimitError, ParseError, ShapeError, Span, UsageError
from matcalc.memory import remembered
from matcalc.patterns import late
from matcalc.reading.alike import alike
from matcalc.reading.grammar.tokens import BOLD_ONE
from matcalc.reading.inference.unify import MAX_PARTS
from matcalc.reading.lexer import lex
from matcalc.records import dataclass

KINDS: Final = ("scalar", "vector", "matrix", "row")

_PART: Final = r"(?:[0-9]{1,9}|[A-Za-zΑ-Ωα-ω][A-Za-zΑ-Ωα-ω0-9_]*)"
_SIZE: Final = late(_PART)
AROUND: Final = re.compile(r"\s*([*+])\s*")
# Words that people write where sizes stand, and what they mean, or what to do.
WORDS: Final[Mapping[str, str]] = {
    "real": "leave it out: what is not declared complex is real", "reals": "leave it out: what is not declared complex is real",
    "number": "scalar",
    "float": "scalar", "double": "scalar", "vec": "vector", "col": "vector", "column": "vector", "colvec": "vector", "rowvec": "row",
    "mat": "matrix", "square": "give its sizes, such as 'n x n'", "array": "give its sizes, such as 'n' or 'm x n'", "int": "integer",
    "sym": "symmetric", "pos": "positive", "nonnegative": "positive", "posdef": "spd", "pd": "spd", "diag": "diagonal",
    "antisymmetric": "skew", "orth": "orthogonal", "inv": "invertible", "const": "constant", "triangular": "lower",
    "tensor": "a variable has at most two axes: 'm x n'",
}  # fmt: skip
MAX_LETTERS: Final = 4
MAX_SIZE_DIGITS: Final = 9


@dataclass(frozen=True)
class Declaration:
    """What is said of a variable: a kind, or the dimensions (one for a vector, two for a matrix), and properties.

    Without a kind and dimensions, the variable is what its name says.
    """

    name: str
    kind: str = ""
    dimensions: tuple[Dim, ...] = ()
    properties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FunctionDeclaration:
    """What is said of a function: `kind` is elementwise, or that of its value: scalar, vector, matrix; `argument` is one or open."""

    name: str
    kind: str
    argument: str = ""


Declared = Declaration | FunctionDeclaration


def read_declarations(
    variables: Mapping[str, str] | Sequence[str] | None, attrs: Mapping[str, Sequence[str]] | None
) -> dict[str, Declared]:
    """All declarations by name, those of `attrs` added.

    Raises ParseError for a declaration that cannot be read, UsageError for an unknown property.
    """
    found: dict[str, Declared] = {}
    if isinstance(variables, str):
        variables = [variables]
    if isinstance(variables, Mapping):
        for name, body in variables.items():
            found[name] = _declared(_checked_name(name, name, (0, len(name))), body, body, 0, given=True)
    else:
        for text in variables or ():
            found |= {d.name: d for d in read_declaration(text)}
    for name, properties in (attrs or {}).items():
        base = found.get(name, Declaration(name))
        if isinstance(base, FunctionDeclaration):
            raise UsageError(f"{name} is a function; {', '.join(properties)} is said of variables")
        whole = replace(base, properties=base.properties | {_checked_property(p, None, None) for p in properties})
        found[name] = consistent(whole, None, None)
    return found


def read_declaration(text: str) -> list[Declared]:
    """The declarations of one line: `W: m x n`, or `x, y: n` for several alike."""
    names, colon, body = text.partition(":")
    if not colon:
        hint = "write NAME: SHAPE, such as 'W: m x n', 'x: n' or 'c: scalar'"
        raise ParseError("a declaration needs a ':' after the name", (0, len(text)), text, hint)
    parts = names.replace(",", " ").split()
    if not parts:
        raise ParseError("a declaration begins with a name", (0, 1), text)
    return [_declared(_checked_name(name, text, (0, len(names))), body, text, len(names) + 1) for name in parts]


def _checked_name(name: str, source: str, span: Span) -> str:
    """A name as the lexer spells it."""
    spelled = _as_lexed(name)
    if spelled is None:
        raise ParseError(f"{name!r} is not a name", span, source, "a name starts with a letter and holds letters, digits and _")
    if spelled == "where":
        raise ParseError("'where' begins the definitions of a request and is no name", span, source, "choose another name")
    return spelled


@remembered(4096)
def _as_lexed(name: str) -> str | None:
    """A name as the lexer spells it; None of what is none."""
    tokens = lex(name).tokens
    return tokens[0].text if len(tokens) == 2 and tokens[0].kind == "name" and tokens[0].text != BOLD_ONE else None


def _declared(name: str, body: str, source: str, offset: int, given: bool = False) -> Declared:
    """One declaration from what follows its name; `given` tells that an empty body means a scalar."""
    if not isinstance(body, str):
        raise UsageError(f"the shape of {name} is {body!r}", hint='shapes are texts, such as "m n", "n" or ""')
    if (dimensions := _plain(body)) is not None:
        return Declaration(name, "" if dimensions else "scalar", dimensions)
    if "->" in body or body.strip() == "elementwise":
        return _function(name, body, source, offset)
    words = AROUND.sub(r"\1", body.replace("×", " x ").replace(",", " ")).split()
    span = _stripped(body, offset)
    count = len(words)
    while count and is_property(words[count - 1]):
        count -= 1
    properties = frozenset(words[count:])
    sizes = [w for i, w in enumerate(words[:count]) if w not in ("x", "by") or i == 0 or i == count - 1]
    if not sizes:
        made = Declaration(name, "" if properties else "scalar", (), properties)
    elif len(sizes) == 1 and sizes[0] in KINDS:
        made = Declaration(name, sizes[0], (), properties)
    elif len(sizes) > 2:
        raise _unreadable(name, sizes, source, span)
    else:
        made = Declaration(name, "", tuple(_size(s, source, span) for s in sizes), properties)
    return consistent(made, span, source)


@remembered(4096)
def _plain(body: str) -> tuple[Dim, ...] | None:
    """The dimensions of a text of single letters and numbers, none of a scalar; None of any other text."""
    words = body.split()
    if len(words) == 3 and words[1] == "x":
        del words[1]
    is_plain = len(words) <= 2 and all(w.isascii() and (len(w) == 1 and w.isalpha() or w.isdigit() and int(w[:9])) for w in words)
    return tuple(map(dim, words)) if is_plain and all(len(w) <= MAX_SIZE_DIGITS for w in words) else None


def consistent(d: Declaration, span: Span | None, source: str | None) -> Declaration:
    """The declaration, unless no variable can be what it says.

    Raises UsageError for properties that exclude each other, ShapeError for one of a square matrix where the shape is none.
    """
    if (pair := contradiction(d.properties)) is not None:
        raise UsageError(f"{d.name} cannot be both {pair[0]} and {pair[1]}", span, source)
    rows, columns = (*d.dimensions, ONE, ONE)[:2]
    only_square = square_ones(d.properties)
    if only_square and (rows != columns or d.kind in ("vector", "row")):
        told = f"{rows} x {columns}" if d.dimensions else f"a {d.kind}"
        square = min(only_square)
        hint = f"a square matrix is declared '{d.name}: n x n {square}'"
        raise ShapeError(f"{d.name} is {told}, and only a square matrix is {square}", span, source, hint)
    return d


def _stripped(body: str, offset: int) -> Span:
    """Where a text that begins at an offset stands, without the space around it."""
    start = offset + len(body) - len(body.lstrip())
    return start, max(start + 1, offset + len(body.rstrip()))


def _unreadable(name: str, sizes: list[str], source: str, span: Span) -> ParseError | UsageError:
    if nearest(sizes[-1]) is not None or sizes[-1].isalpha() and len(sizes[-1]) > 2:
        return _unknown_property(sizes[-1], span, source)
    hint = "'n' is a vector, 'm x n' a matrix, 'scalar' a scalar"
    return ParseError(f"{name} has {len(sizes)} dimensions; a variable has at most two", span, source, hint)


def _checked_property(name: str, span: Span | None, source: str | None) -> str:
    if not is_property(name):
        raise _unknown_property(name, span, source)
    return name


def _unknown_property(name: str, span: Span | None, source: str | None) -> UsageError:
    near = nearest(name)
    hint = f"did you mean {near!r}?" if near is not None else f"the properties are {', '.join(sorted(property_names()))}"
    return UsageError(f"{name!r} is not a property", span, source, hint)


def _size(text: str, source: str, span: Span) -> Dim:
    """A dimension: an integer, a name, or sums of products of them."""
    meant = text if text in KINDS else WORDS.get(text) or len(text) > MAX_LETTERS and alike(text, [*KINDS, *property_names()])
    if meant and not is_property(text):
        hint = f"write {meant!r}" if meant in KINDS or is_property(meant) else meant
        raise ParseError(f"{text!r} is no size", span, source, hint)
    if is_property(text):
        raise ParseError(f"{text!r} stands where a dimension is expected", span, source, "properties come last: 'S: n x n symmetric'")
    if text.count("*") + text.count("+") + text.count("(") >= MAX_PARTS:
        raise LimitError(f"a dimension is the sum or product of at most {MAX_PARTS} names", span, source)
    size = _total(text)
    if size is None:
        raise ParseError(f"{text!r} is not a dimension", span, source, "a dimension is a name or a positive integer")
    if size.is_zero:
        raise ParseError("a dimension is at least 1", span, source)
    return size


def _total(text: str) -> Dim | None:
    """The size that sums and products of names and integers say, in parentheses where they must be; None for what says none."""
    terms = [_product(term) for term in _parts(text, "+")]
    return None if None in terms else plus(*(t for t in terms if t is not None))


def _product(text: str) -> Dim | None:
    """A product of sizes, or half of one that is even: n*(n + 1)/2."""
    if text.endswith("/2"):
        whole = _product(text.removesuffix("/2"))
        return None if whole is None else halved(whole)
    factors = [_factor(f) for f in _parts(text, "*")]
    return None if None in factors else times(*(f for f in factors if f is not None))


def _factor(text: str) -> Dim | None:
    if text.startswith("(") and text.endswith(")"):
        return _total(text[1:-1])
    return dim(text) if _SIZE().fullmatch(text) else None


def _parts(text: str, sign: str) -> list[str]:
    """What stands between the signs that are in no parentheses."""
    parts, depth = [""], 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == sign and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def _function(name: str, body: str, source: str, offset: int) -> FunctionDeclaration:
    argument, arrow, value = (part.strip() for part in body.partition("->"))
    if not arrow or argument == value == "scalar":
        return FunctionDeclaration(name, "elementwise")
    if argument not in KINDS[:3] or value not in KINDS[:3]:
        hint = "a function is 'elementwise', or takes and gives a scalar, vector or matrix: 'vector -> scalar', 'scalar -> matrix'"
        raise ParseError(f"{body.strip()!r} is not a kind of function", _stripped(body, offset), source, hint)
    return FunctionDeclaration(name, value, argument)


def names_of(dimensions: Iterable[Dim]) -> set[str]:
    """The names that occur in dimensions."""
    found: set[str] = set()
    for d in dimensions:
        if d.is_Symbol:
            found.add(d.name)
        elif not d.is_Integer:
            found |= {s.name for s in d.free_symbols}
    return found


def kinds_declared(declared: Mapping[str, Declared]) -> dict[str, str]:
    """What the declared names are: scalar, vector, row, matrix, function, or "" where only a property is declared."""
    kinds: dict[str, str] = {}
    for name, d in declared.items():
        if isinstance(d, FunctionDeclaration):
            kinds |= {f"{prefix}{name}": "function" for prefix in ("", "grad_", "hess_", "D_", "D2_")}
        else:
            sizes = d.dimensions
            of_sizes = "" if not sizes else "vector" if len(sizes) == 1 or sizes[1] is ONE else "row" if sizes[0] is ONE else "matrix"
            kinds[name] = d.kind or of_sizes or ("matrix" if name[:1].isupper() else "")
    return kinds
