"""The error with which a source says that its camera is lost."""

from __future__ import annotations

from collections.abc import Collection

from appliance.api import CameraLost, redact

__all__ = ["lost"]


def lost(name: str, why: str, secrets: Collection[str], *, seconds: float = 0) -> CameraLost:
    """``name``: what people know the camera's stream by; ``why``: a code of the catalogue (``camera-…``) or English
    words. Neither repeats one of ``secrets``."""
    if why.startswith("camera-"):
        return CameraLost.of(why, url=redact(name, secrets), seconds=f"{seconds:g}")
    return CameraLost(redact(f"{name}: {why}", secrets))
