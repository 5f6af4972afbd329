"""Quirks of H.264 in RTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.quirks.media import kind_of
from tests.quirks.packing import CODE, aggregate, fragments, in_order, right, sent, split_sets
from tests.quirks.script import Flow, Moment, Part, Quirk, Rtp, Script

G = "h264"
AUD = b"\x09\xf0"
SEI = b"\x06\x05\x14" + bytes(range(1, 21)) + b"\x80"
FILLER = b"\x0c" + b"\xff" * 40 + b"\x80"


def _key(moment: Moment) -> bool:
    return bool(split_sets(moment)[0])


def aggregated(moment: Moment) -> Iterator[Part]:
    """Parameter sets and messages in one STAP-A, the slices apart."""
    small = [unit for unit in moment.units if kind_of(moment.codec, unit) not in range(1, 6)]
    if moment.codec == "hevc":
        small = split_sets(moment)[0]
    rest = [unit for unit in moment.units if unit not in small]
    if small:
        yield Part(aggregate(moment.codec, small), False)
    yield from sent(moment.codec, rest)


def aggregated_whole(moment: Moment) -> Iterator[Part]:
    """All of the picture in one STAP-A, however long."""
    yield Part(aggregate(moment.codec, moment.units), True)


def stap_b(moment: Moment) -> Iterator[Part]:
    sets, rest = split_sets(moment)
    if sets:
        yield Part(bytes((0x60 | 25,)) + moment.number.to_bytes(2, "big") + aggregate("h264", sets)[1:], False)
    yield from sent("h264", rest)


def fu_b(moment: Moment) -> Iterator[Part]:
    for part in right(moment):
        if part.payload[0] & 31 == 28 and part.payload[1] & 0x80:
            yield Part(bytes((part.payload[0] + 1, part.payload[1])) + b"\x00\x05" + part.payload[2:], part.marker)
        else:
            yield part


def one_unit(moment: Moment) -> Iterator[Part]:
    """V380: the picture in Annex B as if it were one unit."""
    return sent(moment.codec, [CODE.join(moment.units)] if _key(moment) else moment.units)


def one_unit_short_codes(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, [b"\x00\x00\x01".join(moment.units)] if _key(moment) else moment.units)


def one_unit_always(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, [CODE + CODE.join(moment.units)])


def code_ahead(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, [CODE + unit for unit in moment.units])


def short_code_ahead(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, [b"\x00\x00\x01" + unit for unit in moment.units])


def zeros_behind(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, [unit + bytes(4) for unit in moment.units])


def sets_before(shift: float, *, each_marked: bool = True, marked: bool = True) -> Callable[[Moment], Iterator[Part]]:
    """Parameter sets under a time stamp of their own, ``shift`` of a picture's time before the key frame's."""

    def way(moment: Moment) -> Iterator[Part]:
        sets, rest = split_sets(moment)
        after = -round(moment.ticks * shift)
        yield from sent(moment.codec, sets, after, each_marked=each_marked, marked=marked)
        yield from sent(moment.codec, rest)

    return way


def sets_first_marked(moment: Moment) -> Iterator[Part]:
    """Reolink: the first set marked, the second not, both under the last picture's time stamp."""
    sets, rest = split_sets(moment)
    for number, unit in enumerate(sets):
        yield Part(unit, number == 0, -moment.ticks)
    yield from sent(moment.codec, rest)


