"""What is true of a store that the state machine drives: kept beside it, never asked of the code that judges.

True time is here; the store only has what its clock says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.core.clock import SLOT_NS
from appliance.core.model import Span
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.holds import GROUNDS, term_end_ns
from appliance.rules.retention import Hold
from appliance.vault.ring.destruction import Batch

__all__ = ["CEILING_DAYS", "CUT_OFF_NS", "Moment", "Pin", "Promise", "Truth", "Truths"]

CUT_OFF_NS = SLOT_NS // 2 + 5 * 10**8
"""What a bucket that nobody closed has: it ends with its last whole fragment, that of the fifth minute."""

CEILING_DAYS = 364
REFUSAL_DAYS = 40
"""A refused case's pin after service: 30 days for an appeal (訴願法 14) and 10 more (``D-05``)."""


class Moment(NamedTuple):
    """When an act was begun, truly, and whether the clock was right then."""

    true_ns: int
    trusted: bool


@dataclass
class Truth:
    """A bucket as it truly was. ``said_ns`` is its start as the clock said it, ``length_ns`` that of its footage.

    ``durable``: its file was synced. ``acknowledged``: its close was answered; ``closed``: that, or a start closed it.
    """

    camera_no: str
    start_ns: int
    said_ns: int
    doubted: bool
    bytes: int = 0
    length_ns: int = CUT_OFF_NS
    durable: bool = False
    acknowledged: bool = False
    closed: bool = False

    @property
    def footage(self) -> Span:
        """An empty one counts as the instant of its start."""
        return Span(self.start_ns, self.start_ns + max(1, self.length_ns))

    @property
    def age(self) -> tuple[int, int, str]:
        """The order in which buckets of trusted time go."""
        return self.start_ns + self.length_ns, self.start_ns, self.camera_no

    def days_old(self, true_ns: int, *, last: bool) -> int:
        """Local days since the day of the last, or the first, frame."""
        return (day_of(true_ns) - day_of(self.footage.end_ns - 1 if last else self.start_ns)).days


@dataclass
class Promise:
    """A hold as people were told: what it keeps, whether beyond the ceiling, and since when the term runs, truly."""

    ground: str
    asked: Span
    kept: Hold
    since_ns: int
    event: str = "set"

    def first_end_ns(self) -> int:
        """Before this it may not lapse, whatever the clock said when it was set."""
        row = GROUNDS[self.ground]
        return term_end_ns(row, self.event, self.since_ns, end_ns=self.asked.end_ns, ceiling_days=CEILING_DAYS)


@dataclass
class Pin:
    """What the receipt of a case pinned. ``refused_ns``: since when the pin of a refused one outlives its case;
    ``closed_ns``: since when the case is closed, before which no pin of these ends."""

    kept: Hold
    refused_ns: int = 0
    closed_ns: int = 0

    def first_end_ns(self) -> int:
        if not self.closed_ns:
            return 1 << 62
        return max(self.closed_ns, self.refused_ns + REFUSAL_DAYS * DAY_NS if self.refused_ns else 0)


