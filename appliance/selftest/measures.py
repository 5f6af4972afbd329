"""What the box tells of itself: the measures that its checks are shown. Pure.

Whoever fills one and whoever judges one names it as here; ``docs/checks.md`` has the same table.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MEASURES", "Measure"]


class Measure(NamedTuple):
    """``per``: what each value is of, which stands behind the dot; "" where there is one value alone."""

    name: str
    unit: str
    per: str
    summary: str


MEASURES = (
    Measure("writable", "1 or 0", "store", "Whether the records, and the footage disk, take writes."),
    Measure("written_age_seconds", "s", "camera", "Since when nothing of a camera that is live was durable."),
    Measure("gap_seconds", "s", "camera", "The longest gap of the last 24 hours that nothing explains."),
    Measure("days_held", "days", "camera", "How far back there is footage of it."),
    Measure("floor_short_days", "days", "camera", "What lacks of the floor, once it was recorded for so long."),
    Measure("scrub_pass_days", "days", "", "How long ago all closed footage had last been read again."),
    Measure(
        "probe_bad", "1 or 0", "day ago", "Whether today's probe, or that of 1, 15 or 31 days ago, does not come back."
    ),
    Measure("probe_age_days", "days", "", "How long ago a probe came back."),
    Measure("free_share", "share", "store", "What is free of its disk."),
    Measure("forecast_days", "days", "", "How many days of footage the disk will hold."),
    Measure("disk_failed", "1 or 0", "disk", "Whether the device itself says that it fails (SMART)."),
    Measure(
        "disk_bad_sectors", "sectors", "disk", "Sectors that were replaced or do not read, or media errors (SMART)."
    ),
    Measure(
        "disk_worn_share", "share", "disk", "How much of its life is used: SMART of an SSD, or an eMMC's register."
    ),
    Measure("disk_temperature_c", "°C", "disk", "How warm the device is (SMART)."),
    Measure("filesystem_errors", "errors", "file system", "Errors that ext4 counted since it was last checked."),
    Measure("temperature_c", "°C", "zone", "How warm the machine is."),
    Measure("memory_free_share", "share", "", "Memory that is to be had."),
    Measure("usb_unknown", "1 or 0", "device", "A USB device that the settings do not name."),
    Measure("clock_error_seconds", "s", "", "By how much the clock may be off, as the kernel's time keeping has it."),
    Measure("camera_off_seconds", "s", "camera", "By how much the camera's own clock is off."),
    Measure("failed_logins", "log-ins", "", "Log-ins that failed within the last hour."),
)
