"""How many days a disk will hold for the cameras that an office begins with, before there is an office (``T-09``)."""

from __future__ import annotations

import os
from collections.abc import Sequence

from appliance.core.model import Camera
from appliance.core.settings import Settings
from appliance.rules.deadlines import day_of
from appliance.rules.forecast import CameraRate, Forecast, Store, declared_bps, forecast
from appliance.rules.policy import Policy
from appliance.rules.pressure import records_reserve, writing_reserve
from appliance.storage.files import Fs

__all__ = ["first_forecast", "first_rates"]


def first_rates(cameras: Sequence[Camera], settings: Settings) -> list[CameraRate]:
    """What is expected of each: nothing was written yet."""
    mbps = settings.disk.camera_mbps
    return [CameraRate(camera.camera_no, declared_bps(camera, mbps), "expected") for camera in cameras]


def first_forecast(fs: Fs, settings: Settings, cameras: Sequence[Camera], now_ns: int) -> Forecast:
    """Over what is free on the footage's disk now, less both reserves, as the keeper will reckon it. Raises OSError."""
    place = settings.layout.footage
    while not fs.exists(place):
        place = os.path.dirname(place)
    total = fs.total_bytes(place)
    reserve = writing_reserve(total) + records_reserve(total, settings.disk.records_mib << 20)
    store = Store(fs.free_bytes(place), reserve, {})
    return forecast(store, first_rates(cameras, settings), Policy(), day_of(now_ns))
