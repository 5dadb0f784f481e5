// The derivation, a line at a time, each with the rule that leads to it; a rule explains itself.

import { ask } from "./ask.js";
import { copier, h, math, select } from "./dom.js";
import { chosen, state, write } from "./state.js";

const DETAILS = [["short", "in short"], ["normal", "as one writes it"], ["full", "every step"]];
const STYLES = [["trace", "traces"], ["frobenius", "Frobenius products"], ["index", "entries"]];

let count = 0;

export async function steps(asked, pick, show) {
  const again = (key) => (value) => { state[key] = value; write(); steps(asked, pick, show); };
  const telling = h("p", { class: "telling" }, h("label", {}, "told ", select("detail", DETAILS, state.detail, again("detail"))),
    h("label", {}, "with ", select("style", STYLES, state.style, again("style"))));
  const found = await ask("derive", { ...asked, ...chosen("detail", "style"), shown: true, steps: true });
  if (!found.ok) return show(telling, h("p", { class: "message" }, `${found.error.message}${found.error.hint ? ` (${found.error.hint})` : ""}`));
  const one = pick(found);
  return show(telling, ...listed(one.steps, one.shown.derivation, one.steps.map((s) => `${s.after}    ${s.rule}`).join("\n")));
}

// Lines with their rules, and what copies them.
export function listed(lines, latex, text) {
  return [h("ol", { class: "steps" }, lines.map(line)), h("p", { class: "copies" }, copier("copy as align*", latex), copier("copy as text", text))];
}

function line(step) {
  if (!step.source) return h("li", {}, h("div", { class: "step" }, math(step.latex), h("span", { class: "quiet" }, step.rule)));
  count += 1;
  const note = h("div", { class: "rule", role: "note", id: `rule${count}`, hidden: true });
  const name = h("button", { type: "button", class: "rulename", "aria-expanded": "false", "aria-controls": note.id }, step.rule);
  let pinned = false;
  const open = async (wanted) => {
    note.hidden = !wanted;
    name.setAttribute("aria-expanded", String(wanted));
    if (wanted && !note.childNodes.length) {
      note.append(h("p", { class: "quiet" }, step.source));
      const found = await ask("rules", { name: step.rule });
      if (found.ok) note.replaceChildren(...found.rules.flatMap(explained));
    }
  };
  name.addEventListener("click", () => { pinned = !pinned; open(pinned); });
  name.addEventListener("mouseenter", () => open(true));
  name.addEventListener("mouseleave", () => open(pinned));
  name.addEventListener("focus", () => { if (name.matches(":focus-visible")) open(true); });
  name.addEventListener("blur", () => open(pinned));
  return h("li", {}, h("div", { class: "step" }, math(step.latex), name), note);
}

function explained(rule) {
  const facts = [["", rule.statement || rule.means], ["", rule.identity], ["where", rule.where], ["derivative", rule.derivative], ["differential", rule.differential], ["solution", rule.solution], ["needs", rule.needs], ["since", rule.proof], ["source", rule.source]];
  return facts.filter(([, fact]) => fact).map(([label, fact], k) => h("p", { class: k ? undefined : "statement" }, label ? h("span", { class: "quiet" }, `${label} `) : null, fact));
}
