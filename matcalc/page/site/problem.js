// What is wrong with a request: where, why, and what can be clicked to mend it.

import { ask } from "./ask.js";
import { $, h } from "./dom.js";
import { state } from "./state.js";

const place = $("problem");

export function clear() {
  place.replaceChildren();
}

function pointed(error) {
  const [start, end] = error.span;
  const source = error.source;
  const mark = h("mark", {}, source.slice(start, Math.max(end, start + 1)) || " ");
  const rest = source.slice(Math.max(end, start + 1));
  return h("pre", { class: "source", tabindex: "0" }, source === state.q ? null : h("span", { class: "quiet" }, "in "), source.slice(0, start), mark, rest,
    "\n", h("span", { class: "caret", "aria-hidden": "true" }, (source === state.q ? "" : "   ") + source.slice(0, start).replace(/[^\n]/g, " ").split("\n").pop() + "^".repeat(Math.max(1, end - start))));
}

// The texts that a hint may mean; each is offered only if it can be read.
function edits(error) {
  const { hint = "", span, source } = error;
  const found = [];
  const put = (from, to, text) => source.slice(0, from) + text + source.slice(to);
  const own = source === state.q && span;
  const meant = hint.match(/^did you mean '?([^'?]+)'?\?$/);
  if (meant && own) found.push(put(span[0], span[1], meant[1]));
  const closing = hint.match(/^add '(.)'$/);
  if (closing && own) {
    const slash = source.search(/\s*\/\s*(d|∂)[^/]*$/);
    found.push(...[slash, source.length].filter((k) => k >= 0).map((k) => put(k, k, closing[1])));
  }
  const whole = hint.match(/^write (d .+?)(?: or (d .+))?$/);
  if (whole && own && /variable|could be/.test(error.message)) found.push(...whole.slice(1).filter(Boolean));
  return [...new Set(found)];
}

function declarations(error) {
  return [...(error.hint || "").matchAll(/'([A-Za-z]\w*): ([^']+)'/g)].map((m) => [m[1], m[2]]);
}

export async function tell(error, apply, declare) {
  const parts = [];
  if (error.span && error.source) parts.push(pointed(error));
  parts.push(h("p", { class: "message" }, error.message));
  if (error.hint) parts.push(h("p", { class: "hint" }, error.hint));
  const mends = h("p", { class: "mends" });
  place.replaceChildren(...parts, mends);
  for (const { variables, text } of error.readings || []) {
    const told = Object.entries(variables).map(([name, kind]) => `${name}: ${kind}`).join(", ");
    mends.append(h("button", { type: "button", class: "small", onclick: () => declare(variables) }, text ? `${told} → ${text}` : told));
  }
  for (const [name, kind] of declarations(error)) {
    mends.append(h("button", { type: "button", class: "small", onclick: () => declare({ [name]: kind }) }, `${name}: ${kind}`));
  }
  let offered = false;
  for (const text of edits(error)) {
    const reads = await ask("read", { request: text, ...(Object.keys(state.vars).length ? { vars: state.vars } : {}) });
    if (!reads.ok || !mends.isConnected || (offered && /^add/.test(error.hint))) continue;
    offered = true;
    mends.append(h("button", { type: "button", class: "small", onclick: () => apply(text) }, text));
  }
}
