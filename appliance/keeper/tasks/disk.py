"""The disks while the keeper runs: whether the footage disk is there, whether journals still take writes, and reading
footage again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from appliance.core.errors import NotWritable
from appliance.keeper.diskwatch import OLDER, DiskWatch
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.keeper.stores import Stores
from appliance.keeper.tasks.damage import end_what_is_over, is_damage, tell_aside, tell_damage
from appliance.keeper.tasks.tombstone import replay
from appliance.services.recording.state import RecorderState
from appliance.storage.files import Fs, write_atomic
from appliance.vault.ring.scrub import Scrub

__all__ = ["DiskTasks", "ScrubTasks"]


class DiskTasks:
    """``directory``: the keeper's own. ``restart`` restarts the keeper: a journal that failed is
    closed for good, and the disk takes writes again."""

    def __init__(
        self,
        fs: Fs,
        directory: str,
        stores: Stores,
        disk_watch: DiskWatch,
        recorder: RecorderState,
        findings: Findings,
        restart: Callable[[], None],
    ) -> None:
        self._fs, self._directory, self._stores = fs, directory, stores
        self._disk_watch, self._recorder, self._findings = disk_watch, recorder, findings
        self._restart = restart
        self._kind = disk_watch.kind

    def look(self) -> None:
        """Is it the office's footage disk? When it is back, the recorder is asked for what could not be closed."""
        watch, recorder = self._disk_watch, self._recorder
        watch.tell(self._findings)
        before, self._kind = self._kind, watch.kind
        if self._kind in ("", OLDER) and self._kind != before:
            replay(self._stores, watch, self._findings, whole=self._kind == OLDER)
        with recorder.lock:
            if recorder.hello_owed and watch.is_there and not self._stores.ring.index.doubt:
                recorder.greeted = recorder.hello_owed = False

    def check_journals(self) -> None:
        """Ledger, records and catalogue take nothing more after a failed write until they are reopened."""
        stores, findings = self._stores, self._findings
        journals = {
            "ledger": stores.ledger.writable,
            "records": stores.acts.writable,
            "catalogue": stores.ring.catalogue.writable,
        }
        failed = [name for name, writable in journals.items() if not writable]
        if not failed:
            findings.clear("journal-failed")
            return
        findings.open(
            "journal-failed",
            "storage",
            f"{', '.join(failed)}: a write failed; nothing is viewed, received or destroyed until the keeper has "
            "restarted, which it does by itself when the disk takes writes again; recording goes on; look at the disk",
        )
        with contextlib.suppress(NotWritable):
            write_atomic(self._fs, os.path.join(self._directory, "writable"), b"yes\n")
            say("the disk takes writes again; restarting")
            self._restart()


class ScrubTasks:
    """Reading footage again, at a pace of ``bytes_per_second``."""

    def __init__(
        self, scrub: Scrub, stores: Stores, disk_watch: DiskWatch, findings: Findings, bytes_per_second: int
    ) -> None:
        self._scrub, self._stores, self._disk_watch = scrub, stores, disk_watch
        self._findings, self._bytes_per_second = findings, bytes_per_second

    def step(self) -> None:
        if self._disk_watch.trouble:
            return  # what another disk lacks is not damaged
        for damage in self._scrub.step(self._bytes_per_second):
            tell_damage(self._findings, damage)
        if done := self._scrub.finished_pass():
            damaged = sum(map(is_damage, self._findings.all()))
            self._stores.ledger.append("scrub.done", {**done._asdict(), "damaged": damaged})

    def count(self) -> None:
        """How much of the ring there is to read, and which damages are over."""
        tell_aside(self._findings, self._stores.ring.index)
        self._scrub.count()
        if not self._disk_watch.trouble:
            end_what_is_over(self._findings, self._stores.ring)
