"""Which derivative of which function, at which sizes, and how a person writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from rivals import by_hand
from rivals.functions import FUNCTIONS, Function

DERIVATIVE: Final = "derivative"
TOGETHER: Final = "value_and_derivative"
PRODUCT: Final = "hvp"


class Problem(NamedTuple):
    """A derivative of a function by some of its variables; the first size is small, and the others are those of the table.

    `order` is that of the derivative, `give` what the generated function returns; `vec` tells that a Hessian by a matrix has two axes.
    """

    label: str
    of: str
    wrt: tuple[str, ...]
    sizes: tuple[int, ...]
    hand: Callable[..., Any] | None = None
    order: int = 1
    vec: bool = False
    give: str = DERIVATIVE

    @property
    def name(self) -> str:
        """The function and what is taken of it."""
        return f"{self.of} {self.label}"

    @property
    def function(self) -> Function:
        """The function that is differentiated."""
        return FUNCTIONS[self.of]


def gradient(of: str, wrt: str, *sizes: int, hand: Callable[..., Any] | None = None) -> Problem:
    """The gradient by one variable."""
    return Problem(f"gradient by {wrt}", of, (wrt,), sizes, hand)


def hessian(of: str, wrt: str, *sizes: int, hand: Callable[..., Any] | None = None, vec: bool = False) -> Problem:
    """The Hessian by one variable."""
    return Problem(f"Hessian by {wrt}", of, (wrt,), sizes, hand, 2, vec)


def together(of: str, wrt: str, *sizes: int) -> Problem:
    """The value with the gradients by some variables."""
    return Problem(f"value and gradient by {wrt.replace(' ', ', ')}", of, tuple(wrt.split()), sizes, give=TOGETHER)


def product(of: str, wrt: str, *sizes: int) -> Problem:
    """The Hessian times a direction."""
    return Problem(f"Hessian by {wrt} times a direction", of, (wrt,), sizes, give=PRODUCT)


DERIVATIVES: Final = (
    gradient("quadratic", "x", 100, 1000, 2000, hand=by_hand.quadratic_gradient),
    hessian("quadratic", "x", 100, 500, 1000, hand=by_hand.quadratic_hessian),
    gradient("logistic", "w", 100, 500, 1000, hand=by_hand.logistic_gradient),
    hessian("logistic", "w", 100, 300, hand=by_hand.logistic_hessian),
    gradient("matrix factorisation", "U", 100, 1000, 2000, hand=by_hand.factorisation_gradient),
    gradient("small net", "W1", 100, 1000, hand=by_hand.net_gradient),
    hessian("small net", "x", 100, 500, hand=by_hand.net_hessian),
    hessian("log-sum-exp", "x", 100, 1000, 2000, hand=by_hand.logsumexp_hessian),
    gradient("layer norm", "x", 200, 1000, 100000, hand=by_hand.layer_norm_gradient),
    gradient("GP marginal likelihood", "K", 100, 500, 1000, hand=by_hand.process_gradient),
    gradient("GP marginal likelihood", "s", 100, 500, 1000, hand=by_hand.process_by_noise),
    gradient("Gaussian log-likelihood", "S", 100, 500, 1000, hand=by_hand.gaussian_gradient),
    hessian("Gaussian log-likelihood", "mu", 100, 500, hand=by_hand.gaussian_hessian),
    gradient("softmax CE", "W", 100, 1000, 2000, hand=by_hand.classifier_gradient),
    gradient("attention", "Q", 100, 1000, hand=by_hand.attention_by_queries),
    gradient("attention", "K", 100, 1000, hand=by_hand.attention_by_keys),
    gradient("metric learning", "L", 100, 500, hand=by_hand.metric_learning_gradient),
    gradient("Mahalanobis metric", "M", 100, 500, hand=by_hand.mahalanobis_gradient),
    gradient("ridge", "lam", 100, 500, 1000, hand=by_hand.ridge_by_weight),
    Problem("Jacobian by x", "Kalman update", ("x",), (100, 400, 1000), by_hand.kalman_jacobian),
    gradient("Kalman ||update||^2", "H", 100, 400, 1000),
    gradient("log-det", "X", 100, 1000, hand=by_hand.log_det_gradient),
    hessian("least squares", "x", 100, 500, hand=by_hand.least_squares_hessian),
    gradient("long chain", "C", 100, 1000, hand=by_hand.chain_gradient),
    gradient("inverse quadratic forms", "X", 100, 500, hand=by_hand.inverse_forms_gradient),
    gradient("tr(X^5)", "X", 100, 1000, hand=by_hand.power_gradient),
    gradient("RBF kernel form", "l", 100, 1000, hand=by_hand.kernel_by_scale),
    gradient("RBF kernel form", "X", 100, 1000, hand=by_hand.kernel_by_points),
    hessian("matrix factorisation", "U", 16, 20, 100, hand=by_hand.factorisation_hessian, vec=True),
    hessian("Gaussian log-likelihood", "S", 10, 16, 32, vec=True),
    hessian("softmax CE", "W", 10, 20, 60, hand=by_hand.classifier_hessian, vec=True),
    hessian("log-det", "X", 10, 16, 32, 48, hand=by_hand.log_det_hessian, vec=True),
)
TOGETHERS: Final = (
    together("quadratic", "x", 100, 1000),
    together("logistic", "w", 100, 500),
    together("matrix factorisation", "U V", 100, 600),
    together("small net", "W1 W2 x", 100, 600),
    together("layer norm", "x", 200, 100000),
    together("GP marginal likelihood", "K s y", 100, 600),
    together("Gaussian log-likelihood", "S mu", 100, 600),
    together("softmax CE", "W", 100, 1000),
    together("attention", "Q K V", 100, 600),
    together("metric learning", "L", 100, 500),
    together("Mahalanobis metric", "M", 100, 500),
    together("ridge", "lam", 100, 500),
    together("Kalman ||update||^2", "H", 100, 400),
    together("inverse quadratic forms", "X", 100, 500),
    together("RBF kernel form", "X l", 100, 1000),
    together("regression net", "W1 W2 x", 100, 600),
    together("batch net", "W1 W2", 100, 600),
)
PRODUCTS: Final = (
    product("logistic", "w", 100, 300),
    product("matrix factorisation", "U", 100, 600),
    product("log-det", "X", 60, 300),
    product("softmax CE", "W", 60, 1000),
    product("small net", "x", 100, 600),
    product("regression net", "x", 100, 300),
    product("regression net", "W1", 60, 600),
    product("layer norm", "x", 200, 100000),
    product("GP marginal likelihood", "s", 100, 500),
    product("Gaussian log-likelihood", "S", 60, 500),
    product("attention", "Q", 100, 600),
    product("RBF kernel form", "X", 100, 600),
    product("least squares", "x", 100, 1000),
)
PROBLEMS: Final = (*DERIVATIVES, *TOGETHERS, *PRODUCTS)
