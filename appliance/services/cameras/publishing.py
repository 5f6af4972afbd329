"""What the office posted of its cameras: postings, confirmations, comparisons of a saved page.

The keeper's own records, rebuilt at start. What is posted counts only when it is, cell by cell, the list of what is in
force, and only when somebody else confirmed it; a page that was found to be another takes that away again
(``rules`` 五(二)(三), ``AT-11``, ``AT-12``, ``INV-11``, ``T-67``).
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Collection
from datetime import date
from typing import Any, NamedTuple

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotAllowed, Refused, UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cameras.publication import Board, BoardState, PublicList, board_of, differences, list_of
from appliance.rules.cameras.rows import Event
from appliance.rules.cameras.states import State
from appliance.rules.deadlines import day_of
from appliance.rules.wording import checked_words
from appliance.services.cameras.book import CameraBook
from appliance.services.people.login import Seat

__all__ = ["CONFIRMERS", "POSTERS", "Posting", "PublicationBook"]

POSTERS = frozenset({"officer", "manager", "webmaster"})
CONFIRMERS = frozenset({"officer", "unit_head"})
_SCHEMES = ("https://", "http://")
_MOST_URL = 400


class Posting(NamedTuple):
    """A posting: what was posted when, by whom. ``confirmed_ns`` 0 until somebody else confirmed it. ``url`` and
    ``display`` are empty where the sealed record does not open."""

    entry: int
    digest: str
    cameras: int
    page: str
    at_ns: int
    by: str
    url: str = ""
    display: str = ""
    confirmed_ns: int = 0
    confirmed_by: str = ""


class PublicationBook:
    """Thread-safe. ``names`` are the unit and the phone as the rules in force have them; ``read_page`` gives the list
    that stands on a saved page and raises UsageError."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        cameras: CameraBook,
        *,
        names: Callable[[], tuple[str, str]],
        days_off: Callable[[], Collection[date]],
        read_page: Callable[[bytes], PublicList],
        pseudonym: Callable[[str], str],
    ) -> None:
        self._acts, self._ledger, self._clock, self._cameras = acts, ledger, clock, cameras
        self._names, self._days_off, self._read_page, self._pseudonym = names, days_off, read_page, pseudonym
        self._lock = threading.RLock()
        self._postings: list[Posting] = []
        self._broken = False
        for entry in ledger.acts(*_TAKERS):
            _TAKERS[entry.kind](self, entry)

    # --- asking ---

    @property
    def current(self) -> PublicList:
        """The list of what is in force now."""
        return list_of(self._cameras.fleet.in_force(), *self._names())

    @property
    def as_of(self) -> date:
        """The day since which the registry is as it is."""
        return day_of(self._cameras.changed_ns)

    def postings(self) -> list[Posting]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._postings))

    def posted_last_by(self, person: str) -> bool:
        """Whether this account posted what waits to be confirmed, and so does not confirm it."""
        with self._lock:
            return bool(self._postings) and self._pseudonym(person) == self._postings[-1].by

    def board(self) -> Board:
        """Whether what is posted is what is in force."""
        with self._lock:
            posted = self._postings[-1].digest if self._postings and not self._broken else ""
            confirmed = next((each.digest for each in reversed(self._postings) if each.confirmed_ns), "")
            counts = "" if self._broken else confirmed
            found = board_of(self.current, posted, counts, self.as_of, self._days_off())
            return found if not self._broken else found._replace(state=BoardState.DIFFERS)

    # --- acting ---

    def post(self, act_id: str, by: Seat, url: str, page: bytes) -> Posting:
        """Enters that the list was posted at ``url``, as the saved ``page`` shows it.

        Raises UsageError for a page that says anything else than what is in force, naming what, and where the rules
        name no unit or phone; Refused, NotWritable.
        """
        with self._lock:
            digest = hashlib.sha256(page).hexdigest()
            entry = self._acts.repeated(act_id, "publication.posted", {"page": digest})
            if entry is None:
                if not POSTERS & set(by.roles):
                    raise Refused.of("list-post-role", roles=" or ".join(sorted(POSTERS)))
                url = _checked_url(url)
                shown = self._read_page(page)
                self._check_same(shown)
                self._check_whole()
                clear = {
                    "list": shown.digest, "cameras": shown.count, "page": digest, "by": self._pseudonym(by.person)
                }  # fmt: skip
                sealed = {"url": url, "shown": msgspec.to_builtins(shown), "by": by.person, "display": by.display}
                entry = self._enter(act_id, "publication.posted", clear, sealed)
            return next(each for each in self._postings if each.entry == entry.index)

    def confirm(self, act_id: str, by: Seat, entry_no: int) -> Posting:
        """Confirms a posting, by somebody other than who posted it; the cameras on it are announced (K7).

        Raises UsageError where it is not what is in force any more, Refused, NotWritable.
        """
        with self._lock:
            entry = self._acts.repeated(act_id, "publication.confirmed", {"posted": entry_no})
            if entry is None:
                if not CONFIRMERS & set(by.roles):
                    raise Refused.of("list-confirm-role", roles=" or ".join(sorted(CONFIRMERS)))
                posting = self._postings[-1] if self._postings else None
                if posting is None or posting.entry != entry_no or self._broken:
                    raise UsageError.of("list-other-posting")
                if self._pseudonym(by.person) == posting.by:
                    raise Refused.of("list-own")
                if posting.digest != self.current.digest:
                    raise UsageError.of("list-changed-since")
                self._check_whole()
                clear = {"list": posting.digest, "posted": entry_no, "by": self._pseudonym(by.person)}
                self._enter(act_id, "publication.confirmed", clear, {"by": by.person, "display": by.display})
            self.announce()
            return next(each for each in self._postings if each.entry == entry_no)

    def check(self, act_id: str, by: Seat, page: bytes) -> tuple[tuple[str, str], ...]:
        """Compares a page as it is on the website now; what differs, nothing where it is the list in force. Entered
        either way: a page that was edited by hand turns the board red (``T-67``).

        Raises UsageError for a page on which no list can be read, Refused, NotWritable.
        """
        with self._lock:
            digest = hashlib.sha256(page).hexdigest()
            shown, current = self._read_page(page), self.current
            found = differences(current, shown)
            entry = self._acts.repeated(act_id, "publication.checked", {"page": digest})
            if entry is None:
                if not (POSTERS | CONFIRMERS) & set(by.roles):
                    raise Refused.of("list-compare-role")
                clear = {
                    "list": current.digest, "page": digest, "shown": shown.digest, "equal": not found,
                    "by": self._pseudonym(by.person),
                }  # fmt: skip
                sealed = {"differences": [list(each) for each in found], "by": by.person, "display": by.display}
                self._enter(act_id, "publication.checked", clear, sealed)
            return found

    def announce(self) -> None:
        """Each camera that came in force and stands on what is confirmed is announced; repeatable."""
        with self._lock:
            if self.board().red:
                return
            for version in self._cameras.fleet.in_force():
                if version.state is State.DRIFT and version.drifts[-1].cause == "listed":
                    event = Event.REPUBLISH
                elif State.IN_FORCE in (version.state, version.before if version.state is State.DRIFT else None):
                    event = Event.ANNOUNCE
                else:
                    continue
                with contextlib.suppress(NotAllowed):  # somebody did something else with it meanwhile
                    self._cameras.system(version, event)

    # --- inside ---

    def _check_same(self, shown: PublicList) -> None:
        if found := differences(self.current, shown):
            told = ", ".join(f"{code} {number}".strip() for code, number in found[:12])
            raise UsageError.of("list-differs", what=told)

    def _check_whole(self) -> None:
        """Whoever reads the list finds out whom to ask (``D-15``)."""
        current = self.current
        if lacks := [name for name in ("unit", "phone") if current.rows and not getattr(current, name)]:
            missing = " and no ".join(lacks)
            raise UsageError.of("publication-lacks", missing=missing)

    def _enter(self, act_id: str, kind: str, clear: dict[str, Any], sealed: dict[str, Any]) -> Entry:
        entry = self._acts.perform(act_id, kind, clear, sealed).entry
        _TAKERS[kind](self, entry)
        return entry

    def _sealed(self, entry: Entry) -> dict[str, Any]:
        try:
            return self._acts.sealed_of(entry) or {}
        except Damaged:
            return {}

    def _take_posting(self, entry: Entry) -> None:
        fields, sealed = entry.fields, self._sealed(entry)
        self._broken = False
        self._postings.append(
            Posting(
                entry.index,
                str(fields["list"]),
                int(fields["cameras"]),
                str(fields["page"]),
                entry.at_ns,
                str(fields["by"]),
                str(sealed.get("url", "")),
                str(sealed.get("display", "")),
            )
        )

    def _take_confirmation(self, entry: Entry) -> None:
        posted, sealed = int(entry.fields["posted"]), self._sealed(entry)
        self._postings = [
            each._replace(confirmed_ns=entry.at_ns, confirmed_by=str(sealed.get("display", "")))
            if each.entry == posted
            else each
            for each in self._postings
        ]

    def _take_check(self, entry: Entry) -> None:
        self._broken = not entry.fields["equal"]


def _checked_url(url: str) -> str:
    text = checked_words("publication", "address of the page", url, most=_MOST_URL).strip()
    if not text.startswith(_SCHEMES):
        raise UsageError.of("list-address")
    return text


_TAKERS: dict[str, Callable[[PublicationBook, Entry], None]] = {
    "publication.posted": PublicationBook._take_posting,
    "publication.confirmed": PublicationBook._take_confirmation,
    "publication.checked": PublicationBook._take_check,
}
