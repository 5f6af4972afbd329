"""What the keeper answers about daily statements and certificates of destruction, as pages read it."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.rules.statement import Statement
from appliance.web.keeper_client.answers import LedgerHead

__all__ = [
    "Certificate",
    "CertificateCamera",
    "CertificateItem",
    "Closing",
    "Entered",
    "StatementMonth",
    "StatementView",
]


class _StatementEntry(msgspec.Struct, frozen=True, kw_only=True):
    entry: int
    at_ns: int
    fields: Statement


class StatementMonth(msgspec.Struct, frozen=True, kw_only=True):
    """The months that have statements, newest first, and the statements of one of them."""

    months: tuple[str, ...] = ()
    month: str = ""
    statements: tuple[_StatementEntry, ...] = ()


class StatementView(_StatementEntry, frozen=True, kw_only=True):
    """One day's. ``extract`` is the signed note, ``before`` and ``after`` the neighbouring days, "" for none."""

    leaf: str
    extract: str
    before: str = ""
    after: str = ""
    locations: dict[str, str] = {}
    head: LedgerHead = LedgerHead()


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger entry by number, with the hash of its bytes."""

    entry: int
    at_ns: int
    fields: dict[str, Any]
    leaf: str = ""


class CertificateCamera(msgspec.Struct, frozen=True, kw_only=True):
    camera_no: str
    buckets: int
    bytes: int
    first_ns: int
    last_ns: int


class CertificateItem(msgspec.Struct, frozen=True, kw_only=True):
    bucket_id: str
    camera_no: str
    start_ns: int
    end_ns: int
    bytes: int


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the ledger has the hash of the bucket's manifest."""

    entry: int
    at_ns: int
    sha256: str


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A destruction: what was intended, what was done, what it took. ``closed`` only when one bucket was asked for."""

    done: Entered
    intent: Entered
    day: str = ""
    cameras: tuple[CertificateCamera, ...] = ()
    items: tuple[CertificateItem, ...] = ()
    closed: Closing | None = None
    locations: dict[str, str] = {}
    head: LedgerHead = LedgerHead()
