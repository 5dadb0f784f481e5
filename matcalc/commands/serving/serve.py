"""`matcalc serve`: the page, on this machine."""

from __future__ import annotations

import os
import socket
import webbrowser
from typing import TYPE_CHECKING, Any, Final

import click

from matcalc.commands.batch import check_own_rules
from matcalc.commands.guard import Guarded
from matcalc.commands.options import rules_option
from matcalc.errors import UsageError

if TYPE_CHECKING:
    from matcalc.page.app import Settings

MAX_JOBS: Final = 64
KEPT_OPEN: Final = 5
# Bytes of the head of a request.
HEAD: Final = 16_384
CONNECTIONS: Final = 512


@click.command("serve", cls=Guarded, short_help="The page, on this machine.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; by default nobody else can reach it.")
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@click.option("-j", "--jobs", type=click.IntRange(1, MAX_JOBS), default=min(4, os.cpu_count() or 1), help="Workers for quick requests.")
@click.option("--limit", type=click.FloatRange(0.1, 600), default=5.0, show_default=True, help="Seconds that a request may take.")
@click.option("--memory", type=click.IntRange(64), default=512, show_default=True, help="Megabytes that a worker may take.")
@click.option("--allow-host", "allowed", multiple=True, metavar="NAME", help="A name under which the server is reached. Repeatable.")
@click.option("--allow-embed", "ancestors", multiple=True, metavar="ORIGIN", help="A site that may embed the page. Repeatable.")
@click.option("--trusted-proxy", "proxies", multiple=True, metavar="ADDRESS", help="A proxy whose X-Forwarded-For is believed. Repeatable.")
@click.option("--base-path", "base", default="", metavar="/PATH", help="The path under which the page stands.")
@click.option("--log", type=click.Choice(["none", "requests"]), default="none", show_default=True, help="Requests, without their texts.")
@rules_option
def serve_command(port: int, opened: bool, log: str, memory: int, base: str, **options: Any) -> None:
    """The page: type a derivative and see it, with its derivation, code and check.

    Nothing is loaded from another host and nothing is kept. It answers this machine alone unless --host says otherwise.
    """
    check_own_rules()
    try:
        from matcalc.page.app import Settings
    except ImportError as error:
        raise UsageError(f"the page needs {error.name}", hint='pip install "matcalculus[web]"') from None
    base = f"/{base.strip('/')}" if base.strip("/") else ""
    settings = Settings(memory=memory * 2**20, base=base, logs=log == "requests", **options)
    listen(settings, port, opened)


def listen(settings: Settings, port: int, opened: bool) -> None:
    """Serves until it is told to end."""
    import uvicorn

    from matcalc.page.app import application

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, port), family=family) as bound:
        shown = f"[{settings.host}]" if family is socket.AF_INET6 else settings.host
        address = f"http://{shown}:{bound.getsockname()[1]}{settings.base}/"
        click.echo(f"matcalc serves {address} (Ctrl-C ends it)")
        config = uvicorn.Config(
            application(settings), http="h11", ws="none", log_config=None, access_log=False, server_header=False, proxy_headers=False,
            timeout_keep_alive=KEPT_OPEN, h11_max_incomplete_event_size=HEAD, limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=KEPT_OPEN,
        )  # fmt: skip
        if opened:
            webbrowser.open(address)
        uvicorn.Server(config).run(sockets=[bound])
