"""NumPy source of a result: a function `derivative` that needs nothing but NumPy.

Inside the code columns and rows are 1-D arrays, scalars floats, matrices 2-D. A part that occurs more than once is
computed once; diag(u) is never built where it multiplies a matrix; a product with a column goes from the right.
"""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sympy import Add, Mul, Pow, S, pi
from sympy import Expr as Scalar

from matcalc import rulebook
from matcalc.algebra import picks_rows
from matcalc.evaluate import in_order, is_vector, wants_matrix
from matcalc.expr import Expr, Unknown, ones, split_coefficient, split_product
from matcalc.index_terms import Fused, IndexTerm
from matcalc.matrix_functions import commutation, matrix_power, source_of
from matcalc.shape import ONE, Dim, axes, times

# `@` and `*` bind alike in Python; they have two levels here so that (A @ x)*y has its parentheses for the reader.
SUM: Final = 1
MATMUL: Final = 2
PRODUCT: Final = 3
SIGN: Final = 4
POWER: Final = 5
ATOM: Final = 6

LONGEST: Final = 110
TRIVIAL: Final = frozenset({"sym", "const", "eye", "ones", "zeros", "unit", "columns", "T", "entry"})
BINDING: Final[dict[type[ast.operator], int]] = {ast.MatMult: MATMUL, ast.Mult: PRODUCT, ast.Div: PRODUCT, ast.Pow: POWER}
RESERVED: Final = frozenset({"np", "math"})


class Code(NamedTuple):
    """Source of a value, and how tightly its outermost operator binds."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """The source where at least `level` is needed."""
        return self.text if self.level >= level else f"({self.text})"


def numpy_source(result: Expr, variables: Sequence[Expr], *, keep2d: bool = False, docstring: str = "") -> str:
    """Source that defines `derivative(...)`, which returns the value of `result`.

    Its parameters are those of `variables` that the result needs, in their order, then the unknown functions that it
    calls. Axes of static length 1 are dropped from the value unless `keep2d` asks for both.
    """
    writer = _Writer([result], variables)
    value = writer.code(result)
    if keep2d and (result.is_scalar or is_vector(result)):
        shape = "(1, 1)" if result.is_scalar else "(-1, 1)" if result.shape[1] is ONE else "(1, -1)"
        value = Code(f"np.reshape({value.text}, {shape})")
    return writer.source(value, docstring)


def index_source(
    terms: Sequence[IndexTerm], labels: Sequence[str], variables: Sequence[Expr], dims: Sequence[Dim] = (), *, docstring: str = ""
) -> str:
    """Source that defines `derivative(...)`, which returns a sum of products of entries.

    `labels` names the axes of the value in their order; `dims` are their sizes, needed for an axis on which no
    factor has entries.
    """
    roots = [e for t in terms for e in (t.coefficient, *(f for f, _ in t.factors))]
    writer = _Writer(roots, variables)
    known = dict(zip(labels, [d for d in dims if d is not ONE], strict=False))
    parts = [_einsum(writer, t, labels, known) for t in terms]
    if not parts:
        return writer.source(Code(f"np.zeros({_tuple([writer.size(known[label]) for label in labels])})"), docstring)
    return writer.source(_added(parts), docstring)


def program_source(
    definitions: Mapping[str, Expr],
    gradients: Sequence[tuple[str, str, Expr]],
    variables: Sequence[Expr],
    names: Mapping[str, Expr],
    docstring: str = "",
) -> str:
    """Source that defines `backprop(...)`, which returns the values of definitions and the gradients by name.

    `names` are the symbols that stand for definitions and for the gradients that later ones are written with; a gradient
    is what it is by, its name among those or nothing, and its value.
    """
    roots = [*definitions.values(), *(value for _, _, value in gradients)]
    inside = {name: e for name, e in names.items() if name in definitions or any(name == label for _, label, _ in gradients)}
    given = {value for _, label, value in gradients if value.op == "sym" and value.data.name == label}
    writer = _Writer(roots, variables, {name: e for name, e in inside.items() if e not in given})
    for name, value in definitions.items():
        writer.assign(parameter(name), value)
    told = {}
    for wrt, name, value in gradients:
        told[wrt] = parameter(name) if name else writer.label(f"d_{wrt}")
        writer.assign(told[wrt], value)
    values = ", ".join(f'"{name}": {parameter(name)}' for name in definitions)
    found = ", ".join(f'"{wrt}": {label}' for wrt, label in told.items())
    return writer.source(Code(f"{{{values}}}, {{{found}}}"), docstring, "backprop")


def compile_function(source: str, name: str = "derivative") -> Callable[..., Any]:
    """The function of this name of source that this module generated; never to be given other text."""
    scope: dict[str, Any] = {}
    exec(compile(source, "<derivative>", "exec"), scope)  # noqa: S102 - generated here, from expressions, not from user text
    function: Callable[..., Any] = scope[name]
    return function


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a compiled function's parameters."""
    code = function.__code__
    return tuple(code.co_varnames[: code.co_argcount])


