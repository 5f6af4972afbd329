"""The life of a camera version as a table: rows K1 to K15 of domain 2.5, those of existing cameras (E), and shared ones
that the rules give in prose (S). A letter behind an id is a part of its row. Source: ``rules`` 五.
"""

from __future__ import annotations

from appliance.rules.cameras import guards_force as force
from appliance.rules.cameras import guards_papers as papers
from appliance.rules.cameras.rows import Effect, Event, Row
from appliance.rules.cameras.states import Cell, State
from appliance.rules.people import Role

__all__ = ["CAMERAS"]

_OFF, _DESK, _HEAD = (Role.OFFICER,), (Role.OFFICER, Role.MANAGER), (Role.UNIT_HEAD,)
_SEC, _DIR, _SYS = (Role.SECRETARY,), (Role.DIRECTOR,), (Role.SYSTEM,)
_LIVE = (State.IN_FORCE, State.ANNOUNCED, State.REVIEW_DUE, State.DRIFT)
_ANSWERED = (State.APPROVED, State.ACK)
_OPEN = (State.DRAFT, State.INTERNAL, State.SUBMITTED, *_ANSWERED)
_ALLOWED = (papers.place_not_private, papers.purposes_known)
_FIT = (
    *_ALLOWED, papers.place_stated, papers.purpose_stated, papers.area_publishable, papers.complete,
    papers.device_checked, papers.registered_readable, papers.something_changes, papers.like_for_like,
)  # fmt: skip
_MAY_RECORD = (force.not_banned, force.disk_holds, force.still_there)

_APPROVAL = (
    Row("K1", (State.NONE,), Event.DRAFT, State.DRAFT, _DESK, (papers.number_fits, papers.one_at_a_time, *_ALLOWED)),
    Row("S1", (State.DRAFT,), Event.REVISE, None, _DESK, _ALLOWED),
    Row("K2", (State.DRAFT,), Event.SUBMIT, State.INTERNAL, _OFF, _FIT, (Effect.PAPER_MEMO,), Cell.MAKER),
    Row("S2", (State.INTERNAL,), Event.RETURN, State.DRAFT, (*_HEAD, *_SEC, *_DIR), (papers.note_given,)),
    Row("K3a", (State.INTERNAL,), Event.STAMP, None, _HEAD, cell=Cell.UNIT_HEAD),
    Row(
        "K3b", (State.INTERNAL,), Event.STAMP_SECRETARY, None, _SEC, (papers.unit_stamped,), cell=Cell.SECRETARY,
    ),
    Row(
        "K3c", (State.INTERNAL,), Event.APPROVE, State.SUBMITTED, _DIR, (papers.is_reported, papers.chain_stamped),
        (Effect.PAPER_LETTER,), Cell.DIRECTOR, password=True,
    ),
    Row(
        "K3d", (State.INTERNAL,), Event.APPROVE_EXEMPT, State.APPROVED, _DIR,
        (papers.is_exempt, papers.chain_stamped), cell=Cell.DIRECTOR, password=True,
    ),
    Row("K3e", (State.SUBMITTED,), Event.SEND, None, _OFF, (papers.letter_numbered,)),
    Row(
        "K4a", (State.SUBMITTED,), Event.ENTER_ANSWER, None, _OFF,
        (papers.letter_sent, papers.answer_complete, papers.answer_scanned), cell=Cell.ANSWER_ENTERED,
    ),
    Row(
        "K4b", (State.SUBMITTED,), Event.CONFIRM_APPROVAL, State.APPROVED, _HEAD,
        (papers.answer_is_approval, papers.answer_scanned), cell=Cell.ANSWER_CONFIRMED,
    ),
    Row(
        "K4c", (State.SUBMITTED,), Event.CONFIRM_FILING, State.ACK, _HEAD,
        (papers.answer_is_filing, papers.answer_scanned), cell=Cell.ANSWER_CONFIRMED,
    ),
    Row(
        "K5", (State.SUBMITTED,), Event.REJECT, State.REJECTED, _OFF,
        (papers.letter_sent, papers.rejection_complete, papers.answer_scanned),
    ),
    Row("S3", _OPEN, Event.DROP, State.DROPPED, _DESK, (papers.note_given,)),
)  # fmt: skip

