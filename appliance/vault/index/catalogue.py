"""The catalogue: what became of every bucket, as sealed notes in one journal file a day. No key of footage, no index.

Everything that can be said of the ring without opening it is derived from here: the index, what retention judges,
gaps and their causes. Files are ``<number>-<local date>.journal`` (``appliance/storage/journal.py``); the number
alone gives their order, so a clock set back shuffles nothing. An entry is ``nonce (12) | AES-256-GCM(msgpack list of
notes)`` with the file's name and the entry's number as associated data: an entry moved, repeated or left out does not
open.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Broken, Damaged
from appliance.core.model import BucketOpening, Gap, Manifest, Record, from_wire, to_wire
from appliance.storage.files import Fs
from appliance.storage.journal import Journal, entries_of

__all__ = [
    "FIRST",
    "Allocated",
    "AllocatedBucket",
    "Catalogue",
    "Closed",
    "Destroyed",
    "GapFound",
    "Note",
    "Opened",
    "Place",
    "Struck",
    "Unread",
]

_NONCE_BYTES = 12
_NAME = re.compile(r"([0-9]{6,})-[0-9]{4}-[0-9]{2}-[0-9]{2}\.journal")


class AllocatedBucket(Record, frozen=True, kw_only=True):
    """Whose key was made ahead, and for which slot."""

    bucket_id: str
    camera_no: str
    slot_start_ns: int


class Allocated(Record, frozen=True, kw_only=True, tag="allocated"):
    """Bucket keys were stored; most will be used."""

    buckets: tuple[AllocatedBucket, ...]


class Opened(Record, frozen=True, kw_only=True, tag="opened"):
    """A bucket began. ``emergency``: its key lay for a time beside the footage, outside the key store. ``doubted``: the
    machine said that its clock is right, and the clocks did not agree; then it counts as recorded in untrusted time."""

    opening: BucketOpening
    emergency: bool = False
    doubted: bool = False


class Closed(Record, frozen=True, kw_only=True, tag="closed"):
    """A bucket ended, and this is its manifest. Its hash is in the ledger at or after entry ``ledger_size``."""

    manifest: Manifest
    ledger_size: int


class Destroyed(Record, frozen=True, kw_only=True, tag="destroyed"):
    """These buckets' keys and files are gone. ``intent`` is the ledger entry that announced it, ``at_ns`` when."""

    bucket_ids: tuple[str, ...]
    reason: str
    at_ns: int
    intent: int


class Struck(Record, frozen=True, kw_only=True, tag="struck"):
    """Keys of these buckets were never used and are gone from the key store."""

    bucket_ids: tuple[str, ...]


class GapFound(Record, frozen=True, kw_only=True, tag="gap"):
    """A span without footage, and why."""

    gap: Gap


class Unread(NamedTuple):
    """In place of the notes of an entry that opens with the key and holds no notes of this version. Never written."""

    why: str


_Written = Allocated | Opened | Closed | Destroyed | Struck | GapFound
Note = _Written | Unread


class Place(NamedTuple):
    """Where an entry stands: the number of its file, its number in the file."""

    file: int
    entry: int


FIRST = Place(1, 0)


