"""What a Video4Linux device tells of itself: model, socket, and the serial number of a USB camera. Not a plugin."""

from __future__ import annotations

import fcntl
import os

__all__ = ["device_identity"]

_QUERYCAP = 0x80685600
"""VIDIOC_QUERYCAP: ``struct v4l2_capability``, 104 bytes (videodev2.h)."""
_CAPABILITY_BYTES = 104
_CARD, _BUS = slice(16, 48), slice(48, 80)
_SYSFS = "/sys/class/video4linux"


def device_identity(device: str, sysfs: str = _SYSFS) -> dict[str, str]:
    """``card``, ``bus`` and, where it has one, ``serial``; what cannot be read is left out."""
    told = {**_asked(device), "serial": _serial(device, sysfs)}
    return {name: text for name, text in told.items() if text}


def _asked(device: str) -> dict[str, str]:
    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return {}
    try:
        answer = fcntl.ioctl(handle, _QUERYCAP, bytes(_CAPABILITY_BYTES))
    except OSError:
        return {}
    finally:
        os.close(handle)
    return {"card": _text(answer[_CARD]), "bus": _text(answer[_BUS])}


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
