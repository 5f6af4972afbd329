"""What a person typed or ticked for a step: only what its fields ask, each as its look wants it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from appliance.core.errors import UsageError
from appliance.rules.cases.ranges import MAX_SPAN_NS
from appliance.rules.deadlines import DAY_NS
from appliance.rules.registers.shape import Field, Widget
from appliance.rules.wording import checked_words

__all__ = ["checked"]

_MOST_LINK = 120
"""A finding's key may have a file's name in it."""
_MOST_TEXT, _MOST_WORDS, _MOST_LINES, _MOST_RANGES = 200, 2_000, 40, 40
_LAST_NS = 1 << 62


def checked(fields: Collection[Field], typed: object) -> dict[str, Any]:
    """The answers by the fields' names, without those that say nothing. Raises UsageError for what no form sends and
    for words that hide or turn text, naming the field."""
    if not isinstance(typed, Mapping):
        raise UsageError.of("form-missing")
    known = {field.name: field for field in fields}
    if unknown := sorted(set(map(str, typed)) - set(known)):
        raise UsageError.of("form-unasked-2", names=", ".join(unknown)[:80])
    found = {name: _CHECKS[known[name].look](known[name], value) for name, value in typed.items()}
    return {name: value for name, value in found.items() if value not in ("", [], None, False)}


def _wrong(field: Field, value: object) -> UsageError:
    return UsageError.of("form-field", field=field.name, value=repr(str(value)[:40]), look=field.look)


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(field, value)
    most = _MOST_TEXT if field.look is Widget.TEXT else _MOST_WORDS
    return checked_words("form", field.name, value, most=most, needed=False)


def _lines(field: Field, value: object) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_LINES:
        raise _wrong(field, value)
    lines = [checked_words("form", field.name, str(line), most=_MOST_TEXT, needed=False) for line in value]
    return [line for line in lines if line]


def _day(field: Field, value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat() if value else ""
    except ValueError as error:
        raise _wrong(field, value) from error


def _moment(field: Field, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LAST_NS:
        raise _wrong(field, value)
    return value


def _choice(field: Field, value: object) -> str:
    if value and value not in field.choices:
        raise _wrong(field, value)
    return str(value or "")


def _ticks(field: Field, value: object) -> list[str]:
    if not isinstance(value, list | tuple) or not set(map(str, value)) <= set(field.choices):
        raise _wrong(field, value)
    return [choice for choice in field.choices if choice in value]


def _tick(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(field, value)
    return value


def _cameras(field: Field, value: object) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_RANGES * 4:
        raise _wrong(field, value)
    return sorted({checked_words("form", field.name, str(number), most=16) for number in value})


def _ranges(field: Field, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_RANGES:
        raise _wrong(field, value)
    return [_range(field, each) for each in value]


def _range(field: Field, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) != {"camera_no", "start_ns", "end_ns"}:
        raise _wrong(field, value)
    number = checked_words("form", field.name, str(value["camera_no"]), most=16)
    start_ns, end_ns = value["start_ns"], value["end_ns"]
    if not isinstance(start_ns, int) or not isinstance(end_ns, int) or not 0 < start_ns < end_ns < _LAST_NS:
        raise UsageError.of("form-range-order", field=field.name, number=number)
    if end_ns - start_ns > MAX_SPAN_NS:
        raise UsageError.of("form-range-long", field=field.name, number=number, days=MAX_SPAN_NS // DAY_NS)
    return {"camera_no": number, "start_ns": start_ns, "end_ns": end_ns}


def _link(field: Field, value: object) -> str:
    return checked_words("form", field.name, str(value or ""), most=_MOST_LINK, needed=False)


_CHECKS = {
    Widget.TEXT: _text,
    Widget.WORDS: _text,
    Widget.LINES: _lines,
    Widget.DAY: _day,
    Widget.MOMENT: _moment,
    Widget.CHOICE: _choice,
    Widget.TICKS: _ticks,
    Widget.TICK: _tick,
    Widget.CAMERAS: _cameras,
    Widget.RANGES: _ranges,
    Widget.LINK: _link,
}
