"""Cases of the three kinds that came to a viewing, with what the ledger would have of it, for tests of 閱覽紀錄."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from appliance.papers.from_cases.sources import Desk
from appliance.rules.cases.holes import Hole, Holes
from appliance.rules.cases.rows import Event
from appliance.rules.cases.viewing_record import Alarm, CameraSeen, Sitting, ViewingCopyView, ViewingRecord
from appliance.rules.cases.views import ActView, CaseView, Stretch
from tests.papers.case_scenes import MINUTE, keeper_of_papers
from tests.papers.samples import ISSUE, at_ns
from tests.web.case_lives import ASKED, Life
from tests.web.keeper_double import KeeperDouble

__all__ = ["BEGAN_NS", "SECOND", "VIEWINGS", "viewing_desk"]

SECOND = 10**9
BEGAN_NS = at_ns(11, 24, 9, 5)
START_NS: int = ASKED[0]["start_ns"]
_LEADS: dict[str, tuple[Event, ...]] = {
    "CIT": (Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE, Event.BEGIN),
    "INT": (Event.GRANT, Event.SCHEDULE, Event.BEGIN),
    "AGY": (Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE),
}
CAUSES = {"camera-gone": "攝影機無回應", "expired": "已逾保存期限"}


def _life(keeper: KeeperDouble, kind: str) -> Life:
    return Life(keeper, kind).to("decision").do(*_LEADS[kind])


def _at(minutes: float) -> int:
    return BEGAN_NS + round(minutes * MINUTE)


def _cameras(*seen_seconds: int) -> tuple[CameraSeen, ...]:
    places = {"1-01": "一樓大廳入口", "1-02": "一樓大廳"}
    return tuple(
        CameraSeen(
            camera_no=str(asked["camera_no"]),
            location=places[str(asked["camera_no"])],
            opened=(Stretch(**asked),),
            seen_ns=seen * SECOND,
        )
        for asked, seen in zip(ASKED, seen_seconds, strict=False)
    )


def _with_hole(told: CaseView) -> CaseView:
    """Of its first range 90 s are missing, of which 30 lie before the minutes that were opened."""
    hole = Hole(start_ns=START_NS - 30 * SECOND, end_ns=START_NS + 60 * SECOND, cause="camera-gone")
    first = msgspec.structs.replace(told.ranges[0], footage="partly", holes=Holes(listed=(hole,)))
    rest = [msgspec.structs.replace(each, footage="in_store") for each in told.ranges[1:]]
    return msgspec.structs.replace(told, ranges=(first, *rest))


def _citizen(keeper: KeeperDouble) -> tuple[Life, ViewingRecord]:
    """A citizen's, with masks; one of the two left their seat and came back."""
    life = _life(keeper, "CIT")
    keeper.now_ns = _at(20)
    life.do(Event.FINISH, Event.CLEAN, Event.SIGN_LEDGER, Event.STAMP_LEDGER)
    two = ("吳志文", "林志明")
    record = ViewingRecord(
        sittings=(
            Sitting(
                began_ns=_at(1), ended_ns=_at(6), cause="a person left", people=two, left="林志明", station=2,
                place="二樓閱覽室", masks=3,
            ),
            Sitting(
                began_ns=_at(9), ended_ns=_at(20), cause="ended by the people", people=two, station=2,
                place="二樓閱覽室", masks=3, present=(_at(18),),
            ),
        ),
        cameras=_cameras(630, 45),
    )  # fmt: skip
    return life, record


def _staff(keeper: KeeperDouble) -> tuple[Life, ViewingRecord]:
    """A colleague's, which nobody ended: the day did."""
    life = _life(keeper, "INT")
    keeper.now_ns = _at(10)
    life.do(Event.INTERRUPT, who="system", reason="idle")
    sitting = Sitting(
        began_ns=_at(1), ended_ns=_at(10), cause="nobody was there", people=("陳怡君", "林志明"), station=1, place=""
    )
    return life, ViewingRecord(sittings=(sitting,), cameras=_cameras(0))


def _agency(keeper: KeeperDouble) -> tuple[Life, ViewingRecord]:
    """An agency's, from a copy that lacked some; somebody filmed, and the press was called a mistake."""
    life = _life(keeper, "AGY")
    hole = Hole(start_ns=START_NS + 6 * MINUTE, end_ns=START_NS + 6 * MINUTE + SECOND, cause="camera-gone")
    record = ViewingRecord(
        sittings=(
            Sitting(
                began_ns=_at(1), ended_ns=_at(5), cause="filming seen", people=("陳怡君", "林志明"), station=0
            ),
        ),
        cameras=_cameras(180, 3),
        copies=(
            ViewingCopyView(
                copy="5f3a9b1c" * 4, made_ns=at_ns(11, 24, 8, 30), ended_ns=_at(8), cause="otherwise",
                missing=(("1-02", hole),),
            ),
        ),
        alarms=(Alarm(incident="I115-0003", at_ns=_at(5), mistaken_ns=_at(5) + 7 * SECOND),),
    )  # fmt: skip
    return life, record


def _open(keeper: KeeperDouble) -> tuple[Life, ViewingRecord]:
    """A viewing that goes on, as it is printed for the ink."""
    life = _life(keeper, "CIT")
    sitting = Sitting(began_ns=_at(1), people=("吳志文", "林志明"), station=2, place="二樓閱覽室")
    return life, ViewingRecord(sittings=(sitting,), cameras=_cameras(12, 0))


def _unopened(keeper: KeeperDouble) -> tuple[Life, ViewingRecord]:
    """Nothing was opened in it."""
    life = _life(keeper, "CIT")
    keeper.now_ns = _at(20)
    return life.do(Event.FINISH, reason="播放設備故障").do(Event.CLEAN), ViewingRecord()


VIEWINGS: dict[str, Callable[[KeeperDouble], tuple[Life, ViewingRecord]]] = {
    "citizen": _citizen,
    "staff": _staff,
    "agency": _agency,
    "open": _open,
    "unopened": _unopened,
}


def _stopped(told: CaseView) -> CaseView:
    """The double makes no copies, so the acts of an agency's viewing are laid beside its case."""
    filmed = {"reason": "閱覽中發現拍攝，即停止播放"}
    stopped = {"reason": "經制止仍續行拍攝", "viewing": {"filming": "已請其刪除並通報", "signed": False}}
    acts = (
        _act(0, Event.BEGIN, "陳怡君"),
        _act(5, Event.INTERRUPT, "", **filmed),
        _act(8, Event.STOP, "陳怡君", **stopped),
    )
    session = {
        "began_ns": _at(0), "ended_ns": _at(8), "accompanied": ["陳怡君", "林志明"], "filming": "已請其刪除並通報",
        "shown": True, "why_not": "", "ended_by": "stop", "why_stopped": "經制止仍續行拍攝",
    }  # fmt: skip
    return msgspec.structs.replace(told, history=(*told.history, *acts), session=session)


def _act(minutes: int, event: Event, name: str, **words: Any) -> ActView:
    return ActView(
        index=900 + minutes, at_ns=_at(minutes), event=event, row="A13", state="viewing", name=name, person=name,
        words=words,
    )  # fmt: skip


def viewing_desk(name: str, **issue: Any) -> Desk:
    """The desk of a case that came to a viewing on 115/11/24, printed the next morning."""
    keeper = keeper_of_papers()
    life, record = VIEWINGS[name](keeper)
    told = _with_hole(keeper.told_of(life.key, []))
    told = _stopped(told) if name == "agency" else told
    return Desk(told, msgspec.structs.replace(ISSUE, causes=CAUSES, **issue), viewing=record)
