"""Camera addresses hold passwords: they come from standard input, or leave the list of processes at once."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from appliance.cli.typed_cameras import camera_addresses, off_the_command_line
from appliance.core.errors import UsageError


def _said(line: str) -> None:
    raise AssertionError(line)


def test_a_dash_stands_for_the_lines_of_standard_input() -> None:
    given = io.StringIO("# the yard\nrtsp://u:p@h/1\n\n  /dev/video0 \n")
    assert camera_addresses(["testcard", "-", "x"], given, _said) == ["testcard", "rtsp://u:p@h/1", "/dev/video0", "x"]
    untouched = io.StringIO("rtsp://h/1\n")
    assert camera_addresses(["testcard"], untouched, _said) == ["testcard"]
    assert untouched.read() == "rtsp://h/1\n"


@pytest.mark.parametrize(
    ("cameras", "given", "message"),
    [
        (["-", "-"], b"rtsp://h/1\n", "given twice"),
        (["-"], b"# nothing\n\n", "has no address"),
        (["-"], b"\xff\xfe", "no text in UTF-8"),
    ],
)
def test_what_standard_input_cannot_be_is_said(cameras: list[str], given: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        camera_addresses(cameras, io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"), _said)


def test_what_can_hold_no_password_stays_where_it_is() -> None:
    def execute(path: str, command: list[str]) -> None:
        raise AssertionError(command)

    off_the_command_line(["testcard", "/dev/video0"], ["testcard", "/dev/video0"], ["run"], execute=execute)
    off_the_command_line(["-"], ["rtsp://u:p@h/1"], ["run"], execute=execute)


def test_typed_addresses_are_off_the_list_of_processes_before_anything_else() -> None:
    """The process keeps its id; its command line holds no address, its standard input has them once."""
    program = (
        "import json, os, sys\n"
        "from appliance.cli.typed_cameras import off_the_command_line\n"
        "def execute(path, command):\n"
        "    told = 'import json, os, sys; print(json.dumps([os.getpid(), "
        'open("/proc/self/cmdline").read(), sys.stdin.read(), sys.argv[1:]]))\'\n'
        "    os.execv(path, [path, '-c', told, *command[1:]])\n"
        "off_the_command_line(sys.argv[1:], sys.argv[1:], ['run', '--port', '9000'], execute=execute)\n"
    )
    command = [sys.executable, "-c", program, "rtsp://admin:planted@h/1", "testcard"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        out, _ = process.communicate(timeout=120)
    pid, shown, given, arguments = json.loads(out)
    assert pid == process.pid
    assert "planted" not in shown
    assert given == "rtsp://admin:planted@h/1\ntestcard\n"
    assert arguments == ["-P", "-m", "appliance", "run", "--port", "9000", "--camera", "-"]
