"""How expressions that are built in Python are written: their nodes as forms, the text of the whole, the declarations of its names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from matcalc.algebra.walk import in_order
from matcalc.book.sizes import SCALAR, Shape
from matcalc.errors import MatcalcError, UsageError
from matcalc.printing.constants import dimension, sized
from matcalc.printing.forms import Form, applied, joined, name, number, raised, square_root, turned, unsigned
from matcalc.printing.leaves import LETTERS
from matcalc.printing.notations.latex import LATEX
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import TEXT
from matcalc.reading.request import asks_for_a_derivative
from matcalc.records import dataclass

LONG: Final = 300
DEEP: Final = 40
PART: Final = 100


class Node:
    """A node: its `kind` and `data` are those of a form (see `printing.forms`), its `shape` the engine's.

    Besides the kinds of forms there are `size` (a dimension as a number; data: the dimension) and `raw` (data: a form).
    `declared` of a name is what a declaration says after the colon; `length` counts nodes, `depth` the longest way down.
    """

    __slots__ = ("__weakref__", "args", "data", "declared", "depth", "kind", "length", "shape")

    kind: str
    args: tuple[Any, ...]
    data: Any
    shape: Shape
    declared: str
    length: int
    depth: int

    @property
    def is_scalar(self) -> bool:
        return self.shape == SCALAR

    @property
    def text(self) -> str:
        """The plain notation."""
        return rendered(self, TEXT)

    @property
    def latex(self) -> str:
        return rendered(self, LATEX)

    def __repr__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"


@dataclass(frozen=True)
class Written:
    """An expression as a text and the declarations of its variables and functions."""

    text: str
    variables: dict[str, str]


def declarations(nodes: Iterable[Node]) -> dict[str, str]:
    """What is declared of the names and functions in some nodes.

    Raises UsageError where one name stands for two things.
    """
    found: dict[str, Node] = {}
    for e in nodes:
        if e.kind in ("name", "call"):
            label = e.data if e.kind == "name" else e.data.name
            other = found.setdefault(label, e)
            if (other.kind, other.declared, other.data) != (e.kind, e.declared, e.data):
                told = " and ".join(_described(o) for o in (other, e))
                raise UsageError(f"{label} stands for two things: {told}", hint="give them different names")
    return {label: e.declared for label, e in found.items()}


def _described(e: Node) -> str:
    return f"a function ({e.declared})" if e.kind == "call" else f"{e.declared}"


def write(root: Node) -> Written:
    """The text of an expression, and what its names are.

    Raises UsageError for a variable with the name of a function or constant of the notation that occurs too.
    """
    nodes = in_order([root])
    declared = declarations(nodes)
    _refuse_clashes(nodes, declared)
    text = rendered(root, TEXT, nodes)
    main, where, parts = text.partition(" where ")
    return Written(f"({main}){where}{parts}" if _looks_like_a_derivative(main) else text, declared)


def _looks_like_a_derivative(text: str) -> bool:
    """Whether a text that begins with d, as a name or a part of one, would be read as a derivative."""
    if not text.startswith(("d", "grad", "nabla", "jac", "hess")):
        return False
    try:
        return asks_for_a_derivative(text)
    except MatcalcError:
        return True


def _refuse_clashes(nodes: Sequence[Node], declared: Mapping[str, str]) -> None:
    used = {e.data for e in nodes if e.kind == "apply"} | {"sqrt" for e in nodes if e.kind == "sqrt"}
    used |= {LETTERS.get(e.data[0], e.data[0]) for e in nodes if e.kind == "constant"}
    used |= {"pi" for e in nodes if e.kind == "pi"}
    used |= {s.name for e in nodes if e.kind == "size" for s in e.data.free_symbols}
    for label in sorted(used & declared.keys()):
        raise UsageError(f"{label} is the name of a variable and has another meaning in this expression", hint="rename the variable")
    exponents = [e.args[1] for e in nodes if e.kind in ("power", "epower")]
    if any(k.kind == "name" and k.data == "T" for k in exponents):
        raise UsageError("the exponent T would read as a transpose", hint="rename the variable T")


def rendered(root: Node, printer: Printer, nodes: Sequence[Node] | None = None) -> str:
    """The notation of a printer, with named parts where the whole would be long, deep, or repeat itself."""
    nodes = in_order([root]) if nodes is None else nodes
    labels = _labels(root, nodes) if root.length > LONG or root.depth > DEEP else {}
    forms: dict[Node, Form] = {}
    parts = []
    for e in nodes:
        forms[e] = _form(e, [forms[a] for a in e.args])
        if e in labels:
            parts.append(printer.name_of(labels[e]) + printer.equals + printer.render(forms[e]))
            forms[e] = name(labels[e])
    main = printer.render(forms[root])
    return main + printer.where + printer.separator.join(parts) if parts else main


def _labels(root: Node, nodes: Sequence[Node]) -> dict[Node, str]:
    """Names for the parts that are used again, and for parts of what would be too long or too deep."""
    uses = Counter(a for e in nodes for a in e.args)
    lengths: dict[Node, int] = {}
    depths: dict[Node, int] = {}
    chosen: list[Node] = []
    for e in nodes:
        lengths[e] = 1 + sum(lengths[a] for a in e.args)
        depths[e] = 1 + max((depths[a] for a in e.args), default=0)
        worth = uses[e] > 1 and lengths[e] > 3 or lengths[e] > PART or depths[e] > DEEP
        if worth and e.args and e is not root:
            lengths[e] = depths[e] = 1
            chosen.append(e)
    taken = {e.data for e in nodes if e.kind == "name"} | {e.data.name for e in nodes if e.kind == "call"}
    taken |= {s.name for e in nodes for d in e.shape for s in d.free_symbols}
    free = (f"t{i}" for i in range(1, len(chosen) + len(taken) + 1) if f"t{i}" not in taken)
    return dict(zip(chosen, free, strict=False))


def _form(e: Node, parts: list[Form]) -> Form:
    """An expression as it is shown, from the forms of its operands."""
    return _FORMS[e.kind](e.data, parts) if e.kind in _FORMS else Form(e.kind, tuple(parts), e.data)


_FORMS: Final[dict[str, Callable[[Any, list[Form]], Form]]] = {
    "name": lambda data, parts: name(data),
    "number": lambda data, parts: number(data),
    "pi": lambda data, parts: name("pi"),
    "size": lambda data, parts: dimension(data),
    "raw": lambda data, parts: data,
    "constant": lambda data, parts: sized(*data),
    "negative": lambda data, parts: unsigned((True, parts[0])),
    "product": lambda data, parts: joined("product", parts),
    "had": lambda data, parts: joined("had", parts, data),
    "power": lambda data, parts: raised("power", *parts),
    "epower": lambda data, parts: raised("epower", *parts),
    "transpose": lambda data, parts: turned(parts[0]),
    "apply": lambda data, parts: applied(data, parts),
    "slice": lambda data, parts: Form("slice", tuple(parts), tuple(r if r is None else tuple(map(number, r)) for r in data)),
    "sqrt": lambda data, parts: square_root(parts[0], data),
}
