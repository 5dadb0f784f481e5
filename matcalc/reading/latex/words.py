r"""Names, functions and constants in LaTeX, with their subscripts.

A subscript belongs to its name, unless the name is declared as an array and the subscript is a position in it, or holds
the index of a sum. What could be either is refused at the end, when all names are known.
"""

from __future__ import annotations

import re
from typing import Final

from matcalc.algebra.expr import PREFIXES
from matcalc.book import rules as rulebook
from matcalc.book.rules import per_book
from matcalc.errors import Span
from matcalc.reading.grammar.derivative import GRADIENTS
from matcalc.reading.grammar.tokens import BOLD_ONE, EULER, GREEK_NAMES, Token
from matcalc.reading.latex.exponents import CONJUGATES, STARS, TRANSPOSES, Exponents
from matcalc.reading.latex.names import Named, Subscript
from matcalc.reading.latex.scan import CONJUGATING, SIZES, Piece
from matcalc.reading.latex.state import BOLD_ZERO, function_name, is_function, usual_kind

SIGMOID: Final = "sigma"
_AFTER_ARGUMENT: Final = frozenset("+ - = , ; ) ] } & right end \\ text".split())
_INDEX_LETTERS: Final = frozenset("ijkl")


@per_book
def _heads() -> dict[str, str]:
    r"""The functions whose head in LaTeX is not their name: \sigma is sigmoid, \operatorname{H} heaviside."""
    found = {}
    for name in rulebook.names():
        rule = rulebook.find(name)
        head = re.fullmatch(r"\\(?:operatorname\{)?([A-Za-z]+)\}?\\left\(\{\w+\}\\right\)", rule.latex if rule is not None else "")
        if head is not None and rulebook.find(head[1]) is None:
            found[head[1]] = name
    return found


@per_book
def _subscribed() -> frozenset[str]:
    r"""What functions with a subscript begin with: softmax_rows, \lambda_{\max}."""
    return frozenset(name.partition("_")[0] for name in rulebook.names() if "_" in name)


