"""What is odd about the police unit of a report, in words: the same at intake and at the formal check."""

from __future__ import annotations

from appliance.rules.packs.police_units import UnitDoubt
from appliance.web.i18n.messages import Messages

__all__ = ["doubt_text"]


def doubt_text(doubt: UnitDoubt | None, messages: Messages, lang: str) -> str:
    """A sentence; empty where there is no doubt."""
    if doubt is None:
        return ""
    ours = messages.listed([each.name for each in doubt.ours], lang)
    area = doubt.unit.area if doubt.unit else ""
    return messages.text(f"police-unit.{doubt.code}", lang, unit=doubt.named, area=area, ours=ours)
