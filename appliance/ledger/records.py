"""An act and its entry, together: personal data sealed in a month's file, their commitment in the ledger.

Order of :meth:`Acts.perform`: the sealed record is durable, then the entry with its salted hash is, then the answer
goes out. So at start a record without an entry was never acknowledged and is cut; an entry without its record is an
alarm (``orphans``), unless an entry says that the record was erased.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Broken, Damaged, NotFound, NotWritable, UsageError
from appliance.core.model import to_json
from appliance.ledger.entry import Entry
from appliance.ledger.kinds import RECORD_ERASED
from appliance.ledger.log import Ledger
from appliance.ledger.months import MAX_ACT_ID, Month, month_files, month_path
from appliance.storage.files import Fs

__all__ = ["Act", "Acts", "commitment"]

_SALT_BYTES = 32
_COMMIT_CONTEXT = b"office-recorder/commit/v1\n"


class Act(NamedTuple):
    """What became of an act. ``first`` is False when this act id was performed before; then ``entry`` is that one's."""

    act_id: str
    entry: Entry
    first: bool


def commitment(salt: bytes, sealed: bytes) -> str:
    """What an entry says of its sealed part: SHA-256 over a fixed context, 32 bytes of salt and the part's JSON."""
    return hashlib.sha256(_COMMIT_CONTEXT + salt + sealed).hexdigest()


