// What the page is about stands in the fragment of its address, which no server sees.

const PLAIN = { layout: "denominator", form: "auto" };

export const state = { q: "", layout: "denominator", form: "auto", vars: {} };

export function load(fragment) {
  const found = new URLSearchParams(fragment.replace(/^#/, ""));
  state.q = found.get("q") || "";
  state.layout = found.get("layout") || PLAIN.layout;
  state.form = found.get("form") || PLAIN.form;
  try {
    const vars = JSON.parse(found.get("vars") || "{}");
    state.vars = Object.fromEntries(Object.entries(vars).filter(([, told]) => typeof told === "string"));
  } catch {
    state.vars = {};
  }
}

export function fragment(of = state) {
  const told = new URLSearchParams({ q: of.q });
  if (of.layout !== PLAIN.layout) told.set("layout", of.layout);
  if (of.form !== PLAIN.form) told.set("form", of.form);
  if (Object.keys(of.vars).length) told.set("vars", JSON.stringify(of.vars));
  return `#${told}`;
}

export function write() {
  history.replaceState(null, "", state.q.trim() ? fragment() : location.pathname);
}

// The keys of a call that say how the request is to be read.
export function reading() {
  return Object.keys(state.vars).length ? { request: state.q, vars: state.vars } : { request: state.q };
}
