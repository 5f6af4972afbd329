"""Cameras that are against us: what a taken-over camera process could run, as a plugin that only tests install.

``pry`` tries to reach what is not its own and records what came of it; the other ways misbehave as a camera, or as the
code that reads one, can. :func:`offer` makes the plugin findable by processes that a test starts.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import json
import mmap
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from appliance.api import NO_PTS, CameraLost, Packet, Setting, SourceKind, Stream, Streams, hookimpl
from appliance.core.model import Camera
from tests.peers.offering import offered

__all__ = ["DAYS_BACK", "WAYS", "attempts", "hostile_camera", "offer", "register_sources"]

DAYS_BACK = 40
"""How far the liar dates its footage back: past the longest floor there is."""

_STREAMS = Streams((Stream(0, "video", "h264", (1, 1000), width=320, height=180),))
_DAY_NS = 86_400 * 1_000_000_000


def hostile_camera(camera_no: str, way: str, **settings: str) -> Camera:
    return Camera(camera_no=camera_no, location=way, source="hostile", settings={"way": way, **settings})


def offer(directory: Path, box_settings: Path | None = None) -> dict[str, str]:
    """The environment in which plugin ``hostile`` is installed; a box's settings that are given name it."""
    return offered("hostile", directory, box_settings, ("source_av", "source_testcard"))


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    return [
        SourceKind(
            name="hostile",
            summary="A camera for tests that attacks the recorder.",
            settings=(
                Setting("way", "What it does: one of WAYS.", str, "garbage"),
                Setting("targets", "For `pry`: what to reach for, as JSON.", str, "{}"),
                Setting("first", "For `pry`: a key frame that decodes, in hexadecimal, before all else.", str, ""),
            ),
            open=lambda settings: Hostile(WAYS[str(settings["way"])](settings)),
            describe=lambda settings: f"hostile, {settings['way']}",
            network=True,
        )
    ]


class Hostile:
    def __init__(self, items: Iterator[Packet | Streams | None]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Packet | Streams | None]:
        return self._items

    def close(self) -> None:
        """There is nothing to close."""


def _filmed(seconds: float, text: bytes = b"x" * 400) -> Iterator[Packet | Streams]:
    """What passes for a stream: ten key frames a second."""
    yield _STREAMS
    for number in range(int(seconds * 10)):
        time.sleep(0.1)
        yield _frame(number * 100, text)


def _frame(ms: int, text: bytes) -> Packet:
    return Packet(0, b"\0\0\0\1\x65" + text, ms, ms, 100, True)


# --- prying ---


def _pry(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    targets = json.loads(str(settings["targets"]))
    if settings["first"]:  # it is approved by how it looks at its acceptance, and shows what it is later
        yield _STREAMS
        yield Packet(0, bytes.fromhex(str(settings["first"])), 0, 0, 100, True)
    yield from _filmed(1.5)
    own = _own_bucket()
    targets["files"] = [*targets["files"], f"{targets['open']}/{own}.0000.seg"]
    report = {"own": own, "fds": _open_fds(), "tried": attempts(targets)}
    yield _STREAMS
    number = 0
    while True:
        yield _frame(100_000 + number * 100, b"REPORT" + json.dumps(report).encode() + b"\n")
        number += 1
        time.sleep(0.1)


def _own_bucket() -> str:
    """The bucket this very process seals for, found among its objects as an intruder would."""
    for found in gc.get_objects():
        if type(found).__name__ == "Capture" and getattr(found, "_bucket", None) is not None:
            return str(found._bucket.bucket_id.hex())
    return "unknown"


def _open_fds() -> list[int]:
    found = []
    for fd in range(1024):
        try:
            fcntl.fcntl(fd, fcntl.F_GETFD)
        except OSError:
            continue
        found.append(fd)
    return found


def attempts(targets: Mapping[str, Any]) -> dict[str, str]:
    """Tries everything; for each attempt "" when it succeeded, else why not. What destroys comes last."""
    tries: list[tuple[str, Callable[[], object]]] = []
    for name in ("read", "map", "list", "truncate", "touch", "mode", "owner", "label", "hard link"):
        tries += [(f"{name} {path}", lambda path=path, name=name: _FILE[name](path)) for path in targets["files"]]
    for pid in targets["pids"]:
        tries += [(f"{name} {pid}", lambda pid=pid, use=use: use(pid)) for name, use in _PROCESS.items()]
    tries += [(f"connect {path}", lambda path=path: _connect(socket.AF_UNIX, path)) for path in targets["sockets"]]
    tries += [(f"{name}", use) for name, use in _BOX.items()]
    tries += [(f"make in {path}", lambda path=path: _make(path)) for path in targets["directories"]]
    for name in ("write", "append", "empty", "rename", "unlink"):
        tries += [(f"{name} {path}", lambda path=path, name=name: _FILE[name](path)) for path in targets["files"]]
    return {name: _outcome(use) for name, use in tries}


def _outcome(use: Callable[[], object]) -> str:
    try:
        use()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:120]
    return ""


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags)


