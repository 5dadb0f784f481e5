"""Wrong claims by the kind of mistake, and words of the cause that is to be named."""

from __future__ import annotations

SQUARE = "A: n x n; B: n x n; X: n x n"

CHAIN = [
    "d exp(x'*A*x)/dx = exp(x'*A*x)",
    "d log(det(X))/dX = 1/det(X)",
    "d sum(exp(A*x))/dx = exp(A*x)",
    "d ||A*x-b||^2/dx = A*x-b",
    "d ||A*x-b||^2/dx = 2*(A*x-b)",
    "d sqrt(x'*x)/dx = 1/(2*sqrt(x'*x))",
    "d sin(a'*x)/dx = cos(a'*x)",
    "d log(1 + x'*x)/dx = 1/(1 + x'*x)",
    "d exp(-x'*x/2)/dx = exp(-x'*x/2)",
    "d tanh(w'*x)/dw = 1 - tanh(w'*x)^2",
    "d sum(sin(X*w))/dw = cos(X*w)",
    "d (a'*x)^3/dx = 3*(a'*x)^2",
    "d log(sum(exp(x)))/dx = 1/sum(exp(x))",
    "d exp(tr(A*X))/dX = exp(tr(A*X))",
    "d logsumexp(A*x)/dx = softmax(A*x)",
]
FACTOR = [
    "d det(X)/dX = inv(X)'",
    "d (x'*A*x)^2/dx = 2*(A+A')*x",
    "d exp(x'*x)/dx = 2*x",
    "d det(X)/dX = det(X)*tr(dX)",
    "d log(x'*x)/dx = 2*x",
    "d exp(a'*x)/dx = a",
    "d sin(x'*x)/dx = 2*x",
    "d det(X)^2/dX = 2*X^-T",
    "d tr(X)^2/dX = 2*eye(n)",
    "d sqrt(1 + x'*x)/dx = x",
    "d x'*x/(1+x'*x)/dx = 2*x/(1+x'*x)",
    "d norm2(A*x-b)/dx = A'*(A*x-b)",
    "d log(a'*X*b)/dX = a*b'",
    "d sigmoid(w'*x)/dw = sigmoid(w'*x)*x",
]
SUMMAND = [
    "d x'*A*x/dx = A*x",
    "d x'*A*x/dx = A'*x",
    "d tr(X'*A*X)/dX = tr(dX'*A*X)",
    "d (X*A*X)/dX = dX*A*X",
    "d exp(x'*A*x)/dx = exp(x'*A*x)*A*x",
    "d tr(X'*A*X*B)/dX = A*X*B",
    "d (x'*A*x + b'*x)/dx = (A + A')*x",
    "d (x'*A*x)/(x'*x)/dx = (A + A')*x/(x'*x)",
    "d X^3/dX = dX*X^2 + X^2*dX",
    "d (a'*x)*(b'*x)/dx = a*(b'*x)",
    "d (||A*x - b||^2 + x'*x)/dx = 2*A'*(A*x - b)",
    "d tr(A*X*B*X)/dX = (A*X*B)'",
    "d (X*X')/dX = dX*X'",
    "d (x*x')/dx = dx*x'",
    "d x'*A*x/dx = x'*A*dx",
]
SIGN = [
    "d (b'*x - x'*A*x)/dx = b + (A+A^T)*x",
    "d (x'*A*x - 2*b'*x)/dx = (A + A')*x + 2*b",
    "d (X*A*X)/dX = dX*A*X - X*A*dX",
    "d (x'*A*x)/(x'*x)/dx = (A + A')*x/(x'*x) + 2*(x'*A*x)*x/(x'*x)^2",
    "d (logdet(X) - tr(A*X))/dX = X^-T + A'",
    "d ||A*x-b||^2/dx = 2*A'*(A*x + b)",
    "d x'*A*x/dx = (A - A')*x",
    "d (tr(A*X) - tr(B*X))/dX = A' + B'",
]
WHOLE = [
    ("d X^-1/dX = X^-1*dX*X^-1", "only its sign"),
    ("d tr(A*X^-1)/dX = X^-T*A'*X^-T", "only its sign"),
    ("d ||x||^2/dx = x", "2 times"),
    ("d x'*A*x/dx = (A + A')*x/2", "2 times"),
    ("d ||A*x-b||^2/dx = A'*(A*x-b)", "2 times"),
    ("d (b - A*x)'*(b - A*x)/dx = 2*A'*(b - A*x)", "only its sign"),
    ("d mean(A*x)/dx = A'*ones(m) @ A: m x n", "1/m times"),
    ("d tr(X'*X)/dX = tr(X'*dX)", "2 times"),
    ("d tr(X^3)/dX = (X^2)'", "3 times"),
]
ORDER = [
    (f"d tr(A*X*B)/dX = B^T*A^T @ {SQUARE}", "another order"),
    ("d X^-1/dX = -X^-2*dX", "another order"),
    ("d X^-1/dX = -dX*X^-2", "another order"),
    (f"d (A*X*B)/dX = dX*A*B @ {SQUARE}", "another order"),
    (f"d (A*X*B)/dX = A*B*dX @ {SQUARE}", "another order"),
    (f"d tr(A*X*B)/dX = tr(A*B*dX) @ {SQUARE}", "another order"),
    (f"d tr(X'*A*X*B)/dX = A*B*X + A'*X*B' @ {SQUARE}", "another order"),
    ("d a'*X*b/dX = b*a' @ X: n x n", "numerator layout"),
    ("d a'*X^-1*b/dX = -X^-T*b*a'*X^-T @ X: n x n", ""),
]
TRANSPOSE = [
    ("d tr(A*X)/dX = A @ A: n x n; X: n x n", "symmetric"),
    ("d b'*A*x/dx = A*b @ A: n x n", "transpose"),
    ("d log(det(X))/dX = X^-1", "symmetric"),
    ("d ||A*x-b||^2/dx = 2*A*(A*x-b) @ A: n x n", "transpose"),
    (f"d tr(A*X*B)/dX = A*B^T @ {SQUARE}", "transpose"),
    (f"d tr(A*X*B)/dX = tr(A'*dX*B) @ {SQUARE}", "transpose"),
    (f"d ||A*X-B||_F^2/dX = 2*A*(A*X-B) @ {SQUARE}", "transpose"),
    ("d (A*x)/dx = dx'*A @ A: n x n", "claim is"),
]
KRON = [
    (f"d (A*X*B)/dX = kron(A, B^T) @ {SQUARE}", "Kronecker"),
    (f"d (A*X*B)/dX = kron(A', B) @ {SQUARE}", "Kronecker"),
    (f"d (A*X)/dX = kron(A', eye(n)) @ {SQUARE}", "Kronecker"),
    (f"d (X*B)/dX = kron(eye(n), B) @ {SQUARE}", "Kronecker"),
    (f"d (A*X*B)/dX = kron(B, A) @ {SQUARE}", "symmetric"),
]
CONDITION = [
    ("d -y'*log(softmax(W*x))/dW = (softmax(W*x)-y)*x'", "sum(y) = 1"),
    ("d -y'*log(softmax(z))/dz = softmax(z) - y", "sum(y) = 1"),
    ("d (logsumexp(z)*sum(y) - y'*z)/dz = softmax(z) - y", "sum(y) = 1"),
    ("d x'*A*x/dx = 2*A*x", "symmetric"),
    ("d (A*x-b)'*W*(A*x-b)/dx = 2*A'*W*(A*x-b)", "W is symmetric"),
    ("d logdet(X)/dX = X^-1", "symmetric"),
    ("d tr(X^2)/dX = 2*X", "symmetric"),
    ("d^2 (x'*A*x)/dx^2 = 2*A", "symmetric"),
    ("d tr(X'*A*X)/dX = 2*A*X", "symmetric"),
    ("d norm2(x)/dx = x", ""),
    ("d (x'*A*x)/2/dx = 2*A*x", "symmetric, up to the factor 1/2"),
    ("d (x'*A*x/2 - b'*x)/dx = A*x - b", "symmetric"),
]
SCALAR = [
    "d X^2/dX = 2*X",
    "d (X*X)/dX = 2*X*dX",
    "d X^3/dX = 3*X^2",
    "d X^3/dX = 3*X^2*dX",
    "d expm(X)/dX = expm(X)*dX",
    "d X^-1/dX = -X^-2",
    "d (X*A*X)/dX = 2*X*A",
]
SOME = [
    "d (b'*x + x'*A*x)/dx = 2*b + (A+A^T)*x",
    "d (||A*x-b||^2 + c*x'*x)/dx = 2*A'*(A*x-b) + c*x",
    "d (tr(A*X) + logdet(X))/dX = 2*A' + X^-T",
    "d (X*A*X)/dX = 2*dX*A*X + X*A*dX",
    "d (x'*A*x)/(x'*x)/dx = (A + A')*x/(x'*x) - (x'*A*x)*x/(x'*x)^2",
]
DIFFERENTIALS = [
    ("d exp(x'*x)/dx = exp(x'*x)*x'*dx", "2 times"),
    ("d logdet(X)/dX = tr(X*dX)", "inverse"),
    ("d det(X)/dX = tr(X^-1*dX)", "the factor det(X)"),
    ("d x'*A*x/dx = 2*x'*A*dx", "symmetric"),
    ("d x'*A*x/dx = dx'*A*x - x'*A*dx", "sign"),
    ("d (X*X')/dX = 2*dX*X'", "for numbers"),
    ("d X^3/dX = dX*X^2 + X^2*dX", "the summand X*dX*X"),
    ("d (A*x-b)'*(A*x-b)/dx = (A*x-b)'*A*dx", "2 times"),
    ("d tr(X^-1*A)/dX = tr(X^-1*dX*X^-1*A)", "only its sign"),
    (f"d tr(A*X*B)/dX = tr(B'*dX'*A) @ {SQUARE}", "transpose"),
    (f"d tr(A*X'*B)/dX = tr(A*dX*B) @ {SQUARE}", "transpose"),
    (f"d (A*X'*B)/dX = A*dX*B @ {SQUARE}", "transpose"),
    ("d sin(a'*x)/dx = a'*dx", "the factor cos(a^T*x)"),
    ("d (b'*x + x'*A*x)/dx = 2*b'*dx + x'*(A + A')*dx", "before some summands"),
    (f"d (X*A*X*B)/dX = dX*A*X*B @ {SQUARE}", "the summand"),
    (f"d (X^-1*A)/dX = -X^-1*dX*A*X^-1 @ {SQUARE}", "another order"),
]
# Wrong, and no cause is named.
UNNAMED = [
    "d sum(exp(A*x))/dx = A'*ones(m) @ A: m x n",
    "d (a'*x)*(b'*x)*(c'*x)/dx = a*(b'*x) + b*(a'*x) + c",
    "d sqrtm(X)/dX = sqrtm(X)^-1*dX/2",
    "d logm(X)/dX = X^-1*dX",
    "d sum(sin(X*w))/dw = X'*sin(X*w)",
]

CLAIMS = [
    *DIFFERENTIALS,
    *((c, "chain rule stops") for c in CHAIN),
    *((c, "factor") for c in FACTOR),
    *((c, "the summand") for c in SUMMAND),
    *((c, "sign") for c in SIGN),
    *WHOLE,
    *ORDER,
    *TRANSPOSE,
    *KRON,
    *CONDITION,
    *((c, "for numbers") for c in SCALAR),
    *((c, "before some summands only") for c in SOME),
]
