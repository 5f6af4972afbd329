"""Moving the office's whole footage to another disk or folder (``T-08``, ``T-57``), with the recorder stopped.

The old place stays in force and whole until the new one has every file, each compared with what was read and judged by
its manifest; ``boot/ring.id`` is the one moment at which that changes. Wherever it is interrupted, the same command
goes on. A copy is sealed under the same keys: destroying a key reaches both. ``docs/design/ring.md``, *Move*.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from appliance.core.errors import Broken, NotWritable, Unavailable, UsageError
from appliance.core.model import Span, to_json
from appliance.core.settings import Layout
from appliance.formats.segment_files import segment_name, segment_of
from appliance.ledger.log import Ledger
from appliance.rules.retention import Hold
from appliance.storage.boot_files import BOOT_MODE, RING_ID
from appliance.storage.files import Fs, write_atomic
from appliance.storage.footage_disk import DiskLabel, FootageDisk, label_of, write_label
from appliance.vault.ring.copying import Copied, copy_file
from appliance.vault.ring.emptying import Cleared, clear
from appliance.vault.ring.footageplaces import COPYING, MARK, DamagedFile, Marker, check_room, check_target, files_at
from appliance.vault.ring.ring import Ring
from appliance.vault.ring.scrub import judge_file

__all__ = ["Move", "Moved"]

Progress = Callable[[int, int, str], None]

_IN_ONE_ENTRY = 3_000
"""Held buckets and damaged files in one entry: well inside a ledger entry's 1 MiB."""


class Moved(NamedTuple):
    """What is in force now. ``files`` and ``bytes`` were moved; ``held``: so many buckets of them are pinned or held;
    ``damaged`` were copied as they are; ``missing`` were not there to be copied."""

    old: str
    new: str
    ring: str
    files: int
    bytes: int
    held: int
    damaged: tuple[DamagedFile, ...]
    missing: int
    cleared: Cleared


