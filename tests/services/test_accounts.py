"""Accounts at rest and in use, and keyholders: the two must stay in step whatever is cut in between."""

from __future__ import annotations

from typing import Any

import msgspec
import pyotp
import pytest

from appliance.core.errors import Damaged, NotFound, NotWritable, Refused, UsageError
from appliance.services.people.accounts import Account, Accounts
from appliance.services.people.keyholders import Keyholders
from appliance.vault.keys.boxkeys import BoxKeys, SealedFile, derive, read_box_key
from appliance.vault.keys.envelope import make_envelope, make_envelope_slot
from appliance.vault.keys.passwords import Hasher
from appliance.vault.keys.slots import make_password_slot, open_slot
from appliance.vault.keys.vault import make_vault
from tests.faults.memory_fs import MemoryFs, every_cut
from tests.services.clocks import StillClock
from tests.vault.keycases import BOX_KEY, CHEAP, KEYS, create_store, drawn, new_disk, open_store

FILE = f"{KEYS}/accounts.sealed"
OLD, NEW = "a first password of lin's own", "another password, of later"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def file(fs: MemoryFs, box_key: bytes = BOX_KEY, path: str = FILE) -> SealedFile:
    return SealedFile(fs, path, box_key, drawn("file"))


def hasher() -> Hasher:
    return Hasher(CHEAP, drawn("hasher"))


def account(name: str, password: str = OLD, **more: Any) -> Account:
    values = {"display": f"{name} Wang", "roles": ("officer",), "verifier": hasher().verifier(password)}
    return Account(name=name, **{**values, **more})


@pytest.fixture
def fs() -> MemoryFs:
    return new_disk()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


def accounts_of(fs: MemoryFs, clock: StillClock, *made: Account) -> Accounts:
    return Accounts.create(file(fs), made, hasher(), clock)


# --- sealed files ---


def test_a_sealed_file_opens_under_its_own_name_and_box_key_only(fs: MemoryFs) -> None:
    file(fs).write(b"who may log in")
    assert file(fs).read() == b"who may log in"
    assert b"who may" not in fs.read(FILE)
    with pytest.raises(Damaged, match="box key"):
        file(fs, bytes(32)).read()
    fs.put(f"{KEYS}/office.sealed", fs.read(FILE))
    with pytest.raises(Damaged, match="altered"):
        file(fs, path=f"{KEYS}/office.sealed").read()
    fs.flip(FILE, 8 * 30)
    with pytest.raises(Damaged, match="altered"):
        file(fs).read()
    fs.put(FILE, b"plain")
    with pytest.raises(Damaged, match="not a sealed file"):
        file(fs).read()
    fs.unlink(FILE)
    with pytest.raises(Damaged, match="cannot be read"):
        file(fs).read()


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert derive(BOX_KEY, "accounts.sealed") != derive(BOX_KEY, "office.sealed")


def test_the_box_key_is_missing_or_short(fs: MemoryFs) -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        read_box_key(fs, f"{KEYS}/box.key")
    fs.put(f"{KEYS}/box.key", b"x" * 31)
    with pytest.raises(Damaged, match="31 bytes"):
        read_box_key(fs, f"{KEYS}/box.key")


def test_box_keys_read_back(fs: MemoryFs) -> None:
    keys = BoxKeys(
        records_key=b"r" * 32,
        catalogue_key=b"c" * 32,
        catalogue_private=b"p" * 32,
        ledger_seed=b"l" * 32,
        authority_key=b"a",
    )
    keys.write(file(fs))
    assert BoxKeys.read(file(fs)) == keys
    file(fs).write(b"\x01")
    with pytest.raises(Damaged, match="no set of keys"):
        BoxKeys.read(file(fs))


# --- accounts ---


def test_the_next_process_finds_every_change(fs: MemoryFs, clock: StillClock) -> None:
    accounts = accounts_of(fs, clock, account("lin"))
    accounts.add(account("wu"))
    accounts.set_display("wu", "吳二")
    accounts.set_enabled("lin", False)
    accounts.set_slot("wu", "s1")
    again = Accounts(file(fs), hasher(), clock)
    assert list(again) == list(accounts)
    assert again.get("wu").display == "吳二"
    assert again.get("WU ").slot_id == "s1"
    assert not again.get("lin").enabled
    with pytest.raises(NotFound):
        again.get("chen")


