"""The forms that are printed blank, in the order in which a case meets them: one row a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from appliance.core.errors import NotFound
from appliance.papers.sheets.appointment import Appointment, appointment
from appliance.papers.sheets.citizen_request import CitizenRequest, citizen_request
from appliance.papers.sheets.correction import Correction, correction
from appliance.papers.sheets.handover import Handover, handover
from appliance.papers.sheets.inspection_log import InspectionLog, inspection_log
from appliance.papers.sheets.issue import Issue
from appliance.papers.sheets.receipt import Receipt, receipt
from appliance.papers.sheets.redirect import Redirect, redirect
from appliance.papers.sheets.refusal import Refusal, refusal
from appliance.papers.sheets.sheet import Sheet
from appliance.papers.sheets.staff_request import StaffRequest, staff_request
from appliance.papers.sheets.usage_book import UsageBook, usage_book

__all__ = ["FORMS", "Form", "form_of"]


class Form(NamedTuple):
    """``code``: in addresses and in the catalogue. ``file``: its name as a file, without the ending. ``proposed``: the
    rules do not have its fields. ``blank``: an office's empty sheet."""

    code: str
    file: str
    blank: Callable[[Issue], Sheet]
    proposed: bool = False


FORMS = (
    Form("annex-1", "附件1-檢查日誌", lambda issue: inspection_log(InspectionLog(), issue)),
    Form("annex-2", "附件2-民眾調閱申請書", lambda issue: citizen_request(CitizenRequest(), issue), proposed=True),
    Form(
        "annex-2-english",
        "附件2-民眾調閱申請書（英文對照）",
        lambda issue: citizen_request(CitizenRequest(), issue, gloss=True),
        proposed=True,
    ),
    Form("annex-3", "附件3-調閱申請書(所內)", lambda issue: staff_request(StaffRequest(), issue)),
    Form("annex-4", "附件4-影音應用紀錄簿", lambda issue: usage_book(UsageBook(), issue)),
    Form("receipt", "收件收據", lambda issue: receipt(Receipt(), issue), proposed=True),
    Form("correction", "補正通知", lambda issue: correction(Correction(), issue), proposed=True),
    Form("redirect", "複製申請告知單", lambda issue: redirect(Redirect(), issue), proposed=True),
    Form("refusal", "否准通知", lambda issue: refusal(Refusal(blank=True), issue), proposed=True),
    Form("handover", "交接清冊", lambda issue: handover(Handover(), issue), proposed=True),
    Form("appointment", "閱覽約定單", lambda issue: appointment(Appointment(), issue), proposed=True),
)


def form_of(code: str) -> Form:
    """Raises NotFound."""
    for form in FORMS:
        if form.code == code:
            return form
    raise NotFound.of("form-none", form=code[:20])
