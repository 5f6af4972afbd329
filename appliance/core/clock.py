"""The only module that reads time. Everyone else is handed a :class:`Clock`.

Wall time is what people read, boot time is what cannot be set back; a boot id says whether two boot times may be
compared. ``trusted`` says whether wall time may be used to judge retention (``INV-03``, ``T-14``); recording never
asks.
"""

from __future__ import annotations

import ctypes
import time
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Protocol

__all__ = ["LOCAL", "SLOT_NS", "Clock", "Pace", "SystemClock", "kernel_error_seconds", "local_time", "slot_start_ns"]

LOCAL = timezone(timedelta(hours=8), "Asia/Taipei")
"""Taiwan's civil time: fixed since summer time ended in 1979 (``T-18``)."""

SLOT_NS = 600 * 1_000_000_000
"""A slot: ten minutes of local clock. +08:00 is a whole number of slots, so UTC borders are local borders."""


class Clock(Protocol):
    """What the recorder knows of time at this instant."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 UTC, as the machine believes."""

    def boot_ns(self) -> int:
        """Nanoseconds since boot, sleep included; never goes back within one boot."""

    def boot_id(self) -> str:
        """A name for this boot (32 hexadecimal digits)."""

    def trusted(self) -> bool:
        """Whether wall time may be used to judge retention, as far as the machine itself knows."""


_STA_UNSYNC = 0x0040


class _Timex(ctypes.Structure):
    """``struct timex`` of ``adjtimex(2)``, up to the field that is read; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    )


class SystemClock:
    """The machine's clocks. Trusted when the kernel says that it is synchronised (``adjtimex(2)``).

    ``assume_trusted`` is for a trial office, whose machine may have no time service: its wall clock is believed.
    """

    def __init__(self, *, assume_trusted: bool = False) -> None:
        self._assume_trusted = assume_trusted

    def wall_ns(self) -> int:
        return time.time_ns()

    def boot_ns(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def boot_id(self) -> str:
        return self._boot_id

    @cached_property
    def _boot_id(self) -> str:
        """Read when first asked for: a confined camera process wants the time but may not see ``/proc``."""
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")

    def set_wall(self, wall_ns: int) -> None:
        """Sets the machine's clock. Raises PermissionError without the right to (``CAP_SYS_TIME``)."""
        time.clock_settime_ns(time.CLOCK_REALTIME, wall_ns)

    def trusted(self) -> bool:
        if self._assume_trusted:
            return True
        timex = _Timex()
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
        return bool(answer >= 0 and not timex.status & _STA_UNSYNC)


def kernel_error_seconds() -> float | None:
    """By how much the machine's clock may be off at most, as its time service told the kernel (``maxerror`` of
    ``adjtimex(2)``, which grows while the service is silent); None while the kernel is not synchronised."""
    timex = _Timex()
    answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    return None if answer < 0 or timex.status & _STA_UNSYNC else timex.maxerror / 1e6


class Pace:
    """Holds a stream that could run faster (made up, or read from a file) to real time, by boot time.

    ``now`` is the seconds since it was made; ``reach(seconds)`` sleeps until then, but at most ``patience`` seconds,
    and says whether that moment has come, so that a source can give a sign of life in between.
    """

    def __init__(self, clock: Clock, *, patience: float = 0.25) -> None:
        self._clock = clock
        self._patience = patience
        self._start_ns = clock.boot_ns()

    @property
    def now(self) -> float:
        return (self._clock.boot_ns() - self._start_ns) / 1e9

    def reach(self, seconds: float) -> bool:
        left = seconds - self.now
        if left > 0:
            time.sleep(min(left, self._patience))
        return left <= self._patience


def slot_start_ns(wall_ns: int) -> int:
    """The start of the slot that holds ``wall_ns``."""
    return wall_ns - wall_ns % SLOT_NS


def local_time(wall_ns: int) -> datetime:
    """``wall_ns`` as an aware local date and time, to the microsecond."""
    return datetime.fromtimestamp(wall_ns // 1_000_000_000, UTC).astimezone(LOCAL) + timedelta(
        microseconds=wall_ns % 1_000_000_000 // 1000
    )
