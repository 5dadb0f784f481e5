"""Many requests: JSON lines in, JSON lines out, one answer a line and in order.

Nothing in a line stops the batch: whatever is wrong with it becomes the error object of its answer.
Keys that mean nothing here are ignored, so that a line may carry notes of its owner, unless they look like
a misspelt key. One line is held at a time; `matcalc.batch.pool` answers several at once.
"""

from __future__ import annotations

import difflib
import errno
import json
import math
import os
import signal
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn

import matcalc
from matcalc.book.choices import FORMS, LAYOUTS, VEC_ORDERS
from matcalc.errors import LimitError, MatcalcError, ParseError, ShapeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from matcalc.answers.derive import Derivative

MAX_LINE: Final = 8_000_000
MAX_DIGITS: Final = 1_000

Line = dict[str, Any]


def run(source: BinaryIO, sink: BinaryIO, answer: Callable[[bytes], tuple[bool, str]], done: Callable[[int], object] = int) -> int:
    """Answers every line of `source` on `sink`, flushing each; 0 if all went well, 1 if some failed.

    `done` is told after each answer how many bytes of the source it took.
    """
    failed = False
    for line, size in lines(source):
        fine, told = answer(line)
        failed = failed or not fine
        write_line(sink, told.encode("ascii"))
        done(size)
    return int(failed)


def lines(source: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """The lines that are not blank, with the bytes that were read for them; one that is too long is cut, to be refused."""
    size = 0
    while line := source.readline(MAX_LINE + 1):
        rest = line
        size += len(rest)
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE + 1)
            size += len(rest)
        if line.strip():
            yield line, size
            size = 0


def write_line(sink: BinaryIO, told: bytes) -> None:
    """Writes a whole line or nothing: an interrupt waits until it is written, a second one does not."""
    with held_interrupt():
        sink.write(told + b"\n")
        sink.flush()


@contextmanager
def held_interrupt() -> Iterator[None]:
    """Puts off the first Ctrl-C to the end of the body, where one would end it."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    rung = False

    def ring(_signal: int, _frame: FrameType | None) -> None:
        nonlocal rung
        if rung:
            raise KeyboardInterrupt
        rung = True

    before = signal.signal(signal.SIGINT, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if rung:
        raise KeyboardInterrupt


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when all is written, and leaves it alone otherwise."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            yield device
        return
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    handle, partial = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".partial", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(partial).chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        Path(partial).replace(target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The mode bits that new files go without; reading them means setting them."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


# ------------------------------------------------------------------------------------------------------ answers


@dataclass(frozen=True)
class Answerer:
    """Answers one line: with `check` every result is certified, and no line takes longer than `limit` seconds."""

    check: bool = True
    limit: float = 20.0

    def __call__(self, line: bytes) -> tuple[bool, str]:
        """Whether a line has an answer, and the JSON of it; this never raises for anything that a line can hold."""
        request: Line = {}
        named = "null"
        try:
            request = read(line)
            named = json.dumps(request.get("id"))
            answered = json.dumps({"ok": True, **self._derived(request)})
            return True, f'{{"id": {named}, {answered[1:]}'
        except MatcalcError as error:
            told = reported(error, request)
        except (RecursionError, MemoryError):
            told = {"kind": LimitError.kind, "message": "the line is nested too deeply or needs too much memory"}
        except Exception as error:  # noqa: BLE001 - the lines that follow still get their answers
            told = {"kind": "internal", "message": f"internal error, please report it: {type(error).__name__}: {error}"}
        return False, f'{{"id": {named}, "ok": false, "error": {json.dumps(told)}}}'

    def _derived(self, request: Line) -> Line:
        arguments = arguments_of(request)
        with at_most(self.limit):
            derived = matcalc.derive(**arguments, check=self.check)
            results = derived if isinstance(derived, tuple) else (derived,)
            if isinstance(request.get("vars"), dict):
                for d in results:
                    refuse_undeclared(d, request["vars"])
            if not isinstance(derived, tuple):
                return derived.to_dict()
            return {"results": [{"wrt": d.wrt, **d.to_dict()} for d in results]}


def refuse_undeclared(derived: Derivative, declared: Line) -> None:
    """Refuse an answer whose code needs a value of which the line's `vars` say nothing.

    A name that is missing from `vars` gets its shape from the others; an exponent, a size of its own, or an array that
    no declared one is tied to would be a guess, and whoever calls the code with the declared values lacks it.
    """
    known = {s for name, v in derived.request.variables.items() if name in declared for d in v.shape for s in d.free_symbols}
    for name in derived.needs:
        v = derived.request.variables.get(name)
        tied = v is not None and not v.is_scalar and all(s in known for d in v.shape for s in d.free_symbols)
        if name not in declared and not tied and not (v is not None and v.is_scalar and "integer" not in v.data.properties):
            raise ShapeError(f"nothing in vars tells what {name} is", hint=f'declare it, for example "{name}": "" for a scalar')


def reported(error: MatcalcError, request: Line) -> Line:
    """The error object; `span` counts characters of the line's expression or request."""
    told: Line = {"kind": error.kind, "message": error.message}
    text = request.get("request", request.get("expr"))
    if error.span is not None and error.source in (None, text):
        told["span"] = list(error.span)
    if error.hint:
        told["hint"] = error.hint
    return told


