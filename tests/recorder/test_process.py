"""The whole recorder with real processes: the test card is recorded, the keeper comes and goes, keys come and go."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.errors import Unavailable, VaultMismatch
from appliance.core.model import Manifest
from appliance.formats.fragments import decode_fragment, decode_streams
from appliance.formats.segment import MEDIA, STREAMS, SegmentOpener
from appliance.plugins.sources.testcard import MARKER
from tests.box import no_border_for
from tests.faults.memory_dump import find_in_memory
from tests.recorder.box import Box, RunningRecorder, StandInKeeper, testcard, until


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "state")


@pytest.fixture
def keeper(box: Box) -> Iterator[StandInKeeper]:
    with StandInKeeper(box.layout.socket("keeper")) as keeper:
        yield keeper


def _openers(box: Box, keeper: StandInKeeper, manifest: Manifest) -> list[SegmentOpener]:
    keys = {
        bucket_id: key
        for allocation in keeper.of("recorder.allocate")
        for bucket_id, key in box.bucket_keys(allocation).items()
    }
    return [
        box.opener(f"{manifest.bucket_id}.{segment.number:04d}.seg", keys[manifest.bucket_id])
        for segment in manifest.segments
    ]


def _lengths(keeper: StandInKeeper) -> list[dict[str, int]]:
    return [said["lengths"] for said in keeper.arguments("recorder.durable")]


def test_what_is_recorded_is_what_the_camera_sent_and_only_the_vault_can_read_it(
    box: Box, keeper: StandInKeeper
) -> None:
    box.put_in_force(testcard("01"), testcard("02", audio="aac"))
    with RunningRecorder(box) as recorder:
        keeper.wait(lambda: len(keeper.of("recorder.opened")) == 2)
        keeper.wait(lambda: [one for one in _lengths(keeper) if len(one) == 2 and min(one.values()) > 40_000])
        assert recorder.stop() == 0
    manifests = {manifest.camera_no: manifest for manifest in keeper.of("recorder.closed")}
    assert sorted(manifests) == ["01", "02"]
    for camera_no, manifest in manifests.items():
        assert manifest.ended_by == "stopped"
        (opener,) = _openers(box, keeper, manifest)
        assert opener.complete
        opener.verify()
        frames = opener.frames()
        assert [frame.type for frame in frames] == [STREAMS] + [MEDIA] * (len(frames) - 1)
        kinds = [stream.kind for stream in decode_streams(opener.open(frames[0])).streams]
        assert kinds == (["video"] if camera_no == "01" else ["video", "audio"])
        packets = [packet for frame in frames[1:] for packet in decode_fragment(opener.open(frame)).packets]
        assert packets[0].is_key
        assert MARKER.encode() in packets[0].data
    for path in box.open.iterdir():
        assert MARKER.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o640


def test_the_hello_comes_first_and_again_when_the_keeper_was_away(box: Box, keeper: StandInKeeper) -> None:
    left = "0" * 32 + ".0000.seg"
    (box.open / left).write_bytes(b"of an earlier run")
    box.put_in_force(testcard("01"))
    with RunningRecorder(box):
        (opening,) = keeper.wait(lambda: keeper.of("recorder.opened"))
        assert keeper.said[0][0] == "recorder.hello"
        assert keeper.said[0][1]["left"] == [left]
        keeper.error = Unavailable("keeper: starting")
        keeper.wait(lambda: keeper.refused)
        keeper.error = None
        hello = keeper.wait(lambda: keeper.arguments("recorder.hello")[1:])[0]
    assert hello["run_id"] == keeper.said[0][1]["run_id"]
    assert f"{opening.bucket_id}.0000.seg" in hello["open"]
    assert left not in hello["open"]


def test_it_records_without_a_keeper_and_reports_when_there_is_one(box: Box) -> None:
    box.put_in_force(testcard("01"))
    with RunningRecorder(box):
        path = box.open
        until(lambda: any(name.name.endswith(".seg") for name in path.iterdir()))
        (emergency,) = [name.name.removesuffix(".emergency") for name in path.glob("*.emergency")]
        with StandInKeeper(box.layout.socket("keeper")) as keeper:
            keeper.wait(lambda: keeper.of("recorder.opened"))
            first = [verb for verb, *_ in keeper.said if verb in ("recorder.hello", "recorder.opened")]
            assert first == ["recorder.hello", "recorder.opened"]
            known = {bucket.bucket_id for one in keeper.of("recorder.allocate") for bucket in one.buckets}
            assert emergency in known
    record = box.emergency(emergency)
    assert record.opening == keeper.of("recorder.opened")[0]
    assert box.opener(f"{emergency}.0000.seg", box.bucket_keys(record.allocation)[emergency]).frames()


def test_sighup_puts_the_new_registry_in_force_and_a_broken_one_changes_nothing(
    box: Box, keeper: StandInKeeper
) -> None:
    box.put_in_force(testcard("01"))
    with RunningRecorder(box) as recorder:
        keeper.wait(lambda: keeper.of("recorder.opened"))
        Path(box.layout.boot, "registry.sealed").write_bytes(b"x" * 100)
        recorder.process.send_signal(signal.SIGHUP)
        until(lambda: "the last good registry stays in force" in recorder.log)
        box.put_in_force(testcard("02"), version=2)
        recorder.process.send_signal(signal.SIGHUP)
        keeper.wait(lambda: [one for one in keeper.of("recorder.opened") if one.camera_no == "02"])
        keeper.wait(lambda: [one for one in keeper.of("recorder.closed") if one.camera_no == "01"])
        until(lambda: sorted(recorder.processes().values()) == ["cam 02", "camera forks", "recorder"])


def test_a_camera_that_dies_is_started_again_and_the_other_goes_on(box: Box, keeper: StandInKeeper) -> None:
    box.put_in_force(testcard("01"), testcard("02"))
    no_border_for(60)  # one bucket has both segments and the gap between them
    with RunningRecorder(box) as recorder:
        keeper.wait(lambda: [one for one in _lengths(keeper) if len(one) == 2 and min(one.values()) > 10_000])
        (victim,) = [pid for pid, name in recorder.processes().items() if name == "cam 01"]
        os.kill(victim, signal.SIGSEGV)
        back = keeper.wait(
            lambda: [
                states for states in keeper.of("recorder.states") if states[0].restarts and states[0].state == "live"
            ]
        )
        assert back[0][1].restarts == 0
        assert "its process ended with signal 11" in recorder.log
        recorder.stop()
    manifest = next(one for one in keeper.of("recorder.closed") if one.camera_no == "01")
    assert [(segment.number, segment.complete) for segment in manifest.segments] == [(0, False), (1, True)]
    assert [gap.cause for gap in manifest.gaps] == ["died"]
    for opener in _openers(box, keeper, manifest):
        assert opener.frames()


def test_when_the_fork_server_goes_all_buckets_are_closed_and_the_recorder_ends(
    box: Box, keeper: StandInKeeper
) -> None:
    box.put_in_force(testcard("01"))
    with RunningRecorder(box) as recorder:
        keeper.wait(lambda: keeper.of("recorder.opened"))
        before = recorder.processes()
        os.kill(next(pid for pid, name in before.items() if name == "camera forks"), signal.SIGKILL)
        assert recorder.process.wait(120) != 0
        assert keeper.of("recorder.closed")
        until(lambda: not any(Path("/proc", str(pid)).exists() for pid in before if pid != recorder.process.pid))


def test_when_the_supervisor_is_killed_no_process_stays(box: Box, keeper: StandInKeeper) -> None:
    box.put_in_force(testcard("01"))
    with RunningRecorder(box) as recorder:
        keeper.wait(lambda: keeper.of("recorder.opened"))
        before = recorder.processes()
        recorder.process.kill()
        recorder.process.wait()
        assert len(before) == 3
        until(lambda: not any(Path("/proc", str(pid)).exists() for pid in before))


@pytest.mark.root
def test_inv_21_after_a_bucket_closes_no_process_of_the_recorder_holds_its_key(box: Box, keeper: StandInKeeper) -> None:
    box.put_in_force(testcard("01"))
    with RunningRecorder(box) as recorder:
        (opening,) = keeper.wait(lambda: keeper.of("recorder.opened"))
        key = next(
            bytes(keys[opening.bucket_id])
            for keys in map(box.bucket_keys, keeper.of("recorder.allocate"))
            if opening.bucket_id in keys
        )

        def holders() -> set[str]:
            return {name for pid, name in recorder.processes().items() if find_in_memory(pid, [key])}

        assert holders() == {"recorder", "cam 01"}
        box.put_in_force(testcard("01", label="22"), version=2)
        recorder.process.send_signal(signal.SIGHUP)
        keeper.wait(lambda: [one for one in keeper.of("recorder.closed") if one.bucket_id == opening.bucket_id])
        keeper.wait(lambda: keeper.of("recorder.opened")[1:])
        assert holders() == set()


def test_a_vault_key_that_nobody_signed_is_recorded_with_by_no_recorder(box: Box) -> None:
    box.put_in_force(testcard("01"))
    Path(box.layout.boot, "vault.pub").write_bytes(Path(box.layout.boot, "vault.pub").read_bytes()[::-1])
    with RunningRecorder(box) as recorder:
        assert recorder.process.wait(120) != 0
    assert "vault.pub: the keeper of this office did not sign it" in recorder.log
    assert list(box.open.iterdir()) == []


def test_a_keeper_that_names_another_vault_key_ends_the_recorder(box: Box, keeper: StandInKeeper) -> None:
    """A signature that was planted along with the key deceives a start; then the keeper says so."""
    keeper.errors["recorder.allocate"] = VaultMismatch("vault.pub: the ledger does not name it")
    box.put_in_force(testcard("01"))
    with RunningRecorder(box) as recorder:
        assert recorder.process.wait(120) != 0
    assert "vault.pub: the ledger does not name it" in recorder.log
