"""The office's own packs: proposed, approved by two, in force from their day, never edited, rebuilt from the ledger."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from appliance.core.errors import Damaged, NotFound, Refused, UsageError
from appliance.rules.deadlines import DAY_NS, day_of, start_ns_of
from appliance.rules.packs.shipped import shipped_bytes, shipped_pack
from appliance.rules.packs.writing import pack_file, table_of
from appliance.rules.policy import Policy
from appliance.services.people.pairs import Pair
from tests.rules.packcases import FIRST_OFFICE, second_bytes, second_pack, successor
from tests.services.packdesk import BOTH, CHOU, LIN, OFFICE, PackDesk
from tests.vault.ringcases import entered, new_disk


@pytest.fixture
def desk() -> PackDesk:
    return PackDesk(new_disk(), "first")


def _next(desk: PackDesk, in_days: int, version: str = "116-01-01", **numbers: str) -> bytes:
    day = day_of(desk.clock.wall_ns() + in_days * DAY_NS)
    return successor(version, day.isoformat(), second_bytes(), **numbers)


def _wait(desk: PackDesk, days: int) -> None:
    """The days pass on a box that runs."""
    for _ in range(days * 4):
        desk.clock.go_to(desk.clock.wall_ns() + DAY_NS // 4)
        desk.ledger.append("head.issued", {"size": desk.ledger.size, "way": "file"})


def test_D_22_until_it_has_one_of_its_own_an_office_works_by_the_pack_that_ships_under_its_own_name(
    desk: PackDesk,
) -> None:
    first, only = desk.packs.all()
    assert (first.pack.version, first.entry) == ("113-09-27", -1), "cases that carry it find it"
    assert desk.packs.file_of("113-09-27") == shipped_bytes("113-09-27")
    assert (first.pack.rules, first.pack.numbers, first.pack.chains) == (
        only.pack.rules, only.pack.numbers, only.pack.chains
    )  # fmt: skip
    assert (only.pack.office.name, only.pack.version, only.entry) == (OFFICE, "113-09-27-2", -1)
    assert only.pack.rules == shipped_pack().rules
    assert desk.packs.on(date(2020, 1, 1)) is only.pack
    assert desk.packs.file_of("113-09-27-2") == shipped_bytes()
    assert desk.packs.latest_version() == ""
    assert desk.rules.policy == Policy()


def test_D_22_a_pack_is_proposed_by_an_officer_approved_by_two_and_in_force_from_its_day(desk: PackDesk) -> None:
    proposed = desk.packs.propose("a1", LIN, _next(desk, 10))
    assert [each.sha256 for each in desk.packs.proposals()] == [proposed.sha256]
    assert desk.packs.in_force().pack.version == "113-09-27-2"
    standing = desk.packs.approve("a2", BOTH, proposed.sha256)
    assert desk.packs.proposals() == []
    assert (standing.begins, desk.packs.in_force().pack.version) == (standing.pack.effective, "113-09-27-2")
    _wait(desk, 9)
    assert desk.packs.in_force().pack.version == "113-09-27-2"
    _wait(desk, 1)
    assert desk.packs.in_force() == standing
    again = desk.restarted()
    assert again.packs.all() == desk.packs.all()
    assert again.packs.in_force() == standing
    assert desk.packs.on(date(2026, 1, 1)).version == "113-09-27-2", "nothing is changed for the past"
    (entry,) = entered(desk.ledger, "pack.approved")
    assert (entry["version"], entry["begins"]) == ("116-01-01", standing.begins.isoformat())
    assert not any(name in str(entry) for name in ("青山", "周主任"))
    sealed = desk.acts.sealed(standing.entry)
    assert sealed is not None
    assert (sealed["by"], sealed["approved_by"]) == ("lin", "chou")
    assert again.packs.file_of("116-01-01") == again.packs.file_of(proposed.sha256) == _next(desk, 0)


def test_a_pack_whose_day_is_over_begins_when_it_is_approved(desk: PackDesk) -> None:
    desk.approved(second_bytes())
    today = day_of(desk.clock.wall_ns())
    assert second_pack().effective < today
    assert desk.packs.in_force().begins == today
    assert desk.packs.on(date.fromordinal(today.toordinal() - 1)).version == "113-09-27-2"


def test_D_22_no_pack_is_approved_before_the_day_of_the_decision_that_it_rests_on(desk: PackDesk) -> None:
    decided = day_of(desk.clock.wall_ns() + 3 * DAY_NS).isoformat()
    proposed = desk.packs.propose("a1", LIN, _next(desk, 10, on=decided))
    for act in ("a2", "a3"):
        with pytest.raises(Refused, match="propose it with the day on which it was decided"):
            desk.packs.approve(act, BOTH, proposed.sha256)
        _wait(desk, 1)
    assert entered(desk.ledger, "pack.approved") == []
    _wait(desk, 1)
    assert desk.packs.approve("a4", BOTH, proposed.sha256).pack.approval.on.isoformat() == decided


def test_who_may_not_propose_or_approve(desk: PackDesk) -> None:
    with pytest.raises(Refused, match="as manager or officer"):
        desk.packs.propose("a1", CHOU, second_bytes())
    own = desk.packs.propose("a1", LIN._replace(person="chou"), second_bytes())
    with pytest.raises(Refused, match="whoever proposed it does not approve it"):
        desk.packs.approve("a2", BOTH, own.sha256)
    assert desk.packs.latest_version() == ""
    assert desk.packs.approve("a3", Pair(LIN, CHOU._replace(person="wang")), own.sha256).pack == second_pack()


def test_a_file_that_is_none_is_refused_with_all_that_is_wrong_and_nothing_is_entered(desk: PackDesk) -> None:
    size = desk.ledger.size
    broken = second_bytes().replace(b"floor_days = 40", b"floor_days = 30").replace(b"[chains]", b"[chain]")
    with pytest.raises(UsageError) as raised:
        desk.packs.propose("a1", LIN, broken)
    assert str(raised.value).splitlines() == [
        "policy pack: chain: it is not known here; remove it, or look for a misspelt name",
        "policy pack: numbers.floor_days: 30 is under 31 (七(一), D-01); write 31 to 333",
        "policy pack: chains: it is missing; write it",
    ]
    assert (desk.ledger.size, desk.packs.proposals()) == (size, [])


def test_AT_63_a_pack_of_the_same_day_or_name_or_before_another_is_refused_at_both_acts(desk: PackDesk) -> None:
    early = desk.packs.propose("a0", LIN, _next(desk, 5, "early"))
    desk.approved(_next(desk, 10))
    for data, why in (
        (_next(desk, 10, "other"), "as well"),
        (_next(desk, 20), "never edited"),
        (_next(desk, 9, "sooner"), "choose a day after it"),
    ):
        with pytest.raises(UsageError, match=why):
            desk.packs.propose("a9", LIN, data)
    with pytest.raises(NotFound, match="no such proposal"):
        desk.packs.approve("a8", BOTH, early.sha256)
    assert desk.packs.proposals() == []


def test_a_newer_proposal_of_a_version_takes_the_place_of_the_one_before(desk: PackDesk) -> None:
    first = desk.packs.propose("a1", LIN, _next(desk, 5))
    second = desk.packs.propose("a2", LIN, _next(desk, 6))
    assert [each.entry for each in desk.packs.proposals()] == [second.entry]
    with pytest.raises(NotFound):
        desk.packs.approve("a3", BOTH, first.sha256)
    again = desk.restarted().packs
    assert [each.sha256 for each in again.proposals()] == [second.sha256]


def test_a_repeat_of_either_act_changes_nothing(desk: PackDesk) -> None:
    first = desk.packs.propose("a1", LIN, _next(desk, 5))
    assert desk.packs.propose("a1", LIN, _next(desk, 5)) == first
    with pytest.raises(UsageError, match="sent before for something else"):
        desk.packs.propose("a1", LIN, _next(desk, 6))
    standing = desk.packs.approve("a2", BOTH, first.sha256)
    assert desk.packs.approve("a2", BOTH, first.sha256) == standing
    assert len(entered(desk.ledger, "pack.approved")) == len(entered(desk.ledger, "pack.proposed")) == 1


# --- time ---


def test_a_pack_s_day_comes_in_trusted_time_alone(desk: PackDesk) -> None:
    desk.approved(_next(desk, 10))
    desk.clock.is_trusted = False
    desk.clock.go_to(desk.clock.wall_ns() + 12 * DAY_NS)
    assert desk.packs.in_force().pack.version == "113-09-27-2"
    assert desk.rules.policy == Policy()
    with pytest.raises(Refused, match="time is not trusted"):
        desk.packs.approve("b2", BOTH, desk.packs.propose("b1", LIN, _next(desk, 30, "later")).sha256)
    desk.clock.is_trusted = True
    assert desk.packs.in_force().pack.version == "116-01-01"


# --- the terms of retention ---


def test_T_06_a_pack_s_floor_counts_from_its_day_and_a_lowered_one_only_for_what_comes_after(desk: PackDesk) -> None:
    desk.approved(_next(desk, 2, "high", floor_days="60", target_days="90"))
    assert desk.rules.policy == Policy()
    _wait(desk, 2)
    assert (desk.rules.policy.floor_days, desk.rules.policy.target_days, desk.rules.policy.brake_days) == (60, 90, 3)
    high_ns = desk.clock.wall_ns()
    desk.approved(_next(desk, 2, "low", floor_days="31"), "b")
    _wait(desk, 3)
    policy, lowered = desk.rules.policy, start_ns_of(day_of(high_ns)) + 2 * DAY_NS
    assert (policy.floor_for(high_ns), policy.floor_for(lowered - 1), policy.floor_for(lowered)) == (60, 60, 31)
    assert desk.restarted().rules.policy == policy


def test_T_06_a_floor_that_falls_on_the_day_of_approval_falls_for_what_is_recorded_after_the_approval(
    desk: PackDesk,
) -> None:
    desk.approved(_next(desk, 0, "high", floor_days="60", target_days="90"))
    desk.clock.go_to(desk.clock.wall_ns() + DAY_NS)
    desk.approved(_next(desk, 0, "low", floor_days="31"), "b")
    now = desk.clock.wall_ns()
    assert [desk.rules.policy.floor_for(at) for at in (now - 1, now + 10**9)] == [60, 31]


def test_AT_62_the_office_fills_in_nine_with_its_text_source_and_date_and_never_without(desk: PackDesk) -> None:
    """As the editor writes it: the pack in force with a text in the place of the missing one."""
    shipped, replace, day = desk.packs.in_force().pack, msgspec.structs.replace, day_of(desk.clock.wall_ns())
    (at,) = (at for at, each in enumerate(shipped.rules.articles) if each.missing)
    size = desk.ledger.size

    def filled(**more: object) -> bytes:
        articles = list(shipped.rules.articles)
        articles[at] = replace(articles[at], missing=False, remark="", text="影音資料之保管，準用檔案法。", **more)
        new = replace(shipped, version="next", effective=day, rules=replace(shipped.rules, articles=tuple(articles)))
        return pack_file(table_of(new))

    for more in ({}, {"source": "修正對照表"}, {"dated": day}):
        with pytest.raises(UsageError, match="九 lacks the source or the date of its text"):
            desk.packs.propose("a1", LIN, filled(**more))
    assert desk.ledger.size == size, "nothing was entered"
    assert desk.approved(filled(source="修正對照表", dated=day)) == "next"
    nine = desk.restarted().packs.in_force().pack.rules.articles[at]
    assert (nine.number, nine.missing, nine.source, nine.dated) == ("九", False, "修正對照表", day)


def test_AT_63_the_terms_of_an_office_with_a_pack_are_not_edited_in_place(desk: PackDesk) -> None:
    desk.rules.change_policy("a1", BOTH, document="m", target_days=50)
    desk.approved(_next(desk, 30))
    with pytest.raises(Refused, match=r"stand in the policy pack \(116-01-01\)"):
        desk.rules.change_policy("a2", BOTH, document="m", target_days=55)
    assert desk.rules.policy.target_days == 50


def test_T_06_a_pack_whose_text_is_lost_is_a_damage_and_its_floor_stands(desk: PackDesk) -> None:
    desk.approved(_next(desk, 0, floor_days="60", target_days="90"))
    (proposal,) = [entry.index for entry in desk.ledger.acts() if entry.kind == "pack.proposed"]
    desk.acts.erase("gone", proposal, {})
    again = desk.restarted()
    assert set(again.packs.damaged) == {proposal, proposal + 1}
    assert again.packs.in_force().pack.version == "113-09-27-2"
    assert again.rules.policy.floor_days == 60
    with pytest.raises(NotFound):
        again.packs.file_of("116-01-01")
    with pytest.raises(Damaged):
        desk.packs.file_of("116-01-01")


# --- another office ---


def test_T_86_nothing_of_the_first_office_is_left_once_another_s_pack_is_in_force(desk: PackDesk) -> None:
    desk.approved(second_bytes())
    told = str(desk.packs.in_force().pack)
    assert not [word for word in FIRST_OFFICE if word in told]
    assert (desk.rules.policy.floor_days, desk.rules.policy.target_days) == (40, 60)
