"""The keeper's side of the medium: which sticks there are, and a session with one of them.

Blocking. A session is for one thread, but for :meth:`MediumSession.cancel`. Nothing here touches a device: what is
written goes from this process's memory over the socket to the stick, and on no disk of this machine.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar

import msgspec

from appliance.core.errors import Broken, Damaged, RecorderError, Unavailable
from appliance.core.errors import from_map as error_from_map
from appliance.medium.waiting import limit_waiting
from appliance.protocol.medium import BLOCK_LENGTH, MOST_BLOCK_BYTES, MediumContents, Prepared, Stick
from appliance.protocol.transport import Connection, Message, address_of, need_server

__all__ = ["MediumClient", "MediumSession", "Progress", "check_contents"]

Progress = Callable[[int, int], None]
"""(done, of how many bytes; 0: not known). What it raises ends the session."""

_OF_WINDOWS = "System Volume Information"
_TIMEOUT_SECONDS = 300.0
"""A stick that hangs is given up by the kernel within three minutes."""


def _unheard(done: int, of: int) -> None:
    return None


class MediumClient:
    """``server``: the users one of whom must serve there; None: anybody."""

    def __init__(
        self, socket_path: str, *, timeout_seconds: float = _TIMEOUT_SECONDS, server: Collection[int] | None = None
    ) -> None:
        self._path, self._timeout, self._server = socket_path, timeout_seconds, server

    def sticks(self) -> tuple[Stick, ...]:
        """All that are plugged in, each with why it may not be used. Raises Unavailable where the service is away."""
        with MediumSession(self._connected()) as session:
            return session._sticks()

    def open(self, serial: str, *, write: bool) -> MediumSession:
        """The stick with this serial number, for this session alone. Raises NotFound, Refused, Unavailable."""
        session = MediumSession(self._connected())
        try:
            session._open(serial, write)
        except BaseException:
            session.close()
            raise
        return session

    def _connected(self) -> Connection:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        limit_waiting(sock, self._timeout)
        try:
            with address_of(self._path) as address:
                sock.connect(address)
        except OSError as error:
            sock.close()
            raise Unavailable.of("medium-service", why=error.strerror or error) from error
        connection = Connection(sock)
        need_server(connection, self._server, os.path.basename(self._path))
        return connection


class MediumSession:
    """One stick, from :meth:`MediumClient.open` until :meth:`release` or :meth:`close`.

    To make a copy: :meth:`prepare`, :meth:`write` for each file, :meth:`finish`, :meth:`release`. To verify one, in
    another session: :meth:`read`, :meth:`release`. Any error ends the session; what was written is of no use then. A
    session that is closed before ``finish`` leaves a stick without a file.
    """

    stick: Stick

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cancelled = False
        self._answers = select.poll()  # select(2) knows no descriptor above 1023, and a keeper may have such
        self._answers.register(connection, select.POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """The child and its hold on the stick end."""
        self._connection.close()

    def cancel(self) -> None:
        """From any thread: whatever the session is at raises Unavailable (``medium-cancelled``), and it is over."""
        self._cancelled = True
        self._connection.hang_up()

    def prepare(
        self, *, whole: bool, label: str, random: Callable[[int], bytes], progress: Progress = _unheard
    ) -> Prepared:
        """Wipes it, ``whole`` or at both ends, and makes an empty exFAT volume. ``label``: at most eleven letters.
        Raises Refused for a stick of a size that cannot be used."""
        serials = {name: int.from_bytes(random(4), "big") for name in ("disk_serial", "volume_serial")}
        answer = self._long("prepare", progress, whole=whole, label=label, **serials)
        return _record(answer, "prepared", Prepared)

    def write(
        self,
        name: str,
        blocks: Iterable[bytes | memoryview],
        *,
        at_ns: int,
        total: int = 0,
        progress: Progress = _unheard,
    ) -> int:
        """A file of these bytes; how many there were. ``at_ns``: its time; ``total``: how many are expected, for
        ``progress``. What ``blocks`` raises ends the session. Raises Refused where they do not fit, UsageError for a
        name that cannot be."""
        done = 0
        try:
            self._send({"verb": "write", "name": name, "at_ns": at_ns})
            for block in blocks:
                for piece in _pieces(block):
                    self._send_block(piece)
                    done += len(piece)
                    progress(done, total)
            self._send_block(b"")
            size = self._receive().head.get("size")
        except BaseException:
            self.close()
            raise
        if size != done:
            raise Broken(f"medium: {name}: {done} bytes were sent and {size} written")
        return done

    def finish(self) -> None:
        """The files are in the directory and on the medium on return."""
        self._ask("finish")

    def read(self, progress: Progress = _unheard) -> MediumContents:
        """Every file, hashed from the medium. Raises Damaged for one that is not as this recorder made it."""
        return _record(self._long("read", progress), "contents", MediumContents)

    def release(self) -> None:
        """Nothing uses it any more on return: it may be pulled out. Ends the session."""
        self._ask("release")
        self.close()

    def _sticks(self) -> tuple[Stick, ...]:
        return _record(self._ask("list"), "sticks", tuple[Stick, ...])

    def _open(self, serial: str, write: bool) -> None:
        self.stick = _record(self._ask("open", serial=serial, write=write), "stick", Stick)

    def _long(self, verb: str, progress: Progress, **arguments: Any) -> Message:
        try:
            self._send({"verb": verb, **arguments})
            while (message := self._receive()).head.get("more"):
                progress(int(message.head.get("done", 0)), int(message.head.get("of", 0)))
        except BaseException:
            self.close()
            raise
        return message

    def _ask(self, verb: str, **arguments: Any) -> Message:
        self._send({"verb": verb, **arguments})
        return self._receive()

    def _send(self, head: dict[str, Any]) -> None:
        try:
            self._connection.send(head)
        except OSError as error:
            raise self._broken_off(error) from error

    def _send_block(self, block: bytes | memoryview) -> None:
        """Raises what the other side said meanwhile."""
        sock, lead = self._connection.sock, BLOCK_LENGTH.pack(len(block))
        try:
            if self._answers.poll(0):
                self._receive()
                raise Broken("medium: an answer that nothing was asked for")
            sent = sock.sendmsg([lead, block])
            if sent < len(lead) + len(block):
                sock.sendall((lead + bytes(block))[sent:])
        except OSError as error:
            raise self._broken_off(error) from error

    def _broken_off(self, error: Exception) -> RecorderError:
        """Why: what the other side said before it went, as far as it did."""
        if isinstance(error, BlockingIOError) or self._cancelled:
            return self._gone(error)
        try:
            self._receive()
        except RecorderError as said:
            return said
        return self._gone(error)

    def _receive(self) -> Message:
        try:
            message = self._connection.receive()
        except (OSError, Broken) as error:
            self.close()
            raise self._gone(error) from error
        if message is None:
            self.close()
            raise self._gone(None)
        if not message.head.get("ok"):
            self.close()
            raise error_from_map(message.head)
        return message

    def _gone(self, error: Exception | None) -> Unavailable:
        if self._cancelled:
            return Unavailable.of("medium-cancelled")
        if isinstance(error, BlockingIOError):  # its time was up (limit_waiting)
            return Unavailable.of("medium-hangs")
        return Unavailable.of("medium-service-lost")


def check_contents(expected: Mapping[str, str], found: MediumContents) -> None:
    """``expected``: SHA-256, hexadecimal, by name. Raises Damaged, naming what is not there as it should be. The
    folder that Windows makes on every stick does not count."""
    there = {file.name: file for file in found.files}
    wrong = [name for name, sha256 in expected.items() if name not in there or there[name].sha256 != sha256]
    more = [name for name in (*there, *found.others) if name not in expected and name != _OF_WINDOWS]
    if wrong:
        raise Damaged.of("medium-differs", names=wrong)
    if more:
        raise Damaged.of("medium-more", names=more)


def _pieces(block: bytes | memoryview) -> Iterator[memoryview]:
    view = memoryview(block)
    for at in range(0, len(view), MOST_BLOCK_BYTES):
        yield view[at : at + MOST_BLOCK_BYTES]


_T = TypeVar("_T")


def _record(message: Message, name: str, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(message.head.get(name), kind)
    except msgspec.ValidationError as error:
        raise Broken(f"medium: its answer cannot be read ({error})") from error
