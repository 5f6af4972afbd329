"""A real Chromium that trusts a test's CA the way an office PC would: by import into its certificate store."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

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
            yield browser
        finally:
            browser.close()
