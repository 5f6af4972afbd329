"""Scans taken in without a darkroom to look at them."""

from __future__ import annotations

import os

from appliance.keeper.context import Keeper
from appliance.services.people.login import Seat
from appliance.services.scans.scans import Paper
from tests.box import OFFICER

__all__ = ["filed"]


def filed(keeper: Keeper, of: str, kind: str) -> str:
    """The number of a scan that the officer takes in."""
    by = Seat(1, OFFICER.name, OFFICER.display, ("officer",), "", 0)
    upload = keeper.uploads.begin("desk", Paper(of=of, kind=kind, name=""), OFFICER.name)
    keeper.uploads.add("desk", upload, os.urandom(64))
    brought = keeper.uploads.finish("desk", upload)
    files = (brought.paper, brought.file_id, brought.key, brought.sealed)
    return keeper.scans.put(os.urandom(16).hex(), by, *files, ("pdf", 1)).number
