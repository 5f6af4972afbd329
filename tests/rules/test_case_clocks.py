"""Clocks, pins, numbers, policy versions and requests to be forgotten: D-05, D-11, D-22, AT-01, 05, 34, 63, 66."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Damaged, NotFound, UsageError
from appliance.rules.cases import clocks
from appliance.rules.cases.deletion import DeletionAnswer, answer_deletion, answer_together
from appliance.rules.cases.dues import Due, due_of, dues, mark_of
from appliance.rules.cases.judging import Next
from appliance.rules.cases.numbers import case_number, next_number, parse_number
from appliance.rules.cases.papers import Dispatch, Form, Otherwise, Service, Voucher
from appliance.rules.cases.pins import is_pinned, last_day_for, pin_last_day
from appliance.rules.cases.ranges import Scope
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.waiting import waiting
from appliance.rules.deadlines import ceiling_date, day_of, start_ns_of
from appliance.rules.packs.order import pack_on, with_pack
from appliance.rules.packs.shipped import shipped_pack
from appliance.rules.people import Role
from appliance.rules.policy import Policy
from tests.rules.casedesk import DAY, Desk, facts_for, granting, refusing

RECEIPTS = {Kind.CIT: Event.RECEIVE, Kind.INT: Event.SUBMIT, Kind.AGY: Event.RECEIVE_LETTER}
DAYS = st.integers(0, 40)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def refused(kind: Kind = Kind.CIT, served: date = DAY) -> Desk:
    desk = Desk(kind).to_decision().do(Event.REFUSE, rulings=refusing("ab"))
    if kind is Kind.INT:
        return desk
    told = msgspec.structs.replace(facts_for(desk.case, DAY).service, day=served)
    return desk.do(Event.ISSUE, Event.NOTIFY, service=told)


# --- clocks ---


def test_D_11_a_citizen_is_answered_in_15_days_staff_in_5_working_days_an_agency_in_3_red_at_7() -> None:
    due = {kind: Desk(kind).do(RECEIPTS[kind]).case.clock for kind in Kind}
    assert due[Kind.CIT] == clocks.CaseClock(due=after(15), red=after(15))
    assert due[Kind.INT] == clocks.CaseClock(due=date(2026, 12, 1), red=date(2026, 12, 1))
    assert due[Kind.AGY] == clocks.CaseClock(due=date(2026, 11, 27), red=date(2026, 12, 3))
    off = frozenset({date(2026, 11, 25)})
    calendar = off | {day for day in map(after, range(40)) if day.weekday() >= 5}
    later = Desk(Kind.AGY).do(Event.RECEIVE_LETTER, days_off=frozenset(calendar)).case.clock
    assert later is not None
    assert later.due == date(2026, 11, 30)


@given(waited=DAYS, given_days=DAYS)
def test_the_clock_stands_still_while_the_applicant_completes_the_papers(waited: int, given_days: int) -> None:
    bare = Form(present=True, in_hand=True)
    desk = Desk(Kind.CIT).do(Event.RECEIVE, form=bare).do(Event.FIND_DEFECTS, form=bare)
    assert [due.code for due in dues(desk.case, desk.today)] == ["answer"], "nobody was asked for anything yet"
    desk.wait(waited).do(Event.ISSUE_CORRECTION)
    assert dues(desk.case, desk.today) == ()
    desk.do(Event.SERVE_CORRECTION)
    assert [due.code for due in dues(desk.case, desk.today)] == ["correction"]
    desk.wait(given_days).do(Event.CORRECTED)
    assert desk.case.clock is not None
    assert desk.case.clock.due == after(15 + given_days)


def test_a_clock_is_lengthened_once_and_told_in_writing() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE)
    assert desk.refused(Event.ISSUE_EXTENSION).missing == ("no_extension",)
    desk.do(Event.EXTEND)
    assert desk.case.clock is not None
    assert desk.case.clock.due == after(15), "decided and not told"
    assert desk.refused(Event.EXTEND).missing == ("not_extended",)
    desk.do(Event.ISSUE_EXTENSION)
    assert desk.case.clock.due == after(30)
    assert desk.refused(Event.ISSUE_EXTENSION).missing == ("no_extension",)
    desk.do(Event.SERVE_EXTENSION)
    assert desk.refused(Event.EXTEND).missing == ("not_extended",)


def test_an_answer_that_was_told_ends_the_clock() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.GRANT)
    assert dues(desk.case, after(16))[0] == Due("booking", after(14), True)
    assert Due("issue", after(15), True) in dues(desk.case, after(16)), "decided: what is due is its letter"
    desk.do(Event.ISSUE, Event.NOTIFY)
    assert [due.code for due in dues(desk.case, DAY)] == ["booking", "viewing"]


def test_AT_07_a_step_is_due_by_its_own_day_and_by_no_term_of_the_applicant() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.GRANT)
    found = dues(desk.case, DAY)
    assert [due.code for due in found] == ["booking", "issue", "viewing"]
    assert due_of(Event.ISSUE, found) == Due("issue", after(15), False)
    desk.do(Event.ISSUE, Event.NOTIFY, Event.SCHEDULE)
    assert desk.case.token is not None
    assert due_of(Event.BEGIN, dues(desk.case, DAY)) == Due("appointment", desk.case.token.on, False)
    booked = Due("appointment", after(2), False)
    assert [mark_of(booked, after(day)) for day in (0, 1, 2)] == ["none", "none", "amber"], "it is kept, not overrun"
    assert mark_of(booked._replace(overdue=True), after(3)) == "over"
    refused = Desk(Kind.CIT).to_decision().do(Event.REFUSE, rulings=refusing("ab")).do(Event.ISSUE, Event.NOTIFY)
    (remedy,) = dues(refused.case, after(30))
    assert (remedy.code, mark_of(remedy, after(30))) == ("remedy", "none"), "its last day hurries nobody here"
    assert due_of(Event.SIGN_LEDGER, [remedy]) is None


def test_AT_07_what_the_applicant_owes_waits_for_nobody_before_it_was_asked_for() -> None:
    bare = Form(present=True, in_hand=True)
    desk = Desk(Kind.CIT).do(Event.RECEIVE, form=bare).do(Event.FIND_DEFECTS, form=bare)
    assert [row.event for row in waiting(desk.case)] == [Event.ISSUE_CORRECTION]
    desk.do(Event.ISSUE_CORRECTION)
    assert [row.event for row in waiting(desk.case)] == [Event.SERVE_CORRECTION]
    desk.do(Event.SERVE_CORRECTION)
    assert [row.event for row in waiting(desk.case)] == [Event.CORRECTED]


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.INT])
def test_AT_07_a_viewing_whose_day_went_by_is_to_be_booked_anew(kind: Kind) -> None:
    letter = () if kind is Kind.INT else (Event.ISSUE, Event.NOTIFY)
    desk = Desk(kind).to_decision().do(Event.GRANT, *letter, Event.SCHEDULE)
    token = desk.case.token
    assert token is not None
    ahead = Event.BEGIN if kind is Kind.INT else Event.PREPARE
    assert [row.event for row in waiting(desk.case, today=token.on)] == [ahead]
    late = token.on + timedelta(days=1)
    assert [row.event for row in waiting(desk.case, today=late)] == [Event.SCHEDULE]
    assert due_of(Event.SCHEDULE, dues(desk.case, late)) == Due("appointment", token.on, True)


def test_AT_07_an_agencys_viewing_that_was_made_ready_and_went_by_waits_for_the_officer_from_the_next_day() -> None:
    """Its copy goes first (A15). The recorder does it within a minute, but not while its clock is in doubt."""
    desk = Desk(Kind.AGY).to_notified().do(Event.SCHEDULE, Event.PREPARE)
    token = desk.case.token
    assert token is not None
    assert [row.event for row in waiting(desk.case, today=token.on)] == [Event.BEGIN]
    late = token.on + timedelta(days=1)
    assert [(row.event, Role.OFFICER in row.who) for row in waiting(desk.case, today=late)] == [(Event.NO_SHOW, True)]
    assert due_of(Event.NO_SHOW, dues(desk.case, late)) == Due("appointment", token.on, True)
    assert desk.refused(Event.NO_SHOW, "wang").missing == ("day_is_over",)
    desk.wait(1).do(Event.NO_SHOW, who="wang")
    assert [row.event for row in waiting(desk.case, today=late)] == [Event.SCHEDULE]


def test_AT_65_D_23_a_request_under_another_law_is_due_by_the_name_of_that_term() -> None:
    asked = Desk(Kind.CIT).do(Event.RECEIVE, statutory="檔案法第17條")
    assert dues(asked.case, DAY) == (Due("statutory", after(15), False),)
    later = Desk(Kind.CIT).do(Event.RECEIVE).do(Event.FLAG_STATUTORY, statutory="政府資訊公開法")
    assert dues(later.case, DAY) == (Due("statutory", after(15), False),)
    decided = asked.do(Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP, Event.STAMP, Event.GRANT)
    assert dues(decided.case, DAY)[-1].code != "statutory"
    assert "issue" in {due.code for due in dues(decided.case, DAY)}, "decided, and only its letter is due"


def test_whoever_is_sent_elsewhere_while_papers_were_missing_is_owed_an_answer_again() -> None:
    bare = Form(present=True, in_hand=True)
    desk = Desk(Kind.CIT).do(Event.RECEIVE, form=bare).wait(2).do(Event.FIND_DEFECTS, form=bare)
    desk.do(Event.ISSUE_CORRECTION).wait(3).do(Event.PROPOSE_REDIRECT, Event.STAMP, Event.STAMP, Event.REDIRECT)
    assert dues(desk.case, desk.today) == (Due("issue", after(18), False),)
    assert dues(desk.do(Event.ISSUE).case, desk.today) == ()


def test_a_correction_is_due_in_7_days_rolled_past_a_holiday_and_then_dismissed() -> None:
    bare = Form(present=True, in_hand=True)
    off = frozenset({after(7), after(8)})
    desk = Desk(Kind.CIT).do(Event.RECEIVE, form=bare).do(Event.FIND_DEFECTS, form=bare)
    desk.do(Event.ISSUE_CORRECTION, Event.SERVE_CORRECTION, days_off=off)
    assert desk.case.correction_due == after(9)
    assert desk.wait(9).refused(Event.OVERDUE).next is Next.WAIT
    desk.wait(1).do(Event.OVERDUE)
    assert desk.case.result is State.DISMISSED
    assert desk.do(Event.ISSUE, Event.NOTIFY).end().case.state is State.CLOSED


@pytest.mark.parametrize("kind", Kind)
def test_what_was_granted_and_not_viewed_lapses_after_30_days(kind: Kind) -> None:
    desk = Desk(kind).to_decision().do(Event.GRANT).do(*((Event.ISSUE, Event.NOTIFY) if kind is not Kind.INT else ()))
    desk.wait(30)
    assert desk.refused(Event.LAPSE).missing == ("term_over",)
    desk.do(Event.SCHEDULE)
    desk.wait(1)
    assert "not_lapsed" in desk.refused(Event.SCHEDULE).missing, "no day mends it"
    assert [row.event for row in waiting(desk.case, today=desk.today, lapsed=True)] == [Event.LAPSE]
    due = due_of(Event.LAPSE, dues(desk.case, desk.today))
    assert due is not None
    assert due.code == "viewing"
    desk.do(Event.LAPSE, who="system").end()
    assert desk.case.token is None


@pytest.mark.parametrize("kind", Kind)
def test_D_11_a_grant_whose_last_day_is_a_day_off_may_be_viewed_on_the_next_that_is_none(kind: Kind) -> None:
    off = frozenset({after(30), after(31)})
    letter = () if kind is Kind.INT else (Event.ISSUE, Event.NOTIFY)
    desk = Desk(kind).to_decision().do(Event.GRANT, *letter).wait(32)
    assert [due.day for due in dues(desk.case, desk.today, off) if due.code == "viewing"] == [after(32)]
    assert desk.refused(Event.LAPSE, days_off=off).missing == ("term_over",)
    desk.do(Event.SCHEDULE, days_off=off)
    assert desk.case.token is not None
    assert desk.case.token.last == after(32)
    assert desk.wait(1).do(Event.LAPSE, who="system", days_off=off).case.state is State.LAPSED


def test_an_agency_s_copy_never_lapses_and_waits_for_what_was_really_done() -> None:
    """No copy is put on a medium yet, so it is given in another way: the agency did not fail to come."""
    desk = Desk(Kind.AGY).to_decision().do(Event.GRANT_COPY, Event.ISSUE, Event.NOTIFY).wait(400)
    assert desk.refused(Event.LAPSE, "system").missing == ("viewing_granted", "copy_left")
    assert [row.event for row in waiting(desk.case, today=desk.today)] == [Event.OTHERWISE]
    due = due_of(Event.OTHERWISE, dues(desk.case, desk.today))
    assert due == Due("other_means", after(14), True)
    assert "viewing" not in {each.code for each in dues(desk.case, desk.today)}
    assert desk.do(Event.OTHERWISE).case.state is State.OTHERWISE
    assert desk.end().case.state is State.CLOSED


def done(**changes: Any) -> Otherwise:
    told = {
        "done": "調閱原主機，當面交付光碟一片",
        "day": DAY,
        "copied": "yes",
        "medium": "光碟 1",
        "destroyed": "無留存",
    }
    return Otherwise(**{**told, **changes})


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"done": " "}, ("otherwise_done",)),
        ({"day": None}, ("otherwise_day",)),
        ({"day": DAY - timedelta(days=1)}, ("otherwise_day",)),
        ({"day": DAY + timedelta(days=1)}, ("otherwise_day",)),
        ({"copied": ""}, ("otherwise_copied",)),
        ({"medium": ""}, ("otherwise_medium",)),
        ({"destroyed": ""}, ("otherwise_destroyed",)),
    ],
)
def test_what_was_done_in_another_way_is_told_whole(changes: dict[str, Any], missing: tuple[str, ...]) -> None:
    desk = Desk(Kind.AGY).to_notified(Event.GRANT_COPY)
    assert desk.refused(Event.OTHERWISE, otherwise=done(**changes)).missing == missing
    assert desk.do(Event.OTHERWISE, otherwise=done()).case.state is State.OTHERWISE


def test_AT_56_no_copy_leaves_the_office_in_another_way_without_a_decision_or_a_court_s_order() -> None:
    desk = Desk(Kind.AGY).to_notified()
    assert desk.refused(Event.OTHERWISE, otherwise=done()).missing == ("otherwise_not_allowed",)
    desk.do(Event.COURT_ORDER, voucher=Voucher(kind="court_order", number="1", agency="臺北地院"))
    assert desk.do(Event.OTHERWISE, otherwise=done()).case.state is State.OTHERWISE


# --- pins ---


def test_D_05_the_pin_of_a_viewed_case_ends_with_its_close() -> None:
    desk = Desk(Kind.CIT).to_notified().do(Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.FINISH, Event.CLEAN)
    assert is_pinned(desk.case, after(300)), "an open case keeps what it is about"
    desk.wait(5).end()
    assert (is_pinned(desk.case, after(5)), is_pinned(desk.case, after(6))) == (True, False)


@pytest.mark.parametrize("kind", Kind)
def test_D_05_a_refusal_keeps_the_pin_for_30_days_and_10_after_it_was_served(kind: Kind) -> None:
    desk = refused(kind).end()
    assert pin_last_day(desk.case) == after(40)
    off = frozenset({after(30), after(31)})
    assert pin_last_day(desk.case, off) == after(42), "a last day that is a holiday is the next working day"
    late = refused(kind).wait(90).end()
    assert pin_last_day(late.case) == after(90), "not before the case is closed"


def test_D_05_what_was_refused_of_a_partial_grant_keeps_it_too() -> None:
    desk = Desk(Kind.CIT).to_decision()
    rulings = (*facts_for(desk.case, DAY).rulings[:1], *refusing("ab")[1:])
    desk.do(Event.GRANT_PARTLY, rulings=rulings).do(
        Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN
    )
    desk.do(Event.FINISH, Event.CLEAN).end()
    assert pin_last_day(desk.case) == after(40)


def test_C23_a_withdrawal_ends_the_pin_after_7_days_closed_or_not() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE)
    assert desk.refused(Event.WITHDRAW).missing == ("withdrawal_in_writing",)
    desk.do(Event.WITHDRAW, voucher=Voucher(kind="withdrawal"))
    assert pin_last_day(desk.case) == after(7)
    assert not is_pinned(desk.wait(8).case, desk.today)
    assert not is_pinned(desk.end().case, desk.today), "a pin that ended does not come back"
    own = Desk(Kind.INT).do(Event.SUBMIT).do(Event.WITHDRAW, who="peng")
    assert own.case.state is State.WITHDRAWN


def test_I10_the_judicial_lock_keeps_it_60_days_and_never_beyond_the_ceiling() -> None:
    desk = Desk(Kind.INT).do(Event.SUBMIT).do(Event.LOCK).end()
    assert pin_last_day(desk.case) == after(60)
    old = Scope("A-1", start_ns_of(after(-350)), start_ns_of(after(-350)) + 1)
    assert last_day_for(desk.case, old, 364) == after(14)


def test_AT_34_the_slip_keeps_the_pin_30_days_and_is_renewed_once() -> None:
    desk = Desk(Kind.CIT).to_notified().do(Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.FINISH)
    assert desk.refused(Event.SLIP).why == "no_row"
    desk = refused(served=DAY).do(Event.SLIP).wait(25)
    assert [str(effect) for effect in desk.rows[-1].effects][:2] == ["paper copy_by_agency_slip", "pin_term slip 30 d"]
    desk.do(Event.SLIP)
    assert desk.refused(Event.SLIP).missing == ("slip_left",)
    assert pin_last_day(desk.end().case) == after(55), "25 days later, and 30 more: past the remedy's 40"


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.AGY])
def test_nothing_found_keeps_what_may_be_there_for_the_remedy(kind: Kind) -> None:
    start = (Event.PASS_FORMAL,) if kind is Kind.CIT else (Event.CHECK,)
    desk = Desk(kind).do(RECEIPTS[kind], *start).do(Event.NONE_FOUND, existence="gap").do(Event.ISSUE, Event.NOTIFY)
    assert pin_last_day(desk.end(existence="gap").case) == after(40)


def test_the_ceiling_goes_over_every_pin() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE)
    for scope in desk.case.asked:
        assert pin_last_day(desk.case) is None
        assert last_day_for(desk.case, scope, 364) == ceiling_date(day_of(scope.start_ns), 364)


def test_C22_an_appeal_becomes_a_hold_and_only_against_what_was_not_given() -> None:
    desk = refused()
    appeal = Voucher(kind="appeal", number="訴1", day=desk.case.served_on)
    assert Desk(Kind.CIT).to_notified().refused(Event.APPEAL, voucher=appeal).missing == ("result_negative",)
    assert refused().refused(Event.APPEAL).missing == ("appeal_letter", "appeal_day")
    early = msgspec.structs.replace(appeal, day=desk.today - timedelta(days=1))
    assert desk.refused(Event.APPEAL, voucher=early).missing == ("appeal_day",), "before the answer arrived"
    desk.do(Event.APPEAL, voucher=appeal)
    assert desk.case.state is State.NOTIFIED
    assert str(desk.rows[-1].effects[0]) == "hold remedy"


@pytest.mark.parametrize("until", ["notified", "closed"])
def test_C22_an_appeal_is_taken_until_after_the_close_which_it_does_not_undo(until: str) -> None:
    appeal = Voucher(kind="appeal", number="訴1", day=DAY)
    desk = refused()
    if until == "closed":
        desk.end()
    state = desk.case.state
    desk.wait(20).do(Event.APPEAL, voucher=appeal)
    assert (desk.case.state, pin_last_day(desk.case)) == (state, None), "no rule ends the pin while it is open"
    assert "appeal" in desk.case.flags
    assert str(desk.rows[-1].effects[0]) == "hold remedy"
    granted = Desk(Kind.CIT).to_notified(Event.REFUSE, rulings=refusing("ab")).end()
    assert granted.refused(Event.APPEAL).missing == ("appeal_letter", "appeal_day")


def test_C22_what_was_granted_in_part_is_appealed_beside_the_viewing_of_that_part() -> None:
    desk = Desk(Kind.CIT).to_decision()
    masked = granting(desk.case.asked, masked=True, reason="third persons")
    desk.do(Event.GRANT_PARTLY, rulings=masked).do(Event.ISSUE, Event.NOTIFY)
    desk.do(Event.FINISH_MASKS, Event.CONFIRM_MASKS, Event.SCHEDULE)
    desk.do(Event.APPEAL, voucher=Voucher(kind="appeal", number="訴1", day=desk.today))
    assert desk.case.state is State.SCHEDULED


def test_a_notice_is_not_dated_ahead() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.GRANT)
    assert desk.refused(
        Event.ISSUE, dispatch=Dispatch(day=after(1), doc_no="北市萬戶行字第1號", signer="tsai")
    ).missing == ("issue_day",)
    desk.do(Event.ISSUE)
    assert desk.refused(Event.NOTIFY, service=Service(means="post", day=after(1))).missing == ("service_day",)


@pytest.mark.parametrize("event", [Event.GRANT, Event.REFUSE])
def test_D_05_nothing_goes_out_before_the_decision_and_nothing_arrives_before_it_went_out(event: Event) -> None:
    """The remedy and the pin's end are counted from the day of service: one too early would end the pin too early."""
    rulings = {"rulings": refusing("ab")} if event is Event.REFUSE else {}
    desk = Desk(Kind.CIT).to_decision().wait(3).do(event, **rulings)
    early = msgspec.structs.replace(facts_for(desk.case, desk.today).dispatch, day=after(2))
    assert desk.refused(Event.ISSUE, dispatch=early).missing == ("issue_day",)
    desk.wait(2).do(Event.ISSUE)
    service = facts_for(desk.case, desk.today).service
    for day in (after(4), after(2), after(-54)):
        bad = msgspec.structs.replace(service, day=day)
        assert desk.refused(Event.NOTIFY, service=bad).missing == ("service_day",)
    assert desk.do(Event.NOTIFY, service=service).case.served_on == after(5)


