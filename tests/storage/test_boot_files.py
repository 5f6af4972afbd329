"""Boot files: what is sealed comes back, nothing else does, and a power cut leaves the old version or the new."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.errors import Damaged, NotFound, OtherFormat, VaultMismatch
from appliance.core.model import Camera, Record, Registry, to_json
from appliance.storage import boot_files
from tests.faults.memory_fs import MemoryFs, every_cut

BOOT = "/office/boot"
KEEPER = Ed25519PrivateKey.generate()


class _Policy(Record, frozen=True, kw_only=True):
    floor_days: int


def _fs() -> MemoryFs:
    fs = MemoryFs(BOOT)
    fs.put(f"{BOOT}/boot.key", bytes(range(32)))
    return fs


def _registry(version: int = 1) -> Registry:
    camera = Camera(camera_no="01", location="door", source="rtsp", settings={"password": "s3cret-word"}, sound=True)
    return Registry(version=version, since_ns=5, cameras=(camera,))


def test_the_registry_comes_back_and_its_secrets_are_not_on_the_disk() -> None:
    fs = _fs()
    boot_files.write_registry(fs, BOOT, _registry(), KEEPER)
    assert boot_files.read_registry(fs, BOOT) == _registry()
    assert all(b"s3cret-word" not in data for data in fs.files().values())


def test_a_registry_that_was_written_before_registries_were_signed_is_refused_by_name() -> None:
    fs = _fs()
    plain = to_json(_registry())
    fs.put(f"{BOOT}/registry.sealed", boot_files.seal(bytes(range(32)), "registry.sealed", plain))
    with pytest.raises(OtherFormat) as refused:
        boot_files.read_registry(fs, BOOT)
    assert str(refused.value) == (
        f"{BOOT}/registry.sealed: a registry of cameras that no keeper signed; this version reads one that "
        f"{BOOT}/registry.pub vouches for: change nothing, start the version of the recorder that wrote it, or restore "
        "a backup of this one"
    )


def test_INV_10_without_the_keeper_s_key_no_registry_is_taken() -> None:
    fs = _fs()
    boot_files.write_registry(fs, BOOT, _registry(), KEEPER)
    fs.unlink(f"{BOOT}/registry.pub")
    with pytest.raises(NotFound, match=r"registry\.pub: is missing"):
        boot_files.read_registry(fs, BOOT)


def test_without_a_policy_there_is_none_and_one_that_was_written_comes_back() -> None:
    fs = _fs()
    assert boot_files.read_policy(fs, BOOT, _Policy) is None
    boot_files.write_policy(fs, BOOT, _Policy(floor_days=31))
    assert boot_files.read_policy(fs, BOOT, _Policy) == _Policy(floor_days=31)


def test_any_changed_byte_and_any_cut_is_seen() -> None:
    key = os.urandom(32)
    sealed = boot_files.seal(key, boot_files.REGISTRY, b"content")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(Damaged):
            boot_files.open_sealed(key, boot_files.REGISTRY, bytes(changed))
        with pytest.raises(Damaged):
            boot_files.open_sealed(key, boot_files.REGISTRY, sealed[:at])


def test_a_file_that_stands_in_for_another_does_not_open() -> None:
    key = os.urandom(32)
    sealed = boot_files.seal(key, boot_files.POLICY, b"content")
    with pytest.raises(Damaged):
        boot_files.open_sealed(key, boot_files.REGISTRY, sealed)


def test_what_another_version_wrote_is_damaged_not_a_crash() -> None:
    fs = _fs()
    fs.put(f"{BOOT}/registry.sealed", boot_files.seal(bytes(range(32)), "registry.sealed", b'{"surprise": 1}'))
    with pytest.raises(Damaged, match=r"registry\.sealed"):
        boot_files.read_registry(fs, BOOT)


@pytest.mark.parametrize(
    ("name", "data"), [("vault.pub", None), ("appliance.id", None), ("appliance.id", b"short"), ("suite", b"")]
)
def test_what_is_missing_or_has_the_wrong_length_is_named(name: str, data: bytes | None) -> None:
    fs = _fs()
    good = {"appliance.id": bytes(16), "suite": b"\x02"}
    boot_files.write_signed_key(fs, BOOT, "vault.pub", b"v", KEEPER)
    boot_files.write_signed_key(fs, BOOT, "catalogue.pub", b"c", KEEPER)
    for other, content in good.items():
        fs.put(f"{BOOT}/{other}", content)
    assert boot_files.read_recorder_boot(fs, BOOT) == (b"v", b"c", bytes(16), 2)
    if data is None:
        fs.unlink(f"{BOOT}/{name}")
    else:
        fs.put(f"{BOOT}/{name}", data)
    with pytest.raises((Damaged, NotFound), match=name):
        boot_files.read_recorder_boot(fs, BOOT)


@pytest.mark.parametrize(("name", "error"), [("vault", VaultMismatch), ("catalogue", Damaged)])
def test_a_planted_key_is_taken_by_no_recorder(name: str, error: type[Damaged]) -> None:
    fs, stranger = _fs(), MemoryFs(BOOT)
    for file, data in {"appliance.id": bytes(16), "suite": b"\x02"}.items():
        fs.put(f"{BOOT}/{file}", data)
    for key in ("vault", "catalogue"):
        boot_files.write_signed_key(fs, BOOT, f"{key}.pub", b"the office's", KEEPER)
        boot_files.write_signed_key(stranger, BOOT, f"{key}.pub", b"planted", Ed25519PrivateKey.generate())
    good = {path: data for path, data in fs.files().items() if not path.endswith("/")}
    for suffix in ("pub", "sig"):
        fs.put(f"{BOOT}/{name}.{suffix}", stranger.read(f"{BOOT}/{name}.{suffix}"))
        with pytest.raises(error, match=rf"{name}\.pub: the keeper of this office did not sign it"):
            boot_files.read_recorder_boot(fs, BOOT)
    other = {"vault": "catalogue", "catalogue": "vault"}[name]
    for file, data in ((f"{name}.sig", None), ("registry.pub", None), (f"{name}.sig", good[f"{BOOT}/{other}.sig"])):
        for path, content in good.items():
            fs.put(path, content)
        assert boot_files.read_recorder_boot(fs, BOOT)[:2] == (b"the office's", b"the office's")
        if data is None:
            fs.unlink(f"{BOOT}/{file}")
        else:
            fs.put(f"{BOOT}/{file}", data)
        with pytest.raises(Damaged, match=r"\.pub: the keeper of this office did not sign it"):
            boot_files.read_recorder_boot(fs, BOOT)


def test_at_any_power_cut_the_last_good_registry_or_the_new_one_is_in_force() -> None:
    def scenario(fs: MemoryFs, said: list[int]) -> None:
        fs.put(f"{BOOT}/boot.key", bytes(range(32)))
        for version in (1, 2, 3):
            boot_files.write_registry(fs, BOOT, _registry(version), KEEPER)
            said.append(version)

    for cut in every_cut(scenario, BOOT):
        if cut.said:
            assert boot_files.read_registry(cut.fs, BOOT).version in (cut.said[-1], cut.said[-1] + 1), cut
