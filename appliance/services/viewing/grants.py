"""Grants: two people may see the minutes that a case was granted, and nothing else.

The order is the law (``INV-22``): the entry that names case, cameras, minutes and buckets is durable, only then is the
vault opened, for exactly those buckets, and closed again. Before the entry each closed bucket is proven by catalogue
and ledger, and each key must be of the granted camera and the bucket's slot. A grant lives as long as the session it
was opened in, both people in it and the case granted; when it ends its keys are wiped. What is asked for outside it is
refused and entered.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, NotLoggedIn, RecorderError, Refused
from appliance.core.messages import CodedMessage, coded
from appliance.core.model import Span, merge
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.masks import Mask, Purpose, is_seen
from appliance.rules.cases.views import Opening
from appliance.services.asked_range import PlayableRanges
from appliance.services.cases.attending import SITS_LACK
from appliance.services.cases.book import CaseBook
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Logins, Seat, Session
from appliance.services.viewing.refusals import Refusals
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.vault import BucketKeys, StoredKey
from appliance.vault.ring.ring import Ring, Stretch

__all__ = ["BY_PEOPLE", "FILMING_SEEN", "Grant", "Grants"]

BY_PEOPLE, FILMING_SEEN = "ended by the people", "filming seen"
"""Why people end a viewing."""

_OVER = coded("viewing-over")


@dataclass
class Grant:
    """A living grant. ``spans`` are the granted minutes by camera, ``stretches`` the buckets with footage of them.
    ``masks``: what lies over its pictures, None where nothing was ordered to; they stay as they were at the opening.

    ``released`` is what was entered as released so far. ``at_end`` are called once, when the grant ends.
    """

    grant_id: str
    case: str
    session_id: str
    people: frozenset[str]
    spans: Mapping[str, list[Span]]
    stretches: Mapping[str, list[Stretch]]
    keys: BucketKeys
    purpose: Purpose = Purpose.VIEWING
    masks: tuple[Mask, ...] | None = None
    released: dict[str, list[Span]] = field(default_factory=dict)
    at_end: list[Callable[[], None]] = field(default_factory=list)
    live: bool = True
    lock: threading.RLock = field(default_factory=threading.RLock)

    def span_at(self, camera_no: str, at_ns: int) -> Span | None:
        """The granted minutes that hold an instant."""
        return next((span for span in self.spans.get(camera_no, ()) if span.holds(at_ns)), None)

    def check_live(self) -> None:
        """Raises NotFound when it has ended."""
        if not self.live:
            raise NotFound.of("viewing-ended")


class Grants:
    """The living grants; in memory only, so that the keeper's end is theirs. Thread-safe.

    Opening enters the end of every grant that an earlier keeper left open. ``pledged``: whether somebody's pledge of
    confidentiality holds today (八(一)).
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
    ) -> None:
        self._acts, self._ledger, self._cases, self._ring = acts, ledger, cases, ring
        self._key_store, self._keyholders, self._logins = key_store, keyholders, logins
        self._clock, self._random, self._pledged = clock, random, pledged
        self._refusals = Refusals(ledger, clock)
        self._grants: dict[str, Grant] = {}
        self._over: dict[str, int] = {}
        """The last entry by which people ended a viewing, by case: only what began after it opens."""
        self._lock = threading.RLock()
        self._end_what_was_left()

    # --- opening ---

    def open(
        self,
        token: str,
        case_no: str,
        password: str,
        *,
        seat: int | None = None,
        purpose: Purpose = Purpose.VIEWING,
    ) -> Grant:
        """Opens a case for the two people of a session. ``password`` is of the one in ``seat`` (default: the first
        seat that holds a key of the vault), typed now.

        Raises NotLoggedIn, NotFound, Refused (entered), Unavailable after wrong passwords or where the index is not
        what the catalogue says, NotWritable, Damaged.
        """
        session = self._logins.session(token)
        viewable = self._cases.viewable(case_no, purpose)
        keyholder = self._allowed(session, case_no, viewable, seat, purpose)
        self._logins.reauthenticate(token, keyholder.seat, password)
        spans = {camera_no: merge(asked) for camera_no, asked in viewable.spans.items()}
        stretches = {camera_no: self._stretches(camera_no, asked) for camera_no, asked in spans.items()}
        stored = self._stored(stretches)
        wanted = sorted(stored)
        grant_id = self._random(16).hex()
        people = frozenset(each.person for each in session.seats)
        clear: dict[str, Any] = {"grant": grant_id, "case": case_no, "spans": _spans(spans), "buckets": wanted}
        if purpose is Purpose.MASKING:
            clear["purpose"] = purpose
        if viewable.masks is not None:
            clear["masks"] = [mask.number for mask in viewable.masks]
        self._acts.perform(grant_id, "grant.opened", clear, {"people": sorted(people), "keyholder": keyholder.person})
        try:
            keys = self._keys(keyholder, password, list(stored.values()))
        except RecorderError:
            self._enter_end(grant_id, "not unlocked")
            raise
        grant = Grant(grant_id, case_no, session.session_id, people, spans, stretches, keys, purpose, viewable.masks)
        with self._lock:
            self._grants[grant_id] = grant
        return grant

    def opening(self, session: Session, case_no: str, purpose: Purpose) -> Opening:
        """Whether these people may open a case now. Nothing is entered: it is no try. Raises NotFound."""
        viewable = self._cases.viewable(case_no, purpose)
        why = self._why_not(session, case_no, viewable, None, purpose)
        return Opening(why=why, seats=() if why else tuple(each.seat for each in self._holders(session)))

    def _holders(self, session: Session) -> list[Seat]:
        return [each for each in session.seats if self._keyholders.can_unlock(each.person)]

    def _why_not(
        self, session: Session, case_no: str, viewable: PlayableRanges, seat: int | None, purpose: Purpose
    ) -> CodedMessage | None:
        over = _OVER if purpose is Purpose.VIEWING and self.is_over(case_no) else None
        lacks = _what_lacks(session, self._holders(session), seat, viewable.sits)
        return viewable.why or over or lacks or self._unpledged(session)

    def _allowed(
        self, session: Session, case_no: str, viewable: PlayableRanges, seat: int | None, purpose: Purpose
    ) -> Seat:
        """The keyholder whose password opens the vault. Raises Refused, entered, when the rules do not allow it."""
        if why := self._why_not(session, case_no, viewable, seat, purpose):
            self._refusals.enter(session.session_id, {"case": case_no, "why": _clear(why).as_map()})
            raise Refused.of("case-why", case=case_no, why=why)
        return next(each for each in self._holders(session) if seat is None or each.seat == seat)

    def _unpledged(self, session: Session) -> CodedMessage | None:
        names = [each.display for each in session.seats if not self._pledged(each.person)]
        return coded("needs-pledge", names=", ".join(names)) if names else None

    def _stretches(self, camera_no: str, spans: Sequence[Span]) -> list[Stretch]:
        found: dict[str, Stretch] = {}
        for span in spans:
            found.update((stretch.bucket_id, stretch) for stretch in self._ring.find_proven(camera_no, span))
        return list(found.values())

    def _stored(self, stretches: dict[str, list[Stretch]]) -> dict[str, StoredKey]:
        """The key records of these buckets, by bucket; of one that was destroyed meanwhile there is none. A record says
        whose it is, and opens as nobody else's: what it does not fit is ``wrong`` from here on, and stays closed.

        Raises Unavailable where it is the index that says otherwise.
        """
        stored: dict[str, StoredKey] = {}
        for camera_no, found in stretches.items():
            for at, stretch in enumerate(found):
                record = None if stretch.wrong else self._key_store.sealed(stretch.bucket_id)
                if record is None:
                    continue
                key = record[2]
                if (key.camera_no, key.slot_start_ns) == (camera_no, stretch.slot_start_ns):
                    stored[stretch.bucket_id] = record
                elif stretch.is_open:
                    raise self._ring.proofs.doubt(stretch.bucket_id)  # of an open bucket only the index was asked
                else:
                    wrong = f"its key is of camera {key.camera_no} and slot {key.slot_start_ns}, unlike its manifest"
                    found[at] = stretch._replace(wrong=wrong)
        return stored

    def _keys(self, keyholder: Seat, password: str, stored: Sequence[StoredKey]) -> BucketKeys:
        with self._keyholders.unlock(keyholder.person, password) as vault:
            return vault.open_buckets(stored)

    # --- using ---

    def get(self, token: str, grant_id: str, *, active: bool = True) -> Grant:
        """The living grant, asked for from its own session, both people still there. Asking is activity unless a page
        asks by itself.

        Raises NotLoggedIn, NotFound.
        """
        with self._lock:
            grant = self._grants.get(grant_id)
        try:
            session = self._logins.session(token, active=active)
        except NotLoggedIn:
            self.end_stale()
            raise
        if grant is None or grant.session_id != session.session_id:
            raise NotFound.of("viewing-none")
        if not grant.people <= {seat.person for seat in session.seats}:
            self._end(grant, "a person left")
        elif self._cases.viewable(grant.case, grant.purpose).why:
            self._end(grant, "the case allows it no longer")
        grant.check_live()
        return grant

    def release(self, grant: Grant, camera_no: str, span: Span, bucket_ids: Sequence[str], what: str) -> None:
        """Enters that ``span`` is about to leave the box; durable on return. ``what``: media or pictures.

        Raises Refused (entered) for anything that is not wholly within the granted minutes, NotFound, NotWritable.
        """
        with grant.lock:
            grant.check_live()
            if not any(granted.contains(span) for granted in grant.spans.get(camera_no, ())):
                self.refuse(grant, camera_no, span, coded("outside"))
            self._ledger.append(
                "footage.released",
                {
                    "grant": grant.grant_id,
                    "camera_no": camera_no,
                    "start_ns": span.start_ns,
                    "end_ns": span.end_ns,
                    "buckets": sorted(set(bucket_ids)),
                    "what": what,
                },
            )
            grant.released[camera_no] = merge([*grant.released.get(camera_no, ()), span])

    def refuse(self, grant: Grant, camera_no: str, span: Span, why: CodedMessage) -> NoReturn:
        """Enters the try and raises Refused."""
        asked = {"camera_no": camera_no[:40], "start_ns": span.start_ns, "end_ns": span.end_ns}
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
        return self._over.get(case_no, -1) > self._cases.viewable(case_no).begun

    def end_stale(self) -> None:
        """Ends the grants whose session is over or whose case allows them no longer, and enters refusals that were only
        counted. Called every second, and after each act on a case."""
        for grant in self._living():
            if not self._logins.is_live(grant.session_id):
                self._end(grant, "the session is over")
            elif self._cases.viewable(grant.case, grant.purpose).why:
                self._end(grant, "the case allows it no longer")
        self._refusals.flush()

    def end_of_session(self, session_id: str, cause: str) -> None:
        """Ends the grants of a session: somebody logged out."""
        for grant in self._living():
            if grant.session_id == session_id:
                self._end(grant, cause)

    def of_session(self, session_id: str) -> dict[str, Grant]:
        """The living grants of a session, by case."""
        return {grant.case: grant for grant in self._living() if grant.session_id == session_id}

    def id_of(self, session_id: str, case_no: str) -> str:
        """The living grant over a case in a session; "" for none."""
        grant = self.of_session(session_id).get(case_no)
        return grant.grant_id if grant else ""

    def cases_open(self) -> frozenset[str]:
        """The cases that are open in some session now."""
        return frozenset(grant.case for grant in self._living())

    def end_all(self, cause: str) -> None:
        for grant in self._living():
            self._end(grant, cause)
        self._refusals.flush(all_of_them=True)

    def _living(self) -> list[Grant]:
        with self._lock:
            return list(self._grants.values())

    def _end(self, grant: Grant, cause: str, *, by_people: bool = False) -> None:
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
        entry = self._enter_end(grant.grant_id, cause)
        if by_people and grant.purpose is Purpose.VIEWING:
            self._over[grant.case] = entry.index

    def _enter_end(self, grant_id: str, cause: str) -> Entry:
        return self._acts.perform(_end_act(grant_id), "grant.ended", {"grant": grant_id, "cause": cause}).entry

    def _end_what_was_left(self) -> None:
        """A grant without an end lived in a keeper that is gone; its keys are gone with it."""
        opened = [entry.fields for entry in self._ledger.acts("grant.opened")]
        for grant_id, case, seen in [(str(each["grant"]), str(each["case"]), is_seen(each)) for each in opened]:
            ended = self._ledger.act(_end_act(grant_id))
            if ended is None:
                self._enter_end(grant_id, "the keeper was restarted")
            elif seen and ended.fields["cause"] in (BY_PEOPLE, FILMING_SEEN):
                self._over[case] = max(ended.index, self._over.get(case, 0))


def _what_lacks(
    session: Session, holders: Sequence[Seat], seat: int | None, sits: Sequence[Collection[str]]
) -> CodedMessage | None:
    """What these people lack for a viewing; None when nothing."""
    if len({each.person for each in session.seats}) < 2:
        return coded("two-people")
    fit = [[each.person for each in session.seats if set(wanted) & set(each.roles)] for wanted in sits]
    if not any(len(set(people)) == len(sits) for people in itertools.product(*fit)):
        return coded(SITS_LACK[tuple(sits)])
    if not holders:
        return coded("no-keyholder")
    if seat is not None and seat not in [each.seat for each in holders]:
        return coded("seat-no-key", seat=seat)
    return None


def _clear(why: CodedMessage) -> CodedMessage:
    """As it is entered: without names."""
    return coded("needs-pledge-here") if why.code == "needs-pledge" else why


def _end_act(grant_id: str) -> str:
    return f"{grant_id}.end"


def _spans(spans: Mapping[str, Sequence[Span]]) -> list[dict[str, Any]]:
    return [
        {"camera_no": camera_no, "start_ns": span.start_ns, "end_ns": span.end_ns}
        for camera_no, asked in sorted(spans.items())
        for span in asked
    ]
