"""The nouns that several processes share, as frozen records. No behaviour beyond arithmetic on spans.

Times are nanoseconds since 1970 UTC on the recorder's clock unless a name says otherwise; spans are half-open.
``msgspec`` encodes and strictly decodes every record (``to_json``, ``from_json``, ``to_wire``, ``from_wire``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

__all__ = [
    "Allocation",
    "BucketOpening",
    "Camera",
    "CameraClock",
    "CameraState",
    "Gap",
    "Manifest",
    "Registry",
    "SealedBucketKey",
    "SegmentFile",
    "Span",
    "from_json",
    "from_wire",
    "merge",
    "subtract",
    "to_json",
    "to_wire",
]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all records here: immutable, named fields only, unknown fields refused."""


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

    bucket_id: str
    camera_no: str
    slot_start_ns: int
    wrapped: bytes


class Allocation(Record, frozen=True, kw_only=True):
    """One allocation key (sealed to the vault) and the bucket keys it wraps. ``docs/spec/keys.md``.

    ``vault_key``: SHA-256 of the vault's public key to which it is sealed, as the ledger names that key."""

    allocation_id: str
    sealed_key: bytes
    buckets: tuple[SealedBucketKey, ...]
    vault_key: str = ""


class BucketOpening(Record, frozen=True, kw_only=True):
    """What the recorder tells the keeper when a bucket opens: who, when by every clock, and how far to trust it."""

    bucket_id: str
    camera_no: str
    slot_start_ns: int
    start_ns: int
    boot_id: str
    boot_ns: int
    trusted: bool


class Gap(Record, frozen=True, kw_only=True):
    """A span with no footage of a camera, and why (缺錄).

    ``boot_id`` and ``boot_ns`` (at the start): of one noted in untrusted time, so that a later reading dates it.
    ``by_ns``: by how much the keeper corrected its times since; never stored (``T-19``).
    """

    camera_no: str
    start_ns: int
    end_ns: int
    cause: str
    boot_id: str = ""
    boot_ns: int = 0
    by_ns: int = 0


class SegmentFile(Record, frozen=True, kw_only=True):
    """One sealed file of a bucket, as it was closed. ``complete`` means: with a footer."""

    number: int
    bytes: int
    sha256: str
    frames: int
    start_ns: int
    end_ns: int
    complete: bool = True
    damaged: bool = False


class CameraClock(Record, frozen=True, kw_only=True):
    """What a camera's own clock said during a bucket: by how many ns it was ahead of the recorder's, at its first word
    and at its last, of how many (``T-17``). Evidence, not the record."""

    first_off_ns: int
    last_off_ns: int
    reports: int

    def heard(self, off_ns: int) -> CameraClock:
        return CameraClock(first_off_ns=self.first_off_ns, last_off_ns=off_ns, reports=self.reports + 1)


class Manifest(Record, frozen=True, kw_only=True):
    """A closed bucket: what was recorded, when, from where, and the hash of every byte of it."""

    bucket_id: str
    camera_no: str
    slot_start_ns: int
    start_ns: int
    end_ns: int
    boot_id: str
    boot_ns: int
    trusted: bool
    segments: tuple[SegmentFile, ...]
    gaps: tuple[Gap, ...] = ()
    ended_by: str = "slot"
    recovered: bool = False
    camera_clock: CameraClock | None = None

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


class CameraState(Record, frozen=True, kw_only=True):
    """What the supervisor knows of a camera now. ``state``: connecting, live, lost, stopped. ``camera_off_ns``: by how
    much its own clock was ahead of the recorder's when it last told; None: this connection did not tell. ``identity``:
    what the device that answered last told of itself."""

    camera_no: str
    state: str
    detail: str = ""
    since_ns: int = 0
    last_written_ns: int = 0
    bitrate_bps: int = 0
    restarts: int = 0
    camera_off_ns: int | None = None
    identity: dict[str, str] = msgspec.field(default_factory=dict)


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
