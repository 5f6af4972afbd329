"""What a device says of itself, on the guided way: how it is shown, and what of it goes into the draft. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from appliance.protocol.cameras import CameraDetails
from appliance.rules.cameras.inquiry import DeviceReport, DeviceStream

__all__ = ["Taken", "compared", "keys_far", "lesser_of", "offset_of", "rate_text", "taken"]

_UNITS = ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))
_SMALL_SECONDS = 2.0
_FAR_SECONDS = 5.0
_NAMES = ("make", "model", "serial", "size", "rate")


class Taken(NamedTuple):
    """``settings`` of the way to the camera, ``device``: fields of the draft's form, by name."""

    settings: dict[str, Any]
    device: dict[str, tuple[str, ...]]


def offset_of(report: DeviceReport) -> tuple[str, str, int]:
    """(how the device's clock is: "ahead", "behind", "right" or "" where it does not say; a unit; how many of it)."""
    offset = report.offset_seconds
    if offset is None:
        return "", "", 0
    if abs(offset) <= _SMALL_SECONDS:
        return "right", "", 0
    length, unit = next(each for each in _UNITS if abs(offset) >= 2 * each[0] or each[0] == 1.0)
    return "ahead" if offset > 0 else "behind", unit, round(abs(offset) / length)


def lesser_of(streams: tuple[DeviceStream, ...]) -> int:
    """Which stream is the lesser one beside the first, by its place; -1 where there is none."""
    usable = [(each.width * each.height, number) for number, each in enumerate(streams) if number and each.url]
    smaller = [each for each in usable if each[0] < streams[0].width * streams[0].height] if streams else []
    return min(smaller)[1] if smaller else -1


def keys_far(stream: DeviceStream) -> int:
    """Seconds from one key picture to the next where they are so far apart that viewing begins late; 0 otherwise, and
    where the device does not say."""
    seconds = stream.gop / stream.rate if stream.rate > 0 else 0
    return round(seconds) if seconds > _FAR_SECONDS else 0


def rate_text(rate: float) -> str:
    """Pictures a second as people write them, "" for none."""
    return f"{rate:g}" if rate > 0 else ""


def compared(details: CameraDetails, report: DeviceReport) -> str:
    """Beside the version that stands, a draft apart: "same" serial number, "other", or "" where one is not known."""
    if details.standing is details.worked_on or not details.standing.device.serial or not report.serial:
        return ""
    return "same" if details.standing.device.serial == report.serial else "other"


def taken(typed: Mapping[str, tuple[str, ...]]) -> Taken:
    """What was chosen of a device's answer; what it did not say is not among it, and stays as it is in the draft."""

    def one(name: str) -> str:
        return next(iter(typed.get(name, ())), "").strip()

    main, lesser = one("stream"), one("lesser")
    settings: dict[str, Any] = {}
    if url := one(f"url-{main}"):
        settings = {"url": url, "lesser_url": one(f"url-{lesser}") if lesser != main else ""}
    found = {name: one(f"{name}-{main}" if name in ("size", "rate") else name) for name in _NAMES}
    return Taken(settings, {name: (said,) for name, said in found.items() if said})
