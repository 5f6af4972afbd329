"""What a receipt will pin, in words, before it is sent; and what was understood of dates and ID numbers. Pure.

The rules: ten minutes more on either side, whole slots (``D-04``); what could be overwritten within 72 hours is said
(domain 2.1); what is older than the oldest footage of its camera may be gone (``T-21``), and since a camera left there
is nothing of it (``T-08``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from appliance.protocol.status import CameraPlace, Cameras
from appliance.rules.cases.identity import id_kind_of
from appliance.rules.cases.pins import pinned
from appliance.rules.cases.ranges import Scope
from appliance.rules.deadlines import day_of, start_ns_of
from appliance.rules.packs.pack import PoliceUnit
from appliance.rules.packs.police_units import doubt_of
from appliance.web.forms.range_rows import row_name
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.police_words import doubt_text
from appliance.web.i18n.roc_time import ROC_OFFSET, day_text, local_clock, moment_text, read_day
from appliance.web.pages.intake.fields import MAX_RANGES, UNIT_FIELD, IntakeForm
from appliance.web.pages.intake.typed import Typed

__all__ = ["Echo", "PinLine", "echoes", "pin_lines"]

_SOON_NS = 72 * 3600 * 1_000_000_000
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""The letters of ID numbers in the order of their values, 10 for A."""


class Echo(NamedTuple):
    """What was understood; ``doubt``: it should be looked at again."""

    text: str
    doubt: bool = False


class PinLine(NamedTuple):
    """``mark``: "", amber or red; ``warning`` "" where nothing is to be said."""

    camera: str
    minutes: str
    kept: str
    warning: str
    mark: str


def pin_lines(
    scopes: Iterable[Scope], status: Cameras, messages: Messages, lang: str, *, elsewhere: bool = False
) -> list[PinLine]:
    """A line for each range, with the whole slots that its pin keeps; of what is ``elsewhere`` none is kept here."""
    cameras = {camera.camera_no: camera for camera in status.cameras}
    lines = []
    for each in scopes:
        camera = cameras.get(each.camera_no)
        kept = pinned(each.span)
        code, at_ns, mark = ("", 0, "") if elsewhere else _warning(each, camera, status)
        where = f"{each.camera_no} {camera.location if camera else ''}".strip()
        minutes = messages.text("intake.summary-line", lang, **_stretch(each.start_ns, each.end_ns, lang))
        kept_line = messages.text("intake.summary-kept", lang, **_stretch(kept.start_ns, kept.end_ns, lang))
        if elsewhere:
            kept_line = messages.text("intake.summary-elsewhere", lang)
        warning = messages.text(code, lang, time=moment_text(at_ns, lang)) if code else ""
        lines.append(PinLine(where, minutes, kept_line, warning, mark))
    return lines


def _stretch(start_ns: int, end_ns: int, lang: str) -> dict[str, str]:
    """Both ends; the day of the end only where it is another."""
    same = day_of(start_ns) == day_of(end_ns)
    start = f"{day_text(start_ns, lang)} {local_clock(start_ns)}"
    return {"from": start, "to": local_clock(end_ns) if same else f"{day_text(end_ns, lang)} {local_clock(end_ns)}"}


def _warning(scope: Scope, camera: CameraPlace | None, status: Cameras) -> tuple[str, int, str]:
    """The message's code, the moment that it speaks of, and the mark."""
    if camera is None:
        return "", 0, ""
    earliest_ns, latest_ns = camera.earliest_ns, camera.last_written_ns
    if camera.left and not earliest_ns:
        return "intake.summary-left-none", 0, "red"
    if camera.left and scope.start_ns >= latest_ns > 0:
        return "intake.summary-left", latest_ns, "red"
    if not earliest_ns or scope.end_ns <= earliest_ns:
        return ("intake.summary-gone", earliest_ns, "red") if earliest_ns else ("", 0, "")
    if scope.start_ns < earliest_ns:
        return "intake.summary-partly", earliest_ns, "amber"
    if camera.left and scope.end_ns > latest_ns > 0:
        return "intake.summary-left-partly", latest_ns, "amber"
    goes = start_ns_of(day_of(scope.start_ns) + timedelta(days=status.floor_days + 1))
    return ("intake.summary-soon", 0, "amber") if goes <= status.now_ns + _SOON_NS else ("", 0, "")


def echoes(
    form: IntakeForm, typed: Typed, messages: Messages, lang: str, police_units: Sequence[PoliceUnit] = ()
) -> dict[str, Echo]:
    """By input, how a date or an ID number was understood, days in both calendars (``rules`` 3); and what is odd about
    a report's police unit (``AT-37``)."""
    days = {field.name: typed.texts[field.name] for field in form.fields() if field.widget == "day"}
    if form.has("ranges"):
        days |= {row_name(at, "day"): typed.texts[row_name(at, "day")] for at in range(MAX_RANGES)}
    found = {name: read_day(text) for name, text in days.items() if text}
    said = {name: Echo(_both(day, lang)) for name, day in found.items() if isinstance(day, date)}
    for field in form.fields():
        if field.to.endswith("/id_no") and (number := "".join(typed.texts[field.name].upper().split())):
            kind = id_kind_of(number)
            doubt = kind == "national" and not _checks(number)
            said[field.name] = Echo(messages.text("intake.id-doubt" if doubt else f"intake.id-{kind}", lang), doubt)
        elif field.to == UNIT_FIELD and (odd := doubt_of(typed.texts[field.name], police_units)):
            said[field.name] = Echo(doubt_text(odd, messages, lang), True)
    return said


def _both(day: date, lang: str) -> str:
    weekday = day_text(start_ns_of(day), lang).removeprefix(f"{day}").strip() if lang != "zh" else ""
    if lang == "zh":
        roc = f"民國 {day.year - ROC_OFFSET} 年 {day.month} 月 {day.day} 日"
        return f"{roc}{day_text(start_ns_of(day), lang)[-3:]}＝{day.isoformat()}"
    return f"{day.isoformat()} {weekday} = ROC {day.year - ROC_OFFSET}/{day.month}/{day.day}"


def _checks(number: str) -> bool:
    """The check digit of a national ID number."""
    first = _LETTERS.index(number[0]) + 10
    digits = [first // 10, first % 10, *map(int, number[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0
