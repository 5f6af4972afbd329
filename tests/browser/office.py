"""A whole office of real processes, and a browser that trusts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.box import Box, make_box, testcard
from tests.browser.chromium import chromium

__all__ = ["office_in"]


@contextmanager
def office_in(
    directory: Path, cameras: Sequence[str], *, recorded: bool = False, kind: Callable[..., Box] = Box
) -> Iterator[tuple[Box, Browser]]:
    """Its processes run; the recorder, too, where the cameras, test cards, are ``recorded``."""
    with make_box(directory / "office", [testcard(number) for number in cameras], kind=kind) as box:
        box.start("keeper", "darkroom", *(("recorder",) if recorded else ()), "web")
        if recorded:
            box.recording(*cameras)
        (directory / "home").mkdir()
        with chromium(directory / "home", Path(box.installed.ca_path)) as browser:
            yield box, browser
