"""A copy on a stick over a real keeper: footage, the register of media, the medium's service over loop devices."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance import __version__
from appliance.core.clock import SystemClock
from appliance.core.errors import NotAllowed, NotFound, Refused, Unavailable
from appliance.core.model import CameraClock
from appliance.formats.copy_package.verifiers import verifiers
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.papers.from_cases import ledger_rows
from appliance.papers.sheets.issue import Issue
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import State
from appliance.rules.packs.shipped import shipped_pack
from appliance.storage.boot_files import read_mark
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import LETTER, CaseLife
from tests.footage import film_past
from tests.keeper.copy_killed import KILLED
from tests.keeper.test_cases import case_of, life_of
from tests.keeper.test_people import ask
from tests.lockorder import LockOrder
from tests.medium.foreign import sums_by_mounting
from tests.medium.loop_service import ROOT, medium_service
from tests.medium.loops import loop_device
from tests.services.agency_copies import delivered

pytestmark = pytest.mark.root

MIB, SECOND_NS, HOUR_NS = 1 << 20, 10**9, 3600 * 10**9
HANDED = {"handed_to_known": True, "receipt_signed": True, "passphrase_apart": True}


@pytest.fixture
def filmed(box: Box) -> tuple[int, int]:
    """Camera 01 has ten seconds of two hours ago; the minutes in the middle of them."""
    start_ns = (box.made_ns - 2 * HOUR_NS) // SECOND_NS * SECOND_NS
    box.start("keeper")
    film_past(box, "01", start_ns, 10, said=CameraClock(first_off_ns=0, last_off_ns=-2 * SECOND_NS, reports=3))
    box.kill("keeper", how=signal.SIGTERM)
    return start_ns + 2 * SECOND_NS, start_ns + 8 * SECOND_NS


@pytest.fixture
def sticks(box: Box, tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Two that are plugged in, by serial number, where the keeper looks for the medium's service."""
    images = {serial: tmp_path / f"{serial}.img" for serial in ("S1", "S2")}
    with (
        loop_device(images["S1"], size=64 * MIB) as first,
        loop_device(images["S2"], size=64 * MIB) as second,
        medium_service(Path(box.settings.layout.run), {"S1": first, "S2": second}),
    ):
        yield images


@contextmanager
def opened(box: Box) -> Iterator[Keeper]:
    """A keeper that starts, in an office whose pages would give copies."""
    order = LockOrder()
    with order.watching(), open_keeper(box.settings, RealFs(), SystemClock(assume_trusted=True)) as keeper:
        keeper.cases.world = dataclasses.replace(
            keeper.cases.world, gives_copies=lambda: True, scans=lambda case: {"form", "letter"}
        )
        yield keeper
    assert not (circles := order.circles()), "\n\n".join(map(order.told, circles))


class Hand:
    """The two founders at one browser, for a case."""

    def __init__(self, keeper: Keeper, key: str, session: str) -> None:
        self.keeper, self.key, self.session = keeper, key, session

    def ask(self, verb: str, **more: Any) -> dict[str, Any]:
        return ask(self.keeper, verb, session=self.session, case=self.key, **more)

    def make(self, serial: str = "S1") -> dict[str, Any]:
        told = {"act": os.urandom(16).hex(), "seat": 1, "password": OFFICER.password, "serial": serial}
        self.ask("agency-copy.make", **told)
        self.keeper.agency_copies.maker._jobs.wait()
        return self.state()

    def read(self, seat: int = 2) -> dict[str, Any]:
        password = (OFFICER, UNIT_HEAD)[seat - 1].password
        self.ask("agency-copy.read", act=os.urandom(16).hex(), seat=seat, password=password)
        self.keeper.agency_copies.maker._jobs.wait()
        return self.state()

    def state(self) -> dict[str, Any]:
        return self.ask("agency-copy.state")


class Media:
    """The register of media, led by the same two."""

    def __init__(self, keeper: Keeper, session: str) -> None:
        self._keeper, self._session = keeper, session

    def act(self, item: str, event: str, seat: int = 1, **typed: Any) -> str:
        told = {"register": "media", "item": item, "event": event, "seat": seat, "typed": typed}
        told["password"] = (OFFICER, UNIT_HEAD)[seat - 1].password
        act = os.urandom(16).hex()
        return str(ask(self._keeper, "register.act", session=self._session, act=act, **told)["item"])

    def enter(self, serial: str) -> str:
        """The number of a stick that may hold a copy."""
        typed = {"medium_kind": "stick", "make": "ADATA", "serial": serial, "holds": "copy", "encrypted": "yes"}
        return self.act("", "enter", **typed, place="保險櫃")

    def destroy(self, item: str) -> None:
        """With its certificate, by two people."""
        self.act(item, "propose", aim="scrap", method="shred", why="製作複本失敗")
        self.act(item, "approve", 2)
        now_ns = self._keeper.clock.wall_ns()
        self.act(item, "perform", performed_at=now_ns, performed_where="本所", verified="碎片檢視", label="D-1")
        self.act(item, "witness_destruction", 2)


