"""A formula of a sheet: an answer in every notation that a page needs, with its certificate, as plain data.

`answer` derives one job. It runs in another process or is read from the cache, so that what it returns is made of
strings and numbers alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from matcalc.errors import CertificateError, MatcalcError
from matcalc.printing.notations.table import printer
from matcalc.reading.notes import lines_of

if TYPE_CHECKING:
    from matcalc.answers.backprop import Backpropagation, Gradient
    from matcalc.answers.derivative import Derivative
    from matcalc.numbers.outcome import Certificate
    from matcalc.printing.notations.printer import Printer
    from matcalc.reading.chain import Chain
    from matcalc.stationary.solution import Solution

LIMIT: Final = 60.0


@dataclass(frozen=True)
class Job:
    """One derivation: the question of an entry, in one layout."""

    question: str
    layout: str
    derivation: bool

    @property
    def key(self) -> str:
        """What the answer depends on, apart from the program."""
        return hashlib.sha256(json.dumps([self.question, self.layout, self.derivation]).encode()).hexdigest()


@dataclass(frozen=True)
class Spelled:
    """A formula in one notation: what was asked, the terms of the answer, its named parts, and what is given."""

    left: str
    terms: tuple[str, ...]
    where: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def right(self) -> str:
        return " ".join(self.terms)


@dataclass(frozen=True)
class Checked:
    """The certificate as numbers and in words."""

    status: str
    points: int
    sizes: tuple[tuple[str, int], ...]
    error: float
    told: str


@dataclass(frozen=True)
class Formula:
    """One derivative in one layout."""

    wrt: str
    layout: str
    form: str
    shape: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    latex: Spelled
    typst: Spelled
    text: str
    numpy: str
    checked: Checked
    steps: tuple[str, ...] = ()
    steps_latex: str = ""
    steps_typst: str = ""


@dataclass(frozen=True)
class Answer:
    """The formulas of a job, or why there are none: a message with, where there is one, a pointer and a hint."""

    formulas: tuple[Formula, ...] = ()
    error: str = ""
    detail: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def from_dict(data: dict[str, Any]) -> Answer:
    """The answer that `to_dict` wrote.

    Raises KeyError, TypeError or AttributeError for anything else.
    """
    return Answer(tuple(_formula(f) for f in data["formulas"]), data["error"], tuple(data["detail"]))


def _formula(data: dict[str, Any]) -> Formula:
    checked = {**data["checked"], "sizes": _pairs(data["checked"]["sizes"])}
    listed = {key: tuple(data[key]) for key in ("shape", "notes", "steps")}
    spelled = {key: _read_spelled(data[key]) for key in ("latex", "typst")}
    return Formula(**{**data, **listed, **spelled, "variables": _pairs(data["variables"]), "checked": Checked(**checked)})


def _read_spelled(data: dict[str, Any]) -> Spelled:
    return Spelled(data["left"], *(tuple(data[key]) for key in ("terms", "where", "given")))


def _pairs(data: list[list[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((a, b) for a, b in data)


# ---------------------------------------------------------------------------------------------------- deriving


def answer(job: Job, limit: float = LIMIT) -> Answer:
    """Derive a job; what goes wrong is part of the answer."""
    from matcalc.batch import lines as batch
    from matcalc.engine import load_engine

    load_engine()
    try:
        with batch.at_most(limit):
            return _derived(job)
    except MatcalcError as error:
        head, *rest = str(error).split("\n")
        return Answer(error=head, detail=tuple(rest))
    except (RecursionError, MemoryError):
        return Answer(error="the request is nested too deeply or needs too much memory")
    except Exception as error:  # noqa: BLE001 - the other entries of the sheet are derived all the same
        return Answer(error=f"internal error, please report it: {type(error).__name__}: {error}")


class Work:
    """Answers a job that is written as JSON, as a worker gets it."""

    def __call__(self, line: bytes) -> tuple[bool, str]:
        """Whether the job has formulas, and its answer as JSON."""
        found = self.done(Job(**json.loads(line)))
        return not found.error, json.dumps(found.to_dict())

    def done(self, job: Job) -> Answer:
        """The answer to a job."""
        return answer(job)


def _derived(job: Job) -> Answer:
    from matcalc.answers.constraints import Constraint
    from matcalc.answers.derive import derive, told_so

    asked = json.loads(job.question)
    asked["variables"] = asked.pop("vars", None)
    if asked.pop("chain", False):
        return _propagated(asked, job.layout)
    if asked.pop("solve", False):
        return _solved(asked, job)
    constraint = Constraint(*(asked.pop(key, None) for key in ("structured", "reading", "manifold")))
    telling = asked.pop("detail", "normal"), asked.pop("style", "trace")
    found = derive(asked.pop("request"), **asked, layout=job.layout, constraint=constraint)
    found = told_so(found, *telling)
    results = found if isinstance(found, tuple) else (found,)
    return Answer(tuple(_shown(d, k, job) for k, d in enumerate(results)))


def _shown(d: Derivative, index: int, job: Job) -> Formula:
    derived = derivation(d) if job.derivation else ((), "", "")
    return Formula(
        d.wrt,
        d.layout,
        d.form,
        d.shape,
        tuple((name, shape) for name, shape in d.variables.items() if d.form != "differential" or name[1:] not in d.variables),
        tuple(lines_of(d.assumptions)),
        spelled(d, index, printer("latex")),
        spelled(d, index, printer("typst")),
        d.text,
        d.numpy,
        _checked(d.certificate),
        *derived,
    )


def _checked(certificate: Certificate | None) -> Checked:
    if certificate is None:
        raise CertificateError("this derivative was not checked")
    sizes = tuple((name, int(size)) for name, size in certificate.sizes.items())
    return Checked(certificate.status, certificate.points, sizes, float(certificate.error), str(certificate))


def _propagated(asked: dict[str, Any], layout: str) -> Answer:
    """Every gradient of a chain of definitions, last to first."""
    from matcalc.answers.backprop import backprop
    from matcalc.reading.chain import read_chain

    request, wrt, variables = asked["request"], asked.get("wrt"), asked["variables"]
    found = backprop(request, None if wrt is None else wrt.replace(",", " ").split(), variables=variables, layout=layout)
    chain = read_chain(request, variables=variables)
    return Answer(tuple(_shown_gradient(g, found, chain) for g in found if g.wrt not in chain.gradient_names))


def _shown_gradient(g: Gradient, found: Backpropagation, chain: Chain) -> Formula:
    from matcalc.algebra.walk import in_order
    from matcalc.codegen import matrix_function, module
    from matcalc.sheet.question import gradient_sides

    symbols = [n for n in in_order([g.value]) if n.op == "sym"]
    return Formula(
        g.wrt,
        g.layout,
        "matrix",
        g.shape,
        tuple(found.variables.items()),
        tuple(lines_of(found.assumptions)),
        Spelled(*gradient_sides(g, chain, printer("latex"))),
        Spelled(*gradient_sides(g, chain, printer("typst"))),
        g.text.rpartition(" = ")[2],
        module([matrix_function(g.value, symbols)]),
        _checked(g.certificate),
    )


def _solved(asked: dict[str, Any], job: Job) -> Answer:
    """The value of every unknown of a problem."""
    from matcalc.stationary.stationary import solve

    found = solve(asked["request"], variables=asked["variables"], attrs=asked.get("attrs"))
    return Answer(tuple(_shown_solution(found, name, job) for name in found.values))


def _shown_solution(found: Solution, name: str, job: Job) -> Formula:
    from matcalc.answers.result import declared_text
    from matcalc.book.sizes import spell
    from matcalc.sheet.question import solution_sides

    first = name == next(iter(found.values))
    read, text = found.problem.function, printer("text")
    told = [f"{found.kind_told}: {found.reason}", *(f"if {t}" for t in found.evaluated(text))] if first else []
    steps = [found.table(n) for n in ("text", "latex", "typst")] if job.derivation and first else ["", "\n\n", ""]
    return Formula(
        name,
        job.layout,
        "solution",
        tuple(spell(d) for d in found.values[name].shape),
        tuple((v.data.name, declared_text(v, read)) for v in (*found.problem.unknowns, *found.problem.known)) if first else (),
        tuple(told),
        Spelled(*solution_sides(found, name, printer("latex"))),
        Spelled(*solution_sides(found, name, printer("typst"))),
        found.formula(found.values[name], text),
        found.code("numpy") if len(found.values) == 1 else "",
        _checked(found.certificate),
        tuple(steps[0].splitlines()),
        "\n".join(steps[1].splitlines()[1:-1]),
        steps[2],
    )


def spelled(d: Derivative, index: int, notation: Printer) -> Spelled:
    """Both sides of the formula of an answer, its named parts, and what is given, in a notation."""
    from matcalc.sheet.question import givens, left_side, right_side, terms

    form, parts = right_side(d)
    named = tuple(f"{notation.name_of(label)} = {notation.render(part)}" for label, part in parts)
    return Spelled(left_side(d, index, notation), terms(form, notation), named, givens(d, notation))


def derivation(d: Derivative) -> tuple[tuple[str, ...], str, str]:
    """The derivation as lines of text, as the body of an align* environment, and in Typst's markup."""
    return tuple(d.derivation().splitlines()), "\n".join(d.derivation("latex").splitlines()[1:-1]), d.derivation("typst")
