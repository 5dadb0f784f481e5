"""Julia: a vector has one axis, entries are counted from 1 and lie column by column, a dot makes an operation one on entries."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import is_vector
from matcalc.book.sizes import ONE
from matcalc.codegen.arguments import told_shape
from matcalc.codegen.arrays import Node
from matcalc.codegen.code import ATOM, MATMUL, POWER, SIGN, SUM, Code, Signs, added
from matcalc.codegen.dialects import Dialect
from matcalc.codegen.emitting import LONGEST
from matcalc.codegen.languages.foreign import Contraction, Foreign, conditions, told_values
from matcalc.codegen.languages.language import Frame, Function, Language, helpers_of

RESERVED: Final = (
    "begin baremodule break catch const continue do else elseif end export false finally for function global if import let local "
    "macro module quote return struct true try using while where in isa abs acos acosh adjoint asin asinh atan atanh cholesky conj "
    "cos cosh cross cumsum det diag diagm Diagonal dot eachcol eachindex eigen erf erfc exp expm1 fill float Float64 hcat hvcat I "
    "imag im Int inv kron length log log1p logabsdet Matrix max maximum min minimum ndims norm ones only opnorm permutedims pi "
    "pinv prod real repeat reshape sign sin sinh size sqrt sum svd svdvals Symmetric sylvester tan tanh tr transpose tril triu "
    "vcat vec zero zeros isinteger"
).split()
COMMUTED: Final = """
function commuted_(A, m, n)
    # K(m,n)*A, where K(m,n)*vec(B) = vec(transpose(B)) for B of m x n; K(m,n) is not formed.
    return A[vec(permutedims(reshape(1:m*n, m, n))), :]
end
"""
OPERATOR: Final = """
function operator_(f, m, n)
    # The matrix J with vec(f(E)) = J*vec(E) for E of m x n.
    unit(k) = (E = zeros(m, n); E[k] = 1; E)
    return reduce(hcat, [vec(f(unit(k))) for k in 1:m*n])
end
"""
ELIMINATION: Final = """
function elimination_(n)
    # L(n), with L(n)*vec(A) = vech(A): its rows pick the entries on and below the diagonal, column by column.
    return Matrix(1.0I, n*n, n*n)[[(j - 1)*n + i for j in 1:n for i in j:n], :]
end
"""
DUPLICATION: Final = """
function duplication_(n)
    # D(n), with D(n)*vech(S) = vec(S) for symmetric S.
    whole = Matrix(1.0I, n*n, n*n)
    below, above = [(j - 1)*n + i for j in 1:n for i in j:n], [(i - 1)*n + j for j in 1:n for i in j:n]
    return permutedims(max.(whole[below, :], whole[above, :]))
