"""The darkroom's process: listens on ``run/darkroom.sock`` and forks a confined child for each connection.

It is a fork server: the decoders are loaded and warm before the first connection, so a child costs milliseconds, and
what a child learns of footage dies with it. A child has no file, no network and no key; it gets samples and gives back
bytes. If it crashes, hangs or grows, it is gone and whoever it served gets Unavailable; nobody else notices.

Looks with self-tests have a fork server of their own beside it (``run/looks.sock``): only there are plugins imported,
so no stranger's code was ever in a process that draws what a viewing shows (``INV-27``).
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable, Collection
from typing import Any, NamedTuple, TypeVar

import msgspec

from appliance.core.clock import SystemClock
from appliance.core.errors import Broken, RecorderError, Unavailable
from appliance.core.model import from_wire, to_wire
from appliance.process.confinement import Allowed, confine, die_with_parent, hide_memory, name_process
from appliance.process.heartbeat import Heart
from appliance.protocol.transport import Connection, Message, listen
from appliance.sandbox.changes import ChangeFinder
from appliance.sandbox.mux import Response
from appliance.sandbox.picture import draw
from appliance.sandbox.protocol import (
    Block,
    Opening,
    PictureOrder,
    SearchKey,
    SearchOrder,
    StillOrder,
    decode_samples,
)
from appliance.sandbox.scan import Scan
from appliance.sandbox.selftest import CameraChecks
from appliance.sandbox.selftest_forkserver import SelfTestForkserver, SelfTestServer
from appliance.sandbox.still import still
from appliance.sandbox.warm import exercise
from appliance.selftest.reports import BoxOrder, SelfTestOrder
from appliance.selftest.samples import decode_taken

__all__ = ["Limits", "run_darkroom"]


_Order = TypeVar("_Order", SelfTestOrder, BoxOrder)
_Asked = TypeVar("_Asked", PictureOrder, SearchOrder, StillOrder)


class Limits(NamedTuple):
    """What one child may take. A request that needs longer ends the child; so does the processor time of its whole
    life. ``children`` is how many may be at work at once; ``hidden`` what the unit hides from all of them."""

    request_seconds: float = 20.0
    cpu_seconds: int = 3600
    memory_bytes: int = 1 << 30
    children: int = 96
    hidden: tuple[str, ...] = ()

    def allowed(self) -> Allowed:
        """Nothing but memory."""
        return Allowed(memory_bytes=self.memory_bytes, hidden=self.hidden)


_PROOFS = 6
"""A look that proves its checks may take so many times as long: it is some hundred looks."""

_LOOK_UP_SECONDS = 1.0
"""How often the ended children are counted when nobody connects."""


def run_darkroom(
    socket_path: str,
    *,
    uids: Collection[int] | None = None,
    look_uids: Collection[int] | None = None,
    limits: Limits | None = None,
    looks: SelfTestServer | None = None,
    hidden: tuple[str, ...] = (),
) -> None:
    """Serves until SIGTERM or SIGINT. ``uids``: who may connect, ``look_uids``: who may where looks are served; None =
    the user it runs as. ``looks``: where looks are served, and by which checks; None = nowhere. ``hidden``:
    directories that its unit hides, if there is one. Blocking, main thread."""
    name_process("darkroom")
    hide_memory()
    exercise()
    gc.freeze()
    own = (os.geteuid(),)
    may, may_look = frozenset(own if uids is None else uids), frozenset(own if look_uids is None else look_uids)
    most = (limits or Limits())._replace(hidden=hidden)
    _say_what_is_missing(most)

    def look_after(make: Callable[[], CameraChecks], path: str) -> None:
        _serve(path, may_look, most, looking=make)

    room = SelfTestForkserver(looks, look_after) if looks else None
    try:
        _serve(socket_path, may, most, room=room, heart=Heart(SystemClock()))
    finally:
        if room is not None:
            room.close()


def _say_what_is_missing(limits: Limits) -> None:
    """Into the log, once: what a child of this darkroom cannot give up. Tried by one that does nothing else."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            enforced = confine(limits.allowed())
            os.write(write, "; ".join((*enforced.below, *enforced.missing)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        missing = pipe.read()
    os.waitpid(pid, 0)
    if missing:
        sys.stderr.write(f"darkroom: its children are not confined as they should be: {missing}\n")
        sys.stderr.flush()


def _serve(
    path: str,
    uids: frozenset[int],
    limits: Limits,
    *,
    looking: Callable[[], CameraChecks] | None = None,
    room: SelfTestForkserver | None = None,
    heart: Heart | None = None,
) -> None:
    """One fork server on ``path``, until it is told to stop; the socket is gone then."""
    listening = listen(path)
    server = _Server(listening, uids, limits, looking)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.stop)
    try:
        server.serve(room, heart)
    finally:
        listening.close()
        if os.path.exists(path):
            os.unlink(path)


class _Server:
    def __init__(
        self,
        listening: socket.socket,
        uids: frozenset[int],
        limits: Limits,
        looking: Callable[[], CameraChecks] | None,
    ) -> None:
        self._listening, self._uids, self._limits, self._looking = listening, uids, limits, looking
        self._children: set[int] = set()
        self._stopping = False

    def stop(self, number: int, frame: object) -> None:
        self._stopping = True

    def serve(self, room: SelfTestForkserver | None, heart: Heart | None) -> None:
        """Until :meth:`stop`. Sees that the ``room`` for looks is there meanwhile."""
        self._listening.setblocking(False)
        while not self._stopping:
            if heart is not None:
                heart.beat()
            if room is not None:
                room.tend(self._listening.close)
            ready, _, _ = select.select([self._listening], [], [], _LOOK_UP_SECONDS)
            self._reap()
            if ready:
                self._accept()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _reap(self) -> None:
        for pid in list(self._children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._children.discard(pid)

    def _accept(self) -> None:
        try:
            sock, _ = self._listening.accept()
        except BlockingIOError:
            return
        with sock:
            sock.setblocking(True)
            if Connection(sock).peer()[1] not in self._uids or len(self._children) >= self._limits.children:
                return
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    self._listening.close()
                    _child(sock, parent, self._limits, self._looking)
                    status = 0
                finally:
                    os._exit(status)
            self._children.add(pid)


def _child(sock: socket.socket, parent: int, limits: Limits, looking: Callable[[], CameraChecks] | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent(parent)
    name_process("darkroom look" if looking else "darkroom child")
    os.nice(5)
    enforced = confine(limits.allowed())
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    connection = Connection(sock)
    try:
        enforced.check_floor()
    except Unavailable as error:  # nothing of footage may come in here
        if connection.receive() is not None:
            connection.send(error.as_map())
        return
    _Child(connection, limits.request_seconds, looking() if looking else None).serve()


class _Child:
    """Serves one connection. At most one response is open at a time; opening another drops it. With ``looking`` it
    looks and does nothing else."""

    def __init__(self, connection: Connection, request_seconds: float, looking: CameraChecks | None) -> None:
        self._connection, self._request_seconds, self._looking = connection, request_seconds, looking
        self._response: Response | None = None
        self._scan = Scan()
        self._search: ChangeFinder | None = None

    def serve(self) -> None:
        """Until the peer closes. A defect is answered as Unavailable and ends the child: its state is not trusted."""
        while (message := self._connection.receive()) is not None:
            proves = message.head.get("verb") in ("look", "look.box") and bool(message.head.get("prove"))
            patience = self._request_seconds * (_PROOFS if proves else 1)
            signal.setitimer(signal.ITIMER_REAL, patience)  # SIGALRM ends the process
            try:
                head, body = self._answer(message)
            except RecorderError as error:
                self._response = None
                head, body = error.as_map(), b""
            except Exception as error:
                self._refuse(f"footage: this stretch cannot be shown ({type(error).__name__}); try a later start")
                return
            self._connection.send(head, body)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _refuse(self, message: str) -> None:
        self._connection.send({"code": Unavailable.code, "message": message})

    def _answer(self, message: Message) -> tuple[dict[str, Any], bytes]:
        verb = message.head.get("verb")
        if self._looking is not None:
            if verb == "look":
                order = _look_order(message.head, SelfTestOrder)
                return {"ok": True}, to_wire(self._looking.look(order, decode_taken(message.body)))
            if verb == "look.references":
                self._looking.refer(_references(message.body))
                return {"ok": True}, b""
            if verb == "look.box":
                return {"ok": True}, to_wire(self._looking.look_box(_look_order(message.head, BoxOrder)))
            raise Broken(f"looks: no such verb {str(verb)[:20]!r}")
        if verb == "open":
            self._response = Response(_decoded(message.body, Opening))
            return {"ok": True}, b""
        if verb == "fragment":
            return _block(self._opened().push(decode_samples(message.body)))
        if verb == "end":
            response, self._response = self._opened(), None
            return _block(response.finish(int(message.head.get("end_ns", 0))))
        if verb == "picture":
            return {"ok": True}, draw(_order(message.head, PictureOrder), message.body)
        if verb == "still":
            made = still(_order(message.head, StillOrder), decode_taken(message.body))
            return {"ok": True, "still": msgspec.to_builtins(made.told)}, made.jpeg
        if verb == "search":
            self._search = ChangeFinder(_order(message.head, SearchOrder))
            return {"ok": True}, b""
        if verb == "search.key":
            compared = self._searched().add(_search_key(message.head), message.body)
            return {"ok": True, "compared": msgspec.to_builtins(compared)}, b""
        if verb == "search.pair":
            first_ns, last_ns = (int(message.head.get(name, 0)) for name in ("first_ns", "last_ns"))
            return {"ok": True, "differs": self._searched().differ(first_ns, last_ns)}, b""
        if verb == "scan":
            self._scan.add(message.body)
            return {"ok": True}, b""
        if verb == "scan.look":
            kind, pages = self._scan.look()
            return {"ok": True, "type": kind, "pages": pages}, b""
        if verb == "scan.page":
            return {"ok": True}, self._scan.page(int(message.head.get("page", 0)), int(message.head.get("side", 0)))
        raise Broken(f"darkroom: no such verb {str(verb)[:20]!r}")

    def _opened(self) -> Response:
        if self._response is None:
            raise Broken("darkroom: no response is open; open comes first")
        return self._response

    def _searched(self) -> ChangeFinder:
        if self._search is None:
            raise Broken("darkroom: no search has begun; search comes first")
        return self._search


def _block(block: Block) -> tuple[dict[str, Any], bytes]:
    return {"ok": True, "mime": block.mime}, block.data


def _decoded(body: bytes, kind: type[Opening]) -> Opening:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise Broken(f"darkroom: the opening cannot be read ({error})") from error


def _look_order(head: dict[str, Any], kind: type[_Order]) -> _Order:
    try:
        return msgspec.convert(head.get("order"), kind)
    except msgspec.ValidationError as error:
        raise Broken(f"darkroom: the order for a look cannot be read ({error})") from error


def _order(head: dict[str, Any], kind: type[_Asked]) -> _Asked:
    try:
        return msgspec.convert(head.get("order"), kind)
    except msgspec.ValidationError as error:
        raise Broken(f"darkroom: the order for a picture cannot be read ({error})") from error


def _search_key(head: dict[str, Any]) -> SearchKey:
    try:
        return msgspec.convert(head.get("key"), SearchKey)
    except msgspec.ValidationError as error:
        raise Broken(f"darkroom: the key frame of a search cannot be read ({error})") from error


def _references(body: bytes) -> tuple[bytes, ...]:
    try:
        return from_wire(body, tuple[bytes, ...])
    except msgspec.MsgspecError as error:
        raise Broken(f"darkroom: the reference pictures cannot be read ({error})") from error
