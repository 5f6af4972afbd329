"""Where a camera version stands, and what a version is about, with the office's own names. Source: domain 2.5,
``rules`` 五. A value is stable and stands in ledger entries."""

from __future__ import annotations

from enum import StrEnum

from appliance.rules.worded import Worded

__all__ = ["ENDS", "LIVE", "OPEN", "Cell", "Origin", "State"]


class State(Worded):
    """Of one version of one camera; ``zh`` is its name in the office."""

    NONE = "none", "尚無"
    DRAFT = "draft", "草稿"
    INTERNAL = "internal", "簽核中"
    SUBMITTED = "submitted", "已函報警政機關"
    APPROVED = "approved", "已核准"
    ACK = "ack", "已備查"
    IN_FORCE = "in_force", "啟用"
    ANNOUNCED = "announced", "已公告"
    REVIEW_DUE = "review_due", "待檢視"
    DRIFT = "drift", "疑似不符"
    SUSPENDED = "suspended", "停用"
    REJECTED = "rejected", "未獲核准"
    DROPPED = "dropped", "撤回"
    SUPERSEDED = "superseded", "已更替"
    RETIRED = "retired", "已撤除"


OPEN = frozenset({State.DRAFT, State.INTERNAL, State.SUBMITTED, State.APPROVED, State.ACK})
"""On its way to be put in force: one of a camera at a time."""

LIVE = frozenset({State.IN_FORCE, State.ANNOUNCED, State.REVIEW_DUE, State.DRIFT})
"""In force: these are recorded and nothing else is (``INV-10``); one of a camera at most."""

ENDS = frozenset({State.REJECTED, State.DROPPED, State.SUPERSEDED, State.RETIRED})


class Origin(Worded):
    """Why there is a version: ``existing`` and ``trial`` are cameras that a set-up brought, without an approval."""

    NEW = "new", "新設"
    CHANGE = "change", "異動"
    REPLACEMENT = "replacement", "設備更換"
    EXISTING = "existing", "既設"
    TRIAL = "trial", "訓練"


class Cell(StrEnum):
    """What somebody signs on a version's papers."""

    MAKER = "maker"
    UNIT_HEAD = "unit_head"
    SECRETARY = "secretary"
    DIRECTOR = "director"
    ANSWER_ENTERED = "answer_entered"
    ANSWER_CONFIRMED = "answer_confirmed"
    ACCEPTED = "accepted"
    PUT_IN_FORCE = "put_in_force"
    REVIEWED = "reviewed"
    REVIEW_STAMPED = "review_stamped"
    EXPLAINED = "explained"
    EXPLANATION_CONFIRMED = "explanation_confirmed"
