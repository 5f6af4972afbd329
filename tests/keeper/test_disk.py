"""The keeper and the footage disk: another, an older copy or none is a finding, and nothing is concluded from it."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import msgspec
import pytest

from appliance.core.errors import NotWritable, Unavailable
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.housekeeping import Housekeeping
from appliance.keeper.schedule import housekeeping
from appliance.keeper.verifying import verification
from appliance.protocol.transport import Message
from appliance.storage.files import RealFs
from appliance.storage.footage_disk import NAME, DiskLabel, FootageDisk, label_of, write_label
from appliance.vault.ring.scrub import Pass
from tests.box import Box
from tests.faults.memory_fs import MemoryFs, every_cut
from tests.footage import FilmClock, film_past
from tests.verbs import VERBS
from tests.verbs import VERBS as STATUS_VERBS

SECOND = 1_000_000_000
HOUR = 3600 * SECOND


@pytest.fixture
def house(keeper: Keeper) -> Housekeeping:
    return housekeeping(keeper)


def _label(keeper: Keeper) -> Path:
    return Path(keeper.settings.layout.footage, NAME)


def _turn(house: Housekeeping, clock: FilmClock, seconds: int = 60) -> None:
    clock.at_ns += seconds * SECOND
    house.turn()


def _disk_findings(keeper: Keeper) -> dict[str, str]:
    return {
        each.key: str(each.text) for each in keeper.findings.all() if each.key.startswith(("disk-", "damage-", "file"))
    }


def _destruction_refuses(keeper: Keeper, why: str) -> None:
    size = keeper.ledger.size
    with pytest.raises(Unavailable, match=why):
        keeper.destruction.destroy(["00" * 16], "test")
    with pytest.raises(Unavailable, match=why):
        keeper.destruction.routine()
    assert keeper.ledger.size == size


def test_inv_24_an_older_copy_of_the_disk_stops_destruction_until_the_newest_is_back(
    keeper: Keeper, house: Housekeeping, clock: FilmClock
) -> None:
    house.turn()
    copy = _label(keeper).read_bytes()
    for _ in range(2):
        _turn(house, clock, 3600)
    newest = _label(keeper).read_bytes()
    _label(keeper).write_bytes(copy)
    _turn(house, clock)
    (text,) = _disk_findings(keeper).values()
    assert "an older copy of this office's disk" in text
    assert list(_disk_findings(keeper)) == ["disk-older"]
    assert "destruction-failed" not in {each.key for each in keeper.findings.all()}, "nothing was tried"
    _destruction_refuses(keeper, "older copy")
    *_, last = verification(keeper.stores)
    assert [each["what"] for each in last["found"]["ring"]["bad"]] == ["disk older"]
    _turn(house, clock, 7200)
    assert _label(keeper).read_bytes() == copy, "a disk in doubt is not stamped as if it were the newest"
    _label(keeper).write_bytes(newest)
    _turn(house, clock)
    assert _disk_findings(keeper) == {}


@pytest.mark.parametrize(
    ("kind", "label", "says"),
    [
        ("missing", None, "nothing or an empty disk is mounted there"),
        ("foreign", {"appliance": "ab" * 16}, "another office's recorder (abababab)"),
        ("foreign", {"ring": "cd" * 16}, "another ring of this office (cdcdcdcd)"),
        ("moved", {"ring": "cd" * 16, "moved_to": "/elsewhere"}, 'footage = "/elsewhere"'),
        ("unreadable", b"\0" * 90, "it is damaged"),
    ],
)
def test_a_disk_that_is_not_the_office_s_is_a_finding_and_nothing_is_concluded_from_it(
    kind: str, label: object, says: str, box: Box, clock: FilmClock
) -> None:
    box.start("keeper")
    film_past(box, "01", box.made_ns, 1.5)
    box.kill(how=signal.SIGTERM)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        house, layout = housekeeping(keeper), box.settings.layout
        house.turn()
        right, aside = _label(keeper).read_bytes(), layout.ring + ".aside"
        os.rename(layout.ring, aside)
        _put(keeper, label)
        _turn(house, clock)
        found = _disk_findings(keeper)
        assert list(found) == [f"disk-{kind}"]
        assert says in found[f"disk-{kind}"]
        assert "is written" in found[f"disk-{kind}"]
        _destruction_refuses(keeper, "footage disk")
        *_, last = verification(keeper.stores)
        assert [each["what"] for each in last["found"]["ring"]["bad"]] == [f"disk {kind}"]
        status = STATUS_VERBS["status"](keeper, {}, Message({}, b"")).head
        assert [each["camera_no"] for each in status["cameras"]] == ["01", "02"]
        os.rename(aside, layout.ring)
        _label(keeper).write_bytes(right)
        _turn(house, clock)
        assert _disk_findings(keeper) == {}
        *_, last = verification(keeper.stores)
        assert last["found"]["ok"]


def _put(keeper: Keeper, label: object) -> None:
    if label is None:
        _label(keeper).unlink()
    elif isinstance(label, bytes):
        _label(keeper).write_bytes(label)
    else:
        assert isinstance(label, dict)
        before = label_of(keeper.fs, keeper.settings.layout.footage)
        write_label(keeper.fs, keeper.settings.layout.footage, msgspec.structs.replace(before, **label))


def test_the_keeper_starts_without_the_disk_and_without_an_index_and_makes_it_anew_when_the_disk_is_back(
    box: Box, clock: FilmClock
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        label, right = _label(keeper), _label(keeper).read_bytes()
    label.unlink()
    os.unlink(os.path.join(box.settings.layout.keeper, "index.sqlite"))
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        house = housekeeping(keeper)
        house.turn()
        assert keeper.ring.index.doubt
        assert "disk-missing" in _disk_findings(keeper)
        label.write_bytes(right)
        _turn(house, clock)
        assert not keeper.ring.index.doubt


def test_a_hello_that_could_not_be_heeded_is_asked_for_again_when_the_disk_is_back(
    keeper: Keeper, house: Housekeeping, clock: FilmClock
) -> None:
    """What an earlier run left in ``open/`` is then closed, and nobody had to restart anything."""
    right = _label(keeper).read_bytes()
    _label(keeper).unlink()
    hello = {"boot_id": "f" * 32, "boot_ns": 0, "wall_ns": clock.at_ns, "run_id": "r", "open": [], "left": ["x"]}
    VERBS["recorder.hello"](keeper, hello, Message({}, b""))
    durable = {"lengths": {}}
    VERBS["recorder.durable"](keeper, durable, Message({}, b""))
    _label(keeper).write_bytes(right)
    _turn(house, clock)
    with pytest.raises(Unavailable, match="say hello"):
        VERBS["recorder.durable"](keeper, durable, Message({}, b""))
    VERBS["recorder.hello"](keeper, hello, Message({}, b""))
    VERBS["recorder.durable"](keeper, durable, Message({}, b""))
    _turn(house, clock)
    VERBS["recorder.durable"](keeper, durable, Message({}, b""))
    starts = [e.fields for e in keeper.ledger.entries() if e.kind == "recorder.started"]
    assert [each["process"] for each in starts] == ["keeper", "recorder"], "one run, however often it says hello"


def test_a_power_cut_between_two_stamps_leaves_one_that_is_known() -> None:
    """Enumerated over every step of two renewals: whatever is left is the right disk, up to date, and stamped on."""

    def watch(fs: MemoryFs) -> DiskWatch:
        return DiskWatch(fs, FootageDisk(fs, "/disk", "ab" * 16, "cd" * 16), "/keeper", os.urandom)

    def renewed(fs: MemoryFs, said: list[object]) -> None:
        for _ in range(2):
            watch(fs).renew()

    start = MemoryFs("/disk", "/keeper")
    write_label(start, "/disk", DiskLabel(appliance="ab" * 16, ring="cd" * 16))
    watch(start).renew()
    start.sync_fs("/")
    cuts = 0
    for cut in every_cut(renewed, start=start):
        after = watch(cut.fs)
        assert after.trouble == "", f"{cut}: {after.trouble}"
        after.renew()
        assert after.look() == ""
        cuts += 1
    assert cuts > 12


def test_a_journal_that_failed_has_the_keeper_start_anew_once_the_disk_takes_writes(
    keeper: Keeper, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []
    house = housekeeping(keeper, lambda: asked.append(None))
    with monkeypatch.context() as broken:
        broken.setattr("appliance.storage.files._RealFile.write", _fails)
        with pytest.raises(NotWritable):
            keeper.ledger.append("login.counted", {"failed": 1})
        _turn(house, clock)
        text = {each.key: each.text for each in keeper.findings.all()}["journal-failed"]
        assert text.startswith("ledger: a write failed")
        assert not asked
    _turn(house, clock)
    assert asked


def test_a_journal_that_is_being_written_has_not_failed(
    keeper: Keeper, house: Housekeeping, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The duty comes while another thread is in the middle of an append: it waits for it."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(file: object) -> None:
        begun.set()
        assert go_on.wait(120)

    with monkeypatch.context() as slowed:
        slowed.setattr("appliance.storage.files._RealFile.sync", slow)
        writing = threading.Thread(target=keeper.ledger.append, args=("login.counted", {"failed": 1}))
        writing.start()
        assert begun.wait(120)
        clock.at_ns += 60 * SECOND
        duty = threading.Thread(target=house.turn)
        duty.start()
        duty.join(0.2)
        go_on.set()
        writing.join()
        duty.join()
    assert "journal-failed" not in [each.key for each in keeper.findings.all()]


def _fails(*_: object) -> None:
    raise OSError(5, "Input/output error")


def test_a_full_pass_of_the_scrub_is_entered_and_its_rate_is_a_setting(
    keeper: Keeper, house: Housekeeping, clock: FilmClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[int] = []

    def step(max_bytes: int) -> list[object]:
        rates.append(max_bytes)
        return []

    done = iter([Pass(7, 3, 999)])
    monkeypatch.setattr(keeper.scrub, "step", step)
    monkeypatch.setattr(keeper.scrub, "finished_pass", lambda: next(done, None))
    _turn(house, clock)
    _turn(house, clock)
    assert rates == [keeper.settings.scrub_bytes_per_second] * 2
    entered = [entry.fields for entry in keeper.ledger.entries() if entry.kind == "scrub.done"]
    assert entered == [{"bytes": 999, "damaged": 0, "segments": 3, "since_ns": 7}]
