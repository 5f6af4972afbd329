"""Daily statements: yesterday's is made shortly after local midnight, those of days missed at the first chance.

Only in trusted time. The ledger entry is the statement; the file beside the heads is the same words under the ledger's
signature. Every certificate of a destruction stands in exactly one statement, whatever the clock said meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import msgspec

from appliance.core.clock import Clock
from appliance.core.errors import Damaged, NotFound
from appliance.core.model import Registry, Span
from appliance.ledger.entry import Entry
from appliance.ledger.extract import MAX_EXTRACT_BYTES
from appliance.ledger.log import Ledger
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.policy import Policy
from appliance.rules.statement import CameraFigures, Certificate, DayFigures, Lost, state_statement
from appliance.storage.files import Fs, write_atomic
from appliance.vault.index.gaps import gaps_of
from appliance.vault.ring.ring import Ring

__all__ = ["KIND", "READY_NS", "Statements", "file_name"]

KIND = "statement.daily"

READY_NS = 20 * 60 * 1_000_000_000
"""After midnight: the day's last buckets are closed by then and a gap that goes on was reported once more."""

MOST_TOLD = 120
"""Certificates, or steps of the clock, in one statement; the rest stand in the next."""

MOST_BEHIND = 366
"""Days missed further back than this get no statement."""


def file_name(day: date) -> str:
    """Of the signed statement, beside the heads."""
    return f"{day:%Y%m%d}.statement"


