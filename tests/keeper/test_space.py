"""The keeper's eye on the disk, over an office whose disk says what the test wants: ladder, ledger, findings, plan."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import NotWritable, Refused, Unavailable, UsageError
from appliance.core.model import CameraState
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.ledger.entry import Entry
from appliance.protocol.transport import Message
from appliance.rules.cameras.rows import Event
from appliance.rules.deadlines import DAY_NS
from appliance.rules.pressure import Marks, Relief, marks
from appliance.services.cases.acting import ActingUser
from appliance.storage.files import RealFs
from appliance.storage.footage_disk import NAME
from tests.box import OFFICER, Box, make_box, testcard
from tests.caselife import facts_of_receipt
from tests.footage import FilmClock, film_past
from tests.keeper.test_cameras import life_of
from tests.verbs import VERBS

SECOND = 1_000_000_000
GB = 10**9
TOTAL = 4000 * GB
DAY_BYTES = 2 * 200_000 * 86_400 // 8
"""Two test cards, whose settings say 200 kbit/s."""

MARKS = marks(TOTAL, DAY_BYTES)


class SaidFs(RealFs):
    """The real disk, but of a size and with as much free as the test says."""

    free, total = 1000 * GB, TOTAL

    def free_bytes(self, path: str) -> int:
        return self.free

    def total_bytes(self, path: str) -> int:
        return self.total


class TwoDisksFs(SaidFs):
    """Footage has ``free`` bytes on its disk, which may be gone; the records have ``records`` on theirs."""

    records = 1000 * GB
    gone = False

    def free_bytes(self, path: str) -> int:
        if path.endswith("ring") and self.gone:
            raise OSError(errno.ENOENT, "No such file or directory")
        return self.free if path.endswith("ring") else self.records


class _RealBox(Box):
    trial = False


@pytest.fixture
def fs() -> SaidFs:
    return SaidFs()


@pytest.fixture
def keeper(box: Box, clock: FilmClock, fs: SaidFs) -> Iterator[Keeper]:
    with open_keeper(box.settings, fs, clock) as opened:
        yield opened


def rungs(keeper: Keeper) -> list[tuple[int, tuple[str, ...]]]:
    entries = [entry.fields for entry in keeper.ledger.entries() if entry.kind == "pressure.changed"]
    return [(fields["rung"], tuple(fields.get("stopped", ()))) for fields in entries]


def findings(keeper: Keeper) -> list[str]:
    return [found.key for found in keeper.findings.all()]


def look(keeper: Keeper, clock: FilmClock, seconds: int = 2, times: int = 1) -> None:
    for _ in range(times):
        keeper.space.look()
        clock.at_ns += seconds * SECOND


def climb(keeper: Keeper, clock: FilmClock, fs: SaidFs, free: int, times: int = 8) -> None:
    fs.free = free
    look(keeper, clock, times=times)


def test_at_19_every_rung_is_entered_has_its_finding_and_reaches_the_recorder(
    keeper: Keeper, clock: FilmClock, fs: SaidFs
) -> None:
    look(keeper, clock)
    assert (rungs(keeper), findings(keeper)) == ([], [])
    climb(keeper, clock, fs, MARKS.target - 1)
    assert findings(keeper) == ["pressure-target"]
    climb(keeper, clock, fs, MARKS.reduce - 1)
    assert findings(keeper) == ["pressure-reduced"]
    assert keeper.space.relief == Relief(reduced=True)
    climb(keeper, clock, fs, MARKS.stop - 1)
    assert keeper.space.relief == Relief(reduced=True, stopped=("02",))
    climb(keeper, clock, fs, MARKS.reserve + 1)
    assert rungs(keeper) == [(1, ()), (2, ()), (3, ("02",)), (3, ("02", "01"))]
    fs.free = 1000 * GB
    look(keeper, clock, times=400)
    assert rungs(keeper)[4:] == [(3, ("02",)), (2, ()), (1, ()), (0, ())]
    assert findings(keeper) == []
    assert [entry.kind for entry in keeper.ledger.entries()].count("destroy.intended") == 0


def test_a_keeper_that_was_restarted_stands_where_it_stood(box: Box, clock: FilmClock, fs: SaidFs) -> None:
    with open_keeper(box.settings, fs, clock) as first:
        climb(first, clock, fs, MARKS.stop - 1, times=6)
        assert first.space.relief.stopped == ("02",)
    with open_keeper(box.settings, fs, clock) as second:
        assert second.space.relief == Relief(reduced=True, stopped=("02",))
        look(second, clock, times=3)
        assert rungs(second) == [(1, ()), (2, ()), (3, ("02",))], "nothing is entered twice"
    fs.free = 1000 * GB
    with open_keeper(box.settings, fs, clock) as third:
        look(third, clock, times=400)
        assert third.space.rung == 0
    with open_keeper(box.settings, fs, clock) as fourth:
        assert fourth.space.relief == Relief()


def test_a_rung_is_entered_before_it_is_in_force(
    keeper: Keeper, clock: FilmClock, fs: SaidFs, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, seen = keeper.ledger.append, list[tuple[int, Relief]]()

    def watched(kind: str, fields: dict[str, Any]) -> Entry:
        if kind == "pressure.changed":
            seen.append((fields["rung"], keeper.space.relief))
        return append(kind, fields)

    monkeypatch.setattr(keeper.ledger, "append", watched)
    climb(keeper, clock, fs, MARKS.reduce - 1, times=3)
    assert seen == [(1, Relief()), (2, Relief())]
    assert keeper.space.relief == Relief(reduced=True)


def test_where_the_ledger_does_not_take_it_the_step_is_taken_and_entered_later(
    keeper: Keeper, clock: FilmClock, fs: SaidFs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kind: str, fields: object) -> None:
        raise NotWritable("ledger: cannot be written (No space left on device)")

    with monkeypatch.context() as full:
        full.setattr(keeper.ledger, "append", refuse)
        climb(keeper, clock, fs, MARKS.reduce - 1)
        assert keeper.space.relief.reduced
    look(keeper, clock)
    assert rungs(keeper) == [(2, ())]


def test_t_10_untrusted_time_steps_recording_down_and_destroys_nothing(
    box: Box, clock: FilmClock, fs: SaidFs, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.start("keeper")
    filmed = film_past(box, "01", box.made_ns - 60 * DAY_NS, 2)
    box.kill("keeper")
    with open_keeper(box.settings, fs, clock) as keeper:
        monkeypatch.setattr(clock, "trusted", lambda: False)
        climb(keeper, clock, fs, MARKS.reduce - 1)
        assert keeper.space.relief.reduced
        keeper.destruction.routine()
        assert all(keeper.ring.index.closed(bucket_id) for bucket_id in filmed.buckets)


def test_t_10_what_may_be_destroyed_counts_as_room(box: Box, clock: FilmClock, fs: SaidFs) -> None:
    box.start("keeper")
    film_past(box, "01", box.made_ns - 40 * DAY_NS, 2)
    film_past(box, "01", box.made_ns - 20 * DAY_NS, 2)
    box.kill("keeper")
    with open_keeper(box.settings, fs, clock) as keeper:
        eligible = keeper.destruction.eligible_bytes()
        kept = keeper.ring.index.kept()
        assert eligible == min(kept, key=lambda bucket: bucket.start_ns).bytes, "20 days old is inside the floor"
        climb(keeper, clock, fs, MARKS.reduce - eligible)
        assert keeper.space.rung == 1
        fs.free -= 1
        look(keeper, clock)
        assert keeper.space.rung == 2


def test_t_11_held_footage_is_counted_apart_and_never_as_room(box: Box, clock: FilmClock, fs: SaidFs) -> None:
    box.start("keeper")
    start_ns = box.made_ns - 3 * DAY_NS
    film_past(box, "01", start_ns, 2)
    film_past(box, "02", start_ns, 2)
    box.kill("keeper")
    with open_keeper(box.settings, fs, clock) as keeper:
        before = keeper.space.plan()
        assert (before["held_bytes"], findings(keeper)) == (0, [])
        facts = facts_of_receipt(["01"], start_ns, start_ns + SECOND)
        for act in ("a" * 32, "b" * 32):
            keeper.cases.act(act, ActingUser(OFFICER.name, OFFICER.display), "", "receive", facts, kind="CIT")
        after = keeper.space.plan()
        of_01 = sum(bucket.bytes for bucket in keeper.ring.index.kept() if bucket.camera_no == "01")
        assert after["held_bytes"] == of_01 > 0, "pinned twice, counted once"
        assert before["freeable_bytes"] - after["freeable_bytes"] == of_01
        fs.free = 0
        assert keeper.space.plan()["held_share"] == 1.0, "what is left to use is in the reserve"


def test_t_08_footage_of_a_camera_that_left_the_registry_stays_in_the_reckoning_to_its_floor(
    box: Box, clock: FilmClock, fs: SaidFs
) -> None:
    with open_keeper(box.settings, fs, clock) as keeper:
        without = keeper.space.plan()
    box.start("keeper")
    film_past(box, "02", box.made_ns - 3 * DAY_NS, 2)
    box.kill("keeper")
    with open_keeper(box.settings, fs, clock) as keeper:
        life_of(keeper).act(Event.SUSPEND, "02", 1)
        found = keeper.space.plan()
        assert found["freeable_bytes"] - without["freeable_bytes"] == keeper.ring.index.totals().bytes > 0
        assert [rate["camera_no"] for rate in found["cameras"]] == ["01"]
        fs.free = 0
        assert keeper.destruction.eligible_bytes() == 0


def test_t_09_a_plan_says_what_more_cameras_make_of_it(keeper: Keeper, fs: SaidFs) -> None:
    fs.free = MARKS.reserve + (1 << 20) + 42 * DAY_BYTES
    found = keeper.space.plan(add_bps=100_000, cameras=2)
    assert (found["days"], found["verdict"], found["trial"]) == (42.0, "warn", True)
    assert (found["with_added"]["days"], found["with_added"]["verdict"]) == (28.0, "short")
    assert [(rate["bits_per_second"], rate["basis"]) for rate in found["cameras"]] == [(200_000, "expected")] * 2
    keeper.recorder.states["01"] = CameraState(camera_no="01", state="live", bitrate_bps=300_000)
    assert keeper.space.plan()["cameras"][0]["basis"] == "live"
    for wrong in ((3_000_000, 0), (0, 2), (-1, 1)):
        with pytest.raises(UsageError, match="both above 0"):
            keeper.space.plan(*wrong)


def test_T_09_after_a_start_the_rate_is_what_was_recorded_however_long_ago_and_an_assumption_is_told(
    box: Box, clock: FilmClock, fs: SaidFs
) -> None:
    with open_keeper(box.settings, fs, clock) as keeper:
        assert keeper.space.fields()["assumed"] == ["01", "02"]
    box.start("keeper")
    film_past(box, "01", box.made_ns - 20 * DAY_NS, 61)
    box.kill("keeper")
    fs.free = MARKS.reserve + (1 << 20) + 30 * DAY_BYTES
    with open_keeper(box.settings, fs, clock) as keeper:
        measured, assumed = keeper.space.plan()["cameras"]
        assert (measured["basis"], assumed["basis"]) == ("measured", "expected")
        assert measured["bits_per_second"] != assumed["bits_per_second"] == 200_000
        assert keeper.space.fields()["assumed"] == ["02"]
        assert "(the bit rate of camera 02, 03 is assumed)" in keeper.space.admit([testcard("03")])


def test_t_09_a_trial_office_is_warned_where_an_office_is_refused(box: Box, clock: FilmClock, fs: SaidFs) -> None:
    fs.free = MARKS.reserve + (1 << 20) + 42 * DAY_BYTES
    more = [testcard("03")]
    with open_keeper(box.settings, fs, clock) as trial:
        assert trial.space.admit(more).startswith("the disk will hold 28.0 days (the bit rate of camera 01, 02, 03 is")
        trial.space.reckon()
        assert "retention-forecast" not in findings(trial)
    with (
        make_box(box.directory.parent / "real", box.cameras, kind=_RealBox) as real,
        open_keeper(real.settings, fs, FilmClock(real.made_ns)) as keeper,
    ):
        with pytest.raises(Refused, match=r"camera 03: with 0\.2 Mbit/s more the disk holds 28\.0 days"):
            keeper.space.admit(more)
        keeper.space.reckon()
        assert "retention-forecast" in findings(keeper)
        fs.free = 100 * DAY_BYTES
        assert keeper.space.admit(more) == ""
        keeper.space.reckon()
        assert "retention-forecast" not in findings(keeper)


def test_t_13_the_records_reserve_is_made_given_up_on_the_last_blocks_and_made_again(
    keeper: Keeper, clock: FilmClock, fs: SaidFs
) -> None:
    look(keeper, clock)
    assert findings(keeper) == []
    climb(keeper, clock, fs, 200_000, times=1)
    assert "records-reserve" in findings(keeper)
    climb(keeper, clock, fs, 2 << 20, times=1)
    assert "records-reserve" in findings(keeper), "only with thrice its size free, so that making it fills no disk"
    climb(keeper, clock, fs, 3 << 20, times=1)
    assert "records-reserve" not in findings(keeper)


def test_the_housekeeping_looks_and_reckons_and_counts(keeper: Keeper, clock: FilmClock, fs: SaidFs) -> None:
    house = housekeeping(keeper)
    fs.free = MARKS.target - 1
    house.turn()
    assert findings(keeper) == ["pressure-target"]
    assert keeper.scrub.counted.share == 1.0
    fields = keeper.space.fields()
    assert (fields["rung"], fields["verdict"], fields["danger"] is not None) == (1, "short", True)


def test_marks_are_what_the_plan_says(keeper: Keeper) -> None:
    assert Marks(**keeper.space.plan()["marks"]) == MARKS


def test_t_13_the_reserve_is_about_the_records_disk_and_the_ladder_about_that_of_the_footage(
    box: Box, clock: FilmClock
) -> None:
    fs = TwoDisksFs()
    with open_keeper(box.settings, fs, clock) as keeper:
        climb(keeper, clock, fs, 0)
        assert findings(keeper) == ["pressure-stopped"], "a full footage disk takes nothing from the records"
        fs.free, fs.records = 1000 * GB, 200_000
        look(keeper, clock, times=400)
        assert findings(keeper) == ["records-reserve"]


def test_while_the_footage_disk_is_away_the_ladder_stands_still_and_the_page_goes_on(
    box: Box, clock: FilmClock
) -> None:
    """What lies there instead is full; that says nothing of ours."""
    label = Path(box.settings.layout.footage, NAME)
    right, fs = label.read_bytes(), TwoDisksFs()
    label.unlink()
    with open_keeper(box.settings, fs, clock) as keeper:
        house = housekeeping(keeper)
        climb(keeper, clock, fs, 0)
        house.turn()
        fs.gone = True
        house.turn()
        assert (rungs(keeper), keeper.space.relief) == ([], Relief())
        assert not {"duty-pressure", "duty-forecast"} & set(findings(keeper))
        space = VERBS["status"](keeper, {}, Message({}, b"")).head["space"]
        assert (space["rung"], list(space["stopped"]), space["verdict"], space["days"]) == (0, [], "", None)
        with pytest.raises(Unavailable, match="footage disk"):
            keeper.space.plan()
        label.write_bytes(right)
        fs.gone = False
        clock.at_ns += 2 * SECOND
        house.turn()
        assert rungs(keeper) == [(1, ())]


def test_what_an_older_copy_holds_is_no_room(box: Box, clock: FilmClock, fs: SaidFs) -> None:
    box.start("keeper")
    film_past(box, "01", box.made_ns - 40 * DAY_NS, 2)
    box.kill("keeper")
    with open_keeper(box.settings, fs, clock) as keeper:
        assert keeper.destruction.eligible_bytes() > 0
        label = Path(box.settings.layout.footage, NAME)
        copy = label.read_bytes()
        for _ in range(2):
            keeper.disk_watch.renew()
        label.write_bytes(copy)
        with pytest.raises(Unavailable, match="older copy"):
            keeper.destruction.eligible_bytes()
