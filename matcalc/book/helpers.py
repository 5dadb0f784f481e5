"""Code that functions share: a rule's `uses` names the functions whose helpers stand before its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from matcalc.book.rule import Rule
from matcalc.errors import UsageError

HELPERS: Final = ("numpy_helper", "jax_helper", "torch_helper")


def with_helpers(functions: Mapping[str, Rule]) -> dict[str, Rule]:
    """The functions with the helpers of those that they use before their own.

    Raises UsageError where one that is used is not in the book.
    """
    return {name: _completed(rule, functions) if rule.uses else rule for name, rule in functions.items()}


def _completed(rule: Rule, functions: Mapping[str, Rule]) -> Rule:
    order = [*_used(rule, functions), rule]
    numpy, jax, torch = ("\n".join(dict.fromkeys(h for r in order if (h := getattr(r, key)))) for key in HELPERS)
    return replace(rule, uses=(), numpy_helper=numpy, jax_helper=jax, torch_helper=torch, code=_with_code(rule, order))


def _with_code(rule: Rule, order: list[Rule]) -> dict[str, str]:
    """Its code in other languages, with the helpers of those that it uses."""
    code = dict(rule.code)
    for language in rule.code:
        if helpers := dict.fromkeys(h for r in order if (h := r.code.get(f"{language}_helper"))):
            code[f"{language}_helper"] = "\n".join(helpers)
    return code


def _used(rule: Rule, functions: Mapping[str, Rule]) -> list[Rule]:
    """What it uses, and before each what that uses itself."""
    found: list[Rule] = []
    for name in rule.uses:
        other = functions.get(name)
        if other is None:
            raise UsageError(f"{rule.place}: {rule.name} uses {name}, which is not a function of the book")
        found += [*_used(other, functions), other]
    return list(dict.fromkeys(found))