class Move:
    """Blocking. Nothing else may have the office open. ``holds`` are the living pins and holds."""

    def __init__(
        self,
        fs: Fs,
        layout: Layout,
        disk: FootageDisk,
        ring: Ring,
        ledger: Ledger,
        holds: Iterable[Hold],
        random: Callable[[int], bytes],
        progress: Progress = lambda done, whole, what: None,
    ) -> None:
        self._fs, self._layout, self._disk, self._ring, self._ledger = fs, layout, disk, ring, ledger
        self._holds, self._random, self._progress = tuple(holds), random, progress
        self._old = layout.footage

    def to(self, target: str, *, keep_old: bool = False) -> Moved:
        """Puts ``target`` in force with all footage in it, then removes the old place's files. Goes on where an earlier
        call was interrupted, on either side of that.

        Raises UsageError for a place that will not do, Refused for another office's, Unavailable while the source does
        not read, NotWritable. Until ``target`` is in force nothing at the old place is touched.
        """
        target = os.path.normpath(target)
        label, marker = check_target(self._fs, target, self._old, self._disk.appliance, self._disk.ring)
        if label is not None and label.ring == self._disk.ring:
            return self._go_on(target, keep_old=keep_old)
        self._check_source(target, marker)
        source, strange = files_at(self._fs, self._old)
        if strange:
            raise UsageError(f"{os.path.join(self._old, strange[0])}: is no plain file; find out who put it there")
        marker = self._copy_all(source, target, marker)
        entries = self._entries(source, target, marker)
        self._put_in_force(target, marker.ring, entries)
        return self._end(entries, keep_old=keep_old)

    # --- until the new place is in force ---

    def _check_source(self, target: str, marker: Marker | None) -> None:
        if target == self._old:
            before = f'; the move to it is not over: write footage = "{marker.place}" back first' if marker else ""
            raise UsageError(f"{target}: is the place in the settings{before}; name another")
        kind, why = self._disk.look()
        if kind:
            raise Unavailable(f"{why}; nothing was moved")
        if self._ring.index.doubt:
            raise Unavailable(f"index: in doubt ({self._ring.index.doubt}); start and stop the recorder, then move")
        with self._ring.index.anew() as truth:
            if wrong := self._ring.compare_index(truth):
                raise Unavailable(f"index: {wrong}; it was made anew; run `appliance verify`, then move")
        if marker is None and (last := self._last(self._disk.ring)) and last[0]["to"] == target:
            raise UsageError(f"{target}: this footage came from there; its disk is at {self._old} now, name another")

    def _copy_all(self, source: Mapping[str, int], target: str, marker: Marker | None) -> Marker:
        """Every file is at ``target``, whole and durable, on return."""
        fs = self._fs
        marker = marker or Marker(
            appliance=self._disk.appliance, before=self._disk.ring, ring=self._random(16).hex(), place=self._old
        )
        try:
            write_atomic(fs, os.path.join(target, MARK), to_json(marker), mode=0o644)
            there = self._tidy(source, target)
            wanted = {name: size for name, size in source.items() if there.get(name) != size}
            check_room(fs, target, wanted)
            folders = self._make_folders(target, source)
            whole = sum(source.values())
            done = whole - sum(wanted.values())
            # What is in open/ last: a key record of an emergency is to lie in two places as briefly as can be.
            for name in sorted(wanted, key=lambda name: (name.startswith("open/"), name)):
                self._progress(done, whole, "copied")
                marker = self._copy(name, target, marker)
                done += wanted[name]
            for folder in folders:
                fs.sync_dir(folder)
            fs.sync_fs(target)
        except OSError as error:
            raise NotWritable(
                f"{error.filename or target}: {error.strerror}; {self._old} is whole and in force; look at both disks "
                "and run the command again, it goes on from here"
            ) from error
        self._progress(whole, whole, "copied")
        if files_at(fs, target)[0] != source:
            raise Broken(f"{target}: lacks something of {self._old} after all of it was copied; it is not in force")
        names = {os.path.basename(name) for name in source}
        damaged = tuple(each for each in marker.damaged if segment_name(each.bucket, each.number) in names)
        return msgspec.structs.replace(marker, damaged=damaged)

    def _tidy(self, source: Mapping[str, int], target: str) -> dict[str, int]:
        """What an interrupted move left at ``target`` and is good: closed segments, which nothing changes any more.
        What was not copied whole, and what the office closed or destroyed meanwhile, goes."""
        good = {}
        for name, size in files_at(self._fs, target)[0].items():
            if name.startswith("ring/") and source.get(name) == size:
                good[name] = size
            else:
                self._fs.unlink(os.path.join(target, name))
        return good

    def _make_folders(self, target: str, source: Mapping[str, int]) -> list[str]:
        """All of them, durable."""
        shelves = {os.path.dirname(name) for name in source} - {"open", "ring"}
        for folder, mode in (("ring", 0o700), ("open", 0o750), *((shelf, 0o700) for shelf in sorted(shelves))):
            self._fs.make_dir(os.path.join(target, folder), mode=mode)
        for folder in (target, os.path.join(target, "ring")):
            self._fs.sync_dir(folder)
        return [os.path.join(target, folder) for folder in ("open", "ring", *sorted(shelves))]

    def _copy(self, name: str, target: str, marker: Marker) -> Marker:
        """Copies and judges one file; only then it has its own name there. The marker, with what was damaged."""
        final = os.path.join(target, name)
        copied = copy_file(self._fs, os.path.join(self._old, name), final + COPYING)
        if damaged := self._judged(name, copied):
            others = [e for e in marker.damaged if (e.bucket, e.number) != (damaged.bucket, damaged.number)]
            marker = msgspec.structs.replace(marker, damaged=(*others, damaged))
            write_atomic(self._fs, os.path.join(target, MARK), to_json(marker), mode=0o644)
        self._fs.rename(final + COPYING, final)
        return marker

    def _judged(self, name: str, copied: Copied) -> DamagedFile | None:
        """What is wrong with a segment, by its manifest; one that has none yet is judged by whether it reads."""
        part = segment_of(os.path.basename(name))
        checks = self._ring.index.segments_of(part[0]) if part else []
        check = next((each for each in checks if part and each.segment.number == part[1]), None)
        if part and check:
            if copied.whole and (copied.bytes, copied.sha256) == (check.segment.bytes, check.segment.sha256):
                return None
            if (found := judge_file(self._ring, check)) is None:
                raise Unavailable(f"{name}: read otherwise a moment ago; look at the old disk, run the command again")
            lost = found.lost or (Span(check.segment.start_ns, check.segment.start_ns),)
            return _damaged(part, check.camera_no, found.what, lost[0].start_ns, lost[-1].end_ns)
        if copied.whole:
            return None
        if part is None:
            raise Unavailable(f"{name}: does not read and is no segment; nothing was changed, look at the old disk")
        known = self._ring.index.opening(part[0])
        start_ns = known.opening.start_ns if known else 0
        return _damaged(part, known.opening.camera_no if known else "", "unreadable", start_ns, start_ns)

    def _entries(self, source: Mapping[str, int], target: str, marker: Marker) -> list[dict[str, Any]]:
        """The fields of the move's ledger entries: one, unless there is too much held or damaged for one."""
        index = self._ring.index
        held = sorted({f.bucket_id for h in self._holds for f in index.find(h.camera_no, Span(h.start_ns, h.end_ns))})
        names = {os.path.basename(name) for name in source}
        named = {segment_name(each.bucket_id, number) for each in index.all_closed() for number in each.numbers}
        rows: list[tuple[str, Any]] = [("held", bucket_id) for bucket_id in held]
        rows += [("damaged", each) for each in marker.damaged]
        parts = [rows[at : at + _IN_ONE_ENTRY] for at in range(0, len(rows), _IN_ONE_ENTRY)] or [[]]
        return [
            {
                "before": marker.before,
                "ring": marker.ring,
                "from": self._old,
                "to": target,
                "files": len(source),
                "bytes": sum(source.values()),
                "missing": len(named - names),
                "part": number,
                "parts": len(parts),
                "held": {b: closed.hash.hex() for kind, b in part if kind == "held" and (closed := index.closed(b))},
                "damaged": [msgspec.to_builtins(each) for kind, each in part if kind == "damaged"],
            }
            for number, part in enumerate(parts, 1)
        ]

    def _put_in_force(self, target: str, ring: str, entries: list[dict[str, Any]]) -> None:
        """The label, the entry, then the moment: ``boot/ring.id``. An entry that is there already is not repeated."""
        fs = self._fs
        stamp = label_of(fs, self._old).stamp
        label = DiskLabel(appliance=self._disk.appliance, ring=ring, stamp=stamp)
        write_label(fs, target, label)
        if self._last(ring) != entries:
            for fields in entries:
                self._ledger.append("footage.moved", fields)
        write_atomic(fs, os.path.join(self._layout.boot, RING_ID), bytes.fromhex(ring), mode=BOOT_MODE)

    # --- when it is ---

    def _go_on(self, target: str, *, keep_old: bool) -> Moved:
        """``target`` is in force: what is left to do of the move that put it there."""
        entries = self._last(self._disk.ring)
        if not entries or entries[0]["to"] != target:
            raise UsageError(f"{target}: is where this office's footage lies; name another place to move it to")
        return self._end(entries, keep_old=keep_old)

    def _end(self, entries: list[dict[str, Any]], *, keep_old: bool) -> Moved:
        first = entries[0]
        damaged = tuple(msgspec.convert(each, DamagedFile) for part in entries for each in part["damaged"])
        cleared = clear(self._fs, self._ring, self._ledger, self._disk.appliance, first, damaged, keep_old=keep_old)
        held = sum(len(part["held"]) for part in entries)
        return Moved(
            first["from"],
            first["to"],
            first["ring"],
            first["files"],
            first["bytes"],
            held,
            damaged,
            first["missing"],
            cleared,
        )

    def _last(self, ring: str) -> list[dict[str, Any]]:
        """The fields of the newest whole move to ``ring`` in the ledger; none when there is none."""
        found: list[dict[str, Any]] = []
        for number in range(self._ledger.size - 1, -1, -1):
            entry = self._ledger.entry(number)
            if entry.kind != "footage.moved" or entry.fields["ring"] != ring:
                continue
            found.insert(0, dict(entry.fields))
            if entry.fields["part"] == 1:
                return found if len(found) == entry.fields["parts"] else []
        return []


def _damaged(part: tuple[str, int], camera_no: str, what: str, start_ns: int, end_ns: int) -> DamagedFile:
    return DamagedFile(bucket=part[0], number=part[1], camera_no=camera_no, what=what, start_ns=start_ns, end_ns=end_ns)
