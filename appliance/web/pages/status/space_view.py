"""The status page's panel of the disk and of the checks: days that will be held, the date in danger, the rung. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any

from appliance.protocol.status import Scrub, Status
from appliance.rules.amounts import bytes_text
from appliance.rules.deadlines import start_ns_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import day_text, duration_text

__all__ = ["space_view"]

_RUNGS = ("normal", "target", "reduced", "stopped")
_STATES = ("live", "connecting", "lost", "lost")
_VERDICTS = {"well": "live", "warn": "connecting", "short": "lost"}
_SHOWN_DAYS = 364
"""More than the ceiling is never held."""


def space_view(status: Status, messages: Messages, lang: str) -> dict[str, Any]:
    """Strings, codes of state, and shares between 0 and 1."""

    def text(code: str, **values: Any) -> str:
        return messages.text(f"space.{code}", lang, **values)

    space = status.space
    rung = min(max(space.rung, 0), len(_RUNGS) - 1)
    days = space.days
    known = bool(space.verdict)
    danger_ns = start_ns_of(date.fromisoformat(space.danger)) if space.danger else 0
    return {
        "days": "—" if days is None else text(_code_of(days), days=f"{min(days, _SHOWN_DAYS):.0f}"),
        "days_state": _VERDICTS.get(space.verdict, "lost"),
        "days_word": text(f"verdict-{space.verdict}") if f"space.verdict-{space.verdict}" in messages else "",
        "days_note": text("days-note", day=bytes_text(space.day_bytes), all=bytes_text(space.freeable_bytes))
        if known
        else text("unknown-note"),
        "assumed_note": text("assumed-note", cameras=messages.listed(space.assumed, lang))
        if known and space.assumed
        else "",
        "held_note": text("held-note", held=bytes_text(space.held_bytes)) if space.held_bytes else "",
        "danger": day_text(danger_ns, lang) if danger_ns else text("danger-none") if known else "—",
        "danger_state": "lost" if danger_ns or not known else "live",
        "danger_note": text("danger-note" if danger_ns else "danger-none-note", days=status.floor_days)
        if known
        else text("unknown-note"),
        "rung": rung,
        "rung_state": _STATES[rung],
        "rung_word": text(f"rung-{_RUNGS[rung]}"),
        "rung_note": text(f"rung-{_RUNGS[rung]}-note", cameras=messages.listed(space.stopped, lang)),
        "rung_of": text("rung-of", rung=rung),
        **_scrub_view(status.scrub, status.now_ns, messages, lang),
    }


def _code_of(days: float) -> str:
    """The code of the words for so many days."""
    if days >= _SHOWN_DAYS:
        return "days-more"
    return "days-one" if round(days) == 1 else "days"


def _scrub_view(scrub: Scrub, now_ns: int, messages: Messages, lang: str) -> dict[str, Any]:
    def text(code: str, **values: Any) -> str:
        return messages.text(f"space.{code}", lang, **values)

    if not scrub.known:
        return {"scrub": "—", "scrub_share": 0.0, "scrub_note": text("unknown-note")}
    rate = bytes_text(scrub.bytes_per_second)
    if scrub.oldest_ns is None:  # nothing is kept, so nothing was checked
        return {"scrub": "—", "scrub_share": 0.0, "scrub_note": text("scrub-empty", rate=rate)}
    if not scrub.oldest_ns:
        note = text("scrub-never", rate=rate)
    else:
        note = text("scrub-note", age=duration_text(max(0, now_ns - scrub.oldest_ns), lang), rate=rate)
    share = int(scrub.share * 1000) / 10
    return {
        "scrub": f"{share:.0f} %" if share in (0, 100) else f"{share:.1f} %",
        "scrub_share": scrub.share,
        "scrub_note": note,
    }
