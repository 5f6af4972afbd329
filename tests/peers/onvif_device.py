"""An ONVIF device on the loopback that answers what a test has it answer, and keeps what it heard."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

__all__ = [
    "ANSWERS", "FIRST_SERVICE", "MEDIA2", "MEDIA2_PROFILES", "MEDIA2_URI", "SECOND_SERVICE", "Answer", "Clock",
    "Device", "Heard", "device", "envelope", "http", "services",
]  # fmt: skip

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_SPACES = (
    f'xmlns:s="{_SOAP}" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
    ' xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:ter="http://www.onvif.org/ver10/error"'
)


class Heard(NamedTuple):
    action: str
    head: bytes
    body: bytes


Answer = str | bytes | Callable[[Heard, socket.socket], None]
"""The body of an envelope, a whole answer, or what answers by itself."""


class Device(NamedTuple):
    """``heard``: every request, in order."""

    host: str
    port: int
    heard: list[Heard]

    @property
    def service(self) -> str:
        return f"http://{self.host}:{self.port}/onvif/device_service"


def envelope(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_SPACES}><s:Body>{body}</s:Body></s:Envelope>'.encode()


def http(body: bytes, *, status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(body)}\r\n{more}"
    return f"{head}Connection: close\r\n\r\n".encode() + body


MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
FIRST_SERVICE = (
    "<tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace>"
    "<tds:XAddr>http://{host}:{port}/onvif/media_service</tds:XAddr><tds:Version><tt:Major>2</tt:Major>"
    "<tt:Minor>4</tt:Minor></tds:Version></tds:Service>"
)
SECOND_SERVICE = (
    f"<tds:Service><tds:Namespace>{MEDIA2}</tds:Namespace><tds:XAddr>http://{{host}}:{{port}}/onvif/media2</tds:XAddr>"
    "<tds:Version><tt:Major>22</tt:Major><tt:Minor>12</tt:Minor></tds:Version></tds:Service>"
)
MEDIA2_PROFILES = f"""<tr2:GetProfilesResponse xmlns:tr2="{MEDIA2}">
<tr2:Profiles token="sub" fixed="true"><tr2:Name>Sub</tr2:Name><tr2:Configurations>
<tr2:VideoSource token="s"><tt:Name>s</tt:Name></tr2:VideoSource>
<tr2:VideoEncoder token="v2" GovLength="20" Profile="Main"><tt:Name>v2</tt:Name><tt:Encoding>H264</tt:Encoding>
<tt:Resolution><tt:Width>640</tt:Width><tt:Height>360</tt:Height></tt:Resolution>
<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>12.5</tt:FrameRateLimit>
<tt:BitrateLimit>512</tt:BitrateLimit></tt:RateControl></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>
<tr2:Profiles token="main"><tr2:Name>Main</tr2:Name><tr2:Configurations>
<tr2:VideoEncoder token="v1" GovLength="50"><tt:Encoding>H265</tt:Encoding>
<tt:Resolution><tt:Width>2688</tt:Width><tt:Height>1520</tt:Height></tt:Resolution>
<tt:RateControl><tt:FrameRateLimit>25.0</tt:FrameRateLimit><tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>
</tr2:VideoEncoder><tr2:AudioEncoder token="a1"><tt:Encoding>MP4A-LATM</tt:Encoding></tr2:AudioEncoder>
</tr2:Configurations></tr2:Profiles>
<tr2:Profiles token="told"><tr2:Name>What was counted</tr2:Name><tr2:Configurations><tr2:Metadata token="m"/>
</tr2:Configurations></tr2:Profiles></tr2:GetProfilesResponse>"""
MEDIA2_URI = (
    f'<tr2:GetStreamUriResponse xmlns:tr2="{MEDIA2}"><tr2:Uri>rtsp://{{host}}:554/second</tr2:Uri>'
    "</tr2:GetStreamUriResponse>"
)


def services(*each: str) -> str:
    return f"<tds:GetServicesResponse>{''.join(each)}</tds:GetServicesResponse>"


ANSWERS: Mapping[str, Answer] = {
    "GetSystemDateAndTime": (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime><tt:Time><tt:Hour>1</tt:Hour><tt:Minute>2</tt:Minute>"
        "<tt:Second>3</tt:Second></tt:Time><tt:Date><tt:Year>2020</tt:Year><tt:Month>1</tt:Month><tt:Day>2</tt:Day>"
        "</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    ),
    "GetDeviceInformation": (
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>Axle</tds:Manufacturer><tds:Model>P-1</tds:Model>"
        "<tds:FirmwareVersion>9.8</tds:FirmwareVersion><tds:SerialNumber>S-77</tds:SerialNumber>"
        "<tds:HardwareId>1</tds:HardwareId></tds:GetDeviceInformationResponse>"
    ),
    "GetServices": services(FIRST_SERVICE),
    "GetProfiles": (
        '<trt:GetProfilesResponse><trt:Profiles token="sub" fixed="true"><tt:Name>Sub</tt:Name>'
        '<tt:VideoEncoderConfiguration token="v2"><tt:Name>v2</tt:Name><tt:UseCount>1</tt:UseCount>'
        "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>640</tt:Width><tt:Height>360</tt:Height></tt:Resolution>"
        "</tt:VideoEncoderConfiguration></trt:Profiles>"
        '<trt:Profiles token="main" fixed="true"><tt:Name>Main</tt:Name>'
        '<tt:VideoEncoderConfiguration token="v1"><tt:Name>v1</tt:Name><tt:UseCount>1</tt:UseCount>'
        "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution>"
        "<tt:Quality>5</tt:Quality><tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit>"
        "<tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>"
        "<tt:H264><tt:GovLength>50</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>"
        "</tt:VideoEncoderConfiguration>"
        '<tt:AudioEncoderConfiguration token="a1"><tt:Name>a1</tt:Name><tt:UseCount>1</tt:UseCount>'
        "<tt:Encoding>G711</tt:Encoding><tt:Bitrate>64</tt:Bitrate><tt:SampleRate>8</tt:SampleRate>"
        "</tt:AudioEncoderConfiguration></trt:Profiles></trt:GetProfilesResponse>"
    ),
    "GetStreamUri": (
        "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://{host}:554/live?channel=1</tt:Uri>"
        "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
        "<tt:Timeout>PT30S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
    ),
}


class Clock:
    """A device's own clock, ``ahead`` of ours by so many seconds, that can be set: its answers are those of
    :meth:`answers`. ``told``: each time that it was set to, in seconds since 1970, with the zone and summer time that
    came with it."""

    def __init__(self, ahead: float = 0.0, *, kind: str = "Manual", zone: str = "CST-8", summer: str = "false") -> None:
        self.ahead, self.kind, self.zone, self.summer = ahead, kind, zone, summer
        self.told: list[tuple[float, str, str]] = []

    def answers(self, **others: Answer) -> Mapping[str, Answer]:
        own: dict[str, Answer] = {"GetSystemDateAndTime": self.tell, "SetSystemDateAndTime": self.take}
        return {**ANSWERS, **own, **others}

    def tell(self, asked: Heard, sock: socket.socket) -> None:
        at = datetime.fromtimestamp(time.time() + self.ahead, UTC)
        summer = f"<tt:DaylightSavings>{self.summer}</tt:DaylightSavings>" if self.summer else ""
        zone = f"<tt:TimeZone><tt:TZ>{self.zone}</tt:TZ></tt:TimeZone>" if self.zone else ""
        body = (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
            f"<tt:DateTimeType>{self.kind}</tt:DateTimeType>{summer}{zone}"
            f"<tt:UTCDateTime><tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute>"
            f"<tt:Second>{at.second}</tt:Second></tt:Time><tt:Date><tt:Year>{at.year}</tt:Year>"
            f"<tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )
        sock.sendall(http(envelope(body)))

    def take(self, asked: Heard, sock: socket.socket) -> None:
        def said(name: str) -> str:
            found = re.search(rb"<[\w.-]*:?%s\b[^>]*>([^<]*)<" % name.encode(), asked.body)
            return found[1].decode() if found else ""

        at = datetime(*(int(said(name)) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")), tzinfo=UTC)  # type: ignore[misc,arg-type]
        self.told.append((at.timestamp(), said("TZ"), said("DaylightSavings")))
        self.ahead, self.kind = at.timestamp() - time.time(), said("DateTimeType")
        sock.sendall(http(envelope("<tds:SetSystemDateAndTimeResponse/>")))


_FAULT = (
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode>"
    '</s:Code><s:Reason><s:Text xml:lang="en">not here</s:Text></s:Reason></s:Fault>'
)


@contextlib.contextmanager
def device(answers: Mapping[str, Answer] = ANSWERS, host: str = "127.0.0.1", port: int = 0) -> Iterator[Device]:
    """``port``: 0 for any that is free. ``answers`` by the request's name, "*" for all others; ``{host}`` and
    ``{port}`` in one are the device's own."""
    with socket.create_server((host, port)) as listening:
        found = Device(host, int(listening.getsockname()[1]), [])

        def serve() -> None:
            while True:
                try:
                    sock, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=_one, args=(sock, found, answers), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield found
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _one(sock: socket.socket, found: Device, answers: Mapping[str, Answer]) -> None:
    with sock, contextlib.suppress(OSError):
        data = b""
        while b"\r\n\r\n" not in data:
            part = sock.recv(65_536)
            if not part:
                return
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        while length and len(body) < int(length[1]):
            body += sock.recv(65_536)
        action = re.search(rb"<[\w.-]*:?Body[^>]*>\s*<(?:[\w.-]+:)?(\w+)", body)
        asked = Heard(action[1].decode() if action else "", head, body)
        found.heard.append(asked)
        answer = answers.get(asked.action, answers.get("*", _FAULT))
        if callable(answer):
            answer(asked, sock)
        elif isinstance(answer, bytes):
            sock.sendall(answer)
        else:
            text = answer.replace("{host}", found.host).replace("{port}", str(found.port))
            sock.sendall(http(envelope(text), status="500 Fault" if text is _FAULT else "200 OK"))