_FORCE = (
    Row(
        "K6a", _ANSWERED, Event.ACCEPT, None, _OFF, (force.acceptance_complete, force.not_banned),
        (Effect.PAPER_ACCEPTANCE,), Cell.ACCEPTED,
    ),
    Row(
        "K6b", _ANSWERED, Event.PUT_IN_FORCE, State.IN_FORCE, _HEAD,
        (force.answered_or_exempt, force.accepted, force.picture_looked_at, *_MAY_RECORD),
        (Effect.REGISTRY, Effect.SUPERSEDE_OLD, Effect.PUBLISH), Cell.PUT_IN_FORCE, password=True,
    ),
    Row("S4", (*_LIVE, State.SUSPENDED), Event.SUPERSEDE, State.SUPERSEDED, _SYS, (force.has_successor,)),
    Row(
        "E1", (State.NONE,), Event.ADOPT, State.IN_FORCE, _SYS, (papers.first_of_its_number,),
        (Effect.REGISTRY, Effect.PUBLISH),
    ),
    Row(
        "E2a", _LIVE, Event.FILE_EVIDENCE, None, _OFF,
        (papers.papers_lacking, papers.answer_complete, papers.answer_scanned), cell=Cell.ANSWER_ENTERED,
    ),
    Row(
        "E2b", _LIVE, Event.CONFIRM_EVIDENCE, None, _HEAD,
        (papers.papers_lacking, papers.answer_entered, papers.answer_scanned), cell=Cell.ANSWER_CONFIRMED,
    ),
    Row("E3", _LIVE, Event.SIGN_PLAN, None, _DIR, (papers.papers_lacking, papers.plan_dated), password=True),
)  # fmt: skip

_PUBLISHED = (
    Row("K7a", (State.IN_FORCE,), Event.ANNOUNCE, State.ANNOUNCED, _SYS),
    Row("K7b", (State.DRIFT,), Event.ANNOUNCE, None, _SYS),
    Row("K7c", (State.DRIFT,), Event.REPUBLISH, None, _SYS, (force.drift_is_of_list,), (Effect.UNMARK_FOOTAGE,),
        back=True),
    Row("K8", (State.ANNOUNCED,), Event.FALL_DUE, State.REVIEW_DUE, _SYS, (force.review_is_due,)),
    Row(
        "K9a", (State.REVIEW_DUE,), Event.REVIEW, None, _OFF, (force.lines_ticked, force.lines_agree),
        cell=Cell.REVIEWED,
    ),
    Row(
        "K9b", (State.REVIEW_DUE,), Event.STAMP_REVIEW, State.ANNOUNCED, _HEAD, (force.reviewed,),
        (Effect.PAPER_REVIEW,),
        Cell.REVIEW_STAMPED,
    ),
    Row(
        "K10", (State.REVIEW_DUE,), Event.MISMATCH, State.DRIFT, _OFF, (force.lines_ticked, force.one_line_differs),
        (Effect.MARK_FOOTAGE, Effect.FINDING),
    ),
)  # fmt: skip

_DRIFT = (
    Row(
        "K11", (State.IN_FORCE, State.ANNOUNCED, State.REVIEW_DUE), Event.DRIFTED, State.DRIFT, _SYS,
        (force.view_moved,), (Effect.MARK_FOOTAGE, Effect.FINDING),
    ),
    Row(
        "K12a", (State.DRIFT,), Event.EXPLAIN, None, _OFF, (papers.note_given, force.picture_again),
        cell=Cell.EXPLAINED,
    ),
    Row(
        "K12b", (State.DRIFT,), Event.CONFIRM_FALSE, None, _HEAD, (force.explained, force.picture_looked_at),
        (Effect.UNMARK_FOOTAGE,), Cell.EXPLANATION_CONFIRMED, back=True,
    ),
    Row(
        "K13", (State.DRIFT,), Event.PUT_BACK, None, _OFF, (force.picture_again, force.view_is_back),
        (Effect.UNMARK_FOOTAGE,), back=True,
    ),
)  # fmt: skip

_DEVICE = (
    Row(
        "S6", _LIVE, Event.PIN, None, _SYS, (force.device_unpinned, force.device_told), (Effect.REGISTRY,),
    ),
    Row(
        "S7", _LIVE, Event.RECOGNISE, None, _HEAD,
        (force.device_differs, force.program_is_another, papers.note_given), (Effect.REGISTRY,), password=True,
    ),
    Row("S8", (*_LIVE, State.SUSPENDED), Event.RECHECK, None, _OFF, (papers.looked_up_again,)),
)  # fmt: skip

_END = (
    Row(
        "K14", _LIVE, Event.SUSPEND, State.SUSPENDED, _HEAD, (papers.note_given,), (Effect.REGISTRY, Effect.PUBLISH),
    ),
    Row(
        "S5", (State.SUSPENDED,), Event.RESUME, State.IN_FORCE, _HEAD, (papers.note_given, *_MAY_RECORD),
        (Effect.REGISTRY, Effect.PUBLISH), password=True,
    ),
    Row(
        "K15", (*_LIVE, State.SUSPENDED), Event.RETIRE, State.RETIRED, _DIR, (papers.note_given, force.removal_filed),
        (Effect.REGISTRY, Effect.PUBLISH), password=True,
    ),
)  # fmt: skip

CAMERAS: tuple[Row, ...] = (*_APPROVAL, *_FORCE, *_PUBLISHED, *_DRIFT, *_DEVICE, *_END)
"""In the order in which pages and the printed table have them."""
