"""The registers, for pages: their lists, one item with its acts, what begins one, and one verb for every step. Custody
judges, this only carries."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from appliance.core.errors import NotAllowed, NotFound, NotWritable, Refused
from appliance.keeper.context import Keeper
from appliance.keeper.ink import inked_act
from appliance.keeper.rights import require
from appliance.keeper.tasks.register import tell_clocks
from appliance.protocol.transport import Message, Reply
from appliance.rules.inspection.rows import TicketEvent
from appliance.rules.people import may
from appliance.rules.registers.datafile import DATAFILE, notice_state
from appliance.rules.registers.incidents import INCIDENTS
from appliance.rules.registers.tables import REGISTERS
from appliance.services.people.login import Seat, Session
from appliance.services.registers.book import RegisterActResult
from appliance.services.registers.views import actor_of, tell_item, tell_list, tell_new

__all__ = ["VERBS"]

_SEE, _OPEN_TO_ALL = "see-registers", "incidents"


def _session(keeper: Keeper, arguments: dict[str, Any]) -> Session:
    return keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))


def _registers(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Each register: how many lines it has, how many of them go on, and whose clocks are late."""
    require(keeper, arguments, _SEE)
    told = []
    for code in REGISTERS:
        lines = tell_list(keeper.registers, code, keeper.clock.wall_ns())
        late = [each["number"] for each in lines if _is_late(each)]
        told.append(
            {"code": code, "lines": len(lines), "open": sum(not each["done"] for each in lines), "late": sorted(late)}
        )
    return Reply({"registers": told})


def _is_late(line: dict[str, Any]) -> bool:
    over = line["due"] is not None and line["due"].mark == "over"
    return over or any(clock["state"] == "overdue" for clock in line["clocks"])


def _register(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session, code = require(keeper, arguments, _SEE), str(arguments["register"])
    return Reply(
        {
            "register": code,
            "now_ns": keeper.clock.wall_ns(),
            "lines": tell_list(keeper.registers, code, keeper.clock.wall_ns()),
            "begins": tell_new(keeper.registers, code, session.seats, keeper.people.book.acting_of),
            "links": _links(keeper),
            "proposals": _proposals(keeper, code),
            **_notice(keeper, code),
        }
    )


def _begin(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """What the form of a new line needs, for whoever may begin one: nearly everybody declares an incident."""
    session, code = _session(keeper, arguments), str(arguments["register"])
    sees = any(may(_SEE, seat.roles) for seat in session.seats)
    opens = REGISTERS[code if code in REGISTERS else _OPEN_TO_ALL].first.who
    if not sees and not any(set(opens) & set(seat.roles) for seat in session.seats):
        raise Refused("register: nobody here begins a line of it")
    begins = tell_new(keeper.registers, code, session.seats, keeper.people.book.acting_of)
    return Reply(
        {
            "register": code,
            "now_ns": keeper.clock.wall_ns(),
            "begins": begins,
            "links": _links(keeper) if sees else {},
            "proposals": _proposals(keeper, code) if sees else [],
            "cameras": keeper.cameras.locations(),
            **_notice(keeper, code),
        }
    )


def _proposals(keeper: Keeper, code: str) -> list[dict[str, Any]]:
    """What the machine saw that a person may declare, or not."""
    return [each._asdict() for each in keeper.registers.world.proposals()] if code == _OPEN_TO_ALL else []


def _notice(keeper: Keeper, code: str) -> dict[str, Any]:
    """Of the notice of the personal data file: what it says now, and whether that is what is public."""
    now = keeper.registers.world.notice() if code == DATAFILE.code else None
    if now is None:
        return {}
    state = notice_state(keeper.registers.items(code).values(), now)
    return {"notice": {**msgspec.structs.asdict(now), "digest": now.digest, "state": state}}


def _item(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    session, book = require(keeper, arguments, _SEE), keeper.people.book
    now_ns = keeper.clock.wall_ns()
    told = tell_item(
        keeper.registers,
        str(arguments["register"]),
        str(arguments["item"]),
        session.seats,
        book.acting_of,
        book.display,
        now_ns,
    )
    return Reply({**told, "now_ns": now_ns, "links": _links(keeper), "cameras": keeper.cameras.locations()})


def _links(keeper: Keeper) -> dict[str, list[list[str]]]:
    """What a field may name: number and words, by where it leads."""
    registers, names = keeper.registers, keeper.people.book.display
    vendors = registers.items("vendors").values()
    media = registers.items("media").values()
    return {
        "vendors": [[item.number, str(item.value("firm"))] for item in vendors if item.state == "active"],
        "media": [[item.number, str(item.value("serial"))] for item in media if item.state == "away"],
        "tickets": [[number, ""] for number in registers.world.tickets()],
        "people": [[account, names(account)] for account in registers.world.viewers()],
    }


def _act(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Performs a step. The password, where one is sent, is proved first: a wrong one performs nothing."""
    token, code, number = (str(arguments[name]) for name in ("session", "register", "item"))
    session = require(keeper, arguments, _SEE) if number else _session(keeper, arguments)
    seat = next((seat for seat in session.seats if seat.seat == int(arguments["seat"])), None)
    if seat is None:
        raise Refused.of("people-absent", thing="register")
    password = str(arguments.get("password", ""))
    if password:
        seat = keeper.logins.reauthenticate(token, seat.seat, password)
    act_id, event = str(arguments["act"]), str(arguments["event"])
    acting, beside = keeper.people.book.acting_of(seat.person), len(session.seats) > 1
    actor, display = actor_of(seat, acting, proved=bool(password), beside=beside), seat.display
    if signed := inked_act(keeper, arguments, seat, event, (f"register/{number}",)):
        actor, display = signed.actor(), signed.signer.display
    done = keeper.registers.act(act_id, actor, display, code, number, event, arguments.get("typed", {}))
    if (code, event) == ("visits", "begin"):
        _take_along(keeper, act_id, seat, done)
    if code == INCIDENTS.code:  # the status page and the board say the same from now on
        with contextlib.suppress(NotWritable):
            tell_clocks(keeper)
    item = done.file.item
    return Reply({"item": item.number, "state": item.state, "row": done.row, "alarm": done.alarm})


def _take_along(keeper: Keeper, act_id: str, seat: Seat, done: RegisterActResult) -> None:
    """The repair that the firm came for is under way with it; one that was verified meanwhile stays as it is."""
    values = done.file.item.values
    if values.get("ticket"):
        words = {"who": "、".join(values["technicians"])[:200], "escort": seat.display}
        with contextlib.suppress(NotAllowed, NotFound):
            keeper.inspections.advance(
                f"{act_id[:56]}-ticket",
                seat,
                values["ticket"],
                TicketEvent.VISIT,
                words,
                visit=done.file.item.number,
            )


VERBS = {
    "registers": _registers,
    "register": _register,
    "register.begin": _begin,
    "register.item": _item,
    "register.act": _act,
}
