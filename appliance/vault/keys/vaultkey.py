"""The vault's public key in force: which one the ledger names, and that ``boot/vault.pub`` is that one.

Whoever exchanges that file has the recorder seal footage to a key of theirs. So the keeper compares it with the ledger
at start, every few seconds and at each allocation, puts the office's own key back from its copy, and takes no
allocation that is sealed to another key. The recorder by itself takes only a key that this keeper signed
(``boot_files``).
"""

from __future__ import annotations

import os
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import VaultMismatch
from appliance.formats.sealing import vault_digest
from appliance.ledger.log import Ledger
from appliance.storage.boot_files import (
    BOOT_MODE,
    CATALOGUE_PUBLIC,
    SUITE,
    VAULT_PUBLIC,
    key_is_signed,
    write_signed_key,
)
from appliance.storage.files import Fs, write_atomic

__all__ = ["VaultKeyFile", "put_catalogue_right", "put_suite_right", "vault_keys"]


def vault_keys(ledger: Ledger) -> frozenset[str]:
    """The vault keys that footage may be sealed to, by their SHA-256: that of set-up, or of the last new anchor. While
    a new anchor was begun and not finished, its key and the one before."""
    keys: set[str] = set()
    for named in ledger.acts("installation.created", "anchor.lost"):
        if named.kind == "installation.created":
            keys.clear()
        keys.add(str(named.fields["vault_key"]))
        if named.kind == "anchor.lost" and _finished(ledger, named.index, int(named.fields["generation"])):
            keys = {str(named.fields["vault_key"])}
    return frozenset(keys)


def _finished(ledger: Ledger, lost: int, generation: int) -> bool:
    """Whether the new anchor that entry ``lost`` announces came into force: a store of its ``generation`` or later."""
    return any(entry.index > lost and int(entry.fields["generation"]) >= generation for entry in ledger.generations())


class VaultKeyFile:
    """``boot/vault.pub`` of an office, and the keeper's copy at ``copy``. ``key`` is the keeper's, which signs it."""

    def __init__(self, fs: Fs, boot: str, copy: str, ledger: Ledger, key: Ed25519PrivateKey) -> None:
        self._fs, self._boot, self._copy, self._key = fs, boot, copy, key
        self._path = os.path.join(boot, VAULT_PUBLIC)
        self._named = vault_keys(ledger)
        self._lock = threading.Lock()

    def need(self, vault_key: str, what: str) -> None:
        """Raises VaultMismatch unless ``vault_key`` (SHA-256), to which ``what`` is sealed, is the office's."""
        if vault_key not in self._named:
            raise VaultMismatch(
                f"{what}: it is sealed to the vault key {vault_key[:16] or 'of no name'}, which the ledger does not "
                f"name for this office; find out who wrote {self._path}"
            )

    def put_right(self) -> str:
        """Compares the file with the ledger and puts the office's own key back; what was found, "" when all was well.
        A good file is signed where it is not, and copied. Raises VaultMismatch when it is not the office's and there is
        no copy that is, NotWritable."""
        with self._lock:
            return self._put_right()

    def _put_right(self) -> str:
        lies, kept = _read(self._fs, self._path), _read(self._fs, self._copy)
        if lies is not None and vault_digest(lies) in self._named:
            if not key_is_signed(self._fs, self._boot, VAULT_PUBLIC, lies, self._key):
                write_signed_key(self._fs, self._boot, VAULT_PUBLIC, lies, self._key)
            if kept != lies:
                write_atomic(self._fs, self._copy, lies)
            return ""
        found = "is missing" if lies is None else f"is another key ({vault_digest(lies)[:16]}) than the ledger names"
        if kept is None or vault_digest(kept) not in self._named:
            raise VaultMismatch(
                f"{self._path}: it {found}, and {self._copy} is not the office's key either; nothing is recorded with "
                "it: restore vault.pub from a backup and find out who exchanged it"
            )
        write_signed_key(self._fs, self._boot, VAULT_PUBLIC, kept, self._key)
        return f"{self._path}: it {found}; the office's own key was put back, find out who exchanged it"


def put_catalogue_right(fs: Fs, boot: str, own: bytes, key: Ed25519PrivateKey) -> str:
    """The same for ``catalogue.pub``, of which the keeper has the private half: emergency records that are sealed to
    another key open for nobody here, and their footage with them. What was found, "" when all was well. Raises
    NotWritable."""
    path = os.path.join(boot, CATALOGUE_PUBLIC)
    lies = _read(fs, path)
    if lies == own and key_is_signed(fs, boot, CATALOGUE_PUBLIC, own, key):
        return ""
    write_signed_key(fs, boot, CATALOGUE_PUBLIC, own, key)
    if lies == own:
        return ""
    found = "was missing" if lies is None else "was not this keeper's key"
    return f"{path}: it {found}; the own one was put back, find out who exchanged it"


def put_suite_right(fs: Fs, boot: str, ledger: Ledger) -> str:
    """The same for ``suite``, the cipher that set-up chose and the ledger names: with a byte that is none the recorder
    seals nothing. Raises NotWritable."""
    path = os.path.join(boot, SUITE)
    own = next((bytes([int(entry.fields["suite"])]) for entry in ledger.acts("installation.created")), None)
    if own is None or _read(fs, path) == own:
        return ""
    write_atomic(fs, path, own, mode=BOOT_MODE)
    return f"{path}: it was not the cipher that the ledger names; that one was put back, find out who exchanged it"


def _read(fs: Fs, path: str) -> bytes | None:
    try:
        return fs.read(path)
    except FileNotFoundError:
        return None
