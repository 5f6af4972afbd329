"""How a camera's process and the supervisor speak: one socket pair, small framed messages, bounded on both sides.

A message is ``u32 payload length | u8 kind | payload``, big-endian. The supervisor believes nothing that comes from a
camera's process: :class:`Inbox` never blocks, never holds more than one message, and refuses what is too long or of
no known kind. Keys and credentials travel only here, never in arguments, environment or logs; the buffers that carried
a key are wiped on both sides.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from appliance.core.errors import Broken
from appliance.core.messages import CATALOGUE, CodedMessage, Said
from appliance.core.model import Camera, CameraNote, Record, from_wire, to_wire
from appliance.formats.live_copy import MAX_WATCHED_BYTES
from appliance.formats.sealing import wipe
from appliance.formats.segment import FRAME_HEADER_BYTES, HEADER_BYTES, MAX_FRAME_BYTES, TRAILER_BYTES
from appliance.rules.camera_notes import cleaned_notes, kept_notes, printable
from appliance.rules.devices import cleaned
from appliance.selftest.samples import MAX_TAKEN_BYTES

__all__ = [
    "AGAIN",
    "BRIEF",
    "BUCKET_END",
    "CAMERA_CLOCK",
    "CLOCK_STEP",
    "CONFINED",
    "CUT",
    "FAILED",
    "FOOTER",
    "FRAME",
    "IDENTITY",
    "KEY",
    "LESSER",
    "LOST",
    "NOTES",
    "OPENED",
    "OTHER",
    "PROFILE",
    "REDUCE",
    "SEE",
    "SEGMENT",
    "SIGNED",
    "START",
    "STOP",
    "TAKEN",
    "TAP",
    "UNCONFINED",
    "WANT",
    "WATCH",
    "WATCHED",
    "WHOLE",
    "BucketKey",
    "FrameTimes",
    "Inbox",
    "Start",
    "pack_frame_times",
    "pack_identity",
    "pack_key",
    "pack_notes",
    "pack_taken",
    "pack_tap",
    "send",
    "unpack_frame_times",
    "unpack_identity",
    "unpack_key",
    "unpack_notes",
    "unpack_reason",
    "unpack_taken",
    "unpack_tap",
    "words_of",
]

# From a camera's process.
CONFINED, OPENED, SEGMENT, FRAME, FOOTER, BUCKET_END, LOST, WANT, PROFILE, CAMERA_CLOCK, TAKEN, IDENTITY, WATCHED = (
    range(1, 14)
)
UNCONFINED = 14
"""Instead of anything of the camera's: what is missing of the floor of its confinement."""
FAILED = 15
"""At most once: what a thread of the source raised and nobody caught. The recording goes on if it can."""

NOTES = 25
"""What of the camera is not recorded or not read as usual; each one replaces the one before."""

# To it.
START, KEY, WATCH, CUT, AGAIN, STOP, REDUCE, TAP, SEE = range(16, 25)

SIGNED = 26
"""From a camera's process, once a connection: which signatures its stream carries."""

WHOLE, BRIEF = 1, 2
"""What TAP says: with the pictures after the key frame; or that frame alone, at once."""

LESSER, OTHER = b"\x01", b"\x00"
"""What PROFILE says: the lesser one is recorded here; or this process ends so that the next takes the other one."""

CLOCK_STEP = "clock-step"
"""The reason of a CUT after which media time is anchored anew; any other reason waits for a key frame."""

_LEAD = struct.Struct(">IB")
_TIMES = struct.Struct(">qqB")
_KEY = struct.Struct(">16sqqQ32s")
_NS = struct.Struct(">q")
_TAP = struct.Struct(">BQ")
_NUMBER = struct.Struct(">Q")
MAX_TEXT_BYTES = 512
MAX_REASON_BYTES = 8 * MAX_TEXT_BYTES
MAX_PAYLOAD = {
    CONFINED: 4096,
    OPENED: 0,
    SEGMENT: _NS.size + HEADER_BYTES,
    FRAME: _TIMES.size + FRAME_HEADER_BYTES + MAX_FRAME_BYTES,
    FOOTER: FRAME_HEADER_BYTES + MAX_FRAME_BYTES + TRAILER_BYTES,
    BUCKET_END: MAX_TEXT_BYTES,
    LOST: MAX_REASON_BYTES,
    WANT: _NS.size,
    PROFILE: 1,
    CAMERA_CLOCK: _NS.size,
    TAKEN: _NUMBER.size + MAX_TAKEN_BYTES,
    IDENTITY: 4096,
    WATCHED: MAX_WATCHED_BYTES,
    UNCONFINED: MAX_TEXT_BYTES,
    FAILED: MAX_TEXT_BYTES,
    SIGNED: MAX_TEXT_BYTES,
    NOTES: MAX_REASON_BYTES,
    START: 1 << 20,
    KEY: _KEY.size,
    WATCH: 1,
    CUT: MAX_TEXT_BYTES,
    AGAIN: 0,
    STOP: 0,
    REDUCE: 1,
    TAP: _TAP.size,
    SEE: 1 << 20,
}
"""The longest payload of each kind; a longer one ends the conversation before any memory is set aside for it."""


