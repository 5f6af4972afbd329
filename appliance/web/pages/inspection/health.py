"""How the recorder is: what stands, what goes towards its limit, the box's figures, and every self-test's measures.

Figures are rounded to the scale of their limit (``selftest/figures.py``); what a check adds in English is said in the
reader's language where the catalogue knows it.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from appliance.protocol.selftests import SELF_TESTS, SelfTests, SelfTestsRequest, SelfTestView, Trend
from appliance.protocol.status import STATUS, StatusRequest
from appliance.selftest.figures import Figure, figure
from appliance.selftest.measures import MEASURES
from appliance.selftest.reports import BOX
from appliance.web.http.request_context import SITE, page, visit_of
from appliance.web.pages.inspection.plots import plot
from appliance.web.pages.inspection.words import InspectionWords

__all__ = ["show"]

_STARTING = ("connecting", "live")
"""Of a camera that was not looked at: the first look comes within a minute, or the recorder says why not."""


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told, status = await asyncio.gather(
        site.keeper.ask(SELF_TESTS, SelfTestsRequest(session=visit.token)),
        site.keeper.ask(STATUS, StatusRequest(session=visit.token)),
    )
    words = InspectionWords(site.messages, visit.lang)
    note = words.note
    return page(
        request,
        "inspection/health.html",
        told=told,
        figures=[(measure, values) for measure in MEASURES if (values := _values_of(told.figures, measure.name))],
        untold=[measure for measure in MEASURES if not _values_of(told.figures, measure.name)],
        signs_of=functools.partial(_signs_of, note),
        note=note,
        summary=_summary(told, [str(each.get("key", "")) for each in status.findings]),
        standing=_standing(told, words),
        leaning=_leaning(told),
        plot=plot,
        plotted=any(plot(trend) for trends in _courses(told) for trend in trends.values()),
        figure=figure,
    )


def _values_of(figures: dict[str, float], name: str) -> list[tuple[str, float]]:
    return [
        (key.removeprefix(name).removeprefix("."), value)
        for key, value in sorted(figures.items())
        if key == name or key.startswith(f"{name}.")
    ]


def _summary(told: SelfTests, findings: Sequence[str]) -> dict[str, int]:
    """What an officer reads first: how many faults stand, how many are watched because a look found them, who is
    unseen, who was not looked at yet because all is just starting, and how many ``findings`` the recorder has that no
    self-test made."""
    looks = [each.look for each in told.cameras if each.look is not None] + ([told.box] if told.box else [])
    tested = {code for look in looks for code, *_ in look.signs} | {each.fault for look in looks for each in look.wrong}
    return {
        "faults": sum(len(look.wrong) for look in looks),
        "watched": sum(row["state"] == "doubt" for look in looks for row in _signs_of(str, look)),
        "failing": sum(len(look.failures) for look in looks),
        "unseen": sum(not each.look.seen if each.look else each.state not in _STARTING for each in told.cameras),
        "starting": sum(each.look is None and each.state in _STARTING for each in told.cameras),
        "others": sum(
            not key.startswith("check-") and not any(key.startswith(f"{code}-") for code in tested) for key in findings
        ),
    }


def _standing(told: SelfTests, words: InspectionWords) -> list[tuple[str, str, str]]:
    """The faults that stand: the camera's number ("" for the box), the fault, and its finding in words."""
    looks = [("", told.box), *((each.camera_no, each.look) for each in told.cameras)]
    return [
        (of, each.fault, words.finding(f"{each.fault}-{of or BOX}", each.text))
        for of, look in looks
        if look is not None
        for each in look.wrong
    ]


def _courses(told: SelfTests) -> list[Mapping[str, Trend]]:
    return [told.box_trends, *(each.trends for each in told.cameras)]


def _leaning(told: SelfTests) -> list[tuple[str, str, int]]:
    """What reaches its limit, soonest first: the camera's number ("" for the box), the fault, in how many days."""
    every = [("", told.box_trends), *((each.camera_no, each.trends) for each in told.cameras)]
    found = [(of, fault, trend.reaches) for of, trends in every for fault, trend in trends.items() if trend.reaches]
    return sorted(found, key=lambda each: each[2])


def _signs_of(note_of: Callable[[str], str], look: SelfTestView) -> list[dict[str, Any]]:
    """Wrong ones first: a fault that stands, then what seems wrong and waits."""
    standing = {each.fault for each in look.wrong}
    rows = [
        {
            "fault": fault,
            "state": "fault" if fault in standing else "doubt" if wrong else "well",
            "figure": figure(value, limit, unit),
            "note": note_of(note) if wrong else "",
        }
        for fault, wrong, value, limit, unit, note in look.signs
    ]
    rows += [
        {"fault": fault, "state": "fault", "figure": Figure("", "", ""), "note": ""}
        for fault in sorted(standing - {row["fault"] for row in rows})
    ]
    return sorted(rows, key=lambda row: (("fault", "doubt", "well").index(str(row["state"])), row["fault"]))
