"""What a viewing that has begun runs up to. Pure."""

from __future__ import annotations

from datetime import date

from appliance.protocol.viewing import ViewingEnd
from appliance.rules.cases.hours import closes_ns, day_end_ns

__all__ = ["ends_of"]


def ends_of(
    on: date | None, booked_until: str, login_left_ns: int, now_ns: int, *, round_the_clock: bool
) -> tuple[ViewingEnd, ...]:
    """``on``: the day it was booked for, None where nothing was (masks are drawn before). ``booked_until``: ``HH:MM``,
    which ends nothing and is told all the same; a training office keeps no hours. ``login_left_ns``: as of
    :meth:`Logins.left_ns`."""
    found = [("login", now_ns + login_left_ns)]
    if on is not None:
        found.append(("day", day_end_ns(on, round_the_clock=round_the_clock)))
        booked_ns = None if round_the_clock else closes_ns(on, booked_until)
        if booked_ns is not None:
            found.append(("booked", booked_ns))
    found.sort(key=lambda end: end[1])
    return tuple(ViewingEnd(by, at_ns, round((at_ns - now_ns) / 1e9, 3)) for by, at_ns in found)
