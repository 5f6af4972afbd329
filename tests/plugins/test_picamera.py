"""The kind ``picamera`` as far as a machine without libcamera can show it: what is refused, and in which words."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import pytest

from appliance.api import UsageError
from tests.plugins.conftest import Open


@pytest.mark.parametrize(
    "wrong",
    [{"width": 641}, {"height": 8}, {"fps": 0}, {"gop_seconds": 20.0}, {"bitrate": 1}, {"silence_seconds": 0.0}],
)
def test_what_cannot_be_is_refused(open_source: Open, wrong: Mapping[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"picamera: {next(iter(wrong))} is"):
        open_source("picamera", **wrong)


@pytest.mark.skipif(importlib.util.find_spec("picamera2") is not None, reason="picamera2 is installed here")
def test_a_machine_without_picamera2_is_told_what_to_install(open_source: Open) -> None:
    with pytest.raises(UsageError, match="apt install python3-picamera2"):
        open_source("picamera")
