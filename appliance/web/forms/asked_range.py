"""Reason, cameras and minutes of a form that keeps footage: what is typed, what is wrong with it, and what it says when
it is right. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from appliance.rules.cases.ranges import MAX_SPAN_NS
from appliance.rules.wording import holds_controls
from appliance.web.i18n.roc_time import PART_NAMES, Problem, parts_of, read_parts

__all__ = ["FieldProblem", "Request", "Typed", "check", "typed_from"]

_MOMENTS = ("from", "to")
_NO_MOMENTS = {name: dict.fromkeys(PART_NAMES, "") for name in _MOMENTS}
_MAX_REASON = 2_000
_SECOND_NS = 1_000_000_000


class Typed(NamedTuple):
    """The form's fields exactly as typed, so that nothing is lost when something is wrong."""

    reason: str = ""
    cameras: tuple[str, ...] = ()
    moments: Mapping[str, Mapping[str, str]] = _NO_MOMENTS

    def values(self) -> dict[str, list[str]]:
        """As a draft keeps it."""
        kept = {"reason": [self.reason], "cameras": list(self.cameras)}
        for name in _MOMENTS:
            for part in PART_NAMES:
                kept[f"{name}.{part}"] = [self.moments[name][part]]
        return kept

    @property
    def is_empty(self) -> bool:
        return not any(text for values in self.values().values() for text in values)


class FieldProblem(NamedTuple):
    """What is wrong, as a message code, and the id of the field to jump to."""

    field: str
    code: str


class Request(NamedTuple):
    """A form that is right."""

    reason: str
    cameras: list[str]
    start_ns: int
    end_ns: int


def typed_from(values: Mapping[str, list[str]]) -> Typed:
    """The fields out of a submit or a draft; absent ones are empty, over-long ones are cut at twice the limit."""

    def first(name: str) -> str:
        return (values.get(name) or [""])[0][: 2 * _MAX_REASON]

    moments = {name: {part: first(f"{name}.{part}")[:64] for part in PART_NAMES} for name in _MOMENTS}
    return Typed(first("reason"), tuple(camera[:64] for camera in values.get("cameras", [])[:256]), moments)


def check(typed: Typed, known_cameras: Collection[str], now_ns: int) -> Request | list[FieldProblem]:
    """The request that was typed, or everything that is wrong with it, in the order of the page."""
    problems: list[FieldProblem] = []
    reason = typed.reason.strip()
    if not reason:
        problems.append(FieldProblem("reason", "form.reason-missing"))
    elif len(reason) > _MAX_REASON:
        problems.append(FieldProblem("reason", "form.reason-long"))
    elif holds_controls(reason):
        problems.append(FieldProblem("reason", "form.reason-controls"))
    if not typed.cameras:
        problems.append(FieldProblem("cameras", "form.cameras-missing"))
    elif not set(typed.cameras) <= set(known_cameras):
        problems.append(FieldProblem("cameras", "form.cameras-unknown"))
    moments = {name: read_parts(typed.moments[name]) for name in _MOMENTS}
    for name, moment in moments.items():
        if isinstance(moment, Problem):
            problems.append(FieldProblem(f"{name}-year", moment.code))
    start, end = moments["from"], moments["to"]
    if isinstance(start, Problem) or isinstance(end, Problem):
        return problems
    start_ns, end_ns = _ns(start), _ns(end)
    if end_ns <= start_ns:
        problems.append(FieldProblem("to-year", "form.order"))
    elif start_ns >= now_ns:
        problems.append(FieldProblem("from-year", "form.future"))
    elif end_ns > now_ns:
        problems.append(FieldProblem("to-year", "form.future-end"))
    elif end_ns - start_ns > MAX_SPAN_NS:
        problems.append(FieldProblem("to-year", "form.span-long"))
    return problems or Request(reason, list(typed.cameras), start_ns, end_ns)


def settled(typed: Typed) -> Typed:
    """With moments that could be read spread over their five fields, so that a pasted one shows what was understood."""
    moments = dict(typed.moments)
    for name in _MOMENTS:
        moment = read_parts(typed.moments[name])
        if isinstance(moment, datetime):
            moments[name] = parts_of(_ns(moment))
    return typed._replace(moments=moments)


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * _SECOND_NS
