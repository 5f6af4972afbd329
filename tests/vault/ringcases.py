"""What the ring's tests share: a whole store on a disk in memory, and a recorder that fills ``open/``."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from appliance.core.clock import SLOT_NS
from appliance.core.model import Allocation, BucketOpening, Gap, Manifest, SealedBucketKey, SegmentFile
from appliance.formats.segment import MEDIA, STARTS_WITH_KEY, SegmentSealer, scan
from appliance.formats.segment_files import segment_name
from appliance.ledger.log import Ledger
from appliance.rules.deadlines import DAY_NS
from appliance.rules.policy import Policy
from appliance.rules.retention import Hold
from appliance.storage.files import Fs
from appliance.vault.index.catalogue import Catalogue
from appliance.vault.index.index import Index
from appliance.vault.index.shelves import Shelves
from appliance.vault.keys.anchor import FileAnchor
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.recovery import Recovery
from appliance.vault.ring.ring import Ring
from appliance.vault.ring.scrub import Scrub
from appliance.vault.trusted_time import ClockWatch
from tests.faults.memory_fs import MemoryFs
from tests.vault.keycases import slot

OPEN, RING, CATALOGUE, LEDGER = "/office/open", "/office/ring", "/office/keeper/catalogue", "/office/keeper/ledger"
KEYS, ANCHOR = "/office/keeper/keys", "/office/keeper/anchor"
DIRECTORIES = (OPEN, RING, CATALOGUE, "/office/keeper", KEYS, ANCHOR)
BOX_KEY = bytes(range(32))
CATALOGUE_KEY = bytes(range(32, 64))
CATALOGUE_PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(64, 96)))
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(range(96, 128)))

MONDAY_NS = 1_790_524_800_000_000_000
"""2026-09-28 00:00 in Taiwan."""


def drawn(seed: object) -> Callable[[int], bytes]:
    """Repeatable randomness."""
    return random.Random(f"{seed}").randbytes


class MovingClock:
    """A clock that a test moves. ``reboot`` begins another boot."""

    def __init__(self, wall_ns: int = MONDAY_NS) -> None:
        self.now_ns, self.up_ns, self.boots, self.is_trusted = wall_ns, 60_000_000_000, 1, True

    def go_to(self, wall_ns: int) -> None:
        """Time passes until ``wall_ns``."""
        self.up_ns += wall_ns - self.now_ns
        self.now_ns = wall_ns

    def reboot(self) -> None:
        self.boots += 1
        self.up_ns = 30_000_000_000

    def wall_ns(self) -> int:
        return self.now_ns

    def boot_ns(self) -> int:
        return self.up_ns

    def boot_id(self) -> str:
        return f"{self.boots:032x}"

    def trusted(self) -> bool:
        return self.is_trusted


def new_disk() -> MemoryFs:
    """A disk with an empty store."""
    fs = MemoryFs(*DIRECTORIES)
    some = drawn("new disk")
    KeyStore.create(fs, KEYS, FileAnchor.create(fs, ANCHOR, some), BOX_KEY, [slot("first")], some)
    fs.sync_fs("/")
    return fs


class Parts(NamedTuple):
    """The classes a store is made of: a test of the tests puts a broken variant in one's place."""

    shelves: type[Shelves] = Shelves
    ring: type[Ring] = Ring
    recovery: type[Recovery] = Recovery
    destruction: type[Destruction] = Destruction


