"""RTSPS: what of a camera's certificate is checked, and what is said when that fails, against a real TLS server."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api import CameraLost, Packet, UsageError, split_nals
from appliance.api.registry import checked_settings, load_plugins
from appliance.core.errors import RecorderError
from appliance.plugins.sources.libav import LibavSource
from appliance.testing import watch
from tests.peers.certificate import Authority
from tests.peers.clips import clip
from tests.peers.scripted_rtsp import ScriptedRtsp
from tests.peers.tls_front import TlsFront
from tests.plugins.conftest import Open

pytestmark = pytest.mark.rtsp  # the clips are made by ffmpeg


@pytest.fixture
def office(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextlib.contextmanager
def _camera(context: ssl.SSLContext) -> Iterator[TlsFront]:
    with ScriptedRtsp(clip("h264"), "one-unit", sdp_sets=True, paced=True) as plain:
        port = int(plain.url.split(":")[2].split("/")[0])
        with TlsFront(context, port) as front:
            yield front


def _url(front: TlsFront) -> str:
    return f"rtsps://127.0.0.1:{front.port}/stream"


def _code(raised: pytest.ExceptionInfo[RecorderError]) -> str:
    assert raised.value.message is not None, str(raised.value)
    return raised.value.message.code


@pytest.mark.parametrize("by", ["nothing", "ca_file", "ca", "fingerprint", "all"])
def test_every_picture_comes_through_tls(open_source: Open, office: Authority, by: str) -> None:
    context, fingerprint = office.issue("camera")
    known = {"ca_file": str(office.path), "ca": office.pem, "fingerprint": fingerprint}
    given = known if by == "all" else {by: known[by]} if by in known else {}
    with _camera(context) as front:
        source = open_source("rtsp", url=_url(front), **given)
        assert not isinstance(source, LibavSource)
        seen = watch(source, 60, until=100)
    assert seen.lost is None
    sent = [tuple(split_nals(unit)) for unit in clip("h264").video]
    came = [tuple(split_nals(item.data)) for item in seen.items if isinstance(item, Packet)]
    assert len(came) >= 20
    assert came == [sent[at % len(sent)] for at in range(len(came))]


@pytest.mark.parametrize("written", ["{}", "SHA256 Fingerprint={}", " {} "])
def test_a_fingerprint_is_taken_as_tools_write_it(open_source: Open, office: Authority, written: str) -> None:
    context, fingerprint = office.issue("camera")
    pairs = ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    with _camera(context) as front:
        assert watch(open_source("rtsp", url=_url(front), fingerprint=written.format(pairs)), 20, until=4).lost is None


def test_pem_that_went_through_a_field_of_one_line_is_read(open_source: Open, office: Authority) -> None:
    context, _ = office.issue("camera")
    with _camera(context) as front:
        source = open_source("rtsp", url=_url(front), ca=" ".join(office.pem.split("\n")))
        assert watch(source, 20, until=4).lost is None


@pytest.mark.parametrize("reader", ["own", "libav"])
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("other-authority", "camera-certificate-authority"),
        ("expired", "camera-certificate-date"),
        ("not-yet", "camera-certificate-date"),
        ("other-address", "camera-certificate-name"),
        ("other-name", "camera-certificate-name"),
    ],
)
def test_a_certificate_that_the_authority_does_not_answer_for_is_refused(
    open_source: Open, office: Authority, tmp_path: Path, wrong: str, code: str, reader: str
) -> None:
    (tmp_path / "other").mkdir()
    context, _ = {
        "other-authority": lambda: Authority(tmp_path / "other", "stranger").issue("camera"),
        "expired": lambda: office.issue("camera", days=(-9, -2)),
        "not-yet": lambda: office.issue("camera", days=(2, 9)),
        "other-address": lambda: office.issue("camera", host="192.0.2.7"),
        "other-name": lambda: office.issue("camera", host="camera.example"),
    }[wrong]()
    with _camera(context) as front, pytest.raises(CameraLost) as raised:
        open_source("rtsp", url=_url(front), ca_file=str(office.path), reader=reader)
    assert _code(raised) == code


def test_a_changed_certificate_is_refused_and_both_fingerprints_are_said(open_source: Open, office: Authority) -> None:
    context, first = office.issue("camera")
    other, second = office.issue("camera-anew")
    with _camera(context) as front:
        assert watch(open_source("rtsp", url=_url(front), fingerprint=first), 20, until=4).lost is None
        front.context = other
        with pytest.raises(CameraLost) as raised:
            open_source("rtsp", url=_url(front), fingerprint=first)
    assert _code(raised) == "camera-certificate-changed"
    said = str(raised.value).replace(":", "").lower()
    assert first in said
    assert second in said


def test_what_is_pinned_may_have_expired_and_have_a_short_key(open_source: Open, office: Authority) -> None:
    context, fingerprint = office.issue("camera", days=(-9, -2), rsa_bits=1024)
    with _camera(context) as front:
        assert watch(open_source("rtsp", url=_url(front), fingerprint=fingerprint), 20, until=4).lost is None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
def test_old_tls_is_refused_where_something_is_to_be_checked(open_source: Open, office: Authority) -> None:
    context, fingerprint = office.issue("camera")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    with _camera(context) as front:
        for given in ({"fingerprint": fingerprint}, {"ca_file": str(office.path)}):
            with pytest.raises(CameraLost) as raised:
                open_source("rtsp", url=_url(front), **given)
            assert _code(raised) == "camera-tls-old"
        assert watch(open_source("rtsp", url=_url(front)), 20, until=4).lost is None


@pytest.mark.parametrize("answer", [b"RTSP/1.0 400 Bad Request\r\nCSeq: 0\r\n\r\n", b"HTTP/1.0 400 Bad\r\n\r\n", b""])
def test_a_port_without_tls_is_said(open_source: Open, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def reply() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(CameraLost) as raised:
            open_source("rtsp", url=f"rtsps://127.0.0.1:{listening.getsockname()[1]}/stream")
        thread.join()
    assert _code(raised) == "camera-tls-none"


def test_a_camera_that_never_answers_the_handshake_is_silent(open_source: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(CameraLost) as raised:
        open_source("rtsp", url=f"rtsps://127.0.0.1:{listening.getsockname()[1]}/stream", open_seconds=0.5)
    assert _code(raised) == "camera-silent"


def test_plain_rtsp_to_a_port_with_tls_is_a_loss(open_source: Open, office: Authority) -> None:
    context, _ = office.issue("camera")
    with _camera(context) as front, pytest.raises(CameraLost):
        open_source("rtsp", url=_url(front).replace("rtsps", "rtsp"))


def test_the_end_of_the_camera_is_a_loss(open_source: Open, office: Authority) -> None:
    context, _ = office.issue("camera")
    with _camera(context) as front:
        source = open_source("rtsp", url=_url(front))
        assert watch(source, 20, until=4).lost is None
    seen = watch(source, 60)
    assert seen.lost is not None


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"fingerprint": "ab" * 31}, "camera-fingerprint-form"),
        ({"fingerprint": "xy" * 32}, "camera-fingerprint-form"),
        ({"ca": "no certificate"}, "camera-ca-form"),
        ({"fingerprint": "ab" * 32, "reader": "libav"}, "camera-certificate-libav"),
        ({"ca": "PEM", "reader": "libav"}, "camera-certificate-libav"),
        ({"transport": "udp"}, "camera-encrypted-udp"),
        ({"fingerprint": "ab" * 32, "url": "rtsp://192.0.2.7/1"}, "camera-certificate-plain"),
    ],
)
def test_what_can_never_be_checked_is_refused_when_it_is_typed(
    office: Authority, settings: dict[str, str], code: str
) -> None:
    given = {"url": "rtsps://192.0.2.7/1"} | settings
    if given.get("ca") == "PEM":
        given["ca"] = office.pem
    kind = load_plugins(["source_av"]).source("rtsp")
    assert kind.check is not None
    with pytest.raises(UsageError) as raised:
        kind.check(checked_settings(kind, given))
    assert _code(raised) == code


def test_an_authority_that_cannot_be_read_is_said(open_source: Open, office: Authority, tmp_path: Path) -> None:
    context, _ = office.issue("camera")
    (tmp_path / "broken.pem").write_text("nothing")
    with _camera(context) as front, pytest.raises(CameraLost) as raised:
        open_source("rtsp", url=_url(front), ca_file=str(tmp_path / "broken.pem"))
    assert _code(raised) == "camera-ca-unreadable"


@pytest.mark.parametrize(
    ("status", "given", "code"),
    [
        (302, "fingerprint", "camera-certificate-fallback"),
        (302, "ca", "camera-certificate-fallback"),
        (461, "ca_file", "camera-encrypted-no-tcp"),
    ],
)
def test_libav_is_not_asked_to_do_with_less(
    open_source: Open, office: Authority, status: int, given: str, code: str
) -> None:
    """The own reader leaves some answers to libav, which knows neither setting, and which would leave the encrypted
    connection for UDP."""
    context, fingerprint = office.issue("camera")
    settings = {given: {"fingerprint": fingerprint, "ca": office.pem, "ca_file": str(office.path)}[given]}
    with socket.create_server(("127.0.0.1", 0)) as listening, TlsFront(context, listening.getsockname()[1]) as front:

        def refuse() -> None:
            connection, _ = listening.accept()
            with connection:
                for number in (1, 2):
                    connection.recv(4096)
                    connection.sendall(b"RTSP/1.0 %d No\r\nCSeq: %d\r\n\r\n" % (status, number))

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(CameraLost) as raised:
            open_source("rtsp", url=_url(front), **settings)
        thread.join()
    assert _code(raised) == code
