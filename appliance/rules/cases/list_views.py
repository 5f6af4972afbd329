"""Cases in a list, as the keeper tells them to a page. Pure."""

from __future__ import annotations

import msgspec

from appliance.rules.cases.views import DueView

__all__ = ["CaseListView", "CaseRow"]


class CaseRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A case in a list, with masked names: ``who`` is the applicant or agency, ``matter`` the code of the reason.
    ``due``: the soonest of its dues. ``locked``: by I10. ``damaged``: no entry of it can be read; there is its key."""

    case: str
    kind: str = ""
    state: str = ""
    number: str = ""
    who: str = ""
    matter: str = ""
    cameras: tuple[str, ...] = ()
    start_ns: int = 0
    end_ns: int = 0
    received_ns: int = 0
    result: str = ""
    pinned: bool = False
    due: DueView | None = None
    rectified: bool = False
    locked: bool = False
    damaged: bool = False


class CaseListView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of a list. ``total``: all that fit the filter; ``states``: how many of those stand where (the filter by
    state apart)."""

    total: int = 0
    page: int = 1
    pages: int = 1
    cases: tuple[CaseRow, ...] = ()
    states: dict[str, int] = msgspec.field(default_factory=dict)
