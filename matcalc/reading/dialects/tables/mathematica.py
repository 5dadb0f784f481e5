"""Mathematica, whose . is the product of matrices and whose * and ^ act entry by entry."""

from typing import Final

PAIRS: Final = """
A.Inverse[B]                    A*B^-1
Transpose[A].B                  A^T*B
Tr[A]                           tr(A)
Tr[A.B]                         tr(A*B)
Det[A]                          det(A)
Inverse[A]                      inv(A)
PseudoInverse[A]                pinv(A)
Transpose[A]                    A^T
ConjugateTranspose[A]           A^H
Conjugate[z]                    conj(z)
Re[z]                           real(z)
Im[z]                           imag(z)
Arg[z]                          arg(z)
Dot[A, B]                       A @ B
Dot[A, B, C]                    A @ B @ C
KroneckerProduct[A, B]          kron(A, B)
IdentityMatrix[n]               eye(n)
DiagonalMatrix[x]               diag(x)
Diagonal[A]                     diagv(A)
MatrixPower[A, 3]               A^3
MatrixExp[A]                    expm(A)
MatrixLog[A]                    logm(A)
MatrixPower[A, 1/2]              sqrtm(A)
SingularValueList[X]             svdvals(X)
CholeskyDecomposition[A]         chol(A)^T
Norm[X, 2]                       sigma_max(X)
LinearSolve[A, b]               A\\b
Norm[x]                         ||x||
Norm[x, 1]                      ||x||_1
Norm[A, "Frobenius"]            normF(A)
Total[x]                        sum(x)
Total[A, 2]                     sum(A)
Mean[x]                         mean(x)
Max[x]                          max(x)
Max[0, x]                       relu(x)
Max[x, y]                       x + relu(y - x)
Min[x]                          min(x)
Min[x, y]                       x - relu(x - y)
Ramp[x]                         relu(x)
Outer[Times, x, y]              x*y^T
E^(x.y)                         exp(x^T*y)
Exp[x]                          exp(x)
Log[x]                          log(x)
Sqrt[x]                         sqrt(x)
Abs[x]                          abs(x)
Sign[x]                         sign(x)
Sin[x]                          sin(x)
Cos[x]                          cos(x)
Tan[x]                          tan(x)
Sinh[x]                         sinh(x)
Cosh[x]                         cosh(x)
Tanh[x]                         tanh(x)
ArcTan[x]                       arctan(x)
ArcSin[x]                       arcsin(x)
ArcCos[x]                       arccos(x)
LogisticSigmoid[x]              sigmoid(x)
Erf[x]                          erf(x)
UnitStep[x]                     heaviside(x)
Variance[x]                     !Variance divides by n - 1; write Mean[(x - Mean[x])^2] for var(x), which divides by n
StandardDeviation[x]            !StandardDeviation divides by n - 1; write Sqrt[Mean[(x - Mean[x])^2]] for std(x), which divides by n
"""
