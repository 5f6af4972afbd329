"""The yearly statistics: the page of a year and its paper. Counts alone (``T-88``)."""

from __future__ import annotations

import re

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.papers.sheets.register_record import Part, RegisterRecord, SignBox, register_record
from appliance.protocol.statements import STATISTICS, Statistics, StatisticsRequest
from appliance.web.forms.saved_paper import issued_now, kind_of, saved
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import ROC_OFFSET, date_text

__all__ = ["paper", "record_of", "show"]

_YEAR = re.compile(r"\d{4}", re.ASCII)
_BOXES = ("承辦人", "單位主管", "主任")
_STATEMENT = "本表僅載件數與時數，不含得以識別個人、監視器或日期之資料。"


async def show(request: web.Request) -> web.Response:
    """The year that is asked for, else the present one."""
    site, visit = request.app[SITE], visit_of(request)
    year = request.query.get("year", "")
    asked = StatisticsRequest(session=visit.token, year=year if _YEAR.fullmatch(year) else "")
    told = await site.keeper.ask(STATISTICS, asked)
    return page(
        request,
        "registers/statistics.html",
        told=told,
        roc=ROC_OFFSET,
        as_of=told.as_of and date_text(told.as_of, visit.lang),
    )


async def paper(request: web.Request) -> web.Response:
    """The figures of a year as they are now, with boxes to sign by hand."""
    site, visit = request.app[SITE], visit_of(request)
    kind_of(request)
    if not _YEAR.fullmatch(year := request.match_info["year"]):
        raise NotFound.of("statistics-year", year=repr(year[:8]))
    told = await site.keeper.ask(STATISTICS, StatisticsRequest(session=visit.token, year=year))
    sheet = register_record(record_of(told, site.messages), await issued_now(request))
    return await saved(request, sheet, name=f"年度統計-{told.year - ROC_OFFSET}年", plain=f"statistics-{told.year}")


def record_of(told: Statistics, messages: Messages) -> RegisterRecord:
    """The paper of a year."""
    parts = tuple(
        Part(
            heading=messages.text(f"statistics-part.{section.code}", "zh"),
            lines=tuple(
                (messages.text(f"statistics.{section.code}-{code.replace('_', '-')}", "zh"), f"{count:,}")
                for code, count in section.figures
            ),
        )
        for section in told.sections
    )
    return RegisterRecord(
        title="錄影監視系統年度統計",
        rule="八(六)",
        number=f"{told.year - ROC_OFFSET} 年度{_so_far(told, messages)}",
        parts=parts,
        boxes=tuple(SignBox(label=label) for label in _BOXES),
        statement=_STATEMENT,
        dense=True,
    )


def _so_far(told: Statistics, messages: Messages) -> str:
    """A year that goes on says up to which day."""
    return f"（{messages.text('statistics.as-of', 'zh', day=date_text(told.as_of, 'zh'))}）" if told.as_of else ""
