"""What of a camera's last day is held: its gaps, where less was recorded, and since when there should be footage."""

from __future__ import annotations

from appliance.core.errors import Unavailable
from appliance.core.model import Camera, CameraState, Gap, Span
from appliance.rules.deadlines import DAY_NS
from appliance.services.cameras.book import CameraBook
from appliance.vault.ring.ring import Ring

__all__ = ["SILENT_NS", "HeldSpans"]

SILENT_NS = 10_000_000_000
"""A recorder that said nothing for so long is taken to be away."""


class HeldSpans:
    """Over the ring and the cameras in force."""

    def __init__(self, ring: Ring, cameras: CameraBook) -> None:
        self._ring, self._cameras = ring, cameras

    def of(self, camera: Camera, state: CameraState, now_ns: int) -> tuple[list[Gap], list[Gap], int]:
        """The last day's gaps, the time in which less was recorded, and the first instant held; nothing while the index
        does not answer."""
        ring = self._ring
        try:
            since_ns = max(now_ns - DAY_NS, self.expected_since(camera))
            gaps = ring.gaps_in(camera.camera_no, Span(since_ns, now_ns)) if now_ns > since_ns else []
            if state.state == "live" and gaps and gaps[-1].end_ns == now_ns and now_ns - gaps[-1].start_ns < SILENT_NS:
                gaps = gaps[:-1]  # what was recorded just now is not durable yet
            reduced = ring.reduced_in(camera.camera_no, Span(since_ns, now_ns)) if now_ns > since_ns else []
            earliest_ns = self.first_held_ns(camera.camera_no)
        except Unavailable:
            return [], [], 0
        return gaps, reduced, earliest_ns

    def expected_since(self, camera: Camera) -> int:
        """Since when there should be footage of a camera: since it came in force, or as long as footage of a version
        before it is held. Raises Unavailable."""
        begun_ns = self._cameras.registry.begun_ns(camera)
        return min(begun_ns, self.first_held_ns(camera.camera_no) or begun_ns)

    def first_held_ns(self, camera_no: str) -> int:
        """The first instant held of a camera, also of what is not closed yet; 0 for none. Raises Unavailable."""
        earliest_ns = self._ring.earliest(camera_no)
        if earliest_ns is not None:
            return earliest_ns
        openings = self._ring.index.openings(camera_no)
        return openings[0].start_ns if openings else 0
