"""Cases: what pages and papers ask of the keeper about them. What is shown of one lies in ``rules.cases.views``."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.protocol.endpoint import ActRequest, Done, Endpoint, SeatRequest, SessionRequest
from appliance.rules.cases.list_views import CaseListView
from appliance.rules.cases.viewing_record import ViewingRecord
from appliance.rules.cases.views import ActDone, CaseView, PartyView

__all__ = [
    "ACT_ON_CASE",
    "APPLICANT",
    "CASE",
    "CASES",
    "CASE_LEDGER",
    "CASE_VIEWING",
    "KNOWN_APPLICANTS",
    "SHOW_IDENTIFIERS",
    "ApplicantRequest",
    "ApplicantsQuery",
    "CaseAct",
    "CaseEntry",
    "CaseLedgerHead",
    "CaseLedgerRequest",
    "CaseRequest",
    "CaseViewingRequest",
    "CasesQuery",
    "KnownApplicant",
    "KnownApplicants",
    "ShowIdentifiers",
]


class CaseAct(ActRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Any event of the tables. ``case``: by key or number; "" where the event opens one, of a ``kind``. ``facts``: what
    was typed, as ``CaseTyped``; ``ink``: of what was signed on the sheet."""

    event: str
    case: str = ""
    kind: str = ""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    ink: dict[str, Any] | None = None


class CaseRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One case, by key or number. ``use``: page, or register where the rows of many are printed. ``device``: as of a
    viewing's :class:`~appliance.protocol.viewing.GrantRequest`."""

    case: str
    use: str = "page"
    device: str = ""


class ShowIdentifiers(SeatRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """For a ``reason`` that is entered."""

    case: str
    reason: str


class CaseLedgerRequest(SeatRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The ledger entries of a case, for its case file. Who takes the file along is the person in ``seat`` or, with
    ``archive`` (the number of an export to the archive), whoever began that export."""

    case: str
    archive: int = 0


class CaseLedgerHead(msgspec.Struct, frozen=True, kw_only=True):
    """The head over the entries that come behind it, each a block (:class:`CaseEntry`). ``root`` in hexadecimal."""

    size: int = 0
    root: str = ""
    checkpoint: str = ""


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that names a case; ``extract``: the same as a signed note, "" where it is too long for one."""

    index: int
    at_ns: int
    kind: str
    fields: dict[str, Any] = {}
    leaf: str = ""
    extract: str = ""


class CaseViewingRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the ledger has of the viewings of a case, by key or number, for its record (閱覽紀錄)."""

    case: str


class ApplicantsQuery(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """People who applied before, by the whole ID number or the whole name."""

    name: str = ""
    id_no: str = ""


class KnownApplicant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who came before, with masked identifiers, and the newest case; ``times``: how many there are."""

    case: str
    number: str = ""
    received_ns: int = 0
    times: int = 1
    party: PartyView = PartyView(part="applicant")


class KnownApplicants(msgspec.Struct, frozen=True):
    """The newest first."""

    known: tuple[KnownApplicant, ...] = ()


class ApplicantRequest(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The applicant of a case, by its key."""

    case: str


class CasesQuery(SessionRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A page of the cases that fit; without a ``page``, all of them on one. A field that is "" leaves nothing out.
    ``state``: a state,
    ``open`` or ``closed``; ``first`` and ``last``: days as 2026-11-26, both included; ``order``: newest, due or
    number."""

    text: str = ""
    kind: str = ""
    state: str = ""
    camera: str = ""
    person: str = ""
    first: str = msgspec.field(default="", name="from")
    last: str = msgspec.field(default="", name="to")
    order: str = "newest"
    page: int | None = None
    per_page: int = 50


ACT_ON_CASE = Endpoint("case-act", CaseAct, ActDone)
CASE = Endpoint("case", CaseRequest, CaseView, reads=True)
SHOW_IDENTIFIERS = Endpoint("case.show", ShowIdentifiers, Done)
CASE_LEDGER = Endpoint("case.ledger", CaseLedgerRequest, CaseLedgerHead)
CASE_VIEWING = Endpoint("case.viewing", CaseViewingRequest, ViewingRecord, reads=True)
KNOWN_APPLICANTS = Endpoint("applicants", ApplicantsQuery, KnownApplicants, reads=True)
APPLICANT = Endpoint("applicant", ApplicantRequest, PartyView)
CASES = Endpoint("cases", CasesQuery, CaseListView, reads=True)
