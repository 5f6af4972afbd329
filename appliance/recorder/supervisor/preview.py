"""A camera that is not in force, seen for one picture and never stored: a process that is handed no key (``INV-10``).

The keeper orders it for a version that waits for its acceptance, or for one that is being drafted, and has entered that
before. The process is a camera's own, confined alike; it gives one key frame and ends.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import partial

from appliance.core.clock import Clock
from appliance.core.errors import Broken, CameraLost, RecorderError, Unavailable
from appliance.core.messages import Said, coded
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import Inbox, Start
from appliance.recorder.supervisor.loop import Launcher, Switchboard
from appliance.selftest.reports import PictureWanted

__all__ = ["PreviewSupervisor"]

_MOST = 2
_PATIENCE_NS = 20_000_000_000


class _PreviewProcess:
    def __init__(self, token: int, sock: socket.socket, until_ns: int) -> None:
        self.token, self.sock, self.until_ns = token, sock, until_ns
        self.inbox = Inbox(sock, channel.FROM_CAMERA)


class PreviewSupervisor:
    """All such processes, two at once at most. For the supervisor's loop."""

    def __init__(
        self,
        launcher: Launcher,
        board: Switchboard,
        clock: Clock,
        start: Callable[[PictureWanted], Start],
        on_picture: Callable[[str, bytes, Said], None],
    ) -> None:
        """``on_picture`` gets the order, what was taken, and why nothing was."""
        self._launcher, self._board, self._clock = launcher, board, clock
        self._start, self._on_picture = start, on_picture
        self._seers: dict[str, _PreviewProcess] = {}

    def see(self, wanted: PictureWanted) -> None:
        if len(self._seers) >= _MOST:
            self._on_picture(wanted.order, b"", coded("camera-two-looked-at"))
            return
        token = self._board.next_token()
        try:
            sock = self._launcher.spawn(token, f"see {wanted.camera_no}")
        except (Unavailable, OSError) as error:
            self._on_picture(wanted.order, b"", str(error))
            return
        sock.setblocking(False)
        self._seers[wanted.order] = _PreviewProcess(token, sock, self._clock.boot_ns() + _PATIENCE_NS)
        self._board.watch(sock, partial(self._readable, wanted.order))
        try:
            channel.send(sock, channel.SEE, channel.pack_start(self._start(wanted)))
        except OSError:
            self._end(wanted.order, b"", "its process does not listen")

    def tick(self) -> None:
        now_ns = self._clock.boot_ns()
        for order, seer in list(self._seers.items()):
            if now_ns > seer.until_ns:
                self._end(order, b"", "no picture came within twenty seconds")

    def close(self) -> None:
        for order in list(self._seers):
            self._end(order, b"", "the recorder stops")

    def _readable(self, order: str) -> None:
        try:
            for kind, payload in _messages(self._seers[order].inbox):
                if kind == channel.TAKEN:
                    self._end(order, channel.unpack_taken(payload)[1], "")
                    return
                if kind == channel.LOST:
                    self._end(order, b"", channel.unpack_reason(memoryview(payload)).said)
                    return
                if kind == channel.UNCONFINED:
                    self._end(order, b"", channel.words_of(memoryview(payload)))
                    return
                if kind not in (channel.CONFINED, channel.OPENED):
                    raise Broken("it gave what nobody asked for")
        except (EOFError, OSError, RecorderError):
            self._end(order, b"", str(CameraLost("the camera's process ended without a picture")))

    def _end(self, order: str, taken: bytes, why: Said) -> None:
        seer = self._seers.pop(order)
        self._board.unwatch(seer.sock)
        seer.sock.close()
        self._launcher.kill(seer.token)
        self._on_picture(order, taken, why)


def _messages(inbox: Inbox) -> Iterator[tuple[int, bytearray]]:
    while (message := inbox.next()) is not None:
        yield message
