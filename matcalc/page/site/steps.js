// The derivation, a line at a time, each with the rule that leads to it; a rule explains itself.

import { ask } from "./ask.js";
import { copier, h, math } from "./dom.js";

let count = 0;

export async function steps(asked, pick, show) {
  const found = await ask("derive", { ...asked, shown: true, steps: true });
  if (!found.ok) return show(h("p", { class: "message" }, found.error.message));
  const one = pick(found);
  return show(h("ol", { class: "steps" }, one.steps.map(line)),
    h("p", { class: "copies" }, copier("copy as align*", one.shown.derivation), copier("copy as text", one.steps.map((s) => `${s.after}    ${s.rule}`).join("\n"))));
}

function line(step) {
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
  const facts = [["", rule.statement || rule.means], ["", rule.identity], ["where", rule.where], ["derivative", rule.derivative], ["differential", rule.differential], ["since", rule.proof], ["source", rule.source]];
  return facts.filter(([, fact]) => fact).map(([label, fact], k) => h("p", { class: k ? undefined : "statement" }, label ? h("span", { class: "quiet" }, `${label} `) : null, fact));
}
