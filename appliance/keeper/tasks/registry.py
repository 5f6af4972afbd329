"""The registry's file under ``boot/``: a copy of what the camera book says, kept equal to it and signed.

Nothing that lies there is ever taken into force: whatever else it holds is overwritten, and said.
"""

from __future__ import annotations

import os

from appliance.core.errors import Damaged, NotFound, OtherFormat, RecorderError
from appliance.core.model import Registry
from appliance.keeper.context import Keeper
from appliance.keeper.log import say
from appliance.storage.boot_files import REGISTRY_PUBLIC, read_registry, registry_digest, write_registry
from appliance.storage.files import Fs

__all__ = ["found_registry", "write_changed_registry"]

_ALTERED, _UNWRITTEN, _UNREAD = "registry-altered", "registry-unwritten", "registry-unread"
_UNREAD_TEXT = (
    "the registry of cameras on the disk does not read and no act says what is in force; recording goes on as it is "
    "until it is started anew; restore the folder boot from a backup, then start the keeper anew"
)


def found_registry(fs: Fs, boot: str) -> Registry | None:
    """What lies there, None for what does not open; the log says so of another format."""
    try:
        return read_registry(fs, boot)
    except OtherFormat as error:
        say(str(error))
        return None
    except (Damaged, NotFound, OSError):
        return None


def _put_in_force(keeper: Keeper) -> None:
    """Writes the file anew where it is not what the acts say: after a change that was interrupted, damage, or
    somebody's hand. The last is a finding; at a start, an older one of our own is not. Raises NotWritable, NotFound,
    Damaged, OSError."""
    with keeper.written_registry.lock:
        if keeper.stores.last_head.wrong:
            return  # what lies there is signed; the ledger may be somebody else's word
        fs, boot, registry, written = keeper.fs, keeper.settings.layout.boot, keeper.registry, keeper.written_registry
        there = found_registry(fs, boot)
        unread = there is None and not registry.version
        keeper.findings.set(_UNREAD, "storage", _UNREAD_TEXT if unread else "")
        if not registry.version:
            return  # no act says what is in force: what the recorder has must not be taken from it
        public = fs.read(path) if fs.exists(path := os.path.join(boot, REGISTRY_PUBLIC)) else b""
        key = keeper.stores.office.box_keys.registry_key
        signed, lies = public == key.public_key().public_bytes_raw(), registry_digest(there) if there else ""
        if written.digest:
            altered = lies != written.digest or not signed
        else:
            altered = there is None or bool(public and there != registry and there.version >= registry.version)
        if altered:
            text = "the registry of cameras on the disk was not what the office's acts say; it was written anew"
            keeper.findings.open(_ALTERED, "storage", text)
        if there != registry or not signed:
            write_registry(fs, boot, registry, key)
        written.digest = registry_digest(registry)


def write_changed_registry(keeper: Keeper) -> None:
    """At start, each five seconds, and after an act that changed what is recorded. The act stands whether or not the
    file can be written now; it is tried again, and until then that is a finding."""
    why = ""
    try:
        _put_in_force(keeper)
    except (RecorderError, OSError) as error:
        why = f"another registry of cameras is in force and cannot be written: {error}"
    keeper.findings.set(_UNWRITTEN, "storage", why)
