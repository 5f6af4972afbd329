"""The rows of closed cases, kept beside the records, so that after a start the lists need not read every case again.

Sealed as the records are, for the same names stand in it. Nothing hangs on it: a file that is lost, altered or of
another version costs the time that it takes to read the records.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable

from appliance.core.errors import Damaged, NotWritable
from appliance.keeper.log import say
from appliance.services.cases.listing import Listing
from appliance.storage.files import Fs
from appliance.vault.keys.boxkeys import SealedFile

__all__ = ["RowFile"]

_NAME = "case-rows"


class RowFile:
    """Of one list of cases. Thread-safe."""

    def __init__(self, fs: Fs, directory: str, key: bytes, random: Callable[[int], bytes], listing: Listing) -> None:
        self._fs, self._listing = fs, listing
        self._file = SealedFile(fs, os.path.join(directory, _NAME), key, random)
        self._lock = threading.Lock()
        self._written = b""

    def take(self) -> None:
        """Gives the list what was kept."""
        if not self._fs.exists(self._file.path):
            return
        try:
            kept = self._file.read()
            self._listing.take(kept)
            self._written = _digest(kept)
        except Damaged as error:
            say(f"rows of closed cases are read from the records again ({error})")

    def keep(self) -> None:
        """Writes what the list has, where that is another thing. A disk that takes nothing is told elsewhere."""
        with self._lock, contextlib.suppress(NotWritable):
            kept = self._listing.kept()
            if _digest(kept) != self._written:
                self._file.write(kept)
                self._written = _digest(kept)


def _digest(kept: bytes) -> bytes:
    return hashlib.sha256(kept).digest()
