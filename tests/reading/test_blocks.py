r"""Block matrices: [A, B; C, D], pmatrix, stacks; what is done with whole blocks is done with them one by one."""

from __future__ import annotations

import pytest

from matcalc import derive
from matcalc.answers.derivative import Derivative
from matcalc.errors import MatcalcError
from matcalc.reading.request import read_request


def answer(request: str) -> Derivative:
    found = derive(request)
    assert isinstance(found, Derivative)
    assert found.certificate is not None and found.certificate.status == "checked"
    return found


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("d ||[A; B]*x - [c; g]||^2/dx", "2*(A^T*(A*x - c) + B^T*(B*x - g))"),
        (
            r"\nabla_x \left\| \begin{bmatrix} A \\ B \end{bmatrix} x - \begin{bmatrix} c \\ g \end{bmatrix} \right\|_2^2",
            "2*(A^T*(A*x - c) + B^T*(B*x - g))",
        ),
        (
            r"""\frac{\partial}{\partial x} \begin{pmatrix} x^\top & y^\top \end{pmatrix}
                \begin{pmatrix} A & B \\ B^\top & C \end{pmatrix} \begin{pmatrix} x \\ y \end{pmatrix}""",
            "(A + A^T)*x + 2*B*y",
        ),
        ("d ||[A; c*eye(n)]*x - [b; zeros(n)]||^2/dx where c: scalar", "2*(A^T*(A*x - b) + c^2*x)"),
        ("d tr([A, B; C, D]*[A, B; C, D]^T)/dB", "2*B"),
        ("d ||[X, Y]||_F^2/dX", "2*X"),
        ("d logdet([X, 0; 0, Y])/dX", "X^-T"),
        ("d det([X, B; 0, Y])/dX", "det(X)*det(Y)*X^-T"),
        (r"\frac{\partial}{\partial C} \log\det\begin{bmatrix} A & B \\ 0 & C \end{bmatrix}", "C^-T"),
        ("d sum([A*x; y])/dx", "A^T*ones(p)"),
        ("d [a^T, b^T]*[x; y]/dy", "b"),
        ("d ||[A, b]*[x; t] - c||^2/dt where t: scalar", "2*b^T*(A*x + t*b - c)"),
        ("d ||vstack(A, B)*x||^2/dx", "2*(A^T*A + B^T*B)*x"),
        ("d ||np.vstack([A, B]) @ x||^2/dx", "2*(A^T*A + B^T*B)*x"),
        ("d ||[[A, B], [C, D]]||^2/dC", "2*C"),
        ("d tr(blkdiag(X, Y)*blkdiag(A, B))/dX", "A^T"),
        ("d det([a, b; c, d])/da where a: scalar; b: scalar; c: scalar; d: scalar", "d"),
        ("d log(det([a, b; b, c]))/db where a: scalar; b: scalar; c: scalar", "-2*b/(a*c - b^2)"),
        (r"\frac{\partial}{\partial \alpha} \begin{vmatrix} \alpha & \beta \\ \gamma & \delta \end{vmatrix}", "delta"),
    ],
)
def test_the_derivative_of_what_is_made_of_blocks(asked: str, text: str) -> None:
    assert answer(asked).text == text


@pytest.mark.parametrize(
    "asked",
    [
        "d logdet([A, B; C, D])/dB",
        "d [A; B]*x/dx",
        "d tr([A, B; C, D]*M)/dB",
        "d ||[A, B]*x||^2/dA",
        "d tr(inv([A, b; b^T, c])) / dA where c: scalar",
        r"\nabla_x \begin{bmatrix} x \\ y \end{bmatrix}^\top M \begin{bmatrix} x \\ y \end{bmatrix}",
    ],
)
def test_blocks_that_meet_something_else_stand_in_their_places(asked: str) -> None:
    answer(asked)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("d ||np.block([[A, B], [C, D]])||^2/dC", "2*C"),
        ("d tr(jnp.block([[A, B], [B.T, C]]) @ jnp.block([[A, B], [B.T, C]]))/dB", "4*B"),
        ("d np.linalg.norm(np.concatenate([A, B], axis=1))**2/dA", "2*A"),
        ("d sum(torch.cat([x, y])**2)/dx", "2*x"),
        ("d norm(horzcat(A, B), 'fro')^2/dA", "2*A"),
        ("d logdet(cat(1, [A, B], [B', C]))/dC", "(C - B^T*A^-1*B)^-T"),
        ("d Det(BlockDiagMatrix(A, B))/dA", "det(A)*det(B)*A^-T"),
        (r"\frac{\partial}{\partial A} \log\det \left[\begin{array}{c|c} A & B \\ \hline C & D \end{array}\right]", "(A - B*D^-1*C)^-T"),
        (r"\frac{\partial}{\partial A} \operatorname{tr} \begin{bmatrix} A & \mathbf{0} \\ \mathbf{0} & B \end{bmatrix}^{-1}", "-(A^-2)^T"),
        (
            r"\nabla_w \left\| \begin{bmatrix} X \\ \sqrt{\lambda} I \end{bmatrix} w - \begin{bmatrix} y \\ 0 \end{bmatrix} \right\|^2",
            "2*(X^T*(X*w - y) + lambda*w)",
        ),
        ("d ||[A*x; y]||/dx where A: 2 x 2; x: 2; y: 3", "A^T*A*x/||[A*x; y]||".replace("||[A*x; y]||", "norm2([A*x; y])")),
        ("d [A*x; y]/dx where A: 2 x 2; x: 2; y: 3", "[A^T, zeros(2,3)]"),
        ("d logsumexp([A*x; 0])/dx", "A^T*[I, zeros(m)]*softmax([A*x; 0])"),
        ("d normF([A, B])/dB", "B/normF([A, B])"),
    ],
)
def test_block_matrices_are_read_as_they_are_spelt(asked: str, text: str) -> None:
    assert answer(asked).text == text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("d tr([A B; C D])/dA", "A B in an array could be two blocks or a product"),
        ("d sum([A, B; C])/dA", "the rows of an array are of one length"),
        ("d sum([A, x; y, B])/dA where A: m x n; x: n; y: m; B: n x n", "the block x is n x 1, but those beside it have m rows"),
        ("d sum([A; 0])/dA", "the size of the 0 in .A; 0. cannot be told"),
        ("d norm(A @ np.hstack([x, y]))/dx", "what np.hstack of vectors is meant to be is not clear"),
        (r"\frac{\partial}{\partial A} \det \begin{bmatrix} A & B \\ B & A \end{bmatrix}^{k+1}", "what this exponent belongs to"),
        ("d sum([A; B])/dA where A: m x n; B: m x p", "the block B is m x p, but those above it have n columns"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(asked: str, message: str) -> None:
    with pytest.raises(MatcalcError, match=message):
        read_request(asked)
