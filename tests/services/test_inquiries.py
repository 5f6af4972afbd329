"""Questions to devices, from the order to the answer: in memory, for whoever waits, and cleaned whoever answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from appliance.core.clock import SystemClock
from appliance.core.errors import Unavailable
from appliance.core.messages import coded
from appliance.protocol.recorder import DeviceInquiry
from appliance.rules.cameras.inquiry import DeviceClock, DeviceReport, DeviceStream
from appliance.services.cameras.inquiries import Inquiries
from tests.box import until

HOST = "192.0.2.7"


def inquiries(seconds: float = 120) -> Inquiries:
    numbers = iter(range(1, 100))
    return Inquiries(SystemClock(), lambda size: next(numbers).to_bytes(size, "big"), seconds=seconds)


@contextmanager
def asked(book: Inquiries) -> Iterator[tuple[DeviceInquiry, list[DeviceReport | str]]]:
    """A question that somebody waits for; the answer, or the code of why there is none, comes into the list."""
    heard: list[DeviceReport | str] = []

    def ask() -> None:
        try:
            heard.append(book.ask(f"rtsp://{HOST}/", "recorder", "secret", f"http://{HOST}:81/x"))
        except Unavailable as error:
            heard.append(str(error.message.values["why"].code) if error.message else str(error))

    waiting = threading.Thread(target=ask)
    waiting.start()
    until(book.wanted, what="the order")
    yield book.wanted()[0], heard
    waiting.join(120)


def test_the_recorder_gets_address_and_account_and_whoever_waits_the_answer() -> None:
    book = inquiries()
    with asked(book) as (wanted, heard):
        assert (wanted.address, wanted.user, wanted.password) == (f"rtsp://{HOST}/", "recorder", "secret")
        assert wanted.service == f"http://{HOST}:81/x"
        book.came("another", DeviceReport(make="no"), "")
        book.came(wanted.order, DeviceReport(make="Axle"), "")
        book.came(wanted.order, DeviceReport(make="late"), "")
    assert heard == [DeviceReport(make="Axle")]
    assert book.wanted() == ()


def test_a_recorder_that_was_taken_over_names_no_other_host_and_repeats_no_password() -> None:
    streams = (
        DeviceStream(name="secret", url="rtsp://u:p@198.51.100.9:555/a", width=640, height=360),
        DeviceStream(name="b", url=f"rtsp://{HOST}/secret", width=1 << 40, height=-1, rate=1e9),
        DeviceStream(name="c", url="file:///etc/passwd", width=1920, height=1080, rate=25),
    )
    book = inquiries()
    with asked(book) as (wanted, heard):
        told = DeviceReport(
            service="http://198.51.100.9/x", make="a\x1b[31m" * 40, streams=streams, offset_seconds=1e15
        )
        book.came(wanted.order, told, "")
    (report,) = heard
    assert isinstance(report, DeviceReport)
    assert report.service == f"http://{HOST}/x"
    assert [(each.name, each.url) for each in report.streams] == [
        ("c", ""), ("", f"rtsp://{HOST}:555/a"), ("b", ""),
    ]  # fmt: skip
    assert (report.streams[2].width, report.streams[2].rate, report.offset_seconds) == (0, 0.0, None)
    assert len(report.make) == 80
    assert "\x1b" not in report.make


def test_why_there_is_no_answer_is_told_and_a_question_has_an_end() -> None:
    book = inquiries()
    with asked(book) as (wanted, heard):
        book.came(wanted.order, None, coded("device-account"))
    assert heard == ["device-account"]
    with pytest.raises(Unavailable) as caught:
        inquiries(seconds=0.01).ask(f"rtsp://{HOST}/", "", "")
    assert caught.value.message is not None
    assert caught.value.message.values["why"] == coded("device-none-in-time")


def test_a_clock_is_ordered_as_such_and_what_answers_otherwise_is_nothing() -> None:
    book, heard = inquiries(), list[DeviceClock | str]()

    def ask() -> None:
        try:
            heard.append(book.clock(f"rtsp://{HOST}/", "recorder", "secret", "", "set"))
        except Unavailable as error:
            heard.append(str(error.message.values["why"].code) if error.message else str(error))

    for answer in (DeviceClock(offset_seconds=0.5), DeviceReport(make="Axle"), DeviceClock(offset_seconds=1e15)):
        waiting = threading.Thread(target=ask)
        waiting.start()
        (wanted,) = until(book.wanted, what="the order")
        assert wanted.clock == "set"
        book.came(wanted.order, answer, "")
        waiting.join(120)
    assert heard == [DeviceClock(offset_seconds=0.5), "device-strange", DeviceClock()]
    with pytest.raises(Unavailable) as caught:
        inquiries(seconds=0.01).clock(f"rtsp://{HOST}/", "", "", "", "read")
    assert caught.value.message is not None
    assert caught.value.message.code == "clock-why"
