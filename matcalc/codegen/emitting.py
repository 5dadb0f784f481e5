"""From an array program to statements in a dialect.

What is used more than once, or would make a long line, gets a name; a view of an array is written where it is used.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence, Set
from functools import cache
from itertools import chain, count
from typing import ClassVar, Final

from matcalc.algebra.node import Expr, Unknown
from matcalc.algebra.walk import in_order
from matcalc.book.rules import Rule
from matcalc.book.sizes import Dim
from matcalc.codegen.arrays import Node
from matcalc.codegen.code import ATOM, MATMUL, POWER, PRODUCT, SIGN, SUM, Code, Constants, added, scaled, tupled
from matcalc.codegen.complex_arrays import ALIKE, complex_values
from matcalc.codegen.dialects import WHOLE, Dialect
from matcalc.scalars import S

LONGEST: Final = 110
NO_LABELS: Final[Mapping[Node, str]] = {}
COMMUTED: Final = '''
def _commuted(A, m, n):
    """K(m,n) A, where K(m,n) vec(B) = vec(B^T) for B of m x n; K(m,n) is not formed."""
    return A.reshape(n, m, -1).swapaxes(0, 1).reshape(m*n, -1)
'''
FREE: Final = frozenset({"parameter", "number", "returned"})
VIEWS: Final = frozenset({"T", "column", "row", "index", "part"})
BINDING: Final[dict[type[ast.operator], int]] = {ast.MatMult: MATMUL, ast.Mult: PRODUCT, ast.Div: PRODUCT, ast.Pow: POWER}


def parameter(name: str, dialect: Dialect) -> str:
    """A variable's name as a parameter."""
    name = dialect.spelt(name)
    return name + dialect.suffix if name in dialect.reserved else name


def unknown_parameter(unknown: Unknown, dialect: Dialect) -> str:
    """The parameter that stands for an unknown function or a derivative of one: sigma_prime, grad_f, D_h."""
    primes = "_prime" + str(unknown.primes if unknown.primes > 1 else "") if unknown.primes else ""
    return parameter(unknown.prefix + unknown.name + primes, dialect)


