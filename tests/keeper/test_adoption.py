"""A footage disk that died is replaced: by an act at the console, never by what happens to be mounted."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli import wiring
from appliance.core.errors import Refused, UsageError
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.keeper.stores import open_stores
from appliance.keeper.verifying import verification
from appliance.storage.files import RealFs
from appliance.storage.footage_disk import DiskLabel, label_of, write_label
from appliance.vault.ring.adoption import adopt
from tests.box import Box, make_box, testcard
from tests.footage import FilmClock, film_past


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """An office with a footage place of its own and one bucket in it; nothing runs."""
    footage = tmp_path / "footage"
    footage.mkdir()
    kind = functools.partial(Box, more=f'footage = "{footage}"')
    with make_box(tmp_path / "office", [testcard("01")], kind=kind) as made:
        made.start("keeper")
        film_past(made, "01", made.made_ns, 1.5)
        made.kill(how=signal.SIGTERM)
        yield made


@pytest.fixture
def clock(box: Box) -> FilmClock:
    return FilmClock(box.made_ns)


def _adopt(box: Box, clock: FilmClock) -> DiskLabel:
    with open_stores(box.settings, RealFs(), clock) as stores:
        return adopt(RealFs(), box.settings.layout, stores.disk, stores.ring, stores.ledger, os.urandom)


def _keys(keeper: Keeper) -> list[str]:
    """Of what is open, but for the index that each adoption makes anew."""
    housekeeping(keeper).turn()
    return [each.key for each in keeper.findings.all() if each.key != "index-rebuilt"]


def test_an_empty_disk_is_taken_into_use_and_the_old_one_is_then_another(box: Box, clock: FilmClock) -> None:
    footage = Path(box.settings.layout.footage)
    old = footage.rename(footage.with_name("old"))
    footage.mkdir()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "disk-missing" in _keys(keeper)
    label = _adopt(box, clock)
    assert label.ring != label_of(RealFs(), str(old)).ring
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert [key[:7] for key in _keys(keeper)] == ["damage-"]
        (entry,) = [each.fields for each in keeper.ledger.entries() if each.kind == "disk.adopted"]
        assert (entry["was"], entry["ring"]) == ("missing", label.ring)
    footage.rename(footage.with_name("new"))
    old.rename(footage)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "disk-foreign" in _keys(keeper)


def test_an_older_copy_is_taken_into_use_where_nothing_better_is_left(box: Box, clock: FilmClock) -> None:
    label = Path(box.settings.layout.footage, "footage.id")
    copy = label.read_bytes()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        for _ in range(2):
            clock.at_ns += 3600 * 10**9
            housekeeping(keeper).turn()
        label.write_bytes(copy)
        assert "disk-older" in _keys(keeper)
    _adopt(box, clock)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert _keys(keeper) == []
        *_, last = verification(keeper.stores)
        assert last["found"]["ok"]


def test_another_office_s_disk_and_one_that_nobody_labelled_are_refused(box: Box, clock: FilmClock) -> None:
    layout = box.settings.layout
    before = label_of(RealFs(), layout.footage)
    write_label(RealFs(), layout.footage, DiskLabel(appliance="ab" * 16, ring="cd" * 16))
    with pytest.raises(Refused, match="another office's recorder"):
        _adopt(box, clock)
    os.unlink(os.path.join(layout.footage, "footage.id"))
    with pytest.raises(UsageError, match="holds files but the disk has no label"):
        _adopt(box, clock)
    write_label(RealFs(), layout.footage, before)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert _keys(keeper) == []
        assert not [each for each in keeper.ledger.entries() if each.kind == "disk.adopted"]


def test_an_empty_mount_point_is_never_adopted(box: Box) -> None:
    with pytest.raises(UsageError, match="nothing is mounted there"):
        wiring.adopt_disk(box.settings)