# --- numbers ---


def test_a_number_has_the_roc_year_of_receipt_the_kind_and_a_serial() -> None:
    assert case_number(113, Kind.CIT, 1) == "113調-民-0001"
    assert next_number([], Kind.AGY, date(2024, 12, 31)) == "113調-機-0001"
    taken = ["113調-民-0001", "113調-機-0001", "113調-民-0002"]
    assert next_number(taken, Kind.CIT, date(2024, 12, 31)) == "113調-民-0003"
    assert next_number(taken, Kind.CIT, date(2025, 1, 1)) == "114調-民-0001"


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), st.sampled_from([date(2024, 12, 31), date(2025, 1, 1)]))))
def test_numbers_of_a_year_and_kind_have_no_gap_and_no_double(received: list[tuple[Kind, date]]) -> None:
    taken: list[str] = []
    for kind, day in received:
        taken.append(next_number(taken, kind, day))
    for kind in Kind:
        for year in (113, 114):
            serials = [serial for roc, of, serial in map(parse_number, taken) if (roc, of) == (year, kind)]
            assert serials == list(range(1, len(serials) + 1))


@pytest.mark.parametrize("taken", [["113調-民-0002"], ["113調-民-0001", "113調-民-0001"]])
def test_a_gap_or_a_double_among_the_numbers_is_damage(taken: list[str]) -> None:
    with pytest.raises(Damaged, match="verify the ledger"):
        next_number(taken, Kind.CIT, date(2024, 5, 1))


