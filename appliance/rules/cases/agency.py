"""機關調閱 as a table: rows A0 to A21 of domain 2.4, and the shared rows. Source: ``rules`` 八(五)3.

Viewing and copy are two branches, each granted by itself; they run one after the other.
"""

from __future__ import annotations

from appliance.rules.cases import guards_decision as decision
from appliance.rules.cases import guards_letters as letters
from appliance.rules.cases import guards_links as links
from appliance.rules.cases import guards_papers as papers
from appliance.rules.cases import guards_viewing as viewing
from appliance.rules.cases import shared
from appliance.rules.cases.masks import MASKED_STATES
from appliance.rules.cases.pins import PRESERVE_DAYS, WITHDRAWN_DAYS
from appliance.rules.cases.rows import AS_ASKED, Effect, Event, Row, effects
from appliance.rules.cases.states import BEFORE_DECISION, Stage, State
from appliance.rules.people import Role

__all__ = ["AGENCY"]

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
    papers.formal_complete,
    papers.purpose_allowed,
)
_KEPT_ON = ((Effect.HOLD, AS_ASKED),)
_VIEWING_ALONE = (*_GRANTED, decision.copy_ruled)
_COPY = (*_GRANTED, decision.copy_reason_in_letter, decision.copy_reasoned)

_RECEIPT = (
    Row(
        "A0", (State.DRAFT,), Event.PRESERVE, State.PRESERVED, OFF,
        (papers.call_noted, papers.range_named, papers.range_past, papers.not_live),
        effects(Effect.PIN, (Effect.PIN_TERM, "preserve", PRESERVE_DAYS)), kind="hold.set",
    ),
    Row(
        "A0a", (State.PRESERVED,), Event.NO_LETTER, State.CLOSED, SYS, (papers.no_letter_came,),
        effects((Effect.PIN_TERM, "no_letter")), kind="hold.lapsed",
    ),
    Row(
        "A1", (State.DRAFT, State.PRESERVED), Event.RECEIVE_LETTER, State.RECEIVED, shared.DESK,
        (papers.numbered, papers.parties_named, papers.letter_in_hand, papers.range_named, papers.range_past,
         papers.not_live, papers.late_told),
        effects(Effect.PIN, Effect.LEDGER_ROW, (Effect.CLOCK_START, "reply", 3), (Effect.PAPER, "receipt_slip")),
        stage=Stage.RECEIPT, kind="case.received",
    ),
    Row(
        "A2", BEFORE_DECISION, Event.VISIT, None, OFF, (papers.visitor_identified,), effects((Effect.RECORD,
        "identity")),
    ),
    Row(
        "A3", (State.RECEIVED, State.CHECKING), Event.FIND_DEFECTS, State.CORRECTION, OFF, (papers.has_defects,),
        effects((Effect.RECORD, "correction_called"), (Effect.NOTICE, "by_phone"), (Effect.PAPER, "defects_letter")),
    ),
    Row(
        "A3b", (State.CORRECTION,), Event.ISSUE_CORRECTION, None, OFF,
        (letters.correction_not_issued, letters.letter_issued), effects((Effect.RECORD, "correction_issued")),
    ),
    Row(
        "A3c", (State.CORRECTION,), Event.SERVE_CORRECTION, None, OFF, (letters.correction_served,),
        effects((Effect.RECORD, "correction_served")),
    ),
    Row("A3a", (State.CORRECTION,), Event.REMIND, None, (*SYS, *OFF), (), effects((Effect.NOTICE, "weekly_reminder",
        7))),
    Row("A4", (State.RECEIVED, State.CORRECTION), Event.CHECK, State.CHECKING, MGR, (papers.formal_complete,)),
)  # fmt: skip

_OPINION = (
    Row(
        "A5a", (State.CHECKING,), Event.PROPOSE, State.UNIT_REVIEW, MGR,
        (papers.formal_complete, decision.existence_checked, papers.purpose_allowed, decision.checklist_complete,
         decision.proposal_complete, decision.copy_proposed, decision.proposal_follows_answers,
         papers.legally_reviewed),
        stage=Stage.MANAGER,
    ),
    Row("A5b", (State.UNIT_REVIEW,), Event.STAMP, State.SEC_REVIEW, (Role.UNIT_HEAD,), stage=Stage.UNIT_HEAD),
    Row("A5c", (State.SEC_REVIEW,), Event.STAMP, State.DECISION, (Role.SECRETARY,), stage=Stage.SECRETARY),
    Row(
        "A5d", (State.CHECKING,), Event.NONE_FOUND, State.NO_FOOTAGE, MGR,
        (decision.existence_none, papers.legally_reviewed), effects((Effect.PAPER, "none_found_as_of_receipt")),
    ),
)  # fmt: skip

