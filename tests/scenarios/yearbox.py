"""A box that lives for a year within minutes: a real store on real files in memory, a clock that is wrong at times, a
disk that is small at times, power that goes at any call; and beside it the truth, kept by other means.

Footage is real segments of a few hundred bytes. Time is handed in. What went is read from the ledger and from the
files, never from the code that judged it.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from appliance.core.clock import SLOT_NS
from appliance.core.model import BucketOpening, Camera, Manifest, Registry, SegmentFile
from appliance.formats.segment import MEDIA, STARTS_WITH_KEY, SegmentSealer
from appliance.formats.segment_files import segment_name
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import Hold
from appliance.services.statements.daily import Statements
from appliance.storage.files import RealFs
from appliance.vault.ring.destruction import Destruction
from appliance.vault.trusted_time import ClockWatch
from tests.vault import ringcases
from tests.vault.ringcases import MONDAY_NS, OPEN, RING, MovingClock, Store, key_of, made_allocation

__all__ = ["Cut", "Disk", "Truth", "YearBox"]

ROOT_DIRECTORIES = (*ringcases.DIRECTORIES, "/office/heads")
_CHANGES = ("create", "append", "rename", "unlink", "make_dir", "overwrite", "sync_dir", "sync_fs")


class Cut(BaseException):
    """The power went. No code of the recorder's may catch it."""


class Disk(RealFs):
    """Real files under ``base``. ``cut_in`` calls from now the power goes. ``room_bytes`` is the size of the ring's
    disk, of which ``used`` says how much is taken (None: there is always room)."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self.cut_in: int | None = None
        self.room_bytes: int | None = None
        self.used: Callable[[], int] = lambda: 0
        for directory in ROOT_DIRECTORIES:
            os.makedirs(base + directory, exist_ok=True)

    def free_bytes(self, path: str) -> int:
        return 1 << 40 if self.room_bytes is None else max(0, self.room_bytes - self.used())

    def _step(self) -> None:
        if self.cut_in is not None:
            self.cut_in -= 1
            if self.cut_in < 0:
                raise Cut


def _placed(name: str) -> Callable[..., Any]:
    """The real call at the path's place under the base, counted if it changes anything."""
    real = getattr(RealFs, name)
    changes = name in _CHANGES

    def call(self: Disk, path: str, *more: Any, **named: Any) -> Any:
        if changes:
            self._step()
        if name == "rename":
            more = (self._base + more[0],)
        return real(self, self._base + path, *more, **named)

    return call


for _name in (*_CHANGES, "read", "read_at", "list_dir", "exists", "size", "links"):
    setattr(Disk, _name, _placed(_name))


class Truth(NamedTuple):
    """A bucket as it truly was. ``sha256``: of the file as it was written whole."""

    camera_no: str
    start_ns: int
    end_ns: int
    sha256: str