class Start(Record, frozen=True, kw_only=True):
    """The first message to a camera's process: everything it needs to know but its keys. ``watched``: as a WATCH says,
    whether somebody looks live: then packets do not wait, and what is sealed is handed on, too."""

    camera: Camera
    suite: int
    appliance_id: bytes
    watched: bool = False
    reduced: bool = False


class BucketKey(NamedTuple):
    """A bucket's key on its way to the camera's process. ``start_ns`` is 0 for a bucket that has not begun;
    ``number`` is the first segment number that is free in it. The receiver wipes ``key``."""

    bucket_id: bytes
    slot_start_ns: int
    start_ns: int
    number: int
    key: bytearray


class FrameTimes(NamedTuple):
    """What the process says of a frame: the span of its packets by the wall clock, whether video is among them, and
    whether it begins with a key frame from which a player can begin."""

    start_ns: int
    end_ns: int
    has_video: bool
    has_key: bool


def send(sock: socket.socket, kind: int, *parts: bytes | bytearray | memoryview) -> None:
    """Sends one message, the parts joined as its payload, without copying them. Blocks while the peer is behind.

    Raises OSError when the peer is gone.
    """
    total = sum(len(part) for part in parts)
    views = [memoryview(_LEAD.pack(total, kind)), *(memoryview(part) for part in parts)]
    while views:
        sent = sock.sendmsg(views)
        while views and sent >= len(views[0]):
            sent -= len(views.pop(0))
        if views and sent:
            views[0] = views[0][sent:]


def pack_key(key: BucketKey) -> bytearray:
    """The payload of a KEY message; the sender wipes it once it is sent."""
    payload = bytearray(_KEY.size)
    _KEY.pack_into(payload, 0, key.bucket_id, key.slot_start_ns, key.start_ns, key.number, b"")
    payload[-len(key.key) :] = key.key
    return payload


def unpack_key(payload: bytearray) -> BucketKey:
    """The key in a KEY message; wipes the payload. Raises Broken."""
    if len(payload) != _KEY.size:
        raise Broken(f"key message of {len(payload)} bytes; {_KEY.size} expected")
    bucket_id, slot, start, number = struct.unpack_from(">16sqqQ", payload)
    key = payload[-32:]
    wipe(payload)
    return BucketKey(bucket_id, slot, start, number, key)


def pack_frame_times(start_ns: int, end_ns: int, has_video: bool, has_key: bool) -> bytes:
    return _TIMES.pack(start_ns, end_ns, has_video | has_key << 1)


def unpack_frame_times(payload: memoryview) -> tuple[FrameTimes, memoryview]:
    """The times and the frame in a FRAME message. Raises Broken."""
    if len(payload) < _TIMES.size + FRAME_HEADER_BYTES:
        raise Broken(f"frame message of {len(payload)} bytes: shorter than a frame's header")
    start, end, holds = _TIMES.unpack_from(payload)
    return FrameTimes(start, end, bool(holds & 1), bool(holds & 2)), payload[_TIMES.size :]


def pack_ns(value: int) -> bytes:
    return _NS.pack(value)


def unpack_ns(payload: memoryview | bytearray) -> tuple[int, memoryview]:
    """A leading time in ns, and the rest. Raises Broken."""
    if len(payload) < _NS.size:
        raise Broken(f"message of {len(payload)} bytes: too short for a time")
    return int(_NS.unpack_from(payload)[0]), memoryview(payload)[_NS.size :]


def pack_tap(how: int, number: int) -> bytes:
    """The payload of a TAP: what is to be gathered, and the number under which it comes back."""
    return _TAP.pack(how, number)


def unpack_tap(payload: bytearray) -> tuple[int, int]:
    """Raises Broken."""
    if len(payload) != _TAP.size:
        raise Broken(f"tap message of {len(payload)} bytes; {_TAP.size} expected")
    how, number = _TAP.unpack(payload)
    return how, number


def pack_taken(number: int, taken: bytes) -> tuple[bytes, bytes]:
    """The parts of a TAKEN: the number of the TAP it answers (0 where a SEE asked), and what was gathered."""
    return _NUMBER.pack(number), taken


def unpack_taken(payload: bytearray) -> tuple[int, bytes]:
    """Raises Broken."""
    if len(payload) < _NUMBER.size:
        raise Broken(f"taken message of {len(payload)} bytes: too short for its number")
    return int(_NUMBER.unpack_from(payload)[0]), bytes(memoryview(payload)[_NUMBER.size :])


