"""RTP in datagrams (RFC 2326 section 12.39, ``RTP/AVP``), handed on as if it came inside the RTSP connection.

Datagrams come twice, overtake each other and get lost. Here they are put in order, each once, and framed like packets
inside the connection, so that ``source.py`` reads both the same way. Only what the camera's own address sends is taken,
or the one that the camera names: anybody on the network can send to these ports. Not a plugin.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import re
import select
import socket
import struct
from collections import deque
from typing import NamedTuple

from appliance.api import Clock
from appliance.plugins.sources.rtsp.messages import message_end
from appliance.plugins.sources.rtsp.tls import TlsSocket

__all__ = ["Datagrams", "InOrder"]

_BLOCK_BYTES = 64 << 10
_MOST_ONCE = 256
"""Datagrams that are taken from one port before another one has its turn."""
_ASKED_BYTES = 4 << 20
"""Of what comes while the reader rests; the kernel gives what it may (``net.core.rmem_max``)."""
_TRIES = 64
_BEGIN, _BEGIN_NS = 8, 50_000_000
"""So many datagrams, or so long, until it is known with which one it begins."""
_WAIT_NS = 200_000_000
"""So long what overtook another one waits for it."""
_AT_THE_END_NS = 1 << 62
"""Nothing waits any longer."""
_FAR = 256
"""A number so much further on is no datagram that overtook others."""
_REMEMBERED = 256

_REPORTS = range(200, 205)
"""The second byte of a report; no packet has it (RFC 5761 section 4)."""

_SOURCE = re.compile(r"source\s*=\s*\"?([0-9A-Fa-f:.]+)")
_SERVER = re.compile(r"server_port\s*=\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?")
_EMPTY_LINES = re.compile(rb"[\r\n]+")
_FRAME = struct.Struct(">BBH").pack
_DOLLAR = b"$"
_PUNCH_RTP = struct.pack(">BBHII", 0x80, 0, 0, 0, 0)
_PUNCH_RTCP = struct.pack(">BBHI", 0x80, 201, 1, 0)
"""To the camera's ports, so that a firewall lets its answers in: an empty packet, an empty report."""


class InOrder:
    """Datagrams of one port, each once and by their sequence numbers (RFC 3550 section 5.1). Pure.

    What is behind a number that did not come waits for it ``_WAIT_NS`` and no longer. Numbers that mean nothing, as of
    cameras that count otherwise, hold nothing up for longer than that.
    """

    def __init__(self) -> None:
        self._next = -1
        self._waiting: dict[int, tuple[bytes, int]] = {}
        self._given_up: deque[int] = deque(maxlen=_FAR)
        self._before: deque[int] = deque(maxlen=_REMEMBERED)

    def take(self, datagram: bytes, now_ns: int) -> list[bytes]:
        """What comes out with this one."""
        if len(datagram) < 12:
            return []
        same = hash(datagram)
        if same in self._before:
            return []
        self._before.append(same)
        number = datagram[2] << 8 | datagram[3]
        if self._next < 0:
            if number in self._waiting:
                return [*self._begun(), *self._out(number, datagram)]
            self._waiting[number] = (datagram, now_ns)
            return self.due(now_ns) if len(self._waiting) >= _BEGIN else []
        ahead = number - self._next & 0xFFFF
        if 0 < ahead < _FAR:
            self._waiting.setdefault(number, (datagram, now_ns))
            return self.due(now_ns) if len(self._waiting) >= _FAR else []
        if ahead and number in self._given_up:
            return []  # too late: what follows it is out
        if ahead:
            return [*self._all(), *self._out(number, datagram)]
        return self._out(number, datagram)

    def due(self, now_ns: int) -> list[bytes]:
        """What has waited long enough, once everything that has come was taken: what it waits for may be there."""
        found: list[bytes] = []
        if self._next < 0 and self._waiting:
            waited_ns = now_ns - min(at_ns for _, at_ns in self._waiting.values())
            if waited_ns < _BEGIN_NS and len(self._waiting) < _BEGIN:
                return found
            found = self._begun()
        while self._waiting:
            first = min(self._waiting, key=lambda number: number - self._next & 0xFFFF)
            oldest_ns = min(at_ns for _, at_ns in self._waiting.values())
            if now_ns - oldest_ns < _WAIT_NS and len(self._waiting) < _FAR:
                break
            self._given_up.extend((self._next + each) & 0xFFFF for each in range(first - self._next & 0xFFFF))
            found += self._out(first, self._waiting.pop(first)[0])
        return found

    def _begun(self) -> list[bytes]:
        """The first ones: the lowest number of those that have come is where it begins; what is just before it is too
        late."""
        some = next(iter(self._waiting))
        first = min(self._waiting, key=lambda number: number - some + 0x8000 & 0xFFFF)
        self._given_up.extend((first - each) & 0xFFFF for each in range(1, _BEGIN + 1))
        return self._out(first, self._waiting.pop(first)[0])

    def _out(self, number: int, datagram: bytes) -> list[bytes]:
        found = [datagram]
        self._next = number + 1 & 0xFFFF
        while (waited := self._waiting.pop(self._next, None)) is not None:
            found.append(waited[0])
            self._next = self._next + 1 & 0xFFFF
        return found

    def _all(self) -> list[bytes]:
        """Everything that waits, before the numbers begin anew."""
        order = sorted(self._waiting, key=lambda number: number - self._next & 0xFFFF)
        return [self._waiting.pop(number)[0] for number in order]


