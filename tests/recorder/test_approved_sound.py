"""Sound that is not approved is not even asked for (``D-16``): no device is opened for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest

from appliance.api import Setting, SourceKind
from appliance.api.registry import Plugins
from appliance.core.clock import SystemClock
from appliance.core.errors import CameraLost
from appliance.core.model import Camera
from appliance.recorder.camera import channel
from appliance.recorder.camera.channel import Inbox, Start
from appliance.recorder.camera.child import allowed, run_camera
from appliance.recorder.supervisor.forkserver import start_fork_server
from tests.patience import PATIENCE_SECONDS


def _opened(settings: Mapping[str, Any]) -> Any:
    raise CameraLost(f"asked for sound from {settings['microphone'] or 'nowhere'}")


KIND = SourceKind(
    name="heard",
    summary="A camera with a microphone.",
    settings=(Setting("microphone", "Its microphone.", str, ""),),
    open=_opened,
    describe=lambda settings: "heard",
    devices=("{microphone?}/dev/snd",),
    without_sound={"microphone": ""},
)


@pytest.mark.parametrize(
    ("first", "sound", "said"),
    [(channel.START, True, "hw:0"), (channel.START, False, "nowhere"), (channel.SEE, True, "nowhere")],
)
def test_D_16_a_camera_s_process_opens_a_microphone_only_where_sound_is_approved(
    first: int, sound: bool, said: str
) -> None:
    plugins = Plugins(MappingProxyType({"heard": KIND}), MappingProxyType({"heard": "this test"}))
    forks = start_fork_server(lambda: partial(run_camera, plugins, SystemClock()))
    try:
        sock = forks.spawn(1, "cam 01")
        sock.settimeout(PATIENCE_SECONDS)
        camera = Camera(camera_no="01", location="x", source="heard", settings={"microphone": "hw:0"}, sound=sound)
        channel.send(sock, first, channel.pack_start(Start(camera=camera, suite=1, appliance_id=bytes(16))))
        inbox = Inbox(sock, channel.FROM_CAMERA)
        while (message := inbox.next()) is not None and message[0] != channel.LOST:
            continue
        assert message is not None
        assert channel.unpack_reason(memoryview(message[1])).text == f"asked for sound from {said}"
    finally:
        forks.close()


def test_D_16_nor_may_it_open_one() -> None:
    settings = {"microphone": "hw:0"}
    assert allowed(KIND, KIND.approved(settings, sound=True)).devices == ("/dev/snd",)
    assert allowed(KIND, KIND.approved(settings, sound=False)).devices == ()
