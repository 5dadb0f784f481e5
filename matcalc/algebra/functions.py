"""Functions of the rule book as expressions: `fun(name, *args)` builds the node in normal form.

What is known of single functions beyond their rule (tr is linear and cyclic, exp(0) = 1, the logarithm of a
determinant, ...) is applied here, one builder a function; every other name gets a plain node of its shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sympy import Rational, S

from matcalc.algebra.node import (
    MAX_WEIGHT,
    Expr,
    array,
    columns,
    comm,
    const,
    eye,
    is_const,
    is_zero,
    node,
    ones,
    split_coefficient,
    split_product,
    unit,
    zeros,
)
from matcalc.algebra.products import (
    BUILT,
    ENTRIES,
    MERGES,
    POWERS,
    SQUARES,
    TOTALS,
    TRANSPOSED,
    add,
    diagonal_of,
    entry,
    epow,
    had,
    inner,
    inverse,
    leads_negative,
    mul,
    negative,
    power,
    scale,
    total,
    transpose,
)
from matcalc.book import rules as rulebook
from matcalc.book.sizes import ONE, SCALAR, Dim, Shape, dim, times

MAX_ROTATED: Final = 12
MAX_CANONICAL: Final = 50


def fun(name: str, *args: Expr) -> Expr:
    """The function of this name (or alias) applied to arguments whose shapes fit."""
    builder = BUILDERS.get(name)
    if builder is not None:
        return builder(*args)
    rule = rulebook.find(name)
    if rule is None:
        raise KeyError(name)
    if rule.kind == "elementwise":
        return elementwise(rule, args[0])
    return node(rule.name, args, None, value_shape(rule, args))


def value_shape(rule: rulebook.Rule, args: tuple[Expr, ...]) -> Shape:
    """The shape of a function's value, from the shapes of its arguments."""
    known: dict[str, Dim] = {}
    for param, arg in zip(rule.params, args, strict=True):
        for letter, size in zip(param.shape, arg.shape, strict=True):
            known.setdefault(letter, size)
    return (_size(rule.value[0], known), _size(rule.value[1], known))


def _size(text: str, known: dict[str, Dim]) -> Dim:
    return times(*(known[f] if f in known else dim(f) for f in text.split("*")))


# --------------------------------------------------------------------------------------------- elementwise


ZERO_AT_ZERO: Final = frozenset({"sin", "tan", "sinh", "tanh", "arcsin", "arctan", "relu", "abs", "sign"})
ONE_AT_ZERO: Final = frozenset({"exp", "cos", "cosh"})


def elementwise(rule: rulebook.Rule, a: Expr) -> Expr:
    """f(A), entry by entry; f(A^T) = f(A)^T, and the sign leaves an odd or even function."""
    name = rule.name
    if is_zero(a) and name in ZERO_AT_ZERO | ONE_AT_ZERO:
        return a if name in ZERO_AT_ZERO else ones(*a.shape)
    if name in REWRITTEN and (rewritten := REWRITTEN[name](a)) is not None:
        return rewritten
    if rule.parity and leads_negative(a):
        made = elementwise(rule, negative(a))
        return negative(made) if rule.parity == "odd" else made
    if a.is_scalar:
        return node(name, (a,), None, a.shape)
    return oriented(name, a)


def oriented(name: str, a: Expr) -> Expr:
    """f(A) for f with f(A^T) = f(A)^T: the shorter of the two is inside."""
    turned = transpose(a)
    if turned is not a and _shorter(turned, a):
        return transpose(node(name, (turned,), None, turned.shape))
    return node(name, (a,), None, a.shape)


def _shorter(a: Expr, b: Expr) -> bool:
    if a.op in ("zeros", "ones") and ONE in a.shape:
        return a.shape[1] is ONE
    if a.weight == b.weight == MAX_WEIGHT:
        return False
    return (a.weight, a.sort_key) < (b.weight, b.sort_key)


def _entry_of_function(a: Expr, i: int, j: int) -> Expr:
    """f(A)[i,j] = f(A[i,j])."""
    return fun(a.op, entry(a.args[0], i, j))


def _transpose_outside(e: Expr) -> Expr:
    turned = transpose(e.args[0])
    return e if turned is e.args[0] else node("T", (e,), None, (e.shape[1], e.shape[0]))


