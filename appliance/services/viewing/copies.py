"""Viewing copies (閱覽用複本, 七(三), D-07): the living ones with their keys, the files they are in, and their end.

A copy is made for one viewing of an agency's case, in the segment format under a key of its own, which lives in the
memory of this keeper alone: whatever ends the keeper ends every copy. An end comes in the order: key, grants, files,
entry. It is entered once nothing of the copy lies on the disk any more, and tried again until then.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import NotFound, NotWritable, RecorderError
from appliance.core.messages import Said
from appliance.core.model import Span
from appliance.formats.sealing import KEY_BYTES, wipe
from appliance.formats.segment_files import segment_name
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.copies import CopyEnd
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.ranges import Scope
from appliance.services.viewing.timeline import CameraTimeline
from appliance.storage.files import Fs
from appliance.vault.ring.ring import Stretch

__all__ = ["METHOD", "CopyFiles", "CopyStore", "Made", "ViewingCopy"]

METHOD = "key wiped, files unlinked"
"""How a copy is destroyed (附件4)."""


class CopyFiles:
    """The segment files of copies in their folder. Blocking and thread-safe."""

    def __init__(self, fs: Fs, directory: str) -> None:
        self.fs, self.directory = fs, directory

    def path(self, copy_id: str, number: int) -> str:
        return os.path.join(self.directory, segment_name(copy_id, number))

    def size(self, bucket_id: str, number: int) -> int:
        try:
            return self.fs.size(self.path(bucket_id, number))
        except FileNotFoundError:
            raise NotFound.of("file-none", file=segment_name(bucket_id, number)) from None

    def read_at(self, bucket_id: str, number: int, offset: int, size: int) -> bytes:
        try:
            return self.fs.read_at(self.path(bucket_id, number), offset, size)
        except FileNotFoundError:
            raise NotFound.of("file-none", file=segment_name(bucket_id, number)) from None

    def names(self, of: str = "") -> list[str]:
        """What lies there, of one copy or of any. Raises OSError."""
        try:
            return [name for name in self.fs.list_dir(self.directory) if name.startswith(of)]
        except FileNotFoundError:
            return []

    def make_folder(self) -> None:
        """Raises NotWritable."""
        try:
            if not self.fs.exists(self.directory):
                self.fs.make_dir(self.directory)
                self.fs.sync_dir(os.path.dirname(self.directory))
        except OSError as error:
            raise NotWritable.of("folder-closed", folder=self.directory, why=error.strerror) from error

    def sync(self) -> None:
        """Their names are durable. Raises OSError."""
        self.fs.sync_dir(self.directory)

    def unlink(self, of: str = "") -> int:
        """Removes the files of one copy, or all, durably, and looks whether they are gone; how many there were.

        Raises NotWritable.
        """
        try:
            names = self.names(of)
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    self.fs.unlink(os.path.join(self.directory, name))
            if names:
                self.fs.sync_dir(self.directory)
            left = self.names(of)
        except OSError as error:
            raise NotWritable.of("copy-files-stay", folder=self.directory, why=error.strerror) from error
        if left:
            raise NotWritable.of("copy-files-stay", folder=self.directory, why=left[0])
        return len(names)


class Made(NamedTuple):
    """A copy as it was written. ``sha256``: over the hashes of its files in their order."""

    stretches: Mapping[str, list[Stretch]]
    timelines: Mapping[str, CameraTimeline]
    files: int
    bytes: int
    sha256: str


@dataclass
class ViewingCopy:
    """A copy that lives, or is in the making (``made`` is None). ``key`` is wiped at its end, in place; ``at_end`` are
    called then. ``entered``: an entry names it. ``opened``: how many grants show it now; ``left_ns``: boot time
    when the last one ended, 0 before."""

    copy_id: str
    case: str
    scopes: tuple[Scope, ...]
    on: date
    key: bytearray
    files: CopyFiles
    begun_ns: int
    made: Made | None = None
    made_ns: int = 0
    live: bool = True
    entered: bool = False
    opened: int = 0
    left_ns: int = 0
    at_end: list[Callable[[], None]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def spans(self) -> dict[str, list[Span]]:
        """The granted minutes by camera."""
        found: dict[str, list[Span]] = {}
        for scope in self.scopes:
            found.setdefault(scope.camera_no, []).append(scope.span)
        return found

    @property
    def timelines(self) -> Mapping[str, CameraTimeline]:
        return self.made.timelines if self.made else {}

    def check_live(self) -> None:
        """Raises NotFound once it has ended."""
        if not self.live:
            raise NotFound.of("copy-ended")


class CopyStore:
    """The copies of this keeper. Thread-safe. ``wrong()``: why another disk lies there than should.

    ``left`` are the copies that an earlier keeper began and nobody entered the end of; :meth:`sweep` ends them, before
    anybody is served.
    """

    def __init__(
        self,
        fs: Fs,
        directory: str,
        acts: Acts,
        ledger: Ledger,
        clock: Clock,
        random: Callable[[int], bytes],
        wrong: Callable[[], Said] = lambda: "",
    ) -> None:
        self.files, self._acts, self._ledger = CopyFiles(fs, directory), acts, ledger
        self._clock, self._random, self._wrong = clock, random, wrong
        self._copies: dict[str, ViewingCopy] = {}
        self._ending: dict[str, tuple[ViewingCopy, CopyEnd]] = {}
        self._works: dict[str, CopyWork] = {}
        self._lock = threading.RLock()
        self._swept = False
        self.left = self._left_open()

    # --- what others ask ---

    def of(self, case: str) -> ViewingCopy | None:
        """The living copy of a case that is whole."""
        with self._lock:
            found = self._copies.get(case)
        return found if found and found.made and found.live else None

    def any_of(self, case: str) -> ViewingCopy | None:
        """The copy of a case that lives or is in the making."""
        with self._lock:
            return self._copies.get(case)

    def living(self) -> list[ViewingCopy]:
        with self._lock:
            return list(self._copies.values())

    def work(self, case: str) -> CopyWork:
        """What the rules see of a case's newest copy: of a living one its scopes, of one that ended when and why."""
        with self._lock:
            found = self._copies.get(case)
            if found and found.made and found.live:
                return CopyWork(
                    scopes=found.scopes,
                    alive=True,
                    copy=found.copy_id,
                    sha256=found.made.sha256,
                    made_ns=found.made_ns,
                )
            if found or case in self.left.values():
                return CopyWork()
            return self._works.get(case, CopyWork())

    # --- making ---

    def begin(self, case: str, scopes: Iterable[Scope], on: date) -> ViewingCopy:
        """A copy that is to be made, with a key of its own. Nothing is written yet."""
        copy = ViewingCopy(
            self._random(16).hex(),
            case,
            tuple(scopes),
            on,
            bytearray(self._random(KEY_BYTES)),
            self.files,
            self._clock.boot_ns(),
        )
        with self._lock:
            self._copies[case] = copy
        return copy

    def drop(self, copy: ViewingCopy) -> None:
        """Forgets a copy of which nothing was entered and nothing written."""
        with copy.lock:
            copy.live = False
            wipe(copy.key)
        with self._lock:
            if self._copies.get(copy.case) is copy:
                del self._copies[copy.case]

    def finish(self, copy: ViewingCopy, made: Made, by: str, account: str) -> Entry:
        """Enters a copy that is whole; from here on it can be opened. ``by``: the pseudonym of who made it. Raises
        NotFound once it has ended, NotWritable."""
        with copy.lock:
            copy.check_live()
            clear = {
                "copy": copy.copy_id,
                "case": copy.case,
                "by": by,
                "sha256": made.sha256,
                "files": made.files,
                "bytes": made.bytes,
                "missing": _missing(made.timelines),
            }
            entry = self._acts.perform(f"{copy.copy_id}.made", "copy.made", clear, {"by": account}).entry
            copy.made, copy.made_ns = made, entry.at_ns
        return entry

    # --- ending ---

    def end(self, case: str, cause: CopyEnd, by: str = "system", account: str = "") -> bool:
        """Ends the copy of a case, if there is one; False for none. Durable and verified on return: its key is zeros,
        no file of it lies in the folder, and an entry says so.

        Raises NotWritable; then the key is zeros all the same, and :meth:`sweep` tries the rest again.
        """
        copy = self.any_of(case)
        if copy is None:
            return False
        with copy.lock:
            copy.live = False
            wipe(copy.key)
            closers, copy.at_end = copy.at_end, []
        with self._lock:
            self._ending.setdefault(copy.copy_id, (copy, cause))
        trouble: RecorderError | None = None
        for close in closers:
            try:
                close()
            except RecorderError as error:
                trouble = error
        self._finish_end(copy, cause, by, account)
        if trouble:
            raise trouble
        return True

    def end_all(self, cause: CopyEnd) -> None:
        """Raises NotWritable, once every key is zeros."""
        trouble: RecorderError | None = None
        for copy in self.living():
            try:
                self.end(copy.case, cause)
            except RecorderError as error:
                trouble = error
        if trouble:
            raise trouble

    def sweep(self) -> list[str]:
        """Removes what a keeper that is gone, or a disk that failed, left of copies, and enters it; the ids. To be
        called before anybody is served, and again while :attr:`waits`.

        Nothing while another disk lies there than should. Raises NotWritable.
        """
        if self._wrong():
            return []
        done = []
        for copy, cause in list(self._ending.values()):
            self._finish_end(copy, cause, "system", "")
            done.append(copy.copy_id)
        if not self._swept:
            self._unlink_strays()
        for copy_id, case in list(self.left.items()):
            self.files.unlink(copy_id)
            self._enter(copy_id, case, CopyEnd.RESTARTED, "system", "")
            del self.left[copy_id]
            done.append(copy_id)
        self._swept = True
        return done

    @property
    def waits(self) -> bool:
        """Whether something of a copy that is over may still lie on the disk."""
        return bool(self.left or self._ending or not self._swept)

    # --- inside ---

    def _unlink_strays(self) -> None:
        """Whatever lies there that is no living copy's: no key is left that opens it."""
        mine = {copy.copy_id for copy in self.living()}
        for copy_id in {name.partition(".")[0] for name in self._names()} - mine:
            self.files.unlink(copy_id)

    def _names(self) -> list[str]:
        try:
            return self.files.names()
        except OSError as error:
            raise NotWritable.of("copy-files-stay", folder=self.files.directory, why=error.strerror) from error

    def _finish_end(self, copy: ViewingCopy, cause: CopyEnd, by: str, account: str) -> None:
        with copy.lock:  # whoever still makes it looks under this lock, and writes no more
            if self._wrong():
                raise NotWritable.of("copy-files-stay", folder=self.files.directory, why=str(self._wrong()))
            self.files.unlink(copy.copy_id)
            if any(copy.key):
                raise NotWritable.of("copy-files-stay", folder=self.files.directory, why="key")
        self._enter(copy.copy_id, copy.case, cause, by, account)
        with self._lock:
            self._ending.pop(copy.copy_id, None)
            if self._copies.get(copy.case) is copy:
                del self._copies[copy.case]

    def _enter(self, copy_id: str, case: str, cause: CopyEnd, by: str, account: str) -> None:
        made = self._ledger.act(f"{copy_id}.made")
        sha256 = str(made.fields["sha256"]) if made else ""
        clear: dict[str, Any] = {
            "copy": copy_id,
            "case": case,
            "by": by,
            "cause": cause,
            "made_ns": made.at_ns if made else 0,
            "sha256": sha256,
            "method": METHOD,
            "verified": True,
        }
        sealed = {"by": account} if account else None
        entry = self._acts.perform(f"{copy_id}.end", "copy.destroyed", clear, sealed).entry
        with self._lock:
            self._works[case] = _ended(entry)

    def _left_open(self) -> dict[str, str]:
        """The copies without an end, by their ids, with their cases; and what became of the others."""
        for entry in self._ledger.acts("copy.destroyed"):
            if "cause" in entry.fields:
                self._works[str(entry.fields["case"])] = _ended(entry)
        begun = {
            str(entry.fields["copy"]): str(entry.fields["case"])
            for entry in self._ledger.acts("grant.opened")
            if entry.fields.get("purpose") == Purpose.COPY
        }
        return {copy_id: case for copy_id, case in begun.items() if self._ledger.act(f"{copy_id}.end") is None}


def _ended(entry: Entry) -> CopyWork:
    fields = entry.fields
    return CopyWork(
        destroyed=True,
        copy=str(fields["copy"]),
        sha256=str(fields["sha256"]),
        made_ns=int(fields["made_ns"]),
        ended_ns=entry.at_ns,
        cause=str(fields["cause"]),
    )


_MOST_MISSING = 40


def _missing(timelines: Mapping[str, CameraTimeline]) -> list[dict[str, Any]]:
    """What of the granted minutes the copy has not, with its cause; of very much, the longest stretches."""
    gaps = [gap for found in timelines.values() for gap in found.gaps]
    longest = sorted(gaps, key=lambda gap: gap.start_ns - gap.end_ns)[:_MOST_MISSING]
    return [
        {"camera_no": gap.camera_no, "start_ns": gap.start_ns, "end_ns": gap.end_ns, "cause": gap.cause}
        for gap in sorted(longest, key=lambda gap: (gap.camera_no, gap.start_ns))
    ]
