"""PyTorch, whose * and ** act entry by entry."""

from typing import Final

PAIRS: Final = """
X @ Y                                       X*Y
X * Y                                       X.*Y
X.T                                         X^T
X.t()                                       X^T
X.mT                                        X^T
X.H                                         X^H
X.mH                                        X^H
torch.adjoint(X)                            X^H
torch.conj(X)                               conj(X)
torch.vdot(x, y)                            x^H*y
X.transpose(0, 1)                           X^T
X.transpose(-2, -1)                         X^T
X.transpose(-1, -2)                         X^T
torch.t(X)                                  X^T
torch.transpose(X, 0, 1)                    X^T
torch.mm(X, Y)                              X*Y
X.mm(Y)                                     X*Y
torch.mv(X, y)                              X*y
X.mv(y)                                     X*y
torch.matmul(X, Y)                          X @ Y
X.matmul(Y)                                 X @ Y
torch.dot(x, y)                             x^T*y
x.dot(y)                                    x^T*y
torch.outer(x, y)                           x*y^T
torch.mul(X, Y)                             X.*Y
X.mul(Y)                                    X.*Y
X.div(Y)                                    X./Y
X.add(Y)                                    X + Y
X.sub(Y)                                    X - Y
torch.trace(X)                              tr(X)
X.trace()                                   tr(X)
torch.det(X)                                det(X)
torch.logdet(X)                             logdet(X)
torch.slogdet(X)[1]                         logdet(X)
torch.linalg.slogdet(X)[1]                  logdet(X)
torch.linalg.slogdet(X).logabsdet           logdet(X)
torch.linalg.det(X)                         det(X)
torch.inverse(X)                            inv(X)
X.inverse()                                 inv(X)
torch.linalg.inv(X)                         inv(X)
torch.linalg.pinv(X)                        pinv(X)
torch.linalg.solve(A, b)                    A\\b
torch.linalg.matrix_exp(X)                  expm(X)
torch.matrix_exp(X)                         expm(X)
torch.linalg.cholesky(X)                    chol(X)
torch.linalg.eigvalsh(X)                    eigvals(X)
torch.linalg.eigvalsh(X).max()              lambda_max(X)
torch.linalg.svdvals(X)                     svdvals(X)
torch.linalg.svdvals(X).sum()               normN(X)
torch.linalg.matrix_norm(X, ord='nuc')      normN(X)
torch.linalg.matrix_norm(X, 'nuc')          normN(X)
torch.linalg.matrix_norm(X, ord=2)          sigma_max(X)
torch.linalg.matrix_norm(X, 2)              sigma_max(X)
torch.linalg.norm(X, ord='nuc')             normN(X)
torch.linalg.norm(X, 'nuc')                 normN(X)
torch.norm(X, p='nuc')                      normN(X)
torch.norm(X, 'nuc')                        normN(X)
torch.linalg.cond(X)                        sigma_max(X)/sigma_min(X)
torch.block_diag(A, B)                      blkdiag(A, B)
torch.tril(X)                               tril(X)
torch.triu(X)                               triu(X)
X.tril()                                    tril(X)
X.triu()                                    triu(X)
torch.linalg.matrix_power(X, 3)             X^3
torch.norm(x)                               ||x||
torch.norm(x, p=1)                          ||x||_1
torch.norm(x, p=2)                          ||x||
torch.norm(X, p='fro')                      normF(X)
torch.norm(X, p="fro")                      normF(X)
torch.norm(X, 'fro')                        normF(X)
torch.linalg.norm(X)                        ||X||
torch.linalg.vector_norm(x)                 ||x||
torch.linalg.vector_norm(x, 1)              ||x||_1
torch.linalg.matrix_norm(X)                 normF(X)
torch.linalg.matrix_norm(X, "nuc")          normN(X)
torch.linalg.matrix_norm(X, ord="nuc")      normN(X)
torch.linalg.norm(X, 2)                     ||X||_2
torch.linalg.norm(X, ord=2)                 ||X||_2
x.norm()                                    ||x||
x.norm(p=1)                                 ||x||_1
x.norm(1)                                   ||x||_1
x.norm(2)                                   ||x||
torch.sum(X)                                sum(X)
torch.sum(X, dim=0)                         colsums(X)
torch.sum(X, dim=1)                         rowsums(X)
torch.sum(X, dim=-1)                        rowsums(X)
torch.sum(X, 0)                             colsums(X)
torch.sum(X, 1)                             rowsums(X)
X.sum(dim=0)                                colsums(X)
X.sum(dim=1)                                rowsums(X)
X.sum(-1)                                   rowsums(X)
X.sum(dim=1, keepdim=True)                  rowsums(X)
X.sum()                                     sum(X)
torch.mean(X)                               mean(X)
torch.mean(X, dim=0)                        colmeans(X)
torch.mean(X, dim=1)                        rowmeans(X)
X.mean(dim=0)                               colmeans(X)
X.mean(dim=1)                               rowmeans(X)
X.mean(-1)                                  rowmeans(X)
X.mean()                                    mean(X)
torch.var(x, correction=0)                  var(x)
torch.var(x, unbiased=False)                var(x)
torch.var(x)                                !torch.var divides by n - 1; torch.var(x, correction=0) divides by n, as var(x) does
x.var(unbiased=False)                       var(x)
x.var(correction=0)                         var(x)
torch.std(x, correction=0)                  std(x)
torch.std(x, unbiased=False)                std(x)
torch.std(x)                                !torch.std divides by n - 1; torch.std(x, correction=0) divides by n, as std(x) does
x.std(unbiased=False)                       std(x)
torch.prod(x)                               prod(x)
torch.cumsum(x, dim=0)                      cumsum(x)
torch.cumsum(x, 0)                          cumsum(x)
torch.max(x)                                max(x)
torch.min(x)                                min(x)
x.max()                                     max(x)
torch.maximum(x, y)                         y + relu(x - y)
torch.clamp(x, min=0)                       relu(x)
torch.clamp(x, a, p)                        a + relu(x - a) - relu(x - p)
torch.clamp(x, min=a, max=p)                a + relu(x - a) - relu(x - p)
torch.clamp(x, 0)                           relu(x)
x.clamp(min=0)                              relu(x)
x.clamp_min(0)                              relu(x)
x.pow(3)                                    x.^3
torch.pow(x, 3)                             x.^3
torch.square(x)                             x.^2
x.square()                                  x.^2
x.sqrt()                                    sqrt(x)
torch.rsqrt(x)                              x.^-0.5
x.reciprocal()                              x.^-1
x.exp()                                     exp(x)
x.log()                                     log(x)
x.abs()                                     abs(x)
x.neg()                                     -x
x.sign()                                    sign(x)
x.sin()                                     sin(x)
x.cos()                                     cos(x)
x.tanh()                                    tanh(x)
x.sigmoid()                                 sigmoid(x)
x.relu()                                    relu(x)
x.softmax(dim=0)                            softmax(x)
X.softmax(dim=1)                            softmax_rows(X)
x.softmax(0)                                softmax(x)
X.softmax(1)                                softmax_rows(X)
X.softmax(dim=-1)                           softmax_rows(X)
x.log_softmax(dim=0)                        logsoftmax(x)
x.logsumexp(0)                              logsumexp(x)
x.logsumexp(dim=0)                          logsumexp(x)
torch.logsumexp(x, 0)                       logsumexp(x)
torch.logsumexp(x, dim=0)                   logsumexp(x)
torch.exp(x)                                exp(x)
torch.log1p(x)                              log1p(x)
torch.erf(x)                                erf(x)
torch.sigmoid(x)                            sigmoid(x)
torch.special.expit(x)                      sigmoid(x)
torch.tanh(x)                               tanh(x)
torch.relu(x)                               relu(x)
torch.softmax(x, 0)                         softmax(x)
torch.softmax(x, dim=0)                     softmax(x)
torch.softmax(X, dim=1)                     softmax_rows(X)
torch.softmax(X, dim=-1)                    softmax_rows(X)
torch.log_softmax(x, dim=0)                 logsoftmax(x)
torch.diag(x)                               diag(x)
torch.diagonal(X)                           diagv(X)
torch.kron(X, Y)                            kron(X, Y)
torch.eye(n)                                eye(n)
torch.ones(n)                               ones(n)
torch.zeros(n)                              zeros(n)
F.relu(x)                                   relu(x)
F.gelu(x)                                   gelu(x)
F.silu(x)                                   silu(x)
F.sigmoid(x)                                sigmoid(x)
F.tanh(x)                                   tanh(x)
F.softplus(x)                               softplus(x)
F.leaky_relu(x)                             relu(x) - relu(-x)/100
F.leaky_relu(x, 0.2)                        relu(x) - 0.2*relu(-x)
F.leaky_relu(x, negative_slope=0.2)         relu(x) - 0.2*relu(-x)
F.logsigmoid(x)                             log(sigmoid(x))
F.softmax(x, dim=0)                         softmax(x)
F.softmax(X, dim=1)                         softmax_rows(X)
F.softmax(X, dim=-1)                        softmax_rows(X)
F.log_softmax(x, dim=0)                     logsoftmax(x)
F.log_softmax(X, dim=1)                     log(softmax_rows(X))
F.log_softmax(X, dim=-1)                    log(softmax_rows(X))
F.mse_loss(x, y)                            mean((x - y).^2)
F.mse_loss(x, y, reduction='sum')           sum((x - y).^2)
F.mse_loss(x, y, reduction="sum")           sum((x - y).^2)
F.l1_loss(x, y)                             mean(abs(x - y))
F.cross_entropy(x, y)                       !F.cross_entropy takes logits and classes; write -sum(y.*logsoftmax(x)) for y of probabilities
F.kl_div(x, y)                              !F.kl_div takes logarithms and a mean over batches; write sum(y.*(log(y) - x))
F.elu(x)                                    elu(x)
F.mish(x)                                   mish(x)
F.linear(x, W)                              W*x
F.linear(x, W, b)                           W*x + b
torch.nn.functional.relu(x)                 relu(x)
X.flatten()                                 !PyTorch flattens rows first; vec(X) stacks columns, vec(X^T) rows
X.detach()                                  !what is detached is not differentiated; declare it as a constant under another name
x.item()                                    x
"""
