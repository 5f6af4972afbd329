"""The registry's file under ``boot/``: a copy of what the camera book says, kept equal to it and signed.

Nothing that lies there is ever taken into force: whatever else it holds is overwritten, and said.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import Damaged, NotFound, OtherFormat, RecorderError
from appliance.core.model import Registry
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.ledger.last_head import LastHead
from appliance.storage.boot_files import REGISTRY_PUBLIC, read_registry, registry_digest, write_registry
from appliance.storage.files import Fs

__all__ = ["RegistryFile", "found_registry"]

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


class RegistryFile:
    """``key`` signs it. ``registry``: what is recorded. Remembered is what this keeper last saw of the file, or wrote,
    so that whatever else lies there later is told from it."""

    def __init__(
        self,
        fs: Fs,
        boot: str,
        key: Ed25519PrivateKey,
        last_head: LastHead,
        findings: Findings,
        registry: Callable[[], Registry],
    ) -> None:
        self._fs, self._boot, self._key = fs, boot, key
        self._last_head, self._findings, self._registry = last_head, findings, registry
        self._lock, self._digest = threading.Lock(), ""

    def write_changed(self) -> None:
        """At start, each five seconds, and after an act that changed what is recorded. The act stands whether or not
        the file can be written now; it is tried again, and until then that is a finding."""
        why = ""
        try:
            with self._lock:
                self._put_in_force()
        except (RecorderError, OSError) as error:
            why = f"another registry of cameras is in force and cannot be written: {error}"
        self._findings.set(_UNWRITTEN, "storage", why)

    def _put_in_force(self) -> None:
        """Writes the file anew where it is not what the acts say: after a change that was interrupted, damage, or
        somebody's hand. The last is a finding; at a start, an older one of our own is not. Raises NotWritable,
        NotFound, Damaged, OSError."""
        if self._last_head.wrong:
            return  # what lies there is signed; the ledger may be somebody else's word
        fs, boot, registry = self._fs, self._boot, self._registry()
        there = found_registry(fs, boot)
        unread = there is None and not registry.version
        self._findings.set(_UNREAD, "storage", _UNREAD_TEXT if unread else "")
        if not registry.version:
            return  # no act says what is in force: what the recorder has must not be taken from it
        public = fs.read(path) if fs.exists(path := os.path.join(boot, REGISTRY_PUBLIC)) else b""
        signed = public == self._key.public_key().public_bytes_raw()
        if self._digest:
            altered = (registry_digest(there) if there else "") != self._digest or not signed
        else:
            altered = there is None or bool(public and there != registry and there.version >= registry.version)
        if altered:
            text = "the registry of cameras on the disk was not what the office's acts say; it was written anew"
            self._findings.open(_ALTERED, "storage", text)
        if there != registry or not signed:
            write_registry(fs, boot, registry, self._key)
        self._digest = registry_digest(registry)
