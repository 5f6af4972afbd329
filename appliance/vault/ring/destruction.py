"""Destruction: the one door through which footage leaves, and the only place that unlinks it.

Eligibility is judged here, at the instant, whoever asks. Then, in this order: the intent into the ledger, the keys out
of the key store for good, the files unlinked, all of it verified, the catalogue, the outcome into the ledger. Where it
was interrupted the next start goes on (``docs/design/ring.md``). ``D-26``; no step discards blocks: what was unlinked
is noise without its key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

from appliance.core.clock import Clock, local_time
from appliance.core.errors import Broken, Refused, Unavailable
from appliance.core.messages import Said
from appliance.core.model import Span
from appliance.ledger.log import Ledger
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.policy import Policy
from appliance.rules.pressure import writing_reserve
from appliance.rules.retention import ClockReading, Dated, Hold, RetainedBucket, Verdict, dated, judge
from appliance.vault.index.catalogue import Destroyed, Struck
from appliance.vault.index.projection import ROUTINE
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.ring.ring import Ring
from appliance.vault.trusted_time import ClockWatch

__all__ = ["ROUTINE", "Batch", "Destruction"]

BATCH_NS = int(2.5 * 3600 * 1_000_000_000)
"""The daily batch: 02:30 local."""

MOST_AT_ONCE = 8_192
"""Bucket ids in one intent: well inside a ledger entry's 1 MiB."""

RELEASED = "released"
"""The reason of a destruction that two people allowed beyond the brake."""

_UNUSED_AFTER_NS = DAY_NS
_REST_NS = 600 * 1_000_000_000
_NEED_EVERY_NS = 3600 * 1_000_000_000
"""Need is judged a day ahead, so an hour is soon enough; each batch writes each cell of a TPM's anchor once."""


class Batch(NamedTuple):
    """What routine did: the verdict it judged by, and what it destroyed. ``daily``: it was the day's batch."""

    verdict: Verdict
    destroyed: tuple[str, ...]
    daily: bool


class _Terms(NamedTuple):
    """What keeps footage, at one instant."""

    holds: frozenset[Hold]
    policy: Policy
    days_off: frozenset[date]

    def keep_more_than(self, before: _Terms) -> bool:
        """Whether anything was added since ``before``, so that what it let go must be judged anew."""
        return bool(self.holds - before.holds or self.policy != before.policy or self.days_off - before.days_off)


