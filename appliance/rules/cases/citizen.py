"""民眾調閱 as a table: rows C1 to C24 of domain 2.2, and the shared rows. Source: ``rules`` 八(五)1."""

from __future__ import annotations

from appliance.rules.cases import guards_appeal as appeal
from appliance.rules.cases import guards_decision as decision
from appliance.rules.cases import guards_letters as letters
from appliance.rules.cases import guards_papers as papers
from appliance.rules.cases import guards_viewing as viewing
from appliance.rules.cases import shared
from appliance.rules.cases.pins import SLIP_DAYS, WITHDRAWN_DAYS
from appliance.rules.cases.rows import Effect, Event, Row, effects
from appliance.rules.cases.states import CHAIN, Stage, State
from appliance.rules.people import Role

__all__ = ["CITIZEN"]

OFF, MGR, DIR, SYS = (Role.OFFICER,), (Role.MANAGER,), (Role.DIRECTOR,), (Role.SYSTEM,)

_DECIDED = (
    papers.no_redirect_proposed,
    decision.rulings_complete,
    decision.checklist_complete,
    decision.agency_consulted,
    papers.legally_reviewed,
)
_GRANTED = (
    *_DECIDED,
    decision.answers_bear_grant,
    decision.rulings_within_asked,
    decision.report_proven,
    papers.purpose_allowed,
)

_RECEIPT = (
    Row(
        "C1", (State.DRAFT,), Event.RECEIVE, State.RECEIVED, shared.DESK,
        (papers.numbered, papers.parties_named, papers.applicant_present, papers.form_in_hand, papers.range_named,
         papers.range_past, papers.not_live, papers.late_told),
        effects(Effect.PIN, Effect.LEDGER_ROW, (Effect.CLOCK_START, "decision", 15), (Effect.PAPER, "receipt_slip")),
        stage=Stage.RECEIPT, kind="case.received",
    ),
    Row(
        "C2a", (State.RECEIVED, State.CHECKING), Event.FIND_DEFECTS, State.CORRECTION, OFF, (papers.has_defects,),
        effects((Effect.RECORD, "correction_called"), (Effect.PAPER, "correction_notice")),
    ),
    Row(
        "C2b", (State.CORRECTION,), Event.ISSUE_CORRECTION, None, OFF,
        (letters.correction_not_issued, letters.letter_issued),
        effects((Effect.RECORD, "correction_issued"), Effect.CLOCK_STOP),
    ),
    Row(
        "C2c", (State.CORRECTION,), Event.SERVE_CORRECTION, None, OFF, (letters.correction_served,),
        effects((Effect.RECORD, "correction_served"), (Effect.CORRECTION_TERM, "", 7)),
    ),
    Row(
        "C3", (State.CORRECTION,), Event.CORRECTED, State.CHECKING, OFF, (papers.formal_complete,),
        effects(Effect.CLOCK_RESUME),
    ),
    Row(
        "C4", (State.CORRECTION,), Event.OVERDUE, State.DISMISSED, OFF,
        (papers.correction_overdue, papers.legally_reviewed),
        effects(Effect.CLOCK_RESUME, (Effect.PAPER, "dismissal_with_remedy")),
    ),
    Row("C5", (State.RECEIVED,), Event.PASS_FORMAL, State.CHECKING, OFF, (papers.formal_complete,)),
)  # fmt: skip

_OPINION = (
    Row(
        "C6", (State.CHECKING,), Event.NONE_FOUND, State.NO_FOOTAGE, MGR,
        (decision.existence_none, papers.legally_reviewed), effects((Effect.PAPER, "none_found_as_of_receipt")),
    ),
    Row(
        "C7", (State.CHECKING,), Event.PROPOSE, State.UNIT_REVIEW, MGR,
        (papers.formal_complete, decision.existence_checked, papers.purpose_allowed, decision.checklist_complete,
         decision.proposal_complete, decision.proposal_follows_answers, papers.legally_reviewed),
        stage=Stage.MANAGER,
    ),
    Row("C8", (State.UNIT_REVIEW,), Event.STAMP, State.SEC_REVIEW, (Role.UNIT_HEAD,), stage=Stage.UNIT_HEAD),
    Row("C9", (State.SEC_REVIEW,), Event.STAMP, State.DECISION, (Role.SECRETARY,), stage=Stage.SECRETARY),
)  # fmt: skip

