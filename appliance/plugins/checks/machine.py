"""The self-tests of the machine around the disks: warmth, memory, clocks, what is plugged in, who tries to log in."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.api import Check, CheckSetting, Fault, hookimpl
from appliance.plugins.checks.box_limits import Limit, injected, within

__all__ = ["register_checks"]


@hookimpl
def register_checks() -> Iterable[Check]:
    return [_machine(), _camera_clock()]


def _machine() -> Check:
    return Check(
        name="machine",
        summary="Is the machine cool, with memory to spare, its clock right, and nobody at it who should not be?",
        looks_at="box",
        box="storage",
        run=within(
            (
                Limit("machine-hot", "temperature_c", "°C", "hottest_c"),
                Limit("machine-memory", "memory_free_share", "share", "least_memory", below=True),
                Limit("machine-clock", "clock_error_seconds", "s", "clock_seconds"),
                Limit("machine-usb", "usb_unknown", "1 or 0"),
                Limit("machine-logins", "failed_logins", "log-ins", "failed_logins"),
            )
        ),
        settings=(
            CheckSetting("hottest_c", "The machine may be so warm.", 85, 40, 120),
            CheckSetting("least_memory", "So much of the memory is free.", 0.05, 0, 0.9),
            CheckSetting("clock_seconds", "The clock may be off by so much.", 2, 0.1, 60),
            CheckSetting("failed_logins", "So many log-ins may fail within an hour.", 10, 0, 1000),
        ),
        faults=(
            Fault("machine-hot", "The machine is too warm.", raise_seconds=120, clear_seconds=600),
            Fault("machine-memory", "The machine is short of memory.", raise_seconds=120, clear_seconds=600),
            Fault("machine-clock", "The clock may be off by more than is allowed.", raise_seconds=60, clear_seconds=60),
            Fault("machine-usb", "A USB device is plugged in that the settings do not name."),
            Fault("machine-logins", "Too many log-ins failed within an hour."),
        ),
        injections=(
            injected("machine-hot", "150 °C", "temperature_c", 150),
            injected("machine-memory", "no memory", "memory_free_share", -1),
            injected("machine-clock", "a clock two minutes off", "clock_error_seconds", 120),
            injected("machine-usb", "a device that nobody knows", "usb_unknown", 1),
            injected("machine-logins", "two thousand failures", "failed_logins", 2000),
        ),
        cost_ms=1,
    )


def _camera_clock() -> Check:
    return Check(
        name="cameraclock",
        summary="Is the time that cameras write on their pictures near the recorder's?",
        looks_at="box",
        box="picture",
        run=within((Limit("picture-clock", "camera_off_seconds", "s", "off_seconds"),)),
        settings=(CheckSetting("off_seconds", "A camera's clock may be off by so much.", 2, 0.1, 3600),),
        faults=(Fault("picture-clock", "A camera's own clock is off; so is the time on its picture.", 120, 120),),
        injections=(injected("picture-clock", "a clock two hours off", "camera_off_seconds", 7200),),
        cost_ms=1,
    )
