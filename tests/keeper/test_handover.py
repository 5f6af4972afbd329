"""The hand-over of somebody who leaves, through the keeper's verbs, over a real office opened in this process."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.core.errors import RecorderError, Refused, UsageError
from appliance.keeper.context import Keeper
from appliance.rules.deadlines import day_of
from appliance.rules.handover import LINES
from appliance.rules.registers.live import LIVE
from appliance.rules.registers.shape import Item
from appliance.services.registers.entries import File
from tests.box import OFFICER, UNIT_HEAD
from tests.caselife import facts_of_receipt
from tests.keeper.test_people import BOTH, add, ask, enter, two

DOCUMENT = "115年11月20日人事令"


@pytest.fixture
def session(keeper: Keeper) -> str:
    return two(keeper)


def password_of(keeper: Keeper, session: str) -> str:
    """Of whoever sits first, who acts where two do."""
    return OFFICER.password if len(keeper.logins.session(session).seats) > 1 else ""


def received_by(keeper: Keeper, session: str) -> str:
    end_ns = keeper.clock.wall_ns() - 3600 * 10**9
    facts = facts_of_receipt(["01"], end_ns - 600 * 10**9, end_ns)
    told = ask(keeper, "case-act", session=session, act=f"r {session[:9]} {keeper.ledger.size}", case="", kind="CIT",
               event="receive", seat=1, password=password_of(keeper, session), facts=facts)  # fmt: skip
    return str(told["case"])


def left_things(keeper: Keeper, session: str) -> tuple[str, str, str]:
    """A case, a hold and a repair ticket of whoever sits in ``session``."""
    end_ns = keeper.clock.wall_ns() - 3600 * 10**9
    hold = ask(keeper, "hold.set", session=session, act=f"h {session[:9]}", seat=1, ground="event", cameras=["01"],
               password=password_of(keeper, session), start_ns=end_ns - 60 * 10**9, end_ns=end_ns,
               reason="櫃檯推擠")["hold"]  # fmt: skip
    ticket = ask(keeper, "ticket.report", session=session, act=f"t {session[:9]}", seat=1, box="sound", to="安視科技",
                 how="電話")["ticket"]  # fmt: skip
    return received_by(keeper, session), str(hold), str(ticket)


def listed(keeper: Keeper, session: str, name: str = "chen") -> dict[str, list[str]]:
    """Who may take each thing."""
    told = ask(keeper, "handover", session=session, name=name)
    return {item["id"]: list(item.get("takers", ())) for item in told["items"]}


def sign(keeper: Keeper, session: str, receivers: dict[str, str], act: str = "sign", **changes: Any) -> None:
    asked = {"name": "chen", "receivers": receivers, "ticked": list(LINES), "document": DOCUMENT, "passwords": BOTH}
    ask(keeper, "handover.sign", session=session, act=act, **{**asked, **changes})


def test_T_81_every_open_thing_of_a_leaver_has_somebody_and_until_then_it_is_a_finding(
    keeper: Keeper, session: str
) -> None:
    chen = enter(keeper, add(keeper, session, role="officer"))
    case, hold, ticket = left_things(keeper, chen)
    others = received_by(keeper, session)
    assert listed(keeper, session) == {
        f"case/{case}": [OFFICER.name],
        f"hold/{hold}": sorted([OFFICER.name, UNIT_HEAD.name]),
        f"ticket/{ticket}": [OFFICER.name],
    }, "what the person never had a hand in is not the person's"
    ask(keeper, "person.close", session=session, act="leaves", name="chen", document=DOCUMENT, passwords=BOTH)
    keeper.tasks.people.look()
    assert any(each.key == "people-handover" for each in keeper.findings.all())

    whole = {f"case/{case}": OFFICER.name, f"hold/{hold}": UNIT_HEAD.name, f"ticket/{ticket}": OFFICER.name}
    with pytest.raises(Refused, match="nobody yet"):
        sign(keeper, session, {thing: taker for thing, taker in whole.items() if not thing.startswith("hold")})
    with pytest.raises(Refused, match="may not take"):
        sign(keeper, session, {**whole, f"case/{case}": UNIT_HEAD.name})
    with pytest.raises(Refused, match="secrecy must be ticked"):
        sign(keeper, session, whole, ticked=["keys", "papers", "places"])
    with pytest.raises(UsageError, match="not on the list any more"):
        sign(keeper, session, {**whole, f"case/{others}": OFFICER.name})
    size = keeper.ledger.size
    sign(keeper, session, whole)
    sign(keeper, session, whole)
    assert keeper.ledger.size == size + 1, "sent twice it is signed once"

    told = ask(keeper, "handover", session=session, name="chen")
    assert told["items"] == []
    (signed,) = told["signed"]
    assert (signed["by"], signed["approved_by"], signed["document"]) == (OFFICER.display, UNIT_HEAD.display, DOCUMENT)
    assert {(item["sort"], item["key"], item["taker"]) for item in signed["items"]} == {
        ("case", case, OFFICER.display),
        ("hold", hold, UNIT_HEAD.display),
        ("ticket", ticket, OFFICER.display),
    }
    keeper.tasks.people.look()
    assert not any(each.key == "people-handover" for each in keeper.findings.all())
    entry = keeper.ledger.act("sign")
    assert entry is not None
    assert (entry.kind, entry.fields["things"]) == ("person.handed", 3)
    assert not any(word in str(entry.fields) for word in ("chen", case, DOCUMENT)), "names and things are sealed"


def test_T_81_who_took_something_over_hands_it_on(keeper: Keeper, session: str) -> None:
    chen = enter(keeper, add(keeper, session, role="officer"))
    case = received_by(keeper, chen)
    sign(keeper, session, {f"case/{case}": OFFICER.name})
    assert f"case/{case}" in listed(keeper, session), "who stays goes on seeing it"
    assert listed(keeper, session, OFFICER.name)[f"case/{case}"] == ["chen"]


def test_T_81_what_only_the_leaver_could_do_is_on_the_list_and_first_needs_a_successor(
    keeper: Keeper, session: str
) -> None:
    case = received_by(keeper, session)
    told = listed(keeper, session, OFFICER.name)
    assert told[f"case/{case}"] == []
    chen = enter(keeper, add(keeper, session, role="officer"))
    assert listed(keeper, session, OFFICER.name)[f"case/{case}"] == ["chen"]
    ask(keeper, "logout", session=chen)


def test_nobody_signs_the_own_list(keeper: Keeper, session: str) -> None:
    with pytest.raises(RecorderError, match="nobody proposes or approves an own"):
        sign(keeper, session, {}, name=OFFICER.name)


def test_T_81_the_lines_of_registers_that_a_leaver_has_in_hand_are_handed_over(keeper: Keeper, session: str) -> None:
    chen = enter(keeper, add(keeper, session, role="officer"))

    def begin(act: str, register: str, event: str, **typed: Any) -> str:
        told = ask(keeper, "register.act", session=chen, act=act, seat=1, register=register, item="", event=event,
                   typed=typed)  # fmt: skip
        return str(told["item"])

    incident = begin("i", "incidents", "declare", kind="other", known_at=keeper.clock.wall_ns(), facts="媒體不見",
                     no_footage=True)  # fmt: skip
    medium = begin("m", "media", "enter", medium_kind="disk", make="W", serial="ZX-1", holds="nothing", encrypted="yes",
                   place="機房")  # fmt: skip
    ask(keeper, "register.act", session=session, act="other", seat=1, register="media", item="", event="enter",
        password=OFFICER.password, typed={"medium_kind": "disk", "make": "W", "serial": "ZX-2", "holds": "nothing",
                                          "encrypted": "yes", "place": "機房"})  # fmt: skip
    assert listed(keeper, session) == {
        f"incidents/{incident}": sorted([OFFICER.name, UNIT_HEAD.name]),
        f"media/{medium}": [OFFICER.name],
    }, "what another entered is not the leaver's"
    told = next(item for item in ask(keeper, "handover", session=session, name="chen")["items"])
    assert (told["what"], told["due"]) == ("suspected", day_of(keeper.clock.wall_ns() + 3600 * 10**9).isoformat())
    sign(keeper, session, {f"incidents/{incident}": UNIT_HEAD.name, f"media/{medium}": OFFICER.name})


def test_T_81_an_authorisation_to_look_live_goes_to_whoever_may_end_it(keeper: Keeper) -> None:
    today = day_of(keeper.clock.wall_ns())
    values = {"viewer": "chen", "live_until": today.isoformat()}
    item = Item(register="live", number="L115-0001", state="authorised", values=values, opened_ns=1)
    found = keeper.handovers.as_things_stand()._of_register(LIVE, File(item=item), "chen")
    assert (found.item.roles, found.party) == (("director",), True)
