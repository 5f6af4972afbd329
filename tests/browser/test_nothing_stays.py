"""Nothing of a viewing stays on the PC: the browser's whole profile is searched for it after a viewing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, trust
from tests.browser.steps import end_viewing, open_viewing
from tests.web.clip import footage
from tests.web.keeper_double import PASSWORDS, START_NS, KeeperDouble
from tests.web.site import RunningSite

pytestmark = pytest.mark.browser

_FRAGMENT = b"moof\0\0\0\x10mfhd"
"""How each piece of footage begins after its length: the word alone stands in the player's own script too."""
_MARKS = {"fMP4": _FRAGMENT, "JPEG": b"\xff\xd8\xff", "drafts": "遺失皮夾".encode()}


def test_a_profile_holds_no_footage_picture_or_word_after_a_viewing(
    site: RunningSite, keeper: KeeperDouble, tmp_path: Path
) -> None:
    assert all(piece[4:].startswith(_FRAGMENT) for _, _, piece in footage(0, 0, 10))
    home, profile = tmp_path / "home", tmp_path / "profile"
    home.mkdir()
    trust(home, site.authority)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path="/usr/bin/chromium",
            headless=True,
            args=ARGUMENTS,
            env={**os.environ, "HOME": str(home)},
        )
        page = context.new_page()
        open_viewing(page, site.address, "1-01", "1-02")
        page.keyboard.press("k")
        page.wait_for_function("() => document.querySelector('or-player').playback.position > 3")
        key = f"{page.url}/key?camera=1-01&at_ns={START_NS}"
        assert page.evaluate("async (url) => (await (await fetch(url)).blob()).size", key) > 1000
        end_viewing(page, PASSWORDS["officer"])
        context.close()
    files = [file for file in profile.rglob("*") if file.is_file() and file.stat().st_size]
    assert len(files) > 20
    cached = [file for file in files if b"or-player" in file.read_bytes()]
    assert cached, "the search finds what does lie there: the site's scripts"
    found = {
        name: [file.relative_to(profile).as_posix() for file in files if mark in file.read_bytes()]
        for name, mark in _MARKS.items()
    }
    assert found["fMP4"] == []
    assert found["drafts"] == []
    assert [file for file in found["JPEG"] if "Cache" in file] == []
