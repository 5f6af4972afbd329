"""What looks bring is a finding in the ledger, once each; a person's wish goes out and its answer comes back."""

from __future__ import annotations

import json
import os
from typing import Any

import msgspec
import pytest

from appliance.api import Sign, Words
from appliance.api.registry import BUILT_IN, load_plugins
from appliance.core.errors import Broken, NotLoggedIn, RecorderError
from appliance.core.model import to_wire
from appliance.keeper.context import Keeper
from appliance.keeper.trendfile import TrendFile
from appliance.protocol.check_words import CheckWords, FaultWords
from appliance.protocol.transport import Message
from appliance.selftest.proofs import Proof
from appliance.selftest.reports import BOX, CameraReport, StandingFault
from appliance.selftest.runs import Failure
from appliance.storage.files import write_atomic
from appliance.web.i18n.messages import read_messages
from tests.verbs import VERBS

BLURRED = StandingFault(fault="picture-blurred", box="picture", text="camera 01: out of focus")


def _call(keeper: Keeper, verb: str, body: bytes = b"", **arguments: Any) -> dict[str, Any]:
    return dict(VERBS[verb](keeper, arguments, Message({}, body, ())).head)


def _looked(keeper: Keeper, **values: Any) -> None:
    report = CameraReport(**{"camera_no": "01", "at_ns": 5, **values})
    _call(keeper, "recorder.looked", to_wire([report]))


def _keys(keeper: Keeper) -> list[str]:
    return [finding.key for finding in keeper.findings.all()]


def test_a_fault_is_entered_once_and_cleared_once_however_often_it_is_seen(keeper: Keeper) -> None:
    size = keeper.ledger.size
    for _ in range(5):
        _looked(keeper, wrong=(BLURRED,), well=("picture-black",))
    assert _keys(keeper) == ["picture-blurred-01"]
    assert keeper.findings.all()[0].box == "picture"
    assert keeper.ledger.size == size + 1
    _looked(keeper)
    assert _keys(keeper) == ["picture-blurred-01"], "not judged: it stays"
    for _ in range(5):
        _looked(keeper, well=("picture-blurred",))
    assert _keys(keeper) == []
    assert keeper.ledger.size == size + 2


def test_t_79_nothing_of_a_look_but_words_is_in_the_ledger(keeper: Keeper) -> None:
    """No measure, no picture, no proof: the fault, the box and the sentence."""
    size = keeper.ledger.size
    _looked(keeper, wrong=(BLURRED,), signs=(Sign("picture-blurred", True, 0.123, 0.3),))
    (entry,) = keeper.ledger.entries(size)
    assert entry.kind == "finding.opened"
    assert set(entry.fields) == {"finding", "box", "text"}
    assert b"0.123" not in entry.raw


def test_a_camera_that_is_not_in_force_is_nobody_s_finding(keeper: Keeper) -> None:
    _looked(keeper, camera_no="99", wrong=(BLURRED,))
    assert _keys(keeper) == []


def test_a_check_that_fails_and_a_camera_that_cannot_be_seen_are_findings(keeper: Keeper) -> None:
    _looked(keeper, failures=(Failure("view", "ZeroDivisionError: x"),))
    _looked(keeper, camera_no="02", failures=(Failure("view", "ZeroDivisionError: x"),))
    assert _keys(keeper) == ["check-failed-view"]
    _looked(keeper, seen=False, failures=(Failure("darkroom", "away"),))
    assert sorted(_keys(keeper)) == ["check-blind-01", "check-failed-view"]
    _looked(keeper)
    assert _keys(keeper) == ["check-failed-view"], "camera 02 was not looked at again"
    _looked(keeper, camera_no="02")
    assert _keys(keeper) == []


def test_a_wish_goes_out_with_a_number_that_grows_over_restarts_and_comes_back(keeper: Keeper) -> None:
    first = _call(keeper, "looks.ask", prove=True)["number"]
    assert first >= keeper.clock.boot_ns()
    second = _call(keeper, "looks.ask", forget=True)["number"]
    assert second > first
    wanted = keeper.self_tests.wanted
    assert (wanted.number, wanted.prove, wanted.forget) == (second, False, True)
    proof = Proof("view", "picture-moved", "pushed aside", True)
    _looked(keeper, asked=second, proofs=(proof,))
    _looked(keeper, asked=second)
    one, other = _call(keeper, "looks.list")["cameras"]
    assert one["look"]["asked"] == second
    assert json.loads(msgspec.json.encode(one["look"]["proofs"])) == [list(proof)], "a later look keeps the proofs"
    assert other == {"camera_no": "02", "state": "connecting", "look": None, "trends": {}}
    assert _call(keeper, "looks.list")["box"] is None


