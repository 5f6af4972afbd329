"""Responses: what a decoder and ffprobe make of them, whatever the camera sent, and where they land in time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import Stream, Streams
from appliance.core.errors import Unavailable
from appliance.sandbox.mux import Response
from appliance.sandbox.protocol import Opening, Sample
from tests.sandbox.films import FPS, Film, Shown, film, numbers, probe, read

ORIGIN_NS = 1_790_568_000_000_000_000
SECOND_NS = 1_000_000_000
FRAME_NS = SECOND_NS // FPS


def samples_of(made: Film, start_ns: int = ORIGIN_NS) -> list[Sample]:
    """The film's packets on wall time, the first picture at ``start_ns``."""
    out = []
    for packet in made.packets:
        numerator, denominator = made.streams.streams[packet.stream].time_base
        tick = SECOND_NS * numerator
        pts, dts = packet.pts * tick // denominator, packet.dts * tick // denominator
        length = packet.duration * tick // denominator
        out.append(Sample(packet.stream, packet.data, start_ns + pts, start_ns + dts, length, packet.is_key))
    return out


def response(
    streams: Streams,
    samples: Sequence[Sample],
    *,
    codecs: tuple[str, ...] = ("h264",),
    end_ns: int = 0,
    batch: int = 7,
) -> tuple[str, bytes]:
    """(MIME type, all bytes) of a response to ``samples``, handed over ``batch`` at a time."""
    made = Response(Opening(streams=streams, origin_ns=ORIGIN_NS, video_codecs=codecs))
    blocks = [made.push(samples[at : at + batch]) for at in range(0, len(samples), batch)]
    blocks.append(made.finish(end_ns))
    mimes = [block.mime for block in blocks if block.mime]
    assert len(mimes) == 1, "one init segment, at the front"
    assert next(block for block in blocks if block.data).mime
    return mimes[0], b"".join(block.data for block in blocks)


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        assert size >= 8
        yield data[at + 4 : at + 8].decode(), data[at + 8 : at + size]
        at += size


VIDEO = {"h264": "avc1.", "hevc": "hvc1.1.6.L", "mjpeg": "avc1."}


@pytest.mark.parametrize("sound", ["", "aac", "pcm_alaw", "pcm_s16be", "opus", "adpcm_g726", "adpcm_g726le"])
@pytest.mark.parametrize("codec", VIDEO)
def test_every_codec_becomes_what_a_player_takes(codec: str, sound: str) -> None:
    made = film(3, codec=codec, sound=sound)
    start_ns = ORIGIN_NS + 3600 * SECOND_NS
    mime, mp4 = response(made.streams, samples_of(made, start_ns), codecs=("h264", "hevc"))
    assert mime.startswith(f'video/mp4; codecs="{VIDEO[codec]}')
    assert mime.endswith(',mp4a.40.2"') == bool(sound)
    assert probe(mp4) == ""
    shown = read(mp4)
    assert numbers(shown.pictures) == list(range(30))
    assert [at for at, _ in shown.pictures] == pytest.approx([3600 + index / FPS for index in range(30)])
    if sound:
        assert shown.sound[0] == pytest.approx(3600, abs=0.07)
        assert shown.sound[-1] == pytest.approx(3603, abs=0.13)
        assert max(b - a for a, b in itertools.pairwise(shown.sound)) < 0.07, "no hole"


def test_hevc_is_converted_only_for_a_browser_that_does_not_play_it() -> None:
    made = film(2, codec="hevc")
    assert response(made.streams, samples_of(made), codecs=("h264",))[0].startswith('video/mp4; codecs="avc1.')
    assert response(made.streams, samples_of(made), codecs=("h264", "hevc"))[0].startswith('video/mp4; codecs="hvc1.')


def test_what_the_browser_plays_is_handed_through_bit_by_bit() -> None:
    made = film(2)
    _, mp4 = response(made.streams, samples_of(made))
    data = b"".join(body for kind, body in boxes(mp4) if kind == "mdat")
    units = b"".join(
        len(unit).to_bytes(4, "big") + unit
        for packet in made.packets
        for unit in packet.data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    )
    assert data == units, "every unit, SEI and parameter sets too"


