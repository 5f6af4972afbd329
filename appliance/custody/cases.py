"""Cases: a request for footage from its receipt to its close, as far as viewing needs it. The keeper's own records.

Everything here is rebuilt at start from the ledger and the sealed records; nothing else is kept. An act is durable
before it changes anything here, and a repeat of its act id gives the first answer. Receipt pins the minutes asked for,
ten more on either side, in whole buckets, until the case is closed; that of a refused case stays for an appeal
(``AT-29``, ``D-05``, ``INV-09``).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from appliance.clock import Clock, local_time
from appliance.custody.asked import Asked, Viewable, as_maps, asked_of, checked_range
from appliance.custody.login import Seat
from appliance.errors import Damaged, NotFound, Refused, UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.model import Span
from appliance.rules.cases.pins import pinned
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.holds import REFUSAL_DAYS
from appliance.rules.retention import Hold
from appliance.rules.wording import checked_words
from appliance.rules.workflow import CLOSED, GRANTED, RECEIVED, REFUSED, Step, step_of

__all__ = ["FRESH_NS", "LAPSE_NS", "Case", "CaseBook"]

LAPSE_NS = 30 * 24 * 3600 * 1_000_000_000
"""A case granted and not viewed within 30 days lapses (LAPSED, 逾期未閱)."""

FRESH_NS = 300 * 1_000_000_000
"""How long a typed password counts for a decision."""
_MAX_WORDS = 4000


_EVENT_OF = {GRANTED: "grant", REFUSED: "refuse"}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands. ``asked`` is what a decision is about and a grant can open; ``rounded`` is what is pinned.

    Names and words are empty once the sealed record behind them was erased. Times are 0 until they are. ``pinned``
    until ``pin_until_ns`` once that is known: after a refusal the pin outlives the case, for an appeal.
    """

    number: str
    state: str
    asked: tuple[Asked, ...]
    rounded: tuple[Asked, ...]
    received_ns: int
    received_by: str = ""
    received_display: str = ""
    reason: str = ""
    decided_ns: int = 0
    decided_by: str = ""
    decided_display: str = ""
    decision_reason: str = ""
    closed_ns: int = 0
    pinned: bool = True
    pin_until_ns: int = 0

    def spans(self) -> dict[str, list[Span]]:
        """What was asked for, by camera."""
        out: dict[str, list[Span]] = {}
        for each in sorted(self.asked):
            out.setdefault(each.camera_no, []).append(each.span)
        return out

    def as_map(self) -> dict[str, Any]:
        """For those who show it."""
        return {
            "case": self.number,
            "state": self.state,
            "reason": self.reason,
            "cameras": sorted(self.spans()),
            "start_ns": min(each.start_ns for each in self.asked),
            "end_ns": max(each.end_ns for each in self.asked),
            "kept_start_ns": min(each.start_ns for each in self.rounded),
            "kept_end_ns": max(each.end_ns for each in self.rounded),
            "received_ns": self.received_ns,
            "received_by": self.received_display or self.received_by,
            "received_person": self.received_by,
            "decided_ns": self.decided_ns,
            "decided_by": self.decided_display or self.decided_by,
            "decision_reason": self.decision_reason,
            "closed_ns": self.closed_ns,
            "pinned": self.pinned,
            "pin_until_ns": self.pin_until_ns,
        }