class Emitter:
    """Writes the statements for some arrays, and remembers what they need.

    A target is a label and an array: it gets a statement of its own, and is a variable to what comes after it. `assigned` are
    the symbols that stand for targets; `labels` are names for arrays that become temporaries. `commuting` is the function that
    multiplies by a commutation matrix: its name and its source.
    """

    commuting: ClassVar[tuple[str, str]] = ("_commuted", COMMUTED)

    def __init__(
        self,
        root: Node,
        variables: Sequence[Expr],
        dialect: Dialect,
        targets: Sequence[tuple[str, Node]] = (),
        assigned: Container[Expr] = (),
        labels: Mapping[Node, str] = NO_LABELS,
    ) -> None:
        self.dialect = dialect
        self.labels = labels
        self.nodes = in_order([*(n for _, n in targets), root])
        self.used = {n.data for n in self.nodes if n.op == "parameter" and n.data not in assigned}
        self.unknowns = list(dict.fromkeys(unknown_parameter(n.data, dialect) for n in self.nodes if n.op == "call"))
        met = [n.data for n in self.nodes if n.op == "parameter"]
        self.complex: Set[Node] = complex_values(self.nodes)
        by_name = {e.data.name: e for e in (*variables, *met)}
        self._taken = {parameter(name, dialect) for name in by_name} | set(self.unknowns) | {label for label, _ in targets}
        self.variables = [e for e in by_name.values() if e not in assigned]
        self.exponents = {n.data for n in in_order([n.args[1] for n in self.nodes if n.op == "matrix_power"]) if n.op == "parameter"}
        self.dims: dict[Dim, str] = {}
        self.helpers: dict[str, None] = {}
        self.lines: list[str] = []
        self.like = ""
        self._uses = self._counted([*(n for _, n in targets), root])
        self._constants = Constants(self._dimension, dialect.signs)
        self._codes: dict[Node, Code] = {}
        for label, n in targets:
            self._write(in_order([n]))
            if self._codes[n].text != label:
                self._assign(label, self._array_of(n))
        self._write(self.nodes)
        self.value = self._codes[root].text

    def _write(self, nodes: Sequence[Node]) -> None:
        """The code of nodes, each after its operands."""
        for n in nodes:
            if n not in self._codes:
                write: Callable[[Node], Code] = getattr(self, WRITERS.get(n.op, "_templated"))
                self._codes[n] = self._stored(n, write(n))

    def _counted(self, roots: Sequence[Node]) -> Counter[Node]:
        """How often each node is written: what is seen through a view counts as often as the view."""
        uses = Counter(roots)
        for n in reversed(self.nodes):
            for a in n.args:
                uses[a] += uses[n] if n.op in VIEWS else 1
        return uses

    def _stored(self, n: Node, code: Code) -> Code:
        """A name for what is used again or long, else the code itself."""
        if n.op in FREE or n.op in VIEWS:
            return code
        return self.named(code, self.labels.get(n, "")) if self._uses[n] > 1 or len(code.text) > LONGEST else code

    def named(self, code: Code, label: str = "") -> Code:
        """The code as a temporary, which is called by its label where it has one that is free."""
        own = [parameter(label, self.dialect)] if label else []
        label = next(name for name in chain(own, (f"t{i}" for i in count(1))) if name not in self._taken)
        self._taken.add(label)
        self._assign(label, code)
        return Code(label)

    def _assign(self, label: str, code: Code) -> None:
        """The statement that gives a value its name."""
        self.lines.append(f"{label} = {code.text}")

    def name_of(self, n: Node) -> str:
        """The name of an array, which it gets where it has none."""
        code = self._codes[n]
        if not code.text.isidentifier():
            self._codes[n] = code = self.named(code)
        return code.text

    def size_code(self, d: Dim) -> str:
        """Source of a size."""
        return self._size(d)

    def free(self, name: str) -> str:
        """A name that nothing else has."""
        while name in self._taken:
            name += self.dialect.suffix
        self._taken.add(name)
        return name

    def _dimension(self, d: Dim) -> str:
        if d not in self.dims:
            self.dims[d] = self.free(parameter(d.name, self.dialect))
        return self.dims[d]

    # -- constants and leaves

    def _parameter(self, n: Node) -> Code:
        return Code(parameter(n.data.data.name, self.dialect))

    def _number(self, n: Node) -> Code:
        return self._constants.code(n.data)

    def _size(self, d: Dim) -> str:
        return self._constants.size(d).text

    def _sizes(self, dims: Sequence[Dim]) -> str:
        return tupled([self._size(d) for d in dims])

    def _new(self) -> str:
        """The dtype and device of a new array."""
        if not self.dialect.like:
            return ""
        self.like = self.like or self.free(self.dialect.like)
        return f", **{self.like}"

    # -- entry by entry

    def _sum(self, n: Node) -> Code:
        return added([self._repeated(a) for a in n.args], n.data)

    def _repeated(self, a: Node) -> Code:
        """An array beside others, entry by entry, where a row repeats by itself."""
        return self._codes[a.args[0] if a.op == "row" else a]

    def _product(self, n: Node) -> Code:
        """A product; for an array the numbers first, and for a matrix vectors, so that it is passed over once."""
        c, cut = n.data
        minus, over, under = self._constants.fraction(c) if c is not S.One else (False, [], [])
        above, below = ([self._repeated(a) for a in part] for part in (n.args[:cut], n.args[cut:]))
        if not n.dims:
            return scaled(minus, over + above, under + below)
        small = [i for i, a in enumerate(n.args) if not a.dims]
        over += [above[i] for i in small if i < cut]
        under += [below[i - cut] for i in small if i >= cut]
        rows_last = not over and not under
        order = sorted((i for i in range(cut) if i not in small), key=lambda i: _bulk(n.args[i], rows_last))
        large, beneath = [above[i] for i in order], [below[i - cut] for i in range(cut, len(n.args)) if i not in small]
        if over and under and large:
            over, under = [scaled(False, over, under)], []
        return scaled(minus, over + large, under + beneath)

    def _power(self, n: Node) -> Code:
        base, exponent = (self._codes[a] for a in n.args)
        return Code(f"{base.at(ATOM)}**{exponent.at(ATOM)}", POWER)

    # -- views and shapes

    def _transposed(self, n: Node) -> Code:
        return Code(f"{self._codes[n.args[0]].at(ATOM)}.T")

    def _column(self, n: Node) -> Code:
        return Code(f"{self._codes[n.args[0]].at(ATOM)}[:, None]")

    def _row(self, n: Node) -> Code:
        return Code(f"{self._codes[n.args[0]].at(ATOM)}[None, :]")

    def _index(self, n: Node) -> Code:
        return Code(f"{self._codes[n.args[0]].at(ATOM)}[{n.data}]")

    def _part(self, n: Node) -> Code:
        axis, first, last = n.data
        alone = len(n.dims) < len(n.args[0].dims)
        where = self._size(first - 1) if alone else f"{self._size(first - 1)}:{self._size(last)}"
        return Code(f"{self._codes[n.args[0]].at(ATOM)}[{':, ' * axis}{where}]")

    def _reshaped(self, n: Node) -> Code:
        sizes = ", ".join(self._size(d) for d in n.data)
        return Code(f"{self._codes[n.args[0]].at(ATOM)}.reshape({sizes})")

    def _two_axes(self, n: Node) -> Code:
        return Code(f"{self.dialect.module}.reshape({self._array_of(n.args[0]).text}, {n.data})")

    def _flat(self, n: Node) -> Code:
        return Code(f"{self._codes[n.args[0]].at(ATOM)}.reshape(-1)")

    def _commuted(self, n: Node) -> Code:
        name, source = self.commuting
        self.helpers[source] = None
        return Code(f"{name}({self._codes[n.args[0]].text}, {', '.join(self._size(d) for d in n.data)})")

    def _commuted_kron(self, n: Node) -> Code:
        """K(m,n) kron(A, B), straight into its order where the dialect can; elsewhere the rows of kron(A, B) are moved."""
        if n.op in self.dialect.helpers:
            return self._templated(n)
        inner = Node("kron", n.args, None, n.dims)
        self._codes[inner] = self._templated(inner)
        return self._commuted(Node("commuted", (inner,), n.data, n.dims))

    def _matmul(self, n: Node) -> Code:
        a, b = (self._alike(x, n) for x in n.args)
        if self.dialect.rows_first and n.args[0].op == "T" and len(n.args[1].dims) == 1:
            a, b = b, self._codes[n.args[0].args[0]]
        return Code(f"{a.at(MATMUL)} @ {b.at(SIGN)}", MATMUL)

    def _outer(self, n: Node) -> Code:
        return self._templated(n)

    def _kron(self, n: Node) -> Code:
        if len(n.dims) == 1 and n.op in self.dialect.helpers:
            u, v = (self._codes[a] for a in n.args)
            return Code(f"{self.dialect.module}.outer({u.text}, {v.text}).reshape(-1)")
        return self._templated(n)

    def _solved(self, n: Node) -> Code:
        return self._templated(n)

    def _diagonal(self, n: Node) -> Code:
        return self._templated(n)

    def _total(self, n: Node) -> Code:
        if n.data is None:
            return self._templated(n)
        return Code(f"{self._codes[n.args[0]].at(ATOM)}.sum(axis={n.data})")

    # -- calls

    def _templated(self, n: Node) -> Code:
        """An operation that a template spells."""
        given = [self._alike(a, n) for a in n.args]
        bound = {name: code.at(ATOM) for name, code in zip("ab", given, strict=False)}
        return self._filled(self.dialect.spelling(n.op), [code.text for code in given], n, **bound)

    def _filled(self, template: str, given: Sequence[str], n: Node, **more: str) -> Code:
        helper = self.dialect.helpers.get(n.op)
        if helper:
            self.helpers[helper] = None
        size = self._size(n.data) if "{size}" in template else ""
        sizes = self._sizes(n.dims) if "{sizes}" in template else ""
        like = self._new() if "{like}" in template else ""
        return Code(template.format(*given, m=self.dialect.module, size=size, sizes=sizes, like=like, **more))

    def _array_of(self, a: Node) -> Code:
        """A value where an array is needed: a number is made one, save in NumPy, which does so itself."""
        code = self._codes[a]
        if not a.python or self.dialect.module == "np":
            return code
        if a in self.complex:
            return Code(f"{self.dialect.module}.asarray({code.text})")
        return Code(self.dialect.asarray.format(code.text, like=self._new() if "{like}" in self.dialect.asarray else ""))

    def _alike(self, a: Node, n: Node) -> Code:
        """An operand as an array, complex where another one is and the dialect wants both so."""
        code = self._array_of(a)
        if n.op in ALIKE and self.dialect.like and n in self.complex and a not in self.complex:
            return Code(f"{code.at(SUM)} + 0j", SUM)
        return code

    def _matrix_power(self, n: Node) -> Code:
        base, exponent = (self._codes[a].text for a in n.args)
        if not n.args[1].python:
            self.helpers[WHOLE] = None
            exponent = f"_whole({exponent})"
        return self._filled(self.dialect.spelling(n.op), [base, exponent], n)

    def _broadcast(self, n: Node) -> Code:
        (a,) = n.args
        if a.op == "number" and a.data in (0, 1):
            return self._filled(self.dialect.spelling("ones" if a.data == 1 else "zeros"), (), n)
        return self._templated(n) if n.dims else self._array_of(a)

    def _array(self, n: Node) -> Code:
        rows, columns = n.data
        items = [self._codes[a].text for a in n.args]
        nested = items if 1 in n.data else [f"[{', '.join(items[i * columns : (i + 1) * columns])}]" for i in range(rows)]
        shape = str(len(items)) if 1 in n.data else f"{rows}, {columns}"
        template = self.dialect.spelling("array")
        template = template.replace("{like}", "") if n in self.complex else template
        return self._filled(template, (), n, rows=f"[{', '.join(nested)}]", items=tupled(items), shape=shape)

    def _blocks(self, n: Node) -> Code:
        """Rows of blocks, each put together beside each other and then below each other."""
        columns = n.data[1]
        items = [self._array_of(a).text for a in n.args]
        rows = [", ".join(items[k : k + columns]) for k in range(0, len(items), columns)]
        if self.dialect.has_blocks and columns > 1 and len(rows) > 1:
            return Code(f"{self.dialect.module}.block([{', '.join(f'[{row}]' for row in rows)}])")
        beside = [f"{self.dialect.module}.hstack([{row}])" if columns > 1 else row for row in rows]
        return Code(beside[0] if len(rows) == 1 else f"{self.dialect.module}.vstack([{', '.join(beside)}])")

    def _beside(self, n: Node) -> Code:
        return Code(f"{self.dialect.module}.hstack([{', '.join(self._array_of(a).text for a in n.args)}])")

    def _as_matrix(self, n: Node) -> Code:
        return Code(f"{self.dialect.module}.reshape({self._array_of(n.args[0]).text}, (1, 1))")

    def _returned(self, n: Node) -> Code:
        """Several values: those without labels, then a dict of the others; each is named where the line would be long."""
        codes = [self._array_of(a) for a in n.args]
        if sum(len(c.text) for c in codes) > LONGEST:
            codes = [c if c.text.isidentifier() else self.named(c) for c in codes]
        plain = [c.text for c, label in zip(codes, n.data, strict=True) if not label]
        told = {label: c.text for c, label in zip(codes, n.data, strict=True) if label}
        return Code(self.together([*plain, *([self.by_labels(told)] if told else [])]), SUM)

    def together(self, values: Sequence[str]) -> str:
        """Several values that a function returns."""
        return ", ".join(values)

    def by_labels(self, values: Mapping[str, str]) -> str:
        """Values that are found by their labels."""
        return "{" + ", ".join(f'"{label}": {value}' for label, value in values.items()) + "}"

    def _call(self, n: Node) -> Code:
        return Code(f"{unknown_parameter(n.data, self.dialect)}({self._codes[n.args[0]].text})")

    def _einsum(self, n: Node) -> Code:
        given = ", ".join(self._alike(a, n).text for a in n.args)
        options = self.dialect.einsum_options if len(n.args) > 2 else ""
        return Code(f'{self.dialect.module}.einsum("{n.data}", {given}{options})')

    def _operator(self, n: Node) -> Code:
        """A linear operator of the rule book as a matrix: what it makes of the unit matrices, stacked."""
        rule, argument = n.data
        moving = "E"
        while moving in self._taken or moving in self.dialect.reserved:
            moving += self.dialect.suffix
        unit = Code(moving if rule.params[-1].shape[1] != "1" else f"{moving}[:, 0]")
        made = self._function(rule, [*(self._array_of(a) for a in n.args), unit])
        return self._filled(self.dialect.spelling("operator"), [made.text, *map(self._size, argument)], n, moving=moving)

    def _rule(self, n: Node) -> Code:
        """A function of the rule book."""
        given = [self._codes[a] if p.counts else self._array_of(a) for p, a in zip(n.data.params, n.args, strict=True)]
        return self._function(n.data, given)

    def _factored_rule(self, n: Node) -> Code:
        """A function of the rule book of a positive definite matrix, by its Cholesky factor."""
        said = n.data.definite
        text = said[self.dialect.name]
        self.helpers |= dict.fromkeys(called(text, split_helper(said.get(f"{self.dialect.name}_helper", ""))))
        return Code(text.replace("{L}", self._codes[n.args[0]].text), ATOM if text[0].isalpha() or text[0] == "_" else PRODUCT)

    def template(self, text: str, rule: Rule) -> tuple[int, frozenset[str], frozenset[str]]:
        """How tightly a template binds, and which of its parameters stand bare or repeatedly."""
        return read_template(text, rule)

    def _function(self, rule: Rule, given: Sequence[Code]) -> Code:
        text, helper = self.dialect.rule(rule)
        self.helpers |= dict.fromkeys(called(text, split_helper(helper)))
        level, bare, repeated = self.template(text, rule)
        for param, code in zip(rule.params, given, strict=True):
            if param.name in repeated and code.level < ATOM:
                code = self.named(code)
            text = text.replace("{" + param.name + "}", code.text if param.name in bare else code.at(ATOM))
        return Code(text, level)


