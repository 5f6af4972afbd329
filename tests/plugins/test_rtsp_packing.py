"""Cameras that pack H.264 and H.265 into RTP in ways of their own: what is handed on decodes, picture by picture."""

from __future__ import annotations

import itertools

import av
import pytest

from appliance.api import Packet, Streams
from appliance.core.messages import coded
from appliance.plugins.sources import second_reader
from appliance.plugins.sources.rtsp import source
from appliance.plugins.sources.rtsp.h264_payload import H264
from appliance.testing import Seen, watch
from tests.peers.clips import clip
from tests.peers.scripted_rtsp import ScriptedRtsp
from tests.plugins.conftest import Open

PICTURES = 40
CODEC = {"h264": "h264", "hevc_aac": "hevc"}


def decoded(seen: Seen) -> int:
    """How many pictures a foreign decoder makes of it, which begins where the recorder begins: at a key frame."""
    decoder: av.CodecContext | None = None
    pictures = 0
    for item in seen.items:
        if isinstance(item, Streams):
            decoder = av.CodecContext.create(item.streams[0].codec, "r")
            decoder.extradata = item.streams[0].extradata
            begun = False
        elif isinstance(item, Packet) and decoder is not None:
            begun = begun or item.is_key
            if begun:
                pictures += len(decoder.decode(av.Packet(item.data)))
    return pictures + (len(decoder.decode(None)) if decoder is not None else 0)


@pytest.mark.parametrize("sdp_sets", [True, False], ids=["sdp", "no-sdp"])
@pytest.mark.parametrize("way", ["right", "one-unit", "one-unit-with-code", "sets-earlier", "sets-with-the-last"])
@pytest.mark.parametrize("name", CODEC)
def test_every_picture_plays_and_each_key_frame_has_its_parameter_sets(
    open_source: Open, name: str, way: str, sdp_sets: bool
) -> None:
    sent = clip(name)
    with ScriptedRtsp(sent, way, sdp_sets=sdp_sets, pictures=PICTURES) as server:
        seen = watch(open_source("rtsp", url=server.url), 60)
    assert "the stream ended" in str(seen.lost)
    packets = seen.packets(0)
    assert [packet.is_key for packet in packets] == [at % sent.recipe.gop == 0 for at in range(PICTURES)]
    assert not any(packet.is_corrupt for packet in packets)
    stamps = [packet.pts for packet in packets]
    assert [b - a for a, b in itertools.pairwise(stamps)] == [90_000 // sent.recipe.fps] * (PICTURES - 1)
    (described,) = seen.descriptions
    stream = described.streams[0]
    assert (stream.codec, stream.width, stream.height) == (CODEC[name], sent.recipe.width, sent.recipe.height)
    for packet in packets:
        assert bool(source.parameter_sets(stream.codec, packet.data)) is packet.is_key
    assert decoded(seen) == PICTURES


@pytest.mark.parametrize("name", CODEC)
def test_parameter_sets_that_only_the_session_description_has_are_enough(open_source: Open, name: str) -> None:
    with ScriptedRtsp(clip(name), "sets-never", sdp_sets=True, pictures=PICTURES) as server:
        seen = watch(open_source("rtsp", url=server.url), 60)
    assert decoded(seen) == PICTURES


@pytest.mark.parametrize("name", CODEC)
def test_a_camera_that_never_sends_parameter_sets_is_lost_and_says_why(
    open_source: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Neither by our own reader nor, after it, by libav."""
    monkeypatch.setattr(source, "_UNPLAYABLE_NS", 100_000_000)
    monkeypatch.setattr(second_reader, "_KEY_NS", 100_000_000)
    with ScriptedRtsp(clip(name), "sets-never", paced=True) as server:
        seen = watch(open_source("rtsp", url=server.url), 60)
    assert "no key frame with parameter sets" in str(seen.lost)


def test_a_camera_that_shows_no_key_frame_to_our_reader_is_read_by_libav_and_that_is_noted(
    open_source: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "_KEYLESS_NS", 100_000_000)
    monkeypatch.setattr(H264, "KEYS", frozenset())
    with ScriptedRtsp(clip("h264"), "right", sdp_sets=True, paced=True) as server:
        opened = open_source("rtsp", url=server.url)
        identity = opened.identity  # type: ignore[attr-defined]
        for item in opened:
            if isinstance(item, Packet) and item.is_key:
                break
        assert opened.notes == (coded("camera-note-no-key", seconds="0.1"),)  # type: ignore[attr-defined]
        assert opened.identity == identity  # type: ignore[attr-defined]
    assert item.data.startswith(b"\x00\x00")
