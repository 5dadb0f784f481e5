// What a request was understood to be: its formula, and a chip for every name that opens an editor.

import { ask } from "./ask.js";
import { $, h, math } from "./dom.js";
import { state } from "./state.js";

const KINDS = ["scalar", "vector", "row", "matrix"];
let properties = null;

const shape = (told) => told.declaration.replace(/ x /g, " × ");

export function show(found, change) {
  $("reading").hidden = false;
  $("read").replaceChildren(math(found.latex));
  const said = Object.entries(found.variables).map(([name, told]) => chip(name, told, change));
  const functions = Object.entries(found.functions).map(([name, kind]) => h("span", { class: "chip fixed", title: "an unknown function" }, h("b", {}, name), ` ${kind}`));
  const latex = /\\[a-zA-Z]/.test(state.q) ? [h("span", { class: "quiet" }, "read as LaTeX")] : [];
  $("chips").replaceChildren(...said, ...functions, ...latex);
  $("editor").replaceChildren();
}

function chip(name, told, change) {
  const own = name in state.vars;
  const button = h("button", { type: "button", class: own ? "chip own" : "chip", title: own ? "declared by you" : told.why, "aria-expanded": "false", data: { name } },
    h("b", {}, name), ` ${shape(told)}`, own ? h("span", { class: "yours" }, " yours") : null);
  button.addEventListener("click", () => edit(button, name, told, change));
  return button;
}

async function edit(button, name, told, change) {
  const open = button.getAttribute("aria-expanded") === "true";
  for (const other of $("chips").querySelectorAll("[aria-expanded]")) other.setAttribute("aria-expanded", "false");
  $("editor").replaceChildren();
  if (open) return;
  button.setAttribute("aria-expanded", "true");
  properties ||= (await ask("rules", {})).properties || [];
  const form = editor(name, told, change);
  $("editor").replaceChildren(form);
  form.querySelector("select").focus();
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    edit(button, name, told, change);
    button.focus();
  });
}

function sizes(told) {
  const [first = "", second = ""] = told.shape;
  return { vector: [first, ""], row: ["", told.shape.length === 1 ? first : second], matrix: [first, second], scalar: ["", ""] }[told.kind] || [first, second];
}

function editor(name, told, change) {
  const [rows, columns] = sizes(told);
  const kind = h("select", { name: "kind" }, KINDS.map((k) => h("option", { value: k, selected: k === told.kind }, k)));
  const row = h("input", { name: "rows", value: rows || "m", size: "4", autocomplete: "off" });
  const column = h("input", { name: "columns", value: columns || "n", size: "4", autocomplete: "off" });
  const rowLabel = h("label", {}, "rows ", row);
  const columnLabel = h("label", {}, "columns ", column);
  const boxes = properties.map((p) => h("label", { class: "box" }, h("input", { type: "checkbox", value: p, checked: told.properties.includes(p) }), p));
  const fit = () => {
    rowLabel.hidden = !["vector", "matrix"].includes(kind.value);
    columnLabel.hidden = !["row", "matrix"].includes(kind.value);
  };
  kind.addEventListener("change", fit);
  fit();
  const form = h("form", { class: "editor", "aria-label": `What ${name} is` },
    h("p", {}, h("label", {}, h("b", {}, name), " is a ", kind), " ", rowLabel, " ", columnLabel),
    h("div", { class: "boxes" }, boxes),
    h("p", { class: "tools" }, h("button", { type: "submit" }, "declare"),
      name in state.vars ? h("button", { type: "button", class: "small", onclick: () => change(name, null) }, "take back") : null,
      h("span", { class: "quiet" }, told.why)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const of = { scalar: "scalar", vector: row.value, row: `1 x ${column.value}`, matrix: `${row.value} x ${column.value}` }[kind.value];
    const chosen = [...form.querySelectorAll(":checked[type=checkbox]")].map((box) => box.value);
    change(name, [of.trim(), ...chosen].join(" "));
  });
  return form;
}
