"""Set-up: a whole office or none, whatever interrupts it, and what the keeper then finds."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import Damaged, NotFound, NotWritable, RecorderError, Unavailable, UsageError
from appliance.core.model import Camera
from appliance.core.settings import Layout
from appliance.formats.allocation import allocate
from appliance.installation.office import Installation, Places, open_installation
from appliance.installation.setup import Installed, NewPerson, create_installation
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.policy import Policy
from appliance.services.people.login import Logins
from appliance.storage.boot_files import read_policy, read_recorder_boot, read_registry
from appliance.storage.files import Fs, RealFs
from appliance.vault.keys.anchor import FileAnchor
from appliance.vault.tls import fingerprint, is_due, issue
from tests.faults.memory_fs import MemoryFs, every_cut
from tests.services.clocks import StillClock
from tests.vault.keycases import CHEAP, Remnants, WatchedFs, drawn

STATE = "/srv/recorder"
LIN = NewPerson("lin", "林小明", ("officer",), "correct horse battery staple")
WU = NewPerson("wu", "吳大同", ("unit_head",), "seven green bicycles in Hualien", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
CAMERA = Camera(camera_no="01", location="一樓大廳", source="av", settings={"url": "rtsp://u:secret@10.0.0.9/1"})


def set_up(fs: Fs, state: str = STATE, seed: object = 0, **changes: Any) -> Installed:
    answers: dict[str, Any] = {
        "office_name": "信義戶政事務所",
        "people": (LIN, WU),
        "cameras": (CAMERA,),
        "host_names": ("recorder.local",),
        "trial": False,
        "random": drawn(f"set up {seed}"),
        "params": CHEAP,
        "suite": 2,
    }
    return create_installation(fs, Layout(state), StillClock(), **{**answers, **changes})


def opened(fs: Fs, state: str = STATE, seed: object = 0) -> Installation:
    return open_installation(fs, Layout(state), StillClock(), drawn(f"open {seed}"))


def ledger_of(office: Installation) -> Ledger:
    return Ledger(
        office.fs, office.places.ledger, StillClock(), origin=office.ledger_origin, signing_key=office.ledger_key
    )


@pytest.fixture
def fs() -> MemoryFs:
    return MemoryFs("/srv")


def test_the_keeper_finds_a_whole_office(fs: MemoryFs) -> None:
    shown: list[tuple[str, ...]] = []
    installed = set_up(fs, confirm=shown.append)
    office = opened(fs)
    assert office.office.office_name == "信義戶政事務所"
    assert office.ca_fingerprint == installed.ca_fingerprint == fingerprint(fs.read(installed.ca_path))
    assert shown == [installed.envelope_shares]
    assert [account.name for account in office.accounts] == ["lin", "wu"]
    assert office.keyholders.count() == 2
    assert office.keyholders.settle() == []
    with office.keyholders.unlock("wu", WU.password) as vault:
        assert vault.public == office.vault_public
    with office.keyholders.unlock_with_envelope(installed.envelope_shares[:2]) as vault:
        assert vault.public == office.vault_public
    session = Logins(office.accounts, StillClock(), drawn(1), trial=True).log_in("lin", LIN.password)
    assert session.seats[0].slot_id == office.key_store.slots()[0].slot_id


def test_T_82_an_office_begins_with_the_two_who_set_it_up_and_no_account_besides(fs: MemoryFs) -> None:
    set_up(fs)
    office = opened(fs)
    assert [account.name for account in office.accounts] == ["lin", "wu"]
    logins = Logins(office.accounts, StillClock(), drawn(1))
    for name in ("admin", "root", "office", "trial", ""):
        for password in ("", "admin", name, LIN.password):
            with pytest.raises(RecorderError):
                logins.log_in(name, password)
            logins = Logins(office.accounts, StillClock(), drawn(1))


def test_the_recorder_finds_its_boot_files_and_what_it_seals_the_vault_opens(fs: MemoryFs) -> None:
    set_up(fs, trial=True)
    office = opened(fs)
    boot = read_recorder_boot(fs, office.layout.boot)
    assert boot.appliance_id.hex() == office.office.appliance_id
    assert boot.suite == 2
    registry = read_registry(fs, office.layout.boot)
    assert (registry.version, registry.trial, registry.cameras) == (1, True, (CAMERA,))
    assert read_policy(fs, office.layout.boot, Policy) == Policy()
    given, keys = allocate(boot.vault_public, [("01", 0)], drawn(3))
    office.key_store.add(given)
    (name,) = keys
    with (
        office.keyholders.unlock("lin", LIN.password) as vault,
        vault.open_buckets(office.key_store.sealed_of([name])) as found,
    ):
        assert found[name] == keys[name]


def test_the_first_entry_names_the_keys_in_clear_and_people_by_commitment(fs: MemoryFs) -> None:
    installed = set_up(fs)
    office = opened(fs)
    with ledger_of(office) as ledger:
        assert ledger.size == 1
        assert ledger.verifier_keys == [installed.vkey]
        assert fs.read(office.places.ledger_keys).decode().strip() == installed.vkey
        entry = ledger.entry(0)
        assert entry.kind == "installation.created"
        assert entry.fields["certificate_authority"] == installed.ca_fingerprint
        assert entry.fields["anchor"] == "file: best effort"
        assert entry.fields["cameras"] == ["01"]
        for personal in ('"lin"', "林小明", "信義", "secret"):
            assert personal.encode() not in entry.raw
        with Acts(ledger, fs, office.places.records, office.box_keys.records_key, StillClock()) as acts:
            sealed = acts.sealed(0)
    assert sealed is not None
    assert sealed["office_name"] == "信義戶政事務所"
    assert [person["display"] for person in sealed["people"]] == ["林小明", "吳大同"]


def test_no_secret_lies_in_clear_in_any_file(fs: MemoryFs) -> None:
    installed = set_up(fs)
    office = opened(fs)
    secrets = [LIN.password.encode(), WU.password.encode(), b"rtsp://", "林小明".encode(), b"JBSWY3DP"]
    secrets += [office.box_keys.ledger_seed, office.box_keys.records_key, office.box_keys.authority_key]
    secrets += [share.encode() for share in installed.envelope_shares]
    with office.keyholders.unlock("lin", LIN.password) as vault:
        secrets.append(bytes(vault.copy()[:32]))
    for path, data in fs.files().items():
        assert not [secret for secret in secrets if secret in data], path


def problems_of_cuts(forgets: Callable[[str, str], bool] = lambda call, path: False) -> Iterator[str]:
    """What is wrong after a power cut at each step, in each mode. ``forgets`` leaves out syncs, as a mutant would."""

    def scenario(fs: MemoryFs, said: list[Any]) -> None:
        set_up(WatchedFs(fs, Remnants(), forgets))
        said.append("set up")

    for number, cut in enumerate(every_cut(scenario, "/srv")):
        there = cut.fs.exists(f"{STATE}/office")
        if cut.said and not there:
            yield f"{cut}: no office"
        try:
            if not there and number % 7 == 0:
                set_up(cut.fs, seed=number)
                there = True
            if there:
                office = opened(cut.fs, seed=number)
                with ledger_of(office) as ledger:
                    if (office.keyholders.count(), office.key_store.damaged, ledger.size) != (2, {}, 1):
                        yield f"{cut}: not whole"
        except RecorderError as error:
            yield f"{cut}: {error}"


def test_nothing_that_holds_a_secret_shows_it_when_printed(fs: MemoryFs) -> None:
    installed = set_up(fs)
    office = opened(fs)
    session = Logins(office.accounts, StillClock(), drawn(1), trial=True).log_in("lin", LIN.password)
    anchor = FileAnchor(fs, office.places.anchor, drawn(1)).read(1)
    holders: list[tuple[object, list[bytes]]] = [
        (WU, [WU.password.encode(), (WU.totp_secret or "").encode()]),
        (installed, [share.encode() for share in installed.envelope_shares]),
        (office.box_keys, [office.box_keys.ledger_seed, office.box_keys.records_key]),
        (office.accounts.get("wu"), [b"argon2id", (WU.totp_secret or "").encode()]),
        (office.authority, [office.authority.key]),
        (issue(office.authority, ("recorder.local",), StillClock().wall_ns(), drawn(1)), [b"PRIVATE KEY"]),
        (session, [session.token.encode()]),
        (anchor, [anchor.secret]),
    ]
    for holder, secrets in holders:
        for secret in secrets:
            assert repr(secret)[2:-1] not in repr(holder), type(holder)
            assert secret.hex() not in repr(holder), type(holder)


def test_a_power_cut_anywhere_leaves_no_office_or_a_whole_one() -> None:
    assert list(problems_of_cuts()) == []


@pytest.mark.parametrize(("call", "path"), [("sync_fs", f"{STATE}/new"), ("sync_dir", STATE)])
def test_a_set_up_that_forgets_a_sync_is_caught(call: str, path: str) -> None:
    assert next(problems_of_cuts(lambda name, where: (name, where) == (call, path)), None)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_failing_disk_leaves_no_office_and_the_next_try_makes_one(error: int) -> None:
    probe = MemoryFs("/srv")
    set_up(probe)
    for step in range(1, probe.steps + 1, 3):
        fs = MemoryFs("/srv")
        fs.fail(step, error)
        with pytest.raises(NotWritable):
            set_up(fs)
        if step < probe.steps:
            assert not fs.exists(f"{STATE}/office"), step
            set_up(fs, seed=step)
        assert opened(fs, seed=step).keyholders.count() == 2


def test_calling_it_off_leaves_nothing(fs: MemoryFs) -> None:
    def call_off(shares: tuple[str, ...]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        set_up(fs, confirm=call_off)
    assert fs.files() == {"/srv/": b""}


def test_an_office_is_never_set_up_twice(fs: MemoryFs) -> None:
    set_up(fs)
    before = fs.files()
    with pytest.raises(UsageError, match="never set up twice"):
        set_up(fs)
    assert fs.files() == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"people": (LIN,)}, "at least 2 people"),
        ({"people": (LIN, LIN)}, "at least 2 people"),
        ({"people": (LIN, WU._replace(password="too short"))}, "shorter than 15"),
        ({"people": (LIN, WU._replace(password="passwordpassword"))}, "easily guessed"),
        ({"people": (LIN, WU._replace(name="WU!"))}, "account"),
        ({"people": (LIN, WU._replace(totp_secret="JBSW"))}, "second factor"),
        ({"office_name": " "}, "office's name"),
        ({"host_names": ()}, "host name is missing"),
        ({"host_names": ("a b",)}, "host name 'a b'"),
    ],
)
def test_answers_that_will_not_do_are_said_before_anything_is_written(
    fs: MemoryFs, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        set_up(fs, **changes)
    assert fs.files() == {"/srv/": b""}


# --- what does not open ---


def _swap(path: Callable[[Places], str]) -> Callable[[MemoryFs], None]:
    """Puts another office's file in this one's place."""

    def swap(fs: MemoryFs) -> None:
        other = MemoryFs("/srv")
        set_up(other, seed="another")
        name = path(Places(Layout(STATE)))
        fs.put(name, other.read(name))

    return swap


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_swap(lambda places: places.box_key), "box key"),
        (lambda fs: fs.unlink(f"{STATE}/office/keeper/box.key"), "box key cannot be read"),
        (_swap(lambda places: places.box_sealed), "does not open with the box key"),
        (_swap(lambda places: places.accounts), "does not open with the box key"),
        (_swap(lambda places: places.office), "does not open with the box key"),
        (_swap(lambda places: f"{STATE}/office/boot/appliance.id"), "of another box"),
        (lambda fs: fs.unlink(f"{STATE}/office/web/ca.crt"), "ca.crt"),
    ],
)
def test_a_missing_or_foreign_file_is_named(fs: MemoryFs, harm: Callable[[MemoryFs], None], said: str) -> None:
    set_up(fs)
    harm(fs)
    with pytest.raises(Damaged, match=said):
        opened(fs)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda fs: fs.unlink(f"{STATE}/office/keeper/anchor/anchor.1"), "anchor cannot be read"),
        (_swap(lambda places: places.anchor + "/anchor.1"), "does not open with the anchor"),
        (_swap(lambda places: places.keys + "/root.1"), "does not open with the anchor"),
        (lambda fs: fs.unlink(f"{STATE}/office/keeper/keys/root.1"), "no root file"),
    ],
)
def test_a_lost_anchor_or_root_leaves_an_office_whose_key_store_is_shut(
    fs: MemoryFs, harm: Callable[[MemoryFs], None], said: str
) -> None:
    set_up(fs)
    harm(fs)
    office = opened(fs)
    assert said in office.key_store.shut
    with pytest.raises(Unavailable, match="nothing can be viewed or destroyed, recording goes on"):
        office.keyholders.unlock("lin", LIN.password)


def test_an_older_key_store_put_back_with_its_anchor_contradicts_the_ledger(fs: MemoryFs) -> None:
    set_up(fs)
    office = opened(fs)
    given, keys = allocate(office.vault_public, [("01", 0)], drawn(3))
    office.key_store.add(given)
    older = {
        path: data for path, data in fs.files().items() if "/root." in path or "/anchor." in path or ".shard" in path
    }
    with ledger_of(office) as ledger:
        office.check_not_put_back(ledger)
        done = office.key_store.destroy(keys)
        ledger.append("destroy.done", {"buckets": list(keys), "generation": done.generation, "intent": 0})
        office.check_not_put_back(ledger)
        for path, data in older.items():
            fs.put(path, data)
        put_back = opened(fs, seed="put back")
        assert set(keys) <= put_back.key_store.bucket_ids(), "the store alone cannot see it"
        with pytest.raises(Damaged, match="was put back"):
            put_back.check_not_put_back(ledger)


def test_before_set_up_there_is_nothing_to_open(fs: MemoryFs) -> None:
    with pytest.raises(NotFound, match="appliance setup"):
        opened(fs)


def test_the_web_certificate_is_renewed_in_time_and_when_it_is_missing(fs: MemoryFs) -> None:
    set_up(fs)
    office = opened(fs)
    now_ns = StillClock().wall_ns()
    before = fs.read(office.places.leaf_chain)
    assert not office.renew_leaf(now_ns)
    later = now_ns + 350 * 86_400 * 10**9
    assert office.renew_leaf(later)
    renewed = fs.read(office.places.leaf_chain)
    assert renewed != before
    assert not is_due(renewed, later)
    fs.unlink(office.places.leaf_chain)
    assert office.renew_leaf(later)


def test_on_a_real_disk_with_the_right_modes(tmp_path: Path) -> None:
    set_up(RealFs(), str(tmp_path / "state"), params=None, suite=None, random=os.urandom)
    office = tmp_path / "state" / "office"

    def mode(name: str) -> int:
        return stat.S_IMODE((office / name).stat().st_mode)

    assert [mode(name) for name in ("boot", "keeper", "ring", "open")] == [0o750, 0o700, 0o700, 0o750]
    for path in (office / "keeper").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for path in [*(office / "boot").iterdir(), office / "web" / "tls.key"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o640, f"{path}: read by the group, which the keeper shares"
    assert not (tmp_path / "state" / "new").exists()
    assert opened(RealFs(), str(tmp_path / "state")).office.hash_params.memory_kib >= 19 * 1024
    assert (office / "boot" / "suite").read_bytes() in (b"\x01", b"\x02")
