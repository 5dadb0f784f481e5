"""JAX; its jax.numpy is read as NumPy is."""

from typing import Final

PAIRS: Final = """
jnp.sum(X, axis=1)                      rowsums(X)
jnp.linalg.inv(X) @ x                   X^-1*x
jnp.trace(X.T @ X)                      tr(X^T*X)
jnp.linalg.slogdet(X)[1]                logdet(X)
jnp.clip(x, 0)                          relu(x)
jax.nn.relu(x)                          relu(x)
jax.nn.sigmoid(x)                       sigmoid(x)
jax.nn.softplus(x)                      softplus(x)
jax.nn.gelu(x, approximate=False)       gelu(x)
jax.nn.gelu(x)                          !jax.nn.gelu is an approximation by tanh unless approximate=False; gelu(x) is the exact function
jax.nn.silu(x)                          silu(x)
jax.nn.swish(x)                         silu(x)
jax.nn.leaky_relu(x)                    relu(x) - relu(-x)/100
jax.nn.leaky_relu(x, 0.2)               relu(x) - 0.2*relu(-x)
jax.nn.log_sigmoid(x)                   log(sigmoid(x))
jax.nn.softmax(x)                       softmax(x)
jax.nn.softmax(X, axis=1)               softmax_rows(X)
jax.nn.softmax(X, axis=-1)              softmax_rows(X)
jax.nn.softmax(x, axis=0)               softmax(x)
jax.nn.log_softmax(x)                   logsoftmax(x)
jax.nn.log_softmax(X, axis=-1)          log(softmax_rows(X))
jax.nn.log_softmax(X, axis=1)           log(softmax_rows(X))
jax.nn.logsumexp(x)                     logsumexp(x)
jax.scipy.special.logsumexp(x)          logsumexp(x)
jax.scipy.special.expit(x)              sigmoid(x)
jax.scipy.special.erf(x)                erf(x)
jax.scipy.linalg.expm(X)                expm(X)
jax.scipy.linalg.sqrtm(X)               sqrtm(X)
jnp.linalg.norm(X, 'nuc')               normN(X)
jnp.linalg.svdvals(X)                   svdvals(X)
jax.scipy.linalg.expm_frechet(A, X, compute_expm=False)  expm_frechet(A, X)
jax.scipy.linalg.cholesky(X, lower=True)  chol(X)
jax.scipy.linalg.block_diag(A, B)       blkdiag(A, B)
jax.scipy.linalg.solve(A, b)            A\\b
"""
