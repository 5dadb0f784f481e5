"""The page in a browser, typed into as a person does: from a key to the typeset answer.

    python benchmarks/pixels.py [--rounds 5]

Needs the extras `web` and `browser`, and a Chromium on the path. The page waits a moment after the last key before it asks (its own
setting); that is told apart from what the program takes. The network and the policy are watched: no other host, no violation.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import Any, Final

from playwright.sync_api import sync_playwright
from serving import TYPICAL, quantile, server, told

DELAY: Final = 120
# The page closes brackets by itself, so that a last bracket is no key that changes anything.
TEXTS: Final = tuple(text for text in TYPICAL if not text.endswith(")"))
# Sets the clock at every key, and reads it in the frame after the one in which an answer to the whole text was drawn.
CLOCK: Final = """() => {
  window.keyed = 0; window.times = []; window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
  document.getElementById("request").addEventListener("input", () => { window.keyed = performance.now(); }, true);
  new MutationObserver(() => {
    const from = window.keyed;
    requestAnimationFrame(() => setTimeout(() => { if (from === window.keyed) window.times.push(performance.now() - from); }));
  }).observe(document.getElementById("cards"), { childList: true });
}"""


def typed(page: Any, text: str) -> float:
    """Seconds from the last key to the answer on the screen."""
    page.fill("#request", "")
    page.locator("#request").press_sequentially(text[:-1], delay=20)
    page.wait_for_timeout(400)
    page.evaluate("window.times = []")
    page.locator("#request").press_sequentially(text[-1])
    page.wait_for_function("() => window.times.length > 0", timeout=10_000)
    found: float = page.evaluate("window.times[0]")
    return found / 1000


def main() -> int:
    """0 where all bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each of the requests is typed")
    rounds = parser.parse_args().rounds
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    others: list[str] = []
    with server("--jobs", "1") as port, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda asked: None if asked.url.startswith((f"http://127.0.0.1:{port}/", "data:")) else others.append(asked.url))
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector(".card .katex")
        page.evaluate(CLOCK)
        seconds = [typed(page, text.replace("A", f"A{k}")) for k in range(rounds) for text in TEXTS]
        violations = page.evaluate("window.violations")
        browser.close()
    beyond = [max(0.0, s - DELAY / 1000) for s in seconds]
    print(f"     {len(seconds)} texts; with the {DELAY} ms that the page waits, the median is {quantile(seconds, 0.5):.0f} ms")
    held = [told("key to pixels, p50", quantile(beyond, 0.5), 120), told("key to pixels, p95", quantile(beyond, 0.95), 120)]
    held += [told("requests to another host", len(others), 0, ""), told("violations of the policy", len(violations), 0, "")]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
