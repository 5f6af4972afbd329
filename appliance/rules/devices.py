"""Whether the device that answers is the one that was accepted: what a source tells of it, compared. Pure (``T-66``).

An identity is a few short texts by name, as the source kind tells them. How much each proves is said in the threat
model: none is a secret, and whoever copies them all passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["NAMES", "another", "cleaned"]

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "serial": "the serial number that it tells",
        "mac": "the network card that answers, where it is on the recorder's own network",
        "realm": "the name in its demand for a password, which many makers build from serial number or card",
        "server": "the program and version that it says it runs",
        "card": "the model that it tells",
        "bus": "the socket that it is plugged into",
        "sensor": "the sensor and the connector it sits on",
    }
)
"""What sources that ship tell. Another source may use names of its own."""

_NOT_ALWAYS_THERE = frozenset({"mac"})
_MOST, _LONGEST = 8, 200


def cleaned(told: Mapping[str, object]) -> dict[str, str]:
    """What a device told, as it may be kept and shown: eight short printable texts."""
    found = {}
    for name, value in sorted(told.items())[:_MOST]:
        text = "".join(each for each in str(value) if each.isprintable()).strip()[:_LONGEST]
        if text:
            found[str(name)[:20]] = text
    return found


def another(pinned: Mapping[str, str], told: Mapping[str, str]) -> str:
    """Why what answers is not the device that was accepted, in words; "" where nothing says so. What was accepted must
    be told again, but for a network card, which shows only while the device is on the recorder's own network."""
    for name, value in pinned.items():
        here = told.get(name, "")
        if here != value and (here or name not in _NOT_ALWAYS_THERE):
            return f"{name} was {value!r} and is {here or 'not told'!r}"
    return ""