def holding(below: Path, needle: bytes) -> list[str]:
    """The names of the files that have these bytes."""
    return [file.name for file in below.rglob("*") if file.is_file() and needle in file.read_bytes()]


def granted(keeper: Keeper, life: CaseLife, minutes: tuple[int, int]) -> Hand:
    return Hand(keeper, life.agency_granted(["01"], *minutes), life.session)


def test_INV_06_a_whole_life_from_the_letter_to_the_clearing(
    box: Box, filmed: tuple[int, int], sticks: dict[str, Path], tmp_path: Path
) -> None:
    with opened(box) as keeper:
        life = life_of(keeper)
        hand = granted(keeper, life, filmed)
        (first, _) = ask(keeper, "agency-copy.sticks", session=life.session)["sticks"]
        assert first["why"]["code"] == "agency-medium-unregistered"
        with pytest.raises(Refused, match="not in the register"):
            hand.make()
        medium = Media(keeper, life.session).enter("S1")
        (first, _) = ask(keeper, "agency-copy.sticks", session=life.session)["sticks"]
        assert (first["medium"], first["why"]) == (medium, None)
        size = keeper.ledger.size
        made = hand.make()
        assert (made["state"], made["medium"], made["why"]) == ("written", medium, None)
        kinds = [entry.kind for entry in keeper.ledger.entries(size)]
        assert [kind for kind in kinds if kind.startswith(("grant", "footage", "copy"))] == [
            "grant.opened", "footage.released", "grant.ended", "copy.made", "copy.written",
        ]  # fmt: skip
        assert sums_by_mounting(sticks["S1"], tmp_path / "sums") == made["files"]

        keeper.tasks.copies.look()
        phrase = hand.ask("agency-copy.passphrase")["passphrase"]
        with pytest.raises(NotFound):
            hand.ask("agency-copy.passphrase")
        folder = delivered(sticks["S1"], phrase, tmp_path / "reader", key=hand.key)
        subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
        script = str(tmp_path / "reader/beside/verify_copy.py")
        done = subprocess.run([sys.executable, "-I", script, str(folder)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

        with pytest.raises(NotAllowed):
            hand.ask("agency-copy.read", act="r1", seat=1, password=OFFICER.password)
        assert hand.read()["read"] == "equal"
        life.act("verify_copy", hand.key, seat=2, copy_work={"plays": True})
        life.act("deliver", hand.key, copy_work=HANDED)
        life.act("clean", hand.key)
        life.close(hand.key)
        told = case_of(life, hand.key)
        row = ledger_rows.use_of(told, 1, Issue(pack=shipped_pack()))
        assert f"媒體編號：{medium}（S1）" in row.notes
        assert any(note.startswith("提供機關之複本") and "本所未留存" in note for note in row.notes)
        cells = {cell.code: cell for cell in told.cells}
        assert told.state == "closed"
        assert all(cell.filled for cell in told.cells if cell.required)
        assert cells["medium"].values == {"medium": f"{medium}（S1）"}
        assert [row[3] for row in cells["destroyed"].values["copies"]] == ["handed"]
        raw = b"".join(entry.raw for entry in keeper.ledger.entries())
        assert phrase.encode() not in raw
    (media,) = (folder / "media").glob("*.mp4")
    footage = media.read_bytes()
    needle = footage[len(footage) // 2 :][:64]
    assert not holding(box.directory, needle), "no byte of its footage lies in clear on a disk of the office (INV-20)"
    (box.directory / "planted").write_bytes(b"x" * 4096 + needle)
    assert holding(box.directory, needle) == ["planted"], "where it does, it is found"
    found = subprocess.run(["grep", "-rlaF", phrase, str(box.directory)], capture_output=True, text=True, check=False)
    assert found.stdout == "", "no file of the office has the pass-phrase"


def test_T_51_the_manifest_says_from_which_recorder_camera_time_and_sealed_segments_it_is(
    box: Box, filmed: tuple[int, int], sticks: dict[str, Path], tmp_path: Path
) -> None:
    with opened(box) as keeper:
        life = life_of(keeper)
        hand = granted(keeper, life, filmed)
        Media(keeper, life.session).enter("S1")
        hand.make()
        phrase = hand.ask("agency-copy.passphrase")["passphrase"]
        folder = delivered(sticks["S1"], phrase, tmp_path / "reader", key=hand.key)
        manifest = json.loads((folder / "manifest.json").read_bytes())
        proof = json.loads((folder / "ledger-proof.json").read_bytes())
        number = keeper.cases.file(hand.key).case.number
        assert (manifest["order"]["case"], manifest["order"]["agency"]) == (number, LETTER["agency"])
        recorder = manifest["recorder"]
        assert (recorder["version"], recorder["key"]) == (__version__, keeper.ledger.verifier_keys[-1])
        assert recorder["appliance_id"] == read_mark(RealFs(), box.settings.layout.boot)[0].hex()
        (camera,) = manifest["cameras"]
        assert (camera["camera_no"], camera["name"]) == ("01", keeper.cameras.locations()["01"])
        assert camera["clock_ahead_ns"] == -2 * SECOND_NS
        assert camera["clock_measured"]["ns"] > filmed[1]
        (original, _) = manifest["files"]
        assert original["shows"]["start"]["ns"] >= filmed[0]
        assert original["shows"]["end"]["ns"] <= filmed[1]
        entered = {
            bucket: sha256
            for entry in keeper.ledger.entries()
            if entry.kind == "manifests.closed"
            for bucket, sha256 in entry.fields["manifests"].items()
        }
        assert original["sources"]
        for source in original["sources"]:
            assert source["manifest_sha256"] == entered[source["bucket"]]
        made = json.loads(proof["entry"])
        assert (made["row"], made["manifest"]) == (
            "A16", hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest(),
        )  # fmt: skip


def test_T_49_one_flipped_bit_in_any_file_on_the_medium_is_told_by_the_file_s_name(
    box: Box, filmed: tuple[int, int], sticks: dict[str, Path], tmp_path: Path
) -> None:
    drawn, image = random.Random(49), sticks["S1"]
    with opened(box) as keeper:
        life = life_of(keeper)
        hand = granted(keeper, life, filmed)
        Media(keeper, life.session).enter("S1")
        names = sorted(hand.make()["files"])
        assert names == sorted([f"copy-{hand.key}.zip", "說明.pdf", *(name for name, _ in verifiers())])
        delivered(image, hand.ask("agency-copy.passphrase")["passphrase"], tmp_path / "reader", key=hand.key)
        for name in names:
            data = (tmp_path / "reader/beside" / name).read_bytes()
            at, bit = image.read_bytes().index(data[:4096]) + drawn.randrange(len(data)), 1 << drawn.randrange(8)
            flip(image, at, bit)
            told = hand.read()
            assert (told["read"], list(told["wrong"])) == ("differs", [name])
            flip(image, at, bit)
        assert list(hand.read()["wrong"]) == []


def flip(image: Path, at: int, bit: int) -> None:
    with image.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ bit]))


