"""The pack that ships with the recorder: the rules that it was built from. An office puts its own in its place."""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import read_pack

__all__ = ["SHIPPED", "shipped_bytes", "shipped_pack"]

SHIPPED = "113-09-27.toml"


def shipped_bytes() -> bytes:
    """Its file, to begin an own one from."""
    return resources.files("appliance.rules.packs").joinpath(SHIPPED).read_bytes()


@functools.cache
def shipped_pack(office_name: str = "") -> Pack:
    """The pack; for an office of another name that has none of its own yet, with that name on its papers."""
    pack = read_pack(shipped_bytes(), SHIPPED)
    if not office_name:
        return pack
    return msgspec.structs.replace(pack, office=msgspec.structs.replace(pack.office, name=office_name))
