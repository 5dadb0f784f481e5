"""`matcalc rules`: the functions that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcalc.book.rules import Rule


@click.command("rules", cls=Guarded, short_help="The functions that are known.")
@click.argument("name", required=False)
@rules_option
def rules_command(name: str | None) -> None:
    """The rule book: every known function, or one with its differential and source."""
    from matcalc.book import rules as rulebook

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
