"""What a keeper is made of: the record of all its parts that every verb and chore is handed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliance.clock import Clock
from appliance.custody.accesslog import AccessLog
from appliance.custody.camerabook.book import CameraBook
from appliance.custody.camerabook.publishing import PublicationBook
from appliance.custody.camerabook.references import ReferenceBook
from appliance.custody.casebook.book import CaseBook
from appliance.custody.casebook.clockwork import Clockwork
from appliance.custody.casebook.listing import Listing
from appliance.custody.casebook.using import CaseUses
from appliance.custody.docnumbers import LetterNumbers
from appliance.custody.duties.board import DutyBoard
from appliance.custody.holds.holds import HoldBook
from appliance.custody.holdwatch import HoldWatch
from appliance.custody.inspection.book import InspectionBook
from appliance.custody.installation import Installation
from appliance.custody.keys.generationlog import GenerationLog
from appliance.custody.keys.vaultkey import VaultKeyFile
from appliance.custody.live.views import LiveViews
from appliance.custody.ownrules.officerules import OfficeRules
from appliance.custody.ownrules.packbook import PackBook
from appliance.custody.people.keyholders import Keyholders
from appliance.custody.people.login import Logins
from appliance.custody.people.ownaccount import OwnAccounts
from appliance.custody.people.people import People
from appliance.custody.people.securitykeys import SecurityKeys
from appliance.custody.registers.book import RegisterBook
from appliance.custody.ring.destruction import Destruction
from appliance.custody.ring.recovery import Recovery
from appliance.custody.ring.ring import Ring
from appliance.custody.ring.scrub import Scrub
from appliance.custody.scans.scancheck import Looker
from appliance.custody.scans.scans import ScanBook
from appliance.custody.scans.scanuploads import Uploads
from appliance.custody.settlement import Settlement
from appliance.custody.viewings.grants import Grants
from appliance.custody.viewings.maskbook import MaskBook
from appliance.custody.viewings.playback import Playback
from appliance.custody.viewings.shown import LateReports
from appliance.files import Fs
from appliance.footagedisk import FootageDisk
from appliance.inspection.reports import BoxTold, CameraReport, Wanted
from appliance.inspection.wording import NO_WORDS, CheckWords
from appliance.keeper.attempts import Attempts
from appliance.keeper.budgets import Budget
from appliance.keeper.diskwatch import DiskWatch
from appliance.keeper.findings import Findings
from appliance.keeper.machine.space import Space
from appliance.keeper.pictures import Pictures
from appliance.keeper.rowfile import RowFile
from appliance.keeper.standing import believes
from appliance.keeper.statements import Statements
from appliance.keeper.trendfile import TrendFile
from appliance.keeper.yearfigures import YearFigures
from appliance.ledger.lasthead import LastHead
from appliance.ledger.log import Ledger
from appliance.ledger.records import Acts
from appliance.model import CameraState, Registry
from appliance.rules.cameras.wiring import Declared, Found, Searched
from appliance.rules.policy import Policy
from appliance.settings import Settings

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

    ``states`` is what the recorder last said of each camera, ``heard_ns`` when (boot time); ``strangers`` what the last
    other devices told that answered in a camera's place. ``greeted``: it said hello to this keeper; ``hello_owed``: and
    what it had left could not be recovered then. ``looks``: the newest at each camera and at the box; ``look_wanted``:
    what a person asked for last; ``box_told``: the box's figures as gathered. ``starts``: how many starts of the
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
    looker: Looker
    states: dict[str, CameraState] = field(default_factory=dict)
    strangers: dict[str, tuple[dict[str, str], ...]] = field(default_factory=dict)
    heard_ns: int = 0
    recorder_run: str = ""
    sources: frozenset[str] = frozenset()
    declared: Mapping[str, Sequence[Declared]] = field(default_factory=dict)
    words: CheckWords = NO_WORDS
    devices: Sequence[Found] = ()
    search: Searched = field(default_factory=Searched)
    greeted: bool = False
    hello_owed: bool = False
    looks: dict[str, CameraReport] = field(default_factory=dict)
    look_wanted: Wanted = field(default_factory=Wanted)
    box_told: BoxTold = field(default_factory=BoxTold)
    lock: threading.RLock = field(default_factory=threading.RLock)
    verifying: threading.Lock = field(default_factory=threading.Lock)
    starts_unentered: int = 0
    starts: Budget = field(init=False)
    references_opened: Budget = field(init=False)
    written_registry: WrittenRegistry = field(default_factory=WrittenRegistry)
    space: Space = field(init=False)
    inspections: InspectionBook = field(init=False)
    registers: RegisterBook = field(init=False)
    live: LiveViews = field(init=False)
    duty_board: DutyBoard = field(init=False)
    year_figures: YearFigures = field(init=False)
    trends: TrendFile = field(init=False)
    case_rows: RowFile = field(init=False)

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
