"""Session descriptions as cameras write them, and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import Stream
from appliance.plugins.sources.rtsp.sdp import NotOurs, choose

SETS = b"\x00\x00\x00\x01\x67\x42\x00\x00\x00\x01\x68\xce"
CAMERA = """v=0
o=- 1 1 IN IP4 192.0.2.7
s=camera
a=control:*
m=video 0 RTP/AVP 96
b=AS:4000
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1; profile-level-id=420029; sprop-parameter-sets=Z0I=,aM4=
a=control:trackID=1
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/16000/1
a=fmtp:97 streamtype=5;mode=AAC-hbr;config=1408;sizeLength=13;indexLength=3;indexDeltaLength=3
a=control:trackID=2
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
a=control:trackID=3
"""


def test_a_camera_with_picture_sound_and_more() -> None:
    (video, audio), notes, *_ = choose(CAMERA.replace("\n", "\r\n"), sound=True)
    assert video.stream == Stream(0, "video", "h264", (1, 90_000), SETS)
    assert (video.control, video.payload_type) == ("trackID=1", 96)
    assert audio.stream == Stream(1, "audio", "aac", (1, 16_000), b"\x14\x08", sample_rate=16_000, channels=1)
    assert (audio.control, audio.au_header) == ("trackID=2", (13, 3))
    assert notes == ()


def test_sound_that_is_not_wanted_is_not_chosen() -> None:
    (video,), *_ = choose(CAMERA, sound=False)
    assert video.stream.kind == "video"


def test_sound_that_cannot_be_recorded_is_left_out_with_a_note() -> None:
    text = CAMERA.replace("MPEG4-GENERIC/16000/1", "G726-32/8000")
    (video,), notes, *_ = choose(text, sound=True)
    assert video.stream.codec == "h264"
    assert notes == ("audio G726-32",)


def test_g711_needs_no_words() -> None:
    text = "m=audio 0 RTP/AVP 0\na=control:a\nm=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=control:v\n"
    (video, audio), *_ = choose(text, sound=True)
    assert (video.stream.number, video.stream.codec, video.control) == (0, "hevc", "v")
    assert (audio.stream.number, audio.stream.codec, audio.stream.sample_rate) == (1, "pcm_mulaw", 8000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m=audio 0 RTP/AVP 0\n",
        "m=video 0 RTP/AVP 26\n",
        "m=video 0 RTP/AVP 96\na=rtpmap:96 VP8/90000\n",
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/0\n",
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=2\n",
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\na=fmtp:96 sprop-max-don-diff=3\n",
    ],
)
def test_what_is_not_read_here_is_for_libav(text: str) -> None:
    with pytest.raises(NotOurs):
        choose(text, sound=True)


@given(st.text(max_size=300))
def test_no_text_is_more_than_not_ours(text: str) -> None:
    for description in (text, CAMERA + text, CAMERA.replace("Z0I=", text), CAMERA.replace("13", text)):
        try:
            chosen, notes, _ = choose(description, sound=True)
        except NotOurs:
            continue
        assert chosen[0].stream.kind == "video"
        assert all(note.isprintable() for note in notes)


@pytest.mark.parametrize("text", ["²", "٣", "1²", "①"])
def test_digits_that_are_no_numbers_are_for_libav_or_left_out(text: str) -> None:
    for description in (CAMERA.replace("13", text), CAMERA.replace("90000", text), CAMERA.replace("96", text)):
        try:
            choose(description, sound=True)
        except NotOurs:
            continue
