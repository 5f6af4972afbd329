"""Starts and commands the RTSP server, which runs under the system's Python: see ``rtsp_server.py``."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from tests.peers.clips import clip

SYSTEM_PYTHON = "/usr/bin/python3"


class RtspServer:
    """A context manager. ``mounts`` are names of paths with the names of their clips."""

    def __init__(self, mounts: dict[str, str], *, account: str = "") -> None:
        words = [f"{mount}={clip(name).directory}" for mount, name in mounts.items()]
        option = ["--account", account] if account else []
        self.process = subprocess.Popen(
            [SYSTEM_PYTHON, str(Path(__file__).with_name("rtsp_server.py")), *option, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.port = int(json.loads(self._answer())["port"])

    def __enter__(self) -> RtspServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def url(self, mount: str, account: str = "") -> str:
        return f"rtsp://{account + '@' if account else ''}127.0.0.1:{self.port}/{mount}"

    def command(self, *words: str) -> None:
        """Sends a command and waits for its ``ok``."""
        if not self.process.stdin:
            raise RuntimeError("the server was started without a pipe")
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        answer = self._answer().strip()
        if answer != "ok":
            raise RuntimeError(f"the server answered {answer!r} to {words}")

    def freeze(self) -> None:
        """Stops the process where it is: the connections stay, nothing comes."""
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answer(self) -> str:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise RuntimeError(f"the RTSP server ended with {self.process.wait()}")
        return line
