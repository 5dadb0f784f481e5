"""The commands `matcalc` and `derive`.

Results go to standard output, everything else to standard error. Exit status: 0 done, 1 the request cannot be
derived, 2 wrong usage. The engine is imported by the commands that need it, so that `--help` answers at once.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

import matcalc
from matcalc.errors import MatcalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matcalc.backprop import Backpropagation
    from matcalc.derive import Derivative
    from matcalc.rulebook import Rule

DISPLAYS: Final = ("cases", "blocks", "rows", "columns", "compressed")
LAYOUTS: Final = ("numerator", "denominator", "mixed")
FORMS: Final = ("auto", "matrix", "vec", "index", "differential")
FORMATS: Final = ("text", "unicode", "latex", "numpy", "json")
CHAIN_FORMATS: Final = ("text", "unicode", "latex", "json")
INTERRUPTED: Final = 130

# Assumptions that say again what the line of shapes says.
RESTATED: Final = re.compile(r"\w+ is a (scalar|column vector with|row vector with|matrix of)\b")


# ------------------------------------------------------------------------------------------------ exit status


def guarded(run: Callable[[], Any]) -> int:
    """Runs a command and gives its exit status; whatever goes wrong becomes one message on standard error."""
    if _is_closed(sys.stdout):
        return failed("standard output is closed")
    try:
        status = run()
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except MatcalcError as error:
        return failed(str(error))
    except BrokenPipeError:
        return abandon_output()
    except OSError as error:
        abandon_output()
        return failed(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
    except (RecursionError, MemoryError):
        return failed("the request is too large: it is nested too deeply or needs too much memory")
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user
        if _is_closed(sys.stdin) and "sys.stdin" in str(error):
            return failed("standard input is closed")
        return failed(f"internal error: {type(error).__name__}: {error}\nhint: please report this, with the request")
    return status if isinstance(status, int) else 0


def _is_closed(stream: object) -> bool:
    """Whether the shell closed a stream (`>&-`); the interpreter then has None in its place."""
    return stream is None


def failed(message: str) -> int:
    """Says why there is no result."""
    click.echo(f"Error: {message}", err=True)
    return 1


def abandon_output() -> int:
    """Lets the interpreter end in silence when nobody reads, or nothing can hold, what is left to be written."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


class _Guarded(click.Command):
    """A command whose `main` ends with the documented exit status and never with a traceback."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        extra["standalone_mode"] = False
        run = super().main
        sys.exit(guarded(lambda: run(*args, **extra)))


class _GuardedGroup(_Guarded, click.Group):
    """The group of all commands."""


class _DeriveCommand(_Guarded):
    """`derive`, whose request may begin with a minus sign: it has no short options that this could be."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        negative = [a for a in args if len(a) > 1 and a[0] == "-" and a[1] != "-"]
        if negative and "--" not in args:
            args = [*(a for a in args if a not in negative), "--", *negative]
        return super().parse_args(ctx, args)


# ------------------------------------------------------------------------------------------------------ derive


@click.command("derive", cls=_DeriveCommand, short_help="The derivative in closed form.")
@click.argument("request")
@click.option("--wrt", metavar="X", help="The variable, where REQUEST is a bare expression.")
@click.option("--layout", type=click.Choice(LAYOUTS), default="denominator", show_default=True, help="Which axes come first.")
@click.option("--form", type=click.Choice(FORMS), default="auto", show_default=True, help="How the result is written.")
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="2 for a Hessian of a bare expression.")
@click.option("--wrt2", metavar="Y", help="The second variable of a mixed second derivative.")
@click.option("--var", "variables", multiple=True, metavar='"W: m x n"', help="Declares a shape, properties or a function. Repeatable.")
@click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help="Defines a name used in REQUEST. Repeatable.")
@click.option("--shapes", is_flag=True, help="Also check the shapes of the factors of the answer: (n x m)(m x 1) = n x 1.")
@click.option("--at", "points", multiple=True, metavar='"x=0"|FILE.npz', help="The value at a point instead of the formula. Repeatable.")
@click.option("--along", multiple=True, metavar='"X=V"', help="The derivative in a direction: a name, an expression, e_1. Repeatable.")
@click.option("--to", "output", type=click.Choice(FORMATS), default="text", show_default=True, help="The notation of the result.")
@click.option("--check/--no-check", default=True, show_default=True, help="Compare the result with finite differences first.")
@click.option("--vec-order", type=click.Choice(("column", "row")), default="column", show_default=True, help="What vec stacks.")
@click.option("--hadamard", type=click.Choice(("dot", "diag")), default="dot", show_default=True, help="u.*v of columns, or diag(u)*v.")
@click.option("--display", type=click.Choice(DISPLAYS), help="The index form by cases, by blocks, by rows or columns, or compressed.")
@click.option("--cases", "display", flag_value="cases", help="Short for --display cases.")
def derive_command(request: str, output: str, points: tuple[str, ...], shapes: bool, display: str | None, **options: Any) -> None:
    """The derivative in closed form, with the shapes it assumed and a numerical check.

    REQUEST is a derivative the way people write it: "d tr(W x) / dW", "grad_x ||A x - b||^2", "d^2 (x' A x) / dx^2".
    """
    if display is not None:
        click.echo(displays(results_of(request, **{**options, "form": "index"}), display, output))
        return
    results = results_of(request, **options)
    click.echo(values_at(results, points, output) if points else RENDERERS[output](results))
    if shapes and output in ("text", "unicode"):
        click.echo("\n".join(f"  {line}" for line in shape_checks(results)))


