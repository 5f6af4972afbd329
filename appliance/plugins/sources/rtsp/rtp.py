"""From RTP packets to pictures and sound as the camera encoded them. Pure; ``source.py`` reads with it."""

from __future__ import annotations

from appliance.plugins.sources.rtsp.depacketizer import Depacketizer
from appliance.plugins.sources.rtsp.sdp import Media
from appliance.plugins.sources.rtsp.sound_payload import Aac, WholeFrames
from appliance.plugins.sources.rtsp.video_payload import H264, Hevc

__all__ = ["Depacketizer", "depacketizer"]

_KINDS: dict[str, type[Depacketizer]] = {
    "h264": H264, "hevc": Hevc, "aac": Aac, "pcm_alaw": WholeFrames, "pcm_mulaw": WholeFrames, "opus": WholeFrames
}  # fmt: skip


def depacketizer(media: Media) -> Depacketizer:
    """The right one for ``media``'s codec."""
    return _KINDS[media.stream.codec](media)
