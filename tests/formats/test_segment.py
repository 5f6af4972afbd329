"""A segment gives back what was sealed, and nothing else: every flip, cut, splice and swap is found or left out."""

from __future__ import annotations

import hashlib
import json
import random
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import Broken, Damaged
from appliance.formats import fragments, segment, segment_layout
from appliance.formats.sealing import AES_256_GCM, CHACHA20_POLY1305
from appliance.formats.segment import (
    FOOTER,
    FRAME_HEADER_BYTES,
    HEADER_BYTES,
    MAX_FRAME_BYTES,
    MAX_PLAINTEXT_BYTES,
    MEDIA,
    NOTE,
    STARTS_WITH_KEY,
    STREAMS,
    TRAILER_BYTES,
    FrameInfo,
    ReadAt,
    SegmentOpener,
    SegmentSealer,
    read_header,
    scan,
)
from tests.vectors.make_segment_vectors import build, make, schedule, seal

SPEC = Path(__file__).parents[2] / "docs/spec/segment.md"
VECTORS = sorted((Path(__file__).parents[1] / "vectors/segment").glob("*.json"))
KEY, BUCKET, APPLIANCE = bytes(range(32)), bytes(range(16)), bytes(range(16, 32))


def reader(data: bytes) -> ReadAt:
    return lambda offset, size: data[offset : offset + size]


def sealer(salt: int = 0, *, suite: int = AES_256_GCM, number: int = 0, key: bytes = KEY) -> SegmentSealer:
    return SegmentSealer(BUCKET, key, number, suite, APPLIANCE, bytes([salt]) * 24)


def small(salt: int = 0, *, suite: int = AES_256_GCM, key: bytes = KEY) -> tuple[bytes, list[bytes]]:
    """A whole small segment and its plaintexts."""
    drawn = random.Random(salt)
    plaintexts = [b"streams", *(drawn.randbytes(40 + 7 * number) for number in range(4)), b"note"]
    one = sealer(salt, suite=suite, key=key)
    data = bytearray(one.header)
    for number, plaintext in enumerate(plaintexts):
        kind = STREAMS if number == 0 else NOTE if number == 5 else MEDIA
        data += one.frame(kind, plaintext, ms=number * 500, flags=STARTS_WITH_KEY if number == 1 else 0)
    return bytes(data + one.footer()), plaintexts


def opened(data: bytes, key: bytes = KEY) -> tuple[bool, list[bytes | None]]:
    """(accepted as whole, plaintext of each listed frame or None where refused). Only Damaged may be raised."""
    try:
        opener = SegmentOpener(reader(data), len(data), key)
    except Damaged:
        return False, []
    out: list[bytes | None] = []
    for frame in opener.frames():
        try:
            out.append(opener.open(frame))
        except Damaged:
            out.append(None)
    try:
        opener.verify()
    except Damaged:
        return False, out
    return True, out


def assert_not_accepted(data: bytes, plaintexts: list[bytes]) -> None:
    whole, found = opened(data)
    assert not whole, "an altered segment passed for whole"
    for number, plaintext in enumerate(found):
        assert plaintext is None or plaintext == plaintexts[number], "altered footage was handed out"


@pytest.mark.parametrize("suite", [AES_256_GCM, CHACHA20_POLY1305])
def test_what_was_sealed_comes_back(suite: int) -> None:
    data, plaintexts = small(suite=suite)
    opener = SegmentOpener(reader(data), len(data), KEY)
    assert opener.complete
    assert [opener.open(frame) for frame in opener.frames()] == plaintexts
    assert [(frame.type, frame.flags, frame.index, frame.ms) for frame in opener.frames()] == [
        (STREAMS, 0, 0, 0),
        (MEDIA, STARTS_WITH_KEY, 1, 500),
        (MEDIA, 0, 2, 1000),
        (MEDIA, 0, 3, 1500),
        (MEDIA, 0, 4, 2000),
        (NOTE, 0, 5, 2500),
    ]
    opener.verify()
    assert opener.header == read_header(data)
    assert (opener.header.suite, opener.header.bucket_id, opener.header.appliance_id) == (suite, BUCKET, APPLIANCE)


def test_any_frame_can_be_opened_alone_with_two_reads_before_it_and_one_for_it() -> None:
    data, plaintexts = small()
    reads: list[tuple[int, int]] = []

    def read_at(offset: int, size: int) -> bytes:
        reads.append((offset, size))
        return data[offset : offset + size]

    opener = SegmentOpener(read_at, len(data), KEY)
    found = opener.frames()[4]
    assert len(reads) == 4, "header, trailer, footer's header, footer"
    assert opener.open(found) == plaintexts[4]
    assert reads[4:] == [(found.offset, FRAME_HEADER_BYTES + found.length)]


