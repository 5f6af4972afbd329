"""The supervisor's core with everything handed in: a clock that is set by hand, a disk in memory, camera processes that
are played by the test through the real sockets and the real protocol."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from appliance.api import Packet, Stream, Streams
from appliance.core.errors import Unavailable
from appliance.core.model import Allocation, BucketOpening, Camera, CameraState, Gap, Manifest, Registry
from appliance.formats.fragments import Fragment, encode_fragment, encode_streams
from appliance.formats.sealing import vault_public_bytes
from appliance.formats.segment import MEDIA, STREAMS, SegmentSealer
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import BucketKey, Inbox, Start
from appliance.recorder.camera.limits import Limits
from appliance.recorder.supervisor.clock import KeeperClock
from appliance.recorder.supervisor.disk_guard import Guard
from appliance.recorder.supervisor.keeper_client import KeeperLink
from appliance.recorder.supervisor.key_allocator import KeyAllocator, Order
from appliance.recorder.supervisor.keyring import Keyring
from appliance.recorder.supervisor.recording import Place
from appliance.recorder.supervisor.supervisor import Supervisor
from appliance.recorder.supervisor.syncer import Synced, Syncer
from appliance.storage.boot_files import RecorderBoot
from appliance.storage.files import Fs
from tests.faults.memory_fs import MemoryFs

SECOND = 1_000_000_000
SLOT = 600 * SECOND
START_NS = 1_795_500_000 * SECOND
"""A slot's start."""

OPEN = "/office/open"
STREAMS_OF_TEST = Streams((Stream(0, "video", "h264", (1, 1000)),))
VAULT_PUBLIC = vault_public_bytes(MLKEM768PrivateKey.generate().public_key(), X25519PrivateKey.generate().public_key())
BOOT = RecorderBoot(VAULT_PUBLIC, X25519PrivateKey.generate().public_key().public_bytes_raw(), bytes(range(16)), 1)


class SetClock:
    """A clock that only moves when it is told to."""

    def __init__(self, wall_ns: int = START_NS + 60 * SECOND) -> None:
        self.wall, self.boot, self.is_trusted = wall_ns, 1000 * SECOND, True

    def wall_ns(self) -> int:
        return self.wall

    def boot_ns(self) -> int:
        return self.boot

    def boot_id(self) -> str:
        return "b" * 32

    def trusted(self) -> bool:
        return self.is_trusted

    def advance(self, seconds: float) -> None:
        self.wall += int(seconds * SECOND)
        self.boot += int(seconds * SECOND)


class Noted:
    """The link to the keeper, as a list. ``away``: allocations are not answered."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self.away = False

    def file_made(self, name: str) -> None:
        self.said.append(("file", name))

    def emergency(self, allocation: Allocation) -> None:
        self.said.append(("emergency", allocation))

    def opened(self, opening: BucketOpening) -> None:
        self.said.append(("opened", opening))

    def closed(self, manifest: Manifest, names: list[str]) -> None:
        self.said.append(("closed", manifest))

    def gap(self, gap: Gap) -> None:
        self.said.append(("gap", gap))

    def allocate(self, allocation: Allocation) -> None:
        if self.away:
            raise Unavailable("keeper: away")
        self.said.append(("allocate", allocation))

    def of(self, what: str) -> list[Any]:
        return [said for kind, said in self.said if kind == what]


class Launches:
    """Instead of processes: the other ends of the sockets, for the test to play."""

    def __init__(self) -> None:
        self.made: list[Actor] = []
        self.killed: list[int] = []
        self.refuse = False

    def spawn(self, token: int, name: str) -> socket.socket:
        if self.refuse:
            raise Unavailable("fork server: is gone")
        ours, theirs = socket.socketpair()
        self.made.append(Actor(token, name, theirs))
        return ours

    def kill(self, token: int) -> None:
        self.killed.append(token)
        self.of(token).sock.close()

    def of(self, token: int) -> Actor:
        return next(actor for actor in self.made if actor.token == token)

    def last(self, camera_no: str) -> Actor:
        return [actor for actor in self.made if actor.name == f"cam {camera_no}"][-1]


class Actor:
    """A camera's process, played by the test: honest by :meth:`begin`, :meth:`frame`, :meth:`end`; else :meth:`say`."""

    def __init__(self, token: int, name: str, sock: socket.socket) -> None:
        self.token, self.name, self.sock = token, name, sock
        sock.setblocking(False)
        self._inbox = Inbox(sock, channel.TO_CAMERA)
        self.start: Start | None = None
        self.keys: dict[str, BucketKey] = {}
        self.told: list[tuple[int, bytes]] = []
        self.sealer: SegmentSealer | None = None

    def listen(self) -> Actor:
        """Takes what the supervisor said so far."""
        while (message := self._next()) is not None:
            kind, payload = message
            if kind == channel.START:
                self.start = channel.unpack_start(payload)
            elif kind == channel.KEY:
                key = channel.unpack_key(payload)
                self.keys[key.bucket_id.hex()] = key
            else:
                self.told.append((kind, bytes(payload)))
        return self

    def _next(self) -> tuple[int, bytearray] | None:
        try:
            return self._inbox.next()
        except (EOFError, OSError):
            return None

    def key(self, slot_start_ns: int = START_NS) -> BucketKey:
        """The newest key of that slot."""
        return [key for key in self.listen().keys.values() if key.slot_start_ns == slot_start_ns][-1]

    def say(self, kind: int, *parts: bytes) -> None:
        channel.send(self.sock, kind, *parts)

    def begin(self, key: BucketKey, start_ns: int, number: int | None = None) -> None:
        """A segment of ``key``'s bucket, with its stream description."""
        wanted = key.number if number is None else number
        self.sealer = SegmentSealer(key.bucket_id, key.key, wanted, BOOT.suite, BOOT.appliance_id, os.urandom(24))
        self.say(channel.SEGMENT, channel.pack_ns(start_ns), self.sealer.header)
        sealed = self.sealer.frame(STREAMS, encode_streams(STREAMS_OF_TEST), ms=0)
        self.say(channel.FRAME, channel.pack_frame_times(0, 0, False, False), sealed)

    def frame(
        self, start_ns: int, seconds: float = 0.5, *, size: int = 100, video: bool = True, key: bool = True
    ) -> bytes:
        """A fragment of one packet from ``start_ns`` on; what was sent. ``key``: of video, it is a key frame."""
        assert self.sealer is not None
        fragment = Fragment(start_ns, 0, (Packet(0, os.urandom(size), 0, 0, int(seconds * 1000), key),))
        sealed = self.sealer.frame(MEDIA, encode_fragment(fragment), ms=0)
        times = channel.pack_frame_times(start_ns, start_ns + int(seconds * SECOND), video, video and key)
        self.say(channel.FRAME, times, sealed)
        return sealed

    def end(self, reason: str | None = None) -> None:
        """The footer, and with ``reason`` the end of the bucket."""
        assert self.sealer is not None
        self.say(channel.FOOTER, self.sealer.footer())
        if reason is not None:
            self.say(channel.BUCKET_END, reason.encode())


