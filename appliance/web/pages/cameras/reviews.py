"""定期檢視 (五(三)): the last look at each camera in force in one table, and its paper, 定期檢視紀錄 (``AT-13``)."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.list_record import ListRecord, list_record
from appliance.papers.sheets.sheet import Row, Sheet, cell
from appliance.papers.sheets.words import day
from appliance.protocol.cameras import CAMERA_REVIEWS, Reviewed, Reviews
from appliance.protocol.endpoint import SessionRequest
from appliance.rules.cameras.version import REVIEW_LINES
from appliance.web.forms.saved_paper import issued_now, kind_of, saved
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.messages import Messages

__all__ = ["paper", "review_sheet", "show"]

_TITLE, _RULE = "設置區位定期檢視紀錄", "五(三)"
_WIDTHS_MM = (24.0, 37.0, 25.0, *(22.0,) * (len(REVIEW_LINES) - 1), 24.0, 36.0, 36.0)
_MARKS = {"yes": "相符", "no": "不符", "": "未檢視"}


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(CAMERA_REVIEWS, SessionRequest(session=visit.token))
    return page(request, "cameras/reviews.html", told=told, lines=REVIEW_LINES)


async def paper(request: web.Request) -> web.Response:
    """As the books stand now; a camera that nobody looked at says so."""
    site, visit = request.app[SITE], visit_of(request)
    kind_of(request)
    told, issue = await site.keeper.ask(CAMERA_REVIEWS, SessionRequest(session=visit.token)), await issued_now(request)
    return await saved(request, review_sheet(told, site.messages, issue), name=_TITLE, plain="camera-review")


def review_sheet(told: Reviews, messages: Messages, issue: Issue) -> Sheet:
    """A line a camera. Signed in ink at its end: each line's two signatures stand in it."""
    names = (messages.text(f"camera-field.{line}", "zh") for line in REVIEW_LINES)
    paper = ListRecord(
        title=_TITLE,
        rule=_RULE,
        said=f"每 {told.months} 個月檢視一次；實地逐項核對：監視器在現場、位置、畫面、告示及公告清單是否與核准相符。",
        names=("監視器編號", "設置區位", *names, "附帶條件", "檢視", "核章"),
        widths_mm=_WIDTHS_MM,
        rows=tuple(map(_row, told.reviews)),
        none="無啟用中之監視器",
        signers=("檢視人", "單位主管"),
    )
    return list_record(paper, issue)


def _row(each: Reviewed) -> Row:
    marks = [_MARKS[getattr(each.review, line)] for line in REVIEW_LINES]
    met = f"{each.review.conditions}／{each.conditions} 項符合" if each.conditions else "無"
    return Row(
        (
            cell(each.camera),
            cell(each.area),
            *(cell(mark) for mark in marks),
            cell(met if each.asked else ""),
            cell(_signed(each.reviewer, each.looked_on)),
            cell(_signed(each.stamper, each.stamped_on)),
        ),
        9,
    )


def _signed(name: str, on: date | None) -> str:
    return f"{name}\n{day(on)}" if on else ""
