"""From a problem to its stationary point in closed form, certified; see `solve`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Final

from matcalc.algebra import diag, negative, transpose
from matcalc.algebra.node import Expr
from matcalc.algebra.steps import limited
from matcalc.algebra.walk import depends, is_vector
from matcalc.answers.result import MAX_WORK
from matcalc.calculus.loading import Rules, in_force
from matcalc.errors import MatcalcError, NoClosedForm
from matcalc.printing.notations.text import text
from matcalc.simplify.simplify import simplify
from matcalc.stationary import elimination, whole
from matcalc.stationary.certificate import Proof, Prover
from matcalc.stationary.conditions import DEFINITE, Condition, Conditions, merged, never_zero, of_the_set, signed
from matcalc.stationary.elimination import Way
from matcalc.stationary.kind import reason
from matcalc.stationary.lagrangian import Conditions as System
from matcalc.stationary.lagrangian import conditions_of, is_linear
from matcalc.stationary.moves.vectors import affine
from matcalc.stationary.problem import Problem, Variables, read_problem
from matcalc.stationary.solution import Solution
from matcalc.stationary.whole import is_orthonormal

OPPOSITE: Final = {"min": "max", "max": "min"}
UNBOUNDED: Final = {
    "min": "there is no minimum: the stationary point is a {kind}",
    "max": "there is no maximum: the stationary point is a {kind}",
}
NAMES: Final = {"min": "minimum", "max": "maximum", "saddle": "saddle point"}
MAX_WAYS: Final = 12


def solve(
    problem: str,
    over: str | None = None,
    *,
    variables: Variables = None,
    attrs: Mapping[str, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    rules: Rules | None = None,
) -> Solution:
    """The point that minimises, maximises or makes stationary a function, with equations as constraints, in closed form.

    `over` names the unknowns where the text does not, "w, s"; a property of an unknown is the set that it runs over. `rules` names files
    of functions of the user's own, whose code is run, or is a Book.

    Raises NoClosedForm with the equation that stays; a MatcalcError that points into the text where it cannot be read.
    """
    with in_force(rules), limited(MAX_WORK):
        return solution_of(read_problem(problem, over=over, variables=variables, attrs=attrs, lets=lets))


def solution_of(problem: Problem) -> Solution:
    """The solution of a problem that was read.

    Raises NoClosedForm.
    """
    system = conditions_of(problem)
    prover = Prover(problem)
    others: list[Proof] = []
    for way in _ways(system):
        found = _proved(problem, prover, way)
        if found is None:
            continue
        way, proof = found
        if problem.goal == "stationary" or proof.kind == problem.goal or proof.kinds == {"flat"}:
            return _shown(problem, system, way, proof)
        if proof.kind == "stationary" and (better := _where_definite(system, prover, way)) is not None:
            return _shown(problem, system, *better)
        others.append(proof)
    raise _none(system, others)


def _ways(system: System) -> Iterator[Way]:
    """The solutions to be tried, none twice."""
    seen: set[tuple[Expr, ...]] = set()
    for way in map(partial(_in_shape, system), chain(whole.ways(system), _careful(elimination.ways(system)))):
        values = tuple(way.values.values())
        if values not in seen and not _is_open(way, system):
            seen.add(values)
            yield way
        if len(seen) >= MAX_WAYS:
            return


def _in_shape(system: System, way: Way) -> Way:
    """The values of the unknowns themselves: a diagonal matrix where its diagonal was found."""
    if all(c.shown is c.place for c in system.charts):
        return way
    values = [(c, way.values[c.place.data.name]) for c in system.charts]
    return replace(way, values={c.x.data.name: v if c.shown is c.place else diag(v) for c, v in values})


def _careful(ways: Iterator[Way]) -> Iterator[Way]:
    """The ways up to one at which the engine gives up."""
    try:
        yield from ways
    except MatcalcError:
        return


def _is_open(way: Way, system: System) -> bool:
    """Whether a value still holds an unknown or a multiplier."""
    return any(depends(v, x) for v in way.values.values() for x in (*system.unknowns, *system.multipliers))


def _proved(problem: Problem, prover: Prover, way: Way) -> tuple[Way, Proof] | None:
    """A way with what it takes for granted, and its proof; None where it is no solution."""
    way = replace(way, conditions=merged([*way.conditions, *(c for x in problem.unknowns for c in _borders(problem, way, x))]))
    needed = [c for x in problem.unknowns for c in of_the_set(way.values[x.data.name], problem.properties(x))]
    way = replace(way, conditions=merged([*way.conditions, *needed]))
    proof = prover.proof(way)
    return None if proof.wrong else (way, proof)


def _borders(problem: Problem, way: Way, x: Expr) -> Conditions:
    """That a value which is never negative is not zero either, where it is to be positive."""
    known = problem.properties(x)
    return never_zero(way.values[x.data.name]) if "positive" in known and x.is_scalar else ()


def _where_definite(system: System, prover: Prover, way: Way) -> tuple[Way, Proof] | None:
    """The way under the condition that the second derivative has the sign that the goal needs."""
    goal = system.problem.goal
    if len(system.charts) != 1:
        return None
    c = system.charts[0]
    found = affine(c.at(system.gradients[0]), c.place)
    if found is None:
        return None
    h = found[0] if goal == "min" else simplify(negative(found[0]))
    kind = "> 0" if h.is_scalar else DEFINITE
    needed: Conditions = merged([*way.conditions, Condition(kind, signed(h))])
    way = replace(way, conditions=needed)
    proof = prover.proof(way)
    return (way, proof) if not proof.wrong and proof.kind == goal else None


def _shown(problem: Problem, system: System, way: Way, proof: Proof) -> Solution:
    values = dict(way.values)
    kind = problem.goal if proof.kinds == {"flat"} and problem.goal != "stationary" else proof.kind
    why = reason(system, kind, way, proof.certificate.points)
    return Solution(problem, system, values, way.conditions, kind, why, way.lines, proof.certificate)


def _none(system: System, others: Sequence[Proof]) -> NoClosedForm:
    """Why there is no answer: the stationary point is of another kind, or the equation has no solution that is known here."""
    goal = system.problem.goal
    left = "; ".join(f"{text(system.in_full(e))} = 0" for e in (*system.equations, *system.constraints))
    kinds = {p.kind for p in others} & NAMES.keys()
    # On a sphere there is a least and a greatest point, found or not.
    is_open = all(is_linear(h, system.unknowns) for h in system.constraints)
    if is_open and goal in UNBOUNDED and kinds and goal not in kinds:
        told = UNBOUNDED[goal].format(kind=" and a ".join(NAMES[k] for k in sorted(kinds)))
        other = f"arg{OPPOSITE[goal]}" if OPPOSITE[goal] in kinds else "stationary"
        names = ", ".join(x.data.name for x in system.problem.unknowns)
        return NoClosedForm(f"{told}; the equation is {left}", hint=f"ask for {other}_{{{names}}} instead")
    return NoClosedForm(f"no closed form is known here; the equation that stays is {left}", hint=_declaring(system))


def _declaring(system: System) -> str:
    """What to declare: that an unknown with orthonormal columns is square, or what is known of the names."""
    for c in system.charts:
        open_ones = not is_vector(c.place) and c.place.shape[0] is not c.place.shape[1] and c.place.shape[0].is_Symbol
        if open_ones and any(is_orthonormal(h, x) for h in system.constraints for x in (c.place, transpose(c.place))):
            return f"where {c.x.data.name} is square, declare it so: {c.x.data.name}: {c.place.shape[0]} x {c.place.shape[0]}"
    return "declare what is known of the names, such as spd or positive"
