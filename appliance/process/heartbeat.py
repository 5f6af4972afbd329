"""Signs of life: a process says every few seconds that its serving works; whoever started it hears when it hangs.

The words are systemd's (sd_notify(3)): a datagram to the Unix socket in ``NOTIFY_SOCKET``. On an installed box systemd
listens, else the launcher does with :class:`Listener`. A process that says nothing for :data:`PATIENCE_NS` after it has
once spoken hangs; one that never spoke is still starting, however long that takes. ``WATCHDOG_USEC`` tells systemd so
also of the keeper, whose unit has no ``WatchdogSec``: it counts as started before it serves (see the unit).
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from types import TracebackType

from appliance.core.clock import Clock
from appliance.protocol.transport import address_of

__all__ = ["EVERY_SECONDS", "PATIENCE_NS", "Heart", "Listener"]

EVERY_SECONDS = 5.0
PATIENCE_NS = 60_000_000_000
"""Twelve signs. ``WatchdogSec`` in the units is the same; a test holds them together."""

_VARIABLE = "NOTIFY_SOCKET"
_ALIVE = b"READY=1\nWATCHDOG=1\nWATCHDOG_USEC=%d" % (PATIENCE_NS // 1000)
_CREDENTIALS = struct.Struct("iII")


class Heart:
    """The process's side. Nobody listens where ``NOTIFY_SOCKET`` is not set: then it is silent."""

    def __init__(self, clock: Clock, address: str | None = None) -> None:
        """``address`` stands in for the variable's value; a leading ``@`` means an abstract socket."""
        self._clock = clock
        self._address = os.environ.get(_VARIABLE, "") if address is None else address
        self._due_ns = 0

    def beat(self) -> None:
        """Says that the serving works, at most every 5 s however often it is called. Never blocks, never raises."""
        now = self._clock.boot_ns()
        if not self._address or now < self._due_ns:
            return
        self._due_ns = now + int(EVERY_SECONDS * 1e9)
        # A listener that is gone or full is no reason to stop serving.
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, kind) as sock:
            if self._address.startswith("@"):
                sock.sendto(_ALIVE, "\0" + self._address[1:])
            else:
                with address_of(self._address) as where:
                    sock.sendto(_ALIVE, where)


class Listener:
    """The launcher's side: a socket at ``path``, and which processes have spoken. The kernel says who speaks."""

    def __init__(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self._path = path
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        with address_of(path) as address:
            self._sock.bind(address)
        os.chmod(path, 0o600)

    @property
    def environment(self) -> dict[str, str]:
        """What the processes are started with so that they speak here."""
        return {_VARIABLE: self._path}

    def heard(self) -> set[int]:
        """The ids of the processes that spoke since the last call. Never blocks."""
        pids = set()
        with contextlib.suppress(BlockingIOError):
            while True:
                _, ancillary, _, _ = self._sock.recvmsg(256, socket.CMSG_SPACE(_CREDENTIALS.size))
                for level, kind, data in ancillary:
                    if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                        pids.add(_CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0])
        return pids

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sock.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
