"""The ledger: what pages ask of the keeper about its head and its entries."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.protocol.endpoint import Endpoint, Request, SessionRequest
from appliance.protocol.ledger_head import LedgerHead

__all__ = ["LEDGER_ENTRIES", "LEDGER_HEAD", "AskEntries", "LedgerEntry", "LedgerPage"]


class AskEntries(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``count`` entries from index ``start`` on."""

    start: int
    count: int


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """``number``: of the case that ``fields`` name by its key, "" without one. ``leaf`` in hexadecimal."""

    index: int
    at_ns: int
    kind: str
    fields: dict[str, Any] = {}
    leaf: str = ""
    number: str = ""


class LedgerPage(msgspec.Struct, frozen=True, kw_only=True):
    """``size``: of the whole ledger."""

    size: int
    entries: tuple[LedgerEntry, ...] = ()


LEDGER_HEAD = Endpoint("ledger.head", Request, LedgerHead, reads=True)
LEDGER_ENTRIES = Endpoint("ledger.list", AskEntries, LedgerPage, reads=True)
