"""Taking another footage disk into use: an empty one in place of one that died, or an older copy where nothing better
is left. An act of whoever stands at the console, entered before anything is written; never another office's disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from appliance.core.errors import NotWritable, Refused, UsageError
from appliance.core.settings import Layout
from appliance.ledger.log import Ledger
from appliance.storage.boot_files import BOOT_MODE, RING_ID
from appliance.storage.files import Fs, write_atomic
from appliance.storage.footage_disk import DiskLabel, FootageDisk, label_of, write_label
from appliance.vault.ring.ring import Ring

__all__ = ["STAMPS", "adopt"]

STAMPS = "footage.stamps"
"""The keeper's file of the newest two stamps (``keeper/diskwatch.py``)."""


def adopt(
    fs: Fs, layout: Layout, disk: FootageDisk, ring: Ring, ledger: Ledger, random: Callable[[int], bytes]
) -> DiskLabel:
    """Puts the disk at ``layout.footage`` in force; its label. Nothing else may have the office open.

    What the old disk held is missing from now on: the index is made anew, now and at the next start, and says so.
    Raises UsageError for a disk that holds footage without a label, Refused for another office's, NotWritable; a repeat
    begins again.
    """
    kind, why = disk.look()
    found = _label(fs, layout.footage)
    if found is not None and found.appliance != disk.appliance:
        raise Refused(f"{why}; the footage of another office is never taken into use: empty the disk or use another")
    if kind == "unreadable":
        raise UsageError(f"{why}; make a file system on it that works, then adopt it")
    if found is None:
        for directory in (layout.open, layout.ring):
            if fs.exists(directory) and fs.list_dir(directory):
                raise UsageError(f"{directory}: holds files but the disk has no label; use an empty disk")
    label = found or DiskLabel(appliance=disk.appliance, ring=random(16).hex(), stamp=random(8).hex())
    ledger.append("disk.adopted", {"was": kind or "same", "ring": label.ring, "before": disk.ring})
    try:
        for directory, mode in ((layout.ring, 0o700), (layout.open, 0o750)):
            fs.make_dir(directory, mode=mode)
        fs.sync_dir(layout.footage)
    except OSError as error:
        raise NotWritable(f"{layout.footage}: cannot be written ({error.strerror}); nothing is in force yet") from error
    write_label(fs, layout.footage, label)
    write_atomic(fs, os.path.join(layout.keeper, STAMPS), msgspec.json.encode([label.stamp]))
    write_atomic(fs, os.path.join(layout.boot, RING_ID), bytes.fromhex(label.ring), mode=BOOT_MODE)
    ring.shelves.wrong = FootageDisk(fs, layout.footage, label.appliance, label.ring).wrong
    ring.index.rebuild("another footage disk was adopted")
    ring.index.outdate()
    return label


def _label(fs: Fs, directory: str) -> DiskLabel | None:
    try:
        return label_of(fs, directory)
    except (OSError, msgspec.MsgspecError):
        return None
