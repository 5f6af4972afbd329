"""The kind ``rtsp`` of ``source_av``: by our own reader where it can, by libav where it cannot.

Not a plugin by itself. Measured with PyAV 18: ``fpsprobesize=0`` opens in 0.4 s instead of 1 to 2 s; ``nobuffer`` would
throw the first key frame away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from appliance.api import CameraLost, Pace, Setting, Source, SourceKind, SystemClock, coded
from appliance.plugins.sources.by_libav import explained, known_by_card, opened
from appliance.plugins.sources.network_settings import (
    ACCOUNT,
    CERTIFICATE,
    PATIENCE_OF_ANSWERS,
    address_of,
    check_ca_file,
    check_trust,
    describe_url,
    is_encrypted,
    one_of,
    patience_of,
    secrets_of,
    tls_options,
)
from appliance.plugins.sources.rtsp.opening import Connecting
from appliance.plugins.sources.rtsp.sdp import NoTcp, NotOurs
from appliance.plugins.sources.rtsp.source import RtspSource
from appliance.plugins.sources.ws_discovery import discover_onvif

if TYPE_CHECKING:
    from appliance.plugins.sources.libav import LibavSource
    from appliance.plugins.sources.second_reader import SecondReader

    _Reader = RtspSource | SecondReader | LibavSource

__all__ = ["rtsp_kind"]

_TURN_SECONDS = 0.5
"""Some cameras serve one viewer and need a moment to notice that the last one left."""

_RTSP = (
    Setting("url", "Address, `rtsp://host/path` or `rtsps://host/path`.", required=True),
    *ACCOUNT,
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
    *CERTIFICATE,
    *PATIENCE_OF_ANSWERS,
)


def rtsp_kind() -> SourceKind:
    """Cameras on the network that speak RTSP."""
    return SourceKind(
        name="rtsp",
        summary="A network camera that speaks RTSP: H.264, H.265 or MJPEG with AAC, G.711, G.726, L16 or Opus.",
        settings=_RTSP,
        open=_open_rtsp,
        describe=describe_url,
        check=_check_rtsp,
        schemes=("rtsp", "rtsps"),
        reads_files=("{ca_file}",),
        lesser={"url": "lesser_url"},
        discover=discover_onvif,
        example={"url": "rtsp://192.0.2.7/stream1", "user": "recorder", "password": "example"},
    )


def _check_rtsp(settings: Mapping[str, Any]) -> None:
    address_of(settings, ("rtsp", "rtsps"))
    one_of(settings, "reader", ("own", "libav"))
    one_of(settings, "transport", ("tcp", "udp"))
    check_ca_file(settings)
    check_trust(settings)
    patience_of(settings)


def _open_rtsp(settings: Mapping[str, Any]) -> Source:
    """By our own reader where it can, by libav where it cannot: rare forms of payload."""
    address = address_of(settings, ("rtsp", "rtsps"))
    transport, size = one_of(settings, "transport", ("tcp", "udp")), None
    source: _Reader | None = None
    if one_of(settings, "reader", ("own", "libav")) == "own" and not (transport == "udp" and is_encrypted(settings)):
        source, transport, size = _by_own(settings, address, transport)
    if source is None:
        source, transport = _by_libav(settings, address, transport, size)
    if transport != settings["transport"]:
        source.notes = (coded("camera-note-udp"), *source.notes)
    return source


def _by_own(
    settings: Mapping[str, Any], address: str, transport: str
) -> tuple[_Reader | None, str, tuple[int, int] | None]:
    """None where our own reader cannot; over which transport it reads, or libav should; the size of the pictures."""
    asked = Connecting(
        address, describe_url(settings), secrets_of(settings), settings["sound"], **patience_of(settings),
        trust=check_trust(settings),
    )  # fmt: skip
    size = None
    for way in dict.fromkeys((transport, "udp")):
        try:
            return _own(asked._replace(datagrams=way == "udp"), settings, address), way, None
        except NotOurs as error:
            size = error.size or size
            if is_encrypted(settings):
                _keep_encrypted(settings, error)
            if not isinstance(error, NoTcp):  # one that refuses the transport has let nobody play
                _turn()
                return None, way, size
            if is_encrypted(settings):
                return None, way, size
    return None, "udp", size


def _by_libav(
    settings: Mapping[str, Any], address: str, transport: str, size: tuple[int, int] | None
) -> tuple[LibavSource, str]:
    try:
        return _rtsp_by_libav(settings, address, transport, size), transport
    except CameraLost as error:  # in a form of payload that is not ours, and without TCP
        refused = error.message is not None and error.message.code == "camera-461"
        if not refused or transport == "udp" or settings["reader"] != "own" or is_encrypted(settings):
            raise
        return _rtsp_by_libav(settings, address, "udp", size), "udp"


def _own(connecting: Connecting, settings: Mapping[str, Any], address: str) -> _Reader:
    """Our own reader, behind it libav should no key frame come; where it is not installed there is only ours."""
    source = RtspSource(connecting, SystemClock())

    def again(not_asked: str) -> RtspSource:
        return RtspSource(connecting._replace(not_asked=not_asked), SystemClock())

    def second() -> LibavSource:
        if is_encrypted(settings):
            _keep_encrypted(settings)
        _turn()
        return _rtsp_by_libav(settings, address, "udp" if connecting.datagrams else "tcp")

    try:
        from appliance.plugins.sources.second_reader import SecondReader
    except ImportError:
        return source
    return SecondReader(source, again, second, SystemClock())


def _keep_encrypted(settings: Mapping[str, Any], error: NotOurs | None = None) -> None:
    """Before libav takes over from our own reader: it must not do with less than was asked for."""
    if settings["ca"] or settings["fingerprint"]:
        raise CameraLost.of("camera-certificate-fallback", url=describe_url(settings)) from None
    if isinstance(error, NoTcp):
        raise CameraLost.of("camera-encrypted-no-tcp", url=describe_url(settings)) from None


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
        **tls_options(settings),
    }
    name, secrets = describe_url(settings), secrets_of(settings)
    with explained(settings, address):
        return known_by_card(
            opened(settings, address, name, "rtsp", options, secrets=secrets, tries=2, size=size), address
        )
