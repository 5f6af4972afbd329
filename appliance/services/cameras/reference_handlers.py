"""What the keeper answers about reference pictures (``T-65``): taking, confirming, refusing, withdrawing and showing
one, and handing those in use to the self-tests. Each is entered before it is taken or opened (``INV-04``)."""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from appliance.core.errors import Damaged, NotAllowed, NotFound, Refused, UsageError
from appliance.core.messages import coded
from appliance.core.model import to_wire
from appliance.ledger.log import Ledger
from appliance.protocol.endpoint import Done, Served, WithBody, serves
from appliance.protocol.pictures import (
    CONFIRM_REFERENCE,
    REFERENCES_FOR_TESTS,
    REFUSE_REFERENCE,
    SHOW_REFERENCE,
    TAKE_REFERENCE,
    WITHDRAW_REFERENCE,
    DecideReference,
    ReferencePictureView,
    ReferencesOf,
    ReferenceStep,
    ShowReference,
    VersionPicture,
    WithdrawReference,
)
from appliance.rules.cameras.fleet import Fleet
from appliance.rules.cameras.states import State
from appliance.rules.people import may
from appliance.sandbox.protocol import StillAnswer
from appliance.services.cameras.pictures import Picture, Pictures
from appliance.services.cameras.reference import Reference, Step
from appliance.services.cameras.references import CONFIRMERS, TAKERS, ReferenceBook
from appliance.services.cameras.releasing import PictureReleases
from appliance.services.findings import FindingBook
from appliance.services.people.login import Seat
from appliance.services.people.rights import Rights

__all__ = ["ReferenceHandlers", "reference_steps", "reference_views"]

_MOST_WORDS = 500
_SEEN = frozenset({State.APPROVED, State.ACK})
"""A version that waits for its acceptance is seen by a connection of its own, and not stored (``INV-10``)."""


