"""What lies on the desk for an act: forms, letters, proofs and what people attest, as far as a rule looks at it.

Names, numbers and every typed word stay in sealed records; here is only what a guard asks. An empty field means that
the thing is not there. Days are local dates.
"""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.rules.cases.hours import minutes_of
from appliance.rules.cases.people import Party
from appliance.rules.cases.ranges import Scope
from appliance.rules.deadlines import start_ns_of

__all__ = [
    "GIVES", "CopyWork", "Dispatch", "Form", "Late", "Letter", "Otherwise", "Proposal", "Service", "Viewing", "Visit",
    "Voice", "Voucher",
]  # fmt: skip

GIVES = ("viewing", "copy", "both")
"""What an answer gives an agency whose letter asks for a copy too (A6, A7)."""


class Form(Record, frozen=True, kw_only=True):
    """附件2 or 附件3 and its proofs.

    ``standing``: ``party`` or ``interested``; ``interest``: the relation, of an interested person. ``agent``: ``legal``
    or ``mandated``, with ``mandate`` once 委任書 is there. ``report_*``: 受（處）理案件證明單. ``judicial``: the answer
    to 已否進入司法程序, ``yes`` or ``no``. ``scanned``: the file of the signed form is there, which
    the keeper finds out; ``scan_follows``: why it is not yet. ``helped``: why the form was read aloud (``T-39``),
    ``no_chinese``, ``cannot_read`` or ``cannot_write``; who read it is ``reader``, who heard it ``witness``.
    ``section``: 申請課室 of 附件3 on paper, whose applicant needs no account.
    """

    present: bool = False
    in_hand: bool = False
    scanned: bool = False
    scan_follows: str = ""
    signed: bool = False
    id_checked: bool = False
    standing: str = ""
    interest: str = ""
    agent: str = ""
    mandate: bool = False
    report_unit: str = ""
    report_no: str = ""
    report_day: date | None = None
    report_original: bool = False
    reason: str = ""
    reason_text: str = ""
    judicial: str = ""
    section: str = ""
    helped: str = ""
    reader: str = ""
    witness: str = ""


class Letter(Record, frozen=True, kw_only=True):
    """A letter of a requesting agency. ``public``: it is a 公務機關 (PDPA 2 ⑦). ``proof``: seal or electronic exchange.
    ``copy_reason``: 申請複製理由 as the letter states it. ``need``: why so much is needed. ``secret``: 偵查不公開.
    ``keep``: it asks the office to keep the footage. ``scanned`` and ``scan_follows`` as of the form."""

    agency: str = ""
    public: bool = False
    day: date | None = None
    number: str = ""
    officer: str = ""
    basis: str = ""
    purpose: str = ""
    scope: str = ""
    proof: bool = False
    copy_asked: bool = False
    copy_reason: str = ""
    need: str = ""
    secret: bool = False
    keep: bool = False
    scanned: bool = False
    scan_follows: str = ""


class Late(Record, frozen=True, kw_only=True):
    """補登: a paper that was received while the recorder could not be used (``T-78``). ``day`` and ``time`` (``HH:MM``)
    are those of its receipt, as the paper bears them; ``reason``: why it is entered late."""

    day: date | None = None
    time: str = ""
    reason: str = ""

    @property
    def at_ns(self) -> int:
        """The instant of the receipt; 0 while it is not told whole."""
        minutes = minutes_of(self.time)
        return 0 if self.day is None or minutes is None else start_ns_of(self.day) + minutes * 60_000_000_000


class Voice(Record, frozen=True, kw_only=True):
    """A call that asks to keep footage until a letter comes (``D-24``)."""

    caller: str = ""
    agency: str = ""
    called_back: bool = False


class Visit(Record, frozen=True, kw_only=True):
    """Who comes for an agency: a public servant of the letter's agency, with ID and the letter (``AT-51``)."""

    agency: str = ""
    id_checked: bool = False
    letter_seen: bool = False


