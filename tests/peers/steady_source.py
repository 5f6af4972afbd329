"""A test card that leaves nothing out: a busy machine makes it late, never incomplete, so that every packet that is
missing from the ring was lost there. Only tests install it; :func:`offer` makes it findable by processes they start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.api import Pace, Packet, SourceKind, Streams, SystemClock, hookimpl
from appliance.core.model import Camera
from appliance.plugins.sources import testcard as source_testcard
from appliance.plugins.sources.testcard import TestCard
from tests.box import testcard
from tests.peers.offering import offered

__all__ = ["offer", "register_sources", "steady"]


def steady(camera_no: str) -> Camera:
    """Ten pictures a second, two key frames; sound in packets of 40 ms whose stamps follow each other exactly."""
    like = testcard(camera_no, audio="pcm_alaw", gop_seconds=0.5)
    return Camera(camera_no=camera_no, location=like.location, source="steady", settings=like.settings, sound=True)


def offer(directory: Path, box_settings: Path) -> str:
    """The PYTHONPATH with which the plugin is installed; the box's settings name it."""
    return offered("steady", directory, box_settings, ("source_testcard",))["PYTHONPATH"]


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    like = next(iter(source_testcard.register_sources()))
    return [
        SourceKind(
            name="steady",
            summary="A test card that leaves nothing out.",
            settings=like.settings,
            open=lambda settings: _Steady(settings, SystemClock()),
            describe=lambda settings: f"steady test card {settings['label']}",
            network=False,
            example=like.example,
        )
    ]


class _Steady(TestCard):
    def __iter__(self) -> Iterator[Packet | Streams | None]:
        fps = self._settings["fps"]
        gop = round(self._settings["gop_seconds"] * fps)
        pace = Pace(self._clock)
        number = 0
        while not self._closed:
            if not pace.reach(number / fps):
                yield None
                continue
            packet = self._encode(number, number % gop == 0)
            if not number:
                yield self._describe(packet)
            yield packet
            if self._audio:
                yield from self._audio.until((number + 1) / fps)
            number += 1