def test_the_clear_header_names_neither_camera_nor_time() -> None:
    one, other = sealer(1).header, sealer(2).header
    assert one[:56] == other[:56]
    assert one[56:80] != other[56:80]
    assert one[96:] != other[96:], "the commitment follows the salt"


def test_an_open_segment_reads_up_to_its_durable_length() -> None:
    data, plaintexts = small()
    ends = [frame.end for frame in scan(reader(data), len(data)).frames]
    for durable in range(len(data)):
        if durable < HEADER_BYTES:
            with pytest.raises(Damaged):
                SegmentOpener(reader(data), durable, KEY)
            continue
        opener = SegmentOpener(reader(data), durable, KEY)
        assert not opener.complete
        whole = sum(end <= durable for end in ends)
        assert [opener.open(frame) for frame in opener.frames()] == plaintexts[:whole]


def test_a_torn_tail_is_left_out_but_rot_further_up_is_found_when_it_is_opened() -> None:
    one = sealer()
    frames = [one.frame(MEDIA, bytes([number]) * 50, ms=number) for number in range(200)]
    data = bytearray(one.header + b"".join(frames))
    data[-30:] = bytes(30)
    data[HEADER_BYTES + 10 * len(frames[0]) + 40] ^= 1
    opener = SegmentOpener(reader(bytes(data)), len(data), KEY)
    assert len(opener.frames()) == 199
    with pytest.raises(Damaged, match="frame 10"):
        opener.open(opener.frames()[10])
    assert opener.open(opener.frames()[11]) == bytes([11]) * 50
    assert len(scan(reader(bytes(data)), len(data)).frames) == 10, "a scrub stops where the first frame is wrong"


def test_every_bit_flip_is_found() -> None:
    data, plaintexts = small()
    for at in range(len(data)):
        for bit in range(8):
            altered = bytearray(data)
            altered[at] ^= 1 << bit
            assert_not_accepted(bytes(altered), plaintexts)


def test_a_scan_without_a_key_finds_every_flip_outside_what_only_the_key_can_tell() -> None:
    data, _ = small()
    for at in range(len(data)):
        altered = bytearray(data)
        altered[at] ^= 1
        bound = 16 <= at < 80 or 96 <= at < 128
        assert scan(reader(bytes(altered)), len(data)).complete == bound, at


def test_every_truncation_is_found() -> None:
    data, plaintexts = small()
    for size in range(len(data)):
        assert_not_accepted(data[:size], plaintexts)
        assert not scan(reader(data[:size]), size).complete


def test_everything_appended_is_found() -> None:
    data, plaintexts = small()
    drawn = random.Random(1)
    trailer = data[-TRAILER_BYTES:]
    for size in range(1, 200):
        assert_not_accepted(data + bytes(size), plaintexts)
        assert_not_accepted(data + drawn.randbytes(size), plaintexts)
        assert_not_accepted(data + drawn.randbytes(size) + trailer, plaintexts)


def test_frames_taken_out_doubled_swapped_or_spliced_from_a_sister_are_found() -> None:
    data, plaintexts = small(1)
    sister, _ = small(2)

    def parts(of: bytes) -> tuple[list[bytes], bytes]:
        frames = scan(reader(of), len(of)).frames
        return [of[frame.offset : frame.end] for frame in frames], of[frames[-1].end :]

    (frames, tail), (others, other_tail) = parts(data), parts(sister)
    head, other_head = data[:HEADER_BYTES], sister[:HEADER_BYTES]
    for at in range(len(frames)):
        assert_not_accepted(head + b"".join(frames[:at] + frames[at + 1 :]) + tail, plaintexts)
        assert_not_accepted(head + b"".join(frames[: at + 1] + frames[at:]) + tail, plaintexts)
        assert_not_accepted(head + b"".join([*frames[:at], others[at], *frames[at + 1 :]]) + tail, plaintexts)
        for other in range(at):
            swapped = list(frames)
            swapped[at], swapped[other] = swapped[other], swapped[at]
            assert_not_accepted(head + b"".join(swapped) + tail, plaintexts)
    assert_not_accepted(head + b"".join(frames) + other_tail, plaintexts)
    assert_not_accepted(other_head + b"".join(frames) + tail, plaintexts)
    assert_not_accepted(head + b"".join(others) + other_tail, plaintexts)


