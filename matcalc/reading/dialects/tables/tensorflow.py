"""TensorFlow, whose * and ** act entry by entry."""

from typing import Final

PAIRS: Final = """
tf.matmul(X, Y)                         X*Y
tf.linalg.matmul(X, Y)                  X*Y
tf.linalg.matvec(X, y)                  X*y
tf.transpose(X)                         X^T
tf.linalg.matrix_transpose(X)           X^T
tf.tensordot(x, y, axes=1)              x^T*y
tf.linalg.trace(X)                      tr(X)
tf.linalg.det(X)                        det(X)
tf.linalg.logdet(X)                     logdet(X)
tf.linalg.inv(X)                        inv(X)
tf.linalg.pinv(X)                       pinv(X)
tf.linalg.solve(A, b)                   A\\b
tf.linalg.expm(X)                       expm(X)
tf.linalg.logm(X)                       logm(X)
tf.linalg.sqrtm(X)                      sqrtm(X)
tf.linalg.cholesky(X)                   chol(X)
tf.linalg.eigvalsh(X)                   eigvals(X)
tf.linalg.svd(X, compute_uv=False)      svdvals(X)
tf.linalg.diag(x)                       diag(x)
tf.linalg.diag_part(X)                  diagv(X)
tf.norm(x)                              ||x||
tf.norm(x, ord=1)                       ||x||_1
tf.reduce_sum(X)                        sum(X)
tf.reduce_sum(X, axis=0)                colsums(X)
tf.reduce_sum(X, axis=1)                rowsums(X)
tf.reduce_mean(X)                       mean(X)
tf.reduce_mean(X, axis=0)               colmeans(X)
tf.reduce_mean(X, axis=1)               rowmeans(X)
tf.reduce_max(x)                        max(x)
tf.reduce_min(x)                        min(x)
tf.reduce_prod(x)                       prod(x)
tf.reduce_logsumexp(x)                  logsumexp(x)
tf.math.reduce_variance(x)              var(x)
tf.math.reduce_std(x)                   std(x)
tf.square(x)                            x.^2
tf.math.exp(x)                          exp(x)
tf.math.log(x)                          log(x)
tf.math.log1p(x)                        log1p(x)
tf.math.abs(x)                          abs(x)
tf.nn.relu(x)                           relu(x)
tf.nn.sigmoid(x)                        sigmoid(x)
tf.math.sigmoid(x)                      sigmoid(x)
tf.nn.softplus(x)                       softplus(x)
tf.nn.softmax(x)                        softmax(x)
tf.nn.log_softmax(x)                    logsoftmax(x)
tf.nn.gelu(x)                           gelu(x)
tf.nn.silu(x)                           silu(x)
tf.nn.l2_loss(x)                        sum(x.^2)/2
tf.eye(n)                               eye(n)
"""
