"""A case with everything that lies on its file: papers as typed, what the keeper found, every act. Frozen, no I/O.

``laid`` puts the papers of an act on the file, ``facts_of`` says what the rules see of it.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, TypeVar

import msgspec

from appliance.core.errors import UsageError
from appliance.core.model import Record
from appliance.rules.cases.copies import CopyRecord, HandedCopy
from appliance.rules.cases.facts import Case, CaseFacts
from appliance.rules.cases.holes import Holes
from appliance.rules.cases.outgoing import LetterSigner, LetterView
from appliance.rules.cases.papers import CopyWork, Form, Late, Letter, Otherwise, Proposal, Viewing, Visit, Voice
from appliance.rules.cases.people import Appointment, Party, Person
from appliance.rules.cases.ranges import FORMER
from appliance.rules.cases.rectify import RectificationView
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.supplements import SupplementView, added_by, left_of
from appliance.rules.cases.terms import STANDARD, CaseTerms
from appliance.rules.cases.typed import CaseTyped, TypedParty
from appliance.rules.ink import Ink
from appliance.services.cases.case_copies import FOUND_OUT, merged

__all__ = [
    "Booking",
    "CaseAct",
    "CaseFile",
    "Found",
    "added_in",
    "facts_of",
    "laid",
    "party_of",
    "person_of",
    "viewers_of",
]

_R = TypeVar("_R", bound=Record)
_FOUND_OUT = frozenset({"in_hours", "past", "people_free", "due_now", "footage_readable", "attendant_known", "shown"})
"""Of a viewing, what nobody types."""
_SEEN = ("filmed", "other_event")
"""Of a viewing, what nobody takes back before another begins."""
_PROPOSES = frozenset({Event.PROPOSE, Event.PROPOSE_REDIRECT})
_ANSWERS_FINDINGS = frozenset({Event.CORRECTED, Event.CHECK})
"""At which the applicant, or the agency, answers what was found wrong."""


class CaseAct(msgspec.Struct, frozen=True, kw_only=True):
    """An act as its entry tells it. ``event`` is "" for the end of a pin, which nobody performs. ``act`` is its id,
    ``account`` "" where the record does not open, ``typed`` what was typed, ``lacks`` what it asked the applicant for,
    ``due`` the last day of the office's term as it left it. ``day``: of the act; of one in ``ink``, of the sheet.
    """

    index: int
    act: str
    at_ns: int
    day: str
    event: str
    row: str
    state: State
    account: str = ""
    name: str = ""
    typed: CaseTyped = CaseTyped()
    lacks: tuple[str, ...] = ()
    due: str = ""
    damaged: bool = False
    ink: Ink | None = None

    @property
    def signed_ns(self) -> int:
        """When it was done: of one in ink, when its sheet says so."""
        return self.ink.at_ns if self.ink else self.at_ns


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a viewing is to be, and whom of the parties it names ("": all viewers)."""

    starts: str = ""
    ends: str = ""
    place: str = ""
    viewers: tuple[str, ...] = ()


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """``people`` are the parties as the papers name them. ``form`` and ``letter`` as they read now; what of their words
    came after the receipt, and what stood there before, is in ``added``. ``findings``: what the formal check found
    wrong, by its item, and is not put right yet. ``letters``: what went out, by its name. ``existence``, ``footage``
    and ``holes`` (per range): as seen when the keeper looked last; ``at_receipt``: ``footage`` as seen then. ``soon``:
    some of it could have gone within 72 h of the receipt. ``pin_over``: a rule ended the pin. ``undated``: days of
    ``case`` that were counted in untrusted time, and count from the first trusted moment. ``began_ns`` and
    ``ended_ns``: of the last viewing. ``copies``: those that were made for its viewings, in order; ``handed``: those
    on a medium, of which the last counts. ``damaged``: why a record does not open."""

    key: str
    case: Case
    deeds: tuple[CaseAct, ...] = ()
    people: tuple[TypedParty, ...] = ()
    form: Form = Form()
    letter: Letter = Letter()
    voice: Voice = Voice()
    visit: Visit = Visit()
    viewing: Viewing = Viewing()
    booking: Booking = Booking()
    letters: dict[str, LetterView] = {}
    rectified: tuple[RectificationView, ...] = ()
    copy_work: CopyWork = CopyWork()
    copies: tuple[CopyRecord, ...] = ()
    handed: tuple[HandedCopy, ...] = ()
    otherwise: Otherwise = Otherwise()
    late: Late = Late()
    added: tuple[SupplementView, ...] = ()
    findings: dict[str, str] = {}
    barred: str = ""
    legal_review: str = ""
    agency_consulted: bool = False
    checklist: dict[str, str] = {}
    proposal: Proposal = Proposal()
    reason: str = ""
    article: str = ""
    words: dict[str, str] = {}
    existence: str = ""
    footage: tuple[str, ...] = ()
    holes: tuple[Holes, ...] = ()
    at_receipt: tuple[str, ...] = ()
    soon: bool = False
    began_ns: int = 0
    ended_ns: int = 0
    pin_over: bool = False
    undated: frozenset[str] = frozenset()
    damaged: str = ""

    @property
    def pins(self) -> bool:
        """Whether it keeps its footage now, the ceiling apart; none of what is not on this recorder."""
        begun = self.case.received_on is not None or self.case.preserved_on is not None
        return begun and not self.pin_over and self.case.recorder != FORMER


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the keeper found out for an act. Fields as in ``CaseFacts``; ``footage`` per range asked; ``scans``:
    kinds of papers whose scan is on file; ``signer``: of the letter that goes out, where that may sign;
    ``rectify_old``: the word that a 更正 names; all besides as in ``CaseFacts``."""

    number: str = ""
    policy: str = ""
    terms: CaseTerms = STANDARD
    managing: str = ""
    section: str = ""
    roster: tuple[Appointment, ...] = ()
    away: frozenset[str] = frozenset()
    days_off: frozenset[Any] = frozenset()
    filed_ns: int = 0
    existence: str = ""
    footage: tuple[str, ...] = ()
    holes: tuple[Holes, ...] = ()
    soon: bool = False
    overlap_secret: bool = False
    in_hours: bool = False
    past: bool = False
    people_free: bool = False
    due_now: bool = False
    footage_readable: bool = False
    attendant_known: bool = False
    shown: bool = False
    head_here: bool = False
    masks_lacking: bool = False
    cells: frozenset[str] = frozenset()
    scans: frozenset[str] = frozenset()
    signer: LetterSigner | None = None
    rectify_old: str | None = None
    rectify_waiting: tuple[int, ...] = ()
    rectify_swaps: bool = False
    rectify_parties: tuple[Party, ...] = ()
    rectify_again: bool = False
    rectify_stale: bool = False
    letter_word: str = ""
    doc_no_of: str = ""
    former_is: str = ""
    linked: str = ""
    since: date | None = None
    ink_lost: tuple[str, ...] = ()
    copy: CopyWork = CopyWork()


def person_of(party: TypedParty) -> Person:
    """Somebody as the rules compare people: the ID number only as a hash."""
    plain = party.id_no.strip().upper()
    return Person(
        account=party.account,
        name=party.name.strip(),
        id_hash=hashlib.sha256(f"id {plain}".encode()).hexdigest() if plain else "",
    )


def party_of(party: TypedParty) -> Party:
    return Party(person=person_of(party), part=party.part, entitled=party.entitled)


def laid(file: CaseFile, event: Event, typed: CaseTyped) -> CaseFile:
    """The file with the papers of an act on it. Raises UsageError for a field that no such paper has."""
    form = msgspec.structs.replace(file.form, judicial="")  # asked anew for each act (八(五)2(2))
    visit = Visit(agency=file.visit.agency) if event is Event.BEGIN else file.visit
    booking, viewing = _booked(file, event, typed)
    typed = _as_meant(event, typed)
    if event in _PROPOSES:  # it is signed as it is typed: nothing of one that was returned counts
        kept = {name: text for name, text in file.words.items() if name != "opinion"}
        file = msgspec.structs.replace(file, checklist={}, proposal=Proposal(), words=kept)
    added = added_in(file, event, typed) if file.case.received_on else ()
    findings = dict(typed.findings) if event is Event.FIND_DEFECTS else file.findings
    if event in _ANSWERS_FINDINGS:
        findings = left_of(file.case.kind, findings, [each.what for each in added], typed.form)
    return msgspec.structs.replace(
        file,
        people=(*file.people, *(each for each in typed.parties if each not in file.people)),
        form=_over(form, typed.form),
        added=(*file.added, *added),
        findings=findings,
        barred=typed.barred or file.barred,
        letter=_over(file.letter, typed.letter),
        voice=_over(file.voice, typed.voice),
        visit=_over(visit, typed.visit),
        booking=booking,
        viewing=viewing,
        copy_work=_copy_work(file.copy_work, typed.copy_work),
        otherwise=typed.otherwise if typed.otherwise != Otherwise() else file.otherwise,
        late=typed.late if typed.late != Late() else file.late,
        legal_review=typed.legal_review or file.legal_review,
        agency_consulted=typed.agency_consulted or file.agency_consulted,
        checklist={**file.checklist, **typed.checklist},
        proposal=typed.proposal if typed.proposal != Proposal() else file.proposal,
        reason=typed.reason or file.reason,
        article=typed.article or file.article,
        words={**file.words, **typed.words},
    )


def _as_meant(event: Event, typed: CaseTyped) -> CaseTyped:
    """With what the event itself says."""
    if event is Event.PROPOSE_REDIRECT:
        return msgspec.structs.replace(typed, proposal=msgspec.structs.replace(typed.proposal, result="redirected"))
    return typed


def added_in(file: CaseFile, event: Event, typed: CaseTyped) -> tuple[SupplementView, ...]:
    """What an act after the receipt puts beside the words that were received. Nobody entered it yet."""
    asked = event in _ANSWERS_FINDINGS and file.case.state is State.CORRECTION
    said = {"form": typed.form, "letter": typed.letter}
    return added_by({"form": file.form, "letter": file.letter}, said, asked=asked)


def _over(paper: _R, typed: dict[str, Any]) -> _R:
    """The paper with what was typed in the place of what was there."""
    if not typed:
        return paper
    try:
        return msgspec.convert({**msgspec.to_builtins(paper), **typed}, type(paper))
    except msgspec.ValidationError as error:
        raise UsageError.of("form-part-unread", part=type(paper).__name__.lower(), why=error) from error


def _copy_work(paper: CopyWork, typed: dict[str, Any]) -> CopyWork:
    if found_out := set(FOUND_OUT) & typed.keys():
        raise UsageError.of("case-found-out", fields=", ".join(sorted(found_out)))
    return _over(paper, typed)


def _booked(file: CaseFile, event: Event, typed: CaseTyped) -> tuple[Booking, Viewing]:
    """A new appointment begins a new viewing, and each beginning asks again what is asked at the door. Filming that
    interrupts stands as 拍攝情形 with the note of the interruption, until its end says more."""
    booking, viewing = file.booking, file.viewing
    if event is Event.SCHEDULE:
        booking, viewing = Booking(), Viewing()
    if event is Event.BEGIN:
        door = {"id_again": False, "statement_signed": False, "devices_away": False, "filmed": False, "signed": False}
        viewing = msgspec.structs.replace(viewing, filming="", **door)
    if not typed.viewing:
        return booking, viewing
    if found_out := _FOUND_OUT & typed.viewing.keys():
        raise UsageError.of("case-found-out", fields=", ".join(sorted(found_out)))
    of_booking = {name: value for name, value in typed.viewing.items() if name in Booking.__struct_fields__}
    rest = {name: value for name, value in typed.viewing.items() if name not in of_booking}
    rest |= {name: True for name in _SEEN if getattr(viewing, name)}
    if event is Event.INTERRUPT and rest.get("filmed"):
        rest = {"filming": typed.reason} | rest
    try:
        booking = msgspec.convert({**msgspec.structs.asdict(booking), **of_booking}, Booking)
    except msgspec.ValidationError as error:
        raise UsageError.of("appointment-unread", why=error) from error
    return booking, _over(viewing, rest)


def viewers_of(file: CaseFile) -> list[str]:
    """The full names of those who come to see the footage: as booked, else the viewers of the request, among whom is a
    citizen who applies (附件2, 14: 含申請人), else the applicant."""
    if file.booking.viewers:
        return list(file.booking.viewers)
    viewers = [each.name for each in file.people if each.part == "viewer"]
    applicants = [each.name for each in file.people if each.part == "applicant"]
    if viewers and file.case.kind is not Kind.CIT:
        return list(dict.fromkeys(viewers))
    return list(dict.fromkeys((*applicants, *viewers)))


def _viewers(file: CaseFile) -> tuple[Party, ...]:
    """The same people as parties, as they were named last."""
    named = {each.person.name: each for each in map(party_of, file.people)}
    unknown = Party(person=Person(name="?"), part="viewer")
    return tuple(named.get(name.strip(), unknown) for name in viewers_of(file))


def facts_of(file: CaseFile, typed: CaseTyped, found: Found) -> CaseFacts:
    """What the rules see of an act: ``file`` has its papers on it already."""
    viewing = msgspec.structs.replace(
        file.viewing,
        viewers=_viewers(file),
        in_hours=found.in_hours,
        past=found.past,
        people_free=found.people_free,
        due_now=found.due_now,
        footage_readable=found.footage_readable,
        attendant_known=found.attendant_known,
        shown=found.shown,
        head_allows=file.viewing.head_allows and found.head_here,
    )
    return CaseFacts(
        number=found.number,
        policy=found.policy,
        terms=found.terms,
        managing_section=found.managing,
        roster=found.roster,
        away=found.away,
        days_off=found.days_off,
        double=typed.double,
        filed_ns=found.filed_ns,
        section=found.section,
        asked=typed.asked,
        live=typed.live,
        parties=tuple(party_of(each) for each in file.people),
        form=msgspec.structs.replace(file.form, scanned="form" in found.scans),
        letter=msgspec.structs.replace(file.letter, scanned="letter" in found.scans),
        findings=frozenset(file.findings),
        barred=file.barred,
        voice=file.voice,
        visit=file.visit,
        late=typed.late,
        statutory=typed.statutory,
        recorder=typed.recorder,
        legal_review=file.legal_review,
        existence=found.existence,
        checklist=tuple(file.checklist.items()),
        proposal=file.proposal,
        overlap_secret=found.overlap_secret,
        agency_consulted=file.agency_consulted,
        rulings=typed.rulings,
        reason=typed.reason,
        article=typed.article,
        copy_reasoned=typed.copy_reasoned,
        viewing_too=typed.viewing_too,
        viewing_only=typed.viewing_only,
        source=typed.source,
        dispatch=typed.dispatch,
        service=typed.service,
        viewing=viewing,
        copy_work=merged(file.copy_work, found.copy),
        otherwise=file.otherwise,
        masks_lacking=found.masks_lacking,
        voucher=typed.voucher,
        rectify=typed.rectify,
        rectify_old=found.rectify_old,
        rectify_waiting=found.rectify_waiting,
        rectify_swaps=found.rectify_swaps,
        rectify_parties=found.rectify_parties,
        rectify_again=found.rectify_again,
        rectify_stale=found.rectify_stale,
        letter_word=found.letter_word,
        doc_no_of=found.doc_no_of,
        former=typed.former,
        former_is=found.former_is,
        linked=found.linked,
        since=found.since,
        cells=found.cells,
        ink_lost=found.ink_lost,
    )
