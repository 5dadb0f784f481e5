"""The sums of a request in one go: what its names are, which of them are families, and its trees without sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from matcalc.errors import UsageError
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Bars,
    Binary,
    Call,
    Index,
    Listing,
    Name,
    Negation,
    Parsed,
    Sum,
    Syntax,
    Transposition,
)
from matcalc.reading.grammar.tokens import SUMMED, Look
from matcalc.reading.sums.contraction import contracted
from matcalc.reading.sums.kinds import Request, Use, capital, kinds_of, labels_of, limits_of, uses
from matcalc.reading.sums.ranks import MATRIX, Names
from matcalc.records import dataclass

_REASONS: Final[Mapping[str, str]] = {
    "scalar": "it stands for a number under the sum", "vector": "it stands for a column under the sum",
    "row": "it stands for a row under the sum", "matrix": "it stands for a matrix under the sum",
}  # fmt: skip


@dataclass(frozen=True)
class Summed:
    """The trees without sums, what the sums say of the kinds of names, and the matrix whose rows are a family, by its name."""

    trees: tuple[Parsed, ...]
    looks: Mapping[str, Look] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)


def summed(request: Request, wanted: Sequence[str] = ()) -> Summed:
    """The trees of a request with products of matrices in place of its sums; `wanted` are the variables of the derivative.

    Raises ParseError for a sum that has no such form, UsageError for a derivative by a name that is no variable.
    """
    if request.is_complex:
        request = replace(request, trees=[(name, _with_conjugates(tree)) for name, tree in request.trees])
    parsed = [tree for _, tree in request.trees]
    labels = labels_of(parsed)
    names = kinds_of(request)
    used = uses(parsed, labels)
    families = _families(request, names.labelled, used, {*used, *wanted, *request.kinds, *labels, *limits_of(parsed)})
    _check_variables(request, wanted, families, used)
    trees = tuple(_without_sums(tree, names, families) for tree in parsed)
    rows = {name: families.get(name, name) for name, use in used.items() if use.one and names.labelled[name] == MATRIX}
    return Summed(trees, _looks(request, names, used, families), rows)


def _families(request: Request, labelled: Mapping[str, str], used: Mapping[str, Use], taken: set[str]) -> dict[str, str]:
    """The name of every matrix whose rows or entries a lower-case letter with labels stands for, by that letter."""
    found: dict[str, str] = {}
    defined = {name for name, _ in request.trees}
    for name, use in used.items():
        if not use.labelled or name in defined or labelled[name] != MATRIX or request.kinds.get(name) == MATRIX or name[0].isupper():
            continue
        wanted = capital(name)
        is_another = used.get(wanted, Use()).bare and wanted not in request.told or request.kinds.get(wanted, MATRIX) != MATRIX
        is_another |= wanted in found.values() or used.get(wanted, Use()).labelled and labelled[wanted] != MATRIX
        candidates = [wanted] if not is_another else [free for free in _free_names(wanted) if free not in taken]
        found[name] = candidates[0]
        taken.add(candidates[0])
    return found


def _free_names(name: str) -> Iterator[str]:
    yield f"{name}_rows"
    k = 1
    while True:
        yield f"{name}_rows{k}"
        k += 1


def _check_variables(request: Request, wanted: Sequence[str], families: Mapping[str, str], used: Mapping[str, Use]) -> None:
    """A derivative by x, where only x_i occurs, is by what?"""
    source = request.trees[-1][1].source
    labels = labels_of(tree for _, tree in request.trees)
    for name in wanted:
        stem, _, below = name.rpartition("_")
        if below in labels and stem in used:
            whole = families.get(stem, stem)
            hint = f"differentiate by {whole}, of which {name} is {'row' if used[stem].one and stem in families else 'entry'} {below}"
            raise UsageError(f"{name} is one of those that the sum goes over", None, source, hint)
        if name in families and name not in families.values() and not used[name].bare:
            told = f"{name} alone is no variable here: its samples are the rows of {families[name]}"
            raise UsageError(told, None, source, f"differentiate by {families[name]}")


def _looks(request: Request, names: Names, used: Mapping[str, Use], families: Mapping[str, str]) -> dict[str, Look]:
    """What the sums say of the names under them, which nothing outside them may overrule."""
    under: set[str] = set()
    for _, tree in request.trees:
        for sum_ in tree.sums:
            under |= {node.name for node in _nodes(sum_.operand) if isinstance(node, Name)}
    found: dict[str, Look] = {}
    for name in (under & used.keys()) - {name for name, _ in request.trees}:
        if name not in families and used[name].labelled:
            found[name] = Look(names.labelled[name], "its index is summed over", SUMMED)
        elif used[name].bare and name in names.kinds:
            found[name] = Look(names.kinds[name], _REASONS[names.kinds[name]], SUMMED)
    for name, matrix in families.items():
        found[matrix] = Look(MATRIX, f"its rows are the {name}_i" if used[name].one else f"its entries are the {name}_ij", SUMMED)
    return found


def _nodes(root: Syntax) -> Iterator[Syntax]:
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending += parts_of(node)


def parts_of(node: Syntax) -> tuple[Syntax, ...]:
    """The operands of a node in the order in which they are written; the positions of an index are none."""
    match node:
        case Bars(weight=weight) if weight is not None:
            return (node.operand, weight)
        case Negation() | Transposition() | Bars() | Sum():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Call():
            return node.args
        case Listing():
            return node.items
        case Index():
            return (node.base,)
        case ArrayLiteral():
            return tuple(e for row in node.rows for e in row)
    return ()


def _rebuilt(node: Syntax, parts: Sequence[Syntax]) -> Syntax:
    """The node with other operands."""
    match node:
        case Bars(weight=weight) if weight is not None:
            return replace(node, operand=parts[0], weight=parts[1])
        case Negation() | Transposition() | Bars() | Sum():
            return replace(node, operand=parts[0])
        case Binary():
            return replace(node, left=parts[0], right=parts[1])
        case Call():
            return replace(node, args=tuple(parts))
        case Listing():
            return replace(node, items=tuple(parts))
        case Index():
            return replace(node, base=parts[0])
        case ArrayLiteral():
            width = len(node.rows[0])
            return replace(node, rows=tuple(tuple(parts[k : k + width]) for k in range(0, len(parts), width)))
    return node


def _as_it_is(node: Syntax) -> Syntax:
    return node


def _transformed(root: Syntax, change: Callable[[Syntax], Syntax | None], finish: Callable[[Syntax], Syntax] = _as_it_is) -> Syntax:
    """The tree with other nodes in place of some, none of which is looked into further; others are `finished` after their parts."""
    done: list[Syntax] = []
    pending: list[tuple[Syntax, bool]] = [(root, False)]
    while pending:
        node, ready = pending.pop()
        parts = parts_of(node)
        if ready:
            new = done[len(done) - len(parts) :]
            del done[len(done) - len(parts) :]
            same = all(a is b for a, b in zip(parts, new, strict=True))
            done.append(finish(node if same else _rebuilt(node, new)))
        elif (changed := change(node)) is not None:
            done.append(changed)
        elif parts:
            pending.append((node, True))
            pending.extend((part, False) for part in reversed(parts))
        else:
            done.append(node)
    return done[0]


def _with_conjugates(tree: Parsed) -> Parsed:
    """A tree with conj(A)^T for A^H below its sums, and |x| below norms, whose entries may be complex."""

    def change(node: Syntax) -> Syntax | None:
        return replace(node, operand=_transformed(node.operand, lambda part: None, _in_conjugates)) if isinstance(node, Sum) else None

    root = _transformed(tree.tree, change)
    nodes = list(_nodes(root))[::-1]
    calls = [n for n in nodes if isinstance(n, Call)]
    return replace(tree, tree=root, calls=calls, sums=[n for n in nodes if isinstance(n, Sum)])


def _in_conjugates(node: Syntax) -> Syntax:
    if isinstance(node, Transposition) and node.sign != "T":
        return Transposition(Call("conj", (node.operand,), node.span, node.span), node.span)
    if isinstance(node, Bars) and node.double and node.weight is None:
        return replace(node, operand=Call("abs", (node.operand,), node.span, node.span))
    return node


def _without_sums(tree: Parsed, names: Names, families: Mapping[str, str]) -> Parsed:
    """A tree with products in place of its sums, and what is noted of its names, calls and powers."""

    def change(node: Syntax) -> Syntax | None:
        return Listing((contracted(node, names, families, tree.source),), node.span) if isinstance(node, Sum) else None

    root = _transformed(tree.tree, change)
    nodes = list(_nodes(root))[::-1]
    return Parsed(
        root,
        tree.source,
        tree.numpy,
        [n for n in nodes if isinstance(n, Name)],
        [n for n in nodes if isinstance(n, Call)],
        [n for n in nodes if isinstance(n, Binary) and n.op in ("power", "epow")],
        weights=tree.weights,
    )
