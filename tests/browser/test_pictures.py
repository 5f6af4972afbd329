"""The pictures of the README can be taken anew at any time, and are as small as a page of text wants them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.browser.pictures import MOST_BYTES, NAMES, WIDTH, take

pytestmark = [pytest.mark.browser, pytest.mark.papers]


def test_the_pictures_of_the_readme_are_taken_from_a_running_office(tmp_path: Path) -> None:
    work, folder = tmp_path / "work", tmp_path / "pictures"
    work.mkdir()
    folder.mkdir()
    take(folder, work)
    for name in NAMES:
        with Image.open(folder / name) as taken:
            assert taken.width == WIDTH, name
            assert len(taken.getcolors() or ()) > 8, f"{name}: nothing is on it"
        assert (folder / name).stat().st_size <= MOST_BYTES, name
