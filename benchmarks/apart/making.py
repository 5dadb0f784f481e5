"""Random requests that have an answer: an expression of given shape over every function, with its variables declared."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from apart import beyond
from apart.points import Variable
from apart.structures import STRUCTURES
from apart.trees import Dim, Node, walk

LAYOUTS: Final = ("denominator", "numerator", "mixed")
MATRICES: Final = "A B C X W S Q M G P".split()
VECTORS: Final = "x y z a b u v w".split()
ROWS: Final = ("r", "s")
SCALARS: Final = "alpha beta t c q".split()
NAMED: Final = ("m", "n", "p")
SQUARE: Final = ("symmetric", "spd", "psd", "toeplitz", "skew", "diagonal", "lower", "upper", "orthogonal", "invertible")
SMOOTH: Final = "exp sin cos sinh cosh tanh arctan sigmoid softplus gelu gelu_cdf tan".split()
KINKED: Final = "relu abs sign heaviside".split()
MATRIX_FUNCTIONS: Final = ("expm", "logm")
TRIANGLES: Final = ("tril", "triu", "halftril", "halftriu")
DEEPEST: Final = 4


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    tree: Node
    variables: tuple[Variable, ...]
    wrt: str
    wrt2: str | None = None
    order: int = 1
    layout: str = "denominator"
    form: str = "auto"
    vec_order: str = "column"
    structured: str = ""
    reading: str = "independent"
    manifold: str = ""

    @property
    def names(self) -> list[str]:
        """The sizes that are names."""
        used = {d for v in self.variables for d in (v.rows, v.cols)} | {d for n in walk(self.tree) for d in n.shape}
        return sorted({part for d in used for part in d.split("*") if not part.isdigit() and part != "?"})

    def variable(self, name: str) -> Variable:
        """A variable by its name."""
        return next(v for v in self.variables if v.name == name)


def num(n: int | Fraction) -> Node:
    """A number."""
    return Node("num", data=Fraction(n), rows="1", cols="1")


def product(a: Dim, b: Dim) -> Dim:
    """The product of two sizes."""
    if a == "1" or b == "1":
        return b if a == "1" else a
    return f"{a}*{b}"


class Maker:
    """Draws an expression."""

    def __init__(self, rng: random.Random, more: bool = False) -> None:
        self.rng = rng
        self.more = more
        self.variables: dict[str, Variable] = {}
        pool = [*rng.sample(NAMED, rng.choice([1, 2, 2])), *rng.sample(["1", "2", "3", "4"], rng.choice([0, 0, 1, 2]))]
        self.dims: list[Dim] = pool
        self.kinks = rng.random() < 0.3
        self.plain = rng.random() < 0.5

    def dim(self) -> Dim:
        """One of the sizes of this request."""
        return self.rng.choice(self.dims)

    def coin(self, p: float) -> bool:
        """True with probability p."""
        return self.rng.random() < p

    # ------------------------------------------------------------------ leaves

    def leaf(self, rows: Dim, cols: Dim) -> Node:
        """A variable or, seldom, a constant."""
        if self.coin(0.1):
            return self.constant(rows, cols)
        return self.variable(rows, cols)

    def constant(self, rows: Dim, cols: Dim) -> Node:
        """A number, ones, the identity, a size."""
        if (rows, cols) == ("1", "1"):
            named = [d for d in self.dims if not d.isdigit()]
            if named and self.coin(0.2):
                return Node("name", data=self.rng.choice(named), rows="1", cols="1")
            if self.coin(0.1):
                return Node("pi", rows="1", cols="1")
            return num(self.rng.choice([Fraction(2), Fraction(3), Fraction(1, 2), Fraction(1), Fraction(5)]))
        if rows == cols and self.coin(0.5):
            return Node("eye", data=rows, rows=rows, cols=cols)
        return Node("ones", data=(rows, cols), rows=rows, cols=cols)

    def variable(self, rows: Dim, cols: Dim, *properties: str) -> Node:
        """A variable of a shape: one that is there, or a new one."""
        known = [v for v in self.variables.values() if (v.rows, v.cols) == (rows, cols) and set(properties) <= set(v.properties)]
        if known and self.coin(0.65):
            return self.named(self.rng.choice(known))
        return self.named(self.fresh(rows, cols, properties))

    def named(self, v: Variable) -> Node:
        """The variable as an expression."""
        return Node("name", data=v.name, rows=v.rows, cols=v.cols)

    def fresh(self, rows: Dim, cols: Dim, properties: tuple[str, ...]) -> Variable:
        """A new variable, perhaps with a property."""
        if (rows, cols) == ("1", "1"):
            kind, names = "scalar", SCALARS
        elif cols == "1":
            kind, names = "vector" if self.coin(0.93) else "matrix", VECTORS
        elif rows == "1":
            kind, names = "matrix", list(ROWS)
        else:
            kind, names = "matrix", MATRICES
        free = [n for n in names if n not in self.variables] or [
            f"{names[0]}{k}" for k in range(1, 20) if f"{names[0]}{k}" not in self.variables
        ]
        if not properties and self.coin(0.3):
            options = ["positive", "positive", "constant"]
            if rows == cols and rows != "1":
                options += [*SQUARE] * 2
            if kind == "vector":
                options.append("simplex")
            properties = (self.rng.choice(options),)
        made = Variable(self.rng.choice(free), kind, rows, cols, properties)
        self.variables[made.name] = made
        return made

    # ------------------------------------------------------------------ expressions

    def make(self, rows: Dim, cols: Dim, depth: int) -> Node:
        """An expression of a shape."""
        if depth <= 0 or self.coin(0.12):
            return self.leaf(rows, cols)
        if (rows, cols) == ("1", "1"):
            options = SCALAR + BEYOND["scalar"] * self.more
        elif cols == "1":
            options = VECTOR + BEYOND["vector"] * self.more
        elif rows == "1":
            options = ROW
        elif rows == cols:
            options = SQUARES + BEYOND["square"] * self.more
        else:
            options = MATRIX + BEYOND["matrix"] * self.more
        chosen = self.rng.choices([make for make, _ in options], [weight for _, weight in options])[0]
        return chosen(self, rows, cols, depth - 1)

    def product_dims(self) -> tuple[Dim, Dim]:
        """Two sizes for a kron or a vec."""
        return self.dim(), self.dim()

    def sum(self, r: Dim, c: Dim, d: int) -> Node:
        op = self.rng.choice(["add", "sub"])
        left = self.make(r, c, d)
        if self.coin(0.1) and (r, c) != ("1", "1"):
            return self.broadcast(op, left, d)
        return Node(op, (left, self.make(r, c, d)), rows=r, cols=c)

    def broadcast(self, op: str, left: Node, d: int) -> Node:
        """A number added to every entry."""
        pair = [left, self.make("1", "1", min(d, 1) - 1)]
        if self.coin(0.5):
            pair.reverse()
        return Node(op, tuple(pair), rows=left.rows, cols=left.cols)

    def negative(self, r: Dim, c: Dim, d: int) -> Node:
        return Node("neg", (self.make(r, c, d),), rows=r, cols=c)

    def scaled(self, r: Dim, c: Dim, d: int) -> Node:
        pair = [self.make("1", "1", d - 1 if self.coin(0.5) else 0), self.make(r, c, d)]
        return Node("mul", tuple(pair), rows=r, cols=c)

    def quotient(self, r: Dim, c: Dim, d: int) -> Node:
        return Node("div", (self.make(r, c, d), self.nonzero(d - 1)), rows=r, cols=c)

    def product(self, r: Dim, c: Dim, d: int) -> Node:
        inner = self.dim()
        left, right = self.make(r, inner, d), self.make(inner, c, d)
        return Node("mul", (left, right), rows=r, cols=c)

    def hadamard(self, r: Dim, c: Dim, d: int) -> Node:
        return Node("had", (self.make(r, c, d), self.make(r, c, d)), rows=r, cols=c)

    def entry_quotient(self, r: Dim, c: Dim, d: int) -> Node:
        return Node("hdiv", (self.make(r, c, d), self.positive(r, c, d - 1)), rows=r, cols=c)

    def entry_power(self, r: Dim, c: Dim, d: int) -> Node:
        manner = self.rng.random()
        if manner < 0.7:
            return Node("hpow", (self.make(r, c, d), num(self.rng.choice([2, 2, 3, -1, -2]))), rows=r, cols=c)
        exponent = num(Fraction(1, 2)) if manner < 0.85 else self.variable("1", "1")
        return Node("hpow", (self.positive(r, c, d), exponent), rows=r, cols=c)

    def transposed(self, r: Dim, c: Dim, d: int) -> Node:
        return Node("T", (self.make(c, r, d),), rows=r, cols=c)

    def entrywise(self, r: Dim, c: Dim, d: int) -> Node:
        manner = self.rng.random()
        if manner < 0.25:
            return self.called(self.rng.choice(["log", "sqrt"]), r, c, self.positive(r, c, d))
        if manner < 0.35:
            inside = self.called(self.rng.choice(["tanh", "sin", "sigmoid"]), r, c, self.make(r, c, d - 1))
            return self.called(self.rng.choice(["arcsin", "arccos"]), r, c, inside if self.coin(0.6) else self.make(r, c, 0))
        name = self.rng.choice(KINKED if self.kinks and self.coin(0.5) else SMOOTH)
        return self.called(name, r, c, self.make(r, c, d))

    def called(self, name: str, r: Dim, c: Dim, *arguments: Node) -> Node:
        """A function of the notation."""
        return Node("call", arguments, data=name, rows=r, cols=c)

    def positive(self, r: Dim, c: Dim, d: int) -> Node:
        """An expression that is positive, always or often."""
        manner = self.rng.randrange(7)
        if manner == 0 or d <= 0:
            return self.variable(r, c, "positive")
        if manner == 1:
            return Node(
                "add",
                (num(1), Node("hpow" if (r, c) != ("1", "1") else "pow", (self.make(r, c, d - 1), num(2)), rows=r, cols=c)),
                rows=r,
                cols=c,
            )
        if manner == 2:
            return self.called(self.rng.choice(["exp", "sigmoid", "softplus", "cosh", "gelu_cdf"]), r, c, self.make(r, c, d - 1))
        if manner == 3 and (r, c) == ("1", "1"):
            return self.square_of(self.make(self.dim(), "1", d - 1))
        if manner == 4:
            return Node("add", (self.positive(r, c, d - 1), self.positive(r, c, 0)), rows=r, cols=c)
        if manner == 5:
            return Node("had" if (r, c) != ("1", "1") else "mul", (self.positive(r, c, 0), self.positive(r, c, d - 1)), rows=r, cols=c)
        return self.make(r, c, d - 1)

    def nonzero(self, d: int) -> Node:
        """A number to divide by."""
        return self.positive("1", "1", d) if self.coin(0.7) else self.constant("1", "1") if self.coin(0.5) else self.make("1", "1", d)

    def square_of(self, x: Node) -> Node:
        """x^T*x."""
        return Node("mul", (Node("T", (x,), rows="1", cols=x.rows), x), rows="1", cols="1")

    # ------------------------------------------------------------------ numbers

    def of_square(self, r: Dim, c: Dim, d: int) -> Node:
        n = self.dim()
        name = self.rng.choice(["tr", "tr", "tr", "det", "logdet"])
        return self.called(name, "1", "1", self.make(n, n, d))

    def of_array(self, r: Dim, c: Dim, d: int) -> Node:
        name = self.rng.choice(["sum", "sum", "normF", "norm1"] if self.kinks else ["sum", "sum", "normF"])
        a, b = (self.dim(), self.dim()) if self.coin(0.7) else (self.dim(), "1")
        return self.called(name, "1", "1", self.stacked(d) if self.coin(0.1) and name == "sum" else self.make(a, b, d))

    def of_vector(self, r: Dim, c: Dim, d: int) -> Node:
        name = self.rng.choice(["sum", "norm2", "logsumexp"])
        if self.coin(0.15):
            return self.called(name, "1", "1", self.stacked(d))
        return self.called(name, "1", "1", self.make(self.dim(), "1", d))

    def stacked(self, d: int) -> Node:
        """vec of a matrix, or a Kronecker product of columns."""
        a, b = self.product_dims()
        if self.coin(0.6):
            return self.called("vec", product(a, b), "1", self.make(a, b, d))
        return self.called("kron", product(a, b), "1", self.make(a, "1", d - 1), self.make(b, "1", d - 1))

    def inner(self, r: Dim, c: Dim, d: int) -> Node:
        if self.coin(0.3):
            a, b = self.dim(), self.dim()
            return self.called("dot", "1", "1", self.make(a, b, d), self.make(a, b, d))
        n = self.dim()
        left = Node("T", (self.make(n, "1", d),), rows="1", cols=n)
        return Node("mul", (left, self.make(n, "1", d)), rows="1", cols="1")

    def form(self, r: Dim, c: Dim, d: int) -> Node:
        """x^T*A*y."""
        m, n = self.dim(), self.dim()
        left = Node("mul", (Node("T", (self.make(m, "1", d - 1),), rows="1", cols=m), self.make(m, n, d)), rows="1", cols=n)
        return Node("mul", (left, self.make(n, "1", d - 1)), rows="1", cols="1")

    def entry(self, r: Dim, c: Dim, d: int) -> Node:
        m, n = self.dim(), self.dim()
        if m == "1" or n == "1":
            return self.of_vector(r, c, d)
        if self.coin(0.5):
            return Node("part", (self.make(m, "1", d),), data=[self.place(m)], rows="1", cols="1")
        return Node("part", (self.make(m, n, d),), data=[self.place(m), self.place(n)], rows="1", cols="1")

    def place(self, n: Dim) -> Node:
        """An index from 1."""
        return num(1) if not n.isdigit() else num(self.rng.randint(1, int(n)))

    def scalar_power(self, r: Dim, c: Dim, d: int) -> Node:
        if self.coin(0.75):
            return Node("pow", (self.make("1", "1", d), num(self.rng.choice([2, 2, 3, -1, -2]))), rows="1", cols="1")
        exponent = num(Fraction(1, 2)) if self.coin(0.5) else self.make("1", "1", 0)
        return Node("pow", (self.positive("1", "1", d), exponent), rows="1", cols="1")

    def matrix_function_trace(self, r: Dim, c: Dim, d: int) -> Node:
        n = self.dim()
        if n == "1":
            return self.of_vector(r, c, d)
        name = self.rng.choice(["expm", "logm", "sqrtm", "pow"])
        inside = self.definite(n, d) if name in ("logm", "sqrtm") else self.make(n, n, d)
        if name == "pow":
            k = self.variables.get("k") or Variable("k", "scalar", "1", "1", ("integer",))
            self.variables["k"] = k
            return self.called("tr", "1", "1", Node("pow", (inside, self.named(k)), rows=n, cols=n))
        return self.called("tr", "1", "1", self.called(name, n, n, inside))

    def definite(self, n: Dim, d: int) -> Node:
        """A matrix that is positive definite."""
        if d <= 0 or self.coin(0.4):
            return self.variable(n, n, "spd")
        a = self.make(n, self.dim(), d - 1)
        gram = Node("mul", (a, Node("T", (a,), rows=a.cols, cols=a.rows)), rows=n, cols=n)
        return Node("add", (gram, Node(self.rng.choice(["I", "eye"]), data=n, rows=n, cols=n)), rows=n, cols=n)

    # ------------------------------------------------------------------ vectors and matrices

    def vector_function(self, r: Dim, c: Dim, d: int) -> Node:
        name = self.rng.choice(["softmax", "diagv", "column", "inv", "diag"])
        if name == "softmax":
            return self.called(name, r, c, self.make(r, c, d))
        if name in ("diagv", "diag") and r != "1":
            return self.called(name, r, c, self.make(r, r, d))
        if name == "column" and r != "1":
            n = self.dim()
            return Node("part", (self.make(r, n, d),), data=[None, self.place(n)], rows=r, cols="1")
        return Node("mul", (self.inverse(r, r, d), self.make(r, c, d - 1)), rows=r, cols=c)

    def row_function(self, r: Dim, c: Dim, d: int) -> Node:
        n = self.dim()
        if self.coin(0.4) and c != "1" and n != "1":
            return Node("part", (self.make(n, c, d),), data=[self.place(n), None], rows="1", cols=c)
        return self.called("softmax_rows", r, c, self.make(r, c, d))

    def inverse(self, r: Dim, c: Dim, d: int) -> Node:
        inside = self.make(r, r, d - 1) if self.coin(0.6) else self.definite(r, d - 1)
        if self.coin(0.4):
            return self.called("inv", r, r, inside)
        return Node("pow", (inside, num(-1)), rows=r, cols=r)

    def outer(self, r: Dim, c: Dim, d: int) -> Node:
        right = Node("T", (self.make(c, "1", d - 1),), rows="1", cols=c)
        return Node("mul", (self.make(r, "1", d), right), rows=r, cols=c)

    def matrix_function(self, r: Dim, c: Dim, d: int) -> Node:
        name = self.rng.choice(["softmax_rows", "pinv", "kron", "diagonal", "commuted"])
        if name == "softmax_rows":
            return self.called(name, r, c, self.make(r, c, d))
        if name == "pinv" and r != c:
            return self.called(name, r, c, self.make(c, r, d - 1))
        if name == "diagonal":
            scaled = self.called("diag", r, r, self.make(r, "1", d - 1))
            return Node("mul", (scaled, self.make(r, c, d - 1)), rows=r, cols=c)
        return self.outer(r, c, d)

    def square_function(self, r: Dim, c: Dim, d: int) -> Node:
        name = self.rng.choice(["inv", "inv", "adj", "sym", "triangle", "diag", "power", "shifted", "sqrtm", "gram", "pinv"])
        if name == "triangle":
            return self.called(self.rng.choice(TRIANGLES), r, r, self.make(r, r, d))
        if name in ("adj", "sym", "pinv"):
            return self.called(name, r, r, self.make(r, r, d - 1))
        if name == "diag":
            return self.called(name, r, r, self.make(r, "1", d))
        if name == "power":
            return Node("pow", (self.make(r, r, d - 1), num(self.rng.choice([2, 2, 3, -2]))), rows=r, cols=r)
        if name == "shifted":
            return Node("add", (Node("I", data=r, rows=r, cols=r), self.make(r, r, d)), rows=r, cols=r)
        if name == "sqrtm":
            return self.called(name, r, r, self.definite(r, d - 1))
        if name == "gram":
            return self.definite(r, d)
        return self.inverse(r, r, d)


Option = tuple[Callable[[Maker, Dim, Dim, int], Node], float]
COMMON: Final[list[Option]] = [
    (Maker.sum, 4), (Maker.negative, 0.5), (Maker.scaled, 2), (Maker.quotient, 1), (Maker.entrywise, 3),
]  # fmt: skip
ARRAY: Final[list[Option]] = [(Maker.hadamard, 2), (Maker.entry_quotient, 0.7), (Maker.entry_power, 1.2), (Maker.product, 5)]
SCALAR: Final[list[Option]] = [
    *COMMON, (Maker.of_square, 5), (Maker.of_array, 3), (Maker.of_vector, 4), (Maker.inner, 4), (Maker.form, 3), (Maker.entry, 0.7),
    (Maker.scalar_power, 1.5), (Maker.matrix_function_trace, 0.8),
]  # fmt: skip
VECTOR: Final[list[Option]] = [*COMMON, *ARRAY, (Maker.vector_function, 3), (Maker.transposed, 0.3)]
ROW: Final[list[Option]] = [*COMMON, *ARRAY, (Maker.row_function, 1), (Maker.transposed, 4)]
MATRIX: Final[list[Option]] = [*COMMON, *ARRAY, (Maker.outer, 1), (Maker.matrix_function, 3), (Maker.transposed, 2)]
SQUARES: Final[list[Option]] = [*MATRIX, (Maker.square_function, 4)]
BEYOND: Final[dict[str, list[Option]]] = {
    "scalar": [(beyond.of_spectrum, 5), (beyond.of_singular, 5), (beyond.everyday, 3), (beyond.of_factor, 3), (beyond.every_entry, 1)],
    "vector": [(beyond.of_vector, 6), (beyond.every_entry, 2)],
    "matrix": [(beyond.of_matrix, 4), (beyond.every_entry, 1)],
    "square": [(beyond.of_square, 14), (beyond.of_matrix, 2), (beyond.every_entry, 1)],
}


def draw(rng: random.Random, more: bool = False) -> Request | None:
    """A request, or None where the dice made nothing to differentiate; with `more`, over matrix functions, spectra and the like too."""
    maker = Maker(rng, more)
    depth = rng.choice([1, 2, 2, 3, 3, DEEPEST])
    rows, cols = rng.choices([("1", "1"), (maker.dim(), "1"), ("1", maker.dim()), (maker.dim(), maker.dim()), None], [60, 15, 4, 15, 3])[
        0
    ] or (None, None)
    if rows is None:
        a, b = maker.product_dims()
        tree = maker.called("kron", product(a, b), "1", maker.make(a, "1", 1), maker.make(b, "1", 1))
    else:
        tree = maker.make(rows, cols or "1", depth)
    used = {n.data for n in walk(tree) if n.op == "name"}
    variables = tuple(v for v in maker.variables.values() if v.name in used)
    declared = {part for v in variables for d in (v.rows, v.cols) for part in d.split("*")}
    if not used <= {v.name for v in variables} | declared:
        return None
    moving = [v for v in variables if "constant" not in v.properties and "integer" not in v.properties]
    if not moving:
        return None
    wrt = rng.choice(moving)
    request = Request(tree, variables, wrt.name, layout=rng.choice(LAYOUTS))
    if more and tree.shape == ("1", "1") and rng.random() < 0.3:
        constrained = constraint(rng, request, wrt)
        if constrained is not None:
            return constrained
    others = [v.name for v in moving if v is not wrt]
    return formed(rng, request, wrt, others, cols)


def constraint(rng: random.Random, request: Request, wrt: Variable) -> Request | None:
    """The request with a variable that keeps its structure, or stays on a manifold; None where it has neither."""
    has = [p for p in wrt.properties if p in STRUCTURES]
    if has:
        return replace(request, structured=has[0], reading=rng.choice(["independent", "projected"]))
    if wrt.kind == "scalar" or wrt.properties:
        return None
    if wrt.kind == "vector":
        return replace(request, manifold="sphere")
    return replace(request, manifold=rng.choice(["orthogonal", "spd", "stiefel"] if wrt.rows == wrt.cols else ["stiefel"]))


def formed(rng: random.Random, request: Request, wrt: Variable, others: list[str], cols: Dim | None) -> Request:
    """The request in one of the forms, perhaps of the second order."""
    scalar = request.tree.shape == ("1", "1")
    if rng.random() < (0.3 if scalar else 0.08 if cols == "1" and wrt.cols == "1" else 0):
        other = rng.choice(others) if others and rng.random() < 0.3 else None
        request = replace(request, order=2, wrt2=other)
    form = rng.choice(["auto"] * 5 + ["vec", "index", "index", "differential"])
    if request.order == 2 and form == "differential":
        form = "auto"
    by = "row" if form in ("vec", "auto") and rng.random() < 0.1 else "column"
    return replace(request, form=form, vec_order=by)