_Address = tuple[str, int] | tuple[str, int, int, int]
"""Of IPv4, or of IPv6 with its flow and scope: an address of one link means nothing without its scope."""


def _with_port(address: _Address, port: int) -> _Address:
    return (address[0], port) if len(address) == 2 else (address[0], port, address[2], address[3])


class _Ports(NamedTuple):
    """Two neighbouring ports of this machine for one medium: its packets and its reports."""

    rtp: socket.socket
    rtcp: socket.socket

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


class _Medium(NamedTuple):
    ports: _Ports
    order: InOrder
    report_channel: int


class Datagrams:
    """The connection ``control`` and the ports of the media as one socket: what is read from it is what would come
    inside the connection, each medium on the channel below that of its reports."""

    def __init__(self, control: socket.socket | TlsSocket, clock: Clock) -> None:
        self._control, self._clock = control, clock
        self._here: _Address = control.getsockname()
        self._there: _Address = control.getpeername()
        self._senders = {str(self._there[0])}
        self._media: list[_Medium] = []
        self._offered: _Ports | None = None
        self._report_to: dict[int, _Address] = {}
        self._said, self._ready = bytearray(), bytearray()
        self._unlooked, self._ended = False, False
        self._failed: OSError | None = None
        self._poll = select.epoll()
        self._poll.register(control.fileno(), select.EPOLLIN)
        self.fileno, self.getpeername, self.settimeout = self._poll.fileno, control.getpeername, control.settimeout
        self.setblocking = control.setblocking

    def offered(self) -> str:
        """Ports for the next medium, as SETUP names them; those offered before, and not taken, are given up. Raises
        OSError."""
        if self._offered is not None:
            self._offered.close()
        self._offered = self._bound()
        return f"{self._offered.rtp.getsockname()[1]}-{self._offered.rtcp.getsockname()[1]}"

    def take(self, report_channel: int, transport: str) -> None:
        """What was offered is in use. ``transport``: as the camera answered SETUP; some name no ports of theirs, some
        another address from which they send."""
        ports, self._offered = self._offered, None
        if ports is None:
            return
        self._media.append(_Medium(ports, InOrder(), report_channel))
        for each in ports:
            self._poll.register(each.fileno(), select.EPOLLIN)
        there = self._sender(transport)
        found = _SERVER.search(transport)
        to = int(found[1]) if found else 0
        reports_to = int(found[2]) if found and found[2] else to + 1
        if not 0 < to < reports_to < 65_536:
            return
        self._report_to[report_channel] = _with_port(there, reports_to)
        with contextlib.suppress(OSError):
            ports.rtp.sendto(_PUNCH_RTP, _with_port(there, to))
            ports.rtcp.sendto(_PUNCH_RTCP, _with_port(there, reports_to))

    def _sender(self, transport: str) -> _Address:
        """From where the camera says that it sends (RFC 2326 section 12.39, ``source``); from its own address unless it
        names one."""
        found = _SOURCE.search(transport)
        with contextlib.suppress(ValueError):
            named = ipaddress.ip_address(found[1] if found else "")
            if not named.is_unspecified and (named.version == 6) == (":" in self._there[0]):
                self._senders.add(str(named))
                there: _Address = (str(named), *self._there[1:])
                return there
        return self._there

    def _bound(self) -> _Ports:
        """An even port and the next one (RFC 3550 section 11)."""
        for _ in range(_TRIES):
            rtp = self._at(0)
            port = int(rtp.getsockname()[1])
            with contextlib.suppress(OSError):
                if port % 2 == 0:
                    return _Ports(rtp, self._at(port + 1))
            rtp.close()
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))

    def _at(self, port: int) -> socket.socket:
        made = socket.socket(socket.AF_INET6 if ":" in self._here[0] else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ASKED_BYTES)
            made.bind(_with_port(self._here, port))
            made.setblocking(False)
        except OSError:
            made.close()
            raise
        return made

    def begun(self, unread: bytes) -> None:
        """All media are set up. ``unread``: what of the connection was read before. Ports that were offered and not
        taken are given up."""
        if self._offered is not None:
            self._offered.close()
            self._offered = None
        self._said += unread
        self._unlooked = True

    # --- as a socket ---

    def recv(self, size: int) -> bytes:
        """Of the connection alone: the answer to a goodbye."""
        return self._control.recv(size)

    def recv_into(self, buffer: memoryview) -> int:
        """Raises BlockingIOError where nothing is there; 0 where the camera has closed the connection."""
        if len(self._ready) < len(buffer):
            self._listen()
            for medium in self._media:
                self._receive(medium)
        count = min(len(buffer), len(self._ready))
        if not count:
            if self._failed is not None:
                raise self._failed
            if self._ended:
                return 0
            raise BlockingIOError
        buffer[:count] = self._ready[:count]
        del self._ready[:count]
        return count

    def sendall(self, data: bytes) -> None:
        """A request goes through the connection, a framed report to where the camera takes those, if that is known."""
        if data[:1] != _DOLLAR:
            self._control.sendall(data)
            return
        to = self._report_to.get(data[1])
        medium = next((each for each in self._media if each.report_channel == data[1]), None)
        if to is not None and medium is not None:
            with contextlib.suppress(OSError):
                medium.ports.rtcp.sendto(data[4:], to)

    def close(self) -> None:
        for ports in (*(medium.ports for medium in self._media), *filter(None, (self._offered,))):
            ports.close()
        self._poll.close()
        self._control.close()

    # --- what comes ---

    def _listen(self) -> None:
        """Whole messages of the connection, and nothing else of it, stand between two packets."""
        while not self._ended:
            try:
                block = self._control.recv(_BLOCK_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:  # what came before it is read first
                self._failed, block = error, b""
            self._said += block
            self._unlooked, self._ended = True, not block
        if not self._unlooked:
            return
        self._unlooked = False
        while self._said:
            if empty := _EMPTY_LINES.match(self._said):
                del self._said[: empty.end()]
                continue
            end = message_end(self._said, 0, len(self._said))
            if end == 0 and not self._ended:
                return
            if end:
                self._ready += self._said[:end]
            del self._said[: end or len(self._said)]

    def _receive(self, medium: _Medium) -> None:
        """Nothing is given up while more may be there: a slow reader is no loss."""
        now_ns, channel = self._clock.boot_ns(), medium.report_channel - 1
        came, everything = self._from_camera(medium.ports.rtp)
        for datagram, _ in came:
            if len(datagram) > 1 and datagram[1] in _REPORTS:
                self._frame(medium.report_channel, [datagram])
            else:
                self._frame(channel, medium.order.take(datagram, now_ns))
        if everything:
            self._frame(channel, medium.order.due(_AT_THE_END_NS if self._ended else now_ns))
        for datagram, sender in self._from_camera(medium.ports.rtcp)[0]:
            self._report_to[medium.report_channel] = sender
            self._frame(medium.report_channel, [datagram])

    def _from_camera(self, port: socket.socket) -> tuple[list[tuple[bytes, _Address]], bool]:
        """What came, each with its sender, and whether that is everything."""
        found: list[tuple[bytes, _Address]] = []
        for _ in range(_MOST_ONCE):
            try:
                datagram, sender = port.recvfrom(_BLOCK_BYTES)
            except (BlockingIOError, InterruptedError):
                return found, True
            except OSError:  # an answer that nobody listens there; what comes is still read
                continue
            if sender[0] in self._senders:
                found.append((datagram, sender))
        return found, False

    def _frame(self, channel: int, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self._ready += _FRAME(0x24, channel, len(datagram)) + datagram
