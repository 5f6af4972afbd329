"""What the recorder finds at this machine: device paths of its source kinds, and nothing on the network or of files."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.api import Source, SourceKind
from appliance.core.model import Camera
from appliance.recorder import process
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


def test_AT_03_a_device_is_found_once_by_the_name_that_stays_or_the_one_it_is_registered_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_DEVICES", str(tmp_path))
    (tmp_path / "by-id").mkdir()
    for number in range(4):
        (tmp_path / f"video{number}").write_bytes(b"")
    (tmp_path / "by-id" / "usb-Maker_Cam_SN1-video-index0").symlink_to("../video0")
    (tmp_path / "by-id" / "usb-Maker_Cam_SN1-video-index1").symlink_to("../video1")
    (tmp_path / "by-id" / "usb-Maker_Cam_SN2-video-index0").symlink_to("../video3")
    kind = _kind("usb", f"{tmp_path}/video*", f"{tmp_path}/by-id/*")
    kind = dataclasses.replace(kind, takes=lambda path: not path.endswith("video1"))
    registered = Camera(camera_no="01", location="x", source="usb", settings={"device": str(tmp_path / "video3")})
    found = [each.value.removeprefix(f"{tmp_path}/") for each in found_devices([kind], [registered])]
    assert found == ["by-id/usb-Maker_Cam_SN1-video-index0", "video2", "video3"]
