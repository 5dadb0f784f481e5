"use strict";
(function () {
  const root = document.documentElement;
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const entries = Array.from(document.querySelectorAll(".entry"));
  const sections = Array.from(document.querySelectorAll("main section"));

  function typeset(element) {
    if (element.dataset.done) return;
    element.dataset.done = "yes";
    shared.typeset(element, element.dataset.tex);
  }

  // Only what comes near the window is typeset: hidden layouts wait until they are chosen.
  const near = new IntersectionObserver(function (seen) {
    for (const one of seen) {
      if (one.isIntersecting) {
        near.unobserve(one.target);
        typeset(one.target);
      }
    }
  }, { rootMargin: "800px" });
  for (const element of document.querySelectorAll(".math")) near.observe(element);
  window.addEventListener("beforeprint", function () {
    for (const element of document.querySelectorAll(".math")) if (element.offsetParent) typeset(element);
  });

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      const fits = words.every(function (word) { return entry.dataset.search.includes(word); });
      entry.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const section of sections) {
      const own = Array.from(section.querySelectorAll(".entry"));
      section.hidden = words.length > 0 && own.every(function (entry) { return entry.hidden; });
    }
    count.textContent = words.length ? shown + " of " + entries.length : entries.length + (entries.length === 1 ? " entry" : " entries");
  }
  search.addEventListener("input", filter);
  document.addEventListener("keydown", function (event) {
    const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName) && document.activeElement.type !== "radio";
    if (event.key === "/" && !typing) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && document.activeElement === search) {
      search.value = "";
      filter();
    }
  });
  document.querySelector(".bar form").addEventListener("submit", function (event) { event.preventDefault(); });

  for (const choice of document.querySelectorAll("input[name=layout]")) {
    choice.checked = choice.value === root.dataset.layout;
    choice.addEventListener("change", function () { root.dataset.layout = choice.value; });
  }

  search.disabled = false;
  filter();
})();
