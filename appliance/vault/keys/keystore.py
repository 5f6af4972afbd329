"""The key store: where wrapped bucket keys rest, and where they are destroyed for good.

Two levels, so that both adding and destroying write little: shard files under a random key each, by local day, and a
root with all their keys under HKDF(anchor ‖ box key). Adding appends to a shard; destroying makes the touched shards
anew under new keys, then a new root under a new anchor (``generations.py``), then removes the old shards, which are
noise by then. ``docs/spec/keystore.md`` is the format and the protocol.

A shard is only ever appended to by the process that made it, and never after a failed append: a new one is begun.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from appliance.core.errors import Broken, Damaged, NotFound, NotWritable, RecorderError, Unavailable
from appliance.core.model import Allocation, SealedBucketKey
from appliance.formats.sealing import wipe
from appliance.storage.files import Fs
from appliance.storage.journal import Journal
from appliance.vault.keys.anchor import Anchor
from appliance.vault.keys.generations import Destroyed, Generations
from appliance.vault.keys.keyfiles import DAY_KEY_BYTES, DayKey, KeptBucket, Part, day_of, ids_of, read_shard, seal_part
from appliance.vault.keys.slots import Slot
from appliance.vault.keys.vault import StoredKey
from appliance.vault.keys.whereabouts import ID_BYTES, Whereabouts

__all__ = ["KeyStore"]

_SUFFIX = ".shard"


class KeyStore:
    """A key store, open or shut. Thread-safe. Knows which bucket is in which shard; reads the records when asked.

    ``shut`` says why it does not open, its anchor lost or out of reach; everything but :meth:`open_again` then raises
    Unavailable. ``damaged`` has each shard that did not open whole, with the reason: a finding. ``leftover`` says what
    could not be tidied up; it opens nothing. ``on_slots`` is called after a change of slots, durable by then.
    """

    def __init__(self, fs: Fs, directory: str, find: Callable[[], Generations], random: Callable[[int], bytes]) -> None:
        self._fs, self._directory, self._find, self._random = fs, directory, find, random
        self._found: Generations | None = None
        self._where = Whereabouts()
        self._unused: set[bytes] = set()
        self._growing: dict[str, str] = {}
        self._cached: tuple[str, list[Part]] = ("", [])
        self._lock = threading.RLock()
        self.damaged: dict[str, str] = {}
        self.leftover = ""
        self.on_slots: Callable[[], None] = lambda: None
        self.shut = "it was not opened yet"

    @classmethod
    def create(
        cls,
        fs: Fs,
        directory: str,
        anchor: Anchor,
        box_key: bytes,
        slots: Sequence[Slot],
        random: Callable[[int], bytes],
        *,
        after: int = 0,
    ) -> KeyStore:
        """Generation ``after`` + 1, durable. The directory must exist and hold no key store."""
        store = cls(
            fs,
            directory,
            lambda: Generations.create(fs, directory, anchor, box_key, tuple(slots), random, after),
            random,
        )
        store.open_again()
        store._find = lambda: Generations.open(fs, directory, anchor, box_key, random)
        return store

    @classmethod
    def open(cls, fs: Fs, directory: str, anchor: Anchor, box_key: bytes, random: Callable[[int], bytes]) -> KeyStore:
        """The store as it stands, with whatever an interruption left settled.

        Raises Damaged when no root opens with the anchor and box key; Unavailable when the anchor does not answer;
        NotWritable when the old anchor cannot be overwritten.
        """
        store = cls(fs, directory, lambda: Generations.open(fs, directory, anchor, box_key, random), random)
        store.open_again()
        return store

    @classmethod
    def open_or_shut(
        cls, fs: Fs, directory: str, anchor: Anchor, box_key: bytes, random: Callable[[int], bytes]
    ) -> KeyStore:
        """As :meth:`open`; but what does not open is there all the same, shut, so that recording goes on around it."""
        store = cls(fs, directory, lambda: Generations.open(fs, directory, anchor, box_key, random), random)
        with contextlib.suppress(RecorderError):
            store.open_again()
        return store

    def open_again(self) -> None:
        """Opens a store that is shut, or that takes no change any more, from the disk as a start does. Raises as
        :meth:`open`; then it stays as it was."""
        with self._lock:
            try:
                found = self._find()
            except RecorderError as error:
                if self._found is None:
                    self.shut = str(error)
                raise
            self._forget()
            self._found, self.shut = found, ""
            self._remove_strays()
            for shard in self._keys:
                try:
                    parts = self._read(shard)
                except (Damaged, Unavailable) as error:
                    self.damaged[shard] = str(error)
                    parts = self._what_opens(shard)
                self._where.put(ids_of(parts), shard)

    def shut_down(self, why: str) -> None:
        """From now on it is shut, though it opened: what it holds is not to be believed."""
        with self._lock:
            self._forget()
            self._found, self.shut = None, why

    # --- reading ---

    @property
    def generation(self) -> int:
        return self._generations.root.generation

    @property
    def strength(self) -> str:
        """How surely destroyed keys are gone, in the certificate's words."""
        return self._generations.strength

    def bucket_ids(self) -> set[str]:
        with self._lock:
            return {bucket_id.hex() for bucket_id in self._known}

    def __contains__(self, bucket_id: str) -> bool:
        return bytes.fromhex(bucket_id) in self._known

    def __len__(self) -> int:
        return len(self._known)

    def check_open(self) -> None:
        """Waits for a change that goes on. Raises Unavailable when it is shut, NotWritable after a change that neither
        came nor could be undone."""
        with self._lock:
            self._generations.check_open()

    def slots(self) -> tuple[Slot, ...]:
        return self._generations.root.slots

    def sealed(self, bucket_id: str) -> StoredKey | None:
        """(sealed allocation key, allocation id, wrapped key) of a bucket; None when it has none (any more).

        Raises Damaged or Unavailable when it was there at start and does not open now.
        """
        wanted = bytes.fromhex(bucket_id)
        with self._lock:
            shard = self._known.get(wanted)
            if shard is None:
                return None
            parts = self._what_opens(shard) if shard in self.damaged else self._read(shard)
            for part in parts:
                for bucket in part.buckets:
                    if bucket.bucket_id == wanted:
                        return part.sealed_key, part.allocation_id.hex(), bucket.record()
        raise Damaged(f"bucket {bucket_id}: its key was in shard {shard} and does not open now; check the disk")

    def sealed_of(self, bucket_ids: Iterable[str]) -> list[StoredKey]:
        """The records of all these buckets, in order. Raises NotFound naming the first that has none."""
        out = []
        for bucket_id in bucket_ids:
            stored = self.sealed(bucket_id)
            if stored is None:
                raise NotFound.of("key-gone", bucket=bucket_id)
            out.append(stored)
        return out

    # --- changing ---

    def add(self, allocation: Allocation) -> None:
        """Durable on return. Repeating an allocation changes nothing. Raises NotWritable.

        Raises Broken when a bucket id comes with another key than before, or is none.
        """
        with self._lock:
            self.check_open()
            if any(len(bucket.bucket_id) != 2 * ID_BYTES for bucket in allocation.buckets):
                raise Broken(f"allocation {allocation.allocation_id}: bucket ids are of {ID_BYTES} bytes; not these")
            by_day: dict[str, list[KeptBucket]] = {}
            for bucket in allocation.buckets:
                if not self._knows(allocation, bucket):
                    by_day.setdefault(day_of(bucket.slot_start_ns), []).append(KeptBucket.of(bucket))
            begun: dict[str, list[Part]] = {}
            for day, buckets in by_day.items():
                part = Part(bytes.fromhex(allocation.allocation_id), allocation.sealed_key, tuple(buckets))
                if day in self._growing:
                    self._append(day, part)
                else:
                    begun[self._free_name(day)] = [part]
            if begun:
                self._commit(begun, self.slots())
                self._growing.update((shard.partition("~")[0], shard) for shard in begun)

    def strike_unused(self, bucket_ids: Iterable[str]) -> None:
        """These records have no file; they go with the next destruction. Forgotten when the process ends."""
        with self._lock:
            self._unused |= {bytes.fromhex(bucket_id) for bucket_id in bucket_ids}

    def destroy(self, bucket_ids: Iterable[str], *, give_up_damaged: bool = False) -> Destroyed:
        """Destroys the keys of these buckets; on return no earlier copy of any key file opens them.

        Buckets whose key is gone already are no error, so an interrupted destruction is repeated whole. Raises
        NotWritable or Unavailable: then nothing counts as destroyed.

        A shard that does not open whole may hold a key that is to be destroyed, and others that are not. Then this
        raises Damaged and changes nothing, unless ``give_up_damaged``: a person's decision to lose what does not open.
        """
        with self._lock:
            self.check_open()
            wanted = {bytes.fromhex(bucket_id) for bucket_id in bucket_ids}
            found = {bucket_id: self._where.get(bucket_id) for bucket_id in wanted | self._unused}
            touched = {shard for shard in found.values() if shard is not None}
            if any(found[bucket_id] is None for bucket_id in wanted):
                touched |= self.damaged.keys()
            given_up = tuple(sorted(touched & self.damaged.keys()))
            if given_up and not give_up_damaged:
                raise Damaged(
                    f"key shards {', '.join(given_up)}: they do not open whole, so destroying from them would lose "
                    "other keys; restore the files, or decide to give up what does not open"
                )
            if touched:
                self._commit({shard: self._left(shard, found.keys()) for shard in touched}, self.slots(), found)
            self._unused.clear()
            return Destroyed(self.generation, self.strength, given_up)

    def replace_slots(self, slots: Sequence[Slot]) -> None:
        """The keyholder slots from now on, in a new generation: a slot that is left out opens nothing any more, in no
        old copy either. Durable on return. Raises NotWritable."""
        with self._lock:
            self._commit({}, slots)
        self.on_slots()

    # --- inside ---

    @property
    def _generations(self) -> Generations:
        if self._found is None:
            raise Unavailable.of("keys-shut", why=self.shut)
        return self._found

    @property
    def _known(self) -> Whereabouts:
        """Which shard has a bucket's key; unknown while the store is shut, and then nobody may take it for gone."""
        _ = self._generations
        return self._where

    def _forget(self) -> None:
        self._where, self._growing, self._cached = Whereabouts(), {}, ("", [])
        self.damaged = {}

    @property
    def _keys(self) -> dict[str, DayKey]:
        return self._generations.root.days

    def _commit(self, shards: Mapping[str, Sequence[Part]], slots: Sequence[Slot], gone: Iterable[bytes] = ()) -> None:
        """The next generation, with these slots, and these shards made anew without what is ``gone``."""
        self.check_open()
        generation = self.generation + 1
        before = self._keys
        keys = {shard: key for shard, key in before.items() if shard not in shards}
        try:
            for shard, parts in shards.items():
                if parts:
                    keys[shard] = self._write(shard, generation, parts)
            self._generations.change(keys, tuple(slots))
        finally:
            if self.generation == generation:
                self._know(shards, gone)
                for shard in shards.keys() & before.keys():
                    wipe(before[shard].key)
            if self._generations.settled:
                self._remove_strays()

    def _write(self, shard: str, generation: int, parts: Sequence[Part]) -> DayKey:
        """A new shard file of one entry, durable with its name."""
        key = DayKey(bytearray(self._random(DAY_KEY_BYTES)), generation)
        path = self._path(shard, key)
        try:
            if self._fs.exists(path):
                self._fs.unlink(path)
            with Journal(self._fs, path) as journal:
                journal.append(seal_part(parts, shard, key, 0, self._random))
        except OSError as error:
            raise NotWritable.of("keys-unwritten", path=path, why=error.strerror) from error
        return key

    def _append(self, day: str, part: Part) -> None:
        shard = self._growing.pop(day)
        path = self._path(shard, self._keys[shard])
        self._cached = ("", [])
        try:
            with Journal(self._fs, path) as journal:
                journal.append(seal_part([part], shard, self._keys[shard], len(journal), self._random))
        except OSError as error:
            raise NotWritable.of("keys-unstored", path=path, why=error.strerror) from error
        self._growing[day] = shard
        self._where.put(ids_of([part]), shard)

    def _left(self, shard: str, gone: Collection[bytes]) -> list[Part]:
        """The parts of a shard without what goes. Raises Damaged rather than lose a key that was there at start."""
        if shard in self.damaged:
            parts = self._what_opens(shard)
        else:
            parts = self._read(shard)
            seen = sum(len(part.buckets) for part in parts)
            known = self._where.count(shard)
            if seen < known:
                raise Damaged(f"key shard {shard}: {known} keys were here at start, {seen} are now; check the disk")
        return [left for part in parts if (left := part.without(gone)) is not None]

    def _know(self, shards: Mapping[str, Sequence[Part]], gone: Iterable[bytes]) -> None:
        """Brings what is known up to the shards just made."""
        self._where.forget(gone)
        for shard, parts in shards.items():
            self._where.fit(list(ids_of(parts)), shard)
            self.damaged.pop(shard, None)
            if not parts:
                self._growing = {day: grown for day, grown in self._growing.items() if grown != shard}
        self._cached = ("", [])

    def _knows(self, allocation: Allocation, bucket: SealedBucketKey) -> bool:
        stored = self.sealed(bucket.bucket_id)
        if stored is not None and stored != (allocation.sealed_key, allocation.allocation_id, bucket):
            raise Broken(f"bucket {bucket.bucket_id}: it has another key already; an id is never used twice")
        return stored is not None

    def _free_name(self, day: str) -> str:
        names = [day, *(f"{day}~{number}" for number in range(2, len(self._keys) + 3))]
        return next(name for name in names if name not in self._keys)

    # --- files ---

    def _path(self, shard: str, key: DayKey) -> str:
        return os.path.join(self._directory, f"{shard}.{key.made}{_SUFFIX}")

    def _read(self, shard: str) -> list[Part]:
        """All parts of a shard. Raises Damaged when it does not open whole, Unavailable when it cannot be read."""
        if self._cached[0] != shard:
            key = self._keys[shard]
            path = self._path(shard, key)
            try:
                found = read_shard(self._fs.read(path), shard, key)
            except FileNotFoundError as error:
                raise Damaged(f"{path}: the key shard is missing; look for it, its footage does not open") from error
            except OSError as error:
                raise Unavailable.of("key-shard-unread", path=path, why=error.strerror) from error
            if found.problem:
                raise Damaged(f"{path}: {found.problem}")
            self._cached = (shard, found.parts)
        return self._cached[1]

    def _what_opens(self, shard: str) -> list[Part]:
        try:
            return read_shard(self._fs.read(self._path(shard, self._keys[shard])), shard, self._keys[shard]).parts
        except OSError:
            return []

    def _remove_strays(self) -> None:
        """Removes shard files that the root does not name, and half-written files; they open nothing."""
        named = {os.path.basename(self._path(shard, key)) for shard, key in self._keys.items()}
        try:
            strays = [
                name
                for name in self._fs.list_dir(self._directory)
                if name.endswith(".new") or (name.endswith(_SUFFIX) and name not in named)
            ]
            for name in strays:
                self._fs.unlink(os.path.join(self._directory, name))
            if strays:
                self._fs.sync_dir(self._directory)
            self.leftover = ""
        except OSError as error:
            self.leftover = f"{self._directory}: old key files cannot be removed ({error.strerror}); they open nothing"