_DECISION = (
    Row(
        "C10a", (State.DECISION,), Event.GRANT, State.GRANTED, DIR, (*_GRANTED, decision.outcome_granted),
        effects(Effect.TOKEN_TEMPLATE), stage=Stage.DIRECTOR, kind="case.decided", password=True,
    ),
    Row(
        "C10b", (State.DECISION,), Event.GRANT_PARTLY, State.PARTLY, DIR,
        (*_GRANTED, decision.outcome_partly, decision.narrowing_reasoned),
        effects(Effect.TOKEN_TEMPLATE, Effect.MASK, (Effect.PAPER, "refusal_with_remedy")),
        stage=Stage.DIRECTOR, kind="case.decided", password=True,
    ),
    Row(
        "C11", (State.DECISION,), Event.REFUSE, State.REFUSED, DIR,
        (*_DECIDED, decision.outcome_refused, decision.refusal_reasoned),
        effects((Effect.PAPER, "refusal_with_remedy")), stage=Stage.DIRECTOR, kind="case.decided", password=True,
    ),
    Row(
        "C12c", shared.ANSWERED, Event.ISSUE, None, OFF, (letters.answer_not_issued, letters.letter_issued),
        effects((Effect.RECORD, "issued"), Effect.CLOCK_END),
    ),
    Row(
        "C12d", (State.GRANTED,), Event.NOTIFY, State.NOTIFIED, OFF,
        (letters.answer_told, letters.proof_of_service), effects((Effect.RECORD, "service"), Effect.CLOCK_END),
    ),
    Row(
        "C12e", (State.PARTLY, State.REFUSED, State.DISMISSED, State.NO_FOOTAGE, State.REDIRECTED), Event.NOTIFY,
        State.NOTIFIED, OFF, (letters.answer_served, letters.proof_of_service),
        effects((Effect.RECORD, "service"), (Effect.REMEDY_TIMER, "", 30)),
    ),
)  # fmt: skip

_VIEWING = (
    Row(
        "C13", (State.NOTIFIED, State.SCHEDULED, State.PREPARED), Event.SCHEDULE, State.SCHEDULED, OFF,
        (viewing.viewing_allowed, viewing.on_this_recorder, viewing.appointment_made,
         viewing.attendants_known, viewing.people_free,
         viewing.viewers_few, viewing.viewers_entitled, viewing.viewers_signed_nothing, viewing.token_within_decision,
         viewing.masks_confirmed),
        effects(Effect.TOKEN, (Effect.PAPER, "appointment_slip")),
    ),
    Row(
        "C14", (State.SCHEDULED,), Event.PREPARE, State.PREPARED, OFF,
        (viewing.footage_readable, viewing.masks_confirmed),
    ),
    Row(
        "C15", (State.PREPARED,), Event.BEGIN, State.VIEWING, MGR,
        (viewing.token_alive, viewing.token_due, viewing.identity_again,
         viewing.statement_signed, viewing.devices_away, viewing.masks_confirmed),
        effects((Effect.STATION, "watermark"), (Effect.RECORD, "session_start")),
    ),
    Row(
        "C16", (State.VIEWING,), Event.INTERRUPT, State.INTERRUPTED, (*SYS, *MGR), (decision.note_given,),
        effects((Effect.STATION, "blank"), (Effect.RECORD, "position")),
    ),
    Row(
        "C17", (State.INTERRUPTED,), Event.RESUME, State.VIEWING, MGR,
        (viewing.token_alive, viewing.filming_allowed_on, viewing.nothing_else_seen, viewing.masks_confirmed),
        effects((Effect.STATION, "watermark")),
    ),
    Row(
        "C18", (State.INTERRUPTED,), Event.STOP, State.VIEWED, MGR,
        (decision.note_given, viewing.filming_noted),
        effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "viewed"), (Effect.RECORD, "session_end")),
    ),
    Row(
        "C19", (State.VIEWING,), Event.FINISH, State.VIEWED, MGR,
        (viewing.filming_noted, viewing.session_signed, viewing.nothing_shown_explained),
        effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "viewed"), (Effect.RECORD, "session_end")),
    ),
    shared.end_of_day(),
    Row(
        "C20", (State.VIEWED,), Event.CLEAN, State.CLEANED, SYS, (viewing.no_copy_exists,),
    ),
)  # fmt: skip

