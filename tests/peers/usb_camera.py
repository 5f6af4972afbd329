"""A USB camera in software: the kernel's own uvcvideo drives it, over USB/IP (``vhci_hcd``), with no hardware.

It is a USB Video Class 1.1 device that sends MJPEG or YUYV through a bulk endpoint. Plugged in by handing the kernel
one end of a socket pair, unplugged by closing it. Needs root and the module ``vhci_hcd``:

python -m tests.peers.usb_camera --serial SN1 --port 0          until it is ended
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

__all__ = ["DIFFERENT", "UsbCamera", "numbered", "why_not"]

DIFFERENT = 36
"""So many pictures of :func:`numbered` differ; then they begin anew."""

_BUS = Path("/sys/devices/platform/vhci_hcd.0")
_HIGH_SPEED = 3
_SUBMIT, _UNLINK, _SUBMITTED, _UNLINKED = 1, 2, 3, 4
_HEAD = struct.Struct(">IIIII28s")
_STALL, _RESET = -32, -104
_PAYLOAD_BYTES = 16_384
_CONTROL = struct.Struct("<HBBIHHHHHIIIBBBB")
"""Video probe and commit controls (UVC 1.1, table 4-75)."""
_YUYV_GUID = bytes.fromhex("5955593200001000800000aa00389b71")


def why_not() -> str:
    """Why this machine cannot plug one in; "" where it can."""
    if os.geteuid() != 0:
        return "a USB camera in software needs root"
    if not (_BUS / "attach").exists():
        return "no module vhci_hcd: `modprobe vhci_hcd` in a machine whose kernel has it"
    return ""


class UsbCamera:
    """A context manager: plugged in while it is open. ``pictures`` are JPEGs, or raw YUYV, sent in turn. ``serial`` may
    be empty, as of many cheap cameras. ``port``: 0 to 7."""

    def __init__(
        self,
        pictures: Sequence[bytes],
        *,
        serial: str = "SN0001",
        product: str = "Lab Camera",
        port: int = 0,
        raw: bool = False,
        width: int = 320,
        height: int = 176,
        fps: int = 10,
    ) -> None:
        self._pictures, self._raw, self._fps = list(pictures), raw, fps
        self._port = port
        self._size = width, height
        self._strings = ["", "Office Recorder", product, serial]
        self._interval = 10_000_000 // fps
        self._chosen = self._offer()
        self._lock = threading.Condition()
        self._waiting: deque[tuple[int, int]] = deque()
        self._over = False
        self.sent = 0
        """Pictures that the kernel took whole."""

    def __enter__(self) -> UsbCamera:
        ours, theirs = socket.socketpair()
        self._sock = ours
        with theirs:
            devid = 0x10001 + self._port
            (_BUS / "attach").write_text(f"{self._port} {theirs.fileno()} {devid} {_HIGH_SPEED}")
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._serve, self._film)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    @property
    def path(self) -> str:
        """By where it is plugged in; udev makes it, once the kernel has looked at the device."""
        return f"/dev/v4l/by-path/platform-vhci_hcd.0-usb-0:{self._port + 1}:1.0-video-index0"

    def unplug(self) -> None:
        if self._over:
            return
        with self._lock:
            self._over = True
            self._lock.notify_all()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)
        self._sock.close()

    # What it is.

    def _offer(self) -> bytes:
        width, height = self._size
        largest = width * height * 2
        return _CONTROL.pack(0, 1, 1, self._interval, 0, 0, 0, 0, 0, largest, _PAYLOAD_BYTES, 48_000_000, 3, 1, 1, 1)

    def _device(self) -> bytes:
        return struct.pack(
            "<BBHBBBBHHHBBBB",
            18,
            1,
            0x0200,
            0xEF,
            2,
            1,
            64,
            0x1209,
            0x0CA1,
            0x0100,
            1,
            2,
            3 if self._strings[3] else 0,
            1,
        )

    def _configuration(self) -> bytes:
        width, height = self._size
        rate = self._interval
        if self._raw:
            form = struct.pack("<BBBBB16sBBBBBB", 27, 0x24, 0x04, 1, 1, _YUYV_GUID, 16, 1, 0, 0, 0, 0)
            frame_kind = 0x05
        else:
            form = struct.pack("<BBBBBBBBBBB", 11, 0x24, 0x06, 1, 1, 1, 1, 0, 0, 0, 0)
            frame_kind = 0x07
        bits = width * height * 16 * self._fps
        frame = struct.pack(
            "<BBBBBHHIIIIBI", 30, 0x24, frame_kind, 1, 0, width, height, bits, bits, width * height * 2, rate, 1, rate
        )
        total = 14 + len(form) + len(frame)
        streams = struct.pack("<BBBBHBBBBBBB", 14, 0x24, 1, 1, total, 0x81, 0, 2, 0, 0, 0, 1) + bytes(1)
        controls = struct.pack("<BBBHHIBB", 13, 0x24, 1, 0x0110, 13 + 18 + 9, 48_000_000, 1, 1)
        camera = struct.pack("<BBBBHBBHHHB3s", 18, 0x24, 2, 1, 0x0201, 0, 0, 0, 0, 0, 3, bytes(3))
        out = struct.pack("<BBBBHBBB", 9, 0x24, 3, 2, 0x0101, 0, 1, 0)
        body = b"".join(
            (
                struct.pack("<BBBBBBBB", 8, 0x0B, 0, 2, 0x0E, 3, 0, 2),
                struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 0, 0x0E, 1, 0, 0),
                controls,
                camera,
                out,
                struct.pack("<BBBBBBBBB", 9, 4, 1, 0, 1, 0x0E, 2, 0, 0),
                streams,
                form,
                frame,
                struct.pack("<BBBBHB", 7, 5, 0x81, 2, 512, 0),
            )
        )
        return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 2, 1, 0, 0x80, 250) + body

    # The thread that answers the kernel.

    def _serve(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                command, number, _, inward, endpoint, rest = _HEAD.unpack(self._read(_HEAD.size))
                if command == _UNLINK:
                    self._unlink(number, struct.unpack(">I", rest[:4])[0])
                    continue
                _, length, _, _, _, setup = struct.unpack(">IiiiI8s", rest)
                data = self._read(length) if not inward and length else b""
                if endpoint == 0:
                    self._control(number, setup, data)
                else:
                    with self._lock:
                        self._waiting.append((number, length))
                        self._lock.notify_all()

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            block = self._sock.recv(size - len(data))
            if not block:
                raise EOFError
            data += block
        return data

    def _unlink(self, number: int, other: int) -> None:
        with self._lock:
            there = [each for each in self._waiting if each[0] == other]
            for each in there:
                self._waiting.remove(each)
            status = _RESET if there else 0
            self._sock.sendall(_HEAD.pack(_UNLINKED, number, 0, 0, 0, struct.pack(">i24x", status)))

    def _answer(self, number: int, status: int, data: bytes = b"", took: int = 0) -> None:
        rest = struct.pack(">iiiii8x", status, len(data) or took, 0, 0, 0)
        self._sock.sendall(_HEAD.pack(_SUBMITTED, number, 0, 0, 0, rest) + data)

    def _control(self, number: int, setup: bytes, data: bytes) -> None:
        kind, request, value, index, length = struct.unpack("<BBHHH", setup)
        answer = self._asked(kind, request, value, index, data)
        with self._lock:
            if answer is None:
                self._answer(number, _STALL)
            else:
                self._answer(number, 0, answer[:length] if kind & 0x80 else b"", len(data))

    def _asked(self, kind: int, request: int, value: int, index: int, data: bytes) -> bytes | None:
        if kind & 0x60 == 0x20:
            return self._video(request, value, index, data)
        if request == 6:
            return self._descriptor(value >> 8, value & 0xFF)
        if request == 0:  # GET_STATUS
            return bytes(2)
        return b"" if request in (1, 9, 11) else None  # CLEAR_FEATURE, SET_CONFIGURATION, SET_INTERFACE

    def _descriptor(self, kind: int, number: int) -> bytes | None:
        if kind == 1:
            return self._device()
        if kind == 2:
            return self._configuration()
        if kind == 3 and number < len(self._strings):
            text = self._strings[number].encode("utf-16-le") if number else struct.pack("<H", 0x0409)
            return bytes((2 + len(text), 3)) + text
        return None

    def _video(self, request: int, value: int, index: int, data: bytes) -> bytes | None:
        if index & 0xFF != 1:
            return bytes(1) if value >> 8 == 2 and request & 0x80 else None  # the control interface's last error
        if request == 0x01:  # SET_CUR of probe or commit: there is one format, so what is offered stays
            return b""
        if request == 0x85:
            return struct.pack("<H", len(self._chosen))
        if request == 0x86:
            return b"\x03"
        return self._chosen

    # The thread that films.

    def _film(self) -> None:
        started, turn, toggle = time.monotonic(), 0, 0
        with contextlib.suppress(OSError):
            while not self._over:
                turn += 1
                with self._lock:
                    self._lock.wait_for(lambda: self._over, max(0, started + turn / self._fps - time.monotonic()))
                if self._send(self._pictures[self.sent % len(self._pictures)], toggle):
                    self.sent += 1
                    toggle ^= 1

    def _send(self, picture: bytes, toggle: int) -> bool:
        """False where nobody streams: then it is not this picture's turn."""
        at = 0
        while at < len(picture):
            with self._lock:
                if not self._lock.wait_for(lambda: self._waiting or self._over, 1 if at else 0) or self._over:
                    return False
                number, length = self._waiting.popleft()
                room = min(length, _PAYLOAD_BYTES) - 2
                part = picture[at : at + room]
                at += len(part)
                self._answer(number, 0, bytes((2, 0x80 | (2 if at == len(picture) else 0) | toggle)) + part)
        return True


def numbered(count: int, *, raw: bool, width: int = 320, height: int = 176) -> list[bytes]:
    """Pictures that differ: a light bar that moves; as JPEG, or as raw YUYV."""
    made = []
    for number in range(count):
        grey = np.full((height, width), 40, np.uint8)
        left = number * 8 % (width - 32)
        grey[height // 4 : height // 2, left : left + 32] = 210
        if raw:
            made.append(np.stack((grey, np.full_like(grey, 128)), axis=-1).tobytes())
        else:
            done, coded = cv2.imencode(".jpg", cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
            assert done
            made.append(coded.tobytes())
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--serial", default="SN0001")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fps", type=int, default=10)
    parser.add_argument("--raw", action="store_true")
    asked = parser.parse_args()
    pictures = numbered(50, raw=asked.raw)
    with UsbCamera(pictures, serial=asked.serial, port=asked.port, fps=asked.fps, raw=asked.raw):
        threading.Event().wait()


if __name__ == "__main__":
    main()
