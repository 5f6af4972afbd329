"""A form that names minutes: right when it is right, everything wrong with it said at once, and nothing lost."""

from __future__ import annotations

from datetime import datetime

import pytest

from appliance.core.clock import LOCAL
from appliance.web.forms.asked_range import Request, Typed, check, settled, typed_from
from appliance.web.i18n.roc_time import PART_NAMES

SECOND = 1_000_000_000
NOW_NS = int(datetime(2024, 9, 30, 9, 0, tzinfo=LOCAL).timestamp()) * SECOND
CAMERAS = ("1-01", "1-02")
GOOD = {"reason": ["皮夾遺失"], "cameras": ["1-02"], "from.year": ["113/9/27 14:00"], "to.year": ["1130927 1440"]}


def problems(**changes: list[str]) -> list[tuple[str, str]]:
    found = check(typed_from(GOOD | changes), CAMERAS, NOW_NS)
    assert isinstance(found, list)
    return [tuple(problem) for problem in found]


def test_a_range_of_31_days_to_the_minute_is_a_request() -> None:
    assert isinstance(check(typed_from(GOOD | {"from.year": ["113/8/27 14:40"]}), CAMERAS, NOW_NS), Request)


def at(hour: int, minute: int) -> int:
    return int(datetime(2024, 9, 27, hour, minute, tzinfo=LOCAL).timestamp()) * SECOND


def test_a_form_that_is_right_is_a_request() -> None:
    assert check(typed_from(GOOD), CAMERAS, NOW_NS) == Request("皮夾遺失", ["1-02"], at(14, 0), at(14, 40))


def test_an_empty_form_names_every_field_in_the_order_of_the_page() -> None:
    found = check(Typed(), CAMERAS, NOW_NS)
    assert isinstance(found, list)
    assert [problem.field for problem in found] == ["reason", "cameras", "from-year", "to-year"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": ["  "]}, ("reason", "form.reason-missing")),
        ({"reason": ["字" * 2001]}, ("reason", "form.reason-long")),
        ({"reason": ["皮夾\u202e遺失"]}, ("reason", "form.reason-controls")),
        ({"reason": ["皮夾\0遺失"]}, ("reason", "form.reason-controls")),
        ({"from.year": ["113/8/27 14:39"]}, ("to-year", "form.span-long")),
        ({"to.year": ["113/9/30 9:01"]}, ("to-year", "form.future-end")),
        ({"cameras": []}, ("cameras", "form.cameras-missing")),
        ({"cameras": ["1-02", "9-99"]}, ("cameras", "form.cameras-unknown")),
        ({"from.year": ["soon"]}, ("from-year", "date.unreadable")),
        ({"to.year": ["113/9/27 14:00"]}, ("to-year", "form.order")),
        ({"from.year": ["114/9/27 14:00"], "to.year": ["114/9/27 15:00"]}, ("from-year", "form.future")),
    ],
)
def test_each_thing_that_is_wrong_is_said_at_its_field(changes: dict[str, list[str]], problem: tuple[str, str]) -> None:
    assert problems(**changes) == [problem]


def test_what_was_typed_comes_back_as_it_was_typed() -> None:
    values = GOOD | {"from.year": ["113/13/27 14:00"], "reason": [" 皮夾\n遺失 "]}
    typed = typed_from(values)
    assert (typed.reason, typed.moments["from"]["year"]) == (" 皮夾\n遺失 ", "113/13/27 14:00")
    assert typed_from(typed.values()) == typed
    assert settled(typed).moments["from"]["year"] == "113/13/27 14:00"


def test_a_pasted_moment_that_was_understood_is_spread_over_its_fields() -> None:
    shown = settled(typed_from(GOOD)).moments["to"]
    assert [shown[part] for part in PART_NAMES] == ["113", "09", "27", "14", "40"]


def test_a_flood_of_text_is_cut_not_kept() -> None:
    typed = typed_from({"reason": ["x" * 100_000], "cameras": ["y" * 1000] * 1000, "from.year": ["1" * 9999]})
    assert len(typed.reason) == 4000
    assert len(typed.cameras) == 256
    assert max(len(camera) for camera in typed.cameras) == 64
    assert len(typed.moments["from"]["year"]) == 64
