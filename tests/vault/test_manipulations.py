"""Whatever somebody without a key does to the disk of a stopped office: it is named, or what was touched is made anew
and said to be, or it changes nothing of what people are told. And nothing is ever shown that no camera recorded there
(INV-26). Only where all of the ledger, or of the disk, is put back as it was does a head that left the box decide.
"""

from __future__ import annotations

import contextlib
import functools
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from appliance.core.model import Span
from appliance.formats.segment import SegmentOpener
from appliance.installation.office import Installation
from appliance.ledger.last_head import LastHead
from appliance.services.viewing.buckets import BucketOpener
from appliance.services.viewing.footage import Footage
from appliance.storage import boot_files
from appliance.vault.index.derived import DerivedDatabase
from appliance.vault.keys.vault import StoredKey
from appliance.vault.ring.ring import Ring, Stretch
from tests.faults.mutants import caught_by
from tests.sampling import Sample
from tests.vault.judgement import ANEW, Ended, ended, found_by_kept_head
from tests.vault.keymanipulations import PLACES, everything_put_back, key_planted, ledger_put_back_with_its_heads
from tests.vault.manipulations import NOTHING_LEFT, OF_FOOTAGE, Manipulation
from tests.vault.stoppedoffice import CAMERAS, END_NS, START_NS, Disk, StoppedOffice

PARTS, OF_A_PART = 40, 250
_MEMORY = "/dev/shm"


class Tried(NamedTuple):
    """An office, a folder for what a draw needs, and how it ends when nothing is done to it."""

    office: StoppedOffice
    whole: Ended


@pytest.fixture(scope="module")
def tried() -> Iterator[Tried]:
    """In memory where there is a disk in memory: SQLite waits for a real one."""
    directory = Path(tempfile.mkdtemp(dir=_MEMORY if os.path.isdir(_MEMORY) else None))
    try:
        office = StoppedOffice(directory)
        whole = ended(office, office.disk())
        assert whole.named == frozenset(), "nothing is amiss"
        assert [len(whole.shown[camera]) > 60 for camera in CAMERAS] == [True, True]
        assert whole.output is not None
        assert whole.output.boot is not None
        yield Tried(office, whole)
    finally:
        shutil.rmtree(directory)


def _footage(disk: Disk) -> dict[str, bytes]:
    """Every file of footage by its name. Where a closed one lies again in ``open/``, an interruption may have left it;
    the start moves it on."""
    files = sorted(disk.fs.files().items())
    return {
        path.rpartition("/")[2]: data for path, data in files if path.startswith((f"{disk.ring}/", f"{disk.open}/"))
    }


class Draw(NamedTuple):
    """``place``: the kind of place, "two places" where two were touched."""

    place: str
    done: tuple[Manipulation, ...]
    what: str


def drawn(disk: Disk, some: random.Random, among: Sequence[str] = tuple(PLACES)) -> Draw:
    """One manipulation, or two together, carried out in places of these kinds."""
    if some.random() < 0.01:
        return Draw("everything", (everything_put_back,), everything_put_back(disk, some))
    places, done, told = [], [], []
    for _ in range(some.choice((1, 1, 2))):
        place = some.choice(among)
        manipulation = some.choice(PLACES[place])
        with contextlib.suppress(*NOTHING_LEFT):
            if what := manipulation(disk, some):
                places.append(place)
                done.append(manipulation)
                told.append(what)
    return Draw(places[0] if len(set(places)) == 1 else "two places", tuple(done), " and ".join(told))


