"""That somebody looked at a case, had its identifiers shown in full, took them into a new request, or took its file
along: entered, each as its use.

Looking is entered once a log-in, and does not wait for a ledger that takes nothing. Identifiers are shown, and a file
goes out, only when the entry is durable. Whether identifiers are shown to a log-in is asked of the ledger alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable

from appliance.core.errors import NotWritable, Refused
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.people import ARCHIVERS, may
from appliance.rules.wording import checked_words
from appliance.services.cases.casefile import CaseFile
from appliance.services.cases.rights import sees_full
from appliance.services.people.login import Seat, Session

__all__ = ["USED", "CaseUses", "shown_reason"]

USED = "case.used"
_MOST_REASON = 400


class CaseUses:
    """Thread-safe."""

    def __init__(self, acts: Acts, ledger: Ledger, random: Callable[[int], bytes] = os.urandom) -> None:
        self._acts, self._ledger, self._random = acts, ledger, random

    def looked(self, session: Session, key: str) -> None:
        """Somebody of this log-in looks at the case."""
        self._once(session, key, "page")

    def read_register(self, session: Session) -> None:
        """Somebody of this log-in has the rows of many cases printed (附件4)."""
        self._once(session, "", "register")

    def full(self, session: Session, file: CaseFile) -> bool:
        """Whether the identifiers of a case are shown to those who sit here now in full; whoever sits down later sees
        them for a reason given anew."""
        return sees_full(file, session.seats) or self._ledger.act(_shown(session, file.key)) is not None

    def show(self, session: Session, by: Seat, file: CaseFile, reason: str) -> None:
        """Shows them to this log-in from here on, on the word of ``by``; durable on return. Raises UsageError without a
        reason, Refused for who may not see all cases, NotWritable."""
        words = shown_reason(reason)
        if not may("see-cases", by.roles):
            raise Refused.of("case-identifiers")
        if not self.full(session, file):
            self._enter(_shown(session, file.key), by, session, file.key, "identifiers", reason=words)

    def prefilled(self, session: Session, by: Seat, key: str) -> None:
        """An applicant's particulars go from this case into a new request; durable on return. Raises NotWritable."""
        self._enter(self._random(16).hex(), by, session, key, "prefill")

    def take_along(self, session: Session, by: Seat, file: CaseFile) -> None:
        """The case file goes out with ``by``; durable on return. It has the identifiers, so whoever does not handle
        cases gives a reason for these first. Raises Refused, NotWritable."""
        if not self.full(session, file):
            if not ARCHIVERS & set(by.roles):
                raise Refused.of("case-masked")
            self._enter(_shown(session, file.key), by, session, file.key, "identifiers", reason="紀錄專卷")
        self._enter(self._random(16).hex(), by, session, file.key, "file")

    # --- inside ---

    def _once(self, session: Session, key: str, what: str) -> None:
        act_id = _act_id(what, session, key)
        if self._ledger.act(act_id) is None:
            with contextlib.suppress(NotWritable):
                self._enter(act_id, session.seats[0], session, key, what)

    def _enter(self, act_id: str, by: Seat, session: Session, key: str, what: str, *, reason: str = "") -> None:
        beside = [seat.person for seat in session.seats if seat.person != by.person]
        private = {"by": by.person, "display": by.display, "beside": beside} | ({"reason": reason} if reason else {})
        self._acts.perform(act_id, USED, ({"case": key} if key else {}) | {"what": what}, private)


def shown_reason(text: str) -> str:
    """Raises UsageError."""
    return checked_words("case", "reason", text, most=_MOST_REASON)


def _shown(session: Session, key: str) -> str:
    return _act_id("identifiers", session, key)


def _act_id(what: str, session: Session, key: str) -> str:
    people = ",".join(sorted(seat.person for seat in session.seats))
    return hashlib.sha256(f"{what} of {key} in {session.session_id} by {people}".encode()).hexdigest()
