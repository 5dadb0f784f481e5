"""The HTML sheet in a browser: it typesets, searches, changes the layout, copies, and fits a telephone.

Needs the extra `browser` and a Chromium on the path.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import browser, needs_chromium
from click.testing import CliRunner

from matcalc import cli

pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
pytestmark = needs_chromium

__all__ = ["browser"]

SPEC = """
title = "A trial"
columns = ["numerator", "denominator"]

[[section]]
title = "Traces"
entry = [
  { request = "d tr(A X)/dX", caption = "a linear function", source = "eq. 100" },
  { request = "d tr(X^T B X)/dX", caption = "a quadratic form" },
]

[[section]]
title = "Vectors"
entry = [
  { request = "d ||A x - b||^2/dx", caption = "least squares", note = "With a note." },
  { request = "d (A*x)/dx", caption = "a linear map", layout = "numerator" },
  { request = "d sum(x)/dx where x: 200", caption = "ones", derivation = true },
]
"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "spec.toml").write_text(SPEC, encoding="utf-8")
    out = folder / "out.html"
    assert CliRunner().invoke(cli.group, ["sheet", str(folder / "spec.toml"), "-o", str(out), "--no-cache"]).exit_code == 0
    return out


@pytest.fixture
def opened(browser: Any, page_file: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page, in a window of the size and colours that the test asks for; nothing may be complained of."""
    options = {"viewport": {"width": 1200, "height": 900}, **getattr(request, "param", {})}
    context = browser.new_context(offline=True, permissions=["clipboard-read", "clipboard-write"], **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    page.wait_for_selector(".katex")
    yield page
    context.close()
    assert complaints == []


def shown(page: Any, selector: str) -> list[str]:
    """The captions of the entries, or other texts, that can be seen."""
    texts: list[str] = page.eval_on_selector_all(selector, "all => all.filter(e => e.offsetParent).map(e => e.textContent)")
    return texts


def test_every_formula_that_comes_into_sight_is_typeset(opened: Any) -> None:
    for summary in opened.locator("summary:visible").all():
        summary.click()
    opened.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    seen = "[...document.querySelectorAll('.math')].filter(e => e.offsetParent)"
    opened.wait_for_function(f"() => {seen}.every(e => e.querySelector('.katex'))", timeout=5000)
    assert opened.evaluate(f"{seen}.length") == 11
    assert opened.locator(".katex-error").count() == 0
    assert opened.evaluate("document.fonts.check('16px KaTeX_Math')")


def test_the_derivation_is_that_of_the_layout(opened: Any) -> None:
    summaries = {}
    for choice in ("numerator", "denominator", "both"):
        opened.check(f"input[value={choice}]", force=True)
        summaries[choice] = shown(opened, "summary")
    one, other = ([f"derivation, {choice} layout"] for choice in ("numerator", "denominator"))
    assert summaries == {"numerator": one, "denominator": other, "both": [*one, *other]}


def test_search(opened: Any) -> None:
    captions = ["a linear function", "a quadratic form", "least squares", "a linear map", "ones"]
    assert shown(opened, ".caption") == captions
    assert opened.inner_text("#count") == "5 entries"
    opened.keyboard.press("/")
    opened.keyboard.type("linear")
    assert shown(opened, ".caption") == ["a linear function", "a linear map"]
    assert opened.inner_text("#count") == "2 of 5"
    opened.fill("#search", "EQ. 100 tr")
    assert shown(opened, ".caption") == ["a linear function"]
    assert shown(opened, "h2") == ["Traces"]
    opened.fill("#search", "nothing of the kind")
    assert shown(opened, ".caption") == []
    opened.keyboard.press("Escape")
    assert shown(opened, ".caption") == captions


@pytest.mark.parametrize(
    ("choice", "first"),
    [
        ("numerator", ["numerator layout: m x n"]),
        ("denominator", ["denominator layout: n x m"]),
        ("mixed", ["mixed layout: n x m"]),
        ("both", ["numerator layout: m x n", "denominator layout: n x m"]),
    ],
)
def test_the_layout_of_the_whole_page(opened: Any, choice: str, first: list[str]) -> None:
    opened.check(f"input[value={choice}]", force=True)
    told = [t.partition(";")[0] for t in shown(opened, "#e1 .line span:first-child")]
    assert [t for t in told if "layout" in t] == first
    opened.wait_for_function("() => [...document.querySelectorAll('#e1 .math')].every(e => !e.offsetParent || e.querySelector('.katex'))")
    assert [t.partition(";")[0] for t in shown(opened, "#e4 .line > span:first-child")] == ["numerator layout: m x n"]


def test_copies(opened: Any) -> None:
    opened.check("input[value=denominator]", force=True)
    copied = {}
    for name in ("LaTeX", "NumPy", "text"):
        button = opened.locator(f"#e1 .in-denominator button[data-name={name}]")
        button.click()
        opened.wait_for_function("e => e.textContent == 'copied'", arg=button.element_handle())
        copied[name] = opened.evaluate("navigator.clipboard.readText()")
    assert copied["text"] == "A^T"
    assert copied["LaTeX"] == r"\frac{\partial}{\partial X} \operatorname{tr}(A X) = A^\top"
    assert "def derivative(A, X=None):" in copied["NumPy"]


@pytest.mark.parametrize("opened", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"])
def test_light_and_dark(opened: Any) -> None:
    brightness = "parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) > 128"
    before = opened.evaluate(brightness)
    assert before == opened.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    opened.click("#theme")
    assert opened.evaluate(brightness) != before


@pytest.mark.parametrize("opened", [{"viewport": {"width": 360, "height": 740}}], indirect=True, ids=["phone"])
def test_a_telephone_is_wide_enough(opened: Any) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth") == 360
    columns = opened.evaluate("getComputedStyle(document.querySelector('.answers')).gridTemplateColumns")
    assert len(columns.split()) == 1


@pytest.mark.parametrize("opened", [{}], indirect=True)
def test_nothing_is_fetched(opened: Any) -> None:
    assert opened.evaluate("performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length") == 0


def test_without_scripts_the_plain_text_is_there(browser: Any, page_file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.inner_text("#e1 .in-denominator .math") == "A^T"
    context.close()
