"""The options that several commands take, each declared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

import matcalc
from matcalc.book.choices import LAYOUTS, READINGS, Choices
from matcalc.commands.terminal import notation
from matcalc.engine import load_engine
from matcalc.printing.notations.table import notations

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Decorator = Callable[[Any], Any]
# Other words for the notations.
OTHERS: Final = {**notations().others, "np": "numpy", "jnp": "jax", "pytorch": "torch"}


class Chosen(click.Choice):  # type: ignore[type-arg]
    """One of some names; another word is refused with the nearest of them."""

    def __init__(self, choices: Choices) -> None:
        super().__init__(choices)
        self.known = choices

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name, as it is declared."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            hint = self.known.hint(value)
            raise click.BadParameter(f"{error.message} {hint[0].upper()}{hint[1:]}" if hint else error.message, ctx, param) from None


class Lengths(click.ParamType):  # type: ignore[type-arg]
    """Sizes by name, n=1000, m=20."""

    name = "sizes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, int]:
        """The length of every name."""
        if isinstance(value, dict):
            return value
        found: dict[str, int] = {}
        for part in filter(None, map(str.strip, value.split(","))):
            name, _, length = (piece.strip() for piece in part.partition("="))
            if not (name.isidentifier() and length.isdecimal() and int(length) > 0) or name in found:
                self.fail(f"{part!r} is no size. Write NAME=LENGTH, such as n=1000, each name once.", param, ctx)
            found[name] = int(length)
        return found


def choice_option(name: str, choices: Choices, told: str) -> Decorator:
    """An option that is one of some choices, by default as they say."""
    return click.option(name, type=Chosen(choices), default=choices.default or None, show_default=bool(choices.default), help=told)


def wrt_option(told: str = "The variable, where REQUEST is a bare expression.", metavar: str = "X", required: bool = False) -> Decorator:
    """--wrt: the variable to differentiate by."""
    return click.option("--wrt", metavar=metavar, required=required, help=told)


def var_option(example: str = "W: m x n", told: str = "Declares a shape, properties or a function.") -> Decorator:
    """--var: declarations."""
    return click.option("--var", "variables", multiple=True, metavar=f'"{example}"', help=f"{told} Repeatable.")


def let_option(argument: str = "REQUEST") -> Decorator:
    """--let: definitions."""
    return click.option("--let", "lets", multiple=True, metavar='"y = W*x"', help=f"Defines a name used in {argument}. Repeatable.")


def check_option(told: str = "Compare the result with finite differences first.") -> Decorator:
    """--check and --no-check."""
    return click.option("--check/--no-check", default=True, show_default=True, help=told)


def to_option(formats: Sequence[str], told: str = "The notation of the result.", name: str = "output") -> Decorator:
    """--to: the notation of the result; by default the signs of mathematics where there are any and a terminal shows them."""
    choice = Chosen(Choices("notation", tuple(formats), "", OTHERS))
    if "unicode" not in formats:
        return click.option("--to", name, type=choice, default=formats[0], show_default=True, help=told)
    default = "unicode on a terminal that shows it, else text"
    return click.option("--to", name, type=choice, default=notation, show_default=default, help=told)


def show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Prints the version and ends."""
    if wanted:
        click.echo(f"matcalc {matcalc.__version__}")
        ctx.exit()


version_option: Decorator = click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show the version and exit."
)
steps_option: Decorator = click.option("--steps", is_flag=True, help="Also print how it is arrived at, with the rule beside every line.")
layout_option: Decorator = choice_option("--layout", LAYOUTS, "Which axes come first.")
open_layout_option: Decorator = click.option(
    "--layout", type=Chosen(LAYOUTS), default=None, show_default=f"{LAYOUTS.default}; numerator for d f/dx^T", help="Which axes come first."
)


def structured_options(command: Any) -> Any:
    """--structured, --reading and --manifold: where the variable may move."""
    options = (
        click.option("--structured", is_flag=True, help="The variable keeps its own property: symmetric, skew, diagonal, lower, upper."),
        click.option(
            "--reading", type=Chosen(READINGS), default=None,
            help="With --structured: the derivative by the free entries, or the gradient in the space.",
        ),
        click.option("--manifold", metavar="NAME", help="The Riemannian gradient on sphere, stiefel, orthogonal, grassmann or spd."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _with_rules(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    """Layers a user's own rules over the book, as long as the command runs."""
    if value and not ctx.resilient_parsing:
        load_engine()
        from matcalc.calculus.loading import in_force

        ctx.with_resource(in_force(value))


class File(click.ParamType):  # type: ignore[type-arg]
    """The name of a file, which a shell completes; Click's own looks for the word "file" in other languages, which takes a millisecond."""

    name = "file"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The shell knows the files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


rules_option: Decorator = click.option(
    "--rules", multiple=True, metavar="FILE.toml", type=File(), callback=_with_rules, expose_value=False,
    help="Functions of your own. Their code is run. Repeatable.",
)  # fmt: skip
