"""What an address of a network camera must be like, and what to do about one that is not. Pure; not a plugin.

The address may hold a password, so no message repeats any part of it.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from appliance.api import UsageError

__all__ = ["split_address"]

_BARE = re.compile(r"(\[[0-9A-Fa-f:]+\]|[0-9A-Za-z.-]+)(:\d{1,5})?/?")


def split_address(url: str) -> SplitResult:
    """``url`` in parts: a host, a port that is one if any, and ASCII without spaces (RFC 3986). Raises UsageError."""
    if any(not 33 <= ord(letter) < 127 for letter in url):
        raise UsageError(
            "url: holds a space or a letter that no address may hold; write it percent-encoded, a space as %20"
        )
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if _password_ends_host(url, dotted=good and "." in (parts.hostname or "")):
        raise UsageError("url: its user or password holds /, ? or #; write / as %2F, ? as %3F, # as %23")
    if not good and _BARE.fullmatch(url):
        raise UsageError.of("camera-bare-address")
    if not good:
        raise UsageError("url: is not an address; write for instance rtsp://192.0.2.7:554/stream1")
    return parts


def _password_ends_host(url: str, *, dotted: bool) -> bool:
    """Whether a ``/``, ``?`` or ``#`` in a password was taken for the end of the host.

    Then the user stands where the host should, what the password began with where the port should, and the ``@`` comes
    later. A path may hold an ``@`` of its own: behind a host with a dot and a port it is taken for that.
    """
    authority, *rest = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)
    stray = "@" in "".join(rest) and "@" not in authority
    return stray and ":" in authority and not authority.startswith("[") and not dotted
