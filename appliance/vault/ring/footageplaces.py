"""A place where footage lies, file by file: what is there, whether it may become the new place, whether it all fits.

For ``vault/ring/moving.py``. Names are relative to the place: ``open/…`` and ``ring/<shelf>/…``, whoever put them
there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

from appliance.core.errors import Refused, Unavailable, UsageError
from appliance.core.model import Record, from_json
from appliance.rules.pressure import writing_reserve
from appliance.storage.files import Fs
from appliance.storage.footage_disk import NAME, DiskLabel, label_of

__all__ = ["COPYING", "MARK", "DamagedFile", "Marker", "check_room", "check_target", "files_at", "marker_at"]

MARK = "footage.moving"
"""The file of an unfinished move beside ``open`` and ``ring`` of its target."""

COPYING = ".copying"
"""The end of the name of a file that is not a whole, verified copy yet."""

_OF_A_PLACE = frozenset({NAME, f"{NAME}.new", MARK, f"{MARK}.new", "open", "ring", "copies", "lost+found"})
"""What lies in a place of footage; ``.new`` is what an interrupted write left, ``lost+found`` the file system's."""

_BLOCK_BYTES = 4096
_FILE_BYTES = 2 * _BLOCK_BYTES
"""What a file's name and last block take beside its bytes, at most."""


class DamagedFile(Record, frozen=True, kw_only=True):
    """A segment that was not what its manifest says when it was copied, and was copied so. ``what`` as in
    ``vault/ring/scrub.py:Damage``; the span is what is lost of it."""

    bucket: str
    number: int
    camera_no: str
    what: str
    start_ns: int
    end_ns: int


class Marker(Record, frozen=True, kw_only=True):
    """Whose footage is being moved, from which ring and place, and the ring that it becomes."""

    appliance: str
    before: str
    ring: str
    place: str
    damaged: tuple[DamagedFile, ...] = ()


def files_at(fs: Fs, place: str) -> tuple[dict[str, int], list[str]]:
    """The bytes of every plain file in ``open`` and ``ring`` by its name, and the names of what is no plain file.

    Raises Unavailable where the disk does not list them.
    """
    found: dict[str, int] = {}
    strange = []
    try:
        for name in _names(fs, place):
            path = os.path.join(place, name)
            if fs.links(path):
                found[name] = fs.size(path)
            else:
                strange.append(name)
    except OSError as error:
        raise Unavailable(
            f"{error.filename or place}: cannot be read ({error.strerror}); nothing was changed, look at the disk"
        ) from error
    return found, strange


def _names(fs: Fs, place: str) -> Iterator[str]:
    for folder in ("open", "ring"):
        if not fs.exists(os.path.join(place, folder)):
            continue
        for name in fs.list_dir(os.path.join(place, folder)):
            inside = os.path.join(folder, name)
            try:
                names = fs.list_dir(os.path.join(place, inside))
            except NotADirectoryError:
                yield inside
                continue
            yield from (os.path.join(inside, each) for each in names)


def marker_at(fs: Fs, place: str) -> Marker | None:
    """Raises UsageError for one that does not read."""
    path = os.path.join(place, MARK)
    if not fs.exists(path):
        return None
    try:
        return from_json(fs.read(path), Marker)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path}: does not read ({error}); empty {place} or use another") from error


def check_target(fs: Fs, target: str, source: str, appliance: str, ring: str) -> tuple[DiskLabel | None, Marker | None]:
    """The label and the marker of the place that footage is to be moved to.

    Raises Refused for another office's, UsageError for one that does not exist, lies inside the footage, or holds
    footage that no unfinished move of ``ring`` put there.
    """
    if not os.path.isabs(target) or not target.isprintable() or '"' in target or "\\" in target:
        raise UsageError(f"{target!r}: is no absolute path that can be written in the settings; type another")
    for folder in (os.path.join(source, "open"), os.path.join(source, "ring")):
        if os.path.commonpath((folder, target)) == folder:
            raise UsageError(f"{target}: lies inside the footage that is to be moved; use another place")
    if not fs.exists(target):
        raise UsageError(f"{target}: no such folder; mount the new disk there, or make the folder, first")
    try:
        label = label_of(fs, target)
    except FileNotFoundError:
        label = None
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{target}: its label does not read ({error}); use an empty disk or folder") from error
    if label is not None and label.appliance != appliance:
        raise Refused(f"{target}: holds the footage of another office's recorder ({label.appliance[:8]}); use another")
    marker = marker_at(fs, target)
    if marker is not None and marker.appliance != appliance:
        raise Refused(f"{target}: another office's footage is being moved there; use another place")
    if label is not None and label.ring == ring:
        return label, marker
    if marker is not None and marker.before != ring:
        raise UsageError(f"{target}: a move of other footage of this office was begun there; empty it or use another")
    if marker is None and any(files_at(fs, target)):
        raise UsageError(f"{target}: holds files in open or ring already; use an empty disk or folder")
    others = sorted(set(fs.list_dir(target)) - _OF_A_PLACE)
    if marker is None and others:
        raise UsageError(
            f"{target}: holds {others[0]}{f' and {len(others) - 1} more' if others[1:] else ''}, which is no footage; "
            "use an empty disk or folder"
        )
    return label, marker


def check_room(fs: Fs, target: str, wanted: dict[str, int]) -> None:
    """Raises UsageError saying how much is missing, where the files in ``wanted`` would leave no room to record on."""
    need = sum(size + _FILE_BYTES - size % _BLOCK_BYTES for size in wanted.values())
    reserve, free = writing_reserve(fs.total_bytes(target)), fs.free_bytes(target)
    if need + reserve > free:
        raise UsageError(
            f"{target}: too small: {need} bytes are to be copied and {reserve} are needed to record on, {free} are "
            f"free, so {need + reserve - free} bytes ({-(-(need + reserve - free) // 10**6)} MB) are missing; "
            "use a larger disk"
        )
