"""The office's people, for pages: who may do what, and what two people change about it. Custody judges."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from appliance.core.errors import Refused, UsageError
from appliance.keeper.act_result import tell_act
from appliance.keeper.context import Keeper
from appliance.keeper.rights import check_own, pair_of, passwords_of, require
from appliance.protocol.transport import Message, Reply
from appliance.rules.people import DECIDERS, OFFICERS, PLEDGE_DAYS, REVIEW_DAYS, ROLES, RoleGrant
from appliance.services.people.login import Seat
from appliance.services.people.peoplebook import Person

__all__ = ["VERBS"]


def _seat(keeper: Keeper, arguments: dict[str, Any], roles: Collection[str]) -> Seat:
    """The seat named, whose password was typed for this very act."""
    token, number = str(arguments["session"]), int(arguments["seat"])
    seat = next((seat for seat in keeper.logins.session(token).seats if seat.seat == number), None)
    if seat is None or not set(roles) & set(seat.roles):
        raise Refused.of("people-absent-role", roles=" or ".join(sorted(roles)))
    return keeper.logins.reauthenticate(token, number, str(arguments["password"]))


def _grant(arguments: dict[str, Any]) -> RoleGrant:
    try:
        start = date.fromisoformat(str(arguments["start"]))
        end = date.fromisoformat(str(arguments["end"])) if arguments.get("end") else None
    except ValueError as error:
        raise UsageError("role: its first or last day is no date; write year, month and day") from error
    return RoleGrant(role=str(arguments["role"]), start=start, end=end, acting=bool(arguments.get("acting", False)))


def _approvers(grant: RoleGrant) -> Collection[str]:
    return ROLES[grant.role].approvers if grant.role in ROLES else DECIDERS


# --- showing ---


def _people(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    require(keeper, arguments, "see-people")
    book = keeper.people.book
    return Reply(
        {
            "today": book.today().isoformat(),
            "people": [_person(keeper, person) for person in book.all()],
            "reviewed_ns": book.reviewed_ns,
            "review_days": REVIEW_DAYS,
            "pledge_days": PLEDGE_DAYS,
        }
    )


def _person(keeper: Keeper, person: Person) -> dict[str, Any]:
    account = keeper.stores.office.accounts.find(person.name)
    today = keeper.people.book.today()
    return {
        "name": person.name,
        "display": person.display,
        "post": person.post,
        "unit": person.unit,
        "roles": list(person.on(today)),
        "grants": [
            {
                "role": grant.role,
                "start": grant.start.isoformat(),
                "end": grant.end.isoformat() if grant.end else "",
                "acting": grant.acting,
                "now": grant.on(today) and not person.closed_ns,
                "over": bool(person.closed_ns) or (grant.end is not None and grant.end < today),
            }
            for grant in person.grants
            if grant.end is None or grant.end >= grant.start
        ],
        "added_ns": person.added_ns,
        "closed_ns": person.closed_ns,
        "closed_why": person.closed_why,
        "pledged": person.pledged.isoformat() if person.pledged else "",
        "waits": bool(account and account.must_change and account.enabled),
        "factor": bool(account and (account.totp_secret or account.keys)),
        "used_ns": account.used_ns if account else 0,
        "keyholder": keeper.keyholders.has_slot(person.name),
        "suspended_ns": 0 if person.closed_ns else person.suspended_ns,
    }


def _one(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    require(keeper, arguments, "see-people")
    person = keeper.people.book.get(str(arguments["name"]))
    deeds = [tell_act(keeper, entry) for entry in keeper.people.book.history(person.name)]
    return Reply({"today": keeper.people.book.today().isoformat(), "person": _person(keeper, person), "history": deeds})


# --- changing ---


def _add(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    grant = _grant(arguments)
    drawn = keeper.people.add(
        str(arguments["act"]),
        pair_of(keeper, arguments, _approvers(grant)),
        name=str(arguments["name"]),
        display=str(arguments["display"]),
        post=str(arguments["post"]),
        unit=str(arguments["unit"]),
        grant=grant,
        document=str(arguments["document"]),
    )
    return Reply({"drawn": drawn})


def _give(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    grant = _grant(arguments)
    pair = pair_of(keeper, arguments, _approvers(grant))
    keeper.people.grant(str(arguments["act"]), pair, str(arguments["name"]), grant, document=str(arguments["document"]))
    return Reply({})


def _end(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    keeper.people.end_grant(
        str(arguments["act"]),
        pair_of(keeper, arguments),
        str(arguments["name"]),
        str(arguments["role"]),
        acting=bool(arguments.get("acting", False)),
        document=str(arguments["document"]),
    )
    return Reply({})


def _move(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    typed = {name: str(arguments[name]) for name in ("display", "post", "unit", "document")}
    keeper.people.move(str(arguments["act"]), pair_of(keeper, arguments), str(arguments["name"]), **typed)
    return Reply({})


def _close(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    pair = pair_of(keeper, arguments)
    keeper.people.close(str(arguments["act"]), pair, str(arguments["name"]), document=str(arguments["document"]))
    return Reply({})


def _reopen(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    pair = pair_of(keeper, arguments)
    keeper.people.reopen(str(arguments["act"]), pair, str(arguments["name"]), document=str(arguments["document"]))
    return Reply({})


def _reset(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    pair = pair_of(keeper, arguments)
    return Reply({"drawn": keeper.people.reset(str(arguments["act"]), pair, str(arguments["name"]))})


def _enrol(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Of the two people here, the one who opens the vault lets in the one who does not."""
    token = str(arguments["session"])
    seats = keeper.logins.session(token).seats
    holders = [seat for seat in seats if keeper.keyholders.can_unlock(seat.person)]
    others = [seat for seat in seats if seat not in holders and seat.person == str(arguments["name"])]
    if not holders or not others:
        raise Refused.of("vault-both")
    keeper.people.enrol(str(arguments["act"]), token, holders[0], others[0], passwords_of(arguments))
    return Reply({})


def _pledge(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    by = keeper.logins.session(str(arguments["session"])).seat_of(OFFICERS)
    by = check_own(keeper, arguments | {"password": passwords_of(arguments).get(by.seat, "")}, by)
    keeper.people.pledge(str(arguments["act"]), by, str(arguments["name"]), document=str(arguments["document"]))
    return Reply({})


def _review(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    by = _seat(keeper, arguments, DECIDERS)
    keeper.people.review(str(arguments["act"]), by, remark=str(arguments.get("remark", "")))
    return Reply({})


VERBS = {
    "people": _people,
    "person": _one,
    "person.add": _add,
    "person.grant": _give,
    "person.end-grant": _end,
    "person.move": _move,
    "person.close": _close,
    "person.reopen": _reopen,
    "person.reset": _reset,
    "person.enrol": _enrol,
    "person.pledge": _pledge,
    "people.review": _review,
}
