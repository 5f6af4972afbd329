"""Policy packs (規範版本): what pages ask of the keeper about them."""

from __future__ import annotations

from datetime import date

import msgspec

from appliance.protocol.endpoint import ActRequest, Endpoint, PairRequest, SessionRequest
from appliance.rules.packs.reading import MAX_BYTES

__all__ = [
    "APPROVE_PACK",
    "PACKS",
    "PACK_FILE",
    "PROPOSE_PACK",
    "ApprovePack",
    "AskPackFile",
    "PackApproved",
    "PackFile",
    "PackProposed",
    "PackRow",
    "Packs",
    "ProposalRow",
]


class PackRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that is in force, was or will be. ``shipped``: it came with the recorder, approved by nobody here."""

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
    """A pack that waits for its approval. ``person``: the account that proposed it."""

    version: str
    effective: date
    document: str = ""
    sha256: str
    at_ns: int = 0
    person: str = ""
    by: str = ""
    entry: int = -1


class Packs(msgspec.Struct, frozen=True, kw_only=True):
    """In their order. ``own``: the office approved one of its own. ``proposals``: for those who see the office's
    rules."""

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


class AskPackFile(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``name``: a version, a proposal's SHA-256, or empty for the pack in force."""

    name: str = ""


class PackFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the file behind the answer is. ``office_name``: of an office that works by the pack that ships."""

    name: str
    shipped: bool = False
    office_name: str = ""


class PackProposed(msgspec.Struct, frozen=True):
    version: str
    sha256: str


class ApprovePack(PairRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``sha256``: of the proposal."""

    sha256: str


class PackApproved(msgspec.Struct, frozen=True):
    version: str
    begins: date


PACKS = Endpoint("packs", SessionRequest, Packs, reads=True)
PACK_FILE = Endpoint("pack.file", AskPackFile, PackFile, reads=True)
PROPOSE_PACK = Endpoint("pack.propose", ActRequest, PackProposed, most_bytes=2 * MAX_BYTES)
"""With the pack's file. Of one that is a little too large the book says so."""
APPROVE_PACK = Endpoint("pack.approve", ApprovePack, PackApproved)
