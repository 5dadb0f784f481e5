"use strict";
// What the sheets and the page do alike: typeset, copy, and turn to dark or light.
const shared = (function () {
  const root = document.documentElement;

  function typeset(element, tex, inline) {
    katex.render(tex, element, { displayMode: !inline, throwOnError: false, strict: "ignore", trust: false });
  }

  function selected(text) {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy"));
  }

  function copy(text) {
    return navigator.clipboard ? navigator.clipboard.writeText(text).catch(function () { return selected(text); }) : selected(text);
  }

  // A button with data-copy copies that, and says so for a moment under its own name.
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const name = button.dataset.name;
    function tell(message) {
      button.textContent = message;
      window.setTimeout(function () { button.textContent = name; }, 1200);
    }
    copy(button.dataset.copy).then(function () { tell("copied"); }, function () { tell("not copied"); });
  });

  const theme = document.getElementById("theme");
  if (theme) theme.addEventListener("click", function () {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  return { typeset: typeset, copy: copy };
})();
