"""The keeper's parts, opened in order and closed in reverse: everything the verbs work on. Nothing global.

Opening needs no person. It finishes what an interruption left: torn tails cut, closings redone, destructions finished
or abandoned. Only then is anybody served.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator

from appliance.core.clock import Clock
from appliance.core.settings import Settings
from appliance.keeper.adapters.agency_copies import agency_copies
from appliance.keeper.adapters.inspection import inspection_book
from appliance.keeper.adapters.register import register_book
from appliance.keeper.assembly import assembled
from appliance.keeper.budgets import Budget
from appliance.keeper.context import Keeper
from appliance.keeper.eligibility import is_pledged
from appliance.keeper.endpoints import served_by
from appliance.keeper.log import say
from appliance.keeper.machine.space import Space, ballast_of
from appliance.keeper.rowfile import RowFile
from appliance.keeper.schedule import tasks_of
from appliance.keeper.startup import settle
from appliance.keeper.stores import need_office, open_stores
from appliance.keeper.tasks.camera import view_off_ns
from appliance.keeper.tasks.damage import tell_unreadable
from appliance.keeper.trendfile import TrendFile, subjects_of
from appliance.rules.scans import camera_papers
from appliance.sandbox.client import SandboxClient
from appliance.services.cameras.searches import CameraSearches
from appliance.services.copies.maker import CopyMaker
from appliance.services.duties.desk import duty_board
from appliance.services.duties.handover import HandoverLists
from appliance.services.live.adapters import live_ports
from appliance.services.live.views import LiveViews
from appliance.services.office_rules.rules import not_settable
from appliance.services.selftests.results import SelfTestResults
from appliance.services.statements.year_figures import YearFigures
from appliance.services.stations.reports import StationReports
from appliance.services.viewing.search import ChangeSearches
from appliance.storage.ballast import BallastFs
from appliance.storage.boot_files import read_mark
from appliance.storage.files import Fs

__all__ = ["open_keeper"]

_STARTS, _START_NS = 20, 60_000_000_000
"""Starts of the recorder that are entered at once, and one more a minute; those between are counted."""
_OPENINGS, _OPENING_NS = 500, 10_000_000_000
"""Times that a camera's reference pictures are handed out at once, and one more every ten seconds: each is an entry. A
recorder that starts asks once for each camera."""


@contextlib.contextmanager
def open_keeper(
    settings: Settings,
    fs: Fs,
    clock: Clock,
    random: Callable[[int], bytes] = os.urandom,
    *,
    set_wall: Callable[[int], None] = not_settable,
) -> Iterator[Keeper]:
    """Opens everything and finishes what was left half done. ``set_wall`` sets the machine's clock when two people say
    so. Raises as :func:`open_stores`."""
    need_office(fs, settings.layout.office)
    ballast = ballast_of(fs, settings)
    backed = BallastFs(fs, ballast, say, under=settings.layout.office)
    with open_stores(settings, backed, clock, random) as stores:
        ballast.make()
        keeper = assembled(settings, backed, fs, clock, stores, random, set_wall)
        keeper.space = Space(
            backed,
            settings,
            clock,
            keeper.ring,
            keeper.ledger,
            keeper.findings,
            keeper.destruction,
            keeper.disk_watch,
            keeper.rules,
            ballast,
            registry=lambda: keeper.registry,
            states=lambda: keeper.recorder.states,
            holds=lambda: [*keeper.cases.holds(), *keeper.holds.holds()],
        )
        keeper.copy_maker = CopyMaker(
            keeper.copies,
            keeper.grants,
            keeper.cases,
            keeper.ring,
            random,
            mark=lambda: read_mark(fs, settings.layout.boot),
            room=keeper.space.copy_room,
            on_damage=functools.partial(tell_unreadable, keeper.findings),
        )
        keeper.starts = Budget(clock.boot_ns, _STARTS, _START_NS)
        keeper.references_opened = Budget(clock.boot_ns, _OPENINGS, _OPENING_NS)
        keeper.searches = CameraSearches(clock)
        keeper.change_searches = ChangeSearches(keeper.grants, keeper.playback, clock)
        keeper.self_tests = SelfTestResults(clock.boot_ns)
        keeper.inspections = inspection_book(keeper, random)
        keeper.registers = register_book(keeper, random)
        keeper.agency_copies = agency_copies(keeper, random)
        keeper.live = LiveViews(
            stores.acts,
            stores.ledger,
            clock,
            keeper.logins,
            SandboxClient(settings.layout.socket("darkroom")),
            live_ports(
                clock,
                keeper.inspections,
                keeper.registers,
                keeper.grants,
                registry=lambda: keeper.registry,
                pledged=functools.partial(is_pledged, keeper.people.book, trial=stores.office.office.trial),
            ),
        )
        keeper.station_reports = StationReports(
            keeper.stations,
            stores.acts,
            stores.ledger,
            clock,
            grants_at=keeper.grants.at_station,
            budget=lambda most, every_ns: Budget(clock.boot_ns, most, every_ns).take,
        )
        keeper.handovers = HandoverLists(
            keeper.people.book,
            keeper.cases,
            keeper.holds,
            keeper.cameras,
            keeper.inspections,
            keeper.registers,
            clock,
        )
        keeper.duty_board = duty_board(
            keeper.people.book,
            keeper.cases,
            keeper.holds,
            keeper.cameras,
            keeper.publications,
            keeper.inspections,
            keeper.registers,
            keeper.ledger,
            clock,
            trial=lambda: keeper.registry.trial,
        )
        keeper.year_figures = YearFigures(
            keeper.ledger, keeper.case_list, lambda number: keeper.inspections.ticket(number).found_ns
        )
        keeper.trends = TrendFile(backed, settings.layout.keeper)
        keeper.case_rows = RowFile(
            backed, settings.layout.keeper, stores.office.box_keys.records_key, random, keeper.case_list
        )
        keeper.case_rows.take()
        keeper.statements.heed(lambda: keeper.space.days)
        keeper.cameras.world = keeper.cameras.world._replace(
            short=keeper.space.short_with,
            sources=lambda: keeper.recorder.sources,
            declared=lambda: keeper.recorder.declared,
            picture_known=keeper.references.known,
            picture_seen=keeper.references.seen,
            identity=keeper.references.identity,
            view_off=lambda camera_no: view_off_ns(keeper.findings, camera_no) > 0,
            told=keeper.recorder.identity_of,
            stranger=lambda camera_no: keeper.findings.is_open(f"camera-device-{camera_no}"),
            wavers=keeper.recorder.wavers_of,
            scans=lambda version: keeper.scans.kinds_of(camera_papers(version.camera_no, version.version)),
        )
        keeper.tasks = tasks_of(keeper)
        keeper.cameras.on_registry = keeper.tasks.registry_file.write_changed
        stores.office.key_store.on_slots = keeper.tasks.keys.enter_generation
        settle(keeper)
        keeper.served = served_by(keeper)
        try:
            yield keeper
        finally:
            keeper.copy_maker.stop()
            keeper.agency_copies.maker.stop()
            keeper.agency_copies.reader.stop()
            keeper.grants.end_all("the keeper stops")
            keeper.tasks.copies.end_all()
            keeper.live.end_all()
            keeper.trends.keep(subjects_of(keeper.registry))
            keeper.case_rows.keep()
