"""A keeper that ends where a copy on a medium was made and not yet entered as written: no cleanup, no last word.

``python -m tests.keeper.copy_killed SETTINGS CASE SERIAL`` opens a keeper over an office, makes the copy of a case, and
is gone at that moment with the exit status :data:`KILLED`.
"""

from __future__ import annotations

import dataclasses
import os
import sys

from appliance.core.clock import SystemClock
from appliance.core.settings import read_settings
from appliance.keeper.composition import open_keeper
from appliance.services.copies.agency.store import AgencyCopyStore
from appliance.storage.files import RealFs
from tests.box import OFFICER
from tests.keeper.test_people import ask, two

__all__ = ["KILLED"]

KILLED = 97


def _killed(*_: object) -> None:
    os._exit(KILLED)


def _main(settings: str, case: str, serial: str) -> None:
    AgencyCopyStore.written = _killed  # type: ignore[method-assign, assignment]
    with open_keeper(read_settings(settings), RealFs(), SystemClock(assume_trusted=True)) as keeper:
        keeper.cases.world = dataclasses.replace(keeper.cases.world, gives_copies=lambda: True)
        told = {"case": case, "serial": serial, "seat": 1, "password": OFFICER.password}
        ask(keeper, "agency-copy.make", session=two(keeper), act=os.urandom(16).hex(), **told)
        keeper.agency_copies.maker._jobs.wait()


if __name__ == "__main__":
    _main(*sys.argv[1:])
