"""The acts of the first cut of four states (``rules.workflow``), as long as pages still use them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from appliance.clock import local_time
from appliance.custody.asked import Asked, Viewable, as_maps, asked_of, checked_range
from appliance.custody.firstcases import FirstCase, FirstCases
from appliance.custody.login import Seat
from appliance.errors import Refused, UsageError
from appliance.rules.cases.pins import pinned
from appliance.rules.wording import checked_words
from appliance.rules.workflow import GRANTED, REFUSED, Step, step_of

__all__ = ["LAPSE_NS", "FirstActs"]

LAPSE_NS = 30 * 24 * 3600 * 1_000_000_000
_FRESH_NS = 300 * 1_000_000_000
_MAX_WORDS = 4000
_EVENT_OF = {GRANTED: "grant", REFUSED: "refuse"}


class FirstActs(FirstCases):
    """``cameras()``: what a request may name. ``others()``: the keys of cases that are kept elsewhere."""

    cameras: Callable[[], Collection[str]] = staticmethod(tuple)
    others: Callable[[], Collection[str]] = staticmethod(tuple)

    def viewable(self, number: str) -> Viewable:
        """What a grant of this case opens. Raises NotFound."""
        case = self.get(number)
        if case.state != GRANTED:
            return Viewable({}, f"it is {case.state}")
        if self._clock.wall_ns() >= case.decided_ns + LAPSE_NS:
            return Viewable({}, "it was not viewed within 30 days and lapsed")
        return Viewable(case.spans())

    def receive(
        self, act_id: str, by: Seat, *, reason: str, cameras: Sequence[str], start_ns: int, end_ns: int
    ) -> FirstCase:
        """Receives a request: number, record and pin are durable on return. Raises UsageError, Refused, NotWritable."""
        with self._lock:
            same = {"asked": as_maps(asked_of(cameras, start_ns, end_ns))}
            if repeated := self._repeated(act_id, "case.received", same, {"reason": reason.strip()}):
                return repeated
            step = self._step("", "receive", by)
            asked = checked_range("request", cameras, self.cameras(), start_ns, end_ns, now_ns=self._clock.wall_ns())
            clear = {"case": self._next_number(), "asked": as_maps(asked), "rounded": as_maps(map(_pinned, asked))}
            words = checked_words("request", "reason", reason, most=_MAX_WORDS)
            return self._perform(act_id, step.kind, clear, {"reason": words, "by": by.person, "display": by.display})

    def decide(self, act_id: str, by: Seat, number: str, result: str, *, reason: str = "") -> FirstCase:
        """Grants or refuses. Raises UsageError, Refused, NotFound, NotWritable."""
        with self._lock:
            clear = {"case": number, "result": result}
            if repeated := self._repeated(act_id, "case.decided", clear, {"reason": reason.strip()}):
                return repeated
            if result not in _EVENT_OF:
                raise UsageError(f"case {number}: the result {result[:20]!r} does not exist; granted or refused")
            case = self.get(number)
            step = self._step(case.state, _EVENT_OF[result], by, case)
            words = checked_words("request", "reason", reason, most=_MAX_WORDS) if result == REFUSED or reason else ""
            return self._perform(act_id, step.kind, clear, {"reason": words, "by": by.person, "display": by.display})

    def close(self, act_id: str, by: Seat, number: str) -> FirstCase:
        """Closes a decided case. Raises Refused, NotFound, NotWritable."""
        with self._lock:
            if repeated := self._repeated(act_id, "case.closed", {"case": number}):
                return repeated
            case = self.get(number)
            step = self._step(case.state, "close", by, case)
            return self._perform(act_id, step.kind, {"case": number}, {"by": by.person, "display": by.display})

    def _perform(self, act_id: str, kind: str, clear: dict[str, Any], sealed: dict[str, str]) -> FirstCase:
        self._take(self._acts.perform(act_id, kind, clear, sealed).entry)
        return self.get(str(clear["case"]))

    def _repeated(
        self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, str] | None = None
    ) -> FirstCase | None:
        entry = self._acts.repeated(act_id, kind, clear, sealed)
        return self.get(str(entry.fields["case"])) if entry else None

    def _step(self, state: str, event: str, by: Seat, case: FirstCase | None = None) -> Step:
        name = f"case {case.number}" if case else "case"
        try:
            step = step_of(state, event, by.roles)
        except Refused as error:
            raise Refused(f"{name}: {error}") from None
        if step.other_person and case and not case.received_by:
            raise Refused(f"{name}: who received it is not known, its record does not open; receive it anew")
        if step.other_person and case and by.person == case.received_by:
            raise Refused(f"{name}: whoever received it may not decide it; another person must")
        if step.password and self._clock.boot_ns() - by.proved_ns > _FRESH_NS:
            raise Refused(f"{name}: the password must be typed for this act; type it again")
        return step

    def _next_number(self) -> str:
        year = local_time(self._clock.wall_ns()).year - 1911
        taken = sum(1 for number in (*self._cases, *self.others()) if number.startswith(f"{year}-"))
        return f"{year}-{taken + 1:04d}"


def _pinned(asked: Asked) -> Asked:
    span = pinned(asked.span)
    return Asked(asked.camera_no, span.start_ns, span.end_ns)
