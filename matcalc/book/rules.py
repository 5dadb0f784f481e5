"""The rule book: every known function with its shapes, differential, printing, sampling domain and source.

The entries are tables of rules/*.toml (see rules/README.md), over which a user may layer files of their own. A table is
read whole at once, since names and shapes are needed to parse anything; the strings in the notation (`d`, `derivative`,
`means`) are parsed when first used. One book is in use at a time, in this thread: `use` says which.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property, lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar
from weakref import ref

from matcalc.book.files import MOVES, rule_files
from matcalc.book.frechet import SUFFIX, with_frechet
from matcalc.book.helpers import with_helpers
from matcalc.book.rule import Param as Param
from matcalc.book.rule import Rule as Rule
from matcalc.book.tables import tables_of
from matcalc.errors import UsageError
from matcalc.kept import kept, times_of
from matcalc.patterns import late
from matcalc.records import dataclass, restored

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

KINDS: Final = ("elementwise", "linear", "bilinear", "explicit", "matrix function")
KEYS: Final = frozenset(
    "kind args value derivative d function frechet jacobian adjoint means latex unicode numpy numpy_helper jax jax_helper".split()
    + "torch torch_helper domain kinks".split()
    + "parity transposes on_diagonal transposed gives at_zero at_one degree of_sum aliases uses yields ties source note".split()
    + "entries columns written short_for assumes indexed by_entries in_entries tall extends spectrum computes signed".split()
    + "curvature monotone range in_exponentials keeps_entries symbol".split()
    + "inverse resolvent proximal complex code definite".split()
)
LISTS: Final = ("args", "aliases", "gives", "transposed", "uses", "computes", "curvature")
PARTED: Final = ("spectrum", "code", "definite")
FLAGS: Final = ("transposes", "on_diagonal", "yields", "by_entries", "in_entries", "tall", "signed", "keeps_entries")
TEXTS: Final = KEYS - {*LISTS, *PARTED, *FLAGS}
NEEDED: Final = {"elementwise": "derivative", "matrix function": "function"}
VARIABLE: Final = "MATCALC_RULES"
NAME: Final = late(r"[A-Za-z][A-Za-z0-9_]*")
# A function that a text of the book calls.
CALL: Final = re.compile(r"([A-Za-z_]\w*)\(")
INDEX: Final = "index of "
ARRAYS: Final = frozenset({"ones", "zeros", "eye", "lower", "upper", "half_lower", "half_upper", "K"})
# What a function that is no other of complex numbers than of real ones is called: `principal` where it has cuts.
HOLOMORPHIC: Final = ("holomorphic", "principal")

# The modules of this room on which it depends what a rule is that is read from a table.
READERS: Final = ("rules", "rule", "helpers", "frechet")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Table:
    """A table of [[identity]]: what it says, its file, and the line on which it begins, 0 where that is not known."""

    says: Mapping[str, Any]
    file: str
    line: int = 0

    @property
    def place(self) -> str:
        """As that of a rule."""
        return f"{self.file}, line {self.line}" if self.line else self.file


class Book:
    """The functions and identities that are known: those of the package, and those of the user's own files over them.

    `nodes` holds the expressions that were made with this book in use, as long as something else does too, `memo` what was
    worked out from it: expressions of two books are never the same object, so that a function of which two books say different
    things is not confused.
    """

    def __init__(self, own: Iterable[str | os.PathLike[str]] | None = None) -> None:
        self._own = None if own is None else tuple(os.fspath(p) for p in own)
        self.nodes: dict[tuple[Any, ...], ref[Any]] = {}
        self.memo: dict[Any, Any] = {}
        self.is_checked = False

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The user's own files: those given, or those that the environment variable MATCALC_RULES names."""
        return own_files() if self._own is None else self._own

    @cached_property
    def _read(self) -> tuple[dict[str, Rule], tuple[Table, ...]]:
        functions, identities = _read_files_of_the_package()
        for path in self.own:
            more, laws = _read_own(path)
            functions = completed(_added(functions, more))
            identities += laws
        return functions, tuple(identities)

    @property
    def functions(self) -> Mapping[str, Rule]:
        """Every function by its name."""
        return self._read[0]

    @property
    def identities(self) -> tuple[Table, ...]:
        """The tables of identities, the user's own last."""
        return self._read[1]

    @cached_property
    def aliases(self) -> Mapping[str, Rule]:
        """Every function by each other name that it has."""
        return {alias: rule for rule in self.functions.values() for alias in rule.aliases}

    @cached_property
    def _by_name(self) -> Mapping[str, Rule]:
        return {**self.aliases, **self.functions}

    def find(self, name: str) -> Rule | None:
        """The rule of a function, by its name or an alias."""
        return self._by_name.get(name)

    def names(self) -> list[str]:
        """The names of all functions, sorted."""
        return sorted(self.functions)

    def own_rules(self) -> list[Rule]:
        """The functions of the user's own files."""
        return [rule for rule in self.functions.values() if rule.file in self.own]

    def own_identities(self) -> list[Table]:
        """The identities of the user's own files."""
        return [table for table in self.identities if table.file in self.own]

    def leave_out(self, rule: Rule) -> None:
        """Take a function out of the book, before anything was made with it."""
        functions, identities = self._read
        self.__dict__["_read"] = ({name: r for name, r in functions.items() if r is not rule}, identities)
        self.__dict__.pop("aliases", None)
        self.__dict__.pop("_by_name", None)

    def with_rules(self, *rules: Rule) -> Book:
        """A book with these rules over those of this one, in place of those of the same name."""
        made = Book(self.own)
        kept = {name: rule for name, rule in self.functions.items() if name not in {r.name + SUFFIX for r in rules}}
        made.__dict__["_read"] = (completed({**kept, **{rule.name: rule for rule in rules}}), self.identities)
        return made


