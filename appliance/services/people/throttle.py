"""Wrong tries in a row, and how long no further one is looked at after the fifth.

They are counted where they are made: at the door by source and name, so that nobody locks a name for its owner at
another computer; in a live session by the session and the person, so that guesses at the door lock no open session and
guesses in one lock no door. By a clock that is never set.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from appliance.core.clock import Clock

__all__ = ["LOCKED_SECONDS", "TRIES", "Outcome", "Throttle", "ThrottleKey", "at_door", "in_session"]

TRIES = 5
LOCKED_SECONDS = 15 * 60
"""So long nothing is looked at after so many wrong tries in a row (防護基準 4-2-3)."""

_SECOND_NS = 1_000_000_000
_FORGET_NS = 24 * 3600 * _SECOND_NS
_MOST_KEPT = 10_000
"""Each try is hashed one after the other, some tenths of a second each: a count that is locked is forgotten to make
room long after it ran out."""
_NAME_LENGTH = 64
_IPV6_SITE_BITS = 64
"""One computer has a whole network of this size to choose its addresses from (RFC 4291 §2.5.1)."""

_T = TypeVar("_T")


class ThrottleKey(NamedTuple):
    """Where tries are counted together."""

    place: str
    of: str
    name: str


def at_door(source: str, name: str) -> ThrottleKey:
    """``source``: the address that the log-in comes from, "" where it is not known; ``name``: the account's."""
    return ThrottleKey("door", _site_of(source), name[:_NAME_LENGTH])


def in_session(session_id: str, person: str) -> ThrottleKey:
    return ThrottleKey("session", session_id, person)


class Outcome(NamedTuple):
    """``locked``: this wrong try was the last that is looked at for :data:`LOCKED_SECONDS`."""

    fits: bool
    locked: bool = False


@dataclass
class _Count:
    failures: int = 0
    until_ns: int = 0
    last_ns: int = 0
    trying: threading.Lock = field(default_factory=threading.Lock)


class Throttle:
    """Thread-safe. Tries that are counted together wait for each other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[ThrottleKey, _Count] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._counts)

    def attempt(
        self,
        where: ThrottleKey,
        prove: Callable[[], _T | None],
        locked: Callable[[int], Exception],
        tried: Callable[[Outcome], None],
    ) -> _T | None:
        """What ``prove`` gives, None for a wrong try; ``tried`` hears how it ended. Raises what ``locked`` makes of the
        seconds that are left: for the last wrong try, and for each after it without looking at it."""
        count = self._count(where)
        with count.trying:
            now_ns = self._clock.boot_ns()
            if count.until_ns > now_ns:
                raise locked(-(-(count.until_ns - now_ns) // _SECOND_NS))
            found = prove()
            if found is not None:
                count.failures = 0
                tried(Outcome(True))
                return found
            count.failures += 1
            last = count.failures >= TRIES
            if last:
                count.failures, count.until_ns = 0, self._clock.boot_ns() + LOCKED_SECONDS * _SECOND_NS
            tried(Outcome(False, locked=last))
            if last:
                raise locked(LOCKED_SECONDS)
            return None

    def _count(self, where: ThrottleKey) -> _Count:
        with self._lock:
            now_ns = self._clock.boot_ns()
            count = self._counts.pop(where, None)
            if count is None or count.last_ns + _FORGET_NS <= now_ns:
                count = _Count()
            if len(self._counts) >= _MOST_KEPT:
                self._forget(now_ns)
            count.last_ns = now_ns
            self._counts[where] = count
            return count

    def _forget(self, now_ns: int) -> None:
        """Those of yesterday; where that is not enough, the one that was tried longest ago."""
        self._counts = {
            where: count
            for where, count in self._counts.items()
            if count.trying.locked() or count.last_ns + _FORGET_NS > now_ns
        }
        if len(self._counts) >= _MOST_KEPT:
            del self._counts[next(iter(self._counts))]


def _site_of(source: str) -> str:
    """One computer, whichever of its addresses it takes."""
    try:
        address = ipaddress.ip_address(source.partition("%")[0])
    except ValueError:
        return source[:_NAME_LENGTH]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_SITE_BITS), strict=False))
