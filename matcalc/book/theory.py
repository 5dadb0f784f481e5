"""The rules that a derivation can name, each with what it says, why, and a request whose derivation uses it.

They are the moves of derivation.toml, the differential of every function of the book, and what a structure or a manifold makes of
a gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.book.moves import IDENTITY, LINEAR_ARGUMENT, Move, moves
from matcalc.book.proofs import Example, proof_of, proofs
from matcalc.book.rule import Param, Rule
from matcalc.book.spaces import PROJECTED, Manifold, Structure, manifolds, structures
from matcalc.records import dataclass

DIFFERENTIAL: Final = "differential of "
DERIVATIVE: Final = "derivative of "
ENTRYWISE: Final = ", entry by entry"
MANIFOLD: Final = "Riemannian gradient on the manifold "
FREE: Final = "by the free entries of "
PROJECTION: Final = "projected on the space of "
SCALAR: Final = ("1", "1")
# What is added to the name of an identity whose both sides are turned.
TRANSPOSED: Final = ", transposed"


@dataclass(frozen=True)
class Theory:
    """A rule: `args` are the shapes of the letters of its `identity`."""

    name: str
    statement: str
    proof: str
    source: str
    example: Example | None
    identity: str = ""
    args: tuple[str, ...] = ()


def theories(name: str) -> list[Theory]:
    """What is said under a name that stands beside a line, or under the id of a move; several where the rule has several forms."""
    wanted = " ".join(name.casefold().split())
    if LINEAR_ARGUMENT in wanted:
        return [t for part in (wanted.replace(LINEAR_ARGUMENT, ""), "linear") for t in theories(part)]
    if wanted.startswith(IDENTITY):
        return [t for t in _of_identities() if t.name.casefold() == wanted.removesuffix(TRANSPOSED)]
    found = [t for key, t in _of_moves() if wanted in (key, key.replace("_", " "), t.name.casefold())]
    return found or [t for t in _of_functions_and_spaces(wanted) if t.name.casefold() == wanted]


def theories_of(m: Move) -> list[Theory]:
    """What is said of one move; of moves that share a name, the one that it is."""
    found = [t for key, t in _of_moves() if moves()[key] == m]
    return found or theories(m.name)


def names_of_theories() -> list[str]:
    """Every name under which a rule of derivations can be asked for, with the functions that are in use."""
    functions = [n for rule in rulebook.in_use().functions.values() for n in names_of(rule)]
    named = [t.name for t in (*_of_structures(), *_of_manifolds())]
    identities = [t.name for t in _of_identities()]
    return list(dict.fromkeys([*(m.name for m in moves().values()), *functions, *named, *identities]))


def names_of(rule: Rule) -> tuple[str, ...]:
    """What a derivation calls the differential of a function."""
    if rule.kind != "elementwise":
        return (DIFFERENTIAL + rule.name,)
    return DERIVATIVE + rule.name, DERIVATIVE + rule.name + ENTRYWISE


def of_function(rule: Rule, entrywise: bool = True) -> Theory:
    """The differential of a function."""
    name = names_of(rule)[-1 if entrywise else 0]
    return Theory(name, statement_of(rule, entrywise), proof_of(rule), rule.source, example_of(rule, entrywise))


def statement_of(rule: Rule, entrywise: bool = True) -> str:
    """The differential of a function as an equation."""
    call = f"{rule.name}({', '.join(p.name for p in rule.params)})"
    first = rule.params[0].name
    if rule.derivative:
        sign = ".*" if entrywise else "*"
        factor = f"({rule.derivative})" if " " in rule.derivative else rule.derivative
        return f"d {call} = {factor}{sign}d{first}"
    if rule.d:
        return f"d {call} = {rule.d}"
    if rule.function:
        return f"d tr({call}) = tr({rule.function}*d{first})"
    if rule.jacobian:
        return f"d vec({call}) = J*d vec({first}) with J = {rule.jacobian}"
    moved = [f"{rule.name}({', '.join(f'd{p.name}' if p is q else p.name for p in rule.params)})" for q in rule.params]
    return f"d {call} = {' + '.join(moved)}"


def example_of(rule: Rule, entrywise: bool) -> Example:
    """A request whose derivation uses the differential of a function, by its first parameter."""
    x = rule.params[0]
    if rule.kind == "elementwise":
        return Example(f"d a^T*{rule.name}(B*x)/dx") if entrywise else Example(f"d {rule.name}(a^T*x)/dx")
    arguments = ", ".join("1" if p.counts else p.name for p in rule.params)
    declared = tuple(f"{p.name}: {_declared(p)}" for p in rule.params if not p.counts)
    is_map = rule.value[1] != "1" or rule.value != SCALAR and x.shape[1] != "1"
    return Example(f"d {rule.name}({arguments})/d{x.name}", form="differential" if is_map else "", variables=declared)


def _declared(p: Param) -> str:
    """How a parameter is declared."""
    if p.shape == SCALAR:
        return "scalar"
    return p.shape[0] if p.shape[1] == "1" else " x ".join(p.shape)


def _of_moves() -> Iterator[tuple[str, Theory]]:
    """The moves of derivation.toml."""
    for key, m in moves().items():
        p = proofs()[key]
        yield key, Theory(m.name, p.statement, p.proof, m.source, p.example, m.identity, m.args)


def _of_identities() -> Iterator[Theory]:
    """The identities of the book and of the user's own files."""
    for table in rulebook.in_use().identities:
        says = table.says
        equation = f"{says['left']} = {says['right']}"
        why = "what the functions on both sides mean; both sides are compared with numbers"
        yield Theory(IDENTITY + says["name"], equation, why, says["source"], None, equation, tuple(says["args"]))


