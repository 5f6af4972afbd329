"""A person at a console: a command on a terminal of its own, read and typed to."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Console", "at_console"]


class Console:
    """``shown`` is all that came so far."""

    def __init__(self, process: subprocess.Popen[bytes], fd: int) -> None:
        self.process, self._fd = process, fd
        self.shown, self._seen = "", 0

    def until(self, pattern: str, seconds: float = 120.0) -> re.Match[str]:
        """Reads until the pattern comes in what was not looked at yet."""
        while True:
            found = re.compile(pattern, re.DOTALL).search(self.shown, self._seen)
            if found:
                self._seen = found.end()
                return found
            if not self._read(seconds):
                raise AssertionError(f"{pattern!r} did not come; the console shows:\n{self.shown}")

    def press_until(self, pattern: str) -> None:
        """Presses the enter key until the pattern comes: what is pressed before the program listens is thrown away."""
        for _ in range(100):
            self.type("")
            with contextlib.suppress(AssertionError):
                self.until(pattern, 0.3)
                return
        raise AssertionError(f"{pattern!r} did not come; the console shows:\n{self.shown}")

    def type(self, line: str) -> None:
        os.write(self._fd, f"{line}\n".encode())

    def ended(self, seconds: float = 120.0) -> int:
        """The exit status, once all is shown."""
        while self._read(seconds):
            pass
        return self.process.wait(seconds)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return False
        self.shown += data.decode(errors="replace").replace("\r", "")
        return bool(data)


@contextlib.contextmanager
def at_console(arguments: Sequence[str], env: Mapping[str, str]) -> Iterator[Console]:
    """``appliance`` with these arguments, its terminal the controlling one; gone at the end."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "appliance", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=dict(env),
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    try:
        yield Console(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
