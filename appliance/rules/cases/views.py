"""What the keeper tells of cases, for pages and papers: the answers of its verbs ``case``, ``cases`` and ``case-act``.
One definition for who says and who reads it; ``docs/design/casebook.md`` explains it.

Times are ns, 0 until they come; days are ISO dates, "" until they come. Codes are those of the tables; their words are
in the catalogue. Unknown fields are let through, so that pages may be a version behind.
"""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.core.messages import CodedMessage
from appliance.rules.cases.holes import Holes
from appliance.rules.cases.outgoing import LetterSigner, LetterView
from appliance.rules.cases.rectify import RectificationView
from appliance.rules.cases.supplements import SupplementView
from appliance.rules.ink import InkTold

__all__ = [
    "ActDone",
    "ActView",
    "AskedRange",
    "Booked",
    "CaseView",
    "CellView",
    "CheckLine",
    "DueView",
    "Earlier",
    "LinksView",
    "MasksView",
    "OnMedium",
    "Opening",
    "OtherCase",
    "PaperDue",
    "PartyView",
    "PinView",
    "PossibleEvent",
    "RangeDecision",
    "RefusalView",
    "SeatsAnswer",
    "Signed",
    "Stretch",
]


class _Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ActDone(_Told, frozen=True, kw_only=True):
    """What an act came to: the case's key, its state and number now, and the row of the table that the act was."""

    case: str
    state: str
    number: str = ""
    row: str = ""


class RefusalView(_Told, frozen=True, kw_only=True):
    """Why an act may not be. ``why``, ``missing`` and ``next`` as ``rules.cases.judging.Refusal``; the same map is the
    ``details`` of the error NotAllowed."""

    event: str
    why: str
    missing: tuple[str, ...] = ()
    next: str = ""


class DueView(_Told, frozen=True, kw_only=True):
    """Something is due by the end of ``day``. ``code`` as ``rules.cases.dues``; ``mark``: none, amber, red or over;
    ``at``: the hour of an appointment."""

    code: str
    day: str
    mark: str = "none"
    at: str = ""


class Stretch(_Told, frozen=True, kw_only=True):
    camera_no: str
    start_ns: int
    end_ns: int


class RangeDecision(_Told, frozen=True, kw_only=True):
    """The decision about a range. ``outcome``: granted, partly or refused."""

    outcome: str
    scopes: tuple[Stretch, ...] = ()
    masked: bool = False
    reason: str = ""


class AskedRange(_Told, frozen=True, kw_only=True):
    """A range as asked, the whole slots that its pin keeps (``kept_*``), and its ruling once there is one.
    ``footage``: in_store, partly, expired or gap, and ``holes``: what was missing, as the keeper found it when it
    looked last; ``at_receipt``: as it was then, "" of a range that came later."""

    no: int
    camera_no: str
    start_ns: int
    end_ns: int
    kept_start_ns: int = 0
    kept_end_ns: int = 0
    location: str = ""
    footage: str = ""
    holes: Holes = Holes()
    at_receipt: str = ""
    ruled: RangeDecision | None = None


class PartyView(_Told, frozen=True, kw_only=True):
    """A party. ``id_no``, ``born``, ``phone`` and ``address`` are masked (``A12****789``) unless ``CaseView.full``.
    ``id_last``: the last four of an ID that was checked, which 附件2 notes; "" where names are masked too."""

    part: str
    name: str = ""
    account: str = ""
    id_kind: str = ""
    id_no: str = ""
    id_last: str = ""
    born: str = ""
    phone: str = ""
    address: str = ""
    relation: str = ""
    entitled: bool = False


class CheckLine(_Told, frozen=True, kw_only=True):
    """A line of the checklist that this case has. ``answer``: yes, no, not_applicable or "". ``source``: the rule."""

    code: str
    answer: str = ""
    source: str = ""


class Signed(_Told, frozen=True, kw_only=True):
    """A signed cell. ``deputy``: 代理, or 代行 for the director. ``double``: 兼簽. ``superseded``: by a return.
    ``ink``: it was signed on the sheet, at ``at_ns``."""

    stage: str
    role: str
    person: str
    name: str
    post: str = ""
    at_ns: int = 0
    day: str = ""
    deputy: bool = False
    double: bool = False
    superseded: bool = False
    ink: InkTold | None = None