class Destruction:
    """Blocking; holds the ring's lock while it works. What is handed in as a callable is asked each time, never kept:
    ``released_ns`` says until when of recording two people released the brake, ``disk_trouble`` why what lies in the
    ring's place is not the office's newest disk. ``reserve_bytes`` None: ``writing_reserve`` of the ring's disk.

    ``day_bytes`` may be set to what a day's writing takes at full quality: while recording is stepped down, what the
    last day wrote says too little.
    """

    def __init__(
        self,
        ring: Ring,
        keystore: KeyStore,
        ledger: Ledger,
        clock: Clock,
        policy: Callable[[], Policy],
        holds: Callable[[], Sequence[Hold]],
        *,
        watch: ClockWatch | None = None,
        days_off: Callable[[], Collection[date]] = tuple,
        released_ns: Callable[[], int] = lambda: 0,
        reserve_bytes: int | None = None,
        disk_trouble: Callable[[], Said] = lambda: "",
    ) -> None:
        self._ring, self._keystore, self._ledger, self._clock = ring, keystore, ledger, clock
        self._policy, self._holds, self._days_off, self._reserve_bytes = policy, holds, days_off, reserve_bytes
        self._disk_trouble = disk_trouble
        self.day_bytes = 0
        self._last_batch_ns: int | None = None
        self._watch = watch or ClockWatch(clock, ledger)
        self._released_ns = released_ns
        self._rest_until_ns = self._need_after_ns = 0
        self._unsettled = False

    def judge(self, *, need_bytes: int = 0, daily: bool = True) -> Verdict:
        """What may, must and should go at this instant. Reads every bucket past its floor. Raises Unavailable when the
        index does not answer."""
        with self._ring.lock:
            return self._judge(lambda: self._ring.index.kept(self._past_floor_ns()), need_bytes=need_bytes, daily=daily)

    def judge_due(self, *, need_bytes: int = 0, daily: bool = True) -> Verdict:
        """As :meth:`judge`, of the fewest buckets that come to the same due and the same danger: those past target or
        ceiling, those that a pin or hold touches, and as many of the oldest as the need takes. ``may`` is of these."""
        with self._ring.lock:
            days, index = 0, self._ring.index
            while True:
                until_ns = self._due_before_ns(days)
                old = index.kept(until_ns) if index.healthy else []
                verdict = self._judge(partial(self._and_held, old), need_bytes=need_bytes, daily=daily)
                if need_bytes <= 0 or until_ns >= self._past_floor_ns():
                    return verdict
                # What must go for space is the oldest of all only where all of it is older than what was left out.
                lacks_room = any(danger.kind == "space" for danger in verdict.danger)
                if not lacks_room and set(verdict.due) <= {each.bucket_id for each in old if each.trusted}:
                    return verdict
                days = 2 * days + 1

    def judge_touched(self, holds: Sequence[Hold]) -> tuple[Verdict, list[Dated]]:
        """The verdict, no daily batch's, on what these touch, and when that and all of untrusted time was recorded.
        Raises Unavailable."""
        with self._ring.lock:
            index = self._ring.index
            kept = index.kept_touched(_spans_of(holds))
            now = ClockReading(index.boot_no(self._clock.boot_id()), self._clock.boot_ns(), self._clock.wall_ns())
            return self._judge(lambda: kept, daily=False), dated(kept, self._ring.readings(), now)

    def time_trusted(self) -> bool:
        """Whether wall time may be used to judge retention now. Raises NotWritable."""
        return self._watch.trusted()

    def eligible_bytes(self) -> int:
        """What routine could free at this instant: 0 while time is untrusted, the index is in doubt, or two people must
        first release the brake on mass destruction. Raises Unavailable when the index does not answer, the key store
        is shut, or another disk or an older copy lies there: what does not go is no room."""
        with self._ring.lock:
            self._keystore.check_open()
            self._need_disk()
            verdict = self.judge(need_bytes=1, daily=False)
            if not verdict.may or not verdict.due:
                return 0
            may = set(verdict.may)
            kept = self._ring.index.kept(self._past_floor_ns())
            return sum(bucket.bytes for bucket in kept if bucket.bucket_id in may)

    def destroy(self, bucket_ids: Sequence[str], reason: str) -> tuple[str, ...]:
        """Destroys these buckets, all of which must be eligible now. On return it is done, verified and recorded.

        Raises Unavailable while time is untrusted, the index in doubt or the key store shut, Refused naming the first
        bucket that may not go; then nothing was done. Raises NotWritable or Damaged when a step failed: the next start
        goes on.
        """
        with self._ring.lock:
            if not bucket_ids:
                return ()
            self._keystore.check_open()
            self._need_disk()
            if self._unsettled:
                self.finish_at_start()
            judged_by = self._terms()
            verdict = self._judge(lambda: self._ring.index.kept_among(bucket_ids))
            for danger in verdict.danger:
                if danger.kind in _STOPPED:
                    raise Unavailable.of(_STOPPED[danger.kind])
            may = set(verdict.may)
            late = {each for danger in verdict.danger if danger.kind == "overdue" for each in danger.bucket_ids}
            for bucket_id in bucket_ids:
                if bucket_id not in may:
                    raise Refused.of("destruction-bucket", bucket=bucket_id)
            self._compare(bucket_ids)
            for first in range(0, len(bucket_ids), MOST_AT_ONCE):
                self._destroy(bucket_ids[first : first + MOST_AT_ONCE], reason, judged_by, late)
            return tuple(bucket_ids)

    def routine(self) -> Batch | None:
        """Called every minute or so: the day's batch when it is due (02:30, or the first call after a start), else
        what the next day's writing needs. None when there is nothing to do or to tell. An index in doubt is made anew
        first. A batch that was stopped or failed is tried again ten minutes later: each try of a batch that fails is
        two entries of the ledger. Raises as :meth:`destroy`, never Refused.
        """
        self._need_disk()
        if self._clock.boot_ns() < self._rest_until_ns:
            return None
        if self._batch_due(self._clock.wall_ns()):
            self._ring.index.check()  # before the lock is taken: the recorder's reports do not wait for it
        with self._ring.lock:
            self._need_disk()
            index, now_ns = self._ring.index, self._clock.wall_ns()
            daily = self._batch_due(now_ns)
            if index.doubt:
                index.rebuild(index.doubt)
            need_bytes = self._need_bytes(now_ns)
            if not daily and (not need_bytes or self._clock.boot_ns() < self._need_after_ns):
                return None
            verdict = self.judge_due(need_bytes=need_bytes, daily=daily)
            self._rest_until_ns = self._clock.boot_ns() + _REST_NS
            destroyed = self.destroy(verdict.released, RELEASED)
            going = set(destroyed)
            destroyed += self.destroy([each for each in verdict.due if each not in going], ROUTINE)
            stopped = any(danger.kind in _STOPPED for danger in verdict.danger)
            if not stopped:
                self._rest_until_ns = 0
                self._need_after_ns = self._clock.boot_ns() + _NEED_EVERY_NS
                self._last_batch_ns = now_ns if daily else self._last_batch_ns
            return Batch(verdict, destroyed, daily)

    def finish_at_start(self) -> tuple[str, ...]:
        """Settles an intent that has no outcome: what has lost its key is finished, whatever the clock says now; what
        still has it is entered as abandoned and judged anew. The ids of those finished. Before anything is shown."""
        with self._ring.lock:
            self._unsettled = True
            intent = self._open_intent()
            if intent is not None:
                self._need_disk()
            gone: list[str] = []
            if intent is not None:
                number, bucket_ids, reason = intent
                there = [bucket_id for bucket_id in bucket_ids if bucket_id in self._keystore]
                gone = [bucket_id for bucket_id in bucket_ids if bucket_id not in self._keystore]
                if there:
                    self._ledger.append("destroy.abandoned", {"intent": number, "buckets": there})
                if gone:
                    self._carry_out(gone, reason, number, [])
            self._unsettled = False
            return tuple(gone)

    # --- inside ---

    def _judge(
        self, kept: Callable[[], Sequence[RetainedBucket]], *, need_bytes: int = 0, daily: bool = True
    ) -> Verdict:
        """The verdict on the buckets that ``kept()`` gives, which is asked only of a healthy index."""
        index, now_ns = self._ring.index, self._clock.wall_ns()
        policy, trusted = self._policy(), self.time_trusted()
        if not index.healthy:
            return judge((), policy, (), now_ns=now_ns, trusted=trusted, index_healthy=False)
        boot_no = index.boot_no(self._clock.boot_id())
        return judge(
            kept(),
            policy,
            self._holds(),
            now_ns=now_ns,
            trusted=trusted,
            need_bytes=need_bytes,
            readings=self._ring.readings(),
            now=ClockReading(boot_no, self._clock.boot_ns(), now_ns),
            lately_ns=index.routinely_destroyed_ns(now_ns - DAY_NS),
            days_off=self._days_off(),
            daily=daily,
            released_ns=self._released_ns(),
        )

    def _past_floor_ns(self) -> int:
        """What ended later is inside its floor, whatever the calendar adds."""
        return self._clock.wall_ns() - self._policy().floor_days * DAY_NS

    def _due_before_ns(self, more_days: int) -> int:
        """What ended later is due for no target or ceiling, nor ``more_days`` of footage more for space. A ceiling is
        counted from the first frame's day and begins at its midnight."""
        now_ns, policy = self._clock.wall_ns(), self._policy()
        longest_ns = self._ring.index.longest_ns if self._ring.index.healthy else 0
        last_ns = max(now_ns - policy.target_days * DAY_NS, now_ns - (policy.ceiling_days - 1) * DAY_NS + longest_ns)
        return min(self._past_floor_ns(), last_ns + more_days * DAY_NS)

    def _and_held(self, old: Sequence[RetainedBucket]) -> list[RetainedBucket]:
        found = {each.bucket_id: each for each in old}
        touched = self._ring.index.kept_touched(_spans_of(self._holds()))
        found.update((each.bucket_id, each) for each in touched)
        return list(found.values())

    def _terms(self) -> _Terms:
        return _Terms(frozenset(self._holds()), self._policy(), frozenset(self._days_off()))

    def _need_disk(self) -> None:
        """Raises Unavailable while another disk lies there than should, or an older copy of the right one."""
        if why := self._disk_trouble():
            raise Unavailable(why)

    def _destroy(self, bucket_ids: Sequence[str], reason: str, judged_by: _Terms, late: Collection[str] = ()) -> None:
        """``judged_by``: the terms that were judged by, or fewer. A hold, floor or day off acknowledged since stops
        it. ``late``: what outlived its ceiling; those of these buckets stand in both entries."""
        proof = {"now_ns": self._clock.wall_ns(), "floor_days": self._policy().floor_days}
        self._unsettled = True
        intended = {"buckets": list(bucket_ids), "reason": reason, "judged": proof}
        if overdue := [bucket_id for bucket_id in bucket_ids if bucket_id in late]:
            intended["late"] = overdue
        intent = self._ledger.append("destroy.intended", intended)
        if self._terms().keep_more_than(judged_by):
            self._ledger.append("destroy.abandoned", {"intent": intent.index, "buckets": list(bucket_ids)})
            self._unsettled = False
            raise Unavailable.of("destruction-again")
        lost = [bucket_id for bucket_id in bucket_ids if bucket_id not in self._keystore]
        self._carry_out(bucket_ids, reason, intent.index, self._unused(), lost)
        self._unsettled = False

    def _carry_out(
        self, bucket_ids: Sequence[str], reason: str, intent: int, unused: Sequence[str], lost: Sequence[str] = ()
    ) -> None:
        """From the intent in the ledger to the outcome; every step may be repeated. ``unused`` keys go along; of the
        ``lost`` there was none any more, and the outcome says so."""
        index = self._ring.index
        known = index.closed_among(bucket_ids)
        files = [(closed.bucket_id, closed.numbers) for closed in known]
        admitted = [closed.bucket_id for closed in known if closed.emergency]
        self._keystore.strike_unused(unused)
        done = self._keystore.destroy(bucket_ids)
        self._ring.shelves.unlink(files)
        self._verify(bucket_ids, files)
        intended = self._ledger.entry(intent)
        notes = [Destroyed(bucket_ids=tuple(bucket_ids), reason=reason, at_ns=intended.at_ns, intent=intent)]
        self._ring.note(*notes, *([Struck(bucket_ids=tuple(unused))] if unused else []))
        outcome = {
            "intent": intent,
            "buckets": list(bucket_ids),
            "strength": done.strength,
            "generation": done.generation,
        }
        if admitted:
            outcome["emergency"] = admitted
        if lost:
            outcome["lost"] = list(lost)
        if late := [bucket_id for bucket_id in intended.fields.get("late", ()) if bucket_id in set(bucket_ids)]:
            outcome["late"] = late
        self._ledger.append("destroy.done", outcome)

    def _verify(self, bucket_ids: Sequence[str], files: Sequence[tuple[str, tuple[int, ...]]]) -> None:
        """No key and no file is left. Raises Broken: a promise of ours was not kept."""
        for bucket_id in bucket_ids:
            if bucket_id in self._keystore:
                raise Broken(f"bucket {bucket_id}: its key is still in the key store after it was destroyed")
        for name in self._ring.shelves.look_for(files)[0]:
            raise Broken(f"{name}: is still there after it was unlinked")

    def _compare(self, bucket_ids: Sequence[str]) -> None:
        """What goes must be what the catalogue says, by which it was judged, and its files must be where the index
        says; else the index is in doubt and nothing goes (``INV-24``)."""
        index = self._ring.index
        for kept in index.kept_among(bucket_ids):
            self._ring.proofs.check_kept(kept)
        known = index.closed_among(bucket_ids)
        for name in self._ring.shelves.look_for((closed.bucket_id, closed.numbers) for closed in known)[1]:
            if name not in index.missing:
                index.distrust(f"{name} is not there")
                raise Unavailable.of("destruction-file", file=name)

    def _open_intent(self) -> tuple[int, list[str], str] | None:
        """The newest intent, if no outcome follows it. One at a time: none is begun before the last is settled."""
        outcomes: dict[int, set[str]] = {}
        for number in range(self._ledger.size - 1, self._ring.index.settled - 1, -1):
            entry = self._ledger.entry(number)
            if entry.kind in ("destroy.done", "destroy.abandoned"):
                outcomes.setdefault(int(entry.fields["intent"]), set()).update(entry.fields["buckets"])
            elif entry.kind == "destroy.intended":
                left = [b for b in entry.fields["buckets"] if b not in outcomes.get(number, set())]
                return (number, left, str(entry.fields["reason"])) if left else None
        return None

    def _unused(self) -> list[str]:
        """Keys that were made ahead and never used, of slots long past."""
        shelves, index = self._ring.shelves, self._ring.index
        in_open = shelves.in_open()
        return [b for b in index.unused_before(self._clock.wall_ns() - _UNUSED_AFTER_NS) if b not in in_open]

    def _batch_due(self, now_ns: int) -> bool:
        if self._last_batch_ns is None:
            return True
        today_ns = start_ns_of(local_time(now_ns).date()) + BATCH_NS
        return self._last_batch_ns < today_ns <= now_ns

    def _need_bytes(self, now_ns: int) -> int:
        """What the next day's writing lacks: as much as the last day's, or what is expected if that is more, and a
        reserve, against what is free."""
        fs, ring_dir, reserve = self._ring.shelves.fs, self._ring.shelves.ring_dir, self._reserve_bytes
        reserve = writing_reserve(fs.total_bytes(ring_dir)) if reserve is None else reserve
        day = self._ring.index.bytes_recorded(Span(now_ns - DAY_NS, now_ns)) if self._ring.index.healthy else 0
        return max(0, max(day, self.day_bytes) + reserve - fs.free_bytes(ring_dir))


_STOPPED = {"time": "destruction-time", "index": "destruction-index"}


def _spans_of(holds: Sequence[Hold]) -> list[tuple[str, Span]]:
    return [(hold.camera_no, Span(hold.start_ns, max(hold.end_ns, hold.start_ns + 1))) for hold in holds]