class CaseBook:
    """All cases. Thread-safe. ``cameras()`` are the numbers a request may name; ``others()`` the keys of cases that are
    kept elsewhere, which no new number takes.

    ``damaged`` has the cases whose sealed words do not open, with the reason; their pins stand all the same.
    """

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        *,
        cameras: Callable[[], Collection[str]],
        random: Callable[[int], bytes] = os.urandom,
        lock: threading.RLock | None = None,
    ) -> None:
        self._acts, self._ledger, self._clock, self._cameras, self._random = acts, ledger, clock, cameras, random
        self._lock = lock or threading.RLock()
        self._cases: dict[str, Case] = {}
        self.others: Callable[[], Collection[str]] = tuple
        self.damaged: dict[str, str] = {}
        for entry in ledger.acts(*_TAKERS):
            if "row" not in entry.fields:
                self._take(entry)

    # --- reading ---

    def get(self, number: str) -> Case:
        """Raises NotFound."""
        with self._lock:
            case = self._cases.get(number)
        if case is None:
            raise NotFound(f"case {number[:20]}: there is no such case")
        return case

    def all(self) -> list[Case]:
        """Newest first."""
        with self._lock:
            return sorted(self._cases.values(), key=lambda case: case.received_ns, reverse=True)

    def viewable(self, number: str) -> Viewable:
        """What a grant of this case opens. Raises NotFound."""
        case = self.get(number)
        if case.state != GRANTED:
            return Viewable({}, f"it is {case.state}")
        if self._clock.wall_ns() >= case.decided_ns + LAPSE_NS:
            return Viewable({}, "it was not viewed within 30 days and lapsed")
        return Viewable(case.spans())

    def pins(self) -> dict[str, list[Hold]]:
        """What each case pins, of those that pin anything."""
        with self._lock:
            return {
                case.number: [Hold(each.camera_no, each.start_ns, each.end_ns) for each in case.rounded]
                for case in self._cases.values()
                if case.pinned
            }

    def holds(self) -> list[Hold]:
        """What the cases pin, for retention."""
        return [pin for pins in self.pins().values() for pin in pins]

    # --- acting ---

    def receive(
        self, act_id: str, by: Seat, *, reason: str, cameras: Sequence[str], start_ns: int, end_ns: int
    ) -> Case:
        """Receives a request: number, record and pin are durable on return.

        Raises UsageError for what no request may be, Refused for a seat that may not receive, NotWritable.
        """
        with self._lock:
            same = {"asked": as_maps(asked_of(cameras, start_ns, end_ns))}
            if repeated := self._repeated(act_id, "case.received", same, {"reason": reason.strip()}):
                return repeated
            step = self._step("", "receive", by)
            asked = checked_range("request", cameras, self._cameras(), start_ns, end_ns, now_ns=self._clock.wall_ns())
            number = self._next_number()
            clear = {"case": number, "asked": as_maps(asked), "rounded": as_maps(map(_pinned, asked))}
            sealed = {
                "reason": checked_words("request", "reason", reason, most=_MAX_WORDS),
                "by": by.person,
                "display": by.display,
            }
            return self._take(self._acts.perform(act_id, step.kind, clear, sealed).entry)

    def decide(self, act_id: str, by: Seat, number: str, result: str, *, reason: str = "") -> Case:
        """Decides a received case: ``result`` is granted or refused, a refusal says why.

        Another person than received it, whose password was typed just now. Raises UsageError, Refused, NotFound,
        NotWritable.
        """
        with self._lock:
            clear = {"case": number, "result": result}
            if repeated := self._repeated(act_id, "case.decided", clear, {"reason": reason.strip()}):
                return repeated
            if result not in _EVENT_OF:
                raise UsageError(f"case {number}: the result {result[:20]!r} does not exist; granted or refused")
            case = self.get(number)
            step = self._step(case.state, _EVENT_OF[result], by, case)
            words = checked_words("request", "reason", reason, most=_MAX_WORDS) if result == REFUSED or reason else ""
            sealed = {"reason": words, "by": by.person, "display": by.display}
            return self._take(self._acts.perform(act_id, step.kind, clear, sealed).entry)

    def close(self, act_id: str, by: Seat, number: str) -> Case:
        """Closes a decided case. The pin of a granted one ends, that of a refused one 40 days after: the case is closed
        when the refusal was served. Raises Refused, NotFound, NotWritable."""
        with self._lock:
            if repeated := self._repeated(act_id, "case.closed", {"case": number}):
                return repeated
            case = self.get(number)
            step = self._step(case.state, "close", by, case)
            sealed = {"by": by.person, "display": by.display}
            return self._take(self._acts.perform(act_id, step.kind, {"case": number}, sealed).entry)

    def end_pins(self, *, trusted: bool) -> None:
        """Counts the time that the pins of refused cases outlive them, and ends those whose time is over, each once.
        Does nothing while time is not ``trusted``. Raises NotWritable."""
        with self._lock:
            for case in list(self._cases.values()) if trusted else ():
                if case.state != CLOSED or not case.pinned:
                    continue
                now_ns = self._clock.wall_ns()
                if not case.pin_until_ns:
                    until_ns = start_ns_of(day_of(now_ns) + timedelta(days=REFUSAL_DAYS)) + DAY_NS
                    self._enter("pin.set", {"case": case.number, "until_ns": until_ns})
                elif case.pin_until_ns <= now_ns:
                    self._enter("pin.ended", {"case": case.number})

    # --- inside ---

    def _enter(self, kind: str, clear: dict[str, Any]) -> Case:
        """An act of the machine's own, under an id that nobody can have used before."""
        return self._take(self._acts.perform(self._random(16).hex(), kind, clear).entry)

    def _repeated(
        self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, str] | None = None
    ) -> Case | None:
        entry = self._acts.repeated(act_id, kind, clear, sealed)
        return self.get(str(entry.fields["case"])) if entry else None

    def _step(self, state: str, event: str, by: Seat, case: Case | None = None) -> Step:
        """The row of the table that allows this, or the error that says why none does."""
        name = f"case {case.number}" if case else "case"
        try:
            step = step_of(state, event, by.roles)
        except Refused as error:
            raise Refused(f"{name}: {error}") from None
        if step.other_person and case and not case.received_by:
            raise Refused(f"{name}: who received it is not known, its record does not open; receive it anew")
        if step.other_person and case and by.person == case.received_by:
            raise Refused(f"{name}: whoever received it may not decide it; another person must")
        if step.password and self._clock.boot_ns() - by.proved_ns > FRESH_NS:
            raise Refused(f"{name}: the password must be typed for this act; type it again")
        return step

    def _next_number(self) -> str:
        """``115-0001``: ROC year of receipt, then a count without gaps."""
        year = local_time(self._clock.wall_ns()).year - 1911
        taken = sum(1 for number in (*self._cases, *self.others()) if number.startswith(f"{year}-"))
        return f"{year}-{taken + 1:04d}"

    def _take(self, entry: Entry) -> Case:
        """Follows one entry, just made or read at start."""
        number = str(entry.fields["case"])
        try:
            sealed = self._acts.sealed(entry.index) or {}
        except Damaged as error:
            sealed = {}
            self.damaged[number] = str(error)
        case = _TAKERS[entry.kind](entry, sealed, self._cases)
        self._cases[number] = case
        return case


