"""Cameras that pack RTP in ways of their own, recorded by the real processes: what lies in the ring decodes, picture by
picture, and what a viewing gives plays. And one whose key frames never come is told about, in red, within two minutes.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from appliance.api import Packet, Streams
from appliance.core.model import Camera
from tests.box import OFFICER, Box, make_box, until
from tests.caselife import life_of
from tests.opened import Held, held
from tests.peers.clips import clip
from tests.peers.scripted_rtsp import ScriptedRtsp

SECOND = 1_000_000_000
CAMERAS = {
    "01": ("h264", "one-unit"),
    "02": ("hevc_aac", "one-unit-with-code"),
    "03": ("h264", "sets-earlier"),
    "04": ("hevc_aac", "sets-with-the-last"),
}
WANTED = 45
"""Pictures of each camera: three seconds, four key frames at least."""


@contextlib.contextmanager
def _office(directory: Path, cameras: dict[str, tuple[str, str]]) -> Iterator[Box]:
    with contextlib.ExitStack() as servers:
        urls = {
            no: servers.enter_context(ScriptedRtsp(clip(name), way, paced=True)).url
            for no, (name, way) in cameras.items()
        }
        box = servers.enter_context(
            make_box(
                directory,
                [
                    Camera(camera_no=no, location="測試", source="rtsp", settings={"url": url})
                    for no, url in urls.items()
                ],
            )
        )
        box.start("keeper", "darkroom", "recorder")
        yield box


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Held], dict[str, bytes]]]:
    with _office(tmp_path_factory.mktemp("packing") / "office", CAMERAS) as box:
        box.recording(*CAMERAS)
        start_ns = max(box.camera(no)["last_written_ns"] for no in CAMERAS)
        until(
            lambda: all(box.camera(no)["last_written_ns"] > start_ns + 6 * SECOND for no in CAMERAS) or None,
            what="six seconds of each camera",
        )
        viewed = _viewed(box, start_ns, start_ns + 5 * SECOND)
        box.stop()
        yield held(box), viewed


def _viewed(box: Box, start_ns: int, end_ns: int) -> dict[str, bytes]:
    """The first piece that a viewing gives of each camera."""
    session = box.both_logged_in()
    case = life_of(box, session).viewing(CAMERAS, start_ns, end_ns)
    grant = box.call("viewing.open", session=session, case=case, seat=1, password=OFFICER.password)["grant"]
    client, found = box.client(), {}
    for no in CAMERAS:
        asked = {"session": session, "grant": grant, "camera_no": no, "start_ns": start_ns, "seconds": 5}
        _, blocks = client.stream("viewing.media", **asked, video_codecs=["h264", "hevc"])
        found[no] = b"".join(blocks)
    client.close()
    return found


@pytest.mark.parametrize("no", CAMERAS)
def test_every_recorded_picture_decodes(recorded: tuple[dict[str, Held], dict[str, bytes]], no: str) -> None:
    decoder, packets, pictures = None, 0, 0
    for item in recorded[0][no].items:
        if isinstance(item, Streams) and decoder is None:
            decoder = av.CodecContext.create(item.streams[0].codec, "r")
            decoder.extradata = item.streams[0].extradata
        elif isinstance(item, Packet) and decoder is not None and (item.is_key or packets):
            packets += 1
            pictures += len(decoder.decode(av.Packet(item.data)))
    assert decoder is not None
    pictures += len(decoder.decode(None))
    assert packets >= WANTED
    assert pictures == packets


@pytest.mark.parametrize("no", CAMERAS)
def test_what_a_viewing_gives_plays(
    recorded: tuple[dict[str, Held], dict[str, bytes]], no: str, tmp_path: Path
) -> None:
    path = tmp_path / "viewed.mp4"
    path.write_bytes(recorded[1][no])
    show = ["-count_frames", "-show_entries", "stream=nb_read_frames,nb_read_packets", "-count_packets", "-of", "json"]
    done = subprocess.run(["ffprobe", "-v", "error", *show, str(path)], capture_output=True, text=True, check=True)
    (stream,) = json.loads(done.stdout)["streams"]
    assert done.stderr == ""
    assert int(stream["nb_read_frames"]) == int(stream["nb_read_packets"]) >= WANTED


@pytest.mark.long
def test_a_camera_without_key_frames_is_a_finding_of_the_office(tmp_path: Path) -> None:
    """Its pictures come, are stored, and nobody could ever view them. Its session description has parameter sets."""
    sent = clip("h264")
    with ScriptedRtsp(sent, "no-key", sdp_sets=True, paced=True) as server:
        camera = Camera(camera_no="01", location="測試", source="rtsp", settings={"url": server.url})
        with make_box(tmp_path / "office", [camera]) as box:
            box.start("keeper", "darkroom", "recorder")
            box.recording("01")
            until(
                lambda: "camera-unplayable-01" in {found["key"] for found in box.status()["findings"]} or None,
                seconds=180,
                what="the finding",
            )
            assert box.camera("01")["state"] == "lost"
