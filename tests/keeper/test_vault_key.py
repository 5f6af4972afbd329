"""A vault key that somebody planted in ``boot/``: the ledger names the office's own, nothing is sealed to another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.clock import SystemClock, slot_start_ns
from appliance.core.errors import VaultMismatch
from appliance.core.model import Allocation, BucketOpening, to_wire
from appliance.formats.allocation import allocate, seal_emergency
from appliance.formats.sealing import vault_digest, wipe
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS
from appliance.storage.boot_files import read_recorder_boot, write_signed_key
from appliance.storage.files import RealFs
from appliance.vault.keys.vault import make_vault
from appliance.vault.keys.vaultkey import vault_keys
from tests.box import OFFICER, Box, until
from tests.footage import FilmClock
from tests.verbs import VERBS

STRANGER = Ed25519PrivateKey.generate()


def strangers_vault() -> bytes:
    public, private = make_vault(os.urandom)
    wipe(private)
    return public


def vault_file(box: Box) -> Path:
    return Path(box.settings.layout.boot, "vault.pub")


def found(keeper: Keeper) -> dict[str, str]:
    return {each.key: each.text for each in keeper.findings.all() if "vault" in each.key or "planted" in each.key}


def one(box: Box, public: bytes) -> Allocation:
    return allocate(public, [("01", slot_start_ns(box.made_ns))], os.urandom)[0]


def store(keeper: Keeper, allocation: Allocation) -> None:
    keeper.recorder.greeted = True
    VERBS["recorder.allocate"](keeper, {}, Message({}, to_wire(allocation)))


def test_the_ledger_names_the_key_of_set_up(box: Box, keeper: Keeper) -> None:
    assert vault_keys(keeper.ledger) == {vault_digest(vault_file(box).read_bytes())}
    assert found(keeper) == {}


@pytest.mark.parametrize("consistent", [False, True], ids=["the file alone", "with signature and signer"])
def test_a_planted_key_is_put_right_at_start_and_said(box: Box, clock: FilmClock, *, consistent: bool) -> None:
    """Who exchanges the signature and the key it is made with too, deceives a recorder alone and no keeper."""
    own, planted, boot = vault_file(box).read_bytes(), strangers_vault(), box.settings.layout.boot
    if consistent:
        write_signed_key(RealFs(), boot, "vault.pub", planted, STRANGER)
        write_signed_key(RealFs(), boot, "catalogue.pub", Path(boot, "catalogue.pub").read_bytes(), STRANGER)
        assert read_recorder_boot(RealFs(), boot).vault_public == planted, "the recorder alone cannot see it"
    else:
        vault_file(box).write_bytes(planted)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "another key" in found(keeper)["vault-altered"]
        assert vault_digest(planted)[:16] in found(keeper)["vault-altered"]
        assert read_recorder_boot(RealFs(), boot).vault_public == own
        clock.at_ns += 2 * DAY_NS
        housekeeping(keeper).turn()
        assert found(keeper) == {}, "what was put right is told for a day; the ledger has it for good"


def test_an_allocation_sealed_to_a_planted_key_is_refused_by_name(box: Box, keeper: Keeper) -> None:
    planted = one(box, strangers_vault())
    with pytest.raises(VaultMismatch, match="which the ledger does not name"):
        store(keeper, planted)
    assert planted.buckets[0].bucket_id not in keeper.stores.office.key_store
    assert "vault.pub" in found(keeper)["vault-altered"]
    nameless = Allocation(**{**{n: getattr(planted, n) for n in planted.__struct_fields__}, "vault_key": ""})
    with pytest.raises(VaultMismatch):
        store(keeper, nameless)


def test_a_key_planted_while_the_keeper_runs_is_found_at_the_next_allocation(box: Box, keeper: Keeper) -> None:
    own = vault_file(box).read_bytes()
    vault_file(box).write_bytes(strangers_vault())
    good = one(box, own)
    store(keeper, good)
    assert good.buckets[0].bucket_id in keeper.stores.office.key_store, (
        "a recorder that started before has the right one"
    )
    assert "vault-altered" in found(keeper)
    assert vault_file(box).read_bytes() == own


def test_it_is_put_right_though_no_recorder_asks_for_keys(box: Box, keeper: Keeper, clock: FilmClock) -> None:
    """A recorder that was restarted meanwhile starts with no planted key, so it asks for nothing until this is done."""
    own, house = vault_file(box).read_bytes(), housekeeping(keeper)
    house.turn()
    vault_file(box).write_bytes(strangers_vault())
    clock.at_ns += 6 * 10**9
    house.turn()
    assert read_recorder_boot(RealFs(), box.settings.layout.boot).vault_public == own
    assert "vault-altered" in found(keeper)


def _plant(file: Path, planted: bytes | None) -> bytes:
    """Puts that in its place, None for nothing at all; what it was."""
    own = file.read_bytes()
    file.unlink()
    if planted is not None:
        file.write_bytes(planted)
    return own


@pytest.mark.parametrize("planted", [b"p" * 32, None], ids=["another", "none"])
def test_the_key_of_emergency_records_is_put_right_too(box: Box, clock: FilmClock, planted: bytes | None) -> None:
    """Else they open for nobody here, and the footage whose keys they hold with them."""
    own = _plant(Path(box.settings.layout.boot, "catalogue.pub"), planted)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        findings = {each.key: each.text for each in keeper.findings.all()}
        assert "the own one was put back" in findings["catalogue-key-altered"]
        assert read_recorder_boot(RealFs(), box.settings.layout.boot).catalogue_public == own


@pytest.mark.parametrize("planted", [b"\x02", b"\x7f", b"", None], ids=["another", "no cipher", "nothing", "none"])
def test_the_cipher_that_set_up_chose_is_put_right_too(box: Box, clock: FilmClock, planted: bytes | None) -> None:
    own = _plant(file := Path(box.settings.layout.boot, "suite"), planted)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        findings = {each.key: each.text for each in keeper.findings.all()}
        assert "it was not the cipher that the ledger names" in findings["suite-altered"]
        assert file.read_bytes() == own


def test_without_a_good_copy_it_stays_shut_to_the_recorder_until_somebody_restores_it(
    box: Box, clock: FilmClock
) -> None:
    own, copy = vault_file(box).read_bytes(), Path(box.settings.layout.keeper, "vault.pub")
    for path in (vault_file(box), copy):
        path.write_bytes(strangers_vault())
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "restore vault.pub from a backup" in found(keeper)["vault-key"]
        with pytest.raises(VaultMismatch):
            read_recorder_boot(RealFs(), box.settings.layout.boot)
        vault_file(box).write_bytes(own)
        store(keeper, one(box, own))
        assert found(keeper) == {}
        assert copy.read_bytes() == own
        assert read_recorder_boot(RealFs(), box.settings.layout.boot).vault_public == own


def test_a_missing_file_is_put_back_and_one_without_signature_is_signed(box: Box, clock: FilmClock) -> None:
    own = vault_file(box).read_bytes()
    vault_file(box).unlink()
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "is missing" in found(keeper)["vault-altered"]
    vault_file(box).with_name("vault.sig").unlink()
    with open_keeper(box.settings, RealFs(), clock):
        assert read_recorder_boot(RealFs(), box.settings.layout.boot).vault_public == own


def test_emergency_footage_that_was_sealed_to_a_planted_key_is_a_finding_of_its_own(box: Box, clock: FilmClock) -> None:
    allocation, boot = one(box, strangers_vault()), box.settings.layout.boot
    (bucket,) = allocation.buckets
    opening = BucketOpening(
        bucket_id=bucket.bucket_id,
        camera_no="01",
        slot_start_ns=bucket.slot_start_ns,
        start_ns=bucket.slot_start_ns,
        boot_id="f" * 32,
        boot_ns=1,
        trusted=True,
    )
    record = seal_emergency(read_recorder_boot(RealFs(), boot).catalogue_public, allocation, opening)
    Path(box.settings.layout.open, f"{bucket.bucket_id}.emergency").write_bytes(record)
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert "which the ledger does not name" in found(keeper)[f"planted-{bucket.bucket_id}"]
        assert bucket.bucket_id in keeper.stores.office.key_store, "so that it is destroyed for certain in its time"


def test_a_real_recorder_records_to_the_own_key_or_to_none(box: Box) -> None:
    """With the planted one it ends and leaves nothing; once the keeper was there it records what the vault opens."""
    open_dir = Path(box.settings.layout.open)
    vault_file(box).write_bytes(strangers_vault())
    box.start("recorder")
    assert box.processes["recorder"].wait(120) != 0
    assert "vault.pub: the keeper of this office did not sign it" in box.logs()
    assert list(open_dir.iterdir()) == []
    box.start("keeper", "recorder")
    until(lambda: list(open_dir.glob("*.seg")), seconds=120, what="a segment")
    until(lambda: box.status()["cameras"] and box.camera("01")["state"] == "live", seconds=120, what="camera 01")
    box.stop()
    with open_keeper(box.settings, RealFs(), SystemClock(assume_trusted=True)) as keeper:
        store = keeper.stores.office.key_store
        made = sorted(store.bucket_ids())
        with (
            keeper.keyholders.unlock(OFFICER.name, OFFICER.password) as vault,
            vault.open_buckets(store.sealed_of(made)) as keys,
        ):
            assert made
            assert all(keys[bucket_id] for bucket_id in made)
