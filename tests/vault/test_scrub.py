"""Scrubbing and verifying: rot, loss, changes and additions are found without a key, to the camera and the second."""

from __future__ import annotations

import hashlib
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Damaged, NotWritable
from appliance.core.model import Manifest, SegmentFile, Span
from appliance.formats.segment import HEADER_BYTES, SegmentOpener, scan
from appliance.formats.segment_files import segment_name
from appliance.installation.verification import Bad, verify_all
from appliance.rules.deadlines import DAY_NS
from appliance.vault.index.catalogue import Closed, Destroyed
from appliance.vault.ring.damage import lost_spans
from tests.faults.memory_fs import MemoryFs
from tests.vault.ringcases import MONDAY_NS, Store, days_later, key_of, new_disk, segment_bytes

SECOND = 1_000_000_000


@pytest.fixture
def store() -> Store:
    return Store(new_disk())


def path_of(store: Store, manifest: Manifest) -> str:
    return store.shelves.ring_path(manifest.bucket_id, 0)


def flip(store: Store, manifest: Manifest, byte: int) -> None:
    assert isinstance(store.fs, MemoryFs)
    store.fs.flip(path_of(store, manifest), 8 * byte + 3)


def test_a_whole_store_is_covered_in_small_steps_and_then_rests(store: Store) -> None:
    for n in range(4):
        store.record("C1", MONDAY_NS + n * SLOT_NS)
    since = store.clock.wall_ns()
    assert store.scrub.coverage(since).share == 0
    steps = 0
    while store.scrub.coverage(since).share < 1:
        assert store.scrub.step(100) == []
        steps += 1
    assert steps >= sum(len(d) for p, d in store.fs.files().items() if p.endswith(".seg")) // 100
    reads = len(store.fs.calls)
    store.scrub.step(10_000)
    assert not [call for call in store.fs.calls[reads:] if call.name == "read_at"], "a day's rest"
    store.clock.go_to(days_later(2))
    coverage = store.scrub.coverage(store.clock.wall_ns() - DAY_NS)
    assert (coverage.share, coverage.oldest_ns) == (0, since)
    store.scrub.step(10_000)
    assert store.scrub.coverage(store.clock.wall_ns() - DAY_NS).share == 1


def test_the_longest_unchecked_comes_first(store: Store) -> None:
    first = store.record("C1", MONDAY_NS)
    store.scrub.step(100_000)
    store.record("C2", MONDAY_NS)
    flip(store, first, 400)
    assert store.scrub.step(100_000) == [], "the new one; the other rests"
    store.clock.go_to(days_later(3))
    assert [damage.camera_no for damage in store.scrub.step(100_000)] == ["C1"]


def test_rot_is_named_to_the_camera_and_the_second(store: Store) -> None:
    manifest = store.record("C7", MONDAY_NS)
    data = store.fs.read(path_of(store, manifest))
    frames = scan(lambda at, n: data[at : at + n], len(data)).frames
    flip(store, manifest, frames[3].offset + 40)
    (damage,) = store.scrub.step(100_000)
    assert (damage.bucket_id, damage.number, damage.camera_no, damage.what) == (manifest.bucket_id, 0, "C7", "changed")
    assert damage.lost == (Span(MONDAY_NS + 120 * SECOND, MONDAY_NS + 240 * SECOND),)


def test_a_missing_file_and_a_cut_one_are_found(store: Store) -> None:
    gone, cut = store.record("C1", MONDAY_NS), store.record("C2", MONDAY_NS)
    store.fs.unlink(path_of(store, gone))
    assert isinstance(store.fs, MemoryFs)
    store.fs.put(path_of(store, cut), store.fs.read(path_of(store, cut))[:500])
    found = {damage.camera_no: damage for damage in store.scrub.step(100_000)}
    assert found["C1"].what == "missing"
    assert found["C1"].lost == (gone.span,)
    assert found["C2"].what == "size"
    assert found["C2"].lost[0].end_ns == cut.end_ns


