"""Devices that people have asked what they are, or whose clock they set, from the order to the answer. In memory alone,
accounts included.

The recorder hears of an order with the answer to its next states. Nothing a device says is kept: whoever asked takes it
over into a draft, or asks again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.core.errors import Unavailable
from appliance.core.messages import Said, coded
from appliance.protocol.recorder import ClockDeed, DeviceInquiry
from appliance.rules.cameras.inquiry import DeviceClock, DeviceReport, cleaned_clock, cleaned_report
from appliance.rules.cameras.wiring import host_of

__all__ = ["Inquiries"]

_SECONDS = 24.0
_MOST = 8


class _Order:
    def __init__(self, wanted: DeviceInquiry) -> None:
        self.wanted = wanted
        self.report: DeviceReport | None = None
        self.clock: DeviceClock | None = None
        self.why: Said = ""

    @property
    def open(self) -> bool:
        return self.report is None and self.clock is None and not self.why


class Inquiries:
    """Thread-safe."""

    def __init__(self, clock: Clock, random: Callable[[int], bytes], *, seconds: float = _SECONDS) -> None:
        self._clock, self._random, self._seconds = clock, random, seconds
        self._changed = threading.Condition()
        self._orders: dict[str, _Order] = {}

    def ask(self, address: str, user: str, password: str, service: str = "") -> DeviceReport:
        """Has the recorder ask the device, and waits. Raises Unavailable with why there is no answer."""
        order = self._carried_out(address, user, password, service, "")
        if order.report is None:
            raise Unavailable.of("device-why", why=order.why)
        return order.report

    def clock(self, address: str, user: str, password: str, service: str, deed: ClockDeed) -> DeviceClock:
        """Has the recorder ask the device for its clock, or set that, and waits: what it said of it last. Raises
        Unavailable with why there is no answer."""
        order = self._carried_out(address, user, password, service, deed)
        if order.clock is None:
            raise Unavailable.of("clock-why", why=order.why)
        return order.clock

    def _carried_out(self, address: str, user: str, password: str, service: str, clock: ClockDeed) -> _Order:
        """The order with its answer, or with why there is none."""
        wanted = DeviceInquiry(
            order=self._random(16).hex(), address=address, user=user, password=password, service=service, clock=clock
        )
        order = _Order(wanted)
        with self._changed:
            if len(self._orders) >= _MOST:
                raise Unavailable.of("device-two-asked")
            self._orders[wanted.order] = order
            try:
                self._changed.wait_for(lambda: not order.open, self._seconds)
            finally:
                del self._orders[wanted.order]
        if order.open:
            order.why = coded("device-none-in-time")
        return order

    def wanted(self) -> tuple[DeviceInquiry, ...]:
        """What the recorder is still to ask."""
        with self._changed:
            return tuple(order.wanted for order in self._orders.values() if order.open)

    def came(self, name: str, found: DeviceReport | DeviceClock | None, why: Said) -> None:
        """What a device said. What nobody waits for any more is dropped."""
        with self._changed:
            order = self._orders.get(name)
            if order is None or not order.open:
                return
            wanted = order.wanted
            if isinstance(found, DeviceReport) and not wanted.clock:
                order.report = cleaned_report(found, host_of(wanted.address), wanted.password)
            elif isinstance(found, DeviceClock) and wanted.clock:
                order.clock = cleaned_clock(found)
            else:
                order.why = why or coded("device-strange")
            self._changed.notify_all()
