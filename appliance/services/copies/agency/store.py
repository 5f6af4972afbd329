"""What is known of the copies on media: made, written, read back. Made again of the ledger at each start.

A copy is *made* with the case's entry, *written* once all of its files lie on the medium: between the two a keeper may
end, and then the copy is of no use (``T-49``). Nothing of a copy is kept here but what its entries say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.cases.papers import CopyWork
from appliance.rules.cases.ranges import Scope
from appliance.services.copies.agency.media import CopyMedia

__all__ = ["AgencyCopy", "AgencyCopyStore", "Draft", "Reading"]

MADE, WRITTEN, READ = "copy.made", "copy.written", "copy.read"


class Reading(NamedTuple):
    """A reading back. ``by``: the pseudonym of who had it done; ``wrong``: what is not as it was written."""

    by: str
    equal: bool
    wrong: tuple[str, ...]
    at_ns: int


@dataclass(frozen=True)
class AgencyCopy:
    """A copy that its case has an entry of. ``files``: the SHA-256 of each file on the medium, by its name, and
    ``written_ns`` when they were there; empty and 0 where that never came about. ``reading``: the newest;
    ``lied``: the medium once gave another file than was written, and whatever it gives later is not believed."""

    copy_id: str
    case: str
    medium: str
    serial: str
    made_ns: int
    files: Mapping[str, str]
    bytes: int = 0
    written_ns: int = 0
    reading: Reading | None = None
    lied: bool = False


@dataclass
class Draft:
    """A copy in the making. ``manifest``: its hash, once all media are in."""

    copy_id: str
    scopes: tuple[Scope, ...]
    medium: str
    serial: str
    manifest: str = ""


class AgencyCopyStore:
    """Thread-safe. ``pseudonym``: the name under which entries tell an account from others. ``remains``: whether
    anything that was opened or cut of a case's footage is still there, in memory or on disk."""

    def __init__(
        self,
        acts: Acts,
        ledger: Ledger,
        media: CopyMedia,
        *,
        pseudonym: Callable[[str], str],
        remains: Callable[[str], bool],
    ) -> None:
        self._acts, self.media, self._pseudonym, self._remains = acts, media, pseudonym, remains
        self._lock = threading.Lock()
        self._drafts: dict[str, Draft] = {}
        self._newest: dict[str, AgencyCopy] = {}
        self._used: dict[str, str] = {}
        for entry in ledger.acts(MADE, WRITTEN, READ):
            self.take(entry)

    # --- what others ask ---

    def newest(self, case: str) -> AgencyCopy | None:
        """The copy of a case that was made last."""
        with self._lock:
            return self._newest.get(case)

    def used(self) -> frozenset[str]:
        """The numbers of all media on which a copy was made."""
        with self._lock:
            return frozenset(self._used)

    def work(self, case: str, account: str) -> CopyWork:
        """What the rules see of a case's copy on a medium, for an act of this account."""
        with self._lock:
            draft, last = self._drafts.get(case), self._newest.get(case)
        if draft:
            return CopyWork(
                scopes=draft.scopes,
                handed=draft.copy_id,
                manifest=draft.manifest,
                medium=draft.medium,
                serial=draft.serial,
                medium_registered=self.media.may_hold(draft.medium),
                failed_destroyed=bool(last and self.media.is_destroyed(last.medium)),
            )
        if last is None:
            return CopyWork()
        reading = last.reading if last.written_ns else None
        mine = reading is not None and reading.by == self._pseudonym(account)
        return CopyWork(
            medium=last.medium,
            serial=last.serial,
            failed_destroyed=self.media.is_destroyed(last.medium),
            reread=mine,
            hash_equal=bool(mine and reading and reading.equal and not last.lied),
            residue_none=not self._remains(case),
        )

    # --- making ---

    def begin(self, case: str, draft: Draft) -> None:
        with self._lock:
            self._drafts[case] = draft

    def packed(self, case: str, manifest: str) -> None:
        """All media of the copy in the making are in."""
        with self._lock:
            self._drafts[case].manifest = manifest

    def drop(self, case: str) -> None:
        """The making is over, whatever came of it."""
        with self._lock:
            self._drafts.pop(case, None)

    def making(self, case: str) -> bool:
        with self._lock:
            return case in self._drafts

    def written(self, copy: AgencyCopy, files: Mapping[str, str], size: int) -> Entry:
        """Enters that all of a copy lies on its medium. Raises NotWritable."""
        clear = {
            "copy": copy.copy_id,
            "case": copy.case,
            "medium": copy.medium,
            "serial": copy.serial,
            "files": dict(files),
            "bytes": size,
        }
        entry = self._acts.perform(f"{copy.copy_id}.written", WRITTEN, clear).entry
        self.take(entry)
        return entry

    def read(self, act_id: str, copy: AgencyCopy, account: str, wrong: Iterable[str]) -> Entry:
        """Enters what a copy gave when it was read back. Raises NotWritable."""
        names = list(wrong)
        clear = {
            "copy": copy.copy_id,
            "case": copy.case,
            "medium": copy.medium,
            "by": self._pseudonym(account),
            "equal": not names,
            "wrong": names,
        }
        entry = self._acts.perform(act_id, READ, clear, {"by": account}).entry
        self.take(entry)
        return entry

    def take(self, entry: Entry) -> None:
        """Follows one entry, just made or read at start."""
        fields = entry.fields
        if entry.kind == MADE and "manifest" not in fields:
            return  # of a viewing copy
        copy_id, case = str(fields["copy"]), str(fields["case"])
        with self._lock:
            if entry.kind == MADE:
                medium = str(fields["medium"])
                self._used[medium] = case
                self._newest[case] = AgencyCopy(copy_id, case, medium, str(fields["serial"]), entry.at_ns, {})
                return
            last = self._newest.get(case)
            if last is None or last.copy_id != copy_id:
                return
            self._newest[case] = _after(last, entry)


def _after(copy: AgencyCopy, entry: Entry) -> AgencyCopy:
    fields, told = entry.fields, dict(vars(copy))
    if entry.kind == WRITTEN:
        files = {str(name): str(sha256) for name, sha256 in fields["files"].items()}
        told |= {"files": files, "bytes": int(fields["bytes"]), "written_ns": entry.at_ns}
    else:
        wrong = tuple(map(str, fields["wrong"]))
        told["reading"] = Reading(str(fields["by"]), bool(fields["equal"]), wrong, entry.at_ns)
        told["lied"] = copy.lied or any(name in copy.files for name in wrong)
    return AgencyCopy(**told)
