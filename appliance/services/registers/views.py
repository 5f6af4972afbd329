"""What is told of registers to pages: lines, items with their acts, and who here may do what next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from appliance.rules.people import Actor
from appliance.rules.registers.clocks import clocks_of
from appliance.rules.registers.duties import due_told
from appliance.rules.registers.judging import beyond_form
from appliance.rules.registers.shape import Item, Register, Step
from appliance.services.people.login import Seat
from appliance.services.registers.book import RegisterBook, register_of
from appliance.services.registers.entries import File

__all__ = ["actor_of", "tell_item", "tell_list", "tell_new"]

_Acting = Callable[[str], frozenset[str]]


def actor_of(seat: Seat, acting: frozenset[str], *, proved: bool, beside: bool = False) -> Actor:
    return Actor(seat.person, seat.roles, acting, proved=proved, beside=beside)


def tell_list(book: RegisterBook, code: str, now_ns: int) -> list[dict[str, Any]]:
    """The lines of a register, what goes on first."""
    register = register_of(code)
    return [_line(register, file, now_ns) for file in book.all(code)]


def _line(register: Register, file: File, now_ns: int) -> dict[str, Any]:
    item = file.item
    return {
        "number": item.number,
        "state": item.state,
        "done": item.state in register.done,
        "opened_ns": item.opened_ns,
        "values": {name: item.value(name) for name in register.gist},
        "clocks": _clocks(item, now_ns),
        "due": due_told(item, now_ns),
        "lost": item.lost,
    }


def tell_item(
    book: RegisterBook,
    code: str,
    number: str,
    seats: Sequence[Seat],
    acting_of: _Acting,
    name_of: Callable[[str], str],
    now_ns: int,
) -> dict[str, Any]:
    """An item with its acts, newest first. Raises NotFound."""
    register, file = register_of(code), book.get(code, number)
    item = file.item
    told: dict[str, Any] = dict(msgspec.to_builtins(file))
    return {
        **told["item"],
        "done": item.state in register.done,
        "clocks": _clocks(item, now_ns),
        "due": due_told(item, now_ns),
        "deeds": list(reversed(told["deeds"])),
        "names": {each.account: name_of(each.account) for each in item.signatures},
        "possible": [
            _possible(book, register, item, step, seats, acting_of)
            for step in _for_people(register, item.state)
            if not book.never(item, step)
        ],
    }


def tell_new(book: RegisterBook, code: str, seats: Sequence[Seat], acting_of: _Acting) -> dict[str, Any]:
    """The step that begins an item, and who here may take it."""
    register = register_of(code)
    item = Item(register=code, number="")
    return _possible(book, register, item, register.first, seats, acting_of)


def _for_people(register: Register, state: str) -> list[Step]:
    return [step for step in register.possible(state) if any(role != "system" for role in step.who)]


def _possible(
    book: RegisterBook, register: Register, item: Item, step: Step, seats: Sequence[Seat], acting_of: _Acting
) -> dict[str, Any]:
    """For each seat, what is missing beyond what the act itself brings: roles and cells first."""
    return {
        "event": str(step.event),
        "row": step.id,
        "password": step.password or len(seats) > 1,
        "seats": [_seat(book, register, item, step, seat, acting_of(seat.person)) for seat in seats],
    }


def _seat(
    book: RegisterBook, register: Register, item: Item, step: Step, seat: Seat, acting: frozenset[str]
) -> dict[str, Any]:
    found = book.judged(register.code, item, str(step.event), actor_of(seat, acting, proved=True))
    left = beyond_form(step, found)
    missing = [str(code) for code in left.missing] if left else []
    return {"seat": seat.seat, "person": seat.person, "why": left.why if left else "", "missing": missing}


def _clocks(item: Item, now_ns: int) -> list[Mapping[str, Any]]:
    if item.register != "incidents":
        return []
    return [{**each._asdict(), "state": each.state(now_ns)} for each in clocks_of(item)]
