"""The same function written in other ways: one law of algebra applied at one place of an expression taken at its word.

`spellings(e)` gives (law, text) pairs. A law looks at a node of the literal expression, whose shapes are known, and tells
what else could stand there; the text is the whole expression with that node replaced, in parentheses throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Final

from matcalc.algebra.node import Expr, is_const
from matcalc.algebra.walk import in_order
from matcalc.book.sizes import ONE, spell

Spelled = Callable[[Expr], str]
Law = Callable[[Expr, Spelled], Iterator[str] | list[str]]


def written(e: Expr, replaced: Expr | None = None, by: str = "") -> str:
    """The literal expression as text, with one node replaced wherever it occurs."""
    texts: dict[Expr, str] = {} if replaced is None else {replaced: f"({by})"}
    for n in in_order([e]):
        if n not in texts:
            texts[n] = _plainly(n, [texts[a] for a in n.args])
    return texts[e]


def _plainly(e: Expr, args: list[str]) -> str:  # noqa: C901 - one case an operation
    match e.op:
        case "sym":
            return str(e.data.name)
        case "const":
            return "(" + str(e.data).replace("**", "^") + ")"
        case "eye":
            return f"eye({spell(e.shape[0])})"
        case "ones" | "zeros":
            return f"{e.op}({spell(e.shape[0])},{spell(e.shape[1])})"
        case "comm":
            return f"K({spell(e.data[0])},{spell(e.data[1])})"
        case "unit":
            return f"eye({spell(e.shape[0])})[:,{e.data}]"
        case "entry":
            return f"{args[0]}[{','.join(map(str, e.data if e.args[0].shape[1] is not ONE else e.data[:1]))}]"
        case "array":
            rows, columns = e.data
            return "[" + "; ".join(", ".join(args[i * columns : (i + 1) * columns]) for i in range(rows)) + "]"
        case "call":
            return f"{e.data.name}({args[0]})"
        case "T":
            return f"({args[0]})^T"
        case "add" | "mul" | "inner" | "had" | "pow" | "epow":
            return "(" + {"add": " + ", "had": ".*", "pow": "^", "epow": ".^"}.get(e.op, "*").join(args) + ")"
    return f"{e.op}({','.join(args)})"


def spellings(e: Expr) -> list[tuple[str, str]]:
    """Every other way of writing the function that one law at one place gives."""
    parts = in_order([e])
    texts = {n: written(n) for n in parts}
    return [(name, written(e, n, other)) for n in parts for name, law in LAWS.items() for other in law(n, texts.__getitem__)]


# ------------------------------------------------------------------------------------------------------- laws


def _is_square(e: Expr) -> bool:
    return e.shape[0] == e.shape[1] and not e.is_scalar


def _is_column(e: Expr) -> bool:
    return e.shape[1] is ONE and e.shape[0] is not ONE


def _product(e: Expr) -> bool:
    """A product of two arrays."""
    return e.op in ("mul", "inner") and len(e.args) == 2 and not e.args[0].is_scalar and not e.args[1].is_scalar


def _scaled(e: Expr) -> bool:
    return e.op == "mul" and len(e.args) == 2 and e.args[0].is_scalar


def _scalar_transposed(e: Expr, s: Spelled) -> Iterator[str]:
    if _product(e) and e.is_scalar:
        yield f"({s(e.args[1])})^T*({s(e.args[0])})^T"


def _transposed_inside(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op == "T":
        (a,) = e.args
        if _product(a):
            yield f"({s(a.args[1])})^T*({s(a.args[0])})^T"
        if a.op == "add":
            yield " + ".join(f"({s(t)})^T" for t in a.args)


def _transpose_spelled(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op == "T":
        yield from (f"{s(e.args[0])}'", f"transpose({s(e.args[0])})")


def _trace_turned(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op == "tr":
        (a,) = e.args
        yield f"tr(({s(a)})^T)"
        if _product(a):
            yield f"tr({s(a.args[1])}*{s(a.args[0])})"


def _trace_of_sum(e: Expr, s: Spelled) -> Iterator[str]:
    for name in ("tr", "sum"):
        if e.op == name and e.args[0].op == "add":
            yield " + ".join(f"{name}({s(t)})" for t in e.args[0].args)
        if e.op == "add" and all(t.op == name for t in e.args) and len({t.args[0].shape for t in e.args}) == 1:
            yield f"{name}(" + " + ".join(s(t.args[0]) for t in e.args) + ")"


def _trace_of_scaled(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op in ("tr", "sum") and _scaled(e.args[0]):
        yield f"{s(e.args[0].args[0])}*{e.op}({s(e.args[0].args[1])})"


def _pairing(e: Expr, s: Spelled) -> Iterator[str]:
    """<A, B> as a trace, as a sum, with vec."""
    if e.op == "tr" and _product(e.args[0]):
        a, b = e.args[0].args
        yield from _pairings(f"({s(a)})^T", s(b))
    if e.op == "sum" and e.args[0].op == "had":
        yield from _pairings(*(s(f) for f in e.args[0].args))
    if e.op == "dot":
        yield from _pairings(*(s(a) for a in e.args))
    if e.op == "inner" and len(e.args) == 2:
        yield from _pairings(f"({s(e.args[0])})^T", s(e.args[1]))


def _pairings(a: str, b: str) -> list[str]:
    return [f"tr(({a})^T*({b}))", f"sum(({a}).*({b}))", f"vec({a})^T*vec({b})", f"dot({b}, {a})"]


def _square(e: Expr) -> Expr | None:
    """r for a number that is the sum of the squares of r."""
    if e.op == "pow" and e.is_scalar and is_const(e.args[1], 2) and e.args[0].op in ("norm2", "normF"):
        return e.args[0].args[0]
    if e.op == "sum" and e.args[0].op == "epow" and is_const(e.args[0].args[1], 2):
        return e.args[0].args[0]
    if e.op == "inner" and e.args[0].op == "T" and e.args[0].args[0] is e.args[1]:
        return e.args[1]
    if e.op == "tr" and _product(e.args[0]) and e.args[0].args[0].op == "T" and e.args[0].args[0].args[0] is e.args[0].args[1]:
        return e.args[0].args[1]
    return None


def _squares(e: Expr, s: Spelled) -> Iterator[str]:
    r = _square(e)
    if r is not None and not r.is_scalar:
        t = s(r)
        yield from (f"sum({t}.^2)", f"dot({t},{t})", f"normF({t})^2", f"tr(({t})^T*{t})", f"vec({t})^T*vec({t})", f"normF(-({t}))^2")
        if _is_column(r):
            yield from (f"({t})^T*{t}", f"norm2({t})^2")


def _norm(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op in ("norm2", "normF") and not e.args[0].is_scalar:
        t = s(e.args[0])
        yield from (f"sqrt(sum({t}.^2))", f"sqrt(tr(({t})^T*{t}))", f"{e.op}(-{t})", f"normF(({t})^T)")
    if e.op == "pow" and e.is_scalar and is_const(e.args[1], 2) is False and str(getattr(e.args[1].data, "q", 1)) == "2":
        yield f"sqrt({s(e.args[0])})^{2 * e.args[1].data}"


def _distributed(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op in ("mul", "inner", "had") and len(e.args) == 2:
        a, b = e.args
        times = ".*" if e.op == "had" else "*"
        if a.op == "add":
            yield " + ".join(f"{s(t)}{times}{s(b)}" for t in a.args)
        if b.op == "add":
            yield " + ".join(f"{s(a)}{times}{s(t)}" for t in b.args)


def _factored(e: Expr, s: Spelled) -> Iterator[str]:
    """A B + A C = A (B + C) for two terms of a sum with one factor in common."""
    for one, other in combinations(e.args, 2) if e.op == "add" else ():
        if one.op == other.op and one.op in ("mul", "inner", "had") and len(one.args) == len(other.args) == 2:
            (a, b), (c, d) = one.args, other.args
            times = ".*" if one.op == "had" else "*"
            rest = "".join(f" + {s(t)}" for t in e.args if t not in (one, other))
            if a is c and b.shape == d.shape and not a.is_scalar:
                yield f"{s(a)}{times}({s(b)} + {s(d)}){rest}"
            if b is d and a.shape == c.shape:
                yield f"({s(a)} + {s(c)}){times}{s(b)}{rest}"


def _inverse_of_product(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op == "pow" and not e.is_scalar and is_const(e.args[1], -1):
        a = e.args[0]
        if _product(a) and all(map(_is_square, a.args)):
            yield f"inv({s(a.args[1])})*inv({s(a.args[0])})"
        if a.op == "T":
            yield f"inv({s(a.args[0])})^T"
        yield f"inv({s(a)})"
        yield f"(inv(({s(a)})^T))^T"
        yield f"-inv(-({s(a)}))"
    if _product(e) and all(f.op == "pow" and _is_square(f) and is_const(f.args[1], -1) for f in e.args):
        yield f"inv({s(e.args[1].args[0])}*{s(e.args[0].args[0])})"


def _variables(e: Expr) -> set[str]:
    return {n.data.name for n in in_order([e]) if n.op == "sym"}


def _determinant(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op in ("det", "logdet"):
        (a,) = e.args
        yield f"{e.op}(({s(a)})^T)"
        if _product(a) and all(map(_is_square, a.args)) and not _variables(a.args[0]) & _variables(a.args[1]):
            yield ("*" if e.op == "det" else " + ").join(f"{e.op}({s(f)})" for f in a.args)
        yield f"1/det(inv({s(a)}))" if e.op == "det" else f"-logdet(inv({s(a)}))"
    if e.op == "logdet":
        yield f"log(abs(det({s(e.args[0])})))"
    if e.op == "log" and e.args[0].op == "det":
        yield f"logdet({s(e.args[0].args[0])})"


def _diagonal(e: Expr, s: Spelled) -> Iterator[str]:
    if _product(e) and e.args[0].op == "diag" and _is_column(e.args[1]):
        yield f"({s(e.args[0].args[0])}).*{s(e.args[1])}"
    if e.op == "had" and _is_column(e):
        yield f"diag({s(e.args[0])})*{s(e.args[1])}"
        yield f"diag({s(e.args[1])})*{s(e.args[0])}"


def _reordered(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op == "add":
        yield " + ".join(s(t) for t in reversed(e.args))
    if e.op == "had":
        yield ".*".join(s(t) for t in reversed(e.args))
    if _scaled(e):
        yield f"{s(e.args[1])}*{s(e.args[0])}"


def _signs(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op in ("sym", "add", "mul", "inner"):
        yield f"-(-{s(e)})"
    if e.op == "add":
        yield "-(" + " + ".join(f"-{s(t)}" for t in e.args) + ")"


def _numbers(e: Expr, s: Spelled) -> Iterator[str]:
    if _scaled(e) and e.args[0].op == "const" and e.args[0].data.is_Rational and not e.args[0].data.is_Integer:
        c = e.args[0].data
        yield f"{c.p}*{s(e.args[1])}/{c.q}"
        yield f"{float(c)!r}*{s(e.args[1])}" if c.q in (2, 4, 5, 8, 10) else f"{s(e.args[1])}*({c.p}/{c.q})"


def _powers(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op in ("pow", "epow") and is_const(e.args[1], 2):
        yield f"{s(e.args[0])}{'*' if e.op == 'pow' else '.*'}{s(e.args[0])}"
    if e.op in ("mul", "had", "inner") and len(e.args) == 2 and e.args[0] is e.args[1]:
        yield f"{s(e.args[0])}{'.' if e.op == 'had' else ''}^2"


def _sums(e: Expr, s: Spelled) -> Iterator[str]:
    if e.op == "sum" and _is_column(e.args[0]):
        yield f"ones({spell(e.args[0].shape[0])})^T*{s(e.args[0])}"
    if e.op == "inner" and e.args[0].op == "T" and e.args[0].args[0].op == "ones":
        yield f"sum({s(e.args[1])})"


def _meaning(e: Expr, s: Spelled) -> Iterator[str]:
    """A function in simpler terms; the elementwise ones as MATLAB has them."""
    if e.op in MEANINGS and not (e.op in ("softmax", "softmax_rows", "logsumexp") and e.is_scalar and e.args[0].is_scalar):
        for meaning in MEANINGS[e.op]:
            yield meaning.replace("@", s(e.args[0])).replace("#", spell(e.args[0].shape[1]))


MEANINGS: Final = {
    "sigmoid": ["1./(1 + exp(-@))", "exp(@)./(1 + exp(@))", "1 - sigmoid(-@)", "exp(@)./(exp(@) + 1)"],
    "softplus": ["log(1 + exp(@))", "log(exp(@) + 1)", "-log(sigmoid(-@))"],
    "softmax": ["exp(@)/sum(exp(@))", "exp(@)./sum(exp(@))", "exp(@ - logsumexp(@))"],
    "softmax_rows": ["exp(@)./(exp(@)*ones(#,#))", "diag(exp(@)*ones(#))^-1*exp(@)"],
    "logsumexp": ["log(sum(exp(@)))"],
    "tanh": ["sinh(@)./cosh(@)", "(exp(@) - exp(-@))./(exp(@) + exp(-@))", "-tanh(-@)"],
    "cosh": ["(exp(@) + exp(-@))/2", "cosh(-@)"],
    "sinh": ["(exp(@) - exp(-@))/2", "-sinh(-@)"],
    "abs": ["abs(-@)", "sign(@).*@"],
    "relu": ["@.*heaviside(@)"],
    "sin": ["-sin(-@)"],
    "cos": ["cos(-@)"],
    "tan": ["sin(@)./cos(@)"],
}

LAWS: Final[dict[str, Law]] = {
    "transpose of a number": _scalar_transposed,
    "transpose inside": _transposed_inside,
    "spelling of the transpose": _transpose_spelled,
    "trace rotated or transposed": _trace_turned,
    "trace or sum of a sum": _trace_of_sum,
    "trace or sum of a multiple": _trace_of_scaled,
    "pairing": _pairing,
    "sum of squares": _squares,
    "norm": _norm,
    "distributed": _distributed,
    "factored": _factored,
    "inverse": _inverse_of_product,
    "determinant": _determinant,
    "diagonal": _diagonal,
    "order": _reordered,
    "sign": _signs,
    "number": _numbers,
    "power": _powers,
    "sum": _sums,
    "meaning": _meaning,
}
