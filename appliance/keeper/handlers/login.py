"""Log-ins, sessions and what people do with their own account, for pages. A secret passes through once and is kept
nowhere."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance import __version__
from appliance.keeper.context import Keeper
from appliance.protocol.transport import Message, Reply
from appliance.rules.people import MAY, may
from appliance.services.people.login import Session
from appliance.services.people.ownaccount import Enrolment
from appliance.services.people.securitykeys import SecurityKey

__all__ = ["VERBS", "session_fields"]


def session_fields(keeper: Keeper, session: Session) -> dict[str, Any]:
    """A session as pages see it, without its token. ``may``: keys of ``rules.people.MAY``, and ``see-live`` where
    somebody there may look live by something."""
    return {
        "seats": [
            {"seat": seat.seat, "person": seat.person, "display": seat.display, "roles": list(seat.roles)}
            for seat in session.seats
        ],
        "may": [
            *(what for what in MAY if any(may(what, seat.roles) for seat in session.seats)),
            *(("see-live",) if any(keeper.live.bases([seat]) for seat in session.seats) else ()),
        ],
    }


def _office(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    office = keeper.stores.office.office
    office_name = keeper.packs.in_force().pack.office.name
    words = msgspec.to_builtins(keeper.words)
    return Reply({"office_name": office_name, "trial": office.trial, "version": __version__, "words": words})


def _login(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    joins, key = arguments.get("session"), str(arguments.get("key", ""))
    session = keeper.logins.log_in(
        str(arguments["name"]),
        str(arguments["password"]),
        str(arguments.get("totp", "")),
        joins,
        key=keeper.security_keys.check(key) if key else None,
        source=str(arguments.get("source", "")),
    )
    by, clear = session.seats[-1], {"session": session.session_id, "seats": len(session.seats)}
    act_id = f"log-in {session.session_id} {len(session.seats)}"
    keeper.stores.acts.perform(act_id, "session.opened", clear, {"by": by.person, "display": by.display})
    return Reply({"session": session.token, **session_fields(keeper, session)})


def _logout(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Of everybody in the session; with ``seat``, of that person alone, and the answer is the session of whoever
    stays."""
    token, seat = str(arguments["session"]), arguments.get("seat")
    session_id = keeper.logins.session(token, active=False).session_id
    stays = None
    if seat is None:
        keeper.logins.log_out(token)
    else:
        stays = keeper.logins.leave(token, int(seat))
    keeper.grants.end_of_session(session_id, "log-out")
    keeper.live.end_of_session(session_id)
    clear = {"session": session_id, "why": "log-out"}
    if stays is None:
        keeper.ledger.append("session.ended", clear)
        return Reply({})
    keeper.ledger.append("session.ended", clear | {"stays": stays.session_id})
    return Reply({"session": stays.token, **session_fields(keeper, stays)})


def _session(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session = keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))
    return Reply(session_fields(keeper, session))


# --- one's own account ---


def _enrolment(begun: Enrolment) -> Reply:
    return Reply(begun._asdict())


def _begin_first(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    name, password, source = str(arguments["name"]), str(arguments["password"]), str(arguments.get("source", ""))
    return _enrolment(keeper.own_accounts.begin_first(name, password, source))


def _again(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    return _enrolment(keeper.own_accounts.waiting(str(arguments["token"])))


def _finish_first(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    name = keeper.own_accounts.finish_first(
        str(arguments["token"]), str(arguments["password"]), str(arguments.get("code", ""))
    )
    return Reply({"person": name})


def _change_password(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    token = str(arguments["session"])
    session_id = keeper.logins.session(token).session_id
    keeper.own_accounts.change_password(token, int(arguments["seat"]), str(arguments["old"]), str(arguments["new"]))
    keeper.grants.end_of_session(session_id, "log-out")
    return Reply({})


def _begin_factor(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    return _enrolment(
        keeper.own_accounts.begin_factor(str(arguments["session"]), int(arguments["seat"]), str(arguments["password"]))
    )


def _finish_factor(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    keeper.own_accounts.finish_factor(str(arguments["token"]), str(arguments["session"]), str(arguments["code"]))
    return Reply({})


def _key_request(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What a browser asks a security key of this site; the same for everybody."""
    return Reply({"options": keeper.security_keys.request()})


def _begin_key(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    options = keeper.own_accounts.begin_key(
        str(arguments["session"]), int(arguments["seat"]), str(arguments["password"])
    )
    return Reply({"options": options})


def _finish_key(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    keeper.own_accounts.finish_key(
        str(arguments["session"]), int(arguments["seat"]), str(arguments["credential"]), str(arguments["label"])
    )
    return Reply({})


def _remove_key(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    keeper.own_accounts.remove_key(
        str(arguments["session"]), int(arguments["seat"]), str(arguments["password"]), str(arguments["key"])
    )
    return Reply({})


def _key_told(key: SecurityKey) -> dict[str, Any]:
    return {"key": key.key_id, "label": key.label, "added_ns": key.added_ns, "used_ns": key.used_ns,
            "doubted": key.doubted}  # fmt: skip


def _account(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session = keeper.logins.session(str(arguments["session"]))
    return Reply(
        {
            "keys_possible": keeper.security_keys.possible,
            "accounts": [
                {
                    "seat": seat.seat,
                    "factor": bool(keeper.stores.office.accounts.get(seat.person).totp_secret),
                    "keys": [_key_told(key) for key in keeper.stores.office.accounts.get(seat.person).keys],
                    "keyholder": keeper.keyholders.can_unlock(seat.person),
                    "sittings": [
                        {
                            "here": sitting.session_id == session.session_id,
                            "began_ago_ns": sitting.began_ago_ns,
                            "seen_ago_ns": sitting.seen_ago_ns,
                        }
                        for sitting in keeper.logins.sittings(seat.person)
                    ],
                }
                for seat in session.seats
            ],
        }
    )


VERBS = {
    "office": _office,
    "login": _login,
    "logout": _logout,
    "session": _session,
    "first.begin": _begin_first,
    "first.again": _again,
    "first.finish": _finish_first,
    "account": _account,
    "account.password": _change_password,
    "account.factor": _begin_factor,
    "account.factor-proved": _finish_factor,
    "key.request": _key_request,
    "account.key": _begin_key,
    "account.key-proved": _finish_key,
    "account.key-removed": _remove_key,
}
