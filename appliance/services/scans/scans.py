"""Scans of signed papers: which there are, to what each belongs, who took it in. The keeper's own records.

Rebuilt at start from what the ledger says in clear; sealed records are read when somebody asks for their scan, so that
a start opens none of ten thousand. The files lie sealed in one folder, each under a key of its own that stands in the
sealed record of its entry and nowhere else: with that record the scan is gone (:meth:`ScanBook.destroy`). A wrong scan
is struck by a further entry and stays. A file waits as ``<id>.part`` until its entry is durable; what no entry names
was never acknowledged and goes at the next start.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Damaged, NotFound, NotWritable, RecorderError, Refused, UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.kinds import RECORD_ERASED
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.wording import checked_words
from appliance.services.people.login import Seat
from appliance.services.people.pairs import Pair
from appliance.services.scans.file import Sealed, check_sealed, read_sealed
from appliance.services.scans.record import (
    MAX_WORDS,
    SCAN_KINDS,
    STRUCK,
    TAKEN,
    Paper,
    Scan,
    checked_paper,
    clear_of,
    is_of_scans,
    taken,
)
from appliance.storage.files import Fs

__all__ = ["PART", "Paper", "Scan", "ScanBook"]

PART, _WHOLE = ".part", ".scan"
_USED = "scan.used"


class ScanBook:
    """All scans. Thread-safe. ``folder`` is theirs alone.

    Opening finishes what was interrupted. ``strays`` are files there that no entry names and no interruption explains.
    """

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        fs: Fs,
        folder: str,
        clock: Clock,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Raises NotWritable."""
        self._acts, self._ledger, self._fs, self._folder = acts, ledger, fs, folder
        self._clock, self._random = clock, random
        self._lock = threading.RLock()
        self._clear: dict[str, Scan] = {}
        self._entries: dict[str, list[int]] = {}
        self._of: dict[str, list[str]] = {}
        self._read: dict[str, Scan] = {}
        for entry in ledger.acts(*SCAN_KINDS):
            if is_of_scans(entry):
                self._note(entry)
        try:
            fs.make_dir(folder)
            fs.sync_dir(os.path.dirname(folder))
            self.strays = self._settle()
        except OSError as error:
            raise NotWritable.of("folder-closed", folder=folder, why=error.strerror) from error

    # --- reading ---

    def get(self, number: str) -> Scan:
        """Raises NotFound."""
        with self._lock:
            if number not in self._clear:
                raise NotFound.of("scan-unknown", number=number[:20])
            if number not in self._read:
                self._read[number] = self._opened(number)
            return self._read[number]

    def of(self, of: str) -> list[Scan]:
        """Those that belong to ``of``, struck ones too, in the order they were taken in."""
        with self._lock:
            return [scan for scan in map(self.get, self._of.get(clear_of(of), ())) if scan.of == of]

    def kinds_of(self, of: str) -> frozenset[str]:
        """Which kinds of papers are on file for ``of``: their scan opens, was not struck and not destroyed."""
        return frozenset(scan.kind for scan in self._on_file(of))

    def standing_for(self, of: str, number: str) -> str:
        """The scan of ``of`` that shows what this one showed: itself, also once its term is over and it was destroyed;
        of one that was struck or does not open, the newest of its kind that was taken in after that. "" for none."""
        with self._lock:
            scan = self._clear.get(number)
            if scan is None or clear_of(of) != clear_of(scan.of):
                return ""
            scan = self.get(number)
            if not (scan.struck_ns or scan.damaged):
                return number
            later = [each for each in self._on_file(of) if each.kind == scan.kind and each.index > scan.index]
            after = [each.number for each in later if each.taken_ns >= scan.struck_ns]
            return after[-1] if after else ""

    def newest(self, of: str, kind: str) -> str:
        """The number of the scan of ``kind`` that was taken in last and is on file for ``of``; "" for none."""
        return next((scan.number for scan in reversed(self._on_file(of)) if scan.kind == kind), "")

    def takers(self, of: str, kind: str) -> frozenset[str]:
        """The accounts that took in those of ``kind`` that are on file for ``of``."""
        return frozenset(scan.taken_by for scan in self._on_file(of) if scan.kind == kind)

    def _on_file(self, of: str) -> list[Scan]:
        return [scan for scan in self.of(of) if not (scan.struck_ns or scan.destroyed_ns or scan.damaged)]

    def all(self) -> list[Scan]:
        """In the order they were taken in, as their entries have them in clear: without names and words, and with as
        much of ``of`` as stands there."""
        with self._lock:
            return list(self._clear.values())

    def wrong(self, scan: Scan) -> str:
        """What is wrong with its file: ``missing``, ``unreadable``, ``altered``; "" if nothing or it was destroyed."""
        if scan.destroyed_ns:
            return ""
        wrong = check_sealed(self._fs, self._path(scan.file_id), scan.sealed.sealed_bytes, scan.sealed.sealed_sha256)
        return "" if wrong and self._clear[scan.number].destroyed_ns else wrong

    def open(self, number: str) -> Iterator[bytes]:
        """The scan's bytes in blocks, after its whole file was compared with its entry. Raises NotFound for one that
        was destroyed, Damaged for a file that is missing or altered, or a record that does not open."""
        scan = self.get(number)
        if scan.destroyed_ns:
            raise NotFound.of("scan-destroyed-3", number=number)
        sealed = self._acts.sealed(scan.index) or {}
        if wrong := self.wrong(scan):
            raise Damaged.of("scan-file-wrong", number=number, wrong=wrong)
        key = bytes.fromhex(str(sealed.get("key", "")))
        return read_sealed(self._fs, self._path(scan.file_id), scan.sealed.sealed_bytes, key, scan.file_id)

    # --- people's acts ---

    def put(
        self, act_id: str, by: Seat, paper: Paper, file_id: str, key: bytes, sealed: Sealed, seen: tuple[str, int]
    ) -> Scan:
        """Takes in the file that lies finished as ``<file_id>.part``; ``seen`` is its type and how many pages it has.
        Durable on return. A repeat of the act gives the first scan, and the second file goes.

        Raises UsageError, also for a file that the same thing has already, and NotWritable. The file is gone then, but
        for an entry of which only the next start can say whether it is durable.
        """
        with self._lock:
            try:
                repeated = self._acts.repeated(
                    act_id, TAKEN, {"paper": paper.kind, "sha256": sealed.sha256}, {"of": paper.of}
                )
                if repeated is None:
                    clear, private = self._entry(by, paper, key, sealed)
            except RecorderError:
                self.discard(file_id)
                raise
            if repeated is not None:
                self.discard(file_id)
                return self.get(str(repeated.fields["scan"]))
            clear |= {"file": file_id, "type": seen[0], "pages": seen[1]}
            scan = self._take(self._acts.perform(act_id, TAKEN, clear, private).entry)
            with contextlib.suppress(OSError):  # it is read under either name, and the next start renames it
                self._name_whole(file_id)
                self._fs.sync_dir(self._folder)
            return scan

    def _entry(self, by: Seat, paper: Paper, key: bytes, sealed: Sealed) -> tuple[dict[str, Any], dict[str, Any]]:
        """What of it stands in clear and what is sealed. Raises UsageError."""
        words = checked_paper(paper)
        for other in self.of(paper.of):
            if other.sealed.sha256 == sealed.sha256 and not other.struck_ns:
                raise UsageError.of("scan-twice", scan=other.number)
        clear = {
            "scan": self._next_number(),
            "of": clear_of(paper.of),
            "paper": paper.kind,
            **sealed._asdict(),
        }
        return clear, {**words, "by": by.person, "display": by.display, "key": key.hex()}

    def strike(self, act_id: str, by: Seat, number: str, *, reason: str) -> Scan:
        """Says by an entry that the scan is wrong; it stays. Raises UsageError, NotFound, Refused when it is struck
        already, NotWritable."""
        words = checked_words("scan", "reason", reason, most=MAX_WORDS)
        with self._lock:
            if self._acts.repeated(act_id, STRUCK, {"scan": number}, {"reason": words}):
                return self.get(number)
            scan = self.get(number)
            if scan.struck_ns:
                raise Refused.of("scan-struck", number=number)
            private = {"reason": words, "by": by.person, "display": by.display}
            return self._take(self._acts.perform(act_id, STRUCK, {"scan": number}, private).entry)

    def used(self, by: Seat, number: str, *, what: str, once: str = "") -> None:
        """Enters, before it goes out, that somebody gets it: its ``pages`` to look at, or the ``original``. With
        ``once`` further calls with the same words enter nothing. Raises NotFound, NotWritable."""
        act_id = hashlib.sha256(once.encode()).hexdigest() if once else self._random(16).hex()
        private = {"by": by.person, "display": by.display}
        self._acts.perform(act_id, _USED, {"scan": self.get(number).number, "what": what}, private)

    def destroy(self, act_id: str, pair: Pair, number: str, *, reason: str, document: str) -> Scan:
        """Destroys a scan whose term is over: its key goes with its sealed record, then the file. The entry stays, and
        another says that it was, who proposed and approved it and by which ``document``. Whether the term is over is
        asked before. Raises UsageError, NotFound, Refused when it was already, NotWritable."""
        words = {
            "reason": checked_words("scan", "reason", reason, most=MAX_WORDS),
            "document": checked_words("scan", "document", document, most=MAX_WORDS),
        }
        with self._lock:
            if self._acts.repeated(act_id, RECORD_ERASED, {"scan": number}, words):
                return self.get(number)
            scan = self.get(number)
            if scan.destroyed_ns:
                raise Refused.of("scan-destroyed", number=number)
            private = {**words, **pair.sealed()}
            scan = self._take(self._acts.erase(act_id, scan.index, {"scan": number}, private).entry)
            self.discard(scan.file_id)
            return scan

    def discard(self, file_id: str) -> None:
        """Removes a file that no entry names, or whose key is gone; what stays goes at the next start."""
        with contextlib.suppress(OSError):
            self._fs.unlink(self._path(file_id))
            self._fs.sync_dir(self._folder)

    # --- inside ---

    def _path(self, file_id: str) -> str:
        whole = os.path.join(self._folder, file_id + _WHOLE)
        return whole if self._fs.exists(whole) else os.path.join(self._folder, file_id + PART)

    def _name_whole(self, file_id: str) -> None:
        self._fs.rename(os.path.join(self._folder, file_id + PART), os.path.join(self._folder, file_id + _WHOLE))

    def _settle(self) -> list[str]:
        """Names whole what has its entry, removes what never got one and what was destroyed; the names of the rest
        that nothing explains."""
        entered = {scan.file_id: scan for scan in self._clear.values()}
        strays, changed = [], False
        for name in self._fs.list_dir(self._folder):
            stem, suffix = os.path.splitext(name)
            scan = entered.get(stem)
            if suffix == PART and scan is None:
                self._fs.unlink(os.path.join(self._folder, name))
            elif suffix == PART and scan and not scan.destroyed_ns:
                self._name_whole(stem)
            elif scan and scan.destroyed_ns:
                self._fs.unlink(os.path.join(self._folder, name))
            else:
                if scan is None or suffix != _WHOLE:
                    strays.append(name)
                continue
            changed = True
        if changed:
            self._fs.sync_dir(self._folder)
        return strays

    def _next_number(self) -> str:
        """``S115-0001``: ROC year, then a count without gaps."""
        year = local_time(self._clock.wall_ns()).year - 1911
        there = sum(1 for number in self._clear if number.startswith(f"S{year}-"))
        return f"S{year}-{there + 1:04d}"

    def _take(self, entry: Entry) -> Scan:
        """Follows one entry, just made."""
        return self.get(self._note(entry))

    def _note(self, entry: Entry) -> str:
        """Follows what one entry says in clear; the number of its scan."""
        scan = taken(entry, {}, self._clear)
        if scan.number not in self._clear:
            self._of.setdefault(clear_of(scan.of), []).append(scan.number)
        self._clear[scan.number] = scan
        self._entries.setdefault(scan.number, []).append(entry.index)
        self._read.pop(scan.number, None)
        return scan.number

    def _opened(self, number: str) -> Scan:
        """A scan with what is sealed behind its entries."""
        scans: dict[str, Scan] = {}
        for entry in map(self._ledger.entry, self._entries[number]):
            sealed: Mapping[str, Any] = {}
            damaged = ""
            try:
                sealed = self._acts.sealed_of(entry) or {}
            except Damaged as error:
                damaged = str(error)
            scans[number] = taken(entry, sealed, scans)
            if damaged and entry.kind == TAKEN:
                scans[number] = msgspec.structs.replace(scans[number], damaged=damaged)
        return scans[number]