def check(
    tried: Tried, some: random.Random, happened: Counter[tuple[str, str]], among: Sequence[str] = tuple(PLACES)
) -> None:
    """One draw, how it ends, and that this is one of the ways in which it may."""
    office, whole = tried
    while True:  # some find nothing to do, or put there what lies there
        disk = office.disk()
        before = _footage(disk)
        if (draw := drawn(disk, some, among)).what:
            break
    by_head = {everything_put_back, ledger_put_back_with_its_heads} & set(draw.done)
    found_outside = bool(by_head) and found_by_kept_head(office, disk)
    now = _footage(disk)
    try:
        found = ended(office, disk)
    except Exception as error:
        raise AssertionError(f"{draw.what}: {error!r}") from error
    _never_falsely(draw, whole, found, found_outside=found_outside)
    happened[draw.place, "tried"] += 1
    if draw.place == "everything" or (by_head and not found.named - ANEW and not _same(whole, found)):
        assert found_outside, f"{draw.what}: told as good, and a head from outside says nothing"
        happened[draw.place, "found by a kept head alone"] += 1
        return
    changed = any(now.get(name) != data for name, data in before.items())
    _named_where_it_must(draw, whole, found, changed=changed, found_outside=found_outside)
    if found.named - ANEW:
        happened[draw.place, "named"] += 1
    else:
        happened[draw.place, "made anew" if found.named else "without effect"] += 1
    for each in ("start", "verify", "scrub", "viewing", "ledger-altered", "keys-shut"):
        happened["by", each] += each in found.named


def _never_falsely(draw: Draw, whole: Ended, found: Ended, *, found_outside: bool) -> None:
    for shown in (found.shown, found.after):
        for camera in CAMERAS:
            assert shown[camera] <= whole.shown[camera], f"{draw.what}: shown of {camera} and never recorded there"
    if found.output and whole.output and found.output.generation and not found_outside and "ledger" not in found.bad:
        assert found.output.slots <= whole.output.slots, f"{draw.what}: a slot that was voided opens the vault"
        assert found.output.generation >= whole.output.generation, f"{draw.what}: an older key store is in force"
    if found.output and found.output.boot is not None:
        assert whole.output
        assert whole.output.boot
        (keys, registry), (own, own_registry) = found.output.boot, whole.output.boot
        assert (keys[:2], registry) == (own[:2], own_registry), f"{draw.what}: a recorder is told something else"
    if found.recorder is not None and key_planted not in draw.done:
        (keys, registry), (own, own_registry) = found.recorder, whole.recorder or (None, None)
        assert own is not None
        assert registry == own_registry, f"{draw.what}: a recorder alone takes another registry"
        assert keys[:2] == own[:2], f"{draw.what}: a recorder alone seals to another key"


def _same(whole: Ended, found: Ended) -> bool:
    return (found.shown, found.after, found.output) == (whole.shown, whole.after, whole.output)


def _named_where_it_must(draw: Draw, whole: Ended, found: Ended, *, changed: bool, found_outside: bool) -> None:
    """``changed``: a file of footage is not what it was. ``found_outside``: by a head that left the box."""
    if not found.named:
        assert _same(whole, found), f"{draw.what}: people are told something else and nobody says why"
        assert found.recorder in (None, whole.recorder), f"{draw.what}: a recorder takes it and the keeper says nothing"
    if found.shown != whole.shown and draw.done and set(draw.done) <= set(OF_FOOTAGE):
        assert found.named & {"viewing", "start"}, f"{draw.what}: pictures are missing, the viewing does not say so"
    if found.after != whole.shown:
        assert set(found.bad) - {"index changed"} or found.named - ANEW, f"{draw.what}: pictures are still missing"
    if changed:
        assert found.bad, f"{draw.what}: files of footage changed and verify says nothing"
    if found.output and whole.output and found.output.entries != whole.output.entries and not found_outside:
        assert "ledger" in found.bad, f"{draw.what}: the ledger is another and verify says nothing"


