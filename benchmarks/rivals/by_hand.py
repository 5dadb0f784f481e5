"""Derivatives in NumPy as a person writes them who knows the formula and cares for speed."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def softmax(x: Array) -> Array:
    p = np.exp(x - x.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def quadratic_gradient(A: Array, x: Array) -> Array:
    return A @ x + x @ A


def quadratic_hessian(A: Array) -> Array:
    return A + A.T


def logistic_gradient(X: Array, w: Array, y: Array) -> Array:
    return X.T @ (sigmoid(X @ w) - y)


def logistic_hessian(X: Array, w: Array) -> Array:
    p = sigmoid(X @ w)
    return (X.T * (p * (1 - p))) @ X


def factorisation_gradient(X: Array, U: Array, V: Array) -> Array:
    return 2 * ((U @ V.T - X) @ V)


def factorisation_hessian(V: Array, X: Array) -> Array:
    return np.kron(2 * (V.T @ V), np.eye(len(X)))


def net_gradient(W1: Array, W2: Array, x: Array, y: Array) -> Array:
    h = np.tanh(W1 @ x)
    return np.outer((1 - h * h) * (W2.T @ (softmax(W2 @ h) - y)), x)


def net_hessian(W1: Array, W2: Array, x: Array, y: Array) -> Array:
    h = np.tanh(W1 @ x)
    p, d = softmax(W2 @ h), 1 - h * h
    J = W2 * d
    Jp = p @ J
    M = J.T @ (p[:, None] * J) - np.outer(Jp, Jp)
    M[np.diag_indices_from(M)] += (W2.T @ (p - y)) * (-2 * h * d)
    return W1.T @ M @ W1


def logsumexp_hessian(x: Array) -> Array:
    p = softmax(x)
    H = -np.outer(p, p)
    H[np.diag_indices_from(H)] += p
    return H


def layer_norm_gradient(x: Array, g: Array) -> Array:
    c = x - x.mean()
    s = np.sqrt((c * c).mean() + 1e-5)
    return (g - g.mean() - c * ((g @ c) / (len(x) * s * s))) / s


def process_gradient(K: Array, s: Array, y: Array) -> Array:
    inverse = np.linalg.inv(K + s**2 * np.eye(len(y)))
    z = inverse @ y
    return 0.5 * (inverse - np.outer(z, z))


def process_by_noise(K: Array, s: Array, y: Array) -> Array:
    inverse = np.linalg.inv(K + s**2 * np.eye(len(y)))
    z = inverse @ y
    return s * (np.trace(inverse) - z @ z)


def gaussian_gradient(S: Array, x: Array, mu: Array) -> Array:
    inverse = np.linalg.inv(S)
    z = inverse @ (x - mu)
    return (np.outer(z, z) - inverse) / 2


def gaussian_hessian(S: Array) -> Array:
    return -np.linalg.inv(S)


def classifier_gradient(W: Array, x: Array, y: Array) -> Array:
    return np.outer(softmax(W @ x) - y, x)


def classifier_hessian(W: Array, x: Array) -> Array:
    p = softmax(W @ x)
    return np.kron(np.outer(x, x), np.diag(p) - np.outer(p, p))


def attention_by_queries(Q: Array, K: Array, V: Array, G: Array) -> Array:
    A = softmax(Q @ K.T / 8)
    B = A * (G @ V.T)
    return (B - A * B.sum(1, keepdims=True)) @ K / 8


def attention_by_keys(Q: Array, K: Array, V: Array, G: Array) -> Array:
    A = softmax(Q @ K.T / 8)
    B = A * (G @ V.T)
    return (B - A * B.sum(1, keepdims=True)).T @ Q / 8


def metric_learning_gradient(L: Array, X: Array, Y: Array) -> Array:
    return 2 * (L @ ((X - Y).T @ (X - Y))) - 2 * np.linalg.inv(L).T


def mahalanobis_gradient(M: Array, X: Array, Y: Array, t: Array) -> Array:
    D = X - Y
    return -((D.T * sigmoid(t - ((D @ M) * D).sum(1))) @ D)


def ridge_by_weight(X: Array, y: Array, A: Array, b: Array, lam: Array) -> Array:
    H = X.T @ X + lam * np.eye(X.shape[1])
    w = np.linalg.solve(H, X.T @ y)
    return -2 * ((A.T @ (A @ w - b)) @ np.linalg.solve(H, w))


def kalman_jacobian(P: Array, H: Array, N: Array) -> Array:
    PH = P @ H.T
    return np.eye(len(P)) - np.linalg.solve((H @ PH + N).T, PH.T).T @ H


def log_det_gradient(X: Array) -> Array:
    return np.linalg.inv(X).T


def log_det_hessian(X: Array) -> Array:
    inverse, n = np.linalg.inv(X), len(X)
    return -np.kron(inverse.T, inverse).reshape(n, n, n * n).swapaxes(0, 1).reshape(n * n, n * n)


def least_squares_hessian(A: Array) -> Array:
    return 2 * (A.T @ A)


def chain_gradient(a: Array, A: Array, B: Array, D: Array, x: Array) -> Array:
    return np.outer((a @ A) @ B, D @ x)


def inverse_forms_gradient(a: Array, X: Array) -> Array:
    G = X.T @ X
    z = np.linalg.solve(G, a)
    return 2 * (X @ (np.linalg.inv(G) - np.outer(z, z)))


def power_gradient(X: Array) -> Array:
    Y = X @ X
    return 5 * (Y @ Y).T


def kernel_by_scale(X: Array, y: Array, l: Array) -> Array:  # noqa: E741 - the name of the length scale
    s = (X * X).sum(1)
    D = s[:, None] + s - 2 * X @ X.T
    return y @ ((np.exp(-D / (2 * l * l)) * D) @ y) / l**3


def kernel_by_points(X: Array, y: Array, l: Array) -> Array:  # noqa: E741 - the name of the length scale
    s = (X * X).sum(1)
    G = np.exp(-(s[:, None] + s - 2 * X @ X.T) / (2 * l * l)) * np.outer(y, y)
    return -2 / l**2 * (G.sum(1)[:, None] * X - G @ X)
