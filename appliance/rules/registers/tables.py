"""All registers, in the order in which pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.rules.registers.datafile import DATAFILE
from appliance.rules.registers.deletions import DELETIONS
from appliance.rules.registers.incidents import INCIDENTS
from appliance.rules.registers.live import LIVE
from appliance.rules.registers.media import MEDIA
from appliance.rules.registers.shape import Register
from appliance.rules.registers.vendors import VENDORS
from appliance.rules.registers.visits import VISITS

__all__ = ["REGISTERS", "register_of_number"]

REGISTERS: Mapping[str, Register] = MappingProxyType(
    {register.code: register for register in (INCIDENTS, VISITS, VENDORS, MEDIA, LIVE, DATAFILE, DELETIONS)}
)


def register_of_number(number: str) -> Register | None:
    """The register whose items' numbers begin as this one does; None where none does."""
    return next((each for each in REGISTERS.values() if number[:1] == each.letter), None)
