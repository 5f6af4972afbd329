"""What web may type for each event: the table is whole, names real fields, and asks for all that a guard looks at."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from appliance.rules.cases import views
from appliance.rules.cases.judging import TABLES
from appliance.rules.cases.rows import Event
from appliance.rules.cases.typed import TAKES, CaseTyped

GUARDS = Path(views.__file__).parent
FOUND_OUT = {
    "doc_no_of",
    "letter_word",
    "rectify_again",
    "rectify_old",
    "rectify_parties",
    "rectify_stale",
    "rectify_swaps",
    "rectify_waiting",
    "number",
    "policy",
    "filed_ns",
    "section",
    "managing_section",
    "existence",
    "former_is",
    "linked",
    "overlap_secret",
    "masks_lacking",
    "days_off",
    "roster",
    "cells",
}


def test_every_event_says_what_it_takes_and_takes_nothing_unknown() -> None:
    assert set(TAKES) == set(Event)
    for event, names in TAKES.items():
        assert len(set(names)) == len(names), event
        assert set(names) <= set(CaseTyped.__struct_fields__) - {"double", "words"}, event


def test_what_a_guard_looks_at_is_typed_for_some_event_or_found_out() -> None:
    looked_at = {
        name for file in GUARDS.glob("guards_*.py") for name in re.findall(r"facts\.([a-z_]+)", file.read_text("utf-8"))
    }
    typed = {name for names in TAKES.values() for name in names}
    assert looked_at <= typed | FOUND_OUT


def test_only_events_of_the_tables_take_anything() -> None:
    assert {row.event for table in TABLES.values() for row in table} == set(TAKES)


def test_what_is_told_is_read_back_as_it_was() -> None:
    whole = views.CaseView(
        case="115-0001",
        ranges=(
            views.AskedRange(no=0, camera_no="C1", start_ns=1, end_ns=2, ruled=views.RangeDecision(outcome="granted")),
        ),
        possible=(
            views.PossibleEvent(
                event="grant",
                row="C10a",
                seats=(
                    views.SeatsAnswer(
                        seat=1, person="wu", refused=views.RefusalView(event="grant", why="role", missing=("director",))
                    ),
                ),
            ),
        ),
    )
    packed = msgspec.msgpack.encode(msgspec.to_builtins(whole) | {"later": 1})
    assert msgspec.convert(msgspec.msgpack.decode(packed), views.CaseView) == whole
