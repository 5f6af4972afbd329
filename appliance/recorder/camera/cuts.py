"""What a ``Segmenter`` answers: where to cut, in the order to carry it out."""

from __future__ import annotations

from typing import NamedTuple

from appliance.api import Streams
from appliance.formats.fragments import Fragment

__all__ = ["Bucket", "EndBucket", "Event", "FragmentReady", "StartBucket", "StartSegment"]


class Bucket(NamedTuple):
    """A bucket that footage may go into. ``start_ns`` is 0 unless it has begun already (before a reconnect)."""

    bucket_id: bytes
    slot_end_ns: int
    start_ns: int = 0


class StartBucket(NamedTuple):
    """The bucket begins; its first packet was recorded at ``start_ns``."""

    bucket: Bucket
    start_ns: int


class StartSegment(NamedTuple):
    """A new segment file of the bucket; its first frame is ``streams``. An earlier one gets its footer first.

    ``why``: start, bucket, streams, jump, reconnect or again.
    """

    streams: Streams
    why: str


class FragmentReady(NamedTuple):
    """The next MEDIA frame. ``ms`` counts from the bucket's start and never falls within a segment; the packets span
    [start_ns, end_ns) by the recorder's clock."""

    fragment: Fragment
    starts_with_key: bool
    ms: int
    start_ns: int
    end_ns: int
    has_video: bool


class EndBucket(NamedTuple):
    """The bucket is over and its key to be wiped. ``reason``: slot, no-key-frame, clock-step or what the caller said.

    ``at_key``: what comes next begins with a video key frame, or there is no video.
    """

    bucket: Bucket
    end_ns: int
    reason: str
    at_key: bool


Event = StartBucket | StartSegment | FragmentReady | EndBucket
