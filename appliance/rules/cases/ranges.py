"""Ranges: what a case asks for, what was decided about each range, and that nothing ever grows on the way.

A decision is per range; the case's outcome is derived from them (domain 2.1). What a token opens lies within the
decision, and the decision within what was asked (``INV-05``). Spans are half-open nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from appliance.core.model import Record, Span, subtract
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of

__all__ = [
    "FORMER", "MAX_SPAN_NS", "Outcome", "Ruling", "Scope", "granted_scopes", "lines_by_day", "outcome_of", "overlap",
    "uncovered",
]  # fmt: skip


FORMER = "former"
"""Where the footage of a request lies that is not on this recorder: on the one that it replaced (前一套系統)."""

MAX_SPAN_NS = 31 * DAY_NS
"""The longest range that one request may ask for."""


class Scope(Record, frozen=True, kw_only=False):
    """Some minutes of one camera."""

    camera_no: str
    start_ns: int
    end_ns: int

    @property
    def span(self) -> Span:
        return Span(self.start_ns, self.end_ns)


class Outcome(StrEnum):
    """What becomes of a range, and of a case."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class Ruling(Record, frozen=True, kw_only=True):
    """The decision about one range, by its place among those asked. ``scopes``: the minutes it allows; ``masked``: with
    other people's parts covered (``T-26``). ``reason`` is demanded wherever less than asked is given."""

    range_no: int
    scopes: tuple[Scope, ...] = ()
    masked: bool = False
    reason: str = ""

    def outcome(self, asked: Scope) -> Outcome:
        """Granted is all that was asked, unmasked; refused is nothing; partly is what lies between."""
        if not self.scopes:
            return Outcome.REFUSED
        return Outcome.PARTLY if self.masked or uncovered([asked], self.scopes) else Outcome.GRANTED


def overlap(one: Iterable[Scope], other: Sequence[Scope]) -> bool:
    """Whether the two have some minutes of a camera in common."""
    return any(a.camera_no == b.camera_no and a.span.overlaps(b.span) for a in one for b in other)


def uncovered(wanted: Iterable[Scope], by: Sequence[Scope]) -> tuple[Scope, ...]:
    """What of ``wanted`` no scope of ``by`` covers, in the order of ``wanted``."""
    left = []
    for each in wanted:
        parts = [other.span for other in by if other.camera_no == each.camera_no]
        left += [Scope(each.camera_no, span.start_ns, span.end_ns) for span in subtract(each.span, parts)]
    return tuple(left)


def outcome_of(asked: Sequence[Scope], rulings: Sequence[Ruling]) -> Outcome | None:
    """A case's outcome, derived from one ruling for each range; None while a range has none, or has two."""
    if sorted(ruling.range_no for ruling in rulings) != list(range(len(asked))) or not asked:
        return None
    found = {ruling.outcome(asked[ruling.range_no]) for ruling in rulings}
    return found.pop() if len(found) == 1 else Outcome.PARTLY


def granted_scopes(rulings: Iterable[Ruling]) -> tuple[Scope, ...]:
    """All minutes that the rulings allow."""
    return tuple(scope for ruling in rulings for scope in ruling.scopes)


def lines_by_day(scope: Scope) -> tuple[Scope, ...]:
    """One line for each local day, as 附件3 has them (``T-25``)."""
    lines, at = [], scope.start_ns
    while at < scope.end_ns:
        end = min(scope.end_ns, start_ns_of(day_of(at)) + DAY_NS)
        lines.append(Scope(scope.camera_no, at, end))
        at = end
    return tuple(lines)
