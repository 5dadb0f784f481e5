"""From a function as it was written to the form in which it is differentiated, a line for every law that is used.

    f = (y - X*b)^T*(y - X*b)
      = norm2(y - X*b)^2         a vector times itself is its squared norm

Every step of the typed tree is written with its operands as they are kept. Where the step itself is kept in another way, a
move of rules/derivation.toml explains the change, by what was written and what stands there now. Notation and the order of
the terms of a sum are no change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final

from matcalc.algebra.node import Expr
from matcalc.book import rules as rulebook
from matcalc.book.moves import Move, move, rewritings
from matcalc.printing.as_written import step_written
from matcalc.printing.forms import Form
from matcalc.printing.notations.printer import Printer
from matcalc.printing.notations.text import TEXT
from matcalc.reading.grammar.syntax import Call
from matcalc.reading.inference.steps import Step, Typed
from matcalc.records import dataclass

LONGEST: Final = 150
NUMERIC: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
SIZED: Final = re.compile(r"\beye\(([^()]*)\)")
DIFFERENCE: Final = re.compile(r"\(([^()]*) - ([^()]*)\)")
SIGN: Final = re.compile(r" [-+] ")
POWER: Final = re.compile(r"\^-?[02-9]")
CALLED: Final = re.compile(r"([A-Za-z_]\w*)\(")
NOTATION: Final = frozenset({("inv", "power"), ("inv", "inverse_transpose")})
TOKEN: Final = re.compile(r"[\w']+|\.[*/^]|[^\s()]")

Told = Callable[[Printer], str]


@dataclass(frozen=True)
class Written:
    """One tree: the function, or a definition of the request with its name; `nodes` are its steps in normal form.

    They are presented in the forms of the request, or barely, where a function of the request is hidden in these that is kept no more.
    """

    name: str
    tree: Typed
    nodes: Sequence[Expr]
    present: Callable[[Expr], Form]
    present_barely: Callable[[Expr], Form]

    @cached_property
    def kept(self) -> list[Form]:
        """How every step is written when nothing of the request is left in it."""
        forms = [self.present(e) for e in self.nodes]
        is_hidden = any(self._is_hidden(*each) for each in zip(self.tree.steps, self.nodes, forms, strict=True))
        return [self.present_barely(e) for e in self.nodes] if is_hidden else forms

    def _is_hidden(self, step: Step, e: Expr, form: Form) -> bool:
        """Whether a form says a function that is no part of the node any more, as log(softmax(x)) does of x - logsumexp(x)*ones(n)."""
        if not isinstance(step.node, Call) or form.kind != "apply" or form.data == e.op:
            return False
        bare = self.present_barely(e)
        return form.data not in CALLED.findall(TEXT.render(bare)) and (form.data, bare.kind) not in NOTATION

    @cached_property
    def changes(self) -> list[Move | None]:
        """What explains every step that is kept in another way than it was written."""
        return [self._change(step, k) for k, step in enumerate(self.tree.steps)]

    def _change(self, step: Step, k: int) -> Move | None:
        if not step.operands:
            return None
        literal = step_written(step, [self.kept[i] for i in step.operands])
        return change(literal, self.kept[k], self.nodes[k].is_scalar)

    def form(self, applied: frozenset[Move] | None) -> Form:
        """The tree after the laws `applied`; as it was written where that is None."""
        made: list[Form] = []
        touched: list[bool] = []
        for k, step in enumerate(self.tree.steps):
            is_touched = applied is not None and self._is_kept(k, applied) and all(touched[i] for i in step.operands)
            touched.append(is_touched)
            made.append(self.kept[k] if is_touched else step_written(step, [made[i] for i in step.operands], self.tree.source))
        return made[-1]

    def _is_kept(self, k: int, applied: frozenset[Move]) -> bool:
        reason = self.changes[k]
        return reason is None or reason in applied


def recounted(trees: Sequence[Written]) -> list[tuple[Told, Move]]:
    """The function as it was written, with the definitions that it needs, and after each law that leads to its normal form.

    The last of the trees is the function.
    """
    lines: list[tuple[Told, Move]] = [(_told(trees, None), move("definition"))]
    if sum(len(t.tree.steps) for t in trees) > LONGEST:
        return lines
    reasons = list(dict.fromkeys(m for t in trees for m in t.changes if m is not None))
    lines += [(_told(trees, frozenset(reasons[: k + 1])), m) for k, m in enumerate(reasons)]
    return [line for k, line in enumerate(lines) if k == 0 or line[0](TEXT) != lines[k - 1][0](TEXT)]


def _told(trees: Sequence[Written], applied: frozenset[Move] | None) -> Told:
    """The function and its definitions in a notation."""
    forms: Mapping[str, Form] = {t.name: t.form(applied) for t in trees}

    def told(printer: Printer) -> str:
        *parts, (_, whole) = [(name, printer.finished(printer.render(form))) for name, form in forms.items()]
        named = printer.separator.join(f"{printer.name_of(name)}{printer.equals}{shown}" for name, shown in parts)
        return whole + (printer.where + named if named else "")

    return told


def change(before: Form, after: Form, is_scalar: bool) -> Move | None:
    """The move from one form to another; None where they differ in notation, in the order of terms or in where a sign stands alone."""
    one, other = (TEXT.render(form) for form in (before, after))
    bare, kept = _bare(one), _bare(other)
    is_in_order = before.kind != "sum" and one.startswith("-") is other.startswith("-")
    if bare == kept or not is_in_order and sorted(bare) == sorted(kept) or _is_scaled(bare, kept):
        return None
    if _bare(_upright(one)) == _bare(_upright(other)) or _is_sign_of_argument(before, after):
        return move("sign")
    known = rewritings()
    kinds = _kind(before), _kind(after)
    if kinds[0].endswith("^") and kinds[1] in ("quotient", "sqrt") or kinds in NOTATION:
        return None
    found = known.get(" -> ".join(kinds)) or _reordered(one, other, is_scalar)
    appeared = (m for sign, m in known.items() if sign[0] in "+-" and _appeared(sign, one, other))
    return found or known.get(f"{kinds[0]} -> *") or _by_definition(before, other) or next(appeared, move("rewriting"))


def _is_scaled(bare: list[str], kept: list[str]) -> bool:
    """Whether x.*(B*y) is spelled diag(x)*B*y, which is the same expression."""
    is_spelled = "diag" in kept and "diag" not in bare and ".*" in bare
    return is_spelled and sorted(t for t in bare if t != ".*") == sorted(t for t in kept if t not in (".*", "diag"))


def _is_sign_of_argument(before: Form, after: Form) -> bool:
    """Whether the terms of the argument of a function have changed their signs alone."""
    if before.kind != "apply" or after.kind != "apply" or before.data != after.data or len(before.parts) != 1:
        return False
    one, other = (TEXT.render(form.parts[0]) for form in (before, after))
    return before.parts[0].kind == "sum" and sorted(_bare(one)) == sorted(_bare(other))


def _by_definition(before: Form, other: str) -> Move | None:
    """What a function means, where it is not called any more."""
    rule = rulebook.find(before.data) if before.kind == "apply" else None
    return move("meaning") if rule is not None and rule.means and before.data not in CALLED.findall(other) else None


def _appeared(sign: str, one: str, other: str) -> bool:
    """Whether there is more of "+sign" than before, or less of "-sign"; a transpose is no power."""
    before, after = (text.replace("^T", "") for text in (one, other))
    more = after.count(sign[1:]) - before.count(sign[1:])
    return more > 0 if sign[0] == "+" else more < 0


def _reordered(one: str, other: str, is_scalar: bool) -> Move | None:
    """The move between two products with the same factors, some of them turned; None where the factors differ."""
    upright = [sorted(_bare(text.replace("^T", ""))) for text in (one, other)]
    if upright[0] != upright[1]:
        return None
    if ".*" in one:
        return move("hadamard_trace" if is_scalar and "^T" in one else "order")
    if "^T" in one and is_scalar:
        return move("scalar_transpose")
    return move("order" if one.count("^T") == other.count("^T") else "transposes")


def simplification(before: str, after: str) -> Move:
    """The move from one text of a derivative to a simpler one of the same value."""
    if _functions(after) - _functions(before):
        return move("recognition")
    if sorted(_bare(before.replace("^T", ""))) == sorted(_bare(after.replace("^T", ""))):
        regrouped = "regrouped" if SIGN.search(before) else "order"
        return move(regrouped if before.count("^T") == after.count("^T") else "transposes")
    signs, inside = ([count(text) for text in (before, after)] for count in (_signs, _signs_inside))
    if signs[0] < signs[1] or inside[0] > inside[1] and signs[0] == signs[1]:
        return move("multiplied_out")
    if len(_bare(after)) >= len(_bare(before)):
        return move("common_factors" if inside[0] < inside[1] else "simplify")
    if inside == [0, 0] and signs[0] == signs[1]:
        return move("equal_factors" if POWER.search(after) and not POWER.search(before) else "cancelled")
    return move("common_factors" if inside[0] < inside[1] or signs[0] == signs[1] else "cancelled")


def _signs(text: str) -> int:
    return len(SIGN.findall(text))


def _signs_inside(text: str) -> int:
    """How many signs of sums stand in parentheses."""
    depths = accumulate({"(": 1, ")": -1}.get(c, 0) for c in text)
    ends = list(depths)
    return sum(ends[found.start()] > 0 for found in SIGN.finditer(text))


def _functions(text: str) -> set[str]:
    return set(CALLED.findall(text)) - {"ones", "eye", "zeros", "diag", "sum", "tr", "vec", "norm2", "normF"}


def _bare(text: str) -> list[str]:
    """The signs of a text without those that only notation asks for: parentheses, asterisks, sizes of I, numbers in front."""
    return [t for t in TOKEN.findall(NUMERIC.sub("", SIZED.sub("I", text))) if t not in ("*", "/", "-", "+")]


def _upright(text: str) -> str:
    """The text with every difference one way round."""
    return DIFFERENCE.sub(lambda found: f"({min(found.groups())} - {max(found.groups())})", text)


def _kind(form: Form) -> str:
    """What is written outermost: tr, norm2^, product, sum."""
    while form.kind in ("negative", "quotient") and form.parts[0].kind != "number":
        form = form.parts[0]
    if form.kind in ("power", "epower") and form.parts[0].kind == "apply":
        return f"{form.parts[0].data}^"
    return "terms" if form.kind == "sum" else str(form.data) if form.kind == "apply" else form.kind
