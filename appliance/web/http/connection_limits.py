"""The door: connections of browsers, how many there may be, and how long each may keep the site waiting.

A connection counts from the moment at which it is accepted, before its handshake of TLS.

A connection that waits, for its first request as for a further one, is closed after a while; so is one that takes
nothing of its answer. Past the most connections, of one address or of all, the one that has waited longest goes; one
whose request is being answered never does. What is no HTTP gets an answer with the site's own headers, which gives
nothing of it back and names no program.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import resource
import ssl
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from appliance.core.errors import Broken

__all__ = ["Door", "Patience", "allow_open_files", "of_whom"]

_OPEN_FILES = 4096
_IPV6_SITE_BITS = 64
_log = logging.getLogger(__name__)


class Patience(NamedTuple):
    """``idle_seconds``: until the head of a request is whole, and between two; ``body_seconds``: until a form is there;
    ``stalled_seconds``: while a browser takes nothing; ``handshake_seconds``: of TLS; ``linger_seconds``: a body that
    nobody wants is read before the connection goes. ``connections``: the most of all, ``of_one``: of one address, as
    :func:`of_whom` counts."""

    idle_seconds: float = 20.0
    body_seconds: float = 20.0
    stalled_seconds: float = 60.0
    handshake_seconds: float = 10.0
    linger_seconds: float = 20.0
    connections: int = 600
    of_one: int = 100


class Door:
    """What ``loop.create_server`` is given in place of ``server``: makes the protocol of each connection, which speaks
    TLS as ``tls`` says. One loop.

    ``dress`` puts the site's headers on an answer.
    """

    def __init__(
        self,
        server: web.Server,
        patience: Patience,
        dress: Callable[[web.StreamResponse], None],
        tls: ssl.SSLContext,
    ) -> None:
        self.patience, self.dress, self.tls = patience, dress, tls
        self._server, self._handle = server, server.request_handler
        server.request_handler = self._serve
        self._addresses: dict[asyncio.BaseProtocol, str] = {}
        self._waiting: dict[asyncio.BaseProtocol, _Arrival | _Connection] = {}
        """The one that has waited longest first."""

    def __call__(self) -> asyncio.Protocol:
        return _Arrival(self, _Connection(self, self._server))

    def shook_hands(self, arrival: _Arrival, connection: _Connection) -> bool:
        """The connection takes the arrival's place; False where that was let go."""
        address = self._addresses.get(arrival)
        if address is None:
            return False
        self.closed(arrival)
        self._addresses[connection], self._waiting[connection] = address, connection
        return True

    def opened(self, connection: _Arrival, address: str) -> None:
        self._addresses[connection] = address
        self._waiting[connection] = connection
        if sum(each == address for each in self._addresses.values()) > self.patience.of_one:
            self._let_go(next(each for each in self._waiting.values() if self._addresses[each] == address))
        elif len(self._addresses) > self.patience.connections:
            self._let_go(next(iter(self._waiting.values())))

    def closed(self, connection: _Arrival | _Connection) -> None:
        self._addresses.pop(connection, None)
        self._waiting.pop(connection, None)

    def _let_go(self, connection: _Arrival | _Connection) -> None:
        self.closed(connection)
        if isinstance(connection, _Arrival):
            connection.give_up()
        elif connection.transport is not None:
            connection.transport.abort()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = self._waiting.pop(request.protocol, None)
        try:
            return await self._handle(request)
        finally:
            if connection in self._addresses:
                self._waiting[connection] = connection


class _Arrival(asyncio.Protocol):
    """One browser's connection until it has shaken hands; ``connection`` goes on with it."""

    def __init__(self, door: Door, connection: _Connection) -> None:
        self._door, self._connection = door, connection
        self.transport: asyncio.Transport | None = None
        self._shaking: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise Broken(f"door: {type(transport).__name__} is no transport of a connection")
        self.transport = transport
        transport.pause_reading()  # nothing of the handshake is for this protocol
        peer = transport.get_extra_info("peername") or ("",)
        self._shaking = asyncio.get_running_loop().create_task(self._shake_hands(transport))
        self._door.opened(self, of_whom(str(peer[0])))

    def give_up(self) -> None:
        """The connection goes, and with it the task that waits for its handshake: nobody else would end that."""
        if self._shaking is not None:
            self._shaking.cancel()
        if self.transport is not None:
            self.transport.abort()

    async def _shake_hands(self, transport: asyncio.Transport) -> None:
        patience = self._door.patience
        try:
            over_tls = await asyncio.get_running_loop().start_tls(
                transport,
                self._connection,
                self._door.tls,
                server_side=True,
                ssl_handshake_timeout=patience.handshake_seconds,
                ssl_shutdown_timeout=patience.stalled_seconds,  # the end of a large answer is still on its way
            )
        except (OSError, RuntimeError):  # no handshake came, or the connection was let go meanwhile
            over_tls = None
        if over_tls is None or over_tls.is_closing() or not self._door.shook_hands(self, self._connection):
            transport.abort()
            self._door.closed(self)
        else:
            self._connection.connection_made(over_tls)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._door.closed(self)


class _Connection(web.RequestHandler):
    """One browser's connection, which has shaken hands."""

    def __init__(self, door: Door, server: web.Server) -> None:
        loop, patience = asyncio.get_running_loop(), door.patience
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=patience.idle_seconds,
            lingering_time=patience.linger_seconds,
            access_log=None,  # type: ignore[arg-type]  # none is kept: the ledger has what was done
        )
        self._door = door
        self._stalled: asyncio.TimerHandle | None = None
        self._early: bytearray | None = bytearray()
        """What came with the end of the handshake; None once the connection is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        early, self._early = self._early, None
        if early:
            self.data_received(bytes(early))

    def data_received(self, data: bytes) -> None:
        if self._early is None:
            super().data_received(data)
        else:
            self._early += data

    def connection_lost(self, exc: BaseException | None) -> None:
        self._moves()
        self._door.closed(self)
        if self._early is None:
            super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if isinstance(self.transport, asyncio.WriteTransport):
            loop = asyncio.get_running_loop()
            self._stalled = loop.call_later(self._door.patience.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._moves()
        super().resume_writing()

    def _moves(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is answered to bytes that are no request, and where a defect kept the site from answering."""
        if status >= 500 and not isinstance(exc, ConnectionError):  # a browser that went is no defect
            _log.error("%s %s", request.method, request.path, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is under way already; only its end tells that it is not whole")
        words = "the recorder met a defect; try again" if status >= 500 else "this is no request that a browser sends"
        answer = web.Response(status=status, text=f"{status}: {words}\n")
        self._door.dress(answer)
        answer.force_close()
        return answer


def of_whom(address: str) -> str:
    """Whose connections count together: an IPv4 address, or an IPv6 /64, of which one computer has every address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, _IPV6_SITE_BITS), strict=False))


def allow_open_files() -> None:
    """As many open files as connections may need, as far as whoever started this process lets it."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
