"""The server: the page and its files, the calls, and what a machine asks about it. It keeps nothing of a request but its answer.

A call that was understood has status 200, whether it has an answer or an error object; 400, 413, 429 and 503 are about the transport.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive

import matcalc
from matcalc.batch.keys import Line, read
from matcalc.errors import MatcalcError
from matcalc.page.assets import Asset, Assets
from matcalc.page.calls import CALLS
from matcalc.page.desk import failure
from matcalc.page.guarding import Door, hosts, one_client
from matcalc.page.lanes import Busy, Lanes
from matcalc.page.memory import Answers, Buckets
from matcalc.page.metrics import Metrics, resident
from matcalc.page.openapi import description

BODY: Final = 16_384
# The lines of a batch together; each is bounded like a body, and counts as a request.
BATCH: Final = 2**20
TEXT: Final = 5_000
DEPTH: Final = 12
REMEMBERED: Final = 32 * 2**20
RATE: Final = 20.0
BURST: Final = 40.0
# Seconds that a client may take to send what it asks.
PATIENCE: Final = 10.0
FOREVER: Final = "public, max-age=31536000, immutable"
GONE: Final = 499
KINDS: Final = {413: "limit", 429: "busy", 503: "busy"}


@dataclass(frozen=True)
class Settings:
    """What a server is told when it starts; sizes in bytes, times in seconds."""

    host: str = "127.0.0.1"
    jobs: int = 2
    limit: float = 5.0
    memory: int = 512 * 2**20
    allowed: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    ancestors: tuple[str, ...] = ()
    base: str = ""
    logs: bool = False


class Refused(Exception):
    """A call that is not looked at, with the status and the reason."""

    def __init__(self, status: int, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.status, self.message, self.wait = status, message, wait


class Server:
    """The state of a server, all of it about other requests than the one at hand."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.lanes = Lanes(settings.jobs, settings.limit, settings.memory, self.metrics)
        self.answers, self.buckets = Answers(REMEMBERED), Buckets(RATE, BURST)
        self.assets = Assets()

    # ------------------------------------------------------------------------------------------------- calls

    async def call(self, request: Request) -> Response:
        """A call of the table."""
        name = request.path_params["name"]
        if name not in CALLS:
            return _refusal(Refused(404, f"there is no call {name[:40]!r}; they are {', '.join(CALLS)} and batch"))
        try:
            self._admit(request)
            given = _line(await _body(request))
            answer = await _unless_gone(request.receive, self._answered(name, given, self._client(request)))
        except Refused as refused:
            self.metrics.add("requests", call=name, status=str(refused.status))
            return _refusal(refused)
        except ClientDisconnect:
            self.metrics.add("aborted")
            return Response(status_code=GONE)
        self.metrics.add("requests", call=name, status="200")
        return Response(answer, media_type="application/json")

    async def batch(self, request: Request) -> Response:
        """Calls of derive, a line of JSON each, answered in order as they are ready."""
        try:
            self._admit(request)
            lines = [line for line in (await _body(request, BATCH)).splitlines() if line.strip()]
        except Refused as refused:
            return _refusal(refused)
        except ClientDisconnect:
            return Response(status_code=GONE)
        self.metrics.add("requests", call="batch", status="200")
        return StreamingResponse(self._each(lines, self._client(request)), media_type="application/x-ndjson")

    async def _each(self, lines: list[bytes], client: str) -> AsyncIterator[bytes]:
        for number, line in enumerate(lines):
            while number and (wait := self.buckets.take(client)):
                await asyncio.sleep(wait)
            try:
                answer = await self._answered("derive", _line(line), client)
            except Refused as refused:
                answer = failure({"kind": KINDS.get(refused.status, "parse"), "message": refused.message}).encode()
            yield answer + b"\n"

    async def _answered(self, name: str, given: Line, client: str) -> bytes:
        """The answer to a call, remembered or made."""
        key = json.dumps([name, given], sort_keys=True).encode()
        answer = self.answers.get(key)
        if answer is None:
            try:
                answer, lasting = await self.lanes.answer(name, given, client)
            except Busy as busy:
                raise Refused(503, str(busy), busy.seconds) from None
            if lasting:
                self.answers.put(key, answer)
        if b'"ok": false' in answer[:300]:
            self.metrics.add("errors", kind=json.loads(answer)["error"]["kind"])
        return answer

    def _admit(self, request: Request) -> None:
        wait = self.buckets.take(self._client(request))
        if wait:
            raise Refused(429, "too many requests", int(wait) + 1)

    def _client(self, request: Request) -> str:
        """Who asks: the peer, or whom a proxy that is trusted names last."""
        peer = request.client.host if request.client else ""
        if peer in self.settings.proxies:
            peer = request.headers.get("x-forwarded-for", peer).rpartition(",")[2].strip()
        return one_client(peer)

    # ------------------------------------------------------------------------------------------- page and state

    async def page(self, _request: Request) -> Response:
        """The page."""
        return _sent(self.assets.page(matcalc.__version__))

    async def embedded(self, _request: Request) -> Response:
        """The page as it stands in another."""
        return _sent(self.assets.page(matcalc.__version__, embedded=True))

    async def asset(self, request: Request) -> Response:
        """A file of the page."""
        asset = self.assets.files.get(request.path_params["name"])
        if asset is None or request.path_params["version"] != self.assets.version:
            return PlainTextResponse("there is no such file\n", 404)
        return _sent(asset, {"cache-control": FOREVER})

    async def described(self, _request: Request) -> Response:
        """The OpenAPI description."""
        return JSONResponse(description())

    async def health(self, _request: Request) -> Response:
        """Whether a worker answers."""
        try:
            answer, _ = await self.lanes.answer("ping", {}, "health")
        except Busy:
            answer = b""
        fine = answer.startswith(b'{"ok": true')
        return PlainTextResponse("ok\n" if fine else "no worker answers\n", 200 if fine else 503)

    async def measured(self, _request: Request) -> Response:
        """What the server counts."""
        workers = [post.worker.pid for post in self.lanes.posts if post.worker is not None]
        gauges = {
            "waiting": self.lanes.live.waiting,
            "waiting_slow": self.lanes.slow.waiting,
            "workers": len(workers),
            "workers_resident_bytes": sum(map(resident, workers)),
            "remembered_bytes": self.answers.size,
        }
        return PlainTextResponse(self.metrics.text(gauges), media_type="text/plain; version=0.0.4")

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Workers from the first request to the last."""
        try:
            await self.lanes.open()
            yield
        finally:
            self.lanes.close()


def application(settings: Settings) -> ASGIApp:
    """The server as an ASGI application."""
    server = Server(settings)
    routes: list[BaseRoute] = [
        Route("/", server.page),
        Route("/embed", server.embedded),
        Route("/assets/{version}/{name:path}", server.asset),
        Route("/api/openapi.json", server.described),
        Route("/api/batch", server.batch, methods=["POST"]),
        Route("/api/{name}", server.call, methods=["POST"]),
        Route("/healthz", server.health),
        Route("/metrics", server.measured),
    ]
    if settings.base:
        home = RedirectResponse(f"{settings.base}/")
        routes = [Route(settings.base, lambda _request: home), Mount(settings.base, routes=routes)]
    app = Starlette(routes=routes, lifespan=server.lifespan)
    door = Door(app, hosts(settings.host, settings.allowed), settings.ancestors, settings.logs)
    return GZipMiddleware(door, minimum_size=1000)


# ------------------------------------------------------------------------------------------------------ transport


async def _body(request: Request, most: int = BODY) -> bytes:
    """What a client sends, up to a size and within a time."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/x-ndjson"):
        raise Refused(415, "the body is JSON, with content-type: application/json")
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise Refused(413, f"the body is longer than {most} bytes")
    except TimeoutError:
        raise Refused(408, f"the body did not come within {PATIENCE:g} s") from None
    return bytes(body)


