"""Where camera processes come from: a server that was forked first, runs no thread, and never holds a key.

It has imported everything a camera needs, so that a child starts in milliseconds and shares those pages. Requests and
answers are messages (``appliance/protocol/transport.py``) on one socket pair; a request carries the child's own
socket. Only this server reaps and kills its children, so a process id can never mean another process. When the
supervisor goes, the server goes, and with it every child.

Neither the server nor a child ends at SIGTERM or SIGINT. A service manager, a container or a shell sends them to all
processes at once, and it is the supervisor that ends cameras in order: a camera that ended by itself would lose what
it has not handed over, and a server that did would be taken for a defect.

Where the kernel gives one, the server is process 1 of a namespace of process ids: no child can so much as name the
supervisor. A process enters such a namespace by being forked into it, so one between the two forks the server and ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from typing import NamedTuple

from appliance.core.errors import Broken, Unavailable
from appliance.process.confinement import adopt_orphans, die_with_parent, hide_memory, leave_process_ids, name_process
from appliance.protocol.callers import drop_token
from appliance.protocol.transport import Connection

__all__ = ["ChildExit", "ForkServer", "start_fork_server"]

_SEND_BUFFER_BYTES = 1 << 20

Prepare = Callable[[], Callable[[socket.socket], None]]
"""Called once in the server: imports what children need and returns what a child runs with its socket."""


class ChildExit(NamedTuple):
    """A child ended. ``how`` reads "status 1" or "signal 9"."""

    token: int
    how: str


class ForkServer:
    """The supervisor's end. ``fileno`` is readable when :meth:`exits` has something to give."""

    def __init__(self, connection: Connection, pid: int) -> None:
        self._connection, self.pid = connection, pid

    def fileno(self) -> int:
        return self._connection.fileno()

    def spawn(self, token: int, name: str) -> socket.socket:
        """A new child called ``name``; the socket to it. ``token`` names it from now on, once. Raises Unavailable."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        # A key frame's fragment fits, so that the child need not wait for the supervisor in the middle of it.
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        try:
            self._connection.send({"spawn": token, "name": name}, fds=[theirs.fileno()])
        except OSError as error:
            ours.close()
            raise Unavailable(f"fork server: is gone ({error.strerror}); the recorder must be started again") from error
        finally:
            theirs.close()
        return ours

    def kill(self, token: int) -> None:
        """The child is killed if it still lives; its exit is reported like any other."""
        with contextlib.suppress(OSError):
            self._connection.send({"kill": token})

    def exits(self) -> ChildExit | None:
        """The next report; blocks until there is one. None: the server is gone."""
        with contextlib.suppress(OSError, Broken):
            message = self._connection.receive()
            if message is not None:
                return ChildExit(int(message.head["exit"]), str(message.head["how"]))
        return None

    def close(self) -> None:
        """The server and all its children end; returns when they have."""
        self._connection.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def start_fork_server(prepare: Prepare) -> ForkServer:
    """Forks the server. The caller must have one thread and no key yet.

    An error in ``prepare`` ends the server; its text is on standard error and the first :meth:`ForkServer.exits`
    gives None.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    parent = os.getpid()
    gc.collect()  # what is garbage here may own threads, which the child would wait for in vain when it frees it
    told, tell = os.pipe()
    adopted, adopt = os.pipe()
    adopt_orphans(True)
    between = os.fork()
    if between:
        theirs.close()
        os.close(tell)
        os.close(adopted)
        os.waitpid(between, 0)
        adopt_orphans(False)
        with open(told, encoding="ascii") as file, open(adopt, "wb", buffering=0):
            # Closing ``adopt`` says that the one between is gone: the server is the supervisor's own child now.
            pid = int(file.read() or 0)
        if not pid:
            raise Unavailable("fork server: it could not be forked; the recorder must be started again")
        return ForkServer(Connection(ours), pid)
    pid = -1  # of the server, once it is forked; 0 in the server itself
    try:
        ours.close()
        os.close(told)
        os.close(adopt)
        leave_process_ids()
        pid = os.fork()
        if pid:
            os.write(tell, str(pid).encode())
    finally:
        if pid:
            os._exit(0)
    status = 1
    try:
        os.close(tell)
        os.read(adopted, 1)
        os.close(adopted)
        die_with_parent(parent)  # had it gone already, its end of the socket would be closed, which ends the server
        drop_token()
        hide_memory()
        name_process("camera forks")
        _serve(Connection(theirs, most_fds=1), prepare())
        status = 0
    except Exception as error:  # whatever it is, this process ends here, and somebody must be told why
        print(f"camera forks: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _serve(connection: Connection, run_child: Callable[[socket.socket], None]) -> None:
    """Until the supervisor closes its end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # To stop is the supervisor's to act on. Not SIG_IGN: a program that a child starts would inherit that.
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    gc.collect()
    gc.freeze()
    tokens: dict[int, int] = {}
    with contextlib.suppress(ConnectionError):  # a supervisor that goes with reports unread resets the connection
        _obey(connection, woken, tokens, run_child)
    for pid in tokens:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _obey(
    connection: Connection, woken: int, tokens: dict[int, int], run_child: Callable[[socket.socket], None]
) -> None:
    """Returns, or raises ConnectionError, when the supervisor is gone; ``tokens`` then has the living by process id."""
    while True:
        select.select([connection.fileno(), woken], [], [])
        with contextlib.suppress(BlockingIOError):
            os.read(woken, 4096)
        _reap(connection, tokens)
        if not select.select([connection.fileno()], [], [], 0)[0]:
            continue
        message = connection.receive()
        if message is None:
            return
        if "kill" in message.head:
            for pid, token in tokens.items():
                if token == message.head["kill"]:
                    os.kill(pid, signal.SIGKILL)
            continue
        (fd,) = message.fds
        pid = _fork(connection, fd, str(message.head["name"]), run_child)
        os.close(fd)
        tokens[pid] = int(message.head["spawn"])


def _reap(connection: Connection, tokens: dict[int, int]) -> None:
    while tokens:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        code = os.waitstatus_to_exitcode(status)
        how = f"signal {-code}" if code < 0 else f"status {code}"
        if pid in tokens:  # process 1 of a namespace also gets what a child's program left behind
            connection.send({"exit": tokens.pop(pid), "how": how})


def _fork(connection: Connection, fd: int, name: str, run_child: Callable[[socket.socket], None]) -> int:
    server = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        die_with_parent(server)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        name_process(name)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            # What a library prints may hold a camera's address and password: nothing of it goes anywhere.
            os.dup2(null, standard)
        os.dup2(fd, 3)
        os.closerange(4, 1 << 16)
        connection.sock.detach()
        run_child(socket.socket(fileno=3))
        status = 0
    finally:
        os._exit(status)
