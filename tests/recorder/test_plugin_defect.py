"""What a camera's own process says when a plugin fails in a way nobody foresaw: the kind of error and its place."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from appliance.api import Setting, SourceKind
from appliance.api.registry import Plugins
from appliance.core.clock import SystemClock
from appliance.core.model import Camera
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import Inbox, Start
from appliance.recorder.camera.child import run_camera
from appliance.recorder.supervisor.forkserver import start_fork_server
from tests.patience import PATIENCE_SECONDS


def _open_with_an_option_that_is_gone(settings: Mapping[str, Any]) -> Any:
    return int(settings["password"], no_such_option=True)  # type: ignore[call-overload]


def _fail_with_the_password(settings: Mapping[str, Any]) -> Any:
    raise ValueError(f"bad login {settings['password']}")


class _FailsInAThread:
    """Its thread fails; then it goes on as if nothing had happened, or fails as well."""

    def __init__(self, settings: Mapping[str, Any], *, then_fail: bool) -> None:
        self._settings, self._then_fail = settings, then_fail

    def _work(self) -> None:
        raise ZeroDivisionError(f"with {self._settings['password']}")

    def __iter__(self) -> Any:
        thread = threading.Thread(target=self._work, name="worker")
        thread.start()
        thread.join()
        if self._then_fail:
            raise RuntimeError("no worker")
        while True:
            yield None

    def close(self) -> None: ...


def _said_by(tmp_path: Any, opener: Any, wanted: int = channel.LOST) -> str:
    kind = SourceKind(
        name="torn",
        summary="a plugin with a defect",
        settings=(Setting("password", "p", secret=True),),
        open=opener,
        describe=lambda settings: "torn",
    )
    plugins = Plugins(MappingProxyType({"torn": kind}), MappingProxyType({"torn": "this test"}))
    forks = start_fork_server(lambda: partial(run_camera, plugins, SystemClock()))
    try:
        sock: socket.socket = forks.spawn(1, "cam 01")
        sock.settimeout(PATIENCE_SECONDS)
        camera = Camera(camera_no="01", location="x", source="torn", settings={"password": "7531-hush"})
        channel.send(sock, channel.START, channel.pack_start(Start(camera=camera, suite=1, appliance_id=bytes(16))))
        inbox = Inbox(sock, channel.FROM_CAMERA)
        while (message := inbox.next()) is not None:
            if message[0] == wanted:
                said = memoryview(message[1])
                return channel.unpack_reason(said).text if wanted == channel.LOST else bytes(said).decode()
        raise AssertionError("its process said nothing")
    finally:
        forks.close()


def test_a_defect_in_a_plugin_is_told_with_its_kind_and_its_place(tmp_path: Any) -> None:
    said = _said_by(tmp_path, _open_with_an_option_that_is_gone)
    place = rf"\({re.escape(__name__)} line \d+, _open_with_an_option_that_is_gone\)"
    assert re.fullmatch(rf"TypeError: .*no_such_option.* {place}", said), said


def test_what_it_says_holds_no_secret(tmp_path: Any) -> None:
    said = _said_by(tmp_path, _fail_with_the_password)
    assert re.fullmatch(r"ValueError: bad login \*\*\* \(.+ line \d+, _fail_with_the_password\)", said), said


_IN_A_THREAD = (
    rf"thread worker of its source failed: ZeroDivisionError: with \*\*\* \({re.escape(__name__)} line \d+, _work\)"
)


def test_what_ends_a_thread_of_a_source_is_told_while_the_recording_goes_on(tmp_path: Any) -> None:
    said = _said_by(tmp_path, partial(_FailsInAThread, then_fail=False), channel.FAILED)
    assert re.fullmatch(_IN_A_THREAD, said), said


def test_what_ended_a_thread_is_told_with_the_reason_of_a_loss(tmp_path: Any) -> None:
    said = _said_by(tmp_path, partial(_FailsInAThread, then_fail=True))
    assert re.fullmatch(rf"RuntimeError: no worker \(.+ line \d+, __iter__\); {_IN_A_THREAD}", said), said
