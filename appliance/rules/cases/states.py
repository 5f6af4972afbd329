"""The three kinds of request and the states that a case of them can be in, with the office's own names.

Source: domain 2.1 to 2.4. A value is stable and stands in ledger entries; the Chinese name is the one on papers.
"""

from __future__ import annotations

from enum import StrEnum

from appliance.rules.worded import Worded

__all__ = ["BEFORE_DECISION", "CHAIN", "ENDS", "NEGATIVE", "NOT_ALL", "POSITIVE", "Kind", "Stage", "State"]


class Kind(StrEnum):
    """民眾調閱, 內部調閱, 機關調閱; ``mark`` stands in the case number."""

    zh: str
    mark: str

    def __new__(cls, value: str, zh: str, mark: str) -> Kind:
        made = str.__new__(cls, value)
        made._value_, made.zh, made.mark = value, zh, mark
        return made

    CIT = "CIT", "民眾調閱", "民"
    INT = "INT", "內部調閱", "內"
    AGY = "AGY", "機關調閱", "機"


class State(Worded):
    """Where a case stands; ``zh`` is its name in the office."""

    DRAFT = "draft", "草稿"
    PRESERVED = "preserved", "先行保全（待補函）"
    RECEIVED = "received", "已收件"
    CORRECTION = "correction", "補正中"
    CHECKING = "checking", "管理人審查"
    UNIT_REVIEW = "unit_review", "單位主管審核"
    SEC_REVIEW = "sec_review", "秘書審核"
    DECISION = "decision", "主任核定中"
    GRANTED = "granted", "准予"
    PARTLY = "partly", "部分准予"
    REFUSED = "refused", "否准"
    NOTIFIED = "notified", "已通知／已函復"
    SCHEDULED = "scheduled", "已約定閱覽"
    PREPARED = "prepared", "閱覽前準備完成"
    VIEWING = "viewing", "閱覽中"
    INTERRUPTED = "interrupted", "閱覽中斷"
    VIEWED = "viewed", "閱覽完畢"
    COPY_MADE = "copy_made", "複本已製作"
    COPY_VERIFIED = "copy_verified", "複本已驗證"
    DELIVERED = "delivered", "已交付簽收"
    CLEANED = "cleaned", "無複本留存"
    OTHERWISE = "otherwise", "以其他方式辦結"
    NO_FOOTAGE = "no_footage", "查無影音"
    WITHDRAWN = "withdrawn", "撤回"
    DISMISSED = "dismissed", "逕予駁回"
    LAPSED = "lapsed", "逾期未閱"
    JUD_LOCK = "jud_lock", "司法程序鎖定"
    REDIRECTED = "redirected", "改循其他程序"
    CLOSED = "closed", "結案歸卷"


ENDS = frozenset({State.CLOSED})
"""A case ends only here; every other state has a way on. An appeal that comes later leaves it there."""

CHAIN = (State.UNIT_REVIEW, State.SEC_REVIEW, State.DECISION)
"""Where the approval chain waits for somebody (``D-09``); each of them may return the case (退回)."""

BEFORE_DECISION = (State.RECEIVED, State.CORRECTION, State.CHECKING, *CHAIN)

POSITIVE = frozenset({State.GRANTED, State.PARTLY})

NEGATIVE = frozenset({State.REFUSED, State.DISMISSED, State.NO_FOOTAGE, State.REDIRECTED})
"""Answers that give nothing: the other side is told why, and a citizen of the remedy."""

NOT_ALL = NEGATIVE | {State.PARTLY}
"""Answers that give nothing, or less than was asked: there is something to appeal against."""


class Stage(StrEnum):
    """A cell that somebody signs on the case's papers."""

    RECEIPT = "receipt"
    SECTION_HEAD = "section_head"
    MANAGER = "manager"
    UNIT_HEAD = "unit_head"
    SECRETARY = "secretary"
    DIRECTOR = "director"
    COPY_MAKER = "copy_maker"
    COPY_VERIFIER = "copy_verifier"
    MASK_MAKER = "mask_maker"
    MASK_CHECKER = "mask_checker"
    LEDGER_MANAGER = "ledger_manager"
    LEDGER_HEAD = "ledger_head"
