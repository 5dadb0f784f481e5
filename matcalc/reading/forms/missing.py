"""What to write where a request does not say by what to differentiate: the whole line, for each of its names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from matcalc.reading.grammar.tokens import Token

NO_VARIABLE: Final = "write d f / dX, or name the variable (--wrt X)"
SHOWN: Final = 3
_OPENING: Final = frozenset({"(", "[", "|", "||", "-"})
_OPERATORS: Final = frozenset({"d", "∂", "grad", "gradient", "∇", "derivative", "hess", "jac"})


def with_variable(head: Sequence[Token], text: str, is_function: Callable[[str], bool]) -> str:
    """The hint: the request by each of the names that it could be by."""
    body = list(head[1:] if head[0].text in _OPERATORS else head)
    names = dict.fromkeys(t.text for t in body if t.kind == "name" and t.text != "T" and not is_function(t.text))
    whole = body[-1].end if body else 0
    if not body or body[0].kind == "op" and body[0].text not in _OPENING or any(map(_is_other, body)):
        return NO_VARIABLE
    if not 1 <= len(names) <= SHOWN or "\\" in text or whole != len(text.rstrip()):
        return NO_VARIABLE
    function = text[body[0].start : whole]
    opening = 1 if is_function(body[0].text) and len(body) > 1 else 0
    if len(body) > 1 and not (body[opening].text == "(" and closes(body[opening:])):
        function = f"({function})"
    lines = [f"d {function}/d{name}" for name in names]
    return f"write {' or '.join(lines)}"


def _is_other(t: Token) -> bool:
    """A d with a variable, an operator with one, or the sign of a definition, which are no part of a function."""
    is_mark = len(t.text) == 2 and t.text[0] == "d" or t.text.startswith(("grad", "hess"))
    return t.text in ("=", ":", ";", "d", "∂") or t.kind == "name" and is_mark


def closes(tokens: Sequence[Token]) -> bool:
    """Whether the parenthesis that comes first is closed by the last token."""
    depth = 0
    for k, t in enumerate(tokens):
        depth += (t.text == "(") - (t.text == ")")
        if not depth:
            return k == len(tokens) - 1
    return False


def applied(name: str, is_function: Callable[[str], bool]) -> str:
    """tr(X) for trX, where the name begins with a function; empty where it does not."""
    at = next((k for k in range(len(name) - 1, 1, -1) if is_function(name[:k])), 0)
    return f"{name[:at]}({name[at:]})" if at else ""
