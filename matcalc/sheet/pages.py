"""The kinds of page that a built sheet is written as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.sheet import html, latex, markdown, pdf

if TYPE_CHECKING:
    from matcalc.sheet.build import Built


def check_ready(target: str) -> None:
    """Find out before the work begins whether a page of this kind can be made.

    Raises UsageError where a library is missing.
    """
    if target == "pdf":
        pdf.load_typst()


def page(built: Built, target: str) -> bytes:
    """The page: md, tex, html, typ or pdf."""
    if target == "pdf":
        return pdf.render(built)
    return {"md": markdown.render, "tex": latex.render, "html": html.render, "typ": pdf.source}[target](built).encode()
