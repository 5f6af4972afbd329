"""The medium's process: serves the keeper on ``medium.sock``, a child for each connection.

The child opens one stick and then gives up all else: from there on it has no file, no network and no other device, so
that what it parses of a stick that somebody prepared is parsed by a process that holds that stick alone. When the
connection ends, so does the child, and with it its one descriptor: nothing was mounted that could stay.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from appliance.core.errors import Broken, RecorderError
from appliance.core.messages import coded
from appliance.medium.block import BlockDevice
from appliance.medium.contents import read_back
from appliance.medium.exfat import Layout, directory
from appliance.medium.sticks import Sticks
from appliance.medium.volume import VolumeWriter
from appliance.medium.waiting import limit_waiting
from appliance.process.confinement import Allowed, confine, die_with_parent, hide_memory, name_process
from appliance.protocol.medium import BLOCK_LENGTH, MOST_BLOCK_BYTES, MediumContents, MediumFile, Prepared
from appliance.protocol.transport import Connection, Message
from appliance.rules.amounts import bytes_text

__all__ = ["activated", "run_medium"]

_FIRST_PASSED = 3
"""The first descriptor that systemd hands over (sd_listen_fds(3))."""
_LOOK_UP_SECONDS = 1.0
_MOST_CHILDREN = 4
_SILENCE_SECONDS = 900.0
"""So long a connection may say nothing; a package is made meanwhile."""
_MEMORY_BYTES = 96 << 20
_TELL_BYTES = 4 << 20
"""After so many bytes it is told how far it is."""


def activated() -> socket.socket | None:
    """The listening socket that systemd handed to this process; None where it was started otherwise."""
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()) or os.environ.pop("LISTEN_FDS", "") != "1":
        return None
    os.set_inheritable(_FIRST_PASSED, False)
    return socket.socket(fileno=_FIRST_PASSED)


def run_medium(
    listening: socket.socket, sticks: Sticks, *, uids: Collection[int], idle_seconds: float | None = None
) -> None:
    """Serves whoever is one of these users until SIGTERM or SIGINT, or until nobody came for ``idle_seconds``.
    Blocking, main thread. The socket stays the caller's."""
    name_process("medium")
    hide_memory()
    _warm()
    server = _Server(listening, sticks, frozenset(uids))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.stop)
    server.serve(idle_seconds)


def _warm() -> None:
    """Loads what a child cannot load any more."""
    directory(Layout.of(1 << 30, 512), "x", ())
    b"x\0".decode("utf-16-le", "replace")


class _Server:
    def __init__(self, listening: socket.socket, sticks: Sticks, uids: frozenset[int]) -> None:
        self._listening, self._sticks, self._uids = listening, sticks, uids
        self._children: set[int] = set()
        self._stopping = False

    def stop(self, number: int, frame: object) -> None:
        self._stopping = True

    def serve(self, idle_seconds: float | None) -> None:
        self._listening.setblocking(False)
        idle = 0.0
        while not self._stopping and (idle_seconds is None or idle < idle_seconds):
            ready, _, _ = select.select([self._listening], [], [], _LOOK_UP_SECONDS)
            self._children = {pid for pid in self._children if not os.waitpid(pid, os.WNOHANG)[0]}
            if ready:
                self._accept()
            idle = 0.0 if ready or self._children else idle + _LOOK_UP_SECONDS
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _accept(self) -> None:
        try:
            sock, _ = self._listening.accept()
        except BlockingIOError:
            return
        with sock:
            sock.setblocking(True)
            if Connection(sock).peer()[1] not in self._uids or len(self._children) >= _MOST_CHILDREN:
                return
            parent = os.getpid()
            pid = os.fork()
            if pid:
                self._children.add(pid)
                return
            status = 1
            try:
                self._listening.close()
                _child(sock, parent, self._sticks)
                status = 0
            except OSError:
                status = 0  # whoever asked is gone
            except Exception:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)


def _child(sock: socket.socket, parent: int, sticks: Sticks) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(parent)
    name_process("medium child")
    limit_waiting(sock, _SILENCE_SECONDS)
    connection = Connection(sock)
    child = _Child(connection, sticks)
    try:
        child.serve()
    except RecorderError as error:
        child.let_go()  # whoever hears of it may open the stick again
        connection.send(error.as_map())
        _hear_out(sock)


def _hear_out(sock: socket.socket) -> None:
    """Until the other side hangs up: an end with bytes unread could take what was sent away from it."""
    while sock.recv(1 << 16):
        pass