def _of_functions_and_spaces(name: str) -> Iterator[Theory]:
    """The differential of the function that a name ends with, and all structures and manifolds."""
    function = name.removesuffix(ENTRYWISE).rpartition(" ")[2]
    rule = next((r for r in rulebook.in_use().functions.values() if r.name.casefold() == function), None)
    if rule is not None:
        yield from (of_function(rule, entrywise) for entrywise in ((True, False) if rule.kind == "elementwise" else (True,)))
    yield from _of_structures()
    yield from _of_manifolds()


def _of_structures() -> Iterator[Theory]:
    """The gradients by a structured variable, in both readings."""
    for s in structures().values():
        yield _of_structure(s, FREE, s.independent)
        yield _of_structure(s, PROJECTION, s.projected)


def _of_structure(s: Structure, prefix: str, gradient: str) -> Theory:
    is_free = prefix == FREE
    why = "df = tr(G^T*dX) = tr(P(G)^T*dX) for every dX in the space, where P is the orthogonal projection, its own adjoint"
    if is_free:
        why = f"df = tr(G^T*dX), where {s.free}, vary alone: the coefficient of each is the sum of the entries of G that it moves"
    declared = (f"X: n x n {' '.join(s.of or (s.name,))}",)
    example = Example("d tr(A*X)/dX", variables=declared, structured=True, reading="" if is_free else PROJECTED)
    said = f"the gradient G with all entries free becomes {gradient}"
    return Theory(prefix + s.means, said, why, s.source, example)


def _of_manifolds() -> Iterator[Theory]:
    """The Riemannian gradients."""
    for m in manifolds().values():
        yield _of_manifold(m)


def _of_manifold(m: Manifold) -> Theory:
    said = f"on {m.equation}, the gradient G in the surrounding space becomes {m.gradient}, with the {m.metric}"
    why = "it is the tangent vector whose inner product with every tangent vector V is df(V) = tr(G^T*V)"
    return Theory(MANIFOLD + m.name, said, why, m.source, Example("d tr(X^T*A*X)/dX", variables=(m.of,), manifold=m.name))

