"""Log-ins and sessions: who is here, and the name of the office, which anybody may ask for."""

from __future__ import annotations

import msgspec

from appliance.protocol.check_words import NO_WORDS, CheckWords
from appliance.protocol.endpoint import Endpoint, Request, SessionRequest

__all__ = ["LOG_IN", "LOG_OUT", "OFFICE", "SESSION", "LogIn", "LogOut", "Office", "Seat", "Seats"]


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """``words``: what checks of third parties are called. ``gives_copies``: this recorder writes an agency's copy onto
    a medium."""

    office_name: str = ""
    trial: bool = False
    version: str = ""
    words: CheckWords = NO_WORDS
    gives_copies: bool = False


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One log-in in a session. ``display`` is the name people read."""

    seat: int
    person: str
    display: str
    roles: tuple[str, ...] = ()


class Seats(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in at one browser. ``session``: a new token, where there is one. ``may``: keys of
    ``rules.people.MAY``, and ``see-live`` where somebody there may look live by something."""

    session: str = ""
    seats: tuple[Seat, ...] = ()
    may: tuple[str, ...] = ()


class LogIn(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``session``: the one that is joined, as its second person. ``totp`` or ``key``, what a security key answered, is
    the second factor. ``source``: the browser's address, by which wrong tries are counted."""

    name: str
    password: str
    totp: str = ""
    session: str | None = None
    key: str = ""
    source: str = ""


class LogOut(Request, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Of everybody in the session, or of one ``seat``."""

    session: str
    seat: int | None = None


OFFICE = Endpoint("office", Request, Office, reads=True, callers=frozenset({"console", "web", "keeper"}))
LOG_IN = Endpoint("login", LogIn, Seats)
LOG_OUT = Endpoint("logout", LogOut, Seats)
"""The answer is the session of the person who stays; nothing is in it where nobody does."""
SESSION = Endpoint("session", SessionRequest, Seats, reads=True)
