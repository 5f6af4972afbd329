"""Made-up figures of statements and certificates for the keeper's double, put together by the recorder's own rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from appliance.core.clock import SLOT_NS
from appliance.core.errors import NotFound
from appliance.core.model import Gap
from appliance.rules.deadlines import DAY_NS, start_ns_of
from appliance.rules.policy import Policy
from appliance.rules.statement import CameraFigures, Certificate, DayFigures, Lost, state_statement

__all__ = ["DONE", "ORDERED", "ORDERED_BUCKETS", "certificate_of", "statement_of"]

SECOND = 1_000_000_000
DONE, ORDERED = 70, 84
ORDERED_BUCKETS = [f"{number:032x}" for number in (0x5D0C_91AA, 0x7F3E_0B12)]
_BUCKET_BYTES = 217_500_000


def statement_of(cameras: Sequence[tuple[str, str]], text: str) -> dict[str, Any]:
    """A day's statement as the keeper gives it. That of 27 September is late, with an ordered destruction and gaps."""
    day = date.fromisoformat(text)
    eventful = text == "2024-09-27"
    start_ns = start_ns_of(day)
    numbers = [camera_no for camera_no, _ in cameras]
    old_ns = start_ns - 46 * DAY_NS
    routine = [
        Lost(camera_no, old_ns + n * SLOT_NS, old_ns + (n + 1) * SLOT_NS, _BUCKET_BYTES)
        for camera_no in numbers[:-1]
        for n in range(144)
    ]
    parts = 3 if eventful else 1
    certificates = [
        Certificate(DONE + 2 * n, DONE + 2 * n - 1, "routine", "file: best effort", routine[n::parts])
        for n in range(parts)
    ]
    if eventful:
        year_ns = start_ns - 365 * DAY_NS + 50_400 * SECOND
        ordered = [
            Lost(numbers[0], year_ns + n * SLOT_NS, year_ns + (n + 1) * SLOT_NS, _BUCKET_BYTES) for n in range(2)
        ]
        certificates.append(Certificate(ORDERED, ORDERED - 1, "hold 113-0002", "file: best effort", ordered))
    at_ns = start_ns + DAY_NS + (2 * DAY_NS if eventful else 0) + 1_203 * SECOND
    figures = DayFigures(
        day=day,
        at_ns=at_ns,
        policy=Policy(),
        cameras=[_camera(camera_no, n, day, eventful) for n, camera_no in enumerate(numbers)],
        certificates=certificates,
        steps=[(66, -73 * SECOND)] if eventful else [],
        forecast_days=None if eventful else 51.5,
    )
    fields = msgspec.to_builtins(state_statement(figures))
    return {"entry": 90, "at_ns": at_ns + 60_000_000, "fields": fields}


def _camera(camera_no: str, number: int, day: date, eventful: bool) -> CameraFigures:
    held = 12 if number == 3 else 45
    dates = [day - timedelta(days=ago) for ago in range(held)]
    gaps: list[Gap] = []
    if number and (eventful or number == 1):
        start_ns = start_ns_of(day) + (29_000 + 1_731 * number) * SECOND
        gaps = [
            Gap(camera_no=camera_no, start_ns=start_ns, end_ns=start_ns + 240 * SECOND, cause="power-cut"),
            Gap(
                camera_no=camera_no, start_ns=start_ns + 7_200 * SECOND, end_ns=start_ns + 7_263 * SECOND, cause="lost"
            ),
        ]
    since = day - timedelta(days=12 if number == 3 and not eventful else 300)
    return CameraFigures(camera_no, dates, gaps, int(eventful and number == 2), since)


def certificate_of(done: int, bucket: str) -> dict[str, Any]:
    """The certificate of the ordered destruction; any other number is the routine one's."""
    at_ns = start_ns_of(date(2024, 9, 27)) + 9_003 * SECOND
    first_ns = at_ns - 365 * DAY_NS
    items = [
        {"bucket_id": bucket_id, "camera_no": "1-01", "start_ns": first_ns + n * SLOT_NS,
         "end_ns": first_ns + (n + 1) * SLOT_NS, "bytes": _BUCKET_BYTES}
        for n, bucket_id in enumerate(ORDERED_BUCKETS)
    ]  # fmt: skip
    if bucket:
        items = [item for item in items if item["bucket_id"] == bucket]
        if not items:
            raise NotFound(f"bucket {bucket}: is not in the certificate of entry {done}")
    fields = {"intent": done - 1, "buckets": ORDERED_BUCKETS, "strength": "file: best effort", "generation": 61}
    if done == DONE:
        fields["lost"] = ORDERED_BUCKETS[:1]
    judged = {"now_ns": at_ns, "floor_days": 31}
    intent = {"buckets": ORDERED_BUCKETS, "reason": "hold 113-0002" if done == ORDERED else "routine", "judged": judged}
    return {
        "done": {"entry": done, "at_ns": at_ns + SECOND, "fields": fields, "leaf": "cd" * 32},
        "intent": {"entry": done - 1, "at_ns": at_ns, "fields": intent, "leaf": "ef" * 32},
        "day": "2024-09-27",
        "cameras": [
            {"camera_no": "1-01", "buckets": len(items), "bytes": sum(item["bytes"] for item in items),
             "first_ns": items[0]["start_ns"], "last_ns": items[-1]["end_ns"]}
        ],
        "items": items,
        "closed": {"entry": 12, "at_ns": first_ns, "sha256": "12" * 32} if bucket else None,
    }  # fmt: skip
