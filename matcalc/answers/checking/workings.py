"""What the names of a derivation stand for: variables with their shapes, what it defines, and the increments of both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from matcalc.algebra import add
from matcalc.algebra.node import Expr, Unknown, sym, zeros
from matcalc.algebra.walk import depends, in_order
from matcalc.answers.checking.increments import Spoken, argument_of, increments_in
from matcalc.answers.checking.spelled import subscripted
from matcalc.answers.checking.statements import Statement
from matcalc.answers.claims.trials import declared
from matcalc.answers.result import declared_text
from matcalc.book import rules as rulebook
from matcalc.book.properties import while_varying
from matcalc.book.sizes import Shape
from matcalc.calculus.adjoint import tangent
from matcalc.errors import UsageError
from matcalc.numbers.sampling.sizes import dimension_names
from matcalc.reading.alone import read_expression
from matcalc.reading.lexer import lex
from matcalc.reading.request import Request, asks_for_a_derivative, read_request
from matcalc.records import dataclass
from matcalc.simplify.simplify import simplify

NAME: Final = re.compile(r"[^\W\d]\w*")
_INCREMENT: Final = re.compile(r"[d∂]\s*([^\W\d]\w*)")
_PART: Final = r"(?:(?:conj|real|imag)\s*\(\s*)?"
_BY: Final = re.compile(rf"/\s*\(?\s*((?:d|∂)\s*{_PART}[^\W\d]\w*)|(?:grad|hess|D)_([^\W\d]\w*)")
_STACKED: Final = re.compile(
    r"\s*[d∂]\s*vec\s*\(?\s*([^\W\d]\w*)\s*\)?\s*/\s*\(?\s*[d∂]?\s*\(?\s*[d∂]?\s*\(?vec\s*\(?\s*([^\W\d]\w*)\s*\)*\s*(?:\^\s*\(?T\)?\s*|')\)?\s*"
)
_TWICE: Final = re.compile(r"[d∂]\s*\^\s*\(?\s*2\s*\)?\s*([^\W\d]\w*)")
_ENTRY: Final = re.compile(r"([^\W\d]\w*)\[\s*([a-z](?:\s*,\s*[a-z])?)\s*\]")
VALUE: Final = "value"
SECOND: Final = "second increment"
INCREMENT: Final = "increment"
DERIVATIVE: Final = "derivative"


@dataclass(frozen=True)
class About:
    """What the left side of a statement is about: a value, an increment or a derivative, of a name or of an expression.

    `labels` are those of the entry that is meant.
    """

    kind: str
    of: str
    labels: tuple[str, ...] = ()

    @property
    def is_name(self) -> bool:
        return NAME.fullmatch(self.of) is not None


@dataclass
class Workings:
    """The names of a derivation, read once for all of its lines.

    `definitions` has the texts of what it defines, in order; `values` the expressions, `constants` the variables that stay.
    """

    statements: Sequence[Statement]
    declarations: list[str]
    definitions: dict[str, str] = field(default_factory=dict)
    values: dict[str, Expr] = field(default_factory=dict)
    varying: tuple[str, ...] = ()
    read: Request | None = None
    variables: dict[str, Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.declarations += [s.text for s in self.statements if s.is_declaration and not s.condition]
        self.constants = {a.of for s in self.statements if (a := self.about(s)) and a.kind == INCREMENT and s.right == "0"}
        for s, then in zip(self.statements, [*self.statements[1:], Statement(0, "")], strict=False):
            a = self.about(s)
            if a is None or a.kind != VALUE or not a.is_name or a.labels or a.of in self.definitions:
                continue
            if not asks_for_a_derivative(s.right):
                self.definitions[a.of] = subscripted(s.right)
            elif then.right and not then.left:
                self.definitions[a.of] = subscripted(then.right)
        self.constants -= self.definitions.keys()
        self.varying = self._varying()
        self._read()

    def _told(self) -> list[tuple[Statement, About]]:
        return [(s, a) for s in self.statements if (a := self.about(s)) is not None]

    # ---------------------------------------------------------------------------------------- left sides

    def about(self, s: Statement) -> About | None:
        """What a statement is about; None of a declaration and of one that goes on."""
        left = s.left.strip()
        if not left:
            return None
        if _STACKED.fullmatch(left) or self._is_derivative(left):
            return About(DERIVATIVE, left)
        entry = _ENTRY.fullmatch(left)
        if entry and (inner := self.about(Statement(s.line, s.text, entry[1], s.right))) is not None:
            return About(inner.kind, inner.of, tuple(re.findall(r"\w", entry[2])))
        moved = _INCREMENT.fullmatch(left)
        if moved and (left[1:2].isspace() or self._may_move(left, moved[1])):
            return About(INCREMENT, moved[1])
        twice = _TWICE.fullmatch(left)
        return About(SECOND, twice[1]) if twice else About(VALUE, left)

    def _is_derivative(self, left: str) -> bool:
        return bool(_by(left) or left.startswith(("∇", "grad "))) and asks_for_a_derivative(left)

    def _may_move(self, left: str, name: str) -> bool:
        """Whether dX is the increment of X and no name of its own."""
        spoken = {t.text for s in self.statements for t in lex(f"{s.left} = {s.right}").tokens if t.kind == "name"}
        return name in spoken or len(name) == 1

    # --------------------------------------------------------------------------------------------- names

    def _varying(self) -> tuple[str, ...]:
        """The variables that the derivation moves or differentiates by, in the order in which it speaks of them."""
        found: dict[str, None] = {}
        spoken = {t.text for s in self.statements for t in lex(s.right).tokens[:-1] if t.kind == "name"}
        for s in self.statements:
            found |= dict.fromkeys([*_by(s.left), *_by(s.right), *sorted(increments_in(s.right, self.definitions) & spoken)])
            if (pair := stacked(s.left)) is not None:
                found[pair[1]] = None
        return tuple(n for n in found if n not in self.definitions and n not in self.constants and n not in rulebook.spellings())

    def _read(self) -> None:
        """The shapes of all variables, from the function and what it needs."""
        self.read = self._request()
        self.variables = dict(self.read.variables)
        self.values = dict(self.read.definitions)
        for name, text in self.definitions.items():
            if name not in self.values:
                self._define(name, text)

    def _request(self) -> Request:
        """The function, a name or the expression of a left side, with the variables that move."""
        conditions = [s.condition for s in self.statements if s.condition]
        lets = [*(f"{name} = {text}" for name, text in self.definitions.items()), *conditions]
        main, told = self._function(), [a for _, a in self._told()]
        whole = next((a.of for a in told if a.kind == DERIVATIVE), None)
        if main is None and whole is not None:
            return read_request(whole, variables=self.declarations, lets=conditions)
        main = main or next((found for a in told if (found := argument_of(a.of)) is not None), None)
        main = main or next(reversed(self.definitions), None)
        if main is None:
            raise UsageError("nothing is derived here", hint="write lines such as f = tr(A*X), df = tr(A*dX), df/dX = A^T")
        if not self.varying:
            raise UsageError("no line says by what to differentiate", hint="write df = ... with dX, or df/dX = ...")
        return read_request(main, wrt=", ".join(self.varying), lets=lets, variables=self.declarations)

    def _define(self, name: str, text: str) -> None:
        """Take up a definition that the function does not need, with the variables that only it has."""
        try:
            e = read_expression(text, self.names(), self.functions, closed=False, variables=self.declarations)
        except UsageError:
            return
        self.values[name] = e
        self.variables |= {n.data.name: n for n in in_order([e]) if n.op == "sym" and not n.data.name.startswith("d")} | self.variables

    def _function(self) -> str | None:
        """The name of what is differentiated: the last definition that a left side moves or derives."""
        told = [a for _, a in self._told()]
        moved = [a.of for a in told if a.kind == INCREMENT and a.of in self.definitions]
        lefts = [re.sub(r"[d∂]\b|\b[d∂]", " ", a.of) for a in told if a.kind == DERIVATIVE]
        derived = [n for left in lefts for n in NAME.findall(left) if n in self.definitions]
        return max([*moved, *derived], key=list(self.definitions).index, default=None)

    @property
    def functions(self) -> dict[str, Unknown]:
        """The unknown functions."""
        found = [*self.values.values(), *([self.read.expr] if self.read else [])]
        return {n.data.name: n.data.base for n in in_order(found) if n.op == "call"}

    def names(self) -> dict[str, Expr]:
        """Variables, definitions and the increments of both."""
        known = {**self.variables, **self.values}
        moves = {f"d{name}": self.increment(name) for name in self.variables}
        return {**moves, **{f"d{name}": self.differential(e) for name, e in self.values.items()}, **known}

    def increment(self, name: str) -> Expr:
        """dX, or zero for what stays."""
        x = self.variables[name]
        return sym(f"d{name}", x.shape, x.data.ndim, while_varying(x.data.properties)) if name in self.varying else zeros(*x.shape)

    def differential(self, e: Expr) -> Expr:
        """The differential of an expression along all increments."""
        moving = [self.variables[n] for n in self.varying if n in self.variables]
        terms = [tangent(e, x, self.increment(x.data.name)) for x in moving if depends(e, x)]
        return simplify(add(*terms)) if terms else zeros(*e.shape)

    def expression(self, text: str, like: Shape | None = None) -> Expr:
        """A text of the derivation as an expression.

        Raises a MatcalcError where it cannot be read.
        """
        spoken = Spoken(text, self.taken, self.is_function, lambda body: self.differential(self.expression(body)))
        names = {**self.names(), **spoken.values}
        sizes = set(dimension_names(list(self.variables.values()), list(self.values.values()))) - names.keys()
        return read_expression(spoken.text, names, self.functions, sizes, like=like)

    @property
    def taken(self) -> set[str]:
        """The names that are no differentials though they begin with d."""
        return set(self.variables) | set(self.values)

    def is_function(self, name: str) -> bool:
        """Whether a name is that of a function."""
        return name in rulebook.spellings() or name in self.functions

    def sampled(self) -> list[Expr]:
        """The variables with all that is known of the point, and the increments."""
        assert self.read is not None
        moves = [self.increment(n) for n in self.varying if n in self.variables]
        return [*(declared(v, self.read) for v in self.variables.values()), *moves]

    def shapes(self) -> Mapping[str, str]:
        """The declaration of every variable."""
        assert self.read is not None
        return {name: declared_text(v, self.read) for name, v in self.variables.items()}


def _by(side: str) -> list[str]:
    """The names by which a side differentiates: X of df/dX and of grad_X f, but not of 1/det(X)."""
    pairs = _BY.findall(side)
    return [name or re.sub(rf"^[d∂]\s*{_PART}", "", bar) for bar, name in pairs if name or bar not in rulebook.spellings()]


def stacked(left: str) -> tuple[str, str] | None:
    """Y and X of d vec(Y)/d vec(X)^T."""
    found = _STACKED.fullmatch(left)
    return (found[1], found[2]) if found else None