DEFAULT: Final = Book()
IN_USE: Final[ContextVar[Book]] = ContextVar("the book in use", default=DEFAULT)


def in_use() -> Book:
    """The book in use: that of the package with the files of MATCALC_RULES, unless `use` says another."""
    return IN_USE.get()


@contextmanager
def use(book: Book) -> Iterator[Book]:
    """Within it, this book is in use."""
    token = IN_USE.set(book)
    try:
        yield book
    finally:
        IN_USE.reset(token)


def per_book(function: Callable[P, R]) -> Callable[P, R]:
    """A function of hashable arguments whose values are remembered, apart for every book."""

    @wraps(function)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
        memo = IN_USE.get().memo
        key = (function, args)
        try:
            found: R = memo[key]
        except KeyError:
            found = memo[key] = function(*args, **kwargs)
        return found

    return remembered


def in_complex(rule: Rule) -> str:
    """What a function is of complex numbers: a word of HOLOMORPHIC, a formula, or empty where it is one of real numbers only."""
    return rule.complex or (HOLOMORPHIC[0] if rule.kind in ("linear", "bilinear") else "")


def is_entrywise(rule: Rule) -> bool:
    """Whether a function is one of every entry: an elementwise one, or a linear one of an array and its conjugate."""
    return rule.kind == "elementwise" or rule.kind == "linear" and rule.complex not in ("", *HOLOMORPHIC)


REAL_ONLY: Final = frozenset({"positive", "psd", "spd", "simplex"})


@per_book
def holds_of_complex(texts: tuple[str, ...], known: frozenset[str]) -> bool:
    """Whether what holds of real arguments with these properties holds of complex ones: both sides are holomorphic without cuts.

    Two holomorphic functions that are equal at all real arguments are equal (Conway, Functions of One Complex Variable, IV.3.8).
    """
    called = {name for text in texts for name in CALL.findall(text)} - ARRAYS
    rules = [find(name) for name in called]
    plain = all(rule is not None and in_complex(rule) == HOLOMORPHIC[0] for rule in rules)
    return plain and known.isdisjoint(REAL_ONLY) and not any("^(" in text for text in texts)


def find(name: str) -> Rule | None:
    """The rule of a function of the book in use, by its name or an alias."""
    return IN_USE.get()._by_name.get(name)


def names() -> list[str]:
    """The names of all functions of the book in use, sorted."""
    return IN_USE.get().names()


def spellings() -> list[str]:
    """Every name by which a function of the book may be called."""
    return [*IN_USE.get().names(), *IN_USE.get().aliases]


# --------------------------------------------------------------------------------------------------- reading


def own_files() -> tuple[str, ...]:
    """The files that the environment variable MATCALC_RULES names."""
    return tuple(path for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path)


