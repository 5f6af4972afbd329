"""Drawing masks, for the player: over footage that is open for masking, and only there. Custody judges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from appliance.core.errors import Refused
from appliance.keeper.context import Keeper
from appliance.keeper.rights import acting
from appliance.protocol.transport import Message, Reply
from appliance.rules.cases.facts import Case
from appliance.rules.cases.masks import Mask, Purpose
from appliance.rules.people import Role
from appliance.services.people.login import Seat
from appliance.services.viewing.grants import Grant

__all__ = ["VERBS", "mask_maps"]


def mask_maps(masks: Iterable[Mask]) -> list[dict[str, Any]]:
    """As the player is told of them."""
    return [dict(msgspec.structs.asdict(mask)) for mask in masks]


def _draw(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    mask = Mask(
        number=0,
        camera_no=str(arguments["camera_no"]),
        **{name: int(arguments[name]) for name in ("start_ns", "end_ns", "left", "top", "right", "bottom")},
    )
    grant, by = _drawing(keeper, arguments)
    with keeper.cases.lock:  # nobody says that they are complete while one is drawn
        scopes = _open_case(keeper, grant).masked_scopes
        keeper.masks.draw(str(arguments["act"]), by, grant.case, scopes, mask)
    return Reply({"masks": mask_maps(keeper.masks.of(grant.case))})


def _remove(keeper: Keeper, arguments: dict[str, Any], message: Message) -> Reply:
    grant, by = _drawing(keeper, arguments)
    with keeper.cases.lock:
        _open_case(keeper, grant)
        keeper.masks.remove(str(arguments["act"]), by, grant.case, int(arguments["mask"]))
    return Reply({"masks": mask_maps(keeper.masks.of(grant.case))})


def _drawing(keeper: Keeper, arguments: dict[str, Any]) -> tuple[Grant, Seat]:
    """The grant and who draws. Raises NotLoggedIn, NotFound, Refused where nothing is open for masking."""
    token = str(arguments["session"])
    grant = keeper.grants.get(token, str(arguments["grant"]))
    if grant.purpose is not Purpose.MASKING:
        raise Refused.of("masks-elsewhere")
    return grant, acting(keeper, arguments, {Role.OFFICER})


def _open_case(keeper: Keeper, grant: Grant) -> Case:
    """The case, while masks of it are drawn. Raises Refused once they are complete."""
    case = keeper.cases.file(grant.case).case
    if case.masks_drawn:
        raise Refused.of("masks-closed")
    return case


VERBS = {"masks.draw": _draw, "masks.remove": _remove}
