"""Signed notes and checkpoints (C2SP signed-note v1, tlog-checkpoint v1) with Ed25519, and nothing else of C2SP.

A *vkey* is a public key as one line of text: ``name+key id+base64(0x01 || public key)``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from appliance.core.errors import Damaged, UsageError

__all__ = ["Checkpoint", "VerifierKey", "open_checkpoint", "open_note", "sign_checkpoint", "sign_note", "vkey"]

_ED25519 = 1
_MAX_NOTE_BYTES = 1 << 16
_DASH = "\u2014 "


class VerifierKey(NamedTuple):
    """A parsed vkey."""

    name: str
    key_id: bytes
    public: bytes

    @classmethod
    def parse(cls, line: str) -> VerifierKey:
        """Raises UsageError for anything that is no Ed25519 vkey or whose key id is not its own."""
        try:
            name, key_id, encoded = line.strip().split("+", 2)
            key = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise UsageError(
                f"verifier key {line.strip()!r}: not of the form name+id+key; copy the whole line"
            ) from error
        if len(key) != 33 or key[0] != _ED25519 or not _good_name(name):
            raise UsageError(f"verifier key {line.strip()!r}: not an Ed25519 key with a name")
        if _key_id(name, key[1:]).hex() != key_id:
            raise UsageError(f"verifier key {line.strip()!r}: its id is not that of its key; copy the line again")
        return cls(name, bytes.fromhex(key_id), key[1:])

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([_ED25519]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def _good_name(name: str) -> bool:
    return bool(name) and "+" not in name and name.isprintable() and not any(map(str.isspace, name))


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([_ED25519]) + public).digest()[:4]


def vkey(name: str, public: Ed25519PublicKey) -> VerifierKey:
    """The vkey of ``public`` under ``name``. UsageError if the name is empty or holds a space or a plus."""
    if not _good_name(name):
        raise UsageError(f"key name {name!r}: must not be empty nor hold a space or a plus; use a name like office/box")
    raw = public.public_bytes_raw()
    return VerifierKey(name, _key_id(name, raw), raw)


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """``text``, which ends in a newline, with one signature line. ValueError for a text that no note can hold."""
    if not _good_text(text):
        raise ValueError("note text: must end in a newline and hold no control character")
    signer = vkey(name, key.public_key())
    signature = base64.b64encode(signer.key_id + key.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{name} {signature}\n"


def _good_text(text: str) -> bool:
    return text.endswith("\n") and not any(ord(letter) < 0x20 and letter != "\n" for letter in text)


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[str, list[VerifierKey]]:
    """The note's text and those of ``keys`` that signed it.

    Raises Damaged unless the note is well-formed, at least one of the keys signed it, and no signature in the name
    and id of one of them is wrong.
    """
    if len(note) > _MAX_NOTE_BYTES:
        raise Damaged(f"signed note: longer than {_MAX_NOTE_BYTES} bytes")
    text, blank, lines = note.rpartition("\n\n")
    text += "\n"
    if not blank or not lines.endswith("\n") or not _good_text(text) or not _good_text(lines):
        raise Damaged("signed note: not a text, an empty line and signature lines")
    known = {(key.name, key.key_id): key for key in keys}
    signers: list[VerifierKey] = []
    for line in lines[:-1].split("\n"):
        name, signature = _signature_line(line)
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], text.encode())
        except InvalidSignature as error:
            raise Damaged(f"signed note: the signature of {name} does not verify; it was altered or forged") from error
        if key not in signers:
            signers.append(key)
    if not signers:
        raise Damaged("signed note: signed by none of the known keys")
    return text, signers


def _signature_line(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Damaged("signed note: a signature line is not base64") from error
    if not line.startswith(_DASH) or not space or not _good_name(name) or len(signature) < 5:
        raise Damaged("signed note: a signature line is malformed")
    return name, signature


class Checkpoint(NamedTuple):
    """A head of the ledger: how many entries, and the root over them. ``extensions`` are further lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Strictly; raises Damaged."""
        origin, *rest = text.removesuffix("\n").split("\n")
        if len(rest) < 2 or not all((origin, *rest)):
            raise Damaged("checkpoint: needs three lines, none of them empty")
        size, root, *extensions = rest
        if not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0") or len(size) > 19:
            raise Damaged(f"checkpoint: its size {size[:40]!r} is no decimal number")
        try:
            raw = base64.b64decode(root, validate=True)
        except ValueError as error:
            raise Damaged("checkpoint: its root is not base64") from error
        if len(raw) != 32 or base64.b64encode(raw).decode() != root:
            raise Damaged("checkpoint: its root is not the base64 of 32 bytes")
        return cls(origin, int(size), raw, tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The checkpoint as a note signed in the name of its origin."""
    return sign_note(checkpoint.text(), checkpoint.origin, key)


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, list[VerifierKey]]:
    """The checkpoint and which of ``keys`` signed it; raises Damaged, as :func:`open_note` does."""
    text, signers = open_note(note, keys)
    return Checkpoint.parse(text), signers
