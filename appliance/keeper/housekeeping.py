"""What the keeper does by itself: daily statements, destruction, scrubbing, counts, heads, the web's certificate.

One thread. Each chore has its own pace; one that fails is a finding and is tried again at its next turn.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from appliance.core.clock import local_time
from appliance.core.errors import NotWritable, RecorderError, Unavailable
from appliance.keeper.context import Keeper
from appliance.keeper.diskwatch import OLDER
from appliance.keeper.log import say
from appliance.keeper.tasks import case, hold, inspection
from appliance.keeper.tasks.boxfigures import BoxFigures
from appliance.keeper.tasks.camera import look_at_cameras
from appliance.keeper.tasks.damage import end_what_is_over, is_damage, tell_aside, tell_damage
from appliance.keeper.tasks.index import IndexWatch
from appliance.keeper.tasks.key import check_vault_key, enter_generation, open_keys_again, tell_keyless
from appliance.keeper.tasks.policy import put_policy_in_force
from appliance.keeper.tasks.register import look_at_registers
from appliance.keeper.tasks.registry import write_changed_registry
from appliance.keeper.tasks.scan import ScanWatch
from appliance.keeper.tasks.tombstone import replay
from appliance.keeper.trendfile import subjects_of
from appliance.keeper.verifying import ledger_wrong
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.retention import Danger
from appliance.storage.files import write_atomic
from appliance.vault.ring.probe import Probe

__all__ = ["Housekeeping"]

_SECOND_NS = 1_000_000_000
_SILENT_NS = 15 * _SECOND_NS
_STUCK_NS = 15 * 60 * _SECOND_NS
"""The longest that one chore may take: a year's index is made anew in minutes on the slowest of boxes."""

_HOUR = 3600
_SOON_NS = 3 * DAY_NS
_CALENDAR_DAYS = 31
_ROWS_AT_ONCE = 250
"""Of cases that are closed, so many are read each second after a start, until every list has its row."""

_PASSING = (
    "index-rebuilt",
    "documents-lost",
    "registry-altered",
    "vault-altered",
    "catalogue-key-altered",
    "suite-altered",
    "ledger-head-lost",
)


@dataclass
class _Task:
    """Its finding is ``duty-`` and its name."""

    name: str
    every_seconds: int
    work: Callable[[], None]
    due_ns: int = 0