class Acts:
    """The acts of people and machine: idempotent by act id, thread-safe. One process opens ``directory``.

    Opening finishes what was interrupted. It raises Damaged when records and ledger disagree in a way that no
    interruption explains, and NotWritable. ``orphans`` are the entries whose sealed part is missing.
    """

    def __init__(
        self,
        ledger: Ledger,
        fs: Fs,
        directory: str,
        records_key: bytes,
        clock: Clock,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._ledger, self._fs, self._directory = ledger, fs, directory
        self._records_key, self._clock, self._random = records_key, clock, random
        self._lock = threading.RLock()
        self._months: dict[str, Month] = {}
        self._month_of: dict[str, Month] = {}
        self._erased: set[int] = set()
        self._stopped = False  # set while a record may be without its entry: two such would look like a cut ledger
        self.cut_records = 0
        self.orphans: list[Entry] = []
        try:
            fs.make_dir(directory)
            fs.sync_dir(os.path.dirname(directory))
            names = month_files(fs, directory)
        except OSError as error:
            raise NotWritable.of("folder-closed", folder=directory, why=error.strerror) from error
        for name in names:
            month = self._month(name)
            self._month_of.update(dict.fromkeys(month.act_ids, month))
        self._recover()

    def _recover(self) -> None:
        committed = self._ledger.sealed()
        self._erased.update(entry.fields["erased"] for entry in self._ledger.acts(RECORD_ERASED))
        unentered = [act_id for act_id in self._month_of if act_id not in committed]
        if unentered:
            self._cut(unentered)
        for act_id, index in committed.items():
            if index in self._erased:
                self._drop(act_id)
            elif act_id not in self._month_of:
                self.orphans.append(self._ledger.entry(index))

    def _cut(self, unentered: list[str]) -> None:
        """Cuts the one record that was made durable when its entry was not."""
        act_id = unentered[0]
        if len(unentered) > 1 or self._month_of[act_id].act_ids[-1] != act_id:
            raise Damaged(
                f"{self._directory}: {len(unentered)} records have no ledger entry, the first is of act {act_id}; "
                "the ledger was cut or replaced: keep both as they are and compare with a head from outside"
            )
        self._drop(act_id)
        self.cut_records = 1

    def _drop(self, act_id: str) -> None:
        month = self._month_of.get(act_id)
        if month:
            month.erase({act_id})
            del self._month_of[act_id]

    def _month(self, name: str) -> Month:
        if name not in self._months:
            path = month_path(self._directory, name)
            self._months[name] = Month(self._fs, path, name, self._records_key, self._random)
        return self._months[name]

    @property
    def writable(self) -> bool:
        """Whether no act has broken off so far; after one only opening them again helps."""
        with self._lock:
            return not self._stopped

    def perform(self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, Any] | None = None) -> Act:
        """Enters an act; record and entry are durable on return. A repeat changes nothing and gives the first entry.

        ``act_id`` is drawn at random by whoever asks, once per intent: 1 to 64 printable ASCII characters. Raises
        NotWritable, and Broken for what no entry may hold or an act id that was used for another kind.
        """
        if not (0 < len(act_id) <= MAX_ACT_ID and act_id.isascii() and act_id.isprintable()):
            raise Broken(f"act id {act_id[:80]!r}: must be 1 to {MAX_ACT_ID} printable ASCII characters")
        if "act" in clear or "commit" in clear:
            raise Broken(f"act {act_id}: 'act' and 'commit' are not the caller's fields")
        with self._lock:
            before = self._ledger.act(act_id)
            if before:
                if before.kind != kind:
                    raise Broken(f"act {act_id}: was {before.kind}, and is now asked for as {kind}")
                return Act(act_id, before, first=False)
            if self._stopped or not self._ledger.writable:
                raise NotWritable.of("ledger-behind", act=act_id)
            return Act(act_id, self._enter(act_id, kind, clear, sealed), first=True)

    def repeated(
        self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, Any] | None = None
    ) -> Entry | None:
        """The entry of an act that was done before; None when it is new. ``clear`` and ``sealed`` are what of the act
        is asked for again: a repeat of the same is harmless.

        Raises UsageError when the id was used for anything else: nothing that was not done may be answered as done.
        """
        entry = self._ledger.act(act_id)
        if entry is None:
            return None
        same = entry.kind == kind and _has(entry.fields, clear)
        if same and sealed:
            with contextlib.suppress(Damaged, NotFound):  # what does not open any more cannot be compared
                before = self.sealed(entry.index)
                same = before is None or _has(before, sealed)
        if not same:
            raise UsageError.of("sent-before")
        return entry

    def _enter(self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, Any] | None) -> Entry:
        fields = {**clear, "act": act_id}
        if sealed is None:
            return self._ledger.append(kind, fields)
        salt, part = self._random(_SALT_BYTES), to_json(sealed)
        fields["commit"] = commitment(salt, part)
        now = self._clock.wall_ns()
        self._ledger.check(kind, fields)
        self._stopped = True
        month = self._month(f"{local_time(now):%Y-%m}")
        month.add(act_id, salt + part)
        entry = self._ledger.append(kind, fields)
        self._month_of[act_id] = month
        self._stopped = False
        return entry

    def sealed(self, index: int) -> dict[str, Any] | None:
        """The sealed part of an entry, checked against its commitment; None when it has none or it was erased.

        Raises NotFound for an index that is no entry, Damaged when the part is missing or is not what was entered.
        """
        return self.sealed_of(self._ledger.entry(index))

    def legible(self, index: int) -> dict[str, Any]:
        """:meth:`sealed` for whoever goes on without it: empty where there is none, and where it does not open. Raises
        NotFound."""
        try:
            return self.sealed(index) or {}
        except Damaged:
            return {}

    def sealed_of(self, entry: Entry) -> dict[str, Any] | None:
        """:meth:`sealed` of an entry that is at hand. Raises Damaged."""
        with self._lock:
            index = entry.index
            if "commit" not in entry.fields or index in self._erased:
                return None
            act_id = entry.fields["act"]
            if act_id not in self._month_of:
                raise Damaged(f"ledger entry {index}: its sealed record is missing, and no entry says it was erased")
            plaintext = self._month_of[act_id].read(act_id)
            salt, part = plaintext[:_SALT_BYTES], plaintext[_SALT_BYTES:]
            if commitment(salt, part) != entry.fields["commit"]:
                raise Damaged(f"ledger entry {index}: its sealed record is not the one that was entered")
            return msgspec.json.decode(part, type=dict[str, Any])

    def erase(self, act_id: str, index: int, clear: Mapping[str, Any], sealed: Mapping[str, Any] | None = None) -> Act:
        """Enters that the sealed part of entry ``index`` is erased, then erases it. The entry stays and verifies.

        Raises NotFound when the entry has no sealed part. When it raises NotWritable after the entry was made, opening
        finishes the erasure. That no copy is left on the medium is best effort.
        """
        with self._lock:
            if "commit" not in self._ledger.entry(index).fields:
                raise NotFound.of("ledger-no-sealed", entry=index)
            done = self.perform(act_id, RECORD_ERASED, {**clear, "erased": index}, sealed)
            if done.entry.fields["erased"] != index:
                raise Broken(f"act {act_id}: erased entry {done.entry.fields['erased']}, and is now asked for {index}")
            self._erased.add(index)
            self._drop(self._ledger.entry(index).fields["act"])
            return done

    def __enter__(self) -> Acts:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            for month in self._months.values():
                month.close()


def _has(fields: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether every wanted value is there; of a map in it, the wanted part."""
    return all(
        _has(fields.get(name, {}), value) if isinstance(value, Mapping) else fields.get(name) == value
        for name, value in wanted.items()
    )