def parameter(name: str) -> str:
    """A variable's name as a Python parameter."""
    return name + "_" if keyword.iskeyword(name) or name in RESERVED else name


def unknown_parameter(unknown: Unknown) -> str:
    """The parameter that stands for an unknown function or a derivative of one: sigma_prime, grad_f, D_h."""
    prefix = {"gradient": "grad_", "jacobian": "D_"}.get(unknown.kind, "")
    return parameter(prefix + unknown.name + "_prime" * min(unknown.order, 1) + (str(unknown.order) if unknown.order > 1 else ""))


# --------------------------------------------------------------------------------------------- sums, terms


def _added(terms: Sequence[Code]) -> Code:
    """The sum of terms, a leading minus sign as a subtraction."""
    if len(terms) == 1:
        return terms[0]
    out = [terms[0].at(SUM)]
    for t in terms[1:]:
        negative = t.level >= MATMUL and t.text.startswith("-")
        out.append(f"- {t.text[1:]}" if negative else f"+ {t.at(MATMUL)}")
    return Code(" ".join(out), SUM)


def _scaled(minus: bool, above: Sequence[Code], below: Sequence[Code]) -> Code:
    """-above/below, each a product; the sign binds no tighter than a product, since sums pull it out."""
    code = _multiplied(above) if above else Code("1")
    if below:
        code = Code(f"{code.at(PRODUCT)}/{_multiplied(below).at(SIGN)}", PRODUCT)
    return Code("-" + code.at(MATMUL), min(code.level, PRODUCT)) if minus else code


def _multiplied(factors: Sequence[Code]) -> Code:
    if len(factors) == 1:
        return factors[0]
    return Code("*".join([factors[0].at(PRODUCT), *(f.at(SIGN) for f in factors[1:])]), PRODUCT)


