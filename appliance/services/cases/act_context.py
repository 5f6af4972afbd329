"""What the keeper finds out itself for an act, so that it need not believe the page: footage, people, hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from appliance.rules.cases.holes import Holes, is_told
from appliance.rules.cases.hours import is_due, is_past, minutes_of, within_hours
from appliance.rules.cases.masks import bare_scopes
from appliance.rules.cases.people import Appointment
from appliance.rules.cases.ranges import FORMER, granted_scopes, overlap
from appliance.rules.cases.rectify import is_doc_no_of, plain_word
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.typed import CaseTyped
from appliance.rules.deadlines import day_of
from appliance.rules.ink import Ink
from appliance.services.cases.attending import office_names, was_shown
from appliance.services.cases.case_copies import found_copies
from appliance.services.cases.casefile import CaseFile, Found
from appliance.services.cases.links import former_is
from appliance.services.cases.outgoing import signer_of
from appliance.services.cases.ports import CasePorts
from appliance.services.cases.rectifying import is_stale, parties_after, swaps, waiting_of, waits_already, word_of
from appliance.services.cases.redetermination import ended_by_appeal
from appliance.services.cases.usage_log_row import filled

__all__ = ["LOOKS", "away_on", "existence_of", "find_out", "lost_scans"]

LOOKS = frozenset(
    {
        Event.RECEIVE,
        Event.SUBMIT,
        Event.PRESERVE,
        Event.RECEIVE_LETTER,
        Event.RECEIVE_ANEW,
        Event.ADD_RANGE,
        Event.PROPOSE,
        Event.NONE_FOUND,
    }
)
"""At these events the keeper looks whether the footage is there; else what it saw last stands."""

_RECEIPTS = frozenset({Event.RECEIVE, Event.SUBMIT, Event.PRESERVE, Event.RECEIVE_LETTER, Event.RECEIVE_ANEW})
_BOOKED = (State.SCHEDULED, State.PREPARED, State.VIEWING, State.INTERRUPTED)
_SOON_DAYS = 3


def existence_of(footage: Sequence[str]) -> str:
    """存否 of a whole request: in_store only where all is; expired where some of nothing went by its term. "" where a
    part cannot be told; former where it is not on this recorder, and none is looked for."""
    seen = set(footage)
    if not seen or "" in seen:
        return ""
    if FORMER in seen:
        return FORMER
    if seen == {"in_store"}:
        return "in_store"
    if seen & {"in_store", "partly"}:
        return "partly"
    return "expired" if "expired" in seen else "gap"


def find_out(
    file: CaseFile,
    event: Event,
    typed: CaseTyped,
    world: CasePorts,
    *,
    today: date,
    now_ns: int,
    number: str,
    others: Iterable[CaseFile],
    doc_no_of: str,
    scans: frozenset[str],
    roles_here: Iterable[str] = (),
    account: str = "",
    former: CaseFile | None = None,
    taken_up: bool = False,
    linked: str = "",
    ink: Ink | None = None,
) -> Found:
    """``file`` has the papers of the act on it. ``others``: every case that is not closed. ``doc_no_of``: what
    the letter is about that has the number which the act brings. ``scans``: the kinds of signed papers on file.
    ``roles_here``: of all who sit in the session; ``account``: who acts. ``former``: the case that the act names as
    the one it goes on from, and whether another goes on from that already (``taken_up``); ``linked``: the one that
    stands. ``ink``: the act is signed on its sheet on the day ``today``, whose roster counts; who was here is known of
    the present day alone."""
    case, roster = file.case, world.roster_on(today) if ink else world.roster()
    here = frozenset(world.here()) if today == day_of(now_ns) else frozenset[str]()
    asked = typed.asked if event in _RECEIPTS else (*case.asked, *typed.asked)
    elsewhere = FORMER in (typed.recorder if event in _RECEIPTS else "", case.recorder)
    looked = (FORMER if elsewhere else world.footage(each) for each in asked)
    footage = tuple(looked) if event in LOOKS else ()
    days_off = world.days_off()
    near = [each for each in others if each.key != file.key]
    scopes = case.token.scopes if case.token else granted_scopes(case.rulings)
    return Found(
        number=number,
        policy=world.policy_on(today),
        terms=world.terms_on(case.kind, today),
        managing=world.managing(),
        section=_section(file, world),
        roster=roster,
        away=away_on(roster, today) - here,
        days_off=days_off,
        filed_ns=min(now_ns, typed.late.at_ns or now_ns),
        existence=existence_of(footage) if event in LOOKS else file.existence,
        footage=footage,
        holes=tuple(
            world.holes(each) if is_told(found) else Holes() for each, found in zip(asked, footage, strict=False)
        ),
        soon=event in _RECEIPTS
        and not elsewhere
        and any(world.floor_of(each) - today <= timedelta(days=_SOON_DAYS) for each in asked),
        overlap_secret=any(_is_secret(each) and overlap(each.case.asked, case.asked) for each in near),
        in_hours=world.round_the_clock
        or within_hours(file.viewing.on, file.booking.starts, file.booking.ends, days_off),
        past=not ink and is_past(file.viewing.on, file.booking.starts, now_ns),
        due_now=world.round_the_clock
        or bool(case.token and is_due(case.token.on, file.booking.starts, file.booking.ends, now_ns)),
        people_free=not any(_clash(each, file) for each in near),
        footage_readable=bool(scopes) and event in (Event.PREPARE, Event.BEGIN) and world.readable(scopes),
        attendant_known=file.viewing.accompanied_by in office_names(roster, today),
        shown=was_shown(file, world),
        head_here="unit_head" in set(roles_here),
        masks_lacking=bool(bare_scopes(case.masked_scopes, world.masks(file.key))),
        cells=filled(file),
        scans=scans,
        rectify_old=word_of(file, typed.rectify.what),
        rectify_waiting=waiting_of(file),
        rectify_swaps=swaps(file, typed.rectify, today),
        rectify_parties=parties_after(file) if event is Event.RECTIFY_CONFIRM else (),
        rectify_again=waits_already(file, typed.rectify.what),
        rectify_stale=is_stale(file),
        letter_word=world.letter_word_on(today),
        doc_no_of=doc_no_of,
        former_is=former_is(file, former, taken_up=taken_up) if former else "",
        linked=linked,
        since=ended_by_appeal(former) if former else typed.late.day,
        ink_lost=lost_scans(file, world),
        copy=found_copies(event, world.copy_of(file.key), world.handed_of(file.key, account)),
        signer=signer_of(typed.dispatch.signer, typed.dispatch.day or today, roster, world),
    )


def lost_scans(file: CaseFile, world: CasePorts) -> tuple[str, ...]:
    """The scans that show signatures of the case and were struck or do not open, with none in their place."""
    scans = [cell.ink.scan for cell in file.case.signatures if cell.ink and not cell.superseded]
    return tuple(scan for scan in dict.fromkeys(scans) if not world.scan_for(file.key, scan))


def doc_no_in(typed: CaseTyped) -> str:
    """The 發文字號 that an act gives a letter, or gives it by 更正; "" where it gives none."""
    right = typed.rectify
    return plain_word(right) if is_doc_no_of(right.what) else typed.dispatch.doc_no


def _section(file: CaseFile, world: CasePorts) -> str:
    """The applicant's own unit, of a staff request; as 附件3 names it where that came on paper."""
    if file.case.kind is not Kind.INT:
        return ""
    applicant = next((each.account for each in file.people if each.part == "applicant"), "")
    return world.unit_of(applicant) if applicant else file.form.section.strip()


def away_on(roster: Iterable[Appointment], today: date) -> frozenset[str]:
    """Holders for whose role somebody is appointed to act today."""
    now = [each for each in roster if each.covers(today)]
    acted_for = {(each.role, each.section) for each in now if each.rank}
    return frozenset(each.person.account for each in now if not each.rank and (each.role, each.section) in acted_for)


def _is_secret(file: CaseFile) -> bool:
    return file.case.kind is Kind.AGY and file.letter.secret and file.case.state is not State.CLOSED


def _clash(other: CaseFile, file: CaseFile) -> bool:
    """Whether another viewing is booked for the same time: the office has one station and few people."""
    token = other.case.token
    if other.case.state not in _BOOKED or token is None or token.on != file.viewing.on:
        return False
    times = [minutes_of(text) for each in (other, file) for text in (each.booking.starts, each.booking.ends)]
    if None in times:
        return False
    starts, ends, mine, mine_ends = (minutes or 0 for minutes in times)
    return starts < mine_ends and mine < ends
