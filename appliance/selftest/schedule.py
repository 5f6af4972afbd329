"""When each camera is looked at: evenly spread, sooner where something seems wrong, all at once when asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["EVERY_NS", "HURRY_NS", "WHOLE_EVERY", "Due", "Schedule"]

EVERY_NS = 20_000_000_000
HURRY_NS = 5_000_000_000
WHOLE_EVERY = 3
_PATIENCE_NS = 30_000_000_000


class Due(NamedTuple):
    """Look at this camera now; ``whole``: with the pictures that follow the key frame."""

    camera_no: str
    whole: bool


class Schedule:
    """Times are of a clock that is never set. For one thread."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._looks: dict[str, int] = {}
        self._hurried: set[str] = set()
        self._under_way: dict[str, int] = {}

    def due(self, cameras: Iterable[str], now_ns: int) -> list[Due]:
        """The orders that are due now, of ``cameras``: those that are live. One that was ordered and did not come is
        ordered again half a minute later."""
        wanted = list(cameras)
        for camera_no in self._due.keys() - set(wanted):
            self.forget(camera_no)
        orders = []
        for place, camera_no in enumerate(wanted):
            first_ns = now_ns + EVERY_NS * place // max(1, len(wanted))
            if now_ns < self._due.setdefault(camera_no, first_ns):
                continue
            if now_ns - self._under_way.get(camera_no, -_PATIENCE_NS) < _PATIENCE_NS:
                continue
            looks = self._looks[camera_no] = self._looks.get(camera_no, -1) + 1
            orders.append(Due(camera_no, looks % WHOLE_EVERY == 0 or camera_no in self._hurried))
            self._hurried.discard(camera_no)
            self._due[camera_no] = max(self._due[camera_no] + EVERY_NS, now_ns + EVERY_NS // 2)
            self._under_way[camera_no] = now_ns
        return orders

    def came(self, camera_no: str) -> None:
        """What was ordered is here."""
        self._under_way.pop(camera_no, None)

    def hurry(self, camera_no: str, now_ns: int) -> None:
        """Something seems wrong: look again in five seconds."""
        if camera_no in self._due:
            self._due[camera_no] = min(self._due[camera_no], now_ns + HURRY_NS)
            self._hurried.add(camera_no)

    def now(self) -> None:
        """Every camera is due, with the pictures that follow."""
        self._hurried.update(self._due)
        self._under_way.clear()
        self._due = dict.fromkeys(self._due, 0)

    def forget(self, camera_no: str) -> None:
        for kept in (self._due, self._looks, self._under_way):
            kept.pop(camera_no, None)
        self._hurried.discard(camera_no)
