"""The pytest plugin that `mutants.py` runs tests with: what each test reaches, which tests run and in what order, a clock for each.

    REACHED=FILE   the functions of the package that each test calls are written to FILE, as JSON
    CHOSEN=FILE    only the tests that FILE names, one a line, are run, in this order
    MUTANTS=FILE   the mutants of FILE, as JSON, are tested one by one; how each ends is written to the file that VERDICTS names
    CLOCK=SECONDS  a test that takes more CPU time does not end
"""

from __future__ import annotations

import ast
import gc
import inspect
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import _lru_cache_wrapper, cache
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final

import pytest

HANGS: Final = 87
NOT_PUT_IN: Final = 88
WALL_SECONDS: Final = 1800
PASSED: Final = "passed"
FAILED: Final = "failed"
OUT_OF_TIME: Final = "out of time"
ENDS: Final = {
    0: PASSED, HANGS: "a test does not end", NOT_PUT_IN: "not put in", -signal.SIGXCPU: OUT_OF_TIME, -signal.SIGKILL: OUT_OF_TIME,
}  # fmt: skip
# What is called while modules are imported and tests collected: every test may depend on it.
EVERYWHERE: Final = ""
ROOT: Final = Path.cwd()
PACKAGE: Final = f"{ROOT / 'matcalc'}{os.sep}"


class Reached:
    """The functions that are called, as "file:name" of the outermost one, test by test."""

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
        self.reached[test] |= {outermost(ROOT, os.path.relpath(file, ROOT), line)[0] for file, line in found} - {""}
        self.codes.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        if EVERYWHERE not in self.reached:
            self.told(EVERYWHERE)
        forget()
        sys.settrace(self.called)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.seconds[report.nodeid] = report.duration
        if report.when == "teardown":
            self.told(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        sys.settrace(None)
        kept = [(test, calls) for test, calls in self.reached.items() if test in self.seconds or test == EVERYWHERE]
        said = {test: [self.seconds.get(test, 0.0), sorted(calls)] for test, calls in kept}
        self.out.write_text(json.dumps(said), encoding="utf-8")


class Chosen:
    """The tests that are named, in the order in which they are named."""

    def __init__(self, file: Path) -> None:
        self.place = {test: k for k, test in enumerate(file.read_text(encoding="utf-8").splitlines())}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])


class Mutants:
    """Mutants tested one by one, each in a process of its own that has loaded the tests already."""

    def __init__(self, file: Path, out: Path) -> None:
        told = json.loads(file.read_text(encoding="utf-8"))
        self.asked, self.seconds = told["mutants"], told["seconds"]
        self.out = out

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        gc.freeze()
        for asked in self.asked:
            file = ROOT / asked["file"]
            kept = file.read_bytes()
            file.write_text(asked["text"], encoding="utf-8")
            try:
                tests = [test for test in items if test.startswith(asked["room"])] + asked["tests"]
                verdict = self.verdict(asked, [items[test] for test in sorted(set(tests), key=self.place(asked)) if test in items])
            finally:
                file.write_bytes(kept)
            with self.out.open("a", encoding="utf-8") as out:
                out.write(json.dumps([asked["number"], *verdict]) + "\n")
        return True

    def place(self, asked: dict[str, Any]) -> Callable[[str], tuple[bool, float, str]]:
        """The order of the tests of a mutant: those of its room first, quick ones first."""
        return lambda test: (not test.startswith(asked["room"]), self.seconds.get(test, 0.0), test)

    def verdict(self, asked: dict[str, Any], items: list[pytest.Item]) -> tuple[str, str]:
        """How the tests end, and at which test."""
        at = self.out.with_suffix(".at")
        at.write_text("")
        if not (child := os.fork()):
            os._exit(self.tested(asked, items, at))
        return ENDS.get(waited(child), FAILED), at.read_text(encoding="utf-8")

    def tested(self, asked: dict[str, Any], items: list[pytest.Item], at: Path) -> int:
        """In a process of its own: the mutant is put in, and the tests are run up to the first that fails."""
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], resource.RLIM_INFINITY))
        try:
            put_in(ROOT / asked["file"], asked["text"], asked["function"])
        except Exception:  # noqa: BLE001 - such a mutant is tested in a process that loads it
            return NOT_PUT_IN
        try:
            for item, then in zip_longest(items, items[1:]):
                at.write_text(item.nodeid, encoding="utf-8")
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=then)
                if item.session.testsfailed:
                    return 1
        except BaseException:  # noqa: BLE001 - whatever a mutant makes of pytest is noticed
            return 1
        return 0


