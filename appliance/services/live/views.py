"""Live looks (即時影像): one person sees some cameras as they are now, for a quarter of an hour, by a basis in force.

The entry that says who, why, by what and which cameras is durable before the recorder hears of it, and no picture
leaves outside ten seconds that were entered before (``INV-04``, ``INV-22``). A look is its session's, of one person
alone: a session with a second person, or with a viewing, never has one (``INV-16``). It ends by itself with its time,
its basis, the role, the log-in, and when its page asks no more.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, Refused, Unavailable, UsageError
from appliance.core.messages import CodedMessage, coded
from appliance.core.model import Span
from appliance.formats.live_copy import Watched
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.live import BOX_NS, MOST_CAMERAS, MOST_WORDS, Basis, LiveFacts, bases_of, needs_words
from appliance.sandbox.client import SandboxClient
from appliance.services.live.lane import Lane, Made, SentSpan
from appliance.services.live.records import end_act
from appliance.services.people.login import Logins, Seat, Session
from appliance.services.viewing.refusals import Refusals

__all__ = ["SILENT_NS", "LivePorts", "LiveView", "LiveViews"]

SILENT_NS = 20 * 1_000_000_000
"""A page that asks for nothing so long is closed, or its network is gone."""

_NEAR_NS = 60 * 1_000_000_000
"""A camera's time line may lie a little beside the recorder's; what is further away is no picture of now."""

_MOST_VIEWS = 8
_MOST_READERS = 16
_VIEW_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)

BY_PERSON, PAGE, TIME, SESSION, SECOND, VIEWING, BASIS, OTHER, STOPS, RESTARTED = (
    "person", "page", "time", "session", "second", "viewing", "basis", "other", "keeper-stops", "keeper-restarted"
)  # fmt: skip
"""Why a look ended: the person; no page asks; the time is over; the log-in; a second person came; a viewing began; the
authorisation, row, ticket, role or camera allows it no more; the person began another; the keeper."""


class LivePorts(NamedTuple):
    """What looks ask the rest of the keeper. ``pledged``: whether somebody's pledge of confidentiality holds today
    (八(一)). ``views``: whether a session has a viewing."""

    facts: Callable[[], LiveFacts]
    pledged: Callable[[str], bool] = lambda person: True
    views: Callable[[str], bool] = lambda session_id: False


@dataclass
class LiveView:
    """A look that goes on. ``origin_ns``: time 0 of its pictures, wall time; ``until_ns`` and ``asked_ns`` are of this
    boot. ``readers``: the pages that asked last, the last one of which gets the pictures."""

    view_id: str
    session_id: str
    person: str
    basis: Basis
    cameras: tuple[str, ...]
    purpose: str
    origin_ns: int
    until_ns: int
    asked_ns: int
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    readers: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_READERS))
    live: bool = True

    def check_live(self) -> None:
        """Raises NotFound when it has ended."""
        if not self.live:
            raise NotFound.of("live-over")


class LiveViews:
    """The looks that go on; in memory only, so that the keeper's end is theirs. Thread-safe. Opening enters the end of
    every look that an earlier keeper left open."""

    def __init__(
        self, acts: Acts, ledger: Ledger, clock: Clock, logins: Logins, darkroom: SandboxClient, world: LivePorts
    ) -> None:
        self._acts, self._ledger, self._clock = acts, ledger, clock
        self._logins, self._darkroom, self.world = logins, darkroom, world
        self._refusals = Refusals(ledger, clock, "live.refused")
        self._views: dict[str, LiveView] = {}
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        """Held by the one that begins: a session has one look, however many forms come at once."""
        for entry in ledger.acts("live.opened"):
            view_id = str(entry.fields["view"])
            if ledger.act(end_act(view_id)) is None:
                self._enter_end(view_id, RESTARTED, ())

    # --- beginning ---

    def bases(self, seats: Sequence[Seat]) -> tuple[Basis, ...]:
        """What whoever sits there alone may look live by."""
        return bases_of(seats[0].person, seats[0].roles, self.world.facts()) if len(seats) == 1 else ()

    def offered(self, session: Session) -> tuple[Basis, ...]:
        """What this session may begin a look by; nothing while two people sit there or a viewing is open. Raises
        Refused where nobody there may look live by anything."""
        found = self.bases(session.seats)
        if not found and not any(self.bases([seat]) for seat in session.seats):
            raise Refused.of("live-nobody")
        return () if self._why_not(session) else found

    def of_session(self, session_id: str) -> str:
        """The look that goes on in this session; "" for none."""
        found = self._of(session_id)
        return found.view_id if found is not None else ""

    def open(
        self, token: str, view_id: str, ground: str, name: str, cameras: Sequence[str], purpose: str = ""
    ) -> LiveView:
        """Begins a look, in place of the session's other one. ``view_id`` is the form's act id: the same form again is
        the same look. Durable on return.

        Raises NotLoggedIn, Refused (entered) for what the person may not see, UsageError for what is typed wrong,
        Unavailable, NotWritable.
        """
        session = self._logins.session(token)
        with self._opening:
            return self._open(session, view_id, ground, name, cameras, purpose)

    def _open(
        self, session: Session, view_id: str, ground: str, name: str, cameras: Sequence[str], purpose: str
    ) -> LiveView:
        found = self._of(session.session_id)
        if found is not None and found.view_id == view_id:
            return found
        if not _VIEW_ID.fullmatch(view_id) or self._ledger.act(view_id) is not None:
            raise UsageError.of("live-sent")
        chosen, words = tuple(dict.fromkeys(cameras)), purpose.strip()
        basis = self._allowed(session, ground, name, chosen)
        _check_typed(basis, chosen, words)
        if found is None and len(self._living()) >= _MOST_VIEWS:
            raise Unavailable.of("live-crowd")
        if found is not None:
            self._end(found, OTHER)
        now_ns, boot_ns, seat = self._clock.wall_ns(), self._clock.boot_ns(), session.seats[0]
        clear = {"view": view_id, "session": session.session_id, "ground": basis.ground, "basis": basis.name,
                 "cameras": list(chosen), "until_ns": now_ns + BOX_NS}  # fmt: skip
        self._acts.perform(view_id, "live.opened", clear, {**_by(seat), "purpose": words})
        view = LiveView(view_id, session.session_id, seat.person, basis, chosen, words, now_ns - _NEAR_NS,
                        boot_ns + BOX_NS, boot_ns)  # fmt: skip
        view.lanes = {number: self._lane(view, number) for number in chosen}
        with self._lock:
            self._views[view_id] = view
        return view

    def _lane(self, view: LiveView, camera_no: str) -> Lane:
        def release(number: str, span: Span) -> None:
            view.check_live()
            if abs(span.start_ns - self._clock.wall_ns()) > _NEAR_NS:
                raise Unavailable.of("live-not-now", number=number)
            times = {"start_ns": span.start_ns, "end_ns": span.end_ns}
            self._ledger.append("live.released", {"view": view.view_id, "camera_no": number, **times})

        return Lane(camera_no, view.origin_ns, self._darkroom, release)

    def _allowed(self, session: Session, ground: str, name: str, cameras: Sequence[str]) -> Basis:
        """The basis that was chosen. Raises Refused, entered."""
        asked = {"ground": ground[:20], "basis": name[:40], "cameras": [number[:20] for number in cameras[:9]]}
        if why := self._why_not(session):
            self._refuse(session.session_id, why, asked)
        found = [each for each in self.bases(session.seats) if (each.ground, each.name) == (ground, name)]
        if not found:
            self._refuse(session.session_id, coded("live-basis"), asked)
        if outside := [number for number in cameras if number not in found[0].cameras]:
            self._refuse(session.session_id, coded("live-outside", cameras=", ".join(outside)[:80]), asked)
        return found[0]

    def _why_not(self, session: Session) -> CodedMessage | None:
        """What this session lacks for any look at all; None for nothing."""
        if len(session.seats) != 1:
            return coded("live-alone")
        if self.world.views(session.session_id):
            return coded("live-viewing")
        if not self.world.pledged(session.seats[0].person):
            return coded("live-pledge")
        return None

    def _refuse(self, session_id: str, why: CodedMessage, asked: Mapping[str, Any]) -> NoReturn:
        """Enters the try and raises Refused."""
        self._refusals.enter(session_id, {"session": session_id, "why": why.as_map(), **asked})
        raise Refused.of("live-why", why=why)

    # --- while it goes on ---

    def get(self, token: str, view_id: str, *, active: bool = True) -> LiveView:
        """The look, asked for from its own session, still allowed. Raises NotLoggedIn, NotFound."""
        session = self._logins.session(token, active=active)
        with self._lock:
            view = self._views.get(view_id)
        if view is None or view.session_id != session.session_id:
            raise NotFound.of("live-none")
        if cause := self._over(view, session):
            self._end(view, cause)
        view.check_live()
        return view

    def left_ns(self, view: LiveView) -> int:
        """How long it still goes on by itself."""
        return max(0, view.until_ns - self._clock.boot_ns())

    def extend(self, token: str, view_id: str, act_id: str, reason: str) -> LiveView:
        """Another quarter of an hour from now, for a reason. Durable on return. Raises as :meth:`get`, UsageError."""
        view, words = self.get(token, view_id), reason.strip()
        if not 0 < len(words) <= MOST_WORDS:
            raise UsageError.of("live-reason", most_words=MOST_WORDS)
        seat = self._logins.session(token).seats[0]
        clear = {"view": view_id, "until_ns": self._clock.wall_ns() + BOX_NS}
        if self._acts.perform(act_id, "live.extended", clear, {**_by(seat), "reason": words}).first:
            view.until_ns = self._clock.boot_ns() + BOX_NS
        return view

    def watched(self) -> list[str]:
        """The cameras of which the recorder hands on what it seals."""
        return sorted({number for view in self._living() for number in view.cameras})

    def came(self, camera_no: str, part: Watched) -> None:
        """A fragment of a camera: for everybody who looks at it."""
        for view in self._living():
            if camera_no in view.lanes:
                view.lanes[camera_no].came(part)

    def pictures(self, view: LiveView, reader: str, video_codecs: Sequence[str] = ("h264",)) -> dict[str, Made]:
        """What came of each camera since the last time. ``reader`` is the page that asks: another page of the same look
        begins anew and takes it over.

        Raises NotFound when the look is over or another page has it, NotWritable.
        """
        view.check_live()
        fresh = self._is_fresh(view, reader)
        view.asked_ns = self._clock.boot_ns()
        made = {number: lane.take(video_codecs, fresh=fresh) for number, lane in view.lanes.items()}
        view.check_live()
        return made

    def _is_fresh(self, view: LiveView, reader: str) -> bool:
        with self._lock:
            if view.readers and reader == view.readers[-1]:
                return False
            if reader in view.readers:
                raise NotFound.of("live-window")
            view.readers.append(reader)
            return True

    # --- ending ---

    def end(self, token: str, view_id: str) -> None:
        """The person is done. No error when it is over already. Raises NotLoggedIn, NotFound for another's."""
        session = self._logins.session(token)
        with self._lock:
            view = self._views.get(view_id)
        if view is not None and view.session_id != session.session_id:
            raise NotFound.of("live-none-2")
        if view is not None:
            self._end(view, BY_PERSON)

    def end_stale(self) -> None:
        """Ends what may not go on, and enters refusals that were only counted. Called every second."""
        for view in self._living():
            session = self._logins.by_id(view.session_id)
            if cause := SESSION if session is None else self._over(view, session):
                self._end(view, cause)
        self._refusals.flush()

    def end_of_session(self, session_id: str) -> None:
        """Somebody logged out."""
        if (view := self._of(session_id)) is not None:
            self._end(view, SESSION)

    def end_all(self) -> None:
        """The keeper stops."""
        for view in self._living():
            self._end(view, STOPS)
        self._refusals.flush(all_of_them=True)

    def _over(self, view: LiveView, session: Session) -> str:
        """Why it may not go on, "" when it may."""
        boot_ns = self._clock.boot_ns()
        if boot_ns >= view.until_ns:
            return TIME
        if boot_ns - view.asked_ns > SILENT_NS:
            return PAGE
        if len(session.seats) != 1 or session.seats[0].person != view.person:
            return SECOND
        if self.world.views(session.session_id):
            return VIEWING
        allowed = any(
            (each.ground, each.name) == (view.basis.ground, view.basis.name) and set(view.cameras) <= set(each.cameras)
            for each in self.bases(session.seats)
        )
        return "" if allowed and self.world.pledged(view.person) else BASIS

    def _living(self) -> list[LiveView]:
        with self._lock:
            return list(self._views.values())

    def _of(self, session_id: str) -> LiveView | None:
        return next((view for view in self._living() if view.session_id == session_id), None)

    def _end(self, view: LiveView, cause: str) -> None:
        """The pictures first, then the entry: a ledger that does not take it must not keep them coming."""
        view.live = False
        with self._lock:
            if self._views.pop(view.view_id, None) is None:
                return
        self._enter_end(view.view_id, cause, [seen for lane in view.lanes.values() if (seen := lane.close())])

    def _enter_end(self, view_id: str, cause: str, seen: Collection[SentSpan]) -> None:
        clear = {"view": view_id, "cause": cause, "seen": [each._asdict() for each in seen]}
        self._acts.perform(end_act(view_id), "live.ended", clear)


def _check_typed(basis: Basis, cameras: Collection[str], words: str) -> None:
    """Raises UsageError."""
    if not cameras:
        raise UsageError.of("live-no-camera")
    if len(cameras) > MOST_CAMERAS:
        raise UsageError.of("live-many", cameras=len(cameras), most_cameras=MOST_CAMERAS)
    if needs_words(basis.ground) and not words:
        raise UsageError.of("live-purpose")
    if len(words) > MOST_WORDS:
        raise UsageError.of("live-long", words=len(words), most_words=MOST_WORDS)


def _by(seat: Seat) -> dict[str, str]:
    return {"by": seat.person, "display": seat.display}