class Words(Exponents):
    """Reads what letters stand for."""

    def _take(self, named: Named) -> None:
        if named.text == "e" and named.font in ("",) and self._is_exponential(named):
            self._exponential(named)
        elif named.text in ("d", "D") and self._joined(named):
            return
        else:
            self._function_or_name(named)

    def _joined(self, named: Named) -> bool:
        r"""\mathrm{d}X is the name dX where that is one, \mathrm{D}h the Jacobian D_h, \mathrm{D}^{2}h its derivative."""
        order, at = self._order_before_name(named.after) if named.text == "D" else (1, named.after)
        prefix = "d" if named.text == "d" else PREFIXES["array"][order]
        following = self.names.name_at(at) if self.pieces[at].kind != "end" else None
        if following is None or not self.known.kinds:
            return False
        subscript = self.names.subscript_at(following.after)
        text = self._name_with(following, subscript) if subscript is not None else following.text
        spellings = self.known.spellings(prefix + text)
        if len(spellings) != 1:
            return False
        after = subscript.after if subscript is not None else following.after
        self._atom()
        self.emit("name", spellings[0], (named.start, self.pieces[after - 1].end))
        self.i = after
        return True

    def _checked_run(self) -> Named | None:
        """Letters run together are factors; what looks like a word is refused, or is an unknown function before a parenthesis."""
        i = self.i
        if self.pieces[i].glued or not self.pieces[i + 1].glued:
            return None
        end = i + 1
        while self.pieces[end].glued:
            end += 1
        text, span = self.source[self.pieces[i].start : self.pieces[end - 1].end], (self.pieces[i].start, self.pieces[end - 1].end)
        if all(letter in self.known.kinds for letter in text):
            return None
        applied = self._opens(end)
        hint = rf"write \operatorname{{...}}, a space between factors, or \mathrm{{{text}}} for one name"
        for size in range(len(text) - 1, 1, -1):
            if is_function(text[:size]) or applied and is_function(text[-size:]):
                name = text[:size] if is_function(text[:size]) else text[-size:]
                raise self.fail(f"{text} could be the function {name} and a factor, or a product of letters", span, hint)
        if re.search("[a-z]{3}", text):
            if applied:
                return Named(text, "", span[0], end)
            raise self.fail(f"{text} could be one name or the product {'*'.join(text)}", span, hint)
        return None

    def _function_or_name(self, named: Named) -> None:
        self.i = named.after
        span = (named.start, self.pieces[named.after - 1].end)
        if named.text == BOLD_ZERO or named.text == BOLD_ONE:
            self._constant(named, span)
            return
        head = self._head(named)
        if head is not None:
            self._function(head, span)
            return
        if named.upright and named.text in ("i", "j") and named.text not in self.known.kinds:
            self._imaginary_unit(span)
            return
        is_capital = named.upright and len(named.text) == 1 and named.text.isupper()
        if is_capital and named.text not in self.known.kinds and self._opens(self.i):
            raise self.fail(f"{named.text} is not a known function", span, f"write {named.text} without \\operatorname for a matrix")
        if named.font == "blackboard" and named.text == "E":
            self._expectation(span)
            return
        if named.font == "blackboard":
            raise self.fail("a blackboard letter is no variable", span, r"\mathbb{1} is the vector of ones")
        self._with_subscript(named, span)

    def _expectation(self, span: Span) -> None:
        r"""\mathbb{E}[...] with nothing random in it is what stands in its brackets."""
        subscript = self._subscript_here()
        if subscript is not None:
            told = "what is random under this expectation has no closed form"
            raise self.fail(told, subscript.span, r"write the mean over samples, \frac{1}{n}\sum_{i=1}^n")
        piece = self.pieces[self.i]
        opening = self.pieces[self.i + 1] if piece.kind == "command" and piece.text in SIZES else piece
        if opening.text not in ("(", "[", "{", "lbrace"):
            raise self.fail("an expectation has brackets", span, r"write \mathbb{E}[...]")
        self.expectations.append(span)

    def _head(self, named: Named) -> str | None:
        """The function that a name stands for before its argument, if it does."""
        text = named.text
        if text in self.known.kinds or text in self.defined:
            return None
        subscript = self.names.subscript_at(self.i) if self.pieces[self.i].text == "_" and text in _subscribed() else None
        words = self.names.words(subscript) if subscript is not None else None
        if subscript is not None and words is not None and is_function("_".join([text, *words])):
            self.i = subscript.after
            return "_".join([text, *words])
        if len(text) > 1 and is_function(text):
            return function_name(text)
        name = _heads().get(text)
        if name is None or not self._opens(self.i) or text not in GREEK_NAMES and not (named.upright or self.known.closed):
            return None
        if self.known.closed or text != SIGMOID:
            return name
        if self.has_clauses:
            return None
        self.sigmoids.append((named.start, self.pieces[self.i].end))
        return name

    def _function(self, name: str, span: Span) -> None:
        r"""A function; \sin^2(x) is the square of its value."""
        name = self._with_base(name)
        piece = self.pieces[self.i]
        if piece.text != "^":
            self._atom()
            self.emit("name", name, span)
            self._constant_argument()
            return
        low, high, after = self.names.argument(self.i + 1)
        power = self.pieces[low].text
        if high != low + 1 or not power.isdigit():
            hint = f"write the exponent after the argument, {name}(x)^{{...}}"
            raise self.fail(f"this exponent of {name} is not clear", (piece.start, self.pieces[after - 1].end), hint)
        self._power_of_value(name, power, after, span)

    def _with_base(self, name: str) -> str:
        r"""log2 for \log_2, log10 for \log_{10}; other functions have no subscript."""
        piece = self.pieces[self.i]
        if piece.text != "_" or piece.kind != "op":
            return name
        subscript = self.names.subscript_at(self.i)
        words = self.names.words(subscript) if subscript is not None else None
        if subscript is None or words is None or not is_function(name + "".join(words)):
            raise self.fail(f"{name} has no subscript here", (piece.start, self.pieces[self.i + 1].end), "logarithms are natural")
        self.i = subscript.after
        return name + "".join(words)

    def _constant_argument(self) -> None:
        r"""\log 2\pi is the logarithm of the product where nothing else follows."""
        number, pi = self.pieces[self.i : self.i + 2] if self.pieces[self.i].kind == "number" else (None, None)
        if number is None or pi is None or pi.text != "pi" or not self._ends_argument(self.i + 2):
            return
        self.emit("op", "(", (number.start, number.start))
        self.emit("number", number.text, number)
        self.emit("op", "*", (number.end, number.end))
        self.emit("name", "pi", pi)
        self.emit("op", ")", (pi.end, pi.end))
        self.i += 2

    def _power_of_value(self, name: str, power: str, after: int, span: Span) -> None:
        at = (self.pieces[after - 1].start, self.pieces[after - 1].end)
        then = [Token("op", ")", *at), Token("op", ".^", *at), Token("number", power, *at), *self._sheltered(span[0])]
        begin = len(self.out)
        self.out += [Token("op", "(", span[0], span[0]), Token("name", name, *span)]
        self.i = after
        if self._opens(after):
            self.step(self.pieces[after])
            self.frames[-1].then, self.frames[-1].start = then, begin
            return
        named = self.names.name_at(after)
        if named is None or self._is_a_function(named.text) or not self._ends_argument(named.after):
            raise self.fail(f"where the argument of {name} ends is not clear", span, f"write ({name}(...))^{{{power}}}")
        self.emit("op", "(", (span[1], span[1]))
        self.i = named.after
        self._with_subscript(named, (named.start, self.pieces[named.after - 1].end))
        self.emit("op", ")", at)
        self.out += then
        self.atom = begin

    def _ends_argument(self, i: int) -> bool:
        """Whether the argument without parentheses ends before piece i, at its subscript at most."""
        subscript = self.names.subscript_at(i)
        piece = self.pieces[subscript.after if subscript is not None else i]
        return piece.kind == "end" or piece.text in _AFTER_ARGUMENT

    def _with_subscript(self, named: Named, span: Span) -> None:
        subscript = self._subscript_here()
        if subscript is None:
            self._emit_name(named.text, span, named)
            return
        whole = (span[0], max(span[1], subscript.span[1])) if subscript.after == self.i else span
        text = named.text
        labels = self._labels(subscript)
        if labels and text not in GRADIENTS:
            self._labelled(text, labels, named, whole)
        elif not self._is_constant(named, subscript, whole):
            self._lowered_name(named, subscript, whole)

    def _labelled(self, text: str, labels: list[str], named: Named, span: Span) -> None:
        """An entry under a sum; delta with two indices is the identity's."""
        base = self.names.resolve(text, span)
        if base == "delta" and base not in self.known.kinds and len(labels) == 2:
            base = "I"
        self.labelled.add(base)
        self._emit_name(base, span, named)
        self._emit_index("name", labels, span)

    def _lowered_name(self, named: Named, subscript: Subscript, span: Span) -> None:
        """A name with a subscript, or the entry of an array that is declared."""
        text = named.text
        positions = self._positions(subscript)
        base = self.names.resolve(text, span)
        kind = self.known.kinds.get(base)
        words = self.names.words(subscript)
        if text == "delta" and words is not None and "".join(words).strip("ijkl") == "" and len("".join(words)) == 2 and not kind:
            raise self.fail("delta with two indices that are not summed over has no meaning here", span)
        if positions is not None and not self._is_spelt(text, words):
            fits = len(positions) in {"vector": (1, 2), "row": (1, 2), "matrix": (2,)}.get(kind or "", ())
            if fits or ":" in positions or kind == "" and self.known.closed:
                self._emit_name(base, span, named)
                self._emit_index("number", positions, span)
                return
        if words is None:
            hint = "a name's subscript holds letters and digits; choose another name, or declare one"
            raise self.fail("this subscript can be part of no name", subscript.span, hint)
        name = self._name_with(named, subscript)
        self.below.add(name)
        if name not in self.known.kinds and text not in GRADIENTS:
            self.lowered.append((base, self._place(subscript, positions), span))
        self._emit_name(name, span, named)

    def _place(self, subscript: Subscript, positions: list[str] | None) -> str:
        """What a subscript may be the place of: an entry of a vector or of a matrix."""
        letters = [p.text for p in self.pieces[subscript.low : subscript.high] if p.text != ","]
        if all(letter in _INDEX_LETTERS for letter in letters):
            return {1: "vector", 2: "matrix"}.get(len(letters), "")
        if positions is None:
            return ""
        is_pair = len(positions) == 2 or len(positions[0]) == 2 and "0" not in positions[0]
        return "any" if is_pair and len(positions) == 1 else "matrix" if is_pair else "vector"

    def _name_with(self, named: Named, subscript: Subscript) -> str:
        words = self.names.words(subscript)
        if words is None:
            raise self.fail("this subscript can be part of no name", subscript.span)
        return self.names.resolve("_".join([named.text, *words]), (named.start, subscript.span[1]))

    def _check_names(self) -> None:
        """Refuse x_1 beside x, sigma(x) beside sigma, and e^x beside e: each could be two things."""
        for base, place, span in self.lowered:
            below = self.source[span[0] : span[1]].rpartition("_")[2].strip("{} ")
            if below in self.labels:
                told = f"{self.source[span[0] : span[1]]} stands outside the sum over {below}"
                raise self.fail(told, span, "put what belongs to the sum in parentheses, or give the name another index")
            is_used = base in self.bare or base in self.known.kinds
            if place and is_used and place in ("any", usual_kind(base, self.known.kinds.get(base, ""))):
                written = self.source[span[0] : span[1]]
                told = f"{written} could be an entry of {base} or a name of its own"
                raise self.fail(told, span, f"declare {base} and write {base}[...] for an entry, or declare the name")
        for name in self.below & self.marked.keys():
            told = f"{name} is written with its number above and below"
            raise self.fail(told, self.marked[name], "write one of them in the other way, or declare the names and write them plainly")
        for spans, name, what in ((self.exponentials, "e", "the exponential"), (self.sigmoids, SIGMOID, "the sigmoid")):
            if spans and name in self.bare:
                told = f"{name} is a name elsewhere, so it is not clear that this is {what}"
                raise self.fail(told, spans[0], f"declare {name}, or write the function out")
        if not self.has_clauses:
            self._check_primes()

    def _check_primes(self) -> None:
        r"""Refuse \sigma'(x) where sigma is a number by its name: a prime is no transpose of it."""
        for name, prime, opening in zip(self.out, self.out[1:], self.out[2:], strict=False):
            is_number = name.kind == "name" and name.text in GREEK_NAMES and name.text.islower() and name.text not in self.known.kinds
            if is_number and prime.text == "'" and opening.text in ("(", "'"):
                told = f"{name.text} is no function here, so a prime on it is no derivative"
                raise self.fail(told, (prime.start, prime.end), f"declare {name.text}, as an elementwise function or a vector")

    def _is_exponential(self, named: Named) -> bool:
        if "e" in self.known.kinds or "e" in self.defined or self.pieces[named.after].text != "^":
            return False
        low, high, _ = self.names.argument(named.after + 1)
        return self._exponent_text(low, high) not in {*TRANSPOSES, *CONJUGATES, "'", "''"}

    def _exponential(self, named: Named) -> None:
        span = (named.start, self.pieces[named.after - 1].end)
        self.exponentials.append(span)
        self._atom()
        self.emit("name", EULER, span)
        self.emit("op", "^", (span[1], span[1]))
        begin = self.atom
        self._group(named.after + 1, ["("], [Token("op", ")", *span)])
        if self.frames[-1].kind == "parts" and self.frames[-1].span[0] >= span[1]:
            self.frames[-1].start = begin

    def _variable_in(self, subscript: Subscript) -> str:
        """The variable that stands below a nabla."""
        named = self.names.name_at(subscript.low)
        if named is not None:
            inner = self.names.subscript_at(named.after) if named.after < subscript.high else None
            text = self._name_with(named, inner) if inner is not None else self.names.resolve(named.text, subscript.span)
            after = inner.after if inner is not None else named.after
            marked = self._words_above(after) if after < subscript.high else None
            if marked is not None:
                text, after = self.names.resolve("_".join([text, *marked[0]]), subscript.span), marked[1]
            if after == subscript.high:
                return text
            if self._exponent_text(*self.names.argument(after + 1)[:2]) in STARS and self.names.argument(after + 1)[2] == subscript.high:
                return f"{text}*"
        elif self.pieces[subscript.low].text in CONJUGATING:
            low, high, after = self.names.argument(subscript.low + 1)
            if after == subscript.high:
                return f"{self._variable_in(Subscript(low, high, high, subscript.span))}*"
        raise self.fail("below this stands one variable", subscript.span, r"\nabla_{x} f")

    def _conjugate(self, piece: Piece) -> None:
        r"""\bar{z}, \bar{z}_k and \overline{A z} are conjugates."""
        low, high, after = self.names.argument(self.i + 1)
        span = (piece.start, self.pieces[max(after - 1, self.i)].end)
        self.conjugated[self.source[span[0] : span[1]]] = None
        self._atom()
        begin = self.atom
        named = self.names.name_at(low)
        if named is None or named.after != high:
            self._group(self.i + 1, ["conj", "("], [Token("op", ")", *span)])
            self.frames[-1].start = begin
            return
        self.emit("name", "conj", (piece.start, piece.start))
        self.emit("op", "(", (piece.start, piece.start))
        self.i = after
        self._with_subscript(named, span)
        self.emit("op", ")", span)
        self.atom = begin

    def _imaginary_unit(self, span: Span) -> None:
        r"""\mathrm{j} and \mathrm{i} as numbers."""
        last = self.out[-1] if len(self.out) > self.frames[-1].at else None
        if last is not None and (last.kind in ("number", "sup") or last.kind == "name" and not self._is_a_function(last.text)):
            self.emit("op", "*", (span[0], span[0]))
        self._atom()
        self.emit("number", "1j", span)

    def _constant(self, named: Named, span: Span) -> None:
        r"""\mathbf{1}, \mathbf{1}_{n}, \mathbf{0}_{m \times n}."""
        self._atom()
        subscript = self._subscript_here()
        if subscript is None:
            if named.text == BOLD_ZERO and self.frames[-1].kind in ("array", "environment"):
                # Among blocks it is as large as it must be.
                self.emit("number", "0", span)
                return
            if named.text == BOLD_ZERO:
                raise self.fail("the size of this zero cannot be told", span, r"write \mathbf{0}_{n}")
            self.emit("name", BOLD_ONE, span)
            return
        self._emit_sized("ones" if named.text == BOLD_ONE else "zeros", subscript, span)

    def _is_constant(self, named: Named, subscript: Subscript, span: Span) -> bool:
        if named.text in ("I", "K") or named.upright and named.text in ("D", "L"):
            return self._sized(named.text, subscript, span, named.upright)
        return named.text == "e" and named.font == "bold" and self._unit(subscript, span)

    def _sized(self, text: str, subscript: Subscript, span: Span, upright: bool) -> bool:
        r"""I_n and K_{m,n}, unless they are names of the request; \mathrm{K}_{m,n} is the constant beside a variable K too.

        So are \mathrm{D}_n and \mathrm{L}_n, which are constants in no other font.
        """
        words = self.names.words(subscript)
        constant = f"{text}_" if upright and text != "I" else {"I": "eye", "K": "K"}[text]
        if not constant.endswith("_") and (text in self.known.kinds or self._is_spelt(text, words)):
            return False
        items = self.names.items(subscript)
        if len(items) != (2 if text == "K" else 1):
            return False
        self._atom()
        self._emit_sized(constant, subscript, span)
        return True

    def _unit(self, subscript: Subscript, span: Span) -> bool:
        """A unit vector is a column of the identity."""
        positions = self._positions(subscript)
        if positions is None or len(positions) != 1 or "e" in self.known.kinds or self._is_spelt("e", positions):
            return False
        if "I" in self.known.kinds:
            raise self.fail("the unit vector is a column of I, which is a variable here", span)
        self._atom()
        self.emit("name", "I", span)
        self._emit_index("number", [":", positions[0]], span)
        return True

    def _emit_sized(self, function: str, subscript: Subscript, span: Span) -> None:
        """A constant with its sizes, which are sums and products of dimensions."""
        self.emit("name", function, span)
        self.emit("op", "(", (span[1], span[1]))
        factor = False
        for piece in self.pieces[subscript.low : subscript.high]:
            is_operand = piece.kind in ("letter", "word", "number", "sub")
            if (is_operand or piece.text == "(") and factor:
                self.emit("op", "*", (piece.start, piece.start))
            if is_operand:
                self.emit("number" if piece.text.isdigit() else "name", piece.text, piece)
            elif piece.text in (",", "times"):
                self.emit("op", ",", piece)
            elif piece.text == "cdot":
                self.emit("op", "*", piece)
            elif piece.text in ("+", "/", "(", ")", "{", "}", "_"):
                self._dimension_sign(piece, subscript)
            else:
                raise self.fail("a size is a sum or product of names and numbers", subscript.span)
            factor = is_operand or piece.text == ")"
        self.emit("op", ")", (subscript.span[1], subscript.span[1]))

    def _dimension_sign(self, piece: Piece, subscript: Subscript) -> None:
        if piece.text in ("{", "}", "_"):
            raise self.fail("a dimension with a subscript is not read here", subscript.span)
        self.emit("op", piece.text, piece)
