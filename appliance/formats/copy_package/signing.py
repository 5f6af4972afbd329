"""What is signed in a package, so that ``sha256sum`` and ``openssl`` alone can check it. Pure.

The key is the ledger's (Ed25519). Nothing signed here can be taken for a checkpoint or an extract, which are notes of
at least three lines; a manifest is one line of JSON, and no second line of ``SHA256SUMS`` is a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.core.digests import in_fours
from appliance.formats.copy_package.manifest import PIECE_BYTES

__all__ = [
    "KEY",
    "MANIFEST",
    "MANIFEST_SIGNATURE",
    "PROOF",
    "SUMS",
    "SUMS_SIGNATURE",
    "FileHasher",
    "Hashed",
    "fingerprint",
    "public_pem",
    "sums_text",
]

MANIFEST, MANIFEST_SIGNATURE = "manifest.json", "manifest.json.sig"
SUMS, SUMS_SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
KEY, PROOF = "recorder-key.pem", "ledger-proof.json"


class Hashed(NamedTuple):
    """A file that went by: its size, its SHA-256, and that of each MiB."""

    bytes: int
    sha256: str
    pieces: tuple[str, ...]


class FileHasher:
    """Hashes a file as it goes by, whole and piece by piece."""

    def __init__(self) -> None:
        self._whole, self._piece = hashlib.sha256(), hashlib.sha256()
        self._bytes, self._in_piece = 0, 0
        self._pieces: list[str] = []

    def update(self, data: bytes) -> None:
        self._whole.update(data)
        self._bytes += len(data)
        left = memoryview(data)
        while left:
            part = left[: PIECE_BYTES - self._in_piece]
            self._piece.update(part)
            self._in_piece += len(part)
            left = left[len(part) :]
            if self._in_piece == PIECE_BYTES:
                self._end_piece()

    def finish(self) -> Hashed:
        if self._in_piece:
            self._end_piece()
        return Hashed(self._bytes, self._whole.hexdigest(), tuple(self._pieces))

    def _end_piece(self) -> None:
        self._pieces.append(self._piece.hexdigest())
        self._piece, self._in_piece = hashlib.sha256(), 0


def public_pem(public: Ed25519PublicKey) -> bytes:
    """The key as ``openssl`` reads it."""
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(public: Ed25519PublicKey) -> str:
    """SHA-256 of the key in DER, in groups of four hexadecimal digits: what the receipt prints."""
    found = hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    return in_fours(found)


def sums_text(files: Iterable[tuple[str, str]]) -> bytes:
    """``SHA256SUMS`` of (name, hash), as ``sha256sum`` writes and reads it."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in files).encode()
