"""Whether the footage disk is the office's own and up to date: looked at every few seconds, stamped anew every hour.

The stamp on the disk and the keeper's copy of it are both made anew while the right disk is there. A disk whose stamp
is neither the newest nor the one before is an older copy: it is recorded on, because footage lost now is lost for good,
but nothing is destroyed by what it lacks (``INV-24``).
"""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from appliance.core.messages import Said
from appliance.keeper.findings import Findings
from appliance.storage.files import Fs, write_atomic
from appliance.storage.footage_disk import DiskLabel, FootageDisk, label_of, write_label
from appliance.vault.ring.adoption import STAMPS

__all__ = ["KINDS", "OLDER", "DiskWatch"]

OLDER = "older"
KINDS = ("missing", "unreadable", "foreign", "moved", OLDER)

_STAMP_BYTES = 8


class DiskWatch:
    """``trouble`` is what the last look found, "" when all is well; ``kind`` is one of ``KINDS`` then."""

    def __init__(self, fs: Fs, disk: FootageDisk, directory: str, random: Callable[[int], bytes]) -> None:
        """``directory`` is the keeper's own, on whichever disk that is."""
        self._fs, self._disk, self._random = fs, disk, random
        self._path = os.path.join(directory, STAMPS)
        self.kind = ""
        self.trouble: Said = ""
        self.is_there = False
        self.look()

    def look(self) -> Said:
        """Looks now; what is wrong, in a sentence. Never raises: a disk that does not read is an answer, too."""
        self.kind, self.trouble = self._disk.look()
        self.is_there = not self.trouble
        if self.is_there:
            self.trouble = self._older()
            self.kind = OLDER if self.trouble else ""
        return self.trouble

    def tell(self, findings: Findings) -> None:
        """Looks, and makes one finding of what is wrong, by its kind; clears the others."""
        self.look()
        for kind in KINDS:
            findings.set(f"disk-{kind}", "storage", self.trouble if kind == self.kind else "")

    def renew(self) -> None:
        """Stamps the right disk anew: first here, then there, so that a power cut between leaves a stamp that is known.
        Does nothing while the disk is not the right one. Raises NotWritable."""
        if self.look():
            return
        stamp = self._random(_STAMP_BYTES).hex()
        before = label_of(self._fs, self._disk.directory).stamp
        write_atomic(self._fs, self._path, msgspec.json.encode([stamp, before]))
        write_label(
            self._fs,
            self._disk.directory,
            DiskLabel(appliance=self._disk.appliance, ring=self._disk.ring, stamp=stamp),
        )

    def _older(self) -> str:
        try:
            known = msgspec.json.decode(self._fs.read(self._path), type=list[str])
        except FileNotFoundError:
            known = [""]
        except (OSError, msgspec.MsgspecError):
            return ""  # what the keeper's own disk cannot read is told by its own findings
        try:
            stamp = label_of(self._fs, self._disk.directory).stamp
        except (OSError, msgspec.MsgspecError):
            return ""
        if stamp in known:
            return ""
        return (
            f"footage disk: {self._disk.directory} is an older copy of this office's disk (stamp {stamp or 'none'}, "
            f"expected {known[0]}); put the newest one back; until then nothing is destroyed and recording goes on"
        )
