"""What is known of a camera's clock, on its page. Pure."""

from __future__ import annotations

from typing import NamedTuple

from appliance.protocol.cameras import CameraDetails, ClockStep, Version
from appliance.rules.cameras.states import LIVE, OPEN
from appliance.web.i18n.clock_words import ms_text, off_text
from appliance.web.i18n.messages import Messages

__all__ = ["ClockView", "clocks_of"]


class ClockView(NamedTuple):
    """``off``: how far its clock is off now, as its stream says, "" where nothing does. ``last``: what became of
    setting it last, None where nobody did, with ``before`` and ``after`` in words and ``why`` it failed."""

    off: str
    last: ClockStep | None
    before: str = ""
    after: str = ""


def clocks_of(messages: Messages, lang: str, told: CameraDetails) -> dict[int, ClockView]:
    """Of each version, in force or on its way, whose device has an address to be asked at."""
    return {each.version: _of(messages, lang, told, each) for each in told.versions if _settable(each)}


def _settable(version: Version) -> bool:
    return version.state in LIVE | OPEN and "url" in version.settings


def _of(messages: Messages, lang: str, told: CameraDetails, version: Version) -> ClockView:
    heard = version.state in LIVE and told.clock_off_ns is not None
    off = off_text(messages, lang, told.clock_off_ns) if heard else ""
    last = next((step for step in told.clock_steps if step.version == version.version), None)
    if last is None:
        return ClockView(off, None)
    return ClockView(off, last, ms_text(messages, lang, last.before_ms), ms_text(messages, lang, last.after_ms))
