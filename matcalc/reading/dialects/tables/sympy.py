"""SymPy, whose * is the product of matrices and whose ** is the power of a matrix."""

from typing import Final

PAIRS: Final = """
A*B                                 A*B
A**3                                A^3
A**-1                               A^-1
A.T                                 A^T
A.I                                 inv(A)
Trace(A)                            tr(A)
A.trace()                           tr(A)
Determinant(A)                      det(A)
A.det()                             det(A)
Inverse(A)                          inv(A)
A.inv()                             inv(A)
A.pinv()                            pinv(A)
A.adjugate()                        adj(A)
Transpose(A)                        A^T
Adjoint(A)                          A^H
A.adjoint()                         A^H
A.H                                 A^H
conjugate(z)                        conj(z)
re(z)                               real(z)
im(z)                               imag(z)
A.transpose()                       A^T
MatMul(A, B)                        A*B
MatMul(A, B, C)                     A*B*C
MatMul(A, B, C, D)                  A*B*C*D
MatAdd(A, B)                        A + B
MatAdd(A, B, C)                     A + B + C
MatPow(A, 3)                        A^3
Mul(A, B)                           A*B
Add(A, B)                           A + B
Pow(a, k)                           a^k
HadamardProduct(A, B)               A.*B
HadamardProduct(A, B, C)            A.*B.*C
hadamard_product(A, B)              A.*B
A.multiply_elementwise(B)           A.*B
HadamardPower(A, k)                 A.^k
hadamard_power(A, k)                A.^k
KroneckerProduct(A, B)              kron(A, B)
kronecker_product(A, B)             kron(A, B)
DotProduct(x, y)                    x^T*y
A.dot(x)                            A @ x
A.multiply(B)                       A*B
diagonalize_vector(x)               diag(x)
DiagMatrix(x)                       diag(x)
Identity(n)                         eye(n)
OneMatrix(m, n)                     ones(m, n)
ZeroMatrix(m, n)                    zeros(m, n)
x.norm()                            ||x||
A.vec()                             vec(A)
x.applyfunc(f)                      f(x)
ElementwiseApplyFunction(f, x)      f(x)
Max(0, a)                           relu(a)
Max(a, b)                           a + relu(b - a)
Min(a, b)                           a - relu(a - b)
Heaviside(x)                        heaviside(x)
Abs(x)                              abs(x)
ln(a)                               log(a)
"""
