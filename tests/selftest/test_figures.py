"""Measures as people read them."""

from __future__ import annotations

import pytest

from appliance.selftest.figures import figure, said


@pytest.mark.parametrize(
    ("value", "limit", "unit", "read"),
    [
        (1.35e-15, 6.0, "levels", ("0.0", "6", "levels")),
        (4.24e-05, 0.05, "share", ("0.0", "5", "%")),
        (0.11, 0.22, "", ("0.11", "0.22", "")),
        (0.97, 0.97, "share", ("97", "97", "%")),
        (0.9704, 0.97, "share", ("97.04", "97", "%")),
        (52.13, 85.0, "°C", ("52", "85", "°C")),
        (1.0, 0.0, "1 or 0", ("", "", "")),
        (2_073_600.0, 2_073_600.0, "pixels", ("2.1", "2.1", "megapixels")),
        (7.0, 35.0, "s", ("7", "35", "s")),
        (5400.0, 7200.0, "s", ("1.5", "2", "h")),
        (12.0, None, "log-ins", ("12", "", "log-ins")),
        (45.23, None, "days", ("45", "", "days")),
        (172_800.0, None, "s", ("2", "", "days")),
        (-0.001, 0.4, "s", ("0.00", "0.4", "s")),
        (0.0, 0.0, "errors", ("0", "0", "errors")),
        (-80.5, -74.0, "dBFS", ("-80", "-74", "dBFS")),
        (223_200.04, 2.0, "s", ("223200", "2", "s")),
    ],
)
def test_a_figure_is_read_at_the_scale_of_its_limit(
    value: float, limit: float | None, unit: str, read: tuple[str, str, str]
) -> None:
    assert figure(value, limit, unit) == read


def test_two_figures_that_differ_do_not_read_the_same() -> None:
    told = figure(0.2199, 0.22, "")
    assert told.value != told.limit


def test_a_yes_or_no_is_said_by_its_state_alone() -> None:
    assert said(1, 0, "1 or 0") == ""
    assert said(0.831, 0.72, "share") == "measured 83 %, limit 72 %"
