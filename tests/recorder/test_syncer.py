"""One sync a second; what it says is durable was written before it began."""

from __future__ import annotations

import errno
import threading

from appliance.recorder.supervisor.syncer import Synced, Syncer
from tests.faults.memory_fs import MemoryFs
from tests.recorder.rig import OPEN, SetClock


def test_a_sync_makes_what_was_written_before_it_durable_and_says_so() -> None:
    fs = MemoryFs(OPEN)
    file = fs.create(f"{OPEN}/a.seg")
    written = {"a.seg": 3}
    file.write(b"abc")
    synced = Syncer(fs, OPEN, SetClock(), written.copy, lambda synced: None).sync()
    file.write(b"def")
    assert (synced.lengths, synced.error) == ({"a.seg": 3}, "")
    assert fs.image("none").read(f"{OPEN}/a.seg") == b"abc"


def test_INV_23_what_was_written_while_a_sync_ran_is_not_called_durable() -> None:
    class Busy(MemoryFs):
        def sync_fs(self, path: str) -> None:
            super().sync_fs(path)
            if path == OPEN:
                file.write(b"def")
                written["a.seg"] = 6

    fs = Busy(OPEN)
    file = fs.create(f"{OPEN}/a.seg")
    written = {"a.seg": 3}
    file.write(b"abc")
    synced = Syncer(fs, OPEN, SetClock(), written.copy, lambda synced: None).sync()
    assert synced.lengths == {"a.seg": 3}
    assert fs.image("none").read(f"{OPEN}/a.seg") == b"abc"


def test_a_sync_that_fails_says_why() -> None:
    fs = MemoryFs(OPEN)
    fs.create(f"{OPEN}/a.seg").write(b"abc")
    fs.fail(1, errno.EIO)
    assert Syncer(fs, OPEN, SetClock(), dict, lambda synced: None).sync().error


def test_syncs_follow_each_other_until_it_is_closed() -> None:
    clock, seen, third = SetClock(), list[Synced](), threading.Event()

    def done(synced: Synced) -> None:
        seen.append(synced)
        clock.advance(1.0)
        if len(seen) == 3:
            third.set()

    syncer = Syncer(MemoryFs(OPEN), OPEN, clock, dict, done)
    syncer.start()
    assert third.wait(120)
    syncer.close()
    after = len(seen)
    assert syncer.sync().error == ""
    assert len(seen) == after
