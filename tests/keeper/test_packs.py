"""The office's policy packs through the keeper's process: two people, kills, what pages and papers are told."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from appliance.core.clock import SLOT_NS
from appliance.core.errors import NotFound, Refused, UsageError
from appliance.keeper.composition import open_keeper
from appliance.keeper.context import Keeper
from appliance.keeper.schedule import housekeeping
from appliance.protocol.transport import Message
from appliance.rules.deadlines import DAY_NS, day_of
from appliance.rules.packs.reading import read_pack
from appliance.rules.policy import Policy
from appliance.services.cases.acting import ActingUser
from appliance.storage.boot_files import read_policy
from appliance.storage.files import RealFs
from tests.box import OFFICER, UNIT_HEAD, Box
from tests.caselife import facts_of_receipt
from tests.footage import FilmClock
from tests.keeper.test_cases import case_of, life_of, span
from tests.rules.packcases import FIRST_OFFICE, second_bytes, successor
from tests.services.packdesk import BOTH as PAIR
from tests.services.packdesk import LIN

BOTH = {"1": OFFICER.password, "2": UNIT_HEAD.password}


def _ask(box: Box, verb: str, body: bytes = b"", **arguments: Any) -> Message:
    client = box.client()
    try:
        return client.call(verb, body, **arguments)
    finally:
        client.close()


def _propose(box: Box, session: str, data: bytes, password: str = OFFICER.password) -> dict[str, Any]:
    act = hashlib.sha256(data + password.encode()).hexdigest()
    return _ask(box, "pack.propose", data, session=session, act=act, seat=1, password=password).head


def test_D_22_T_86_another_office_s_pack_is_in_force_after_two_people_s_approval_and_any_kill(box: Box) -> None:
    box.start("keeper")
    session = box.both_logged_in()
    told = box.call("packs", session=session)
    assert (told["in_force"], told["own"], told["proposals"]) == ("113-09-27-2", False, [])
    named = box.call("office")["office_name"]
    assert told["packs"][0]["office_name"] == named
    with pytest.raises(UsageError, match="floor_days: 4 is under 31"):
        _propose(box, session, second_bytes().replace(b"floor_days = 40", b"floor_days = 4"))
    sha256 = _propose(box, session, second_bytes())["sha256"]
    assert sha256 == hashlib.sha256(second_bytes()).hexdigest()
    approve = {"session": session, "act": "a1", "sha256": sha256}
    assert box.call("pack.approve", passwords=BOTH, **approve)["version"] == "115-07-01"
    for _ in range(2):
        told = box.call("packs", session=session)
        assert (told["in_force"], told["own"]) == ("115-07-01", True)
        assert [each["by"] for each in told["packs"][2:]] == [OFFICER.display]
        assert box.call("office")["office_name"] == "海口市青山戶政所"
        assert box.call("rules", session=session)["policy"]["floor_days"] == 40
        box.kill("keeper")
        Path(box.settings.layout.boot, "policy.sealed").unlink()
        box.start("keeper")
        session = box.both_logged_in()
    found = read_policy(RealFs(), box.settings.layout.boot, Policy)
    assert found is not None
    assert (found.floor_days, found.target_days) == (40, 60)
    assert not [word for word in FIRST_OFFICE if word in str(box.call("office")) + str(told["packs"][2])]
    change = {"document": "m", "floor_days": 31, "target_days": 45}
    with pytest.raises(Refused, match="stand in the policy pack"):
        box.call("rules.policy", session=session, act="r1", passwords=BOTH, **change)


def test_AT_01_AT_05_a_case_s_papers_have_the_pack_of_the_day_of_its_receipt_after_a_newer_one(
    box: Box, clock: FilmClock
) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        number = _case(keeper, clock)
        later = day_of(clock.wall_ns() + 2 * DAY_NS)
        _approve(keeper, successor("116-01-01", later.isoformat(), second_bytes()))
        received = keeper.cases.file(number).deeds[0].at_ns
        assert keeper.cases.file(number).case.policy == "113-09-27-2"
        assert keeper.packs.on(day_of(received)).version == "113-09-27-2"
        clock.at_ns += 3 * DAY_NS
        assert keeper.packs.in_force().pack.version == "116-01-01"
        assert keeper.packs.on(day_of(received)).version == "113-09-27-2"
        assert keeper.packs.on(day_of(clock.wall_ns())).version == "116-01-01"
        assert keeper.packs.on(day_of(received)).office.unit == "行政庶務課"


def test_the_policy_s_file_follows_a_pack_on_its_day(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        house = housekeeping(keeper)
        house.turn()
        later = day_of(clock.wall_ns() + 2 * DAY_NS)
        _approve(keeper, successor("116-01-01", later.isoformat(), second_bytes()))
        assert _boot_policy(box).floor_days == 31
        clock.at_ns += 2 * DAY_NS
        house.turn()
        assert _boot_policy(box).floor_days == 40


def test_a_pack_that_does_not_open_any_more_is_a_finding(box: Box, clock: FilmClock) -> None:
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        _approve(keeper, second_bytes())
        (proposal,) = [entry.index for entry in keeper.ledger.acts() if entry.kind == "pack.proposed"]
        keeper.stores.acts.erase("gone", proposal, {})
    with open_keeper(box.settings, RealFs(), clock) as keeper:
        assert {f"pack-unreadable-{proposal}"} <= {finding.key for finding in keeper.findings.all()}
        assert keeper.policy.floor_days == 40, "its terms stand in the clear"


def test_what_is_proposed_is_read_by_those_who_see_the_rules(box: Box) -> None:
    box.start("keeper")
    session = box.both_logged_in()
    sha256 = _propose(box, session, second_bytes())["sha256"]
    assert read_pack(_ask(box, "pack.file", session=session, name=sha256).body).version == "115-07-01"
    with pytest.raises(NotFound, match="policy pack 115-07-01: there is none of that name; open the list"):
        box.call("pack.file", session=session, name="115-07-01")
    shipped = _ask(box, "pack.file", session=session, name="")
    assert shipped.head["shipped"]
    assert read_pack(shipped.body).version == "113-09-27-2"


def _case(keeper: Keeper, clock: FilmClock) -> str:
    end_ns = clock.wall_ns() - SLOT_NS
    facts = facts_of_receipt(["01"], end_ns - SLOT_NS, end_ns)
    return keeper.cases.act("c1", ActingUser(OFFICER.name, OFFICER.display), "", "receive", facts, kind="CIT").file.key


def _approve(keeper: Keeper, data: bytes) -> None:
    keeper.packs.approve("a1", PAIR, keeper.packs.propose("p1", LIN, data).sha256)


def _boot_policy(box: Box) -> Policy:
    found = read_policy(RealFs(), box.settings.layout.boot, Policy)
    return found or Policy()


def test_a_pack_is_not_proposed_without_the_officer_s_password(box: Box) -> None:
    box.start("keeper")
    with pytest.raises(Refused, match="does not fit"):
        _propose(box, box.both_logged_in(), second_bytes(), "wrong")


def test_a_pack_is_not_approved_without_both_passwords(box: Box) -> None:
    box.start("keeper")
    session = box.both_logged_in()
    sha256 = _propose(box, session, second_bytes())["sha256"]
    with pytest.raises(Refused, match="does not fit"):
        box.call("pack.approve", session=session, act="a1", sha256=sha256, passwords=BOTH | {"2": "wrong"})
    assert not box.call("packs", session=session)["own"]


def test_T_86_AT_01_a_case_of_another_office_is_led_by_its_own_pack_at_the_keeper(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = replace(keeper.cases.world, footage=lambda scope: "in_store", readable=lambda scopes: True)
    monkeypatch.setattr(keeper.cases, "world", there)
    life = life_of(keeper)
    before = life.receive(["01"], *span(keeper))
    _approve(keeper, second_bytes())
    key = life.receive(["01"], *span(keeper))
    told = {each: case_of(life, each) for each in (before, key)}
    assert [each.policy for each in told.values()] == ["113-09-27-2", "115-07-01"]
    assert [each.unit for each in told.values()] == ["行政庶務課", "資訊室"]
    days = [date.fromisoformat(each.dues[0].day) - day_of(keeper.clock.wall_ns()) for each in told.values()]
    assert [each.days for each in days] == [15, 10]
