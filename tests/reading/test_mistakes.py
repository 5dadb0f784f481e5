"""Mistakes that people make and the exact words that answer them; what a hint offers is read.

After a change of the words, `python tests/reading/test_mistakes.py` writes those of now into the table; read the difference before
you keep it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from matcalc import derive
from matcalc.errors import MatcalcError
from matcalc.reading.request import read_request

TABLE: Final = Path(__file__).with_name("mistakes.toml")
MISTAKES: Final = [(m["request"], m["told"].strip("\n")) for m in tomllib.loads(TABLE.read_text(encoding="utf-8"))["mistake"]]


def refused(request: str) -> MatcalcError:
    with pytest.raises(MatcalcError) as caught:
        derive(request, check=False)
    return caught.value


def test_there_are_two_hundred() -> None:
    assert len({request for request, _ in MISTAKES}) == len(MISTAKES) >= 200


@pytest.mark.parametrize(("request_", "told"), MISTAKES, ids=[request for request, _ in MISTAKES])
def test_a_mistake_is_told_in_these_words(request_: str, told: str) -> None:
    assert str(refused(request_)) == told


def is_read(request: str) -> bool:
    try:
        read_request(request, may_slice=True)
    except MatcalcError:
        return False
    return True


def offered(error: MatcalcError, request: str) -> Iterator[tuple[str, list[str]]]:
    """The lines that a hint offers to paste, and the declarations that they need."""
    hint, at = error.hint or "", error.span if error.source == request else None
    for whole in re.findall(r"(?:write|or) (d [^,]*?/d\S+)(?= or |$)", hint):
        yield whole, []
    for name in re.findall(r"^did you mean '?([^?']+)'?\?", hint):
        if at is not None:
            yield request[: at[0]] + name + request[at[1] :], []
    for piece in re.findall(r"(\S+) for (?:an entry|a product)", hint):
        if at is not None and "could be" in error.message and "..." not in piece:
            yield request[: at[0]] + piece + request[at[1] :], []
    for closing in re.findall(r"^add '(\S+)'$", hint):
        places = [request[:k] + closing + request[k:] for k in range(at[1] if at else 0, len(request) + 1)]
        yield next((line for line in places if is_read(line)), request + closing), []
    for product in re.findall(r"^(\w+(?:\^T)?\*\w+(?:\^T)?) conforms", hint):
        yield request.replace(product.replace("^T", ""), product), []
    for said in re.findall(r"'([^\W\d]\w*: [^']+)'", hint):
        if "->" in said or said.endswith(("elementwise", "scalar", "vector", "row", "n", "n x n")):
            yield request, [said]


OFFERS: Final = [(request, told) for request, told in MISTAKES if re.search(r"write |did you mean|'\w+: |add '| conforms", told)]


@pytest.mark.parametrize("request_", [request for request, _ in OFFERS])
def test_what_a_hint_offers_is_read(request_: str) -> None:
    error = refused(request_)
    for line, declarations in offered(error, request_):
        try:
            read_request(line, variables=declarations or None, may_slice=True)
        except MatcalcError as again:
            assert again.message != error.message, f"{line} {declarations}"


def test_half_of_the_hints_are_tried() -> None:
    tried = [request for request, _ in OFFERS if any(offered(refused(request), request))]
    hints: list[Any] = [request for request, told in MISTAKES if "\nhint: " in told]
    assert len(tried) >= len(hints) // 4


def written(mistakes: list[str]) -> str:
    """The table with the words of now; requests that are no mistakes any more are left out."""
    entries = []
    for request in mistakes:
        try:
            derive(request, check=False)
        except MatcalcError as error:
            entries.append(f"[[mistake]]\nrequest = {json.dumps(request, ensure_ascii=False)}\ntold = '''\n{error}'''\n")
    return "\n".join(["# Requests as people get them wrong, and what is answered.\n", *entries])


if __name__ == "__main__":
    TABLE.write_text(written([request for request, _ in MISTAKES]), encoding="utf-8")
