"""What a line of a batch may hold: its JSON, the keys, and the arguments of `derive` that they are."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from matcalc.book.choices import DETAILS, FORMS, LAYOUTS, NAMED, READINGS, STYLES, TARGETS, VEC_ORDERS, nearest
from matcalc.errors import LimitError, ParseError, UsageError
from matcalc.printing.notations.table import NOTATIONS

MAX_LINE: Final = 8_000_000
MAX_DIGITS: Final = 1_000
LANGUAGES: Final = (*TARGETS, "sympy")
# What `codes` may ask for: programs, and the formula in the notations that have no key of their own.
CODES: Final = (*LANGUAGES, *(name for name in NOTATIONS if name not in ("text", "latex")))

Line = dict[str, Any]


def read(line: bytes) -> Line:
    """The object that a line holds."""
    if len(line) > MAX_LINE:
        raise LimitError(f"the line is longer than {MAX_LINE} bytes")
    try:
        found = json.loads(
            line.decode("utf-8-sig"), parse_constant=_no_constant, parse_float=_finite, parse_int=_short, object_pairs_hook=_once
        )
    except ValueError as error:
        raise ParseError(f"the line is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ParseError(f"the line is not a JSON object but {_json_type(found)}")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _finite(digits: str) -> float:
    """A number; what a float cannot hold would be no JSON in the answer."""
    found = float(digits)
    if math.isinf(found):
        raise ValueError(f"the number {_cut(digits)} is too large")
    return found


def _short(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"the number {_cut(digits)} has more than {MAX_DIGITS} digits")
    return int(digits)


def _once(pairs: list[tuple[str, Any]]) -> Line:
    """An object; of a key that occurs twice, one value would be lost in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {_cut(next(k for k in keys if keys.count(k) > 1))!r} occurs twice in one object")
    return found


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def checked(request: Line, keys: Mapping[str, Key]) -> Line:
    """What a line gives of some keys, each checked for its type; a key that is none of them is refused."""
    _refuse_strangers(request, keys)
    given = {key: value for key, value in request.items() if key in keys and value is not None}
    for key, value in given.items():
        if not keys[key].holds(value):
            raise UsageError(f"{key!r} must be {keys[key].told}, not {_shown(value)}")
    return given


def arguments_of(request: Line) -> Line:
    """The arguments of `derive` that a line asks for, each checked for its type."""
    return arguments_among(checked(request, KEYS))


def arguments_among(given: Line) -> Line:
    """The arguments of `derive` among keys that are checked."""
    if "vars" in given and "variables" in given:
        raise UsageError("a line has either 'vars' or 'variables'", hint="put all shapes under one of them")
    if ("request" in given) == ("expr" in given):
        raise UsageError("a line has either 'expr' with 'wrt' or 'request'", hint='{"id": 1, "expr": "tr(A*X)", "wrt": "X"}')
    if "expr" in given and "wrt" not in given:
        raise UsageError("'expr' needs 'wrt', the variable", hint="a whole request such as d tr(X)/dX goes into 'request'")
    arguments = {KEYS[key].argument: value for key, value in given.items() if key in KEYS and KEYS[key].argument}
    return arguments if not (given.get("conj") or given.get("conj2")) else _by_conjugates(arguments, given)


def _by_conjugates(arguments: Line, given: Line) -> Line:
    """The arguments with conj(Z) as the variable where `conj` says so, and as the second one where `conj2` does."""
    for key, by in (("conj", "wrt"), ("conj2", "wrt2")):
        if given.get(key) and "wrt" not in given:
            raise UsageError(f"{key!r} needs 'expr' and 'wrt'", hint="a whole request says it itself: d tr(A*Z^H)/dconj(Z)")
        if given.get(key) and by == "wrt2" and given.get("order", 1) == 1:
            raise UsageError("'conj2' is said of a second derivative", hint='give "order": 2, or "conj"')
    if given.get("order") == 2:
        arguments["wrt2"] = given.get("wrt2", given["wrt"])
    return arguments | {by: f"conj({arguments[by]})" for key, by in (("conj", "wrt"), ("conj2", "wrt2")) if given.get(key)}


