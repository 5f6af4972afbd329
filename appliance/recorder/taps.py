"""What was asked of one camera's process and has not come yet: a look for the checks, pictures for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from appliance.errors import Broken
from appliance.recorder.channel import BRIEF, WHOLE

__all__ = ["Came", "Taps"]


class Came(NamedTuple):
    """For whom the one message is that came: the checks, and the orders of pictures."""

    checks: bool
    orders: tuple[str, ...]


class Taps:
    """A process gathers once at a time. ``send`` asks it to begin, anew where it has begun."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._checks = self._brief = False
        self._orders: list[str] = []

    def look(self, *, whole: bool) -> None:
        """For the checks. Not while a picture is under way, which may be one frame alone: the next look is soon."""
        if not self._orders:
            self._checks, self._brief = True, False
            self._send(bytes([WHOLE if whole else 0]))

    def picture(self, order: str, *, brief: bool) -> None:
        """For a person; ``brief``: without sound. What is under way does for it, unless that is too little."""
        if not (self._checks or self._orders) or (self._brief and not brief):
            self._brief = brief
            self._send(bytes([BRIEF if brief else 0]))
        self._orders.append(order)

    def came(self) -> Came:
        """It came. Raises Broken where nobody asked."""
        if not self._checks and not self._orders:
            raise Broken("it gave what nobody asked for")
        return self.lost()

    def lost(self) -> Came:
        """Nothing of it comes any more: for whom it would have been."""
        came = Came(self._checks, tuple(self._orders))
        self._checks = False
        self._orders.clear()
        return came
