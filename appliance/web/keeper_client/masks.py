"""What the player asks the keeper about masks: a part of the link's methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.rules.cases.masks import Mask
from appliance.web.keeper_client.calls import KeeperCalls

__all__ = ["MaskAsks", "Masks"]


class Masks(msgspec.Struct, frozen=True, kw_only=True):
    """What lies over the pictures of a case after a mask was drawn or taken away."""

    masks: tuple[Mask, ...] = ()


class MaskAsks(KeeperCalls):
    """Of a grant that is open for masking."""

    async def draw_mask(self, session: str, grant: str, act: str, who: Mapping[str, Any], mask: Mask) -> Masks:
        """The number of ``mask`` is the keeper's to give."""
        fields = {name: value for name, value in msgspec.structs.asdict(mask).items() if name != "number"}
        return await self._ask("masks.draw", Masks, session=session, grant=grant, act=act, **fields, **who)

    async def remove_mask(self, session: str, grant: str, act: str, who: Mapping[str, Any], number: int) -> Masks:
        return await self._ask("masks.remove", Masks, session=session, grant=grant, act=act, mask=number, **who)
