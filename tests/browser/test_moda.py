"""a11y-moda finds nothing on any page: the rules of 110.07 and of 115.11, level AA, on the rendered page.

A sample has every fourth state of the pages, in one language; ``--long`` has every state in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from appliance.web.i18n.messages import LANGUAGES
from tests.browser.chromium import trust
from tests.browser.every_page import case_stages, every_page
from tests.browser.moda import Moda
from tests.browser.steps import join, open_all
from tests.sampling import Sample
from tests.web.keeper_double import KeeperDouble
from tests.web.site import RunningSite

pytestmark = [pytest.mark.browser, pytest.mark.moda]

_IN_A_PROCESS = ("viewing", "GN1240500E")
"""A viewing has no menu: it is a step in a process, which success criterion 2.4.5 itself leaves out."""

_BAD = """<html lang="en"><head><title>x</title></head><body><main><form>
<label for="word">Password</label><input id="word" type="password" autocomplete="off" required>
<button>Go</button></form></main></body></html>"""


@pytest.fixture
def moda(site: RunningSite, tmp_path: Path) -> Iterator[Moda]:
    trust(tmp_path, site.authority)
    with Moda(tmp_path, site.authority) as running:
        yield running


def _all_pages(page: Page, site: RunningSite, keeper: KeeperDouble) -> Iterator[str]:
    yield from every_page(page, site.address, keeper)
    for name, who, life in case_stages(keeper):
        page.context.clear_cookies(name="__Host-sid")
        join(page, site.address, who)
        page.goto(site.address + life.path)
        open_all(page)
        yield f"case: {name}"
    page.context.clear_cookies(name="__Host-sid")
    join(page, site.address, "officer")
    join(page, site.address)
    for path in ("/cameras", "/cameras/guide?source=rtsp", "/cameras/review", "/cameras/new", "/cameras/1-01"):
        page.goto(site.address + path)
        open_all(page)
        yield path


def test_a11y_moda_finds_nothing_on_any_page_in_either_language(
    browser: Browser, site: RunningSite, keeper: KeeperDouble, moda: Moda, sample: Sample
) -> None:
    keeper.states["2-01"] = "lost"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    moda.watch(page)
    found, number = list[str](), 0
    for number, name in enumerate(_all_pages(page, site, keeper), 1):
        for at, language in enumerate(LANGUAGES):
            if sample.takes(2 * number + at, 8):
                found += [
                    f"{name}, {language}: {issue}"
                    for issue in moda.issues(page, language)
                    if (name, issue.split()[1]) != _IN_A_PROCESS
                ]
    context.close()
    assert found == []
    assert number == 89


def test_what_is_wrong_is_found_in_the_page_and_by_trying_its_form(site: RunningSite, moda: Moda) -> None:
    found = " ".join(moda.look(f"{site.address}/trust", html=_BAD))
    assert "HM2330800E (3.3.8)" in found
    assert "GN2330300E (3.3.3)" in found
