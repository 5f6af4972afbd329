"""A test card that turns black once a file says so: the camera goes on sending, and what it sends shows nothing.

A plugin that only tests install, as :mod:`tests.peers.swapped_source` is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from appliance.api import Packet, Setting, SourceKind, SystemClock, hookimpl
from appliance.api.registry import BUILT_IN
from appliance.core.model import Camera
from appliance.plugins.sources import testcard as source_testcard
from appliance.plugins.sources.testcard import TestCard
from tests.box import testcard
from tests.peers.offering import offered

__all__ = ["darkened", "offer", "register_sources"]

_BLACK, _GREY = 16, 128


def darkened(camera_no: str, lens: Path) -> Camera:
    """A camera that turns black once the file ``lens``, which is made, is not empty any more."""
    lens.write_text("", encoding="utf-8")
    like = testcard(camera_no)
    settings = {**like.settings, "lens": str(lens)}
    return Camera(camera_no=camera_no, location=like.location, source="darkened", settings=settings, sound=True)


def offer(directory: Path, box_settings: Path) -> str:
    """The PYTHONPATH with which the plugin is installed, beside all that ship; the box's settings name it."""
    return offered("darkened", directory, box_settings, BUILT_IN)["PYTHONPATH"]


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    like = next(iter(source_testcard.register_sources()))
    return [
        SourceKind(
            name="darkened",
            summary="A test card that turns black once a file is not empty.",
            settings=(*like.settings, Setting("lens", "The file.", str, "")),
            open=_Darkened,
            describe=lambda settings: f"test card {settings['label']} that may turn black",
            network=False,
            example=like.example,
            reads_files=("{lens}",),
        )
    ]


class _Darkened(TestCard):
    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings, SystemClock())
        self._lens = Path(str(settings["lens"]))

    def _encode(self, number: int, is_key: bool) -> Packet:
        if self._lens.read_text(encoding="utf-8"):
            self._picture.update = self._darken  # type: ignore[method-assign]
        return super()._encode(number, is_key)

    def _darken(self, wall_ns: int) -> None:
        planes = self._picture.planes
        luma = planes.shape[0] * 2 // 3
        planes[:luma], planes[luma:] = _BLACK, _GREY
