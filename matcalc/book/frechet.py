"""The Fréchet derivative of every matrix function, as a function of its own: L_f(A, E), the part of f(A + E) - f(A) that is linear in E.

f of a block matrix has it beside the diagonal: f([A, E; 0, A]) = [f(A), L_f(A, E); 0, f(A)] (Mathias; Higham, Functions of Matrices
(2008) section 3.2). So its code, its differential and its adjoint, <G, L_f(A, E)> = <L_f(A^T, G), E>, follow from the table of f.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from matcalc.book.choices import ARRAYS
from matcalc.book.rule import Param, Rule

SUFFIX: Final = "_frechet"
INCREMENT: Final = "E"
SOURCE: Final = "Higham, Functions of Matrices (2008) sections 3.1 and 3.2"
CODE: Final[Mapping[str, str]] = {
    "numpy": '''
def {name}({parameters}):
    n, size = len({a}), np.linalg.norm({e}) or 1.0
    whole = np.block([[{a}, {e}/size], [np.zeros((n, n)), {a}]])
    return size*{f}[:n, n:]
''',
    "jax": '''
def {name}({parameters}):
    n, size = len({a}), jnp.linalg.norm({e})
    size = jnp.where(size == 0, 1.0, size)
    whole = jnp.block([[{a}, {e}/size], [jnp.zeros_like({a}), {a}]])
    return size*{f}[:n, n:]
''',
    "torch": '''
def {name}({parameters}):
    n, size = len({a}), torch.linalg.norm({e})
    size = torch.where(size == 0, torch.ones_like(size), size)
    whole = torch.cat([torch.cat([{a}, {e}/size], 1), torch.cat([torch.zeros_like({a}), {a}], 1)])
    return size*{f}[:n, n:]
''',
    "matlab": """
function L = {name}({parameters})
n = size({a}, 1);
scale = norm({e}) + (norm({e}) == 0);
whole = [{a}, {e}/scale; zeros(n), {a}];
F = {f};
L = scale*F(1:n, n + 1:end);
end
""",
    "julia": """
function {name}({parameters})
    n = size({a}, 1)
    scale = norm({e}) + (norm({e}) == 0)
    whole = [{a} {e}/scale; zero({a}) {a}]
    return scale*({f})[1:n, n + 1:end]
end
""",
}
"""What computes L_f(A, E) from f, with E scaled: where it is large, f would be worked out far from A."""
DIFFERENTIAL: Final = (
    "[eye({n}), zeros({n},{n})]*{f}([{a}, E; zeros({n},{n}), {a}], {others}[d{a}, dE; zeros({n},{n}), d{a}])*[zeros({n},{n}); eye({n})]"
)


def with_frechet(functions: Mapping[str, Rule]) -> dict[str, Rule]:
    """The functions with a Fréchet derivative for each matrix function that lacks one."""
    made = dict(functions)
    for rule in functions.values():
        if rule.kind == "matrix function" and rule.name + SUFFIX not in functions:
            made[rule.name + SUFFIX] = frechet_of(rule)
    return made


def is_frechet(rule: Rule) -> bool:
    """Whether a rule was made from that of a matrix function."""
    return rule.source == SOURCE


def frechet_of(f: Rule) -> Rule:
    """The rule of L_f(A, E), from that of f."""
    first, *others = f.params
    letters = [p.name for p in f.params]
    name, (n, _) = f.name + SUFFIX, first.shape
    d = DIFFERENTIAL.format(n=n, f=name, a=first.name, others="".join(f"{p.name}, " for p in others))
    (numpy, numpy_helper), (jax, jax_helper), (torch, torch_helper) = (_code(f, target) for target in ARRAYS)
    return Rule(
        name,
        "explicit",
        (*f.params, Param(INCREMENT, first.shape)),
        f.value,
        f.file,
        d=d + (f" + {f.frechet}" if f.frechet else ""),
        jacobian=f.jacobian,
        adjoint=name,
        transposed=_transposed(f),
        latex=f"L_{{\\operatorname{{{f.name}}}}}\\left({','.join(f'{{{p}}}' for p in [*letters, INCREMENT])}\\right)",
        aliases=(f"L_{f.name}",),
        domain=f.domain,
        source=SOURCE,
        note=f"the Fréchet derivative of {f.name} at {first.name} in the direction {INCREMENT}",
        line=f.line,
        numpy=numpy,
        numpy_helper=numpy_helper,
        jax=jax,
        jax_helper=jax_helper,
        torch=torch,
        torch_helper=torch_helper,
        code=_in_others(f),
    )


def _in_others(f: Rule) -> dict[str, str]:
    """Its code in the languages in which f has some, with their helpers."""
    made = {language: _code(f, language) for language in CODE if language in f.code}
    return {key: text for language, (call, helper) in made.items() for key, text in ((language, call), (f"{language}_helper", helper))}


def _transposed(f: Rule) -> tuple[str, ...]:
    """L_f(A, E)^T = L_f(A^T, E^T) where f(A)^T = f(A^T)."""
    own = (f"{f.params[0].name}^T",) if f.transposes else f.transposed
    return (*own, f"{INCREMENT}^T") if own else ()


def _code(f: Rule, target: str) -> tuple[str, str]:
    """The template and the helper for a target; empty where f has none."""
    base, helper = _of_base(f, target)
    if not base:
        return "", ""
    letters = [p.name for p in f.params]
    for p in f.params:
        base = base.replace("{" + p.name + "}", "whole" if p is f.params[0] else p.name)
    parameters = ", ".join([*letters, INCREMENT])
    name = f"_{f.name}{SUFFIX}" if target in ARRAYS else f"{f.name}{SUFFIX}_"
    made = CODE[target].format(name=name, parameters=parameters, a=letters[0], e=INCREMENT, f=_called(base))
    call = f"{name}({', '.join('{' + p + '}' for p in [*letters, INCREMENT])})"
    return call, f"{helper.rstrip()}\n{made}" if helper else made


def _of_base(f: Rule, target: str) -> tuple[str, str]:
    if target not in ARRAYS:
        return f.code[target], f.code.get(f"{target}_helper", "")
    if target == "numpy" or getattr(f, target):
        return getattr(f, target), getattr(f, f"{target}_helper")
    module = {"jax": "jnp", "torch": "torch"}[target]
    return ("", "") if f.numpy_helper else (re.sub(r"\bnp\.", f"{module}.", f.numpy), "")


def _called(code: str) -> str:
    """Code whose value can be indexed."""
    return code if re.fullmatch(r"[\w.]+\([^()]*\)", code) else f"({code})"
