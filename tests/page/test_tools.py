"""The tools for language models, asked over standard input and output as their programs do."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from places import ROOT

pytest.importorskip("mcp.server.lowlevel", reason="needs the extra `mcp`")

HELLO: dict[str, Any] = {
    "jsonrpc": "2.0", "id": 0, "method": "initialize",
    "params": {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip


def conversation(*calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """The results of some calls, one after the other."""
    command = [sys.executable, "-m", "matcalc", "mcp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        found = []
        asked = [{"jsonrpc": "2.0", "id": k, "method": method, "params": params} for k, (method, params) in enumerate(calls, 1)]
        messages: list[dict[str, Any]] = [HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"}, *asked]
        for message in messages:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            if "id" in message:
                found.append(json.loads(process.stdout.readline())["result"])
        process.stdin.close()
        assert process.wait(20) == 0
    return found[1:]


def call(name: str, **given: Any) -> tuple[str, dict[str, Any]]:
    return "tools/call", {"name": name, "arguments": given}


def test_what_a_model_can_ask() -> None:
    listed, derived, judged, wrong, unknown = conversation(
        ("tools/list", {}),
        call("derive", request="d tr(A X B)/dX", layout="numerator"),
        call("verify", claim="d tr(A X)/dX = A"),
        call("derive", request="d tr(A X"),
        call("integrate"),
    )
    assert {"derive", "verify", "rules"} <= {tool["name"] for tool in listed["tools"]}
    assert "layout" in next(t for t in listed["tools"] if t["name"] == "derive")["inputSchema"]["properties"]
    assert json.loads(derived["content"][0]["text"])["text"] == "B*A"
    assert json.loads(judged["content"][0]["text"])["verdict"] == "wrong"
    assert wrong["isError"]
    assert "never closed" in wrong["content"][0]["text"]
    assert "there is no tool 'integrate'" in unknown["content"][0]["text"]
