"""Names that are read in every text, whatever tool it is from."""

from typing import Final

PAIRS: Final = """
transpose(A)            A^T
negative(x)             -x
square(x)               x.^2
sqrt(x)                 x.^0.5
cbrt(x)                 x.^(1/3)
reciprocal(x)           x.^-1
add(a, b)               a + b
subtract(a, b)          a - b
multiply(a, b)          a.*b
divide(a, b)            a./b
power(x, y)             x.^y
matrix_power(A, k)      A^k
matmul(A, B)            A @ B
outer(x, y)             x @ y^T
solve(A, b)             A\\b
diagonal(A)             diagv(A)
slogdet(A)[1]           logdet(A)
slogdet(A)[2]           logdet(A)
norm(x)                 ||x||
norm(x, 1)              normp(x, 1)
norm(x, 2)              ||x||_2
norm(x, inf)            norminf(x)
norm(x, Inf)            norminf(x)
norm(X, 'fro')          ||X||_F
norm(X, "fro")          ||X||_F
norm(X, 'nuc')          normN(X)
norm(X, "nuc")          normN(X)
nuclear_norm(X)         normN(X)
spectral_norm(X)        sigma_max(X)
norm(x, p)              normp(x, p)
maximum(0, x)           relu(x)
maximum(x, 0)           relu(x)
maximum(a, b)           b + relu(a - b)
minimum(0, x)           -relu(-x)
minimum(x, 0)           -relu(-x)
minimum(a, b)           a - relu(a - b)
max(0, x)               relu(x)
max(x, 0)               relu(x)
max(a, b)               a + relu(b - a)
min(0, x)               -relu(-x)
min(x, 0)               -relu(-x)
min(a, b)               a - relu(a - b)
leaky_relu(x)           relu(x) - relu(-x)/100
leaky_relu(x, a)        relu(x) - a*relu(-x)
logsigmoid(x)           log(sigmoid(x))
normpdf(x)              exp(-x.^2/2)/sqrt(2*pi)
normcdf(x)              gelu_cdf(x)
log2(x)                 log(x)/log(2)
log10(x)                log(x)/log(10)
exp2(x)                 2.^x
sec(x)                  1./cos(x)
csc(x)                  1./sin(x)
cot(x)                  1./tan(x)
sech(x)                 1./cosh(x)
sinc(x)                 sin(x)./x
hypot(x, y)             sqrt(x.^2 + y.^2)
inner(x, y)             dot(x, y)
sumsq(x)                sum(x.^2)
mse(a, b)               mean((a - b).^2)
cross_entropy(p, q)     -sum(p.*log(q))
entropy(p)              -sum(p.*log(p))
KL(p, q)                sum(p.*log(p./q))
kl_div(p, q)            sum(p.*log(p./q))
relu6(x)                relu(x) - relu(x - 6)
hardtanh(x)             relu(x + 1) - relu(x - 1) - 1
elu(x)                  relu(x) + exp(-relu(-x)) - 1
mish(x)                 x.*tanh(softplus(x))
sum(X, 1)               !MATLAB adds up columns with sum(X,1), NumPy rows; write colsums(X) or rowsums(X)
mean(X, 1)              !MATLAB takes the mean of columns with mean(X,1), NumPy of rows; write colmeans(X) or rowmeans(X)
sum(X, 2)               rowsums(X)
mean(X, 2)              rowmeans(X)
crossprod(X)            X^T @ X
crossprod(X, Y)         X^T @ Y
tcrossprod(X)           X @ X^T
tcrossprod(X, Y)        X @ Y^T
rowSums(X)              rowsums(X)
colSums(X)              colsums(X)
rowMeans(X)             rowmeans(X)
colMeans(X)             colmeans(X)
quad_form(x, A)         x^T @ A @ x
sum_squares(x)          sum(x.^2)
log_det(A)              logdet(A)
pow(x, y)               x.^y
Tr(A)                   tr(A)
Diag(x)                 diag(x)
sgn(x)                  sign(x)
Sign(x)                 sign(x)
ReLU(x)                 relu(x)
Sigmoid(x)              sigmoid(x)
Softplus(x)             softplus(x)
Softmax(x)              softmax(x)
GELU(x)                 gelu(x)
SiLU(x)                 silu(x)
Swish(x)                silu(x)
LeakyReLU(x)            relu(x) - relu(-x)/100
LogSumExp(x)            logsumexp(x)
LSE(x)                  logsumexp(x)
LayerNorm(x)            layernorm(x)
RMSNorm(x)              rmsnorm(x)
etr(A)                  exp(tr(A))
lg(x)                   !lg is the logarithm to base 10 for some and to base 2 for others; write log10(x) or log2(x)
Det(A)                  det(A)
rank(A)                 !a rank has no derivative where it changes, and the derivative 0 elsewhere
round(x)                !rounding has no derivative where it jumps, and the derivative 0 elsewhere
floor(x)                !rounding has no derivative where it jumps, and the derivative 0 elsewhere
ceil(x)                 !rounding has no derivative where it jumps, and the derivative 0 elsewhere
argmax(x)               !the place of the largest entry is no differentiable function
argmin(x)               !the place of the smallest entry is no differentiable function
sort(x)                 !sorted entries are not covered
median(x)               !medians are not covered
quantile(x, p)          !quantiles are not covered
cond(A)                 sigma_max(A)/sigma_min(A)
"""
