"""A camera's process: confined before it sees a byte of the camera's, with nothing but one socket to the supervisor.

Two threads. The main one opens the source and iterates it, which may block for seconds; the attendant takes the
supervisor's messages and flushes every second what is due, so that even then a stalled camera's last packets are not
kept back and a key is wiped in time. One lock guards what they share: the capture and the sending side.
"""

from __future__ import annotations

import contextlib
import ctypes
import encodings.idna  # noqa: F401 - imported before files are out of reach
import os
import select
import socket
import sysconfig
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol, runtime_checkable

import appliance
from appliance.api import SourceKind, Streams
from appliance.api.registry import Plugins, checked_settings, load_plugins
from appliance.core.clock import Clock
from appliance.core.errors import Broken, CameraLost, RecorderError, described
from appliance.core.messages import CodedMessage
from appliance.core.redaction import redact, url_secrets
from appliance.process.confinement import Allowed, confine
from appliance.recorder.camera import channel
from appliance.recorder.camera.capture import Capture
from appliance.recorder.camera.channel import Inbox, Start
from appliance.recorder.camera.preview import identity_of, notes_of, see

__all__ = ["allowed", "camera_process", "run_camera"]

PACE_SECONDS = 0.2
"""How long a paced reader leaves the camera's packets in the socket once it had to wait for one. Measured: a third
less CPU, because the demuxer then reads many packets for one wake-up (16 cameras, 6.9 to 4.8 ms a stream-second)."""

_WAITED_NS = 5_000_000
_LOOK_UP_SECONDS = 1.0
_START_SECONDS = 10.0
_LEAVE_SECONDS = 1.0
_MEMORY_BYTES = 512 << 20
_STACK_BYTES = 256 << 10
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8

_NAME_SERVICE = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf")
_CERTIFICATES = ("/etc/ssl", "/usr/share/ca-certificates", "/usr/lib/ssl")
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")


def camera_process(plugin_names: Iterable[str], clock: Clock) -> Callable[[socket.socket], None]:
    """Run once in the fork server: loads the plugins; returns what each child runs with its socket."""
    plugins = load_plugins(plugin_names)
    _warm()
    return partial(run_camera, plugins, clock)


def _warm() -> None:
    """Libraries that cameras use are in memory before the first fork, so that children share them.

    And malloc is told to be frugal: one arena for all threads, what is freed goes back to the system, but not so
    eagerly that each fragment faults its pages in anew (measured with 128 KiB: a fifth more CPU).
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, 1 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 512 << 10)
    try:
        import av
        import av.container.input
    except ImportError:
        return  # a box without libav records what needs none
    av.logging.set_level(None)


def allowed(kind: SourceKind, settings: Mapping[str, Any]) -> Allowed:
    """What a camera of this kind and settings may still do: the code it may yet import, the files and devices it
    declares, name service and certificates if it needs the network. It holds no file of the store and can open none."""
    code = (*_code_directories(), *_LIBRARIES)
    network = (*_NAME_SERVICE, *_CERTIFICATES) if kind.network else ()
    return Allowed(
        reads=(*code, *network, *kind.files_of(settings)),
        devices=kind.devices_of(settings),
        network=kind.network,
        programs=bool(kind.devices),
        memory_bytes=_MEMORY_BYTES,
    )


def _code_directories() -> tuple[str, ...]:
    """Where Python's own modules, the installed packages and ours lie; nothing else is in there."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {sysconfig.get_path(name) for name in names} | {os.path.dirname(appliance.__file__)}
    return tuple(sorted({os.path.realpath(path) for path in paths}))


def run_camera(plugins: Plugins, clock: Clock, sock: socket.socket) -> None:
    """A child's whole life: told by the supervisor what camera it is, it records until it is lost or told to stop, or
    gives one picture and ends."""
    sock.settimeout(_START_SECONDS)
    inbox = Inbox(sock, channel.TO_CAMERA)
    first = inbox.next()
    if first is None or first[0] not in (channel.START, channel.SEE):
        raise Broken("camera process: the supervisor did not begin with a start message")
    start = channel.unpack_start(first[1])
    sock.setblocking(True)
    try:
        if first[0] == channel.SEE:
            _see(plugins, clock, sock, start)
        else:
            _record(plugins, clock, sock, inbox, start)
    except (OSError, EOFError):
        return  # the supervisor is gone, or no longer wants this camera