def displays(results: Sequence[Derivative], how: str, output: str) -> str:
    """Every answer in a display of its index form."""
    if output not in ("text", "unicode", "latex"):
        raise UsageError(f"a display is printed as text, unicode or latex, not as {output}")
    shown = [(f"d/d{r.wrt}:\n" if len(results) > 1 else "") + r.display(how, output) for r in results]
    return "\n".join(shown if output == "latex" else [*shown, "", *(f"  {line}" for line in notes(results))])


def shape_checks(results: Sequence[Derivative]) -> list[str]:
    """The dimension checks, each with the variable that it belongs to where there are several."""
    from matcalc.shape_check import dimension_check

    owners = [f"d/d{r.wrt}: " if len(results) > 1 else "" for r in results]
    return [f"{owner}check: {line}" for owner, r in zip(owners, results, strict=True) for line in dimension_check(r)]


def values_at(results: Sequence[Derivative], points: Sequence[str], output: str) -> str:
    """The values of derivatives at a point, with the formulas that they are values of."""
    from matcalc.values import read_points, value_at

    if output not in ("text", "json"):
        raise UsageError(f"a value is printed as text or json, not as {output}", hint="leave out --at for the formula")
    point = read_points(points)
    values = [value_at(r, point) for r in results]
    if output == "json":
        told = [r.to_dict() | v.to_dict() for r, v in zip(results, values, strict=True)]
        return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False)
    owners = [f"d/d{r.wrt}: " if len(results) > 1 else "" for r in results]
    numbers = [owner + v.text for owner, v in zip(owners, values, strict=True)]
    formulas = [f"  {owner}the value of {r.text}" for owner, r in zip(owners, results, strict=True)]
    return "\n".join([*numbers, "", *formulas, *(f"  {line}" for line in notes(results))])


def results_of(request: str, **options: Any) -> Sequence[Derivative]:
    """The answers to a request, one for every variable that it names."""
    load_engine()
    derived = matcalc.derive(request, **options)
    return derived if isinstance(derived, tuple) else (derived,)


def load_engine() -> None:
    """Imports the engine without the garbage collector, which would take a fifth of that time and find nothing."""
    if "matcalc.derive" in sys.modules:
        return
    gc.disable()
    import_module("matcalc.derive")
    gc.freeze()
    gc.enable()


def plain(results: Sequence[Derivative], notation: str = "text") -> str:
    """The formulas first, then what they rest on."""
    several = len(results) > 1
    formulas = [(f"d/d{r.wrt}: " if several else "") + getattr(r, notation) for r in results]
    return "\n".join([*formulas, "", *(f"  {line}" for line in notes(results))])


def notes(results: Sequence[Derivative]) -> list[str]:
    """The shapes, the layout, the assumptions and the certificates, a line each, without repetition."""
    increments = {"d" + x.data.name for r in results if r.form == "differential" for x in r.request.wrt}
    shapes = {name: shape for r in results for name, shape in r.variables.items() if name not in increments}
    lines = [", ".join(described(name, shape) for name, shape in shapes.items())]
    for r in results:
        owner = f"d/d{r.wrt}: " if len(results) > 1 else ""
        lines += [f"{owner}{arrangement(r)}: {axes(r.shape)}"]
        lines += [f"{owner}{remark}" for remark in r.remarks]
        lines += [f"{owner}assuming {a}" for a in r.assumptions if not RESTATED.match(a)]
        lines += [f"{owner}{r.certificate or 'not checked'}"]
    return [line for line in dict.fromkeys(lines) if line]


