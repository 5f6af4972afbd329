"""A segment that is missing is one finding with camera and seconds, whoever sees it first; it ends when it is back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.keeper.tasks import damage
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.storage.files import RealFs
from appliance.vault.ring.scrub import REST_NS
from tests.box import Box
from tests.footage import FilmClock, film_past

TOLD = "camera 01: segment "


@pytest.fixture
def filmed(box: Box) -> Box:
    """Two buckets of camera 01 of yesterday; nothing runs."""
    box.start("keeper")
    for hours in (4, 3):
        film_past(box, "01", box.made_ns - DAY_NS - hours * 3600 * 10**9, 1.5)
    box.kill("keeper")
    return box


def _files(box: Box) -> list[Path]:
    return sorted(Path(box.settings.layout.ring).rglob("*.seg"))


def _told(keeper: Keeper) -> list[str]:
    return [str(each.text) for each in keeper.findings.all() if each.key.startswith(("damage-", "file"))]


def _scrub(keeper: Keeper, clock: FilmClock) -> None:
    """After a day, whatever the running keeper has read already."""
    clock.at_ns += REST_NS
    house = housekeeping(keeper)
    for _ in range(3):
        house.turn()
        clock.at_ns += 61 * 10**9


def _without_index(box: Box) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(box.settings.layout.keeper, f"index.sqlite{suffix}").unlink(missing_ok=True)


@pytest.mark.parametrize("index_first", [True, False])
def test_INV_26_a_missing_file_is_one_finding_with_camera_and_seconds_whoever_sees_it_first(
    filmed: Box, clock: FilmClock, *, index_first: bool
) -> None:
    aside = Path(filmed.settings.layout.state, "aside")
    gone = _files(filmed)[0].rename(aside)
    if index_first:
        _without_index(filmed)
    with open_keeper(filmed.settings, RealFs(), clock) as keeper:
        assert len(_told(keeper)) == index_first
        _scrub(keeper, clock)
        (text,) = _told(keeper)
        assert text.startswith(TOLD)
        assert " is missing; lost 20" in text
    _without_index(filmed)
    with open_keeper(filmed.settings, RealFs(), clock) as keeper:
        _scrub(keeper, clock)
        assert _told(keeper) == [text]
        name = text.removeprefix(TOLD).split()[0]
        bucket_id, number = name.split(".")
        gone.rename(keeper.ring.shelves.ring_path(bucket_id, int(number)))
        _scrub(keeper, clock)
        assert _told(keeper) == [], "it is there again"


def test_a_stretch_of_the_disk_that_is_gone_is_one_finding_that_says_of_which_cameras(
    filmed: Box, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(damage, "_MOST_MISSING", 1)
    for path in _files(filmed):
        os.unlink(path)
    with open_keeper(filmed.settings, RealFs(), clock) as keeper:
        _scrub(keeper, clock)
        assert len(_told(keeper)) == 2, "the first alone, then all that follow"
    _without_index(filmed)
    with open_keeper(filmed.settings, RealFs(), clock) as keeper:
        (text,) = _told(keeper)
        assert "files that manifests name are not there" in text


def test_damage_of_footage_that_was_destroyed_in_its_time_is_over(filmed: Box, clock: FilmClock) -> None:
    path = _files(filmed)[0]
    path.write_bytes(bytes(path.stat().st_size))
    with open_keeper(filmed.settings, RealFs(), clock) as keeper:
        _scrub(keeper, clock)
        assert len(_told(keeper)) == 1
        clock.at_ns = start_ns_of(day_of(clock.at_ns)) + 50 * DAY_NS + 4 * 3600 * 10**9  # past the day's batch
        _scrub(keeper, clock)
        assert not _files(filmed)
        assert _told(keeper) == []
