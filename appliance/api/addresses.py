"""From what a person types to a camera: which loaded kind takes an address, and whether it could ever open.

An address is ``SCHEME://...``, the path of a device or a file, or the name of a kind that needs no setting, such as
``testcard``. It may hold a password, so no message repeats it.
"""

from __future__ import annotations

import fnmatch
import os
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from appliance.api import SourceKind
from appliance.api.registry import Plugins, checked_settings
from appliance.core.errors import UsageError

__all__ = ["Found", "camera_at"]


class Found(NamedTuple):
    """The kind of camera that an address means, and the settings that hold the address."""

    kind: str
    settings: dict[str, Any]


def camera_at(plugins: Plugins, address: str) -> Found:
    """The camera that ``address`` means. A kind that needs the network gets it whole, another the absolute path alone.

    Raises UsageError where no kind takes it, listing what would be taken, and where the kind's own check refuses it.
    """
    found = _by_scheme(plugins, address) or _by_path(plugins, address) or _by_name(plugins, address)
    if found is None:
        raise UsageError(
            "camera address: no loaded plugin takes it, and it is not the path of a file that is there; give"
            f" {', '.join(_forms(plugins))}"
        )
    kind = plugins.source(found.kind)
    try:
        kind.check(checked_settings(kind, found.settings))
    except UsageError as error:
        raise UsageError(f"camera address: {error}") from None
    if kind.network and kind.address_setting in found.settings:
        _check_host(address)
    return found


def _by_scheme(plugins: Plugins, address: str) -> Found | None:
    scheme, mark, _ = address.partition("://")
    for kind in plugins.sources.values():
        if mark and scheme.lower() in kind.schemes:
            place = address if kind.network else os.path.abspath(url2pathname(address.partition("://")[2]))
            return Found(kind.name, {kind.address_setting: place})
    return None


def _by_path(plugins: Plugins, address: str) -> Found | None:
    """A path that is absolute, begins with a dot, or is there; anything else could be any mistake."""
    if "://" in address or not (address.startswith(("/", "./", "../")) or (address and os.path.exists(address))):
        return None
    path = os.path.abspath(address)
    fits = [
        (len(glob), kind.name, kind.address_setting)
        for kind in plugins.sources.values()
        for glob in kind.paths
        if fnmatch.fnmatchcase(path, glob)
    ]
    if not fits:
        return None
    _, name, setting = max(fits)
    return Found(name, {setting: path})


def _by_name(plugins: Plugins, address: str) -> Found | None:
    kind = plugins.sources.get(address)
    return Found(kind.name, {}) if kind is not None and _needs_nothing(kind) else None


def _needs_nothing(kind: SourceKind) -> bool:
    return not any(setting.required for setting in kind.settings)


def _forms(plugins: Plugins) -> list[str]:
    kinds = plugins.sources.values()
    schemes = sorted(f"{scheme}://" for kind in kinds for scheme in kind.schemes)
    paths = sorted({glob for kind in kinds for glob in kind.paths}, key=len, reverse=True)
    names = sorted(kind.name for kind in kinds if _needs_nothing(kind))
    return [*schemes, *(f"a path {glob}" for glob in paths), *names] or ["nothing: no plugin is loaded"]


def _check_host(address: str) -> None:
    """Of every kind that needs the network, whether or not it checks for itself."""
    try:
        parts = urlsplit(address)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError("camera address: its host or port is no host or port; write SCHEME://host:port/path")
