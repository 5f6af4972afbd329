"""The export to the archive in a real browser: who acts stands in the table's row, legible at every width."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from appliance.rules.cases.rows import Event
from tests.browser.steps import go_on, join, log_in
from tests.web.case_lives import Life
from tests.web.keeper_double import KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

_GAPS = """() => {
  const parts = [...document.querySelectorAll("form[action^='/archive/'] > :not([type=hidden])")];
  const boxes = parts.map((each) => each.getBoundingClientRect());
  return boxes.slice(1).map((box, at) => box.top - boxes[at].bottom);
}"""


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_acts_the_password_and_the_button_stand_apart_in_the_row(
    page: Page, site: RunningSite, keeper: KeeperDouble, language: str, width: int
) -> None:
    life = Life(keeper, "CIT").to("decision")
    life.do(Event.REFUSE, Event.ISSUE, Event.NOTIFY, Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
    page.set_viewport_size({"width": width, "height": 800})
    log_in(page, site.address)
    join(page, site.address, "manager")
    page.goto(f"{site.address}/archive")
    if language == "en":
        go_on(page, 'form[action="/language"] button')
    gaps = page.evaluate(_GAPS)
    assert len(gaps) == 2, "who acts, the password, the button"
    assert min(gaps) >= 8
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
