"""A camera's JPEG pictures over HTTP: libav speaks HTTP and TLS, the pictures are cut out here.

libav's own ``mpjpeg`` refuses what cameras really send, see ``jpeg_stream.py``. Its format ``data`` hands out the
answer's bytes as they come. Not a plugin; ``source_av`` opens with it.
"""

from __future__ import annotations

from typing import Any

from appliance.api import Packet, Stream, Streams, picture_size
from appliance.plugins.sources.description import Described
from appliance.plugins.sources.jpeg_stream import JpegStream
from appliance.plugins.sources.libav import WAITED_NS, LibavSource

__all__ = ["HttpPictures"]

_BASE = (1, 90_000)


class HttpPictures(LibavSource):
    """Open it with the format ``data``. Packets are stamped as they arrive: HTTP has no time of a picture."""

    def _read_open(self, container: Any) -> str:
        stream = JpegStream()
        chunks = container.demux(container.streams[0])
        passing = _Passing(self._clock.boot_ns())
        opened = waited = False
        first: list[Packet | Streams] = []
        while not self._stopping and (not opened or self._await_demand()):
            asked_ns = self._clock.boot_ns()
            chunk = next(chunks, None)
            read_ns = self._clock.boot_ns()
            waited |= read_ns - asked_ns > WAITED_NS
            if chunk is None:
                return stream.why_ended
            pictures = stream.add(bytes(chunk)) if chunk.size else []
            if stream.is_page:
                return "camera-web-page"
            if stream.is_nonsense:
                return "camera-nonsense"
            items = passing.items(pictures, read_ns)
            if opened:
                if items:
                    self._hand_over(items, waited=waited)
                    waited = False
                continue
            # A single picture for an answer is no stream; whether one is single shows in what follows it.
            first += items
            if passing.count > 1 or (passing.count and stream.is_parted):
                opened = True
                self._open_with(first)
        return "was closed"


class _Passing:
    """From pictures to packets, with a description ahead of the first and of each that has another size."""

    def __init__(self, from_ns: int) -> None:
        self._from_ns = from_ns
        self._described: Described | None = None
        self._newest = -1
        self.count = 0

    def items(self, pictures: list[bytes], read_ns: int) -> list[Packet | Streams]:
        items: list[Packet | Streams] = []
        for picture in pictures:
            self._newest = max(self._newest + 1, (read_ns - self._from_ns) * _BASE[1] // 1_000_000_000)
            packet = Packet(0, picture, self._newest, self._newest, 0, True, False)
            if self._described is None:
                width, height = picture_size("mjpeg", picture)
                self._described = Described([Stream(0, "video", "mjpeg", _BASE, width=width, height=height)])
                items.append(self._described.streams)
            elif change := self._described.change(packet):
                items.append(change)
            items.append(packet)
        self.count += len(pictures)
        return items
