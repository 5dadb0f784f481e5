// The last requests, kept by the browser and nowhere else.

import { $, h, saved } from "./dom.js";
import { fragment, state } from "./state.js";

const KEY = "matcalc.history";
const MOST = 200;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY) || "[]");
  } catch {
    return [];
  }
}

function keep(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch { /* a browser that keeps nothing has no history */ }
}

export function remember() {
  const entry = { ...state, q: state.q.trim(), vars: { ...state.vars } };
  if (document.documentElement.dataset.kind === "embedded" || !entry.q) return;
  const others = kept().filter((one) => fragment(one) !== fragment(entry));
  keep([entry, ...others].slice(0, MOST));
  show();
}

// A specification of a formula sheet with all that was asked.
function specification(entries) {
  const text = (told) => JSON.stringify(told).replace(/\x7f/g, "\\u007f");
  const lines = entries.map((one) => {
    const declared = Object.entries(one.vars).map(([name, told]) => `${text(name)} = ${text(told)}`);
    const facts = [`request = ${text(one.q)}`];
    if (one.layout !== "both") facts.push(`layout = ${text(one.layout)}`);
    if (one.form !== "auto") facts.push(`form = ${text(one.form)}`);
    if (declared.length) facts.push(`vars = { ${declared.join(", ")} }`);
    return `  { ${facts.join(", ")} },`;
  });
  return ['title = "My derivatives"', "", "[[section]]", 'title = "From the page"', "entry = [", ...lines, "]", ""].join("\n");
}

export function show() {
  const entries = kept();
  const links = entries.map((one) => h("li", {}, h("a", { href: fragment(one) }, one.q)));
  const tools = h("p", { class: "tools" },
    h("button", { type: "button", class: "small", onclick: () => saved("sheet.toml", specification([...entries].reverse())) }, "to sheet"),
    h("button", { type: "button", class: "small", onclick: () => { keep([]); show(); } }, "forget"));
  $("history").replaceChildren(...(entries.length ? [h("ol", { class: "past" }, links), tools] : [h("p", { class: "quiet" }, "Nothing yet. What you ask is kept in this browser alone.")]));
}
