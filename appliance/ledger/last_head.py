"""The newest head that the box keeps of its own ledger, for its own next start: ``ledger.head`` beside the entries.

Entries carry no key, so a process that can write the file can cut its end off, change an entry or add one. Heads in
``heads/`` are made once an hour; this one every few seconds, and when the ledger is closed in order. Then it says so,
and at the next opening there must be exactly as many entries: what was added meanwhile no keeper wrote. After a power
cut it shows only that nothing before it was touched. Somebody who puts back the ledger with the head of that moment
is found by a head that left the box.
"""

from __future__ import annotations

import contextlib
import os

from appliance.core.errors import Damaged, NotWritable
from appliance.ledger.log import Ledger
from appliance.storage.files import Fs, write_atomic

__all__ = ["FILE_NAME", "LastHead"]

FILE_NAME = "ledger.head"
_OPEN, _CLOSED = "open", "closed"
"""The extension line: of a head while entries are made, and of one over a ledger that was closed in order. Heads for
others have neither: otherwise one of them would hide entries that were added behind it."""


class LastHead:
    """Opened right after the ledger, before anything is entered. ``wrong``: how the ledger contradicts its last head,
    "" when it does not; what contradicts is kept as it is, so each later start and ``verify`` say so again. ``lost``:
    why there was no head to compare with; a new one is begun."""

    def __init__(self, fs: Fs, directory: str, ledger: Ledger) -> None:
        self._fs, self._path, self._ledger = fs, os.path.join(directory, FILE_NAME), ledger
        self._kept_size = -1
        self.wrong = self.lost = ""
        self._compare()

    def _compare(self) -> None:
        try:
            note = self._fs.read(self._path).decode(errors="replace")
        except OSError as error:
            self.lost = (
                f"{self._path}: cannot be read ({error.strerror}); what was done to the ledger since its newest head "
                "in heads/ does not show; compare it with a head that left the box"
            )
            return
        try:
            head = self._ledger.check_head(note)
            if head.extensions not in ((_OPEN,), (_CLOSED,)):
                raise Damaged(f"head over {head.size} entries: it was made for others, somebody put it here")
            if _CLOSED in head.extensions and self._ledger.size > head.size:
                added = self._ledger.size - head.size
                raise Damaged(
                    f"head over {head.size} entries: the ledger was closed then, and {added} were added since"
                )
        except Damaged as error:
            self.wrong = (
                f"{self._path}: {error}; this ledger is not what the keeper left: nothing is destroyed, keep "
                "everything as it is, compare with a head that left the box and restore the newest backup"
            )

    def begin(self) -> None:
        """What lies there does not say any more that the ledger is closed. A full disk may take an entry of its reserve
        and no head: then there is none, rather than one that the next start would hold against the keeper's own."""
        try:
            self.keep()
        except NotWritable:
            if not self.wrong:
                with contextlib.suppress(OSError):
                    self._fs.unlink(self._path)

    def keep(self, *, closed: bool = False) -> None:
        """Writes the present head, where another is kept: durable on return. Nothing where the ledger contradicts the
        one there, nor ``closed`` after a failed write, when what lies at the end is unknown. Raises NotWritable."""
        if self.wrong or (self._ledger.size == self._kept_size and not closed):
            return
        if closed and not self._ledger.writable:
            return
        size = self._ledger.size
        note = self._ledger.checkpoint(_CLOSED if closed else _OPEN)
        write_atomic(self._fs, self._path, note.encode())
        self._kept_size = size
