"""A site over the keeper's double and a Chromium that trusts it, once a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.web.keeper_double import KeeperDouble
from tests.web.site import RunningSite

expect.set_options(timeout=120_000)  # what is expected comes, or the test fails: how soon is no part of it


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(site: RunningSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("home"), site.authority) as launched:
        yield launched


@pytest.fixture
def keeper(site: RunningSite) -> Iterator[KeeperDouble]:
    with KeeperDouble(site.settings.layout.socket("keeper"), trial=True) as double:
        yield double


@pytest.fixture
def page(browser: Browser, keeper: KeeperDouble) -> Iterator[Page]:
    """A fresh context of 1440 × 900. A defect in a script of ours fails the test that met it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    defects: list[str] = []
    opened.on("pageerror", lambda error: defects.append(str(error)))
    opened.on("console", lambda said: defects.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    context.close()
    assert defects == []
    assert keeper.defects == []
