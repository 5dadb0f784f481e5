"""Input that nobody should send: an answer or a documented error, at once, in little memory, with a caret into the text."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from places import ROOT

from matcalc.answers.derive import derive
from matcalc.errors import CertificateError, LimitError, MatcalcError, ParseError, ShapeError, UnknownFunction, UsageError

sys.path.insert(0, str(ROOT / "benchmarks"))

import tough

MAX_BYTES: Final = 500_000_000
MILLION: Final = 1_000_000
POINTING: Final = (ParseError, ShapeError, UnknownFunction)
STATUS: Final = Path("/proc/self/statm")


def yardstick() -> float:
    """The CPU seconds of a million multiplications: limits are told in these, so that a slow machine has more time."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        sum(i * i for i in range(1_000_000))
        best = min(best, time.process_time() - start)
    return best


# Two seconds on a machine of 2026 that takes 0.03 s for the yardstick; shared machines vary from moment to moment.
MAX_SECONDS: Final = max(2.0, 66 * yardstick())


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """More than 500 MB beyond what the process holds already is a MemoryError, where the platform can tell."""
    if not STATUS.exists():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    held = int(STATUS.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MAX_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def outcome(text: str, wrt: str | None = None, **asked: Any) -> MatcalcError | None:
    """The error that a request ends in, None for an answer; whatever else happens fails the test.

    What takes too long is asked once more, since other programs of the machine may have slowed it.
    """
    error, took = answered(text, wrt, asked)
    if took >= MAX_SECONDS:
        error, took = answered(text, wrt, asked)
    assert took < MAX_SECONDS, f"{took:.1f} s"
    assert not isinstance(error, CertificateError)
    if error is not None:
        assert error.message
        assert len(str(error)) < 2000
        if isinstance(error, POINTING) and asked.get("variables") is None:
            assert error.span is not None and error.source is not None
            assert "^" in str(error)
    return error


def answered(text: str, wrt: str | None, asked: dict[str, Any]) -> tuple[MatcalcError | None, float]:
    """The error of a request, if any, and the CPU seconds that it took."""
    start = time.process_time()
    error: MatcalcError | None = None
    try:
        with tough.alarm(tough.PATIENCE):
            found = derive(text, wrt=wrt, **asked)
            for d in found if isinstance(found, tuple) else (found,):
                assert d.text and d.latex and d.numpy
    except MatcalcError as caught:
        error = caught
    return error, time.process_time() - start


# ---------------------------------------------------------------------------------------------- random strings


def test_mutated_and_random_strings() -> None:
    report = tough.Report()
    for asked in tough.strings(500, random.Random(20)):
        report.run(repr(tuple(asked)), lambda a=asked: tough.attempt(a), tough.judge_string)  # type: ignore[misc]
    assert report.failures == []
    assert report.slowest[0][0] < MAX_SECONDS, report.slowest[0]
    assert report.outcomes["answer"] > 25


# -------------------------------------------------------------------------------------------------- long lines

LONG: Final = [
    "and ", "x is ", "of ", "d/dx ", "\\nabla_x ", ".diff(", "A=A^T,", "; x>0", "w.r.t. ", "\\\\", "\\text{is}", "f : x \\mapsto ",
    "x+", "(", ")", "A*", "7", "é", " ", "\n", "\0", "'", "||", "{", "[", ",", ";", "d ", "/", "∂", "\\frac{", "x=", "^T", "kron(", "-",
    "\ud800",
    "x where ", "\u202e", "x_", "𝟏", ".*", "sin ",
]  # fmt: skip


@pytest.mark.parametrize("piece", LONG, ids=ascii)
def test_a_million_characters(piece: str) -> None:
    text = piece * (MILLION // len(piece))
    assert isinstance(outcome(text, "x"), LimitError)
    assert outcome(text) is not None
    assert outcome("x", text) is not None


@pytest.mark.parametrize("piece", LONG, ids=ascii)
def test_what_is_just_not_too_long(piece: str) -> None:
    outcome(piece * (60_000 // len(piece)), "x")
    outcome("x" + piece * 300, "x")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("(", ")"), ("[", "]"), ("{", "}"), ("exp(", ")"), ("kron(A,", ")"), ("||", "||"), ("-", ""), ("+", ""), ("", "'"), ("", "^T"), ("(",
    ")^2"), ("(", ")^T")],
)
def test_ten_thousand_levels(opening: str, closing: str) -> None:
    outcome(opening * 10_000 + "x" + closing * 10_000, "x")
    outcome(opening * 10_000, "x")
    outcome("x" + closing * 10_000, "x")


NESTS: Final = ["exp(", "sin(", "inv(", "log(", "sqrt(", "tanh(", "det(", "tr(", "vec(", "diag(", "norm2(", "abs(", "1/(", "2*(", "-(",
"(1 + ", "pinv(", "x.*("]


@pytest.mark.parametrize("opening", NESTS)
@pytest.mark.parametrize("name", ["x", "X"])
def test_nests_within_the_limit(opening: str, name: str) -> None:
    outcome(opening * 150 + name + ")" * 150, name)
    outcome("(" * 150 + name + ")^T" * 150, name)


@pytest.mark.parametrize("operator", ["+", "-", "*", " ", ".*", "@", "/", "^T*"])
@pytest.mark.parametrize("name", ["x", "A"])
def test_two_thousand_of_the_same(operator: str, name: str) -> None:
    outcome(operator.join([name] * 2000), name)
    outcome(f"tr({operator.join([name] * 2000)})", name)


MANY: Final = {
    "vectors added": (" + ".join(f"a{i}^T*x" for i in range(1000)), "x"),
    "matrices added": (" + ".join(f"A{i}*X" for i in range(500)), "X"),
    "matrices multiplied": ("*".join(f"A{i}" for i in range(2000)), "A7"),
    "vectors multiplied": (".*".join(f"a{i}" for i in range(2000)), "a7"),
    "Kronecker product": ("⊗".join(f"A{i}" for i in range(300)), "A7"),
    "variables": ("+".join(f"tr(A{i}*B{i})" for i in range(150)), "A7"),
}


@pytest.mark.parametrize("case", MANY.values(), ids=MANY)
def test_many_different_names(case: tuple[str, str]) -> None:
    outcome(*case)


def test_many_variables_below_the_bar() -> None:
    names = ",".join(f"a{i}" for i in range(300))
    assert isinstance(outcome(f"d ({names.replace(',', '+')})/d({names})"), LimitError)


# ------------------------------------------------------------------------------------------------- large numbers


@pytest.mark.parametrize(
    "text",
    [
        "X^1000000", "X^(10^9)", "tr(X^1000000)", "tr(X^64)^64", "((X^20)^20)^20", "X^-1000000", "X^(2^100)", "X^99999999999999",
        "det(X)^1000000",
        "c^1000000", "c^(10^9)", "c^(-10^9)", "2^1000000*c", "2^(2^100)*c", "2^2^2^2*c", "2^(2^(2^(2^2)))*c", "10^(10^10)*c",
        "1e999999999*c",
        "(1e300)^300*c", "1" * 61 + "*c", "(c+1)^100000", "(x+y).^1000", "((((x.^99).^99).^99).^99).^99", "0^0*c", "0^-1*c", "1/0*c",
        "c/0", "c^c^c",
        "log(0)*c", "(c-c)^-1", "inv(X-X)", "exp(exp(exp(exp(10))))*c", "exp(1000000)*c", "pi^(pi^pi)*c", "c^0." + "3" * 59, "X^pi",
        "X^X", "x^x",
    ],
)  # fmt: skip
def test_large_and_impossible_numbers(text: str) -> None:
    outcome(text, "X" if "X" in text else "x" if "x" in text.replace("exp", "") else "c", variables=["c: scalar"])


@pytest.mark.parametrize(
    "declaration",
    ["1000000000 x 3", "0 x 3", "-1 x 3", "3.5 x 2", "1e3 x 2", "n x n x n", "*".join("n" * 3000), "+".join("n" * 3000) + " x 2",
    "n" * 100_000, "x x x"],
)
def test_sizes_that_are_none(declaration: str) -> None:
    assert outcome("sum(X)", "X", variables=[f"X: {declaration}"]) is not None or declaration in ("x x x", "n" * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        "ones(10^9)^T*x", "ones(0)^T*x", "ones(-1)^T*x", "ones(n-n)*x", "ones(1e3)*x", "ones(1.5)", "eye(99999999999999999999999999)*x",
        "ones(2^40)*x",
        "x[1000000000]", "x[99999999999999999999]", "x[0]", "x[-1]", "x[n]", "X[1,2,3]", "zeros(10^9,10^9)*x",
        "[" + ";".join("1" * 3000) + "]",
    ],
)  # fmt: skip
def test_large_explicit_sizes(text: str) -> None:
    outcome(text, "x")


def test_a_declared_size_is_not_allocated_where_it_is_not_needed() -> None:
    outcome("tr(X^T*X)", "X", variables=["X: 1000000000 x 3"], check=False)


# --------------------------------------------------------------------------------------------------------- names

NAMES: Final = (
    "lambda def None True if import np numpy eye ones det sum exp tr vec T I K d e E pi dx i j n alpha beta gamma __class__ self where"
    " values N S O Q oo nan inf C zeta Symbol delta sum_r t1 grad_f D_h derivative array x_1 lambda_"
).split()


@pytest.mark.parametrize("name", NAMES)
def test_names_that_mean_something_elsewhere(name: str) -> None:
    for shape in (None, "scalar", "n", "m x n", "vector -> scalar", "elementwise"):
        for text in (name, f"{name}*x", f"sum({name})", f"{name}(x)", f"sin({name}) + {name}", f"{name}^T*{name}"):
            declared = [f"{name}: {shape}"] if shape else None
            outcome(text, name, variables=declared)
            outcome(f"d ({text})/d{name}", variables=declared)
            outcome(text, "x", variables=declared)


@pytest.mark.parametrize("name", ["lambda", "def", "np", "I", "K", "T", "e", "E", "det", "n"])
def test_a_declared_variable_may_have_any_of_these_names(name: str) -> None:
    assert outcome(f"{name}^T*{name}", name, variables={name: "k"}) is None


@pytest.mark.parametrize("name", ["eye", "ones", "I", "sqrt", "norm", "transpose"])
def test_a_constant_is_no_function_to_declare(name: str) -> None:
    assert isinstance(outcome(f"{name}(x)", "x", variables=[f"{name}: vector -> scalar"]), UsageError)


# -------------------------------------------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("declaration", "kind"),
    [
        ("S: n x n skew spd", UsageError), ("S: skew positive", UsageError), ("S: m x n symmetric", ShapeError), ("S: 3 x 2 spd",
        ShapeError),
        ("S: n orthogonal", ShapeError), ("S: row diagonal", ShapeError), ("S: vector invertible", ShapeError),
    ],
)  # fmt: skip
def test_declarations_that_contradict_themselves(declaration: str, kind: type[MatcalcError]) -> None:
    with pytest.raises(kind) as caught:
        derive("tr(A*S)", wrt="A", variables=[declaration])
    assert "^" in str(caught.value)


