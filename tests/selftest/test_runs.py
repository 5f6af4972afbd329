"""Running checks: each on its subject, within its budget; a failing one is told and harms no other."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from appliance.api import BoxVitals, Check, CheckSetting, Fault, Injection, Sign
from appliance.core.errors import UsageError
from appliance.selftest.runs import Bench


def _check(name: str, run: Any, **more: Any) -> Check:
    values: dict[str, Any] = {
        "name": name,
        "summary": "A check for tests.",
        "looks_at": "box",
        "box": "storage",
        "run": run,
        "faults": (Fault(f"{name}-warm", "It is warm."),),
        "injections": (Injection(f"{name}-warm", "heat", lambda vitals, number: vitals),),
        "settings": (CheckSetting("limit", "Degrees.", 70, 20, 100),),
    }
    return Check(**values | more)


def _warm(vitals: BoxVitals, settings: Any, memory: Any) -> list[Sign]:
    memory["looks"] = memory.get("looks", 0) + 1
    value = vitals.values["temperature_c"]
    return [Sign("lamp-warm", value > settings["limit"], value, settings["limit"], "C", f"look {memory['looks']}")]


def test_a_check_gets_its_settings_and_keeps_its_memory() -> None:
    bench = Bench([_check("lamp", _warm)], {"lamp": {"limit": 40}})
    for number in (1, 2):
        (sign,) = bench.look("box", BoxVitals({"temperature_c": 45})).signs
        assert sign == Sign("lamp-warm", True, 45.0, 40.0, "C", f"look {number}")
    assert bench.look("sound", BoxVitals({})).signs == (), "it looks at the box alone"


def test_a_failing_check_is_told_forgets_and_harms_no_other() -> None:
    broken = _check("torn", lambda vitals, settings, memory: [1 / 0])
    bench = Bench([broken, _check("lamp", _warm)])
    seen = bench.look("box", BoxVitals({"temperature_c": 45}))
    assert [sign.fault for sign in seen.signs] == ["lamp-warm"]
    ((check, why),) = seen.failures
    assert check == "torn"
    assert re.fullmatch(rf"ZeroDivisionError: division by zero \({re.escape(__name__)} line \d+, <lambda>\)", why), why


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (Sign("another-fault", True, 1, 0), "no sign of a fault that it claims"),
        ("warm", "no sign of a fault that it claims"),
        (Sign("odd-warm", True, float("nan"), 0), "a value that is no number"),
    ],
)
def test_what_is_no_sign_is_refused(given: Any, why: str) -> None:
    seen = Bench([_check("odd", lambda vitals, settings, memory: [given])]).look("box", BoxVitals({}))
    assert not seen.signs
    assert why in seen.failures[0].why


def test_one_that_runs_on_and_on_is_ended() -> None:
    def forever(vitals: Any, settings: Any, memory: Any) -> list[Sign]:
        while True:
            memory["turns"] = memory.get("turns", 0) + 1

    slow = dataclasses.replace(_check("slow", forever), cost_ms=1)
    seen = Bench([slow]).look("box", BoxVitals({}))
    assert seen.failures == (("slow", "it took far longer than it declares"),)


@pytest.mark.parametrize(
    ("values", "why"),
    [({"limits": 3}, "did you mean limit"), ({"limit": 300}, "20 to 100 is possible"), ({"limit": float("nan")}, "20")],
)
def test_a_setting_that_does_not_fit_is_refused(values: dict[str, float], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Bench([_check("lamp", _warm)], {"lamp": values})
