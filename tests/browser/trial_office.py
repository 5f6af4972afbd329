"""A trial office as ``deploy/run`` starts it, in a folder of its own: its card is all that a test knows of it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from appliance.core.errors import Unavailable
from appliance.core.settings import read_settings
from appliance.protocol.transport import Client
from tests.box import until

__all__ = ["Trial", "running_trial"]

_SECOND = 1_000_000_000


class Trial(NamedTuple):
    """``printed``: when its card was there, by the monotonic clock. ``passwords``: of its people, by account."""

    folder: Path
    address: str
    authority: Path
    passwords: Mapping[str, str]
    printed: float

    def has_recorded(self, seconds: int) -> None:
        """Waits until the first camera has so much."""

        def seen() -> bool:
            client = Client(read_settings(str(self.folder / "appliance.toml")).layout.socket("keeper"))
            try:
                told = client.call("status").head
            except Unavailable:  # the command line asks so often and no oftener
                return False
            finally:
                client.close()
            first = told["cameras"][0]["earliest_ns"]
            return bool(first and told["now_ns"] - first > seconds * _SECOND)

        until(seen, what=f"{seconds} s of footage")


@contextmanager
def running_trial(folder: Path, *arguments: str) -> Iterator[Trial]:
    """Started, and stopped as by Ctrl-C on its terminal."""
    said = folder / "said.txt"
    with said.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "appliance", "run", "--or-trial", str(folder / "trial"), *arguments],
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        trial = until(lambda: _read(folder, said), what="the card of the trial")
        port = int(trial.address.rpartition(":")[2])
        until(lambda: _listens(port), what="the site of the trial")
        yield trial
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(120)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _read(folder: Path, said: Path) -> Trial | None:
    card = said.read_text(encoding="utf-8")
    if "office recorder: https" not in card:
        return None
    address, authority = re.search(r"address +(\S+)/", card), re.search(r"certificate +(\S+)", card)
    assert address
    assert authority
    passwords = dict(re.findall(r" ([a-z_]+) +((?:[a-z]{5}-){5}[a-z]{5})$", card, re.MULTILINE))
    return Trial(folder / "trial", address[1], Path(authority[1]), passwords, time.monotonic())