def _read_files_of_the_package() -> tuple[dict[str, Rule], list[Table]]:
    """The functions and identities of the package; the rules are kept as they come out of the reading, with what follows from them."""
    files = [f for f in rule_files() if f.name != MOVES]
    paths = [f for f in files if isinstance(f, Path)]
    if len(paths) < len(files):
        return _read_tables(files)
    read_by = [Path(__file__).with_name(f"{module}.py") for module in READERS]
    packed, tables = kept(os.fspath(paths[0].with_name("book.toml")), times_of([*paths, *read_by]), lambda: _packed(*_read_tables(files)))
    return {name: _unpacked(*parts) for name, parts in packed.items()}, [Table(says, file) for says, file in tables]


def _packed(functions: Mapping[str, Rule], identities: Sequence[Table]) -> tuple[dict[str, Any], list[Any]]:
    """Rules and identities as plain values; what is not said of a function has the default, which is empty for all."""
    packed = {}
    for name, rule in functions.items():
        said = {key: value for key, value in vars(rule).items() if value and key != "params"}
        packed[name] = ([(p.name, p.shape, p.counts) for p in rule.params], said)
    return packed, [(table.says, table.file) for table in identities]


def _unpacked(params: Sequence[tuple[Any, ...]], said: Mapping[str, Any]) -> Rule:
    return restored(Rule, {"params": tuple([Param(*p) for p in params]), **said})


def _read_tables(files: Iterable[Traversable]) -> tuple[dict[str, Rule], list[Table]]:
    rules: list[Rule] = []
    identities: list[Table] = []
    for file in files:
        for name, table in tables_of(file).items():
            if name == "identity":
                identities += [Table(t, file.name) for t in table]
            else:
                rules.append(read_rule(name, table, file.name))
    return completed(_added({}, rules)), identities


def completed(functions: Mapping[str, Rule]) -> dict[str, Rule]:
    """The functions with the code that they use of others, and with the Fréchet derivatives of those that lack one."""
    return with_frechet(with_helpers(functions))


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _read_own(path: str) -> tuple[list[Rule], list[Table]]:
    """The functions and identities of a user's file, with their lines."""
    import tomllib  # only a user's own file is parsed each time

    try:
        text = _text(Path(path))
        tables = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"the rules {path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}", hint="rules are tables in TOML, such as [cube] with kind, derivative, numpy, source") from None
    from matcalc.book.toml_lines import located  # the package's own files are read without their lines

    lines = located(text)
    laws = tables.pop("identity", [])
    if not isinstance(laws, list):
        raise UsageError(f"{path}, line {lines['identity',]}: an identity is a table of [[identity]]")
    rules = [_own_rule(name, table, path, lines[name,]) for name, table in tables.items()]
    return rules, [Table(t, path, lines["identity", k]) for k, t in enumerate(laws)]


def _own_rule(name: str, table: Any, path: str, line: int) -> Rule:
    if not isinstance(table, dict):
        raise UsageError(f"{path}, line {line}: {name} stands outside of a table", hint="a function is a table, such as [cube]")
    if not NAME().fullmatch(name):
        raise UsageError(f"{path}, line {line}: {name!r} is no name", hint="a name starts with a letter and holds letters, digits and _")
    return read_rule(name, table, path, line)


def _added(functions: Mapping[str, Rule], rules: Iterable[Rule]) -> dict[str, Rule]:
    """The functions and more of them.

    Raises UsageError where the name or an alias of one is taken.
    """
    taken = {name: rule for rule in functions.values() for name in (*rule.aliases, rule.name)}
    made = dict(functions)
    for rule in rules:
        for name in (rule.name, *rule.aliases):
            other = taken.setdefault(name, rule)
            if other is not rule:
                what = f"the function {name}" if name == other.name else f"the name {name} of the function {other.name}"
                raise UsageError(f"{rule.place}: {what} is in {_placed(other)} already", hint="give it another name")
        made[rule.name] = rule
    return made


def _placed(rule: Rule) -> str:
    """The place of a rule, its line looked up where it was not needed so far."""
    if rule.line:
        return rule.place
    from matcalc.book.toml_lines import located

    text = next((_text(file) for file in rule_files() if file.name == rule.file), "")
    return replace(rule, line=located(text).get((rule.name,), 0)).place


