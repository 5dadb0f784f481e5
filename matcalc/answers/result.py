"""A derivative in a layout and a form, as data: its formula in every notation, and as source of NumPy, JAX, PyTorch and SymPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from matcalc import codegen
from matcalc.algebra.entries import IndexTerm
from matcalc.algebra.node import Expr
from matcalc.algebra.weight import LONG
from matcalc.answers.display.shown import Shown
from matcalc.answers.parts import kinks, slips, vanishing
from matcalc.book.choices import ARRAYS, NAMED, TARGETS
from matcalc.book.properties import stated
from matcalc.book.sizes import ONE, Dim, show, spell
from matcalc.numbers.outcome import Certificate
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.table import printer
from matcalc.printing.writing import Writing
from matcalc.reading.notes import Note
from matcalc.reading.request import Request
from matcalc.records import dataclass

if TYPE_CHECKING:
    from matcalc.answers.display.named import Named
    from matcalc.printing.sympy_source.source import Source


NONE: Final[frozenset[str]] = frozenset()
MAX_WORK: Final = 1_000_000


@dataclass(frozen=True, repr=False)
class Result(Shown):
    """A derivative in a layout and a form; `hadamard` is "diag" where u.*v is to be written diag(u)*v.

    `symbols` has SymPy's symbols and functions by name where the request was SymPy's.

    `constraint` is the reading of a structured variable or the manifold that it lies on, by these words; `detail` says how much
    its derivation tells, `style` in what way; `naming` says when parts that the formula repeats have names.

    `expr` is the closed form; it is None in index form, where `terms` holds the entry with axes `labels`.
    """

    request: Request
    wrt: str
    layout: str
    form: str
    expr: Expr | None
    terms: tuple[IndexTerm, ...]
    labels: tuple[str, ...]
    dims: tuple[Dim, ...]
    assumptions: tuple[str, ...]
    parameters: tuple[Expr, ...]
    certificate: Certificate | None = field(default=None, compare=False)
    hadamard: str = "dot"
    symbols: Mapping[str, Any] = field(default_factory=dict, compare=False)
    vec_order: str = "column"
    constraint: Mapping[str, str] = field(default_factory=dict)
    detail: str = field(default="normal", compare=False)
    style: str = field(default="trace", compare=False)
    naming: str = NAMED.default

    @property
    def shape(self) -> tuple[str, ...]:
        """The axes of the result; rows and columns both up to two axes."""
        return tuple(spell(d) for d in self.dims)

    @property
    def variables(self) -> dict[str, str]:
        """The shape of every variable and what is known of it: `n x n symmetric`, `p positive`, `scalar`."""
        return {v.data.name: declared_text(v, self.request) for v in self.parameters}

    @cached_property
    def writing(self) -> Writing:
        """How the request is written."""
        return Writing(self.request.asked)

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """Which rows, columns or entries are zero, where the form shows it, and where there is no derivative."""
        zero = vanishing(self.expr, self.terms) if self.form in ("matrix", "index") else ()
        return (*zero, *slips(self.request), *kinks(self.request.expr, self.request.wrt, self.writing))

    def written(self, notation: Printer) -> str:
        """The formula in a notation."""
        if self.expr is None:
            from matcalc.printing import index  # a closed form needs it not

            return index.printed(self.terms, notation)
        return notation.print(self.expr, self.hadamard, self.request.variables, self.writing)

    @cached_property
    def named(self) -> Named | None:
        """The formula with names for its repeated parts, where it is long and they make it shorter."""
        if self.expr is None or self.naming == NAMED.default and self.expr.weight < LONG:
            return None
        from matcalc.answers.display.named import named_formula  # few answers are long

        return named_formula(self.expr, self.request, self.parameters, self.naming, self.writing, self.hadamard)

    def shown(self, notation: Printer) -> str:
        """The formula in a notation, with names for its parts where it has any."""
        return self.written(notation) if self.named is None else self.named.written(notation)

    @cached_property
    def numpy(self) -> str:
        """Source of `derivative` in NumPy."""
        return self.code("numpy")

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the variables and dimensions that the NumPy code takes."""
        spelt = {codegen.parameter(v.data.name, codegen.NUMPY): v.data.name for v in self.parameters}
        return tuple(spelt.get(name, name) for name in self.code_of("numpy", "derivative", False).parameters)

    def code(self, target: str = "numpy", *, documented: bool = False) -> str:
        """Source of a function `derivative` in one of the languages of `TARGETS`; documented with its formula and its shapes.

        Raises UsageError for an unknown target, or where a function of the rule book is not known there.
        """
        return codegen.module([self.code_of(target, "derivative", documented)])

    def code_of(self, target: str, name: str, documented: bool) -> codegen.Function:
        """The function that `code` prints, to be put into a module with others."""
        TARGETS.check(target)
        names = {} if self.named is None else self.named.formula.names
        dialect, docstring = codegen.DIALECTS[target], self._docstring(target) if documented else ""
        if self.expr is not None:
            return codegen.matrix_function(
                self.expr, self.parameters, dialect, keep2d=self.form == "vec", name=name, docstring=docstring, names=names
            )
        return codegen.index_function(self.terms, self.labels, self.parameters, self.dims, dialect, name=name, docstring=docstring)

    def _docstring(self, target: str) -> str:
        """The formula, the shapes, what it is by a complex variable, and what the formula takes for granted."""
        value = [d for d in self.shape if d != "1"] if self.form != "vec" else self.shape
        shapes = ", ".join(f"{name}: {shape}" for name, shape in self.variables.items())
        assumed = "".join(f"assuming {a}\n" for a in self.assumptions if not isinstance(a, Note))
        means = self._convention(target) if self.request.expr.has_complex else ""
        return f"{self.shown(printer('text'))}\n\n{shapes}\nreturns {' x '.join(value) or 'a scalar'}\n{means}{assumed}"

    def _convention(self, target: str) -> str:
        """What the derivative by a complex variable is, and how the target's own gradient has it."""
        from matcalc.answers.display.conventions import convention  # few derivatives are by complex variables

        return convention(self.request, self.wrt, self.layout, self.form, target)

    def function(self, target: str = "numpy") -> Callable[..., Any]:
        """The derivative as a function of arrays, as the code for numpy, jax or torch defines it.

        It raises UsageError for an argument that has not the properties that its variable is declared to have.
        """
        from matcalc.numbers.sampling.declared import checking

        ARRAYS.check(target)
        found = codegen.compile_function(self.code(target, documented=True))
        dialect = codegen.DIALECTS[target]
        return checking(found, {codegen.parameter(v.data.name, dialect): (v, known_of(v, self.request)) for v in self.parameters})

    @property
    def sympy(self) -> str:
        """SymPy source that defines `derivative`, an expression; in index form the entry at i, j, ..., from 0."""
        return self._in_sympy().text()

    def to_sympy(self) -> Any:
        """The derivative as a SymPy expression, with the symbols of the request where that was SymPy's.

        Raises UsageError for a function that SymPy lacks.
        """
        return self._in_sympy().value(self.symbols)

    def _in_sympy(self) -> Source:
        from matcalc.printing.sympy_source import code as sympy_code  # only those need it who ask for SymPy

        if self.expr is not None:
            return sympy_code.matrix_source(self.expr)
        return sympy_code.index_source(self.terms, self.labels, [d for d in self.dims if d is not ONE])

    def to_dict(self) -> dict[str, Any]:
        """The fields of a batch answer."""
        return {
            "text": self.text,
            "latex": self.latex,
            "numpy": self.numpy,
            **({"named": self.named.to_dict()} if self.named is not None else {}),
            "shape": list(self.shape),
            "form": self.form,
            "layout": self.layout,
            **self.constraint,
            "variables": self.variables,
            "assumptions": list(self.assumptions),
            "notes": list(self.remarks),
            **({"certificate": self.certificate.to_dict()} if self.certificate is not None else {}),
        }


def known_of(v: Expr, request: Request) -> frozenset[str]:
    """The properties that a variable was declared to have."""
    known: frozenset[str] = v.data.properties
    return known | request.properties.get(v.data.name, NONE)


def declared_text(v: Expr, request: Request) -> str:
    """The shape of a variable and what is known of it: `n x n symmetric`."""
    return " ".join([shape_text(v), *stated(known_of(v, request))])


def shape_text(v: Expr) -> str:
    """How a variable would be declared: `m x n`, `n`, `scalar`."""
    if v.data.ndim == 2 or v.data.ndim == 1 and v.shape[1] is not ONE:
        return show(v.shape) if not v.is_scalar else "1 x 1"
    return spell(v.shape[0]) if v.data.ndim == 1 else "scalar"
