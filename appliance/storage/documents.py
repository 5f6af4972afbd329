"""The office's documents: TinyDB's own tables and queries over an append-only, sealed journal.

TinyDB's own storage rewrites its only copy in place; here each change is one durable journal entry, and a power cut
leaves the documents as they were before it or after it. An entry is
``nonce (12) | AES-256-GCM(key, msgpack {table: {id: document or nil}}, aad = magic | file id | entry number)``; entry 0
holds the random file id in clear, so that entries can be neither moved, repeated nor taken from another file.

Only drafts and projections live here: whatever must never be lost is the keeper's.
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from appliance.core.errors import Damaged
from appliance.storage.files import Fs, write_atomic
from appliance.storage.journal import Journal

__all__ = ["Documents", "JournalStorage", "open_documents"]

_MAGIC = b"office-documents/1"
_COMPACT_AT = 4
"""A journal with this many times more entries than living documents (and 1,000) is written anew at opening."""

_Tables = dict[str, dict[str, Mapping[str, Any]]]
_Changes = dict[str, dict[str, Mapping[str, Any] | None]]


class JournalStorage(Storage):
    """TinyDB's storage interface over a sealed journal. One process, one writer; the caller locks."""

    def __init__(self, fs: Fs, path: str, key: bytes, random: Callable[[int], bytes] = os.urandom) -> None:
        """Raises Damaged when the file was altered or the key is another; then nothing is changed on disk."""
        self._fs, self._path, self._aead, self._random = fs, path, AESGCM(key), random
        if fs.exists(path + ".new"):
            fs.unlink(path + ".new")
        self._journal = Journal(fs, path)
        self.tables: _Tables = {}
        if not len(self._journal):
            self._journal.append(_MAGIC + random(16))
        self._file_id = self._checked_head(self._journal.entries[0])
        for number, entry in enumerate(self._journal.entries[1:], 1):
            self._apply(self._opened(number, entry))
        living = sum(len(table) for table in self.tables.values())
        if len(self._journal) > max(1000, _COMPACT_AT * living):
            self._compact()

    def read(self) -> dict[str, dict[str, Any]]:
        return {name: copy.deepcopy(dict(table)) for name, table in self.tables.items()}

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Makes the documents equal to ``data``; durable on return. Raises NotWritable."""
        changes: _Changes = {}
        for name in self.tables.keys() | data.keys():
            old, new = self.tables.get(name, {}), data.get(name, {})
            changes[name] = {
                number: new.get(number) for number in old.keys() | new.keys() if old.get(number) != new.get(number)
            }
        self.record({name: table for name, table in changes.items() if table})

    def record(self, changes: _Changes) -> None:
        """Appends one entry with ``changes`` (None strikes a document). Durable on return. Raises NotWritable."""
        if not changes:
            return
        self._journal.append(self._sealed(len(self._journal), changes))
        self._apply(copy.deepcopy(changes))

    def close(self) -> None:
        self._journal.close()

    def _apply(self, changes: _Changes) -> None:
        for name, documents in changes.items():
            table = self.tables.setdefault(name, {})
            for number, document in documents.items():
                if document is None:
                    table.pop(number, None)
                else:
                    table[number] = document
            if not table:
                del self.tables[name]

    def _checked_head(self, head: bytes) -> bytes:
        if len(head) != len(_MAGIC) + 16 or not head.startswith(_MAGIC):
            raise Damaged(f"{self._path}: no documents file of this version; move it away to start with none")
        return head[len(_MAGIC) :]

    def _aad(self, number: int) -> bytes:
        return _MAGIC + self._file_id + number.to_bytes(8, "big")

    def _sealed(self, number: int, changes: _Changes) -> bytes:
        nonce = self._random(12)
        return nonce + self._aead.encrypt(nonce, msgspec.msgpack.encode(changes), self._aad(number))

    def _opened(self, number: int, entry: bytes) -> _Changes:
        try:
            plain = self._aead.decrypt(entry[:12], entry[12:], self._aad(number))
        except (InvalidTag, ValueError) as error:
            raise Damaged(
                f"{self._path}: entry {number} does not open; altered, or sealed by another key: move it away"
            ) from error
        return msgspec.msgpack.decode(plain, type=_Changes)

    def _compact(self) -> None:
        """Writes the living documents as a new file and renames it over the old one."""
        new = self._path + ".new"
        journal = Journal(self._fs, new)
        self._file_id = self._random(16)
        journal.append(_MAGIC + self._file_id)
        for name, table in self.tables.items():
            for number, document in table.items():
                journal.append(self._sealed(len(journal), {name: {number: document}}))
        journal.close()
        self._journal.close()
        self._fs.rename(new, self._path)
        self._fs.sync_dir(os.path.dirname(self._path))
        self._journal = Journal(self._fs, self._path)


class _OwnDocument(Document):
    """A document that shares nothing with the storage, however deep."""

    def __init__(self, value: Mapping[str, Any], doc_id: int) -> None:
        super().__init__(copy.deepcopy(dict(value)), doc_id)


class _Touched(MutableMapping[int, Any]):
    """A table as an updater sees it: documents are copied when first looked at, and what changed is known after."""

    def __init__(self, table: Mapping[str, Mapping[str, Any]]) -> None:
        self._table = table
        self._seen: dict[int, Any] = {}

    def __getitem__(self, number: int) -> Any:
        if number not in self._seen:
            self._seen[number] = copy.deepcopy(self._table[str(number)])
        if self._seen[number] is None:
            raise KeyError(number)
        return self._seen[number]

    def __setitem__(self, number: int, document: Any) -> None:
        self._seen[number] = document

    def __delitem__(self, number: int) -> None:
        self[number]
        self._seen[number] = None

    def __iter__(self) -> Iterator[int]:
        numbers = {int(number) for number in self._table} | self._seen.keys()
        return iter(sorted(number for number in numbers if self._seen.get(number, ()) is not None))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        return {
            str(number): document for number, document in self._seen.items() if document != self._table.get(str(number))
        }


class _JournalTable(Table):
    """TinyDB's table, with the two methods replaced that would otherwise copy and write the whole file.

    They are private to TinyDB: the version is pinned and ``tests/storage/test_documents.py`` is the contract.
    """

    document_class = _OwnDocument

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return _storage_of(self).tables.get(self.name, {})

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        storage = _storage_of(self)
        touched = _Touched(storage.tables.get(self.name, {}))
        updater(touched)  # type: ignore[arg-type]  # a mapping with dict's methods is all that TinyDB's updaters use
        changes = touched.changes()
        storage.record({self.name: changes} if changes else {})
        self.clear_cache()


def _storage_of(table: Table) -> JournalStorage:
    storage = table.storage
    if not isinstance(storage, JournalStorage):
        raise TypeError(f"{type(storage).__name__} is no JournalStorage")
    return storage


class Documents(TinyDB):
    """TinyDB with its own Query interface over :class:`JournalStorage`. Blocking; hold ``lock`` around each use."""

    table_class = _JournalTable

    def __init__(self, storage: JournalStorage) -> None:
        super().__init__(storage=lambda: storage)
        self.lock = threading.RLock()


def open_documents(fs: Fs, directory: str, random: Callable[[int], bytes] = os.urandom) -> tuple[Documents, str]:
    """The documents in ``directory``, and what had to be given up to open them ("" if nothing).

    The key lies beside the file: it keeps drafts out of a copied file, not from whoever holds the whole directory. A
    file that does not verify is put aside as ``documents.damaged`` and a new one begun, since only drafts are lost.
    """
    path, key_path = os.path.join(directory, "documents"), os.path.join(directory, "documents.key")
    first = key_path + ".first"  # the key's name until there are documents: so one without them has lost them
    fs.make_dir(directory)
    begun = fs.exists(key_path)
    if not begun and not fs.exists(first):
        write_atomic(fs, first, random(32))
    key = fs.read(key_path if begun else first)
    given_up = f"{path}: is gone" if begun and not fs.exists(path) else ""
    try:
        documents = Documents(JournalStorage(fs, path, key, random))
    except Damaged as error:
        fs.rename(path, path + ".damaged")
        fs.sync_dir(directory)
        documents, given_up = Documents(JournalStorage(fs, path, key, random)), str(error)
    if not begun:
        fs.rename(first, key_path)
        fs.sync_dir(directory)
    return documents, given_up
