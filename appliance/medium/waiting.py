"""A socket that blocks, but not for ever: the kernel itself looks at the time, so a whole block is one call."""

from __future__ import annotations

import socket
import struct

__all__ = ["limit_waiting"]


def limit_waiting(sock: socket.socket, seconds: float) -> None:
    """From here on each call on ``sock`` that waits longer raises BlockingIOError."""
    sock.settimeout(None)
    limit = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, limit)
