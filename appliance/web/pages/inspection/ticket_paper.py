"""維修通報單: a repair ticket on paper, from its report to its end. No picture goes with it (``D-19``). Domain 3.5."""

from __future__ import annotations

from aiohttp import web

from appliance.core.errors import NotFound
from appliance.papers.sheets.register_record import Done, Part, RegisterRecord, SignBox, register_record
from appliance.protocol.inspection import INSPECTION_MONTH, InspectionMonthRequest, TicketView
from appliance.rules.inspection.facts import NOTHING_REMOVED
from appliance.rules.inspection.rows import TicketState
from appliance.web.forms.saved_paper import issued_now, kind_of, saved
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import duration_text, moment_text
from appliance.web.pages.inspection.tickets import SHOWN
from appliance.web.pages.inspection.words import InspectionWords

__all__ = ["paper", "record_of"]

_TITLE, _LOST = "維修通報單", "（紀錄毀損）"
_BOXES = ("承辦人", "單位主管")


async def paper(request: web.Request) -> web.Response:
    """As the ticket stands now."""
    site, visit, number = request.app[SITE], visit_of(request), request.match_info["ticket"]
    kind_of(request)
    told = await site.keeper.ask(INSPECTION_MONTH, InspectionMonthRequest(session=visit.token))
    ticket = next((each for each in told.tickets if each.ticket == number), None)
    if ticket is None:
        raise NotFound.of("ticket-none", number=number[:20])
    sheet = register_record(record_of(ticket, site.messages), await issued_now(request))
    return await saved(request, sheet, name=f"{_TITLE}-{number}", plain=f"ticket-{number}")


def record_of(ticket: TicketView, messages: Messages) -> RegisterRecord:
    """What stands on it."""
    words = InspectionWords(messages, "zh")

    def text(code: str) -> str:
        return messages.text(code, "zh")

    fault = [
        (text("ticket.box"), words.box(ticket.box)),
        (text("ticket.camera"), ticket.camera_no or text("ticket.no-camera")),
        (text("ticket.findings"), "\n".join(words.finding(key, "") for key in ticket.findings)),
        (text("ticket.found"), moment_text(ticket.found_ns, "zh")),
        (text("ticket.reported"), moment_text(ticket.opened_ns, "zh")),
        (text("ticket.state"), TicketState(ticket.state).zh),
    ]
    mended = []
    if ticket.mended_ns:
        lost = "ticket.lost-unknown" if ticket.lost_ns < 0 else "" if ticket.lost_ns else "ticket.lost-none"
        mended = [
            (text("ticket.mended"), moment_text(ticket.mended_ns, "zh")),
            (text("ticket.down"), duration_text(ticket.mended_ns - ticket.found_ns, "zh")),
        ]
        if ticket.camera_no:
            mended.append((text("ticket.lost"), text(lost) if lost else duration_text(ticket.lost_ns, "zh")))
    return RegisterRecord(
        title=_TITLE,
        rule="六",
        number=ticket.ticket,
        parts=(
            Part(heading="異常及通報", lines=tuple((label, said) for label, said in fault if said)),
            Part(heading="修復", lines=tuple(mended)),
        ),
        done=tuple(
            Done(
                at_ns=deed.at_ns,
                what=text(f"ticket-event.{deed.event}"),
                by=deed.display or _LOST,
                said="\n".join(
                    f"{text(f'ticket.{name}')}：{_said(name, deed.words[name], text('ticket.removed-none'))}"
                    for name in SHOWN
                    if name in deed.words
                ),
            )
            for deed in ticket.history
        ),
        boxes=tuple(SignBox(label=label) for label in _BOXES),
    )


def _said(name: str, said: str, none: str) -> str:
    return none if (name, said) == ("removed", NOTHING_REMOVED) else said
