"""Where the makes of cameras have their pictures, for devices without ONVIF, and what people type as an address. Pure.

A row is what the maker's devices of today have as they come. A device may have been set otherwise, and older ones may
differ: the preview says whether it is right.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

__all__ = ["MAKES", "Make", "address_of", "template_of"]


class Make(NamedTuple):
    """``main`` and ``lesser`` (its smaller stream, "" where it has none as it comes): path and query behind the host.
    ``source``: who says so; all were read on 2026-12-01 but where it says otherwise."""

    name: str
    title: str
    main: str
    lesser: str
    source: str
    port: int = 0


_REFERENCE = "getrealtime.com/blog/how-to-find-your-ip-cameras-rtsp-url-complete-vendor-reference-2026"
_FORMATS = "blog.csdn.net/qq_40183825/article/details/82254045"
_NOT_READ = "its maker's RTSP guide, from memory"

MAKES: tuple[Make, ...] = (
    Make("axis", "Axis", "/axis-media/media.amp?videocodec=h264",
         "/axis-media/media.amp?videocodec=h264&resolution=640x360", f"{_REFERENCE}; {_FORMATS}"),
    Make("hikvision", "Hikvision", "/Streaming/Channels/101", "/Streaming/Channels/102",
         "supportusa.hikvision.com/support/solutions/articles/17000129022"),
    Make("dahua", "Dahua, Amcrest", "/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=1&subtype=1",
         f"{_REFERENCE}; {_FORMATS}"),
    Make("hanwha", "Hanwha (Wisenet)", "/profile2/media.smp", "",
         "support.hanwhavision.eu/hc/en-gb/articles/4414178841746-RTSP-URLs"),
    Make("vivotek", "Vivotek", "/live1s1.sdp", "/live1s2.sdp", _NOT_READ),
    Make("uniview", "Uniview", "/media/video1", "/media/video2", _NOT_READ),
    Make("reolink", "Reolink", "/h264Preview_01_main", "/h264Preview_01_sub", _REFERENCE),
    Make("tapo", "TP-Link Tapo, Vigi", "/stream1", "/stream2",
         "github.com/orgs/GuardianEye-Official/discussions/14"),
    Make("bosch", "Bosch", "/?inst=1", "/?inst=2",
         "knowledge.keenfinity-group.com/video-systems/article/how-is-rtsp-usage-supported-with-bosch-vip-devices"),
    Make("sony", "Sony", "/media/video1", "/media/video2", _NOT_READ),
    Make("ipro", "i-PRO, Panasonic", "/MediaInput/h264/stream_1", "/MediaInput/h264/stream_2", _NOT_READ),
    Make("dlink", "D-Link", "/live1.sdp", "/live2.sdp", _FORMATS),
    Make("geovision", "GeoVision", "/CH001.sdp", "/CH002.sdp", _NOT_READ, port=8554),
)  # fmt: skip

_BARE = re.compile(r"[^\s/?#@]+")


def address_of(typed: str) -> str:
    """What was typed as the address of a network camera, as an address: a bare host or number, with or without a port,
    is one at which RTSP is asked; anything else stays as it is."""
    text = typed.strip().rstrip("/")
    if "://" in text or not _BARE.fullmatch(text):
        return typed
    host = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    try:
        good = bool(urlsplit(f"rtsp://{host}/").hostname) and urlsplit(f"rtsp://{host}/").port != 0
    except ValueError:
        return typed
    return f"rtsp://{host}/" if good else typed


def template_of(name: str, typed: str) -> tuple[str, str] | None:
    """The addresses of a make's main and lesser stream (as "" where it has none) at the host that was typed, None for
    an unknown make or no host. A port that was typed for RTSP is kept."""
    make = next((each for each in MAKES if each.name == name), None)
    try:
        parts = urlsplit(address_of(typed))
        host, port = parts.hostname or "", parts.port if parts.scheme in ("rtsp", "rtsps") else None
    except ValueError:
        return None
    if make is None or not host:
        return None
    shown = f"[{host}]" if ":" in host else host
    at = f"rtsp://{shown}{f':{port or make.port}' if port or make.port else ''}"
    return at + make.main, at + make.lesser if make.lesser else ""
