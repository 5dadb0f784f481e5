// What the page is about stands in the fragment of its address, which no server sees.

const PLAIN = { layout: "denominator", form: "auto", named: "auto", detail: "normal", style: "trace" };

export const state = { q: "", ...PLAIN, vars: {} };

export function load(fragment) {
  const found = new URLSearchParams(fragment.replace(/^#/, ""));
  state.q = found.get("q") || "";
  for (const key of Object.keys(PLAIN)) state[key] = found.get(key) || PLAIN[key];
  try {
    const vars = JSON.parse(found.get("vars") || "{}");
    state.vars = Object.fromEntries(Object.entries(vars).filter(([, told]) => typeof told === "string"));
  } catch {
    state.vars = {};
  }
}

export function fragment(of = state) {
  const told = new URLSearchParams({ q: of.q });
  for (const [key, plain] of Object.entries(PLAIN)) if ((of[key] || plain) !== plain) told.set(key, of[key]);
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

// The keys of a call, among some, that are chosen otherwise than they are by themselves.
export function chosen(...keys) {
  return Object.fromEntries(keys.filter((key) => state[key] !== PLAIN[key]).map((key) => [key, state[key]]));
}
