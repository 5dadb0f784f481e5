"""Why a variable is of the kind that it is read as: what was declared, or else what its name looks like and what it is used for."""

from __future__ import annotations

from matcalc.reading.declarations import Declaration
from matcalc.reading.inference.scope import Scope, is_greek

DECLARED = "declared"


def reason(name: str, scope: Scope) -> str:
    """The reason in a few words: `declared`, `upper case`, `an exponent`."""
    declared = scope.declared.get(name)
    if name in scope.given or isinstance(declared, Declaration) and (declared.kind or declared.dimensions):
        return DECLARED
    if name in scope.definitions:
        return "defined"
    if name in scope.tried:
        return "its use"
    if name in scope.looks:
        return scope.looks[name].reason
    if name in scope.exponents:
        return "an exponent"
    if isinstance(declared, Declaration) and declared.properties and not name[0].isupper():
        return f"declared {' '.join(sorted(declared.properties))}"
    return "upper case" if name[0].isupper() else "a Greek letter" if is_greek(name) else "lower case"
