"""Camera addresses on the command line. They hold passwords, and a command line is read by everybody on the machine.

An address from standard input (``--camera -``) is seen by nobody. One that was typed is taken off the list of processes
at once: the command starts itself again in the same process, with the addresses on standard input.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from appliance.core.errors import UsageError

__all__ = ["FROM_INPUT", "camera_addresses", "off_the_command_line"]

FROM_INPUT = "-"
_MAX_BYTES = 1 << 20
_PIPE_BYTES = 60_000
"""A little less than the 64 KiB that a pipe holds without a reader (pipe(7))."""


def camera_addresses(cameras: Sequence[str], source: TextIO, say: Callable[[str], None]) -> list[str]:
    """``cameras`` with ``-`` replaced by what ``source`` has: one address a line, empty lines and ``#`` lines left out.

    Raises UsageError when ``-`` is given twice, or the source has none or is no text.
    """
    if FROM_INPUT not in cameras:
        return list(cameras)
    if cameras.count(FROM_INPUT) > 1:
        raise UsageError("--camera -: is given twice; standard input is read once")
    if source.isatty():
        say("camera addresses, one a line; end with Ctrl-D")
    try:
        lines = [line.strip() for line in source.read(_MAX_BYTES).splitlines()]
    except UnicodeDecodeError as error:
        raise UsageError("--camera -: standard input is no text in UTF-8; give one address a line") from error
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise UsageError("--camera -: standard input has no address; give one a line")
    at = cameras.index(FROM_INPUT)
    return [*cameras[:at], *found, *cameras[at + 1 :]]


def off_the_command_line(
    typed: Sequence[str],
    addresses: Sequence[str],
    arguments: Sequence[str],
    *,
    execute: Callable[[str, list[str]], object] = os.execv,
) -> None:
    """Starts ``appliance ARGUMENTS --camera -`` in this process's place, with ``addresses`` on its standard input.

    Returns only when nothing ``typed`` can hold a password. ``arguments`` have none. Process id and terminal stay; the
    addresses are in a pipe, which is empty once it was read. Raises UsageError for more than a pipe takes.
    """
    if not any("://" in address for address in typed):
        return
    data = "".join(f"{address}\n" for address in addresses).encode(errors="surrogateescape")
    if len(data) > _PIPE_BYTES:
        raise UsageError(f"--camera: the addresses come to {len(data)} bytes; give them on standard input, --camera -")
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    os.dup2(read, 0)
    os.close(read)
    execute(sys.executable, [sys.executable, "-P", "-m", "appliance", *arguments, "--camera", FROM_INPUT])
