"""Decisions, answers, viewings, copies and closing by their rules: 八(一), 八(四), 八(五), 八(六), D-11, D-23."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from appliance.rules.cases.checklist import lines_for, weight_of
from appliance.rules.cases.clocks import lapses_after
from appliance.rules.cases.judging import TABLES, Next, Refusal, possible
from appliance.rules.cases.papers import GIVES, CopyWork, Dispatch, Proposal, Service, Voucher
from appliance.rules.cases.ranges import Outcome, Ruling, Scope, outcome_of, uncovered
from appliance.rules.cases.rows import Event, Row
from appliance.rules.cases.states import Kind, State
from tests.rules.casedesk import DAY, FILED_NS, MINUTE_NS, RECTIFYING, Desk, facts_for, granting, refusing

SEEN = {
    Kind.CIT: (Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN),
    Kind.INT: (Event.SCHEDULE, Event.BEGIN),
    Kind.AGY: (Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN),
}


def viewing(kind: Kind) -> Desk:
    """A case in VIEWING."""
    return Desk(kind).to_decision().do(Event.GRANT).do(*SEEN[kind])


@pytest.mark.parametrize("kind", Kind)
def test_AT_28_nobody_decides_while_one_line_is_unanswered(kind: Kind) -> None:
    desk = Desk(kind).to_decision()
    full = facts_for(desk.case, DAY).checklist
    lines = [line.code for line in lines_for(desk.case, facts_for(desk.case, DAY))]
    assert len(lines) >= 5
    for code in lines:
        for answer in ((), ((code, ""),), ((code, "perhaps"),)):
            open_line = (*(line for line in full if line[0] != code), *answer)
            for event, rulings in ((Event.GRANT, granting(desk.case.asked)), (Event.REFUSE, refusing(desk.case.asked))):
                found = desk.refused(event, checklist=open_line, rulings=rulings)
                assert found.missing == (f"check_{code}",)


AGAINST = (
    (Kind.INT, "no_colleague_watched", "colleague_watched"),
    (Kind.INT, "not_judicial", "judicial_begun"),
    (Kind.CIT, "standing_holds", "no_standing"),
    (Kind.CIT, "other_reason_is_unlawful_act", "no_unlawful_act"),
    (Kind.CIT, "purpose_fits", "purpose_exception"),
    (Kind.AGY, "purpose_fits", "purpose_exception"),
)


@pytest.mark.parametrize(("kind", "line", "says"), AGAINST)
def test_T_36_AT_28_AT_36_nothing_is_proposed_or_granted_against_an_answer_of_no(
    kind: Kind, line: str, says: str
) -> None:
    form = msgspec.structs.replace(facts_for(Desk(kind).case, DAY).form, reason="other", reason_text="機車遭竊")
    other = {"form": form} if line.startswith("other") else {}
    answers = tuple((code, "no" if code == line else said) for code, said in facts_for(Desk(kind).case, DAY).checklist)
    desk = Desk(kind).to_decision(**other)
    assert desk.refused(Event.GRANT, checklist=answers, **other).missing == (says,)
    desk.do(Event.RETURN)
    assert desk.refused(Event.PROPOSE, checklist=answers, **other).missing == (says,)
    refuses = Proposal(result="refused", article="八(五)")
    desk.do(Event.PROPOSE, checklist=answers, proposal=refuses, **other).do(Event.STAMP, Event.STAMP)
    desk.do(Event.REFUSE, checklist=answers, rulings=refusing(desk.case.asked), **other)
    assert desk.case.state is State.REFUSED


def test_AT_04_a_use_outside_the_purposes_is_granted_under_a_named_exception_alone() -> None:
    answers = tuple(
        (code, "no" if code == "purpose_fits" else said) for code, said in facts_for(Desk(Kind.CIT).case, DAY).checklist
    )
    named = Proposal(result="granted", article="八(五)", exception="第16條但書第2款")
    desk = Desk(Kind.CIT).to_decision(checklist=answers, proposal=named)
    assert desk.refused(Event.GRANT, checklist=answers).missing == ("purpose_exception",)
    assert desk.do(Event.GRANT, checklist=answers, proposal=named).case.state is State.GRANTED


def test_a_decision_is_per_range_and_the_case_s_outcome_is_derived() -> None:
    asked = Desk(Kind.CIT).to_decision().case.asked
    whole, half = asked[0], Scope("A-2", asked[1].start_ns, asked[1].start_ns + MINUTE_NS)
    first, none = Ruling(range_no=0, scopes=(whole,)), Ruling(range_no=1)
    assert outcome_of(asked, granting(asked)) is Outcome.GRANTED
    assert outcome_of(asked, refusing(asked)) is Outcome.REFUSED
    assert outcome_of(asked, (first, none)) is Outcome.PARTLY
    assert outcome_of(asked, (first, Ruling(range_no=1, scopes=(half,)))) is Outcome.PARTLY
    assert outcome_of(asked, (first,)) is None
    assert outcome_of(asked, (first, none, none)) is None
    halves = tuple(
        Scope(half.camera_no, *ends) for ends in ((half.start_ns, half.end_ns), (half.end_ns, asked[1].end_ns))
    )
    assert outcome_of(asked, (first, Ruling(range_no=1, scopes=halves))) is Outcome.GRANTED, "in two pieces, all of it"


def test_the_answer_s_name_is_the_outcome_s() -> None:
    desk = Desk(Kind.CIT).to_decision()
    masked = granting(desk.case.asked, masked=True, reason="third persons")
    assert desk.refused(Event.GRANT, rulings=masked).missing == ("outcome_granted",)
    assert desk.refused(Event.GRANT_PARTLY).missing == ("outcome_partly",)
    assert desk.refused(Event.REFUSE).missing == ("outcome_refused",)
    assert desk.refused(Event.GRANT, rulings=masked[:1]).missing == ("rulings",)
    assert desk.refused(Event.REFUSE, rulings=refusing(desk.case.asked), reason="", article="").missing == (
        "refusal_reason",
        "refusal_article",
    )


def test_T_26_masking_is_a_partial_grant_with_its_reason() -> None:
    desk = Desk(Kind.CIT).to_decision()
    bare = granting(desk.case.asked, masked=True)
    assert desk.refused(Event.GRANT_PARTLY, rulings=bare).missing == ("narrowing_reason",)
    desk.do(Event.GRANT_PARTLY, rulings=granting(desk.case.asked, masked=True, reason="ID cards on the counter"))
    assert desk.case.state is State.PARTLY
    assert "mask" in [str(effect) for effect in desk.rows[-1].effects]


@pytest.mark.parametrize("kind", Kind)
def test_INV_05_a_ruling_outside_what_was_asked_and_a_booking_outside_the_decision_are_refused(kind: Kind) -> None:
    desk = Desk(kind).to_decision()
    asked = desk.case.asked
    for wider in (Scope("A-9", asked[0].start_ns, asked[0].end_ns), Scope("A-1", asked[0].start_ns, FILED_NS)):
        rulings = (Ruling(range_no=0, scopes=(wider,)), *granting(asked)[1:])
        assert "rulings_within_asked" in desk.refused(Event.GRANT, rulings=rulings).missing
    desk = Desk(kind).to_decision().do(Event.GRANT).do(*((Event.ISSUE, Event.NOTIFY) if kind is not Kind.INT else ()))
    booked = facts_for(desk.case, DAY).viewing
    later = msgspec.structs.replace(booked, scopes=(Scope("A-1", asked[0].start_ns, asked[0].end_ns + 1),))
    found = desk.refused(Event.SCHEDULE, viewing=later)
    assert (found.missing, found.next) == (("token_scope",), Next.NEW_CASE)
    less = Ruling(
        range_no=0, scopes=(Scope("A-1", asked[0].start_ns, asked[0].end_ns - 1),), reason="more is not needed"
    )
    desk = Desk(kind).to_decision().do(Event.GRANT_PARTLY, rulings=(less, *granting(asked)[1:]))
    desk.do(*((Event.ISSUE, Event.NOTIFY) if kind is not Kind.INT else ()))
    whole = msgspec.structs.replace(booked, scopes=asked[:1])
    assert desk.refused(Event.SCHEDULE, viewing=whole).missing == ("token_scope",), "asked for, and not granted"


@pytest.mark.parametrize("kind", Kind)
def test_AT_02_AT_40_nothing_plays_but_the_token_s_minutes_while_the_viewing_is_open(kind: Kind) -> None:
    desk = Desk(kind).to_decision().do(Event.GRANT)
    for event in SEEN[kind]:
        assert desk.case.playable(desk.today) == ()
        desk.do(event)
    assert not uncovered(desk.case.playable(desk.today), desk.case.asked)
    assert desk.case.playable(desk.today)
    assert desk.case.playable(lapses_after(DAY) + timedelta(days=1)) == (), "a lapsed token opens nothing"
    desk.do(Event.INTERRUPT)
    assert desk.case.playable(desk.today) == ()
    desk.do(Event.RESUME, copy_work=_alive(desk)).do(Event.FINISH)
    assert desk.case.playable(desk.today) == ()
    assert desk.refused(Event.BEGIN).why == "no_row", "a token is used once"


def _alive(desk: Desk) -> CopyWork:
    return CopyWork(scopes=facts_for(desk.case, DAY).viewing.scopes, alive=True)


def test_AT_41_AT_42_a_citizen_s_viewing_is_the_manager_s_and_after_filming_the_unit_head_s_word_is_needed() -> None:
    desk = viewing(Kind.CIT)
    assert Desk(Kind.CIT).to_notified().do(Event.SCHEDULE, Event.PREPARE).refused(Event.BEGIN, "wang").why == "role"
    filmed = msgspec.structs.replace(facts_for(desk.case, DAY).viewing, filmed=True)
    desk.do(Event.INTERRUPT)
    assert "station blank" in [str(effect) for effect in desk.rows[-1].effects]
    assert desk.refused(Event.RESUME, viewing=filmed).missing == ("head_allows",)
    desk.do(Event.RESUME, viewing=msgspec.structs.replace(filmed, head_allows=True))


@pytest.mark.parametrize("kind", Kind)
def test_AT_42_after_filming_no_viewing_goes_on_without_the_unit_head(kind: Kind) -> None:
    desk = viewing(kind).do(Event.INTERRUPT)
    filmed = msgspec.structs.replace(facts_for(desk.case, DAY).viewing, filmed=True)
    assert desk.refused(Event.RESUME, viewing=filmed).missing == ("head_allows",)


@pytest.mark.parametrize("kind", Kind)
def test_T_48_a_viewing_that_showed_something_else_does_not_go_on(kind: Kind) -> None:
    desk = viewing(kind).do(Event.INTERRUPT)
    seen = msgspec.structs.replace(facts_for(desk.case, DAY).viewing, other_event=True, head_allows=True)
    assert desk.refused(Event.RESUME, viewing=seen).missing == ("other_event",)
    desk.do(Event.STOP, viewing=seen)


def test_T_48_nor_does_it_begin_anew_from_another_copy() -> None:
    desk = viewing(Kind.AGY).do(Event.INTERRUPT)
    facts = facts_for(desk.case, DAY)
    gone = msgspec.structs.replace(facts.copy_work, alive=False, destroyed=True)
    seen = msgspec.structs.replace(facts.viewing, other_event=True)
    assert desk.refused(Event.RECOPY, viewing=seen, copy_work=gone).missing == ("other_event",)
    desk.do(Event.RECOPY, copy_work=gone)


def test_AT_48_T_35_judicial_procedure_ends_an_approved_staff_case_before_its_booked_session() -> None:
    desk = Desk(Kind.INT).to_decision().do(Event.GRANT, Event.SCHEDULE)
    assert desk.refused(Event.LOCK, source="").missing == ("lock_source",)
    yes = msgspec.structs.replace(facts_for(desk.case, DAY).form, judicial="yes")
    found = desk.refused(Event.BEGIN, form=yes)
    assert (found.missing, found.next) == (("judicial_no",), Next.AGENCY_LETTER)
    desk.do(Event.LOCK, who="peng")
    assert desk.case.token is None
    assert desk.case.playable(desk.today) == ()
    ending = {Event.EXCUSE_SCAN, Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE}
    for event in set(Event) - ending - RECTIFYING:
        assert desk.refused(event).why == "no_row"
    assert desk.refused(Event.EXCUSE_SCAN).missing == ("scan_there",), "nothing lacks of a form that is on file"
    desk.end()


def test_AT_48_the_question_is_asked_at_filing_at_the_decision_and_at_the_start() -> None:
    yes = msgspec.structs.replace(facts_for(Desk(Kind.INT).case, DAY).form, judicial="yes")
    assert Desk(Kind.INT).refused(Event.SUBMIT, form=yes).missing == ("judicial_no",)
    assert Desk(Kind.INT).to_decision().refused(Event.GRANT, form=yes).missing == ("judicial_no",)
    viewed = viewing(Kind.INT)
    assert "judicial_no" in viewed.do(Event.INTERRUPT).refused(Event.RESUME, form=yes).missing
    assert viewed.do(Event.LOCK).case.state is State.JUD_LOCK, "even while it is being seen"


def test_AT_52_without_approval_no_row_leads_to_a_viewing_copy() -> None:
    makes = [row for row in TABLES[Kind.AGY] if row.id == "A11"]
    into = {state for row in TABLES[Kind.AGY] if row.target is State.SCHEDULED for state in row.sources}
    assert makes[0].sources == (State.SCHEDULED,)
    assert into == {State.NOTIFIED, State.SCHEDULED, State.CLEANED, State.INTERRUPTED, State.PREPARED}
    desk = Desk(Kind.AGY).to_decision().do(Event.REFUSE, rulings=refusing("ab")).do(Event.ISSUE, Event.NOTIFY)
    assert "viewing_granted" in desk.refused(Event.SCHEDULE).missing


def test_AT_53_a_refused_agency_case_is_not_closed_before_its_reply_has_a_number() -> None:
    desk = Desk(Kind.AGY).to_decision().do(Event.REFUSE, rulings=refusing("ab"))
    assert desk.refused(Event.CLOSE).why == "no_row"
    assert desk.refused(Event.NOTIFY).missing == ("not_issued",)
    for silent in (Dispatch(day=DAY, signer="tsai"), Dispatch()):
        assert "doc_no" in desk.refused(Event.ISSUE, dispatch=silent).missing
    by_nobody = Dispatch(day=DAY, doc_no="北市萬戶行字第1號", signer="wang")
    assert desk.refused(Event.ISSUE, dispatch=by_nobody).missing == ("letter_signer",)
    assert desk.refused(Event.WITHDRAW, voucher=Voucher(kind="withdrawal")).why == "no_row"
    desk.do(Event.ISSUE, Event.NOTIFY)
    found = desk.refused(Event.WITHDRAW, voucher=Voucher(kind="withdrawal"))
    assert found.missing == ("not_refused",), "a refusal is not undone by taking the letter back"
    assert desk.end().case.state is State.CLOSED


def test_AT_56_a_viewing_that_was_approved_gives_no_copy_and_a_copy_needs_the_letter_s_own_reason() -> None:
    desk = Desk(Kind.AGY).to_notified()
    assert desk.refused(Event.MAKE_COPY).missing == ("copy_granted",)
    desk = Desk(Kind.AGY).to_decision()
    bare = msgspec.structs.replace(facts_for(desk.case, DAY).letter, copy_reason="", copy_asked=False)
    assert desk.refused(Event.GRANT_COPY, letter=bare).missing == ("copy_reason_in_letter",)
    assert desk.refused(Event.GRANT_COPY, copy_reasoned="").missing == ("copy_reasoned",)
    desk.do(Event.GRANT_COPY, Event.ISSUE, Event.NOTIFY)
    assert "viewing_granted" in desk.refused(Event.SCHEDULE).missing, "nor a copy the viewing"
    more = CopyWork(scopes=(Scope("A-1", 0, FILED_NS),), medium="SN", medium_registered=True, manifest="0")
    assert desk.refused(Event.MAKE_COPY, copy_work=more).missing == ("copy_scope",)
    desk.do(Event.MAKE_COPY, Event.VERIFY_COPY, Event.DELIVER, Event.CLEAN).end()


@pytest.mark.parametrize("event", [Event.GRANT, Event.GRANT_PARTLY])
def test_AT_56_a_copy_that_the_letter_asks_for_is_not_passed_over(event: Event) -> None:
    """Who allows the viewing alone says so and why; where no copy is asked for there is nothing to say."""
    desk = Desk(Kind.AGY).to_decision()
    asked = facts_for(desk.case, DAY).letter
    rulings = granting(desk.case.asked, masked=event is Event.GRANT_PARTLY, reason="third persons")
    assert desk.refused(event, rulings=rulings, viewing_only=False).missing == ("copy_ruled",)
    assert desk.refused(event, rulings=rulings, copy_reasoned="").missing == ("copy_reasoned",)
    none = msgspec.structs.replace(asked, copy_asked=False)
    assert isinstance(desk.ask(event, rulings=rulings, viewing_only=False, copy_reasoned="", letter=none), Row)
    desk.do(event, rulings=rulings)
    assert desk.case.allows == {"viewing"}


@pytest.mark.parametrize("give", GIVES)
def test_AT_56_the_chain_is_told_what_is_to_become_of_the_copy_and_why(give: str) -> None:
    """Nobody stamps a proposal that is silent on what the letter asks for; where all is to be refused, nothing is."""
    desk = Desk(Kind.AGY).do(Event.RECEIVE_LETTER, Event.CHECK)
    facts = facts_for(desk.case, DAY)

    def proposed(**changes: str) -> Row | Refusal:
        proposal = msgspec.structs.replace(facts.proposal, **{"give": give, **changes})
        return desk.ask(Event.PROPOSE, proposal=proposal)

    for lacks, changes in {"copy_ruled": {"give": ""}, "copy_reasoned": {"copy_reasoned": ""}}.items():
        found = proposed(**changes)
        assert isinstance(found, Refusal)
        assert found.missing == (lacks,)
        assert isinstance(proposed(result="refused", **changes), Row)
    none = msgspec.structs.replace(facts.letter, copy_asked=False)
    bare = msgspec.structs.replace(facts.proposal, give="", copy_reasoned="")
    assert isinstance(desk.ask(Event.PROPOSE, proposal=bare, letter=none), Row)
    assert isinstance(proposed(), Row)


def test_viewing_and_copy_run_one_after_the_other_and_neither_is_forgotten() -> None:
    desk = Desk(Kind.AGY).to_decision().do(Event.GRANT_COPY, viewing_too=True).do(Event.ISSUE, Event.NOTIFY)
    desk.do(Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.FINISH, Event.CLEAN)
    assert desk.refused(Event.SIGN_LEDGER).missing == ("copy_done",)
    desk.do(Event.MAKE_COPY, Event.VERIFY_COPY, Event.DELIVER, Event.CLEAN)
    assert desk.refused(Event.MAKE_COPY).missing == ("copy_granted",), "each once"
    desk.end()


def test_a_viewing_copy_is_the_token_s_scope_and_not_made_days_before() -> None:
    desk = Desk(Kind.AGY).to_notified()
    booked = msgspec.structs.replace(facts_for(desk.case, DAY).viewing, on=DAY + timedelta(days=7))
    desk.do(Event.SCHEDULE, viewing=booked)
    desk.wait(6)
    assert desk.refused(Event.PREPARE).missing == ("copy_too_early",), "no copy outlives its day"
    desk.wait(1)
    short = CopyWork(scopes=facts_for(desk.case, DAY).viewing.scopes[:1], alive=True)
    assert desk.refused(Event.PREPARE, copy_work=short).missing == ("copy_scope",)
    desk.do(Event.PREPARE).wait(2).do(Event.NO_SHOW)
    assert "viewing_copy_destroy" in [str(effect) for effect in desk.rows[-1].effects]


@pytest.mark.parametrize("kind", Kind)
def test_AT_59_no_case_is_closed_with_an_empty_cell(kind: Kind) -> None:
    desk = viewing(kind).do(Event.FINISH, Event.CLEAN)
    full = facts_for(desk.case, DAY).cells
    needed = {"applicant", "matter", "cameras", "minutes", "copied", "result", "session", "viewers", "filming"}
    for cell in needed | ({"letter", "destroyed"} if kind is Kind.AGY else set()):
        assert desk.refused(Event.SIGN_LEDGER, cells=full - {cell}).missing == (f"cell_{cell}",)
    desk.do(Event.SIGN_LEDGER, Event.STAMP_LEDGER)
    assert desk.refused(Event.CLOSE, cells=full - {"filming"}).missing == ("cell_filming",)
    desk.do(Event.CLOSE)
    later = {Event.APPEAL, Event.APPEAL_OVER, Event.APPEAL_UPHELD, Event.LINK}
    assert set(possible(desk.case)) <= later | RECTIFYING


def test_T_27_AT_65_a_request_under_another_law_is_reviewed_answered_in_writing_and_never_refused_by_itself() -> None:
    desk = Desk(Kind.CIT).do(Event.RECEIVE, statutory="個人資料保護法第10條")
    desk.do(Event.FIND_DEFECTS, form=msgspec.structs.replace(facts_for(desk.case, DAY).form, signed=False))
    desk.do(Event.ISSUE_CORRECTION, Event.SERVE_CORRECTION).wait(30)
    assert desk.refused(Event.OVERDUE, legal_review="").missing == ("legal_review",)
    assert "not_statutory" in desk.refused(Event.PROPOSE_REDIRECT).missing
    desk.do(Event.CORRECTED)
    assert desk.refused(Event.PROPOSE, legal_review="").missing == ("legal_review",)
    assert "check_statutory_grounds" in desk.refused(Event.PROPOSE, checklist=()).missing
    desk.do(Event.PROPOSE, Event.STAMP, Event.STAMP).do(Event.REFUSE, rulings=refusing("ab"))
    assert "doc_no" in desk.refused(Event.ISSUE, dispatch=Dispatch(day=DAY)).missing
    desk.do(Event.ISSUE)
    bare = Service(means="post", day=desk.today)
    assert desk.refused(Event.NOTIFY, service=bare).missing == ("service_proof", "service_proof_day")
    desk.do(Event.NOTIFY).end()
    allowed = Desk(Kind.CIT).do(Event.RECEIVE, statutory="個人資料保護法第10條").do(Event.PASS_FORMAL, Event.PROPOSE)
    allowed.do(Event.STAMP, Event.STAMP).do(Event.GRANT).do(Event.ISSUE)
    bare = Service(means="post", day=allowed.today)
    lacks = allowed.refused(Event.NOTIFY, service=bare).missing
    assert lacks == ("service_proof", "service_proof_day"), "what is granted under another law is served, too"
    late = Desk(Kind.CIT).to_decision().do(Event.FLAG_STATUTORY, statutory="政府資訊公開法", who="wang")
    assert late.refused(Event.GRANT, legal_review="").missing == ("legal_review",)
    assert Desk(Kind.INT).refused(Event.SUBMIT, statutory="PDPA 10").next is Next.CITIZEN_FORM


def test_D_23_T_27_a_request_under_another_law_needs_no_police_report_and_is_decided_by_that_law() -> None:
    """What only 八(五)1(1) asks for holds nobody up who has a right by another law, and is no ground to dismiss."""
    bare = {"report_unit": "", "report_no": "", "report_day": None, "report_original": False, "reason": "other"}
    own = msgspec.structs.replace(facts_for(Desk(Kind.CIT).case, DAY).form, **bare)
    asked = {"form": own, "statutory": "個人資料保護法第10條"}
    desk = Desk(Kind.CIT).do(Event.RECEIVE, **asked)
    assert desk.refused(Event.FIND_DEFECTS, form=own).missing == ("defects",), "nothing is to be completed"
    answers = tuple(line for line in facts_for(desk.case, DAY).checklist if line[0] != "other_reason_is_unlawful_act")
    desk.do(Event.PASS_FORMAL, form=own).do(Event.PROPOSE, form=own, checklist=answers).do(Event.STAMP, Event.STAMP)
    desk.do(Event.GRANT, form=own, checklist=answers)
    unsigned = msgspec.structs.replace(own, signed=False)
    desk = Desk(Kind.CIT).do(Event.RECEIVE, **asked)
    assert desk.refused(Event.PASS_FORMAL, form=unsigned).missing == ("form_signed",), "the rest is asked for"
    desk = Desk(Kind.CIT).do(Event.RECEIVE, form=own)
    assert "report_no" in desk.refused(Event.PASS_FORMAL, form=own).missing, "of whoever names no law"
    desk.do(Event.FLAG_STATUTORY, statutory="政府資訊公開法").do(Event.PASS_FORMAL, form=own)


def test_T_41_nothing_but_the_decision_makes_a_viewing_possible() -> None:
    """No row leads to a grant but those of the director's cell, and none to a viewing but from a grant."""
    for kind, rows in TABLES.items():
        into = {state: {row.id for row in rows if row.target is state} for state in State}
        for given in (State.GRANTED, State.PARTLY):
            assert all(row.stage == "director" for row in rows if row.id in into[given]), kind
        before = {state for row in rows if row.id in into[State.SCHEDULED] for state in row.sources}
        granted = {State.GRANTED, State.PARTLY, State.NOTIFIED}
        assert before <= granted | {State.SCHEDULED, State.PREPARED, State.CLEANED, State.INTERRUPTED}


