"""CasADi: a Python function of MX, whose arrays have two axes, a vector a column; nothing is repeated beside a larger array by itself."""

from __future__ import annotations

import keyword
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import is_vector
from matcalc.book.rules import Rule
from matcalc.book.sizes import ONE
from matcalc.codegen.arguments import told_shape
from matcalc.codegen.arrays import Node
from matcalc.codegen.code import ATOM, MATMUL, SIGN, Code, Signs
from matcalc.codegen.dialects import WHOLE, Dialect
from matcalc.codegen.emitting import read_template
from matcalc.codegen.languages.foreign import Contraction, Part, conditions
from matcalc.codegen.languages.language import Frame, Function
from matcalc.codegen.languages.matlab import Columns
from matcalc.codegen.languages.python import Python
from matcalc.errors import UsageError

ELIMINATION: Final = '''
def _elimination(n):
    """L(n), with L(n) vec(A) = vech(A): its rows pick the entries on and below the diagonal, column by column."""
    return ca.DM.eye(n*n)[[j*n + i for j in range(n) for i in range(j, n)], :]
'''
DUPLICATION: Final = '''
def _duplication(n):
    """D(n), with D(n) vech(S) = vec(S) for symmetric S."""
    pairs = [(i, j) for j in range(n) for i in range(j, n)]
    whole = ca.DM.eye(n*n)
    return ca.fmax(whole[[j*n + i for i, j in pairs], :], whole[[i*n + j for i, j in pairs], :]).T
'''
OPERATOR: Final = '''
def _operator(f, m, n):
    """The matrix J with vec f(E) = J vec(E) for E of m x n."""
    return ca.horzcat(*[ca.vec(f(ca.reshape(ca.DM.eye(m*n)[:, k], m, n))) for k in range(m*n)])
'''
COMMUTED: Final = '''
def _commuted(A, m, n):
    """K(m,n) A, where K(m,n) vec(B) = vec(B^T) for B of m x n; K(m,n) is not formed."""
    return A[[j*m + i for i in range(m) for j in range(n)], :]
'''


class Casadi(Columns):
    """Spells operations in CasADi."""

    commuting = ("_commuted", COMMUTED)

    times = ("*", "*")
    over = ("/", "/")
    raised = ("**", "**")
    slots = "[{}]"
    matrix_times = " @ "

    def template(self, text: str, rule: Rule) -> tuple[int, frozenset[str], frozenset[str]]:
        return read_template(text, rule)

    def _turned(self, code: Code) -> Code:
        return Code(f"{code.at(ATOM)}.T")

    def _spread(self, a: Node, n: Node) -> Part:
        if len(n.dims) < 2 or len(a.dims) < 2 or a.dims == n.dims:
            return super()._spread(a, n)
        sizes = [self._size(d) if own is ONE and d is not ONE else "1" for own, d in zip(a.dims, n.dims, strict=True)]
        return Part(self._codes[a] if sizes == ["1", "1"] else Code(f"ca.repmat({self._codes[a].text}, {', '.join(sizes)})"), True)

    def _matmul(self, n: Node) -> Code:
        return super()._matmul(n) if n.dims else Code(f"ca.dot({', '.join(self._codes[a].text for a in n.args)})")

    def _outer(self, n: Node) -> Code:
        u, v = (self._codes[x] for x in n.args)
        return Code(f"{u.at(MATMUL)} @ {self._turned(v).text}", MATMUL)

    def _total(self, n: Node) -> Code:
        (a,) = n.args
        code = self._codes[a].text
        if n.data is None:
            return Code(f"ca.sum1({code})" if len(a.dims) == 1 else f"ca.sum1(ca.sum2({code}))")
        return Code(f"ca.sum1({code}).T" if n.data == 0 else f"ca.sum2({code})")

    def _matrix_power(self, n: Node) -> Code:
        base, exponent = n.args
        if not exponent.python:
            raise UsageError("CasADi raises a matrix to a number, not to a variable", hint="write the number, or add --to numpy")
        if exponent.op == "number" and exponent.data.is_Integer:
            return Code(f"ca.mpower({self._codes[base].text}, {self._codes[exponent].text})")
        self.helpers[WHOLE] = None
        return Code(f"ca.mpower({self._codes[base].text}, _whole({self._codes[exponent].text}))")

    def _templated(self, n: Node) -> Code:
        if n.op == "fractional_power":
            raise UsageError("CasADi has no powers of matrices but whole ones", hint="add --to numpy, jax or torch")
        return super()._templated(n)

    def _reshaped(self, n: Node) -> Code:
        (a,), sizes = n.args, [self._size(d) for d in n.data]
        if len(sizes) == 3:
            raise UsageError("CasADi has arrays of two axes", hint="add --to numpy, jax or torch")
        rows = self._codes[a] if len(a.dims) < 2 else self._turned(self._codes[a])
        return Code(f"ca.reshape({rows.text}, {sizes[1]}, {sizes[0]}).T")

    def _flat(self, n: Node) -> Code:
        return Code(f"ca.vec({self._turned(self._codes[n.args[0]]).text})")

    def _index(self, n: Node) -> Code:
        (a,) = n.args
        places = n.data.split(", ")
        if len(places) == 1 and len(a.dims) == 2:
            return self.across(self.at_place(self._codes[a], *places, ":"))
        return self.at_place(self._codes[a], *places)

    def _part(self, n: Node) -> Code:
        axis, first, last = n.data
        (a,) = n.args
        alone = len(n.dims) < len(a.dims)
        where = self._size(first - 1) if alone else f"{self._size(first - 1)}:{self._size(last)}"
        if len(a.dims) == 1:
            return self.at_place(self._codes[a], where)
        found = self.at_place(self._codes[a], *((where, ":") if axis == 0 else (":", where)))
        return self.across(found) if alone and axis == 0 else found

    def _broadcast(self, n: Node) -> Code:
        (a,) = n.args
        code = self._codes[a]
        if not n.dims:
            return Code(f"ca.MX({code.text})") if a.python else code
        sizes = [self._size(d) for d in n.dims] + (["1"] if len(n.dims) == 1 else [])
        if not a.dims:
            made = Code(f"ca.DM.{'zeros' if code.text == '0' else 'ones'}({', '.join(sizes)})")
            return made if code.text in ("0", "1") else Code(f"{code.at(SIGN)}*{made.text}", MATMUL)
        return Code(f"ca.repmat({code.text}, {f'1, {sizes[1]}' if a.dims[1] is ONE else f'{sizes[0]}, 1'})")

    def _array(self, n: Node) -> Code:
        rows, columns = n.data
        items = [self._codes[a].text for a in n.args]
        if 1 in n.data:
            return Code(f"ca.vertcat({', '.join(items)})")
        beside = [f"ca.horzcat({', '.join(items[i * columns : (i + 1) * columns])})" for i in range(rows)]
        return Code(f"ca.vertcat({', '.join(beside)})")

    def _blocks(self, n: Node) -> Code:
        columns = n.data[1]
        items = [self._codes[a].text for a in n.args]
        rows = [", ".join(items[k : k + columns]) for k in range(0, len(items), columns)]
        beside = [f"ca.horzcat({row})" if columns > 1 else row for row in rows]
        return Code(f"ca.vertcat({', '.join(beside)})" if len(rows) > 1 else beside[0])

    def _beside(self, n: Node) -> Code:
        return Code(f"ca.vertcat({', '.join(self._codes[a].text for a in n.args)})")

    def contracted(self, c: Contraction) -> Code:
        """A sum of products of entries, which are put together one by one."""
        if len(c.out) > 2:
            raise UsageError(f"CasADi has arrays of two axes, and this has {len(c.out)}", hint="add --form vec, or --to numpy")
        label = self.named(Code(f"ca.MX.zeros({', '.join([*map(self._size, c.dims), '1', '1'][:2])})")).text
        place = f"{label}[{', '.join(map(c.place, c.out)) or '0'}]"
        factors = "*".join(f"{name}[{', '.join(map(c.place, letters))}]" for name, letters in c.factors) or "1"
        loops = c.loops
        self.lines += ["    " * k + f"for {index} in range({size}):" for k, (index, size) in enumerate(loops)]
        self.lines.append("    " * len(loops) + f"{place} += {factors}")
        return Code(label)


