"""A lock in a folder where others can write: whatever they put there, nothing of anybody's changes by taking it."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.core.errors import Unavailable
from appliance.process.lock import only_one

OTHER = 60_803
root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users, which root can")


def _held_by(path: Path) -> str:
    with only_one(str(path), "x"):
        found = path.lstat()
        assert stat.S_ISREG(found.st_mode)
        assert stat.S_IMODE(found.st_mode) == 0o600
        return path.read_text(encoding="ascii").strip()


def test_it_is_held_by_one_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert _held_by(path) == str(os.getpid())
    program = (
        f"from appliance.process.lock import only_one\nwith only_one({str(path)!r}, 'x'): print(1, flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"1\n"
        with pytest.raises(Unavailable, match=f"process {other.pid} has it open"), only_one(str(path), "the cameras"):
            pass
        other.communicate(b"\n")
    assert _held_by(path) == str(os.getpid())


@pytest.mark.parametrize("kind", ["link", "dangling link", "second name", "fifo"])
def test_what_others_put_in_its_place_is_taken_away_and_not_followed(kind: str, tmp_path: Path) -> None:
    path, precious = tmp_path / "recorder.lock", tmp_path / "precious"
    precious.write_text("evidence", encoding="ascii")
    precious.chmod(0o640)
    if kind == "link":
        path.symlink_to(precious)
    elif kind == "dangling link":
        path.symlink_to(tmp_path / "none")
    elif kind == "second name":
        path.hardlink_to(precious)
    else:
        os.mkfifo(path)
    assert _held_by(path) == str(os.getpid())
    assert precious.read_text(encoding="ascii") == "evidence"
    assert stat.S_IMODE(precious.stat().st_mode) == 0o640
    assert not (tmp_path / "none").exists()


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(Unavailable, match="cannot be taken as its lock"), only_one(str(tmp_path / "lock"), "x"):
        pass


@root
def test_nobody_else_holds_it_by_a_file_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("wb") as theirs:
        os.fchown(theirs.fileno(), OTHER, -1)
        fcntl.flock(theirs, fcntl.LOCK_EX)
        assert _held_by(path) == str(os.getpid())
        assert path.stat().st_uid == os.geteuid()


@root
def test_root_takes_it_in_the_name_of_whose_process_it_is(tmp_path: Path) -> None:
    """Else the process could not open its own lock after root had it."""
    place, path = tmp_path / "open", tmp_path / "lock"
    place.mkdir()
    os.chown(place, OTHER, -1)
    for _ in range(2):
        with only_one(str(path), "x", place=str(place)):
            assert path.stat().st_uid == OTHER
            before = path.stat().st_ino
    with path.open("rb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        with pytest.raises(Unavailable), only_one(str(path), "x", place=str(place)):
            pass
    assert path.stat().st_ino == before, "it is never taken away from its own user"


@root
def test_another_user_takes_nobodys_lock_away(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with only_one(str(path), "x"):
        before = path.stat().st_ino
        for folder in (tmp_path, *tmp_path.parents):
            folder.chmod(folder.stat().st_mode | 0o001) if folder != Path("/") else None
        tmp_path.chmod(0o777)
        program = (
            f"import os\nfrom appliance.process.lock import only_one\nos.setresuid({OTHER}, {OTHER}, {OTHER})\n"
            f"with only_one({str(path)!r}, 'x'): pass"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
        assert "PermissionError" in done.stderr
    assert path.stat().st_ino == before
