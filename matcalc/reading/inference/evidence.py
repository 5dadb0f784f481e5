"""What a request tells of the kinds of undeclared names before any shape is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from matcalc.book import rules as rulebook
from matcalc.reading.grammar.syntax import Bars, Binary, Call, Listing, Name, Negation, Parsed, Syntax
from matcalc.reading.inference.scope import Scope
from matcalc.reading.inference.steps import lay_out

COUNTS: Final = frozenset("ijklmn")
_SCALING: Final = frozenset({"multiply", "divide", "matmul"})


def note_counts(trees: Sequence[Parsed], scope: Scope) -> None:
    """Enter the names of counts: letters i to n that are nowhere but beside a scalar-valued function, as in n/2*logdet(S)."""
    written = Counter(node.name for tree in trees for node in tree.names if node.name in COUNTS)
    undecided = {n for n in written if not (n in scope.varying or scope.is_variable(n) or scope.is_dimension(n))}
    if not undecided:
        return
    beside: Counter[str] = Counter()
    for tree in trees:
        steps = lay_out(tree)
        inside = {id(f) for s in steps if _scales(s.node) for f in _factors(s.node) if _scales(f)}
        for step in steps:
            if _scales(step.node) and id(step.node) not in inside:
                factors = [f for f in _factors(step.node) if not _scales(f)]
                if any(_is_number(f, scope) for f in factors):
                    beside.update(f.name for f in factors if isinstance(f, Name) and f.name in undecided)
    scope.counts |= {n for n in undecided if beside[n] == written[n]}


def _scales(node: Syntax) -> bool:
    return isinstance(node, Binary) and node.op in _SCALING


def _factors(node: Syntax) -> Iterator[Syntax]:
    """The factors of a product and, of those that are products themselves, the products too; signs and parentheses are left out."""
    assert isinstance(node, Binary)
    pending: list[Syntax] = [node.left, node.right]
    while pending:
        part = pending.pop()
        if isinstance(part, Negation):
            pending.append(part.operand)
        elif isinstance(part, Listing) and len(part.items) == 1:
            pending.append(part.items[0])
        else:
            yield part
            if isinstance(part, Binary) and part.op in _SCALING:
                pending += [part.left, part.right]


def _is_number(node: Syntax, scope: Scope) -> bool:
    """Whether it is a call or bars whose value is a scalar, whatever their argument, or a power or an entrywise function of such."""
    while True:
        if isinstance(node, Bars):
            return True
        if isinstance(node, Listing) and len(node.items) == 1:
            node = node.items[0]
        elif isinstance(node, Binary) and node.op in ("power", "epow"):
            node = node.left
        elif isinstance(node, Call) and node.name in scope.functions:
            return scope.functions[node.name].kind == "scalar"
        elif isinstance(node, Call) and (rule := rulebook.find(node.name)) is not None:
            if rule.kind != "elementwise":
                return rule.value == ("1", "1")
            node = node.args[0]
        else:
            return False
