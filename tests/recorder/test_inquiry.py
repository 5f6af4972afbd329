"""A device is asked what it is by a confined process: what of its answer is believed, where its account may go, and
devices that answer in bad faith. Each answer comes from a real process that was asked."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import socket
import threading
import time
from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any

import pytest

from appliance.core.messages import CodedMessage, Said
from appliance.protocol.recorder import DeviceInquiry
from appliance.recorder.supervisor import inquiry
from appliance.recorder.supervisor.inquiry import Inquirer, Order, inquire
from appliance.rules.cameras.inquiry import DeviceClock, DeviceReport
from tests.peers.onvif_device import ANSWERS, Answer, Device, Heard, device, envelope, http

PASSWORD = "very-secret-1"
ELSEWHERE = "127.0.0.2"


def ask(here: Device, *, user: str = "recorder", password: str = PASSWORD) -> tuple[DeviceReport | None, str]:
    """What the device says, or the code of why not."""
    order = Order(
        address=f"rtsp://{here.host}/", user=user, password=password, service=here.service, ports=(here.port,)
    )
    report, why = inquire(order)
    assert not isinstance(report, DeviceClock)
    return report, why.code if isinstance(why, CodedMessage) else str(why)


def altered(**answers: Answer) -> Mapping[str, Answer]:
    return {**ANSWERS, **answers}


def test_a_device_says_what_it_is_and_what_it_sends_the_largest_picture_first() -> None:
    with device() as here:
        report, why = ask(here)
    assert why == ""
    assert report is not None
    assert (report.make, report.model, report.serial, report.firmware) == ("Axle", "P-1", "S-77", "9.8")
    assert report.service == here.service
    assert report.offset_seconds is not None
    assert report.offset_seconds < -86_400
    main, sub = report.streams
    assert (main.name, main.codec, main.width, main.height, main.rate) == ("Main", "H264", 1920, 1080, 25.0)
    assert (main.gop, main.kbps, main.sound) == (50, 4096, "G711")
    assert (main.url, sub.width, sub.sound) == ("rtsp://127.0.0.1:554/live?channel=1", 640, "")


def test_the_account_goes_out_as_a_digest_of_the_devices_own_time_and_not_before_onvif_answered() -> None:
    with device() as here:
        ask(here)
    first, *rest = here.heard
    assert first.action == "GetSystemDateAndTime"
    assert b"recorder" not in first.body
    assert all(PASSWORD.encode() not in each.head + each.body for each in here.heard)
    asked = next(each for each in rest if each.action == "GetDeviceInformation").body
    digest, nonce, created = (
        re.search(rb":%s[^>]*>([^<]+)<" % name, asked)[1]  # type: ignore[index]
        for name in (b"Password", b"Nonce", b"Created")
    )
    assert created.startswith(b"2020-01-02T01:02"), "by its clock, or it would refuse"
    wanted = hashlib.sha1(base64.b64decode(nonce) + created + PASSWORD.encode()).digest()
    assert base64.b64decode(digest) == wanted


def test_a_device_that_wants_no_account_is_asked_without_one() -> None:
    with device() as here:
        report, why = ask(here, user="", password="")
    assert (why, report.serial if report else "") == ("", "S-77")
    assert all(b"UsernameToken" not in each.body for each in here.heard)


def test_an_account_goes_to_no_other_host_whatever_the_device_names() -> None:
    with device(host=ELSEWHERE) as other:
        there = f"{other.host}:{other.port}"
        media = str(ANSWERS["GetServices"]).replace("{host}:{port}", there)
        uri = str(ANSWERS["GetStreamUri"]).replace("{host}:554", f"admin:{PASSWORD}@{there}")
        with device(altered(GetServices=media, GetStreamUri=uri)) as here:
            report, why = ask(here)
        assert (report, why) == (None, "device-silent"), "that port was asked for at its own host, where none listens"
        with device(altered(GetStreamUri=uri)) as here:
            report, _ = ask(here)
    assert report is not None
    assert report.streams[0].url == f"rtsp://127.0.0.1:{other.port}/live?channel=1"
    assert other.heard == []


@pytest.mark.parametrize("status", ["301 Moved", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_no_redirect_is_followed(status: str) -> None:
    with device(host=ELSEWHERE) as other:
        away = http(b"", status=status, more=f"Location: {other.service}\r\n")
        with device(altered(GetDeviceInformation=away)) as here:
            assert ask(here) == (None, "device-strange")
    assert other.heard == []


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "'
    + b"x" * 1000
    + b'"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><l>&d;</l>'
)
FILE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>'


def dripping(asked: Heard, sock: socket.socket) -> None:
    """A byte now and then, for ever."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n\r\n<a>")
    while True:
        sock.sendall(b"x")
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http(BOMB), "device-strange"),
        (http(FILE), "device-strange"),
        (http(BOMB.decode().encode("utf-16")), "device-strange"),
        (http(gzip.compress(envelope(str(ANSWERS["GetDeviceInformation"]))), more="Content-Encoding: gzip\r\n"),
         "device-strange"),
        (dripping, "device-silent"),
        (http(b""), "device-strange"),
        (http(b"\xff\xd8\xff no XML"), "device-strange"),
        (http(b"<html><body>Log in</body></html>"), "device-strange"),
        (b"SSH-2.0-dropbear\r\n", "device-silent"),
        (http(b"", status="401 Unauthorized", more='WWW-Authenticate: Basic realm="x"\r\n'), "device-account"),
    ],
    ids=["a bomb of entities", "a file", "a bomb in UTF-16", "packed", "never-ending", "empty", "no XML",
         "a page", "not HTTP", "wants the password in clear"],
)  # fmt: skip
def test_an_answer_in_bad_faith_is_told_and_costs_no_more_than_its_limit(answer: Answer, code: str) -> None:
    with device(altered(GetDeviceInformation=answer)) as here:
        assert ask(here) == (None, code)
    assert all(PASSWORD.encode() not in each.head + each.body for each in here.heard)
    assert all(b"Basic" not in each.head for each in here.heard)


