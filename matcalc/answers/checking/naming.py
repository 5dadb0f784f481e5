"""The rule that leads to a right line: that of the line in the derivation told here, or one told from what has changed."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from matcalc.answers.checking.workings import Workings
from matcalc.answers.derivative import Derivative
from matcalc.answers.derive import derive
from matcalc.book.moves import move
from matcalc.errors import MatcalcError

_UNTOLD: Final = frozenset({"the function", "rewritten"})
_SPACES: Final = re.compile(r"[\s*]+")
_TURNED: Final = re.compile(r"\^\s*T|'")


class Naming:
    """Names the rules of one derivation; `where` are its definitions as a request says them."""

    def __init__(self, workings: Workings, where: str) -> None:
        self.workings, self.where = workings, where
        self.told = cache(self._told)
        self.reached: dict[str, int] = {}

    def _told(self, name: str) -> tuple[tuple[str, str], ...]:
        """The rules and right sides of the lines about the increment of a function."""
        moving = ", ".join(self.workings.varying)
        try:
            found = derive(
                f"d ({name})/d({moving}){self.where}", variables=self.workings.shapes(), check=False,
                form="differential" if len(self.workings.varying) > 1 else "auto",
            )  # fmt: skip
            steps = found.steps if isinstance(found, Derivative) else ()
        except MatcalcError:
            return ()
        lines = [(s.rule, *s.after.partition(" = ")[::2]) for s in steps]
        return tuple((rule, _bare(right)) for rule, left, right in lines if left.startswith("d") and "/" not in left)

    def of_increment(self, name: str, right: str, before: str, is_same: bool) -> str:
        """The rules between two lines about the increment of a function, the first of which may be its value."""
        told = self.told(name)
        start = self.reached.get(name, -1)
        at = next((k for k, (_, text) in enumerate(told) if k > start and text == _bare(right)), None)
        if "vec" in right and "vec" not in before:
            return move("vec").name
        if at is None:
            return self._changed(right, before, is_same) if before else told[0][0] if told else move("product").name
        self.reached[name] = at
        return ", ".join(dict.fromkeys(rule for rule, _ in told[start + 1 : at + 1] if rule not in _UNTOLD))

    def _changed(self, right: str, before: str, is_same: bool) -> str:
        """The rule told from two lines."""
        turned = len(_TURNED.findall(right)) != len(_TURNED.findall(before))
        traced = "tr" in right and "tr" in before
        if not is_same:
            return move("collect" if right.count("+") < before.count("+") else "simplify").name
        if traced:
            return move("transpose" if turned else "cyclic").name
        return move("scalar_transpose" if turned else "rewriting").name

    def of_derivative(self, left: str, goes_on: bool) -> str:
        """The identification theorem, of the first or the second order."""
        if goes_on:
            return move("simplify").name
        second = re.search(r"\^\s*\(?2|hess|²", left)
        return move("second_identification" if second else "first_identification").name


def _bare(text: str) -> str:
    """A text without spaces and signs of multiplication."""
    return _SPACES.sub("", text).replace("'", "^T")
