"""`matcalc mcp`: the calls as tools for language models."""

from __future__ import annotations

import click

from matcalc.commands.batch import check_own_rules
from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option
from matcalc.errors import UsageError


@click.command("mcp", cls=Guarded, short_help="The same for language models.")
@click.option("--limit", type=click.FloatRange(0.1, 600), default=20.0, show_default=True, help="Seconds that a call may take.")
@click.option("--memory", type=click.IntRange(64), default=1024, show_default=True, help="Megabytes that the worker may take.")
@rules_option
def mcp_command(limit: float, memory: int) -> None:
    """Tools for language models (Model Context Protocol, on standard input and output): derive, verify, read, value, rules."""
    check_own_rules()
    try:
        from matcalc.page.tools import serve
    except ImportError as error:
        raise UsageError(f"the tools need {error.name}", hint='pip install "matcalculus[mcp]"') from None
    serve(limit, memory * 2**20)
