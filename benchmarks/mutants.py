"""Mutants of the engine: one slip in one place, and whether the tests notice.

usage: python benchmarks/mutants.py [--mutants N] [--seed S] [--jobs J] [--room ROOM]... [--these K,K,...] [--reached FILE]

Each mutant is tested in a scratch copy of the checkout, first with the tests of its room, then with the rest of the quick part of the
suite (`-m "not slow"`), for at most a minute of CPU time in all. A mutant is killed by a test that fails or that does not end; one that
no test noticed within the minute has survived. Survivors are printed as diffs, unless equivalent_mutants.toml lists them with the
reason why they compute the same. The tests of the page are left out. The rule book and the constants that are limits are not mutated.

The quick part is run once without a mutant, to see which functions each test calls: a test of another room that does not call the
function of a mutant is left out. `--reached FILE` keeps what was seen, and takes it from there where FILE exists. The tests are loaded
once, and each mutant takes the place of its function in a process that is split off; what survives there, or is called while modules
are loaded, is tested again in a process of its own, which has a minute for the room and a minute for the rest. Before any of that the
tests must pass in such a process without a mutant.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from mutant_tests import ENDS, EVERYWHERE, FAILED, NOT_PUT_IN, OUT_OF_TIME, PASSED, outermost

ROOT: Final = Path(__file__).resolve().parent.parent
EQUIVALENT: Final = Path(__file__).with_name("equivalent_mutants.toml")
ROOMS: Final = ("algebra", "index", "simplify", "printing", "codegen")
COPIED: Final = ("matcalc", "rules", "tests", "docs", "benchmarks", ".ci", "pyproject.toml", "README.md", "LICENSE", "cli.py")
CPU_SECONDS: Final = 60
SOUND_SECONDS: Final = 1200
# What a test may take that takes less than two seconds without a mutant, and a run on a machine that does much else.
TEST_SECONDS: Final = 15
LARGEST_CONSTANT: Final = 12
QUICK: Final = ("-m", "not slow")
# Tests that talk to threads and processes, which a process that is split off does not have: they fail there whatever the code is.
APART: Final = "tests/page/"
COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
# Calls of one argument whose loss is a slip that a person makes.
LOSABLE: Final = ("transpose", "neg", "reversed", "sorted", "set", "frozenset", "list", "simplify", "turned")


@dataclass(frozen=True)
class Mutant:
    """One slip: the file and line, what was done, and the new text of the file."""

    file: Path
    line: int
    what: str
    before: str
    after: str
    text: str

    @property
    def room(self) -> str:
        """The room that the file stands in."""
        return self.file.parts[1]

    def told(self) -> str:
        """As a diff."""
        return f"{self.file}:{self.line}: {self.what}\n    - {self.before}\n    + {self.after}"


# ------------------------------------------------------------------------------------------------ making


Slip = tuple[Path, ast.AST, str, ast.AST]


def slips_of(file: Path) -> Iterator[Slip]:
    """Every slip in a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for node, parent in code_nodes(tree):
        yield from ((file, node, what, new) for what, new in changes(node, parent))


