"""Whether a camera signs its stream: recognised by the SEI messages that carry signatures. Pure; verifies nothing.

Such a message is user data (unregistered, payload type 5; H.264 §D.1.7, H.265 §D.2.7) under a published UUID, ahead of
the first slice of a picture. It is recorded like every other unit, so that footage can be verified later with the
signer's certificate; here only its presence is reported. A stranger can send such a message with no signature in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from appliance.api import split_nals

__all__ = ["AXIS", "ONVIF", "SCHEMES", "signature_of"]

ONVIF, AXIS = "onvif-media-signing", "axis-signed-video"

SCHEMES: Mapping[str, bytes] = MappingProxyType(
    {
        ONVIF: bytes.fromhex("005bc93f2d715e95ada4796f90877a6f"),
        AXIS: b"Signed Video...0",
    }
)
"""The UUIDs that the two reference implementations publish: ``onvif/media-signing-framework`` and
``AxisCommunications/signed-video-framework``."""

_HEAD_BYTES = 16_384
"""How far into a picture it is looked for: parameter sets and other messages may stand ahead of it."""
_USER_DATA = 5
_KINDS = {"h264": (6,), "hevc": (39, 40)}


def signature_of(codec: str, data: bytes, length_bytes: int = 0) -> str:
    """One of :data:`SCHEMES` where a message of it stands ahead of the first slice in ``data``, else "".

    ``length_bytes`` as for :func:`split_nals`.
    """
    if codec not in _KINDS or _is_slice(codec, data, length_bytes or _start_code_bytes(data)):
        return ""  # most pictures begin with a slice, and this is asked of each
    if all(data.find(uuid, 0, _HEAD_BYTES) < 0 for uuid in SCHEMES.values()):
        return ""
    for unit in split_nals(data[:_HEAD_BYTES], length_bytes):
        if _is_slice(codec, unit, 0):
            break
        if (unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63) in _KINDS[codec]:
            for begins in _user_data(unit[1 if codec == "h264" else 2 :]):
                for scheme, uuid in SCHEMES.items():
                    if begins == uuid:
                        return scheme
    return ""


def _is_slice(codec: str, data: bytes, at: int) -> bool:
    """Whether the unit that begins at ``at`` holds a piece of a picture."""
    if at >= len(data):
        return False
    return 1 <= data[at] & 31 <= 5 if codec == "h264" else data[at] >> 1 & 63 < 32


def _start_code_bytes(data: bytes) -> int:
    if data.startswith(b"\0\0\0\1"):
        return 4
    return 3 if data.startswith(b"\0\0\1") else 0


def _user_data(messages: bytes) -> Iterator[bytes]:
    """The first 16 bytes of each message of user data (H.264 §7.3.2.3.1)."""
    plain = messages.replace(b"\0\0\3", b"\0\0")
    at = 0
    while at + 2 < len(plain):
        kind, at = _number(plain, at)
        size, at = _number(plain, at)
        if kind == _USER_DATA and size >= 16:
            yield plain[at : at + 16]
        at += size


def _number(plain: bytes, at: int) -> tuple[int, int]:
    """A value in bytes of which only the last is under 255, and where it ends."""
    value = 0
    while plain[at : at + 1] == b"\xff":
        value, at = value + 255, at + 1
    return value + int.from_bytes(plain[at : at + 1], "big"), at + 1
