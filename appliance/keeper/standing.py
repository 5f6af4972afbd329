"""What parts of the keeper ask of the rules in force: whether time is trusted, and who is in charge here."""

from __future__ import annotations

from appliance.custody.ownrules.clockwatch import ClockWatch
from appliance.custody.ownrules.packbook import PackBook
from appliance.errors import NotWritable

__all__ = ["believes", "named_by"]


def named_by(packs: PackBook) -> tuple[str, str]:
    """The unit in charge and its phone, as the rules in force have them."""
    office = packs.in_force().pack.office
    return office.unit, office.phone


def believes(watch: ClockWatch) -> bool:
    """Whether time is trusted; what cannot be entered is doubt."""
    try:
        return watch.trusted()
    except NotWritable:
        return False
