"""What the keeper does by itself: findings that last, duties that come when they are due, a stop that is entered."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.core.errors import Damaged, NotWritable, Refused, Unavailable
from appliance.core.model import Gap
from appliance.keeper import findings as findings_module
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.findings import Findings
from appliance.keeper.schedule import housekeeping
from appliance.process.heartbeat import EVERY_SECONDS
from appliance.protocol.status import Gap as GapView
from appliance.protocol.transport import Message
from appliance.services.cameras.gap_views import gap_views
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.footage import FilmClock, film_past
from tests.verbs import VERBS

SECOND = 1_000_000_000


def _kinds(keeper: Keeper) -> list[str]:
    return [entry.kind for entry in keeper.ledger.entries()]


def test_a_finding_is_entered_once_and_cleared_once_however_often_its_cause_is_seen(keeper: Keeper) -> None:
    for _ in range(50):
        keeper.findings.open("disk", "storage", "the disk is full")
    for _ in range(50):
        keeper.findings.clear("disk")
    assert _kinds(keeper).count("finding.opened") == 1
    assert _kinds(keeper).count("finding.cleared") == 1
    assert keeper.findings.all() == []


def test_an_open_finding_outlives_the_process(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as first:
        first.findings.open("camera-01", "picture", "camera 01: stalled")
    with open_keeper(box.settings, RealFs(), clock) as second:
        assert [(each.key, each.box, each.text) for each in second.findings.all()] == [
            ("camera-01", "picture", "camera 01: stalled")
        ]
        second.findings.set("camera-01", "picture", "")
    with open_keeper(box.settings, RealFs(), clock) as third:
        assert third.findings.all() == []


def test_a_finding_that_the_ledger_does_not_take_is_shown_and_entered_by_the_next_keeper(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def read_anew() -> Findings:
        return Findings(keeper.ledger, said.append, str(tmp_path / "waiting"), RealFs(), keeper.clock.wall_ns)

    findings = read_anew()

    def refuse(kind: str, fields: object) -> None:
        raise NotWritable("ledger: cannot be written (Input/output error)")

    with monkeypatch.context() as failed:
        failed.setattr(keeper.ledger, "append", refuse)
        for _ in range(3):
            findings.set("disk", "storage", "the disk is broken")
        began = keeper.clock.wall_ns()
        findings.clear("disk")
        assert [(each.key, each.since_ns) for each in findings.all()] == [("disk", began)]
    assert len([line for line in said if "not entered" in line]) == 1
    again = read_anew()
    assert [(each.key, each.since_ns) for each in again.all()] == [("disk", began)]
    entered = [entry.fields for entry in keeper.ledger.entries() if entry.kind == "finding.opened"][-1]
    assert entered["text"].startswith("the disk is broken (since 20")
    again.clear("disk")
    assert read_anew().all() == []


def test_t_78_what_stood_on_a_day_of_long_ago_is_still_known_when_its_row_is_signed(box: Box, clock: FilmClock) -> None:
    """A row may be signed over a hundred days late; its findings are no fewer for that (``AT-15``)."""
    day_ns = 86_400 * SECOND
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        began_ns = clock.at_ns
        keeper.findings.open("picture-black-01", "picture", "camera 01: black")
        clock.at_ns += day_ns
        keeper.findings.clear("picture-black-01", why="camera-left")
        expected = keeper.findings.stood(began_ns, began_ns + 1)
        assert expected
        clock.at_ns += 130 * day_ns
        for key in ("picture-black-02", "sound-silent-02"):
            keeper.findings.open(key, "picture", "camera 02: x")
            keeper.findings.clear(key)
        assert keeper.findings.stood(began_ns, began_ns + 1) == expected
        assert "picture-black-01" not in {
            each.key for each, _ in keeper.findings.stood(began_ns + 2 * day_ns, clock.at_ns)
        }
    with open_keeper(box.settings, RealFs(), clock) as again:
        assert [each.key for each, _ in again.findings.stood(began_ns, began_ns + 1)] == ["picture-black-01"]


def test_a_keeper_of_which_one_task_never_ends_is_not_alive(keeper: Keeper, clock: FilmClock) -> None:
    """It answers, and yet it destroys nothing and ends no viewing: whoever started it must start it anew."""
    house = housekeeping(keeper)
    begun, over = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        assert over.wait(120)

    house.tasks[0].work = hang
    house.start()
    try:
        assert begun.wait(120)
        clock.at_ns += 10 * 60 * SECOND
        assert house.alive, "an index is being made anew, perhaps"
        clock.at_ns += 6 * 60 * SECOND
        assert not house.alive
    finally:
        over.set()
        house.stop()


def test_a_silent_recorder_is_a_finding_until_it_speaks_again(keeper: Keeper, clock: FilmClock) -> None:
    house = housekeeping(keeper)
    house.turn()
    assert keeper.findings.all() == []
    clock.at_ns += 20 * SECOND
    house.turn()
    assert [each.key for each in keeper.findings.all()] == ["recorder-silent"]
    keeper.recorder.heard_ns = clock.at_ns
    clock.at_ns += 6 * SECOND
    house.turn()
    assert keeper.findings.all() == []


def test_a_slow_disk_is_over_when_nobody_writes_to_it_any_more(keeper: Keeper, clock: FilmClock) -> None:
    house = housekeeping(keeper)
    keeper.findings.open("disk-slow", "storage", "a sync took 0.70 s")
    house.turn()
    assert [each.key for each in keeper.findings.all()] == ["disk-slow"]
    clock.at_ns += 20 * SECOND
    house.turn()
    assert [each.key for each in keeper.findings.all()] == ["recorder-silent"]


def test_a_head_leaves_every_hour_and_verifies_later(keeper: Keeper, clock: FilmClock) -> None:
    house = housekeeping(keeper)
    heads = Path(keeper.settings.layout.heads)
    for _ in range(3):
        house.turn()
        clock.at_ns += 3600 * SECOND
    notes = sorted(heads.glob("*.checkpoint"))
    assert len(notes) == 3
    for note in notes:
        keeper.ledger.check_head(note.read_text(encoding="utf-8"))
    assert _kinds(keeper).count("head.issued") == 3


def test_log_ins_are_counted_in_the_ledger_failures_within_the_minute(keeper: Keeper, clock: FilmClock) -> None:
    house = housekeeping(keeper)
    house.turn()
    keeper.logins.log_in(OFFICER.name, OFFICER.password)
    clock.at_ns += 60 * SECOND
    house.turn()
    assert _counted(keeper) == []
    for name in (OFFICER.name, "a password typed as a name"):
        with pytest.raises(Refused, match="do not fit"):
            keeper.logins.log_in(name, "not the password at all")
    clock.at_ns += 60 * SECOND
    house.turn()
    assert _counted(keeper) == [{"failed": 2, "succeeded": 1}]
    sealed = keeper.stores.acts.sealed(keeper.ledger.size - 1)
    assert sealed == {"accounts": {OFFICER.name: {"failed": 1, "succeeded": 1}, "?": {"failed": 1}}}
    keeper.logins.log_in(UNIT_HEAD.name, UNIT_HEAD.password)
    clock.at_ns += 3600 * SECOND
    house.turn()
    assert _counted(keeper)[1:] == [{"failed": 0, "succeeded": 1}]
    clock.at_ns += 3600 * SECOND
    house.turn()
    assert len(_counted(keeper)) == 2


def test_log_ins_that_wait_for_the_ledger_are_entered_at_the_stop(box: Box) -> None:
    box.start("keeper")
    box.both_logged_in()
    box.stop()
    with open_keeper(box.settings, RealFs(), FilmClock(box.made_ns)) as keeper:
        assert _counted(keeper) == [{"failed": 0, "succeeded": 2}]


def test_what_the_ledger_does_not_take_is_counted_on(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NotWritable("ledger: cannot be written (No space left on device)")

    keeper.logins.log_in(OFFICER.name, OFFICER.password)
    with monkeypatch.context() as full:
        full.setattr(keeper.stores.acts, "perform", refuse)
        with pytest.raises(NotWritable):
            keeper.attempts.enter()
    keeper.attempts.enter()
    assert _counted(keeper) == [{"failed": 0, "succeeded": 1}]


def _counted(keeper: Keeper) -> list[dict[str, int]]:
    entries = [entry.fields for entry in keeper.ledger.entries() if entry.kind == "login.counted"]
    return [{outcome: fields[outcome] for outcome in ("failed", "succeeded")} for fields in entries]


def test_a_defect_in_one_duty_ends_no_other_and_is_told(
    keeper: Keeper, clock: FilmClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise KeyError("nobody thought of this")

    house = housekeeping(keeper)
    with monkeypatch.context() as defect:
        defect.setattr(keeper.scrub, "step", lambda _: broken())
        house.turn()
        clock.at_ns += 3600 * SECOND
        house.turn()
    found = {each.key: each.text for each in keeper.findings.all()}
    assert "a defect in the recorder (KeyError)" in found["duty-scrub"]
    assert "nobody thought of this" in capsys.readouterr().err
    assert _kinds(keeper).count("head.issued") == 2, "the other duties went on"
    clock.at_ns += 2 * SECOND
    house.turn()
    assert "duty-scrub" not in {each.key for each in keeper.findings.all()}


def test_a_keeper_that_was_paused_goes_on_and_keeps_its_sessions(box: Box) -> None:
    """Suspended, frozen or under a debugger for longer than it waits for a stop: nobody asked it to end."""
    box.start("keeper")
    session = box.both_logged_in()
    box.processes["keeper"].send_signal(signal.SIGSTOP)
    time.sleep(EVERY_SECONDS + 1.5)
    box.processes["keeper"].send_signal(signal.SIGCONT)
    assert len(box.call("session", session=session)["seats"]) == 2
    time.sleep(0.5)
    assert box.processes["keeper"].poll() is None
    assert len(box.call("session", session=session)["seats"]) == 2


def test_a_duty_that_fails_is_a_finding_and_the_others_go_on(
    keeper: Keeper, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = housekeeping(keeper)

    def broken(max_bytes: int) -> list[object]:
        raise Damaged("segment: unreadable")

    with monkeypatch.context() as spoiled:
        spoiled.setattr(keeper.scrub, "step", broken)
        house.turn()
    assert "duty-scrub" in [each.key for each in keeper.findings.all()]
    assert list(Path(keeper.settings.layout.heads).glob("*.checkpoint"))
    clock.at_ns += 2 * SECOND
    house.turn()
    assert "duty-scrub" not in [each.key for each in keeper.findings.all()]


def test_an_older_key_store_put_back_is_shut_and_told_and_stays_shut(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as first:
        first.ledger.append("destroy.done", {"intent": 0, "buckets": [], "generation": 99, "strength": "x"})
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        for _ in range(2):
            (text,) = [each.text for each in keeper.findings.all() if each.key == "keys-shut"]
            assert "an older key store was put back" in text
            clock.at_ns += 61 * SECOND
            housekeeping(keeper).turn()


def test_the_index_is_made_anew_and_the_start_says_so(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock):
        pass
    os.unlink(os.path.join(box.settings.layout.keeper, "index.sqlite"))
    with open_keeper(box.settings, RealFs(), clock) as again:
        starts = [entry.fields for entry in again.ledger.entries() if entry.kind == "recorder.started"]
        assert starts[-1]["index_rebuilt"] == "there was none"


def test_before_it_was_in_force_a_camera_has_no_gap_but_a_reason() -> None:
    gaps = [Gap(camera_no="01", start_ns=0, end_ns=100, cause="unknown")]
    assert gap_views(gaps, 40) == (
        GapView(start_ns=0, end_ns=40, cause="not-in-force"),
        GapView(start_ns=40, end_ns=100, cause="unknown"),
    )
    lost = [Gap(camera_no="01", start_ns=50, end_ns=60, cause="lost: it ended")]
    assert gap_views(lost, 40) == (GapView(start_ns=50, end_ns=60, cause="lost: it ended"),)


def test_a_keeper_that_was_not_greeted_takes_no_report(box: Box) -> None:
    box.start("keeper")
    with pytest.raises(Unavailable, match="say hello"):
        box.call("recorder.durable", lengths={})
    box.call("recorder.hello", boot_id="f" * 32, boot_ns=0, wall_ns=0, run_id="r", open=[], left=[])
    box.call("recorder.durable", lengths={})


def test_what_was_lost_and_made_anew_is_told_for_a_day(box: Box, clock: FilmClock) -> None:
    """The index over real footage, and the documents of web: each a finding that says what it cost, and then over."""
    box.start("keeper", "darkroom")
    film_past(box, "01", slot_start_ns(clock.at_ns) - SLOT_NS, 5)
    box.stop()
    for path in Path(box.settings.layout.keeper).glob("index.sqlite*"):
        path.unlink()
    clock.at_ns = SystemClock().wall_ns()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        VERBS["documents.lost"](keeper, {}, Message({}, b""))
        told = {finding.key: finding.text for finding in keeper.findings.all()}
        assert "made anew from the catalogue: there was none; nothing was lost by it" in told["index-rebuilt"]
        assert "forms not sent yet are lost, nothing else" in told["documents-lost"]
        house = housekeeping(keeper)
        for hours, there in ((1, True), (25, False)):
            clock.at_ns += hours * 3600 * SECOND
            house.turn()
            assert keeper.findings.is_open("index-rebuilt") == keeper.findings.is_open("documents-lost") == there


@pytest.mark.parametrize("kind", ["link", "fifo", "long", "theirs"])
def test_findings_that_others_put_into_the_folder_of_the_sockets_are_none(
    kind: str, keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All processes of the box can write there, and what waits there would be entered as the keeper's word."""
    if kind == "theirs" and os.geteuid() != 0:
        pytest.skip("gives a file away, which root can")
    path, made_up = tmp_path / "waiting", tmp_path / "made-up"
    made_up.write_bytes(b'[["made-up","storage","x",1]]')
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(made_up)
    else:
        path.write_bytes(made_up.read_bytes())
        os.chown(path, 65534 if kind == "theirs" else -1, -1)
    if kind == "long":
        monkeypatch.setattr(findings_module, "_MOST_WAITING_BYTES", 8)
    size = keeper.ledger.size
    read = Findings(keeper.ledger, lambda line: None, str(path), RealFs(), keeper.clock.wall_ns)
    assert keeper.ledger.size == size
    assert "made-up" not in {each.key for each in read.all()}
