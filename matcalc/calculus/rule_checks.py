"""What a rule says, checked as a text: its names, its shapes, its code, and that a differential is linear in the increments."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from matcalc.algebra.node import increment
from matcalc.algebra.operations import OPERATIONS
from matcalc.algebra.walk import substitute
from matcalc.book.choices import ARRAYS, TARGETS
from matcalc.book.files import rule_files
from matcalc.book.rules import NAME, Rule, find, in_use
from matcalc.book.sizes import LEAST
from matcalc.errors import MatcalcError, UsageError
from matcalc.index.lower import LOWERED, label, lower
from matcalc.numbers.conditions import conditions, crossed, inside
from matcalc.reading.dialects.pairs import is_spelt
from matcalc.reading.templates import increments, template
from matcalc.simplify.spectral import POWER

STRINGS: Final = ("derivative", "d", "function", "jacobian", "means", "written", "short_for")
SIZE: Final = re.compile(r"\w+(\*\w+)*|min\(\w+,\w+\)")
# What a name means in the notation without being a function of the book.
TAKEN: Final = frozenset("ones zeros eye pi I K where d T".split())
# The operations of an expression, which a function's name would be confused with.
SIGNS: Final = frozenset(o.name for o in OPERATIONS.values() if not o.function)


def check_strings(rule: Rule) -> None:
    """Refuse a rule whose names, parameters, templates or strings in the notation do not fit each other.

    Raises UsageError with the file and the line of the rule.
    """
    _check_names(rule)
    _check_parameters(rule)
    _check_placeholders(rule)
    for field in STRINGS:
        if getattr(rule, field):
            template(rule.name, field)
    if rule.kind in ("linear", "bilinear") and not rule.means and not rule.d and rule.name not in LOWERED:
        refuse(rule, "lacks 'means', or 'd'", "say what it is in simpler terms, such as means = \"sum(A)/(m*n)\"")
    if rule.d:
        _check_linear(rule)
    _check_operands(rule)
    _check_extension(rule)
    _check_conditions(rule)


def _check_operands(rule: Rule) -> None:
    """Refuse a transpose or an adjoint that is not told in the parameters, or of a function that the book has not."""
    names = [p.name for p in rule.params]
    if rule.transposed and sorted(told.removesuffix("^T") for told in rule.transposed) != sorted(names):
        refuse(rule, f"has transposed = {list(rule.transposed)}", "it names each parameter once, with ^T where it is transposed")
    if rule.adjoint and find(rule.adjoint) is None:
        refuse(rule, f"has the adjoint {rule.adjoint}, which is not a function of the book")


def _check_extension(rule: Rule) -> None:
    """Refuse what extends something else than an elementwise function, of a matrix alone, or the power, of a matrix and an exponent."""
    if not rule.extends:
        return
    entry = in_use().functions.get(rule.extends)
    if rule.extends != POWER and (entry is None or entry.kind != "elementwise"):
        what = f"extends {rule.extends}, which is the name of no elementwise function of the book"
        refuse(rule, what, f'a matrix function extends one, as expm extends exp, or "{POWER}"')
    wanted = 2 if rule.extends == POWER else 1
    if rule.kind != "matrix function" or len(rule.params) != wanted:
        refuse(rule, f"extends {rule.extends}, but is no matrix function with {wanted} parameter{'s' if wanted > 1 else ''}")


def _check_conditions(rule: Rule) -> None:
    """Refuse a domain or a kink that cannot be read."""
    for field, told in (("domain", conditions), ("kinks", crossed)):
        try:
            for text in told(rule):
                inside(text)
        except MatcalcError as error:
            refuse(rule, f"has {field} = {getattr(rule, field)!r}: {error.message}", error.hint)


def refuse(rule: Rule, what: str, hint: str | None = None) -> NoReturn:
    """Raise UsageError about a rule, with its place."""
    raise UsageError(f"{rule.place}: {rule.name} {what}", hint=hint)


def _check_names(rule: Rule) -> None:
    for name in (rule.name, *rule.aliases):
        if not NAME().fullmatch(name):
            refuse(rule, f"has the alias {name!r}, which is no name")
        if name in TAKEN | SIGNS or is_spelt(name) and rule.file not in {f.name for f in rule_files()}:
            refuse(rule, f"cannot be called {name}, which means something in the notation already", "give it another name")


def _check_parameters(rule: Rule) -> None:
    """Names that differ, one parameter or two as the kind has them, and no size in the value that none of them tells."""
    names = [p.name for p in rule.params]
    for name in names:
        if not NAME().fullmatch(name) or name.startswith("d") and name[1:] in names or names.count(name) > 1 or name in TAKEN:
            refuse(rule, f"cannot have a parameter {name!r}", "parameters are letters such as x or A, each of its own")
    for size in (*(size for p in rule.params for size in p.shape), *rule.value):
        if not SIZE.fullmatch(size):
            refuse(rule, f"has the size {size!r}", "shapes are 'm x n', 'n' for a column, 'scalar'; a size may be a product, m*n")
    numbers = [p.name for p in rule.params[1:] if p.shape == ("1", "1")] if rule.kind == "matrix function" else []
    wanted = {"bilinear": 2, "explicit": len(names)}.get(rule.kind, 1 + len(numbers))
    if len(names) != wanted or not names:
        refuse(rule, f"has {len(names)} parameters; a function of the kind {rule.kind} has {wanted or 'at least one'}")
    shape = rule.params[0].shape
    if rule.kind == "matrix function" and (shape[0] != shape[1] or rule.value != shape):
        refuse(rule, "is a matrix function, so its argument is square and its value like it", 'args = ["A: n x n"], value = "n x n"')
    if rule.kind == "elementwise" and (rule.value != shape or shape[0] == shape[1] or "1" in shape):
        refuse(rule, "is elementwise, so its argument has any shape and its value is like it", "leave out args and value")
    told = {size for p in rule.params for size in p.shape}
    for size in re.findall(r"[A-Za-z]\w*", " ".join(rule.value)):
        if size not in told | {LEAST.removesuffix("(")}:
            refuse(rule, f"has a value with the size {size}, which no parameter tells")


def _check_placeholders(rule: Rule) -> None:
    """Every template holds every parameter, and nothing else that looks like one; code can be compiled."""
    names = {p.name for p in rule.params}
    for field in (*TARGETS, "latex", "unicode"):
        text = rule.code.get(field, "") if field in TARGETS and field not in ARRAYS else getattr(rule, field)
        if not text:
            continue
        if missing := [name for name in names if "{" + name + "}" not in text]:
            refuse(rule, f"does not mention {{{missing[0]}}} in {field}")
        if field in ARRAYS:
            _check_compiles(rule, field, text)


def _check_compiles(rule: Rule, field: str, text: str) -> None:
    for p in rule.params:
        text = text.replace("{" + p.name + "}", p.name)
    for key, source, mode in ((field, text, "eval"), (f"{field}_helper", getattr(rule, f"{field}_helper"), "exec")):
        try:
            compile(source, key, mode)
        except (SyntaxError, ValueError) as error:
            refuse(rule, f"has {key} that is no Python: {error}")


def _check_linear(rule: Rule) -> None:
    """Refuse a differential of which a term holds no increment, or several, or one inside a function."""
    moving = increments(rule)
    form = substitute(template(rule.name, "d"), {name: increment(v.shape) for name, v in moving.items()}, {})
    for term in lower(form, label(form.shape[0]), label(form.shape[1])):
        held = [e for e in (*term.scalars, *(f[0] for f in term.factors)) if e.has_increment]
        inside = next((e.op for e in held if e.op not in ("sym", "operator")), None)
        if len(held) != 1 or inside is not None:
            what = f"{len(held)} increments" if inside is None else f"an increment inside {inside}"
            raise UsageError(f"{rule.place}: d of {rule.name} is not linear in {', '.join(moving)}: a term holds {what}")
