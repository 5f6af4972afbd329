"""What there is of each camera, as the player's timeline and the list of gaps have it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.protocol.viewing import CameraTimelineView, Timeline
from appliance.web.i18n.messages import Messages
from appliance.web.i18n.roc_time import duration_text, moment_text
from appliance.web.pages.status.view import NOT_IN_FORCE, gap_text

__all__ = ["MOST_ROWS", "gap_rows", "lane_map", "seconds_from", "there_ns"]

MOST_ROWS = 300
"""More gaps than these are read off the timeline, not off a list."""


def seconds_from(timeline: Timeline) -> Callable[[int], float]:
    """Moments as the player has them: seconds from the grant's start."""
    return lambda ns: round((ns - timeline.start_ns) / 1e9, 6)


def lane_map(
    camera: CameraTimelineView, seconds: Callable[[int], float], cause_of: Callable[[str], str]
) -> dict[str, Any]:
    """Of one camera: spans and granted minutes [start, end]; gaps [start, end, cause, whether anything is missing];
    mixed [start, end, seconds missing, number of gaps]."""
    return {
        "granted": [[seconds(span.start_ns), seconds(span.end_ns)] for span in camera.granted],
        "spans": [[seconds(span.start_ns), seconds(span.end_ns)] for span in camera.spans],
        "gaps": [
            [seconds(gap.start_ns), seconds(gap.end_ns), cause_of(gap.cause), gap.cause != NOT_IN_FORCE]
            for gap in camera.gaps
        ],
        "mixed": [
            [seconds(each.start_ns), seconds(each.end_ns), round(each.missing_ns / 1e9, 3), each.count]
            for each in camera.mixed
        ],
    }


def there_ns(camera: CameraTimelineView) -> int:
    """How much footage there is of a camera."""
    whole = sum(span.end_ns - span.start_ns for span in camera.spans)
    return whole - sum(each.missing_ns for each in camera.mixed)


def gap_rows(timeline: Timeline, messages: Messages, lang: str) -> tuple[list[dict[str, str]], int]:
    """The list of gaps, in the order of time, and how many more there are; before a camera came in force nothing of it
    is missing."""
    found = [
        (gap.start_ns, camera.camera_no, gap)
        for camera in timeline.cameras
        for gap in camera.gaps
        if gap.cause != NOT_IN_FORCE
    ]
    more = sum(each.count for camera in timeline.cameras for each in camera.mixed) + max(0, len(found) - MOST_ROWS)
    rows = [
        {
            "camera_no": camera_no,
            "start": moment_text(gap.start_ns, lang, seconds=True),
            "end": moment_text(gap.end_ns, lang, seconds=True),
            "length": duration_text(gap.end_ns - gap.start_ns, lang),
            "cause": gap_text(messages, lang, gap),
        }
        for _, camera_no, gap in sorted(found, key=lambda each: each[:2])[:MOST_ROWS]
    ]
    return rows, more