def _refuse_strangers(request: Line, keys: Mapping[str, Key]) -> None:
    """Refuses what would be lost in silence: a key that is not known, and what is asked for and not there."""
    for key, value in request.items():
        if key in UNSERVED and key not in keys and value not in (None, False):
            raise UsageError(f"{key!r} is not available here: {UNSERVED[key]}", hint=f"leave out {key!r}")
        if key not in keys and key not in UNSERVED and key != "id":
            near = nearest(key[:40], [*keys, *UNSERVED, "id"], OTHER_WORDS)
            hint = f"did you mean {near!r}?" if near else f"the keys are id, {', '.join(keys)}"
            raise UsageError(f"unknown key {_cut(key)!r}", hint=hint)


def _is_text_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def _is_property_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, list) and all(isinstance(p, str) for p in v) for v in value.values())


def _is_list_of_codes(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v in CODES for v in value)


@dataclass(frozen=True)
class Key:
    """A key of a line: the argument of `derive` that it is, if any, the values that it may have, how to say so, and as JSON Schema."""

    argument: str
    holds: Callable[[object], bool]
    told: str
    schema: Line = field(default_factory=dict)


def text(argument: str) -> Key:
    """A key whose value is a string."""
    return Key(argument, lambda value: isinstance(value, str), "a string", {"type": "string"})


def one_of(argument: str, *choices: object) -> Key:
    """A key whose value is one of some."""
    named = ", ".join(json.dumps(c) for c in choices)
    return Key(
        argument, lambda value: not isinstance(value, bool | float) and value in choices, f"one of {named}", {"enum": list(choices)}
    )


def flag(argument: str) -> Key:
    """A key whose value is true or false."""
    return Key(argument, lambda value: isinstance(value, bool), "true or false", {"type": "boolean"})


_SHAPES: Final = Key(
    "variables", _is_text_table, 'an object from names to dimensions, such as {"W": "m n", "c": ""}',
    {"type": "object", "additionalProperties": {"type": "string"}},
)  # fmt: skip
KEYS: Final = {
    "expr": text("request"),
    "request": text("request"),
    "wrt": text("wrt"),
    "wrt2": text("wrt2"),
    "conj": flag(""),
    "conj2": flag(""),
    "order": one_of("order", 1, 2),
    "layout": one_of("layout", *LAYOUTS),
    "form": one_of("form", *FORMS),
    "vec_order": one_of("vec_order", *VEC_ORDERS),
    "vars": _SHAPES,
    "variables": _SHAPES,
    "attrs": Key(
        "attrs", _is_property_table, 'an object from names to lists of properties, such as {"S": ["symmetric"]}',
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    ),
    "structured": flag("structured"),
    "reading": one_of("reading", *READINGS),
    "manifold": text("manifold"),
    "detail": one_of("detail", *DETAILS),
    "style": one_of("style", *STYLES),
    "named": one_of("named", *NAMED),
    "steps": flag(""),
    "codes": Key(
        "", _is_list_of_codes, f"a list of {', '.join(CODES)}", {"type": "array", "items": {"enum": list(CODES)}}
    ),
}  # fmt: skip
UNSERVED: Final = {
    "domain": "a domain of the variables",
}
OTHER_WORDS: Final = {
    "var": "vars", "shapes": "vars", "properties": "attrs", "to": "codes", "code": "codes", "where": "request", "by": "wrt",
}  # fmt: skip
# What an answer may hold.
ANSWER: Final = (
    "text", "latex", "numpy", "shape", "form", "layout", "variables", "assumptions", "notes", "certificate", "named", "steps", "code",
)  # fmt: skip
STEP: Final = ("rule", "source", "before", "after", "latex", "unicode")


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _json_type(value: object) -> str:
    return {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}.get(type(value), "a number")
