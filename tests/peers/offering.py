"""Plugins that only tests install: made findable by the processes that a test starts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ROOT", "offered"]

ROOT = Path(__file__).parents[2]


def offered(name: str, directory: Path, box_settings: Path | None, beside: Sequence[str] = ()) -> dict[str, str]:
    """Writes the metadata of plugin ``name``, which is ``tests.peers.NAME_source``, under ``directory``. A box's
    settings file names it and those ``beside`` it from then on. The environment in which it is installed."""
    if box_settings is not None:
        text = box_settings.read_text(encoding="utf-8")
        plugins = ", ".join(f'"{each}"' for each in (*beside, name))
        box_settings.write_text(f"plugins = [{plugins}]\n{text}", encoding="utf-8")
    metadata = directory / f"{name}_camera-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-camera\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(f"[office_recorder]\n{name} = tests.peers.{name}_source\n")
    paths = [str(directory), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}