def sets_apart(moment: Moment) -> Iterator[Part]:
    """Sequence and picture set each under a time stamp of its own."""
    sets, rest = split_sets(moment)
    for number, unit in enumerate(sets):
        yield Part(unit, True, -moment.ticks // 2 + number * 10)
    yield from sent(moment.codec, rest)


def sets_each_picture(moment: Moment) -> Sequence[bytes]:
    return moment.units if _key(moment) else [*moment.sets, *moment.units]


def sets_never(moment: Moment) -> Sequence[bytes]:
    return split_sets(moment)[1]


def sets_once(moment: Moment) -> Sequence[bytes]:
    return moment.units if moment.number == 0 else split_sets(moment)[1]


def sets_twice(moment: Moment) -> Sequence[bytes]:
    sets, rest = split_sets(moment)
    return [*sets, *sets, *rest]


def sets_reversed(moment: Moment) -> Sequence[bytes]:
    sets, rest = split_sets(moment)
    return [*reversed(sets), *rest]


def sets_behind_key(moment: Moment) -> Sequence[bytes]:
    sets, rest = split_sets(moment)
    return [*rest, *sets]


def slices_marked(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, moment.units, each_marked=True)


def never_marked(moment: Moment) -> Iterator[Part]:
    return sent(moment.codec, moment.units, marked=False)


def all_marked(moment: Moment) -> Iterator[Part]:
    return (Part(part.payload, True, part.after) for part in right(moment))


def same_time(count: int) -> Callable[[Moment], Iterator[Part]]:
    """``count`` pictures have one time stamp."""

    def way(moment: Moment) -> Iterator[Part]:
        after = -(moment.number % count) * moment.ticks
        return (Part(part.payload, part.marker, after) for part in right(moment))

    return way


def each_unit_own_time(moment: Moment) -> Iterator[Part]:
    """Each unit of a picture one tick later than the one before."""
    for number, unit in enumerate(moment.units):
        last = number + 1 == len(moment.units)
        yield from (Part(part.payload, part.marker and last, number) for part in sent(moment.codec, [unit]))


def sei_behind(moment: Moment) -> Iterator[Part]:
    """moonfire #352: a message with the marker behind the picture, under its time stamp."""
    yield from right(moment)
    yield Part(SEI, True)


def sei_ahead_marked(moment: Moment) -> Iterator[Part]:
    yield Part(SEI, True)
    yield from right(moment)


def end_of_sequence(moment: Moment) -> Sequence[bytes]:
    return [*moment.units, b"\x0a"] if (moment.number + 1) % 10 == 0 else moment.units


def in_fragments_always(moment: Moment) -> Iterator[Part]:
    """FU-A for everything, units of one packet with start and end set."""
    for number, unit in enumerate(moment.units):
        pieces = fragments(moment.codec, unit, always=True)
        for at, piece in enumerate(pieces):
            yield Part(piece, number + 1 == len(moment.units) and at + 1 == len(pieces))


def end_bit_missing(moment: Moment) -> Iterator[Part]:
    for part in right(moment):
        if part.payload[0] & 31 == 28 and part.payload[1] & 0x40:
            yield Part(bytes((part.payload[0], part.payload[1] & 0xBF)) + part.payload[2:], part.marker)
        else:
            yield part


def start_bit_twice(moment: Moment) -> Iterator[Part]:
    """Empty FU-A ahead of each first one."""
    for part in right(moment):
        if part.payload[0] & 31 == 28 and part.payload[1] & 0x80:
            yield Part(part.payload[:2], False)
            yield Part(bytes((part.payload[0], part.payload[1] & 0x7F)) + part.payload[2:], part.marker)
        else:
            yield part


def empty_fragment_behind(moment: Moment) -> Iterator[Part]:
    """An empty FU-A ends each unit."""
    for part in right(moment):
        if part.payload[0] & 31 == 28 and part.payload[1] & 0x40:
            yield Part(bytes((part.payload[0], part.payload[1] & 0xBF)) + part.payload[2:], False)
            yield Part(part.payload[:2], part.marker)
        else:
            yield part


def fragments_wrong_nri(moment: Moment) -> Iterator[Part]:
    """The importance is right in the first fragment only."""
    for part in right(moment):
        if part.payload[0] & 31 == 28 and not part.payload[1] & 0x80:
            yield Part(bytes((28,)) + part.payload[1:], part.marker)
        else:
            yield part


def reserved_bit(moment: Moment) -> Iterator[Part]:
    """The reserved bit of FU-A is set."""
    for part in right(moment):
        if part.payload[0] & 31 == 28:
            yield Part(bytes((part.payload[0], part.payload[1] | 0x20)) + part.payload[2:], part.marker)
        else:
            yield part


def longer_set(moment: Moment) -> Sequence[bytes]:
    """A byte too many behind the sequence set."""
    return [unit + b"\x04" if kind_of("h264", unit) == 7 else unit for unit in moment.units]


def tiny(mtu: int) -> Callable[[Moment], Iterator[Part]]:
    return lambda moment: sent(moment.codec, moment.units, mtu=mtu)


def empty_payloads(packets: list[Rtp], flow: Flow) -> list[Rtp]:
    """A packet with nothing in it ahead of each picture."""
    if not packets:
        return packets
    first = packets[0]
    return [Rtp(b"", False, first.stamp, first.sequence - 1, first.source, first.payload_type), *packets]


def unknown_kinds(moment: Moment) -> Sequence[bytes]:
    return [b"\x15\x01\x02\x03\x80", *moment.units]


def nal_zero(moment: Moment) -> Iterator[Part]:
    yield Part(b"\x00\x80", False)
    yield from right(moment)


def _of(way: Callable[[Moment], Iterator[Part]], film: str = "h264", **more: object) -> Script:
    return Script(film=film, way=way, **more)  # type: ignore[arg-type]


def rows() -> list[Quirk]:
    return [
        Quirk("h264-b-frames", G, "B-frames: pictures in another order than they are shown", "", Script(film="h264-b")),
        Quirk("h264-b-frames-sound", G, "B-frames and AAC", "", Script(film="h264-b", sound="aac")),
        Quirk("h264-slices", G, "four slices a picture", "", Script(film="h264-slices")),
        Quirk("h264-b-slices", G, "three slices a picture, and B-frames", "", Script(film="h264-b-slices")),
        Quirk("h264-baseline", G, "baseline profile", "", Script(film="h264-baseline")),
        Quirk("h264-interlaced", G, "interlaced pictures", "", Script(film="h264-interlaced")),
        Quirk("h264-open-gop", G, "open GOPs with recovery points", "", Script(film="h264-open")),
        Quirk("h264-intra-refresh", G, "intra-refresh: one IDR, then recovery points", "", Script(film="h264-refresh")),
        Quirk("h264-endless-gop", G, "one key frame for as long as it runs", "", Script(film="h264-endless",
              seconds=16)),
        Quirk("h264-all-key", G, "key frames only", "", Script(film="h264-all-key")),
        Quirk("stap-a-sets", G, "parameter sets in STAP-A", "", _of(aggregated)),
        Quirk("stap-a-whole", G, "the whole picture in one STAP-A", "", _of(aggregated_whole)),
        Quirk("stap-b-sets", G, "parameter sets in STAP-B", "", _of(stap_b)),
        Quirk("fu-b", G, "FU-B", "bluenviron/gortsplib#325", _of(fu_b)),
        Quirk("annex-b-key", G, "sets and key frame as one unit in Annex B (V380)", "scottlamb/retina#68",
              _of(one_unit)),
        Quirk("annex-b-key-no-sdp", G, "the same, and no sets in the description", "scottlamb/retina#108",
              _of(one_unit, sdp_sets=False)),
        Quirk("annex-b-short-codes", G, "the same with start codes of three bytes", "bluenviron/gortsplib#199",
              _of(one_unit_short_codes)),
        Quirk("annex-b-always", G, "every picture in Annex B, a start code ahead", "", _of(one_unit_always)),
        Quirk("annex-b-slices", G, "four slices as one unit in Annex B", "bluenviron/gortsplib#199", _of(one_unit,
              "h264-slices")),
        Quirk("start-code-ahead", G, "a start code ahead of each unit", "", _of(code_ahead)),
        Quirk("start-code-short-ahead", G, "a start code of three bytes ahead of each unit", "", _of(short_code_ahead)),
        Quirk("zeros-behind", G, "four zero bytes behind each unit", "", _of(zeros_behind)),
        Quirk("sets-own-time", G, "sets under a time stamp between two pictures, marked, not in the description",
              "scottlamb/retina#13", _of(sets_before(0.5), sdp_sets=False)),
        Quirk("sets-own-time-sdp", G, "the same, and in the description", "scottlamb/retina#13", _of(sets_before(0.5))),
        Quirk("sets-last-time", G, "sets under the last picture's time stamp", "scottlamb/retina#13",
              _of(sets_before(1, each_marked=False, marked=False), sdp_sets=False)),
        Quirk("sets-last-time-marked", G, "the same, the first marked (Reolink)", "scottlamb/retina#13",
              _of(sets_first_marked, sdp_sets=False)),
        Quirk("sets-marked", G, "sets under the key frame's time stamp, each marked", "scottlamb/moonfire-nvr#300",
              _of(sets_before(0), sdp_sets=False)),
        Quirk("sets-apart", G, "each set under a time stamp of its own", "", _of(sets_apart, sdp_sets=False)),
        Quirk("sets-each-picture", G, "sets ahead of every picture", "", _of(in_order(sets_each_picture))),
        Quirk("sets-never", G, "sets in the description alone", "bluenviron/mediamtx#5861", _of(in_order(sets_never))),
        Quirk("sets-once", G, "sets in the stream once, ahead of the first picture, not in the description", "",
              _of(in_order(sets_once), sdp_sets=False)),
        Quirk("sets-twice", G, "sets twice ahead of key frames", "", _of(in_order(sets_twice))),
        Quirk("sets-reversed", G, "the picture set ahead of the sequence set", "", _of(in_order(sets_reversed),
              sdp_sets=False)),
        Quirk("sets-behind-key", G, "sets behind the key frame, under its time stamp", "",
              _of(in_order(sets_behind_key))),
        Quirk("marker-each-slice", G, "the marker behind each slice", "", _of(slices_marked, "h264-slices")),
        Quirk("marker-each-unit", G, "the marker behind each unit", "scottlamb/retina#21", _of(slices_marked)),
        Quirk("marker-never", G, "no marker at all", "", _of(never_marked)),
        Quirk("marker-never-slices", G, "no marker, four slices", "", _of(never_marked, "h264-slices")),
        Quirk("marker-always", G, "the marker in each packet", "", _of(all_marked)),
        Quirk("two-pictures-one-time", G, "two pictures under one time stamp", "", _of(same_time(2))),
        Quirk("five-pictures-one-time", G, "five pictures under one time stamp", "", _of(same_time(5))),
        Quirk("time-stands-still", G, "every picture under one time stamp", "scottlamb/moonfire-nvr#300",
              _of(same_time(10_000))),
        Quirk("units-own-times", G, "each unit one tick later", "", _of(each_unit_own_time)),
        Quirk("slices-own-times", G, "each slice one tick later", "", _of(each_unit_own_time, "h264-slices")),
        Quirk("delimiters", G, "access unit delimiters", "", _of(in_order(lambda moment: [AUD, *moment.units]))),
        Quirk("delimiters-no-marker", G, "delimiters and no marker", "", _of(lambda moment: sent("h264", [AUD,
              *moment.units], marked=False))),
        Quirk("sei-ahead", G, "a message (SEI) ahead of each picture", "", _of(in_order(lambda moment: [SEI,
              *moment.units]))),
        Quirk("sei-ahead-marked", G, "the same with the marker", "scottlamb/moonfire-nvr#352", _of(sei_ahead_marked)),
        Quirk("sei-behind-marked", G, "a marked message behind each picture, under its time",
              "scottlamb/moonfire-nvr#352", _of(sei_behind)),
        Quirk("filler", G, "filler behind each picture", "", _of(in_order(lambda moment: [*moment.units, FILLER]))),
        Quirk("end-of-sequence", G, "end of sequence ahead of key frames", "", _of(in_order(end_of_sequence))),
        Quirk("unit-kind-unknown", G, "units of an unknown kind (21)", "", _of(in_order(unknown_kinds))),
        Quirk("unit-kind-zero", G, "units of kind 0", "scottlamb/retina#15", _of(nal_zero)),
        Quirk("fu-a-always", G, "FU-A with start and end in one", "scottlamb/retina#131", _of(in_fragments_always)),
        Quirk("fu-a-no-end", G, "FU-A without an end", "", _of(end_bit_missing)),
        Quirk("fu-a-empty-first", G, "an empty first FU-A", "", _of(start_bit_twice)),
        Quirk("fu-a-empty-last", G, "an empty last FU-A", "scottlamb/retina#115", _of(empty_fragment_behind)),
        Quirk("fu-a-nri", G, "the importance (NRI) in the first fragment alone", "", _of(fragments_wrong_nri)),
        Quirk("fu-a-reserved-bit", G, "the reserved bit of FU-A is set", "scottlamb/retina#109", _of(reserved_bit)),
        Quirk("sets-byte-behind", G, "a byte too many behind the sequence set", "scottlamb/retina#102",
              _of(in_order(longer_set), sdp_sets=False)),
        Quirk("fu-a-tiny", G, "fragments of 60 bytes", "", _of(tiny(60))),
        Quirk("fu-a-large", G, "units of up to 60,000 bytes in one packet", "", _of(tiny(60_000))),
        Quirk("empty-payloads", G, "packets without a payload", "", Script(rtp=(empty_payloads,))),
    ]  # fmt: skip
