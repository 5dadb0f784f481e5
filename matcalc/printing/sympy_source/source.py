"""SymPy source: pieces of it with how tightly they bind, sums and products of them, and the program that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sympy.printing.str import StrPrinter

from matcalc.records import dataclass

SUM: Final = 1
PRODUCT: Final = 2
SIGN: Final = 3
POWER: Final = 4
ATOM: Final = 5

SYMPY: Final = frozenset(
    "Abs BlockMatrix Derivative Determinant DiagMatrix DiagonalOf Function FunctionMatrix Heaviside HadamardPower HadamardProduct"
    " I Identity ImmutableMatrix Integer KroneckerDelta KroneckerProduct Lambda MatrixSymbol Max OneMatrix Rational Subs Sum Symbol Trace"
    " ZeroMatrix acos acosh asin asinh atan atanh ceiling cos cosh digamma erf erfc exp floor gamma log loggamma pi sign sin sinc"
    " sinh sqrt symbols tan tanh".split()
)
OURS: Final = frozenset(
    {"Commutation", "Duplication", "Elimination", "FunctionOfArrays", "MatrixFunction", "PseudoInverse", "ValueOfUnknown", "Vec"}
)


class Code(NamedTuple):
    """Source of a value, how tightly its outermost operator binds, and how deep its parentheses nest."""

    text: str
    level: int = ATOM
    depth: int = 1

    def at(self, level: int) -> str:
        """The source where at least `level` is needed."""
        return self.text if self.level >= level else f"({self.text})"


class _Constants(StrPrinter):  # type: ignore[misc]
    """SymPy's own spelling, with fractions that Python does not divide."""

    def _print_Rational(self, number: Any) -> str:
        return f"Rational({number.p}, {number.q})"


CONSTANTS: Final = _Constants()


class Definition(NamedTuple):
    """A symbol: what it is for, its name, and its source."""

    what: str
    name: str
    source: str


@dataclass(frozen=True)
class Source:
    """The definitions of symbols by their identifiers, and the statements that make temporaries and `derivative`."""

    definitions: dict[str, Definition]
    statements: tuple[str, ...]

    def text(self) -> str:
        """A program that defines `derivative`."""
        lines = []
        for what, assumptions in ASSUMED.items():
            found = [(label, d.name) for label, d in self.definitions.items() if d.what == what]
            lines += [_symbols(found, assumptions)] if found else []
        lines += [f"{label} = {d.source}" for label, d in self.definitions.items() if d.what not in ASSUMED]
        body = "\n".join([*lines, *self.statements])
        used = _words(body)
        imports = [f"from {module} import {', '.join(sorted(names & used))}" for module, names in MODULES.items() if names & used]
        return "\n".join([*imports, *[""] * bool(imports), body]) + "\n"

    def value(self, given: Mapping[str, Any]) -> Any:
        """The expression, with the SymPy symbols and functions that are given by name in place of new ones."""
        scope = dict(_namespace())
        for label, d in self.definitions.items():
            known = d.name in given and d.what in ("size", "variable", "function")
            scope[label] = given[d.name] if known else _run(f"made = {d.source}", scope)["made"]
        return _run("\n".join(self.statements), scope)["derivative"]


ASSUMED: Final = {"size": "integer=True, positive=True", "place": "integer=True"}
MODULES: Final = {"matcalc.printing.sympy_source.nodes": OURS, "sympy": SYMPY}


def _symbols(labels: Sequence[tuple[str, str]], assumptions: str) -> str:
    names = " ".join(name for _, name in labels)
    function = "symbols" if len(labels) > 1 else "Symbol"
    return f'{", ".join(label for label, _ in labels)} = {function}("{names}", {assumptions})'


def _words(text: str) -> set[str]:
    """The names in a text; what follows a dot is none: X.I is an inverse."""
    return set(re.findall(r"(?<![\w.])\w+", text))


@cache
def _namespace() -> Mapping[str, Any]:
    import sympy

    from matcalc.printing.sympy_source import nodes as sympy_nodes

    return {**{name: getattr(sympy, name) for name in SYMPY}, **{name: getattr(sympy_nodes, name) for name in OURS}}


def _run(source: str, scope: dict[str, Any]) -> dict[str, Any]:
    exec(compile(source, "<derivative>", "exec"), scope)  # noqa: S102 - generated here, from expressions, not from user text
    return scope


def nested(parts: Iterable[Code]) -> int:
    return 1 + max((p.depth for p in parts), default=0)


def added(terms: Sequence[Code]) -> Code:
    """A sum, what is subtracted last."""
    if len(terms) == 1:
        return terms[0]
    ordered = [t for t in terms if not _is_negative(t)] + [t for t in terms if _is_negative(t)]
    out = ordered[0].at(SUM) if not _is_negative(ordered[0]) else ordered[0].text
    for t in ordered[1:]:
        out += f" - {t.text[1:]}" if _is_negative(t) else f" + {t.at(PRODUCT)}"
    return Code(out, SUM, nested(terms))


def _is_negative(code: Code) -> bool:
    return code.level >= PRODUCT and code.text.startswith("-")


def multiplied(factors: Sequence[Code], below: Sequence[Code] = (), minus: bool = False) -> Code:
    """A product over another one, perhaps with a minus sign."""
    top = factors[0] if len(factors) == 1 else Code("*".join(f.at(SIGN) for f in factors) or "1", PRODUCT if factors else ATOM)
    out = top
    if below:
        bottom = below[0].at(SIGN) if len(below) == 1 else "(" + "*".join(f.at(SIGN) for f in below) + ")"
        out = Code(f"{top.at(PRODUCT)}/{bottom}", PRODUCT)
    if minus:
        out = Code("-" + out.at(PRODUCT), PRODUCT)
    return Code(out.text, out.level, nested([*factors, *below]))


def call(function: str, *args: Code) -> Code:
    return Code(f"{function}({', '.join(a.text for a in args)})", ATOM, nested(args))
