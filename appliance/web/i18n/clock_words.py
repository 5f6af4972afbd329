"""How far the clock of a camera is off, in words. Pure."""

from __future__ import annotations

from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import duration_text

__all__ = ["ms_text", "off_text"]

_NEAR_NS = 1_000_000_000


def off_text(messages: Messages, lang: str, off_ns: int | None) -> str:
    """``off_ns``: by how much it is ahead of ours, None where that is not known."""
    if off_ns is None:
        return messages.text("camera-clock.unknown", lang)
    if abs(off_ns) <= _NEAR_NS:
        return messages.text("camera-clock.near", lang)
    code = "camera-clock.ahead" if off_ns > 0 else "camera-clock.behind"
    return messages.text(code, lang, length=duration_text(abs(off_ns), lang))


def ms_text(messages: Messages, lang: str, off_ms: int | None) -> str:
    """The same of milliseconds, as the ledger has them."""
    return off_text(messages, lang, off_ms * 1_000_000 if off_ms is not None else None)