def _tuple(items: Sequence[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


# ----------------------------------------------------------------------------------------- the walk


class _Writer:
    """Writes the statements for some expressions, and remembers what they need."""

    def __init__(self, roots: Sequence[Expr], variables: Sequence[Expr], inside: Mapping[str, Expr] | None = None) -> None:
        """`inside` are the variables that statements give their values, by their names."""
        assigned = set((inside or {}).values())
        self._variables = list(variables)
        nodes = in_order(roots, operands)
        self._used = [e for e in nodes if e.op == "sym" and e not in assigned]
        known = set(self._variables)
        self._variables += [e for e in self._used if e not in known]
        self._unknowns = list(dict.fromkeys(unknown_parameter(e.data) for e in nodes if e.op == "call"))
        self._uses = Counter(a for e in nodes for a in operands(e))
        self._uses.update(roots)
        self._taken = {parameter(e.data.name) for e in (*self._variables, *assigned)} | set(self._unknowns)
        self._dims: dict[Dim, str] = {}
        self._helpers: dict[str, None] = {}
        self._lines: list[str] = []
        self._codes: dict[Expr, Code] = {}
        if inside is None:
            self._write(nodes)

    def _write(self, nodes: Iterable[Expr]) -> None:
        """The code of nodes, each after its operands."""
        for e in nodes:
            if e not in self._codes:
                self._codes[e] = self._stored(e, WRITERS.get(e.op, _Writer._function)(self, e))

    def assign(self, label: str, e: Expr) -> None:
        """A statement that gives an expression a name, after those that it needs."""
        self._write(in_order([e], operands))
        if self.code(e).text != label:
            self._lines.append(f"{label} = {self.code(e).text}")

    def label(self, name: str) -> str:
        """A name that nothing else has."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def code(self, e: Expr) -> Code:
        return self._codes[e]

    def _stored(self, e: Expr, code: Code) -> Code:
        """A name for what is used again or long, else the code itself."""
        if e.op in TRIVIAL:
            return code
        return self.named(code) if self._uses[e] > 1 or len(code.text) > LONGEST else code

    def named(self, code: Code) -> Code:
        """The code as a temporary."""
        label = self._free("t")
        self._lines.append(f"{label} = {code.text}")
        return Code(label)

    def _free(self, prefix: str) -> str:
        i = 1
        while f"{prefix}{i}" in self._taken:
            i += 1
        self._taken.add(f"{prefix}{i}")
        return f"{prefix}{i}"

    # -- sizes and constants

    def size(self, d: Dim) -> str:
        """Source of a dimension."""
        return self.constant(d).text

    def constant(self, value: Scalar) -> Code:
        """Source of a constant."""
        if value.is_Symbol:
            return Code(self._dimension(value))
        if value.is_Integer:
            return Code(str(value), ATOM if value >= 0 else SIGN)
        if value is pi:
            return Code("np.pi")
        if isinstance(value, Add):
            return _added([self.constant(t) for t in value.as_ordered_terms()])
        if isinstance(value, (Mul, Pow)) or value.is_Rational:
            minus, above, below = self.constant_factors(value)
            return _scaled(minus, above, below)
        return Code(repr(float(value)), SIGN)

    def constant_factors(self, value: Scalar) -> tuple[bool, list[Code], list[Code]]:
        """(negative, numerators, denominators) of a constant, without the factor 1."""
        minus, above, below = False, [], []
        for factor in Mul.make_args(value):
            if factor.is_Rational:
                minus = minus is not bool(factor < 0)
                above += [Code(str(abs(factor.p)))] if abs(factor.p) != 1 else []
                below += [Code(str(factor.q))] if factor.q != 1 else []
            elif isinstance(factor, Pow):
                down = bool(factor.exp.could_extract_minus_sign())
                (below if down else above).append(self._constant_power(factor.base, -factor.exp if down else factor.exp))
            else:
                above.append(self.constant(factor))
        return minus, above, below

    def _constant_power(self, base: Scalar, exponent: Scalar) -> Code:
        if exponent is S.One:
            return self.constant(base)
        if exponent == S.Half:
            return Code(f"np.sqrt({self.constant(base).text})")
        return Code(f"{self.constant(base).at(ATOM)}**{self.constant(exponent).at(ATOM)}", POWER)

    def _dimension(self, d: Dim) -> str:
        if d not in self._dims:
            label = parameter(d.name)
            while label in self._taken:
                label += "_"
            self._taken.add(label)
            self._dims[d] = label
        return self._dims[d]

    # -- leaves

    def _symbol(self, e: Expr) -> Code:
        return Code(parameter(e.data.name))

    def _const(self, e: Expr) -> Code:
        return self.constant(e.data)

    def _identity(self, e: Expr) -> Code:
        return Code(f"np.eye({self.size(e.shape[0])})")

    def _filled(self, e: Expr) -> Code:
        sizes = [self.size(d) for d in axes(e.shape)]
        return Code(f"np.{e.op}({sizes[0] if len(sizes) == 1 else _tuple(sizes)})")

    def _commutation(self, e: Expr) -> Code:
        self._helpers[source_of(commutation)] = None
        return Code(f"_commutation({self.size(e.data[0])}, {self.size(e.data[1])})")

    def _unit(self, e: Expr) -> Code:
        return Code(f"np.eye({self.size(e.shape[0])})[{e.data - 1}]")

    def _columns(self, e: Expr) -> Code:
        if e.shape[1] is ONE:
            return Code(f"np.eye({self.size(e.shape[0])})[{self.size(e.data[0] - 1)}]")
        return Code(f"np.eye({self.size(e.shape[0])})[:, {self._sliced(e)}]")

    # -- sums and products

    def _sum(self, e: Expr) -> Code:
        codes = [self.code(t) for t in e.args]
        return _added([c for c in codes if not c.text.startswith("-")] + [c for c in codes if c.text.startswith("-")])

    def _product(self, e: Expr) -> Code:
        c, scalars, mats = split_product(e)
        minus, above, below = self.constant_factors(c)
        for s in scalars:
            inverted = self._divisor(s)
            if inverted is None:
                above.append(self.code(s))
            else:
                below.append(inverted)
        if mats:
            above.append(self._chain(mats))
        return _scaled(minus, above, below)

    def _divisor(self, s: Expr) -> Code | None:
        """The inverse of a negative power."""
        if s.op != "pow" or self._uses[s] > 1:
            return None
        c, rest = split_coefficient(s.args[1])
        if rest.op != "const" or not (c * rest.data).could_extract_minus_sign():
            return None
        return self._scalar_power(s.args[0], -c * rest.data)

    def _chain(self, mats: Sequence[Expr]) -> Code:
        """A product of matrices; an outer product is made last."""
        mats = [part for f in mats for part in _split_ones(f)] if len(mats) > 1 else mats
        cut = next((i for i, f in enumerate(mats[:-1]) if f.shape[1] is ONE), None)
        if cut is not None:
            return Code(f"np.outer({self._from_right(mats[: cut + 1]).text}, {self._chain(mats[cut + 1 :]).text})")
        return self._from_right(mats) if mats[-1].shape[1] is ONE else self._from_left(mats)

    def _from_right(self, mats: Sequence[Expr]) -> Code:
        """A product that ends in a column."""
        rest = list(mats)
        if rest[-1].op == "ones" and len(rest) > 1 and rest[-2].op != "diag":
            rest.pop()
            product = Code(f"{self.code(rest.pop()).at(ATOM)}.sum(axis=1)")
        elif rest[-1].op == "unit" and len(rest) > 1 and rest[-2].op != "diag":
            k = rest.pop().data - 1
            product = Code(f"{self.code(rest.pop()).at(ATOM)}[:, {k}]")
        elif rest[-1].op == "columns" and len(rest) > 1 and rest[-2].op != "diag":
            k = self._sliced(rest.pop())
            product = Code(f"np.ravel({self.code(rest.pop()).at(ATOM)}[:, {k}])")
        else:
            product = self._whole(rest.pop())
        for f in reversed(rest):
            if picks_rows(f):
                product = self._picked(f.args[0], product)
            elif f.op == "diag":
                product = Code(f"{self.code(f.args[0]).at(PRODUCT)}*{product.at(SIGN)}", PRODUCT)
            else:
                product = Code(f"{self.code(f).at(MATMUL)} @ {product.at(SIGN)}", MATMUL)
        return product

    def _from_left(self, mats: Sequence[Expr]) -> Code:
        """A product that does not end in a column."""
        rest = list(mats)[::-1]
        first = rest.pop()
        if first.op == "ones" and first.shape[0] is ONE and rest and rest[-1].op != "diag":
            product = Code(f"{self.code(rest.pop()).at(ATOM)}.sum(axis=0)")
        elif picks_rows(first) and rest and rest[-1].op != "diag":
            product = self._picked(first.args[0], self.code(rest.pop()))
        elif first.op == "diag" and rest and rest[-1].op != "diag":
            product = Code(f"{self.code(first.args[0]).at(ATOM)}[:, None]*{self.code(rest.pop()).at(SIGN)}", PRODUCT)
        else:
            product = self._whole(first)
        for f in reversed(rest):
            if f.op == "columns":
                product = Code(f"{product.at(ATOM)}[{'' if mats[0].shape[0] is ONE else ':, '}{self._sliced(f)}]")
            elif f.op == "diag":
                product = Code(f"{product.at(PRODUCT)}*{self.code(f.args[0]).at(SIGN)}", PRODUCT)
            else:
                product = Code(f"{product.at(MATMUL)} @ {self.code(f).at(SIGN)}", MATMUL)
        return product

    def _picked(self, picks: Expr, product: Code) -> Code:
        """The rows of a product that columns of the identity pick."""
        if picks.op == "columns" and picks.shape[1] is ONE:
            return Code(f"{product.at(ATOM)}[{self.size(picks.data[0] - 1)}]")
        return Code(f"{product.at(ATOM)}[{picks.data - 1 if picks.op == 'unit' else self._sliced(picks)}]")

    def _sliced(self, picks: Expr) -> str:
        """The range of Python that columns of the identity are."""
        first, last = picks.data
        return f"{self.size(first - 1)}:{self.size(last)}"

    def _whole(self, f: Expr) -> Code:
        """A factor that stands alone."""
        return Code(f"np.diag({self.code(f.args[0]).text})") if f.op == "diag" else self.code(f)

    def _inner(self, e: Expr) -> Code:
        return self._from_right(e.args)

    # -- powers and transposes

    def _power(self, e: Expr) -> Code:
        base, exponent = e.args
        if e.is_scalar:
            divisor = self._divisor(e)
            if divisor is not None:
                return _scaled(False, [], [divisor])
            if exponent.op == "const":
                return self._scalar_power(base, exponent.data)
            return Code(f"np.power({self.code(base).text}, {self.code(exponent).text})")
        if exponent.op == "const" and exponent.data == -1:
            return Code(f"np.linalg.inv({self.code(base).text})")
        if exponent.op == "const" and exponent.data.is_integer:
            return Code(f"np.linalg.matrix_power({self.code(base).text}, {self.constant(exponent.data).text})")
        self._helpers[source_of(matrix_power)] = None
        return Code(f"_matrix_power({self.code(base).text}, {self.code(exponent).text})")

    def _scalar_power(self, base: Expr, k: Scalar) -> Code:
        return self._raised(self.code(base), k)

    def _raised(self, base: Code, k: Scalar) -> Code:
        """base^k, entry by entry."""
        if k is S.One:
            return base
        if k == S.Half:
            return Code(f"np.sqrt({base.text})")
        if k.is_Integer and k > 0:
            return Code(f"{base.at(ATOM)}**{k}", POWER)
        if k.could_extract_minus_sign():
            return _scaled(False, [], [self._raised(base, -k)])
        return Code(f"np.power({base.text}, {self.constant(k).text})")

    def _transposed(self, e: Expr) -> Code:
        return Code(f"{self.code(e.args[0]).at(ATOM)}.T" if not is_vector(e) else self.code(e.args[0]).at(ATOM))

    def _elementwise_product(self, e: Expr) -> Code:
        above: list[Code] = []
        below: list[Code] = []
        for f in e.args:
            k = f.args[1].data if f.op == "epow" and f.args[1].op == "const" and self._uses[f] == 1 else None
            if k is not None and k.could_extract_minus_sign():
                below.append(self._raised(self.code(f.args[0]), -k))
            else:
                above.append(self.code(f))
        return _scaled(False, above, below)

    def _elementwise_power(self, e: Expr) -> Code:
        base, exponent = e.args
        if exponent.op == "const":
            return self._raised(self.code(base), exponent.data)
        return Code(f"np.power({self.code(base).text}, {self.code(exponent).text})")

    # -- entries and their rearrangement

    def _entry(self, e: Expr) -> Code:
        base, (i, j) = e.args[0], e.data
        index = f"{j - 1}" if base.shape[0] is ONE else f"{i - 1}" if base.shape[1] is ONE else f"{i - 1}, {j - 1}"
        return Code(f"{self.code(base).at(ATOM)}[{index}]")

    def _array(self, e: Expr) -> Code:
        rows, columns = e.data
        items = [self.code(a).text for a in e.args]
        if rows == 1 or columns == 1:
            return Code(f"np.array([{', '.join(items)}])")
        nested = ", ".join("[" + ", ".join(items[i * columns : (i + 1) * columns]) + "]" for i in range(rows))
        return Code(f"np.array([{nested}])")

    def _kron(self, e: Expr) -> Code:
        both = [self.code(a).text if is_vector(e) else self._two_axes(a).text for a in e.args]
        return Code(f"np.kron({both[0]}, {both[1]})")

    def _two_axes(self, a: Expr) -> Code:
        code = self.code(a)
        if not is_vector(a):
            return code
        return Code(code.at(ATOM) + ("[:, None]" if a.shape[1] is ONE else "[None, :]"))

    def _vec(self, e: Expr) -> Code:
        return Code(f'{self.code(e.args[0]).at(ATOM)}.ravel(order="F")')

    def _diagonal(self, e: Expr) -> Code:
        return Code(f"np.diag({self.code(e.args[0]).text})")

    def _total(self, e: Expr) -> Code:
        return Code(f"np.sum({self.code(e.args[0]).text})")

    # -- functions

    def _call(self, e: Expr) -> Code:
        return Code(f"{unknown_parameter(e.data)}({self.code(e.args[0]).text})")

    def _function(self, e: Expr) -> Code:
        """A function of the rule book, from its template."""
        rule = rulebook.find(e.op)
        if rule is None:
            raise KeyError(e.op)
        if rule.numpy_helper:
            self._helpers[rule.numpy_helper.strip("\n") + "\n"] = None
        text, level, bare, repeated = _template(rule)
        for i, (param, a) in enumerate(zip(rule.params, e.args, strict=True)):
            code = self._two_axes(a) if wants_matrix(rule, i, a) else self.code(a)
            if param.name in repeated and code.level < ATOM:
                code = self.named(code)
            text = text.replace("{" + param.name + "}", code.text if param.name in bare else code.at(ATOM))
        flattened = is_vector(e) and any(wants_matrix(rule, i, a) for i, a in enumerate(e.args))
        return Code(f"np.ravel({text})") if flattened else Code(text, level)

    # -- the whole

    def source(self, value: Code, docstring: str, function: str = "derivative") -> str:
        """The module: imports, helpers, and the function that returns `value`."""
        written = " ".join([*self._lines, value.text])
        self._dims = {d: label for d, label in self._dims.items() if re.search(rf"\b{re.escape(label)}\b", written)}
        sizes, needed = self._size_lines()
        given = [e for e in self._variables if e in self._used or e in needed]
        missing = [label for d, label in self._dims.items() if not any(line.startswith(f"{label} = ") for line in sizes)]
        parameters = [parameter(e.data.name) for e in given] + self._unknowns + missing
        body = [*_quoted(docstring), *sizes, *_unpacked(given), *self._lines, f"return {value.text}"]
        helpers = "".join(f"\n\n{h}" for h in self._helpers)
        imports = "import math\n\nimport numpy as np\n" if "math." in helpers else "import numpy as np\n"
        return f"{imports}{helpers}\n\ndef {function}({', '.join(parameters)}):\n{textwrap.indent(chr(10).join(body), '    ')}\n"

    def _size_lines(self) -> tuple[list[str], list[Expr]]:
        """Statements that read sizes off parameters, and the parameters that they read."""
        used = set(self._used)
        ordered = [e for e in self._variables if e in used] + [e for e in self._variables if e not in used]
        lines: list[str] = []
        needed: list[Expr] = []
        for d, label in self._dims.items():
            found = _first_with(d, ordered)
            if found is not None:
                lines.append(f"{label} = {found[1]}")
                needed.append(found[0])
        return lines, needed


def operands(e: Expr) -> list[Expr]:
    """What the code of a node is made of: of diag(u) as a factor only u."""
    if e.op not in ("mul", "inner"):
        return list(e.args)
    out: list[Expr] = []
    chained = sum(not a.is_scalar for a in e.args) > 1
    for a in e.args:
        parts = _split_ones(a) if chained else (a,)
        out += [a.args[0] if a.op == "diag" else part for part in parts]
    return out


def _split_ones(f: Expr) -> tuple[Expr, ...]:
    """A matrix of ones as column times row."""
    if f.op == "ones" and not is_vector(f):
        return ones(f.shape[0]), ones(ONE, f.shape[1])
    return (f,)


def _first_with(d: Dim, variables: Iterable[Expr]) -> tuple[Expr, str] | None:
    """A variable with this dimension, and the source that reads it off."""
    partly = None
    for e in variables:
        for axis, length in enumerate(e.shape):
            read = f"{parameter(e.data.name)}.shape[{axis}]"
            if length is d:
                return e, read
            if partly is None and length.free_symbols == {d}:
                a, b = length.coeff(d, 1), length.coeff(d, 0)
                if a.is_Integer and b.is_Integer and a * d + b == length:
                    shifted = f"{read} {'-' if b > 0 else '+'} {abs(b)}"
                    partly = e, shifted if a == 1 else f"({shifted})//{a}"
    return partly


def _unpacked(given: Sequence[Expr]) -> list[str]:
    """Statements that give rows and columns passed with two axes the one axis that they have inside."""
    lines = []
    for e in given:
        label = parameter(e.data.name)
        if e.data.ndim == 2 and is_vector(e):
            lines.append(f"{label} = np.ravel({label})")
        elif e.data.ndim and e.is_scalar:
            lines.append(f"{label} = np.ravel({label})[0]")
    return lines


def _quoted(docstring: str) -> list[str]:
    safe = docstring.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return [f'"""{safe}"""'] if safe else []


@cache
def _template(rule: rulebook.Rule) -> tuple[str, int, frozenset[str], frozenset[str]]:
    """(template, its level, parameters that stand between brackets or commas, parameters that occur repeatedly)."""
    plain = rule.numpy
    for param in rule.params:
        plain = plain.replace("{" + param.name + "}", param.name)
    bare, repeated = set(), set()
    for param in rule.params:
        token = re.escape("{" + param.name + "}")
        count = len(re.findall(token, rule.numpy))
        if count > 1:
            repeated.add(param.name)
        if len(re.findall(r"(?<=[(,] )" + token + r"(?=[,)])|(?<=\()" + token + r"(?=[,)])", rule.numpy)) == count:
            bare.add(param.name)
    return rule.numpy, _level(ast.parse(plain, mode="eval").body), frozenset(bare), frozenset(repeated)


def _level(tree: ast.expr) -> int:
    """How tightly the outermost operator of a template binds."""
    if isinstance(tree, ast.BinOp):
        return BINDING.get(type(tree.op), SUM)
    return ATOM if isinstance(tree, (ast.Call, ast.Subscript, ast.Attribute, ast.Name)) else SUM


# ------------------------------------------------------------------------------------------- index form


def _einsum(writer: _Writer, term: IndexTerm, labels: Sequence[str], known: Mapping[str, Dim]) -> Code:
    """A term as a product of its coefficient and one einsum."""
    sizes = _label_sizes(term, known)
    given = [(at, writer.code(factor).text) for factor, at in term.factors]
    given += [(pair, f"np.eye({writer.size(sizes[pair[0]])})") for pair in term.deltas]
    given += [((f.whole, f.outer, f.inner), _fused_eye(writer, f)) for f in term.fused]
    present = {label for at, _ in given for label in at}
    given += [((label,), f"np.ones({writer.size(sizes[label])})") for label in labels if label not in present]
    return _scaled_einsum(writer, term.coefficient, given, labels)


def _fused_eye(writer: _Writer, fused: Fused) -> str:
    """The array that is 1 where a label is the one that its parts make."""
    outer, inner = writer.size(fused.outer_size), writer.size(fused.inner_size)
    whole = writer.size(times(fused.outer_size, fused.inner_size))
    return f"np.eye({whole}).reshape({whole}, {outer}, {inner})"


def _label_sizes(term: IndexTerm, known: Mapping[str, Dim]) -> dict[str, Dim]:
    """The size of every label, from the axes, the factors, and the labels that deltas tie together."""
    sizes = dict(known)
    for factor, at in term.factors:
        sizes.update(zip(at, axes(factor.shape), strict=True))
    for _ in term.deltas:
        for a, b in term.deltas:
            if a in sizes:
                sizes.setdefault(b, sizes[a])
            elif b in sizes:
                sizes[a] = sizes[b]
    return sizes


def _scaled_einsum(writer: _Writer, coefficient: Expr, given: Sequence[tuple[tuple[str, ...], str]], out: Sequence[str]) -> Code:
    c, scalars, _ = split_product(coefficient)
    minus, above, below = writer.constant_factors(c)
    above += [writer.code(s) for s in scalars]
    if given:
        above.append(_one_einsum(given, out))
    return _scaled(minus, above, below)


def _one_einsum(given: Sequence[tuple[tuple[str, ...], str]], out: Sequence[str]) -> Code:
    if len(given) == 1 and list(given[0][0]) == list(out):
        return Code(given[0][1], SUM)
    letters = _letters([label for at, _ in given for label in at])
    inputs = ",".join("".join(letters[label] for label in at) for at, _ in given)
    spec = f"{inputs}->{''.join(letters[label] for label in out)}"
    optimise = ", optimize=True" if len(given) > 2 else ""
    return Code(f'np.einsum("{spec}", {", ".join(text for _, text in given)}{optimise})')


def _letters(labels: Iterable[str]) -> Mapping[str, str]:
    """A letter for each label: its own where it has one."""
    unique = list(dict.fromkeys(labels))
    own = {label for label in unique if len(label) == 1 and label.isascii()}
    spare = iter(letter for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in own)
    return {label: label if label in own else next(spare) for label in unique}


WRITERS: Final[dict[str, Callable[[_Writer, Expr], Code]]] = {
    "sym": _Writer._symbol,
    "const": _Writer._const,
    "eye": _Writer._identity,
    "ones": _Writer._filled,
    "zeros": _Writer._filled,
    "comm": _Writer._commutation,
    "unit": _Writer._unit,
    "columns": _Writer._columns,
    "add": _Writer._sum,
    "mul": _Writer._product,
    "inner": _Writer._inner,
    "pow": _Writer._power,
    "T": _Writer._transposed,
    "had": _Writer._elementwise_product,
    "epow": _Writer._elementwise_power,
    "entry": _Writer._entry,
    "array": _Writer._array,
    "kron": _Writer._kron,
    "vec": _Writer._vec,
    "diag": _Writer._diagonal,
    "diagv": _Writer._diagonal,
    "sum": _Writer._total,
    "call": _Writer._call,
}
