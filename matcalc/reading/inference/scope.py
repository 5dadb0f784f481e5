"""What the names of a request stand for: declared variables, dimensions, functions, and the convention for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final, NamedTuple

from matcalc.algebra.node import Expr, sym
from matcalc.book import rules as rulebook
from matcalc.book.properties import square_ones, while_varying
from matcalc.book.sizes import ONE, SCALAR, Shape, dim
from matcalc.errors import ParseError, Span, UsageError
from matcalc.reading.alike import alike
from matcalc.reading.declarations import Declaration, Declared, FunctionDeclaration, names_of
from matcalc.reading.dialects.pairs import is_spelt, rewritten
from matcalc.reading.dialects.tools import offered
from matcalc.reading.grammar.syntax import Binary, Call, Index, Listing, Name, Negation, Number, Parsed, Syntax
from matcalc.reading.grammar.tokens import EULER, GREEK_NAMES, Look, Token
from matcalc.reading.grammar.vocabulary import Respelt
from matcalc.reading.inference.unify import Free, Term, Terms, find, resolve
from matcalc.records import dataclass

SIZED: Final = frozenset({"ones", "zeros", "eye", "identity", "K", "K_", "I", "D()", "D_", "L()", "L_"})
# Letters of variables and functions that are constants too, where what they are applied to is a size; then they get these names.
OF_A_SIZE: Final = {"D": "D()", "L": "L()"}
# The one that may be a function too, since it has two sizes: K(theta) is a matrix that depends on theta.
COMMUTATION: Final = "K"
# The letters of functions that everyone knows and the rule book does not have: they are no unknown functions.
_KNOWN_ELSEWHERE: Final = frozenset({"gamma", "Gamma", "zeta"})
EXPONENTS: Final = frozenset("ijklmnpqrst")
# The letters of unknowns and data, which are arrays in a.^x and x.^y too.
ARRAYS: Final = frozenset("uvwxyz")
CAPITAL_NUMBERS: Final = frozenset("NMTDKJLVC")
_OFTEN_FUNCTIONS: Final = frozenset({"sigma", "phi", "psi", "σ", "φ", "ψ", "f", "g", "h"})
# What an accent or a font of LaTeX adds to a name, and makes no word of it.
_MARKS: Final = frozenset({"hat", "tilde", "dot", "ddot", "check", "breve", "bar", "cal", "frak", "bold", "star"})
_FRESH: Final = "n m p q k r s t u v l h".split()
_FRESH_SHAPES: Final[Mapping[str, Callable[[], Terms]]] = {
    "scalar": lambda: SCALAR,
    "vector": lambda: (Free(vector=True), ONE),
    "row": lambda: (ONE, Free(vector=True)),
    "matrix": lambda: (Free(), Free()),
}
_AXES: Final = {"scalar": 0, "vector": 1, "row": 2, "matrix": 2}


@dataclass
class Variable:
    """A variable while its shape is being inferred; `declared` tells that its shape was given in full."""

    name: str
    shape: Terms
    ndim: int
    properties: frozenset[str]
    declared: bool
    kind: str
    span: Span
    source: str
    symbol: Expr | None = None


@dataclass
class Function:
    """An unknown function: `kind` and `order` as in `expr.Unknown`, the shape of its argument and that of an array that it gives."""

    name: str
    kind: str
    argument: Terms | None
    rows: Term = ONE
    columns: Term = ONE
    order: int = 0


class Complexes(NamedTuple):
    """Which undeclared names are complex: `conjugated` ones, scalars that are `terms` of sums, and arrays that are no `phases`."""

    conjugated: frozenset[str]
    terms: frozenset[str]
    phases: frozenset[str]

    def has(self, name: str, kind: str) -> bool:
        """Whether a name of a kind is complex."""
        if name in self.conjugated or name in self.phases:
            return name in self.conjugated
        return kind != "scalar" or name in self.terms


class Overruled(NamedTuple):
    """A name that is read otherwise than its look says, and why."""

    name: str
    told: str


@dataclass
class Scope:
    """The names of one request; in a `closed` scope, only those that are given are known.

    What is declared of a `varying` variable holds at the point of differentiation but not along directions, so its
    symbol does not carry it: X^T is not X while X varies, even if X is symmetric.
    """

    declared: Mapping[str, Declared] = field(default_factory=dict)
    given: Mapping[str, Expr] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    dimensions: set[str] = field(default_factory=set)
    definitions: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    exponents: set[str] = field(default_factory=set)
    integers: set[str] = field(default_factory=set)
    powers: set[str] = field(default_factory=set)
    tried: Mapping[str, str] = field(default_factory=dict)
    overruled: list[Overruled] = field(default_factory=list)
    steps: int = 0
    narrows: bool = False
    strict: bool = False
    code: bool = False
    variables: dict[str, Variable] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    closed: bool = False
    complexes: Complexes | None = None
    varying: frozenset[str] = frozenset()
    _unbound: list[tuple[Free, bool]] = field(default_factory=list)

    # ------------------------------------------------------------------------------------- for the parser

    def is_call(self, tokens: Sequence[Token], i: int) -> bool:
        """Whether the name at i, before a parenthesis, is applied to it; otherwise the two are multiplied."""
        name, following = tokens[i], tokens[i + 1]
        text = name.text
        if text in self.functions or "." in text:
            return True
        if self.is_variable(text):
            return False
        if text in SIZED and len(text) == 1 and (text != COMMUTATION or _holds_sizes(tokens, i + 2, wanted=2)):
            return _holds_sizes(tokens, i + 2, wanted=2 if text == COMMUTATION else 1)
        if self.is_function(text) or text in SIZED and len(text) > 1:
            return True
        if text in self.bare:
            return False
        adjacent = name.end == following.start
        return adjacent and (_is_word(text) or _holds_names(tokens, i + 2)) or not _is_factor(text, adjacent)

    def is_function(self, name: str) -> bool:
        """Whether a name is a function that is known without a declaration."""
        return not self.is_variable(name) and self._is_in_the_book(name)

    def _is_in_the_book(self, name: str) -> bool:
        """Whether the rule book or a table of spellings has a function of this name that is not used as a variable, as mean alone is."""
        rule = rulebook.find(name)
        return is_spelt(name) if rule is None else not (rule.yields and name in self.bare)

    def rewritten(self, node: Call | Index, source: str) -> Respelt | None:
        """What a call, or the entry of one, is another spelling of; None where it is none, or calls a function of the request."""
        call = node if isinstance(node, Call) else node.base
        return None if isinstance(call, Call) and call.name in self.functions else rewritten(node, source)

    @staticmethod
    def is_known(name: str) -> bool:
        """Whether a name is a function or a constant with its size, unless it is declared."""
        return name in SIZED or is_spelt(name) or rulebook.find(name) is not None

    def is_unknown_function(self, name: str) -> bool:
        """Whether a name was declared as a function."""
        return name in self.functions

    def is_variable(self, name: str) -> bool:
        """Whether a name was said to be a variable."""
        return name in self.given or name in self.definitions or isinstance(self.declared.get(name), Declaration)

    def is_number(self, name: str) -> bool:
        """Whether a name is that of a dimension or was said to be a scalar."""
        declared = self.declared.get(name)
        is_scalar = isinstance(declared, Declaration) and declared.kind == "scalar"
        return is_scalar or self.is_dimension(name) or name in self.given and self.given[name].is_scalar

    def is_dimension(self, name: str) -> bool:
        """Whether a name is that of a dimension, told by a declaration or by a constant such as ones(n)."""
        return name in self.dimensions and name not in self.variables and not self.is_variable(name)

    # ---------------------------------------------------------------------------------- for the inference

    def survey(self, parsed: Parsed) -> None:
        """Note what a tree tells before shapes are known: the names of dimensions, and which names are exponents."""
        self.code = self.code or parsed.numpy
        for call in parsed.calls:
            if is_sized(call):
                self.dimensions |= {node.name for a in call.args for node in _names_in(a)}
            elif (rule := rulebook.find(call.name)) is not None and len(call.args) == len(rule.params):
                counting = (a for p, a in zip(rule.params, call.args, strict=True) if p.counts)
                self.dimensions |= {node.name for a in counting for node in _names_in(a)} - {"end"}
        for power in parsed.powers:
            if power.op == "power" and isinstance(power.left, Name):
                self.powers.add(power.left.name)
            names = [n for n in _names_in(power.right) if n.name[0].islower() or is_number(n.name)]
            undeclared = [n for n in names if not self.is_variable(n.name)]
            if power.op == "epow":
                undeclared = self._single_exponents(undeclared, power.left, parsed.source)
            self.exponents |= {node.name for node in undeclared}

    def _single_exponents(self, names: Sequence[Name], base: Syntax, source: str) -> list[Name]:
        """Those names in the exponent of a .^ that are numbers: in 2.^x, x may be an array as any other name."""
        plain = [node for node in names if is_greek(node.name) or node.name in EXPONENTS]
        if isinstance(base, Number) or any(node.name[0].isupper() or node.name in ARRAYS for node in names):
            return plain
        for node in names:
            if node.name in self.varying and node not in plain:
                hint = f"declare '{node.name}: scalar', or '{node.name}: n' for an exponent of every entry"
                raise ParseError(f"{node.name} could be one exponent or an array of them", node.span, source, hint)
        return list(names)

    def declare_functions(self) -> None:
        """Enter the declared functions and the dimension names of the declarations."""
        for name, d in self.declared.items():
            if isinstance(d, FunctionDeclaration):
                if name != COMMUTATION and (name in SIZED or is_spelt(name) and rulebook.find(name) is None):
                    raise UsageError(f"{name} is known already and cannot be declared as a function", hint="choose another name")
                self.functions[name] = function(d)
            else:
                self.dimensions |= names_of(d.dimensions)
        for e in self.given.values():
            self.dimensions |= names_of(e.shape)

    def note_bare(self, tokens: Iterable[Token]) -> None:
        """Remember the names that stand somewhere without a parenthesis behind them."""
        previous = None
        for token in tokens:
            if previous is not None and token.text != "(":
                self.bare.add(previous.text)
            previous = token if token.kind == "name" else None

    def variable(self, name: str, span: Span, source: str) -> Variable:
        """The variable of this name, entered when it is first met."""
        found = self.variables.get(name)
        if found is None:
            found = self.variables[name] = self._new(name, span, source)
        return found

    def _refuse_run_together(self, name: str, span: Span, source: str) -> None:
        """AXB, not declared, where X varies: as one name it would make a constant of what was meant as a product."""
        inside = next((v for v in self.varying if len(v) == 1 and v in name and name != f"d{v}"), None)
        if inside is not None and len(name) > 1 and name.isalpha() and not is_greek(name):
            function = next((name[:k] for k in range(len(name) - 1, 1, -1) if self._is_in_the_book(name[:k])), "")
            product = f"{function}({name[len(function) :]})" if function else f"{'*'.join(name)} for a product"
            hint = f"write {product}, or declare {name}"
            raise ParseError(f"{name} would be one name, though {inside} varies", span, source, hint)
        if self._is_in_the_book(name):
            raise ParseError(f"{name} is a function", span, source, f"write {name}(...), or declare {name} as a variable")

    def _new(self, name: str, span: Span, source: str) -> Variable:
        if name in self.given:
            e = self.given[name]
            return Variable(name, e.shape, 0, frozenset(), True, "given", span, source, e)
        d = self.declared.get(name)
        if d is None:
            self._refuse_run_together(name, span, source)
        d = d if isinstance(d, Declaration) else Declaration(name)
        if d.dimensions:
            rows, columns = (*d.dimensions, ONE)[:2]
            shape: Terms = (rows, columns)
            return Variable(name, shape, len(d.dimensions), d.properties, True, "", span, source)
        kind = d.kind or self.tried.get(name) or self.kind_by_look(name, d.properties)
        shape = _FRESH_SHAPES[kind]()
        if kind == "matrix" and self.strict and self.is_open(name):
            shape = (Free(vector=True), Free(vector=True))
        if kind == "matrix" and square_ones(d.properties):
            shape = (shape[0], shape[0])
        is_complex = self.complexes is not None and name not in self.declared and self.complexes.has(name, kind)
        properties = d.properties | {"complex"} if is_complex else d.properties
        return Variable(name, shape, _AXES[kind], properties, kind == "scalar" and bool(d.kind), kind, span, source)

    def kind_by_look(self, name: str, properties: frozenset[str] = frozenset()) -> str:
        """Scalar, vector or matrix by its writing or the convention for the initial; an exponent is a scalar."""
        if name in self.looks:
            return self.looks[name].kind
        if name in self.exponents:
            return "scalar"
        if name[0].isupper():
            return "matrix"
        if square_ones(properties):
            return "matrix"
        return "scalar" if is_greek(name) or "integer" in properties else "vector"

    # ------------------------------------------------------------------------------------ for the search

    def is_open(self, name: str) -> bool:
        """Whether nothing but its look and its use says what a name is."""
        d = self.declared.get(name)
        if isinstance(d, Declaration):
            return not (d.kind or d.dimensions or square_ones(d.properties) or "integer" in d.properties)
        return d is None and name not in self.given

    def mark(self) -> None:
        """Remember the unknown sizes of functions as they are before any shape is inferred."""
        terms = [t for f in self.functions.values() for t in (*(f.argument or ()), f.rows, f.columns)]
        self._unbound = [(t, t.vector) for t in terms if isinstance(t, Free)]

    def restart(self, kinds: Mapping[str, str], narrows: bool = False) -> None:
        """Forget all shapes, and read the names of `kinds` as these; `narrows` makes a number of a function that can be one."""
        self.tried = kinds
        self.narrows = narrows
        self.variables.clear()
        self.integers.clear()
        self.overruled = []
        self.steps = 0
        for term, vector in self._unbound:
            term.bound, term.vector = None, vector

    # ------------------------------------------------------------------------------- after the inference

    def name_dimensions(self) -> None:
        """Give every dimension of a variable, and length of an unknown function's value, that is still free a letter of its own.

        Vectors and square matrices come first, with n, m, p, ...; where there are none, the first matrix is m x n.
        """
        single: list[Term] = []
        double: list[Term] = []
        for v in self.variables.values():
            rows, columns = map(find, v.shape)
            if isinstance(rows, Free) and isinstance(columns, Free) and rows is not columns:
                double += [rows, columns]
            else:
                single += [rows, columns]
        double += [size for f in self.functions.values() for size in (f.rows, f.columns)]
        if not any(isinstance(find(t), Free) for t in (*single, *double)):
            return
        letters = self._letters()
        if not any(isinstance(t, Free) for t in single):
            letters.sort(key=lambda letter: {"m": 0, "n": 1}.get(letter, 2))
        taken = iter(letters)
        for term in single + double:
            root = find(term)
            if isinstance(root, Free):
                root.bound = dim(next(taken))

    def _letters(self) -> list[str]:
        """Names for dimensions that nothing else is called by."""
        taken = self.dimensions | self.variables.keys() | self.definitions | self.bare | self.declared.keys()
        count = 2 * len(self.variables) + 2 * len(self.functions) + len(taken)
        names = [*_FRESH, *(f"n{i}" for i in range(1, count + 1))]
        return [name for name in names if name not in taken]

    def properties(self, v: Variable) -> frozenset[str]:
        """What is known of a variable, the exponents of matrices being integers."""
        return v.properties | {"integer"} if v.name in self.integers else v.properties

    def symbol(self, v: Variable) -> Expr:
        """The variable as an expression, once its shape is known."""
        if v.symbol is None:
            v.symbol = sym(v.name, shape_of(v.shape), v.ndim, while_varying(v.properties) if v.name in self.varying else self.properties(v))
        return v.symbol

    def suggestion(self, name: str) -> str | None:
        """A known function whose name looks like this one."""
        known = [*rulebook.spellings(), *offered(), *self.functions, "ones", "zeros", "eye"]
        return alike(name, known)


def is_sized(call: Call) -> bool:
    """Whether a call is a constant with its sizes, such as ones(n) and K(m,n)."""
    args = call.args[0].items if len(call.args) == 1 and isinstance(call.args[0], Listing) else call.args
    return call.name in SIZED and (call.name != COMMUTATION or len(args) > 1)


def is_unknown_call(call: Call) -> bool:
    """Whether a call of a name that is no known function is one of an unknown function: a letter with a name for its argument."""
    stem = letter_of(call.name)
    is_letter = len(stem) == 1 or is_greek(call.name) or is_greek(call.name[:1].lower() + call.name[1:])
    args = call.args[0].items if len(call.args) == 1 and isinstance(call.args[0], Listing) else call.args
    is_other = call.name == EULER or stem in _KNOWN_ELSEWHERE or _is_word(call.name)
    return is_letter and not is_other and all(isinstance(a, Name) for a in args)


def shape_of(shape: Terms) -> Shape:
    """A shape that is known by now."""
    rows, columns = resolve(shape[0]), resolve(shape[1])
    assert rows is not None and columns is not None, "a dimension is still free"
    return rows, columns


def function(d: FunctionDeclaration) -> Function:
    """A declared function, with sizes of its own for its argument and its value."""
    argument = _FRESH_SHAPES[d.argument]() if d.argument else None
    return function_of(d.name, d.kind, argument)


def function_of(name: str, value: str, argument: Terms | None = None) -> Function:
    """An unknown function that is elementwise, or whose value is a scalar, a vector or a matrix."""
    if value in ("elementwise", "scalar"):
        return Function(name, value, argument)
    kind = "array" if argument is None or argument != SCALAR else "curve"
    return Function(name, kind, argument, Free(vector=value == "vector"), Free() if value == "matrix" else ONE)


def is_number(name: str) -> bool:
    """Whether a capital is one of those that numbers are called by."""
    return letter_of(name) in CAPITAL_NUMBERS


def letter_of(name: str) -> str:
    """A name without its subscripts."""
    return name.partition("_")[0].rstrip("0123456789")


def is_greek(name: str) -> bool:
    """Whether a name begins with a lower-case Greek letter, or is one written out, perhaps with a subscript."""
    return "α" <= name[0] <= "ω" or name[0] in "ϑϕϖϱϵ" or letter_of(name) in GREEK_NAMES


def _is_factor(name: str, adjacent: bool) -> bool:
    """Whether a name before a parenthesis, of which nothing else is known, reads as a factor: W(x + b), lambda (x + y)."""
    stem = letter_of(name)
    if stem in _OFTEN_FUNCTIONS:
        return False
    if len(stem) == 1 and stem.isupper() or stem.lower() in GREEK_NAMES or is_greek(name):
        return True
    return not adjacent and (len(stem) == 1 or stem[0].isupper())


def _is_word(name: str) -> bool:
    """Whether a name has a word for its subscript, as lambda_max has; no variable is called so."""
    return any(len(part) > 2 and part.isalpha() and part not in _MARKS for part in name.split("_")[1:])


def _holds_names(tokens: Sequence[Token], i: int) -> bool:
    """Whether the parenthesis whose content begins at i holds a name, or several with commas, as the argument of a function does."""
    while tokens[i].kind == "name":
        if tokens[i + 1].text != ",":
            return tokens[i + 1].text == ")"
        i += 2
    return False


def _holds_sizes(tokens: Sequence[Token], i: int, wanted: int) -> bool:
    """Whether the parenthesis whose content begins at i holds so many dimensions, as in I(n) and K(m, 2*n)."""
    count = 1
    while tokens[i].kind == "number" or tokens[i].text[:1].islower() or tokens[i].text in (",", "*", "+"):
        count += tokens[i].text == ","
        i += 1
    return tokens[i].text == ")" and count == wanted


def _names_in(node: Syntax) -> Iterator[Name]:
    """The names of an expression of names and numbers, such as a dimension or an exponent; none of any other."""
    pending, found = [node], []
    while pending:
        part = pending.pop()
        match part:
            case Name():
                found.append(part)
            case Binary(op="add" | "subtract" | "multiply" | "dot" | "divide"):
                pending += [part.left, part.right]
            case Listing():
                pending += part.items
            case Negation():
                pending.append(part.operand)
            case Number():
                pass
            case _:
                return
    yield from found
