"""Log-ins and sessions, for pages. A secret passes through once and is kept nowhere."""

from __future__ import annotations

from typing import Any

from appliance import __version__
from appliance.custody.login import Session
from appliance.keeper.opening import Keeper
from appliance.wire import Message, Reply

__all__ = ["VERBS", "session_fields"]


def session_fields(session: Session) -> dict[str, Any]:
    """A session as pages see it, without its token."""
    return {
        "seats": [
            {"seat": seat.seat, "person": seat.person, "display": seat.display, "roles": list(seat.roles)}
            for seat in session.seats
        ]
    }


def _office(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    office = keeper.stores.office.office
    return Reply({"office_name": office.office_name, "trial": office.trial, "version": __version__})


def _login(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    joins = arguments.get("session")
    session = keeper.logins.log_in(
        str(arguments["name"]), str(arguments["password"]), str(arguments.get("totp", "")), joins
    )
    keeper.ledger.append("session.opened", {"session": session.session_id, "seats": len(session.seats)})
    return Reply({"session": session.token, **session_fields(session)})


def _logout(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    token = str(arguments["session"])
    session_id = keeper.logins.session(token, active=False).session_id
    keeper.logins.log_out(token)
    keeper.grants.end_of_session(session_id, "log-out")
    keeper.ledger.append("session.ended", {"session": session_id, "why": "log-out"})
    return Reply({})


def _session(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session = keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    return Reply(session_fields(session))


VERBS = {"office": _office, "login": _login, "logout": _logout, "session": _session}
