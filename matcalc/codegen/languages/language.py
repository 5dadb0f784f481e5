"""What a language has to say: its emitter, and how it writes a function and a module around statements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module

from matcalc.algebra.node import Expr
from matcalc.book.sizes import Dim
from matcalc.codegen.arguments import size_lines
from matcalc.codegen.chains import assumed as size_of
from matcalc.codegen.dialects import Dialect
from matcalc.codegen.emitting import Emitter, parameter
from matcalc.records import dataclass


@dataclass(frozen=True)
class Function:
    """A generated function: its source, the parameters that it needs, what it calls and imports.

    `unknowns` are the unknown functions among the parameters, `sizes` those that are given by name: lengths that no argument tells.
    """

    name: str
    text: str
    helpers: tuple[str, ...]
    dialect: Dialect
    parameters: tuple[str, ...]
    unknowns: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """What a function is made of: the emitter with its statements, the value, its name and docstring, and the variables given by name."""

    emitter: Emitter
    value: str
    name: str
    docstring: str
    assumed: Sequence[Dim]
    by_name: Sequence[Expr] = ()

    @property
    def dialect(self) -> Dialect:
        """Its dialect."""
        return self.emitter.dialect

    @cached_property
    def _sizes(self) -> tuple[dict[Dim, str], list[Expr]]:
        return size_lines(self.emitter)

    @cached_property
    def given(self) -> list[Expr]:
        """The variables that it needs."""
        return [e for e in self.emitter.variables if e in self.emitter.used or e in self._sizes[1]]

    @cached_property
    def arrays(self) -> list[Expr]:
        """Those that are arrays, and no whole exponents."""
        return [e for e in self.given if e not in self.emitter.exponents]

    @cached_property
    def ignored(self) -> list[Expr]:
        """The variables that it takes and leaves alone."""
        return [e for e in self.emitter.variables if e not in self.given]

    @cached_property
    def read(self) -> dict[str, str]:
        """What reads each size off an argument, by the name that the size has."""
        return {self.emitter.dims[d]: read for d, read in self._sizes[0].items()}

    @cached_property
    def missing(self) -> list[str]:
        """The sizes that no argument tells."""
        return [label for d, label in self.emitter.dims.items() if d not in self._sizes[0]]

    @cached_property
    def parameters(self) -> list[str]:
        """The names of the arguments that stand by their place: the variables that are needed, and unknown functions."""
        return [self.named(e) for e in self.given if e not in self.by_name] + self.emitter.unknowns

    def named(self, e: Expr) -> str:
        """The parameter of a variable."""
        return parameter(e.data.name, self.dialect)

    @property
    def remark(self) -> str:
        """For which sizes the products are bracketed, where that was a choice."""
        if len(self.assumed) < 2:
            return ""
        told: dict[int, list[str]] = {}
        for d in self.assumed:
            told.setdefault(size_of(str(d)), []).append(str(d))
        return f"products are bracketed for {', '.join(' = '.join([*names, str(size)]) for size, names in told.items())}"

    def made(self, text: str, helpers: Sequence[str] = ()) -> Function:
        """The function of this source."""
        named = [self.named(e) for e in self.by_name if e in self.given]
        names = (*self.parameters, *named, *self.missing)
        return Function(
            self.name, text, (*helpers, *self.emitter.helpers), self.dialect, names, tuple(self.emitter.unknowns), sizes=tuple(self.missing)
        )


class Language(ABC):
    """A language: its emitter, and how it writes functions and modules."""

    emitter: type[Emitter] = Emitter

    @abstractmethod
    def function(self, frame: Frame) -> Function:
        """A function."""

    @abstractmethod
    def module(self, functions: Sequence[Function], program: str = "") -> str:
        """Source that defines the functions, with every helper once; last what is done when it is run."""


def language_of(dialect: Dialect) -> Language:
    """The language of a dialect."""
    module, _, label = dialect.language.partition(":")
    found: Language = getattr(import_module(module), label)
    return found


def helpers_of(functions: Sequence[Function]) -> list[str]:
    """The helpers of functions, each once."""
    return list(dict.fromkeys(h for f in functions for h in f.helpers))
