"""The month's sheet: every day's row, the stamp of the unit's head, filing, and 附件1 as a paper from the rows."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from urllib.parse import quote

from aiohttp import web

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, RecorderError, Refused, Unavailable, UsageError
from appliance.papers.sheets.inspection_log import FINDINGS, Inspection, InspectionLog, inspection_log
from appliance.papers.sheets.issue import Issue, Signed, deputy_mark
from appliance.papers.sheets.odt import MIME
from appliance.protocol.endpoint import Request
from appliance.protocol.inspection import (
    FILE_MONTH,
    INSPECTION_MONTH,
    STAMP_ROWS,
    FileMonth,
    InspectionMonth,
    InspectionMonthRequest,
    RowView,
    StampRows,
)
from appliance.protocol.ledger import LEDGER_HEAD
from appliance.rules.deadlines import day_of
from appliance.rules.inspection.rows import BOXES, HEADS, OFFICERS
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of, fresh_act, seat_of, texts_of
from appliance.web.forms.ink import scans_to_choose
from appliance.web.http.request_context import SITE, page, redirect, visit_of
from appliance.web.http.seats import officer_seat
from appliance.web.i18n.roc_time import ROC_OFFSET
from appliance.web.pages.inspection.page import refused_ink
from appliance.web.pages.inspection.words import InspectionWords
from appliance.web.pages.scans.inked import InkHere, ink_here, ink_posted, wants_ink
from appliance.web.pages.scans.page import part_of

__all__ = ["file_rows", "paper", "show", "stamp"]

_MONTH = re.compile(r"[1-9]\d{3}-(0[1-9]|1[0-2])", re.ASCII)
_KINDS = {"pdf": "application/pdf", "odt": MIME}
_LATE = {"holiday": "休假日", "leave": "差假", "paper": "紙本補登", "other": "其他"}


async def show(request: web.Request) -> web.Response:
    return await _page(request, _month_of(request))


async def stamp(request: web.Request) -> web.Response:
    """One password for all the rows that were ticked; all of them are stamped, or none."""
    site, visit, month = request.app[SITE], visit_of(request), _month_of(request)
    posted = await read_form(request)
    days = [str(day) for day in posted.getall("day", [])]
    values = texts_of(posted)
    ink, lacks = ink_posted(request, values)
    if lacks:
        return await _page(request, month, ticked=days, values=values, ink=lacks, at="stamp")
    asked = StampRows(
        session=visit.token,
        act=act_of(posted),
        seat=seat_of(posted),
        password=str(posted.get("password", "")),
        days=tuple(days),
        ink=ink.ink if ink else None,
    )
    try:
        await site.keeper.ask(STAMP_ROWS, asked)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError) as error:
        why = await refused_ink(request, error, ink, "stamp", HEADS)
        told = None if why else error
        return await _page(request, month, error=told, ticked=days, values=values, ink=why, at="stamp")
    return redirect(f"/inspection/month/{month}?stamped={len(days)}")


async def file_rows(request: web.Request) -> web.Response:
    site, visit, month = request.app[SITE], visit_of(request), _month_of(request)
    posted = await read_form(request)
    values = texts_of(posted)
    ink, lacks = ink_posted(request, values)
    if lacks:
        return await _page(request, month, values=values, ink=lacks, at="file")
    asked = FileMonth(
        session=visit.token,
        act=act_of(posted),
        seat=seat_of(posted),
        password=str(posted.get("password", "")),
        month=month,
        ink=ink.ink if ink else None,
    )
    try:
        await site.keeper.ask(FILE_MONTH, asked)
    except NotLoggedIn:
        raise
    except (Refused, Unavailable, UsageError, NotFound) as error:
        why = await refused_ink(request, error, ink, "file", OFFICERS)
        return await _page(request, month, error=None if why else error, values=values, ink=why, at="file")
    return redirect(f"/inspection/month/{month}")


async def paper(request: web.Request) -> web.Response:
    """附件1 of the month, from the rows that are signed."""
    site, visit, month = request.app[SITE], visit_of(request), _month_of(request)
    kind = request.match_info["kind"]
    if kind not in _KINDS:
        raise NotFound.of("paper-kind", kind=kind[:8], kinds=" or ".join(_KINDS))
    told, office, head, file = await asyncio.gather(
        site.keeper.ask(INSPECTION_MONTH, InspectionMonthRequest(session=visit.token, month=month)),
        site.keeper.office(),
        site.keeper.ask(LEDGER_HEAD, Request()),
        site.keeper.pack(visit.token, ""),
    )
    issue = Issue(pack=file.pack, printed_ns=site.clock.wall_ns(), head=head.root, trial=office.trial)
    year, number = map(int, month.split("-"))
    sheet = inspection_log(InspectionLog(rows=tuple(_paper_rows(told)), month=date(year, number, 1)), issue)
    body = (await site.papers.pdf(sheet)).pdf if kind == "pdf" else await site.papers.odt(sheet)
    name = quote(f"附件1-檢查日誌-{year - ROC_OFFSET}年{number}月.{kind}")
    named = f"attachment; filename=\"annex-1-{month}.{kind}\"; filename*=UTF-8''{name}"
    return web.Response(body=body, content_type=_KINDS[kind], headers={"Content-Disposition": named})


def _paper_rows(told: InspectionMonth) -> list[Inspection]:
    return [_paper_row(row, told) for row in told.rows if row.signed_ns]


def _paper_row(row: RowView, told: InspectionMonth) -> Inspection:
    """What 附件1 says of a day: the person's choice, never the machine's."""
    boxes = dict(zip(BOXES, FINDINGS[1:], strict=True))
    handled = [row.handling] if row.handling else []
    handled += [f"維修單 {'、'.join(row.tickets)}"] if row.tickets else []
    handled += [f"補簽事由：{_LATE.get(row.late, row.late)} {row.late_words}".strip()] if row.late else []
    handled += [
        f"維修單 {ticket.ticket} 已修復"
        for ticket in told.tickets
        if ticket.mended_ns and day_of(ticket.mended_ns).isoformat() == row.day
    ]
    stamped = None
    if row.stamped_ns:
        mark = deputy_mark("unit_head", deputy=row.deputy)
        at_ns, scan = _on_sheet(row, "stamped", row.stamped_ns)
        name = row.stamped_by or "（紀錄毀損）"
        stamped = Signed(person=row.stamped_account, name=name, at_ns=at_ns, mark=mark, scan=scan)
    at_ns, scan = _on_sheet(row, "signed", row.signed_ns)
    return Inspection(
        on=date.fromisoformat(row.day),
        signed_ns=row.signed_ns,
        found=tuple(boxes[box] for box in row.boxes) or FINDINGS[:1],
        handled="\n".join(handled),
        late=bool(row.late),
        signed_inspector=Signed(
            person=row.inspector_account, name=row.inspector or "（紀錄毀損）", at_ns=at_ns, scan=scan
        ),
        signed_head=stamped,
    )


def _on_sheet(row: RowView, what: str, at_ns: int) -> tuple[int, str]:
    """When it was signed, and the scan of what was signed in ink."""
    ink = row.ink.get(what)
    return (ink.at_ns, ink.scan) if ink else (at_ns, "")


async def _ink(
    request: web.Request, told: InspectionMonth, values: Mapping[str, tuple[str, ...]] | None, wrong: Mapping[str, str]
) -> InkHere | None:
    """What the entry of ink needs, where it is asked for: the scans of all days of the month."""
    if not wants_ink(request, values):
        return None
    here = await ink_here(request, None, values, wrong)
    parts = [await part_of(request, f"inspection/{row.day}") for row in told.rows if row.signed_ns]
    site, visit = request.app[SITE], visit_of(request)
    scans = [scan for part in parts if part for scan in scans_to_choose(part.told.scans, site.messages, visit.lang)]
    return here._replace(scans=scans) if here else None


def _month_of(request: web.Request) -> str:
    month = request.match_info.get("month", "")
    if month and not _MONTH.fullmatch(month):
        raise NotFound.of("inspection-month", month=month[:20])
    return month


async def _page(
    request: web.Request, month: str, *, error: RecorderError | None = None, ticked: list[str] | None = None,
    values: Mapping[str, tuple[str, ...]] | None = None, ink: Mapping[str, str] = MappingProxyType({}), at: str = "",
) -> web.Response:  # fmt: skip
    """``ink``: what is wrong with a signature in ink, in words by field; ``values``: as it was typed in ``at``."""
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.ask(INSPECTION_MONTH, InspectionMonthRequest(session=visit.token, month=month))
    here = await _ink(request, told, values, ink)
    words = InspectionWords(site.messages, visit.lang)
    lacking = error.details.get("missing", ()) if isinstance(error, NotAllowed) else ()
    stampers = sorted({seat for row in told.rows for seat in row.stampers})
    year, number = map(int, told.month.split("-"))
    is_over = told.month < f"{day_of(told.now_ns):%Y-%m}"
    return page(
        request,
        "inspection/month.html",
        status=403 if error or ink else 200,
        ink=here,
        ink_stamp=here.form(HEADS, here=at == "stamp") if here else None,
        ink_file=here.form(OFFICERS, here=at == "file") if here else None,
        ink_day=next((row.day for row in reversed(told.rows) if row.signed_ns), ""),
        signed_states=("inspected", "fault", "repaired"),
        told=told,
        words=words,
        before=f"{year - (number == 1)}-{(number - 2) % 12 + 1:02d}",
        after=f"{year + (number == 12)}-{number % 12 + 1:02d}" if is_over else "",
        is_over=is_over,
        all_stamped=bool(told.rows) and all(row.state == "stamped" for row in told.rows),
        filed=bool(told.rows) and all(row.state == "filed" for row in told.rows),
        stamper=here.enters if here else next((seat for seat in visit.seats if seat.seat in stampers), None),
        officer=officer_seat(visit.seats),
        ticked=ticked,
        act=fresh_act(request),
        lacks=words.lacks(str(code) for code in lacking),
        detail="" if lacking else error or "",
        code=error.code if error else "",
        stamped=str(request.query.get("stamped", "")),
    )
