"""The OpenAPI description of the calls, written from the table that answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import matcalc
from matcalc.page.calls import CALLS

if TYPE_CHECKING:
    from matcalc.page.calls import Call

ERROR: Final = {
    "type": "object",
    "required": ["kind", "message"],
    "properties": {
        "kind": {"type": "string"},
        "message": {"type": "string"},
        "hint": {"type": "string"},
        "span": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "source": {"type": "string", "description": "The text that the span is in: the request or a declaration."},
    },
}
REFUSALS: Final = {
    "400": "The body is no JSON object.", "413": "The body or a text in it is too long.", "429": "Too many requests.",
    "503": "No worker is free.",
}  # fmt: skip


def description() -> dict[str, Any]:
    """The description of every call."""
    paths: dict[str, Any] = {f"/api/{name}": {"post": _operation(name, call)} for name, call in CALLS.items()}
    lines = {"application/x-ndjson": {"schema": {"type": "string", "description": "A call of derive a line."}}}
    paths["/api/batch"] = {
        "post": {
            "operationId": "batch",
            "summary": "Many requests, a line of JSON each; the answers come as they are ready, in order.",
            "requestBody": {"required": True, "content": lines},
            "responses": {"200": {"description": "An answer a line.", "content": lines}, **_refusals()},
        }
    }
    info = {"title": "matcalc", "version": matcalc.__version__, "description": "Matrix derivatives in closed form, certified numerically."}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": {"Error": ERROR}}}


def _operation(name: str, call: Call) -> dict[str, Any]:
    answer = {
        "type": "object",
        "required": ["ok"],
        "properties": {"ok": {"type": "boolean"}, "error": {"$ref": "#/components/schemas/Error"}},
    }
    return {
        "operationId": name,
        "summary": call.says,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema(call), "example": dict(call.example)}}},
        "responses": {
            "200": {"description": "An answer, or why there is none.", "content": {"application/json": {"schema": answer}}},
            **_refusals(),
        },
    }


def _refusals() -> dict[str, Any]:
    return {status: {"description": says} for status, says in REFUSALS.items()}


def schema(call: Call) -> dict[str, Any]:
    """What a call takes, as JSON Schema."""
    keys: dict[str, Any] = {"id": {"description": "comes back with the answer"}}
    keys |= {key: {"description": k.told, **k.schema} for key, k in call.keys.items()}
    return {"type": "object", "properties": keys, "required": list(call.needs), "additionalProperties": False}