def _received(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, Case]) -> Case:
    return Case(
        number=entry.fields["case"],
        state=RECEIVED,
        asked=tuple(msgspec.convert(entry.fields["asked"], list[Asked])),
        rounded=tuple(msgspec.convert(entry.fields["rounded"], list[Asked])),
        received_ns=entry.at_ns,
        received_by=sealed.get("by", ""),
        received_display=sealed.get("display", ""),
        reason=sealed.get("reason", ""),
    )


def _decided(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, Case]) -> Case:
    return msgspec.structs.replace(
        cases[entry.fields["case"]],
        state=entry.fields["result"],
        decided_ns=entry.at_ns,
        decided_by=sealed.get("by", ""),
        decided_display=sealed.get("display", ""),
        decision_reason=sealed.get("reason", ""),
    )


def _closed(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, Case]) -> Case:
    case = cases[entry.fields["case"]]
    return msgspec.structs.replace(case, state=CLOSED, closed_ns=entry.at_ns, pinned=case.state == REFUSED)


def _pin_dated(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, Case]) -> Case:
    return msgspec.structs.replace(cases[entry.fields["case"]], pin_until_ns=entry.fields["until_ns"])


def _pin_ended(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, Case]) -> Case:
    return msgspec.structs.replace(cases[entry.fields["case"]], pinned=False)


_TAKERS = {
    "case.received": _received,
    "case.decided": _decided,
    "case.closed": _closed,
    "pin.set": _pin_dated,
    "pin.ended": _pin_ended,
}


def _pinned(asked: Asked) -> Asked:
    span = pinned(asked.span)
    return Asked(asked.camera_no, span.start_ns, span.end_ns)
