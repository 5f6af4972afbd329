"""Lists of cases: rows with masked names, looked for by words. In memory, from the book.

A row is made when its case changed or is first needed. Cases that are closed and pin nothing are read for their rows a
few at a time (:meth:`Listing.warm`), so that a start need not read ten thousand of them. A case of which no entry can
be read has a row with its key alone, which says so.
"""

from __future__ import annotations

import contextlib
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from appliance.custody.casebook.book import CaseBook
from appliance.custody.casebook.casefile import CaseFile, person_of
from appliance.custody.casebook.masking import masked_name
from appliance.custody.casebook.telling import due_told
from appliance.custody.firstcases import FirstCase
from appliance.errors import Damaged
from appliance.rules.cases.dues import dues
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.told import CaseRow, CasesTold
from appliance.rules.deadlines import day_of

__all__ = ["Listing", "Wanted", "agency_of", "plain_name", "row_of", "row_of_first"]


class Wanted(NamedTuple):
    """What a list asks for; "" and None ask for everything. ``state``: a state, ``open`` or ``closed``. ``own``: only
    cases of these ``accounts``, or of these ``sections``' staff, or with ``closed_too`` what is closed.
    ``order``: newest, due (soonest first) or number."""

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
    hands: frozenset[str] = frozenset()


class Listing:
    """Over one book. Thread-safe."""

    def __init__(self, book: CaseBook) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._lines: dict[str, tuple[CaseFile | None, _Line]] = {}

    def find(self, wanted: Wanted, page: int, per_page: int) -> CasesTold:
        """A page of the cases that fit, in the order that is wanted."""
        found = [line.row for line in self._all() if _fits(line, wanted)]
        rows = [row for row in found if _in_state(row, wanted.state)]
        if wanted.order == "due":
            rows = sorted((self._dated(row) for row in rows), key=_due_day)
        elif wanted.order == "number":
            rows.sort(key=lambda row: row.number or row.case, reverse=True)
        pages = max(1, -(-len(rows) // per_page))
        page = min(max(1, page), pages)
        return CasesTold(
            total=len(rows),
            page=page,
            pages=pages,
            cases=tuple(self._dated(row) for row in rows[(page - 1) * per_page : page * per_page]),
            states=dict(Counter(row.state for row in found if row.state)),
        )

    def naming(self, *, name: str, id_hash: str) -> list[str]:
        """The keys of the cases in which somebody has exactly that ID number, or, where none is asked for, that name;
        the newest first."""
        wanted = "".join(name.casefold().split())

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

    def of_hand(self, mark: str) -> list[str]:
        """The keys of the cases that somebody known by ``mark`` has to do with: an ID number hashed, an account, the
        plain name of a person or an agency. The newest first."""
        return [line.row.case for line in self._all() if mark in line.hands]

    def warm(self, most: int) -> bool:
        """Makes at most so many rows that are not made yet; whether all are made now."""
        with self._lock:
            known = set(self._lines)
        missing = [key for key in self._book.all_keys() if key not in known]
        for key in missing[:most]:
            with contextlib.suppress(Damaged):
                self._line(key)
        return len(missing) <= most

    # --- inside ---

    def _all(self) -> Iterator[_Line]:
        living = {file.key: file for file in self._book.living()}
        for key in self._book.all_keys():
            try:
                line = self._line(key, living.get(key))
            except Damaged:
                continue
            yield line
        for key in self._book.lost_keys():
            yield _line_of_damaged(key, self._book.today())
        for case in self._book.first.all():
            yield _line_of_first(case)

    def _line(self, key: str, living: CaseFile | None = None) -> _Line:
        """A closed case that pins nothing does not change any more; another is a new file after each act."""
        kept = self._lines.get(key)
        if kept is not None and kept[0] is living:
            return kept[1]
        line = _line_of(living or self._book.file(key))
        with self._lock:
            self._lines[key] = living, line
        return line

    def _dated(self, row: CaseRow) -> CaseRow:
        """With its soonest due day, as of today."""
        if row.state == State.CLOSED or row.first or row.damaged:
            return row
        today = self._book.today()
        found = dues(self._book.file(row.case).case, today, self._book.world.days_off())
        return msgspec.structs.replace(row, due=due_told(found[0], today)) if found else row


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
    )


def row_of_first(case: FirstCase) -> CaseRow:
    """A case of the first cut as a list shows it."""
    return CaseRow(
        case=case.number,
        state=case.state,
        number=case.number,
        matter=case.reason,
        cameras=tuple(sorted(case.spans())),
        start_ns=min(each.start_ns for each in case.asked),
        end_ns=max(each.end_ns for each in case.asked),
        received_ns=case.received_ns,
        pinned=case.pinned,
        first=True,
    )


def _line_of_damaged(key: str, today: date) -> _Line:
    """Of it nothing is known but its key; it stands among what is open, and is found by that key and by no day."""
    return _Line(CaseRow(case=key, damaged=True), today, key.casefold(), "", frozenset(), "")


def _line_of_first(case: FirstCase) -> _Line:
    row = row_of_first(case)
    words = [row.number, row.matter, case.received_display, case.decided_display, *row.cameras]
    return _Line(row, day_of(row.received_ns), "\n".join(words).casefold(), "", frozenset(), "")


def _line_of(file: CaseFile) -> _Line:
    row, letter, form = row_of(file), file.letter, file.form
    names = [*(each.name for each in file.people), letter.officer, file.voice.caller]
    words = [file.key, row.number, letter.agency, letter.number, letter.purpose, file.voice.agency, form.reason_text]
    words += [form.report_no, file.case.doc_no, *file.words.values(), *row.cameras, *names]
    words += [text for day in _days_of(file, row) for text in _written(day)]
    return _Line(
        row,
        day_of(row.received_ns),
        "\n".join(words).casefold(),
        "\n".join(names).casefold(),
        frozenset(each.account for each in file.people if each.account),
        file.case.section,
        frozenset(filter(None, (person_of(each).id_hash for each in file.people))),
        next((deed.day for deed in file.deeds if deed.event and deed.state is State.CLOSED), ""),
        _hands_of(file),
    )


def _days_of(file: CaseFile, row: CaseRow) -> set[date]:
    """The day of receipt and those of the minutes that are asked for."""
    ends = {at_ns for each in file.case.asked for at_ns in (each.start_ns, each.end_ns)}
    return {day_of(at_ns) for at_ns in ends | {row.received_ns}}


def _written(day: date) -> tuple[str, ...]:
    """A day as people write it, in either calendar, with and without its zeros."""
    year = day.year - 1911
    return day.isoformat(), f"{year}/{day.month:02d}/{day.day:02d}", f"{year}/{day.month}/{day.day}"


def _hands_of(file: CaseFile) -> frozenset[str]:
    people = file.people
    marks = {person_of(each).id_hash for each in people} | {each.account for each in people}
    return frozenset(marks | {plain_name(each.name) for each in people} | {plain_name(agency_of(file))}) - {""}


def agency_of(file: CaseFile) -> str:
    """The agency of a letter, or of the call before it."""
    return file.letter.agency or file.voice.agency


def plain_name(text: str) -> str:
    """A name as it is compared: of one width and case, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _fits(line: _Line, wanted: Wanted) -> bool:
    row = line.row
    return (
        (not wanted.own or _is_theirs(line, wanted))
        and (not wanted.kind or row.kind == wanted.kind)
        and (not wanted.camera or any(_camera(wanted.camera) == _camera(each) for each in row.cameras))
        and (wanted.first is None or (line.day >= wanted.first and not row.damaged))
        and (wanted.last is None or (line.day <= wanted.last and not row.damaged))
        and (not wanted.person or wanted.person.casefold() in line.names)
        and (not wanted.text or all(word in line.words for word in wanted.text.casefold().split()))
    )


def _camera(number: str) -> str:
    """``1`` is camera 01."""
    return number.strip().casefold().lstrip("0")


def _is_theirs(line: _Line, wanted: Wanted) -> bool:
    own = bool(line.accounts & wanted.accounts) or line.section in wanted.sections
    return own or (wanted.closed_too and line.row.state == State.CLOSED)


def _in_state(row: CaseRow, state: str) -> bool:
    if state in ("open", "closed"):
        return (row.state == State.CLOSED) == (state == "closed")
    return not state or row.state == state