@dataclass
class Truths:
    """``buckets``: all that were begun and not lost before they were durable. ``spare``: keys that were never used.

    ``floor_days`` and ``former`` ((until when of true time, days)) are the floors that people decided.
    """

    buckets: dict[str, Truth] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    spare: set[str] = field(default_factory=set)
    stolen: set[str] = field(default_factory=set)
    promises: dict[str, Promise] = field(default_factory=dict)
    pins: dict[str, Pin] = field(default_factory=dict)
    floor_days: int = 31
    former: list[tuple[int, int]] = field(default_factory=list)

    def left(self) -> list[str]:
        """The ids of what is there, the oldest first."""
        return sorted(self.buckets.keys() - self.gone, key=lambda bucket_id: self.buckets[bucket_id].age)

    def present(self) -> Iterator[Truth]:
        return (self.buckets[bucket_id] for bucket_id in self.left())

    def held(self, truth: Truth, *, law: bool) -> bool:
        """Whether a living hold or pin touches it; ``law``: one that outlives the ceiling."""
        return any(
            each.kept.camera_no == truth.camera_no
            and Span(each.kept.start_ns, each.kept.end_ns).overlaps(truth.footage)
            and each.kept.beyond_ceiling >= law
            for each in (*self.promises.values(), *self.pins.values())
        )

    def may_be_held_by_law(self, truth: Truth) -> bool:
        """As :meth:`held` of law; of one whose time is doubted any hold of its camera counts: it is kept as long as the
        time at which it may have been recorded touches that."""
        return self.held(truth, law=True) or (
            truth.doubted
            and any(
                each.kept.camera_no == truth.camera_no and each.kept.beyond_ceiling
                for each in (*self.promises.values(), *self.pins.values())
            )
        )

    def floor_of(self, truth: Truth) -> int:
        """Today's floor, or a higher one it was recorded under (``T-06``)."""
        return max([self.floor_days, *(days for until_ns, days in self.former if truth.start_ns < until_ns)])

    def eligible(self, truth: Truth, true_ns: int) -> bool:
        """Whether routine may take a bucket of trusted time."""
        if not truth.closed or truth.doubted or truth.days_old(true_ns, last=True) <= self.floor_of(truth):
            return False
        over = truth.days_old(true_ns, last=False) >= CEILING_DAYS
        return not self.held(truth, law=over)

    def went(self, bucket_ids: set[str], at: Moment) -> None:
        """These lost their keys to an act begun ``at``; each must have been free to go then."""
        assert at.trusted or bucket_ids <= self.spare, "INV-03: destroyed in untrusted time"
        for truth in (self.buckets[each] for each in bucket_ids - self.spare):
            assert truth.closed, "what was still being recorded went"
            assert truth.days_old(at.true_ns, last=True) > self.floor_of(truth), "INV-01: it went inside its floor"
            if truth.days_old(at.true_ns, last=False) < CEILING_DAYS and not truth.doubted:
                assert not self.held(truth, law=False), "a pinned bucket went before its ceiling"
            assert not self.held(truth, law=True), "a bucket held by law went"
        self.gone |= bucket_ids - self.spare
        self.spare -= bucket_ids

    def day_bytes(self, now_ns: int) -> int:
        """What was written in the last 24 hours of the clock's."""
        return sum(t.bytes for t in self.present() if t.closed and 0 < now_ns - t.said_ns - t.length_ns <= DAY_NS)

    def took_what_it_needed(self, batch: Batch, need_bytes: int, at: Moment, target_days: int) -> bool:
        """Judges a batch: by age goes only what is old enough; for need the oldest, and no more than was needed; what
        that lacks is told. Whether anything went for need."""
        reasons = batch.verdict.reasons
        for truth, reason in ((self.buckets[each], reasons[each]) for each in batch.destroyed):
            if reason == "target":
                assert truth.days_old(at.true_ns, last=True) > target_days, "it went before its target"
            elif reason == "ceiling" and not truth.doubted:
                assert truth.days_old(at.true_ns, last=False) >= CEILING_DAYS, "it went before its ceiling"
        needed = [self.buckets[each] for each in batch.destroyed if reasons[each] == "need"]
        lacking = need_bytes - sum(self.buckets[each].bytes for each in batch.destroyed)
        assert not needed or lacking + needed[-1].bytes > 0, "more went than was needed"
        stayed = [truth.age for truth in self.present() if self.eligible(truth, at.true_ns)]
        newest = max((truth.age for truth in needed if not truth.doubted), default=None)
        assert newest is None or all(newest <= age for age in stayed), "AT-20: a newer one went before an older"
        if lacking > 0:
            assert not stayed, "the disk was too small, and what may go stayed"
            assert any(danger.kind == "space" for danger in batch.verdict.danger), "what it lacked was not told"
        return bool(needed)