def test_INV_26_a_manipulation_is_named_or_mended_or_changes_nothing(tried: Tried, sample: Sample) -> None:
    happened: Counter[tuple[str, str]] = Counter()
    for number in range(80):
        check(tried, random.Random(f"{sample.seed} {number}"), happened)
    assert sum(count for (_, how), count in happened.items() if how == "named") > 30


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_INV_26_ten_thousand_manipulations(part: int, tried: Tried, capsys: pytest.CaptureFixture[str]) -> None:
    """In parts, so that they spread; each has enough to show that no judge of it is blind."""
    happened: Counter[tuple[str, str]] = Counter()
    for number in range(part * OF_A_PART, (part + 1) * OF_A_PART):
        check(tried, random.Random(f"long {number}"), happened)
    with capsys.disabled():
        print(f"\nmanipulations {part}: { {' / '.join(key): count for key, count in sorted(happened.items())} }")
    ends = Counter[str]()
    for (_, how), count in happened.items():
        ends[how] += count
    assert min(ends[how] for how in ("named", "made anew", "without effect")) > 5
    assert min(happened["by", each] for each in ("verify", "scrub", "viewing", "start", "ledger-altered")) > 0


def test_a_whole_disk_put_back_is_found_by_a_head_that_left_the_box(tried: Tried) -> None:
    """At every moment of which there is a copy. The office itself cannot know: it counts apart."""
    for moment in tried.office.disk().older:
        disk = tried.office.disk()
        assert everything_put_back(disk._replace(older=(moment,)), random.Random(0))
        assert found_by_kept_head(tried.office, disk)
        assert not found_by_kept_head(tried.office, tried.office.disk())


def test_what_the_case_may_see_lies_in_the_buckets_that_are_tried(tried: Tried) -> None:
    """Two cameras, one with two segments in a bucket and one that was cut off; a destroyed one is gone."""
    with tried.office.opened(tried.office.disk()) as keeper:
        found = {camera: keeper.ring.find(camera, Span(START_NS, END_NS)) for camera in CAMERAS}
        assert [len(each.segments) for each in found["C1"]] == [1, 1]
        assert sorted(len(each.segments) for each in found["C2"]) == [1, 2]
        assert [s.complete for each in found["C2"] for s in each.segments].count(False) == 1
        assert keeper.ring.index._rows("SELECT count(*) FROM destroyed") == [(1,)]
        assert keeper.stores.office.key_store.generation > 3


# --- the check itself ---


def _verify_trusts_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DerivedDatabase, "anew", lambda index: contextlib.nullcontext(index))


def _a_grant_trusts_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    def stored(opener: BucketOpener, stretches: dict[str, list[Stretch]]) -> dict[str, StoredKey]:
        ids = [each.bucket_id for found in stretches.values() for each in found]
        return {each: record for each in ids if (record := opener._key_store.sealed(each))}

    monkeypatch.setattr(Ring, "find_proven", Ring.find)
    monkeypatch.setattr(BucketOpener, "stored", stored)


def _a_segment_is_shown_as_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    def checked(footage: Footage, part: Any, key: bytearray) -> tuple[SegmentOpener, str]:
        read_at = functools.partial(footage._shelves.read_at, part.bucket_id, part.file.number)
        return SegmentOpener(read_at, part.file.bytes, key), ""

    monkeypatch.setattr(Footage, "_checked", checked)


def _a_ledger_is_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LastHead, "_compare", lambda last: None)


def _an_older_key_store_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Installation, "check_not_put_back", lambda office, ledger: None)


def _a_recorder_takes_any_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot_files, "key_is_signed", lambda *_: True)


BROKEN: Mapping[Callable[[pytest.MonkeyPatch], None], str] = {
    _verify_trusts_the_index: "index",
    _a_grant_trusts_the_index: "index",
    _a_segment_is_shown_as_it_lies: "ring",
    _a_ledger_is_what_it_is: "ledger",
    _an_older_key_store_is_taken: "key store",
    _a_recorder_takes_any_key: "boot",
}
"""With the kind of place where it tells."""


@pytest.mark.parametrize(("broken", "place"), BROKEN.items())
def test_the_manipulations_catch_an_office_where(
    broken: Callable[[pytest.MonkeyPatch], None], place: str, tried: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)

    def try_many() -> None:
        for number in range(400):
            check(tried, random.Random(f"a mutant {number}"), Counter(), [place])

    assert caught_by(try_many)
