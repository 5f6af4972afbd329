"""``appliance check``: its exit status says whether everything was looked at, and proven where that was asked."""

from __future__ import annotations

from typing import Any

from appliance.cli_check import broken, table

FIRED, MISSED = (
    ("view", "picture-moved", "pushed aside", True, True, ""),
    ("view", "picture-moved", "", False, True, ""),
)


def _found(*proofs: Any, late: tuple[str, ...] = ()) -> dict[str, Any]:
    look = {"asked": 1, "signs": [], "wrong": [], "proofs": list(proofs)}
    return {"cameras": [{"camera_no": "01", "state": "live", "look": look}], "late": list(late), "checks": {}}


def test_a_proof_that_was_not_noticed_and_a_look_that_did_not_come_are_failures() -> None:
    assert not broken(_found(FIRED), proofs=True)
    assert broken(_found(FIRED, MISSED), proofs=True)
    assert broken(_found(FIRED, late=("01",)), proofs=False)


def test_a_camera_that_nothing_was_proven_of_is_not_passed_over() -> None:
    assert not broken(_found(), proofs=False)
    assert broken(_found(), proofs=True)
    assert "NOT PROVEN" in table(_found(), proofs=True)
