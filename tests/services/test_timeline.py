"""What the player is told of a camera's granted minutes, and how much of it fits into an answer."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.model import Gap, Span, merge, subtract
from appliance.protocol.status import Gap as View
from appliance.protocol.transport import MAX_HEAD_BYTES
from appliance.protocol.viewing import CameraTimelineView, MixedView, StretchView, Timeline
from appliance.rules.deadlines import start_ns_of
from appliance.services.viewing.handlers import MOST_GAPS
from appliance.services.viewing.timeleft import ends_of
from appliance.services.viewing.timeline import CameraTimeline, coarsened, within

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
DAY = date(2026, 11, 30)
GRANTED = [Span(0, 3000 * SECOND), Span(3010 * SECOND, 9000 * SECOND)]


def timeline(gaps: list[tuple[int, int]], granted: list[Span] = GRANTED) -> CameraTimeline:
    """Of gaps in seconds; what is left of the granted minutes is footage."""
    merged = merge(Span(a * SECOND, b * SECOND) for a, b in gaps)
    inside = [part for each in merged for whole in granted if (part := each.intersect(whole))]
    found = [Gap(camera_no="C1", start_ns=each.start_ns, end_ns=each.end_ns, cause="stalled") for each in inside]
    return CameraTimeline([part for whole in granted for part in subtract(whole, inside)], found, [])


_GAPS = st.lists(
    st.tuples(st.integers(0, 8990), st.integers(1, 60)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=300
)


@given(gaps=_GAPS, most=st.integers(2, 40))
def test_a_coarse_timeline_is_bounded_and_hides_no_loss(gaps: list[tuple[int, int]], most: int) -> None:
    whole = timeline(gaps)
    found, mixed = coarsened(whole, GRANTED, most)
    assert len(found.gaps) + len(mixed) <= max(most, len(GRANTED))
    lost = sum(gap.end_ns - gap.start_ns for gap in whole.gaps)
    assert lost == sum(gap.end_ns - gap.start_ns for gap in found.gaps) + sum(each.missing_ns for each in mixed)
    assert len(whole.gaps) == len(found.gaps) + sum(each.number for each in mixed)
    told = [*(Span(gap.start_ns, gap.end_ns) for gap in found.gaps), *(each.span for each in mixed)]
    assert merge([*found.spans, *told]) == GRANTED, "every granted moment is told of, and none beyond"
    for gap in whole.gaps:
        assert any(each.contains(Span(gap.start_ns, gap.end_ns)) for each in told)
    for each in mixed:
        assert any(span.contains(each.span) for span in found.spans)


def test_what_fits_is_told_as_it_is() -> None:
    whole = timeline([(10, 11), (13, 14), (100, 400)])
    assert coarsened(whole, GRANTED, 3) == (whole, [])


def test_the_finer_the_window_the_finer_it_is_told() -> None:
    whole = timeline([(at, at + 1) for at in range(0, 9000, 3)])
    _, mixed = coarsened(whole, GRANTED, 50)
    assert mixed
    window = Span(300 * SECOND, 330 * SECOND)
    found, none = coarsened(within(whole, window), GRANTED, 50)
    assert none == []
    assert [(gap.start_ns // SECOND, gap.end_ns // SECOND) for gap in found.gaps][:2] == [(300, 301), (303, 304)]
    assert all(window.contains(span) for span in found.spans)


@pytest.mark.parametrize("cameras", [9, 40])
def test_a_month_with_a_gap_every_minute_fits_into_an_answer(cameras: int) -> None:
    month = [Span(0, 30 * 86_400 * SECOND)]
    whole = timeline([(minute * 60, minute * 60 + 2 + minute % 3) for minute in range(30 * 1440)], month)
    found, mixed = coarsened(whole, month, MOST_GAPS // cameras)
    later = start_ns_of(DAY)
    views = tuple(
        CameraTimelineView(
            camera_no=f"B1-{number:02}",
            location="地下一樓機房外走道",
            granted=(StretchView(later, later + month[0].end_ns),),
            spans=tuple(StretchView(later + span.start_ns, later + span.end_ns) for span in found.spans),
            gaps=tuple(View(later + gap.start_ns, later + gap.end_ns, gap.cause) for gap in found.gaps),
            mixed=tuple(MixedView(later + span.start_ns, later + span.end_ns, ns, count) for span, ns, count in mixed),
        )
        for number in range(cameras)
    )
    answer = Timeline(case="調-民-113-0001", start_ns=later, end_ns=later + month[0].end_ns, cameras=views)
    assert len(msgspec.json.encode(answer)) < MAX_HEAD_BYTES


# --- what it runs up to ---


def _told(on: date | None, until: str, left: int, now_ns: int, **more: bool) -> list[tuple[str, float]]:
    more.setdefault("round_the_clock", False)
    return [(end.by, end.left_seconds / 3600) for end in ends_of(on, until, left, now_ns, **more)]


def test_a_viewing_runs_up_to_its_hours_the_end_of_the_day_and_that_of_the_log_in() -> None:
    now_ns = start_ns_of(DAY) + 14 * HOUR
    assert _told(DAY, "15:30", 7 * HOUR, now_ns) == [("booked", 1.5), ("day", 4.0), ("login", 7.0)]
    assert _told(DAY, "15:30", 2 * HOUR, now_ns + 2 * HOUR) == [("booked", -0.5), ("login", 2.0), ("day", 2.0)]


def test_a_training_office_ends_at_midnight_and_keeps_no_hours_and_masks_are_drawn_on_no_day() -> None:
    now_ns = start_ns_of(DAY) + 14 * HOUR
    assert _told(DAY, "15:30", 7 * HOUR, now_ns, round_the_clock=True) == [("login", 7.0), ("day", 10.0)]
    assert _told(DAY, "", 7 * HOUR, now_ns) == [("day", 4.0), ("login", 7.0)]
    assert _told(None, "", 7 * HOUR, now_ns) == [("login", 7.0)]
