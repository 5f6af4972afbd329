"""What was asked of one camera's process: a look for the checks, pictures for people, and live looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from appliance.core.errors import Broken
from appliance.recorder.camera.channel import BRIEF, WHOLE
from appliance.recorder.camera.limits import Rate

__all__ = ["Came", "LiveTap", "Taps"]


class Came(NamedTuple):
    """For whom the one message is that came: the checks, and the orders of pictures."""

    checks: bool
    orders: tuple[str, ...]


class Taps:
    """A process gathers once at a time. ``send`` asks it to begin, anew where it has begun: how, and the tap's number,
    which comes back with what was gathered. What is asked anew may cross what is on its way already: that is for those
    who asked before, and the others' comes after it."""

    def __init__(self, send: Callable[[int, int], None]) -> None:
        self._send = send
        self._sent = self._came = 0
        self._checks = 0
        self._brief = False
        self._orders: dict[str, int] = {}

    def look(self, *, whole: bool) -> None:
        """For the checks. Not while a picture is under way, which may be one frame alone: the next look is soon."""
        if not self._orders:
            self._brief = False
            self._checks = self._tap(WHOLE if whole else 0)

    def picture(self, order: str, *, brief: bool) -> None:
        """For a person; ``brief``: without sound. What is under way does for it, unless that is too little."""
        if not (self._checks or self._orders) or (self._brief and not brief):
            self._brief = brief
            self._tap(BRIEF if brief else 0)
        self._orders[order] = self._sent

    def came(self, number: int) -> Came:
        """It came, for tap ``number``. Raises Broken where nobody asked, or it came already."""
        if not self._came < number <= self._sent:
            raise Broken("it gave what nobody asked for")
        self._came = number
        return self._served()

    def lost(self) -> Came:
        """Nothing of it comes any more: for whom it would have been."""
        self._came = self._sent
        return self._served()

    def _tap(self, how: int) -> int:
        self._sent += 1
        self._send(how, self._sent)
        return self._sent

    def _served(self) -> Came:
        came = Came(
            0 < self._checks <= self._came, tuple(order for order, at in self._orders.items() if at <= self._came)
        )
        if came.checks:
            self._checks = 0
        for order in came.orders:
            del self._orders[order]
        return came


class LiveTap:
    """Whether somebody looks live: then packets must not wait, and what is sealed is handed on, too. ``send`` tells the
    process; ``rate``: of what it gives, asked for or not."""

    def __init__(self, send: Callable[[bytes], None], hand_on: Callable[[bytes], None]) -> None:
        self._send, self._hand_on = send, hand_on
        self.watched = False
        self.rate = Rate()

    def watch(self, watched: bool) -> None:
        if watched != self.watched:
            self.watched = watched
            self._send(bytes([watched]))

    def came(self, part: bytes) -> None:
        """What still comes of a look that is over is dropped."""
        if self.watched:
            self._hand_on(part)
