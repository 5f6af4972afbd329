"""Lists of cases: rows with masked names, looked for by words. In memory, from the book.

A row is made when its case changed or is first needed. Cases that are closed and pin nothing are read for their rows a
few at a time (:meth:`Listing.warm`), so that a start need not read ten thousand of them; what was read once is kept
over a start (:meth:`Listing.kept`). A case of which no entry can be read has a row with its key alone, which says so.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from appliance import __version__
from appliance.core.errors import Damaged
from appliance.rules.cases.dues import dues
from appliance.rules.cases.list_views import CaseListView, CaseRow
from appliance.rules.cases.ranges import Scope, overlap
from appliance.rules.cases.rectify import RectificationView, is_day, is_identifier, is_name
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.typed import TypedParty
from appliance.rules.deadlines import day_of
from appliance.rules.written_days import Sought, days_in, plain_words, sought
from appliance.services.cases.book import CaseBook
from appliance.services.cases.casefile import CaseFile, person_of
from appliance.services.cases.masking import masked_name
from appliance.services.cases.views import due_told

__all__ = [
    "EarlierRequest",
    "ListQuery",
    "Listing",
    "Requester",
    "agency_of",
    "hand_of",
    "plain_name",
    "row_of",
]

_MADE_BY = f"{__version__} 4"
"""Another number whenever a line is made otherwise."""


class ListQuery(NamedTuple):
    """What a list asks for; "" and None ask for everything. ``state``: a state, ``open`` or ``closed``. ``own``: only
    cases of these ``accounts``, or of these ``sections``' staff, or with ``closed_too`` what is closed.
    ``order``: newest, due (soonest first) or number. ``births``: the days of birth count among a case's days, for whom
    identifiers are not masked."""

    text: str = ""
    kind: str = ""
    state: str = ""
    camera: str = ""
    person: str = ""
    first: date | None = None
    last: date | None = None
    own: bool = False
    accounts: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    order: str = "newest"
    closed_too: bool = False
    births: bool = False


class Requester(NamedTuple):
    """Whose request a case is. ``mark`` tells it from others and ``by`` is what that is: *id*, *account*, *agency*, or
    only the *name*; "" where nobody is named yet. ``name``: of the applicant, plain."""

    by: str = ""
    mark: str = ""
    name: str = ""


class EarlierRequest(NamedTuple):
    """A request: its row, whose it is, and when it or the call before it came."""

    row: CaseRow
    hand: Requester
    began_ns: int


class _Line(NamedTuple):
    """A row and what it is looked for by."""

    row: CaseRow
    day: date
    words: str
    names: str
    accounts: frozenset[str]
    section: str
    ids: frozenset[str] = frozenset()
    closed: str = ""
    hand: Requester = Requester()
    began_ns: int = 0
    days: frozenset[date] = frozenset()
    births: frozenset[date] = frozenset()


class _Kept(NamedTuple):
    """What a version of this software made of closed cases: of each its key, its newest entry and its line."""

    made_by: str
    lines: list[tuple[str, int, _Line]]


class Listing:
    """Over one book. Thread-safe."""

    def __init__(self, book: CaseBook) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._lines: dict[str, tuple[CaseFile | int, _Line]] = {}

    def find(self, wanted: ListQuery, page: int, per_page: int) -> CaseListView:
        """A page of the cases that fit, in the order that is wanted."""
        asked = sought(wanted.text)
        found = [line.row for line in self._all() if _fits(line, wanted) and _says(line, asked, births=wanted.births)]
        rows = [row for row in found if _in_state(row, wanted.state)]
        if wanted.order == "due":
            rows = sorted((self._dated(row) for row in rows), key=_due_day)
        elif wanted.order == "number":
            rows.sort(key=lambda row: row.number or row.case, reverse=True)
        pages = max(1, -(-len(rows) // per_page))
        page = min(max(1, page), pages)
        return CaseListView(
            total=len(rows),
            page=page,
            pages=pages,
            cases=tuple(self._dated(row) for row in rows[(page - 1) * per_page : page * per_page]),
            states=dict(Counter(row.state for row in found if row.state)),
        )

    def naming(self, *, name: str, id_hash: str) -> list[str]:
        """The keys of the cases in which somebody has exactly that ID number, or, where none is asked for, that name;
        the newest first."""
        wanted = plain_name(name)

        def fits(line: _Line) -> bool:
            called = ("".join(each.split()) for each in line.names.split("\n"))
            return id_hash in line.ids if id_hash else wanted in called

        return [line.row.case for line in self._all() if fits(line)]

    def closed(self) -> dict[str, list[str]]:
        """The keys of the closed cases by the month in which they were closed (``2026-11``), the oldest first."""
        found: dict[str, list[str]] = {}
        for line in self._all():
            if line.closed:
                found.setdefault(line.closed[:7], []).insert(0, line.row.case)
        return found

    def asked(self, kind: Kind) -> Iterator[EarlierRequest]:
        """All requests of that kind, the newest first."""
        return (EarlierRequest(line.row, line.hand, line.began_ns) for line in self._all() if line.row.kind == kind)

    def locked(self, asked: Sequence[Scope]) -> list[CaseRow]:
        """The staff cases that were locked and asked for some of these minutes, the newest first. Of the others none is
        read for it."""
        near = (line.row for line in self._all() if line.row.locked and _is_near(line.row, asked))
        return [row for row in near if overlap(self._book.file(row.case).case.asked, asked)]

    def warm(self, most: int) -> bool:
        """Makes at most so many rows that are not made yet; whether all are made now."""
        with self._lock:
            known = set(self._lines)
        living = self._living()
        missing = [key for key in self._book.all_keys() if key not in known]
        for key in missing[:most]:
            with contextlib.suppress(Damaged):
                self._line(key, living.get(key))
        return len(missing) <= most

    def kept(self) -> bytes:
        """The rows of the cases that are closed and pin nothing, to be taken again after a start. Names and all that
        people typed are in it: it is to be sealed as the records are. The same rows are the same bytes."""
        with self._lock:
            closed = [(key, made_of, line) for key, (made_of, line) in self._lines.items() if isinstance(made_of, int)]
        return msgspec.msgpack.encode(_Kept(_MADE_BY, sorted(closed)), order="deterministic")

    def take(self, kept: bytes) -> None:
        """Takes the rows of cases that no entry is about since they were made, by this version of the software; the
        others are read from their records. Raises Damaged for what :meth:`kept` did not make."""
        try:
            made_by, lines = msgspec.msgpack.decode(kept, type=tuple[str, msgspec.Raw])
            found = msgspec.msgpack.decode(lines, type=list[tuple[str, int, _Line]]) if made_by == _MADE_BY else []
        except msgspec.MsgspecError as error:
            raise Damaged(f"rows of closed cases: they do not read ({error}); they are made anew") from error
        with self._lock:
            for key, newest, line in found:
                if self._book.knows(key) and self._book.newest_entry(key) == newest:
                    self._lines.setdefault(key, (newest, line))

    # --- inside ---

    def _living(self) -> dict[str, CaseFile]:
        return {file.key: file for file in self._book.living()}

    def _all(self) -> Iterator[_Line]:
        living = self._living()
        for key in self._book.all_keys():
            try:
                line = self._line(key, living.get(key))
            except Damaged:
                continue
            yield line
        for key in self._book.lost_keys():
            yield _line_of_damaged(key, self._book.today())

    def _line(self, key: str, living: CaseFile | None) -> _Line:
        """As long as its case is what it was made of: the file, which is another after each act; of one that is closed
        and pins nothing, and is not at hand, its newest entry, which is asked for before the file."""
        made_of = living or self._book.newest_entry(key)
        kept = self._lines.get(key)
        if kept is not None and (kept[0] is living if living else kept[0] == made_of):
            return kept[1]
        line = _line_of(living or self._book.file(key))
        with self._lock:
            self._lines[key] = made_of, line
        return line

    def _dated(self, row: CaseRow) -> CaseRow:
        """With its soonest due day, as of today."""
        if row.state == State.CLOSED or row.damaged:
            return row
        today = self._book.today()
        file = self._book.file(row.case)
        found = dues(file.case, today, self._book.world.days_off())
        return msgspec.structs.replace(row, due=due_told(found[0], today, file.booking.starts)) if found else row


def _due_day(row: CaseRow) -> str:
    return row.due.day if row.due else "9999"


def row_of(file: CaseFile) -> CaseRow:
    """A case as a list shows it."""
    case = file.case
    received = next((deed for deed in file.deeds if deed.state is State.RECEIVED), file.deeds[0])
    applicant = next((each.name for each in file.people if each.part == "applicant"), "")
    agency = agency_of(file)
    return CaseRow(
        case=file.key,
        kind=case.kind,
        state=case.state,
        number=case.number,
        who=agency if case.kind is Kind.AGY else masked_name(applicant),
        matter="letter" if case.kind is Kind.AGY else file.form.reason,
        cameras=tuple(sorted({each.camera_no for each in case.asked})),
        start_ns=min((each.start_ns for each in case.asked), default=0),
        end_ns=max((each.end_ns for each in case.asked), default=0),
        received_ns=received.at_ns,
        result=case.result or "",
        pinned=file.pins,
        rectified=any(each.state == "stands" for each in file.rectified),
        locked=case.locked_on is not None,
    )


def _line_of_damaged(key: str, today: date) -> _Line:
    """Of it nothing is known but its key; it stands among what is open, and is found by that key and by no day."""
    return _Line(CaseRow(case=key, damaged=True), today, key.casefold(), "", frozenset(), "")


def _line_of(file: CaseFile) -> _Line:
    row, letter, form = row_of(file), file.letter, file.form
    right = [each for each in file.rectified if not is_identifier(each.what)]
    names = [*(each.name for each in file.people), letter.officer, file.voice.caller]
    names += [text for each in right if is_name(each.what) for text in (each.old, each.new)]
    words = [file.key, row.number, letter.agency, letter.number, letter.purpose, file.voice.agency, form.reason_text]
    words += [form.report_no, *(each.doc_no for each in file.letters.values()), *file.words.values(), *row.cameras]
    words += [*names, *(text for each in right if not is_day(each.what) for text in (each.old, each.new))]
    text = plain_words("\n".join(words))
    return _Line(
        row,
        day_of(row.received_ns),
        text,
        plain_words("\n".join(names)),
        frozenset(each.account for each in file.people if each.account),
        file.case.section,
        frozenset(filter(None, (person_of(each).id_hash for each in file.people))),
        next((deed.day for deed in file.deeds if deed.event and deed.state is State.CLOSED), ""),
        hand_of(file),
        file.deeds[0].at_ns,
        _days_of(file, right) | days_in(text),
        frozenset(each.born for each in file.people if each.born),
    )


def _days_of(file: CaseFile, right: Iterable[RectificationView]) -> frozenset[date]:
    """Of its acts, the minutes that are asked for, its papers, letters, appointments and terms; and what a day read
    before it was put right."""
    case, acted = file.case, [deed.typed for deed in file.deeds]
    instants = {at_ns for each in case.asked for at_ns in (each.start_ns, each.end_ns)}
    named = {file.form.report_day, file.letter.day, file.viewing.on, case.correction_due}
    named |= {day for each in acted for day in (each.dispatch.day, each.service.day, each.voucher.day)}
    named |= {case.clock.due, case.clock.red} if case.clock else set()
    written = {deed.day for deed in file.deeds} | {
        day for each in file.letters.values() for day in (each.issued, each.served)
    }
    written |= {day for each in right if is_day(each.what) for day in (each.old, each.new)}
    days = {day_of(at_ns) for at_ns in instants} | named | {date.fromisoformat(day) for day in written if day}
    return frozenset(day for day in days if day)


def hand_of(file: CaseFile) -> Requester:
    """Whose request it is, and by what that is known: an account, an ID number hashed, or else the name."""
    if file.case.kind is Kind.AGY:
        return Requester("agency", plain_name(agency_of(file)))
    party = next((each for each in file.people if each.part == "applicant"), TypedParty())
    name = plain_name(party.name)
    if party.account:
        return Requester("account", party.account, name)
    if party.id_no.strip():
        return Requester("id", person_of(party).id_hash, name)
    return Requester("name", name, name)


def agency_of(file: CaseFile) -> str:
    """The agency of a letter, or of the call before it."""
    return file.letter.agency or file.voice.agency


def plain_name(text: str) -> str:
    """A name as it is compared: of one width and case, without white space."""
    return "".join(plain_words(text).split())


def _fits(line: _Line, wanted: ListQuery) -> bool:
    row = line.row
    return (
        (not wanted.own or _is_theirs(line, wanted))
        and (not wanted.kind or row.kind == wanted.kind)
        and (not wanted.camera or any(_camera(wanted.camera) == _camera(each) for each in row.cameras))
        and (wanted.first is None or (line.day >= wanted.first and not row.damaged))
        and (wanted.last is None or (line.day <= wanted.last and not row.damaged))
        and (not wanted.person or plain_words(wanted.person) in line.names)
    )


def _says(line: _Line, asked: Sought, *, births: bool) -> bool:
    """Whether all that is asked for stands in it; a day however it is written, or the words that it was asked in."""
    there = line.days | line.births if births else line.days
    return all(word in line.words for word in asked.words) and all(
        each.words in line.words or any(each.first <= day <= each.last for day in there) for each in asked.times
    )


def _is_near(row: CaseRow, asked: Sequence[Scope]) -> bool:
    """Whether it may have some of the minutes, as far as a row tells."""
    return any(
        each.camera_no in row.cameras and each.start_ns < row.end_ns and row.start_ns < each.end_ns for each in asked
    )


def _camera(number: str) -> str:
    """``1`` is camera 01."""
    return number.strip().casefold().lstrip("0")


def _is_theirs(line: _Line, wanted: ListQuery) -> bool:
    own = bool(line.accounts & wanted.accounts) or line.section in wanted.sections
    return own or (wanted.closed_too and line.row.state == State.CLOSED)


def _in_state(row: CaseRow, state: str) -> bool:
    if state in ("open", "closed"):
        return (row.state == State.CLOSED) == (state == "closed")
    return not state or row.state == state
