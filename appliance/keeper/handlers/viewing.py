"""Viewings, for pages and the player. Each verb names the session; custody judges, this only carries."""

from __future__ import annotations

import contextlib
from typing import Any

from appliance.core.errors import NotAllowed, NotFound, NotLoggedIn, UsageError
from appliance.core.model import Span
from appliance.keeper.context import Keeper
from appliance.keeper.handlers.mask import mask_maps
from appliance.keeper.heldspans import first_in_force_ns, gap_fields
from appliance.protocol.transport import Message, Reply
from appliance.rules.cases.masks import Purpose
from appliance.rules.cases.rows import Event
from appliance.services.cases.casefile import viewers_of
from appliance.services.cases.visibility import visible_key
from appliance.services.people.login import Session
from appliance.services.viewing.grants import BY_PEOPLE, FILMING_SEEN, Grant

__all__ = ["VERBS"]


def _session(keeper: Keeper, arguments: dict[str, Any]) -> Session:
    return keeper.logins.session(str(arguments["session"]), active=bool(arguments.get("active", True)))


def _grant(keeper: Keeper, arguments: dict[str, Any]) -> Grant:
    active = bool(arguments.get("active", True))
    return keeper.grants.get(str(arguments["session"]), str(arguments["grant"]), active=active)


_FILMED = "閱覽中發現拍攝，即停止播放"
"""The note of the interruption, and 拍攝情形 on the papers until the end of the viewing says how it was dealt with."""


# --- viewing ---


def _open(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    seat, case = arguments.get("seat"), str(arguments["case"])
    session = _session(keeper, arguments)
    try:
        key = visible_key(keeper.cases, session, case)
    except NotFound:
        keeper.grants.refuse_unseen(session, case)
        raise
    grant = keeper.grants.open(
        str(arguments["session"]),
        key,
        str(arguments["password"]),
        seat=None if seat is None else int(seat),
        purpose=_purpose(str(arguments.get("purpose", Purpose.VIEWING))),
    )
    return Reply({"grant": grant.grant_id, "cameras": sorted(grant.spans)})


def _purpose(text: str) -> Purpose:
    found = next((each for each in Purpose if each == text), None)
    if found is None:
        raise UsageError(f"viewing: footage is opened for no {text[:20]!r}; one of {', '.join(Purpose)}")
    return found


def _timeline(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    grant = _grant(keeper, arguments)
    locations = keeper.cameras.locations()
    cameras = [
        {
            "camera_no": camera_no,
            "location": locations.get(camera_no, ""),
            "spans": [{"start_ns": span.start_ns, "end_ns": span.end_ns} for span in found.spans],
            "gaps": gap_fields(found.gaps, first_in_force_ns(keeper, camera_no)),
            "corrected": [
                {"start_ns": part.start_ns, "end_ns": part.end_ns, "by_ns": by_ns} for part, by_ns in found.corrected
            ],
        }
        for camera_no, found in sorted(keeper.playback.timeline(grant).items())
    ]
    spans = [span for asked in grant.spans.values() for span in asked]
    session, file = _session(keeper, arguments), keeper.cases.file(grant.case)
    masking = grant.purpose is Purpose.MASKING
    masks = keeper.masks.of(grant.case) if masking else grant.masks
    return Reply(
        {
            "case": grant.case,
            "purpose": grant.purpose,
            "masks": None if masks is None else mask_maps(masks),
            "drawn": file.case.masks_drawn,
            "number": file.case.number,
            "start_ns": min(span.start_ns for span in spans),
            "end_ns": max(span.end_ns for span in spans),
            "cameras": cameras,
            "viewers": [] if masking else viewers_of(file),
            "attending": [seat.display for seat in session.seats],
        }
    )


def _media(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    media = keeper.playback.media(
        _grant(keeper, arguments),
        str(arguments["camera_no"]),
        int(arguments["start_ns"]),
        float(arguments["seconds"]),
        [str(codec) for codec in arguments["video_codecs"]],
    )
    head = {"start_ns": media.start_ns, "end_ns": media.end_ns, "mime": media.mime, "next_ns": media.next_ns}
    return Reply(head, media.blocks)


def _key(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    picture = keeper.playback.key(_grant(keeper, arguments), str(arguments["camera_no"]), int(arguments["at_ns"]))
    return Reply({"at_ns": picture.at_ns}, picture.jpeg)


def _shown(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    spans = []
    for span in arguments["spans"]:
        start_ns, end_ns = int(span["start_ns"]), int(span["end_ns"])
        if start_ns >= end_ns:
            raise UsageError("report: a span that ends before it starts")
        spans.append((str(span["camera_no"]), Span(start_ns, end_ns)))
    try:
        grant = _grant(keeper, arguments)
    except (NotLoggedIn, NotFound):
        if not keeper.late_reports.take(str(arguments["grant"]), spans):
            raise
        return Reply({})
    keeper.playback.shown(grant, spans)
    return Reply({})


def _here(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Whether the viewing still lives, for a player that shows pictures it has already. The caller says no activity."""
    _grant(keeper, arguments)
    return Reply({})


def _end(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    """Ends the viewing. Filming interrupts its case too: then only the unit head's word lets it go on (``AT-42``)."""
    filming, grant_id = arguments.get("reason") == "filming", str(arguments["grant"])
    grant = _living(keeper, arguments) if filming else None
    keeper.grants.end(str(arguments["session"]), grant_id, FILMING_SEEN if filming else BY_PEOPLE)
    if grant is not None:
        with contextlib.suppress(NotAllowed):  # somebody interrupted or locked the case in the same moment
            keeper.cases.system(grant.case, Event.INTERRUPT, {"viewing": {"filmed": True}, "reason": _FILMED})
        people = [seat.display for seat in _session(keeper, arguments).seats]
        keeper.registers.alarm(
            f"{grant_id}-filming",
            "filming",
            f"案件 {grant.case}：閱覽中發現拍攝",
            [(camera_no, span) for camera_no, spans in sorted(grant.spans.items()) for span in spans],
            people,
        )
    return Reply({})


def _living(keeper: Keeper, arguments: dict[str, Any]) -> Grant | None:
    """None once it ended: then whoever ended it said why."""
    try:
        return _grant(keeper, arguments)
    except NotFound:
        return None


VERBS = {
    "viewing.open": _open,
    "viewing.timeline": _timeline,
    "viewing.media": _media,
    "viewing.key": _key,
    "viewing.shown": _shown,
    "viewing.here": _here,
    "viewing.end": _end,
}