class _Child:
    """One connection. What any verb raises ends it."""

    def __init__(self, connection: Connection, sticks: Sticks) -> None:
        self._connection, self._sticks = connection, sticks
        self._device: BlockDevice | None = None
        self._writer: VolumeWriter | None = None
        self._verbs: dict[str, Callable[[Message], dict[str, Any]]] = {
            "list": self._list,
            "open": self._open,
            "prepare": self._prepare,
            "write": self._write,
            "finish": self._finish,
            "read": self._read,
            "release": self._release,
        }

    def serve(self) -> None:
        while (message := self._connection.receive(lambda verb, caller: 0)) is not None:
            verb = self._verbs.get(str(message.head.get("verb")))
            if verb is None:
                raise Broken(f"medium: no such verb {str(message.head.get('verb'))[:20]!r}")
            self._connection.send({"ok": True, **verb(message)})

    def let_go(self) -> None:
        """The stick, if there is one."""
        device, self._device, self._writer = self._device, None, None
        if device is not None:
            device.close()

    def _list(self, message: Message) -> dict[str, Any]:
        if self._device is not None:
            raise Broken("medium: a stick is open; list comes before")
        return {"sticks": [msgspec.to_builtins(stick) for stick in self._sticks.listed()]}

    def _open(self, message: Message) -> dict[str, Any]:
        if self._device is not None:
            raise Broken("medium: a stick is open")
        serial, write = str(message.head.get("serial", "")), message.head.get("write") is True
        stick, self._device = self._sticks.open(serial, write=write)
        confine(Allowed(memory_bytes=_MEMORY_BYTES)).check_floor()
        return {"stick": msgspec.to_builtins(stick)}

    def _opened(self) -> BlockDevice:
        if self._device is None:
            raise Broken("medium: no stick is open")
        return self._device

    def _writing(self) -> VolumeWriter:
        if self._writer is None:
            raise Broken("medium: it was not prepared")
        return self._writer

    def _prepare(self, message: Message) -> dict[str, Any]:
        device, head = self._opened(), message.head
        serials = [int(head.get(name, 0)) & 0xFFFFFFFF for name in ("disk_serial", "volume_serial")]
        writer = VolumeWriter(
            device, disk_serial=serials[0], volume_serial=serials[1], label=str(head.get("label", ""))
        )
        whole = head.get("whole") is not False
        wiped = writer.prepare(whole=whole, progress=self._tell())
        self._writer = writer
        words = (
            coded("medium-wiped-whole", bytes=bytes_text(wiped))
            if wiped >= device.bytes
            else coded("medium-wiped-ends", bytes=bytes_text(wiped), of=bytes_text(device.bytes))
        )
        prepared = Prepared(wiped_bytes=wiped, free_bytes=writer.free_bytes, wiped=words)
        return {"prepared": msgspec.to_builtins(prepared)}

    def _write(self, message: Message) -> dict[str, Any]:
        writer, lead = self._writing(), memoryview(bytearray(BLOCK_LENGTH.size))
        writer.begin(str(message.head.get("name", "")))
        while True:
            self._fill(lead)
            (size,) = BLOCK_LENGTH.unpack(lead)
            if not size:
                return {"size": writer.end(int(message.head.get("at_ns", 0))).size}
            if size > MOST_BLOCK_BYTES:
                raise Broken(f"medium: a block of {size} bytes")
            writer.add(size, self._fill)

    def _fill(self, room: memoryview) -> None:
        """With the next bytes that come. Raises OSError where no more do."""
        got = 0
        while got < len(room):
            count = self._connection.sock.recv_into(room[got:], 0, socket.MSG_WAITALL)
            if not count:
                raise ConnectionResetError
            got += count

    def _finish(self, message: Message) -> dict[str, Any]:
        self._writing().finish()
        return {}

    def _read(self, message: Message) -> dict[str, Any]:
        found = read_back(self._opened(), self._tell())
        contents = MediumContents(tuple(MediumFile(*file) for file in found.files), found.others)
        return {"contents": msgspec.to_builtins(contents)}

    def _release(self, message: Message) -> dict[str, Any]:
        self._opened()
        self.let_go()
        return {}

    def _tell(self) -> Callable[[int, int], None]:
        """Tells how far it is, now and then; raises OSError where nobody listens any more."""
        told = 0

        def progress(done: int, of: int) -> None:
            nonlocal told
            if done - told >= _TELL_BYTES:
                told = done
                self._connection.send({"ok": True, "more": True, "done": done, "of": of})

        return progress
