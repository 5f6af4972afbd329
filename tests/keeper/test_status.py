"""What a monitor reads: two looks at a camera that is well agree."""

from __future__ import annotations

import time

from tests.box import Box, until


def test_a_camera_that_is_live_has_no_gap_at_the_end_however_often_one_looks(box: Box) -> None:
    """What was recorded within the last seconds is not durable yet, and that is no gap."""
    box.start("keeper", "recorder")
    box.recording("01", "02")
    until(lambda: all(camera["gaps_24h"] for camera in box.status()["cameras"]), what="both cameras' gap at the start")
    first = {camera["camera_no"]: camera["gaps_24h"] for camera in box.status()["cameras"]}
    for _ in range(30):
        status = box.status()
        for camera in status["cameras"]:
            assert camera["state"] == "live"
            assert len(camera["gaps_24h"]) == len(first[camera["camera_no"]]), camera
            assert all(gap["end_ns"] < status["now_ns"] for gap in camera["gaps_24h"])
        time.sleep(0.05)
