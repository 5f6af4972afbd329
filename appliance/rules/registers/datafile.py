"""The notice of the personal data file (個人資料檔案公開事項): what the office makes public of the footage it keeps.

Source: PDPA 17, 細則 23 (within a month of making the file or of a change), ``AT-68``. The notice follows from the
rules in force and the cameras in force, and is never typed: when unit, basis or purpose change, it is another one, and
what was made public no longer stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from appliance.rules.deadlines import day_of
from appliance.rules.people import Role
from appliance.rules.registers.shape import NEW, DataFile, Field, GuardContext, Item, Pair, Register, Step, Widget
from appliance.rules.worded import Worded

__all__ = ["DATAFILE", "DataFileEvent", "DataFileState", "notice_state"]

_SCHEMES = ("https://", "http://")


class DataFileState(Worded):
    POSTED = "posted", "已公開，待確認"
    CONFIRMED = "confirmed", "已確認公開"
    WITHDRAWN = "withdrawn", "已停止公開"


class DataFileEvent(Worded):
    POST = "post", "登記公開"
    CONFIRM = "confirm", "確認公開"
    WITHDRAW = "withdraw", "停止公開"


def notice_is_made(sight: GuardContext) -> tuple[str, ...]:
    """Unit and telephone stand in the rules in force; a notice without them tells nobody whom to ask."""
    notice = sight.facts.notice
    if notice is None:
        return ("notice_none",)
    return tuple(f"notice_{name}" for name in ("unit", "phone") if not getattr(notice, name))


def address_fits(sight: GuardContext) -> tuple[str, ...]:
    url = str(sight.typed.get("url", ""))
    return ("url_scheme",) if url and not url.startswith(_SCHEMES) else ()


def posted_by_now(sight: GuardContext) -> tuple[str, ...]:
    on = sight.typed.get("posted_on")
    return ("posted_ahead",) if on and date.fromisoformat(str(on)) > day_of(sight.facts.at_ns) else ()


def still_stands(sight: GuardContext) -> tuple[str, ...]:
    """What is confirmed is what the notice is now (``AT-68``)."""
    now = sight.facts.notice
    return () if now is not None and now.digest == sight.item.value("digest") else ("notice_changed",)


def notice_state(items: Iterable[Item], now: DataFile) -> str:
    """``none`` while nothing is confirmed, ``stands`` where the newest confirmed one is the notice of now, else
    ``changed``."""
    confirmed = [item for item in items if item.state == DataFileState.CONFIRMED]
    if not confirmed:
        return "none"
    newest = max(confirmed, key=lambda item: (item.times.get(DataFileEvent.CONFIRM, 0), item.number))
    return "stands" if newest.value("digest") == now.digest else "changed"


def _as_posted(sight: GuardContext) -> dict[str, Any]:
    notice = sight.facts.notice
    return {"digest": notice.digest, "notice": msgspec.structs.asdict(notice)} if notice is not None else {}


_S, _E = DataFileState, DataFileEvent
_POSTERS = (Role.OFFICER, Role.MANAGER, "webmaster")

DATAFILE = Register(
    code="datafile",
    zh="個人資料檔案公開事項",
    letter="P",
    kind="datafile.changed",
    states=DataFileState,
    gist=("url", "posted_on"),
    done=frozenset({_S.CONFIRMED, _S.WITHDRAWN}),
    pairs=(Pair("posted", "confirmed"),),
    steps=(
        Step(
            "P1",
            (NEW,),
            _E.POST,
            _S.POSTED,
            _POSTERS,
            (Field("url", Widget.TEXT), Field("posted_on", Widget.DAY)),
            (notice_is_made, address_fits, posted_by_now),
            cell="posted",
            brings=_as_posted,
        ),
        Step("P2", (_S.POSTED,), _E.CONFIRM, _S.CONFIRMED, (Role.UNIT_HEAD,), (), (still_stands,), cell="confirmed"),
        Step(
            "P3",
            (_S.POSTED, _S.CONFIRMED),
            _E.WITHDRAW,
            _S.WITHDRAWN,
            (Role.OFFICER, Role.MANAGER, Role.UNIT_HEAD),
            (Field("note", Widget.WORDS),),
        ),
    ),
)
