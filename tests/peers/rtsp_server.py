#!/usr/bin/python3
"""A camera that does as it is told: GStreamer's RTSP server on 127.0.0.1, fed with the access units of clips.

Runs under the system's Python, which has GStreamer's bindings::

    rtsp_server.py [--account USER:PASSWORD] MOUNT=CLIP_DIRECTORY ...

Prints one line ``{"port": N}`` once it serves ``rtsp://127.0.0.1:N/MOUNT``. Then reads commands, one a line, and
answers each with ``ok``::

    stall-video MOUNT      no more pictures; sound, RTSP and RTCP go on
    stall MOUNT            no more packets; RTSP and RTCP go on
    go MOUNT               on with it, at the present moment
    garbage MOUNT COUNT    the next COUNT access units are bytes that mean nothing
    clip MOUNT DIRECTORY   from the next key frame on another clip: the camera changes its resolution
    drop MOUNT             closes the connections of all clients
    quit
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

TICK_MS = 10
BYTE_STREAM = "stream-format=byte-stream,alignment=au"
VIDEO = {
    "h264": (f"video/x-h264,{BYTE_STREAM}", "rtph264pay config-interval=0", 96),
    "hevc": (f"video/x-h265,{BYTE_STREAM}", "rtph265pay config-interval=0", 96),
    "mjpeg": ("image/jpeg,width={},height={}", "rtpjpegpay", 26),
}
GARBAGE = b"\x00\x00\x00\x01" + bytes((at * 73 + 5) & 0xFF for at in range(3000))


def unpack(path: Path) -> list[bytes]:
    data, at, units = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        units.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return units


class Clip:
    def __init__(self, directory: Path) -> None:
        about = json.loads((directory / "clip.json").read_text())
        self.codec = about["codec"]
        self.size = about.get("size", "0x0").split("x")
        self.video = unpack(directory / "video.bin")
        self.video_ns = Gst.SECOND // about["fps"]
        self.audio = unpack(directory / "audio.bin") if about["audio"] else []
        self.audio_ns = about["samples"] * Gst.SECOND // about["rate"] if about["audio"] else 0
        self.sound = self._sound(about) if about["audio"] else ""

    def _sound(self, about: dict) -> str:
        rate = about["rate"]
        caps, pay = {
            "aac": (
                "audio/mpeg,mpegversion=4,stream-format=raw,framed=true,channels=1,"
                f"rate={rate},codec_data=(buffer){about['audio_extradata']}",
                "rtpmp4gpay",
            ),
            "pcm_alaw": (f"audio/x-alaw,rate={rate},channels=1", "rtppcmapay"),
            "pcm_mulaw": (f"audio/x-mulaw,rate={rate},channels=1", "rtppcmupay"),
            "opus": (f"audio/x-opus,rate={rate},channels=1,channel-mapping-family=0", "rtpopuspay"),
        }[about["audio"]]
        number = {"pcm_alaw": 8, "pcm_mulaw": 0}.get(about["audio"], 97)
        return f'appsrc name=audio is-live=true format=time caps="{caps}" ! {pay} name=pay1 pt={number} '


class Mount:
    """One path of the server; its media lives from its first client to its last."""

    def __init__(self, directory: Path, account: str) -> None:
        self.clip = Clip(directory)
        self.next_clip: Clip | None = None
        self.stalled = self.video_stalled = False
        self.garbage = 0
        self.media: dict | None = None
        self.factory = GstRtspServer.RTSPMediaFactory()
        caps, pay, number = VIDEO[self.clip.codec]
        self.factory.set_launch(
            f'( appsrc name=video is-live=true format=time max-bytes=8000000 caps="{caps.format(*self.clip.size)}"'
            f" ! {pay} name=pay0 pt={number} mtu=1400 {self.clip.sound})"
        )
        self.factory.set_shared(True)
        if account:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            self.factory.set_permissions(permissions)
        self.factory.connect("media-configure", self.configure)

    def configure(self, _factory: object, media: object) -> None:
        element = media.get_element()
        media_state = {
            "video": element.get_by_name("video"),
            "audio": element.get_by_name("audio"),
            "videos": 0,
            "audios": 0,
            "offset": 0,
            "start": None,
            "ended": False,
        }
        media.connect("unprepared", lambda _media: media_state.update(ended=True))
        self.media = media_state

    def tick(self, now: float) -> None:
        media = self.media
        if not media or media["ended"]:
            return
        if media["start"] is None:
            media["start"] = now
        media_ns = int((now - media["start"]) * 1e9)
        self._push_videos(media, media_ns)
        while media["audio"] and media["audios"] * self.clip.audio_ns <= media_ns:
            frame = self.clip.audio[media["audios"] % len(self.clip.audio)]
            if not self.stalled:
                self._push(media, "audio", frame, media["audios"] * self.clip.audio_ns, self.clip.audio_ns)
            media["audios"] += 1

    def _push_videos(self, media: dict, media_ns: int) -> None:
        while media["videos"] * self.clip.video_ns <= media_ns:
            at = media["videos"] - media["offset"]
            if self.next_clip and at % len(self.clip.video) == 0:
                self.clip, self.next_clip = self.next_clip, None
                media["offset"], at = media["videos"], 0
            unit = self.clip.video[at % len(self.clip.video)]
            if self.garbage:
                self.garbage -= 1
                unit = GARBAGE
            if not self.stalled and not self.video_stalled:
                self._push(media, "video", unit, media["videos"] * self.clip.video_ns, self.clip.video_ns)
            media["videos"] += 1

    def _push(self, media: dict, name: str, data: bytes, pts: int, duration: int) -> None:
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = buffer.dts = pts
        buffer.duration = duration
        if media[name].emit("push-buffer", buffer) != Gst.FlowReturn.OK:
            media["ended"] = True


def command(words: list[str], mounts: dict[str, Mount], server: object, loop: object) -> None:
    """Runs in the main loop, like everything that touches GStreamer."""
    if words[0] == "quit":
        loop.quit()
        return
    mount = mounts[words[1]]
    if words[0] == "stall-video":
        mount.video_stalled = True
    elif words[0] == "stall":
        mount.stalled = True
    elif words[0] == "go":
        mount.stalled = mount.video_stalled = False
    elif words[0] == "garbage":
        mount.garbage = int(words[2])
    elif words[0] == "clip":
        following = Clip(Path(words[2]))
        following.audio, following.audio_ns = mount.clip.audio, mount.clip.audio_ns
        mount.next_clip = following
    elif words[0] == "drop":
        server.client_filter(lambda _server, _client: GstRtspServer.RTSPFilterResult.REMOVE)
    else:
        raise ValueError(words[0])
    print("ok", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--account", default="")
    parser.add_argument("mounts", nargs="+")
    arguments = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    if arguments.account:
        user, _, password = arguments.account.partition(":")
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.set_supported_methods(auth.get_supported_methods())
        auth.add_digest(user, password, token)
        from gi.repository import GstRtsp

        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        server.set_auth(auth)
    mounts = {}
    for text in arguments.mounts:
        name, _, directory = text.partition("=")
        mounts[name] = Mount(Path(directory), arguments.account)
        server.get_mount_points().add_factory(f"/{name}", mounts[name].factory)
    server.attach(None)
    loop = GLib.MainLoop()

    def tick() -> bool:
        for mount in mounts.values():
            mount.tick(time.monotonic())
        return True

    def clean() -> bool:
        server.get_session_pool().cleanup()
        return True

    def read() -> None:
        for line in sys.stdin:
            if words := line.split():
                GLib.idle_add(lambda words=words: command(words, mounts, server, loop))
        GLib.idle_add(loop.quit)

    GLib.timeout_add(TICK_MS, tick)
    GLib.timeout_add_seconds(2, clean)
    threading.Thread(target=read, daemon=True).start()
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
