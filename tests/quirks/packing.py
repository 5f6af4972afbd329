"""How cameras pack pictures of H.264 and H.265 into RTP: as RFC 6184 and 7798 say, and in other ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.quirks.media import SETS, kind_of
from tests.quirks.script import Moment, Part

__all__ = ["CODE", "MTU", "aggregate", "fragments", "in_order", "right", "sent", "split_sets"]

MTU = 1400
CODE = b"\x00\x00\x00\x01"


def fragments(codec: str, unit: bytes, mtu: int = MTU, *, always: bool = False) -> list[bytes]:
    """The unit in one packet if it fits, else as FU-A (RFC 6184 section 5.8) or FU (RFC 7798 section 4.4.3)."""
    if len(unit) <= mtu and not always:
        return [unit]
    if codec == "h264":
        kind, lead, rest = unit[0] & 31, bytes((unit[0] & 0xE0 | 28,)), unit[1:]
    else:
        kind, lead, rest = unit[0] >> 1 & 63, bytes((unit[0] & 0x81 | 49 << 1, unit[1])), unit[2:]
    pieces = [rest[at : at + mtu] for at in range(0, len(rest), mtu)]
    marks = [0] * len(pieces)
    marks[0] |= 0x80
    marks[-1] |= 0x40
    return [lead + bytes((mark | kind,)) + piece for mark, piece in zip(marks, pieces, strict=True)]


def aggregate(codec: str, units: Sequence[bytes]) -> bytes:
    """STAP-A (RFC 6184 section 5.7.1) or AP (RFC 7798 section 4.4.2)."""
    sized = b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)
    if codec == "h264":
        return bytes((max(unit[0] & 0x60 for unit in units) | 24,)) + sized
    return bytes((48 << 1, units[0][1])) + sized


def sent(
    codec: str,
    units: Sequence[bytes],
    after: int = 0,
    *,
    mtu: int = MTU,
    each_marked: bool = False,
    marked: bool = True,
) -> Iterator[Part]:
    """The units one after the other; the marker ends the picture, or each unit, or nothing."""
    for number, unit in enumerate(units):
        pieces = fragments(codec, unit, mtu)
        for at, piece in enumerate(pieces):
            ends = at + 1 == len(pieces) and (each_marked or (marked and number + 1 == len(units)))
            yield Part(piece, ends, after)


def right(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, moment.units)


def split_sets(moment: Moment) -> tuple[list[bytes], list[bytes]]:
    """Parameter sets, and the rest."""
    sets = [unit for unit in moment.units if kind_of(moment.codec, unit) in SETS[moment.codec]]
    return sets, [unit for unit in moment.units if unit not in sets]


def in_order(choose: Callable[[Moment], Sequence[bytes]]) -> Callable[[Moment], Iterator[Part]]:
    """The way that sends what ``choose`` makes of a picture, otherwise right."""

    def way(moment: Moment) -> Iterator[Part]:
        return sent(moment.codec, choose(moment))

    return way