def _confined(kind: SourceKind, settings: Mapping[str, Any], sock: socket.socket) -> bool:
    """False where not even the floor holds: then nothing of the camera may come in, and the supervisor is told why."""
    try:
        enforced = confine(allowed(kind, settings))
        channel.send(sock, channel.CONFINED, "; ".join(enforced.missing).encode()[: channel.MAX_TEXT_BYTES])
        enforced.check_floor()
    except RecorderError as error:
        channel.send(sock, channel.UNCONFINED, str(error).encode()[: channel.MAX_TEXT_BYTES])
        return False
    return True


def _see(plugins: Plugins, clock: Clock, sock: socket.socket, start: Start) -> None:
    """No key ever comes here, so there is nothing to seal with and nothing that could be stored (``INV-10``)."""
    try:
        kind = plugins.source(start.camera.source)
        settings = checked_settings(kind, kind.approved(start.camera.settings, sound=False))
    except RecorderError as error:
        channel.send(sock, channel.LOST, _reason(error, ()))
        return
    if not _confined(kind, settings, sock):
        return
    try:
        see(kind, settings, clock, lambda taken: channel.send(sock, channel.TAKEN, *channel.pack_taken(0, taken)))
    except Exception as error:  # a plugin or its library may raise anything; whatever it is, there is no picture
        channel.send(sock, channel.LOST, _reason(error, _secrets(kind, settings)))


def _record(plugins: Plugins, clock: Clock, sock: socket.socket, inbox: Inbox, start: Start) -> None:
    try:
        kind = plugins.source(start.camera.source)
        settings = checked_settings(kind, kind.approved(start.camera.settings, sound=start.camera.sound))
        lesser = kind.lesser_of(settings)
        if start.reduced and lesser is not None:
            settings = checked_settings(kind, lesser)
    except RecorderError as error:
        channel.send(sock, channel.LOST, _reason(error, ()))
        return
    if not _confined(kind, settings, sock):
        return
    capture = Capture(start, clock, os.urandom, partial(channel.send, sock))
    if start.reduced and lesser is not None:
        channel.send(sock, channel.PROFILE, channel.LESSER)
    capture.thin(start.reduced and lesser is None)
    attendant = _Attendant(sock, inbox, capture, clock, start, paced=kind.network, changes=lesser is not None)
    failed = _tell_of_threads(sock, attendant.lock, _secrets(kind, settings))
    attendant.start()
    try:
        _follow(kind, settings, capture, attendant, clock)
        lost: Exception = CameraLost("the camera ended its stream")
    except Exception as error:  # a plugin or its library may raise anything; whatever it is, the camera is lost
        lost = error
    with attendant.lock:
        capture.finish("lost")
        channel.send(sock, channel.LOST, _reason(lost, _secrets(kind, settings), *failed))
    attendant.leave()


def _follow(
    kind: SourceKind, settings: Mapping[str, Any], capture: Capture, attendant: _Attendant, clock: Clock
) -> None:
    """Opens the source and feeds what it gives until it ends or the supervisor says stop."""
    source = kind.open(settings)
    try:
        with attendant.lock:
            capture.connected()
            capture.identified(identity_of(source))
            capture.noted(notes_of(source))
        resting = source if isinstance(source, _Rests) else None
        before = clock.boot_ns()
        for item in source:
            if attendant.stopped.is_set():
                return
            with attendant.lock:
                if item is None:
                    capture.flush(clock.wall_ns())
                else:
                    capture.feed(item, clock.wall_ns())
                if isinstance(item, Streams):
                    capture.noted(notes_of(source))
            if resting is not None:
                resting.pace_seconds = PACE_SECONDS if attendant.paced else 0.0
            elif item is not None and attendant.paced and clock.boot_ns() - before > _WAITED_NS:
                attendant.stopped.wait(PACE_SECONDS)
            before = clock.boot_ns()
    finally:
        source.close()


@runtime_checkable
class _Rests(Protocol):
    """A source that knows when its socket is empty and rests then, which saves waking up for the very next packet."""

    pace_seconds: float


