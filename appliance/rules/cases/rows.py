"""What a table of cases is made of: roles, signature stages, events, effects, rows. Data only.

A row that is not there cannot happen. ``(state, event)`` names at most one row of a table. Effects are names: whoever
performs the row carries them out, after its ledger entry is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from appliance.rules.cases.facts import GuardContext
from appliance.rules.cases.states import Stage, State
from appliance.rules.people import Role
from appliance.rules.worded import Worded

__all__ = ["AS_ASKED", "Effect", "EffectSpec", "Event", "Guard", "Row", "effects", "events_from", "find"]


class Event(Worded):
    """What happens to a case; ``zh`` is the office's word for it."""

    RECEIVE = "receive", "收件"
    SUBMIT = "submit", "送出"
    PRESERVE = "preserve", "口頭保全"
    NO_LETTER = "no_letter", "逾期未來函"
    RECEIVE_LETTER = "receive_letter", "來函收文"
    VISIT = "visit", "派員到所"
    FIND_DEFECTS = "find_defects", "形式審查不備"
    REMIND = "remind", "催補"
    ISSUE_CORRECTION = "issue_correction", "補正通知發文"
    SERVE_CORRECTION = "serve_correction", "補正通知送達"
    CORRECTED = "corrected", "補正完成"
    OVERDUE = "overdue", "補正逾期"
    PASS_FORMAL = "pass_formal", "形式審查完備"
    SIGN_SECTION = "sign_section", "申請單位主管核章"
    CHECK = "check", "審查"
    ADD_RANGE = "add_range", "增列範圍"
    EXTEND = "extend", "展延"
    ISSUE_EXTENSION = "issue_extension", "展延通知發文"
    SERVE_EXTENSION = "serve_extension", "展延通知送達"
    FLAG_STATUTORY = "flag_statutory", "註記法定請求"
    NONE_FOUND = "none_found", "查無影音資料"
    PROPOSE_REDIRECT = "propose_redirect", "擬改循其他程序"
    REDIRECT = "redirect", "改循其他程序"
    DISMISS = "dismiss", "逕予駁回"
    PROPOSE = "propose", "擬辦送核"
    STAMP = "stamp", "核章"
    RETURN = "return", "退回"
    GRANT = "grant", "准予"
    GRANT_PARTLY = "grant_partly", "部分准予"
    GRANT_COPY = "grant_copy", "同意提供複製"
    GRANT_COPY_PARTLY = "grant_copy_partly", "部分同意提供複製"
    REFUSE = "refuse", "否准"
    ISSUE = "issue", "發文"
    NOTIFY = "notify", "送達"
    APPEAL = "appeal", "訴願提起"
    APPEAL_OVER = "appeal_over", "訴願終結"
    APPEAL_UPHELD = "appeal_upheld", "撤銷原處分，另為處分"
    RECEIVE_ANEW = "receive_anew", "另為處分收案"
    SLIP = "slip", "當事人需複製"
    FINISH_MASKS = "finish_masks", "遮蔽完成"
    CONFIRM_MASKS = "confirm_masks", "確認遮蔽"
    REDRAW_MASKS = "redraw_masks", "重畫遮蔽"
    SCHEDULE = "schedule", "約定時間"
    PREPARE = "prepare", "閱覽前準備完成"
    NO_SHOW = "no_show", "逾時未到"
    BEGIN = "begin", "開始閱覽"
    INTERRUPT = "interrupt", "中斷"
    RESUME = "resume", "續閱"
    RECOPY = "recopy", "複本已滅失，重新約定"
    STOP = "stop", "終止"
    FINISH = "finish", "閱覽完畢"
    END_OF_DAY = "end_of_day", "當日結束"
    CLEAN = "clean", "確認無複本並清除暫存"
    MAKE_COPY = "make_copy", "製作複本"
    REMAKE_COPY = "remake_copy", "重製複本"
    VERIFY_COPY = "verify_copy", "驗證複本"
    DELIVER = "deliver", "交付簽收"
    COURT_ORDER = "court_order", "法院、檢察官命提出／扣押"
    LOCK = "lock", "進入司法程序"
    LINK = "link", "註記接續案件"
    WITHDRAW = "withdraw", "撤回"
    LAPSE = "lapse", "逾期未閱"
    OTHERWISE = "otherwise", "以其他方式辦理"
    EXCUSE_SCAN = "excuse_scan", "掃描檔缺件核章"
    RECTIFY = "rectify", "更正"
    RECTIFY_CONFIRM = "rectify_confirm", "更正核章"
    RECTIFY_DECLINE = "rectify_decline", "更正退回"
    SIGN_LEDGER = "sign_ledger", "紀錄簿管理人員簽章"
    STAMP_LEDGER = "stamp_ledger", "紀錄簿主管簽章"
    CLOSE = "close", "結案"