def unpack_start(payload: bytearray) -> Start:
    """Raises Broken."""
    try:
        return from_wire(bytes(payload), Start)
    except msgspec.MsgspecError as error:
        raise Broken(f"start message: {error}") from error


def unpack_identity(payload: bytearray) -> dict[str, str]:
    """What the device told of itself, cleaned. Raises Broken."""
    try:
        return cleaned(from_wire(bytes(payload), dict[str, str]))
    except msgspec.MsgspecError as error:
        raise Broken(f"identity message: {error}") from error


def pack_identity(identity: Mapping[str, str]) -> bytes:
    return to_wire(cleaned(identity))


def pack_notes(notes: Iterable[CodedMessage]) -> bytes:
    """The first few, in a message that is never too long."""
    return to_wire(kept_notes(notes))


def unpack_notes(payload: bytearray) -> tuple[CameraNote, ...]:
    """Notes about cameras that the catalogue has, from a process that may lie, with short, printable words. Raises
    Broken."""
    try:
        notes = from_wire(bytes(payload), list[CameraNote])
    except msgspec.MsgspecError as error:
        raise Broken(f"notes message: {error}") from error
    return cleaned_notes(notes)


def pack_start(start: Start) -> bytes:
    return to_wire(start)


def words_of(view: memoryview) -> str:
    """Words from a process that may lie: short, printable, one line."""
    return printable(bytes(view[:MAX_TEXT_BYTES]).decode(errors="replace")) or "no reason"


def pack_reason(text: str, message: CodedMessage | None) -> bytes:
    """Why a camera was lost, in words that hold no secret, and as a coded message where there is one."""
    packed = msgspec.json.encode({"text": text[:MAX_TEXT_BYTES], "message": message})
    return packed if len(packed) <= MAX_REASON_BYTES else msgspec.json.encode({"text": text[:200]})


def unpack_reason(view: memoryview) -> Reason:
    """What :func:`pack_reason` packed, from a process that may lie: a message about cameras that the catalogue has, and
    short, printable words. What is not packed is words alone."""
    try:
        packed = msgspec.json.decode(view, type=_PackedReason)
    except msgspec.MsgspecError:
        return Reason(words_of(view), None)
    message = packed.message
    if message is not None:
        known = message.code in CATALOGUE and message.code.startswith("camera-")
        values = {name[:20]: printable(str(value)) for name, value in list(message.values.items())[:4]}
        message = CodedMessage(message.code, values) if known else None
    return Reason(printable(packed.text) or "no reason", message)


class _PackedReason(msgspec.Struct):
    text: str
    message: CodedMessage | None = None


class Reason(NamedTuple):
    """Why a camera was lost: in English, and as code and parameters where it has them."""

    text: str
    message: CodedMessage | None

    @property
    def said(self) -> Said:
        return self.message or self.text


class Inbox:
    """Reads messages from one socket without ever waiting longer than the socket does, one message in memory at most.

    ``kinds`` are those that may come. The payload it gives out is the receiver's to keep or wipe.
    """

    def __init__(self, sock: socket.socket, kinds: frozenset[int]) -> None:
        self._sock, self._kinds = sock, kinds
        self._lead = bytearray(_LEAD.size)
        self._payload: bytearray | None = None
        self._kind = self._got = 0

    def next(self) -> tuple[int, bytearray] | None:
        """The next whole message; None when there is none yet.

        Raises EOFError when the peer closed, Broken on a malformed message, OSError when the socket failed.
        """
        while True:
            target = self._lead if self._payload is None else self._payload
            if self._got < len(target):
                try:
                    count = self._sock.recv_into(memoryview(target)[self._got :])
                except (BlockingIOError, TimeoutError):
                    return None
                if count == 0:
                    raise EOFError("the peer closed")
                self._got += count
                if self._got < len(target):
                    continue
            self._got = 0
            if self._payload is not None:
                payload, self._payload = self._payload, None
                return self._kind, payload
            length, self._kind = _LEAD.unpack(self._lead)
            if self._kind not in self._kinds or length > MAX_PAYLOAD[self._kind]:
                raise Broken(f"message of kind {self._kind} with {length} bytes: not in the protocol")
            self._payload = bytearray(length)


FROM_CAMERA = frozenset(
    {CONFINED, OPENED, SEGMENT, FRAME, FOOTER, BUCKET_END, LOST, WANT, PROFILE, CAMERA_CLOCK, TAKEN, IDENTITY, WATCHED}
    | {UNCONFINED, FAILED, SIGNED, NOTES}
)
TO_CAMERA = frozenset({START, KEY, WATCH, CUT, AGAIN, STOP, REDUCE, TAP, SEE})
