"""A statement and a certificate as papers say them: figures in the office's dates and units. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from appliance.core.clock import local_time
from appliance.protocol.ledger_head import LedgerHead
from appliance.protocol.statements import (
    Certificate,
    CertificateItem,
    Entered,
    StatementMonth,
    StatementView,
)
from appliance.rules.amounts import bytes_text
from appliance.rules.deadlines import format_roc, start_ns_of
from appliance.rules.statement import CameraDay, CertificateSum, Statement
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import day_text, duration_text, moment_text
from appliance.web.pages.status.view import cause_text, cause_then

__all__ = ["certificate_view", "item_view", "month_text", "months_view", "statement_view"]

ROUTINE = "routine"
_NONE = "—"


def months_view(found: StatementMonth, messages: Messages, lang: str) -> dict[str, Any]:
    """The list of one month."""
    return {
        "months": [(month, month_text(month, lang)) for month in found.months],
        "month": found.month,
        "month_text": month_text(found.month, lang) if found.month else "",
        "rows": [_row(entry.fields, entry.entry, messages, lang) for entry in found.statements],
    }


def month_text(month: str, lang: str) -> str:
    """``民國115年9月`` or ``2026-09``, from ``2026-09``."""
    year, number = (int(part) for part in month.split("-"))
    return f"民國{year - 1911}年{number}月" if lang == "zh" else month


def _row(found: Statement, entry: int, messages: Messages, lang: str) -> dict[str, Any]:
    routine = [each for each in found.certificates if each.reason == ROUTINE]
    ordered = [each for each in found.certificates if each.reason != ROUTINE]
    short = [camera.camera_no for camera in found.cameras if camera.floor == "short"]
    gap_seconds = sum(camera.gap_seconds for camera in found.cameras)
    return {
        "day": found.day,
        "day_text": _day(found.day, lang),
        "entry": entry,
        "cameras": len(found.cameras),
        "gaps": _length(gap_seconds, lang) if gap_seconds else messages.text("statement.none", lang),
        "gaps_some": bool(gap_seconds),
        "overwritten": _amount(routine, messages, lang),
        "ordered": _amount(ordered, messages, lang),
        "late": messages.text("statement.late-short", lang, days=found.late_days) if found.late_days else "",
        "short": messages.text("statement.short-list", lang, cameras=messages.listed(short, lang)) if short else "",
    }


def _amount(certificates: list[CertificateSum], messages: Messages, lang: str) -> str:
    if not certificates:
        return messages.text("statement.none", lang)
    count, size = sum(each.buckets for each in certificates), sum(each.bytes for each in certificates)
    return messages.text("statement.amount", lang, count=f"{count:,}", bytes=bytes_text(size))


def statement_view(found: StatementView, messages: Messages, lang: str) -> dict[str, Any]:
    """Everything on one day's paper, as strings."""

    def text(code: str, **values: Any) -> str:
        return messages.text(f"statement.{code}", lang, **values)

    stated = found.fields
    routine = [each for each in stated.certificates if each.reason == ROUTINE]
    return {
        "day": stated.day,
        "title_day": _formal(stated.day, lang),
        "weekday": _day(stated.day, lang),
        "entry": found.entry,
        "entered": moment_text(found.at_ns, lang, seconds=True),
        "as_of": moment_text(stated.as_of_ns, lang, seconds=True),
        "late": text("late", days=stated.late_days) if stated.late_days else "",
        "rule": text("rule", floor=stated.floor_days, target=stated.target_days, ceiling=stated.ceiling_days),
        "forecast": text("forecast-none")
        if stated.forecast_days is None
        else text("forecast-days", days=stated.forecast_days),
        "clock": text("clock-steady")
        if not stated.clock_steps
        else text(
            "clock-steps",
            count=len(stated.clock_steps),
            entries=messages.listed((str(step.entry) for step in stated.clock_steps), lang),
        ),
        "untrusted": sum(camera.untrusted for camera in stated.cameras),
        "routine_strength": messages.listed(
            sorted({_strength(each.strength, messages, lang) for each in routine}), lang
        ),
        "routine_certificates": [{"done": each.done, "buckets": f"{each.buckets:,}"} for each in routine],
        "cameras": [_camera(camera, found.locations, messages, lang) for camera in stated.cameras],
        "overwritten": [line for line in _destroyed(stated, messages, lang) if line["routine"]],
        "overwritten_sum": _amount(routine, messages, lang),
        "others": [line for line in _destroyed(stated, messages, lang) if not line["routine"]],
        "holes": [
            {
                "camera_no": camera.camera_no,
                "start": _clock(hole.start_ns),
                "end": _clock_of_end(hole.end_ns, stated.day),
                "length": duration_text(hole.end_ns - hole.start_ns, lang),
                "cause": cause_then(messages, lang, _cause(hole.cause, messages, lang), hole.start_ns, hole.by_ns),
            }
            for camera in stated.cameras
            for hole in camera.holes
        ],
        "holes_left": sum(camera.gaps - len(camera.holes) for camera in stated.cameras),
        "gap_sum": _length(sum(camera.gap_seconds for camera in stated.cameras), lang),
        "leaf": found.leaf,
        "head": _head(found.head),
        "file": f"{stated.day.replace('-', '')}.statement",
        "extract": found.extract,
        "before": found.before,
        "after": found.after,
    }


