"""The NumPy that a rule of the book gives as a function of arrays."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from matcalc.book import rules as rulebook
from matcalc.errors import UsageError

Value = Any


@cache
def function_of(rule: rulebook.Rule) -> Callable[..., Value]:
    """The rule's NumPy template as a function of its parameters."""
    body = rule.numpy
    for param in rule.params:
        body = body.replace("{" + param.name + "}", param.name)
    names = ", ".join(param.name for param in rule.params)
    source: CodeType = compile(f"{rule.numpy_helper}\nresult = lambda {names}: {body}\n", f"<rule {rule.name}>", "exec")
    scope: dict[str, Any] = {"np": np, "math": math}
    if rule.file not in rulebook.in_use().own:
        exec(source, scope)  # noqa: S102 - the text comes from the package's own rule book
        function: Callable[..., Value] = scope["result"]
        return function
    with _kept_apart(rule):
        exec(source, scope)  # noqa: S102 - whoever names a file of rules has its code run

    def own(*args: Value) -> Value:
        with _kept_apart(rule):
            return scope["result"](*args)

    return own


@contextmanager
def _kept_apart(rule: rulebook.Rule) -> Iterator[None]:
    """The code of a user's rule: what it prints goes to standard error, and it does not end the program.

    Raises UsageError where it tries to.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except SystemExit:
        told = f"{rule.place}: the code of {rule.name} ends the program instead of giving a value"
        raise UsageError(told, hint="raise ValueError where the function has no value") from None
