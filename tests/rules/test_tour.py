"""The steps of the guided tour, and what its sample asks for."""

from __future__ import annotations

from datetime import date

from appliance.core.model import Span
from appliance.rules.cases.states import Kind, State
from appliance.rules.tour import LIVES, LifeNow, progress, sample_acts, sample_scopes, unfinished

SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND


def _states(**lives: LifeNow) -> dict[str, list[str]]:
    told = progress({Kind(kind): now for kind, now in lives.items()})
    return {kind.value: [step.state for step in steps] for kind, steps in told.items()}


def test_one_step_of_all_is_the_next_and_it_is_the_first_that_is_not_done() -> None:
    for state in State:
        for kind in Kind:
            told = progress({kind: LifeNow(state=state)})
            states = [step.state for steps in told.values() for step in steps]
            assert states.count("now") == 1
            assert "later" not in states[: states.index("now")]


def test_a_life_is_ticked_as_its_case_goes_on() -> None:
    assert _states()["CIT"] == ["now", "later", "later", "later", "later", "later"]
    assert _states(CIT=LifeNow(paired=True))["CIT"][:2] == ["done", "now"]
    prepared = LifeNow(state=State.PREPARED, paired=True)
    assert _states(CIT=prepared)["CIT"][:3] == ["done", "done", "now"]
    seen = LifeNow(state=State.CLEANED, viewed=True, opened=True)
    assert _states(CIT=seen)["CIT"] == ["done"] * 5 + ["now"]
    whole = _states(CIT=seen._replace(state=State.CLOSED))
    assert whole["CIT"] == ["done"] * 6
    assert whole["INT"][0] == "now", "the next life begins"


def test_what_a_case_was_closed_without_is_not_ticked_and_holds_nobody_up() -> None:
    refused = _states(INT=LifeNow(state=State.CLOSED))["INT"]
    assert refused == ["done", "done", "done", "done", "skipped", "skipped", "done"]
    assert _states(AGY=LifeNow(state=State.REFUSED))["AGY"][:5] == ["done", "done", "done", "done", "later"]


def test_every_state_of_a_case_says_how_far_it_is() -> None:
    begun = [state for state in State if state not in (State.DRAFT, State.PRESERVED)]
    assert all(LifeNow(state=state).rank for state in begun)
    assert unfinished(LifeNow(state=State.SCHEDULED))
    assert not unfinished(LifeNow(state=State.PREPARED))
    assert {code for steps in LIVES.values() for code, _ in steps} >= {"sample", "request", "letter"}


def test_a_sample_shows_the_last_minutes_that_were_recorded_without_a_break() -> None:
    def span(start: float, end: float) -> Span:
        return Span(NOW + round(start * SECOND), NOW + round(end * SECOND))

    (whole,) = sample_scopes({"01": [span(-300, -0.25)]}, NOW)
    assert (whole.start_ns, whole.end_ns) == (NOW - 181 * SECOND, NOW - SECOND), "three minutes in whole seconds"
    (after,) = sample_scopes({"01": [span(-300, -60), span(-40, -5)], "02": [span(-8, 0)], "03": []}, NOW)
    assert (after.camera_no, after.start_ns, after.end_ns) == ("01", NOW - 40 * SECOND, NOW - 5 * SECOND)
    (joined,) = sample_scopes({"01": [span(-60, -30), span(-29.5, -5)]}, NOW)
    assert joined.start_ns == NOW - 60 * SECOND
    (past,) = sample_scopes({"01": [span(-60, 3)]}, NOW)
    assert past.end_ns == NOW, "a request ends before it is received"
    many = sample_scopes({f"{number:02d}": [span(-60, -1)] for number in range(1, 7)}, NOW)
    assert [each.camera_no for each in many] == ["01", "02", "03", "04"]


def test_everything_in_a_sample_says_that_it_is_one() -> None:
    received, *_, booked, _ = sample_acts((), date(2026, 12, 3), 23 * 60 + 50)
    assert "訓練示範案件" in received.facts["form"]["reason_text"]
    assert "訓練示範案件" in received.facts["form"]["scan_follows"]
    assert booked.facts["viewing"] == {
        "on": "2026-12-03", "starts": "23:50", "ends": "23:59", "place": "訓練用閱覽處"
    }  # fmt: skip
