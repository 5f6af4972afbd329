"""What the index answers, as records, and how a row of its tables becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from appliance.core.model import BucketOpening, SegmentFile
from appliance.rules.retention import RetainedBucket

__all__ = [
    "ClosedBucket",
    "DestroyedBucket",
    "Found",
    "OpenBucket",
    "SegmentCheck",
    "Totals",
    "check_of",
    "closed_of",
    "destroyed_of",
    "kept_of",
    "segment_of_row",
]


class Found(NamedTuple):
    """A closed bucket with footage of the span that was asked for."""

    bucket_id: str
    camera_no: str
    slot_start_ns: int
    start_ns: int
    end_ns: int
    segments: tuple[SegmentFile, ...]


class OpenBucket(NamedTuple):
    """A bucket that has no manifest yet. ``emergency``: its key lay beside the footage for a time."""

    opening: BucketOpening
    emergency: bool


class ClosedBucket(NamedTuple):
    """What the ring and the checks need of a closed bucket: its files, its manifest's hash, where the ledger has it."""

    bucket_id: str
    camera_no: str
    slot_start_ns: int
    start_ns: int
    end_ns: int
    hash: bytes
    ledger_size: int
    emergency: bool
    numbers: tuple[int, ...]


class DestroyedBucket(NamedTuple):
    """What a destroyed bucket was. ``ledger_size``: at or after that entry the ledger has its manifest's hash."""

    bucket_id: str
    camera_no: str
    start_ns: int
    end_ns: int
    bytes: int
    ledger_size: int


class SegmentCheck(NamedTuple):
    """A segment file as the manifest has it, with the time of its last check (0: never)."""

    bucket_id: str
    camera_no: str
    start_ns: int
    segment: SegmentFile
    checked_ns: int


class Totals(NamedTuple):
    segments: int
    bytes: int


def kept_of(row: Sequence[Any]) -> RetainedBucket:
    return RetainedBucket(row[0].hex(), row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7])


def segment_of_row(row: Sequence[Any]) -> SegmentFile:
    number, size, sha256, frames, start_ns, end_ns, complete, damaged = row
    return SegmentFile(
        number=number,
        bytes=size,
        sha256=sha256.hex(),
        frames=frames,
        start_ns=start_ns,
        end_ns=end_ns,
        complete=bool(complete),
        damaged=bool(damaged),
    )


def closed_of(row: Sequence[Any]) -> ClosedBucket:
    numbers = tuple(sorted(int(number) for number in row[8].split(","))) if row[8] else ()
    bucket, camera_no, slot_start_ns, start_ns, end_ns, digest, ledger_size, emergency = row[:8]
    return ClosedBucket(
        bucket.hex(), camera_no, slot_start_ns, start_ns, end_ns, digest, ledger_size, bool(emergency), numbers
    )


def destroyed_of(row: Sequence[Any]) -> DestroyedBucket:
    return DestroyedBucket(row[0].hex(), *row[1:])


def check_of(row: Sequence[Any]) -> SegmentCheck:
    return SegmentCheck(row[0].hex(), row[1], row[2], segment_of_row(row[4:]), row[3])
