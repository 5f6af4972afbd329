"""A camera of which one reader sees no key frame is read by another, once. Not a plugin; ``source_av`` opens with it.

Nobody can view what has no key frame, and a camera may pack its pictures in a way that only the other reader knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from appliance.api import CameraLost, CameraTime, Clock, CodedMessage, Packet, Streams, coded, parameter_sets
from appliance.plugins.sources.libav import LibavSource
from appliance.plugins.sources.rtsp.source import RtspSource

__all__ = ["SecondReader"]

_KEY_NS = 60_000_000_000
"""The other reader has as long as the supervisor waits before it says that nothing can be viewed."""


class SecondReader:
    """``first`` is open; ``again(method)`` opens it once more, without that sign of life; ``second()`` opens the other
    reader, when the first one has let go of the camera."""

    def __init__(
        self, first: RtspSource, again: Callable[[str], RtspSource], second: Callable[[], LibavSource], clock: Clock
    ) -> None:
        self._first, self._again, self._open_second, self._clock = first, again, second, clock
        self._second: LibavSource | None = None
        self.identity = first.identity
        self.notes: tuple[CodedMessage, ...] = first.notes

    @property
    def pace_seconds(self) -> float:
        return self._first.pace_seconds

    @pace_seconds.setter
    def pace_seconds(self, seconds: float) -> None:
        self._first.pace_seconds = seconds

    def __iter__(self) -> Iterator[Packet | Streams | CameraTime | None]:
        try:
            yield from self._with_other_signs()
        except CameraLost as error:
            if error.message is None or error.message.code != "camera-no-key":
                raise
            self._first.close()
            lost = error
        try:
            self._second = self._open_second()
        except CameraLost:
            raise lost from None
        seconds = lost.message.values["seconds"] if lost.message else ""
        self.notes = (coded("camera-note-no-key", seconds=seconds), *self._second.notes)
        yield from self._until_key(self._second, lost)

    def _with_other_signs(self) -> Iterator[Packet | Streams | CameraTime | None]:
        """The first reader's; once more where the camera hangs up at one of the two signs of life that it offers."""
        try:
            yield from self._first
        except CameraLost:
            if not (method := self._first.hung_up_at):
                raise
        before = self._first
        before.close()
        self._first = self._again(method)
        self._first.pace_seconds = before.pace_seconds
        self._first.go_on_from(before)
        yield from self._first

    def _until_key(self, source: LibavSource, lost: CameraLost) -> Iterator[Packet | Streams | None]:
        """What the other one gives; in time there has to be a key frame that can be decoded."""
        codec, sets, seen = "", b"", False
        due_ns = self._clock.boot_ns() + _KEY_NS
        for item in source:
            yield item
            if seen:
                continue
            if isinstance(item, Streams):
                codec, sets = item.streams[0].codec, item.streams[0].extradata
            elif isinstance(item, Packet) and item.stream == 0 and item.is_key:
                seen = codec not in ("h264", "hevc") or bool(sets or parameter_sets(codec, item.data))
            if not seen and self._clock.boot_ns() > due_ns:
                raise lost

    def close(self) -> None:
        (self._second or self._first).close()