class Statements:
    """Blocking and thread-safe. ``trusted()`` says whether time may be used to judge. The ledger is read once, at the
    first question, and then followed."""

    def __init__(
        self,
        fs: Fs,
        heads_dir: str,
        ring: Ring,
        ledger: Ledger,
        clock: Clock,
        *,
        policy: Callable[[], Policy],
        registry: Callable[[], Registry],
        trusted: Callable[[], bool],
    ) -> None:
        self._fs, self._heads_dir, self._ring, self._ledger, self._clock = fs, heads_dir, ring, ledger, clock
        self._policy, self._registry, self._trusted = policy, registry, trusted
        self._forecast: Callable[[], float | None] = lambda: None
        self._lock = threading.RLock()
        self._followed = 0
        self._made: dict[date, int] = {}
        self._certificate_of: dict[int, date] = {}
        self._certificates: dict[int, int] = {}
        self._steps: dict[int, int] = {}

    def heed(self, forecast: Callable[[], float | None]) -> None:
        """From here on ``forecast()`` says how many days the store will hold, None while nobody knows."""
        self._forecast = forecast

    # --- reading ---

    def days(self) -> dict[date, int]:
        """The days that have a statement, in order, with the number of its ledger entry."""
        with self._lock:
            self._follow()
            return dict(sorted(self._made.items()))

    def of(self, day: date) -> Entry:
        """Raises NotFound for a day without a statement."""
        with self._lock:
            self._follow()
            if day not in self._made:
                raise NotFound.of("statement-none", day=day.isoformat())
            return self._ledger.entry(self._made[day])

    def day_of_certificate(self, done: int) -> date | None:
        """The day whose statement names this certificate."""
        with self._lock:
            self._follow()
            return self._certificate_of.get(done)

    # --- making ---

    def make_due(self) -> list[Entry]:
        """Makes what is missing up to yesterday; nothing while time is not trusted or the index is in doubt. Durable
        on return. Raises NotWritable, Unavailable; then the rest is made at the next call."""
        with self._lock:
            self._follow()
            missing = self._missing()
            if not missing or self._ring.index.doubt or not self._trusted():
                return []
            entries = [self._make(day) for day in missing]
            self._follow()
            return entries

    def write_last(self) -> None:
        """Writes the file of the last statement if an interruption left it out."""
        with self._lock:
            self._follow()
            if self._made:
                day = max(self._made)
                if not self._fs.exists(os.path.join(self._heads_dir, file_name(day))):
                    self._write(day, self._made[day])

    def _follow(self) -> None:
        """Takes note of what the ledger has by now. Raises Damaged for a statement that none of ours is."""
        size = self._ledger.size
        for entry in self._ledger.entries(self._followed, size):
            if entry.kind == "destroy.done":
                self._certificates[entry.index] = entry.at_ns
            elif entry.kind in ("clock.changed", "clock.set"):
                self._steps[entry.index] = entry.at_ns
            elif entry.kind == KIND:
                try:
                    self._note(entry)
                except (AttributeError, KeyError, TypeError, ValueError) as error:
                    raise Damaged.of("statement-altered", entry=entry.index, error=error) from error
        self._followed = size

    def _note(self, entry: Entry) -> None:
        day = date.fromisoformat(entry.fields["day"])
        self._made.setdefault(day, entry.index)
        for each in entry.fields["certificates"]:
            self._certificate_of[each["done"]] = day
            self._certificates.pop(each["done"], None)
        for each in entry.fields["clock_steps"]:
            self._steps.pop(each["entry"], None)

    def _missing(self) -> list[date]:
        if not self._ledger.size:
            return []
        yesterday = day_of(self._clock.wall_ns() - READY_NS) - timedelta(days=1)
        first = min(self._made, default=day_of(self._ledger.entry(0).at_ns))
        if (yesterday - first).days >= MOST_BEHIND:
            first = yesterday - timedelta(days=MOST_BEHIND - 1) if self._made else yesterday
        days = (first + timedelta(days=number) for number in range((yesterday - first).days + 1))
        return [day for day in days if day not in self._made]

    def _make(self, day: date) -> Entry:
        entry = self._ledger.append(KIND, msgspec.to_builtins(state_statement(self._figures(day))))
        self._write(day, entry.index)
        self._follow()
        return entry

    def _write(self, day: date, index: int) -> None:
        """No file for an entry that is too long for a note; it stands in the ledger all the same."""
        if len(self._ledger.entry(index).raw) > MAX_EXTRACT_BYTES:
            return
        note = self._ledger.extract(index).encode()
        write_atomic(self._fs, os.path.join(self._heads_dir, file_name(day)), note, mode=0o644)

    # --- the figures ---

    def _figures(self, day: date) -> DayFigures:
        now_ns = self._clock.wall_ns()
        return DayFigures(
            day=day,
            at_ns=now_ns,
            policy=self._policy(),
            cameras=self._cameras(day, now_ns),
            certificates=[self._certificate(done) for done in self._due(self._certificates, day, now_ns)],
            steps=[
                (index, int(self._ledger.entry(index).fields["by_ns"])) for index in self._due(self._steps, day, now_ns)
            ],
            forecast_days=self._forecast(),
        )

    @staticmethod
    def _due(waiting: Mapping[int, int], day: date, now_ns: int) -> list[int]:
        """Entries that stand in no statement yet and are of the day or before. One dated ahead of now was entered under
        a wrong clock: it is told with the first statement after it."""
        end_ns = start_ns_of(day) + DAY_NS
        due = [index for index, at_ns in sorted(waiting.items()) if at_ns < end_ns or at_ns > now_ns]
        return due[:MOST_TOLD]

    def _certificate(self, done: int) -> Certificate:
        fields = self._ledger.entry(done).fields
        intent, buckets = int(fields["intent"]), frozenset(fields["buckets"])
        return Certificate(
            done=done,
            intent=intent,
            reason=str(self._ledger.entry(intent).fields["reason"]),
            strength=str(fields["strength"]),
            lost=[
                Lost(gone.camera_no, gone.start_ns, gone.end_ns, gone.bytes)
                for gone in self._ring.index.destroyed_by(intent)
                if gone.bucket_id in buckets
            ],
        )

    def _cameras(self, day: date, now_ns: int) -> list[CameraFigures]:
        whole = Span(start_ns_of(day), start_ns_of(day) + DAY_NS)
        index, registry = self._ring.index, self._registry()
        in_force = {camera.camera_no: registry.begun_ns(camera) for camera in registry.cameras}
        untrusted = index.untrusted_in(whole)
        gone: dict[str, list[Span]] = {}
        if (day_of(now_ns) - day).days > self._policy().floor_days:
            for each in index.destroyed_of(whole):
                gone.setdefault(each.camera_no, []).append(Span(each.start_ns, each.end_ns))
        out = []
        for camera_no in sorted(set(in_force) | set(index.cameras()) | set(gone)):
            first_ns = self._ring.earliest(camera_no)
            begun_ns = in_force.get(camera_no, registry.since_ns)
            since_ns = min(begun_ns, begun_ns if first_ns is None else first_ns)
            span = Span(max(whole.start_ns, since_ns), whole.end_ns)
            judged = camera_no in in_force and span.start_ns < span.end_ns
            footage = [*self._ring.footage_in(camera_no, span), *gone.get(camera_no, [])] if judged else []
            out.append(
                CameraFigures(
                    camera_no=camera_no,
                    dates=index.dates(camera_no),
                    gaps=gaps_of(camera_no, span, footage, self._ring.noted_gaps(camera_no, span)) if judged else [],
                    untrusted=untrusted.get(camera_no, 0),
                    since=day_of(since_ns) if camera_no in in_force else None,
                )
            )
        return out
