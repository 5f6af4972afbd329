"""The kind ``mjpeg``: pictures over HTTP, stamped as they arrive."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import av
import pytest

from appliance.api import CameraLost, UsageError
from appliance.plugins.sources.jpeg_stream import JpegStream, with_size
from appliance.testing import watch
from tests.patience import PATIENCE_SECONDS
from tests.peers.certificate import self_signed
from tests.peers.fuzz_server import jpeg
from tests.peers.mjpeg_server import Answer, mjpeg_server
from tests.plugins.conftest import Open
from tests.quirks.camera import Camera
from tests.quirks.catalogue import QUIRKS
from tests.quirks.edits import after_media

PICTURES = [jpeg(64, 48)[:-2] + b"\xff\xfe\x00\x03%c\xff\xd9" % number for number in range(7)]


def test_pictures_come_out_as_they_were_sent(open_source: Open) -> None:
    with mjpeg_server(PICTURES, fps=30) as server:
        seen = watch(open_source("mjpeg", url=server.url()), 1)
    assert seen.lost is None
    (video,) = seen.descriptions[0].streams
    assert (video.codec, video.width, video.height) == ("mjpeg", 64, 48)
    got = [packet.data for packet in seen.packets(0)]
    first = PICTURES.index(got[0])
    assert got == [PICTURES[(first + at) % len(PICTURES)] for at in range(len(got))]
    assert len(got) > 15
    assert all(packet.is_key for packet in seen.packets(0))


def test_time_stamps_follow_arrival_whatever_rate_libav_guesses(open_source: Open) -> None:
    with mjpeg_server(PICTURES, fps=8) as server:
        seen = watch(open_source("mjpeg", url=server.url()), 1.6)
    stamps = [packet.pts for packet in seen.packets(0)][3:]
    apart = (stamps[-1] - stamps[0]) / 90_000 / (len(stamps) - 1)
    assert stamps == sorted(stamps)
    assert 0.09 < apart < 0.25


def test_a_new_picture_size_is_a_new_description(open_source: Open) -> None:
    with mjpeg_server([*PICTURES, jpeg(96, 64)], fps=30) as server:
        seen = watch(open_source("mjpeg", url=server.url()), 1)
    sizes = [(description.streams[0].width, description.streams[0].height) for description in seen.descriptions]
    assert sizes[:3] in ([(64, 48), (96, 64), (64, 48)], [(96, 64), (64, 48), (96, 64)])


def test_the_end_and_the_silence_of_the_server_are_losses(open_source: Open) -> None:
    with mjpeg_server(PICTURES) as server:
        source = open_source("mjpeg", url=server.url(), silence_seconds=0.6)
        watch(source, 4, until=80)
        server.silent.set()
        silent = watch(source, 5)
        assert silent.lost
        assert silent.at[-1] < 2.5
        server.silent.clear()
        source = open_source("mjpeg", url=server.url())
        watch(source, 1, until=5)
        server.ended.set()
        assert watch(source, 5).lost


@pytest.mark.parametrize("inside", [False, True])
def test_an_account_opens_and_never_shows(open_source: Open, capfd: pytest.CaptureFixture[str], inside: bool) -> None:
    with mjpeg_server(PICTURES, account="recorder:planted") as server:
        url = server.url("recorder:planted" if inside else "")
        account = {} if inside else {"user": "recorder", "password": "planted"}
        assert watch(open_source("mjpeg", url=url, **account), 1, until=3).lost is None
        with pytest.raises(CameraLost, match="401") as wrong:
            open_source("mjpeg", url=server.url("recorder:planted2"))
    coded = base64.b64encode(b"recorder:planted").decode()
    for text in (str(wrong.value), *capfd.readouterr()):
        assert "planted" not in text
        assert coded not in text


def test_an_address_of_another_kind_or_none_is_refused_without_repeating_it(open_source: Open) -> None:
    for kind, url in [
        ("mjpeg", "rtsp://admin:planted@h/"),
        ("rtsp", "http://admin:planted@h/"),
        ("rtsp", "admin:planted"),
        ("rtsp", "rtsp://h:planted/"),
        ("rtsp", "rtsp://h/with blank planted"),
    ]:
        with pytest.raises(UsageError, match=r"^url: ") as wrong:
            open_source(kind, url=url)
        assert "planted" not in str(wrong.value)
    with pytest.raises(UsageError, match="once"):
        open_source("rtsp", url="rtsp://a:b@127.0.0.1/", user="a", password="b")


def test_a_ca_file_is_what_makes_the_certificate_checked(open_source: Open, tmp_path: Path) -> None:
    context, right = self_signed(tmp_path, "camera")
    _, wrong = self_signed(tmp_path, "stranger")
    with mjpeg_server(PICTURES, tls=context) as server:
        for ca_file in ("", str(right)):
            assert watch(open_source("mjpeg", url=server.url(), ca_file=ca_file), 2, until=4).lost is None
        with pytest.raises(CameraLost) as raised:
            open_source("mjpeg", url=server.url(), ca_file=str(wrong))
        assert raised.value.message is not None
        assert raised.value.message.code == "camera-certificate-authority"


_TYPE, _LENGTH = "Content-Type: image/jpeg\r\n", "Content-Length: {length}\r\n"

ANSWERS = {
    "type image/jpg": Answer(part=f"--frame\r\nContent-Type: image/jpg\r\n{_LENGTH}\r\n"),
    "type with a parameter": Answer(part=f"--frame\r\nContent-Type: image/jpeg; charset=utf-8\r\n{_LENGTH}\r\n"),
    "no type": Answer(part=f"--frame\r\n{_LENGTH}\r\n"),
    "no length": Answer(part=f"--frame\r\n{_TYPE}\r\n"),
    "neither": Answer(part="--frame\r\n\r\n"),
    "a length that is too small": Answer(part=f"--frame\r\n{_TYPE}Content-Length: 40\r\n\r\n"),
    "boundary in quotes": Answer(kind='multipart/x-mixed-replace; boundary="frame"'),
    "boundary with dashes": Answer(kind="multipart/x-mixed-replace; boundary=--frame"),
    "dashes twice": Answer(part=f"----frame\r\n{_TYPE}{_LENGTH}\r\n"),
    "no dashes": Answer(part=f"frame\r\n{_TYPE}{_LENGTH}\r\n"),
    "another boundary": Answer(part=f"--other\r\n{_TYPE}{_LENGTH}\r\n"),
    "multipart/mixed": Answer(kind="multipart/mixed; boundary=frame"),
    "no type of the answer": Answer(kind=""),
    "image/jpeg for the answer": Answer(kind="image/jpeg"),
    "octet-stream": Answer(kind="application/octet-stream"),
    "lines end with LF": Answer(part=f"--frame\r\n{_TYPE}{_LENGTH}\r\n".replace("\r", ""), after="\n"),
    "nothing after a picture": Answer(after=""),
    "a long header": Answer(part=f"--frame\r\nX-Note: {'x' * 300}\r\n{_TYPE}{_LENGTH}\r\n"),
    "pictures alone": Answer(kind="video/x-motion-jpeg", part="", after=""),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_pictures_are_recorded_however_the_camera_heads_them(open_source: Open, answer: Answer) -> None:
    with mjpeg_server(PICTURES, fps=30, answer=answer) as server:
        seen = watch(open_source("mjpeg", url=server.url()), 60, until=12)
    assert seen.lost is None
    got = [packet.data for packet in seen.packets(0)]
    first = PICTURES.index(got[0])
    assert got == [PICTURES[(first + at) % len(PICTURES)] for at in range(len(got))]
    assert len(got) >= 10


PAGE = b"\xef\xbb\xbf\r\n<!DOCTYPE html><html><title>Log in</title><form action=/login></form></html>"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(kind="image/jpeg", whole=PICTURES[0]), "camera-one-picture"),
        (Answer(kind="text/html", whole=PAGE), "camera-web-page"),
        (Answer(kind="text/html", whole=PAGE * 5_000), "camera-web-page"),
        (Answer(kind="text/plain", whole=b"busy"), "camera-nonsense"),
        (Answer(kind="text/plain", whole=b"busy" * 50_000), "camera-nonsense"),
        (Answer(whole=b""), "camera-ended"),
        (Answer(status=400, whole=PAGE), "camera-http-refused"),
        (Answer(status=401, whole=PAGE), "camera-401"),
        (Answer(status=403, whole=PAGE), "camera-403"),
        (Answer(status=404, whole=PAGE), "camera-404"),
        (Answer(status=429, whole=PAGE), "camera-http-fault"),
        (Answer(status=503, whole=PAGE), "camera-http-fault"),
    ],
)
def test_an_answer_that_is_no_stream_is_told_for_what_it_is(open_source: Open, answer: Answer, code: str) -> None:
    with mjpeg_server(PICTURES, answer=answer) as server, pytest.raises(CameraLost) as raised:
        open_source("mjpeg", url=server.url())
    assert raised.value.message is not None
    assert raised.value.message.code == code


def _app(data: bytes) -> bytes:
    return b"\xff\xe1" + (len(data) + 2).to_bytes(2) + data


def _cut(data: bytes, at_once: int) -> list[bytes]:
    stream = JpegStream()
    return [one for at in range(0, len(data), at_once) for one in stream.add(data[at : at + at_once])]


@pytest.mark.parametrize("at_once", [1, 2, 7, 1 << 20])
def test_a_picture_is_cut_by_its_own_markers_however_the_bytes_come(at_once: int) -> None:
    head, rest = PICTURES[0][:2], PICTURES[0][2:]
    small = PICTURES[1]
    pictures = [
        PICTURES[0],
        head + _app(b"Exif" + small) + rest,
        head + b"\xff\xff\xff" + _app(b"fill bytes ahead of a marker") + rest,
        head + rest[:-2] + b"\xff\x00\xff\xd0\xff\xd7" + rest[-2:],
    ]
    parts = b"".join(b"--frame\r\nContent-Length: 40\r\n\r\n" + picture + b"\r\n" for picture in pictures)
    assert _cut(parts, at_once) == pictures
    assert _cut(b"".join(pictures), at_once) == pictures


@pytest.mark.parametrize("at_once", [1, 7, 1 << 20])
@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_a_picture_without_its_end_marker_ends_ahead_of_the_next_part(at_once: int, newline: bytes) -> None:
    cut = PICTURES[0][:-9]
    part = newline.join([b"", b"--frame", b"Content-Type: image/jpeg", b"", b""])
    assert _cut((part + cut) * 3 + part + PICTURES[1], at_once) == [cut, cut, cut, PICTURES[1]]


def test_a_picture_without_an_end_is_held_to_a_limit() -> None:
    stream = JpegStream()
    assert stream.add(PICTURES[0][:-2]) == []
    for _ in range(32):
        assert not stream.is_nonsense
        assert stream.add(bytes(1 << 20)) == []
    assert stream.is_nonsense


@pytest.mark.parametrize("attribute", ["x-dimensions:320,176", "framesize:26 320-176"])
def test_pictures_without_a_size_have_that_of_the_description(open_source: Open, attribute: str) -> None:
    script = replace(QUIRKS["mjpeg-size-in-description"].script, describe=(after_media(f"a={attribute}"),))
    with Camera(script, pictures=12) as camera:
        seen = watch(open_source("rtsp", url=camera.url, **camera.account), PATIENCE_SECONDS)
    (stream,) = seen.descriptions[0].streams
    assert (stream.width, stream.height) == (320, 176)
    decoded = [av.CodecContext.create("mjpeg", "r").decode(av.Packet(packet.data))[0] for packet in seen.packets(0)]
    assert len(decoded) >= 10
    assert {(frame.width, frame.height) for frame in decoded} == {(320, 176)}


def test_a_picture_with_a_size_of_its_own_keeps_it() -> None:
    picture = jpeg()
    assert with_size(picture, 16, 16) == picture
    for cut in range(len(picture)):
        with_size(picture[:cut], 16, 16)
