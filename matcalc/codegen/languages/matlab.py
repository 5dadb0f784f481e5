"""MATLAB, and GNU Octave: every array has two axes, a vector is a column, entries are counted from 1 and lie column by column."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import is_vector
from matcalc.book.sizes import ONE
from matcalc.codegen.arguments import told_shape
from matcalc.codegen.arrays import Node
from matcalc.codegen.code import ATOM, MATMUL, SIGN, Code, Signs
from matcalc.codegen.dialects import Dialect
from matcalc.codegen.emitting import LONGEST
from matcalc.codegen.languages.foreign import Contraction, Foreign, Part, conditions, told_values
from matcalc.codegen.languages.language import Frame, Function, Language, helpers_of

KEYWORDS: Final = (
    "break case catch classdef continue else elseif end for function global if otherwise parfor persistent return spmd switch try while "
    "unwind_protect endfunction endif endfor endwhile until do"
).split()
# Functions that generated code calls: a variable of such a name would hide them.
CALLED: Final = (
    "abs acos acosh all any asin asinh atan atanh ceil chol conj cos cosh cross cumsum det diag double eig erf error exp expm eye floor "
    "heaviside imag inv kron log log1p expm1 logm max mean min mod norm numel ones permute pi pinv prod real repmat reshape round sign sin "
    "sinh size sort sqrt sqrtm std sum svd tan tanh trace tril triu var zeros value struct isa angle erfc gamma false true inf nan Inf NaN"
).split()
COMMUTED: Final = """
function B = commuted_(A, m, n)
% K(m,n)*A, where K(m,n)*vec(B) = vec(B.') for B of m x n; K(m,n) is not formed.
B = A(reshape(reshape(1:m*n, m, n).', [], 1), :);
end
"""
OPERATOR: Final = """
function J = operator_(f, m, n)
% The matrix J with vec(f(E)) = J*vec(E) for E of m x n.
J = [];
for k = 1:m*n
    E = zeros(m, n);
    E(k) = 1;
    J(:, k) = reshape(f(E), [], 1);
end
end
"""
ELIMINATION: Final = """
function L = elimination_(n)
% L(n), with L(n)*vec(A) = vech(A): its rows pick the entries on and below the diagonal, column by column.
I = eye(n*n);
L = I(tril(true(n)), :);
end
"""
DUPLICATION: Final = """
function D = duplication_(n)
% D(n), with D(n)*vech(S) = vec(S) for symmetric S.
I = eye(n*n);
P = reshape(1:n*n, n, n);
Q = P.';
D = max(I(P(tril(true(n))), :), I(Q(tril(true(n))), :)).';
end
"""


class Columns(Foreign):
    """A language in which every array has two axes, and a vector is a column."""

    def _column(self, n: Node) -> Code:
        return self._codes[n.args[0]]

    def _row(self, n: Node) -> Code:
        return self._turned(self._codes[n.args[0]])

    def _transposed(self, n: Node) -> Code:
        return self._turned(self._codes[n.args[0]])

    def _turned(self, code: Code) -> Code:
        return Code(f"{code.at(ATOM)}.'")

    def across(self, row: Code) -> Code:
        return self._turned(row)

    def _as_matrix(self, n: Node) -> Code:
        return self._codes[n.args[0]]

    def _two_axes(self, n: Node) -> Code:
        code = self._codes[n.args[0]]
        return self._turned(code) if n.data == (1, -1) else code

    def _matmul(self, n: Node) -> Code:
        a, b = (self._codes[x] for x in n.args)
        if len(n.args[0].dims) == 1:
            a, b = self._turned(b if n.dims else a), (a if n.dims else b)
        return Code(f"{a.at(MATMUL)}{self.matrix_times}{b.at(SIGN)}", MATMUL)

    matrix_times = "*"


class Matlab(Columns):
    """Spells operations in MATLAB."""

    commuting = ("commuted_", COMMUTED)

    def _assign(self, label: str, code: Code) -> None:
        self.lines.append(f"{label} = {code.text};")

    def at_place(self, code: Code, *places: str) -> Code:
        """Some entries, of what has a name: MATLAB takes none of a formula."""
        return super().at_place(code if code.text.isidentifier() else self.named(code), *places)

    def _reshaped(self, n: Node) -> Code:
        (a,), sizes = n.args, [self._size(d) for d in n.data]
        rows = self._codes[a] if len(a.dims) < 2 else self._turned(self._codes[a])
        if len(sizes) == 3:
            return Code(f"permute(reshape({self._codes[a].text}, {sizes[0]}, {sizes[2]}, {sizes[1]}), [1, 3, 2])")
        return Code(f"reshape({rows.text}, {sizes[1]}, {sizes[0]}).'")

    def _flat(self, n: Node) -> Code:
        return Code(f"reshape({self._turned(self._codes[n.args[0]]).text}, [], 1)")

    def _total(self, n: Node) -> Code:
        (a,) = n.args
        code = self._codes[a].text
        if n.data is None:
            return Code(f"sum({code})" if len(a.dims) == 1 else f"sum(sum({code}))")
        return Code(f"sum({code}, 1).'" if n.data == 0 else f"sum({code}, 2)")

    def _solved(self, n: Node) -> Code:
        a, b = (self._codes[x] for x in n.args)
        return Code(f"{a.at(ATOM)}\\{b.at(SIGN)}", MATMUL)

    def _outer(self, n: Node) -> Code:
        u, v = (self._codes[x] for x in n.args)
        return Code(f"{u.at(MATMUL)}*{self._turned(v).text}", MATMUL)

    def _matrix_power(self, n: Node) -> Code:
        base, exponent = (self._codes[a] for a in n.args)
        return Code(f"{base.at(ATOM)}^{exponent.at(ATOM)}", 5)

    def _broadcast(self, n: Node) -> Code:
        (a,) = n.args
        code = self._codes[a]
        if not n.dims:
            return code
        sizes = [self._size(d) for d in n.dims] + (["1"] if len(n.dims) == 1 else [])
        if not a.dims:
            name = {"0": "zeros", "1": "ones"}.get(code.text)
            made = Code(f"{name or 'ones'}({', '.join(sizes)})")
            return made if name else Code(f"{code.at(SIGN)}*{made.text}", MATMUL)
        repeated = ("1", sizes[1]) if a.dims[1] is ONE else (sizes[0], "1")
        return Code(f"repmat({code.text}, {', '.join(repeated)})")

    def _array(self, n: Node) -> Code:
        rows, columns = n.data
        items = [self._codes[a].text for a in n.args]
        if 1 in n.data:
            return Code(f"[{'; '.join(items)}]")
        return Code(f"[{'; '.join(', '.join(items[i * columns : (i + 1) * columns]) for i in range(rows))}]")

    def _blocks(self, n: Node) -> Code:
        columns = n.data[1]
        items = [self._codes[a].text for a in n.args]
        return Code(f"[{'; '.join(', '.join(items[k : k + columns]) for k in range(0, len(items), columns))}]")

    def _beside(self, n: Node) -> Code:
        return Code(f"[{'; '.join(self._codes[a].text for a in n.args)}]")

    def _spread(self, a: Node, n: Node) -> Part:
        # Octave keeps eye(n) as a diagonal matrix, which it does not add to a row.
        if a.op == "eye" and any(ONE in b.dims for b in n.args):
            return Part(Code(f"full({self._codes[a].text})"), True)
        return super()._spread(a, n)

    def together(self, values: Sequence[str]) -> str:
        return "\n".join(values)

    def by_labels(self, values: Mapping[str, str]) -> str:
        return f"struct({told_values(values, repr('{label}') + ', {value}')})"

    def contracted(self, c: Contraction) -> Code:
        label = self.named(Code(f"zeros({', '.join([*map(self._size, c.dims), '1', '1'][: max(2, len(c.dims))])})")).text
        place = f"{label}({', '.join(map(c.place, c.out)) or '1'})"
        factors = "*".join(f"{name}({', '.join(map(c.place, letters)) or '1'})" for name, letters in c.factors) or "1"
        loops = c.loops
        self.lines += ["    " * k + f"for {index} = 1:{size}" for k, (index, size) in enumerate(loops)]
        self.lines.append("    " * len(loops) + f"{place} = {place} + {factors};")
        self.lines += ["    " * k + "end" for k in reversed(range(len(loops)))]
        return Code(label)

    def _operator(self, n: Node) -> Code:
        made = super()._operator(n)
        self.helpers[OPERATOR] = None
        return made


class MatlabLanguage(Language):
    """Functions in MATLAB."""

    emitter = Matlab

    def function(self, frame: Frame) -> Function:
        told = [e for e in frame.by_name if e in frame.given]
        names = [*frame.parameters, *map(frame.named, told), *frame.missing, *map(frame.named, frame.ignored)]
        labels, values = self._values(frame)
        remarks = [*frame.docstring.splitlines(), *([frame.remark] if frame.remark else [])]
        body = [
            *self._checked(frame),
            *(line for name in frame.missing for line in self._count(name)),
            *(f"{label} = {read};" for label, read in frame.read.items()),
            *frame.emitter.lines,
            *(f"{label} = {value};" for label, value in zip(labels, values, strict=True)),
        ]
        returned = labels[0] if len(labels) == 1 else f"[{', '.join(labels)}]"
        head = f"function {returned} = {frame.name}({', '.join(names)})"
        return frame.made("\n".join([head, *(f"% {line}".rstrip() for line in remarks), *body, "end"]) + "\n")

    def _values(self, frame: Frame) -> tuple[list[str], list[str]]:
        values = frame.value.split("\n")
        names = ("value", "result") if len(values) > 1 else ("result",)
        return [frame.emitter.free(name) for name in names], values

    def _checked(self, frame: Frame) -> list[str]:
        """What refuses arguments of wrong shapes, and makes columns of rows."""
        ranks = [wrong for e in frame.arrays if (wrong := self._rank(frame.named(e), e))]
        unfit = [*ranks, *conditions(frame.arrays, frame.dialect, " ~= ")]
        columns = [f"{frame.named(e)} = reshape({frame.named(e)}, [], 1);" for e in frame.arrays if is_vector(e)]
        if not unfit:
            return columns
        names = [frame.named(e) for e in frame.arrays]
        expected = ", ".join(f"{name}: {told_shape(e)}" for name, e in zip(names, frame.arrays, strict=True))
        found = ", ".join(f"mat2str(size({name}))" for name in names)
        told = f"    error('matcalc:shapes', 'expected shapes {expected}, got {', '.join(['%s'] * len(names))}', {found});"
        head = f"if {' || '.join(unfit)}"
        if len(head) > LONGEST:
            head = "if " + " ...\n        || ".join(unfit)
        return [head, told, "end", *columns]

    def _rank(self, name: str, e: Expr) -> str:
        if e.is_scalar:
            return f"~isscalar({name})"
        return f"numel({name}) ~= max(size({name}))" if is_vector(e) else f"ndims({name}) ~= 2"

    def _count(self, name: str) -> list[str]:
        return [
            f"if {name} ~= round({name}) || {name} < 1",
            f"    error('matcalc:size', 'expected a positive integer {name}, got %g', {name});",
            "end",
        ]

    def module(self, functions: Sequence[Function], program: str = "") -> str:
        """The functions, each of which MATLAB looks for in a file of its name, and behind them the helpers."""
        texts = [f.text.strip("\n") for f in functions]
        if len(functions) > 1:
            texts = [f"% {f.name}.m\n{text}" for f, text in zip(functions, texts, strict=True)]
        return "\n\n".join([*texts, *(textwrap.dedent(h).strip("\n") for h in helpers_of(functions))]) + "\n"


LANGUAGE: Final = MatlabLanguage()
MATLAB: Final = Dialect(
    "matlab",
    "",
    (),
    {
        "eye": "eye({size})",
        "ones": "ones({sizes})",
        "zeros": "zeros({sizes})",
        "trace": "trace({0})",
        "diag": "diag({0})",
        "inverse": "inv({0})",
        "kron": "kron({0}, {1})",
        "sqrt": "sqrt({0})",
        "real_part": "real({0})",
        "vec": "reshape({0}, [], 1)",
        "fractional_power": "({0})^({1})",
        "elimination": "elimination_({size})",
        "duplication": "duplication_({size})",
        "operator": "operator_(@({moving}) {0}, {1}, {2})",
    },
    asarray="{0}",
    signs=Signs(power="^", quotient="/", pi="pi", root="sqrt({0})", least="min([{0}])", imaginary="1i"),
    helpers={"elimination": ELIMINATION, "duplication": DUPLICATION},
    reserved=frozenset([*KEYWORDS, *CALLED]),
    language="matcalc.codegen.languages.matlab:LANGUAGE",
    length="size({0}, {2})",
    count="numel({0})",
    two_axes=True,
)
