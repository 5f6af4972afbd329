"""axe-core on a page as it stands: WCAG 2.2 AA and the good practice beside it."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

__all__ = ["schemes", "violations"]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
_AXE = Axe()


def violations(page: Page) -> list[str]:
    """What is wrong with the page, a line for each element."""
    found = _AXE.run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def schemes(number: int, language: str, long_run: bool) -> tuple[Literal["light", "dark"], ...]:
    """The colours in which to look at the page of this number: light in one language and dark in the other, in turn.

    A colour on its way from one to the other is of neither: the page is to have no transitions.
    """
    if long_run:
        return ("light", "dark")
    return ("dark",) if (number % 2 == 0) == (language == "zh") else ("light",)
