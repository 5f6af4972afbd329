"""What a disk says of itself, out of the JSON of ``smartctl --json=c -a`` (smartmontools 7). Pure.

smartctl needs root and the device, and the keeper has neither: a timer of its own writes one file a disk into
``run/smart`` (``deploy/systemd/office-recorder-smart.timer``), and the keeper reads those.
"""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.errors import Damaged

__all__ = ["disk_figures"]

_BAD = (5, 197, 198)
"""Reallocated, pending, and offline uncorrectable sectors; raw values are counts on every maker's disks."""

_LEFT = (231, 233, 202, 177, 173)
"""Attributes of SSDs whose normalised value begins at 100 and falls as life is used."""

_MOST_SECTORS = 1 << 32


def disk_figures(text: bytes) -> dict[str, float]:
    """The measures ``disk_*`` without what they are of; what the device does not tell is absent. Raises Damaged for
    what is no such JSON."""
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise Damaged(f"smartctl: its answer is no JSON ({error})") from error
    if not isinstance(told, dict) or "json_format_version" not in told:
        raise Damaged("smartctl: its answer has no json_format_version; smartmontools 7.0 or later is needed")
    attributes = _attributes(told)
    nvme = told.get("nvme_smart_health_information_log") or {}
    figures: dict[str, float] = {}
    passed = (told.get("smart_status") or {}).get("passed")
    if isinstance(passed, bool):
        failing = not passed or any(each.get("when_failed") == "now" for each in attributes.values())
        spare = nvme.get("available_spare", 100) < nvme.get("available_spare_threshold", 0)
        figures["disk_failed"] = float(failing or spare or bool(nvme.get("critical_warning")))
    if nvme:
        figures["disk_bad_sectors"] = float(nvme.get("media_errors", 0))
        figures["disk_worn_share"] = nvme.get("percentage_used", 0) / 100
    elif attributes:
        counts = [_raw(attributes[number]) for number in _BAD if number in attributes]
        if counts:
            figures["disk_bad_sectors"] = float(sum(counts))
        left = next(
            (attributes[number] for number in _LEFT if number in attributes and _wears(attributes[number])), None
        )
        if left is not None:
            figures["disk_worn_share"] = 1 - left["value"] / 100
    celsius = (told.get("temperature") or {}).get("current")
    if isinstance(celsius, int | float) and celsius > 0:
        figures["disk_temperature_c"] = float(celsius)
    return figures


def _attributes(told: dict[str, Any]) -> dict[int, dict[str, Any]]:
    table = (told.get("ata_smart_attributes") or {}).get("table") or []
    return {int(each["id"]): each for each in table if isinstance(each, dict) and "id" in each}


def _raw(attribute: dict[str, Any]) -> int:
    """The count; some makers keep other things in the upper bytes of the raw value."""
    value = int((attribute.get("raw") or {}).get("value", 0))
    return value % _MOST_SECTORS


def _wears(attribute: dict[str, Any]) -> bool:
    """The same numbers mean other things on other devices: the name says whether it is about wear."""
    name = str(attribute.get("name", "")).lower()
    return 0 < int(attribute.get("value", 0)) <= 100 and any(
        word in name for word in ("wear", "life", "ssd", "percent")
    )
