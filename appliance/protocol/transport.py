"""How the recorder's processes speak: framed messages over Unix sockets, with peer credentials.

A message is ``u32 head length | u32 body length | head (msgpack map) | body``, and may carry file descriptors. A call
is one message with ``verb``, and ``caller`` where a token says who calls (``appliance/protocol/callers.py``); its
answer is one message with ``ok`` or an error's ``code``, ``message`` and perhaps ``details``, or a run of messages
with ``more`` true and a last one without (:meth:`Client.stream`).
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec

from appliance.core.errors import Broken, RecorderError, Unavailable
from appliance.core.errors import from_map as error_from_map

__all__ = ["MAX_BODY_BYTES", "Client", "Connection", "Message", "Peer", "Reply", "address_of", "listen", "need_server"]

_HEAD = struct.Struct(">II")
MAX_HEAD_BYTES = 1 << 20
MAX_BODY_BYTES = 64 << 20
_FD_BYTES = 4
_MAX_PATH_BYTES = 107
_BLOCK_BYTES = 1 << 18


class Message(NamedTuple):
    """One message: its map, its bytes, the descriptors that came with it (the receiver closes them)."""

    head: dict[str, Any]
    body: bytes
    fds: tuple[int, ...] = ()


class Reply(NamedTuple):
    """What a verb answers: a map, and bytes or an iterator of byte blocks to stream."""

    head: dict[str, Any]
    body: bytes | Iterator[bytes] = b""


class Connection:
    """A connected stream socket that carries messages. Sending is locked; one thread receives.

    ``most_fds``: how many file descriptors a message may bring. Without any the kernel drops what is sent along: it
    never becomes this process's.
    """

    def __init__(self, sock: socket.socket, *, most_fds: int = 0) -> None:
        self.sock, self._most_fds = sock, most_fds
        self._sending = threading.Lock()

    def fileno(self) -> int:
        return self.sock.fileno()

    def send(self, head: dict[str, Any], body: bytes | memoryview = b"", fds: Collection[int] = ()) -> None:
        """Raises OSError when the peer is gone."""
        packed = msgspec.msgpack.encode(head)
        lead = _HEAD.pack(len(packed), len(body)) + packed
        with self._sending:
            if fds:
                sent = socket.send_fds(self.sock, [lead], list(fds))
                lead = lead[sent:]
            if len(body) > 65536:
                if lead:
                    self.sock.sendall(lead)
                self.sock.sendall(body)
            elif lead or body:
                self.sock.sendall(lead + bytes(body))

    def receive(
        self,
        admit: Callable[[str, str], int] = lambda verb, caller: MAX_BODY_BYTES,
        *,
        rest_seconds: float | None = None,
    ) -> Message | None:
        """The next message; None when the peer closed between messages. Memory is taken as the bytes arrive, never for
        a length that was only told.

        ``admit(verb, caller)``: how long the body may be; it is asked before anything else of the head is decoded, and
        what it raises leaves the rest of the message unread. ``rest_seconds``: how long a message that has begun may
        stand still. Raises Broken on a malformed message, OSError when the socket fails.
        """
        fds: list[int] = []
        try:
            lead = self._read(_HEAD.size, fds)
            if lead is None:
                return None
            head_length, body_length = _HEAD.unpack(lead)
            if not 0 < head_length <= MAX_HEAD_BYTES or body_length > MAX_BODY_BYTES:
                raise Broken(f"message of {head_length} + {body_length} bytes: longer than the protocol allows")
            if rest_seconds is not None:
                self.sock.settimeout(rest_seconds)
            packed = self._read(head_length, fds)
            if packed is None:
                raise Broken("message: the peer closed in the middle of it")
            said = _decoded(packed, _Lead)
            if body_length > (most := admit(said.verb, said.caller)):
                raise Broken(f"{said.verb}: a message with {body_length} bytes; at most {most} are possible")
            head = _decoded(packed, dict[str, Any])
            body = self._read(body_length, fds) if body_length else b""
            if body is None:
                raise Broken("message: the peer closed in the middle of it")
        except BaseException:
            for fd in fds:
                os.close(fd)
            raise
        return Message(head, body, tuple(fds))

    def _read(self, size: int, fds: list[int]) -> bytes | None:
        data = bytearray()
        got = 0
        while got < size:
            if got == len(data):
                data.extend(bytes(min(size - got, _BLOCK_BYTES)))
            with memoryview(data) as view:
                room = socket.CMSG_SPACE(self._most_fds * _FD_BYTES) if self._most_fds else 0
                n, ancillary, _, _ = self.sock.recvmsg_into([view[got:]], room, socket.MSG_CMSG_CLOEXEC)
            for level, kind, payload in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    got_fds = array.array("i")
                    got_fds.frombytes(payload[: len(payload) - len(payload) % got_fds.itemsize])
                    fds.extend(got_fds)
            if len(fds) > self._most_fds:
                raise Broken(f"message: it brings {len(fds)} file descriptors; at most {self._most_fds} are possible")
            if n == 0:
                if got == 0:
                    return None
                raise Broken("message: the peer closed in the middle of it")
            got += n
        return bytes(data)

    def peer(self) -> tuple[int, int]:
        """(process id, user id) of the other end, as the kernel says."""
        pid, uid, _ = struct.unpack("iII", self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return pid, uid

    def hang_up(self) -> None:
        """Ends it for whoever reads or writes; the socket stays theirs to close."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hang_up()
        self.sock.close()


