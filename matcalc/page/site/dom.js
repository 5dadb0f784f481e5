// Elements, made in one line.

export const $ = (id) => document.getElementById(id);

export function h(tag, told = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(told)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(made.dataset, value);
    else if (value === true) made.setAttribute(name, "");
    else made.setAttribute(name, value);
  }
  made.append(...inside.flat().filter((one) => one !== null && one !== undefined));
  return made;
}

export function math(tex, label = "") {
  const made = h("div", label ? { class: "math", tabindex: "0", role: "group", "aria-label": label } : { class: "math" });
  shared.typeset(made, tex);
  return made;
}

export function copier(name, text) {
  return h("button", { type: "button", class: "small", data: { name, copy: text } }, name);
}

export function saved(name, text, kind = "text/plain") {
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// A group of radio buttons of which Tab reaches one and the arrows the others.
export function radios(group, name, choices, chosen, change) {
  for (const old of group.querySelectorAll("label")) old.remove();
  for (const [value, told] of choices) {
    const input = h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => change(value) });
    group.append(h("label", {}, input, h("span", {}, told)));
  }
}

// A choice of one among some: pairs of a value and how it is told.
export function select(name, choices, chosen, change) {
  const made = h("select", { "aria-label": name }, choices.map(([value, told]) => h("option", { value, selected: value === chosen }, told)));
  made.addEventListener("change", () => change(made.value));
  return made;
}
