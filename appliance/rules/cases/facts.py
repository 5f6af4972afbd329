"""What a case is (``Case``, drawn from its past acts) and what an act brings (``CaseFacts``). Frozen, nothing else.

``GuardContext`` is the two together with who acts and the day: all that a guard may look at.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from appliance.core.model import Record
from appliance.rules.cases.clocks import CaseClock
from appliance.rules.cases.papers import (
    CopyWork,
    Dispatch,
    Form,
    Late,
    Letter,
    Otherwise,
    Proposal,
    Service,
    Viewing,
    Visit,
    Voice,
    Voucher,
)
from appliance.rules.cases.people import Actor, Appointment, Party, Person, Signature
from appliance.rules.cases.ranges import Ruling, Scope
from appliance.rules.cases.rectify import Rectify
from appliance.rules.cases.states import Kind, Stage, State
from appliance.rules.cases.terms import STANDARD, CaseTerms

__all__ = ["Case", "CaseFacts", "GuardContext", "Token"]


class Token(Record, frozen=True, kw_only=True):
    """What a viewing may open: never more than was decided. ``last``: the day after which it opens nothing."""

    scopes: tuple[Scope, ...]
    on: date
    last: date


class Case(Record, frozen=True, kw_only=True):
    """A case as its acts left it. ``policy``, ``terms``, ``unit`` are those of the day of receipt and stay (``AT-01``,
    ``AT-05``). ``allows``: ``viewing``, ``copy`` or both, as decided. ``rectifying``: who
    entered 更正 that waits. ``appealed_on`` and ``appeal_ended_on``: of the newest appeal, how it ended
    (``guards_appeal``), and whether the pin stood when it was entered. ``issued_on``, ``served_on`` and ``doc_no`` are
    those of the answer. Days are local dates, None until they come."""

    kind: Kind
    state: State = State.DRAFT
    number: str = ""
    policy: str = ""
    terms: CaseTerms = STANDARD
    unit: str = ""
    section: str = ""
    asked: tuple[Scope, ...] = ()
    parties: tuple[Party, ...] = ()
    signatures: tuple[Signature, ...] = ()
    statutory: str = ""
    recorder: str = ""
    rulings: tuple[Ruling, ...] = ()
    result: State | None = None
    allows: frozenset[str] = frozenset()
    clock: CaseClock | None = None
    token: Token | None = None
    flags: frozenset[str] = frozenset()
    slips: int = 0
    rectifying: tuple[Person, ...] = ()
    preserved_on: date | None = None
    received_on: date | None = None
    correction_issued_on: date | None = None
    correction_served_on: date | None = None
    correction_due: date | None = None
    extension_issued_on: date | None = None
    extension_served_on: date | None = None
    decided_on: date | None = None
    issued_on: date | None = None
    served_on: date | None = None
    doc_no: str = ""
    slip_on: date | None = None
    withdrawn_on: date | None = None
    locked_on: date | None = None
    closed_on: date | None = None
    appealed_on: date | None = None
    appeal_ended_on: date | None = None
    appeal_end: str = ""
    appeal_keeps: bool = False

    @property
    def is_masked(self) -> bool:
        """Whether some of what was granted is to be seen with other people covered only (``T-26``)."""
        return bool(self.masked_scopes)

    @property
    def masked_scopes(self) -> tuple[Scope, ...]:
        """The minutes that are to be seen masked only."""
        return tuple(scope for each in self.rulings if each.masked for scope in each.scopes)

    @property
    def masks_drawn(self) -> bool:
        """Whether somebody said that the masks are drawn, and nobody since that they are drawn anew."""
        return any(each.stage is Stage.MASK_MAKER and not each.superseded for each in self.signatures)

    @property
    def masks_confirmed(self) -> bool:
        """Whether another person confirmed them, and they still stand."""
        return any(each.stage is Stage.MASK_CHECKER and not each.superseded for each in self.signatures)

    def playable(self, today: date) -> tuple[Scope, ...]:
        """What may be shown now: the token's minutes, while the viewing is open and the token lives (``AT-02``)."""
        if self.state is not State.VIEWING or self.token is None or today > self.token.last:
            return ()
        return self.token.scopes


