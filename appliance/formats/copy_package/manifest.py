"""The manifest of an agency's copy: what it holds, from where, when and why what is missing is not there. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from appliance.core.clock import local_time
from appliance.core.model import Span, to_json

__all__ = [
    "FORMAT",
    "PIECE_BYTES",
    "AskedMinutes",
    "BesideFile",
    "CopyCamera",
    "CopyManifest",
    "CoveringMask",
    "MadeBy",
    "MaskPosition",
    "MaskedPictures",
    "MediaFile",
    "MediaTrack",
    "Minutes",
    "MissingMinutes",
    "Order",
    "Recorder",
    "SealedSource",
    "Time",
    "canonical",
    "minutes",
    "time_at",
]

FORMAT = "office-recorder/agency-copy/v1"
PIECE_BYTES = 1 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every field is always there, so that a reader need not know which may be absent."""


class Time(_Part, frozen=True):
    """One moment on the recorder's clock: in ns since 1970 UTC, and the same for people in UTC and in Taiwan."""

    ns: int
    utc: str
    local: str


class Minutes(_Part, frozen=True):
    """[start, end)."""

    start: Time
    end: Time


class Recorder(_Part, frozen=True):
    """Which recorder made it. ``ledger`` is the ledger's name; ``key`` the verifier key (``docs/spec/ledger.md``) of
    every signature here, ``fingerprint`` that of its public key as printed on the receipt."""

    appliance_id: str
    version: str
    office: str
    ledger: str
    key: str
    fingerprint: str


class Order(_Part, frozen=True):
    """What it was made for: the case, and the agency's letter."""

    case: str
    agency: str
    letter_no: str
    letter_day: str


class MadeBy(_Part, frozen=True):
    """When it was made and in which office role. Who verified it, and that it was handed over, comes later than any
    signature in here: ``verified_on`` names the paper that says it."""

    at: Time
    role: str
    verified_on: str


class AskedMinutes(_Part, frozen=True):
    """What was approved of one camera; nothing in the package lies outside."""

    camera_no: str
    approved: Minutes


class CopyCamera(_Part, frozen=True):
    """``clock_ahead_ns``: by how much the camera's own clock was ahead of the recorder's when it was last compared, at
    ``clock_measured``; both None where it never told its time. The recorder's time is the record (``T-17``)."""

    camera_no: str
    name: str
    clock_ahead_ns: int | None
    clock_measured: Time | None


class MediaTrack(_Part, frozen=True):
    """One stream in a file. ``samples``: pictures, or packets of sound."""

    kind: str
    codec: str
    samples: int
    width: int
    height: int


class SealedSource(_Part, frozen=True):
    """A sealed segment from which packets were taken: its bucket and number, the SHA-256 of the sealed file and of the
    bucket's manifest, which the ledger has (``manifests.closed``). Both empty while it is still recorded."""

    bucket: str
    number: int
    sha256: str
    manifest_sha256: str


class MaskPosition(_Part, frozen=True):
    """Where a mask that moves is at a moment; between two of them each edge moves linearly."""

    at: Time
    left: int
    top: int
    right: int
    bottom: int


class CoveringMask(_Part, frozen=True):
    """A mask that was painted over pictures of a file: a rectangle in permille of the picture, ``right`` and ``bottom``
    not included; of one that moves (``positions``, else empty) all that it ever covers. ``entry``: the number of its
    ``mask.drawn`` in the ledger, ``entry_sha256`` the hash of that entry as the ledger's tree has it.
    ``pictures``: over how many it lies; ``sha256``: of their packets as recorded."""

    number: int
    entry: int
    entry_sha256: str
    minutes: Minutes
    left: int
    top: int
    right: int
    bottom: int
    positions: tuple[MaskPosition, ...]
    pictures: int
    sha256: str


class MaskedPictures(_Part, frozen=True):
    """What a masked file stands for: ``pictures`` as recorded, ``sha256`` of their packets
    (``docs/spec/copy-package.md``), and the masks that were painted over some of them."""

    pictures: int
    sha256: str
    masks: tuple[CoveringMask, ...]


class MediaFile(_Part, frozen=True):
    """One file of the package. ``kind``: ``original`` (the packets as recorded), ``masked`` (遮蔽版: converted, what
    nobody may see painted over; ``masked`` says what of), ``captions`` (wall time as text) or ``play`` (converted,
    播放用轉檔: for watching, no evidence); ``of`` names the file that the last two belong to.
    ``pieces``: the SHA-256 of each MiB, the last one shorter. ``corrected_ns``: by how much the times of a wrong clock
    were corrected. ``left_out``: codecs of streams of which the file has nothing."""

    name: str
    kind: str
    of: str
    camera_no: str
    shows: Minutes
    container: str
    bytes: int
    sha256: str
    pieces: tuple[str, ...]
    tracks: tuple[MediaTrack, ...]
    sources: tuple[SealedSource, ...]
    corrected_ns: int
    left_out: tuple[str, ...]
    masked: MaskedPictures | None


class MissingMinutes(_Part, frozen=True):
    """Approved minutes of which nothing is here. ``cause`` is the recorder's code, ``words`` says it in Chinese."""

    camera_no: str
    minutes: Minutes
    cause: str
    words: str


class BesideFile(_Part, frozen=True):
    """A file that lies beside the archive and not in it."""

    name: str
    bytes: int
    sha256: str


class CopyManifest(_Part, frozen=True):
    """``manifest.json``. ``sealed_statement`` says what the link from media to sealed segments rests on."""

    format: str
    copy: str
    recorder: Recorder
    order: Order
    made: MadeBy
    asked: tuple[AskedMinutes, ...]
    cameras: tuple[CopyCamera, ...]
    files: tuple[MediaFile, ...]
    missing: tuple[MissingMinutes, ...]
    beside: tuple[BesideFile, ...]
    piece_bytes: int
    sealed_statement: str


def canonical(manifest: CopyManifest) -> bytes:
    """The bytes of ``manifest.json``: sorted names, no spaces, UTF-8, one line without its end."""
    return to_json(manifest)


def time_at(at_ns: int) -> Time:
    """To the millisecond for people, to the nanosecond in ``ns``."""
    utc = _EPOCH + timedelta(microseconds=at_ns // 1_000_000 * 1000)
    return Time(
        ns=at_ns,
        utc=f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z",
        local=f"{local_time(at_ns):%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03} +08:00",
    )


def minutes(span: Span) -> Minutes:
    return Minutes(start=time_at(span.start_ns), end=time_at(span.end_ns))
