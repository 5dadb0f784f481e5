"""The pytest plugin that `mutants.py` runs tests with: what each test reaches, which tests run and in what order, a clock for each.

    REACHED=FILE   the functions of the package that each test calls are written to FILE, as JSON
    CHOSEN=FILE    only the tests that FILE names, one a line, are run, in this order
    CLOCK=SECONDS  a test that takes more CPU time does not end: the process leaves with the status HANGS
"""

from __future__ import annotations

import ast
import json
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import pytest

HANGS: Final = 87
# What is called while modules are imported and tests collected: every test may depend on it.
EVERYWHERE: Final = ""
ROOT: Final = Path.cwd()
PACKAGE: Final = f"{ROOT / 'matcalc'}{os.sep}"


class Reached:
    """The functions that are called, as "file:line" of the outermost one, test by test."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.seconds: dict[str, float] = {}
        self.reached: dict[str, set[str]] = defaultdict(set)
        self.codes: set[CodeType] = set()
        sys.settrace(self.called)

    def called(self, frame: FrameType, _event: str, _argument: Any) -> None:
        self.codes.add(frame.f_code)

    def told(self, test: str) -> None:
        """What was called since the last time belongs to a test."""
        sys.settrace(None)
        found = {(c.co_filename, c.co_firstlineno) for c in self.codes if c.co_filename.startswith(PACKAGE)}
        self.reached[test] |= {function for file, line in found if (function := outermost(ROOT, os.path.relpath(file, ROOT), line))}
        self.codes.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        from matcalc.memory import forget

        if EVERYWHERE not in self.reached:
            self.told(EVERYWHERE)
        forget()
        sys.settrace(self.called)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.seconds[report.nodeid] = report.duration
        if report.when == "teardown":
            self.told(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        sys.settrace(None)
        said = {test: [self.seconds.get(test, 0.0), sorted(functions)] for test, functions in self.reached.items()}
        self.out.write_text(json.dumps(said), encoding="utf-8")


class Chosen:
    """The tests that are named, in the order in which they are named."""

    def __init__(self, file: Path) -> None:
        self.place = {test: k for k, test in enumerate(file.read_text(encoding="utf-8").splitlines())}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])


class Clock:
    """A test that does not end ends the process."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        signal.signal(signal.SIGPROF, lambda *_: os._exit(HANGS))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


@cache
def spans(file: Path) -> list[tuple[int, int]]:
    """The first and last lines of the outermost functions of a file, decorators included."""
    out = []
    stack: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            out.append((min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno or node.lineno))
        else:
            stack += ast.iter_child_nodes(node)
    return out


def outermost(root: Path, file: str, line: int) -> str:
    """The outermost function around a line of a file, as "file:line"; empty outside of functions."""
    found = next((first for first, last in spans(root / file) if first <= line <= last), None)
    return "" if found is None else f"{file}:{found}"


def pytest_configure(config: pytest.Config) -> None:
    """What the environment asks for is registered."""
    if "REACHED" in os.environ:
        config.pluginmanager.register(Reached(Path(os.environ["REACHED"])))
    if "CHOSEN" in os.environ:
        config.pluginmanager.register(Chosen(Path(os.environ["CHOSEN"])))
    if "CLOCK" in os.environ:
        config.pluginmanager.register(Clock(float(os.environ["CLOCK"])))
