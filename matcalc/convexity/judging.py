"""From a function to a verdict: certified by rules, attacked by numbers; neither with a witness; a condition where names decide.

    read -> domain -> composition -> attack -> verdict      or      conditions -> attack -> verdict      or      witness -> neither
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from matcalc.algebra.node import Expr, is_zero
from matcalc.algebra.steps import limited
from matcalc.algebra.walk import in_order
from matcalc.answers.result import MAX_WORK
from matcalc.calculus.loading import Rules, in_force
from matcalc.convexity.attack import Seen, looked
from matcalc.convexity.composition import Composition
from matcalc.convexity.conditions import Condition, candidates
from matcalc.convexity.intervals import POSITIVE, Interval
from matcalc.convexity.judged import Judged
from matcalc.convexity.problem import Problem, read_problem
from matcalc.convexity.quadratics import is_smooth, second_differential
from matcalc.convexity.ranges import Domain
from matcalc.convexity.sampling import Sampler
from matcalc.convexity.scalars import AFFINE, CONCAVE, CONVEX, NONE, Curvature
from matcalc.errors import LimitError, MatcalcError
from matcalc.simplify.simplify import recognise

MAX_TRIED: Final = 24
BRIEF: Final = (4, 6, 24, 1)
LONG: Final = (10, 8, 30, 2)


def curvature(
    function: str,
    wrt: str | Sequence[str] | None = None,
    *,
    variables: Mapping[str, str] | Sequence[str] | None = None,
    attrs: Mapping[str, Sequence[str]] | None = None,
    lets: Sequence[str] = (),
    domain: Sequence[str] = (),
    rules: Rules | None = None,
) -> Judged:
    """Whether a function is convex, concave, affine or neither in its variables, jointly, and why; unknown where nothing is proved.

    A property of a variable is its domain, with the inequalities of `domain`; the verdict holds for all sizes and all values of the
    other names, or under the `condition` that it comes with. `rules` is as in `derive`.

    Raises a MatcalcError that points into the text where it cannot be read; UsageError where the domain is no convex set.
    """
    with in_force(rules), limited(MAX_WORK):
        return judge(read_problem(function, wrt, variables, attrs, lets, (domain,) if isinstance(domain, str) else domain))


def judge(problem: Problem) -> Judged:
    """The verdict on a problem that was read."""
    composition, found = _composed(problem)
    crooked = next((b for b in problem.bounds if CONCAVE not in composition.curvature(b)), None)
    if crooked is not None:
        return Judged(problem, composition, "unknown", crooked=crooked)
    if found:
        return _attacked(problem, composition, found, ())
    conditional = _conditional(problem, composition)
    if conditional is not None:
        return conditional
    if _is_affine(problem, composition):
        return _attacked(problem, composition, AFFINE, ())
    seen = looked(_sampler(problem, ()), *LONG, thorough=True)
    unknown = next((n.data.name for n in in_order([problem.f]) if n.op == "call" and composition.domain.moves(n)), "")
    if unknown:
        return Judged(problem, composition, "unknown", unknown=unknown)
    # y^T*(A + s*I)^-1*y + logdet(A + s*I) bends down alone where y is short.
    decides = bool(seen.pure and problem.names) and (len(seen.pure) > 1 or next(candidates(composition.domain), None) is not None)
    if seen.witness is not None and not decides:
        return Judged(problem, composition, "neither", witness=seen.witness)
    return Judged(problem, composition, "unknown", witness=seen.witness, pure=seen.pure)


def _composed(problem: Problem, conditions: Sequence[Condition] = ()) -> tuple[Composition, Curvature]:
    """What the rules say of a function, as it was written or with the functions of the book that it has."""
    entries: dict[Expr, Interval] = dict.fromkeys(problem.bounds, POSITIVE)
    definite: dict[Expr, int] = dict.fromkeys(problem.definite, 2)
    for c in conditions:
        if isinstance(c.known, Interval):
            entries[c.expr] = entries.get(c.expr, Interval()).meet(c.known)
        else:
            definite[c.expr] = c.known
    made = Composition(Domain(frozenset(problem.variables), entries, definite, is_cone=problem.is_cone))
    found = _curvature(made, problem.f)
    if not found and (known := recognise(problem.f)) is not problem.f:
        found = _curvature(made, known)
        made.named = known
    return made, found


def _curvature(c: Composition, f: Expr) -> Curvature:
    try:
        return c.curvature(f)
    except LimitError:
        raise
    except MatcalcError:
        return NONE


def _sampler(problem: Problem, conditions: Sequence[Condition]) -> Sampler:
    return Sampler(problem.literal, problem.variables, problem.names, problem.bounds, conditions)


def _attacked(problem: Problem, c: Composition, found: Curvature, conditions: Sequence[Condition]) -> Judged:
    """A verdict of the rules, unless numbers refute it."""
    seen = looked(_sampler(problem, conditions), *BRIEF, frozenset(up for up, side in ((True, CONCAVE), (False, CONVEX)) if side in found))
    if found != AFFINE and not seen.up and not seen.down and _is_affine(problem, c):
        found = AFFINE
    verdict = "affine" if found == AFFINE else CONVEX if CONVEX in found else CONCAVE
    if not seen.any or _is_refuted(found, seen):
        return Judged(problem, c, "unknown", refuted=seen.any, empty=not seen.any)
    return Judged(problem, c, verdict, conditions=tuple(conditions))


def _is_refuted(found: Curvature, seen: Seen) -> bool:
    return seen.down and CONVEX in found or seen.up and CONCAVE in found


def _is_affine(problem: Problem, c: Composition) -> bool:
    """Whether the second differential is zero, and there are no kinks."""
    try:
        return is_smooth(c, problem.f) and is_zero(second_differential(problem.f, frozenset(problem.variables)))
    except MatcalcError:
        return False


def _conditional(problem: Problem, c: Composition) -> Judged | None:
    """A verdict under a condition on the other names; the other conditions that were found are told beside it."""
    found: list[Judged] = []
    for conditions in _tried(problem, c):
        made, curved = _composed(problem, conditions)
        if curved and curved != AFFINE:
            judged = _attacked(problem, made, curved, conditions)
            if judged.verdict != "unknown":
                found.append(judged)
    if not found:
        return None
    best = next((j for j in found if j.verdict == CONVEX), found[0])
    return best.beside(found)


def _tried(problem: Problem, c: Composition) -> Iterator[tuple[Condition, ...]]:
    """One condition, or two of different parts where one is not enough."""
    first = [(one,) for one in candidates(c.domain)][:MAX_TRIED]
    yield from first
    if any(curved for _, curved in (_composed(problem, one) for one in first)):
        return
    for one in first[: MAX_TRIED // 4]:
        made, _ = _composed(problem, one)
        more = [(*one, other) for other in candidates(made.domain) if other.expr is not one[0].expr]
        yield from more[: MAX_TRIED // 6]