def test_a_property_of_square_matrices_makes_a_square() -> None:
    found = derive("tr(A*S)", wrt="A", variables=["S: symmetric"])
    assert not isinstance(found, tuple)
    assert found.variables == {"A": "n x n", "S": "n x n symmetric"}


# ------------------------------------------------------------------------------------------------------- where


@pytest.mark.parametrize(
    "clauses",
    [
        "y = z; z = y", "y = y + x", "; ".join(f"y{i} = y{(i + 1) % 500}" for i in range(500)) + "; y = y0", ";" * 10_000, "where where",
        "= = =", "y = ",
        "= x", "y = x = x", "y == x", "y: n; y = x", "y = x; y = x", "x = x", "y(x) = x", "dy/dx = x", "dL/dy = g", "y = nope(x)",
        "y = x; dy/dy = y",
    ],
)  # fmt: skip
def test_clauses(clauses: str) -> None:
    outcome(f"d sum(y)/dx where {clauses}")


def test_a_thousand_definitions() -> None:
    unused = "; ".join(f"y{i} = A*x" for i in range(1000))
    assert outcome(f"d x^T*x/dx where {unused}") is None


# ------------------------------------------------------------------------------------------------------ characters


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\0", "d \0/dx", "d x\0/dx", "\ud800", "d x\udfff/dx", "\u202ed x/dx", "d x\u200f/dx", "d e\u0301/de\u0301",
        "d x\u0301/dx", "d 𝐱/d𝐱",
        "d ｘ/dｘ", "d ²/dx", "d x²³⁴/dx", "d x⁻/dx", "d xᵀᵀ/dx", "d x^{/dx", "d x^{}/dx", "d x^()/dx", "d ٣*x/dx", "d ½x/dx",
        "\ufeffd x/dx", "d x/dx\ufeff",
        "d\u00a0x/dx", "d x /\u2028dx", "🙂", "d 🙂/d🙂", "d x\r\n/dx\r\n", "d 1_0*x/dx", "d 0x10*x/dx", "d 1e*x/dx", "d 1.2.3*x/dx",
        "d x..T/dx", "d ''/dx",
        "d x^T^T^T/dx", "d X^--1/dX", "d X^-T^2/dX", "d |||x|||/dx", "d |x||y|/dx", "d ||x|/dx", "d /dx", "d/dx", "/", "d", "d d/dd",
        "d^2", "d^3 x/dx^3",
        "d x/dx dy", "d^99999999999 x/dx", "∂³x/∂x³", "∇", "∇_", "∇_x ∇_x x", "grad_x", "d()/dx", "d(x)/d()", "d(x)/d(,)", "d(x)/d(x,x)",
        "d(x)/d(1)",
        "d (d x/dx)/dx", "\\frac{}{}", "\\frac", "$d x/dx$", "d [c; ]/dc", "d []/dx", "d [1,2;3]/dx", "d x[/dx", "d X[:,1]/dX",
        "d (x)2/dx", "d tr/dx",
        "d tr()/dx", "d tr(X,X)/dX", "d kron(X)/dX", "d ones()/dx", "d I()/dx", "d K/dx", "d np./dx", "d np.foo(x)/dx",
        "d os.system('ls')/dx",
        "d __import__('os')/dx", "d lambda x: x/dx", "d x==x/dx", "d x<y/dx", "d x!/dx", "d \"x\"/dx", "d `x`/dx", "d x@@y/dx",
        "d x\\/dx", "d x->y/dx",
        "d None/dx", "d +-+-x/dx", "d x/-2/dx", "d x.^-y/dx", "d 2.^x/dx", "d x.5/dx", "d x where", "where", "d x/dx where",
        "d x/dx where :", "d x/dx = ",
    ],
    ids=ascii,
)  # fmt: skip
def test_odd_texts(text: str) -> None:
    outcome(text)
    outcome(text, "x")
    outcome("x", text)
    outcome("x", "x", lets=[text])
    outcome("x", "x", variables=[text])
    outcome("x", "x", variables={text: "n"})
    outcome("x", "x", variables={"x": text})
    outcome("x", "x", attrs={"x": [text]})
    outcome("x", "x", attrs={text: ["spd"]})


