"""Faults of disks, played on real mounts under a recording office: each is a finding, destroys nothing, and is over
without anybody's doing once the disk is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core.errors import RecorderError
from appliance.storage.files import RealFs
from appliance.storage.footage_disk import DiskLabel, write_label
from tests.box import until
from tests.faults.ext4 import Ext4, ext4_on_loop
from tests.faults.failing_disk import failing_disk
from tests.faults.storage import LaunchedBox, StorageTrial, launched, web_answers
from tests.footage import film_past

pytestmark = pytest.mark.root

_DAY_NS = 86_400 * 10**9


def _another_office(disk: Ext4) -> dict[str, bytes]:
    """What lies on the footage disk of somebody else."""
    write_label(RealFs(), str(disk.path), DiskLabel(appliance="ab" * 16, ring="cd" * 16))
    for name in ("open", "ring", "ring/00"):
        (disk.path / name).mkdir()
    (disk.path / "ring/00" / f"{'00' * 16}.0000.seg").write_bytes(b"theirs" * 1000)
    return _files(disk.path)


def _files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_footage_disk_that_fails_stops_writing_goes_away_or_is_exchanged(tmp_path: Path) -> None:
    with (
        failing_disk(tmp_path / "disk") as disk,
        ext4_on_loop(tmp_path / "other", 16) as other,
        launched(tmp_path / "office", disk.path) as box,
    ):
        trial = StorageTrial(box, tmp_path)
        theirs = _another_office(other)

        with trial.during("failed writes", disk.switch, within=12):
            disk.switch(write=True)
            assert "what was written since the one before is lost" in box.finding("disk-sync")
            assert web_answers(box)

        with trial.during("read-only", disk.mount_anew, within=12):
            disk.read_only()
            assert "Read-only file system" in box.finding("disk-write")
            assert "the camera sends" in box.finding("camera-01")

        def put_back() -> None:
            disk.vanish()
            disk.mount()

        with trial.during("vanished and exchanged", put_back, within=12):
            disk.vanish()
            assert "nothing or an empty disk is mounted there" in box.finding("disk-missing")
            assert list(disk.path.iterdir()) == []
            disk.put_in(other.loop)
            assert "another office's recorder (abababab)" in box.finding("disk-foreign")
            assert web_answers(box)
            assert box.camera("01")["state"] == "lost"
        assert _files(other.path) == theirs

        until(lambda: not _disk_findings(box, "missing", "foreign"), what="the end of what is over")
        assert {each["finding"] for each in box.entries("finding.opened")} >= {
            "disk-sync", "disk-write", "disk-missing", "disk-foreign", "camera-01", "camera-02",
        }  # fmt: skip
        wrong = trial.stop_and_judge()
        print(trial.resumed, trial.trial)
        assert wrong == [], box.logs()


def _disk_findings(box: LaunchedBox, *kinds: str) -> list[str]:
    return [key for key in box.findings() if key in {f"disk-{kind}" for kind in kinds}]


def test_a_disk_that_is_slow_and_then_does_not_read(tmp_path: Path) -> None:
    with failing_disk(tmp_path / "disk") as disk, launched(tmp_path / "office", disk.path) as box:
        disk.switch(flush_seconds=0.6)
        assert "over 0.3 s a power cut costs more than 2 s" in box.finding("disk-slow")
        disk.switch()
        filmed = film_past(box, "01", box.made_ns - _DAY_NS, 1.5)
        bucket = filmed.buckets[0]
        path = Path(box.settings.layout.ring, bucket[:2], f"{bucket}.0000.seg")
        assert box.verified()["ok"]
        disk.forget_cache(path)
        disk.switch(read=True)
        (bad,) = box.verified()["ring"]["bad"]
        assert bad == {"what": "unreadable", "count": 1}
        assert "is unreadable; lost " in box.finding(f"damage-{bucket}-0")
        disk.switch()
        assert box.verified()["ok"]


def test_an_office_whose_only_disk_fails_goes_on_and_its_keeper_starts_anew(tmp_path: Path) -> None:
    with failing_disk(tmp_path / "disk", 128) as disk, launched(disk.path) as box:
        trial = StorageTrial(box, tmp_path)
        with trial.during("failed writes", disk.switch, within=20):
            disk.switch(write=True)
            said = box.finding("journal-failed")
            assert "until the keeper has restarted" in said
            assert web_answers(box)
        until(lambda: _over(box, "journal-failed"), seconds=20, what="a keeper that writes again")
        entered = [each["text"] for each in box.entries("finding.opened") if each["finding"] == "journal-failed"]
        assert len(entered) == 1
        assert "(since 20" in entered[0]
        wrong = trial.stop_and_judge()
        print(trial.resumed, trial.trial)
        assert wrong == [], box.logs()


def _over(box: LaunchedBox, key: str) -> bool:
    """Whether the keeper answers, and has cleared the finding."""
    try:
        return key not in {str(each["key"]) for each in box.status()["findings"]}
    except RecorderError:
        return False
