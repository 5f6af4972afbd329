"""The letters of a case: each goes out with its number, day and signer, and arrives in another act (``AT-72``)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from appliance.rules.cases.chains import TABLES, row_named
from appliance.rules.cases.dues import dues
from appliance.rules.cases.facts import Case
from appliance.rules.cases.papers import Dispatch, Form, Service
from appliance.rules.cases.pins import pin_last_day
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.waiting import waiting
from tests.rules.casedesk import DAY, Desk, facts_for, granting, refusing

BARE = Form(present=True, in_hand=True)


def events(case: Case) -> list[Event]:
    return [row.event for row in waiting(case)]


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.AGY])
def test_AT_72_an_answer_goes_out_under_its_number_before_it_arrives_and_each_is_a_duty(kind: Kind) -> None:
    desk = Desk(kind).to_decision().do(Event.REFUSE, rulings=refusing("ab"))
    assert events(desk.case) == [Event.ISSUE]
    found = desk.refused(Event.ISSUE, dispatch=Dispatch())
    assert found.missing == ("issue_day", "doc_no", "letter_signer")
    desk.do(Event.ISSUE)
    assert (desk.case.state, desk.case.issued_on, desk.case.served_on) == (State.REFUSED, DAY, None)
    assert desk.case.doc_no
    assert events(desk.case) == [Event.NOTIFY], "sent, and not known to have arrived"
    assert desk.refused(Event.ISSUE).missing == ("already_issued",)
    assert desk.wait(4).refused(Event.NOTIFY, service=Service()).missing == (
        "service_means", "service_day", "service_proof", "service_proof_day",
    )  # fmt: skip
    desk.do(Event.NOTIFY)
    assert (desk.case.state, desk.case.served_on) == (State.NOTIFIED, desk.today)
    assert desk.case.doc_no == "北市萬戶行字第1號"


def test_D_11_the_office_s_clock_ends_when_the_answer_goes_out_and_the_remedy_runs_from_its_service() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.REFUSE, rulings=refusing("ab"))
    assert [due.code for due in dues(desk.case, desk.today)] == ["issue"]
    desk.do(Event.ISSUE).wait(20)
    assert dues(desk.case, desk.today) == (), "nothing is overdue that has gone out in time"
    desk.do(Event.NOTIFY)
    assert [(due.code, due.day) for due in dues(desk.case, desk.today)] == [("remedy", DAY + timedelta(days=50))]
    assert pin_last_day(desk.end().case) == DAY + timedelta(days=60)


def test_a_letter_is_signed_by_who_was_the_head_or_signed_for_the_head_on_its_day() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.GRANT)
    for deputy in ("hsu", "chen"):
        assert isinstance(
            desk.ask(Event.ISSUE, dispatch=Dispatch(day=DAY, doc_no="北市萬戶行字第1號", signer=deputy)), Row
        )
    late = Desk(Kind.CIT).to_decision().do(Event.GRANT).wait(500)
    assert late.refused(
        Event.ISSUE, dispatch=Dispatch(day=late.today, doc_no="北市萬戶行字第1號", signer="hsu")
    ).missing == ("letter_signer",)
    late.do(Event.ISSUE, dispatch=Dispatch(day=DAY, doc_no="北市萬戶行字第1號", signer="hsu"))


def test_C2_the_clock_stands_still_from_the_notice_s_issue_and_the_applicant_s_days_run_from_its_service() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE, form=BARE).do(Event.FIND_DEFECTS, form=BARE)
    assert events(desk.case) == [Event.ISSUE_CORRECTION]
    assert desk.case.clock
    assert desk.case.clock.stopped is None
    desk.wait(2).do(Event.ISSUE_CORRECTION)
    assert desk.case.clock.stopped == desk.today
    assert (desk.case.correction_due, events(desk.case)) == (None, [Event.SERVE_CORRECTION])
    assert desk.wait(30).refused(Event.OVERDUE).missing == ("correction_overdue",), "nobody is late who was not told"
    desk.do(Event.SERVE_CORRECTION)
    assert desk.case.correction_due == desk.today + timedelta(days=7)
    assert events(desk.case) == [Event.CORRECTED]
    assert desk.refused(Event.SERVE_CORRECTION).missing == ("already_served",)
    desk.wait(8).do(Event.OVERDUE)


def test_an_agency_s_clock_runs_on_while_its_letter_is_completed() -> None:
    desk = Desk(Kind.AGY).do(Event.RECEIVE_LETTER)
    letter = msgspec.structs.replace(facts_for(desk.case, DAY).letter, basis="")
    desk.do(Event.FIND_DEFECTS, letter=letter).do(Event.ISSUE_CORRECTION, Event.SERVE_CORRECTION)
    assert desk.case.clock
    assert (desk.case.clock.stopped, desk.case.correction_due) == (None, None)


def test_D_11_an_extension_that_waits_to_be_told_is_a_duty_and_its_service_another() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE, Event.EXTEND)
    assert events(desk.case)[0] == Event.ISSUE_EXTENSION
    desk.do(Event.ISSUE_EXTENSION)
    assert events(desk.case)[0] == Event.SERVE_EXTENSION
    desk.do(Event.SERVE_EXTENSION, Event.PASS_FORMAL)
    assert events(desk.case) == [Event.PROPOSE]


def test_AT_70_an_agency_has_no_remedy_and_is_told_none() -> None:
    def codes(kind: Kind) -> set[str]:
        desk = Desk(kind).to_decision().do(Event.REFUSE, rulings=refusing("ab")).do(Event.ISSUE, Event.NOTIFY)
        return {due.code for due in dues(desk.case, desk.today)}

    assert codes(Kind.CIT) == {"remedy"}
    assert codes(Kind.AGY) == set()


def test_T_31_a_citizen_who_is_redirected_has_the_remedy_and_the_footage_stays_for_it() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE, Event.PROPOSE_REDIRECT, Event.STAMP, Event.STAMP, Event.REDIRECT)
    desk.do(Event.ISSUE)
    assert desk.refused(Event.NOTIFY, service=Service(means="post", day=DAY)).missing == (
        "service_proof", "service_proof_day",
    )  # fmt: skip
    desk.do(Event.NOTIFY)
    assert [due.code for due in dues(desk.case, desk.today)] == ["remedy"]
    desk.end()
    assert pin_last_day(desk.case) == DAY + timedelta(days=40)


def test_C12_the_proof_of_service_has_a_number_and_a_day_that_fits() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.REFUSE, rulings=refusing("ab")).do(Event.ISSUE)

    def misses(**proof: Any) -> tuple[str, ...]:
        return desk.refused(Event.NOTIFY, service=Service(means="post", day=DAY, **proof)).missing

    assert misses() == ("service_proof", "service_proof_day")
    assert misses(proof_no=" ", proof_day=DAY) == ("service_proof",)
    assert misses(proof_no="RR1", proof_day=DAY + timedelta(days=1)) == ("service_proof_day",)
    assert misses(proof_no="RR1", proof_day=DAY - timedelta(days=1)) == ("service_proof_day",)
    granted = Desk(Kind.CIT).to_decision().do(Event.GRANT, Event.ISSUE)
    assert granted.refused(Event.NOTIFY, service=Service(means="post", day=DAY, proof_no="RR1")).missing
    granted.do(Event.NOTIFY, service=Service(means="post", day=DAY))


def test_D_11_an_extension_gives_its_reason_and_its_service_is_asked_for_until_the_decision() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE, Event.PASS_FORMAL)
    assert desk.refused(Event.EXTEND, reason="").missing == ("note",)
    desk.do(Event.EXTEND, Event.ISSUE_EXTENSION, Event.PROPOSE, Event.STAMP, Event.STAMP, Event.GRANT)
    assert desk.refused(Event.SERVE_EXTENSION).why == "no_row"
    assert [row.event for row in waiting(desk.case)] == [Event.NOTIFY]


def test_C12_a_citizen_who_is_granted_everything_is_told_by_the_notice_handed_over_and_needs_no_letter() -> None:
    desk = Desk(Kind.CIT).to_decision().do(Event.GRANT)
    assert [row.event for row in waiting(desk.case)] == [Event.NOTIFY]
    assert desk.refused(Event.NOTIFY).missing == ("not_handed",), "posted, it is a letter that went out"
    early = Service(means="handed", day=DAY - timedelta(days=1))
    assert desk.refused(Event.NOTIFY, service=early).missing == ("service_day",)
    assert desk.refused(Event.NOTIFY, service=Service()).missing == ("service_means", "service_day")
    desk.do(Event.NOTIFY, service=Service(means="handed", day=DAY))
    assert (desk.case.state, desk.case.served_on, desk.case.issued_on) == (State.NOTIFIED, DAY, None)
    assert desk.case.clock is not None
    assert desk.case.clock.ended, "the office owes no answer any more"
    desk.do(Event.SCHEDULE, Event.PREPARE, Event.BEGIN)


def test_AT_65_what_is_refused_in_part_or_asked_under_another_law_goes_out_as_a_numbered_letter() -> None:
    handed = Service(means="handed", day=DAY, proof_no="1", proof_day=DAY)
    partly = Desk(Kind.CIT).to_decision()
    partly.do(Event.GRANT_PARTLY, rulings=granting(partly.case.asked, masked=True, reason="third persons"))
    assert partly.refused(Event.NOTIFY, service=handed).missing == ("not_issued",)
    lawful = Desk(Kind.CIT).to_decision(statutory="個人資料保護法第10條").do(Event.GRANT)
    assert lawful.refused(Event.NOTIFY, service=handed).missing == ("not_issued",)
    assert [row.event for row in waiting(lawful.case)] == [Event.ISSUE]


def test_a_row_that_the_tables_do_not_have_is_none() -> None:
    for kind in Kind:
        assert all(row_named(Case(kind=kind), row.id) is row for row in TABLES[kind])
        assert row_named(Case(kind=kind), "no such row") is None
