"""How ONVIF's second media service (Media2, ``ver20``) describes a device's streams.

Cameras with H.265 tell there alone how a picture is encoded, and some have no other media service (Profile T). The
library has no description of it, so its two questions are written here, and of the answers what is looked for is read
by its name: <https://www.onvif.org/ver20/media/wsdl/media.wsdl>.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from lxml import etree
from lxml.builder import ElementMaker

from appliance.core.errors import CameraLost
from appliance.recorder.supervisor.onvif_service import Account, Question, answered, of_account, questions_to
from appliance.rules.cameras.inquiry import DeviceStream

__all__ = ["MEDIA2", "streams_by_media2"]

MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"

_ASK = ElementMaker(namespace=MEDIA2, nsmap={"tr2": MEDIA2})
_SOUNDS = {"PCMU": "G711", "PCMA": "G711", "MP4A-LATM": "AAC", "MPEG4-GENERIC": "AAC"}
"""How the first service names the sounds that this one names by their media type (RFC 4855)."""


async def streams_by_media2(
    place: str, address: str, account: Account, ahead: timedelta | None, most: int
) -> list[DeviceStream]:
    """At most ``most`` streams that the service at ``place`` describes. Raises CameraLost as ``answered`` does."""
    async with questions_to(place, address, account, ahead) as ask:
        answer = await answered(ask(_ASK.GetProfiles(_ASK.Type("All"))))
        found = [await _stream_of(ask, each) for each in list(answer.iterchildren("{*}Profiles"))[:most]]
    return [each for each in found if each is not None]


async def _stream_of(ask: Question, profile: etree._Element) -> DeviceStream | None:
    """None for a profile without a picture, and for one that the device gives no address of."""
    token, video = profile.get("token", ""), profile.find("{*}Configurations/{*}VideoEncoder")
    if not token or (video is None and profile.find("{*}Configurations/{*}VideoSource") is None):
        return None
    wanted = _ASK.GetStreamUri(_ASK.Protocol("RtspUnicast"), _ASK.ProfileToken(token))
    try:
        uri = await answered(ask(wanted))
    except CameraLost as error:
        if of_account(error):
            raise
        return None
    sound = _text(profile, "Configurations/AudioEncoder/Encoding").removeprefix("audio/").upper()
    return DeviceStream(
        name=_text(profile, "Name") or token,
        url=_text(uri, "Uri"),
        codec=_text(video, "Encoding").removeprefix("video/"),
        width=_number(_text(video, "Resolution/Width")),
        height=_number(_text(video, "Resolution/Height")),
        rate=_rate(_text(video, "RateControl/FrameRateLimit")),
        gop=_number(video.get("GovLength", "")) if video is not None else 0,
        kbps=_number(_text(video, "RateControl/BitrateLimit")),
        sound=_SOUNDS.get(sound, sound),
    )


def _text(within: etree._Element | None, path: str) -> str:
    """What stands at ``path``, whatever the namespaces are called; "" for what is not there."""
    steps: Iterable[str] = (f"{{*}}{name}" for name in path.split("/"))
    found = within.findtext("/".join(steps)) if within is not None else None
    return found.strip() if found else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _rate(text: str) -> float:
    """Pictures a second, which this service may give as a fraction; 0.0 for what is no such number."""
    whole, _, part = text.partition(".")
    return _number(whole) + (_number(part[:6]) / 10 ** len(part[:6]) if part else 0.0)
