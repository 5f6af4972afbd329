"""What a keeper is made of: the record of all its parts that every verb and chore is handed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.core.clock import Clock
from appliance.core.model import CameraState, Registry
from appliance.core.settings import Settings
from appliance.installation.office import Installation
from appliance.keeper.attempts import Attempts
from appliance.keeper.budgets import Budget
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.eligibility import believes
from appliance.keeper.findings import Findings
from appliance.keeper.machine.space import Space
from appliance.keeper.rowfile import RowFile
from appliance.keeper.trendfile import TrendFile
from appliance.ledger.last_head import LastHead
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.protocol.check_words import CheckWords
from appliance.protocol.endpoint import Served
from appliance.rules.cameras.wiring import Declared, Found
from appliance.rules.policy import Policy
from appliance.selftest.reports import BoxReport
from appliance.services.access.log import AccessLog
from appliance.services.cameras.book import CameraBook
from appliance.services.cameras.pictures import Pictures
from appliance.services.cameras.publishing import PublicationBook
from appliance.services.cameras.references import ReferenceBook
from appliance.services.cameras.searches import CameraSearches
from appliance.services.cases.access_audit import CaseUses
from appliance.services.cases.archiving import ArchiveBook
from appliance.services.cases.book import CaseBook
from appliance.services.cases.clockwork import Clockwork
from appliance.services.cases.listing import Listing
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
from appliance.services.viewing.grants import Grants
from appliance.services.viewing.maskbook import MaskBook
from appliance.services.viewing.playback import Playback
from appliance.services.viewing.shown import LateReports
from appliance.storage.files import Fs
from appliance.storage.footage_disk import FootageDisk
from appliance.vault.keys.generationlog import GenerationLog
from appliance.vault.keys.vaultkey import VaultKeyFile
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.recovery import Recovery
from appliance.vault.ring.ring import Ring
from appliance.vault.ring.scrub import Scrub

__all__ = ["Keeper", "Stores", "WrittenRegistry"]


class WrittenRegistry:
    """What this keeper last saw of the file, or wrote, so that whatever else lies there later is told from it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.digest = ""


@dataclass(frozen=True)
class Stores:
    """The stores alone: enough to record, to destroy and to verify."""

    office: Installation
    ledger: Ledger
    last_head: LastHead
    acts: Acts
    ring: Ring
    disk: FootageDisk


@dataclass
class Keeper:
    """Everything open. ``plain_fs`` is the disk without the records' reserve behind it.

    ``recorder``: what it last said. ``box_told``: the box's figures as gathered. ``starts``: how many starts of the
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
    grants: Grants
    late_reports: LateReports
    playback: Playback
    statements: Statements
    attempts: Attempts
    scans: ScanBook
    uploads: Uploads
    looker: ScanChecker
    recorder: RecorderState = field(default_factory=RecorderState)
    box_told: BoxReport = field(default_factory=BoxReport)
    lock: threading.RLock = field(default_factory=threading.RLock)
    verifying: threading.Lock = field(default_factory=threading.Lock)
    starts: Budget = field(init=False)
    references_opened: Budget = field(init=False)
    searches: CameraSearches = field(init=False)
    self_tests: SelfTestResults = field(init=False)
    written_registry: WrittenRegistry = field(default_factory=WrittenRegistry)
    space: Space = field(init=False)
    inspections: InspectionBook = field(init=False)
    registers: RegisterBook = field(init=False)
    live: LiveViews = field(init=False)
    duty_board: DutyBoard = field(init=False)
    handovers: HandoverLists = field(init=False)
    year_figures: YearFigures = field(init=False)
    trends: TrendFile = field(init=False)
    case_rows: RowFile = field(init=False)
    served: Mapping[str, Served] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, CameraState]:
        return self.recorder.states

    @property
    def declared(self) -> Mapping[str, Sequence[Declared]]:
        return self.recorder.declared

    @property
    def devices(self) -> Sequence[Found]:
        return self.recorder.devices

    @property
    def words(self) -> CheckWords:
        return self.recorder.words

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
