"""A film as a camera's process hands it on while somebody looks live: through the recorder's own capture."""

from __future__ import annotations

import os
from typing import Any

from appliance.core.clock import slot_start_ns
from appliance.core.model import Camera
from appliance.recorder.camera import channel
from appliance.recorder.camera.capture import Capture
from appliance.recorder.camera.channel import BucketKey, Start
from tests.recorder.rig import BOOT, SetClock
from tests.sandbox.films import Film, film

__all__ = ["handed_on"]


def handed_on(start_ns: int, seconds: float = 4, *, sound: bool = False, made: Film | None = None) -> list[bytes]:
    """The bodies of ``recorder.watched``, half a second each, of a film that begins at ``start_ns``. ``sound``: whether
    the camera's sound is approved; it sends some in any case."""
    filmed = made or film(seconds, sound="aac")
    clock, said = SetClock(start_ns), list[bytes]()

    def send(kind: int, *parts: Any) -> None:
        if kind == channel.WATCHED:
            said.append(b"".join(bytes(part) for part in parts))

    camera = Camera(camera_no="01", location="x", source="x", sound=sound)
    start = Start(camera=camera, suite=BOOT.suite, appliance_id=BOOT.appliance_id, watched=True)
    capture = Capture(start, clock, os.urandom, send)
    capture.add_key(BucketKey(os.urandom(16), slot_start_ns(start_ns), 0, 0, bytearray(os.urandom(32))))
    capture.feed(filmed.streams, start_ns)
    for packet in filmed.packets:
        clock.wall = start_ns + int(filmed.seconds(packet) * 1e9)
        capture.feed(packet, clock.wall)
    capture.finish("lost")
    return said
