"""What the key store's tests share: small stores, a life to cut, and an attacker with every old copy of every file."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from appliance.core.clock import SLOT_NS
from appliance.core.errors import RecorderError
from appliance.core.model import Allocation, SealedBucketKey
from appliance.storage.files import File, Fs
from appliance.vault.keys.anchor import FileAnchor
from appliance.vault.keys.keyfiles import DayKey, open_root, read_shard
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.passwords import HashParams
from appliance.vault.keys.slots import Slot
from tests.faults.memory_fs import MemoryFs

KEYS, ANCHOR = "/office/keys", "/office/anchor"
BOX_KEY = bytes(range(32))
CHEAP = HashParams(memory_kib=32, iterations=1)
MIDNIGHT_NS = 1_798_646_400_000_000_000
"""2026-12-31 00:00 in Taiwan."""
DAY_NS = 144 * SLOT_NS


def drawn(seed: object) -> Callable[[int], bytes]:
    """Repeatable randomness."""
    return random.Random(f"{seed}").randbytes


def allocation(number: int, *slots: int, cameras: int = 2) -> Allocation:
    """An allocation whose sealed bytes are made up; slots count from midnight."""
    some = drawn(f"allocation {number}")
    return Allocation(
        allocation_id=some(16).hex(),
        sealed_key=some(60),
        buckets=tuple(
            SealedBucketKey(
                bucket_id=some(16).hex(),
                camera_no=f"C{camera}",
                slot_start_ns=MIDNIGHT_NS + slot * SLOT_NS,
                wrapped=some(48),
            )
            for slot in slots
            for camera in range(cameras)
        ),
    )


def ids(*allocations: Allocation) -> list[str]:
    return [bucket.bucket_id for each in allocations for bucket in each.buckets]


def stored(given: Allocation) -> dict[str, Any]:
    """What ``KeyStore.sealed`` must say of each bucket."""
    return {bucket.bucket_id: (given.sealed_key, given.allocation_id, bucket) for bucket in given.buckets}


def slot(name: str) -> Slot:
    return Slot(slot_id=name, person=name, kind="password", wrapped=name.encode() * 4, params=CHEAP)


def new_disk() -> MemoryFs:
    return MemoryFs(KEYS, ANCHOR)


def create_store(fs: Fs, seed: object = 0) -> KeyStore:
    some = drawn(f"create {seed}")
    return KeyStore.create(fs, KEYS, FileAnchor.create(fs, ANCHOR, some), BOX_KEY, [slot("first")], some)


def open_store(fs: Fs, seed: object = 1) -> KeyStore:
    some = drawn(f"open {seed}")
    return KeyStore.open(fs, KEYS, FileAnchor(fs, ANCHOR, some), BOX_KEY, some)


class Remnants:
    """Every byte string that any key file ever held, as flash or a backup may keep them. Never the anchor's."""

    def __init__(self) -> None:
        self.roots: set[bytes] = set()
        self.shards: set[bytes] = set()
        self.anchors: set[bytes] = set()

    def look(self, fs: MemoryFs) -> None:
        for path, data in fs.files().items():
            if path.startswith(f"{KEYS}/root."):
                self.roots.add(data)
            elif path.startswith(f"{KEYS}/") and data:
                self.shards.add(data)
        self.anchors |= {secret for secret in anchors_of(fs) if secret}

    def opened_with(self, secrets: Iterable[bytes]) -> set[str]:
        """The buckets whose wrapped keys come to light with these anchors, the box key and any mixture of files."""
        found: set[str] = set()
        for secret in set(secrets):
            for data in self.roots:
                root = open_root(data, secret, BOX_KEY)
                for shard, key in root.days.items() if root else ():
                    for made in range(1, root.generation + 1):
                        for bytes_of_it in self.shards:
                            parts = read_shard(bytes_of_it, shard, DayKey(key.key, made)).parts
                            found |= {bucket.bucket_id.hex() for part in parts for bucket in part.buckets}
        return found


def anchors_of(fs: MemoryFs) -> list[bytes]:
    """What the two anchor slots hold now."""
    anchor = FileAnchor(fs, ANCHOR, drawn(0))
    return [anchor.read(slot).secret for slot in (0, 1) if fs.exists(anchor.path(slot))]


class _WatchedFile:
    def __init__(self, file: File, path: str, disk: WatchedFs) -> None:
        self._file, self._path, self._disk = file, path, disk

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._file.write(data)
        self._disk.look()

    def sync(self) -> None:
        if not self._disk.forgets("sync", self._path):
            self._file.sync()

    def truncate(self, size: int) -> None:
        self._file.truncate(size)

    def size(self) -> int:
        return self._file.size()

    def close(self) -> None:
        self._file.close()


