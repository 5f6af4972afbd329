"""axe-core on a page as it stands: WCAG 2.2 AA and the good practice beside it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

__all__ = ["violations"]

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
