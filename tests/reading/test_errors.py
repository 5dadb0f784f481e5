"""Every kind of mistake and the exact words that answer it: what is wrong, where, and what to try."""

from __future__ import annotations

from typing import Any

import pytest

from matcalc.errors import LimitError, MatcalcError, ParseError, ShapeError, UnknownFunction, UsageError
from matcalc.reading.request import read_request

CASES: list[tuple[str, dict[str, Any], type[MatcalcError], str]] = [
    (
        "d tr(A X/dX",
        {},
        ParseError,
        (
            "this '(' is never closed\n"
            "  d tr(A X/dX\n"
            "      ^\n"
            "hint: add ')'"
        ),
    ),
    (
        "d tr(A X))/dX",
        {},
        ParseError,
        (
            "')' closes nothing\n"
            "  d tr(A X))/dX\n"
            "           ^"
        ),
    ),
    (
        "d [1, 2/dx",
        {},
        ParseError,
        (
            "this '[' is never closed\n"
            "  d [1, 2/dx\n"
            "    ^\n"
            "hint: add ']'"
        ),
    ),
    (
        "d (A + )/dA",
        {},
        ParseError,
        (
            "expected an operand before ')'\n"
            "  d (A + )/dA\n"
            "         ^"
        ),
    ),
    (
        "d tr(A^(-1')*B)/dB",
        {},
        ParseError,
        (
            "this exponent is transposed\n"
            "  d tr(A^(-1')*B)/dB\n"
            "         ^^^^^\n"
            "hint: write A^-T for the transpose of the inverse, (A^k)^T for that of a power"
        ),
    ),
    (
        "d gamma^T*c/dgamma",
        {"variables": {"x": "T", "c": "", "gamma": ""}},
        ParseError,
        (
            "T is a number here, and ^T is the transpose\n"
            "  d gamma^T*c/dgamma\n"
            "         ^^\n"
            "hint: write gamma^(T) for the power, or call T something else"
        ),
    ),
    (
        "d A $ B/dA",
        {},
        ParseError,
        (
            "the character '$' has no meaning here\n"
            "  d A $ B/dA\n"
            "      ^"
        ),
    ),
    (
        "d x y 3/dx",
        {},
        ParseError,
        (
            "expected an operator before '3'\n"
            "  d x y 3/dx\n"
            "        ^\n"
            "hint: write * for a product"
        ),
    ),
    (
        "d a^b^c/da",
        {},
        ParseError,
        (
            "a^b^c can be read in two ways\n"
            "  d a^b^c/da\n"
            "       ^\n"
            "hint: write (a^b)^c or a^(b^c)"
        ),
    ),
    (
        "d tr A X/dX",
        {},
        ParseError,
        (
            "where the argument of tr ends is not clear\n"
            "  d tr A X/dX\n"
            "         ^\n"
            "hint: write tr(...) with parentheses around its argument"
        ),
    ),
    (
        "d _x/dx",
        {},
        ParseError,
        (
            "expected an operand before '_x'\n"
            "  d _x/dx\n"
            "    ^^"
        ),
    ),
    (
        "d ||A x - b/dx",
        {},
        ParseError,
        (
            "this '||' is never closed\n"
            "  d ||A x - b/dx\n"
            "    ^^\n"
            "hint: add '||'"
        ),
    ),
    (
        "",
        {},
        ParseError,
        (
            "the request is empty\n"
            "  \n"
            "  ^\n"
            "hint: write d f / dX, or name the variable (--wrt X)"
        ),
    ),
    (
        "d/dx",
        {},
        UsageError,
        (
            "the variable to differentiate by is missing\n"
            "  d/dx\n"
            "  ^^^^\n"
            "hint: write d f / dX, or name the variable (--wrt X)"
        ),
    ),
    (
        "tr(X)",
        {},
        UsageError,
        (
            "the variable to differentiate by is missing\n"
            "  tr(X)\n"
            "  ^^^^^\n"
            "hint: write d tr(X)/dX"
        ),
    ),
    (
        "d f/dx",
        {},
        UsageError,
        (
            "f is not defined, so its derivative is not known\n"
            "  d f/dx\n"
            "    ^\n"
            "hint: define it, df/dx where f = ..., or declare it if it is a constant"
        ),
    ),
    (
        "d^3 x/dx^3",
        {},
        ParseError,
        (
            "derivatives are of order 1 or 2\n"
            "  d^3 x/dx^3\n"
            "    ^"
        ),
    ),
    (
        "d^2 f(x)/dx",
        {},
        ParseError,
        (
            "the derivative of order 2 has 1 below the bar\n"
            "  d^2 f(x)/dx\n"
            "            ^\n"
            "hint: a second derivative is d^2 f / dx^2 or d^2 f / dx dy^T"
        ),
    ),
    (
        "d x^T*x/dx^2",
        {},
        ParseError,
        (
            "a derivative of first order has a square below the bar\n"
            "  d x^T*x/dx^2\n"
            "           ^\n"
            "hint: a second derivative is d^2 f / dx^2; where x^2 is the variable, declare 'x: scalar'"
        ),
    ),
    (
        "d tr(A X)/dX = A^T",
        {},
        ParseError,
        (
            "'=' has no meaning here\n"
            "  d tr(A X)/dX = A^T\n"
            "               ^\n"
            "hint: definitions follow 'where'; matcalc verify checks a claimed derivative"
        ),
    ),
    (
        "∇ f",
        {},
        ParseError,
        (
            "∇ needs the variable\n"
            "  ∇ f\n"
            "  ^\n"
            "hint: write ∇_x f"
        ),
    ),
    (
        "grad_x",
        {},
        UsageError,
        (
            "the variable to differentiate by is missing\n"
            "  grad_x\n"
            "  ^^^^^^\n"
            "hint: write d f / dX, or name the variable (--wrt X)"
        ),
    ),
    (
        "d (A*x)/dx",
        {"variables": ["A: m x p", "x: n"]},
        ShapeError,
        (
            "cannot multiply A (m x p) by x (n x 1): p is not n\n"
            "  d (A*x)/dx\n"
            "      ^"
        ),
    ),
    (
        "d (A x)/dx",
        {"variables": ["A: m x p", "x: m"]},
        ShapeError,
        (
            "cannot multiply A (m x p) by x (m x 1): p is not m\n"
            "  d (A x)/dx\n"
            "     ^^^\n"
            "hint: A^T*x conforms"
        ),
    ),
    (
        "d x*y/dx",
        {"variables": {"x": "n", "y": "m"}},
        ShapeError,
        (
            "cannot multiply two columns: x is n x 1 and y is m x 1\n"
            "  d x*y/dx\n"
            "     ^\n"
            "hint: x^T*y is the inner product, x*y^T the outer, x.*y entry by entry"
        ),
    ),
    (
        "d x'*y/dx",
        {"variables": ["x: n", "y: m"]},
        ShapeError,
        (
            "cannot multiply x' (1 x n) by y (m x 1): n is not m\n"
            "  d x'*y/dx\n"
            "      ^"
        ),
    ),
    (
        "d x^2/dx",
        {"variables": {"x": "n"}},
        ShapeError,
        (
            "x is n x 1; a power with ^ needs a square matrix\n"
            "  d x^2/dx\n"
            "     ^\n"
            "hint: x.^2 is the power of every entry, x^T*x the inner product"
        ),
    ),
    (
        "d X^2/dX",
        {"variables": ["X: m x n"]},
        ShapeError,
        (
            "X is m x n; a power with ^ needs a square matrix\n"
            "  d X^2/dX\n"
            "     ^\n"
            "hint: X.^2 is the power of every entry"
        ),
    ),
    (
        "d (X*W + b)/dX",
        {"variables": ["X: m x n", "W: n x p", "b: p"]},
        ShapeError,
        (
            "cannot add X*W (m x p) and b (p x 1)\n"
            "  d (X*W + b)/dX\n"
            "         ^\n"
            "hint: to add b in every row, write X*W + ones(m)*b^T"
        ),
    ),
    (
        "d (X*W - b)/dX",
        {"variables": ["X: m x n", "W: n x p", "b: m"]},
        ShapeError,
        (
            "cannot subtract b (m x 1) from X*W (m x p)\n"
            "  d (X*W - b)/dX\n"
            "         ^\n"
            "hint: to subtract b in every column, write X*W - b*ones(p)^T"
        ),
    ),
    (
        "d (x + y)/dx",
        {"variables": ["x: n", "y: 3"]},
        ShapeError,
        (
            "cannot add x (n x 1) and y (3 x 1)\n"
            "  d (x + y)/dx\n"
            "       ^"
        ),
    ),
    (
        "d (A .* B)/dA",
        {"variables": ["A: m x n", "B: n x m"]},
        ShapeError,
        (
            "cannot multiply A (m x n) and B (n x m) entry by entry\n"
            "  d (A .* B)/dA\n"
            "       ^^"
        ),
    ),
    (
        "d x/y/dx",
        {"variables": {"x": "n", "y": "m"}},
        ShapeError,
        (
            "cannot divide by y (m x 1), which is no scalar\n"
            "  d x/y/dx\n"
            "     ^\n"
            "hint: x./y divides entry by entry"
        ),
    ),
    (
        "d A/B/dA",
        {"variables": ["A: n x n", "B: n x n"]},
        ShapeError,
        (
            "cannot divide by B (n x n), which is no scalar\n"
            "  d A/B/dA\n"
            "     ^\n"
            "hint: A./B divides entry by entry, A*inv(B) multiplies by the inverse"
        ),
    ),
    (
        "d tr(A)/dA",
        {"variables": ["A: m x n"]},
        ShapeError,
        (
            "tr needs a square matrix, but A is m x n\n"
            "  d tr(A)/dA\n"
            "    ^^^^^"
        ),
    ),
    (
        "d det(x)/dx",
        {},
        ShapeError,
        (
            "det needs a square matrix, but x is n x 1\n"
            "  d det(x)/dx\n"
            "    ^^^^^^"
        ),
    ),
    (
        "d |x|/dx",
        {"variables": {"x": "n"}},
        ShapeError,
        (
            "x is n x 1; |X| is the determinant of a square matrix\n"
            "  d |x|/dx\n"
            "    ^^^\n"
            "hint: ||x|| is the norm, abs(x) entry by entry"
        ),
    ),
    (
        "d ||X||_3/dX",
        {},
        UnknownFunction,
        (
            "the norm ||X||_3 of this m x n array is not known\n"
            "  d ||X||_3/dX\n"
            "    ^^^^^^^\n"
            "hint: known are ||X||_F, ||X||_1 (of all |entries|), ||X||_2 (the largest singular value), ||X||_* (the sum of all), "
            "schatten(X,p)"
        ),
    ),
    (
        "d ||x||_k/dx",
        {},
        UnknownFunction,
        (
            "the norm ||x||_k of this n x 1 array is not known\n"
            "  d ||x||_k/dx\n"
            "    ^^^^^^^\n"
            "hint: known are ||x||, ||x||_1, ||x||_2, ||x||_p, ||x||_inf"
        ),
    ),
    (
        "d diag(A)/dA",
        {"variables": ["A: 2 x 3"]},
        ShapeError,
        (
            "diag needs a vector or a square matrix, but A is 2 x 3\n"
            "  d diag(A)/dA\n"
            "    ^^^^^^^"
        ),
    ),
    (
        "d tr(I)/dX",
        {},
        ShapeError,
        (
            "the size of I cannot be told\n"
            "  d tr(I)/dX\n"
            "       ^\n"
            "hint: write eye(n) with its size"
        ),
    ),
    (
        "d x/N/dx",
        {"variables": {"x": "n", "N": "matrix"}},
        ShapeError,
        (
            "cannot divide by N, whose name is a matrix's\n"
            "  d x/N/dx\n"
            "     ^\n"
            "hint: declare 'N: scalar' if it is one; N^-1*x multiplies by the inverse"
        ),
    ),
    (
        "d c[1]/dc",
        {"variables": ["c: scalar"]},
        ShapeError,
        (
            "c is a scalar and has no entries\n"
            "  d c[1]/dc\n"
            "    ^^^^"
        ),
    ),
    (
        "d x[4]/dx",
        {"variables": ["x: 3"]},
        ShapeError,
        (
            "x is 3 x 1 and has no entry [4]\n"
            "  d x[4]/dx\n"
            "    ^^^^"
        ),
    ),
    (
        "d X[1]/dX",
        {},
        ShapeError,
        (
            "X is m x n; an entry of it is X[1,2]\n"
            "  d X[1]/dX\n"
            "    ^^^^"
        ),
    ),
    (
        "d x[0]/dx",
        {},
        ShapeError,
        (
            "entries count from 1\n"
            "  d x[0]/dx\n"
            "      ^"
        ),
    ),
    (
        "d x[n]/dx",
        {},
        ParseError,
        (
            "an index is a positive integer\n"
            "  d x[n]/dx\n"
            "      ^\n"
            "hint: where n is a size, declare what has it, such as 'x: n'; the last index is 'end'"
        ),
    ),
    (
        "d [a, b]/da",
        {"variables": {"a": "n", "b": "scalar"}},
        ShapeError,
        (
            "the block b is a scalar, but those beside it have n rows\n"
            "  d [a, b]/da\n"
            "        ^\n"
            "hint: declare 'a: scalar'"
        ),
    ),
    (
        "d [1, 2; 3]/da",
        {},
        ShapeError,
        (
            "the rows of an array are of one length, not 2 and 1\n"
            "  d [1, 2; 3]/da\n"
            "    ^^^^^^^^^"
        ),
    ),
    (
        "d sofmax(x)/dx",
        {},
        UnknownFunction,
        (
            "sofmax is not a known function\n"
            "  d sofmax(x)/dx\n"
            "    ^^^^^^\n"
            "hint: did you mean softmax?"
        ),
    ),
    (
        "d foo(x)/dx",
        {},
        UnknownFunction,
        (
            "foo is not a known function\n"
            "  d foo(x)/dx\n"
            "    ^^^\n"
            "hint: declare it, 'foo: elementwise' or 'foo: vector -> scalar'; for a product write foo*(x)"
        ),
    ),
    (
        "d tr(A, B)/dA",
        {},
        ParseError,
        (
            "tr takes 1 argument, not 2\n"
            "  d tr(A, B)/dA\n"
            "    ^^^^^^^^"
        ),
    ),
    (
        "d kron(A)/dA",
        {},
        ParseError,
        (
            "kron takes 2 arguments, not 1\n"
            "  d kron(A)/dA\n"
            "    ^^^^^^^"
        ),
    ),
    (
        "d ones(n/2)^T x/dx",
        {},
        ParseError,
        (
            "a dimension is a name, a positive integer, or a sum or product of them\n"
            "  d ones(n/2)^T x/dx\n"
            "         ^^^"
        ),
    ),
    (
        "d K*m*x/dx",
        {"variables": {"m": "n", "x": "p"}},
        ShapeError,
        (
            "cannot multiply two columns: K*m is q x 1 and x is p x 1\n"
            "  d K*m*x/dx\n"
            "       ^\n"
            "hint: (K*m)^T*x is the inner product, (K*m)*x^T the outer, (K*m).*x entry by entry"
        ),
    ),
    (
        "d f'(x)/dx",
        {"variables": ["f: vector -> scalar"]},
        ParseError,
        (
            "f' is the derivative of a function of a number or of every entry, and f is neither\n"
            "  d f'(x)/dx\n"
            "    ^^"
        ),
    ),
    (
        "d f(x, y)/dx",
        {"variables": ["f: vector -> scalar"]},
        ParseError,
        (
            "f is a function of one argument\n"
            "  d f(x, y)/dx\n"
            "    ^^^^^^^\n"
            "hint: leave out the arguments that are constant"
        ),
    ),
    (
        "d h(A)/dA",
        {"variables": ["h: vector -> vector", "A: m x n"]},
        ShapeError,
        (
            "h takes m x 1, but A is m x n\n"
            "  d h(A)/dA\n"
            "    ^^^^"
        ),
    ),
    (
        "d exp/dx",
        {},
        ParseError,
        (
            "exp is a function without an argument\n"
            "  d exp/dx\n"
            "    ^^^\n"
            "hint: write exp(...), or declare exp if it is a variable"
        ),
    ),
    (
        "dL/dx where y = L; L = y",
        {},
        ParseError,
        (
            "the definitions of L, y need each other\n"
            "  dL/dx where y = L; L = y\n"
            "                     ^"
        ),
    ),
    (
        "dL/dx where L = L + x",
        {},
        ParseError,
        (
            "L is defined by itself\n"
            "  dL/dx where L = L + x\n"
            "              ^"
        ),
    ),
    (
        "dL/dx where L = foo(x) + sum(x)",
        {},
        UnknownFunction,
        (
            "what kind of function foo is cannot be told\n"
            "  dL/dx where L = foo(x) + sum(x)\n"
            "                  ^^^\n"
            "hint: declare it, 'foo: elementwise', 'foo: vector -> vector' or 'foo: vector -> scalar'"
        ),
    ),
    (
        "dL/dx where L = f(x); L = x",
        {},
        ParseError,
        (
            "L is defined twice\n"
            "  dL/dx where L = f(x); L = x\n"
            "                        ^"
        ),
    ),
    (
        "dL/dx where L",
        {},
        ParseError,
        (
            "expected a definition NAME = expression\n"
            "  dL/dx where L\n"
            "              ^"
        ),
    ),
    (
        "dL/dx where f(2*x) = x",
        {},
        ParseError,
        (
            "the left side of this definition is no name\n"
            "  dL/dx where f(2*x) = x\n"
            "              ^^^^^^^^^^\n"
            "hint: write y = W*x for a definition, dL/dy = g to name a gradient, sum(y) = 1 for a condition"
        ),
    ),
    (
        "dL/dx where y = A x; L = sum(y); dL/dy = g",
        {},
        UsageError,
        (
            "L is not an unknown function of y\n"
            "  dL/dx where y = A x; L = sum(y); dL/dy = g\n"
            "                                   ^^^^^^^^^\n"
            "hint: write L = loss(y) with an unknown function loss"
        ),
    ),
    (
        "dL/dx where x = y where y = x",
        {},
        ParseError,
        (
            "a request has one 'where'; ';' separates definitions\n"
            "  dL/dx where x = y where y = x\n"
            "                    ^^^^^"
        ),
    ),
    (
        "d x/dn",
        {"variables": ["x: n"]},
        UsageError,
        (
            "n is a dimension; a derivative is by a variable\n"
            "  d x/dn\n"
            "       ^"
        ),
    ),
    (
        "d f(x)/df",
        {"variables": ["f: vector -> scalar"]},
        UsageError,
        (
            "f is a function; a derivative is by a variable\n"
            "  d f(x)/df\n"
            "          ^"
        ),
    ),
    (
        "tr(X)",
        {"wrt": "X Y +"},
        UsageError,
        "'X Y +' is not the name of a variable",
    ),
    (
        "d tr(X)/dX",
        {"wrt": "Y"},
        UsageError,
        (
            "the request differentiates by X, and wrt is Y\n"
            "  d tr(X)/dX\n"
            "           ^\n"
            "hint: give one of the two"
        ),
    ),
    (
        "d y/dx where y = A x",
        {"variables": ["y: n", "A: m x n"]},
        ShapeError,
        (
            "y is declared as n x 1, but its definition is m x 1\n"
            "  d y/dx where y = A x\n"
            "               ^"
        ),
    ),
    (
        "d x/dx",
        {"variables": ["x n"]},
        ParseError,
        (
            "a declaration needs a ':' after the name\n"
            "  x n\n"
            "  ^^^\n"
            "hint: write NAME: SHAPE, such as 'W: m x n', 'x: n' or 'c: scalar'"
        ),
    ),
    (
        "d x/dx",
        {"variables": ["x: n m p"]},
        ParseError,
        (
            "x has 3 dimensions; a variable has at most two\n"
            "  x: n m p\n"
            "     ^^^^^\n"
            "hint: 'n' is a vector, 'm x n' a matrix, 'scalar' a scalar"
        ),
    ),
    (
        "d S/dS",
        {"variables": ["S: n x n symetric"]},
        UsageError,
        (
            "'symetric' is not a property\n"
            "  S: n x n symetric\n"
            "     ^^^^^^^^^^^^^^\n"
            "hint: did you mean 'symmetric'?"
        ),
    ),
    (
        "d S/dS",
        {"attrs": {"S": ["symetric"]}},
        UsageError,
        (
            "'symetric' is not a property\n"
            "hint: did you mean 'symmetric'?"
        ),
    ),
    (
        "d x/dx",
        {"variables": ["x: 0"]},
        ParseError,
        (
            "a dimension is at least 1\n"
            "  x: 0\n"
            "     ^"
        ),
    ),
    (
        "d x/dx",
        {"variables": ["x: n-1"]},
        ParseError,
        (
            "'n-1' is not a dimension\n"
            "  x: n-1\n"
            "     ^^^\n"
            "hint: a dimension is a name or a positive integer"
        ),
    ),
    (
        "d x/dx",
        {"variables": ["2x: n"]},
        ParseError,
        (
            "'2x' is not a name\n"
            "  2x: n\n"
            "  ^^\n"
            "hint: a name starts with a letter and holds letters, digits and _"
        ),
    ),
    (
        "d tr(where*X)/dX",
        {"variables": ["where: n n"]},
        ParseError,
        (
            "'where' begins the definitions of a request and is no name\n"
            "  where: n n\n"
            "  ^^^^^\n"
            "hint: choose another name"
        ),
    ),
    (
        "d f(x)/dx",
        {"variables": ["f: vector -> tensor"]},
        ParseError,
        (
            "'vector -> tensor' is not a kind of function\n"
            "  f: vector -> tensor\n"
            "     ^^^^^^^^^^^^^^^^\n"
            "hint: a function is 'elementwise', or takes and gives a scalar, vector or matrix: 'vector -> scalar', 'scalar -> matrix'"
        ),
    ),
    (
        "d x/dx",
        {"variables": {"x": 3}},
        UsageError,
        (
            "the shape of x is 3\n"
            "hint: shapes are texts, such as \"m n\", \"n\" or \"\""
        ),
    ),
    (
        "d x/dx",
        {"order": 3},
        UsageError,
        "derivatives are of order 1 or 2, not 3",
    ),
    (
        "d 1e999*x/dx",
        {},
        LimitError,
        (
            "a number has at most 60 digits and an exponent of at most 300\n"
            "  d 1e999*x/dx\n"
            "    ^^^^^"
        ),
    ),
]


