"""Findings: what is wrong now. Opening one and clearing it are ledger entries, so they outlive every process.

A finding is opened once, however often its cause is seen, and cleared once; a flood of one cause is one entry.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from appliance.core.clock import local_time
from appliance.core.errors import NotWritable
from appliance.core.messages import CodedMessage, Said, from_map
from appliance.keeper.budgets import Budget
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.storage.files import Fs, read_own, write_atomic

__all__ = ["Finding", "Findings"]


_MOST_OPEN = 5_000
MANY = "findings-many"
"""Stands while so many findings stand that no further one is entered."""
_FLAPS, _FLAP_NS = 20, 600 * 1_000_000_000
"""So often a cause may come and go at once, and once more every ten minutes; past that it stays open."""

_MOST_WAITING_BYTES = 16 << 20
_REMEMBERED_NS = 100 * 86_400 * 1_000_000_000
_MOST_OVER = 20_000


class Finding(NamedTuple):
    """``key`` names the cause, ``box`` whose box of the inspection log it belongs to: picture, sound or storage.
    ``ended``: why it is over where it did not get well, a code."""

    key: str
    box: str
    text: Said
    since_ns: int
    ended: str = ""


class Findings:
    """The open findings, rebuilt from the ledger at start. Thread-safe.

    What the ledger does not take is shown all the same, waits in ``waiting_path`` (in memory, under ``/run``) for a
    keeper that is started anew, and is entered with the time it began as soon as the ledger takes it.
    """

    def __init__(
        self, ledger: Ledger, say: Callable[[str], None], waiting_path: str, fs: Fs, now_ns: Callable[[], int]
    ) -> None:
        self._ledger, self._say, self._path, self._fs, self._now_ns = ledger, say, waiting_path, fs, now_ns
        self._open: dict[str, Finding] = {}
        self._waiting: dict[str, Finding] = {}
        self._flaps: dict[str, Budget] = {}
        self._over: list[tuple[Finding, int]] = []
        self._forgotten_ns = 0
        self._lock = threading.Lock()
        for entry in ledger.findings():
            if entry.kind == "finding.opened":
                self._open[entry.fields["finding"]] = _opened(entry)
            else:
                self._end(entry.fields["finding"], entry.at_ns, str(entry.fields.get("why", "")))
        for waiting in self._left():
            self.open(waiting.key, waiting.box, waiting.text, since_ns=waiting.since_ns)

    def open(self, key: str, box: str, text: Said, *, since_ns: int = 0) -> None:
        """Something is wrong, since now or an earlier instant. A finding that is open already stays as it is."""
        with self._lock:
            if key in self._open:
                return
            if len(self._open) + len(self._waiting) >= _MOST_OPEN and key not in self._waiting:
                self._say(f"finding {key}: not entered, {_MOST_OPEN} stand already: {text}")
                box, text, since_ns = "storage", f"{_MOST_OPEN} findings stand; no further one is entered", 0
                if MANY in self._open or MANY in self._waiting:
                    return
                key = MANY
            if key in self._waiting:
                box, text, since_ns = self._waiting[key][1:4]
            else:
                self._say(f"finding {key}: {text}")
            try:
                entry = self._ledger.append("finding.opened", {"finding": key, "box": box} | _said(text, since_ns))
            except NotWritable as error:
                if key not in self._waiting:
                    self._say(f"finding {key}: not entered ({error})")
                    self._waiting[key] = Finding(key, box, text, since_ns or self._now_ns())
                    self._keep_waiting()
                return
            self._open[key] = Finding(key, box, text, since_ns or entry.at_ns)
            if self._waiting.pop(key, None):
                self._keep_waiting()

    def clear(self, key: str, *, why: str = "") -> None:
        """It is well again, or over for the reason ``why``, a code. Nothing happens when it was not open; one that
        waits is entered first, and cleared then. One that came and went too often stays open for a while."""
        with self._lock:
            if key not in self._open or not self._may_go(key):
                return
            self._say(f"finding {key}: over")
            try:
                entry = self._ledger.append("finding.cleared", {"finding": key} | ({"why": why} if why else {}))
            except NotWritable as error:
                self._say(f"finding {key}: its end is not entered ({error})")
                return
            self._end(key, entry.at_ns, why)

    def _may_go(self, key: str) -> bool:
        """Each coming and going is two entries of a ledger that only grows."""
        if len(self._flaps) >= _MOST_OPEN:
            self._flaps.clear()
        return self._flaps.setdefault(key, Budget(self._now_ns, _FLAPS, _FLAP_NS)).take()

    def set(self, key: str, box: str, text: Said) -> None:
        """Opens the finding with a text, clears it with an empty one."""
        if text:
            self.open(key, box, text)
        else:
            self.clear(key)

    def stood(self, start_ns: int, end_ns: int) -> list[tuple[Finding, int]]:
        """The findings that stood at some moment from ``start_ns`` to ``end_ns``, each with when it was over (0: it
        stands), the oldest first. What was over before those that are remembered is read from the ledger again."""
        with self._lock:
            now = [(finding, 0) for finding in (*self._open.values(), *self._waiting.values())]
            over = self._over if start_ns >= self._forgotten_ns else _over_in(self._ledger)
            past = [(finding, over_ns) for finding, over_ns in over if over_ns > start_ns]
        return sorted((each for each in (*past, *now) if each[0].since_ns < end_ns), key=lambda each: each[0].since_ns)

    def is_open(self, key: str) -> bool:
        with self._lock:
            return key in self._open

    def all(self) -> list[Finding]:
        with self._lock:
            return sorted([*self._open.values(), *self._waiting.values()], key=lambda finding: finding.since_ns)

    def _end(self, key: str, over_ns: int, why: str) -> None:
        finding = self._open.pop(key, None)
        if finding is not None:
            self._over.append((finding._replace(ended=why), over_ns))
        if len(self._over) > _MOST_OVER or (self._over and self._over[0][1] < over_ns - _REMEMBERED_NS):
            newest, first_ns = self._over[-_MOST_OVER:], over_ns - _REMEMBERED_NS
            gone = [*self._over[:-_MOST_OVER], *(each for each in newest if each[1] < first_ns)]
            self._forgotten_ns = max(self._forgotten_ns, *(ended_ns for _, ended_ns in gone))
            self._over = [each for each in newest if each[1] >= first_ns]

    # --- what waits for the ledger ---

    def _keep_waiting(self) -> None:
        with contextlib.suppress(NotWritable):
            write_atomic(self._fs, self._path, msgspec.json.encode(list(self._waiting.values())))

    def _left(self) -> list[Finding]:
        try:
            data, _ = read_own(self._path, _MOST_WAITING_BYTES)  # web and others can write in that folder
            left = msgspec.json.decode(data, type=list[Finding])
        except (OSError, msgspec.MsgspecError):
            return []
        with contextlib.suppress(OSError):
            self._fs.unlink(self._path)
        return left


def _said(text: Said, since_ns: int) -> dict[str, Any]:
    """What an entry says: a coded message as its code and parameters; ``since_ns`` where it began before the entry."""
    if isinstance(text, CodedMessage):
        return {"message": text.as_map()} | ({"since_ns": since_ns} if since_ns else {})
    return {"text": text + (f" (since {local_time(since_ns):%Y-%m-%d %H:%M:%S})" if since_ns else "")}


def _opened(entry: Entry) -> Finding:
    fields = entry.fields
    said = from_map(fields.get("message")) or str(fields.get("text", ""))
    return Finding(str(fields["finding"]), str(fields.get("box", "storage")), said, entry.at_ns)


def _over_in(ledger: Ledger) -> list[tuple[Finding, int]]:
    """Every finding that was ever over, with when, as the ledger has them."""
    standing, over = dict[str, Finding](), list[tuple[Finding, int]]()
    for entry in ledger.findings():
        if entry.kind == "finding.opened":
            standing[entry.fields["finding"]] = _opened(entry)
        elif (found := standing.pop(entry.fields["finding"], None)) is not None:
            over.append((found._replace(ended=str(entry.fields.get("why", ""))), entry.at_ns))
    return over
