"""Which papers a case has, as a table: its code, its name as a file, when it is there, and how it is made. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from appliance.core.errors import NotFound
from appliance.papers.from_cases import applications, ledger_rows, letters, slips, viewings
from appliance.papers.from_cases.sources import Desk, as_of, last_deed, letter_of, undone_by
from appliance.papers.sheets.sheet import Sheet
from appliance.rules.cases.states import Kind, State
from appliance.rules.cases.views import CaseView

__all__ = ["CASE_PAPERS", "CasePaper", "offered_for", "paper_of", "papers_for"]


class CasePaper(NamedTuple):
    """``code``: in addresses and in the catalogue (``case-paper.<code>``). ``file``: its name without the ending.
    ``letter``: which of the outgoing letters it is, by its name in ``CaseView.letters``. ``given``: the acts at which a
    slip is handed out. ``void``: whether what it says has been undone; it stays in the case file, and says so."""

    code: str
    file: str
    there: Callable[[CaseView], bool]
    make: Callable[[Desk], Sheet]
    letter: str = ""
    given: tuple[str, ...] = ()
    void: Callable[[CaseView], bool] = lambda _: False

    def sheet(self, desk: Desk) -> Sheet:
        """As it is printed, whenever: what went out or was handed out says what it said on its day, whatever was put
        right, added or lengthened since (``T-80``)."""
        told = desk.told
        sent = letter_of(told, self.letter) if self.letter else None
        handed = last_deed(told, *self.given) if self.given else None
        index = sent.index if sent else handed.index if handed else None
        return self.make(desk if index is None else desk._replace(told=as_of(told, index)))


def _kind(*kinds: Kind) -> Callable[[CaseView], bool]:
    return lambda told: bool(told.received_ns) and told.kind in kinds


def _did(event: str) -> Callable[[CaseView], bool]:
    return lambda told: last_deed(told, event) is not None


def _answered(*kinds: Kind, result: str = "") -> Callable[[CaseView], bool]:
    """That answer, or any; one that never went out before the request was withdrawn or locked tells nobody anything."""
    return lambda told: (
        told.kind in kinds
        and bool(told.result == result if result else told.result)
        and not (letter_of(told, "answer") is None and last_deed(told, "withdraw", "lock"))
    )


def _corrected(told: CaseView) -> bool:
    """Once it was called for; what never went out before the papers were complete, or the case over, is no notice."""
    return last_deed(told, "find_defects") is not None and (
        told.state == State.CORRECTION or letter_of(told, "correction") is not None
    )


def _extended(told: CaseView) -> bool:
    """Once it was called for; a notice that never went out before the decision tells nobody anything."""
    over = told.result or last_deed(told, "withdraw")
    return last_deed(told, "extend") is not None and not (over and letter_of(told, "extension") is None)


def _verified(told: CaseView) -> bool:
    """The copy that lies on its medium now was read back by somebody else."""
    made, seen = last_deed(told, "make_copy", "remake_copy"), last_deed(told, "verify_copy")
    return bool(told.on_medium and made and seen and seen.index > made.index)


def _handed_in(told: CaseView) -> bool:
    """Somebody brought it: a request that is decided anew is taken over without its applicant."""
    return _kind(Kind.CIT, Kind.AGY)(told) and last_deed(told, "receive_anew") is None


_RECEIPTS = ("receive", "receive_letter", "submit")

CASE_PAPERS = (
    CasePaper("annex-2", "附件2-民眾調閱申請書", _kind(Kind.CIT), applications.citizen_application),
    CasePaper("annex-3", "附件3-調閱申請書(所內)", _kind(Kind.INT), applications.staff_application),
    CasePaper("receipt-slip", "收件收據", _handed_in, slips.receipt_slip, given=_RECEIPTS),
    CasePaper("correction-notice", "補正通知", _corrected, letters.correction_letter, "correction"),
    CasePaper("extension-notice", "展延通知", _extended, letters.extension_letter, "extension"),
    CasePaper("grant-notice", "准予通知", _answered(Kind.CIT, result="granted"), letters.grant, "answer"),
    CasePaper(
        "refusal-with-remedy", "否准通知", _answered(Kind.CIT, result="refused"), letters.refusal_letter, "answer"
    ),
    CasePaper("partial-grant", "部分准予通知", _answered(Kind.CIT, result="partly"), letters.partial, "answer"),
    CasePaper(
        "dismissal-with-remedy", "駁回通知", _answered(Kind.CIT, result="dismissed"), letters.dismissal, "answer"
    ),
    CasePaper(
        "none-found-as-of-receipt",
        "查無影音資料通知",
        _answered(Kind.CIT, result="no_footage"),
        letters.none_found,
        "answer",
    ),
    CasePaper(
        "redirection", "改循其他程序通知", _answered(Kind.CIT, result="redirected"), letters.redirection, "answer"
    ),
    CasePaper("reply-letter", "函復", _answered(Kind.AGY), letters.reply, "answer"),
    CasePaper("copy-by-agency-slip", "複製申請告知單", _did("slip"), slips.redirect_slip, given=("slip",)),
    CasePaper(
        "appointment-slip",
        "閱覽約定單",
        _did("schedule"),
        slips.appointment_slip,
        given=("schedule",),
        void=lambda told: undone_by(told) is not None,
    ),
    CasePaper("agency-letter-advice", "司法程序說明", _did("lock"), slips.advice_slip, given=("lock",)),
    CasePaper("appeal-record", "訴願處理紀錄", _did("appeal"), slips.appeal_slip),
    CasePaper("viewing-record", "閱覽紀錄", viewings.was_begun, viewings.viewing_paper),
    CasePaper("delivery-receipt", "複本交付簽收單", _verified, slips.delivery_slip, given=("deliver",)),
    CasePaper("annex-4", "附件4-影音應用紀錄簿", lambda told: bool(told.received_ns), ledger_rows.ledger_row),
)
"""In the order in which a case meets them."""


def papers_for(told: CaseView) -> tuple[CasePaper, ...]:
    """Those that the case has now."""
    return tuple(paper for paper in CASE_PAPERS if paper.there(told))


def offered_for(told: CaseView) -> tuple[CasePaper, ...]:
    """Those that its page offers: what was undone is handed to nobody any more."""
    return tuple(paper for paper in papers_for(told) if not paper.void(told))


def paper_of(told: CaseView, code: str) -> CasePaper:
    """Raises NotFound for one that the case does not have."""
    for paper in papers_for(told):
        if paper.code == code:
            return paper
    raise NotFound.of("paper-none", form=code[:30], case=told.case)