def arrangement(result: Derivative) -> str:
    """The layout and the form; a differential and its value in a direction are the same in every layout."""
    if result.form in ("differential", "directional"):
        return "differential form" if result.form == "differential" else f"derivative along {result.wrt}"
    return f"{result.layout} layout" + ("" if result.form == "matrix" else f", {result.form} form")


def described(name: str, shape: str) -> str:
    """`W is m x n`, `x has n entries`, `c is a scalar`, with the properties after a comma."""
    if "->" in shape:
        return f"{name}: {shape}"
    words = shape.split()
    if not words or words[0] == "scalar":
        return ", ".join([f"{name} is a scalar", *words[1:]])
    if len(words) > 2 and words[1] == "x":
        size, properties = words[:3], words[3:]
        told = f"{name} has {size[0]} entries" if size[2] == "1" else f"{name} is {' '.join(size)}"
    else:
        told, properties = f"{name} has {words[0]} entries", words[1:]
    return " ".join([told, *([f"({', '.join(properties)})"] if properties else [])])


def axes(shape: Sequence[str]) -> str:
    """The axes of a result in words."""
    return "a scalar" if all(a == "1" for a in shape) else " x ".join(shape)


def as_json(results: Sequence[Derivative]) -> str:
    """One object, or a list of them where the request names several variables."""
    told = [r.to_dict() for r in results]
    return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False)


RENDERERS: Final[dict[str, Callable[[Sequence[Derivative]], str]]] = {
    "text": plain,
    "unicode": lambda results: plain(results, "unicode"),
    "latex": lambda results: "\n".join(r.latex for r in results),
    "numpy": lambda results: "\n\n".join(r.numpy.rstrip() for r in results),
    "json": as_json,
}


# ------------------------------------------------------------------------------------------------------ verify


@click.command("verify", cls=_DeriveCommand, short_help="Is a claimed derivative right?")
@click.argument("claim")
@click.option("--layout", type=click.Choice(LAYOUTS), default="denominator", show_default=True, help="Which axes come first.")
@click.option("--var", "variables", multiple=True, metavar='"W: m x n"', help="Declares a shape, properties or a function. Repeatable.")
@click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help="Defines a name used in CLAIM. Repeatable.")
@click.option("--to", "output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How the verdict is told.")
def verify_command(claim: str, output: str, **options: Any) -> int:
    """Whether CLAIM, such as "d tr(A X)/dX = A^T", is right: exit status 0 if it is, 1 if not.

    A wrong claim is told by the entry that differs most, and by what would make it right: another layout, symmetric
    matrices, or a factor. The claimed value may be in matrix, vec or differential form.
    """
    load_engine()
    from matcalc.verify import verify

    verdict = verify(claim, **options)
    told = [str(verdict), "", *(f"  {line}" for line in notes([verdict.derivative]))]
    click.echo(json.dumps(verdict.to_dict(), ensure_ascii=False) if output == "json" else "\n".join(told))
    return 0 if verdict else 1


# ------------------------------------------------------------------------------------------------------- shape


@click.command("shape", cls=_DeriveCommand, short_help="The axes of a derivative in every layout.")
@click.argument("request", required=False)
@click.option("--wrt", metavar="X", help="The variable, where REQUEST is a bare expression.")
@click.option("--var", "variables", multiple=True, metavar='"Y: m x n"', help="Declares a shape. Repeatable.")
@click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help="Defines a name used in REQUEST. Repeatable.")
@click.option("--to", "output", type=click.Choice(("text", "json")), default="text", show_default=True, help="How the axes are told.")
def shape_command(request: str | None, output: str, **options: Any) -> None:
    """The axes of "dY/dX", or of any derivative, in every layout; nothing is differentiated.

    Without a REQUEST: the table of scalars, vectors and matrices by each other.
    """
    load_engine()
    from matcalc import shapes

    if request is None:
        rows = [{"of": y, "by": x} | found.to_dict() for y, x, found in shapes.table()]
        click.echo(json.dumps(rows) if output == "json" else shapes.table_text())
        return
    found = shapes.shape_of_derivative(request, **options)
    click.echo(json.dumps(found.to_dict()) if output == "json" else found.text)


# ---------------------------------------------------------------------------------------------------- backprop


