"""What scans belong to: cases, holds, people, days of inspection, cameras and lines of registers, by their books."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date

from appliance.keeper.context import Keeper
from appliance.rules.cameras.states import ENDS
from appliance.rules.cases.states import State
from appliance.rules.deadlines import day_of
from appliance.rules.registers.tables import REGISTERS
from appliance.rules.scans import camera_papers, version_of_papers
from appliance.services.asked_day import asked_day
from appliance.services.cases.visibility import visible_key
from appliance.services.people.login import Session
from appliance.services.scans.subjects import ScanSubject

__all__ = ["scan_subjects"]


def scan_subjects(keeper: Keeper) -> Mapping[str, ScanSubject]:
    """By their names in ``rules.scans.SUBJECTS``."""
    people, holds = keeper.people.book, keeper.holds
    return {
        "case": ScanSubject(
            find=functools.partial(visible_key, keeper.cases),
            ended_on=functools.partial(_case_ended, keeper),
            named=functools.partial(_case_number, keeper),
            masked=functools.partial(_case_masked, keeper),
            holds=functools.partial(_holds_about, keeper),
        ),
        "hold": ScanSubject(
            find=lambda session, text: holds.get(text).number,
            ended_on=lambda number: _day(holds.get(number).ended_ns),
        ),
        "person": ScanSubject(
            find=lambda session, text: people.get(text).name,
            ended_on=lambda name: _day(people.get(name).closed_ns),
        ),
        "inspection": ScanSubject(
            find=lambda session, text: keeper.inspections.day(asked_day("inspection", text)).row.on.isoformat(),
            ended_on=lambda day: _day(keeper.inspections.day(asked_day("inspection", day)).filed_ns),
        ),
        "camera": ScanSubject(
            find=functools.partial(_camera_version, keeper), ended_on=functools.partial(_camera_ended, keeper)
        ),
        "register": ScanSubject(
            find=lambda session, text: keeper.registers.find(text).item.number,
            ended_on=functools.partial(_line_ended, keeper),
        ),
    }


def _day(at_ns: int) -> date | None:
    return day_of(at_ns) if at_ns else None


def _case_number(keeper: Keeper, key: str) -> str:
    """Its number, once it has one."""
    return (keeper.cases.file(key).case.number if keeper.cases.knows(key) else "") or key


def _case_masked(keeper: Keeper, session: Session, key: str) -> bool:
    return keeper.cases.knows(key) and not keeper.case_uses.full(session, keeper.cases.file(key))


def _case_ended(keeper: Keeper, key: str) -> date | None:
    file = keeper.cases.file(key)
    if file.case.state is not State.CLOSED:
        return None
    return _day(max(act.at_ns for act in file.deeds if act.event))


def _holds_about(keeper: Keeper, key: str) -> list[str]:
    return [held.number for held in keeper.holds.all() if held.living and held.case == key]


def _camera_version(keeper: Keeper, session: Session, text: str) -> str:
    version = keeper.cameras.fleet.get(*version_of_papers(text))
    return camera_papers(version.camera_no, version.version).removeprefix("camera/")


def _camera_ended(keeper: Keeper, number: str) -> date | None:
    version = keeper.cameras.fleet.get(*version_of_papers(number))
    return version.ended_on if version.state in ENDS else None


def _line_ended(keeper: Keeper, number: str) -> date | None:
    line = keeper.registers.find(number)
    if REGISTERS[line.item.register].possible(line.item.state):
        return None
    return _day(line.deeds[-1].at_ns)
