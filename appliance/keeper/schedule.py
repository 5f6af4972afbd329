"""The tasks of a keeper: what does them, made from its parts, and how often each is done."""

from __future__ import annotations

import gc
from collections.abc import Callable

from appliance.core.clock import Clock
from appliance.keeper.adapters.register import data_file_of
from appliance.keeper.context import Keeper, Tasks
from appliance.keeper.findings import Findings
from appliance.keeper.housekeeping import Housekeeping, Task
from appliance.keeper.log import say
from appliance.keeper.rowfile import RowFile
from appliance.keeper.tasks.boxfigures import BoxFigures
from appliance.keeper.tasks.camera import CameraTasks
from appliance.keeper.tasks.case import CaseTasks
from appliance.keeper.tasks.copies import CopyTasks
from appliance.keeper.tasks.destruction import DestructionTask
from appliance.keeper.tasks.disk import DiskTasks, ScrubTasks
from appliance.keeper.tasks.hold import HoldTasks
from appliance.keeper.tasks.index import IndexWatch
from appliance.keeper.tasks.inspection import InspectionTasks
from appliance.keeper.tasks.key import KeyTasks
from appliance.keeper.tasks.ledger import HeadTasks, StoreReading
from appliance.keeper.tasks.people import PeopleTasks
from appliance.keeper.tasks.register import RegisterTasks
from appliance.keeper.tasks.registry import RegistryFile
from appliance.keeper.tasks.scan import ScanWatch
from appliance.keeper.tasks.time import TimeTasks
from appliance.keeper.trendfile import subjects_of
from appliance.rules.deadlines import DAY_NS
from appliance.services.cases.listing import Listing
from appliance.services.recording.state import RecorderState
from appliance.vault.ring.probe import Probe

__all__ = ["housekeeping", "tasks_of"]

_SILENT_NS = 15 * 1_000_000_000
_HOUR, _DAY = 3600, 24 * 3600
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


def tasks_of(keeper: Keeper) -> Tasks:
    """A subject each."""
    findings, clock, stores, layout = keeper.findings, keeper.clock, keeper.stores, keeper.settings.layout
    time_trusted = keeper.destruction.time_trusted
    index_watch = IndexWatch(keeper.ring, keeper.disk_watch, findings)
    keys = KeyTasks(
        keeper.fs,
        stores,
        keeper.keyholders,
        keeper.vault_key,
        keeper.generations,
        keeper.recovery,
        keeper.destruction,
        findings,
    )
    probe = Probe(
        keeper.plain_fs,
        layout.footage,
        layout.keeper,
        stores.acts,
        keeper.ledger,
        clock,
        ring=lambda: stores.disk.ring,
    )
    return Tasks(
        cameras=CameraTasks(
            keeper.cameras,
            keeper.publications,
            keeper.references,
            keeper.people.book,
            keeper.recorder,
            findings,
            clock,
            trusted=lambda: keeper.trusted,
        ),
        cases=CaseTasks(keeper.cases, keeper.holds, keeper.clockwork, findings, time_trusted),
        copies=CopyTasks(
            keeper.copies,
            keeper.cases,
            keeper.clockwork,
            findings,
            clock,
            forget=lambda: keeper.agency_copies.maker.forget_stale(keeper.logins.is_live),
        ),
        figures=BoxFigures(
            keeper.plain_fs,
            keeper.settings,
            clock,
            stores,
            keeper.cameras,
            keeper.rules,
            keeper.recorder,
            keeper.disk_watch,
            keeper.space,
            keeper.scrub,
            keeper.attempts,
            probe,
            trusted=lambda: keeper.trusted,
        ),
        heads=HeadTasks(keeper.fs, layout.heads, keeper.ledger, keeper.statements, clock),
        holds=HoldTasks(keeper.settlement, keeper.hold_watch, findings, time_trusted),
        index_watch=index_watch,
        inspections=InspectionTasks(keeper.inspections, findings, clock, trial=lambda: keeper.registry.trial),
        keys=keys,
        people=PeopleTasks(
            keeper.people,
            stores.office.accounts,
            keeper.handovers,
            keeper.attempts,
            findings,
            clock,
            trial=lambda: keeper.registry.trial,
            time_trusted=time_trusted,
        ),
        probe=probe,
        reading=StoreReading(stores, index_watch, keys, findings),
        registers=RegisterTasks(
            keeper.registers,
            keeper.logins,
            findings,
            clock,
            data_file=lambda: data_file_of(keeper),
            trial=lambda: keeper.registry.trial,
            trusted=lambda: keeper.trusted,
        ),
        registry_file=RegistryFile(
            keeper.fs,
            layout.boot,
            stores.office.box_keys.registry_key,
            stores.last_head,
            findings,
            registry=lambda: keeper.registry,
        ),
        scans=ScanWatch(keeper.scans, keeper.uploads, findings, clock),
        time=TimeTasks(keeper.fs, layout.boot, keeper.rules, findings, clock),
    )