@pytest.mark.parametrize("text", ["", "113-0001", "113調-民-001", "113調-他-0001", "113調-民-0000", "0調-民-0001"])
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError, match="is none"):
        parse_number(text)


# --- policy versions ---

RENAMED = msgspec.structs.replace(shipped_pack().office, unit="行政資訊課")
SECOND = msgspec.structs.replace(shipped_pack(), version="116-01-01", effective=date(2027, 1, 1), office=RENAMED)
FIRST = with_pack((), shipped_pack(), date(2024, 9, 27))


def test_AT_01_AT_05_a_case_keeps_the_version_and_the_unit_s_name_it_was_received_under() -> None:
    packs = with_pack(FIRST, SECOND, DAY)
    in_force = pack_on(packs, DAY)
    given = {"policy": in_force.version, "managing_section": in_force.office.unit}
    desk = Desk(Kind.CIT).do(Event.RECEIVE, **given).wait(60)
    later = pack_on(packs, desk.today)
    assert later is SECOND
    desk.do(Event.PASS_FORMAL, Event.PROPOSE, policy=later.version, managing_section=later.office.unit)
    assert (desk.case.policy, desk.case.unit) == (shipped_pack().version, "行政庶務課")


def test_AT_01_no_case_is_opened_while_no_pack_is_in_force() -> None:
    with pytest.raises(NotFound, match="none is in force"):
        pack_on(FIRST, date(2024, 9, 26))
    assert Desk(Kind.CIT).refused(Event.RECEIVE, policy="").missing == ("policy",)


