"""A duty as a line of the board: where it leads, what is to be done, with what, by when. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from appliance.rules.duties import DeskDuty, Duty
from appliance.rules.registers.tables import REGISTERS
from appliance.web.i18n import roc_time
from appliance.web.i18n.due_words import DueWords, due_words
from appliance.web.i18n.messages import Messages
from appliance.web.pages.cases.forms import step_of
from appliance.web.pages.cases.words import CaseWords
from appliance.web.pages.status.view import finding_text

__all__ = ["DutyRow", "case_row", "desk_row"]

_EVENTS = {"camera": "camera-event", "ticket": "ticket-event"}
_STATES = {
    "camera": "camera-state",
    "row": "inspection-state",
    "ticket": "ticket-state",
    "hold": "hold-state",
    "scan": "duty-scan",
}


class DutyRow(NamedTuple):
    """``of``: which of the four duties. ``what``: the kind of thing and, of a case, its applicant. ``role``: as which
    it is done. ``case_state``: a case's state as a code; ``state``: that of anything else, in words. ``at``: the hour
    of a clock that runs by the hour, ``left`` what is left of its last day."""

    of: str
    href: str
    act: str
    number: str
    what: tuple[str, ...]
    role: str
    since: str = ""
    case_state: str = ""
    state: str = ""
    due: DueWords | None = None
    at: str = ""
    left: str = ""


def case_row(duty: Duty, messages: Messages, lang: str, today: date) -> DutyRow:
    kind = messages.text(f"case-kind.{duty.kind.lower()}", lang)
    return DutyRow(
        of="requests",
        href=f"/cases/{duty.number or duty.case}?duty={duty.event}",
        act=CaseWords(messages, lang, {}).step(step_of(duty.event)),
        number=duty.number or duty.case,
        what=(kind, duty.who) if duty.who else (kind,),
        role=duty.role,
        since=duty.since,
        case_state=duty.state,
        due=due_words(duty.due, today),
    )


def desk_row(duty: DeskDuty, messages: Messages, lang: str, today: date, now_ns: int = 0) -> DutyRow:
    sort = messages.text(f"duty-sort.{duty.sort}", lang)
    why = _first(messages, lang, f"duty-why.{duty.why}", f"ground.{duty.why}") if duty.why else ""
    return DutyRow(
        of=duty.of,
        href=_href(duty),
        act=_act(duty, messages, lang),
        number=_number(duty, messages, lang),
        what=tuple(filter(None, (sort, why))),
        role=duty.role,
        since=duty.since,
        state=_state(duty, messages, lang),
        due=due_words(duty.due, today),
        at=roc_time.moment_text(duty.due_ns, lang) if duty.due_ns else "",
        left=roc_time.left_text(duty.due_ns, now_ns, lang),
    )


def _code(name: str) -> str:
    return name.replace("_", "-")


def _first(messages: Messages, lang: str, *codes: str) -> str:
    """The words of the first code that the catalogue has; "" for none of them."""
    return next((messages.text(code, lang) for code in codes if code in messages), "")


def _act(duty: DeskDuty, messages: Messages, lang: str) -> str:
    act = _code(duty.act)
    room = f"register-event.{duty.sort}-{act}" if duty.sort in REGISTERS else f"{_EVENTS.get(duty.sort, '')}.{act}"
    own = f"duty-act.{duty.sort}-{act}"
    return _first(messages, lang, f"{own}-{_code(duty.why)}", own, room)


def _state(duty: DeskDuty, messages: Messages, lang: str) -> str:
    if duty.sort in REGISTERS:
        return _first(messages, lang, f"register-state.{duty.sort}-{_code(duty.state)}")
    if duty.sort == "publication":
        return _first(messages, lang, f"cameras.board-{duty.state}")
    room = _STATES.get(duty.sort, "")
    return _first(messages, lang, f"{room}.{_code(duty.state)}", f"{room}.{duty.state}")


def _number(duty: DeskDuty, messages: Messages, lang: str) -> str:
    if _is_offer(duty) or _is_unreported(duty):
        return finding_text(messages, lang, duty.key, "")
    if duty.sort == "camera":
        return f"{duty.key} {messages.text('camera.version-n', lang, n=duty.number)}"
    if duty.sort == "row":
        return roc_time.date_text(duty.key, lang)
    if duty.sort == "month":
        return roc_time.date_text(f"{duty.key}-01", lang)[:-3]
    return duty.number


def _is_offer(duty: DeskDuty) -> bool:
    """Whether it is what the machine saw, named by its finding, and no incident yet."""
    return (duty.sort, duty.act) == ("incidents", "declare")


def _is_unreported(duty: DeskDuty) -> bool:
    """Whether it is a fault, named by its finding, of which there is no ticket yet."""
    return (duty.sort, duty.act) == ("ticket", "report")


def _href(duty: DeskDuty) -> str:
    key = quote(duty.key)
    if _is_offer(duty):
        return f"/register/incidents/new?seen={key}"
    if _is_unreported(duty):
        return f"/inspection/tickets/new?finding={key}"
    if duty.sort in REGISTERS:
        return f"/register/{duty.sort}/{key or 'new'}"
    return {
        "camera": f"/cameras/{key}",
        "publication": "/cameras#publication",
        "row": f"/inspection/{key}" if duty.act != "stamp" else f"/inspection/month/{key[:7]}",
        "month": f"/inspection/month/{key}",
        "ticket": f"/inspection/tickets/{key}",
        "hold": f"/holds/{key}",
        "person": f"/people/{key}?do={duty.act}#do-{duty.act}",
        "scan": f"/cases/{duty.number or key}#scans",
    }[duty.sort]
