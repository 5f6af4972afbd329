"""The plugin against a small HTTP server: the recorder's contract, and what is particular to this camera."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

import pytest

from appliance.api import CameraLost, UsageError
from appliance.api.registry import checked_settings, load_plugins
from appliance.testing import SourceContract, watch
from appliance.testing.quirks import QuirkContract


def jpeg(width: int, height: int) -> bytes:
    """Enough of a picture to be recorded; nothing here decodes it."""
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return b"\xff\xd8\xff\xc0\x00\x0b\x08" + size + b"\x01\x01\x11\x00" + b"\xff\xda" + bytes(40) + b"\xff\xd9"


class Camera(ThreadingHTTPServer):
    """Serves ``picture``; asks for an account when ``wanted`` is set."""

    picture = jpeg(64, 48)
    wanted = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/snapshot.jpg"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Camera

    def do_GET(self) -> None:
        allowed = not self.server.wanted or self.headers.get("Authorization") == self.server.wanted
        self.send_response(200 if allowed else 401)
        self.end_headers()
        if allowed:
            self.wfile.write(self.server.picture)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def camera() -> Iterator[Camera]:
    server = Camera()
    yield server
    server.stop()


def open_source(**settings: object) -> object:
    kind = load_plugins(["snapshots"]).source("snapshots")
    return kind.open(checked_settings(kind, settings))


class TestContract(SourceContract):
    plugin = "snapshots"
    kind_name = "snapshots"
    seconds = 0.8

    @pytest.fixture(autouse=True)
    def _camera(self, camera: Camera) -> None:
        type(self).camera = camera
        type(self).settings = {"url": camera.url, "every_seconds": 0.2}

    def end_camera(self) -> None:
        self.camera.server_close()


class TestQuirks(QuirkContract):
    plugin = "snapshots"
    kind_name = "snapshots"
    speaks = "jpeg"
    settings = MappingProxyType({"every_seconds": 0.1})


def test_pictures_come_at_their_pace_with_the_time_of_their_arrival(camera: Camera) -> None:
    seen = watch(open_source(url=camera.url, every_seconds=0.2), 1.0)
    stamps = [packet.pts / 90_000 for packet in seen.packets(0)]
    assert 4 <= len(stamps) <= 6
    assert stamps == sorted(stamps)
    assert seen.packets(0)[0].data == camera.picture


def test_another_size_is_another_description(camera: Camera) -> None:
    source = open_source(url=camera.url, every_seconds=0.1)
    items = iter(source)
    assert next(items).streams[0].width == 64
    camera.picture = jpeg(320, 240)
    seen = watch(source, 0.5)
    assert seen.descriptions[-1].streams[0].width == 320


def test_an_account_opens_and_is_never_shown(camera: Camera) -> None:
    camera.wanted = "Basic cmVjb3JkZXI6cGxhbnRlZA=="
    assert watch(open_source(url=camera.url, user="recorder", password="planted"), 1, until=2).packets(0)
    with pytest.raises(CameraLost, match="401") as wrong:
        open_source(url=f"{camera.url}?password=planted", user="recorder", password="planted-too")
    assert "planted" not in str(wrong.value)
    with pytest.raises(UsageError, match="settings for user and password") as misplaced:
        open_source(url=camera.url.replace("//", "//recorder:planted@"))
    assert "planted" not in str(misplaced.value)


def test_what_is_no_picture_is_a_loss(camera: Camera) -> None:
    camera.picture = b"<html>log in first</html>"
    with pytest.raises(CameraLost, match="no JPEG"):
        open_source(url=camera.url)


def test_another_scheme_is_refused() -> None:
    with pytest.raises(UsageError, match="must begin"):
        open_source(url="file:///etc/hostname")
