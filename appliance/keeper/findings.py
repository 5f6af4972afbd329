"""Findings: what is wrong now. Opening one and clearing it are ledger entries, so they outlive every process.

A finding is opened once, however often its cause is seen, and cleared once; a flood of one cause is one entry.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from appliance.errors import NotWritable
from appliance.ledger.log import Ledger

__all__ = ["Finding", "Findings"]


class Finding(NamedTuple):
    """``key`` names the cause, ``box`` whose box of the inspection log it belongs to: picture, sound or storage."""

    key: str
    box: str
    text: str
    since_ns: int


class Findings:
    """The open findings, rebuilt from the ledger at start. Thread-safe. A full disk loses none: it is kept in memory
    and entered when the ledger takes it."""

    def __init__(self, ledger: Ledger, say: Callable[[str], None]) -> None:
        self._ledger, self._say = ledger, say
        self._open: dict[str, Finding] = {}
        self._lock = threading.Lock()
        for entry in ledger.entries():
            if entry.kind == "finding.opened":
                text, box = str(entry.fields.get("text", "")), str(entry.fields.get("box", "storage"))
                self._open[entry.fields["finding"]] = Finding(entry.fields["finding"], box, text, entry.at_ns)
            elif entry.kind == "finding.cleared":
                self._open.pop(entry.fields["finding"], None)

    def open(self, key: str, box: str, text: str) -> None:
        """Something is wrong. A finding that is open already stays as it is."""
        with self._lock:
            if key in self._open:
                return
            self._say(f"finding {key}: {text}")
            try:
                entry = self._ledger.append("finding.opened", {"finding": key, "box": box, "text": text})
            except NotWritable as error:
                self._say(f"finding {key}: not entered ({error})")
                return
            self._open[key] = Finding(key, box, text, entry.at_ns)

    def clear(self, key: str) -> None:
        """It is well again. Nothing happens when it was not open."""
        with self._lock:
            if key not in self._open:
                return
            self._say(f"finding {key}: over")
            try:
                self._ledger.append("finding.cleared", {"finding": key})
            except NotWritable as error:
                self._say(f"finding {key}: its end is not entered ({error})")
                return
            del self._open[key]

    def set(self, key: str, box: str, text: str) -> None:
        """Opens the finding with a text, clears it with an empty one."""
        if text:
            self.open(key, box, text)
        else:
            self.clear(key)

    def is_open(self, key: str) -> bool:
        with self._lock:
            return key in self._open

    def all(self) -> list[Finding]:
        with self._lock:
            return sorted(self._open.values(), key=lambda finding: finding.since_ns)
