"""A real Chromium that trusts a test's CA the way an office PC would: by import into its certificate store."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.patience import PATIENCE_SECONDS

__all__ = ["ARGUMENTS", "chromium", "trust"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]


def trust(home: Path, authority: Path) -> None:
    """Adds ``authority`` to what browsers under this home trust."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for command in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "office recorder CA", "-i", str(authority)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *command], check=True, capture_output=True)


_PATIENCE_MS = PATIENCE_SECONDS * 1000


class PatientBrowser:
    """A browser whose pages wait as long as every test does for what must come. Whatever else is asked is its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def new_context(self, **options: Any) -> BrowserContext:
        context = self._browser.new_context(**options)
        context.set_default_timeout(_PATIENCE_MS)
        return context

    def new_page(self, **options: Any) -> Page:
        page = self._browser.new_page(**options)
        page.set_default_timeout(_PATIENCE_MS)
        return page

    def __getattr__(self, name: str) -> Any:
        return getattr(self._browser, name)


@contextmanager
def chromium(home: Path, authority: Path) -> Iterator[Browser]:
    """Launched with ``home`` as its home, where only ``authority`` was added to what it trusts."""
    trust(home, authority)
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=ARGUMENTS, env=environment
        )
        try:
            yield cast(Browser, PatientBrowser(browser))
        finally:
            browser.close()
