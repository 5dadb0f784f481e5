"""What can be asked over HTTP: every call with the keys that it takes and the question that it is.

One table serves the server, its OpenAPI description and the tools for language models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matcalc
from matcalc.batch.keys import KEYS, LANGUAGES, Key, Line, arguments_among, flag, one_of, text
from matcalc.batch.lines import told
from matcalc.book.choices import ARRAYS, CLAIM_FORMS
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from matcalc.answers.derivative import Derivative
    from matcalc.answers.understood import Understood
    from matcalc.stationary.solution import Solution

HOW_TO_READ: Final = ("vars", "variables", "attrs", "structured", "reading", "manifold")
TRIAL: Final = 'x = [1, 2], A = [1, 2; 3, 4]'


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


@dataclass(frozen=True)
class Call:
    """A call: what it says of itself, the keys that it takes, those that it needs, an example, and what it answers with."""

    says: str
    keys: Mapping[str, Key]
    needs: tuple[str, ...]
    example: Mapping[str, Any]
    answer: Callable[[Line], Line]


def _some(*names: str) -> dict[str, Key]:
    return {name: KEYS[name] for name in names}


def _derive(given: Line) -> Line:
    results = _results(given)
    answers = [told(d, given) | (_shown(d, k, given) if given.get("shown") else {}) for k, d in enumerate(results)]
    return answers[0] if len(answers) == 1 else {"results": [{"wrt": d.wrt, **a} for d, a in zip(results, answers, strict=True)]}


def _results(given: Line) -> tuple[Derivative, ...]:
    found = matcalc.derive(**arguments_among(given))
    return found if isinstance(found, tuple) else (found,)


def _shown(d: Derivative, index: int, given: Line) -> Line:
    """What a page shows beside an answer: both sides of the formula as on a sheet, the sentences below, and the shapes of the factors."""
    from matcalc.answers.display.factor_shapes import dimension_check
    from matcalc.printing.notations.table import printer
    from matcalc.reading.notes import lines_of
    from matcalc.sheet.formula import spelled

    sides = spelled(d, index, printer("latex"))
    shown: Line = {
        "left": sides.left, "right": sides.right, "where": list(sides.where), "given": list(sides.given),
        "remarks": [*d.remarks, *lines_of(d.assumptions)], "checked": str(d.certificate), "factors": dimension_check(d), "typst": d.typst,
    }  # fmt: skip
    if given.get("steps"):
        shown["derivation"] = d.derivation("latex")
    if given.get("codes"):
        shown["tested"] = {target: code for target in given["codes"] if (code := _tested(d, target))}
    return {"shown": shown}


def _tested(d: Derivative, target: str) -> str:
    """A module with its own test; empty where there can be none."""
    from matcalc.answers.selftest import code_of

    try:
        return code_of([d], target, tested=True) if target in ARRAYS else ""
    except UsageError:
        return ""


def _read(given: Line) -> Line:
    from matcalc.answers.understood import read

    arguments = arguments_among(given)
    found = read(arguments.pop("request"), arguments.pop("wrt", None), **arguments)
    return found.to_dict() | _function(found)


def _function(found: Understood) -> Line:
    """The function alone and what it is defined by, in the plain notation, so that other questions can be asked about it."""
    from matcalc.printing.as_written import written
    from matcalc.printing.asked import equations
    from matcalc.printing.notations.table import printer

    asked, plain = found.request.asked, printer("text")
    assert asked is not None
    return {"function": plain.render(written(asked.function)), "given": list(equations(asked.definitions, asked.gradients, plain))}


def _verify(given: Line) -> Line:
    from matcalc.answers.claims.verification import verify

    keys = ("layout", "form", "structured", "reading", "manifold")
    asked = {key: given[key] for key in keys if key in given}
    verdict = verify(given["claim"], variables=given.get("vars", given.get("variables")), **asked)
    return verdict.to_dict() | {"told": verdict.told("unicode"), "latex": verdict.derivative.latex}


def _shape(given: Line) -> Line:
    from matcalc.answers.axes import shape_of_derivative, table

    if "request" not in given:
        return {"table": [{"of": y, "by": x} | found.to_dict() for y, x, found in table()]}
    return shape_of_derivative(given["request"], wrt=given.get("wrt"), variables=given.get("vars", given.get("variables"))).to_dict()


def _value(given: Line) -> Line:
    from matcalc.answers.display.factor_shapes import dimension_check
    from matcalc.answers.value import value_at
    from matcalc.numbers.points import read_values

    if given["at"].strip().endswith(".npz"):
        raise UsageError("a point is written out here, not read from a file", hint=TRIAL)
    point = read_values(given["at"])
    values = [(d, value_at(d, point)) for d in _results(given)]
    answers = [{"wrt": d.wrt, "formula": d.text, "text": v.text, **v.to_dict(), "factors": dimension_check(d)} for d, v in values]
    return answers[0] if len(answers) == 1 else {"results": answers}


def _rules(given: Line) -> Line:
    from matcalc.answers.display import rulebook
    from matcalc.book.properties import property_names
    from matcalc.book.rules import in_use, spellings
    from matcalc.reading.alike import alike

    if "name" not in given:
        functions = [{"name": r.name, "signature": rulebook.signature(r), "kind": r.kind} for r in in_use().functions.values()]
        constants = [{"name": n, "means": says} for n, (_, says) in rulebook.CONSTANTS.items()]
        return {"functions": functions, "constants": constants, "properties": list(property_names()), "languages": list(LANGUAGES)}
    found = _rules_named(given["name"])
    if not found:
        near = alike(given["name"], spellings())
        raise UsageError(f"the rule book has no function {given['name'][:80]!r}", hint=f"did you mean {near!r}?" if near else None)
    return {"rules": found}


def _taylor(given: Line) -> Line:
    from matcalc.answers.expansions.taylor import taylor

    declared = given.get("vars", given.get("variables"))
    found = taylor(given["expr"], given["wrt"], given["about"], order=given.get("order", 1), variables=declared)
    return {"text": found.text, "latex": found.latex, "told": found.told("unicode")}


def _backprop(given: Line) -> Line:
    from matcalc.answers.backprop import backprop

    declared = given.get("vars", given.get("variables"))
    found = backprop(given["request"], given.get("wrts"), layout=given.get("layout", "denominator"), variables=declared)
    return {"text": found.text, "latex": found.latex, "told": found.told("unicode")}


def _curvature(given: Line) -> Line:
    from matcalc.convexity.judging import curvature
    from matcalc.printing.notations.table import printer

    arguments = arguments_among({key: value for key, value in given.items() if key != "domain"})
    found = curvature(arguments.pop("request"), arguments.pop("wrt", None), **arguments, domain=given.get("domain", ()))
    return found.to_dict() | {"reasons": found.reasons(printer("unicode")), "told": found.told("unicode")}


def _solve(given: Line) -> Line:
    from matcalc.stationary.stationary import solve

    declared = given.get("vars", given.get("variables"))
    found = solve(given["problem"], over=given.get("over"), variables=declared, attrs=given.get("attrs"))
    return found.to_dict() | (_way(found) if given.get("steps") else {}) | {"told": found.told("unicode")}


def _way(found: Solution) -> Line:
    """How one gets to a solution: in text, as lines with their rules, and as an align* environment."""
    both = zip(found.told_lines("latex"), found.told_lines("unicode"), strict=True)
    lines = [{"latex": f"{tex.left} = {tex.right}", "rule": line.rule, "source": _source(line.rule)} for tex, line in both]
    return {"steps": found.derivation("unicode").splitlines(), "lines": lines, "derivation": found.table("latex")}


def _source(rule: str) -> str:
    """Where the rule book has it from; empty for what explains itself."""
    return next((told["source"] for told in _rules_named(rule) if told.get("source")), "")


def _rules_named(name: str) -> list[Line]:
    """What the rule book says under a name: functions, constants, rules of derivations, equations that it can solve."""
    from matcalc.answers.display import rulebook
    from matcalc.stationary.solvable import solvable

    form = solvable().get(name)
    if form is None:
        return rulebook.found(name, with_example=False)
    return [{
        "name": form.name, "identity": f"{form.equation} = 0", "solution": form.solution, "needs": form.needs,
        "where": rulebook.told_shapes((*form.args, form.unknown)), "source": form.source,
    }]  # fmt: skip


def _nothing(_given: Line) -> Line:
    return {}


CALLS: Final = {
    "derive": Call(
        "The derivative that a request asks for, in closed form and certified; `results` where it names several variables.",
        KEYS | {"shown": flag("")},
        (),
        {"request": "d tr(A X B)/dX", "layout": "numerator", "steps": True, "codes": ["jax"]},
        _derive,
    ),
    "read": Call(
        "What a request is understood to be: the formula, every variable with its kind and why. Nothing is differentiated.",
        _some("request", "expr", "wrt", "wrt2", "order", *HOW_TO_READ),
        (),
        {"request": "d tr(A X B)/dX"},
        _read,
    ),
    "verify": Call(
        "Whether a claimed derivative is right, and if not, in which entry it differs and what would make it right.",
        {"claim": text("claim"), "form": one_of("form", *CLAIM_FORMS), **_some("layout", *HOW_TO_READ[:2], *HOW_TO_READ[3:])},
        ("claim",),
        {"claim": "d tr(A X)/dX = A^T"},
        _verify,
    ),
    "shape": Call(
        "The axes of a derivative in every layout; without a request, the table of scalars, vectors and matrices by each other.",
        _some("request", "wrt", "vars", "variables"),
        (),
        {"request": "dY/dX", "vars": {"Y": "m n", "X": "p q"}},
        _shape,
    ),
    "value": Call(
        "The value of a derivative at a point, and the shapes of the factors of the formula.",
        {key: k for key, k in KEYS.items() if key not in ("steps", "codes")} | {"at": text("at")},
        ("at",),
        {"request": "d (x^T A x)/dx", "at": TRIAL},
        _value,
    ),
    "rules": Call(
        "The functions of the rule book, or all that it says of one, or of a rule beside a line of a derivation.",
        {"name": text("name")},
        (),
        {"name": "cyclic property of the trace"},
        _rules,
    ),
    "taylor": Call(
        "The expansion of an expression in one variable about a point.",
        {**_some("expr", "wrt", "order", "vars", "variables"), "about": text("about")},
        ("expr", "wrt", "about"),
        {"expr": "logdet(X)", "wrt": "X", "about": "C"},
        _taylor,
    ),
    "backprop": Call(
        "Every gradient of a chain of definitions, each in terms of the ones before it; `wrts` names those that are wanted.",
        {**_some("request", "layout", "vars", "variables"),
         "wrts": Key("wrts", _is_list_of_texts, "a list of names", {"type": "array", "items": {"type": "string"}})},
        ("request",),
        {"request": "L where z = W*x + b; a = sigma(z); L = loss(a); dL/da = g"},
        _backprop,
    ),
    "solve": Call(
        "The stationary points of a problem in closed form, what kind of points they are, and why.",
        {"problem": text("problem"), "over": text("over"), **_some("vars", "variables", "attrs", "steps")},
        ("problem",),
        {"problem": "argmin_w ||X*w - y||^2 s.t. A*w = b"},
        _solve,
    ),
    "curvature": Call(
        "Whether a function is convex, concave, affine or neither in its variables, and why; a property of a variable is its domain.",
        {**_some("request", "expr", "wrt", "vars", "variables", "attrs"),
         "domain": Key("domain", _is_list_of_texts, "a list of inequalities", {"type": "array", "items": {"type": "string"}})},
        (),
        {"expr": "logsumexp(A*x)", "wrt": "x"},
        _curvature,
    ),
}  # fmt: skip
# The server's own question to its workers.
PING: Final = Call("Whether a worker answers.", {}, (), {}, _nothing)
