r"""Words and signs of LaTeX; its reader stands in matcalc.reading.latex."""

from typing import Final

PAIRS: Final = r"""
A x                             A*x
A \cdot x                       A*x
A \odot B                       A.*B
A \circ B                       A.*B
A \otimes B                     kron(A, B)
A^\top                          A^T
A^{T}                           A^T
A^{\mathsf T}                   A^T
A^{\rm T}                       A^T
A^\intercal                     A^T
A^{-1}                          A^-1
A^{-\top}                       A^-T
A^{+}                           pinv(A)
\operatorname{tr}(A)            tr(A)
\operatorname{Tr}(A)            tr(A)
\mathrm{tr}(A)                  tr(A)
\text{tr}(A)                    tr(A)
{\rm tr}(A)                     tr(A)
\tr(A)                          tr(A)
\Tr(A)                          tr(A)
\trace(A)                       tr(A)
\det(A)                         det(A)
\det A                          det(A)
|A|^{1}                         det(A)
\log\det A                      logdet(A)
\ln|A|                          logdet(A)
\diag(x)                        diag(x)
\operatorname{Diag}(x)          diag(x)
\operatorname{vec}(A)           vec(A)
\ln(x)                          log(x)
\log_2(x)                       log(x)/log(2)
\log_{10}(x)                    log(x)/log(10)
\log 2\pi                       log(2*pi)
\exp(x)                         exp(x)
\sqrt{x}                        sqrt(x)
\sqrt[3]{x}                     x.^(1/3)
\sin^2(x)                       sin(x).^2
\sigma(x)                       sigmoid(x)
\operatorname{softmax}(x)       softmax(x)
\operatorname*{softmax}(x)      softmax(x)
\operatorname{ReLU}(x)          relu(x)
\operatorname{sgn}(x)           sign(x)
\max(x)                         max(x)
\max(0, x)                      relu(x)
\max\{0, x\}                    relu(x)
\mathbf{1}^\top x               sum(x)
\mathbf 1^\top x                sum(x)
\vec{1}^\top x                  sum(x)
{\bf 1}^\top x                  sum(x)
\mathbb{1}^\top x               sum(x)
\frac{a}{p} x                   a/p*x
\frac12 x                       x/2
{a \over p} x                   a/p*x
\|x\|_2                         ||x||
\left\| A \right\|_F            normF(A)
\lVert x \rVert_1               ||x||_1
\langle x, y \rangle            x^T*y
\bm{A} \bm{x}                   A*x
\boldsymbol{A} \mathbf{x}       A*x
"""
