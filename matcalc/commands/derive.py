"""`matcalc derive`: the derivative in closed form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

import matcalc
from matcalc.answers.report import RENDERERS, as_code, as_json, notes, owner
from matcalc.book.choices import DISPLAYS, FORMS, HADAMARD, TARGETS, VEC_ORDERS
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import check_option, choice_option, layout_option, let_option, to_option, var_option, wrt_option
from matcalc.commands.terminal import show
from matcalc.engine import load_engine
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.answers.derive import Derivative

STEPPED: Final = ("text", "unicode", "latex")
FORMATS: Final = ("text", "unicode", "latex", *TARGETS, "sympy", "json")


@click.command("derive", cls=RequestCommand, short_help="The derivative in closed form.")
@click.argument("request")
@wrt_option()
@layout_option
@choice_option("--form", FORMS, "How the result is written.")
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="2 for a Hessian of a bare expression.")
@click.option("--wrt2", metavar="Y", help="The second variable of a mixed second derivative.")
@var_option()
@let_option()
@click.option("--steps", is_flag=True, help="Also print the derivation, with the rule beside every line.")
@click.option("--shapes", is_flag=True, help="Also check the shapes of the factors of the answer: (n x m)(m x 1) = n x 1.")
@click.option("--at", "points", multiple=True, metavar='"x=0"|FILE.npz', help="The value at a point instead of the formula. Repeatable.")
@click.option("--along", multiple=True, metavar='"X=V"', help="The derivative in a direction: a name, an expression, e_1. Repeatable.")
@to_option(FORMATS)
@click.option("--with-test", is_flag=True, help="With --to numpy, jax or torch: end the code with a test against finite differences.")
@check_option()
@choice_option("--vec-order", VEC_ORDERS, "What vec stacks.")
@choice_option("--hadamard", HADAMARD, "u.*v of columns, or diag(u)*v.")
@choice_option("--display", DISPLAYS, "The index form by cases, by blocks, by rows or columns, or compressed.")
@click.option("--cases", "display", flag_value="cases", help="Short for --display cases.")
def derive_command(
    request: str, output: str, points: tuple[str, ...], steps: bool, shapes: bool, display: str | None, with_test: bool, **options: Any
) -> None:
    """The derivative in closed form, with the shapes it assumed and a numerical check.

    REQUEST is a derivative the way people write it: "d tr(W x) / dW", "grad_x ||A x - b||^2", "d^2 (x' A x) / dx^2".
    """
    say = show if output in ("text", "unicode") else click.echo
    if display is not None:
        say(displays(results_of(request, **{**options, "form": "index"}), display, output))
        return
    if with_test and output not in TARGETS:
        raise UsageError("a test is printed with code", hint=f"add --to {', '.join(TARGETS[:-1])} or {TARGETS[-1]}")
    results = results_of(request, **options)
    if with_test:
        click.echo(as_code(results, output, tested=True))
        return
    told = derivations(results, output) if steps else values_at(results, points, output) if points else RENDERERS[output](results)
    if shapes and output in ("text", "unicode"):
        matrices = results_of(request, **{**options, "form": "auto"}) if options["form"] == "index" else results
        told = "\n".join([told, *(f"  {line}" for line in shape_checks(matrices))])
    say(told)


def derivations(results: Sequence[Derivative], output: str) -> str:
    """How every answer is arrived at, before what it rests on."""
    if output not in (*STEPPED, "json"):
        raise UsageError(f"a derivation is printed as {', '.join(STEPPED)} or json, not as {output}")
    if output == "json":
        return as_json(results, steps=True)
    told = [(f"d/d{r.wrt}:\n" if len(results) > 1 else "") + r.derivation(output) for r in results]
    return "\n".join(told) if output == "latex" else "\n\n".join([*told, "\n".join(f"  {line}" for line in notes(results, output))])


def displays(results: Sequence[Derivative], how: str, output: str) -> str:
    """Every answer in a display of its index form."""
    if output not in ("text", "unicode", "latex"):
        raise UsageError(f"a display is printed as text, unicode or latex, not as {output}")
    shown = [(f"d/d{r.wrt}:\n" if len(results) > 1 else "") + r.display(how, output) for r in results]
    return "\n".join(shown if output == "latex" else [*shown, "", *(f"  {line}" for line in notes(results, output))])


def shape_checks(results: Sequence[Derivative]) -> list[str]:
    """The dimension checks, each with the variable that it belongs to where there are several."""
    from matcalc.answers.factor_shapes import dimension_check

    owners = [f"d/d{r.wrt}: " if len(results) > 1 else "" for r in results]
    return [f"{owner}check: {line}" for owner, r in zip(owners, results, strict=True) for line in dimension_check(r)]


def values_at(results: Sequence[Derivative], points: Sequence[str], output: str) -> str:
    """The values of derivatives at a point, with the formulas that they are values of."""
    from matcalc.answers.value import value_at
    from matcalc.numbers.points import read_points

    if output not in ("text", "unicode", "json"):
        raise UsageError(f"a value is printed as text or json, not as {output}", hint="leave out --at for the formula")
    point = read_points(points)
    values = [value_at(r, point) for r in results]
    if output == "json":
        told = [r.to_dict() | v.to_dict() for r, v in zip(results, values, strict=True)]
        return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False)
    owners = [owner(r, results, output) for r in results]
    numbers = [whose + v.text for whose, v in zip(owners, values, strict=True)]
    formulas = [f"  {whose}the value of {r.unicode if output == 'unicode' else r.text}" for whose, r in zip(owners, results, strict=True)]
    return "\n".join([*numbers, "", *formulas, *(f"  {line}" for line in notes(results, output))])


def results_of(request: str, **options: Any) -> Sequence[Derivative]:
    """The answers to a request, one for every variable that it names."""
    load_engine()
    derived = matcalc.derive(request, **options)
    return derived if isinstance(derived, tuple) else (derived,)
