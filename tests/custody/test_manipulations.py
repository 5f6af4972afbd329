"""Whatever somebody without a key does to footage, catalogue and index of a stopped office: it is named, or the index
is made anew and says so, or it changes nothing of what is shown. And nothing is ever shown that a camera did not record
there (INV-26).
"""

from __future__ import annotations

import contextlib
import functools
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from appliance.clock import SLOT_NS
from appliance.custody.index.derived import DerivedDatabase
from appliance.custody.keys.vault import StoredKey
from appliance.custody.ring.ring import Ring, Stretch
from appliance.custody.verification import verify_all
from appliance.custody.viewings.footage import Footage
from appliance.custody.viewings.grants import Grants
from appliance.errors import Damaged, NotFound, RecorderError, Unavailable
from appliance.model import Span
from appliance.recorder.segment import SegmentOpener
from appliance.rules.deadlines import DAY_NS
from tests.custody.manipulations import MANIPULATIONS, NOTHING_LEFT, OF_FOOTAGE, Disk
from tests.custody.ringcases import OPEN, RING, MovingClock
from tests.custody.viewing import NOON_NS, PASSWORD, Office
from tests.darkroom.films import film
from tests.faults.memory_fs import MemoryFs
from tests.faults.mutants import caught_by
from tests.sampling import Sample

SECOND_NS = 1_000_000_000
START_NS = NOON_NS + 60 * DAY_NS - 5 * SECOND_NS
END_NS = START_NS + 40 * SECOND_NS
CAMERAS = ("C1", "C2")

Packets = dict[str, set[tuple[int, int, bytes]]]
"""By camera: (stream, instant, bytes) of everything that was handed to the darkroom."""