@click.command("backprop", cls=_DeriveCommand, short_help="Every gradient of a chain, last to first.")
@click.argument("request")
@click.option("--wrt", metavar="X,Y", help="Only the gradients by these, and those that they need.")
@click.option("--layout", type=click.Choice(LAYOUTS), default="denominator", show_default=True, help="Which axes come first.")
@click.option("--var", "variables", multiple=True, metavar='"W: m x n"', help="Declares a shape, properties or a function. Repeatable.")
@click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help="Defines a name used in REQUEST. Repeatable.")
@click.option("--to", "output", type=click.Choice(CHAIN_FORMATS), default="text", show_default=True, help="The notation of the result.")
@click.option("--check/--no-check", default=True, show_default=True, help="Compare every gradient with finite differences first.")
def backprop_command(request: str, wrt: str | None, output: str, **options: Any) -> None:
    """Every gradient of a chain of definitions, each in terms of the ones before it.

    REQUEST names the function and its definitions: "L where z = W*x + b; a = sigma(z); L = loss(a); dL/da = g".
    """
    load_engine()
    found = matcalc.backprop(request, None if wrt is None else wrt.replace(",", " ").split(), **options)
    if output == "json":
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    elif output == "latex":
        click.echo(found.latex)
    else:
        click.echo("\n".join([getattr(found, output), "", *(f"  {line}" for line in chain_notes(found))]))


def chain_notes(found: Backpropagation) -> list[str]:
    """The shapes of the variables and definitions, the assumptions, and the least exact of the certificates."""
    shapes = ", ".join(described(name, shape) for name, shape in found.variables.items())
    told = [shapes, f"{found.layout} layout", *(f"assuming {a}" for a in found.assumptions if not RESTATED.match(a))]
    checked = [g.certificate for g in found.gradients if g.certificate is not None]
    if not checked:
        return [*told, "not checked"]
    return [*told, f"each {max(checked, key=lambda c: c.error)}"]


# ---------------------------------------------------------------------------------------- taylor and increment


@click.command("taylor", cls=_DeriveCommand, short_help="The expansion of a function about a point.")
@click.argument("expression")
@click.option("--wrt", metavar="X", required=True, help="The variable.")
@click.option("--about", metavar="C", help="The point: a new name, an expression, or numbers.")
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True, help="How far the expansion goes.")
@click.option("--table", metavar="0,1,2", help="Instead: f(c), f'(c), f'(c)(h) and the expansion at these points.")
@click.option("--var", "variables", multiple=True, metavar='"W: m x n"', help="Declares a shape, properties or a function. Repeatable.")
@click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help="Defines a name used in EXPRESSION. Repeatable.")
@click.option("--to", "output", type=click.Choice(("text", "latex", "json")), default="text", show_default=True, help="The notation.")
def taylor_command(expression: str, about: str | None, table: str | None, output: str, order: int, **options: Any) -> None:
    """The first or second order expansion of EXPRESSION about a point, around the point and written out.

    Where EXPRESSION makes sense only for a scalar, as 1 - x + x^2, the variable is one.
    """
    load_engine()
    from matcalc import taylor

    if (about is None) is (table is None):
        raise click.UsageError("give the point, --about c, or the points of a table, --table 0,1,2")
    if table is not None:
        rows = taylor.value_table(expression, values=table, **options)
        click.echo(json.dumps([vars(r) for r in rows]) if output == "json" else taylor.table_text(rows, options["wrt"]))
        return
    found = taylor.taylor(expression, about=about or "", order=order, **options)
    told = {"latex": f"{found.latex}\n{found.expanded_latex}", "json": json.dumps(found.to_dict(), ensure_ascii=False)}
    shapes = [f"assuming {a}" for a in found.assumptions]
    text = [found.text, found.expanded, "", *(f"  {line}" for line in (*shapes, found.check))]
    click.echo(told.get(output, "\n".join(text)))


@click.command("increment", cls=_DeriveCommand, short_help="f(x + dx) - f(x) of a polynomial, exactly.")
@click.argument("expression")
@click.option("--wrt", metavar="X", help="The variable, or several: (x, W, b).")
@click.option("--var", "variables", multiple=True, metavar='"W: m x n"', help="Declares a shape or properties. Repeatable.")
@click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help="Defines a name used in EXPRESSION. Repeatable.")
@click.option("--to", "output", type=click.Choice(("text", "latex", "json")), default="text", show_default=True, help="The notation.")
def increment_command(expression: str, output: str, **options: Any) -> None:
    """The exact increment of a polynomial, its first-order part, and what remains."""
    load_engine()
    from matcalc.increments import exact_increment

    found = exact_increment(expression, **options)
    told = found.to_dict()
    if output == "json":
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    parts = told["latex"] if output == "latex" else told
    increments = ", ".join(described(x.data.name, size) for x, size in found.shapes())
    lines = [f"first-order part: {parts['first_order']}", f"remainder: {parts['remainder']}", increments, found.check]
    click.echo("\n".join([parts["increment"], "", *(f"  {line}" for line in lines)]))