def _bulk(a: Node, rows_last: bool) -> int:
    """Where a factor of a matrix stands: columns and rows before the matrix, a row alone behind it."""
    return 1 if a.is_full else 2 if a.op == "row" and rows_last else 0


# The method that writes an operation; where none is named, a template spells it.
WRITERS: Final[dict[str, str]] = {
    "parameter": "_parameter",
    "number": "_number",
    "sum": "_sum",
    "product": "_product",
    "power": "_power",
    "T": "_transposed",
    "column": "_column",
    "row": "_row",
    "index": "_index",
    "part": "_part",
    "reshape": "_reshaped",
    "two_axes": "_two_axes",
    "flat": "_flat",
    "commuted": "_commuted",
    "commuted_kron": "_commuted_kron",
    "kron": "_kron",
    "matmul": "_matmul",
    "outer": "_outer",
    "solve": "_solved",
    "diag": "_diagonal",
    "total": "_total",
    "matrix_power": "_matrix_power",
    "broadcast": "_broadcast",
    "array": "_array",
    "blocks": "_blocks",
    "beside": "_beside",
    "matrix": "_as_matrix",
    "call": "_call",
    "returned": "_returned",
    "einsum": "_einsum",
    "rule": "_rule",
    "factored_rule": "_factored_rule",
    "operator": "_operator",
}


