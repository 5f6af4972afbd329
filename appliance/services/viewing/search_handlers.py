"""What the keeper answers about searches in a viewing: to whom footage may be shown now, and nobody else."""

from __future__ import annotations

from appliance.core.errors import UsageError
from appliance.core.model import Span
from appliance.protocol.change_search import (
    BEGIN_SEARCH,
    CANCEL_SEARCH,
    SEARCH_STATE,
    BeginSearch,
    ChangeView,
    SearchState,
)
from appliance.protocol.endpoint import Served, serves
from appliance.protocol.viewing import GrantRequest
from appliance.services.viewing.grant import Grant
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.search import MOST_FOUND, ChangeSearches, checked_region

__all__ = ["SearchHandlers"]


class SearchHandlers:
    def __init__(self, grants: Grants, searches: ChangeSearches) -> None:
        self._grants, self._searches = grants, searches

    def served(self) -> tuple[Served, ...]:
        return (
            serves(BEGIN_SEARCH, self._begin),
            serves(SEARCH_STATE, self._state),
            serves(CANCEL_SEARCH, self._cancel),
        )

    def _shows(self, request: GrantRequest) -> Grant:
        """The grant, while somebody is there to whom it may be shown. Raises NotLoggedIn, NotFound, Unavailable."""
        grant = self._grants.get(request.session, request.grant, active=request.active, device=request.device)
        grant.check_present()
        return grant

    def _begin(self, request: BeginSearch) -> SearchState:
        grant = self._shows(request)
        region = checked_region(request.left, request.top, request.right, request.bottom)
        whole = not request.start_ns and not request.end_ns
        if not whole and not 0 <= request.start_ns < request.end_ns:
            raise UsageError.of("search-span")
        self._searches.begin(
            grant, request.camera_no, region, None if whole else Span(request.start_ns, request.end_ns)
        )
        return self._of(grant)

    def _state(self, request: GrantRequest) -> SearchState:
        return self._of(self._shows(request))

    def _cancel(self, request: GrantRequest) -> SearchState:
        grant = self._shows(request)
        self._searches.cancel(grant)
        return self._of(grant)

    def _of(self, grant: Grant) -> SearchState:
        search = self._searches.of(grant)
        if search is None:
            return SearchState()
        state, found, region = search.state, search.changes(), search.region
        return SearchState(
            state=state,
            camera_no=search.camera_no,
            left=region.left,
            top=region.top,
            right=region.right,
            bottom=region.bottom,
            looked=search.looked,
            total=search.total,
            step_ns=search.step_ns,
            masked=search.masked,
            found=tuple(
                ChangeView(start_ns=each.start_ns, end_ns=each.end_ns, stays=each.stays) for each in found[:MOST_FOUND]
            ),
            more=len(found) > MOST_FOUND,
            why=search.why if state == "stopped" else None,
        )
