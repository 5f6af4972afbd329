"""Two offices' packs: the one that ships, and one of another office that has nothing in common with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import read_pack
from appliance.rules.packs.shipped import shipped_bytes

__all__ = ["FIRST_OFFICE", "altered", "second_bytes", "second_pack", "successor"]

_SECOND = Path(__file__).parents[1] / "vectors/packs/second.toml"

FIRST_OFFICE = ("萬華", "行政庶務課", "行政課", "臺北市", "113年9月27日", "113-09-27", "113.09.27")
"""What another office's papers and pages never show."""


def second_bytes() -> bytes:
    return _SECOND.read_bytes()


def second_pack() -> Pack:
    return read_pack(second_bytes())


def altered(changes: Mapping[str, str], data: bytes | None = None) -> bytes:
    """A pack's file with pieces of its text written otherwise; each must be there."""
    text = (shipped_bytes() if data is None else data).decode()
    for old, new in changes.items():
        if old not in text:
            raise AssertionError(f"{old!r} is not in the pack")
        text = text.replace(old, new)
    return text.encode()


def successor(version: str, day: str, data: bytes | None = None, **changes: str) -> bytes:
    """The same office's next pack: another version from another day, with other numbers by name."""
    text = altered({}, data).decode()
    found: dict[str, str] = {}
    for name, old in re.findall(r"^(version|effective|on|[a-z_]+_days) = (.+)$", text, re.MULTILINE):
        new = {"version": f'"{version}"', "effective": day, **changes}.get(name)
        if new is not None:
            found[f"\n{name} = {old}\n"] = f"\n{name} = {new}\n"
    return altered(found, data)
