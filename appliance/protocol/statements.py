"""Daily statements, certificates of destruction and the yearly statistics: what pages ask of the keeper."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.protocol.endpoint import Endpoint, SessionRequest
from appliance.protocol.ledger_head import LedgerHead
from appliance.rules.statement import Statement

__all__ = [
    "CERTIFICATE",
    "STATEMENT",
    "STATEMENTS",
    "STATISTICS",
    "Certificate",
    "CertificateCamera",
    "CertificateItem",
    "CertificateRequest",
    "Closing",
    "Entered",
    "StatementEntry",
    "StatementMonth",
    "StatementRequest",
    "StatementView",
    "StatementsRequest",
    "Statistics",
    "StatisticsPart",
    "StatisticsRequest",
]


class StatementsRequest(SessionRequest, frozen=True, kw_only=True):
    """``month`` as 2026-09; "" for the last that has statements."""

    month: str = ""


class StatementRequest(SessionRequest, frozen=True, kw_only=True):
    """``day`` as 2026-09-28."""

    day: str


class CertificateRequest(SessionRequest, frozen=True, kw_only=True):
    """``done``: the ledger entry of the outcome; ``bucket``: the one that is asked about, "" for all of them."""

    done: int
    bucket: str = ""


class StatisticsRequest(SessionRequest, frozen=True, kw_only=True):
    """``year`` as 2026; "" for the present one."""

    year: str = ""


class StatementEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A day's statement and the ledger entry that holds it."""

    entry: int
    at_ns: int
    fields: Statement


class StatementMonth(msgspec.Struct, frozen=True, kw_only=True):
    """The months that have statements, newest first, and the statements of one of them."""

    months: tuple[str, ...] = ()
    month: str = ""
    statements: tuple[StatementEntry, ...] = ()


class StatementView(StatementEntry, frozen=True, kw_only=True):
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
    """A destruction: what was intended, what was done, what it took. ``closed`` only when one bucket was asked
    for."""

    done: Entered
    intent: Entered
    day: str = ""
    cameras: tuple[CertificateCamera, ...] = ()
    items: tuple[CertificateItem, ...] = ()
    closed: Closing | None = None
    locations: dict[str, str] = {}
    head: LedgerHead = LedgerHead()


class StatisticsPart(msgspec.Struct, frozen=True, kw_only=True):
    """Figures by their code, in order."""

    code: str
    figures: tuple[tuple[str, int], ...]


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """A year's figures; ``years``: those that there are, the last first; ``as_of``: of the present year, today."""

    year: int
    years: tuple[int, ...]
    sections: tuple[StatisticsPart, ...]
    as_of: str = ""


CERTIFICATE = Endpoint("certificate", CertificateRequest, Certificate)
STATEMENT = Endpoint("statement", StatementRequest, StatementView)
STATEMENTS = Endpoint("statements", StatementsRequest, StatementMonth)
STATISTICS = Endpoint("statistics", StatisticsRequest, Statistics, reads=True)
