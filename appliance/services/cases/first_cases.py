"""Cases of the first cut, which knew four states: received, granted, refused, closed. They are read, kept and told.

Their entries have no row of a table. Each stays visible as it stood, and what it pinned stays pinned: until it was
closed, of a refused one 40 days more, and of one that was never closed to the ceiling. No act on them is left; what is
still wanted of such a request is received anew.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound
from appliance.core.messages import coded
from appliance.core.model import Span
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.states import State
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.holds import REFUSAL_DAYS
from appliance.rules.retention import Hold
from appliance.services.asked_range import PlayableRanges, RequestedRange

__all__ = ["FirstCase", "FirstCases"]


class FirstCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stood. ``asked`` is what a decision was about; ``rounded`` is what is pinned.

    Names and words are empty once the sealed record behind them was erased. Times are 0 until they are. ``pinned``
    until ``pin_until_ns`` once that is known: after a refusal the pin outlives the case, for an appeal.
    """

    number: str
    state: str
    asked: tuple[RequestedRange, ...]
    rounded: tuple[RequestedRange, ...]
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


class FirstCases:
    """Rebuilt at start from ledger and sealed records. Thread-safe, under the lock of the book that it belongs to.

    ``damaged`` has the cases whose sealed words do not open, with the reason; their pins stand all the same.
    """

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        lock: threading.RLock,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._acts, self._clock, self._lock, self._random = acts, clock, lock, random
        self._cases: dict[str, FirstCase] = {}
        self.damaged: dict[str, str] = {}
        of_tables = set(ledger.numbered().values())
        for number in ledger.cases("case.received"):
            for entry in () if number in of_tables else ledger.acts_about(number):
                if entry.kind in _TAKERS and "row" not in entry.fields:
                    self._take(entry)

    # --- reading ---

    def get(self, number: str) -> FirstCase:
        """Raises NotFound."""
        with self._lock:
            case = self._cases.get(number)
        if case is None:
            raise NotFound(f"case {number[:20]}: there is no such case")
        return case

    def all(self) -> list[FirstCase]:
        """Newest first."""
        with self._lock:
            return sorted(self._cases.values(), key=lambda case: case.received_ns, reverse=True)

    def viewable(self, number: str) -> PlayableRanges:
        """Nothing: a viewing belongs to a case of the tables. Raises NotFound."""
        case = self.get(number)
        return PlayableRanges({}, coded("viewing-not-begun", state=case.state))

    def pins(self) -> dict[str, list[Hold]]:
        """What each case pins, of those that pin anything."""
        with self._lock:
            return {
                case.number: [Hold(each.camera_no, each.start_ns, each.end_ns) for each in case.rounded]
                for case in self._cases.values()
                if case.pinned
            }

    # --- the machine's ---

    def end_pins(self, *, trusted: bool) -> None:
        """Counts the time that the pins of refused cases outlive them, and ends those whose time is over, each once.
        Does nothing while time is not ``trusted``. Raises NotWritable."""
        with self._lock:
            for case in list(self._cases.values()) if trusted else ():
                if case.state != State.CLOSED or not case.pinned:
                    continue
                now_ns = self._clock.wall_ns()
                if not case.pin_until_ns:
                    until_ns = start_ns_of(day_of(now_ns) + timedelta(days=REFUSAL_DAYS)) + DAY_NS
                    self._enter("pin.set", {"case": case.number, "until_ns": until_ns})
                elif case.pin_until_ns <= now_ns:
                    self._enter("pin.ended", {"case": case.number})

    # --- inside ---

    def _enter(self, kind: str, clear: dict[str, Any]) -> None:
        """An act of the machine's own, under an id that nobody can have used before."""
        self._take(self._acts.perform(self._random(16).hex(), kind, clear).entry)

    def _take(self, entry: Entry) -> None:
        """Follows one entry, just made or read at start."""
        number = str(entry.fields["case"])
        try:
            sealed = self._acts.sealed(entry.index) or {}
        except Damaged as error:
            sealed = {}
            self.damaged[number] = str(error)
        self._cases[number] = _TAKERS[entry.kind](entry, sealed, self._cases)


def _received(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, FirstCase]) -> FirstCase:
    return FirstCase(
        number=entry.fields["case"],
        state=State.RECEIVED,
        asked=tuple(msgspec.convert(entry.fields["asked"], list[RequestedRange])),
        rounded=tuple(msgspec.convert(entry.fields["rounded"], list[RequestedRange])),
        received_ns=entry.at_ns,
        received_by=sealed.get("by", ""),
        received_display=sealed.get("display", ""),
        reason=sealed.get("reason", ""),
    )


def _decided(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, FirstCase]) -> FirstCase:
    return msgspec.structs.replace(
        cases[entry.fields["case"]],
        state=entry.fields["result"],
        decided_ns=entry.at_ns,
        decided_by=sealed.get("by", ""),
        decided_display=sealed.get("display", ""),
        decision_reason=sealed.get("reason", ""),
    )


def _closed(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, FirstCase]) -> FirstCase:
    case = cases[entry.fields["case"]]
    pinned = case.state == State.REFUSED
    return msgspec.structs.replace(case, state=State.CLOSED, closed_ns=entry.at_ns, pinned=pinned)


def _pin_dated(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, FirstCase]) -> FirstCase:
    return msgspec.structs.replace(cases[entry.fields["case"]], pin_until_ns=entry.fields["until_ns"])


def _pin_ended(entry: Entry, sealed: Mapping[str, Any], cases: Mapping[str, FirstCase]) -> FirstCase:
    return msgspec.structs.replace(cases[entry.fields["case"]], pinned=False)


_TAKERS = {
    "case.received": _received,
    "case.decided": _decided,
    "case.closed": _closed,
    "pin.set": _pin_dated,
    "pin.ended": _pin_ended,
}
