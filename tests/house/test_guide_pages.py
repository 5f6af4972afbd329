"""The guide that the recorder shows is that of ``docs/guide``, and every page leads to a place that it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.web.http.menu import guide_place
from appliance.web.site.routes import ROUTES
from tests.house.guidepages import PAGES, anchors_in, made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_is_what_the_guide_comes_to(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert html == made(PAGES[page]), "python -m tests.house.guidepages"
    assert set(re.findall(r'href="([^"]*)"', html)) == {f"#{each}" for each in anchors_in(html)}, (
        "and nowhere off the box"
    )
    assert not re.search(r"[\u4e00-\u9fff]\n[\u4e00-\u9fff]", html), "a browser would put a space there"


def test_every_page_leads_to_a_place_that_the_guide_has_in_both_languages() -> None:
    both = [anchors_in(page.read_text(encoding="utf-8")) for page in PAGES]
    assert both[0] == both[1]
    places = {guide_place(route.path) for route in ROUTES if route.method == "GET" and route.answers == "page"}
    assert places <= both[0]
    assert len(places) > 9, "each to its own"
