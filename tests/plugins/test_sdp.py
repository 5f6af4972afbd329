"""Session descriptions as cameras write them, and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.api import Stream
from appliance.core.messages import coded
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
    text = CAMERA.replace("MPEG4-GENERIC/16000/1", "G723/8000")
    (video,), notes, *_ = choose(text, sound=True)
    assert video.stream.codec == "h264"
    assert notes == (coded("camera-note-sound-form", what="G723"),)


@pytest.mark.parametrize(
    ("name", "codec", "bits"),
    [("G726-16", "adpcm_g726le", 2), ("G726-40", "adpcm_g726le", 5), ("AAL2-G726-32", "adpcm_g726", 4)],
)
def test_g726_says_how_many_bits_a_sample_has(name: str, codec: str, bits: int) -> None:
    text = CAMERA.replace("MPEG4-GENERIC/16000/1", f"{name}/8000")
    (_, audio), notes, *_ = choose(text, sound=True)
    assert audio.stream == Stream(1, "audio", codec, (1, 8000), bytes([bits]), sample_rate=8000, channels=1)
    assert notes == ()


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
        "m=video 0 RTP/AVP 96\na=rtpmap:96 JPEG/0\n",
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
        assert all(note.text("en").isprintable() for note in notes)


@pytest.mark.parametrize("text", ["²", "٣", "1²", "①"])
def test_digits_that_are_no_numbers_are_for_libav_or_left_out(text: str) -> None:
    for description in (CAMERA.replace("13", text), CAMERA.replace("90000", text), CAMERA.replace("96", text)):
        try:
            choose(description, sound=True)
        except NotOurs:
            continue


@pytest.mark.parametrize(
    ("parameters", "numbered"),
    [("", False), ("sprop-max-don-diff=0", False), ("sprop-max-don-diff=3", True), ("sprop-depack-buf-nalus=2", True)],
)
def test_h265_with_numbers_of_order_is_known_by_its_parameters(parameters: str, numbered: bool) -> None:
    text = f"m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\na=fmtp:96 {parameters}\n"
    assert choose(text, sound=True).media[0].numbered is numbered


PICTURE = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n"


@pytest.mark.parametrize(
    ("name", "parameters", "config"),
    [
        ("MPEG4-GENERIC/16000", "104 sizelength=13;indexlength=3", "1408"),
        ("MPEG4-GENERIC/48000/2", "104 sizelength=13;indexlength=3;config=", "1190"),
        ("MPEG4-GENERIC/16000", "97 sizelength=13;indexlength=3;config=1408", "1408"),
        ("MP4A-LATM/16000/1", "104 cpresent=0;config=400028103fc0", "1408"),
        ("MP4A-LATM/16000/1", "104 cpresent=0;config=", "1408"),
    ],
)
def test_aac_is_described_whatever_its_camera_leaves_out(name: str, parameters: str, config: str) -> None:
    text = f"{PICTURE}m=audio 0 RTP/AVP 104\na=rtpmap:104 {name}\na=fmtp:{parameters}\n"
    _, sound = choose(text, sound=True).media
    assert (sound.stream.codec, sound.stream.extradata.hex()) == ("aac", config)
    assert sound.latm is name.startswith("MP4A")


@pytest.mark.parametrize(
    ("words", "wanted"), [("97\na=rtpmap:97 L16/16000", (16_000, 1)), ("10", (44_100, 2)), ("11", (44_100, 1))]
)
def test_l16_is_known_by_its_name_and_by_its_types(words: str, wanted: tuple[int, int]) -> None:
    stream = choose(f"{PICTURE}m=audio 0 RTP/AVP {words}\n", sound=True).media[1].stream
    assert (stream.codec, stream.sample_rate, stream.channels) == ("pcm_s16be", *wanted)


@pytest.mark.parametrize("parameters", ["cpresent=1", "", "cpresent=0;config=4000"])
def test_aac_of_another_form_is_left_out_or_taken_for_the_usual_one(parameters: str) -> None:
    text = f"{PICTURE}m=audio 0 RTP/AVP 104\na=rtpmap:104 MP4A-LATM/16001/1\na=fmtp:104 {parameters}\n"
    found = choose(text, sound=True)
    assert len(found.media) == 1
    assert found.notes[0].code == "camera-note-sound-form"
