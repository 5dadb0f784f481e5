"""`matcalc rules`: the functions that are known, and the rules that derivations name."""

from __future__ import annotations

import difflib
import json
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from matcalc.answers.display.rulebook import (
    BARS,
    CONSTANTS,
    as_data,
    derived,
    example_for,
    facts,
    found,
    in_bars,
    signature,
    theories_of,
    theory_data,
    told_shapes,
)
from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option, to_option
from matcalc.engine import load_engine
from matcalc.errors import MatcalcError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matcalc.book.proofs import Example
    from matcalc.book.rules import Rule
    from matcalc.book.theory import Theory

WIDTH: Final = 80
LABEL: Final = 16
ALIKE: Final = 0.75
COLUMNS: Final = ("function", "kind", "derivative, differential or meaning")


def functions(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The functions of the rule book and the rules of derivations that begin so."""
    from matcalc.book import rules as rulebook
    from matcalc.book.theory import names_of_theories

    return [name for name in (*rulebook.names(), *names_of_theories()) if name.startswith(incomplete)]


@click.command("rules", cls=Guarded, short_help="The functions that are known.")
@click.argument("name", required=False, shell_complete=functions)
@to_option(("text", "json"), "How a rule is told.")
@rules_option
def rules_command(name: str | None, output: str) -> None:
    """The rule book: every known function, or one with its differential, why that holds, an example and the source.

    NAME is a function, a constant such as K, a norm in bars such as "||x||", or a rule as it stands beside a line of a
    derivation, such as "cyclic property of the trace".
    """
    from matcalc.book import rules as rulebook

    if name is None:
        rules = list(rulebook.in_use().functions.values())
        click.echo(as_json([as_data(r) for r in rules]) if output == "json" else listing(rules))
        return
    if name.partition("(")[0] in CONSTANTS:
        written, says = CONSTANTS[name.partition("(")[0]]
        click.echo(as_json(found(name)[0]) if output == "json" else f"{written}\n  {says}")
        return
    rule = rulebook.find(in_bars(name) or name.partition("(")[0])
    if rule is not None:
        click.echo(as_json(as_data(rule)) if output == "json" else f"{entry(rule)}\n{example_told(example_for(rule))}".rstrip())
        return
    from matcalc.book.theory import names_of_theories

    load_engine()
    named = theories_of(name)
    if not named:
        known = [*rulebook.spellings(), *CONSTANTS, *names_of_theories()]
        raise UsageError(f"the rule book has no function {name!r}", hint=nearest(name, known))
    click.echo(as_json([theory_data(t) for t in named]) if output == "json" else "\n\n".join(map(theory_told, named)))


def theory_told(t: Theory) -> str:
    """A rule of derivations with what it says, why, and the derivation of its example."""
    identity = f"{t.identity}, where {told_shapes(t.args)}" if t.identity else ""
    told = {"statement": t.statement, "identity": identity, "proof": t.proof, "source": t.source}
    return "\n".join([t.name, *labelled(told), *([] if t.example is None else [example_told(t.example)])])


def example_told(example: Example) -> str:
    """An example, as it is typed and derived; empty where it cannot be, as may be with a function of the user's own."""
    load_engine()
    try:
        lines = derived(example).derivation().splitlines()
    except MatcalcError:
        return ""
    return "\n".join(["", f"  $ {example.command}", *(f"  {line}".rstrip() for line in lines)])


def labelled(facts: Mapping[str, str]) -> list[str]:
    """Facts with their labels, on lines of a terminal."""
    told = [f"  {label + ':':<14}{fact}" for label, fact in facts.items() if fact]
    wrapper = textwrap.TextWrapper(WIDTH, subsequent_indent=" " * LABEL, break_long_words=False, break_on_hyphens=False)
    return [line for fact in told for line in wrapper.wrap(fact)]


def nearest(name: str, names: Sequence[str]) -> str:
    """What the user may have meant."""
    from matcalc.reading.alike import alike

    sentences = difflib.get_close_matches(name.casefold(), [n for n in names if " " in n], 1, ALIKE) if " " in name else []
    near = next(iter(sentences), None) or alike(name, names)
    return f"did you mean {near!r}?" if near is not None else "`matcalc rules` lists them all"


def listing(rules: Sequence[Rule]) -> str:
    """All rules by file, a line each, under the names of the columns."""
    from matcalc.book.files import title

    lines = [columns(*COLUMNS)]
    for file, group in groupby(rules, lambda r: r.file):
        lines += ["", title(file) or file, *(summary(r) for r in group)]
    lines += ["", "Constants and bars", *(columns(written, "constant", says) for written, says in CONSTANTS.values())]
    lines += [columns(bars, "function", function) for bars, function in BARS.items()]
    return "\n".join([*lines, "", "`matcalc rules NAME` tells all of one."])


def columns(signature: str, kind: str, says: str) -> str:
    """A line of the list, cut where it would be too wide."""
    line = f"  {signature:<18} {kind:<16} {says}".rstrip()
    return line if len(line) <= WIDTH else line[: WIDTH - 4].rstrip() + " ..."


def summary(rule: Rule) -> str:
    """A rule in one line."""
    return columns(signature(rule), rule.kind, rule.derivative or rule.d or rule.function or rule.jacobian or rule.means or rule.note)


def entry(rule: Rule) -> str:
    """A rule with all that the book says of it."""
    return "\n".join([signature(rule), *labelled(facts(rule))])


def as_json(told: Any) -> str:
    """Plain data as JSON."""
    return json.dumps(told, ensure_ascii=False)
