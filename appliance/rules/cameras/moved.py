"""Which camera a device on the network is, where its address is another than the registered one. Pure (``T-66``).

A network card, or make and serial number, say so. Neither is a proof: the device is shown to people, who take its
address into a version of their own; of that the page compares the serial number, and another one is another device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from appliance.rules.cameras.wiring import host_of

__all__ = ["Registered", "camera_at", "moved_camera", "same_device"]


class Registered(NamedTuple):
    """A camera in force: where it is reached, what its device told when it was accepted, and what its papers say."""

    camera_no: str
    hosts: frozenset[str] = frozenset()
    identity: Mapping[str, str] = {}
    make: str = ""
    serial: str = ""


def camera_at(host: str, cameras: Iterable[Registered]) -> str:
    """The camera that is registered at this host, "" for none."""
    return next((each.camera_no for each in cameras if host and host in each.hosts), "")


def moved_camera(address: str, card: str, cameras: Iterable[Registered]) -> str:
    """The camera whose network card answers at ``address`` while it is registered elsewhere; "" for none, for an
    address at which one is registered, and where two have that card."""
    known = tuple(cameras)
    if not card or camera_at(host_of(address), known):
        return ""
    found = [each.camera_no for each in known if each.hosts and each.identity.get("mac", "") == card]
    return found[0] if len(found) == 1 else ""


def same_device(make: str, serial: str, cameras: Iterable[Registered]) -> str:
    """The camera of this make and serial number, "" for none and where two have them. A make is written in many ways, a
    serial number in one: the makes must agree in their first word."""
    found = [
        each.camera_no
        for each in cameras
        if serial and each.serial.strip().casefold() == serial.strip().casefold() and _word(each.make) == _word(make)
    ]
    return found[0] if len(found) == 1 else ""


def _word(make: str) -> str:
    return make.casefold().split()[0] if make.split() else ""
