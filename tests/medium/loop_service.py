"""The medium's service over loop devices, for tests: ``python -m tests.medium.loop_service SOCKET SERIAL=DEVICE …``.

It is the product's service with another source of sticks. No setting and no argument of the product leads here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from appliance.core.errors import NotFound, Unavailable
from appliance.medium.block import BlockDevice, open_exclusively
from appliance.medium.client import MediumClient
from appliance.medium.service import run_medium
from appliance.protocol.medium import Stick
from appliance.protocol.transport import listen
from tests.box import until

__all__ = ["LoopSticks", "children", "medium_service"]

ROOT = Path(__file__).parents[2]


class LoopSticks:
    """Sticks by their serial numbers, each a block device."""

    def __init__(self, devices: Mapping[str, str]) -> None:
        self._devices = dict(devices)

    def listed(self) -> list[Stick]:
        return [self._stick(serial) for serial in sorted(self._devices)]

    def open(self, serial: str, *, write: bool) -> tuple[Stick, BlockDevice]:
        if serial not in self._devices:
            raise NotFound.of("medium-none", serial=serial)
        path = self._devices[serial]
        return self._stick(serial), open_exclusively(path, os.stat(path).st_rdev, write=write)

    def _stick(self, serial: str) -> Stick:
        block = Path("/sys/block", Path(self._devices[serial]).name)
        return Stick(
            serial=serial,
            maker="Loop",
            model=block.name,
            bytes=int((block / "size").read_text()) * 512,
            seq=int((block / "diskseq").read_text()),
            protected=(block / "ro").read_text().strip() == "1",
        )


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Of a service; one that ended counts until the service has seen it."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def _answers(path: str) -> bool:
    """Whether somebody listens there already: the socket is there a moment before."""
    with contextlib.suppress(Unavailable):
        MediumClient(path).sticks()
        return True
    return False


@contextlib.contextmanager
def medium_service(folder: Path, devices: Mapping[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service in a process of its own: (its socket, the process). What it wrote to its log is in ``medium.log``."""
    path = str(folder / "medium.sock")
    words = [sys.executable, "-P", "-m", "tests.medium.loop_service", path]
    words += [f"{serial}={device}" for serial, device in devices.items()]
    with (folder / "medium.log").open("wb") as log:
        process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=log)
    try:
        until(lambda: _answers(path), what="the medium's service")
        until(lambda: not children(process), what="the end of the child that answered")
        yield path, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


if __name__ == "__main__":
    run_medium(
        listen(sys.argv[1]),
        LoopSticks(dict(words.split("=", 1) for words in sys.argv[2:])),
        uids=[os.geteuid()],
    )
