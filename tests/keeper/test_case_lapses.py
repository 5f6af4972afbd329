"""What the clock ends: whatever was granted to be viewed and was not, over a whole keeper."""

from __future__ import annotations

from appliance.keeper.context import Keeper
from appliance.rules.cases.rows import Event
from appliance.rules.deadlines import DAY_NS
from tests.caselife import APPLICANT, FORM, CaseLife
from tests.footage import FilmClock
from tests.keeper.test_cases import case_of, life, life_of, span

__all__ = ["life"]

LETTER = {
    "agency": "萬華分局", "public": True, "day": "2026-01-01", "number": "北市警萬分刑字第1號", "officer": "林警員",
    "basis": "刑訴230", "purpose": "竊盜", "scope": "如附", "proof": True,
}  # fmt: skip


def granted(life: CaseLife, keeper: Keeper, kind: str) -> str:
    """The key of a case that was granted and told."""
    start_ns, end_ns = span(keeper)
    asked = [{"camera_no": "01", "start_ns": start_ns, "end_ns": end_ns}]
    facts = {"letter": LETTER} if kind == "AGY" else {"parties": [APPLICANT], "form": FORM}
    event = "receive_letter" if kind == "AGY" else "receive"
    key = str(life.act(event, kind=kind, asked=asked, **facts)["case"])
    life.act("check" if kind == "AGY" else "pass_formal", key)
    life.propose(key)
    for _ in range(2):
        life.act("stamp", key, seat=2, double=True)
    life.decide(key)
    life.notify(key)
    return key


def test_D_11_what_an_agency_did_not_come_to_view_lapses_on_the_day_that_a_citizen_s_does(
    life: CaseLife, keeper: Keeper, clock: FilmClock
) -> None:
    agency, citizen = granted(life, keeper, "AGY"), granted(life, keeper, "CIT")
    clock.at_ns += 60 * DAY_NS
    keeper.tasks.cases.turn()
    again = life_of(keeper)
    assert [case_of(again, key).state for key in (agency, citizen)] == ["lapsed", "lapsed"]
    assert keeper.cases.file(agency).deeds[-1].event == Event.LAPSE
