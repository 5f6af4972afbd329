"""What pages see of cameras: every paper, who signed, what may happen next. Never the way to a camera: its
settings hold credentials, and go to the recorder alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from appliance.ledger.entry import Entry
from appliance.protocol.cameras import (
    CameraAct,
    CameraDetails,
    CameraRow,
    EligibilityAnswer,
    PendingVersion,
    PossibleEvent,
    Reviewed,
    Version,
)
from appliance.rules.cameras.facts import CameraTyped
from appliance.rules.cameras.judging import Refusal, possible
from appliance.rules.cameras.moved import Registered
from appliance.rules.cameras.rows import Event, Row, find
from appliance.rules.cameras.states import OPEN, Cell
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cameras.typed import TAKES
from appliance.rules.cameras.version import CameraVersion, Review, differing
from appliance.rules.cameras.wiring import host_of
from appliance.rules.deadlines import day_of
from appliance.rules.people import Actor
from appliance.services.cameras.book import CameraBook
from appliance.services.people.login import Seat

__all__ = ["camera_details", "camera_reviews", "camera_rows", "registered_cameras"]


def registered_cameras(book: CameraBook) -> tuple[Registered, ...]:
    """The cameras in force as a device that answers elsewhere is compared with them."""
    standing = ((camera, book.fleet.standing(camera.camera_no)) for camera in book.registry.cameras)
    return tuple(
        Registered(
            camera_no=camera.camera_no,
            hosts=frozenset(filter(None, map(host_of, camera.settings.values()))),
            identity=camera.identity,
            make=version.device.make if version else "",
            serial=version.device.serial if version else "",
        )
        for camera, version in standing
    )


def camera_rows(book: CameraBook) -> tuple[CameraRow, ...]:
    """A row for each camera there ever was, in the order of their numbers: what stands, and what is on its way."""
    fleet = book.fleet
    return tuple(_row(fleet.of(camera_no)) for camera_no in sorted(fleet.numbers()))


def _row(versions: Sequence[CameraVersion]) -> CameraRow:
    standing = next((each for each in versions if each.live or each.state == "suspended"), versions[-1])
    coming = next((each for each in versions if each.state in OPEN and each is not standing), None)
    return CameraRow(
        camera=standing.camera_no,
        version=standing.version,
        origin=standing.origin,
        state=standing.state,
        area=standing.matters.area,
        sound=standing.matters.sound,
        live=standing.live,
        papers_lack=standing.papers_lack and standing.live,
        plan_due=standing.plan_due,
        in_force_on=standing.in_force_on,
        expires=standing.answer.expires,
        coming=PendingVersion(version=coming.version, state=coming.state) if coming else None,
    )


def camera_reviews(book: CameraBook, name_of: Callable[[str], str]) -> tuple[Reviewed, ...]:
    """A line for each camera in force: what the last look at it found, who looked and who stamped it (``AT-13``)."""
    versions = sorted(book.fleet.in_force(), key=lambda each: each.camera_no)
    return tuple(_reviewed(book, version, name_of) for version in versions)


def _reviewed(book: CameraBook, version: CameraVersion, name_of: Callable[[str], str]) -> Reviewed:
    looked, stamped = version.signed(Cell.REVIEWED), version.signed(Cell.REVIEW_STAMPED)
    reviewer, looked_on = (name_of(looked.account), looked.day) if looked else _found_otherwise(book, version)
    return Reviewed(
        camera=version.camera_no,
        version=version.version,
        area=version.matters.area,
        state=version.state,
        review=version.review,
        conditions=len(version.answer.conditions),
        announced_on=version.announced_on,
        reviewer=reviewer,
        looked_on=looked_on,
        stamper=name_of(stamped.account) if stamped else "",
        stamped_on=stamped.day if stamped else None,
    )


def _found_otherwise(book: CameraBook, version: CameraVersion) -> tuple[str, date | None]:
    """Who found the line that differs, and when: a mismatch stands in its act, and bears no signature (K10)."""
    if version.review == Review():
        return "", None
    found = (
        each
        for each in reversed(book.entries(version.camera_no))
        if (each.fields["event"], each.fields.get("version", 1)) == (Event.MISMATCH, version.version)
    )
    entry = next(found, None)
    return (str((book.sealed_of(entry) or {}).get("display", "")), day_of(entry.at_ns)) if entry else ("", None)


def camera_details(
    book: CameraBook,
    camera_no: str,
    seats: Sequence[Seat],
    acting_of: Callable[[str], frozenset[str]],
    name_of: Callable[[str], str] = str,
) -> CameraDetails:
    """All versions of a camera that there is, newest first, each with what may happen to it. Its reference pictures and
    what its device answers are not in it."""
    fleet = book.fleet
    standing = fleet.standing(camera_no)
    signers = {cell.account for version in fleet.of(camera_no) for cell in version.signatures}
    signers |= {account for holders in book.world.holders().values() for account in holders}
    return CameraDetails(
        camera=camera_no,
        names={account: name_of(account) for account in sorted(signers)},
        versions=tuple(
            _version(book, version, standing, seats, acting_of) for version in reversed(fleet.of(camera_no))
        ),
        acts=tuple(_act(book, entry) for entry in reversed(book.entries(camera_no))),
    )


_SHOWN_ELSEWHERE = frozenset({"acceptance", "double"})
"""What the version's acceptance and signatures show. What was drafted is the version itself, or nobody sees it."""


