"""Spans as sets of nanoseconds; records decode strictly."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.model import Camera, Registry, Span, from_json, from_wire, merge, subtract, to_json, to_wire

spans = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


def points(parts: list[Span]) -> set[int]:
    return {at for part in parts for at in range(part.start_ns, part.end_ns)}


@given(st.lists(spans))
def test_merging_changes_no_point_and_leaves_no_touching_spans(parts: list[Span]) -> None:
    merged = merge(parts)
    assert points(merged) == points(parts)
    assert all(a.end_ns < b.start_ns for a, b in itertools.pairwise(merged))


@given(spans, st.lists(spans))
def test_what_is_left_and_what_was_taken_make_the_whole(whole: Span, parts: list[Span]) -> None:
    left = subtract(whole, parts)
    assert points(left) == points([whole]) - points(parts)
    assert all(part.start_ns < part.end_ns for part in left)


@given(spans, spans)
def test_overlap_is_a_shared_point(one: Span, other: Span) -> None:
    shared = points([one]) & points([other])
    assert one.overlaps(other) is bool(shared)
    met = one.intersect(other)
    assert (points([met]) if met else set()) == shared
    assert one.contains(other) is (points([other]) <= points([one]))


def test_joining_bridges_only_what_it_may() -> None:
    parts = [Span(0, 10), Span(12, 20), Span(25, 30)]
    assert merge(parts, join_ns=2) == [Span(0, 20), Span(25, 30)]


def test_records_survive_both_encodings_and_refuse_what_they_do_not_know() -> None:
    registry = Registry(
        version=3,
        since_ns=7,
        cameras=(Camera(camera_no="01", location="大廳", source="testcard", settings={"fps": 5}),),
    )
    assert from_wire(to_wire(registry), Registry) == registry
    assert from_json(to_json(registry), Registry) == registry
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        from_json(b'{"version":1,"since_ns":0,"cameras":[],"floor":1}', Registry)


def test_canonical_json_does_not_depend_on_the_order_of_making() -> None:
    assert (
        to_json({"b": 1, "a": {"d": 2, "c": 3}})
        == to_json({"a": {"c": 3, "d": 2}, "b": 1})
        == b'{"a":{"c":3,"d":2},"b":1}'
    )
