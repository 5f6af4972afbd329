"""What web sent for an act: checked, and completed with what the event itself says. No clock, no disk."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import date
from typing import Any

import msgspec

from appliance.core.errors import UsageError
from appliance.rules.cases.outgoing import ISSUES
from appliance.rules.cases.people import Person
from appliance.rules.cases.ranges import MAX_SPAN_NS, Ruling, Scope, granted_scopes
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import Kind
from appliance.rules.cases.supplements import is_kept
from appliance.rules.cases.typed import ALWAYS, TAKES, CaseTyped, TypedParty
from appliance.rules.document_number import plain_doc_no
from appliance.services.cases.casefile import CaseFile, added_in
from appliance.services.forms import read_form

__all__ = ["checked", "completed", "event_of", "kind_of"]

_MOST_WORDS = 4000
_MOST_RANGES = 64
_MOST_PEOPLE = 12


def checked(event: Event, facts: object, cameras: Collection[str], today: date) -> CaseTyped:
    """The typed part of an act. Raises UsageError for what no form of this event sends, and for a paper or a birth
    that would be after ``today``."""
    typed = read_form(event, facts, {*TAKES[event], *ALWAYS}, CaseTyped, most=_MOST_WORDS)
    if "scanned" in typed.form or "scanned" in typed.letter:
        raise UsageError.of("case-scan-typed")
    _check_ranges(typed.asked, cameras)
    _check_days(typed, today)
    if len(typed.parties) > _MOST_PEOPLE:
        raise UsageError.of("case-people", count=len(typed.parties), most=_MOST_PEOPLE)
    return typed


def _check_ranges(asked: tuple[Scope, ...], cameras: Collection[str]) -> None:
    if len(asked) > _MOST_RANGES:
        raise UsageError.of("too-long-2", count=len(asked), most=_MOST_RANGES)
    for each in asked:
        if each.camera_no not in cameras:
            raise UsageError.of("range-camera-2", camera=each.camera_no[:20])
        if not 0 < each.start_ns < each.end_ns:
            raise UsageError.of("range-order-2")
        if each.end_ns - each.start_ns > MAX_SPAN_NS:
            raise UsageError.of("too-long", thing="request", days=MAX_SPAN_NS // 86_400_000_000_000)


def _check_days(typed: CaseTyped, today: date) -> None:
    """What is on the desk was written on a day that has been, and whoever asks was born."""
    days = [("report", _day(typed.form.get("report_day"))), ("letter", _day(typed.letter.get("day")))]
    days += [(f"birth of person {number}", each.born) for number, each in enumerate(typed.parties, 1)]
    for what, day in days:
        if day is not None and day > today:
            raise UsageError.of("case-day-ahead", what=what, day=day, today=today)


def _day(typed: object) -> date | None:
    """None of what is no day, which the paper itself refuses."""
    with contextlib.suppress(ValueError):
        return date.fromisoformat(typed) if isinstance(typed, str) else None
    return None


def _check_received(file: CaseFile, event: Event, typed: CaseTyped) -> None:
    """What was received stays as it was received."""
    for each in added_in(file, event, typed):
        if is_kept(file.case.kind, each, file.findings):
            raise UsageError.of("case-kept", what=each.what)


def completed(file: CaseFile, event: Event, typed: CaseTyped, by: Person) -> CaseTyped:
    """With what the event or the papers say and nobody types twice: who applies, what a grant or refusal of everything
    rules, what a viewing opens."""
    changes: dict[str, Any] = {}
    kind, case = file.case.kind, file.case
    if case.received_on:
        _check_received(file, event, typed)
    if event is Event.SUBMIT:
        others = tuple(each for each in typed.parties if each.part != "applicant")
        changes["parties"] = (TypedParty(account=by.account, name=by.name, entitled=True), *others)
    if event is Event.RECEIVE_LETTER and not any(each.part == "applicant" for each in typed.parties):
        letter = {**msgspec.to_builtins(file.letter), **typed.letter}
        name = str(letter.get("officer") or letter.get("agency") or "")
        changes["parties"] = (TypedParty(name=name), *typed.parties) if name else typed.parties
    if event in (Event.GRANT, Event.GRANT_COPY) and not typed.rulings:
        changes["rulings"] = tuple(Ruling(range_no=no, scopes=(each,)) for no, each in enumerate(case.asked))
    if event is Event.REFUSE and not typed.rulings:
        changes["rulings"] = tuple(Ruling(range_no=no, reason=typed.reason) for no, _ in enumerate(case.asked))
    if event is Event.SCHEDULE and "scopes" not in typed.viewing:
        scopes = [msgspec.to_builtins(each) for each in granted_scopes(case.rulings)]
        changes["viewing"] = {**typed.viewing, "scopes": scopes}
    if event in ISSUES:
        doc_no = plain_doc_no(typed.dispatch.doc_no)
        changes["dispatch"] = msgspec.structs.replace(typed.dispatch, doc_no=doc_no)
    named = changes.get("parties", typed.parties)
    if kind is Kind.INT and named:
        changes["parties"] = tuple(msgspec.structs.replace(each, entitled=True) for each in named)
    return msgspec.structs.replace(typed, **changes) if changes else typed


def kind_of(text: str) -> Kind:
    """Raises UsageError for a kind that there is not."""
    found = next((kind for kind in Kind if kind == text), None)
    if found is None:
        raise UsageError.of("case-kind", kind=repr(text[:20]), kinds=", ".join(Kind))
    return found


def event_of(text: str) -> Event:
    """Raises UsageError for an event that there is not."""
    found = next((event for event in Event if event == text), None)
    if found is None:
        raise UsageError.of("case-event", event=repr(text[:40]))
    return found