class ActView(_Told, frozen=True, kw_only=True):
    """An act. ``index``: its ledger entry. ``name`` "": the recorder. ``words``: what was typed; none where the record
    does not open (``damaged``). ``lacks``: codes of what it asked for. ``due``: the last day of the term after it.
    ``ink``: it was signed on the sheet, at ``signed_ns``."""

    index: int
    at_ns: int
    event: str
    row: str
    state: str
    name: str = ""
    person: str = ""
    words: dict[str, Any] = msgspec.field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    due: str = ""
    damaged: bool = False
    signed_ns: int = 0
    ink: InkTold | None = None


class PinView(_Told, frozen=True, kw_only=True):
    """Whether the case keeps its footage now. ``last``: the last day by its rule (``rule``) or by the ceiling
    (``ceiling``); "" while no rule ends it. ``slip``: the last day that the slip for the agency names, to which it is
    kept at least (``AT-34``); "" without one. ``soon``: some of it could have gone within 72 h of the receipt."""

    pinned: bool = False
    last: str = ""
    rule: str = ""
    ceiling: str = ""
    slip: str = ""
    soon: bool = False


class Booked(_Told, frozen=True, kw_only=True):
    """The appointment and its token. ``lives``: it opens something today once the viewing has begun."""

    on: str
    last: str
    starts: str = ""
    ends: str = ""
    place: str = ""
    accompanied_by: str = ""
    others: str = ""
    others_body: str = ""
    viewers: tuple[str, ...] = ()
    scopes: tuple[Stretch, ...] = ()
    lives: bool = False


class PaperDue(_Told, frozen=True, kw_only=True):
    """A paper or notice that an act called for: ``code`` of the effect, ``what``: paper or notice. ``due``: the day
    that the paper names, where it gives a term. Whether it was printed or sent is what the papers' page keeps."""

    code: str
    what: str
    index: int
    at_ns: int
    row: str
    due: str = ""


class CellView(_Told, frozen=True, kw_only=True):
    """A cell of the row in 附件4: its column there, what the keeper writes into it, and whether it must not be empty.
    ``values``: codes and figures to make words of."""

    code: str
    column: int
    required: bool = False
    filled: bool = False
    values: dict[str, Any] = msgspec.field(default_factory=dict)


class SeatsAnswer(_Told, frozen=True, kw_only=True):
    """What an event would answer to the person in ``seat`` as things lie on file now; no refusal: it may be done.
    ``stage`` is signed as ``role``, as a deputy, with 兼簽."""

    seat: int
    person: str
    role: str = ""
    deputy: bool = False
    double: bool = False
    refused: RefusalView | None = None


class PossibleEvent(_Told, frozen=True, kw_only=True):
    """An event that the case's state has: its row, who may (roles), the cell it signs, whether a password is typed for
    it, which typed facts it takes (``typed.TAKES``), and what it would answer to each person of the session.
    ``lacks``: which of those facts are still missing. ``on_sheet``: it may be signed in ink, by one of ``signers``,
    which are there where somebody here may enter it."""

    event: str
    row: str
    who: tuple[str, ...] = ()
    stage: str = ""
    password: bool = False
    takes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    seats: tuple[SeatsAnswer, ...] = ()
    on_sheet: bool = False
    signers: tuple[LetterSigner, ...] = ()


class OtherCase(_Told, frozen=True, kw_only=True):
    """Another case in short, as in :class:`CaseRow`."""

    case: str
    kind: str = ""
    who: str = ""
    number: str = ""
    state: str = ""
    result: str = ""
    matter: str = ""
    received_ns: int = 0


class Earlier(_Told, frozen=True, kw_only=True):
    """What the same hand (``by``: *id*, *account*, *agency*, or only the *name*) asked before (``T-38``). ``cases``:
    the newest that the reader may see; ``more`` came before. ``alike``: of the name, where one has no number."""

    count: int = 0
    alike: int = 0
    by: str = ""
    cases: tuple[OtherCase, ...] = ()
    more: int = 0


class Opening(_Told, frozen=True, kw_only=True):
    """Whether these people may open the footage now: ``why`` not, or the ``seats`` whose password opens the vault."""

    why: CodedMessage | None = None
    seats: tuple[int, ...] = ()


class OnMedium(_Told, frozen=True, kw_only=True):
    """The newest copy of a case on a medium: its id, the medium's number in the register and its serial number, when
    it was made and when all of it lay there (0: never), the archive's name, its SHA-256 and bytes, and the fingerprint
    of the recorder's key."""

    copy: str
    medium: str
    serial: str
    made_ns: int
    written_ns: int = 0
    archive: str = ""
    sha256: str = ""
    bytes: int = 0
    fingerprint: str = ""


