"""The parts of a keeper that stand on its stores: books, vault and what people are logged in with."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from appliance.core.clock import Clock
from appliance.core.settings import Settings
from appliance.keeper.attempts import Attempts
from appliance.keeper.context import Keeper
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.eligibility import believes, is_pledged, named_by
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.keeper.machine.space import records_bytes
from appliance.keeper.stores import Stores
from appliance.keeper.tasks.damage import tell_unreadable
from appliance.keeper.tasks.registry import found_registry
from appliance.papers.camera_list.posted import read_page
from appliance.protocol.callers import server_uids
from appliance.rules.cases.copies import cause_of
from appliance.sandbox.client import SandboxClient
from appliance.services.access.log import AccessLog
from appliance.services.cameras.adapters import camera_ports
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.inquiries import Inquiries
from appliance.services.cameras.pictures import Pictures
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.cameras.references import ReferenceBook
from appliance.services.cases.access_audit import CaseUses
from appliance.services.cases.adapters import case_ports
from appliance.services.cases.archiving import ArchiveBook
from appliance.services.cases.book import CaseBook
from appliance.services.cases.clockwork import Clockwork
from appliance.services.cases.listing import Listing
from appliance.services.document_numbers import LetterNumbers
from appliance.services.holds.holds import HoldBook
from appliance.services.office_rules.packs import PackBook
from appliance.services.office_rules.rules import OfficeRules
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
from appliance.services.statements.daily import Statements
from appliance.services.stations.book import StationBook, ViewingStations
from appliance.services.viewing.copies import CopyStore
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.maskbook import MaskBook
from appliance.services.viewing.playback import Playback
from appliance.services.viewing.shown import LateReports
from appliance.storage.boot_files import write_policy
from appliance.storage.files import Fs
from appliance.vault.keys.generationlog import GenerationLog
from appliance.vault.keys.vaultkey import VaultKeyFile
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.recovery import Recovery
from appliance.vault.ring.scrub import Scrub, last_pass_ns
from appliance.vault.trusted_time import ClockWatch

__all__ = ["assembled"]


def assembled(
    settings: Settings,
    fs: Fs,
    unbacked: Fs,
    clock: Clock,
    stores: Stores,
    random: Callable[[int], bytes],
    set_wall: Callable[[int], None],
) -> Keeper:
    """Those that :func:`~appliance.keeper.composition.open_keeper` goes on with; ``unbacked`` is the disk without the
    records' reserve behind it."""
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
    security_keys = SecurityKeys(site.name, site.origins, office.office.office_name, clock, random)
    people = People(
        book, stores.acts, office.accounts, keyholders, logins, clock, random, founded_ns=office.office.created_ns
    )
    scans = ScanBook(stores.acts, stores.ledger, fs, office.places.scans, clock, random=random)
    masks = MaskBook(stores.acts, stores.ledger)
    letters = LetterNumbers()
    copies = CopyStore(fs, layout.copies, stores.acts, stores.ledger, clock, random, stores.disk.wrong)
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
            in_force_since=lambda camera_no: cameras.first_in_force_ns(camera_no),
            copy_of=copies.work,
            end_copy=lambda case, event, by, account: copies.end(case, cause_of(event), by, account),
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
    stations = StationBook(stores.acts, stores.ledger, office.authority, clock, random)
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
        copies=copies,
        stations=ViewingStations(None if office.office.trial else stations),
        drawn=masks.drawn,
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
    playback = Playback(grants, ring, stores.ledger, darkroom, on_damage=functools.partial(tell_unreadable, findings))
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
        inquiries=Inquiries(clock, random),
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
        clockwork=Clockwork(cases, clock, grants.cases_open, grants.last_there),
        holds=holds,
        settlement=Settlement(holds, cases, destruction, ring, stores.ledger),
        hold_watch=HoldWatch(
            holds, cases, ring.index, clock, lambda: rules.policy, lambda: fs.total_bytes(layout.ring)
        ),
        stations=stations,
        grants=grants,
        copies=copies,
        late_reports=LateReports(stores.ledger, clock, playback.shown_so_far.forget),
        playback=playback,
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
