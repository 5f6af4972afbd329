"""When a viewing copy ends, whatever people do (七(三), INV-07, T-42 to T-44). Pure.

Whoever confirms its destruction ends it sooner; these are the ends that nobody has to think of.
"""

from __future__ import annotations

from datetime import date

from appliance.core.model import Record
from appliance.rules.cases.hours import day_is_done
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import State
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.worded import Worded

__all__ = ["UNATTENDED_NS", "CopyEnd", "CopyRecord", "HandedCopy", "cause_of", "is_attended", "why_over"]

UNATTENDED_NS = (10 * 60 - 10) * 1_000_000_000
"""A copy that nobody looks at for ten minutes is gone by then (七(三)): ten seconds are for its destruction."""

_WITH_COPY = frozenset({State.SCHEDULED, State.PREPARED, State.VIEWING, State.INTERRUPTED, State.VIEWED})
_ATTENDED = frozenset({State.VIEWING, State.INTERRUPTED, State.VIEWED})


class CopyEnd(Worded):
    """Why a copy was destroyed, as its entry has it; ``zh`` stands on papers. The last two are of an agency's copy on
    a medium, of which the recorder never had another."""

    VIEWED = "viewed", "閱覽完畢，確認銷毀"
    UNATTENDED = "unattended", "逾 10 分鐘無人閱覽，系統自動銷毀"
    DAY_OVER = "day_over", "當日結束，系統自動銷毀"
    NO_SHOW = "no_show", "逾時未到"
    WITHDRAWN = "withdrawn", "案件撤回"
    OTHERWISE = "otherwise", "以其他方式辦理"
    CASE_OVER = "case_over", "案件已不在閱覽程序"
    STOPPED = "stopped", "系統停止，自動銷毀"
    RESTARTED = "restarted", "因斷電或重新啟動，自動銷毀"
    CANCELLED = "cancelled", "製作中停止"
    FAILED = "failed", "未能完成製作"
    REMADE = "remade", "媒體不良，銷毀後另行製作"
    HANDED = "handed", "已交付機關，本所未留存"


class CopyRecord(Record, frozen=True, kw_only=True):
    """A copy as its case has it: made, and destroyed unless ``ended_ns`` is 0. ``cause`` is a :class:`CopyEnd`; ``by``
    whom, where a person's act ended it."""

    copy: str
    sha256: str = ""
    made_ns: int = 0
    ended_ns: int = 0
    cause: str = ""
    by: str = ""


class HandedCopy(Record, frozen=True, kw_only=True):
    """An agency's copy on a medium as its case has it: its id, the hash of its manifest, the medium's number in the
    register and its serial number. ``ended_ns``, ``cause`` and ``by`` as of a :class:`CopyRecord`, once another took
    its place or the clearing after its delivery was entered."""

    copy: str
    manifest: str
    medium: str
    serial: str
    made_ns: int
    ended_ns: int = 0
    cause: str = ""
    by: str = ""


def cause_of(event: Event) -> CopyEnd:
    """Why a copy ends that an act on its case ends."""
    causes = {
        Event.CLEAN: CopyEnd.VIEWED,
        Event.NO_SHOW: CopyEnd.NO_SHOW,
        Event.WITHDRAW: CopyEnd.WITHDRAWN,
        Event.OTHERWISE: CopyEnd.OTHERWISE,
    }
    return causes.get(event, CopyEnd.CASE_OVER)


def is_attended(state: State) -> bool:
    """Whether somebody is to be looking at the copy of a case in this state, or has been."""
    return state in _ATTENDED


def why_over(
    state: State, on: date, wall_ns: int, age_ns: int, unseen_ns: int, *, round_the_clock: bool = False
) -> CopyEnd | None:
    """Why a copy must go now; None while it may stay. ``on``: the day of its viewing; ``age_ns``: how long it has
    lived, and ``unseen_ns`` how long nobody has had it open since its viewing began, both of a clock that no hand
    sets. ``round_the_clock``: of a training office, whose days end at midnight."""
    if state not in _WITH_COPY:
        return CopyEnd.CASE_OVER
    today = day_of(wall_ns)
    done = today > on if round_the_clock else day_is_done(on, wall_ns)
    if done or age_ns >= DAY_NS:
        return CopyEnd.DAY_OVER
    return CopyEnd.UNATTENDED if state in _ATTENDED and unseen_ns >= UNATTENDED_NS else None
