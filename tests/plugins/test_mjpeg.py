"""The kind ``mjpeg``: pictures over HTTP, stamped as they arrive."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from appliance.api import CameraLost, UsageError
from appliance.testing import watch
from tests.peers.certificate import self_signed
from tests.peers.fuzz_server import jpeg
from tests.peers.mjpeg_server import mjpeg_server
from tests.plugins.conftest import Open

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
        watch(source, 1, until=5)
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
        with pytest.raises(CameraLost):
            open_source("mjpeg", url=server.url(), ca_file=str(wrong))
