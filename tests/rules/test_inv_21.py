"""INV-21: no recorder process at any time holds a key that opens a closed bucket; and what a camera's process, taken
over by somebody, can do to what is written: nothing.

The keys searched for are the real ones, opened with the officer's password from the key store of the running office.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS, SystemClock, slot_start_ns
from appliance.core.errors import Damaged
from appliance.formats.fragments import decode_fragment
from appliance.formats.segment import MEDIA
from tests.box import Box, make_box, no_border_for, testcard, until
from tests.faults.intruder import bucket_keys, files_in, opener, processes_under, put_in_force, segment_key
from tests.faults.memory_dump import find_in_memory
from tests.footage import film_past
from tests.peers import hostile_source
from tests.peers.offering import ROOT
from tests.sandbox.films import film

pytestmark = pytest.mark.root

SECOND = 1_000_000_000
LEAD_NS = 30 * SECOND
"""How long before a border the recorder starts: enough to record, to open the vault and to take a dump."""

_SHIFTED_CLOCK = """
import os, time
_now, _ahead = time.time_ns, int(os.environ["TEST_CLOCK_AHEAD_NS"])
time.time_ns = lambda: _now() + _ahead
"""


def _holders(box: Box, needle: bytes) -> set[str]:
    """The names of the recorder's processes in whose memory the bytes lie."""
    pids = processes_under(box.processes["recorder"].pid)
    return {name for pid, name in pids.items() if find_in_memory(pid, [needle])}