class Housekeeping:
    """Turns over the chores once a second until it is stopped. ``start_anew`` is called when the keeper must be: a
    journal that failed is closed for good, and the disk takes writes again."""

    def __init__(self, keeper: Keeper, start_anew: Callable[[], None] = lambda: None) -> None:
        self._keeper, self._start_anew = keeper, start_anew
        self._probe = Probe(
            keeper.plain_fs,
            keeper.settings.layout.footage,
            keeper.settings.layout.keeper,
            keeper.stores.acts,
            keeper.ledger,
            keeper.clock,
            ring=lambda: keeper.stores.disk.ring,
        )
        self._box_figures = BoxFigures(keeper, self._probe)
        self._stopping = threading.Event()
        self._reading: threading.Thread | None = None
        self._since_ns = 0
        self._rows_made = False
        self._disk_kind = keeper.disk_watch.kind
        self._compared_ns = keeper.clock.boot_ns()
        self._count_ns = keeper.clock.boot_ns() + _HOUR * _SECOND_NS
        self._index_watch = IndexWatch(keeper)
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._chores = [
            _Task("sessions", 1, self._sessions),
            _Task("disk", 2, self._disk),
            _Task("journals", 2, self._journals),
            _Task("scrub", 1, self._scrub),
            _Task("index", 60, self._index_watch.look),
            _Task("recorder", 5, self._recorder),
            _Task("pressure", 2, self._keeper.space.look),
            _Task("cases", 60, self._cases),
            _Task("case-rows", 1, self._case_rows),
            _Task("holds", 60, self._holds),
            _Task("keys", 60, self._keys),
            _Task("vitals", 60, self._vitals),
            _Task("probe", _HOUR, self._probe_disk),
            _Task("trends", _HOUR, lambda: keeper.trends.keep(subjects_of(keeper.registry))),
            _Task("kept-rows", _HOUR, self._kept_rows),
            _Task("inspection", 60, self._inspection),
            _Task("statement", 60, self._statement),
            _Task("destruction", 60, self._destruction),
            _Task("hold-watch", 600, self._hold_watch),
            _Task("scans", 10, ScanWatch(keeper).look),
            _Task("coverage", 60, self._count_coverage),
            _Task("forecast", 120, self._reckon),
            _Task("heads", _HOUR, self._head),
            _Task("last-head", 5, keeper.stores.last_head.keep),
            _Task("stamp", _HOUR, self._keeper.disk_watch.renew),
            _Task("logins", 60, self._logins),
            _Task("rules", 60, self._rules),
            _Task("cameras", 60, lambda: look_at_cameras(keeper)),
            _Task("registers", 60, lambda: look_at_registers(keeper)),
            _Task("registry", 5, lambda: write_changed_registry(keeper)),
            _Task("vault", 5, lambda: check_vault_key(keeper)),
            _Task("generation", 5, lambda: enter_generation(keeper)),
            _Task("people", 600, self._people),
            _Task("passing", 600, self._passing),
            _Task("certificate", 24 * _HOUR, self._certificate),
            _Task("stores", 24 * _HOUR, self._stores),
        ]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    @property
    def alive(self) -> bool:
        """Whether the chores are being done: who only serves and keeps no house must be started anew."""
        since_ns = self._since_ns
        stuck = since_ns and self._keeper.clock.boot_ns() - since_ns > _STUCK_NS
        return self._thread.is_alive() and not stuck

    def turn(self) -> None:
        """Does every chore that is due now."""
        for chore in self._chores:
            now = self._keeper.clock.boot_ns()
            if now < chore.due_ns:
                continue
            chore.due_ns = now + chore.every_seconds * _SECOND_NS
            self._since_ns = now
            try:
                chore.work()
                self._keeper.findings.clear(f"duty-{chore.name}")
            except (RecorderError, OSError) as error:
                self._keeper.findings.open(f"duty-{chore.name}", "storage", f"{chore.name}: {error}")
            except Exception as defect:
                # A defect in one chore ends no other: nothing else destroys, scrubs, or ends a viewing that is over.
                say(f"defect in the chore {chore.name}: {''.join(traceback.format_exception(defect)).strip()}")
                text = f"{chore.name}: a defect in the recorder ({type(defect).__name__}); its log says more"
                self._keeper.findings.open(f"duty-{chore.name}", "storage", text)
            self._since_ns = 0

    def _run(self) -> None:
        while not self._stopping.wait(1.0):
            self.turn()

    # --- the chores ---

    def _sessions(self) -> None:
        """Grants whose session is over lose their keys within the second, and live looks that may not go on end."""
        self._keeper.grants.end_stale()
        self._keeper.live.end_stale()

    def _disk(self) -> None:
        """Is it the office's footage disk? When it is back, the recorder is asked for what could not be closed."""
        keeper = self._keeper
        keeper.disk_watch.tell(keeper.findings)
        before, self._disk_kind = self._disk_kind, keeper.disk_watch.kind
        if self._disk_kind in ("", OLDER) and self._disk_kind != before:
            replay(keeper, whole=self._disk_kind == OLDER)
        with keeper.lock:
            if keeper.recorder.hello_owed and keeper.disk_watch.is_there and not keeper.ring.index.doubt:
                keeper.recorder.greeted = keeper.recorder.hello_owed = False

    def _journals(self) -> None:
        """Ledger, records and catalogue take nothing more after a failed write until they are opened anew."""
        keeper = self._keeper
        failed = [
            name
            for name, writable in (
                ("ledger", keeper.ledger.writable),
                ("records", keeper.stores.acts.writable),
                ("catalogue", keeper.ring.catalogue.writable),
            )
            if not writable
        ]
        if not failed:
            keeper.findings.clear("journal-failed")
            return
        keeper.findings.open(
            "journal-failed",
            "storage",
            f"{', '.join(failed)}: a write failed; nothing is viewed, received or destroyed until the keeper has "
            "started itself anew, which it does when the disk takes writes again; recording goes on; look at the disk",
        )
        with contextlib.suppress(NotWritable):
            write_atomic(keeper.fs, os.path.join(keeper.settings.layout.keeper, "writable"), b"yes\n")
            say("the disk takes writes again; starting anew")
            self._start_anew()

    def _scrub(self) -> None:
        keeper = self._keeper
        if keeper.disk_watch.trouble:
            return  # what another disk lacks is not damaged
        for damage in keeper.scrub.step(keeper.settings.scrub_bytes_per_second):
            tell_damage(keeper.findings, damage)
        if done := keeper.scrub.finished_pass():
            damaged = sum(map(is_damage, keeper.findings.all()))
            keeper.ledger.append("scrub.done", {**done._asdict(), "damaged": damaged})

    def _recorder(self) -> None:
        with self._keeper.lock:
            silent = self._keeper.clock.boot_ns() - self._keeper.recorder.heard_ns > _SILENT_NS
        text = "the recorder process does not report; footage may not be recorded now" if silent else ""
        self._keeper.findings.set("recorder-silent", "storage", text)
        if silent:
            self._keeper.findings.clear("disk-slow")  # nothing is written that a power cut could cost

    def _vitals(self) -> None:
        self._box_figures.gather()

    def _probe_disk(self) -> None:
        if self._keeper.disk_watch.is_there:
            self._probe.turn(trusted=self._keeper.trusted)

    def _inspection(self) -> None:
        inspection.turn(self._keeper)

    def _keys(self) -> None:
        """A key store that is shut or takes no change is opened when its anchor answers; a finding stands meanwhile."""
        open_keys_again(self._keeper)

    def _statement(self) -> None:
        """Before destruction: what a missed day held is told while it is there."""
        self._keeper.statements.write_last()
        for entry in self._keeper.statements.make_due():
            late = f", {entry.fields['late_days']} days late" if entry.fields["late_days"] else ""
            say(f"entered the statement of {entry.fields['day']}{late}")

    def _destruction(self) -> None:
        """A destruction that failed stays a finding while it rests, until one comes about (``T-61``)."""
        findings = self._keeper.findings
        if self._keeper.disk_watch.trouble:
            return  # nothing is destroyed on another disk or an older copy: that finding says so, and nothing failed
        try:
            batch = self._keeper.destruction.routine()
        except (RecorderError, OSError) as error:
            findings.open("destruction-failed", "storage", f"destruction failed and is tried again: {error}")
            return
        if batch is None:
            return
        findings.clear("destruction-failed")
        if batch.destroyed:
            say(f"destroyed {len(batch.destroyed)} buckets past their term")
        texts = {danger.kind: _danger_text(danger) for danger in batch.verdict.danger}
        for kind in ("time", "index", "brake", "space", "overdue", "ceiling", "undated"):
            self._keeper.findings.set(f"retention-{kind}", "storage", texts.get(kind, ""))

    def _cases(self) -> None:
        case.turn(self._keeper)

    def _case_rows(self) -> None:
        """Once all are there, what the keeper holds of all cases is left out of the searches for garbage: of ten
        thousand each would hold up a page for a sixth of a second."""
        if self._rows_made or not self._keeper.case_list.warm(_ROWS_AT_ONCE):
            return
        self._rows_made = True
        self._keeper.case_rows.keep()
        gc.collect()
        gc.freeze()

    def _kept_rows(self) -> None:
        if self._rows_made:
            self._keeper.case_rows.keep()

    def _holds(self) -> None:
        hold.settle(self._keeper)

    def _hold_watch(self) -> None:
        hold.warn(self._keeper)

    def _count_coverage(self) -> None:
        tell_aside(self._keeper.findings, self._keeper.ring.index)
        self._keeper.scrub.count()
        if not self._keeper.disk_watch.trouble:
            end_what_is_over(self._keeper.findings, self._keeper.ring)

    def _reckon(self) -> None:
        """The last forecast stands while the footage disk is away: that is a finding already."""
        if self._keeper.disk_watch.is_there:
            self._keeper.space.reckon()

    def _head(self) -> None:
        """Writes the present head where people can take it from, and enters that it was issued."""
        keeper = self._keeper
        keeper.ledger.append("head.issued", {"size": keeper.ledger.size, "way": "file"})
        note = keeper.ledger.checkpoint()
        name = f"{local_time(keeper.clock.wall_ns()):%Y%m%d-%H}.checkpoint"
        write_atomic(keeper.fs, os.path.join(keeper.settings.layout.heads, name), note.encode(), mode=0o644)

    def _logins(self) -> None:
        """Failures within the minute, the rest once an hour and at the stop."""
        now_ns = self._keeper.clock.boot_ns()
        if self._keeper.attempts.failed or now_ns >= self._count_ns:
            self._count_ns = now_ns + _HOUR * _SECOND_NS
            self._keeper.attempts.enter()

    def _rules(self) -> None:
        """Whether the clock leapt (``T-14``) or heard a time source lately (``T-16``), and whether the office calendar
        reaches far enough."""
        keeper, now_ns = self._keeper, self._keeper.clock.boot_ns()
        if keeper.clock.trusted():
            self._compared_ns = now_ns
        alone = now_ns - self._compared_ns > DAY_NS and keeper.rules.watch.vouched_ns() < _SOON_NS
        text = "no time source was heard for a day; two people must compare the clock with a reference"
        keeper.findings.set("clock-alone", "storage", text if alone else "")
        leapt_days = keeper.rules.watch.leapt_ns() // DAY_NS
        text = (
            f"the clock is {leapt_days} days past the newest entry of the ledger; nothing is destroyed and no hold "
            "lapses until two people have compared it with a reference"
        )
        keeper.findings.set("clock-leapt", "storage", text if leapt_days else "")
        calendar, today = keeper.rules.calendar, day_of(keeper.clock.wall_ns())
        last = calendar.known_until(today)
        if not calendar.years or (last and (last - today).days >= _CALENDAR_DAYS):
            text = ""
        else:
            text = f"the office calendar ends on {last}" if last else f"the office calendar does not know {today.year}"
        keeper.findings.set("calendar-ends", "storage", text)
        put_policy_in_force(keeper)

    def _stores(self) -> None:
        """Reads ledger and catalogue from their first entry, beside the other chores: it takes as long as it takes."""
        if self._reading is None or not self._reading.is_alive():
            self._reading = threading.Thread(target=self.read_stores, name="read the stores", daemon=True)
            self._reading.start()

    def read_stores(self) -> None:
        """Rot in ledger or catalogue while the keeper runs is a finding, and not first at its next start; so is an
        index that says something else, and footage whose key is gone."""
        keeper, wrong = self._keeper, ""
        keeper.findings.set("ledger-damaged", "storage", ledger_wrong(keeper.stores))
        try:
            keeper.ring.catalogue.check()
            self._index_watch.compare()
        except RecorderError as error:
            wrong = str(error)
        keeper.findings.set("catalogue-damaged", "storage", wrong)
        with contextlib.suppress(Unavailable):  # an index that does not answer is no damage of the catalogue
            tell_keyless(keeper)

    def _people(self) -> None:
        """Accounts that nobody uses are suspended; a yearly review that is due is a finding, and what leavers left."""
        keeper = self._keeper
        trusted = keeper.destruction.time_trusted()
        for _ in keeper.people.suspend_idle(trusted=trusted):
            say("an account was suspended that nobody had used for 90 days")
        if trusted and not keeper.registry.trial:
            due = keeper.people.review_due()
            keeper.findings.set("people-review", "storage", due)
        accounts = keeper.stores.office.accounts
        doubted = sum(key.doubted for account in accounts if account.enabled for key in account.keys)
        text = f"{doubted} security keys counted backwards and may have copies; whose they are remove them"
        keeper.findings.set("people-keys", "storage", text if doubted else "")
        count = keeper.handovers.as_things_stand().left_open()
        text = f"{count} open things of people who left have nobody yet; sign their hand-over lists" if count else ""
        keeper.findings.set("people-handover", "storage", text)

    def _passing(self) -> None:
        """What was put right by itself is told for a day."""
        since_ns = self._keeper.clock.wall_ns() - DAY_NS
        for finding in self._keeper.findings.all():
            if finding.key in _PASSING and finding.since_ns < since_ns:
                self._keeper.findings.clear(finding.key)

    def _certificate(self) -> None:
        if self._keeper.stores.office.renew_leaf(self._keeper.clock.wall_ns()):
            say("issued a new certificate for the web process; it takes it at its next start")


def _danger_text(danger: Danger) -> str:
    count = len(danger.bucket_ids)
    return {
        "time": "the clock is not trusted; nothing is destroyed until it is",
        "index": "the index is in doubt; nothing is destroyed until it is made anew",
        "brake": f"{count} buckets are due, more than may go in a day; two people must allow it",
        "space": f"{danger.amount} bytes are needed that no eligible footage can give",
        "overdue": f"{count} buckets have outlived their ceiling",
        "ceiling": f"{count} pinned or held buckets reach their ceiling in {danger.amount} days",
        "undated": f"{count} buckets were recorded in untrusted time and have no date to count from",
    }.get(danger.kind, danger.kind)
