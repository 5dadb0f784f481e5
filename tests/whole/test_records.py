"""Data classes whose methods are written late behave as those of the library."""

from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError, field, replace

import pytest

from matcalc.records import dataclass


@dataclass(frozen=True)
class Pair:
    """A pair."""

    left: int
    right: tuple[int, ...] = ()
    note: str = field(default="", compare=False, repr=False)


@dataclass
class Open:
    name: str
    parts: list[int] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Itself:
    name: str


@dataclass(frozen=True)
class Single:
    name: str


@dataclass(frozen=True)
class Empty:
    pass


def test_equal_where_the_compared_fields_are() -> None:
    assert Pair(1, (2,), "a") == Pair(1, (2,), "b")
    assert hash(Pair(1, (2,), "a")) == hash(Pair(1, (2,), "b"))
    assert Pair(1) != Pair(2)
    assert Single("a") == Single("a") != Single("b")
    others: list[object] = [Single("a"), Open("a")]
    assert Empty() == Empty()
    assert Empty() not in others
    assert Pair(1) not in others
    assert len({Pair(1), Pair(1, ()), Pair(2)}) == 2


def test_what_can_change_has_no_hash() -> None:
    assert Open("a") == Open("a", []) != Open("a", [1])
    with pytest.raises(TypeError):
        hash(Open("a"))


def test_without_equality_each_object_is_itself() -> None:
    one = Itself("a")
    assert one == one != Itself("a")
    assert len({one, Itself("a")}) == 2


def test_texts_fields_and_replacements() -> None:
    assert repr(Pair(1, (2,), "a")) == "Pair(left=1, right=(2,))"
    assert repr(Open("a")) == "Open(name='a', parts=[])"
    assert [f.name for f in dataclasses.fields(Pair(1))] == ["left", "right", "note"]
    assert replace(Pair(1), left=3) == Pair(3)
    with pytest.raises(FrozenInstanceError):
        Pair(1).left = 2  # type: ignore[misc]
