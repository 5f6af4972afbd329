"""What the recorder finds at this machine: device paths of its source kinds, and nothing on the network or of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.api import Source, SourceKind
from appliance.recorder.process import found_devices
from appliance.rules.cameras.wiring import Found


def _kind(name: str, *paths: str) -> SourceKind:
    def opened(settings: Mapping[str, Any]) -> Source:
        raise AssertionError("nothing is opened to be found")

    return SourceKind(
        name=name, summary="", settings=(), open=opened, describe=lambda settings: name, paths=paths,
        address_setting="device",
    )  # fmt: skip


def test_AT_03_devices_are_found_by_their_paths_alone() -> None:
    kinds = [_kind("here", "/dev/nul?", "/dev/no-such-*"), _kind("film", "/*"), _kind("net")]
    assert found_devices(kinds) == (Found(source="here", setting="device", value="/dev/null"),)