class Catalogue:
    """An open catalogue. Thread-safe; one writer process. ``cut_bytes``: torn tail that was never acknowledged."""

    def __init__(self, fs: Fs, directory: str, key: bytes, clock: Clock, random: Callable[[int], bytes]) -> None:
        """Opens what is in ``directory`` (which exists) and cuts a torn tail of the newest file.

        Raises Damaged when a file is missing from the row or a file does not parse.
        """
        self._fs, self._directory, self._clock, self._random = fs, directory, clock, random
        self._cipher = AESGCM(key)
        self._lock = threading.RLock()
        self._names: dict[int, str] = {}
        self._read: tuple[int, list[bytes]] = (0, [])
        self._opened: tuple[Place, list[Note]] | None = None
        """The older file that :meth:`notes_at` read last with its entries, and the entry: who asks for one bucket asks
        for its neighbours."""
        self.cut_bytes = 0
        for name in fs.list_dir(directory):
            if found := _NAME.fullmatch(name):
                self._names[int(found[1])] = name
        if sorted(self._names) != list(range(1, len(self._names) + 1)):
            raise Damaged(
                f"{directory}: {len(self._names)} journal files whose numbers have a hole or a double; "
                "restore the missing ones from the backup"
            )
        self._journal: Journal | None = None
        if self._names:
            self._journal = Journal(fs, self.path_of(len(self._names)))
            self.cut_bytes = self._journal.cut_bytes

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    @property
    def writable(self) -> bool:
        """Whether nothing has failed so far; after a failure only opening it again helps."""
        with self._lock:  # an append that is under way has not failed
            return self._journal is None or self._journal.writable

    @property
    def end(self) -> Place:
        """The place that the next entry takes in the newest file."""
        with self._lock:
            return Place(max(1, len(self._names)), len(self._journal) if self._journal is not None else 0)

    def append(self, *notes: Note) -> None:
        """All of ``notes`` or none are durable on return. Raises NotWritable, and Broken for what the next start could
        not read: nothing of it is written."""
        packed = to_wire(notes)
        try:
            from_wire(packed, list[_Written])
        except msgspec.MsgspecError as error:
            raise Broken(f"catalogue: a note that no start could read ({error}); nothing was written") from error
        with self._lock:
            journal = self._today()
            name = self._names[len(self._names)]
            nonce = self._random(_NONCE_BYTES)
            journal.append(nonce + self._cipher.encrypt(nonce, packed, _label(name, len(journal))))

    def entries(self, start: Place = FIRST) -> Iterator[tuple[Place, list[Note]]]:
        """Every entry from ``start`` on, in order, with the place of the one after it. One that was written with this
        key and cannot be read comes as :class:`Unread`. Raises Damaged."""
        at = max(start, FIRST)
        while self._names and at.file <= self.end.file:
            for number, body in enumerate(self._bodies(at), at.entry):
                yield Place(at.file, number + 1), self._open(at.file, number, body)
            at = Place(at.file + 1, 0)

    def notes_at(self, place: Place) -> list[Note]:
        """The notes of the entry at ``place``, none where there is no such entry. Raises Damaged where it does not
        open."""
        with self._lock:
            if self._opened is not None and self._opened[0] == place:
                return self._opened[1]
            if not 1 <= place.file <= len(self._names) or place.entry < 0:
                return []
            if self._journal is not None and place.file == len(self._names):
                bodies = list(self._journal.bodies(place.entry, place.entry + 1))
            else:
                if self._read[0] != place.file:
                    self._read = place.file, self._on_disk(place.file)
                bodies = self._read[1][place.entry : place.entry + 1]
            if not bodies:
                return []
            self._opened = place, self._open(place.file, place.entry, bodies[0])
            return self._opened[1]

    def check(self) -> None:
        """Reads every file from the disk again. Raises Damaged unless each entry opens as it was written."""
        for number in range(1, len(self._names) + 1):
            with self._lock:
                bodies, newest = self._on_disk(number), number == len(self._names)
                expected = len(self._journal) if newest and self._journal is not None else len(bodies)
            if len(bodies) != expected:
                raise Damaged(f"{self.path_of(number)}: {len(bodies)} entries, {expected} were written; restore it")
            for entry, body in enumerate(bodies):
                self._open(number, entry, body)

    # --- inside ---

    def path_of(self, number: int) -> str:
        """Where the file of that number lies."""
        return os.path.join(self._directory, self._names[number])

    def _today(self) -> Journal:
        """The journal of the local date now, a new file when the newest is another day's. Raises NotWritable.

        One that failed is kept until the next start cuts its tail: only the newest file may have a torn one.
        """
        journal = self._journal
        date = local_time(self._clock.wall_ns()).date().isoformat()
        if journal is not None and (not journal.writable or self._names[len(self._names)].endswith(f"-{date}.journal")):
            return journal
        number = len(self._names) + 1
        name = f"{number:06d}-{date}.journal"
        new = Journal(self._fs, os.path.join(self._directory, name))
        self.close()
        self._names[number], self._journal = name, new
        return new

    def _bodies(self, start: Place) -> list[bytes]:
        with self._lock:
            if self._journal is not None and start.file == len(self._names):
                return list(self._journal.bodies(start.entry))
        return self._on_disk(start.file)[start.entry :]

    def _on_disk(self, number: int) -> list[bytes]:
        path = self.path_of(number)
        try:
            data = self._fs.read(path)
        except OSError as error:
            raise Damaged(f"{path}: cannot be read ({error.strerror}); restore it from the backup") from error
        bodies, good = entries_of(data, path)
        if good != len(data):
            raise Damaged(f"{path}: ends in {len(data) - good} bytes that are no entry; restore it from the backup")
        return bodies

    def _open(self, number: int, entry: int, body: bytes) -> list[Note]:
        name = self._names[number]
        try:
            data = self._cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _label(name, entry))
        except (InvalidTag, ValueError) as error:
            raise Damaged(
                f"{self.path_of(number)}: entry {entry} does not open with the catalogue key; it was altered or moved"
            ) from error
        try:
            return list(from_wire(data, list[_Written]))
        except msgspec.MsgspecError as error:
            return [Unread(str(error))]


def _label(name: str, entry: int) -> bytes:
    return f"office-recorder/catalogue/v1\0{name}\0{entry}".encode()
