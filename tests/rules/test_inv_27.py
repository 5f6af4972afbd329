"""INV-27: nothing a plugin does can allow a viewing, shorten a floor or hide a finding.

A plugin's code runs where cameras are read and, since it may have self-tests, in the room for looks, and nowhere else.
Here one dates its footage forty days back, says that all is well while it ends, raises what ends a program, hangs, and
reaches for the keeper, which judges.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.api import hookspecs
from appliance.core.clock import SystemClock
from appliance.core.errors import Refused
from appliance.formats.fragments import decode_fragment
from appliance.formats.segment import MEDIA
from appliance.keeper.stores import open_stores
from appliance.rules.deadlines import DAY_NS
from appliance.rules.policy import Policy
from appliance.rules.retention import RetainedBucket, judge
from appliance.storage.files import RealFs
from tests.box import OFFICER, Box, make_box, no_border_for, testcard, until
from tests.caselife import life_of
from tests.faults.intruder import bucket_keys, files_in, opener, processes_under
from tests.faults.memory_dump import find_in_memory
from tests.peers.hostile_source import DAYS_BACK, hostile_camera, offer

pytestmark = pytest.mark.root

SECOND = 1_000_000_000
FAILING = {"62": "raise", "63": "lost", "64": "stall"}
LIAR, PRYING = "61", "65"
PLUGINS_OWN_WORDS = b"made-by-a-stranger"


@dataclass
class Tried:
    """What the plugin was given time to do, and what there was of it afterwards."""

    refused: str
    findings: dict[str, str]
    entries: list[dict[str, Any]]
    imported_by: set[str]
    tried: dict[str, str]
    policies: tuple[bytes, bytes]
    kept: list[RetainedBucket]


def _view_undecided(box: Box) -> str:
    """A viewing of a case that nobody granted, asked for in a real session; why it was refused."""
    session, now_ns = box.both_logged_in(), SystemClock().wall_ns()
    case = life_of(box, session).receive([LIAR], now_ns - 5 * SECOND, now_ns - SECOND)
    with pytest.raises(Refused) as refused:
        box.call("viewing.open", session=session, case=case, seat=1, password=OFFICER.password)
    return str(refused.value)


def _report(box: Box, directory: Path) -> dict[str, Any]:
    """What the prying camera recorded of its tries; empty while it has not."""
    keys = bucket_keys(box, directory / str(SystemClock().wall_ns()))
    for path in files_in(box.settings.layout.open):
        bucket_id = Path(path).name.split(".")[0]
        if bucket_id not in keys or not os.path.exists(path):
            continue  # its bucket began, or ended, meanwhile
        segment = opener(path, keys[bucket_id])
        for frame in segment.frames():
            for packet in decode_fragment(segment.open(frame)).packets if frame.type == MEDIA else ():
                if b"REPORT" in packet.data:
                    return dict(json.loads(packet.data.partition(b"REPORT")[2]))
    return {}


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    directory = tmp_path_factory.mktemp("inv-27")
    run = directory / "office-run"
    targets = {
        "open": str(directory / "office/office/open"),
        "files": [str(directory / "office/office/boot/policy.sealed"), str(directory / "office/office/keeper/box.key")],
        "directories": [str(directory / "office/office/keeper")],
        "sockets": [str(run / f"{name}.sock") for name in ("keeper", "darkroom", "looks")],
        "pids": [],
    }
    cameras = [
        testcard("01", audio="none"),
        hostile_camera(LIAR, "lie"),
        hostile_camera(PRYING, "pry", targets=json.dumps(targets)),
        *(hostile_camera(camera_no, way) for camera_no, way in FAILING.items()),
    ]
    with pytest.MonkeyPatch.context() as patch, make_box(directory / "office", cameras) as box:
        for name, value in offer(directory / "plugin", Path(box.settings_path)).items():
            patch.setenv(name, value)
        policy = Path(box.settings.layout.boot, "policy.sealed")
        policy_before = policy.read_bytes()
        no_border_for(100)  # the prying camera's report is looked for in files that are still open
        box.start()
        box.recording("01", LIAR)
        report = until(lambda: _report(box, directory / "copy"), what="the prying camera's report")
        seen: dict[str, str] = {}

        def all_open() -> bool:
            seen.update({found["key"]: found["text"] for found in box.status()["findings"]})
            return {f"camera-{camera_no}" for camera_no in FAILING} <= set(seen)

        until(all_open, what="the findings")
        roots = {name: process.pid for name, process in box.processes.items()}
        imported_by = {
            f"{name}: {shown}"
            for name, root in roots.items()
            for pid, shown in processes_under(root).items()
            if find_in_memory(pid, [PLUGINS_OWN_WORDS])
        }
        refused = _view_undecided(box)
        box.kill("recorder")
        killed_ns = SystemClock().wall_ns()
        box.start("recorder")
        until(lambda: box.camera(LIAR)["last_written_ns"] > killed_ns, what="footage after the restart")
        session = box.both_logged_in()
        entries = box.call("ledger.list", session=session, start=0, count=200)["entries"]
        box.stop()
        with open_stores(box.settings, RealFs(), SystemClock(assume_trusted=True)) as stores:
            kept = [bucket for bucket in stores.ring.index.kept() if bucket.camera_no == LIAR]
        policies = (policy_before, policy.read_bytes())
        yield Tried(refused, seen, entries, imported_by, report["tried"], policies, kept)


def test_a_plugin_allows_no_viewing(tried: Tried) -> None:
    kinds = {entry["kind"] for entry in tried.entries}
    assert "it is received" in tried.refused
    connects = [why for name, why in tried.tried.items() if name.startswith("connect ")]
    assert connects == ["PermissionError: [Errno 1] Operation not permitted"] * 3
    assert {name for name, why in tried.tried.items() if not why} == set()
    assert not kinds & {"grant.opened", "footage.released", "case.decided"}
    assert "grant.refused" in kinds


def test_the_processes_that_allow_have_never_seen_the_plugin(tried: Tried) -> None:
    """What draws a viewing's pictures is the darkroom's process and its children; the room for looks is neither."""
    assert {each for each in tried.imported_by if not each.startswith("recorder: ")} <= {
        "darkroom: look room",
        "darkroom: darkroom look",
    }
    assert "darkroom: look room" in tried.imported_by


def test_no_hook_lies_in_the_way_of_a_permission() -> None:
    assert {name for name in hookspecs.__all__ if name.startswith("register_")} == {
        "register_checks",
        "register_sources",
    }


def test_a_plugin_shortens_no_floor(tried: Tried) -> None:
    """However old it says its footage is, however full the disk: none of it may go today."""
    now_ns = SystemClock().wall_ns()
    assert tried.policies[0] == tried.policies[1]
    assert len(tried.kept) in (2, 3), "what the recorder closed, also at the end of a slot, and what was recovered"
    for bucket in tried.kept:
        assert now_ns - DAY_NS < bucket.start_ns <= bucket.end_ns <= now_ns

    def due(buckets: list[RetainedBucket]) -> set[str]:
        return set(judge(buckets, Policy(), (), now_ns=now_ns, trusted=True, need_bytes=1 << 50).may)

    assert due(tried.kept) == set()
    back = DAYS_BACK * DAY_NS
    as_it_said = [b._replace(start_ns=b.start_ns - back, end_ns=b.end_ns - back) for b in tried.kept]
    assert due(as_it_said) == {bucket.bucket_id for bucket in tried.kept}, "believing it would have been harmless"
    assert not {"destroy.intended", "destroy.done"} & {entry["kind"] for entry in tried.entries}


def test_a_plugin_hides_no_finding(tried: Tried) -> None:
    opened = {entry["fields"]["finding"] for entry in tried.entries if entry["kind"] == "finding.opened"}
    for camera_no in FAILING:
        assert f"camera-{camera_no}" in opened
        assert tried.findings[f"camera-{camera_no}"].startswith(f"camera {camera_no}: ")
    assert tried.findings["camera-63"].startswith("camera 63: lost: all is well")
    assert "\n" not in tried.findings["camera-63"]
    assert len(tried.findings["camera-63"]) < 300