def test_a_bucket_on_its_way_into_the_ring_is_read_to_its_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the recorder last said of a file's durable length no longer counts once the bucket is closed."""
    opened = store.record(close=False)
    store.ring.durable({segment_name(opened.bucket_id, 0): HEADER_BYTES + 10})

    def fails(*_: object) -> None:
        raise NotWritable("ring: cannot be renamed into")

    monkeypatch.setattr(store.shelves, "move", fails)
    with pytest.raises(NotWritable):
        store.recovery.at_hello([], opened.end_ns)
    assert store.scrub.step(1 << 20) == []
    again = Store(store.fs, store.clock)
    assert verify_all(again.ring, again.ledger).bad == (), "nor after a crash, before anything was finished"


def test_what_is_destroyed_while_it_is_read_is_no_damage(store: Store) -> None:
    old = store.record()
    store.scrub.step(200)
    store.clock.go_to(days_later(50))
    store.destruction.routine()
    assert store.index.closed(old.bucket_id) is None
    assert store.scrub.step(100_000) == []


# --- which seconds are lost ---

TIMES = list(range(0, 30_000, 500))
WHOLE = Span(MONDAY_NS, MONDAY_NS + 30 * SECOND)
GOOD = segment_bytes("ab" * 16, TIMES)
CUT_OFF = segment_bytes("ab" * 16, TIMES, footer=False)


def _lost(data: bytes, *, complete: bool = True) -> list[Span]:
    segment = SegmentFile(
        number=0,
        bytes=len(data),
        sha256="",
        frames=len(TIMES),
        start_ns=WHOLE.start_ns,
        end_ns=WHOLE.end_ns,
        complete=complete,
    )
    return lost_spans(lambda at, n: data[at : at + n], len(data), MONDAY_NS, segment)


def _flipped(data: bytes, *bits: int) -> bytes:
    changed = bytearray(data)
    for bit in bits:
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _dead(data: bytes) -> set[int]:
    """The numbers of the frames that no longer open."""
    table = scan(lambda at, n: GOOD[at : at + n], len(GOOD)).frames
    opener = SegmentOpener(lambda at, n: data[at : at + n], len(data), key_of("ab" * 16))
    dead = set()
    for frame in table:
        try:
            opener.open(frame)
        except Damaged:
            dead.add(frame.index)
    return dead


@settings(max_examples=300)
@given(st.lists(st.integers(8 * HEADER_BYTES, 8 * len(CUT_OFF) - 1), min_size=1, max_size=4), st.booleans())
def test_every_frame_that_no_longer_opens_is_inside_what_is_said_to_be_lost(bits: list[int], complete: bool) -> None:
    data = _flipped(GOOD if complete else CUT_OFF, *bits)
    dead, lost = _dead(data), _lost(data, complete=complete)
    for index in dead:
        at = Span(MONDAY_NS + TIMES[index] * 1_000_000, MONDAY_NS + (TIMES[index] + 500) * 1_000_000)
        assert any(span.contains(at) for span in lost), f"frame {index} is dead but not named"
    if dead:
        assert sum(span.seconds for span in lost) <= len(dead), "each with the second half of its neighbour at most"


@pytest.mark.parametrize("complete", [True, False])
def test_a_header_that_is_hit_loses_the_whole_file(complete: bool) -> None:
    data = GOOD if complete else CUT_OFF
    for bit in range(8 * HEADER_BYTES):
        assert _lost(_flipped(data, bit), complete=complete) == [WHOLE]


def test_a_footer_that_is_hit_loses_no_second() -> None:
    for bit in range(8 * len(CUT_OFF), 8 * len(GOOD), 7):
        assert _lost(_flipped(GOOD, bit)) == []


def test_a_thousand_flips_and_every_one_is_found_by_its_hash(store: Store, long_run: bool) -> None:
    manifest = store.record()
    whole = store.fs.read(path_of(store, manifest))
    rng = random.Random(7)
    assert isinstance(store.fs, MemoryFs)
    for _ in range(1000 if long_run else 100):
        store.fs.put(path_of(store, manifest), whole)
        store.fs.flip(path_of(store, manifest), rng.randrange(8 * len(whole)))
        store.clock.go_to(store.clock.wall_ns() + 2 * DAY_NS)
        (damage,) = store.scrub.step(1 << 20)
        assert damage.what == "changed"


# --- appliance verify ---


def bad(store: Store) -> list[tuple[str, str]]:
    return sorted((each.camera_no, each.what) for each in verify_all(store.ring, store.ledger).bad)


