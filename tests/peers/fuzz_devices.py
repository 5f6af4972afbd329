"""Hostile answers of a device that is asked what it is, and hostile pictures over HTTP, without a network."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from unittest import mock

from appliance.api import CameraLost, Packet
from appliance.plugins.sources import http_pictures
from appliance.plugins.sources.jpeg_stream import JpegStream
from appliance.recorder.supervisor.onvif_device import ask_device
from appliance.recorder.supervisor.onvif_service import Account
from tests.peers.fuzz_server import mutate
from tests.peers.onvif_device import (
    ANSWERS,
    FIRST_SERVICE,
    MEDIA2_PROFILES,
    MEDIA2_URI,
    SECOND_SERVICE,
    envelope,
    services,
)

__all__ = ["answers", "pictures"]

_JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000" "ffc0001108004800600301220002110103110" "1ffda000c03010002110311003f00"
) + b"\x5a\xff\x00\xa5" * 60 + b"\xff\xd9"  # fmt: skip
_PART = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
_PIECES = (
    b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xda\x00\x00", b"\xff\xc0\x00\x01", b"\xff\xff\xff", b"\r\n\r\n", b"<html>",
    b"\xff\xe1\xff\xff",
)  # fmt: skip
_WORDS = (
    b"<", b">", b"&", b"]]>", b"<!--", b"<!DOCTYPE a>", b"</s:Body>", b"<s:Fault>", b"xmlns:tt=", b"\0", b"\xff\xfe",
    b"99999999999999999999", b"-1", b"1e9", b"NaN", b'<?xml version="1.0" encoding="utf-7"?>',
)  # fmt: skip
_ALONE: Mapping[str, str] = {
    **{name: str(text) for name, text in ANSWERS.items()},
    "GetServices": services(SECOND_SERVICE),
    "GetProfiles": MEDIA2_PROFILES,
    "GetStreamUri": MEDIA2_URI,
}
_KINDS = ({name: str(text) for name, text in ANSWERS.items()}, _ALONE,
          {**_ALONE, "GetServices": services(FIRST_SERVICE, SECOND_SERVICE)})  # fmt: skip
logging.getLogger("zeep").setLevel(logging.CRITICAL)  # it would tell each of them
_NAME = re.compile(rb"<[\w.-]*:?Body[^>]*>\s*<(?:[\w.-]+:)?(\w+)")


def pictures(random_: random.Random) -> str:
    """What was wrong with the pictures that a spoilt answer gave; "" where nothing was."""
    parted = random_.random() < 0.7
    sent = b"".join((_PART % len(_JPEG) if parted else b"") + _JPEG for _ in range(random_.randrange(1, 6)))
    sent = _spoilt(random_, sent, _PIECES)
    stream, passing, out, at = JpegStream(), http_pictures._Passing(0), 0, 0
    while at < len(sent):
        size = random_.choice((1, 9, 100, 4096))
        for number, item in enumerate(passing.items(stream.add(sent[at : at + size]), at * 1000)):
            if isinstance(item, Packet):
                out += len(item.data)
                if not item.data.startswith(b"\xff\xd8"):
                    return f"picture {number} of the block at {at} does not begin as one"
        at += size
    stream.why_ended  # noqa: B018  # whatever it says
    return f"{out} bytes came out of {len(sent)}" if out > len(sent) else ""


def answers(random_: random.Random) -> tuple[bool, str]:
    """Whether a device whose answers are spoilt was described, and what was wrong; "" where nothing was."""
    said = random_.choice(_KINDS)
    spoils = random_.choice(tuple(said))

    @contextlib.asynccontextmanager
    async def post(self: Any, url: str, *, data: bytes, **_: Any) -> AsyncIterator[mock.Mock]:
        name = (_NAME.search(data) or [b"", b""])[1].decode()
        body = envelope(said[name].replace("{host}", "127.0.0.1").replace("{port}", "80") if name in said else "")
        if name == spoils:
            body = _spoilt(random_, body, _WORDS)
        yield mock.Mock(
            status=random_.choice((200, 200, 200, 400, 500)) if name == spoils else 200,
            headers={},
            content=mock.Mock(iter_chunked=lambda size: _chunks(body)),
        )

    place = "http://127.0.0.1/onvif/device_service"
    with mock.patch("aiohttp.ClientSession.post", post):
        try:
            report = asyncio.run(ask_device("127.0.0.1", Account("u", "w"), lambda: 10**18, place, ports=()))
        except CameraLost:
            return False, ""
    texts = (report.make, report.model, report.serial, report.firmware, *(each.url for each in report.streams))
    return True, "" if all(isinstance(each, str) for each in texts) else f"not all text: {texts}"


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _spoilt(random_: random.Random, data: bytes, pieces: tuple[bytes, ...]) -> bytes:
    for _ in range(random_.randrange(3)):
        at = random_.randrange(len(data) + 1)
        data = data[:at] + random_.choice(pieces) + data[at:]
    return mutate(random_, data, random_.choice((0.0005, 0.005, 0.05))) if random_.random() < 0.6 else data