def test_converted_pictures_are_not_all_key_frames() -> None:
    made = film(3, codec="mjpeg")
    _, mp4 = response(made.streams, samples_of(made))
    assert sum(is_key for _, _, is_key in runs(mp4)) == 2, "one every two seconds"


def test_converted_pictures_are_no_wider_than_can_be_converted_in_time() -> None:
    made = film(0.5, codec="mjpeg", width=2560)
    assert read(response(made.streams, samples_of(made))[1]).size == (1920, 134)
    made = film(0.5, width=2560)
    assert read(response(made.streams, samples_of(made))[1]).size == (2560, 180), "what is not converted stays"


def test_pictures_out_of_order_keep_their_time_even_at_the_very_origin() -> None:
    made = film(3, b_frames=2)
    assert any(packet.dts < 0 for packet in made.packets), "the first is decoded before time line begins"
    _, mp4 = response(made.streams, samples_of(made))
    assert probe(mp4) == ""
    shown = read(mp4)
    assert shown.pictures == [(pytest.approx(index / FPS), index) for index in range(30)]


def test_a_picture_without_decode_time_and_one_that_runs_back_are_put_in_order() -> None:
    made = film(2)
    samples = samples_of(made)
    samples[3] = samples[3]._replace(dts_ns=None)
    samples[6] = samples[6]._replace(dts_ns=samples[2].dts_ns)
    samples[9] = samples[9]._replace(dts_ns=(samples[9].dts_ns or 0) + 900 * SECOND_NS)
    _, mp4 = response(made.streams, samples)
    assert probe(mp4) == ""
    assert numbers(read(mp4).pictures) == list(range(20))


def test_a_block_comes_with_every_fragment_and_the_first_at_once() -> None:
    made = film(4, sound="aac")
    samples = samples_of(made)
    response = Response(Opening(streams=made.streams, origin_ns=ORIGIN_NS))
    blocks = [response.push(samples[at : at + 12]) for at in range(0, len(samples), 12)]
    assert all(block.data for block in blocks)
    assert [kind for kind, _ in boxes(blocks[0].data)] == ["ftyp", "moov", "moof", "mdat"]
    assert {tuple(kind for kind, _ in boxes(block.data)) for block in blocks[1:]} == {("moof", "mdat")}


def test_no_frame_lasts_shorter_than_to_the_next_so_no_player_sees_a_discontinuity() -> None:
    """A camera that leaves out pictures, handed over singly: MSE drops up to a key frame after a wrong length."""
    made = film(4)
    kept = [sample for index, sample in enumerate(samples_of(made)) if index % 10 not in (4, 5, 6)]
    _, mp4 = response(made.streams, kept, batch=1)
    ends = {start: end for start, end, _ in runs(mp4)}
    starts = sorted(ends)
    assert len(starts) == len(kept)
    assert all(ends[a] == b for a, b in itertools.pairwise(starts))


def runs(mp4: bytes) -> Iterator[tuple[int, int, bool]]:
    """(decode time, decode time plus duration, whether a key frame) of every picture."""
    for kind, moof in boxes(mp4):
        for inner, traf in boxes(moof) if kind == "moof" else ():
            if inner != "traf":
                continue
            parts = dict(boxes(traf))
            if int.from_bytes(parts["tfhd"][4:8], "big") != 1:
                continue
            at = int.from_bytes(parts["tfdt"][4:12], "big")
            count = int.from_bytes(parts["trun"][4:8], "big")
            for index in range(count):
                duration = int.from_bytes(parts["trun"][12 + 16 * index : 16 + 16 * index], "big")
                yield at, at + duration, parts["trun"][20 + 16 * index] == 2
                at += duration


