"""Quirks of H.264's units: kinds that are seldom, slices, fragments, changes in the stream, joining in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.quirks.catalogue.h264 import AUD, SEI
from tests.quirks.packing import aggregate, fragments, in_order, right, sent, split_sets
from tests.quirks.script import Moment, Part, Quirk, Script

G = "h264"
_PREFIX = bytes((0x6E, 0x40, 0x80, 0x07))


def _slice(unit: bytes) -> bool:
    return unit[0] & 31 in range(1, 6)


def prefixed(moment: Moment) -> list[bytes]:
    """A prefix unit (14) ahead of each slice, as encoders of SVC send."""
    return [each for unit in moment.units for each in ([_PREFIX, unit] if _slice(unit) else [unit])]


def layered(moment: Moment) -> list[bytes]:
    """A slice of an enhancement layer (20) behind each picture."""
    return [*moment.units, b"\x74\x40\x80\x07" + moment.units[-1][1:60]]


def long_message(moment: Moment) -> list[bytes]:
    if not moment.picture.is_key:
        return moment.units
    return [b"\x06\x05" + b"\xff" * 274 + b"\x40" + bytes(range(1, 101)) * 700 + b"\x80", *moment.units]


def gathered(moment: Moment) -> Iterator[Part]:
    """Delimiter, sets and message in one STAP-A that is marked, with each picture."""
    sets, rest = split_sets(moment)
    yield Part(aggregate("h264", [AUD, *sets, SEI]), True)
    yield from sent("h264", rest)


def in_threes(moment: Moment) -> Iterator[Part]:
    groups = [moment.units[at : at + 3] for at in range(0, len(moment.units), 3)]
    for number, group in enumerate(groups):
        yield Part(aggregate("h264", group), number + 1 == len(groups))


def each_aggregated(behind: bytes = b"") -> Callable[[Moment], Iterator[Part]]:
    def way(moment: Moment) -> Iterator[Part]:
        for number, unit in enumerate(moment.units):
            yield Part(aggregate("h264", [unit]) + behind, number + 1 == len(moment.units))

    return way


def fragment_heads(change: Callable[[int, int, int], int]) -> Callable[[Moment], Iterator[Part]]:
    """``change`` makes an FU header of the right one, the fragment's number and the last one's."""

    def way(moment: Moment) -> Iterator[Part]:
        for number, unit in enumerate(moment.units):
            pieces = fragments("h264", unit)
            for at, piece in enumerate(pieces):
                if len(pieces) > 1:
                    piece = piece[:1] + bytes((change(piece[1], at, len(pieces) - 1),)) + piece[2:]
                yield Part(piece, number + 1 == len(moment.units) and at + 1 == len(pieces))

    return way


def set_inside(moment: Moment) -> Iterator[Part]:
    """The picture's parameter set between the fragments of a key frame."""
    parts = list(right(moment))
    if moment.picture.is_key and len(parts) > 6:
        parts.insert(5, Part(moment.sets[1], False))
    return iter(parts)


def one_unit_with_delimiter(moment: Moment) -> Iterator[Part]:
    units = moment.units
    return sent("h264", [AUD + b"\x00\x00\x01" + b"\x00\x00\x01".join(units)] if moment.picture.is_key else units)