# ------------------------------------------------------------------------- small texts that mean much work or memory

GREEDY: Final[dict[str, tuple[str, str | None, list[str] | None]]] = {
    "softmax 150 deep": ("softmax(" * 150 + "x" + ")" * 150, "x", None),
    "products and sums 150 deep": ("(" * 150 + "X" + " * X + X)" * 150, "X", None),
    "adj 20 deep": ("adj(" * 20 + "X" + ")" * 20, "X", None),
    "kron 10 deep": ("kron(A, " * 10 + "x" + ")" * 10, "x", None),
    "Kronecker power": ("⊗".join(["X"] * 10), "X", None),
    "large matrix": ("tr(X^T*X)", "X", ["X: 100000 x 100000"]),
    "large vector": ("ones(1000000000)^T*x", "x", None),
    "large commutation": ("K(100000,100000)*x", "x", None),
    "large exponential": ("expm(eye(20000))*x", "x", None),
    "large identity": ("eye(100000)*x", "x", None),
    "large Kronecker factor": ("kron(eye(100), x)", "x", None),
    "chain of sines": ("d y0/dx where " + "; ".join(f"y{i} = sin(y{i + 1})" for i in range(1000)) + "; y1000 = x", None, None),
    "chain of squares": ("d y0/dx where " + "; ".join(f"y{i} = y{i + 1}.*y{i + 1}+y{i + 1}" for i in range(40)) + "; y40 = x", None, None),
    "chain of products": ("d y0/dX where " + "; ".join(f"y{i} = y{i + 1}*(y{i + 1}+A)" for i in range(12)) + "; y12 = X", None, None),
    "chain of Kronecker": ("d y0/dX where " + "; ".join(f"y{i} = kron(y{i + 1},y{i + 1})" for i in range(20)) + "; y20 = X", None, None),
    "chain of powers": ("d tr(y0)/dX where " + "; ".join(f"y{i} = y{i + 1}*y{i + 1}" for i in range(128)) + "; y128 = X", None, None),
    "Hessian of a product": ("d^2 (" + "*".join(f"(x^T*A{i}*x)" for i in range(20)) + ")/dx^2", None, None),
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name) for name, case in GREEDY.items()],
)
def test_small_texts_that_mean_much_work(case: tuple[str, str | None, list[str] | None]) -> None:
    text, wrt, variables = case
    outcome(text, wrt, variables=variables)


LAYERS: Final = {
    "sigmoid": "sigmoid({})", "tanh": "tanh({})", "relu": "relu({})", "exp": "exp({})", "sin": "sin({})", "bias": "sin({} + b)",
    "multiple": "c*tanh(2*{})", "weighted entries": "sin(w.*{})", "square": "sin({}.^2 + 1)",
}  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_thousand_layers_without_weights(layer: str) -> None:
    layers = "; ".join(f"z{i + 1} = " + layer.format(f"z{i}" if i else "x") for i in range(1000))
    start = time.process_time()
    found = derive(f"d sum(z1000)/dx where {layers}", variables=["x: n", "b: n", "w: n", "c: scalar"])
    took = time.process_time() - start
    assert not isinstance(found, tuple)
    assert found.certificate is not None and found.certificate.status == "checked"
    assert took < 3 * MAX_SECONDS, f"{took:.1f} s"