class Store:
    """Everything the keeper opens, on ``fs``. ``holds`` and ``policy`` may be changed at any time."""

    def __init__(
        self,
        fs: Fs,
        clock: MovingClock | None = None,
        *,
        path: str = ":memory:",
        seed: object = 0,
        parts: Parts | None = None,
    ) -> None:
        parts = parts or Parts()
        self.fs, self.clock = fs, clock or MovingClock()
        some = drawn(f"store {seed}")
        self.policy = Policy()
        self.holds: list[Hold] = []
        self.ledger = Ledger(fs, LEDGER, self.clock, origin="test", signing_key=SIGNING)
        self.keystore = KeyStore.open(fs, KEYS, FileAnchor(fs, ANCHOR, some), BOX_KEY, some)
        self.catalogue = Catalogue(fs, CATALOGUE, CATALOGUE_KEY, self.clock, some)
        self.shelves = parts.shelves(fs, OPEN, RING)
        self.index = Index(path, self.catalogue, self.shelves.listing)
        self.ring = parts.ring(self.shelves, self.catalogue, self.index, self.ledger)
        self.recovery = parts.recovery(self.ring, self.keystore, CATALOGUE_PRIVATE)
        self.clockwatch = ClockWatch(self.clock, self.ledger)
        self.destruction = parts.destruction(
            self.ring,
            self.keystore,
            self.ledger,
            self.clock,
            policy=lambda: self.policy,
            holds=self.all_holds,
            watch=self.clockwatch,
            reserve_bytes=0,
        )
        self.scrub = Scrub(self.ring, self.clock)

    def all_holds(self) -> list[Hold]:
        return self.holds

    def close(self) -> None:
        self.index.close()
        self.catalogue.close()
        self.ledger.close()

    # --- the recorder's part ---

    def allocate(self, *wanted: tuple[str, int], seed: object = 0) -> Allocation:
        """Keys for (camera, slot start), stored and noted as ``recorder.allocate`` does it."""
        allocation = made_allocation(*wanted, seed=seed)
        self.keystore.add(allocation)
        self.ring.allocated(allocation)
        return allocation

    def record(
        self,
        camera_no: str = "C1",
        start_ns: int = MONDAY_NS,
        *,
        seconds: float = 600,
        trusted: bool = True,
        step_seconds: float = 60,
        close: bool = True,
        size: int = 40,
        seed: object = "",
    ) -> Manifest:
        """A bucket recorded from ``start_ns`` on, a frame each ``step_seconds``; closed into the ring, or left open."""
        manifest = self.film(
            camera_no,
            start_ns,
            seconds=seconds,
            trusted=trusted,
            step_seconds=step_seconds,
            footer=close,
            size=size,
            seed=seed,
        )
        if close:
            self.ring.take(manifest)
        return manifest

    def film(
        self,
        camera_no: str,
        start_ns: int,
        *,
        seconds: float = 600,
        trusted: bool = True,
        step_seconds: float = 60,
        footer: bool = True,
        size: int = 40,
        seed: object = "",
    ) -> Manifest:
        """The same up to where its file is durable: nobody has told the keeper that the bucket is over."""
        slot_ns = start_ns - start_ns % SLOT_NS
        bucket_id = self.allocate((camera_no, slot_ns), seed=seed or start_ns).buckets[0].bucket_id
        opening = BucketOpening(
            bucket_id=bucket_id,
            camera_no=camera_no,
            slot_start_ns=slot_ns,
            start_ns=start_ns,
            boot_id=self.clock.boot_id(),
            boot_ns=self.clock.boot_ns() + start_ns - self.clock.wall_ns(),
            trusted=trusted,
        )
        self.ring.opened(opening)
        steps = int(seconds / step_seconds)
        data = segment_bytes(bucket_id, [int(i * step_seconds * 1000) for i in range(steps)], footer=footer, size=size)
        write_durably(self.fs, bucket_id, 0, data)
        return manifest_of(opening, {0: data}, start_ns + int(seconds * 1e9))


def made_allocation(*wanted: tuple[str, int], seed: object = 0) -> Allocation:
    """An allocation whose sealed bytes are made up."""
    some = drawn(f"allocation {seed} {wanted}")
    return Allocation(
        allocation_id=some(16).hex(),
        sealed_key=some(60),
        buckets=tuple(
            SealedBucketKey(bucket_id=some(16).hex(), camera_no=camera, slot_start_ns=slot_ns, wrapped=some(48))
            for camera, slot_ns in wanted
        ),
    )


def key_of(bucket_id: str) -> bytes:
    return hashlib.sha256(bucket_id.encode()).digest()


def segment_bytes(
    bucket_id: str, times_ms: Sequence[int], *, number: int = 0, footer: bool = True, size: int = 40
) -> bytes:
    """A sealed segment with one frame at each of ``times_ms``, each of ``size`` bytes of made-up fragment."""
    some = drawn(f"segment {bucket_id} {number}")
    sealer = SegmentSealer(bytes.fromhex(bucket_id), key_of(bucket_id), number, 1, b"a" * 16, some(24))
    out = sealer.header + b"".join(sealer.frame(MEDIA, some(size), ms=ms, flags=STARTS_WITH_KEY) for ms in times_ms)
    return out + (sealer.footer() if footer else b"")


def write_durably(fs: Fs, bucket_id: str, number: int, data: bytes, open_dir: str = OPEN) -> None:
    """A file in ``open/`` as the recorder leaves it after a good sync."""
    file = fs.create(f"{open_dir}/{segment_name(bucket_id, number)}")
    file.write(data)
    file.close()
    fs.sync_fs(open_dir)


def _shape(data: bytes) -> dict[str, Any]:
    found = scan(lambda at, n: data[at : at + n], len(data))
    return {"frames": len(found.frames), "complete": found.complete}


def manifest_of(opening: BucketOpening, files: dict[int, bytes], end_ns: int, gaps: Sequence[Gap] = ()) -> Manifest:
    segments = (
        SegmentFile(
            number=number,
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            start_ns=opening.start_ns,
            end_ns=end_ns,
            **_shape(data),
        )
        for number, data in files.items()
    )
    return Manifest.of(opening, end_ns, segments, gaps=gaps)


def kinds(ledger: Ledger) -> list[str]:
    return [entry.kind for entry in ledger.entries()]


def entered(ledger: Ledger, kind: str) -> list[dict[str, Any]]:
    return [entry.fields for entry in ledger.entries() if entry.kind == kind]


def days_later(days: int, hours: float = 3) -> int:
    """``hours`` o'clock, that many days after MONDAY_NS."""
    return MONDAY_NS + days * DAY_NS + int(hours * 3600e9)


def kept_files(fs: MemoryFs) -> dict[str, bytes]:
    """Every file but the key store's, whose opening draws randomness."""
    return {path: data for path, data in fs.files().items() if not path.startswith((KEYS, ANCHOR))}
