"""What the rule book says of a function, a constant or a rule of derivations, as plain data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.answers.derivative import Derivative
    from matcalc.answers.telling.stepped import Stepped
    from matcalc.book.proofs import Example
    from matcalc.book.rules import Rule
    from matcalc.book.theory import Theory

# What the notation has beside functions: how it is written, and what it is.
CONSTANTS: Final = {
    "I": ("I", "the identity matrix, its size inferred"),
    "eye": ("eye(n)", "the identity matrix"),
    "ones": ("ones(m,n)", "the matrix of ones; ones(n) is a column"),
    "zeros": ("zeros(m,n)", "the matrix of zeros; zeros(n) is a column"),
    "K": ("K(m,n)", "the commutation matrix: K(m,n)*vec(A) = vec(A^T) for A of m x n"),
    "D": ("D(n)", "the duplication matrix: D(n)*vech(S) = vec(S) for symmetric S of n x n"),
    "L": ("L(n)", "the elimination matrix: L(n)*vec(A) = vech(A) for A of n x n"),
    "pi": ("pi", "the number pi"),
}
# What stands in bars, and the function that it is.
BARS: Final = {"||x||": "norm2", "||x||_1": "norm1", "||X||_F": "normF", "|X|": "det"}


def found(name: str, with_example: bool = True) -> list[dict[str, Any]]:
    """All that there is under a name: a constant, a function, or the rules beside a line of a derivation; empty where there is nothing."""
    from matcalc.book import rules as rulebook

    bare = name.partition("(")[0]
    if bare in CONSTANTS:
        written, says = CONSTANTS[bare]
        return [{"name": written, "kind": "constant", "means": says}]
    rule = rulebook.find(in_bars(name) or bare)
    if rule is not None:
        return [dict(as_data(rule))]
    return [theory_data(t, with_example) for t in theories_of(name)]


def theories_of(name: str) -> list[Theory]:
    """The rules of derivations under a name, or under each of several that stand beside one line."""
    from matcalc.book.theory import theories

    found: list[Theory] = []
    parts = name.split(", ")
    while parts:
        length, here = next(((k, t) for k in range(len(parts), 0, -1) if (t := theories(", ".join(parts[:k])))), (1, []))
        parts, found = parts[length:], [*found, *here]
    return found


def theory_data(t: Theory, with_example: bool = True) -> dict[str, Any]:
    """A rule of derivations as plain data; its example takes a derivation."""
    told = {"name": t.name, "statement": t.statement, "identity": t.identity, "where": told_shapes(t.args)}
    data: dict[str, Any] = {**{k: v for k, v in told.items() if v}, "proof": t.proof, "source": t.source}
    if with_example and t.example is not None:
        steps = [vars(s) for s in derived(t.example).steps]
        data["example"] = {"request": t.example.request, **t.example.options, "steps": steps}
    return data


def told_shapes(args: Sequence[str]) -> str:
    """The shapes of letters in words: A is m x n, x has n entries."""
    pairs = [arg.partition(": ")[::2] for arg in args]
    return ", ".join(f"{letter} is {shape}" if " x " in shape else f"{letter} has {shape} entries" for letter, shape in pairs)


def example_for(rule: Rule) -> Example:
    """A request whose derivation uses a function."""
    from matcalc.book.theory import of_function

    found = of_function(rule).example
    assert found is not None
    return found


def derived(example: Example) -> Derivative | Stepped:
    """The answer to an example."""
    from matcalc.answers.derive import derive  # the list of the functions needs no engine

    answered = derive(example.request, **example.options)
    return answered[0] if isinstance(answered, tuple) else answered


def in_bars(name: str) -> str | None:
    """The function that bars around something are: ||A x||_1 is norm1."""
    found = re.fullmatch(r"(\|\|?)[^|]+\1(_\{?\w\}?)?", name.replace(" ", ""))
    if found is None:
        return None
    within = "X" if found[1] == "|" or found[2] in ("_F", "_{F}") else "x"
    return BARS.get(f"{found[1]}{within}{found[1]}{(found[2] or '').replace('{', '').replace('}', '').replace('_2', '')}")


def signature(rule: Rule) -> str:
    """The function with its parameters, as it is written in a request."""
    return f"{rule.name}({', '.join(p.name for p in rule.params)})"


def as_data(rule: Rule) -> dict[str, str]:
    """A rule as plain data."""
    return {"name": rule.name, "signature": signature(rule), **facts(rule)}


def facts(rule: Rule) -> dict[str, str]:
    """What the book says of a rule, by what it is."""
    from matcalc.book.proofs import proof_of

    shapes = ", ".join(f"{p.name} is {size(p.shape)}" for p in rule.params)
    told = {
        "shapes": f"{shapes}; the value is {size(rule.value)}",
        "kind": rule.kind,
        "means": rule.means,
        "derivative": rule.derivative,
        "differential": rule.d,
        "in a trace": rule.function,
        "jacobian": rule.jacobian,
        "proof": proof_of(rule),
        "domain": rule.domain,
        "kinks": rule.kinks,
        "spellings": ", ".join([*rule.aliases, *(bars for bars, function in BARS.items() if function == rule.name)]),
        "LaTeX": rule.latex,
        "NumPy": rule.numpy,
        "note": rule.note,
        "source": rule.source,
    }
    return {label: fact for label, fact in told.items() if fact}


def size(shape: tuple[str, str]) -> str:
    """A shape of the rule book in words."""
    return "a scalar" if shape == ("1", "1") else " x ".join(shape)