def test_random_mutations_are_found(long_run: bool) -> None:
    data, plaintexts = small(3)
    drawn = random.Random(20)
    for _ in range(40_000 if long_run else 4_000):
        altered = bytearray(data)
        for _ in range(drawn.randint(1, 6)):
            at = drawn.randrange(len(altered) + 1)
            kind = drawn.randrange(5)
            if kind == 0 and at < len(altered):
                altered[at] = drawn.randrange(256)
            elif kind == 1:
                del altered[at : at + drawn.randint(1, 300)]
            elif kind == 2:
                altered[at:at] = drawn.randbytes(drawn.randint(1, 100))
            elif kind == 3:
                altered[at : at + drawn.randint(1, 60)] = bytes(drawn.randint(1, 60))
            else:
                start = drawn.randrange(len(altered) + 1)
                altered[at:at] = altered[start : start + drawn.randint(1, 200)]
        if altered != data:
            assert_not_accepted(bytes(altered), plaintexts)


def test_another_key_opens_nothing() -> None:
    data, _ = small()
    for bit in range(256):
        other = bytearray(KEY)
        other[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Damaged, match="header was altered, or this is not its bucket's key"):
            SegmentOpener(reader(data), len(data), bytes(other))


def test_a_reader_sets_no_memory_aside_for_a_length_it_was_told() -> None:
    head = sealer().header
    asked: list[int] = []

    def read_at(offset: int, size: int) -> bytes:
        asked.append(size)
        return data[offset : offset + size]

    for length in (0xFFFFFFFF, MAX_FRAME_BYTES + 1, MAX_FRAME_BYTES):
        for kind in (MEDIA, FOOTER):
            for count in (0, 0xFFFFFFFFFFFFFFFF, 500_001):
                frame = struct.pack(">IBBHQII", length, kind, 0, 0, count, 0, 0)
                data = head + frame + bytes(100) + struct.pack(">Q8s", HEADER_BYTES, b"ORSEGEND")
                opener = SegmentOpener(read_at, len(data), KEY)
                assert not opener.complete
                assert opener.frames() == []
    assert max(asked) <= HEADER_BYTES


def test_a_footer_longer_than_any_can_be_is_not_read() -> None:
    """Sparse and right in every other way: the file could be that long."""
    head, count = sealer().header, 500_001
    length = 36 + 10 * count + 16
    frame = struct.pack(">IBBHQII", length, FOOTER, 0, 0, count, 0, 0)
    size = HEADER_BYTES + FRAME_HEADER_BYTES + length + TRAILER_BYTES
    parts = {0: head, HEADER_BYTES: frame, size - TRAILER_BYTES: struct.pack(">Q8s", HEADER_BYTES, b"ORSEGEND")}
    asked: list[int] = []

    def read_at(offset: int, wanted: int) -> bytes:
        asked.append(wanted)
        return parts[offset][:wanted]

    opener = SegmentOpener(read_at, size, KEY)
    assert not opener.complete
    assert opener.frames() == []
    assert max(asked) <= HEADER_BYTES


def test_a_sealer_makes_nothing_that_the_format_does_not_have() -> None:
    one = sealer()
    for kind, plaintext, flags, ms in (
        (FOOTER, b"x", 0, 0),
        (4, b"x", 0, 0),
        (MEDIA, b"", 0, 0),
        (MEDIA, b"x", 2, 0),
        (NOTE, b"x", STARTS_WITH_KEY, 0),
        (MEDIA, b"x", 0, -1),
        (MEDIA, b"x", 0, 1 << 32),
        (MEDIA, bytes(MAX_PLAINTEXT_BYTES + 1), 0, 0),
    ):
        with pytest.raises(Broken):
            one.frame(kind, plaintext, ms=ms, flags=flags)
    largest = one.frame(MEDIA, bytes(MAX_PLAINTEXT_BYTES), ms=0)
    data = one.header + largest + one.footer()
    opener = SegmentOpener(reader(data), len(data), KEY)
    assert opener.complete, "what was refused left no trace"
    assert opener.open(opener.frames()[0]) == bytes(MAX_PLAINTEXT_BYTES)
    for late in (lambda: one.frame(MEDIA, b"x", ms=0), one.footer):
        with pytest.raises(Broken, match="has its footer"):
            late()
    with pytest.raises(Broken, match="salt 24"):
        SegmentSealer(BUCKET, KEY, 0, AES_256_GCM, APPLIANCE, bytes(23))


def test_a_segment_never_holds_more_frames_than_its_footer_can_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "MAX_FRAMES", 3)
    one = sealer()
    frames = b"".join(one.frame(MEDIA, b"x", ms=0) for _ in range(3))
    with pytest.raises(Broken, match="more than 3 frames"):
        one.frame(MEDIA, b"x", ms=0)
    data = one.header + frames + one.footer()
    assert SegmentOpener(reader(data), len(data), KEY).complete


