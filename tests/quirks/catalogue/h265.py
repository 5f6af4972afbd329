"""Quirks of H.265 in RTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.quirks.catalogue import h264
from tests.quirks.edits import replace, sub
from tests.quirks.packing import aggregate, fragments, in_order, right, sent, split_sets
from tests.quirks.script import Moment, Part, Quirk, Script

G = "h265"
AUD = b"\x46\x01\x50"
SEI = b"\x4e\x01\x05\x14" + bytes(range(1, 21)) + b"\x80"
SUFFIX_SEI = b"\x50\x01\x05\x14" + bytes(range(1, 21)) + b"\x80"


def donl(moment: Moment) -> Iterator[Part]:
    """The decoding order number behind each header (RFC 7798 section 4.4)."""
    number = moment.number * 8 & 0xFFFF
    for unit in moment.units:
        last = unit is moment.units[-1]
        pieces = fragments("hevc", unit)
        for at, piece in enumerate(pieces):
            whole = len(pieces) == 1
            if whole:
                piece = piece[:2] + number.to_bytes(2, "big") + piece[2:]
            elif at == 0:
                piece = piece[:3] + number.to_bytes(2, "big") + piece[3:]
            yield Part(piece, last and at + 1 == len(pieces))
        number = number + 1 & 0xFFFF


def as_h264_sets(moment: Moment) -> Iterator[Part]:
    """All parameter sets and the key frame in one aggregation packet."""
    yield Part(aggregate("hevc", moment.units), True)


def end_bit_missing(moment: Moment) -> Iterator[Part]:
    for part in right(moment):
        if part.payload[0] >> 1 & 63 == 49 and part.payload[2] & 0x40:
            yield Part(part.payload[:2] + bytes((part.payload[2] & 0xBF,)) + part.payload[3:], part.marker)
        else:
            yield part


def empty_fragment_behind(moment: Moment) -> Iterator[Part]:
    for part in right(moment):
        if part.payload[0] >> 1 & 63 == 49 and part.payload[2] & 0x40:
            yield Part(part.payload[:2] + bytes((part.payload[2] & 0xBF,)) + part.payload[3:], False)
            yield Part(part.payload[:3], part.marker)
        else:
            yield part


def fragments_always(moment: Moment) -> Iterator[Part]:
    for number, unit in enumerate(moment.units):
        pieces = fragments("hevc", unit, always=True)
        for at, piece in enumerate(pieces):
            yield Part(piece, number + 1 == len(moment.units) and at + 1 == len(pieces))


def many_sets(moment: Moment) -> list[bytes]:
    """A delimiter ahead of each picture, and each set twice."""
    if not moment.picture.is_key:
        return [AUD, *moment.units]
    sets, rest = split_sets(moment)
    return [AUD, *(each for each in sets for _ in range(2)), *rest]


def sei_behind_twice(moment: Moment) -> Iterator[Part]:
    """Tapo C260: two marked prefix messages behind each picture, under its time stamp."""
    yield from right(moment)
    yield Part(SEI, True)
    yield Part(SEI, True)


def each_aggregated(moment: Moment) -> Iterator[Part]:
    for number, unit in enumerate(moment.units):
        yield Part(aggregate("hevc", [unit]), number + 1 == len(moment.units))


def sets_gathered_apart(moment: Moment) -> Iterator[Part]:
    """Delimiter and sets in one aggregation packet, marked, under a time stamp of its own."""
    sets, rest = split_sets(moment)
    if sets:
        yield Part(aggregate("hevc", [AUD, *sets]), True, -moment.ticks // 2)
    yield from sent("hevc", rest)


def fragment_heads(change: Callable[[bytes], bytes]) -> Callable[[Moment], Iterator[Part]]:
    """``change`` makes of the first three bytes of an FU others."""

    def way(moment: Moment) -> Iterator[Part]:
        for part in right(moment):
            whole = part.payload[0] >> 1 & 63 != 49
            yield part if whole else Part(change(part.payload[:3]) + part.payload[3:], part.marker)

    return way


def _of(way: Callable[[Moment], Iterator[Part]], film: str = "hevc", **more: object) -> Script:
    return Script(film=film, way=way, **more)  # type: ignore[arg-type]


def rows() -> list[Quirk]:
    return [
        Quirk("h265-b-frames", G, "B-frames", "", Script(film="hevc-b")),
        Quirk("h265-b-frames-sound", G, "B-frames and G.711", "", Script(film="hevc-b", sound="ulaw")),
        Quirk("h265-open-gop", G, "open GOPs (CRA) and B-frames", "", Script(film="hevc-open")),
        Quirk("h265-slices", G, "three slices a picture", "", Script(film="hevc-slices")),
        Quirk("h265-ap-sets", G, "parameter sets in an aggregation packet", "AlexxIT/go2rtc#2296",
              _of(h264.aggregated)),
        Quirk("h265-ap-whole", G, "the whole picture in one aggregation packet", "", _of(as_h264_sets)),
        Quirk("h265-annex-b-key", G, "sets and key frame as one unit in Annex B", "scottlamb/retina#68",
              _of(h264.one_unit)),
        Quirk("h265-annex-b-key-no-sdp", G, "the same, and no sets in the description", "", _of(h264.one_unit,
              sdp_sets=False)),
        Quirk("h265-annex-b-always", G, "every picture in Annex B, a start code ahead", "", _of(h264.one_unit_always)),
        Quirk("h265-start-code-ahead", G, "a start code ahead of each unit", "", _of(h264.code_ahead)),
        Quirk("h265-zeros-behind", G, "four zero bytes behind each unit", "", _of(h264.zeros_behind)),
        Quirk("h265-sets-own-time", G, "sets under a time stamp of their own, marked", "", _of(h264.sets_before(0.5),
              sdp_sets=False)),
        Quirk("h265-sets-last-time", G, "sets under the last picture's time stamp", "",
              _of(h264.sets_before(1, each_marked=False, marked=False), sdp_sets=False)),
        Quirk("h265-sets-marked", G, "sets under the key frame's time stamp, each marked", "",
              _of(h264.sets_before(0), sdp_sets=False)),
        Quirk("h265-sets-apart", G, "each set under a time stamp of its own", "", _of(h264.sets_apart, sdp_sets=False)),
        Quirk("h265-sets-never", G, "sets in the description alone", "Apra-Labs/ONVIF-Device-Manager#20",
              _of(in_order(h264.sets_never))),
        Quirk("h265-sets-each-picture", G, "sets ahead of every picture", "", _of(in_order(h264.sets_each_picture))),
        Quirk("h265-sets-once", G, "sets once, not in the description", "", _of(in_order(h264.sets_once),
              sdp_sets=False)),
        Quirk("h265-marker-each-unit", G, "the marker behind each unit", "", _of(h264.slices_marked)),
        Quirk("h265-marker-each-slice", G, "the marker behind each slice", "", _of(h264.slices_marked, "hevc-slices")),
        Quirk("h265-marker-never", G, "no marker", "", _of(h264.never_marked)),
        Quirk("h265-two-pictures-one-time", G, "two pictures under one time stamp", "", _of(h264.same_time(2))),
        Quirk("h265-slices-own-times", G, "each slice one tick later", "", _of(h264.each_unit_own_time, "hevc-slices")),
        Quirk("h265-delimiters", G, "access unit delimiters", "", _of(in_order(lambda moment: [AUD, *moment.units]))),
        Quirk("h265-sei-ahead", G, "a message ahead of each picture", "", _of(in_order(lambda moment: [SEI,
              *moment.units]))),
        Quirk("h265-sei-behind", G, "a suffix message behind each picture", "",
              _of(in_order(lambda moment: [*moment.units, SUFFIX_SEI]))),
        Quirk("h265-fu-always", G, "FU with start and end in one", "scottlamb/retina#131", _of(fragments_always)),
        Quirk("h265-fu-no-end", G, "FU without an end", "", _of(end_bit_missing)),
        Quirk("h265-fu-empty-last", G, "an empty last FU", "scottlamb/retina#115", _of(empty_fragment_behind)),
        Quirk("h265-fu-tiny", G, "fragments of 60 bytes", "", _of(h264.tiny(60))),
        Quirk("h265-fu-large", G, "units in one packet", "", _of(h264.tiny(60_000))),
        Quirk("h265-donl", G, "decoding order numbers, announced by sprop-max-don-diff=1", "",
              _of(donl, describe=(sub("(sprop-pps=[^\r]*)", r"\1;sprop-max-don-diff=1"),))),
        Quirk("h265-max-don-diff-0", G, "says sprop-max-don-diff=0", "",
              Script(film="hevc", describe=(sub("(sprop-pps=[^\r]*)", r"\1;sprop-max-don-diff=0"),))),
        Quirk("h265-tx-mode", G, "tx-mode=SRST, profile-id and level-id ahead of the sets", "",
              Script(film="hevc", describe=(replace("sprop-vps",
              "profile-space=0;profile-id=1;tier-flag=0;level-id=93;tx-mode=SRST;sprop-vps"),))),
        Quirk("h265-sets-two-of-a-kind", G, "two sets in sprop-sps, the second for another size", "",
              Script(film="hevc", describe=(sub("(sprop-sps=[^;]*)", r"\1,QgEBAWAAAAMAsAAAAwAAAwBdoAKAgC0WNrkk"),))),
        Quirk("h265-sets-twice", G, "a delimiter ahead of each picture, and each set twice", "", _of(in_order(
              many_sets))),
        Quirk("h265-sets-twice-unmarked", G, "the same without a marker", "", _of(lambda moment: sent("hevc",
              many_sets(moment), marked=False))),
        Quirk("h265-sei-behind-marked", G, "two marked prefix messages behind each picture, under its time (Tapo C260)",
              "bluenviron/mediamtx#6257", _of(sei_behind_twice)),
        Quirk("h265-layers", G, "temporal layers, pictures of the kind TSA", "bluenviron/mediamtx#6031",
              Script(film="hevc-layers")),
        Quirk("h265-ap-each", G, "each unit in an aggregation packet of its own", "", _of(each_aggregated)),
        Quirk("h265-end-of-stream", G, "end of sequence and of stream behind key frames", "", _of(in_order(
              lambda moment: [*moment.units, b"\x48\x01", b"\x4a\x01"] if moment.picture.is_key else moment.units))),
        Quirk("h265-fu-start-each", G, "the start bit in each fragment", "", _of(fragment_heads(
              lambda head: head[:2] + bytes((head[2] | 0x80,))), "hevc-large")),
        Quirk("h265-fu-tid-zero", G, "TID 0 in the heads of fragments", "", _of(fragment_heads(
              lambda head: head[:1] + b"\0" + head[2:]), "hevc-large")),
        Quirk("h265-sets-gathered-apart", G, "delimiter and sets in one marked packet under a time of its own", "",
              _of(sets_gathered_apart, sdp_sets=False)),
        Quirk("h265-kinds-reserved", G, "units of reserved kinds (41, 47) around pictures", "", _of(in_order(
              lambda moment: [b"\x52\x01abc", *moment.units, b"\x5e\x01abc"]))),
        Quirk("h265-size-changes", G, "another size each four seconds", "", Script(film="hevc-sizes", seconds=20)),
        Quirk("h265-joined-long-gop", G, "goes on in the middle of a GOP of 20 s, no sets in the description", "",
              Script(film="hevc-gop-20-s", sdp_sets=False, joins=80, seconds=44)),
        Quirk("h265-sets-quoted", G, "the sets in quotes, and none in the stream", "", _of(in_order(h264.sets_never),
              describe=(sub("(sprop-[vsp]ps)=([^;\r]*)", r'\1="\2"'),))),
    ]  # fmt: skip
