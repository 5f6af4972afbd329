"""The registry in force, as the recorder has it: read at start, and again when the keeper says that another is.

Threads may tell; only the loop reads. The last good registry stays in force whatever lies in the file.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import RecorderError
from appliance.core.model import Registry
from appliance.storage.boot_files import read_registry, registry_digest
from appliance.storage.files import Fs

__all__ = ["InForce"]

_AGAIN_NS = 2_000_000_000
"""So long after a reading that did not bring what the keeper spoke of; the keeper writes it anew meanwhile."""


class InForce:
    """``registry`` is what is recorded now. Raises NotFound or Damaged where there is none to begin with."""

    def __init__(self, fs: Fs, boot: str, clock: Clock, log: Callable[[str], None]) -> None:
        self._fs, self._boot, self._clock, self._log = fs, boot, clock, log
        self.registry: Registry = read_registry(fs, boot)
        self.digest = registry_digest(self.registry)
        self._told, self._again_ns = "", 0

    def tell(self, digest: str) -> None:
        """The keeper's word, from its thread: the digest of the registry in force, "" from one that does not say."""
        self._told = digest

    @property
    def due(self) -> bool:
        """Whether the keeper spoke of another registry than this."""
        return bool(self._told) and self._told != self.digest and self._clock.boot_ns() >= self._again_ns

    def read(self) -> Registry:
        """The registry in force now; the last good one when the file is not in order, or is not the one that the keeper
        spoke of."""
        self._again_ns = self._clock.boot_ns() + _AGAIN_NS
        try:
            registry = read_registry(self._fs, self._boot)
        except (RecorderError, OSError) as error:
            self._log(f"{error}; the last good registry stays in force")
            return self.registry
        digest, told = registry_digest(registry), self._told
        if told not in ("", digest):
            return self.registry
        if registry != self.registry:
            self.registry, self.digest = registry, digest
            self._log(f"registry {registry.version} is in force: {len(registry.cameras)} cameras")
        return self.registry