def waited(child: int) -> int:
    """The status of a process that ends, or is ended after a long time in which it waited for something."""
    ends = time.monotonic() + WALL_SECONDS
    while time.monotonic() < ends:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class NotPutInError(Exception):
    """A mutant that cannot take the place of a function that is loaded."""


def put_in(file: Path, text: str, line: int) -> None:
    """The code of the function that begins on a line is that of another text of its file; what was remembered is forgotten."""
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    made = [c for c in codes(compile(text, str(file), "exec")) if c.co_firstlineno == line]
    loaded = [f for f in functions(sys.modules[name]) if f.__code__.co_filename == str(file) and f.__code__.co_firstlineno == line]
    if not loaded or len(made) != 1:
        raise NotPutInError
    for function in loaded:
        try:
            function.__code__ = made[0]
        except ValueError:
            raise NotPutInError from None
    forget()


def forget() -> None:
    """Forget whatever functions of the package remember, that of which the rule book tells included."""
    from matcalc.book.rules import in_use
    from matcalc.memory import forget as empty

    for kept in remembering(sum(name.partition(".")[0] == "matcalc" for name in sys.modules)):
        kept.cache_clear()
    empty()
    in_use().memo.clear()


@cache
def remembering(_modules: int) -> list[_lru_cache_wrapper[Any]]:
    """The functions of the modules that are loaded that remember their values; looked for again when there are more modules."""
    loaded = [module for name, module in sys.modules.items() if name.partition(".")[0] == "matcalc"]
    return [value for module in loaded for value in vars(module).values() if isinstance(value, _lru_cache_wrapper)]


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code of the functions and methods of a module, not of what is inside them."""
    for c in code.co_consts:
        if isinstance(c, CodeType):
            yield from [c] if c.co_flags & inspect.CO_OPTIMIZED else codes(c)


def functions(module: ModuleType) -> Iterator[FunctionType]:
    """The functions and methods that a module defines, out of their decorators."""
    for value in vars(module).values():
        members = vars(value).values() if isinstance(value, type) and value.__module__ == module.__name__ else ()
        for found in (value, *members):
            while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
                inner = [getattr(found, name, None) for name in ("__wrapped__", "fget", "func", "__func__")]
                found = next((f for f in inner if callable(f)), None)
                if found is None:
                    break
            else:
                yield found


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
def spans(file: Path) -> list[tuple[int, int, str]]:
    """The first and last lines of the outermost functions of a file, decorators included, and their names."""
    out = []
    stack: list[tuple[ast.AST, str]] = [(ast.parse(file.read_text(encoding="utf-8")), "")]
    while stack:
        node, inside = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            out.append((first, node.end_lineno or node.lineno, f"{inside}{node.name}"))
        else:
            within = f"{inside}{node.name}." if isinstance(node, ast.ClassDef) else inside
            stack += [(child, within) for child in ast.iter_child_nodes(node)]
    return out


def outermost(root: Path, file: str, line: int) -> tuple[str, int]:
    """The outermost function around a line of a file, as "file:name", and its first line; an empty name outside of functions."""
    found = next(((name, first) for first, last, name in spans(root / file) if first <= line <= last), None)
    return ("", 0) if found is None else (f"{file}:{found[0]}", found[1])


def pytest_configure(config: pytest.Config) -> None:
    """What the environment asks for is registered."""
    if "REACHED" in os.environ:
        config.pluginmanager.register(Reached(Path(os.environ["REACHED"])))
    if "CHOSEN" in os.environ:
        config.pluginmanager.register(Chosen(Path(os.environ["CHOSEN"])))
    if "MUTANTS" in os.environ:
        config.pluginmanager.register(Mutants(Path(os.environ["MUTANTS"]), Path(os.environ["VERDICTS"])))
    if "CLOCK" in os.environ:
        config.pluginmanager.register(Clock(float(os.environ["CLOCK"])))
