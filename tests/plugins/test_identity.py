"""T-66: what sources tell of the device, by which another on the same cable is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.plugins.sources.neighbours import card_at, card_of
from appliance.plugins.sources.video_device import device_identity
from appliance.recorder.camera.preview import identity_of
from appliance.rules.devices import NAMES, another
from tests.peers.rtsp import RtspServer
from tests.plugins.conftest import Open

ARP = """IP address       HW type     Flags       HW address            Mask     Device
192.0.2.7        0x1         0x2         AC:CC:8E:01:23:45     *        eth0
192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0
broken line
"""


def test_a_network_card_is_told_while_it_is_on_this_network() -> None:
    assert card_of("192.0.2.7", lambda: ARP) == "ac:cc:8e:01:23:45"
    assert card_of("192.0.2.9", lambda: ARP) == "", "not known yet"
    assert card_of("192.0.2.70", lambda: ARP) == "", "behind a router"

    def fails() -> str:
        raise PermissionError

    assert card_of("192.0.2.7", fails) == ""
    assert card_at("no such host.") == ""
    assert card_at("127.0.0.1") == ""


def test_a_usb_camera_tells_its_serial_number_and_what_is_none_tells_nothing(tmp_path: Path) -> None:
    usb = tmp_path / "devices/usb1/1-1"
    (usb / "1-1:1.0").mkdir(parents=True)
    (usb / "serial").write_text("SN0042\n")
    (tmp_path / "class/video0").mkdir(parents=True)
    (tmp_path / "class/video0/device").symlink_to(usb / "1-1:1.0")
    assert device_identity(str(tmp_path / "video0"), str(tmp_path / "class")) == {"serial": "SN0042"}
    assert device_identity("/dev/null") == {}


@pytest.mark.rtsp
def test_a_network_camera_tells_the_same_at_each_connection_and_no_secret(open_source: Open) -> None:
    with RtspServer({"cam": "h264"}, account="recorder:planted") as server:
        told = []
        for _ in range(2):
            source = open_source("rtsp", url=server.url("cam"), user="recorder", password="planted")
            told.append(identity_of(source))
            source.close()
    assert told[0] == told[1]
    assert told[0]["server"].startswith("GStreamer")
    assert told[0]["realm"]
    assert set(told[0]) <= set(NAMES)
    assert "planted" not in str(told)
    with RtspServer({"cam": "h264"}) as other:
        source = open_source("rtsp", url=other.url("cam"))
        assert another(told[0], identity_of(source)), "one that asks for no password is not the one that did"
        source.close()
    assert identity_of(object()) == {}
