"""The error with which a source says that its camera is lost."""

from __future__ import annotations

from collections.abc import Collection

from appliance.api import CameraLost, redact

__all__ = ["lost", "no_pi_camera"]


def lost(name: str, why: str, secrets: Collection[str], *, seconds: float = 0, what: str = "") -> CameraLost:
    """``name``: what people know the camera's stream by; ``why``: a code of the catalogue (``camera-…``) or a library's
    own words. Neither repeats one of ``secrets``."""
    if not why.startswith("camera-"):
        why, what = "camera-unread", redact(why, secrets)
    more = {"what": what} if what else {"seconds": f"{seconds:.3g}"}
    return CameraLost.of(why, url=redact(name, secrets), **more)


def no_pi_camera(program: str, wanted: str, found: Collection[str]) -> CameraLost:
    """``found``: what ``program`` lists instead, or says."""
    there = ", ".join(found) or "-"
    if wanted:
        return CameraLost.of("camera-pi-other", program=program, wanted=wanted, found=there)
    return CameraLost.of("camera-pi-none", program=program, found=there)
