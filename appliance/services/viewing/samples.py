"""A fragment's packets as samples on wall time, with what the camera did not send filled in. Pure.

The ring keeps packets as they came; only here, for showing, is a missing time stamp replaced by the likeliest one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from appliance.api import NO_PTS, Packet, Stream, Streams
from appliance.core.model import Span
from appliance.formats.fragments import Fragment, media_ns
from appliance.sandbox.protocol import Sample

__all__ = ["inside", "length_ns", "places_of", "samples_of"]

_SECOND_NS = 1_000_000_000
_VIDEO_STEP_NS = 40_000_000
_LONGEST_SOUND_NS = 120_000_000
"""No packet of the sound codecs kept lasts longer (RFC 6716: Opus, 120 ms)."""


def samples_of(fragment: Fragment, streams: Streams) -> list[Sample]:
    """The packets in their order. A stream that ``streams`` does not name is left out, an empty packet too.

    A packet without any time stamp is placed by its neighbours in its stream; without such, at the fragment's start.
    """
    known, places = {stream.number: stream for stream in streams.streams}, places_of(fragment, streams)
    return [
        _sample(packet, known[packet.stream], places[index])
        for index, packet in enumerate(fragment.packets)
        if packet.stream in known and packet.data
    ]


def places_of(fragment: Fragment, streams: Streams) -> dict[int, int]:
    """The wall time of each packet, by its place in the fragment; of a stream that ``streams`` does not name, none."""
    places: dict[int, int] = {}
    for stream in streams.streams:
        mine = [index for index, packet in enumerate(fragment.packets) if packet.stream == stream.number]
        places.update(zip(mine, _places(fragment, [fragment.packets[index] for index in mine], stream), strict=True))
    return places


def _sample(packet: Packet, stream: Stream, wall_ns: int) -> Sample:
    has_both = packet.pts != NO_PTS and packet.dts != NO_PTS
    dts_ns = wall_ns - _ns(packet.pts - packet.dts, stream) if has_both else None
    return Sample(packet.stream, packet.data, wall_ns, dts_ns, length_ns(packet, stream), packet.is_key)


def _places(fragment: Fragment, packets: Sequence[Packet], stream: Stream) -> list[int]:
    """The wall time of each packet of one stream."""
    medias = [media_ns(packet, stream.time_base) for packet in packets]
    step = next((length for packet in packets if (length := length_ns(packet, stream))), _VIDEO_STEP_NS)
    stamped = [index for index, media in enumerate(medias) if media is not None]
    out = []
    for index, media in enumerate(medias):
        nearest = index if media is not None else _nearest(stamped, index)
        known = None if nearest is None else medias[nearest]
        if nearest is None or known is None:
            out.append(fragment.anchor_wall_ns + index * step)
        else:
            out.append(fragment.anchor_wall_ns + known - fragment.anchor_media_ns + (index - nearest) * step)
    return out


def _nearest(stamped: Sequence[int], index: int) -> int | None:
    return min(stamped, key=lambda each: abs(each - index), default=None)


def length_ns(packet: Packet, stream: Stream) -> int:
    """How long the packet lasts; 0 = not known (video only)."""
    if packet.duration > 0:
        return _ns(packet.duration, stream)
    if stream.kind == "video":
        return 0
    if stream.codec == "aac" and stream.sample_rate:
        return 1024 * _SECOND_NS // stream.sample_rate
    if stream.codec.startswith("pcm_") and stream.sample_rate:
        return len(packet.data) * _SECOND_NS // (stream.sample_rate * max(1, stream.channels))
    return _LONGEST_SOUND_NS


def _ns(ticks: int, stream: Stream) -> int:
    return ticks * stream.time_base[0] * _SECOND_NS // stream.time_base[1]


def inside(samples: Iterable[Sample], streams: Streams, span: Span, granted: Span) -> list[Sample]:
    """The samples that may be released for ``span``, a part of ``granted``.

    A picture counts by when it was taken. Sound must also have ended by the end of the granted minutes.
    """
    sound = {stream.number for stream in streams.streams if stream.kind == "audio"}
    return [
        sample
        for sample in samples
        if span.holds(sample.pts_ns)
        and (sample.stream not in sound or sample.pts_ns + sample.duration_ns <= granted.end_ns)
    ]
