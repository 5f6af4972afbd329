"""Two packs side by side: each case goes by the numbers and the chain of its own (AT-01, D-22, T-85, T-86)."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from appliance.rules.cases.chains import TABLES, rows_of
from appliance.rules.cases.dues import dues
from appliance.rules.cases.judging import judge, possible
from appliance.rules.cases.papers import Voucher
from appliance.rules.cases.pins import pin_last_day
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.terms import STANDARD
from appliance.rules.cases.waiting import waiting
from appliance.rules.deadlines import working_days_after
from appliance.rules.packs.caseterms import terms_for
from appliance.rules.packs.shipped import shipped_pack
from tests.rules.casedesk import DAY, Desk, actor, facts_for, refusing
from tests.rules.packcases import second_pack

RECEIPTS = {Kind.CIT: Event.RECEIVE, Kind.INT: Event.SUBMIT, Kind.AGY: Event.RECEIVE_LETTER}


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def received(kind: Kind, event: Event | None = None) -> Desk:
    """Under the second office's pack."""
    return Desk(kind).do(event or RECEIPTS[kind], terms=terms_for(second_pack(), kind), policy="115-07-01")


def test_the_shipped_pack_gives_the_rules_own_terms() -> None:
    assert {terms_for(shipped_pack(), kind) for kind in Kind} == {STANDARD}


def test_T_86_another_office_s_clocks_run_by_its_own_pack() -> None:
    clocks = {kind: received(kind).case.clock for kind in Kind}
    citizen, staff, agency = clocks[Kind.CIT], clocks[Kind.INT], clocks[Kind.AGY]
    assert citizen is not None
    assert staff is not None
    assert agency is not None
    assert citizen.due == after(10)
    assert staff.due == working_days_after(DAY, 3, ())
    assert (agency.due, agency.red) == (working_days_after(DAY, 2, ()), working_days_after(DAY, 5, ()))
    defects = received(Kind.CIT).do(Event.FIND_DEFECTS, form=msgspec.structs.replace(_form(), signed=False))
    defects.do(Event.ISSUE_CORRECTION, Event.SERVE_CORRECTION)
    assert defects.case.correction_due == after(10)


def _form() -> object:
    return facts_for(Desk(Kind.CIT).case, DAY).form


def test_AT_01_T_85_a_case_keeps_its_terms_when_a_newer_pack_is_in_force() -> None:
    old, new = Desk(Kind.CIT).do(Event.RECEIVE), received(Kind.CIT)
    for desk, days in ((old, 15), (new, 10)):
        later = {"terms": terms_for(second_pack(), Kind.CIT), "policy": "later"}
        desk.do(Event.PASS_FORMAL, **later).do(Event.PROPOSE, **later)
        assert desk.case.clock is not None
        assert desk.case.clock.due == after(days)
    assert (old.case.terms, new.case.terms) == (STANDARD, terms_for(second_pack(), Kind.CIT))


def test_T_86_pins_and_terms_end_by_the_pack_of_the_case() -> None:
    withdrawn = received(Kind.CIT).do(Event.WITHDRAW, voucher=Voucher(kind="withdrawal"))
    assert pin_last_day(withdrawn.case) == after(14)
    call = received(Kind.AGY, Event.PRESERVE)
    assert pin_last_day(call.case) == after(21)
    assert [due.day for due in dues(call.case, DAY)] == [after(21)]
    assert call.wait(21).refused(Event.NO_LETTER).missing == ("letter_term_over",)
    locked = received(Kind.INT).do(Event.LOCK, source="court")
    assert pin_last_day(locked.case) == after(90)


def test_T_86_a_refusal_has_the_pack_s_remedy_and_what_is_kept_after_it() -> None:
    desk = _decided(received(Kind.CIT), Event.REFUSE)
    told = desk.do(Event.ISSUE, Event.NOTIFY)
    assert pin_last_day(told.end().case) == after(30 + 20)


def test_T_86_a_grant_is_booked_and_lapses_by_the_pack_of_the_case_and_has_its_viewers() -> None:
    desk = _decided(received(Kind.CIT), Event.GRANT)
    last = {due.code: due.day for due in dues(desk.case, DAY)}
    assert (last["booking"], last["viewing"]) == (after(7), after(20))
    three = facts_for(desk.do(Event.ISSUE, Event.NOTIFY).case, DAY).viewing
    three = msgspec.structs.replace(three, viewers=three.viewers[:1] * 3)
    assert "viewers_few" in desk.refused(Event.SCHEDULE, viewing=three).missing
    assert desk.do(Event.SCHEDULE).case.token is not None
    assert desk.case.token.last == after(20)


# --- the chain ---


def _decided(desk: Desk, event: Event) -> Desk:
    desk.do(Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP)
    assert desk.case.state is State.DECISION, "no secretary in its chain"
    return desk.do(event, **({"rulings": refusing("ab")} if event is Event.REFUSE else {}))


def test_T_86_D_22_a_chain_without_a_secretary_goes_from_the_unit_head_to_the_director() -> None:
    desk = received(Kind.CIT).do(Event.PASS_FORMAL, Event.PROPOSE)
    assert [row.id for row in waiting(desk.case)] == ["C8"]
    desk.do(Event.STAMP)
    assert desk.case.state is State.DECISION
    assert not [each for each in desk.case.signatures if each.stage == "secretary"]
    assert Event.GRANT in possible(desk.case)
    beside = Desk(Kind.CIT).do(Event.RECEIVE, Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP)
    assert beside.case.state is State.SEC_REVIEW, "the first office's case, on the same day"


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.AGY])
def test_a_shorter_chain_is_the_same_table_without_the_secretary_s_rows(kind: Kind) -> None:
    case = received(kind).case
    rows = {row.id: row for row in rows_of(case)}
    for row in TABLES[kind]:
        if row.sources == (State.SEC_REVIEW,):
            assert row.id not in rows
        elif row.target is State.SEC_REVIEW:
            assert rows[row.id] == row._replace(target=State.DECISION)
        else:
            assert rows[row.id] is row
    assert not [row.id for row in rows.values() if row.target is State.SEC_REVIEW]


def test_a_return_in_a_shorter_chain_begins_it_again() -> None:
    desk = received(Kind.CIT).do(Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP)
    desk.do(Event.RETURN)
    assert desk.case.state is State.CHECKING
    desk.do(Event.PROPOSE, Event.STAMP)
    assert desk.case.state is State.DECISION
    found = judge(desk.case, Event.STAMP, actor("hsu"), facts_for(desk.case, DAY), DAY)
    assert str(found).startswith("to stamp: no_row")
