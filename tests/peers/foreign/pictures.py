"""What was sent beside what was recorded: pictures by their units, in order, none altered.

A *picture* here is the digest of its NAL units, or of the JPEG, without what a server may add or leave out on the way:
access unit delimiters, and parameter sets that stand twice in one picture.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import av

from appliance.api import length_size, split_nals

_DELIMITERS = {"h264": frozenset({9}), "hevc": frozenset({35})}
_SETS = {"h264": frozenset({7, 8}), "hevc": frozenset({32, 33, 34})}


class Compared(NamedTuple):
    """``unknown``: recorded pictures that were not sent as they are. ``breaks``: places where the next recorded is not
    the next sent; ``missing`` of those that were sent lie in them. ``repeated``: recorded twice in a row, sent once as
    far as is known."""

    recorded: int
    unknown: int
    breaks: int
    missing: int
    repeated: int


def picture(codec: str, data: bytes, length_bytes: int = 0) -> bytes:
    """The digest of one encoded picture."""
    if codec == "mjpeg":
        return hashlib.sha256(data).digest()
    made, sets = hashlib.sha256(), set()
    for unit in split_nals(data, length_bytes):
        kind = unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F
        if kind in _DELIMITERS[codec] or (kind in _SETS[codec] and unit in sets):
            continue
        sets.add(unit)
        made.update(len(unit).to_bytes(4, "big") + unit)
    return made.digest()


def pictures_of(path: Path) -> list[bytes]:
    """The pictures of a media file, or of a bare stream, in order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec = stream.codec_context.name
        length = length_size(codec, bytes(stream.codec_context.extradata or b""))
        return [picture(codec, bytes(packet), length) for packet in container.demux(stream) if packet.size]


def sound_of(path: Path) -> list[bytes]:
    """The frames of a media file's sound, in order; none where it has no sound."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        packets = container.demux(container.streams.audio[0])
        return [hashlib.sha256(bytes(packet)).digest() for packet in packets if packet.size]


def compared(recorded: Iterable[bytes], sent: Sequence[bytes]) -> Compared:
    """Each recorded picture is sought behind the one before it; the same picture may have been sent several times."""
    places: dict[bytes, list[int]] = defaultdict(list)
    for at, one in enumerate(sent):
        places[one].append(at)
    count = unknown = breaks = missing = repeated = 0
    last: int | None = None
    for one in recorded:
        count += 1
        if one not in places:
            unknown += 1
            last = None
            continue
        if last is not None and sent[last] == one and (last + 1 == len(sent) or sent[last + 1] != one):
            repeated += 1
            continue
        if last is None or last + 1 >= len(sent) or sent[last + 1] != one:
            found = next((at for at in places[one] if last is not None and at > last), None)
            if last is not None:
                breaks += 1
                missing += found - last - 1 if found is not None else 0
            last = found if found is not None else places[one][0]
        else:
            last += 1
    return Compared(count, unknown, breaks, missing, repeated)
