"""設置區位公告表 (五(二), domain 3.5): the list in force and what was posted of it, as a paper for the office's file.

The list itself goes on the website as HTML, CSV or ODS, without who posted and confirmed it (``D-15``)."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.sheet import Row, Sheet, Words, cell, lines_of, table
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.publication import PUBLICATION, PostingView, Publication
from appliance.web.forms.saved_paper import issued_now, kind_of, saved
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import date_text, moment_text

__all__ = ["paper", "postings_sheet"]

_TITLE, _RULE = "設置區位公告表", "五(二)"
_LIST = ("設置區位", "監視器編號", "數量", "錄音")
_LIST_MM = (66.0, 74.0, 20.0, 20.0)
_POSTED = ("公告登記", "網址", "清單識別碼", "確認")
_POSTED_MM = (38.0, 66.0, 38.0, 38.0)
_MOST = 20
"""So many postings, newest first."""


async def paper(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    kind_of(request)
    told, issue = await site.keeper.ask(PUBLICATION, SessionRequest(session=visit.token)), await issued_now(request)
    return await saved(request, postings_sheet(told, site.messages, issue), name=_TITLE, plain="camera-postings")


def postings_sheet(told: Publication, messages: Messages, issue: Issue) -> Sheet:
    """What is in force, whether that is what is posted, and by whom what was posted when."""
    listed = (
        Row((cell(row.area), cell("、".join(row.numbers)), cell(str(row.count)), cell("有" if row.sound else "無")), 9)
        for row in told.list.rows
    )
    unit = "　".join(filter(None, (told.list.unit, told.list.phone)))
    state = messages.text(f"cameras.board-{told.board.state}", "zh")
    due = f"，應於 {_day(told.board.due)} 以前公告" if told.board.red else ""
    said = (
        f"啟用中監視器共 {told.count} 支；資料日期：{_day(told.as_of)}；管理單位：{unit or '—'}",
        f"清單識別碼（SHA-256）：{told.digest}",
        f"公告情形：{state}{due}",
    )
    return Sheet(
        code=_TITLE,
        title=f"{issue.pack.office.name}　錄影監視系統{_TITLE}",
        banner=issue.banner(),
        foot=issue.foot(_TITLE, _RULE),
        type_pt=10,
        blocks=(
            Words(lines_of("\n".join(said))),
            table(_LIST_MM, _LIST, listed, "無啟用中之監視器"),
            Words(lines_of("公告紀錄")),
            table(_POSTED_MM, _POSTED, map(_row, told.postings[:_MOST]), "尚未公告"),
        ),
    ).checked()


def _row(each: PostingView) -> Row:
    confirmed = f"{each.confirmed_by or '—'}\n{moment_text(each.confirmed_ns, 'zh')}" if each.confirmed_ns else "待確認"
    told = (
        f"{each.display or '—'}\n{moment_text(each.at_ns, 'zh')}",
        each.url or "—",
        f"{each.digest[:16]}…\n{each.cameras} 支",
        confirmed,
    )
    return Row(tuple(cell(text) for text in told), 9)


def _day(at: date) -> str:
    return date_text(at.isoformat(), "zh")