class MasksView(_Told, frozen=True, kw_only=True):
    """The masks of a case that was granted masked: how many stand, which stretches have none, how far they are, and
    whether its footage is opened for masking now."""

    count: int = 0
    bare: tuple[Stretch, ...] = ()
    drawn: bool = False
    confirmed: bool = False
    opens: bool = False


class LinksView(_Told, frozen=True, kw_only=True):
    """``former``: the case from which this one goes on; ``followers``: those that go on from it; ``offered``: what a
    letter may go on from by its minutes, where it is not said yet (I11)."""

    former: OtherCase | None = None
    followers: tuple[OtherCase, ...] = ()
    offered: tuple[OtherCase, ...] = ()


class CaseView(_Told, frozen=True, kw_only=True):
    """A whole case. ``case`` is its key, which stays; ``number`` is what papers print, "" before a receipt. ``today``:
    the keeper's day, by which ``dues`` are marked. ``full``: identifiers are not masked. ``form`` and ``letter`` read
    as they stand; ``added``: what of their words came after the receipt, in order. ``findings``: what the formal check
    found wrong and is not put right, by its item. ``barred``: the purpose that a dismissal found. ``opens``: for what
    its footage is opened now (a ``Purpose``), and whether these people may. ``on_medium``: what an agency takes along,
    once it was made; ``gives_copies``: this recorder writes such copies. ``letters``: those that went out.
    ``letter_word``: with which the next number begins. ``signers``: who may sign one. ``attendants``: who may accompany
    a viewing. ``names``: of the accounts in ``possible``. ``over``: people ended its viewing. ``ink_lost``: the scans
    that showed a signature and count no more, with none in their place. ``damaged``: why."""

    case: str
    kind: str = ""
    state: str = ""
    number: str = ""
    policy: str = ""
    unit: str = ""
    section: str = ""
    statutory: str = ""
    recorder: str = ""
    result: str = ""
    doc_no: str = ""
    allows: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    received_ns: int = 0
    late: dict[str, Any] = msgspec.field(default_factory=dict)
    received_by: str = ""
    received_person: str = ""
    days: dict[str, str] = msgspec.field(default_factory=dict)
    clock: dict[str, Any] = msgspec.field(default_factory=dict)
    dues: tuple[DueView, ...] = ()
    ranges: tuple[AskedRange, ...] = ()
    parties: tuple[PartyView, ...] = ()
    full: bool = False
    form: dict[str, Any] = msgspec.field(default_factory=dict)
    letter: dict[str, Any] = msgspec.field(default_factory=dict)
    added: tuple[SupplementView, ...] = ()
    findings: dict[str, str] = msgspec.field(default_factory=dict)
    barred: str = ""
    voice: dict[str, Any] = msgspec.field(default_factory=dict)
    visit: dict[str, Any] = msgspec.field(default_factory=dict)
    letters: tuple[LetterView, ...] = ()
    letter_word: str = ""
    signers: tuple[LetterSigner, ...] = ()
    rectified: tuple[RectificationView, ...] = ()
    otherwise: dict[str, Any] = msgspec.field(default_factory=dict)
    words: dict[str, str] = msgspec.field(default_factory=dict)
    defects: tuple[str, ...] = ()
    checklist: tuple[CheckLine, ...] = ()
    proposal: dict[str, str] = msgspec.field(default_factory=dict)
    reason: str = ""
    article: str = ""
    signatures: tuple[Signed, ...] = ()
    history: tuple[ActView, ...] = ()
    pin: PinView = PinView()
    booked: Booked | None = None
    session: dict[str, Any] = msgspec.field(default_factory=dict)
    grant: str = ""
    over: bool = False
    papers: tuple[PaperDue, ...] = ()
    cells: tuple[CellView, ...] = ()
    attendants: tuple[str, ...] = ()
    names: dict[str, str] = msgspec.field(default_factory=dict)
    possible: tuple[PossibleEvent, ...] = ()
    earlier: Earlier | None = None
    links: LinksView = LinksView()
    masks: MasksView | None = None
    opens: dict[str, Opening] = {}
    on_medium: OnMedium | None = None
    gives_copies: bool = False
    today: str = ""
    ink_lost: tuple[str, ...] = ()
    damaged: str = ""
