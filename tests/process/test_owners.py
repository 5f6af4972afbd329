"""Each place of an installed office is its process' user's, and whoever writes there cannot lead root astray."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.settings import Layout
from appliance.process.owners import give_places
from appliance.protocol.callers import GROUP, USERS
from appliance.storage.boot_files import BOOT_KEY, REGISTRY, VAULT_PUBLIC, read_registry, write_registry
from appliance.storage.files import RealFs
from tests.box import Box, make_box, testcard

pytestmark = pytest.mark.root

ROOT = Path(__file__).parents[2]
KEEPER, RECORDER, WEB, DARKROOM, OR = 60_801, 60_802, 60_803, 60_804, 60_800
INSTALLED = {"keeper": KEEPER, "recorder": RECORDER, "web": WEB, "darkroom": DARKROOM}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with make_box(tmp_path / "office", [testcard("01")]) as made:
        yield made


def told(path: str) -> tuple[int, int, int]:
    found = os.lstat(path)
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def test_each_place_is_its_process_own(box: Box) -> None:
    layout = box.settings.layout
    assert give_places(layout, INSTALLED, OR) > 10
    assert told(layout.office) == (KEEPER, OR, 0o755)
    assert told(layout.boot) == (KEEPER, OR, 0o750)
    assert told(layout.keeper) == told(layout.ring) == (KEEPER, OR, 0o700)
    assert told(layout.open) == (RECORDER, OR, 0o2770)
    assert told(layout.web) == (WEB, OR, 0o2770)
    for name in (BOOT_KEY, VAULT_PUBLIC, REGISTRY):
        assert told(os.path.join(layout.boot, name)) == (KEEPER, OR, 0o640), "the recorder reads it by the group"
    for folder, folders, files in os.walk(layout.keeper):
        for name in (*folders, *files):
            uid, _, mode = told(os.path.join(folder, name))
            assert (uid, mode & 0o022) == (KEEPER, 0)
    assert told(os.path.join(layout.footage, "footage.id")) == (KEEPER, OR, 0o644)
    assert give_places(layout, INSTALLED, OR) == 0, "a second time there is nothing to do"


def test_what_the_keeper_writes_anew_stays_readable_for_the_recorder(box: Box) -> None:
    layout = box.settings.layout
    give_places(layout, INSTALLED, OR)
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    before = os.umask(0o027)
    try:
        write_registry(RealFs(), layout.boot, read_registry(RealFs(), layout.boot), key)
    finally:
        os.umask(before)
    assert told(os.path.join(layout.boot, REGISTRY))[2] == 0o640


@pytest.mark.parametrize("place", ["open", "web"])
def test_nothing_outside_is_given_away_by_a_link_or_a_second_name(place: str, box: Box, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root's", encoding="utf-8")
    secret.chmod(0o600)
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / "file").write_text("root's", encoding="utf-8")
    layout = box.settings.layout
    folder = Path(getattr(layout, place))
    (folder / "link").symlink_to(secret)
    (folder / "folder").symlink_to(outside)
    os.link(secret, folder / "second")
    os.mkfifo(folder / "pipe")
    give_places(layout, INSTALLED, OR)
    for path, mode in ((secret, 0o600), (outside, 0o700), (outside / "file", 0o644)):
        uid, _, has = told(str(path))
        assert (uid, has & 0o700) == (0, mode & 0o700)


def test_a_place_that_is_a_link_is_left(box: Box, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "other"))
    os.makedirs(layout.office)
    target = tmp_path / "target"
    target.mkdir()
    os.symlink(target, layout.open)
    os.symlink(target, layout.web)
    give_places(layout, INSTALLED, OR)
    assert told(str(target))[0] == 0


def test_the_users_and_their_group_are_those_that_are_made() -> None:
    made = (ROOT / "deploy/sysusers.d/office-recorder.conf").read_text(encoding="utf-8")
    assert set(re.findall(r"^u (\S+)", made, re.MULTILINE)) == set(USERS.values())
    assert set(re.findall(r"^m (\S+) or$", made, re.MULTILINE)) == set(USERS.values())
    assert re.search(rf"^g {GROUP} ", made, re.MULTILINE)
    for role in USERS:
        unit = (ROOT / f"deploy/systemd/office-recorder-{role}.service").read_text(encoding="utf-8")
        assert f"\nGroup={GROUP}\n" in unit


@pytest.mark.parametrize("role", ["keeper", "recorder"])
def test_who_reads_the_kernels_clock_may(role: str) -> None:
    unit = (ROOT / f"deploy/systemd/office-recorder-{role}.service").read_text(encoding="utf-8")
    assert "ProtectClock" not in unit, "it makes adjtimex fail, and the clock is never trusted then"
    (calls,) = re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)
    assert {"@clock", "clock_adjtime"} & set(calls.split())
