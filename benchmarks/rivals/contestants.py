"""The calls that compete on a problem: generated code, NumPy by hand, automatic differentiation, CasADi; and what they return.

A call blocks until its result is there. The libraries are loaded when they are first needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple

import numpy as np

from matcalc import codegen, derive
from rivals.functions import Array, Arrays, Function, Library
from rivals.measuring import peak
from rivals.problems import PRODUCT, TOGETHER, Problem

DIRECTION: Final = "v"
Call = Callable[[], Any]


class Generated(NamedTuple):
    """The sources of what was generated for a problem, by their targets."""

    sources: Mapping[str, str]


def generated(problem: Problem, targets: Sequence[str]) -> Generated:
    """The code for a problem; its axes are those of automatic differentiation."""
    form = "vec" if problem.vec else "auto"
    shapes = dict(problem.function.shapes)
    found = derive(problem.function.text, ",".join(problem.wrt), variables=shapes, layout="mixed", form=form, order=problem.order)
    return Generated({target: found.program(target, problem.give) for target in targets})


def points(problem: Problem, n: int, far: bool = False) -> Arrays:
    """The arrays of a problem, with the direction of a product."""
    arrays = problem.function.at(n, far)
    if problem.give == PRODUCT:
        x = arrays[problem.wrt[0]]
        arrays[DIRECTION] = np.random.default_rng(1).standard_normal(np.shape(x))
    return arrays


def lengths(function: Function, arrays: Arrays) -> dict[str, int]:
    """The values of the sizes."""
    return {
        letter: length
        for name, shape in function.shapes.items()
        for letter, length in zip(shape.split(), np.shape(arrays[name]), strict=False)
    }


def ours(source: str, problem: Problem, arrays: Arrays, told: Mapping[str, int]) -> tuple[Callable[..., Any], tuple[Array, ...]]:
    """A generated function and the arrays it takes; sizes that no array tells are given beforehand."""
    function = codegen.compile_function(source, problem.give)
    needed = inspect.signature(function).parameters
    sizes = {name: told[name] for name in needed if name not in arrays}
    names = [name for name in needed if name in arrays]
    return lambda *given: function(**dict(zip(names, given, strict=True)), **sizes), tuple(arrays[name] for name in names)


def by_hand(problem: Problem, arrays: Arrays) -> Call | None:
    """The version that a person writes."""
    if problem.hand is None:
        return None
    hand, given = problem.hand, [arrays[name] for name in inspect.signature(problem.hand).parameters]
    return lambda: hand(*given)


# ------------------------------------------------------------------------------------------- automatic differentiation


def traced(problem: Problem, library: Library, arrays: Arrays) -> tuple[Callable[..., Any], tuple[Array, ...]]:
    """What JAX or PyTorch takes of the function, and the arrays it takes."""
    names = [name for name in problem.function.shapes if name in arrays]
    program = problem.function.program

    def value(*given: Array) -> Array:
        return program(library, **dict(zip(names, given, strict=True)))

    at = tuple(names.index(name) for name in problem.wrt)
    take = {"jax": _by_jax, "torch": _by_torch}[library.xp.__name__.partition(".")[0]]
    given = tuple(arrays[name] for name in [*names, *([DIRECTION] if problem.give == PRODUCT else [])])
    return take(problem, value, at), given


def _by_jax(problem: Problem, value: Callable[..., Array], at: tuple[int, ...]) -> Callable[..., Any]:
    jax = import_module("jax")
    if problem.give == TOGETHER:
        return jax.value_and_grad(value, at)  # type: ignore[no-any-return]
    if problem.give == PRODUCT:
        return _along(jax.grad, jax.jvp, value, at[0])
    if problem.function.is_scalar:
        return (jax.grad if problem.order == 1 else jax.hessian)(value, at[0])  # type: ignore[no-any-return]
    return jax.jacfwd(value, at[0])  # type: ignore[no-any-return]


def _by_torch(problem: Problem, value: Callable[..., Array], at: tuple[int, ...]) -> Callable[..., Any]:
    func = import_module("torch.func")
    if problem.give == TOGETHER:
        both = func.grad_and_value(value, at)
        return lambda *given: both(*given)[::-1]
    if problem.give == PRODUCT:
        return _along(func.grad, func.jvp, value, at[0])
    if problem.function.is_scalar:
        return (func.grad if problem.order == 1 else func.hessian)(value, at[0])  # type: ignore[no-any-return]
    return func.jacrev(value, at[0])  # type: ignore[no-any-return]


def _along(grad: Any, jvp: Any, value: Callable[..., Array], at: int) -> Callable[..., Any]:
    """The Hessian times a direction, which comes last: the derivative of the gradient along it."""

    def product(*given: Array) -> Array:
        *before, v = given
        gradient = grad(value, at)
        return jvp(lambda x: gradient(*before[:at], x, *before[at + 1 :]), (before[at],), (v,))[1]

    return product


# ------------------------------------------------------------------------------------------- results as NumPy arrays


def plain(problem: Problem, result: Any, by_rival: bool) -> list[Array]:
    """A result as NumPy arrays, in one order and with one number of axes."""
    if problem.give == TOGETHER:
        value, found = result
        # Under jit a dict comes back sorted by its keys.
        parts = [found[name] for name in problem.wrt] if isinstance(found, dict) else list(found) if isinstance(found, tuple) else [found]
        return [_numbers(part) for part in (value, *parts)]
    found = _numbers(result)
    return [_with_two_axes(found)] if problem.vec and by_rival and found.ndim == 4 else [found]


def _numbers(a: Any) -> Array:
    return np.asarray(a.detach().cpu() if hasattr(a, "detach") else a)


def _with_two_axes(H: Array) -> Array:
    """The Hessian by a matrix as the derivative of a vec by a vec, whose columns are stacked."""
    m, n = H.shape[:2]
    return H.transpose(1, 0, 3, 2).reshape(m * n, m * n)


def difference(found: Sequence[Array], wanted: Sequence[Array]) -> float:
    """The largest difference of results, relative to the largest entry of what is wanted; infinity where shapes or numbers fail."""
    worst = 0.0
    for a, b in zip(found, wanted, strict=True):
        if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
            return float("inf")
        worst = max(worst, float(np.max(np.abs(a - b), initial=0)) / (float(np.max(np.abs(b), initial=0)) or 1.0))
    return worst


# ------------------------------------------------------------------------------------------- those who compete


class Contest(NamedTuple):
    """Calls by name, what each returns as NumPy arrays, and the memory of those that tell it."""

    calls: dict[str, Call]
    results: dict[str, Callable[[], list[Array]]]
    memory: dict[str, Callable[[], int]]


class Contestants:
    """Fills a contest for one problem at one size, library by library."""

    def __init__(self, problem: Problem, code: Generated, n: int, far: bool = False) -> None:
        self.problem, self.code, self.arrays, self.far = problem, code, points(problem, n, far), far
        self.sizes = lengths(problem.function, self.arrays)
        self.contest = Contest({}, {}, {})

    def numpy(self) -> None:
        """Our NumPy, and that of a person."""
        function, given = ours(self.code.sources["numpy"], self.problem, self.arrays, self.sizes)
        self._enter("numpy", lambda: function(*given), lambda: peak(lambda: function(*given)))
        hand = by_hand(self.problem, self.arrays)
        if hand is not None:
            self._enter("by hand", hand, lambda: peak(hand))

    def jax(self, device: Any = None) -> None:
        """Our JAX and JAX's derivative, both compiled."""
        jax = import_module("jax")
        arrays = {name: jax.device_put(np.asarray(a), device) for name, a in self.arrays.items()}
        library = Library(import_module("jax.numpy"), self.far)
        for name, (function, given) in (
            ("jax", ours(self.code.sources["jax"], self.problem, arrays, self.sizes)),
            ("jax's own", traced(self.problem, library, arrays)),
        ):
            made = jax.jit(function).lower(*given).compile()
            self._enter(name, _blocking(jax, made, given), _of_xla(made))

    def torch(self, device: str = "cpu") -> None:
        """Our PyTorch and PyTorch's derivative; work on a device is waited for."""
        torch = import_module("torch")
        arrays = {name: torch.as_tensor(np.asarray(a), device=device) for name, a in self.arrays.items()}
        for name, (function, given) in (
            ("torch", ours(self.code.sources["torch"], self.problem, arrays, self.sizes)),
            ("torch's own", traced(self.problem, Library(torch, self.far), arrays)),
        ):
            self._enter(name, _waited_for(torch, function, given, device))

    def _enter(self, name: str, call: Call, memory: Callable[[], int] | None = None) -> None:
        self.contest.calls[name] = call
        self.contest.results[name] = lambda: plain(self.problem, call(), name not in self.code.sources)
        if memory is not None:
            self.contest.memory[name] = memory


def _blocking(jax: Any, made: Any, given: Sequence[Array]) -> Call:
    return lambda: jax.block_until_ready(made(*given))


def _of_xla(made: Any) -> Callable[[], int]:
    def told() -> int:
        sizes = made.memory_analysis()
        return int(sizes.temp_size_in_bytes + sizes.output_size_in_bytes)

    return told


def _waited_for(torch: Any, function: Callable[..., Any], given: Sequence[Array], device: str) -> Call:
    if device == "cpu":
        return lambda: function(*given)

    def call() -> Any:
        result = function(*given)
        torch.cuda.synchronize()
        return result

    return call
