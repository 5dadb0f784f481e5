"""Complex numbers in a request: signs that the rest of it explains, names of the imaginary unit, and which undeclared names are complex.

A name of which nothing is declared is real, unless the request has ^H, a conjugate, a real or imaginary part, or a derivative by one.
Then its arrays are complex, and so are the scalars that are conjugated or added to something; Greek letters and factors stay real, and
so do the phases t and k of exp(1j*t*k). What is declared is what the declaration says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.book.properties import implied
from matcalc.errors import ParseError
from matcalc.reading.declarations import Declaration, Declared
from matcalc.reading.grammar.complex_marks import speaks_of_complex_numbers
from matcalc.reading.grammar.components import UNDER
from matcalc.reading.grammar.syntax import Call, Name, Number, Parsed, Syntax, Transposition, peeled
from matcalc.reading.grammar.tokens import BAR, DAGGER, Lexed, Token
from matcalc.reading.inference.scope import Complexes, is_greek
from matcalc.reading.inference.steps import SUMS, Step, lay_out
from matcalc.reading.notes import ASSUMED, SPELLING, Note

COMPLEX: Final = "complex"
UNIT: Final = "imaginary"
UNIT_TEXT: Final = "1j"
_CONJUGATING: Final = frozenset({*UNDER, "arg"})


def is_complex(d: Declared | None) -> bool:
    """Whether a declaration says that a variable is complex."""
    return isinstance(d, Declaration) and bool(d.properties) and COMPLEX in implied(d.properties)


def units_of(declared: Mapping[str, Declared]) -> list[str]:
    """The names that are declared to be the imaginary unit."""
    return [name for name, d in declared.items() if isinstance(d, Declaration) and UNIT in d.properties]


def has_complex(declared: Mapping[str, Declared], texts: Iterable[str]) -> bool:
    """Whether a request is about complex numbers, by its declarations or by a mark in one of its texts."""
    return any(UNIT in d.properties or is_complex(d) for d in declared.values() if isinstance(d, Declaration)) or any(
        map(speaks_of_complex_numbers, texts)
    )


def explained(lexed: Lexed, source: str, units: Sequence[str], declared: Mapping[str, Declared], speaks: bool) -> Lexed:
    """The tokens with ^† and bars read by what else the request has, names of the imaginary unit as numbers, and 2j as a product of j."""
    has_j = "j" in declared or any(t.kind == "name" and t.text == "j" for t in lexed.tokens)
    tokens: list[Token] = []
    for t in lexed.tokens:
        if t.kind == "sup" and (DAGGER in t.text or BAR in t.text):
            _raised(tokens, t, source, speaks)
        elif t.kind == "name" and t.text in units:
            tokens.append(t._replace(kind="number", text=UNIT_TEXT))
        elif t.kind == "number" and t.text[-1] == "j" and has_j:
            tokens += [t._replace(text=t.text[:-1], end=t.end - 1), Token("name", "j", t.end - 1, t.end)]
        else:
            tokens.append(t)
    return lexed._replace(tokens=tokens)


def _raised(before: list[Token], t: Token, source: str, speaks: bool) -> None:
    """A dagger or a bar above an operand."""
    if before and before[-1].text == "^":
        before.pop()
    above = t.text.removeprefix(BAR)
    rest = [t._replace(text=above.replace(DAGGER, "H"))] if above else []
    if speaks:
        before += [*([t._replace(text="*")] if above != t.text else []), *rest]
        return
    if DAGGER in t.text:
        told = "this dagger could be the conjugate transpose or the pseudo-inverse"
        raise ParseError(told, (t.start, t.end), source, "write A^H or pinv(A), or declare what is complex")
    if not before or before[-1].kind != "name":
        raise ParseError("this bar is not on a single name", (t.start, t.end), source, "write conj(...) for the conjugate")
    before[-1:] = [before[-1]._replace(text=f"{before[-1].text}_bar", end=t.end), *rest]


def complexes(trees: Sequence[Parsed], by: Sequence[str]) -> Complexes | None:
    """Which undeclared names of trees are complex, those whose conjugates or parts are differentiated by among them; None where none is."""
    conjugated, terms, phases, elsewhere = set(by), set[str](), set[str](), set[str]()
    found = bool(by)
    for tree in trees:
        steps = lay_out(tree)
        turning = _below_phases(steps)
        for k, step in enumerate(steps):
            node = step.node
            if isinstance(node, Name):
                (phases if k in turning else elsewhere).add(node.name)
            elif _conjugates(node):
                found = True
                conjugated |= {n.name for n in map(peeled, _operands(node)) if isinstance(n, Name)}
            elif step.ops and step.ops[0].op in SUMS:
                parts = (peeled(steps[i].node) for i in step.operands)
                terms |= {n.name for n in parts if isinstance(n, Name) and not is_greek(n.name)}
    return Complexes(frozenset(conjugated), frozenset(terms), frozenset(phases - elsewhere)) if found else None


def _conjugates(node: Syntax) -> bool:
    return isinstance(node, Transposition) and node.sign == "H" or isinstance(node, Call) and node.name in _CONJUGATING


def _operands(node: Syntax) -> tuple[Syntax, ...]:
    return (node.operand,) if isinstance(node, Transposition) else node.args if isinstance(node, Call) else ()


def _below_phases(steps: Sequence[Step]) -> set[int]:
    """The steps below an exponential of something with the imaginary unit in it."""
    found: set[int] = set()
    for k in range(len(steps) - 1, -1, -1):
        node = steps[k].node
        if k in found or isinstance(node, Call) and _is_exponential(node.name) and any(_holds_unit(steps, i) for i in steps[k].operands):
            found.update(steps[k].operands)
    return found


def _is_exponential(name: str) -> bool:
    """Whether a function makes a product of a sum, as exp does, or is such a one of a matrix."""
    rule = rulebook.find(name)
    root = rulebook.find(rule.extends) if rule is not None and rule.extends else rule
    return root is not None and root.of_sum == "product"


def _holds_unit(steps: Sequence[Step], i: int) -> bool:
    pending = [i]
    while pending:
        k = pending.pop()
        node = steps[k].node
        if isinstance(node, Number) and node.text.endswith("j"):
            return True
        pending += steps[k].operands
    return False


def notes_of(kinds: Mapping[str, bool], squares: Sequence[str]) -> Iterator[Note]:
    """What is said of names of which nothing is declared: which are complex, of which are real, and which could be hermitian."""
    complex_ones, real_ones = ([n for n, is_so in kinds.items() if is_so is wanted] for wanted in (True, False))
    if complex_ones:
        told = f"{_listed(complex_ones)} {'is' if len(complex_ones) == 1 else 'are'} complex"
        hint = f" (declare '{squares[0]}: n x n hermitian' if so)" if squares else ""
        yield Note(told + hint, ASSUMED, tuple(complex_ones))
    if complex_ones and real_ones:
        yield Note(f"{_listed(real_ones)} {'is' if len(real_ones) == 1 else 'are'} real", ASSUMED, tuple(real_ones))


def note_of_units(units: Sequence[str]) -> list[Note]:
    """That a declared name is the imaginary unit."""
    return [Note(f"{name} is the imaginary unit, {UNIT_TEXT}", SPELLING, (name,)) for name in units]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
