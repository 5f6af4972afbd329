"""A keeper opened in this process, over a real office on a real disk, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.storage.files import RealFs
from tests.box import Box, make_box, testcard
from tests.footage import FilmClock
from tests.lockorder import LockOrder

ORDER = LockOrder()
"""Over all tests of this folder: two of them may show the halves of one circle."""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """An office of which nothing runs."""
    with make_box(tmp_path / "office", [testcard("01"), testcard("02")]) as made:
        yield made


@pytest.fixture
def clock(box: Box) -> FilmClock:
    return FilmClock(box.made_ns)


@pytest.fixture
def keeper(box: Box, clock: FilmClock) -> Iterator[Keeper]:
    """Whatever a test has it do, its locks are never taken in a circle."""
    with ORDER.watching(), open_keeper(box.settings, RealFs(), clock) as opened:
        yield opened
    assert not (circles := ORDER.circles()), "\n\n".join(map(ORDER.told, circles))
