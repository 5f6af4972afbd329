"""What web asks and reports by itself, with nobody logged in: findings for its notices, notices that do not arrive, and
the loss of its documents."""

from __future__ import annotations

import msgspec

from appliance.protocol.endpoint import Done, Endpoint, Request

__all__ = [
    "DOCUMENTS_LOST",
    "NOTICES_FAILING",
    "NOTICE_FINDINGS",
    "NoticesFailing",
    "StandingFinding",
    "StandingFindings",
]


class StandingFinding(msgspec.Struct, frozen=True):
    """A finding that stands, without its words: they may name a case. ``camera``: its number, "" where it is not one
    camera's."""

    key: str
    box: str
    since_ns: int
    camera: str = ""


class StandingFindings(msgspec.Struct, frozen=True):
    findings: tuple[StandingFinding, ...] = ()


class NoticesFailing(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How many recipients cannot be reached; 0: all can."""

    recipients: int


NOTICE_FINDINGS = Endpoint("notices.findings", Request, StandingFindings, reads=True)
NOTICES_FAILING = Endpoint("notices.failing", NoticesFailing, Done)
DOCUMENTS_LOST = Endpoint("documents.lost", Request, Done)
"""Web began a new file of documents where there had been one."""