def _log(a: Expr) -> Expr | None:
    if a.op == "exp":
        return a.args[0]
    if a.op == "det":
        return logdet(a.args[0])
    if a.op == "abs" and a.args[0].is_scalar and a.args[0].op == "det":
        return logdet(a.args[0].args[0])
    if is_const(a, 1) or a.op == "ones":
        return zeros(*a.shape)
    if a.op == "T" and a.args[0].op == "softmax":
        return transpose(fun("log", a.args[0]))
    if a.op == "softmax":
        return add(a.args[0], negative(mul(logsumexp(a.args[0]), ones(*a.shape))))
    return None


def _exp(a: Expr) -> Expr | None:
    return a.args[0] if a.op == "log" else None


def _abs(a: Expr) -> Expr | None:
    c, rest = split_coefficient(a)
    if c is not S.One and c.is_number:
        return mul(const(abs(c)), fun("abs", rest)) if rest.op != "const" else const(abs(c))
    if a.op in ("abs", "exp", "cosh", "sigmoid", "softplus", "relu", "norm2", "normF", "norm1"):
        return a
    return None


def _sign(a: Expr) -> Expr | None:
    c, rest = split_coefficient(a)
    if c.is_positive and c is not S.One:
        return fun("sign", rest)
    return a if a.op == "sign" else None


REWRITTEN: Final[dict[str, Callable[[Expr], Expr | None]]] = {"log": _log, "exp": _exp, "abs": _abs, "sign": _sign}


# --------------------------------------------------------------------------------------- traces and the like


def trace(a: Expr) -> Expr:
    """tr(A): linear, invariant under rotation of a product and under transposition."""
    if a.is_scalar:
        return a
    if a.op == "add":
        return add(*(trace(t) for t in a.args))
    c, scalars, mats = split_product(a)
    if not mats or mats[0].op == "eye":
        return mul(const(c), *scalars, const(a.shape[0]))
    return mul(const(c), *scalars, _trace_of_chain(list(mats)))


def _trace_of_chain(mats: list[Expr]) -> Expr:
    cut = next((i for i, f in enumerate(mats) if f.shape[1] is ONE), None)
    if cut is not None:
        return inner(mats[cut + 1 :] + mats[: cut + 1])
    if len(mats) == 1:
        return _trace_of_one(mats[0])
    if len(mats) <= MAX_ROTATED:
        shrunk = mul(mats[-1], *mats[:-1])
        if len(split_product(shrunk)[2]) < len(mats):
            return trace(shrunk)
    if len(mats) > MAX_CANONICAL:
        return node("tr", (mul(*mats),), None, SCALAR)
    turned = [transpose(f) for f in reversed(mats)]
    rotations = [chain[i:] + chain[:i] for chain in (mats, turned) for i in range(len(mats))]
    best = min(rotations, key=lambda chain: (sum(f.weight for f in chain), [f.sort_key for f in chain]))
    return node("tr", (mul(*best),), None, SCALAR)


def _trace_of_one(a: Expr) -> Expr:
    if a.op in ("diag", "had", "ones", "zeros", "epow"):
        return total(diagonal_of(a))
    if a.op == "T":
        return trace(a.args[0])
    if a.op == "kron" and a.args[0].shape[0] == a.args[0].shape[1]:
        return mul(trace(a.args[0]), trace(a.args[1]))
    turned = transpose(a)
    return node("tr", (turned if _shorter(turned, a) else a,), None, SCALAR)


def _of_square(name: str) -> Callable[[Expr], Expr]:
    def build(a: Expr) -> Expr:
        turned = transpose(a)
        return node(name, (turned if _shorter(turned, a) else a,), None, SCALAR)

    return build


def det(a: Expr) -> Expr:
    """The determinant, the same for the transpose; that of a power is the power of the determinant."""
    if a.is_scalar:
        return a
    if a.op == "pow":
        return power(det(a.args[0]), a.args[1])
    c, rest = split_coefficient(a)
    if c is S.NegativeOne and rest.op == "pow" and is_const(rest.args[1], -1):
        return power(det(negative(rest.args[0])), -1)
    return const(1) if a.op == "eye" else _of_square("det")(a)


def logdet(a: Expr) -> Expr:
    """log |det A|, which sees no sign; that of a power is a multiple."""
    if a.is_scalar:
        return fun("log", fun("abs", a)) if a.op != "exp" else a.args[0]
    if leads_negative(a):
        return logdet(negative(a))
    if a.op == "pow":
        return mul(a.args[1], logdet(a.args[0]))
    return const(0) if a.op == "eye" else _of_square("logdet")(a)


