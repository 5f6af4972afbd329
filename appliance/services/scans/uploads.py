"""Scans that are being brought: each piece is sealed as it comes, so that one piece is all that memory holds of it.

An upload belongs to the session that began it. Few are open at once, each for a few minutes at most; one that nobody
goes on with is removed. Nothing here is entered: what is not finished was never taken in.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import NotWritable, Unavailable, UsageError
from appliance.rules.amounts import bytes_text
from appliance.rules.scans import MAX_SCAN_BYTES
from appliance.services.scans.file import KEY_BYTES, ScanWriter, Sealed
from appliance.services.scans.scans import PART, Paper
from appliance.storage.files import Fs

__all__ = ["MOST_OPEN", "SILENT_NS", "WHOLE_NS", "FinishedUpload", "Uploads"]

MOST_OPEN = 6
SILENT_NS = 60 * 1_000_000_000
"""An upload of which nothing came for so long is removed."""
WHOLE_NS = 600 * 1_000_000_000
"""And one that is not finished by then: 20 MiB take five minutes at half a megabit."""


class FinishedUpload(NamedTuple):
    """A finished file: it lies sealed and durable as ``<file_id>.part``. ``by``: the person who began to bring it."""

    paper: Paper
    file_id: str
    key: bytes
    path: str
    sealed: Sealed
    by: str


@dataclass
class _Upload:
    owner: str
    by: str
    paper: Paper
    file_id: str
    key: bytes
    writer: ScanWriter
    began_ns: int
    heard_ns: int
    lock: threading.Lock


class Uploads:
    """Thread-safe. ``fs`` is the disk itself, without the records' reserve behind it; ``spare_bytes()`` is how much of
    the disk is kept for the ledger and the other records whatever is brought (``T-13``)."""

    def __init__(
        self,
        fs: Fs,
        folder: str,
        clock: Clock,
        random: Callable[[int], bytes],
        *,
        spare_bytes: Callable[[], int] = lambda: 0,
    ) -> None:
        self._fs, self._folder, self._clock, self._random, self._spare = fs, folder, clock, random, spare_bytes
        self._open: dict[str, _Upload] = {}
        self._lock = threading.Lock()

    def begin(self, owner: str, paper: Paper, by: str) -> str:
        """A new upload of the session ``owner``, by the person ``by``; the name it goes by. Raises NotWritable when the
        disk is short of room, Unavailable while as many as may be are open."""
        self.sweep()
        self._need_room(MAX_SCAN_BYTES)
        with self._lock:
            if len(self._open) >= MOST_OPEN:
                raise Unavailable.of("scan-busy")
            file_id, key, now_ns = self._random(16).hex(), self._random(KEY_BYTES), self._clock.boot_ns()
            writer = ScanWriter(self._fs, os.path.join(self._folder, file_id + PART), key, file_id)
            name = self._random(16).hex()
            self._open[name] = _Upload(owner, by, paper, file_id, key, writer, now_ns, now_ns, threading.Lock())
        return name

    def add(self, owner: str, name: str, piece: bytes) -> None:
        """The next piece. Raises UsageError past the size that a scan may have and NotWritable, and the upload is over
        then; Unavailable when it was before."""
        upload = self._get(owner, name)
        with upload.lock:
            try:
                if upload.writer.bytes + len(piece) > MAX_SCAN_BYTES:
                    most = MAX_SCAN_BYTES >> 20
                    raise UsageError.of("scan-size", most=most)
                self._need_room(len(piece))
                upload.writer.add(piece)
            except (UsageError, NotWritable):
                self.drop(owner, name)
                raise
            upload.heard_ns = self._clock.boot_ns()

    def finish(self, owner: str, name: str) -> FinishedUpload:
        """Ends the upload: whoever called has the file then, and puts it in or removes it. Raises UsageError for an
        empty one, Unavailable when it is over, NotWritable; the file is gone then."""
        upload = self._get(owner, name)
        with upload.lock:
            with self._lock:
                self._open.pop(name, None)
            try:
                if not upload.writer.bytes:
                    raise UsageError.of("scan-empty")
                sealed = upload.writer.finish()
            except (UsageError, NotWritable):
                upload.writer.abandon()
                raise
        return FinishedUpload(upload.paper, upload.file_id, upload.key, upload.writer.path, sealed, upload.by)

    def drop(self, owner: str, name: str) -> None:
        """Removes an upload; one that is over already is no error."""
        with self._lock:
            upload = self._open.get(name)
            if upload is None or upload.owner != owner:
                return
            del self._open[name]
        upload.writer.abandon()

    def sweep(self) -> int:
        """Removes what nobody goes on with; how many."""
        now_ns = self._clock.boot_ns()
        with self._lock:
            stale = [
                name
                for name, each in self._open.items()
                if now_ns - each.heard_ns > SILENT_NS or now_ns - each.began_ns > WHOLE_NS
            ]
            gone = [self._open.pop(name) for name in stale]
        for upload in gone:
            with upload.lock:
                upload.writer.abandon()
        return len(gone)

    def _get(self, owner: str, name: str) -> _Upload:
        with self._lock:
            upload = self._open.get(name)
        if upload is None or upload.owner != owner:
            raise Unavailable.of("scan-over")
        return upload

    def _need_room(self, size: int) -> None:
        try:
            free = self._fs.free_bytes(self._folder)
        except OSError as error:
            raise NotWritable.of("scan-disk", why=error.strerror) from error
        if free < size + self._spare():
            left = bytes_text(free)
            raise NotWritable.of("scan-room", left=left)
