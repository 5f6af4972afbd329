"""Cameras on the network, V4L2 devices and files, read with PyAV (libav) and recorded as they send.

Four kinds: ``rtsp``, ``mjpeg`` (over HTTP), ``v4l2`` and ``file``. An option that libav does not know is ignored
without a word, so tests show that each works.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from appliance.api import Setting, Source, SourceKind, UsageError, hookimpl
from appliance.plugins.sources.by_libav import explained, known_by_card, opened
from appliance.plugins.sources.local_camera import v4l2_kind
from appliance.plugins.sources.network_settings import (
    ACCOUNT,
    CA_FILE,
    PATIENCE,
    address_of,
    check_ca_file,
    check_there,
    describe_url,
    patience_of,
    secrets_of,
    tls_options,
)
from appliance.plugins.sources.rtsp_camera import rtsp_kind

__all__ = ["register_sources"]

_HTTP_BYTES = str(64 << 10)
"""Read at once at most; what has come is handed out without waiting for so much."""

_MJPEG = (
    Setting("url", "Address, `http://host/path` or `https://host/path`.", required=True),
    *ACCOUNT,
    CA_FILE,
    *PATIENCE,
)
_FILE = (
    Setting("path", "A media file, or a pipe that another program writes.", required=True),
    Setting("format", "libav's name of the format, for instance `h264` for a bare stream; empty: found out.", str, ""),
    Setting("realtime", "Whether to hold back what comes faster than real time.", bool, True),
    Setting("loop", "Whether to start over at the end.", bool, False),
    Setting("arrival", "Stamp packets as they arrive; for a bare stream from a live program.", bool, False),
    *PATIENCE,
)


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    return [
        rtsp_kind(),
        SourceKind(
            name="mjpeg",
            summary="A network camera that sends JPEG pictures over HTTP; no sound.",
            settings=_MJPEG,
            open=_open_mjpeg,
            describe=describe_url,
            check=_check_mjpeg,
            schemes=("http", "https"),
            reads_files=("{ca_file}",),
            example={"url": "http://192.0.2.8/video.mjpg"},
        ),
        v4l2_kind(),
        SourceKind(
            name="file",
            summary="A media file, played as if it were a camera, or a pipe.",
            settings=_FILE,
            open=_open_file,
            describe=lambda settings: f"file {settings['path']}",
            network=False,
            reads_files=("{path}",),
            check=_check_file,
            schemes=("file",),
            paths=("/*",),
            address_setting="path",
            example={"path": "example.mkv", "loop": True},
        ),
    ]


def _check_mjpeg(settings: Mapping[str, Any]) -> None:
    address_of(settings, ("http", "https"))
    check_ca_file(settings)
    patience_of(settings)


def _check_file(settings: Mapping[str, Any]) -> None:
    check_there("path", _path(settings))
    patience_of(settings)


def _open_mjpeg(settings: Mapping[str, Any]) -> Source:
    address = address_of(settings, ("http", "https"))
    options = {
        "protocol_whitelist": "http,https,tcp,tls,crypto",
        "raw_packet_size": _HTTP_BYTES,
        **tls_options(settings),
    }
    name, secrets = describe_url(settings), secrets_of(settings)
    with explained(settings, address):
        return known_by_card(opened(settings, address, name, "data", options, pictures=True, secrets=secrets), address)


def _path(settings: Mapping[str, Any]) -> str:
    path = str(settings["path"])
    if "://" in path or path.startswith(("concat:", "subfile,", "data:", "pipe:")):
        raise UsageError("path: is no path of a file; addresses belong to the kinds rtsp and mjpeg")
    return path


def _open_file(settings: Mapping[str, Any]) -> Source:
    path, form = _path(settings), settings["format"] or None
    keep = {name: settings[name] for name in ("realtime", "loop", "arrival")}
    return opened(settings, f"file:{path}", f"file {path}", form, {"protocol_whitelist": "file"}, **keep)
