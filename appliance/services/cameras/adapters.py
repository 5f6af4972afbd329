"""What the camera book knows of the rest of the keeper: who holds which role today, and what the rules in force ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from appliance.rules.cameras.facts import Filing
from appliance.rules.packs.pack import CameraRules
from appliance.rules.people import Role
from appliance.services.cameras.ports import CameraPorts
from appliance.services.office_rules.packs import PackBook
from appliance.services.people.peoplebook import PeopleBook

__all__ = ["camera_ports", "filing_of"]


def filing_of(rules: CameraRules) -> Filing:
    """What the rules in force ask of the police authority, and how often they ask for a review."""
    return Filing(
        new=rules.new,
        change=rules.change,
        replacement=rules.replacement,
        retired=rules.removal,
        review_months=rules.review_months,
    )


def camera_ports(book: PeopleBook, packs: PackBook, trusted: Callable[[], bool]) -> CameraPorts:
    """What the books know; the rest is given when the other parts are made."""

    def holders() -> dict[str, tuple[str, ...]]:
        today = book.today()
        return {role: tuple(person.name for person in book.all() if role in person.on(today)) for role in Role}

    def holders_on(day: date) -> dict[str, tuple[str, ...]]:
        return {role: tuple(person.name for person in book.all() if role in person.was_on(day)) for role in Role}

    return CameraPorts(
        holders=holders,
        holders_on=holders_on,
        secretary=lambda: "secretary" in packs.in_force().pack.chains.staff,
        filing=lambda: filing_of(packs.in_force().pack.cameras),
        short=lambda camera: "",
        trusted=trusted,
        letter_word=lambda: packs.in_force().pack.office.letter_word,
    )
