"""The archive that a copy leaves in, one ZIP of AES-256 (WinZip AE-2) that 7-Zip opens on a plain PC; its pass-phrase.

Written from front to back while the members are made, so nothing of it lies anywhere before. Names and sizes of members
are in the clear, as in every such ZIP; contents are not.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from stream_zip import ZIP_64, MemberFile, stream_zip

from appliance.core.clock import local_time

__all__ = ["PASSPHRASE_BITS", "Member", "archive", "new_passphrase"]

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Thirty-two signs that are read out and typed without doubt: no I, O, 0, 1."""
_GROUPS, _IN_GROUP = 6, 4
PASSPHRASE_BITS = 5 * _GROUPS * _IN_GROUP
"""The ZIP's own stretching (PBKDF2, 1,000 turns of SHA-1) adds 10 bits: the pass-phrase is out of reach by itself."""

_CHUNK_BYTES = 1 << 20
_MODE = 0o100400


class Member(NamedTuple):
    """A file of the archive. ``chunks`` are to be read to their end before the next member is asked for."""

    name: str
    at_ns: int
    chunks: Iterator[bytes]


def new_passphrase(random: Callable[[int], bytes]) -> str:
    """``XXXX-XXXX-XXXX-XXXX-XXXX-XXXX``, hyphens and all: 120 bits. It is shown once, and kept by nobody here."""
    signs = [_ALPHABET[byte & 31] for byte in random(_GROUPS * _IN_GROUP)]
    return "-".join("".join(signs[at : at + _IN_GROUP]) for at in range(0, len(signs), _IN_GROUP))


def archive(members: Iterable[Member], passphrase: str, random: Callable[[int], bytes]) -> Iterator[bytes]:
    """The bytes of the ZIP, in order. ``random``: for a salt for each member."""
    return iter(
        stream_zip(
            map(_file, members),
            chunk_size=_CHUNK_BYTES,
            get_compressobj=_stored,
            password=passphrase,
            get_crypto_random=random,
        )
    )


def _file(member: Member) -> MemberFile:
    at: datetime = local_time(member.at_ns)
    return member.name, at, _MODE, ZIP_64, member.chunks


def _stored() -> zlib._Compress:
    """Deflate that compresses nothing: footage is compressed already, and a stored member would need its size first."""
    return zlib.compressobj(level=0, wbits=-zlib.MAX_WBITS)