def test_the_last_picture_lasts_to_where_the_next_response_begins() -> None:
    made = film(2)
    end_ns = ORIGIN_NS + 2 * SECOND_NS + 30_000_000
    _, mp4 = response(made.streams, samples_of(made), end_ns=end_ns)
    assert max(end for _, end, _ in runs(mp4)) == 90 * 2030
    _, mp4 = response(made.streams, samples_of(made), end_ns=end_ns + 60 * SECOND_NS)
    assert max(end for _, end, _ in runs(mp4)) == 90 * 2000, "never stretched over a gap"


def test_what_comes_before_the_first_key_frame_is_left_out() -> None:
    made = film(3, sound="aac")
    _, mp4 = response(made.streams, samples_of(made)[5:])
    shown = read(mp4)
    assert numbers(shown.pictures) == list(range(10, 30))
    assert shown.sound[0] == pytest.approx(1.0, abs=0.07), "sound begins with the picture"


@pytest.mark.parametrize("sound", ["aac", "pcm_alaw"])
@pytest.mark.parametrize(("first", "last"), [(0.0, 1.0), (1.3, 4.0), (0.0, 0.0), (2.0, 2.5), (1.9, 2.1)])
def test_missing_sound_is_silence_so_that_the_picture_does_not_wait(sound: str, first: float, last: float) -> None:
    """Of four seconds, only the sound from ``first`` to ``last`` is there."""
    made = film(4, sound=sound)
    samples = [
        sample
        for sample in samples_of(made)
        if sample.stream == 0 or first <= (sample.pts_ns - ORIGIN_NS) / SECOND_NS < last
    ]
    mime, mp4 = response(made.streams, samples)
    assert "mp4a" in mime
    assert probe(mp4) == ""
    shown = read(mp4)
    assert shown.sound[0] < 0.07
    assert shown.sound[-1] > 3.85
    assert max(b - a for a, b in itertools.pairwise(shown.sound)) < 0.07


def test_sound_that_drifts_is_followed_by_whole_frames() -> None:
    """The sound card runs 5 % fast against the wall clock: frames come closer than they last."""
    made = film(6, sound="aac")
    samples = [
        sample if sample.stream == 0 else sample._replace(pts_ns=ORIGIN_NS + (sample.pts_ns - ORIGIN_NS) * 19 // 20)
        for sample in samples_of(made)
    ]
    _, mp4 = response(made.streams, samples)
    assert probe(mp4) == ""
    shown = read(mp4)
    steps = {round(b - a, 3) for a, b in itertools.pairwise(shown.sound)}
    assert steps == {0.064}, "frames end to end"
    assert shown.sound[-1] == pytest.approx(5.9, abs=0.15)


def test_sound_whose_codec_nobody_can_tell_is_left_out() -> None:
    made = film(2, sound="aac")
    streams = Streams((made.streams.streams[0], made.streams.streams[1]._replace(extradata=b"")))
    mime, mp4 = response(streams, samples_of(made))
    assert "mp4a" not in mime
    assert probe(mp4) == ""


def test_adts_headers_tell_and_are_taken_off() -> None:
    made = film(2, sound="aac")
    streams = Streams((made.streams.streams[0], made.streams.streams[1]._replace(extradata=b"")))

    def adts(data: bytes) -> bytes:
        size = len(data) + 7
        return bytes([0xFF, 0xF1, 0x60, 0x40 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC]) + data

    samples = [s if s.stream == 0 else s._replace(data=adts(s.data)) for s in samples_of(made)]
    mime, mp4 = response(streams, samples)
    assert "mp4a.40.2" in mime
    assert probe(mp4) == ""
    assert read(mp4) == read(response(made.streams, samples_of(made))[1])


def test_a_picture_without_parameter_sets_uses_the_descriptions() -> None:
    made = film(2)
    key = made.packets[0].data
    sets, rest = key[: key.index(b"\0\0\1\x06")], key[key.index(b"\0\0\1\x06") - 1 :]
    bare = [s._replace(data=rest if s.data == key else s.data) for s in samples_of(made)[:10]]
    described = Streams((made.streams.streams[0]._replace(extradata=sets),))
    _, mp4 = response(described, bare)
    assert numbers(read(mp4).pictures) == list(range(10))
    with pytest.raises(Unavailable, match="parameter sets"):
        response(made.streams, bare)


def test_packets_in_mp4_form_are_taken_as_they_are() -> None:
    made = film(1)

    def units(data: bytes) -> list[bytes]:
        return data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]

    sps, pps = units(made.packets[0].data)[:2]
    for length in (2, 4):
        head = bytes([1, *sps[1:4], 0xFC | length - 1, 0xE1]) + len(sps).to_bytes(2, "big") + sps
        avcc = head + b"\1" + len(pps).to_bytes(2, "big") + pps
        streams = Streams((made.streams.streams[0]._replace(extradata=avcc),))
        samples = [
            s._replace(data=b"".join(len(u).to_bytes(length, "big") + u for u in units(s.data) if u[0] & 31 < 7))
            for s in samples_of(made)
        ]
        _, mp4 = response(streams, samples)
        assert probe(mp4) == ""
        assert numbers(read(mp4).pictures) == list(range(10))


