"""What a Video4Linux device tells of itself: model, socket, formats, and a USB camera's serial number. Not a plugin."""

from __future__ import annotations

import fcntl
import os
import struct

__all__ = ["device_identity", "formats_of", "is_camera"]

_QUERYCAP = 0x80685600
"""VIDIOC_QUERYCAP: ``struct v4l2_capability``, 104 bytes (videodev2.h)."""
_CAPABILITY_BYTES = 104
_CARD, _BUS, _OF_NODE = slice(16, 48), slice(48, 80), slice(88, 92)
_CAPTURES, _MEMORY_TO_MEMORY = 0x1, 0x8000
"""V4L2_CAP_VIDEO_CAPTURE: it gives pictures; V4L2_CAP_VIDEO_M2M: of those that it is given."""

_ENUM_FMT = 0xC0405602
"""VIDIOC_ENUM_FMT: ``struct v4l2_fmtdesc``, 64 bytes; the format's four letters lie at byte 44."""
_FORMAT_BYTES, _LETTERS = 64, slice(44, 48)
_MOST_FORMATS = 100
_SYSFS = "/sys/class/video4linux"


def device_identity(device: str, sysfs: str = _SYSFS) -> dict[str, str]:
    """``card``, ``bus`` and, where it has one, ``serial``; what cannot be read is left out."""
    answer = _asked(device)
    identity = {"card": _text(answer[_CARD]), "bus": _text(answer[_BUS]), "serial": _serial(device, sysfs)}
    return {name: text for name, text in identity.items() if text}


def is_camera(device: str) -> bool:
    """Whether it gives pictures, as far as it tells: a USB camera has a second device for what goes beside them, and a
    board's encoders are devices, too. What cannot be asked may be one."""
    answer = _asked(device)
    if not answer:
        return True
    can = int.from_bytes(answer[_OF_NODE], "little")
    return bool(can & _CAPTURES) and not can & _MEMORY_TO_MEMORY


def formats_of(device: str) -> tuple[str, ...]:
    """The formats in which it gives pictures, by four letters (``YUYV``, ``MJPG``); none where it does not tell."""
    found: list[str] = []
    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ()
    try:
        while len(found) < _MOST_FORMATS:
            asked = struct.pack("<II", len(found), 1).ljust(_FORMAT_BYTES, b"\0")
            letters = fcntl.ioctl(handle, _ENUM_FMT, asked)[_LETTERS]
            found.append("".join(chr(byte & 0x7F) for byte in letters).strip())
    except OSError:
        pass
    finally:
        os.close(handle)
    return tuple(found)


def _asked(device: str) -> bytes:
    """``struct v4l2_capability``; empty where it does not answer."""
    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return fcntl.ioctl(handle, _QUERYCAP, bytes(_CAPABILITY_BYTES))
    except OSError:
        return b""
    finally:
        os.close(handle)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="replace")


def _serial(device: str, sysfs: str) -> str:
    """Of the USB device that the picture's interface belongs to: a folder up from it."""
    interface = os.path.realpath(os.path.join(sysfs, os.path.basename(os.path.realpath(device)), "device"))
    try:
        with open(os.path.join(os.path.dirname(interface), "serial"), encoding="utf-8", errors="replace") as file:
            return file.read(200).strip()
    except OSError:
        return ""
