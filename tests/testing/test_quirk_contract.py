"""The suite of the quirks: a good reader passes it, and each kind of bad reader fails the check meant for it."""

from __future__ import annotations

import unittest
from collections.abc import Callable

import pytest

from appliance.testing import SourceContract
from appliance.testing.quirks import QuirkContract, quirks_of
from appliance.testing.scripted_camera import QUIRKS, SIZES, SPEAKS, ScriptedCamera
from appliance.testing.skeleton import test_plugin
from tests.api.test_registry import Install, install  # noqa: F401

GOOD = """
import re
import socket
from urllib.parse import urlsplit
from appliance.api import (
    CameraLost, Packet, Setting, SourceKind, Stream, Streams, SystemClock, hookimpl, picture_size)

HEAD = re.compile(rb"--frame\\r\\nContent-Type: image/jpeg\\r\\nContent-Length: (\\d+)\\r\\n\\r\\n")

class Lamp:
    def __init__(self, settings):
        parts = urlsplit(settings["url"])
        try:
            self.sock = socket.create_connection((parts.hostname, parts.port), 5)
        except OSError:
            raise CameraLost("lamp: refuses") from None
        self.sock.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        self.sock.settimeout(0.4)

    def __iter__(self):
        data, clock, size, silent, patience = b"", SystemClock(), None, 0, 40
        while True:
            try:
                block = self.sock.recv(1 << 16)
            except TimeoutError:
                silent += 1
                if silent > patience:
                    raise CameraLost("lamp: silent") from None
                yield None
                continue
            if not block:
                raise CameraLost("lamp: ended")
            silent = 0
            data += block
            while (head := HEAD.search(data)) and len(data) >= head.end() + int(head[1]):
                end = head.end() + int(head[1])
                picture, data = data[head.end():end], data[end:]
                patience = 20
                if size != picture_size("mjpeg", picture):
                    size = picture_size("mjpeg", picture)
                    yield Streams((Stream(0, "video", "mjpeg", (1, 1000), width=size[0], height=size[1]),))
                now = clock.boot_ns() // 1_000_000
                yield Packet(0, picture, now, now, 0, True)

    def close(self):
        self.sock.close()

@hookimpl
def register_sources():
    return [SourceKind(
        name="lamp",
        summary="A lamp for tests.",
        settings=(Setting("url", "Where it stands.", required=True),),
        open=Lamp,
        describe=lambda settings: "a lamp",
        schemes=("http",),
        example={"url": "http://127.0.0.1:1/"},
    )]
"""

# For each check: what is changed in GOOD so that this very check must fail.
BAD = {
    "test_a_plain_camera_is_recorded": ("yield Packet(0, picture, now, now, 0, True)", "yield None"),
    "test_a_silent_camera_is_lost_and_signs_of_life_are_given_meanwhile": ("                yield None\n", ""),
    "test_a_stream_that_ends_is_a_loss": (
        'raise CameraLost("lamp: ended")',
        "__import__(\"threading\").Event().wait(0.3); yield None; continue",
    ),
    "test_another_size_midway_is_described_before_its_first_picture": ("if size !=", "if size is None and size !="),
    "test_time_stamps_that_jump_do_not_go_back": ("picture, now, now,", "picture, -now, -now,"),
    "test_stray_bytes_are_never_handed_on": ("picture, data = data[head.end():end]", "picture, data = data[:end]"),
    "test_a_late_first_picture_is_waited_for": ("0, 40", "0, 5"),
}  # fmt: skip
MORE_BAD = [
    ("test_a_silent_camera_is_lost_and_signs_of_life_are_given_meanwhile", ("if silent > patience", "if silent > 400")),
    ("test_a_stream_that_ends_is_a_loss", ("patience = 20", "patience = 20; self.n = getattr(self, 'n', 0) + 1; "
     "picture = picture if self.n < 5 else b''\n                if not picture: continue")),
]  # fmt: skip

Make = Callable[[str], QuirkContract]


@pytest.fixture
def lamp(install: Install, monkeypatch: pytest.MonkeyPatch) -> Make:  # noqa: F811
    def make(code: str) -> QuirkContract:
        install("lamp", code)
        suite = quirks_of("lamp", "lamp")
        type(suite).speaks = "mjpeg"
        return suite

    monkeypatch.setattr("appliance.testing.quirks._LOST_SECONDS", 11.0)
    monkeypatch.setattr("appliance.testing.quirks._LATE_SECONDS", 9.0)
    return make


def _checks(suite: QuirkContract) -> list[str]:
    return [name for name in dir(suite) if name.startswith("test_")]


def test_a_good_reader_passes_every_check(lamp: Make) -> None:
    suite = lamp(GOOD)
    assert set(_checks(suite)) == set(BAD)
    for check in _checks(suite):
        getattr(suite, check)()


@pytest.mark.parametrize(("check", "change"), [*BAD.items(), *MORE_BAD], ids=lambda value: str(value)[:60])
def test_each_check_fails_what_it_is_for(lamp: Make, check: str, change: tuple[str, str]) -> None:
    assert change[0] in GOOD
    with pytest.raises(AssertionError):
        getattr(lamp(GOOD.replace(*change)), check)()


def test_a_kind_that_speaks_something_else_is_not_tried(install: Install) -> None:  # noqa: F811
    install("lamp", GOOD.replace('schemes=("http",)', 'schemes=("lamp",)'))
    with pytest.raises(unittest.SkipTest, match="name what it speaks"):
        quirks_of("lamp", "lamp").test_a_plain_camera_is_recorded()


def test_a_kind_whose_http_is_another_is_skipped_with_the_reason(install: Install) -> None:  # noqa: F811
    install("lamp", GOOD.replace("            data += block", "            raise CameraLost('lamp: a log-in page')"))
    with pytest.raises(unittest.SkipTest, match="reads no picture of a camera that speaks mjpeg"):
        quirks_of("lamp", "lamp").test_a_plain_camera_is_recorded()


def test_the_plugin_test_command_runs_them(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    for name in BAD:
        if name != "test_a_plain_camera_is_recorded":
            monkeypatch.delattr(QuirkContract, name)
    for name in [name for name in dir(SourceContract) if name.startswith("test_")]:
        monkeypatch.delattr(SourceContract, name)
    install("lamp", GOOD)
    found = test_plugin("lamp")
    assert [check["name"] for check in found["checks"]] == ["lamp: a plain camera is recorded"]
    assert found["ok"]
    assert not found["checks"][0]["skipped"]


def test_every_quirk_is_a_sentence_and_what_is_no_quirk_is_refused() -> None:
    assert all(len(words) > 10 for words in QUIRKS.values())
    assert SIZES[0] != SIZES[1]
    for speaks, quirk in (("rtsp", "sings"), ("morse", "")):
        with pytest.raises(ValueError, match="no such camera"):
            ScriptedCamera(speaks, quirk)
    assert SPEAKS == ("rtsp", "mjpeg", "jpeg")
