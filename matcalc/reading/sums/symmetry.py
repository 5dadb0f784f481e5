r"""Whether the body of a sum over pairs is the same for i, j and for j, i, and whether it is zero for i = j.

Every part is written as a sign and a text, so that parts that the laws of a sum, of a product of numbers and of the transpose make equal
have one text: x_j - x_i is minus x_i - x_j, and x_j^\top x_i is x_i^\top x_j. A text that differs proves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from matcalc.reading.grammar.syntax import Bars, Binary, Call, Index, Listing, Name, Negation, Number, Sum, Syntax, Transposition
from matcalc.reading.inference.steps import Step

ZERO: Final = "0"
Signed = tuple[int, str]


def is_symmetric(steps: Sequence[Step], ranks: Sequence[str], i: str, j: str) -> bool:
    """Whether exchanging two labels changes nothing."""
    return written(steps, ranks, {}) == written(steps, ranks, {i: j, j: i})


def is_zero_on_diagonal(steps: Sequence[Step], ranks: Sequence[str], i: str, j: str) -> bool:
    """Whether the body is zero where two labels are equal."""
    return written(steps, ranks, {j: i})[1] == ZERO


def written(steps: Sequence[Step], ranks: Sequence[str], renamed: Mapping[str, str]) -> Signed:
    """The sign and text of the last step, with other labels for some."""
    found: list[Signed] = []
    for k, step in enumerate(steps):
        parts = [found[i] for i in step.operands]
        found.append(_written(step, parts, ranks[k] == "scalar", [ranks[i] == "scalar" for i in step.operands], renamed))
    return found[-1]


def _written(step: Step, parts: list[Signed], is_number: bool, numbers: list[bool], renamed: Mapping[str, str]) -> Signed:
    node = step.node
    match node:
        case Number():
            return 1, ZERO if node.text == "0" else node.text
        case Name():
            return 1, node.name
        case Negation():
            return -parts[0][0], parts[0][1]
        case Listing(items=(_,)) | Transposition() if is_number:
            return parts[0]
        case Listing(items=(_,)):
            return parts[0]
        case Transposition():
            return parts[0][0], _turned(parts[0][1])
        case Index():
            marks = [renamed.get(i.name, i.name) if isinstance(i, Name) else _position(i) for i in node.indices]
            return parts[0][0], f"{parts[0][1]}[{','.join(marks)}]"
        case Bars():
            return 1, parts[0][1] if parts[0][1] == ZERO else f"|{node.double}{node.subscript} {parts[0][1]}|"
        case Binary():
            return _binary(step, node, parts, is_number, numbers)
    mark = f"{node.name}{node.primes}" if isinstance(node, Call) else str(id(node)) if not isinstance(node, Sum) else f"sum {node.labels}"
    return 1, f"{mark}({','.join(f'{sign:+}{text}' for sign, text in parts)})"


def _position(node: Syntax) -> str:
    return node.text if isinstance(node, Number) else str(id(node))


def _turned(text: str) -> str:
    if text == ZERO:
        return text
    return text[:-1] if text.endswith("'") else f"{text}'"


def _binary(step: Step, node: Binary, parts: list[Signed], is_number: bool, numbers: list[bool]) -> Signed:
    if node.op in ("add", "subtract"):
        signs = [1, *(1 if op.op == "add" else -1 for op in step.ops)]
        return _sum([(sign * s, text) for sign, (s, text) in zip(signs, parts, strict=True)])
    if node.op in ("power", "epow"):
        (sign, base), (_, exponent) = parts
        whole = isinstance(node.right, Number) and node.right.text.isdigit()
        if base == ZERO and whole:
            return 1, ZERO
        even = whole and isinstance(node.right, Number) and not int(node.right.text) % 2
        return (1, f"({base}){node.op}{exponent}") if even else (1, f"({sign:+}{base}){node.op}{exponent}")
    if {op.op for op in step.ops} <= {"multiply", "product", "matmul", "dot"}:
        return _product(parts, is_number, numbers)
    if {op.op for op in step.ops} == {"had"}:
        return _sign_of(parts), ZERO if any(t == ZERO for _, t in parts) else ".*".join(sorted(f"({t})" for _, t in parts))
    texts = [parts[0][1], *(f"{op.op} {text}" for op, (_, text) in zip(step.ops, parts[1:], strict=True))]
    return _sign_of(parts), ZERO if parts[0][1] == ZERO else " ".join(texts)


def _sum(terms: list[Signed]) -> Signed:
    """Terms in order, those that cancel left out, the first of them with a plus."""
    total: Counter[str] = Counter()
    for sign, text in terms:
        total[text] += sign
    kept = sorted((text, count) for text, count in total.items() if count and text != ZERO)
    if not kept:
        return 1, ZERO
    sign = 1 if kept[0][1] > 0 else -1
    if len(kept) == 1 and abs(kept[0][1]) == 1:
        return sign, kept[0][0]
    return sign, "(" + "".join(f"{sign * count:+}{text}" for text, count in kept) + ")"


def _product(parts: list[Signed], is_number: bool, numbers: list[bool]) -> Signed:
    """Numbers in order, then the arrays; an array product that is a number is its own transpose."""
    texts = [text for _, text in parts]
    if ZERO in texts:
        return 1, ZERO
    scalars = sorted(text for text, number in zip(texts, numbers, strict=True) if number)
    chain = [text for text, number in zip(texts, numbers, strict=True) if not number]
    if is_number and chain:
        chain = min(chain, [_turned(text) for text in reversed(chain)])
    return _sign_of(parts), "*".join([*scalars, *chain])


def _sign_of(parts: Sequence[Signed]) -> int:
    sign = 1
    for s, _ in parts:
        sign *= s
    return sign
