"""Cameras on the network, V4L2 devices and files, read with PyAV (libav) and recorded as they send.

Four kinds: ``rtsp``, ``mjpeg`` (over HTTP), ``v4l2`` and ``file``. What the options are for was measured with PyAV 18:
``fpsprobesize=0`` opens in 0.4 s instead of 1 to 2 s, ``nobuffer`` would throw the first key frame away, and an option
that libav does not know is ignored without a word, so tests show that each works.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlunsplit

from appliance.api import (
    CameraLost,
    Pace,
    Setting,
    Source,
    SourceKind,
    SystemClock,
    UsageError,
    coded,
    hookimpl,
    redact,
    url_secrets,
)
from appliance.plugins.sources.local_camera import v4l2_kind
from appliance.plugins.sources.neighbours import card_at
from appliance.plugins.sources.network_address import split_address
from appliance.plugins.sources.rtsp.opening import Connecting
from appliance.plugins.sources.rtsp.sdp import NoTcp, NotOurs
from appliance.plugins.sources.rtsp.source import RtspSource
from appliance.plugins.sources.rtsp.tls import Trust, explain
from appliance.plugins.sources.ws_discovery import discover_onvif

if TYPE_CHECKING:
    from appliance.plugins.sources.libav import LibavSource

__all__ = ["register_sources"]

_MAX_ACCOUNT_BYTES = 127
"""What libav's RTSP client keeps of an account; it would cut a longer one and be refused (rtsp.c, ``auth[128]``)."""

_ACCOUNT = (
    Setting("user", "User name at the camera; better here than in `url`.", str, ""),
    Setting("password", "Password at the camera.", str, "", secret=True),
)
_SILENCE = Setting(
    "silence_seconds",
    "No picture for so long means that the camera is lost, 0.1 to 60; one that sends seldom gets longer by itself.",
    float,
    4.0,
)
_PATIENCE = (Setting("open_seconds", "How long opening may take, 0.1 to 60.", float, 6.0), _SILENCE)
_PATIENCE_OF_ANSWERS = (
    Setting("open_seconds", "How long connecting, and then each answer, may take, 0.1 to 60.", float, 10.0),
    _SILENCE,
)
_CA_FILE = Setting(
    "ca_file", "PEM file of the authority that signed the camera's certificate; empty: unchecked.", str, ""
)
_CERTIFICATE = (
    Setting(
        "ca_file",
        "With `rtsps`: PEM file of the authority that signed the camera's certificate. Of all three empty: unchecked.",
        str,
        "",
    ),
    Setting("ca", "With `rtsps`: the same authority's certificate as PEM text.", str, ""),
    Setting("fingerprint", "With `rtsps`: SHA-256 of the camera's own certificate, 64 hex digits.", str, ""),
)

_TURN_SECONDS = 0.5
"""Some cameras serve one viewer and need a moment to notice that the last one left."""

_HTTP_BYTES = str(64 << 10)
"""Read at once at most; what has come is handed out without waiting for so much."""

_RTSP = (
    Setting("url", "Address, `rtsp://host/path` or `rtsps://host/path`.", required=True),
    *_ACCOUNT,
    Setting(
        "reader",
        "Who reads RTSP over TCP: `own`, which costs less, or `libav` for a camera it does not suit.",
        str,
        "own",
    ),
    Setting(
        "lesser_url",
        "Address of the camera's second, smaller stream, recorded while the disk is short; empty: key frames only.",
        str,
        "",
    ),
    Setting("transport", "How packets come: `tcp`, or `udp` where a camera has no TCP.", str, "tcp"),
    Setting("sound", "Whether to ask the camera for its sound at all.", bool, True),
    *_CERTIFICATE,
    *_PATIENCE_OF_ANSWERS,
)
_MJPEG = (
    Setting("url", "Address, `http://host/path` or `https://host/path`.", required=True),
    *_ACCOUNT,
    _CA_FILE,
    *_PATIENCE,
)
_FILE = (
    Setting("path", "A media file, or a pipe that another program writes.", required=True),
    Setting("format", "libav's name of the format, for instance `h264` for a bare stream; empty: found out.", str, ""),
    Setting("realtime", "Whether to hold back what comes faster than real time.", bool, True),
    Setting("loop", "Whether to start over at the end.", bool, False),
    Setting("arrival", "Stamp packets as they arrive; for a bare stream from a live program.", bool, False),
    *_PATIENCE,
)


