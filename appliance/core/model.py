"""The nouns that several processes share, as frozen records. No behaviour beyond arithmetic on spans.

Times are nanoseconds since 1970 UTC on the recorder's clock unless a name says otherwise; spans are half-open.
``msgspec`` encodes and strictly decodes every record (``to_json``, ``from_json``, ``to_wire``, ``from_wire``); every
number, id and length that a process may tell another has bounds, which decoding checks and constructing does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

import msgspec

from appliance.core.messages import CodedMessage

__all__ = [
    "MOST_NOTES",
    "MOST_NS",
    "MOST_TEXT",
    "MOST_WORD",
    "Allocation",
    "BucketOpening",
    "Camera",
    "CameraClock",
    "CameraNo",
    "CameraNote",
    "CameraState",
    "Gap",
    "Length",
    "Manifest",
    "Moment",
    "Registry",
    "SealedBucketKey",
    "SegmentFile",
    "Span",
    "Text",
    "Uptime",
    "Word",
    "from_json",
    "from_wire",
    "merge",
    "subtract",
    "to_json",
    "to_wire",
]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all records here: immutable, named fields only, unknown fields refused."""


MOST_NS = 1 << 62
"""The latest moment of a record, in the year 2116: sums and differences of two still fit the 64 bits of a table."""

Moment = Annotated[int, msgspec.Meta(ge=0, le=MOST_NS)]
Uptime = Annotated[int, msgspec.Meta(ge=-(1 << 61), le=1 << 61)]
"""Boot time; of what began before the boot it is negative."""
_Shift = Annotated[int, msgspec.Meta(ge=-MOST_NS, le=MOST_NS)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]
Length = Annotated[int, msgspec.Meta(ge=0, le=1 << 44)]
_Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
_Hash = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?\Z")]
CameraNo = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
MOST_WORD, MOST_TEXT = 128, 2000
"""Characters. A text from another process is cut to these before it becomes part of a record."""
Word = Annotated[str, msgspec.Meta(max_length=MOST_WORD)]
Text = Annotated[str, msgspec.Meta(max_length=MOST_TEXT)]
_Sealed = Annotated[bytes, msgspec.Meta(max_length=4096)]
MOST_NOTES = 8
_MOST_FILES = 4096
_MOST_BUCKETS = 4096


