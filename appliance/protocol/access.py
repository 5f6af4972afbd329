"""The access log: what pages ask of the keeper about who looked at what."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import Endpoint, SessionRequest

__all__ = ["ACCESS_LOG", "AccessPage", "AccessQuery", "AccessRow"]


class AccessQuery(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A page of the log, newest first; "" asks for everything. ``person``: an account; ``case``: by key or number;
    ``what``: one of ``rules.access.SORTS``; ``first`` and ``last``: days as 2026-11-26, both included."""

    person: str = ""
    case: str = ""
    what: str = ""
    first: str = msgspec.field(default="", name="from")
    last: str = msgspec.field(default="", name="to")
    page: int = 1
    per_page: int = 50


class AccessRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked at what, when. ``people``: accounts, the one who did it first, and ``names``, theirs; ``number``: of
    the case; ``spans``: camera, start, end; ``seat`` of a log-in; ``purpose``, ``cameras`` and ``thing`` of a
    picture."""

    index: int
    at_ns: int
    what: str
    people: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    case: str = ""
    number: str = ""
    scan: str = ""
    reason: str = ""
    tries: int = 0
    spans: tuple[tuple[str, int, int], ...] = ()
    seat: int = 0
    purpose: str = ""
    cameras: tuple[str, ...] = ()
    thing: str = ""


class AccessPage(msgspec.Struct, frozen=True, kw_only=True):
    """``people``: account and name of everybody in the log."""

    total: int = 0
    page: int = 1
    pages: int = 1
    rows: tuple[AccessRow, ...] = ()
    people: tuple[tuple[str, str], ...] = ()


ACCESS_LOG = Endpoint("access.log", AccessQuery, AccessPage)