class _TimeUp(BaseException):
    """Time is over; not an Exception, so that nothing in the engine takes it for a failed attempt."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends the body with a LimitError after that many seconds, where the platform has an alarm clock."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    running = True

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if running:
            raise _TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    try:
        # It rings again each second: an exception that is raised inside a destructor is lost.
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
        try:
            yield
        finally:
            running = False
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TimeUp:
        raise LimitError(f"no answer within {seconds:g} s") from None
    finally:
        signal.signal(signal.SIGALRM, before)


# ------------------------------------------------------------------------------------------------------- reading


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


def arguments_of(request: Line) -> Line:
    """The arguments of `derive` that a line asks for, each checked for its type."""
    _refuse_strangers(request)
    given = {key: value for key, value in request.items() if key in KEYS and value is not None}
    for key, value in given.items():
        if not KEYS[key].holds(value):
            raise UsageError(f"{key!r} must be {KEYS[key].told}, not {_shown(value)}")
    if ("request" in given) == ("expr" in given):
        raise UsageError("a line has either 'expr' with 'wrt' or 'request'", hint='{"id": 1, "expr": "tr(A*X)", "wrt": "X"}')
    if "expr" in given and "wrt" not in given:
        raise UsageError("'expr' needs 'wrt', the variable", hint="a whole request such as d tr(X)/dX goes into 'request'")
    return {KEYS[key].argument: value for key, value in given.items()}


def _refuse_strangers(request: Line) -> None:
    """Refuses what would be lost in silence: a misspelt key, and the constrained gradient, which is not there."""
    if request.get("structured"):
        raise UsageError("the constrained gradient of a structured variable is not available", hint="leave out 'structured'")
    for key in request.keys() - KEYS.keys() - KNOWN:
        near = difflib.get_close_matches(key[:20], KEYS, 1, 0.8)
        if near:
            raise UsageError(f"unknown key {key!r}", hint=f"did you mean {near[0]!r}?")


def _is_text_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def _is_property_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, list) and all(isinstance(p, str) for p in v) for v in value.values())


@dataclass(frozen=True)
class Key:
    """A key of a line: the argument of `derive` that it is, the values that it may have, and how to say so."""

    argument: str
    holds: Callable[[object], bool]
    told: str


def _text(argument: str) -> Key:
    return Key(argument, lambda value: isinstance(value, str), "a string")


def _one_of(argument: str, *choices: object) -> Key:
    named = ", ".join(json.dumps(c) for c in choices)
    return Key(argument, lambda value: not isinstance(value, bool | float) and value in choices, f"one of {named}")


KEYS: Final = {
    "expr": _text("request"),
    "request": _text("request"),
    "wrt": _text("wrt"),
    "wrt2": _text("wrt2"),
    "order": _one_of("order", 1, 2),
    "layout": _one_of("layout", *LAYOUTS),
    "form": _one_of("form", *FORMS),
    "vec_order": _one_of("vec_order", *VEC_ORDERS),
    "vars": Key("variables", _is_text_table, 'an object from names to dimensions, such as {"W": "m n", "c": ""}'),
    "attrs": Key("attrs", _is_property_table, 'an object from names to lists of properties, such as {"S": ["symmetric"]}'),
}
KNOWN: Final = frozenset({"id", "structured"})


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _json_type(value: object) -> str:
    return {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}.get(type(value), "a number")
