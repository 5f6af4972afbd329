"""The ledger: a journal of entries, the tree over them, and signed heads. ``docs/spec/ledger.md`` is the format."""

from __future__ import annotations

import os
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.clock import Clock
from appliance.core.errors import Broken, Damaged, NotFound, NotWritable, Refused
from appliance.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint, sign_note, vkey
from appliance.ledger.entry import Entry, EntryHead, check_form, decode_entry, decode_head, encode_entry
from appliance.ledger.extract import MAX_EXTRACT_BYTES, Extract, open_extract
from appliance.ledger.keys import KeyRanges, handover
from appliance.ledger.kinds import FINDINGS, GENERATIONS, LEDGER_KEY, LEDGER_RESTORED
from appliance.ledger.tree import Tree, leaf_hash
from appliance.storage.files import Fs
from appliance.storage.journal import Journal

__all__ = ["FILE_NAME", "Entry", "Ledger"]

FILE_NAME = "ledger.log"
_AT_A_TIME = 256


class Ledger:
    """The open ledger in ``directory``. One process opens it; its threads may share it.

    Opening reads every entry once, cuts a torn tail (``cut_bytes``) and checks every key change. It raises Damaged
    when anything but the tail is wrong, Broken when ``signing_key`` is not the key in force, NotWritable when the disk
    does not let it. ``next_key`` is the key that an interrupted :meth:`change_key` was to put in force.
    """

    def __init__(
        self,
        fs: Fs,
        directory: str,
        clock: Clock,
        *,
        origin: str,
        signing_key: Ed25519PrivateKey,
        next_key: Ed25519PrivateKey | None = None,
    ) -> None:
        self._clock, self._origin = clock, origin
        self._lock = threading.RLock()
        self._tree = Tree(self._leaves)
        self._keys = KeyRanges(origin)
        self._acts: dict[str, int] = {}
        self._sealed: dict[str, int] = {}
        self._kinds: dict[str, list[int]] = {}
        self._cases: dict[str, list[int]] = {}
        self._cases_of: dict[str, dict[str, None]] = {}
        self._numbers: dict[str, str] = {}
        self._doc_nos: dict[str, str] = {}
        self._formers: list[int] = []
        self._findings, self._generations = array("Q"), array("Q")
        path = os.path.join(directory, FILE_NAME)
        try:
            fs.make_dir(directory)
            fs.sync_dir(os.path.dirname(directory))
        except OSError as error:
            raise NotWritable.of("ledger-folder", directory=directory, why=error.strerror) from error
        self._journal = Journal(fs, path, visit=self._read)
        self._key = self._key_in_force(signing_key, next_key)

    def _key_in_force(self, *candidates: Ed25519PrivateKey | None) -> Ed25519PrivateKey:
        for key in filter(None, candidates):
            line = vkey(self._origin, key.public_key())
            if self._keys.in_force is None:
                self._keys = KeyRanges(self._origin, line)
            if line == self._keys.in_force:
                return key
        self._journal.close()
        raise Broken(f"ledger {self._origin}: the signing key at hand is not the one in force, {self._keys.in_force}")

    def _read(self, raw: bytes) -> None:
        """Notes one more entry that was found. Raises Damaged for what no ledger may hold, as a stand-alone verifier
        does."""
        index = self._tree.size
        head = check_form(index, raw)
        if head.act in self._acts:
            raise Damaged(f"ledger entry {index}: repeats the act of entry {self._acts[head.act]}")
        if head.kind == LEDGER_RESTORED:
            fields = decode_entry(index, raw).fields
            size, root = fields.get("size"), fields.get("root")
            if type(size) is not int or (size, root) != (index, self._tree.root().hex()):
                raise Damaged(f"ledger entry {index}: says it continues a restored ledger, but names another head")
        self._take(raw, head)

    def _take(self, raw: bytes, head: EntryHead) -> None:
        """Notes one more entry, read or just written."""
        index = self._tree.size
        if head.kind == LEDGER_KEY:
            self._keys.change(index, self._tree.root(), decode_entry(index, raw).fields)
        if head.act:
            self._acts[head.act] = index
            self._kinds.setdefault(head.kind, []).append(index)
            if head.commit:
                self._sealed[head.act] = index
            if head.case:
                self._cases.setdefault(str(head.case), []).append(index)
                self._cases_of.setdefault(head.kind, {})[str(head.case)] = None
                if head.number:
                    self._numbers[str(head.number)] = str(head.case)
                if head.doc_no:
                    self._doc_nos[head.doc_no] = str(head.case)
                if head.former is not None:
                    self._formers.append(index)
                    for other in filter(None, (head.former, head.leaves)):
                        self._cases.setdefault(other, []).append(index)
        elif head.kind in FINDINGS:
            self._findings.append(index)
        if head.kind in GENERATIONS:
            self._generations.append(index)
        self._tree.append(leaf_hash(raw))

    def _leaves(self, start: int, end: int) -> list[bytes]:
        return [leaf_hash(raw) for raw in self._journal.bodies(start, end)]

    # --- writing ---

    def append(self, kind: str, fields: Mapping[str, Any]) -> Entry:
        """Enters ``fields`` under ``kind``; durable on return. Raises NotWritable, and what :meth:`check` raises."""
        self.check(kind, fields)
        return self._append(kind, fields)

    def check(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Raises Broken for what no entry may hold (:func:`~appliance.ledger.entry.encode_entry`)."""
        if kind in (LEDGER_KEY, LEDGER_RESTORED):
            raise Broken(f"ledger entry {kind}: only its own method enters it")
        encode_entry(self._clock.wall_ns(), kind, fields)

    def _append(self, kind: str, fields: Mapping[str, Any]) -> Entry:
        with self._lock:
            raw = encode_entry(self._clock.wall_ns(), kind, fields)
            if fields.get("act") in self._acts:
                raise Broken(f"ledger entry {kind}: its act is entry {self._acts[fields['act']]} already")
            index = self._journal.append(raw)
            self._take(raw, decode_head(index, raw))
            return decode_entry(index, raw)

    def change_key(self, new_key: Ed25519PrivateKey) -> Entry:
        """Puts ``new_key`` in force by an entry that the old key vouches for.

        Make ``new_key`` durable first, and forget the old one only after this returned.
        """
        with self._lock:
            old, new = self._keys.for_size(self.size), vkey(self._origin, new_key.public_key())
            if new in self._keys.all:
                raise Refused.of("ledger-key", origin=self._origin, key=new)
            entry = self._append(LEDGER_KEY, handover(self._origin, self.size, self.root, self._key, old, new))
            self._key = new_key
            return entry

    def note_restored(self, reason: str) -> Entry:
        """Enters that everything before came from a backup, and the head it ends with; the first thing after that."""
        with self._lock:
            return self._append(LEDGER_RESTORED, {"size": self.size, "root": self.root.hex(), "reason": reason})

    @property
    def writable(self) -> bool:
        """Whether nothing has failed so far; after a failure only opening it again helps."""
        with self._lock:  # an append that is under way has not failed
            return self._journal.writable

    # --- reading ---

    @property
    def size(self) -> int:
        return self._tree.size

    @property
    def root(self) -> bytes:
        with self._lock:
            return self._tree.root()

    @property
    def cut_bytes(self) -> int:
        """Bytes of a torn entry, never acknowledged, that opening cut off."""
        return self._journal.cut_bytes

    def entry(self, index: int) -> Entry:
        """Raises NotFound if there is none with this index."""
        with self._lock:
            if not 0 <= index < self.size:
                raise NotFound.of("ledger-entry", entry=index, size=self.size)
            return decode_entry(index, self._journal.body(index))

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[Entry]:
        """Entries ``start`` to ``end`` (exclusive; default: all there are when asked)."""
        end = self.size if end is None else min(end, self.size)
        for first in range(start, end, _AT_A_TIME):
            with self._lock:
                raws = list(self._journal.bodies(first, min(first + _AT_A_TIME, end)))
            yield from (decode_entry(first + number, raw) for number, raw in enumerate(raws))

    def findings(self) -> Iterator[Entry]:
        """The entries of findings that opened and cleared, in order. No other entry is read for them."""
        with self._lock:
            indices = list(self._findings)
        return map(self.entry, indices)

    def generations(self) -> Iterator[Entry]:
        """The entries that name a generation of the key store which was in force, in order. No other is read."""
        with self._lock:
            indices = list(self._generations)
        return map(self.entry, indices)

    @property
    def performed(self) -> int:
        """How many acts it has."""
        with self._lock:
            return len(self._acts)

    def act(self, act_id: str) -> Entry | None:
        """The entry of this act, if it was entered."""
        with self._lock:
            index = self._acts.get(act_id)
            return None if index is None else self.entry(index)

    def acts(self, *kinds: str, since: int = 0) -> Iterator[Entry]:
        """The entries of all acts, or of those of ``kinds`` from entry ``since`` on, in order."""
        with self._lock:
            indices = sorted(index for kind in kinds for index in self._kinds.get(kind, ()) if index >= since)
            indices = indices if kinds else list(self._acts.values())
        return map(self.entry, indices)

    def sealed(self) -> dict[str, int]:
        """The acts whose entry has a sealed part, and their entries."""
        with self._lock:
            return dict(self._sealed)

    def cases(self, *kinds: str) -> list[str]:
        """The keys of the cases that some act of one of these kinds is about, kind by kind in order of their first."""
        with self._lock:
            return list(dict.fromkeys(case for kind in kinds for case in self._cases_of.get(kind, ())))

    def numbered(self) -> dict[str, str]:
        """The cases that some act gave a number, by number, in the order of those acts."""
        with self._lock:
            return dict(self._numbers)

    def doc_nos(self) -> dict[str, str]:
        """The cases some act of which sent a letter, by the letter's number; of a number given twice, the last."""
        with self._lock:
            return dict(self._doc_nos)

    def formers(self) -> Iterator[Entry]:
        """The entries of the acts that say from which other case theirs goes on, or from none, in order."""
        with self._lock:
            indices = list(self._formers)
        return map(self.entry, indices)

    def began(self, case: str) -> int:
        """The entry of the first act about a case that there is."""
        with self._lock:
            return self._cases[case][0]

    def newest_about(self, case: str) -> int:
        """The entry of the newest act about a case that there is."""
        with self._lock:
            return self._cases[case][-1]

    def acts_about(self, case: str) -> Iterator[Entry]:
        """The entries of the acts that name this case, in order: also of those that say of another that it goes on from
        it, or no more."""
        with self._lock:
            indices = list(self._cases.get(case, ()))
        return map(self.entry, indices)

    # --- heads and proofs ---

    def checkpoint(self, *extensions: str) -> str:
        """A signed head over every entry there is, with further lines if any."""
        with self._lock:
            return sign_checkpoint(Checkpoint(self._origin, self.size, self._tree.root(), extensions), self._key)

    def check_head(self, note: str) -> Checkpoint:
        """Checks a head that was kept outside against the entries of today. Raises Damaged if they do not agree."""
        with self._lock:
            found, signers = open_checkpoint(note, self._keys.all)
            if found.origin != self._origin:
                raise Damaged(f"head: it is of {found.origin}, this ledger is {self._origin}")
            if found.size > self.size:
                raise Damaged(f"head over {found.size} entries: the ledger has only {self.size}; its end was cut off")
            if self._keys.for_size(found.size) not in signers:
                raise Damaged(f"head over {found.size} entries: not signed by the key that was in force then")
            if self._tree.root(found.size) != found.root:
                raise Damaged(f"head over {found.size} entries: the ledger was changed among them")
            return found

    def extract(self, index: int) -> str:
        """Entry ``index`` word for word as a signed note (:mod:`~appliance.ledger.extract`). Raises NotFound, Broken
        for an entry that is too long for one."""
        with self._lock:
            raw = self.entry(index).raw
            if len(raw) > MAX_EXTRACT_BYTES:
                raise Broken(f"ledger entry {index}: {len(raw)} bytes; an extract holds {MAX_EXTRACT_BYTES}")
            return sign_note(Extract(self._origin, index, raw).text(), self._origin, self._key)

    def check_extract(self, note: str) -> Extract:
        """Checks an extract that was kept outside against the entries of today. Raises Damaged if they do not agree."""
        with self._lock:
            found, signers = open_extract(note, self._keys.all)
            if found.origin != self._origin:
                raise Damaged(f"extract: it is of {found.origin}, this ledger is {self._origin}")
            if found.index >= self.size or self.entry(found.index).raw != found.raw:
                raise Damaged(f"extract of entry {found.index}: the ledger says something else there, or ends before")
            if not any(key in signers for key in self._keys.since_size(found.index + 1)):
                raise Damaged(f"extract of entry {found.index}: signed by a key that was out of force by then")
            return found

    def check_entries(self) -> None:
        """Reads every entry from the disk again. Raises Damaged unless they are those that were read or written since
        it was opened."""
        again = Tree(self._leaves)
        with self._lock:
            size, root = self.size, self.root
        for first in range(0, size, _AT_A_TIME):
            with self._lock:
                leaves = self._leaves(first, min(first + _AT_A_TIME, size))
            for leaf in leaves:
                again.append(leaf)
        if again.root() != root:
            raise Damaged(f"ledger: among its {size} entries one is not as it was; compare with a copy and its heads")

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that entry ``index`` is under the head of ``size`` (default: the present one)."""
        with self._lock:
            return self._tree.inclusion(index, size)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof that the head of ``new`` (default: the present one) continues that of ``old``."""
        with self._lock:
            return self._tree.consistency(old, new)

    @property
    def verifier_keys(self) -> list[str]:
        """Every key so far as a vkey line, in order. The first is the one to hand to the verifier."""
        return [str(key) for key in self._keys.all]

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, last: Callable[[], object] = lambda: None) -> None:
        """``last`` is called first, while nobody else can enter anything any more."""
        with self._lock:
            try:
                last()
            finally:
                self._journal.close()
