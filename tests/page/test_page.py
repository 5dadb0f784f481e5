"""The page in a browser: typing, reading, layouts, steps, code, links, errors, keys, and what it must not do.

Needs the extras `web` and `browser`, and a Chromium on the path. MATCALC_PICTURE=FILE.png keeps the picture of the README.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import browser, needs_chromium
from places import ROOT

from matcalc.batch.keys import LANGUAGES

pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
pytest.importorskip("uvicorn", reason="needs the extra `web`")
pytestmark = needs_chromium

__all__ = ["browser"]

TYPED = "d ||A x - b||^2/dx"
FORMULA = ".card .formula annotation"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "matcalc", "serve", "--port", "0", "--jobs", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        yield found[0]
        process.terminate()
        process.wait(20)


@pytest.fixture
def page(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page with its first answer; nothing may be complained of, and no other host asked."""
    options = {"viewport": {"width": 1200, "height": 900}, **getattr(request, "param", {})}
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith((address, "data:", "blob:")) else complaints.append(asked.url))
    opened.goto(address)
    opened.wait_for_selector(".card .katex")
    yield opened
    context.close()
    assert complaints == []


def formula(page: Any) -> str:
    """The LaTeX of the first answer that is not an old one."""
    page.wait_for_selector("#cards:not(.old) .card .katex")
    told: str = page.locator(FORMULA).first.text_content()
    return told


def write(page: Any, text: str) -> str:
    """What is answered to a text that is typed."""
    page.fill("#request", "")
    page.locator("#request").press_sequentially(text)
    return formula(page)


def test_it_opens_with_an_example_and_its_answer(page: Any) -> None:
    assert page.evaluate("document.activeElement.id") == "request"
    assert formula(page).endswith(r"A^\top B^\top")
    assert page.locator("#groups a").count() == 24


def test_it_answers_while_one_types(page: Any) -> None:
    assert write(page, TYPED).endswith(r"2 A^\top (A x - b)")
    assert page.locator("#problem").text_content() == ""


def test_every_example_has_an_answer(page: Any) -> None:
    requests = [link.text_content() for link in page.locator("#groups a").all()]
    for text in requests:
        page.get_by_role("link", name=text, exact=True).first.click()
        page.wait_for_function("text => document.querySelector('#request').value === text", arg=text)
        page.wait_for_selector("#cards:not(.old) .card")
        assert page.locator("#problem").text_content() == "", text


def test_an_error_waits_for_rest_and_its_hint_can_be_clicked(page: Any) -> None:
    page.fill("#request", "d sofmax(A x)/dx")
    page.wait_for_timeout(300)
    assert page.locator("#problem").text_content() == ""
    assert "old" in page.get_attribute("#cards", "class")
    page.wait_for_selector("#problem .caret")
    assert page.locator("#problem mark").text_content() == "sofmax"
    assert page.locator("#problem .caret").text_content() == "  ^^^^^^"
    page.click("#problem .mends button")
    assert "softmax" in formula(page)
    assert page.input_value("#request") == "d softmax(A x)/dx"


def test_a_bracket_that_is_missing_is_added_where_it_can_be_read(page: Any) -> None:
    page.fill("#request", "d tr(A X B/dX")
    page.click("#problem .mends button")
    assert page.input_value("#request") == "d tr(A X B)/dX"


def test_what_a_name_is_can_be_declared_and_taken_back(page: Any) -> None:
    page.fill("#request", "d tr(X X)/dX")
    assert formula(page).endswith(r"2 X^\top")
    page.click(".chip[data-name=X]")
    page.check(".editor input[value=symmetric]")
    page.click(".editor [type=submit]")
    page.wait_for_selector(".chip.own")
    assert formula(page).endswith("2 X")
    assert "vars=" in page.url
    page.click(".chip[data-name=X]")
    page.click(".editor button.small")
    page.wait_for_selector(".chip:not(.own)[data-name=X]")
    assert formula(page).endswith(r"2 X^\top")


def test_a_name_can_be_complex_and_the_font_of_the_adjoint_is_there(page: Any) -> None:
    page.fill("#request", "d ||A z - b||^2/dz")
    formula(page)
    page.click(".chip[data-name=z]")
    page.check(".editor input[value=complex]")
    page.click(".editor [type=submit]")
    page.wait_for_selector(".chip.own")
    assert "complex" in page.locator(".chip.own").text_content()
    page.fill("#request", "d ||A z - b||^2/dconj(z)")
    assert r"A^{\mathsf{H}}" in formula(page)
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate("document.fonts.check('16px KaTeX_SansSerif')")


