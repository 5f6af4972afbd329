"""內部調閱 as a table: rows I1 to I12 of domain 2.3, and the shared rows. Source: ``rules`` 八(五)2, 附件3."""

from __future__ import annotations

from appliance.rules.cases import guards_decision as decision
from appliance.rules.cases import guards_papers as papers
from appliance.rules.cases import guards_viewing as viewing
from appliance.rules.cases import shared
from appliance.rules.cases.pins import LOCK_DAYS, WITHDRAWN_DAYS
from appliance.rules.cases.rows import Effect, Event, Guard, Row, effects
from appliance.rules.cases.states import BEFORE_DECISION, Stage, State
from appliance.rules.people import Role

__all__ = ["INTERNAL"]

OFF, MGR, DIR, SYS = (Role.OFFICER,), (Role.MANAGER,), (Role.DIRECTOR,), (Role.SYSTEM,)

_DECIDED = (
    decision.rulings_complete,
    decision.checklist_complete,
    decision.agency_consulted,
)
_GRANTED = (*_DECIDED, decision.answers_bear_grant, decision.rulings_within_asked, papers.judicial_no)

_RECEIPT = (
    Row(
        "I1", (State.DRAFT,), Event.SUBMIT, State.RECEIVED, (Role.STAFF,),
        (papers.numbered, papers.parties_named, papers.section_named, papers.staff_form, papers.range_named,
         papers.range_past, papers.not_live, papers.judicial_no, papers.no_statute_named),
        effects(Effect.PIN, Effect.LEDGER_ROW, (Effect.CLOCK_START, "decision", 5), (Effect.NOTICE, "section_head")),
        kind="case.received",
    ),
    Row(
        "I1b", (State.DRAFT,), Event.RECEIVE, State.RECEIVED, shared.DESK,
        (papers.numbered, papers.parties_named, papers.section_headed, papers.form_in_hand, papers.form_signed,
         papers.staff_form, papers.range_named, papers.range_past, papers.not_live, papers.late_told,
         papers.judicial_no, papers.no_statute_named),
        effects(Effect.PIN, Effect.LEDGER_ROW, (Effect.CLOCK_START, "decision", 5), (Effect.NOTICE, "section_head")),
        stage=Stage.RECEIPT, kind="case.received",
    ),
    Row(
        "I2", (State.RECEIVED,), Event.SIGN_SECTION, State.CHECKING, (Role.SECTION_HEAD,), stage=Stage.SECTION_HEAD,
    ),
    Row(
        "I3a", (State.CHECKING,), Event.NONE_FOUND, State.NO_FOOTAGE, MGR, (decision.existence_none,),
        effects((Effect.NOTICE, "none_found_as_of_receipt"), Effect.CLOCK_END),
    ),
    Row(
        "I3", (State.CHECKING,), Event.PROPOSE, State.UNIT_REVIEW, MGR,
        (decision.existence_checked, papers.purpose_allowed, decision.checklist_complete, decision.proposal_complete,
         decision.proposal_follows_answers),
        stage=Stage.MANAGER,
    ),
    Row("I4", (State.UNIT_REVIEW,), Event.STAMP, State.SEC_REVIEW, (Role.UNIT_HEAD,), stage=Stage.UNIT_HEAD),
    Row(
        "I5", (State.SEC_REVIEW,), Event.STAMP, State.DECISION, (Role.SECRETARY,), (decision.director_is_no_party,),
        stage=Stage.SECRETARY,
    ),
)  # fmt: skip


def _decisions(
    row_id: str, source: State, role: Role, own: tuple[Guard, ...], *more: tuple[Effect, str]
) -> tuple[Row, ...]:
    """The three answers of whoever decides in ``source``."""
    told: tuple[Effect | tuple[Effect, str], ...] = ((Effect.NOTICE, "applicant"), Effect.CLOCK_END, *more)
    return (
        Row(
            f"{row_id}a", (source,), Event.GRANT, State.GRANTED, (role,), (*own, *_GRANTED, decision.outcome_granted),
            effects(Effect.TOKEN_TEMPLATE, *told), Stage.DIRECTOR, "case.decided", password=True,
        ),
        Row(
            f"{row_id}b", (source,), Event.GRANT_PARTLY, State.PARTLY, (role,),
            (*own, *_GRANTED, decision.outcome_partly, decision.narrowing_reasoned),
            effects(Effect.TOKEN_TEMPLATE, Effect.MASK, *told), Stage.DIRECTOR, "case.decided", password=True,
        ),
        Row(
            f"{row_id}c", (source,), Event.REFUSE, State.REFUSED, (role,),
            (*own, *_DECIDED, decision.outcome_refused, decision.refusal_reasoned), effects(*told), Stage.DIRECTOR,
            "case.decided", password=True,
        ),
    )  # fmt: skip


