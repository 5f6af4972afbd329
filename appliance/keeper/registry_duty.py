"""The registry's file under ``boot/``: a copy of what the camera book says, kept equal to it and signed.

Nothing that lies there is ever taken into force: whatever else it holds is overwritten, and said.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.bootfiles import REGISTRY_PUBLIC, read_registry, write_registry
from appliance.errors import Damaged, NotFound, NotWritable
from appliance.files import Fs
from appliance.keeper.log import say
from appliance.model import Registry

if TYPE_CHECKING:
    from appliance.keeper.opening import Keeper

__all__ = ["found_registry", "write_changed_registry"]

_ALTERED, _UNWRITTEN = "registry-altered", "registry-unwritten"


def found_registry(fs: Fs, boot: str) -> Registry | None:
    """What lies there, None for what does not open."""
    try:
        return read_registry(fs, boot)
    except (Damaged, NotFound) as error:
        say(f"{error}; it is written anew from the ledger")
        return None


def _put_in_force(keeper: Keeper) -> None:
    """Writes the file anew where it is not what the acts say: after a change that was interrupted, damage, or
    somebody's hand. The last is a finding; an older one of our own is not. Raises NotWritable."""
    fs, boot, registry = keeper.fs, keeper.settings.layout.boot, keeper.registry
    there = found_registry(fs, boot)
    public = fs.read(path) if fs.exists(path := os.path.join(boot, REGISTRY_PUBLIC)) else b""
    key = keeper.stores.office.box_keys.registry_key
    if there == registry and public == key.public_key().public_bytes_raw():
        return
    if there != registry and (there is None or there.version >= registry.version) and public:
        text = "the registry of cameras on the disk was not what the office's acts say; it was written anew"
        keeper.findings.open(_ALTERED, "storage", text)
    write_registry(fs, boot, registry, key)


def write_changed_registry(keeper: Keeper) -> None:
    """At start, each minute, and after an act that changed what is recorded. The act stands whether or not the file can
    be written now; it is tried again, and until then that is a finding."""
    why = ""
    try:
        _put_in_force(keeper)
    except NotWritable as error:
        why = f"another registry of cameras is in force and cannot be written: {error}"
    keeper.findings.set(_UNWRITTEN, "storage", why)