# --- requests to be forgotten ---


@pytest.mark.parametrize(
    ("days", "kept", "answer"),
    [
        (0, {}, ("statutory_retention", after(45))),
        (31, {}, ("statutory_retention", after(45))),
        (32, {}, ("due", after(45))),
        (50, {}, ("due", after(50))),
        (50, {"held": True}, ("held", after(364))),
        (400, {"held": True, "beyond_ceiling": True}, ("held", None)),
    ],
)
def test_AT_66_T_28_a_request_to_be_forgotten_is_answered_with_a_day_and_destroys_nothing(
    days: int, kept: dict[str, bool], answer: tuple[str, date | None]
) -> None:
    scope = Scope("A-1", start_ns_of(DAY), start_ns_of(DAY) + 1)
    assert answer_deletion(scope, Policy(), after(days), **kept) == answer


def test_AT_66_of_a_range_over_days_the_answer_is_the_last_day_on_which_any_of_it_exists() -> None:
    scope = Scope("A-1", start_ns_of(DAY), start_ns_of(after(3)) + 1)
    assert answer_deletion(scope, Policy(), after(5)).gone_by == after(3 + 45)
    assert answer_deletion(scope, Policy(), after(5), held=True).gone_by == after(3 + 364)


def test_AT_66_ranges_that_are_kept_for_different_reasons_have_one_answer_that_promises_no_day_too_early() -> None:
    inside = DeletionAnswer("statutory_retention", date(2027, 1, 2))
    held, open_end = DeletionAnswer("held", date(2027, 11, 17)), DeletionAnswer("held", None)
    due = DeletionAnswer("due", date(2026, 12, 1))
    assert answer_together([due, inside]) == inside
    assert answer_together([inside, held, due]) == held
    assert answer_together([inside, open_end]) == open_end, "no day can be promised, so the floor is not what is said"
    assert answer_together([]) == DeletionAnswer("none_there", None)