_DECISION = (
    Row(
        "A6a", (State.DECISION,), Event.GRANT, State.GRANTED, DIR, (*_VIEWING_ALONE, decision.outcome_granted),
        effects(Effect.TOKEN_TEMPLATE), Stage.DIRECTOR, "case.decided", password=True,
    ),
    Row(
        "A6b", (State.DECISION,), Event.GRANT_PARTLY, State.PARTLY, DIR,
        (*_VIEWING_ALONE, decision.outcome_partly, decision.narrowing_reasoned), effects(Effect.TOKEN_TEMPLATE,
        Effect.MASK),
        Stage.DIRECTOR, "case.decided", password=True,
    ),
    Row(
        "A7a", (State.DECISION,), Event.GRANT_COPY, State.GRANTED, DIR, (*_COPY, decision.outcome_granted),
        effects(Effect.TOKEN_TEMPLATE, (Effect.FLAG, "copy_decision")), Stage.DIRECTOR, "case.decided", password=True,
    ),
    Row(
        "A7b", (State.DECISION,), Event.GRANT_COPY_PARTLY, State.PARTLY, DIR,
        (*_COPY, decision.outcome_partly, decision.narrowing_reasoned),
        effects(Effect.TOKEN_TEMPLATE, Effect.MASK, (Effect.FLAG, "copy_decision")), Stage.DIRECTOR, "case.decided",
        password=True,
    ),
    Row(
        "A8", (State.DECISION,), Event.REFUSE, State.REFUSED, DIR,
        (*_DECIDED, decision.outcome_refused, decision.refusal_reasoned), effects((Effect.PAPER, "reply_letter")),
        Stage.DIRECTOR, "case.decided", password=True,
    ),
    Row(
        "A9a", shared.ANSWERED, Event.ISSUE, None, OFF, (letters.answer_not_issued, letters.letter_issued),
        effects((Effect.PAPER, "reply_letter"), (Effect.RECORD, "issued"), Effect.CLOCK_END),
    ),
    Row(
        "A9b", shared.ANSWERED, Event.NOTIFY, State.NOTIFIED, OFF, (letters.answer_served, letters.proof_of_service),
        effects((Effect.RECORD, "service")),
    ),
)  # fmt: skip

_VIEWING = (
    Row(
        "A10", (State.NOTIFIED, State.SCHEDULED, State.CLEANED), Event.SCHEDULE, State.SCHEDULED, OFF,
        (viewing.viewing_allowed, viewing.on_this_recorder, viewing.appointment_made,
         viewing.attendants_known, viewing.accompanied,
         viewing.viewers_few, viewing.viewers_signed_nothing, viewing.token_within_decision,
         viewing.masks_confirmed),
        effects(Effect.TOKEN, (Effect.NOTICE, "appointment")),
    ),
    Row(
        "A11", (State.SCHEDULED,), Event.PREPARE, State.PREPARED, OFF,
        (viewing.footage_readable, viewing.copy_made_today, viewing.copy_exact, viewing.masks_confirmed),
        effects(Effect.VIEWING_COPY),
    ),
    Row(
        "A12", (State.PREPARED,), Event.BEGIN, State.VIEWING, (*OFF, *MGR),
        (papers.visitor_identified, viewing.copy_exact, viewing.token_alive, viewing.token_due, viewing.accompanied,
         viewing.attendants_known, viewing.devices_away, viewing.masks_confirmed),
        effects((Effect.STATION, "watermark"), (Effect.RECORD, "session_start")),
    ),
    Row(
        "A13", (State.VIEWING,), Event.FINISH, State.VIEWED, (*OFF, *MGR),
        (viewing.filming_noted, viewing.session_signed, viewing.nothing_shown_explained),
        effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "viewed"), (Effect.RECORD, "session_end")),
    ),
    Row(
        "A13a", (State.VIEWING,), Event.INTERRUPT, State.INTERRUPTED, (*SYS, *OFF, *MGR), (decision.note_given,),
        effects((Effect.STATION, "blank"), (Effect.RECORD, "position")),
    ),
    Row(
        "A13b", (State.INTERRUPTED,), Event.RESUME, State.VIEWING, (*OFF, *MGR),
        (viewing.token_alive, viewing.copy_exact, viewing.filming_allowed_on, viewing.nothing_else_seen,
         viewing.masks_confirmed),
        effects((Effect.STATION, "watermark")),
    ),
    Row(
        "A13c", (State.PREPARED, State.INTERRUPTED), Event.RECOPY, State.SCHEDULED, OFF,
        (viewing.copy_destroyed, viewing.not_lapsed, viewing.nothing_else_seen),
        effects((Effect.RECORD, "copy_lost")),
    ),
    Row(
        "A13d", (State.INTERRUPTED,), Event.STOP, State.VIEWED, (*OFF, *MGR),
        (decision.note_given, viewing.filming_noted),
        effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "viewed"), (Effect.RECORD, "session_end")),
    ),
    shared.end_of_day(),
    Row(
        "A14", (State.VIEWED,), Event.CLEAN, State.CLEANED, (*OFF, *SYS), (viewing.copy_destroyed,),
        effects(Effect.VIEWING_COPY_DESTROY),
    ),
    Row(
        "A15", (State.PREPARED,), Event.NO_SHOW, State.SCHEDULED, (*SYS, *OFF), (viewing.day_is_over,),
        effects(Effect.VIEWING_COPY_DESTROY),
    ),
)  # fmt: skip