@pytest.fixture
def near_a_border(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """An office all of whose processes believe that a bucket's border comes in some seconds."""
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(_SHIFTED_CLOCK, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}/clock")
    monkeypatch.setenv("TEST_CLOCK_AHEAD_NS", "0")
    with make_box(tmp_path / "office", [testcard("01"), testcard("02", audio="none")]) as box:
        border_ns = -SystemClock().wall_ns() % SLOT_NS
        monkeypatch.setenv("TEST_CLOCK_AHEAD_NS", str(border_ns - LEAD_NS))
        box.start("keeper", "darkroom", "recorder")
        yield box


@pytest.mark.alone
def test_a_memory_dump_opens_a_bucket_before_its_border_and_not_after(near_a_border: Box, tmp_path: Path) -> None:
    box, layout = near_a_border, near_a_border.settings.layout
    box.recording("01", "02")
    first = {Path(path).name.split(".")[0]: path for path in files_in(layout.open)}
    keys = {bucket_id: bytes(key) for bucket_id, key in bucket_keys(box, tmp_path / "copy").items()}
    sealed_under = {
        bucket_id: segment_key(keys[bucket_id], Path(path).read_bytes()) for bucket_id, path in first.items()
    }

    assert {frozenset(_holders(box, keys[bucket_id])) for bucket_id in first} == {
        frozenset({"recorder", "cam 01"}),
        frozenset({"recorder", "cam 02"}),
    }
    assert {frozenset(_holders(box, key)) for key in sealed_under.values()} == {
        frozenset({"cam 01"}),
        frozenset({"cam 02"}),
    }
    assert {Path(path).name.split(".")[0] for path in files_in(layout.open)} == set(first), "the border came too soon"

    until(lambda: len(files_in(layout.ring)) == 2, seconds=60, what="the closing of both buckets")
    until(lambda: len(files_in(layout.open)) == 2, what="the next buckets")
    for path in files_in(layout.ring):
        bucket_id = Path(path).name.split(".")[0]
        assert bucket_id in first
        assert opener(path, keys[bucket_id]).complete
        assert _holders(box, keys[bucket_id]) == set()
        assert _holders(box, sealed_under[bucket_id]) == set()
    for path in files_in(layout.open):
        key = keys[Path(path).name.split(".")[0]]
        with pytest.raises(Damaged, match="not its bucket's key"):
            opener(files_in(layout.ring)[0], key)
        assert "recorder" in _holders(box, key), "the search itself finds nothing"


# --- a camera's process taken over ---


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """One honest camera, one closed bucket in the ring, and a plugin that its maker wrote against us."""
    with make_box(tmp_path / "office", [testcard("01")]) as box:
        for name, value in hostile_source.offer(tmp_path / "plugin", Path(box.settings_path)).items():
            monkeypatch.setenv(name, value)
        box.start("keeper", "darkroom")
        # No bucket ends meanwhile: its files would move from where the plugin was told of them.
        no_border_for(100)
        film_past(box, "01", slot_start_ns(SystemClock().wall_ns()) - SLOT_NS, 2)
        box.start("recorder")
        box.recording("01")
        yield box


def _targets(box: Box) -> dict[str, Any]:
    layout = box.settings.layout
    keeper = processes_under(box.processes["keeper"].pid, box.processes["darkroom"].pid)
    return {
        "open": layout.open,
        "files": [
            *files_in(layout.open, layout.ring),
            f"{layout.boot}/boot.key",
            f"{layout.keeper}/box.key",
            f"{layout.keeper}/ledger/ledger.log",
            *files_in(f"{layout.keeper}/anchor", f"{layout.keeper}/keys"),
        ],
        "directories": [layout.open, layout.ring, layout.keeper],
        "sockets": [layout.socket("keeper"), layout.socket("darkroom")],
        "pids": [*processes_under(box.processes["recorder"].pid), *keeper],
    }


def _report(box: Box, directory: Path) -> dict[str, Any]:
    """What the hostile camera recorded of its tries, read with the office's keys; empty while it has not."""
    reports = {}
    shutil.rmtree(directory, ignore_errors=True)
    for bucket_id, key in bucket_keys(box, directory).items():
        for path in Path(box.settings.layout.open).glob(f"{bucket_id}.*.seg"):
            segment = opener(path, key)
            for frame in segment.frames():
                packets = decode_fragment(segment.open(frame)).packets if frame.type == MEDIA else ()
                for packet in packets:
                    if b"REPORT" in packet.data:
                        reports = json.loads(packet.data.partition(b"REPORT")[2])
    return reports


def test_a_camera_process_taken_over_reaches_nothing_of_what_is_written(office: Box, tmp_path: Path) -> None:
    layout, targets = office.settings.layout, _targets(office)
    recorded = {path: Path(path).read_bytes() for path in files_in(layout.open, layout.ring)}
    kept = {path: Path(path).read_bytes() for path in files_in(layout.boot, f"{layout.keeper}/anchor")}
    hostile = hostile_source.hostile_camera(
        "66", "pry", targets=json.dumps(targets), first=film(1, gop=1).packets[0].data.hex()
    )
    put_in_force(office, hostile)
    kept.pop(f"{layout.boot}/registry.sealed")
    report = until(lambda: _report(office, tmp_path / "copy"), what="the report")

    assert {name for name, why in report["tried"].items() if not why} == set()
    missed = {name[name.index("/") :] for name, why in report["tried"].items() if "No such" in why}
    assert not any(map(os.path.exists, missed)), "not refused, only missed"
    assert report["fds"] == [0, 1, 2, 3]
    assert any(report["own"] in name for name in report["tried"]), "it did not even find its own file"
    for path, before in recorded.items():
        assert Path(path).read_bytes().startswith(before)
    assert {path: Path(path).read_bytes() for path in kept} == kept
    begun = time.time_ns()
    until(lambda: office.camera("01")["last_written_ns"] > begun, what="footage of the honest camera")
    assert office.camera("01")["state"] == "live"
    assert "camera 01: its process" not in office.logs()


def test_the_same_tries_succeed_where_nothing_confines_them(tmp_path: Path) -> None:
    """What the test above shows is confinement, and not that the tries are wrong."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "file").write_bytes(hashlib.sha256(b"file").digest() * 100)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        targets = {"files": [str(store / "file")], "directories": [str(store)], "sockets": [], "pids": [sleeper.pid]}
        command = [sys.executable, "-m", "tests.peers.hostile_source", json.dumps(targets)]
        found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    finally:
        sleeper.kill()
        sleeper.wait()
    assert {name: why for name, why in json.loads(found.stdout).items() if why} == {}
    assert not os.path.exists(store / "file")
