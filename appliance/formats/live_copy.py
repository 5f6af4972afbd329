"""What a camera's process hands on while somebody looks live: each fragment as it is sealed, with what its packets
belong to, so that every message stands alone. Pure.

It is what is recorded and nothing else: sound that is not approved never gets in (``D-16``).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from appliance.api import Streams
from appliance.core.errors import Damaged
from appliance.formats.fragments import MAX_EXTRADATA_BYTES, MAX_STREAMS, Fragment, decode_fragment, decode_streams
from appliance.formats.segment import MAX_PLAINTEXT_BYTES

__all__ = ["MAX_WATCHED_BYTES", "Watched", "decode_watched", "watched_lead"]

_LENGTH = struct.Struct(">I")
_MAX_STREAMS_BYTES = MAX_STREAMS * (MAX_EXTRADATA_BYTES + 512)
MAX_WATCHED_BYTES = _LENGTH.size + _MAX_STREAMS_BYTES + MAX_PLAINTEXT_BYTES


class Watched(NamedTuple):
    streams: Streams
    fragment: Fragment


def watched_lead(streams: bytes) -> bytes:
    """What goes before an encoded fragment: its encoded stream description, with the length."""
    return _LENGTH.pack(len(streams)) + streams


def decode_watched(body: bytes) -> Watched:
    """Raises Damaged for what is no such message."""
    if len(body) < _LENGTH.size:
        raise Damaged(f"watched fragment: {len(body)} bytes, shorter than its header")
    (length,) = _LENGTH.unpack_from(body)
    if length > len(body) - _LENGTH.size:
        raise Damaged(f"watched fragment: a description of {length} bytes does not fit its {len(body)}")
    at = _LENGTH.size + length
    return Watched(decode_streams(body[_LENGTH.size : at]), decode_fragment(body[at:]))