_VIEWING = (
    Row(
        "I7", (State.GRANTED, State.PARTLY, State.SCHEDULED), Event.SCHEDULE, State.SCHEDULED, OFF,
        (viewing.viewing_allowed, viewing.on_this_recorder, viewing.appointment_made,
         viewing.attendants_known, viewing.viewers_few,
         viewing.viewers_entitled, viewing.viewers_signed_nothing, viewing.token_within_decision,
         viewing.masks_confirmed),
        effects(Effect.TOKEN, (Effect.NOTICE, "appointment")),
    ),
    Row(
        "I8", (State.SCHEDULED,), Event.BEGIN, State.VIEWING, OFF,
        (papers.judicial_no, viewing.token_alive, viewing.token_due, viewing.footage_readable,
         viewing.devices_away, viewing.masks_confirmed),
        effects((Effect.STATION, "watermark"), (Effect.RECORD, "session_start")),
    ),
    Row(
        "I9a", (State.VIEWING,), Event.INTERRUPT, State.INTERRUPTED, (*SYS, *OFF), (decision.note_given,),
        effects((Effect.STATION, "blank"), (Effect.RECORD, "position")),
    ),
    Row(
        "I9b", (State.INTERRUPTED,), Event.RESUME, State.VIEWING, OFF,
        (papers.judicial_no, viewing.token_alive, viewing.filming_allowed_on, viewing.nothing_else_seen,
         viewing.masks_confirmed),
        effects((Effect.STATION, "watermark")),
    ),
    Row(
        "I9c", (State.INTERRUPTED,), Event.STOP, State.VIEWED, OFF,
        (decision.note_given, viewing.filming_noted),
        effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "viewed"), (Effect.RECORD, "session_end")),
    ),
    Row(
        "I9d", (State.VIEWING,), Event.FINISH, State.VIEWED, OFF,
        (viewing.filming_noted, viewing.session_signed, viewing.nothing_shown_explained),
        effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "viewed"), (Effect.RECORD, "session_end")),
    ),
    shared.end_of_day(),
    Row(
        "I9e", (State.VIEWED,), Event.CLEAN, State.CLEANED, SYS, (viewing.no_copy_exists,),
    ),
)  # fmt: skip

_OPEN = (*BEFORE_DECISION, State.GRANTED, State.PARTLY, State.SCHEDULED)
_BEFORE_VIEWED = tuple(state for state in _OPEN if state is not State.CORRECTION)

_SIDE = (
    Row(
        "I10", (*_BEFORE_VIEWED, State.VIEWING, State.INTERRUPTED), Event.LOCK, State.JUD_LOCK,
        (Role.STAFF, Role.OFFICER, Role.UNIT_HEAD, Role.DIRECTOR), (papers.lock_source_noted,),
        effects(Effect.TOKEN_REVOKE, (Effect.STATION, "blank"), (Effect.PIN_TERM, "judicial", LOCK_DAYS),
        Effect.CLOCK_END,
                (Effect.PAPER, "agency_letter_advice"), (Effect.NOTICE, "locked")),
    ),
    Row(
        "S12", _BEFORE_VIEWED, Event.WITHDRAW, State.WITHDRAWN, (Role.STAFF, Role.OFFICER),
        (papers.withdrawal_in_writing,),
        effects(Effect.TOKEN_REVOKE, (Effect.PIN_TERM, "withdrawn", WITHDRAWN_DAYS), Effect.CLOCK_END),
    ),
)  # fmt: skip

_UNSEEN = (State.REFUSED, State.NO_FOOTAGE, State.WITHDRAWN, State.LAPSED, State.OTHERWISE)

_ROWS: tuple[Row, ...] = (
    *_RECEIPT,
    *_decisions("I6", State.DECISION, Role.DIRECTOR, (decision.director_is_no_party,)),
    *_VIEWING,
    shared.excuse(State.CLEANED, State.JUD_LOCK, *_UNSEEN),
    shared.closing("I9f", State.CLEANED, first=(papers.scan_filed,)),
    *_SIDE,
    shared.closing("I11", State.JUD_LOCK, first=(papers.scan_filed,)),
    *_decisions("I12", State.SEC_REVIEW, Role.SECRETARY, (decision.director_is_party,), (Effect.NOTICE, "ethics")),
    *shared.returns(),
    shared.range_added(State.RECEIVED, State.CHECKING),
    *shared.masks(State.PARTLY, State.SCHEDULED, State.INTERRUPTED),
    shared.elsewhere(State.GRANTED, State.PARTLY),
    shared.lapse(State.GRANTED, State.PARTLY, State.SCHEDULED),
    *shared.ledger(State.CLEANED, State.JUD_LOCK, *_UNSEEN),
    shared.closing("S11", *_UNSEEN, first=(papers.scan_filed,)),
)

INTERNAL: tuple[Row, ...] = (*_ROWS, *shared.rectification(_ROWS))
"""Every row of a request of the office's own staff. None makes a copy; nothing leads out of JUD_LOCK but its close."""