class Span(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """[start, end) in nanoseconds; empty spans are not made."""

    start_ns: int
    end_ns: int

    def overlaps(self, other: Span) -> bool:
        return self.start_ns < other.end_ns and other.start_ns < self.end_ns

    def contains(self, other: Span) -> bool:
        return self.start_ns <= other.start_ns and other.end_ns <= self.end_ns

    def holds(self, at_ns: int) -> bool:
        return self.start_ns <= at_ns < self.end_ns

    def intersect(self, other: Span) -> Span | None:
        start, end = max(self.start_ns, other.start_ns), min(self.end_ns, other.end_ns)
        return Span(start, end) if start < end else None

    @property
    def seconds(self) -> float:
        return (self.end_ns - self.start_ns) / 1e9


def merge(spans: Iterable[Span], *, join_ns: int = 0) -> list[Span]:
    """The union as ordered disjoint spans; spans at most ``join_ns`` apart become one."""
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.start_ns <= out[-1].end_ns + join_ns:
            if span.end_ns > out[-1].end_ns:
                out[-1] = Span(out[-1].start_ns, span.end_ns)
        else:
            out.append(span)
    return out


def subtract(whole: Span, parts: Iterable[Span]) -> list[Span]:
    """What of ``whole`` no part covers, in order."""
    left: list[Span] = []
    at = whole.start_ns
    for part in merge(parts):
        if part.end_ns <= at or part.start_ns >= whole.end_ns:
            continue
        if part.start_ns > at:
            left.append(Span(at, part.start_ns))
        at = max(at, part.end_ns)
    if at < whole.end_ns:
        left.append(Span(at, whole.end_ns))
    return left


class Camera(Record, frozen=True, kw_only=True):
    """One camera of the registry in force.

    ``camera_no`` is the office's number, never reused (``D-14``). ``settings`` are the source kind's own and may hold
    credentials: they are sealed at rest and never logged. ``sound`` is the approved record's word (``D-16``).
    ``priority``: the lower the number, the more important; when the disk is full, the highest stops first (``T-10``).
    ``since_ns``: since when it is in force; 0 where that is as long as the registry. ``identity``: what the accepted
    device told of itself, by which another on the same cable is known (``T-66``); empty where none was accepted.
    ``width``, ``height`` and ``fps``: what its pictures are registered to be; 0 where nobody wrote it.
    ``dark_at_night``: its place has no light then.
    """

    camera_no: str
    location: str
    source: str
    settings: dict[str, Any] = {}
    sound: bool = False
    priority: int = 100
    live_watch: bool = False
    since_ns: int = 0
    identity: dict[str, str] = {}
    width: int = 0
    height: int = 0
    fps: float = 0.0
    dark_at_night: bool = False


class Registry(Record, frozen=True, kw_only=True):
    """The registry in force: the cameras that may be recorded, and since when."""

    version: int
    since_ns: int
    cameras: tuple[Camera, ...]
    trial: bool = False

    def begun_ns(self, camera: Camera) -> int:
        """Since when one of its cameras is in force."""
        return camera.since_ns or self.since_ns


class SealedBucketKey(Record, frozen=True, kw_only=True):
    """A bucket's key as it rests: wrapped by an allocation key, which is sealed to the vault's public key."""

    bucket_id: _Id
    camera_no: CameraNo
    slot_start_ns: Moment
    wrapped: _Sealed


class Allocation(Record, frozen=True, kw_only=True):
    """One allocation key (sealed to the vault) and the bucket keys it wraps. ``docs/spec/keys.md``.

    ``vault_key``: SHA-256 of the vault's public key to which it is sealed, as the ledger names that key."""

    allocation_id: _Id
    sealed_key: _Sealed
    buckets: Annotated[tuple[SealedBucketKey, ...], msgspec.Meta(max_length=_MOST_BUCKETS)]
    vault_key: _Hash = ""


class BucketOpening(Record, frozen=True, kw_only=True):
    """What the recorder tells the keeper when a bucket opens: who, when by every clock, and how far to trust it."""

    bucket_id: _Id
    camera_no: CameraNo
    slot_start_ns: Moment
    start_ns: Moment
    boot_id: Word
    boot_ns: Uptime
    trusted: bool


class Gap(Record, frozen=True, kw_only=True):
    """A span with no footage of a camera, and why (缺錄).

    ``boot_id`` and ``boot_ns`` (at the start): of one noted in untrusted time, so that a later reading dates it.
    ``by_ns``: by how much the keeper corrected its times since; never stored (``T-19``).
    """

    camera_no: CameraNo
    start_ns: Moment
    end_ns: Moment
    cause: Word
    boot_id: Word = ""
    boot_ns: Uptime = 0
    by_ns: _Shift = 0


class SegmentFile(Record, frozen=True, kw_only=True):
    """One sealed file of a bucket, as it was closed. ``complete`` means: with a footer."""

    number: Annotated[int, msgspec.Meta(ge=0, le=_MOST_FILES)]
    bytes: Length
    sha256: _Hash
    frames: _Count
    start_ns: Moment
    end_ns: Moment
    complete: bool = True
    damaged: bool = False


class CameraClock(Record, frozen=True, kw_only=True):
    """What a camera's own clock said during a bucket: by how many ns it was ahead of the recorder's, at its first word
    and at its last, of how many (``T-17``). Evidence, not the record."""

    first_off_ns: _Shift
    last_off_ns: _Shift
    reports: _Count

    def heard(self, off_ns: int) -> CameraClock:
        return CameraClock(first_off_ns=self.first_off_ns, last_off_ns=off_ns, reports=self.reports + 1)


class Manifest(Record, frozen=True, kw_only=True):
    """A closed bucket: what was recorded, when, from where, and the hash of every byte of it."""

    bucket_id: _Id
    camera_no: CameraNo
    slot_start_ns: Moment
    start_ns: Moment
    end_ns: Moment
    boot_id: Word
    boot_ns: Uptime
    trusted: bool
    segments: Annotated[tuple[SegmentFile, ...], msgspec.Meta(max_length=_MOST_FILES)]
    gaps: Annotated[tuple[Gap, ...], msgspec.Meta(max_length=_MOST_FILES)] = ()
    ended_by: Word = "slot"
    recovered: bool = False
    camera_clock: CameraClock | None = None

    def __post_init__(self) -> None:
        if len({segment.number for segment in self.segments}) != len(self.segments):
            raise ValueError("two of its segments have one number")

    @classmethod
    def of(
        cls,
        opening: BucketOpening,
        end_ns: int,
        segments: Iterable[SegmentFile],
        *,
        gaps: Iterable[Gap] = (),
        ended_by: str = "slot",
        recovered: bool = False,
        camera_clock: CameraClock | None = None,
    ) -> Manifest:
        """That of the bucket which began as ``opening`` says."""
        return cls(
            bucket_id=opening.bucket_id,
            camera_no=opening.camera_no,
            slot_start_ns=opening.slot_start_ns,
            start_ns=opening.start_ns,
            end_ns=end_ns,
            boot_id=opening.boot_id,
            boot_ns=opening.boot_ns,
            trusted=opening.trusted,
            segments=tuple(segments),
            gaps=tuple(gaps),
            ended_by=ended_by,
            recovered=recovered,
            camera_clock=camera_clock,
        )

    @property
    def span(self) -> Span:
        return Span(self.start_ns, self.end_ns)

    @property
    def bytes(self) -> int:
        return sum(segment.bytes for segment in self.segments)


class CameraNote(Record, frozen=True):
    """What of a camera is not recorded, or not read as usual: a code of the catalogue (``camera-note-…``) and its
    parameters."""

    code: Word
    values: Annotated[dict[Word, Text], msgspec.Meta(max_length=4)] = {}

    @property
    def said(self) -> CodedMessage:
        return CodedMessage(self.code, dict(self.values))


class CameraState(Record, frozen=True, kw_only=True):
    """What the supervisor knows of a camera now. ``state``: connecting, live, lost, stopped. ``camera_off_ns``: by how
    much its own clock was ahead of the recorder's when it last told; None: this connection did not tell. ``identity``:
    what the device that answered last said of itself. ``signature``: by what scheme its stream says it is signed;
    ``notes``: what of this connection is to be known."""

    camera_no: CameraNo
    state: Word
    detail: Text = ""
    since_ns: Moment = 0
    last_written_ns: Moment = 0
    bitrate_bps: Annotated[int, msgspec.Meta(ge=0, le=MOST_NS)] = 0
    restarts: _Count = 0
    camera_off_ns: _Shift | None = None
    signature: Word = ""
    identity: Annotated[dict[Word, Text], msgspec.Meta(max_length=32)] = msgspec.field(default_factory=dict)
    notes: Annotated[tuple[CameraNote, ...], msgspec.Meta(max_length=MOST_NOTES)] = ()


_R = TypeVar("_R")


def to_json(value: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8; the form that is hashed and entered."""
    return msgspec.json.encode(value, order="sorted")


def from_json(data: bytes, kind: type[_R]) -> _R:
    """Strict decode; raises ``msgspec.ValidationError`` or ``msgspec.DecodeError``."""
    return msgspec.json.decode(data, type=kind)


def to_wire(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


def from_wire(data: bytes, kind: type[_R]) -> _R:
    """Strict decode; raises ``msgspec.ValidationError`` or ``msgspec.DecodeError``, for text that is no UTF-8 too."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"text that is no UTF-8: {error}") from error