class WatchedFs:
    """A disk that an attacker watches. ``forgets(call, path)`` names syncs that a mutant leaves out."""

    def __init__(
        self, fs: MemoryFs, remnants: Remnants, forgets: Callable[[str, str], bool] = lambda call, path: False
    ) -> None:
        self.fs, self._remnants, self.forgets = fs, remnants, forgets

    def look(self) -> None:
        self._remnants.look(self.fs)

    def create(self, path: str, *, mode: int = 0o600) -> _WatchedFile:
        return _WatchedFile(self.fs.create(path, mode=mode), path, self)

    def append(self, path: str, *, mode: int = 0o600) -> _WatchedFile:
        return _WatchedFile(self.fs.append(path, mode=mode), path, self)

    def sync_dir(self, path: str) -> None:
        if not self.forgets("sync_dir", path):
            self.fs.sync_dir(path)

    def sync_fs(self, path: str) -> None:
        if not self.forgets("sync_fs", path):
            self.fs.sync_fs(path)

    def overwrite(self, path: str, data: bytes) -> None:
        if self.forgets("overwrite", path):
            self.fs._write(path, self.fs._file(path), 0, data, "overwrite")
        else:
            self.fs.overwrite(path, data)
        self.look()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fs, name)


class Life:
    """A key store's life on a watched disk, and what must hold after a cut anywhere in it.

    What is said: ("added", ids), ("destroying", ids), ("destroyed", ids), ("slots", name). An id that is being
    destroyed may be there or not; what is not there must not come back.
    """

    def __init__(self, forgets: Callable[[str, str], bool] = lambda call, path: False) -> None:
        self.remnants, self.forgets = Remnants(), forgets
        self.first = allocation(1, 120, 130)
        self.over_midnight = allocation(2, 142, 143, 144, 145)
        self.second = allocation(3, 146)
        self.third = allocation(4, 150)
        self.all = {
            bucket_id: record
            for each in (self.first, self.over_midnight, self.second, self.third)
            for bucket_id, record in stored(each).items()
        }

    def start(self) -> MemoryFs:
        fs = new_disk()
        create_store(fs)
        fs.sync_fs("/")
        return fs

    def open(self, fs: Fs, said: list[Any], seed: object) -> KeyStore:
        return open_store(fs, seed)

    def secrets(self, fs: MemoryFs) -> list[bytes]:
        """What the anchor's slots hold now."""
        return anchors_of(fs)

    def __call__(self, fs: MemoryFs, said: list[Any]) -> None:
        disk = WatchedFs(fs, self.remnants, self.forgets)
        store = self.open(disk, said, "a")
        self.add(store, said, self.first)
        self.add(store, said, self.over_midnight)
        self.destroy(store, said, ids(self.first)[:3])
        self.add(store, said, self.second)
        said.append(("slots?", "second"))
        store.replace_slots([slot("first"), slot("second")])
        said.append(("slots", "second"))
        store = self.open(disk, said, "b")
        self.add(store, said, self.third)
        self.destroy(store, said, [*ids(self.first), *ids(self.over_midnight)[:4]])
        said.append(("slots?", "third"))
        store.replace_slots([slot("third")])
        said.append(("slots", "third"))

    @staticmethod
    def add(store: KeyStore, said: list[Any], given: Allocation) -> None:
        store.add(given)
        said.append(("added", ids(given)))

    @staticmethod
    def destroy(store: KeyStore, said: list[Any], gone: list[str]) -> None:
        said.append(("destroying", gone))
        store.destroy(gone)
        said.append(("destroyed", gone))

    def problems(self, fs: MemoryFs, said: Iterable[Any]) -> list[str]:
        """What is wrong with the disk that a cut left, once the store is open on it."""
        told: dict[str, list[Any]] = {}
        for kind, value in said:
            told.setdefault(kind, []).append(value)

        def all_of(kind: str) -> set[str]:
            return {bucket_id for group in told.get(kind, ()) for bucket_id in group}

        try:
            store = self.open(fs, [], "after")
            here = store.bucket_ids()
            wrong = [f"damaged: {why}" for why in store.damaged.values()]
            wrong += ["lost" for each in all_of("added") - all_of("destroying") if each not in here]
            wrong += ["destroyed, yet in the store" for each in all_of("destroyed") if each in here]
            wrong += ["other than it was" for each in here if store.sealed(each) != self.all[each]]
            names = {"first", *told.get("slots?", ())} if "slots" not in told else set(told["slots?"][-2:])
            if store.slots()[-1].slot_id not in names:
                wrong.append("slots lost")
            self.remnants.look(fs)
            back = self.remnants.opened_with(self.secrets(fs))
            wrong += ["comes back from old copies" for each in all_of("added") - here if each in back]
            again = allocation(9, 149)
            store.add(again)
            then = self.open(fs, [], "again")
            wrong += ["cannot go on" for each in [*here, *ids(again)] if each not in then]
        except RecorderError as error:
            return [f"does not open: {error}"]
        return wrong
