"""The acts of the first cut of four states, as long as pages still use them."""

from __future__ import annotations

from typing import Any

from appliance.custody.login import Session
from appliance.errors import Refused
from appliance.keeper.opening import Keeper
from appliance.rules.people import DECIDERS, OFFICERS
from appliance.wire import Message, Reply

__all__ = ["VERBS"]


def _session(keeper: Keeper, arguments: dict[str, Any]) -> Session:
    return keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))


def _receive(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    case = keeper.cases.first.receive(
        str(arguments["act"]),
        _session(keeper, arguments).seat_of(OFFICERS),
        reason=str(arguments["reason"]),
        cameras=[str(camera_no) for camera_no in arguments["cameras"]],
        start_ns=int(arguments["start_ns"]),
        end_ns=int(arguments["end_ns"]),
    )
    return Reply({"case": case.number})


def _decide(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    token, case_no = str(arguments["session"]), str(arguments["case"])
    by = next((seat for seat in _session(keeper, arguments).seats if seat.seat == int(arguments["seat"])), None)
    if by is None or not set(by.roles) & DECIDERS:
        raise Refused(f"case {case_no}: the person who decides must be logged in here")
    proved = keeper.logins.reauthenticate(token, by.seat, str(arguments["password"]))
    keeper.cases.first.decide(
        str(arguments["act"]), proved, case_no, str(arguments["result"]), reason=str(arguments.get("reason", ""))
    )
    return Reply({})


def _close(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    by = _session(keeper, arguments).seat_of(OFFICERS)
    keeper.cases.first.close(str(arguments["act"]), by, str(arguments["case"]))
    return Reply({})


VERBS = {"case.receive": _receive, "case.decide": _decide, "case.close": _close}
