"""What a verb is asked about, out of its arguments."""

from __future__ import annotations

from datetime import date

from appliance.core.errors import UsageError

__all__ = ["asked_day"]


def asked_day(thing: str, text: object) -> date:
    """A day as 2026-11-26. Raises UsageError naming the ``thing`` that is asked about."""
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise UsageError.of("date-asked", thing=thing, text=repr(str(text)[:20])) from error
