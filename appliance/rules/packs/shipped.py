"""The pack that ships with the recorder: the rules that it was built from. An office puts its own in its place.

A version that shipped is never edited: reworded papers are the next version, and the one before goes on shipping for
the cases that carry it.
"""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import read_pack

__all__ = ["SHIPPED", "SHIPPED_VERSIONS", "shipped_bytes", "shipped_pack"]

SHIPPED_VERSIONS = ("113-09-27", "113-09-27-2")
"""In their order; the last counts for what is received now."""

SHIPPED = f"{SHIPPED_VERSIONS[-1]}.toml"


def shipped_bytes(version: str = SHIPPED_VERSIONS[-1]) -> bytes:
    """Its file, to begin an own one from. ``version``: of :data:`SHIPPED_VERSIONS`."""
    return resources.files("appliance.rules.packs").joinpath(f"{version}.toml").read_bytes()


@functools.cache
def shipped_pack(office_name: str = "", version: str = SHIPPED_VERSIONS[-1]) -> Pack:
    """The pack; for an office of another name that has none of its own yet, with that name on its papers."""
    pack = read_pack(shipped_bytes(version), f"{version}.toml")
    if not office_name:
        return pack
    return msgspec.structs.replace(pack, office=msgspec.structs.replace(pack.office, name=office_name))