def test_a_frame_that_was_never_in_the_table_is_refused() -> None:
    data, _ = small()
    opener = SegmentOpener(reader(data), len(data), KEY)
    real = opener.frames()[2]
    for wrong in (
        real._replace(index=3),
        real._replace(ms=real.ms + 1),
        real._replace(offset=real.offset + 1),
        real._replace(length=real.length - 1),
        FrameInfo(len(data) + 5, 100, MEDIA, 0, 9, 0),
    ):
        with pytest.raises(Damaged):
            opener.open(wrong)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    vector: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
    data, key = bytes.fromhex(vector["segment"]), bytes.fromhex(vector["bucket_key"])
    found = scan(reader(data), len(data))
    assert {"frames": len(found.frames), "good_bytes": found.good_bytes, "complete": found.complete} == vector["scan"]
    assert bool(found.stopped) != found.complete
    if not vector["opens"]:
        with pytest.raises(Damaged):
            SegmentOpener(reader(data), len(data), key)
        return
    opener = SegmentOpener(reader(data), len(data), key)
    assert opener.complete == vector["complete"]
    whole, plaintexts = opened(data, key)
    assert whole == vector["verifies"]
    assert [None if one is None else one.hex() for one in plaintexts] == vector["frames"]


def test_most_vectors_are_failures_and_all_come_out_of_the_generator() -> None:
    made = make().all
    assert {path.stem: json.loads(path.read_text(encoding="ascii")) for path in VECTORS} == made
    assert sum(not vector["verifies"] for vector in made.values()) > 0.8 * len(made)


@pytest.mark.parametrize("suite", [AES_256_GCM, CHACHA20_POLY1305])
def test_an_independent_writer_makes_the_same_bytes(suite: int) -> None:
    theirs = build(suite=suite)
    header = read_header(theirs.bytes())
    key = hashlib.shake_256(b"bucket key").digest(32)
    ours = SegmentSealer(header.bucket_id, key, header.number, suite, header.appliance_id, header.salt)
    assert ours.header == theirs.header
    plain = theirs.plaintexts
    assert [
        ours.frame(STREAMS, plain[0], ms=0),
        ours.frame(MEDIA, plain[1], ms=0, flags=STARTS_WITH_KEY),
        ours.frame(MEDIA, plain[2], ms=512),
    ] == theirs.frames
    assert ours.footer() == theirs.footer + theirs.trailer


def test_no_two_frames_share_a_nonce_even_at_the_largest_index() -> None:
    cipher, base, _ = schedule(KEY, AES_256_GCM, sealer().header[:96])
    assert seal(cipher, base, 0, MEDIA, 0, 0, b"a") == sealer().frame(MEDIA, b"a", ms=0)
    nonces = {(base ^ index).to_bytes(12, "big") for index in range(segment.MAX_FRAMES + 1)}
    assert len(nonces) == segment.MAX_FRAMES + 1


def test_sizes_and_limits_in_the_specification_are_those_of_the_code() -> None:
    text = SPEC.read_text(encoding="utf-8")
    limits = re.findall(r"^\| ([A-Z_]+) \| ([\d,]+) \|", text, re.M)
    stated = {name: int(value.replace(",", "")) for name, value in limits}
    assert stated == {name: getattr(segment if hasattr(segment, name) else fragments, name) for name in stated}
    assert len(stated) == 11
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ", text, re.M)
    layouts: list[int] = []
    at = 0
    for offset, size in ((int(first), int(second)) for first, second in rows):
        if offset == 0 and at:
            layouts.append(at)
            at = 0
        assert offset == at, f"{offset}: the fields before it end at {at}"
        at += size
    assert [*layouts, at] == [
        HEADER_BYTES,
        FRAME_HEADER_BYTES,
        segment_layout.TABLE.size,
        segment_layout.ENTRY.size,
        TRAILER_BYTES,
        fragments.FRAGMENT_HEADER_BYTES,
        fragments.PACKET_HEADER_BYTES,
    ]


def test_the_example_in_the_specification_is_the_vector() -> None:
    text = SPEC.read_text(encoding="utf-8")
    rows = re.findall(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} ){11,15}[0-9a-f]{2})(?: {3}|$)", text, re.M)
    vector = json.loads((VECTORS[0].parent / "good-no-frames.json").read_text(encoding="ascii"))
    assert "".join(rows).replace(" ", "") == vector["segment"]
    assert vector["bucket_key"] in text
