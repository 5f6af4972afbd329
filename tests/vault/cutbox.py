"""A box for the state machine: a store on the strict disk, whose power goes at the n-th change in the midst of an act.

What was acknowledged by then is true for ever; of what was not, the next start concludes, and this judges what.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from appliance.core.clock import SLOT_NS
from appliance.formats.segment_files import segment_name
from appliance.rules.deadlines import DAY_NS
from appliance.rules.retention import ClockReading
from tests.faults.memory_fs import KILLED, Call, MemoryFs
from tests.services.holdcases import HoldOffice
from tests.vault.ringcases import MONDAY_NS, MovingClock, new_disk
from tests.vault.ringtruth import CUT_OFF_NS, Moment, Truths

__all__ = ["Act", "CutBox", "PowerCut"]


class PowerCut(BaseException):
    """The power went. No code of ours may catch it."""


class Cut(NamedTuple):
    """After so many ``changes`` of the file system within acts; ``mode`` and ``seed`` say what survives."""

    changes: int
    mode: str
    seed: int


@dataclass
class Act:
    """What is being done. ``before``: the keys there were. ``index_lost``: how, "" while it is sound; ``doubted``: it
    was known to be in doubt; ``unknown``: buckets whose file was stolen since it was made. ``cut``: the power went.
    ``went``: the buckets whose keys did."""

    doing: str
    at: Moment
    before: set[str]
    index_lost: str
    doubted: bool
    unknown: set[str]
    cut: bool = False
    went: frozenset[str] = frozenset()


@functools.cache
def _empty_disk() -> MemoryFs:
    return new_disk()


class CutBox:
    """``happened`` counts what a run has lived through."""

    def __init__(self, happened: Counter[str]) -> None:
        self.true_ns = MONDAY_NS
        self.clock = MovingClock(self.true_ns)
        self.truths = Truths()
        self.happened = happened
        self.index_lost = ""
        self.expected_bytes = self.starts = self.read_to = 0
        self.certified: set[str] = set()
        self.cuts: list[Cut] = []
        self._left = 0
        self._acting = False
        self.fs = _empty_disk().snapshot()
        self.store = self._opened()

    # --- on and off ---

    def _opened(self) -> HoldOffice:
        self.starts += 1
        self.fs.before_step = self._step
        self.index_lost = ""
        store = HoldOffice(self.fs, self.clock, seed=f"start {self.starts}")
        store.destruction.day_bytes = self.expected_bytes
        return store

    def start_again(self, mode: str, seed: int, wrong_days: int | None = None, off_days: int = 0) -> None:
        """The keeper died, or the machine lost its power and boots after ``off_days``, its clock right or wrong by so
        many days."""
        policy = self.store.policy
        self.store.index.close()
        self.fs = self.fs.image(mode, random.Random(seed))
        if mode != KILLED:
            self.pass_ns(60 * 10**9 + off_days * DAY_NS)
            self.clock.reboot()
            if wrong_days is not None:
                self.clock.now_ns, self.clock.is_trusted = self.true_ns + wrong_days * DAY_NS, not wrong_days
        self.store = self._opened()
        self.store.policy = policy
        keys = self.store.keystore.bucket_ids()
        self.store.recovery.at_start()
        finished = self.store.destruction.finish_at_start()
        self.happened["intents finished by a start"] += bool(finished)
        assert self.store.keystore.bucket_ids() == keys, "a start destroyed what still had its key"
        self.store.recovery.at_hello([], self.clock.wall_ns())
        self._take_stock()

    def pass_ns(self, length_ns: int) -> None:
        self.true_ns += length_ns
        self.clock.go_to(self.clock.wall_ns() + length_ns)

    def run_for(self, length_ns: int) -> None:
        """The box runs on; of what it enters each hour the last entry will do."""
        self.pass_ns(length_ns)
        if length_ns:
            self.store.ledger.append("head.issued", {"size": self.store.ledger.size, "way": "file"})

    def two_people_read_the_clock(self) -> None:
        """They set it right by a reference (``T-16``)."""
        self.clock.now_ns, self.clock.is_trusted = self.true_ns, True
        boot_id, boot_ns, wall_ns = self.clock.boot_id(), self.clock.boot_ns(), self.clock.wall_ns()
        self.store.ledger.append("clock.set", {"boot_id": boot_id, "boot_ns": boot_ns, "wall_ns": wall_ns})
        self.store.clockwatch.read(ClockReading(0, boot_ns, wall_ns))

    # --- power ---

    def arm(self, cuts: list[Cut]) -> None:
        """The power will go in the midst of acts to come, and perhaps again while the box starts."""
        self.cuts, self._left = list(cuts), cuts[0].changes

    def _step(self, call: Call) -> None:
        if self._acting and self.cuts:
            self._left -= 1
            if self._left < 0:
                raise PowerCut

    @contextmanager
    def act(self, doing: str, first: Callable[[Moment], None] = lambda at: None) -> Iterator[Act]:
        """What is done within may be cut short; then the box is on again when it ends. After ``first`` judges what
        went."""
        index, stolen = self.store.index, self.truths.stolen - self.truths.gone
        act = Act(
            doing,
            Moment(self.true_ns, self.clock.trusted()),
            self.store.keystore.bucket_ids(),
            self.lost_index(),
            bool(index.doubt),
            {bucket_id for bucket_id in stolen if segment_name(bucket_id, 0) not in index.missing},
        )
        self._acting = True
        try:
            yield act
        except PowerCut:
            act.cut = True
            self.happened[f"cuts while {doing}"] += 1
            self._come_back()
        finally:
            self._acting = False
        first(act.at)
        self._judge(act)

    def _come_back(self) -> None:
        while True:
            cut = self.cuts.pop(0)
            self._left = self.cuts[0].changes if self.cuts else 0
            try:
                return self.start_again(cut.mode, cut.seed)
            except PowerCut:
                self.happened["cuts while starting"] += 1

    def lost_index(self) -> str:
        """How the index was lost, "" if it was not or was made anew since."""
        if self.store.index.rebuilt:
            self.index_lost = ""
        return self.index_lost

    # --- what is true then ---

    def _judge(self, act: Act) -> None:
        went = act.before - self.store.keystore.bucket_ids()
        act.went = frozenset(went - self.truths.spare)
        if went:
            self.happened[f"gone by {act.doing}"] += len(went)
            self.happened["intents finished after a cut"] += act.cut
            assert not act.index_lost or (act.doing == "routine" and self.store.index.rebuilt), (
                "INV-24: it went by an index that was lost"
            )
            assert act.doubted or act.index_lost or not went & act.unknown, (
                "INV-24: it went although its file is not where it should be"
            )
        self.truths.went(went, act.at)

    def _take_stock(self) -> None:
        """After a start: what was durable is there and closed; what was not is there or was never."""
        truths, index = self.truths, self.store.index
        keys, closed = self.store.keystore.bucket_ids(), {each.bucket_id: each for each in index.all_closed()}
        for bucket_id in truths.left():
            truth = truths.buckets[bucket_id]
            if bucket_id not in closed:
                if not truth.durable and not truth.closed:
                    del truths.buckets[bucket_id]
                    truths.spare.add(bucket_id)
                else:
                    assert bucket_id not in keys, "INV-23: footage that was durable is not in the ring"
            elif not truth.closed:
                truth.length_ns, truth.closed = closed[bucket_id].end_ns - closed[bucket_id].start_ns, True
                assert not truth.durable or truth.length_ns in (CUT_OFF_NS, SLOT_NS)
                truth.bytes = sum(check.segment.bytes for check in index.segments_of(bucket_id))
                self.happened["buckets closed by a start"] += 1
