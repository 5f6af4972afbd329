"""The yearly statistics (年度統計): how many of what in one calendar year, and nothing besides. Pure.

Source: domain 3.5; ``T-88``. Each figure counts one trait alone: no two are crossed, none is of a camera, a day or a
person, so that no small number tells who it was. Whoever needs more opens the case itself, which is entered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from appliance.rules.cases.openings import is_seen
from appliance.rules.deadlines import day_of

__all__ = ["ENTRY_KINDS", "MENDED", "SECTIONS", "Figure", "Section", "YearCase", "YearEntry", "yearly"]

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "received": ("cit", "int", "agy", "other"),
    "outcome": (
        "granted", "partly", "refused", "no_footage", "withdrawn", "dismissed", "redirected", "lapsed", "open",
    ),
    "days": ("within_5", "within_15", "within_30", "over_30"),
    "viewing": ("opened", "refused", "double"),
    "copies": ("made", "destroyed"),
    "holds": ("set", "released", "lapsed"),
    "inspection": ("signed", "late", "missed", "tickets", "mended", "down_hours"),
    "keeping": (
        "destroyed", "on_time", "overdue", "abandoned", "gaps", "gap_hours", "stopped_hours", "days_told",
    ),
    "incidents": ("declared", "dismissed", "closed"),
    "maintenance": ("visits", "media_cleared", "media_destroyed", "media_lost"),
    "logins": ("succeeded", "failed", "locked"),
}  # fmt: skip
"""Each section with its figures, in the order of the paper."""

_ENDS = frozenset({"granted", "partly", "refused", "no_footage", "withdrawn", "dismissed", "redirected", "lapsed"})
_HOUR_SECONDS, _HOUR_NS = 3600, 3600 * 1_000_000_000
_STOPPED = frozenset({"start", "stopped", "power", "power-cut", "restart", "recorder-stopped", "not-running"})
"""Causes of gaps for which the recorder itself stood still."""


class YearCase(NamedTuple):
    """A case that was received in the year. ``outcome``: its result, else its state. ``decided_ns`` 0 until then."""

    kind: str
    outcome: str
    received_ns: int
    decided_ns: int = 0


class YearEntry(NamedTuple):
    """A ledger entry of the year, in the ledger's order. ``down_ns``: of a repair that was verified, since it was
    found."""

    kind: str
    fields: Mapping[str, Any]
    down_ns: int = 0


class Figure(NamedTuple):
    code: str
    number: int


class Section(NamedTuple):
    code: str
    figures: tuple[Figure, ...]


def yearly(cases: Iterable[YearCase], entries: Iterable[YearEntry]) -> tuple[Section, ...]:
    """All sections, every figure of them, zeros included."""
    found: Counter[tuple[str, str]] = Counter()
    for case in cases:
        _count_case(found, case)
    for entry in entries:
        _count_entry(found, entry)
    found["keeping", "gap_hours"] //= _HOUR_SECONDS
    found["keeping", "stopped_hours"] //= _HOUR_SECONDS
    found["inspection", "down_hours"] //= _HOUR_NS
    return tuple(
        Section(code, tuple(Figure(each, found[code, each]) for each in figures)) for code, figures in SECTIONS.items()
    )


def _count_case(found: Counter[tuple[str, str]], case: YearCase) -> None:
    kind = case.kind.lower()
    found["received", kind if kind in SECTIONS["received"] else "other"] += 1
    found["outcome", case.outcome if case.outcome in _ENDS else "open"] += 1
    if case.decided_ns:
        days = (day_of(case.decided_ns) - day_of(case.received_ns)).days
        band = next((f"within_{most}" for most in (5, 15, 30) if days <= most), "over_30")
        found["days", band] += 1


def _count_entry(found: Counter[tuple[str, str]], entry: YearEntry) -> None:
    fields = entry.fields
    signed = fields.get("signed")
    if isinstance(signed, Mapping) and signed.get("double"):
        found["viewing", "double"] += 1
    if entry.kind in _PLAIN and is_seen(fields) and fields.get("made_ns", 1):  # a copy that was whole
        found[_PLAIN[entry.kind]] += 1
    elif entry.kind == "inspection.signed":
        found["inspection", "late" if fields.get("late") else "signed"] += 1
    elif entry.kind == "destroy.done":
        gone, late = len(fields.get("buckets", ())), len(fields.get("late", ()))
        found["keeping", "destroyed"] += gone
        found["keeping", "overdue"] += late
        found["keeping", "on_time"] += gone - late
    elif entry.kind == "statement.daily":
        found["keeping", "days_told"] += 1
        for camera in fields.get("cameras", ()):
            found["keeping", "gaps"] += int(camera.get("gaps", 0))
            found["keeping", "gap_hours"] += int(camera.get("gap_seconds", 0))
            causes = [each for each in camera.get("causes", ()) if each.get("cause") in _STOPPED]
            found["keeping", "stopped_hours"] += sum(int(each.get("seconds", 0)) for each in causes)
    elif entry.kind == "login.counted":
        for outcome in SECTIONS["logins"]:
            found["logins", outcome] += int(fields.get(outcome, 0))
    elif (entry.kind, fields.get("event")) == MENDED:
        found["inspection", "mended"] += 1
        found["inspection", "down_hours"] += entry.down_ns
    elif key := _STEPS.get((entry.kind, str(fields.get("event", "")))):
        found[key] += 1


_PLAIN = {
    "grant.opened": ("viewing", "opened"),
    "grant.refused": ("viewing", "refused"),
    "copy.made": ("copies", "made"),
    "copy.destroyed": ("copies", "destroyed"),
    "hold.set": ("holds", "set"),
    "hold.released": ("holds", "released"),
    "hold.lapsed": ("holds", "lapsed"),
    "inspection.missed": ("inspection", "missed"),
    "ticket.opened": ("inspection", "tickets"),
    "destroy.abandoned": ("keeping", "abandoned"),
}
_STEPS = {
    ("incident.changed", "declare"): ("incidents", "declared"),
    ("incident.changed", "dismiss"): ("incidents", "dismissed"),
    ("incident.changed", "close"): ("incidents", "closed"),
    ("visit.changed", "begin"): ("maintenance", "visits"),
    ("medium.changed", "witness_clearing"): ("maintenance", "media_cleared"),
    ("medium.changed", "witness_destruction"): ("maintenance", "media_destroyed"),
    ("medium.changed", "lose"): ("maintenance", "media_lost"),
}

MENDED = ("ticket.changed", "verify")
"""The entry that says that a repair was verified."""

ENTRY_KINDS = frozenset(
    {
        *_PLAIN, *(kind for kind, _ in _STEPS), MENDED[0], "inspection.signed", "destroy.done", "statement.daily",
        "login.counted",
    }
)  # fmt: skip
"""The kinds of entry that are counted, besides whatever bears the mark 兼簽."""