@pytest.mark.parametrize(
    "wrong",
    [
        account("wu", display=" "),
        account("wu", totp_secret="JBSW"),
        account("Wu"),
        account("a"),
        account("lin"),
    ],
)
def test_a_malformed_or_taken_account_is_refused(fs: MemoryFs, clock: StillClock, wrong: Account) -> None:
    accounts = accounts_of(fs, clock, account("lin"))
    with pytest.raises(UsageError):
        accounts.add(wrong)
    assert [each.name for each in Accounts(file(fs), hasher(), clock)] == ["lin"]


def test_a_change_that_cannot_be_written_did_not_happen(fs: MemoryFs, clock: StillClock) -> None:
    accounts = accounts_of(fs, clock, account("lin"))
    fs.room = 0
    with pytest.raises(NotWritable):
        accounts.set_enabled("lin", False)
    assert accounts.get("lin").enabled


def test_password_and_code_prove_a_person_each_code_once(fs: MemoryFs, clock: StillClock) -> None:
    accounts = accounts_of(fs, clock, account("lin", totp_secret=SECRET))
    totp = pyotp.TOTP(SECRET)
    code = totp.at(clock.wall_ns() // 10**9)
    assert accounts.prove("lin", OLD, "") is None
    assert accounts.prove("lin", "wrong", code) is None
    assert accounts.prove("lin", OLD, code) is not None
    assert accounts.prove("lin", OLD, code) is None
    assert Accounts(file(fs), hasher(), clock).prove("lin", OLD, code) is None, "the next process knows it was used"
    clock.pass_seconds(30)
    assert accounts.prove("lin", OLD, code) is None
    late = totp.at(clock.wall_ns() // 10**9 - 60)
    assert accounts.prove("lin", OLD, late) is None
    wide = str.maketrans({str(digit): chr(0xFF10 + digit) for digit in range(10)})
    following = totp.at(clock.wall_ns() // 10**9 + 30).translate(wide)
    assert accounts.prove("ＬＩＮ", OLD, f" {following} ") is not None, "digits and letters are typed in any width"


def test_a_disabled_or_unknown_person_is_not_proved(fs: MemoryFs, clock: StillClock) -> None:
    accounts = accounts_of(fs, clock, account("lin", enabled=False), account("wu"))
    assert accounts.prove("lin", OLD, "") is None
    assert not accounts.prove_password("lin", OLD)
    assert accounts.prove("nobody", OLD, "") is None
    assert accounts.prove("wu", OLD, "") is not None


def test_a_file_of_something_else_is_damage(fs: MemoryFs, clock: StillClock) -> None:
    file(fs).write(b"\xc0")
    with pytest.raises(Damaged, match="no accounts"):
        Accounts(file(fs), hasher(), clock)


# --- keyholders ---


class Office:
    """Two keyholders and an envelope on one disk."""

    def __init__(self, fs: MemoryFs, *, fresh: bool = True, seed: object = 0) -> None:
        self.random, self.hasher = drawn(f"office {seed}"), hasher()
        self.clock = StillClock()
        if fresh:
            self.public, private = make_vault(self.random)
            self.envelope = make_envelope(self.random)
            self.store = create_store(fs, seed)
            slots = [make_password_slot(private, name, OLD, self.hasher, self.random) for name in ("lin", "wu")]
            self.store.replace_slots([*slots, make_envelope_slot(private, self.envelope.public, self.random)])
            made = [account(slot.person, slot_id=slot.slot_id) for slot in slots]
            self.accounts = Accounts.create(file(fs), made, self.hasher, self.clock)
        else:
            self.store = open_store(fs, seed)
            self.accounts = Accounts(file(fs), self.hasher, self.clock)
        self.keyholders = Keyholders(self.store, self.accounts, self.hasher, self.random)


def test_a_keyholder_unlocks_and_so_do_two_shares(fs: MemoryFs) -> None:
    office = Office(fs)
    assert office.keyholders.count() == 2
    with office.keyholders.unlock("lin", OLD) as vault:
        assert vault.public == office.public
    with office.keyholders.unlock_with_envelope(office.envelope.shares[1:]) as vault:
        assert vault.public == office.public
    with pytest.raises(Refused):
        office.keyholders.unlock("lin", NEW)
    with pytest.raises(NotFound):
        office.keyholders.unlock("chen", OLD)


def test_a_changed_password_unlocks_and_the_old_one_does_not(fs: MemoryFs) -> None:
    office = Office(fs)
    with pytest.raises(Refused, match="old one"):
        office.keyholders.change_password("lin", NEW, NEW)
    with pytest.raises(UsageError, match="shorter"):
        office.keyholders.change_password("lin", OLD, "too short")
    office.keyholders.change_password("lin", OLD, NEW)
    again = Office(fs, fresh=False, seed=1)
    assert again.accounts.prove_password("lin", NEW)
    with again.keyholders.unlock("lin", NEW) as vault:
        assert vault.public == office.public
    with pytest.raises(Refused):
        again.keyholders.unlock("lin", OLD)


def test_a_reset_lets_in_but_unlocks_nothing_until_enrolled_anew(fs: MemoryFs) -> None:
    office = Office(fs)
    office.keyholders.reset_password("lin", NEW)
    assert office.accounts.prove_password("lin", NEW)
    assert not office.keyholders.can_unlock("lin")
    with pytest.raises(Refused, match="another keyholder or the envelope"):
        office.keyholders.unlock("lin", NEW)
    with office.keyholders.unlock("wu", OLD) as vault:
        with pytest.raises(Refused, match="not this person's"):
            office.keyholders.enrol("lin", OLD, vault)
        office.keyholders.enrol("lin", NEW, vault)
    with office.keyholders.unlock("lin", NEW) as vault:
        assert vault.public == office.public


def test_a_new_keyholder_and_a_new_envelope(fs: MemoryFs) -> None:
    office = Office(fs)
    newer = make_envelope(office.random)
    with office.keyholders.unlock("lin", OLD) as vault:
        office.keyholders.add(account("chen"), NEW, vault)
        office.keyholders.replace_envelope(newer.public, vault)
    office.keyholders.add(account("visitor"), NEW)
    with office.keyholders.unlock("chen", NEW) as vault:
        assert vault.public == office.public
    assert not office.keyholders.can_unlock("visitor")
    with pytest.raises(Refused, match="another envelope"):
        office.keyholders.unlock_with_envelope(office.envelope.shares[:2])
    with office.keyholders.unlock_with_envelope(newer.shares[:2]) as vault:
        assert vault.public == office.public


def test_a_disabled_person_is_out_at_once_and_old_copies_of_the_slot_open_nothing(fs: MemoryFs) -> None:
    office = Office(fs)
    (old,) = [slot for slot in office.store.slots() if slot.person == "lin"]
    before = office.store.generation
    office.keyholders.disable("lin")
    assert office.store.generation == before + 1
    assert office.keyholders.count() == 1
    with pytest.raises(Refused):
        office.keyholders.unlock("lin", OLD)
    with open_slot(old, OLD, office.hasher):
        pass  # The slot by itself still opens: that is why it must go down with its anchor (test_keystore_cuts.py).
    with office.keyholders.unlock("wu", OLD) as vault, pytest.raises(Refused):
        office.keyholders.enrol("lin", OLD, vault)


def test_a_cut_in_a_change_is_mended_by_settling_and_repeating(fs: MemoryFs) -> None:
    first = Office(fs)
    fs.sync_fs("/")

    def change(disk: MemoryFs, said: list[Any]) -> None:
        office = Office(disk, fresh=False, seed=1)
        office.keyholders.change_password("wu", OLD, NEW)
        said.append("changed")
        office.keyholders.disable("lin")
        said.append("disabled")

    for number, cut in enumerate(every_cut(change, start=fs, modes=("none", "all", "subset"))):
        office = Office(cut.fs, fresh=False, seed=f"cut {number}")
        office.keyholders.settle()
        lin = office.accounts.get("lin")
        assert office.keyholders.can_unlock("lin") == lin.enabled, cut
        assert not ("disabled" in cut.said and lin.enabled), cut
        for each in office.accounts:
            slots = [slot.slot_id for slot in office.store.slots() if slot.person == each.name]
            assert [each.slot_id] == (slots or [""]), cut
        if not office.accounts.prove_password("wu", NEW):
            assert "changed" not in cut.said, cut
            office.keyholders.change_password("wu", OLD, NEW)
        with office.keyholders.unlock("wu", NEW) as vault:
            assert vault.public == first.public, cut


def test_slots_of_people_who_are_not_there_are_voided_at_start(fs: MemoryFs) -> None:
    office = Office(fs)
    (slot,) = [slot for slot in office.store.slots() if slot.person == "wu"]
    office.store.replace_slots([*office.store.slots(), msgspec.structs.replace(slot, person="ghost", slot_id="g")])
    assert office.keyholders.settle() == ["ghost"]
    assert office.keyholders.settle() == []
    assert office.keyholders.count() == 2