def _map(path: str) -> None:
    with mmap.mmap(_opened(path, os.O_RDONLY), 0, access=mmap.ACCESS_READ) as mapped:
        mapped[0]


def _owner(path: str) -> None:
    found = os.stat(path)
    os.chown(path, found.st_uid, found.st_gid)


def _make(directory: str) -> None:
    path = os.path.join(directory, "made-by-a-stranger")
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    os.unlink(path)


_FILE: dict[str, Callable[[str], object]] = {
    "read": lambda path: os.read(_opened(path, os.O_RDONLY), 16)[0],
    "map": _map,
    "list": lambda path: os.listdir(os.path.dirname(path))[0],
    "truncate": lambda path: os.truncate(path, os.stat(path).st_size),
    "touch": lambda path: os.utime(path),
    "mode": lambda path: os.chmod(path, os.stat(path).st_mode & 0o7777),
    "owner": _owner,
    "label": lambda path: os.setxattr(path, "user.stranger", b"x"),
    "hard link": lambda path: os.link(path, f"{path}.linked"),
    "write": lambda path: os.pwrite(_opened(path, os.O_RDWR), b"\0", 0),
    "append": lambda path: os.write(_opened(path, os.O_WRONLY | os.O_APPEND), b"\0"),
    "empty": lambda path: _opened(path, os.O_WRONLY | os.O_TRUNC),
    "rename": lambda path: os.rename(path, f"{path}.renamed") or os.rename(f"{path}.renamed", path),
    "unlink": os.unlink,
}

_libc = ctypes.CDLL(None, use_errno=True)


def _call(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def _memory(pid: int) -> None:
    address = int(Path(f"/proc/{pid}/maps").read_text().split("-", 1)[0], 16)
    fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    os.pread(fd, 16, address)[0]


def _peek(pid: int) -> None:
    """Reads the other process where its map says that something is, or else where we have something ourselves."""
    room = ctypes.create_string_buffer(16)
    try:
        address = int(Path(f"/proc/{pid}/maps").read_text().split("-", 1)[0], 16)
    except OSError:
        address = ctypes.cast(_libc.getpid, ctypes.c_void_p).value or 0
    there, here = _Part(address, 16), _Part(ctypes.addressof(room), 16)
    _call(_libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))


def _attach(pid: int) -> None:
    _call(_libc.ptrace(16, pid, None, None))  # PTRACE_ATTACH
    os.waitpid(pid, 0)
    _call(_libc.ptrace(17, pid, None, None))  # PTRACE_DETACH


def _take_fd(pid: int) -> None:
    pidfd = os.pidfd_open(pid)
    _call(_libc.syscall(438, pidfd, 0, 0))


_PROCESS: dict[str, Callable[[int], object]] = {
    "memory of": _memory,
    "peek at": _peek,
    "attach to": _attach,
    "take a file of": _take_fd,
    "signal": lambda pid: os.kill(pid, signal.SIGCONT),
    "environment of": lambda pid: Path(f"/proc/{pid}/environ").read_bytes()[0],
}


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as sock:
        sock.connect(address)


