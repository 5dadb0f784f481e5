"""The steps that a request may take are its own: a limit that one thread sets is none for another."""

from __future__ import annotations

import threading

import pytest

from matcalc.algebra.steps import limited, spend
from matcalc.errors import LimitError


def test_a_limit_ends_the_work_and_then_is_gone() -> None:
    with limited(3):
        spend(3)
        with pytest.raises(LimitError, match="too many steps"):
            spend()
        spend(10)
    spend(10)


def test_a_limit_within_a_limit_counts_by_itself() -> None:
    with limited(5):
        with limited(2), pytest.raises(LimitError):
            spend(3)
        spend(5)
        with pytest.raises(LimitError):
            spend()


def test_a_limit_holds_in_its_own_thread_only() -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            spend(1000)
        except LimitError as error:
            failures.append(error)

    with limited(10):
        other = threading.Thread(target=work)
        other.start()
        other.join()
        spend(10)
    assert not failures


def test_a_stack_that_is_exhausted_is_told_as_depth() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(LimitError, match="nested too deeply"), limited(10):
        deeper()
