"""Recording goes on undisturbed while every check looks at every camera without a pause (``T-79``).

The cameras leave nothing out, however late a busy machine makes them: a packet that is missing from the ring was lost
there.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api.registry import BUILT_IN
from tests.box import Box, make_box, until
from tests.opened import Held, held
from tests.peers.offering import offered
from tests.peers.steady_source import steady

SAMPLE, ALL = (3, 3), (16, 12)
"""Cameras, and how often each is looked at on demand, one look after the other."""


def _looked(box: Box, number: int) -> bool:
    """Whether every camera and the box answered what was asked."""
    told = box.call("looks.list")
    looks = [*(camera["look"] for camera in told["cameras"]), told["box"]]
    return all(look and look.get("asked", 0) >= number for look in looks)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[dict[str, Held]]:
    count, looks = ALL if request.config.getoption("--long") else SAMPLE
    cameras = [steady(f"{number:02d}") for number in range(1, count + 1)]
    directory = tmp_path_factory.mktemp("looked")
    with make_box(directory / "office", cameras) as box, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", offered("steady", directory, Path(box.settings_path), BUILT_IN)["PYTHONPATH"])
        box.start("keeper", "darkroom", "recorder")
        box.recording(*(camera.camera_no for camera in cameras))
        for _ in range(looks):
            number = int(box.call("looks.ask")["number"])
            until(functools.partial(_looked, box, number), seconds=120, what="a look at every camera")
        box.stop()
        yield held(box)


def test_T_79_no_packet_is_missing_of_cameras_that_are_looked_at_all_the_time(looked_at: dict[str, Held]) -> None:
    for camera_no, camera in looked_at.items():
        pictures, sounds = camera.packets(0), camera.packets(1)
        assert len(pictures) > 20, camera_no
        steps = {later.pts - sooner.pts for sooner, later in itertools.pairwise(pictures)}
        assert len(steps) == 1, f"camera {camera_no}: pictures are missing"
        seams = {later.pts - sooner.pts - sooner.duration for sooner, later in itertools.pairwise(sounds)}
        assert seams == {0}, f"camera {camera_no}: sound is missing"


def test_T_79_no_gap_is_noted_and_no_connection_was_made_anew(looked_at: dict[str, Held]) -> None:
    for camera in looked_at.values():
        assert {gap.cause for gap in camera.gaps} <= {"start", "stopped"}
        assert camera.segments == camera.buckets
