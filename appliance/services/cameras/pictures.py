"""Pictures that people asked the recorder for, from the order to the page that shows them. In memory alone.

Each is entered before it is ordered: the handlers do both. The recorder hears of an order with the answer to its
next states, and what came is drawn in a darkroom child. An order is its session's; what nobody fetched goes soon.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, Unavailable
from appliance.core.messages import Said, coded
from appliance.core.model import Camera, CameraNote
from appliance.rules.camera_notes import cleaned_notes
from appliance.rules.devices import cleaned
from appliance.sandbox.client import SandboxClient
from appliance.sandbox.protocol import StillAnswer, StillOrder
from appliance.selftest.reports import PictureWanted
from appliance.selftest.samples import decode_taken

__all__ = ["Picture", "Pictures"]

_PATIENCE_NS = 25_000_000_000
_KEPT_NS = 120_000_000_000
_MOST = 256


class Picture(NamedTuple):
    """A JPEG and what goes beside it. ``identity``: what the device says of itself (``T-66``); ``notes``: what is to be
    known of how a camera that is not in force is read."""

    camera_no: str
    still: StillAnswer
    jpeg: bytes
    identity: Mapping[str, str] = MappingProxyType({})
    notes: tuple[CameraNote, ...] = ()


class _Order:
    def __init__(self, wanted: PictureWanted, owner: str, width: int, at_ns: int) -> None:
        self.wanted, self.owner, self.width, self.at_ns = wanted, owner, width, at_ns
        self.taken = b""
        self.why: Said = ""
        self.picture: Picture | None = None

    @property
    def open(self) -> bool:
        return self.picture is None and not self.taken and not self.why


class Pictures:
    """Thread-safe. ``owner`` is the id of a session."""

    def __init__(self, clock: Clock, darkroom: SandboxClient, random: Callable[[int], bytes]) -> None:
        self._clock, self._darkroom, self._random = clock, darkroom, random
        self._changed = threading.Condition()
        self._orders: dict[str, _Order] = {}

    def ask(self, camera_no: str, owner: str, *, width: int = 0, sound: bool = False, see: Camera | None = None) -> str:
        """Orders one; its name. Raises Unavailable when too many are in memory."""
        wanted = PictureWanted(order=self._random(16).hex(), camera_no=camera_no, sound=sound, see=see)
        self._keep(_Order(wanted, owner, width, self._clock.boot_ns()))
        return wanted.order

    def hold(self, owner: str, picture: Picture) -> str:
        """Keeps one that is there already for its page to fetch; its name."""
        wanted = PictureWanted(order=self._random(16).hex(), camera_no=picture.camera_no)
        order = _Order(wanted, owner, 0, self._clock.boot_ns())
        order.picture = picture
        self._keep(order)
        return wanted.order

    def _keep(self, order: _Order) -> None:
        with self._changed:
            self._forget()
            if len(self._orders) >= _MOST:
                raise Unavailable.of("picture-crowd")
            self._orders[order.wanted.order] = order

    def wanted(self) -> list[PictureWanted]:
        """What the recorder is still to bring."""
        with self._changed:
            self._forget()
            return [order.wanted for order in self._orders.values() if order.open]

    def came(self, name: str, taken: bytes, why: Said) -> None:
        """The recorder brought one, or says why not. What nobody waits for any more is dropped. It is drawn when
        somebody fetches it: the recorder does not wait for that."""
        with self._changed:
            order = self._orders.get(name)
            if order is not None and order.open:
                order.taken, order.why = taken, why or ("" if taken else "the camera gave nothing")
                self._changed.notify_all()

    def wait(self, names: Sequence[str], seconds: float) -> None:
        """Until each came or failed, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: not any(self._is_open(name) for name in names), seconds)

    def _is_open(self, name: str) -> bool:
        order = self._orders.get(name)
        return order is not None and order.open

    def get(self, name: str, owner: str) -> Picture:
        """Raises NotFound for one that is another session's or gone, Unavailable with why there is none."""
        with self._changed:
            self._forget()
            order = self._orders.get(name)
            if order is None or order.owner != owner:
                raise NotFound.of("picture-gone")
            picture, taken, camera_no = order.picture, order.taken, order.wanted.camera_no
            if picture is None and not taken:
                raise Unavailable.of("picture-why", no=camera_no, why=order.why or coded("camera-none-in-time"))
        if picture is None:
            with self._darkroom.connect() as viewer:
                still, jpeg = viewer.still(StillOrder(width=order.width), taken)
            look = decode_taken(taken)
            picture = Picture(camera_no, still, jpeg, cleaned(look.identity), cleaned_notes(look.notes))
            order.picture, order.taken = picture, b""
        return picture

    def drop(self, name: str) -> None:
        with self._changed:
            self._orders.pop(name, None)

    def _forget(self) -> None:
        now_ns = self._clock.boot_ns()
        for name, order in list(self._orders.items()):
            age_ns = now_ns - order.at_ns
            if age_ns > _KEPT_NS:
                del self._orders[name]
            elif order.open and age_ns > _PATIENCE_NS:
                order.why = coded("camera-none-in-time")