@cache
def split_helper(helper: str) -> tuple[str, ...]:
    """The functions that a helper consists of, each apart: what two helpers share is written once."""
    return tuple(f"\n{part.strip()}\n" for part in re.split(r"\n(?=def |function )", helper) if part.strip())


def called(text: str, parts: Sequence[str]) -> list[str]:
    """Those of the parts of a helper that a template calls, in itself or through others, in their order."""
    named = {part: re.search(r"^\s*(?:def|function)(?: [\w\[\], ~]+ =)? (\w+)", part) for part in parts}
    needed, pending = set[str](), [text]
    while pending:
        words = set(re.findall(r"\w+", pending.pop()))
        found = [part for part, name in named.items() if part not in needed and (name is None or name[1] in words)]
        needed.update(found)
        pending += found
    return [part for part in parts if part in needed]


@cache
def read_template(template: str, rule: Rule) -> tuple[int, frozenset[str], frozenset[str]]:
    """(its level, parameters that stand between brackets or commas, parameters that occur repeatedly)."""
    plain = template
    for param in rule.params:
        plain = plain.replace("{" + param.name + "}", param.name)
    bare, repeated = set(), set()
    for param in rule.params:
        token = re.escape("{" + param.name + "}")
        count = len(re.findall(token, template))
        if count > 1:
            repeated.add(param.name)
        if len(re.findall(r"(?<=[(,] )" + token + r"(?=[,)])|(?<=\()" + token + r"(?=[,)])", template)) == count:
            bare.add(param.name)
    return _level(ast.parse(plain, mode="eval").body), frozenset(bare), frozenset(repeated)


def _level(tree: ast.expr) -> int:
    """How tightly the outermost operator of a template binds."""
    if isinstance(tree, ast.BinOp):
        return BINDING.get(type(tree.op), SUM)
    if isinstance(tree, ast.UnaryOp):
        return MATMUL
    return ATOM if isinstance(tree, (ast.Call, ast.Subscript, ast.Attribute, ast.Name)) else SUM
