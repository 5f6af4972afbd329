"""INV-20: no plaintext of footage is ever on a disk: not in the store, in temporary files, in swap, in core dumps, nor
in a browser's cache.

Everything that may write has one disk: state, sockets, logs, temporary files, homes and the browser's whole profile
lie on an ext4 image, which is searched raw, free blocks and journal included. What is searched for is known plaintext:
the test card's marker, its parameter sets, pieces of the very pictures and sound that were served, and of a JPEG.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from appliance.api import split_nals
from appliance.core.clock import SystemClock
from appliance.formats.fragments import decode_fragment
from appliance.formats.segment import MEDIA
from appliance.web.http.request_context import SESSION_COOKIE
from tests.box import OFFICER, Box, make_box, no_border_for, testcard, until
from tests.browser.chromium import ARGUMENTS, trust
from tests.caselife import life_of
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.faults.intruder import bucket_keys, count, files_in, opener, processes_under
from tests.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.root, pytest.mark.browser]

MARKER = "INV-20-MARKER-OF-EVERY-KEY-FRAME"
SECOND = 1_000_000_000
MEGABYTES = 192
DEPLOY = Path(__file__).parents[2] / "deploy"


@dataclass
class Lived:
    """The disk at rest after it all, and what was found on it at each stage."""

    disk: Ext4
    needles: list[bytes]
    stages: dict[str, dict[bytes, int]] = field(default_factory=dict)
    searched: int = 0
    written_elsewhere: set[str] = field(default_factory=set)
    core_limits: dict[str, str] = field(default_factory=dict)
    swapped_kib: dict[str, int] = field(default_factory=dict)
    served: int = 0
    shown: float = 0.0
    profile_files: int = 0

    def search(self, stage: str) -> None:
        os.sync()
        found = count(self.disk.image, self.needles)
        self.searched += found.searched
        self.stages[stage] = {needle: times for needle, times in found.items() if times}


def _media(box: Box, session: str, grant: str, start_ns: int) -> bytes:
    client = box.client()
    try:
        _, blocks = client.stream(
            "viewing.media", session=session, grant=grant, camera_no="01", start_ns=start_ns, seconds=3,
            video_codecs=["h264"],
        )  # fmt: skip
        return b"".join(blocks)
    finally:
        client.close()


def _picture(box: Box, session: str, grant: str, at_ns: int) -> bytes:
    client = box.client()
    try:
        return client.call("viewing.key", session=session, grant=grant, camera_no="01", at_ns=at_ns).body
    finally:
        client.close()


def _recorded(box: Box, directory: Path) -> list[bytes]:
    """Every packet in the ring so far, in clear; in this process's memory and nowhere else."""
    keys = bucket_keys(box, directory)
    packets = []
    for path in files_in(box.settings.layout.open, box.settings.layout.ring):
        segment = opener(path, keys[Path(path).name.split(".")[0]])
        for frame in segment.frames():
            if frame.type == MEDIA:
                packets += [packet.data for packet in decode_fragment(segment.open(frame)).packets]
    return packets


def _pieces(packets: list[bytes]) -> list[bytes]:
    """Whole parameter sets, and 32 bytes out of the middle of pictures and of sound."""
    key = next(packet for packet in packets if MARKER.encode() in packet)
    sets = [bytes(nal) for nal in split_nals(key) if 16 <= len(nal) < 64]
    pictures = [packet[100:132] for packet in packets if len(packet) > 400][::6]
    sound = [packet[20:52] for packet in packets if 60 < len(packet) <= 200][::20]
    return [*sets, *pictures[:8], *sound[:4]]


def _note_processes(box: Box, lived: Lived) -> None:
    """Which files its processes hold for writing outside the disk; what the kernel would put on a disk by itself."""
    inside = str(lived.disk.path)
    for pid, name in processes_under(*(process.pid for process in box.processes.values())).items():
        try:
            limits, status = (Path(f"/proc/{pid}/{about}").read_text() for about in ("limits", "status"))
            elsewhere = {f"{name}: {path}" for path in _written(pid) if not path.startswith(inside)}
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile, as a look does; those that must be there are named below
        lived.core_limits[name] = " ".join(
            next(line for line in limits.splitlines() if "core file" in line).split()[4:6]
        )
        lived.swapped_kib[name] = int(
            next((line for line in status.splitlines() if "VmSwap" in line), "0 0").split()[1]
        )
        lived.written_elsewhere |= elsewhere


