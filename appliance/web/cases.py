"""A case of the former kind: its record, the second person's decision, and opening the viewing."""

from __future__ import annotations

from aiohttp import web

from appliance.errors import NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.rules.people import DECIDERS
from appliance.rules.wording import holds_controls
from appliance.web.answers import Case, Seat
from appliance.web.keeper_link import Decision
from appliance.web.posted import act_of, seat_of
from appliance.web.scans import part_of
from appliance.web.seats import officer_here
from appliance.web.visit import SITE, page, redirect, visit_of

__all__ = ["close", "decide", "refused", "show"]

_RESULTS = ("granted", "refused")
_MAX_REASON = 4_000


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def decide(request: web.Request) -> web.Response:
    """The second person's decision, with the password typed for it (re-authentication within the act)."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await request.post()
    result, reason = str(posted.get("result", "")), str(posted.get("reason", ""))[:_MAX_REASON].strip()
    if result not in _RESULTS:
        return await _page(request, problem="case.result-missing", at="decide", reason=reason)
    if result == "refused" and not reason:
        return await _page(request, problem="case.refusal-reason-missing", at="decide", result=result)
    if holds_controls(reason):
        return await _page(request, problem="case.refusal-reason-controls", at="decide", result=result, reason=reason)
    decision = Decision(result, reason, seat_of(posted), str(posted.get("password", "")))
    try:
        await site.keeper.decide(visit.token, act_of(posted), case, decision)
    except (Refused, Unavailable, UsageError) as error:
        return await refused(request, error, "decide", result=result, reason=reason)
    return redirect(f"/cases/{case}")


async def close(request: web.Request) -> web.Response:
    """Closes a decided case: its pin ends, and with it the reason to keep the footage longer than the rest."""
    site, visit, case = request.app[SITE], visit_of(request), request.match_info["case"]
    posted = await request.post()
    try:
        await site.keeper.close_case(visit.token, act_of(posted), case)
    except (Refused, Unavailable, UsageError) as error:
        return await refused(request, error, "close")
    return redirect(f"/cases/{case}")


async def refused(request: web.Request, error: RecorderError, at: str, **typed: str) -> web.Response:
    if isinstance(error, NotLoggedIn):
        raise error
    return await _page(request, problem=f"case.not-done-{at}", detail=str(error), code=error.code, at=at, **typed)


async def _page(
    request: web.Request,
    *,
    problem: str = "",
    detail: str = "",
    code: str = "",
    at: str = "",
    result: str = "",
    reason: str = "",
) -> web.Response:
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["case"]
    told = await site.keeper.cases(visit.token)
    case = next((each for each in told if each.case == number), None)
    if case is None:
        raise NotFound(f"case {number}: there is none, or not for you")
    return page(
        request,
        "case_first.html",
        status=403 if problem else 200,
        case=case,
        decider=_decider(case, visit.seats),
        act=site.random(16).hex(),
        problem=problem,
        detail=detail,
        code=code,
        at=at,
        result=result,
        reason=reason,
        may_close=officer_here(visit.seats),
        just_received="received" in request.query,
        scans=await part_of(request, f"case/{number}"),
    )


def _decider(case: Case, seats: tuple[Seat, ...]) -> Seat | None:
    """Whoever here may decide and did not receive the case: receipt and decision are two people's (``D-10``)."""
    return next((seat for seat in seats if DECIDERS & set(seat.roles) and seat.person != case.received_person), None)
