"""One month's sealed records in one file: what personal data lies behind the ledger's entries.

A file is a journal. Its first entry is the month's key, wrapped under the records key; each later one is a record:
``u8 length of the act id | act id | nonce (12) | AES-256-GCM ciphertext and tag``. Month and act id are
authenticated, so a record can neither be moved nor renamed. Erasing writes the file anew, under a new key, without the
record; that the old bytes are gone from the medium is best effort.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.core.errors import Damaged, NotFound
from appliance.storage.files import Fs, write_atomic
from appliance.storage.journal import Journal, pack_entry

__all__ = ["MAX_ACT_ID", "Month", "month_files", "month_path"]

MAX_ACT_ID = 64
_PREFIX, _SUFFIX = "records-", ".log"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_MONTH_CONTEXT = b"office-recorder/month-key/v1\n"
_RECORD_CONTEXT = b"office-recorder/record/v1\n"


class Month:
    """An open month file; made when there is none. ``name`` is ``2026-03``. Callers lock.

    Opening raises Damaged when the file is not what this recorder wrote, NotWritable as the journal does.
    """

    def __init__(self, fs: Fs, path: str, name: str, records_key: bytes, random: Callable[[int], bytes]) -> None:
        self._fs, self._path, self.name = fs, path, name
        self._records_key, self._random = records_key, random
        self._open()

    def _open(self) -> None:
        self._numbers: dict[str, int] = {}
        self._head = b""
        self._count = 0
        self._journal = Journal(self._fs, self._path, visit=self._take)
        self.cut_bytes = self._journal.cut_bytes
        if not self._head:
            self._head = self._new_head(self._random(_KEY_BYTES))
            self._journal.append(self._head)
            self._count = 1

    def _take(self, body: bytes) -> None:
        if self._count:
            self._numbers[_act_id(body, self._path)] = self._count
        else:
            self._head = body
        self._count += 1

    @property
    def act_ids(self) -> list[str]:
        """The acts whose records are here, in the order they were added."""
        return list(self._numbers)

    def add(self, act_id: str, plaintext: bytes) -> None:
        """Durable on return. Raises NotWritable. ``act_id`` is 1 to MAX_ACT_ID printable ASCII
        characters, and new here."""
        body = self._seal(self._key(self._head), act_id, plaintext)
        self._numbers[act_id] = self._journal.append(body)

    def read(self, act_id: str) -> bytes:
        """The record's plaintext. Raises NotFound, or Damaged when it does not open."""
        if act_id not in self._numbers:
            raise NotFound.of("record-none", act=act_id, path=self._path)
        return self._unseal(self._key(self._head), act_id, self._journal.body(self._numbers[act_id]))

    def erase(self, act_ids: Collection[str]) -> None:
        """Writes the file anew, under a new key, without these records; durable on return. Raises NotWritable; then
        all are still there."""
        key = self._random(_KEY_BYTES)
        bodies = [self._new_head(key)]
        for act_id in self._numbers:
            if act_id not in act_ids:
                bodies.append(self._seal(key, act_id, self.read(act_id)))
        write_atomic(self._fs, self._path, b"".join(map(pack_entry, bodies)))
        self._journal.close()
        self._open()

    def close(self) -> None:
        self._journal.close()

    def _new_head(self, key: bytes) -> bytes:
        nonce = self._random(_NONCE_BYTES)
        return nonce + AESGCM(self._records_key).encrypt(nonce, key, _MONTH_CONTEXT + self.name.encode())

    def _key(self, head: bytes) -> bytes:
        try:
            return AESGCM(self._records_key).decrypt(
                head[:_NONCE_BYTES], head[_NONCE_BYTES:], _MONTH_CONTEXT + self.name.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"{self._path}: its key does not open with the records key at hand") from error

    def _seal(self, key: bytes, act_id: str, plaintext: bytes) -> bytes:
        nonce, name = self._random(_NONCE_BYTES), act_id.encode("ascii")
        return bytes([len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, plaintext, self._context(act_id))

    def _unseal(self, key: bytes, act_id: str, body: bytes) -> bytes:
        at = 1 + body[0]
        try:
            return AESGCM(key).decrypt(body[at : at + _NONCE_BYTES], body[at + _NONCE_BYTES :], self._context(act_id))
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"{self._path}: the record of act {act_id} does not open; it was altered") from error

    def _context(self, act_id: str) -> bytes:
        return _RECORD_CONTEXT + f"{self.name}\n{act_id}".encode()


def _act_id(body: bytes, path: str) -> str:
    length = body[0]
    try:
        name = body[1 : 1 + length].decode("ascii")
    except UnicodeDecodeError:
        name = ""
    if not 0 < length == len(name) <= MAX_ACT_ID or not name.isprintable():
        raise Damaged(f"{path}: holds something that is no record")
    return name


def month_path(directory: str, name: str) -> str:
    return os.path.join(directory, f"{_PREFIX}{name}{_SUFFIX}")


def month_files(fs: Fs, directory: str) -> list[str]:
    """The names of the months that have a file in ``directory``, in order."""
    return [
        name[len(_PREFIX) : -len(_SUFFIX)]
        for name in fs.list_dir(directory)
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
    ]
