"""`matcalc rules`: the functions that are known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option, to_option
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.book.rules import Rule


def functions(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The functions of the rule book that begin so."""
    from matcalc.book import rules as rulebook

    return [name for name in rulebook.names() if name.startswith(incomplete)]


@click.command("rules", cls=Guarded, short_help="The functions that are known.")
@click.argument("name", required=False, shell_complete=functions)
@to_option(("text", "json"), "How a rule is told.")
@rules_option
def rules_command(name: str | None, output: str) -> None:
    """The rule book: every known function, or one with its differential and source."""
    from matcalc.book import rules as rulebook

    if name is None:
        rules = [r for n in rulebook.names() if (r := rulebook.find(n)) is not None]
        told = json.dumps([as_data(r) for r in rules], ensure_ascii=False) if output == "json" else "\n".join(map(summary, rules))
        click.echo(told)
        return
    rule = rulebook.find(name)
    if rule is None:
        raise UsageError(f"the rule book has no function {name!r}", hint=nearest(name, rulebook.names()))
    click.echo(json.dumps(as_data(rule), ensure_ascii=False) if output == "json" else entry(rule))


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
    return "\n".join([signature(rule), *(f"  {label + ':':<14}{fact}" for label, fact in facts(rule).items())])


def as_data(rule: Rule) -> dict[str, str]:
    """A rule as plain data."""
    return {"name": rule.name, "signature": signature(rule), **facts(rule)}


def facts(rule: Rule) -> dict[str, str]:
    """What the book says of a rule, by what it is."""
    shapes = ", ".join(f"{p.name} is {size(p.shape)}" for p in rule.params)
    told = {
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
    return {label: fact for label, fact in told.items() if fact}


def size(shape: tuple[str, str]) -> str:
    """A shape of the rule book in words."""
    return "a scalar" if shape == ("1", "1") else " x ".join(shape)
