"""An office as it is installed: four processes as four users, over files that ``appliance owners`` gave them.

The users are in a mount namespace of the test's own: this machine has none of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.box import make_box, testcard

pytestmark = pytest.mark.root

ROOT = Path(__file__).parents[2]
GROUP = 60_800
PASSWD = "".join(
    f"or-{role}:x:{60_801 + number}:{GROUP}::/nonexistent:/usr/sbin/nologin\n"
    for number, role in enumerate(("keeper", "recorder", "web", "darkroom"))
)


def _closed_to_others() -> str:
    """The folder above this checkout or its Python that other users may not pass, "" for none."""
    above = [*ROOT.parents, *Path(sys.executable).absolute().parents]
    return next((str(each) for each in above if not each.stat().st_mode & 0o001), "")


@pytest.mark.skipif(bool(_closed_to_others()), reason=f"other users may not pass {_closed_to_others()}")
def test_four_users_record_close_a_bucket_and_speak_for_nobody_else(tmp_path: Path) -> None:
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_mode & 0o005 != 0o005 and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    with make_box(tmp_path / "office", [testcard("01")]) as box:
        (tmp_path / "passwd").write_text(Path("/etc/passwd").read_text(encoding="utf-8") + PASSWD, encoding="utf-8")
        (tmp_path / "group").write_text(
            Path("/etc/group").read_text(encoding="utf-8") + f"or:x:{GROUP}:\n", encoding="utf-8"
        )
        run = Path(box.settings.layout.run)
        run.mkdir(exist_ok=True)
        os.chown(run, 0, GROUP)
        run.chmod(0o770)
        Path(box.settings_path).chmod(0o644)
        script = Path(__file__).with_name("four_users.sh")
        done = subprocess.run(
            ["unshare", "--mount", "bash", str(script), sys.executable, str(tmp_path), box.settings_path, str(run)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    said = done.stdout.splitlines()
    assert "given twice: 0 files and folders changed their owner or mode" in said
    assert "recorded: live" in said
    assert "closed: 1 in the ring, 0 in open" in said
    assert "verified: all good" in said
    for role, verb, answer in (
        ("recorder", "office", "Refused"),
        ("recorder", "login", "Refused"),
        ("recorder", "recorder.gap", "Broken"),
        ("web", "office", "ok"),
        ("web", "status", "NotLoggedIn"),
        ("web", "recorder.gap", "Refused"),
        ("web", "verify", "Refused"),
        ("darkroom", "office", "Refused"),
        ("darkroom", "recorder.gap", "Refused"),
        ("keeper", "office", "ok"),
        ("keeper", "login", "Refused"),
    ):
        assert f"{role} asked {verb}: {answer}" in said
