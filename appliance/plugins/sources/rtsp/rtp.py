"""From RTP packets to pictures and sound as the camera encoded them. Pure; ``source.py`` reads with it."""

from __future__ import annotations

from appliance.api import Packet
from appliance.plugins.sources.rtsp.depacketizer import Depacketizer, OutOfOrder
from appliance.plugins.sources.rtsp.h264_payload import H264
from appliance.plugins.sources.rtsp.hevc_payload import Hevc
from appliance.plugins.sources.rtsp.sdp import Media
from appliance.plugins.sources.rtsp.sound_payload import Aac, Latm, WholeFrames

__all__ = ["Depacketizer", "OutOfOrder", "SharedChannel", "depacketizer"]

_KINDS: dict[str, type[Depacketizer]] = {
    "h264": H264, "hevc": Hevc, "aac": Aac, "pcm_alaw": WholeFrames, "pcm_mulaw": WholeFrames,
    "pcm_s16be": WholeFrames, "opus": WholeFrames, "adpcm_g726": WholeFrames, "adpcm_g726le": WholeFrames
}  # fmt: skip


def depacketizer(media: Media) -> Depacketizer:
    """The right one for ``media``'s codec."""
    return Latm(media) if media.latm else _KINDS[media.stream.codec](media)


class SharedChannel:
    """Picture and sound that a camera sends on one channel: their types of payload tell them apart."""

    def __init__(self, streams: tuple[Depacketizer | SharedChannel, ...]) -> None:
        self._streams = streams

    def takes(self, payload_type: int) -> bool:
        return any(stream.takes(payload_type) for stream in self._streams)

    def inside(self, data: bytearray, at: int, fill: int, channel: int) -> int:
        return at

    def feed(self, data: bytearray, at: int, end: int, out: list[Packet]) -> None:
        if end - at < 2:
            return
        payload_type = data[at + 1] & 0x7F
        stream = next((each for each in self._streams if each.takes(payload_type)), self._streams[0])
        stream.feed(data, at, end, out)
