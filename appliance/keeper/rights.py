"""Who may look at what, as every verb that only shows asks first. What changes anything is judged where it is done."""

from __future__ import annotations

from typing import Any

from appliance.custody.login import Session
from appliance.errors import Refused
from appliance.keeper.opening import Keeper
from appliance.rules.people import MAY, may

__all__ = ["require"]


def require(keeper: Keeper, arguments: dict[str, Any], what: str) -> Session:
    """The session, if somebody in it may do ``what``, a key of ``rules.people.MAY``. Raises NotLoggedIn, Refused."""
    session = keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    if not any(may(what, seat.roles) for seat in session.seats):
        raise Refused(f"{what}: this needs a log-in as {', '.join(sorted(MAY[what]))}; nobody here has it")
    return session
