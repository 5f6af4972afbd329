"""Who may look at what, as every verb that only shows asks first; and the two people of an act, by what both typed.
What changes anything is judged where it is done."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from appliance.core.errors import Refused, UsageError
from appliance.keeper.context import Keeper
from appliance.rules.people import DECIDERS, MAY, may
from appliance.services.people.login import Seat, Session
from appliance.services.people.pairs import Pair, prove_pair

__all__ = ["acting", "check_own", "pair_of", "passwords_of", "require"]


def require(keeper: Keeper, arguments: dict[str, Any], what: str) -> Session:
    """The session, if somebody in it may do ``what``, a key of ``rules.people.MAY``. Raises NotLoggedIn, Refused."""
    session = keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    if not any(may(what, seat.roles) for seat in session.seats):
        raise Refused.of("not-yours-to-see", what=what, roles=", ".join(sorted(MAY[what])))
    return session


def check_own(keeper: Keeper, arguments: dict[str, Any], seat: Seat) -> Seat:
    """The seat, where it is this person who acts: by the password that was typed or, without one, because nobody else
    is logged in at the same browser. Raises Refused, Locked."""
    token, password = str(arguments["session"]), str(arguments.get("password", ""))
    if password:
        return keeper.logins.reauthenticate(token, seat.seat, password)
    if len(keeper.logins.session(token).seats) > 1:
        raise Refused.of("password-whose", name=seat.display)
    return seat


def acting(keeper: Keeper, arguments: dict[str, Any], roles: Collection[str]) -> Seat:
    """The person in whose name an act is entered: the one of ``seat`` or, where none is named, the first here who has
    one of ``roles``; proved by their own password as :func:`check_own`. Raises NotLoggedIn, Refused, Locked."""
    session = keeper.logins.session(str(arguments["session"]))
    first, named = session.seat_of(roles), int(arguments.get("seat") or 0)
    fits = (seat for seat in session.seats if named in (0, seat.seat) and set(seat.roles) & set(roles))
    seat = next(fits, None)
    if seat is None:
        raise Refused.of("not-yours-to-choose", roles=" or ".join(sorted(roles)), name=first.display)
    return check_own(keeper, arguments, seat)


def passwords_of(arguments: dict[str, Any]) -> dict[int, str]:
    """What both people typed, by seat. Raises UsageError."""
    passwords = arguments["passwords"]
    if not isinstance(passwords, dict):
        raise UsageError.of("passwords-missing")
    return {int(seat): str(password) for seat, password in passwords.items() if str(seat) in ("1", "2")}


def pair_of(keeper: Keeper, arguments: dict[str, Any], approvers: Collection[str] = DECIDERS) -> Pair:
    """The two people of the session, both proved just now. Raises as :func:`prove_pair`."""
    return prove_pair(keeper.logins, str(arguments["session"]), passwords_of(arguments), approvers=approvers)
