"""The clock of a device is set by a confined process, to ours and by its own rules; devices that will not, that say yes
and do not, and that answer in bad faith. Each answer comes from a real process that spoke to the device."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.core.messages import CodedMessage
from appliance.protocol.recorder import ClockDeed
from appliance.recorder.supervisor import onvif_clock, onvif_service
from appliance.recorder.supervisor.inquiry import Order, inquire
from appliance.recorder.supervisor.onvif_service import Account
from appliance.rules.cameras.inquiry import DeviceClock, DeviceReport, clock_is_set
from tests.peers.onvif_device import Answer, Clock, Device, Heard, device, envelope, http

PASSWORD = "very-secret-1"
FOREIGN = Path(__file__).parents[2] / ".venv" / "foreign"
CAMERA = Path(__file__).parents[1] / "peers" / "ipycam_device.py"
NEAR = 60.0
"""Whatever a loaded machine takes, these clocks are hours apart."""


def carry_out(here: Device, clock: ClockDeed) -> tuple[DeviceClock | None, str]:
    """What the device says of its clock last, or the code of why it says nothing."""
    order = Order(address=f"rtsp://{here.host}/", user="recorder", password=PASSWORD, ports=(here.port,), clock=clock)
    found, why = inquire(order)
    assert not isinstance(found, DeviceReport)
    return found, why.code if isinstance(why, CodedMessage) else str(why)


def actions(here: Device) -> list[str]:
    return [each.action for each in here.heard]


def test_a_clock_is_set_to_ours_in_the_device_s_own_zone_and_asked_again() -> None:
    clock = Clock(-7200, zone="CST-8", summer="true")
    with device(clock.answers()) as here:
        before = time.time()
        found, why = carry_out(here, "set")
    assert why == ""
    ((told, zone, summer),) = clock.told
    assert before - 1 <= told <= time.time() + 1
    assert (zone, summer, clock.kind) == ("CST-8", "true", "Manual")
    assert found is not None
    assert found.offset_seconds is not None
    assert abs(found.offset_seconds) < NEAR
    assert not found.ntp
    asked = actions(here)
    assert asked.index("GetSystemDateAndTime") < asked.index("SetSystemDateAndTime") < len(asked) - 1
    assert set(asked) == {"GetSystemDateAndTime", "SetSystemDateAndTime"}


AT_NS = 1_577_926_923_500_000_000
"""2020-01-02T01:02:03.5, where ours stands still."""


@pytest.mark.parametrize("ahead", [0.0, -300.0])
def test_a_second_that_a_device_tells_is_taken_at_its_middle(ahead: float) -> None:
    """It told 01:02:03 then, and may have stood anywhere in it."""

    async def ask(here: Device) -> DeviceClock:
        await onvif_service.load()
        now_ns = AT_NS - int(ahead * 1e9)
        return await onvif_clock.read_clock(here.host, Account(), lambda: now_ns, here.service, ports=())

    with device() as here:
        assert asyncio.run(ask(here)).offset_seconds == ahead


def test_the_time_that_is_sent_is_ours_to_the_nearest_second() -> None:
    async def ask(here: Device) -> DeviceClock:
        await onvif_service.load()
        return await onvif_clock.set_clock(here.host, Account(), lambda: AT_NS + 600_000_000, here.service, ports=())

    clock = Clock(-7200)
    with device(clock.answers()) as here:
        asyncio.run(ask(here))
    assert [told for told, _, _ in clock.told] == [1_577_926_924.0]


def test_a_device_without_a_zone_is_told_none() -> None:
    clock = Clock(7200, zone="")
    with device(clock.answers()) as here:
        carry_out(here, "set")
    assert [zone for _, zone, _ in clock.told] == [""]
    (asked,) = (each for each in here.heard if each.action == "SetSystemDateAndTime")
    assert b"TimeZone" not in asked.body


def test_the_account_goes_out_as_a_digest_of_the_device_s_own_time() -> None:
    clock = Clock(-400 * 86_400)
    with device(clock.answers()) as here:
        carry_out(here, "set")
    (asked,) = (each for each in here.heard if each.action == "SetSystemDateAndTime")
    created = re.search(rb":Created[^>]*>(\d{4})", asked.body)
    assert created is not None
    assert int(created[1]) < time.gmtime().tm_year, "by its clock, or it would refuse"
    assert all(PASSWORD.encode() not in each.head + each.body for each in here.heard)


@pytest.mark.parametrize("ahead", [-301.0, 0.0, 3600.0])
def test_to_ask_for_a_clock_sets_nothing(ahead: float) -> None:
    clock = Clock(ahead)
    with device(clock.answers()) as here:
        found, why = carry_out(here, "read")
    assert (why, clock.told) == ("", [])
    assert found is not None
    assert found.offset_seconds is not None
    assert abs(found.offset_seconds - ahead) < NEAR
    assert set(actions(here)) == {"GetSystemDateAndTime"}


def test_a_device_that_takes_its_time_by_ntp_is_sent_nothing() -> None:
    clock = Clock(-300, kind="NTP")
    with device(clock.answers()) as here:
        found, why = carry_out(here, "set")
    assert (why, clock.told) == ("", [])
    assert found is not None
    assert found.ntp
    assert "SetSystemDateAndTime" not in actions(here)


FAULT = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:{code}</s:Value></s:Subcode></s:Code>"
    '<s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>'
)


def fault(code: str) -> bytes:
    return http(envelope(FAULT.format(code=code)), status="400 Bad Request")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fault("InvalidDateTime"), "clock-refused"),
        (fault("ActionNotSupported"), "clock-refused"),
        (fault("NotAuthorized"), "device-account"),
        (http(b"", status="501 Not Implemented"), "clock-unknown"),
        (http(b"<html><body>Log in</body></html>"), "clock-unknown"),
        (http(b"", status="307 Temporary Redirect", more="Location: http://127.0.0.2/\r\n"), "clock-unknown"),
        (http(b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "x">]><l>&a;</l>'), "clock-unknown"),
        (http(b"<a>" + b"x" * (2 << 20)), "clock-unknown"),
        (b"SSH-2.0-dropbear\r\n", "clock-unknown"),
    ],
    ids=["refuses", "cannot", "the account may not", "not implemented", "a page", "a redirect", "a document type",
         "two megabytes", "not HTTP"],
)  # fmt: skip
def test_a_device_that_will_not_is_told_and_what_is_not_known_is_said_to_be_so(answer: Answer, code: str) -> None:
    clock = Clock(-300)
    with device(clock.answers(SetSystemDateAndTime=answer)) as here:
        assert carry_out(here, "set") == (None, code)
    assert clock.told == []
    assert actions(here).count("SetSystemDateAndTime") == 1


def test_a_device_that_says_yes_and_does_nothing_is_measured_as_it_is() -> None:
    clock = Clock(-7200)
    yes = http(envelope("<tds:SetSystemDateAndTimeResponse/>"))
    with device(clock.answers(SetSystemDateAndTime=yes)) as here:
        found, why = carry_out(here, "set")
    assert why == ""
    assert found is not None
    assert found.offset_seconds is not None
    assert not clock_is_set(-7200, found.offset_seconds)


def test_a_device_that_is_gone_after_it_was_told_is_not_said_to_be_set() -> None:
    clock = Clock(-300)
    answers = dict(clock.answers())

    def silent(asked: Heard, sock: socket.socket) -> None:
        """Restarts, as some do."""

    def takes(asked: Heard, sock: socket.socket) -> None:
        answers["GetSystemDateAndTime"] = silent
        clock.take(asked, sock)

    answers["SetSystemDateAndTime"] = takes
    with device(answers) as here:
        assert carry_out(here, "set") == (None, "clock-unknown")


def test_a_device_that_does_not_say_whether_it_has_summer_time_is_not_told_that_it_has_none() -> None:
    clock = Clock(-300, summer="")
    with device(clock.answers()) as here:
        assert carry_out(here, "set") == (None, "clock-strange")
    assert clock.told == []


def test_nothing_that_speaks_no_onvif_is_set() -> None:
    with device({"*": http(b"<html/>")}) as here:
        assert carry_out(here, "set") == (None, "clock-no-onvif")
    assert set(actions(here)) == {"GetSystemDateAndTime"}


@contextmanager
def ipycam(folder: Path) -> Iterator[Device]:
    """A camera that is not ours, which has no SetSystemDateAndTime and says that it takes its time by NTP."""
    if not (FOREIGN / "ipycam").exists():
        pytest.skip("needs ipycam in .venv/foreign")
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, rtsp = one.getsockname()[1], other.getsockname()[1]
    words = [sys.executable, str(CAMERA), "127.0.0.1", str(port), str(rtsp), "recorder", PASSWORD]
    with (folder / "camera.log").open("wb") as log, subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONPATH": str(FOREIGN)}
    ) as camera:  # fmt: skip
        try:
            assert camera.stdout is not None
            assert camera.stdout.readline() == "ready\n", (folder / "camera.log").read_text(errors="replace")
            yield Device("127.0.0.1", port, [])
        finally:
            camera.kill()


@pytest.mark.parametrize("deed", ["read", "set"])
def test_a_camera_that_is_not_ours_and_takes_its_time_by_ntp_is_left_alone(tmp_path: Path, deed: ClockDeed) -> None:
    with ipycam(tmp_path) as here:
        found, why = carry_out(here, deed)
    assert why == ""
    assert found is not None
    assert found.ntp
    assert found.offset_seconds is not None
    assert abs(found.offset_seconds) < NEAR


@pytest.mark.parametrize(
    ("before", "after", "is_set"),
    [(-300.0, 0.4, True), (-300.0, -1.6, True), (-300.0, -2.1, False), (-300.0, -300.0, False), (0.3, 0.3, True),
     (1.5, 1.5, False), (-1.5, -1.5, False), (1.0, 1.0, True), (0.0, 86_400.0, False)],
)  # fmt: skip
def test_a_clock_is_set_where_it_is_right_after_or_near_and_moved(before: float, after: float, is_set: bool) -> None:
    assert clock_is_set(before, after) is is_set