# ------------------------------------------------------------------------------------------------------- batch


@click.command("batch", cls=_Guarded, short_help="Many requests, as JSON lines.")
@click.argument("source", metavar="[IN.jsonl|-]", type=click.File("rb"), default="-")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, replaced when all is done.")
@click.option("--check/--no-check", default=True, show_default=True, help="Compare every result with finite differences.")
@click.option("--limit", type=click.FloatRange(min=0.01), default=20.0, show_default=True, help="Seconds that one line may take.")
def batch_command(source: Any, output: Path | None, check: bool, limit: float) -> int:
    """One request a line in, one answer a line out, in order (JSON lines).

    A line that fails gives an error object and the rest goes on; the exit status is then 1.
    """
    from matcalc import batch

    load_engine()
    answer = batch.Answerer(check=check, limit=limit)
    if output is None or str(output) == "-":
        return batch.run(source, sys.stdout.buffer, answer)
    with batch.replacing(output) as sink:
        return batch.run(source, sink, answer)


# ------------------------------------------------------------------------------------------------------- rules


@click.command("rules", cls=_Guarded, short_help="The functions that are known.")
@click.argument("name", required=False)
def rules_command(name: str | None) -> None:
    """The rule book: every known function, or one with its differential and source."""
    from matcalc import rulebook

    if name is None:
        rules = [rulebook.find(n) for n in rulebook.names()]
        click.echo("\n".join(summary(r) for r in rules if r is not None))
        return
    rule = rulebook.find(name)
    if rule is None:
        raise UsageError(f"the rule book has no function {name!r}", hint=nearest(name, rulebook.names()))
    click.echo(entry(rule))


def nearest(name: str, names: Sequence[str]) -> str:
    """What the user may have meant."""
    import difflib

    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean {near[0]!r}?" if near else "`matcalc rules` lists them all"


def summary(rule: Rule) -> str:
    """A rule in one line."""
    return f"{signature(rule):<28} {rule.kind:<12} {rule.derivative or rule.d or rule.means}".rstrip()


def signature(rule: Rule) -> str:
    """The function with its parameters, as it is written in a request."""
    return f"{rule.name}({', '.join(p.name for p in rule.params)})"


def entry(rule: Rule) -> str:
    """A rule with all that the book says of it."""
    shapes = ", ".join(f"{p.name} is {size(p.shape)}" for p in rule.params)
    facts = {
        "shapes": f"{shapes}; the value is {size(rule.value)}",
        "kind": rule.kind,
        "means": rule.means,
        "derivative": rule.derivative,
        "differential": rule.d,
        "in a trace": rule.function,
        "domain": rule.domain,
        "kinks": rule.kinks,
        "spellings": ", ".join(rule.aliases),
        "LaTeX": rule.latex,
        "NumPy": rule.numpy,
        "note": rule.note,
        "source": rule.source,
    }
    return "\n".join([signature(rule), *(f"  {label + ':':<14}{fact}" for label, fact in facts.items() if fact)])


def size(shape: tuple[str, str]) -> str:
    """A shape of the rule book in words."""
    return "a scalar" if shape == ("1", "1") else " x ".join(shape)


# ---------------------------------------------------------------------------------------------------- programs


def show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Prints the version and ends."""
    if wanted:
        click.echo(f"matcalc {matcalc.__version__}")
        ctx.exit()


COMMANDS: Final[dict[str, click.Command]] = {
    "derive": derive_command,
    "verify": verify_command,
    "shape": shape_command,
    "taylor": taylor_command,
    "increment": increment_command,
    "backprop": backprop_command,
    "batch": batch_command,
    "rules": rules_command,
}


@click.group("matcalc", cls=_GuardedGroup, commands=COMMANDS)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show the version and exit.")
def group() -> None:
    """Symbolic matrix calculus: derivatives in closed form, certified numerically."""


def main(program: str = "matcalc") -> NoReturn:
    """The command `matcalc`."""
    group.main(prog_name=program)


def derive_main(program: str = "derive") -> NoReturn:
    """The command `derive`, short for `matcalc derive`."""
    derive_command.main(prog_name=program)
