"""Which disk footage lies on: a small file beside ``open/`` and ``ring/`` names it, and whoever writes there looks.

A mount point with nothing mounted is a folder of the system's disk, and a drawer holds more disks than one. Without
this file, or with another's, nothing is written, nothing is closed, nothing is concluded from what is missing.
``docs/design/ring.md``, *The footage disk*.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import msgspec

from appliance.core.messages import Said, coded
from appliance.core.model import Record, from_json, to_json
from appliance.storage.boot_files import APPLIANCE_ID, RING_ID, read_exactly
from appliance.storage.files import Fs, write_atomic

__all__ = ["NAME", "DiskLabel", "FootageDisk", "label_of", "read_footage_disk", "write_label"]

NAME = "footage.id"


class DiskLabel(Record, frozen=True, kw_only=True):
    """The file ``footage.id``, JSON. ``appliance`` and ``ring``: 32 hexadecimal digits each, for good; ``stamp``
    changes at least hourly while the office runs, so that an older copy of a disk is known by it. ``moved_to``: the
    place that this one's footage was moved to; nothing here is in force any more."""

    appliance: str
    ring: str
    stamp: str = ""
    moved_to: str = ""


class FootageDisk(NamedTuple):
    """The disk that is expected at ``directory``."""

    fs: Fs
    directory: str
    appliance: str
    ring: str

    def wrong(self) -> Said:
        """Why what is at ``directory`` now is not this office's footage disk; "" when it is. Cheap enough to ask before
        every file."""
        return self.look()[1]

    def look(self) -> tuple[str, Said]:
        """The kind of what is wrong (``missing``, ``unreadable``, ``moved``: its footage is in force elsewhere, or
        ``foreign``) and the sentence; two "" for the right disk."""
        try:
            found = label_of(self.fs, self.directory)
        except FileNotFoundError:
            return "missing", (
                f"footage disk: {self.directory} has no {NAME}, so nothing or an empty disk is mounted there; "
                f"mount the disk of ring {self.ring[:8]}, nothing is written until it is back"
            )
        except (OSError, msgspec.MsgspecError) as error:
            why = getattr(error, "strerror", None) or "it is damaged"
            return "unreadable", (
                f"footage disk: {self.directory}/{NAME} cannot be read ({why}); "
                f"look at the disk of ring {self.ring[:8]} and its cable, nothing is written until it reads"
            )
        if found.appliance != self.appliance:
            office = found.appliance[:8]
            return "foreign", coded("found-foreign", place=self.directory, office=office, ring=self.ring[:8])
        if found.ring == self.ring:
            return "", ""
        if found.moved_to:
            line = f'footage = "{found.moved_to}"'
            return "moved", coded("found-moved", place=self.directory, moved=found.moved_to, line=line)
        return "foreign", coded("found-ring", place=self.directory, other=found.ring[:8], ring=self.ring[:8])


def read_footage_disk(fs: Fs, boot: str, directory: str) -> FootageDisk:
    """The disk that ``boot/`` says belongs at ``directory``. Raises NotFound, Damaged."""
    appliance, ring = (read_exactly(fs, boot, name, 16).hex() for name in (APPLIANCE_ID, RING_ID))
    return FootageDisk(fs, directory, appliance, ring)


def label_of(fs: Fs, directory: str) -> DiskLabel:
    """Raises OSError, ``msgspec.MsgspecError``."""
    return from_json(fs.read(os.path.join(directory, NAME)), DiskLabel)


def write_label(fs: Fs, directory: str, label: DiskLabel) -> None:
    """Durable on return. Raises NotWritable."""
    write_atomic(fs, os.path.join(directory, NAME), to_json(label), mode=0o644)
