"""The keeper's parts, opened in order and closed in reverse: everything the verbs work on. Nothing global.

Opening needs no person. It finishes what an interruption left: torn tails cut, closings redone, destructions finished
or abandoned. Only then is anybody served.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from appliance.core.clock import Clock
from appliance.core.settings import Settings
from appliance.keeper.adapters.inspection import inspection_book
from appliance.keeper.adapters.register import register_book
from appliance.keeper.attempts import Attempts
from appliance.keeper.budgets import Budget
from appliance.keeper.context import Keeper, Stores
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.eligibility import believes, is_pledged, named_by
from appliance.keeper.endpoints import served_by
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.keeper.machine.space import Space, ballast_of, records_bytes
from appliance.keeper.rowfile import RowFile
from appliance.keeper.startup import settle
from appliance.keeper.stores import need_office, open_stores
from appliance.keeper.tasks.camera import told_by, view_off_ns, wavers_of
from appliance.keeper.tasks.key import enter_generation
from appliance.keeper.tasks.registry import found_registry, write_changed_registry
from appliance.keeper.trendfile import TrendFile, subjects_of
from appliance.papers.camera_list.posted import read_page
from appliance.protocol.callers import server_uids
from appliance.rules.scans import camera_papers
from appliance.sandbox.client import SandboxClient
from appliance.services.access.log import AccessLog
from appliance.services.cameras.adapters import camera_ports
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.pictures import Pictures
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.cameras.references import ReferenceBook
from appliance.services.cameras.searches import CameraSearches
from appliance.services.cases.access_audit import CaseUses
from appliance.services.cases.adapters import case_ports
from appliance.services.cases.archiving import ArchiveBook
from appliance.services.cases.book import CaseBook
from appliance.services.cases.clockwork import Clockwork
from appliance.services.cases.listing import Listing
from appliance.services.document_numbers import LetterNumbers
from appliance.services.duties.desk import duty_board
from appliance.services.duties.handover import HandoverLists
from appliance.services.holds.holds import HoldBook
from appliance.services.live.adapters import live_ports
from appliance.services.live.views import LiveViews
from appliance.services.office_rules.packs import PackBook
from appliance.services.office_rules.rules import OfficeRules, not_settable
from appliance.services.people.login import Logins
from appliance.services.people.ownaccount import OwnAccounts
from appliance.services.people.people import People
from appliance.services.people.peoplebook import PeopleBook
from appliance.services.people.securitykeys import SecurityKeys
from appliance.services.recording.state import RecorderState
from appliance.services.retention.settlement import Settlement
from appliance.services.retention.warnings import HoldWatch
from appliance.services.scans.check import ScanChecker
from appliance.services.scans.scans import ScanBook
from appliance.services.scans.uploads import Uploads
from appliance.services.selftests.results import SelfTestResults
from appliance.services.statements.daily import Statements
from appliance.services.statements.year_figures import YearFigures
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.maskbook import MaskBook
from appliance.services.viewing.playback import Playback
from appliance.services.viewing.shown import LateReports
from appliance.storage.ballast import BallastFs
from appliance.storage.boot_files import write_policy
from appliance.storage.files import Fs
from appliance.vault.keys.generationlog import GenerationLog
from appliance.vault.keys.vaultkey import VaultKeyFile
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.recovery import Recovery
from appliance.vault.ring.scrub import Scrub, last_pass_ns
from appliance.vault.trusted_time import ClockWatch

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
        keeper = _assemble(settings, backed, fs, clock, stores, random, set_wall)
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
            states=lambda: keeper.states,
            holds=lambda: [*keeper.cases.holds(), *keeper.holds.holds()],
        )
        keeper.starts = Budget(clock.boot_ns, _STARTS, _START_NS)
        keeper.references_opened = Budget(clock.boot_ns, _OPENINGS, _OPENING_NS)
        keeper.searches = CameraSearches(clock)
        keeper.self_tests = SelfTestResults(clock.boot_ns)
        keeper.inspections = inspection_book(keeper, random)
        keeper.registers = register_book(keeper, random)
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
            declared=lambda: keeper.declared,
            picture_known=keeper.references.known,
            picture_seen=keeper.references.seen,
            identity=keeper.references.identity,
            view_off=lambda camera_no: view_off_ns(keeper, camera_no) > 0,
            told=lambda camera_no: told_by(keeper, camera_no),
            stranger=lambda camera_no: keeper.findings.is_open(f"camera-device-{camera_no}"),
            wavers=lambda camera_no: wavers_of(keeper, camera_no),
            scans=lambda version: keeper.scans.kinds_of(camera_papers(version.camera_no, version.version)),
        )
        keeper.cameras.on_registry = lambda: write_changed_registry(keeper)
        stores.office.key_store.on_slots = lambda: enter_generation(keeper)
        settle(keeper)
        keeper.served = served_by(keeper)
        try:
            yield keeper
        finally:
            keeper.grants.end_all("the keeper stops")
            keeper.live.end_all()
            keeper.trends.keep(subjects_of(keeper.registry))
            keeper.case_rows.keep()


def _assemble(
    settings: Settings,
    fs: Fs,
    unbacked: Fs,
    clock: Clock,
    stores: Stores,
    random: Callable[[int], bytes],
    set_wall: Callable[[int], None],
) -> Keeper:
    office, ring, layout = stores.office, stores.ring, settings.layout
    darkroom = SandboxClient(layout.socket("darkroom"), server=server_uids("darkroom"))
    watch = ClockWatch(clock, stores.ledger, ring.index.clock_anchor_ns(clock.boot_id()))
    packs = PackBook(
        stores.acts,
        stores.ledger,
        clock,
        office_name=office.office.office_name,
        trusted=lambda: believes(watch),
    )
    rules = OfficeRules(
        stores.acts,
        stores.ledger,
        clock,
        watch,
        put_in_force=lambda policy: write_policy(fs, layout.boot, policy, random),
        set_wall=set_wall,
        packs=packs,
    )
    ring.heed(rules.readings, rules.watch.agrees)
    attempts = Attempts(stores.acts, random, clock.boot_ns)
    book = PeopleBook(stores.acts, stores.ledger, clock, office.accounts)
    logins = Logins(
        office.accounts,
        clock,
        random,
        roles_of=book.roles_of,
        needs_factor=book.needs_factor,
        trial=office.office.trial,
        on_attempt=attempts.count,
    )
    keyholders, site = office.keyholders, settings.web
    security_keys = SecurityKeys(site.name, site.origin, office.office.office_name, clock, random)
    people = People(
        book, stores.acts, office.accounts, keyholders, logins, clock, random, founded_ns=office.office.created_ns
    )
    scans = ScanBook(stores.acts, stores.ledger, fs, office.places.scans, clock, random=random)
    masks = MaskBook(stores.acts, stores.ledger)
    letters = LetterNumbers()
    cases = CaseBook(
        stores.acts,
        stores.ledger,
        clock,
        case_ports(
            lambda: cameras.locations(),
            book,
            office.accounts,
            rules,
            packs,
            ring,
            office.key_store,
            scans,
            stores.acts,
            stores.ledger,
            masks.of,
            lambda: believes(watch),
            trial=office.office.trial,
        ),
        pseudonym_key=office.box_keys.records_key,
        random=random,
        letters=letters,
    )
    cameras = CameraBook(
        stores.acts,
        stores.ledger,
        clock,
        camera_ports(book, packs, lambda: believes(watch)),
        found_registry(fs, layout.boot),
        pseudonym=cases.pseudonym,
        accounts=lambda: [person.name for person in book.all()],
        trial=office.office.trial,
        random=random,
        letters=letters,
    )
    holds = HoldBook(
        stores.acts,
        stores.ledger,
        clock,
        cameras=lambda: list(cameras.locations()),
        trusted=rules.watch.trusted,
        ceiling_days=lambda: rules.policy.ceiling_days,
        days_off=rules.days_off,
        random=random,
        pseudonym=cases.pseudonym,
    )
    grants = Grants(
        stores.acts,
        stores.ledger,
        cases,
        ring,
        office.key_store,
        keyholders,
        logins,
        clock,
        random,
        pledged=functools.partial(is_pledged, book, trial=office.office.trial),
    )
    findings = Findings(stores.ledger, say, os.path.join(layout.run, "findings.waiting"), fs, clock.wall_ns)
    disk_watch = DiskWatch(fs, stores.disk, layout.keeper, random)
    generations = GenerationLog(stores.ledger, office.key_store)
    vault_key = VaultKeyFile(fs, layout.boot, office.places.vault_public, stores.ledger, office.box_keys.registry_key)
    destruction = Destruction(
        ring,
        office.key_store,
        stores.ledger,
        clock,
        lambda: rules.policy,
        lambda: [*cases.holds(), *holds.holds()],
        watch=rules.watch,
        days_off=rules.days_off,
        released_ns=rules.released_ns,
        disk_trouble=lambda: stores.last_head.wrong or disk_watch.look(),
    )
    return Keeper(
        settings=settings,
        fs=fs,
        plain_fs=unbacked,
        clock=clock,
        stores=stores,
        cameras=cameras,
        publications=PublicationBook(
            stores.acts,
            stores.ledger,
            clock,
            cameras,
            names=lambda: named_by(packs),
            days_off=rules.days_off,
            read_page=read_page,
            pseudonym=cases.pseudonym,
        ),
        references=ReferenceBook(stores.acts, stores.ledger, fs, office.places.references, clock, random=random),
        pictures=Pictures(clock, darkroom, random),
        rules=rules,
        packs=packs,
        vault_key=vault_key,
        generations=generations,
        recovery=Recovery(
            ring,
            office.key_store,
            X25519PrivateKey.from_private_bytes(office.box_keys.catalogue_private),
            need_vault=vault_key.need,
        ),
        destruction=destruction,
        scrub=Scrub(ring, clock, last_pass_ns(stores.ledger)),
        findings=findings,
        disk_watch=disk_watch,
        logins=logins,
        keyholders=keyholders,
        security_keys=security_keys,
        people=people,
        own_accounts=OwnAccounts(
            book,
            office.accounts,
            keyholders,
            logins,
            clock,
            random,
            issuer=office.office.office_name,
            keys=security_keys,
        ),
        letters=letters,
        cases=cases,
        masks=masks,
        case_list=Listing(cases),
        exports=ArchiveBook(stores.acts, stores.ledger),
        case_uses=CaseUses(stores.acts, stores.ledger, random),
        access_log=AccessLog(stores.acts, stores.ledger, lambda scan: scans.get(scan).of.removeprefix("case/")),
        clockwork=Clockwork(cases, clock, grants.cases_open),
        holds=holds,
        settlement=Settlement(holds, cases, destruction, ring, stores.ledger),
        hold_watch=HoldWatch(
            holds, cases, ring.index, clock, lambda: rules.policy, lambda: fs.total_bytes(layout.ring)
        ),
        grants=grants,
        late_reports=LateReports(stores.ledger, clock),
        playback=Playback(
            grants,
            ring,
            stores.ledger,
            darkroom,
            on_damage=lambda text: findings.open(f"unreadable-{text.split(':')[0]}", "storage", text),
        ),
        statements=Statements(
            fs,
            layout.heads,
            ring,
            stores.ledger,
            clock,
            policy=lambda: rules.policy,
            registry=lambda: cameras.registry,
            trusted=rules.watch.trusted,
        ),
        attempts=attempts,
        scans=scans,
        uploads=Uploads(
            unbacked, office.places.scans, clock, random, spare_bytes=lambda: records_bytes(fs, settings) // 2
        ),
        looker=ScanChecker(darkroom, clock),
        recorder=RecorderState(heard_ns=clock.boot_ns()),
    )