def test_of_an_answer_of_a_hundred_megabytes_no_more_is_taken_than_the_limit() -> None:
    sent: list[int] = []

    def endless(asked: Heard, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nConnection: close\r\n\r\n")
        for _ in range(1600):
            sock.sendall(b"<a>" + b"x" * 65_533)
            sent.append(1 << 16)

    with device(altered(GetDeviceInformation=endless)) as here:
        assert ask(here) == (None, "device-strange")
    assert sum(sent) < 32 << 20, "what the sockets between them hold, and no more"


def test_of_an_answer_of_sixty_thousand_elements_in_one_another_nothing_is_taken() -> None:
    nested = http(envelope("<tt:a>" * 60_000 + "</tt:a>" * 60_000))
    with device(altered(GetDeviceInformation=nested)) as here:
        report, why = ask(here)
    assert (why, report is None or (report.make, report.serial)) in [("", ("", "")), ("device-strange", True)]


def test_what_is_of_another_type_is_as_if_it_were_not_there() -> None:
    profiles = str(ANSWERS["GetProfiles"]).replace(">1920<", ">many<").replace(">25<", ">-3<").replace(">50<", ">9e9<")
    day = str(ANSWERS["GetSystemDateAndTime"]).replace(">2020<", ">twenty<")
    named = str(ANSWERS["GetDeviceInformation"]).replace("Axle", "A" * 5000 + "\u202e").replace("P-1", PASSWORD)
    with device(altered(GetProfiles=profiles, GetSystemDateAndTime=day, GetDeviceInformation=named)) as here:
        report, why = ask(here)
    assert (why, report is not None) == ("", True)
    assert report is not None
    assert (report.make, report.model, report.offset_seconds) == ("A" * 80, "", None)
    assert all(each.rate >= 0 and each.gop >= 0 and each.width < 16_385 for each in report.streams)


def test_a_duration_beyond_all_bounds_costs_the_streams_and_not_the_device() -> None:
    uri = str(ANSWERS["GetStreamUri"]).replace("PT30S", "P99999999999D")
    with device(altered(GetStreamUri=uri)) as here:
        report, why = ask(here)
    assert why == ""
    assert report is not None
    assert (report.make, report.streams) == ("Axle", ())


def test_an_address_that_holds_the_password_is_shown_to_nobody() -> None:
    uri = str(ANSWERS["GetStreamUri"]).replace("live?channel=1", f"user=recorder_password={PASSWORD}_channel=1")
    with device(altered(GetStreamUri=uri)) as here:
        report, _ = ask(here)
    assert report is not None
    assert {each.url for each in report.streams} == {""}
    assert PASSWORD not in repr(report)


def test_a_device_that_asks_for_a_digest_over_http_gets_one() -> None:
    def asks(asked: Heard, sock: socket.socket) -> None:
        answers = re.search(rb"Authorization: Digest [^\r]*username=\"recorder\"", asked.head)
        more = 'WWW-Authenticate: Digest realm="AXIS", nonce="abc", qop="auth", algorithm=MD5\r\n'
        sock.sendall(
            http(envelope(str(ANSWERS["GetDeviceInformation"])))
            if answers
            else http(b"", status="401 Unauthorized", more=more)
        )

    with device(altered(GetDeviceInformation=asks)) as here:
        report, why = ask(here)
    assert (why, report.serial if report else "") == ("", "S-77")


def test_a_service_on_another_port_is_found_where_nobody_told_it_and_nothing_else_is_taken_for_one() -> None:
    with device({"*": http(b"<html/>")}) as web, device() as here:
        order = Order(
            address="rtsp://127.0.0.1:8554/x", user="recorder", password=PASSWORD, ports=(web.port, here.port)
        )
        report, _ = inquire(order)
        nothing = inquire(Order(address="rtsp://127.0.0.1/", ports=(web.port,)))
    assert isinstance(report, DeviceReport)
    assert report.service == here.service
    assert nothing == (None, CodedMessage("device-no-onvif"))
    assert [each.action for each in web.heard] == ["GetSystemDateAndTime"] * 2


def test_each_question_is_asked_once_and_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: SimpleQueue[str] = SimpleQueue()
    done: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
    go_on = threading.Event()

    def slow(order: Order) -> tuple[DeviceReport | None, Said]:
        asked.put(order.address)
        go_on.wait(120)
        return None, "no"

    monkeypatch.setattr(inquiry, "inquire", slow)
    inquirer = Inquirer(lambda *told: done.put(told))
    wanted = tuple(DeviceInquiry(order=name, address=f"rtsp://{name}/") for name in ("a", "b", "c"))
    inquirer.asked(wanted)
    inquirer.asked(wanted)
    assert {asked.get(timeout=120), asked.get(timeout=120)} == {"rtsp://a/", "rtsp://b/"}
    assert asked.empty()
    go_on.set()
    assert {done.get(timeout=120)[0], done.get(timeout=120)[0]} == {"a", "b"}
    inquirer.asked(wanted)
    assert (asked.get(timeout=120), done.get(timeout=120)[0]) == ("rtsp://c/", "c")
    assert asked.empty()
