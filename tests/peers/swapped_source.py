"""A test card whose device can be swapped on the same cable: it tells the serial number that stands in a file.

A plugin that only tests install, as :mod:`tests.peers.hostile_source` is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.api import CameraTime, Packet, Setting, Source, SourceKind, Streams, hookimpl
from appliance.model import Camera
from appliance.plugins import source_testcard
from tests.peers.hostile_source import ROOT

__all__ = ["offer", "register_sources", "swapped_camera"]

_CARD = next(kind for kind in source_testcard.register_sources() if kind.name == "testcard")


def swapped_camera(camera_no: str, path: Path) -> Camera:
    return Camera(camera_no=camera_no, location="換機", source="swapped", settings={"path": str(path)})


def offer(directory: Path, box_settings: Path) -> dict[str, str]:
    """Makes the plugin findable and has the box's settings name it; the environment in which it is installed."""
    text = box_settings.read_text(encoding="utf-8")
    box_settings.write_text(f'plugins = ["source_av", "source_testcard", "swapped"]\n{text}', encoding="utf-8")
    metadata = directory / "swapped_camera-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: swapped-camera\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[office_recorder]\nswapped = tests.peers.swapped_source\n")
    paths = [str(directory), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


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
