"""The quirks: what each camera does, and where it is told of."""

from __future__ import annotations

from collections.abc import Iterator

from tests.quirks.catalogue import (
    account,
    addresses,
    answers,
    challenges,
    channels,
    clocks,
    description,
    h264,
    h265,
    life,
    media_lines,
    mjpeg,
    reports,
    rtp,
    server,
    session,
    sound,
    transport,
    units,
    web,
)
from tests.quirks.script import Quirk

__all__ = ["GROUPS", "QUIRKS"]

GROUPS = {
    "transport": "How packets share the connection",
    "session": "The talk: sessions, signs of life, answers",
    "account": "Accounts",
    "description": "Session descriptions and addresses of media",
    "h264": "H.264 in RTP",
    "h265": "H.265 in RTP",
    "mjpeg": "MJPEG in RTP",
    "rtp": "RTP",
    "sound": "Sound",
    "life": "Ends, restarts, silences, slow pictures",
    "web": "JPEG pictures over HTTP",
    "server": "Servers that are not ours",
}

_MODULES = (
    transport, channels, session, answers, account, challenges, description, media_lines, addresses, h264, units, h265,
    mjpeg, rtp, clocks, reports, sound, life, web, server,
)  # fmt: skip


def _all() -> Iterator[Quirk]:
    for module in _MODULES:
        yield from module.rows()


QUIRKS: dict[str, Quirk] = {}
for _quirk in _all():
    if _quirk.name in QUIRKS:
        raise ValueError(f"two quirks are called {_quirk.name}")
    QUIRKS[_quirk.name] = _quirk
