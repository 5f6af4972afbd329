"""``appliance check``: its exit status says whether everything was looked at, and proven where that was asked."""

from __future__ import annotations

from typing import Any

from appliance.cli.check import broken, table

FIRED, MISSED = (
    ("view", "picture-moved", "pushed aside", True, True, ""),
    ("view", "picture-moved", "", False, True, ""),
)

OWNERS = {"picture-time": "clock", "picture-broken": "disturbed", "disk-hot": "disk"}
NEEDS = {"camera": {"picture-time": "a clock", "picture-broken": ""}, "box": {"disk-hot": ""}}


def _found(*proofs: Any, late: tuple[str, ...] = ()) -> dict[str, Any]:
    look = {"asked": 1, "signs": [], "wrong": [], "proofs": list(proofs)}
    return {
        "cameras": [{"camera_no": "01", "state": "live", "look": look}],
        "late": list(late),
        "checks": OWNERS,
        "needs": NEEDS,
    }


def test_a_proof_that_was_not_noticed_and_a_look_that_did_not_come_are_failures() -> None:
    assert not broken(_found(FIRED), proofs=True)
    assert broken(_found(FIRED, MISSED), proofs=True)
    assert broken(_found(FIRED, late=("01",)), proofs=False)


def test_a_camera_that_nothing_was_proven_of_is_not_passed_over() -> None:
    assert not broken(_found(), proofs=False)
    assert broken(_found(), proofs=True)
    assert "NOT PROVEN" in table(_found(), proofs=True)


def test_what_a_look_could_not_judge_is_listed_with_what_that_takes() -> None:
    said = table(_found(), proofs=False)
    assert "clock       not judged: picture-time: it takes a clock" in said
    assert "disturbed   not judged: picture-broken: the check could not tell at this look" in said
    assert "disk-hot" not in said, "it is of the box"
    found = _found()
    look = {"asked": 1, "signs": [["picture-time", False, 0.1, 2.0, "s", ""]], "wrong": [{"fault": "picture-broken"}]}
    found["cameras"] = [
        {"camera_no": "01", "state": "live", "look": look},
        {"camera_no": "box", "state": "live", "look": {"asked": 1}},
    ]
    told = table(found, proofs=False)
    assert told.count("not judged:") == 1
    assert "disk-hot: the box does not tell it, or not yet" in told
