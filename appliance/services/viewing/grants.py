"""Grants: two people may see the minutes that a case was granted, and nothing else.

The order is the law (``INV-22``): the entry that names case, cameras, minutes and buckets is durable, only then is the
vault opened, for exactly those buckets, and closed again. Before the entry each closed bucket is proven by catalogue
and ledger, and each key must be of the granted camera and the bucket's slot. A grant lives as long as the session it
was opened in, both people in it, the viewing station it was opened at and the case granted; when it ends its keys are
wiped. What is asked for outside it is refused and entered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, NotLoggedIn, RecorderError, Refused
from appliance.core.messages import CodedMessage, coded
from appliance.core.model import Span, merge
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.masks import COPIES, Purpose
from appliance.rules.cases.openings import NOT_UNLOCKED
from appliance.rules.cases.views import Opening
from appliance.services.asked_range import PlayableRanges
from appliance.services.cases.book import CaseBook
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Logins, Seat, Session
from appliance.services.stations.book import ViewingStations
from appliance.services.viewing.buckets import BucketOpener
from appliance.services.viewing.copies import CopyStore, ViewingCopy
from appliance.services.viewing.grant import NOWHERE, SEARCH, Device, Grant, released_fields, span_maps
from appliance.services.viewing.grant_ends import BY_PEOPLE, LEFT, GrantEnds
from appliance.services.viewing.maskbook import DrawnMask, lie_elsewhere
from appliance.services.viewing.refusals import Refusals, asked_fields
from appliance.services.viewing.sitting import unpledged, what_lacks, without_names
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.vault import BucketKeys
from appliance.vault.ring.ring import Ring

__all__ = ["Grants"]

_LEFT_NS = 600 * 1_000_000_000
"""With nobody there for so long, the grant ends, and its case is interrupted (``T-44``)."""

_OVER, _NO_COPY, _MOVED = coded("viewing-over"), coded("copy-none"), coded("masks-moved")


class Grants:
    """The living grants; in memory only, so that the keeper's end is theirs. Thread-safe.

    Opening enters the end of every grant that an earlier keeper left open. ``pledged``: whether somebody's pledge of
    confidentiality holds today (八(一)). ``copies``: from which an agency's footage is shown. ``stations``: on which
    devices anything is (附件3 備註). ``drawn``: the masks that stand for a case.
    """

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        cases: CaseBook,
        ring: Ring,
        key_store: KeyStore,
        keyholders: Keyholders,
        logins: Logins,
        clock: Clock,
        random: Callable[[int], bytes],
        pledged: Callable[[str], bool] = lambda person: True,
        copies: CopyStore | None = None,
        stations: ViewingStations = ViewingStations(),  # noqa: B008 -- holds nothing
        drawn: Callable[[str], Sequence[DrawnMask]] = lambda case: (),
    ) -> None:
        self._acts, self._ledger, self._cases, self._drawn = acts, ledger, cases, drawn
        self._keyholders, self._logins = keyholders, logins
        self._buckets = BucketOpener(ring, key_store, keyholders)
        self._clock, self._random, self._pledged, self._copies = clock, random, pledged, copies
        self._stations = stations
        self._refusals = Refusals(ledger, clock)
        self._grants: dict[str, Grant] = {}
        self._ends = GrantEnds(acts, ledger)
        self._last_there: dict[str, int] = {}
        self._lock = threading.RLock()

    # --- opening ---

    def open(
        self,
        token: str,
        case_no: str,
        password: str,
        *,
        seat: int | None = None,
        purpose: Purpose = Purpose.VIEWING,
        device: str = "",
    ) -> Grant:
        """Opens a case for the two people of a session, at the viewing station that proved itself with the certificate
        of the fingerprint ``device``. ``password`` is of the one in ``seat`` (default: the first seat that holds a key
        of the vault), typed now. An agency's is shown from its copy: no key of the vault is asked for, and the password
        says who opens it.

        Raises NotLoggedIn, NotFound, Refused (entered), Unavailable after wrong passwords or where the index is not
        what the catalogue says, NotWritable, Damaged.
        """
        session = self._logins.session(token)
        viewable = self._cases.viewable(case_no, purpose)
        at = Device(device, self._stations.of(device))
        keyholder = self._allowed(session, case_no, viewable, seat, purpose, at)
        self._logins.reauthenticate(token, keyholder.seat, password)
        if viewable.from_copy:
            return self._open_copy(session, case_no, viewable, keyholder, at)
        return self._open_ring(session, case_no, viewable, keyholder, password, purpose, at)

    def open_to_copy(self, token: str, copy: ViewingCopy, password: str, *, seat: int | None = None) -> Grant:
        """Opens a case for making the copy that an agency views; who may is as of a viewing. Raises as :meth:`open`."""
        session = self._logins.session(token)
        viewable = self._cases.viewable(copy.case, Purpose.COPY)
        keyholder = self._allowed(session, copy.case, viewable, seat, Purpose.COPY)
        self._logins.reauthenticate(token, keyholder.seat, password)
        return self._open_ring(session, copy.case, viewable, keyholder, password, Purpose.COPY, copy=copy)

    def open_to_hand(
        self, token: str, case_no: str, password: str, *, seat: int | None, copy_id: str, medium: str
    ) -> Grant:
        """Opens a case for making the copy that an agency is given on ``medium``, by its number in the register. Raises
        as :meth:`open`."""
        session = self._logins.session(token)
        viewable = self._cases.viewable(case_no, Purpose.MEDIUM)
        keyholder = self._allowed(session, case_no, viewable, seat, Purpose.MEDIUM)
        self._logins.reauthenticate(token, keyholder.seat, password)
        named = {"copy": copy_id, "medium": medium}
        return self._open_ring(session, case_no, viewable, keyholder, password, Purpose.MEDIUM, named=named)

    def _open_copy(self, session: Session, case_no: str, viewable: PlayableRanges, opener: Seat, at: Device) -> Grant:
        """Nothing of the ring or the vault: the copy is the one there is, or it ended meanwhile."""
        copy = self._copies.of(case_no) if self._copies else None
        if copy is None or copy.made is None:
            raise Refused.of("case-why", case=case_no, why=_NO_COPY)
        grant_id = self._random(16).hex()
        clear: dict[str, Any] = {"grant": grant_id, "case": case_no, "spans": span_maps(copy.spans), "buckets": []}
        clear |= {"copy": copy.copy_id, "station": at.station}
        if viewable.masks is not None:
            clear["masks"] = [mask.number for mask in viewable.masks]
        people = frozenset(each.person for each in session.seats)
        self._acts.perform(grant_id, "grant.opened", clear, {"people": sorted(people), "opened_by": opener.person})
        keys, stretches = BucketKeys(), {camera_no: list(found) for camera_no, found in copy.made.stretches.items()}
        grant = Grant(
            grant_id, case_no, session.session_id, people, copy.spans, stretches, keys, masks=viewable.masks, copy=copy
        )
        grant.at = at
        self._begin(grant)
        with copy.lock:
            if copy.live:
                keys.put(copy.copy_id, bytearray(copy.key))
                copy.opened += 1
                grant.at_end.append(lambda: self._left(copy))
                copy.at_end.append(lambda: self._end(grant, "the copy was destroyed"))
                return grant
        self._end(grant, "the copy was destroyed")
        raise Refused.of("case-why", case=case_no, why=_NO_COPY)

    def _left(self, copy: ViewingCopy) -> None:
        with copy.lock:
            copy.opened -= 1
            copy.left_ns = self._clock.boot_ns()

    def _open_ring(
        self,
        session: Session,
        case_no: str,
        viewable: PlayableRanges,
        keyholder: Seat,
        password: str,
        purpose: Purpose,
        at: Device = NOWHERE,
        copy: ViewingCopy | None = None,
        named: Mapping[str, str] = MappingProxyType({}),
    ) -> Grant:
        """``named``: the copy on a medium that it is opened for, and the medium."""
        spans = {camera_no: merge(asked) for camera_no, asked in viewable.spans.items()}
        stretches = {camera_no: self._buckets.stretches(camera_no, asked) for camera_no, asked in spans.items()}
        if purpose is not Purpose.MASKING and lie_elsewhere(self._drawn(case_no), stretches):
            self._refusals.enter(session.session_id, {"case": case_no, "why": _MOVED.as_map()})
            raise Refused.of("case-why", case=case_no, why=_MOVED)
        stored = self._buckets.stored(stretches)
        wanted = sorted(stored)
        grant_id = self._random(16).hex()
        people = frozenset(each.person for each in session.seats)
        clear: dict[str, Any] = {"grant": grant_id, "case": case_no, "spans": span_maps(spans), "buckets": wanted}
        if purpose is not Purpose.VIEWING:
            clear["purpose"] = purpose
        if copy is not None:
            clear["copy"] = copy.copy_id
        if at.station is not None:
            clear["station"] = at.station
        clear |= named
        if viewable.masks is not None:
            clear["masks"] = [mask.number for mask in viewable.masks]
        if copy is not None:
            copy.entered = True  # from here on it may be: its end is entered, too
        self._acts.perform(grant_id, "grant.opened", clear, {"people": sorted(people), "keyholder": keyholder.person})
        try:
            keys = self._buckets.keys(keyholder, password, list(stored.values()))
        except RecorderError:
            self._ends.enter(grant_id, NOT_UNLOCKED)
            raise
        grant = Grant(
            grant_id, case_no, session.session_id, people, spans, stretches, keys, purpose, viewable.masks, copy
        )
        grant.handed, grant.at = named.get("copy", ""), at
        self._begin(grant)
        return grant

    def _begin(self, grant: Grant) -> None:
        """It lives; both typed a password a moment ago or are logged in for less than the longest absence."""
        with self._lock:
            self._grants[grant.grant_id] = grant
            grant.present_ns = self._clock.boot_ns()
            self._is_there(grant, grant.present_ns)

    def _is_there(self, grant: Grant, now_ns: int) -> None:
        grant.there_ns = now_ns
        if grant.purpose is Purpose.VIEWING:
            self._last_there[grant.case] = now_ns

    def opening(self, session: Session, case_no: str, purpose: Purpose, device: str = "") -> Opening:
        """Whether these people may open a case now, at this device. Nothing is entered: it is no try. Raises
        NotFound."""
        viewable = self._cases.viewable(case_no, purpose)
        why = self._why_not(session, case_no, viewable, None, purpose, Device(device, self._stations.of(device)))
        holders = self._holders(session, viewable)
        return Opening(why=why, seats=() if why else tuple(each.seat for each in holders))

    def _holders(self, session: Session, viewable: PlayableRanges) -> list[Seat]:
        """Whose password opens it: of whoever holds a key of the vault; of a copy anybody's here."""
        return [each for each in session.seats if viewable.from_copy or self._keyholders.can_unlock(each.person)]

    def _why_not(
        self,
        session: Session,
        case_no: str,
        viewable: PlayableRanges,
        seat: int | None,
        purpose: Purpose,
        at: Device,
    ) -> CodedMessage | None:
        over = _OVER if purpose is Purpose.VIEWING and self.is_over(case_no) else None
        copied = self._copies is not None and self._copies.of(case_no) is not None
        gone = _NO_COPY if viewable.from_copy and not copied else None
        lacks = what_lacks(session, self._holders(session, viewable), seat, viewable.sits)
        elsewhere = coded("station-unregistered") if purpose not in COPIES and at.station is None else None
        return viewable.why or over or gone or elsewhere or lacks or unpledged(session, self._pledged)

    def _allowed(
        self,
        session: Session,
        case_no: str,
        viewable: PlayableRanges,
        seat: int | None,
        purpose: Purpose,
        at: Device = NOWHERE,
    ) -> Seat:
        """The keyholder whose password opens the vault. Raises Refused, entered, when the rules do not allow it."""
        if why := self._why_not(session, case_no, viewable, seat, purpose, at):
            self._refusals.enter(session.session_id, {"case": case_no, "why": without_names(why).as_map()})
            raise Refused.of("case-why", case=case_no, why=why)
        return next(each for each in self._holders(session, viewable) if seat is None or each.seat == seat)

    # --- using ---

    def get(self, token: str, grant_id: str, *, active: bool = True, device: str = "") -> Grant:
        """The living grant, asked for from its own session and its own device, both people still there. Asking is
        activity unless a page asks by itself.

        Raises NotLoggedIn, NotFound, Refused (entered) at another device.
        """
        with self._lock:
            grant = self._grants.get(grant_id)
        try:
            session = self._logins.session(token, active=active)
        except NotLoggedIn:
            self.end_stale()
            raise
        if grant is None or grant.session_id != session.session_id or grant.purpose in COPIES:
            raise NotFound.of("viewing-none")
        if grant.at.fingerprint != device:
            why = coded("station-other")
            tried = {"grant": grant.grant_id, "case": grant.case, "why": why.as_map()}
            self._refusals.enter(grant.grant_id, tried)
            raise Refused.of("viewing-why", why=why)
        left = not grant.people <= {seat.person for seat in session.seats}
        if why_over := LEFT if left else self._why_over(grant):
            self._end(grant, why_over)
        grant.check_live()
        now = self._clock.boot_ns()
        with grant.lock:
            grant.look(now)
            if active and not grant.dark:
                self._is_there(grant, now)
        return grant

    def present(self, grant: Grant, by: Seat) -> None:
        """Whoever attends, proved just now, is there: it goes on to be shown. Durable on return. Raises NotFound,
        NotWritable."""
        with grant.lock:
            grant.check_live()
            self._acts.perform(
                self._random(16).hex(), "grant.present", {"grant": grant.grant_id, "case": grant.case},
                {"by": by.person},
            )  # fmt: skip
            grant.dark, grant.present_ns = "", self._clock.boot_ns()
            self._is_there(grant, grant.present_ns)

    def release(
        self, grant: Grant, camera_no: str, span: Span, bucket_ids: Sequence[str], what: str, area: Sequence[int] = ()
    ) -> None:
        """Enters that ``span`` is about to leave the box; durable on return. ``what``: media or pictures, or a copy,
        which leaves the ring alone, or medium, on which it leaves the office; or search, which compares it in ``area``
        (left, top, right, bottom in permille) and shows nothing of it: no key picture and no report of what was shown
        rests on it.

        Raises Refused (entered) for anything that is not wholly within the granted minutes, NotFound, NotWritable.
        """
        with grant.lock:
            grant.check_live()
            if not any(granted.contains(span) for granted in grant.spans.get(camera_no, ())):
                self.refuse(grant, camera_no, span, coded("outside"))
            self._ledger.append("footage.released", released_fields(grant, camera_no, span, bucket_ids, what, area))
            if what != SEARCH:
                grant.released[camera_no] = merge([*grant.released.get(camera_no, ()), span])

    def refuse(self, grant: Grant, camera_no: str, span: Span, why: CodedMessage) -> NoReturn:
        """Enters the try and raises Refused."""
        asked = asked_fields(camera_no, span)
        self._refusals.enter(
            grant.grant_id, {"grant": grant.grant_id, "case": grant.case, "why": why.as_map(), **asked}
        )
        raise Refused.of("viewing-why", why=why)

    def refuse_unseen(self, session: Session, case_no: str) -> None:
        """Enters that somebody tried to open a case that nobody there may see. Nothing of one that there is not."""
        try:
            self._cases.viewable(case_no)
        except NotFound:
            return
        self._refusals.enter(session.session_id, {"case": case_no, "why": coded("case-unseen").as_map()})

    # --- ending ---

    def end(self, token: str, grant_id: str, cause: str = BY_PEOPLE) -> None:
        """The people are done, or stop because of ``cause``: the viewing is over, in every session that shows it, and
        opens again only once its case says that it goes on; drawing masks may go on at any time. No error when it is
        over already.

        Raises NotLoggedIn, NotFound for another's.
        """
        session = self._logins.session(token)
        with self._lock:
            grant = self._grants.get(grant_id)
        if grant is None:
            return
        if grant.session_id != session.session_id:
            raise NotFound.of("viewing-none-2")
        for each in self._living():
            if each.case == grant.case:
                self._end(each, cause, by_people=True)

    def is_over(self, case_no: str) -> bool:
        """Whether people ended the viewing that the case began or went on with last. Raises NotFound."""
        return self._ends.by_people(case_no) > self._cases.viewable(case_no).begun

    def end_stale(self) -> None:
        """Ends the grants whose session is over, in front of which nobody is any more, whose case allows them no longer
        or whose station was revoked, and enters refusals that were only counted. Called every second, after each act on
        a case, and when a station is revoked."""
        now = self._clock.boot_ns()
        for grant in self._living():
            if not self._logins.is_live(grant.session_id):
                self._end(grant, "the session is over")
            elif grant.purpose not in COPIES and now - grant.there_ns >= _LEFT_NS:
                self._end(grant, "nobody was there")
            elif why_over := self._why_over(grant):
                self._end(grant, why_over)
        self._refusals.flush()

    def _why_over(self, grant: Grant) -> str:
        """Why it goes on no longer, whoever is there; "" where it does."""
        if self._cases.viewable(grant.case, grant.purpose).why:
            return "the case allows it no longer"
        station = grant.at.station
        return "" if station is None or self._stations.is_in_use(station) else "the station was revoked"

    def close(self, grant: Grant, cause: str) -> None:
        """Ends a grant of the keeper's own accord. Nothing when it is over."""
        self._end(grant, cause)

    def end_of_session(self, session_id: str, cause: str, *, left: str = "") -> None:
        """Ends the grants of a session: somebody logged out. ``left``: whose log-in ended alone (離席)."""
        for grant in self._living():
            if grant.session_id == session_id:
                self._end(grant, LEFT if left else cause, left=left)

    def of_session(self, session_id: str) -> dict[str, Grant]:
        """The living grants of a session, by case."""
        mine = [grant for grant in self._living() if grant.session_id == session_id]
        return {grant.case: grant for grant in mine if grant.purpose not in COPIES}

    def at_station(self, number: int) -> list[str]:
        """The ids of what is open at a viewing station now."""
        return sorted(grant.grant_id for grant in self._living() if grant.at.station == number)

    def id_of(self, session_id: str, case_no: str) -> str:
        """The living grant over a case in a session; "" for none."""
        grant = self.of_session(session_id).get(case_no)
        return grant.grant_id if grant else ""

    def cases_open(self) -> frozenset[str]:
        """The cases that are open in some session now."""
        return frozenset(grant.case for grant in self._living())

    def last_there(self, case_no: str) -> int:
        """The boot time at which somebody was last there where this case was open to be seen; 0 for never."""
        return self._last_there.get(case_no, 0)

    def end_all(self, cause: str) -> None:
        for grant in self._living():
            self._end(grant, cause)
        self._refusals.flush(all_of_them=True)

    def _living(self) -> list[Grant]:
        with self._lock:
            return list(self._grants.values())

    def _end(self, grant: Grant, cause: str, *, by_people: bool = False, left: str = "") -> None:
        """The keys first, then the entry: a ledger that does not take it must not keep them alive."""
        with grant.lock:
            if not grant.live:
                return
            grant.live = False
            grant.keys.wipe()
            for close in grant.at_end:
                close()
        with self._lock:
            self._grants.pop(grant.grant_id, None)
        viewed = by_people and grant.purpose is Purpose.VIEWING
        self._ends.enter(grant.grant_id, cause, viewing_of=grant.case if viewed else "", left=left)
