"""An office to view in: a real vault, people, log-ins, cases, and cameras that recorded films of ``tests.sandbox``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from appliance.api import Packet, Streams
from appliance.core.clock import SLOT_NS, slot_start_ns
from appliance.core.model import BucketOpening, Manifest, SegmentFile
from appliance.formats.allocation import allocate
from appliance.formats.fragments import encode_fragment, encode_streams
from appliance.formats.segment import MEDIA, STARTS_WITH_KEY, STREAMS, SegmentSealer, scan
from appliance.ledger.records import Acts
from appliance.recorder.camera.cuts import Bucket, EndBucket, FragmentReady, StartBucket, StartSegment
from appliance.recorder.camera.segmenter import Segmenter
from appliance.sandbox.changes import ChangeFinder
from appliance.sandbox.mux import Response
from appliance.sandbox.picture import draw
from appliance.sandbox.protocol import (
    Block,
    Compared,
    Opening,
    PictureOrder,
    Sample,
    SearchKey,
    SearchOrder,
    decode_samples,
    encode_samples,
)
from appliance.services.cases.book import CaseBook
from appliance.services.people.accounts import Account, Accounts
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Logins, Seat
from appliance.services.stations.book import ViewingStations
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.playback import Playback
from appliance.services.viewing.search import ChangeSearches
from appliance.storage.files import Fs
from appliance.vault.keys.anchor import FileAnchor
from appliance.vault.keys.boxkeys import SealedFile
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.passwords import Hasher
from appliance.vault.keys.slots import make_password_slot
from appliance.vault.keys.vault import make_vault
from tests.faults.memory_fs import MemoryFs
from tests.sandbox.films import Film
from tests.services.casetrack import small_world, track
from tests.vault.keycases import CHEAP
from tests.vault.ringcases import (
    ANCHOR,
    BOX_KEY,
    DIRECTORIES,
    KEYS,
    MONDAY_NS,
    MovingClock,
    Store,
    drawn,
    write_durably,
)

__all__ = ["NOON_NS", "PASSWORD", "LocalDarkroom", "LocalViewer", "Office", "Taken"]

PASSWORD = "a password that is long enough"
NOON_NS = MONDAY_NS + 12 * 3600 * 1_000_000_000
RECORDS = "/office/keeper/records"
_PEOPLE = (
    ("lin", "林小明", ("officer", "manager")),
    ("wu", "吳大同", ("unit_head",)),
    ("chen", "陳怡君", ("auditor",)),
    ("tang", "唐宏文", ("officer",)),
)


class LocalDarkroom:
    """A darkroom in this process: the same requests, no child. ``fed`` is what it was handed, in order."""

    def __init__(self) -> None:
        self.fed: list[Sample] = []
        self.connected = 0

    def connect(self) -> LocalViewer:
        self.connected += 1
        return LocalViewer(self.fed)


class LocalViewer:
    def __init__(self, fed: list[Sample]) -> None:
        self._fed, self._response = fed, None
        self.lost = self.interrupted = False

    def open(self, opening: Opening) -> None:
        self._response: Any = Response(opening)

    def push(self, samples: Sequence[Sample]) -> Block:
        self._fed.extend(samples)
        block: Block = self._response.push(decode_samples(encode_samples(samples)))
        return block

    def finish(self, end_ns: int = 0) -> Block:
        block: Block = self._response.finish(end_ns)
        return block

    def picture(self, order: PictureOrder, key: bytes) -> bytes:
        return draw(order, key)

    def search(self, order: SearchOrder) -> None:
        self._search = ChangeFinder(order)

    def search_key(self, key: SearchKey, data: bytes) -> Compared:
        return self._search.add(key, data)

    def search_pair(self, first_ns: int, last_ns: int) -> bool:
        return self._search.differ(first_ns, last_ns)

    def close(self) -> None:
        self.lost = True


class Taken:
    """What a recorder made of a film: (bucket id, segment number) to plaintext packets, for comparing."""

    def __init__(self) -> None:
        self.packets: dict[tuple[str, int], list[Packet]] = {}
        self.buckets: list[str] = []


class Office(Store):
    """A store with people in it, all of the same password. ``record_film`` fills it as the recorder would. ``pledged``:
    whose pledge of confidentiality holds; ``stations``: where anything is shown, by default a training office's."""

    pledged: Callable[[str], bool] = staticmethod(lambda person: True)
    stations = ViewingStations()

    def __init__(
        self,
        fs: Fs | None = None,
        *,
        darkroom: Any = None,
        clock: MovingClock | None = None,
        seed: object = 0,
        path: str = ":memory:",
    ) -> None:
        self.random = drawn(f"office {seed}")
        hasher = Hasher(CHEAP, self.random)
        if fs is None:
            fs = MemoryFs(*DIRECTORIES)
            self._found(fs, hasher)
        super().__init__(fs, clock or MovingClock(NOON_NS + 6 * 3600 * 1_000_000_000), seed=seed, path=path)
        self.vault_public: bytes = bytes(fs.read("/office/keeper/vault.pub"))
        file = SealedFile(fs, "/office/keeper/accounts.sealed", BOX_KEY, self.random)
        self.accounts = Accounts(file, hasher, self.clock)
        self.acts = Acts(self.ledger, fs, RECORDS, BOX_KEY, self.clock, random=self.random)
        self.logins = Logins(self.accounts, self.clock, self.random, trial=True)
        self.keyholders = Keyholders(self.keystore, self.accounts, hasher, self.random)
        self.cases = CaseBook(
            self.acts, self.ledger, self.clock, small_world("C1", "C2"), pseudonym_key=BOX_KEY, random=self.random
        )
        self.life = track(self.cases, self.clock.wall_ns, seed)
        self.grants = self.grants_anew()
        self.damage: list[str] = []
        self.darkroom = darkroom or LocalDarkroom()
        self.playback = Playback(self.grants, self.ring, self.ledger, self.darkroom, on_damage=self.damage.append)
        self.searches = ChangeSearches(self.grants, self.playback, self.clock)
        self._acts_made = 0

    def grants_anew(self) -> Grants:
        """The grants as a start of the keeper finds them."""
        return Grants(
            self.acts,
            self.ledger,
            self.cases,
            self.ring,
            self.keystore,
            self.keyholders,
            self.logins,
            self.clock,
            self.random,
            self.pledged,
            stations=self.stations,
        )

    @classmethod
    def founded(cls, fs: Fs, *, darkroom: Any = None) -> Office:
        """One on a disk that has the directories and nothing in them."""
        cls._found(fs, Hasher(CHEAP, drawn("office")))
        return cls(fs, darkroom=darkroom)

    @staticmethod
    def _found(fs: Fs, hasher: Hasher) -> None:
        some = drawn("founding")
        public, private = make_vault(some)
        slots = [make_password_slot(private, name, PASSWORD, hasher, some) for name in ("lin", "wu")]
        anchor = FileAnchor.create(fs, ANCHOR, some)
        KeyStore.create(fs, KEYS, anchor, BOX_KEY, slots, some)
        file = fs.create("/office/keeper/vault.pub")
        file.write(public)
        file.close()
        verifier = hasher.verifier(PASSWORD)
        people = [
            Account(name=name, display=display, roles=roles, verifier=verifier) for name, display, roles in _PEOPLE
        ]
        sealed = SealedFile(fs, "/office/keeper/accounts.sealed", BOX_KEY, some)
        Accounts.create(sealed, people, hasher, MovingClock())
        fs.sync_fs("/office")

    # --- people ---

    def act(self) -> str:
        self._acts_made += 1
        return hashlib.sha256(f"act {self._acts_made} {self.ledger.size}".encode()).hexdigest()[:32]

    def seat(self, person: str) -> Seat:
        """Somebody who has just logged in alone."""
        return self.logins.log_in(person, PASSWORD).seats[0]

    def two(self, first: str = "lin", second: str = "wu") -> str:
        """The token of a session with both."""
        return self.logins.log_in(second, PASSWORD, session=self.logins.log_in(first, PASSWORD).token).token

    def granted(self, start_ns: int, end_ns: int, *cameras: str) -> str:
        """The key of a case in which these minutes may be shown now."""
        return self.life.viewing(cameras or ("C1",), start_ns, end_ns)

    def view(self, start_ns: int, end_ns: int, *cameras: str) -> Grant:
        """A grant over these minutes, opened; ``self.token`` is its session's."""
        key = self.granted(start_ns, end_ns, *cameras)
        self.token = self.two()
        return self.grants.open(self.token, key, PASSWORD)

    # --- the recorder ---

    def record_film(
        self, made: Film, start_ns: int, *, camera_no: str = "C1", close: bool = True, taken: Taken | None = None
    ) -> Taken:
        """Records ``made`` as if its first packet came at ``start_ns``: the recorder's own segmenter and sealer."""
        return self.record_items(
            [made.streams, *made.packets],
            lambda packet: start_ns + round(made.seconds(packet) * 1e9),
            camera_no=camera_no,
            close=close,
            taken=taken,
        )

    def record_items(
        self,
        items: Sequence[Packet | Streams],
        arrival: Any,
        *,
        camera_no: str = "C1",
        close: bool = True,
        taken: Taken | None = None,
    ) -> Taken:
        taken = taken or Taken()
        packets = [item for item in items if isinstance(item, Packet)]
        first, last = slot_start_ns(arrival(packets[0])), slot_start_ns(arrival(packets[-1]))
        slots = [(camera_no, slot) for slot in range(first, last + SLOT_NS, SLOT_NS)]
        allocation, keys = allocate(self.vault_public, slots, self.random)
        self.keystore.add(allocation)
        self.ring.allocated(allocation)
        segmenter = Segmenter(sound=True)
        segmenter.offer(*(Bucket(bytes.fromhex(b.bucket_id), b.slot_start_ns + SLOT_NS) for b in allocation.buckets))
        tape = _Tape(self, camera_no, keys, taken, close)
        now = arrival(packets[0])
        for item in items:
            now = now if isinstance(item, Streams) else arrival(item)
            tape.carry_out(segmenter.feed(item, now))
        tape.carry_out(segmenter.finish("end"))
        return taken