def _line(body: bytes) -> Line:
    """The object in a body, its texts and its depth within bounds."""
    if len(body) > BODY:
        raise Refused(413, f"the line is longer than {BODY} bytes")
    try:
        given = read(body)
        _check(given, DEPTH)
    except (MatcalcError, RecursionError) as error:
        raise Refused(400, str(error) if isinstance(error, MatcalcError) else "it is nested too deeply") from None
    return given


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str) and len(value) > TEXT:
        raise Refused(413, f"a text is longer than {TEXT} characters")
    if isinstance(value, dict | list):
        if not depth:
            raise Refused(400, "it is nested too deeply")
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _check(part, depth - 1)


async def _unless_gone(receive: Receive, work: Awaitable[bytes]) -> bytes:
    """The result of some work, which is given up when the client goes away.

    Raises ClientDisconnect.
    """
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refusal(refused: Refused) -> Response:
    kind = KINDS.get(refused.status, "usage")
    headers = {"retry-after": str(refused.wait)} if refused.wait else {}
    return JSONResponse({"ok": False, "error": {"kind": kind, "message": refused.message}}, refused.status, headers)


def _sent(asset: Asset, headers: dict[str, str] | None = None) -> Response:
    return Response(asset.data, media_type=asset.kind, headers=headers)


