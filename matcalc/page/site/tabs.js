// What else there is to know of an answer. Nothing is asked before its tab is opened.

import { ask } from "./ask.js";
import { copier, h, math, saved, select } from "./dom.js";
import { steps } from "./steps.js";

const TITLES = { numpy: "NumPy", jax: "JAX", torch: "PyTorch", sympy: "SymPy", casadi: "CasADi", matlab: "MATLAB", julia: "Julia", mathematica: "Mathematica" };

let count = 0;

export function failed(error) {
  return h("p", { class: "message" }, `${error.message}${error.hint ? ` (${error.hint})` : ""}`);
}

export function tabs(answer, asked, index, read) {
  count += 1;
  const own = `tabs${count}`;
  const pick = (found) => (found.results ? found.results[index] : found);
  const panel = h("div", { class: "panel", role: "tabpanel", id: `${own}panel`, hidden: true });
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": "More about this answer" });
  const open = (button, fill) => {
    const closing = button.getAttribute("aria-selected") === "true";
    for (const one of list.children) {
      one.setAttribute("aria-selected", "false");
      one.tabIndex = -1;
    }
    button.tabIndex = 0;
    panel.hidden = closing;
    if (closing) return;
    button.setAttribute("aria-selected", "true");
    panel.setAttribute("aria-labelledby", button.id);
    panel.replaceChildren(h("p", { class: "quiet" }, "…"));
    fill((...parts) => { if (button.getAttribute("aria-selected") === "true") panel.replaceChildren(...parts.filter(Boolean)); });
  };
  for (const [name, fill] of kinds(answer, asked, pick, read)) {
    const button = h("button", { type: "button", role: "tab", id: `${own}${name}`, "aria-selected": "false", "aria-controls": panel.id, tabindex: list.children.length ? "-1" : "0" }, name);
    button.addEventListener("click", () => open(button, fill));
    list.append(button);
  }
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const all = [...list.children];
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });
  return h("div", { class: "more" }, list, panel);
}

function kinds(answer, asked, pick, read) {
  const found = [
    ["Steps", (show) => steps(asked, pick, show)],
    ["Code", (show) => code(answer, asked, pick, show)],
    ["At a point", (show) => value(answer, asked, pick, show)],
  ];
  if (read && read.order === 1 && answer.form !== "differential") {
    found.push(["Second derivative", (show) => second(asked, read, show)]);
    if (!read.given.length) found.push(["Expansion", (show) => expansion(asked, read, show)]);
    if (read.shape.every((one) => one === "1")) found.push(["Convex?", (show) => curvature(asked, read, show)]);
    if (read.given.length) found.push(["Whole chain", (show) => chain(asked, read, show)]);
  }
  return found;
}

// Each language is asked for when it is chosen: what one cannot say is no reason for the others to be silent.
async function code(answer, asked, pick, show) {
  const { languages = ["numpy"] } = await ask("rules", {});
  const written = [["LaTeX", answer.latex], ["Typst", answer.shown.typst], ["text", answer.text]].map(([told, text]) => [told, () => ({ text })]);
  const all = [...languages.map((name) => [TITLES[name] || name, () => source(name, asked, pick)]), ...written];
  const body = h("div", { role: "status" });
  const choice = h("div", { class: "switch small", role: "group", "aria-label": "Language" });
  const pickOne = async (k) => {
    const [told, find] = all[k];
    for (const [i, one] of [...choice.children].entries()) one.setAttribute("aria-pressed", String(i === k));
    choice.dataset.shown = told;
    const { text, tested, error } = await find();
    if (choice.dataset.shown !== told) return;
    body.replaceChildren(...(error ? [failed(error)] : [h("pre", { class: "code", tabindex: "0" }, text),
      h("p", { class: "copies" }, copier("copy", text),
        tested ? h("button", { type: "button", class: "small", onclick: () => saved("derivative.py", tested, "text/x-python") }, "download with its test") : null)]));
  };
  for (const [k, [told]] of all.entries()) choice.append(h("button", { type: "button", "aria-pressed": "false", onclick: () => pickOne(k) }, told));
  await pickOne(0);
  show(choice, body);
}

async function source(name, asked, pick) {
  const found = await ask("derive", { ...asked, shown: true, codes: [name] });
  if (!found.ok) return found;
  const { code: codes, shown } = pick(found);
  return { text: codes[name], tested: shown.tested?.[name] };
}

function sample(answer) {
  const of = (shape) => {
    const sizes = shape.split(" ")[0] === "scalar" ? [] : shape.split(/ x /).map((s) => s.split(" ")[0]);
    if (!sizes.length) return "2";
    const number = (s) => (/^\d+$/.test(s) ? Math.min(Number(s), 6) : 2);
    const row = (k, n) => Array.from({ length: n }, (_, i) => (k === i ? 2 : 1)).join(", ");
    if (sizes.length === 1) return `[${row(0, number(sizes[0]))}]`;
    return `[${Array.from({ length: number(sizes[0]) }, (_, i) => row(i, number(sizes[1]))).join("; ")}]`;
  };
  return Object.entries(answer.variables).filter(([, shape]) => !shape.includes("->")).map(([name, shape]) => `${name} = ${of(shape)}`).join(", ");
}

