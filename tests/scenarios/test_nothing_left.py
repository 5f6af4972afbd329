"""What is left of footage and of keys once a viewing is over, and once a copy is handed over: searched for on the disk,
in the browser's profile, in temporary files and in the memory of every process.

An office of real processes lives through a citizen's viewing, an agency's viewing of its copy, both in a real Chromium,
and an agency's copy on a stick. All that may write has one disk, as in INV-20. At each stage the whole raw disk and all
memory is searched, so that what is not found afterwards was found before by the same search.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.core.settings import Layout
from appliance.installation.office import open_installation
from appliance.storage.files import RealFs
from appliance.web.http.request_context import SESSION_COOKIE
from tests.box import OFFICER, UNIT_HEAD, Box, make_box, testcard, until
from tests.browser.chromium import ARGUMENTS, trust
from tests.browser.steps import go_on
from tests.caselife import CaseLife, life_of
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.faults.intruder import count, files_in, processes_under, segment_key
from tests.faults.memory_dump import Dump, dump_of, find_in_memory, key_in
from tests.footage import film_past
from tests.medium.loop_service import children, medium_service
from tests.medium.loops import loop_device, partition, sh
from tests.patience import PATIENCE_SECONDS
from tests.sandbox.films import FPS, Film, film

pytestmark = [pytest.mark.root, pytest.mark.browser]

SECOND, MIB = 1_000_000_000, 1 << 20
MEGABYTES, FILMED_SECONDS, PICTURE_BYTES = 256, 20, 200_000
OURS = frozenset({"keeper", "darkroom", "recorder", "web", "medium"})
HANDED = {"handed_to_known": True, "receipt_signed": True, "passphrase_apart": True}
STICK = "AA0001"
HOLDING = "import sys, time; held = sys.stdin.buffer.read(); print(flush=True); time.sleep(9e3)"
"""A process that has in memory what it read."""

Where = dict[str, frozenset[str]]
"""What was found, by where: names of processes, or the disk."""


def _shot(drawn: random.Random) -> tuple[Film, list[bytes]]:
    """A film as large as a camera's, and pieces of it that occur nowhere else: behind each picture filler units (H.264
    §7.3.2.7) that show nothing, of bytes that no other test draws."""
    made, pieces, packets = film(FILMED_SECONDS, sound="aac"), [], []
    for number, packet in enumerate(made.packets):
        if packet.stream == 0:
            filler = bytes(drawn.choices(range(1, 256), k=PICTURE_BYTES))
            packet = packet._replace(data=packet.data + b"\0\0\0\1\x0c" + filler + b"\x80")
            if number % 7 == 0:
                pieces.append(filler[90_000:90_032])
        packets.append(packet)
    return Film(made.streams, tuple(packets)), pieces


@dataclass
class Lived:
    """``found``: by stage, what was found where."""

    disk: Ext4
    box: Box
    medium: subprocess.Popen[bytes]
    footage: list[bytes]
    keys: dict[str, bytes] = field(default_factory=dict)
    found: dict[str, Where] = field(default_factory=dict)
    searched: set[str] = field(default_factory=set)
    disk_bytes: int = 0
    profile_files: int = 0
    shown: list[float] = field(default_factory=list)
    swapped: set[str] = field(default_factory=set)

    def names(self) -> dict[bytes, str]:
        return dict.fromkeys(self.footage, "footage") | {key: name for name, key in self.keys.items()}

    def processes(self) -> dict[int, str]:
        roots = [self.medium.pid, *(process.pid for process in self.box.processes.values())]
        ours = processes_under(*roots)
        ours[self.medium.pid] = "medium"
        browsers = {
            pid: "chromium"
            for pid, name in processes_under(os.getpid()).items()
            if pid not in ours and name.startswith(("chrom", "headless"))
        }
        return ours | browsers

    def search(self, stage: str) -> None:
        names = self.names()
        found: dict[str, set[str]] = {}
        for pid, name in self.processes().items():
            self.searched.add(name)
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text().splitlines()
                swapped = next((line.split()[1] for line in status if line.startswith("VmSwap")), "0")
                self.swapped |= {name} if swapped != "0" and name != "chromium" else set()
            found.setdefault(name, set()).update(names[needle] for needle in find_in_memory(pid, list(names)))
        os.sync()
        counted = count(self.disk.image, names)
        self.disk_bytes = counted.searched
        found["disk"] = {names[needle] for needle, times in counted.items() if times}
        self.found[stage] = {where: frozenset(what) for where, what in found.items() if what}


def _keeper_dump(box: Box) -> Dump:
    """Of one moment."""
    keeper = box.processes["keeper"]
    keeper.send_signal(signal.SIGSTOP)
    try:
        return dump_of(keeper.pid)
    finally:
        keeper.send_signal(signal.SIGCONT)


def _play(context: BrowserContext, box: Box, grant: str) -> float:
    page = context.new_page()
    page.goto(f"https://localhost:{box.port}/viewing/{grant}")
    page.wait_for_selector("or-player[data-ready=yes]")
    page.evaluate("document.querySelector('or-player').playback.play()")
    page.wait_for_function("() => document.querySelector('[data-camera=\"01\"] video').currentTime > 2")
    return float(page.evaluate("document.querySelector('[data-camera=\"01\"] video').currentTime"))


def _citizen(lived: Lived, context: BrowserContext, life: CaseLife, border_ns: int) -> None:
    case = life.viewing(["01"], border_ns + SECOND, border_ns + 9 * SECOND)
    grant = life.open(case)
    lived.shown.append(_play(context, lived.box, grant))
    lived.search("a citizen's viewing")
    lived.box.call("viewing.end", session=life.session, grant=grant)
    life.act("finish", case, viewing={"filming": "none", "signed": True})


def _agency(lived: Lived, context: BrowserContext, life: CaseLife, border_ns: int) -> None:
    """Of a copy, whose key nobody but the keeper has: it is found in its memory by what its file commits to."""
    box = lived.box
    case = life.agency_booked(["01"], border_ns + SECOND, border_ns + 9 * SECOND)
    told = {"seat": 1, "password": OFFICER.password, "act": os.urandom(16).hex()}
    box.call("copies.make", session=life.session, case=case, **told)
    until(lambda: box.call("copies.state", session=life.session, case=case)["state"] == "whole", what="the copy")
    head = Path(files_in(box.settings.layout.copies)[0]).read_bytes()[:128]
    key = key_in(_keeper_dump(box), head)
    assert key, "the search does not find the key of a copy that lives"
    lived.keys |= {"copy key": key, "copy segment": segment_key(key, head)}
    life.begin_agency(case)
    grant = life.open(case)
    lived.shown.append(_play(context, box, grant))
    lived.search("an agency's viewing")
    box.call("viewing.end", session=life.session, grant=grant)
    life.act("finish", case, viewing={"filming": "none", "signed": True})
    life.act("clean", case)
    assert key_in(_keeper_dump(box), head) == b""


def _handed(lived: Lived, context: BrowserContext, life: CaseLife, border_ns: int, image: Path, below: Path) -> None:
    """On a stick. While it is written, the child that writes it is stopped, so that the keeper waits in the middle."""
    box, session = lived.box, life.session
    case = life.agency_granted(["01"], border_ns + SECOND, border_ns + (FILMED_SECONDS - 1) * SECOND)
    typed = {"medium_kind": "stick", "make": "ADATA", "serial": STICK, "holds": "copy", "encrypted": "yes"}
    told: dict[str, Any] = {"register": "media", "item": "", "event": "enter", "typed": typed | {"place": "保險櫃"}}
    box.call("register.act", session=session, act=os.urandom(16).hex(), seat=1, password=OFFICER.password, **told)

    def state() -> dict[str, Any]:
        return box.call("agency-copy.state", session=session, case=case)

    made = {"seat": 1, "password": OFFICER.password, "serial": STICK, "act": os.urandom(16).hex()}
    box.call("agency-copy.make", session=session, case=case, **made)
    until(lambda: state()["state"] == "writing", what="the writing")
    (writer,) = until(lambda: found if len(found := children(lived.medium)) == 1 else None, what="the one that writes")
    os.kill(writer, signal.SIGSTOP)
    try:
        assert state()["state"] == "writing"
        during = {"keeper": _keeper_dump(box), "the medium's child": dump_of(writer)}
        during["web"] = dump_of(box.processes["web"].pid)
        lived.search("while a copy is made")
    finally:
        os.kill(writer, signal.SIGCONT)
    until(lambda: state()["state"] == "written", what="the copy on its stick")
    waiting = {"keeper": _keeper_dump(box), "web": dump_of(box.processes["web"].pid)}

    page = context.new_page()
    page.goto(f"https://localhost:{box.port}/cases/{case}")
    go_on(page, ".handing .notice button.primary")
    phrase = page.locator(".phrase").inner_text().strip()
    lived.keys["pass-phrase"] = phrase.encode()
    lived.keys |= _keys_of_archive(image, phrase, below)
    names = {key: name for name, key in lived.keys.items()}
    for stage, dumps in (("while a copy is made, of one moment", during), ("while its pass-phrase waits", waiting)):
        lived.found[stage] = {
            where: frozenset(names[key] for key in names if any(key in memory for _, memory in dump))
            for where, dump in dumps.items()
        }
    page.close()
    showed = [box.processes["keeper"].pid, box.processes["web"].pid]
    until(lambda: not any(find_in_memory(pid, [phrase.encode()]) for pid in showed), what="the pass-phrase's end")
    lived.search("its pass-phrase was taken")
    seen = {"act": os.urandom(16).hex(), "seat": 2, "password": UNIT_HEAD.password}
    box.call("agency-copy.read", session=session, case=case, **seen)
    until(lambda: state()["read"] == "equal", what="the reading back")
    life.act("verify_copy", case, seat=2, copy_work={"plays": True})
    life.act("deliver", case, copy_work=HANDED)
    life.act("clean", case)


def _keys_of_archive(image: Path, phrase: str, below: Path) -> dict[str, bytes]:
    """The AES keys of the members of the archive on the stick, from the pass-phrase as WinZip's AE-2 derives them."""
    mounted = below / "stick"
    mounted.mkdir()
    with partition(image) as device:
        sh("mount.exfat-fuse", "-o", "ro", device, mounted)
        try:
            (path,) = mounted.glob("*.zip")
            data, members = path.read_bytes(), zipfile.ZipFile(path).infolist()
        finally:
            sh("umount", mounted)
    keys = {}
    for member in members:
        at = member.header_offset
        name, extra = (int.from_bytes(data[at + place : at + place + 2], "little") for place in (26, 28))
        salt = data[at + 30 + name + extra :][:16]
        keys[f"archive {member.filename}"] = hashlib.pbkdf2_hmac("sha1", phrase.encode(), salt, 1000, 66)[:32]
    return keys