def _total_of_hadamard(a: Expr) -> Expr | None:
    """sum(u .* v) = u^T v, sum(A .* B) = tr(A^T B), sum(u .* v .* (M w)) = (u .* v)^T M w."""
    if len(a.args) == 2:
        return _paired(*a.args)
    products = [f for f in a.args if f.op == "mul"]
    if len(products) != 1 or ONE not in a.shape:
        return None
    return _paired(had(*(f for f in a.args if f is not products[0])), products[0])


def _total_of_squares(a: Expr) -> Expr | None:
    return _paired(a.args[0], a.args[0]) if is_const(a.args[1], 2) else None


def _paired(a: Expr, b: Expr) -> Expr:
    if a.shape[0] is ONE:
        return inner([a, transpose(b)])
    return inner([transpose(a), b]) if a.shape[1] is ONE else trace(mul(transpose(a), b))


def _kron_of_vec(a: Expr, b: Expr) -> Expr | None:
    """(A kron B) vec(X) = vec(B X A^T) (Magnus and Neudecker, section 2.4)."""
    (left, right), x = a.args, b.args[0]
    return vec(mul(right, x, transpose(left))) if (right.shape[1], left.shape[1]) == x.shape else None


def _vec_of_kron(a: Expr, b: Expr) -> Expr | None:
    """vec(X)^T (A kron B) = vec(B^T X A)^T."""
    if a.args[0].op != "vec":
        return None
    turned = _kron_of_vec(transpose(b), a.args[0])
    return None if turned is None else transpose(turned)


def _kron_of_kron(a: Expr, b: Expr) -> Expr | None:
    """(A kron B) (C kron D) = A C kron B D; an outer product stays one."""
    fits = all(f.shape[1] == g.shape[0] for f, g in zip(a.args, b.args, strict=True))
    return kron(*(mul(f, g) for f, g in zip(a.args, b.args, strict=True))) if fits and a.shape[1] is not ONE else None


MERGES |= {("kron", "vec"): _kron_of_vec, ("T", "kron"): _vec_of_kron, ("kron", "kron"): _kron_of_kron}
TOTALS |= {
    "softmax": lambda a: const(1),
    "had": _total_of_hadamard,
    "epow": _total_of_squares,
    "diagv": lambda a: trace(a.args[0]),
    "array": lambda a: add(*a.args),
}


# -------------------------------------------------------------------------------------------------- norms


def _norm(name: str) -> Callable[[Expr], Expr]:
    def build(a: Expr) -> Expr:
        if a.is_scalar:
            return fun("abs", a)
        c, rest = split_coefficient(a)
        if c is not S.One and c.is_number:
            return mul(const(abs(c)), build(rest))
        if is_zero(a):
            return const(0)
        if leads_negative(a):
            a = negative(a)
        vector = a.shape[0] is ONE or a.shape[1] is ONE
        turned = transpose(a)
        used = "norm2" if vector and name == "normF" else name
        return node(used, (turned if _shorter(turned, a) else a,), None, SCALAR)

    return build


def _is_even(k: Expr) -> bool:
    return k.op == "const" and bool(k.data.is_Integer) and int(k.data) % 2 == 0


def _is_oddhalf_of(k: Expr) -> bool:
    return k.op == "const" and bool(k.data.is_Rational) and k.data.q == 2


def _square_of_norm(base: Expr) -> Expr:
    """norm2(x)^2 = x^T x, normF(A)^2 = tr(A^T A)."""
    a = base.args[0] if base.args[0].shape[0] is not ONE else transpose(base.args[0])
    return inner([transpose(a), a]) if base.op == "norm2" else trace(mul(transpose(a), a))


def _power_of_norm(base: Expr, k: Expr) -> Expr | None:
    return power(_square_of_norm(base), const(k.data / 2)) if _is_even(k) else None


def _power_of_inner(base: Expr, k: Expr) -> Expr | None:
    """(x^T A^T A x)^(1/2) is the norm of A x."""
    half = half_of(base.args) if _is_oddhalf_of(k) else None
    return None if half is None else power(fun("norm2", half), const(2 * k.data))


def _power_of_trace(base: Expr, k: Expr) -> Expr | None:
    """tr(A^T A)^(1/2) is the norm of A."""
    if not _is_oddhalf_of(k):
        return None
    mats = split_product(base.args[0])[2]
    for i in range(min(len(mats), MAX_ROTATED)):
        half = half_of(mats[i:] + mats[:i])
        if half is not None:
            turned = transpose(half)
            return power(fun("normF", turned if _shorter(turned, half) else half), const(2 * k.data))
    return None


