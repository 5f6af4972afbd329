"""How the fields of a register's step are typed and read again: one input a field, by its look. Pure.

Template and reading know no field by name. Minutes of cameras are rows of day, beginning, end and cameras.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from appliance.core.clock import local_time
from appliance.rules.registers.shape import Field, Step, Widget
from appliance.rules.registers.tables import REGISTERS
from appliance.web.forms.range_rows import ROW_PARTS, read_rows, row_name
from appliance.web.i18n import roc_time

__all__ = ["Typed", "names_of", "prefilled", "read_step", "rows_for"]

Typed = Mapping[str, tuple[str, ...]]
"""What was typed, by the input's name."""

RANGE_ROWS = 4
"""So many rows of minutes an empty form has; beside an item, and where more stands, two are free."""
MOST_ROWS = 40
_SECOND_NS = 1_000_000_000
_STANDS = frozenset(
    {"cyber", "personal", "ranges", "cameras", "no_footage", "people", "place", "holds", "contract_no", "contract_from"}
    | {"contract_until"}
)
"""What a form shows as it stands: to be put right, not to be typed anew."""
_NOW = frozenset({"known_at", "reported_at", "notified_at", "contained_at", "performed_at"})
"""What is about this moment unless somebody says another."""


def read_step(step: Step, typed: Typed, cameras: Collection[str], now_ns: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers as the keeper takes them, and the message code of what cannot be read, by the input's name."""
    answers: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in step.fields:
        if field.look is Widget.RANGES:
            texts = {name: " ".join(found) for name, found in typed.items()}
            scopes, bad = read_rows(texts, MOST_ROWS, cameras, now_ns)
            wrong |= {each.field: each.code for each in bad}
            answers[field.name] = [
                {"camera_no": each.camera_no, "start_ns": each.start_ns, "end_ns": each.end_ns} for each in scopes
            ]
            continue
        value = _value(field, typed.get(field.name, ()))
        if isinstance(value, roc_time.Problem):
            wrong[field.name] = value.code
        else:
            answers[field.name] = value
    return {name: value for name, value in answers.items() if value not in ("", None, [], False)}, wrong


def _value(field: Field, given: tuple[str, ...]) -> Any:
    text = "\n".join(given).strip()
    if field.look is Widget.TICK:
        return bool(text)
    if field.look in (Widget.CAMERAS, Widget.TICKS):
        return [each for each in given if each]
    if field.look is Widget.LINES:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if field.look is Widget.DAY:
        day = roc_time.read_day(text) if text else None
        return day.isoformat() if isinstance(day, date) and not isinstance(day, datetime) else day
    if field.look is Widget.MOMENT:
        at = roc_time.read_moment(text) if text else None
        return int(at.timestamp()) * _SECOND_NS if isinstance(at, datetime) else at
    return text


def prefilled(step: Step, values: Mapping[str, Any], now_ns: int) -> dict[str, tuple[str, ...]]:
    """The inputs as a form shows them before anybody typed."""
    typed: dict[str, tuple[str, ...]] = {}
    for field in step.fields:
        value = values.get(field.name) if field.name in _STANDS else None
        if field.name in _NOW:
            typed[field.name] = (moment_words(now_ns),)
        elif field.look is Widget.RANGES:
            typed |= _rows(value or ())
        elif value:
            typed[field.name] = _words(field, value)
    return typed


def _words(field: Field, value: Any) -> tuple[str, ...]:
    if field.look is Widget.DAY:
        return (day_words(date.fromisoformat(str(value))),)
    if field.look is Widget.LINES:
        return ("\n".join(map(str, value)),)
    if field.look is Widget.TICK:
        return ("yes",)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _rows(ranges: Collection[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """A row for each range."""
    found: dict[str, tuple[str, ...]] = {}
    for number, each in enumerate(list(ranges)[:MOST_ROWS]):
        start, end = local_time(int(each["start_ns"])), local_time(int(each["end_ns"]))
        until = f"{end:%H%M}" if end.date() == start.date() else f"{day_words(end.date())} {end:%H%M}"
        parts = (day_words(start.date()), f"{start:%H%M}", until, str(each["camera_no"]))
        found |= {row_name(number, part): (text,) for part, text in zip(ROW_PARTS, parts, strict=True)}
    return found


def rows_for(*shown: Typed, least: int = RANGE_ROWS) -> int:
    """How many rows of minutes the forms of a page have: none of what stands or was typed is left out, and two are
    free."""
    said = (
        number
        for typed in shown
        for number in range(MOST_ROWS)
        if any("".join(typed.get(row_name(number, part), ())) for part in ROW_PARTS)
    )
    return min(MOST_ROWS, max(least, max(said, default=-1) + 3))


def day_words(day: date) -> str:
    return f"{day.year - roc_time.ROC_OFFSET}/{day.month}/{day.day}"


def moment_words(at_ns: int) -> str:
    at = local_time(at_ns)
    return f"{day_words(at.date())} {at:%H:%M}"


def names_of() -> tuple[str, ...]:
    """Every input's name, each once."""
    steps = [step for register in REGISTERS.values() for step in register.steps]
    fields = [field.name for step in steps for field in step.fields if field.look is not Widget.RANGES]
    rows = [row_name(number, part) for number in range(RANGE_ROWS) for part in ROW_PARTS]
    return tuple(dict.fromkeys((*fields, *rows)))