class Proposal(Record, frozen=True, kw_only=True):
    """擬辦: ``result`` as the manager proposes it and the article it rests on. ``exception``: of PDPA 16, which a use
    outside the system's purposes relies on (``AT-04``). ``give``: one of ``GIVES``, where the letter asks for a copy,
    and ``copy_reasoned``: why that copy is to be given or not (``AT-56``). Of a redirection, ``body``: the right one;
    ``path``: by which procedure; ``reason``: why this office is not (``T-31``)."""

    result: str = ""
    article: str = ""
    exception: str = ""
    give: str = ""
    copy_reasoned: str = ""
    body: str = ""
    path: str = ""
    reason: str = ""


class Dispatch(Record, frozen=True, kw_only=True):
    """發文 of a letter: its 發文日期 and 發文字號, and the account of who signed it, the director or a deputy."""

    day: date | None = None
    doc_no: str = ""
    signer: str = ""


class Service(Record, frozen=True, kw_only=True):
    """How and when a letter reached the other side. ``proof_no`` and ``proof_day``: of 送達證書, such as the number of
    the registered letter, of the return receipt or of the exchange, and the day that it bears."""

    means: str = ""
    day: date | None = None
    proof_no: str = ""
    proof_day: date | None = None


class Voucher(Record, frozen=True, kw_only=True):
    """A document that orders or asks something outside the chain: an appeal, what ended one (then ``kind`` says how), a
    court's order, a withdrawal. ``agency``: the court or prosecutor whose order it is. ``day``: on which an appeal was
    received, from which its time is judged (訴願法 14 III), or what ended it."""

    kind: str = ""
    number: str = ""
    agency: str = ""
    day: date | None = None


class Viewing(Record, frozen=True, kw_only=True):
    """An appointment and its session. ``filming``: 拍攝情形 as noted at its end, ``none`` or how it was dealt with.
    ``past``: it would begin at an hour that is gone. ``due_now``: it is within the hours of the token.
    ``attendant_known``: ``accompanied_by`` is one of the office.
    ``others``: who else is there, an interpreter or a helper, of the body ``others_body``. ``shown``: footage was
    opened in it. ``head_allows``: the unit head lets it go on after 發現拍攝. ``other_event``: it showed something else
    that may be a crime."""

    on: date | None = None
    in_hours: bool = False
    past: bool = False
    people_free: bool = False
    due_now: bool = False
    viewers: tuple[Party, ...] = ()
    scopes: tuple[Scope, ...] = ()
    accompanied_by: str = ""
    attendant_known: bool = False
    others: str = ""
    others_body: str = ""
    shown: bool = False
    footage_readable: bool = False
    id_again: bool = False
    statement_signed: bool = False
    devices_away: bool = False
    filmed: bool = False
    other_event: bool = False
    head_allows: bool = False
    filming: str = ""
    signed: bool = False


class Otherwise(Record, frozen=True, kw_only=True):
    """What was done about a grant in another way than by the recorder: ``done``, on ``day``. ``copied``: whether a copy
    left the office, ``yes`` or ``no``; then ``medium``, the number on it, and ``destroyed``, what became of the files
    that were left of its making."""

    done: str = ""
    day: date | None = None
    copied: str = ""
    medium: str = ""
    destroyed: str = ""


class CopyWork(Record, frozen=True, kw_only=True):
    """A copy in the making: its scope, its medium, and what was seen of it.

    Of a viewing copy the store itself says what there is: ``alive`` with its id ``copy``, its hash and when it was
    made; or ``destroyed``, when and by which cause (``rules.cases.copies.CopyEnd``).

    Of an agency's copy on a medium the store and the register of media say it: its id ``handed``, the hash of its
    ``manifest`` once all of it is packed, the number of its ``medium`` and the ``serial`` number, whether that may hold
    a copy, whether the medium that failed before it is destroyed, whether who acts had it read back and with what
    result, and that nothing of its making is left. Nobody types any of these."""

    scopes: tuple[Scope, ...] = ()
    alive: bool = False
    destroyed: bool = False
    copy: str = ""
    sha256: str = ""
    made_ns: int = 0
    ended_ns: int = 0
    cause: str = ""
    handed: str = ""
    manifest: str = ""
    medium: str = ""
    serial: str = ""
    medium_registered: bool = False
    failed_destroyed: bool = False
    reread: bool = False
    hash_equal: bool = False
    plays: bool = False
    receipt_signed: bool = False
    handed_to_known: bool = False
    passphrase_apart: bool = False
    residue_none: bool = False
