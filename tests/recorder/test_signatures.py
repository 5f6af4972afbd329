"""A camera's signatures stay as they were sent, from its packets to what a player gets, and are told of."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import Packet, Stream, Streams, length_size, split_nals
from appliance.core.clock import SystemClock
from appliance.plugins.sources.rtsp.opening import Connecting
from appliance.plugins.sources.rtsp.source import RtspSource
from appliance.recorder.camera import channel
from appliance.recorder.camera.signatures import AXIS, ONVIF, SCHEMES, signature_of
from appliance.sandbox.mux import Response
from appliance.sandbox.protocol import Opening, Sample
from appliance.testing import watch
from tests.peers.clips import Clip, clip
from tests.peers.scripted_rtsp import ScriptedRtsp
from tests.recorder.rig import Rig
from tests.recorder.test_capture import Film

CODE = b"\0\0\0\1"
OTHER = b"test-card-marker"


def sei(codec: str, uuid: bytes, *, size: int = 80, kind: int = 5, ahead: bytes = b"") -> bytes:
    """A unit with one message of user data under ``uuid``, as long signatures come: ``size`` bytes, escaped."""
    body = (uuid + bytes(at * 7 % 251 for at in range(size)))[:size]
    count = b"\xff" * (len(body) // 255) + bytes([len(body) % 255])
    plain, escaped, zeros = ahead + bytes([kind]) + count + body + b"\x80", bytearray(), 0
    for byte in plain:
        if zeros >= 2 and byte <= 3:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = 0 if byte else zeros + 1
    return (b"\x06" if codec == "h264" else b"\x4e\x01") + bytes(escaped)


def picture(codec: str, *units: bytes, length_bytes: int = 0) -> bytes:
    sets = (
        (b"\x67\x42\x00\x1e", b"\x68\xce") if codec == "h264" else (b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc0")
    )
    slice_ = (b"\x65\x88" if codec == "h264" else b"\x26\x01") + bytes(range(1, 200))
    every = (*sets, *units, slice_)
    return b"".join((len(unit).to_bytes(length_bytes, "big") if length_bytes else CODE) + unit for unit in every)


@pytest.mark.parametrize("size", [16, 80, 255, 510, 2000])
@pytest.mark.parametrize("length_bytes", [0, 4])
@pytest.mark.parametrize(("codec", "scheme"), [*itertools.product(("h264", "hevc"), SCHEMES)])
def test_a_signature_is_known_by_its_published_uuid(codec: str, scheme: str, length_bytes: int, size: int) -> None:
    small = b"\x06\x01\x84"  # a recovery point, in the same unit
    for unit in (sei(codec, SCHEMES[scheme], size=size), sei(codec, SCHEMES[scheme], size=size, ahead=small)):
        behind_another = picture(codec, sei(codec, OTHER), unit, length_bytes=length_bytes)
        assert signature_of(codec, behind_another, length_bytes) == scheme


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_is_no_signature_is_not_claimed(codec: str) -> None:
    uuid = SCHEMES[ONVIF]
    assert signature_of(codec, picture(codec, sei(codec, OTHER))) == ""
    assert signature_of(codec, picture(codec, sei(codec, OTHER + uuid))) == "", "the UUID is in another one's data"
    assert signature_of(codec, picture(codec, sei(codec, uuid, kind=4))) == "", "registered user data has no UUID"
    assert signature_of(codec, picture(codec, sei(codec, uuid[:15] + b"\x6e"))) == ""
    assert signature_of(codec, picture(codec) + CODE + sei(codec, uuid)) == "", "behind the first slice"
    assert signature_of(codec, picture(codec) + uuid) == "", "in the picture itself"
    assert signature_of("mjpeg", picture(codec, sei(codec, uuid))) == ""


@given(st.binary(max_size=80), st.sampled_from(("h264", "hevc")), st.sampled_from((0, 1, 4)))
def test_nothing_that_a_stranger_sends_is_an_error(junk: bytes, codec: str, length_bytes: int) -> None:
    for uuid in SCHEMES.values():
        assert signature_of(codec, CODE + b"\x06\x05" + junk + uuid + junk, length_bytes) in ("", *SCHEMES)


def test_a_signature_is_told_once_a_connection_and_stored_as_it_came() -> None:
    film = Film()
    bucket_id = film.give()
    film.describe()
    film.roll(1.0)
    assert film.of(channel.SIGNED) == []
    sent = [picture("h264", sei("h264", SCHEMES[AXIS], size=700 + at)) for at in range(3)]
    for at, data in enumerate(sent):
        film.capture.feed(Packet(0, data, 1000 + at * 100, 1000 + at * 100, 100, at == 0), film.clock.wall)
        film.clock.advance(0.1)
    film.capture.finish("stopped")
    assert film.of(channel.SIGNED) == [AXIS.encode()]
    assert [packet.data for packet in film.packets(bucket_id)][-3:] == sent


def test_the_state_of_a_camera_has_its_signature_until_it_is_lost_and_nonsense_ends_the_process() -> None:
    rig = Rig("01")
    actor = rig.record("01")
    actor.say(channel.SIGNED, ONVIF.encode())
    rig.turn()
    assert rig.state("01").signature == ONVIF
    actor.sock.close()
    rig.turn(5)
    rig.turn(5)
    assert rig.state("01").signature == ""
    again = rig.launches.last("01").listen()
    again.say(channel.SIGNED, b"<b>signed by the mayor</b>")
    rig.turn()
    assert rig.launches.killed == [again.token]


def _signed(name: str, scheme: str) -> Clip:
    """The clip as a camera that signs would send it: ahead of the slices of each second picture a message."""
    wanted = clip(name)
    codec, video = wanted.recipe.video, []
    for number, data in enumerate(wanted.video):
        units = list(split_nals(data))
        first = next(at for at, unit in enumerate(units) if _is_slice(codec, unit))
        if number % 2 == 0:
            units.insert(first, sei(codec, SCHEMES[scheme], size=900 + 31 * number))
        video.append(b"".join(CODE + unit for unit in units))
    return wanted._replace(video=tuple(video))


def _is_slice(codec: str, unit: bytes) -> bool:
    return unit[0] & 31 in range(1, 6) if codec == "h264" else unit[0] >> 1 & 63 < 32


@pytest.mark.parametrize(("name", "scheme"), [("h264", ONVIF), ("h264_large", AXIS), ("hevc_aac", ONVIF)])
def test_signatures_go_unchanged_from_the_camera_to_what_is_played_and_exported(name: str, scheme: str) -> None:
    sent = _signed(name, scheme)
    with ScriptedRtsp(sent, "right", sdp_sets=True, pictures=30) as server:
        source = RtspSource(Connecting(server.url, "camera", (), False, 10.0, 10.0), SystemClock())
        seen = watch(source, 60)
        source.close()
    stream = seen.descriptions[0].streams[0]
    came = seen.packets(0)
    assert [list(split_nals(packet.data)) for packet in came] == [list(split_nals(unit)) for unit in sent.video[:30]]
    length_bytes = length_size(stream.codec, stream.extradata)
    assert {signature_of(stream.codec, packet.data, length_bytes) for packet in came[::2]} == {scheme}
    mp4 = _played(stream, came)
    messages = [unit for data in sent.video[:30] for unit in split_nals(data) if SCHEMES[scheme] in unit]
    assert len(messages) == 15
    for unit in messages:
        assert len(unit).to_bytes(4, "big") + unit in mp4


def _played(stream: Stream, packets: list[Packet]) -> bytes:
    origin = 1_790_568_000_000_000_000
    made = Response(Opening(streams=Streams((stream,)), origin_ns=origin, video_codecs=("h264", "hevc")))
    tick = 1_000_000_000 * stream.time_base[0]
    first = packets[0].pts
    samples = [
        Sample(0, packet.data, at := origin + (packet.pts - first) * tick // stream.time_base[1], at, 0, packet.is_key)
        for packet in packets
    ]
    return made.push(samples).data + made.finish(0).data
