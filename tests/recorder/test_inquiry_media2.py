"""A device that describes its streams by ONVIF's second media service: alone, or better than by the first."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Mapping

import pytest

from appliance.rules.cameras.inquiry import DeviceStream
from tests.peers.onvif_device import (
    ANSWERS,
    FIRST_SERVICE,
    MEDIA2,
    MEDIA2_PROFILES,
    MEDIA2_URI,
    SECOND_SERVICE,
    Answer,
    Heard,
    device,
    envelope,
    http,
    services,
)
from tests.recorder.test_inquiry import BOMB, ELSEWHERE, PASSWORD, altered, ask

_NOT_AUTHORIZED = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en">The action requires authorization</s:Text></s:Reason></s:Fault>'
)
_BUSY = (
    "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code>"
    '<s:Reason><s:Text xml:lang="en">Too busy</s:Text></s:Reason></s:Fault>'
)
MAIN = DeviceStream(
    name="Main", url="rtsp://127.0.0.1:554/second", codec="H265", width=2688, height=1520, rate=25.0, gop=50,
    kbps=4096, sound="AAC",
)  # fmt: skip
SUB = DeviceStream(
    name="Sub", url="rtsp://127.0.0.1:554/second", codec="H264", width=640, height=360, rate=12.5, gop=20, kbps=512
)


def second_alone(profiles: Answer = MEDIA2_PROFILES, uri: Answer = MEDIA2_URI) -> Mapping[str, Answer]:
    return altered(GetServices=services(SECOND_SERVICE), GetProfiles=profiles, GetStreamUri=uri)


def of_both(first: str, second: str, status: str = "200 OK") -> Answer:
    """Answers each service in its own words."""

    def answer(asked: Heard, sock: socket.socket) -> None:
        ours = MEDIA2.encode() in asked.body
        body = (second if ours else first).replace("{host}", "127.0.0.1")
        sock.sendall(http(envelope(body), status=status if ours else "200 OK"))

    return answer


def test_a_device_that_has_the_second_service_alone_says_what_it_sends_the_largest_picture_first() -> None:
    with device(second_alone()) as here:
        report, why = ask(here)
    assert why == ""
    assert report is not None
    assert (report.make, report.serial) == ("Axle", "S-77")
    assert report.streams == (MAIN, SUB), "and not the profile that has no picture"
    posts = [each.head.split(b" ")[1] for each in here.heard if each.action in ("GetProfiles", "GetStreamUri")]
    assert posts == [b"/onvif/media2"] * 3


def test_its_account_goes_there_as_a_digest_of_the_devices_own_time() -> None:
    with device(second_alone()) as here:
        ask(here)
    asked = next(each for each in here.heard if each.action == "GetProfiles").body
    digest, nonce, created = (
        re.search(rb":%s[^>]*>([^<]+)<" % name, asked)[1]  # type: ignore[index]
        for name in (b"Password", b"Nonce", b"Created")
    )
    assert created.startswith(b"2020-01-02T01:02")
    assert base64.b64decode(digest) == hashlib.sha1(base64.b64decode(nonce) + created + PASSWORD.encode()).digest()
    assert all(PASSWORD.encode() not in each.head + each.body for each in here.heard)


def test_a_device_that_wants_no_account_is_asked_without_one() -> None:
    with device(second_alone()) as here:
        report, _ = ask(here, user="", password="")
    assert report is not None
    assert report.streams == (MAIN, SUB)
    assert all(b"UsernameToken" not in each.body for each in here.heard)


def test_the_second_service_is_asked_where_the_first_does_not_say_how_a_stream_is_encoded() -> None:
    first = re.sub("<tt:VideoEncoderConfiguration.*?</tt:VideoEncoderConfiguration>",
                   '<tt:VideoSourceConfiguration token="s"/>', str(ANSWERS["GetProfiles"]))  # fmt: skip
    answers = altered(
        GetServices=services(FIRST_SERVICE, SECOND_SERVICE),
        GetProfiles=of_both(first, MEDIA2_PROFILES),
        GetStreamUri=of_both(str(ANSWERS["GetStreamUri"]), MEDIA2_URI),
    )
    with device(answers) as here:
        report, _ = ask(here)
    assert report is not None
    assert report.streams == (MAIN, SUB)


def test_a_device_whose_first_service_says_it_all_is_asked_no_more() -> None:
    with device(altered(GetServices=services(SECOND_SERVICE, FIRST_SERVICE))) as here:
        report, _ = ask(here)
    assert report is not None
    assert [each.codec for each in report.streams] == ["H264", "H264"]
    assert all(MEDIA2.encode() not in each.body for each in here.heard)


def test_what_the_first_service_said_stays_where_the_second_fails() -> None:
    first = str(ANSWERS["GetProfiles"]).replace("<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>640",
                                                "<tt:Resolution><tt:Width>640")  # fmt: skip
    answers = altered(
        GetServices=services(FIRST_SERVICE, SECOND_SERVICE),
        GetProfiles=of_both(first, "<s:Fault/>", "500 Internal Server Error"),
    )
    with device(answers) as here:
        report, why = ask(here)
    assert why == ""
    assert report is not None
    assert [(each.width, each.codec) for each in report.streams] == [(1920, "H264"), (640, "")]


def test_what_the_first_service_alone_names_stays() -> None:
    """A camera whose second service names one picture, and whose first one names another besides."""
    first = str(ANSWERS["GetProfiles"]).replace("<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1920",
                                                "<tt:Resolution><tt:Width>1920")  # fmt: skip
    main_alone = re.sub('<tr2:Profiles token="sub".*?</tr2:Profiles>', "", MEDIA2_PROFILES, flags=re.DOTALL)
    answers = altered(
        GetServices=services(FIRST_SERVICE, SECOND_SERVICE),
        GetProfiles=of_both(first, main_alone),
        GetStreamUri=of_both(str(ANSWERS["GetStreamUri"]), MEDIA2_URI),
    )
    with device(answers) as here:
        report, _ = ask(here)
    assert report is not None
    assert [(each.name, each.codec, each.width) for each in report.streams] == [
        ("Main", "H265", 2688),
        ("Sub", "H264", 640),
    ]


def test_what_the_first_service_failed_at_is_told_where_the_second_has_no_streams() -> None:
    answers = altered(
        GetServices=services(FIRST_SERVICE, SECOND_SERVICE),
        GetProfiles=of_both(_BUSY, f'<tr2:GetProfilesResponse xmlns:tr2="{MEDIA2}"/>'),
    )
    with device(answers) as here:
        assert ask(here) == (None, "device-strange")


def test_the_second_service_is_asked_where_the_first_fails() -> None:
    answers = altered(
        GetServices=services(FIRST_SERVICE, SECOND_SERVICE),
        GetProfiles=of_both("<tt:nothing/>", MEDIA2_PROFILES),
        GetStreamUri=of_both("<tt:nothing/>", MEDIA2_URI),
    )
    with device(answers) as here:
        report, _ = ask(here)
    assert report is not None
    assert report.streams == (MAIN, SUB)


def test_an_account_that_the_first_service_refuses_is_not_tried_at_the_second() -> None:
    answers = altered(
        GetServices=services(FIRST_SERVICE, SECOND_SERVICE), GetProfiles=of_both(_NOT_AUTHORIZED, MEDIA2_PROFILES)
    )
    with device(answers) as here:
        assert ask(here) == (None, "device-account")
    assert all(MEDIA2.encode() not in each.body for each in here.heard)


@pytest.mark.parametrize(
    "answer",
    [
        _NOT_AUTHORIZED,
        *(http(page, status="401 Unauthorized") for page in (b"", b"<html><br>", b"<!DOCTYPE html><p/>")),
    ],
    ids=["a fault", "by HTTP", "by a page", "by a page with its type"],
)
def test_a_wrong_account_is_told_as_one(answer: Answer) -> None:
    with device(second_alone(profiles=answer)) as here:
        assert ask(here) == (None, "device-account")
    with device(second_alone(uri=answer)) as here:
        assert ask(here) == (None, "device-account")


@pytest.mark.parametrize(
    "answer",
    [http(BOMB), http(BOMB.decode().encode("utf-16")), http(b""), http(b"\xff\xd8\xff no XML"), http(b"<html/>"),
     http(envelope("")), http(envelope("<tt:a>" * 60_000 + "</tt:a>" * 60_000)),
     http(envelope("<tt:a/>"), status="503 Service Unavailable")],
    ids=["a bomb", "a bomb in UTF-16", "empty", "no XML", "a page", "an empty body", "nested", "busy"],
)  # fmt: skip
def test_an_answer_in_bad_faith_gives_no_stream(answer: bytes) -> None:
    with device(second_alone(profiles=answer)) as here:
        assert ask(here) == (None, "device-strange")
    with device(second_alone(uri=answer)) as here:
        report, why = ask(here)
    assert why == ""
    assert report is not None
    assert [each.url for each in report.streams] == []


def test_it_is_asked_on_this_very_address_and_goes_no_further() -> None:
    with device(host=ELSEWHERE) as other:
        named = services(SECOND_SERVICE.replace("{host}:{port}", f"{other.host}:{other.port}"))
        with device({**second_alone(), "GetServices": named}) as here:
            assert ask(here) == (None, "device-silent"), "that port was asked for at its own host, where none listens"
        away = http(b"", status="307 Temporary Redirect", more=f"Location: {other.service}\r\n")
        with device(second_alone(profiles=away)) as here:
            assert ask(here) == (None, "device-strange")
    assert other.heard == []


def test_what_is_of_another_type_is_as_if_it_were_not_there() -> None:
    odd = MEDIA2_PROFILES.replace(">2688<", ">many<").replace(">25.0<", ">-3<").replace('"50"', '"9e9"')
    odd = odd.replace(">H265<", ">video/H265<").replace(">4096<", ">\u0664<").replace(">12.5<", ">1.5.5<")
    with device(second_alone(profiles=odd)) as here:
        report, _ = ask(here)
    assert report is not None
    main = next(each for each in report.streams if each.name == "Main")
    assert (main.codec, main.width, main.rate, main.gop, main.kbps) == ("H265", 0, 0.0, 0, 0)
    assert all(each.rate in (0.0, 1.0) for each in report.streams)
