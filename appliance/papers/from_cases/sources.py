"""What papers take out of a case: people, ranges, signatures, reasons, days, in the words that papers have. Pure.

Papers are in Chinese, whoever prints them. Codes become the words of the pack that the case stands under.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from appliance.papers.sheets.issue import Issue, Signed, deputy_mark
from appliance.papers.sheets.words import MASKED, Asked, day
from appliance.rules.cases.outgoing import LetterView
from appliance.rules.cases.rectify import RectificationView, is_doc_no_of, is_name
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.supplements import SupplementView
from appliance.rules.cases.viewing_record import ViewingRecord
from appliance.rules.cases.views import ActView, CaseView, PartyView, Stretch
from appliance.rules.ink import InkTold

__all__ = [
    "MEANS",
    "Desk",
    "anew_of",
    "applicant_of",
    "as_of",
    "asked_of",
    "asked_viewers_of",
    "before",
    "beside",
    "born_of",
    "copy_withheld",
    "day_of_text",
    "decided_by",
    "first_added",
    "granted_of",
    "id_of",
    "is_handed",
    "lapses_of",
    "last_deed",
    "letter_of",
    "looked_of",
    "marked",
    "masked_id",
    "named_once",
    "other_path_of",
    "reason_of",
    "reason_word",
    "received",
    "scan_of",
    "signed_by",
    "signed_of",
    "undone_by",
    "viewers_of",
    "words_right",
]

MEANS = {"handed": "當面交付", "registered": "掛號郵寄", "exchange": "電子公文交換", "posted": "普通郵寄"}
"""How an answer was served; another text stands for itself."""


_UNDO = (Event.WITHDRAW, Event.LAPSE, Event.LOCK)
_ID_KINDS = {"national": "國民身分證", "id": "國民身分證", "resident": "居留證", "passport": "護照"}


class Desk(NamedTuple):
    """What a paper is made from: the case, who issues it, and what its applicant was asked for, in words. ``row``: the
    number of the case's row in the year's 附件4; ``viewing``: what the ledger has of its viewings."""

    told: CaseView
    issue: Issue
    missing: tuple[str, ...] = ()
    row: int = 0
    viewing: ViewingRecord = ViewingRecord()


def day_of_text(text: Any) -> date | None:
    """A day as the keeper tells it; None of nothing."""
    return date.fromisoformat(str(text)) if text else None


def named_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def applicant_of(told: CaseView) -> PartyView:
    return next((each for each in told.parties if each.part == "applicant"), PartyView(part="applicant"))


def viewers_of(told: CaseView) -> tuple[str, ...]:
    """Whom the last appointment names, else those whom the request does."""
    booked = told.booked.viewers if told.booked else ()
    return tuple(booked or _scheduled_viewers(told)) or asked_viewers_of(told)


def _scheduled_viewers(told: CaseView) -> list[str]:
    """Those whom the act of the last appointment names, each as a 更正 that came after it has the name."""
    scheduled = last_deed(told, "schedule")
    names = list((scheduled.words.get("viewing") or {}).get("viewers") or ()) if scheduled else []
    for each in told.rectified:
        if scheduled and each.state == "stands" and each.settled > scheduled.index and is_name(each.what):
            names = [each.new if name == each.old else name for name in names]
    return names


def asked_viewers_of(told: CaseView) -> tuple[str, ...]:
    """The viewers whom the request names, among whom is a citizen who applies (附件2, 14: 含申請人); else the
    applicant."""
    asked = named_once(each.name for each in told.parties if each.part == "viewer")
    applicant = applicant_of(told).name
    return named_once([applicant, *asked]) if told.kind == Kind.CIT else asked or named_once([applicant])


def marked(told: CaseView, text: str, *places: str, first: str | None = None) -> str:
    """The text, with 更正 behind it where one of the words in it was put right (``T-80``), beside what was received."""
    right = any(each.state == "stands" and each.what in places for each in told.rectified)
    return beside(told, f"{text}（更正）" if right and text else text, *places, first=first)


def beside(told: CaseView, text: str, *places: str, first: str | None = None) -> str:
    """The text; where a word of it came after the receipt, what was received stands first, and behind it what came and
    when. ``first``: what was received, in words; else as it was typed."""
    came = first_added(told, *places)
    if came is None:
        return text
    how = "補正" if came.asked else "補登"
    return f"{came.old if first is None else first}（{day(day_of_text(came.day)).strip('　')}{how}：{text}）"


def first_added(told: CaseView, *places: str) -> SupplementView | None:
    """What came first in the place of a word that was received, or that was not there."""
    return next((each for each in told.added if each.what in places), None)


def received(told: CaseView, place: str) -> str:
    """A word as it was received, whatever came after it."""
    came = first_added(told, place)
    part, _, name = place.partition("/")
    return came.old if came else str({"form": told.form, "letter": told.letter}[part].get(name) or "")


def as_of(told: CaseView, index: int) -> CaseView:
    """The case with its words, ranges and term as they stood at the ledger place ``index``: what was signed or sent
    there said so, and goes on to say so."""
    right = [each for each in told.rectified if each.state == "stands" and each.settled > index]
    return _at_its_term(_unranged(_unadded(before(told, right), index), index), index)


def _at_its_term(told: CaseView, index: int) -> CaseView:
    """By when the answer was due then; a completion or a longer term came later."""
    due = next((deed.due for deed in reversed(told.history) if deed.index <= index and deed.due), "")
    return msgspec.structs.replace(told, clock=told.clock | {"due": due}) if due else told


def _unranged(told: CaseView, index: int) -> CaseView:
    """Without the ranges that were added after ``index``."""
    later = sum(
        len(deed.words.get("asked") or ())
        for deed in told.history
        if deed.event == Event.ADD_RANGE and deed.index > index
    )
    return msgspec.structs.replace(told, ranges=told.ranges[: len(told.ranges) - later]) if later else told


def _unadded(told: CaseView, index: int) -> CaseView:
    """Without the words that came after ``index``."""
    for each in reversed(told.added):
        if each.index > index:
            part, _, name = each.what.partition("/")
            told = msgspec.structs.replace(told, **{part: {**getattr(told, part), name: each.old}})
    return msgspec.structs.replace(told, added=tuple(each for each in told.added if each.index <= index))


def before(told: CaseView, later: Sequence[RectificationView]) -> CaseView:
    """The case with its words as they stood before these, the last ones, put them right; they are not on it."""
    for each in reversed(later):
        part, _, rest = each.what.partition("/")
        if part == "people":
            number, field = rest.split("/")
            was = told.parties[int(number)]
            people = tuple(
                msgspec.structs.replace(person, **{field: each.old})
                if (person.account, person.name, person.id_no) == (was.account, was.name, was.id_no)
                else person
                for person in told.parties
            )
            told = msgspec.structs.replace(told, parties=people)
            if field == "name" and told.booked:
                viewers = tuple(each.old if name == was.name else name for name in told.booked.viewers)
                told = msgspec.structs.replace(told, booked=msgspec.structs.replace(told.booked, viewers=viewers))
        elif is_doc_no_of(each.what):
            told = _numbered(told, each.what.split("/")[1], each.old)
        elif (came := first_added(told, each.what)) and came.index > each.index and came.old == each.new:
            then = msgspec.structs.replace(came, old=each.old)
            told = msgspec.structs.replace(told, added=tuple(then if one is came else one for one in told.added))
        else:
            told = msgspec.structs.replace(told, **{part: {**getattr(told, part), rest: each.old}})
    return msgspec.structs.replace(told, rectified=tuple(each for each in told.rectified if each not in later))


def _numbered(told: CaseView, name: str, doc_no: str) -> CaseView:
    """The case with that 發文字號 on its letter of that name."""
    letters = tuple(
        msgspec.structs.replace(each, doc_no=doc_no) if each.letter == name else each for each in told.letters
    )
    return msgspec.structs.replace(told, letters=letters, doc_no=doc_no if name == "answer" else told.doc_no)


def asked_of(told: CaseView, *, kept: bool = False) -> tuple[Asked, ...]:
    """The ranges as asked, or as they are pinned."""
    return tuple(
        Asked(
            camera_no=each.camera_no,
            place=each.location,
            start_ns=each.kept_start_ns if kept and each.kept_end_ns else each.start_ns,
            end_ns=each.kept_end_ns if kept and each.kept_end_ns else each.end_ns,
        )
        for each in told.ranges
    )


def granted_of(told: CaseView) -> tuple[Asked, ...]:
    """The minutes that were granted."""
    places = {each.camera_no: each.location for each in told.ranges}
    scopes: list[Stretch] = [scope for each in told.ranges if each.ruled for scope in each.ruled.scopes]
    return tuple(
        Asked(
            camera_no=each.camera_no, place=places.get(each.camera_no, ""), start_ns=each.start_ns, end_ns=each.end_ns
        )
        for each in scopes
    )


def other_path_of(told: CaseView) -> str:
    """Of a redirection, 向何機關、依何程序."""
    body, path = told.proposal.get("body", ""), told.proposal.get("path", "")
    return f"向{body}，{path}" if body else ""


def reason_of(told: CaseView, issue: Issue) -> str:
    """The reason's code in the pack's words, as it was received; what came in its place behind it."""
    now, then = str(told.form.get("reason", "")), received(told, "form/reason")
    return marked(told, reason_word(now, issue), "form/reason", first=reason_word(then, issue))


def reason_word(code: str, issue: Issue) -> str:
    """A reason, or a purpose that no request may have, in the pack's words."""
    reasons = issue.pack.reasons
    return {**reasons.citizen, **reasons.staff, **reasons.forbidden}.get(code, code)


