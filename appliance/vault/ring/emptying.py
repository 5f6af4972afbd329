"""The old place of footage that was moved: it is told so, and its files are removed; copies of all are in force.

No destruction: no key goes, and what it may remove was copied and verified before (``vault/ring/moving.py``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import NotWritable, RecorderError
from appliance.formats.segment_files import segment_name, segment_of
from appliance.ledger.log import Ledger
from appliance.storage.files import Fs
from appliance.storage.footage_disk import DiskLabel, label_of, write_label
from appliance.vault.keys.emergency import SUFFIX
from appliance.vault.ring.footageplaces import MARK, DamagedFile, files_at
from appliance.vault.ring.ring import Ring

__all__ = ["Cleared", "clear"]


class Cleared(NamedTuple):
    """``removed`` files of the old place; ``left`` are the names that stay: because they did not read whole, or the new
    place has no copy of them (any more). ``trouble``: why it could not be gone through, "" when it was; ``kept``: its
    footage was asked to stay."""

    removed: int = 0
    left: tuple[str, ...] = ()
    trouble: str = ""
    kept: bool = False


def clear(
    fs: Fs,
    ring: Ring,
    ledger: Ledger,
    appliance: str,
    move: Mapping[str, Any],
    damaged: Sequence[DamagedFile],
    *,
    keep_old: bool,
) -> Cleared:
    """Ends the move that ``move`` (the fields of its entry) tells of; may be repeated. What the old disk does not take
    is no error: the new place is in force. Raises NotWritable for the new one and the ledger."""
    old, new = str(move["from"]), str(move["to"])
    try:
        if fs.exists(os.path.join(new, MARK)):
            fs.unlink(os.path.join(new, MARK))
            fs.sync_dir(new)
    except OSError as error:
        raise NotWritable(f"{error.filename}: {error.strerror}; {new} is in force, look at its disk") from error
    try:
        label = label_of(fs, old)
        if (label.appliance, label.ring) != (appliance, move["before"]):
            return Cleared(trouble=f"{old}: the old disk is not there; mount it there to have its files removed")
        write_label(fs, old, DiskLabel(appliance=appliance, ring=label.ring, stamp=label.stamp, moved_to=new))
    except (OSError, msgspec.MsgspecError, NotWritable) as error:
        return Cleared(trouble=f"{old}: the old disk does not answer ({error}); its files are still on it")
    try:
        files, left = _removable(fs, ring, old, new, damaged)
    except (OSError, RecorderError) as error:
        return Cleared(trouble=f"{old}: does not list its files ({error}); they are still on it")
    if keep_old:
        # A key record of an emergency opens its bucket for whoever has the box: none may outlive it elsewhere.
        files = {name: size for name, size in files.items() if name.endswith(SUFFIX)}
        left = ()
    if not files:
        return Cleared(left=left, kept=keep_old)
    size = sum(files.values())
    fields = {"place": old, "ring": move["before"], "files": len(files), "bytes": size, "left": len(left)}
    ledger.append("footage.cleared", fields)
    return _remove(fs, old, sorted(files), left)._replace(kept=keep_old)


def _removable(
    fs: Fs, ring: Ring, old: str, new: str, damaged: Sequence[DamagedFile]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """The files of the old place that may go, with their bytes, and the names of those that may not."""
    unread = {segment_name(each.bucket, each.number) for each in damaged if each.what == "unreadable"}
    there = {os.path.basename(name): size for name, size in files_at(fs, new)[0].items()}
    files, strange = files_at(fs, old)
    may: dict[str, int] = {}
    for name, size in files.items():
        base = os.path.basename(name)
        part = segment_of(base)
        # What the new place has no more was closed, taken over or destroyed there since; unless the index still has it.
        ended = base.endswith(SUFFIX) or (part is not None and not _is_known(ring, part[0]))
        if base not in unread and (there.get(base) == size or (base not in there and ended)):
            may[name] = size
    return may, tuple(sorted([*strange, *(name for name in files if name not in may)]))


def _is_known(ring: Ring, bucket_id: str) -> bool:
    index = ring.index
    return bool(index.closed(bucket_id) or index.opening(bucket_id) or index.allocated(bucket_id))


def _remove(fs: Fs, old: str, names: Sequence[str], left: tuple[str, ...]) -> Cleared:
    removed = 0
    folders: set[str] = set()
    try:
        for name in names:
            fs.unlink(os.path.join(old, name))
            folders.add(os.path.dirname(os.path.join(old, name)))
            removed += 1
        for folder in sorted(folders):
            fs.sync_dir(folder)
    except OSError as error:
        rest = tuple(sorted({*left, *names[removed:]}))
        return Cleared(removed, rest, f"{error.filename}: cannot be removed ({error.strerror}); run the command again")
    return Cleared(removed, left)
