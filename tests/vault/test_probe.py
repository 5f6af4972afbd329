"""The probe: once a day it goes the way of footage and comes back; whatever the disk does to it is seen."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.core.errors import NotWritable
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import DAY_NS
from appliance.vault.keys.vault import VAULT_PRIVATE_BYTES
from appliance.vault.ring.probe import Probe
from tests.faults.memory_fs import KILLED, MODES, MemoryFs, every_cut
from tests.vault.ringcases import BOX_KEY, LEDGER, MONDAY_NS, SIGNING, MovingClock, drawn, entered, new_disk

HOUR = 3600 * 10**9
FOOTAGE, KEYS = "/office", "/office/keeper"


class Desk:
    def __init__(self, fs: MemoryFs | None = None, clock: MovingClock | None = None, seed: object = 0) -> None:
        self.fs, self.clock, self.ring = fs or new_disk(), clock or MovingClock(MONDAY_NS + 3 * HOUR), "ring-1"
        self.some = drawn(f"probe {seed}")
        self.ledger = Ledger(self.fs, LEDGER, self.clock, origin="test", signing_key=SIGNING)
        self.acts = Acts(self.ledger, self.fs, "/office/keeper/records", BOX_KEY, self.clock, random=self.some)
        self.probe = self.started()

    def started(self) -> Probe:
        return Probe(
            self.fs, FOOTAGE, KEYS, self.acts, self.ledger, self.clock, ring=lambda: self.ring, random=self.some
        )

    def on(self, days: int) -> dict[str, float]:
        self.clock.go_to(MONDAY_NS + days * DAY_NS + 3 * HOUR)
        self.probe.turn(trusted=True)
        return self.probe.figures()

    def path(self, days: int) -> str:
        return f"{FOOTAGE}/probe/{date.fromordinal(date(2026, 9, 28).toordinal() + days):%Y%m%d}.probe"


def test_it_comes_back_once_a_day_and_is_read_again_a_day_two_weeks_and_a_month_later() -> None:
    desk = Desk()
    assert desk.on(0) == {"probe_bad.0": 0, "probe_age_days": 0}
    desk.probe.turn(trusted=True)
    (entry,) = entered(desk.ledger, "probe.done")
    assert (entry["day"], entry["ring"]) == ("2026-09-28", "ring-1")
    assert 200_000 < entry["bytes"] < 300_000
    for day in range(1, 32):
        told = desk.on(day)
    assert told == {"probe_bad.0": 0, "probe_bad.1": 0, "probe_bad.15": 0, "probe_bad.31": 0, "probe_age_days": 0}
    assert len(entered(desk.ledger, "probe.done")) == 32
    desk.probe = desk.started()
    assert desk.on(31)["probe_bad.31"] == 0, "a start knows the hashes from the ledger"
    for day in range(32, 45):
        desk.on(day)
    names = desk.fs.list_dir(f"{FOOTAGE}/probe")
    assert len(names) == 41, "what no look back needs is removed"


@pytest.mark.parametrize("ago", [1, 15, 31])
def test_one_bit_that_turned_or_a_file_that_is_gone_is_seen(ago: int) -> None:
    desk = Desk()
    for day in range(ago + 1):
        desk.on(day)
    path = desk.path(0)
    data = bytearray(desk.fs.read(path))
    data[len(data) // 2] ^= 1
    desk.fs.unlink(path)
    file = desk.fs.create(path)
    file.write(data)
    file.close()
    assert desk.on(ago)[f"probe_bad.{ago}"] == 1
    desk.fs.unlink(path)
    assert desk.on(ago)[f"probe_bad.{ago}"] == 1


class _Forgetful(MemoryFs):
    """Gives back other bytes than it took, where a test says so."""

    spoil = False

    def read_at(self, path: str, offset: int, size: int) -> bytes:
        data = super().read_at(path, offset, size)
        return bytes([data[0] ^ 1]) + data[1:] if self.spoil and "/probe/" in path and offset > 1000 else data


def test_a_disk_that_gives_back_other_bytes_is_seen_the_same_day_and_nothing_is_entered() -> None:
    desk = Desk()
    desk.fs.__class__ = _Forgetful
    desk.fs.spoil = True  # type: ignore[attr-defined]
    assert desk.on(0)["probe_bad.0"] == 1
    assert "segment" in desk.probe.why
    assert entered(desk.ledger, "probe.done") == []
    desk.fs.spoil = False  # type: ignore[attr-defined]
    assert desk.on(0) == {"probe_bad.0": 0, "probe_age_days": 0}, "it is tried again at the next turn"


def test_a_disk_that_takes_no_writes_is_seen_and_the_newest_that_came_back_grows_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    desk.on(0)

    def refuse(path: str, *, mode: int = 0o600) -> object:
        raise NotWritable(f"{path}: no room")

    monkeypatch.setattr(desk.fs, "create", refuse)
    told = desk.on(3)
    assert (told["probe_bad.0"], told["probe_age_days"]) == (1, 3)


def test_on_another_disk_it_begins_anew_and_misses_nothing_of_the_old_one() -> None:
    desk = Desk()
    desk.on(0)
    desk.ring = "ring-2"
    told = desk.on(1)
    assert "probe_bad.1" not in told
    assert told["probe_bad.0"] == 0


def test_a_lost_key_is_made_anew() -> None:
    desk = Desk()
    desk.on(0)
    first = desk.fs.read(f"{KEYS}/probe.key")
    assert len(first) == VAULT_PRIVATE_BYTES
    desk.fs.unlink(f"{KEYS}/probe.key")
    assert desk.on(1)["probe_bad.0"] == 0
    assert desk.fs.read(f"{KEYS}/probe.key") != first


def test_cut_anywhere_the_next_turn_makes_it_whole() -> None:
    count = 0
    for cut in every_cut(lambda fs, said: Desk(fs).probe.turn(trusted=True), start=new_disk(), modes=(*MODES, KILLED)):
        count += 1
        desk = Desk(cut.fs, seed="after")
        desk.probe.turn(trusted=True)
        assert desk.probe.figures()["probe_bad.0"] == 0, cut
        (entry,) = entered(desk.ledger, "probe.done")
        assert entry["day"] == "2026-09-28"
    assert count > 10


def test_a_clock_that_is_ahead_takes_no_probe_and_hides_no_age() -> None:
    desk = Desk()
    for day in range(3):
        desk.on(day)
    desk.clock.go_to(MONDAY_NS + 400 * DAY_NS)
    desk.probe.turn(trusted=False)
    assert len(desk.fs.list_dir(f"{FOOTAGE}/probe")) == 4
    told = desk.on(3)
    assert (told["probe_bad.1"], told["probe_age_days"]) == (0, 0)
