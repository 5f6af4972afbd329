"""The network card behind an address, as the kernel knows it while both are on one network. Not a plugin.

The kernel is asked through a socket (``arp(7)``): a confined process may open no file, and a rule of Landlock for one
under ``/proc/net`` holds for nothing, because it is another file at each look.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Callable

__all__ = ["card_at", "card_of"]

_SIOCGIFNAME, _SIOCGARP = 0x8910, 0x8954
_COMPLETE = 0x02
_MOST_INTERFACES = 64
_REQUEST = struct.Struct("=HH4s8x H14x i 16x 16s")
"""``struct arpreq``: the address, the card, flags, a mask, the interface."""


def card_at(host: str) -> str:
    """As :func:`card_of`, of a host by its name or number."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET)
    except (OSError, UnicodeError):
        return ""
    return card_of(str(found[0][4][0])) if found else ""


def card_of(address: str, ask: Callable[[int, bytes], bytes] | None = None) -> str:
    """``aa:bb:cc:dd:ee:ff``, or "" where it is not on this network, is not known yet, or cannot be asked for. ``ask``:
    what answers a request of a socket, the kernel unless it is given."""
    try:
        number = socket.inet_aton(address)
        if ask is not None:
            return _card(number, ask)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            return _card(number, lambda request, said: fcntl.ioctl(sock, request, said))
    except OSError:
        return ""


def _card(number: bytes, ask: Callable[[int, bytes], bytes]) -> str:
    for index in range(1, _MOST_INTERFACES + 1):
        try:
            name = ask(_SIOCGIFNAME, struct.pack("=16si20x", b"", index))[:16]
            said = ask(_SIOCGARP, _REQUEST.pack(socket.AF_INET, 0, number, 0, 0, name))
        except OSError:
            continue  # no such interface, or nobody of that address behind it
        card, flags = said[18:24], struct.unpack_from("=i", said, 32)[0]
        if flags & _COMPLETE and any(card):
            return card.hex(":")
    return ""
