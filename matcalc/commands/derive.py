"""`matcalc derive`: the derivative in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import click

import matcalc
from matcalc.book.choices import ARRAYS, DETAILS, DISPLAYS, DTYPES, FORMS, GIVEN, HADAMARD, NAMED, STYLES, TARGETS, VEC_ORDERS
from matcalc.commands.guard import RequestCommand
from matcalc.commands.options import (
    Chosen,
    Lengths,
    check_option,
    choice_option,
    let_option,
    open_layout_option,
    rules_option,
    structured_options,
    to_option,
    var_option,
    version_option,
    wrt_option,
)
from matcalc.commands.output import JSON, PROGRAMS, formats, paged, prose, rendered, say
from matcalc.engine import load_engine
from matcalc.errors import UsageError
from matcalc.printing.notations.table import NOTATIONS, printer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matcalc.answers.derivative import Derivative
    from matcalc.answers.display.notebook import Answers

@click.command("derive", cls=RequestCommand, short_help="The derivative in closed form.")
@click.argument("request")
@wrt_option()
@open_layout_option
@choice_option("--form", FORMS, "How the result is written.")
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="2 for a Hessian of a bare expression.")
@click.option("--wrt2", metavar="Y", help="The second variable of a mixed second derivative.")
@var_option()
@let_option()
@click.option("--steps", is_flag=True, help="Also print the derivation, with the rule beside every line.")
@choice_option("--detail", DETAILS, "How much --steps tells: a few lines, one rule a line, or between.")
@choice_option("--style", STYLES, "How --steps tells it: with traces, with the Frobenius product A : B, or entry by entry.")
@click.option("--shapes", is_flag=True, help="Also check the shapes of the factors of the answer: (n x m)(m x 1) = n x 1.")
@click.option("--at", "points", multiple=True, metavar='"x=0"|FILE.npz', help="The value at a point instead of the formula. Repeatable.")
@click.option("--along", multiple=True, metavar='"X=V"', help="The derivative in a direction: a name, an expression, e_1. Repeatable.")
@to_option(formats(*PROGRAMS))
@click.option("--give", type=Chosen(GIVEN), help="With code: what one function for all variables returns.")
@click.option("--sizes", type=Lengths(), metavar='"n=1000, m=20"', help="With code: the sizes for which products are bracketed.")
@click.option("--dtype", type=Chosen(DTYPES), help="With code: the numbers of the arrays.")
@click.option("--with-test", is_flag=True, help="With --to numpy, jax or torch: end the code with a test against finite differences.")
@check_option()
@choice_option("--vec-order", VEC_ORDERS, "What vec stacks.")
@choice_option("--hadamard", HADAMARD, "u.*v of columns, or diag(u)*v.")
@choice_option("--named", NAMED, "Names for the parts that a long answer repeats.")
@structured_options
@choice_option("--display", DISPLAYS, "The index form by cases, by blocks, by rows or columns, or compressed.")
@version_option
@click.option("--cases", "display", flag_value="cases", help="Short for --display cases.")
@rules_option
def derive_command(
    request: str, output: str, points: tuple[str, ...], steps: bool, shapes: bool, display: str | None, with_test: bool,
    give: str | None, sizes: dict[str, int] | None, dtype: str | None, **options: Any,
) -> None:  # fmt: skip
    """The derivative in closed form, with the shapes it assumed and a numerical check.

    REQUEST is a derivative the way people write it: "d tr(W x) / dW", "grad_x ||A x - b||^2", "d^2 (x' A x) / dx^2".
    """
    if display is not None:
        say(displays(answer_to(request, **{**options, "form": "index"}), display, output), output)
        return
    if with_test and output not in ARRAYS:
        raise UsageError("a test is printed with code of arrays", hint=f"add --to {', '.join(ARRAYS[:-1])} or {ARRAYS[-1]}")
    asked = {"--give": give, "--sizes": sizes, "--dtype": dtype}
    if any(asked.values()):
        say(program(request, output, with_test, asked, **options), output)
        return
    if steps and output not in formats():
        refuse("a derivation", formats(), output)
    if points and output not in (*prose(), JSON):
        refuse("a value", (*prose(), JSON), output, " leave out --at for the formula")
    found = answer_to(request, **options)
    told = tested(found, output) if with_test else derivations(found, output) if steps else values_at(found, points, output)
    if shapes and output in prose():
        matrices = answer_to(request, **{**options, "form": "auto"}) if options["form"] == "index" else found
        told = "\n".join([told, *shape_checks(matrices, output)])
    say(told, output)


def refuse(what: str, notations: Sequence[str], output: str, hint: str = "") -> NoReturn:
    """A usage error: something is not printed in this notation."""
    raise click.UsageError(f"{what} is printed as {', '.join(notations[:-1])} or {notations[-1]}, not as {output};{hint or ' see --to'}")


def program(request: str, output: str, with_test: bool, asked: Mapping[str, Any], **options: Any) -> str:
    """One function that gives what is asked for.

    Raises UsageError where there is no such code, or no such size.
    """
    told = " and ".join(option for option, value in asked.items() if value)
    if output not in TARGETS:
        raise UsageError(f"{told} says how code is written", hint=f"add --to {', '.join(TARGETS[:-1])} or {TARGETS[-1]}")
    if with_test:
        raise UsageError(f"there is no self-test with {told}", hint="leave out --with-test")
    found = answer_to(request, **options)
    return found.program(output, asked["--give"] or GIVEN.default, dtype=asked["--dtype"] or "", sizes=asked["--sizes"]).rstrip()


def tested(found: Derivative | Answers, output: str) -> str:
    """Code that ends with its own test."""
    from matcalc.answers.selftest import code_of

    return code_of(each(found), output, tested=True).rstrip()


def derivations(found: Derivative | Answers, output: str) -> str:
    """How every answer is arrived at, before what it rests on."""
    results = each(found)
    if output == JSON:
        told = [r.to_dict() | {"steps": [vars(s) for s in r.steps]} for r in results]
        import json  # most answers are no JSON

        return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False)
    parts = [headed(r, results, output, paged(r.derivation(output), output)) for r in results]
    return "\n\n".join([*parts, below(found, output)]) if output in prose() else "\n".join(parts)


def displays(found: Derivative | Answers, how: str, output: str) -> str:
    """Every answer in a display of its index form."""
    if output not in NOTATIONS:
        refuse("a display", tuple(NOTATIONS), output)
    results = each(found)
    shown = "\n".join(headed(r, results, output, r.display(how, output)) for r in results)
    return f"{shown}\n\n{below(found, output)}" if output in prose() else shown


def headed(result: Derivative, results: Sequence[Derivative], output: str, told: str) -> str:
    """What is told of a result, under the variable that it is about where there are several."""
    whose = owned(result, results, output) if output in prose() else ""
    return f"{whose}\n{told}" if whose else told


def owned(result: Derivative, results: Sequence[Derivative], output: str) -> str:
    """Which variable a line is about, where there are several."""
    from matcalc.answers.display.report import owner

    whose = owner(result, results, printer(output))
    return f"{whose}:" if whose else ""


def below(found: Derivative | Answers, output: str) -> str:
    """What a result rests on."""
    from matcalc.answers.display.shown import indented

    return "\n".join(indented(found.notes(printer(output))))


def shape_checks(found: Derivative | Answers, output: str) -> list[str]:
    """The dimension checks, each with the variable that it belongs to where there are several."""
    from matcalc.answers.display.factor_shapes import dimension_check
    from matcalc.answers.display.shown import indented

    results = each(found)
    told = [f"{owned(r, results, output)} check: {line}".lstrip() for r in results for line in dimension_check(r)]
    return indented(told)


def values_at(found: Derivative | Answers, points: Sequence[str], output: str) -> str:
    """The values of derivatives at a point, with the formulas that they are values of; without a point, the answer."""
    if not points:
        return rendered(found, output)
    from matcalc.answers.display.shown import indented
    from matcalc.answers.value import value_at
    from matcalc.numbers.points import read_points

    point, results = read_points(points), each(found)
    values = [value_at(r, point) for r in results]
    if output == JSON:
        told = [r.to_dict() | v.to_dict() for r, v in zip(results, values, strict=True)]
        import json  # most answers are no JSON

        return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False)
    owners = [owned(r, results, output) for r in results]
    numbers = [f"{whose} {v.text}".lstrip() for whose, v in zip(owners, values, strict=True)]
    formulas = [f"{whose} the value of {r.printed(output)}".lstrip() for whose, r in zip(owners, results, strict=True)]
    return "\n".join([*numbers, "", *indented(formulas), below(found, output)])


def each(found: Derivative | Answers) -> Sequence[Derivative]:
    """The answers, one for every variable that a request names."""
    return found if isinstance(found, tuple) else (found,)


def answer_to(request: str, **options: Any) -> Derivative | Answers:
    """The answer to a request."""
    load_engine(options.get("check", True))
    return matcalc.derive(request, **options)


def results_of(request: str, **options: Any) -> Sequence[Derivative]:
    """The answers to a request, one for every variable that it names."""
    return each(answer_to(request, **options))
