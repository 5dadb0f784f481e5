"""The answer to a request: a derivative that shows itself, its derivation, its displays and its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matcalc.algebra.steps import limited
from matcalc.answers.display.report import notes
from matcalc.answers.display.shown import Derivation
from matcalc.answers.result import MAX_WORK, Result
from matcalc.book.sizes import ONE, axes
from matcalc.errors import UsageError
from matcalc.printing.notations.table import printer

if TYPE_CHECKING:
    from matcalc.answers.value import Value
    from matcalc.book.moves import Move
    from matcalc.derivation.hints import Hint
    from matcalc.derivation.lines import Line, Question
    from matcalc.derivation.printing import Step
    from matcalc.printing.notations.printer import Printer



class Derivative(Result):
    """A derivative in a layout and a form, ready to print."""

    def notes(self, notation: Printer) -> Sequence[str]:
        """The shapes, the layout, the assumptions and the certificate."""
        return notes([self], notation)

    def display(self, how: str, notation: str = "text") -> str:
        """The index form by cases, blocks, rows or columns, or compressed, in a notation.

        Raises UsageError where there is no such display.
        """
        from matcalc.answers.display.index_forms import Tensor, displayed  # only those need it who ask for a display

        if self.form != "index":
            raise UsageError(f"the display {how} is one of the index form", hint='ask for form="index"')
        outputs = len(axes(self.request.expr.shape)) if self.request.order == 1 else len(self.labels) - len(axes(self.request.wrt[0].shape))
        sizes = tuple(d for d in self.dims if d is not ONE)
        return displayed(Tensor(self.terms, self.labels, sizes, outputs, self.layout == "denominator"), how, printer(notation))

    @cached_property
    def _told(self) -> tuple[Question, list[Line]]:
        """The derivation, as what was asked and its lines."""
        from matcalc.derivation.lines import Answered, Question  # only those need them who ask for the derivation
        from matcalc.derivation.printing import told

        read, answer = self.request, Answered(self.written)
        name = self.wrt.partition("[")[0]
        x = next((v for v in read.wrt if v.data.name == name), read.wrt[0])
        then = () if read.order == 1 else (x if read.wrt2 is None else read.wrt2,)
        by = read.wrt if self.form in ("differential", "directional") else (x, *then)
        part = self.wrt if "[" in self.wrt else ""
        last = self._last_move()
        asked = Question(read, by, self.layout, self.form, answer, self.labels, part, {}, self.vec_order, last, self.detail, self.style)
        with limited(MAX_WORK):
            return told(asked)

    @property
    def explained(self) -> tuple[Question, list[Line]]:
        """The derivation, as what was asked and its lines, which can be written in any notation."""
        return self._told

    def _last_move(self) -> Move | None:
        """What a derivation does last to the derivative with all entries free; None where they are."""
        if not self.constraint:
            return None
        from matcalc.answers.admitted import moved  # few derivations have such an end

        return moved(self.request, self.constraint)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The derivation: a step for every line, with the rule that leads to it."""
        from matcalc.derivation.printing import steps

        return steps(*self._told)

    def hint(self, after: str = "") -> Hint:
        """What to do next in the derivation after a line, given by its number from 1 or as it is written; after the first by default.

        Raises UsageError for a line that the derivation has not.
        """
        from matcalc.derivation.hints import NUMBER, hint

        return hint(*self._told, after, " x ".join(self.shape) if any(d is not ONE for d in self.dims) else NUMBER)

    def derivation(self, notation: str = "text") -> Derivation:
        """The derivation in a notation: text, unicode, latex (an align* environment), or typst (a call of `derivation`)."""
        from matcalc.derivation.printing import printed

        return Derivation(printed(*self._told, printer(notation)))

    def at(self, point: str | Mapping[str, Any]) -> Value:
        """The value at a point, {"x": 0.0} or "x = 0"; only the variables that the derivative needs must be given.

        Raises UsageError for what has no value, ShapeError for a value that does not fit its variable.
        """
        from matcalc.answers.value import value_at  # only those need them who ask for a value
        from matcalc.numbers.points import read_values

        return value_at(self, read_values(point) if isinstance(point, str) else point)

    def program(
        self, target: str = "numpy", give: str = "derivative", *, dtype: str = "", sizes: Mapping[str, int] | None = None
    ) -> str:
        """Source of a function called `give`: derivative, value, value_and_derivative, or a product of derivatives with arrays.

        hvp is the Hessian times v, jvp the derivative along v, vjp the gradient of <g, value>; v and g are given by name.
        Products of matrices are bracketed for `sizes`.

        Raises UsageError where there is no such function.
        """
        from matcalc.answers.programs.source import source  # only those need it who ask for more than the derivative

        return source([self], give, target, check=self.certificate is not None, dtype=dtype, sizes=sizes)

    def function(self, target: str = "numpy", give: str = "derivative") -> Callable[..., Any]:
        """A function of arrays in numpy, jax or torch: the derivative, or what `program` tells of.

        It raises UsageError for an argument that has not the properties that its variable is declared to have.
        """
        if give == "derivative":
            return super().function(target)
        from matcalc.answers.programs.source import function  # only those need it who ask for more than the derivative

        return function([self], give, target)

    def __repr__(self) -> str:
        return f"<Derivative {self.text}>"
