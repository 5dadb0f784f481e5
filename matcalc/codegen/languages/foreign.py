"""What languages share whose signs for products entry by entry are not Python's, and which count from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import ClassVar, NamedTuple

from matcalc.algebra.node import Expr
from matcalc.algebra.walk import is_vector
from matcalc.book.rules import Rule
from matcalc.book.sizes import axes
from matcalc.codegen.arguments import length_of
from matcalc.codegen.arrays import Node
from matcalc.codegen.code import ATOM, POWER, PRODUCT, SIGN, SUM, Code, added
from matcalc.codegen.dialects import Dialect
from matcalc.codegen.emitting import Emitter, parameter
from matcalc.errors import UsageError
from matcalc.scalars import S


class Part(NamedTuple):
    """A factor or term: its code, and whether it is an array."""

    code: Code
    is_array: bool


class Foreign(Emitter):
    """Spells products, quotients and powers by the signs of a language, those entry by entry apart from those with numbers."""

    times: ClassVar[tuple[str, str]] = ("*", ".*")
    over: ClassVar[tuple[str, str]] = ("/", "./")
    raised: ClassVar[tuple[str, str]] = ("^", ".^")
    slots: ClassVar[str] = "({})"

    def _spread(self, a: Node, n: Node) -> Part:
        """An array beside others of n, as the language repeats it."""
        return Part(self._codes[a], bool(a.dims))

    def _product(self, n: Node) -> Code:
        c, cut = n.data
        minus, over, under = self._constants.fraction(c) if c is not S.One else (False, [], [])
        parts = [self._spread(a, n) for a in n.args]
        above = sorted([*(Part(f, False) for f in over), *parts[:cut]], key=lambda p: p.is_array)
        below = sorted([*(Part(f, False) for f in under), *parts[cut:]], key=lambda p: p.is_array)
        made = self._multiplied(above) if above else Part(Code("1"), False)
        if below:
            divisor = self._multiplied(below)
            sign = self.over[divisor.is_array]
            made = Part(Code(f"{made.code.at(PRODUCT)}{sign}{divisor.code.at(SIGN)}", PRODUCT), made.is_array or divisor.is_array)
        return Code("-" + made.code.at(PRODUCT), min(made.code.level, PRODUCT)) if minus else made.code

    def _multiplied(self, parts: Sequence[Part]) -> Part:
        """A product of numbers and then of arrays."""
        made = parts[0]
        for p in parts[1:]:
            sign = self.times[made.is_array and p.is_array]
            made = Part(Code(f"{made.code.at(PRODUCT)}{sign}{p.code.at(SIGN)}", PRODUCT), made.is_array or p.is_array)
        return made

    def _sum(self, n: Node) -> Code:
        return added([self._spread(a, n).code for a in n.args], n.data)

    def _power(self, n: Node) -> Code:
        base, exponent = (self._codes[a] for a in n.args)
        sign = self.raised[any(a.dims for a in n.args)]
        return Code(f"{base.at(ATOM)}{sign}{exponent.at(ATOM)}", POWER)

    def _array_of(self, a: Node) -> Code:
        return self._codes[a]

    def _stored(self, n: Node, code: Code) -> Code:
        """An identity matrix, or one with an axis in two, has no name: where it is an operand of entries, nothing is made of it."""
        return code if n.op == "eye" or _is_split_eye(n) else super()._stored(n, code)

    def template(self, text: str, rule: Rule) -> tuple[int, frozenset[str], frozenset[str]]:
        return foreign_template(text, rule)

    # -- entries, counted from 1

    def at_place(self, code: Code, *places: str) -> Code:
        """Some entries of an array."""
        return Code(f"{code.at(ATOM)}{self.slots.format(', '.join(places))}")

    def _index(self, n: Node) -> Code:
        (a,) = n.args
        places = [self.all_of if p == ":" else str(int(p) + 1) for p in n.data.split(", ")]
        if len(places) == 1 and len(a.dims) == 2:
            return self.across(self.at_place(self._codes[a], *places, self.all_of))
        return self.at_place(self._codes[a], *places)

    all_of: ClassVar[str] = ":"
    range_of: ClassVar[str] = "{}:{}"

    def across(self, row: Code) -> Code:
        """A row that was taken out of a matrix, as a vector."""
        return row

    def _part(self, n: Node) -> Code:
        axis, first, last = n.data
        (a,) = n.args
        alone = len(n.dims) < len(a.dims)
        where = self._size(first) if alone else self.range_of.format(self._size(first), self._size(last))
        if len(a.dims) == 1:
            return self.at_place(self._codes[a], where)
        places = (where, self.all_of) if axis == 0 else (self.all_of, where)
        found = self.at_place(self._codes[a], *places)
        return self.across(found) if alone and axis == 0 else found

    # -- an entry of the index form

    def index_name(self, letter: str) -> str:
        """The name of an index, the same in every loop."""
        if letter not in self.indices:
            self.indices[letter] = self.free(letter)
        return self.indices[letter]

    @cached_property
    def indices(self) -> dict[str, str]:
        """The names of the indices so far."""
        return {}

    def _einsum(self, n: Node) -> Code:
        return self.contracted(Contraction(self, n))

    def contracted(self, c: Contraction) -> Code:
        """A sum of products of entries."""
        raise NotImplementedError


@cache
def foreign_template(text: str, rule: Rule) -> tuple[int, frozenset[str], frozenset[str]]:
    """What `read_template` tells, of a template that is no Python: a call binds tightly, and anything else loosely."""
    bare, repeated = set(), set()
    for token in ("{" + p.name + "}" for p in rule.params):
        found = list(re.finditer(re.escape(token), text))
        if len(found) > 1:
            repeated.add(token[1:-1])
        if all(re.search(r"[(\[,] ?$", text[: m.start()]) and re.match(r"[,)\]]", text[m.end() :]) for m in found):
            bare.add(token[1:-1])
    return ATOM if _is_call(text) else SUM, frozenset(bare), frozenset(repeated)


def _is_call(text: str) -> bool:
    """Whether it is one call from its beginning to its end."""
    opened = re.match(r"[\w.]*[(\[]", text)
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if opened and depth == 0 and at >= opened.end() - 1:
            return at == len(text) - 1
    return False


class Contraction:
    """A sum of products of entries: loops over letters, those that deltas tie together as one, the factors and the place of the value."""

    def __init__(self, emitter: Foreign, n: Node) -> None:
        inputs, _, out = n.data.partition("->")
        self.dims = n.dims
        self.out = list(out)
        self.same: dict[str, str] = {}
        self.sizes: dict[str, str] = {}
        self.factors: list[tuple[str, list[str]]] = []
        self.made_of: dict[str, tuple[str, str]] = {}
        self.emitter = emitter
        for letters, a in zip(inputs.split(","), n.args, strict=True):
            self._met(list(letters), a)
        self.made_of = {self.first(whole): parts for whole, parts in self.made_of.items()}
        met = dict.fromkeys(inputs.replace(",", ""))
        self.index = {letter: emitter.index_name(letter) for letter in met if self.first(letter) == letter}

    def _met(self, letters: list[str], a: Node) -> None:
        if a.op == "eye":
            first, second = sorted(map(self.first, letters), key=lambda letter: letter not in self.out)
            self.same |= {second: first} if first != second else {}
        elif _is_split_eye(a):
            if self.made_of.setdefault(letters[0], (letters[1], letters[2])) != (letters[1], letters[2]):
                raise UsageError("an axis of this entry is made of others in two ways, which only einsum can say", hint="add --to numpy")
        elif a.op == "T":
            self.factors.append((self.emitter.name_of(a.args[0]), letters[::-1]))
        elif a.op != "broadcast" or a.args[0].data != 1:
            self.factors.append((self.emitter.name_of(a), letters))
        for letter, d in zip(letters, a.dims, strict=True):
            self.sizes.setdefault(letter, self.emitter.size_code(d))

    def first(self, letter: str) -> str:
        """The letter that stands for it where deltas tie several together."""
        while letter in self.same:
            letter = self.same[letter]
        return letter

    @property
    def loops(self) -> list[tuple[str, str]]:
        """The index and the size of every letter that is free to move."""
        return [(label, self.size(letter)) for letter, label in self.index.items() if letter not in self.made_of]

    def size(self, letter: str) -> str:
        """The size of a letter."""
        return self.sizes.get(letter) or next(size for other, size in self.sizes.items() if self.first(other) == letter)

    def place(self, letter: str, times: str = "*") -> str:
        """Where a letter stands: its index, or what its parts make."""
        letter = self.first(letter)
        if letter in self.made_of:
            outer, inner = self.made_of[letter]
            return f"({self.place(outer)} - 1)*{self.size(inner)} + {self.place(inner)}"
        return self.index[letter]


def _is_split_eye(n: Node) -> bool:
    """Whether it is an identity matrix with one axis in two: what an axis that is made of others is told by."""
    return n.op == "reshape" and n.args[0].op == "eye" and len(n.data) == 3


def conditions(given: Sequence[Expr], dialect: Dialect, differs: str) -> list[str]:
    """What is true where sizes of the arguments do not fit each other or the sizes that were declared."""
    read: dict[object, str] = {}
    found: list[str] = []
    places = [(_length(e, k, dialect), d) for e in given for k, d in enumerate(axes(e.shape))]
    for own, d in places:
        if d.is_Symbol:
            read.setdefault(d, own)
    for own, d in places:
        wanted = length_of(d, read, dialect.signs)  # type: ignore[arg-type]
        if wanted is not None and wanted != own:
            found.append(f"{own}{differs}{wanted}")
    return found


def _length(e: Expr, axis: int, dialect: Dialect) -> str:
    name = parameter(e.data.name, dialect)
    return dialect.count.format(name) if dialect.count and is_vector(e) else dialect.length.format(name, axis, axis + 1)


def told_values(values: Mapping[str, str], form: str) -> str:
    """Values with their labels, each in a form of {label} and {value}, with commas between them."""
    return ", ".join(form.format(label=label, value=value) for label, value in values.items())