def _vault(box: Box, directory: Path) -> dict[str, bytes]:
    """The vault's private half, opened by the officer's password in a copy of the office."""
    layout, copied = box.settings.layout, Layout(str(directory))
    for part in ("boot", "keeper", "web"):
        shutil.copytree(getattr(layout, part), getattr(copied, part))
    office = open_installation(RealFs(), copied, SystemClock(assume_trusted=True))
    with office.keyholders.unlock(OFFICER.name, OFFICER.password) as vault:
        private = bytes(vault.copy())
    return {"vault ML-KEM": private[:64], "vault X25519": private[64:]}


@pytest.fixture(scope="module")
def lived() -> Iterator[Lived]:
    with (
        tempfile.TemporaryDirectory(prefix="left-") as short,  # Chromium's socket in it may have 107 letters
        pytest.MonkeyPatch.context() as patch,
        ext4_on_loop(directory := Path(short), MEGABYTES) as disk,
        loop_device(image := directory / "stick.img", size=128 * MIB) as stick,
    ):
        (directory / "kept").mkdir()
        for name in ("tmp", "home"):
            (disk.path / name).mkdir()
        for name in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(name, str(disk.path / "tmp"))
        patch.setenv("HOME", str(disk.path / "home"))
        shot, pieces = _shot(random.Random(os.urandom(8)))
        with make_box(disk.path / "state", [testcard("01")]) as box:
            box.start()
            with medium_service(Path(box.settings.layout.run), {STICK: stick}) as (_, medium):
                lived = Lived(disk, box, medium, pieces[:8])
                border_ns = slot_start_ns(SystemClock().wall_ns()) - 3 * SLOT_NS
                made = film_past(box, "01", border_ns, FILMED_SECONDS, shot=[shot.streams, *shot.packets], fps=FPS)
                (bucket,) = made.buckets
                (path,) = [path for path in files_in(box.settings.layout.ring) if bucket in path]
                key = made.keys[bucket]
                lived.keys |= {"bucket": key, "segment": segment_key(key, Path(path).read_bytes()[:128])}
                lived.keys |= _vault(box, directory / "kept")
                _live(lived, border_ns, image, directory)
                box.stop()
                lived.search("at the end")
        yield lived


