"""The index: exact answers, and never the only place of anything."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.clock import SLOT_NS
from appliance.core.errors import Unavailable
from appliance.core.model import Gap, Span
from appliance.formats.segment_files import segment_name
from appliance.rules.deadlines import DAY_NS
from appliance.vault.index.catalogue import GapFound
from appliance.vault.index.gaps import HAIRLINE_NS, LEAD_NS, MAINTENANCE, REPAIR, gaps_of
from tests.vault.ringcases import MONDAY_NS, MovingClock, Store, days_later, new_disk, segment_bytes, write_durably

SECOND = 1_000_000_000
TEN_MINUTES = [MONDAY_NS + n * SLOT_NS for n in range(8)]


def span(start: float, end: float) -> Span:
    """Minutes after MONDAY_NS."""
    return Span(MONDAY_NS + int(start * 60e9), MONDAY_NS + int(end * 60e9))


@pytest.fixture
def store() -> Store:
    return Store(new_disk())


def test_find_gives_what_overlaps_in_order_and_nothing_else(store: Store) -> None:
    made = [store.record("C1", start) for start in reversed(TEN_MINUTES)][::-1]
    store.record("C2", TEN_MINUTES[2])
    found = store.index.find("C1", span(15, 30))
    assert [f.bucket_id for f in found] == [m.bucket_id for m in made[1:3]]
    assert found[0].segments == made[1].segments
    assert [f.bucket_id for f in store.index.find("C1", span(9.99, 10.01))] == [m.bucket_id for m in made[:2]]
    assert store.index.find("C1", span(80, 90)) == []
    assert store.index.find("C9", span(0, 90)) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), min_size=1, max_size=10, unique_by=lambda t: t[0]),
    st.integers(0, 90),
    st.integers(1, 60),
)
def test_find_agrees_with_looking_at_every_bucket(pieces: list[tuple[int, int]], start: int, length: int) -> None:
    store = Store(new_disk())
    made = [store.record("C1", MONDAY_NS + int(m * 60e9), seconds=60 * n) for m, n in pieces]
    wanted = span(start, start + length)
    expected = sorted((m.start_ns, m.bucket_id) for m in made if m.span.overlaps(wanted))
    assert [(f.start_ns, f.bucket_id) for f in store.index.find("C1", wanted)] == expected
    covered = store.index.footage_in("C1", wanted)
    assert all(any(m.span.holds(at) for m in made) == any(c.holds(at) for c in covered) for at in _instants(wanted))
    gaps = store.index.gaps_in("C1", wanted)
    assert all(
        any(g.start_ns <= at < g.end_ns for g in gaps) != any(c.holds(at) for c in covered) for at in _instants(wanted)
    )


def _instants(whole: Span) -> range:
    return range(whole.start_ns + SECOND // 2, whole.end_ns, 30 * SECOND)


def test_days_earliest_totals(store: Store) -> None:
    assert store.index.earliest("C1") is None
    assert store.index.days_held("C1") == 0
    store.record("C1", MONDAY_NS + 5 * DAY_NS - SLOT_NS // 2)
    store.record("C1", MONDAY_NS)
    store.record("C1", MONDAY_NS + SLOT_NS)
    assert store.index.earliest("C1") == MONDAY_NS
    assert store.index.days_held("C1") == 3, "the one across midnight counts for both days"
    totals = store.index.totals()
    assert totals.segments == 3
    assert totals.bytes == sum(len(data) for path, data in store.fs.files().items() if path.endswith(".seg"))


def test_gaps_are_what_no_footage_covers_with_the_causes_that_were_noted(store: Store) -> None:
    store.record("C1", MONDAY_NS)
    store.record("C1", MONDAY_NS + 3 * SLOT_NS)
    lost = span(10, 30)
    assert store.index.gaps_in("C1", span(0, 40)) == [
        Gap(camera_no="C1", start_ns=lost.start_ns, end_ns=lost.end_ns, cause="unknown")
    ]
    store.ring.gap(
        Gap(camera_no="C1", start_ns=lost.start_ns + 5 * SECOND, end_ns=lost.start_ns + SLOT_NS, cause="lost")
    )
    store.ring.gap(Gap(camera_no="C2", start_ns=lost.start_ns, end_ns=lost.end_ns, cause="disk"))
    store.ring.gap(Gap(camera_no="C1", start_ns=lost.start_ns + SLOT_NS, end_ns=lost.end_ns, cause="disk"))
    assert [(g.start_ns, g.end_ns, g.cause) for g in store.index.gaps_in("C1", span(0, 40))] == [
        (lost.start_ns, lost.start_ns + SLOT_NS, "lost"),
        (lost.start_ns + SLOT_NS, lost.end_ns, "disk"),
    ]
    assert store.index.gaps_in("C1", span(2, 3)) == []


def test_a_cause_holds_until_footage_comes_back_however_late_one_begins_to_look(store: Store) -> None:
    """A box that was off for days: what its stop noted is over long before the day that is asked for."""
    store.record("C1", MONDAY_NS)
    off = span(10, 400)
    for seconds, cause in ((2, "stopped"), (1, "lost")):
        noted_ns = off.start_ns + seconds * SECOND
        store.ring.gap(Gap(camera_no="C1", start_ns=off.start_ns, end_ns=noted_ns, cause=cause))
    store.record("C1", MONDAY_NS + 40 * SLOT_NS)
    assert store.index.gaps_in("C1", span(0, 400))[-1].cause == "stopped"
    asked = Span(MONDAY_NS + 20 * SLOT_NS, MONDAY_NS + 40 * SLOT_NS)
    (gap,) = store.index.gaps_in("C1", asked)
    assert (gap.start_ns, gap.end_ns, gap.cause) == (asked.start_ns, asked.end_ns, "stopped")
    later = Span(MONDAY_NS + 41 * SLOT_NS, MONDAY_NS + 42 * SLOT_NS)
    assert [gap.cause for gap in store.index.gaps_in("C1", later)] == ["unknown"], "footage was back meanwhile"
    store.ring.gap(Gap(camera_no="C1", start_ns=later.start_ns, end_ns=later.start_ns + SECOND, cause="repair:M1"))
    after = Span(later.start_ns + 2 * SECOND, later.end_ns)
    assert [gap.cause for gap in store.index.gaps_in("C1", after)] == ["unknown"], "people's word is for its minutes"


def test_gap_causes_in_detail() -> None:
    hole = [span(0, 10), span(20, 30)]
    early = Gap(camera_no="C1", start_ns=span(0, 9).end_ns, end_ns=span(0, 12).end_ns, cause="a")
    late = Gap(camera_no="C1", start_ns=span(0, 15).end_ns, end_ns=span(0, 16).end_ns, cause="b")

    def causes(*noted: Gap) -> list[tuple[float, float, str]]:
        found = gaps_of("C1", span(0, 30), hole, noted)
        return [((g.start_ns - MONDAY_NS) / 60e9, (g.end_ns - MONDAY_NS) / 60e9, g.cause) for g in found]

    assert causes(late, early) == [(10, 15, "a"), (15, 20, "b")], "a cause holds until another begins"
    assert causes(late) == [(10, 15, "unknown"), (15, 20, "b")], "and reaches back a little only"
    near = Gap(camera_no="C1", start_ns=span(0, 10).end_ns + LEAD_NS, end_ns=span(0, 11).end_ns, cause="c")
    assert causes(near) == [(10, 20, "c")]
    visit = Gap(
        camera_no="C1", start_ns=span(0, 12).end_ns, end_ns=span(0, 18).end_ns, cause=f"{MAINTENANCE}:W115-0001"
    )
    assert causes(visit, early, late) == [
        (10, 12, "a"), (12, 15, f"{MAINTENANCE}:W115-0001"), (15, 18, f"{MAINTENANCE}:W115-0001"), (18, 20, "b"),
    ], "what people say holds for its minutes alone, and before what the machine noted"  # fmt: skip
    repair = Gap(camera_no="C1", start_ns=span(0, 5).end_ns, end_ns=span(0, 14).end_ns, cause=f"{REPAIR}:M115-0001")
    assert causes(visit, repair, early, late) == [
        (10, 12, f"{REPAIR}:M115-0001"), (12, 14, f"{MAINTENANCE}:W115-0001"), (14, 15, f"{MAINTENANCE}:W115-0001"),
        (15, 18, f"{MAINTENANCE}:W115-0001"), (18, 20, "b"),
    ], "a visit tells more of its minutes than the repair that it was for"  # fmt: skip
    touching = [Span(MONDAY_NS, MONDAY_NS + SECOND), Span(MONDAY_NS + SECOND + HAIRLINE_NS, MONDAY_NS + 9 * SECOND)]
    assert gaps_of("C1", Span(MONDAY_NS, MONDAY_NS + 9 * SECOND), touching, []) == []


def test_it_is_opened_again_and_follows_on(tmp_path: Path) -> None:
    path = str(tmp_path / "index")
    fs, clock = new_disk(), MovingClock()
    store = Store(fs, clock, path=path)
    assert store.index.rebuilt == "there was none"
    first = store.record("C1", MONDAY_NS)
    store.close()
    behind = Store(fs, clock)
    second = behind.record("C1", MONDAY_NS + SLOT_NS)
    behind.close()
    again = Store(fs, clock, path=path)
    assert again.index.rebuilt == ""
    assert again.index.healthy
    assert [f.bucket_id for f in again.index.find("C1", span(0, 90))] == [first.bucket_id, second.bucket_id]


def _garbage(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))


def _other_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")


def _ahead(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = 10000 WHERE key = 'entry'")


def _emptied(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM meta")


@pytest.mark.parametrize("harm", [Path.unlink, _garbage, _other_version, _ahead, _emptied])
def test_INV_24_an_index_that_is_gone_or_wrong_is_made_anew_from_the_catalogue(tmp_path: Path, harm: object) -> None:
    path = tmp_path / "index"
    fs, clock = new_disk(), MovingClock()
    store = Store(fs, clock, path=str(path))
    made = [store.record("C1", start) for start in TEN_MINUTES]
    store.ring.gap(Gap(camera_no="C1", start_ns=1, end_ns=2, cause="disk"))
    before = (store.index.find("C1", span(0, 90)), store.index.kept(), store.index.totals(), store.index.all_closed())
    store.close()
    harm(path)  # type: ignore[operator]
    again = Store(fs, clock, path=str(path))
    assert again.index.rebuilt
    assert again.index.healthy
    after = (again.index.find("C1", span(0, 90)), again.index.kept(), again.index.totals(), again.index.all_closed())
    assert after == before
    assert len(made) == len(before[0])
    assert again.index.noted_gaps("C1", Span(0, 9)) == [Gap(camera_no="C1", start_ns=1, end_ns=2, cause="disk")]
    assert not again.index.missing
    assert not again.index.strays


def test_made_anew_it_says_which_files_are_missing_and_which_nobody_knows(store: Store) -> None:
    manifest = store.record()
    stranger = segment_name("ab" * 16, 0)
    store.fs.make_dir("/office/ring/ab")
    store.fs.put(f"/office/ring/ab/{stranger}", b"?")
    store.fs.unlink(store.shelves.ring_path(manifest.bucket_id, 0))
    unfinished = store.record("C2", close=False)
    again = Store(store.fs)
    assert again.index.missing == {segment_name(manifest.bucket_id, 0)}
    assert again.index.strays == {stranger}
    assert segment_name(unfinished.bucket_id, 0) not in again.index.strays
    assert again.index.healthy


def test_in_doubt_it_answers_for_nothing_that_destroys_and_recording_goes_on(tmp_path: Path) -> None:
    store = Store(new_disk(), path=str(tmp_path / "index"))
    store.record()
    store.index._db.close()
    store.ring.gap(Gap(camera_no="C1", start_ns=1, end_ns=2, cause="disk"))
    assert not store.index.healthy
    with pytest.raises(Unavailable):
        store.index.find("C1", span(0, 9))
    with pytest.raises(Unavailable, match="in doubt"):
        store.record("C1", MONDAY_NS + SLOT_NS)
    store.clock.go_to(days_later(60))
    assert store.destruction.judge().may == ()
    store.index.rebuild(store.index.doubt)
    assert store.index.healthy
    assert len(store.destruction.judge().may) == 1


def test_one_that_was_closed_leaves_the_file_to_its_successor(tmp_path: Path) -> None:
    """A keeper reads its stores beside its other tasks, and may be closed in the midst of that."""
    path = str(tmp_path / "index")
    former = Store(new_disk(), path=path)
    manifest = former.record()
    with former.index.anew() as truth:
        former.close()
        store = Store(former.fs, path=path)
        before = (tmp_path / "index").stat().st_ino
        former.ring.compare_index(truth)
    with pytest.raises(Unavailable, match="closed"):
        former.index.rebuild("a test")
    assert (tmp_path / "index").stat().st_ino == before
    store.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT bucket FROM buckets").fetchall() == [(bytes.fromhex(manifest.bucket_id),)]


def test_healthy_means_to_the_last_entry(store: Store) -> None:
    assert store.index.healthy
    store.catalogue.append(GapFound(gap=Gap(camera_no="C1", start_ns=1, end_ns=2, cause="disk")))
    assert not store.index.healthy
    store.index.follow()
    assert store.index.healthy


def test_a_damaged_database_is_noticed_by_the_check(tmp_path: Path) -> None:
    path = tmp_path / "index"
    store = Store(new_disk(), path=str(path))
    for start in TEN_MINUTES:
        store.record("C1", start)
    assert store.index.check()
    store.close()
    with sqlite3.connect(path) as db:
        pages = [row[0] for row in db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'buckets_by_camera'")]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    data = bytearray(path.read_bytes())
    at = (pages[0] - 1) * size
    data[at + size - 200 : at + size] = bytes(200)
    path.write_bytes(data)
    again = Store(store.fs, store.clock, path=str(path))
    assert again.index.rebuilt or not again.index.check()


def test_each_boot_s_first_and_last_trusted_moment_outlives_its_buckets(store: Store) -> None:
    for hour in range(3):
        store.record("C1", MONDAY_NS + hour * 6 * SLOT_NS)
    store.record("C2", MONDAY_NS + 30 * SLOT_NS, trusted=False)
    store.clock.go_to(days_later(50))
    expected = store.index.readings()
    assert [(r.boot_no, r.wall_ns) for r in expected] == [(1, MONDAY_NS), (1, MONDAY_NS + 12 * SLOT_NS)]
    store.destruction.routine()
    assert store.index.readings() == expected == Store(store.fs, seed=1).index.readings()


def test_a_bucket_of_no_known_boot_is_a_boot_of_its_own(store: Store) -> None:
    """Else all of them would take the place in boot order of the first, and be dated by what came after that one."""
    for number in range(2):
        start_ns = MONDAY_NS + number * DAY_NS
        bucket_id = store.allocate(("C1", start_ns)).buckets[0].bucket_id
        write_durably(store.fs, bucket_id, 0, segment_bytes(bucket_id, [0, 500]))
        store.recovery.at_hello([], start_ns + SLOT_NS)
        store.clock.reboot()
        store.record("C2", start_ns + SLOT_NS)
    assert [(k.camera_no, k.boot_no) for k in sorted(store.index.kept(), key=lambda k: k.boot_no)] == [
        ("C1", 1),
        ("C2", 2),
        ("C1", 3),
        ("C2", 4),
    ]


def test_what_was_destroyed_is_known_by_its_intent_and_by_when_it_was_recorded() -> None:
    store = Store(fs := new_disk())
    made = [store.record("C2", TEN_MINUTES[0]), store.record("C1", TEN_MINUTES[1]), store.record("C1", TEN_MINUTES[2])]
    store.clock.go_to(days_later(40))
    store.destruction.destroy([made[1].bucket_id, made[0].bucket_id], "ordered")
    intents = [entry.index for entry in store.ledger.entries() if entry.kind == "destroy.intended"]
    for each in (store, Store(fs, store.clock)):  # the second makes its index anew
        gone = each.index.destroyed_by(intents[0])
        assert [(g.bucket_id, g.camera_no, g.start_ns, g.end_ns, g.bytes) for g in gone] == [
            (m.bucket_id, m.camera_no, m.start_ns, m.end_ns, m.bytes) for m in (made[1], made[0])
        ]
        assert each.index.destroyed_of(span(15, 25)) == gone[:1]
        assert each.index.destroyed_by(intents[0] + 1) == []
        assert made[1].bucket_id in each.ledger.entry(gone[0].ledger_size).fields["manifests"]


def test_dates_are_local_and_cameras_are_those_with_footage(store: Store) -> None:
    store.record("C2", MONDAY_NS - SLOT_NS // 2)
    store.record("C1", MONDAY_NS + 2 * DAY_NS, trusted=False)
    assert store.index.cameras() == ["C1", "C2"]
    assert [day.isoformat() for day in store.index.dates("C2")] == ["2026-09-27", "2026-09-28"]
    assert store.index.untrusted_in(span(0, 3 * 1440)) == {"C1": 1}
    assert store.index.untrusted_in(span(0, 2 * 1440)) == {}
