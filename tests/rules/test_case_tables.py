"""The three tables as graphs: nothing doubled, every state reachable, every state with a way to its end."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from appliance.ledger.kinds import KINDS
from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.notices import FOR
from appliance.rules.cases.people import Party
from appliance.rules.cases.ranges import FORMER
from appliance.rules.cases.rows import Effect, Event, Row
from appliance.rules.cases.states import ENDS, NEGATIVE, POSITIVE, Kind, State
from appliance.rules.people import Role
from tests.rules.casedesk import DAY, PEOPLE, RECTIFYING, Desk
from tests.rules.caseways import stand, steps

DIRECTOR_ASKS = (
    Party(person=PEOPLE["tsai"], part="applicant", entitled=True),
    Party(person=PEOPLE["tsai"], part="viewer", entitled=True),
)
OWN = {
    Kind.CIT: {f"C{number}" for number in range(1, 25)},
    Kind.INT: {f"I{number}" for number in range(1, 13)},
    Kind.AGY: {f"A{number}" for number in range(22)},
}


def reachable(rows: tuple[Row, ...], start: State = State.DRAFT) -> set[State]:
    seen, left = {start}, [start]
    while left:
        state = left.pop()
        new = {row.target for row in rows if state in row.sources and row.target} - seen
        seen |= new
        left += new
    return seen


@pytest.mark.parametrize("kind", Kind)
def test_every_row_of_the_rules_is_there_once_and_no_act_is_two_rows(kind: Kind) -> None:
    rows = TABLES[kind]
    ids = [row.id for row in rows]
    assert len(set(ids)) == len(ids)
    assert {row_id.rstrip("abcdef") for row_id in ids if row_id[0] != "S"} == OWN[kind]
    acts = [(state, row.event) for row in rows for state in row.sources]
    assert len(set(acts)) == len(acts), "an act that two rows allow is judged by the first only"
    assert {row.kind for row in rows} <= set(KINDS)


@pytest.mark.parametrize("kind", Kind)
def test_every_state_is_reached_and_every_one_but_the_end_leads_on(kind: Kind) -> None:
    rows = TABLES[kind]
    named = {state for row in rows for state in row.sources} | {row.target for row in rows if row.target}
    assert reachable(rows) == named
    for state in named - ENDS:
        assert ENDS & reachable(rows, state), f"{kind} {state} is a dead end"
    after = [(row.event, row.target) for row in rows if ENDS & set(row.sources)]
    words = [(Event.RECTIFY, None), (Event.RECTIFY_CONFIRM, None), (Event.RECTIFY_DECLINE, None)]
    appeal = [(Event.APPEAL, None), (Event.APPEAL_OVER, None), (Event.APPEAL_UPHELD, None)]
    later = {Kind.CIT: appeal, Kind.INT: [], Kind.AGY: [(Event.LINK, None)]}[kind]
    assert after == later + words, "closed is closed, but for an appeal, what it goes on from, and a slip of the pen"


def test_every_state_of_the_rules_is_in_some_table() -> None:
    assert set(State) == set().union(*(reachable(rows) for rows in TABLES.values()))


STARTS: dict[Kind, tuple[dict[str, Any], ...]] = {
    Kind.CIT: ({}, {"statutory": "政府資訊公開法"}, {"recorder": FORMER}),
    Kind.INT: ({}, {"parties": DIRECTOR_ASKS}, {"recorder": FORMER}),
    Kind.AGY: ({}, {"statutory": "檔案法第17條"}, {"recorder": FORMER}),
}


@pytest.mark.parametrize("kind", Kind)
def test_every_row_can_be_performed_and_no_case_on_the_way_is_stuck(kind: Kind) -> None:
    """Over all that papers in order allow: each row is performed, and from nowhere is withdrawal the only way on."""
    met: set[str] = set()
    for always in STARTS[kind]:
        ways: dict[object, set[object]] = {}
        ended: set[object] = set()
        left = deque([(Desk(kind).case, DAY)])
        while left:
            case, today = left.popleft()
            if stand(case) in ways:
                continue
            found = steps(case, today, **always)
            met |= {each.row.id for each in found}
            left += [(each.case, each.today) for each in found]
            onward = [each.case for each in found if each.row.event not in (Event.WITHDRAW, Event.LOCK)]
            ways[stand(case)] = {stand(after) for after in onward}
            ended |= {stand(case)} if case.state in ENDS else set()
        while more := {key for key, after in ways.items() if key not in ended and after & ended}:
            ended |= more
        assert not set(ways) - ended
    assert met == {row.id for row in TABLES[kind]}


def test_only_the_director_s_cell_answers_a_case_that_waits_for_the_decision() -> None:
    """What leaves DECISION without an answer is a return, a withdrawal or the judicial lock."""
    for rows in TABLES.values():
        for row in rows:
            if State.DECISION in row.sources and row.target in NEGATIVE | POSITIVE:
                assert row.who == (Role.DIRECTOR,)
                assert row.stage == "director"
                assert row.password
            elif State.DECISION in row.sources and row.target:
                assert row.event in (Event.RETURN, Event.WITHDRAW, Event.LOCK)


def test_AT_33_no_row_of_a_citizen_s_or_staff_case_makes_a_copy() -> None:
    copies = {Effect.VIEWING_COPY, Effect.AGENCY_COPY}
    for kind in (Kind.CIT, Kind.INT):
        assert not [row.id for row in TABLES[kind] if copies & {effect.name for effect in row.effects}]
        assert not {State.COPY_MADE, State.COPY_VERIFIED, State.DELIVERED} & reachable(TABLES[kind])
    made = [row.id for row in TABLES[Kind.AGY] if copies & {effect.name for effect in row.effects}]
    assert made == ["A11", "A16", "A16a"]


def test_AT_58_a_ledger_row_is_opened_by_each_receipt_and_by_nothing_else() -> None:
    for kind, rows in TABLES.items():
        opening = [row for row in rows if Effect.LEDGER_ROW in {effect.name for effect in row.effects}]
        assert {row.target for row in opening} == {State.RECEIVED}, kind
        assert len(opening) == (1 if kind is Kind.AGY else 2), "a citizen's decided anew; a colleague's on paper"
        assert [row.id for row in rows if row.kind == "case.received"] == [row.id for row in opening]
        assert all(Effect.PIN in {effect.name for effect in row.effects} for row in opening)


def test_JUD_LOCK_is_final() -> None:
    rows = [row for row in TABLES[Kind.INT] if State.JUD_LOCK in row.sources]
    assert {row.target for row in rows} == {None, State.CLOSED}
    ending = {Event.EXCUSE_SCAN, Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE}
    assert {row.event for row in rows} == ending | RECTIFYING


def test_every_notice_of_a_row_is_for_somebody_and_every_one_that_is_for_somebody_is_given() -> None:
    given = {
        effect.detail
        for rows in TABLES.values()
        for row in rows
        for effect in row.effects
        if effect.name is Effect.NOTICE
    }
    assert given | {"ink_entered"} == set(FOR), "that of ink is given with whatever row was signed on paper"
