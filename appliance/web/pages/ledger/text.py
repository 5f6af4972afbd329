"""One ledger entry as a sentence: the kind's message, filled with the entry's clear fields made readable. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.core.messages import from_map
from appliance.protocol.ledger import LedgerEntry
from appliance.rules.cameras.table import CAMERAS
from appliance.rules.cases.chains import TABLES
from appliance.rules.registers.tables import REGISTERS
from appliance.web.i18n.clock_words import ms_text
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import ROC_OFFSET, date_text, duration_text, moment_text
from appliance.web.pages.status.view import cause_text, finding_text

__all__ = ["entry_view"]

_REGISTER_OF = {register.kind: code for code, register in REGISTERS.items()}
_CAMERA_KINDS = {row.kind for row in CAMERAS}
_CASE_KINDS = {row.kind for table in TABLES.values() for row in table}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SHORT = 12
_MAX_LISTED = 4


def entry_view(entry: LedgerEntry, messages: Messages, lang: str) -> dict[str, Any]:
    """What the page shows of an entry. A kind that this version does not know is shown by its name and fields."""
    code = f"ledger-kind.{entry.kind}"
    if (for_it := f"{code}-{_sort(entry.fields)}") in messages:
        code = for_it
    words = _words(entry.fields, messages, lang)
    if "event" in entry.fields:
        words["event"] = _event(entry.kind, str(entry.fields["event"]), messages, lang)
    if "cameras" in words:
        words.setdefault("camera", words["cameras"])
    if entry.number:
        words["case"] = entry.number
    sentence = messages.text(code, lang, **words) if code in messages else entry.kind
    if isinstance(ink := entry.fields.get("ink"), Mapping):  # it stands on the sheet, and is no act in the system
        signed = moment_text(int(ink["at_ns"]), lang)
        sentence = messages.text("ink.in-ledger", lang, sentence=sentence, at=signed, scan=str(ink["scan"]))
    return {
        "index": entry.index,
        "at": moment_text(entry.at_ns, lang, seconds=True),
        "kind": entry.kind,
        "family": entry.kind.split(".", 1)[0],
        "sentence": sentence,
        "case": str(entry.fields.get("case", "")),
        "fields": [(name, _plain(value)) for name, value in sorted(entry.fields.items())],
        "leaf": entry.leaf,
    }


def _sort(fields: Mapping[str, Any]) -> str:
    """What tells apart the entries of one kind: what footage was opened for, a copy on a medium, one that differs, what
    was compared and shown to nobody, a mask that takes the place of another."""
    if "replaces" in fields:
        return "instead"
    if fields.get("equal") is False:
        return "differs"
    if fields.get("what") == "search":
        return "search"
    return str(fields.get("purpose", "medium" if "medium" in fields else ""))


def _event(kind: str, event: str, messages: Messages, lang: str) -> str:
    """The office's word for what happened to a case, a camera or a line of a register."""
    register = _REGISTER_OF.get(kind, "")
    name = event.replace("_", "-")
    if kind in _CASE_KINDS and f"case-event.{name}" in messages:
        return messages.text(f"case-event.{name}", lang)
    for code in (f"register-event.{register}-{name}", f"camera-event.{name}", f"camera-event.{event}"):
        if code in messages and (register or kind in _CAMERA_KINDS):
            return messages.text(code, lang)
    return event


def _words(fields: Mapping[str, Any], messages: Messages, lang: str) -> dict[str, str]:
    words = {name: _word(name, value, messages, lang) for name, value in fields.items()}
    if "finding" in fields:
        text = from_map(fields.get("message")) or str(fields.get("text", ""))
        words["finding"] = finding_text(messages, lang, str(fields["finding"]), text)
    start, end = fields.get("start_ns"), fields.get("end_ns")
    if isinstance(start, int) and isinstance(end, int):
        words["span"] = _span(start, end, lang)
        words["length"] = duration_text(end - start, lang)
    return words


def _word(name: str, value: Any, messages: Messages, lang: str) -> str:
    for code in (f"word.{name}-{value}", f"word.{value}") if isinstance(value, str) else ():
        if code in messages:
            return messages.text(code, lang)
    if (
        name in ("strength", "now")
        and (code := f"strength.{str(value).split(':')[0].split(' ')[0].lower()}") in messages
    ):
        return messages.text(code, lang)
    if name == "reason" and str(value).startswith("hold "):
        return messages.text("word.hold-ended", lang, hold=str(value).removeprefix("hold "))
    if name == "paper" and f"scan-kind.{value}" in messages:
        return messages.text(f"scan-kind.{value}", lang)
    if name == "of" and f"scans.of-{str(value).partition('/')[0]}" in messages:
        thing, _, number = str(value).partition("/")
        return messages.text(f"scans.of-{thing}", lang, number=number)
    if name == "what" and f"access.what-{value}" in messages:
        return messages.text(f"access.what-{value}", lang)
    if name == "day" and _DAY.fullmatch(str(value)):
        return date_text(str(value), lang)
    if name == "cause" and f"live-cause.{value}" in messages:
        return messages.text(f"live-cause.{value}", lang)
    if name == "cause":
        return cause_text(messages, lang, str(value))
    if name == "why":
        return messages.said_or_quoted(value, lang)
    if name in ("before_ms", "after_ms") and isinstance(value, int):
        return ms_text(messages, lang, value)
    if name == "years" and isinstance(value, Sequence):
        return messages.listed((str(year - ROC_OFFSET if lang == "zh" else year) for year in value), lang)
    if name.endswith("_ns") and isinstance(value, int):
        return moment_text(value, lang, seconds=True)
    if isinstance(value, Mapping):
        return str(len(value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _listed(value, messages, lang)
    return str(value)


def _listed(values: Sequence[Any], messages: Messages, lang: str) -> str:
    """Spans by camera and time; other things by number, or by name if they are few and short."""
    if values and all(isinstance(value, Mapping) and "start_ns" in value and "end_ns" in value for value in values):
        cameras_of: dict[str, list[str]] = {}
        for value in values:
            span = _span(int(value["start_ns"]), int(value["end_ns"]), lang)
            cameras_of.setdefault(span, []).append(str(value.get("camera_no", "")))
        parts = [
            f"{messages.listed(cameras, lang)} {span}".strip()
            for span, cameras in list(cameras_of.items())[:_MAX_LISTED]
        ]
        more = len(cameras_of) - _MAX_LISTED
        joined = messages.text("site.semicolon", lang).join(parts)
        return f"{joined} (+{more})" if more > 0 else joined
    if len(values) <= _MAX_LISTED and all(isinstance(value, str) and len(value) <= _SHORT for value in values):
        return messages.listed(values, lang)
    return str(len(values))


def _span(start_ns: int, end_ns: int, lang: str) -> str:
    start, end = (moment_text(at, lang, seconds=True) for at in (start_ns, end_ns))
    day, clock = start.split(" ", 1)
    end_day, end_clock = end.split(" ", 1)
    return f"{day} {clock}–{end_clock}" if day == end_day else f"{start} – {end_day} {end_clock}"


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