@pytest.mark.parametrize(("text", "options", "error", "message"), CASES, ids=[f"{i}-{c[0][:24]}" for i, c in enumerate(CASES)])
def test_message(text: str, options: dict[str, Any], error: type[MatcalcError], message: str) -> None:
    with pytest.raises(MatcalcError) as caught:
        read_request(text, **options)
    assert type(caught.value) is error
    assert str(caught.value) == message


HOSTILE = [
    pytest.param("(" * 10_000 + "x" + ")" * 10_000, LimitError, "brackets nest more than 200 deep", id="brackets"),
    pytest.param("-" * 10_000 + "x", LimitError, "more than 200 signs or functions in a row", id="signs"),
    pytest.param("x+" * 500_000 + "x", LimitError, "the input has 1000001 characters; at most 200000 are read", id="length"),
    pytest.param("x+" * 90_000 + "x", LimitError, "the input has more than 30000 tokens", id="tokens"),
    pytest.param("|" * 5_000, LimitError, "brackets nest more than 200 deep", id="bars"),
    pytest.param("\\frac{" * 5_000, LimitError, "brackets nest more than 200 deep", id="fractions"),
    pytest.param("9" * 100 + "*x", LimitError, "a number has at most 60 digits and an exponent of at most 300", id="digits"),
    pytest.param("x*1e300" + "*1e300" * 1_000, LimitError, "this product of numbers has too many digits", id="product"),
    pytest.param("x*((2^4000)^4000)^4000", LimitError, "this power of a number has too many digits", id="power"),
    pytest.param("'" * 5_000, ParseError, 'expected an operand before "\'"', id="primes"),
]


@pytest.mark.parametrize(("text", "error", "message"), HOSTILE)
def test_hostile_input_is_refused_at_once(text: str, error: type[MatcalcError], message: str) -> None:
    with pytest.raises(error) as caught:
        read_request(text, wrt="x")
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["x" + "'" * 20_000, "+".join(["x"] * 5_000), "x" + "*c" * 5_000, "sin(" * 150 + "x" + ")" * 150])
def test_long_input_is_read(text: str) -> None:
    assert read_request(text, wrt="x", variables={"x": "n", "c": ""}).expr.shape[1] == 1
