// What the page does as a whole: one request in flight, the last answer until the next one is there.

import { ask } from "./ask.js";
import { card, solution, verdict } from "./card.js";
import * as chips from "./chips.js";
import { $, h, radios, select } from "./dom.js";
import * as examples from "./examples.js";
import * as field from "./field.js";
import * as past from "./past.js";
import * as problem from "./problem.js";
import { chosen, load, reading, state, write } from "./state.js";

const REST = 600;
const LAYOUTS = [["numerator", "numerator"], ["denominator", "denominator"], ["mixed", "mixed"], ["both", "side by side"]];
const FORMS = [["auto", "auto"], ["matrix", "matrix"], ["vec", "vec"], ["index", "index"], ["differential", "differential"]];
const NAMED = [["auto", "auto"], ["always", "always"], ["never", "never"]];

// A problem, which is solved, begins so; anything else is a derivative or a claim.
const PROBLEM = /^\s*(\\operatorname\*?\{\s*|\\underset\{[^}]*\}\{\s*)?\\?(arg[\s~\\,;:]*\\?(min|max)|stationary)/i;

const box = $("request");
const cards = $("cards");
let number = 0;
let flight = null;
let typed = 0;
let rest = 0;

// ------------------------------------------------------------------------------------------------- answers

function calls() {
  const layouts = state.layout === "both" && state.form !== "differential" ? ["numerator", "denominator"] : [state.layout === "both" ? "denominator" : state.layout];
  return layouts.map((layout) => ({ ...reading(), layout, form: state.form, ...chosen("named") }));
}

async function answer(now) {
  clearTimeout(typed);
  clearTimeout(rest);
  flight?.abort();
  flight = new AbortController();
  number += 1;
  const own = number;
  if (!state.q.trim()) return empty();
  cards.classList.add("old");
  document.body.setAttribute("aria-busy", "true");
  try {
    if (PROBLEM.test(state.q)) {
      const { request, ...others } = reading();
      const found = await ask("solve", { problem: request, steps: true, ...others }, flight.signal);
      return own === number ? shownWhole(found, solution, now) : undefined;
    }
    const asked = calls();
    const [read, ...found] = await Promise.all([ask("read", reading(), flight.signal), ...asked.map((one) => ask("derive", { ...one, shown: true }, flight.signal))]);
    const claim = found.some((one) => !one.ok && /matcalc verify/.test(one.error.hint || ""))
      ? await ask("verify", claimed(), flight.signal) : null;
    if (own !== number) return undefined;
    return claim ? shownWhole(claim, verdict, now) : shownAnswers(read, found, asked, now);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    if (own === number) document.body.removeAttribute("aria-busy");
  }
  return undefined;
}

function claimed() {
  const { request, ...others } = reading();
  return { claim: request, layout: state.layout === "both" ? "denominator" : state.layout, ...others };
}

function empty() {
  problem.clear();
  cards.replaceChildren();
  cards.classList.remove("old");
  $("reading").hidden = true;
  $("choices").hidden = true;
  document.body.removeAttribute("aria-busy");
  write();
}

// A verdict or a solution, which is about all that was typed.
function shownWhole(found, made, now) {
  if (!found.ok) return wrong(found.error, now);
  $("reading").hidden = true;
  cards.classList.remove("both");
  cards.replaceChildren(made(found));
  return fine(now);
}

function shownAnswers(read, found, asked, now) {
  if (read.ok) chips.show(read, declare);
  $("reading").classList.toggle("old", !read.ok);
  const failed = found.find((one) => !one.ok);
  if (failed) return wrong(failed.error, now);
  cards.classList.toggle("both", asked.length > 1);
  const made = found.map((one, k) => (one.results || [one]).map((a, i, all) => card(a, asked[k], i, all.length > 1, read.ok ? read : null)));
  cards.replaceChildren(...made[0].flatMap((_, i) => made.map((column) => column[i])));
  return fine(now);
}

function fine(now) {
  cards.classList.remove("old");
  $("choices").hidden = PROBLEM.test(state.q);
  problem.clear();
  settle(now, () => { write(); past.remember(); });
}

function wrong(error, now) {
  settle(now, () => { write(); problem.tell(error, put, (variables) => { Object.assign(state.vars, variables); answer(true); }); });
}

// What is told, kept or linked waits until the typing rests.
function settle(now, act) {
  clearTimeout(rest);
  if (now) act();
  else rest = setTimeout(act, REST);
}

// -------------------------------------------------------------------------------------------------- changes

function put(text) {
  box.value = state.q = text;
  field.grow();
  box.focus();
  answer(true);
}

function declare(name, told) {
  if (told === null) delete state.vars[name];
  else state.vars[name] = told;
  answer(true);
}

function choose(key, value) {
  state[key] = value;
  arrange();
  answer(true);
}

function arrange() {
  radios($("layouts"), "layout", LAYOUTS, state.layout, (value) => choose("layout", value));
  radios($("forms"), "form", FORMS, state.form, (value) => choose("form", value));
  $("naming").replaceChildren(h("label", { title: "Whether parts that a formula repeats have names" }, "names ", select("named parts", NAMED, state.named, (value) => choose("named", value))));
  ready = "";
}

// A form that this answer does not have says why before it is chosen.
let ready = "";
async function forms() {
  const key = JSON.stringify(calls()[0]);
  if (ready === key || !state.q.trim()) return;
  ready = key;
  for (const input of $("forms").querySelectorAll("input")) {
    const found = await ask("derive", { ...calls()[0], form: input.value, shown: true });
    if (ready !== key) return;
    const none = !found.ok && input.value !== state.form;
    input.disabled = none;
    input.parentElement.title = none ? found.error.message : "";
  }
}

function opened() {
  load(location.hash);
  box.value = state.q;
  field.grow();
  arrange();
  return answer(true);
}

// ----------------------------------------------------------------------------------------------------- keys

function keys(event) {
  if (field.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    answer(true);
  } else if (event.key === "Escape") {
    flight?.abort();
    clearTimeout(typed);
    document.body.removeAttribute("aria-busy");
  }
}

function shortcuts(event) {
  if (event.altKey && ["1", "2", "3"].includes(event.key)) {
    event.preventDefault();
    const [value] = LAYOUTS[Number(event.key) - 1];
    choose("layout", value);
  } else if (event.ctrlKey && event.key === "/") {
    event.preventDefault();
    $("examples").open = !$("examples").open;
    if ($("examples").open) $("groups").querySelector("a").focus();
  }
}

function typing() {
  state.q = box.value;
  number += 1;
  clearTimeout(typed);
  clearTimeout(rest);
  problem.clear();
  cards.classList.add("old");
  $("reading").classList.add("old");
  ready = "";
  if ($("delay").value) typed = setTimeout(() => answer(false), Number($("delay").value));
}

// ---------------------------------------------------------------------------------------------------- start

function embed() {
  const told = () => window.parent.postMessage({ matcalc: { height: document.documentElement.scrollHeight, href: location.hash } }, "*");
  new ResizeObserver(told).observe(document.body);
}

function begin() {
  box.addEventListener("input", typing);
  box.addEventListener("keydown", keys);
  document.addEventListener("keydown", shortcuts);
  window.addEventListener("hashchange", opened);
  $("home").addEventListener("click", (event) => { event.preventDefault(); put(examples.FIRST); });
  for (const kind of ["focusin", "pointerenter"]) $("forms").addEventListener(kind, forms);
  try {
    $("delay").value = localStorage.getItem("matcalc.delay") ?? "120";
    $("delay").addEventListener("change", () => localStorage.setItem("matcalc.delay", $("delay").value));
  } catch { /* a browser that keeps nothing answers at once */ }
  examples.show();
  past.show();
  if (document.documentElement.dataset.kind === "embedded") embed();
  if (!new URLSearchParams(location.hash.slice(1)).get("q")) history.replaceState(null, "", `#${new URLSearchParams({ q: examples.FIRST })}`);
  opened();
}

begin();
