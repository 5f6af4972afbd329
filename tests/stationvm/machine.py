"""A PC under QEMU: its power, its screen, keyboard, pointer and USB sockets by the monitor, and a shell by its agent.

Nothing in it is timed: an emulated processor is slow in its own way, so whoever waits says for what.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["MEMORY_BYTES", "Done", "Machine", "seen"]

_T = TypeVar("_T")
_FULL = 0x7FFF
"""The pointer's range in both directions, whatever the screen's size."""
_SLICE = 1 << 20
MEMORY_BYTES = 2 << 30


def seen(look: Callable[[], _T | None], what: str, *, seconds: float = 900.0, every: float = 3.0) -> _T:
    """What ``look`` returns once that is true. AssertionError after ``seconds``, which end a failure only."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, ValueError):
            if found := look():
                return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} was not seen within {seconds:.0f} s")
        time.sleep(every)


@dataclass(frozen=True)
class Done:
    status: int
    text: str


class Machine:
    """``disk``: its own, written to. Started by ``start``, ended by ``close``."""

    def __init__(self, folder: Path, disk: Path, *, size: tuple[int, int] = (1024, 768)) -> None:
        self.folder, self.disk, self.size = folder, disk, size
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    # --- power ---

    def start(self, kernel: Path | None = None, initrd: Path | None = None, more: Sequence[str] = ()) -> None:
        """Boots from the disk, or past its boot loader with ``kernel`` and ``initrd``."""
        monitor, agent = self.folder / "monitor", self.folder / "agent"
        for each in (monitor, agent):
            each.unlink(missing_ok=True)
        width, height = self.size
        command = ["nice", "-n", "19", "qemu-system-x86_64", "-name", "station", "-M", "q35", "-cpu", "max",
                   "-smp", "2", "-accel", "tcg,thread=multi,tb-size=1024", "-m", f"{MEMORY_BYTES >> 20}M",
                   "-display", "none", "-nodefaults",
                   "-rtc", "base=utc", "-no-shutdown",
                   "-drive", f"file={self.disk},format=raw,if=virtio,cache=unsafe,discard=unmap",
                   "-device", f"VGA,edid=on,xres={width},yres={height}",
                   "-device", "qemu-xhci,id=usb", "-device", "usb-kbd,bus=usb.0", "-device", "usb-tablet,bus=usb.0",
                   "-netdev", "user,id=lan", "-device", "virtio-net-pci,netdev=lan,romfile=",
                   "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
                   "-chardev", f"socket,id=agent,path={agent},server=on,wait=off",
                   "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
                   "-serial", f"file:{self.folder / 'console.log'}",
                   "-qmp", f"unix:{monitor},server=on,wait=off", *more]  # fmt: skip
        if kernel and initrd:
            command += [
                "-kernel",
                str(kernel),
                "-initrd",
                str(initrd),
                "-append",
                "root=/dev/vda1 rw console=ttyS0 quiet",
            ]
        log = (self.folder / "qemu.log").open("ab")
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        seen(monitor.exists, "QEMU's monitor", seconds=60, every=0.1)

    def booted(self) -> None:
        """Waits until every unit that boots has had its turn."""
        seen(lambda: self.run("systemctl is-system-running --wait").text.strip(), "a booted system")

    def power_off(self) -> None:
        """By its power button; what was written is in the disk file then."""
        self.monitor("system_powerdown")
        seen(lambda: self.monitor("query-status")["status"] == "shutdown", "the end of the system")
        self.close()

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None

    # --- the monitor ---

    def monitor(self, verb: str, **arguments: Any) -> Any:
        """An answer of QEMU's. OSError with its words when it refuses."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(600)
            line.connect(str(self.folder / "monitor"))
            with line.makefile("rw", encoding="utf-8") as talk:
                for asked in ({"execute": "qmp_capabilities"}, {"execute": verb, "arguments": arguments}):
                    talk.write(json.dumps(asked) + "\n")
                    talk.flush()
                    while not ({"return", "error"} & (answer := json.loads(talk.readline() or "{}")).keys()):
                        if not answer:
                            raise OSError("the machine is gone")
                    if "error" in answer:
                        raise OSError(answer["error"]["desc"])
        return answer["return"]

    def picture(self, file: Path) -> Path:
        """The screen as it is, a PNG."""
        self.monitor("screendump", filename=str(file.resolve()), format="png")
        return file

    def keys(self, *chords: str) -> None:
        """Presses chords one after the other: ``ctrl-alt-f2``, in QEMU's names of keys."""
        for chord in chords:
            pressed = [{"type": "qcode", "data": key} for key in chord.split("-")]
            self.monitor("send-key", keys=pressed, **{"hold-time": 120})
            time.sleep(0.3)

    @contextlib.contextmanager
    def held(self, *names: str) -> Iterator[None]:
        """Keys are down meanwhile."""
        self._press(names, down=True)
        try:
            yield
        finally:
            self._press(names, down=False)

    def _press(self, names: Sequence[str], *, down: bool) -> None:
        for name in names:
            self._events({"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": name}}})
        time.sleep(0.1)

    def type(self, text: str) -> None:
        """Types a text of a plain keyboard's characters."""
        names = {" ": "spc", "\n": "ret", "-": "minus", ".": "dot", "/": "slash", ",": "comma", "=": "equal",
                 "\t": "tab", ":": "shift-semicolon", "_": "shift-minus", ";": "semicolon"}  # fmt: skip
        for letter in text:
            plain = names.get(letter) or (f"shift-{letter.lower()}" if letter.isupper() else letter)
            self.keys(plain)

    def point(self, x: float, y: float) -> None:
        """Moves the pointer: parts of the screen's width and height."""
        self._events(
            *(
                {"type": "abs", "data": {"axis": axis, "value": int(part * _FULL)}}
                for axis, part in zip("xy", (x, y), strict=True)
            )
        )
        time.sleep(0.3)

    def button(self, down: bool, name: str = "left") -> None:
        self._events({"type": "btn", "data": {"button": name, "down": down}})
        time.sleep(0.3)

    def click(self, x: float, y: float, name: str = "left") -> None:
        self.point(x, y)
        self.button(True, name)
        self.button(False, name)

    def _events(self, *events: dict[str, Any]) -> None:
        self.monitor("input-send-event", events=list(events))

    @contextlib.contextmanager
    def stick(self, file: Path) -> Iterator[None]:
        """A USB stick with that file's bytes is in a socket meanwhile."""
        self.monitor(
            "blockdev-add", driver="raw", **{"node-name": "stick", "file": {"driver": "file", "filename": str(file)}}
        )
        self.monitor("device_add", driver="usb-storage", id="stick", drive="stick", bus="usb.0")
        try:
            yield
        finally:
            self.monitor("device_del", id="stick")
            seen(lambda: self._gone(), "the stick pulled out", seconds=120, every=1)

    @contextlib.contextmanager
    def plugged(self, driver: str, **properties: Any) -> Iterator[None]:
        """Another USB device is in a socket meanwhile."""
        self.monitor("device_add", driver=driver, id="plugged", bus="usb.0", **properties)
        try:
            yield
        finally:
            self.monitor("device_del", id="plugged")
            time.sleep(10)

    def _gone(self) -> bool:
        self.monitor("blockdev-del", **{"node-name": "stick"})
        return True

    # --- a shell, as root ---

    def run(self, command: str, data: bytes = b"", seconds: float = 1800) -> Done:
        """What a command of bash printed, errors too, and its status. OSError where the agent does not answer."""
        at = f"/run/command.{time.time_ns()}"
        if data:
            self._write(f"{at}.in", data)
        script = f'exec >{at}.out 2>&1 <{at + ".in" if data else "/dev/null"}; exec /bin/bash -c "$1"'
        where = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"]
        started = self._agent("guest-exec", path="/bin/bash", arg=["-c", script, "bash", command], env=where)
        done = seen(lambda: self._ended(started["pid"]), f"the end of {command[:80]}", seconds=seconds, every=0.5)
        text = self._read(f"{at}.out").decode("utf-8", "replace")
        self._agent("guest-exec", path="/bin/rm", arg=["-f", f"{at}.out", f"{at}.in"])
        return Done(128 + done["signal"] if "signal" in done else done["exitcode"], text)

    def must(self, command: str, data: bytes = b"", seconds: float = 1800) -> str:
        """As ``run``; AssertionError with what was printed where it failed."""
        done = self.run(command, data, seconds)
        assert done.status == 0, f"{command}: {done.status}\n{done.text}"
        return done.text

    def put(self, source: Path, to: str) -> None:
        """A folder's content into a folder inside."""
        packed = subprocess.run(
            ["tar", "-C", str(source), "--owner=0", "--group=0", "-cf", "-", "."], capture_output=True, check=True
        )
        self.must(f"mkdir -p {to} && tar -C {to} -xf -", packed.stdout)

    def read(self, path: str) -> bytes:
        return self._read(path)

    def _ended(self, pid: int) -> dict[str, Any] | None:
        now: dict[str, Any] = self._agent("guest-exec-status", pid=pid)
        return now if now["exited"] else None

    def _write(self, path: str, data: bytes) -> None:
        handle = self._agent("guest-file-open", path=path, mode="wb")
        for start in range(0, len(data), _SLICE):
            part = base64.b64encode(data[start : start + _SLICE]).decode()
            self._agent("guest-file-write", handle=handle, **{"buf-b64": part})
        self._agent("guest-file-close", handle=handle)

    def _read(self, path: str) -> bytes:
        handle, parts, ended = self._agent("guest-file-open", path=path, mode="rb"), [], False
        while not ended:
            piece = self._agent("guest-file-read", handle=handle, count=_SLICE)
            parts.append(base64.b64decode(piece["buf-b64"]))
            ended = piece["eof"]
        self._agent("guest-file-close", handle=handle)
        return b"".join(parts)

    def _agent(self, verb: str, **arguments: Any) -> Any:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(120)
            line.connect(str(self.folder / "agent"))
            mark = time.time_ns() & 0x7FFFFFFF
            synced = {"execute": "guest-sync-delimited", "arguments": {"id": mark}}
            line.sendall(b"\xff" + json.dumps(synced).encode() + b"\n")
            with line.makefile("rb") as talk:
                while (answer := talk.readline()) and json.loads(answer.split(b"\xff")[-1] or "{}").get(
                    "return"
                ) != mark:
                    pass  # answers to who asked before
                line.sendall(json.dumps({"execute": verb, "arguments": arguments}).encode() + b"\n")
                told = json.loads(talk.readline() or "{}")
        if "return" not in told:
            raise OSError(told.get("error", {}).get("desc", "the agent is gone"))
        return told["return"]