class Base:
    """An office with footage of two cameras over a slot's border: buckets of one and of two segments, one that lost its
    power, one that was destroyed; a case that may see all of it, and what lay on the disk at earlier moments."""

    def __init__(self, directory: Path) -> None:
        self.index = directory / "index.sqlite"
        clock = MovingClock(NOON_NS + 3600 * SECOND_NS)
        office = Office(clock=clock, path=str(self.index))
        self._files: list[Mapping[str, bytes]] = []
        self._indexes: list[bytes] = []
        self._keep(office)
        office.record_film(film(2), NOON_NS)
        self._keep(office)
        clock.go_to(START_NS - 3600 * SECOND_NS)
        office.destruction.routine()
        self._keep(office)
        office.record_film(film(8, sound="aac"), START_NS)
        self._keep(office)
        clock.go_to(END_NS)
        one, other = film(3), film(3, first=200, width=640)
        arrivals = {id(p): START_NS + 10 * SECOND_NS + round(one.seconds(p) * 1e9) for p in one.packets}
        arrivals |= {id(p): START_NS + 16 * SECOND_NS + round(other.seconds(p) * 1e9) for p in other.packets}
        items = [one.streams, *one.packets, other.streams, *other.packets]
        office.record_items(items, lambda packet: arrivals[id(packet)], camera_no="C2")
        office.record_film(film(4, first=400), START_NS + 22 * SECOND_NS, camera_no="C2", close=False)
        self._keep(office)
        office.recovery.at_hello([], END_NS)
        clock.go_to(END_NS + SLOT_NS)
        self.case = office.granted(START_NS, END_NS, *CAMERAS)
        office.close()
        assert isinstance(office.fs, MemoryFs)
        self.fs, self.now_ns = office.fs, clock.now_ns
        self.kept = self.index.read_bytes()
        assert not Path(f"{self.index}-wal").exists()

    def _keep(self, office: Office) -> None:
        assert isinstance(office.fs, MemoryFs)
        self._files.append(office.fs.files())
        copy = self.index.with_name("copy.sqlite")
        with contextlib.closing(sqlite3.connect(self.index)) as db, contextlib.closing(sqlite3.connect(copy)) as to:
            db.backup(to)
        self._indexes.append(copy.read_bytes())

    def disk(self, directory: Path) -> Disk:
        """A copy to manipulate."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        path = directory / "index.sqlite"
        path.write_bytes(self.kept)
        files = [files for files in self._files if any(name.endswith(".seg") for name in files)]
        return Disk(self.fs.snapshot(), path, tuple(files), tuple(self._indexes))

    @contextlib.contextmanager
    def opened(self, disk: Disk) -> Iterator[Office]:
        """The office as its next start finds it."""
        office = Office(disk.fs, clock=MovingClock(self.now_ns), seed="again", path=str(disk.index))
        try:
            yield office
        finally:
            office.close()


class Ended(NamedTuple):
    """How a manipulation ended: who named it, and what was shown before and after ``verify``."""

    named: frozenset[str]
    shown: Packets
    after: Packets
    bad: tuple[str, ...]


def shown_of(office: Office, token: str, case: str) -> tuple[Packets, bool]:
    """What two people can see of the case, and whether anything was told to be amiss."""
    shown: Packets = {camera: set() for camera in CAMERAS}
    told = len(office.damage)
    try:
        grant = office.grants.open(token, case, PASSWORD)
    except (Unavailable, Damaged):
        return shown, True
    amiss = False
    for camera in CAMERAS:
        where: int | None = START_NS
        while where is not None:
            office.darkroom.fed.clear()
            try:
                media = office.playback.media(grant, camera, where, 10)
                for _ in media.blocks:
                    pass
            except Unavailable:
                amiss, media = True, None
            shown[camera] |= {(each.stream, each.pts_ns, bytes(each.data)) for each in office.darkroom.fed}
            later = where + 10 * SECOND_NS if media is None else media.next_ns
            where = later if later is not None and where < later < END_NS else None
    gaps = [gap for told_of in office.playback.timeline(grant).values() for gap in told_of.gaps]
    amiss = amiss or any(gap.cause == "damaged" for gap in gaps)
    with contextlib.suppress(NotFound):
        office.grants.end_of_session(grant.session_id, "over")
    return shown, amiss or len(office.damage) > told


def ended(base: Base, disk: Disk) -> Ended:
    nothing: Packets = {camera: set() for camera in CAMERAS}
    try:
        with base.opened(disk) as office:
            named = {"rebuilt"} if office.index.rebuilt else set()
            token = office.two()
            shown, amiss = shown_of(office, token, base.case)
            named |= {"viewing"} if amiss else set()
            try:
                named |= {"scrub"} if office.scrub.step(1 << 26) else set()
            except RecorderError:
                named.add("scrub")
            bad = tuple(each.what for each in verify_all(office.ring, office.ledger).bad)
            named |= {"verify"} if bad else set()
            after, _ = shown_of(office, token, base.case)
            again = tuple(each.what for each in verify_all(office.ring, office.ledger).bad)
            assert "index changed" not in again, "it was made anew"
            assert set(bad) - {"index changed"} == set(again)
            return Ended(frozenset(named), shown, after, bad)
    except RecorderError:
        return Ended(frozenset({"start"}), nothing, nothing, ("start",))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return Base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def whole(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Packets:
    """What is shown of the office as it was left, of which nothing is amiss."""
    found = ended(base, base.disk(tmp_path_factory.mktemp("whole") / "disk"))
    assert found.named == frozenset()
    assert found.shown == found.after
    assert [len(found.shown[camera]) > 60 for camera in CAMERAS] == [True, True]
    return found.shown


def _footage(disk: Disk) -> dict[str, bytes]:
    """Every file of footage by its name. Where a closed one lies again in ``open/``, an interruption may have left it;
    the start moves it on."""
    files = sorted(disk.fs.files().items())
    return {path.rpartition("/")[2]: data for path, data in files if path.startswith((f"{RING}/", f"{OPEN}/"))}


def check(base: Base, whole: Packets, directory: Path, some: random.Random, happened: Counter[str]) -> None:
    """One or two manipulations, and how they end."""
    disk = base.disk(directory)
    before, done = _footage(disk), []
    drawn = some.choices(MANIPULATIONS, k=some.choice((1, 1, 2)))
    for manipulation in drawn:
        with contextlib.suppress(*NOTHING_LEFT):
            done.append(manipulation(disk, some))
    what = " and ".join(filter(None, done))
    if not what:
        return
    now = _footage(disk)
    changed = any(now.get(name) != data for name, data in before.items())
    try:
        found = ended(base, disk)
    except Exception as error:
        raise AssertionError(f"{what}: {error!r}") from error
    for shown in (found.shown, found.after):
        for camera in CAMERAS:
            assert shown[camera] <= whole[camera], f"{what}: shown of {camera} and never recorded there"
    if found.shown != whole:
        assert found.named, f"{what}: pictures are missing and nobody says so"
        if set(drawn) <= set(OF_FOOTAGE):
            assert found.named & {"viewing", "start"}, f"{what}: pictures are missing and the viewing does not say so"
    if found.after != whole:
        assert set(found.bad) > {"index changed"} or "index changed" not in found.bad, f"{what}: still missing"
        assert found.bad, f"{what}: pictures are missing and verify says nothing"
    if changed:
        assert found.bad, f"{what}: files of footage changed and verify says nothing"
    happened["named" if found.named - {"rebuilt"} else "made anew" if found.named else "without effect"] += 1
    for each in found.named:
        happened[f"by {each}"] += 1


def test_INV_26_a_manipulation_is_named_or_mended_or_changes_nothing(
    base: Base, whole: Packets, tmp_path: Path, sample: Sample
) -> None:
    happened: Counter[str] = Counter()
    for number in range(60):
        check(base, whole, tmp_path / "disk", random.Random(f"{sample.seed} {number}"), happened)
    assert happened["named"] > 30
    print(dict(happened))


@pytest.mark.long
def test_INV_26_ten_thousand_manipulations(base: Base, whole: Packets, tmp_path: Path) -> None:
    happened: Counter[str] = Counter()
    for number in range(10_000):
        check(base, whole, tmp_path / "disk", random.Random(f"long {number}"), happened)
    print(dict(happened))
    assert min(happened[each] for each in ("named", "made anew", "without effect")) > 100
    assert min(happened[f"by {each}"] for each in ("verify", "scrub", "viewing", "rebuilt", "start")) > 100


def test_what_the_case_may_see_lies_in_the_buckets_that_are_tried(base: Base, tmp_path: Path) -> None:
    """Two cameras, one with two segments in a bucket and one that was cut off; a destroyed one is gone."""
    with base.opened(base.disk(tmp_path / "disk")) as office:
        found = {camera: office.ring.find(camera, Span(START_NS, END_NS)) for camera in CAMERAS}
        assert [len(each.segments) for each in found["C1"]] == [1, 1]
        assert sorted(len(each.segments) for each in found["C2"]) == [1, 2]
        assert [s.complete for each in found["C2"] for s in each.segments].count(False) == 1
        assert office.index._rows("SELECT count(*) FROM destroyed") == [(1,)]


# --- the check itself ---


def _verify_trusts_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DerivedDatabase, "anew", contextlib.nullcontext)


def _a_grant_trusts_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    def stored(grants: Grants, stretches: dict[str, list[Stretch]]) -> dict[str, StoredKey]:
        ids = [each.bucket_id for found in stretches.values() for each in found]
        return {each: record for each in ids if (record := grants._key_store.sealed(each))}

    monkeypatch.setattr(Ring, "find_proven", Ring.find)
    monkeypatch.setattr(Grants, "_stored", stored)


def _a_segment_is_shown_as_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    def checked(footage: Footage, part: Any, key: bytearray) -> tuple[SegmentOpener, str]:
        read_at = functools.partial(footage._shelves.read_at, part.bucket_id, part.file.number)
        return SegmentOpener(read_at, part.file.bytes, key), ""

    monkeypatch.setattr(Footage, "_checked", checked)


BROKEN = (_verify_trusts_the_index, _a_grant_trusts_the_index, _a_segment_is_shown_as_it_lies)


@pytest.mark.parametrize("broken", BROKEN)
def test_the_manipulations_catch_an_office_where(
    broken: Callable[[pytest.MonkeyPatch], None],
    base: Base,
    whole: Packets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken(monkeypatch)

    def try_many() -> None:
        for number in range(400):
            check(base, whole, tmp_path / "disk", random.Random(f"broken {number}"), Counter())

    assert caught_by(try_many)