def _written(pid: int) -> Iterator[str]:
    """Files that a process holds open for writing; devices, pipes and sockets are none."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            path = os.readlink(f"/proc/{pid}/fd/{fd}")
            lines = Path(f"/proc/{pid}/fdinfo/{fd}").read_text().splitlines()
        except FileNotFoundError:
            continue  # closed meanwhile
        flags = int(next(line for line in lines if line.startswith("flags")).split()[1], 8)
        if flags & os.O_ACCMODE and path.startswith("/") and not path.startswith("/dev/"):
            yield path


def _watch_in_a_browser(box: Box, disk: Ext4, session: str, grant: str, lived: Lived) -> None:
    """Plays in a Chromium whose profile stays on the disk, drags to a key picture, and closes it."""
    home = disk.path / "home"
    home.mkdir()
    trust(home, Path(box.installed.ca_path))
    address = f"https://localhost:{box.port}"
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(home / "profile"),
            executable_path="/usr/bin/chromium",
            headless=True,
            args=ARGUMENTS,
            env={**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")},
        )
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": address, "secure": True}])
        page = context.new_page()
        page.goto(f"{address}/viewing/{grant}")
        page.wait_for_selector("or-player[data-ready=yes]")
        page.evaluate("document.querySelector('or-player').playback.play()")
        page.wait_for_function("() => document.querySelector('[data-camera=\"01\"] video').currentTime > 2")
        lived.shown = float(page.evaluate("document.querySelector('[data-camera=\"01\"] video').currentTime"))
        lived.search("while it is being viewed")
        context.close()
    lived.profile_files = sum(1 for path in (home / "profile").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    directory = tmp_path_factory.mktemp("inv-20")
    with pytest.MonkeyPatch.context() as patch, ext4_on_loop(directory, MEGABYTES) as disk:
        (disk.path / "tmp").mkdir()
        for name in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(name, str(disk.path / "tmp"))
        patch.setenv("HOME", str(disk.path))
        lived = Lived(disk, [MARKER.encode()])
        with make_box(disk.path / "state", [testcard("01", marker=MARKER)]) as box:
            box.start()
            box.recording("01")
            no_border_for(30)  # its files are read where they lie
            begun = box.camera("01")["last_written_ns"]
            until(lambda: box.camera("01")["last_written_ns"] > begun + 5 * SECOND, what="some seconds of footage")
            lived.needles += _pieces(_recorded(box, directory / "kept"))
            lived.search("while it records")

            session, now_ns = box.both_logged_in(), SystemClock().wall_ns()
            case = life_of(box, session).viewing(["01"], begun, now_ns - SECOND)
            grant = box.call("viewing.open", session=session, case=case, seat=1, password=OFFICER.password)["grant"]
            media, picture = _media(box, session, grant, begun), _picture(box, session, grant, begun + 2 * SECOND)
            assert any(needle in media for needle in lived.needles[1:]), "what is searched for was not served"
            lived.served = len(media)
            lived.needles += [picture[at : at + 32] for at in (200, len(picture) // 2, len(picture) - 60)]
            _note_processes(box, lived)
            _watch_in_a_browser(box, disk, session, grant, lived)
            box.call("viewing.end", session=session, grant=grant)
            lived.search("after the viewing")
            for pid, name in processes_under(box.processes["recorder"].pid, box.processes["darkroom"].pid).items():
                if name.startswith("cam ") or pid == box.processes["darkroom"].pid:
                    os.kill(pid, signal.SIGSEGV)
            until(lambda: box.processes["darkroom"].poll() is not None, what="the end of the darkroom")
            box.kill("web", how=signal.SIGABRT)
            box.kill("keeper", how=signal.SIGSEGV)
            box.stop()
            lived.search("after processes crashed")
        yield lived


def test_no_known_byte_is_on_the_disk_at_any_stage(lived: Lived) -> None:
    assert list(lived.stages) == [
        "while it records",
        "while it is being viewed",
        "after the viewing",
        "after processes crashed",
    ]
    assert len(lived.needles) >= 12
    assert lived.stages == {stage: {} for stage in lived.stages}
    assert lived.searched == 4 * MEGABYTES << 20


def test_there_was_something_to_find(lived: Lived) -> None:
    """Sealed footage lies on the disk, clear footage was served and shown, and the browser kept a profile."""
    stores = [str(lived.disk.path / "state/office" / store) for store in ("open", "ring")]
    assert sum(os.path.getsize(path) for store in stores for path in files_in(store)) > 100_000
    assert lived.served > 20_000
    assert lived.shown > 2
    assert lived.profile_files > 20


def test_nothing_is_open_for_writing_outside_that_disk(lived: Lived) -> None:
    assert lived.written_elsewhere == set()


def test_no_process_can_leave_a_core_or_lies_in_swap(lived: Lived) -> None:
    assert {"keeper", "recorder", "camera forks", "cam 01", "darkroom", "web"} <= set(lived.core_limits)
    assert lived.core_limits == dict.fromkeys(lived.core_limits, "0 0")
    assert set(lived.swapped_kib.values()) == {0}
    for unit in (DEPLOY / "systemd").glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        assert "LimitCORE=0" in text, unit.name
        assert "MemorySwapMax=0" in text, unit.name


def test_the_search_finds_what_was_there_for_a_moment(lived: Lived) -> None:
    """A temporary file that is written and deleted, as a careless decoder would leave it."""
    planted = lived.disk.path / "tmp" / "careless"
    with planted.open("wb") as file:
        file.write(b"\0" * 5000 + b"".join(lived.needles))
        os.fsync(file.fileno())
    planted.unlink()
    subprocess.run(["sync"], check=True)
    assert set(lived.needles) == {needle for needle, times in count(lived.disk.image, lived.needles).items() if times}