def _listen() -> None:
    with socket.socket(socket.AF_INET) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _write_temporary() -> None:
    path = f"/tmp/stranger-{os.getpid()}"
    fd = os.open(path, os.O_CREAT | os.O_WRONLY)
    os.unlink(path)
    os.write(fd, b"x")


_BOX: dict[str, Callable[[], object]] = {
    "fork": _fork,
    "run a program": lambda: subprocess.run(["/bin/true"], check=True),
    "listen": _listen,
    "local socket": lambda: socket.socket(socket.AF_UNIX).close(),
    "packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "temporary file": _write_temporary,
    "shared memory": lambda: _make("/dev/shm"),
    "new namespaces": lambda: _call(_libc.unshare(0x00020000)),
    "another root": lambda: _call(_libc.chroot(b"/")),
    "write into memory that no file is behind": lambda: os.write(os.memfd_create("stranger"), b"x"),
    "handle of a file": lambda: _call(
        _libc.name_to_handle_at(-100, b"/", (ctypes.c_char * 136)(128), ctypes.byref(ctypes.c_int()), 0)
    ),
}


# --- misbehaving ---


def _garbage(settings: Mapping[str, Any]) -> Iterator[Any]:
    draw = random.Random(7)
    yield _STREAMS
    while True:
        time.sleep(0.02)
        number = draw.choice([0, 0, 0, 1, 99])
        pts = draw.choice([NO_PTS, 0, draw.randrange(-(1 << 62), 1 << 62)])
        data = draw.randbytes(draw.choice([0, 1, 50, 5000]))
        yield Packet(number, data, pts, draw.choice([pts, NO_PTS]), draw.randrange(-5, 1 << 40), draw.random() < 0.5)


def _nonsense(settings: Mapping[str, Any]) -> Iterator[Any]:
    """Items of no kind that a source may give."""
    yield from _filmed(0.5)
    yield "no packet"


def _stall(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    yield from _filmed(0.5)
    while True:
        time.sleep(3600)


def _spin(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    """Holds the processor, and the interpreter with it, and gives nothing."""
    yield from _filmed(0.5)
    while True:
        sum(range(10_000))


def _crash(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    yield from _filmed(0.5)
    ctypes.string_at(0)


def _raise(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    yield from _filmed(0.5)
    raise SystemExit("a plugin may raise anything")


def _lost(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    yield from _filmed(0.5)
    raise CameraLost("all is well\n" + "live " * 200)


def _flood(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    yield _STREAMS
    text, number = os.urandom(1 << 20), 0
    while True:
        yield _frame(number, text)
        number += 1


def _hoard(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    yield from _filmed(0.5)
    kept = []
    while True:
        kept.append(bytearray(os.urandom(1 << 12) * 4096))


def _lie(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    """Dates what it records far back by changing its own process, and never says how it ends."""
    from appliance.recorder.camera import channel

    times, instant, back = channel.pack_frame_times, channel.pack_ns, DAYS_BACK * _DAY_NS
    channel.pack_frame_times = lambda start, end, *holds: times(start and start - back, end and end - back, *holds)
    channel.pack_ns = lambda value: instant(value - back)
    yield from _filmed(1 << 20)


def _clog(settings: Mapping[str, Any]) -> Iterator[Packet | Streams]:
    """Speaks to the supervisor over our head, and out of turn."""
    yield from _filmed(1.0)
    with socket.socket(fileno=os.dup(3)) as sock:
        sock.sendall(os.urandom(1 << 16))
    yield from _filmed(1 << 20)


WAYS: dict[str, Callable[[Mapping[str, Any]], Iterator[Packet | Streams | None]]] = {
    "pry": _pry,
    "garbage": _garbage,
    "nonsense": _nonsense,
    "stall": _stall,
    "spin": _spin,
    "crash": _crash,
    "raise": _raise,
    "lost": _lost,
    "flood": _flood,
    "hoard": _hoard,
    "lie": _lie,
    "clog": _clog,
}

if __name__ == "__main__":
    print(json.dumps(attempts(json.loads(sys.argv[1]))))
