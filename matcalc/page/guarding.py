"""What the server lets in, and what it says to browsers with every answer.

A page elsewhere must not use a server on this machine in its reader's name: the host must be one that is known, and a POST must come
from the page itself or from no page at all.
"""

from __future__ import annotations

import ipaddress
import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors "
)
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Door:
    """The hosts that requests may be for, the sites that may embed the page, and whether requests are logged, without their texts."""

    app: ASGIApp
    hosts: tuple[str, ...]
    ancestors: tuple[str, ...] = ()
    logs: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._head(scope, MutableHeaders(scope=message))
            await send(message)

        refusal = self.refusal(scope["method"], Headers(scope=scope))
        await (self.app if refusal is None else PlainTextResponse(refusal + "\n", 403))(scope, receive, told)
        if self.logs:
            self._log(scope, status, time.perf_counter() - began)

    def refusal(self, method: str, headers: Headers) -> str | None:
        """Why a request is not let in."""
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name.lower() not in self.hosts:
            return f"this server is not {name[:100] or 'without a name'}; it is told its names with --allow-host"
        origin = headers.get("origin")
        if method == "POST" and origin is not None and origin.partition("://")[2] != host:
            return "requests come from this server's own page, or from a program"
        return None

    def _head(self, scope: Scope, headers: MutableHeaders) -> None:
        """What every answer says to browsers."""
        for name, value in HEADERS.items():
            headers[name] = value
        embedded = scope["path"].rstrip("/").endswith("/embed")
        headers["content-security-policy"] = POLICY + (" ".join(self.ancestors) if embedded and self.ancestors else "'none'")
        if "cache-control" not in headers:
            headers["cache-control"] = "no-store"

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        told: dict[str, Any] = {
            "time": round(time.time(), 3), "method": scope["method"], "path": scope["path"], "status": status, "seconds": round(seconds, 4)
        }  # fmt: skip
        sys.stderr.write(json.dumps(told) + "\n")


def hosts(bound: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The names that a server goes by: those of this machine's own side, the address that it is bound to, and those it was told."""
    own = () if bound in ("0.0.0.0", "::") else (f"[{bound}]" if ":" in bound else bound,)
    return tuple(dict.fromkeys(name.lower() for name in (*LOOPBACK, *own, *allowed)))


def one_client(address: str) -> str:
    """Who an address stands for: of IPv6 the network of 64 bits that one household or machine has, and IPv4 inside IPv6 as itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found.packed[:8] + bytes(8), 64)))