_HANDING = (
    Row(
        "A16", (State.NOTIFIED, State.CLEANED), Event.MAKE_COPY, State.COPY_MADE, OFF,
        (
            viewing.copy_allowed, viewing.not_lapsed, viewing.medium_registered, viewing.copy_scope_granted,
            viewing.masks_confirmed, viewing.copy_packed,
        ),
        effects(Effect.AGENCY_COPY, (Effect.PAPER, "manifest")), Stage.COPY_MAKER, "copy.made",
    ),
    Row(
        "A16a", (State.COPY_MADE, State.COPY_VERIFIED), Event.REMAKE_COPY, State.COPY_MADE, OFF,
        (
            viewing.not_lapsed, viewing.failed_copy_destroyed, viewing.medium_registered, viewing.copy_scope_granted,
            viewing.masks_confirmed, viewing.copy_packed,
        ),
        effects(Effect.AGENCY_COPY_DESTROY, Effect.AGENCY_COPY, (Effect.PAPER, "manifest")), Stage.COPY_MAKER,
        "copy.made",
    ),
    Row(
        "A17", (State.COPY_MADE,), Event.VERIFY_COPY, State.COPY_VERIFIED, (Role.MANAGER, Role.UNIT_HEAD),
        (viewing.copy_verified, viewing.masked_as_confirmed), (), Stage.COPY_VERIFIER,
    ),
    Row(
        "A18", (State.COPY_VERIFIED,), Event.DELIVER, State.DELIVERED, OFF,
        (viewing.delivered_to_known, viewing.masked_as_confirmed),
        effects((Effect.FLAG, "delivered"), (Effect.PAPER, "delivery_receipt")), kind="copy.handed",
    ),
    Row(
        "A19", (State.DELIVERED,), Event.CLEAN, State.CLEANED, OFF, (viewing.residue_none,),
        effects(Effect.AGENCY_COPY_DESTROY), kind="copy.destroyed",
    ),
)  # fmt: skip

_COPIES = (State.COPY_MADE, State.COPY_VERIFIED)
_UNTIL_CLEANED = (
    *shared.ENGAGED, State.REFUSED, State.NO_FOOTAGE, State.DISMISSED, State.REDIRECTED, State.VIEWING,
    State.INTERRUPTED, State.VIEWED, *_COPIES, State.DELIVERED, State.CLEANED, State.WITHDRAWN, State.OTHERWISE,
    State.LAPSED,
)  # fmt: skip
_COPIES_GO = effects(Effect.VIEWING_COPY_DESTROY, Effect.AGENCY_COPY_DESTROY)

_SIDE = (
    Row(
        "A21", _UNTIL_CLEANED, Event.COURT_ORDER, None, (Role.OFFICER, Role.DIRECTOR), (papers.order_document,),
        effects((Effect.HOLD, "invest"), (Effect.FLAG, "court_order"), (Effect.NOTICE, "director")),
    ),
    Row("S20", (*_UNTIL_CLEANED, State.CLOSED), Event.LINK, None, shared.DESK, (links.former_was_locked,)),
    Row(
        "S24", (State.NOTIFIED, State.SCHEDULED, State.PREPARED, State.CLEANED, *_COPIES),
        Event.OTHERWISE, State.OTHERWISE, OFF, (viewing.branch_open, viewing.done_otherwise),
        (*effects(Effect.TOKEN_REVOKE, (Effect.FLAG, "otherwise")), *_COPIES_GO),
    ),
    Row(
        "S12", (*shared.ENGAGED, *_COPIES), Event.WITHDRAW, State.WITHDRAWN, OFF,
        (papers.withdrawal_in_writing, decision.not_refused),
        (*effects(Effect.TOKEN_REVOKE, (Effect.PIN_TERM, "withdrawn", WITHDRAWN_DAYS), Effect.CLOCK_END), *_COPIES_GO),
    ),
)  # fmt: skip

_ENDED = (State.WITHDRAWN, State.OTHERWISE, State.LAPSED)

_ROWS: tuple[Row, ...] = (
    *_RECEIPT,
    *_OPINION,
    *_DECISION,
    *_VIEWING,
    *_HANDING,
    shared.excuse(State.CLEANED, State.NOTIFIED, *_ENDED),
    shared.closing("A20", State.CLEANED, first=(papers.scan_filed,), besides=_KEPT_ON),
    *_SIDE,
    *shared.returns(),
    shared.range_added(State.RECEIVED, State.CORRECTION, State.CHECKING),
    shared.flag(),
    *shared.redirect(),
    shared.dismiss(),
    *shared.masks(*MASKED_STATES),
    shared.lapse(State.NOTIFIED, State.SCHEDULED, first=(viewing.viewing_allowed, viewing.no_copy_left)),
    *shared.ledger(State.CLEANED, State.NOTIFIED, *_ENDED, first=(decision.ready_to_close,)),
    shared.closing("S11", State.NOTIFIED, *_ENDED, first=(papers.scan_filed,), besides=_KEPT_ON),
)

AGENCY: tuple[Row, ...] = (*_ROWS, *shared.rectification(_ROWS))
"""Every row of an agency's request: the only kind with a copy (八(四)), and only after a copy decision (``AT-56``)."""
