"""What a derivative by a complex variable is, in words, and how the gradient of JAX and PyTorch has it.

For a real f, jax.grad returns 2*d f/dZ, the conjugate of grad_Z f = 2*d f/dconj(Z), and backward of PyTorch leaves grad_Z f itself
(Kreutz-Delgado, arXiv:0906.4835, for the gradient; both libraries as they were run).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from matcalc.algebra import is_real
from matcalc.book.sizes import axes
from matcalc.calculus.wirtinger import GRADIENT, is_complex
from matcalc.reading.request import Request

MEANS: Final[Mapping[str, str]] = {
    "": "the derivative by {x} where conj({x}) is held constant: (d/d real({x}) - 1j*d/d imag({x}))/2",
    "conjugate": "the derivative by conj({x}) where {x} is held constant: (d/d real({x}) + 1j*d/d imag({x}))/2",
    "real": "the derivative by the real part of {x}",
    "imaginary": "the derivative by the imaginary part of {x}",
    GRADIENT: "the gradient 2*d/dconj({x}) of a real function, the direction of steepest ascent",
}
LIBRARIES: Final[Mapping[str, str]] = {
    "jax": "jax.grad of the function returns {jax}",
    "torch": "backward() of the function leaves {torch} in {x}.grad",
}
# What (JAX, PyTorch) have of a real function, in terms of each component.
RELATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "": ("twice {it}", "twice the conjugate of {it}"),
    "conjugate": ("twice the conjugate of {it}", "twice {it}"),
    GRADIENT: ("the conjugate of {it}", "{it}"),
}
# How (JAX, PyTorch) have the products of Jacobians with cotangents.
PULLED_BACK: Final[Mapping[str, str]] = {
    "jax": "the pullback of jax.vjp at conj(g) returns the conjugate of this",
    "torch": "backward(g) of the function leaves this",
}


def convention(read: Request, wrt: str, layout: str, form: str, target: str) -> str:
    """Lines that tell what is returned by a complex variable; none by a real one."""
    x = next((v for v in read.wrt if v.data.name == wrt.partition("[")[0]), None)
    if x is None or not is_complex(x) or read.order != 1 or form in ("differential", "directional"):
        return ""
    component = read.components[read.wrt.index(x)] if read.components else ""
    told = f"this is {MEANS[component].format(x=x.data.name)}\n"
    if target not in LIBRARIES or component not in RELATIONS or not read.expr.is_scalar or not is_real(read.expr):
        return told
    turned = layout == "numerator" and len(axes(x.shape)) > 1
    jax, torch = (r.format(it="its transpose" if turned else "this") for r in RELATIONS[component])
    return told + LIBRARIES[target].format(jax=jax, torch=torch, x=x.data.name) + "\n"


def convention_of_product(read: Request, give: str, target: str) -> str:
    """Lines that tell what a product with a direction or a cotangent is where complex variables move."""
    if not any(map(is_complex, read.wrt)):
        return ""
    if give == "jvp":
        return "a complex variable moves along v, its conjugate along conj(v)\n"
    told = "a gradient by a complex Z is 2*d/dconj(Z)\n"
    if give == "vjp":
        product = "" if is_real(read.expr) else "<g, value> is real(sum(conj(g).*value))\n"
        told += product + (f"{PULLED_BACK[target]}\n" if target in PULLED_BACK else "")
    return told
