"""A keeper whose scans are looked at by another darkroom than that of its settings."""

from __future__ import annotations

from appliance.keeper.context import Keeper
from appliance.keeper.endpoints import served_by
from appliance.services.scans.check import ScanChecker

__all__ = ["look_with"]


def look_with(keeper: Keeper, checker: ScanChecker) -> None:
    """From here on."""
    keeper.looker = checker
    keeper.served = served_by(keeper)