def test_a_reading_that_a_hint_writes_can_be_clicked(page: Any) -> None:
    page.fill("#request", "d xAx/dx")
    page.click("#problem .mends button")
    assert page.input_value("#request") == "d x^T*A*x/dx"
    assert formula(page).endswith(r"(A + A^\top) x")


def test_layouts_and_forms(page: Any) -> None:
    page.fill("#request", "d (A x)/dx")
    assert formula(page).endswith(r"A^\top")
    page.keyboard.press("Alt+1")
    page.wait_for_function("() => document.querySelector('.tag').textContent.startsWith('numerator')")
    assert formula(page).endswith("A")
    page.check("input[value=both]", force=True)
    page.wait_for_function("() => document.querySelectorAll('.card').length === 2")
    assert page.locator(".card .tag").first.text_content() == "numerator layout"
    page.check("input[value=index]", force=True)
    page.wait_for_function("() => document.querySelector('.tag').textContent.includes('index form')")


def test_a_form_that_there_is_not_says_why(page: Any) -> None:
    page.fill("#request", "d (A X B)/dX")
    formula(page)
    page.focus("input[value=auto]")
    page.wait_for_function("() => document.querySelector('input[value=matrix]').disabled")
    assert page.get_attribute("label:has(input[value=matrix])", "title")


def test_steps_name_rules_that_explain_themselves(page: Any) -> None:
    page.click("role=tab[name=Steps]")
    page.wait_for_selector(".steps .katex")
    assert page.locator(".steps li").count() == 4
    page.hover("text=cyclic property of the trace")
    page.wait_for_selector(".statement")
    assert "tr(A*B) = tr(B*A)" in page.locator(".rule:visible").text_content()
    page.click("text=copy as align*")
    assert page.evaluate("navigator.clipboard.readText()").startswith(r"\begin{align*}")


def test_code_is_copied_and_saved_with_its_test(page: Any, tmp_path: Path) -> None:
    page.click("role=tab[name=Code]")
    page.wait_for_selector(".code")
    languages = [b.text_content() for b in page.locator(".panel .switch button").all()]
    assert languages[0] == "NumPy"
    assert languages[-3:] == ["LaTeX", "Typst", "text"]
    assert len(languages) == len(LANGUAGES) + 3
    for language in languages[1:]:
        page.click(f".panel .switch button:text-is('{language}')")
        page.wait_for_function("told => document.querySelector('.panel .switch').dataset.shown === told", arg=language)
        page.wait_for_selector(".panel .code:not(:empty)")
    page.click(".panel .switch button:text-is('NumPy')")
    page.wait_for_selector("text=download with its test")
    page.click(".panel button[data-name=copy]")
    assert "def derivative(A, B" in page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as saving:
        page.click("text=download with its test")
    saving.value.save_as(tmp_path / "derivative.py")
    assert subprocess.run([sys.executable, str(tmp_path / "derivative.py")], check=False).returncode == 0


def test_a_value_at_a_point_a_second_derivative_and_an_expansion(page: Any) -> None:
    page.fill("#request", "d (x^T A x)/dx")
    formula(page)
    page.click("role=tab[name='At a point']")
    page.wait_for_selector(".panel .code")
    page.fill(".panel input", "A = [1, 2; 3, 4], x = [1, 1]")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.panel .code').textContent === '[7; 13]'")
    assert "the shape of x" in page.locator(".panel table").text_content()
    page.click("role=tab[name='Second derivative']")
    page.wait_for_selector(".panel .katex")
    assert page.locator(".panel annotation").text_content().endswith(r"A + A^\top")
    page.click("role=tab[name=Expansion]")
    page.wait_for_selector(".panel .inline")
    page.wait_for_selector(".panel .katex")


def test_a_long_answer_has_named_parts(page: Any) -> None:
    page.fill("#request", "d softmax(A x)/dx")
    assert formula(page).endswith(r"A^\top (\operatorname{Diag}(p) - p p^\top)")
    assert r"p = \operatorname{softmax}(A x)" in page.locator(".card > .math annotation").text_content()
    assert page.locator(".remarks").count() == 0
    page.click(".card [data-name=LaTeX]")
    assert r"\text{where}" in page.evaluate("navigator.clipboard.readText()")


