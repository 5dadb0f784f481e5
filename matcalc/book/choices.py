"""The choices of a request and their names, declared once: the command line, the answers, batches and sheets read them here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from matcalc.errors import UsageError
from matcalc.records import dataclass

# How near a word must be to a name for it to be suggested.
NEAR: Final = 0.6


def nearest(word: str, names: Iterable[str], others: Mapping[str, str] | None = None) -> str | None:
    """The name that a word was meant for: the only one that it begins, the one that it is another word for, or the most similar."""
    listed, lowered = list(names), word.lower()
    begun = [name for name in listed if lowered and name.startswith(lowered)]
    if len(begun) == 1:
        return begun[0]
    if others and lowered in others:
        return others[lowered]
    import difflib  # only a word that is no name needs it

    return next(iter(difflib.get_close_matches(lowered, listed, 1, NEAR)), None)


@dataclass(frozen=True)
class Choices(Sequence[str]):
    """The names of one option; `what` is chosen, as an error calls it, and `default` where nothing is said.

    `others` are words that people use for a name; they are suggested, never taken.
    """

    what: str
    names: tuple[str, ...]
    default: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, at: Any) -> Any:
        return self.names[at]

    def check(self, name: str) -> None:
        """Raises UsageError, with the nearest name, for one that there is not."""
        if name not in self.names:
            raise UsageError(f"unknown {self.what} {name!r}; it is one of {', '.join(self)}", hint=self.hint(name))

    def hint(self, name: object) -> str | None:
        """The name that was meant, as a question."""
        near = nearest(name, self, self.others) if isinstance(name, str) else None
        return f"did you mean {near}?" if near else None


LAYOUTS: Final = Choices(
    "layout",
    ("numerator", "denominator", "mixed"),
    "denominator",
    {"row": "numerator", "jacobian": "numerator", "column": "denominator", "gradient": "denominator", "hessian": "denominator",
     "jax": "mixed", "autodiff": "mixed"},
)  # fmt: skip
FORMS: Final = Choices(
    "form",
    ("auto", "matrix", "vec", "index", "differential"),
    "auto",
    {"kronecker": "vec", "kron": "vec", "indices": "index", "einsum": "index", "entries": "index", "total": "differential"},
)
CLAIM_FORMS: Final = Choices("form of a claim", ("auto", "index"), "auto")
VEC_ORDERS: Final = Choices("vec order", ("column", "row"), "column", {"c": "row", "f": "column"})
HADAMARD: Final = Choices("spelling of elementwise products", ("dot", "diag"), "dot")
NAMED: Final = Choices("naming of parts", ("auto", "never", "always"), "auto", {"no": "never", "off": "never", "yes": "always"})
DISPLAYS: Final = Choices("display", ("cases", "blocks", "rows", "columns", "compressed"))
READINGS: Final = Choices(
    "reading", ("independent", "projected"), "independent", {"cookbook": "independent", "free": "independent", "frobenius": "projected"}
)
DETAILS: Final = Choices(
    "detail of a derivation", ("short", "normal", "full"), "normal", {"brief": "short", "long": "full", "all": "full", "medium": "normal"}
)
STYLES: Final = Choices(
    "style of a derivation", ("trace", "frobenius", "index"), "trace", {"inner": "frobenius", "elements": "index", "entries": "index"}
)
# Libraries of arrays, whose code runs here; and every language that code is written in.
ARRAYS: Final = Choices("library of arrays", ("numpy", "jax", "torch"), "numpy", {"np": "numpy", "jnp": "jax", "pytorch": "torch"})
TARGETS: Final = Choices(
    "target",
    (*ARRAYS, "casadi", "matlab", "julia", "mathematica"),
    "numpy",
    {**ARRAYS.others, "octave": "matlab", "m": "matlab", "jl": "julia", "mx": "casadi", "wolfram": "mathematica"},
)
DTYPES: Final = Choices(
    "dtype",
    ("float64", "float32", "complex128", "complex64"),
    "",
    {"double": "float64", "single": "float32", "float": "float64", "complex": "complex128", "cfloat": "complex64", "cdouble": "complex128"},
)
GIVEN: Final = Choices(
    "value of a function",
    ("derivative", "value", "value_and_derivative", "hvp", "jvp", "vjp"),
    "derivative",
    {"gradient": "derivative", "grad": "derivative", "function": "value", "value_and_grad": "value_and_derivative",
     "value_and_gradient": "value_and_derivative", "forward": "jvp", "backward": "vjp", "hessp": "hvp", "pullback": "vjp",
     "pushforward": "jvp"},
)  # fmt: skip