def test_T_49_a_keeper_that_is_killed_before_the_copy_is_whole_leaves_one_that_nobody_verifies(
    box: Box, filmed: tuple[int, int], sticks: dict[str, Path], tmp_path: Path
) -> None:
    with opened(box) as keeper:
        life = life_of(keeper)
        key = granted(keeper, life, filmed).key
        first, second = (Media(keeper, life.session).enter(serial) for serial in sticks)
    command = [sys.executable, "-m", "tests.keeper.copy_killed", box.settings_path, key, "S1"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert done.returncode == KILLED, done.stderr.decode()
    with opened(box) as keeper:
        life = life_of(keeper)
        hand = Hand(keeper, key, life.session)
        assert keeper.cases.file(key).case.state is State.COPY_MADE
        assert hand.state()["state"] == "made"
        assert not hand.state()["phrase"]
        with pytest.raises(NotFound):
            hand.read()
        with pytest.raises(NotAllowed) as refused:
            life.act(Event.VERIFY_COPY, key, seat=2, copy_work={"plays": True})
        assert refused.value.details["missing"] == ("reread",)
        with pytest.raises(NotAllowed) as refused:
            hand.make("S2")
        assert refused.value.details["missing"] == ("failed_destroyed",)
        with pytest.raises(Refused, match="made on"):
            hand.make("S1")
        Media(keeper, life.session).destroy(first)
        assert hand.make("S2")["state"] == "written"
        assert hand.read()["read"] == "equal"
        life.act("verify_copy", key, seat=2, copy_work={"plays": True})
        copies = [(each.medium, each.cause) for each in keeper.cases.file(key).handed]
        assert copies == [(first, "remade"), (second, "")]


def test_without_the_medium_s_service_nothing_is_opened(box: Box, filmed: tuple[int, int]) -> None:
    """As in a trial, whose user has no right to devices."""
    with opened(box) as keeper:
        life = life_of(keeper)
        hand = granted(keeper, life, filmed)
        Media(keeper, life.session).enter("S1")
        size = keeper.ledger.size
        with pytest.raises(Unavailable, match="its service does not answer"):
            hand.make()
        with pytest.raises(Unavailable):
            ask(keeper, "agency-copy.sticks", session=life.session)
        assert keeper.ledger.size == size
        assert keeper.cases.file(hand.key).case.state is State.NOTIFIED
