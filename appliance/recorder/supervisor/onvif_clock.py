"""The clock of an ONVIF device: asked for, and set where a person wants that (``T-17``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from appliance.core.errors import CameraLost
from appliance.recorder.supervisor.onvif_service import (
    EPOCH,
    PORTS,
    Account,
    answered,
    found_at,
    of_account,
    places_of,
    refused,
    service_at,
    text_in,
    timed,
)
from appliance.rules.cameras.inquiry import DeviceClock

__all__ = ["read_clock", "set_clock"]

_SECOND_NS = 1_000_000_000


async def read_clock(
    address: str, account: Account, now_ns: Callable[[], int], service: str = "", *, ports: Iterable[int] = PORTS
) -> DeviceClock:
    """What the device at ``address`` says of its clock, asked with its account. Raises as ``ask_device``."""
    place, ahead = await found_at(address, places_of(address, service, ports), now_ns)
    async with service_at("devicemgmt", place, address, account, ahead) as device:
        answer, ahead = await timed(device, now_ns)
    return _clock(answer, ahead)


async def set_clock(
    address: str, account: Account, now_ns: Callable[[], int], service: str = "", *, ports: Iterable[int] = PORTS
) -> DeviceClock:
    """Sets the device's clock to ours and gives what the device says afterwards. Its time zone and summer time stay as
    they are. A device that takes its time by NTP is left alone, and what it said first is given. Raises CameraLost with
    "clock-refused" where the device will not, "clock-unknown" where it was set and nobody knows with what result, and
    as ``ask_device``."""
    place, ahead = await found_at(address, places_of(address, service, ports), now_ns)
    async with service_at("devicemgmt", place, address, account, ahead) as device:
        answer, ahead = await timed(device, now_ns)
        if _by_ntp(answer):
            return _clock(answer, ahead)
        summer, zone = getattr(answer, "DaylightSavings", None), text_in(getattr(answer, "TimeZone", None), "TZ")
        if not isinstance(summer, bool):  # the message must say yes or no and would change what is unknown
            raise CameraLost.of("device-strange")
        await asyncio.sleep(-now_ns() % _SECOND_NS / _SECOND_NS)  # the message has whole seconds
        wanted = {"DateTimeType": "Manual", "DaylightSavings": summer, "UTCDateTime": _written(now_ns())}
        try:
            await answered(device.SetSystemDateAndTime(wanted | ({"TimeZone": {"TZ": zone}} if zone else {})))
        except CameraLost as error:
            if refused(error):
                raise (error if of_account(error) else CameraLost.of("clock-refused")) from error.__cause__
            raise CameraLost.of("clock-unknown") from error
    try:
        _, ahead = await found_at(address, [place], now_ns)  # its clock was set, and passwords go with its time
        async with service_at("devicemgmt", place, address, account, ahead or timedelta()) as device:
            answer, ahead = await timed(device, now_ns)
    except CameraLost as error:
        raise CameraLost.of("clock-unknown") from error
    return _clock(answer, ahead)


def _written(at_ns: int) -> dict[str, Any]:
    """The nearest whole second as a device is told it."""
    at = EPOCH + timedelta(seconds=round(at_ns / _SECOND_NS))
    return {
        "Date": {"Year": at.year, "Month": at.month, "Day": at.day},
        "Time": {"Hour": at.hour, "Minute": at.minute, "Second": at.second},
    }


def _clock(answer: Any, ahead: timedelta | None) -> DeviceClock:
    return DeviceClock(offset_seconds=ahead.total_seconds() if ahead is not None else None, ntp=_by_ntp(answer))


def _by_ntp(answer: Any) -> bool:
    return text_in(answer, "DateTimeType") == "NTP"
