"""What parts of the keeper ask of what stands: whether time is trusted, who is in charge here, who is pledged."""

from __future__ import annotations

from appliance.core.errors import NotWritable
from appliance.rules.people import pledge_lives
from appliance.services.office_rules.packs import PackBook
from appliance.services.people.peoplebook import PeopleBook
from appliance.vault.trusted_time import ClockWatch

__all__ = ["believes", "is_pledged", "named_by"]


def named_by(packs: PackBook) -> tuple[str, str]:
    """The unit in charge and its phone, as the rules in force have them."""
    office = packs.in_force().pack.office
    return office.unit, office.phone


def is_pledged(book: PeopleBook, person: str, *, trial: bool) -> bool:
    """Whether somebody's pledge of confidentiality lives; a training office, which shows nobody, asks for none."""
    return trial or pledge_lives(book.get(person).pledged, book.today())


def believes(watch: ClockWatch) -> bool:
    """Whether time is trusted; what cannot be entered is doubt."""
    try:
        return watch.trusted()
    except NotWritable:
        return False
