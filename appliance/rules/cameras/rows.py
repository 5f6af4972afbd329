"""What the table of cameras is made of: roles, cells, events, effects, rows. Data only.

A row that is not there cannot happen. ``(state, event)`` names at most one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from appliance.rules.cameras.facts import GuardContext
from appliance.rules.cameras.states import Cell, State
from appliance.rules.people import Role
from appliance.rules.worded import Worded

__all__ = ["Effect", "Event", "Guard", "Row", "events_from", "find"]


class Event(Worded):
    """What happens to a version; ``zh`` is the office's word for it."""

    DRAFT = "draft", "提出新設／異動"
    ADOPT = "adopt", "既設納入"
    REVISE = "revise", "修改"
    DROP = "drop", "撤回"
    SUBMIT = "submit", "送簽"
    RETURN = "return", "退回"
    STAMP = "stamp", "單位主管核章"
    STAMP_SECRETARY = "stamp_secretary", "秘書核章"
    APPROVE = "approve", "核可函報警政機關"
    APPROVE_EXEMPT = "approve_exempt", "核可（免報）"
    SEND = "send", "函報"
    ENTER_ANSWER = "enter_answer", "登記核復"
    CONFIRM_APPROVAL = "confirm_approval", "確認核准"
    CONFIRM_FILING = "confirm_filing", "確認備查"
    REJECT = "reject", "不准"
    ACCEPT = "accept", "安裝驗收"
    PUT_IN_FORCE = "put_in_force", "啟用"
    ANNOUNCE = "announce", "公告確認"
    REPUBLISH = "republish", "重新公告"
    FALL_DUE = "fall_due", "檢視屆期"
    REVIEW = "review", "檢視相符"
    STAMP_REVIEW = "stamp_review", "檢視核章"
    MISMATCH = "mismatch", "檢視不符"
    DRIFTED = "drifted", "視野偏移"
    EXPLAIN = "explain", "擬認定為誤判"
    CONFIRM_FALSE = "confirm_false", "認定為誤判"
    PUT_BACK = "put_back", "復位"
    FILE_EVIDENCE = "file_evidence", "補登既設證明"
    CONFIRM_EVIDENCE = "confirm_evidence", "確認既設證明"
    SIGN_PLAN = "sign_plan", "核定補正計畫"
    PIN = "pin", "登記設備識別"
    RECOGNISE = "recognise", "判定為同一設備"
    RECHECK = "recheck", "查核禁用清單"
    SUSPEND = "suspend", "停用"
    RESUME = "resume", "恢復啟用"
    RETIRE = "retire", "撤除"
    SUPERSEDE = "supersede", "更替"


class Effect(StrEnum):
    """The names of effects. What each asks of whoever performs it is in ``docs/design/cameras.md``."""

    REGISTRY = "registry"
    SUPERSEDE_OLD = "supersede_old"
    PUBLISH = "publish"
    PAPER_MEMO = "paper_memo"
    PAPER_LETTER = "paper_letter"
    PAPER_ACCEPTANCE = "paper_acceptance"
    PAPER_REVIEW = "paper_review"
    MARK_FOOTAGE = "mark_footage"
    UNMARK_FOOTAGE = "unmark_footage"
    FINDING = "finding"


Guard = Callable[["GuardContext"], tuple[str, ...]]
"""What is missing for an act, as codes; nothing when it may be. Its name is the function's."""


class Row(NamedTuple):
    """In one of ``sources``, ``event`` by someone of ``who`` leads to ``target``; None: the state stays, or with
    ``back`` it is again the one before the drift.

    ``cell``: what it signs. ``kind``: of its ledger entry. ``password``: typed for this very act.
    """

    id: str
    sources: tuple[State, ...]
    event: Event
    target: State | None
    who: tuple[Role, ...]
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    cell: Cell | None = None
    password: bool = False
    back: bool = False

    @property
    def on_sheet(self) -> bool:
        """Whether it may be signed in ink (``AT-73``): a cell, a password or a return."""
        people = set(self.who) - {Role.SYSTEM}
        return bool(people) and bool(self.cell or self.password or self.event is Event.RETURN)

    @property
    def kind(self) -> str:
        return "registry.changed" if Effect.REGISTRY in self.effects else "camera.changed"

    @property
    def guard_names(self) -> tuple[str, ...]:
        return tuple(guard.__name__ for guard in self.guards)


def find(table: Iterable[Row], state: State, event: Event) -> Row | None:
    """The row for ``event`` in ``state``; None when there is none."""
    return next((row for row in table if row.event == event and state in row.sources), None)


def events_from(table: Iterable[Row], state: State) -> tuple[Event, ...]:
    """What the table has for a state, in its own order."""
    return tuple(row.event for row in table if state in row.sources)