def read_rule(name: str, table: Mapping[str, Any], file: str, line: int = 0) -> Rule:
    """A rule from its table.

    Raises UsageError for an unknown key (with a suggestion), an unknown kind, a missing part, or one of the wrong type.
    """
    where = f"{file}, line {line}" if line else file
    _check_keys(f"{where}: {name}", table)
    kind = table.get("kind", "")
    if kind not in KINDS:
        from difflib import get_close_matches  # only a word that is no name needs it

        near = get_close_matches(str(kind), KINDS, 1)
        hint = f"did you mean {near[0]!r}?" if near else None
        raise UsageError(f"{where}: {name} has kind {kind!r}; it is one of {', '.join(KINDS)}", hint=hint)
    for key in (*([NEEDED[kind]] if kind in NEEDED else []), "numpy", "source"):
        if not table.get(key):
            raise UsageError(f"{where}: {name} lacks {key!r}")
    if kind == "explicit" and table.get("function"):
        kind = "matrix function"
    if kind == "explicit" and not (table.get("d") or table.get("jacobian") or table.get("adjoint")):
        raise UsageError(f"{where}: {name} lacks 'd'")
    rest = {k: v for k, v in table.items() if k not in ("kind", "value", *LISTS)}
    params = tuple(read_param(a) for a in table.get("args", ["x: m x n" if kind == "elementwise" else "A: m x n"]))
    return Rule(
        name,
        kind,
        params,
        read_shape(table.get("value", "m x n")),
        file,
        line=line,
        aliases=tuple(table.get("aliases", ())),
        transposed=tuple(table.get("transposed", ())),
        computes=tuple(table.get("computes", ())),
        uses=tuple(table.get("uses", ())),
        gives=tuple(_given(text) for text in table.get("gives", ())),
        curvature=tuple(_given(text) for text in table.get("curvature", ())),
        **{"transposes": kind == "elementwise", "on_diagonal": kind == "matrix function", **rest},
    )


def _given(text: str) -> tuple[str, str]:
    """`symmetric -> spd` as what the argument has and what the value then has; `positive` alone is had of any argument."""
    of, arrow, given = text.partition("->")
    return (of.strip(), given.strip()) if arrow else ("", of.strip())


def _check_keys(what: str, table: Mapping[str, Any]) -> None:
    """Refuse an unknown key, and a value that is neither a text nor, where it is to be, a list of texts or a truth value."""
    for key, value in table.items():
        if type(value) is str and key in TEXTS:
            continue
        if key not in KEYS:
            from difflib import get_close_matches  # only a word that is no name needs it

            near = get_close_matches(key, KEYS, 1)
            raise UsageError(f"{what} has an unknown key {key!r}", hint=f"did you mean {near[0]!r}?" if near else None)
        if key in PARTED:
            wrong = not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values())
        elif key in LISTS:
            wrong = not isinstance(value, list) or not all(isinstance(v, str) for v in value)
        else:
            wrong = not isinstance(value, bool if key in FLAGS else str)
        if wrong:
            kinds = ((PARTED, "a table of texts"), (FLAGS, "true or false"), (LISTS, "a list of texts"))
            wanted = next((told for keys, told in kinds if key in keys), "a text")
            raise UsageError(f"{what}: {key} is {value!r}, it must be {wanted}")


@lru_cache(1024)
def read_param(text: str) -> Param:
    """A parameter of `A: m x n`, `x: n`, `t: scalar` or `k: index of n`, which counts from 1 up to n."""
    name, _, shape = (part.strip() for part in text.partition(":"))
    if shape.startswith(INDEX):
        return Param(name, read_shape("scalar"), tuple(size.strip() for size in shape.removeprefix(INDEX).split(",")))
    return Param(name, read_shape(shape))


def read_shape(text: str) -> tuple[str, str]:
    """The dimension names of `m x n`, `n` (a column) or `scalar`."""
    parts = [p.strip() for p in text.strip().split(" x ")]
    if parts[0] == "scalar":
        return ("1", "1")
    return (parts[0], parts[1]) if len(parts) == 2 else (parts[0], "1")


def book_of(rules: Sequence[str | os.PathLike[str]]) -> Book:
    """The book in use with more files of the user's own over it, read but not checked."""
    own = in_use().own
    return Book(dict.fromkeys((*own, *(os.fspath(r) for r in rules))))