class ReferenceHandlers:
    """``fleet``: every version of every camera; ``may_open``: whether the self-tests may have reference pictures opened
    once more, which is an entry each time."""

    def __init__(
        self,
        rights: Rights,
        releases: PictureReleases,
        pictures: Pictures,
        references: ReferenceBook,
        ledger: Ledger,
        findings: FindingBook,
        *,
        fleet: Callable[[], Fleet],
        may_open: Callable[[], bool],
    ) -> None:
        self._rights, self._releases, self._pictures = rights, releases, pictures
        self._references, self._ledger, self._findings = references, ledger, findings
        self._fleet, self._may_open = fleet, may_open

    def served(self) -> tuple[Served, ...]:
        return (
            serves(TAKE_REFERENCE, self._take),
            serves(CONFIRM_REFERENCE, self._confirm),
            serves(REFUSE_REFERENCE, self._refuse),
            serves(WITHDRAW_REFERENCE, self._withdraw),
            serves(SHOW_REFERENCE, self._show),
            serves(REFERENCES_FOR_TESTS, self._for_tests),
        )

    def _take(self, request: VersionPicture) -> ReferencePictureView:
        """A reference picture of what the camera shows now, sealed. It counts when somebody else confirms it."""
        session = self._rights.require(request, "see-references")
        session.seat_of(TAKERS)
        version = self._fleet().get(request.camera, request.version)
        if not (version.live or version.state in _SEEN):
            raise NotAllowed(coded("reference-not-in-force", key=version.key), {"missing": ["not_in_force"]})
        act_id = f"{request.act}+"
        if repeated := self._ledger.act(act_id):
            return _view(self._references.get(str(repeated.fields["reference"])))
        by, see = self._rights.acting(request, TAKERS), None if version.live else version.recorded_as()
        picture = self._releases.take(request.act, session, by, "reference", version, see)
        return _view(self._references.take(act_id, by, version, picture.still.light, picture.jpeg, picture.identity))

    def _decider(self, request: DecideReference) -> Seat:
        """The unit head, whose password was typed for this very act."""
        seat = self._rights.require(request, "see-references").seat_of(CONFIRMERS)
        return self._rights.proved(request, seat)

    def _confirm(self, request: DecideReference) -> ReferencePictureView:
        """Somebody else says that this is the view that was approved."""
        by, words = self._decider(request), _words(request)
        found = self._references.confirm(request.act, by.person, by.display, request.reference, words)
        self._findings.clear(f"reference-owed-{found.camera_no}")
        return _view(found)

    def _refuse(self, request: DecideReference) -> ReferencePictureView:
        """A picture that waits is refused, one that counts withdrawn; both are destroyed."""
        by, words = self._decider(request), _words(request)
        return _view(self._references.refuse(request.act, by, request.reference, words))

    def _withdraw(self, request: WithdrawReference) -> ReferencePictureView:
        self._rights.require(request, "see-references")
        by, words = self._rights.acting(request, TAKERS), _words(request)
        return _view(self._references.withdraw(request.act, by, request.reference, words))

    def _show(self, request: ShowReference) -> ReferencePictureView:
        """A reference picture, opened for this session."""
        session = self._rights.require(request, "see-references")
        by = next((each for each in session.seats if each.seat == request.seat), None)
        if by is None or not may("see-references", by.roles):
            raise Refused.of("picture-absent")
        found = self._references.get(request.reference)
        if found.ended_ns:
            raise NotFound.of("reference-destroyed", number=found.number, ended=found.ended)
        by = self._rights.own(request, by)
        clear = {"cameras": [found.camera_no], "version": found.version, "reference": found.number}
        entry = self._releases.enter(request.act, session, by, "reference-look", **clear)
        still = StillAnswer(at_ns=found.taken_ns, light=found.light)
        picture = Picture(found.camera_no, still, self._references.look(entry))
        name = self._pictures.hold(session.session_id, picture)
        return msgspec.structs.replace(_view(found), picture=name)

    def _for_tests(self, request: ReferencesOf) -> WithBody[Done]:
        """A picture that does not open is a finding, and the others go all the same."""
        standing = self._fleet().standing(request.camera)
        used = self._references.in_use(standing) if standing is not None else []
        if standing is not None and used:
            if not self._may_open():
                raise Refused.of("references-asked-often")
            numbers = [each.number for each in used]
            self._ledger.append("reference.opened", {"camera": standing.camera_no, "references": numbers})
        pictures = []
        for each in used:
            try:
                pictures.append(self._references.open(each.number))
            except (NotFound, Damaged) as error:
                self._findings.open(f"reference-damaged-{each.number}", "storage", str(error))
        return WithBody(Done(), to_wire(tuple(pictures)))


def reference_views(book: ReferenceBook, camera_no: str) -> tuple[ReferencePictureView, ...]:
    """A camera's, newest first, with those that were destroyed."""
    return tuple(_view(each, book.lookers(each.number)) for each in book.of(camera_no))


def reference_steps(book: ReferenceBook, camera_no: str) -> tuple[ReferenceStep, ...]:
    """What happened to a camera's, newest first."""
    return tuple(_step(each) for each in book.history(camera_no))


def _words(request: DecideReference | WithdrawReference) -> str:
    """Why, as somebody typed it. Raises UsageError."""
    if len(request.words) > _MOST_WORDS:
        raise UsageError.of("reference-reason-long", count=len(request.words), most=_MOST_WORDS)
    return request.words


def _step(found: Step) -> ReferenceStep:
    return ReferenceStep(
        entry=found.entry.index,
        at_ns=found.entry.at_ns,
        version=found.reference.version,
        reference=found.reference.number,
        event=found.event,
        by=found.display,
        words=found.words,
    )


def _view(found: Reference, lookers: Collection[str] = ()) -> ReferencePictureView:
    return ReferencePictureView(
        reference=found.number,
        version=found.version,
        light=found.light,
        sha256=found.sha256,
        taken_ns=found.taken_ns,
        taken_by=found.taken_display,
        taker=found.taken_by,
        confirmed_ns=found.confirmed_ns,
        confirmed_by=found.confirmed_display,
        ended_ns=found.ended_ns,
        ended=found.ended,
        ended_by=found.ended_display,
        words=found.words,
        lookers=tuple(sorted(lookers)),
    )