def code_nodes(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The nodes in bodies of functions, with their parents: no annotations, docstrings, defaults, messages of errors or assertions."""
    stack: list[tuple[ast.AST, ast.AST, bool]] = [(tree, tree, False)]
    while stack:
        node, parent, inside = stack.pop()
        if inside:
            yield node, parent
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            stack += [(n, node, True) for n in node.body if not is_docstring(n)]
        elif isinstance(node, ast.AnnAssign):
            stack += [(node.value, node, inside)] if node.value is not None else []
        elif not is_meter(node) and not isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)):
            stack += [(n, node, inside) for n in ast.iter_child_nodes(node)]


def is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a bare string."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_meter(node: ast.AST) -> bool:
    """Whether a call only counts the work that is done."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "spend"


def changes(node: ast.AST, parent: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """(what is done, the node in place of this one); the order of what is looked through for membership says nothing."""
    if isinstance(node, ast.Tuple) and isinstance(parent, ast.Compare):
        return
    for kind, make in MAKERS:
        if isinstance(node, kind):
            yield from make(node)


def _compare(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    if len(node.ops) == 1:
        yield "comparison", changed(node, ops=[COMPARED[type(node.ops[0])]()])


def _binary(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    if type(node.op) in OPERATORS and not isinstance(node.left, (ast.JoinedStr, ast.List, ast.Tuple)):
        yield "operator", changed(node, op=OPERATORS[type(node.op)]())
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult)):
        yield "operands swapped", changed(node, left=node.right, right=node.left)
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
        yield "right operand lost", node.left


def _boolean(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    yield "and for or", changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for k in range(len(node.values)):
        rest = node.values[:k] + node.values[k + 1 :]
        yield "condition lost", rest[0] if len(rest) == 1 else changed(node, values=rest)


def _unary(node: ast.UnaryOp) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.op, ast.Not):
        yield "negation lost", node.operand
    elif isinstance(node.op, ast.USub):
        yield "sign lost", node.operand


def _if(node: ast.If) -> Iterator[tuple[str, ast.AST]]:
    yield "condition negated", negated(node.test)
    yield "branch dropped", ast.Constant(value=False)


def _conditional(node: ast.IfExp) -> Iterator[tuple[str, ast.AST]]:
    yield "branches swapped", changed(node, body=node.orelse, orelse=node.body)


def _constant(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield "constant", ast.Constant(value=not node.value)
    elif isinstance(node.value, int) and abs(node.value) <= LARGEST_CONSTANT:
        yield "constant", ast.Constant(value=node.value + 1)
        if node.value > 0:
            yield "constant", ast.Constant(value=node.value - 1)


def _call(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in ("isinstance", "cast", "zip", "getattr", "field"):
        return
    plain = [a for a in node.args if not isinstance(a, ast.Starred)]
    if len(plain) == len(node.args) >= 2:
        yield "arguments swapped", changed(node, args=[node.args[1], node.args[0], *node.args[2:]])
    if name in LOSABLE and len(node.args) == 1 and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
        yield f"{name} lost", node.args[0]


def _tuple(node: ast.Tuple) -> Iterator[tuple[str, ast.AST]]:
    if len(node.elts) == 2 and isinstance(node.ctx, ast.Load) and not any(isinstance(e, (ast.Starred, ast.Slice)) for e in node.elts):
        yield "pair swapped", changed(node, elts=node.elts[::-1])


def _comprehension(node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Iterator[tuple[str, ast.AST]]:
    if node.generators[0].ifs:
        first = changed(node.generators[0], ifs=[])
        yield "filter lost", changed(node, generators=[first, *node.generators[1:]])


MAKERS: Final[tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[[Any], Iterator[tuple[str, ast.AST]]]], ...]] = (
    (ast.Compare, _compare), (ast.BinOp, _binary), (ast.BoolOp, _boolean), (ast.UnaryOp, _unary), (ast.If, _if), (ast.IfExp, _conditional),
    (ast.Constant, _constant), (ast.Call, _call), (ast.Tuple, _tuple), ((ast.ListComp, ast.GeneratorExp, ast.SetComp), _comprehension),
)  # fmt: skip


def changed(node: ast.AST, **fields: object) -> ast.AST:
    """A copy with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def negated(test: ast.expr) -> ast.AST:
    """The opposite of a condition."""
    return test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else ast.UnaryOp(op=ast.Not(), operand=test)


def replaced(slip: Slip) -> Mutant | None:
    """The file with another text for a node; None where that is no Python or nothing else."""
    file, node, what, new = slip
    text = (ROOT / file).read_text(encoding="utf-8")
    at = node.test if isinstance(node, ast.If) else node
    assert isinstance(at, ast.expr) and at.end_lineno is not None and at.end_col_offset is not None
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: at.lineno - 1])) + at.col_offset
    end = sum(map(len, lines[: at.end_lineno - 1])) + at.end_col_offset
    source = text.encode()
    spelled = ast.unparse(ast.fix_missing_locations(new))
    if isinstance(new, (ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.IfExp, ast.Compare)) or (isinstance(new, ast.Tuple) and spelled[0] != "("):
        spelled = f"({spelled})"
    made = (source[:start] + spelled.encode() + source[end:]).decode()
    try:
        same = ast.dump(ast.parse(made)) == ast.dump(ast.parse(text))
    except SyntaxError:
        return None
    if same:
        return None
    before = " ".join(source[sum(map(len, lines[: at.lineno - 1])) : sum(map(len, lines[: at.end_lineno]))].decode().split())
    tail = len(lines[at.end_lineno - 1]) - at.end_col_offset
    after = " ".join((source[sum(map(len, lines[: at.lineno - 1])) : start] + spelled.encode() + source[end : end + tail]).decode().split())
    return Mutant(file, at.lineno, what, before, after, made)


def chosen(rooms: tuple[str, ...], count: int, seed: int) -> list[Mutant]:
    """As many from every room, drawn without returning; code that changes elsewhere leaves a draw as it is."""
    out: list[Mutant] = []
    for k, room in enumerate(rooms):
        files = sorted((ROOT / "matcalc" / room).rglob("*.py"))
        every = [placed for file in files for placed in lots(file.relative_to(ROOT), seed)]
        made = (mutant for _, slip in sorted(every, key=itemgetter(0)) if (mutant := replaced(slip)) is not None)
        out += islice(made, count // len(rooms) + (k < count % len(rooms)))
    return out


def lots(file: Path, seed: int) -> Iterator[tuple[bytes, Slip]]:
    """(the lot, the slip) for every slip in a file; the lot is made from the line and the slip alone, and how often it came before."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    met = Counter[str]()
    for slip in slips_of(file):
        _, node, what, new = slip
        at = node.test if isinstance(node, ast.If) else node
        assert isinstance(at, ast.expr)
        said = f"{seed} {file} {lines[at.lineno - 1].strip()} {at.col_offset} {what} {ast.unparse(new)}"
        met[said] += 1
        yield sha256(f"{said} {met[said]}".encode()).digest(), slip


# ------------------------------------------------------------------------------------------------ testing


Seen = dict[str, tuple[float, list[str]]]
Numbered = tuple[int, Mutant]


class Scratch:
    """A copy of the checkout in which one mutant at a time is tested."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: Seen = {}
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy2(source, folder / name)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "matcalc", "tests"], cwd=folder, check=True)

    def look(self, file: Path) -> None:
        """Which functions each test that passes calls, from a file where it was seen before."""
        if not file.exists():
            self.pytest([*QUICK, "tests"], {"REACHED": str(file), "PYTHONDONTWRITEBYTECODE": ""})
        self.seen = json.loads(file.read_text(encoding="utf-8"))

    def verdicts(self, mutants: Sequence[Numbered]) -> Iterator[tuple[Numbered, str]]:
        """Which tests killed each mutant, those of its room or of the rest of the quick part; or that it survived."""
        by_number, again = dict(mutants), list[Numbered]()
        for number, end, at in self.ends([self.asked(k, m) for k, m in mutants]):
            mutant = by_number[number]
            # A function that is called while modules are loaded has done so with its own code.
            if end in (PASSED, OUT_OF_TIME, ENDS[NOT_PUT_IN]):
                again.append((number, mutant))
            else:
                yield (number, mutant), self.said(mutant, end, at)
        yield from (((k, m), self.verdict(m)) for k, m in again)

    def ends(self, mutants: Sequence[dict[str, Any]]) -> Iterator[tuple[int, str, str]]:
        """(number, how its tests end, at which of them) for each mutant, in a process that is split off for it."""
        asked, out = self.folder / "asked.json", self.folder / "verdicts"
        seconds = {test: took for test, (took, _) in self.seen.items()}
        asked.write_text(json.dumps({"mutants": mutants, "seconds": seconds}), encoding="utf-8")
        out.write_text("")
        environment = {"MUTANTS": str(asked), "VERDICTS": str(out), "CLOCK": str(TEST_SECONDS)}
        running = ThreadPoolExecutor(1).submit(self.pytest, [*QUICK, "tests"], environment)
        with out.open(encoding="utf-8") as told:
            for _ in mutants:
                while not (line := told.readline()).endswith("\n"):
                    if running.done():
                        raise SystemExit(f"the tests ended early:\n{(self.folder / 'said').read_text()[-3000:]}")
                    told.seek(told.tell() - len(line))
                    time.sleep(0.2)
                yield tuple(json.loads(line))
        running.result()

    def pass_without(self, mutant: Mutant) -> None:
        """Ends the program where a test fails that should pass: in place of a mutant stands what it is made from."""
        tests = [test for test in self.seen if test != EVERYWHERE and not test.startswith(APART)]
        text = (ROOT / mutant.file).read_text(encoding="utf-8")
        for _, end, at in self.ends([{**self.asked(0, mutant), "text": text, "tests": tests, "seconds": SOUND_SECONDS}]):
            if end != PASSED:
                raise SystemExit(f"without a mutant: {end}, {at}")

    def said(self, mutant: Mutant, end: str, at: str) -> str:
        """A verdict in words."""
        if end in (PASSED, OUT_OF_TIME):
            return "survived"
        return f"killed by {'its room' if at.startswith(f'tests/{mutant.room}/') else 'the quick part'}: {end}, {at.partition('/')[2]}"

    def asked(self, number: int, mutant: Mutant) -> dict[str, Any]:
        """What the plugin needs of a mutant."""
        _, line = outermost(ROOT, str(mutant.file), mutant.line)
        told = {"number": number, "file": str(mutant.file), "text": mutant.text, "function": line}
        return {**told, "room": f"tests/{mutant.room}/", "tests": self.tests_of(mutant), "seconds": CPU_SECONDS}

    def verdict(self, mutant: Mutant) -> str:
        """The verdict on a mutant in a process of its own, which loads everything anew."""
        place = self.folder / mutant.file
        kept = place.read_bytes()
        tests = self.tests_of(mutant)
        inside = [test for test in tests if test.startswith(f"tests/{mutant.room}/")]
        try:
            place.write_text(mutant.text, encoding="utf-8")
            os.utime(place, (1, 1))
            status = self.run(inside) or self.run(tests[len(inside) :])
        finally:
            place.write_bytes(kept)
            shutil.copystat(ROOT / mutant.file, place)
        failed = [line.split()[1] for line in (self.folder / "said").read_text().splitlines() if line.startswith(("FAILED", "ERROR"))]
        return self.said(mutant, ENDS.get(status, FAILED), failed[0] if failed else "")

    def run(self, tests: list[str]) -> int:
        """The status of a run of some tests, up to the first that fails."""
        chosen = self.folder / "chosen"
        chosen.write_text("\n".join(tests), encoding="utf-8")
        files = sorted({test.partition("::")[0] for test in tests})
        return self.pytest(["-x", *files], {"CHOSEN": str(chosen), "CLOCK": str(TEST_SECONDS)}, CPU_SECONDS) if tests else 0

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that call the function of a mutant, those of its room first, quick ones first."""
        function, _ = outermost(ROOT, str(mutant.file), mutant.line)
        every = function in self.seen[EVERYWHERE][1]
        found = [
            (not test.startswith(f"tests/{mutant.room}/"), seconds, test)
            for test, (seconds, calls) in self.seen.items()
            if test != EVERYWHERE and not test.startswith(APART) and (every or function in calls)
        ]
        return [test for _, _, test in sorted(found)]

    def pytest(self, words: list[str], environment: dict[str, str], seconds: int | None = None) -> int:
        """The status of a run of pytest in the copy, for so much CPU time; less than 0 for a signal."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "mutant_tests", "-p", "no:cacheprovider", "-p", "no:xdist", *words]
        paths = os.pathsep.join([str(self.folder), str(self.folder / "benchmarks")])
        limit = resource.RLIM_INFINITY if seconds is None else seconds
        with (self.folder / "said").open("w") as said:
            run = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **environment},
                stdout=said, stderr=said, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY)),
            )  # fmt: skip
            return run.wait()


def equivalents() -> dict[tuple[str, str, str], str]:
    """(file, line, changed line) of the mutants that compute the same, with the reason."""
    if not EQUIVALENT.exists():
        return {}
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("mutant", [])
    return {(m["file"], m["line"], m["becomes"]): m["reason"] for m in listed}


def options() -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--jobs", type=int, default=1, metavar="J")
    parser.add_argument("--room", action="append", choices=ROOMS)
    parser.add_argument("--these", type=lambda text: {int(k) for k in text.split(",")}, metavar="K,K,...", help="only these of the mutants")
    parser.add_argument("--reached", type=Path, metavar="FILE", help="where it is kept which functions the tests call")
    return parser.parse_args()


def main() -> int:
    """Tests the mutants; 1 where one survives that is not listed as equivalent."""
    asked = options()
    drawn = enumerate(chosen(tuple(asked.room or ROOMS), asked.mutants, asked.seed))
    every = [(k, mutant) for k, mutant in drawn if not asked.these or k in asked.these]
    known, counts = equivalents(), Counter[str]()

    def told(numbered: Numbered, verdict: str) -> None:
        k, mutant = numbered
        counts[verdict.partition(":")[0]] += 1
        print(f"[{k}] {verdict}: {mutant.told() if verdict == 'survived' else f'{mutant.file}:{mutant.line}: {mutant.what}'}", flush=True)

    open_ones = []
    for numbered in every:
        if (str(numbered[1].file), numbered[1].before, numbered[1].after) in known:
            told(numbered, "equivalent")
        else:
            open_ones.append(numbered)
    with tempfile.TemporaryDirectory() as top, ThreadPoolExecutor(asked.jobs) as pool:

        def test(job: int) -> None:
            for numbered, verdict in scratches[job].verdicts(open_ones[job :: asked.jobs]):
                told(numbered, verdict)

        scratches = [Scratch(Path(top) / str(k)) for k in range(asked.jobs)]
        for scratch in scratches:
            scratch.look(asked.reached or Path(top) / "reached.json")
        if open_ones:
            scratches[0].pass_without(open_ones[0][1])
        list(pool.map(test, range(asked.jobs)))
    print(f"{len(every)} mutants: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common()))
    return int(counts["survived"] > 0)


if __name__ == "__main__":
    sys.exit(main())