class _Tape:
    """Carries out a segmenter's events on the store's disk."""

    def __init__(self, office: Office, camera_no: str, keys: dict[str, bytearray], taken: Taken, close: bool) -> None:
        self._office, self._camera_no, self._keys, self._taken, self._close = office, camera_no, keys, taken, close
        self._bucket_id = ""
        self._start_ns = 0
        self._sealer: SegmentSealer | None = None
        self._data = b""
        self._number = 0
        self._span = [0, 0]
        self._files: list[tuple[SegmentFile, bytes]] = []

    def carry_out(self, events: Any) -> None:
        for event in events:
            if isinstance(event, StartBucket):
                self._bucket_id, self._start_ns = event.bucket.bucket_id.hex(), event.start_ns
                self._files, self._number = [], 0
                self._taken.buckets.append(self._bucket_id)
                self._office.ring.opened(self._opening())
            elif isinstance(event, StartSegment):
                self._end_segment()
                some = self._office.random
                key = self._keys[self._bucket_id]
                self._sealer = SegmentSealer(bytes.fromhex(self._bucket_id), key, self._number, 1, b"a" * 16, some(24))
                self._data = self._sealer.header + self._sealer.frame(STREAMS, encode_streams(event.streams), ms=0)
                self._span = [0, 0]
            elif isinstance(event, FragmentReady) and self._sealer:
                flags = STARTS_WITH_KEY if event.starts_with_key else 0
                self._data += self._sealer.frame(MEDIA, encode_fragment(event.fragment), ms=event.ms, flags=flags)
                self._span = [self._span[0] or event.start_ns, event.end_ns]
                where = self._bucket_id, self._number
                self._taken.packets.setdefault(where, []).extend(event.fragment.packets)
            elif isinstance(event, EndBucket):
                self._end_segment()
                if self._close:
                    self._office.ring.take(self._manifest(event.end_ns))

    def _opening(self) -> BucketOpening:
        return BucketOpening(
            bucket_id=self._bucket_id,
            camera_no=self._camera_no,
            slot_start_ns=slot_start_ns(self._start_ns),
            start_ns=self._start_ns,
            boot_id=self._office.clock.boot_id(),
            boot_ns=self._office.clock.boot_ns() + self._start_ns - self._office.clock.wall_ns(),
            trusted=self._office.clock.is_trusted,
        )

    def _end_segment(self) -> None:
        if self._sealer is None:
            return
        data = self._data + (self._sealer.footer() if self._close else b"")
        write_durably(self._office.fs, self._bucket_id, self._number, data, self._office.ring.shelves.open_dir)
        if not self._close:
            self._office.ring.durable({f"{self._bucket_id}.{self._number:04d}.seg": len(data)})
        file = SegmentFile(
            number=self._number,
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            frames=len(scan(lambda at, n: data[at : at + n], len(data)).frames),
            start_ns=self._span[0],
            end_ns=self._span[1],
        )
        self._files.append((file, data))
        self._sealer, self._number = None, self._number + 1

    def _manifest(self, end_ns: int) -> Manifest:
        return Manifest.of(self._opening(), end_ns, (file for file, _ in self._files))