def test_two_responses_meet_without_a_seam() -> None:
    """Cut before a key frame, muxed apart, each lands where the other ends."""
    made = film(4, sound="aac")
    samples = samples_of(made)
    border_ns = ORIGIN_NS + 2 * SECOND_NS
    parts: list[Shown] = []
    for start, end in ((0, border_ns), (border_ns, 1 << 62)):
        part = [s for s in samples if start <= s.pts_ns < end]
        _, mp4 = response(made.streams, part, end_ns=min(end, ORIGIN_NS + 4 * SECOND_NS))
        parts.append(read(mp4))
    assert numbers([*parts[0].pictures, *parts[1].pictures]) == list(range(40))
    times = [at for part in parts for at, _ in part.pictures]
    assert times == pytest.approx([index / FPS for index in range(40)])
    assert parts[1].sound[0] - parts[0].sound[-1] == pytest.approx(0.064, abs=0.064)


def test_a_stretch_without_a_key_frame_or_a_picture_is_said_to_be_unshowable() -> None:
    made = film(2, sound="aac")
    with pytest.raises(Unavailable, match="no key frame"):
        response(made.streams, [s for s in samples_of(made) if not (s.stream == 0 and s.is_key)])
    only_sound = Streams((made.streams.streams[1],))
    with pytest.raises(Unavailable, match="no picture"):
        Response(Opening(streams=only_sound, origin_ns=0))


@given(st.data())
def test_damaged_packets_never_give_more_than_a_refusal(data: st.DataObject) -> None:
    """Bits flipped, packets cut, doubled, swapped, times drawn: bytes come out or Unavailable, nothing else."""
    made = film(2, codec=data.draw(st.sampled_from(["h264", "hevc"])), sound="aac")
    rng = random.Random(data.draw(st.integers(0, 1 << 32)))
    samples = []
    for sample in samples_of(made):
        body = bytearray(sample.data)
        for _ in range(rng.choice((0, 0, 1, 40))):
            body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        cut = bytes(body[: rng.choice((len(body), len(body), rng.randrange(len(body) + 1)))])
        moved = sample.pts_ns + rng.choice((0, 0, rng.randint(-5, 5) * SECOND_NS))
        samples += [sample._replace(data=cut, pts_ns=moved)] * rng.choice((0, 1, 1, 1, 2))
    rng.random() < 0.2 and rng.shuffle(samples)
    try:
        _, mp4 = response(made.streams, samples, codecs=("h264", "hevc"))
    except Unavailable:
        return
    assert mp4[4:8] == b"ftyp"
    ends = list(runs(mp4))
    assert all(start < end for start, end, _ in ends)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(ends)), "decode times only rise"


def test_a_stream_of_an_unknown_number_is_passed_over() -> None:
    made = film(1)
    other = Stream(5, "video", "h264", (1, 90_000))
    streams = Streams((*made.streams.streams, other))
    samples = samples_of(made)
    assert response(streams, [*samples, samples[0]._replace(stream=9)]) == response(made.streams, samples)
