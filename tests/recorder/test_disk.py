"""The recorder and its disk: a power cut or an error at any step of recording, another disk in its place, and for every
step that keeps a promise a broken variant that these checks find."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from appliance.core.model import Manifest
from appliance.formats.segment_files import segment_name
from appliance.recorder.camera import channel
from appliance.recorder.supervisor import camera, recording, syncer, writer
from appliance.recorder.supervisor.disk_trouble import WELL_AFTER_NS, DiskTrouble
from appliance.recorder.supervisor.syncer import Synced
from tests.faults.memory_fs import MODES, MemoryFs, every_cut, every_failure
from tests.faults.mutants import caught_by, changed_module
from tests.recorder import rig as rig_module
from tests.recorder.rig import OPEN, SECOND, SLOT, START_NS, Rig, registry


def _path(name: str) -> str:
    return f"{OPEN}/{name}"


# --- a camera's life on a disk: begun, synced, ended at the border, begun again; with a keeper and without ---


class Life:
    """What a recorder tells: ``durable`` (each file's bytes up to there), ``closed`` (a manifest)."""

    def __init__(self, *, keeper: bool = True) -> None:
        self.keeper = keeper

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        rig, border = Rig(fs=fs), START_NS + SLOT
        rig.clock.advance((border - rig.clock.wall) / SECOND - 4)
        rig.noted.away = not self.keeper
        rig.supervisor.put_in_force(registry("01"))
        rig.turn()
        self._some_frames(rig, said, START_NS)
        rig.clock.advance((border - rig.clock.wall) / SECOND)
        begun = rig.syncer.sync()
        rig.launches.last("01").end("slot")
        rig.turn(0.1)
        self._note(rig, said, begun)
        self._some_frames(rig, said, border)
        rig.supervisor.finish()
        self._sync(rig, said)

    def _some_frames(self, rig: Rig, said: list[Any], slot_ns: int) -> None:
        actor = rig.launches.last("01").listen()
        actor.begin(actor.key(slot_ns), rig.clock.wall)
        for _ in range(2):
            for _ in range(2):
                actor.frame(rig.clock.wall)
                rig.turn(0.5)
            self._sync(rig, said)
            if any(kind == channel.AGAIN for kind, _ in actor.listen().told):
                actor.told.clear()
                actor.begin(actor.key(slot_ns), 0, number=actor.key(slot_ns).number + _used(rig))

    def _sync(self, rig: Rig, said: list[Any]) -> None:
        self._note(rig, said, rig.syncer.sync())

    def _note(self, rig: Rig, said: list[Any], synced: Synced) -> None:
        """The sync is over; what is told then is told."""
        rig.durable = {}
        rig.supervisor.synced(synced)
        rig.turn(0.1)
        for name, length in rig.durable.items():
            said.append(("durable", name, rig.fs.read(_path(name))[:length]))
        for manifest in rig.noted.of("closed"):
            said.append(("closed", manifest, b""))


def _used(rig: Rig) -> int:
    bucket = rig.supervisor.desks["01"].recording.bucket
    return bucket.next_number if bucket else 0


def _check(fs: MemoryFs, said: list[Any] | tuple[Any, ...], where: str, *, strict: bool = True) -> None:
    """``strict``: also a damaged file is what its manifest says. It may be less when a sync failed after its end."""
    for kind, what, data in said:
        if kind == "durable":
            assert fs.read(_path(what))[: len(data)] == data, f"{where}: {what} was durable to {len(data)} bytes"
        else:
            _check_manifest(fs, what, where, strict)


def _check_manifest(fs: MemoryFs, manifest: Manifest, where: str, strict: bool) -> None:
    for segment in manifest.segments:
        path = _path(segment_name(manifest.bucket_id, segment.number))
        if segment.bytes and (strict or not segment.damaged):
            digest = hashlib.sha256(fs.read(path)).hexdigest()
            assert digest == segment.sha256, f"{where}: {path} is not what its manifest says"


def check_every_cut() -> None:
    cuts = 0
    for cut in every_cut(Life(), OPEN, modes=MODES):
        _check(cut.fs, cut.said, str(cut))
        cuts += 1
    assert cuts > 30


def check_every_cut_without_a_keeper() -> None:
    """Whoever has a frame of a bucket has its key's record: they lie side by side."""
    for cut in every_cut(Life(keeper=False), OPEN, modes=MODES):
        _check(cut.fs, cut.said, str(cut))
        names = cut.fs.list_dir(OPEN)
        for name in names:
            bucket_id = name.split(".")[0]
            if name.endswith(".seg"):
                assert f"{bucket_id}.emergency" in names, f"{cut}: {name} without its key"
                assert cut.fs.size(_path(f"{bucket_id}.emergency")) > 1000, f"{cut}: its key is torn"


def check_every_error() -> None:
    """The recorder outlives an error at any call, and what it says afterwards is true."""
    for call, fs, said, raised in every_failure(Life(), OPEN, errors=(errno.EIO,), shorts=(0, 9)):
        assert raised is None, f"{call}: {raised!r}"
        strict = call.name != "sync_fs"
        _check(fs, said, f"{call} failed", strict=strict)
        _check(fs.image("none"), said, f"{call} failed, then a power cut", strict=strict)


def check_every_lie() -> None:
    """A sync that failed dropped what was written, and the next one says all is well (fsyncgate)."""
    for number in range(1, 7):
        said: list[Any] = []
        fs = _Lying(number)
        Life()(fs, said)
        assert fs.lied == 1
        strict = number in (1, 2, 5)  # each other one comes after the end of a file
        _check(fs, said, f"sync {number} lied", strict=strict)
        _check(fs.image("none"), said, f"sync {number} lied, then a power cut", strict=strict)


class _Lying(MemoryFs):
    """Its ``number``-th sync of all fails, what was not durable is dropped, and later ones find nothing to write."""

    def __init__(self, number: int) -> None:
        self._number, self.lied = 0, 0
        super().__init__(OPEN)
        self._number = number

    def sync_fs(self, path: str) -> None:
        self._number -= 1
        if self._number == 0:
            for name in self.list_dir(OPEN):
                self._file(_path(name)).dirty = []
            self.lied += 1
            raise OSError(errno.EIO, "Input/output error", path)
        super().sync_fs(path)


def check_another_disk() -> None:
    """While another disk lies there nothing is created and no sync is believed; then recording goes on."""
    fs, wrong = MemoryFs(OPEN), [""]
    rig = Rig("01", fs=fs, wrong=lambda: wrong[0])
    actor = rig.record("01")
    rig.sync()
    before = rig.files()
    wrong[0] = "footage disk: another"
    actor.frame(rig.clock.wall)
    rig.turn()
    rig.durable = {}
    synced = rig.sync()
    assert synced.error
    assert rig.durable == {}
    actor.begin(actor.key(), 0, number=1)
    for _ in range(3):
        actor.frame(rig.clock.wall)
        rig.turn(2.0)
    assert rig.files().keys() == before.keys()
    assert rig.state("01").state == "lost"
    wrong[0] = ""
    actor.frame(rig.clock.wall)
    rig.turn(1.0)
    actor.begin(actor.key(), 0, number=2)
    actor.frame(rig.clock.wall)
    rig.turn()
    assert rig.state("01").state == "lost", "written, but nobody knows yet whether it stays"
    rig.sync()
    actor.frame(rig.clock.wall)
    rig.turn()
    assert rig.state("01").state == "live"
    assert len(rig.files()) == len(before) + 1


def check_nothing_stays_open() -> None:
    """A file that can neither be written nor cut back is closed all the same: else nobody could unmount the disk."""
    fs = MemoryFs(OPEN)
    rig = Rig("01", fs=fs)
    actor = rig.record("01")
    segment = rig.supervisor.desks["01"].recording.bucket
    assert segment is not None
    assert segment.segment is not None
    file = segment.segment._file
    assert file is not None
    closed: list[None] = []
    real = file.close
    file.close = lambda: (closed.append(None), real())[1]  # type: ignore[method-assign]
    fs.fail(1, errno.EROFS, lasting=True)
    actor.frame(rig.clock.wall)
    rig.turn()
    assert closed


CHECKS: tuple[Callable[[], None], ...] = (
    check_every_cut,
    check_every_cut_without_a_keeper,
    check_every_error,
    check_every_lie,
    check_another_disk,
    check_nothing_stays_open,
)


@pytest.mark.parametrize("check", CHECKS)
def test_recording_on_a_disk_that_fails(check: Callable[[], None]) -> None:
    check()


# --- broken variants, each named with the checks that must find it ---

MUTANTS: dict[str, tuple[Any, tuple[str, str], str]] = {
    "create: the key's record is not synced": (
        recording,
        ("Recording._write_emergency", "drop call sync"),
        "check_every_cut_without_a_keeper",
    ),
    "create: the key's record has no durable name": (
        recording,
        ("Recording._write_emergency", "drop call sync_dir"),
        "check_every_cut_without_a_keeper",
    ),
    "create: the key's record is left out": (
        recording,
        ("Recording._open_bucket", "drop call _write_emergency"),
        "check_every_cut_without_a_keeper",
    ),
    "create: on whatever disk lies there": (
        recording,
        ("Recording.begin_segment", "force wrong False"),
        "check_another_disk",
    ),
    "append: what was not hashed": (
        writer,
        ("SegmentWriter._append", "swap update (lambda data: self._hash.update(data[:-1]))"),
        "check_every_cut",
    ),
    "append: a write that failed is not cut back": (
        writer,
        ("SegmentWriter.close", "drop call truncate"),
        "check_every_error",
    ),
    "append: a write that failed ends the recorder": (
        recording,
        ("Recording.frame", "put OSError ValueError"),
        "check_every_error",
    ),
    "append: a file that cannot be cut back stays open": (
        writer,
        ("SegmentWriter.close", "drop call close"),
        "check_nothing_stays_open",
    ),
    "sync: left out": (syncer, ("Syncer.sync", "drop call sync_fs"), "check_every_cut"),
    "sync: of another disk is believed": (syncer, ("Syncer.sync", "swap _wrong (lambda: '')"), "check_another_disk"),
    "sync: one that failed is believed": (syncer, ("Syncer.sync", "drop set failed 2"), "check_every_lie"),
    "close: before it is durable": (recording, ("Recording._settle", "force lengths False"), "check_every_cut"),
    "close: what a failed sync lost is kept": (
        recording,
        ("Recording.synced", "drop keyword unsynced"),
        "check_every_lie",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_checks_find_a_recorder_with(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, change, finder = MUTANTS[name]
    broken = changed_module(module, change)
    if module is recording:
        monkeypatch.setattr(camera, "Recording", broken.Recording)
    elif module is writer:
        monkeypatch.setattr(recording, "SegmentWriter", broken.SegmentWriter)
        monkeypatch.setattr(recording, "OpenBucket", broken.OpenBucket)
    else:
        monkeypatch.setattr(rig_module, "Syncer", broken.Syncer)
    (check,) = [check for check in CHECKS if check.__name__ == finder]
    assert caught_by(check), f"{finder} passes with it"


# --- what is told ---


def test_what_is_wrong_with_the_disk_is_told_with_the_states_and_over_a_minute_after() -> None:
    fs = MemoryFs(OPEN)
    rig = Rig("01", fs=fs)
    actor = rig.record("01")
    fs.fail(1, errno.EIO)
    actor.frame(rig.clock.wall)
    rig.turn(1.0)
    rig.turn(1.0)
    assert list(rig.faults) == ["disk-write"]
    assert "tries again every 5 s" in rig.faults["disk-write"]
    assert [line for line in rig.log if line.startswith("disk-write")] == [f"disk-write: {rig.faults['disk-write']}"]
    rig.turn(WELL_AFTER_NS / SECOND)
    rig.turn(1.0)
    assert rig.faults == {}


def test_a_slow_sync_is_told_and_another_disk_is_no_failed_sync() -> None:
    trouble = DiskTrouble()
    trouble.synced(0, Synced({}, "", 250_000_000))
    trouble.synced(0, Synced({}, "footage disk: another", 0, away=True))
    assert trouble.faults(0) == {}
    trouble.synced(0, Synced({}, "", 700_000_000))
    trouble.synced(1, Synced({}, "", 900_000_000))
    assert "a sync took 0.70 s" in trouble.faults(2)["disk-slow"]
    trouble.away(2, "footage disk: another")
    assert set(trouble.faults(2)) == {"disk-slow", "disk-away"}
    trouble.away(3, "")
    assert set(trouble.faults(WELL_AFTER_NS)) == {"disk-slow"}
    assert trouble.faults(1 + WELL_AFTER_NS) == {}


def test_the_slow_sync_of_a_stop_is_no_fault() -> None:
    trouble = DiskTrouble()
    trouble.synced(0, Synced({}, "", 700_000_000))
    trouble.stopping()
    trouble.synced(1, Synced({}, "", 900_000_000))
    assert trouble.faults(2) == {}
    trouble.synced(2, Synced({}, "Input/output error", 0))
    assert set(trouble.faults(2)) == {"disk-sync"}
    rig = Rig("01")
    rig.record("01")
    rig.supervisor.synced(Synced({}, "", 700_000_000))
    rig.turn(1.0)
    assert set(rig.faults) == {"disk-slow"}
    rig.supervisor.stop()
    rig.supervisor.finish()
    assert rig.faults == {}
