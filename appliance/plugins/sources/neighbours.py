"""The network card behind an address, as the kernel knows it while both are on one network. Not a plugin."""

from __future__ import annotations

import socket
from collections.abc import Callable

__all__ = ["card_at", "card_of"]

_TABLE = "/proc/net/arp"
_NONE = "00:00:00:00:00:00"


def card_at(host: str) -> str:
    """As :func:`card_of`, of a host by its name or number."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET)
    except (OSError, UnicodeError):
        return ""
    return card_of(str(found[0][4][0])) if found else ""


def card_of(address: str, read: Callable[[], str] | None = None) -> str:
    """``aa:bb:cc:dd:ee:ff``, or "" where it is not on this network, is not known yet, or cannot be read."""
    try:
        lines = (read or _read)().splitlines()
    except OSError:
        return ""
    for line in lines[1:]:
        words = line.split()
        if len(words) >= 4 and words[0] == address and words[3] != _NONE:
            return words[3].lower()
    return ""


def _read() -> str:
    with open(_TABLE, encoding="ascii", errors="replace") as table:
        return table.read(1 << 20)