def decided_by(told: CaseView) -> tuple[str, str]:
    """Reason and article of the answer, as they were typed for it; later acts have reasons of their own."""
    deed = last_deed(told, "refuse", "grant_partly", "grant_copy_partly", "dismiss")
    if deed is None:
        return "", ""
    return str(deed.words.get("reason") or told.reason), str(deed.words.get("article") or told.article)


def copy_withheld(told: CaseView) -> str | None:
    """Why no copy is given with the viewing although the agency's letter asks for one (八(五)3(3)): "" where an earlier
    version asked for no reason, None where no copy was withheld."""
    decided = last_deed(told, Event.GRANT, Event.GRANT_PARTLY)
    if decided is None or told.result not in ("granted", "partly") or not told.letter.get("copy_asked"):
        return None
    return str(decided.words.get("copy_reasoned") or "")


def signed_of(told: CaseView, stage: str) -> Signed | None:
    """Who signed a cell, unless a return superseded it."""
    found = [each for each in told.signatures if each.stage == stage and not each.superseded]
    if not found or not found[-1].at_ns:
        return None
    cell = found[-1]
    mark = "兼簽" if cell.double else deputy_mark(stage, deputy=cell.deputy)
    return Signed(
        person=cell.person, name=cell.name, post=cell.post, at_ns=cell.at_ns, mark=mark, scan=scan_of(cell.ink)
    )


