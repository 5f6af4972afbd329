"""ONVIF devices that answer in other ways than the services' descriptions have it, as issues of other clients tell:
what is asked of them is learned all the same."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from appliance.rules.cameras.inquiry import DeviceReport, cleaned_report
from tests.peers.onvif_device import ANSWERS, Answer, Heard, device, envelope, http
from tests.recorder.test_inquiry import altered, ask

_FAULT = (
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode>"
    '</s:Code><s:Reason><s:Text xml:lang="en">Optional Action Not Implemented</s:Text></s:Reason></s:Fault>'
)
FAULT = http(envelope(_FAULT), status="500 Internal Server Error")
URI = str(ANSWERS["GetStreamUri"])
PROFILES = str(ANSWERS["GetProfiles"])


def _as(text: str, *, before: bytes = b"", more: str = "") -> bytes:
    return http(before + envelope(text), more=more)


@pytest.mark.parametrize(
    ("told_of", "answers"),
    [
        ("agsh/onvif#65: a device has no clock to ask for", {"GetSystemDateAndTime": FAULT}),
        (
            "agsh/onvif#65: it tells no universal time",
            {"GetSystemDateAndTime": re.sub("<tt:UTCDateTime>.*</tt:UTCDateTime>", "",
                                            str(ANSWERS["GetSystemDateAndTime"]))},
        ),
        ("HA core#74794: it does not say what it is", {"GetDeviceInformation": FAULT}),
        ("it refuses without a reason", {"GetDeviceInformation": http(
            envelope("<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code></s:Fault>"), status="500 Fault")}),
        (
            "it leaves out its serial number and hardware",
            {"GetDeviceInformation": "<tds:GetDeviceInformationResponse><tds:Manufacturer>IPCAM</tds:Manufacturer>"
                                     "</tds:GetDeviceInformationResponse>"},
        ),
        ("HA core#73985: it names no services", {"GetServices": FAULT, "GetCapabilities": FAULT}),
        (
            "HA core#92603: the port stands twice in where it is asked",
            {"GetServices": str(ANSWERS["GetServices"]).replace("{port}", "{port}:{port}"), "GetCapabilities": FAULT},
        ),
        ("HA core#89620: a text that is no UTF-8", {"GetDeviceInformation": http(envelope(
            "<tds:GetDeviceInformationResponse><tds:Manufacturer>VIK\x00</tds:Manufacturer>"
            "<tds:Model>P</tds:Model></tds:GetDeviceInformationResponse>").replace(b"\x00", b"\xc4\xfa"))}),
        ("empty lines ahead of the document", {"GetProfiles": _as(PROFILES, before=b"\r\n\r\n")}),
        ("a byte order mark ahead of the document", {"GetProfiles": _as(PROFILES, before=b"\xef\xbb\xbf")}),
        ("numbers that are none", {"GetProfiles": PROFILES.replace("<tt:FrameRateLimit>25<", "<tt:FrameRateLimit>25.0<")
                                   .replace("<tt:UseCount>1<", "<tt:UseCount><")}),
        ("an encoding that its schema has not (agsh/onvif#283)", {"GetProfiles": PROFILES.replace(
            "<tt:Encoding>H264<", "<tt:Encoding>H265<")}),
        ("ZoneMinder#1397: an attribute of a type", {"GetProfiles": PROFILES.replace('fixed="true"',
            'fixed="true" xsi:type="tt:Profile" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"')}),
    ],
)  # fmt: skip
def test_a_device_that_answers_oddly_says_where_its_pictures_are(told_of: str, answers: Mapping[str, Answer]) -> None:
    with device(altered(**answers)) as here:
        report, why = ask(here)
    assert why == "", told_of
    assert report is not None
    assert [each.url for each in report.streams] == ["rtsp://127.0.0.1:554/live?channel=1"] * 2, told_of


@pytest.mark.parametrize(
    ("told_of", "written", "address"),
    [
        (
            "ZoneMinder#3767: & as it is",
            "rtsp://{host}:554/user=admin_password=x_channel=0_stream=0&onvif=0.sdp?real_stream",
            "rtsp://127.0.0.1:554/user=admin_password=x_channel=0_stream=0&onvif=0.sdp?real_stream",
        ),
        ("& written twice", "rtsp://{host}:554/cam?channel=1&amp;amp;subtype=0",
         "rtsp://127.0.0.1:554/cam?channel=1&subtype=0"),
        ("BigTonyTones#12: its own loopback", "rtsp://127.0.1.1:8554/tapo_sub", "rtsp://127.0.0.1:8554/tapo_sub"),
        ("agsh/onvif#170: behind a router", "rtsp://192.168.1.1:554/s1", "rtsp://127.0.0.1:554/s1"),
        ("nobody's address", "rtsp://0.0.0.0:554/s1", "rtsp://127.0.0.1:554/s1"),
        ("milg0/onvif-java-lib#19: two ports", "rtsp://{host}:80:554/cam/realmonitor?channel=1",
         "rtsp://127.0.0.1:554/cam/realmonitor?channel=1"),
        ("an account in it", "rtsp://admin:12345@{host}:554/s1", "rtsp://127.0.0.1:554/s1"),
        ("in capitals", "RTSP://{host}:554/s1", "rtsp://127.0.0.1:554/s1"),
        ("newlines around it", "\n   rtsp://{host}:554/s1\n  ", "rtsp://127.0.0.1:554/s1"),
        ("a blank in its path", "rtsp://{host}:554/live main", "rtsp://127.0.0.1:554/live%20main"),
        ("letters of another script", "rtsp://{host}:554/大門", "rtsp://127.0.0.1:554/%E5%A4%A7%E9%96%80"),
    ],
)  # fmt: skip
def test_the_address_of_a_stream_is_read_however_it_is_written(told_of: str, written: str, address: str) -> None:
    answer = re.sub("<tt:Uri>.*</tt:Uri>", lambda _: f"<tt:Uri>{written}</tt:Uri>", URI)
    with device(altered(GetStreamUri=answer)) as here:
        report, why = ask(here)
    assert why == "", told_of
    assert report is not None
    assert {each.url for each in report.streams} == {address}, told_of


def test_a_profile_that_does_not_say_how_it_is_encoded_has_its_stream_all_the_same() -> None:
    """A Dahua that sends H.265 describes it in another service alone (GuilhermeC18/node-onvif#78); a profile of
    metadata has no picture."""
    source = (
        '<tt:VideoSourceConfiguration token="s"><tt:Name>s</tt:Name><tt:UseCount>1</tt:UseCount>'
        '<tt:SourceToken>s</tt:SourceToken><tt:Bounds x="0" y="0" width="2688" height="1520"/>'
        "</tt:VideoSourceConfiguration>"
    )
    main = f'<trt:Profiles token="main" fixed="true"><tt:Name>Main</tt:Name>{source}</trt:Profiles>'
    data = '<trt:Profiles token="data" fixed="true"><tt:Name>Data</tt:Name></trt:Profiles>'
    with device(altered(GetProfiles=f"<trt:GetProfilesResponse>{main}{data}</trt:GetProfilesResponse>")) as here:
        report, why = ask(here)
    assert why == ""
    assert report is not None
    assert [(each.name, each.url) for each in report.streams] == [("Main", "rtsp://127.0.0.1:554/live?channel=1")]


@pytest.mark.parametrize("serial", ["SerialNumber", "0123456789", "123456", "00000000", "none", "N/A", "  ", "XXXXXX"])
def test_T_66_what_many_devices_have_for_a_serial_number_is_none(serial: str) -> None:
    """Two devices that say so would pass for each other (home-assistant/core#38864, home-assistant/frontend#17345)."""
    report = DeviceReport(make="IPCAM", serial=serial)
    assert cleaned_report(report, "192.0.2.7", "").serial == ""


def test_T_66_a_serial_number_of_its_own_stays() -> None:
    for serial in ("S-77", "ACCC8E123456", "1108", "0012345", "DS-2CD2143G2-I20230101AAWR123456789"):
        assert cleaned_report(DeviceReport(serial=serial), "192.0.2.7", "").serial == serial


def test_a_device_that_calls_its_local_time_universal_is_asked_by_ours() -> None:
    """It tells its local time for the universal one and refuses what is dated by it (OpenIPC/majestic-webui#292)."""
    told = datetime.now(UTC) + timedelta(hours=8)
    clock = re.sub(
        "<tt:UTCDateTime>.*</tt:UTCDateTime>",
        f"<tt:UTCDateTime><tt:Time><tt:Hour>{told.hour}</tt:Hour><tt:Minute>{told.minute}</tt:Minute><tt:Second>"
        f"{told.second}</tt:Second></tt:Time><tt:Date><tt:Year>{told.year}</tt:Year><tt:Month>{told.month}</tt:Month>"
        f"<tt:Day>{told.day}</tt:Day></tt:Date></tt:UTCDateTime>",
        str(ANSWERS["GetSystemDateAndTime"]),
    )
    refused = http(
        envelope(
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode>"
            '</s:Code><s:Reason><s:Text xml:lang="en">Sender not Authorized</s:Text></s:Reason></s:Fault>'
        ),
        status="400 Bad Request",
    )

    def checked(name: str) -> Answer:
        def answer(asked: Heard, sock: socket.socket) -> None:
            dated = re.search(rb"Created[^>]*>([^<]+)<", asked.body)
            at = datetime.fromisoformat(dated[1].decode().replace("Z", "+00:00")).timestamp() if dated else 0.0
            host, port = sock.getsockname()
            text = str(ANSWERS[name]).replace("{host}", host).replace("{port}", str(port))
            sock.sendall(_as(text) if abs(at - time.time()) < 300 else refused)

        return answer

    names = ("GetDeviceInformation", "GetServices", "GetProfiles", "GetStreamUri")
    with device({"GetSystemDateAndTime": clock, **{name: checked(name) for name in names}}) as here:
        report, why = ask(here)
    assert why == ""
    assert report is not None
    assert len(report.streams) == 2
    tries = [each for each in here.heard if each.action == "GetDeviceInformation"]
    assert len(tries) == 2, "a wrong password is sent no more often than that"
