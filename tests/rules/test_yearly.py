"""The yearly statistics: every figure counts what it says, and nothing in it could tell who it was."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.ledger.kinds import KINDS
from appliance.rules.deadlines import DAY_NS
from appliance.rules.yearly import ENTRY_KINDS, SECTIONS, YearCase, YearEntry, yearly
from appliance.web.i18n.messages import read_messages

NOW_NS = 1_795_000_000 * 10**9
_CAUSES = [{"cause": "power-cut", "seconds": 7200}, {"cause": "camera-lost", "seconds": 1800}]


def figures(cases: tuple[YearCase, ...] = (), *entries: YearEntry) -> dict[str, int]:
    """Those that are not zero, as ``section.code``."""
    found = yearly(cases, entries)
    assert {each.code: tuple(figure.code for figure in each.figures) for each in found} == dict(SECTIONS)
    return {f"{each.code}.{figure.code}": figure.number for each in found for figure in each.figures if figure.number}


def test_a_case_counts_once_in_each_section() -> None:
    cases = (
        YearCase("CIT", "granted", NOW_NS, NOW_NS + 5 * DAY_NS),
        YearCase("CIT", "refused", NOW_NS, NOW_NS + 16 * DAY_NS),
        YearCase("AGY", "checking", NOW_NS),
        YearCase("", "lapsed", NOW_NS, NOW_NS + 31 * DAY_NS),
    )
    assert figures(cases) == {
        "received.cit": 2, "received.agy": 1, "received.other": 1,
        "outcome.granted": 1, "outcome.refused": 1, "outcome.open": 1, "outcome.lapsed": 1,
        "days.within_5": 1, "days.within_30": 1, "days.over_30": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (YearEntry("inspection.signed", {"boxes": []}), {"inspection.signed": 1}),
        (YearEntry("inspection.signed", {"late": "holiday"}), {"inspection.late": 1}),
        (YearEntry("case.decided", {"signed": {"double": True}}), {"viewing.double": 1}),
        (YearEntry("case.decided", {"signed": {"double": False}}), {}),
        (YearEntry("destroy.done", {"buckets": ["a", "b"]}), {"keeping.destroyed": 2, "keeping.on_time": 2}),
        (YearEntry("statement.daily", {"cameras": [{"gaps": 2, "gap_seconds": 5400}, {"gaps": 0,
        "gap_seconds": 1800}]}),
         {"keeping.days_told": 1, "keeping.gaps": 2, "keeping.gap_hours": 2}),
        (YearEntry("statement.daily", {"cameras": [{"gap_seconds": 9000, "causes": _CAUSES}]}),
         {"keeping.days_told": 1, "keeping.gap_hours": 2, "keeping.stopped_hours": 2}),
        (YearEntry("ticket.changed", {"event": "verify"}, 3 * 3600 * 10**9),
         {"inspection.mended": 1, "inspection.down_hours": 3}),
        (YearEntry("ticket.changed", {"event": "close"}), {}),
        (YearEntry("login.counted", {"succeeded": 7, "locked": 1}), {"logins.succeeded": 7, "logins.locked": 1}),
        (YearEntry("medium.changed", {"event": "witness_destruction"}), {"maintenance.media_destroyed": 1}),
        (YearEntry("medium.changed", {"event": "move"}), {}),
        (YearEntry("incident.changed", {"event": "declare"}), {"incidents.declared": 1}),
        (YearEntry("hold.lapsed", {}), {"holds.lapsed": 1}),
    ],
)  # fmt: skip
def test_an_entry_counts_as_what_it_says(entry: YearEntry, said: dict[str, int]) -> None:
    assert figures((), entry) == said


def test_T_88_only_what_had_itself_outlived_its_ceiling_did_not_go_in_time() -> None:
    entries = (
        YearEntry("destroy.done", {"buckets": ["a"]}),
        YearEntry("destroy.done", {"buckets": ["b", "c", "d"], "late": ["c"]}),
    )
    assert figures((), *entries) == {"keeping.destroyed": 4, "keeping.on_time": 3, "keeping.overdue": 1}


def test_what_is_counted_is_a_kind_of_entry_and_every_figure_has_its_words() -> None:
    assert set(KINDS) >= ENTRY_KINDS
    table = read_messages().table
    for code, each in SECTIONS.items():
        assert f"statistics-part.{code}" in table
        assert not [name for name in each if f"statistics.{code}-{name.replace('_', '-')}" not in table]


_FIELDS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(["declare", "close", "lose", "begin", "x"]),
        "buckets": st.lists(st.text(), max_size=3),
        "case": st.just("115-0001"),
        "camera_no": st.just("03"),
        "by": st.just("wang"),
        "late": st.sampled_from(["", "holiday"]),
        "signed": st.just({"double": True}),
    },
)


@given(
    cases=st.lists(
        st.builds(
            YearCase,
            kind=st.text(),
            outcome=st.text(),
            received_ns=st.just(NOW_NS),
            decided_ns=st.sampled_from([0, NOW_NS + 9 * DAY_NS]),
        )
    ),
    entries=st.lists(st.builds(YearEntry, kind=st.sampled_from(sorted(KINDS)), fields=_FIELDS)),
)
def test_T_88_whatever_happened_the_statistics_are_counts_of_one_trait_each(
    cases: list[YearCase], entries: list[YearEntry]
) -> None:
    """The codes are a closed list, whatever stands in cases and entries; all else are whole numbers."""
    found = yearly(cases, entries)
    assert [each.code for each in found] == list(SECTIONS)
    for section in found:
        assert tuple(figure.code for figure in section.figures) == SECTIONS[section.code]
        assert all(type(figure.number) is int and figure.number >= 0 for figure in section.figures)
    assert sum(figure.number for figure in found[0].figures) == len(cases)
    assert sum(figure.number for figure in found[1].figures) == len(cases)


def test_T_88_no_figure_crosses_two_traits_or_names_a_camera_a_day_or_a_person() -> None:
    codes = {code for each in SECTIONS.values() for code in each}
    assert not [code for code in codes if re.search(r"camera|person|name|month|unit|staff_", code)]
    pairs = {f"{kind}_{outcome}" for kind in SECTIONS["received"] for outcome in SECTIONS["outcome"]}
    assert not pairs & codes
