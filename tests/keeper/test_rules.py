"""What the office decides itself, through the keeper's process and its verbs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from appliance.core.errors import Refused, UsageError
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.policy import Policy
from appliance.services.people.pairs import prove_pair
from appliance.storage.boot_files import read_policy
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.footage import FilmClock
from tests.recorder.rig import SetClock
from tests.rules.calendars import city_calendar

BOTH = {"1": OFFICER.password, "2": UNIT_HEAD.password}
CALENDAR = city_calendar(2027)


def test_two_people_change_the_terms_and_a_kill_a_damaged_file_or_a_lost_one_change_nothing(box: Box) -> None:
    box.start("keeper")
    session = box.both_logged_in()
    change = {"document": "簽呈", "floor_days": 31, "target_days": 60}
    assert box.call("rules.policy", session=session, act="a1", passwords=BOTH, **change)["target_days"] == 60
    with pytest.raises(UsageError, match="a month at least"):
        box.call("rules.policy", session=session, act="a3", passwords=BOTH, **change | {"floor_days": 30})
    boot, sealed = box.settings.layout.boot, Path(box.settings.layout.boot, "policy.sealed")
    for damage in (lambda: None, lambda: sealed.write_bytes(b"noise" * 20), sealed.unlink):
        box.kill("keeper")
        damage()
        box.start("keeper")
        rules = box.call("rules", session=box.both_logged_in())
        assert rules["policy"]["target_days"] == 60
        found = read_policy(RealFs(), boot, Policy)
        assert found is not None
        assert found.target_days == 60
    assert [(act["kind"], act["words"], act["by"]) for act in rules["acts"]] == [
        ("policy.changed", "簽呈", OFFICER.display)
    ]
    session = box.both_logged_in()
    with pytest.raises(Refused, match="does not fit"):
        box.call("rules.policy", session=session, act="a2", passwords={"1": OFFICER.password}, **change)


def test_the_brake_cannot_be_released_while_nothing_waits(box: Box) -> None:
    box.start("keeper")
    session = box.both_logged_in()
    with pytest.raises(Refused, match="nothing waits"):
        box.call("rules.brake", session=session, act="a1", passwords=BOTH, through_ns=box.made_ns)


def test_a_calendar_that_soon_ends_is_a_finding_until_the_next_is_there(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        house, token = housekeeping(keeper), _log_in(keeper)
        pair = prove_pair(keeper.logins, token, {1: OFFICER.password, 2: UNIT_HEAD.password})
        keeper.rules.import_calendar("a1", pair, CALENDAR)
        clock.at_ns = start_ns_of(date(2027, 11, 1))
        house.turn()
        assert "calendar-ends" not in _open(keeper)
        clock.at_ns = start_ns_of(date(2027, 12, 10))
        house.turn()
        assert "calendar-ends" in _open(keeper)
        keeper.rules.import_calendar("a2", pair, city_calendar(2028))
        clock.at_ns += 60_000_000_000
        house.turn()
        assert "calendar-ends" not in _open(keeper)


def test_T_16_a_day_without_any_time_source_is_a_finding(keeper: Keeper, clock: FilmClock) -> None:
    house = housekeeping(keeper)
    clock.is_trusted = False
    house.turn()
    assert "clock-alone" not in _open(keeper)
    clock.at_ns += DAY_NS + 1
    house.turn()
    assert "clock-alone" in _open(keeper)
    clock.is_trusted = True
    clock.at_ns += 60_000_000_000
    house.turn()
    assert "clock-alone" not in _open(keeper)


def test_AT_21_T_14_a_clock_that_leapt_while_the_box_was_off_is_a_finding_until_two_people_looked(
    box: Box, clock: FilmClock
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        housekeeping(keeper).turn()
        assert "clock-leapt" not in _open(keeper)
    other = SetClock(clock.at_ns + 20 * DAY_NS)
    with open_keeper(box.settings, RealFs(), other) as keeper:
        house = housekeeping(keeper)
        house.turn()
        assert {"clock-leapt", "retention-time"} <= _open(keeper)
        assert not keeper.trusted
        pair = prove_pair(keeper.logins, _log_in(keeper), {1: OFFICER.password, 2: UNIT_HEAD.password})
        keeper.rules.set_time("a1", pair, wall_ns=other.wall_ns() + 1_000_000_000, reference="117")
        other.advance(700)
        house.turn()
        assert not {"clock-leapt", "retention-time"} & _open(keeper)
        assert keeper.trusted


def _log_in(keeper: Keeper) -> str:
    first = keeper.logins.log_in(OFFICER.name, OFFICER.password)
    return keeper.logins.log_in(UNIT_HEAD.name, UNIT_HEAD.password, session=first.token).token


def _open(keeper: Keeper) -> set[str]:
    return {finding.key for finding in keeper.findings.all()}
