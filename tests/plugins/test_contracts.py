"""The contract suite on every kind of ``source_av``, each against a peer that is really there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from appliance.testing import SourceContract
from appliance.testing.quirks import QuirkContract
from tests.peers.clips import clip
from tests.peers.fuzz_server import jpeg
from tests.peers.mjpeg_server import MjpegServer
from tests.peers.rtsp import RtspServer


@pytest.mark.rtsp
class TestRtsp(SourceContract):
    plugin = "source_av"
    kind_name = "rtsp"
    seconds = 1.0
    server: ClassVar[RtspServer]

    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        with RtspServer({"cam": "h264_aac"}) as server:
            type(self).server = server
            type(self).settings = {"url": server.url("cam"), "silence_seconds": 1.0}
            yield

    def end_camera(self) -> None:
        self.server.kill()


class TestMjpeg(SourceContract):
    plugin = "source_av"
    kind_name = "mjpeg"
    seconds = 1.0
    server: ClassVar[MjpegServer]

    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        server = MjpegServer([jpeg()])
        type(self).server = server
        type(self).settings = {"url": server.url(), "silence_seconds": 1.0}
        yield
        server.close()

    def end_camera(self) -> None:
        self.server.ended.set()


class TestRtspQuirks(QuirkContract):
    plugin = "source_av"
    kind_name = "rtsp"
    speaks = "rtsp"


class TestRtspQuirksByLibav(QuirkContract):
    plugin = "source_av"
    kind_name = "rtsp"
    speaks = "rtsp"
    settings: ClassVar[dict[str, Any]] = {"reader": "libav"}


class TestMjpegQuirks(QuirkContract):
    plugin = "source_av"
    kind_name = "mjpeg"
    speaks = "mjpeg"


@pytest.mark.rtsp
class TestFile(SourceContract):
    plugin = "source_av"
    kind_name = "file"
    seconds = 1.0

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        path = tmp_path / "clip.mkv"
        shutil.copy(clip("h264_aac").file, path)
        type(self).settings = {"path": str(path)}

    def end_camera(self) -> None:
        """It ends by itself."""


class TestV4l2(SourceContract):
    """Only the record where no device is; ``test_usb_camera.py`` has them."""

    plugin = "source_av"
    kind_name = "v4l2"


class TestPicamera(SourceContract):
    """Only the record: no Raspberry Pi is at hand. What is not tried is said in docs/plugins.md."""

    plugin = "source_picamera"
    kind_name = "picamera"
