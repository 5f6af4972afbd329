"""Receipt and formal check by their rules: 八(二), 八(五)1 to 3, D-04, D-13, and the traps of requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from appliance.rules.cases.judging import Next, Refusal
from appliance.rules.cases.papers import Form, Letter, Proposal, Visit, Voice, Voucher
from appliance.rules.cases.people import Party, Person
from appliance.rules.cases.pins import is_pinned, pinned
from appliance.rules.cases.ranges import Scope, lines_by_day
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.deadlines import start_ns_of
from tests.rules.casedesk import DAY, FILED_NS, MINUTE_NS, Desk, facts_for

WITHDRAWN = Voucher(kind="withdrawal")
RECEIPTS = {Kind.CIT: Event.RECEIVE, Kind.INT: Event.SUBMIT, Kind.AGY: Event.RECEIVE_LETTER}


def papers(kind: Kind, **changes: Any) -> Any:
    """The form or the letter in order, but for ``changes``."""
    facts = facts_for(Desk(kind).case, DAY)
    return msgspec.structs.replace(facts.letter if kind is Kind.AGY else facts.form, **changes)


def received(kind: Kind = Kind.CIT, **changes: Any) -> Desk:
    return Desk(kind).do(RECEIPTS[kind], **changes)


@pytest.mark.parametrize("kind", Kind)
def test_AT_29_a_range_that_ends_a_minute_ahead_is_refused(kind: Kind) -> None:
    ahead = (Scope("A-1", FILED_NS - MINUTE_NS, FILED_NS + MINUTE_NS),)
    found = Desk(kind).refused(RECEIPTS[kind], asked=ahead)
    assert (found.why, found.missing) == ("guard", ("range_past",))
    assert Desk(kind).refused(RECEIPTS[kind], live=True).missing == ("not_live",)
    late = (Scope("A-1", FILED_NS - MINUTE_NS, FILED_NS),)
    assert Desk(kind).do(RECEIPTS[kind], asked=late).case.asked == late
    assert Desk(kind).do(RECEIPTS[kind]).refused(Event.ADD_RANGE, asked=ahead).missing == ("range_past",)


def test_AT_35_an_interested_person_without_an_interest_does_not_pass_the_formal_check() -> None:
    desk = received()
    bare = papers(Kind.CIT, standing="interested")
    found = desk.refused(Event.PASS_FORMAL, form=bare)
    assert (found.missing, found.next) == (("interest",), Next.ASK_CORRECTION)
    assert desk.refused(Event.PASS_FORMAL, form=papers(Kind.CIT, standing="")).missing == ("standing",)
    desk.do(Event.PASS_FORMAL, form=papers(Kind.CIT, standing="interested", interest="owner of the scooter"))


def test_AT_36_another_reason_demands_words_and_shows_the_rule_to_the_decider() -> None:
    desk = received()
    assert desk.refused(Event.PASS_FORMAL, form=papers(Kind.CIT, reason="other", reason_text="")).missing == ("reason",)
    other = papers(Kind.CIT, reason="other")
    desk.do(Event.PASS_FORMAL, form=other)
    usual = tuple(line for line in facts_for(desk.case, DAY).checklist if line[0] != "other_reason_is_unlawful_act")
    assert desk.refused(Event.PROPOSE, form=other, checklist=usual).missing == ("check_other_reason_is_unlawful_act",)
    desk.do(Event.PROPOSE, checklist=usual)


def test_AT_37_without_a_report_number_it_is_received_pinned_and_corrected_but_never_approved() -> None:
    bare = papers(Kind.CIT, report_no="")
    desk = received(form=bare)
    assert desk.case.state is State.RECEIVED
    assert is_pinned(desk.case, desk.today)
    assert desk.refused(Event.PASS_FORMAL, form=bare).missing == ("report_no",)
    desk.do(Event.FIND_DEFECTS, form=bare)
    assert desk.refused(Event.CORRECTED, form=bare).missing == ("report_no",)
    desk.do(Event.CORRECTED)
    assert "report_no" in desk.refused(Event.PROPOSE, form=bare).missing, "nor by a paper that was taken back"
    desk.do(Event.PROPOSE, Event.STAMP, Event.STAMP)
    assert desk.refused(Event.GRANT, form=bare).missing == ("report_no",)


@pytest.mark.parametrize("lacking", [{"scanned": False}, {"signed": False}])
def test_AT_38_it_does_not_go_on_without_a_scanned_and_signed_form(lacking: dict[str, bool]) -> None:
    desk = received(form=papers(Kind.CIT, **lacking))
    name = f"form_{next(iter(lacking))}"
    assert desk.refused(Event.PASS_FORMAL, form=papers(Kind.CIT, **lacking)).missing == (name,)
    desk.do(Event.FIND_DEFECTS, form=papers(Kind.CIT, report_no="", **lacking))
    assert desk.refused(Event.CORRECTED, form=papers(Kind.CIT, **lacking)).missing == (name,)


def test_AT_38_a_scan_that_follows_takes_a_reason_and_stands_in_the_way_of_the_close() -> None:
    later = papers(Kind.CIT, scanned=False, scan_follows="掃描機送修")
    assert received(form=later).refused(Event.PASS_FORMAL, form=papers(Kind.CIT, scanned=False, scan_follows=" "))
    desk = received(form=later).do(Event.PASS_FORMAL, form=later).do(Event.WITHDRAW, voucher=WITHDRAWN)
    desk.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER)
    assert desk.refused(Event.CLOSE, form=later).missing == ("scan_filed",)
    desk.do(Event.CLOSE, form=papers(Kind.CIT, scan_follows="掃描機送修"))


def test_AT_38_a_withdrawn_case_is_closed_with_its_scan_or_a_reason_that_the_unit_head_signed() -> None:
    bare = papers(Kind.CIT, scanned=False)
    desk = received(form=bare).do(Event.WITHDRAW, voucher=WITHDRAWN)
    desk.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER)
    assert desk.refused(Event.CLOSE, form=bare).missing == ("scan_filed",)
    assert desk.refused(Event.EXCUSE_SCAN).missing == ("scan_there",), "the scan is there"
    assert desk.refused(Event.EXCUSE_SCAN, who="wang", form=bare).why == "role"
    assert desk.refused(Event.EXCUSE_SCAN, form=bare, reason="").missing == ("note",)
    desk.do(Event.EXCUSE_SCAN, form=bare).do(Event.CLOSE, form=bare)


def test_AT_38_AT_49_a_letter_goes_on_with_its_scan_or_a_reason_and_is_closed_with_the_scan_alone() -> None:
    letter = facts_for(Desk(Kind.AGY).case, DAY).letter
    bare = msgspec.structs.replace(letter, scanned=False)
    assert received(Kind.AGY, letter=bare).refused(Event.CHECK, letter=bare).missing == ("letter_scanned",)
    assert received(Kind.AGY, letter=bare).refused(Event.FIND_DEFECTS, letter=bare).missing == ("defects",), (
        "the agency is not asked for the office's own scan"
    )
    later = msgspec.structs.replace(bare, scan_follows="掃描機送修")
    desk = received(Kind.AGY, letter=later).do(Event.CHECK, letter=later).do(Event.WITHDRAW, voucher=WITHDRAWN)
    desk.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER)
    assert desk.refused(Event.CLOSE, letter=later).missing == ("scan_filed",)
    desk.do(Event.CLOSE)


def test_AT_44_a_staff_request_without_a_reason_code_is_not_submitted() -> None:
    desk = Desk(Kind.INT)
    for reason in ("", "crime", "curiosity"):
        found = desk.refused(Event.SUBMIT, form=papers(Kind.INT, reason=reason))
        assert found.missing == ("staff_reason",)
    unnamed = tuple(party for party in facts_for(desk.case, DAY).parties if party.part == "applicant")
    assert desk.refused(Event.SUBMIT, parties=unnamed).missing == ("viewer_named",)


@pytest.mark.parametrize("reason", ["attendance", "appraisal", "face_recognition", "behaviour_analysis"])
def test_AT_04_T_36_a_purpose_that_no_request_may_have_never_reaches_the_chain(reason: str) -> None:
    assert "staff_reason" in Desk(Kind.INT).refused(Event.SUBMIT, form=papers(Kind.INT, reason=reason)).missing
    for kind, into in ((Kind.CIT, Event.PASS_FORMAL), (Kind.AGY, Event.CHECK)):
        wanted = msgspec.structs.replace(facts_for(Desk(kind).case, DAY).form, reason=reason)
        desk = received(kind, form=wanted).do(into, form=wanted)
        found = desk.refused(Event.PROPOSE, form=wanted)
        assert (found.missing, found.next) == (("purpose_allowed",), Next.REFUSE_PURPOSE)
        assert desk.refused(Event.DISMISS).missing == ("forbidden_purpose",), "nothing else is dismissed at once"
        assert desk.do(Event.DISMISS, form=wanted).case.result is State.DISMISSED


def test_T_36_a_staff_request_answers_whether_a_colleague_is_watched() -> None:
    desk = received(Kind.INT).do(Event.SIGN_SECTION)
    usual = tuple(line for line in facts_for(desk.case, DAY).checklist if line[0] != "no_colleague_watched")
    assert desk.refused(Event.PROPOSE, checklist=usual).missing == ("check_no_colleague_watched",)


def test_AT_49_an_agency_case_without_a_letter_number_does_not_leave_receipt() -> None:
    bare = papers(Kind.AGY, number="")
    desk = received(Kind.AGY, letter=bare)
    assert is_pinned(desk.case, desk.today)
    assert desk.refused(Event.CHECK, letter=bare).missing == ("letter_no",)
    desk.do(Event.FIND_DEFECTS, letter=bare)
    assert desk.refused(Event.CHECK, letter=bare).missing == ("letter_no",)
    desk.do(Event.CHECK)


def test_AT_50_over_24_hours_or_4_cameras_the_need_is_in_writing() -> None:
    hour = 60 * MINUTE_NS
    long = (Scope("A-1", FILED_NS - 25 * hour, FILED_NS),)
    many = tuple(Scope(f"A-{number}", FILED_NS - hour, FILED_NS) for number in range(5))
    for asked in (long, many):
        desk = received(Kind.AGY, asked=asked)
        assert desk.refused(Event.CHECK, letter=papers(Kind.AGY, need="")).missing == ("letter_need",)
        desk.do(Event.CHECK)
    day = (Scope("A-1", FILED_NS - 24 * hour, FILED_NS),)
    four = tuple(Scope(f"A-{number}", FILED_NS - hour, FILED_NS) for number in range(4))
    for asked in (day, four):
        received(Kind.AGY, asked=asked).do(Event.CHECK, letter=papers(Kind.AGY, need=""))


def test_AT_50_the_hours_of_one_camera_count_together_and_its_ranges_are_not_cameras() -> None:
    hour = 60 * MINUTE_NS
    apart = tuple(Scope("A-1", FILED_NS - at * hour, FILED_NS - (at - 13) * hour) for at in (13, 40))
    desk = received(Kind.AGY, asked=apart)
    assert desk.refused(Event.CHECK, letter=papers(Kind.AGY, need="")).missing == ("letter_need",)
    short = tuple(Scope("A-1", FILED_NS - at * hour, FILED_NS - (at - 1) * hour) for at in range(2, 12, 2))
    received(Kind.AGY, asked=short).do(Event.CHECK, letter=papers(Kind.AGY, need=""))


@pytest.mark.parametrize(
    ("visit", "missing"),
    [
        (Visit(agency="萬華分局", letter_seen=True), "visitor_id"),
        (Visit(agency="萬華分局", id_checked=True), "visitor_letter"),
        (Visit(agency="other", id_checked=True, letter_seen=True), "same_agency"),
    ],
)
def test_AT_51_a_visitor_lacking_id_letter_or_agency_opens_nothing(visit: Visit, missing: str) -> None:
    desk = Desk(Kind.AGY).to_notified().do(Event.SCHEDULE, Event.PREPARE)
    assert desk.refused(Event.BEGIN, visit=visit).missing == (missing,)
    assert received(Kind.AGY).refused(Event.VISIT, visit=visit).missing == (missing,)


@pytest.mark.parametrize("kind", Kind)
def test_T_20_a_receipt_pins_ten_minutes_more_however_little_is_there(kind: Kind) -> None:
    little = {
        Kind.CIT: {"form": Form(present=True, in_hand=True)},
        Kind.INT: {},
        Kind.AGY: {"letter": Letter(agency="萬華分局", public=True, proof=True)},
    }[kind]
    desk = received(kind, **little)
    assert desk.rows[0].effects[0].name == "pin", "before anything else"
    assert is_pinned(desk.case, desk.today)
    asked, wide = desk.case.asked[0], pinned(desk.case.asked[0].span)
    assert wide.start_ns <= asked.start_ns - 10 * MINUTE_NS
    assert wide.end_ns >= asked.end_ns + 10 * MINUTE_NS


@pytest.mark.parametrize("existence", ["expired", "gap"])
def test_T_21_what_is_gone_is_answered_as_nothing_found_and_no_more_is_said(existence: str) -> None:
    desk = received().do(Event.PASS_FORMAL)
    assert desk.refused(Event.NONE_FOUND).missing == ("existence_none",)
    assert desk.refused(Event.PROPOSE, existence=existence).missing == ("existence",)
    desk.do(Event.NONE_FOUND, existence=existence)
    assert [str(effect) for effect in desk.rows[-1].effects] == ["paper none_found_as_of_receipt"]


def test_T_22_a_case_with_gaps_is_not_closed_before_they_are_in_its_row() -> None:
    desk = Desk(Kind.AGY).to_decision().do(Event.GRANT, Event.ISSUE, Event.NOTIFY)
    desk.do(Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.FINISH, Event.CLEAN)
    cells = facts_for(desk.case, DAY).cells - {"gaps"}
    assert desk.refused(Event.SIGN_LEDGER, existence="partly", cells=cells).missing == ("cell_gaps",)
    desk.do(Event.SIGN_LEDGER, cells=cells)


def test_T_23_T_24_a_wider_search_is_a_range_of_its_own_until_an_opinion_is_given_and_then_a_new_case() -> None:
    more = (Scope("A-3", FILED_NS - 30 * MINUTE_NS, FILED_NS),)
    desk = received().do(Event.PASS_FORMAL, Event.ADD_RANGE, asked=more)
    assert desk.case.asked[-1:] == more
    assert len(desk.case.asked) == 3
    desk.do(Event.PROPOSE)
    assert desk.refused(Event.ADD_RANGE, asked=more).next is Next.NEW_CASE


def test_T_25_a_range_across_midnight_is_two_lines() -> None:
    midnight = start_ns_of(DAY)
    over = Scope("A-1", midnight - MINUTE_NS, midnight + MINUTE_NS)
    assert lines_by_day(over) == (
        Scope("A-1", midnight - MINUTE_NS, midnight),
        Scope("A-1", midnight, midnight + MINUTE_NS),
    )
    assert lines_by_day(Scope("A-1", midnight, midnight + MINUTE_NS)) == (Scope("A-1", midnight, midnight + MINUTE_NS),)


def test_T_29_T_30_an_agent_brings_his_mandate_and_each_viewer_could_view_alone() -> None:
    desk = received()
    assert desk.refused(Event.PASS_FORMAL, form=papers(Kind.CIT, agent="mandated")).missing == ("mandate",)
    desk.do(Event.PASS_FORMAL, form=papers(Kind.CIT, agent="mandated", mandate=True))
    desk = Desk(Kind.CIT).to_notified()
    viewing = facts_for(desk.case, desk.today).viewing
    insurer = Party(person=Person(name="insurer"), part="viewer")
    joint = msgspec.structs.replace(viewing, viewers=(*viewing.viewers, insurer))
    assert desk.refused(Event.SCHEDULE, viewing=joint).missing == ("viewers_entitled",)


def test_T_31_a_letter_of_no_public_agency_is_no_agency_case() -> None:
    found = Desk(Kind.AGY).refused(Event.RECEIVE_LETTER, letter=papers(Kind.AGY, public=False))
    assert (found.missing, found.next) == (("public_agency",), Next.CITIZEN_FORM)
    desk = received(Kind.AGY)
    bare = desk.refused(Event.PROPOSE_REDIRECT, proposal=Proposal()).missing
    assert bare == ("other_body", "other_path", "redirect_reason", "proposal_article")
    assert desk.do(Event.PROPOSE_REDIRECT).case.state is State.UNIT_REVIEW, "it goes up the chain as any answer does"
    assert desk.do(Event.STAMP, Event.STAMP).refused(Event.GRANT).missing == ("redirect_waits",)
    unproved = desk.ask(Event.REDIRECT, proved=False)
    assert isinstance(unproved, Refusal)
    assert unproved.why == "password"
    assert desk.do(Event.REDIRECT).case.state is State.REDIRECTED
    assert [each.stage for each in desk.case.signatures] == ["receipt", "manager", "unit_head", "secretary", "director"]


def test_D_09_a_redirection_that_is_returned_goes_on_as_any_request() -> None:
    desk = received(form=papers(Kind.CIT, report_no="")).do(Event.PROPOSE_REDIRECT, Event.STAMP, Event.RETURN)
    assert desk.refused(Event.REDIRECT).why == "no_row"
    assert "redirecting" not in desk.case.flags
    bare = papers(Kind.CIT, report_no="")
    assert desk.refused(Event.PROPOSE, form=bare).missing == ("report_no",)
    desk.do(Event.FIND_DEFECTS, form=bare).do(Event.CORRECTED, Event.PROPOSE, Event.STAMP, Event.STAMP)
    assert desk.refused(Event.REDIRECT).missing == ("no_redirect",)
    desk.do(Event.GRANT)


def test_C2_a_second_round_of_completion_has_a_letter_and_days_of_its_own() -> None:
    bare = papers(Kind.CIT, report_no="")
    desk = received(form=bare).do(Event.FIND_DEFECTS, form=bare).do(Event.ISSUE_CORRECTION, Event.SERVE_CORRECTION)
    desk.do(Event.PROPOSE_REDIRECT, Event.STAMP, Event.RETURN).wait(30).do(Event.FIND_DEFECTS, form=bare)
    assert (desk.case.correction_issued_on, desk.case.correction_due) == (None, None)
    assert desk.refused(Event.OVERDUE).missing == ("correction_overdue",)
    desk.do(Event.ISSUE_CORRECTION, Event.SERVE_CORRECTION)
    assert desk.case.correction_due == desk.today + timedelta(days=7)


def test_T_32_T_41_a_call_keeps_footage_for_14_days_and_does_nothing_else() -> None:
    assert "called_back" in Desk(Kind.AGY).refused(Event.PRESERVE, voice=Voice(caller="林", agency="分局")).missing
    desk = Desk(Kind.AGY).do(Event.PRESERVE)
    assert desk.case.number == "", "it is no received case"
    for event in set(Event) - {Event.RECEIVE_LETTER, Event.NO_LETTER}:
        assert desk.refused(event).why == "no_row"
    assert desk.wait(14).refused(Event.NO_LETTER).missing == ("letter_term_over",)
    assert is_pinned(desk.case, desk.today)
    assert not is_pinned(desk.wait(1).case, desk.today)
    assert desk.do(Event.NO_LETTER).case.state is State.CLOSED


def test_T_33_a_court_order_is_noted_in_any_state_and_holds_the_footage() -> None:
    desk = received(Kind.AGY)
    assert desk.refused(Event.COURT_ORDER).missing == ("order_document", "order_agency")
    order = Voucher(kind="court_order", number="115偵1", agency="臺北地檢署")
    assert desk.do(Event.COURT_ORDER, voucher=order).case.state is State.RECEIVED
    assert [str(effect) for effect in desk.rows[-1].effects][::2] == ["hold invest", "notice director"]


@pytest.mark.parametrize("kind", Kind)
def test_T_34_minutes_under_an_agency_s_secrecy_are_not_decided_before_it_is_consulted(kind: Kind) -> None:
    desk = Desk(kind).to_decision()
    assert desk.refused(Event.GRANT, overlap_secret=True).missing == ("agency_consulted",)
    desk.do(Event.GRANT, overlap_secret=True, agency_consulted=True)


@pytest.mark.parametrize("kind", [Kind.CIT, Kind.AGY])
def test_a_refusal_asks_the_applicant_only_for_what_the_applicant_can_bring(kind: Kind) -> None:
    desk = received(kind)
    assert desk.refused(Event.FIND_DEFECTS).missing == ("defects",)
    assert desk.refused(Event.FIND_DEFECTS).next is Next.OTHER_EVENT
    written = desk.refused(Event.WITHDRAW)
    assert (written.missing, written.next) == (("withdrawal_in_writing",), Next.COMPLETE)
    into, spoiled = (
        (Event.PASS_FORMAL, {"form": papers(kind, report_no="")})
        if kind is Kind.CIT
        else (Event.CHECK, {"letter": msgspec.structs.replace(facts_for(desk.case, DAY).letter, basis="")})
    )
    assert desk.refused(into, **spoiled).next is Next.ASK_CORRECTION
