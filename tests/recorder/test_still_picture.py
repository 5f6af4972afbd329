"""Recording is continuous (``T-12``): where nothing moves there is footage that shows so, and never a gap."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from appliance.api import Packet
from appliance.core.model import Camera, Manifest
from appliance.formats.fragments import decode_fragment
from appliance.formats.segment import MEDIA
from tests.recorder.box import Box, RunningRecorder, StandInKeeper

FPS, SECONDS = 10, 12
WATCHED_NS = 7_000_000_000
"""Longer than a camera may be without video before it counts as stalled."""


def _film_of_one_still(path: Path) -> None:
    """One picture for twelve seconds, and after the first one nothing but "as before"."""
    noise = np.random.default_rng(12).integers(0, 255, (180, 320, 3), np.uint8)
    picture = av.VideoFrame.from_ndarray(noise, format="rgb24")
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "qp": "30",
            "x264-params": "keyint=120:scenecut=0:ipratio=1",
        }
        for number in range(FPS * SECONDS):
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            film.mux(stream.encode(picture))
        film.mux(stream.encode(None))


def test_T_12_a_picture_in_which_nothing_moves_is_recorded_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "still.mp4"
    _film_of_one_still(path)
    box = Box(tmp_path / "state", plugins=("source_av",))
    settings = {"path": str(path)}
    box.put_in_force(Camera(camera_no="01", location="test", source="file", settings=settings))
    with StandInKeeper(box.layout.socket("keeper")) as keeper, RunningRecorder(box) as recorder:
        (opening,) = keeper.wait(lambda: keeper.of("recorder.opened"))
        keeper.wait(lambda: keeper.of("recorder.states")[-1][0].last_written_ns - opening.start_ns > WATCHED_NS)
        assert recorder.stop() == 0
        manifests: list[Manifest] = keeper.of("recorder.closed")
        assert {gap.cause for gap in keeper.of("recorder.gap")} <= {"start", "stopped"}
        keys = {
            bucket_id: key
            for allocation in keeper.of("recorder.allocate")
            for bucket_id, key in box.bucket_keys(allocation).items()
        }
    assert [gap for manifest in manifests for gap in manifest.gaps] == []
    assert sum(manifest.end_ns - manifest.start_ns for manifest in manifests) > WATCHED_NS
    for earlier, later in itertools.pairwise(manifests):  # a slot's border may lie in between
        assert later.start_ns - earlier.end_ns < 1_000_000_000
    packets: list[Packet] = []
    for manifest in manifests:
        for segment in manifest.segments:
            opener = box.opener(f"{manifest.bucket_id}.{segment.number:04d}.seg", keys[manifest.bucket_id])
            media = [frame for frame in opener.frames() if frame.type == MEDIA]
            packets += [packet for frame in media for packet in decode_fragment(opener.open(frame)).packets]
    assert len(packets) >= FPS * WATCHED_NS // 1_000_000_000
    ticks = {later.pts - earlier.pts for earlier, later in itertools.pairwise(packets)}
    assert len(ticks) == 1, "no picture is left out"
    assert max(len(packet.data) for packet in packets[1:]) < 200 < len(packets[0].data), "and nothing moved in any"
