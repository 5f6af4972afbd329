"""Masks as the player draws and removes them. Everything is the keeper's to judge; web keeps nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from appliance.core.errors import Refused, UsageError
from appliance.core.motion import KeyPosition
from appliance.protocol.viewing import DRAW_MASK, REMOVE_MASK, DrawMask, Masks, RemoveMask
from appliance.rules.cases.masks import Mask
from appliance.web.forms.body import read_form
from appliance.web.forms.form_data import act_of
from appliance.web.http.request_context import SITE, visit_of
from appliance.web.http.seats import who_acts

__all__ = ["EDGES", "draw", "mask_maps", "remove"]

EDGES = ("left", "top", "right", "bottom")
_TIMES = ("start_ns", "end_ns")


def mask_maps(masks: Iterable[Mask]) -> list[dict[str, Any]]:
    """As the player reads them: permille, and nanoseconds as text (2^53 is too small)."""
    return [
        msgspec.structs.asdict(mask)
        | {name: str(getattr(mask, name)) for name in _TIMES}
        | {"positions": [[str(each.at_ns), *each.rectangle] for each in mask.positions]}
        for mask in masks
    ]


async def draw(request: web.Request) -> web.Response:
    """Draws one, or draws one anew; answers with all that stand, or with what is wrong in words."""
    visit, posted = visit_of(request), await read_form(request)
    try:
        asked = DrawMask(
            session=visit.token,
            act=act_of(posted),
            grant=request.match_info["grant"],
            device=visit.device,
            camera_no=str(posted.get("camera_no", ""))[:64],
            start_ns=_number(posted, "start_ns"),
            end_ns=_number(posted, "end_ns"),
            left=_number(posted, "left"),
            top=_number(posted, "top"),
            right=_number(posted, "right"),
            bottom=_number(posted, "bottom"),
            positions=_positions(posted),
            replaces=_number(posted, "replaces") if "replaces" in posted else 0,
            **who_acts(posted),
        )
        found = await request.app[SITE].keeper.ask(DRAW_MASK, asked)
    except (UsageError, Refused) as error:
        return _wrong(request, error)
    return _answer(found)


async def remove(request: web.Request) -> web.Response:
    """Takes one away; that it was there stays in the ledger."""
    visit, posted = visit_of(request), await read_form(request)
    try:
        asked = RemoveMask(
            session=visit.token,
            act=act_of(posted),
            grant=request.match_info["grant"],
            device=visit.device,
            mask=_number(posted, "mask"),
            **who_acts(posted),
        )
        found = await request.app[SITE].keeper.ask(REMOVE_MASK, asked)
    except (UsageError, Refused) as error:
        return _wrong(request, error)
    return _answer(found)


def _answer(found: Masks) -> web.Response:
    return web.json_response({"masks": mask_maps(found.masks)})


def _wrong(request: web.Request, error: UsageError | Refused) -> web.Response:
    """What the person is told beside the form; 400 for what is refused as well: 403 would end it for the player."""
    words = request.app[SITE].messages.said_or_quoted(error, visit_of(request).lang)
    return web.json_response({"code": error.code, "message": words}, status=400)


def _positions(posted: Mapping[str, Any]) -> tuple[KeyPosition, ...]:
    """``moment left top right bottom``, a comma between two of them; empty where nothing moves."""
    text = str(posted.get("positions", ""))
    found = [each.split(" ") for each in text.split(",")] if text else []
    if any(len(each) != 1 + len(EDGES) for each in found):
        raise UsageError.of("mask-number", name="positions")
    return tuple(KeyPosition(*(_whole(part, "positions") for part in each)) for each in found)


def _number(posted: Mapping[str, Any], name: str) -> int:
    return _whole(str(posted.get(name, "")), name)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise UsageError.of("mask-number", name=name)
    return int(text)
