"""What a new form of an intake holds before anybody types: what is known already. Pure."""

from __future__ import annotations

from itertools import groupby

from appliance.protocol.login import Seat
from appliance.rules.cases.rows import Event
from appliance.rules.cases.states import State
from appliance.rules.cases.views import CaseView, PartyView
from appliance.rules.deadlines import day_of
from appliance.web.forms.range_rows import row_name
from appliance.web.i18n.roc_time import date_text, local_clock
from appliance.web.pages.intake.fields import MAX_RANGES, IntakeForm
from appliance.web.pages.intake.typed import FOLLOWS, Typed, viewer_name

__all__ = ["started", "with_applicant"]

_TAKEN = ("name", "born", "id_no", "phone", "address")


def started(
    form: IntakeForm, seats: tuple[Seat, ...], now_ns: int, lang: str, follows: CaseView | None
) -> dict[str, list[str]]:
    """The inputs that are known: the day; a colleague's own name; what the call noted that a letter ``follows``."""
    known = {"applied-on": date_text(day_of(now_ns).isoformat(), lang)} if form.event is Event.RECEIVE else {}
    if form.event is Event.SUBMIT and seats:
        known[viewer_name(0, "name")] = seats[0].display
    if follows is not None and follows.state == State.PRESERVED:
        known |= {FOLLOWS: follows.case, "agency": str(follows.voice.get("agency", ""))}
        known |= {"letter-officer": str(follows.voice.get("caller", ""))}
        known |= {"letter-phone": follows.words.get("phone", "")}
        known |= _rows(follows, lang)
    return {name: [text] for name, text in known.items()}


def with_applicant(typed: Typed, party: PartyView, lang: str) -> Typed:
    """The form with the particulars of somebody who came before, where nothing was typed."""
    known = {name.replace("_", "-"): str(getattr(party, name)) for name in _TAKEN}
    known["born"] = date_text(known["born"], lang)
    empty = {name: text for name, text in known.items() if not typed.texts.get(name)}
    return typed._replace(texts={**typed.texts, **empty})


def _rows(case: CaseView, lang: str) -> dict[str, str]:
    """The ranges of a case as rows: cameras of the same minutes in one."""
    known: dict[str, str] = {}
    ranges = sorted(case.ranges, key=lambda each: (each.start_ns, each.end_ns, each.camera_no))
    for number, (minutes, asked) in enumerate(groupby(ranges, key=lambda each: (each.start_ns, each.end_ns))):
        if number == MAX_RANGES:
            break
        start, end = (date_text(day_of(at).isoformat(), lang) for at in minutes)
        until = local_clock(minutes[1])
        known |= {
            row_name(number, "day"): start,
            row_name(number, "from"): local_clock(minutes[0]),
            row_name(number, "to"): until if start == end else f"{end} {until}",
            row_name(number, "cameras"): " ".join(each.camera_no for each in asked),
        }
    return known