def half_of(chain: tuple[Expr, ...]) -> Expr | None:
    """B for a chain that is B^T B."""
    if len(chain) % 2 or any(transpose(f) is not g for f, g in zip(chain[: len(chain) // 2], reversed(chain), strict=False)):
        return None
    return mul(*chain[len(chain) // 2 :])


def _power_of_abs(base: Expr, k: Expr) -> Expr | None:
    """An even power of a number, or of every entry, does not see the sign; a power of a matrix does."""
    return epow(base.args[0], k) if _is_even(k) else None


SQUARES |= {"norm2": _square_of_norm, "normF": _square_of_norm}
POWERS |= {
    "norm2": _power_of_norm,
    "normF": _power_of_norm,
    "inner": _power_of_inner,
    "tr": _power_of_trace,
    "abs": _power_of_abs,
}


# ------------------------------------------------------------------------------- rearrangements of entries


def diag(a: Expr) -> Expr:
    """The diagonal matrix of a vector; the diagonal of a matrix."""
    if a.is_scalar:
        return a
    if a.shape[0] is not ONE and a.shape[1] is not ONE:
        return diagonal_of(a)
    if a.shape[0] is ONE:
        a = transpose(a)
    n = a.shape[0]
    if a.op == "ones":
        return eye(n)
    if is_zero(a):
        return zeros(n, n)
    if a.op == "unit":
        return mul(a, transpose(a))
    if a.op == "add" and leads_negative(a):
        return negative(diag(negative(a)))
    c, scalars, mats = split_product(a)
    if c is not S.One or scalars:
        return mul(const(c), *scalars, diag(mul(*mats)))
    return node("diag", (a,), None, (n, n))


BUILT["diag"] = diag


def vec(a: Expr) -> Expr:
    """The columns of a matrix, stacked."""
    if a.shape[1] is ONE:
        return a
    if a.shape[0] is ONE:
        return transpose(a)
    if is_zero(a):
        return zeros(times(*a.shape))
    if a.op == "ones":
        return ones(times(*a.shape))
    if a.op == "add" and leads_negative(a):
        return negative(vec(negative(a)))
    c, scalars, mats = split_product(a)
    if c is not S.One or scalars:
        return mul(const(c), *scalars, vec(mul(*mats) if mats else eye(a.shape[0])))
    cut = next((i for i, f in enumerate(mats) if f.shape[1] is ONE), None)
    if cut is not None and len(mats) > 1:
        return kron(transpose(mul(*mats[cut + 1 :])), mul(*mats[: cut + 1]))
    return node("vec", (a,), None, (times(*a.shape), ONE))


def kron(*factors: Expr) -> Expr:
    """The Kronecker product; associative, so that three factors nest to the right."""
    if len(factors) > 2:
        return kron(factors[0], kron(*factors[1:]))
    a, b = factors
    if a.is_scalar or b.is_scalar:
        return mul(a, b)
    shape = (times(a.shape[0], b.shape[0]), times(a.shape[1], b.shape[1]))
    if is_zero(a) or is_zero(b):
        return zeros(*shape)
    if a.op == b.op and a.op in ("eye", "ones"):
        return eye(shape[0]) if a.op == "eye" else ones(*shape)
    parts = [split_product(a), split_product(b)]
    if any(c is not S.One or scalars for c, scalars, _ in parts):
        outside = [f for c, scalars, _ in parts for f in (const(c), *scalars)]
        bare = [mul(*mats) if mats else eye(e.shape[0]) for e, (_, _, mats) in zip((a, b), parts, strict=True)]
        return mul(*outside, kron(*bare))
    if a.op == "kron":
        return kron(a.args[0], kron(a.args[1], b))
    if a.shape[1] is ONE and b.shape[0] is ONE or a.shape[0] is ONE and b.shape[1] is ONE:
        return mul(a, b) if a.shape[1] is ONE else mul(b, a)
    return node("kron", (a, b), None, shape)


# -------------------------------------------------------------------------------- functions of a matrix


def _matrix_function(name: str, at_zero: Callable[[Dim], Expr] | None, at_identity: Callable[[Dim], Expr] | None) -> Callable[[Expr], Expr]:
    def build(a: Expr) -> Expr:
        if a.is_scalar:
            return fun({"expm": "exp", "logm": "log", "sqrtm": "sqrt"}[name], a)
        if is_zero(a) and at_zero is not None:
            return at_zero(a.shape[0])
        if a.op == "eye" and at_identity is not None:
            return at_identity(a.shape[0])
        return oriented(name, a)

    return build


def pinv(a: Expr) -> Expr:
    """The Moore-Penrose inverse; of an invertible matrix the inverse."""
    if a.is_scalar:
        return inverse(a)
    if a.op == "pinv":
        return a.args[0]
    return a if a.op == "eye" else oriented_turned("pinv", a)


def oriented_turned(name: str, a: Expr) -> Expr:
    """f(A) of the shape of A^T, for f with f(A^T) = f(A)^T."""
    turned = transpose(a)
    if turned is not a and _shorter(turned, a):
        return transpose(node(name, (turned,), None, a.shape))
    return node(name, (a,), None, (a.shape[1], a.shape[0]))


def adj(a: Expr) -> Expr:
    """The adjugate."""
    if a.is_scalar:
        return const(1)
    return a if a.op == "eye" else oriented("adj", a)


def symmetric_part(a: Expr) -> Expr:
    """sym(A) = (A + A^T)/2."""
    return scale(Rational(1, 2), add(a, transpose(a)))


def softmax(a: Expr) -> Expr:
    return const(1) if a.is_scalar else oriented("softmax", a)


def logsumexp(a: Expr) -> Expr:
    if a.is_scalar:
        return a
    turned = transpose(a)
    return node("logsumexp", (turned if _shorter(turned, a) else a,), None, SCALAR)


def norm1(a: Expr) -> Expr:
    return total(fun("abs", a))


BUILDERS: Final[dict[str, Callable[..., Expr]]] = {
    "tr": trace,
    "det": det,
    "logdet": logdet,
    "sum": total,
    "norm2": _norm("norm2"),
    "normF": _norm("normF"),
    "norm1": norm1,
    "diag": diag,
    "diagv": diagonal_of,
    "vec": vec,
    "kron": kron,
    "inv": inverse,
    "pinv": pinv,
    "adj": adj,
    "sqrt": lambda a: epow(a, const(Rational(1, 2))),
    "sym": symmetric_part,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "dot": lambda a, b: total(had(a, b)),
    "expm": _matrix_function("expm", eye, None),
    "logm": _matrix_function("logm", None, lambda n: zeros(n, n)),
    "sqrtm": _matrix_function("sqrtm", lambda n: zeros(n, n), eye),
}

REBUILT: Final[dict[str, Callable[..., Expr]]] = {
    "add": add,
    "mul": mul,
    "inner": mul,
    "pow": power,
    "epow": epow,
    "had": had,
    "T": transpose,
}


def rebuild(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """The same operation on other operands, in normal form."""
    if all(a is b for a, b in zip(args, e.args, strict=True)):
        return e
    if e.op in REBUILT:
        return REBUILT[e.op](*args)
    if e.op == "entry":
        return entry(args[0], *e.data)
    if e.op == "array":
        rows, columns = e.data
        return array([list(args[i * columns : (i + 1) * columns]) for i in range(rows)])
    if e.op == "call":
        return node("call", args, e.data, e.shape)
    return fun(e.op, *args)


def resize(e: Expr, sizes: dict[Dim, Dim]) -> Expr:
    """A constant leaf with its dimension names replaced."""

    def new(d: Dim) -> Dim:
        return sizes.get(d, d) if d.is_Atom else d.xreplace(sizes)

    match e.op:
        case "eye":
            return eye(new(e.shape[0]))
        case "ones" | "zeros":
            return (ones if e.op == "ones" else zeros)(new(e.shape[0]), new(e.shape[1]))
        case "comm":
            return comm(new(e.data[0]), new(e.data[1]))
        case "unit":
            return unit(e.data, new(e.shape[0]))
        case "columns":
            return columns(new(e.data[0]), new(e.data[1]), new(e.shape[0]))
        case "const":
            return const(e.data.xreplace(sizes)) if e.data.free_symbols else e
    return e


for _rule_name in rulebook.names():
    _rule = rulebook.find(_rule_name)
    if _rule is not None and _rule.transposes:
        TRANSPOSED[_rule_name] = _transpose_outside
    if _rule is not None and _rule.kind == "elementwise":
        ENTRIES[_rule_name] = _entry_of_function
