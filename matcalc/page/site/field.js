// The field: it grows, pairs brackets, and completes the names of the rule book.

import { ask } from "./ask.js";
import { $, h } from "./dom.js";

const PAIRS = { "(": ")", "[": "]" };
const MOST = 6;

const field = $("request");
const list = $("words");
let names = null;
let shown = [];
let at = -1;

export function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function known() {
  names ||= ask("rules", {}).then((found) => (found.ok ? [...found.functions, ...found.constants.map((c) => ({ name: c.name, signature: c.name, kind: c.means }))] : []));
  return names;
}

function word() {
  const before = field.value.slice(0, field.selectionStart);
  return field.selectionStart === field.selectionEnd ? (before.match(/[A-Za-z][A-Za-z0-9_]*$/) || [""])[0] : "";
}

export function close() {
  shown = [];
  at = -1;
  list.hidden = true;
  list.replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

async function offer() {
  const typed = word();
  if (typed.length < 2) return close();
  const all = await known();
  if (word() !== typed) return undefined;
  shown = all.filter((one) => one.name.toLowerCase().startsWith(typed.toLowerCase()) && one.name !== typed).slice(0, MOST);
  if (!shown.length) return close();
  at = -1;
  list.replaceChildren(...shown.map((one, k) => h("li", { role: "option", id: `word${k}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); take(k); } },
    h("b", {}, one.signature), h("span", {}, one.kind))));
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
  return undefined;
}

function point(k) {
  at = (k + shown.length) % shown.length;
  for (const [i, one] of [...list.children].entries()) one.setAttribute("aria-selected", String(i === at));
  field.setAttribute("aria-activedescendant", `word${at}`);
}

function put(text, back = 0) {
  document.execCommand("insertText", false, text);
  field.selectionStart = field.selectionEnd = field.selectionEnd - back;
}

function take(k) {
  const typed = word();
  const chosen = shown[k];
  const end = field.selectionStart;
  field.setSelectionRange(end - typed.length, end);
  const called = chosen.signature.includes("(") && field.value[end] !== "(";
  put(called ? `${chosen.name}()` : chosen.name, called ? 1 : 0);
  close();
}

// True where a key was about the list of names or about brackets.
export function key(event) {
  if (!list.hidden) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") point(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1));
    else if (event.key === "Enter" && at >= 0) take(at);
    else if (event.key === "Tab" && at >= 0) take(at);
    else if (event.key === "Escape") close();
    else return pair(event);
    event.preventDefault();
    return true;
  }
  return pair(event);
}

function pair(event) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (from === to && Object.values(PAIRS).includes(event.key) && value[from] === event.key) {
    field.selectionStart = field.selectionEnd = from + 1;
  } else if (PAIRS[event.key] && from !== to) {
    put(event.key + value.slice(from, to) + PAIRS[event.key]);
  } else if (PAIRS[event.key] && /^($|[\s)\]])/.test(value.slice(to)) && balanced(value)) {
    put(event.key + PAIRS[event.key], 1);
  } else {
    return false;
  }
  event.preventDefault();
  return true;
}

function balanced(text) {
  return Object.entries(PAIRS).every(([open, shut]) => text.split(open).length === text.split(shut).length);
}

field.addEventListener("input", () => { grow(); offer(); });
field.addEventListener("blur", close);
window.addEventListener("resize", grow);
