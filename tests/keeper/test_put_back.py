"""``T-58`` in a real office: an older copy of its footage disk, its key store or its catalogue is put back after a
destruction. What was destroyed opens for nobody, its files go again, and a finding says so."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.clock import SystemClock, slot_start_ns
from appliance.core.errors import Unavailable
from appliance.core.model import Span
from appliance.installation.office import open_installation
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.keeper.verifying import verification
from appliance.rules.deadlines import DAY_NS
from appliance.storage.files import RealFs
from tests.box import OFFICER, Box, make_box, testcard
from tests.footage import FilmClock, film_past

_HOUR_NS = 3600 * 10**9
_ALWAYS = Span(0, 1 << 62)


class Destroyed:
    """An office with a footage disk of its own, of which bucket ``old`` was destroyed and ``young`` was not. ``before``
    has a copy of everything from before."""

    def __init__(self, box: Box, before: Path) -> None:
        self.box, self.before = box, before
        self.footage, self.keeper = Path(box.settings.layout.footage), Path(box.settings.layout.keeper)
        box.start("keeper")
        (self.old,) = film_past(box, "01", slot_start_ns(box.made_ns) - 20 * DAY_NS, 2).buckets
        (self.young,) = film_past(box, "01", slot_start_ns(box.made_ns) - 5 * DAY_NS, 2).buckets
        box.stop()
        for directory in (self.footage, self.keeper):
            shutil.copytree(directory, before / directory.name)
        self.clock = FilmClock(box.made_ns + 30 * DAY_NS)
        with self.open() as keeper:
            house = housekeeping(keeper)
            for _ in range(3):
                house.turn()
                self.clock.at_ns += _HOUR_NS
            assert self.old not in keeper.stores.office.key_store
            assert self.young in keeper.stores.office.key_store
        assert not self.files()

    def open(self) -> contextlib.AbstractContextManager[Keeper]:
        return open_keeper(self.box.settings, RealFs(), self.clock)

    def files(self) -> list[str]:
        return [path.name for path in self.footage.rglob(f"{self.old}*")]

    def put_back(self, directory: Path) -> None:
        """A directory as it was before."""
        shutil.rmtree(directory)
        shutil.copytree(self.before / directory.relative_to(self._top(directory).parent), directory)

    def _top(self, directory: Path) -> Path:
        return self.footage if directory.is_relative_to(self.footage) else self.keeper


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Destroyed]:
    footage = tmp_path / "footage"
    footage.mkdir()
    kind = functools.partial(Box, more=f'footage = "{footage}"')
    with make_box(tmp_path / "office", [testcard("01")], kind=kind) as box:
        yield Destroyed(box, tmp_path / "before")


def told(keeper: Keeper, key: str) -> str:
    return next((each.text for each in keeper.findings.all() if each.key == key), "")


def gone(office: Destroyed, keeper: Keeper) -> None:
    assert office.files() == []
    assert [each.bucket_id for each in keeper.ring.find("01", _ALWAYS)] == [office.young]
    assert any(entry.kind == "destroy.repeated" for entry in keeper.ledger.entries())


def test_T_58_an_older_copy_of_the_footage_disk_brings_nothing_back(office: Destroyed) -> None:
    office.put_back(office.footage)
    assert office.files(), "it is back before"
    with office.open() as keeper:
        gone(office, keeper)
        assert "older copy of the disk was put back; 1 files of destroyed footage" in told(keeper, "destroyed-back")
        assert told(keeper, "disk-older")
        house = housekeeping(keeper)
        for _ in range(3):
            house.turn()
            office.clock.at_ns += 60 * 10**9
        assert told(keeper, "destroyed-back"), "it stands while the older copy is there"


def test_T_58_neither_while_the_keeper_runs(office: Destroyed) -> None:
    with office.open() as keeper:
        house = housekeeping(keeper)
        house.turn()
        office.put_back(office.footage)
        office.clock.at_ns += 2 * 10**9
        house.turn()
        gone(office, keeper)
        assert told(keeper, "destroyed-back")


def test_T_58_nor_does_an_older_key_store_with_its_anchor(office: Destroyed) -> None:
    for name in ("keys", "anchor"):
        office.put_back(office.keeper / name)
    office.put_back(office.footage)
    layout, clock = office.box.settings.layout, SystemClock(assume_trusted=True)
    alone = open_installation(RealFs(), layout, clock, storage=office.box.settings.storage)
    assert office.old in alone.key_store, "the store alone opens it: so this test can fail"
    with office.open() as keeper:
        assert "an older key store was put back with its anchor" in told(keeper, "keys-shut")
        with pytest.raises(Unavailable), keeper.keyholders.unlock(OFFICER.name, OFFICER.password):
            pass
        with pytest.raises(Unavailable):
            keeper.stores.office.key_store.sealed(office.old)
        gone(office, keeper)


def test_T_58_nor_an_older_catalogue_with_its_index(office: Destroyed) -> None:
    office.put_back(office.keeper / "catalogue")
    for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
        (office.keeper / name).unlink(missing_ok=True)
        if (old := office.before / office.keeper.name / name).exists():
            shutil.copy(old, office.keeper / name)
    office.put_back(office.footage / "ring")
    assert os.path.exists(office.keeper / "index.sqlite")
    with office.open() as keeper:
        gone(office, keeper)
        assert "an older catalogue was put back; 1 destroyed buckets" in told(keeper, "destroyed-back")
        *_, last = verification(keeper.stores)
        assert last["found"]["ok"], last