def need_server(connection: Connection, uids: Collection[int] | None, name: str) -> None:
    """Raises Unavailable, with the connection closed, unless one of these users serves it."""
    uid = connection.peer()[1]
    if uids is not None and uid not in uids:
        connection.close()
        raise Unavailable.of("socket-owner", name=name, user=uid)


class _Lead(msgspec.Struct):
    """What is looked at before the rest of a head is decoded."""

    verb: str = ""
    caller: str = ""


_T = TypeVar("_T")


def _decoded(packed: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Broken(f"message: its head is no map ({error})") from error


def listen(path: str, *, mode: int = 0o660, backlog: int = 64) -> socket.socket:
    """A listening Unix socket at ``path``; a stale one there is replaced."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with address_of(path) as address:
        sock.bind(address)
    os.chmod(path, mode)
    sock.listen(backlog)
    return sock


@contextlib.contextmanager
def address_of(path: str) -> Iterator[str]:
    """What to bind or connect to for the Unix socket at ``path``: a socket's own address holds 107 bytes, and a longer
    path is reached through its folder's descriptor. Raises OSError."""
    if len(os.fsencode(path)) <= _MAX_PATH_BYTES:
        yield path
        return
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{os.path.basename(path)}"
    finally:
        os.close(folder)


class Peer(NamedTuple):
    """Who called: process and user as the kernel says, and the token that came with the call."""

    pid: int
    uid: int
    caller: str = ""


class Client:
    """Calls a :class:`appliance.protocol.server.Server`. Thread-safe: connections are pooled and made when needed.
    ``caller``: the token that goes with each call. ``server``: the users one of whom must serve
    there; None: anybody."""

    def __init__(
        self, path: str, *, timeout_seconds: float = 30.0, caller: str = "", server: Collection[int] | None = None
    ) -> None:
        self._path, self._timeout, self._server = path, timeout_seconds, server
        self._said = {"caller": caller} if caller else {}
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def call(self, verb: str, body: bytes = b"", *, within_seconds: float | None = None, **arguments: Any) -> Message:
        """The answer, within the client's time-out or this one. Raises the error that the other side raised, or
        Unavailable when it cannot be reached."""
        connection, message = self._first(verb, body, arguments, within_seconds)
        self._give_back(connection)
        return message

    def stream(self, verb: str, body: bytes = b"", **arguments: Any) -> tuple[dict[str, Any], Iterator[bytes]]:
        """The answer's map and its blocks as they come. Exhaust or close the iterator."""
        connection, first = self._first(verb, body, arguments)
        return first.head, self._blocks(connection, first)

    def _blocks(self, connection: Connection, message: Message) -> Iterator[bytes]:
        whole = False
        try:
            if message.body:
                yield message.body
            while message.head.get("more"):
                message = self._receive(connection, "stream")
                if message.body:
                    yield message.body
            whole = True
        finally:
            if whole:
                self._give_back(connection)
            else:
                connection.close()

    def _first(
        self, verb: str, body: bytes, arguments: dict[str, Any], within_seconds: float | None = None
    ) -> tuple[Connection, Message]:
        connection, pooled = self._take(within_seconds or self._timeout)
        try:
            connection.send({"verb": verb, **self._said, **arguments}, body)
            message = connection.receive()
            if message is None and pooled:
                connection.close()
                return self._first(verb, body, arguments, within_seconds)
        except OSError as error:
            connection.close()
            if pooled and isinstance(error, BrokenPipeError | ConnectionResetError):
                return self._first(verb, body, arguments, within_seconds)
            raise Unavailable.of("no-answer", verb=verb, who=self._name(), why=error) from error
        if message is None:
            connection.close()
            raise Unavailable.of("connection-closed", verb=verb, who=self._name())
        try:
            return connection, self._checked(message)
        except RecorderError:
            self._give_back(connection)
            raise

    def _receive(self, connection: Connection, verb: str) -> Message:
        try:
            message = connection.receive()
        except OSError as error:
            raise Unavailable.of("connection-lost-why", verb=verb, who=self._name(), why=error) from error
        if message is None:
            raise Unavailable.of("connection-lost", verb=verb, who=self._name())
        return self._checked(message)

    @staticmethod
    def _checked(message: Message) -> Message:
        if not message.head.get("ok"):
            raise error_from_map(message.head)
        return message

    def _take(self, timeout_seconds: float) -> tuple[Connection, bool]:
        with self._lock:
            pooled = self._idle.pop() if self._idle else None
        if pooled is not None:
            pooled.sock.settimeout(timeout_seconds)
            return pooled, True
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout_seconds)
        try:
            with address_of(self._path) as address:
                sock.connect(address)
        except OSError as error:
            sock.close()
            raise Unavailable.of("not-running", who=self._name(), why=error.strerror or error) from error
        connection = Connection(sock)
        need_server(connection, self._server, self._name())
        return connection, False

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _name(self) -> str:
        return os.path.basename(self._path).removesuffix(".sock")

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
