"""What a worker of the server does: answer one call, within its time, in JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from matcalc.batch.keys import Line, checked
from matcalc.batch.lines import TimeLimit, at_most, reported
from matcalc.errors import LimitError, MatcalcError, UsageError
from matcalc.page.calls import CALLS, PING

LONGEST: Final = 1_000_000
# The answer to a call for which there was no time: it may be asked again with more of it.
LATE: Final = "late"


def asked(call: str, given: Line, seconds: float) -> bytes:
    """A call as a worker gets it."""
    return json.dumps({"call": call, "given": given, "seconds": seconds}).encode()


@dataclass(frozen=True)
class Desk:
    """Answers calls; an answer is never longer than a bound."""

    longest: int = LONGEST

    def __call__(self, line: bytes) -> tuple[bool, str]:
        """Whether a call has an answer, and the JSON of it, or LATE; this never raises for anything that a call can hold."""
        wanted = json.loads(line)
        given: Line = wanted["given"]
        named: dict[str, Any] = {"id": given["id"]} if "id" in given else {}
        try:
            with at_most(wanted["seconds"]):
                told = json.dumps({**named, "ok": True, **self.answered(wanted["call"], given)})
            if len(told) > self.longest:
                raise LimitError(f"the answer is longer than {self.longest} characters", hint="ask for fewer codes, or without steps")
            return True, told
        except TimeLimit:
            return False, LATE
        except MatcalcError as error:
            whole = given.get("claim", given.get("problem"))
            why = reported(error, given if whole is None else {"request": whole})
        except (RecursionError, MemoryError):
            why = {"kind": LimitError.kind, "message": "the request is nested too deeply or needs too much memory"}
        except Exception as error:  # noqa: BLE001 - the next call still gets its answer
            why = {"kind": "internal", "message": f"internal error, please report it: {type(error).__name__}: {error}"}
        return False, failure(why, named)

    def answered(self, name: str, given: Line) -> Line:
        """The answer to a call of the table."""
        call = CALLS.get(name, PING)
        keys = checked(given, call.keys)
        if missing := [key for key in call.needs if key not in keys]:
            raise UsageError(f"{missing[0]!r} is missing", hint=json.dumps(call.example))
        return call.answer(keys)


def failure(why: Line, named: Line | None = None) -> str:
    """The JSON of a call without an answer."""
    return json.dumps({**(named or {}), "ok": False, "error": why})
