"""What the keeper tells of policy packs, as pages read it; and the pack of an answer's file."""

from __future__ import annotations

import functools
from datetime import date

import msgspec

from appliance.core.errors import Broken, UsageError
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import read_pack
from appliance.rules.packs.shipped import shipped_pack

__all__ = ["PackFile", "PackRow", "Packs", "ProposalRow"]


class PackRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that counts, counted or will. ``shipped``: it came with the recorder, approved by nobody here."""

    version: str
    effective: date
    begins: date
    document: str = ""
    office_name: str = ""
    shipped: bool = False
    entry: int = -1
    at_ns: int = 0
    by: str = ""
    approved_by: str = ""


class ProposalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that waits. ``person``: the account that proposed it."""

    version: str
    effective: date
    document: str = ""
    sha256: str
    at_ns: int = 0
    person: str = ""
    by: str = ""
    entry: int = -1


class Packs(msgspec.Struct, frozen=True, kw_only=True):
    """In their order. ``own``: the office approved one of its own."""

    today: date
    in_force: str
    own: bool = False
    packs: tuple[PackRow, ...] = ()
    proposals: tuple[ProposalRow, ...] = ()

    @property
    def now(self) -> PackRow:
        return next(each for each in reversed(self.packs) if each.version == self.in_force)

    @property
    def latest(self) -> PackRow:
        """The newest that was approved, in force or not yet: the next one follows it."""
        return self.packs[-1]


class PackFile(msgspec.Struct, frozen=True, kw_only=True):
    """A pack's file as the keeper has it; ``office_name``: of an office that works by the one that ships."""

    name: str
    body: bytes = b""
    shipped: bool = False
    office_name: str = ""

    @property
    def pack(self) -> Pack:
        """Raises Broken: what the keeper gives was read by it."""
        if self.shipped:
            return shipped_pack(self.office_name)
        try:
            return _read(self.body)
        except UsageError as error:
            raise Broken(f"policy pack {self.name}: the keeper gave one that does not read ({error})") from error


_read = functools.lru_cache(maxsize=8)(read_pack)
"""The packs of cases that are printed side by side, each read once."""