def test_a_problem_is_solved(page: Any) -> None:
    page.fill("#request", "argmin_w ||X*w - y||^2")
    page.wait_for_selector("#cards:not(.old) [aria-label=solution] .katex")
    assert page.locator(FORMULA).text_content() == "w = X^{+} y"
    assert page.locator(".tag").text_content() == "minimum"
    page.click("text=How one gets there")
    assert "w = X^{+} y" in page.locator(".more .steps annotation").all_text_contents()
    assert "the gradient is zero" in page.locator(".more .steps").text_content()
    page.locator(".more .rulename", has_text="first identification theorem").click()
    page.wait_for_selector(".more .statement")
    assert not page.locator("#layouts").is_visible()


def test_whether_it_is_convex(page: Any) -> None:
    page.fill("#request", "d logsumexp(A x)/dx")
    formula(page)
    page.click("role=tab[name='Convex?']")
    page.wait_for_selector(".panel .remarks")
    assert page.locator(".panel .statement").text_content() == "convex, in x"


def test_whether_it_is_convex_on_a_domain(page: Any) -> None:
    page.fill("#request", "d x^3/dx where x: scalar")
    formula(page)
    page.click("role=tab[name='Convex?']")
    page.wait_for_selector(".panel .statement")
    assert page.locator(".panel .statement").text_content() == "neither, in x"
    page.fill(".panel input", "x > 0")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.panel .statement').textContent === 'convex, in x'")


def test_how_much_steps_tell_and_whether_parts_have_names_is_chosen(page: Any, address: str) -> None:
    page.fill("#request", "d ||A x - b||^2/dx")
    formula(page)
    page.click("role=tab[name=Steps]")
    page.wait_for_selector(".steps .katex")
    page.select_option("[aria-label=style]", "frobenius")
    page.wait_for_function("() => document.querySelector('.steps').textContent.includes('Frobenius')")
    assert "style=frobenius" in page.url
    page.fill("#request", "d softmax(A x)/dx")
    formula(page)
    assert page.locator(".card > .math annotation").count() == 1
    page.select_option("[aria-label='named parts']", "never")
    page.wait_for_function("() => location.hash.includes('named=never')")
    assert formula(page).count("softmax") > 1
    assert page.locator(".card > .math annotation").count() == 0


def test_the_whole_chain(page: Any) -> None:
    page.fill("#request", "dL/dW where z = W*x + b; a = sigma(z); L = loss(a)")
    formula(page)
    page.click("role=tab[name='Whole chain']")
    page.wait_for_selector(".panel .katex")
    assert r"\frac{\partial L}{\partial b}" in page.locator(".panel annotation").text_content()


@pytest.mark.parametrize(("claim", "title"), [("d tr(A X)/dX = A", "Wrong"), ("d tr(A X)/dX = A^T", "Right")])
def test_a_claim_is_judged(page: Any, claim: str, title: str) -> None:
    page.fill("#request", claim)
    page.wait_for_selector(".verdict h2")
    assert page.locator(".verdict h2").text_content() == title


def test_the_address_is_the_state(page: Any, address: str) -> None:
    page.fill("#request", "d tr(X^-1 A)/dX where X: n x n")
    formula(page)
    page.keyboard.press("Alt+1")
    page.wait_for_function("() => location.hash.includes('layout=numerator')")
    told, state = formula(page), page.url
    other = page.context.new_page()
    other.goto(state)
    other.wait_for_selector(".card .katex")
    assert formula(other) == told
    assert other.input_value("#request") == "d tr(X^-1 A)/dX where X: n x n"
    assert "#" not in other.evaluate("performance.getEntriesByType('resource').map(e => e.name).join(' ')")


def test_history_is_kept_by_the_browser_and_makes_a_sheet(page: Any, tmp_path: Path) -> None:
    page.fill("#request", TYPED)
    page.keyboard.press("Enter")
    formula(page)
    page.click("#past summary")
    page.locator(".past a", has_text="A x - b").wait_for()
    with page.expect_download() as saving:
        page.click("text=to sheet")
    saving.value.save_as(tmp_path / "mine.toml")
    command = [sys.executable, "-m", "matcalc", "sheet", str(tmp_path / "mine.toml"), "--no-cache"]
    made = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (made.returncode, made.stderr) == (0, "")
    page.click("text=forget")
    assert page.locator(".past a").count() == 0


