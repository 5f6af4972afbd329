"""axe-core on a page as it stands: WCAG 2.2 AA and the good practice beside it."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from appliance.web.i18n.messages import LANGUAGES
from tests.sampling import Sample

__all__ = ["schemes", "violations"]

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
_OPTIONS = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
"""Every rule is tried; what passes is not told one element at a time."""
_AXE = Axe()


def violations(page: Page) -> list[str]:
    """What is wrong with the page, a line for each element; once it is there whole, with its style sheets."""
    page.wait_for_load_state()
    found = _AXE.run(page, options=_OPTIONS).response
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def schemes(sample: Sample, number: int, language: str) -> list[Literal["light", "dark"]]:
    """The colours in which this run looks at the page of this number; over four seeds both in each language.

    A colour on its way from one to the other is of neither: the page is to have no transitions.
    """
    turns: dict[Literal["light", "dark"], int] = {"light": number % 2, "dark": (number + 1) % 2}
    return [each for each, turn in turns.items() if sample.takes(2 * turn + LANGUAGES.index(language), 4)]
