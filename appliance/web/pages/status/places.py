"""Where each finding is dealt with: the page to which its line on the first page leads. Pure."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from appliance.rules.registers.clocks import CLOCKS

__all__ = ["place_of"]

_CLOCKS = ("clock", *(f"due-{code}" for code in CLOCKS))
_PLACES = (
    ("camera-duty-", "/cameras/{name}", "see-cameras"),
    ("camera-drift-", "/cameras/{name}", "see-cameras"),
    ("camera-device-", "/cameras/{name}", "see-cameras"),
    ("camera-sound-", "/cameras/{name}", "see-cameras"),
    ("reference-owed-", "/cameras/{name}", "see-cameras"),
    ("reference-damaged-", "/cameras", "see-cameras"),
    ("publication-", "/cameras#publication", "see-cameras"),
    ("hold", "/holds", "see-holds"),
    ("pin-", "/cases", "see-cases"),
    *((f"register-{clock}-", "/register/incidents/{name}", "see-registers") for clock in _CLOCKS),
    ("register-datafile", "/register/datafile", "see-registers"),
    ("register-", "/register", "see-registers"),
    ("people-", "/people", "see-people"),
    ("keyholders", "/people", "see-people"),
    ("clock-", "/rules", "see-rules"),
    ("calendar-", "/rules", "see-rules"),
    ("retention-brake", "/rules", "see-rules"),
)
"""Beginning of the key, page, and what one must be allowed to see for it; ``name`` is the rest of the key. What is in
no row is judged in the daily inspection, whose items are the findings."""


def place_of(key: str, may: Collection[str]) -> str:
    """ "" where nobody here may open that page."""
    for begins, page, needs in _PLACES:
        if key.startswith(begins):
            return page.format(name=quote(key.removeprefix(begins))) if needs in may else ""
    return "/inspection" if "see-inspection" in may else ""
