"""How the recorder is: the box's own figures, and what every self-test measured at its newest look."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from appliance.inspection.measures import MEASURES
from appliance.web.link.inspection_answers import Look
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
        number=_number,
    )


def _values_of(figures: dict[str, float], name: str) -> list[tuple[str, float]]:
    return [
        (key.removeprefix(name).removeprefix("."), value)
        for key, value in sorted(figures.items())
        if key == name or key.startswith(f"{name}.")
    ]


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