def scan_of(ink: InkTold | None) -> str:
    """The scan that shows a signature in ink now; "" of one in the system."""
    return (ink.now or ink.scan) if ink else ""


def last_deed(told: CaseView, *events: str) -> ActView | None:
    return next((deed for deed in reversed(told.history) if deed.event in events), None)


def undone_by(told: CaseView) -> ActView | None:
    """What undid the last appointment before it took place: a withdrawal, a lapse, the judicial lock."""
    last = last_deed(told, Event.SCHEDULE, Event.FINISH, Event.STOP, Event.END_OF_DAY, *_UNDO)
    return last if last and last.event in _UNDO and last_deed(told, Event.SCHEDULE) else None


def letter_of(told: CaseView, letter: str) -> LetterView | None:
    """Answer, correction or extension, as it went out; None before its 發文."""
    return next((each for each in told.letters if each.letter == letter), None)


def signed_by(told: CaseView, *events: str) -> Signed | None:
    """Whoever did the last of these acts, as the one who signs its paper."""
    deed = last_deed(told, *events)
    if deed is None or not deed.name or not deed.at_ns:
        return None
    return Signed(person=deed.person, name=deed.name, at_ns=deed.signed_ns or deed.at_ns, scan=scan_of(deed.ink))


def anew_of(told: CaseView) -> str:
    """Of a request that is decided anew, what was decided before and by what that was revoked, to go on a sentence; ""
    of any other."""
    words = told.words
    if not words.get("anew_former"):
        return ""
    before = f"，前經本所以{words.get('anew_letter', '')}函處分（案號：{words['anew_former']}）"
    by = "本所自行撤銷或變更" if words.get("anew_how") == "own_revoked" else f"{words.get('anew_doc', '')}訴願決定撤銷"
    return f"{before}，業經{by}，本所爰重新審查，另為處分如下"


def is_handed(told: CaseView, sent: LetterView | None) -> bool:
    """Whether a citizen is given the notice in the office: all was granted, and no letter went out."""
    return told.kind == Kind.CIT and told.result == "granted" and not told.statutory and not (sent and sent.issued)


def words_right(told: CaseView) -> bool:
    """Whether a word of the request was put right; a letter's own number is none."""
    return any(each.state == "stands" and not is_doc_no_of(each.what) for each in told.rectified)


def looked_of(told: CaseView) -> str:
    """When the keeper looked first what there is: at the receipt, or when that was entered late."""
    return f"{day(int(told.late['entered_ns']))} 補登時" if told.late else f"{day(told.received_ns)} 收件時"


def lapses_of(desk: Desk) -> date | None:
    """The last day on which what was granted may be viewed, whatever became of its appointment."""
    return day_of_text(desk.told.days.get("lapses_on"))


def born_of(person: PartyView) -> str:
    """The day of birth as a paper has it; of one that is not shown in full, the year and that the rest is kept back."""
    if "*" not in person.born:
        return day(day_of_text(person.born)) if person.born else ""
    return day(date(int(person.born[:4]), 1, 1)).partition("年")[0] + f"年（月日{MASKED}）"


def id_of(person: PartyView) -> str:
    """Kind of the ID and its last four, as the office notes them when it has seen it."""
    return f"{_ID_KINDS.get(person.id_kind, '')} {person.id_last}".strip()


def masked_id(number: str) -> str:
    """``A12****789``: what a print shows of an ID number, however much the page knew."""
    return number if len(number) < 7 or "*" in number else f"{number[:3]}{'*' * (len(number) - 6)}{number[-3:]}"
