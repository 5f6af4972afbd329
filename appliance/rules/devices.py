"""Whether the device that answers is the one that was accepted: what a source tells of it, compared. Pure (``T-66``).

An identity is a few short texts by name, as the source kind tells them. How much each proves is said in the threat
model: none is a secret, and whoever copies them all passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

__all__ = ["HEARD", "NAMES", "another", "cleaned", "program_alone", "wavering"]

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
"""What the shipped kinds of camera tell of a device, by name. Another kind may use names of its own."""

_NOT_ALWAYS_THERE = frozenset({"mac"})
_OF_THE_DEVICE = ("serial", "mac")
"""What belongs to one device and stays with it whatever program it runs."""
_OF_THE_PROGRAM = frozenset({"server"})
"""What an update of the camera's own program may change."""
_MAY_WAVER = frozenset({"realm"})
"""What a device may tell otherwise at each connection: then it names no device."""
HEARD = 3
"""After so many answers in a row that differ from one another in it and in nothing else, it wavers."""
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
    be told again, except a network card, which shows only while the device is on the recorder's own network. A device
    that still has its serial number or its network card may run another program."""
    differs = _differing(pinned, told)
    if set(differs) <= _OF_THE_PROGRAM and any(pinned.get(name) and told.get(name) for name in _OF_THE_DEVICE):
        return ""
    return "; ".join(f"{name} was {pinned[name]!r} and is {told.get(name) or 'not told'!r}" for name in differs)


def program_alone(pinned: Mapping[str, str], told: Mapping[str, str], wavers: AbstractSet[str] = frozenset()) -> bool:
    """Whether what answers differs from what was accepted by its program and nothing else, as after an update; or by
    what wavers."""
    differs = set(_differing(pinned, told))
    return bool(differs) and differs <= _OF_THE_PROGRAM | wavers and all(told.get(name) for name in differs)


def wavering(heard: Sequence[Mapping[str, str]]) -> frozenset[str]:
    """What had another value in each of the last answers while everything else stayed the same; nothing where there was
    nothing else."""
    last = heard[-HEARD:]
    if len(last) < HEARD:
        return frozenset()
    wavers = {name for name in _MAY_WAVER if len({told.get(name, "") for told in last}) == HEARD}
    rest = [{name: said for name, said in told.items() if name not in wavers} for told in last]
    return frozenset(wavers) if rest[0] and all(each == rest[0] for each in rest) else frozenset()


def _differing(pinned: Mapping[str, str], told: Mapping[str, str]) -> list[str]:
    return [
        name
        for name, value in pinned.items()
        if told.get(name, "") != value and (told.get(name) or name not in _NOT_ALWAYS_THERE)
    ]
