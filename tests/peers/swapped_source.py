"""A test card whose device can be swapped on the same cable: it tells the serial number that stands in a file.

A plugin that only tests install, as :mod:`tests.peers.hostile_source` is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.api import CameraTime, Packet, Setting, Source, SourceKind, Streams, hookimpl
from appliance.core.model import Camera
from appliance.plugins.sources import testcard
from tests.peers.offering import offered

__all__ = ["offer", "register_sources", "swapped_camera"]

_CARD = next(kind for kind in testcard.register_sources() if kind.name == "testcard")


def swapped_camera(camera_no: str, path: Path) -> Camera:
    return Camera(camera_no=camera_no, location="換機", source="swapped", settings={"path": str(path)})


def offer(directory: Path, box_settings: Path) -> dict[str, str]:
    """The environment in which the plugin is installed; the box's settings name it."""
    return offered("swapped", directory, box_settings, ("source_av", "source_testcard"))


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    return [
        SourceKind(
            name="swapped",
            summary="For tests: a test card with the serial number that a file has.",
            settings=(Setting("path", "The file.", str, ""),),
            open=Swapped,
            describe=lambda settings: "a test card that may be another",
            network=False,
            reads_files=("{path}",),
        )
    ]


class Swapped:
    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.identity = {"serial": Path(str(settings["path"])).read_text(encoding="utf-8").strip()}
        values = {setting.name: setting.default for setting in _CARD.settings} | {"label": "S"}
        self._card: Source = _CARD.open(values)

    def __iter__(self) -> Iterator[Packet | Streams | CameraTime | None]:
        return iter(self._card)

    def close(self) -> None:
        self._card.close()