class CaseFacts(Record, frozen=True, kw_only=True):
    """What an act brings and what the office is on that day.

    ``terms``: of the pack in force, for a case that begins. ``filed_ns``: the instant of the application.
    ``asked``: the ranges that a receipt or an added range names. ``statutory``: the law that the request names
    (``D-23``); ``legal_review``: what the legal people answered. ``findings``: items of 形式審查 with which something
    was found wrong that is not put right yet; ``barred``: the purpose that the desk finds, one that no request may
    have. ``existence``: ``in_store``, ``partly``, ``expired``, ``gap`` or, where it lies elsewhere, ``former``.
    ``recorder``: ``former`` for the footage of the recorder that this one replaced. ``overlap_secret``: an agency that
    asked for the same minutes marked them 偵查不公開. ``masks_lacking``: some of what is to be masked has no mask.
    ``cells``: filled cells of the ledger row. ``double``: the signer asks for the mark 兼簽. ``viewing_too``: a
    decision to give a copy allows the viewing as well; ``viewing_only``: one to allow the viewing says that it gives no
    copy; ``copy_reasoned``: why a copy is given or not.
    ``rectify_old``: the word that a 更正 names, as it stands; None: there is none.
    ``rectify_waiting``: ledger places of those that wait.
    ``rectify_swaps``: with it, or them, somebody would be another person than was decided about. ``rectify_parties``:
    the people with the words that wait. ``rectify_again``: the word that it names waits already; ``rectify_stale``: one
    of those that wait would put right what reads otherwise by now. ``letter_word``: with which the numbers of the
    office's letters begin; ``doc_no_of``: what the letter is about that has the number which the act brings.
    ``former``: the case that the act says this one goes on from; ``former_is``: what it was found to be to this one;
    ``linked``: the one that stands so far; ``since``: the day from which the office owes its answer, where that is not
    the day of receipt. ``away``: accounts on leave today. ``ink_lost``: the scans that show signatures of the case
    and do not count any more.
    """

    number: str = ""
    policy: str = ""
    terms: CaseTerms = STANDARD
    managing_section: str = ""
    roster: tuple[Appointment, ...] = ()
    away: frozenset[str] = frozenset()
    days_off: frozenset[date] = frozenset()
    double: bool = False
    filed_ns: int = 0
    section: str = ""
    asked: tuple[Scope, ...] = ()
    live: bool = False
    parties: tuple[Party, ...] = ()
    form: Form = Form()
    letter: Letter = Letter()
    late: Late = Late()
    findings: frozenset[str] = frozenset()
    barred: str = ""
    voice: Voice = Voice()
    visit: Visit = Visit()
    statutory: str = ""
    recorder: str = ""
    legal_review: str = ""
    existence: str = ""
    checklist: tuple[tuple[str, str], ...] = ()
    proposal: Proposal = Proposal()
    overlap_secret: bool = False
    agency_consulted: bool = False
    rulings: tuple[Ruling, ...] = ()
    reason: str = ""
    article: str = ""
    copy_reasoned: str = ""
    viewing_too: bool = False
    viewing_only: bool = False
    source: str = ""
    dispatch: Dispatch = Dispatch()
    service: Service = Service()
    viewing: Viewing = Viewing()
    copy_work: CopyWork = CopyWork()
    otherwise: Otherwise = Otherwise()
    masks_lacking: bool = False
    voucher: Voucher = Voucher()
    rectify: Rectify = Rectify()
    rectify_old: str | None = None
    rectify_waiting: tuple[int, ...] = ()
    rectify_swaps: bool = False
    rectify_parties: tuple[Party, ...] = ()
    rectify_again: bool = False
    rectify_stale: bool = False
    letter_word: str = ""
    doc_no_of: str = ""
    former: str = ""
    former_is: str = ""
    linked: str = ""
    since: date | None = None
    cells: frozenset[str] = frozenset()
    ink_lost: tuple[str, ...] = ()

    def names(self, person: Person) -> bool:
        """Whether the act names this person as a party."""
        return any(each.person.is_same(person) for each in (*self.parties, *self.viewing.viewers))


class GuardContext(NamedTuple):
    """All that a guard may look at."""

    case: Case
    facts: CaseFacts
    actor: Actor
    today: date
