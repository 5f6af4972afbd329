"""Two people at one browser: what is done in somebody's name takes that person's own password, typed for it."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import NotAllowed, RecorderError, Refused
from appliance.keeper.context import Keeper
from tests.box import OFFICER, UNIT_HEAD
from tests.caselife import CaseLife, facts_of_receipt
from tests.keeper.test_cases import _all_there
from tests.keeper.test_people import ask, two

HOUR_NS = 3600 * 10**9


def life(keeper: Keeper, session: str) -> CaseLife:
    return CaseLife(lambda verb, **asked: ask(keeper, verb, **asked), session, keeper.clock.wall_ns)


def act(keeper: Keeper, session: str, key: str, event: str, seat: int, password: str = "", **facts: Any) -> Any:
    """One act on a case, under an act id of its own."""
    act_id = f"{keeper.ledger.size:032x}"
    return ask(keeper, "case-act", session=session, act=act_id, case=key, event=event, seat=seat, password=password,
               kind="" if key else "CIT", facts=facts)  # fmt: skip


def asked(keeper: Keeper) -> dict[str, Any]:
    start_ns = keeper.clock.wall_ns() - HOUR_NS
    return facts_of_receipt(["01"], start_ns, start_ns + 60 * 10**9)


def possible(keeper: Keeper, session: str, key: str) -> dict[str, bool]:
    """By event, whether its form asks for a password."""
    return {
        each["event"]: each.get("password", False)
        for each in ask(keeper, "case", session=session, case=key)["possible"]
    }


def test_nobody_stamps_in_the_name_of_whoever_sits_beside(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper.cases, "world", _all_there(keeper))
    session = two(keeper)
    led = life(keeper, session)
    key = led.receive(["01"], keeper.clock.wall_ns() - HOUR_NS, keeper.clock.wall_ns() - HOUR_NS + 60 * 10**9)
    led.act("pass_formal", key)
    led.propose(key)
    assert possible(keeper, session, key)["stamp"] is True
    size = keeper.ledger.size
    with pytest.raises(NotAllowed) as refused:
        act(keeper, session, key, "stamp", 2)
    assert refused.value.details["why"] == "password"
    with pytest.raises(Refused, match=f"password of {UNIT_HEAD.display}: it does not fit"):
        act(keeper, session, key, "stamp", 2, OFFICER.password)
    assert keeper.ledger.size == size
    act(keeper, session, key, "stamp", 2, UNIT_HEAD.password)
    assert keeper.ledger.size > size


def test_whoever_is_alone_acts_by_the_log_in_as_before(keeper: Keeper) -> None:
    session = str(ask(keeper, "login", name=OFFICER.name, password=OFFICER.password)["session"])
    key = str(act(keeper, session, "", "receive", 1, **asked(keeper))["case"])
    act(keeper, session, key, "pass_formal", 1)
    assert possible(keeper, session, key)["propose"] is False
    both = ask(keeper, "login", name=UNIT_HEAD.name, password=UNIT_HEAD.password, session=session)["session"]
    assert possible(keeper, str(both), key)["propose"] is True
    alone = ask(keeper, "logout", session=both, seat=2)["session"]
    assert possible(keeper, str(alone), key)["propose"] is False


ACTS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "a request is received": ("case-act", 1, {"case": "", "kind": "CIT", "event": "receive"}),
    "a camera is drafted": ("camera-act", 1, {"camera": "77", "version": 0, "event": "draft",
                                              "facts": {"origin": "new", "wiring": {"source": "testcard"}}}),
    "an incident is declared": ("register.act", 2, {"register": "incidents", "item": "", "event": "declare",
                                                    "typed": {}}),
    "a hold is set": ("hold.set", 1, {"ground": "event", "cameras": ["01"], "reason": "查"}),
}  # fmt: skip


@pytest.mark.parametrize("what", ACTS)
def test_each_book_asks_whose_act_it_is(keeper: Keeper, what: str) -> None:
    """Without the password nothing is done; with it, it is refused for nothing but what the form lacks."""
    verb, seat, arguments = ACTS[what]
    session, size = two(keeper), keeper.ledger.size
    start_ns = keeper.clock.wall_ns() - HOUR_NS
    if verb == "case-act":
        arguments = arguments | {"facts": asked(keeper)}
    if verb == "hold.set":
        arguments = arguments | {"start_ns": start_ns, "end_ns": start_ns + 60 * 10**9}
    one, other = (OFFICER, UNIT_HEAD) if seat == 1 else (UNIT_HEAD, OFFICER)
    for number, password in enumerate(("", other.password)):
        with pytest.raises(RecorderError):
            ask(keeper, verb, session=session, act=f"{number:032x}", seat=seat, password=password, **arguments)
    assert keeper.ledger.size == size
    if verb != "register.act":
        ask(keeper, verb, session=session, act="f" * 32, seat=seat, password=one.password, **arguments)
        assert keeper.ledger.size > size


def test_a_pledge_is_filed_by_the_officer_who_typed_the_password(keeper: Keeper) -> None:
    session = two(keeper)
    pledge = {"session": session, "name": UNIT_HEAD.name, "document": "切結書1"}
    for number, passwords in enumerate(({}, {"1": UNIT_HEAD.password}, {"2": UNIT_HEAD.password})):
        with pytest.raises(Refused, match=f"password of {OFFICER.display}"):
            ask(keeper, "person.pledge", act=f"p{number}", passwords=passwords, **pledge)
    ask(keeper, "person.pledge", act="p", passwords={"1": OFFICER.password}, **pledge)
    assert keeper.people.book.get(UNIT_HEAD.name).pledged
