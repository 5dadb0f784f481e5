"""Mathematica: a vector is a list and a matrix a list of rows, which a vector beside it scales; entries are counted from 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from matcalc.algebra.walk import is_vector
from matcalc.codegen.arguments import told_shape
from matcalc.codegen.arrays import Node
from matcalc.codegen.code import ATOM, MATMUL, PRODUCT, SIGN, Code, Signs
from matcalc.codegen.dialects import Dialect
from matcalc.codegen.languages.foreign import Contraction, Foreign, Part, conditions, told_values
from matcalc.codegen.languages.language import Frame, Function, Language, helpers_of
from matcalc.errors import UsageError

RESERVED: Final = "C D E I K N O Pi Sin Cos Tan Exp Log Abs Sign Max Min Mean Total Tr Det Norm Dot Inverse Transpose Table Sum".split()


class Mathematica(Foreign):
    """Spells operations in Mathematica."""

    times = ("*", "*")
    over = ("/", "/")
    raised = ("^", "^")
    slots = "[[{}]]"
    all_of = "All"
    range_of = "{} ;; {}"

    def _assign(self, label: str, code: Code) -> None:
        self.lines.append(f"{label} = {code.text};")

    def _turned(self, code: Code) -> Code:
        return Code(f"Transpose[{code.text}]")

    def _spread(self, a: Node, n: Node) -> Part:
        if a.op == "row" and len(n.dims) == 2:
            return Part(Code(f"ConstantArray[{self._codes[a.args[0]].text}, {self._size(n.dims[0])}]"), True)
        return Part(self._codes[a.args[0]] if a.op == "column" and n.is_full else self._codes[a], bool(a.dims))

    def _column(self, n: Node) -> Code:
        return Code(f"Transpose[{{{self._codes[n.args[0]].text}}}]")

    def _row(self, n: Node) -> Code:
        return Code(f"{{{self._codes[n.args[0]].text}}}")

    def _transposed(self, n: Node) -> Code:
        return self._turned(self._codes[n.args[0]])

    def _matmul(self, n: Node) -> Code:
        a, b = (self._codes[x] for x in n.args)
        # A dot binds more tightly than a product.
        left = a.text if a.level == MATMUL else a.at(SIGN)
        return Code(f"{left}.{b.at(SIGN)}", MATMUL)

    def _outer(self, n: Node) -> Code:
        return Code(f"Outer[Times, {', '.join(self._codes[x].text for x in n.args)}]")

    def _diagonal(self, n: Node) -> Code:
        (a,) = n.args
        return Code(f"{'DiagonalMatrix' if len(a.dims) == 1 else 'Diagonal'}[{self._codes[a].text}]")

    def _total(self, n: Node) -> Code:
        (a,) = n.args
        which = ", 2" if n.data is None and len(a.dims) == 2 else ", {2}" if n.data == 1 else ""
        return Code(f"Total[{self._codes[a].text}{which}]")

    def _reshaped(self, n: Node) -> Code:
        return Code(f"ArrayReshape[{self._codes[n.args[0]].text}, {{{', '.join(self._size(d) for d in n.data)}}}]")

    def _flat(self, n: Node) -> Code:
        return Code(f"Flatten[{self._codes[n.args[0]].text}]")

    def _commuted(self, n: Node) -> Code:
        m, size = (self._size(d) for d in n.data)
        rows = f"Flatten[Transpose[Partition[Range[({m})*({size})], {m}]]]"
        return Code(f"{self._codes[n.args[0]].at(ATOM)}[[{rows}]]")

    def _templated(self, n: Node) -> Code:
        if n.op == "kron" and len(n.dims) == 1:
            return Code(f"Flatten[Outer[Times, {', '.join(self._codes[a].text for a in n.args)}]]")
        return super()._templated(n)

    def _matrix_power(self, n: Node) -> Code:
        return Code(f"MatrixPower[{', '.join(self._codes[a].text for a in n.args)}]")

    def _broadcast(self, n: Node) -> Code:
        (a,) = n.args
        sizes = [self._size(d) for d in n.dims]
        if not n.dims:
            return self._codes[a]
        if not a.dims:
            return Code(f"ConstantArray[{self._codes[a].text}, {{{', '.join(sizes)}}}]")
        repeated = f"ConstantArray[{self._codes[a.args[0]].text}, {sizes[a.op == 'column']}]"
        return Code(f"Transpose[{repeated}]" if a.op == "column" else repeated)

    def _array(self, n: Node) -> Code:
        if 1 in n.data:
            return Code(f"{{{', '.join(self._codes[a].text for a in n.args)}}}")
        return Code(self._by_rows(n))

    def _by_rows(self, n: Node) -> str:
        rows, columns = n.data
        items = [self._codes[a].text for a in n.args]
        told = [f"{{{', '.join(items[i * columns : (i + 1) * columns])}}}" for i in range(rows)]
        return f"{{{', '.join(told)}}}"

    def _blocks(self, n: Node) -> Code:
        return Code(f"ArrayFlatten[{self._by_rows(n)}]")

    def _beside(self, n: Node) -> Code:
        return Code(f"Join[{', '.join(self._codes[a].text for a in n.args)}]")

    def _as_matrix(self, n: Node) -> Code:
        return Code(f"{{{{{self._codes[n.args[0]].text}}}}}")

    def _two_axes(self, n: Node) -> Code:
        code = self._codes[n.args[0]].text
        return Code({(1, 1): f"{{{{{code}}}}}", (1, -1): f"{{{code}}}"}.get(n.data, f"Transpose[{{{code}}}]"))

    def _call(self, n: Node) -> Code:
        made = super()._call(n).text
        head, _, rest = made.partition("(")
        return Code(f"{head}[{rest.removesuffix(')')}]")

    def together(self, values: Sequence[str]) -> str:
        return f"{{{', '.join(values)}}}"

    def by_labels(self, values: Mapping[str, str]) -> str:
        told = told_values(values, '"{label}" -> {value}')
        return f"<|{told}|>"

    def contracted(self, c: Contraction) -> Code:
        """A table of sums, with a delta where two axes are tied."""
        tables, deltas = [], []
        for letter in c.out:
            name = self.index_name(letter)
            tables.append(f"{{{name}, {c.size(letter)}}}")
            deltas += [f"KroneckerDelta[{name}, {c.place(letter)}]"] if c.place(letter) != name else []
        factors = [f"{name}[[{', '.join(map(c.place, letters))}]]" for name, letters in c.factors]
        body = "*".join([*deltas, *factors]) or "1"
        own = {self.index_name(letter) for letter in c.out}
        sums = [f"{{{index}, {size}}}" for index, size in c.loops if index not in own]
        body = f"Sum[{', '.join([body, *sums])}]" if sums else body
        return Code(f"Table[{', '.join([body, *tables])}]" if tables else body, ATOM if tables or sums else PRODUCT)

    def _operator(self, n: Node) -> Code:
        raise UsageError("a linear operator as a matrix is not written in Mathematica", hint="add --to matlab or julia")


class MathematicaLanguage(Language):
    """Functions in Mathematica."""

    emitter = Mathematica

    def function(self, frame: Frame) -> Function:
        moved = [e for e in frame.by_name if e in frame.given]
        needed = [*frame.parameters, *map(frame.named, moved), *frame.missing]
        ignored = [f"{frame.named(e)}_: Null" for e in frame.ignored]
        signature = ", ".join([*(f"{name}_" for name in needed), *ignored])
        names = [*frame.read, *(line.split(" = ", 1)[0] for line in frame.emitter.lines)]
        steps = [*(f"{label} = {read};" for label, read in frame.read.items()), *frame.emitter.lines, frame.value]
        body = "\n".join(f"    {step}" for step in steps)
        whole = f"Module[{{{', '.join(names)}}},\n{body}]" if names else frame.value
        unfit = self._unfit(frame)
        told = "\n".join([*frame.docstring.strip().splitlines(), *([frame.remark] if frame.remark else [])])
        told = told.replace("(*", "( *").replace("*)", "* )")
        head = [f"(* {told} *)"] if told else []
        if not unfit:
            return frame.made("\n".join([*head, f"{frame.name}[{signature}] := {whole}"]) + "\n")
        named = [frame.named(e) for e in frame.arrays]
        expected = ", ".join(f"{name}: {told_shape(e)}" for name, e in zip(named, frame.arrays, strict=True))
        found = ", ".join(f"`{k + 1}`" for k in range(len(named)))
        dimensions = ", ".join(f"Dimensions[{name}]" for name in named)
        message = f'{frame.name}::shapes = "expected shapes {expected}, got {found}";'
        test = f"If[{' || '.join(unfit)}, Message[{frame.name}::shapes, {dimensions}]; $Failed,"
        return frame.made("\n".join([*head, message, f"{frame.name}[{signature}] := {test}\n  {whole}]"]) + "\n")

    def _unfit(self, frame: Frame) -> list[str]:
        """What is true of arguments of wrong shapes."""
        ranks = [f"ArrayDepth[{frame.named(e)}] =!= {0 if e.is_scalar else 1 if is_vector(e) else 2}" for e in frame.arrays]
        return [*ranks, *conditions(frame.arrays, frame.dialect, " =!= ")]

    def module(self, functions: Sequence[Function], program: str = "") -> str:
        return "\n\n".join(part.strip("\n") for part in (*helpers_of(functions), *(f.text for f in functions))) + "\n"


LANGUAGE: Final = MathematicaLanguage()
MATHEMATICA: Final = Dialect(
    "mathematica",
    "",
    (),
    {
        "eye": "IdentityMatrix[{size}]",
        "trace": "Tr[{0}]",
        "solve": "LinearSolve[{0}, {1}]",
        "inverse": "Inverse[{0}]",
        "kron": "KroneckerProduct[{0}, {1}]",
        "sqrt": "Sqrt[{0}]",
        "real_part": "Re[{0}]",
        "vec": "Flatten[Transpose[{0}]]",
        "fractional_power": "MatrixPower[{0}, {1}]",
        "elimination": "IdentityMatrix[({size})^2][[Flatten[Table[(j - 1)*({size}) + i, {{j, {size}}}, {{i, j, {size}}}]]]]",
    },
    asarray="{0}",
    signs=Signs(power="^", quotient="/", pi="Pi", root="Sqrt[{0}]", least="Min[{0}]", exponent="*^", imaginary="I"),
    reserved=frozenset(RESERVED),
    language="matcalc.codegen.languages.mathematica:LANGUAGE",
    length="Dimensions[{0}][[{2}]]",
    suffix="$",
    spells={"_": "$"},
)
