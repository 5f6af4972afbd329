"""Asking a device what it is, or setting its clock, when a person asked for that: a process of its own for each
device, which may do nothing but speak on the network, and ends. ``python -m appliance.recorder.supervisor.inquiry``

It is handed the device's address and the account that was typed for it, and no key, no other camera and no other
account. It reads an :class:`Order` from standard input and writes what the device said to standard output, both JSON;
whatever it writes is cleaned here once more, for the device may have taken it over.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Callable

import msgspec

from appliance.core.clock import SystemClock
from appliance.core.errors import CameraLost, RecorderError
from appliance.core.messages import CodedMessage, Said, coded
from appliance.core.model import Record
from appliance.process.bounded_child import run_bounded
from appliance.process.confinement import Allowed, confine, name_process
from appliance.protocol.recorder import ClockDeed, DeviceInquiry
from appliance.rules.cameras.inquiry import DeviceClock, DeviceReport, cleaned_clock, cleaned_report
from appliance.rules.cameras.wiring import host_of

__all__ = ["Found", "Inquirer", "Order", "inquire"]

_MOST = 2
_PATIENCE_SECONDS = 20.0
_MOST_BYTES = 64 << 10
_MEMORY_BYTES = 256 << 20
_LONGEST = 200
_MODULE = "appliance.recorder.supervisor.inquiry"


class Order(Record, frozen=True, kw_only=True):
    """``address``: of the device, as it was typed; ``service``: where it said that it is asked; ``ports``: where else
    to look, those of :mod:`onvif_service` where there are none; ``clock``: what is wanted of its clock, and nothing
    else then."""

    address: str
    clock: ClockDeed = ""
    user: str = ""
    password: str = ""
    service: str = ""
    ports: tuple[int, ...] = ()


class Answer(Record, frozen=True, kw_only=True):
    """What a device said, or why it said nothing."""

    report: DeviceReport | None = None
    clock: DeviceClock | None = None
    why: CodedMessage | str = ""


Found = DeviceReport | DeviceClock | None


def inquire(order: Order) -> tuple[Found, Said]:
    """What a confined process learns of a device or its clock, and why nothing where it failed. Blocking."""
    found, why = _inquired(order)
    if order.clock and isinstance(why, CodedMessage):
        why = coded(_OF_A_CLOCK.get(why.code, why.code))
    return found, why


_OF_A_CLOCK = {"device-no-onvif": "clock-no-onvif", "device-strange": "clock-strange"}
"""Where another next step is to be said than to whoever looks for the pictures of a device."""


def _inquired(order: Order) -> tuple[Found, Said]:
    done = run_bounded(
        (sys.executable, "-P", "-m", _MODULE), msgspec.json.encode(order), _PATIENCE_SECONDS, _MOST_BYTES
    )
    if done is None:
        return None, coded("device-silent")
    try:
        if done.status:
            return None, done.errors.strip().splitlines()[-1][:_LONGEST]
        answer = msgspec.json.decode(done.output, type=Answer)
    except (msgspec.MsgspecError, IndexError):
        return None, coded("device-strange")
    if order.clock and answer.clock is not None:
        return cleaned_clock(answer.clock), ""
    if order.clock or answer.report is None:
        return None, answer.why or coded("device-strange")
    return cleaned_report(answer.report, host_of(order.address), order.password), ""


class Inquirer:
    """Asks devices, each in a thread, two at once at most; ``done`` gets the order's name, what was said, and why
    nothing was."""

    def __init__(self, done: Callable[[str, Found, Said], None]) -> None:
        self._done = done
        self._lock = threading.Lock()
        self._under_way: set[str] = set()
        self._ended: list[str] = []

    def asked(self, wanted: tuple[DeviceInquiry, ...]) -> None:
        """What people wait for; each answer repeats it until the device's answer is in, and it is carried out once."""
        for each in wanted:
            with self._lock:
                if each.order in self._under_way or each.order in self._ended or len(self._under_way) >= _MOST:
                    continue
                self._under_way.add(each.order)
            threading.Thread(target=self._ask, args=(each,), name="inquiry", daemon=True).start()

    def _ask(self, wanted: DeviceInquiry) -> None:
        order = Order(
            address=wanted.address,
            user=wanted.user,
            password=wanted.password,
            service=wanted.service,
            clock=wanted.clock,
        )
        found, why = inquire(order)
        with self._lock:
            self._under_way.discard(wanted.order)
            self._ended = [*self._ended[-_REMEMBERED:], wanted.order]
        self._done(wanted.order, found, why)


_REMEMBERED = 64


def main() -> None:
    name_process("inquiry")
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    # Here alone: the recorder itself never loads the library.
    from appliance.recorder.supervisor import onvif_clock, onvif_device, onvif_service

    asyncio.run(onvif_service.load())
    address = _numeric(host_of(order.address))
    with asyncio.Runner() as runner:
        runner.get_loop()  # made before the process is confined: it wakes itself through a pair of sockets
        confine(Allowed(network=True, memory_bytes=_MEMORY_BYTES)).check_floor()
        account = onvif_service.Account(order.user, order.password)
        ports, now_ns = order.ports or onvif_service.PORTS, SystemClock().wall_ns
        try:
            if order.clock:
                deed = onvif_clock.set_clock if order.clock == "set" else onvif_clock.read_clock
                answer = Answer(clock=runner.run(deed(address, account, now_ns, order.service, ports=ports)))
            else:
                asking = onvif_device.ask_device(address, account, now_ns, order.service, ports=ports)
                answer = Answer(report=runner.run(asking))
        except CameraLost as error:
            answer = Answer(why=error.said)
        sys.stdout.buffer.write(msgspec.json.encode(answer))
        sys.stdout.flush()


def _numeric(host: str) -> str:
    """A host by its number, looked up before files are out of reach. Raises CameraLost."""
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as error:
        raise CameraLost(f"device: its address {host[:80]!r} is not known here; type its number") from error


if __name__ == "__main__":
    try:
        main()
    except RecorderError as error:
        sys.exit(str(error))
