"""Printing: a sheet becomes a PDF in a press of its own, which may crash, hang or grow and is then gone. Blocking.

The process that serves pages starts the press and hands it HTML; it loads no font and no typesetter itself (a press
takes some 200 MiB for about a second, and gives them back).
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from appliance.core.errors import Broken, Unavailable
from appliance.core.errors import from_map as error_from_map
from appliance.papers.sheets.press import Answer, Order
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.templates import Templates

__all__ = ["Limits", "Printed", "Printer"]

_log = logging.getLogger(__name__)
_PRESS = (sys.executable, "-P", "-m", "appliance.papers.sheets.press")


class Limits(NamedTuple):
    """What one paper may take, and how many presses run at once; ``wait_seconds``: how long another one waits.
    A press ends itself after ``seconds``; one that does not is killed ``grace_seconds`` later."""

    memory_bytes: int = 512 << 20
    seconds: int = 40
    presses: int = 2
    wait_seconds: float = 30.0
    grace_seconds: float = 2.0


class Printed(NamedTuple):
    """``missing``: a finding. Characters that no font here has; the paper shows their numbers in their places."""

    pdf: bytes
    pages: int
    missing: tuple[str, ...]

    @property
    def finding(self) -> str:
        """In words; empty when every character was drawn."""
        if not self.missing:
            return ""
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in self.missing)
        return f"paper: no font here has {named}; the number stands in its place, write the character by hand"


class Printer:
    """Thread-safe. ``press``: the command that is started; another one is for tests."""

    def __init__(self, templates: Templates, limits: Limits | None = None, *, press: Sequence[str] = _PRESS) -> None:
        self._templates, self._limits, self._press = templates, limits or Limits(), press
        self._room = threading.BoundedSemaphore(self._limits.presses)
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends what is printing; nothing prints afterwards."""
        with self._lock:
            self._closed = True
            for press in self._running:
                press.kill()

    def print(self, sheet: Sheet) -> Printed:
        """Raises UsageError for a sheet that cannot be printed as it is, Unavailable when there is no press or the
        paper took too long or too much, Broken when the press died without a word."""
        order = msgspec.msgpack.encode(Order(self._templates.page(sheet.checked())))
        if not self._room.acquire(timeout=self._limits.wait_seconds):
            raise Unavailable.of("papers-crowd")
        try:
            return self._printed(sheet.code, order)
        finally:
            self._room.release()

    def _printed(self, code: str, order: bytes) -> Printed:
        limits = self._limits
        press = self._start(code)
        try:
            said, complaint = press.communicate(order, timeout=limits.seconds + limits.grace_seconds)
        except subprocess.TimeoutExpired as error:
            raise Unavailable.of("papers-slow", form=code, seconds=limits.seconds) from error
        finally:
            with self._lock:
                self._running.discard(press)
            press.kill()
            press.communicate()
        if press.returncode:
            _log.warning("press ended with %s: %s", press.returncode, complaint[-2000:].decode(errors="replace"))
            if press.returncode < 0:
                raise Unavailable.of("papers-ended", form=code, seconds=limits.seconds)
        return _read(code, said)

    def _start(self, code: str) -> subprocess.Popen[bytes]:
        limits = self._limits
        with self._lock:
            if self._closed:
                raise Unavailable.of("papers-stopped", form=code)
            try:
                press = subprocess.Popen(
                    [*self._press, str(limits.memory_bytes), str(limits.seconds)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env={**_code(), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
                )
            except OSError as error:
                raise Unavailable.of("papers-start", form=code, why=error.strerror) from error
            self._running.add(press)
            return press


def _code() -> dict[str, str]:
    """Where the product's own code is, where it is not installed: all that the press is told of the environment."""
    return {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}


def _read(code: str, said: bytes) -> Printed:
    try:
        answer = msgspec.msgpack.decode(said, type=Answer)
    except msgspec.MsgspecError as error:
        raise Broken.of("papers-silent", form=code) from error
    if answer.refused:
        raise error_from_map(answer.refused)
    if answer.unconfined:
        _log.warning("press: not all confinement holds here: %s", "; ".join(answer.unconfined))
    printed = Printed(answer.pdf, answer.pages, answer.missing)
    if printed.finding:
        _log.warning("%s", printed.finding)
    return printed
