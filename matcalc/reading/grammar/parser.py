"""Tokens into the syntax tree: a Pratt parser over the table in `operators`, with its own stack instead of recursion.

The stack holds operators that wait for their right operand and brackets that wait for their end; precedence and
fixity are read from the table. Besides the table there is juxtaposition (a product), the application of a
known function without parentheses (`log det(X)`), bars, entries, and the superscripts of transposes and inverses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from matcalc.book.operators import BY_NAME
from matcalc.errors import LimitError, ParseError, Span
from matcalc.reading.grammar.pending import Open, Pending, argument_of_two, literal_exponent, turned_power
from matcalc.reading.grammar.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Colon,
    Index,
    Keyword,
    Listing,
    Name,
    Negation,
    Number,
    Parsed,
    Sum,
    Syntax,
    Text,
    Transposition,
    bars_of,
    checked_rows,
    flat,
    summed_over,
)
from matcalc.reading.grammar.tokens import EULER, TURNED, Token
from matcalc.reading.grammar.vocabulary import Vocabulary

MAX_DEPTH: Final = 200

_INFIX: Final = {o.text: o for o in BY_NAME.values() if o.fixity == "infix" and o.name not in ("power", "epow")}
_BINARY: Final[dict[str, tuple[str, int]]] = {text: (o.name, o.precedence) for text, o in _INFIX.items()} | {
    "@": ("matmul", BY_NAME["multiply"].precedence),
    "·": ("dot", BY_NAME["multiply"].precedence),
    "\\": ("solve", BY_NAME["divide"].precedence),
}
_PRODUCT: Final = BY_NAME["multiply"].precedence
_PREFIX: Final = BY_NAME["negate"].precedence
_POWER: Final = BY_NAME["power"].precedence
_IN_EXPONENT: Final = _POWER + 1
_CLOSER: Final = {"(": ")", "[": "]", "{": "}", "|": "|", "||": "||"}


def parse(tokens: Sequence[Token], source: str, vocabulary: Vocabulary, numpy: bool = False) -> Parsed:
    """The tree of one expression; the last token is of kind `end`."""
    parser = _Parser(list(tokens), source, vocabulary)
    tree = parser.run()
    names = [name for name in parser.names if name not in parser.unused] if parser.unused else parser.names
    return Parsed(tree, source, numpy, names, parser.calls, parser.powers, parser.sums, parser.weights)


class _Parser:
    def __init__(self, tokens: list[Token], source: str, vocabulary: Vocabulary) -> None:
        self.tokens = tokens
        self.source = source
        self.vocabulary = vocabulary
        self.i = 0
        self.operands: list[Syntax] = []
        self.stack: list[Pending | Open] = []
        self.opens: list[Open] = []
        self.names: list[Name] = []
        self.calls: list[Call] = []
        self.powers: list[Binary] = []
        self.sums: list[Sum] = []
        self.weights: list[Name] = []
        self.unused: set[Name] = set()
        self.wants_operand = True
        self.prefixes = 0

    def run(self) -> Syntax:
        while True:
            token = self.tokens[self.i]
            if self.wants_operand:
                self._operand(token)
            elif token.kind == "end":
                break
            else:
                self._operator(token)
        self._reduce(0)
        if self.opens:
            missing = self.opens[-1]
            raise self._error(f"this {missing.token.text!r} is never closed", missing.token, f"add {missing.closer!r}")
        return self.operands[0]

    # ------------------------------------------------------------------------------------------- operands

    def _operand(self, token: Token) -> None:
        match token.kind:
            case "number" | "string":
                self._push((Number if token.kind == "number" else Text)(token.text, (token.start, token.end)))
            case "name":
                self._name(token)
            case "sum":
                self._prefix(Pending("sum", 0, (token.start, token.end), token.text))
            case "op" if token.text in _CLOSER:
                self._open(Open(_KINDS[token.text], _CLOSER[token.text], token.start, token))
            case "op" if token.text == ":" and self._is_in_index():
                self._whole_axis(token)
            case "op" if token.text == "-":
                self._prefix(Pending("negate", _PREFIX, (token.start, token.end)))
            case "op" if token.text == "+":
                self.i += 1
            case "op" if token.text == "frac":
                self._fraction(token)
            case "end":
                raise self._error("the expression ends where an operand is expected", token)
            case _:
                raise self._error(f"expected an operand before {self._shown(token)}", token)

    def _whole_axis(self, token: Token) -> None:
        """A colon that is all that stands between the commas of an index."""
        if self.stack[-1] is not self.opens[-1] or self.tokens[self.i + 1].text not in (",", "]"):
            raise self._error("a range has two ends", token, "write x[1:3] or x[2:end]")
        self._push(Colon((token.start, token.end)))

    def _is_in_index(self) -> bool:
        return bool(self.opens) and self.opens[-1].kind == "index"

    def _push(self, operand: Syntax) -> None:
        self.operands.append(operand)
        self.wants_operand = False
        self.prefixes = 0
        self.i += 1

    def _prefix(self, pending: Pending) -> None:
        self.prefixes += 1
        if self.prefixes > MAX_DEPTH:
            raise LimitError(f"more than {MAX_DEPTH} signs or functions in a row", pending.at, self.source)
        self.stack.append(pending)
        self.i += 1

    def _name(self, token: Token) -> None:
        following = self.tokens[self.i + 1]
        primes = self._primes_before_parenthesis(token)
        if primes:
            self.i += primes + 1
            self._open_call(token, primes)
        elif following.kind == "op" and following.text in ("(", "{") and self.vocabulary.is_call(self.tokens, self.i):
            self.i += 1
            self._open_call(token, 0)
        elif following.text == "=" and self.opens and self.opens[-1].kind == "call" and self.stack[-1] is self.opens[-1]:
            self._prefix(Pending("keyword", 0, (token.start, token.end), token.text))
            self.i += 1
        elif self._starts_operand(following) and self.vocabulary.is_function(token.text):
            bare = following.kind in ("name", "number") and not self._is_applied(self.i + 1)
            self._prefix(Pending("apply", _PREFIX, (token.start, token.end), token.text, bare))
        else:
            name = Name(token.text, (token.start, token.end))
            if token.text != EULER:
                self.names.append(name)
            self._push(name)

    def _is_applied(self, i: int) -> bool:
        """Whether the token at i is a function, known or by what follows it."""
        known = self.vocabulary.is_function(self.tokens[i].text)
        return known or self.tokens[i + 1].text == "(" and self.vocabulary.is_call(self.tokens, i)

    def _primes_before_parenthesis(self, token: Token) -> int:
        """How many primes stand between the name of a function and its parenthesis, as in sigma''(z)."""
        k = self.i + 1
        while self.tokens[k].text == "'" and self.tokens[k].start == self.tokens[k - 1].end:
            k += 1
        primes = k - self.i - 1
        applied = primes and self.tokens[k].text == "(" and self.tokens[k].start == self.tokens[k - 1].end
        return primes if applied and self.vocabulary.is_unknown_function(token.text) else 0

    def _starts_operand(self, token: Token) -> bool:
        return token.kind in ("name", "number") or token.text in ("|", "||", "frac") and not self._closes_bars(self.i + 1)

    def _open_call(self, name: Token, primes: int) -> None:
        token = self.tokens[self.i]
        self._open(Open("call", _CLOSER[token.text], name.start, token, name.text, primes))

    def _open(self, opened: Open) -> None:
        if len(self.opens) >= MAX_DEPTH:
            raise LimitError(f"brackets nest more than {MAX_DEPTH} deep", (opened.token.start, opened.token.end), self.source)
        self.stack.append(opened)
        self.opens.append(opened)
        self.wants_operand = True
        self.i += 1

    def _fraction(self, token: Token) -> None:
        r"""\frac{numerator}{denominator}: two groups, the first of which waits in the second."""
        self.i += 1
        opening = self.tokens[self.i]
        if opening.text != "{":
            raise self._error(r"expected '{' after \frac", opening)
        self._open(Open("numerator", "}", token.start, opening))

    # ------------------------------------------------------------------------------------------ operators

    def _operator(self, token: Token) -> None:
        if token.kind == "op":
            self._sign(token)
        elif token.kind == "name":
            self._juxtapose(token)
        elif token.kind == "sup":
            self._superscript(token)
        elif token.kind == "method":
            self._method(token)
        else:
            hint = "write * for a product" if token.kind == "number" else "a subscript belongs to a name or to ||x||"
            raise self._error(f"expected an operator before {self._shown(token)}", token, hint)

    def _method(self, token: Token) -> None:
        """x.sum() is sum(x), and x.sum without parentheses too; a method binds tighter than a power."""
        receiver = self.operands.pop()
        opening, closing = self.tokens[self.i + 1 : self.i + 3] if self.tokens[self.i + 1].kind != "end" else (token, token)
        if opening.text == "(" and closing.text != ")":
            self.i += 1
            self._open(Open("call", ")", token.start, opening, token.text, items=[receiver]))
            return
        self.i += 3 if opening.text == "(" else 1
        span = (receiver.span[0], self.tokens[self.i - 1].end)
        self._add_call(Call(token.text, (receiver,), (token.start, token.end), span))

    def _sign(self, token: Token) -> None:
        """An operator, or what opens or closes a bracket."""
        text = token.text
        if text in _BINARY:
            self._infix(token, *_BINARY[text])
        elif text in _POSTFIX:
            _POSTFIX[text](self, token)
        elif text == ":" and self._is_in_index():
            self._infix(token, "range", 0)
            if self.tokens[self.i].text in (",", "]"):
                raise self._error("a range has two ends", token, "write x[1:3] or x[2:end]")
        elif text in (")", "]", "}", ",", ";") or self._closes_bars(self.i):
            self._close(token)
        elif text in ("(", "{", "|", "||", "frac"):
            self._juxtapose(token)
        else:
            raise self._error(f"{self._shown(token)} has no meaning here", token)

    def _infix(self, token: Token, op: str, precedence: int) -> None:
        self._reduce(_POWER)
        if precedence == _PRODUCT:
            self._refuse_bare_argument(token)
        self._reduce(precedence)
        self.stack.append(Pending(op, precedence, (token.start, token.end)))
        self.wants_operand = True
        self.i += 1

    def _juxtapose(self, token: Token) -> None:
        self._reduce(_POWER)
        if not self._is_applied(self.i) and argument_of_two(self.stack, self.operands, self.names, token, self.tokens[self.i + 1]):
            self.i += 1
            return
        self._refuse_bare_argument(token)
        self._reduce(_PRODUCT)
        self.stack.append(Pending("multiply", _PRODUCT, (token.start, token.start)))
        self.wants_operand = True

    def _refuse_bare_argument(self, token: Token) -> None:
        """`tr A X` could be tr(A)*X or tr(A*X)."""
        top = self.stack[-1] if self.stack else None
        if isinstance(top, Pending) and top.bare:
            hint = f"write {top.function}(...) with parentheses around its argument"
            raise self._error(f"where the argument of {top.function} ends is not clear", token, hint)

    def _transpose(self, token: Token) -> None:
        self._reduce(_POWER)
        operand = self.operands[-1]
        self.operands[-1] = Transposition(operand, (operand.span[0], token.end), token.text.removeprefix("."))
        self.i += 1

    def _superscript(self, token: Token) -> None:
        self._reduce(_POWER)
        self._raise_to(token.text, (token.start, token.end))
        self.i += 1

    def _raise_to(self, exponent: str, at: Span) -> None:
        """Apply a superscript such as T, -H, *, 2 or -1 to the operand before."""
        operand = self.operands.pop()
        span = (operand.span[0], at[1])
        turned = exponent[-1] if exponent[-1] in TURNED else ""
        power = exponent.removesuffix(turned)
        if power:
            operand = self._powered(operand, literal_exponent("-1" if power == "-" else power, at, self.source, self.names), at, span)
        if turned == "*":
            self._add_call(Call("conj", (operand,), at, span))
        else:
            self.operands.append(Transposition(operand, span, turned) if turned else operand)

    def _powered(self, base: Syntax, exponent: Syntax, at: Span, span: Span, op: str = "power") -> Syntax:
        if op == "power" and isinstance(base, Name) and base.name == EULER:
            exponential = Call(EULER, (exponent,), base.span, span)
            self.calls.append(exponential)
            return exponential
        made = Binary(op, base, exponent, at, span)
        self.powers.append(made)
        return made

    def _power(self, token: Token) -> None:
        turned = turned_power(self.tokens, self.i) if token.text == "^" else None
        if turned is not None:
            text, after = turned
            self._reduce(_POWER)
            self._raise_to(text, (token.start, self.tokens[after - 1].end))
            self.i = after
            return
        top = self.stack[-1] if self.stack else None
        if self.tokens[self.i + 1].text == "*":
            x = self.source[slice(*self.operands[-1].span)]
            hint = f"write conj({x}) for the conjugate, {x}^H for the conjugate transpose"
            raise self._error(f"{x}^* before a factor could be the conjugate or the conjugate transpose", token, hint)
        if isinstance(top, Pending) and top.precedence >= _POWER:
            raise self._error("a^b^c can be read in two ways", token, "write (a^b)^c or a^(b^c)")
        self.stack.append(Pending("power" if token.text == "^" else "epow", _POWER, (token.start, token.end)))
        self.wants_operand = True
        self.i += 1
        sign = self.tokens[self.i]
        if sign.text == "-":
            self._prefix(Pending("negate", _IN_EXPONENT, (sign.start, sign.end)))

    def _index(self, token: Token) -> None:
        if isinstance(self.operands[-1], Number):
            self._reduce(_POWER)
        self._open(Open("index", "]", self.operands[-1].span[0], token))

    # ------------------------------------------------------------------------------------------- brackets

    def _closes_bars(self, i: int) -> bool:
        """Whether token i ends the bars that are open: inside |a| every bar closes, elsewhere it opens."""
        token = self.tokens[i]
        if token.text not in ("|", "||") or not self.opens or self.opens[-1].kind not in ("bar", "norm"):
            return False
        following = self.tokens[i + 1]
        doubled = token.text == "||" or following.text in ("|", "||") and following.start == token.end
        return self.opens[-1].kind == "bar" or doubled

    def _close(self, token: Token) -> None:
        self._reduce(0)
        opened = self.opens[-1] if self.opens else None
        if opened is None:
            raise self._error(f"{self._shown(token)} closes nothing", token)
        if token.text in (",", ";"):
            self._separate(opened, token)
        elif opened.kind in ("bar", "norm"):
            if token.text not in ("|", "||"):
                raise self._error(f"this {opened.closer!r} is never closed", opened.token, f"add {opened.closer!r} before {token.text!r}")
            self._close_bars(opened, token)
        elif token.text != opened.closer:
            raise self._error(f"expected {opened.closer!r} before {self._shown(token)}", token)
        else:
            self._finish(opened, token)

    def _separate(self, opened: Open, token: Token) -> None:
        allowed = {"call": ",", "index": ",", "array": ",;", "paren": ","}.get(opened.kind, "")
        if token.text not in allowed:
            raise self._error(f"{self._shown(token)} has no meaning here", token)
        opened.items.append(self.operands.pop())
        if token.text == ";":
            opened.rows.append(tuple(opened.items))
            opened.items = []
        self.wants_operand = True
        self.i += 1

    def _close_bars(self, opened: Open, token: Token) -> None:
        """End |a| or ||a||; `||` after a single bar is one bar that closes and one that follows."""
        end = token.end
        if opened.kind == "bar" and token.text == "||":
            self.tokens[self.i] = Token("op", "|", token.start + 1, token.end)
            end = token.start + 1
        else:
            self.i += 1
            if opened.kind == "norm" and token.text == "|":
                end = self._second_bar()
        subscript = self.tokens[self.i]
        named = opened.kind == "norm" and subscript.kind == "sub"
        if named:
            self.i, end = self.i + 1, subscript.end
        self._pop(opened)
        text, at = subscript.text if named else "", (subscript.start, subscript.end)
        made, name, is_weight = bars_of(self.operands.pop(), opened.kind == "norm", text, at, (opened.start, end))
        self.names += [name] if name is not None else []
        self.weights += [name] if name is not None and is_weight else []
        self.calls += [made] if isinstance(made, Call) else []
        self.operands.append(made)

    def _second_bar(self) -> int:
        """Take the second of two adjacent bars, which may be the first half of `||`."""
        token = self.tokens[self.i]
        if token.text == "||":
            self.tokens[self.i] = Token("op", "|", token.start + 1, token.end)
            return token.start + 1
        self.i += 1
        return token.end

    def _pop(self, opened: Open) -> None:
        self.stack.pop()
        self.opens.pop()

    def _finish(self, opened: Open, token: Token) -> None:
        """End a bracket of any other kind."""
        self._pop(opened)
        items = (*opened.items, self.operands.pop())
        span = (opened.start, token.end)
        self.i += 1
        match opened.kind:
            case "call":
                begin = opened.items[0].span[0] if opened.items and opened.items[0].span[0] < opened.start else opened.start
                self._add_call(Call(opened.name, items, (opened.start, opened.token.start), (begin, token.end), opened.primes))
            case "index":
                entry = Index(self.operands.pop(), items, span)
                self.operands.append(self._respelt(entry) or entry)
            case "array":
                self.operands.append(flat(ArrayLiteral(checked_rows((*opened.rows, items), span, self.source), span)))
            case "numerator":
                self._open_denominator(opened, items[0])
            case "denominator":
                self.operands.append(Binary("divide", opened.items[0], items[1], (opened.start, opened.token.start), span))
            case _:
                self.operands.append(Listing(items, span))

    def _add_call(self, call: Call) -> None:
        """A call, or what it is another spelling of."""
        self.operands.append(self._respelt(call) or call)
        if self.operands[-1] is call:
            self.calls.append(call)

    def _respelt(self, node: Call | Index) -> Syntax | None:
        """What a call or the entry of one is another spelling of, its calls and powers noted."""
        made = self.vocabulary.rewritten(node, self.source)
        if made is not None:
            self.calls += made.calls
            self.powers += made.powers
            self.unused |= made.unused
        return None if made is None else made.tree

    def _open_denominator(self, opened: Open, numerator: Syntax) -> None:
        token = self.tokens[self.i]
        if token.text != "{":
            raise self._error(r"expected '{' for the denominator of \frac", token)
        self._open(Open("denominator", "}", opened.start, token, items=[numerator]))

    # ------------------------------------------------------------------------------------------- reducing

    def _reduce(self, precedence: int) -> None:
        """Build every operator on the stack that binds at least as tight as the one that follows."""
        stack = self.stack
        while stack:
            top = stack[-1]
            if isinstance(top, Open) or top.precedence < precedence:
                return
            stack.pop()
            self._build(top)

    def _build(self, pending: Pending) -> None:
        right = self.operands.pop()
        if pending.op == "negate":
            self.operands.append(Negation(right, (pending.at[0], right.span[1])))
        elif pending.op == "sum":
            self.sums.append(summed_over(pending.function, right, pending.at))
            self.operands.append(self.sums[-1])
        elif pending.op == "keyword":
            self.operands.append(Keyword(pending.function, right, (pending.at[0], right.span[1])))
        elif pending.op == "apply":
            self._add_call(Call(pending.function, (right,), pending.at, (pending.at[0], right.span[1])))
        else:
            left = self.operands.pop()
            span = (left.span[0], right.span[1])
            if pending.precedence == _POWER:
                self.operands.append(self._powered(left, right, pending.at, span, pending.op))
            else:
                self.operands.append(Binary(pending.op, left, right, pending.at, span))

    def _shown(self, token: Token) -> str:
        return repr(self.source[token.start : token.end]) if token.kind != "end" else "the end"

    def _error(self, message: str, token: Token, hint: str | None = None) -> ParseError:
        return ParseError(message, (token.start, max(token.end, token.start + 1)), self.source, hint)


_KINDS: Final = {"(": "paren", "[": "array", "{": "paren", "|": "bar", "||": "norm"}
_POSTFIX: Final[Mapping[str, Callable[[_Parser, Token], None]]] = {
    "'": _Parser._transpose,
    ".T": _Parser._transpose,
    ".H": _Parser._transpose,
    "^": _Parser._power,
    ".^": _Parser._power,
    "[": _Parser._index,
}