def _camera(camera: CameraDay, locations: Mapping[str, str], messages: Messages, lang: str) -> dict[str, Any]:
    causes = [
        messages.text(
            "statement.cause",
            lang,
            cause=_cause(each.cause, messages, lang),
            count=each.count,
            time=_length(each.seconds, lang),
        )
        for each in camera.causes
    ]
    return {
        "camera_no": camera.camera_no,
        "location": locations.get(camera.camera_no, ""),
        "earliest": _short(camera.earliest, lang),
        "days": camera.days,
        "unbroken": _short(camera.unbroken_from, lang),
        "floor": camera.floor,
        "floor_text": messages.text(f"statement.floor-{camera.floor}", lang),
        "gaps": f"{camera.gaps:,}",
        "gap_seconds": f"{camera.gap_seconds:,}",
        "causes": causes,
        "untrusted": camera.untrusted,
    }


def _destroyed(stated: Statement, messages: Messages, lang: str) -> list[dict[str, Any]]:
    strengths = {each.done: each.strength for each in stated.certificates}
    return [
        {
            "camera_no": camera.camera_no,
            "routine": each.reason == ROUTINE,
            "reason": _reason(each.reason, messages, lang),
            "done": each.done,
            "certificates": each.certificates,
            "first": moment_text(each.first_ns, lang),
            "last": moment_text(each.last_ns, lang),
            "buckets": f"{each.buckets:,}",
            "bytes": bytes_text(each.bytes),
            "at_ceiling": each.at_ceiling,
            "strength": _strength(strengths.get(each.done, ""), messages, lang),
        }
        for camera in stated.cameras
        for each in camera.destroyed
    ]


def certificate_view(found: Certificate, messages: Messages, lang: str) -> dict[str, Any]:
    """A whole destruction."""
    return {
        **_destruction(found, messages, lang),
        "cameras": [
            {
                "camera_no": each.camera_no,
                "location": found.locations.get(each.camera_no, ""),
                "first": moment_text(each.first_ns, lang, seconds=True),
                "last": moment_text(each.last_ns, lang, seconds=True),
                "buckets": f"{each.buckets:,}",
                "bytes": bytes_text(each.bytes),
            }
            for each in found.cameras
        ],
        "items": [_item(each, lang) for each in found.items],
        "items_left": sum(each.buckets for each in found.cameras) - len(found.items),
    }


def item_view(found: Certificate, messages: Messages, lang: str) -> dict[str, Any]:
    """One destroyed bucket: its 銷毀紀錄."""
    item = found.items[0]
    return {
        **_destruction(found, messages, lang),
        **_item(item, lang),
        "location": found.locations.get(item.camera_no, ""),
        "emergency": item.bucket_id in found.done.fields.get("emergency", ()),
        "key_lost": item.bucket_id in found.done.fields.get("lost", ()),
        "closed": found.closed and {"entry": found.closed.entry, "sha256": found.closed.sha256},
    }


def _destruction(found: Certificate, messages: Messages, lang: str) -> dict[str, Any]:
    judged = found.intent.fields.get("judged", {})
    return {
        "day": found.day,
        "day_text": _day(found.day, lang) if found.day else "",
        "reason": _reason(str(found.intent.fields.get("reason", "")), messages, lang),
        "floor_days": judged.get("floor_days", _NONE),
        "strength": _strength(str(found.done.fields.get("strength", "")), messages, lang),
        "generation": found.done.fields.get("generation", _NONE),
        "count": f"{len(found.done.fields.get('buckets', ())):,}",
        "intent": _entered(found.intent, lang),
        "done": _entered(found.done, lang),
        "head": _head(found.head),
    }


def _entered(entry: Entered, lang: str) -> dict[str, Any]:
    return {"entry": entry.entry, "at": moment_text(entry.at_ns, lang, seconds=True), "leaf": entry.leaf}


def _item(item: CertificateItem, lang: str) -> dict[str, Any]:
    return {
        "bucket_id": item.bucket_id,
        "camera_no": item.camera_no,
        "start": moment_text(item.start_ns, lang, seconds=True),
        "end": moment_text(item.end_ns, lang, seconds=True),
        "length": duration_text(item.end_ns - item.start_ns, lang),
        "bytes": bytes_text(item.bytes),
    }


def _head(head: LedgerHead) -> dict[str, Any]:
    return {"size": f"{head.size:,}", "root": head.root}


def _reason(reason: str, messages: Messages, lang: str) -> str:
    """A reason is one word, and of a hold its number besides."""
    word, _, number = reason.partition(" ")
    code = f"destroy-reason.{word}"
    return f"{messages.text(code, lang)} {number}".strip() if code in messages else reason


def _strength(strength: str, messages: Messages, lang: str) -> str:
    """The anchor's own words begin with what it is made of."""
    code = f"strength.{strength.split(':')[0].split()[0].lower()}" if strength else ""
    return messages.text(code, lang) if code in messages else strength or _NONE


def _cause(cause: str, messages: Messages, lang: str) -> str:
    return cause_text(messages, lang, cause)


def _day(day: str, lang: str) -> str:
    return day_text(start_ns_of(date.fromisoformat(day)), lang)


def _short(day: str, lang: str) -> str:
    """``115/09/28`` or ``2026-09-28``."""
    return moment_text(start_ns_of(date.fromisoformat(day)), lang).split(" ")[0] if day else _NONE


def _formal(day: str, lang: str) -> str:
    return format_roc(date.fromisoformat(day)) if lang == "zh" else day


def _length(seconds: int, lang: str) -> str:
    return duration_text(seconds * 1_000_000_000, lang) if seconds else "0"


def _clock(at_ns: int) -> str:
    return f"{local_time(at_ns):%H:%M:%S}"


def _clock_of_end(at_ns: int, day: str) -> str:
    return "24:00:00" if local_time(at_ns).date().isoformat() > day else _clock(at_ns)
