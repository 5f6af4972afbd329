"""An open keeper: the record of its parts, of which what answers and what keeps house is made."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from appliance.core.clock import Clock
from appliance.core.model import Registry
from appliance.core.settings import Settings
from appliance.keeper.attempts import Attempts
from appliance.keeper.budgets import Budget
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.eligibility import believes
from appliance.keeper.findings import Findings
from appliance.keeper.machine.space import Space
from appliance.keeper.rowfile import RowFile
from appliance.keeper.stores import Stores
from appliance.keeper.tasks.boxfigures import BoxFigures
from appliance.keeper.tasks.camera import CameraTasks
from appliance.keeper.tasks.case import CaseTasks
from appliance.keeper.tasks.copies import CopyTasks
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
from appliance.keeper.trendfile import TrendFile
from appliance.ledger.log import Ledger
from appliance.protocol.endpoint import Served
from appliance.rules.policy import Policy
from appliance.services.access.log import AccessLog
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.inquiries import Inquiries
from appliance.services.cameras.pictures import Pictures
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.cameras.references import ReferenceBook
from appliance.services.cameras.searches import CameraSearches
from appliance.services.cases.access_audit import CaseUses
from appliance.services.cases.archiving import ArchiveBook
from appliance.services.cases.book import CaseBook
from appliance.services.cases.clockwork import Clockwork
from appliance.services.cases.listing import Listing
from appliance.services.copies.agency.handlers import AgencyCopies
from appliance.services.copies.maker import CopyMaker
from appliance.services.document_numbers import LetterNumbers
from appliance.services.duties.board import DutyBoard
from appliance.services.duties.handover import HandoverLists
from appliance.services.holds.holds import HoldBook
from appliance.services.inspection.book import InspectionBook
from appliance.services.live.views import LiveViews
from appliance.services.office_rules.packs import PackBook
from appliance.services.office_rules.rules import OfficeRules
from appliance.services.people.keyholders import Keyholders
from appliance.services.people.login import Logins
from appliance.services.people.ownaccount import OwnAccounts
from appliance.services.people.people import People
from appliance.services.people.securitykeys import SecurityKeys
from appliance.services.recording.state import RecorderState
from appliance.services.registers.book import RegisterBook
from appliance.services.retention.settlement import Settlement
from appliance.services.retention.warnings import HoldWatch
from appliance.services.scans.check import ScanChecker
from appliance.services.scans.scans import ScanBook
from appliance.services.scans.uploads import Uploads
from appliance.services.selftests.results import SelfTestResults
from appliance.services.statements.daily import Statements
from appliance.services.statements.year_figures import YearFigures
from appliance.services.stations.book import StationBook
from appliance.services.stations.reports import StationReports
from appliance.services.viewing.copies import CopyStore
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.maskbook import MaskBook
from appliance.services.viewing.playback import Playback
from appliance.services.viewing.search import ChangeSearches
from appliance.services.viewing.shown import LateReports
from appliance.storage.files import Fs
from appliance.vault.keys.generationlog import GenerationLog
from appliance.vault.keys.vaultkey import VaultKeyFile
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.probe import Probe
from appliance.vault.ring.recovery import Recovery
from appliance.vault.ring.ring import Ring
from appliance.vault.ring.scrub import Scrub

__all__ = ["Keeper", "Tasks"]


class Tasks(NamedTuple):
    """What the keeper does by itself, a subject each."""

    cameras: CameraTasks
    cases: CaseTasks
    copies: CopyTasks
    figures: BoxFigures
    heads: HeadTasks
    holds: HoldTasks
    index_watch: IndexWatch
    inspections: InspectionTasks
    keys: KeyTasks
    people: PeopleTasks
    probe: Probe
    reading: StoreReading
    registers: RegisterTasks
    registry_file: RegistryFile
    scans: ScanWatch
    time: TimeTasks


@dataclass
class Keeper:
    """Everything open. ``plain_fs`` is the disk without the records' reserve behind it.

    ``recorder``: what it last said. ``starts``: how many starts of the
    recorder may still be entered, ``references_opened`` how often it may still be handed a camera's reference pictures.
    ``verifying`` is held while everything is verified.
    """

    settings: Settings
    fs: Fs
    plain_fs: Fs
    clock: Clock
    stores: Stores
    cameras: CameraBook
    publications: PublicationBook
    references: ReferenceBook
    pictures: Pictures
    inquiries: Inquiries
    rules: OfficeRules
    packs: PackBook
    vault_key: VaultKeyFile
    generations: GenerationLog
    recovery: Recovery
    destruction: Destruction
    scrub: Scrub
    findings: Findings
    disk_watch: DiskWatch
    logins: Logins
    keyholders: Keyholders
    security_keys: SecurityKeys
    people: People
    own_accounts: OwnAccounts
    letters: LetterNumbers
    cases: CaseBook
    masks: MaskBook
    case_list: Listing
    case_uses: CaseUses
    exports: ArchiveBook
    access_log: AccessLog
    clockwork: Clockwork
    holds: HoldBook
    settlement: Settlement
    hold_watch: HoldWatch
    stations: StationBook
    grants: Grants
    copies: CopyStore
    late_reports: LateReports
    playback: Playback
    statements: Statements
    attempts: Attempts
    scans: ScanBook
    uploads: Uploads
    looker: ScanChecker
    recorder: RecorderState = field(default_factory=RecorderState)
    verifying: threading.Lock = field(default_factory=threading.Lock)
    starts: Budget = field(init=False)
    references_opened: Budget = field(init=False)
    searches: CameraSearches = field(init=False)
    self_tests: SelfTestResults = field(init=False)
    space: Space = field(init=False)
    copy_maker: CopyMaker = field(init=False)
    change_searches: ChangeSearches = field(init=False)
    agency_copies: AgencyCopies = field(init=False)
    inspections: InspectionBook = field(init=False)
    registers: RegisterBook = field(init=False)
    live: LiveViews = field(init=False)
    station_reports: StationReports = field(init=False)
    duty_board: DutyBoard = field(init=False)
    handovers: HandoverLists = field(init=False)
    year_figures: YearFigures = field(init=False)
    trends: TrendFile = field(init=False)
    case_rows: RowFile = field(init=False)
    tasks: Tasks = field(init=False)
    served: Mapping[str, Served] = field(default_factory=dict)

    @property
    def ring(self) -> Ring:
        return self.stores.ring

    @property
    def ledger(self) -> Ledger:
        return self.stores.ledger

    @property
    def registry(self) -> Registry:
        """What is recorded, as the office's acts have it."""
        return self.cameras.registry

    @property
    def policy(self) -> Policy:
        return self.rules.policy

    @property
    def trusted(self) -> bool:
        """Whether time may be believed now, for those who show it."""
        return believes(self.rules.watch)
