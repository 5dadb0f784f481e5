// Twenty-four requests in six groups.

import { $, h } from "./dom.js";
import { fragment } from "./state.js";

export const FIRST = "d tr(A X B) / dX";

const GROUPS = [
  ["First steps", ["d tr(A X B) / dX", "d (x^T A x) / dx", "grad_x ||A x - b||^2", "d (A x) / dx"]],
  ["Networks", ["d ||W x - y||^2 / dW", "dL/dW where z = W*x + b; a = sigma(z); L = loss(a); dL/da = g", "d logsumexp(W x) / dW", "d softmax(x) / dx"]],
  ["Matrix cookbook", ["d log det(X) / dX", "d tr(X^-1 A) / dX", "d (a^T X^-1 b) / dX", "argmin_w ||X*w - y||^2 + lambda*||w||^2"]],
  ["Hessians", ["d^2 (x^T A x) / dx^2", "d^2 ||A x - b||^2 / dx^2", "d^2 logsumexp(x) / dx^2", "d^2 sum(exp(A*x)) / dx^2"]],
  ["Arrays and claims", ["d (A X B) / dX", "d (X^T X) / dX", "d (X*W^T)[i,j]/dW[k,l] = X[i,l]*delta[j,k]", "d tr(A X) / dX = A"]],
  ["Complex numbers", ["d (z^H A z) / dconj(z)", "grad_z z^H H z where H: n x n hermitian; z: n complex", "d ||A z - b||^2 / dconj(z) where z: n complex", "d log det(Z) / dZ where Z: n x n complex"]],
];

export function show() {
  $("groups").replaceChildren(...GROUPS.map(([title, requests]) => h("section", {},
    h("h2", {}, title),
    h("ul", {}, requests.map((q) => h("li", {}, h("a", { href: fragment({ q, layout: "denominator", form: "auto", vars: {} }) }, q)))))));
}