class _Attendant:
    """The second thread. ``lock`` guards capture and socket; ``stopped`` tells the first thread to come to an end.
    ``paced``: its packets may wait while nobody looks live. ``changes``: the camera has two profiles, and takes another
    only when it is connected anew."""

    def __init__(
        self,
        sock: socket.socket,
        inbox: Inbox,
        capture: Capture,
        clock: Clock,
        start: Start,
        *,
        paced: bool,
        changes: bool,
    ) -> None:
        self._sock, self._inbox, self._capture, self._clock = sock, inbox, capture, clock
        self._changes = changes
        self._may_pace, self.paced = paced, paced and not start.watched
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self._left = threading.Event()
        threading.stack_size(_STACK_BYTES)
        self._thread = threading.Thread(target=self._run, name="attendant", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """The first thread is done; the process may end."""
        self._left.set()

    def _run(self) -> None:
        try:
            while True:
                readable = bool(select.select([self._sock], [], [], _LOOK_UP_SECONDS)[0])
                with self.lock:
                    if readable:
                        self._read()
                    self._capture.flush(self._clock.wall_ns())
        except (EOFError, OSError, RecorderError):
            # The supervisor closed, stopped us or sent nonsense. The first thread gets a moment to part from the
            # camera in order; a read that blocks must not keep a key in memory longer than that.
            self.stopped.set()
            self._left.wait(_LEAVE_SECONDS)
            os._exit(0)

    def _read(self) -> None:
        """One message. Raises EOFError when there will be no more."""
        message = self._inbox.next()
        if message is None:
            return
        kind, payload = message
        if kind == channel.KEY:
            self._capture.add_key(channel.unpack_key(payload))
        elif kind == channel.WATCH:
            self.paced = self._may_pace and not payload[0]
            self._capture.watch(bool(payload[0]))
        elif kind == channel.CUT:
            self._capture.cut(bytes(payload).decode())
        elif kind == channel.AGAIN:
            self._capture.again()
        elif kind == channel.REDUCE:
            self._reduce(bool(payload[0]))
        elif kind == channel.TAP:
            self._capture.take(*channel.unpack_tap(payload))
        elif kind == channel.STOP:
            self._capture.finish("stopped")
            raise EOFError("told to stop")

    def _reduce(self, reduced: bool) -> None:
        if not self._changes:
            self._capture.thin(reduced)
            return
        self._capture.finish("lost")
        channel.send(self._sock, channel.PROFILE, channel.OTHER)
        raise EOFError("another process takes the other profile")


def _secrets(kind: SourceKind, settings: Mapping[str, Any]) -> tuple[str, ...]:
    words = [str(settings[setting.name]) for setting in kind.settings if setting.secret and settings[setting.name]]
    for value in settings.values():
        if isinstance(value, str):
            words += url_secrets(value)
    return tuple(words)


def _tell_of_threads(sock: socket.socket, lock: threading.Lock, secrets: tuple[str, ...]) -> list[str]:
    """From now on the supervisor is told of the first exception that ends a thread; the list has it, once there is one.

    A source may have threads of its own. Python writes what ends one to standard error, which leads nowhere here.
    """
    failed: list[str] = []

    def tell(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or args.exc_type is SystemExit:
            return
        name = args.thread.name if args.thread is not None else "?"
        with lock, contextlib.suppress(OSError):
            if not failed:
                failed.append(f"thread {name} of its source failed: {described(args.exc_value)}")
                channel.send(sock, channel.FAILED, _words(failed[0], secrets))

    threading.excepthook = tell
    return failed


def _reason(error: BaseException, secrets: tuple[str, ...], *before: str) -> bytes:
    """Why the camera was lost and what went wrong ``before`` that, with no secret in it."""
    message = error.message if isinstance(error, RecorderError) and not before else None
    if message is not None:
        clear = {name: redact(str(value), secrets) for name, value in message.values.items()}
        message = CodedMessage(message.code, clear)
    return channel.pack_reason(redact("; ".join([described(error), *before]), secrets), message)


def _words(text: str, secrets: tuple[str, ...]) -> bytes:
    return redact(text, secrets).encode()[: channel.MAX_TEXT_BYTES]
