"""What was destroyed stays destroyed, whatever comes back from a backup or an older copy of a disk (``T-58``, 2.9).

The tombstones are the certificates in the ledger, and in the index what the catalogue took over from them. They are
replayed before anybody is served. The keys are gone already, so nothing here decides anything: what is removed is noise
that somebody put back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from appliance.core.errors import NotWritable
from appliance.formats.segment_files import segment_of
from appliance.ledger.log import Ledger
from appliance.vault.index.catalogue import Destroyed
from appliance.vault.keys.emergency import SUFFIX
from appliance.vault.ring.ring import Ring

__all__ = ["Tombstones"]

_MOST_AT_ONCE = 8_192
"""Bucket ids in one entry."""


class Tombstones:
    """Blocking; holds the ring's lock while it works. Every call may be repeated."""

    def __init__(self, ring: Ring, ledger: Ledger) -> None:
        self._ring, self._ledger = ring, ledger

    def replay_ledger(self) -> tuple[str, ...]:
        """The buckets that the ledger certifies as destroyed and the catalogue still has: it came from a backup. They
        leave index and ring again. Looks at the ledger since the last destruction that the catalogue knows.

        Raises Unavailable while the index or the disk is away, NotWritable.
        """
        with self._ring.lock:
            index = self._ring.index
            back: list[str] = []
            for number in range(index.settled, self._ledger.size):
                entry = self._ledger.entry(number)
                if entry.kind != "destroy.done":
                    continue
                files = [(b, closed.numbers) for b in entry.fields["buckets"] if (closed := index.closed(b))]
                if not files:
                    continue
                intent = int(entry.fields["intent"])
                intended = self._ledger.entry(intent)
                names = tuple(bucket_id for bucket_id, _ in files)
                self._enter(names, "catalogue")
                self._ring.shelves.unlink(files)
                reason = str(intended.fields["reason"])
                self._ring.note(Destroyed(bucket_ids=names, reason=reason, at_ns=intended.at_ns, intent=intent))
                back += names
            return tuple(back)

    def replay_disk(self) -> tuple[str, ...]:
        """The names of files of destroyed buckets that lie in the store again, key records of emergencies too; gone on
        return. Lists the whole ring. Raises as :meth:`replay_ledger`."""
        with self._ring.lock:
            shelves = self._ring.shelves
            names: dict[str, list[str]] = {}
            for name in [*shelves.listing(), *self._emergencies()]:
                if bucket_id := _bucket_of(name):
                    names.setdefault(bucket_id, []).append(name)
            back = sorted(self._ring.index.destroyed_among(names))
            for at in range(0, len(back), _MOST_AT_ONCE):
                some = back[at : at + _MOST_AT_ONCE]
                self._enter(some, "disk")
                found = [part for bucket_id in some for name in names[bucket_id] if (part := segment_of(name))]
                shelves.unlink((bucket_id, (number,)) for bucket_id, number in found)
                self._unlink_emergencies(name for b in some for name in names[b] if name.endswith(SUFFIX))
            return tuple(name for bucket_id in back for name in names[bucket_id])

    def _enter(self, bucket_ids: Sequence[str], came_with: str) -> None:
        self._ledger.append("destroy.repeated", {"buckets": list(bucket_ids), "came_with": came_with})

    def _emergencies(self) -> list[str]:
        shelves = self._ring.shelves
        return [name for name in shelves.fs.list_dir(shelves.open_dir) if name.endswith(SUFFIX)]

    def _unlink_emergencies(self, names: Iterable[str]) -> None:
        shelves = self._ring.shelves
        try:
            for name in names:
                shelves.fs.unlink(os.path.join(shelves.open_dir, name))
            shelves.fs.sync_dir(shelves.open_dir)
        except OSError as error:
            raise NotWritable.of("tombstone-file", file=error.filename, why=error.strerror) from error


def _bucket_of(name: str) -> str:
    part = segment_of(os.path.basename(name))
    return part[0] if part else name.removesuffix(SUFFIX) if name.endswith(SUFFIX) else ""
