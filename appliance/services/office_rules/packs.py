"""The office's policy packs (規範版本): proposed, approved, in force. The keeper's own records.

Everything here is rebuilt at start from the ledger and the sealed records. A proposal is an officer's; approving one
takes the director beside an officer and is for good: no pack is edited or taken back, the next follows it (十).
Until there is one of its own, an office works by the pack that ships. The terms of retention stand in the clear part of
an approval: they hold although the text were lost. Source: ``D-22``, ``domain`` 4.3.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound, Refused, UsageError
from appliance.ledger.entry import Entry
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.packs.order import ApprovedPack, order_problems, standing_on, with_pack
from appliance.rules.packs.pack import Pack
from appliance.rules.packs.reading import read_pack
from appliance.rules.packs.shipped import SHIPPED_VERSIONS, shipped_bytes, shipped_pack
from appliance.rules.people import OFFICERS
from appliance.rules.policy import Terms
from appliance.services.people.login import Seat
from appliance.services.people.pairs import Pair

__all__ = ["PackBook", "PackProposal"]

_TERMS = ("floor_days", "target_days", "brake_days")


class PackProposal(NamedTuple):
    """A pack that waits for its approval. ``sha256`` of its file names it; ``entry`` in the ledger."""

    pack: Pack
    sha256: str
    entry: int
    proposed_ns: int
    by: str
    display: str


class PackBook:
    """Thread-safe. ``trusted()`` says whether time may be judged by now.

    ``damaged`` has the ledger entries whose pack does not open or is not understood, with the reason; the pack before
    them counts then, their terms of retention all the same.
    """

    def __init__(
        self, acts: Acts, ledger: Ledger, clock: Clock, *, office_name: str, trusted: Callable[[], bool]
    ) -> None:
        self._acts, self._ledger, self._clock, self._trusted = acts, ledger, clock, trusted
        self._lock = threading.RLock()
        self._shipped = tuple(ApprovedPack(shipped_pack(office_name, each), date.min) for each in SHIPPED_VERSIONS)
        self._approved: tuple[ApprovedPack, ...] = ()
        self._terms: list[tuple[date, Terms]] = []
        self._proposals: dict[str, PackProposal] = {}
        self._texts: dict[str, int] = {}
        self._day = day_of(ledger.entry(ledger.size - 1).at_ns) if ledger.size else day_of(clock.wall_ns())
        self.damaged: dict[int, str] = {}
        for entry in ledger.acts(*_TAKERS):
            _TAKERS[entry.kind](self, entry)

    # --- asking ---

    def today(self) -> date:
        """The day by which a pack is in force: it comes in trusted time alone, and stays the last such day while time
        is doubted."""
        with self._lock:
            if self._trusted():
                self._day = day_of(self._clock.wall_ns())
            return self._day

    def all(self) -> tuple[ApprovedPack, ...]:
        """In their order, those that ship first."""
        with self._lock:
            return (*self._shipped, *self._approved)

    def on(self, day: date) -> Pack:
        """The pack of a day."""
        return standing_on(self.all(), day).pack

    def in_force(self) -> ApprovedPack:
        """The one that counts now."""
        return standing_on(self.all(), self.today())

    def latest_version(self) -> str:
        """Of the newest that was approved, in force or not yet; empty while an office has none of its own."""
        with self._lock:
            return self._approved[-1].pack.version if self._approved else ""

    def terms(self) -> tuple[Terms, ...]:
        """The retention terms of the office's own packs that have begun, in their order."""
        with self._lock:
            if not self._terms:
                return ()
            today = self.today()
            return tuple(terms for begins, terms in self._terms if begins <= today)

    def proposals(self) -> list[PackProposal]:
        """What could be approved, newest first: one for each version."""
        with self._lock:
            there = [(each.pack.version, each.pack.effective) for each in self._approved]
            open_ones = [each for each in self._proposals.values() if not any(order_problems(there, each.pack))]
            return sorted(open_ones, key=lambda each: each.entry, reverse=True)

    def proposal(self, sha256: str) -> PackProposal:
        """Raises NotFound for one that is not there any more."""
        found = next((each for each in self.proposals() if each.sha256 == sha256), None)
        if found is None:
            raise NotFound.of("pack-gone")
        return found

    def file_of(self, name: str) -> bytes:
        """The file of a version, or of a proposal by its ``sha256``. Raises NotFound, Damaged."""
        with self._lock:
            entry = self._texts.get(name)
        if entry is not None:
            return self._text(self._ledger.entry(entry))
        if name in SHIPPED_VERSIONS:
            return shipped_bytes(name)
        raise NotFound.of("pack-unknown", name=name[:32])

    # --- acting ---

    def propose(self, act_id: str, by: Seat, data: bytes) -> PackProposal:
        """Enters a file as a proposal; it takes the place of an earlier one of its version.

        Raises UsageError with all that is wrong with the file, Refused for a seat that may not propose, NotWritable.
        """
        with self._lock:
            digest = hashlib.sha256(data).hexdigest()
            entry = self._acts.repeated(act_id, "pack.proposed", {"sha256": digest})
            if entry is None:
                if not OFFICERS & set(by.roles):
                    raise Refused.of("pack-proposer", roles=" or ".join(sorted(OFFICERS)))
                pack = read_pack(data)
                self._with(pack)
                clear = {"version": pack.version, "effective": pack.effective.isoformat(), "sha256": digest}
                sealed = {"pack": data.decode("utf-8"), "by": by.person, "display": by.display}
                entry = self._enter(act_id, "pack.proposed", clear, sealed)
            return self._proposals[entry.fields["version"]]

    def approve(self, act_id: str, pair: Pair, sha256: str) -> ApprovedPack:
        """Approves a proposal for good. It begins on its day, or today where that is over.

        Raises NotFound for what does not wait, Refused for whoever proposed it, while time is not trusted and
        before the day of the decision that it rests on (十),
        UsageError where another was approved meanwhile that it cannot follow, NotWritable.
        """
        with self._lock:
            entry = self._acts.repeated(act_id, "pack.approved", {"sha256": sha256})
            if entry is None:
                proposed = self.proposal(sha256)
                if proposed.by == pair.approver.person:
                    raise Refused.of("pack-own")
                if not self._trusted():
                    raise Refused.of("pack-time")
                pack, today = proposed.pack, self.today()
                if pack.approval.on > today:
                    raise Refused.of("pack-ahead", on=pack.approval.on, today=today)
                begins = self._with(pack)[-1].begins
                clear = {
                    "version": pack.version,
                    "effective": pack.effective.isoformat(),
                    "begins": begins.isoformat(),
                    "sha256": sha256,
                    "proposal": proposed.entry,
                    "terms": {name: getattr(pack.numbers, name) for name in _TERMS},
                }
                entry = self._enter(act_id, "pack.approved", clear, pair.sealed())
            return next(each for each in self._approved if each.entry == entry.index)

    # --- inside ---

    def _with(self, pack: Pack) -> tuple[ApprovedPack, ...]:
        """The office's packs with one more that is approved today. Raises UsageError where it cannot follow them."""
        return with_pack(self._approved, pack, self.today(), earlier=(each.pack for each in self._shipped))

    def _enter(self, act_id: str, kind: str, clear: Mapping[str, Any], sealed: Mapping[str, Any]) -> Entry:
        entry = self._acts.perform(act_id, kind, clear, sealed).entry
        _TAKERS[kind](self, entry)
        return entry

    def _text(self, entry: Entry) -> bytes:
        """The file of a proposal, as it was. Raises Damaged."""
        data = str((self._acts.sealed(entry.index) or {}).get("pack", "")).encode()
        if hashlib.sha256(data).hexdigest() != entry.fields["sha256"]:
            raise Damaged(f"ledger entry {entry.index}: the policy pack {entry.fields['version']} is lost or erased")
        return data

    def _take_proposal(self, entry: Entry) -> None:
        try:
            pack = read_pack(self._text(entry))
            sealed = self._acts.sealed(entry.index) or {}
        except (Damaged, UsageError) as error:
            self.damaged[entry.index] = str(error)
            return
        sha256 = str(entry.fields["sha256"])
        self._texts[sha256] = entry.index
        self._proposals[pack.version] = PackProposal(
            pack, sha256, entry.index, entry.at_ns, str(sealed.get("by", "")), str(sealed.get("display", ""))
        )

    def _take_approval(self, entry: Entry) -> None:
        fields = entry.fields
        begins, version = date.fromisoformat(fields["begins"]), str(fields["version"])
        from_ns = max(start_ns_of(begins), entry.at_ns)  # what was recorded before it was approved keeps its floor
        self._terms.append((begins, Terms(from_ns=from_ns, **{name: int(fields["terms"][name]) for name in _TERMS})))
        proposed = self._ledger.entry(int(fields["proposal"]))
        if proposed.index in self.damaged:
            self.damaged[entry.index] = self.damaged[proposed.index]
            return
        pack = read_pack(self._text(proposed))
        self._texts[version] = proposed.index
        self._approved = (*self._approved, ApprovedPack(pack, begins, entry.index))


_TAKERS: dict[str, Callable[[PackBook, Entry], None]] = {
    "pack.proposed": PackBook._take_proposal,
    "pack.approved": PackBook._take_approval,
}