def test_names_are_completed_and_brackets_paired(page: Any) -> None:
    page.fill("#request", "")
    page.locator("#request").press_sequentially("d softm")
    page.wait_for_selector("#words li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#request").press_sequentially("x)/dx")
    assert page.input_value("#request") == "d softmax(x)/dx"
    assert "softmax" in formula(page)


def test_all_of_it_by_keyboard(page: Any) -> None:
    page.keyboard.press("Tab")
    assert "chip" in page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")
    page.wait_for_selector(".editor")
    page.keyboard.press("Escape")
    assert page.locator(".editor").count() == 0
    page.focus("role=tab[name=Steps]")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Code"
    page.keyboard.press("Enter")
    page.wait_for_selector(".code")
    page.keyboard.press("Control+/")
    page.keyboard.press("Control+/")
    assert page.evaluate("document.activeElement.closest('#groups') !== null")


def test_the_page_and_a_sheet_have_the_same_formula(page: Any, tmp_path: Path) -> None:
    for text in ("d softmax(W x)/dx", "d ||W x - y||^2/dW", "d log det(X)/dX"):
        page.fill("#request", text)
        told = formula(page)
        (tmp_path / "one.toml").write_text(f"title = 'One'\n[[section]]\nentry = [{{ request = {json.dumps(text)} }}]\n")
        out = tmp_path / "one.html"
        command = [sys.executable, "-m", "matcalc", "sheet", str(tmp_path / "one.toml"), "-o", str(out), "--no-cache"]
        subprocess.run(command, check=True, cwd=ROOT)
        sheet = page.context.new_page()
        sheet.goto(out.as_uri())
        assert told in sheet.eval_on_selector_all(".math", "all => all.map(e => e.dataset.tex)")
        sheet.close()


def test_mathematics_is_there_for_screen_readers(page: Any) -> None:
    assert page.locator(".card .katex-mathml math").count() > 0
    named = "e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label')"
    fields = "[...document.querySelectorAll('button, input, select, textarea')].filter(e => e.offsetParent"
    assert page.evaluate(f"{fields} && !({named})).map(e => e.outerHTML)") == []


@pytest.mark.parametrize("page", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"])
def test_no_serious_findings_of_axe(page: Any) -> None:
    axe = os.environ.get("AXE_CORE")
    if not axe:
        pytest.skip("AXE_CORE names no axe.min.js")
    page.click("role=tab[name=Steps]")
    page.wait_for_selector(".steps .katex")
    page.evaluate(Path(axe).read_text(encoding="utf-8") + "\n;undefined")
    serious = "violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes.map(n => n.html)])"
    found = page.evaluate(f"async () => (await axe.run()).{serious}")
    assert found == []


@pytest.mark.parametrize("page", [{"viewport": {"width": 320, "height": 700}}], indirect=True, ids=["narrow"])
def test_a_narrow_window_is_wide_enough(page: Any) -> None:
    for text in (TYPED, "d (A X B)/dX", "dL/dW where z = W*x + b; a = sigma(z); L = loss(a)", "d tr(A X B/dX", "d tr(A X)/dX = A"):
        page.fill("#request", text)
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.fill("#request", TYPED)
    formula(page)
    for name in ("Steps", "Code", "At a point"):
        page.click(f"role=tab[name='{name}']")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_embedded_it_is_the_field_and_the_answer(page: Any, address: str) -> None:
    page.goto(f"{address}embed#q=d+tr(A*X)/dX")
    assert formula(page).endswith(r"A^\top")
    assert not page.locator("#groups").is_visible()
    assert not page.locator(".top").is_visible()


@pytest.mark.parametrize("page", [{"viewport": {"width": 1100, "height": 820}, "device_scale_factor": 1.5}], indirect=True, ids=["picture"])
def test_the_picture_of_the_readme(page: Any, tmp_path: Path) -> None:
    page.fill("#request", TYPED)
    formula(page)
    page.click("role=tab[name=Steps]")
    page.wait_for_selector(".steps .katex")
    page.evaluate("document.activeElement.blur()")
    target = Path(os.environ.get("MATCALC_PICTURE") or tmp_path / "page.png")
    page.screenshot(path=target)
    assert target.stat().st_size > 20_000
