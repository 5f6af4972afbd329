"""The serving side of ``appliance/protocol/transport.py``: a thread per connection, and limits on what a caller can
have it take."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from appliance.core.errors import Broken, RecorderError
from appliance.protocol.transport import MAX_BODY_BYTES, Connection, Message, Peer, Reply, listen

__all__ = ["Limits", "Server"]

Handler = Callable[[str, dict[str, Any], Message, Peer], Reply]


class Limits(NamedTuple):
    """``connections``: the most at once, ``of_user``: of one user; what comes beyond is closed at once. ``strangers``:
    the most at once that were not let in for good yet; with one more, the oldest of them is closed.
    ``message_seconds``: how long a message that has begun may stand still, an answer may wait to be taken, and a new
    connection may say nothing. ``admit(verb, peer)``: the longest body of a call; it raises for a verb that is not for
    this peer. ``lasting(peer)``: whether this peer, whose call was admitted, is let in for good."""

    connections: int = 256
    of_user: int = 160
    strangers: int = 32
    message_seconds: float = 30.0
    admit: Callable[[str, Peer], int] = lambda verb, peer: MAX_BODY_BYTES
    lasting: Callable[[Peer], bool] = lambda peer: True


class Server:
    """Serves verbs on a Unix socket, a thread per connection. ``handler(verb, arguments, message, peer) -> Reply``.

    A RecorderError becomes an error answer with its code; anything else becomes ``broken`` with the error's type, is
    handed to ``on_defect``, and the connection goes on.
    """

    def __init__(
        self,
        path: str,
        handler: Handler,
        *,
        uids: Collection[int] | None = None,
        on_defect: Callable[[str, BaseException], None] = lambda verb, error: None,
        limits: Limits | None = None,
    ) -> None:
        self._path, self._handler, self._on_defect = path, handler, on_defect
        self._uids = None if uids is None else frozenset(uids)
        self._limits = limits or Limits()
        self._listening = listen(path)
        self._open: dict[Connection, int] = {}
        self._users = Counter[int]()
        self._strangers: dict[Connection, None] = {}
        """Those that were not let in for good, the oldest first."""
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name=f"serve {os.path.basename(path)}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            self._closed = True  # for one that is accepted and not served yet
            connections = list(self._open)
        for connection in connections:
            connection.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            connection = Connection(sock)
            if self._admitted(connection):
                try:
                    threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
                except RuntimeError:  # no thread is to be had now
                    self._gone(connection)
            else:
                connection.close()

    def _admitted(self, connection: Connection) -> bool:
        """Counts a new connection, and lets the stranger go that has waited longest when there are too many."""
        try:
            _, uid = connection.peer()
        except OSError:
            return False
        oldest = None
        with self._lock:
            if self._closed or (self._uids is not None and uid not in self._uids):
                return False
            if len(self._open) >= self._limits.connections or self._users[uid] >= self._limits.of_user:
                oldest = next(iter(self._strangers), None)
                if oldest is None or self._open[oldest] != uid:
                    return False
            elif len(self._strangers) >= self._limits.strangers:
                oldest = next(iter(self._strangers))
            if oldest is not None:
                self._forget(oldest)
            self._open[connection] = uid
            self._users[uid] += 1
            self._strangers[connection] = None
        if oldest is not None:
            oldest.hang_up()
        return True

    def _forget(self, connection: Connection) -> None:
        self._strangers.pop(connection, None)
        uid = self._open.pop(connection, None)
        if uid is not None:
            self._users[uid] -= 1

    def _gone(self, connection: Connection) -> None:
        with self._lock:
            self._forget(connection)
        connection.close()

    def _serve(self, connection: Connection) -> None:
        limits = self._limits
        try:
            pid, uid = connection.peer()
            known = False

            def admit(verb: str, caller: str) -> int:
                return limits.admit(verb, Peer(pid, uid, caller))

            while True:
                connection.sock.settimeout(None if known else limits.message_seconds)
                message = connection.receive(admit, rest_seconds=limits.message_seconds)
                if message is None:
                    return
                peer = Peer(pid, uid, str(message.head.get("caller", "")))
                if not known and limits.lasting(peer):
                    known = True
                    with self._lock:
                        self._strangers.pop(connection, None)
                self._answer(connection, message, peer)
        except OSError:
            return
        except RecorderError as error:  # what is left of that message is not read
            with contextlib.suppress(OSError):
                connection.send(error.as_map())
        finally:
            self._gone(connection)

    def _answer(self, connection: Connection, message: Message, peer: Peer) -> None:
        arguments = dict(message.head)
        verb = str(arguments.pop("verb", ""))
        arguments.pop("caller", None)
        try:
            reply = self._handler(verb, arguments, message, peer)
            if isinstance(reply.body, bytes):
                connection.send({"ok": True, **reply.head}, reply.body)
                return
            connection.send({"ok": True, "more": True, **reply.head})
            for block in reply.body:
                connection.send({"ok": True, "more": True}, block)
            connection.send({"ok": True})
        except RecorderError as error:
            connection.send(error.as_map())
        except OSError:
            raise
        except Exception as error:
            self._on_defect(verb, error)
            connection.send(
                {"code": Broken.code, "message": f"{verb}: a defect in the recorder ({type(error).__name__})"}
            )
        finally:
            for fd in message.fds:
                os.close(fd)