def test_a_sound_store_verifies_also_after_destruction(store: Store) -> None:
    store.record("C1", MONDAY_NS)
    store.record("C2", MONDAY_NS + 40 * DAY_NS)
    told: list[tuple[int, int]] = []
    report = verify_all(store.ring, store.ledger, lambda done, of: told.append((done, of)))
    assert (report.segments, report.bad) == (2, ())
    assert told == [(1, 2), (2, 2)]
    store.clock.go_to(days_later(50))
    store.destruction.routine()
    report = verify_all(store.ring, store.ledger)
    assert (report.segments, report.bad) == (1, ())


def test_INV_26_a_changed_missing_or_added_file_is_found(store: Store) -> None:
    changed, missing = store.record("C1"), store.record("C2")
    flip(store, changed, 300)
    store.fs.unlink(path_of(store, missing))
    assert isinstance(store.fs, MemoryFs)
    stranger = segment_name("ab" * 16, 0)
    store.fs.make_dir("/office/ring/ab")
    store.fs.put(f"/office/ring/ab/{stranger}", b"?")
    store.fs.put("/office/ring/ab/readme", b"?")
    assert bad(store) == [("", "added"), ("", "added"), ("C1", "changed"), ("C2", "missing")]
    report = verify_all(store.ring, store.ledger)
    assert Bad("ab" * 16, -1, "", "added", stranger, file=f"/office/ring/ab/{stranger}") in report.bad


def test_what_is_bad_is_named_to_its_file_and_its_time_and_open_buckets_are_counted(store: Store) -> None:
    changed, missing = store.record("C1"), store.record("C2")
    store.record("C3", close=False)
    flip(store, changed, 300)
    store.fs.unlink(path_of(store, missing))
    report = verify_all(store.ring, store.ledger)
    assert report.open_buckets == 1
    for manifest, bad in zip((changed, missing), sorted(report.bad, key=lambda bad: bad.camera_no), strict=True):
        assert bad.file == path_of(store, manifest)
        assert manifest.start_ns <= bad.start_ns < bad.end_ns <= manifest.end_ns + SECOND


def test_INV_26_a_bucket_changed_with_its_manifest_is_found_by_the_ledger(store: Store) -> None:
    """Whoever has the catalogue key can write a fitting manifest, but not a fitting ledger."""
    true = store.record()
    store.close()
    fs = store.fs
    for name in fs.list_dir("/office/keeper/catalogue"):
        fs.unlink(f"/office/keeper/catalogue/{name}")
    forged = Store(fs, seed="forger")
    data = segment_bytes(true.bucket_id, [0, 1000], number=0)
    assert isinstance(fs, MemoryFs)
    fs.put(forged.shelves.ring_path(true.bucket_id, 0), data)
    forged.ring.note(Closed(manifest=_like(true, data), ledger_size=0))
    assert bad(forged) == [("C1", "manifest changed")]


def _like(manifest: Manifest, data: bytes) -> Manifest:
    segment = msgspec.structs.replace(
        manifest.segments[0], bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), frames=2
    )
    return msgspec.structs.replace(manifest, segments=(segment,))


def test_INV_26_a_bucket_taken_away_with_its_notes_is_found_by_the_ledger(store: Store) -> None:
    manifest = store.record()
    store.close()
    for name in store.fs.list_dir("/office/keeper/catalogue"):
        store.fs.unlink(f"/office/keeper/catalogue/{name}")
    store.fs.unlink(path_of(store, manifest))
    emptied = Store(store.fs, seed="forger")
    report = verify_all(emptied.ring, emptied.ledger)
    assert report.bad == (Bad(manifest.bucket_id, -1, "", "manifest missing"),)


def test_INV_26_a_bucket_that_was_slipped_in_or_out_without_the_ledger_is_found(store: Store) -> None:
    out, slipped = store.record("C1"), store.record("C2", close=False)
    store.ring.note(Closed(manifest=slipped, ledger_size=0))
    store.shelves.move(slipped.bucket_id, [0])
    assert bad(store) == [("C2", "not in ledger")]
    store.ring.note(Destroyed(bucket_ids=(out.bucket_id,), reason="?", at_ns=0, intent=0))
    store.fs.unlink(path_of(store, out))
    assert bad(store) == [("C1", "destroyed unrecorded"), ("C2", "not in ledger")]