_ENDED_UNSEEN = (State.WITHDRAWN, State.LAPSED, State.OTHERWISE)

_APPEALABLE = (
    State.NOTIFIED, State.SCHEDULED, State.PREPARED, State.VIEWED, State.CLEANED, State.LAPSED, State.OTHERWISE,
    State.CLOSED,
)  # fmt: skip
"""Once it was told: the remedy does not wait for a viewing of the part that was granted, nor end with the close."""

_SIDE = (
    Row(
        "C22", _APPEALABLE, Event.APPEAL, None, OFF, (decision.result_negative, appeal.appeal_received),
        effects((Effect.HOLD, "remedy"), (Effect.FLAG, "appeal"), (Effect.NOTICE, "ceiling")),
    ),
    Row(
        "S21", _APPEALABLE, Event.APPEAL_OVER, None, OFF, (appeal.appeal_waits, appeal.appeal_concluded),
        effects((Effect.RECORD, "appeal_over"), (Effect.NOTICE, "appeal_over")),
    ),
    Row(
        "S22", _APPEALABLE, Event.APPEAL_UPHELD, None, OFF, (appeal.appeal_waits, appeal.appeal_succeeded),
        effects((Effect.RECORD, "appeal_over"), (Effect.FLAG, "anew"), Effect.ANEW, (Effect.NOTICE, "appeal_upheld")),
    ),
    Row(
        "S23", (State.DRAFT,), Event.RECEIVE_ANEW, State.RECEIVED, OFF,
        (papers.numbered, papers.parties_named, papers.range_named, appeal.former_to_decide_anew),
        effects(Effect.PIN, Effect.LEDGER_ROW, (Effect.CLOCK_START, "decision", 15)), stage=Stage.RECEIPT,
        kind="case.received",
    ),
    Row(
        "C23", shared.ENGAGED, Event.WITHDRAW, State.WITHDRAWN, OFF,
        (papers.withdrawal_in_writing, decision.not_refused),
        effects(Effect.TOKEN_REVOKE, (Effect.PIN_TERM, "withdrawn", WITHDRAWN_DAYS), Effect.CLOCK_END),
    ),
    Row(
        "C24", (State.CHECKING, *CHAIN, State.GRANTED, State.PARTLY, State.REFUSED, State.NOTIFIED), Event.SLIP, None,
        OFF, (papers.slip_left,),
        effects((Effect.PAPER, "copy_by_agency_slip"), (Effect.PIN_TERM, "slip", SLIP_DAYS), (Effect.FLAG,
        "redirected")),
    ),
)  # fmt: skip

_ROWS: tuple[Row, ...] = (
    *_RECEIPT,
    *_OPINION,
    *_DECISION,
    *_VIEWING,
    shared.excuse(State.CLEANED, State.NOTIFIED, *_ENDED_UNSEEN),
    shared.closing("C21", State.CLEANED, first=(papers.scan_filed,)),
    *_SIDE,
    *shared.returns(),
    shared.range_added(State.RECEIVED, State.CORRECTION, State.CHECKING),
    *shared.extension(),
    shared.flag(),
    *shared.redirect(),
    shared.dismiss(),
    *shared.masks(State.PARTLY, State.NOTIFIED, State.SCHEDULED, State.PREPARED, State.INTERRUPTED),
    shared.elsewhere(State.NOTIFIED, first=(viewing.branch_open,)),
    shared.lapse(State.NOTIFIED, State.SCHEDULED, State.PREPARED, first=(decision.something_granted,)),
    *shared.ledger(State.CLEANED, State.NOTIFIED, *_ENDED_UNSEEN, first=(decision.ready_to_close,)),
    shared.closing("S11", State.NOTIFIED, *_ENDED_UNSEEN, first=(papers.scan_filed,)),
)

CITIZEN: tuple[Row, ...] = (*_ROWS, *shared.rectification(_ROWS))
"""Every row of a citizen's request. None of them makes a copy (八(四), ``AT-33``)."""
