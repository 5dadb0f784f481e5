"""The calls as tools for language models: the same table, over the Model Context Protocol on standard input and output."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import CallToolResult, ListToolsResult, TextContent, Tool

import matcalc
from matcalc.batch.workers import Limits, Post, WorkerLost
from matcalc.page.calls import CALLS
from matcalc.page.desk import LATE, Desk, asked, failure
from matcalc.page.openapi import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a model cannot do by itself: derive and judge, and look up why.
OFFERED: Final = ("derive", "verify", "solve", "curvature", "read", "value", "rules")
GRACE: Final = 2.0
ABOUT: Final = (
    "Derivatives of matrix expressions in closed form, each compared with finite differences before it is given. A request is written "
    'as people write it: "d tr(A X B)/dX", "d^2 (x^T A x)/dx^2", LaTeX too; "where" declares shapes and definitions: '
    '"d (x^T S x)/dx where S: n x n symmetric". The layout is denominator unless another is asked for.'
)


def tools() -> list[Tool]:
    """The tools, as they are listed."""
    return [Tool(name=name, description=CALLS[name].says, input_schema=schema(CALLS[name])) for name in OFFERED if name in CALLS]


class Tools:
    """Answers calls of tools, one at a time, in a worker of its own."""

    def __init__(self, limit: float, memory: int) -> None:
        self.limit = limit
        self.post = Post(Desk(), Limits(memory, 2 * limit + GRACE, alone=True))
        self.thread = ThreadPoolExecutor(1)

    def answer(self, name: str, given: Mapping[str, Any]) -> tuple[bool, str]:
        """Whether a call has an answer, and the JSON of it."""
        if name not in CALLS:
            return False, failure({"kind": "usage", "message": f"there is no tool {name!r}; they are {', '.join(OFFERED)}"})
        try:
            fine, told = self.post.ask(asked(name, dict(given), self.limit), self.limit + GRACE)
        except WorkerLost as lost:
            return False, failure({"kind": lost.kind, "message": lost.message})
        if told == LATE.encode():
            return False, failure({"kind": "limit", "message": f"no answer within {self.limit:g} s"})
        return fine, json.dumps(json.loads(told), ensure_ascii=False)

    def server(self) -> Server[Any]:
        """The server with its tools."""

        async def listed(_context: object, _params: object) -> ListToolsResult:
            return ListToolsResult(tools=tools())

        async def called(_context: object, params: Any) -> CallToolResult:
            loop = asyncio.get_running_loop()
            fine, told = await loop.run_in_executor(self.thread, self.answer, params.name, params.arguments or {})
            return CallToolResult(content=[TextContent(type="text", text=told)], is_error=not fine)

        return Server("matcalc", version=matcalc.__version__, instructions=ABOUT, on_list_tools=listed, on_call_tool=called)

    async def serve(self) -> None:
        """Answers on standard input and output until nobody asks any more."""
        server = self.server()
        try:
            async with stdio_server() as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())
        finally:
            self.post.close()


def serve(limit: float, memory: int) -> None:
    """Answers on standard input and output until nobody asks any more."""
    asyncio.run(Tools(limit, memory).serve())
