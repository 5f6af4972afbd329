"""A policy pack's file as the keeper gives it, and the pack in it."""

from __future__ import annotations

import functools
from typing import NamedTuple

from appliance.core.errors import Broken, UsageError
from appliance.protocol.packs import PackFile
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import read_pack
from appliance.rules.packs.shipped import shipped_pack

__all__ = ["LoadedPack"]


class LoadedPack(NamedTuple):
    """``body``: the file."""

    file: PackFile
    body: bytes

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def pack(self) -> Pack:
        """Raises Broken: what the keeper gives was read by it."""
        if self.file.shipped:
            return shipped_pack(self.file.office_name, self.file.name)
        try:
            return _read(self.body)
        except UsageError as error:
            raise Broken(f"policy pack {self.name}: the keeper gave one that does not read ({error})") from error


_read = functools.lru_cache(maxsize=8)(read_pack)
"""The packs of cases that are printed side by side, each read once."""
