"""Holds, for pages. Each verb names the session; custody judges by the table of holds, this only carries."""

from __future__ import annotations

import contextlib
from typing import Any

from appliance.core.errors import Refused, Unavailable
from appliance.keeper.context import Keeper
from appliance.keeper.ink import inked_act
from appliance.keeper.rights import check_own, require
from appliance.protocol.transport import Message, Reply
from appliance.rules.holds import DIRECTOR, GROUNDS, MAX_SHARE_PERCENT
from appliance.rules.ink import Ink, ink_refused
from appliance.services.holds.holds import DOCUMENTS
from appliance.services.people.login import Seat

__all__ = ["VERBS"]


def _seat(keeper: Keeper, arguments: dict[str, Any]) -> Seat:
    session = keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    by = next((seat for seat in session.seats if seat.seat == int(arguments["seat"])), None)
    if by is None:
        raise Refused.of("hold-absent")
    return by


def _director(keeper: Keeper, arguments: dict[str, Any]) -> Seat:
    """The director's seat, whose password was typed for this very act."""
    by = _seat(keeper, arguments)
    if not DIRECTOR & set(by.roles):
        raise Refused.of("hold-director")
    return keeper.logins.reauthenticate(str(arguments["session"]), by.seat, str(arguments["password"]))


def _documents(arguments: dict[str, Any]) -> dict[str, str]:
    return {name: str(arguments.get(name, "")) for name in DOCUMENTS}


def _holds(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    require(keeper, arguments, "see-holds")
    now_ns = keeper.clock.wall_ns()
    numbers = {case: number for number, case in keeper.ledger.numbered().items()}
    told = {
        "now_ns": now_ns,
        "holds": [held.as_map(now_ns) | {"number": numbers.get(held.case, "")} for held in keeper.holds.all()],
        "most_percent": MAX_SHARE_PERCENT,
    }
    with contextlib.suppress(Unavailable, OSError):  # holds are shown, and set, while index or disk are away, too
        told["kept_bytes"] = keeper.hold_watch.kept_bytes()
        told["store_bytes"] = keeper.fs.total_bytes(keeper.settings.layout.ring)
    return Reply(told)


def _set(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """``case`` by its key or by its number, as people write it."""
    ground, case = str(arguments["ground"]), str(arguments.get("case", ""))
    case = keeper.ledger.numbered().get(case, case)
    by_director = ground in GROUNDS and GROUNDS[ground].openers == DIRECTOR
    held = keeper.holds.set(
        str(arguments["act"]),
        _director(keeper, arguments) if by_director else check_own(keeper, arguments, _seat(keeper, arguments)),
        ground=ground,
        cameras=[str(camera_no) for camera_no in arguments["cameras"]],
        start_ns=int(arguments["start_ns"]),
        end_ns=int(arguments["end_ns"]),
        reason=str(arguments["reason"]),
        need=str(arguments.get("need", "")),
        documents=_documents(arguments),
        case=keeper.cases.checked_key(case) if case else "",
    )
    return Reply({"hold": held.number})


def _signed(keeper: Keeper, arguments: dict[str, Any], event: str) -> tuple[Seat, Ink | None]:
    """The director here, or who signed the sheet that somebody here enters (``AT-73``)."""
    if not arguments.get("ink"):
        return _director(keeper, arguments), None
    seat, number = check_own(keeper, arguments, _seat(keeper, arguments)), str(arguments["hold"])
    signed = inked_act(keeper, arguments, seat, event, (f"hold/{number}",))
    if signed is None or not DIRECTOR & set(signed.roles):
        words = "the signer was not the director on that day; check the signer and the day"
        name = signed.signer.display if signed else ""
        raise ink_refused(event, "role", words, who=name, roles=sorted(DIRECTOR))
    return signed.seat(seat), signed.ink


def _confirm(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    (by, ink), reason = _signed(keeper, arguments, "confirm"), str(arguments.get("reason", ""))
    keeper.holds.confirm(str(arguments["act"]), by, str(arguments["hold"]), reason=reason, ink=ink)
    return Reply({})


def _extend(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    (by, ink), reason, papers = _signed(keeper, arguments, "extend"), str(arguments["reason"]), _documents(arguments)
    keeper.holds.extend(str(arguments["act"]), by, str(arguments["hold"]), reason=reason, documents=papers, ink=ink)
    return Reply({})


def _release(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    (by, ink), reason = _signed(keeper, arguments, "release"), str(arguments["reason"])
    keeper.holds.release(str(arguments["act"]), by, str(arguments["hold"]), reason=reason, ink=ink)
    return Reply({})


VERBS = {"holds": _holds, "hold.set": _set, "hold.confirm": _confirm, "hold.extend": _extend, "hold.release": _release}
