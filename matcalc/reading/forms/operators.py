r"""Operators that are written as words or as calls: "gradient of F with respect to x", diff(f, X), hessian(f, x), D[f, x], f.diff(X),
jax.grad(lambda w: ...)(w), grad(x -> ..., x), and \min_x in front."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from matcalc.errors import Span
from matcalc.reading.forms.framed import Operator
from matcalc.reading.forms.page import LEADS, NAME, Page, arguments, closing, trimmed
from matcalc.reading.grammar.components import CONJUGATE
from matcalc.reading.notes import DROPPED, Note

# The words and calls for a derivative: the order, and whether they are said of scalar functions alone.
WORDS: Final[Mapping[str, tuple[int, bool]]] = {
    "derivative": (1, False), "derivatives": (1, False), "differential": (1, False), "gradient": (1, True), "grad": (1, True),
    "jacobian": (1, False), "hessian": (2, True),
}  # fmt: skip
CALLS: Final[Mapping[str, tuple[int, bool]]] = {
    "diff": (1, False), "Derivative": (1, False), "derivative": (1, False), "D": (1, False), "grad": (1, True), "gradient": (1, True),
    "Grad": (1, True), "jacobian": (1, False), "jac": (1, False), "jacfwd": (1, False), "jacrev": (1, False), "hessian": (2, True),
    "hess": (2, True), "Hessian": (2, True),
}  # fmt: skip
_MODULES: Final = r"(?:(?:jax|jnp|torch|func|autograd|functional|ForwardDiff|ReverseDiff|Zygote|sympy|sp|sy|tf|nd|np|numDeriv)\.)*"
_CALL: Final = re.compile(rf"\s*{_MODULES}({'|'.join(CALLS)})\s*(?=[(\[])")
_METHOD: Final = re.compile(r"\.\s?(diff|jacobian|gradient|hessian)\s?$")
MAX_METHOD: Final = 20
_LAMBDA: Final = re.compile(
    r"\s*(?:lambda\s+(?P<python>[^:()]+):"
    r"|(?:@|\\|function\s*)\(\s*(?P<at>[^()]*)\)"
    rf"|\(?\s*(?P<arrow>{NAME}(?:\s*,\s*{NAME})*)\s*\)?\s*(?:->|\|->|=>|↦|→|\\mapsto(?![A-Za-z])|\\to(?![A-Za-z])))"
)
_CALLED: Final = r"(?:(?:the|matrix|vector|scalar|variable|parameters?|weights?)\s+)*"
# A variable, or its conjugate: conj(w), w^*.
_VARIABLE: Final = (
    rf"{_CALLED}(?:(?P<conjugate>(?:conjugate\s+of|conj(?:ugate)?\s*\()\s*)?(?P<variables>{NAME}(?:\s*(?:,|,?\s+and\s)\s*{NAME})*)"
    r"(?(conjugate)\s*\)?|(?P<star>\s*\^\s*\{?\s*(?:\*|\\ast(?![A-Za-z])|\\star(?![A-Za-z]))\s*\}?)?))"
)
_BY: Final = re.compile(
    r"(?<![\w\\])(?:with\s+(?:respect|regard)\s+to|w\.?\s?r\.?\s?t\.?|relative\s+to|by|in)\s+"
    rf"{_VARIABLE}(?=\s*(?:$|[;,.?]|\bwhere\b|\bof\b|\bwith\b|\bif\b))",
    re.IGNORECASE,
)  # fmt: skip
_OF: Final = re.compile(
    rf"\s*(?:{LEADS}\s+)*(?:the\s+)?(?:(?P<second>second)|first)?\s*(?:(?:partial|total|matrix|vector)\s+)*"
    rf"(?P<what>{'|'.join(WORDS)})\s*(?:matrix|vector)?\s+(?=of\b|with\b|w\.?r\.?t|by\b|in\b)",
    re.IGNORECASE,
)
_VERB: Final = re.compile(rf"\s*(?:{LEADS}\s+)*(?:differentiate)\s+", re.IGNORECASE)
_WRT: Final = re.compile(r"(?<![\w\\])(?:with\s+(?:respect|regard)\s+to|w\.?r\.?t\.?)\s", re.IGNORECASE)
_MARK_ALONE: Final = re.compile(r"\s*[d∂](?=[\s(])(?!.*/\s*[d∂])")
_FRONT: Final = re.compile(rf"\s*(?:{LEADS}\s+)+", re.IGNORECASE)
_SPACED: Final = r"(?:\\,|\\;|\\!|~|\s)*"
_EXTREME: Final = re.compile(
    rf"\s*(?:{NAME}\s*=\s*)?(?P<front>(?:\\arg|arg)?{_SPACED}\\?(?:min|max)(?:imi[sz]e|imum)?(?:\\limits)?"
    rf"|\\(?:operatorname|mathop|mathrm|text)\*?\s*\{{\s*(?:\\rm\s*)?(?:arg{_SPACED})?\\?(?:min|max)(?:imi[sz]e)?\s*\}}(?:\\limits)?)"
    rf"\s*_\s*(?:\{{\s*(?P<braced>{NAME}(?:\s*,\s*{NAME})*)\s*(?:(?:\\in(?![A-Za-z])|∈)[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)?\}}"
    r"|(?P<bare>\\?[A-Za-zΑ-ω][A-Za-z0-9]*))\s*"
)
_CONSTRAINT: Final = re.compile(r"(?<![\w\\])(?:s\.\s?t\.|subject\s+to)|\\text\s*\{\s*s\.\s?t\.", re.IGNORECASE)
_MARK_OF: Final = re.compile(
    r"\s*(?:[d∂]\s*(?:\^?\s*2|²)?\s*/\s*\(?[d∂]|[∂∇]|grad_|hess_|\\frac|\\nabla|\\partial)[^;]{0,80}?[\w}\])](?P<of>\s+of)\s", re.IGNORECASE
)


Names = Callable[[str], list[str] | None]


def take(page: Page, names: Names) -> Operator | None:
    """The operator in words or as a call that a piece of the text holds; what is left there is the function."""
    found: Operator | None = None
    for k in range(len(page.pieces)):
        span = page.strip(page.pieces[k])
        made = _Taking(page, names, span).read()
        if made is not None and found is not None:
            raise page.fail("two derivatives are asked for here", span, "ask for one at a time")
        found = made or found
        front = _FRONT.match(page.text, *page.strip(page.pieces[k]))
        if front is not None:
            page.blank(front.start(), front.end())
        of = _MARK_OF.match(page.text, *page.strip(page.pieces[k]))
        if of is not None:
            page.blank(*of.span("of"))
    return found


class _Taking:
    """Reads the operator of one piece."""

    def __init__(self, page: Page, names: Names, span: Span) -> None:
        self.page, self.names = page, names
        self.start, self.end = span

    def read(self) -> Operator | None:
        """The operator, what says it blanked; None where the piece has none."""
        return self._extreme() or self._call() or self._method() or self._words()

    # ---------------------------------------------------------------------------------------------- min and max

    def _extreme(self) -> Operator | None:
        r"""\min_x and \arg\max_x in front of what is minimised."""
        found = _EXTREME.match(self.page.text, self.start, self.end)
        if found is None or self._is_call(found):
            return None
        constraint = _CONSTRAINT.search(self.page.text)
        if constraint is not None:
            told = "a minimum under constraints is no derivative"
            raise self.page.fail(told, constraint.span(), "differentiate the Lagrangian, or leave the constraints out")
        place = "braced" if found["braced"] else "bare"
        listed = self._listed(found[place], found.span(place))
        self.page.blank(found.start(), found.end())
        written = re.sub(r"\s+", " ", found[0].strip())
        note = Note(f"{written} is left out: this is the derivative of what it stands before", DROPPED, listed[0])
        return Operator(*listed, 1, True, note=note)

    def _is_call(self, found: re.Match[str]) -> bool:
        """Whether a name such as max_x is a function's, in the plain notation."""
        return self.page.text[found.end() :][:1] == "(" and found["braced"] is None and found["front"][0] not in "\\a"

    # ---------------------------------------------------------------------------------------------- calls

    def _call(self) -> Operator | None:
        """diff(f, X), D[f, x], jax.grad(lambda w: ...)(w): the piece is the call."""
        text = self.page.text
        found = _CALL.match(text, self.start, self.end)
        if found is None:
            return None
        opening, name = found.end(), found[1]
        end = closing(text, opening)
        if end < 0 or end >= self.end or name == "D" and text[opening] != "[":
            return None
        applied = text[end + 1 : self.end].lstrip()
        spans = [trimmed(text, s) for s in arguments(text, opening + 1, end)]
        if applied[:1] == "(":
            opened = text.index("(", end)
            if closing(text, opened) != self.end - 1:
                return None
            return self._applied(name, spans, [trimmed(text, s) for s in arguments(text, opened + 1, self.end - 1)])
        return self._with_arguments(name, spans) if not applied and len(spans) > 1 else None

    def _with_arguments(self, name: str, spans: Sequence[Span]) -> Operator | None:
        """The function and the variables are the arguments: diff(f, x), diff(f, x, 2), D[f, {x, 2}]."""
        body = self._body(spans[0])
        order, scalar = CALLS[name]
        found: list[tuple[str, Span]] = []
        for span in spans[1:]:
            inside = self.page.text[slice(*span)]
            if inside in ("1", "2") and found and order == 1:
                order = int(inside)
                continue
            pair = re.fullmatch(r"\{\s*([^{},]+?)\s*(?:,\s*([12])\s*)?\}", inside)
            at = (span[0] + pair.start(1), span[0] + pair.end(1)) if pair is not None else span
            order = int(pair[2]) if pair is not None and pair[2] else order
            if inside.startswith(('"', "'")):
                at = (span[0] + 1, span[1] - 1)
            names = self.names(self.page.text[slice(*at)].removeprefix("[").removesuffix("]"))
            if names is None:
                return None
            found += [(n, at) for n in names]
        return self._made(body[0], found, order, scalar, name in ("diff", "D", "Derivative"), {})

    def _applied(self, name: str, spans: Sequence[Span], given: Sequence[Span]) -> Operator | None:
        """The function is an argument, the point is given behind: jax.grad(lambda w: ...)(w)."""
        body, parameters = self._body(spans[0])
        which = [0]
        for span in spans[1:]:
            chosen = re.fullmatch(r"argnums\s*=\s*\(?\s*(\d(?:\s*,\s*\d)*)\s*,?\s*\)?", self.page.text[slice(*span)])
            if chosen is None:
                return None
            which = [int(d) for d in chosen[1].split(",")]
        listed = [(self.names(self.page.text[slice(*s)]), s) for s in given]
        if any(names is None or len(names) != 1 for names, _ in listed) or max(which) >= len(listed):
            raise self.page.fail("a gradient is taken at variables", (given[0][0], given[-1][1]), "write grad(f)(x) with a name for x")
        points = [(names[0], s) for names, s in listed if names]
        renamed = {p: n for p, (n, _) in zip(parameters, points, strict=False) if p != n}
        inside = self.page.text[slice(*body)]
        caught = next((n for n in renamed.values() if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", inside)), None)
        if caught is not None:
            raise self.page.fail(f"{caught} stands in the function too, whose own variable is {', '.join(parameters)}", body)
        order, scalar = CALLS[name]
        return self._made(body, [points[k] for k in which], order, scalar, False, renamed)

    def _body(self, span: Span) -> tuple[Span, list[str]]:
        """The range of a function's body, and its parameters where it is a lambda."""
        found = _LAMBDA.match(self.page.text, *span)
        if found is None:
            return span, []
        listed = next(g for g in (found["python"], found["at"], found["arrow"]) if g is not None)
        names = self.names(listed)
        if names is None:
            raise self.page.fail("the parameters of this function are not read", span)
        return (found.end(), span[1]), names

    def _method(self) -> Operator | None:
        """f.diff(X), f.diff(x, 2)."""
        text = self.page.text
        opening = _opening(text, self.start, self.end - 1)
        found = _METHOD.search(text, max(self.start, opening - MAX_METHOD), opening) if opening > self.start else None
        if found is None or found.start() == self.start:
            return None
        spans = [trimmed(text, s) for s in arguments(text, opening + 1, self.end - 1)]
        if spans[0][1] == spans[0][0]:
            return None
        return self._with_arguments(found[1], [(self.start, found.start()), *spans])

    def _made(
        self, body: Span, found: list[tuple[str, Span]], order: int, scalar: bool, repeats: bool, renamed: Mapping[str, str]
    ) -> Operator:
        """The operator; a variable that is named twice is differentiated by twice."""
        names = [n for n, _ in found]
        if repeats and len(names) == 2:
            order, names = 2, list(dict.fromkeys(names))
        self.page.blank(self.start, body[0])
        self.page.blank(body[1], self.end)
        spans = [span for _, span in found][: len(names)]
        return Operator(tuple(names), tuple(spans), order, scalar, dict(renamed))

    # ---------------------------------------------------------------------------------------------- words

    def _words(self) -> Operator | None:
        """Derivative of F with respect to X, F wrt X, differentiate F by X."""
        text = self.page.text
        kind = _OF.match(text, self.start, self.end)
        verb = _VERB.match(text, self.start, self.end) if kind is None else None
        begin = kind.end() if kind is not None else verb.end() if verb is not None else self.start
        if kind is None and verb is None and _WRT.search(text, self.start, self.end) is None:
            return None
        region = text[: self._reach()]
        last = None
        for found in _BY.finditer(region, begin):
            is_plain = found[0].lower().startswith(("by", "in"))
            if not is_plain or kind is not None or verb is not None:
                last = found
        if last is None:
            return None
        order, scalar = WORDS[kind["what"].lower()] if kind is not None else (1, False)
        order = 2 if kind is not None and kind["second"] else order
        listed = self._listed(last["variables"], last.span("variables"))
        end = max(last.end("variables"), last.end())
        self.page.blank(last.start(), end)
        mark = _MARK_ALONE.match(text, begin, last.start()) if kind is None and verb is None else None
        self.page.blank(self.start, mark.end() if mark is not None else begin)
        of = re.compile(r"\s*of\s").match(self.page.text, begin) or re.compile(r"\s*of\s").match(self.page.text, end)
        if of is not None:
            self.page.blank(of.start(), of.end())
        of_conjugate = last["conjugate"] is not None or last["star"] is not None
        return Operator(*listed, order, scalar, component=CONJUGATE if of_conjugate else "")

    def _reach(self) -> int:
        """Where the list of variables may end, commas included: at the next piece that is no name."""
        end = self.end
        for piece in self.page.pieces:
            start, stop = self.page.strip(piece)
            if start > end and piece.before[0] >= end and re.fullmatch(NAME, self.page.text[start:stop]):
                end = stop
            elif start > end:
                break
        return end if end > self.end else self.end

    def _listed(self, text: str, span: Span) -> tuple[tuple[str, ...], tuple[Span, ...]]:
        names = self.names(text)
        if names is None:
            raise self.page.fail("this is no variable", span, "name what to differentiate by")
        return tuple(names), (span,) * len(names)


def _opening(text: str, start: int, end: int) -> int:
    """Where the parenthesis opens that the last character closes; -1 where that is none."""
    if end < start or text[end] != ")":
        return -1
    depth = 0
    for k in range(end, start - 1, -1):
        depth += (text[k] in ")]}") - (text[k] in "([{")
        if not depth:
            return k
    return -1
