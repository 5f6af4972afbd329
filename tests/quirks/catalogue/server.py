"""Servers that are not ours."""

from __future__ import annotations

from tests.quirks.accounts import Guard
from tests.quirks.script import Quirk, Script

G = "server"


def rows() -> list[Quirk]:
    account = {"account": lambda: Guard(())}
    vlc = {"server": "vlc", "plain": True, "seconds": 16.0}
    return [
        Quirk("gstreamer-h264", G, "GStreamer's server, H.264", "", Script(server="gst")),
        Quirk("gstreamer-h264-alaw", G, "GStreamer's server, H.264 and G.711", "", Script(server="gst", sound="alaw")),
        Quirk("gstreamer-hevc-aac", G, "GStreamer's server, H.265 and AAC", "",
              Script(server="gst", film="hevc", sound="aac")),
        Quirk("gstreamer-mjpeg-ulaw", G, "GStreamer's server, MJPEG and G.711", "",
              Script(server="gst", film="mjpeg", sound="ulaw")),
        Quirk("gstreamer-slices", G, "GStreamer's server, four slices a picture", "",
              Script(server="gst", film="h264-slices")),
        Quirk("gstreamer-account", G, "GStreamer's server with an account", "", Script(server="gst", **account)),
        Quirk("vlc-h264", G, "VLC as a server, H.264; it has no TCP", "scottlamb/retina#103", Script(**vlc)),
        Quirk("vlc-hevc", G, "VLC as a server, H.265; it has no TCP", "", Script(film="hevc", **vlc)),
    ]  # fmt: skip