end
"""


class Julia(Foreign):
    """Spells operations in Julia."""

    commuting = ("commuted_", COMMUTED)

    times = ("*", " .* ")
    over = ("/", " ./ ")
    raised = ("^", " .^ ")
    slots = "[{}]"

    def _turned(self, code: Code) -> Code:
        """The transpose; of what may be complex no adjoint."""
        return Code(f"transpose({code.text})") if self.complex else Code(f"{code.at(ATOM)}'")

    def _sum(self, n: Node) -> Code:
        terms = [self._codes[a] for a in n.args]
        if len({a.dims for a in n.args}) == 1:
            return added(terms, n.data)
        first = f"-{terms[0].at(SIGN)}" if n.data[0] else terms[0].at(SUM)
        rest = [f"{'.-' if minus else '.+'} {t.at(MATMUL)}" for t, minus in zip(terms[1:], n.data[1:], strict=True)]
        return Code(" ".join([first, *rest]), SUM)

    def _column(self, n: Node) -> Code:
        return self._codes[n.args[0]]

    def _row(self, n: Node) -> Code:
        return self._turned(self._codes[n.args[0]])

    def _transposed(self, n: Node) -> Code:
        return self._turned(self._codes[n.args[0]])

    def _matmul(self, n: Node) -> Code:
        a, b = (self._codes[x] for x in n.args)
        if not n.dims:
            return Code(f"{self._turned(a).text}*{b.at(SIGN)}", MATMUL) if self.complex else Code(f"dot({a.text}, {b.text})")
        if len(n.args[0].dims) == 1:
            a, b = self._turned(b), a
        return Code(f"{a.at(MATMUL)}*{b.at(SIGN)}", MATMUL)

    def _outer(self, n: Node) -> Code:
        u, v = (self._codes[x] for x in n.args)
        return Code(f"{u.at(MATMUL)}*{self._turned(v).text}", MATMUL)

    def _diagonal(self, n: Node) -> Code:
        (a,) = n.args
        return Code(f"{'diagm' if len(a.dims) == 1 else 'diag'}({self._codes[a].text})")

    def _solved(self, n: Node) -> Code:
        a, b = (self._codes[x] for x in n.args)
        return Code(f"{a.at(ATOM)}\\{b.at(SIGN)}", MATMUL)

    def _total(self, n: Node) -> Code:
        code = self._codes[n.args[0]].text
        return Code(f"sum({code})" if n.data is None else f"vec(sum({code}, dims={n.data + 1}))")

    def _templated(self, n: Node) -> Code:
        if n.op == "sqrt":
            return Code(f"sqrt{'.' if n.dims else ''}({self._codes[n.args[0]].text})")
        return super()._templated(n)

    def _matrix_power(self, n: Node) -> Code:
        base, exponent = (self._codes[a] for a in n.args)
        # A power of a number that is a float goes through eigenvalues.
        told = exponent.at(ATOM) if n.args[1].python else f"Int({exponent.text})"
        return Code(f"{base.at(ATOM)}^{told}", POWER)

    def _reshaped(self, n: Node) -> Code:
        (a,), sizes = n.args, [self._size(d) for d in n.data]
        rows = self._codes[a] if len(a.dims) < 2 else self._turned(self._codes[a])
        if len(sizes) == 3:
            return Code(f"permutedims(reshape({self._codes[a].text}, {sizes[0]}, {sizes[2]}, {sizes[1]}), (1, 3, 2))")
        return Code(f"permutedims(reshape({rows.text}, {sizes[1]}, {sizes[0]}))")

    def _flat(self, n: Node) -> Code:
        return Code(f"vec({self._turned(self._codes[n.args[0]]).text})")

    def _broadcast(self, n: Node) -> Code:
        (a,) = n.args
        code = self._codes[a]
        if not n.dims:
            return code
        sizes = ", ".join(self._size(d) for d in n.dims)
        if not a.dims:
            name = {"0": "zeros", "1": "ones"}.get(code.text)
            return Code(f"{name}({sizes})" if name else f"fill(float({code.text}), {sizes})")
        repeated = f"1, {self._size(n.dims[1])}" if a.dims[1] is ONE else f"{self._size(n.dims[0])}, 1"
        return Code(f"repeat({code.text}, {repeated})")

    def _array(self, n: Node) -> Code:
        columns = n.data[1]
        items = ", ".join(self._codes[a].text for a in n.args)
        return Code(f"[{items}]" if 1 in n.data else f"hvcat({columns}, {items})")

    def _blocks(self, n: Node) -> Code:
        return Code(f"hvcat({n.data[1]}, {', '.join(self._codes[a].text for a in n.args)})")

    def _beside(self, n: Node) -> Code:
        return Code(f"vcat({', '.join(self._codes[a].text for a in n.args)})")

    def _as_matrix(self, n: Node) -> Code:
        return Code(f"fill({self._codes[n.args[0]].text}, 1, 1)")

    def _two_axes(self, n: Node) -> Code:
        code = self._codes[n.args[0]].text
        if n.data == (1, 1):
            return Code(f"fill({code}, 1, 1)")
        return Code(f"reshape({code}, {'1, :' if n.data[0] == 1 else ':, 1'})")

    def by_labels(self, values: Mapping[str, str]) -> str:
        return f"({told_values(values, '{label} = {value}')},)"

    def contracted(self, c: Contraction) -> Code:
        sizes = ", ".join(self._size(d) for d in c.dims)
        kind = "ComplexF64, " if self.complex else ""
        label = self.named(Code(f"zeros({kind}{sizes})")).text
        place = f"{label}[{', '.join(map(c.place, c.out))}]"
        factors = "*".join(f"{name}[{', '.join(map(c.place, letters))}]" for name, letters in c.factors) or "1"
        loops = ", ".join(f"{index} in 1:{size}" for index, size in c.loops)
        self.lines += [f"for {loops}", f"    {place} += {factors}", "end"] if loops else [f"{place} += {factors}"]
        return Code(f"{label}[]" if not c.out else label)

    def _operator(self, n: Node) -> Code:
        self.helpers[OPERATOR] = None
        return super()._operator(n)


class JuliaLanguage(Language):
    """Functions in Julia."""

    emitter = Julia

    def function(self, frame: Frame) -> Function:
        told = [frame.named(e) + ("=nothing" if e in frame.ignored else "") for e in frame.by_name]
        places = [*frame.parameters, *(f"{frame.named(e)}=nothing" for e in frame.ignored if e not in frame.by_name)]
        named = [*told, *frame.missing]
        signature = ", ".join(places) + (f"; {', '.join(named)}" if named else "")
        body = [
            *([f"# {frame.remark}"] if frame.remark else []),
            *self._checked(frame),
            *(line for name in frame.missing for line in self._count(name)),
            *(f"{label} = {read}" for label, read in frame.read.items()),
            *frame.emitter.lines,
            f"return {frame.value}",
        ]
        told_first = frame.docstring.strip().replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
        quoted = f'"""\n{told_first}\n"""\n' if told_first else ""
        return frame.made(f"{quoted}function {frame.name}({signature})\n{textwrap.indent(chr(10).join(body), '    ')}\nend\n")

    def _checked(self, frame: Frame) -> list[str]:
        """What refuses arguments of wrong shapes, and gives vectors one axis."""
        unfit = [
            *(wrong for e in frame.arrays if (wrong := self._rank(frame.named(e), e))), *conditions(frame.arrays, frame.dialect, " != ")
        ]  # fmt: skip
        names = [frame.named(e) for e in frame.arrays]
        axes = [f"{name} = {how}({name})" for e in frame.arrays if (how := self._unpacked(e)) for name in [frame.named(e)]]
        if not unfit:
            return axes
        expected = ", ".join(f"{name}: {told_shape(e)}" for name, e in zip(names, frame.arrays, strict=True))
        found = ", ".join(f"$(size({name}))" for name in names)
        head = f"if {' || '.join(unfit)}"
        if len(head) > LONGEST:
            head = "if " + " ||\n        ".join(unfit)
        return [head, f'    throw(DimensionMismatch("expected shapes {expected}, got {found}"))', "end", *axes]

    def _unpacked(self, e: Expr) -> str:
        return "vec" if is_vector(e) else "only" if e.is_scalar else ""

    def _rank(self, name: str, e: Expr) -> str:
        if e.is_scalar:
            return f"length({name}) != 1"
        return f"length({name}) != maximum(size({name}))" if is_vector(e) else f"ndims({name}) != 2"

    def _count(self, name: str) -> list[str]:
        return [f'isinteger({name}) && {name} > 0 || throw(ArgumentError("expected a positive integer {name}, got ${name}"))']

    def module(self, functions: Sequence[Function], program: str = "") -> str:
        parts = [part.strip("\n") for part in (*helpers_of(functions), *(f.text for f in functions))]
        body = "\n\n".join(parts)
        packages = ["LinearAlgebra", *(["SpecialFunctions"] if re.search(r"\berfc?\.?\(", body) else [])]
        return "".join(f"using {p}\n" for p in packages) + f"\n{body}\n"


LANGUAGE: Final = JuliaLanguage()
JULIA: Final = Dialect(
    "julia",
    "",
    (),
    {
        "eye": "Matrix(1.0I, {size}, {size})",
        "ones": "ones({sizes})",
        "zeros": "zeros({sizes})",
        "trace": "tr({0})",
        "inverse": "inv({0})",
        "kron": "kron({0}, {1})",
        "real_part": "real({0})",
        "vec": "vec({0})",
        "fractional_power": "Matrix({0})^({1})",
        "elimination": "elimination_({size})",
        "duplication": "duplication_({size})",
        "operator": "operator_({moving} -> {0}, {1}, {2})",
    },
    asarray="{0}",
    signs=Signs(power="^", quotient="÷", pi="pi", root="sqrt({0})", least="min({0})", imaginary="im"),
    helpers={"elimination": ELIMINATION, "duplication": DUPLICATION},
    reserved=frozenset(RESERVED),
    language="matcalc.codegen.languages.julia:LANGUAGE",
    length="size({0}, {2})",
    count="length({0})",
)
