"""An office as it lies on disk: what the keeper opens at start, and where each file of it is.

``setup.py`` makes one. Opening needs no person: what footage needs a person for stays shut in the keyholder slots.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound
from appliance.core.model import Record, from_wire
from appliance.core.settings import Layout, StorageSettings
from appliance.ledger.log import Ledger
from appliance.services.people.accounts import Accounts
from appliance.services.people.keyholders import Keyholders
from appliance.storage.boot_files import APPLIANCE_ID, VAULT_PUBLIC, read_exactly
from appliance.storage.files import Fs, write_atomic
from appliance.vault.keys.anchor import Anchor
from appliance.vault.keys.anchorchoice import AnchorChoice, open_anchor
from appliance.vault.keys.boxkeys import BoxKeys, SealedFile, read_box_key
from appliance.vault.keys.generationlog import check_generation
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.passwords import Hasher, HashParams
from appliance.vault.tls import Authority, SiteCertificate, fingerprint, is_due, issue

__all__ = ["Installation", "Office", "Places", "ledger_origin", "open_installation", "write_leaf"]


class Office(Record, frozen=True, kw_only=True):
    """What set-up settled for good, in ``office.sealed``. ``appliance_id``: 32 hexadecimal digits."""

    office_name: str
    appliance_id: str
    created_ns: int
    host_names: tuple[str, ...]
    trial: bool
    hash_params: HashParams
    envelope_public: bytes
    anchor: AnchorChoice = AnchorChoice()


class Places:
    """The keeper's files by name."""

    def __init__(self, layout: Layout) -> None:
        self.box_key = os.path.join(layout.keeper, "box.key")
        self.box_sealed = os.path.join(layout.keeper, "box.sealed")
        self.vault_public = os.path.join(layout.keeper, "vault.pub")
        self.accounts = os.path.join(layout.keeper, "accounts.sealed")
        self.office = os.path.join(layout.keeper, "office.sealed")
        self.anchor = os.path.join(layout.keeper, "anchor")
        self.keys = os.path.join(layout.keeper, "keys")
        self.ledger = os.path.join(layout.keeper, "ledger")
        self.records = os.path.join(layout.keeper, "records")
        self.catalogue = os.path.join(layout.keeper, "catalogue")
        self.scans = os.path.join(layout.keeper, "scans")
        self.references = os.path.join(layout.keeper, "references")
        self.authority = os.path.join(layout.web, "ca.crt")
        self.leaf_chain = os.path.join(layout.web, "tls.pem")
        self.leaf_key = os.path.join(layout.web, "tls.key")
        self.ledger_keys = os.path.join(layout.heads, "ledger.vkey")


@dataclass(frozen=True)
class Installation:
    """An office, open for the keeper. Holds no key of any footage. ``vault_public`` is what lies in ``boot/``, b"" if
    nothing does: whether it is the office's, the ledger says (``vault/keys/vaultkey.py``)."""

    fs: Fs
    layout: Layout
    places: Places
    office: Office
    box_keys: BoxKeys
    vault_public: bytes
    anchor: Anchor
    key_store: KeyStore
    accounts: Accounts
    hasher: Hasher
    authority: Authority
    random: Callable[[int], bytes]

    @property
    def ledger_origin(self) -> str:
        """The ledger's name in its checkpoints."""
        return ledger_origin(self.office.appliance_id)

    @property
    def ledger_key(self) -> Ed25519PrivateKey:
        return self.box_keys.ledger_key

    @property
    def keyholders(self) -> Keyholders:
        """Unlocking the vault, and who can."""
        return Keyholders(self.key_store, self.accounts, self.hasher, self.random)

    def check_not_put_back(self, ledger: Ledger) -> None:
        """Raises Damaged when the ledger knows a later generation than the key store has: an older one was put back,
        and with it keys that were destroyed or keyholder slots that were voided."""
        check_generation(ledger, self.key_store.generation, self.places.keys)

    def shut_if_put_back(self, ledger: Ledger) -> None:
        """From now on a key store that was put back is shut, as one whose anchor is lost: recording goes on, and what
        was destroyed, or who was voided, opens nothing (``T-58``)."""
        if not self.key_store.shut:
            try:
                self.check_not_put_back(ledger)
            except Damaged as error:
                self.key_store.shut_down(str(error))

    @property
    def ca_fingerprint(self) -> str:
        return fingerprint(self.authority.certificate)

    def renew_leaf(self, now_ns: int) -> bool:
        """Issues the web process's certificate anew when it is due; whether it did. Raises NotWritable."""
        try:
            chain = self.fs.read(self.places.leaf_chain)
        except FileNotFoundError:
            chain = b""
        if chain and not is_due(chain, now_ns):
            return False
        write_leaf(self.fs, self.places, issue(self.authority, self.office.host_names, now_ns, self.random))
        return True


def ledger_origin(appliance_id: str) -> str:
    return f"office-recorder/{appliance_id}"


def write_leaf(fs: Fs, places: Places, leaf: SiteCertificate) -> None:
    """Key first: a new chain with an old key would not start, and a restart in between issues again."""
    write_atomic(fs, places.leaf_key, leaf.key, mode=0o640)
    write_atomic(fs, places.leaf_chain, leaf.chain, mode=0o644)


def open_installation(
    fs: Fs,
    layout: Layout,
    clock: Clock,
    random: Callable[[int], bytes] = os.urandom,
    *,
    storage: StorageSettings = StorageSettings(),  # noqa: B008 -- frozen
) -> Installation:
    """The office under ``layout.office``. Raises NotFound before set-up, Damaged for anything missing or altered; but
    a key store that does not open, its anchor lost or out of reach, is there and shut."""
    if not fs.exists(layout.office):
        raise NotFound(f"{layout.office}: no office is set up here; run `appliance setup`")
    places = Places(layout)
    box_key = read_box_key(fs, places.box_key)
    box_keys = BoxKeys.read(SealedFile(fs, places.box_sealed, box_key, random))
    office_file = SealedFile(fs, places.office, box_key, random)
    try:
        office = from_wire(office_file.read(), Office)
    except msgspec.MsgspecError as error:
        raise Damaged(f"{places.office}: it describes no office ({error}); restore the backup") from error
    if read_exactly(fs, layout.boot, APPLIANCE_ID, 16).hex() != office.appliance_id:
        raise Damaged(f"{layout.boot}: its files are of another box; put this office's own back")
    vault_public = os.path.join(layout.boot, VAULT_PUBLIC)
    hasher = Hasher(office.hash_params, random)
    anchor = open_anchor(office.anchor, storage, fs, places.anchor, box_key, random)
    return Installation(
        fs=fs,
        layout=layout,
        places=places,
        office=office,
        box_keys=box_keys,
        vault_public=fs.read(vault_public) if fs.exists(vault_public) else b"",
        anchor=anchor,
        key_store=KeyStore.open_or_shut(fs, places.keys, anchor, box_key, random),
        accounts=Accounts(SealedFile(fs, places.accounts, box_key, random), hasher, clock),
        hasher=hasher,
        authority=Authority(_read(fs, places.authority), box_keys.authority_key),
        random=random,
    )


def _read(fs: Fs, path: str) -> bytes:
    try:
        return fs.read(path)
    except OSError as error:
        raise Damaged(f"{path}: cannot be read ({error.strerror}); restore it from the backup") from error
