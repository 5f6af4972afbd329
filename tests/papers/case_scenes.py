"""Cases of each kind as the keeper would tell them, led along the tables in its double, for tests of papers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from appliance.papers.from_cases.sources import Desk
from appliance.rules.cases.rows import Event
from appliance.rules.cases.views import CaseView
from tests.papers.samples import ISSUE, at_ns
from tests.web.case_lives import ASKED, DISPATCH, FORM, Life, asking_copy
from tests.web.keeper_double import KeeperDouble

__all__ = ["SCENES", "keeper_of_papers", "scene"]

MINUTE = 60 * 10**9
_SIGNED = (Event.SIGN_LEDGER, Event.STAMP_LEDGER, Event.CLOSE)
_BOOKED = (Event.GRANT, Event.ISSUE, Event.NOTIFY, Event.SCHEDULE, Event.PREPARE)
PARTLY: dict[str, Any] = {
    "rulings": [
        {
            "range_no": 0,
            "scopes": [ASKED[0] | {"start_ns": ASKED[0]["start_ns"] + 10 * MINUTE}],
            "masked": True,
            "reason": "其餘時段與事由無關",
        },
        {"range_no": 1, "scopes": [], "reason": "該處未發生"},
    ],
    "article": "行政程序法第46條",
}


MASKED: dict[str, Any] = {
    "rulings": [
        {"range_no": no, "scopes": [each], "masked": True, "reason": "須遮蔽第三人"} for no, each in enumerate(ASKED)
    ],
    "article": "行政程序法第46條",
}
REFUSED: dict[str, Any] = {
    "rulings": [{"range_no": 0, "reason": "與案情無關"}, {"range_no": 1, "reason": "逾越必要範圍"}],
    "reason": "不符申請目的", "article": "行政程序法第19條",
}  # fmt: skip
NO_COPY = "閱覽已足認事實，尚無保存證據之必要。"


def _copied(keeper: KeeperDouble, *, too: bool) -> Life:
    life = asking_copy(keeper, "both" if too else "copy")
    return life.do(Event.GRANT_COPY, copy_reasoned="證據保存所必要", viewing_too=too).do(Event.ISSUE, Event.NOTIFY)


def _viewed(keeper: KeeperDouble) -> Life:
    life = Life(keeper, "CIT").to("decision").do(*_BOOKED, Event.BEGIN)
    keeper.now_ns += 20 * MINUTE
    return life.do(Event.FINISH, Event.CLEAN, *_SIGNED)


def _unshown(keeper: KeeperDouble) -> Life:
    life = Life(keeper, "CIT").to("decision").do(*_BOOKED, Event.BEGIN)
    keeper.now_ns += 20 * MINUTE
    return life.do(Event.FINISH, reason="播放設備故障").do(Event.CLEAN, *_SIGNED)


def _stopped(keeper: KeeperDouble) -> Life:
    life = Life(keeper, "CIT").to("decision").do(*_BOOKED, Event.BEGIN)
    keeper.now_ns += 20 * MINUTE
    life.do(Event.INTERRUPT, viewing={"filmed": True}, reason="以手機對螢幕拍攝")
    life.do(Event.STOP, viewing={"filming": "已請其刪除並通報"}, reason="經制止仍續行拍攝")
    return life.do(Event.CLEAN, *_SIGNED)


_REDIRECTED = (Event.PROPOSE_REDIRECT, Event.STAMP, Event.STAMP, Event.REDIRECT)


def _locked(keeper: KeeperDouble) -> Life:
    life = Life(keeper, "INT").to("unit_review").do(Event.RETURN, Event.PROPOSE, Event.STAMP, Event.STAMP)
    return life.do(Event.GRANT, form={"judicial": "no"}).do(Event.LOCK, who="clerk").do(*_SIGNED)


def _refused(keeper: KeeperDouble) -> Life:
    return Life(keeper, "CIT").to("decision").do(Event.REFUSE, Event.ISSUE, Event.NOTIFY, *_SIGNED)


def _anew(keeper: KeeperDouble) -> Life:
    former = _refused(keeper).do(Event.APPEAL, Event.APPEAL_UPHELD)
    life = Life(keeper, "CIT")
    life.key = next(key for key, of in keeper.formers.items() if of == former.key)
    life.do(Event.PASS_FORMAL, Event.PROPOSE, Event.STAMP, Event.STAMP, Event.GRANT)
    return life.do(Event.ISSUE, dispatch=DISPATCH | {"doc_no": "北市萬戶庶字第8號"})


SCENES = {
    "viewed": _viewed,
    "refused": lambda keeper: _refused(keeper),
    "appealed": lambda keeper: _refused(keeper).do(Event.APPEAL),
    "appeal rejected": lambda keeper: _refused(keeper).do(Event.APPEAL, Event.APPEAL_OVER),
    "revoked": lambda keeper: _refused(keeper).do(Event.APPEAL, Event.APPEAL_UPHELD),
    "decided anew": _anew,
    "partly": lambda keeper: Life(keeper, "CIT").to("decision").do(Event.GRANT_PARTLY, **PARTLY),
    "correction": lambda keeper: Life(keeper, "CIT").do(Event.RECEIVE, form=FORM).do(Event.FIND_DEFECTS),
    "corrected": lambda keeper: (
        Life(keeper, "CIT")
        .do(Event.RECEIVE, form=FORM)
        .do(Event.FIND_DEFECTS)
        .do(Event.ISSUE_CORRECTION, dispatch=DISPATCH | {"doc_no": "北市萬戶庶字第2號"})
        .do(Event.CORRECTED, form={"report_original": True})
    ),
    "extended": lambda keeper: (
        Life(keeper, "CIT")
        .to("checking")
        .do(Event.EXTEND, reason="尚待查證")
        .do(Event.ISSUE_EXTENSION, dispatch=DISPATCH | {"doc_no": "北市萬戶庶字第3號"})
    ),
    "dismissed": lambda keeper: (
        Life(keeper, "CIT")
        .do(Event.RECEIVE)
        .do(Event.DISMISS, barred="attendance", reason="查核同仁出勤", article="二")
    ),
    "unshown": _unshown,
    "redirected": lambda keeper: Life(keeper, "CIT").do(Event.RECEIVE, *_REDIRECTED),
    "letter redirected": lambda keeper: Life(keeper, "AGY").do(Event.RECEIVE_LETTER, *_REDIRECTED),
    "slip": lambda keeper: Life(keeper, "CIT").to("decision").do(Event.SLIP, Event.GRANT),
    "locked": _locked,
    "locked undecided": lambda keeper: (
        Life(keeper, "INT").to("decision").do(Event.LOCK, words={"court_no": "115年度偵字第45號"})
    ),
    "stopped": _stopped,
    "letter refused": lambda keeper: (
        Life(keeper, "AGY").to("decision").do(Event.REFUSE, Event.ISSUE, Event.NOTIFY, *_SIGNED)
    ),
    "masked": lambda keeper: Life(keeper, "CIT").to("decision").do(Event.GRANT_PARTLY, **MASKED),
    "letter refused by range": lambda keeper: Life(keeper, "AGY").to("decision").do(Event.REFUSE, **REFUSED),
    "letter granted in part": lambda keeper: Life(keeper, "AGY").to("decision").do(Event.GRANT_PARTLY, **PARTLY),
    "copy withheld": lambda keeper: (
        asking_copy(keeper).do(Event.GRANT, viewing_only=True, copy_reasoned=NO_COPY).do(Event.ISSUE, Event.NOTIFY)
    ),
    "copy withheld in part": lambda keeper: asking_copy(keeper).do(
        Event.GRANT_PARTLY, viewing_only=True, copy_reasoned=NO_COPY, **PARTLY
    ),
    "copy granted": lambda keeper: _copied(keeper, too=False),
    "copy and viewing": lambda keeper: _copied(keeper, too=True),
    "granted": lambda keeper: Life(keeper, "CIT").to("decision").do(Event.GRANT, Event.ISSUE),
    "letter granted": lambda keeper: Life(keeper, "AGY").to("decision").do(Event.GRANT, Event.ISSUE, Event.NOTIFY),
}
"""By what became of it."""


def keeper_of_papers() -> KeeperDouble:
    """A keeper that nobody asks anything by its socket, on one morning of the year 115."""
    keeper = KeeperDouble(str(Path(tempfile.gettempdir(), f"keeper-of-papers-{os.getpid()}")), cameras=2)
    keeper.now_ns = at_ns(11, 24, 9, 5)
    return keeper


def scene(name: str) -> Desk:
    """The desk of a case, its papers issued that morning."""
    keeper = keeper_of_papers()
    told: CaseView = keeper.told_of(SCENES[name](keeper).key, [])
    return Desk(told, ISSUE, ("報案證明正本未核對",), 3)