class YearBox:
    """``true_ns`` is the true time; the clock may say another. ``buckets`` is all that was ever begun, ``begun`` what
    the last slot began. ``released_ns``: two people released the brake for what was recorded until then.
    ``slots_ahead``: for how many slots keys are made at a time, six in a real box."""

    def __init__(self, base: str, cameras: Sequence[str], seed: int, *, slots_ahead: int = 6) -> None:
        self.slots_ahead = slots_ahead
        self.base, self.cameras, self.random = base, tuple(cameras), random.Random(seed)
        self.true_ns, self.count, self.starts = MONDAY_NS, 0, 0
        self.clock = MovingClock(self.true_ns)
        self.disk = Disk(base)
        self.holds: list[Hold] = []
        self.released_ns = 0
        self.registry = Registry(
            version=1,
            since_ns=self.true_ns,
            cameras=tuple(Camera(camera_no=each, location=each, source="testcard") for each in cameras),
        )
        self.buckets: dict[str, Truth] = {}
        self.begun: set[str] = set()
        self._keys: dict[tuple[str, int], str] = {}
        made = ringcases.drawn("year")
        anchor = ringcases.FileAnchor.create(self.disk, ringcases.ANCHOR, made)
        ringcases.KeyStore.create(self.disk, ringcases.KEYS, anchor, ringcases.BOX_KEY, [ringcases.slot("first")], made)
        self.open()

    # --- the box goes on and off ---

    def open(self) -> None:
        """Starts the keeper's parts as the keeper does."""
        self.starts += 1
        store = Store(self.disk, self.clock, path=f"{self.base}/index.sqlite", seed=f"start {self.starts}")
        store.holds = self.holds
        watch = ClockWatch(self.clock, store.ledger, store.index.clock_anchor_ns(self.clock.boot_id()))
        store.destruction = Destruction(
            store.ring,
            store.keystore,
            store.ledger,
            self.clock,
            policy=lambda: store.policy,
            holds=lambda: self.holds,
            watch=watch,
            released_ns=lambda: self.released_ns,
            reserve_bytes=0,
        )
        store.ring.heed(tuple, watch.agrees)
        self.store = store
        self.statements = Statements(
            self.disk,
            "/office/heads",
            store.ring,
            store.ledger,
            self.clock,
            policy=lambda: store.policy,
            registry=lambda: self.registry,
            trusted=watch.trusted,
        )
        self.disk.used = lambda: store.index.totals().bytes
        store.recovery.at_start()
        store.destruction.finish_at_start()
        store.recovery.at_hello([], self.clock.wall_ns())
        self._keys.clear()

    def close(self) -> None:
        self.store.close()

    def restart(self, *, lose_index: bool = False, reboot: bool = False) -> None:
        """The keeper ends in order and starts again."""
        self.close()
        if lose_index:
            os.unlink(f"{self.base}/index.sqlite")
        if reboot:
            self.clock.reboot()
        self.open()

    def power_returns(self) -> None:
        """After a cut: the process is gone, the machine boots."""
        self.disk.cut_in = None
        self.close()
        self.pass_ns(90_000_000_000)
        self.clock.reboot()
        self.open()

    def pass_ns(self, length_ns: int) -> None:
        self.true_ns += length_ns
        self.clock.go_to(self.clock.wall_ns() + length_ns)

    def set_clock(self, off_ns: int, *, trusted: bool) -> None:
        """The wall clock says the true time and ``off_ns``; boot time runs on."""
        self.clock.now_ns, self.clock.is_trusted = self.true_ns + off_ns, trusted

    @property
    def clock_is_right(self) -> bool:
        return self.clock.is_trusted and self.clock.now_ns == self.true_ns

    # --- the recorder's part ---

    def record(self, down: Sequence[str] = ()) -> None:
        """Ten minutes of every camera but those that are down, closed together at the end."""
        self.begun = set()
        wall_ns = self.clock.wall_ns()
        openings = [self._begin(camera_no, wall_ns) for camera_no in self.cameras if camera_no not in down]
        files = {opening.bucket_id: _segment(opening.bucket_id) for opening in openings}
        self.begun = set(files)
        for opening in openings:
            self.buckets[opening.bucket_id] = Truth(
                opening.camera_no,
                self.true_ns,
                self.true_ns + SLOT_NS,
                hashlib.sha256(files[opening.bucket_id]).hexdigest(),
            )
        for bucket_id, data in files.items():
            file = self.disk.create(f"{OPEN}/{segment_name(bucket_id, 0)}")
            file.write(data)
            file.close()
        self.pass_ns(SLOT_NS)
        if openings:
            end_ns = wall_ns + SLOT_NS
            self.store.ring.take(*(_manifest(each, files[each.bucket_id], end_ns) for each in openings))

    def _begin(self, camera_no: str, wall_ns: int) -> BucketOpening:
        slot_ns = wall_ns - wall_ns % SLOT_NS
        bucket_id = self._keys.pop((camera_no, slot_ns), None) or self._allocate(camera_no, slot_ns)
        opening = BucketOpening(
            bucket_id=bucket_id,
            camera_no=camera_no,
            slot_start_ns=slot_ns,
            start_ns=wall_ns,
            boot_id=self.clock.boot_id(),
            boot_ns=self.clock.boot_ns(),
            trusted=self.clock.trusted(),
        )
        self.store.ring.opened(opening)
        return opening

    def _allocate(self, camera_no: str, slot_ns: int) -> str:
        """Keys of every camera for this slot and those ahead, as the recorder's keysmith makes them."""
        self.count += 1
        wanted = [(each, slot_ns + n * SLOT_NS) for n in range(self.slots_ahead) for each in self.cameras]
        made = made_allocation(*wanted, seed=f"keys {self.count}")
        self.store.keystore.add(made)
        self.store.ring.allocated(made)
        self._keys = {(each.camera_no, each.slot_start_ns): each.bucket_id for each in made.buckets}
        return self._keys.pop((camera_no, slot_ns))

    # --- looking, without asking the code that judges ---

    def files(self) -> dict[str, bytes]:
        """Bucket id to bytes of every file in the ring and in ``open/``."""
        found: dict[str, bytes] = {}
        for top in (RING, OPEN):
            for folder, _, names in os.walk(self.base + top):
                for name in names:
                    with open(os.path.join(folder, name), "rb") as file:
                        found[name.split(".")[0]] = file.read()
        return found

    def days_old(self, bucket_id: str, *, last: bool) -> int:
        """True local days since the day of the last, or the first, frame."""
        truth = self.buckets[bucket_id]
        return _day(self.true_ns) - _day(truth.end_ns - 1 if last else truth.start_ns)

    def held(self, bucket_id: str, *, law: bool) -> bool:
        truth = self.buckets[bucket_id]
        return any(
            hold.camera_no == truth.camera_no
            and hold.start_ns < truth.end_ns
            and truth.start_ns < hold.end_ns
            and hold.beyond_ceiling >= law
            for hold in self.holds
        )


def _day(at_ns: int) -> int:
    """The local date as a number; Taiwan is eight hours ahead of UTC."""
    return (at_ns + 8 * 3600 * 1_000_000_000) // DAY_NS


def _segment(bucket_id: str) -> bytes:
    some = ringcases.drawn(bucket_id)
    sealer = SegmentSealer(bytes.fromhex(bucket_id), key_of(bucket_id), 0, 1, b"a" * 16, some(24))
    frames = [sealer.frame(MEDIA, some(40), ms=ms, flags=STARTS_WITH_KEY) for ms in (0, 599_000)]
    return b"".join((sealer.header, *frames, sealer.footer()))


def _manifest(opening: BucketOpening, data: bytes, end_ns: int) -> Manifest:
    segment = SegmentFile(
        number=0,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        frames=2,
        start_ns=opening.start_ns,
        end_ns=end_ns,
    )
    return Manifest.of(opening, end_ns, [segment])
