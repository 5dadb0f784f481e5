"""NumPy and SciPy, whose * and ** act entry by entry; tensors of other tools have the same methods."""

from typing import Final

PAIRS: Final = """
X @ Y                               X*Y
x @ A @ x                           x^T*A*x
X * Y                               X.*Y
X / Y                               X./Y
x**2                                x.^2
X.T                                 X^T
np.transpose(X)                     X^T
X.transpose()                       X^T
np.dot(X, Y)                        X @ Y
X.dot(Y)                            X @ Y
np.vdot(x, y)                       x^H*y
np.conj(X)                          conj(X)
np.conjugate(X)                     conj(X)
X.conj()                            conj(X)
X.conj().T                          X^H
np.real(X)                          real(X)
np.imag(X)                          imag(X)
X.real                              real(X)
X.imag                              imag(X)
np.angle(x)                         arg(x)
np.inner(x, y)                      dot(x, y)
np.outer(x, y)                      x*y^T
np.matmul(X, Y)                     X @ Y
np.linalg.multi_dot([X, Y])         X @ Y
np.linalg.multi_dot([X, Y, Z])      X @ Y @ Z
np.multiply(X, Y)                   X.*Y
np.divide(X, Y)                     X./Y
np.power(x, 3)                      x.^3
np.square(x)                        x.^2
np.sqrt(x)                          sqrt(x)
np.cbrt(x)                          x.^(1/3)
np.exp(x)                           exp(x)
np.log(x)                           log(x)
np.log1p(x)                         log1p(x)
np.expm1(x)                         expm1(x)
np.log2(x)                          log(x)/log(2)
np.log10(x)                         log(x)/log(10)
np.abs(x)                           abs(x)
np.absolute(x)                      abs(x)
np.fabs(x)                          abs(x)
np.sign(x)                          sign(x)
np.tanh(x)                          tanh(x)
np.maximum(x, y)                    y + relu(x - y)
np.maximum(x, 0)                    relu(x)
np.minimum(x, y)                    x - relu(x - y)
np.clip(x, 0, None)                 relu(x)
np.clip(x, a, p)                    a + relu(x - a) - relu(x - p)
np.heaviside(x, 0)                  heaviside(x)
np.logaddexp(0, x)                  softplus(x)
np.logaddexp(x, y)                  x + softplus(y - x)
np.sum(X)                           sum(X)
np.sum(X, axis=None)                sum(X)
np.sum(X, axis=0)                   colsums(X)
np.sum(X, axis=1)                   rowsums(X)
np.sum(X, axis=-1)                  rowsums(X)
np.sum(X, 0)                        colsums(X)
np.sum(X, 1)                        rowsums(X)
np.sum(X, axis=1, keepdims=True)    rowsums(X)
np.sum(X, axis=0, keepdims=True)    colsums(X)^T
X.sum()                             sum(X)
X.sum(axis=0)                       colsums(X)
X.sum(1)                            rowsums(X)
np.mean(X)                          mean(X)
np.mean(X, axis=0)                  colmeans(X)
np.mean(X, axis=1)                  rowmeans(X)
np.mean(X, axis=-1)                 rowmeans(X)
np.mean(X, 0)                       colmeans(X)
np.mean(X, 1)                       rowmeans(X)
np.mean(X, axis=1, keepdims=True)   rowmeans(X)
np.mean(X, axis=0, keepdims=True)   colmeans(X)^T
X.mean(axis=0)                      colmeans(X)
np.average(x)                       mean(x)
np.var(x)                           var(x)
np.var(x, ddof=0)                   var(x)
np.var(x, ddof=1)                   !matcalc's var divides by n; write sum((x - mean(x)).^2)/(n - 1)
np.std(x)                           std(x)
np.std(x, ddof=0)                   std(x)
np.std(x, ddof=1)                   !matcalc's std divides by n; write sqrt(sum((x - mean(x)).^2)/(n - 1))
np.prod(x)                          prod(x)
np.cumsum(x)                        cumsum(x)
np.max(x)                           max(x)
np.amax(x)                          max(x)
np.min(x)                           min(x)
np.amin(x)                          min(x)
x.max()                             max(x)
x.ravel()                           !NumPy ravels rows first; vec(X) stacks columns, vec(X^T) rows
X.flatten()                         !NumPy flattens rows first; vec(X) stacks columns, vec(X^T) rows
X.flatten('F')                      vec(X)
X.ravel('F')                        vec(X)
X.ravel(order='F')                  vec(X)
X.flatten(order='F')                vec(X)
np.trace(X)                         tr(X)
X.trace()                           tr(X)
np.diag(x)                          diag(x)
np.diagonal(X)                      diagv(X)
X.diagonal()                        diagv(X)
np.tril(X)                          tril(X)
np.triu(X)                          triu(X)
np.kron(X, Y)                       kron(X, Y)
np.eye(n)                           eye(n)
np.identity(n)                      eye(n)
np.ones(n)                          ones(n)
np.ones((m, n))                     ones(m, n)
np.zeros(n)                         zeros(n)
np.pi*x                             pi*x
np.linalg.det(X)                    det(X)
np.linalg.slogdet(X)[1]             logdet(X)
np.linalg.slogdet(X).logabsdet      logdet(X)
np.linalg.inv(X)                    inv(X)
np.linalg.pinv(X)                   pinv(X)
np.linalg.solve(A, b)               A\\b
np.linalg.matrix_power(X, 3)        X^3
np.linalg.norm(x)                   ||x||
np.linalg.norm(X, 'fro')            normF(X)
np.linalg.norm(X, ord='fro')        normF(X)
np.linalg.norm(X, "fro")            normF(X)
np.linalg.norm(X, ord="fro")        normF(X)
np.linalg.norm(X, 'nuc')            normN(X)
np.linalg.norm(X, ord='nuc')        normN(X)
np.linalg.norm(X, "nuc")            normN(X)
np.linalg.norm(X, ord="nuc")        normN(X)
np.linalg.norm(X, -2)               sigma_min(X)
np.linalg.norm(X, ord=-2)           sigma_min(X)
np.linalg.svd(X, compute_uv=False)  svdvals(X)
np.linalg.cond(A)                   sigma_max(A)/sigma_min(A)
np.linalg.norm(x, 1)                normp(x, 1)
np.linalg.norm(x, ord=1)            normp(x, 1)
np.linalg.norm(x, 2)                ||x||_2
np.linalg.norm(x, ord=2)            ||x||_2
np.linalg.norm(x, np.inf)           norminf(x)
np.linalg.norm(x, ord=np.inf)       norminf(x)
x.norm()                            ||x||
scipy.linalg.expm(X)                expm(X)
scipy.linalg.logm(X)                logm(X)
scipy.linalg.sqrtm(X)               sqrtm(X)
np.linalg.cholesky(X)               !NumPy's Cholesky factor is the lower one and SciPy's the upper; write chol(X) or chol(X)^T
np.linalg.eigvalsh(X)               eigvals(X)
np.linalg.eigvalsh(X).max()         lambda_max(X)
np.linalg.eigvalsh(X).min()         lambda_min(X)
np.linalg.eigh(X)[0]                eigvals(X)
np.linalg.eigvals(X)                !NumPy's eigvals are in no order; eigvals(X) ascend
np.linalg.svd(X)[1]                 svdvals(X)
np.linalg.svdvals(X)                svdvals(X)
np.linalg.cond(X)                   sigma_max(X)/sigma_min(X)
np.linalg.cond(X, 2)                sigma_max(X)/sigma_min(X)
scipy.linalg.cosm(X)                cosm(X)
scipy.linalg.sinm(X)                sinm(X)
scipy.linalg.fractional_matrix_power(X, 0.3)  powm(X, 0.3)
scipy.linalg.expm_frechet(A, X, compute_expm=False)  expm_frechet(A, X)
scipy.linalg.solve_sylvester(A, B, X)  sylvester(A, B, X)
scipy.linalg.solve_continuous_lyapunov(A, X)  lyap(A, X)
scipy.linalg.polar(X)[0]            polar(X)
scipy.linalg.cholesky(X, lower=True)  chol(X)
scipy.linalg.svdvals(X)             svdvals(X)
scipy.linalg.eigvalsh(X)            eigvals(X)
scipy.linalg.block_diag(A, B)       blkdiag(A, B)
scipy.linalg.toeplitz(x)            toeplitz(x)
scipy.linalg.pinv(X)                pinv(X)
scipy.linalg.det(X)                 det(X)
scipy.linalg.inv(X)                 inv(X)
scipy.linalg.solve(A, b)            A\\b
scipy.special.expit(x)              sigmoid(x)
scipy.special.logsumexp(x)          logsumexp(x)
scipy.special.softmax(x)            softmax(x)
scipy.special.softmax(X, axis=1)    softmax_rows(X)
scipy.special.log_softmax(x)        logsoftmax(x)
scipy.special.erf(x)                erf(x)
scipy.special.ndtr(x)               gelu_cdf(x)
scipy.special.xlogy(x, y)           x.*log(y)
scipy.special.logit(x)              log(x./(1 - x))
scipy.special.entr(x)               -x.*log(x)
scipy.special.rel_entr(x, y)        x.*log(x./y)
scipy.special.kl_div(x, y)          x.*log(x./y) - x + y
math.exp(x)                         exp(x)
np.einsum('ij,jk->ik', X, Y)        X @ Y
np.einsum('ik,kj->ij', X, Y)        X @ Y
np.einsum('ji,jk->ik', X, Y)        X^T @ Y
np.einsum('ij,kj->ik', X, Y)        X @ Y^T
np.einsum('ij,jk,kl->il', X, Y, Z)  X @ Y @ Z
np.einsum('ij,j->i', X, y)          X @ y
np.einsum('i,ij->j', x, Y)          Y^T @ x
np.einsum('ij,i->j', X, y)          X^T @ y
np.einsum('i,i->', x, y)            x^T @ y
np.einsum('i,ij,j->', x, A, y)      x^T @ A @ y
np.einsum('i,j->ij', x, y)          x @ y^T
np.einsum('i,i->i', x, y)           x.*y
np.einsum('ij,ij->', X, Y)          sum(X.*Y)
np.einsum('ij,ij->ij', X, Y)        X.*Y
np.einsum('ij,ji->', X, Y)          tr(X @ Y)
np.einsum('ij,jk,ki->', X, Y, Z)    tr(X @ Y @ Z)
np.einsum('ii->', X)                tr(X)
np.einsum('ii->i', X)               diagv(X)
np.einsum('ij->ji', X)              X^T
np.einsum('ij->i', X)               rowsums(X)
np.einsum('ij->j', X)               colsums(X)
np.einsum('ij->', X)                sum(X)
np.einsum('i->', x)                 sum(x)
np.einsum('ij,ij->i', X, Y)         rowsums(X.*Y)
np.einsum('ij,ij->j', X, Y)         colsums(X.*Y)
np.einsum('i,ij->ij', x, Y)         diag(x) @ Y
np.einsum('j,ij->ij', x, Y)         Y @ diag(x)
np.einsum('ij,j->ij', X, y)         X @ diag(y)
"""
