"""Set-up: makes an office from nothing, or leaves nothing. All of it lies under ``new`` until one rename.

An interrupted set-up starts again from an empty ``new``. The real office and the trial office are made by this same
code; they differ in one flag and in who answers the questions.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from appliance import __version__
from appliance.core.clock import Clock
from appliance.core.errors import NotWritable, UsageError
from appliance.core.model import Camera, Registry, to_wire
from appliance.core.settings import FILE_ANCHOR, Layout, StorageSettings
from appliance.formats.sealing import fastest_suite, vault_digest, wipe
from appliance.installation.office import Office, Places, ledger_origin, write_leaf
from appliance.ledger.last_head import LastHead
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.policy import Policy
from appliance.services.people.accounts import Account, Accounts, check_account
from appliance.storage.boot_files import (
    APPLIANCE_ID,
    BOOT_KEY,
    BOOT_MODE,
    CATALOGUE_PUBLIC,
    RING_ID,
    SUITE,
    VAULT_PUBLIC,
    write_policy,
    write_registry,
    write_signed_key,
)
from appliance.storage.files import Fs
from appliance.storage.footage_disk import DiskLabel, write_label
from appliance.vault.keys.anchorchoice import choose, create_anchor, forget_unfinished
from appliance.vault.keys.boxkeys import BOX_KEY_BYTES, BoxKeys, SealedFile
from appliance.vault.keys.envelope import Envelope, make_envelope, make_envelope_slot
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.passwords import Hasher, HashParams, calibrate, check_password
from appliance.vault.keys.slots import Slot, make_password_slot
from appliance.vault.keys.vault import make_vault
from appliance.vault.tls import Authority, certificate_names, fingerprint, issue, make_authority

__all__ = ["Installed", "NewPerson", "check_person", "create_installation"]

Random = Callable[[int], bytes]
_LEAST_PEOPLE = 2


class NewPerson(NamedTuple):
    """Somebody who gets an account at set-up, and a keyholder slot unless ``keyholder`` is false."""

    name: str
    display: str
    roles: tuple[str, ...]
    password: str
    totp_secret: str | None = None
    unit: str = ""
    post: str = ""
    keyholder: bool = True

    def __repr__(self) -> str:
        return f"<person {self.name}>"


def check_person(person: NewPerson, office_name: str) -> None:
    """Raises UsageError naming what is wrong with account, name, role or password."""
    check_account(_account(person, "", ""))
    if not person.roles:
        raise UsageError(f"account {person.name}: no role; nobody could do anything with it")
    check_password(person.password, (person.name, person.display, office_name))


class Installed(NamedTuple):
    """What set-up hands out, once: the shares exist nowhere else afterwards."""

    ca_fingerprint: str
    ca_path: str
    envelope_shares: tuple[str, ...]
    vkey: str
    strength: str

    def __repr__(self) -> str:
        return f"<installed, ledger {self.vkey}>"


class _Underway(Layout):
    """The places of an office that does not exist yet."""

    @property
    def office(self) -> str:
        return os.path.join(self.state, "new")


def create_installation(
    fs: Fs,
    layout: Layout,
    clock: Clock,
    *,
    office_name: str,
    people: Sequence[NewPerson],
    cameras: Sequence[Camera],
    host_names: Sequence[str],
    trial: bool,
    random: Random = os.urandom,
    confirm: Callable[[tuple[str, ...]], None] = lambda shares: None,
    params: HashParams | None = None,
    suite: int | None = None,
    storage: StorageSettings = FILE_ANCHOR,
    tpm_owner: bytes = b"",
) -> Installed:
    """Makes the office; it exists, whole and durable, when this returns, and not at all when it raises.

    ``confirm`` is handed the envelope's shares before anything counts; it raises to call the set-up off. ``params``
    and ``suite`` are measured when not given. ``tpm_owner`` is the password of the TPM's owner, mostly none. Raises
    UsageError for answers that will not do and for an office that exists, NotWritable for the disk or a full TPM,
    Unavailable when the settings ask for a TPM and none answers.
    """
    if fs.exists(layout.office):
        raise UsageError(f"{layout.office}: an office is set up here already; it is never set up twice")
    _check(office_name, people, host_names)
    kind = choose(storage)
    _check_footage_disk(fs, layout)
    envelope = make_envelope(random)
    confirm(envelope.shares)
    new = _Underway(layout.state, layout.run, layout.footage if layout.has_own_disk else "")
    hasher = Hasher(params or calibrate(clock, random), random)
    making = _Making(fs, new, clock, random, hasher, storage, tpm_owner)
    try:
        making.start_again()
        making.make_anchor(kind)
        vkey = making.fill(office_name, people, cameras, host_names, trial, envelope, suite or fastest_suite(clock))
        fs.sync_fs(new.office)
        fs.rename(new.office, layout.office)
        fs.sync_dir(layout.state)
    except OSError as error:
        raise NotWritable(
            f"{layout.state}: set-up cannot write ({error.strerror}); free the disk and start it again"
        ) from error
    return Installed(making.ca_fingerprint, Places(layout).authority, envelope.shares, vkey, making.choice.strength)


def _check(office_name: str, people: Sequence[NewPerson], host_names: Sequence[str]) -> None:
    if not office_name.strip():
        raise UsageError("set-up: the office's name is missing; it stands on every paper")
    if not host_names:
        raise UsageError("set-up: a host name is missing; browsers need one to trust this box")
    certificate_names(host_names)
    if len({person.name for person in people}) < max(_LEAST_PEOPLE, len(people)):
        raise UsageError(
            f"set-up: at least {_LEAST_PEOPLE} people with an account each; one alone could not be watched"
        )
    for person in people:
        check_person(person, office_name)


def _check_footage_disk(fs: Fs, layout: Layout) -> None:
    """A disk of its own is mounted by whoever sets up, and holds no footage yet."""
    if not layout.has_own_disk:
        return
    if not fs.exists(layout.footage):
        raise UsageError(f"{layout.footage}: no such folder; mount the footage disk there first")
    for directory in (layout.open, layout.ring):
        if fs.exists(directory) and fs.list_dir(directory):
            raise UsageError(f"{directory}: holds footage already; set up with an empty disk, and keep this one")


def _account(person: NewPerson, verifier: str, slot_id: str) -> Account:
    return Account(
        name=person.name,
        display=person.display,
        roles=tuple(person.roles),
        verifier=verifier,
        totp_secret=person.totp_secret or "",
        slot_id=slot_id,
        unit=person.unit,
        post=person.post,
    )


class _Making:
    """The steps that fill ``new``. Each writes durable files; none is seen before the rename."""

    def __init__(
        self,
        fs: Fs,
        new: Layout,
        clock: Clock,
        random: Random,
        hasher: Hasher,
        storage: StorageSettings,
        tpm_owner: bytes,
    ) -> None:
        self._fs, self._new, self._clock, self._random, self._hasher = fs, new, clock, random, hasher
        self._storage, self._tpm_owner = storage, tpm_owner
        self._places = Places(new)
        self._box_key = random(BOX_KEY_BYTES)
        self.ca_fingerprint = ""

    def start_again(self) -> None:
        """An empty ``new`` with its directories. Files that an interrupted set-up left are removed."""
        self._fs.make_dir(self._new.state, mode=0o755)
        if self._fs.exists(self._new.office):
            forget_unfinished(self._storage, self._fs, self._places.anchor, self._tpm_owner)
            _clear(self._fs, self._new.office)
        self._fs.make_dir(self._new.office, mode=0o755)
        for path, mode in (
            (self._new.boot, 0o750),
            (self._new.keeper, 0o700),
            (self._new.ring, 0o700),
            (self._new.open, 0o750),
            (self._new.web, 0o750),
            (self._new.heads, 0o755),
        ):
            self._fs.make_dir(path, mode=mode)
        for path in (
            self._places.anchor,
            self._places.keys,
            self._places.ledger,
            self._places.records,
            self._places.catalogue,
        ):
            self._fs.make_dir(path, mode=0o700)

    def make_anchor(self, kind: str) -> None:
        """The anchor in force from the first key on, and how it is found again."""
        self._anchor, self.choice = create_anchor(
            kind, self._storage, self._fs, self._places.anchor, self._box_key, self._random, self._tpm_owner
        )

    def fill(
        self,
        office_name: str,
        people: Sequence[NewPerson],
        cameras: Sequence[Camera],
        host_names: Sequence[str],
        trial: bool,
        envelope: Envelope,
        suite: int,
    ) -> str:
        """Every file of the office; the ledger's verifier key."""
        random, now_ns = self._random, self._clock.wall_ns()
        box_key, appliance_id, ring_id = self._box_key, random(16), random(16)
        self._file(self._places.box_key, box_key)
        vault_public, private = make_vault(random)
        try:
            slots = [
                make_password_slot(private, person.name, person.password, self._hasher, random)
                for person in people
                if person.keyholder
            ]
            envelope_slot = make_envelope_slot(private, envelope.public, random)
        finally:
            wipe(private)
        KeyStore.create(self._fs, self._places.keys, self._anchor, box_key, [*slots, envelope_slot], random)
        self._write_accounts(people, slots, box_key)
        authority = make_authority(office_name, host_names, now_ns, random)
        self.ca_fingerprint = fingerprint(authority.certificate)
        box_keys = self._write_box_keys(box_key, authority)
        office = Office(
            office_name=office_name,
            appliance_id=appliance_id.hex(),
            created_ns=now_ns,
            host_names=tuple(host_names),
            trial=trial,
            hash_params=self._hasher.params,
            envelope_public=envelope.public,
            anchor=self.choice,
        )
        SealedFile(self._fs, self._places.office, box_key, random).write(to_wire(office))
        self._file(self._places.authority, authority.certificate, mode=0o644)
        write_leaf(self._fs, self._places, issue(authority, host_names, now_ns, random))
        catalogue = box_keys.catalogue_public
        registry = Registry(version=1, since_ns=now_ns, cameras=tuple(cameras), trial=trial)
        self._write_boot(appliance_id, ring_id, suite)
        for name, public in ((VAULT_PUBLIC, vault_public), (CATALOGUE_PUBLIC, catalogue)):
            write_signed_key(self._fs, self._new.boot, name, public, box_keys.registry_key)
        self._file(self._places.vault_public, vault_public)
        write_registry(self._fs, self._new.boot, registry, box_keys.registry_key, random)
        write_label(self._fs, self._new.footage, DiskLabel(appliance=appliance_id.hex(), ring=ring_id.hex()))
        clear = {
            "version": __version__,
            "appliance": appliance_id.hex(),
            "trial": trial,
            "vault_key": vault_digest(vault_public),
            "catalogue_key": _digest(catalogue),
            "envelope_key": _digest(envelope.public),
            "certificate_authority": self.ca_fingerprint,
            "anchor": self.choice.strength,
            "suite": suite,
            "keyholders": len(slots),
            "cameras": [camera.camera_no for camera in cameras],
            "policy": Policy().fields(),
        }
        sealed = {"office_name": office_name, "people": [_named(person) for person in people]}
        return self._write_first_entry(box_keys, office, clear, sealed)

    def _write_accounts(self, people: Sequence[NewPerson], slots: Sequence[Slot], box_key: bytes) -> None:
        slot_ids = {slot.person: slot.slot_id for slot in slots}
        accounts = [
            _account(person, self._hasher.verifier(person.password), slot_ids.get(person.name, "")) for person in people
        ]
        file = SealedFile(self._fs, self._places.accounts, box_key, self._random)
        Accounts.create(file, accounts, self._hasher, self._clock)

    def _write_box_keys(self, box_key: bytes, authority: Authority) -> BoxKeys:
        keys = BoxKeys(
            records_key=self._random(32),
            catalogue_key=self._random(32),
            catalogue_private=self._random(32),
            ledger_seed=self._random(32),
            authority_key=authority.key,
        )
        keys.write(SealedFile(self._fs, self._places.box_sealed, box_key, self._random))
        return keys

    def _write_boot(
        self,
        appliance_id: bytes,
        ring_id: bytes,
        suite: int,
    ) -> None:
        for name, data in (
            (BOOT_KEY, self._random(32)),
            (APPLIANCE_ID, appliance_id),
            (RING_ID, ring_id),
            (SUITE, bytes([suite])),
        ):
            self._file(os.path.join(self._new.boot, name), data, mode=BOOT_MODE)
        write_policy(self._fs, self._new.boot, Policy().fields(), self._random)

    def _write_first_entry(
        self, box_keys: BoxKeys, office: Office, clear: dict[str, Any], sealed: dict[str, Any]
    ) -> str:
        """Entry 0: the keys in clear, the office and its people by commitment."""
        ledger = Ledger(
            self._fs,
            self._places.ledger,
            self._clock,
            origin=ledger_origin(office.appliance_id),
            signing_key=box_keys.ledger_key,
        )
        acts = Acts(ledger, self._fs, self._places.records, box_keys.records_key, self._clock, random=self._random)
        with ledger, acts:
            acts.perform(self._random(16).hex(), "installation.created", clear, sealed)
            LastHead(self._fs, self._places.ledger, ledger).keep(closed=True)
            vkey = ledger.verifier_keys[0]
        self._file(self._places.ledger_keys, vkey.encode() + b"\n", mode=0o644)
        return vkey

    def _file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """A new file; ``sync_fs`` makes it durable with the rest."""
        file = self._fs.create(path, mode=mode)
        try:
            file.write(data)
        finally:
            file.close()


def _named(person: NewPerson) -> dict[str, Any]:
    """What the first entry seals of somebody."""
    places = {name: text for name, text in (("unit", person.unit), ("post", person.post)) if text}
    return {"name": person.name, "display": person.display, "roles": list(person.roles), **places}


def _digest(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()


def _clear(fs: Fs, directory: str) -> None:
    """Removes every file below; empty directories stay, they are made again anyway."""
    for name in fs.list_dir(directory):
        path = os.path.join(directory, name)
        try:
            fs.unlink(path)
        except (IsADirectoryError, PermissionError):
            _clear(fs, path)