class CasadiLanguage(Python):
    """Python functions of MX."""

    emitter = Casadi

    def function(self, frame: Frame) -> Function:
        if any(e.has_complex for e in frame.arrays):
            raise UsageError("CasADi has real numbers alone", hint="add --to numpy, jax or torch")
        return super().function(frame)

    def conversions(self, frame: Frame) -> list[str]:
        names = [frame.named(e) for e in frame.arrays]
        made = [f"{name} = ca.MX({name})" for name in names]
        unfit = [*(self._rank(n, e) for n, e in zip(names, frame.arrays, strict=True)), *conditions(frame.arrays, frame.dialect, " != ")]
        columns = [f"{n} = ca.vec({n})" for n, e in zip(names, frame.arrays, strict=True) if is_vector(e)]
        told = [test for test in unfit if test]
        if not told:
            return [*made, *columns]
        expected = ", ".join(f"{name}: {told_shape(e)}" for name, e in zip(names, frame.arrays, strict=True))
        found = ", ".join(f"{{{name}.shape}}" for name in names)
        return [*made, f"if {' or '.join(told)}:", f'    raise ValueError(f"expected shapes {expected}, got {found}")', *columns]

    def _rank(self, name: str, e: Expr) -> str:
        if e.is_scalar:
            return f"{name}.numel() != 1"
        return f"1 not in {name}.shape" if is_vector(e) else ""


LANGUAGE: Final = CasadiLanguage()
CASADI: Final = Dialect(
    "casadi",
    "ca",
    ("import casadi as ca",),
    {
        "eye": "ca.DM.eye({size})",
        "ones": "ca.DM.ones({sizes})",
        "zeros": "ca.DM.zeros({sizes})",
        "trace": "ca.trace({0})",
        "diag": "ca.diag({0})",
        "solve": "ca.solve({0}, {1})",
        "inverse": "ca.inv({0})",
        "kron": "ca.kron({0}, {1})",
        "sqrt": "ca.sqrt({0})",
        "vec": "ca.vec({0})",
    },
    asarray="{0}",
    signs=Signs(),
    helpers={"elimination": ELIMINATION, "duplication": DUPLICATION, "operator": OPERATOR},
    reserved=frozenset({"ca", "math", *keyword.kwlist}),
    language="matcalc.codegen.languages.casadi:LANGUAGE",
    length="{0}.shape[{1}]",
    count="{0}.numel()",
    two_axes=True,
)