@hookimpl
def register_sources() -> Iterable[SourceKind]:
    return [
        SourceKind(
            name="rtsp",
            summary="A network camera that speaks RTSP: H.264, H.265 or MJPEG with AAC, G.711, G.726, L16 or Opus.",
            settings=_RTSP,
            open=_open_rtsp,
            describe=_describe_url,
            check=_check_rtsp,
            schemes=("rtsp", "rtsps"),
            reads_files=("{ca_file}",),
            lesser={"url": "lesser_url"},
            discover=discover_onvif,
            example={"url": "rtsp://192.0.2.7/stream1", "user": "recorder", "password": "example"},
        ),
        SourceKind(
            name="mjpeg",
            summary="A network camera that sends JPEG pictures over HTTP; no sound.",
            settings=_MJPEG,
            open=_open_mjpeg,
            describe=_describe_url,
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


def _describe_url(settings: Mapping[str, Any]) -> str:
    """Scheme, host, port and path: never user, password or query."""
    parts = split_address(settings["url"])
    host = parts.netloc.rpartition("@")[2]
    return redact(urlunsplit((parts.scheme, host, parts.path, "", "")), _secrets(settings))


def _secrets(settings: Mapping[str, Any]) -> tuple[str, ...]:
    account = (settings["password"], f"{settings['user']}:{settings['password']}")
    return (*url_secrets(settings["url"]), *(account if settings["password"] else ()))


def _address(settings: Mapping[str, Any], schemes: tuple[str, ...]) -> str:
    """The URL as libav wants it, with the account in it."""
    parts = split_address(settings["url"])
    if parts.scheme.lower() not in schemes:
        raise UsageError(f"url: begins with {parts.scheme}://; this kind of camera has {' or '.join(schemes)}")
    user, password = settings["user"], settings["password"]
    if not user and not password:
        return str(settings["url"])
    if "@" in parts.netloc:
        raise UsageError("url: has a user in it, and so have the settings user and password; give it once")
    if ":" in user:
        raise UsageError("user: must not hold a colon; RFC 7617 section 2")
    account = f"{quote(user, safe='')}:{quote(password, safe='')}"
    if "rtsp" in schemes and len(account) > _MAX_ACCOUNT_BYTES:
        raise UsageError(
            f"password: is too long; user and password together come to {len(account)} bytes as an address writes them,"
            f" and libav sends {_MAX_ACCOUNT_BYTES}"
        )
    return str(urlunsplit(parts._replace(netloc=f"{account}@{parts.netloc}")))


def _check_rtsp(settings: Mapping[str, Any]) -> None:
    _address(settings, ("rtsp", "rtsps"))
    _one_of(settings, "reader", ("own", "libav"))
    _one_of(settings, "transport", ("tcp", "udp"))
    _check_ca_file(settings)
    _check_trust(settings)
    _patience(settings)


def _check_mjpeg(settings: Mapping[str, Any]) -> None:
    _address(settings, ("http", "https"))
    _check_ca_file(settings)
    _patience(settings)


def _check_file(settings: Mapping[str, Any]) -> None:
    _there("path", _path(settings))
    _patience(settings)


def _check_ca_file(settings: Mapping[str, Any]) -> None:
    if settings["ca_file"]:
        _there("ca_file", settings["ca_file"])


def _is_encrypted(settings: Mapping[str, Any]) -> bool:
    return split_address(settings["url"]).scheme.lower() == "rtsps"


def _check_trust(settings: Mapping[str, Any]) -> Trust:
    """By what the camera's certificate is known. What libav cannot check is refused, not left unchecked."""
    trust = Trust(_describe_url(settings), settings["ca_file"], settings["ca"], settings["fingerprint"])
    trust.check()
    if not _is_encrypted(settings):
        if settings["ca"] or settings["fingerprint"]:
            raise UsageError.of("camera-certificate-plain")
    elif settings["transport"] == "udp":
        raise UsageError.of("camera-encrypted-udp")
    elif settings["reader"] == "libav" and (settings["ca"] or settings["fingerprint"]):
        raise UsageError.of("camera-certificate-libav")
    return trust


def _keep_encrypted(settings: Mapping[str, Any], error: NotOurs | None = None) -> None:
    """Before libav takes over from our own reader: it must not do with less than was asked for."""
    if settings["ca"] or settings["fingerprint"]:
        raise CameraLost.of("camera-certificate-fallback", url=_describe_url(settings)) from None
    if isinstance(error, NoTcp):
        raise CameraLost.of("camera-encrypted-no-tcp", url=_describe_url(settings)) from None


@contextlib.contextmanager
def _explained(settings: Mapping[str, Any], address: str) -> Iterator[None]:
    """Of an encrypted connection libav says only that it failed; whether TLS or the certificate is why is found out."""
    try:
        yield
    except CameraLost:
        parts = split_address(address)
        if port := _ENCRYPTED_PORTS.get(parts.scheme.lower()):
            trust = Trust(_describe_url(settings), settings["ca_file"])
            explain(parts.hostname or "", parts.port or port, trust, settings["open_seconds"])
        raise


_ENCRYPTED_PORTS = {"rtsps": 322, "https": 443}


def _there(name: str, path: str) -> None:
    if os.path.isdir(path) or not os.path.exists(path):
        raise UsageError(f"{name}: {path} is not there or is a folder; give what is there")


def _patience(settings: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("open_seconds", "silence_seconds"):
        if not 0.1 <= settings[name] <= 60:
            raise UsageError(f"{name}: is {settings[name]:g}; give 0.1 to 60")
    return {name: settings[name] for name in ("open_seconds", "silence_seconds")}


def _tls(settings: Mapping[str, Any]) -> dict[str, str]:
    return {"tls_verify": "1", "ca_file": settings["ca_file"]} if settings["ca_file"] else {}


def _one_of(settings: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    if settings[name] not in known:
        raise UsageError(f"{name}: is {settings[name]!r}; give {' or '.join(known)}")
    return str(settings[name])


def _open_rtsp(settings: Mapping[str, Any]) -> Source:
    """By our own reader where it can, by libav where it cannot: UDP, rare forms of payload."""
    address = _address(settings, ("rtsp", "rtsps"))
    reader = _one_of(settings, "reader", ("own", "libav"))
    transport, size = _one_of(settings, "transport", ("tcp", "udp")), None
    if reader == "own" and transport == "tcp":
        name, secrets = _describe_url(settings), _secrets(settings)
        trust = _check_trust(settings)
        connecting = Connecting(address, name, secrets, settings["sound"], **_patience(settings), trust=trust)
        try:
            return _own(connecting, settings, address)
        except NotOurs as error:
            size = error.size
            if _is_encrypted(settings):
                _keep_encrypted(settings, error)
            elif isinstance(error, NoTcp):
                transport = "udp"
            if not isinstance(error, NoTcp):  # one without TCP has let nobody play
                _turn()
    try:
        source = _rtsp_by_libav(settings, address, transport, size)
    except CameraLost as error:  # in a form of payload that is not ours, and without TCP
        refused = error.message is not None and error.message.code == "camera-461"
        if not refused or transport == "udp" or reader != "own" or _is_encrypted(settings):
            raise
        transport = "udp"
        source = _rtsp_by_libav(settings, address, transport, size)
    if transport != settings["transport"]:
        source.notes = (coded("camera-note-udp"), *source.notes)
    return source


def _own(connecting: Connecting, settings: Mapping[str, Any], address: str) -> Source:
    """Our own reader, behind it libav should no key frame come; where it is not installed there is only ours."""
    source = RtspSource(connecting, SystemClock())

    def again(not_asked: str) -> RtspSource:
        return RtspSource(connecting._replace(not_asked=not_asked), SystemClock())

    def second() -> LibavSource:
        if _is_encrypted(settings):
            _keep_encrypted(settings)
        _turn()
        return _rtsp_by_libav(settings, address, "tcp")

    try:
        from appliance.plugins.sources.second_reader import SecondReader
    except ImportError:
        return source
    return SecondReader(source, again, second, SystemClock())


def _turn() -> None:
    Pace(SystemClock(), patience=1).reach(_TURN_SECONDS)


def _rtsp_by_libav(
    settings: Mapping[str, Any], address: str, transport: str, size: tuple[int, int] | None = None
) -> LibavSource:
    """``size``: of pictures whose packets may have none."""
    options = {
        "rtsp_transport": transport,
        "fpsprobesize": "0",
        "allowed_media_types": "video+audio" if settings["sound"] else "video",
        "protocol_whitelist": "rtsp,rtsps,rtp,srtp,udp,tcp,tls,crypto",
        **_tls(settings),
    }
    name, secrets = _describe_url(settings), _secrets(settings)
    with _explained(settings, address):
        return _behind(_libav(settings, address, name, "rtsp", options, secrets=secrets, tries=2, size=size), address)


def _open_mjpeg(settings: Mapping[str, Any]) -> Source:
    address = _address(settings, ("http", "https"))
    options = {
        "protocol_whitelist": "http,https,tcp,tls,crypto",
        "raw_packet_size": _HTTP_BYTES,
        **_tls(settings),
    }
    name, secrets = _describe_url(settings), _secrets(settings)
    with _explained(settings, address):
        return _behind(_libav(settings, address, name, "data", options, pictures=True, secrets=secrets), address)


def _path(settings: Mapping[str, Any]) -> str:
    path = str(settings["path"])
    if "://" in path or path.startswith(("concat:", "subfile,", "data:", "pipe:")):
        raise UsageError("path: is no path of a file; addresses belong to the kinds rtsp and mjpeg")
    return path


def _open_file(settings: Mapping[str, Any]) -> Source:
    path, form = _path(settings), settings["format"] or None
    keep = {name: settings[name] for name in ("realtime", "loop", "arrival")}
    return _libav(settings, f"file:{path}", f"file {path}", form, {"protocol_whitelist": "file"}, **keep)


def _behind(source: LibavSource, address: str) -> LibavSource:
    """libav keeps what the camera says of itself; its network card is all that is left to tell it by."""
    card = card_at(split_address(address).hostname or "")
    source.identity = {"mac": card} if card else {}
    return source


def _libav(
    settings: Mapping[str, Any],
    address: str,
    name: str,
    form: str | None,
    options: dict[str, str],
    *,
    pictures: bool = False,
    **more: Any,
) -> LibavSource:
    """``pictures``: JPEG pictures over HTTP, which come as bytes."""
    try:
        import av  # noqa: F401  (that it is there is all that is asked)

        from appliance.plugins.sources.http_pictures import HttpPictures
        from appliance.plugins.sources.libav import LibavSource, Opening
    except ImportError as error:
        raise UsageError(f"{name}: needs the package av, which is not installed ({error})") from error
    kind = HttpPictures if pictures else LibavSource
    return kind(Opening(address, name, form, options, **_patience(settings), **more), SystemClock())