def _live(lived: Lived, border_ns: int, image: Path, directory: Path) -> None:
    box, home = lived.box, lived.disk.path / "home"
    trust(home, Path(box.installed.ca_path))
    life = life_of(box)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(home / "profile"), executable_path="/usr/bin/chromium", headless=True, args=ARGUMENTS,
            env={**os.environ, "XDG_CONFIG_HOME": str(home / ".config")},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        address = f"https://localhost:{box.port}"
        context.add_cookies([{"name": SESSION_COOKIE, "value": life.session, "url": address, "secure": True}])
        _citizen(lived, context, life, border_ns)
        _agency(lived, context, life, border_ns)
        lived.search("viewings over")
        _handed(lived, context, life, border_ns, image, directory)
        context.close()
    lived.profile_files = sum(1 for path in (home / "profile").rglob("*") if path.is_file())
    lived.search("all over")


def keys_in(found: Where, where: str) -> set[str]:
    return {name for name in found.get(where, ()) if name != "footage"}


def test_while_footage_is_open_its_keys_lie_in_the_keeper(lived: Lived) -> None:
    """Of a viewing of a copy those of the copy alone; so the search finds what there is."""
    assert keys_in(lived.found["a citizen's viewing"], "keeper") == {"bucket", "segment"}
    assert keys_in(lived.found["an agency's viewing"], "keeper") == {"copy key", "copy segment"}
    made = keys_in(lived.found["while a copy is made, of one moment"], "keeper")
    assert made - {name for name in made if name.startswith("archive ")} == {"bucket", "segment", "pass-phrase"}
    # Of the member that is written just then alone; between two of them there is none.
    assert [name.partition("/")[0] for name in made if name.startswith("archive ")] in ([], ["archive media"])
    assert keys_in(lived.found["while its pass-phrase waits"], "keeper") == {"pass-phrase"}


