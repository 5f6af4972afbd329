"""Where a mask that moves is, by the page and by the darkroom: the same, the page's a permille wider at most."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

import appliance.web
from appliance.core.motion import swept
from tests.browser.chromium import ARGUMENTS
from tests.core.test_motion import drawn_positions

pytestmark = pytest.mark.browser

_PLAYER = Path(appliance.web.__file__).parent / "static" / "player"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    source = base64.b64encode((_PLAYER / "motion.js").read_bytes()).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=ARGUMENTS)
        opened = browser.new_page()
        opened.evaluate(f"import('data:text/javascript;base64,{source}').then((it) => {{ window.it = it; }})")
        yield opened
        browser.close()


@pytest.mark.parametrize("seed", range(20))
def test_T_26_the_page_has_a_moving_mask_where_the_darkroom_has_it_or_a_permille_wider(page: Page, seed: int) -> None:
    positions, drawn = drawn_positions(seed), random.Random(seed)
    moments = [sorted(drawn.randrange(-(10**11), 11 * 10**11) for _ in range(2)) for _ in range(30)]
    moments += [[each.at_ns, each.at_ns] for each in positions]
    keys = [dict(zip(("at", "left", "top", "right", "bottom"), (each.at_ns / 1e9, *each.rectangle), strict=True))
            for each in positions]  # fmt: skip
    found = page.evaluate(
        "([keys, moments]) => moments.map(([since, until]) => it.swept(keys, since, until))",
        [keys, [[since / 1e9, until / 1e9] for since, until in moments]],
    )
    for (since, until), there in zip(moments, found, strict=True):
        here = swept(positions, since, until)
        wider = (here.left - there["left"], here.top - there["top"],
                 there["right"] - here.right, there["bottom"] - here.bottom)  # fmt: skip
        assert all(0 <= each <= 1 for each in wider)
