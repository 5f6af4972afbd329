"""即時影像檢視紀錄 (domain 3.5): the newest live looks as a paper, who, by what, when, at which cameras and why."""

from __future__ import annotations

from aiohttp import web

from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.list_record import ListRecord, list_record
from appliance.papers.sheets.sheet import MAX_CHARACTERS, Row, Sheet, cell
from appliance.protocol.endpoint import SessionRequest
from appliance.protocol.live import LIVE_RECORDS, LiveRecord, LiveRecords
from appliance.web.forms.saved_paper import issued_now, kind_of, saved
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import date_text, duration_text, moment_text

__all__ = ["paper", "record_sheet"]

_TITLE, _RULE = "即時影像檢視紀錄", "八(三)"
_NAMES = ("檢視人", "依據", "監視器", "起訖時間", "事由")
_WIDTHS_MM = (34.0, 56.0, 36.0, 62.0, 82.0)
_MOST_CHARACTERS = MAX_CHARACTERS - 2_000


async def paper(request: web.Request) -> web.Response:
    """The looks that the page shows, as the ledger has them now."""
    site, visit = request.app[SITE], visit_of(request)
    kind_of(request)
    told, issue = await site.keeper.ask(LIVE_RECORDS, SessionRequest(session=visit.token)), await issued_now(request)
    return await saved(request, record_sheet(told, site.messages, issue), name=_TITLE, plain="live-looks")


def record_sheet(told: LiveRecords, messages: Messages, issue: Issue) -> Sheet:
    """A line a look, newest first, as many as a paper may hold; what it does not hold is said."""
    rows: list[Row] = []
    used = 0
    for look in told.records:
        row = _row(look, messages)
        used += sum(len(line.text) for each in row.cells for line in each.lines)
        if rows and used > _MOST_CHARACTERS:
            break
        rows.append(row)
    paper = ListRecord(
        title=_TITLE,
        rule=_RULE,
        said=_said(told.total, len(rows)),
        names=_NAMES,
        widths_mm=_WIDTHS_MM,
        rows=tuple(rows),
        none="尚無即時檢視",
        signers=("列印人", "單位主管"),
    )
    return list_record(paper, issue)


def _said(count: int, shown: int) -> str:
    earlier = count - shown
    listed = f"，本紀錄僅列最近 {shown} 次，更早之 {earlier} 次載於稽核紀錄簿" if earlier else ""
    return f"共 {count} 次{listed}；新者在前，內容均出自稽核紀錄簿。" if count else "內容均出自稽核紀錄簿。"


def _row(look: LiveRecord, messages: Messages) -> Row:
    def text(code: str) -> str:
        return messages.text(code.replace("_", "-"), "zh")

    basis = date_text(look.basis, "zh") if look.ground == "inspection" else look.basis or text("live.head")
    nothing = [text("live.record-nothing")] if look.ended_ns and not look.seen else []
    began = moment_text(look.began_ns, "zh", seconds=True)
    ended = text("live.record-goes-on")
    if look.ended_ns:
        ended = f"{duration_text(look.ended_ns - look.began_ns, 'zh')}　{text(f'live-cause.{look.cause}')}"
    more = [messages.text("live.record-more", "zh", reason=reason) for reason in look.reasons]
    told = (
        look.display or text("live.record-unread"),
        f"{text(f'live.ground-{look.ground}')}\n{basis}",
        "\n".join(("、".join(look.cameras), *nothing)),
        f"{began}\n{ended}",
        "\n".join((look.purpose or "—", *more)),
    )
    return Row(tuple(cell(each) for each in told), 9)