def test_no_key_is_in_another_process_of_the_recorder_at_any_stage(lived: Lived) -> None:
    """Web shows the pass-phrase, and has it no more a moment later."""
    assert lived.searched >= {"recorder", "cam 01", "darkroom", "look room", "web", "medium"}
    others = lived.searched - {"keeper", "chromium"} | {"the medium's child"}
    for stage, found in lived.found.items():
        assert {where: keys_in(found, where) for where in others} == {where: set() for where in others}, stage


def test_afterwards_the_keeper_has_none_of_them(lived: Lived) -> None:
    for stage in ("viewings over", "its pass-phrase was taken", "all over"):
        assert keys_in(lived.found[stage], "keeper") == set(), stage
    assert len(lived.keys) >= 12, "bucket, segment, copy, vault, pass-phrase and each member of the archive"


def test_no_disk_no_profile_and_no_temporary_file_has_any_of_it_at_any_stage(lived: Lived) -> None:
    assert len(lived.found) == 9
    assert {stage for stage, found in lived.found.items() if "disk" in found} == set()
    assert lived.disk_bytes == MEGABYTES * MIB
    assert lived.profile_files > 20
    assert [seconds for seconds in lived.shown if seconds > 2] == lived.shown
    assert "footage" in lived.found["a citizen's viewing"]["chromium"], "it was shown, and is what is searched for"
    assert "footage" in lived.found["an agency's viewing"]["chromium"]
    assert lived.swapped == set()


def test_the_search_finds_what_was_planted(lived: Lived) -> None:
    """In a file of the profile, in a temporary file that is gone, and in a process."""
    names = lived.names()
    for times, place in enumerate(("home/profile/Default/careless", "tmp/careless"), 1):
        planted = lived.disk.path / place
        with planted.open("wb") as file:
            file.write(b"\0" * 5000 + b"".join(names))
            os.fsync(file.fileno())
        if times == 2:
            planted.unlink()
        os.sync()
        assert count(lived.disk.image, names) == dict.fromkeys(names, times)
    with subprocess.Popen([sys.executable, "-c", HOLDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(names))
        process.stdin.close()
        process.stdout.readline()
        assert set(find_in_memory(process.pid, list(names))) == set(names)
        process.kill()