class Rig:
    """A supervisor with its surroundings. Keys that it orders come at each :meth:`turn`. ``wrong``: why another disk
    lies there. ``link``: a real link to a keeper, made for ``clock``, whose vault key is ``vault_public``; without one
    what is said is :attr:`noted`."""

    def __init__(
        self,
        *camera_nos: str,
        fs: Fs | None = None,
        limits: Limits | None = None,
        guard: Guard | None = None,
        wrong: Callable[[], str] = lambda: "",
        clock: SetClock | None = None,
        told: KeeperClock | None = None,
        directory: str = OPEN,
        link: KeeperLink | None = None,
        vault_public: bytes = BOOT.vault_public,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.clock, self.directory, self._link = clock or SetClock(), directory, link
        self.fs = fs or MemoryFs(OPEN)
        self.noted, self.launches, self.keyring = Noted(), Launches(), Keyring()
        self.log: list[str] = []
        self.states: list[CameraState] = []
        self.durable: dict[str, int] = {}
        self.orders: list[Order] = []
        self.faults: Mapping[str, str] = {}
        self.told = told or KeeperClock(self.clock)
        reports = link or self.noted
        self.pictures: list[tuple[str, bytes, str]] = []
        self.watched: list[tuple[str, bytes]] = []
        self.place = Place(
            self.fs, directory, self.told, BOOT, self.keyring, reports, self.log.append, {}, wrong,
            on_picture=lambda order, taken, why: self.pictures.append((order, taken, why)),
            on_watched=lambda camera_no, part: self.watched.append((camera_no, part)),
        )  # fmt: skip
        self.smith = KeyAllocator(reports, vault_public, self.clock, os.urandom, lambda forged: None, answer_ns=0)
        self.syncer = Syncer(self.fs, directory, self.clock, self.place.written.copy, lambda synced: None, wrong)
        self.supervisor = Supervisor(
            self.place,
            self.launches,
            order=self.orders.append,
            states=self._note_states,
            durable=self._note_durable,
            faults=self._note_faults,
            random=lambda size: b"\x80" * size,
            limits=limits,
            guard=guard,
        )
        self.supervisor.put_in_force(registry(*camera_nos, **(settings or {})))
        self.turn()

    def turn(self, seconds: float = 0.5) -> None:
        """Time passes, the loop does what there is, keys that were ordered come."""
        self.clock.advance(seconds)
        for _ in range(6):
            self.supervisor.turn(0)
        while self.orders:
            self.supervisor.forged(self.smith.forge(self.orders.pop(0)))
        self.supervisor.turn(0)

    def sync(self) -> Synced:
        synced = self.syncer.sync()
        self.supervisor.synced(synced)
        return synced

    def record(self, camera_no: str, seconds: float = 0.5, *, key: bool = True) -> Actor:
        """An honest process begins its segment and sends one fragment."""
        actor = self.launches.last(camera_no).listen()
        actor.begin(actor.key(), self.clock.wall)
        actor.frame(self.clock.wall, seconds, key=key)
        self.turn(seconds)
        return actor

    def files(self) -> dict[str, bytes]:
        return {name: self.fs.read(f"{self.directory}/{name}") for name in self.fs.list_dir(self.directory)}

    def state(self, camera_no: str) -> CameraState:
        return self.supervisor.desks[camera_no].state()

    def _note_states(self, states: Sequence[CameraState]) -> None:
        self.states = list(states)
        if self._link is not None:
            self._link.states(self.states)

    def _note_faults(self, faults: Mapping[str, str]) -> None:
        self.faults = faults

    def _note_durable(self, lengths: dict[str, int]) -> None:
        self.durable = lengths


def registry(*camera_nos: str, **settings: Any) -> Registry:
    cameras = tuple(Camera(camera_no=no, location="x", source="testcard", settings=settings) for no in camera_nos)
    return Registry(version=1, since_ns=0, cameras=cameras)
