"""One office a file: it takes a second to put everybody in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.keeper.composition import open_keeper
from appliance.services.scans.check import ScanChecker
from appliance.storage.files import RealFs
from tests.access.office import Office
from tests.box import Box, make_box, testcard
from tests.footage import FilmClock
from tests.keeper.looking import look_with
from tests.sandbox.test_service import Running


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with make_box(tmp_path_factory.mktemp("everybody") / "office", [testcard("01"), testcard("02")]) as made:
        yield made


@pytest.fixture(scope="module")
def office(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clock, running = FilmClock(box.made_ns), Running(tmp_path_factory.mktemp("darkroom"))
    try:
        with open_keeper(box.settings, RealFs(), clock) as keeper:
            look_with(keeper, ScanChecker(running.darkroom, clock))
            yield Office(keeper, clock)
    finally:
        running.stop()