def housekeeping(keeper: Keeper, restart: Callable[[], None] = lambda: None) -> Housekeeping:
    """``restart`` is called when the keeper must be restarted."""
    findings, clock, tasks = keeper.findings, keeper.clock, keeper.tasks
    stores, disk_watch = keeper.stores, keeper.disk_watch
    disk = DiskTasks(keeper.fs, keeper.settings.layout.keeper, stores, disk_watch, keeper.recorder, findings, restart)
    scrub = ScrubTasks(keeper.scrub, stores, disk_watch, findings, keeper.settings.scrub_bytes_per_second)
    rows = _CaseRows(keeper.case_list, keeper.case_rows)

    def end_stale() -> None:
        """Grants whose session is over lose their keys within the second, and live looks that may not go on end. Where
        nobody was there for ten minutes, the case is interrupted with its grant (``T-44``)."""
        keeper.grants.end_stale()
        keeper.clockwork.interrupt_idle()
        keeper.live.end_stale()

    def probe_disk() -> None:
        if disk_watch.is_there:
            tasks.probe.turn(trusted=keeper.trusted)

    def reckon() -> None:
        """The last forecast stands while the footage disk is away: that is a finding already."""
        if disk_watch.is_there:
            keeper.space.reckon()

    def renew_certificate() -> None:
        if stores.office.renew_leaf(clock.wall_ns()):
            say("issued a new certificate for the web process; it takes it at its next start")

    every = (
        Task("sessions", 1, end_stale),
        Task("copies", 1, tasks.copies.look),
        Task("disk", 2, disk.look),
        Task("journals", 2, disk.check_journals),
        Task("scrub", 1, scrub.step),
        Task("index", 60, tasks.index_watch.look),
        Task("recorder", 5, lambda: _tell_silence(keeper.recorder, findings, clock)),
        Task("pressure", 2, keeper.space.look),
        Task("cases", 60, tasks.cases.turn),
        Task("case-rows", 1, rows.make),
        Task("holds", 60, tasks.holds.settle),
        Task("keys", 60, tasks.keys.open_again),
        Task("vitals", 60, tasks.figures.gather),
        Task("probe", _HOUR, probe_disk),
        Task("trends", _HOUR, lambda: keeper.trends.keep(subjects_of(keeper.registry))),
        Task("kept-rows", _HOUR, rows.keep),
        Task("inspection", 60, tasks.inspections.turn),
        Task("statement", 60, tasks.heads.make_statements),
        Task("destruction", 60, DestructionTask(keeper.destruction, disk_watch, findings).turn),
        Task("hold-watch", 600, tasks.holds.warn),
        Task("scans", 10, tasks.scans.look),
        Task("coverage", 60, scrub.count),
        Task("forecast", 120, reckon),
        Task("heads", _HOUR, tasks.heads.issue_head),
        Task("last-head", 5, stores.last_head.keep),
        Task("stamp", _HOUR, disk_watch.renew),
        Task("logins", 60, tasks.people.count_logins),
        Task("rules", 60, tasks.time.look),
        Task("cameras", 60, tasks.cameras.look),
        Task("registers", 60, tasks.registers.look),
        Task("registry", 5, tasks.registry_file.write_changed),
        Task("vault", 5, tasks.keys.check_vault_key),
        Task("generation", 5, tasks.keys.enter_generation),
        Task("people", 600, tasks.people.look),
        Task("passing", 600, lambda: _clear_passing(findings, clock)),
        Task("certificate", _DAY, renew_certificate),
        Task("stores", _DAY, tasks.reading.begin),
    )
    return Housekeeping(every, findings, clock)


class _CaseRows:
    """Once all are there, what the keeper holds of all cases is left out of the searches for garbage: of ten thousand
    each would hold up a page for a sixth of a second."""

    def __init__(self, listing: Listing, kept: RowFile) -> None:
        self._listing, self._kept, self._made = listing, kept, False

    def make(self) -> None:
        if self._made or not self._listing.warm(_ROWS_AT_ONCE):
            return
        self._made = True
        self._kept.keep()
        gc.collect()
        gc.freeze()

    def keep(self) -> None:
        if self._made:
            self._kept.keep()


def _tell_silence(recorder: RecorderState, findings: Findings, clock: Clock) -> None:
    silent = recorder.is_silent(clock.boot_ns(), _SILENT_NS)
    text = "the recorder process does not report; footage may not be recorded now" if silent else ""
    findings.set("recorder-silent", "storage", text)
    if silent:
        findings.clear("disk-slow")  # nothing is written that a power cut could cost


def _clear_passing(findings: Findings, clock: Clock) -> None:
    """Findings of what the keeper repaired by itself stand for a day."""
    since_ns = clock.wall_ns() - DAY_NS
    for finding in findings.all():
        if finding.key in _PASSING and finding.since_ns < since_ns:
            findings.clear(finding.key)