class Effect(StrEnum):
    """The names of effects. What each demands of whoever performs it is in ``docs/design/cases.md``."""

    PIN = "pin"
    PIN_TERM = "pin_term"
    LEDGER_ROW = "ledger_row"
    CLOCK_START = "clock_start"
    CLOCK_STOP = "clock_stop"
    CLOCK_RESUME = "clock_resume"
    CLOCK_EXTEND = "clock_extend"
    CLOCK_END = "clock_end"
    CORRECTION_TERM = "correction_term"
    SUPERSEDE = "supersede"
    PAPER = "paper"
    NOTICE = "notice"
    FLAG = "flag"
    RECORD = "record"
    TOKEN_TEMPLATE = "token_template"  # noqa: S105  a scope of minutes, no secret
    MASK = "mask"
    REMEDY_TIMER = "remedy_timer"
    TOKEN = "token"  # noqa: S105  the same
    TOKEN_REVOKE = "token_revoke"  # noqa: S105  the same
    STATION = "station"
    VIEWING_COPY = "viewing_copy"
    VIEWING_COPY_DESTROY = "viewing_copy_destroy"
    AGENCY_COPY = "agency_copy"
    AGENCY_COPY_DESTROY = "agency_copy_destroy"
    HOLD = "hold"
    ANEW = "anew"
    CASE_FILE = "case_file"


class EffectSpec(NamedTuple):
    """One thing to carry out: ``name``, which one of its kind, and its days where it has some."""

    name: Effect
    detail: str = ""
    days: int = 0

    def __str__(self) -> str:
        return self.name + (f" {self.detail}" if self.detail else "") + (f" {self.days} d" if self.days else "")


AS_ASKED = "as_asked"
"""Of :attr:`Do.HOLD`: only where the letter asks to go on keeping the footage (``domain`` A20)."""

Guard = Callable[["GuardContext"], tuple[str, ...]]
"""What is missing for an act, as codes; nothing when it may be. Its name is the function's."""


class Row(NamedTuple):
    """In one of ``sources``, ``event`` by someone of ``who`` leads to ``target`` (None: the state stays).

    ``stage``: the cell it signs. ``kind``: of its ledger entry. ``password``: typed for this very act.
    """

    id: str
    sources: tuple[State, ...]
    event: Event
    target: State | None
    who: tuple[Role, ...]
    guards: tuple[Guard, ...] = ()
    effects: tuple[EffectSpec, ...] = ()
    stage: Stage | None = None
    kind: str = "case.changed"
    password: bool = False

    @property
    def guard_names(self) -> tuple[str, ...]:
        return tuple(guard.__name__ for guard in self.guards)


def effects(*given: Effect | tuple[Effect, str] | tuple[Effect, str, int]) -> tuple[EffectSpec, ...]:
    """Effects in short: a name, or a name with its detail and days."""
    return tuple(EffectSpec(each) if isinstance(each, Effect) else EffectSpec(*each) for each in given)


def find(table: Iterable[Row], state: State, event: Event) -> Row | None:
    """The row for ``event`` in ``state``; None when there is none."""
    return next((row for row in table if row.event == event and state in row.sources), None)


def events_from(table: Iterable[Row], state: State) -> tuple[Event, ...]:
    """What a table has for a state, in its own order, each once."""
    return tuple(dict.fromkeys(row.event for row in table if state in row.sources))
