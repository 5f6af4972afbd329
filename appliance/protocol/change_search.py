"""The search for changes in the minutes of a viewing: what the player asks of the keeper."""

from __future__ import annotations

import msgspec

from appliance.core.messages import CodedMessage
from appliance.protocol.endpoint import Endpoint
from appliance.protocol.viewing import GrantRequest

__all__ = [
    "BEGIN_SEARCH",
    "CANCEL_SEARCH",
    "SEARCH_STATE",
    "BeginSearch",
    "ChangeView",
    "SearchState",
]


class BeginSearch(GrantRequest, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Searches a rectangle of a camera's pictures, in permille, ``right`` and ``bottom`` not included. ``start_ns`` and
    ``end_ns``: from where to where; 0 and 0 for all of its granted minutes."""

    camera_no: str
    left: int
    top: int
    right: int
    bottom: int
    start_ns: int = 0
    end_ns: int = 0


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """The region was as before up to ``start_ns`` and has been as after since ``end_ns``: two of the pictures that were
    compared. ``stays``: after is unlike before; None while nobody knows."""

    start_ns: int
    end_ns: int
    stays: bool | None = None


class SearchState(msgspec.Struct, frozen=True, kw_only=True):
    """The newest search of a viewing. ``state``: none, running, done, cancelled, or stopped because of ``why``.
    ``looked`` of ``total`` pictures were compared, which lie ``step_ns`` apart: what comes and goes between two of
    them is not found. ``masked``: a mask lies over some of the region, and nothing under it is found. ``found``: in the
    order of time; ``more``: there are more than are told."""

    state: str = "none"
    camera_no: str = ""
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0
    looked: int = 0
    total: int = 0
    step_ns: int = 0
    masked: bool = False
    found: tuple[ChangeView, ...] = ()
    more: bool = False
    why: CodedMessage | None = None


BEGIN_SEARCH = Endpoint("search.begin", BeginSearch, SearchState)
SEARCH_STATE = Endpoint("search.state", GrantRequest, SearchState, reads=True)
CANCEL_SEARCH = Endpoint("search.cancel", GrantRequest, SearchState)