def _act(book: CameraBook, entry: Entry) -> CameraAct:
    """Who did it, as they were called then, and what they typed for it: why it was returned, suspended, removed.
    Both are empty for the machine's own acts, and where the record does not open."""
    event, sealed = str(entry.fields["event"]), book.sealed_of(entry) or {}
    drafted = event in (Event.DRAFT, Event.REVISE)
    names = set() if drafted else set(TAKES.get(msgspec.convert(event, Event), ())) - _SHOWN_ELSEWHERE
    typed = {name: said for name, said in sealed.get("typed", {}).items() if name in names}
    return CameraAct(
        entry=entry.index,
        at_ns=entry.at_ns,
        version=int(entry.fields.get("version", 1)),
        row=str(entry.fields["row"]),
        event=event,
        state=str(entry.fields.get("state", "in_force")),
        by=str(sealed.get("display", "")),
        typed=msgspec.convert(typed, CameraTyped),
    )


_SHARED = tuple(name for name in Version.__struct_fields__ if name in CameraVersion.__struct_fields__)
"""What pages see of a version as it is; of the way to the camera they see what :func:`_version` takes out of it."""


def _version(
    book: CameraBook,
    version: CameraVersion,
    standing: CameraVersion | None,
    seats: Sequence[Seat],
    acting_of: Callable[[str], frozenset[str]],
) -> Version:
    coming = standing is not None and standing.key != version.key and version.state in OPEN
    return Version(
        **{name: getattr(version, name) for name in _SHARED},
        source=version.wiring.source,
        priority=version.wiring.priority,
        settings=tuple(sorted(version.wiring.settings)),
        papers_lack=version.papers_lack,
        scans=tuple(sorted(book.world.scans(version))),
        differs=tuple(differing(version.matters, standing.matters)) if coming and standing is not None else (),
        possible=tuple(_possible(book, version, event, seats, acting_of) for event in _for_people(book, version)),
    )


def _for_people(book: CameraBook, version: CameraVersion) -> list[Event]:
    """What the state has for people, but for what is not for this version, whoever came."""
    events = [event for event in possible(version.state) if event in TAKES]
    return [event for event in events if not book.never(version, event)]


def _possible(
    book: CameraBook,
    version: CameraVersion,
    event: Event,
    seats: Sequence[Seat],
    acting_of: Callable[[str], frozenset[str]],
) -> PossibleEvent:
    """For each seat, what is missing beyond what the act itself brings: roles and cells first."""
    row = find(CAMERAS, version.state, event)
    answers = []
    for seat in seats:
        actor = Actor(seat.person, tuple(seat.roles), acting_of(seat.person), proved=True)
        _, found = book.judged(version, event, actor, CameraTyped())
        answers.append(_answer(seat, found))
    return PossibleEvent(
        event=str(event),
        row=row.id if row else "",
        password=bool(row and row.password) or len(seats) > 1,
        takes=tuple(TAKES[event]),
        seats=tuple(answers),
    )


def _answer(seat: Seat, found: Row | Refusal) -> EligibilityAnswer:
    if isinstance(found, Refusal):
        return EligibilityAnswer(seat=seat.seat, person=seat.person, why=found.why, missing=tuple(found.missing))
    return EligibilityAnswer(seat=seat.seat, person=seat.person)
