"""Which rows lead a case on from where it stands: what a duty board shows, and to whom. Pure.

Not everything that a state allows is a duty: a withdrawal, a return or a slip waits for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from appliance.rules.cases.chains import rows_of
from appliance.rules.cases.clocks import appeal_last_day
from appliance.rules.cases.facts import Case
from appliance.rules.cases.masks import is_masking_of_use
from appliance.rules.cases.ranges import FORMER
from appliance.rules.cases.rows import Event, Row, find
from appliance.rules.cases.states import POSITIVE, Kind, Stage, State
from appliance.rules.people import Role

__all__ = ["is_told_in_hand", "waiting"]

_LEADS_ON: Mapping[State, tuple[Event, ...]] = MappingProxyType(
    {
        State.PRESERVED: (Event.RECEIVE_LETTER,),
        State.RECEIVED: (Event.PASS_FORMAL, Event.SIGN_SECTION, Event.CHECK),
        State.CORRECTION: (Event.ISSUE_CORRECTION, Event.SERVE_CORRECTION, Event.CORRECTED, Event.CHECK),
        State.CHECKING: (Event.PROPOSE,),
        State.UNIT_REVIEW: (Event.STAMP,),
        State.SEC_REVIEW: (Event.STAMP,),
        State.DECISION: (Event.GRANT,),
        State.GRANTED: (Event.ISSUE, Event.NOTIFY, Event.SCHEDULE),
        State.PARTLY: (Event.ISSUE, Event.NOTIFY, Event.SCHEDULE),
        State.REFUSED: (Event.ISSUE, Event.NOTIFY),
        State.NO_FOOTAGE: (Event.ISSUE, Event.NOTIFY),
        State.DISMISSED: (Event.ISSUE, Event.NOTIFY),
        State.REDIRECTED: (Event.ISSUE, Event.NOTIFY),
        State.SCHEDULED: (Event.PREPARE, Event.BEGIN),
        State.PREPARED: (Event.BEGIN,),
        State.VIEWING: (Event.FINISH,),
        State.INTERRUPTED: (Event.RESUME,),
        State.VIEWED: (Event.CLEAN,),
        State.COPY_MADE: (Event.VERIFY_COPY,),
        State.COPY_VERIFIED: (Event.DELIVER,),
        State.DELIVERED: (Event.CLEAN,),
    }
)

_BOOKED = (State.SCHEDULED, State.PREPARED)
_SHOWS = frozenset(
    {Event.SCHEDULE, Event.PREPARE, Event.BEGIN, Event.RESUME, Event.MAKE_COPY, Event.VERIFY_COPY, Event.DELIVER}
)
"""What waits for masks that were ordered."""


def waiting(
    case: Case,
    *,
    today: date | None = None,
    director_is_party: bool = False,
    lapsed: bool = False,
    gives_copies: bool = False,
) -> tuple[Row, ...]:
    """The rows that somebody is to perform next. ``today``: a viewing whose day is past is booked anew; an agency's
    that was made ready, once its copy is destroyed (A15). ``lapsed``: the term of what was granted is over, as ``dues``
    has it. ``director_is_party``: the secretary decides (I12). ``gives_copies``: this recorder writes an agency's copy
    onto a medium."""
    missed = bool(today and case.token and case.token.on < today and case.state in _BOOKED)
    leads_on = (Event.SCHEDULE, Event.NO_SHOW) if missed else _LEADS_ON.get(case.state, ())
    events = (
        *_rectification(case),
        *_extension(case),
        *(each for each in leads_on if _is_its_turn(case, each)),
    )
    events = events if len(events) > bool(case.rectifying) else (*events, *_branches(case))
    if masks := _masks(case):
        events = (*(each for each in events if each not in _SHOWS), masks)
    if _by_other_means(case, gives_copies=gives_copies):
        events = (*_rectification(case), Event.OTHERWISE)
    if lapsed and find(rows_of(case), case.state, Event.LAPSE):  # as the clockwork does it where time is trusted
        events = (*_rectification(case), Event.LAPSE)
    if case.state is State.SEC_REVIEW and case.kind is Kind.INT and director_is_party:
        events = (Event.GRANT,)
    if case.state is State.DECISION and "redirecting" in case.flags:
        events = (*_rectification(case), *_extension(case), Event.REDIRECT)
    found = [find(rows_of(case), case.state, event) for event in events]
    rows = tuple(row for row in found if row and row.who != (Role.SYSTEM,))
    rows = rows or tuple(row for event in _ledger(case) if (row := find(rows_of(case), case.state, event)) is not None)
    asked = find(rows_of(case), case.state, Event.APPEAL_OVER) if _should_be_decided(case, today) else None
    return (*rows, asked) if asked else rows


def _by_other_means(case: Case, *, gives_copies: bool) -> bool:
    """Whether was granted what this recorder cannot do: an agency's copy where it writes none, or of the footage of the
    recorder before it: the office does it in another way and enters what it did. What an agency may view it views here,
    before."""
    told = case.state in (State.NOTIFIED, State.SCHEDULED, State.CLEANED, State.LAPSED)
    told |= case.kind is Kind.INT and case.state in (State.GRANTED, State.PARTLY)
    viewing = "viewing" in case.allows and "viewed" not in case.flags
    copy = "copy" in case.allows and "delivered" not in case.flags
    left = (viewing or copy) if case.recorder == FORMER else copy and not viewing and not gives_copies
    return told and left


def _should_be_decided(case: Case, today: date | None) -> bool:
    """Whether the time for an open appeal is over: somebody asks how it ended."""
    return bool(today and "appeal" in case.flags and case.appealed_on and appeal_last_day(case.appealed_on) < today)


def _masks(case: Case) -> Event | None:
    """What is to be done about masks before the viewing is booked or goes on, or the copy is made."""
    if not case.is_masked or case.masks_confirmed or not is_masking_of_use(case):
        return None
    event = Event.CONFIRM_MASKS if case.masks_drawn else Event.FINISH_MASKS
    return event if find(rows_of(case), case.state, event) else None


def _is_its_turn(case: Case, event: Event) -> bool:
    """A letter goes out before it arrives, and each of the two once; what it asks for is waited for once it arrived."""
    handed = is_told_in_hand(case)
    turns = {
        Event.ISSUE: case.issued_on is None and not handed,
        Event.NOTIFY: case.issued_on is not None or handed,
        Event.ISSUE_CORRECTION: case.correction_issued_on is None,
        Event.SERVE_CORRECTION: case.correction_issued_on is not None and case.correction_served_on is None,
        Event.CORRECTED: case.correction_served_on is not None,
        Event.CHECK: case.state is not State.CORRECTION or case.correction_served_on is not None,
    }
    return turns.get(event, True)


def is_told_in_hand(case: Case) -> bool:
    """Whether the answer needs no letter: a grant of everything to a citizen, who is given the notice in the office."""
    return case.kind is Kind.CIT and case.state is State.GRANTED and not case.statutory and case.issued_on is None


def _rectification(case: Case) -> tuple[Event, ...]:
    return (Event.RECTIFY_CONFIRM,) if case.rectifying else ()


def _extension(case: Case) -> tuple[Event, ...]:
    """What the notice of a longer term waits for, while the case is not decided."""
    if "extending" not in case.flags or case.result is not None or case.extension_served_on is not None:
        return ()
    return (Event.ISSUE_EXTENSION,) if case.extension_issued_on is None else (Event.SERVE_EXTENSION,)


def _branches(case: Case) -> tuple[Event, ...]:
    """What was granted and is still to be done; else the ledger row."""
    if case.state not in (State.NOTIFIED, State.CLEANED) or case.result not in POSITIVE:
        return _ledger(case)
    if "viewing" in case.allows and "viewed" not in case.flags:
        return (Event.SCHEDULE,)
    if "copy" in case.allows and "delivered" not in case.flags:
        return (Event.MAKE_COPY,)
    return _ledger(case)


def _ledger(case: Case) -> tuple[Event, ...]:
    """The signatures that the row in 附件4 still lacks; the close once it has both."""
    if case.state is State.CLOSED:
        return ()
    signed = {each.stage for each in case.signatures if not each.superseded}
    lacking = [
        event
        for stage, event in ((Stage.LEDGER_MANAGER, Event.SIGN_LEDGER), (Stage.LEDGER_HEAD, Event.STAMP_LEDGER))
        if stage not in signed
    ]
    return tuple(lacking) or (Event.CLOSE,)
