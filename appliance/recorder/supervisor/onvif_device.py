"""What an ONVIF device says that it is and what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from appliance.core.errors import CameraLost
from appliance.recorder.supervisor.onvif_media2 import MEDIA2, streams_by_media2
from appliance.recorder.supervisor.onvif_service import (
    PORTS,
    Account,
    ahead_of,
    answered,
    found_at,
    number_in,
    of_account,
    places_of,
    service_at,
    text_in,
    unless_unknown,
)
from appliance.rules.cameras.inquiry import DeviceReport, DeviceStream, on_host

__all__ = ["ask_device"]

_ANOTHER_ZONE = timedelta(minutes=14)
"""A clock that is further off may be right in another time zone."""
_MOST_STREAMS = 16
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"


async def ask_device(
    address: str, account: Account, now_ns: Callable[[], int], service: str = "", *, ports: Iterable[int] = PORTS
) -> DeviceReport:
    """What the device at the numeric ``address`` says. ``service``: the place of its device service, where it told one.
    Raises CameraLost with a code that says why there is no answer."""
    place, ahead = await found_at(address, places_of(address, service, ports), now_ns)
    dated = ahead
    try:
        answer, media = await _described_by(place, address, account, dated)
    except CameraLost as error:
        if not of_account(error) or ahead is None or abs(ahead) < _ANOTHER_ZONE:
            raise
        dated = None  # some give their local time as UTC, then refuse a message dated by it
        answer, media = await _described_by(place, address, account, dated)
    streams = await _streams_by(media, address, account, dated)
    if ahead is None:  # it may tell the time only to those who have an account
        ahead = await _clock_for(place, address, account, now_ns)
    return DeviceReport(
        service=place,
        make=text_in(answer, "Manufacturer"),
        model=text_in(answer, "Model"),
        serial=text_in(answer, "SerialNumber"),
        firmware=text_in(answer, "FirmwareVersion"),
        offset_seconds=ahead.total_seconds() if ahead is not None else None,
        streams=tuple(streams),
    )


class _Media(NamedTuple):
    """Where a device has its two media services, the first version and Media2; "" for none."""

    first: str
    second: str


async def _described_by(place: str, address: str, account: Account, ahead: timedelta | None) -> tuple[Any, _Media]:
    """What the device says that it is, and where its media services are."""
    async with service_at("devicemgmt", place, address, account, ahead) as device:
        answer = await unless_unknown(device.GetDeviceInformation())
        media = await _media_of(device, address)
        if not any(media):
            media = _Media(place.replace("device_service", "media_service"), "")
    return answer, media


async def _clock_for(place: str, address: str, account: Account, now_ns: Callable[[], int]) -> timedelta | None:
    async with service_at("devicemgmt", place, address, account, None) as device:
        asked_ns = now_ns()
        told = await unless_unknown(device.GetSystemDateAndTime())
        return ahead_of(told, (asked_ns + now_ns()) // 2)


async def _media_of(device: Any, address: str) -> _Media:
    """Where the media services are, on this very address; "" where the device does not say."""
    services = await unless_unknown(device.GetServices({"IncludeCapability": False})) or ()
    places = {
        text_in(each, "Namespace").rstrip("/"): on_host(text_in(each, "XAddr"), address, ("http", "https"))
        for each in services
    }
    media = _Media(places.get(_MEDIA, ""), places.get(MEDIA2, ""))
    if any(media):
        return media
    answer = await unless_unknown(device.GetCapabilities({"Category": "Media"}))
    return _Media(on_host(text_in(getattr(answer, "Media", None), "XAddr"), address, ("http", "https")), "")


async def _streams_by(media: _Media, address: str, account: Account, ahead: timedelta | None) -> list[DeviceStream]:
    """The streams by the first media service. Where there is none, or it does not say of each stream how it is encoded,
    by the second, with those that only the first one names."""
    streams: list[DeviceStream] = []
    failed: CameraLost | None = None
    if media.first:
        try:
            async with service_at("media", media.first, address, account, ahead) as service:
                streams = await _streams(service)
        except CameraLost as error:
            if not media.second or of_account(error):  # some lock an account out at the second wrong try
                raise
            failed = error
    if media.second and not (streams and all(each.codec for each in streams)):
        try:
            streams = _both(await streams_by_media2(media.second, address, account, ahead, _MOST_STREAMS), streams)
        except CameraLost as error:
            if not streams:
                raise failed or error from None
    if failed is not None and not streams:
        raise failed
    return streams


def _both(told: list[DeviceStream], before: list[DeviceStream]) -> list[DeviceStream]:
    """``told``, then those of ``before`` whose name and address are both not in it."""
    names, urls = {each.name for each in told}, {each.url for each in told}
    return [*told, *(each for each in before if each.name not in names and each.url not in urls)][:_MOST_STREAMS]


async def _streams(media: Any) -> list[DeviceStream]:
    found = []
    for profile in list(await answered(media.GetProfiles()) or ())[:_MOST_STREAMS]:
        video = getattr(profile, "VideoEncoderConfiguration", None)
        token = text_in(profile, "token")
        # A profile with a source of pictures and no encoding may be H.265, which many tell only in the other service;
        # one without a source has no picture.
        if not token or (video is None and getattr(profile, "VideoSourceConfiguration", None) is None):
            continue
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        try:
            uri = await answered(media.GetStreamUri({"StreamSetup": setup, "ProfileToken": token}))
        except CameraLost as error:
            if of_account(error):
                raise
            continue  # a profile that sends nothing; the others do
        found.append(_stream(profile, video, text_in(uri, "Uri")))
    return found


def _stream(profile: Any, video: Any, uri: str) -> DeviceStream:
    codec = text_in(video, "Encoding")
    size, pace = getattr(video, "Resolution", None), getattr(video, "RateControl", None)
    return DeviceStream(
        name=text_in(profile, "Name") or text_in(profile, "token"),
        url=uri.strip(),
        codec=codec,
        width=number_in(size, "Width"),
        height=number_in(size, "Height"),
        rate=float(number_in(pace, "FrameRateLimit")),
        gop=number_in(getattr(video, codec, None) or getattr(video, "H264", None), "GovLength"),
        kbps=number_in(pace, "BitrateLimit"),
        sound=text_in(getattr(profile, "AudioEncoderConfiguration", None), "Encoding"),
    )
