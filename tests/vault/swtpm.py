"""A TPM 2.0 for tests: swtpm, a program that is one, on a socket of its own."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from appliance.core.settings import StorageSettings
from appliance.vault.keys.tpm import Tpm
from tests.box import until

__all__ = ["SoftwareTpm", "running_tpm"]


class SoftwareTpm:
    """One TPM's state and, while it runs, the process. ``unplug`` and ``plug_in`` end and start it; its cells stay."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        (directory / "state").mkdir()
        self.plug_in()

    @property
    def tcti(self) -> str:
        return f"swtpm:path={self.directory}/sock"

    @property
    def tpm(self) -> Tpm:
        return Tpm(self.tcti)

    @property
    def storage(self) -> StorageSettings:
        return StorageSettings(anchor="tpm", tpm=self.tcti)

    def remnants(self) -> bytes:
        """All bytes of its state, which a chip would not show."""
        return b"".join(path.read_bytes() for path in (self.directory / "state").iterdir())

    def plug_in(self) -> None:
        """Powers it on. (The TCTI looks for the control socket beside the other, under this very name.)"""
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory}/state"]
        command += ["--server", f"type=unixio,path={self.directory}/sock"]
        command += ["--ctrl", f"type=unixio,path={self.directory}/sock.ctrl"]
        command += ["--flags", "not-need-init,startup-clear"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: not self.tpm.why_not(), seconds=5, what="swtpm")

    def unplug(self) -> None:
        """Cuts its power: nothing is shut down in order."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(60)
            self._process = None
        for name in ("sock", "sock.ctrl"):
            (self.directory / name).unlink(missing_ok=True)

    def hang(self) -> None:
        """It is there and answers nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def replace(self) -> None:
        """Another chip in its place, of which nothing is defined."""
        self.unplug()
        for path in (self.directory / "state").iterdir():
            path.unlink()
        self.plug_in()


@contextlib.contextmanager
def running_tpm() -> Iterator[SoftwareTpm]:
    """A new TPM; gone at the end. (A socket's path is at most 107 bytes, so it has a short directory.)"""
    directory = Path(tempfile.mkdtemp(prefix="tpm"))
    made = None
    try:
        made = SoftwareTpm(directory)
        yield made
    finally:
        if made is not None:
            made.unplug()
        shutil.rmtree(directory)