def test_inv_27_a_report_of_the_box_clears_no_finding_of_the_keeper_s_own(keeper: Keeper) -> None:
    """Its keys end in ``-box``: whatever fault is called well there, a damaged ledger stays one."""
    keeper.findings.open("ledger-damaged", "storage", "entry 3")
    worn = StandingFault(fault="disk-worn", box="storage", text="box: a disk is nearly worn out (sda)")
    _looked(keeper, camera_no=BOX, wrong=(worn,), well=("ledger-damaged",))
    assert sorted(_keys(keeper)) == ["disk-worn-box", "ledger-damaged"]
    assert _call(keeper, "looks.list")["box"]["wrong"][0]["fault"] == "disk-worn"
    _looked(keeper, camera_no=BOX, seen=False, failures=(Failure("darkroom", "away"),))
    assert "check-blind-box" in _keys(keeper)
    assert keeper.findings.all()[-1].text == "the box: away"


@pytest.mark.parametrize("verb", ["looks.ask", "looks.list"])
@pytest.mark.parametrize(("session", "refused"), [("", NotLoggedIn), ("x", NotLoggedIn), (None, Broken)])
def test_a_session_that_is_named_is_judged_even_an_empty_one(
    verb: str, session: str | None, refused: type[RecorderError], keeper: Keeper
) -> None:
    """The command line asks without one, and nobody gets there by an empty one."""
    _call(keeper, verb)
    with pytest.raises(refused):
        _call(keeper, verb, session=session)


def test_what_is_no_report_is_refused(keeper: Keeper) -> None:
    with pytest.raises(Broken, match="invalid self-test report"):
        _call(keeper, "recorder.looked", b"\x01")


def test_every_fault_that_ships_has_its_words_in_both_languages() -> None:
    messages = read_messages()
    for check in load_plugins(BUILT_IN).checks.values():
        for fault in check.faults:
            for lang in ("zh", "en"):
                said = messages.text(f"finding.{fault.code}", lang, name="07")
                assert said
                assert ("07" in said) == (check.looks_at != "box"), "what of the box it is stands on the health page"


def test_what_checks_are_called_goes_from_the_recorder_s_hello_to_whoever_shows_it(keeper: Keeper) -> None:
    hello = VERBS["recorder.hello"]
    said = {"boot_id": "f" * 32, "boot_ns": 0, "wall_ns": 1, "run_id": "run", "open": [], "left": []}
    words = CheckWords(
        faults={"lamp-out": FaultWords(name=Words("燈光", "Lamp"))}, units={"lux": Words("勒克斯", "lux")}
    )
    hello(keeper, {**said, "words": msgspec.to_builtins(words)}, Message({}, b"", ()))
    office = VERBS["office"](keeper, {}, Message({}, b"", ())).head
    office = keeper.served["office"].reply({}, b"").head
    assert msgspec.convert(office["words"], CheckWords) == words
    with pytest.raises(Broken, match=r"recorder.hello: Expected `object`.*words"):
        hello(keeper, {**said, "words": {"faults": []}}, Message({}, b"", ()))


def test_how_a_measure_went_is_kept_over_a_restart_and_goes_with_its_camera(keeper: Keeper) -> None:
    day_ns = 86_400 * 10**9
    for day in range(12):
        noise = Sign("picture-noise", False, 1.0 + 0.6 * day, 11.0, "levels")
        _looked(keeper, at_ns=20_000 * day_ns + day * day_ns, signs=(noise,))
    directory = keeper.settings.layout.keeper
    keeper.trends.keep(frozenset({"01"}))
    keeper.trends = TrendFile(keeper.fs, directory)
    (one, _) = _call(keeper, "looks.list")["cameras"]
    trend = one["trends"]["picture-noise"]
    assert (trend["by"], len(trend["points"]), trend["limit"]) == ("day", 12, 11.0)
    assert 4 <= trend["reaches"] <= 7
    keeper.trends.keep(frozenset())
    assert TrendFile(keeper.fs, directory).trends("01") == {}


def test_courses_that_do_not_read_begin_anew_and_hold_nothing_up(keeper: Keeper) -> None:
    path = os.path.join(keeper.settings.layout.keeper, "trends")
    write_atomic(keeper.fs, path, b"\x93 no courses")
    assert TrendFile(keeper.fs, keeper.settings.layout.keeper).trends("01") == {}
