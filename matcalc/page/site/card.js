// One answer: the formula, what it rests on, and tabs for what else there is to know.

import { copier, h, math } from "./dom.js";
import { listed } from "./steps.js";
import { tabs } from "./tabs.js";

export function formula(shown) {
  return `${shown.left} \\allowbreak = \\nobreak ${shown.right}`;
}

function spelled(shown) {
  return `${shown.left} = ${shown.right}${shown.where.length ? ` \\quad\\text{where}\\quad ${shown.where.join(",\\quad ")}` : ""}`;
}

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function small(number) {
  if (!number) return "0";
  const [digits, power] = Number(number).toExponential(0).split("e");
  return `${digits}·10${[...power.replace("+", "")].map((one) => RAISED[one]).join("")}`;
}

function certificate(told) {
  if (!told) return "not checked";
  const sizes = Object.entries(told.sizes || {}).map(([name, size]) => `${name} = ${size}`).join(", ");
  if (told.status !== "checked") return told.status === "not needed" ? "nothing to check" : `not checked${told.reason ? `: ${told.reason}` : ""}`;
  return `checked by numbers${sizes ? ` at ${sizes}` : ""}, error ${small(told.error)}`;
}

function axes(shape) {
  return shape.every((one) => one === "1") ? "a scalar" : shape.map((one) => (one.includes(" ") ? `(${one})` : one)).join(" × ");
}

function arrangement(answer) {
  if (answer.form === "differential") return "differential";
  return `${answer.layout} layout${answer.form === "matrix" ? "" : `, ${answer.form} form`}`;
}

// `asked` is the call that it answers, `index` which of its results it is.
export function card(answer, asked, index, several, read) {
  const { shown } = answer;
  const { remarks } = shown;
  const fine = answer.certificate?.status === "checked";
  const where = [...shown.where, ...shown.given];
  return h("article", { class: "card", "aria-label": several ? `by ${answer.wrt}` : "answer" },
    h("div", { class: "formula" }, math(formula(shown), "formula")),
    where.length ? math(`\\text{where}\\quad ${where.join(",\\quad ")}`) : null,
    h("div", { class: "line" },
      h("p", { class: "facts" }, h("span", { class: "tag" }, arrangement(answer)), " ", h("span", { class: "tag" }, axes(answer.shape)), " ",
        h("span", { class: fine ? "ok" : "quiet", title: shown.checked }, certificate(answer.certificate))),
      h("span", { class: "copies", role: "group", "aria-label": "Copy" },
        copier("LaTeX", spelled(shown)), copier("text", answer.text), copier("link", location.href))),
    remarks.length ? h("ul", { class: "remarks" }, remarks.map((one) => h("li", {}, one))) : null,
    tabs(answer, asked, index, read));
}

export function verdict(found) {
  const below = found.told.trimEnd().split("\n\n").pop().split("\n").map((line) => line.trim());
  const reasons = [...found.reasons, ...found.causes.map((cause) => cause.told), found.how].filter(Boolean);
  const title = { right: "Right", wrong: "Wrong" }[found.verdict] || "Undecided";
  return h("article", { class: `card verdict ${found.verdict}`, "aria-label": "verdict" },
    h("h2", {}, title),
    reasons.length ? h("ul", { class: "remarks" }, [...new Set(reasons)].map((one) => h("li", {}, one))) : null,
    found.verdict === "right" ? null : h("p", {}, `The derivative in ${found.layout} layout is`),
    found.verdict === "right" ? null : h("div", { class: "formula" }, math(found.latex, "formula")),
    h("div", { class: "line" }, h("p", { class: "facts" }, below.join(" · ")),
      h("span", { class: "copies", role: "group", "aria-label": "Copy" }, copier("text", found.derivative), copier("link", location.href))));
}

const POINTS = { min: "minimum", max: "maximum", saddle: "saddle point" };

export function solution(found) {
  const one = found.solutions.length === 1 ? found.solutions[0] : null;
  const conditions = [].concat(found.conditions || []).filter(Boolean);
  return h("article", { class: "card", "aria-label": "solution" },
    h("div", { class: "formula" }, math(found.latex, "solution")),
    h("div", { class: "line" },
      h("p", { class: "facts" }, h("span", { class: "tag" }, POINTS[found.kind] || found.kind), " ",
        h("span", { class: found.certificate?.status === "checked" ? "ok" : "quiet" }, certificate(found.certificate))),
      h("span", { class: "copies", role: "group", "aria-label": "Copy" },
        copier("LaTeX", found.latex), copier("text", found.text), one?.numpy ? copier("NumPy", one.numpy) : null, copier("link", location.href))),
    h("ul", { class: "remarks" }, [found.reason, ...conditions.map((c) => (/^(the|if|where) /.test(c) ? c : `if ${c}`))].map((told) => h("li", {}, told))),
    found.lines ? h("details", { class: "more" }, h("summary", {}, "How one gets there"), listed(found.lines, found.derivation, found.steps.join("\n"))) : null);
}
