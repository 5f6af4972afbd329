"""Is the picture as large and as frequent as it is registered? The look of the check ``stream``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from appliance.api import PictureVitals, Sign
from appliance.plugins.checks.picture.cells import Usual

__all__ = ["look"]


def look(vitals: PictureVitals, settings: Mapping[str, float], memory: MutableMapping[str, Any]) -> Iterator[Sign]:
    height, width = vitals.picture.luma.shape
    registered = vitals.registered
    pixels = width * height
    wanted = registered.width * registered.height or memory.get("pixels", pixels)
    memory["pixels"] = max(wanted, pixels)
    note = f"{width} x {height}"
    yield Sign("picture-small", pixels < wanted, float(pixels), float(wanted), "pixels", note)
    if not vitals.rate_fps:
        return
    usual: Usual = memory.setdefault("rate", Usual())
    known = registered.fps or usual.value
    if known is None:
        usual.keep(vitals.rate_fps)
        return
    limit = settings["rate_share"] * float(known)
    slow = vitals.rate_fps < limit
    yield Sign("picture-slow", slow, vitals.rate_fps, limit, "pictures/s")
    if not slow:
        usual.keep(vitals.rate_fps)
