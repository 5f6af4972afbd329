"""The clocks of an incident: what is due by when, whether it was done in time, and what no longer runs. Pure.

The clocks of the report and the notice start with the declaration, the others once the incident has a level. All count
from when the office knew, not from when it was sure (``AT-67``). What the incident is judged to be switches off the
clocks that do not apply; any other is met only by the act it asks for. Source: domain 2.10;
資通安全事件通報及應變辦法 4 and 6; PDPA 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from appliance.rules.deadlines import day_of, month_end, start_ns_of
from appliance.rules.registers.shape import Item

__all__ = ["CLOCKS", "SERIOUS", "Clock", "clocks_of", "hours_left"]

CLOCKS = ("report", "notice", "contain", "final")
"""資安通報, 個資通知, 損害控制或復原, 調查、處理及改善報告."""

_HOUR_NS = 3600 * 1_000_000_000
_WEEK_NS = 7 * 24 * _HOUR_NS
SERIOUS = ("3", "4")
"""The levels whose damage is contained in the shorter time."""


class Clock(NamedTuple):
    """``due_ns`` is the instant after which it is late; ``done_ns`` when it was met, 0 until then; ``off``: judged not
    to apply; ``soon_ns``: from when on it is said that it ends."""

    code: str
    due_ns: int
    done_ns: int = 0
    off: bool = False
    soon_ns: int = 0

    @property
    def open(self) -> bool:
        return not self.off and not self.done_ns

    def state(self, now_ns: int) -> str:
        """``off``, ``met``, ``met_late``, ``running`` or ``overdue``."""
        if self.off:
            return "off"
        if self.done_ns:
            return "met" if self.done_ns <= self.due_ns else "met_late"
        return "running" if now_ns <= self.due_ns else "overdue"

    def is_soon(self, now_ns: int) -> bool:
        """Whether it runs and ends soon: half of its hours are gone or the last one runs; of the final report, the last
        week runs."""
        return self.open and self.soon_ns <= now_ns <= self.due_ns


def clocks_of(item: Item) -> tuple[Clock, ...]:
    """Of an incident that was declared. Containment and the final report run once it has a level."""
    values = item.values
    known_ns, hours = int(values.get("known_at") or item.opened_ns), _hours(values)
    cyber, personal = str(values.get("cyber") or ""), str(values.get("personal") or "")
    over = item.state == "dismissed"

    def within(code: str, term: str, done: str, *, off: bool = False) -> Clock:
        due_ns = known_ns + (term_ns := hours[term] * _HOUR_NS)
        return Clock(code, due_ns, int(values.get(done) or 0), off, min(known_ns + term_ns // 2, due_ns - _HOUR_NS))

    found = [
        within("report", "report", "first_reported_at", off=over or cyber == "none"),
        within("notice", "notice", "first_notified_at", off=over or personal == "no"),
    ]
    if cyber and cyber != "none":
        found.append(within("contain", "contain_serious" if cyber in SERIOUS else "contain", "contained_at"))
        last = start_ns_of(month_end(day_of(known_ns)) + timedelta(days=1)) - 1
        found.append(Clock("final", last, int(values.get("final_at") or 0), soon_ns=last - _WEEK_NS))
    return tuple(found)


def hours_left(clock: Clock, now_ns: int) -> int:
    """Whole hours until it is late, rounded down; negative once it is."""
    return (clock.due_ns - now_ns) // _HOUR_NS


def _hours(values: Mapping[str, Any]) -> Mapping[str, int]:
    """As the rules in force had them when it was declared."""
    return values.get("hours") or {"report": 1, "notice": 72, "contain": 72, "contain_serious": 36}
