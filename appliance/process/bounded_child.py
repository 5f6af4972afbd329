"""A program that is run for one answer: bounded in time and in what it may say, for whoever may have taken it over."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Done", "run_bounded"]

_MOST_ERRORS = 16 << 10


class Done(NamedTuple):
    """How a program ended and what it wrote; ``errors``: the end of it."""

    status: int
    output: bytes
    errors: str


def run_bounded(command: Sequence[str], said: bytes, seconds: float, most_bytes: int) -> Done | None:
    """Runs ``command`` with ``said`` (less than a pipe holds, 64 KiB) as its input. None where it did not end within
    ``seconds``, wrote more than ``most_bytes`` or could not be started: it is killed then. Blocking."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, close_fds=True
        )
    except OSError:
        return None
    with process:
        try:
            return _heard(process, said, time.monotonic() + seconds, most_bytes)
        finally:
            if process.poll() is None:
                process.kill()


def _heard(process: subprocess.Popen[bytes], said: bytes, end: float, most_bytes: int) -> Done | None:
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    if stdin is None or stdout is None or stderr is None:
        return None
    with contextlib.suppress(OSError):  # it ended before it read; why, it says itself
        stdin.write(said)
        stdin.close()
    output, errors = bytearray(), bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(stdout, selectors.EVENT_READ, output)
        waiting.register(stderr, selectors.EVENT_READ, errors)
        while waiting.get_map():
            ready = waiting.select(max(0.0, end - time.monotonic()))
            if not ready:
                return None
            for key, _ in ready:
                part = os.read(key.fd, 1 << 16)
                key.data.extend(part)
                if not part:
                    waiting.unregister(key.fileobj)
            if len(output) > most_bytes:
                return None
            del errors[:-_MOST_ERRORS]
    try:
        status = process.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None
    return Done(status, bytes(output), errors.decode(errors="replace"))