def test_C18_C19_a_viewing_ends_with_what_was_seen_of_filming_and_two_signatures_or_by_the_system_at_night() -> None:
    desk = viewing(Kind.CIT)
    bare = msgspec.structs.replace(facts_for(desk.case, DAY).viewing, filming="", signed=False)
    assert desk.refused(Event.FINISH, viewing=bare).missing == ("filming", "session_signed")
    assert desk.refused(Event.END_OF_DAY, "lin").why == "role"
    assert desk.do(Event.END_OF_DAY).case.state is State.VIEWED
    assert desk.refused(Event.CLEAN, copy_work=CopyWork(alive=True)).missing == ("no_copy_exists",)


@pytest.mark.parametrize(
    ("code", "answer", "weight"),
    [
        ("standing_holds", "yes", "light"),
        ("standing_holds", "no", "heavy"),
        ("third_persons", "yes", "heavy"),
        ("investigation_secrecy", "yes", "heavy"),
        ("investigation_secrecy", "no", "light"),
        ("partial_possible", "no", "plain"),
        ("standing_holds", "not_applicable", "plain"),
        ("standing_holds", "", "open"),
    ],
)
def test_T_26_T_34_the_answer_to_be_minded_is_the_one_that_its_line_names(code: str, answer: str, weight: str) -> None:
    assert weight_of(code, answer) == weight
