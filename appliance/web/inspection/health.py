"""How the recorder is: what stands, what goes towards its limit, the box's figures, and every self-test's measures."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from appliance.inspection.measures import MEASURES
from appliance.web.inspection.plots import plot
from appliance.web.link.inspection_answers import Health, Look
from appliance.web.visit import SITE, page, visit_of

__all__ = ["show"]


async def show(request: web.Request) -> web.Response:
    site, visit = request.app[SITE], visit_of(request)
    told = await site.keeper.health(visit.token)
    return page(
        request,
        "inspection/health.html",
        told=told,
        figures=[(measure, values) for measure in MEASURES if (values := _values_of(told.figures, measure.name))],
        untold=[measure for measure in MEASURES if not _values_of(told.figures, measure.name)],
        signs_of=_signs_of,
        summary=_summary(told),
        leaning=_leaning(told),
        plot=plot,
        number=_number,
    )


def _values_of(figures: dict[str, float], name: str) -> list[tuple[str, float]]:
    return [
        (key.removeprefix(name).removeprefix("."), value)
        for key, value in sorted(figures.items())
        if key == name or key.startswith(f"{name}.")
    ]


def _summary(told: Health) -> dict[str, int]:
    """What an officer reads first: how many faults stand, how many measures go towards their limit, who is unseen."""
    looks = [each.look for each in told.cameras if each.look is not None] + ([told.box] if told.box else [])
    return {
        "faults": sum(len(look.wrong) for look in looks),
        "failing": sum(len(look.failures) for look in looks),
        "leaning": len(_leaning(told)),
        "unseen": sum(each.look is None or not each.look.seen for each in told.cameras),
    }


def _leaning(told: Health) -> list[tuple[str, str, int]]:
    """What reaches its limit, soonest first: the camera's number ("" for the box), the fault, in how many days."""
    every = [("", told.box_trends), *((each.camera_no, each.trends) for each in told.cameras)]
    found = [(of, fault, trend.reaches) for of, trends in every for fault, trend in trends.items() if trend.reaches]
    return sorted(found, key=lambda each: each[2])


def _signs_of(look: Look) -> list[dict[str, Any]]:
    """Wrong ones first: a fault that stands, then what seems wrong and waits."""
    standing = {str(each.get("fault", "")) for each in look.wrong}
    rows = [
        {
            "fault": fault,
            "state": "fault" if fault in standing else "doubt" if wrong else "well",
            "value": _number(value),
            "limit": _number(limit),
            "unit": unit,
            "note": note if wrong else "",
        }
        for fault, wrong, value, limit, unit, note in look.signs
    ]
    rows += [
        {"fault": fault, "state": "fault", "value": "", "limit": "", "unit": "", "note": ""}
        for fault in sorted(standing - {row["fault"] for row in rows})
    ]
    return sorted(rows, key=lambda row: (("fault", "doubt", "well").index(str(row["state"])), row["fault"]))


def _number(value: float) -> str:
    """Three digits that mean something, whole numbers whole."""
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e6 else f"{value:.3g}"
