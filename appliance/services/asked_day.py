"""A day that somebody asks about, as text."""

from __future__ import annotations

from datetime import date

from appliance.core.errors import UsageError

__all__ = ["asked_day"]


def asked_day(thing: str, text: str) -> date:
    """A day as 2026-11-26. Raises UsageError naming the ``thing`` that is asked about."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError.of("date-asked", thing=thing, text=repr(text[:20])) from error