def delimiter_alone(moment: Moment) -> Iterator[Part]:
    """A delimiter as a picture of its own between two."""
    yield Part(AUD, True, -moment.ticks // 2)
    yield from right(moment)


def each_fragment_later(ticks: int) -> Callable[[Moment], Iterator[Part]]:
    return lambda moment: (Part(part.payload, part.marker, at * ticks) for at, part in enumerate(right(moment)))


def sets_marked_alone(moment: Moment) -> Iterator[Part]:
    """The marker behind parameter sets, and behind no slice."""
    for unit in moment.units:
        yield from (Part(piece, unit[0] & 31 in (7, 8)) for piece in fragments("h264", unit))


def sets_two_seconds_later(moment: Moment) -> list[bytes]:
    """Sets each two seconds, and not at the first key frame."""
    return moment.units if moment.number % 20 == 0 and moment.number else split_sets(moment)[1]


def set_ahead_of_others(moment: Moment) -> list[bytes]:
    return moment.units if moment.picture.is_key else [moment.sets[1], *moment.units]


def odd_message(moment: Moment) -> list[bytes]:
    """Messages of the type 240, as a Yi camera sends."""
    return [b"\x06\xf0\x08" + b"Ambarell" + b"\x80", *moment.units]


def ends(moment: Moment) -> list[bytes]:
    return [*moment.units, b"\x0a", b"\x0b"] if moment.picture.is_key else moment.units


def sets_end_flips(moment: Moment) -> list[bytes]:
    """A zero byte behind the sequence set in each second second."""
    behind = b"\x00" if moment.number // 10 % 2 else b""
    return [unit + behind if unit[0] & 31 == 7 else unit for unit in moment.units]


def _of(way: Callable[[Moment], Iterator[Part]], film: str = "h264", **more: object) -> Script:
    return Script(film=film, way=way, **more)  # type: ignore[arg-type]


def rows() -> list[Quirk]:
    large = "h264-large"
    eleven = "h264-many-slices"
    middle = {"joins": 37, "seconds": 16}
    long_gop = {"joins": 80, "seconds": 44}
    return [
        Quirk("h264-prefix-units", G, "prefix units (14) ahead of slices", "", _of(in_order(prefixed))),
        Quirk("h264-prefix-units-slices", G, "the same with four slices and no marker", "", _of(
              lambda moment: sent("h264", prefixed(moment), marked=False), "h264-slices")),
        Quirk("h264-layers", G, "slices of an enhancement layer (20) behind pictures", "", _of(in_order(layered))),
        Quirk("sei-long", G, "a message of 70 KB ahead of key frames", "", _of(in_order(long_message))),
        Quirk("sei-type-240", G, "messages of the type 240", "roleoroleo/yi-hack-MStar#36", _of(in_order(
              odd_message))),
        Quirk("stap-a-delimiter", G, "delimiter, sets and message in one marked STAP-A", "", _of(gathered)),
        Quirk("stap-a-each", G, "each unit in a STAP-A of its own", "", _of(each_aggregated())),
        Quirk("stap-a-zeros", G, "zeros behind the units in STAP-A", "scottlamb/retina#34", _of(each_aggregated(
              bytes(4)))),
        Quirk("slices-11-marked", G, "eleven slices, each marked", "", _of(
              lambda moment: sent("h264", moment.units, each_marked=True), eleven)),
        Quirk("slices-11-unmarked", G, "eleven slices, no marker", "", _of(
              lambda moment: sent("h264", moment.units, marked=False), eleven)),
        Quirk("slices-11-stap-a", G, "eleven slices, three to a STAP-A", "", _of(in_threes, eleven)),
        Quirk("fu-a-start-each", G, "the start bit in each fragment", "", _of(fragment_heads(
              lambda head, at, last: head | 0x80), large)),
        Quirk("fu-a-kind-first", G, "the unit's kind in the first fragment alone", "", _of(fragment_heads(
              lambda head, at, last: head if at == 0 else head & 0xC0), large)),
        Quirk("fu-a-end-early", G, "the end bit in the last fragment but one", "", _of(fragment_heads(
              lambda head, at, last: head | 0x40 if at == last - 1 else head & ~0x40), large)),
        Quirk("fu-a-start-and-end", G, "start and end bits in the first fragment of several", "", _of(fragment_heads(
              lambda head, at, last: head | 0xC0 if at == 0 else head), large)),
        Quirk("fu-a-no-start", G, "no start bit", "bluenviron/mediamtx#1570", _of(fragment_heads(
              lambda head, at, last: head & ~0x80), large)),
        Quirk("fu-a-set-inside", G, "a parameter set between the fragments of a key frame", "", _of(set_inside,
              large)),
        Quirk("fu-a-jumbo", G, "packets of 9,000 bytes", "", _of(lambda moment: sent("h264", moment.units, mtu=9000),
              large)),
        Quirk("fragments-own-times", G, "each fragment one tick later", "", _of(each_fragment_later(1), large)),
        Quirk("fragments-own-times-30", G, "each fragment 30 ticks later", "", _of(each_fragment_later(30), large)),
        Quirk("annex-b-key-delimiter", G, "delimiter, sets and key frame as one unit in Annex B, short codes", "",
              _of(one_unit_with_delimiter, sdp_sets=False)),
        Quirk("delimiters-apart", G, "a delimiter under a time of its own, marked, ahead of each picture", "",
              _of(delimiter_alone)),
        Quirk("marker-sets-alone", G, "the marker behind sets, and behind no slice", "", _of(sets_marked_alone)),
        Quirk("end-of-stream", G, "end of sequence and of stream behind key frames", "", _of(in_order(ends))),
        Quirk("sets-late", G, "the sets two seconds behind the first key frame, none in the description", "",
              _of(in_order(sets_two_seconds_later), sdp_sets=False)),
        Quirk("sets-picture-alone", G, "the picture set ahead of pictures that are no key frames", "", _of(in_order(
              set_ahead_of_others))),
        Quirk("sets-end-flips", G, "a zero byte behind the sequence set, in each second second", "", _of(in_order(
              sets_end_flips))),
        Quirk("sets-turn", G, "other parameter sets with each key frame", "scottlamb/moonfire-nvr#217",
              Script(film="h264-sets-turn")),
        Quirk("sets-turn-no-sdp", G, "the same, and none in the description", "bluenviron/mediamtx#4262",
              Script(film="h264-sets-turn", sdp_sets=False)),
        Quirk("size-changes", G, "another size each four seconds", "", Script(film="h264-sizes", seconds=20)),
        Quirk("size-changes-no-sdp", G, "the same, and no sets in the description", "", Script(film="h264-sizes",
              seconds=20, sdp_sets=False)),
        Quirk("h264-high-422", G, "High 4:2:2 of 10 bits", "", Script(film="h264-high-422")),
        Quirk("h264-cavlc", G, "CAVLC, four references, one B-frame", "", Script(film="h264-cavlc")),
        Quirk("joined-in-the-middle", G, "goes on in the middle of a GOP of a second", "", Script(**middle)),
        Quirk("joined-in-the-middle-no-sdp", G, "the same, and no sets in the description", "", Script(sdp_sets=False,
              **middle)),
        Quirk("joined-among-b-frames", G, "the same among B-frames", "", Script(film="h264-b", sdp_sets=False,
              **middle)),
        Quirk("joined-long-gop", G, "goes on in the middle of a GOP of 20 s", "", Script(film="h264-gop-20-s",
              **long_gop)),
        Quirk("joined-long-gop-no-sdp", G, "the same, and no sets in the description", "", Script(
              film="h264-gop-20-s", sdp_sets=False, **long_gop)),
    ]  # fmt: skip
