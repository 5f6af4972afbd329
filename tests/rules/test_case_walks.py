"""Random walks over the tables: any acts by anybody, papers in and out of order, on any day: the invariants hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.rules.cases.facts import Case
from appliance.rules.cases.judging import TABLES, possible
from appliance.rules.cases.papers import CopyWork, Dispatch, Form, Letter, Service, Voucher
from appliance.rules.cases.pins import is_pinned, pin_last_day
from appliance.rules.cases.ranges import FORMER, Ruling, Scope, granted_scopes, uncovered
from appliance.rules.cases.roster import PAIRS
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import ENDS, Kind, Stage, State
from appliance.rules.people import Role
from tests.rules.casedesk import (
    DAY,
    FILED_NS,
    MINUTE_NS,
    PEOPLE,
    RECTIFYING,
    ROSTER,
    SMALL_ROSTER,
    Desk,
    granting,
    refusing,
)
from tests.rules.caseways import brought, can_close

SPOILED: dict[str, list[Any]] = {
    "existence": ["expired", "partly", ""],
    "form": [Form(), Form(reason="attendance"), Form(judicial="yes")],
    "letter": [Letter(), Letter(agency="x", public=True, proof=True)],
    "checklist": [()],
    "dispatch": [Dispatch()],
    "service": [Service()],
    "copy_work": [CopyWork(destroyed=True), CopyWork(alive=True)],
    "voucher": [
        Voucher(kind="withdrawal"),
        Voucher(kind="appeal", number="1", day=DAY),
        Voucher(kind="court_order", number="1", agency="臺北地院"),
        Voucher(kind="rejected", number="2", day=DAY),
        Voucher(kind="revoked", number="2", day=DAY),
    ],
    "statutory": ["政府資訊公開法"],
    "cells": [frozenset()],
    "reason": [""],
    "former_is": ["", "locked", "upheld"],
    "viewing_too": [True],
    "overlap_secret": [True],
    "recorder": [FORMER],
    "double": [True],
    "away": [frozenset({"tsai"}), frozenset({"chen", "tsai"}), frozenset({"hsu"})],
    "rulings": ["refused", "masked", "half", "wider"],
}
"""What may be wrong or otherwise on the desk."""


SIDEWAYS = {
    Event.WITHDRAW,
    Event.LOCK,
    Event.PROPOSE_REDIRECT,
    Event.RETURN,
    Event.DISMISS,
    Event.LAPSE,
    Event.OTHERWISE,
    Event.ADD_RANGE,
    Event.EXCUSE_SCAN,
    Event.LINK,
    Event.APPEAL_OVER,
    Event.APPEAL_UPHELD,
    Event.RECEIVE_ANEW,
    Event.COURT_ORDER,
}
SIDEWAYS |= RECTIFYING
MASKS = {Event.FINISH_MASKS, Event.CONFIRM_MASKS, Event.REDRAW_MASKS}
"""Of these nothing comes where nothing is to be masked."""


def drawn(choose: Callable[[int], int]) -> dict[str, Any]:
    """One act: usually what leads on, by whoever usually does it, with papers in order; sometimes anything.

    ``choose(n)`` is a number below n.
    """
    fields = list(SPOILED)
    field = fields[choose(len(fields))] if choose(3) == 0 else None
    people = (*PEOPLE, "system")
    return {
        "pick": choose(40),
        "sideways": choose(12) == 0,
        "any_event": list(Event)[choose(len(Event))] if choose(12) == 0 else None,
        "who": people[choose(len(people))] if choose(6) == 0 else "",
        "days": (1, 8, 32)[choose(3)] if choose(8) == 0 else 0,
        "spoiled": (field, SPOILED[field][choose(len(SPOILED[field]))]) if field else None,
    }


@st.composite
def acts(draw: st.DrawFn) -> dict[str, Any]:
    return drawn(lambda below: draw(st.integers(0, below - 1)))


def rulings_of(case: Case, what: str) -> tuple[Ruling, ...]:
    asked = case.asked
    if what == "refused":
        return refusing(asked)
    if what == "masked":
        return granting(asked, masked=True, reason="third persons")
    more = 1 if what == "wider" else -1
    cut = tuple(Scope(each.camera_no, each.start_ns, each.end_ns + more * MINUTE_NS) for each in asked)
    return granting(cut, reason="half")


def act(desk: Desk, wanted: dict[str, Any], roster: tuple[Any, ...]) -> Row | None:
    """Tries the act; None when it was refused."""
    if not possible(desk.case):
        return None
    aside = SIDEWAYS if desk.case.is_masked else SIDEWAYS | MASKS
    aside = aside if "redirecting" in desk.case.flags else aside | {Event.REDIRECT}
    aside = aside | {Event.FIND_DEFECTS} if desk.case.state is State.CHECKING else aside
    aside = aside - {Event.OTHERWISE} if desk.case.recorder == FORMER else aside
    events = [event for event in possible(desk.case) if wanted["sideways"] or event not in aside]
    events = events or list(possible(desk.case))
    event = wanted["any_event"] or events[wanted["pick"] % len(events)]
    changes: dict[str, Any] = {"roster": roster, **brought(desk.case, event)}
    if wanted["spoiled"]:
        field, value = wanted["spoiled"]
        changes[field] = rulings_of(desk.case, value) if field == "rulings" else value
    if event is Event.ADD_RANGE:
        changes["asked"] = (Scope("A-3", FILED_NS - MINUTE_NS, FILED_NS),)
    desk.wait(wanted["days"])
    who = wanted["who"]
    found = desk.ask(event, who, **changes)
    if not isinstance(found, Row):
        return None
    desk.do(event, who=who, **changes)
    return desk.rows[-1]


def check(before: Case, row: Row, desk: Desk, was_pinned: bool) -> None:
    """The invariants, over one step."""
    case = desk.case
    granted = granted_scopes(case.rulings)
    assert not uncovered(granted, case.asked), "INV-05: decided within asked"
    if case.token:
        assert not uncovered(case.token.scopes, granted), "INV-05: opened within decided"
    if before.result in (State.GRANTED, State.PARTLY):
        assert case.asked == before.asked, "nothing is asked for after a grant"
        assert case.rulings == before.rulings, "nothing widens after a grant"
        assert case.allows == before.allows
    if before.state is State.DECISION and case.result and not before.result:
        assert case.signatures[-1].stage is Stage.DIRECTOR, "INV-15"
        assert case.signatures[-1].role is Role.DIRECTOR
    if before.state is State.JUD_LOCK:
        assert case.state in (State.JUD_LOCK, State.CLOSED), "the lock is final"
    for pair in PAIRS:
        both = [
            (one, other)
            for one in case.signatures
            for other in case.signatures
            if (one.stage, other.stage) == (pair.first, pair.second) and one.person.is_same(other.person)
        ]
        assert all(pair.waivable and (one.double or other.double) for one, other in both), f"INV-14: {pair}"
    assert not any(cell.person.is_same(party.person) for cell in case.signatures for party in case.parties), "INV-14"
    if case.received_on and not case.closed_on and not case.withdrawn_on and not case.locked_on:
        assert is_pinned(case, desk.today), "INV-09: from receipt until the rule that ends it"
    if case.preserved_on is None and case.received_on and row.target is not State.RECEIVED and not was_pinned:
        assert not is_pinned(case, desk.today), "a pin that ended does not come back"
    if case.playable(desk.today):
        assert case.state is State.VIEWING, "AT-02"
        assert case.decided_on, "AT-40"


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_INV_05_INV_09_INV_14_INV_15_any_walk_keeps_the_invariants(kind: Kind, data: st.DataObject) -> None:
    roster = data.draw(st.sampled_from([ROSTER, SMALL_ROSTER]))
    desk = Desk(kind)
    for wanted in data.draw(st.lists(acts(), min_size=15, max_size=45)):
        before = desk.case
        pinned = is_pinned(before, desk.today + timedelta(days=wanted["days"]))
        if row := act(desk, wanted, roster):
            check(before, row, desk, pinned)
    if desk.case.state is State.CLOSED:
        ends = pin_last_day(desk.case) is not None or "appeal" in desk.case.flags
        assert ends, "every end has its day, but while an appeal is open"
        if kind is Kind.AGY and desk.case.result is State.REFUSED:
            assert desk.case.doc_no, "AT-53"
        done = {"viewing": "viewed", "copy": "delivered"}
        ended = desk.case.withdrawn_on or desk.case.locked_on or any(row.id in ("S7", "S24") for row in desk.rows)
        assert ended or all(done[what] in desk.case.flags for what in desk.case.allows), "all that was granted is done"
        if desk.case.statutory and not desk.case.withdrawn_on:
            assert desk.case.served_on, "AT-65"
            assert desk.case.doc_no, "AT-65"
        if desk.case.received_on:
            cells = {each.stage: each.person for each in desk.case.signatures}
            assert not cells[Stage.LEDGER_MANAGER].is_same(cells[Stage.LEDGER_HEAD]), "AT-61"


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=15, deadline=None)
@given(walk=st.lists(acts(), max_size=25))
def test_no_walk_leads_where_only_a_withdrawal_helps(kind: Kind, walk: list[dict[str, Any]]) -> None:
    desk = Desk(kind)
    for wanted in walk:
        act(desk, wanted, ROSTER)
    if desk.case.state not in ENDS:
        assert can_close(desk.case, desk.today, avoiding=frozenset({Event.WITHDRAW, Event.LOCK}))


def test_the_walks_go_far_enough_to_prove_something() -> None:
    """The same walks with numbers from a seed come to every state and perform nine rows of ten."""
    random = Random(118)
    for kind, rows in TABLES.items():
        performed, reached = set(), set()
        for number in range(1500):
            desk, roster = Desk(kind), (ROSTER, SMALL_ROSTER)[number % 2]
            for step in range(45):
                before, wanted = desk.case, drawn(random.randrange)
                if kind is not Kind.AGY and number % 6 == 5 and step < 3:
                    wanted["spoiled"] = ("recorder", FORMER)
                pinned = is_pinned(before, desk.today + timedelta(days=wanted["days"]))
                if row := act(desk, wanted, roster):
                    check(before, row, desk, pinned)
                    performed.add(row.id)
                    reached.add(desk.case.state)
        assert reached == {row.target for row in rows if row.target}, kind
        usual = {row.id for row in rows if not row.id.startswith("I12")}  # the director does not ask in these walks
        assert len(performed) >= 0.9 * len(usual), f"{kind}: {sorted(usual - performed)}"
