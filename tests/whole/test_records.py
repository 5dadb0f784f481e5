"""Data classes whose methods are written late behave as those of the library."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import FrozenInstanceError, field, replace
from functools import cached_property
from types import FrameType
from typing import Any

import pytest

from matcalc import records
from matcalc.records import dataclass, restored


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


@dataclass(frozen=True)
class Longer(Pair):
    """A pair and more."""

    more: list[str] = field(default_factory=list)
    size: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", len(self.more))


class Twice(Longer):
    @cached_property
    def doubled(self) -> int:
        return 2 * self.left


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
    with pytest.raises(FrozenInstanceError):
        del Pair(1).left


def test_defaults_come_from_the_bases_too_and_are_new_for_each_object() -> None:
    one, other = Longer(1, more=["a"]), Longer(1, (2,))
    other.more.append("b")
    assert (one.right, one.more, one.size) == ((), ["a"], 1)
    assert (other.right, other.more, other.size, Longer(3).more) == ((2,), ["b"], 0, [])
    assert repr(Longer(1)) == "Longer(left=1, right=(), more=[], size=0)"
    assert Longer(1) != Pair(1)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'left'"):
        Longer()  # type: ignore[call-arg]


def test_a_class_beside_takes_its_methods_and_keeps_what_it_worked_out() -> None:
    made = Twice(2)
    assert made.doubled == 4
    assert replace(made, left=3).doubled == 6
    with pytest.raises(FrozenInstanceError):
        made.left = 1  # type: ignore[misc]


def test_fields_can_be_matched_by_their_places() -> None:
    match Pair(1, (2,)):
        case Pair(left, right):
            assert (left, right) == (1, (2,))
        case _:
            pytest.fail("a pair is one")


def test_fields_are_known_before_there_is_an_object() -> None:
    @dataclass(frozen=True)
    class Late(Pair):
        """A pair that nobody has made."""

        name: str = "a"

    assert [f.name for f in dataclasses.fields(Late)] == ["left", "right", "note", "name"]
    assert Late(1).name == "a"


def test_what_does_not_fit_the_fields_is_refused_for_the_first_object_and_for_later_ones() -> None:
    @dataclass(frozen=True)
    class Two:
        """Two fields."""

        left: int
        right: list[int] = field(default_factory=list)

    loosely: Any = Two
    made: list[Two] = []
    for k in range(50):
        made.append(Two(k))
        made[-1].right.append(k)
        for given, named in (((), {}), ((1, [], 3), {}), ((1,), {"left": 2}), ((1,), {"other": 2})):
            with pytest.raises(TypeError):
                loosely(*given, **named)
    assert [(two.left, two.right) for two in made] == [(k, [k]) for k in range(50)]
    assert Two(right=[3], left=1) == Two(1, [3])


def test_many_objects_are_made_as_the_first_ones_are() -> None:
    @dataclass
    class Counted:
        """Made several times."""

        name: str
        parts: tuple[int, ...] = ()

    made = [Counted("a", (k,)) for k in range(50)]
    assert [m.parts for m in made] == [(k,) for k in range(50)]
    assert Counted("b") == Counted(name="b", parts=())


def test_a_subclass_may_have_an_init_of_its_own() -> None:
    @dataclass
    class Base:
        """A name."""

        name: str

    class Sub(Base):
        def __init__(self, first: str, last: str) -> None:
            super().__init__(f"{first} {last}")
            self.first = first

    assert [(s.name, s.first) for s in (Sub("a", "b"), Sub("c", "d"))] == [("a b", "a"), ("c d", "c")]
    assert Base("e").name == "e"


def test_what_was_kept_is_an_object_again() -> None:
    pair = restored(Pair, {"left": 1, "note": "kept"})
    assert pair == Pair(1) and hash(pair) == hash(Pair(1)) and vars(pair) == {"left": 1, "right": (), "note": "kept"}
    with pytest.raises(FrozenInstanceError):
        pair.left = 2  # type: ignore[misc]
    one, other = restored(Open, {"name": "a"}), restored(Open, {"name": "a"})
    one.parts.append(1)
    assert other == Open("a") and restored(Open, {"name": "a", "parts": [1]}) == one


def test_fields_stand_by_place_in_a_pattern() -> None:
    match Longer(1, (2,)):
        case Longer(left, right):
            assert (left, right) == (1, (2,))
    assert [f.name for f in dataclasses.fields(Longer)] == ["left", "right", "note", "more", "size"]
    assert [f.compare for f in dataclasses.fields(Pair)] == [True, True, False]
    assert replace(Longer(1), more=["a"]).size == 1


class Interrupting:
    """A trace that interrupts at one of the lines that the records run."""

    def __init__(self, line: int) -> None:
        self.left = line

    def __call__(self, frame: FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_filename != records.__file__:
            return None
        self.left -= event == "line"
        if not self.left and event == "line":
            raise KeyboardInterrupt
        return self


def test_an_interrupt_while_a_class_is_completed_leaves_it_to_the_next_object() -> None:
    line, interrupted = 0, True
    while interrupted:
        line += 1

        @dataclass(frozen=True)
        class Base:
            name: str
            seen: list[int] = field(default_factory=list, compare=False)

        @dataclass(frozen=True)
        class Derived(Base):
            note: str = field(default="none", repr=False)

        trace, interrupted = sys.gettrace(), False
        sys.settrace(Interrupting(line))
        try:
            Derived("a")
        except KeyboardInterrupt:
            interrupted = True
        finally:
            sys.settrace(trace)
        made = Derived("a")
        assert (made.name, made.seen, made.note, made) == ("a", [], "none", Derived("a", [1]))
        assert [f.name for f in dataclasses.fields(made)] == ["name", "seen", "note"]
        assert "none" not in repr(made) and hash(made) == hash(Derived("a"))
        with pytest.raises(FrozenInstanceError):
            made.name = "b"  # type: ignore[misc]
    assert line > 40
