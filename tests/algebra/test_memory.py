"""What functions remember of expressions can be forgotten, and then nothing keeps the expressions alive."""

from __future__ import annotations

import gc
import subprocess
import sys

from places import ROOT

from matcalc import derive
from matcalc.algebra import fun, mul
from matcalc.algebra.node import eye, sym
from matcalc.book.rules import Book, in_use, use
from matcalc.book.sizes import dim
from matcalc.memory import forget, remembered


def test_answers_are_the_same_after_everything_is_forgotten() -> None:
    before = derive("d logdet(X^T*A*X)/dX")
    forget()
    assert str(derive("d logdet(X^T*A*X)/dX")) == str(before)


def test_expressions_go_with_their_answer() -> None:
    def is_there() -> bool:
        nodes = [kept() for kept in list(in_use().nodes.values())]
        return any(e is not None and e.op == "sym" and e.data.name == "Forgotten" for e in nodes)

    found = derive("d tr(Forgotten*X)/dX")
    assert str(found) and is_there()
    del found
    forget()
    gc.collect()
    assert not is_there()
    assert all(kept() is not None for kept in list(in_use().nodes.values()))


def test_nothing_is_said_when_the_interpreter_ends() -> None:
    code = "from matcalc import derive; kept = [derive(r) for r in ('d tr(A*X*B)/dX', 'd^2 logsumexp(A*x)/dx^2')]; import matcalc.algebra"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


def test_a_memory_holds_so_many_results() -> None:
    asked: list[int] = []

    @remembered(2)
    def twice(n: int) -> int:
        asked.append(n)
        return 2 * n

    assert [twice(n) for n in (1, 1, 2, 3, 1)] == [2, 2, 4, 6, 2]
    assert asked == [1, 2, 3, 1]


def test_what_is_remembered_of_one_book_is_not_told_in_another() -> None:
    def made() -> list[object]:
        n = dim("n")
        a = sym("A", (n, n))
        return [mul(), mul(a, a), fun("exp", a), mul(eye(n), fun("tr", a))]

    here = made()
    with use(Book([])):
        there = made()
        assert all(a is b for a, b in zip(there, made(), strict=True))
    assert all(a is b for a, b in zip(here, made(), strict=True))
    assert not any(a is b for a, b in zip(here, there, strict=True))
