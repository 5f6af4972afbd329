"""What waits around the cameras: versions on their way, what is owed of those in force, and the published list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import msgspec

from appliance.rules.cameras.duties import Duty, duties_of, event_of, leads_on
from appliance.rules.cameras.publication import BoardState
from appliance.rules.cameras.rows import Event, Row, find
from appliance.rules.cameras.signing import Acting
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.version import CameraVersion
from appliance.rules.cases.views import DueView
from appliance.rules.devices import another, program_alone
from appliance.rules.duties import DeskDuty, due_on
from appliance.rules.people import OFFICERS, Actor
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.publishing import CONFIRMERS, POSTERS, PublicationBook
from appliance.services.duties.waits import Fit, WaitingItem, holding
from appliance.services.people.login import Seat

__all__ = ["of_cameras", "of_publication"]

ActingOf = Callable[[str], frozenset[str]]


def of_cameras(book: CameraBook, acting_of: ActingOf, today: date) -> Iterator[WaitingItem]:
    secretary = book.world.secretary()
    for version in book.fleet.all():
        event = leads_on(version, secretary=secretary)
        if event is not None:
            yield _waits(book, acting_of, version, event)
        for owed in duties_of([version], today, book.world.filing().review_months):
            yield _waits(book, acting_of, version, event_of(version, owed), owed, today)
        pinned, told = version.acceptance.identity, book.world.told(version.camera_no)
        if version.live and book.world.stranger(version.camera_no) and another(pinned, told):
            device = Duty("device", version.camera_no, None, "red")
            wavers = book.world.wavers(version.camera_no)
            judged = Event.RECOGNISE if program_alone(pinned, told, wavers) else Event.DRAFT
            yield _waits(book, acting_of, version, judged, device, today)


def of_publication(book: PublicationBook, today: date) -> Iterator[WaitingItem]:
    """Posting the list of what is in force, and then confirming it by somebody else: red from the first day on, as the
    board of the list is (``INV-11``), so that it is told to those who cannot do it too."""
    board = book.board()
    if board.state is BoardState.EQUAL:
        return
    posted = board.state is BoardState.WAITING
    due = due_on("publication", board.due, today)
    duty = DeskDuty(
        sort="publication",
        act="confirm" if posted else "post",
        state=str(board.state),
        due=due if due.mark == "over" else msgspec.structs.replace(due, mark="red"),
    )
    if posted:
        yield WaitingItem(duty, "unit_head", holding(CONFIRMERS, book.posted_last_by))
    else:
        yield WaitingItem(duty, "officer", holding(POSTERS))


def _waits(
    book: CameraBook,
    acting_of: ActingOf,
    version: CameraVersion,
    event: Event,
    owed: Duty | None = None,
    today: date | None = None,
) -> WaitingItem:
    duty = DeskDuty(
        sort="camera",
        key=version.camera_no,
        number=str(version.version),
        act=str(event),
        state=str(version.state),
        why=owed.code if owed else "",
        due=_due(owed, today) if owed and today else None,
    )
    row = find(CAMERAS, version.state, event)
    if row is None:  # another version, or the list, puts it right
        return WaitingItem(duty, "officer", holding(OFFICERS))
    return WaitingItem(duty, str(row.who[0]), _fit(book, acting_of, version, row))


def _due(owed: Duty, today: date) -> DueView | None:
    """A camera's duty counts as over by its own rule, later than its day; one that is due at once is red."""
    if owed.due is None:
        return None if owed.mark == "amber" else DueView(code=owed.code, day=today.isoformat(), mark="red")
    return DueView(code=owed.code, day=owed.due.isoformat(), mark="over" if owed.mark == "red" else owed.mark)


def _fit(book: CameraBook, acting_of: ActingOf, version: CameraVersion, row: Row) -> Fit:
    """兼簽 counts as able, where nobody else can sign."""

    def fit(seat: Seat) -> str:
        found = book.fit(version, row.event, Actor(seat.person, seat.roles, acting_of(seat.person), proved=True))
        if isinstance(found, Acting):
            return str(found.role)
        able = found.why == "pair_unavoidable"
        return next((role for role in row.who if role in seat.roles), "") if able else ""

    return fit