function value(answer, asked, pick, show) {
  const input = h("input", { class: "wide", value: sample(answer), "aria-label": "The point", autocomplete: "off", spellcheck: "false" });
  const out = h("div", { role: "status" });
  const form = h("form", { class: "inline" }, input, h("button", { type: "submit" }, "value"));
  const work = async () => {
    const found = await ask("value", { ...asked, at: input.value });
    if (!found.ok) return out.replaceChildren(failed(found.error));
    const one = pick(found);
    const checks = one.factors.length ? h("table", {}, h("caption", {}, "The shapes of the factors"), h("tbody", {}, one.factors.map((line) => h("tr", {}, h("td", {}, line))))) : "";
    return out.replaceChildren(h("pre", { class: "code", tabindex: "0" }, one.text), checks);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); work(); });
  show(form, out);
  work();
}

function base(asked) {
  const { request: _request, form: _form, ...rest } = asked;
  return rest;
}

function bare(read) {
  return read.given.length ? `${read.function} where ${read.given.join("; ")}` : read.function;
}

async function second(asked, read, show) {
  const wrt = read.wrt[0];
  const names = Object.entries(read.variables).filter(([, told]) => told).map(([name]) => name);
  const choice = h("select", { "aria-label": "The second variable" }, names.map((name) => h("option", { value: name, selected: name === wrt }, name)));
  const out = h("div", { role: "status" });
  const work = async () => {
    const other = choice.value === wrt ? {} : { wrt2: choice.value };
    const declared = Object.fromEntries(Object.entries(read.variables).map(([name, told]) => [name, told.declaration]));
    const found = await ask("derive", { ...base(asked), expr: bare(read), wrt, order: 2, ...other, shown: true, vars: { ...read.functions, ...declared } });
    out.replaceChildren(...(found.ok ? (found.results || [found]).flatMap((one) => [math(`${one.shown.left} = ${one.shown.right}`, "second derivative"), h("p", { class: "facts" }, one.shown.checked)]) : [failed(found.error)]));
  };
  choice.addEventListener("change", work);
  show(h("p", {}, `by ${wrt} and by `, choice), out);
  await work();
}

async function expansion(asked, read, show) {
  const wrt = read.wrt[0];
  const about = h("input", { value: wrt === wrt.toUpperCase() ? "C" : "c", size: "8", "aria-label": "The point", autocomplete: "off" });
  const order = h("select", { "aria-label": "Order" }, h("option", { value: "1" }, "first order"), h("option", { value: "2" }, "second order"));
  const out = h("div", { role: "status" });
  const work = async () => {
    const given = { expr: read.function, wrt, about: about.value, order: Number(order.value), ...(asked.vars ? { vars: asked.vars } : {}) };
    const found = await ask("taylor", given);
    out.replaceChildren(...(found.ok ? [math(found.latex, "expansion"), h("p", { class: "facts" }, found.told.trim().split("\n").pop())] : [failed(found.error)]));
  };
  const form = h("form", { class: "inline" }, "about ", about, order, h("button", { type: "submit" }, "expand"));
  form.addEventListener("submit", (event) => { event.preventDefault(); work(); });
  show(form, out);
  await work();
}

function curvature(asked, read, show) {
  const domain = h("input", { class: "wide", placeholder: "x > 0; b - A*x > 0", "aria-label": "Conditions on the domain", autocomplete: "off", spellcheck: "false" });
  const names = Object.entries(read.variables).filter(([, told]) => told).map(([name]) => name);
  const choice = select("The variable", [...names.map((name) => [name, name]), ...(names.length > 1 ? [[names.join(", "), "all of them"]] : [])], read.wrt[0], () => work());
  const out = h("div", { role: "status" });
  const work = async () => {
    const inequalities = domain.value.split(";").map((one) => one.trim()).filter(Boolean);
    const found = await ask("curvature", { expr: bare(read), wrt: choice.value, ...(inequalities.length ? { domain: inequalities } : {}), ...(asked.vars ? { vars: asked.vars } : {}) });
    if (!found.ok) return out.replaceChildren(failed(found.error));
    return out.replaceChildren(h("p", { class: "statement" }, found.condition ? `${found.verdict} if ${found.condition}` : found.verdict, h("span", { class: "quiet" }, `, in ${choice.value}`)),
      h("ul", { class: "remarks" }, found.reasons.map((one) => h("li", {}, one))));
  };
  const form = h("form", { class: "inline" }, h("label", {}, "in ", choice), " where ", domain, h("button", { type: "submit" }, "judge"));
  form.addEventListener("submit", (event) => { event.preventDefault(); work(); });
  show(form, out);
  return work();
}

async function chain(asked, read, show) {
  const layout = asked.layout ? { layout: asked.layout } : {};
  const found = await ask("backprop", { request: bare(read), ...layout, ...(asked.vars ? { vars: asked.vars } : {}) });
  show(...(found.ok ? [math(found.latex, "gradients"), h("p", { class: "copies" }, copier("LaTeX", found.latex), copier("text", found.text))] : [failed(found.error)]));
}
