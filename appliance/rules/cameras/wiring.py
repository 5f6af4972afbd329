"""Whether a way to a camera is one that its source kind takes: names and types of settings, before anybody signs. Pure.

The recorder tells what its kinds declare, for the keeper loads no plugin. What a value means (an address that is none,
a picture of odd width) only the kind can say: a preview or the picture of the acceptance opens the camera by these very
settings, and what it says is the answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from appliance.core.errors import UsageError
from appliance.core.model import Record

__all__ = ["TYPES", "Declared", "Found", "Searched", "check_settings", "check_typed", "host_of", "laid_over"]

TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}
)
_LACKS = {
    "str": "camera-setting-text",
    "int": "camera-setting-whole",
    "float": "camera-setting-number",
    "bool": "camera-setting-bool",
}
"""The message where a value is of another type."""


class Declared(Record, frozen=True, kw_only=True):
    """A setting of a source kind: its name, its type as in :data:`TYPES`, whether it must be given."""

    name: str
    type: str = "str"
    required: bool = False


class Found(Record, frozen=True, kw_only=True):
    """A device that is there for a source kind: the setting that names it, its value, and what it calls itself.
    ``service``: where it can be asked what it is, "" where it cannot. ``card``: the network card that answered."""

    source: str
    setting: str
    value: str
    words: str = ""
    service: str = ""
    card: str = ""


class Searched(Record, frozen=True, kw_only=True):
    """The last search of the network: its ``number``, 0 before the first; ``done_ns`` 0 while it goes on; ``why``:
    what kept it from finding."""

    number: int = 0
    asked_ns: int = 0
    done_ns: int = 0
    found: tuple[Found, ...] = ()
    why: str = ""


def host_of(address: object) -> str:
    """The host of an address, "" for what is none."""
    try:
        return urlsplit(str(address)).hostname or ""
    except ValueError:
        return ""


def laid_over(standing: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they stand with what was typed laid over them. Where that leads to a host that they do not have, the
    account is not kept: a password goes to no camera that it was not typed for."""
    elsewhere = bool(_hosts(typed) - _hosts(standing))
    kept = {name: value for name, value in standing.items() if not (elsewhere and name in _ACCOUNT)}
    return kept | dict(typed)


_ACCOUNT = ("user", "password")


def _hosts(settings: Mapping[str, Any]) -> set[str]:
    """Of the addresses among them."""
    return {host for name, value in settings.items() if name not in _ACCOUNT and (host := host_of(value))}


def check_typed(settings: Mapping[str, Any]) -> None:
    """An address that somebody typed holds no account, which would be repeated wherever the address is. Raises
    UsageError that repeats no value."""
    for name, value in settings.items():
        authority = str(value).partition("://")[2].partition("/")[0]
        if "@" in authority:
            raise UsageError.of("camera-account-in-address", name=name[:40])


def check_settings(source: str, declared: Sequence[Declared], settings: Mapping[str, Any]) -> None:
    """Raises UsageError that names the first setting that does not fit. No value is repeated: a password typed into the
    wrong field would be in it."""
    known = {each.name: each for each in declared}
    for name in settings:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            if close:
                raise UsageError.of("camera-setting-close", source=source, name=name[:40], close=close[0])
            names = ", ".join(known) or "none"
            raise UsageError.of("camera-setting-unknown", source=source, name=name[:40], names=names)
    for name, each in known.items():
        if each.required and settings.get(name) in (None, ""):
            raise UsageError.of("camera-setting-needed", source=source, name=name, written=name)
        if name in settings and each.type in TYPES and type(settings[name]) not in TYPES[each.type]:
            raise UsageError.of(_LACKS[each.type], name=name, source=source)
