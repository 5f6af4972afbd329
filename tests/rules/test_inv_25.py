"""INV-25: a camera that sends garbage, stalls, dies or floods takes down neither another camera nor the web UI.

All at once: ten cameras that misbehave in as many ways beside one that does not, each in the real recorder's own
confined process, and a browser's requests all the while.
"""

from __future__ import annotations

import itertools
import random
import socket
import ssl
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from appliance.core.model import Camera
from tests.box import Box, make_box, testcard, until
from tests.faults.intruder import processes_under
from tests.opened import Held, held
from tests.peers.hostile_source import hostile_camera, offer

SECOND = 1_000_000_000
FRESH_NS = 5 * SECOND
"""How old the honest camera's newest footage may be: a sync's second, and a machine that is busy with the others."""

HONEST = "01"
EXPECTED = {
    "11": ("nonsense", "lost: AttributeError"),
    "12": ("stall", "stalled"),
    "13": ("spin", "stalled"),
    "14": ("crash", "died"),
    "15": ("flood", "flood"),
    "16": ("hoard", "lost: MemoryError"),
    "17": ("clog", "died: it broke the protocol"),
    "18": ("raise", "died"),
    "19": ("garbage", ""),
}
"""By camera: what it does, and how the recorder says so. Garbage may pass for footage."""

PEERS = {"21": ("mjpeg", "lost"), "22": ("rtsp", "lost")}
"""Cameras on the network: one that answers with garbage, one that hangs up in the middle."""

FAILING = {f"camera-{camera_no}" for camera_no in (*EXPECTED, *PEERS) if camera_no != "19"}
"""Findings."""


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n--b\r\n"


class _Peer:
    """A TCP server that answers whoever connects with bytes of no protocol, some at once, some later, then hangs up."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        draw = random.Random(25)
        while True:
            try:
                client, _ = self._server.accept()
                with client:
                    client.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n--b\r\n"
                    )
                    client.sendall(draw.randbytes(1 << 16))
            except OSError:
                if self._server.fileno() < 0:
                    return

    def close(self) -> None:
        self._server.close()


@dataclass
class Ordeal:
    """What was seen while the ordeal lasted."""

    causes: dict[str, set[str]] = field(default_factory=dict)
    oldest_ns: int = 0
    honest_states: set[str] = field(default_factory=set)
    pages: list[tuple[int, float]] = field(default_factory=list)
    findings: set[str] = field(default_factory=set)
    steady: dict[int, str] = field(default_factory=dict)
    """The processes that must not end, as they were before; what is left of them in the end is in ``left``."""
    left: dict[int, str] = field(default_factory=dict)
    most_memory_kib: int = 0
    held: Held | None = None
    logs: str = ""


def _page(box: Box, context: ssl.SSLContext) -> tuple[int, float]:
    begun = time.monotonic()
    with urllib.request.urlopen(f"https://localhost:{box.port}/login", context=context, timeout=120) as answer:
        answer.read()
        return int(answer.status), time.monotonic() - begun


def _memory_kib(pid: int) -> int:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmRSS"].split()[0])


def _look(box: Box, ordeal: Ordeal, context: ssl.SSLContext) -> None:
    status: dict[str, Any] = box.status()
    for camera in status["cameras"]:
        if camera["camera_no"] == HONEST:
            ordeal.honest_states.add(camera["state"])
            ordeal.oldest_ns = max(ordeal.oldest_ns, status["now_ns"] - camera["last_written_ns"])
        else:
            ordeal.causes.setdefault(camera["camera_no"], set()).add(camera["detail"])
    ordeal.findings |= {finding["key"] for finding in status["findings"]}
    ordeal.pages.append(_page(box, context))
    ordeal.most_memory_kib = max(ordeal.most_memory_kib, _memory_kib(box.processes["recorder"].pid))


def _steady(box: Box) -> dict[int, str]:
    """Supervisor, fork server and the honest camera's process. The fork server is the child that was there first."""
    names = ("recorder", "camera forks", f"cam {HONEST}")
    found = processes_under(box.processes["recorder"].pid)
    return {min(pid for pid, name in found.items() if name == wanted): wanted for wanted in names}


def _all_seen(ordeal: Ordeal) -> bool:
    """And every failing camera has its finding, and enough pages were read: neither comes with the last cause."""
    wanted = {**EXPECTED, **PEERS}
    return (
        all(
            any(cause.startswith(expected) for cause in ordeal.causes.get(camera_no, ()))
            for camera_no, (_, expected) in wanted.items()
        )
        and ordeal.findings >= FAILING
        and len(ordeal.pages) > 20
    )


@pytest.fixture(scope="module")
def ordeal(tmp_path_factory: pytest.TempPathFactory) -> Ordeal:
    directory = tmp_path_factory.mktemp("inv-25")
    peer = _Peer()
    cameras = [testcard(HONEST, audio="none"), *(hostile_camera(no, way) for no, (way, _) in EXPECTED.items())]
    for camera_no, (kind, _) in PEERS.items():
        url = f"{'rtsp' if kind == 'rtsp' else 'http'}://127.0.0.1:{peer.port}/x"
        cameras.append(Camera(camera_no=camera_no, location="peer", source=kind, settings={"url": url}))
    ordeal = Ordeal()
    with pytest.MonkeyPatch.context() as patch, make_box(directory / "office", cameras) as box:
        for name, value in offer(directory / "plugin", Path(box.settings_path)).items():
            patch.setenv(name, value)
        context = ssl.create_default_context(cafile=box.installed.ca_path)
        box.start()
        box.recording(HONEST)
        ordeal.steady = _steady(box)

        def seen() -> bool:
            _look(box, ordeal, context)
            return _all_seen(ordeal)

        try:
            until(seen, what="every way to fail")
        except AssertionError as error:
            raise AssertionError(f"only these were seen: {ordeal.causes}") from error
        ordeal.left = _steady(box)
        box.stop()
        ordeal.held, ordeal.logs = held(box)[HONEST], box.logs()
    peer.close()
    return ordeal


def test_every_camera_failed_in_its_own_way_and_it_was_said(ordeal: Ordeal) -> None:
    assert ordeal.findings >= FAILING
    assert f"camera-{HONEST}" not in ordeal.findings


def test_the_honest_camera_was_recorded_without_a_hole(ordeal: Ordeal) -> None:
    assert ordeal.honest_states == {"live"}
    assert ordeal.oldest_ns < FRESH_NS
    assert f"camera {HONEST}: its process" not in ordeal.logs
    assert ordeal.held is not None
    assert {gap.cause for gap in ordeal.held.gaps} <= {"start", "stopped"}
    assert ordeal.held.segments == ordeal.held.buckets
    walls = ordeal.held.walls
    assert len(walls) > 20
    assert max(after - before for before, after in itertools.pairwise(walls)) < FRESH_NS


def test_supervisor_fork_server_and_honest_process_never_ended_and_stayed_small(ordeal: Ordeal) -> None:
    assert len(ordeal.steady) == 3
    assert ordeal.left == ordeal.steady
    assert ordeal.most_memory_kib < 300 << 10


def test_the_web_answered_every_request(ordeal: Ordeal) -> None:
    assert len(ordeal.pages) > 20
    assert {status for status, _ in ordeal.pages} == {200}
    assert all(finding.isprintable() for finding in ordeal.findings)
